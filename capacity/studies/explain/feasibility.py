"""Whether some plan keeps the rules: bounds first, then sets grown a site at a time, then the model."""

from __future__ import annotations

import dataclasses
import time
from typing import Literal

import numpy as np

from capacity.arrays import Bools, Ints
from capacity.engines.bending import keeping_all
from capacity.engines.clock import Clock
from capacity.engines.enumerate import Space, keeps_rules, kept_plans, space_of, why_not
from capacity.engines.linear.model import Model, build
from capacity.engines.linear.solvers import solve_arrays
from capacity.engines.representatives import mean_of
from capacity.engines.settling import Settled, as_found
from capacity.problem.problem import Problem
from capacity.rules import (
    LeastStays,
    NearestPlans,
    Plans,
    Shares,
    SplitPlan,
    allowed_pairs,
    firm_rules,
    one_assignment,
    rules_on,
    sayable,
    serves_all,
)
from capacity.rules.bounds import least_stays
from capacity.rules.families import Nearest
from capacity.rules.objectives import TRAVEL
from capacity.rules.plans import smallest_sizes
from capacity.studies.explain.merging import Merged, alone, merge
from capacity.tolerances import ROUNDING, USED

MOST_GROWN = 50_000
"""Sets of one size kept at most while sets are grown."""

PATIENCE = 4.0
"""How many seconds of the clock one of the processor may take, where the machine is shared."""

MEASURED = 0.05
"""Processor seconds from which on it is known how much of the machine there is."""


class Effort:
    """What is left of a number of processor seconds.

    Parameters
    ----------
    seconds : float
    since : tuple of float, optional
        Clock and processor seconds when the whole began: they tell how much of the machine there is.
    """

    def __init__(self, seconds: float, since: tuple[float, float] | None = None) -> None:
        now = time.process_time()
        self._end = now + seconds
        self._since = since or (time.monotonic(), now)

    @property
    def left(self) -> float:
        """Seconds left."""
        return max(0.0, self._end - time.process_time())

    def part(self, share: float) -> Effort:
        """A share of what is left, so that one hard question does not take all."""
        return Effort(share * self.left, self._since)

    def clock(self, least: float = 0.02) -> float:
        """Seconds of the clock in which what is left, or at least so much, is likely to be used up."""
        clock, used = self._since
        used = time.process_time() - used
        pace = (time.monotonic() - clock) / used if used > MEASURED else 1.0
        return min(max(pace, 1.0), PATIENCE) * max(self.left, least)


def find_plan(problem: Problem, effort: Effort) -> Plans | Literal[False] | None:
    """A plan that keeps the firm rules; False where there is none, None where that is not settled."""
    space = _space(problem)
    if space.most < max(space.fewest, len(space.kept)):
        return False
    if not who_stays_is_known(problem):
        return None
    if why_not(problem) is None:
        # Where families could not even be split there is no plan with everybody at their nearest unit.
        ask = effort.left > 0 and sayable(problem) and not problem.outpatient.on
        if ask and _first_plan(merge(firm_only(problem)).problem, space, effort, 0.0) is False:
            return False
        grown = _by_growth(problem, space)
        if grown is not None:
            return grown
    if not sayable(problem) or problem.outpatient.on:
        return _by_valuing(problem, space)
    if effort.left <= 0:
        return None
    return _by_model(problem, space, effort)


def _by_valuing(problem: Problem, space: Space) -> Plans | Literal[False] | None:
    """Value every set, where a rule can be said to no solver; None where that cannot be."""
    if why_not(problem) is not None or space.sets > MOST_GROWN:
        return None
    for block in kept_plans(firm_only(problem), space):
        if len(block.plans.open):
            return NearestPlans(problem, block.plans.open[:1], allowed_pairs(problem))
    return False


def _space(problem: Problem) -> Space:
    """The sets of sites that firm rules leave: where nobody need be served, none at all as well."""
    space = space_of(problem)
    if serves_all(problem):
        return space
    between = [rule.unit_range(problem) for rule in firm_rules(problem)]
    return dataclasses.replace(space, fewest=max((low for low, _ in filter(None, between)), default=0))


def who_stays_is_known(problem: Problem) -> bool:
    """Whether a plan of the problem can be asked for: with an outpatient course it is the nearest unit that says."""
    return not problem.outpatient.on or why_not(problem) is None


def at_nearest(problem: Problem) -> Problem:
    """The problem with everybody at their nearest unit: its plans are plans where families may be split, too."""
    prices = {name: price for name, price in problem.policy.prices.items() if name != Nearest.name}
    return problem.replace(policy={Nearest.name: True, "prices": prices})


def still_keeps(problem: Problem, plan: Plans) -> bool:
    """Whether sending everybody where a plan does keeps the firm rules of a changed problem."""
    return _sized(firm_only(problem), plan.open[0], plan.shares(0)) is not None


def _sized(problem: Problem, opened: Bools, shares: Shares) -> SplitPlan | None:
    """The plan that sends everybody so, units as small as may be; None where it breaks a rule."""
    sent = SplitPlan(problem, opened, np.zeros(len(opened), dtype=np.int64), shares)
    plan = SplitPlan(problem, opened, smallest_sizes(problem, sent.stays, opened[None])[0], shares)
    return plan if _keeps(problem, plan) else None


def _by_growth(problem: Problem, space: Space) -> Plans | Literal[False] | None:
    """Grow sets a site at a time; None where they become too many.

    With families at their nearest unit a further unit never gives another more stays. So a set in
    which a unit has fewer stays than the rules ask is never part of a plan.
    """
    least = least_stays(problem)
    if not least:
        return None
    allowed = allowed_pairs(problem)
    m = len(problem.network.site_ids)
    opened = np.zeros((1, m), dtype=bool)
    opened[:, list(space.kept)] = True
    last = np.array([-1])
    for count in range(max(len(space.kept), 1), space.most + 1):
        if count > len(space.kept):
            opened, last = _wider(opened, last, space.free)
        if not len(opened):
            return False
        if len(opened) > MOST_GROWN:
            return None
        plans = NearestPlans(problem, opened, allowed)
        alive = _enough(plans, least)
        if count >= space.fewest and alive.any():
            plans = NearestPlans(problem, opened[alive], allowed)
            kept = np.flatnonzero(keeps_rules(problem, plans)[0])
            if len(kept):
                return NearestPlans(problem, plans.open[kept[:1]], allowed)
        opened, last = opened[alive], last[alive]
    return False


def _wider(opened: Bools, last: Ints, free: tuple[int, ...]) -> tuple[Bools, Ints]:
    """Every set with one more of the free sites, each set once."""
    sets, places = [], []
    for k, site in enumerate(free):
        before = opened[last < k].copy()
        before[:, site] = True
        sets.append(before)
        places.append(np.full(len(before), k))
    return np.concatenate(sets), np.concatenate(places)


def _enough(plans: NearestPlans, least: list[LeastStays]) -> Bools:
    enough = (~plans.open | (plans.used > 0)).all(axis=1)
    for rule in least:
        stays = np.einsum("s,bsj->bj", rule.weight, plans.stays)
        enough &= (~plans.open | (stays >= rule.least - ROUNDING)).all(axis=1)
    return np.asarray(enough)


def _by_model(problem: Problem, space: Space, effort: Effort) -> Plans | Literal[False] | None:
    """Ask with the points merged first; only where that plan does not do for all points, with each by itself."""
    asked = firm_only(problem)
    if (mean := mean_of(asked)) is not None:
        merged = merge(mean)
        answer = _first_plan(merged.problem, space, effort, 0.0)
        if answer is False:
            return False
        plan = _sized(asked, answer.open, merged.spread(answer.shares).in_each(_blocks(asked))) if answer else None
        if plan is not None:
            return plan
    merged = merge(asked)
    least = _least_use(asked, merged)
    tries = [(merged, least), (merged, USED), (alone(asked), USED)]
    for part, use in tries if least < USED else tries[1:]:
        answer = _first_plan(part.problem, space, effort, use)
        if not isinstance(answer, Settled):
            # With more use asked of a unit than need be, that there is none proves nothing.
            if answer is None or use == least or part is not merged:
                return answer
            continue
        plan = SplitPlan(problem, answer.open, answer.beds, part.spread(answer.shares))
        if _keeps(asked, plan):
            return plan
        if effort.left <= 0:
            return None
    return None


def _blocks(problem: Problem) -> int:
    return 1 if one_assignment(problem) else len(problem.scenarios.ids)


def firm_only(problem: Problem) -> Problem:
    """The problem without the rules that have a price: they do not decide whether there is a plan."""
    priced = problem.policy.prices
    return problem.replace(policy={**dict.fromkeys(priced), "prices": {}}) if priced else problem


def _keeps(problem: Problem, plan: SplitPlan) -> bool:
    return not any(rule.excess(problem, plan).broken.any() for rule in rules_on(problem))


def _least_use(problem: Problem, merged: Merged) -> float:
    """Share of merged points that a unit has at the very least.

    A hundredth of a small point is less of the point it went into. Where units have stays enough in any
    case, it is the same.
    """
    women = merged.problem.women
    if any((rule.least >= USED * women.max()).all() for rule in least_stays(problem)):
        return USED
    smallest = np.full(women.shape, np.inf)
    for s, each in enumerate(problem.women):
        np.minimum.at(smallest[s], merged.of[each > 0], each[each > 0])
    share = np.where(women > 0, smallest, 1.0) / np.where(women > 0, women, 1.0)
    return USED * float(min(share.min(), 1.0))


def _first_plan(problem: Problem, space: Space, effort: Effort, least: float) -> Settled | Literal[False] | None:
    """Some plan the model finds; False where it proves that there is none."""
    model = build(problem, TRAVEL, cuts=True)
    v, linear = model.variables, model.linear
    # Where no rule is broken by more beds than needed every unit may be as large as allowed.
    if all(rule.with_more_beds in ("same", "looser") or rule.frame for rule in firm_rules(problem)):
        smaller = _smaller_sizes(model)
        linear = linear.with_fixed(smaller, np.zeros(len(smaller)))
    linear = linear.with_row(v.open[v.sites], np.ones(len(v.sites)), lower=float(space.fewest), upper=float(space.most))
    if least < USED:
        linear = dataclasses.replace(
            linear, coefficient=np.where(linear.coefficient == -USED, -least, linear.coefficient)
        )
    # Asked for little travel, the solver comes on a plan many times sooner than asked for any; under a budget
    # for few units.
    if any(rule.says("affords") for rule in firm_rules(problem)):
        linear = linear.minimising(v.open[v.sites], np.ones(len(v.sites)))
    clock = Clock(effort.clock())
    found, _ = keeping_all(model, linear, lambda step: solve_arrays(step, time_limit=clock.left, first=True), clock)
    if found.interrupted:
        raise KeyboardInterrupt
    if found.outcome == "infeasible":
        return False
    return None if found.values is None else as_found(model, found.values)


def _smaller_sizes(model: Model) -> Ints:
    """Columns of every size but the largest of each site."""
    site, beds = model.variables.size_site, model.variables.size_beds
    largest = np.zeros(len(model.problem.network.site_ids), dtype=np.int64)
    np.maximum.at(largest, site, beds)
    return np.asarray(model.variables.size[beds < largest[site]])
