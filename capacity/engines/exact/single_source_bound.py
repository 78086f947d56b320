"""What a part of a single-source problem costs at least: whole points in each site, and sites that hold the demand.

The bound relaxes "every point is served" and keeps that sites serve points wholly [1]_; its multipliers name the
columns, ways to fill a site, that a better solution may have.

References
----------
.. [1] Holmberg, Ronnqvist, Yuan (1999), An exact algorithm for the capacitated facility location problems with single
   sourcing. European Journal of Operational Research 113(3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from capacity.engines.exact.climb import Climb, Steps
from capacity.engines.exact.linear import Bools, Doubles, Indices
from capacity.engines.exact.single_source_columns import Columns, fillings_within
from capacity.engines.exact.single_source_rooms import Covers, Fillings, Opened, Rooms
from capacity.engines.exact.tolerances import ROUNDED, SUMS

TRIAL = 20
"""Steps of the root between two attempts at a solution."""

AIM = 0.005
"""Part of the bound by which the climb aims above it at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """Sites in rows.

    Attributes
    ----------
    fixed : ndarray, (m,)
    paid : ndarray, (m, n)
        Cost of serving a point wholly; infinite where it cannot be.
    demand, capacity : ndarray, (n,) and (m,)
    rooms : Rooms
        The same in whole units.
    forced : ndarray of bool, (m,)
        Must be open.
    lam : ndarray, (n,)
        Multipliers to start from.
    """

    fixed: Doubles
    paid: Doubles
    demand: Doubles
    capacity: Doubles
    rooms: Rooms
    forced: Bools
    lam: Doubles


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A part of the problem.

    Attributes
    ----------
    bound : float
        No solution in it costs less.
    sites : ndarray of int, (k,)
        That may be open.
    forced : ndarray of bool, (k,)
        Those that must be.
    paid : ndarray, (k, n)
        As in `Task`, infinite where a pair is ruled out.
    lam : ndarray, (n,)
        The best multipliers known.
    most : int
        Columns with which it may be finished.
    triples : ndarray of int, (t, 3)
        Points whose cuts its program had.
    fresh : bool
        Its bound has not been raised yet.
    """

    bound: float
    sites: Indices
    forced: Bools
    paid: Doubles
    lam: Doubles
    most: int
    triples: Indices
    fresh: bool = True


class Ascent:
    """What the best multipliers of a node say."""

    def __init__(self, task: Task, node: Node) -> None:
        self._fixed = task.fixed[node.sites]
        self.rooms = task.rooms.of(node.sites)
        self._paid = node.paid
        capacity = task.capacity[node.sites]
        self._covers = Covers.of(capacity, float(task.demand.sum()), self.rooms, node.forced)
        self.lam, self.bound, self.slack = node.lam, -np.inf, 0.0
        self.share: Doubles = np.zeros(len(node.sites))
        self.pairs: Doubles = np.zeros(node.paid.shape)

    def climb(
        self, steps: Steps, iterations: int, cutoff: Callable[[], float], offer: Callable[[Bools], None] | None
    ) -> None:
        """Raise the bound until it reaches the cutoff, or steps become too small."""
        climb = Climb(self.lam, steps)
        for step in range(iterations):
            lam = np.asarray(climb.trial, dtype=np.float64)
            fillings = Fillings(self._paid - lam, self.rooms)
            rho = self._fixed + fillings.least
            opened = self._covers.cheapest(rho, with_flips=False)
            if opened.cost == np.inf:
                self.bound = np.inf
                return
            served = fillings.served()
            value = float(lam.sum()) + opened.cost
            better = climb.learn(value, 1.0 - served[opened.sites].sum(axis=0))
            self.share += climb.weight * (opened.sites - self.share)
            self.pairs += climb.weight * ((served & opened.sites[:, None]) - self.pairs)
            if better:
                self.lam, self.slack = lam, SUMS * float(np.abs(lam).sum() + self._fixed.sum())
                self.bound = value - self.slack
            most = cutoff()
            if self.bound >= most:
                break
            if offer is not None and step % TRIAL == 0:
                offer(opened.sites)
            climb.move(min(most, climb.value + AIM * abs(climb.value) + SUMS))
            if climb.done:
                break
        self.look()

    def look(self) -> None:
        """Fill the sites at the best multipliers."""
        self._fillings = Fillings(self._paid - self.lam, self.rooms)
        self._rho = self._fixed + self._fillings.least
        self.opened = self._covers.cheapest(self._rho, with_flips=True)
        self.slack = SUMS * float(np.abs(self.lam).sum() + self._fixed.sum())
        self.bound = float(self.lam.sum()) + self.opened.cost - self.slack

    def one_more(self) -> Bools:
        """The relaxed choice and the best of the other sites: in little room whole points seldom fit without."""
        sites = self.opened.sites.copy()
        sites[int(np.where(sites, np.inf, self._rho).argmin())] = True
        return sites

    def choose(self, rho: Doubles) -> Opened:
        """The cheapest choice of sites at reduced costs."""
        return self._covers.cheapest(rho, with_flips=True)

    def columns(self, task: Task, node: Node, gap: float, limit: int) -> Columns | None:
        """All columns of solutions that cost less than the bound and `gap`; None where there are more than `limit`."""
        over = np.where(self.opened.sites, 0.0, self.opened.flip)
        parts, count = [], 0
        for place, site in enumerate(node.sites.tolist()):
            most = gap - over[place] + 2.0 * self.slack
            if most < 0.0 or not np.isfinite(self._rho[place]):
                continue
            served = fillings_within(
                self._paid[place] - self.lam,
                self.rooms.weight,
                int(self.rooms.room[place]),
                self._fillings.table[:, place],
                float(self._fillings.least[place]) + most,
                limit - count,
            )
            if served is None:
                return None
            if not self.rooms.exact:
                served = served[served @ task.demand <= task.capacity[site] * (1.0 + ROUNDED)]
            count += len(served)
            paid = served @ np.where(np.isfinite(node.paid[place]), node.paid[place], 0.0)
            parts.append(Columns(site=np.full(len(served), place), served=served, cost=task.fixed[site] + paid))
        if not parts:
            return Columns(
                site=np.zeros(0, dtype=np.int64), served=np.zeros((0, len(self.lam)), dtype=bool), cost=np.zeros(0)
            )
        return Columns(
            site=np.concatenate([part.site for part in parts]),
            served=np.concatenate([part.served for part in parts]),
            cost=np.concatenate([part.cost for part in parts]),
        )
