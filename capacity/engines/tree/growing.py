"""Sets of sites grown one site at a time, many at once, where families use their nearest unit.

What a set and all that grow out of it come to at least is a few sums, at multipliers that begin as they were given. A
point's multiplier lies no lower than its cheapest way that is left, and no higher than its way to the nearest open
unit: moved there they only raise the bound, and a few steps raise it more. What a unit catches only shrinks when one
more opens, so a unit that has too few stays, or a site that would leave one too few, ends a branch. Of the sites that
may follow one of some must be: of those without which a row about places cannot hold, of those that would relieve a
unit with too many stays, of those without which the others together are no better than the best plan. The fewest of
these are tried: this, more than the bound, is what keeps the tree small.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.tree.coverages import Coverage, coverages
from capacity.engines.tree.moving import CLOSED, Ways, followed, raised
from capacity.engines.tree.relaxation import Multipliers, View
from capacity.tolerances import ROUNDING, SUMS

CELLS = 1_000_000
"""Sets x points x sites looked at together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Partial:
    """Sets that may grow, all of as many columns.

    Attributes
    ----------
    taken : ndarray (B, k) of int
        Columns of the view that are open.
    free : ndarray (B, c) of bool
        That may be opened besides.
    bound : ndarray (B,)
    """

    taken: Ints
    free: Bools
    bound: Floats

    def split(self, size: int) -> tuple[Partial, Partial]:
        """The first so many, and the others."""
        one, other = slice(size), slice(size, None)
        return (
            Partial(taken=self.taken[one], free=self.free[one], bound=self.bound[one]),
            Partial(taken=self.taken[other], free=self.free[other], bound=self.bound[other]),
        )

    def __lt__(self, other: Partial) -> bool:
        # The sets of a block stand in the order of their bounds.
        return bool(self.bound[0] < other.bound[0])

    def of(self, which: Bools) -> Partial:
        """Some of them."""
        return Partial(taken=self.taken[which], free=self.free[which], bound=self.bound[which])


@dataclass(frozen=True, kw_only=True, eq=False)
class Whole:
    """Sets that may be plans: their columns, (B, k), and bounds, (B,)."""

    columns: Ints
    bound: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class _Catch:
    """Who comes to whom: arrays over sets (B), open columns (k), points (n), columns that are free (c').

    Attributes
    ----------
    owner : ndarray (B, n) of int
        Which of the open columns is nearest.
    own : ndarray (B, k, n)
        Stays of those who have no open column nearer.
    allowed : ndarray (B, n, c') of bool
        Free columns that are nearer than the open ones.
    """

    owner: Ints
    own: Floats
    allowed: Bools


@dataclass(kw_only=True, eq=False)
class _Look:
    """What is known of some sets.

    Attributes
    ----------
    taken : ndarray (B, k) of int
    columns : ndarray (c',) of int
        That are free in any of them.
    free : ndarray (B, c') of bool
    alive : ndarray (B,) of bool
        Whether the set, or one that grows out of it, may be a plan.
    holds : ndarray (B,) of bool
        Whether the set itself may be one.
    group : ndarray (B, c') of bool
        Of these one must follow.
    catch : _Catch or None
        None where families may be split.
    """

    taken: Ints
    columns: Ints
    free: Bools
    alive: Bools
    holds: Bools
    group: Bools
    catch: _Catch | None = None


class Growing:
    """Grows sets out of the open columns of a view, at given multipliers.

    Parameters
    ----------
    view : View
        With the pairs that may be used.
    at : Multipliers
    bound : float
        Of every set of the view.
    """

    def __init__(self, view: View, at: Multipliers, bound: float) -> None:
        self.view, self.cells, self._lowest = view, 0, False
        self._coverages = coverages(view.statement, view.columns)
        free = np.ones((1, len(view.columns)), dtype=bool)
        free[:, : view.forced] = False
        self.waiting = [Partial(taken=np.arange(view.forced)[None], free=free, bound=np.array([bound]))]
        self._begin(at)

    def _begin(self, at: Multipliers) -> None:
        """What does not change from set to set."""
        view, statement = self.view, self.view.statement
        assert statement.rank is not None
        usable = np.isfinite(statement.cost[:, view.columns])
        self._nowhere = statement.rank.shape[1]
        self._place = np.where(usable, statement.rank[:, view.columns], self._nowhere + 1).astype(np.int32)
        self._whole = bool(usable.all())
        left, brings = view.reduced(at)
        # A stay pays its unit for what that must have, or must not have more of; the unit brings that in any case.
        price, paid = view.prices(left)
        self._left = statement.weight[:, None] * (left - price)
        self._brings = brings + paid
        self._start = view.start(at)
        self._room = ROUNDING * np.maximum(view.least, 1.0)

    def _wait(self, block: Partial) -> None:
        if self._lowest:
            heapq.heappush(self.waiting, block)
        else:
            self.waiting.append(block)

    def step(self, limit: float, *, lowest: bool = False) -> Whole | None:
        """Look at the next sets; those that may be plans, or None where there were none. At the end nothing waits.

        Parameters
        ----------
        limit : float
            What a set may come to at most.
        lowest : bool
            Whether sets of the lowest bound come next, from now on, or those that grew last.
        """
        size = max(1, CELLS // max(self.view.cost.size, 1))
        if lowest and not self._lowest:
            heapq.heapify(self.waiting)
            self._lowest = True
        block, rest = (heapq.heappop(self.waiting) if self._lowest else self.waiting.pop()).split(size)
        if len(rest.bound):
            self._wait(rest)
        block = block.of(block.bound <= limit)
        if not len(block.bound):
            return None
        self.cells += len(block.bound) * self.view.cost.size
        look = self._look(block)
        for coverage in self._coverages:
            self._cover(coverage, look)
        return self._grown(look, block.bound, limit)

    # --- what must follow --------------------------------------------------------------------------

    def _look(self, block: Partial) -> _Look:
        """Sets in which some unit has too few stays end; so do free columns that would leave one too few."""
        view, taken, weight = self.view, block.taken, self.view.statement.weight
        columns = np.flatnonzero(block.free.any(axis=0))
        count, k = taken.shape
        place = self._place[:, taken].transpose(1, 2, 0)
        near = place.min(axis=1, initial=self._nowhere)
        owner = place.argmin(axis=1) if k else np.zeros((count, len(weight)), dtype=np.int64)
        own = np.where(place == near[:, None, :], weight, 0.0)
        allowed = (self._place[:, columns][None] < near[:, :, None]) & block.free[:, None, columns]
        every = np.broadcast_to(weight, (count, 1, len(weight)))
        caught = np.concatenate([own, every], axis=1) @ allowed.astype(np.float64)
        lost, catch, stays = caught[:, :k], caught[:, k], own.sum(axis=2)
        least, room = view.least, self._room
        alive = np.asarray((stays >= (least - room)[taken]).all(axis=1), dtype=bool)
        free = block.free[:, columns] & (catch >= (least - room)[columns])
        free &= (stays[:, :, None] - lost >= (least - room)[taken][:, :, None]).all(axis=1)
        group, holds = free, np.ones(count, dtype=bool)
        if k and np.isfinite(view.most[taken]).any():
            kept = (own * ~allowed.any(axis=2)[:, None, :]).sum(axis=2)
            alive &= (kept <= view.most[taken]).all(axis=1)
            full = stays > view.most[taken]
            holds &= ~full.any(axis=1)
            which = np.where(full, (lost > 0).sum(axis=2), lost.shape[2] + 1).argmin(axis=1)
            relieving = free & (lost[np.arange(count), which] > 0)
            group = np.where(holds[:, None], free, relieving)
        if not self._whole:
            alive &= ((near < self._nowhere) | (allowed & free[:, None, :]).any(axis=2)).all(axis=1)
            holds &= (near < self._nowhere).all(axis=1)
        return _Look(
            taken=taken,
            columns=columns,
            free=free,
            alive=alive,
            holds=holds,
            group=group,
            catch=_Catch(owner=owner, own=own, allowed=allowed),
        )

    def _counted(self, coverage: Coverage, look: _Look) -> Floats:
        """Whether a point's pair with the open column it uses counts, (B, n')."""
        assert look.catch is not None
        if not look.taken.shape[1]:
            return np.zeros((len(look.taken), len(coverage.points)))
        column = np.take_along_axis(look.taken, look.catch.owner[:, coverage.points], axis=1)
        counted: Floats = coverage.pairs[np.arange(len(coverage.points)), column]
        return counted

    def _cover(self, coverage: Coverage, look: _Look) -> None:
        """Sets in which the rows can no longer hold end; so do free columns that cannot be part of that."""
        taken, count = look.taken, len(look.taken)
        more = self.view.statement.greatest - taken.shape[1]
        counts = self._counted(coverage, look)
        brought = counts @ coverage.amount.T + coverage.opened[:, taken].sum(axis=2).T
        lacks = coverage.lower - brought
        lacking = lacks > 0
        if not lacking.any():
            return
        without = (1.0 - counts)[:, None, :] * coverage.amount
        gain = without @ coverage.pairs[:, look.columns] + coverage.opened[:, look.columns]
        gain = np.where(look.free[:, None, :], np.maximum(gain, 0.0), 0.0)
        best = gain
        if more < gain.shape[2]:
            best = -np.partition(-gain, max(more - 1, 0), axis=2)[:, :, :more]
        enough = ~lacking | (best.sum(axis=2) >= lacks)
        others = best.sum(axis=2) - best.min(axis=2, initial=np.inf) if 0 < more == best.shape[2] else best.sum(axis=2)
        useful = ~lacking[:, :, None] | (gain + others[:, :, None] >= lacks[:, :, None])
        look.free &= useful.all(axis=1)
        look.holds &= ~lacking.any(axis=1)
        helps = (gain > 0) & look.free[:, None, :]
        fewest = np.where(lacking, helps.sum(axis=2), helps.shape[2] + 1)
        row = fewest.argmin(axis=1)
        smaller = fewest[np.arange(count), row] < (look.group & look.free).sum(axis=1)
        look.group = np.where(smaller[:, None], helps[np.arange(count), row], look.group)
        look.alive &= enough.all(axis=1)

    # --- bounds ------------------------------------------------------------------------------------

    def _ways(self, look: _Look) -> Ways:
        catch, taken = look.catch, look.taken
        assert catch is not None
        free = np.where(catch.allowed & look.free[:, None, :], self._left[:, look.columns], CLOSED)
        count, n = catch.owner.shape
        own = np.full((count, n), CLOSED)
        if taken.shape[1]:
            own = self._left[np.arange(n), np.take_along_axis(taken, catch.owner, axis=1)]
            own = own if self._whole else np.where(np.isfinite(own), own, CLOSED)
        return Ways(
            free=free,
            own=own,
            lowest=np.minimum(free.min(axis=2, initial=CLOSED), own),
            fixed=self._brings[taken].sum(axis=1) + self._start,
            brings=self._brings[look.columns],
        )

    def _bounds(self, look: _Look) -> tuple[Floats, tuple[Floats, Floats], Ways | None]:
        """What the sets come to by themselves, (B,); what they and each free column bring; and what may be moved."""
        ways = self._ways(look)
        alone = np.where(ways.own < CLOSED, ways.own, 0.0).sum(axis=1) + ways.fixed
        return alone, ways.bound(ways.within(np.zeros_like(ways.own))), ways

    def _grown(self, look: _Look, bound: Floats, limit: float) -> Whole | None:
        """Sets that may be plans; what may grow out of the sets waits."""
        statement, k = self.view.statement, look.taken.shape[1]
        more, width = statement.greatest - k, len(look.columns)
        fewest = max(statement.fewest - k, 1)
        alone, at, ways = self._bounds(look)
        now = look.alive & look.holds & (alone * (1 - SUMS) <= limit)
        sets = [look.taken[now]] if k >= statement.fewest else []
        bounds = [np.maximum(bound, alone)[now]] if k >= statement.fewest else []
        if 0 < fewest <= min(more, width):
            free = look.free & look.alive[:, None]
            each, place, dropped = followed(free, at, bound, (fewest, more), limit)
            # Most sets end here; the bounds of the others are raised.
            open_ended: Bools = np.asarray((each * (1 - SUMS) <= limit).any(axis=1))
            if ways is not None and open_ended.any():
                here = at[0][open_ended], at[1][open_ended]
                better = raised(ways.of(open_ended), here, statement.weight, (fewest, more), limit)
                other = followed(free[open_ended], better, each[open_ended], (fewest, more), limit)
                fewer = other[2] < dropped[open_ended]
                each[open_ended] = other[0]
                place[open_ended] = np.where(fewer[:, None], other[1], place[open_ended])
                dropped[open_ended] = np.where(fewer, other[2], dropped[open_ended])
            free &= (each < CLOSED) & (each * (1 - SUMS) <= limit)
            first, group = (place < dropped[:, None]) & free, look.group & free
            # Of the group a first, or without it a second, and so on; in the order of what they bring.
            group = np.where((first.sum(axis=1) < group.sum(axis=1))[:, None], first, group)
            b, j = np.nonzero(group)
            taken = np.concatenate([look.taken[b], look.columns[j][:, None]], axis=1)
            if more == 1:
                sets, bounds = [*sets, taken], [*bounds, each[b, j]]
            elif len(b):
                left = np.zeros((len(b), len(self.view.columns)), dtype=bool)
                left[:, look.columns] = free[b] & ~(group[b] & (place[b] <= place[b, j][:, None]))
                rank = np.argsort(each[b, j], kind="stable")
                self._wait(Partial(taken=taken[rank], free=left[rank], bound=each[b, j][rank]))
        widest = max((one.shape[1] for one in sets if len(one)), default=0)
        return self._sets([one for one in sets if len(one)], [one for one in bounds if len(one)]) if widest else None

    def _sets(self, sets: list[Ints], bounds: list[Floats]) -> Whole:
        width = max(one.shape[1] for one in sets)
        # A shorter set names a column twice.
        columns = [np.pad(one, ((0, 0), (0, width - one.shape[1])), mode="edge") for one in sets]
        return Whole(columns=np.concatenate(columns), bound=np.concatenate(bounds))

    def opened(self, whole: Whole) -> Bools:
        """Sets as rows of open sites, (B, m)."""
        opened = np.zeros((len(whole.columns), self.view.statement.cost.shape[1]), dtype=bool)
        np.put_along_axis(opened, self.view.columns[whole.columns], True, axis=1)
        return opened

    def left(self) -> Iterator[tuple[float, Ints, Ints]]:
        """What waits: bound, open sites and those that may be."""
        columns = self.view.columns
        for block in self.waiting:
            for taken, free, bound in zip(block.taken, block.free, block.bound.tolist(), strict=True):
                yield bound, columns[taken], columns[free]


class GrowingSplit(Growing):
    """The same where families may be split: a column brings the same whichever others are open."""

    def _begin(self, at: Multipliers) -> None:
        self._start, self._brings = self.view.sites(at)
        self._brings = np.minimum(self._brings, CLOSED)

    def _look(self, block: Partial) -> _Look:
        columns, count = np.flatnonzero(block.free.any(axis=0)), len(block.bound)
        free = block.free[:, columns]
        yes = np.ones(count, dtype=bool)
        return _Look(taken=block.taken, columns=columns, free=free, alive=yes, holds=yes.copy(), group=free)

    def _counted(self, coverage: Coverage, look: _Look) -> Floats:
        """Whether a point's pair with any open column counts: in each scenario another share may go there."""
        return np.asarray(coverage.pairs[:, look.taken].max(axis=2, initial=0.0).T)

    def _bounds(self, look: _Look) -> tuple[Floats, tuple[Floats, Floats], Ways | None]:
        inside = np.asarray(self._start + self._brings[look.taken].sum(axis=1))
        return inside, (inside, np.broadcast_to(self._brings[look.columns], look.free.shape)), None
