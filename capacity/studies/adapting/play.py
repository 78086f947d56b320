"""The policy played: whole counts, exact exposures, and every state it may come to, with its chance at each level.

At each state the next step is chosen by looking one year ahead: expected cost of the year, and the value of where it
leads on the grid whose exposures are rounded down. What the policy then costs is summed over its states, at each level
of need: no grid is left in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.engines.clock import Clock
from capacity.studies.adapting.beliefs import Counted, as_key, most_women, poisson, posterior, split
from capacity.studies.adapting.money import NEVER
from capacity.studies.adapting.recursion import Course, Values
from capacity.tolerances import TIE

UNLIKELY = 1e-12
"""A chance below it, at every level of need, is not followed."""

Step = tuple[int, int]
"""A set of units, and the level their beds are made for."""


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


Worth = Callable[[State, Ints], Floats]
"""Expected cost from a state on of each follower and level of its set, without what is built, (rows, followers, Q)."""


def play(course: Course, beliefs: Counted, worth: Worth, clock: Clock | None = None) -> Played:
    """Follow a policy from nothing through all its states."""
    need = beliefs.need
    cost = np.zeros(len(need))
    now = [State(year=0, sets=0, level=0, exposure=0.0, lowest=0, chance=np.ones((1, len(need))))]
    states: list[State] = []
    last: dict[Step, Floats] = {}
    for year in range(course.years):
        ahead: dict[tuple[int, int, float], list[tuple[int, Floats]]] = {}
        for k, state in enumerate(now):
            state.step.extend(chosen(course, state, worth(state, state.counts)))
            cost += _spent(course, state)
            _lead_on(course, need, state, ahead, last)
            if clock is not None:
                clock.tell("The policy is played", done=k + 1, count=len(now))
                clock.check()
        states += now
        now = [_joined(year + 1, key, parts) for key, parts in sorted(ahead.items())]
    return Played(states=tuple(states), cost=cost, last=last)


def chosen(course: Course, state: State, worth: Floats) -> list[Step]:
    """The least at each count; of equally good steps that with fewer beds, then fewer units, then lower ids."""
    one, other = state.sets, course.followers(state.sets)
    total = worth + course.built(state.year, other) - course.built(state.year, one)[state.level]
    total = np.where(course.allowed(state.year, one, state.level), total, NEVER)
    levels = total.shape[2]
    beds = course.sizes.total[other]
    # Sets of few units stand first, and in each number of units those of lower ids.
    order = np.lexsort((np.tile(np.arange(levels), len(other)), np.repeat(np.argsort(np.argsort(other)), levels), beds.ravel()))
    flat = total.reshape(len(total), -1)[:, order]
    least = flat.min(axis=1, keepdims=True)
    at = order[(flat <= least + TIE * np.abs(least)).argmax(axis=1)]
    return [(int(other[k // levels]), int(k % levels)) for k in at]


def ahead_of(course: Course, beliefs: Counted, values: list[Values]) -> Worth:
    """The policy that looks a year ahead, and from there on to the values of the grid."""
    costs: dict[tuple[int, int], Floats] = {}
    chances: dict[float, Floats] = {}

    def worth(state: State, counts: Ints) -> Floats:
        key = (state.year, state.sets)
        if key not in costs:
            costs.clear()
            costs[key] = course.cost(*key)
        cost = costs[key]
        weights = posterior(beliefs.need, beliefs.prior, state.exposure, counts)
        found = (weights @ cost.reshape(-1, cost.shape[2]).T).reshape(len(counts), *cost.shape[:2])
        if state.year < course.years - 1:
            _add_later(course, beliefs, values[state.year + 1], state, counts, weights, found, chances)
        return found

    return worth


def _add_later(
    course: Course,
    beliefs: Counted,
    values: Values,
    state: State,
    counts: Ints,
    weights: Floats,
    found: Floats,
    chances: dict[float, Floats],
) -> None:
    """Add to what each follower costs this year the value of where it leads."""
    other, asking = course.followers(state.sets).tolist(), course.asking(state.sets).tolist()
    groups: dict[float, list[int]] = {}
    for k, s in enumerate(other):
        if course.sizes.can[s, 0]:
            groups.setdefault(_below(list(values[s]), as_key(state.exposure + asking[k])), []).append(k)
    for after, at in groups.items():
        seen = as_key(max(after - state.exposure, 0.0))
        if seen not in chances:
            chances[seen] = poisson(beliefs.need * seen)
        rows = beliefs.counts[: beliefs.rows(after)]
        # A value on the grid of less exposure than there is already is read at as much less of a count.
        kept = counts if after >= state.exposure else np.rint(counts * (after / state.exposure)).astype(np.int64)
        step = split(weights @ chances[seen], kept, rows)
        later = np.stack([values[other[k]][after] for k in at], axis=1)
        found[:, at] += (step @ later.reshape(len(later), -1)).reshape(len(step), *later.shape[1:])


def _below(keys: list[float], exposure: float) -> float:
    """The largest of some exposures that is no larger, or else the least."""
    return max((key for key in keys if key <= exposure), default=min(keys))


def _spent(course: Course, state: State) -> Floats:
    """Expected cost of a year's steps, and after the last year of what stands, at each level, (K,)."""
    other = course.followers(state.sets)
    place = {int(s): k for k, s in enumerate(other)}
    cost = course.cost(state.year, state.sets)
    already = course.built(state.year, state.sets)[state.level]
    spent = np.zeros(cost.shape[2])
    for step, chance in _by_step(state).items():
        one = cost[place[step[0]], step[1]] + course.built(state.year, step[0])[step[1]] - already
        spent += chance * one
    return spent


def _by_step(state: State) -> dict[Step, Floats]:
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
        for step, chance in _by_step(state).items():
            last[step] = last[step] + chance if step in last else chance
        return
    asking = dict(zip(course.followers(state.sets).tolist(), course.asking(state.sets).tolist(), strict=True))
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
    likely = np.flatnonzero(chance.max(axis=1) > UNLIKELY)
    first, end = (int(likely[0]), int(likely[-1]) + 1) if len(likely) else (0, 1)
    return State(
        year=year, sets=key[0], level=key[1], exposure=key[2], lowest=lowest + first, chance=chance[first:end]
    )


__all__ = ["Played", "State", "Step", "ahead_of", "chosen", "most_women", "play"]
