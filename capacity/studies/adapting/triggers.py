"""What is done once so many have asked, in words a board can follow, and what may follow with which chance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from capacity.arrays import Floats
from capacity.studies.adapting.beliefs import as_key
from capacity.studies.adapting.play import Played, State, by_step
from capacity.studies.adapting.recursion import Course, Step
from capacity.tolerances import HARDLY_EVER, LEAST_NUMBER

LIKELY = 0.05
"""States with less chance have no triggers of their own."""

SEEN = 5e-3
"""Counts that with less chance are exceeded, or not reached, open no interval of their own."""

Beds = Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Move:
    """What is done at some counts of one state.

    Attributes
    ----------
    year : int
        In which it is done.
    before, after : mapping of site id to beds
    asked_from : int
        Women who have asked since the first year.
    asked_to : int or None
        None: and more.
    probability : float
        Of being there with so many.
    """

    year: int
    before: Beds
    after: Beds
    asked_from: int
    asked_to: int | None
    probability: float

    @property
    def opens(self) -> tuple[str, ...]:
        """Units that are new."""
        return tuple(j for j in self.after if j not in self.before)

    @property
    def kind(self) -> tuple[str, ...]:
        """What is done but for the number of beds."""
        return self.opens or (("stay",) if self.after == self.before else ("grow",))


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """Moves of one kind at neighbouring counts.

    Attributes
    ----------
    year : int
    moves : tuple of Move
    when, then : str
        In words.
    """

    year: int
    moves: tuple[Move, ...]
    when: str
    then: str

    @property
    def asked_from(self) -> int:
        """Least count."""
        return self.moves[0].asked_from

    @property
    def asked_to(self) -> int | None:
        """Greatest count; None: and more."""
        return self.moves[-1].asked_to

    @property
    def probability(self) -> float:
        """Of one of its moves."""
        return math.fsum(move.probability for move in self.moves)


@dataclass(frozen=True, kw_only=True)
class Branch:
    """Units that may be open in a year, and what may follow.

    Attributes
    ----------
    year : int
    site_ids : tuple of str
        Open in the year, once it is decided.
    beds_low, beds_high : int
        Of all units, whatever was counted.
    probability : float
    branches : tuple of Branch
        Of the next year.
    """

    year: int
    site_ids: tuple[str, ...]
    beds_low: int
    beds_high: int
    probability: float
    branches: tuple[Branch, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Told:
    """A played policy with its labels.

    Attributes
    ----------
    years : tuple of int
    site_ids : tuple of str
        By position.
    places : mapping of site id to name
    weight : ndarray (K,)
        The prior.
    """

    course: Course
    played: Played
    years: tuple[int, ...]
    site_ids: tuple[str, ...]
    places: Mapping[str, str]
    weight: Floats

    def beds(self, step: Step) -> dict[str, int]:
        """Beds of each unit of a step, by id in the order of the ids."""
        here = zip(self.course.sets.site[step[0]], self.course.sizes.beds[step], strict=True)
        return {self.site_ids[j]: int(beds) for j, beds in here if j >= 0}

    @property
    def first(self) -> dict[str, int]:
        """Beds of the first year's units."""
        return self.beds(self.played.states[0].step[0])

    def moves(self) -> Iterator[tuple[State, tuple[Move, ...]]]:
        """What is done in each state of the later years."""
        for state in self.played.states:
            if state.year:
                yield state, self._moves(state)

    def _moves(self, state: State) -> tuple[Move, ...]:
        before = self.beds((state.sets, state.level)) if state.sets else {}
        chance = state.chance @ self.weight
        run = np.cumsum(chance) / max(float(chance.sum()), LEAST_NUMBER)
        likely = np.flatnonzero((run > SEEN) & (run - chance / max(float(chance.sum()), LEAST_NUMBER) < 1 - SEEN))
        rows = range(int(likely[0]), int(likely[-1]) + 1) if len(likely) else range(len(chance))
        parts = [list(part) for _, part in groupby(rows, key=lambda k: self._same(state.step[k]))]
        found = []
        for n, part in enumerate(parts):
            last = n == len(parts) - 1
            first = 0 if n == 0 else part[0]
            end = len(chance) if last else part[-1] + 1
            move = Move(
                year=self.years[state.year],
                before=before,
                after=self.beds(state.step[part[0]]),
                asked_from=state.lowest + part[0] if n or state.lowest else 0,
                asked_to=None if last else state.lowest + part[-1],
                probability=float(chance[first:end].sum()),
            )
            found.append(move)
        return tuple(found)

    def _same(self, step: Step) -> tuple[tuple[str, int], ...]:
        """Steps with equal beds are one."""
        return tuple(self.beds(step).items())

    def triggers(self) -> tuple[Trigger, ...]:
        """The moves of every likely state, those of one kind side by side as one."""
        found = []
        for state, moves in self.moves():
            if state.sets and math.fsum(move.probability for move in moves) >= LIKELY:
                parts = [tuple(part) for _, part in groupby(moves, key=lambda move: move.kind)]
                for part in parts:
                    one = Trigger(year=part[0].year, moves=part, when=self._when(state, part), then=self._then(part))
                    found.append(one)
        return tuple(found)

    def _when(self, state: State, moves: tuple[Move, ...]) -> str:
        low, high = moves[0].asked_from, moves[-1].asked_to
        if high is None:
            asked = f"{low} or more have asked" if low else "whatever number has asked"
        elif low == high == 1:
            asked = "1 has asked"
        elif low == 0:
            asked = f"at most {high} have asked" if high else "nobody has asked"
        else:
            asked = f"{low} have asked" if low == high else f"{low} to {high} have asked"
        return asked if state.year == 1 else f"with {self.named(moves[0].before)} beds: {asked}"

    def _then(self, moves: tuple[Move, ...]) -> str:
        totals = [sum(move.after.values()) for move in moves]
        low, high = min(totals), max(totals)
        beds = f"{low} beds" if low == high else f"{low} to {high} beds"
        kind = moves[0].kind
        if kind == ("stay",):
            return f"stay at {beds}"
        if kind == ("grow",):
            return f"add beds: {beds} in all"
        return f"open {_and([self.places[j] for j in kind])}: {beds} in all"

    def named(self, beds: Beds) -> str:
        """Units with their beds, in words; the word for beds is left to the sentence."""
        return _and([f"{self.places[j]} {count}" for j, count in beds.items()])

    def tree(self) -> Branch:
        """Units that may be open, year by year, with their chances; beds whatever was counted."""
        return self._branches(0, list(self.played.of_year(0)), 1.0)[0]

    def _branches(self, year: int, states: list[State], share: float) -> tuple[Branch, ...]:
        """What is done from some states of one year, by the units that are open then."""
        course = self.course
        by_set: dict[int, list[tuple[State, Step, float]]] = {}
        for state in states:
            for step, chance in by_step(state).items():
                by_set.setdefault(step[0], []).append((state, step, float(chance @ self.weight)))
        found = []
        for sets, edges in sorted(by_set.items()):
            # What hardly ever happens is in the chances, and in no range of beds.
            total = math.fsum(chance for _, _, chance in edges)
            beds = [int(course.sizes.total[step]) for _, step, chance in edges if chance > HARDLY_EVER]
            if not beds:
                continue
            asking = course.asked_at(year, edges[0][0].sets)
            exposure = as_key(edges[0][0].exposure + asking[sets])
            later = [s for s in self.played.of_year(year + 1) if s.sets == sets and s.exposure == exposure]
            branch = Branch(
                year=self.years[year],
                site_ids=tuple(self.beds((sets, 0))) if sets else (),
                beds_low=min(beds),
                beds_high=max(beds),
                probability=share * total,
                branches=self._branches(year + 1, later, share) if later else (),
            )
            found.append(branch)
        return tuple(sorted(found, key=lambda b: -b.probability))


def _and(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
