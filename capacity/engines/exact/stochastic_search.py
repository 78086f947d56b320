"""Benders' decomposition with dual prices shared by all scenarios: relaxation, then whole sites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from time import perf_counter
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.exact.stochastic_cuts import (
    Cuts,
    Pool,
    Sums,
    exact_cuts_block,
    pool_cuts,
    price_and_sum_block,
    price_block,
    solve_and_cut_block,
    solve_block,
    sum_block,
    summed,
)
from capacity.engines.exact.stochastic_instance import Clusters, Demand, Instance
from capacity.engines.exact.stochastic_master import Master, Point
from capacity.engines.exact.stochastic_recourse import Transport, lifted, nearest_arcs, point_prices, prices_at
from capacity.engines.exact.stochastic_regret import Bests
from capacity.engines.exact.stochastic_risk import Measure
from capacity.engines.exact.tolerances import HARDLY_OPEN, LEAST_VALUE, LOOSE

CLUSTERS = 30
"""Cluster means whose LPs give the price vectors."""

GROUPS = 10
"""Columns theta: scenarios are added up in so many groups."""

RELAXED_ROUNDS = 40
"""Greatest number of rounds against the cluster means."""

FULL_TURNS = 3
"""Turns in which the LPs of all cluster means are solved; later a third of them a turn."""

FEW = 2_000
"""Scenarios worked out before all of them are."""

MANY = 5_000
"""With more scenarios than this a pass over all of them costs more than the master."""

FEWER_PASSES = 5
"""Greatest number of such rounds then."""

FIRST_GAP = 1e-3
"""Relative gap within which the first sites are chosen: they only start the search."""

PASSES = 20
"""Greatest number of rounds of the relaxation against all scenarios."""

PROGRESS = 2e-5
"""A round that raises the bound by a smaller part is the last of its kind."""

KEPT_PRICES = 250
"""Scenarios whose own prices join the pool after an exact evaluation."""


class Search:
    """State of one search, readable at any moment: what was found and what is proven.

    Attributes
    ----------
    objective, bound : float
    best : ndarray (m,) of bool or None
    recourse : ndarray (S,)
        Recourse of the best sites in each scenario.
    complete : bool
    """

    def __init__(
        self,
        instance: Instance,
        demand: Demand,
        measure: Measure,
        *,
        gap: float,
        deadline: float,
        executor: Executor | None = None,
        pool: Pool | None = None,
        bests: Bests | None = None,
    ) -> None:
        self.instance, self.demand, self.measure = instance, demand, measure
        self.gap, self.deadline = gap, deadline
        self.executor = executor
        self.pool = pool or Pool(instance)
        self._bests = bests
        self.clusters = Clusters(demand, CLUSTERS, GROUPS)
        self.master = Master(
            instance,
            1 if measure.takes_worst else self.clusters.groups,
            with_fixed=measure.risk != "regret",
            with_eta=measure.risk == "cvar",
        )
        m = len(instance.fixed)
        arcs = nearest_arcs(instance.cost, instance.unserved, m)
        self.transport = Transport(instance, np.arange(m), arcs)
        # Recourse costs something or nothing, and so does regret.
        opening = np.minimum(instance.fixed, 0.0)
        opening[instance.keep] = instance.fixed[instance.keep]
        self.objective, self.bound = np.inf, 0.0 if bests is not None else float(opening.sum())
        self.best: Bools | None = None
        self.recourse: Floats = np.zeros(0)
        self.complete = False
        self._seen: set[bytes] = set()
        self._tried: set[bytes] = set()
        self.rounds = self.repriced = 0

    @property
    def closed(self) -> bool:
        """Whether the gap asked is proven."""
        floor = LEAST_VALUE if self._bests is None else self._bests.floor
        return self.best is not None and self.objective - self.bound <= self.gap * max(abs(self.objective), floor)

    @property
    def _left(self) -> float:
        return self.deadline - perf_counter()

    def run(self) -> None:
        """Search until the gap is proven, the deadline passes or the user interrupts."""
        if not len(self.pool.u):
            self._against_means()
        self._against_all()
        self._whole()
        if self.best is None:
            rounded = np.asarray(self.master.relaxation().y >= 0.5)
            rounded[self.instance.keep] = True
            self.evaluate(rounded)

    def evaluate(self, opened: Bools) -> float:
        """Exact objective of some sites (a number in the search's own unit); the best so far is kept."""
        opened = np.asarray(opened)
        vector, value = self.clusters.label, np.zeros(self.demand.count)
        if len(self.pool.u):
            slope, level = self.pool.at(opened.astype(float))
            jobs = ((b, slope, level) for _, b in self.demand.blocks())
            found = list(self._map(price_block, jobs))
            vector, value = (np.concatenate(part) for part in zip(*found, strict=True))
            self.pool.won[vector] = True
        self._evaluate(opened, value, vector)
        return self.objective

    # -- relaxation ---------------------------------------------------------------------------

    def _against_means(self) -> None:
        """Raise the relaxation against the cluster means (a bound, the recourse being convex)."""
        clusters = self.clusters
        core: Floats = np.full(self.master.m, 0.5)
        last, steady = -np.inf, True
        for turn in range(RELAXED_ROUNDS):
            point = self.master.relaxation()
            self.bound = max(self.bound, point.bound)
            core = 0.5 * (core + point.y)
            y = 0.5 * (core + point.y) if steady else point.y
            self._price_means(y, turn)
            added = 0
            for at in (y, point.y) if turn % 3 == 2 else (y,):
                vector, value = price_block(clusters.mean, *self.pool.at(at))
                added += self._add_means(vector, value, point)
            slow = turn > 5 and point.bound - last < PROGRESS * abs(point.bound)
            last = point.bound
            if added == 0 or slow or self._left < 0:
                if not steady or self._left < 0:
                    return
                steady = False

    def _add_means(self, vector: Ints, value: Floats, point: Point) -> int:
        clusters, width = self.clusters, max(1, len(self.pool.u))
        added = 0
        for weight in self.measure.weights(value, clusters.mass, clusters.group_of, clusters.groups, point.eta):
            sums = Sums.of(clusters.group_of * width + vector, clusters.mean, weight)
            added += self._add(pool_cuts(self.pool, clusters.groups, sums), weight, point)
        return added

    def _add(self, cuts: Cuts, weight: Floats, point: Point | None = None) -> int:
        """Hand cuts to the master (those that `point` breaks)."""
        if not self.measure.takes_worst:
            return self.master.add(cuts, point)
        if self.measure.risk == "regret":
            assert self._bests is not None
            best = summed(self.clusters.group, weight * self._bests.upper, self.clusters.groups)
            cuts = cuts.against(self.instance.fixed, best)
        return self.master.add(cuts, point, theta_of=np.zeros(self.clusters.groups, dtype=np.int64))

    def _against_all(self) -> None:
        """Raise the relaxation with the cuts of all scenarios, and new prices where it stands."""
        self.master.drop_loose(LOOSE)
        core: Floats | None = None
        last = -np.inf
        many = self.demand.count > MANY
        for turn in range(FEWER_PASSES if many else PASSES):
            point = self.master.relaxation()
            self.bound = max(self.bound, point.bound)
            if self._left < 0 or (turn > 1 and point.bound - last < PROGRESS * abs(point.bound)):
                return
            last = point.bound
            core = point.y if core is None else 0.5 * (core + point.y)
            y = 0.5 * (core + point.y)
            if turn > 0:
                self._price_means(y, turn)
            added = self._price(point, y if turn % 2 else point.y)[2]
            if added == 0 and not turn % 2:
                return

    def _price_means(self, y: Floats, turn: int) -> None:
        """Price vectors of the cluster means at y, a third of them in later turns."""
        means = self.clusters.mean
        chosen = [q for q in range(len(means)) if turn < FULL_TURNS or q % 3 == turn % 3]
        if chosen:
            found = [prices_at(self.transport, self.instance, means[q], np.maximum(y, HARDLY_OPEN)) for q in chosen]
            self.pool.add(np.array([u for u, _ in found]), np.array([v for _, v in found]))

    def _price(self, point: Point, y: Floats) -> tuple[Ints, Floats, int]:
        """Cuts of the pool at a point of the master; the values they prove, and how many were broken."""
        slope, level = self.pool.at(y)
        group, p = self.clusters.group, self.demand.probability
        value: Floats = np.empty(self.demand.count)
        vector: Ints = np.empty(self.demand.count, dtype=np.int64)
        if self.measure.adds_up:
            parts = []
            jobs = ((b, slope, level, group[at], p[at]) for at, b in self.demand.blocks())
            for (at, _), found in zip(self.demand.blocks(), self._map(price_and_sum_block, jobs), strict=True):
                vector[at], value[at] = found[:2]
                parts.append(found[2])
            self.pool.won[vector] = True
            cuts = pool_cuts(self.pool, self.clusters.groups, Sums.joined(parts))
            return vector, value, self._add(cuts, p, point)
        plain = ((b, slope, level) for _, b in self.demand.blocks())
        for (at, _), pair in zip(self.demand.blocks(), self._map(price_block, plain), strict=True):
            vector[at], value[at] = pair
        self.pool.won[vector] = True
        added = 0
        code = group * len(self.pool.u) + vector
        for weight in self._weights(value, point.eta):
            if not weight.any():
                # No scenario lies above eta: the cut would say nothing.
                continue
            jobs3 = [(b, code[at], weight[at]) for at, b in self.demand.blocks() if weight[at].any()]
            cuts = pool_cuts(self.pool, self.clusters.groups, Sums.joined(list(self._map(sum_block, jobs3))))
            added += self._add(cuts, weight, point)
        return vector, value, added

    def _map(self, task: Callable[..., Any], jobs: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """Run a task on every block, in order: here, or where there are several on the executor's workers."""
        if self.executor is None:
            return (task(*job) for job in jobs)
        several = list(jobs)
        if len(several) < 2:
            return (task(*job) for job in several)
        waiting = [self.executor.submit(task, *job) for job in several]
        return (future.result() for future in waiting)

    # -- whole sites --------------------------------------------------------------------------

    def _whole(self) -> None:
        while not self.closed and self._left > 0 and self._turn():
            pass
        self.complete = self.closed

    def _turn(self) -> bool:
        """Ask the master for sites, and cut them off or evaluate them; False when it has no others."""
        self._settle_sites()
        # With many scenarios the master is cheap beside an evaluation, so it looks for the best at once.
        first = self.best is None and self.demand.count <= MANY
        point = self.master.whole(max(self._left, 0.01), FIRST_GAP if first else self.gap / 4)
        if point is None:
            return False
        self.bound = max(self.bound, min(point.bound, self.objective))
        if point.stopped:
            raise KeyboardInterrupt
        if self.closed:
            return True
        vector, value, added = self._price(point, point.y)
        known = self._measured(point.y, value)
        if added and not first and known > self.bound + 0.5 * self.gap * abs(known):
            self.repriced += 1
            return True
        opened = point.y > 0.5
        if opened.tobytes() in self._seen:
            return False
        if self.best is not None and self.demand.count > MANY and opened.tobytes() not in self._tried:
            self._try_few(opened, value, vector)
            return True
        self._evaluate(opened, value, vector)
        return True

    def _measured(self, y: Floats, recourse: Floats) -> float:
        """Objective of sites y when the scenarios' recourse is this (regret: at least so much)."""
        fixed = float(self.instance.fixed @ y)
        if self._bests is not None:
            return self.measure.of(fixed + recourse - self._bests.upper, self.demand.probability)
        return fixed + self.measure.of(recourse, self.demand.probability)

    def _weights(self, value: Floats, eta: float) -> list[Floats]:
        known = value if self._bests is None else value - self._bests.upper
        return self.measure.weights(known, self.demand.probability, self.clusters.group, self.clusters.groups, eta)

    def _settle_sites(self) -> None:
        """Close and open for good what the relaxation prices beyond the incumbent."""
        if self.best is None:
            return
        point = self.master.relaxation()
        room = self.objective - point.bound
        self.master.fix(
            closed=(point.reduced > room) & (point.y < 0.5) & ~self.best,
            opened=(-point.reduced > room) & (point.y > 0.5) & self.best,
        )

    def _try_few(self, opened: Bools, priced: Floats, vector: Ints) -> None:
        """New prices from the first scenarios alone: often enough to see that these sites are not better."""
        self._tried.add(opened.tobytes())
        sites = np.flatnonzero(opened)
        few, jobs = 0, []
        for at, block in self.demand.parts():
            jobs.append((block, self.instance, sites, np.argsort(vector[at], kind="stable")))
            few = at.stop
            if few >= FEW:
                break
        value, price, _ = (np.concatenate(found) for found in zip(*self._map(solve_block, jobs), strict=True))
        self._learn(sites, price, value - priced[:few])

    def _evaluate(self, opened: Bools, priced: Floats, vector: Ints) -> None:
        """Exact recourse of all scenarios at these sites, and the cuts of their own prices."""
        self._seen.add(opened.tobytes())
        self.rounds += 1
        sites = np.flatnonzero(opened)
        demand, clusters, p = self.demand, self.clusters, self.demand.probability
        value: Floats = np.empty(demand.count)
        proven: Floats = np.empty(demand.count)
        price: Floats = np.empty((demand.count, len(sites)))
        total: Cuts | None = None
        given = (
            (at, (b, self.instance, sites, np.argsort(vector[at], kind="stable")))
            for at, b in demand.parts(made=self.executor is None)
        )
        if self.measure.adds_up:
            jobs = ((*job, clusters.group[at], clusters.groups, p[at]) for at, job in given)
            for (at, _), found in zip(demand.parts(), self._map(solve_and_cut_block, jobs), strict=True):
                value[at], price[at], proven[at] = found[:3]
                total = found[3] if total is None else total.plus(found[3])
            assert total is not None
            self._add(total, p)
        else:
            plain = (job for _, job in given)
            for (at, _), three in zip(demand.parts(), self._map(solve_block, plain), strict=True):
                value[at], price[at], proven[at] = three
            self._add_exact(sites, value, price)
        if self._bests is not None:
            objective = self._bests.regret(value + float(self.instance.fixed[opened].sum()), self.gap, self.objective)
        else:
            objective = self._measured(opened.astype(float), value)
        self._learn(sites, price, value - priced)
        if objective < self.objective:
            self.objective, self.best, self.recourse = objective, opened, value

    def _add_exact(self, sites: Ints, value: Floats, price: Floats) -> None:
        clusters = self.clusters
        eta = self.measure.value_at_risk(value, self.demand.probability) if self.measure.risk == "cvar" else 0.0
        for weight in self._weights(value, eta):
            jobs = [
                (b, self.instance, sites, price[at], clusters.group[at], clusters.groups, weight[at])
                for at, b in self.demand.blocks()
                if weight[at].any()
            ]
            total: Cuts | None = None
            for part in self._map(exact_cuts_block, jobs):
                total = part if total is None else total.plus(part)
            if total is not None:
                self._add(total, weight)

    def _learn(self, sites: Ints, price: Floats, gain: Floats) -> None:
        """Prices of the scenarios the pool knew least about join it."""
        chosen = np.argsort(-gain, kind="stable")[:KEPT_PRICES]
        chosen = chosen[gain[chosen] > 0]
        if len(chosen):
            u = point_prices(self.instance, sites, price[chosen])
            typical = self.clusters.mean[self.clusters.label[chosen]]
            self.pool.add(u, lifted(self.instance, u, sites, price[chosen], typical))
