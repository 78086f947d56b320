"""The best of each scenario on its own, as far as regret needs it.

Regret compares a plan with what each scenario alone would allow. Only the scenarios whose regret may be
the largest decide, so each scenario's best is kept between two bounds, and worked out only where it
matters: from above by the sites tried so far, from below by prices that bound the scenario whatever is
opened.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.exact import facility_search
from capacity.engines.exact.facility import search_until_stopped
from capacity.engines.exact.facility_instance import prepare
from capacity.engines.exact.stochastic_cuts import Cuts, Sums
from capacity.engines.exact.stochastic_instance import Demand, Instance, numbers
from capacity.engines.exact.stochastic_master import Master
from capacity.engines.exact.stochastic_recourse import SiteRecourse, Transport, prices_at
from capacity.engines.exact.tolerances import HARDLY_OPEN, LEAST_COST, NO_REGRET

MOST_CUTS = 60
"""Cutting planes of one scenario's relaxation."""

SLOW = 1e-4
"""A cut that raises the relaxation by a smaller part ends it."""


def bounds_by(instance: Instance, demand: Demand, u: Floats, v: Floats) -> Floats:
    """A lower bound on the best of every scenario from one price vector, (S,).

    ``sum_i d_i u_i - sum_j (K_j v_j + sum_i d_i (u_i - v_j - c_ij)+ - f_j)+``; sites to keep always count.
    """
    saving = np.maximum(u[:, None] - v - instance.cost, 0.0)
    kept = np.isin(np.arange(len(instance.fixed)), instance.keep)
    result: Floats = np.empty(demand.count)
    for place, block in demand.blocks():
        table = numbers(block)
        net = instance.capacity * v + table @ saving - instance.fixed
        result[place] = table @ u - np.where(kept, net, np.maximum(net, 0.0)).sum(axis=1)
    return result


def relax_one(instance: Instance, transport: Transport, demand: Floats) -> tuple[Floats, Floats]:
    """A price vector that bounds the best of one scenario about as well as its relaxation.

    Kelley's cutting planes, between the last point and the mean of those before; the dual weights of
    the cuts average their prices.
    """
    master = Master(instance, 1, with_fixed=True, with_eta=False)
    us, vs = [], []
    core: Floats = np.full(master.m, 0.5)
    one, zero = np.ones(1), np.zeros(1, dtype=np.int64)
    last, steady = -np.inf, True
    for turn in range(MOST_CUTS):
        point = master.relaxation()
        slow = turn > 3 and point.bound - last < SLOW * abs(point.bound)
        if slow and not steady:
            break
        steady = steady and not slow
        last = point.bound
        core = 0.5 * (core + point.y)
        y = 0.5 * (core + point.y) if steady else point.y
        u, v = prices_at(transport, instance, demand, np.maximum(y, HARDLY_OPEN))
        us.append(u)
        vs.append(v)
        sums = Sums(code=zero, demand=demand[None], mass=one)
        master.add(Cuts.added(instance, zero, 1, u[None], v[None], sums))
    weight = np.maximum(master.duals()[: len(us)], 0.0)
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(us), 1.0 / len(us))
    return weight @ np.array(us)[: len(weight)], weight @ np.array(vs)[: len(weight)]


def solve_one(instance: Instance, demand: Floats, deadline: float) -> tuple[float, float, Floats, bool]:
    """Best sites of one scenario alone: objective, bound, y, and whether Ctrl+C ended it.

    A free site that is always open, within reach of everybody at the price of not being served, makes it
    a facility-location problem. Sites that pay for being open are open: recourse never rises with them.
    """
    m = len(instance.fixed)
    paying = np.flatnonzero(instance.fixed < 0)
    given = float(instance.fixed[paying].sum())
    alone = prepare(
        np.append(np.maximum(instance.fixed, 0.0), 0.0),
        np.column_stack([instance.cost, instance.unserved]),
        demand,
        np.append(np.minimum(instance.capacity, demand.sum()), demand.sum()),
        keep=[*instance.keep.tolist(), *paying.tolist(), m],
        forbid=(),
        single=False,
    )
    search = facility_search.Search(alone, deadline)
    stopped = search_until_stopped(search)
    y: Floats = np.zeros(m + 1)
    y[alone.columns[search.best]] = 1.0
    if search.service is None:
        return np.inf, -np.inf, y[:m], stopped
    # Not the search's own value: its capacities hold within a tolerance, and not to be served may be dear.
    sites = np.flatnonzero(y[:m])
    value, _, _ = SiteRecourse(instance, sites).solve(demand[None], np.zeros(1, dtype=np.int64))
    return float(instance.fixed[sites].sum() + value[0]), search.bound + given, y[:m], stopped


class Bests:
    """What is known of each scenario's own best.

    Attributes
    ----------
    lower, upper : ndarray, (S,)
    solved, relaxed : int
        Scenarios worked out exactly, and by their relaxation.
    """

    def __init__(self, instance: Instance, demand: Demand, transport: Transport, deadline: float) -> None:
        self._instance, self._demand, self._deadline = instance, demand, deadline
        cheapest = np.minimum(instance.unserved, instance.cost.min(axis=1))
        self.lower: Floats = bounds_by(instance, demand, cheapest, np.zeros(len(instance.fixed)))
        self.upper: Floats = np.full(demand.count, np.inf)
        self.solved = self.relaxed = 0
        self._solved: Bools = np.zeros(demand.count, dtype=bool)
        self._transport = transport
        self._relaxed: Bools = np.zeros(demand.count, dtype=bool)

    @property
    def floor(self) -> float:
        """Regret below this part of the cost is not told from none."""
        finite = self.upper[np.isfinite(self.upper)]
        return NO_REGRET * max(float(np.abs(finite).mean()) if len(finite) else 0.0, LEAST_COST)

    def learn(self, value: Floats) -> None:
        """The whole cost of some sites in each scenario: no best is above it."""
        np.minimum(self.upper, value, out=self.upper)
        np.minimum(self.lower, self.upper, out=self.lower)

    def regret(self, value: Floats, gap: float, known: float) -> float:
        """Largest regret of sites with this cost in each scenario, proven not to be larger.

        Works out the scenarios that may decide, the likeliest first: by the relaxation, then exactly;
        until the largest is certain to within a quarter of the gap, the sites are seen to be no
        better than those `known`, or the deadline passes.
        """
        self.learn(value)
        possible = self._demand.probability > 0
        while True:
            most = np.where(possible, value - self.lower, -np.inf)
            s = int(most.argmax())
            room = 0.25 * gap * max(float(most[s]), self.floor)
            beaten = np.where(possible, value - self.upper, -np.inf).max() >= known
            if beaten or self._solved[s] or self.upper[s] - self.lower[s] <= room or perf_counter() > self._deadline:
                return float(most[s])
            demand = self._demand.scenarios(np.array([s]))[0]
            if not self._relaxed[s]:
                self._relaxed[s] = True
                u, v = relax_one(self._instance, self._transport, demand)
                np.maximum(self.lower, bounds_by(self._instance, self._demand, u, v), out=self.lower)
                np.minimum(self.lower, self.upper, out=self.lower)
                self.relaxed += 1
                continue
            objective, bound, _, stopped = solve_one(self._instance, demand, self._deadline)
            self._solved[s] = True
            if np.isfinite(bound):
                self.lower[s] = max(self.lower[s], min(bound, self.upper[s]))
            self.upper[s] = min(self.upper[s], objective)
            self.lower[s] = min(self.lower[s], self.upper[s])
            self.solved += 1
            if stopped:
                raise KeyboardInterrupt
