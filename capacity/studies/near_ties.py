"""Near ties: what the stated error of the travel times could turn round.

The error is the larger of some minutes and some per cent of a way, each way on its own. Ways that
two plans share are wrong in the same way for both and do not part them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capacity.enumeration import space_of, why_not
from capacity.labels import Floats
from capacity.plan import Plan
from capacity.problem import DAYS_PER_WEEK, MINUTES_PER_HOUR, Problem
from capacity.rules import allowed_pairs
from capacity.studies.sets import feasible_sets, minutes_by_point, plan_of_set, ranked

FEW_SETS = 20_000
"""Above this many sets of sites a plan's runners-up are not looked for."""

RUNNERS_UP = 3


def error_of(problem: Problem, minutes: Floats) -> Floats:
    """Stated error of ways of so many minutes, minutes."""
    least, percent = problem.minutes_error
    return np.asarray(np.maximum(least, percent / 100 * minutes))


def near_ties(plan: Plan) -> tuple[str, ...]:
    """Demand points whose nearest unit the stated error of the travel times could change."""
    problem, net = plan.problem, plan.problem.network
    opened = [net.site_ids.index(j) for j in plan.site_ids]
    if len(opened) < 2 or not any(problem.minutes_error):
        return ()
    ways = np.where(allowed_pairs(problem), problem.minutes, np.inf)[:, opened]
    order = np.argsort(ways, axis=1, kind="stable")
    rows = np.arange(len(ways))
    first, second = ways[rows, order[:, 0]], ways[rows, order[:, 1]]
    both = np.isfinite(second) & problem.active
    gap = np.where(both, second, 0.0) - np.where(both, first, 0.0)
    close = both & (gap <= error_of(problem, np.where(both, first, 0.0)))
    return tuple(
        f"{net.point_names[i]}: {plan.site_ids[order[i, 0]]} {first[i]:.0f} or {plan.site_ids[order[i, 1]]} "
        f"{second[i]:.0f} minutes"
        for i in np.flatnonzero(close)
    )


def order_ties(best: Plan, others: Sequence[Plan]) -> tuple[str, ...]:
    """Plans that, were the ways wrong by the stated error, could come before the best."""
    if not any(best.problem.minutes_error):
        return ()
    minutes, percent = best.problem.minutes_error
    return tuple(
        f"{', '.join(best.site_ids)} and {', '.join(p.site_ids)} lie "
        f"{100 * (p.loss - best.loss) / max(abs(best.loss), 1e-12):.1f} % apart: the stated error of the travel times "
        f"({minutes:g} minutes or {percent:g} %) could turn their order round"
        for p in others
        if p.site_ids != best.site_ids and p.loss - best.loss <= _could_move(best, p)
    )


def _could_move(one: Plan, other: Plan) -> float:
    """How far the errors of the ways that two plans do not share could move their objectives apart."""
    problem = one.problem
    if one.objective_name == "worst":
        return float(error_of(problem, np.array([one.objective, other.objective])).sum())
    if one.objective_name != "travel":
        # Fairness weighs each way by itself: the per cent stands for it. Money does not depend on ways.
        return one.loss * problem.minutes_error[1] / 100 if one.objective_name == "fair" else -1.0
    here, there = minutes_by_point(one), minutes_by_point(other)
    women = dict(zip(problem.network.point_ids, problem.expected_women.tolist(), strict=True))
    moved = [i for i in here if i in there and here[i] != there[i]]
    ways = np.array([[here[i], there[i]] for i in moved]).reshape(-1, 2)
    wrong = error_of(problem, ways).sum(axis=1) @ np.array([women[i] for i in moved])
    care = problem.care
    return float(2 * care.visits_per_week * care.mean_days / DAYS_PER_WEEK * wrong / MINUTES_PER_HOUR)


def ties_of(plan: Plan) -> tuple[str, ...]:
    """Near ties of one plan: of the nearest unit, and of its place before the next best sets, where these are few."""
    problem, goal = plan.problem, plan.objective_name
    found = near_ties(plan)
    if why_not(problem) is not None or space_of(problem).sets > FEW_SETS or not any(problem.minutes_error):
        return found
    sets = feasible_sets(problem, [goal], "near ties")
    next_best = [sets.ids(problem, row) for row in ranked(problem, sets, goal)[: RUNNERS_UP + 1]]
    others = [plan_of_set(problem, ids, goal) for ids in next_best if ids != plan.site_ids]
    return (*found, *order_ties(plan, others[:RUNNERS_UP]))
