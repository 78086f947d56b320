"""Many runs over a grid of settings: a tidy table, resumable, on as many cores as there are."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.engines.clock import Clock, OutOfTimeError, Tell
from capacity.engines.question import refuse_no_problem
from capacity.engines.solve import solve_or_stop
from capacity.errors import DataError, Finding, InfeasibleError, NoPlanError
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.problem.settings import canonical, plainest, replaced
from capacity.rules.objectives import Objective, ObjectiveName, objective_named
from capacity.studies.cases import missing_rules
from capacity.studies.result import Rows, StudyResult, rows_of
from capacity.tolerances import LEAST_NUMBER

if TYPE_CHECKING:
    import pandas as pd

PAYS_FROM = 200
"""Runs from which starting further processes pays."""

IN_HAND = 32
"""Parts handed to an executor at once: what waits there is bounded, however many runs there are."""

PART_SECONDS = 1.0
"""How long a part should take: long enough for what it costs to hand out, short enough to lose little to a kill."""

MOST_IN_PART = 100
"""Runs of one part at most."""

ROWS = "rows.jsonl"
START = '{"stamp": "'
"""What each line kept of a run begins with."""

STATUSES = ("optimal", "feasible", "infeasible", "unknown", "bad_input")
NUMBERS = ("units", "beds", "objective", "mean_minutes", "longest_minutes", "family_hours_per_year", "cost_dkk")
"""Columns of a run's row that are numbers, or nothing."""


@dataclass(frozen=True, kw_only=True)
class Sweep(StudyResult):
    """The runs of a sweep, in the order of the grid.

    Attributes
    ----------
    keys : tuple of str
        Settings of the grid.
    runs : tuple of dict
        The settings by key; status, site_ids, units, beds, objective, mean_minutes, longest_minutes,
        family_hours_per_year, cost_dkk; where there is no plan the reason, and the rules that the set
        which breaks the fewest of them breaks.
    """

    study: ClassVar[str] = "sweep"

    keys: tuple[str, ...]
    runs: tuple[dict[str, Any], ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row a run."""
        import pandas as pd

        return pd.DataFrame(list(self.runs))

    def to_json(self) -> dict[str, Any]:
        """The sweep as a JSON object."""
        return {"keys": list(self.keys), "runs": list(self.runs)}


@told
def sweep(
    problem: Problem,
    grid: Mapping[str, Sequence[Any]],
    *,
    objective: ObjectiveName | Objective = "travel",
    executor: Executor | None = None,
    folder: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], object] | None = None,
    tell: Tell | None = None,
) -> Sweep:
    """Solve the problem for every combination of settings.

    Parameters
    ----------
    problem : Problem
    grid : mapping of setting to values
        ``{"rules.units": [1, 2, 3], "demand.women_per_year": range(20, 200, 20)}``; also ``scenario``.
    executor : concurrent.futures.Executor, optional
        Where to run; without one, processes of this machine where that pays.
    folder : path, optional
        Finished runs are kept there, and not run again after a kill.
    progress : callable (done, all), optional
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, the runs that are done are the answer.

    Returns
    -------
    Sweep
        The same whatever the executor.

    Raises
    ------
    DataError
        Where a setting is unknown, or a value does not fit it: before anything runs.
    """
    refuse_no_problem(problem, "sweep")
    _refuse_executor(executor)
    clock = Clock(None, tell)
    keys = _keys(problem, grid)
    points = [dict(zip(keys, values, strict=True)) for values in itertools.product(*map(list, grid.values()))]
    _check(problem, points)
    done = dict(_finished(problem, objective, folder))
    waiting = [p for p in points if _name(p) not in done]
    if executor is not None or len(waiting) < PAYS_FROM or (os.cpu_count() or 1) < 2:
        _run(problem, objective, waiting, done, executor, folder, progress, len(points), clock)
    else:
        with ProcessPoolExecutor(max_workers=os.cpu_count(), initializer=_leave_with_parent) as pool:
            try:
                _run(problem, objective, waiting, done, pool, folder, progress, len(points), clock)
                if clock.stopped:
                    pool.shutdown(wait=False, cancel_futures=True)
            except BaseException:
                # Interrupted, perhaps while runs were still being handed in: leaving the pool would wait for them all.
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return Sweep(keys=keys, runs=tuple(done[_name(p)] for p in points if _name(p) in done))


def _refuse_executor(executor: object) -> None:
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise DataError(
            [
                Finding(
                    table="sweep",
                    column="executor",
                    value=str(executor),
                    rule="runs are handed to an Executor",
                    remedy="Give a concurrent.futures.ThreadPoolExecutor() or ProcessPoolExecutor(), or leave it out.",
                )
            ]
        )


def _keys(problem: Problem, grid: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
    """The grid's settings by their one name, the faults of all of them raised together."""
    keys: list[str] = []
    findings: list[Finding] = []
    for key, values in grid.items():
        try:
            keys.append(canonical(key, problem.policy))
        except DataError as error:
            findings += error.findings
            continue
        if not len(values):
            findings.append(
                Finding(
                    table="sweep",
                    column=key,
                    rule="a setting of the grid has at least one value",
                    remedy="List its values, or leave the setting out.",
                )
            )
    if findings:
        raise DataError(findings)
    return tuple(keys)


def _check(problem: Problem, points: Sequence[Mapping[str, Any]]) -> None:
    """Every value of every setting is tried on its own, so that all faults come at once."""
    findings: list[Finding] = []
    seen = {(key, json.dumps(plainest(value), default=str)): value for p in points for key, value in p.items()}
    for (key, _), value in seen.items():
        try:
            problem.set(key, value)
        except DataError as error:
            findings += error.findings
    if findings:
        raise DataError(list(dict.fromkeys(findings)))


def _run(
    problem: Problem,
    objective: str | Objective,
    waiting: Sequence[Mapping[str, Any]],
    done: dict[str, dict[str, Any]],
    executor: Executor | None,
    folder: str | os.PathLike[str] | None,
    progress: Callable[[int, int], object] | None,
    count: int,
    clock: Clock,
) -> None:
    def take(point: Mapping[str, Any], row: dict[str, Any]) -> None:
        done[_name(point)] = row
        _keep(problem, objective, folder, point, row)
        if progress is not None:
            progress(len(done), count)
        clock.tell("runs", done=len(done), count=count, always=True)

    if executor is None:
        for point in waiting:
            within = clock.part("runs", len(done), count)
            watched: dict[str, Any] = {} if within is None else {"tell": within}
            try:
                row = one_run(problem, point, objective, **watched)
            except OutOfTimeError:
                return
            take(point, row)
            if clock.stopped:
                return
        return
    _run_in_parts(executor, pickle.dumps((problem, objective)), waiting, take, clock)


def _run_in_parts(
    executor: Executor,
    packed: bytes,
    waiting: Sequence[Mapping[str, Any]],
    take: Callable[[Mapping[str, Any], dict[str, Any]], None],
    clock: Clock,
) -> None:
    """Runs handed out some at a time, only so many at once, and taken as they finish: a kill loses what was running."""
    left, handed, seconds, runs = deque(waiting), dict[Future[Any], list[Mapping[str, Any]]](), 0.0, 0
    try:
        while left or handed:
            while left and len(handed) < IN_HAND:
                # As many as take `PART_SECONDS`; fewer towards the end, so that all end together.
                size = 1 if not runs else round(PART_SECONDS * runs / max(seconds, LEAST_NUMBER))
                size = max(1, min(size, MOST_IN_PART, len(left) // IN_HAND))
                part = [left.popleft() for _ in range(size)]
                handed[executor.submit(some_runs, packed, part)] = part
            for future in wait(handed, return_when=FIRST_COMPLETED).done:
                rows, took = future.result()
                seconds, runs = seconds + took, runs + len(rows)
                for point, row in zip(handed.pop(future), rows, strict=True):
                    take(point, row)
                if clock.stopped:
                    return
    finally:
        for future in handed:
            future.cancel()


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> tuple[Problem, str | Objective]:
    """A problem as it was handed out, kept from one part of a sweep to the next."""
    found: tuple[Problem, str | Objective] = pickle.loads(packed)
    return found


def some_runs(packed: bytes, points: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], float]:
    """Rows of some runs of one problem, wherever they are run, and the seconds they took."""
    began = time.monotonic()
    problem, objective = _unpacked(packed)
    return [one_run(problem, point, objective) for point in points], time.monotonic() - began


def _leave_with_parent() -> None:
    """In a process of the pool: end when the process that started it is gone, were it killed outright."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def one_run(
    problem: Problem, settings: Mapping[str, Any], objective: str | Objective, *, tell: Tell | None = None
) -> dict[str, Any]:
    """One row of a sweep."""
    row: dict[str, Any] = {key: plainest(value) for key, value in settings.items()}
    try:
        plan = solve_or_stop(replaced(problem, settings), objective, tell=tell)
    except InfeasibleError as error:
        missing = missing_rules(error.problem)
        nearest = f"; the set that breaks fewest of them breaks {' and '.join(missing)}" if missing else ""
        return row | _nothing("infeasible", f"No plan keeps {', '.join(error.rules)}{nearest}.", missing)
    except NoPlanError as error:
        return row | _nothing("unknown", str(error))
    except DataError as error:
        return row | _nothing("bad_input", str(error))
    return row | {
        "status": plan.status,
        "site_ids": list(plan.site_ids),
        "units": len(plan.site_ids),
        "beds": plan.beds,
        "objective": plan.objective,
        "mean_minutes": plan.mean_minutes,
        "longest_minutes": plan.longest_minutes,
        "family_hours_per_year": plan.family_hours_per_year,
        "cost_dkk": plan.objectives["cost"],
        "reason": "",
        "breaks": [],
    }


def _nothing(status: str, reason: str, breaks: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "status": status,
        "site_ids": [],
        "units": 0,
        "beds": 0,
        "objective": None,
        "mean_minutes": None,
        "longest_minutes": None,
        "family_hours_per_year": None,
        "cost_dkk": None,
        "reason": reason,
        "breaks": list(breaks),
    }


def _name(point: Mapping[str, Any]) -> str:
    return json.dumps(plainest(point), sort_keys=True, default=str)


def _stamp(problem: Problem, objective: str | Objective) -> str:
    """A run belongs to one problem and one objective."""
    return hashlib.sha256(f"{problem.fingerprint} {objective_named(objective).name}".encode()).hexdigest()[:16]


def _finished(
    problem: Problem, objective: str | Objective, folder: str | os.PathLike[str] | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    if folder is None or not (Path(folder) / ROWS).is_file():
        return
    stamp = _stamp(problem, objective)
    text = (Path(folder) / ROWS).read_text(encoding="utf-8", errors="replace")
    lines = [bare for line in text.split("\n") if (bare := line.strip("\0\r "))]
    begun = [START.startswith(line[: len(START)]) or line == "null" for line in lines]
    if not all(begun) and not any(line.startswith(START) for line in lines):
        raise DataError(
            [
                Finding(
                    table=ROWS,
                    column="folder",
                    value=str(folder),
                    rule="a folder to go on from holds a sweep's runs",
                    remedy="Choose a new folder; nothing was written.",
                )
            ]
        )
    for said in map(_said, lines):
        if said.get("stamp") == stamp and _is_run(said.get("point"), said.get("row"), problem.network.site_ids):
            yield said["point"], said["row"]


def _said(line: str) -> dict[str, Any]:
    """A line kept of a run; {} of one that a kill cut off, or that says nothing."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_run(point: object, row: object, site_ids: Sequence[str]) -> bool:
    """Whether a row has all that a run's row has, of the kind it has it."""
    if not (isinstance(point, str) and isinstance(row, dict) and row.keys() >= _nothing("", "").keys()):
        return False
    settings = _said(point)
    if any(key not in row or row[key] != value for key, value in settings.items()) or row["status"] not in STATUSES:
        return False
    lists = isinstance(row["site_ids"], list) and isinstance(row["breaks"], list)
    return lists and set(map(str, row["site_ids"])) <= set(site_ids) and all(_is_figure(row[key]) for key in NUMBERS)


def _is_figure(value: object) -> bool:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value is None or (plain and math.isfinite(value))  # type: ignore[arg-type]  # a number


def _keep(
    problem: Problem,
    objective: str | Objective,
    folder: str | os.PathLike[str] | None,
    point: Mapping[str, Any],
    row: dict[str, Any],
) -> None:
    if folder is None:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    said = {"stamp": _stamp(problem, objective), "point": _name(point), "row": row}
    with (Path(folder) / ROWS).open("ab") as file:
        # A line of its own even after one that a kill cut off; a blank line says nothing.
        file.write(f"\n{json.dumps(said, ensure_ascii=False)}\n".encode())


@told
def tornado(
    problem: Problem,
    *,
    objective: ObjectiveName | Objective = "travel",
    progress: Callable[[int, int], object] | None = None,
    tell: Tell | None = None,
) -> Rows:
    """Each setting at the low and the high end of its stated range, the others as they are.

    Parameters
    ----------
    problem : Problem
    objective : str
    progress : callable (done, all), optional
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, the settings that are done are the answer.

    Returns
    -------
    Rows
        Of each setting key, low, high, objective (of the problem as it stands), objective and site_ids at both
        ends, swing (the larger change of the objective, as a share; infinite where an end has no
        plan), and whether the units change; widest swing first.
    """
    refuse_no_problem(problem, "tornado")
    base = one_run(problem, {}, objective)
    rows = []
    clock, count = Clock(None, tell), len(problem.ranges)
    for done, (key, (low, high)) in enumerate(problem.ranges.items()):
        if progress is not None:
            progress(done, count)
        clock.tell("settings", done=done, count=count, always=True)
        if clock.stopped:
            break
        within = clock.part("settings", done, count)
        try:
            ends = [one_run(problem, {key: _as_was(problem, key, v)}, objective, tell=within) for v in (low, high)]
        except OutOfTimeError:
            break
        swings = [_swing(base["objective"], end["objective"]) for end in ends]
        rows.append(
            {
                "key": key,
                "low": low,
                "high": high,
                "objective": base["objective"],
                "objective_low": ends[0]["objective"],
                "objective_high": ends[1]["objective"],
                "sites_low": ends[0]["site_ids"],
                "sites_high": ends[1]["site_ids"],
                "swing": max(swings),
                "units_change": any(e["site_ids"] != base["site_ids"] for e in ends),
            }
        )
    return rows_of("tornado", sorted(rows, key=lambda r: (-r["swing"], r["key"])))


def _swing(base: float | None, end: float | None) -> float:
    return abs(end / base - 1) if end is not None and base else float("inf")


def _as_was(problem: Problem, key: str, value: float) -> Any:
    """A range's end as a whole number where the setting is one."""
    was = problem.get(key)
    return int(value) if isinstance(was, int) and not isinstance(was, bool) and value == int(value) else value


@told
def grid2(
    problem: Problem,
    first: tuple[str, Sequence[Any]],
    second: tuple[str, Sequence[Any]],
    *,
    objective: ObjectiveName | Objective = "travel",
    progress: Callable[[int, int], object] | None = None,
    tell: Tell | None = None,
) -> Sweep:
    """A two-way table: a sweep over two settings."""
    if first[0] == second[0]:
        rule, remedy = "the two settings differ", "Name another for one of them."
        raise DataError([Finding(table="grid2", column=str(first[0]), rule=rule, remedy=remedy)])
    return sweep(problem, {first[0]: first[1], second[0]: second[1]}, objective=objective, progress=progress, tell=tell)
