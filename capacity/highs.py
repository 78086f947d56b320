"""HiGHS as it is started everywhere: silent, on one thread, with one seed, stopped by Ctrl+C."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from typing import Any

import numpy as np

from capacity.labels import Floats, Ints, Narrow

LOST = 1e-8
"""A coefficient this small beside the largest of its row may be lost: HiGHS drops what is below 1e-9."""

ROUNDING = 1e-13
"""A coefficient this small beside the largest of its row is what rounding left, and may be."""

GRACE = 0.2
"""Seconds HiGHS has to end by itself at its time limit."""


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
    said = size > ROUNDING * largest[row]
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


def run_engine(engine: Any) -> bool:
    """Run HiGHS so that Ctrl+C stops it and keeps what it found; True when stopped.

    Meanwhile Ctrl+C does not raise: were it to raise while the thread starts, HiGHS would go on with
    nobody waiting for it. HiGHS looks at its own time limit seldom (30 seconds became 60), so it is stopped there.
    """
    import signal
    import threading
    import time

    if threading.current_thread() is not threading.main_thread():
        engine.run()
        return False
    engine.HandleUserInterrupt = True
    # An event: in Python 3.11 a join that Ctrl+C ends takes the thread for finished while it still runs.
    done = threading.Event()
    interrupted = False
    end = time.monotonic() + float(engine.getOptionValue("time_limit")[1]) + GRACE

    def work() -> None:
        try:
            engine.run()
        finally:
            done.set()

    def stop(*_: Any) -> None:
        nonlocal interrupted
        interrupted = True
        engine.cancelSolve()

    # What somebody else has made of Ctrl+C is left as it is.
    plain = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if plain:
        signal.signal(signal.SIGINT, stop)
    try:
        threading.Thread(target=work, daemon=True).start()
        while not done.is_set():
            try:
                done.wait(min(0.5, max(end - time.monotonic(), 0.01)))
                if time.monotonic() > end:
                    engine.cancelSolve()
            except KeyboardInterrupt:
                stop()
    finally:
        if plain:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    return interrupted
