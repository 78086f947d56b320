"""Sweeps that scale out: CPU and memory of many runs, here, on Dask's workers, and killed and begun again.

Run with ``python -m benchmarks.sweeping [serial | dask | many]``:

- ``serial``: 1,000 runs of the Danish case (50 numbers of women x 20 volumes), and 50 of them solved one by one;
- ``dask``: the same and 4,000 of them on a local cluster with two workers: the busiest process of workers and master;
- ``many``: 100,000 small runs, killed outright on the way three times, and begun again each time; the table is that of
  a run without kills, at as many places as are tried.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import capacity as cap

MANY = 100_000
KILLS = 3


def danish(runs: int) -> tuple[cap.Problem, dict[str, Any]]:
    """Of numbers of women and of volumes, so many runs."""
    women = [40 + 0.1 * k for k in range(0, 1_500, 1_500 * 20 // runs)]
    return cap.denmark(), {"demand.women_per_year": women, "rules.volume": list(range(4, 24))}


def small(runs: int) -> tuple[cap.Problem, dict[str, Any]]:
    """Of a country of 12 places and 4 sites."""
    from capacity.synthetic import country

    made = country(12, 4, seed=5).problem(policy=cap.Policy(nearest=True, units=(1, 2)))
    women = [20.0 + 0.01 * k for k in range(runs // 20)]
    return made, {"demand.women_per_year": women, "rules.volume": [float(k) for k in range(1, 21)]}


def serial() -> None:
    """In this process, beside runs solved one by one."""
    from capacity.studies.runs import one_run

    problem, grid = danish(1_000)
    os.cpu_count = lambda: 1  # type: ignore[assignment]  # no processes of its own
    start = time.process_time()
    swept = cap.sweep(problem, grid)
    used = time.process_time() - start
    some = random.Random(1).sample(range(len(swept.runs)), 50)
    start = time.process_time()
    same = sum(
        repr(one_run(problem, {k: swept.runs[n][k] for k in grid}, "travel")) == repr(swept.runs[n]) for n in some
    )
    alone = (time.process_time() - start) * len(swept.runs) / len(some)
    print(
        f"{len(swept.runs):,} runs: {used:.2f} s CPU; solved one by one {alone:.1f} s; "
        f"{same} of {len(some)} rows the same"
    )


def on_dask(runs: int) -> None:
    """By two workers of a local cluster, beside this process alone."""
    import dask.config
    import distributed

    problem, grid = danish(runs)
    cpu = os.cpu_count
    os.cpu_count = lambda: 1  # type: ignore[assignment]  # no processes of its own
    start = time.process_time()
    alone = cap.sweep(problem, grid)
    used = time.process_time() - start
    os.cpu_count = cpu
    # Freed pages are kept for what comes next, and nobody looks a hundred times a second where a worker is.
    environ = {f"distributed.nanny.pre-spawn-environ.MALLOC_{x}_THRESHOLD_": 2**27 for x in ("TRIM", "MMAP")}
    dask.config.set(environ | {"distributed.worker.profile.enabled": False})
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        before, start, wall = client.run(time.process_time), time.process_time(), time.monotonic()
        found = cap.sweep(problem, grid, executor=client.get_executor())
        master, wall = time.process_time() - start, time.monotonic() - wall
        workers = {name: after - before[name] for name, after in client.run(time.process_time).items()}
    busiest = max(master, *workers.values())
    print(
        f"{len(found.runs):,} runs: serial {used:.2f} s CPU; Dask: master {master:.2f}, workers "
        f"{' and '.join(f'{w:.2f}' for w in workers.values())}, busiest {busiest:.2f} s: {used / busiest:.2f} x; "
        f"wall {wall:.1f} s; the same table: {repr(found.runs) == repr(alone.runs)}"
    )


def run_many(folder: str, runs: int) -> None:
    """In a process of its own: all runs, those in the folder not again."""
    problem, grid = small(runs)
    start, fresh = time.process_time(), []
    found = cap.sweep(problem, grid, folder=folder, progress=lambda done, _: fresh.append(None))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = {"runs": len(found.runs), "fresh": len(fresh), "peak": peak, "cpu": time.process_time() - start}
    print(
        json.dumps(said | {"workers": children.ru_utime + children.ru_stime, "worker_peak": children.ru_maxrss / 1024})
    )


def many(runs: int = MANY) -> None:
    """Killed some times, begun again, and compared with runs solved one by one."""
    from capacity.studies.runs import one_run

    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        call = [sys.executable, "-m", "benchmarks.sweeping", "--many", folder, str(runs)]
        for kill in range(1, KILLS + 1):
            child = subprocess.Popen(call)
            while child.poll() is None and not (rows.is_file() and rows.stat().st_size > kill * runs * 80):
                time.sleep(0.05)
            child.kill()
            child.wait()
            with rows.open("rb+") as file:
                # What a kill in the middle of a line leaves.
                file.truncate(rows.stat().st_size - 40)
            print(f"killed at {rows.stat().st_size / 1e6:.0f} MB of rows", flush=True)
        said = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
        again = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
        problem, grid = small(runs)
        kept = cap.sweep(problem, grid, folder=folder).runs
        some = random.Random(2).sample(range(len(kept)), 200)
        same = sum(one_run(problem, {k: kept[n][k] for k in grid}, "travel") == kept[n] for n in some)
    print(
        f"{said['runs']:,} runs, {said['fresh']:,} of them after the last kill: peak {said['peak']:.0f} MB (a worker "
        f"{said['worker_peak']:.0f}), CPU {said['cpu']:.0f} s and workers {said['workers']:.0f} s"
    )
    print(
        f"begun again {again['fresh']} runs in {again['cpu']:.1f} s and {again['peak']:.0f} MB; "
        f"{same} of {len(some)} rows as solved one by one"
    )


def main() -> None:
    """Do what the arguments name, or all."""
    if sys.argv[1:2] == ["--many"]:
        run_many(sys.argv[2], int(sys.argv[3]))
        return
    asked = sys.argv[1:] or ["serial", "dask", "many"]
    if "serial" in asked:
        serial()
    if "dask" in asked:
        for runs in (1_000, 4_000):
            on_dask(runs)
    if "many" in asked:
        many()


if __name__ == "__main__":
    main()
