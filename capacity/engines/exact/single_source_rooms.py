"""Points that are served by one site each: what fits into a site, counted in whole units.

A site that serves points wholly solves a 0-1 knapsack, which is exact arithmetic over its units of room::

    rho_j = f_j + min { sum_{i in S} (w_i c_ij - lambda_i) : sum_{i in S} d_i <= K_j }

Where demands are no whole numbers (or too large) they are counted in coarser units, rounded down, and the room of a
site with them: what fits then still fits, so that every bound stays a bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from capacity.engines.exact.linear import Bools, Doubles, Indices
from capacity.engines.exact.tolerances import ROUNDED, SUMS

CELLS = 1_000_000
"""Numbers in the table of all sites' knapsacks."""

SPARE = 2_000
"""Units that sites may hold more than the demand, in which their choice is counted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rooms:
    """What points take and sites hold, in whole units.

    Attributes
    ----------
    weight : ndarray of int, (n,)
    room : ndarray of int, (m,)
    unused : ndarray of int, (m,)
        Most that an open site can leave unused.
    exact : bool
        Nothing was rounded.
    """

    weight: Indices
    room: Indices
    unused: Indices
    exact: bool

    def of(self, sites: Indices) -> Rooms:
        """The same of some sites; where all of them hold hardly more than the demand none can stay empty."""
        room = self.room[sites]
        spare = room.sum() - self.weight.sum() + (0 if self.exact else len(self.weight) + len(sites))
        return replace(self, room=room, unused=np.minimum(room, spare))


def rooms_of(demand: Doubles, capacity: Doubles) -> Rooms | None:
    """Count in whole units; None where that would be too coarse to be of use."""
    units = CELLS // (len(demand) * len(capacity)) - 1
    whole = bool((demand == np.rint(demand)).all()) and demand.sum() < 1.0 / SUMS
    unit = float(math.gcd(*demand.astype(np.int64).tolist())) if whole else 0.0
    exact = whole and capacity.max() <= unit * units
    if not exact:
        unit = float(capacity.max()) / max(units, 1)
        # Half of a point is as fine as it may be coarse.
        if unit > 0.05 * float(np.median(demand)):
            return None
    weight = np.floor(demand / unit * (1.0 if exact else 1.0 - SUMS)).astype(np.int64)
    room = np.floor(capacity / unit * (1.0 + ROUNDED)).astype(np.int64)
    return Rooms(weight=weight, room=room, unused=room, exact=exact)


class Fillings:
    """The best filling of each site.

    Attributes
    ----------
    least : ndarray, (m,)
        Value of it; infinite where a site cannot be filled as far as it must be.
    table : ndarray, (n + 1, m, units + 1)
        Least value of what the points from the i-th on add, by what is left of the room.
    """

    def __init__(self, worth: Doubles, rooms: Rooms) -> None:
        m, n = worth.shape
        units = int(rooms.room.max())
        table = np.empty((n + 1, m, units + 1))
        table[n] = np.where(np.arange(units + 1) <= rooms.unused[:, None], 0.0, np.inf)
        sites = np.arange(m)
        for point in range(n - 1, -1, -1):
            table[point] = table[point + 1]
            weight = int(rooms.weight[point])
            if weight <= units:
                taken = table[point + 1, :, : units + 1 - weight] + worth[:, point, None]
                np.minimum(table[point, :, weight:], taken, out=table[point, :, weight:])
        self._rooms, self.table = rooms, table
        self.least: Doubles = table[0, sites, rooms.room]

    def served(self) -> Bools:
        """Which points are in the best filling of each site, (m, n)."""
        n, m, width = len(self.table) - 1, len(self.least), self.table.shape[2]
        flat = self.table.reshape(n + 1, m * width)
        place = np.arange(m) * width + self._rooms.room
        served = np.empty((n, m), dtype=bool)
        here = flat[0, place]
        for point, weight in enumerate(self._rooms.weight.tolist()):
            without = flat[point + 1, place]
            np.less(here, without, out=served[point])
            place = place - weight * served[point]
            here = flat[point + 1, place]
        return served.T


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """The cheapest choice of sites that together hold the demand.

    Attributes
    ----------
    cost : float
        Infinite where there is none.
    sites : ndarray of bool, (m,)
    flip : ndarray, (m,)
        By how much at least the cost rises when one site is decided the other way.
    """

    cost: float
    sites: Bools
    flip: Doubles


@dataclass(frozen=True, kw_only=True, eq=False)
class Covers:
    """Choices of sites that together hold the demand; the forced ones are among them.

    Attributes
    ----------
    free : ndarray of int
        Sites that are not forced.
    held : ndarray of int
        Units that each of them holds.
    spare : int
        Units that all sites together hold beyond the demand: those that stay closed hold no more.
    """

    free: Indices
    held: Indices
    spare: int

    @classmethod
    def of(cls, capacity: Doubles, need: float, rooms: Rooms, forced: Bools) -> Covers:
        """Count in the units of `rooms`, or in coarser ones: sites rounded up, and the demand down."""
        held, asked = rooms.room, int(rooms.weight.sum())
        if not rooms.exact or held.sum() - asked > SPARE:
            unit = max(float(capacity.sum()) - need, need * ROUNDED) / SPARE
            held = np.ceil(capacity / unit * (1.0 + ROUNDED)).astype(np.int64)
            asked = math.floor(need / unit * (1.0 - ROUNDED))
        free = np.flatnonzero(~forced)
        return cls(free=free, held=held[free], spare=int(held.sum()) - asked)

    def cheapest(self, rho: Doubles, *, with_flips: bool) -> Opened:
        """Choose at reduced costs `rho`; those of infinite cost stay closed."""
        sites, flip = np.isfinite(rho), np.full(len(rho), np.inf)
        shut = ~sites[self.free]
        spare = self.spare - int(self.held[shut].sum())
        if spare < 0 or np.count_nonzero(shut) < np.count_nonzero(~sites):
            return Opened(cost=np.inf, sites=sites, flip=flip)
        free, held = self.free[~shut], self.held[~shut]
        saved = rho[free]
        later = _most_saved(saved[::-1], held[::-1], spare)[::-1]
        left, closed = spare, np.zeros(len(free), dtype=bool)
        for place in range(len(free)):
            if later[place][left] > later[place + 1][left]:
                closed[place] = True
                left -= int(held[place])
        cost = float(rho[sites].sum() - later[0][spare])
        sites[free[closed]] = False
        if with_flips:
            flip[free] = _flips(saved, held, spare, closed, later)
        return Opened(cost=cost, sites=sites, flip=flip)


def _most_saved(saved: Doubles, held: Indices, spare: int) -> list[Doubles]:
    """Most that closing some of the first sites saves, by the room that may go, before each site and after the last."""
    most = [np.zeros(spare + 1)]
    for gain, amount in zip(saved.tolist(), held.tolist(), strict=True):
        now = most[-1].copy()
        if amount <= spare:
            np.maximum(now[amount:], most[-1][: spare + 1 - amount] + gain, out=now[amount:])
        most.append(now)
    return most


def _flips(saved: Doubles, held: Indices, spare: int, closed: Bools, later: list[Doubles]) -> Doubles:
    before, best = _most_saved(saved, held, spare), later[0][spare]
    flip = np.full(len(saved), np.inf)
    for place, amount in enumerate(held.tolist()):
        room = spare if closed[place] else spare - amount
        if room >= 0:
            others = (before[place][: room + 1] + later[place + 1][room::-1]).max()
            flip[place] = best - others - (0.0 if closed[place] else saved[place])
    return flip
