"""The second stage: who is served where once the demand is known, and the prices that prove it.

For open sites y and demand d the recourse is the transport problem::

    Q(y, d) = min   sum_ij c_ij x_ij + sum_i g_i q_i
              s.t.  sum_j x_ij + q_i = d_i     (u_i)
                    sum_i x_ij <= K_j y_j      (v_j)
                    x_ij <= d_i y_j            (w_ij)
                    x, q >= 0

Its dual prices (u, v) with ``u_i <= g_i``, ``v_j >= 0`` and ``w_ij = (u_i - v_j - c_ij)+`` are feasible
whatever y and d are. So every pair (u, v) proves, for every scenario and every y in [0, 1]::

    Q(y, d) >= sum_i d_i u_i - sum_j y_j (K_j v_j + sum_i d_i (u_i - v_j - c_ij)+)

That is arithmetic: no tolerance of a solver can make such a bound wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.exact.stochastic_instance import Instance
from capacity.engines.exact.stochastic_paths import shortest_paths
from capacity.engines.exact.tolerances import BROKEN, PROVEN, SMALLEST, SOLVER, SUMS_OF_PRICES
from capacity.engines.linear.highs import new_engine
from capacity.errors import SolverError

NEAREST_SITES = 4
"""Open sites a point is offered at first; a scenario whose prices want more gets all of them."""

TOTAL = 2.0**16
"""About what all demand of a scenario is in HiGHS, whose tolerances are absolute, whatever it is in ours."""


class Transport:
    """The recourse for one set of sites as an LP in HiGHS, hot-started from scenario to scenario."""

    def __init__(self, instance: Instance, sites: Ints, arcs: Bools) -> None:
        import highspy

        n, k = arcs.shape
        cost = instance.cost[:, sites]
        self.point, self.site = (np.asarray(x) for x in np.nonzero(arcs & np.isfinite(cost)))
        self.points, self.sites = n, k
        a = len(self.point)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = a + n, n + k
        each = np.concatenate([cost[self.point, self.site], instance.unserved])
        self._price = _about_one(np.minimum(cost.min(axis=1, initial=np.inf), instance.unserved), each)
        lp.col_cost_ = each / self._price
        lp.col_lower_ = np.zeros(a + n)
        lp.col_upper_ = np.full(a + n, highspy.kHighsInf)
        lp.row_lower_ = np.concatenate([np.zeros(n), np.full(k, -highspy.kHighsInf)])
        lp.row_upper_ = np.concatenate([np.zeros(n), instance.capacity[sites]])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.concatenate([2 * np.arange(a), 2 * a + np.arange(n + 1)])
        lp.a_matrix_.index_ = np.concatenate([np.stack([self.point, n + self.site], axis=1).ravel(), np.arange(n)])
        lp.a_matrix_.value_ = np.ones(2 * a + n)
        self._engine: Any = new_engine(
            presolve="off",
            simplex_strategy=1,
            simplex_dual_edge_weight_strategy=1,
            simplex_scale_strategy=0,
            simplex_price_strategy=1,
            primal_feasibility_tolerance=BROKEN,
            dual_feasibility_tolerance=SOLVER,
        )
        self._engine.passModel(lp)
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._point_rows = np.arange(n, dtype=np.int32)
        self._site_rows = np.arange(n, n + k, dtype=np.int32)
        self._arc_columns = np.arange(a, dtype=np.int32)
        self._free = np.full(k, -highspy.kHighsInf)
        self._zero = np.zeros(a)
        self._capacity = instance.capacity[sites]
        self._share: Floats | None = None
        self._unit, self._value = 1.0, 0.0
        self._counted: Floats = np.zeros(n)

    def open_partly(self, capacity: Floats, y: Floats) -> None:
        """Sites open in part: K_j y_j, and x_ij <= d_i y_j."""
        self._capacity, self._share, self._unit = capacity * y, y[self.site], np.nan

    def solve(self, demand: Floats) -> tuple[float, Floats]:
        """Value of one scenario and the duals of all rows, (n + k,)."""
        total = float(demand.sum())
        unit = float(np.ldexp(1.0, int(np.frexp(total / TOTAL)[1]))) if total > 0.0 else 1.0
        if unit != self._unit:
            self._unit = unit
            self._engine.changeRowsBounds(self.sites, self._site_rows, self._free, self._capacity / unit)
        self._counted = counted = demand / unit
        if self._share is not None:
            upper = counted[self.point] * self._share
            self._engine.changeColsBounds(len(upper), self._arc_columns, self._zero, upper)
        self._engine.changeRowsBounds(self.points, self._point_rows, counted, counted)
        self._engine.run()
        if self._engine.getModelStatus() != self._optimal:
            raise SolverError(f"HiGHS failed on a transport problem: {self._engine.getModelStatus()}.")
        self._value = unit * self._price * float(self._engine.getInfo().objective_function_value)
        return self._value, self._price * np.array(self._engine.getSolution().row_dual)

    def broken(self, price: float) -> float:
        """What it may be worth, at most, that the scenario solved last breaks rows and bounds a little.

        Parameters
        ----------
        price : float
            Of the dearest unit. Where all that HiGHS tolerates is worth next to nothing, that is the answer.
        """
        rows = self.points + self.sites
        most = self._unit * BROKEN * rows * price
        if most <= PROVEN * abs(self._value):
            return 0.0
        solution = self._engine.getSolution()
        used, flow = np.array(solution.row_value), np.array(solution.col_value)
        over = np.maximum(used[self.points :] - self._capacity / self._unit, 0.0).sum()
        missed = np.abs(used[: self.points] - self._counted).sum()
        return float(self._unit * price * (over + missed - np.minimum(flow, 0.0).sum()))

    def flows(self) -> tuple[Ints, Ints, Floats]:
        """What the scenario solved last sends from each point to each site: points, sites, amounts."""
        return self.point, self.site, self._unit * np.array(self._engine.getSolution().col_value)[: len(self.point)]


def _about_one(least: Floats, costs: Floats) -> float:
    """A power of two that makes one of what a unit costs, as far as can be seen."""
    typical = float(least.mean())
    positive = costs[costs > 0.0]
    if not typical > 0.0 and len(positive):
        typical = float(np.median(positive))
    return float(np.ldexp(1.0, int(np.frexp(typical)[1]))) if typical > 0.0 else 1.0


def nearest_arcs(cost: Floats, unserved: Floats, count: int) -> Bools:
    """The cheapest `count` sites of each point, those dearer than not being served left out."""
    arcs = cost < unserved[:, None]
    if count < cost.shape[1]:
        limit = np.partition(cost, count - 1, axis=1)[:, count - 1 : count]
        arcs &= cost <= limit
    return arcs


class SiteRecourse:
    """Exact recourse of many scenarios at one set of open sites.

    Parameters
    ----------
    instance : Instance
    sites : ndarray of int, (k,)
    """

    def __init__(self, instance: Instance, sites: Ints) -> None:
        self.instance, self.sites = instance, sites
        self._cost = instance.cost[:, sites]
        self._capacity = instance.capacity[sites]
        self._dearest = float(instance.unserved.max())
        self._near = self._transport(NEAREST_SITES)
        self._all: Transport | None = None

    def _transport(self, count: int) -> Transport:
        arcs = nearest_arcs(self._cost, self.instance.unserved, count)
        return Transport(self.instance, self.sites, arcs)

    def solve(self, demands: Floats, order: Ints) -> tuple[Floats, Floats, Floats]:
        """Value (B,), site prices v (B, k) and proven value (B,) of each scenario.

        The value is that of an assignment, the proven value that of prices; they agree within
        `PROVEN`, as far as double precision goes.

        Parameters
        ----------
        demands : ndarray (B, n)
        order : ndarray of int (B,)
            In what order to go through them: neighbours in it should look alike.
        """
        value: Floats = np.empty(len(demands))
        price: Floats = np.empty((len(demands), len(self.sites)))
        loose: Floats = np.empty(len(demands))
        for s in order.tolist():
            value[s], price[s], loose[s] = self._tried(self._near, demands[s])
        proven = self._proven(demands, price)
        for s in np.flatnonzero(~self._settled(value, price, loose, proven)).tolist():
            value[s], price[s], loose[s] = self._tried(self._everything(), demands[s])
            proven[s] = self._proven(demands[s][None], price[s][None])[0]
            if not self._settled(value[s], price[s], loose[s], proven[s]):
                value[s], price[s] = self._by_paths(demands[s])[1:]
                proven[s] = self._proven(demands[s][None], price[s][None])[0]
        return value, price, np.minimum(proven, value)

    def amounts(self, demand: Floats) -> Floats:
        """What one scenario sends from each point to each site, (n, k)."""
        transport = self._everything()
        value, price, loose = self._tried(transport, demand)
        if not self._settled(value, price, loose, self._proven(demand[None], price[None])[0]):
            return self._by_paths(demand)[0]
        sent: Floats = np.zeros(self._cost.shape)
        point, site, amount = transport.flows()
        sent[point, site] = np.maximum(amount, 0.0)
        return sent

    def _tried(self, transport: Transport, demand: Floats) -> tuple[float, Floats, float]:
        """Value, site prices and worth of broken rows of a scenario; an infinite value where HiGHS gives up."""
        try:
            value, dual = transport.solve(demand)
        except SolverError:
            return np.inf, np.zeros(transport.sites), 0.0
        loose = transport.broken(self._dearest)
        return value + loose, np.maximum(0.0, -dual[transport.points :]), loose

    def _everything(self) -> Transport:
        if self._all is None:
            self._all = self._transport(len(self.sites))
        return self._all

    def _settled(self, value: Any, price: Floats, loose: Any, proven: Any) -> Any:
        """Whether prices prove a value, and rows broken within HiGHS's tolerance cannot have made it."""
        room = PROVEN * np.maximum(SMALLEST, np.abs(value))
        rounding = SUMS_OF_PRICES * (price @ self._capacity)
        return np.isfinite(value) & (value - proven <= room + rounding) & (loose <= room)

    def _by_paths(self, demand: Floats) -> tuple[Floats, float, Floats]:
        """Amounts, value and prices of a scenario that HiGHS cannot tell to the last digit."""
        unserved = self.instance.unserved
        sent, price = shortest_paths(self._cost, unserved, demand, self._capacity)
        rest = np.maximum(demand - sent.sum(axis=1), 0.0)
        paid = np.where(sent > 0.0, self._cost, 0.0) * sent
        return sent, float(paid.sum() + rest @ unserved), price

    def _proven(self, demands: Floats, price: Floats) -> Floats:
        u = point_prices(self.instance, self.sites, price)
        return np.asarray((demands * u).sum(axis=1) - price @ self._capacity)


def point_prices(instance: Instance, sites: Ints, price: Floats) -> Floats:
    """u_i = min(g_i, min_j c_ij + v_j) over the open sites, (R, n)."""
    u = np.broadcast_to(instance.unserved, (len(price), len(instance.unserved))).copy()
    for position, j in enumerate(sites):
        np.minimum(u, instance.cost[:, j] + price[:, position, None], out=u)
    return u


def prices_at(transport: Transport, instance: Instance, demand: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Prices (u, v) of one scenario at any y in [0, 1]."""
    transport.open_partly(instance.capacity, y)
    try:
        _, dual = transport.solve(demand)
    except SolverError:
        # Any prices bound: those of sites that never fill.
        return point_prices(instance, np.arange(len(y)), np.zeros((1, len(y))))[0], np.zeros(len(y))
    n = len(demand)
    return np.minimum(dual[:n], instance.unserved), np.maximum(0.0, -dual[n:])


def lifted(instance: Instance, u: Floats, sites: Ints, price: Floats, demand: Floats) -> Floats:
    """Prices of all sites, (R, m): of a closed one as if its capacity went to the best savings.

    ``K_j v + sum_i d_i (u_i - c_ij - v)+`` is least where the savings above v fill the capacity
    (the fractional knapsack), so that price makes the cut say least about site j.

    Parameters
    ----------
    u, price : ndarray (R, n), (R, k)
    demand : ndarray (R, n)
        A demand typical of each row; any is valid.
    """
    v: Floats = np.zeros((len(u), len(instance.capacity)))
    v[:, sites] = price
    highest = u.max(axis=0)
    rows = np.arange(len(u))
    for j in np.setdiff1d(np.arange(len(instance.capacity)), sites):
        here = np.flatnonzero(instance.cost[:, j] < highest)
        saving = np.maximum(u[:, here] - instance.cost[here, j], 0.0)
        order = np.argsort(-saving, axis=1)
        filled = np.cumsum(np.take_along_axis(demand[:, here], order, axis=1), axis=1)
        last = (filled < instance.capacity[j]).sum(axis=1)
        inside = last < len(here)
        at = order[rows[inside], last[inside]]
        v[inside, j] = saving[inside, at]
    return v


def coefficients(instance: Instance, u: Floats, v: Floats, demand: Floats, mass: Floats) -> Floats:
    """What each open site takes off the bound: K_j v_j + sum_i d_i (u_i - v_j - c_ij)+, (R, m).

    Parameters
    ----------
    u, v : ndarray (R, n), (R, m)
    demand, mass : ndarray (R, n), (R,)
        Weighted sums over scenarios: of their demands, and of the weights.
    """
    result = mass[:, None] * instance.capacity * v
    highest = u.max(axis=0, initial=-np.inf)
    for j in range(len(instance.capacity)):
        here = np.flatnonzero(instance.cost[:, j] < highest)
        saving = np.maximum(u[:, here] - instance.cost[here, j] - v[:, j, None], 0.0)
        result[:, j] += np.einsum("ri,ri->r", saving, demand[:, here])
    return np.asarray(result)
