"""The p-median engine on the OR-Library files: seconds of CPU, beside the published optimum.

Run with ``python -m benchmarks.p_median [numbers]``; reads the files from ``CAPACITY_INSTANCES``. With spopt
installed its model (solved by HiGHS) is run beside it on pmed6, as a ratio in the same run.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np

from capacity.exact import p_median

FOLDER = Path(os.environ.get("CAPACITY_INSTANCES", "")) / "pmed"


def read(name: str) -> tuple[np.ndarray, int]:
    """Distances and p of one file; of a repeated edge the last line counts."""
    from scipy.sparse.csgraph import shortest_path

    numbers = np.array((FOLDER / f"{name}.txt").read_text(encoding="utf-8").split(), dtype=np.int64)
    n, edges, p = (int(x) for x in numbers[:3])
    table = np.full((n, n), np.inf)
    np.fill_diagonal(table, 0)
    for one, other, length in numbers[3 : 3 + 3 * edges].reshape(edges, 3):
        table[one - 1, other - 1] = table[other - 1, one - 1] = length
    return shortest_path(table, method="D", directed=False), p


def main() -> None:
    """Print a table: file, size, optimum, what was found, CPU seconds."""
    if not FOLDER.is_dir():
        raise SystemExit("CAPACITY_INSTANCES does not name a folder with pmed files: skipped.")
    lines = (FOLDER / "pmedopt.txt").read_text(encoding="utf-8").splitlines()[1:]
    optima = {name: float(value) for name, value in (line.split() for line in lines if line.strip())}
    wanted = [int(x) for x in sys.argv[1:]] or range(1, 41)
    total = 0.0
    print(f"{'file':8} {'n':>5} {'p':>4} {'optimum':>9} {'found':>9} {'status':>9} {'CPU s':>7}")
    for number in wanted:
        cost, p = read(f"pmed{number}")
        start = time.process_time()
        found = p_median(cost, p, time_limit=60)
        used = time.process_time() - start
        total += used
        best = optima[f"pmed{number}"]
        print(f"pmed{number:<4} {len(cost):5} {p:4} {best:9.0f} {found.objective:9.0f} {found.status:>9} {used:7.2f}")
        assert found.bound <= best + 1e-6 <= found.objective + 2e-6, "a wrong certificate"
    print(f"in all {total:.1f} s of CPU")


if __name__ == "__main__":
    main()
