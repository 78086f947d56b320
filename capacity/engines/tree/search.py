"""The tree: sites are opened or closed one after the other, and what cannot hold a better plan is left out.

A node is the sites that are open and those that may be. Where it leaves few sets they are all bounded, and those that
may be best are judged by the rules themselves; else multipliers raise its bound, close sites, and it is split.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.settling import Settled
from capacity.engines.tree.relaxation import Multipliers, View, climb
from capacity.engines.tree.statement import Statement
from capacity.tolerances import LEAST_NUMBER, ROUNDING, SUMS, TIE

FEW_SETS = 30_000
"""Sets a node leaves that are bounded one by one."""

FIRST_STEPS = 240
"""Steps at the root."""

STEPS = {True: 24, False: 36}
"""Steps at a node, with families at their nearest unit and without."""

TRIED_EVERY = 4
"""Nodes of which one is looked through for a plan, as long as there is none."""

FEW_NODES = 12
"""Nodes after which, without a plan, it is taken into account that there may be none."""

MOST_TIES = 1_000
"""Sets equally good that are compared; of more one is as good as the other."""

DRAWN, DRAWN_SECONDS, DRAWN_PART, DRAWN_AT_LEAST = 40, 2.0, 0.1, 0.3
"""Sets drawn at random as long as there is no plan; seconds, and part of the clock, that this may take; seconds that
it may take in any case."""

DRAWN_PRICE = 100.0
"""Times what a set comes to that a broken rule costs there: a plan is looked for, not a good one."""

SURE = 0.6
"""A site taken in so many of the steps is the one to decide."""

GROWN = 5e8
"""Sets x points x sites grown at the same multipliers."""


Part = tuple[float, Ints, Ints]
"""A bound, the sites that are open, and those that may be."""


class Judge(Protocol):
    """Tells which sets are plans, and what they are worth."""

    def leaf(self, search: Search, view: View, at: Multipliers, bound: float, most: float) -> list[Part] | None:
        """Offer the search every set that may be best, and say what was left over.

        None where that is more than `most` allows (sets x points x sites looked at), and the node should be split.
        """
        ...

    def improve(self, search: Search, opened: Bools, *, first: float = 1.0) -> None:
        """Offer the search what can be made of a set; a broken rule costs `first` times what the set comes to."""
        ...


@dataclass(order=True)
class Node:
    """Sites that are open, and those that may be; the lowest bound comes first."""

    bound: float
    number: int
    opened: Ints = field(compare=False)
    free: Ints = field(compare=False)
    at: Multipliers = field(compare=False)


class Search:
    """The tree of one statement.

    Parameters
    ----------
    statement : Statement
    judge : Judge
    clock : Clock
    quick : Judge
        Makes plans of sets drawn at random.
    enough : bool
        Whether any plan ends the search.
    """

    def __init__(self, statement: Statement, judge: Judge, clock: Clock, *, quick: Judge, enough: bool = False) -> None:
        self.statement, self.judge, self.clock, self.quick = statement, judge, clock, quick
        self.best: Settled | None = None
        self.ties = self.nodes = self.valued = 0
        self.lowest, self.whole = -np.inf, False
        self.exchanged = False
        self._enough = enough
        self._tried: set[tuple[int, ...]] = set()
        self._first_sets: dict[tuple[int, ...], float] = {}
        self._numbers = 0
        self._drawn = False

    @property
    def limit(self) -> float:
        """What a set may come to at most to be looked at."""
        if self.best is None:
            return self.statement.ceiling
        value = self.best.rank.objective + self.statement.common
        near = abs(value) + self.statement.common
        # Where nothing costs anything, sums of multipliers are off by more than no part of it.
        return value + (2 * TIE * near + SUMS if self.ties <= MOST_TIES else -TIE * near - SUMS)

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done."""
        return self.clock.over or (self._enough and self.best is not None)

    @property
    def ties_compared(self) -> bool:
        """Whether every set as good as the best was looked at."""
        return self.whole and self.ties <= MOST_TIES

    def offer(self, plan: Settled) -> None:
        """A plan that keeps the rules."""
        if self.best is not None and abs(plan.rank.objective - self.best.rank.objective) <= TIE * abs(
            plan.rank.objective
        ):
            self.ties += 1
        if self.best is None or plan.rank.before(self.best.rank):
            self.best = plan

    # --- the search ------------------------------------------------------------------------------

    def run(self, at: Multipliers, known: float, patience: float = np.inf) -> None:
        """Search the whole tree, or as far as the clock and patience allow.

        Parameters
        ----------
        at : Multipliers
            To begin with.
        known : float
            A bound of every set.
        patience : float
            Seconds.
        """
        statement, end = self.statement, time.monotonic() + patience
        self.lowest = known
        waiting = [self._node(known, statement.kept, statement.free, at)]
        dive = True
        while waiting:
            if self.best is not None and dive:
                heapq.heapify(waiting)
                dive = False
            node = waiting.pop() if dive else heapq.heappop(waiting)
            if node.bound > self.limit:
                continue
            left = [n.bound for n in waiting] if dive else [n.bound for n in waiting[:1]]
            self.lowest = max(self.lowest, min([node.bound, *left]))
            if self.over or time.monotonic() > end:
                return
            self.clock.tell(
                "Sets of sites are bounded",
                best=None if self.best is None else self.best.rank.objective,
                bound=min(self.lowest, self.limit) - statement.common,
            )
            self.nodes += 1
            for child in self._split(node):
                if dive:
                    waiting.append(child)
                else:
                    heapq.heappush(waiting, child)
        self.whole = True
        self.lowest = np.inf if self.best is None else self.best.rank.objective + statement.common

    def _node(self, bound: float, opened: Ints, free: Ints, at: Multipliers) -> Node:
        self._numbers += 1
        kept = Multipliers(point=at.point.astype(np.float32, copy=False), row=at.row)
        return Node(bound=bound, number=self._numbers, opened=opened, free=free, at=kept)

    def _split(self, node: Node) -> Iterator[Node]:
        """What is left of a node, in parts; the one to be looked at first comes last."""
        seen = self._narrowed(node.opened, node.free)
        if seen is None:
            return
        free, allowed = seen
        view = View(self.statement, node.opened, free, allowed)
        at = Multipliers(point=self._singles(view, node.at.point.astype(np.float64)), row=node.at.row)
        if self._sets(view) <= FEW_SETS:
            yield from self._leaf(view, at, node.bound, np.inf) or ()
            return
        first = node.number == 1
        steps = FIRST_STEPS if first else STEPS[self.statement.rank is not None]
        if self.best is None and self.nodes > FEW_NODES and self.nodes % TRIED_EVERY:
            steps //= 4  # what leaves out most, where no plan is known, is what must follow
        climbed = climb(view, at, steps, self._target(view, at, node.bound), lambda: self.over)
        bound = max(node.bound, climbed.relaxed.value * (1 - SUMS))
        if bound > self.limit or not np.isfinite(bound):
            return
        if first:
            self._first_sets = climbed.sets
        if first and (self._enough or self.judge is not self.quick or self.best is not None):
            self.look_for_plan(draw=self._enough)
        elif self.best is None and self.nodes % TRIED_EVERY == 0:
            self._try(climbed.sets, 1)
        closed, opened = view.closable(climbed.relaxed, self.limit)
        more = free[opened]
        free = free[~closed & ~opened]
        if len(more):
            if len(node.opened) + len(more) <= self.statement.greatest:
                yield self._node(bound, np.concatenate([node.opened, more]), free, climbed.at)
            return
        narrower = View(
            self.statement, node.opened, free, allowed[:, self._columns(view, free)] if allowed is not None else None
        )
        left = self._leaf(narrower, climbed.at, bound, np.inf if self._sets(narrower) <= FEW_SETS else GROWN)
        if left is not None:
            yield from left
            return
        if self.best is None and self.judge is not self.quick:
            self.draw_sets()
        often = dict(zip(view.columns.tolist(), climbed.often.tolist(), strict=True))
        share = np.array([often[j] for j in free.tolist()])
        pick = int(np.abs(share - SURE).argmin())
        rest = np.delete(free, pick)
        yield self._node(bound, node.opened, rest, climbed.at)
        if len(node.opened) < self.statement.greatest:
            yield self._node(bound, np.append(node.opened, free[pick]), rest, climbed.at)

    @staticmethod
    def _columns(view: View, free: Ints) -> Ints:
        at = {int(j): c for c, j in enumerate(view.columns)}
        return np.array([*range(view.forced), *(at[int(j)] for j in free)], dtype=np.int64)

    def _sets(self, view: View) -> int:
        many = len(view.columns) - view.forced
        return sum(math.comb(many, k) for k in range(view.least_free, view.most_free + 1))

    def _target(self, view: View, at: Multipliers, bound: float) -> float:
        if self.best is not None:
            return self.limit
        now = view.relax(at).value
        start = max(bound, now if np.isfinite(now) else bound)
        guess = start + 0.05 * abs(start) + LEAST_NUMBER
        # Where there may be no plan at all, what shows it is a bound above the ceiling.
        return guess if self.nodes < FEW_NODES or not np.isfinite(self.limit) else max(guess, (start + self.limit) / 2)

    def _try(self, sets: dict[tuple[int, ...], float], most: int) -> None:
        """Plans of the sets that steps came by last, and of what they can be made."""
        fresh = [one for one in sorted(sets, key=lambda one: (sets[one], one)) if one not in self._tried]
        for one in fresh[-most:]:
            self._tried.add(one)
            if self.over:
                return
            opened = np.zeros(self.statement.cost.shape[1], dtype=bool)
            opened[list(one)] = True
            self.judge.improve(self, opened)

    def look_for_plan(self, *, draw: bool = True) -> None:
        """What can be made of the sets that the first steps came by, or else of sets drawn at random; once."""
        sets, self._first_sets = self._first_sets, {}
        if sets:
            self._try(sets, 3 if self.best is None else 1)
            if self.best is None and draw:
                self.draw_sets()

    def draw_sets(self) -> None:
        """What can be made of sets drawn at random, where nothing better to begin with gave a plan; once."""
        if self._drawn:
            return
        self._drawn = True
        statement, draw = self.statement, np.random.default_rng(0)
        left = self.clock.left
        # No longer than what came before: where sets are few, looking at all of them finds what there is.
        before = max(time.monotonic() - self.clock.started, DRAWN_AT_LEAST)
        end = time.monotonic() + min(DRAWN_SECONDS, before, np.inf if left is None else DRAWN_PART * left)
        least = max(statement.fewest - len(statement.kept), 0)
        most = min(statement.greatest - len(statement.kept), len(statement.free))
        for _ in range(DRAWN if least <= most else 0):
            if self.best is not None or self.over or time.monotonic() > end:
                return
            count = int(draw.integers(least, most + 1))
            opened = np.zeros(statement.cost.shape[1], dtype=bool)
            opened[statement.kept] = True
            opened[draw.choice(statement.free, count, replace=False)] = True
            if opened.any():
                self.quick.improve(self, opened, first=DRAWN_PRICE)

    def _leaf(self, view: View, at: Multipliers, bound: float, most: float) -> list[Node] | None:
        """Judge every set that may be best; what is left over are nodes again, the lowest bound last."""
        left = self.judge.leaf(self, view, at, bound, most)
        if left is None:
            return None
        kept = Multipliers(point=at.point.astype(np.float32), row=at.row)
        return [
            self._node(max(bound, lowest), opened, free, kept)
            for lowest, opened, free in sorted(left, key=lambda part: -part[0])
        ]

    def _singles(self, view: View, point: Floats) -> Floats:
        """Multipliers of points that one column alone may serve, at least their cost."""
        ways = np.isfinite(view.cost)
        alone = ways.sum(axis=1) == 1
        if alone.any():
            point = point.copy()
            point[alone] = np.maximum(point[alone], np.where(ways, view.cost, 0.0)[alone].sum(axis=1))
        return point

    # --- families at their nearest unit: what must follow ------------------------------------------

    def _narrowed(self, opened: Ints, free: Ints) -> tuple[Ints, Bools | None] | None:
        """Free sites that are left, and the pairs that may be used; None where no set is.

        Under `nearest` a unit's catch only shrinks when another opens.
        """
        statement = self.statement
        if len(opened) + len(free) < statement.fewest or len(opened) > statement.greatest:
            return None
        if len(opened) == statement.greatest:
            free = free[:0]
        if statement.rank is None:
            columns = np.concatenate([opened, free]).astype(np.int64)
            return (free, None) if self._coverable(columns, np.isfinite(statement.cost[:, columns])) else None
        weight, rank = statement.weight, statement.rank
        columns = np.concatenate([opened, free]).astype(np.int64)
        usable = np.where(np.isfinite(statement.cost[:, columns]), rank[:, columns], rank.shape[1] + 1)
        nearest = usable[:, : len(opened)].min(axis=1, initial=rank.shape[1])
        allowed = usable <= nearest[:, None]
        catch = weight @ allowed.astype(np.float64)
        least = statement.least[columns]
        room = ROUNDING * np.maximum(least, 1.0)
        count = len(opened)
        if (catch[:count] < least[:count] - room[:count]).any():
            return None
        left = catch[count:] >= least[count:] - room[count:]
        if count:
            own = allowed[:, :count] * weight[:, None]
            lost = own.T @ allowed[:, count:].astype(np.float64)
            left &= (catch[:count, None] - lost >= (least - room)[:count, None]).all(axis=0)
        still = np.concatenate([np.ones(count, dtype=bool), left])
        if not self._coverable(columns[still], allowed[:, still]) or self._overfull(columns, usable, still, count):
            return None
        free = free[left]
        return None if len(opened) + len(free) < statement.fewest else (free, allowed[:, still])

    def _overfull(self, columns: Ints, usable: Ints, still: Bools, count: int) -> bool:
        """Whether an open unit has too many stays whatever else opens."""
        most = self.statement.most[columns[:count]]
        if not count or not np.isfinite(most).any():
            return False
        nearest = usable[:, still].argmin(axis=1)
        load = np.bincount(nearest, self.statement.weight, int(still.sum()))[:count]
        return bool((load > most).any())

    def _coverable(self, columns: Ints, allowed: Bools) -> bool:
        """Whether the rows may hold with all these sites."""
        if not allowed.any(axis=1).all():
            return False
        for need in self.statement.needs:
            brings = np.where(allowed[need.points], need.coefficient[:, :, columns], -np.inf).max(
                axis=2, initial=-np.inf
            )
            most = brings @ self.statement.weight[need.points] if len(need.points) else 0.0
            if (most + np.maximum(need.opened[:, columns], 0.0).sum(axis=1) < need.lower).any():
                return False
        return True
