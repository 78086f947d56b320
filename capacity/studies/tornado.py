"""Each setting at the ends of its stated range, the others as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from capacity.engines.clock import Clock, OutOfTimeError, Tell
from capacity.engines.question import refuse_no_problem
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules.objectives import Objective, ObjectiveName
from capacity.studies.result import Rows, rows_of
from capacity.studies.runs import one_run


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
