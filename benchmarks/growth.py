"""How time grows: CPU seconds and peak memory against points, sites, units and scenarios, with fitted exponents.

Run with ``python -m benchmarks.growth [quick]``; countries are made up (`capacity.synthetic`), each run is a process
of its own. The exponent b of ``time ~ size^b`` is fitted over each curve by least squares on logarithms; beside it
stands the exponent of the bare work (one pass over all distances or demands), measured in the same run.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterable

import numpy as np

from benchmarks import instances
from benchmarks.process import run

CURVES: dict[str, tuple[str, tuple[int, ...]]] = {
    "p-median, points n (100 sites, p = 10)": ("points", (500, 1_000, 2_000, 4_000, 8_000)),
    "p-median, units p (1,000 points, 200 sites)": ("units", (5, 10, 20, 40, 80)),
    "stochastic, scenarios S (98 points, 40 sites)": ("scenarios", (100, 1_000, 10_000)),
    "stochastic, workers (20,000 scenarios streamed, Dask)": ("workers", (1, 2)),
}


def job(kind: str, size: int) -> dict[str, float]:
    """One run: seconds of CPU and wall without imports and the making of the instance."""
    from capacity.exact import p_median, stochastic_facility_location
    from capacity.synthetic import country

    if kind in ("points", "units"):
        made = country(size, 100, seed=1) if kind == "points" else country(1_000, 200, seed=1)
        minutes = made.minutes
        clock, wall = time.process_time(), time.perf_counter()
        found = p_median(minutes, 10 if kind == "points" else size, weights=made.people, time_limit=120)
        used = time.process_time() - clock
        clock_bare = time.process_time()
        for _ in range(5):
            minutes.min(axis=1)
        bare = (time.process_time() - clock_bare) / 5
        return {"cpu": used, "wall": time.perf_counter() - wall, "gap": found.gap, "bare": bare}
    if kind == "workers":
        return on_workers(size)
    fixed, capacity, cost, demand, unserved = instances.stochastic(size)
    clock, wall = time.process_time(), time.perf_counter()
    found = stochastic_facility_location(fixed, capacity, cost, demand, None, unserved)
    used = time.process_time() - clock
    clock_bare = time.process_time()
    for _ in range(20):
        demand @ cost
    bare = (time.process_time() - clock_bare) / 20
    return {"cpu": used, "wall": time.perf_counter() - wall, "gap": found.gap, "bare": bare}


def on_workers(workers: int) -> dict[str, float]:
    """The scenarios streamed by the workers of a local Dask cluster.

    ``cpu`` is that of this process, Dask's scheduler in it included, and of the busiest worker: what the wall time
    is at most on a machine with nothing else to do.
    """
    import dask
    import distributed

    from capacity.exact import stochastic_facility_location

    fixed, capacity, cost, _, unserved = instances.stochastic(1)
    base = np.random.default_rng(0).uniform(20, 180, len(cost))

    def block(k: int) -> np.ndarray | None:
        rng = np.random.default_rng([1, k])
        noise = rng.normal(1, 0.10, 2_000)[:, None] * rng.lognormal(0, 0.25, (2_000, len(base)))
        return np.maximum(0, base * noise) if k < 10 else None

    # Dask has workers give every freed page back at once, which costs HiGHS's small problems a fifth of their time.
    dask.config.set({f"distributed.nanny.pre-spawn-environ.MALLOC_{x}_THRESHOLD_": 2**27 for x in ("TRIM", "MMAP")})
    with (
        distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        before = client.run(time.process_time)
        clock, wall = time.process_time(), time.perf_counter()
        found = stochastic_facility_location(
            fixed, capacity, cost, block, None, unserved, executor=client.get_executor()
        )
        own, whole = time.process_time() - clock, time.perf_counter() - wall
        busiest = max(after - before[name] for name, after in client.run(time.process_time).items())
        return {"cpu": own + busiest, "wall": whole, "gap": found.gap, "objective": found.objective, "bare": 0.0}


def exponent(sizes: Iterable[float], seconds: Iterable[float]) -> float:
    """Of ``seconds ~ size^b``."""
    return float(np.polyfit(np.log(list(sizes)), np.log(np.maximum(list(seconds), 1e-5)), 1)[0])


def main() -> None:
    """Print the curves."""
    if sys.argv[1:2] == ["--job"]:
        found = job(sys.argv[2], int(sys.argv[3]))
        found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
        return
    for title, (kind, sizes) in CURVES.items():
        print(f"\n{title}\n{'size':>8} {'CPU s':>8} {'wall s':>8} {'gap':>8} {'peak MB':>8}")
        runs = []
        for size in sizes[: 3 if "quick" in sys.argv else None]:
            said = run(["-m", "benchmarks.growth", "--job", kind, str(size)]).said
            runs.append(said)
            print(
                f"{size:8,} {said['cpu']:8.2f} {said['wall']:8.2f} {said['gap']:8.1e} {said['peak']:8.0f}", flush=True
            )
        if kind == "workers":
            wall, cpu = (runs[0][k] / runs[1][k] for k in ("wall", "cpu"))
            print(f"speed-up of two workers: {wall:.2f} x wall, {cpu:.2f} x CPU of the master and the busiest worker")
        else:
            done = sizes[: len(runs)]
            mine, bare = exponent(done, (r["cpu"] for r in runs)), exponent(done, (r["bare"] for r in runs))
            print(f"time ~ size^{mine:.2f}; the bare work ~ size^{bare:.2f}")


if __name__ == "__main__":
    main()
