"""The planner's own counts of women, small ones known by the sum of their group alone.

Small counts are personal data. `Known` keeps of the counts the sums of groups of points; the counts
themselves go no further than this file. So nothing that follows can give a small one away.

The groups lie within each other (`nested`): the whole country, groups of regions, every point alone.
They are fixed before any count is looked at. A group is taken apart only where each of its parts
counted at least `smallest` women; how a group that stays whole is made up, nobody can tell: all its
women may be at any one of its points. That holds for several runs together as well, since what a
higher limit, another region column or another weight shows follows from the sums that are shown already.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from capacity.arrays import Floats, Ints, floats, ints
from capacity.tolerances import LEAST_NUMBER, MAXIMISED

STRONGEST, WEAKEST = 1e6, 1e-3
"""Strengths of the prior looked at; at the strongest the counts show no difference between points."""

MOST_EXACT = 1000
"""Women in a pool up to which every way to spread them is counted; beyond, mean and variance tell it nearly as well."""

FEWEST = 3
"""Points in a group at least: a point that knows its own count must not know another's from the sum."""

HIDES = 2
"""Lowest limit that hides anything: below one woman there is zero alone, and to hide it is to tell it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """What is known of own counts.

    Attributes
    ----------
    pool : ndarray (n,) of int
        0 to K - 1. A point whose count is known stands alone in its pool.
    total : ndarray (K,)
        Women counted in each pool.
    smallest : int
        0 where every count is known.
    """

    pool: Ints
    total: Floats
    smallest: int

    @classmethod
    def of(cls, counts: Floats, levels: Ints, smallest: int, beside: Sequence[Floats] = ()) -> Self | None:
        """From whole counts, (n,); None where fewer than `smallest` were counted in all.

        Parameters
        ----------
        levels : ndarray (levels, n) of int
            See `nested`.
        beside : sequence of ndarray (n,)
            Other counts of the same points, such as those treated in any way: a group is taken apart
            only where it may be by these as well. So the choice between them tells nothing more.
        """
        pool = pools((counts, *beside), levels, smallest)
        if pool is None:
            return None
        # Sums of whole numbers are exact: nothing is left of how a pool's count is made up.
        return cls(pool=pool, total=floats(np.bincount(pool, weights=counts)), smallest=smallest)


def counted_together(known: Known | None) -> int:
    """How many points are counted together with others."""
    return 0 if known is None else int((np.bincount(known.pool)[known.pool] > 1).sum())


def nested(columns: Sequence[Sequence[str]], points: int) -> Ints:
    """Groups of points within groups, from all points to each alone, (levels, points).

    Parameters
    ----------
    columns : sequence of sequence of str, length `points`
        Ways to divide the points into regions; all there are, whichever is in use.
    points : int

    Notes
    -----
    The first level holds all points, the last each alone. Between, from the column with the fewest
    regions on: points that share a region of it, or of any finer column, are in one group. Groups of
    fewer than `FEWEST` points are put together, in the order of their names.
    """
    codes = [np.unique(np.array(list(column), dtype=str), return_inverse=True)[1] for column in columns]
    codes.sort(key=lambda code: int(code.max()))
    levels = [np.zeros(points, dtype=np.int64)]
    for k in range(len(codes)):
        levels.append(_large_enough(levels[-1], _joined(codes[k:])))
    return ints(np.array([*levels, np.arange(points)]))


def _joined(codes: Sequence[Ints]) -> Ints:
    """Groups of points that share a region of any of the columns: the finest that no region of any cuts, (n,)."""
    group = codes[0]
    while True:
        before = group
        for code in codes:
            least = np.full(int(code.max()) + 1, len(group))
            np.minimum.at(least, code, group)
            group = least[code]
        if (group == before).all():
            return ints(group)


def _large_enough(whole: Ints, part: Ints) -> Ints:
    """Parts of each group, put together where they are too few points, numbered from 0, (n,)."""
    large, number = np.zeros_like(whole), 0
    for group in range(int(whole.max()) + 1):
        inside, first, waiting = whole == group, number, 0
        for label in np.unique(part[inside]):
            members = inside & (part == label)
            large[members] = number
            waiting += int(members.sum())
            if waiting >= FEWEST:
                number, waiting = number + 1, 0
        if waiting and number > first:
            large[inside & (large == number)] = number - 1
        elif waiting:
            number += 1
    return ints(large)


def pools(counts: Sequence[Floats], levels: Ints, smallest: int) -> Ints | None:
    """Which points are counted together so that no count below `smallest` is known, (n,).

    Parameters
    ----------
    counts : sequence of ndarray (n,)
        Women counted, over all years, in each way that they were counted.
    levels : ndarray (levels, n) of int
    smallest : int
        0 lets every point stand alone.

    Returns
    -------
    ndarray or None
        None where fewer than `smallest` women were counted in all.
    """
    points = levels.shape[1]
    if smallest == 0:
        return ints(np.arange(points))
    if min(float(count.sum()) for count in counts) < smallest:
        return None
    pool, shut = np.array(levels[0]), np.zeros(points, dtype=bool)
    for depth, part in enumerate(levels[1:], start=1):
        few = np.min([np.bincount(part, weights=count) for count in counts], axis=0) < smallest
        shut |= np.isin(pool, pool[few[part]])
        pool = np.where(shut, pool, depth * points + part)
    return ints(np.unique(pool, return_inverse=True)[1])


# --- the likelihood of what is known ---------------------------------------------------------


def log_likelihood(known: Known, expected: Floats, strength: float) -> float:
    """Log probability of what is known, given the means the weight expects and the prior's strength."""
    total = 0.0
    for pool, members in enumerate(_members(known)):
        whole = int(known.total[pool])
        if len(members) > 1 and whole > MOST_EXACT:
            # A sum of negative binomials is close to the one of its mean and variance.
            mean = expected[members]
            shape = strength * mean.sum() ** 2 / (mean @ mean)
            total += float(_log_chance(np.array([float(whole)]), mean.sum(), shape)[0])
        else:
            total += _convolved(_chances(members, whole, expected, strength))[-1][1]
    return total


def expected_counts(known: Known, expected: Floats, strength: float) -> Floats:
    """Count of each point; of a pool its parts as they are to be expected given the sum, (n,)."""
    if len(known.total) == 1:
        # A sum of all tells nothing of one point beside another.
        return expected
    count = known.total[known.pool]
    for pool, members in enumerate(_members(known)):
        if len(members) == 1:
            continue
        whole = int(known.total[pool])
        if whole > MOST_EXACT:
            mean = expected[members]
            spread = mean + mean**2 / strength
            part = np.maximum(0.0, mean + spread / spread.sum() * (whole - mean.sum()))
            count[members] = part * (whole / part.sum())
            continue
        chances = _chances(members, whole, expected, strength)
        before, after = _convolved(chances)[:-1], _convolved(chances[::-1])[-2::-1]
        for k, member in enumerate(members):
            # The sum of all others, at what this point leaves of the whole.
            rest = np.convolve(before[k][0], after[k][0])[: whole + 1][::-1]
            weight = chances[k] * rest
            count[member] = np.arange(whole + 1) @ weight / max(float(weight.sum()), LEAST_NUMBER)
    return count


def _members(known: Known) -> list[Ints]:
    order = np.argsort(known.pool, kind="stable")
    return np.split(order, np.cumsum(np.bincount(known.pool))[:-1])


def _chances(members: Ints, whole: int, expected: Floats, strength: float) -> Floats:
    """Probability that each member counted 0, 1, ..., `whole`, (members, whole + 1).

    Of a point that stands alone the one count it has, (1, 1).
    """
    alone = len(members) == 1
    counts = np.array([whole], dtype=float) if alone else np.arange(whole + 1, dtype=float)
    return np.asarray(np.exp(_log_chance(counts, expected[members][:, None], strength)))


def _log_chance(counts: Floats, mean: Floats, strength: float) -> Floats:
    """Log probability of each count of a negative binomial, by mean and shape."""
    from scipy.special import gammaln

    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(counts > 0, counts * np.log(mean / (strength + mean)), 0.0)
    logs += gammaln(strength + counts) - gammaln(strength) - gammaln(counts + 1) - strength * np.log1p(mean / strength)
    return np.asarray(logs)


def _convolved(chances: Floats) -> list[tuple[Floats, float]]:
    """Distribution of the sum of the first 0, 1, ... members, scaled to a largest of one.

    The last entry's number is the log probability that the members have their known sum.
    """
    if len(chances) == 1:
        return [(np.ones(1), 0.0), (chances[0], math.log(max(chances[0, 0], LEAST_NUMBER)))]
    length = chances.shape[1]
    sums = np.zeros(length)
    sums[0] = 1.0
    scale = 0.0
    levels = [(sums, scale)]
    ends = [int(np.flatnonzero(row)[-1]) + 1 if row.any() else 1 for row in chances]
    for chance, end in zip(chances, ends, strict=True):
        sums = np.convolve(sums, chance[:end])[:length]
        largest = max(float(sums.max()), LEAST_NUMBER)
        sums, scale = sums / largest, scale + math.log(largest)
        levels.append((sums, scale))
    levels[-1] = (sums, scale + math.log(max(float(sums[-1]), LEAST_NUMBER)))
    return levels


def likeliest_strength(known: Known, expected: Floats) -> float:
    """Maximum of the likelihood: a grid in log strength, then golden sections around its best."""
    if len(known.total) == 1:
        return STRONGEST

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
    while high - low > MAXIMISED:
        if at_left < at_right:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = likely(right)
        else:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = likely(left)
    return math.exp((low + high) / 2)
