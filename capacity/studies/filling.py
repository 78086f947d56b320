"""How units fill: the share of their beds that can be used, by years since they opened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.problem.problem import Problem
from capacity.problem.promise import stays_by_beds
from capacity.tolerances import TIE


@dataclass(frozen=True, kw_only=True)
class Filling:
    """Shares of what a unit's beds carry that can be used in the year it opens, the next one, and so on; then all.

    Attributes
    ----------
    usable : tuple of float
        Above 0, at most 1, and rising.
    """

    usable: tuple[float, ...] = ()

    def beds(self, problem: Problem, stays: Floats, opened: Bools) -> Ints:
        """Fewest beds that carry the stays at each age, (ages, B, m); one more than the largest where no size does.

        Parameters
        ----------
        stays : ndarray (B, S, m)
            Women sent to each unit a year, by scenario.
        opened : ndarray (B, m)
        """
        carries = any(rule.carries_stays for rule in problem.policy.values()) and problem.must_hold.any()
        if not self.usable or not carries:
            return np.zeros((len(self.usable), *opened.shape), dtype=np.int64)
        high = problem.size_limits[1]
        everybody = float(problem.women.sum(axis=1).max()) / min(self.usable)
        carried = stays_by_beds(problem.promise, int(high.max()), problem.care.mean_days, everybody)
        need = stays[:, problem.must_hold, :].max(axis=1)
        found = [np.searchsorted(carried, need / share * (1 - TIE)) for share in self.usable]
        return np.asarray(np.where(opened, np.minimum(np.stack(found), high + 1), 0), dtype=np.int64)

    def ages(self, before: Ints | None, was_open: Bools | None, opened: Bools) -> Ints:
        """Years since each unit opened, (K, m): 0 in the first, and no more than what the filling tells apart."""
        if before is None or was_open is None:
            return np.zeros(opened.shape, dtype=np.int64)
        older = np.minimum(before + 1, len(self.usable))
        return np.asarray(np.where(opened & was_open, older, 0))

    def needed(self, whole: Ints, filled: Ints, ages: Ints) -> Ints:
        """Fewest beds at each unit's age, (K, m), of those needed once it is filled and of those at each age."""
        need = whole
        for age in range(len(self.usable)):
            need = np.where(ages == age, np.maximum(need, filled[age]), need)
        return need
