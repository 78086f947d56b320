"""One p-median problem made ready for the search: checked, weighted, sites in rows."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity.exact.p_median_costs import Dense, Doubles, Floats, Indices, blocks
from capacity.exact.p_median_lists import Costs, listed

INTEGER_STEP = 1.0 - 1e-6
"""Two different objectives of integer data differ by at least this, rounding allowed for."""

RELATIVE_GAP = 1e-6
"""Proof asked of data that are not integers, as a part of the objective."""

LAST_EXACT_SINGLE = 2.0**24
"""Integers up to this size are exact in single precision."""

LISTED_ABOVE = 2_000 * 2_000
"""Tables with more numbers are listed, if that is worth while."""

LIST = 5.0
"""Length of a list of nearest sites, in parts of ``k / p``: what a point would have to itself, if all were alike."""

WORTH_LISTING = 0.25
"""Lists longer than this part of the sites are not."""

LAST_EXACT_DOUBLE = 2.0**53
"""Integers up to this size are exact in double precision."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """Choose `p` more of `sites`, with `keep` open already.

    Attributes
    ----------
    cost : ndarray, (n, m)
        The planner's costs per unit of weight of the points that count (weight above zero).
    weights : ndarray, (n,)
        Their weights.
    sites : ndarray of int, (k,)
        Columns of `cost` that may be opened.
    keep : tuple of int
        Columns that are open in every solution.
    p : int
        Number of sites still to choose.
    C : Costs, (k, n)
        Weighted cost, sites in rows, in units of ``1 / scale`` and never above its true value:
        single precision rounded down, unless the data are integers too large for that. A pair out
        of reach costs more than any solution within reach.
    cap : ndarray, (n,)
        Weighted cost of each point to the nearest of `keep`.
    scale : float
        Power of two from the planner's unit to that of `C`; 1 for integers.
    integer : bool
        Every weighted cost is an integer, and so is every objective.
    ceiling : float
        In units of `C`: no solution within reach costs more, every other one does.
    """

    cost: Doubles
    weights: Doubles
    sites: Indices
    keep: tuple[int, ...]
    p: int
    C: Costs
    cap: Floats
    scale: float
    integer: bool
    ceiling: float

    def site_set(self, chosen: npt.ArrayLike) -> tuple[int, ...]:
        """Columns of `cost`, ascending, for rows `chosen` of `C`."""
        rows = np.asarray(chosen, dtype=np.int64)
        return tuple(sorted((*self.keep, *self.sites[rows].tolist())))

    def value(self, sites: tuple[int, ...]) -> float:
        """Objective of a set of sites, from the planner's numbers; infinite when out of reach."""
        nearest: Doubles = self.cost[:, list(sites)].min(axis=1)
        return float(self.weights @ nearest)

    def cutoff(self, value: float) -> float:
        """What a bound (in units of `C`) must reach to rule out anything better than `value`."""
        if self.integer:
            return value - INTEGER_STEP
        # Costs are not negative: nothing is better than zero.
        return value * self.scale * (1.0 - RELATIVE_GAP) if value > 0.0 else -1.0


def prepare(
    cost: Doubles,
    weights: Doubles,
    p: int,
    keep: Collection[int],
    forbid: Collection[int],
) -> Instance:
    """Weigh the costs, drop what cannot matter and turn sites into rows.

    The one copy that is made of the costs is `Instance.C`, in single precision, filled in blocks: all of
    them, or the nearest sites of each point where the table is large and many sites are to be chosen.
    """
    counts = weights > 0.0
    if not counts.all():
        cost, weights = cost[counts], weights[counts]
    n, m = cost.shape
    free = np.setdiff1d(np.arange(m), [*keep, *forbid])
    kept = tuple(sorted(set(keep)))
    top, whole, least_excluded = _survey(cost, weights)
    integer = whole and least_excluded < LAST_EXACT_DOUBLE
    scale = 1.0 if integer or top == 0.0 else float(2.0 ** -np.frexp(top)[1])
    single = not integer or top <= LAST_EXACT_SINGLE
    dtype: np.dtype[np.floating] = np.dtype(np.float32) if single else np.dtype(np.float64)
    out_of_reach = 2.0 * least_excluded * scale + 1.0

    def of_sites(rows: Indices) -> Floats:
        return _lowered(cost[:, free[rows]].T, weights, scale, out_of_reach, dtype)

    def of_points(points: Indices) -> Floats:
        some = cost[points] if len(free) == m else cost[np.ix_(points, free)]
        return _lowered(some, weights[points, None], scale, out_of_reach, dtype)

    k, choose = len(free), p - len(kept)
    length = math.ceil(LIST * k / max(choose, 1))
    C: Costs
    if k * n > LISTED_ABOVE and length < WORTH_LISTING * k:
        C = listed(of_points, of_sites, (k, n), length, beyond=2.0 * out_of_reach)
    else:
        table: Floats = np.empty((k, n), dtype)
        for rows in blocks(k, n):
            table[rows] = of_sites(np.arange(rows.start, rows.stop))
        C = Dense(table)
    cap: Floats = np.full(n, 2.0 * out_of_reach, dtype)
    if kept:
        cap = _lowered(cost[:, list(kept)].min(axis=1), weights, scale, out_of_reach, dtype)
    return Instance(
        cost=cost,
        weights=weights,
        sites=free,
        keep=kept,
        p=choose,
        C=C,
        cap=cap,
        scale=scale,
        integer=integer,
        ceiling=least_excluded * scale + 0.5,
    )


def _survey(cost: Doubles, weights: Doubles) -> tuple[float, bool, float]:
    """Greatest weighted cost, whether all are integers, and a sum no finite objective exceeds."""
    top, whole, ceiling = 0.0, True, 0.0
    for rows in blocks(*cost.shape):
        weighted = cost[rows] * weights[rows, None]
        weighted[np.isinf(weighted)] = 0.0
        highest = weighted.max(axis=1)
        top = max(top, float(highest.max()))
        ceiling += float(highest.sum())
        whole = whole and bool((weighted == np.rint(weighted)).all())
    return top, whole, ceiling


def _lowered(
    cost: Doubles, weights: Doubles, scale: float, out_of_reach: float, dtype: np.dtype[np.floating]
) -> Floats:
    """Weighted, scaled cost in `dtype`, rounded down where it does not fit."""
    weighted = cost * weights
    weighted *= scale
    weighted[np.isinf(weighted)] = out_of_reach
    working: Floats = weighted.astype(dtype)
    above = working > weighted
    working[above] = np.nextafter(working[above], dtype.type(-np.inf))
    return working
