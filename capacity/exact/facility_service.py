"""Serving all points from given open sites: shares by a transport problem, single sources by a MIP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.errors import SolverError
from capacity.exact.facility_instance import Instance
from capacity.exact.linear import Doubles, Indices, LinearProgram, has_point, is_infeasible, is_optimal
from capacity.highs import run_engine

FULL = 1.0 + 1e-12
"""A site is full at this part of its capacity (sums are rounded)."""

ROUNDED = 1e-9
"""What a sum may be off by when costs are limited."""

TINY = 1e-10
"""Smaller shares are rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Service:
    """How some open sites serve the points.

    Attributes
    ----------
    cost : float
        Opening and serving together.
    shares : ndarray, (s, n)
        Part of each point that each open site serves.
    lam : ndarray, (n,)
        Multipliers at which the Lagrangian of these sites is this cost (with shares).
    """

    cost: float
    shares: Doubles
    lam: Doubles


def by_nearest(instance: Instance, sites: Indices, lam: Doubles) -> Service | None:
    """Serve each point from its nearest open site; None where that is out of reach or does not fit.

    Any multipliers between the costs of the nearest and second-nearest open site are optimal then;
    the ones closest to `lam` are returned.
    """
    cost = instance.cost[sites]
    points = np.arange(cost.shape[1])
    nearest = cost.argmin(axis=0)
    first = cost[nearest, points]
    shares = np.zeros(cost.shape)
    shares[nearest, points] = 1.0
    if not np.isfinite(first).all() or (shares @ instance.demand > instance.capacity[sites] * FULL).any():
        return None
    others = cost.copy()
    others[nearest, points] = np.inf
    second = others.min(axis=0)
    return Service(
        cost=float(instance.fixed[sites].sum() + instance.demand @ first),
        shares=shares,
        lam=np.clip(lam, instance.demand * first, instance.demand * second),
    )


def by_shares(instance: Instance, sites: Indices) -> Service | None:
    """Serve at least cost within capacities, points split where that helps; None where it cannot be done."""
    cost, demand = instance.cost[sites], instance.demand
    site, point = np.nonzero(np.isfinite(cost))
    scale = _cost_scale(cost * demand)
    program = _transport(instance, sites, site, point, cost[site, point] * demand[point] / scale)
    for presolve in ("off", "on"):
        engine = program.load(presolve=presolve)
        engine.run()
        if is_optimal(engine) or is_infeasible(engine):
            break
    else:
        raise SolverError(f"HiGHS stopped early: {engine.modelStatusToString(engine.getModelStatus())}.")
    if not is_optimal(engine):
        return None
    solution = engine.getSolution()
    shares = _shares(cost, site, point, np.array(solution.col_value))
    lam = scale * np.array(solution.row_dual)[: len(demand)]
    return Service(cost=_cost(instance, sites, shares), shares=shares, lam=lam)


def most_served(instance: Instance, sites: Indices) -> Doubles:
    """Multipliers that prove that these sites cannot serve everybody.

    The dual of serving as much demand as possible: a unit of each point is worth its multiplier.
    """
    cost, demand = instance.cost[sites], instance.demand
    site, point = np.nonzero(np.isfinite(cost))
    scale = _power_of_two(demand.max())
    program = _transport(instance, sites, site, point, np.zeros(len(site)), unserved=demand / scale)
    engine = program.load(presolve="off")
    engine.run()
    lam: Doubles = np.clip(scale * np.array(engine.getSolution().row_dual)[: len(demand)], 0.0, demand)
    return lam


def from_single_sources(
    instance: Instance, sites: Indices, *, below: float, any_source: bool, time_limit: float | None
) -> tuple[Service | None, bool]:
    """Serve each point from one of the open sites (a generalised assignment problem).

    With `any_source` the costs are set aside: any service will do.

    Returns
    -------
    tuple
        The best service found that costs no more than `below`, if any, and whether it is proven that there
        is no better.
    """
    cost, demand = instance.cost[sites], instance.demand
    site, point = np.nonzero(np.isfinite(cost))
    scale = _cost_scale(cost * demand)
    each = np.zeros(len(site)) if any_source else cost[site, point] * demand[point] / scale
    program = _transport(instance, sites, site, point, each)
    program.integer[:] = True
    if np.isfinite(below) and not any_source:
        arcs = np.arange(len(site))
        rest = (below - float(instance.fixed[sites].sum())) * (1.0 + ROUNDED) / scale
        program.add_rows(1, [(0 * arcs, arcs, each)], -np.inf, rest)
    engine = program.load(
        time_limit=time_limit, mip_rel_gap=1e-9, mip_abs_gap=0.0, mip_feasibility_tolerance=1e-9
    )  # fmt: skip
    if run_engine(engine):
        raise KeyboardInterrupt
    proven = is_optimal(engine) or is_infeasible(engine)
    if not proven and time_limit is None:
        raise SolverError(f"HiGHS stopped early: {engine.modelStatusToString(engine.getModelStatus())}.")
    if not has_point(engine):
        return None, proven
    shares = _shares(cost, site, point, np.round(np.array(engine.getSolution().col_value)))
    return Service(cost=_cost(instance, sites, shares), shares=shares, lam=np.zeros(len(demand))), proven


def _transport(
    instance: Instance, sites: Indices, site: Indices, point: Indices, cost: Doubles, unserved: Doubles | None = None
) -> LinearProgram:
    """Rows: every point is served, no site serves more than its capacity. Columns: a share for each pair.

    The tolerances of HiGHS are absolute, so demands are counted in units of about the greatest one.
    """
    n = len(instance.demand)
    scale = _power_of_two(instance.demand.max())
    demand, capacity = instance.demand / scale, instance.capacity[sites] / scale
    extra = np.zeros(0) if unserved is None else unserved
    arcs, ones = np.arange(len(site)), np.ones(len(site))
    program = LinearProgram(
        cost=np.concatenate([cost, extra]),
        lower=np.zeros(len(site) + len(extra)),
        upper=np.ones(len(site) + len(extra)),
        integer=np.zeros(len(site) + len(extra), dtype=bool),
    )
    rest = np.arange(len(extra))
    program.add_rows(n, [(point, arcs, ones), (rest, len(site) + rest, np.ones(len(extra)))], 1.0, 1.0)
    program.add_rows(len(sites), [(site, arcs, demand[point])], -np.inf, capacity)
    return program


def _cost_scale(paid: Doubles) -> float:
    """Unit of cost in which a service costs about one a point, whatever else a few dear pairs would cost."""
    dearest = paid[np.isfinite(paid)].max()
    if dearest == 0.0:
        return 1.0
    near = float(paid.min(axis=0).mean())
    if not 0.0 < near < np.inf:
        near = float(paid[paid > 0.0].min())
    return _power_of_two(max(near, dearest * 1e-10))


def _power_of_two(value: float) -> float:
    """The power of two below a number above zero: dividing by it rounds nothing."""
    return float(2.0 ** np.floor(np.log2(value)))


def _shares(cost: Doubles, site: Indices, point: Indices, values: Doubles) -> Doubles:
    shares = np.zeros(cost.shape)
    shares[site, point] = np.where(values < TINY, 0.0, values)
    whole: Doubles = shares / shares.sum(axis=0)
    return whole


def _cost(instance: Instance, sites: Indices, shares: Doubles) -> float:
    used = np.where(shares > 0.0, instance.cost[sites], 0.0)
    return float(instance.fixed[sites].sum() + np.einsum("ji,ji->i", used, shares) @ instance.demand)
