"""Two-stage stochastic facility location, solved to a proven gap."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from time import perf_counter

import numpy as np
import numpy.typing as npt

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.exact.certificate import Certificate, relative_gap
from capacity.engines.exact.checks import check_costs, check_time, chosen_sites
from capacity.engines.exact.stochastic_assignment import Assignment
from capacity.engines.exact.stochastic_instance import BlockSource, Demand, Instance
from capacity.engines.exact.stochastic_regret import Bests, solve_one
from capacity.engines.exact.stochastic_risk import RISKS, Measure, Risk
from capacity.engines.exact.stochastic_search import MANY, Search
from capacity.engines.exact.tolerances import LEAST_GAP, LEAST_VALUE
from capacity.errors import some

LEARNING_GAP = 1e-3
"""Within which a rough search is ended, whose prices and sites the real one starts from."""

SAMPLE_GAP = 5e-3
"""Within which a sample is solved for its prices."""

SAMPLE = 1_000
"""Scenarios of the sample that is looked at first where there are very many."""


def stochastic_facility_location(
    fixed: npt.ArrayLike,
    capacity: npt.ArrayLike,
    cost: npt.ArrayLike,
    demand_scenarios: npt.ArrayLike | Iterable[npt.ArrayLike] | BlockSource,
    probabilities: npt.ArrayLike | None,
    unserved: npt.ArrayLike,
    *,
    risk: Risk = "expected",
    level: float = 0.9,
    keep: Iterable[int] = (),
    forbid: Iterable[int] = (),
    time_limit: float | None = None,
    gap: float = 1e-4,
    executor: Executor | None = None,
) -> Certificate:
    """Open sites now, serve the demand once it is known, so that cost under risk is least.

    With ``y_j = 1`` where site j is open, and for each scenario s the flow ``x_ij`` from point i to
    site j and what is left unserved ``q_i``::

        minimise    f @ y + risk over s of Q_s(y)
        Q_s(y) =    min  sum_ij c_ij x_ij + sum_i g_i q_i
                    s.t. sum_j x_ij + q_i = d_si,  sum_i x_ij <= K_j y_j,  x_ij <= d_si y_j

    Parameters
    ----------
    fixed, capacity : array_like, (m,)
        Cost of opening each site, and the demand it can carry (infinite for no limit).
    cost : array_like, (n, m)
        ``cost[i, j]`` per unit of point i's demand served at site j, not negative; ``numpy.inf``
        out of reach.
    demand_scenarios : array_like (S, n), iterable of such blocks, or callable
        ``demand_scenarios[s, i]``. Blocks of an iterable are kept as they come. A callable is given
        k = 0, 1, 2, ... and returns the k-th block, the same whenever it is asked, or None after the
        last; then no more than one block is held at a time.
    probabilities : array_like (S,) or None
        Sum to one; equal where None.
    unserved : float or array_like (n,)
        Price of a unit of demand that is not served: finite, so that every set of sites has a cost.
    risk : {"expected", "worst_case", "regret", "cvar"}
        ``regret`` is the cost beyond what each scenario alone would allow, in the worst scenario (that
        is then the objective; below a thousandth of the cost, `gap` is a part of that thousandth).
        ``cvar`` is the mean of the worst ``1 - level`` of the scenarios. Scenarios without probability
        do not count.
    level : float
        Of ``cvar``, from 0 to below 1.
    keep, forbid : iterable of int
        Columns that must be open, and that must stay closed.
    time_limit : float, optional
        Seconds. One set of sites is always evaluated, so a very short limit is overrun.
    gap : float
        Proof asked, as a part of the objective.
    executor : concurrent.futures.Executor, optional
        Runs the work on blocks of scenarios: a process pool, or ``client.get_executor()`` of a Dask
        client. The answer does not depend on it.

    Returns
    -------
    Certificate
        Each scenario has its own assignment: ``assignment[s]`` are the shares (n, m) of scenario s, worked
        out (a transport problem) when they are asked for, since all of them together would be too large
        to hold; what a row lacks to one is not served. ``for shares in found.assignment`` goes through
        all. ``bound`` holds for every set of sites;
        ``status`` is ``feasible`` when a limit or Ctrl+C came before the gap was proven, or where prices and
        costs lie too far apart for that.

    Raises
    ------
    ValueError
        For input that is malformed: every fault at once.

    Notes
    -----
    Benders' decomposition [1]_. Scenarios differ in right-hand sides only, so the dual prices of any
    of them bound the recourse of all; one matrix product finds the best known prices of each
    scenario. LPs are solved for cluster means while the relaxation moves (they bound, the recourse
    being convex in the demand [2]_), and for all scenarios only at the few sets of sites that may be
    the best, hot-started one from the next. Cuts are added up over groups of scenarios; sites are
    settled by their reduced costs. ``cvar`` uses the formulation of [3]_; ``regret`` works out the
    best of a single scenario only where it may decide. Every cut is arithmetic on prices that are
    feasible by construction, so no solver tolerance can make the bound wrong; cuts are lowered by what
    their sums may be off by, the master's own bound by 1e-8 of itself. Each scenario is counted in its own unit;
    one whose prices do not prove its value, or whose flows break a row by more than is worth nothing, is solved
    by successive shortest paths.

    Memory is one block of scenarios, the price vectors (some hundreds), and for each scenario a few
    numbers: its probability, cluster and value, and a price for each open site.

    References
    ----------
    .. [1] Van Slyke, Wets (1969), L-shaped linear programs with applications to optimal control and
       stochastic programming. SIAM Journal on Applied Mathematics 17(4).
    .. [2] Birge, Wets (1986), Designing approximation schemes for stochastic optimization problems.
       Mathematical Programming Study 27.
    .. [3] Rockafellar, Uryasev (2000), Optimization of conditional value-at-risk. Journal of Risk 2(3).

    Examples
    --------
    Two towns, a site in each. Demand is 4 and 1 or 1 and 4; a unit opened costs 3, a woman sent to the
    other town 1, one not served 10. One unit for all is cheaper than two, if it is large enough.

    >>> import numpy as np
    >>> found = stochastic_facility_location(
    ...     [3, 3], [9, 9], [[0, 1], [1, 0]], np.array([[4, 1], [1, 4]]), None, 10)
    >>> found.sites, round(found.objective, 6), found.status
    ((0,), 5.5, 'optimal')
    """
    started = perf_counter()
    deadline = np.inf if time_limit is None else started + time_limit
    instance, demand = _prepared(
        fixed,
        capacity,
        cost,
        demand_scenarios,
        probabilities,
        unserved,
        keep,
        forbid,
        _settings(risk, level, time_limit, gap),
    )
    measure = Measure(risk=risk, level=level)
    columns = np.shape(cost)[1]
    if demand.count == 1:
        return _one_scenario(instance, demand, measure, gap, deadline, started, columns)
    search = Search(instance, demand, measure, gap=gap, deadline=deadline, executor=executor)
    try:
        if risk == "regret":
            search = _for_regret(search, gap, deadline, executor)
        elif demand.count > MANY:
            _learn_from_sample(search)
        search.run()
    except KeyboardInterrupt:
        if search.best is None:
            raise
    assert search.best is not None
    assignment = Assignment(instance, demand, search.best, columns)
    return _certificate(
        instance,
        search.best,
        search.objective,
        search.bound,
        search.closed,
        started,
        "Benders, shared dual prices",
        assignment,
    )


def _learn_from_sample(search: Search) -> None:
    """Take over the prices found for a sample, so that all scenarios are solved at fewer sets of sites."""
    sample = search.demand.sample
    wanted = max(SAMPLE, search.demand.count // 25)
    few = Demand(sample[:: -(-len(sample) // wanted)], search.demand.points, None)
    rough = Search(
        search.instance,
        few,
        search.measure,
        gap=max(search.gap, SAMPLE_GAP),
        deadline=search.deadline,
        executor=search.executor,
    )
    rough.run()
    assert rough.best is not None
    rough.evaluate(rough.best)
    used = rough.pool.won
    search.pool.add(rough.pool.u[used], rough.pool.v[used])


def _for_regret(search: Search, gap: float, deadline: float, executor: Executor | None) -> Search:
    """A search for least regret, from the prices and the sites of a rough one for the expected value."""
    instance, demand = search.instance, search.demand
    rough = Search(
        instance, demand, Measure(risk="expected"), gap=max(gap, LEARNING_GAP), deadline=deadline, executor=executor
    )
    rough.run()
    assert rough.best is not None
    bests = Bests(instance, demand, rough.transport, deadline)
    bests.learn(rough.recourse + float(instance.fixed[rough.best].sum()))
    ready = Search(
        instance, demand, search.measure, gap=gap, deadline=deadline, executor=executor, pool=rough.pool, bests=bests
    )
    ready.evaluate(rough.best)
    return ready


def _one_scenario(
    instance: Instance, demand: Demand, measure: Measure, gap: float, deadline: float, started: float, columns: int
) -> Certificate:
    """With one scenario nothing is shared: it is solved as it is."""
    only = demand.scenarios(np.zeros(1, dtype=np.int64))[0]
    objective, bound, y, _ = solve_one(instance, only, deadline)
    if not np.isfinite(objective):
        y[instance.keep] = 1.0
        objective = Search(instance, demand, Measure(risk="expected"), gap=gap, deadline=deadline).evaluate(y > 0.5)
    bound = min(max(bound, float(np.minimum(instance.fixed, 0.0).sum())), objective)
    closed = objective - bound <= gap * max(abs(objective), LEAST_VALUE)
    if measure.risk == "regret":
        objective, bound = 0.0 if closed else objective - bound, 0.0
    assignment = Assignment(instance, demand, y > 0.5, columns)
    return _certificate(instance, y > 0.5, objective, bound, closed, started, "facility location", assignment)


def _certificate(
    instance: Instance,
    opened: Bools,
    objective: float,
    bound: float,
    closed: bool,
    started: float,
    engine: str,
    assignment: Assignment,
) -> Certificate:
    bound = min(bound, objective)
    return Certificate(
        sites=tuple(instance.sites[opened].tolist()),
        assignment=assignment,
        objective=objective * instance.scale,
        bound=bound * instance.scale,
        gap=relative_gap(objective, bound),
        status="optimal" if closed else "feasible",
        engine=engine,
        seconds=perf_counter() - started,
    )


# --- input ----------------------------------------------------------------------------------------


def _settings(risk: str, level: float, time_limit: float | None, gap: float) -> list[str]:
    faults = []
    if risk not in RISKS:
        faults.append(f"risk is one of {some(RISKS)}; not {risk!r}.")
    if not 0 <= level < 1:
        faults.append("level is a number from 0 to below 1.")
    check_time(time_limit, faults)
    if not LEAST_GAP <= gap < 1:
        faults.append(f"gap is a number from {LEAST_GAP:g} to below 1.")
    return faults


def _prepared(
    fixed: npt.ArrayLike,
    capacity: npt.ArrayLike,
    cost: npt.ArrayLike,
    demand_scenarios: npt.ArrayLike | Iterable[npt.ArrayLike] | BlockSource,
    probabilities: npt.ArrayLike | None,
    unserved: npt.ArrayLike,
    keep: Iterable[int],
    forbid: Iterable[int],
    faults: list[str],
) -> tuple[Instance, Demand]:
    table = np.asarray(cost, dtype=np.float64)
    if table.ndim != 2 or 0 in table.shape:
        faults.append(f"cost is a table of points by sites, at least one of each; its shape is {table.shape}.")
        raise ValueError("\n".join(faults))
    n, m = table.shape
    check_costs(table, faults)
    f, K = np.asarray(fixed, dtype=np.float64), np.asarray(capacity, dtype=np.float64)
    if f.shape != (m,) or not np.isfinite(f).all():
        faults.append(f"fixed is {m} finite numbers, one for each site.")
    if K.shape != (m,) or np.isnan(K).any() or (K < 0).any():
        faults.append(f"capacity is {m} numbers, not negative, one for each site.")
    g = np.asarray(unserved, dtype=np.float64)
    if g.shape not in ((), (n,)) or not np.isfinite(g).all() or (g < 0).any():
        faults.append(f"unserved is a finite price, not negative: one number, or {n}.")
    kept_open, closed = chosen_sites(keep, forbid, m, faults)
    if len(set(closed)) == m:
        faults.append("forbid leaves no site.")
    try:
        demand = Demand(demand_scenarios, n, probabilities)
    except ValueError as fault:
        faults.append(str(fault))
    if faults:
        raise ValueError("\n".join(faults))
    sites: Ints = np.setdiff1d(np.arange(m), closed)
    prices, table = np.broadcast_to(g, n) * demand.unit, table * demand.unit
    # Leaving everybody unserved costs less than such a site, which would only blur the others.
    dear = (f > demand.largest_total * float(prices.max())) & ~np.isin(np.arange(m), kept_open)
    if not dear[sites].all():
        sites = sites[~dear[sites]]
    scale = _scale(f[sites], table[:, sites], prices, demand.mean)
    instance = Instance(
        fixed=f[sites] / scale,
        capacity=np.minimum(K[sites] / demand.unit, demand.largest_total),
        cost=table[:, sites] / scale,
        unserved=prices / scale,
        sites=sites,
        keep=np.searchsorted(sites, np.array(kept_open, dtype=np.int64)),
        scale=scale,
    )
    return instance, demand


def _scale(fixed: Floats, cost: Floats, unserved: Floats, mean: Floats) -> float:
    """A power of two that brings the objective to some thousands, where HiGHS's tolerances are small.

    What one site would cost that holds everybody, or nothing at all where that is less.
    """
    given = float(np.minimum(fixed, 0.0).sum())
    nothing = float(mean @ unserved)
    one = float((np.maximum(fixed, 0.0) + mean @ np.minimum(cost, unserved[:, None])).min())
    size = max(-given, min(one, nothing) or nothing)
    return float(2.0 ** round(np.log2(size / 1e4))) if size > 0 else 1.0
