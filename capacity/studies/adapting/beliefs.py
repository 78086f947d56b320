"""What is believed of the level of need, once so many women have asked: two numbers say it all.

Of a level `x`, `N` women asked where the open units were reached by a part `E` of a year's women: a Poisson number of
mean `x E`. Exposure and count, each summed over the years, are all that can be learnt while it is known how need is
split between places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.tolerances import LEAST_NUMBER, SUMS

UNIT_STEPS = 40
"""Counts up to this one stand in the grid each by itself."""

TAIL = 8.0
"""Standard deviations beyond which a number of women is left out."""


ON_ONE_PROCESSOR = 250_000
"""Multiplications of one product of matrices that are not shared between processors."""


class Beliefs(Protocol):
    """States of belief as rows of weights over the levels of need, one block of rows for each exposure."""

    def weights(self, exposure: float) -> Floats:
        """Belief of each row, (rows, K)."""
        ...

    def in_short(self, cost: Floats) -> Floats:
        """Costs by level, (..., K), as `expected` takes them: in fewer numbers where these say as much."""
        ...

    def expected(self, exposure: float, cost: Floats) -> Floats:
        """Expected costs of each row, (rows, followers, Q)."""
        ...

    def after(self, exposure: float, asking: float) -> float:
        """Exposure after a year of which such a part asked."""
        ...

    def led_to(self, year: int, others: Sequence[int], exposure: float, asking: float, later: Floats) -> Floats:
        """Expected value of where a year leads to, (rows, followers, Q), of the followers' values there.

        Parameters
        ----------
        later : ndarray (followers, rows after, Q)
        """
        ...

    def believed(self, year: int, one: int, exposure: float) -> Floats:
        """Beliefs that rules are asked of where a set is open, (rows, K)."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Unchanged:
    """Beliefs that nothing changes: one row each."""

    rows: Floats

    def weights(self, exposure: float) -> Floats:
        """The rows."""
        return self.rows

    def in_short(self, cost: Floats) -> Floats:
        """As they are."""
        return cost

    def expected(self, exposure: float, cost: Floats) -> Floats:
        """By row."""
        return weighed(self.rows, cost)

    def after(self, exposure: float, asking: float) -> float:
        """No exposure is counted."""
        return 0.0

    def led_to(self, year: int, others: Sequence[int], exposure: float, asking: float, later: Floats) -> Floats:
        """Rows stay."""
        return later.transpose(1, 0, 2)

    def believed(self, year: int, one: int, exposure: float) -> Floats:
        """What each row says."""
        return self.weights(exposure)


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """The level of need known: a row for each of K levels."""

    levels: int

    def weights(self, exposure: float) -> Floats:
        """One level each."""
        return np.eye(self.levels)

    def in_short(self, cost: Floats) -> Floats:
        """As they are."""
        return cost

    def expected(self, exposure: float, cost: Floats) -> Floats:
        """The costs themselves."""
        return cost.transpose(2, 0, 1).copy()

    def after(self, exposure: float, asking: float) -> float:
        """No exposure is counted."""
        return 0.0

    def led_to(self, year: int, others: Sequence[int], exposure: float, asking: float, later: Floats) -> Floats:
        """Rows stay."""
        return later.transpose(1, 0, 2)

    def believed(self, year: int, one: int, exposure: float) -> Floats:
        """What each row says."""
        return self.weights(exposure)


@dataclass(frozen=True, kw_only=True, eq=False)
class Counted:
    """Beliefs from counts, on a grid.

    Attributes
    ----------
    need, prior : ndarray (K,)
        Levels of need, women a year, and their weights.
    round : callable
        How the exposure of a year is rounded: down is a planner who throws part of her counts away, up one who gets
        more than there are, so that the two enclose what is right.
    counts : ndarray (R,) of int
        The grid of numbers of women, from nothing.
    basis : ndarray (K, r) or None
        Columns whose sums all costs by level are.
    """

    need: Floats
    prior: Floats
    round: Callable[[float], float]
    counts: Ints
    basis: Floats | None = None
    _steps: dict[tuple[float, float], Floats] = field(default_factory=dict, repr=False)
    _chances: dict[float, Floats] = field(default_factory=dict, repr=False)
    _weights: dict[float, Floats] = field(default_factory=dict, repr=False)
    _short: dict[float, Floats] = field(default_factory=dict, repr=False)

    def in_short(self, cost: Floats) -> Floats:
        """In the columns of the basis."""
        return cost if self.basis is None else np.matmul(cost, self.basis)

    def expected(self, exposure: float, cost: Floats) -> Floats:
        """By row, of costs in the columns of the basis."""
        if self.basis is None:
            return weighed(self.weights(exposure), cost)
        if exposure not in self._short:
            self._short[exposure] = product(self.weights(exposure), self.basis[None])[:, 0]
        return weighed(self._short[exposure], cost)

    def rows(self, exposure: float) -> int:
        """Rows of the grid that such an exposure may lead to."""
        most = most_women(float(self.need[-1]) * exposure)
        return min(int(np.searchsorted(self.counts, most)) + 1, len(self.counts))

    def weights(self, exposure: float) -> Floats:
        """Belief at each count of the grid."""
        if exposure not in self._weights:
            counts = self.counts[: self.rows(exposure)]
            self._weights[exposure] = posterior(self.need, self.prior, exposure, counts)
        return self._weights[exposure]

    def after(self, exposure: float, asking: float) -> float:
        """The sum, each year rounded by itself."""
        return as_key(exposure + self.round(asking))

    def led_to(self, year: int, others: Sequence[int], exposure: float, asking: float, later: Floats) -> Floats:
        """By the chances of counts after the year."""
        return product(self.step(exposure, asking), later)

    def believed(self, year: int, one: int, exposure: float) -> Floats:
        """What each count says."""
        return self.weights(exposure)

    def step(self, exposure: float, asking: float) -> Floats:
        """Chances of counts after the year, kept; what falls between two of the grid is split."""
        key = (exposure, self.round(asking))
        if key not in self._steps:
            self._steps[key] = self.chances(*key)
        return self._steps[key]

    def chances(self, exposure: float, seen: float) -> Floats:
        """The same of an exposure that is rounded, worked out."""
        rows = self.counts[: self.rows(exposure)]
        after = self.rows(as_key(exposure + seen))
        predicted = product(self.weights(exposure), self.chance(seen)[None])[:, 0]
        return split(predicted, rows, self.counts[:after])

    def chance(self, asking: float) -> Floats:
        """Chances of numbers of women in a year of which such a part asks, by level, (K, numbers)."""
        if asking not in self._chances:
            self._chances[asking] = poisson(self.need * asking)
        return self._chances[asking]


def weighed(weights: Floats, cost: Floats) -> Floats:
    """Costs (followers, Q, K) by rows of weights (rows, K): (rows, followers, Q)."""
    return product(weights, cost.transpose(0, 2, 1))


def product(left: Floats, right: Floats) -> Floats:
    """A matrix (R, K) times each of a stack (F, K, Q), as (R, F, Q).

    Each product is small enough for one processor. Of a large one the library behind numpy gives a half to each, and
    where another program has them too, the halves wait for each other four times as long as they take.
    """
    count, inner, columns = right.shape
    many = max(1, ON_ONE_PROCESSOR // max(1, inner * columns))
    out = np.empty((count, len(left), columns))
    for first in range(0, len(left), many):
        np.matmul(left[first : first + many], right, out=out[:, first : first + many])
    return out.transpose(1, 0, 2)


def as_key(exposure: float) -> float:
    """Exposures that are equal but for rounding are one."""
    return round(exposure, 11)


def rounding(parts: int | None, *, down: bool) -> Callable[[float], float]:
    """Rounding of a year's exposure to so many parts of a year; None leaves it."""
    if parts is None:
        return as_key
    whole = math.floor if down else math.ceil
    off = SUMS * (1 if down else -1)
    return lambda asking: as_key(whole(asking * parts + off * parts) / parts)


def most_women(mean: float) -> int:
    """A number of women that chance hardly ever exceeds."""
    return int(math.ceil(mean + TAIL * math.sqrt(mean) + TAIL)) if mean > 0 else 0


def grid_of_counts(most: int, *, whole: bool) -> Ints:
    """Numbers of women from nothing to `most`: all of them, or in steps that grow as their chance spread does."""
    counts = [0]
    while counts[-1] < most:
        now = counts[-1]
        counts.append(now + (1 if whole or now < UNIT_STEPS else max(1, int(math.sqrt(now) / 2))))
    return np.array(counts, dtype=np.int64)


def poisson(mean: Floats) -> Floats:
    """Chance of each number of women, by mean, (K, most + 1); what is left out is with the last."""
    from scipy.special import gammaln

    n = np.arange(most_women(float(mean.max(initial=0.0))) + 1)
    safe = np.maximum(mean, LEAST_NUMBER)[:, None]
    chance = np.exp(n * np.log(safe) - safe - gammaln(n + 1))
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))


def posterior(need: Floats, prior: Floats, exposure: float, counts: Ints) -> Floats:
    """Weights of the levels once so many have asked, (len(counts), K); the prior where nothing was seen."""
    if exposure == 0:
        return np.broadcast_to(prior, (len(counts), len(prior))).copy()
    with np.errstate(divide="ignore"):
        log = np.log(np.maximum(prior, 0.0)) - need * exposure + counts[:, None] * np.log(need)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def split(predicted: Floats, before: Ints, after: Ints) -> Floats:
    """Chances of new numbers (rows, n) on top of counts, as chances of the counts of a grid, (rows, len(after))."""
    rows, many = predicted.shape
    total = before[:, None] + np.arange(many)
    total = np.minimum(total, after[-1])
    low = np.searchsorted(after, total, side="right") - 1
    high = np.minimum(low + 1, len(after) - 1)
    width = np.maximum(after[high] - after[low], 1)
    up = (total - after[low]) / width
    row = np.arange(rows)[:, None] * len(after)
    size = rows * len(after)
    out = np.bincount((row + low).ravel(), (predicted * (1 - up)).ravel(), size)
    between: Bools = up > 0
    if between.any():
        out += np.bincount((row + high)[between], (predicted * up)[between], size)
    return np.asarray(out.reshape(rows, len(after)))
