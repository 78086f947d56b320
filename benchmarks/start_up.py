"""How long it takes to start: CPU and memory of whole processes, beside a bare interpreter.

Run with ``python -m benchmarks.start_up`` (or ``make bench``). Targets in seconds of CPU: import 0.3 (issue "The main
job"), --help 0.05 (issue "A rule, an engine, an objective"), plan, robust and explain (issue "As fast where it was not
looked at"), summary, report and influence (issue "What really decides the plan"); check no slower than it was, 0.5.

Byte code is written, as where the package is installed: without it every process compiles the library anew, 0.2 s.
"""

from __future__ import annotations

import os
import statistics
import tempfile

from benchmarks.process import run

RUNS = 7

PAGES = tempfile.mkdtemp()

JOBS: dict[str, tuple[list[str], float | None]] = {
    "bare python": (["-c", "pass"], None),
    "import numpy": (["-c", "import numpy"], None),
    "import geopandas": (["-c", "import geopandas"], None),
    "import pulp": (["-c", "import pulp"], None),
    "import capacity": (["-c", "import capacity"], 0.3),
    "capacity --help": (["-m", "capacity", "--help"], 0.05),
    "capacity plan": (["-m", "capacity", "plan"], 0.25),
    "capacity check": (["-m", "capacity", "check"], 0.5),
    "capacity ladder": (["-m", "capacity", "ladder"], None),
    "capacity robust": (["-m", "capacity", "robust"], 0.7),
    "capacity explain": (["-m", "capacity", "explain"], 1.0),
    "capacity explain, 20 women": (["-m", "capacity", "explain", "--set", "demand.women_per_year=20"], 1.0),
    "capacity summary": (["-m", "capacity", "summary", "--force", "-o", f"{PAGES}/summary.html"], 0.5),
    "capacity report": (["-m", "capacity", "report", "--force", "-o", f"{PAGES}/report.html"], 2.0),
    "capacity influence": (["-m", "capacity", "influence"], 5.0),
    "capacity plan, MIP engine": (["-m", "capacity", "plan", "--engine", "mip"], None),
}


def median(arguments: list[str]) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak MB of a whole process: medians of `RUNS`, after one run to warm up."""
    run(arguments)
    runs = [run(arguments) for _ in range(RUNS)]
    return tuple(statistics.median(column) for column in zip(*((r.cpu, r.wall, r.peak) for r in runs), strict=True))  # type: ignore[return-value]  # three columns


def main() -> None:
    """Print a table of medians."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", PAGES)
    print(f"{'job':28} {'CPU s':>8} {'x bare':>8} {'wall s':>8} {'peak MB':>8} {'target':>8}")
    bare = 1.0
    for name, (arguments, target) in JOBS.items():
        cpu, wall, peak = median(arguments)
        bare = cpu if name == "bare python" else bare
        goal = "" if target is None else f"{target:g}"
        print(f"{name:28} {cpu:8.3f} {cpu / bare:8.1f} {wall:8.3f} {peak:8.0f} {goal:>8}")


if __name__ == "__main__":
    main()
