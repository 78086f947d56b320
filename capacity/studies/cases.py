"""Scenarios as problems of their own, one problem of all of them, and why one has no plan."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools
from capacity.engines.enumerate import blocks, breaks, lacks_stays, space_of, tested_rules, why_not
from capacity.errors import DataError, Finding
from capacity.problem.named import NamedScenario, under, with_scenarios
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Rule, rules_on
from capacity.rules.plans import in_other_sizes

TRIED = 32
"""Of the sets that break the fewest rules whatever their beds so many are tried with their beds."""

MOST_SETS = 100_000
"""Sets that are looked at to say what stands in the way where no plan keeps the rules."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One scenario, as a problem of its own.

    Attributes
    ----------
    id, label : str
    problem : Problem
    probability : float
    must_hold, equal : bool
        `equal`: nobody has said how likely it is.
    """

    id: str
    label: str
    problem: Problem
    probability: float
    must_hold: bool
    equal: bool

    @property
    def women_per_year(self) -> float:
        """Women who need a stay in it, a year."""
        return self.problem.scenarios.women_per_year


def cases_of(problem: Problem, scenarios: tuple[NamedScenario, ...] | None) -> list[Case]:
    """Each named scenario of a problem (or those given) as a case; its demand scenarios where none is named.

    Raises
    ------
    DataError
        Where there is neither.
    """
    named = problem.named if scenarios is None else scenarios
    if named:
        whole = math.fsum(s.probability for s in named) or 1.0
        return [
            Case(
                id=s.id,
                label=s.label,
                problem=under(problem, s),
                probability=s.probability / whole,
                must_hold=s.must_hold,
                equal=s.equal,
            )
            for s in named
        ]
    demand = problem.scenarios
    if len(demand.ids) < 2:
        raise DataError(
            [
                Finding(
                    table="robustness",
                    column="scenarios",
                    rule="there are scenarios to look at",
                    remedy="Give the case a scenarios.csv (see data/denmark), or sample demand (cap.sample_scenarios).",
                )
            ]
        )
    return [
        Case(
            id=s,
            label=demand.labels[k],
            problem=_certain(problem, s),
            equal=False,
            probability=float(problem.probability[k]),
            must_hold=bool(problem.must_hold[k]),
        )
        for k, s in enumerate(demand.ids)
    ]


def _certain(problem: Problem, scenario: str) -> Problem:
    """The problem as if one of its demand scenarios were true: then the promise holds in it."""
    return problem.replace(scenarios=problem.scenarios.only(scenario).replace(must_hold=None))


def joint_of(
    problem: Problem, scenarios: tuple[NamedScenario, ...] | None, only: Collection[str] | None = None
) -> Problem | None:
    """One problem with all the scenarios that change demand alone; None where there are fewer than two.

    Parameters
    ----------
    only : collection of str, optional
        Scenarios to keep.
    """
    named = problem.named if scenarios is None else scenarios
    if not named:
        kept = [s for s in problem.scenarios.ids if only is None or s in only]
        return problem.replace(scenarios=problem.scenarios.only(*kept)) if len(kept) > 1 else None
    chosen = [s for s in named if s.changes_only_demand and (only is None or s.id in only)]
    if len(chosen) < 2 or len(problem.scenarios.ids) > 1:
        return None
    return with_scenarios(problem, chosen, [s.id for s in chosen])


def missing_rules(problem: Problem) -> tuple[str, ...]:
    """Of all sets, what the one that breaks the fewest rules breaks; () where sets cannot be listed."""
    if why_not(problem) is not None:
        return ()
    firm = [rule for rule in tested_rules(problem) if rule.price(problem) is None]
    # Rules that bound the number of units before sets are listed: at a price they do not.
    counted = {rule.name for rule in rules_on(problem) if rule.says("unit_range")}
    bounding = counted | {rule.name for rule in rules_on(problem) if rule.says("least_stays")}
    for let_go in (bounding, bounding - counted):
        loose = problem.replace(policy={"prices": dict.fromkeys(let_go, 1.0)})
        if space_of(loose).sets <= MOST_SETS:
            break
    else:
        return ()
    fewest: tuple[int, float, tuple[str, ...]] | None = None
    looked_at = (_with_fewest(problem, firm, _firm_sizes(problem, block)) for block in blocks(loose))
    for plans in (sized for block in looked_at for sized in in_other_sizes(problem, block)):
        first, broken = _first_of_fewest(problem, firm, plans)
        names = tuple(rule.name for rule in firm if rule.name in broken)
        key = (len(broken), float(plans.open[first].sum()), names)
        fewest = key if fewest is None or key < fewest else fewest
    return () if fewest is None else fewest[2]


def _firm_sizes(problem: Problem, plans: NearestPlans) -> NearestPlans:
    """The same sets with the beds that a problem's own rules ask."""
    again = plans.sent(plans.site)
    again.problem = problem
    return again


def _with_fewest(problem: Problem, firm: Sequence[Rule], plans: NearestPlans) -> NearestPlans:
    """Without those that break more, or as many with more units, whatever their beds, than another breaks with its."""
    units, least = plans.open.sum(axis=1), np.zeros(len(plans.open), dtype=int)
    by_beds = [rule for rule in firm if rule.with_more_beds != "same"]
    for rule in firm:
        least += lacks_stays(problem, rule, plans) if rule in by_beds else breaks(problem, rule, plans)
    fewest: tuple[int, int] | None = None
    for count in np.unique(least).tolist():
        if fewest is not None and count > fewest[0]:
            break
        first = np.flatnonzero(least == count)[:TRIED]
        tried = plans.only(first)
        total = np.zeros(len(first), dtype=int)
        for rule in firm:
            total += breaks(problem, rule, tried)
        best = min(zip(total.tolist(), units[first].tolist(), strict=True))
        fewest = best if fewest is None or best < fewest else fewest
    if fewest is None:
        return plans
    return plans.only((least < fewest[0]) | ((least == fewest[0]) & (units <= fewest[1])))


def _first_of_fewest(problem: Problem, firm: Sequence[Rule], plans: NearestPlans) -> tuple[int, set[str]]:
    """The first of the plans that break the fewest rules, and which it breaks."""
    count, left = np.zeros(len(plans.open), dtype=int), np.arange(len(plans.open))
    broken: dict[str, Bools] = {}
    rules, some = sorted(firm, key=lambda rule: rule.sets_beds), plans
    for k, rule in enumerate(rules):
        if k == len(rules) // 2:
            # Who breaks more by now than one of the best breaks in the end is not looked at further.
            best = int(count.argmin())
            most = count[best] + sum(breaks(problem, later, plans.only(np.array([best])))[0] for later in rules[k:])
            left = np.flatnonzero(count <= most)
            some = plans.only(left)
        broken[rule.name] = np.zeros(len(plans.open), dtype=bool)
        broken[rule.name][left] = breaks(problem, rule, some)
        count += broken[rule.name]
    first = int(left[count[left].argmin()])
    return first, {name for name, breaks in broken.items() if breaks[first]}
