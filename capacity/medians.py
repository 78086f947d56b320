"""The exact engine: problems whose travel is a p-median problem, at sizes enumeration does not reach.

With ``nearest`` and ``served`` and a fixed number of units, the set with the least travel is the
p-median: `capacity.exact.p_median` proves it, and the sets next to it. Rules it does not know are tested
on those sets, best first: the first that keeps them all is the best plan, since nothing better is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.enumeration import MOST_SETS, enumerate_sets, space_of, why_not
from capacity.exact import Certificate, p_median
from capacity.exact.p_median_instance import RELATIVE_GAP
from capacity.labels import Floats
from capacity.objectives import TRAVEL, Objective
from capacity.problem import Problem
from capacity.rules import allowed_pairs
from capacity.search import Settled, search, settle_nearest
from capacity.solvers import Clock

LISTS = (4, 32, 256)
"""How many of the best sets are asked for, one after the other, until one keeps every rule."""

CLEAR = 4 * RELATIVE_GAP
"""The last set listed must be worse than the best by more than this: then none as good is missing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Medians:
    """What the exact engine found.

    Attributes
    ----------
    best : Settled or None
        First in the order of plans among the sets listed; None where all of them break a rule.
    bound : float
    proven : bool
        Whether no plan is better.
    cut_short : bool
        By the time limit or Ctrl+C.
    listed : int
        Sets looked at.
    method : str
    """

    best: Settled | None
    bound: float
    proven: bool
    cut_short: bool
    listed: int
    method: str


def why_no_medians(problem: Problem, objective: Objective) -> str | None:
    """Why the exact engine cannot answer this problem; None when it can."""
    if reason := why_not(problem):
        return reason
    if objective is not TRAVEL:
        return "it minimises expected travel only"
    if problem.policy.prices:
        return f"{next(iter(problem.policy.prices))} has a price"
    space = space_of(problem)
    if space.fewest < space.most:
        return "the number of units is not fixed (rules.units, such as [5, 5])"
    if not _nearest_is_least(problem):
        return "the nearest unit is not always the one with the least travel (ways to the ambulatories differ)"
    return None


def _nearest_is_least(problem: Problem) -> bool:
    """Whether, for every point, farther sites never mean less travel, so that `nearest` is the least."""
    allowed = allowed_pairs(problem)
    order = np.argsort(problem.nearness, axis=1)
    hours = np.where(np.take_along_axis(allowed, order, axis=1),
                     np.take_along_axis(problem.hours_per_woman, order, axis=1), -np.inf)  # fmt: skip
    farthest = np.maximum.accumulate(hours, axis=1)
    return bool((hours[problem.active] >= farthest[problem.active])[np.isfinite(hours[problem.active])].all())


def medians(problem: Problem, time_limit: float | None = None) -> Medians | None:
    """The best plan by p-median sets; None where p sites within reach of everybody cannot be found.

    Ties are settled as everywhere: sets as good as the best are compared by beds, cost and ids.
    """
    clock, space = Clock(time_limit), space_of(problem)
    if space.fewest > space.most:
        return None
    pairs = allowed_pairs(problem)[problem.active]
    cost: Floats = np.where(pairs, problem.hours_per_woman[problem.active], np.inf)
    allowed = {*space.kept, *space.free}
    forbid = [j for j in range(cost.shape[1]) if j not in allowed]
    for count in LISTS:
        try:
            found = p_median(
                cost, space.most, weights=problem.expected_women[problem.active], keep=space.kept,
                forbid=forbid, time_limit=clock.left, k_best=count,
            )  # fmt: skip
        except ValueError:
            return None
        best, clear = _first_kept(problem, found, count)
        whole = found.status == "optimal"
        if not whole or clear or count == LISTS[-1]:
            bound = best.rank.objective if best is not None and whole and clear else found.bound
            return Medians(
                best=best, bound=bound, proven=whole and clear, cut_short=not whole,
                listed=1 + len(found.others), method=found.engine,
            )  # fmt: skip
    raise AssertionError("the last list always answers")


def no_plan_at_all(problem: Problem, time_limit: float | None) -> bool:
    """Whether no set keeps every rule, asked where none of the best sets does: all are tried, or the model is asked."""
    if space_of(problem).sets <= MOST_SETS:
        found = enumerate_sets(problem, TRAVEL, time_limit=time_limit)
        return found.open is None and found.valued == found.sets
    return search(problem, TRAVEL, time_limit=time_limit).outcome == "infeasible"


def _first_kept(problem: Problem, found: Certificate, asked: int) -> tuple[Settled | None, bool]:
    """The first plan among the sets listed, and whether none better or as good is missing from the list."""
    listed = [(found.objective, found.sites), *found.others]
    best: Settled | None = None
    for value, sites in listed:
        if best is not None and value > best.rank.objective * (1 + CLEAR):
            break
        opened = np.zeros(len(problem.network.site_ids), dtype=bool)
        opened[list(sites)] = True
        plan = settle_nearest(problem, TRAVEL, opened)
        if plan is not None and (best is None or plan.rank.before(best.rank)):
            best = plan
    every = len(listed) < asked
    if best is None:
        return None, False
    return best, every or listed[-1][0] > best.rank.objective * (1 + CLEAR)
