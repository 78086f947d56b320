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

from capacity.engines.exact.p_median_costs import BLOCK, BUFFER, Dense, Doubles, Floats, Indices, Near, blocks
from capacity.engines.exact.tolerances import PAIRWISE

Points = npt.NDArray[np.int32]

LONGER = 4
"""Factor on the length of a list that proves too short."""


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
    beyond : float
        More than any pair costs, those out of reach included.
    near, whole : callable
        Costs of some points to all sites of the instance, and of some rows of the instance to all points:
        made when they are asked for.
    """

    start: Indices
    point: Points
    cost: Floats
    radius: Floats
    sites: Indices
    beyond: float
    near: Callable[[Indices], Floats]
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
        return PAIRWISE + 2.0**-53 * float(np.diff(self.start).max(initial=0))

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
        """Costs below the radius are all known."""
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

    def serving(self, chosen: Indices, lam: Floats) -> Floats:
        """As `Dense.serving`, where no multiplier is above its radius."""
        pairs, _ = pairs_of(self.start, chosen)
        point = self.point[pairs]
        served = np.bincount(point[self.cost[pairs] < lam[point]], minlength=self.shape[1])
        return served.astype(lam.dtype)

    def nearest(self, chosen: Indices, cap: Floats) -> Floats:
        """Where a pair is not listed, `cap`."""
        least = cap.copy()
        pairs, _ = pairs_of(self.start, chosen)
        np.minimum.at(least, self.point[pairs], self.cost[pairs])
        return least

    def two_nearest(self, chosen: Indices, cap: Floats) -> tuple[Indices, Floats, Floats]:
        """Where a pair is not listed, `cap` or the radius."""
        first = self.within(cap).copy()
        second = first.copy()
        nearest = np.full(self.shape[1], len(chosen))
        # Site by site: no site has a point twice. Sorting all their pairs takes five times as long.
        for position, site in enumerate(chosen.tolist()):
            pairs = slice(self.start[site], self.start[site + 1])
            point, cost = self.point[pairs], self.cost[pairs]
            before = first[point]
            closest = cost < before
            second[point] = np.where(closest, before, np.minimum(cost, second[point]))
            closer = point[closest]
            first[closer], nearest[closer] = cost[closest], position
        return nearest, first, second

    def below(self, limit: Floats) -> Iterator[Near]:
        """As `Dense.below`, where no limit is above its radius."""
        for part in blocks(len(self), len(self.point) // max(len(self), 1), BLOCK):
            first, last = self.start[part.start], self.start[part.stop]
            point, cost = self.point[first:last], self.cost[first:last]
            pairs = np.flatnonzero(cost < limit[point])
            site = np.repeat(np.arange(part.stop - part.start), np.diff(self.start[part.start : part.stop + 1]))
            yield part.start, part.stop, site[pairs], point[pairs].astype(np.int64), cost[pairs]

    def columns(self) -> Callable[[int], Floats]:
        """Infinite where a pair is not listed."""
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
        """The sites that stay."""
        chosen, count = np.arange(len(self))[stay], np.diff(self.start)
        pairs: Indices | npt.NDArray[np.bool_]
        if 2 * len(chosen) > len(self) and (np.diff(chosen) > 0).all():
            stays = np.zeros(len(self), dtype=bool)
            stays[chosen] = True
            pairs = np.repeat(stays, count)  # an eighth of the numbers that a list of most pairs takes
        else:
            pairs, _ = pairs_of(self.start, chosen)
        return replace(
            self,
            start=np.concatenate([[0], np.cumsum(count[chosen])]),
            point=self.point[pairs],
            cost=self.cost[pairs],
            sites=self.sites[chosen],
        )

    def rows(self, part: slice | Indices) -> Floats:
        """Whole rows, made afresh."""
        return self.whole(self.sites[part])

    def farthest(self) -> Floats:
        """The radius of each point, or what its dearest pair costs where everything within reach is listed."""
        dearest: Floats = np.zeros(self.shape[1], self.dtype)
        np.maximum.at(dearest, self.point, self.cost)
        return np.where(self.radius < self.beyond, self.radius, dearest)

    def to_open(self, opened: Indices, cap: Floats) -> Floats:
        """True cost of each point to the nearest of some rows, at most `cap`."""
        least = cap.copy()
        for part in blocks(len(opened), self.shape[1]):
            np.minimum(least, self.rows(opened[part]).min(axis=0), out=least)
        return least

    def pressed(self, lam: Floats, cap: Floats) -> Indices:
        """Points whose multiplier is held down by the radius of their list."""
        return np.flatnonzero((lam >= self.radius) & (self.radius < np.minimum(cap, self.beyond)))

    def extended(self, points: Indices) -> Lists:
        """Make the lists of some points `LONGER` times as long (all of the instance's sites must be here)."""
        k = len(self)
        length = LONGER * max(1, int(np.bincount(self.point, minlength=self.shape[1])[points].max()))
        others = ~np.isin(self.point, points)
        owner = np.repeat(np.arange(k, dtype=np.int32), np.diff(self.start))
        radius = self.radius.copy()
        site, point, cost = [owner[others]], [self.point[others]], [self.cost[others]]
        for part in blocks(len(points), k):
            reach, row, near, price = nearest_sites(self.near(points[part]), length, self.beyond)
            radius[points[part]] = reach
            site.append(near)
            point.append(points[part][row].astype(np.int32))
            cost.append(price)
        return by_site(replace(self, radius=radius), site, point, cost)


Costs = Dense | Lists
"""What is known of the costs: everything, or the nearest sites of each point."""


def nearest_sites(costs: Floats, length: int, beyond: float) -> tuple[Floats, Indices, Points, Floats]:
    """The radius of each point (row), at the cost of rank `length`, and the row, site and cost of what is within."""
    within = length < costs.shape[1]
    radius = np.partition(costs, length, axis=1)[:, length] if within else np.full(len(costs), beyond, costs.dtype)
    row, site = np.nonzero(costs < radius[:, None])
    return radius, row, site.astype(np.int32), costs[row, site]


def by_site(lists: Lists, site: list[Points], point: list[Points], cost: list[Floats]) -> Lists:
    """The same lists with these pairs, in any order."""
    sites = np.concatenate(site)
    order = np.argsort(sites, kind="stable")
    return replace(
        lists, start=starts(sites, len(lists)), point=np.concatenate(point)[order], cost=np.concatenate(cost)[order]
    )


def pairs_of(start: Indices, chosen: Indices) -> tuple[Indices, Indices]:
    """Pairs of some sites, and for each of them which of `chosen` it belongs to."""
    first, count = start[chosen], np.diff(start)[chosen]
    owner = np.repeat(np.arange(len(chosen)), count)
    before = np.cumsum(count) - count
    return np.arange(len(owner)) + (first - before)[owner], owner


def starts(owner: Indices | Points, k: int) -> Indices:
    """Where the pairs of each of k sites start, and the last one's end, from the site of each pair in order."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=k))])


def listed(
    near: Callable[[Indices], Floats],
    whole: Callable[[Indices], Floats],
    shape: tuple[int, int],
    length: int,
    beyond: float,
) -> Lists:
    """List the sites that cost a point less than the site of rank `length`.

    Parameters
    ----------
    near, whole : callable
        Costs of some points to all sites (points in rows), and of some sites to all points (sites in rows).
    shape : tuple of int
        (k, n).
    length : int
        Number of sites that is listed of each point; fewer where several are as far as the next one.
    beyond : float
        More than any pair costs, those out of reach included.
    """
    k, n = shape
    sites, points, costs, radii = [], [], [], []
    for part in blocks(n, k):
        radius, row, site, cost = nearest_sites(near(np.arange(part.start, part.stop)), length, beyond)
        sites.append(site)
        points.append((row + part.start).astype(np.int32))
        costs.append(cost)
        radii.append(radius)
    empty = Lists(
        start=np.zeros(k + 1, dtype=np.int64),
        point=points[0][:0],
        cost=costs[0][:0],
        radius=np.concatenate(radii),
        sites=np.arange(k),
        beyond=beyond,
        near=near,
        whole=whole,
    )
    return by_site(empty, sites, points, costs)
