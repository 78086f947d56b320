"""Facility location with opening costs, with or without capacities, to proven optimality."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.certificate import Certificate, relative_gap
from capacity.engines.exact.facility_instance import prepare
from capacity.engines.exact.facility_search import Search
from capacity.engines.exact.linear import Doubles, Indices
from capacity.engines.exact.tolerances import PROOF
from capacity.errors import NoPlanError


def facility_location(
    fixed: npt.ArrayLike,
    cost: npt.ArrayLike,
    demand: npt.ArrayLike,
    capacity: npt.ArrayLike | None = None,
    *,
    single_source: bool = False,
    keep: Iterable[int] = (),
    forbid: Iterable[int] = (),
    time_limit: float | None = None,
) -> Certificate:
    """Open sites and serve all demand so that opening and serving cost least together.

    With ``y_j = 1`` where site j is open and ``x_ij`` the share of point i it serves::

        minimise    sum_j f_j y_j + sum_ij d_i c_ij x_ij
        subject to  sum_j x_ij = 1              for every point i
                    sum_i d_i x_ij <= K_j y_j   for every site j
                    x_ij <= y_j                 for every pair
                    y_j in {0, 1}, x_ij >= 0 (or in {0, 1} with `single_source`)

    Parameters
    ----------
    fixed : array_like, (m,)
        Cost of opening each site, not negative.
    cost : array_like, (n, m)
        Cost per unit of demand, not negative; ``numpy.inf`` where a site is out of reach.
    demand : array_like, (n,)
        Demand of each point, not negative.
    capacity : array_like, (m,), optional
        Most demand a site can serve; without it there are no limits.
    single_source : bool
        Whether each point is served by one site only.
    keep, forbid : iterable of int
        Sites that must be open, and that must stay closed.
    time_limit : float, optional
        Seconds after which the search stops.

    Returns
    -------
    Certificate
        ``assignment`` is the site of each point, (n,), without `capacity` or with `single_source`, and -1
        where there is no demand; otherwise shares, (n, m). ``status`` is ``optimal`` when the gap is proven
        to be 1e-7 at most, else ``feasible`` (time limit, Ctrl+C, or costs so far apart that linear programming
        cannot tell the small ones) with a bound that still holds.

    Raises
    ------
    ValueError
        For malformed arrays (every fault at once), or where demand cannot be served by all sites together.
    NoPlanError
        If the time limit passes before a solution is found.

    Notes
    -----
    Relaxing "every point is served" leaves one continuous knapsack a site and a choice of sites
    that can hold the demand [1]_ [2]_. Its bound, raised by the volume algorithm [4]_, opens and
    closes sites; what remains is split depth first. Every set of sites that is valued (by a
    transport problem) leaves the Benders cut of its duals, lifted to all sites [3]_: the cuts rank
    sets one change away from the best one for a local search, and finish a node, where the sets its
    bound leaves are listed and valued, lowest bound first, until no other can be better.
    Without capacities, where many sites stay open, branch and bound on the linear program of the sites and pairs that
    the bound leaves finishes (each point uses one site, so pairs may go); branch and cut (HiGHS) where 300 relaxations
    do not.
    With single sources the value of a set is a generalised assignment problem solved by HiGHS. Where that gives one up
    (more than 100 nodes of its tree) and there are more than 1,024 sets, the search begins again with a
    bound that fills each site by whole points [5]_, best bound first; what a node leaves when all its sites are decided
    is listed, site by site, as columns of a set-partitioning problem [6]_, whose linear program is sharpened by
    subset-row cuts and whose rest goes to branch and cut.

    A site is closed or opened only by what a bound proves. Shares are never fixed: an optimal share
    may be small. Each capacity holds within 1e-8 of itself, the tolerance of linear programming; a site that holds less
    than 1e-12 of a point does not serve it. Bounds owe nothing to that tolerance: they are arithmetic on multipliers,
    except that with single sources the value of a set, and without capacities what branch and cut has to finish, is
    what HiGHS proves of it (less 1e-8 of itself).

    Of sets whose objectives are equal (to 1e-9) the one with the fewest sites is returned, and of these,
    as by `p_median`, the one whose sites come first: (0, 3) before (1, 2).
    Where there are few sets (at most 1,024) all that tie are looked for, so there it is the first of all
    optimal sets. Larger problems return the first of those optimal sets that the search met: the same
    one in every run on one machine, but not always the first there is.

    References
    ----------
    .. [1] Cornuejols, Sridharan, Thizy (1991), A comparison of heuristics and relaxations for the
       capacitated plant location problem. European Journal of Operational Research 50(3).
    .. [2] Goertz, Klose (2012), A simple but usually fast branch-and-bound algorithm for the
       capacitated facility location problem. INFORMS Journal on Computing 24(4).
    .. [3] Fischetti, Ljubic, Sinnl (2016), Benders decomposition without separability: a
       computational study for capacitated facility location problems. European Journal of
       Operational Research 253(3).
    .. [4] Barahona, Anbil (2000), The volume algorithm: producing primal solutions with a subgradient
       method. Mathematical Programming 87(3).

    .. [5] Holmberg, Ronnqvist, Yuan (1999), An exact algorithm for the capacitated facility location problems with
       single sourcing. European Journal of Operational Research 113(3).
    .. [6] Baldacci, Hadjiconstantinou, Maniezzo, Mingozzi (2002), A new method for solving capacitated location
       problems based on a set partitioning approach. Computers & Operations Research 29(4).

    Examples
    --------
    Three towns, two sites that hold 10 each:

    >>> found = facility_location([5, 8], [[1, 4], [2, 2], [6, 1]], [4, 4, 4], [10, 10])
    >>> found.sites, found.objective, found.status
    ((0, 1), 29.0, 'optimal')
    """
    started = perf_counter()
    instance = prepare(fixed, cost, demand, capacity, keep, forbid, single=single_source, time_limit=time_limit)
    deadline = np.inf if time_limit is None else started + time_limit
    shape = (len(np.asarray(demand)), len(np.asarray(fixed)))
    search = Search(instance, deadline)
    search_until_stopped(search)
    if search.service is None:
        if search.complete:
            raise ValueError("No choice of sites can serve all demand within capacities and reach.")
        raise NoPlanError("No solution was found within the time limit.")
    return _certificate(search, shape, started, shared=capacity is not None and not single_source)


def search_until_stopped(search: Search) -> bool:
    """Run a search; True when Ctrl+C ended it with something found."""
    try:
        if len(search.instance.points):
            search.run()
        else:
            search.open_kept()
    except KeyboardInterrupt:
        if search.service is None:
            raise
        return True
    return False


def _certificate(search: Search, shape: tuple[int, int], started: float, *, shared: bool) -> Certificate:
    instance, objective = search.instance, search.value
    assert search.service is not None
    chosen = instance.columns[search.best]
    assignment: Indices | Doubles
    if shared:
        assignment = np.zeros(shape)
        assignment[np.ix_(instance.points, chosen)] = search.service.shares.T
    else:
        assignment = np.full(shape[0], -1, dtype=np.int64)
        if len(chosen):
            assignment[instance.points] = chosen[search.service.shares.argmax(axis=0)]
    bound = search.bound
    gap = relative_gap(objective, bound)
    return Certificate(
        sites=tuple(chosen.tolist()),
        assignment=assignment,
        objective=objective,
        bound=bound,
        gap=gap,
        status="optimal" if gap <= PROOF else "feasible",
        engine=search.method,
        seconds=perf_counter() - started,
    )
