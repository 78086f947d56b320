"""How the units of a plan stand in each scenario: best, nearly, behind, or breaking a rule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Tell
from capacity.engines.enumerate import enumerate_sets, tested_rules, why_not
from capacity.engines.solve import solve_or_stop
from capacity.errors import InfeasibleError
from capacity.plan.check import arrays_of
from capacity.plan.plan import Plan
from capacity.problem.named import NamedScenario
from capacity.problem.problem import Problem
from capacity.problem.promise import offered_load, turned_away
from capacity.rules import NearestPlans, allowed_pairs, paid_in
from capacity.rules.objectives import Objective
from capacity.rules.plans import in_other_sizes
from capacity.studies.cases import Case, cases_of
from capacity.studies.sets import by_enumeration, with_sites
from capacity.tolerances import TIE

NEARLY = 0.02
"""A plan within this of the best of a scenario is as good as right there."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """In how many scenarios a plan's units are right: best, or nearly."""

    right_in: int
    scenarios: int


def standing_of(plan: Plan, scenarios: Iterable[NamedScenario] | None, objective: Objective) -> Standing:
    """In how many scenarios the units of a plan are right, and nothing else of them.

    Raises
    ------
    DataError
        Where there is no scenario to look at.
    """
    cases = cases_of(plan.problem, None if scenarios is None else tuple(scenarios))
    right = 0
    for case in cases:
        loss, broken, _, _ = _standing(plan, case.problem, objective)
        if loss is not None and not broken:
            right += _status(loss, _least(case.problem, objective)) in ("best", "nearly")
    return Standing(right_in=right, scenarios=len(cases))


def _least(problem: Problem, objective: Objective) -> float:
    """The least value of any plan, infinite where there is none."""
    if by_enumeration(problem, "auto"):
        return enumerate_sets(problem, objective).objective
    best = solved(problem, objective)
    return np.inf if best is None else best.loss


def solved(problem: Problem, objective: str | Objective, tell: Tell | None = None) -> Plan | None:
    """The best plan; None where no plan keeps the rules."""
    try:
        return solve_or_stop(problem, objective, tell=tell)
    except InfeasibleError:
        return None


def row_of(
    letter: str, plan: Plan, case: Case, best: Plan | None, goal: Objective
) -> tuple[dict[str, Any], Floats | None]:
    """A plan in a scenario, and the stays of its units there."""
    loss, broken, stays, beds = _standing(plan, case.problem, goal)
    row: dict[str, Any] = {
        "plan": list(plan.site_ids),
        "letter": letter,
        "scenario": case.id,
        "women_per_year": case.women_per_year,
        "probability": case.probability,
        "must_hold": case.must_hold,
        "status": "",
        "broken": list(broken),
        "objective": None if loss is None else goal.sign * loss,
        "regret": None,
        "behind": None,
        "beds": beds,
        "turned_away": None,
        "cost_dkk": None,
        "result_dkk": None,
    }
    if stays is not None:
        row |= _as_built(plan, case.problem, stays)
    if best is None or broken or loss is None:
        return row | {"status": "no plan keeps the rules" if best is None else "these units break a rule"}, stays
    regret, behind = _behind(loss, best.loss)
    return row | {"status": _status(loss, best.loss), "regret": regret, "behind": behind}, stays


def _behind(loss: float, least: float) -> tuple[float, float]:
    """By how much a value is behind the best, and as a share of that."""
    regret = max(0.0, loss - least)
    return regret, regret / abs(least) if least else 0.0


def _status(loss: float, least: float) -> str:
    _, behind = _behind(loss, least)
    return "best" if behind <= TIE else "nearly" if behind <= NEARLY else "behind"


def _standing(
    plan: Plan, problem: Problem, goal: Objective
) -> tuple[float | None, tuple[str, ...], Floats | None, int | None]:
    """Loss, rules broken, stays of each unit, beds needed: the plan's units under another problem."""
    site = {j: k for k, j in enumerate(problem.network.site_ids)}
    units = np.array([site[j] for j in plan.unit_table["site_id"]], dtype=np.int64)
    if why_not(problem) is not None:
        again = solved(with_sites(problem, plan.site_ids), goal.name)
        if again is None:
            return None, ("one of the rules",), None, None
        stays = problem.probability @ arrays_of(again)[0].stays[0]
        return again.loss, (), stays[units], again.beds
    opened: Bools = np.zeros((1, len(site)), dtype=bool)
    opened[0, units] = True
    plans = NearestPlans(problem, opened, allowed_pairs(problem))
    firm = [rule for rule in tested_rules(problem) if rule.price(problem) is None]
    broken = min(
        (
            [rule.name for rule in firm if rule.excess(problem, sized).broken.any()]
            for sized in in_other_sizes(problem, plans)
        ),
        key=len,
    )
    common, own = paid_in(problem, plans)
    paid = float(common[0] + own[0] @ problem.probability)
    stays = problem.probability @ plans.stays[0]
    return float(goal.expected(problem, plans)[0]) + paid, tuple(broken), stays[units], int(plans.beds.sum())


def _as_built(plan: Plan, problem: Problem, stays: Floats) -> dict[str, float]:
    """What a scenario does to the plan's own beds."""
    beds: Ints = np.array(plan.unit_table["beds"], dtype=np.int64)
    money, days = problem.finance, problem.care.mean_days
    lost = turned_away(problem.promise, beds, offered_load(stays, days))
    counted = problem.counted(beds, stays)
    women = float(stays.sum())
    return {
        "turned_away": float(stays @ lost) / women if women > 0 else 0.0,
        "cost_dkk": float(money.full_cost(beds, counted, days).sum()),
        "result_dkk": float((money.yearly_income(counted, days) - money.yearly_cost(beds, counted, days)).sum()),
    }


def summary_of(letter: str, plan: Plan, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A plan over all scenarios."""
    kept = [r for r in rows if r["behind"] is not None]
    right = [r for r in kept if r["status"] in ("best", "nearly")]
    worst = max(kept, key=lambda r: r["regret"], default=None)
    weight = math.fsum(r["probability"] for r in kept)
    return {
        "plan": letter,
        "site_ids": list(plan.site_ids),
        "units": len(plan.site_ids),
        "beds": plan.beds,
        "scenarios": len(rows),
        "best_in": sum(r["status"] == "best" for r in kept),
        "right_in": len(right),
        "keeps_in": len(kept),
        "right_share": math.fsum(r["probability"] for r in right),
        "worst_regret": None if worst is None else worst["regret"],
        "worst_in": worst["scenario"] if worst is not None and worst["regret"] > 0 else None,
        "mean_behind": math.fsum(r["probability"] * r["behind"] for r in kept) / weight if weight > 0 else None,
    }


def in_order(summary: Mapping[str, Any]) -> tuple[float, float, float, int]:
    """The plan that is right most often; then the one that keeps the rules most often, and regrets least."""
    worst = summary["worst_regret"]
    return (
        -round(summary["right_share"], 9),
        -summary["keeps_in"],
        np.inf if worst is None else worst,
        summary["units"],
    )
