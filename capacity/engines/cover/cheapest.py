"""The least cost with families at their nearest unit: sets of few units within reach of everybody, fewest first.

Everybody is served, so a plan's cost is what all stays cost, its units and its beds. So many units have at least the
beds that carry all women, however they are shared out, and no fewer units than cover everybody: that bounds the cost of
a number of units, and sets of more are left out as soon as it is above the best plan's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from capacity.arrays import Bools, Ints
from capacity.engines.clock import Clock
from capacity.engines.mip import paid_for
from capacity.engines.question import Found, Question
from capacity.engines.tree.nearest_sets import NearestSets
from capacity.engines.tree.search import MOST_TIES, Search
from capacity.engines.tree.statement import Statement
from capacity.errors import NoPlanError
from capacity.problem.problem import Problem
from capacity.rules.bounds import fewest_beds
from capacity.rules.objectives import COST, TRAVEL
from capacity.tolerances import AGREE, SUMS

COVER_PART = 0.25
"""Of what is left of the clock that the fewest units that cover everybody may take."""

PATIENCE = 20.0
"""Seconds without a time limit, for that, and for valuing sets where another engine follows."""

DEAR = 10.0
"""Times what a set comes to that a broken rule costs where a plan to begin with is looked for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Covers:
    """Sets of so many columns that cover every row, each once.

    Attributes
    ----------
    table : ndarray (n, m) of bool
        Whether a column covers a row.
    kept : ndarray of int
        Columns in every set.
    free : ndarray of int
    over : callable
        Whether no more are wanted.
    """

    table: Bools
    kept: Ints
    free: Ints
    over: Callable[[], bool]

    def of(self, count: int) -> Iterator[list[int]]:
        """Every set of `count` columns."""
        left = np.asarray(~self.table[:, self.kept].any(axis=1), dtype=bool)
        yield from self._further(self.kept.tolist(), left, self.free, count - len(self.kept))

    def _further(self, chosen: list[int], left: Bools, free: Ints, more: int) -> Iterator[list[int]]:
        if more < 0 or self.over():
            return
        if not left.any():
            for others in itertools.combinations(free.tolist(), more):
                yield [*chosen, *others]
            return
        part = self.table[np.ix_(left, free)]
        if more == 0 or part.sum(axis=0).max(initial=0) * more < len(part):
            return
        if more == 1:
            for j in free[part.all(axis=0)].tolist():
                yield [*chosen, j]
            return
        row = int(part.sum(axis=1).argmin())
        # One of these covers the row: with the first, or without it the second, and so on.
        for j in free[part[row]].tolist():
            free = free[free != j]
            yield from self._further([*chosen, j], left & ~self.table[:, j], free, more - 1)


@dataclass(kw_only=True)
class _Cheapest:
    """Numbers of units, and what is known of them.

    Attributes
    ----------
    question : Question
    table : ndarray (n, m) of bool
        Who may be served where, of those who need a stay.
    search : Search
        Holds the best plan.
    judge : NearestSets
    bound : dict of int to float
        What so many units cost at least, of the numbers that are left.
    """

    question: Question
    table: Bools
    search: Search
    judge: NearestSets
    bound: dict[int, float]

    def begin(self, start: tuple[int, ...]) -> None:
        """Plans to begin with: what can be made of a covering, or else of sets drawn at random."""
        opened = np.zeros(self.table.shape[1], dtype=bool)
        opened[list(start)] = True
        if start:
            self.judge.improve(self.search, opened, first=DEAR)
        self.search.draw_sets()

    def run(self) -> None:
        """Value every covering of each number of units that may be cheapest, fewest first."""
        statement = self.search.statement
        covers = Covers(table=self.table, kept=statement.kept, free=statement.free, over=self._over)
        for units in sorted(self.bound):
            if self.bound[units] <= self.search.limit:
                for sets in _in_blocks(covers.of(units), self.judge.at_once):
                    self._value(sets)
                    if self._over():
                        return
                if self._over():
                    return
            del self.bound[units]

    def _over(self) -> bool:
        return self.search.clock.over or self.question.clock.over

    def _value(self, sets: list[list[int]]) -> None:
        opened = np.zeros((len(sets), self.table.shape[1]), dtype=bool)
        np.put_along_axis(opened, np.array(sets, dtype=np.int64), True, axis=1)
        self.search.valued += len(sets)
        for plan in self.judge.kept(opened, self.search.limit):
            self.search.offer(plan)
        best = self.search.best
        self.question.clock.tell(
            "Sets of few units are valued",
            best=None if best is None else best.rank.objective,
            bound=min(self.bound.values(), default=np.inf),
        )


def _in_blocks(sets: Iterator[list[int]], size: int) -> Iterator[list[list[int]]]:
    while block := list(itertools.islice(sets, size)):
        yield block


def cheapest(question: Question) -> Found:
    """The plan of least cost, or what is known at the limit."""
    problem, space = question.problem, question.space
    table = question.pairs[problem.active]
    allowed = [*space.kept, *space.free]
    if space.fewest > space.most or not table[:, allowed].any(axis=1).all():
        return Found(outcome="infeasible")
    start, fewest = _covering(question, table)
    first = max(space.fewest, len(space.kept), fewest, 1)
    statement = replace(Statement.of(replace(question, goal=TRAVEL)), ceiling=np.inf)
    judge = NearestSets(question)
    left = question.clock.left
    clock = Clock(PATIENCE if left is None and not question.alone else left)
    search = Search(statement, judge, clock, quick=judge)
    work = _Cheapest(
        question=question, table=table, search=search, judge=judge, bound=_least(problem, first, space.most)
    )
    interrupted = False
    try:
        work.begin(start)
        work.run()
    except KeyboardInterrupt:
        interrupted = True
    return _answer(question, work, interrupted=interrupted)


def _covering(question: Question, table: Bools) -> tuple[tuple[int, ...], int]:
    """Few sites within reach of everybody, and how many there are at least; no sites where none were found in time."""
    from capacity.engines.exact import set_cover

    space, left = question.space, question.clock.left
    forbid = np.setdiff1d(np.arange(table.shape[1]), [*space.kept, *space.free]).tolist()
    try:
        found = set_cover(
            table, keep=space.kept, forbid=forbid, time_limit=PATIENCE if left is None else max(COVER_PART * left, 1e-3)
        )
    except NoPlanError:
        return (), 1
    return found.sites, int(np.ceil(found.bound - AGREE))


def _least(problem: Problem, first: int, most: int) -> dict[int, float]:
    """What so many units cost at least, whoever goes where."""
    assert COST.in_common is not None
    common, money = COST.in_common(problem), problem.finance
    assert common is not None
    low, _ = problem.size_limits
    units = np.arange(1, most + 1)
    beds = np.maximum(fewest_beds(problem, most), units * int(low.min()))
    each = money.full_cost(np.where(np.isfinite(beds), beds, 0.0), 0.0, problem.care.mean_days)
    cost = common[1] + each + (units - 1) * money.unit_dkk_per_year
    # Sums in another order are another sum in the last digits.
    cost = np.where(np.isfinite(beds), cost * (1 - SUMS), np.inf)
    return {k: float(cost[k - 1]) for k in range(first, most + 1)}


def _answer(question: Question, work: _Cheapest, *, interrupted: bool) -> Found:
    search, best = work.search, work.search.best
    whole = not work.bound and not interrupted
    if best is None:
        return Found(
            outcome="infeasible" if whole else "unknown",
            interrupted=interrupted,
            instead="" if whole else "no set of few units was found that keeps the rules",
        )
    value = best.rank.objective
    found = f"{search.valued:,} sets of sites were valued"
    return Found(
        outcome="optimal" if whole else "feasible",
        opened=best.open,
        beds=best.beds,
        shares=best.shares,
        bound=value if whole else paid_for(value, min(work.bound.values())),
        certificate=f"No other set within reach of everybody {question.better}; {found}."
        if whole
        else f"The clock ended; {found}, and the bound is proven.",
        interrupted=interrupted,
        record={
            "solver": "none",
            "valued": search.valued,
            "interrupted": interrupted,
            "ties_compared": whole and search.ties <= MOST_TIES,
        },
        instead="" if whole or interrupted or question.alone or question.clock.over else "dearer sets may be cheaper",
    )
