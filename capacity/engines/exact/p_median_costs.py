"""The costs as the bound and the swap search ask for them, from a whole table.

`p_median_lists.Lists` answers the same questions from the nearest sites of each point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.tolerances import PAIRWISE

Floats = npt.NDArray[np.floating]
Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

BUFFER = 1 << 18
"""Numbers worked on at once: a block of sites that stays in the processor's cache."""

BLOCK = 1 << 19
"""Costs looked at together when exchanges are valued."""

Near = tuple[int, int, Indices, Indices, Floats]
"""A range of sites, and of their pairs the site (counted from the first of them), the point and the cost."""


class Dense:
    """All weighted costs of k sites (rows) and n points, in units of ``Instance.C``.

    Parameters
    ----------
    table : ndarray, (k, n)

    Attributes
    ----------
    shape : tuple of int
        (k, n).
    rounding : float
        What a sum in double precision may be off by, relative to the sum of the absolute values.
    """

    rounding = PAIRWISE

    def __init__(self, table: Floats) -> None:
        self.table = table
        self.shape = table.shape
        self.dtype = table.dtype
        self._block = max(1, BUFFER // max(table.shape[1], 1))
        self._buffer: Floats | None = None

    def __len__(self) -> int:
        """Number of sites."""
        return len(self.table)

    def within(self, cap: Floats) -> Floats:
        """The greatest multipliers at which the sums hold: `cap`, and no more than is known of each point."""
        return cap

    def reduced_costs(self, lam: Floats, total: float, dtype: type[np.floating] | None = None) -> Doubles:
        """``rho_j = sum_i min(0, c_ij - lambda_i)`` of every site, where `total` is the sum of the multipliers.

        Taken as ``sum_i min(c_ij, lambda_i) - sum_i lambda_i``, in the precision of the costs or in `dtype`.
        """
        k, n = self.shape
        if self._buffer is None:
            self._buffer = np.empty((min(self._block, k), n), self.dtype)
        sums: Doubles = np.empty(k)
        for start in range(0, k, self._block):
            stop = min(start + self._block, k)
            lower = self._buffer[: stop - start]
            np.minimum(self.table[start:stop], lam, out=lower)
            if dtype is None:
                # Not a product with ones: BLAS would wake threads for it, a thousand times.
                sums[start:stop] = np.einsum("ji->j", lower)
            else:
                np.add.reduce(lower, axis=1, dtype=dtype, out=sums[start:stop])
        return sums - total

    def serving(self, chosen: Indices, lam: Floats) -> Floats:
        """How many of the rows `chosen` cost each point less than its multiplier."""
        served = (self.table[chosen] < lam).view(np.uint8)
        serving: Floats = np.add.reduce(served, axis=0, dtype=np.uint16).astype(lam.dtype)
        return serving

    def nearest(self, chosen: Indices, cap: Floats) -> Floats:
        """Cost of each point to the nearest of the rows `chosen` that is known, at most `cap`."""
        least: Floats = np.minimum(self.table[chosen].min(axis=0), cap)
        return least

    def two_nearest(self, chosen: Indices, cap: Floats) -> tuple[Indices, Floats, Floats]:
        """Which of `chosen` is nearest to each point (their number where `cap` is), and the two least costs."""
        open_costs = np.vstack([self.table[chosen], cap])
        nearest = open_costs.argmin(axis=0)
        points = np.arange(self.shape[1])
        first = open_costs[nearest, points]
        open_costs[nearest, points] = np.inf
        return nearest, first, np.minimum(open_costs.min(axis=0), np.maximum(first, cap))

    def below(self, limit: Floats) -> Iterator[Near]:
        """Pairs that cost less than the `limit` of their point, some sites at a time."""
        k, n = self.shape
        for start in range(0, k, step := max(1, BLOCK // n)):
            block = self.table[start : start + step]
            site, point = np.nonzero(limit > block)
            yield start, start + len(block), site, point, block[site, point]

    def columns(self) -> Callable[[int], Floats]:
        """A function that gives the cost of each site for a point."""

        def column(point: int) -> Floats:
            costs: Floats = self.table[:, point]
            return costs

        return column

    def take(self, stay: npt.NDArray[np.bool_] | Indices) -> Dense:
        """The sites that stay."""
        return Dense(np.ascontiguousarray(self.table[stay]))

    def rows(self, part: slice | Indices) -> Floats:
        """Whole rows: the costs of some sites for all points."""
        whole: Floats = self.table[part]
        return whole


def blocks(rows: int, width: int, size: int = 1 << 20) -> list[slice]:
    """Slices of `rows` rows so that a block of that width holds about `size` numbers."""
    step = max(1, size // max(width, 1))
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]
