"""The exact engine: problems whose travel is a p-median problem, at sizes enumeration does not reach.

With ``nearest`` and ``served`` and a fixed number of units, the set with the least travel is the
p-median: `capacity.exact.p_median` proves it, and the sets next to it. Rules it does not know are tested
on those sets, best first: the first that keeps them all is the best plan, since nothing better is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines import enumerate as enumeration
from capacity.engines.clock import Clock
from capacity.engines.mip import bests_by_model, search
from capacity.engines.question import Bests, Found, Question
from capacity.engines.settling import Settled, settle_nearest
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, rules_on
from capacity.rules.objectives import TRAVEL, Objective
from capacity.tolerances import CLEAR

if TYPE_CHECKING:
    # What works is loaded when it is asked to: every run chooses among the engines, few take this one.
    from capacity.engines.exact import Certificate

SECONDS = 1e-5
"""A pair of point and site takes about so long."""

LEAST_SECONDS = 0.9
"""And so long it takes at least: fewer sets than that are valued one by one."""

LISTS = (4, 32, 256)
"""How many of the best sets are asked for, one after the other, until one keeps every rule; where another engine
follows, which bounds what the rules leave, only the first so many."""


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


def why_no_medians(problem: Problem, objective: Objective, question: Question | None = None) -> str | None:
    """Why the exact engine cannot answer this problem; None when it can."""
    asked = question or Question(problem=problem, goal=objective)
    if asked.open_whom:
        return asked.open_whom
    if objective is not TRAVEL:
        return "it minimises expected travel only"
    if problem.policy.prices:
        return f"{next(iter(problem.policy.prices))} has a price"
    if asked.space.fewest < asked.space.most:
        return "the number of units is not fixed (rules.units, such as [5, 5])"
    if not _nearest_is_least(problem, asked.pairs):
        return "the nearest unit is not always the one with the least travel (ways to the ambulatories differ)"
    return None


def _nearest_is_least(problem: Problem, allowed: Bools) -> bool:
    """Whether, for every point, farther sites never mean less travel, so that `nearest` is the least."""
    order = np.argsort(problem.nearness, axis=1)
    hours = np.where(
        np.take_along_axis(allowed, order, axis=1), np.take_along_axis(problem.hours_per_woman, order, axis=1), -np.inf
    )
    farthest = np.maximum.accumulate(hours, axis=1)
    return bool((hours[problem.active] >= farthest[problem.active])[np.isfinite(hours[problem.active])].all())


def medians(problem: Problem, time_limit: float | None = None, *, question: Question | None = None) -> Medians | None:
    """The best plan by p-median sets; None where p sites within reach of everybody cannot be found.

    Ties are settled as everywhere: sets as good as the best are compared by beds, cost and ids.
    """
    from capacity.engines.exact import p_median

    asked = question or Question(problem=problem, goal=TRAVEL, clock=Clock(time_limit))
    clock, space = asked.clock, asked.space
    if space.fewest > space.most:
        return None
    pairs = asked.pairs[problem.active]
    cost: Floats = np.where(pairs, problem.hours_per_woman[problem.active], np.inf)
    allowed = {*space.kept, *space.free}
    forbid = [j for j in range(cost.shape[1]) if j not in allowed]
    lists = LISTS if asked.alone else LISTS[:1]
    for turn, count in enumerate(lists):
        clock.tell("Sets with the least travel are listed", done=turn, count=len(lists), always=True)
        if clock.stopped:
            return Medians(best=None, bound=-np.inf, proven=False, cut_short=True, listed=0, method="p-median")
        try:
            nearest = p_median(
                cost,
                space.most,
                weights=problem.expected_women[problem.active],
                keep=space.kept,
                forbid=forbid,
                time_limit=clock.left,
                k_best=count,
            )
        except ValueError:
            return None
        best, clear = _first_kept(problem, nearest, count)
        whole = nearest.status == "optimal"
        if not whole or clear or count == lists[-1]:
            bound = best.rank.objective if best is not None and whole and clear else nearest.bound
            return Medians(
                best=best,
                bound=bound,
                proven=whole and clear,
                cut_short=not whole,
                listed=1 + len(nearest.others),
                method=nearest.engine,
            )
    raise AssertionError("the last list always answers")


def no_plan_at_all(asked: Question) -> bool:
    """Whether no set keeps every rule, asked where none of the best sets does: all are tried, or the model is asked."""
    if asked.sets <= enumeration.MOST_SETS:
        found = enumeration.enumerate_sets(asked.problem, TRAVEL, question=asked)
        return found.open is None and found.valued == found.sets
    return search(asked.problem, TRAVEL, clock=asked.clock).outcome == "infeasible"


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


class _Exact:
    """The engine: p-median problems, proven by `capacity.exact.p_median`."""

    name = "exact"
    refused = "the exact engine is for p-median problems"
    remedy = "Choose the engine auto or mip, or change the rules."
    finds_plans = True

    def why_not(self, question: Question) -> str | None:
        if question.risk != "expected":
            return "it minimises expected travel only"
        if question.outside is not None:
            return question.outside
        if any(not rule.linear for rule in rules_on(question.problem)):
            # What is not proven here is left to the model.
            return "a rule is not written in rows"
        return why_no_medians(question.problem, question.goal, question)

    def expected_seconds(self, question: Question) -> float:
        return LEAST_SECONDS + SECONDS * question.pairs.size

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        return f"a p-median problem of {question.sets:,} sets of sites"

    def bests(self, question: Question) -> Bests:
        return bests_by_model(question.problem, question.goal, clock=question.clock)

    def solve(self, question: Question) -> Found:
        tried = medians(question.problem, question=question)
        if tried is None or (tried.best is None and not tried.cut_short) or not (tried.proven or tried.cut_short):
            said = "none of the sets with the least travel keeps the other rules"
            if tried is not None and question.alone and tried.best is None and no_plan_at_all(question):
                return Found(outcome="infeasible")
            if tried is not None:
                return Found(outcome="unknown", instead=said, certificate=_not_proven(tried.listed))
            return Found(outcome="unknown", instead=said)
        by_hand = tried.cut_short and question.clock.left is None
        if tried.best is None:
            return Found(outcome="unknown", interrupted=by_hand)
        plans = NearestPlans(question.problem, tried.best.open[None, :], question.pairs)
        certificate = f"{tried.method} proved that no plan is better; {tried.listed:,} sets of sites were compared."
        return Found(
            outcome="optimal" if tried.proven else "feasible",
            opened=tried.best.open,
            beds=tried.best.beds,
            shares=plans.shares(0),
            bound=tried.bound,
            certificate=certificate if tried.proven else f"{tried.method} was cut short; the bound is proven.",
            interrupted=by_hand,
            record={"solver": tried.method, "sets": tried.listed, "interrupted": by_hand},
        )


def _not_proven(listed: int) -> str:
    return (
        f"None of the {listed:,} sets of sites with the least travel is proven to be the best plan "
        "under the other rules. Choose the engine auto or mip."
    )


EXACT = _Exact()
