"""Serving all points from given open sites: shares by a transport problem, single sources by a MIP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.facility_instance import Instance
from capacity.engines.exact.linear import Bools, Doubles, Indices, LinearProgram, has_point, is_infeasible, is_optimal
from capacity.engines.exact.tolerances import DEAREST, FULL, NEGLIGIBLE, ROUNDED, SERVICE_GAP, SOLVER, TINY
from capacity.engines.linear.highs import run_engine
from capacity.errors import SolverError

SMALL = 0.125
"""A site is counted in a unit of its own when it holds less than this part of what the others are counted in."""

ATTEMPTS: tuple[dict[str, Any], ...] = (
    {"presolve": "off"},
    {"presolve": "on"},
    {"presolve": "on", "simplex_strategy": 4},
    {"solver": "ipm"},
)
"""Ways to solve one transport problem, the next where HiGHS gives the one before up."""


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
    offered = _offered(instance, sites)
    if not offered.any(axis=0).all():
        return None
    site, point = np.nonzero(offered)
    scale = unit_of_cost(cost * demand)
    part = _column_unit(instance, sites, site, point)
    program = _transport(instance, sites, site, point, cost[site, point] * demand[point] / scale * part, part)
    for options in ATTEMPTS:
        engine = program.load(**options)
        engine.run()
        if is_optimal(engine) or is_infeasible(engine):
            break
    else:
        raise SolverError(f"HiGHS stopped early: {engine.modelStatusToString(engine.getModelStatus())}.")
    if not is_optimal(engine):
        return None
    solution = engine.getSolution()
    shares = _shares(cost, site, point, _cleaned(np.array(solution.col_value)) * part)
    lam = scale * np.array(solution.row_dual)[: len(demand)]
    return Service(cost=_cost(instance, sites, shares), shares=shares, lam=lam)


def most_served(instance: Instance, sites: Indices) -> Doubles:
    """Multipliers that prove that these sites cannot serve everybody.

    The dual of serving as much demand as possible: a unit of each point is worth its multiplier.
    """
    demand = instance.demand
    site, point = np.nonzero(_offered(instance, sites))
    scale = _power_of_two(demand.max())
    part = _column_unit(instance, sites, site, point)
    program = _transport(instance, sites, site, point, np.zeros(len(site)), part, unserved=demand / scale)
    engine = program.load(presolve="off")
    engine.run()
    lam: Doubles = np.clip(scale * np.array(engine.getSolution().row_dual)[: len(demand)], 0.0, demand)
    return lam


def from_single_sources(
    instance: Instance,
    sites: Indices,
    *,
    below: float,
    any_source: bool,
    time_limit: float | None,
    most_nodes: int | None = None,
    given_up: Callable[[], None] = lambda: None,
    spent: Callable[[int], None] = lambda _: None,
) -> tuple[Service | None, float]:
    """Serve each point from one of the open sites (a generalised assignment problem).

    With `any_source` the costs are set aside: any service will do. HiGHS gives up after `most_nodes` nodes, and
    `given_up` is called; `spent` is told its simplex iterations.

    Returns
    -------
    tuple
        The best service found that costs no more than `below`, if any, and what any service costs at least:
        infinity where none costs less than `below`, minus infinity where nothing is proven.
    """
    cost, demand = instance.cost[sites], instance.demand
    fits = _offered(instance, sites) & (demand <= instance.capacity[sites, None] * (1.0 + ROUNDED))
    if not fits.any(axis=0).all():
        return None, np.inf
    paid = np.where(fits, cost * demand, np.inf)
    opening = float(instance.fixed[sites].sum())
    limited = np.isfinite(below) and not any_source
    rest = (below - opening) * (1.0 + ROUNDED) if limited else np.inf
    # A pair that is too dear even where all other points use their cheapest site only blurs the others.
    cheapest = paid.min(axis=0)
    offered = np.isfinite(paid) & (paid <= cheapest + (rest - cheapest.sum()))
    if not offered.any(axis=0).all():
        return None, np.inf
    site, point = np.nonzero(offered)
    scale = unit_of_cost(np.where(offered, paid, np.inf))
    each = np.zeros(len(site)) if any_source else paid[site, point] / scale
    program = _transport(instance, sites, site, point, each, np.ones(len(site)))
    program.integer[:] = True
    if limited:
        arcs = np.arange(len(site))
        program.add_rows(1, [(0 * arcs, arcs, each)], -np.inf, rest / scale)
    options: dict[str, Any] = {"mip_rel_gap": SERVICE_GAP, "mip_abs_gap": 0.0, "mip_feasibility_tolerance": SOLVER}
    if most_nodes is not None:
        options["mip_max_nodes"] = most_nodes
    engine = program.load(time_limit=time_limit, **options)
    if run_engine(engine):
        raise KeyboardInterrupt
    spent(int(engine.getInfo().simplex_iteration_count))
    if is_infeasible(engine):
        return None, np.inf
    if most_nodes is not None and engine.getInfo().mip_node_count >= most_nodes and not is_optimal(engine):
        given_up()
    elif not is_optimal(engine) and time_limit is None:
        raise SolverError(f"HiGHS stopped early: {engine.modelStatusToString(engine.getModelStatus())}.")
    proven = is_optimal(engine) and not any_source
    least = opening + scale * float(engine.getInfo().mip_dual_bound) if proven else -np.inf
    if not has_point(engine):
        return None, least
    shares = _shares(cost, site, point, np.round(engine.getSolution().col_value))
    return Service(cost=_cost(instance, sites, shares), shares=shares, lam=np.zeros(len(demand))), least


def _offered(instance: Instance, sites: Indices) -> Bools:
    """Which sites each point may use, (s, n): those within reach that hold some of it."""
    holds: Bools = instance.capacity[sites, None] > NEGLIGIBLE * instance.demand
    return holds & np.isfinite(instance.cost[sites])


def _column_unit(instance: Instance, sites: Indices, site: Indices, point: Indices) -> Doubles:
    """What the share of each pair is counted in: one, or about what the site can hold where that is far less."""
    held = instance.capacity[sites[site]] / instance.demand[point]
    return np.where(held < SMALL, _power_of_two(held), 1.0)


def _transport(
    instance: Instance,
    sites: Indices,
    site: Indices,
    point: Indices,
    cost: Doubles,
    part: Doubles,
    unserved: Doubles | None = None,
) -> LinearProgram:
    """Rows: every point is served, no site serves more than its capacity. Columns: a share for each pair.

    The tolerances of HiGHS are absolute, so everything is counted in its own unit: rows in the demand of a point, and
    in about the greatest demand or, where that is far less, the capacity of a site; columns in `part` of the point.
    """
    demand, capacity = instance.demand, instance.capacity[sites]
    extra = np.zeros(0) if unserved is None else unserved
    arcs, rest = np.arange(len(site)), np.arange(len(extra))
    program = LinearProgram(
        cost=np.concatenate([cost, extra]),
        lower=np.zeros(len(site) + len(extra)),
        upper=np.concatenate([np.where(part < 1.0, 2.0, 1.0), np.ones(len(extra))]),
        integer=np.zeros(len(site) + len(extra), dtype=bool),
    )
    program.add_rows(len(demand), [(point, arcs, part), (rest, len(site) + rest, np.ones(len(extra)))], 1.0, 1.0)
    greatest = demand.max()
    unit = _power_of_two(np.where((capacity > 0.0) & (capacity < SMALL * greatest), capacity, greatest))
    program.add_rows(len(sites), [(site, arcs, demand[point] * part / unit[site])], -np.inf, capacity / unit)
    return program


def unit_of_cost(paid: Doubles) -> float:
    """Unit of cost in which a service costs about one a point, whatever else a few dear pairs would cost."""
    dearest = paid[np.isfinite(paid)].max()
    if dearest == 0.0:
        return 1.0
    near = float(paid.min(axis=0).mean())
    if not 0.0 < near < np.inf:
        near = float(paid[paid > 0.0].min())
    return float(_power_of_two(max(near, dearest * DEAREST)))


def _power_of_two(value: npt.ArrayLike) -> Doubles:
    """The power of two below numbers above zero: dividing by it rounds nothing."""
    power: Doubles = np.ldexp(0.5, np.frexp(value)[1])
    return power


def _cleaned(values: Doubles) -> Doubles:
    """Without what is rounding."""
    return np.where(values < TINY, 0.0, values)


def _shares(cost: Doubles, site: Indices, point: Indices, values: Doubles) -> Doubles:
    shares = np.zeros(cost.shape)
    shares[site, point] = values
    whole: Doubles = shares / shares.sum(axis=0)
    return whole


def _cost(instance: Instance, sites: Indices, shares: Doubles) -> float:
    used = np.where(shares > 0.0, instance.cost[sites], 0.0)
    return float(instance.fixed[sites].sum() + np.einsum("ji,ji->i", used, shares) @ instance.demand)
