"""One p-median problem made ready for the search: checked, weighted, sites in rows."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.p_median_costs import Dense, Doubles, Floats, Indices, blocks
from capacity.engines.exact.p_median_lists import Costs, listed
from capacity.engines.exact.p_median_reach import Lowered, Reach
from capacity.engines.exact.tolerances import INTEGER_STEP
from capacity.tolerances import RELATIVE_GAP

LAST_EXACT_SINGLE = 2.0**24
"""Integers up to this size are exact in single precision."""

LISTED_ABOVE = 1_000 * 1_000
"""Tables with more numbers are listed, if that is worth while."""

LIST = 5.0
"""Length of a list of nearest sites, in parts of ``k / p``: what a point would have to itself, if all were alike."""

WORTH_LISTING = 0.25
"""Lists longer than this part of the sites are not."""

LIGHTEST = 1e-3
"""Least unit of a multiplier: the point's weight over the mean, or this."""

LAST_EXACT_DOUBLE = 2.0**53
"""Integers up to this size are exact in double precision."""


Table = Floats | Reach
"""The planner's costs of points by sites: all of them, or those of the pairs within reach."""


def least_cost(table: Table, sites: Sequence[int]) -> Doubles:
    """Cost of each point to the nearest of `sites`; infinite where none is within reach."""
    if isinstance(table, Reach):
        return table.nearest(sites)[0]
    least: Doubles = table[:, list(sites)].min(axis=1).astype(np.float64, copy=False)
    return least


def nearest_site(table: Table, sites: Sequence[int]) -> Indices:
    """Which of `sites` is nearest to each point, the first of equals; -1 where none is within reach."""
    if isinstance(table, Reach):
        return table.nearest(sites)[1]
    open_costs = table[:, list(sites)]
    place = np.asarray(sites, dtype=np.int64)[open_costs.argmin(axis=1)]
    which: Indices = np.where(np.isfinite(open_costs.min(axis=1)), place, -1)
    return which


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """Choose `p` more of `sites`, with `keep` open already.

    Attributes
    ----------
    cost : ndarray or Reach, (n, m)
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

    cost: Table
    weights: Doubles
    sites: Indices
    keep: tuple[int, ...]
    p: int
    C: Costs
    cap: Floats
    scale: float
    integer: bool
    ceiling: float

    @cached_property
    def units(self) -> Floats | None:
        """What each point's multiplier is counted in: its weight over the mean; None where all weigh the same."""
        if (self.weights == self.weights[0]).all():
            return None
        units: Floats = np.maximum(self.weights / self.weights.mean(), LIGHTEST).astype(self.cap.dtype)
        return units

    def site_set(self, chosen: npt.ArrayLike) -> tuple[int, ...]:
        """Columns of `cost`, ascending, for rows `chosen` of `C`."""
        rows = np.asarray(chosen, dtype=np.int64)
        return tuple(sorted((*self.keep, *self.sites[rows].tolist())))

    def value(self, sites: tuple[int, ...]) -> float:
        """Objective of a set of sites, from the planner's numbers; infinite when out of reach."""
        return float(self.weights @ least_cost(self.cost, sites))

    def cutoff(self, value: float) -> float:
        """What a bound (in units of `C`) must reach to rule out anything better than `value`."""
        if self.integer:
            return value - INTEGER_STEP
        # Costs are not negative: nothing is better than zero.
        return value * self.scale * (1.0 - RELATIVE_GAP) if value > 0.0 else -1.0


def prepare(cost: Table, weights: Doubles, p: int, keep: Collection[int], forbid: Collection[int]) -> Instance:
    """Weigh the costs, drop what cannot matter and turn sites into rows.

    The one copy that is made of the costs is `Instance.C`, in single precision, filled in blocks: all of
    them, or the nearest sites of each point where the table is large and many sites are to be chosen.

    Raises
    ------
    ValueError
        Where the sum of weighted costs is beyond double precision.
    """
    counts = weights > 0.0
    if not counts.all():
        cost = cost.points(counts) if isinstance(cost, Reach) else cost[counts]
        weights = weights[counts]
    n, m = cost.shape
    free = np.setdiff1d(np.arange(m), [*keep, *forbid])
    kept_open = tuple(sorted(set(keep)))
    try:
        with np.errstate(over="raise"):
            survey = cost.survey(weights) if isinstance(cost, Reach) else _survey(cost, weights)
    except FloatingPointError:
        raise ValueError("cost times weights is beyond double precision; count in a larger unit.") from None
    top, whole, least_excluded = survey
    integer = whole and least_excluded < LAST_EXACT_DOUBLE
    scale = 1.0 if integer or top == 0.0 else float(2.0 ** min(1000, -np.frexp(top)[1]))
    single = not integer or top <= LAST_EXACT_SINGLE
    dtype: np.dtype[np.floating] = np.dtype(np.float32) if single else np.dtype(np.float64)
    out_of_reach = 2.0 * least_excluded * scale + 1.0

    def lowered(costs: Floats, weights: Doubles) -> Floats:
        return _lowered(costs, weights, scale, out_of_reach, dtype)

    cap: Floats = np.full(n, 2.0 * out_of_reach, dtype)
    if kept_open:
        cap = lowered(least_cost(cost, kept_open), weights)
    return Instance(
        cost=cost,
        weights=weights,
        sites=free,
        keep=kept_open,
        p=p - len(kept_open),
        C=_engine_costs(cost, free, p - len(kept_open), weights, lowered, out_of_reach),
        cap=cap,
        scale=scale,
        integer=integer,
        ceiling=least_excluded * scale + 0.5,
    )


def _engine_costs(
    cost: Table, sites: Indices, p: int, weights: Doubles, lowered: Lowered, out_of_reach: float
) -> Costs:
    """What the search knows of the costs of some sites: lists where that is worth while, or all of them."""
    k, (n, m) = len(sites), cost.shape
    if isinstance(cost, Reach):
        return cost.lists(sites, weights, lowered, lowered(np.full(n, np.inf), weights))

    def of_sites(rows: Indices) -> Floats:
        return lowered(cost[:, sites[rows]].T, weights)

    def of_points(points: Indices) -> Floats:
        some = cost[points] if k == m else cost[np.ix_(points, sites)]
        return lowered(some, weights[points, None])

    length = math.ceil(LIST * k / max(p, 1))
    if k * n > LISTED_ABOVE and length < WORTH_LISTING * k:
        return listed(of_points, of_sites, (k, n), length, beyond=2.0 * out_of_reach)
    table: Floats = np.empty((k, n), lowered(np.zeros(0), weights[:0]).dtype)
    for rows in blocks(k, n):
        table[rows] = of_sites(np.arange(rows.start, rows.stop))
    return Dense(table)


def _survey(cost: Floats, weights: Doubles) -> tuple[float, bool, float]:
    """Greatest weighted cost, whether all are integers, and a sum no finite objective exceeds."""
    top, whole, ceiling = 0.0, True, 0.0
    for rows in blocks(*cost.shape):
        weighted = cost[rows] * weights[rows, None]
        weighted[np.isinf(weighted)] = 0.0
        highest = weighted.max(axis=1)
        top = max(top, float(highest.max()))
        ceiling += float((4.0 * highest).sum()) / 4.0
        whole = whole and bool((weighted == np.rint(weighted)).all())
    return top, whole, ceiling


def _lowered(cost: Floats, weights: Doubles, scale: float, out_of_reach: float, dtype: np.dtype[np.floating]) -> Floats:
    """Weighted, scaled cost in `dtype`, rounded down where it does not fit."""
    weighted: Doubles = cost * weights
    weighted *= scale
    weighted[np.isinf(weighted)] = out_of_reach
    working: Floats = weighted.astype(dtype)
    above = working > weighted
    working[above] = np.nextafter(working[above], dtype.type(-np.inf))
    return working
