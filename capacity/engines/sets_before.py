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
        self._made: list[tuple[object, Bools, Ints, list[NearestPlans]]] = []

    def plans(
        self, problem: Problem, space: object, sets: int, allowed: Bools, made: Callable[[], Iterator[NearestPlans]]
    ) -> Iterator[NearestPlans]:
        """The sets of a space, so many, as plans: those of before where it is the same, otherwise `made`."""
        if sets * len(allowed) > MOST_CELLS:
            return made()
        for known, pairs, nearness, plans in self._made:
            if known == space and np.array_equal(pairs, allowed) and np.array_equal(nearness, problem.nearness):
                return (each.under(problem) for each in plans)
        plans = list(made())
        self._made = [*self._made[1 - SPACES :], (space, allowed, problem.nearness, plans)]
        return (each.under(problem) for each in plans)
