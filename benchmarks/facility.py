"""The facility-location engine alone: the large OR-Library cases, and how time and memory grow, beside plain PuLP.

Run with ``python -m benchmarks.facility [files | growth]``; every line is a process of its own. The files (read from
``CAPACITY_INSTANCES``) are checked against their published optima; ``python -m benchmarks.targets T5`` has the small
ones. Growth is measured on points and sites drawn in the unit square (after Cornuejols, Sridharan and Thizy 1991:
fixed costs rise with capacity), beside the textbook model in plain PuLP with HiGHS while that is small enough.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

from benchmarks import instances
from benchmarks.p_median import exponent
from benchmarks.process import run

SIZES = ((100, 25), (200, 50), (400, 50), (800, 100), (1_600, 100))
"""Points and sites."""

PEER_PAIRS = 10_000
"""The peer is run up to so many pairs."""

LIMIT = 60.0
"""Seconds for each."""


def square(points: int, sites: int, tightness: float = 5.0, seed: int = 0) -> tuple[Any, ...]:
    """Opening costs, cost per unit, demand and capacities; all sites hold `tightness` times the demand."""
    rng = np.random.default_rng(seed)
    there, here = rng.random((points, 2)), rng.random((sites, 2))
    cost = 10.0 * np.hypot(*(there[:, None] - here[None]).transpose(2, 0, 1))
    demand = rng.integers(5, 36, points).astype(float)
    capacity = rng.uniform(10, 160, sites)
    capacity *= tightness * demand.sum() / capacity.sum()
    fixed = rng.uniform(0, 90, sites) + rng.uniform(100, 110, sites) * np.sqrt(capacity)
    return fixed, cost, demand, capacity


def one(points: str, sites: str) -> None:
    """Solve one drawn problem; print what came of it as JSON."""
    from capacity.exact import facility_location

    arrays = square(int(points), int(sites))
    facility_location(*square(10, 4))
    start = time.process_time()
    found = facility_location(*arrays, time_limit=LIMIT)
    used = time.process_time() - start
    print(json.dumps({"cpu": used, "objective": found.objective, "gap": found.gap, "open": len(found.sites)}))


def beside(points: str, sites: str) -> None:
    """The same in plain PuLP with HiGHS."""
    from benchmarks.peers import textbook

    print(json.dumps(textbook(*square(int(points), int(sites)), limit=LIMIT)))


def growth() -> None:
    """Print the curve with its fitted exponent."""
    columns = f"{'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'gap':>8} {'open':>5} {'PuLP s':>8} {'MB':>6} {'ratio':>8}"
    print(f"\n{'points':>7} {'sites':>6} {columns}")
    proven: list[tuple[int, float]] = []
    for n, m in SIZES:
        used = run(["-m", "benchmarks.facility", "one", str(n), str(m)])
        said = used.said
        line = f"{said['cpu']:8.2f} {used.wall:8.2f} {used.peak:8.0f} {said['gap']:8.1e} {said['open']:5}"
        if n * m <= PEER_PAIRS:
            other = run(["-m", "benchmarks.facility", "beside", str(n), str(m)])
            assert said["objective"] <= other.said["objective"] * (1 + 1e-6), "the peer has something better"
            line += f" {other.said['cpu']:8.2f} {other.peak:6.0f} {'1/%.0f' % (other.said['cpu'] / said['cpu']):>8}"
        print(f"{n:7} {m:6} {line}", flush=True)
        if said["gap"] <= 1e-7:
            proven.append((n * m, said["cpu"]))
    if len(proven) > 1:
        print(f"CPU grows with pairs to the power {exponent(*map(list, zip(*proven, strict=True))):.1f}")


def files() -> None:
    """Print one line a large case."""
    if not instances.there():
        raise SystemExit("CAPACITY_INSTANCES does not name a folder with cap files: skipped.")
    print(f"{'case':12} {'optimum':>14} {'error':>8} {'status':>9} {'CPU s':>7} {'wall s':>7} {'peak MB':>8}")
    for (name, room), best in instances.cap_optima().items():
        if room is None:
            continue
        used = run(["-m", "benchmarks.jobs", "cap", name, str(room), str(LIMIT)])
        said = used.said
        error = said["objective"] / best - 1
        found = f"{error:8.0e} {said['status']:>9} {said['cpu']:7.2f} {used.wall:7.2f} {used.peak:8.0f}"
        print(f"{name} {room:<7.0f} {best:14.3f} {found}", flush=True)


def main() -> None:
    """Measure what the arguments name, or everything."""
    parts = {"one": one, "beside": beside}
    if sys.argv[1:] and sys.argv[1] in parts:
        parts[sys.argv[1]](*sys.argv[2:])
        return
    for name in sys.argv[1:] or ("files", "growth"):
        {"files": files, "growth": growth}[name]()


if __name__ == "__main__":
    main()
