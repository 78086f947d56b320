"""Covering, the p-center and dispersion beside a plain HiGHS model, and against all sets of many small problems.

Run with ``python -m benchmarks.covering [rows | referee [count]]``. Rows are drawn by seed (ten seeds, never used while
tuning): median and worst CPU seconds of one thread, ours and the plain model's in the same process (set
``OMP_NUM_THREADS=1``).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

LIMIT = 30.0
"""Seconds for each."""

SEEDS = range(101, 111)

BESIDE = 3
"""Seeds on which the plain model is asked as well."""

Timed = tuple[float, float, float]
"""CPU seconds, objective and bound."""


def square(n: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances between points and sites in the unit square, and weights by Zipf's law in any order."""
    rng = np.random.default_rng(seed)
    points, sites = rng.random((n, 2)), rng.random((m, 2))
    weights = np.rint(rng.permutation(1e6 / np.arange(1, n + 1)))
    return np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1)), weights


def _plain(cost: np.ndarray, whole: int, rows: list[tuple[int, list[tuple], object, object]]) -> Timed:
    """Solve a model as it stands; the first `whole` columns are whole numbers."""
    from capacity.engines.exact.linear import LinearProgram

    start = time.process_time()
    columns = len(cost)
    program = LinearProgram(
        cost=cost, lower=np.zeros(columns), upper=np.ones(columns), integer=np.arange(columns) < whole
    )
    for count, terms, low, high in rows:
        program.add_rows(count, terms, low, high)  # type: ignore[arg-type]
    engine = program.load(time_limit=LIMIT, mip_rel_gap=0.0)
    engine.run()
    info = engine.getInfo()
    return time.process_time() - start, info.objective_function_value, info.mip_dual_bound


def plain_max_cover(table: np.ndarray, weights: np.ndarray, p: int) -> Timed:
    n, m = table.shape
    row, column = np.nonzero(table)
    points, sites = np.arange(n), np.arange(m)
    rows = [
        (n, [(points, m + points, np.ones(n)), (row, column, -np.ones(len(row)))], -np.inf, 0.0),
        (1, [(0 * sites, sites, np.ones(m))], float(p), float(p)),
    ]
    seconds, value, bound = _plain(np.concatenate([np.zeros(m), -weights]), m, rows)
    return seconds, -value, -bound


def plain_set_cover(table: np.ndarray) -> Timed:
    n, m = table.shape
    row, column = np.nonzero(table)
    return _plain(np.ones(m), m, [(n, [(row, column, np.ones(len(row)))], 1.0, np.inf)])


def plain_p_center(distance: np.ndarray, p: int) -> Timed:
    """Bisection over all distances, a covering model each."""
    start = time.process_time()
    values = np.unique(distance)
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if plain_set_cover(distance <= values[middle])[1] <= p + 0.5 else (middle + 1, high)
    return time.process_time() - start, float(values[low]), float(values[low])


def _ours(ask: Callable[[], object]) -> Timed:
    start = time.process_time()
    found = ask()
    return time.process_time() - start, found.objective, found.bound  # type: ignore[attr-defined]


def line(name: str, seed: int, beside: bool) -> tuple[Timed, Timed | None]:
    """One row of one seed: ours, and the plain model's."""
    from capacity.exact import max_cover, p_center, set_cover

    kind, *sizes = name.split()
    n, m, p, radius = int(sizes[0]), int(sizes[1]), int(sizes[2]), float(sizes[3])
    distance, weights = square(n, m, seed)
    table = distance <= radius
    if kind == "max_cover":
        ours = _ours(lambda: max_cover(table, p, weights=weights, time_limit=LIMIT))
        return ours, plain_max_cover(table, weights, p) if beside else None
    if kind == "set_cover":
        table |= distance <= distance.min(axis=1, keepdims=True)
        return _ours(lambda: set_cover(table, time_limit=LIMIT)), plain_set_cover(table) if beside else None
    small = beside and n * m <= 200 * 60
    return _ours(lambda: p_center(distance, p, time_limit=LIMIT)), plain_p_center(distance, p) if small else None


ROWS = {
    "max_cover 300 60 8 0.15": 0.05,
    "max_cover 1000 200 10 0.12": 0.1,
    "max_cover 5000 500 15 0.1": 1.3,
    "set_cover 200 60 0 0.15": 0.05,
    "p_center 200 60 5 0": 0.25,
    "p_center 1000 1000 5 0": 2.0,
    "p_center 100000 100 5 0": 60.0,
}
"""Kind, points, sites, p and radius; and the goal."""


def rows(names: list[str]) -> None:
    """Print the table."""
    from capacity.exact import p_center

    p_center(np.eye(3), 1)  # imports
    print(f"{'job':28} {'goal':>6} {'median':>8} {'worst':>8} {'proven':>7} {'plain median':>13} {'worst':>8}")
    for name, goal in ROWS.items():
        if names and not any(name.startswith(wanted) for wanted in names):
            continue
        ours, plain, proven = [], [], 0
        for seed in SEEDS:
            mine, other = line(name, seed, beside=len(plain) < BESIDE)
            ours.append(mine[0])
            same = abs(mine[1] - mine[2]) <= 1e-6 * max(abs(mine[1]), 1.0)
            proven += same
            if other is not None:
                plain.append(other[0])
                closed = abs(other[1] - other[2]) <= 1e-6 * max(abs(other[1]), 1.0)
                assert not (same and closed) or abs(mine[1] - other[1]) <= 1e-6 * max(abs(other[1]), 1.0), (name, seed)
        beside = f"{np.median(plain):13.3f} {max(plain):8.3f}" if plain else f"{'-':>13} {'-':>8}"
        print(f"{name:28} {goal:6.2f} {np.median(ours):8.3f} {max(ours):8.3f} {proven:4}/10 {beside}", flush=True)


def referee(count: int) -> None:
    """Each kind on so many small problems, against all sets."""
    from tests import test_exact_capacitated as capacitated
    from tests.test_exact_covering import CHECKS, drawn

    for kind, check in CHECKS.items():
        rng = np.random.default_rng(1_000)
        for trial in range(count):
            check(drawn(rng, trial))
        print(f"{kind}: {count} as the best of all sets", flush=True)
    rng = np.random.default_rng(1_000)
    for trial in range(count):
        given = capacitated.drawn(rng, trial)
        for single in (True, False):
            capacitated.check(given, single)
    print(f"capacitated_p_median: {count} as the best of all assignments, and of all transports", flush=True)


def main() -> None:
    """Measure or check what the arguments name."""
    if sys.argv[1:2] == ["referee"]:
        referee(int((sys.argv[2:3] or ["1000"])[0]))
    else:
        rows([name for name in sys.argv[1:] if name != "rows"])


if __name__ == "__main__":
    main()
