"""The p-median problem, solved to proven optimality."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import perf_counter

import numpy as np
import numpy.typing as npt

from capacity.errors import NoPlanError, some
from capacity.exact.certificate import Certificate
from capacity.exact.p_median_instance import Doubles, Indices, Instance, prepare
from capacity.exact.p_median_pool import Pool
from capacity.exact.p_median_search import Search


def p_median(
    cost: npt.ArrayLike,
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
    cost : array_like, (n, m)
        ``cost[i, j]`` per unit of weight when point i uses site j; not negative. ``numpy.inf``
        where site j is out of reach of point i. Points and sites need not be the same places.
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
        For input that is malformed, or has no solution: p out of range, sites both kept and
        forbidden, or no p sites within reach of every point (then it is proven that there are
        none).
    NoPlanError
        If the time limit passes before any p sites within reach of every point are found.

    Notes
    -----
    Sets whose objectives are equal (to 1e-9) are ranked by their sites, lowest first. Problems
    with few sets (sets times points up to four million) are enumerated completely, so there the
    first of all optimal sets is returned. Larger problems return the first of those optimal sets
    that the search met: the same one in every run, but not always the first there is.

    Method: a swap search [1]_ [2]_ gives the incumbent; relaxing "one site per point" gives a bound
    by inspection [3]_ [4]_, raised by a deflected subgradient method [5]_ that closes and opens
    sites by their reduced costs and shrinks the matrix as it goes. What remains is split depth
    first on the site most often chosen by the relaxation; an opened site leaves the matrix and caps
    the multipliers of the points it serves. A node is finished by valuing all sets its bound leaves
    when they are few. Sums that prove something are taken in double precision over costs that are
    rounded down, never up, so no rounding can make a bound too high.

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
    .. [5] Camerini, Fratta, Maffioli (1975), On improving relaxation methods by modified gradient
       techniques. Mathematical Programming Study 3.

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
    table = _cost_table(cost)
    mass = _point_weights(weights, len(table))
    kept = _columns("keep", keep, table.shape[1])
    closed = _columns("forbid", forbid, table.shape[1])
    _check_counts(p, table.shape[1], kept, closed)
    _check_limits(time_limit, k_best)
    deadline = np.inf if time_limit is None else started + time_limit
    if not mass.any():
        mass = np.ones(len(table))
        table = np.zeros_like(table)
    instance = prepare(table, mass, p, kept, closed)
    _check_reach(instance, mass)
    search = Search(instance, Pool(instance, k_best), deadline)
    try:
        search.run()
        if not search.pool.entries:
            _find_reaching(instance, search.pool, deadline)
            search.run()
    except KeyboardInterrupt:
        if not search.pool.entries:
            raise
    return _certificate(search, table, started)
