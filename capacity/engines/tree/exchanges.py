"""Plans looked for by exchanges: one site out, one in, or one alone; families at their nearest open site.

All neighbours of a set are worked out together, as changes of what its points cost, its units catch and its rows
bring (Teitz and Bart 1968, Whitaker 1983). The best of them is taken even where it is worse, what left may not
return at once (a tabu search), and what a broken row costs rises as long as it is broken and falls while it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.tree.coverages import Coverage, coverages
from capacity.engines.tree.statement import Statement
from capacity.tolerances import LEAST_NUMBER, ROUNDING

DEAR = 1e3
"""Times the dearest way that a point costs whom no open site may serve."""

FIRST_PRICE = 0.1
"""Of what a set comes to, for a unit that has nothing of the stays it must have, or a row that has nothing."""

RISES = 1.3
"""By how much a broken row costs more after each exchange; as much less where it holds."""

STAYS_OUT, STAYS_IN = 7, 3
"""Exchanges after which a site that left may return, and one that came may leave; up to as many more by chance."""

MOST_STEPS, PATIENCE = 400, {True: 50, False: 120}
"""Exchanges at most; and those without a better plan, where one was found and where none was."""

MOST_REFUSED = 20
"""Sets that keep the statement's rows and are no plans: rules bind of which the statement knows nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Around:
    """Neighbours of a set: rows are sites that leave, first nobody; columns those that come, last nobody.

    Attributes
    ----------
    value : ndarray (k + 1, c + 1)
    short, lack : ndarray (k + 1, c + 1)
        What units lack of their least stays or have above their most, and rows of what they must bring, in parts.
    """

    value: Floats
    short: Floats
    lack: Floats


class Exchanges:
    """Exchanges among the sites of a statement.

    Parameters
    ----------
    statement : Statement
    rank : ndarray (n, m) of int
        How near the sites are to the points, 0 the nearest.
    """

    def __init__(self, statement: Statement, rank: Ints) -> None:
        self.statement = statement
        usable, m = np.isfinite(statement.cost), statement.cost.shape[1]
        nobody = m + 2
        dear = DEAR * float(np.where(usable, statement.cost, 0.0).max(initial=1.0))
        self._place = np.full((len(rank), m + 1), nobody, dtype=np.int32)
        self._place[:, :m] = np.where(usable, rank, m + 1)
        self._cost = np.full((len(rank), m + 1), dear)
        self._cost[:, :m] = np.where(usable, statement.cost, dear)
        self._cost *= statement.weight[:, None]
        self._least = np.append(statement.least - ROUNDING * np.maximum(statement.least, 1.0), 0.0)
        self._most = np.append(statement.most, np.inf)
        self._coverages = coverages(statement, np.arange(m))
        self._none = m

    def walk(
        self, opened: Bools, limit: float, judged: Callable[[Bools], float | None], stop: Callable[[], bool]
    ) -> None:
        """Walk through sets, and have each judged that keeps the statement's rows and is better than those before.

        Parameters
        ----------
        opened : ndarray (m,) of bool
            To begin with; it is judged as well.
        limit : float
            What a set may come to at most to be judged.
        judged : callable
            What a set comes to, or None where it is no plan.
        stop : callable
            Whether to end.
        """
        statement, draw = self.statement, np.random.default_rng(len(opened))
        units = np.flatnonzero(opened)
        kept = np.zeros(self._none + 1, dtype=bool)
        kept[statement.kept] = True
        until_in, until_out = np.zeros(self._none + 1, dtype=int), np.zeros(self._none + 1, dtype=int)
        price = np.zeros(2)
        best, found, last, refused = limit, False, 0, 0
        for step in range(MOST_STEPS):
            if stop() or step - last > PATIENCE[found] or refused > MOST_REFUSED:
                return
            into = np.append(np.setdiff1d(statement.free, units), self._none)
            out = np.append(self._none, units)
            around = self._around(units, into)
            here = around.value[0, -1], around.short[0, -1], around.lack[0, -1]
            if not step:
                price[:] = FIRST_PRICE * here[0] + LEAST_NUMBER
                if here[1] <= 0 and here[2] <= 0 and here[0] <= best and (worth := judged(opened)) is not None:
                    best, found = worth, True
            price *= np.where(np.array(here[1:]) > 0, RISES, 1 / RISES)
            keeps = (around.short <= 0) & (around.lack <= 0)
            score = around.value + price[0] * around.short + price[1] * around.lack
            barred = (until_out[out] > step)[:, None] | (until_in[into] > step)[None, :]
            barred &= ~(keeps & (around.value < best))
            barred |= kept[out][:, None]
            barred[0, -1] = True
            if len(units) >= statement.greatest:
                barred[0, :] = True
            if len(units) <= statement.fewest:
                barred[:, -1] = True
            score = np.where(barred, np.inf, score)
            pick = int(score.argmin())
            if not np.isfinite(score.flat[pick]):
                return
            gone, come = int(out[pick // score.shape[1]]), int(into[pick % score.shape[1]])
            units = np.sort(np.append(units[units != gone], come) if come != self._none else units[units != gone])
            until_in[gone] = step + STAYS_OUT + int(draw.integers(STAYS_OUT))
            until_out[come] = step + STAYS_IN + int(draw.integers(STAYS_IN))
            until_in[self._none] = until_out[self._none] = 0
            if keeps.flat[pick] and around.value.flat[pick] < best:
                set_of = np.zeros(self._none, dtype=bool)
                set_of[units] = True
                worth = judged(set_of)
                if worth is None:
                    refused += 1
                else:
                    best, found, last = worth, True, step

    def _around(self, units: Ints, into: Ints) -> _Around:
        """All neighbours of a set."""
        place, every, k = self._place, np.arange(len(self._place)), len(units)
        near = np.concatenate([place[:, units], place[:, [self._none, self._none]]], axis=1)
        two = np.argpartition(near, 1, axis=1)[:, :2]
        swap = near[every, two[:, 0]] > near[every, two[:, 1]]
        one, other = np.where(swap, two[:, 1], two[:, 0]), np.where(swap, two[:, 0], two[:, 1])
        one, other = np.minimum(one, k), np.minimum(other, k)
        # Points in the order of where they go, now and where that leaves.
        order = np.lexsort((other, one))
        one, other = one[order], other[order]
        site = np.append(units, self._none)
        come = place[order][:, into]
        comes = come < place[order, site[one]][:, None]
        instead = ~comes & (come < place[order, site[other]][:, None])
        cost = self._cost[order]
        now, then, there = (
            cost[np.arange(len(order)), site[one]],
            cost[np.arange(len(order)), site[other]],
            cost[:, into],
        )
        value = self._summed(one, k, now, then, there, comes, instead)
        return _Around(
            value=value,
            short=self._short(order, one, other, site, into, comes, instead),
            lack=self._lack(order, one, other, site, into, comes, instead),
        )

    def _summed(
        self, one: Ints, k: int, now: Floats, then: Floats, there: Floats, comes: Bools, instead: Bools
    ) -> Floats:
        """Sums over points of what each brings, (k + 1, c + 1): points are in the order of `one`."""
        added = now.sum() + np.where(comes, there - now[:, None], 0.0).sum(axis=0)
        change = np.where(comes, 0.0, np.where(instead, there, then[:, None]) - now[:, None])
        found = np.tile(added, (k + 1, 1))
        found[1:] += _groups(change, one, k)
        return found

    def _short(
        self, order: Ints, one: Ints, other: Ints, site: Ints, into: Ints, comes: Bools, instead: Bools
    ) -> Floats:
        weight, k = self.statement.weight[order], len(site) - 1
        least, most = self._least, self._most
        load = np.bincount(one, weight, k + 1)[:k]
        taken = weight[:, None] * comes
        lost = _groups(taken, one, k)
        more = _groups(weight[:, None] * instead, one, k)
        moved = weight[:, None] * ~(comes | instead)
        first = np.flatnonzero(np.diff(one * (k + 1) + other, prepend=-1))
        group = np.add.reduceat(moved, first, axis=0)
        stay = (load[:, None] - lost)[None]
        stays = np.repeat(stay, k + 1, axis=0)
        stays[one[first] + 1, np.minimum(other[first], k - 1)] += np.where((other[first] < k)[:, None], group, 0.0)
        units = site[:k]
        short = _apart(stays, least[units][None, :, None], most[units][None, :, None])
        leaves = np.arange(k)
        short[leaves + 1, leaves] = 0.0
        found = short.sum(axis=1)
        caught = taken.sum(axis=0)
        comers = np.concatenate([caught[None], caught[None] + more])
        newly = _apart(comers, least[into][None], most[into][None])
        newly[:, -1] = 0.0
        return np.asarray(found + newly)

    def _lack(
        self, order: Ints, one: Ints, other: Ints, site: Ints, into: Ints, comes: Bools, instead: Bools
    ) -> Floats:
        k, found = len(site) - 1, np.zeros((len(site), len(into)))
        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        for coverage in self._coverages:
            found += self._lacks(coverage, back, one, other, site, into, comes, instead, k)
        return found

    @staticmethod
    def _lacks(
        coverage: Coverage,
        back: Ints,
        one: Ints,
        other: Ints,
        site: Ints,
        into: Ints,
        comes: Bools,
        instead: Bools,
        k: int,
    ) -> Floats:
        """What the rows of a coverage lack, in parts of what they ask for, (k + 1, c + 1)."""
        rows = np.argsort(back[coverage.points])
        here = back[coverage.points][rows]
        pairs = np.concatenate([coverage.pairs[rows], np.zeros((len(rows), 1))], axis=1)
        one, other, comes, instead = one[here], other[here], comes[here], instead[here]
        every = np.arange(len(rows))
        now, then, there = pairs[every, site[one]], pairs[every, site[other]], pairs[:, into]
        change = np.where(comes, 0.0, np.where(instead, there, then[:, None]) - now[:, None])
        added = np.where(comes, there, now[:, None])
        amount = coverage.amount[:, rows]
        opened = np.concatenate([coverage.opened, np.zeros((len(coverage.lower), 1))], axis=1)
        most = np.maximum(np.abs(amount).sum(axis=1), LEAST_NUMBER)
        brings = opened[:, site[:k]]
        # What each row lacks when nobody leaves, (T, c + 1), and then when each unit leaves whose points count.
        lower = coverage.lower[:, None] - brings.sum(axis=1)[:, None] - opened[:, into] - amount @ added
        lack = np.tile((np.maximum(lower, 0.0) / most[:, None]).sum(axis=0), (k + 1, 1))
        first = np.searchsorted(one, np.arange(k + 1))
        for leaves in range(k):
            own = slice(first[leaves], first[leaves + 1])
            if own.start < own.stop or brings[:, leaves].any():
                still = lower + brings[:, leaves][:, None] - amount[:, own] @ change[own]
                lack[leaves + 1] = (np.maximum(still, 0.0) / most[:, None]).sum(axis=0)
        return lack


def _groups(table: Floats, group: Ints, count: int) -> Floats:
    """Sums of rows by their group, (count, c); groups ascend, and what is of none of them is left out."""
    first = np.searchsorted(group, np.arange(count + 1))
    found = np.zeros((count, table.shape[1]))
    some = np.flatnonzero(np.diff(first))
    if len(some):
        found[some] = np.add.reduceat(table[: first[-1]], first[some], axis=0)
    return found


def _apart(stays: Floats, least: Floats, most: Floats) -> Floats:
    """How far stays are from the least and the most, in parts of these."""
    below = np.maximum(least - stays, 0.0) / np.maximum(least, LEAST_NUMBER)
    return np.asarray(below + np.maximum(stays - most, 0.0) / np.maximum(most, LEAST_NUMBER))
