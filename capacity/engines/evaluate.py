"""Units that somebody names, worked out as they are: no search, and rules may be broken."""

from __future__ import annotations

import copy
import difflib
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from capacity.arrays import Bools, Ints
from capacity.engines.linear.model import build
from capacity.engines.question import refuse_no_problem, why_not
from capacity.engines.settling import Settled, settle
from capacity.engines.solve import run_record
from capacity.errors import DataError, Finding, SolverError, some
from capacity.plan.broken import broken_by
from capacity.plan.plan import Plan, make_plan
from capacity.problem.problem import Problem
from capacity.rules import (
    NearestPlans,
    Shares,
    SplitPlan,
    allowed_pairs,
    beds_decide,
    firm_rules,
    one_assignment,
    rules_on,
)
from capacity.rules.objectives import Objective
from capacity.rules.plans import smallest_sizes
from capacity.tolerances import HOLD

MOST_BEDS = 10_000
"""Beds of one unit that nobody means."""

GIVEN = "The units were given, not searched for: the plan tells what they come to."
BY_MODEL = "The units were given, not searched for; who goes where is the best there is for them."
SOME_RULES = "The units were given, not searched for; who goes where is the best that keeps the rules they can keep."

Units = Mapping[str, Any]
"""Beds by site id; None where the promise decides them."""


def read_units(problem: Problem, units: object) -> dict[str, int | None]:
    """Units as they were given: ids alone, or ids and beds.

    Raises
    ------
    DataError
        For what is no site of the case, stands twice, or has no whole number of beds.
    """
    if isinstance(units, str) or not isinstance(units, Iterable):
        raise DataError([_fault(units, "units are site ids, or a mapping of site ids to beds", "Give ['FA_ODENSE'].")])
    given: list[Any] = list(units)
    beds: Mapping[Any, Any] = units if isinstance(units, Mapping) else dict.fromkeys(j for j in given if _hashes(j))
    known = set(problem.network.site_ids)
    faults = [
        _fault(j, "the id is that of a site of the case", meant_site(problem, str(j)))
        for j in given
        if not isinstance(j, str) or j not in known
    ]
    faults += [
        _fault(j, "each site stands once", "Leave out the others.") for j in beds if given.count(j) > 1 and j in known
    ]
    read: dict[str, int | None] = {}
    for j, said in beds.items():
        read[j] = count = _whole(said)
        if said is not None and (count is None or not 1 <= count <= MOST_BEDS):
            rule = f"beds are a whole number from 1 to {MOST_BEDS:,}"
            faults.append(_fault(f"{j}: {said!r}", rule, "Leave the beds out, and the promise decides them.", "beds"))
    if faults:
        raise DataError(faults)
    return read


def _hashes(value: object) -> bool:
    return getattr(type(value), "__hash__", None) is not None


def _whole(value: object) -> int | None:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        return None
    number = float(value)
    return int(number) if math.isfinite(number) and number.is_integer() else None


def _fault(value: object, rule: str, remedy: str, column: str = "site_id") -> Finding:
    return Finding(table="evaluate", column=column, value=str(value), rule=rule, remedy=remedy)


def meant_site(problem: Problem, said: str) -> str:
    """What to do about an id that is none: why it was left out of the case, or the nearest there is."""
    net = problem.network
    if (left_out := next((notice for notice in problem.notices if f"({said})" in notice), None)) is not None:
        return left_out
    by_name = {name.lower(): j for j, name in zip(net.site_ids, net.site_names, strict=True)}
    by_name |= {j.lower(): j for j in net.site_ids}
    near = difflib.get_close_matches(said.lower(), by_name, 1, 0.6)
    return f"Did you mean {by_name[near[0]]!r}?" if near else f"Choose from: {some(net.site_ids)}."


def as_rows(problem: Problem, sets: Sequence[Mapping[str, int | None]]) -> tuple[Bools, Ints]:
    """Sets of units as rows: open sites, and beds where they are given (0 where not), (B, m) each."""
    at = {j: k for k, j in enumerate(problem.network.site_ids)}
    opened = np.zeros((len(sets), len(at)), dtype=bool)
    beds = np.zeros(opened.shape, dtype=np.int64)
    for row, units in enumerate(sets):
        for j, count in units.items():
            opened[row, at[j]] = True
            beds[row, at[j]] = count or 0
    return opened, beds


def nearest_plans(problem: Problem, opened: Bools, beds: Ints) -> NearestPlans:
    """Everybody at the nearest open unit they may use, in plans that may break rules.

    Who may use none of them goes to the nearest beyond their limit, or else to the nearest of all: what forbids it
    is then broken, by as much as they travel. Without a way to any they are not served.

    Parameters
    ----------
    problem : Problem
    opened : ndarray (B, m) of bool
    beds : ndarray (B, m) of int
        0 where the promise decides.
    """
    plans = NearestPlans(problem, opened, allowed_pairs(problem))
    # With an outpatient course, who may use none of them is on one.
    for pairs in () if problem.outpatient.on else (_unlimited_pairs, _all_pairs):
        if (plans.site >= 0)[:, problem.active].all():
            break
        farther = NearestPlans(problem, opened, pairs(problem)).site
        plans = plans.sent(np.where(plans.site >= 0, plans.site, farther))
    return plans.sent(plans.site, np.where(beds, beds, plans.beds)) if beds.any() else plans


def _unlimited_pairs(problem: Problem) -> Bools:
    """Pairs that rules allow, those aside that only keep points from far sites."""
    limits = [rule.name for rule in firm_rules(problem) if rule.pairs_by_nearness]
    return allowed_pairs(problem.replace(policy=dict.fromkeys(limits)) if limits else problem)


def _all_pairs(problem: Problem) -> Bools:
    return np.asarray(np.isfinite(problem.minutes))


def given_plan(problem: Problem, units: object, objective: Objective) -> Plan:
    """What units come to, in all tables and numbers, with what they break.

    Parameters
    ----------
    problem : Problem
    units : mapping of site id to beds, or site ids
    objective : Objective
        Minimised where families may be split; the plan's objective in any case.
    """
    refuse_no_problem(problem, "evaluate")
    opened, beds = as_rows(problem, [read_units(problem, units)])
    reason = why_not(problem)
    if reason is None or not opened.any():
        plans = nearest_plans(problem, opened, beds)
        shares, chosen, said = plans.shares(0), plans.beds[0], GIVEN
    else:
        shares, chosen, said = _best_for(problem, opened[0], beds[0], objective)
    plan = make_plan(
        problem,
        objective,
        opened[0],
        shares if one_assignment(problem) else shares.in_each(len(problem.scenarios.ids)),
        chosen,
        status="given",
        bound=-np.inf,
        certificate=said,
        record=copy.deepcopy(_record_of(problem))
        | {"engine": "given", "why": reason or "the set of sites decides everything", "objective": objective.name},
    )
    if reason is not None:
        # A solver had a part in it.
        faults = plan.check()
        if faults:
            raise SolverError("The plan did not pass its own check:\n" + "\n".join(map(str, faults)))
    return plan


@lru_cache(maxsize=4)
def _record_of(problem: Problem) -> dict[str, Any]:
    """What every plan of a problem records of it; kept, as many sets are tried of one problem."""
    return run_record(problem)


# --- where families may be split: the best assignment for one set ----------------------------


def _best_for(problem: Problem, opened: Bools, beds: Ints, goal: Objective) -> tuple[Shares, Ints, str]:
    """Who goes where, how many beds, and how it is known."""
    if not goal.has_rows:
        fault = Finding(
            table="objective",
            column="name",
            value=goal.name,
            rule="where families may be split, the objective is written in columns",
            remedy="Turn rules.nearest on, or choose another objective.",
        )
        raise DataError([fault])
    fixed = _with_beds(problem, opened, beds)
    possible = [
        rule.name
        for rule in rules_on(problem)
        if not rule.always and rule.sayable(problem) and _may_keep(rule, fixed, opened)
    ]
    best = _settled(fixed, opened, goal, possible)
    if best is not None:
        return best.shares, _sizes(problem, opened, beds, best), BY_MODEL
    best, kept = _frame_alone(fixed, opened, goal, possible)
    tried = set(kept)
    while best is not None:
        sizes = _sizes(problem, opened, beds, best)
        broken = {one.rule for one in broken_by(problem, SplitPlan(problem, opened, sizes, best.shares))}
        rule = next((name for name in possible if name in broken and name not in tried), None)
        if rule is None:
            return best.shares, sizes, SOME_RULES
        tried.add(rule)
        if (better := _settled(fixed, opened, goal, [*kept, rule])) is not None:
            best, kept = better, [*kept, rule]
    plans = nearest_plans(problem, opened[None], beds[None])
    return plans.shares(0), plans.beds[0], GIVEN


def _frame_alone(
    problem: Problem, opened: Bools, goal: Objective, possible: Sequence[str]
) -> tuple[Settled | None, list[str]]:
    """The best plan that keeps what says what a plan is, or all but the promise of beds; and the names of that.

    None where not even everybody has a way to one of the units, with points undivided where that is asked.
    """
    priced = [name for name in possible if name in problem.policy.prices]
    firm = [rule for rule in rules_on(problem) if rule.name in possible and rule.name not in priced]
    frame = [rule for rule in firm if rule.frame or rule.whole_shares]
    for kept in (frame, [rule for rule in frame if not rule.carries_stays]):
        names = [*priced, *(rule.name for rule in kept)]
        if (best := _settled(problem, opened, goal, names)) is not None:
            return best, names
    return None, []


def _may_keep(rule: Any, problem: Problem, opened: Bools) -> bool:
    """Whether the open sites alone do not break a rule already; one with a price may be broken."""
    if rule.price(problem) is not None:
        return True
    sites, must, between = rule.sites(problem), rule.must_open(problem), rule.unit_range(problem)
    if sites is not None and (opened & ~sites).any():
        return False
    if must is not None and (must & ~opened).any():
        return False
    return between is None or between[0] <= int(opened.sum()) <= between[1]


def _settled(problem: Problem, opened: Bools, goal: Objective, kept: Sequence[str]) -> Settled | None:
    """The best plan of these units that keeps some rules and what is always kept; None where there is none."""
    off = [rule.name for rule in rules_on(problem) if not rule.always and rule.name not in kept]
    asked = problem.replace(policy=dict.fromkeys(off)) if off else problem
    return settle(build(asked, goal, cuts=True), opened)


def _with_beds(problem: Problem, opened: Bools, beds: Ints) -> Problem:
    """The problem in which units whose beds are given have no other size."""
    given = opened & (beds > 0)
    if not given.any():
        return problem
    low, high = (np.where(given, beds, limit) for limit in problem.size_limits)
    return problem.replace(
        network=problem.network.replace(site_smallest=low, site_largest=high),
        sizes={"smallest": int(low.min()), "largest": int(high.max())},
    )


def _sizes(problem: Problem, opened: Bools, beds: Ints, best: Settled) -> Ints:
    """The beds that are given; else the fewest that keep the promise, or the solver's where that may matter."""
    priced = any(rule.sets_beds and rule.price(problem) is not None for rule in rules_on(problem))
    chosen = best.beds
    if not priced and beds_decide(problem) is None:
        chosen = _smallest(problem, opened, best.shares)
    return np.where(opened & (beds > 0), beds, chosen)


def _smallest(problem: Problem, opened: Bools, shares: Shares) -> Ints:
    sent = SplitPlan(problem, opened, np.zeros(len(opened), dtype=np.int64), shares)
    fewest: Ints = smallest_sizes(problem, np.maximum(sent.stays - HOLD / 2, 0.0), opened[None])[0]
    return fewest
