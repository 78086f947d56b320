"""What no policy can cost less than: planners who see more than there is, and may open whatever anybody may.

Exposures are rounded up, so that what is seen holds all that is there: who throws some of her counts away knows as much
as the planner who has none of them. Past the last count she is told the level itself. A rule that is asked of a belief
is asked of the belief that speaks most for opening, of all that what she sees can come from: of the least exposure that
leads to where she is, and of every count. So each true policy can be played by her, at its true cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock
from capacity.studies.adapting.beliefs import Counted, as_key, grid_of_counts, most_women, posterior, product, rounding
from capacity.studies.adapting.recursion import START, Course, Values, values_of

TOLD = 220
"""Women who have asked, beyond whom the level is told to the planner who sees too much."""

PARTS_OF_A_PART = 4
"""Into so many the least exposures are told apart, rounded down: fewer beliefs are worked out."""

Least = Sequence[Mapping[int, Mapping[float, float]]]
"""By year, set and rounded exposure: the least true exposure that leads there."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Above:
    """Beliefs of a planner who sees more than there is.

    Attributes
    ----------
    counted : Counted
        With exposures rounded up and whole counts.
    known : sequence of Values
        With the level known, by year, (K, Q); the level is told past the last count.
    least : Least
    parts : int or None
        Of a year that least exposures are rounded down to.
    """

    counted: Counted
    known: Sequence[Values]
    least: Least
    parts: int | None
    _steps: dict[tuple[float, float], tuple[Floats, Floats | None]] = field(default_factory=dict, repr=False)
    _asked: dict[tuple[float, float], Floats] = field(default_factory=dict, repr=False)

    def weights(self, exposure: float) -> Floats:
        """Belief at each count."""
        return self.counted.weights(exposure)

    def in_short(self, cost: Floats) -> Floats:
        """In the columns of the basis."""
        return self.counted.in_short(cost)

    def expected(self, exposure: float, cost: Floats) -> Floats:
        """By row."""
        return self.counted.expected(exposure, cost)

    def after(self, exposure: float, asking: float) -> float:
        """The sum, each year rounded up."""
        return self.counted.after(exposure, asking)

    def led_to(self, year: int, others: Sequence[int], exposure: float, asking: float, later: Floats) -> Floats:
        """By the chances of counts after the year, and of each level where it is told."""
        step, told = self._step(exposure, asking)
        found = product(step, later)
        if told is not None:
            found = found + product(told, np.stack([self.known[year + 1][s][0.0] for s in others]))
        return found

    def believed(self, year: int, one: int, exposure: float) -> Floats:
        """The belief that speaks most for opening, of all that each count may come from."""
        true = self.least[year][one][exposure]
        if self.parts is not None:
            true = math.floor(true * self.parts * PARTS_OF_A_PART) / (self.parts * PARTS_OF_A_PART)
        key = (exposure, true)
        if key not in self._asked:
            counts = self.counted.counts[: self.counted.rows(exposure)]
            self._asked[key] = posterior(self.counted.need, self.counted.prior, true, counts)
        return self._asked[key]

    def _step(self, exposure: float, asking: float) -> tuple[Floats, Floats | None]:
        """Chances of counts after the year, and that the level is told and is each of them, (rows, K), if it may be."""
        seen = self.counted.round(asking)
        key = (exposure, seen)
        if key not in self._steps:
            counted, told = self.counted, None
            step = counted.chances(exposure, seen)
            if counted.rows(as_key(exposure + seen)) == len(counted.counts):
                # Who comes on top of the last count stands there too.
                more = counted.chance(seen)[:, ::-1].cumsum(axis=1)[:, ::-1]
                more = np.concatenate([more, np.zeros((len(more), 1))], axis=1)
                beyond = counted.counts[-1] - counted.counts[: len(step)] + 1
                told = counted.weights(exposure) * more[:, np.minimum(beyond, more.shape[1] - 1)].T
                step[:, -1] = np.maximum(step[:, -1] - told.sum(axis=1), 0.0)
            self._steps[key] = (step, told)
        return self._steps[key]


def above(course: Course, known: Sequence[Values], need: Floats, weight: Floats, grid: int | None) -> Above:
    """The planner who sees more than there is.

    Parameters
    ----------
    known : sequence of Values
        At the start of each year with the level known, nothing asked of it.
    need, weight : ndarray (K,)
        Levels of need, and the prior.
    grid : int or None
        Parts of a year that exposures are rounded up to.
    """
    asking = float(course.sets.share.sum(axis=1).max(initial=0.0)) + (0.0 if grid is None else 1 / grid)
    most = most_women(float(need[-1]) * (course.years - 1) * asking)
    counted = Counted(
        need=need,
        prior=weight,
        round=rounding(grid, down=False),
        counts=grid_of_counts(most if grid is None else min(most, TOLD), whole=True),
        basis=course.money.basis,
    )
    return Above(counted=counted, known=known, least=_least(course, counted), parts=grid)


def _least(course: Course, counted: Counted) -> Least:
    """The least true exposures, by where they lead when each year is rounded up."""
    found: list[dict[int, dict[float, float]]] = [{one: {e: e for e in seen} for one, seen in START.items()}]
    for year in range(course.years - 1):
        ahead: dict[int, dict[float, float]] = {}
        for one, exposures in found[-1].items():
            asked = course.asking(year, one).tolist()
            for other, asking in zip(course.followers(year, one).tolist(), asked, strict=True):
                there = ahead.setdefault(other, {})
                for rounded, true in exposures.items():
                    key = counted.after(rounded, asking)
                    there[key] = min(there.get(key, math.inf), true + asking)
        found.append(ahead)
    return found


def least_cost(
    course: Course, known: Sequence[Values], need: Floats, weight: Floats, grid: int | None, clock: Clock, part: str
) -> float:
    """What no policy costs less than, of those whose first step the course holds; see `above`."""
    seen = above(course, known, need, weight, grid)
    halved = seen.parts is not None
    found = float(values_of(course, seen, clock, part, keep=False, halved=halved)[0][0][0.0][0, 0])
    # Each year's values were cut to seven digits.
    return found - course.years * float(np.finfo(np.float32).eps) * abs(found) if halved else found
