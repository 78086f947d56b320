"""The policy played through futures drawn by chance, also where the world is not as it believes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.engines.clock import Clock
from capacity.problem.problem import Problem
from capacity.studies.adapting.beliefs import as_key
from capacity.studies.adapting.play import Policy
from capacity.studies.adapting.recursion import Course, Step
from capacity.studies.adapting.sizes import admitted


@dataclass(frozen=True, kw_only=True, eq=False)
class Futures:
    """What came of the futures, one a row.

    Attributes
    ----------
    need : ndarray (n,) of int
        The level drawn, by its position.
    cost : ndarray (n,)
        DKK, discounted, expected at that level on the way that was gone.
    without, hours : ndarray (n,)
        Women without a place and hours of families' travel, in the years in which is decided.
    units, beds : ndarray (n,) of int
        In the end.
    """

    need: Ints
    cost: Floats
    without: Floats
    hours: Floats
    units: Ints
    beds: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """How things are, whatever the policy believes.

    Attributes
    ----------
    course : Course
        Its shares, filling and costs are the true ones.
    overdispersion : float
        Coefficient of variation of a year's mean about the level (gamma); 0 is Poisson.
    """

    problem: Problem
    course: Course
    overdispersion: float = 0.0
    _years: dict[tuple[bool, int, int, int], tuple[Floats, Floats, Floats]] = field(default_factory=dict, repr=False)

    def year(self, year: int, before: int, step: Step, need: Floats) -> tuple[Floats, Floats, Floats]:
        """Cost, women without a place and hours of the year in which a step is taken, by level of need, (K,) each."""
        course, last = self.course, year == self.course.years - 1
        key = (last, before, *step)
        if key not in self._years:
            place = int(np.flatnonzero(course.followers(year, before) == step[0])[0])
            cost = course.cost(year, before)[place, step[1]] / course.discount[year]
            asked, served, hours = self._women(before, step, need)
            without = self.problem.undetected * (need - asked) + asked - served
            self._years[key] = (cost, without, hours)
        cost, without, hours = self._years[key]
        return cost * course.discount[year], without, hours

    def _women(self, before: int, step: Step, need: Floats) -> tuple[Floats, Floats, Floats]:
        """Who asks and who finds a bed, and what families travel."""
        sets = self.course.sets
        there = set(sets.site[before].tolist())
        part = np.array([1.0 if j in there else self.course.filling for j in sets.site[step[0]]])
        women = (part * sets.share[step[0]])[:, None] * need
        beds = self.course.sizes.beds[step][:, None]
        found = admitted(beds, women, self.problem.care.mean_days)[:, 0]
        return women.sum(axis=0), found.sum(axis=0), np.asarray(sets.hours[step[0]] @ found)


def futures(policy: Policy, world: World, need: Ints, rng: np.random.Generator, clock: Clock) -> Futures:
    """Play the policy where the level of each future is given, by its position among the levels of need.

    Parameters
    ----------
    need : ndarray (n,) of int
    """
    course, levels = policy.course, policy.beliefs.need
    many = len(need)
    sets, level, count = np.zeros(many, dtype=np.int64), np.zeros(many, dtype=np.int64), np.zeros(many, dtype=np.int64)
    exposure = np.zeros(many)
    cost, without, hours = np.zeros(many), np.zeros(many), np.zeros(many)
    for year in range(course.years):
        mean = levels[need]
        if world.overdispersion:
            shape = 1 / world.overdispersion**2
            mean = mean * rng.gamma(shape, 1 / shape, many)
        luck = np.zeros(many)
        for one, q, seen in sorted(set(zip(sets.tolist(), level.tolist(), exposure.tolist(), strict=True))):
            here = np.flatnonzero((sets == one) & (level == q) & (exposure == seen))
            steps = policy.steps(year, one, q, seen, count[here])
            believed = course.asked_at(year, one)
            true = world.course.asked_at(year, one)
            for step in dict.fromkeys(steps):
                at = here[[k for k, s in enumerate(steps) if s == step]]
                paid, lacking, travel = world.year(year, one, step, levels)
                built = course.built(year, step[0])[step[1]] - course.built(year, one)[q]
                cost[at] += paid[need[at]] + built
                without[at] += lacking[need[at]]
                hours[at] += travel[need[at]]
                luck[at] = true[step[0]]
                sets[at], level[at] = step
                exposure[at] = as_key(seen + believed[step[0]])
        count += rng.poisson(mean * luck)
        clock.tell("Futures are played", done=year + 1, count=course.years)
        clock.check()
    return Futures(
        need=need,
        cost=cost,
        without=without,
        hours=hours,
        units=course.sets.units[sets],
        beds=course.sizes.total[sets, level],
    )
