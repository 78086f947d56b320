"""The recursion over years: what each set of units is worth with so many beds, by what is believed.

The value at the start of a year is the least, over the sets that may follow and the levels their beds are made for, of
what is built, the year's expected cost, and the discounted value of where the year leads. Beds only grow, so that what
is built is the difference of two totals, and the least over levels from the lowest that takes no bed away is one
running minimum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.errors import SolverError
from capacity.studies.adapting.asks import Asks
from capacity.studies.adapting.beliefs import Beliefs
from capacity.studies.adapting.money import NEVER, Money
from capacity.studies.adapting.sets import Sets
from capacity.studies.adapting.sizes import Sizes
from capacity.tolerances import TIE

MOST_CELLS = 150_000_000
"""Values held at once at most: a little more than a gigabyte."""

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
    asks : Asks or None
        What a belief must say for units to open, by the rules of the case; None where nothing is asked.
    kept : tuple of mapping of set to ndarray of int
        By year: which of the sets that may follow can be part of a best policy, by their positions among all that may.
        All of them where a set is not named.
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
    asks: Asks | None = None
    kept: tuple[Mapping[int, Ints], ...] = ()
    _least: dict[int, Ints] = field(default_factory=dict, repr=False)
    _asking: dict[int, Floats] = field(default_factory=dict, repr=False)

    def _kept(self, year: int, one: int) -> Ints | None:
        return self.kept[year].get(one) if year < len(self.kept) else None

    def followers(self, year: int, one: int) -> Ints:
        """Sets that may follow a set in a year."""
        kept = self._kept(year, one)
        return self.sets.followers[one] if kept is None else self.sets.followers[one][kept]

    def least(self, year: int, one: int) -> Ints:
        """See `Sizes.least`."""
        if one not in self._least:
            self._least[one] = self.sizes.least(self.sets, one, self.sets.followers[one])
        kept = self._kept(year, one)
        return self._least[one] if kept is None else self._least[one][kept]

    def asking(self, year: int, one: int) -> Floats:
        """See `Sets.asking`."""
        if one not in self._asking:
            self._asking[one] = self.sets.asking(one, self.sets.followers[one], self.filling)
        kept = self._kept(year, one)
        return self._asking[one] if kept is None else self._asking[one][kept]

    def asked_at(self, year: int, one: int) -> dict[int, float]:
        """Share of the women that asks, by the set that follows."""
        return dict(zip(self.followers(year, one).tolist(), self.asking(year, one).tolist(), strict=True))

    def cost(self, year: int, one: int) -> Floats:
        """Discounted cost of a year, and in the last one of the years the plan stands, (followers, Q, K)."""
        other = self.followers(year, one)
        cost = self.discount[year] * self.money.of_year(self.sets, one, other)
        if year == self.years - 1:
            cost += self.tail * self.money.steady(other)
        return np.asarray(cost)

    def built(self, year: int, row: int | Ints) -> Floats:
        """Discounted cost of building all the beds of sets, (..., Q)."""
        return np.asarray(self.discount[year] * self.money.per_bed * self.sizes.total[row])

    def with_rules(self, one: int, other: Ints, weights: Floats, worth: Floats) -> Floats:
        """Costs by row of belief, (rows, followers, Q), those of units that no rule lets open then being `NEVER`."""
        if self.asks is None:
            return worth
        return np.where(self.asks.met(self.sets, one, other, weights), worth, NEVER)

    def allowed(self, year: int, one: int, level: int) -> Bools:
        """Levels of each follower that take no bed away and are paid for, (followers, Q)."""
        other = self.followers(year, one)
        may = np.arange(len(self.sizes.levels)) >= self.least(year, one)[:, level, None]
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
        other = self.followers(year, sets)
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


Reached = Mapping[int, list[float]]
"""Exposures each set may have at the start of a year."""

START: Reached = {0: [0.0]}
"""No unit, and nothing seen."""


def reached_next(course: Course, beliefs: Beliefs, year: int, now: Reached) -> Reached:
    """Exposures each set may have a year later."""
    ahead: dict[int, set[float]] = {}
    for one, exposures in now.items():
        asked = course.asking(year, one).tolist()
        for other, asking in zip(course.followers(year, one).tolist(), asked, strict=True):
            if course.sizes.can[other, 0]:
                ahead.setdefault(other, set()).update(beliefs.after(e, asking) for e in exposures)
    return {one: sorted(exposures) for one, exposures in sorted(ahead.items())}


def values_of(
    course: Course,
    beliefs: Beliefs,
    clock: Clock | None = None,
    part: str = "",
    *,
    keep: bool = True,
    first: int = 0,
    start: Reached = START,
    halved: bool = False,
) -> list[Values]:
    """Values at the start of each year, the first year's first; without `keep` of the first year alone.

    Parameters
    ----------
    first : int
        Year to begin with.
    start : mapping of set to exposures
        Where that year may begin.
    halved : bool
        Keep the values in half the room, to seven digits; the first year's are worked out in full.
    """
    states = _states(course, beliefs, first, start)
    ahead: Values = {}
    found: list[Values] = []
    _refuse_much(course, beliefs, states, keep)
    total = sum(len(one) for one in states)
    done = 0
    for year in range(course.years - 1, first - 1, -1):
        now: dict[int, dict[float, Floats]] = {}
        for one, exposures in states[year - first].items():
            cost = beliefs.in_short(course.cost(year, one))
            now[one] = {}
            for e in exposures:
                least = least_of(course, year, one, onward(course, beliefs, year, one, e, cost, ahead))
                now[one][e] = least.astype(np.float32) if halved and year > first else least
            done += 1
            if clock is not None:
                clock.tell(part, done=done, count=total)
                clock.check()
        found.insert(0, now)
        if not keep:
            del found[1:]
        ahead = now
    return found


def refuse_much(course: Course, beliefs: Beliefs) -> None:
    """Raise `SolverError` where values would fill more than there is room for even if a unit alone may open first."""
    single = np.flatnonzero(course.sets.units[course.sets.followers[0]] <= 1)
    course = replace(course, kept=({0: single},))
    _refuse_much(course, beliefs, _states(course, beliefs, 0, START), keep=True)


def _states(course: Course, beliefs: Beliefs, first: int, start: Reached) -> list[Reached]:
    states = [start]
    for year in range(first, course.years - 1):
        states.append(reached_next(course, beliefs, year, states[-1]))
    return states


def _refuse_much(course: Course, beliefs: Beliefs, states: Sequence[Reached], keep: bool) -> None:
    """Raise `SolverError` where the values would fill more than there is room for, before any is worked out."""
    levels = len(course.sizes.levels)
    held = [
        levels * sum(beliefs.rows_of(e) * many for e, many in Counter(e for es in year.values() for e in es).items())
        for year in states
    ]
    most = sum(held) if keep else max(held)
    if most > MOST_CELLS:
        raise SolverError(
            f"{most:,} values of sets, beds, exposures and counts are too many to hold. Ask for fewer units, years or "
            "levels, for a coarser grid, or give a time limit: the best of few units is then found."
        )


def onward(
    course: Course, beliefs: Beliefs, year: int, one: int, exposure: float, cost: Floats, ahead: Values
) -> Floats:
    """Expected cost from a year on of every follower and level, without what is built, (rows, followers, Q).

    Parameters
    ----------
    cost : ndarray (followers, Q, ...)
        Of the year, in short (`Beliefs.in_short`).
    """
    worth = beliefs.expected(exposure, cost)
    if year < course.years - 1:
        _add_later(course, beliefs, year, one, exposure, worth, ahead)
    if course.asks is None:
        return worth
    return course.with_rules(one, course.followers(year, one), beliefs.believed(year, one, exposure), worth)


def _add_later(
    course: Course, beliefs: Beliefs, year: int, one: int, exposure: float, worth: Floats, ahead: Values
) -> None:
    """Add to what each follower costs in a year the value of where it leads."""
    other, asking = course.followers(year, one).tolist(), course.asking(year, one).tolist()
    groups: dict[float, list[int]] = {}
    for k, (s, part) in enumerate(zip(other, asking, strict=True)):
        if course.sizes.can[s, 0]:
            groups.setdefault(beliefs.after(exposure, part), []).append(k)
    for after, at in groups.items():
        later = np.stack([ahead[other[k]][after] for k in at])
        worth[:, at] += beliefs.led_to(year, [other[k] for k in at], exposure, asking[at[0]], later)


def least_of(course: Course, year: int, one: int, worth: Floats) -> Floats:
    """Value of every level of a set, the least over what may follow, (rows, Q); `worth` is without what is built."""
    other, levels = course.followers(year, one), len(course.sizes.levels)
    total = worth + course.built(year, other)
    already = course.built(year, one)
    if np.isinf(course.budget[year]):
        # The least from each level on, and nothing beyond the last.
        total = np.minimum.accumulate(total[:, :, ::-1], axis=2)[:, :, ::-1]
        total = np.concatenate([total, np.full((*total.shape[:2], 1), NEVER)], axis=2)
        least = total[:, np.arange(len(other))[:, None], course.least(year, one)].min(axis=1)
    else:
        columns = [np.where(course.allowed(year, one, level), total, NEVER).min(axis=(1, 2)) for level in range(levels)]
        least = np.stack(columns, axis=1)
    return np.asarray(np.where(course.sizes.can[one], least - already, NEVER))
