"""What others do with the same instance, each a process: ``python -m benchmarks.peers spopt pmed6``.

The peers are those of the extra ``[bench]``, plain PuLP, and the extensive form in HiGHS. Each prints one JSON
object, as `benchmarks.jobs` does; the CPU seconds hold the building of the peer's model and its solution.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from benchmarks import instances
from benchmarks.jobs import Said, timed


def spopt(name: str) -> Said:
    """spopt's p-median model, solved by HiGHS through PuLP."""
    import pulp
    from spopt.locate import PMedian

    cost, p = instances.pmed(name)
    said: Said = {}
    with timed(said):
        model = PMedian.from_cost_matrix(cost, np.ones(len(cost)), p_facilities=p)
        model = model.solve(pulp.HiGHS(msg=False))
    return said | {"objective": float(pulp.value(model.problem.objective))}


def pbp(name: str) -> Said:
    """pbp-pmedian, the fastest open p-median code found."""
    import pbp_pmedian

    cost, p = instances.pmed(name)
    said: Said = {}
    with timed(said):
        value, _, _, status, engine = pbp_pmedian.solve(cost, p)
    return said | {"objective": float(value), "status": status, "engine": engine}


def textbook(fixed: Any, cost: Any, demand: Any, room: Any, limit: float | None = None) -> Said:
    """The textbook capacitated model in plain PuLP with HiGHS."""
    import pulp

    points, sites = range(len(demand)), range(len(fixed))
    said: Said = {}
    with timed(said):
        problem = pulp.LpProblem("cap", pulp.LpMinimize)
        y = [pulp.LpVariable(f"y{j}", cat="Binary") for j in sites]
        x = [[pulp.LpVariable(f"x{i}_{j}", 0, 1) for j in sites] for i in points]
        problem += pulp.lpSum(fixed[j] * y[j] for j in sites) + pulp.lpSum(
            demand[i] * cost[i, j] * x[i][j] for i in points for j in sites
        )
        for i in points:
            problem += pulp.lpSum(x[i]) == 1
        for j in sites:
            problem += pulp.lpSum(demand[i] * x[i][j] for i in points) <= room[j] * y[j]
            for i in points:
                problem += x[i][j] <= y[j]
        problem.solve(pulp.HiGHS(msg=False, timeLimit=limit))
    return said | {"objective": float(pulp.value(problem.objective)), "sol_status": problem.sol_status}


def pulp_cap(name: str, capacity: str = "", limit: str = "") -> Said:
    """One case of the cap files in plain PuLP."""
    arrays = instances.cap(name, float(capacity) if capacity else None)
    return textbook(*arrays, limit=float(limit) if limit else None)


def pulp_cap_all() -> Said:
    """All 37 small files in plain PuLP."""
    parts = [pulp_cap(name) for name in instances.SMALL_CAP]
    return {"cpu": sum(p["cpu"] for p in parts), "wall": sum(p["wall"] for p in parts)}


def extensive(scenarios: str, limit: str = "") -> Said:
    """The extensive form of the stochastic problem as arrays in HiGHS."""
    import highspy
    from scipy.sparse import coo_array

    fixed, capacity, cost, demand, unserved = instances.stochastic(int(scenarios))
    (n, m), count = cost.shape, len(demand)
    said: Said = {}
    with timed(said):
        pairs = n * m
        width = m + count * (pairs + n)
        objective = np.concatenate([fixed, *([np.append(cost.ravel(), np.full(n, unserved)) / count] * count)])
        rows, columns, values, low, high = [], [], [], [], []
        at = 0
        point, site = (k.ravel() for k in np.indices((n, m)))
        for s in range(count):
            start = m + s * (pairs + n)
            flow, short = start + np.arange(pairs), start + pairs + np.arange(n)
            rows += [at + point, at + np.arange(n)]
            columns += [flow, short]
            values += [np.ones(pairs), np.ones(n)]
            low.append(demand[s]), high.append(demand[s])
            at += n
            rows += [at + site, at + np.arange(m)]
            columns += [flow, np.arange(m)]
            values += [np.ones(pairs), -capacity]
            low.append(np.full(m, -np.inf)), high.append(np.zeros(m))
            at += m
            rows += [at + np.arange(pairs)] * 2
            columns += [flow, site]
            values += [np.ones(pairs), -np.minimum(capacity[site], demand[s][point])]
            low.append(np.full(pairs, -np.inf)), high.append(np.zeros(pairs))
            at += pairs
        table = coo_array(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(at, width)
        ).tocsc()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = width, at
        lp.col_cost_, lp.col_lower_ = objective, np.zeros(width)
        lp.col_upper_ = np.append(np.ones(m), np.full(width - m, np.inf))
        lp.row_lower_, lp.row_upper_ = np.concatenate(low), np.concatenate(high)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = table.indptr, table.indices, table.data
        lp.integrality_ = [highspy.HighsVarType.kInteger] * m + [highspy.HighsVarType.kContinuous] * (width - m)
        engine = highspy.Highs()
        engine.setOptionValue("output_flag", False)
        engine.setOptionValue("mip_rel_gap", 1e-4)
        if limit:
            engine.setOptionValue("time_limit", float(limit))
        engine.passModel(lp)
        engine.run()
        info = engine.getInfo()
    known = instances.STOCHASTIC.get(count)
    return said | {"objective": info.objective_function_value, "gap": info.mip_gap, "known": known}


def pulp_model() -> Said:
    """The same kind of planning model, a twentieth of it, written in PuLP."""
    import pulp

    from benchmarks.model import built
    from capacity.engines.linear.solvers import in_pulp

    linear = built(500, 100, 1)
    said: Said = {}
    with timed(said):
        in_pulp(pulp, linear, int(pulp.__version__.split(".")[0]) >= 4)
    return said | {"columns": len(linear.cost)}


PEERS: dict[str, Any] = {f.__name__: f for f in (spopt, pbp, pulp_cap, pulp_cap_all, extensive, pulp_model)}


def main() -> None:
    """Run the peer that the arguments name."""
    name, *arguments = sys.argv[1:]
    print(json.dumps(PEERS[name](*arguments)))


if __name__ == "__main__":
    main()
