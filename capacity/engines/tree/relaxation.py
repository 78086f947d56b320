"""A lower bound of all sets between some open sites and some more: the points' multipliers (Lagrange).

"Every woman is served once" is weighed by a multiplier of each point, rows about places by one each; what is left
falls apart into the sites. A site's own problem keeps the stays a unit must and can have: a knapsack in parts.
Steps go along ``1 - use`` without the weights of the points, which are the unit multipliers are counted in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.tree.statement import Statement
from capacity.tolerances import LEAST_NUMBER, WITHIN

MOMENTUM = 0.6
"""Of the last step that the next keeps."""

PATIENCE = 6
"""Steps without a better bound after which they become shorter."""

SHORTER = 0.7
"""By how much."""

SORTED = 256
"""Points a column's least stays are looked for among, the cheapest: seldom are they not enough."""

LOOKED = 8
"""Columns beyond those taken whose stays are looked at with theirs: some will be taken in their place."""

AT_ONCE = 200_000
"""Pairs of points and columns sorted together."""

Narrowed = npt.NDArray[np.float32]
Real = npt.NDArray[np.floating]


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
        # Row by row in memory: cells are numbered so.
        self.cost: Floats = np.ascontiguousarray(cost if allowed is None else np.where(allowed, cost, np.inf))
        self.least, self.most = statement.least[self.columns], statement.most[self.columns]
        self.coefficient = [row.coefficient[:, self.columns] for row in statement.rows]
        self.brings = np.stack([row.opened[self.columns] for row in statement.rows]) if statement.rows else None
        self.lower = np.array([row.lower for row in statement.rows])
        self.size = np.array([row.size for row in statement.rows])
        self.least_free = max(statement.fewest - self.forced, 0)
        self.most_free = min(statement.greatest - self.forced, len(free))

    def reduced(self, at: Multipliers) -> tuple[Floats, Floats]:
        """Costs a stay less what the multipliers pay (n, c), and what a column brings by itself (c,)."""
        left = np.empty_like(self.cost)
        self._reduce(self.cost, at, left)
        return left, self._brought(at)

    def _reduce(self, cost: Real, at: Multipliers, out: Real) -> None:
        np.subtract(cost, at.point.astype(cost.dtype)[:, None], out=out)
        flat = out.reshape(-1)
        for price, (cells, coefficient) in zip(at.row, self._cells, strict=True):
            if price > 0 and len(cells):
                flat[cells] -= (price * coefficient).astype(cost.dtype)

    @cached_property
    def _cells(self) -> list[tuple[Ints, Floats]]:
        """Where a row has coefficients in the table of points and columns, and these."""
        found = []
        for row, coefficient in zip(self.statement.rows, self.coefficient, strict=True):
            point, column = np.nonzero(coefficient)
            found.append((row.points[point] * len(self.columns) + column, coefficient[point, column]))
        return found

    def _brought(self, at: Multipliers) -> Floats:
        return np.zeros(len(self.columns)) if self.brings is None else np.asarray(-(at.row @ self.brings))

    def sites(self, at: Multipliers) -> tuple[float, Floats]:
        """The value without any site, and what each column brings, its stays kept, (c,)."""
        left, brings = self.reduced(at)
        weight, every = self.statement.weight, np.arange(len(self.columns))
        load, site = weight @ (left < 0), weight @ np.minimum(left, 0.0)
        pending = every[(load < self.least) | (load > self.most)]
        for few in np.array_split(pending, 1 + len(pending) * len(weight) // AT_ONCE):
            site[few], _ = self.fill(left[:, few], few)
        return self.start(at), site + brings

    def prices(self, left: Floats) -> tuple[Floats, Floats]:
        """What a stay at a column pays for its least, or for its most, (c,), and what that brings, (c,).

        Parameters
        ----------
        left : ndarray (n, c)
            Costs a stay less what the multipliers pay.
        """
        weight, below = self.statement.weight, left < 0
        load = weight @ below
        asked = np.clip(load, self.least, self.most)
        price, paid = np.zeros(len(asked)), np.zeros(len(asked))
        for j in np.flatnonzero(asked != load):
            order = left[:, j].argsort(kind="stable")
            filled = weight[order].cumsum()
            k = int(np.searchsorted(filled, asked[j]))
            last = left[order[min(k, len(order) - 1)], j]
            if np.isfinite(last):
                price[j], paid[j] = last, last * asked[j]
        return price, paid

    def start(self, at: Multipliers) -> float:
        """The value without any site."""
        return float(self.statement.weight @ at.point + at.row @ self.lower)

    def fill(self, part: Real, which: Ints) -> tuple[Floats, Floats]:
        """What columns bring when each takes what is below nothing, at least its least and at most its most stays.

        Parameters
        ----------
        part : ndarray (n, k)
            Costs a stay less what the multipliers pay.
        which : ndarray (k,) of int
            The columns.

        Returns
        -------
        ndarray (k,)
            Infinite where the least cannot be had.
        ndarray (n, k)
            Share of each point.
        """
        n, k = part.shape
        weight, least, most = self.statement.weight, self.least[which], self.most[which]
        asked = np.clip(weight @ (part < 0), least, most)
        if n <= SORTED:
            return self._filled(part, part.argsort(axis=0, kind="stable"), asked)
        first = np.argpartition(part, SORTED, axis=0)[:SORTED]
        order = np.take_along_axis(first, np.take_along_axis(part, first, axis=0).argsort(axis=0), axis=0)
        enough = weight[order].sum(axis=0) >= asked
        value, share = np.empty(k), np.empty((n, k))
        value[enough], share[:, enough] = self._filled(part[:, enough], order[:, enough], asked[enough])
        if not enough.all():
            rest = part[:, ~enough]
            value[~enough], share[:, ~enough] = self._filled(rest, rest.argsort(axis=0, kind="stable"), asked[~enough])
        return value, share

    def _filled(self, part: Real, order: Ints, asked: Floats) -> tuple[Floats, Floats]:
        """The same, by the points to be looked at, cheapest first, (q, k), and the stays asked for, (k,)."""
        column = np.arange(part.shape[1])
        ordered, each = part[order, column].astype(np.float64), self.statement.weight[order]
        taken = np.clip(asked - (each.cumsum(axis=0) - each), 0.0, each)
        barred = np.isinf(ordered)
        taken[barred] = ordered[barred] = 0.0
        share = np.zeros(part.shape)
        share[order, column] = taken / each
        lacking = taken.sum(axis=0) < asked * (1 - WITHIN)
        return np.where(lacking, np.inf, np.einsum("ij,ij->j", taken, ordered)), share

    @cached_property
    def _rough(self) -> tuple[Narrowed, Narrowed, Narrowed, Narrowed]:
        """Costs and weights in single precision, and room for two tables."""
        cost = self.cost.astype(np.float32)
        return cost, self.statement.weight.astype(np.float32), np.empty_like(cost), np.empty_like(cost)

    def relax(self, at: Multipliers, *, rough: bool = False) -> Relaxed:
        """The bound at some multipliers, and where it wants to go; in single precision it is none to rely on."""
        weight = self.statement.weight
        left: Real
        if rough:
            cost, each, left, below = self._rough
            self._reduce(cost, at, left)
            brings = self._brought(at)
            # By `einsum`: a product this thin is not worth the threads it would wait for.
            site = np.einsum("i,ij->j", each, np.minimum(left, 0.0, out=below)).astype(np.float64) + brings
        else:
            left, brings = self.reduced(at)
            site = np.einsum("i,ij->j", weight, np.minimum(left, 0.0)) + brings
        # A column's stays are looked at only where it may be taken: without them it brings no more.
        shares: dict[int, Floats] = {}
        need = np.arange(self.forced)
        while True:
            if len(need):
                self._look(left[:, need], need, site, brings, shares)
            free = site[self.forced :]
            count = min(self.most_free, len(free))
            wide = min(count + LOOKED, len(free)) if count else 0
            first = np.argpartition(free, wide - 1)[:wide] if 0 < wide < len(free) else np.arange(wide)
            first = first[np.argsort(free[first], kind="stable")]
            taken = first[:count][(free[first[:count]] < 0) | (np.arange(count) < self.least_free)] + self.forced
            if all(column in shares for column in taken.tolist()):
                break
            need = np.array([j for j in (first + self.forced).tolist() if j not in shares], dtype=np.int64)
        chosen = np.concatenate([np.arange(self.forced), taken])
        used = (
            np.stack([shares[column] for column in chosen.tolist()], axis=1)
            if len(chosen)
            else np.zeros((len(weight), 0))
        )
        start = self.start(at)
        value = start + float(site[chosen].sum()) if len(taken) >= self.least_free else np.inf
        missing = self.lower.copy()
        for r, (row, coefficient) in enumerate(zip(self.statement.rows, self.coefficient, strict=True)):
            if len(row.points):
                missing[r] -= weight[row.points] @ (coefficient[:, chosen] * used[row.points]).sum(axis=1)
        if self.brings is not None:
            missing -= self.brings[:, chosen].sum(axis=1)
        return Relaxed(value=value, start=start, site=site, chosen=chosen, use=used.sum(axis=1), missing=missing)

    def _look(self, part: Real, which: Ints, site: Floats, brings: Floats, shares: dict[int, Floats]) -> None:
        """Give some columns the stays they must and can have."""
        share = (part < 0).astype(np.float64)
        load = self.statement.weight @ share
        pending = (load < self.least[which]) | (load > self.most[which])
        if pending.any():
            brought, share[:, pending] = self.fill(part[:, pending], which[pending])
            site[which[pending]] = brought + brings[which[pending]]
        shares.update(zip(which.tolist(), share.T, strict=True))

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
    best, best_at, since = view.relax(at, rough=True), at, 0
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
        now = view.relax(here, rough=True)
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
    return Climbed(at=best_at, relaxed=view.relax(best_at), often=often / max(often.max(initial=1.0), 1.0), sets=sets)
