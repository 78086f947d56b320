"""Pooling: beds shared across regions against beds kept apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.promise import smallest_beds
from capacity.studies.result import Rows, rows_of


@told
def pooling(plan: Plan) -> Rows:
    """What sharing saves: beds of each unit, against the beds it would take were they kept for each region.

    The promise of the plan's problem is kept in both. A small group needs far more spare beds for
    its number than a large one, so beds that several regions share are fewer.

    Returns
    -------
    Rows
        Of each unit: site_id, regions (ids of those who use it), beds_shared, beds_apart, saved; the last row is
        the whole country (site_id "").

    Notes
    -----
    Beds kept apart have no smallest size: only the promise counts.
    """
    problem = plan.problem
    net = problem.network
    home = dict(zip(net.point_ids, net.point_regions, strict=True))
    row_of = {s: k for k, s in enumerate(problem.scenarios.ids)}
    table = plan.assignment_table
    # By region and scenario: beds are for the scenarios in which the promise has to hold.
    stays: dict[str, dict[str, Floats]] = {j: {} for j in plan.site_ids}
    for i, j, s, women in zip(table["point_id"], table["site_id"], table["scenario"], table["women"], strict=True):
        stays[j].setdefault(home[i], np.zeros(len(row_of)))[row_of[s]] += women
    rows: list[dict[str, Any]] = []
    for site in plan.site_ids:
        each = [stays[site][r] for r in sorted(stays[site])]
        shared, apart = _beds(plan, np.sum(each, axis=0)), sum(_beds(plan, x) for x in each)
        rows.append(
            {
                "site_id": site,
                "regions": sorted(stays[site]),
                "beds_shared": shared,
                "beds_apart": apart,
                "saved": apart - shared,
            }
        )
    everywhere = sorted({region for by_region in stays.values() for region in by_region})
    rows.append(
        {
            "site_id": "",
            "regions": everywhere,
            **{k: int(np.sum([row[k] for row in rows])) for k in ("beds_shared", "beds_apart", "saved")},
        }
    )
    return rows_of("pooling", rows)


def _beds(plan: Plan, stays: Floats) -> int:
    problem = plan.problem
    held = float(np.max(stays[problem.must_hold], initial=0.0))
    return smallest_beds(problem.promise, held, problem.care.mean_days, 1_000) or 0
