"""Costs given for the pairs within reach only: tables that could not be held whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.p_median_costs import Doubles, Floats, Indices
from capacity.engines.exact.p_median_lists import Lists, Points, pairs_of

Lowered = Callable[[Floats, Doubles], Floats]
"""Weighted costs, in the unit and precision of the engine, from costs and weights."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """Pairs of n points and m sites, site by site; every other pair is out of reach.

    Attributes
    ----------
    shape : tuple of int
        (n, m), as of a table of points by sites.
    start : ndarray of int, (m + 1,)
        Site j has the pairs ``start[j]`` to ``start[j + 1]``.
    point, cost : ndarray, (pairs,)
    """

    shape: tuple[int, int]
    start: Indices
    point: Points
    cost: Doubles

    @classmethod
    def of(cls, matrix: Any) -> Reach:
        """Read a SciPy sparse matrix or array; what it stores is within reach, zeros included."""
        columns = matrix.tocsc(copy=True)
        columns.sum_duplicates()
        cost = np.asarray(columns.data, dtype=np.float64)
        finite = np.isfinite(cost) | np.isnan(cost)
        if finite.all():
            return cls(shape=columns.shape, start=columns.indptr.astype(np.int64), point=columns.indices, cost=cost)
        kept = np.concatenate([[0], np.cumsum(finite)])
        start = kept[columns.indptr].astype(np.int64)
        return cls(shape=columns.shape, start=start, point=columns.indices[finite], cost=cost[finite])

    def __len__(self) -> int:
        return self.shape[0]

    def points(self, stay: npt.NDArray[np.bool_]) -> Reach:
        """The points that stay."""
        pairs = stay[self.point]
        kept = np.concatenate([[0], np.cumsum(pairs)])
        place = np.cumsum(stay, dtype=np.int32) - 1
        return Reach(
            shape=(int(stay.sum()), self.shape[1]),
            start=kept[self.start],
            point=place[self.point[pairs]].astype(np.int32),
            cost=self.cost[pairs],
        )

    def nearest(self, sites: Sequence[int]) -> tuple[Doubles, Indices]:
        """Cost of each point to the nearest of `sites`, and which one it is (the first of equals, -1 for none)."""
        least: Doubles = np.full(len(self), np.inf)
        which: Indices = np.full(len(self), -1)
        for j in sites:
            pairs = slice(self.start[j], self.start[j + 1])
            point, cost = self.point[pairs], self.cost[pairs]
            closer = cost < least[point]
            least[point[closer]], which[point[closer]] = cost[closer], j
        return least, which

    def within(self, sites: npt.ArrayLike) -> tuple[Indices, Indices]:
        """Points and sites (which of `sites`) of all pairs of some sites."""
        pairs, owner = pairs_of(self.start, np.asarray(sites, dtype=np.int64))
        return self.point[pairs].astype(np.int64), owner

    def survey(self, weights: Doubles) -> tuple[float, bool, float]:
        """Greatest weighted cost, whether all are integers, and a sum no finite objective exceeds."""
        weighted = self.cost * weights[self.point]
        highest: Doubles = np.zeros(len(self))
        np.maximum.at(highest, self.point, weighted)
        whole = bool((weighted == np.rint(weighted)).all())
        return float(highest.max(initial=0.0)), whole, float((4.0 * highest).sum()) / 4.0

    def lists(self, sites: Indices, weights: Doubles, lowered: Lowered, beyond: Floats) -> Lists:
        """Everything there is of some sites, as the bound and the swap search ask for it.

        Parameters
        ----------
        sites : ndarray of int, (k,)
        weights : ndarray, (n,)
        lowered : callable
        beyond : ndarray, (n,)
            What a pair out of reach costs.
        """
        pairs, _ = pairs_of(self.start, sites)
        point = self.point[pairs]
        cost = lowered(self.cost[pairs], weights[point])
        start = np.concatenate([[0], np.cumsum(np.diff(self.start)[sites])])

        def whole(rows: Indices) -> Floats:
            table = np.tile(beyond, (len(rows), 1))
            chosen, row = pairs_of(start, rows)
            table[row, point[chosen]] = cost[chosen]
            return table

        def near(points: Indices) -> Floats:
            raise AssertionError("all there is of a point is listed")

        return Lists(
            start=start,
            point=point,
            cost=cost,
            radius=beyond,
            sites=np.arange(len(sites)),
            beyond=float(beyond[0]),
            near=near,
            whole=whole,
        )
