"""All sets of sites that keep the rules, with their measures: what several studies start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.enumerate import (
    ENUMERATE,
    MOST_SETS,
    blocks,
    further_measures,
    ids_of,
    in_order_of_plans,
    keeps_rules,
    space_of,
    why_not,
    yearly_cost,
)
from capacity.engines.solve import run_record, solve_or_stop
from capacity.errors import DataError, Finding, SolverError, some
from capacity.plan.as_arrays import as_arrays
from capacity.plan.plan import Plan, make_plan
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans
from capacity.rules.objectives import OBJECTIVES, Objective, objective_named
from capacity.rules.siting import decided

if TYPE_CHECKING:
    from capacity.engines.settling import Settled

MEASURES = (*OBJECTIVES, "beds", "units")
"""What sets can be measured by; smaller is better."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FeasibleSets:
    """Sets that keep every rule, and what each measures.

    Attributes
    ----------
    open : ndarray (F, m) of bool
    values : mapping of measure to ndarray (F,)
    beds : ndarray (F,) of int
        The first tie-breaker.
    cost : ndarray (F,)
        Yearly running cost, the second tie-breaker.
    valued : int
        Sets that were valued in all.
    """

    open: Bools
    values: dict[str, Floats]
    beds: Ints
    cost: Floats
    valued: int

    def ids(self, problem: Problem, row: int) -> tuple[str, ...]:
        """Ids of the open sites of one set."""
        return ids_of(problem, self.open[row])


def unknown_measures(measures: Sequence[str | Objective], study: str) -> list[Finding]:
    """What to say of measures the library does not know."""
    unknown = [m for m in measures if isinstance(m, str) and m not in MEASURES]
    if not unknown:
        return []
    return [
        Finding(
            table=study,
            column="objectives",
            value=some(unknown),
            rule="each measure is one the library knows",
            remedy=f"Choose from: {', '.join(MEASURES)}.",
        )
    ]


SetsBy = Literal["auto", "enumerate", "mip"]
"""How a study may look at sets: all of them by arrays, or one by one by the model."""

ENGINES: tuple[str, ...] = get_args(SetsBy)


def by_enumeration(problem: Problem, engine: str) -> bool:
    """Whether a study values every set of sites (``enumerate``) or asks the model (``mip``).

    Raises
    ------
    DataError
        Where the engine is unknown.
    """
    if engine not in ENGINES:
        raise DataError(
            [
                Finding(
                    table="study",
                    column="engine",
                    value=engine,
                    rule="the engine is one the library has",
                    remedy=f"Choose from: {', '.join(ENGINES)}.",
                )
            ]
        )
    few = why_not(problem) is None and space_of(problem).sets <= MOST_SETS
    return engine == ENUMERATE.name or (engine == "auto" and few)


def feasible_sets(problem: Problem, measures: Sequence[str | Objective], study: str) -> FeasibleSets:
    """Value every set of sites; keep those that keep the rules.

    Raises
    ------
    DataError
        Where a measure is unknown, or the sets cannot be enumerated.
    """
    findings = unknown_measures(measures, study)
    reason = why_not(problem)
    if reason is None and space_of(problem).sets > MOST_SETS:
        reason = f"there are more than {MOST_SETS:,} sets of sites"
    if reason is not None:
        findings.append(
            Finding(
                table=study,
                rule="every set of sites can be valued",
                value=reason,
                remedy="Turn rules.nearest on, without a price, and narrow rules.units or rules.near_ambulatory.",
            )
        )
    if findings:
        raise DataError(findings)
    opened: list[Bools] = []
    values: dict[str, list[Floats]] = {name_of(m): [] for m in measures}
    beds: list[Ints] = []
    cost: list[Floats] = []
    valued = 0
    for plans in blocks(problem):
        valued += len(plans.open)
        kept, paid = keeps_rules(problem, plans)
        if kept.any():
            opened.append(plans.open[kept])
            beds.append(plans.beds[kept].sum(axis=1))
            cost.append(yearly_cost(problem, plans)[kept])
            for measure in measures:
                values[name_of(measure)].append(_measured(problem, plans, measure, paid)[kept])
    m = len(problem.network.site_ids)
    return FeasibleSets(
        open=np.concatenate([np.zeros((0, m), dtype=bool), *opened]),
        values={name: np.concatenate([np.zeros(0), *parts]) for name, parts in values.items()},
        beds=np.concatenate([np.zeros(0, dtype=np.int64), *beds]),
        cost=np.concatenate([np.zeros(0), *cost]),
        valued=valued,
    )


def name_of(measure: str | Objective) -> str:
    """Name of a measure."""
    return measure if isinstance(measure, str) else measure.name


def _measured(problem: Problem, plans: NearestPlans, measure: str | Objective, paid: Floats) -> Floats:
    if measure == "beds":
        return np.asarray(plans.beds.sum(axis=1), dtype=np.float64)
    if measure == "units":
        return np.asarray(plans.open.sum(axis=1), dtype=np.float64)
    return np.asarray(objective_named(measure).expected(problem, plans) + paid)


def ranked(problem: Problem, sets: FeasibleSets, *measures: str | Objective) -> list[int]:
    """Rows of the sets in the order of plans: by the measures, then by beds, running cost and site ids."""
    values: list[Floats] = [sets.values[name_of(measure)] for measure in measures]
    for measure in measures:
        if name_of(measure) not in ("beds", "units"):
            values += list(further_measures(problem, objective_named(measure), sets.open).T)
    return in_order_of_plans(values, sets.beds, sets.cost, lambda row: sets.ids(problem, row))


def minutes_by_point(plan: Plan) -> dict[str, float]:
    """Mean one-way minutes of each demand point."""
    total: dict[str, float] = {}
    women: dict[str, float] = {}
    table = plan.assignment_table
    for i, w, minutes in zip(table["point_id"], table["women"], table["minutes"], strict=True):
        total[i] = total.get(i, 0.0) + w * minutes
        women[i] = women.get(i, 0.0) + w
    return {i: total[i] / women[i] for i in total}


def plan_of_set(problem: Problem, site_ids: Sequence[str], objective: str | Objective = "travel") -> Plan:
    """The plan with exactly these units, which pays for units excluded, or closed, at a price."""
    plan = solve_or_stop(with_sites(problem, site_ids), objective)
    if not decided(problem, site_ids).keys() & problem.policy.prices.keys():
        return plan
    arrays = as_arrays(plan, problem)
    return make_plan(
        problem,
        objective,
        arrays.open[0],
        arrays.shares(0),
        arrays.beds[0],
        status=plan.status,
        bound=np.inf,
        certificate=plan.certificate,
        record=plan.record,
    )


def with_sites(problem: Problem, site_ids: Sequence[str]) -> Problem:
    """The problem with the units decided: these stay, all others are excluded."""
    changes = decided(problem, site_ids)
    # What is decided has no price.
    prices = {rule: price for rule, price in problem.policy.prices.items() if rule not in changes}
    return problem.replace(policy={**changes, "prices": prices})


def settled_plan(problem: Problem, settled: Settled, objective: str | Objective, certificate: str) -> Plan:
    """A plan the model found, as tables, checked."""
    plan = make_plan(
        problem,
        objective,
        settled.open,
        settled.shares,
        settled.beds,
        status="optimal",
        bound=np.inf,
        certificate=certificate,
        record=run_record(problem),
    )
    faults = plan.check()
    if faults:
        raise SolverError("A plan did not pass its own check:\n" + "\n".join(map(str, faults)))
    return plan
