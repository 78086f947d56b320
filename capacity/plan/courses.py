"""Where the women of a plan are: at a unit, on an outpatient course, or reached by neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from capacity.plan.tables import Numbers, RegionTable, Texts
from capacity.problem.outpatient import course_ways
from capacity.tolerances import SUMS

if TYPE_CHECKING:
    from capacity.arrays import Floats
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem
    from capacity.rules.shares import Shares

CARE = ("residential_women", "outpatient_women", "unreached_women")
"""The three ways of care, as tables and figures call them."""


class CourseTable(TypedDict):
    """One row for each demand point and scenario some of whose women are on an outpatient course.

    Attributes
    ----------
    point_id, scenario : str
    place : str
        Id of the ambulatory, or ``home``.
    women : float
        A year in the scenario.
    minutes : float
        One way.
    """

    point_id: Texts
    place: Texts
    scenario: Texts
    women: Numbers
    minutes: Numbers


def care_columns(table: RegionTable) -> dict[str, Numbers]:
    """A region table's columns of women by where they are; {} without a course."""
    if "residential_women" not in table:
        return {}
    return {
        "residential_women": table["residential_women"],
        "outpatient_women": table["outpatient_women"],
        "unreached_women": table["unreached_women"],
    }


def by_care(problem: Problem, staying: Floats) -> tuple[Floats, Floats, Floats]:
    """Expected women of each point at a unit, on a course, and reached by neither, (n,) each.

    Parameters
    ----------
    problem : Problem
    staying : ndarray (n, m)
        Expected women of each point who are sent to each site. Without a course those who decline there are reached
        by nobody.
    """
    women = problem.expected_women
    if not problem.outpatient.on:
        accepted = staying if problem.uptake is None else staying * problem.uptake.at(problem.minutes)
        there = accepted.sum(axis=1)
        return there, np.zeros(len(women)), women - there
    there = staying.sum(axis=1)
    left, way = women - there, np.isfinite(problem.course_minutes)
    return there, np.where(way, left, 0.0), np.where(way, 0.0, left)


def on_courses(problem: Problem, shares: Shares) -> Floats:
    """Expected women of each point on an outpatient course, by scenario, (S, n)."""
    there = shares.in_each(len(problem.scenarios.ids))
    left = problem.women * (1.0 - there.by_point(there.share))
    # What rounding leaves of a point's women is nobody.
    return np.where((left > SUMS * problem.women) & np.isfinite(problem.course_minutes), left, 0.0)


def women_by_care(plan: Plan) -> dict[str, float]:
    """Women a year by `CARE`, over all regions."""
    if plan.problem.outpatient.on:
        return {name: plan.figures[name] for name in CARE}
    net, table = plan.problem.network, plan.assignment_table
    chance = dict(zip(plan.problem.scenarios.ids, plan.problem.probability.tolist(), strict=True))
    point = {i: k for k, i in enumerate(net.point_ids)}
    site = {j: k for k, j in enumerate(net.site_ids)}
    staying = np.zeros((len(point), len(site)))
    for i, j, s, women in zip(table["point_id"], table["site_id"], table["scenario"], table["women"], strict=True):
        staying[point[i], site[j]] += chance[s] * women
    return dict(zip(CARE, (float(each.sum()) for each in by_care(plan.problem, staying)), strict=True))


def course_table(plan: Plan) -> CourseTable:
    """Who is on an outpatient course, and where."""
    problem, table = plan.problem, plan.assignment_table
    ways, places = course_ways(problem)
    left = {
        (i, s): women
        for s, row in zip(problem.scenarios.ids, problem.women.tolist(), strict=True)
        for i, women in zip(problem.network.point_ids, row, strict=True)
    }
    most = dict(left)
    for i, s, women in zip(table["point_id"], table["scenario"], table["women"], strict=True):
        left[i, s] -= women
    at = dict(zip(problem.network.point_ids, zip(places, ways.tolist(), strict=True), strict=True))
    # What rounding leaves of a point's women is nobody.
    rows = [(i, s, women) for (i, s), women in left.items() if women > SUMS * most[i, s] and np.isfinite(at[i][1])]
    return {
        "point_id": tuple(i for i, _, _ in rows),
        "place": tuple(at[i][0] for i, _, _ in rows),
        "scenario": tuple(s for _, s, _ in rows),
        "women": tuple(women for _, _, women in rows),
        "minutes": tuple(at[i][1] for i, _, _ in rows),
    }
