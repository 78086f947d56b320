"""The recursion over years: what each set of units is worth with so many beds, by what is believed.

The value at the start of a year is the least, over the sets that may follow and the levels their beds are made for, of
what is built, the year's expected cost, and the discounted value of where the year leads. Beds only grow, so that what
is built is the difference of two totals, and the least over levels from the lowest that takes no bed away is one
running minimum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.studies.adapting.beliefs import Beliefs
from capacity.studies.adapting.money import NEVER, Money
from capacity.studies.adapting.sets import Sets
from capacity.studies.adapting.sizes import Sizes
from capacity.tolerances import TIE

Values = Mapping[int, Mapping[float, Floats]]
"""Value of each set and exposure, (rows of belief, Q)."""


Step = tuple[int, int]
"""A set of units, and the level their beds are made for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """What may be done, year by year.

    Attributes
    ----------
    years : int
        Years in which is decided.
    discount : ndarray (years,)
        Of each year's money.
    tail : float
        Discounted years that the last plan stands, after them.
    filling : float
        Part of the women who ask in a unit's first year.
    budget : tuple of float
        Most to be built for, in DKK of each year; inf without.
    """

    sets: Sets
    sizes: Sizes
    money: Money
    years: int
    discount: Floats
    tail: float
    filling: float
    budget: tuple[float, ...]
    per_bed: float
    _least: dict[int, Ints] = field(default_factory=dict, repr=False)
    _asking: dict[int, Floats] = field(default_factory=dict, repr=False)

    def followers(self, one: int) -> Ints:
        """Sets that may follow a set."""
        return self.sets.followers[one]

    def least(self, one: int) -> Ints:
        """See `Sizes.least`."""
        if one not in self._least:
            self._least[one] = self.sizes.least(self.sets, one, self.followers(one))
        return self._least[one]

    def asking(self, one: int) -> Floats:
        """See `Sets.asking`."""
        if one not in self._asking:
            self._asking[one] = self.sets.asking(one, self.followers(one), self.filling)
        return self._asking[one]

    def cost(self, year: int, one: int) -> Floats:
        """Discounted cost of a year, and in the last one of the years the plan stands, (followers, Q, K)."""
        other = self.followers(one)
        cost = self.discount[year] * self.money.of_year(self.sets, one, other)
        if year == self.years - 1:
            cost += self.tail * self.money.steady(other)
        return np.asarray(cost)

    def built(self, year: int, row: int | Ints) -> Floats:
        """Discounted cost of building all the beds of sets, (..., Q)."""
        return np.asarray(self.discount[year] * self.money.per_bed * self.sizes.total[row])

    def allowed(self, year: int, one: int, level: int) -> Bools:
        """Levels of each follower that take no bed away and are paid for, (followers, Q)."""
        other = self.followers(one)
        may = np.arange(len(self.sizes.levels)) >= self.least(one)[:, level, None]
        may &= self.sizes.can[other]
        spent = self.per_bed * (self.sizes.total[other] - self.sizes.total[one, level])
        return np.asarray(may & (spent <= self.budget[year] + 0.5))

    def first_of(self, year: int, sets: int, level: int, worth: Floats) -> list[Step]:
        """The least of what may follow, by row; of equally good ones fewer beds, then fewer units, then lower ids.

        Parameters
        ----------
        worth : ndarray (rows, followers, Q)
            From the year on, without what is built.
        """
        other = self.followers(sets)
        total = worth + self.built(year, other) - self.built(year, sets)[level]
        total = np.where(self.allowed(year, sets, level), total, NEVER)
        levels = total.shape[2]
        # Sets of few units stand first, and of so many units those of lower ids.
        where, which = np.repeat(other, levels), np.tile(np.arange(levels), len(other))
        order = np.lexsort((which, where, self.sizes.total[other].ravel()))
        flat = total.reshape(len(total), -1)[:, order]
        least = flat.min(axis=1, keepdims=True)
        at = order[(flat <= least + TIE * np.abs(least)).argmax(axis=1)]
        return [(int(where[k]), int(which[k])) for k in at]


def reached(course: Course, beliefs: Beliefs) -> list[dict[int, list[float]]]:
    """Exposures each set may have at the start of each year, from nothing."""
    found: list[dict[int, list[float]]] = [{0: [0.0]}]
    for _ in range(course.years - 1):
        ahead: dict[int, set[float]] = {}
        for one, exposures in found[-1].items():
            for other, asking in zip(course.followers(one).tolist(), course.asking(one).tolist(), strict=True):
                if course.sizes.can[other, 0]:
                    ahead.setdefault(other, set()).update(beliefs.after(e, asking) for e in exposures)
        found.append({one: sorted(exposures) for one, exposures in sorted(ahead.items())})
    return found


def values_of(
    course: Course, beliefs: Beliefs, clock: Clock | None = None, part: str = "", *, keep: bool = True
) -> list[Values]:
    """Values at the start of each year, the first year's first; without `keep` of the first year alone."""
    states = reached(course, beliefs)
    ahead: Values = {}
    found: list[Values] = []
    total = sum(len(one) for one in states)
    done = 0
    for year in range(course.years - 1, -1, -1):
        now: dict[int, dict[float, Floats]] = {}
        for one, exposures in states[year].items():
            cost = course.cost(year, one)
            now[one] = {
                e: _least(course, year, one, onward(course, beliefs, year, one, e, cost, ahead)) for e in exposures
            }
            done += 1
            if clock is not None:
                clock.tell(part, done=done, count=total)
                clock.check()
        found.insert(0, now)
        if not keep:
            del found[1:]
        ahead = now
    return found


def onward(
    course: Course, beliefs: Beliefs, year: int, one: int, exposure: float, cost: Floats, ahead: Values
) -> Floats:
    """Expected cost from a year on of every follower and level, without what is built, (rows, followers, Q)."""
    weights = beliefs.weights(exposure)
    count, levels, need = cost.shape
    worth = (weights @ cost.reshape(count * levels, need).T).reshape(len(weights), count, levels)
    if year == course.years - 1:
        return worth
    other, asking = course.followers(one).tolist(), course.asking(one).tolist()
    groups: dict[float, list[int]] = {}
    for k, (s, part) in enumerate(zip(other, asking, strict=True)):
        if course.sizes.can[s, 0]:
            groups.setdefault(beliefs.after(exposure, part), []).append(k)
    for after, at in groups.items():
        later = np.stack([ahead[other[k]][after] for k in at], axis=1)
        step = beliefs.step(exposure, asking[at[0]])
        if step is not None:
            later = (step @ later.reshape(len(later), -1)).reshape(len(step), *later.shape[1:])
        worth[:, at] += later
    return worth


def _least(course: Course, year: int, one: int, worth: Floats) -> Floats:
    """Value of every level of a set, the least over what may follow, (rows, Q)."""
    other, levels = course.followers(one), len(course.sizes.levels)
    total = worth + course.built(year, other)
    already = course.built(year, one)
    if np.isinf(course.budget[year]):
        # The least from each level on, and nothing beyond the last.
        total = np.minimum.accumulate(total[:, :, ::-1], axis=2)[:, :, ::-1]
        total = np.concatenate([total, np.full((*total.shape[:2], 1), NEVER)], axis=2)
        least = total[:, np.arange(len(other))[:, None], course.least(one)].min(axis=1)
    else:
        columns = [np.where(course.allowed(year, one, level), total, NEVER).min(axis=(1, 2)) for level in range(levels)]
        least = np.stack(columns, axis=1)
    return np.asarray(np.where(course.sizes.can[one], least - already, NEVER))
