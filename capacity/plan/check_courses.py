"""What a plan says of women who are at no unit, worked out again from its tables, row by row."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from capacity.errors import Finding
from capacity.rules import allowed_pairs
from capacity.tolerances import AGREE

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem


def accepted(curve: list[list[float]], minutes: float) -> float:
    """Share who accept a place so far away, by the curve's own points."""
    accept = curve[0][1] if minutes <= curve[0][0] else curve[-1][1]
    for (near, high), (far, low) in pairwise(curve):
        if near < minutes <= far:
            accept = high + (low - high) * (minutes - near) / (far - near)
    return accept


def staying(problem: Problem, minutes: float) -> float:
    """Share of the women of a point who stay at their unit, so far away."""
    course = problem.outpatient
    if not course.on or not math.isfinite(minutes):
        return 1.0
    if course.beyond_minutes is not False and minutes > course.beyond_minutes:
        return 0.0
    return accepted(problem.uptake.points, minutes) if course.declines and problem.uptake is not None else 1.0


def course_way(problem: Problem, point: int) -> float:
    """Minutes from a point to its course; inf where there is none."""
    if not problem.outpatient.on:
        return math.inf
    if problem.outpatient.where == "home":
        return 0.0
    sites = problem.network.site_ids
    return min(
        (float(problem.minutes[point, sites.index(a)]) for a in problem.network.ambulatories if a in sites),
        default=math.inf,
    )


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Of the women who are at no unit, a year, on average over the scenarios.

    Attributes
    ----------
    hours, dkk : float
        Their families' travel, and what their courses cost.
    women : mapping of (region, kind of care) to float
    """

    hours: float
    dkk: float
    women: dict[tuple[str, str], float]

    def of(self, care: str) -> float:
        """Women of all regions."""
        return sum(women for (_, kind), women in self.women.items() if kind == care)


def outside_of(plan: Plan, chance: dict[str, float]) -> Outside:
    """What the tables say of women who are at no unit."""
    problem, table, course = plan.problem, plan.assignment_table, plan.problem.outpatient
    there: dict[tuple[str, str], float] = defaultdict(float)
    for point, scenario, women in zip(table["point_id"], table["scenario"], table["women"], strict=True):
        there[point, scenario] += women
    hours = dkk = 0.0
    women_by: dict[tuple[str, str], float] = defaultdict(float)
    for i, point in enumerate(problem.network.point_ids):
        region, way = problem.network.point_regions[i], course_way(problem, i)
        care = "outpatient_women" if math.isfinite(way) else "unreached_women"
        for s, scenario in enumerate(problem.scenarios.ids):
            inside = there[point, scenario]
            left = chance[scenario] * (float(problem.women[s, i]) - inside)
            women_by[region, "residential_women"] += chance[scenario] * inside
            women_by[region, care] += left
            if math.isfinite(way) and course.on:
                hours += left * 2 * course.visits_per_week * course.weeks * way / 60
                dkk += left * float(course.dkk_per_course)
    return Outside(hours=hours, dkk=dkk, women=dict(women_by))


def public_of(plan: Plan, outside: Outside, cost: float) -> float:
    """The public cost: what the plan costs, and each woman's pathway."""
    ways, effect = plan.problem.pathways, plan.problem.outpatient.effect
    course = float(ways.outpatient)
    if effect is not False:
        course = (1 - effect) * float(ways.none) + effect * float(ways.residential)
    return (
        cost
        + float(ways.residential) * outside.of("residential_women")
        + course * outside.of("outpatient_women")
        + float(ways.none) * outside.of("unreached_women")
    )


def check_stays(plan: Plan) -> list[Finding]:
    """At each point's nearest open unit those stay who accept it, and nobody else stays anywhere."""
    problem, table = plan.problem, plan.assignment_table
    if not problem.outpatient.on:
        return []
    net, usable = problem.network, allowed_pairs(problem)
    opened = sorted(set(plan.unit_table["site_id"]))
    told = {
        (i, s, j): women
        for i, j, s, women in zip(table["point_id"], table["site_id"], table["scenario"], table["women"], strict=True)
    }
    meant: dict[tuple[str, str, str], float] = {}
    for i, point in enumerate(net.point_ids):
        ways = [
            (float(problem.minutes[i, j]), net.site_ids[j]) for j in map(net.site_ids.index, opened) if usable[i, j]
        ]
        if not ways:
            continue
        minutes, site = min(ways)
        for s, scenario in enumerate(problem.scenarios.ids):
            meant[point, scenario, site] = float(problem.women[s, i]) * staying(problem, minutes)
    return [
        Finding(
            table="assignment",
            column="women",
            value=f"{i} to {j} in {s}: {told.get((i, s, j), 0.0):.6g}",
            rule=f"those stay at their nearest unit who accept it ({meant.get((i, s, j), 0.0):.6g} women)",
            remedy="Please report this.",
        )
        for i, s, j in sorted({*told, *meant})
        if abs(told.get((i, s, j), 0.0) - meant.get((i, s, j), 0.0)) > AGREE * max(1.0, meant.get((i, s, j), 0.0))
    ]
