"""The best policy there is time for, and what no policy costs less than.

Without a limit, and where nobody is told who may end it, all policies are looked at. Else those of few units are first,
and each is a policy that may be followed; what it may be bettered by is proven beside it, roughly first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.errors import SolverError
from capacity.studies.adapting.beliefs import Counted
from capacity.studies.adapting.bounding import least_cost
from capacity.studies.adapting.courses import beliefs_of
from capacity.studies.adapting.narrowing import FEW, Narrowed, narrowed, of_few, value_at_start
from capacity.studies.adapting.play import Played, Policy, play
from capacity.studies.adapting.recursion import Course, Values, values_of

ROUGH = 2
"""Parts of a year that what is seen is rounded up to, for a first bound."""

UP, DOWN = "What is seen rounded up", "What is seen rounded down"


@dataclass(frozen=True, kw_only=True, eq=False)
class Best:
    """The best policy there was time for.

    Attributes
    ----------
    low : float
        What no policy costs less than.
    down : float
        What the best policy costs that throws some counts away; the policy's own cost where that was not worked out.
    left_out : int
        See `Narrowed`.
    units : int or None
        Most units of the policies looked at, where there was no time or room for all of them.
    """

    policy: Policy
    played: Played
    low: float
    down: float
    left_out: int = 0
    units: int | None = None

    @property
    def value(self) -> float:
        """What the policy costs."""
        return float(self.policy.beliefs.prior @ self.played.cost)


def best_in_time(
    course: Course, need: Floats, weight: Floats, known: Sequence[Values], grid: int | None, clock: Clock
) -> Best:
    """The best policy; of few units only where the clock leaves no more.

    Raises
    ------
    OutOfTimeError
        The clock left not even one of few units.
    """
    below = beliefs_of(course, need, weight, grid, down=True)

    def proven(first: Narrowed, parts: int | None) -> float:
        return min(first.least, least_cost(first.course, known, need, weight, parts, clock, UP))

    if clock.limited or clock.telling:
        return _in_time(course, known, below, grid, proven, clock)
    first = narrowed(course, below, known, clock)
    low = proven(first, grid)
    return replace(_policy(first.course, below, clock, DOWN), low=low, left_out=first.left_out)


def _policy(course: Course, below: Counted, clock: Clock, part: str) -> Best:
    """The best policy of a course, played."""
    values = values_of(course, below, clock, part)
    policy = Policy(course, below, values)
    played = play(policy, clock)
    value = float(below.prior @ played.cost)
    # A rule is asked of what is believed: by rounded beliefs other units open, and what that costs bounds nothing.
    down = value if course.asks is not None else value_at_start(values)
    return Best(policy=policy, played=played, low=-np.inf, down=down)


def _in_time(
    course: Course,
    known: Sequence[Values],
    below: Counted,
    grid: int | None,
    proven: Callable[[Narrowed, int | None], float],
    clock: Clock,
) -> Best:
    """The same by a clock that may end: policies of few units, a rough bound, then more units."""
    most = int(course.sets.units.max())
    low = float(below.prior @ known[0][0][0.0][:, 0])
    best: Best | None = None
    try:
        best = replace(_policy(of_few(course, 1), below, clock, "Few units"), units=1)
        few = replace(_policy(of_few(course, FEW), below, clock, "Few units"), units=min(FEW, most))
        best = _better(best, few)
        first = narrowed(course, below, known, clock, value_at_start(few.policy.values))
        low = max(low, proven(first, ROUGH if grid is None else min(ROUGH, grid)))
        for units in range(FEW + 1, most):
            best = _better(best, replace(_policy(of_few(course, units), below, clock, "Few units"), units=units))
        fine = proven(first, grid)
        low = max(low, fine)
        return replace(_policy(first.course, below, clock, DOWN), low=fine, left_out=first.left_out)
    except (OutOfTimeError, SolverError):
        if best is None:
            raise
    # The best of all lies between the bound and what this one costs.
    return replace(best, low=low, down=best.value)


def _better(one: Best, other: Best) -> Best:
    """The cheaper; of the units of the later, whose policies hold the others'."""
    best = other if other.value < one.value else one
    return replace(best, units=other.units)
