"""Multipliers of the points moved set by set, and what sets come to at least that grow by some more columns.

Of a point that no free column may serve any more the way to its unit is known; of others it lies between the
cheapest way that is left and that to the nearest open unit, and so does the best multiplier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.tolerances import LEAST_NUMBER, SUMS

STEPS, LENGTH = 2, 0.7
"""Steps that raise the bound of each set, and their length: more leave out more sets, but take longer than these."""

CLOSED = 1e100
"""In the place of infinity where it is added up."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ways:
    """What points cost beyond their multipliers, times their stays, and where these may move.

    Attributes
    ----------
    free : ndarray (B, n, c')
        By free columns that are left.
    own : ndarray (B, n)
        By the open column that is nearest.
    lowest : ndarray (B, n)
        By the cheapest of all these.
    fixed : ndarray (B,)
        What the open columns bring in any case, and the value without any.
    brings : ndarray (c',)
        What free columns bring in any case.
    """

    free: Floats
    own: Floats
    lowest: Floats
    fixed: Floats
    brings: Floats

    def of(self, which: Bools) -> Ways:
        """Those of some sets."""
        return Ways(
            free=self.free[which],
            own=self.own[which],
            lowest=self.lowest[which],
            fixed=self.fixed[which],
            brings=self.brings,
        )

    def within(self, moved: Floats) -> Floats:
        """Multipliers moved no farther than the bound gains by it."""
        moved = np.minimum(np.maximum(moved, self.lowest), self.own)
        moved[self.lowest == CLOSED] = 0.0
        return moved

    def bound(self, moved: Floats) -> tuple[Floats, Floats]:
        """What the open columns come to at least, (B,), and what each free column brings besides, (B, c')."""
        site = np.minimum(self.free - moved[:, :, None], 0.0).sum(axis=1) + self.brings
        return moved.sum(axis=1) + self.fixed, site


def raised(
    ways: Ways, first: tuple[Floats, Floats], weight: Floats, count: tuple[int, int], limit: float
) -> tuple[Floats, Floats]:
    """What `Ways.bound` comes to after some steps of the multipliers; where one column follows, where it is exact.

    Parameters
    ----------
    ways : Ways
    first : (ndarray (B,), ndarray (B, c'))
        The same before.
    weight : ndarray (n,)
        Stays.
    count : (int, int)
        Columns that follow, at least and at most.
    limit : float
        What a set may come to at most.
    """
    reached = ways.own < CLOSED
    if count[1] == 1 and reached.any():
        return ways.bound(ways.within(np.where(reached, ways.own, 0.0)))
    at, moved = first, ways.within(np.zeros_like(ways.own))
    for _ in range(STEPS):
        moved = ways.within(_stepped(ways, moved, at, weight, count, limit))
        at = ways.bound(moved)
    return at


def _stepped(
    ways: Ways, moved: Floats, at: tuple[Floats, Floats], weight: Floats, count: tuple[int, int], limit: float
) -> Floats:
    """Multipliers after a step: along what is not served once by the columns that would follow, (B, n)."""
    (inside, site), (fewest, most) = at, count
    follow = min(most, site.shape[1])
    pick = np.argpartition(site, follow - 1, axis=1)[:, :follow]
    taken = np.take_along_axis(site, pick, axis=1)
    needed = np.sort(taken, axis=1)[:, min(fewest, follow) - 1]
    comes = (taken < 0) | (taken <= needed[:, None])
    use = np.zeros_like(moved)
    for q in range(follow):
        one = np.take_along_axis(ways.free, pick[:, None, q : q + 1], axis=2)[:, :, 0]
        use += (one < moved) & comes[:, q : q + 1]
    slope = 1.0 - use
    value = inside + np.where(comes, taken, 0.0).sum(axis=1)
    square = np.maximum((weight * slope**2).sum(axis=1), LEAST_NUMBER)
    stride = LENGTH * np.clip(limit - value, 0.0, np.abs(value)) / square
    return np.asarray(moved + stride[:, None] * slope * weight)


def followed(
    free: Bools, at: tuple[Floats, Floats], bound: Floats, count: tuple[int, int], limit: float
) -> tuple[Floats, Ints, Ints]:
    """What sets with each column come to at least, the columns' places by what they bring, and how many come first.

    Without one of these, (B,) of them, the others together are above the limit. What is known already is a bound of
    every set, (B,) or with each column (B, c').
    """
    (inside, brings), (fewest, more), width = at, count, free.shape[1]
    site = np.where(free, brings, CLOSED)
    order = site.argsort(axis=1, kind="stable")
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(width), order.shape), axis=1)
    value, first, leaving = _follow(inside, np.take_along_axis(site, order, axis=1), fewest, more, limit)
    # Every set is above both: what is known of it, and what the multipliers say with the column in it.
    known = bound if bound.ndim == 2 else bound[:, None]
    each = np.maximum(known, value[:, None] + np.maximum(site - leaving[:, None], 0.0))
    if more == 1:
        each = np.maximum(each, inside[:, None] + site)
    return each, place, first


def _follow(inside: Floats, ranked: Floats, fewest: int, most: int, limit: float) -> tuple[Floats, Ints, Floats]:
    """What sets with some more columns come to at least.

    Parameters
    ----------
    inside : ndarray (B,)
    ranked : ndarray (B, c)
        What columns bring, lowest first.
    fewest, most : int
        Columns that follow.
    limit : float

    Returns
    -------
    ndarray (B,)
    ndarray (B,) of int
        So many of the lowest must be left out before the others are above the limit.
    ndarray (B,)
        What a column displaces that is added.
    """
    count, width = ranked.shape
    padded = np.concatenate([ranked, np.full((count, most), CLOSED)], axis=1)
    window = np.lib.stride_tricks.sliding_window_view(padded, most, axis=1)
    sums = window[:, :, :fewest].sum(axis=2) + np.minimum(window[:, :, fewest:], 0.0).sum(axis=2)
    above = (inside[:, None] + sums) * (1 - SUMS) > limit
    dropped = np.where(above.any(axis=1), above.argmax(axis=1), width)
    last, full = window[:, 0, fewest - 1], window[:, 0, most - 1]
    leaving = np.where(full < 0, full, np.maximum(last, 0.0))
    return inside + sums[:, 0], dropped, leaving
