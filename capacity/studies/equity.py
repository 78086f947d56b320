"""How evenly a plan treats the regions: ways, the worst-off, and beds within reach."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.errors import DataError, Finding
from capacity.plan.as_arrays import as_arrays
from capacity.plan.figures import weighted_quantile
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.rules.worst_off import mean_of_longest
from capacity.studies.result import Rows, rows_of

STEPS = ((1 / 3, 1.0), (2 / 3, 0.68), (1.0, 0.22))
"""Of the minutes within reach, and how much a bed counts up to there (Luo and Qi 2009)."""

MOST = 0.9
"""Share of women that `minutes_90` speaks of."""


def floating_catchment(women: Floats, beds: Floats, weight: Floats) -> Floats:
    """Beds a woman has within reach, by point, (n,): the enhanced two-step floating catchment area method.

    Each unit's beds are shared by all women in its reach, and each woman adds up her shares. So women x beds a woman
    always sum to the beds that are in anybody's reach: what says something is their spread, not their mean.

    Parameters
    ----------
    women : ndarray (n,)
    beds : ndarray (m,)
    weight : ndarray (n, m)
        How much a unit counts at a point: 1 near, 0 out of reach.
    """
    asked = women @ weight
    return np.asarray(weight @ np.divide(beds, asked, out=np.zeros(len(beds)), where=asked > 0))


def catchment_weights(minutes: Floats, reach: float) -> Floats:
    """Weights of `STEPS` by way, 0 beyond the reach."""
    found = np.zeros(minutes.shape)
    for part, weight in reversed(STEPS):
        found = np.where(minutes <= part * reach, weight, found)
    return found


def gini(ways: Floats, women: Floats) -> float:
    """Gini's coefficient of the ways of women: 0 where all travel as far; nan without women or ways."""
    order = np.argsort(ways, kind="stable")
    count = women[order]
    total = np.cumsum(count * ways[order])
    if count.sum() <= 0 or total[-1] <= 0:
        return math.nan
    before = np.concatenate([[0.0], total[:-1]])
    return float(1 - (count @ (total + before)) / (count.sum() * total[-1]))


WITHIN = 90.0
"""Minutes within which a bed is in reach, unless said otherwise."""

COUNTRY = ("worst_off_minutes", "gap_minutes", "gini")
"""What is said of a whole plan where plans stand side by side, beside its mean and longest way."""


@told
def equity(plan: Plan, minutes: float = WITHIN) -> Rows:
    """How evenly a plan treats the regions.

    Parameters
    ----------
    plan : Plan
    minutes : float
        Within which a bed is in reach.

    Returns
    -------
    Rows
        Of each region, and in the last row of the country (region ""): women; mean_minutes, minutes_90 (what nine of
        ten travel at most), longest_minutes and worst_off_minutes (mean of those who travel longest,
        `objective.worst_off_share`) of women at a unit; gap_minutes, by which the mean lies above that of the region
        with the shortest; gini of the ways; beds_per_woman within reach (`floating_catchment`); nothing_near, the
        share of women without a unit within the minutes.

    Raises
    ------
    DataError
        Where the minutes are no number above zero.

    Notes
    -----
    Gap and Gini level down: both are least where everybody travels far. They are to be read beside the mean, bounded
    (`rules.region_gap`) and never minimised. Women x beds a woman sum to the beds, so its mean tells nothing.
    """
    problem = plan.problem
    given: object = minutes
    if isinstance(given, bool) or not isinstance(given, Real) or not 0 < minutes < math.inf:
        rule, remedy = "minutes are a number above zero", "90 is usual."
        raise DataError([Finding(table="equity", column="minutes", value=str(minutes), rule=rule, remedy=remedy)])
    minutes = float(minutes)
    net, arrays = problem.network, as_arrays(plan)
    sent = arrays.shares(0).in_each(len(problem.scenarios.ids))
    there = sent.by_pair(problem.probability[sent.scenario] * problem.women[sent.scenario, sent.point] * sent.share)
    women, opened = problem.expected_women, arrays.open[0]
    weight = np.where(opened, catchment_weights(problem.minutes, minutes), 0.0)
    access = floating_catchment(women, arrays.beds[0].astype(float), weight)
    near = (opened & (problem.minutes <= minutes)).any(axis=1)

    def row(region: str, name: str, inside: Bools) -> dict[str, Any]:
        ways, count = problem.minutes[inside][there[inside] > 0], there[inside][there[inside] > 0]
        needed, total = women[inside], float(women[inside].sum())
        longest = mean_of_longest(ways[None], count, problem.worst_off_share)[0] if len(ways) else math.nan
        return {
            "region": region,
            "name": name,
            "women": total,
            "mean_minutes": float(count @ ways / count.sum()) if len(ways) else math.nan,
            "minutes_90": weighted_quantile(ways, count, MOST),
            "longest_minutes": float(ways.max()) if len(ways) else math.nan,
            "worst_off_minutes": float(longest),
            "gini": gini(ways, count),
            "beds_per_woman": float(needed @ access[inside] / total) if total > 0 else math.nan,
            "nothing_near": float(needed @ ~near[inside] / total) if total > 0 else math.nan,
        }

    regions = [row(r, net.region_names[r], net.point_region_index == k) for k, r in enumerate(net.regions)]
    means = [one["mean_minutes"] for one in regions if one["mean_minutes"] == one["mean_minutes"]]
    least, most = min(means, default=math.nan), max(means, default=math.nan)
    rows = [one | {"gap_minutes": one["mean_minutes"] - least} for one in regions]
    rows.append(row("", "", np.ones(len(net.point_ids), dtype=bool)) | {"gap_minutes": most - least})
    return rows_of("equity", rows)


def equity_of_all(plan: Plan) -> dict[str, float]:
    """`COUNTRY` of a plan, and the beds a woman has within reach in the region where she has fewest."""
    *regions, country = equity(plan)
    fewest = min((r["beds_per_woman"] for r in regions if not math.isnan(r["beds_per_woman"])), default=math.nan)
    return {**{name: country[name] for name in COUNTRY}, "fewest_beds_per_woman": fewest}
