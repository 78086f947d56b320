"""HiGHS as it is started everywhere: silent, on one thread, with one seed, stopped by Ctrl+C."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from capacity.arrays import Floats, Ints, Narrow
from capacity.engines.clock import EVERY, Clock
from capacity.tolerances import LEFT_BY_ROUNDING, LOST

GRACE = 0.2
"""Seconds HiGHS has to end by itself at its time limit."""

PATIENCE = 0.5
"""Seconds HiGHS has to end when it is told to, before it is left alone."""


def row_sizes(row: Ints | Narrow, coefficient: Floats, rows: int) -> Floats:
    """What each row is counted in: its largest coefficient, or less where its smallest would be lost beside that.

    Parameters
    ----------
    row, coefficient : ndarray (nnz,)
    rows : int

    Returns
    -------
    ndarray (rows,)
        One for a row without coefficients.
    """
    size = np.abs(coefficient)
    largest, smallest = np.zeros(rows), np.full(rows, np.inf)
    np.maximum.at(largest, row, size)
    said = size > LEFT_BY_ROUNDING * largest[row]
    np.minimum.at(smallest, row[said], size[said])
    size = np.where(smallest > LOST * largest, largest, np.sqrt(largest * np.minimum(smallest, largest)))
    return np.where(largest > 0, size, 1.0)


@lru_cache(maxsize=1)
def silence_greeting() -> None:
    """Keep HiGHS 1.16 from greeting on standard output when the first one is made, whatever its options."""
    import highspy

    try:
        sys.stdout.flush()
        kept = os.dup(1)
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]  # highspy has no types
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def new_engine(*, time_limit: float | None = None, **options: Any) -> Any:
    """A fresh HiGHS."""
    import highspy

    silence_greeting()
    engine: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy has no types
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("threads", 1)
    engine.setOptionValue("random_seed", 0)
    for name, value in options.items():
        engine.setOptionValue(name, value)
    if time_limit is not None:
        engine.setOptionValue("time_limit", max(0.01, float(time_limit)))
    return engine


@dataclass
class Seen:
    """What HiGHS was seen to know while it ran; it cannot be asked before it has ended.

    Attributes
    ----------
    best, bound : float or None
        Value of its best solution, and the bound it has proven.
    values : ndarray or None
        Its best solution, by column.
    left_alone : bool
        It did not end when it was told to; it is not to be asked anything any more.
    """

    best: float | None = None
    bound: float | None = None
    values: Floats | None = None
    left_alone: bool = False

    def watch(self, engine: Any) -> None:
        """See what the engine finds from now on."""

        def improved(event: Any) -> None:
            self.values = np.array(event.data_out.mip_solution)
            self.best = float(event.data_out.objective_function_value)

        def working(event: Any) -> None:
            bound = float(event.data_out.mip_dual_bound)
            if np.isfinite(bound):
                self.bound = bound if self.bound is None else max(self.bound, bound)

        engine.cbMipImprovingSolution += improved
        engine.cbMipInterrupt += working


def run_engine(engine: Any, clock: Clock | None = None, seen: Seen | None = None) -> bool:
    """Run HiGHS so that Ctrl+C stops it and keeps what it found; True when stopped by it.

    Meanwhile Ctrl+C does not raise: were it to raise while the thread starts, HiGHS would go on with
    nobody waiting for it. HiGHS looks at its own time limit seldom (30 seconds became 60), so it is stopped there;
    and where it does not end even then (presolve looks at nothing), it is left alone, if what was seen of it is
    all that will be asked.

    Parameters
    ----------
    engine : Highs
    clock : Clock, optional
        Told how far the search is; a `Stop` ends it.
    seen : Seen, optional
        Of a mixed-integer model that nobody else asks: what is known where HiGHS does not end.
    """
    if seen is not None:
        seen.watch(engine)
    engine.HandleUserInterrupt = True
    run = _Run(engine)
    limit = float(engine.getOptionValue("time_limit")[1])
    left = np.inf if clock is None or clock.left is None else clock.left
    end = time.monotonic() + min(limit, left) + GRACE
    # What somebody else has made of Ctrl+C is left as it is; only the main thread may change it.
    plain = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if plain:
        signal.signal(signal.SIGINT, run.stop)
    try:
        threading.Thread(target=run.work, daemon=True).start()
        run.wait(end, clock, seen)
    except BaseException:
        # Whoever is told how far it is has failed.
        run.end()
        raise
    finally:
        if plain:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    if run.done.is_set():
        # It would hold itself, and all its memory, until somebody looks for what nobody needs any more.
        engine.HandleUserInterrupt = False
    if run.failed:
        raise run.failed[0]
    return run.interrupted


class _Run:
    """HiGHS in a thread of its own, and who waits for it."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        # An event: in Python 3.11 a join that Ctrl+C ends takes the thread for finished while it still runs.
        self.done = threading.Event()
        self.interrupted = False
        self.told_to_end = np.inf
        self.failed: list[BaseException] = []

    def work(self) -> None:
        """What the thread does."""
        try:
            self.engine.run()
        except BaseException as error:
            self.failed.append(error)
        finally:
            self.done.set()

    def end(self) -> None:
        """Tell HiGHS to end."""
        self.told_to_end = min(self.told_to_end, time.monotonic())
        self.engine.cancelSolve()

    def stop(self, *_: Any) -> None:
        """End it because of Ctrl+C."""
        self.interrupted = True
        self.end()

    def wait(self, end: float, clock: Clock | None, seen: Seen | None) -> None:
        """Wait until it is done, tell meanwhile how far it is, and end it at its time or when its clock stops."""
        while not self.done.is_set():
            try:
                every = EVERY if clock is not None and clock.telling else 0.5
                self.done.wait(min(every, max(end - time.monotonic(), 0.01)))
                if clock is not None and clock.telling and not clock.stopped and not self.done.is_set():
                    known = seen or Seen()
                    clock.tell("HiGHS searches", best=known.best, bound=known.bound)
                if time.monotonic() > end or (clock is not None and clock.stopped):
                    self.end()
                if seen is not None and time.monotonic() > self.told_to_end + PATIENCE and not self.done.is_set():
                    # The thread holds the engine until it ends.
                    seen.left_alone = True
                    break
            except KeyboardInterrupt:
                self.stop()
