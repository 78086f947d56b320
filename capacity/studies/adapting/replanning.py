"""Planning anew each year as if nothing more would be learnt: what watching is worth without waiting for it."""

from __future__ import annotations

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.engines.clock import Clock
from capacity.studies.adapting.beliefs import Unchanged, posterior
from capacity.studies.adapting.play import play
from capacity.studies.adapting.recursion import Course, Step, Values, onward, values_of


class Replanning:
    """In each state the first step of the best roll-out that learns nothing more, by the belief of the day.

    Parameters
    ----------
    course : Course
    need, prior : ndarray (K,)
        Levels of need, and what is believed of them before anybody has asked.
    """

    def __init__(self, course: Course, need: Floats, prior: Floats, clock: Clock) -> None:
        self.course, self.need, self.prior, self.clock = course, need, prior, clock

    def steps(self, year: int, sets: int, level: int, exposure: float, counts: Ints) -> list[Step]:
        """The step at each count."""
        self.clock.check()
        course = self.course
        beliefs = Unchanged(rows=posterior(self.need, self.prior, exposure, counts))
        ahead: Values = {}
        if year < course.years - 1:
            start = {one: [0.0] for one in course.followers(year, sets).tolist() if course.sizes.can[one, 0]}
            ahead = values_of(course, beliefs, keep=False, first=year + 1, start=start)[0]
        worth = onward(course, beliefs, year, sets, 0.0, course.cost(year, sets), ahead)
        return course.first_of(year, sets, level, worth)


def replanned(course: Course, need: Floats, prior: Floats, clock: Clock) -> Floats:
    """What planning anew each year costs at each level of need, (K,)."""
    return np.asarray(play(Replanning(course, need, prior, clock), clock).cost)
