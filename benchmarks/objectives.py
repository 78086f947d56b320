"""`solve` by other objectives than travel, on made-up countries with too many sets to value, beside the model's engine.

Run with ``python -m benchmarks.objectives [seeds]``; each run is a process of its own, and the seeds (from 201) were
never used while the engines were made. Printed are median and worst CPU seconds of the solve alone, the worst gap and
peak memory; and of the first seed the same question asked of the engine ``mip`` (HiGHS), with the same limit.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.process import run
from capacity import Care, Finance, InfeasibleError, NoPlanError, Policy, Problem, solve
from capacity.problem.uptake import Uptake
from capacity.synthetic import country

FIRST_SEED = 201

LIMIT = 20.0
"""Seconds of wall time."""

BESIDE = 1
"""Seeds on which the model is asked as well."""


@dataclass(frozen=True)
class Row:
    """Sizes of one row of the table."""

    objective: str
    points: int
    sites: int
    units: tuple[int, int]
    nearest: bool
    volume: float | None = None
    reach: float | None = None


ROWS = (
    Row("worst", 98, 26, (3, 6), False),
    Row("worst", 200, 60, (5, 5), False),
    Row("worst", 300, 60, (4, 8), True),
    Row("worst", 300, 60, (4, 8), False, volume=7.0),
    Row("worst", 1_000, 200, (8, 10), False),
    Row("reached", 300, 60, (4, 8), False, volume=7.0),
    Row("reached", 300, 60, (4, 8), True, volume=7.0),
    Row("reached", 500, 100, (5, 5), True),
    Row("reached", 1_000, 200, (8, 10), False),
    Row("cost", 98, 26, (1, 8), True, reach=140.0),
    Row("cost", 200, 60, (1, 20), True, reach=140.0),
    Row("cost", 500, 100, (1, 20), True, reach=160.0),
)


def problem(row: Row, seed: int) -> Problem:
    """A country of `country`, with an uptake curve and prices."""
    rules = {"units": list(row.units), "nearest": row.nearest or None, "volume": row.volume, "reach": row.reach}
    asked = country(row.points, row.sites, seed=seed).problem(
        policy=Policy(**{name: value for name, value in rules.items() if value is not None}),
        care=Care(ambulatory_trips_per_week=0.0),
        finance=Finance(unit_dkk_per_year=3e6, bed_dkk_per_year=6e5, occupied_day_dkk=1_500.0),
    )
    return asked.replace(uptake=Uptake(minutes=(30, 90, 180), share=(1.0, 0.5, 0.1)))


def answered(row: Row, seed: int, engine: str) -> dict[str, float | str | None]:
    """What an engine says."""
    asked = problem(row, seed)
    clock = time.process_time()
    try:
        plan = solve(asked, row.objective, time_limit=LIMIT, engine=engine)
    except (InfeasibleError, NoPlanError) as error:
        proven = isinstance(error, InfeasibleError)
        return {"cpu": time.process_time() - clock, "value": None, "gap": 0.0 if proven else None, "engine": ""}
    return {
        "cpu": time.process_time() - clock,
        "value": plan.objective,
        "gap": plan.gap,
        "engine": plan.record["engine"],
    }


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--job"]:
        found = answered(ROWS[int(sys.argv[3])], int(sys.argv[4]), sys.argv[2])
        found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
        return
    seeds = int(sys.argv[1]) if sys.argv[1:2] and sys.argv[1].isdigit() else 5
    print(f"{'job':34} {'who':5} {'median s':>9} {'worst s':>8} {'MB':>6}  worst gap, engines")
    for k, row in enumerate(ROWS):
        ours = [_job("auto", k, FIRST_SEED + s) for s in range(seeds)]
        beside = [_job("mip", k, FIRST_SEED + s) for s in range(min(seeds, BESIDE))]
        _say(row, "ours", [one for one in ours if one])
        _say(row, "mip", [one for one in beside if one])
        for mine, other in zip(ours, beside, strict=False):
            if mine and other and mine["gap"] == other["gap"] == 0.0 and mine["value"] is not None:
                assert abs(mine["value"] - other["value"]) <= 1e-6 * abs(other["value"]), (row, mine, other)


def _job(who: str, row: int, seed: int) -> dict | None:
    return run(["-m", "benchmarks.objectives", "--job", who, str(row), str(seed)], limit=4 * LIMIT).said


def _say(row: Row, who: str, runs: list[dict]) -> None:
    kind = (
        f"{row.objective} {row.points:,} x {row.sites}, {row.units[0]}-{row.units[1]} {'on' if row.nearest else 'off'}"
    )
    kind += "".join(f" {name} {value:g}" for name, value in (("vol", row.volume), ("reach", row.reach)) if value)
    if not runs:
        print(f"{kind:34} {who:5} none ended", flush=True)
        return
    cpu, gaps = [one["cpu"] for one in runs], [one["gap"] for one in runs if one["gap"] is not None]
    none = sum(one["gap"] is None for one in runs)
    said = f"{max(gaps, default=float('nan')):.1e}" + (f", {none} without a plan" if none else "")
    engines = " ".join(sorted({str(one["engine"]) for one in runs if one.get("engine")}))
    peak = max(one["peak"] for one in runs)
    print(f"{kind:34} {who:5} {median(cpu):9.2f} {max(cpu):8.2f} {peak:6.0f}  {said} {engines}", flush=True)


if __name__ == "__main__":
    main()
