"""Small counts: what may be shown of the planner's own observations.

Only observed counts are protected (`Problem.observed`); a modelled split identifies nobody. A cell
below the limit is hidden. Where the totals that are shown (of a region, of a unit) would give a
hidden cell away, further cells are hidden: in every shown total at least two cells are hidden, or
none, and together the hidden cells count at least the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.labels import Bools, Floats, Ints
from capacity.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What of a plan's numbers of women is hidden.

    Attributes
    ----------
    limit : int
        Counts below it are hidden; 0 hides nothing.
    points : ndarray (n,) of bool
        Demand points whose women are hidden.
    regions : ndarray (R,) of bool
        Regions whose women are hidden.
    """

    limit: int
    points: Bools
    regions: Bools

    @property
    def mark(self) -> str:
        """What stands in the place of a hidden number."""
        return f"<{self.limit}"

    @property
    def record(self) -> dict[str, Any]:
        """What the run record says."""
        return {
            "smallest_count": self.limit,
            "hidden_points": int(self.points.sum()),
            "hidden_regions": int(self.regions.sum()),
        }


def shown(plan: Plan) -> Shown:
    """Which of a plan's numbers must be hidden."""
    problem, net = plan.problem, plan.problem.network
    limit = problem.smallest_count
    nothing = Shown(
        limit=limit,
        points=np.zeros(len(net.point_ids), dtype=bool),
        regions=np.zeros(len(net.regions), dtype=bool),
    )
    if problem.observed is None or limit <= 0:
        return nothing
    counts, region = problem.observed, net.point_region_index
    sums = np.bincount(region, weights=counts, minlength=len(net.regions))
    hidden_regions = hide(np.asarray(sums, dtype=float), limit, [np.zeros(len(sums), dtype=np.int64)])
    groups = [region, *_units(plan)]
    return Shown(
        limit=limit, points=hide(counts, limit, groups), regions=hidden_regions
    )


def _units(plan: Plan) -> list[Ints]:
    """The unit each point uses (where it has one), as groups with a shown total."""
    net, table = plan.problem.network, plan.assignment_table
    point = {i: k for k, i in enumerate(net.point_ids)}
    site = {j: k for k, j in enumerate(net.site_ids)}
    unit = np.full(len(point), -1, dtype=np.int64)
    for i, j in zip(table["point_id"], table["site_id"], strict=True):
        unit[point[i]] = site[j]
    return [unit]


def hide(counts: Floats, limit: int, groups: Sequence[Ints]) -> Bools:
    """Cells to hide so that no total of a group gives a small count away.

    Parameters
    ----------
    counts : ndarray (cells,)
    limit : int
    groups : sequence of ndarray (cells,) of int
        Each divides the cells into groups whose totals are shown; -1 is in none.

    Notes
    -----
    Greedy: the smallest cells that are still shown go first, ties by position. Every round hides at
    least one more cell, so it ends.
    """
    hidden = counts < limit
    if not hidden.any():
        return np.asarray(hidden)
    while True:
        before = int(hidden.sum())
        for group in groups:
            for label in np.unique(group[group >= 0]):
                inside = np.flatnonzero(group == label)
                while _given_away(counts, hidden, inside, limit):
                    open_cells = inside[~hidden[inside]]
                    hidden[open_cells[np.argmin(counts[open_cells])]] = True
        if int(hidden.sum()) == before:
            return np.asarray(hidden)


def _given_away(counts: Floats, hidden: Bools, inside: Ints, limit: int) -> bool:
    mine = inside[hidden[inside]]
    if len(mine) == 0 or len(mine) == len(inside):
        return False
    return len(mine) < 2 or bool(counts[mine].sum() < limit)


def assignment_shown(plan: Plan, what: Shown) -> dict[str, tuple[Any, ...]]:
    """The assignment table as it may leave the library."""
    hidden = {i for i, h in zip(plan.problem.network.point_ids, what.points, strict=True) if h}
    table = dict(plan.assignment_table)
    table["women"] = tuple(
        what.mark if i in hidden else women
        for i, women in zip(table["point_id"], table["women"], strict=True)
    )
    return table


def regions_shown(plan: Plan, what: Shown) -> dict[str, tuple[Any, ...]]:
    """The region table as it may leave the library."""
    table = dict(plan.region_table)
    table["women"] = tuple(
        what.mark if h else women for h, women in zip(what.regions, table["women"], strict=True)
    )
    return table
