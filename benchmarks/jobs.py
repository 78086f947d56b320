"""The jobs of the table of targets, each a process: ``python -m benchmarks.jobs pmed pmed40``.

Each prints one JSON object: what was found, the best value known, and the CPU seconds of the work itself
(reading the instance and importing the library left out).
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from benchmarks import instances

Said = dict[str, Any]


@contextmanager
def timed(said: Said) -> Iterator[None]:
    """Add the CPU and wall seconds of what is done inside."""
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    said["cpu"] = said.get("cpu", 0.0) + time.process_time() - cpu
    said["wall"] = said.get("wall", 0.0) + time.perf_counter() - wall


def told(found: Any, best: float | None) -> Said:
    """A certificate beside the best value known; a wrong one ends the run."""
    if best is not None:
        slack = 1e-6 * abs(best)
        assert found.bound <= best + slack, f"a wrong bound: {found.bound} above {best}"
        assert found.status != "optimal" or found.objective <= best + slack, "not the optimum, though called so"
    return {"objective": found.objective, "bound": found.bound, "gap": found.gap, "status": found.status, "known": best}


# --- ours ----------------------------------------------------------------------------------------


def pmed(name: str, limit: str = "120") -> Said:
    """One OR-Library p-median file."""
    from capacity.exact import p_median

    cost, p = instances.pmed(name)
    said: Said = {}
    with timed(said):
        found = p_median(cost, p, time_limit=float(limit))
    return said | told(found, instances.pmed_optima()[name])


def pmed_all(limit: str = "60") -> Said:
    """All forty files, one after the other."""
    parts = {f"pmed{k}": pmed(f"pmed{k}", limit) for k in range(1, 41)}
    slowest = max(parts, key=lambda name: parts[name]["cpu"])
    return {
        "cpu": sum(p["cpu"] for p in parts.values()),
        "slowest": slowest,
        "slowest_cpu": parts[slowest]["cpu"],
        "proven": sum(p["status"] == "optimal" for p in parts.values()),
        "of": len(parts),
        "open": [name for name, p in parts.items() if p["status"] != "optimal"],
    }


def rl1304(p: str, limit: str = "120") -> Said:
    """The TSPLIB point set rl1304."""
    from capacity.exact import p_median

    cost = instances.rl1304()
    said: Said = {}
    with timed(said):
        found = p_median(cost, int(p), time_limit=float(limit))
    return said | told(found, float(instances.RL1304[int(p)]))


def cap_all() -> Said:
    """The 37 small capacitated files."""
    from capacity.exact import facility_location

    optima, said, worst = instances.cap_optima(), Said(), 0.0
    for name in instances.SMALL_CAP:
        arrays, best = instances.cap(name), optima[name, None]
        with timed(said):
            found = facility_location(*arrays)
        told(found, best)
        assert found.status == "optimal", name
        worst = max(worst, abs(found.objective - best) / best)
    return said | {"files": len(instances.SMALL_CAP), "largest_error": worst}


def cap(name: str, capacity: str, limit: str = "300") -> Said:
    """One case of capa, capb or capc."""
    from capacity.exact import facility_location

    arrays, said = instances.cap(name, float(capacity)), Said()
    with timed(said):
        found = facility_location(*arrays, time_limit=float(limit))
    return said | told(found, instances.cap_optima()[name, float(capacity)])


def stochastic(scenarios: str, risk: str = "expected", workers: str = "0") -> Said:
    """The generated two-stage problem of 98 points and 40 sites, on that many processes (0: in this one)."""
    from concurrent.futures import ProcessPoolExecutor

    from capacity.exact import stochastic_facility_location

    count, said = int(scenarios), Said()
    fixed, capacity, cost, demand, unserved = instances.stochastic(count)
    pool: Any = ProcessPoolExecutor(int(workers)) if int(workers) else nullcontext()
    with pool as executor, timed(said):
        found = stochastic_facility_location(
            fixed,
            capacity,
            cost,
            demand,
            None,
            unserved,
            risk=risk,  # type: ignore[arg-type]  # from the line
            executor=executor if isinstance(executor, Executor) else None,
        )
    best = instances.STOCHASTIC.get(count) if risk == "expected" else None
    if best is not None:
        # The values known are themselves proven to 1e-4 only.
        assert found.bound <= best * (1 + 1e-5), "a wrong bound"
    return said | {"objective": found.objective, "gap": found.gap, "status": found.status, "known": best}


def streamed(scenarios: str, block: str = "2000") -> Said:
    """The same in blocks that are made when they are asked for, never held together."""
    from capacity.exact import stochastic_facility_location

    said, size = Said(), int(block)
    blocks = math.ceil(int(scenarios) / size)
    fixed, capacity, cost, _, unserved = instances.stochastic(1)

    def demand(k: int) -> np.ndarray | None:
        if k >= blocks:
            return None
        rng = np.random.default_rng([1, k])
        common = rng.normal(1, 0.10, size)[:, None]
        base = np.random.default_rng(0).uniform(20, 180, cost.shape[0])
        return np.maximum(0, base[None] * common * rng.lognormal(0, 0.25, (size, cost.shape[0])))

    with timed(said):
        found = stochastic_facility_location(fixed, capacity, cost, demand, None, unserved)
    return said | {"objective": found.objective, "gap": found.gap, "status": found.status, "scenarios": blocks * size}


def five_of_forty() -> Said:
    """The ten best sets of 5 of 40 sites for 100 points, certified; the first call's imports left out."""
    from capacity.exact import p_median

    rng = np.random.default_rng(0)
    points, sites = rng.random((100, 2)), rng.random((40, 2))
    cost = np.sqrt(((points[:, None] - sites[None]) ** 2).sum(axis=2))
    p_median(cost[:20, :8], 3)
    each: list[float] = []
    for _ in range(5):
        said: Said = {}
        with timed(said):
            found = p_median(cost, 5, k_best=10)
        each.append(said["cpu"])
    return told(found, None) | {"cpu": float(np.median(each)), "sets": 1 + len(found.others)}


def all_sets() -> Said:
    """The same by valuing all 658,008 sets with numpy."""
    from itertools import combinations

    rng = np.random.default_rng(0)
    points, sites = rng.random((100, 2)), rng.random((40, 2))
    cost = np.sqrt(((points[:, None] - sites[None]) ** 2).sum(axis=2))
    said: Said = {}
    with timed(said):
        sets = np.array(list(combinations(range(40), 5)))
        value = np.concatenate([cost[:, part].min(axis=2).sum(axis=0) for part in np.array_split(sets, 400)])
        best = np.sort(value)[:10]
    return said | {"objective": float(best[0])}


def model() -> Said:
    """A planning model of a million variables, from the problem to HiGHS; figures are for a million."""
    from benchmarks.model import RULES
    from capacity.engines.linear.model import build
    from capacity.engines.linear.solvers import in_highs
    from capacity.rules.objectives import TRAVEL
    from capacity.synthetic import country

    problem = country(500, 100).problem(scenarios=20, policy=RULES)
    said: Said = {}
    with timed(said):
        linear = build(problem, TRAVEL).linear
        engine = in_highs(linear)
    return said | {"columns": engine.getNumCol()}


JOBS: dict[str, Callable[..., Said]] = {
    f.__name__: f for f in (pmed, pmed_all, rl1304, cap_all, cap, stochastic, streamed, five_of_forty, all_sets, model)
}


def main() -> None:
    """Run the job that the arguments name."""
    name, *arguments = sys.argv[1:]
    print(json.dumps(JOBS[name](*arguments)))


if __name__ == "__main__":
    main()
