"""The small mixed-integer program over the sites and pairs that a node's bound has left."""

from __future__ import annotations

import numpy as np

from capacity.engines.exact.core_tree import Core
from capacity.engines.exact.linear import LinearProgram, has_point, is_infeasible, is_optimal
from capacity.engines.exact.p_median_costs import Doubles, Floats, Indices, blocks
from capacity.engines.exact.p_median_lagrangian import Ascent, lowest
from capacity.engines.exact.p_median_lists import Costs
from capacity.engines.exact.tolerances import SOLVER
from capacity.engines.linear.highs import run_engine

MOST_PAIRS = 60_000
"""A program with more pairs is left to the branch and bound."""


def core_of(ascent: Ascent, ceiling: float, most_pairs: int | None = None, *, beyond: float = 0.0) -> Core | None:
    """What is left of a node for solutions that cost no more than `ceiling`; None when it is not small.

    Small are `most_pairs`, or `MOST_PAIRS`.

    A solution in which point i uses site j costs at least
    ``L(lambda) + max(0, c_ij - lambda_i) + max(0, rho_j - rho_p)`` at the node's certified multipliers; the
    pairs for which that is too much are left out. (Each point uses one site, so pairs may go here; with
    capacities they may not.) A point that pays more than these is served otherwise: by a site that is open already, or
    by what makes a solution cost more than the ceiling, and than `beyond`.
    """
    C, node, rho = ascent.C, ascent.node, ascent.rho
    lam: Doubles = ascent.lam.astype(np.float64)
    dearest = lowest(rho, node.p).max()
    relaxed = float(lam.sum()) + float(lowest(rho, node.p).sum()) - ascent.slack
    pairs_left = _pairs_within(
        C, lam, ceiling - relaxed - np.maximum(rho - dearest, 0.0), MOST_PAIRS if most_pairs is None else most_pairs
    )
    if pairs_left is None:
        return None
    site, point, cost = pairs_left
    return Core(
        opening=np.zeros(len(C)),
        forced=np.zeros(len(C), dtype=bool),
        p=node.p,
        site=site,
        point=point,
        cost=cost.astype(np.float64),
        otherwise=np.minimum(node.cap.astype(np.float64), lam + max(ceiling - relaxed, beyond - relaxed, 0.0)),
    )


def _pairs_within(C: Costs, lam: Doubles, most: Doubles, most_pairs: int) -> tuple[Indices, Indices, Floats] | None:
    """Sites, points and costs of the pairs with ``c_ij - lambda_i`` at most ``most[j]``; None when they are not few."""
    k, n = C.shape
    sites, points, costs, count = [], [], [], 0
    for rows in blocks(k, n):
        block = C.rows(rows)
        site, point = np.nonzero(np.maximum(block - lam, 0.0) <= most[rows, None])
        count += len(site)
        if count > most_pairs:
            return None
        sites.append(site + rows.start)
        points.append(point)
        costs.append(block[site, point])
    return np.concatenate(sites), np.concatenate(points), np.concatenate(costs)


def best_sites(
    program: LinearProgram, sites: int, *, gap: float, time_limit: float | None
) -> tuple[Indices | None, float]:
    """Solve a core program.

    Returns
    -------
    tuple
        The sites found, if any, and a bound on what the program holds: infinite when it is proven that
        nothing in it costs less than them by `gap` (or, where none were found, that it holds nothing).
    """
    engine = program.load(time_limit=time_limit, mip_rel_gap=0.0, mip_abs_gap=gap, mip_feasibility_tolerance=SOLVER)
    if run_engine(engine):
        raise KeyboardInterrupt
    proven = is_optimal(engine) or is_infeasible(engine)
    bound = np.inf if proven else float(engine.getInfo().mip_dual_bound)
    if not has_point(engine):
        return None, bound
    values = np.array(engine.getSolution().col_value)[:sites]
    return np.flatnonzero(values > 0.5), bound
