"""Who goes where in every set of sites, handed on from one question to the next of many alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from capacity.arrays import Bools, Ints
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans

MOST_CELLS = 2_000_000
"""Sets x points that are kept: 16 MB, and as much again for each of two tables of what the ways come to."""

SPACES = 2
"""Spaces that are kept: what the rules leave, and what is looked at where they leave no plan."""


class SetsBefore:
    """The sets of sites of questions before, with everybody at their nearest.

    Demand, money, promises and sizes change nothing of it: runs of a sweep mostly share it. It belongs to one
    thread.
    """

    def __init__(self) -> None:
        self._made: list[tuple[object, int, Bools, Ints, list[NearestPlans]]] = []

    def plans(
        self, problem: Problem, space: object, sets: int, allowed: Bools, made: Callable[[], Iterator[NearestPlans]]
    ) -> Iterator[NearestPlans]:
        """The sets of a space, in blocks: so many, and the first of those there were if there were more.

        Parameters
        ----------
        problem : Problem
        space : object
            What they are, but for the most units: small sets come first.
        sets : int
        allowed : ndarray (n, m) of bool
            Pairs that may be used.
        made : callable
            Makes them, where they are not those of before.
        """
        if sets * len(allowed) > MOST_CELLS:
            yield from made()
            return
        for block in self._known(problem, space, sets, allowed) or self._new(problem, space, sets, allowed, made()):
            if sets <= 0:
                return
            yield block.under(problem, min(sets, len(block.open)))
            sets -= len(block.open)

    def _known(self, problem: Problem, space: object, sets: int, allowed: Bools) -> list[NearestPlans]:
        for known, count, pairs, nearness, plans in self._made:
            same = known == space and count >= sets and np.array_equal(pairs, allowed)
            if same and np.array_equal(nearness, problem.nearness):
                return plans
        return []

    def _new(
        self, problem: Problem, space: object, sets: int, allowed: Bools, made: Iterator[NearestPlans]
    ) -> list[NearestPlans]:
        plans = list(made)
        others = [each for each in self._made if each[0] != space]
        self._made = [*others[1 - SPACES :], (space, sets, allowed, problem.nearness, plans)]
        return plans
