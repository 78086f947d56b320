"""The p-median problem, solved to proven optimality."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.certificate import Certificate, relative_gap
from capacity.engines.exact.checks import (
    check_costs,
    check_count,
    check_shape,
    check_time,
    chosen_sites,
    is_whole,
    refuse,
)
from capacity.engines.exact.p_median_costs import Doubles, Indices, blocks
from capacity.engines.exact.p_median_instance import Instance, Table, least_cost, nearest_site, prepare
from capacity.engines.exact.p_median_pool import Pool
from capacity.engines.exact.p_median_reach import Reach
from capacity.engines.exact.p_median_search import Search
from capacity.engines.linear.highs import new_engine, run_engine
from capacity.errors import NoPlanError, some

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix


def p_median(
    cost: npt.ArrayLike | spmatrix | sparray,
    p: int,
    *,
    weights: npt.ArrayLike | None = None,
    keep: Iterable[int] = (),
    forbid: Iterable[int] = (),
    time_limit: float | None = None,
    k_best: int = 1,
) -> Certificate:
    """Open p sites so that the weighted cost of the points to their nearest open site is least.

    With ``y_j = 1`` where site j is open and ``x_ij = 1`` where point i uses it::

        minimise    sum_ij w_i c_ij x_ij
        subject to  sum_j x_ij = 1          for every point i
                    x_ij <= y_j             for every pair
                    sum_j y_j = p
                    y_j = 1 for j in keep, y_j = 0 for j in forbid

    Parameters
    ----------
    cost : array_like or SciPy sparse matrix or array, (n, m)
        ``cost[i, j]`` per unit of weight when point i uses site j; not negative. ``numpy.inf``
        where site j is out of reach of point i, or a pair that a sparse matrix does not store (a
        zero that it does store is a cost). Points and sites need not be the same places.
    p : int
        Number of sites to open, those in `keep` included.
    weights : array_like, (n,), optional
        Weight of each point, not negative; 1 each by default. A point of weight zero costs nothing
        and need not be within reach of an open site.
    keep, forbid : iterable of int
        Columns that must be open, and that must stay closed.
    time_limit : float, optional
        Seconds after which the search stops; there is no limit by default.
    k_best : int
        How many different site sets to return; fewer when there are fewer.

    Returns
    -------
    Certificate
        ``assignment[i]`` is the open site nearest to point i (the lowest column of equals), -1
        where a point of weight zero reaches none. ``objective`` is computed from `cost` and
        `weights` in double precision. ``others`` holds the 2nd to k-th best sets.

        ``status`` is ``optimal`` when no other set is better than the ones returned: exactly so
        when all ``w_i c_ij`` are integers, otherwise up to 1e-6 of the objective. It is
        ``feasible`` when the time limit or Ctrl+C came first; ``bound`` then still holds for every
        solution, and ``others`` are the best found.

    Raises
    ------
    ValueError
        For input that is malformed (every fault at once), or has no solution: p out of range, sites both kept and
        forbidden, or no p sites within reach of every point (then it is proven that there are
        none).
    NoPlanError
        If the time limit passes before any p sites within reach of every point are found.

    Notes
    -----
    Sets whose objectives are equal (to 1e-9) are ranked by their sites, lowest first. Problems
    with few sets (sets times points up to four million) are enumerated completely, so there the
    first of all optimal sets is returned. Larger problems return the first of those optimal sets
    that the search met: the same one in every run on one machine, but not always the first there is.

    Method: a swap search [1]_ [2]_ gives the incumbent; relaxing "one site per point" gives a bound
    by inspection [3]_ [4]_, raised by the volume algorithm [5]_, which closes and opens
    sites by their reduced costs and shrinks the matrix as it goes. What remains is split depth
    first on the site of which the relaxation is least sure; an opened site leaves the matrix and caps
    the multipliers of the points it serves. Each multiplier moves in a unit of its own, its point's weight over the
    mean, so that a town and a village are equally far from where they should be after a step.
    A node is finished by valuing all sets its bound leaves
    when they are few, and by branch and bound on the linear program of the sites and pairs it leaves when many sites
    are to be chosen (fewer than forty: after 400 nodes) and one set is asked for: each relaxation begins where the one
    before ended, and its prices are multipliers whose bound is worked out anew. Branch and cut (HiGHS) takes over where
    300 relaxations do not settle it.
    Sums that prove something are taken in double precision over costs that are
    rounded down, never up, so no rounding can make a bound too high.

    Above a million pairs of points and sites, where more than twenty sites are to be chosen, and of a sparse matrix,
    the bound and the swap search look at lists only: the nearest sites of each point, five times as many as it would
    have to itself if all sites served alike. As long as no multiplier is above the cost of the first pair that is not
    listed [6]_ [7]_ the bound is that of the whole table; multipliers that press against it get longer lists, and are
    held down otherwise, which leaves the bound a bound. Better sets are then searched by a small program of what costs
    little more than the bound, where one site in seven is to open, or among the sites of all sets met and those the
    relaxation uses most [8]_. Exactness rests on nothing of this: what the lists leave is finished with
    the whole costs of the sites in question.

    References
    ----------
    .. [1] Teitz, Bart (1968), Heuristic methods for estimating the generalized vertex median of a
       weighted graph. Operations Research 16(5).
    .. [2] Whitaker (1983), A fast algorithm for the greedy interchange of large-scale clustering
       and median location problems. INFOR 21(2).
    .. [3] Cornuejols, Fisher, Nemhauser (1977), Location of bank accounts to optimize float.
       Management Science 23(8).
    .. [4] Beasley (1993), Lagrangean heuristics for location problems. European Journal of
       Operational Research 65(3).
    .. [5] Barahona, Anbil (2000), The volume algorithm: producing primal solutions with a subgradient
       method. Mathematical Programming 87(3).
    .. [6] Avella, Sassano, Vasil'ev (2007), Computational study of large-scale p-median problems. Mathematical
       Programming 109(1).
    .. [7] Garcia, Labbe, Marin (2011), Solving large p-median problems with a radius formulation. INFORMS Journal on
       Computing 23(4).
    .. [8] Rosing, ReVelle (1997), Heuristic concentration: two stage solution construction. European Journal of
       Operational Research 97(1).

    Examples
    --------
    Four places on a road at kilometres 0, 1, 5 and 6; two of them get a site.

    >>> import numpy as np
    >>> road = np.array([0.0, 1.0, 5.0, 6.0])
    >>> found = p_median(abs(road[:, None] - road[None, :]), 2)
    >>> found.sites, found.objective, found.status
    ((0, 2), 2.0, 'optimal')
    """
    started = perf_counter()
    table, mass, kept, closed = _checked(cost, p, weights, keep, forbid, time_limit, k_best)
    deadline = np.inf if time_limit is None else started + time_limit
    # Where no point counts every set costs nothing: one point that has no way to go.
    counted, weighing = (table, mass) if mass.any() else (np.zeros((1, table.shape[1])), np.ones(1))
    instance = prepare(counted, weighing, int(p), kept, closed)
    _check_reach(instance, mass)
    search = Search(instance, Pool(instance, int(k_best)), deadline)
    try:
        search.run()
        if not search.pool.entries:
            _find_reaching(instance, search.pool, deadline)
            search.run()
    except KeyboardInterrupt:
        if not search.pool.entries:
            raise
    return _certificate(search, table, started)


def _cost_table(cost: Any) -> Table:
    sparse = hasattr(cost, "tocsc")
    given = cost if sparse else np.asarray(cost)
    check_shape(given)
    if sparse:
        return Reach.of(given)
    # Single precision stays as it is: all its numbers are numbers in double precision.
    table: Table = given if given.dtype == np.float32 else np.asarray(given, dtype=np.float64)
    return table


def _checked(
    cost: Any,
    p: int,
    weights: npt.ArrayLike | None,
    keep: Iterable[int],
    forbid: Iterable[int],
    time_limit: float | None,
    k_best: int,
) -> tuple[Table, Doubles, tuple[int, ...], tuple[int, ...]]:
    """Costs, weights, sites to keep and to forbid; refuses all that is wrong at once."""
    table = _cost_table(cost)
    points, sites = table.shape
    faults: list[str] = []
    numbers = table.cost if isinstance(table, Reach) else table
    check_costs(numbers, faults)
    mass = np.ones(points) if weights is None else np.asarray(weights, dtype=np.float64)
    if mass.shape != (points,) or not np.isfinite(mass).all() or (mass < 0).any():
        faults.append(f"weights are {points} finite numbers, not negative.")
    kept, closed = chosen_sites(keep, forbid, sites, faults)
    check_count(p, kept, closed, sites, faults)
    check_time(time_limit, faults)
    if not (is_whole(k_best) and k_best >= 1):
        faults.append("k_best is a whole number, at least 1.")
    refuse(faults)
    return table, mass, kept, closed


def _check_reach(instance: Instance, mass: Doubles) -> None:
    """Refuse a point that no site that may be opened can reach."""
    allowed = [*instance.keep, *instance.sites.tolist()]
    cost = instance.cost
    if isinstance(cost, Reach):
        lost = np.bincount(cost.within(allowed)[0], minlength=len(cost)) == 0
    else:
        lost = np.concatenate([~np.isfinite(cost[rows][:, allowed]).any(axis=1) for rows in blocks(*cost.shape)])
    if lost.any():
        points = np.flatnonzero(mass > 0)[lost]
        raise ValueError(f"No site within reach of the points {some(points.tolist())}.")


def _find_reaching(instance: Instance, pool: Pool, deadline: float) -> None:
    """Find any p sites within reach of every point, or prove that there are none (a covering MIP)."""
    import highspy

    n, k = len(instance.cost), len(instance.sites)
    uncovered = ~np.isfinite(least_cost(instance.cost, instance.keep)) if instance.keep else np.ones(n, dtype=bool)
    point, site = _within_reach(instance.cost, instance.sites)
    site, row = site[uncovered[point]], (np.cumsum(uncovered) - 1)[point[uncovered[point]]]
    rows = int(uncovered.sum())
    order = np.argsort(row, kind="stable")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = k, rows + 1
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(k), np.zeros(k), np.ones(k)
    lp.row_lower_ = np.append(np.ones(rows), instance.p)
    lp.row_upper_ = np.append(np.full(rows, highspy.kHighsInf), instance.p)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.append(np.bincount(row, minlength=rows), k))])
    lp.a_matrix_.index_ = np.concatenate([site[order], np.arange(k)])
    lp.a_matrix_.value_ = np.ones(len(site) + k)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * k
    engine = new_engine(time_limit=deadline - perf_counter() if np.isfinite(deadline) else None)
    engine.passModel(lp)
    if run_engine(engine):
        raise KeyboardInterrupt
    if engine.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        raise ValueError(f"No {instance.p + len(instance.keep)} sites are within reach of every point.")
    chosen = np.flatnonzero(np.array(engine.getSolution().col_value) > 0.5)
    if len(chosen) != instance.p or not np.isfinite(pool.offer(chosen)):
        raise NoPlanError("No sites within reach of every point were found within the time limit.")


def _within_reach(table: Table, sites: Indices) -> tuple[Indices, Indices]:
    """Points and sites (which of `sites`) of the pairs within reach."""
    if isinstance(table, Reach):
        return table.within(sites)
    point, site = np.nonzero(np.isfinite(table[:, sites]))
    return point, site


def _certificate(search: Search, table: Table, started: float) -> Certificate:
    entries = search.pool.entries
    if not entries:
        raise NoPlanError("No sites within reach of every point were found within the time limit.")
    objective, sites = entries[0]
    bound = objective if search.complete and search.instance.integer else min(search.bound, objective)
    return Certificate(
        sites=sites,
        assignment=nearest_site(table, sites),
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        status="optimal" if search.complete else "feasible",
        engine=search.method,
        seconds=perf_counter() - started,
        others=tuple(entries[1:]),
    )
