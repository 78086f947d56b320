"""Lagrangian bound of the capacitated p-median problem, and good solutions on the way.

Relaxing "every point is served" with multipliers ``lambda`` leaves one continuous knapsack a site and the choice of
the p best of them::

    L(lambda) = sum_i lambda_i + sum of the p smallest rho_j,
    rho_j     = min { sum_i (w_i c_ij - lambda_i) x_i : sum_i d_i x_i <= K_j, 0 <= x <= 1 }

A least load of a site is left out here: that leaves the bound a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from capacity.engines.exact.climb import Climb, Steps
from capacity.engines.exact.linear import Bools, Doubles, Indices
from capacity.engines.exact.tolerances import FULL, SUMS

STEPS = Steps(first=0.1, least=0.003, patience=5)

ITERATIONS = 400
"""Greatest number of steps."""

TRIAL = 10
"""Steps between two attempts at a better solution."""

ROUNDS = 20
"""Greatest number of times that an attempt moves its sites."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """One problem: sites in rows.

    Attributes
    ----------
    paid : ndarray, (m, n)
        Weighted cost; infinite out of reach.
    demand : ndarray, (n,)
    capacity, least : ndarray, (m,)
        Most and least load of an open site.
    kept : ndarray of bool, (m,)
        Must be open.
    p : int
    """

    paid: Doubles
    demand: Doubles
    capacity: Doubles
    least: Doubles
    kept: Bools
    p: int

    def fits(self, load: Doubles, sites: Indices) -> bool:
        """Whether these loads are allowed."""
        return bool((load <= self.capacity[sites] * FULL).all() and (load * FULL >= self.least[sites]).all())


@dataclass(frozen=True, kw_only=True, eq=False)
class Bound:
    """What the best multipliers prove.

    Attributes
    ----------
    value : float
        No solution costs less.
    over : ndarray, (m,)
        By how much `value` rises at least when a site is open; nothing for those chosen and those that must be.
    rises : ndarray, (m, n)
        By how much `value` rises at least when a site that is chosen serves a point wholly.
    """

    value: float
    over: Doubles
    rises: Doubles

    def of_pairs(self) -> Doubles:
        """What any solution costs at least in which a site serves a point wholly, (m, n)."""
        cost: Doubles = self.value + self.over[:, None] + self.rises
        return cost


class _Knapsacks:
    """Each site filled by what saves most for its room."""

    def __init__(self, instance: Instance, lam: Doubles) -> None:
        self.worth = instance.paid - lam
        self._demand = instance.demand
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.worth < 0.0, self.worth / instance.demand, 0.0)
        self.order = np.argsort(ratio, axis=1, kind="stable")
        amounts = instance.demand[self.order]
        before = np.cumsum(amounts, axis=1) - amounts
        room = np.maximum(instance.capacity[:, None] - before, 0.0)
        part = np.divide(np.minimum(amounts, room), amounts, out=np.ones_like(room), where=amounts > 0.0)
        sorted_worth = np.take_along_axis(self.worth, self.order, axis=1)
        self.part = np.where(sorted_worth < 0.0, part, 0.0)
        self.rho: Doubles = (self.part * np.where(self.part > 0.0, sorted_worth, 0.0)).sum(axis=1)
        # The price of room: what the first point that does not fit wholly saves for it.
        short = (part < 1.0) & (sorted_worth < 0.0)
        first = short.argmax(axis=1)
        rows = np.arange(len(first))
        self.price: Doubles = np.where(
            short.any(axis=1), -np.take_along_axis(ratio, self.order, axis=1)[rows, first], 0.0
        )

    def served(self, chosen: Indices) -> Doubles:
        """Share of each point that these sites serve together."""
        return _sums(self.order[chosen].ravel(), self.part[chosen].ravel(), len(self._demand))

    def rises(self) -> Doubles:
        """What serving a point wholly adds to a site's value at least."""
        return np.maximum(self.worth + self.price[:, None] * self._demand, 0.0)


def _sums(place: Indices, amount: Doubles, count: int) -> Doubles:
    """What comes together at each of so many places."""
    return np.bincount(place, amount, minlength=count).astype(np.float64)


def climbed(
    instance: Instance, *, single: bool, offer: Callable[[Indices, Indices], float], stop: Callable[[], bool]
) -> Bound:
    """Raise the bound; solutions met on the way are offered: the sites, and which of them serves each point.

    Parameters
    ----------
    instance : Instance
    single : bool
        Each point is served by one site, so that solutions can be built point by point.
    offer : callable
        Takes a solution; gives the least cost known by then.
    stop : callable
        Asked before each step whether to leave it at that.
    """
    finite = np.where(np.isfinite(instance.paid), instance.paid, -np.inf)
    nearest = np.sort(np.where(np.isfinite(instance.paid), instance.paid, finite.max(axis=0)), axis=0)
    spread = nearest[: max(2, 2 * len(nearest) // max(instance.p, 1))]
    climb = Climb(spread.mean(axis=0), STEPS)
    best, least = None, np.inf
    for step in range(ITERATIONS):
        lam = np.asarray(climb.trial, dtype=np.float64)
        knapsacks = _Knapsacks(instance, lam)
        chosen, last = _choice(instance, knapsacks.rho)
        value = float(lam.sum() + knapsacks.rho[chosen].sum())
        if climb.learn(value, 1.0 - knapsacks.served(chosen)):
            slack = SUMS * float(np.abs(lam).sum() + np.abs(knapsacks.rho).sum())
            over = np.where(instance.kept, 0.0, np.maximum(knapsacks.rho - last, 0.0))
            best = Bound(value=value - slack, over=over, rises=knapsacks.rises())
        if single and step % TRIAL == 0:
            found = assigned(instance, chosen)
            if found is not None:
                least = offer(*found)
        if climb.done or stop() or climb.value >= least:
            break
        climb.move(least if np.isfinite(least) else climb.value + 0.05 * abs(climb.value) + 1.0)
    assert best is not None  # the first value is the best so far
    return best


def _choice(instance: Instance, rho: Doubles) -> tuple[Indices, float]:
    """The p best sites, those kept among them, and the value of the dearest other one; infinite where all are kept."""
    kept, free = np.flatnonzero(instance.kept), np.flatnonzero(~instance.kept)
    rest = instance.p - len(kept)
    order = free[np.argsort(rho[free], kind="stable")][:rest]
    return np.sort(np.append(kept, order)), float(rho[order[-1]]) if rest else np.inf


def assigned(instance: Instance, sites: Indices) -> tuple[Indices, Indices] | None:
    """Serve each point by one of some sites, then move the sites to the middle of what they serve, in turns."""
    best: tuple[float, Indices, Indices] | None = None
    for _ in range(ROUNDS):
        which = _by_regret(instance, sites)
        if which is None:
            break
        which = _improved(instance, sites, which)
        cost = float(instance.paid[sites[which], np.arange(len(which))].sum())
        load = _sums(which, instance.demand, len(sites))
        if instance.fits(load, sites) and (best is None or cost < best[0]):
            best = cost, sites, which
        elif best is not None:
            break
        moved = _moved(instance, sites, which, load)
        if (moved == sites).all():
            break
        sites = moved
    return None if best is None else (best[1], best[2])


def assigned_to(instance: Instance, sites: Indices) -> Indices | None:
    """Which of some sites serves each point, by regret and exchanges; None where that finds no room."""
    which = _by_regret(instance, sites)
    return None if which is None else _improved(instance, sites, which)


def _by_regret(instance: Instance, sites: Indices) -> Indices | None:
    """Assign points, the one that would lose most by its second choice first."""
    paid, demand = instance.paid[sites], instance.demand
    room = instance.capacity[sites] * FULL
    which = np.full(paid.shape[1], -1)
    open_points = np.ones(paid.shape[1], dtype=bool)
    offered = np.where(demand <= room[:, None], paid, np.inf)
    while open_points.any():
        part = np.partition(offered, min(1, len(sites) - 1), axis=0)
        first, second = part[0], part[min(1, len(sites) - 1)]
        with np.errstate(invalid="ignore"):
            regret = np.where(open_points, np.where(np.isfinite(second), second - first, np.inf), -np.inf)
        point = int(np.where(regret == np.inf, demand.max() + demand, -1.0).argmax())
        if regret[point] != np.inf:
            point = int(regret.argmax())
        site = int(offered[:, point].argmin())
        if not np.isfinite(offered[site, point]):
            return None
        which[point] = site
        open_points[point] = False
        room[site] -= demand[point]
        offered[site, demand > room[site]] = np.inf
    return which


def _improved(instance: Instance, sites: Indices, which: Indices) -> Indices:
    """Move one point, or exchange two, while that costs less and fits."""
    paid, demand = instance.paid[sites], instance.demand
    n = len(which)
    load = _sums(which, demand, len(sites))
    top, low = instance.capacity[sites] * FULL, instance.least[sites] / FULL
    for _ in range(4 * n):
        now = paid[which, np.arange(n)]
        gain = now - paid  # (sites, points)
        fits = (load[:, None] + demand <= top[:, None]) & ((load - low)[which] >= demand)
        gain = np.where(fits, gain, -np.inf)
        gain[which, np.arange(n)] = -np.inf
        site, point = np.unravel_index(int(gain.argmax()), gain.shape)
        swap = (now + now[:, None]) - (paid[which].T + paid[which])
        change = demand[None, :] - demand[:, None]  # what the site of the row's point gains in load
        room, rest = (top - load)[which], (load - low)[which]
        fits = (change <= room[:, None]) & (-change <= room[None, :])
        fits &= (-change <= rest[:, None]) & (change <= rest[None, :])
        swap = np.where(fits & (which[:, None] != which), swap, -np.inf)
        one, other = np.unravel_index(int(swap.argmax()), swap.shape)
        if max(gain[site, point], swap[one, other]) <= SUMS * max(float(now.sum()), 0.0):
            break
        which = which.copy()
        if gain[site, point] >= swap[one, other]:
            which[point] = site
        else:
            which[one], which[other] = which[other], which[one]
        load = _sums(which, demand, len(sites))
    return which


def _moved(instance: Instance, sites: Indices, which: Indices, load: Doubles) -> Indices:
    """Each site that need not stay where it is moves to the best place for the points it serves."""
    moved = sites.copy()
    for place, site in enumerate(sites):
        points = which == place
        if instance.kept[site] or not points.any():
            continue
        cost = instance.paid[:, points].sum(axis=1)
        cost[(instance.capacity * FULL < load[place]) | (instance.least > load[place] * FULL)] = np.inf
        cost[np.setdiff1d(moved, [site])] = np.inf
        if cost.min() < cost[site]:
            moved[place] = int(cost.argmin())
    return moved
