"""The sets of sites of each year of a roll-out that keep its rules, and which may follow which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.enumerate import BLOCK_CELLS, Kept, ids_of, kept_plans, space_of, yearly_cost
from capacity.errors import SolverError
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, firm_rules, paid_in
from capacity.rules.objectives import Objective
from capacity.studies.filling import Filling
from capacity.tolerances import HOLD

MOST_TESTS = 1_000_000_000
"""Pairs of sets of two years that are looked at: some seconds."""

WORD = 62
"""Sites in one whole number."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Year:
    """One year: every set that keeps its rules, with the fewest beds that do.

    Attributes
    ----------
    year : int
    problem : Problem
        With the year's settings.
    goal : Objective
    weight : float
        What the year's values are multiplied by.
    budget : float
        DKK to build for in the year; inf without.
    open, beds : ndarray (F, m)
    site : ndarray (F, n) of int
        Site each point uses; -1 for none.
    filled : ndarray (ages, F, m) of int
        Fewest beds while a unit fills, by years since it opened.
    value, cost : ndarray (F,)
        Weighted objective with what is paid for rules, and weighted running cost, at these beds.
    valued : int
        Sets that were valued.
    """

    year: int
    problem: Problem
    goal: Objective
    weight: float
    budget: float
    open: Bools
    beds: Ints
    filled: Ints
    site: Ints
    value: Floats
    cost: Floats
    valued: int

    @cached_property
    def words(self) -> Ints:
        """The sets as whole numbers, (F, words)."""
        m = self.open.shape[1]
        parts = [self.open[:, k : k + WORD] @ (1 << np.arange(min(WORD, m - k))) for k in range(0, m, WORD)]
        return np.stack(parts, axis=1)

    @cached_property
    def rank(self) -> Ints:
        """Place of each set in the order of site ids, (F,)."""
        order = sorted(range(len(self.open)), key=lambda f: ids_of(self.problem, self.open[f]))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return place

    def affords(self, spent: Floats) -> Bools:
        """Whether building for so much is within the budget."""
        return np.asarray(spent <= self.budget + (HOLD * max(1.0, self.budget) if np.isfinite(self.budget) else 0.0))

    def plans(self, rows: Ints, beds: Ints) -> NearestPlans:
        """Sets with beds of their own."""
        none = np.zeros(self.problem.minutes.shape, dtype=bool)
        return NearestPlans(self.problem, self.open[rows], none).sent(self.site[rows], beds)

    def grown(self, rows: Ints, beds: Ints) -> tuple[Bools, Floats, Floats]:
        """Whether sets with more beds than they need keep the rules; their value and running cost, (K,) each."""
        kept = np.ones(len(rows), dtype=bool)
        value, cost = self.value[rows], self.cost[rows]
        size = max(1, BLOCK_CELLS // (max(self.problem.minutes.shape) * len(self.problem.scenarios.ids)))
        more = np.flatnonzero((beds != self.beds[rows]).any(axis=1))
        for start in range(0, len(more), size):
            at = more[start : start + size]
            plans = self.plans(rows[at], beds[at])
            for rule in firm_rules(self.problem):
                if rule.with_more_beds != "same":
                    kept[at] &= ~rule.excess(self.problem, plans).broken.any(axis=1)
            value[at] = self.weight * _minimised(self.problem, self.goal, plans)
            cost[at] = self.weight * yearly_cost(self.problem, plans)
        return kept, value, cost


def _minimised(problem: Problem, goal: Objective, plans: NearestPlans) -> Floats:
    common, own = paid_in(problem, plans)
    return np.asarray(goal.expected(problem, plans) + common + own @ problem.probability)


def year_of(
    year: int,
    problem: Problem,
    goal: Objective,
    weight: float,
    budget: float,
    clock: Clock,
    filling: Filling,
    some: Iterable[Kept] | None = None,
) -> Year:
    """Every set of a year that keeps its rules, or some of them."""
    space = space_of(problem)
    n, m = problem.minutes.shape
    opened, beds = [np.zeros((0, m), dtype=bool)], [np.zeros((0, m), dtype=np.int64)]
    site, value, cost = [np.zeros((0, n), dtype=np.int64)], [np.zeros(0)], [np.zeros(0)]
    filled = [np.zeros((len(filling.usable), 0, m), dtype=np.int64)]
    valued = 0
    for block in kept_plans(problem, space) if some is None else some:
        valued += block.valued
        plans = block.plans
        if len(plans.open):
            opened.append(plans.open)
            beds.append(plans.beds)
            filled.append(filling.beds(problem, plans.stays, plans.open) if filling.usable else filled[0][:, :0])
            site.append(plans.site)
            value.append(weight * _minimised(problem, goal, plans))
            cost.append(weight * yearly_cost(problem, plans))
        clock.tell(f"Sets of sites are valued in {year}", done=valued, count=space.sets)
        clock.check()
    return Year(
        year=year,
        problem=problem,
        goal=goal,
        weight=weight,
        budget=budget,
        open=np.concatenate(opened),
        beds=np.concatenate(beds),
        filled=np.concatenate(filled, axis=1),
        site=np.concatenate(site),
        value=np.concatenate(value),
        cost=np.concatenate(cost),
        valued=valued,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Which sets of a year may follow each set of the year before.

    Attributes
    ----------
    start : ndarray (F + 1,)
        Where those of each set begin in `to`.
    to : ndarray (P,)
    """

    start: Ints
    to: Ints


def pairs_of(before: Year, after: Year, never_close: bool) -> Pairs:
    """Every pair in which the later set holds the earlier one; all pairs where units may close.

    Raises
    ------
    SolverError
        Where there are too many to look at.
    """
    count, others = len(before.open), len(after.open)
    if count * others > MOST_TESTS:
        raise SolverError(
            f"{count:,} sets of {before.year} beside {others:,} of {after.year} are too many to look at every pair. "
            "Narrow rules.units, rules.forbid or rules.near_ambulatory."
        )
    pairs, lengths = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    size = max(1, BLOCK_CELLS // max(1, others))
    for first in range(0, count, size):
        part = before.words[first : first + size]
        held = np.ones((len(part), others), dtype=bool)
        if never_close:
            for k in range(part.shape[1]):
                held &= (part[:, k, None] & ~after.words[None, :, k]) == 0
        lengths.append(held.sum(axis=1))
        pairs.append(np.nonzero(held)[1])
    return Pairs(start=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]), to=np.concatenate(pairs))
