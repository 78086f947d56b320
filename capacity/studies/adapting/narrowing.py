"""Which units can open first in a best policy: the others are left out before anything is counted.

What a first step costs with the level known from then on is less than any policy that takes it; and a policy of few
units is a policy. A first step is left out where the one costs more than the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from capacity.engines.clock import Clock
from capacity.studies.adapting.beliefs import Counted
from capacity.studies.adapting.money import NEVER
from capacity.studies.adapting.recursion import Course, Values, values_of
from capacity.tolerances import CANNOT_BE_BEST

FEW = 2
"""Units at most of the policies that are looked at first."""


def narrowed(course: Course, below: Counted, known: Sequence[Values], clock: Clock) -> Course:
    """The course without first steps that no best policy takes; those that open one unit or none stay.

    Parameters
    ----------
    below : Counted
        Beliefs with what is seen rounded down.
    known : sequence of Values
        At the start of each year from the second with the level known, nothing asked of it, (K, Q).
    """
    if course.years == 1:
        return course
    units = course.sets.units
    small = {
        one: np.flatnonzero(units[others] <= FEW)
        for one, others in enumerate(course.sets.followers)
        if units[one] <= FEW
    }
    few = replace(course, kept=(small,) * course.years)
    value = float(values_of(few, below, clock, "Few units", keep=False)[0][0][0.0][0, 0])
    free = replace(course, asks=None)
    now = free.cost(0, 0)
    other = free.followers(0, 0)
    can = free.sizes.can[other, 0]
    later = np.stack([known[0][s][0.0].T if s in known[0] else np.full(now.shape[1:], NEVER) for s in other.tolist()])
    least = (now + later) @ below.weights(0.0)[0] + free.built(0, other)
    kept = (least.min(axis=1) <= value * (1 + CANNOT_BE_BEST)) | (units[other] <= 1)
    return replace(course, kept=({0: np.flatnonzero(kept & can | (other == 0))},))
