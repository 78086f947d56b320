"""Sets of sites valued where families may be split: a transport programme bounds a set, the model settles it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.exact.linear import LinearProgram, is_infeasible, is_optimal
from capacity.engines.linear.model import Model, build
from capacity.engines.question import Question
from capacity.engines.settling import Settled
from capacity.engines.settling_small import Relaxed, settle_small
from capacity.engines.tree.coverages import coverages
from capacity.engines.tree.growing import GrowingSplit
from capacity.engines.tree.neighbours import neighbours
from capacity.engines.tree.relaxation import Multipliers, View
from capacity.engines.tree.statement import Statement
from capacity.tolerances import AGREE, LEAST_NUMBER, SLACK, SUMS, TIE

if TYPE_CHECKING:
    from capacity.engines.tree.search import Part, Search

DEAR = 20.0
"""Times the longest way a stay costs at least that a unit lacks, or has too many: a price that shows where to go."""

BARRED = 1e100
"""In the place of infinity where it is multiplied by nothing."""

ROUNDS = 8
"""Exchanges made one after the other at most."""

TRIED = 3
"""Neighbours of a set that are worked out, those of the lowest bound."""


MANY_SETS, MANY_CELLS = 30_000, 5e7
"""Sets, and sets x points x sites looked at, from which a node that may be split is."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Transported:
    """What the transport programme of a set comes to.

    Attributes
    ----------
    value : float
        No plan of the set has less; infinite where it has none.
    lacking : bool
        Stays were paid for that a unit or a row lacks: what is priced may not be had at all.
    at : Multipliers or None
        Dual values, which bound every other set.
    """

    value: float
    lacking: bool
    at: Multipliers | None


def _key(opened: Bools) -> bytes:
    return np.packbits(opened).tobytes()


class SplitSets:
    """Judges sets of sites of a question where families may be split."""

    def __init__(self, question: Question, statement: Statement) -> None:
        self.question, self.statement = question, statement
        finite = statement.cost[np.isfinite(statement.cost)]
        self.price = max(DEAR * float(finite.max(initial=0.0)), statement.ceiling, LEAST_NUMBER)
        self._known: dict[bytes, Settled | None] = {}
        self._plain: dict[bytes, Settled] = {}
        self._coverages = coverages(statement, np.arange(statement.cost.shape[1]))

    # --- one set -----------------------------------------------------------------------------------

    def least(self, opened: Bools) -> float:
        """What a set comes to at least."""
        return self.transported(opened).value

    def settled(self, opened: Bools) -> Settled | None:
        """The first plan in the order of plans with exactly these units; remembered."""
        key = _key(opened)
        if key not in self._known:
            model = self._model(opened)
            clock = self.question.clock
            self._known[key] = None if model is None else settle_small(model, opened, clock=clock)
            self._plain.pop(key, None)
        return self._known[key]

    def plain(self, opened: Bools) -> Settled | None:
        """A plan with exactly these units that no other has a lower objective than; what else decides is left open.

        It takes a linear programme, where `settled` takes several, some of them with whole numbers.
        """
        key = _key(opened)
        if key in self._known:
            return self._known[key]
        if key not in self._plain:
            model = self._model(opened)
            seen = None if model is None else Relaxed.of(model, opened, self.question.clock)
            plan = None if seen is None else seen.as_plan()
            if plan is None:
                return self.settled(opened)
            self._plain[key] = plan
        return self._plain[key]

    def _model(self, opened: Bools) -> Model | None:
        """The model of one set; None where it has no plan."""
        if not all(one.may_hold(opened) for one in self._coverages):
            return None
        model = build(self.question.problem, self.question.goal, among=opened, cuts=True)
        return None if model.linear.impossible else model

    def offer(self, search: Search, opened: Bools) -> None:
        """Offer the search the best plan of a set; what decides between plans as good is asked where there are such."""
        plan, best = self.plain(opened), search.best
        if plan is None:
            return
        near = 0.0 if best is None else 4 * TIE * (abs(best.rank.objective) + self.statement.common)
        if best is not None and abs(plan.rank.objective - best.rank.objective) <= near:
            self.finish(search)
            plan = self.settled(opened)
        if plan is not None:
            search.offer(plan)

    def finish(self, search: Search) -> None:
        """Settle the best plan, where that was left open and there is time."""
        best = search.best
        if best is None or _key(best.open) not in self._plain or search.clock.over:
            return
        settled = self.settled(best.open)
        if settled is not None and settled.rank.objective <= best.rank.objective + 10 * SLACK * max(
            1.0, abs(best.rank.objective)
        ):
            search.best = settled

    def transported(self, opened: Bools) -> Transported:
        """The best that a set can come to, by its linear programme on the expected demand."""
        sites = np.flatnonzero(opened)
        view = View(self.statement, sites, sites[:0])
        plain = self._unmoved(view)
        if plain is not None:
            return plain
        if not np.isfinite(view.cost).any(axis=1).all():
            return Transported(value=np.inf, lacking=True, at=None)
        return self._priced(view)

    def _unmoved(self, view: View) -> Transported | None:
        """Everybody at the site of least travel, where that leaves every unit and row what it must have."""
        weight, best = self.statement.weight, view.cost.argmin(axis=1)
        at = np.arange(len(best))
        load = np.bincount(best, weight, len(view.columns))
        if (load < view.least).any() or (load > view.most).any():
            return None
        for r, row in enumerate(self.statement.rows):
            brings = weight[row.points] @ view.coefficient[r][np.arange(len(row.points)), best[row.points]]
            if brings + row.opened[view.columns].sum() < row.lower:
                return None
        return Transported(value=float(weight @ view.cost[at, best]) * (1 - SUMS), lacking=False, at=None)

    def _priced(self, view: View) -> Transported:
        n, k = view.cost.shape
        weight, rows = self.statement.weight, self.statement.rows
        point, column = np.nonzero(np.isfinite(view.cost))
        pairs = len(point)
        lacks = k + len(rows)
        cost = np.concatenate([weight[point] * view.cost[point, column], np.full(lacks + k, self.price)])
        upper = np.concatenate([np.ones(pairs), np.full(lacks + k, np.inf)])
        program = LinearProgram(
            cost=cost, lower=np.zeros(len(cost)), upper=upper, integer=np.zeros(len(cost), dtype=bool)
        )
        every = np.arange(pairs)
        program.add_rows(n, [(point, every, np.ones(pairs))], 1.0, 1.0)
        each = np.arange(k)
        terms = [
            (column, every, weight[point]),
            (each, pairs + each, np.ones(k)),
            (each, pairs + lacks + each, -np.ones(k)),
        ]
        program.add_rows(k, terms, view.least, view.most)
        for r, row in enumerate(rows):
            table = np.zeros((n, k))
            table[row.points] = view.coefficient[r]
            counts = table[point, column] != 0
            brings = (weight[point] * table[point, column])[counts]
            zero = np.zeros(int(counts.sum()), dtype=np.int64)
            terms = [(zero, every[counts], brings), (np.zeros(1, np.int64), np.array([pairs + k + r]), np.ones(1))]
            program.add_rows(1, terms, row.lower - float(row.opened[view.columns].sum()), np.inf)
        engine = program.load()
        engine.run()
        if is_infeasible(engine):
            return Transported(value=np.inf, lacking=True, at=None)
        if not is_optimal(engine):
            return Transported(value=0.0, lacking=False, at=None)
        solution = engine.getSolution()
        values, dual = np.array(solution.col_value), np.array(solution.row_dual)
        at = Multipliers(point=dual[:n] / weight, row=np.maximum(dual[n + k :], 0.0))
        # What HiGHS says is not taken for a bound: the multipliers are, whatever they are.
        start, site = view.sites(at)
        return Transported(
            value=(start + float(site.sum())) * (1 - SUMS), lacking=bool(values[pairs:].max(initial=0.0) > AGREE), at=at
        )

    # --- for the search ------------------------------------------------------------------------------

    def leaf(self, search: Search, view: View, at: Multipliers, bound: float, most: float) -> list[Part] | None:
        """Work out the set of the lowest bound; its dual values raise the bounds of the others; and so on."""
        growing = GrowingSplit(view, at, bound)
        rows: list[Bools] = []
        bounds: list[Floats] = []
        while growing.waiting:
            if search.over:
                return [(bound, view.columns[: view.forced], view.columns[view.forced :])]
            whole = growing.step(search.limit)
            if whole is not None:
                rows.append(growing.opened(whole))
                bounds.append(whole.bound)
            if np.isfinite(most) and (growing.cells > min(most, MANY_CELLS) or sum(map(len, rows)) > MANY_SETS):
                return None
        if not rows:
            return []
        left = self._worked_out(search, view, np.concatenate(rows), np.concatenate(bounds))
        if left > search.limit or not np.isfinite(left):
            return []
        return [(left, view.columns[: view.forced], view.columns[view.forced :])]

    def _worked_out(self, search: Search, view: View, opened: Bools, bound: Floats) -> float:
        """Work out the sets that may be best; a bound of what the clock left, infinite where it left nothing."""
        inside = opened[:, view.columns].astype(np.float64)
        bound = bound.copy()
        while len(bound):
            k = int(bound.argmin())
            if bound[k] > search.limit or not np.isfinite(bound[k]):
                break
            if search.over:
                return float(bound[k])
            search.valued += 1
            found = self.transported(opened[k])
            if found.at is not None:
                start, site = view.sites(found.at)
                raised = (start + inside @ np.minimum(site, BARRED)) * (1 - SUMS)
                bound = np.maximum(bound, raised)
            bound[k] = max(bound[k], found.value)
            if np.isfinite(bound[k]) and bound[k] <= search.limit and not self._offered(search, opened[k]):
                return float(bound.min())
            bound[k] = np.inf
            left = np.isfinite(bound) & (bound <= search.limit)
            if 2 * left.sum() < len(left):
                opened, inside, bound = opened[left], inside[left], bound[left]
        return np.inf

    def _offered(self, search: Search, opened: Bools) -> bool:
        """Offer the plan of a set; whether all was said of it before the clock ended."""
        self.offer(search, opened)
        return not search.clock.over

    def improve(self, search: Search, opened: Bools, *, first: float = 1.0) -> None:
        """Exchange sites as the dual values of a set's programme tell, while that is better."""
        now, improved = opened, self.transported(opened)
        for _ in range(ROUNDS):
            if improved.value <= search.limit and not improved.lacking and not self._offered(search, now):
                return
            if improved.at is None or search.over:
                return
            sets = neighbours(self.statement, now)
            if not len(sets):
                return
            every = np.arange(self.statement.cost.shape[1])
            start, site = View(self.statement, every[:0], every).sites(improved.at)
            bound = start + sets @ np.minimum(site, BARRED)
            tried = [(self.transported(sets[k]), k) for k in np.argsort(bound, kind="stable")[:TRIED]]
            better, k = min(tried, key=lambda one: (one[0].value, one[1]))
            if better.value >= improved.value:
                return
            now, improved = sets[k], better
