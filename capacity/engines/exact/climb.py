"""Multipliers that raise a Lagrangian bound: the volume algorithm of Barahona and Anbil.

Each step starts from the best multipliers so far and goes along an average of subgradients, in which
the newest has that weight (within limits) that makes the average shortest. The same average of the
relaxed solutions tends to a solution of the linear relaxation: it says what to branch on.

Multipliers may differ by orders of magnitude, as the weights of towns do. Each then moves in a unit of its own:
with `units` all lengths and angles are those of ``multiplier / sqrt(unit)``, so that a step goes along ``unit``
times the average.

References
----------
.. [1] Barahona, Anbil (2000), The volume algorithm: producing primal solutions with a subgradient
   method. Mathematical Programming 87(3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.tolerances import NO_DIRECTION

Floats = npt.NDArray[np.floating]

LONGER = 1.2
"""Factor on the step after one that raised the bound, and could have been longer."""

SHORTER = 0.66
"""Factor on the step when too many have failed."""

LEAST_WEIGHT = 0.3
"""Least weight of a new subgradient, as a part of the greatest."""

FADING = 0.8
"""Factor on the greatest weight when steps get shorter."""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """How the multipliers move.

    Attributes
    ----------
    first, least : float
        First step, as a part of the Polyak step to the target; the climb ends when steps are shorter
        than the least.
    patience : int
        Steps without progress after which they get shorter.
    weight, least_weight : float
        Greatest weight of a new subgradient in the average, at first and at last.
    """

    first: float
    least: float
    patience: int
    weight: float = 0.3
    least_weight: float = 0.05


class Climb:
    """Where the multipliers are, and where they go next.

    Parameters
    ----------
    lam : ndarray, (n,)
        Multipliers to start from.
    steps : Steps
    units : ndarray, (n,), optional
        What the step of each multiplier is counted in, about one on average; one each by default.

    Attributes
    ----------
    best : ndarray, (n,)
        The best multipliers.
    value : float
        Lagrangian value there.
    trial : ndarray, (n,)
        Multipliers to look at next.
    weight : float
        Of the last relaxed solution in the average of them.
    done : bool
        The steps have become too small.
    """

    def __init__(self, lam: Floats, steps: Steps, units: Floats | None = None) -> None:
        self._units = units
        self.best = self.trial = lam
        self.value = -np.inf
        self.weight = 1.0
        self.done = False
        self._steps, self._length, self._greatest = steps, steps.first, steps.weight
        self._failures = 0
        self._average: Floats | None = None

    def learn(self, value: float, subgradient: Floats) -> bool:
        """Take in what the trial gave; True when it is the best so far."""
        along = self._join(subgradient)
        if value > self.value:
            self.best, self.value = self.trial, value
            self._failures = 0
            if along > 0.0:
                self._length = min(LONGER * self._length, 2.0)
            return True
        self._failures += 1
        if self._failures >= self._steps.patience:
            self._failures = 0
            self._length *= SHORTER
            self._greatest = max(FADING * self._greatest, self._steps.least_weight)
            self.done = self._length < self._steps.least
        return False

    def _join(self, subgradient: Floats) -> float:
        """Let a subgradient join the average; its product with the average before it."""
        average = self._average
        if average is None:
            self._average = subgradient.copy()
            return 0.0
        along = self._product(subgradient, average)
        change = subgradient - average
        square = self._product(change, change)
        shortest = (self._product(average, average) - along) / square if square > 0.0 else 0.0
        self.weight = min(max(shortest, LEAST_WEIGHT * self._greatest), self._greatest)
        average += average.dtype.type(self.weight) * change
        return along

    def move(self, target: float, cap: Floats | None = None) -> None:
        """Set the next trial: from the best multipliers towards the target, none above `cap`."""
        assert self._average is not None
        direction = self._average
        if cap is not None:
            direction = np.where((self.best >= cap) & (direction > 0.0), direction.dtype.type(0.0), direction)
        square = self._product(direction, direction)
        if square <= NO_DIRECTION:
            self.done = True
            return
        step = self._length * max(target - self.value, 0.0) / square
        if self._units is not None:
            direction = direction * self._units
        trial = self.best + direction.dtype.type(step) * direction
        self.trial = trial if cap is None else np.minimum(trial, cap)

    def _product(self, one: Floats, other: Floats) -> float:
        return float(one @ other) if self._units is None else float((one * self._units) @ other)

    def keep_below(self, cap: Floats) -> None:
        """Lower the multipliers to `cap` where they are above it."""
        self.best, self.trial = np.minimum(self.best, cap), np.minimum(self.trial, cap)
