"""A lower bound of all sets between some open sites and some more: the points' multipliers (Lagrange).

"Every woman is served once" is weighed by a multiplier of each point, rows about places by one each; what is left
falls apart into the sites. A site's own problem keeps the stays a unit must and can have: a knapsack in parts.
Steps go along ``1 - use`` without the weights of the points, which are the unit multipliers are counted in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.tree.statement import Statement
from capacity.tolerances import LEAST_NUMBER, WITHIN

MOMENTUM = 0.6
"""Of the last step that the next keeps."""

PATIENCE = 6
"""Steps without a better bound after which they become shorter."""

SHORTER = 0.7
"""By how much."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Multipliers:
    """Of the points, hours a stay (n,), and of the rows, hours a unit of the row (R,)."""

    point: Floats
    row: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Relaxed:
    """What multipliers come to.

    Attributes
    ----------
    value : float
        No set has less; infinite where there is none.
    start : float
        The value without any site.
    site : ndarray (c,)
        What each column brings at least.
    chosen : ndarray of int
        Columns that were taken.
    use : ndarray (n,)
        How often each point is served.
    missing : ndarray (R,)
        What each row lacks.
    """

    value: float
    start: float
    site: Floats
    chosen: Ints
    use: Floats
    missing: Floats


class View:
    """The statement as far as a node looks at it.

    Parameters
    ----------
    statement : Statement
    opened, free : ndarray of int
        Sites that are open, and those that may be.
    allowed : ndarray (n, c) of bool, optional
        Pairs of point and column that may be used.
    """

    def __init__(self, statement: Statement, opened: Ints, free: Ints, allowed: Bools | None = None) -> None:
        self.statement = statement
        self.columns = np.concatenate([opened, free]).astype(np.int64)
        self.forced = len(opened)
        cost = statement.cost[:, self.columns]
        self.cost = cost if allowed is None else np.where(allowed, cost, np.inf)
        self.least, self.most = statement.least[self.columns], statement.most[self.columns]
        self.coefficient = [row.coefficient[:, self.columns] for row in statement.rows]
        self.brings = np.stack([row.opened[self.columns] for row in statement.rows]) if statement.rows else None
        self.lower = np.array([row.lower for row in statement.rows])
        self.size = np.array([row.size for row in statement.rows])
        self.least_free = max(statement.fewest - self.forced, 0)
        self.most_free = min(statement.greatest - self.forced, len(free))

    def reduced(self, at: Multipliers, cost: Floats | None = None) -> tuple[Floats, Floats]:
        """Costs a stay less what the multipliers pay (n, c), and what a column brings by itself (c,)."""
        left = (self.cost if cost is None else cost) - at.point[:, None]
        brings = np.zeros(len(self.columns))
        for price, row, coefficient in zip(at.row, self.statement.rows, self.coefficient, strict=True):
            if price > 0 and len(row.points):
                left[row.points] -= price * coefficient
        if self.brings is not None:
            brings -= at.row @ self.brings
        return left, brings

    def sites(self, at: Multipliers, cost: Floats | None = None) -> tuple[float, Floats]:
        """The value without any site, and what each column brings, its stays kept, (c,)."""
        left, brings = self.reduced(at, cost)
        filled, _ = self.fill(left, np.arange(len(self.columns)))
        return self.start(at), filled + brings

    def start(self, at: Multipliers) -> float:
        """The value without any site."""
        return float(self.statement.weight @ at.point + at.row @ self.lower)

    def fill(self, left: Floats, which: Ints) -> tuple[Floats, Floats]:
        """What columns bring when each takes what is below nothing, at least its least and at most its most stays.

        Returns
        -------
        ndarray (k,)
            Infinite where the least cannot be had.
        ndarray (n, k)
            Share of each point.
        """
        part, each_column = left[:, which], np.arange(len(which))
        order = part.argsort(axis=0, kind="stable")
        ordered, each = part[order, each_column], self.statement.weight[order]
        filled = each.cumsum(axis=0)
        wished = np.einsum("ij,ij->j", each, ordered < 0)
        asked = np.clip(wished, self.least[which], self.most[which])
        taken = np.minimum(np.maximum(asked - (filled - each), 0.0), each)
        barred = np.isinf(ordered)
        taken[barred] = ordered[barred] = 0.0
        value = np.einsum("ij,ij->j", taken, ordered)
        lacking = taken.sum(axis=0) < asked * (1 - WITHIN)
        share = np.empty_like(part)
        share[order, each_column] = taken / each
        return np.where(lacking, np.inf, value), share

    def relax(self, at: Multipliers) -> Relaxed:
        """The bound at some multipliers, and where it wants to go."""
        weight = self.statement.weight
        left, brings = self.reduced(at)
        below = left < 0
        share = below.astype(np.float64)
        load = weight @ share
        site = weight @ np.minimum(left, 0.0) + brings
        pending = (load < self.least) | (load > self.most)
        filled: dict[int, Floats] = {}
        # Those that will be taken, as far as can be seen yet.
        need = np.flatnonzero(pending[: self.forced])
        if 0 < self.most_free < len(site) - self.forced:
            likely = np.argpartition(site[self.forced :], self.most_free - 1)[: self.most_free] + self.forced
            need = np.concatenate([need, likely[pending[likely]]])
        while True:
            if len(need):
                brought, shares = self.fill(left, need)
                site[need] = brought + brings[need]
                pending[need] = False
                filled.update(zip(need.tolist(), shares.T, strict=True))
            free = site[self.forced :]
            count = min(self.most_free, len(free))
            first = np.argpartition(free, count - 1)[:count] if 0 < count < len(free) else np.arange(count)
            first = first[np.argsort(free[first], kind="stable")]
            taken = first[(free[first] < 0) | (np.arange(count) < self.least_free)] + self.forced
            need = taken[pending[taken]]
            if not len(need):
                break
        chosen = np.concatenate([np.arange(self.forced), taken])
        for column, shares in filled.items():
            share[:, column] = shares
        start = self.start(at)
        value = start + float(site[chosen].sum()) if len(taken) >= self.least_free else np.inf
        used = share[:, chosen]
        missing = self.lower.copy()
        for r, (row, coefficient) in enumerate(zip(self.statement.rows, self.coefficient, strict=True)):
            if len(row.points):
                missing[r] -= weight[row.points] @ (coefficient[:, chosen] * used[row.points]).sum(axis=1)
        if self.brings is not None:
            missing -= self.brings[:, chosen].sum(axis=1)
        return Relaxed(value=value, start=start, site=site, chosen=chosen, use=used.sum(axis=1), missing=missing)

    def closable(self, relaxed: Relaxed, limit: float) -> tuple[Bools, Bools]:
        """Free columns that no set below a limit opens, and those that each of them opens, (c - forced,) each."""
        site = relaxed.site[self.forced :]
        taken = relaxed.chosen[self.forced :] - self.forced
        inside = np.zeros(len(site), dtype=bool)
        inside[taken] = True
        top = float(site[taken].max(initial=-np.inf))
        full, bound_below = len(taken) >= self.most_free, len(taken) <= self.least_free
        leaving = top if len(taken) and (full or (bound_below and top > 0)) else 0.0
        closed = ~inside & (relaxed.value + site - leaving > limit)
        if full and not len(taken):
            closed = np.ones(len(site), dtype=bool)
        coming = float(site[~inside].min(initial=np.inf))
        instead = coming if bound_below else min(coming, 0.0) if full else 0.0
        opened = np.zeros(len(site), dtype=bool)
        opened[taken] = relaxed.value - site[taken] + instead > limit
        return closed, opened


@dataclass(frozen=True, kw_only=True, eq=False)
class Climbed:
    """What some steps came to.

    Attributes
    ----------
    at : Multipliers
        Of the best bound.
    relaxed : Relaxed
    often : ndarray (c,)
        Share of the steps that took each column.
    sets : dict of tuple of int to float
        Sets of sites that steps took, and the least bound they had when they were.
    """

    at: Multipliers
    relaxed: Relaxed
    often: Floats
    sets: dict[tuple[int, ...], float]


def climb(
    view: View, at: Multipliers, steps: int, target: float, stop: Callable[[], bool], *, length: float = 1.0
) -> Climbed:
    """Raise the bound by some steps towards a target; a bound at or above it ends them.

    Parameters
    ----------
    view : View
    at : Multipliers
    steps : int
    target : float
        What the bound may come to; a guess only makes steps longer or shorter.
    stop : callable
    length : float
        Of the first steps.
    """
    weight, size = view.statement.weight, np.maximum(view.size, LEAST_NUMBER)
    often = np.zeros(len(view.columns))
    sets: dict[tuple[int, ...], float] = {}
    best, best_at, since = view.relax(at), at, 0
    now, here = best, at
    along, across = np.zeros(len(weight)), np.zeros(len(size))
    for _ in range(steps):
        often[now.chosen] += 1
        sets.setdefault(tuple(np.sort(view.columns[now.chosen]).tolist()), now.value)
        if best.value >= target or not np.isfinite(now.value) or stop():
            break
        slope, rise = 1.0 - now.use, now.missing / size
        along, across = slope + MOMENTUM * along, rise + MOMENTUM * across
        # A price at nothing that would fall has no part in the length.
        falls = (here.row <= 0) & (across < 0)
        square = float(weight @ along**2 + size @ np.where(falls, 0.0, across) ** 2)
        if square <= LEAST_NUMBER:
            break
        stride = length * (target - now.value) / square
        here = Multipliers(point=here.point + stride * along, row=np.maximum(0.0, here.row + stride * across))
        now = view.relax(here)
        if now.value > best.value:
            better = now.value > best.value + 1e-4 * (target - best.value)
            best, best_at = now, here
            since = 0 if better else since + 1
        else:
            since += 1
        if since >= PATIENCE:
            length, since = length * SHORTER, 0
            here, now = best_at, best
            along, across = np.zeros(len(weight)), np.zeros(len(size))
    return Climbed(at=best_at, relaxed=best, often=often / max(often.max(initial=1.0), 1.0), sets=sets)
