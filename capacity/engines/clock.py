"""What is left of a time limit, and how far the work is: told to whoever asked, who may end it.

Every stage of a solve looks at one clock. A limit that is reached and a `Stop` that was asked for are the
same to it: nothing is left, and what is known then is the answer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

EVERY = 0.1
"""Seconds between two reports of progress, so that telling costs nothing."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a solve or a study is.

    Attributes
    ----------
    message : str
        What is being done.
    share : float or None
        Done of the whole, 0 to 1; None where nobody can say.
    best : float or None
        Value of the best plan so far, as it is minimised; None without one.
    bound : float or None
        Proven: no plan has less. None where nothing is proven yet.
    seconds : float
        Since the start.
    done, count : int or None
        Steps done and steps in all, where the work is made of steps.
    """

    message: str
    share: float | None = None
    best: float | None = None
    bound: float | None = None
    seconds: float = 0.0
    done: int | None = None
    count: int | None = None


class Stop:
    """What a callback returns to end the work with what is known: `Stop` itself or one of it."""


Tell = Callable[[Progress], object]
"""Called with how far the work is; returning `Stop` ends it."""


class OutOfTimeError(Exception):
    """Nothing is left of the clock, and the stage that noticed has nothing of its own to hand out."""


class Clock:
    """What is left of a time limit.

    Parameters
    ----------
    limit : float or None
        Seconds from now.
    tell : callable (Progress), optional
        Told how far the work is, at most every `EVERY` seconds.
    """

    def __init__(self, limit: float | None, tell: Tell | None = None) -> None:
        self.started = time.monotonic()
        self._end = None if limit is None else self.started + limit
        self._tell, self._next = tell, -math.inf
        self.stopped = False

    @property
    def left(self) -> float | None:
        """Seconds left; None without a limit, none after a `Stop`."""
        if self.stopped:
            return 0.0
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self._end is not None

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return self.left == 0

    @property
    def telling(self) -> bool:
        """Whether somebody is told."""
        return self._tell is not None

    def check(self) -> None:
        """Raise `OutOfTimeError` where nothing is left."""
        if self.over:
            raise OutOfTimeError

    def stop(self) -> None:
        """Let nothing be left."""
        self.stopped = True

    def part(self, message: str, done: int, count: int) -> Tell | None:
        """For the one after `done` of `count` parts of the work: what it tells is told as part of the whole."""
        if self._tell is None:
            return None

        def told(progress: Progress) -> object:
            self.tell(message, share=(done + (progress.share or 0.0)) / count, done=done, count=count)
            return Stop if self.stopped else None

        return told

    def tell(
        self,
        message: str,
        *,
        share: float | None = None,
        best: float | None = None,
        bound: float | None = None,
        done: int | None = None,
        count: int | None = None,
        always: bool = False,
    ) -> None:
        """Say how far the work is; afterwards nothing is left where `Stop` was the answer."""
        now = time.monotonic()
        if self._tell is None or self.stopped or (now < self._next and not always):
            return
        self._next = now + EVERY
        if share is None and done is not None and count:
            share = done / count
        said = self._tell(
            Progress(
                message=message,
                share=None if share is None else min(1.0, max(0.0, share)),
                best=_known(best),
                bound=_known(bound),
                seconds=now - self.started,
                done=done,
                count=count,
            )
        )
        self.stopped = said is Stop or isinstance(said, Stop)


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
