"""Sets of units that may be open, who asks at each of their units, and which sets may follow which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.enumerate import combinations
from capacity.engines.question import space_of
from capacity.problem.problem import Problem
from capacity.problem.uptake import Uptake
from capacity.rules import NearestPlans, allowed_pairs, firm_rules

MOST_SETS = 4_000
"""Above this many sets of units the tables take too long, and too much room."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sets:
    """Every set of units that may be open, nothing first, small sets before large: F of them, of at most U units.

    Attributes
    ----------
    site : ndarray (F, U) of int
        Positions of the open sites in the order of their ids; -1 where there is none.
    share : ndarray (F, U)
        Share of the women who would ask, were a place at their door, that asks at each unit: its catchment
        times the uptake there.
    hours : ndarray (F, U)
        Families' travel for a stay at each unit.
    sites : int
        Candidate sites of the problem.
    """

    site: Ints
    share: Floats
    hours: Floats
    sites: int

    def __len__(self) -> int:
        return len(self.site)

    @property
    def units(self) -> Ints:
        """How many units are open, (F,)."""
        return np.asarray((self.site >= 0).sum(axis=1))

    @property
    def open(self) -> Bools:
        """Which sites are open, (F, m)."""
        out = np.zeros((len(self), self.sites + 1), dtype=bool)
        np.put_along_axis(out, self.site, True, axis=1)
        return out[:, :-1]

    @cached_property
    def followers(self) -> tuple[Ints, ...]:
        """Of each set, those that hold it, itself first."""
        held = self.open.astype(np.float32)
        inside = (held @ held.T) == self.units[:, None]
        return tuple(np.flatnonzero(row) for row in inside)

    def slots(self, one: int, other: Ints) -> Ints:
        """Where the units of one set stand in each of the sets that hold it, (len(other), units)."""
        mine = self.site[one, : self.units[one]]
        return np.asarray((self.site[other][:, None, :] == mine[None, :, None]).argmax(axis=2))

    def asking(self, one: int, other: Ints, filling: float) -> Floats:
        """Share of the women that asks in the year the units of one set become those of another, (len(other),).

        At units that are new it is only the part `filling` of a year.
        """
        whole = self.share[other].sum(axis=1)
        old = np.take_along_axis(self.share[other], self.slots(one, other), axis=1).sum(axis=1)
        return np.asarray(old + filling * (whole - old))


def sets_of(problem: Problem, uptake: Uptake, most: int) -> Sets:
    """All sets of at most so many units at sites no firm rule excludes; those that must stay are in each but nothing.

    Everybody uses the nearest open unit, or none: who accepts is said by the uptake.
    """
    space = space_of(problem)
    fixed, free = list(space.kept), np.array(space.free, dtype=np.int64)
    m = len(problem.network.site_ids)
    opened = [np.zeros((1, m), dtype=bool)]
    for count in range(max(1, len(fixed)), min(most, len(fixed) + len(free)) + 1):
        chosen = combinations(len(free), count - len(fixed))
        rows = np.zeros((len(chosen), m), dtype=bool)
        rows[:, fixed] = True
        if chosen.shape[1]:
            np.put_along_axis(rows, free[chosen], True, axis=1)
        opened.append(rows)
    return _shared(problem, np.concatenate(opened), uptake)


def where_more_ask(problem: Problem, sets: Sets, uptake: Uptake, times: float) -> Sets:
    """The sets where so many times as many women ask, and nowhere more than there are."""
    return _shared(problem, sets.open, uptake, times)


def most_units(problem: Problem) -> int:
    """Most units the case allows, whatever their number of women."""
    space = space_of(problem)
    most = len(space.kept) + len(space.free)
    for rule in firm_rules(problem):
        if (between := rule.unit_range(problem)) is not None:
            most = min(most, between[1])
    return most


def _shared(problem: Problem, opened: Bools, uptake: Uptake, times: float = 1.0) -> Sets:
    plans = NearestPlans(problem, opened, allowed_pairs(problem))
    women = problem.expected_women
    weight = women / women.sum()
    accept = np.minimum(times * uptake.at(problem.minutes), 1.0)
    points = np.arange(len(weight))
    used = plans.site >= 0
    asks = np.where(used, accept[points, plans.site], 0.0) * weight
    travel = np.where(asks > 0, problem.hours_per_woman[points, plans.site], 0.0) * asks
    m = opened.shape[1]
    slot = (np.where(used, plans.site, m) + np.arange(len(opened))[:, None] * (m + 1)).ravel()
    share, hours = (
        np.bincount(slot, each.ravel(), len(opened) * (m + 1)).reshape(-1, m + 1)[:, :m] for each in (asks, travel)
    )
    width = max(1, int(opened.sum(axis=1).max()))
    site: Ints = np.full((len(opened), width), -1, dtype=np.int64)
    by_id = problem.site_order
    for row, one in enumerate(opened[:, by_id]):
        here = by_id[np.flatnonzero(one)]
        site[row, : len(here)] = here
    at = np.maximum(site, 0)
    asking = np.where(site >= 0, np.take_along_axis(share, at, axis=1), 0.0)
    travelled = np.where(site >= 0, np.take_along_axis(hours, at, axis=1), 0.0)
    return Sets(site=site, share=asking, hours=travelled / np.where(asking > 0, asking, 1.0), sites=m)
