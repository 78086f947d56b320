"""What a price that is part of the cost does to a plan's cost, and to the rules it moves as well."""

from __future__ import annotations

from capacity.plan.check import arrays_of
from capacity.plan.plan import Plan
from capacity.problem.problem import Problem
from capacity.rules import SplitPlan, paid_in, rules_on
from capacity.rules.budgets import BuildBudget, RunBudget
from capacity.rules.objectives import COST
from capacity.rules.viability import Income

COSTS = (
    "finance.unit_dkk_per_year",
    "finance.bed_dkk_per_year",
    "finance.occupied_day_dkk",
    "finance.building_dkk_per_bed",
)
"""Prices of which a plan's cost is a straight line."""


def is_dearer(problem: Problem) -> bool:
    """Whether it is known what those prices do to every rule, and none whose excess moves with them has a price."""
    for rule in rules_on(problem):
        moves = rule.moved_by is None or any(rule.response(key) != "same" for key in COSTS)
        known = isinstance(rule, (Income, BuildBudget, RunBudget)) and rule.price(problem) is None
        if moves and not known:
            return False
    return True


def cost_of(plan: Plan, problem: Problem) -> float:
    """What a plan costs under the prices of another problem, rules broken at a price included."""
    known, _ = arrays_of(plan)
    same = SplitPlan(problem, known.open[0], known.beds[0], known.shares(0))
    common, own = paid_in(problem, same)
    return float(COST.expected(problem, same)[0] + common[0] + own[0] @ problem.probability)


def no_tighter(problem: Problem, key: str, rise: float) -> Problem:
    """A problem whose price has risen, with money enough that no plan is lost by it.

    Day rates, grants and budgets are no part of the cost, so that they may grow without changing it.
    """
    money, policy = problem.finance, problem.policy
    most = len(problem.network.site_ids)
    beds = problem.sizes.largest if "bed" in key else 1
    building, days = key == COSTS[3], key == COSTS[2]
    running = rise * (problem.care.mean_days * problem.scenarios.women_per_year if days else most * beds)
    changes: dict[str, float] = {}
    if policy.build_budget is not None and building:
        changes[BuildBudget.name] = policy.build_budget + rise * most * beds
    if policy.run_budget is not None and not building:
        changes[RunBudget.name] = policy.run_budget + running
    if days:
        finance = {"day_rate_dkk": money.day_rate_dkk + rise}
    else:
        finance = {"grant_dkk_per_year": money.grant_dkk_per_year + (0.0 if building else rise * beds)}
    return problem.replace(finance=finance, policy=changes) if changes else problem.replace(finance=finance)
