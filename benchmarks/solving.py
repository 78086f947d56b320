"""`solve` where sets are too many to value: made-up countries whose rules bind, beside a plain model in HiGHS.

Run with ``python -m benchmarks.solving [seeds] [raw] [all] [rows=0,2]``; each run is a process of its own, on one
thread. The seeds (from 954,801) were never used while the engine was made. Printed are median and worst of the seeds:
seconds of CPU of the solve alone, the gap where it was cut short, and peak memory of the whole process; beside the
plain model also the worst ratio on one seed. A unit's volume is of admitted stays; with `all`, which the plain model
states, of all that are sent.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from statistics import median

import numpy as np

from benchmarks.process import run
from capacity import Care, Finance, InfeasibleError, NoPlanError, Policy, Problem, solve
from capacity.synthetic import country

FIRST_SEED = 954_801

LIMIT = 20.0
"""Seconds of wall time."""


@dataclass(frozen=True)
class Row:
    """Sizes of one row of the table."""

    points: int
    sites: int
    units: tuple[int, int]
    nearest: bool
    scenarios: int = 1


ROWS = (
    Row(98, 26, (3, 6), False),
    Row(98, 26, (3, 6), True),
    Row(300, 60, (4, 8), False),
    Row(300, 60, (4, 8), True),
    Row(500, 60, (1, 6), True),
    Row(1_000, 150, (8, 10), False),
    Row(1_000, 150, (8, 10), True),
    Row(2_000, 300, (8, 10), False),
    Row(2_000, 300, (8, 10), True),
    Row(98, 26, (3, 6), False, 10),
    Row(300, 60, (4, 8), True, 10),
    Row(300, 60, (4, 8), True, 100),
)


def problem(row: Row, seed: int, counts: str = "admitted") -> Problem:
    """Volume three fifths of an even share of the women, access of 60 % within an hour in every region."""
    rules = {
        "units": list(row.units),
        "nearest": row.nearest or None,
        "volume": 0.6 * 90.0 / row.units[1],
        "region_access": {"share": 0.6, "minutes": 60},
    }
    return country(row.points, row.sites, seed=seed).problem(
        scenarios=row.scenarios,
        policy=Policy(**{name: value for name, value in rules.items() if value is not None}),
        care=Care(ambulatory_trips_per_week=0.0),
        finance=Finance(counts=counts),
    )


def ours(row: Row, seed: int, counts: str) -> dict[str, float | str | None]:
    """The library's answer."""
    asked = problem(row, seed, counts)
    clock = time.process_time()
    try:
        plan = solve(asked, time_limit=LIMIT)
    except (InfeasibleError, NoPlanError) as error:
        proven = isinstance(error, InfeasibleError)
        said = {"said": "infeasible" if proven else "unknown", "value": None, "gap": 0.0 if proven else None}
        return {"cpu": time.process_time() - clock, **said}
    return {
        "cpu": time.process_time() - clock,
        "said": plan.status,
        "value": plan.objective,
        "gap": plan.gap,
        "engine": plan.record["engine"],
    }


def raw(row: Row, seed: int, counts: str) -> dict[str, float | str | None]:
    """The same statement (sizes left out: they cost travel nothing) as a plain model, straight to HiGHS."""
    import highspy

    if counts != "all":
        raise SystemExit("The plain model states the volume of all stays: ask with all.")
    p = problem(row, seed, counts)
    n, m, women = row.points, row.sites, p.women
    clock = time.process_time()
    volume, share, minutes = 0.6 * 90.0 / row.units[1], 0.6, 60.0
    split = 1 if row.nearest else row.scenarios
    pair = np.arange(n * m)
    point, site = pair // m, pair % m
    rows: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []

    def add(row_of: np.ndarray, column: np.ndarray, value: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        rows.append((row_of, column, value, low, high))

    every = np.full
    for s in range(split):
        x = m + s * n * m + pair
        add(point, x, np.ones(n * m), np.ones(n), np.ones(n))
        link = (
            np.concatenate([pair, pair]),
            np.concatenate([x, site]),
            np.concatenate([np.ones(n * m), -np.ones(n * m)]),
        )
        add(*link, every(n * m, -np.inf), np.zeros(n * m))
    for s in range(row.scenarios):
        x = m + (s if split > 1 else 0) * n * m + pair
        for r in np.unique(p.network.point_region_index):
            near = (p.minutes.ravel() <= minutes) & (p.network.point_region_index[point] == r)
            asked = share * women[s][p.network.point_region_index == r].sum()
            zero = np.zeros(int(near.sum()), dtype=np.int64)
            add(zero, x[near], women[s][point[near]], np.array([asked]), np.array([np.inf]))
    weights = women.mean(axis=0)[None] if split == 1 else women / row.scenarios
    columns = np.concatenate([m + s * n * m + pair for s in range(split)])
    add(
        np.concatenate([np.tile(site, split), np.arange(m)]),
        np.concatenate([columns, np.arange(m)]),
        np.concatenate([weights[:, point].ravel(), every(m, -volume)]),
        np.zeros(m),
        every(m, np.inf),
    )
    units = np.array([float(row.units[0])]), np.array([float(row.units[1])])
    add(np.zeros(m, dtype=np.int64), np.arange(m), np.ones(m), *units)
    if row.nearest:
        order = np.argsort(p.nearness, axis=1)
        for k in range(m - 1):
            # Who is sent farther than their k-th site is not where that one is open.
            farther = order[:, k + 1 :]
            who = np.repeat(np.arange(n), farther.shape[1])
            column = np.concatenate([m + who * m + farther.ravel(), order[:, k]])
            add(np.concatenate([who, np.arange(n)]), column, np.ones(len(column)), every(n, -np.inf), np.ones(n))
    solved = _by_highs(
        highspy, rows, m, np.concatenate([weights[s][point] * p.hours_per_woman.ravel() for s in range(split)])
    )
    return {"cpu": time.process_time() - clock, **solved}


def _by_highs(highspy, rows, m: int, cost: np.ndarray) -> dict[str, float | str | None]:
    starts = np.cumsum([0, *(len(part[3]) for part in rows)])
    row = np.concatenate([part[0] + start for part, start in zip(rows, starts, strict=False)])
    column, value = (np.concatenate([part[k] for part in rows]) for k in (1, 2))
    lp, count = highspy.HighsLp(), m + len(cost)
    lp.num_col_, lp.num_row_ = count, int(starts[-1])
    lp.col_cost_ = np.concatenate([np.zeros(m), cost])
    lp.col_lower_, lp.col_upper_ = np.zeros(count), np.ones(count)
    lp.row_lower_, lp.row_upper_ = (np.concatenate([part[k] for part in rows]) for k in (3, 4))
    order = np.argsort(column, kind="stable")
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=count))])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = row[order], value[order]
    lp.integrality_ = [highspy.HighsVarType.kInteger] * m + [highspy.HighsVarType.kContinuous] * len(cost)
    engine = highspy.Highs()
    for name, option in (("output_flag", False), ("threads", 1), ("time_limit", LIMIT), ("mip_rel_gap", 1e-6)):
        engine.setOptionValue(name, option)
    engine.passModel(lp)
    engine.run()
    info = engine.getInfo()
    there = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return {
        "said": engine.modelStatusToString(engine.getModelStatus()),
        "value": info.objective_function_value if there else None,
        "gap": info.mip_gap if there else None,
    }


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--job"]:
        # What is loaded once is not counted, of either.
        for name in ("highspy", "capacity.engines.tree.work", "capacity.engines.exact"):
            import_module(name)
        found = {"ours": ours, "raw": raw}[sys.argv[2]](ROWS[int(sys.argv[3])], int(sys.argv[4]), sys.argv[5])
        found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
        return
    # Before numpy loads in the processes to come: threads that wait for each other would count.
    os.environ["OMP_NUM_THREADS"] = "1"
    seeds = next((int(word) for word in sys.argv[1:] if word.isdigit()), 3)
    counts = "all" if "all" in sys.argv or "raw" in sys.argv else "admitted"
    chosen = next((word[5:] for word in sys.argv if word.startswith("rows=")), None)
    print(f"{'points x sites, units':28} {'who':5} {'median s':>9} {'worst s':>8} {'MB':>6}  worst gap, engines")
    for k, row in enumerate(ROWS):
        if chosen is not None and str(k) not in chosen.split(","):
            continue
        runs = {}
        for who in ("ours", "raw") if "raw" in sys.argv else ("ours",):
            jobs = [
                ["-m", "benchmarks.solving", "--job", who, str(k), str(FIRST_SEED + s), counts] for s in range(seeds)
            ]
            runs[who] = [run(job, limit=4 * LIMIT).said for job in jobs]
            _say(row, who, [one for one in runs[who] if one], seeds)
        if "raw" in runs:
            _compare(runs["ours"], runs["raw"])


def _compare(ours: list[dict], raw: list[dict]) -> None:
    """The worst ratio of ours to the plain model, and whether the values agree where both are proven."""
    both = [(one, other) for one, other in zip(ours, raw, strict=True) if one and other]
    ratio = max((one["cpu"] / other["cpu"] for one, other in both), default=float("nan"))
    proven = [(one["value"], other["value"]) for one, other in both if one["gap"] == 0.0 and other["said"] == "Optimal"]
    off = max((abs(one - other) / other for one, other in proven if one and other), default=0.0)
    print(f"{'':28} worst ratio {ratio:.2f}; {len(proven)} proven by both, values differ by {off:.0e}", flush=True)


def _say(row: Row, who: str, runs: list[dict], seeds: int) -> None:
    kind = f"{row.points:,} x {row.sites}, {row.units[0]}-{row.units[1]} {'on' if row.nearest else 'off'}"
    kind += f" x {row.scenarios}" if row.scenarios > 1 else ""
    if not runs:
        print(f"{kind:28} {who:5} none of {seeds} ended", flush=True)
        return
    cpu = [one["cpu"] for one in runs]
    gaps = [one["gap"] for one in runs if one["gap"] is not None]
    none = sum(one["gap"] is None for one in runs) + seeds - len(runs)
    said = f"{max(gaps, default=float('nan')):.1e}" + (f", {none} without a plan" if none else "")
    engines = " ".join(sorted({str(one["engine"]) for one in runs if one.get("engine")}))
    peak = max(one["peak"] for one in runs)
    print(f"{kind:28} {who:5} {median(cpu):9.2f} {max(cpu):8.2f} {peak:6.0f}  {said} {engines}", flush=True)


if __name__ == "__main__":
    main()
