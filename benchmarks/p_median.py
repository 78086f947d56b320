"""The p-median engine alone: each OR-Library file, and how time and memory grow with n and p.

Run with ``python -m benchmarks.p_median [files | growth]``; every line is a process of its own. The files (read
from ``CAPACITY_INSTANCES``) are checked against their published optima; ``python -m benchmarks.targets T1 T2``
puts them beside other packages. Growth is measured on points drawn in the unit square, with distances rounded
to whole thousandths, so that every optimum is proven exactly.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from benchmarks import instances
from benchmarks.process import run

SIZES = (250, 500, 1_000, 2_000, 4_000)
"""Points (each of them a site), with p a twentieth of them."""

CHOICES = (25, 50, 100, 200, 400)
"""Numbers of sites to choose among 1,000 points."""

LIMIT = 60.0
"""Seconds for each."""


def square(n: int, seed: int = 0) -> np.ndarray:
    """Whole distances between points drawn in the unit square, in thousandths of its side."""
    xy = np.random.default_rng(seed).random((n, 2))
    return np.rint(1_000 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)))


def one(n: str, p: str) -> None:
    """Solve one drawn problem; print what came of it as JSON."""
    from capacity.exact import p_median

    cost = square(int(n))
    p_median(cost[:20, :8], 3)
    start = time.process_time()
    found = p_median(cost, int(p), time_limit=LIMIT)
    used = time.process_time() - start
    print(json.dumps({"cpu": used, "gap": found.gap, "engine": found.engine, "table": cost.nbytes / 2**20}))


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """The slope of log time over log size."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def growth() -> None:
    """Print both curves with their fitted exponents."""
    for name, pairs in (("n", [(n, n // 20) for n in SIZES]), ("p", [(1_000, p) for p in CHOICES])):
        print(f"\n{'n':>6} {'p':>5} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'table MB':>9} {'gap':>8}  proof")
        proven: list[tuple[int, float]] = []
        for n, p in pairs:
            used = run(["-m", "benchmarks.p_median", "one", str(n), str(p)])
            said = used.said
            size = f"{n:6} {p:5} {said['cpu']:8.2f} {used.wall:8.2f} {used.peak:8.0f} {said['table']:9.0f}"
            print(f"{size} {said['gap']:8.1e}  {said['engine']}", flush=True)
            if said["gap"] == 0:
                proven.append((n if name == "n" else p, said["cpu"]))
        if len(proven) > 1:
            print(f"CPU grows with {name} to the power {exponent(*map(list, zip(*proven, strict=True))):.1f}")


def files() -> None:
    """Print one line a file: size, optimum, what was found."""
    if not instances.there():
        raise SystemExit("CAPACITY_INSTANCES does not name a folder with pmed files: skipped.")
    print(f"{'file':8} {'optimum':>9} {'found':>9} {'status':>9} {'CPU s':>7} {'wall s':>7} {'peak MB':>8}")
    total = 0.0
    for name, best in instances.pmed_optima().items():
        used = run(["-m", "benchmarks.jobs", "pmed", name, str(LIMIT)])
        said = used.said
        total += said["cpu"]
        found = f"{said['objective']:9.0f} {said['status']:>9} {said['cpu']:7.2f} {used.wall:7.2f} {used.peak:8.0f}"
        print(f"{name:8} {best:9.0f} {found}", flush=True)
    print(f"in all {total:.1f} s of CPU")


def main() -> None:
    """Measure what the arguments name, or everything."""
    if sys.argv[1:2] == ["one"]:
        one(*sys.argv[2:])
        return
    for name in sys.argv[1:] or ("files", "growth"):
        {"files": files, "growth": growth}[name]()


if __name__ == "__main__":
    main()
