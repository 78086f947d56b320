"""The planner's own counts of women, small ones known by their sum alone.

Small counts are personal data. `Known` keeps of them the sum of a pool of points and that they are
small; the raw counts go no further than this file. So nothing that follows can give one away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from capacity.labels import Bools, Floats, Ints, bools, floats, ints

STRONGEST, WEAKEST = 1e6, 1e-3
"""Strengths of the prior looked at; at the strongest the counts show no difference between points."""

TINY = 1e-300
"""What a probability counts for at least, so that it has a logarithm."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """What is known of own counts once small ones are put together.

    Attributes
    ----------
    pool : ndarray (n,) of int
        0 to K - 1. A point whose count is known stands alone in its pool.
    total : ndarray (K,)
        Women counted in each pool.
    small : ndarray (n,) of bool
        Points that counted fewer than `smallest`.
    smallest : int
        0 where every count is known.
    """

    pool: Ints
    total: Floats
    small: Bools
    smallest: int

    @classmethod
    def of(cls, counts: Floats, region: Sequence[str], smallest: int) -> Self:
        """From whole counts, (n,), and the region of each point."""
        pool = pools(counts, region, smallest)
        # Sums of whole numbers are exact: nothing is left of how a pool's count is made up.
        total = np.bincount(pool, weights=counts)
        return cls(pool=pool, total=floats(total), small=bools(counts < smallest), smallest=smallest)


def counted_together(known: Known | None) -> int:
    """How many points are counted together with others."""
    return 0 if known is None else int((np.bincount(known.pool)[known.pool] > 1).sum())


def pools(counts: Sequence[float] | Floats, region: Sequence[str], smallest: int) -> Ints:
    """Which points must be counted together so that no count below `smallest` is known, (n,).

    Parameters
    ----------
    counts : array (n,)
        Women counted, over all years.
    region : sequence of str, length n
    smallest : int
        0 lets every point stand alone.

    Notes
    -----
    The small counts of a region make a pool. One that still counts fewer than `smallest`, or whose sum
    leaves its small counts one possibility only, is joined with whatever counts least: a point of its
    region that stands alone, or the pool of another region; where there is neither, a point elsewhere.
    So it goes on until no pool gives a count away, or the whole country is one.
    """
    y = np.asarray(counts, dtype=float)
    names = {name: k for k, name in enumerate(sorted(set(region)))}
    home = np.array([names[r] for r in region], dtype=np.int64)
    alone = np.arange(len(y))
    pool = np.where(y < smallest, len(y) + home, alone)
    while True:
        label, at = np.unique(pool, return_inverse=True)
        total, small = floats(np.bincount(at, weights=y)), floats(np.bincount(at, weights=y < smallest))
        members = floats(np.bincount(at))
        short = np.flatnonzero(_gives_away(total, small, floats(members - small), smallest))
        if len(label) == 1 or not len(short):
            return ints(at)
        joining = label[short[0]]
        inside = set(home[pool == joining])
        others = [k for k in range(len(label)) if k != short[0]]
        near = [k for k in others if label[k] >= len(y) or home[label[k]] in inside]
        pool[pool == label[min(near or others, key=lambda k: (total[k], k))]] = joining


def _gives_away(total: Floats, small: Floats, others: Floats, smallest: int) -> Bools:
    """Pools whose sum tells a small count: of `small` points below `smallest`, and `others` at or above it, (K,)."""
    most = np.minimum(smallest - 1, total - others * smallest)
    least = np.where(others > 0, 0.0, np.maximum(0.0, total - (small - 1) * (smallest - 1)))
    return np.asarray((small > 0) & ((total < smallest) | (least >= most)))


# --- the likelihood of what is known ---------------------------------------------------------


def log_likelihood(known: Known, expected: Floats, strength: float) -> float:
    """Log probability of what is known, given the means the weight expects and the prior's strength."""
    total = 0.0
    for pool, members in enumerate(_members(known)):
        chances = _chances(known, members, int(known.total[pool]), expected, strength)
        total += _convolved(chances)[-1][1]
    return total


def expected_counts(known: Known, expected: Floats, strength: float) -> Floats:
    """Count of each point; of a pool its parts as they are to be expected given the sum, (n,)."""
    count = known.total[known.pool]
    for pool, members in enumerate(_members(known)):
        if len(members) == 1:
            continue
        whole = int(known.total[pool])
        chances = _chances(known, members, whole, expected, strength)
        before, after = _convolved(chances)[:-1], _convolved(chances[::-1])[-2::-1]
        for k, member in enumerate(members):
            # The sum of all others, at what this point leaves of the whole.
            rest = np.convolve(before[k][0], after[k][0])[: whole + 1][::-1]
            weight = chances[k] * rest
            count[member] = np.arange(whole + 1) @ weight / max(float(weight.sum()), TINY)
    return count


def _members(known: Known) -> list[Ints]:
    order = np.argsort(known.pool, kind="stable")
    return np.split(order, np.cumsum(np.bincount(known.pool))[:-1])


def _chances(known: Known, members: Ints, whole: int, expected: Floats, strength: float) -> Floats:
    """Probability that each member counted 0, 1, ..., `whole`, as far as it may have, (members, whole + 1).

    Of a point that stands alone the one count it has, (1, 1).
    """
    from scipy.special import gammaln

    alone = len(members) == 1
    counts = np.array([whole], dtype=float) if alone else np.arange(whole + 1, dtype=float)
    mean = expected[members][:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(counts > 0, counts * np.log(mean / (strength + mean)), 0.0)
    logs += gammaln(strength + counts) - gammaln(strength) - gammaln(counts + 1) - strength * np.log1p(mean / strength)
    chance = np.exp(logs)
    if not alone:
        chance[(counts < known.smallest) != known.small[members][:, None]] = 0.0
    return np.asarray(chance)


def _convolved(chances: Floats) -> list[tuple[Floats, float]]:
    """Distribution of the sum of the first 0, 1, ... members, scaled to a largest of one.

    The last entry's number is the log probability that the members have their known sum.
    """
    if len(chances) == 1:
        return [(np.ones(1), 0.0), (chances[0], math.log(max(chances[0, 0], TINY)))]
    length = chances.shape[1]
    sums = np.zeros(length)
    sums[0] = 1.0
    scale = 0.0
    found = [(sums, scale)]
    ends = [int(np.flatnonzero(row)[-1]) + 1 if row.any() else 1 for row in chances]
    for chance, end in zip(chances, ends, strict=True):
        sums = np.convolve(sums, chance[:end])[:length]
        largest = max(float(sums.max()), TINY)
        sums, scale = sums / largest, scale + math.log(largest)
        found.append((sums, scale))
    found[-1] = (sums, scale + math.log(max(float(sums[-1]), TINY)))
    return found


def likeliest_strength(known: Known, expected: Floats) -> float:
    """Maximum of the likelihood: a grid in log strength, then golden sections around its best."""

    def likely(log: float) -> float:
        return log_likelihood(known, expected, math.exp(log))

    grid = np.linspace(math.log(WEAKEST), math.log(STRONGEST), 43)
    best = int(np.argmax([likely(log) for log in grid]))
    if best == len(grid) - 1:
        return STRONGEST
    low, high = float(grid[max(best - 1, 0)]), float(grid[best + 1])
    golden = (math.sqrt(5) - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = likely(left), likely(right)
    while high - low > 1e-6:
        if at_left < at_right:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = likely(right)
        else:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = likely(left)
    return math.exp((low + high) / 2)
