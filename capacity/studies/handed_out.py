"""Runs of a sweep through an executor, whatever it is: processes here, a Dask cluster elsewhere.

The problem goes to a worker once, then only numbers of runs: a part of neighbours in the grid, about as many as take
a second by what runs like them took so far. How much is on its way at once is bounded, however many runs there are.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from capacity.problem.problem import Problem
from capacity.rules.objectives import Objective
from capacity.studies.grids import Grid
from capacity.studies.runs import Runs

FIRST_IN_HAND = 4
"""Parts handed out, with the problem, before any worker is known."""

FOR_EACH = 2
"""Parts on their way for each worker that is known, so that none waits for the next; and so many more."""

MOST_IN_HAND = 512
"""Parts on their way at most."""

TOWARDS_THE_END = 3
"""A part has at most one in so many of each worker's share of what waits: they end at about the same time."""

PART_SECONDS = 1.0
"""How long a part should take: long enough for what it costs to hand out, short enough to lose little to a kill."""

BUSY = 20
"""A run that took less CPU than one in so many of the seconds it took waited for threads that are not its own."""

MOST_IN_PART = 1_000
"""Runs of one part at most."""

WORTH = 3.0
"""So many runs of the mean count beside what was seen of a value of a setting."""

EXTREME = 30.0
"""By so much may one value of a setting make a run longer or shorter, as far as is believed."""


class Expected:
    """Seconds a run is expected to take, by what the runs of each value of each setting took so far."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._seconds = [[0.0] * len(values) for values in grid.values]
        self._runs = [[0] * len(values) for values in grid.values]
        self._all, self._count = 0.0, 0

    def learn(self, number: int, seconds: float) -> None:
        """A run has ended."""
        self._all, self._count = self._all + seconds, self._count + 1
        for k, digit in enumerate(self._grid.digits(number)):
            self._seconds[k][digit] += seconds
            self._runs[k][digit] += 1

    def of(self, number: int) -> float:
        """Of one run."""
        mean = self._all / max(self._count, 1)
        expected = mean
        for k, digit in enumerate(self._grid.digits(number)):
            if self._runs[k][digit] and mean > 0:
                seen = (self._seconds[k][digit] + WORTH * mean) / (self._runs[k][digit] + WORTH)
                expected *= min(EXTREME, max(1 / EXTREME, seen / mean))
        return expected


@dataclass(frozen=True, kw_only=True)
class Part:
    """Runs that are handed out together.

    Attributes
    ----------
    token : str
        Of the problem, the objective and the grid.
    packed : bytes or None
        These themselves; None where the worker should have them.
    numbers : tuple of int
        Of the runs in the grid.
    """

    token: str
    packed: bytes | None
    numbers: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Done:
    """A part that has ended.

    Attributes
    ----------
    rows : list of dict
    seconds : list of float
        Each took.
    worker : tuple of str, int, int
        Machine, process and thread.
    """

    rows: list[dict[str, Any]]
    seconds: list[float]
    worker: tuple[str, int, int]


class _Shelf:
    """What a worker was handed, from one part of a sweep to the next: each of its threads has runs of its own."""

    def __init__(self) -> None:
        self.handed: tuple[Problem, str | Objective, Grid] | None = None
        self.runs: dict[int, Runs] = {}


@lru_cache(maxsize=1)
def _shelf(token: str) -> _Shelf:
    return _Shelf()


def work(part: Part) -> Done | None:
    """Do a part, wherever that is; None where the worker lacks the problem."""
    shelf, thread = _shelf(part.token), threading.get_ident()
    if part.packed is not None and shelf.handed is None:
        shelf.handed = pickle.loads(part.packed)
    if shelf.handed is None:
        return None
    runs = shelf.runs.get(thread)
    if runs is None:
        runs = shelf.runs[thread] = Runs(*shelf.handed)
    rows, seconds = [], []
    for number in part.numbers:
        wall, cpu = time.monotonic(), time.thread_time()
        rows.append(runs.row(number))
        wall, cpu = time.monotonic() - wall, time.thread_time() - cpu
        # What waited for a busy machine is not counted; what a solver's own threads did is, by the clock.
        seconds.append(cpu if BUSY * cpu > wall else wall)
    return Done(rows=rows, seconds=seconds, worker=(platform.node(), os.getpid(), thread))


class HandedOut:
    """Runs handed out some at a time, only so many at once, and taken as they end: a kill loses what was running.

    Parameters
    ----------
    executor : concurrent.futures.Executor
    problem, objective, grid
        What runs are of.
    waiting : sequence of int
        Runs to do, in order.
    """

    def __init__(
        self, executor: Executor, problem: Problem, objective: str | Objective, grid: Grid, waiting: Sequence[int]
    ) -> None:
        self._executor, self._waiting = executor, deque(waiting)
        self._packed = pickle.dumps((problem, objective, grid))
        self._token = hashlib.sha256(self._packed).hexdigest()
        self._expected = Expected(grid)
        self._handed: dict[Future[Any], tuple[int, ...]] = {}
        self._workers: set[tuple[str, int, int]] = set()

    def take(self, take: Callable[[list[tuple[int, dict[str, Any]]]], bool]) -> None:
        """Do all runs; `take` gets those of a part, and says whether that is enough."""
        try:
            while self._waiting or self._handed:
                while self._waiting and len(self._handed) < self._room():
                    self._hand(self._next(), packed=not self._workers)
                for future in wait(self._handed, return_when=FIRST_COMPLETED).done:
                    numbers, done = self._handed.pop(future), future.result()
                    if done is None:
                        self._hand(numbers, packed=True)
                        continue
                    self._workers.add(done.worker)
                    for number, each in zip(numbers, done.seconds, strict=True):
                        self._expected.learn(number, each)
                    if take(list(zip(numbers, done.rows, strict=True))):
                        return
        finally:
            for future in self._handed:
                future.cancel()

    def _room(self) -> int:
        """How many parts may be on their way: the more, the more workers have shown themselves."""
        if not self._workers:
            return FIRST_IN_HAND
        return min(MOST_IN_HAND, FOR_EACH * (len(self._workers) + 1))

    def _next(self) -> tuple[int, ...]:
        """Runs of the next part: as many as take `PART_SECONDS`, fewer towards the end, so that all end together."""
        most = len(self._waiting) // (TOWARDS_THE_END * len(self._workers)) if self._workers else 1
        numbers, seconds = [self._waiting.popleft()], 0.0
        while self._waiting and len(numbers) < min(most, MOST_IN_PART):
            seconds += self._expected.of(numbers[-1])
            if seconds + self._expected.of(self._waiting[0]) > PART_SECONDS:
                break
            numbers.append(self._waiting.popleft())
        return tuple(numbers)

    def _hand(self, numbers: tuple[int, ...], *, packed: bool) -> None:
        part = Part(token=self._token, packed=self._packed if packed else None, numbers=numbers)
        self._handed[self._executor.submit(work, part)] = numbers
