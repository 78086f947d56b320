"""Near ties: what the stated error of the travel times could turn round.

The error is the larger of some minutes and some per cent of a way, each way on its own. Ways that
two plans share are wrong in the same way for both and do not part them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.engines.enumerate import space_of, why_not
from capacity.plan.plan import Plan
from capacity.problem.problem import DAYS_PER_WEEK, MINUTES_PER_HOUR, Problem
from capacity.rules import allowed_pairs
from capacity.studies.sets import feasible_sets, minutes_by_point, plan_of_set, ranked
from capacity.tolerances import LEAST_VALUE

FEW_SETS = 20_000
"""Above this many sets of sites a plan's runners-up are not looked for."""

RUNNERS_UP = 3


@dataclass(frozen=True, kw_only=True)
class UnitTie:
    """A demand point whose nearest unit could be another.

    Attributes
    ----------
    point_id, point : str
        The demand point's id and name.
    site_ids, places : (str, str)
        The unit that is nearest and the other, by id and by name.
    minutes : (float, float)
        The ways to them.
    """

    point_id: str
    point: str
    site_ids: tuple[str, str]
    places: tuple[str, str]
    minutes: tuple[float, float]

    def __str__(self) -> str:
        (here, there), (near, far) = self.places, self.minutes
        return f"{self.point}: {here} {near:.0f} or {there} {far:.0f} minutes"

    def to_json(self) -> dict[str, Any]:
        """The near tie as a JSON object."""
        return {
            "kind": "nearest unit",
            "text": str(self),
            "point_id": self.point_id,
            "site_ids": list(self.site_ids),
            "minutes": list(self.minutes),
        }


@dataclass(frozen=True, kw_only=True)
class OrderTie:
    """A plan that could come before the best.

    Attributes
    ----------
    site_ids, other_ids : tuple of str
        Units of the best plan and of the other.
    places, other_places : tuple of str
        The same by name.
    behind : float
        How far the other lies behind, as a share of the best's objective.
    minutes, percent : float
        The stated error of the travel times.
    """

    site_ids: tuple[str, ...]
    other_ids: tuple[str, ...]
    places: tuple[str, ...]
    other_places: tuple[str, ...]
    behind: float
    minutes: float
    percent: float

    def __str__(self) -> str:
        return (
            f"{' + '.join(self.places)} and {' + '.join(self.other_places)} lie {100 * self.behind:.1f} % apart: "
            f"the stated error of the travel times ({self.minutes:g} minutes or {self.percent:g} %) could turn their "
            "order round"
        )

    def to_json(self) -> dict[str, Any]:
        """The near tie as a JSON object."""
        return {
            "kind": "order of plans",
            "text": str(self),
            "site_ids": list(self.site_ids),
            "other_site_ids": list(self.other_ids),
            "behind": self.behind,
        }


NearTie = UnitTie | OrderTie


def error_of(problem: Problem, minutes: Floats) -> Floats:
    """Stated error of ways of so many minutes, minutes."""
    least, percent = problem.minutes_error
    return np.asarray(np.maximum(least, percent / 100 * minutes))


def near_ties(plan: Plan) -> tuple[UnitTie, ...]:
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
    places = net.site_places(plan.site_ids)

    def tie(i: int) -> UnitTie:
        here, there = (plan.site_ids[k] for k in order[i, :2])
        return UnitTie(
            point_id=net.point_ids[i],
            point=net.point_names[i],
            site_ids=(here, there),
            places=(places[here], places[there]),
            minutes=(float(first[i]), float(second[i])),
        )

    return tuple(tie(int(i)) for i in np.flatnonzero(close))


def order_ties(best: Plan, others: Sequence[Plan]) -> tuple[OrderTie, ...]:
    """Plans that, were the ways wrong by the stated error, could come before the best."""
    if not any(best.problem.minutes_error):
        return ()
    minutes, percent = best.problem.minutes_error
    close = [p for p in others if p.site_ids != best.site_ids and p.loss - best.loss <= _could_move(best, p)]
    places = best.problem.network.site_places(sorted({j for p in (best, *close) for j in p.site_ids}))
    return tuple(
        OrderTie(
            site_ids=best.site_ids,
            other_ids=p.site_ids,
            places=tuple(places[j] for j in best.site_ids),
            other_places=tuple(places[j] for j in p.site_ids),
            behind=(p.loss - best.loss) / max(abs(best.loss), LEAST_VALUE),
            minutes=minutes,
            percent=percent,
        )
        for p in close
    )


def _could_move(one: Plan, other: Plan) -> float:
    """How far the errors of the ways that two plans do not share could move their objectives apart."""
    problem, near = one.problem, one.goal.near
    if near == "longest":
        return float(error_of(problem, np.array([one.objective, other.objective])).sum())
    if near != "ways":
        # Fairness weighs each way by itself: the per cent stands for it. Money does not depend on ways.
        return one.loss * problem.minutes_error[1] / 100 if near == "percent" else -1.0
    here, there = minutes_by_point(one), minutes_by_point(other)
    women = dict(zip(problem.network.point_ids, problem.expected_women.tolist(), strict=True))
    moved = [i for i in here if i in there and here[i] != there[i]]
    ways = np.array([[here[i], there[i]] for i in moved]).reshape(-1, 2)
    wrong = error_of(problem, ways).sum(axis=1) @ np.array([women[i] for i in moved])
    care = problem.care
    return float(2 * care.visits_per_week * care.mean_days / DAYS_PER_WEEK * wrong / MINUTES_PER_HOUR)


@lru_cache(maxsize=4)
def ties_of(plan: Plan) -> tuple[NearTie, ...]:
    """Near ties of one plan: of the nearest unit, and of its place before the next best sets, where these are few.

    Kept, as a plan never changes: it is printed and written.
    """
    problem, goal = plan.problem, plan.goal
    ties = near_ties(plan)
    # The plans next to the best one say nothing of units that were given.
    if plan.status == "given":
        return ties
    if why_not(problem) is not None or space_of(problem).sets > FEW_SETS or not any(problem.minutes_error):
        return ties
    sets = feasible_sets(problem, [goal], "near ties")
    next_best = [sets.ids(problem, row) for row in ranked(problem, sets, goal)[: RUNNERS_UP + 1]]
    others = [plan_of_set(problem, ids, goal) for ids in next_best if ids != plan.site_ids]
    return (*ties, *order_ties(plan, others[:RUNNERS_UP]))
