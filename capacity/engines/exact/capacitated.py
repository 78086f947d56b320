"""The p-median problem with a greatest and a least load of each site."""

from __future__ import annotations

import math
from collections.abc import Iterable
from time import perf_counter

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.capacitated_bound import Bound, Instance, climbed
from capacity.engines.exact.certificate import Certificate, relative_gap
from capacity.engines.exact.checks import check_costs, check_count, check_shape, check_time, chosen_sites, refuse
from capacity.engines.exact.covering_program import cost_scale, solved
from capacity.engines.exact.covering_table import numbers_of
from capacity.engines.exact.facility_service import unit_of_cost
from capacity.engines.exact.linear import Bools, Doubles, Indices, LinearProgram
from capacity.engines.exact.tolerances import PROOF, SOLVER, TINY
from capacity.errors import NoPlanError


def capacitated_p_median(
    cost: npt.ArrayLike,
    demand: npt.ArrayLike,
    capacity: npt.ArrayLike,
    p: int,
    *,
    weights: npt.ArrayLike | None = None,
    least: npt.ArrayLike | None = None,
    single_source: bool = True,
    keep: Iterable[int] = (),
    forbid: Iterable[int] = (),
    time_limit: float | None = None,
) -> Certificate:
    """Open p sites and serve every point within their capacities, at least weighted cost.

    With ``y_j = 1`` where site j is open and ``x_ij`` the part of point i that it serves::

        minimise    sum_ij w_i c_ij x_ij
        subject to  sum_j x_ij = 1                          for every point i
                    l_j y_j <= sum_i d_i x_ij <= K_j y_j    for every site j
                    x_ij <= y_j                             for every pair
                    sum_j y_j = p
                    y_j = 1 for j in keep, y_j = 0 for j in forbid
                    x_ij in {0, 1} (or 0 <= x_ij <= 1 without `single_source`)

    Parameters
    ----------
    cost : array_like, (n, m)
        ``cost[i, j]`` per unit of weight when point i uses site j; not negative, ``numpy.inf`` out of reach.
    demand : array_like, (n,)
        What each point takes of a capacity, not negative.
    capacity : array_like, (m,) or one number
        Most that an open site can serve.
    p : int
        Number of sites to open, those in `keep` included.
    weights : array_like, (n,), optional
        Weight of each point in the cost, not negative; 1 each by default (as in the instances of [1]_), the demand
        where costs are per unit of it.
    least : array_like, (m,) or one number, optional
        Least that an open site has to serve; nothing by default.
    single_source : bool
        Whether each point is served by one site only.
    keep, forbid : iterable of int
        Columns that must be open, and that must stay closed.
    time_limit : float, optional
        Seconds after which the search stops.

    Returns
    -------
    Certificate
        ``assignment`` is the site of each point, (n,), or shares, (n, m), without `single_source`. ``status`` is
        ``optimal`` when the gap is proven to be 1e-7 at most (none at all where single sources have whole costs).

    Raises
    ------
    ValueError
        For malformed arrays (every fault at once), or where no p sites can serve everybody (then it is proven).
    NoPlanError
        If the time limit passes before a solution is found.

    Notes
    -----
    The Lagrangian bound with a continuous knapsack for each site [2]_, raised by the volume algorithm, closes sites
    and, where each point has one site, pairs; points are assigned by regret, moved and exchanged, and sites moved
    among what they serve [1]_. Branch and cut (HiGHS) finishes with what is left.

    References
    ----------
    .. [1] Osman, Christofides (1994), Capacitated clustering problems by hybrid simulated annealing and tabu search.
       International Transactions in Operational Research 1(3).
    .. [2] Ceselli, Righini (2005), A branch-and-price algorithm for the capacitated p-median problem. Networks 45(3).

    Examples
    --------
    Four places on a road; no site holds more than two of them.

    >>> import numpy as np
    >>> road = np.array([0.0, 1.0, 2.0, 9.0])
    >>> found = capacitated_p_median(abs(road[:, None] - road[None, :]), [1, 1, 1, 1], 2, 2)
    >>> found.sites, found.objective, found.status
    ((0, 3), 8.0, 'optimal')
    """
    started = perf_counter()
    deadline = np.inf if time_limit is None else started + time_limit
    table, instance, columns = _prepared(
        cost, demand, capacity, p, weights, least, keep, forbid, time_limit, single_source
    )
    search = _Search(instance, single_source, deadline)
    try:
        search.run()
    except KeyboardInterrupt:
        if not np.isfinite(search.value):
            raise
    if not np.isfinite(search.value):
        raise NoPlanError("No solution was found within the time limit.")
    sites, shares = columns[search.sites], search.shares
    objective, bound = search.value, min(search.bound, search.value)
    gap = relative_gap(objective, bound)
    assignment: Indices | Doubles = sites[shares.argmax(axis=0)]
    if not single_source:
        assignment = np.zeros(table.shape)
        assignment[:, sites] = shares.T
    return Certificate(
        sites=tuple(sites.tolist()),
        assignment=assignment,
        objective=objective,
        bound=bound,
        gap=gap,
        status="optimal" if gap <= PROOF else "feasible",
        engine=search.method,
        seconds=perf_counter() - started,
    )


def _prepared(
    cost: npt.ArrayLike,
    demand: npt.ArrayLike,
    capacity: npt.ArrayLike,
    p: int,
    weights: npt.ArrayLike | None,
    least: npt.ArrayLike | None,
    keep: Iterable[int],
    forbid: Iterable[int],
    time_limit: float | None,
    single: bool,
) -> tuple[Doubles, Instance, Indices]:
    """The table, the sites that may be open as an instance, and their columns; refuses all that is wrong at once."""
    table = np.asarray(cost, dtype=np.float64)
    check_shape(table)
    n, m = table.shape
    faults: list[str] = []
    check_costs(table, faults)
    need = numbers_of("demand", demand, n, "point", faults)
    most = numbers_of("capacity", _for_each(capacity, m), m, "site", faults)
    low = numbers_of("least", _for_each(0.0 if least is None else least, m), m, "site", faults)
    mass = numbers_of("weights", weights, n, "point", faults)
    kept, closed = chosen_sites(keep, forbid, m, faults)
    check_count(p, kept, closed, m, faults)
    check_time(time_limit, faults)
    refuse(faults)
    columns = np.setdiff1d(np.arange(m), closed)
    paid = np.where(np.isfinite(table), table, 0.0) * mass[:, None]
    paid[~np.isfinite(table)] = np.inf
    if single:
        paid[need[:, None] > most] = np.inf
    instance = Instance(
        paid=np.ascontiguousarray(paid[:, columns].T),
        demand=need,
        capacity=most[columns],
        least=low[columns],
        kept=np.isin(columns, kept),
        p=int(p),
    )
    return table, instance, columns


def _for_each(given: npt.ArrayLike, count: int) -> npt.ArrayLike:
    values = np.asarray(given, dtype=np.float64)
    return np.full(count, float(values)) if values.ndim == 0 else values


class _Search:
    """What is found and proven, readable at any moment.

    Attributes
    ----------
    sites : ndarray of int, (p,)
        The best sites found.
    shares : ndarray, (p, n)
        What each of them serves of each point.
    value, bound : float
        What that costs; no solution costs less than the bound.
    method : str
        What proved it.
    """

    def __init__(self, instance: Instance, single: bool, deadline: float) -> None:
        self._instance, self._single, self._deadline = instance, single, deadline
        self.sites: Indices = np.zeros(0, dtype=np.int64)
        self.shares: Doubles = np.zeros((0, len(instance.demand)))
        self.value, self.bound, self.method = np.inf, 0.0, "Lagrangian bound"
        paid = instance.paid[np.isfinite(instance.paid)]
        self._whole = single and bool((paid == np.rint(paid)).all())

    def run(self) -> None:
        """Bound, then finish with what the bound leaves."""
        if not np.isfinite(self._instance.paid).any(axis=0).all():
            raise ValueError("No site within reach of some point holds it.")
        found = climbed(
            self._instance,
            single=self._single,
            offer=self._offer,
            stop=lambda: perf_counter() > self._deadline or self.bound >= self.value,
        )
        self.bound = self._rounded(found.value)
        if self.bound < self.value:
            self._finish(found)

    def _rounded(self, bound: float) -> float:
        return math.ceil(bound - PROOF * max(1.0, abs(bound))) if self._whole and math.isfinite(bound) else bound

    def _offer(self, sites: Indices, which: Indices) -> float:
        """Take a solution: the sites, and which of them serves each point."""
        shares = np.zeros((len(sites), len(which)))
        shares[which, np.arange(len(which))] = 1.0
        self._keep(sites, shares)
        return self.value

    def _keep(self, sites: Indices, shares: Doubles) -> None:
        used = np.where(shares > 0.0, self._instance.paid[sites], 0.0)
        value = math.fsum((used * shares).sum(axis=1))
        if value < self.value:
            order = np.argsort(sites)
            self.sites, self.shares, self.value = sites[order], shares[order], value

    def _finish(self, found: Bound) -> None:
        """Branch and cut on the sites and pairs that any better solution may use."""
        instance, cutoff = self._instance, self.value
        pairs = np.isfinite(instance.paid)
        stays = np.ones(len(pairs), dtype=bool)
        if np.isfinite(cutoff):
            stays = found.value + found.over <= cutoff
            if self._single:
                pairs &= found.of_pairs() <= cutoff
        sites = np.flatnonzero(stays)
        scale = 1.0 if self._whole else unit_of_cost(np.where(pairs, instance.paid, np.inf)[sites])
        program, site, point = _core(instance, sites, pairs[sites], self._single, scale)
        left = None if np.isinf(self._deadline) else max(self._deadline - perf_counter(), 1e-3)
        values, bound = solved(program, scale, self._whole, left)
        if not self._whole:
            # Each point's share and each site may be mispriced by so much: small costs beside huge ones drown in it.
            bound -= scale * SOLVER * (len(instance.demand) + instance.p)
        self.method = "Lagrangian bound and branch and cut"
        if values is not None:
            opened = np.flatnonzero(values[: len(sites)] > 0.5)
            shares = np.zeros((len(sites), len(instance.demand)))
            shares[site, point] = values[len(sites) :]
            shares = np.round(shares) if self._single else np.where(shares < TINY, 0.0, shares)
            shares = shares[opened] / shares[opened].sum(axis=0)
            self._keep(sites[opened], shares)
        elif bound == np.inf and not np.isfinite(cutoff):
            raise ValueError(f"No {instance.p} sites can serve every point within their loads.")
        # What is not in the program costs more than the best solution before it.
        self.bound = max(self.bound, min(bound, cutoff))


def _core(
    instance: Instance, sites: Indices, pairs: Bools, single: bool, scale: float
) -> tuple[LinearProgram, Indices, Indices]:
    """The program of some sites and pairs: columns are the sites, then the pairs (site, point)."""
    k, n = len(sites), len(instance.demand)
    site, point = np.nonzero(pairs)
    columns = k + len(site)
    lower = np.zeros(columns)
    lower[:k] = instance.kept[sites]
    program = LinearProgram(
        cost=np.concatenate([np.zeros(k), instance.paid[sites[site], point] / scale]),
        lower=lower,
        upper=np.ones(columns),
        integer=np.full(columns, single) | (np.arange(columns) < k),
    )
    each, every = np.arange(len(site)), np.arange(k)
    program.add_rows(n, [(point, k + each, np.ones(len(site)))], 1.0, 1.0)
    program.add_rows(1, [(0 * every, every, np.ones(k))], float(instance.p), float(instance.p))
    unit = float(cost_scale(instance.demand))
    loads = (site, k + each, instance.demand[point] / unit)
    program.add_rows(k, [loads, (every, every, -instance.capacity[sites] / unit)], -np.inf, 0.0)
    if (instance.least > 0.0).any():
        program.add_rows(k, [loads, (every, every, -instance.least[sites] / unit)], 0.0, np.inf)
    program.add_rows(len(site), [(each, k + each, np.ones(len(site))), (each, site, -np.ones(len(site)))], -np.inf, 0.0)
    return program, site, point
