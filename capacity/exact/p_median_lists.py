"""Costs of the nearest sites of each point only, and what is proven of the others.

Every pair that is not listed costs at least the radius of its point. With multipliers ``lambda_i`` no greater
than the radius, ``rho_j = sum_i min(0, c_ij - lambda_i)`` has no term for a pair that is not listed: the sums are
exact. (Avella, Sassano and Vasil'ev 2007, and Garcia, Labbe and Marin 2011, leave far pairs out of the
p-median in the same way, and bring them in when they are wanted.)

References
----------
.. [1] Avella, Sassano, Vasil'ev (2007), Computational study of large-scale p-median problems. Mathematical
   Programming 109(1).
.. [2] Garcia, Labbe, Marin (2011), Solving large p-median problems with a radius formulation. INFORMS Journal
   on Computing 23(4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from capacity.exact.p_median_costs import BUFFER, ROUNDING, Doubles, Floats, Indices, Near, blocks

Points = npt.NDArray[np.int32]

EXCHANGES = 1 << 22
"""Pairs of an entering and a leaving site valued at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lists:
    """Pairs of the k sites and their points, site by site.

    Attributes
    ----------
    start : ndarray of int, (k + 1,)
        Site j has the pairs ``start[j]`` to ``start[j + 1]``.
    point, cost : ndarray, (pairs,)
        Of each pair: each point at most once for a site, in ascending order.
    radius : ndarray, (n,)
        Every pair that is not listed costs at least this.
    sites : ndarray of int, (k,)
        Rows of the instance.
    whole : callable
        Makes whole rows of the instance (all their points) when they are asked for.
    """

    start: Indices
    point: Points
    cost: Floats
    radius: Floats
    sites: Indices
    whole: Callable[[Indices], Floats]

    @property
    def shape(self) -> tuple[int, int]:
        """Sites and points."""
        return len(self.sites), len(self.radius)

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """Precision of the costs."""
        return self.cost.dtype

    @cached_property
    def rounding(self) -> float:
        """As safe as if every site's sum were taken one pair after the other."""
        return ROUNDING + 2.0**-53 * float(np.diff(self.start).max(initial=0))

    def __len__(self) -> int:
        return len(self.sites)

    @cached_property
    def _filled(self) -> Indices:
        """Sites with pairs."""
        return np.flatnonzero(np.diff(self.start))

    @cached_property
    def _parts(self) -> list[Indices]:
        """Consecutive sites with pairs, cut where they have about `BUFFER` pairs."""
        if not len(self._filled):
            return []
        part = self.start[self._filled] // BUFFER
        return np.split(self._filled, np.flatnonzero(np.diff(part)) + 1)

    def within(self, cap: Floats) -> Floats:
        return np.minimum(cap, self.radius)

    def reduced_costs(self, lam: Floats, total: float, dtype: type[np.floating] | None = None) -> Doubles:
        """Pair by pair; the total is not needed."""
        precision = np.dtype(self.dtype if dtype is None else dtype)
        lam = lam.astype(precision)
        rho: Doubles = np.zeros(len(self))
        for sites in self._parts:
            first, last = self.start[sites[0]], self.start[sites[-1] + 1]
            gain = np.take(lam, self.point[first:last])
            np.subtract(self.cost[first:last], gain, out=gain)
            np.minimum(gain, 0.0, out=gain)
            rho[sites] = np.add.reduceat(gain, self.start[sites] - first)
        return rho

    def _pairs_of(self, chosen: Indices) -> tuple[Indices, Indices]:
        """Pairs of some sites, and for each of them which of `chosen` it belongs to."""
        first, count = self.start[chosen], np.diff(self.start)[chosen]
        owner = np.repeat(np.arange(len(chosen)), count)
        before = np.cumsum(count) - count
        return np.arange(len(owner)) + (first - before)[owner], owner

    def serving(self, chosen: Indices, lam: Floats) -> Floats:
        pairs, _ = self._pairs_of(chosen)
        point = self.point[pairs]
        served = np.bincount(point[self.cost[pairs] < lam[point]], minlength=self.shape[1])
        return served.astype(lam.dtype)

    def nearest(self, chosen: Indices, cap: Floats) -> Floats:
        least = cap.copy()
        pairs, _ = self._pairs_of(chosen)
        np.minimum.at(least, self.point[pairs], self.cost[pairs])
        return least

    def two_nearest(self, chosen: Indices, cap: Floats) -> tuple[Indices, Floats, Floats]:
        limit = self.within(cap)
        pairs, owner = self._pairs_of(chosen)
        point, cost = self.point[pairs], self.cost[pairs]
        order = np.lexsort((cost, point))
        point, cost, owner = point[order], cost[order], owner[order]
        lead = np.flatnonzero(np.diff(point, prepend=-1))
        nearest = np.full(self.shape[1], len(chosen))
        first, second = limit.copy(), limit.copy()
        first[point[lead]] = np.minimum(cost[lead], limit[point[lead]])
        closer = lead[cost[lead] < limit[point[lead]]]
        nearest[point[closer]] = owner[closer]
        then = lead[:-1][np.diff(lead) > 1] + 1
        if len(lead) and lead[-1] + 1 < len(point):
            then = np.append(then, lead[-1] + 1)
        second[point[then]] = np.minimum(cost[then], limit[point[then]])
        return nearest, first, second

    def below(self, limit: Floats) -> Iterator[Near]:
        for part in blocks(len(self), max(1, len(self.point) // max(len(self), 1))):
            first, last = self.start[part.start], self.start[part.stop]
            point, cost = self.point[first:last], self.cost[first:last]
            pairs = np.flatnonzero(cost < limit[point])
            site = np.repeat(np.arange(part.stop - part.start), np.diff(self.start[part.start : part.stop + 1]))
            yield part.start, part.stop, site[pairs], point[pairs].astype(np.int64), cost[pairs]

    def columns(self) -> Callable[[int], Floats]:
        order = np.argsort(self.point, kind="stable")
        first = np.searchsorted(self.point, np.arange(self.shape[1] + 1), sorter=order)
        owner = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.start))

        def column(point: int) -> Floats:
            costs: Floats = np.full(len(self), np.inf, self.dtype)
            pairs = order[first[point] : first[point + 1]]
            costs[owner[pairs]] = self.cost[pairs]
            return costs

        return column

    def take(self, stay: npt.NDArray[np.bool_] | Indices) -> Lists:
        chosen = np.flatnonzero(stay) if stay.dtype == np.bool_ else stay
        pairs, owner = self._pairs_of(chosen)
        return replace(
            self,
            start=starts(owner, len(chosen)),
            point=self.point[pairs],
            cost=self.cost[pairs],
            sites=self.sites[chosen],
        )

    def rows(self, part: slice | Indices) -> Floats:
        return self.whole(self.sites[part])

    def narrowed(self, radius: Floats) -> Lists:
        """The pairs that cost less than a smaller radius."""
        radius = np.minimum(radius, self.radius)
        near = np.flatnonzero(self.cost < radius[self.point])
        owner = np.searchsorted(self.start, near, side="right") - 1
        return replace(
            self,
            start=starts(owner, len(self)),
            point=self.point[near],
            cost=self.cost[near],
            radius=radius,
        )


def starts(owner: Indices, k: int) -> Indices:
    """Where the pairs of each of k sites start, and the last one's end, from the site of each pair in order."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=k))])


def listed(
    of_points: Callable[[slice], Floats],
    whole: Callable[[Indices], Floats],
    shape: tuple[int, int],
    length: int,
    beyond: float,
) -> Lists:
    """List the pairs that cost less than the site of rank `length` of their point.

    Parameters
    ----------
    of_points : callable
        Costs of some points (rows) to all k sites.
    whole : callable
        Costs of some sites (rows) to all n points.
    shape : tuple of int
        (k, n).
    length : int
        Number of sites that is listed of each point; fewer where several are as far as the next one.
    beyond : float
        What a pair out of reach costs.
    """
    k, n = shape
    sites, points, costs, radii = [], [], [], []
    for part in blocks(n, k):
        block = of_points(part)
        radius = np.partition(block, length, axis=1)[:, length] if length < k else np.full(len(block), beyond)
        point, site = np.nonzero(block < radius[:, None].astype(block.dtype))
        costs.append(block[point, site])
        sites.append(site.astype(np.int32))
        points.append((point + part.start).astype(np.int32))
        radii.append(radius.astype(block.dtype))
    site, point, cost = np.concatenate(sites), np.concatenate(points), np.concatenate(costs)
    order = np.argsort(site, kind="stable")
    return Lists(
        start=starts(site, k),
        point=point[order],
        cost=cost[order],
        radius=np.concatenate(radii),
        sites=np.arange(k),
        whole=whole,
    )
