"""The policy played: whole counts, exact exposures, and every state it may come to, with its chance at each level.

At each state the next step is chosen by looking one year ahead: expected cost of the year, and the value of where it
leads on the grid whose exposures are rounded down. What the policy then costs is summed over its states, at each level
of need: no grid is left in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.engines.clock import Clock
from capacity.studies.adapting.beliefs import Counted, as_key, poisson, posterior, product, split, weighed
from capacity.studies.adapting.recursion import Course, Step, Values
from capacity.tolerances import UNFOLLOWED


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """Where the policy may be at the start of a year.

    Attributes
    ----------
    year : int
        From 0.
    sets, level : int
        Open units, and the level their beds are made for.
    exposure : float
        Parts of a year's women who would have asked, summed.
    lowest : int
        The count of the first row.
    chance : ndarray (rows, K)
        Of being here with each count, at each level of need.
    step : list of Step
        What is done at each count.
    """

    year: int
    sets: int
    level: int
    exposure: float
    lowest: int
    chance: Floats
    step: list[Step] = field(default_factory=list)

    @property
    def counts(self) -> Ints:
        """Women who have asked, by row."""
        return self.lowest + np.arange(len(self.chance))


@dataclass(frozen=True, kw_only=True, eq=False)
class Played:
    """A policy with all it may come to.

    Attributes
    ----------
    states : tuple of State
        In the order of years.
    cost : ndarray (K,)
        Discounted cost at each level of need.
    last : mapping of Step to ndarray (K,)
        Chance of ending with it.
    """

    states: tuple[State, ...]
    cost: Floats
    last: dict[Step, Floats]

    def of_year(self, year: int) -> Iterator[State]:
        """States of a year."""
        return (s for s in self.states if s.year == year)


class Policy:
    """What is done in any state, chosen by looking one year ahead, and from there on to the values of the grid.

    Parameters
    ----------
    course : Course
    beliefs : Counted
    values : list of Values
        At the start of each year, by the grid.
    """

    def __init__(self, course: Course, beliefs: Counted, values: list[Values]) -> None:
        self.course, self.beliefs, self.values = course, beliefs, values
        self._cost: tuple[tuple[int, int], Floats] | None = None
        self._chances: dict[float, Floats] = {}
        self._steps: dict[tuple[int, int, int, float], dict[int, Step]] = {}

    @property
    def need(self) -> Floats:
        """Levels of need, (K,)."""
        return self.beliefs.need

    def steps(self, year: int, sets: int, level: int, exposure: float, counts: Ints) -> list[Step]:
        """The step at each count."""
        known = self._steps.setdefault((year, sets, level, exposure), {})
        new = np.array([n for n in dict.fromkeys(counts.tolist()) if n not in known], dtype=np.int64)
        if len(new):
            worth = self.worth(year, sets, exposure, new)
            known.update(zip(new.tolist(), self.course.first_of(year, sets, level, worth), strict=True))
        return [known[n] for n in counts.tolist()]

    def worth(self, year: int, sets: int, exposure: float, counts: Ints) -> Floats:
        """Expected cost from a year on of each follower and level, without what is built, (counts, followers, Q)."""
        if self._cost is None or self._cost[0] != (year, sets):
            self._cost = ((year, sets), self.course.cost(year, sets))
        cost = self._cost[1]
        weights = posterior(self.beliefs.need, self.beliefs.prior, exposure, counts)
        found = weighed(weights, cost)
        if year < self.course.years - 1:
            self._add_later(year, sets, exposure, counts, weights, found)
        return self.course.with_rules(sets, self.course.followers(year, sets), weights, found)

    def _add_later(self, year: int, sets: int, exposure: float, counts: Ints, weights: Floats, found: Floats) -> None:
        """Add to what each follower costs this year the value of where it leads."""
        course, values = self.course, self.values[year + 1]
        other, asking = course.followers(year, sets).tolist(), course.asking(year, sets).tolist()
        groups: dict[float, list[int]] = {}
        for k, s in enumerate(other):
            if course.sizes.can[s, 0]:
                groups.setdefault(_below(list(values[s]), as_key(exposure + asking[k])), []).append(k)
        for after, at in groups.items():
            seen = as_key(max(after - exposure, 0.0))
            if seen not in self._chances:
                self._chances[seen] = poisson(self.beliefs.need * seen)
            rows = self.beliefs.counts[: self.beliefs.rows_of(after)]
            # A value on the grid of less exposure than there is already is read at as much less of a count.
            kept = counts if after >= exposure else np.rint(counts * (after / exposure)).astype(np.int64)
            step = split(product(weights, self._chances[seen][None])[:, 0], kept, rows)
            found[:, at] += product(step, np.stack([values[other[k]][after] for k in at]))


def _below(keys: list[float], exposure: float) -> float:
    """The largest of some exposures that is no larger, or else the least."""
    return max((key for key in keys if key <= exposure), default=min(keys))


class Plays(Protocol):
    """What says in each state what is done."""

    @property
    def course(self) -> Course:
        """What may be done."""
        ...

    @property
    def need(self) -> Floats:
        """Levels of need, (K,)."""
        ...

    def steps(self, year: int, sets: int, level: int, exposure: float, counts: Ints) -> list[Step]:
        """The step at each count."""
        ...


def play(policy: Plays, clock: Clock | None = None) -> Played:
    """Follow a policy from nothing through all its states."""
    course, need = policy.course, policy.need
    cost = np.zeros(len(need))
    now = [State(year=0, sets=0, level=0, exposure=0.0, lowest=0, chance=np.ones((1, len(need))))]
    states: list[State] = []
    last: dict[Step, Floats] = {}
    for year in range(course.years):
        ahead: dict[tuple[int, int, float], list[tuple[int, Floats]]] = {}
        for k, state in enumerate(now):
            state.step.extend(policy.steps(year, state.sets, state.level, state.exposure, state.counts))
            cost += _spent(course, state)
            _lead_on(course, need, state, ahead, last)
            if clock is not None:
                clock.tell("The policy is played", done=k + 1, count=len(now))
                clock.check()
        states += now
        now = [_joined(year + 1, key, parts) for key, parts in sorted(ahead.items())]
    return Played(states=tuple(states), cost=cost, last=last)


def _spent(course: Course, state: State) -> Floats:
    """Expected cost of a year's steps, and after the last year of what stands, at each level, (K,)."""
    other = course.followers(state.year, state.sets)
    place = {int(s): k for k, s in enumerate(other)}
    cost = course.cost(state.year, state.sets)
    already = course.built(state.year, state.sets)[state.level]
    spent = np.zeros(cost.shape[2])
    for step, chance in by_step(state).items():
        one = cost[place[step[0]], step[1]] + course.built(state.year, step[0])[step[1]] - already
        spent += chance * one
    return spent


def by_step(state: State) -> dict[Step, Floats]:
    """Chance of each step at each level."""
    found: dict[Step, Floats] = {}
    for step, chance in zip(state.step, state.chance, strict=True):
        found[step] = found[step] + chance if step in found else chance
    return found


def _lead_on(
    course: Course,
    need: Floats,
    state: State,
    ahead: dict[tuple[int, int, float], list[tuple[int, Floats]]],
    last: dict[Step, Floats],
) -> None:
    """Where the steps of a state lead, with their chances."""
    if state.year == course.years - 1:
        for step, chance in by_step(state).items():
            last[step] = last[step] + chance if step in last else chance
        return
    asking = course.asked_at(state.year, state.sets)
    for step in dict.fromkeys(state.step):
        at = [k for k, one in enumerate(state.step) if one == step]
        come = poisson(need * asking[step[0]]).T
        chance = np.zeros((at[-1] - at[0] + len(come), len(need)))
        for k in at:
            chance[k - at[0] : k - at[0] + len(come)] += state.chance[k] * come
        key = (step[0], step[1], as_key(state.exposure + asking[step[0]]))
        ahead.setdefault(key, []).append((state.lowest + at[0], chance))


def _joined(year: int, key: tuple[int, int, float], parts: list[tuple[int, Floats]]) -> State:
    """One state of all that leads to it, without counts that are hardly possible."""
    lowest = min(low for low, _ in parts)
    highest = max(low + len(chance) for low, chance in parts)
    chance = np.zeros((highest - lowest, parts[0][1].shape[1]))
    for low, one in parts:
        chance[low - lowest : low - lowest + len(one)] += one
    likely = np.flatnonzero(chance.max(axis=1) > UNFOLLOWED)
    first, end = (int(likely[0]), int(likely[-1]) + 1) if len(likely) else (0, 1)
    return State(year=year, sets=key[0], level=key[1], exposure=key[2], lowest=lowest + first, chance=chance[first:end])
