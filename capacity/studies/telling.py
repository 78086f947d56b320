"""How a study tells how far it is, and what becomes of it where `Stop` is the answer.

A study that has something whole by then hands that out; one that has not raises `InterruptedSolveError`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from capacity.engines.clock import Clock, OutOfTimeError
from capacity.errors import InterruptedSolveError, NoPlanError


@contextlib.contextmanager
def whole_or_nothing(study: str, clock: Clock | None = None, limit: float | None = None) -> Iterator[None]:
    """Of a study that is nothing in parts: a `Stop`, or the end of its time limit, is told as what it is."""
    try:
        yield
    except OutOfTimeError:
        if limit is not None and clock is not None and not clock.stopped:
            raise NoPlanError(f"{study} had no answer within the limit of {limit:g} seconds. Give it more.") from None
        raise InterruptedSolveError(f"{study} was stopped before it had an answer.") from None


def known_up_to(
    clock: Clock, low: float, high: float, progress: Callable[[float], object] | None
) -> Callable[[float], None]:
    """Tells up to which value of a range a study knows; raises `OutOfTimeError` after a `Stop`."""
    looked = 0

    def told(value: float) -> None:
        nonlocal looked
        looked += 1
        if progress is not None:
            progress(value)
        share = (value - low) / (high - low) if high > low else None
        clock.tell(f"known up to {value:,.2f}", share=share, done=looked, always=True)
        clock.check()

    return told
