"""Many runs over a grid of settings: a tidy table, resumable, on as many cores as there are."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.engines.clock import Clock, OutOfTimeError, Tell
from capacity.engines.question import refuse_no_problem
from capacity.errors import DataError, Finding
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules.objectives import Objective, ObjectiveName
from capacity.studies.grids import Grid, grid_of
from capacity.studies.handed_out import HandedOut
from capacity.studies.kept_runs import KeptRuns
from capacity.studies.result import StudyResult
from capacity.studies.runs import Runs

if TYPE_CHECKING:
    import pandas as pd

PAYS_FROM = 200
"""Runs from which starting further processes pays."""


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
        Where to run (a Dask client is one as well); without one, processes of this machine where that pays.
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
    executor = _executor_of(executor)
    points = grid_of(problem, grid)
    with KeptRuns(problem, objective, folder) as kept:
        sweeping = _Sweeping(problem, objective, points, kept, progress, Clock(None, tell))
        if executor is not None or len(sweeping.waiting) < PAYS_FROM or (os.cpu_count() or 1) < 2:
            sweeping.run(executor)
        else:
            with ProcessPoolExecutor(max_workers=os.cpu_count(), initializer=_leave_with_parent) as pool:
                try:
                    sweeping.run(pool)
                    if sweeping.clock.stopped:
                        pool.shutdown(wait=False, cancel_futures=True)
                except BaseException:
                    # Interrupted, perhaps while runs were still being handed in: leaving the pool would wait for all.
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
    return Sweep(keys=points.keys, runs=tuple(row for row in sweeping.rows if row is not None))


class _Sweeping:
    """Runs of a grid, by their numbers: those that are done, and those that wait."""

    def __init__(
        self,
        problem: Problem,
        objective: str | Objective,
        grid: Grid,
        kept: KeptRuns,
        progress: Callable[[int, int], object] | None,
        clock: Clock,
    ) -> None:
        self._asked = problem, objective, grid
        self._grid, self._kept, self._progress = grid, kept, progress
        self.clock = clock
        before = dict(kept)
        self.rows: list[dict[str, Any] | None] = [
            before.get(grid.name(number)) if before else None for number in range(len(grid))
        ]
        self.waiting = [number for number, row in enumerate(self.rows) if row is None]
        self._done = len(self.rows) - len(self.waiting)
        # Ids of sites come back from other processes as new texts each time: one of each is enough.
        self._texts = {text: text for text in problem.network.site_ids}

    def run(self, executor: Executor | None) -> None:
        """Do what waits, until all is done or it is enough."""
        if executor is not None:
            HandedOut(executor, *self._asked, self.waiting).take(self._take)
            return
        runs = Runs(*self._asked)
        for number in self.waiting:
            try:
                row = runs.row(number, self.clock.part("runs", self._done, len(self.rows)))
            except OutOfTimeError:
                return
            if self._take([(number, row)]):
                return

    def _take(self, rows: list[tuple[int, dict[str, Any]]]) -> bool:
        """Keep runs that have ended; whether that is enough."""
        self._kept.keep([(self._grid.name(number), row) for number, row in rows])
        for number, row in rows:
            for column in ("site_ids", "breaks"):
                row[column] = [self._texts.setdefault(text, text) for text in row[column]]
            for column in ("status", "reason"):
                row[column] = self._texts.setdefault(row[column], row[column])
            self.rows[number] = row
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, len(self.rows))
            self.clock.tell("runs", done=self._done, count=len(self.rows), always=True)
            if self.clock.stopped:
                return True
        return False


def _executor_of(given: Any) -> Executor | None:
    """The executor that is given, or a Dask client's."""
    executor: Executor | None = given.get_executor() if callable(getattr(given, "get_executor", None)) else given
    _refuse_executor(executor)
    return executor


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


def _leave_with_parent() -> None:
    """In a process of the pool: end when the process that started it is gone, were it killed outright."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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
