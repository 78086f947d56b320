"""Branch and bound where each point is served by one site and capacities are tight.

The bound relaxes "every point is served" and keeps that sites serve points wholly [1]_ [2]_. A node whose gap is small
is finished by all columns within it; otherwise it is split on the site, and then the pair, of which the relaxation is
least sure.

References
----------
.. [1] Holmberg, Ronnqvist, Yuan (1999), An exact algorithm for the capacitated facility location problems with single
   sourcing. European Journal of Operational Research 113(3).
.. [2] Diaz, Fernandez (2002), A branch-and-price algorithm for the single source capacitated plant location problem.
   Journal of the Operational Research Society 53(7).
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from time import perf_counter

import numpy as np

from capacity.engines.exact.capacitated_bound import Instance as Assigning
from capacity.engines.exact.capacitated_bound import assigned_to
from capacity.engines.exact.climb import Steps
from capacity.engines.exact.facility_instance import Instance
from capacity.engines.exact.linear import Bools, Doubles, Indices
from capacity.engines.exact.single_source_bound import Ascent, Node, Task
from capacity.engines.exact.single_source_columns import Columns
from capacity.engines.exact.single_source_program import Partition, Settled
from capacity.engines.exact.single_source_rooms import rooms_of
from capacity.engines.exact.tolerances import FIXED, PRUNE, ROUNDED, SUMS

ROOT_STEPS = Steps(first=0.05, least=0.0005, patience=5)
NODE_STEPS = Steps(first=0.3, least=0.01, patience=3)
LEAF_STEPS = Steps(first=0.1, least=0.001, patience=4)
"""Of the root, of a node, and of one in which all sites are decided."""

ROOT_ITERATIONS, NODE_ITERATIONS, LEAF_ITERATIONS = 600, 60, 300

BAND = 1_500
"""Columns of the first band of a node: solutions that cost little more than its bound."""

WIDER = 1.3
"""Factor between the widths of bands."""

WORTH_RAISING = 0.1
"""A node is split when the greatest band has raised its bound by less than this part of its gap."""

POOL = 24_000
"""A node is finished when its gap leaves at most so many columns."""


def single_sources(instance: Instance, below: float, lam: Doubles, deadline: float) -> Search:
    """The search of a facility-location problem whose rooms can be counted."""
    rooms = rooms_of(instance.demand, instance.capacity)
    assert rooms is not None  # it is asked for nothing else
    paid = instance.cost * instance.demand
    paid[instance.demand > instance.capacity[:, None] * (1.0 + ROUNDED)] = np.inf
    task = Task(
        fixed=instance.fixed,
        paid=paid,
        demand=instance.demand,
        capacity=instance.capacity,
        rooms=rooms,
        forced=instance.keep,
        lam=lam,
    )
    return Search(task, below, deadline)


class Search:
    """State of one search, readable at any moment.

    Parameters
    ----------
    task : Task
    below : float
        Only solutions that cost less are looked for; finite.
    deadline : float

    Attributes
    ----------
    value : float
        Cost of the best solution found; `below` before there is one.
    sites : ndarray of int, or None
        Its open sites.
    which : ndarray of int, (n,)
        Which of them serves each point.
    bound : float
        No solution costs less (nor less than `value`).
    complete : bool
        Nothing is left to search.
    """

    def __init__(self, task: Task, below: float, deadline: float) -> None:
        self._task, self._deadline = task, deadline
        self.value = below
        self.sites: Indices | None = None
        self.which: Indices = np.zeros(0, dtype=np.int64)
        self.complete = False
        self.nodes = 0
        self._open: list[tuple[float, int, Node]] = []
        self._pushed = 0
        self._current, self._ruled_out = 0.0, np.inf
        self._finite = np.where(np.isfinite(task.paid), task.paid, 0.0)
        m = len(task.fixed)
        self._assigning = Assigning(
            paid=task.paid, demand=task.demand, capacity=task.capacity, least=np.zeros(m), kept=task.forced, p=m
        )

    @property
    def cutoff(self) -> float:
        """Bound that proves there is nothing left to find."""
        return self.value * (1.0 - PRUNE)

    @property
    def bound(self) -> float:
        """No solution costs less."""
        parts = [self._ruled_out, *(bound for bound, _, _ in self._open[:1])]
        if not self.complete:
            parts.append(self._current)
        return min(*parts, self.value)

    @property
    def _out_of_time(self) -> bool:
        return perf_counter() > self._deadline

    def run(self) -> None:
        """Search until the best solution is proven, the deadline passes or the user interrupts."""
        task = self._task
        self._push(
            Node(
                bound=0.0,
                sites=np.arange(len(task.fixed)),
                forced=task.forced,
                paid=task.paid,
                lam=task.lam,
                most=BAND,
                triples=np.zeros((0, 3), dtype=np.int64),
            )
        )
        while self._open and not self._out_of_time:
            node = self._open[0][2]
            # Before it leaves the list: Ctrl+C between the two must not lose its bound.
            self._current = node.bound
            heapq.heappop(self._open)
            if node.bound >= self.cutoff:
                self._rule_out(node.bound)
            else:
                self._explore(node)
            self._current = np.inf
        self.complete = not self._open

    def _explore(self, node: Node) -> None:
        first, ascent = self.nodes == 0, Ascent(self._task, node)
        self.nodes += 1
        leaf = bool(node.forced.all())

        def offer(opened: Bools) -> None:
            self._assign(node.sites[opened])

        if not node.fresh:
            ascent.look()
        elif first:
            ascent.climb(ROOT_STEPS, ROOT_ITERATIONS, lambda: self.cutoff, offer)
        elif leaf:
            ascent.climb(LEAF_STEPS, LEAF_ITERATIONS, lambda: self.cutoff, None)
        else:
            ascent.climb(NODE_STEPS, NODE_ITERATIONS, lambda: self.cutoff, None)
        if node.fresh and np.isfinite(ascent.bound):
            self._assign(node.sites[ascent.opened.sites])
            self._assign(node.sites[ascent.one_more()])
        node = replace(node, bound=max(node.bound, ascent.bound), lam=ascent.lam, fresh=False)
        if node.bound >= self.cutoff:
            self._rule_out(node.bound)
            return
        if leaf:
            columns, ceiling = self._band(ascent, node)
        else:
            ceiling = self.cutoff
            columns = ascent.columns(self._task, node, ceiling - ascent.bound, node.most)
        raised = None if columns is None else self._settle(ascent, node, columns, ceiling)
        if raised is None:
            self._split(ascent, node)
        elif not raised.most:
            self._rule_out(raised.bound)
        elif raised.bound - node.bound < WORTH_RAISING * (self.cutoff - node.bound) and node.most >= POOL:
            self._split(ascent, raised)
        else:
            self._push(replace(raised, most=min(2 * node.most, POOL)))

    # -- a node -----------------------------------------------------------------------------

    def _band(self, ascent: Ascent, node: Node) -> tuple[Columns | None, float]:
        """The solutions within the widest of some bands above the bound that has no more columns than the node may."""
        width = self.cutoff - ascent.bound
        columns = ascent.columns(self._task, node, width, node.most)
        while columns is None and width > SUMS * abs(ascent.bound):
            width /= WIDER
            columns = ascent.columns(self._task, node, width, node.most)
        return columns, ascent.bound + width

    def _settle(self, ascent: Ascent, node: Node, columns: Columns, ceiling: float) -> Node:
        """The node without the solutions of its columns below the ceiling."""
        if ceiling <= node.bound:
            return node
        partition = Partition(
            columns,
            forced=node.forced,
            choose=ascent.choose,
            cutoff=ceiling,
            triples=node.triples,
            deadline=self._deadline,
        )
        settled = partition.settled()
        self._take(settled, node)
        node = replace(node, bound=max(node.bound, min(settled.bound, ceiling)), triples=partition.triples)
        if settled.sites is not None and settled.complete:
            return replace(node, most=0)
        if partition.lam is not None:
            other = Ascent(self._task, replace(node, lam=partition.lam))
            other.look()
            if other.bound > ascent.bound:
                node = replace(node, lam=other.lam, bound=max(node.bound, other.bound))
        return node

    def _take(self, settled: Settled, node: Node) -> None:
        if settled.sites is None or settled.served is None:
            return
        if (settled.served.sum(axis=0) == 1).all():
            order = np.argsort(settled.sites)
            self._keep(node.sites[settled.sites[order]], settled.served[order].argmax(axis=0))

    def _assign(self, sites: Indices) -> None:
        found = assigned_to(self._assigning, sites)
        if found is not None:
            self._keep(sites, found)

    def _keep(self, sites: Indices, which: Indices) -> None:
        task, points = self._task, np.arange(len(which))
        needed = np.union1d(sites[np.unique(which)], np.flatnonzero(task.forced))
        which = np.searchsorted(needed, sites[which])
        value = float(task.fixed[needed].sum() + self._finite[needed[which], points].sum())
        if value < self.value:
            self.value, self.sites, self.which = value, needed, which

    # -- splitting --------------------------------------------------------------------------

    def _split(self, ascent: Ascent, node: Node) -> None:
        """Decide the sites that the bound decides, then split on one site, or one pair."""
        decided = ascent.bound + ascent.opened.flip * (1.0 - FIXED) - 2.0 * ascent.slack > self.cutoff
        closing = decided & ~ascent.opened.sites & ~node.forced
        forced = node.forced | (decided & ascent.opened.sites)
        share, pairs = ascent.share[~closing], ascent.pairs[~closing]
        node = replace(node, sites=node.sites[~closing], forced=forced[~closing], paid=node.paid[~closing], fresh=True)
        free = np.flatnonzero(~node.forced)
        if len(free):
            place = int(free[np.abs(share[free] - 0.5).argmin()])
            children = [_closing(node, place), _opening(node, place)]
            if share[place] < 0.5:
                children.reverse()
        elif (np.isfinite(node.paid).sum(axis=0) <= 1).all():
            self._take_the_only_one(node)
            return
        else:
            doubt = (0.5 - np.abs(pairs - 0.5)) * self._task.demand
            doubt[~np.isfinite(node.paid) | (np.isfinite(node.paid).sum(axis=0) == 1)] = -np.inf
            place, point = divmod(int(doubt.argmax()), doubt.shape[1])
            children = [_without(node, place, point), _with(node, place, point)]
        for child in children:
            self._push(child)

    def _take_the_only_one(self, node: Node) -> None:
        """A node in which each point has one site is that solution, if all fit."""
        task, possible = self._task, np.isfinite(node.paid)
        fits = possible @ task.demand <= task.capacity[node.sites] * (1.0 + ROUNDED)
        if fits.all() and possible.any(axis=0).all():
            self._keep(node.sites, possible.argmax(axis=0))

    def _push(self, node: Node) -> None:
        if node.bound >= self.cutoff:
            self._rule_out(node.bound)
        else:
            self._pushed += 1
            heapq.heappush(self._open, (node.bound, -self._pushed, node))

    def _rule_out(self, bound: float) -> None:
        self._ruled_out = min(self._ruled_out, bound)


def _opening(node: Node, place: int) -> Node:
    forced = node.forced.copy()
    forced[place] = True
    return replace(node, forced=forced)


def _closing(node: Node, place: int) -> Node:
    stay = np.arange(len(node.sites)) != place
    return replace(node, sites=node.sites[stay], forced=node.forced[stay], paid=node.paid[stay])


def _with(node: Node, place: int, point: int) -> Node:
    paid = node.paid.copy()
    paid[np.arange(len(paid)) != place, point] = np.inf
    return replace(node, paid=paid)


def _without(node: Node, place: int, point: int) -> Node:
    paid = node.paid.copy()
    paid[place, point] = np.inf
    return replace(node, paid=paid)
