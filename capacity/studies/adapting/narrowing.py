"""Which units can open first in a best policy: the others are left out before anything is counted.

What a first step costs with the level known from then on is less than any policy that takes it; and a policy of few
units is a policy. A first step is left out where the one costs more than the other. That least cost is kept: no policy
that was left out costs less, whatever the other costs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from capacity.engines.clock import Clock
from capacity.studies.adapting.beliefs import Counted
from capacity.studies.adapting.money import NEVER
from capacity.studies.adapting.recursion import Course, Values, values_of
from capacity.tolerances import CANNOT_BE_BEST

FEW = 2
"""Units at most of the policies that are looked at first."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Narrowed:
    """First steps that may be best.

    Attributes
    ----------
    course : Course
        Without the others.
    left_out : int
        First sets of units that were left out.
    least : float
        What no policy that begins with one of them costs less than; inf where there are none.
    """

    course: Course
    left_out: int = 0
    least: float = math.inf


def of_few(course: Course, most: int) -> Course:
    """The course with so many units at most."""
    units = course.sets.units
    small = {
        one: np.flatnonzero(units[others] <= most)
        for one, others in enumerate(course.sets.followers)
        if units[one] <= most
    }
    return replace(course, kept=(small,) * course.years)


def value_at_start(values: Sequence[Values]) -> float:
    """Value of nothing open and nothing seen, at the start of the first year."""
    return float(values[0][0][0.0][0, 0])


def narrowed(
    course: Course, below: Counted, known: Sequence[Values], clock: Clock, value: float | None = None
) -> Narrowed:
    """The course without first steps that no best policy takes; those that open one unit or none stay.

    Parameters
    ----------
    below : Counted
        Beliefs with what is seen rounded down.
    known : sequence of Values
        At the start of each year with the level known, nothing asked of it, (K, Q).
    value : float, optional
        What a policy costs; the best of few units is looked for unless given.
    """
    if course.years == 1:
        return Narrowed(course=course)
    if value is None:
        value = value_at_start(values_of(of_few(course, FEW), below, clock, "Few units", keep=False))
    units = course.sets.units
    other = course.followers(0, 0)
    can = course.sizes.can[other, 0]
    later = np.full((len(other), len(course.sizes.levels), len(below.need)), NEVER)
    for k, s in enumerate(other.tolist()):
        if s in known[1]:
            later[k] = known[1][s][0.0].T
    worth = (course.cost(0, 0) + later) @ below.weights(0.0)[0] + course.built(0, other)
    least = np.where(course.allowed(0, 0, 0), worth, NEVER).min(axis=1)
    kept = (least <= value * (1 + CANNOT_BE_BEST)) | (units[other] <= 1)
    kept = kept & can | (other == 0)
    return Narrowed(
        course=replace(course, kept=({0: np.flatnonzero(kept)},)),
        left_out=int((~kept & can).sum()),
        least=float(least[~kept].min(initial=math.inf)),
    )
