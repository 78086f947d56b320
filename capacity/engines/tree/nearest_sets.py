"""Sets of sites valued where families use their nearest unit: many at once, by the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.enumerate import keeps_rules, tested_rules
from capacity.engines.question import Question
from capacity.engines.representatives import representatives, with_one_more
from capacity.engines.settling import Settled, settle_nearest
from capacity.engines.tree.exchanges import Exchanges
from capacity.engines.tree.growing import Growing
from capacity.engines.tree.neighbours import neighbours
from capacity.engines.tree.relaxation import Multipliers, View
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, scenario_of
from capacity.tolerances import LEAST_NUMBER, TIE

if TYPE_CHECKING:
    from capacity.engines.tree.search import Part, Search

CELLS = 400_000
"""Sets x points valued at once."""

ROUNDS = 12
"""Exchanges made one after the other at most."""

GLANCED = 2e8
"""Sets x points x sites grown before a plan is looked for apart: often there is none, or one on the way."""

MOST_ADDED = 24
"""Scenarios added to the few, each because a set that the few let pass broke a rule in it."""

DEARER = 4.0
"""By how much a broken rule costs more where exchanges end with one."""


class NearestSets:
    """Judges sets of sites of a question under `nearest`."""

    def __init__(self, question: Question, common: float = 0.0) -> None:
        self.problem, self.pairs, self.goal, self.common = question.problem, question.pairs, question.goal, common
        # What breaks a rule of the few scenarios that stand for many breaks one of the problem.
        few = representatives(question.problem)
        self.few = question.problem if few is None else few.problem
        self._added: set[int] = set()
        self._exchanges: Exchanges | None = None
        self.scale: Floats | None = None

    @property
    def at_once(self) -> int:
        """Sets valued at once."""
        points, sites = self.pairs.shape
        return max(20, CELLS // int(max(points, len(self.few.scenarios.ids) * sites)))

    def least(self, opened: Bools) -> float:
        """What a set comes to at least."""
        return float(self._value(self.problem, NearestPlans(self.problem, opened[None], self.pairs))[0])

    def _value(self, problem: Problem, plans: NearestPlans) -> Floats:
        """What sets come to in the statement's unit, (B,)."""
        return np.asarray(self.goal.expected(problem, plans) + self.common)

    def settled(self, opened: Bools) -> Settled | None:
        """The plan of one set; None where it breaks a rule."""
        return settle_nearest(self.problem, self.goal, opened)

    def offer(self, search: Search, opened: Bools) -> None:
        """Offer the search the plan of a set."""
        plan = self.settled(opened)
        if plan is not None:
            search.offer(plan)

    def kept(self, opened: Bools, limit: float) -> Iterator[Settled]:
        """Plans of sets that keep the rules, of those no worse than a limit; first the best of each block.

        Parameters
        ----------
        opened : ndarray (B, m) of bool
        limit : float
        """
        for start in range(0, len(opened), self.at_once):
            block = opened[start : start + self.at_once]
            value = self._value(self.few, NearestPlans(self.few, block, self.pairs))
            block, value = block[value <= limit], value[value <= limit]
            if not len(block):
                continue
            kept, paid = keeps_rules(self.few, NearestPlans(self.few, block, self.pairs))
            value = np.where(kept, value + paid, np.inf)
            if self.few is not self.problem:
                value = self._in_all(block, value, limit)
            lowest = float(value.min())
            if lowest <= limit:
                limit = min(limit, lowest + self._room(lowest))
                for b in np.flatnonzero(value <= limit):
                    settled = self.settled(block[b])
                    if settled is not None:
                        yield settled

    def _in_all(self, block: Bools, value: Floats, limit: float) -> Floats:
        """Values of sets that keep the rules in every scenario; the lowest first, and no more than need be."""
        known, left = np.full(len(value), np.inf), value.copy()
        while np.isfinite(left).any():
            b = int(left.argmin())
            if left[b] > min(limit, known.min() + self._room(known.min())):
                break
            plan = self.settled(block[b])
            left[b] = np.inf
            if plan is not None:
                known[b] = plan.rank.objective + self.common
            elif self._one_more(block[b]):
                waits = np.flatnonzero(left < np.inf)
                if len(waits):
                    kept, _ = keeps_rules(self.few, NearestPlans(self.few, block[waits], self.pairs))
                    left[waits[~kept]] = np.inf
        return known

    def _room(self, value: float) -> float:
        """By how much values as good as one may differ from it."""
        return 2 * TIE * (abs(value) + self.common) if np.isfinite(value) else 0.0

    def _one_more(self, opened: Bools) -> bool:
        """Whether the few have come to hold the scenario in which a set breaks a rule most."""
        if len(self._added) == MOST_ADDED:
            return False
        problem = self.problem
        plans = NearestPlans(problem, opened[None], self.pairs)
        for rule in tested_rules(problem):
            excess = rule.excess(problem, plans)
            which = scenario_of(problem, excess.keys)
            amount = np.where(excess.broken[0] & (which >= 0), excess.amount[0], 0.0)
            if rule.price(problem) is not None or not amount.any():
                continue
            scenario = int(which[amount.argmax()])
            if scenario in self._added or not problem.must_hold[scenario]:
                continue
            self._added.add(scenario)
            self.few = with_one_more(self.few, problem.women[scenario])
            return True
        return False

    def scored(self, opened: Bools) -> tuple[Floats, Floats]:
        """Value of each set, and how far it breaks the firm rules, each beside the most any set breaks it by, (B,)."""
        problem = self.few
        plans = NearestPlans(problem, opened, self.pairs)
        value = self._value(problem, plans)
        firm = [rule for rule in tested_rules(problem) if rule.price(problem) is None]
        if not firm:
            return value, np.zeros(len(opened))
        total = np.stack([rule.excess(problem, plans).total for rule in firm])
        if self.scale is None:
            most = total.max(axis=1)
            self.scale = np.where(most > 0, most, 1.0)
        return value, (total / self.scale[:, None]).sum(axis=0)

    # --- for the search ------------------------------------------------------------------------------

    def leaf(self, search: Search, view: View, at: Multipliers, bound: float, most: float) -> list[Part] | None:
        """Grow sets out of the open sites, and value those that may be best."""
        growing, glanced = Growing(view, at, bound), search.exchanged
        while growing.waiting and growing.cells < most and not search.over:
            known = search.best is not None
            self._value_next(search, growing)
            if not known and search.best is not None:
                self.walk(search, search.best.open)
            if not glanced and search.best is None and growing.cells > GLANCED:
                glanced = search.exchanged = True
                search.look_for_plan()
        return list(growing.left())

    def _value_next(self, search: Search, growing: Growing) -> None:
        """Value the next sets that grow."""
        whole = growing.step(search.limit, lowest=search.best is not None)
        if whole is None:
            return
        opened = growing.opened(whole)[np.argsort(whole.bound, kind="stable")]
        search.valued += len(opened)
        for start in range(0, len(opened), self.at_once):
            for plan in self.kept(opened[start : start + self.at_once], search.limit):
                search.offer(plan)

    def walk(self, search: Search, opened: Bools) -> None:
        """Exchange sites one at a time, worse sets among them, as the statement values them."""
        if self._exchanges is None:
            there = self.problem.expected_women > 0
            self._exchanges = Exchanges(search.statement, self.problem.nearness[there])

        def judged(one: Bools) -> float | None:
            search.valued += 1
            plan = self.settled(one)
            if plan is None:
                self._one_more(one)
                return None
            search.offer(plan)
            return plan.rank.objective + self.common

        self._exchanges.walk(opened, search.limit, judged, lambda: search.over)

    def improve(self, search: Search, opened: Bools, *, first: float = 1.0) -> None:
        """Exchange sites one at a time, as the statement values sets, and without a plan as all rules value them."""
        self.walk(search, opened)
        if search.best is None and not search.over:
            self._mend(search, opened, first)

    def _mend(self, search: Search, opened: Bools, first: float) -> None:
        """Exchange sites one at a time while that is better; what is broken has a price, which rises where it stays.

        Parameters
        ----------
        search : Search
        opened : ndarray (m,) of bool
        first : float
            What it costs at first to break a rule as far as any set does, in times what the set comes to.
        """
        draw = np.random.default_rng(len(self.pairs))
        price, now, score, few = 0.0, opened, np.inf, None
        for _ in range(ROUNDS):
            if few is not self.few:  # at first, and where a scenario has come to count
                few = self.few
                value, broken = self.scored(now[None])
                price = max(price, first * float(value[0]), LEAST_NUMBER)
                score = float(value[0] + price * broken[0])
                if broken[0] == 0:
                    self._offer(search, now[None], value)
            if search.over:
                return
            sets = neighbours(search.statement, now)
            if len(sets) > self.at_once:
                sets = sets[np.sort(draw.choice(len(sets), self.at_once, replace=False))]
            if not len(sets):
                return
            value, broken = self.scored(sets)
            search.valued += len(sets)
            self._offer(search, sets[broken == 0], value[broken == 0])
            best = int((value + price * broken).argmin())
            if value[best] + price * broken[best] >= score:
                if few is not self.few:
                    continue
                if broken[best] == 0 or price > 1e3 * value[best]:
                    return
                price *= DEARER
            now, score = sets[best], float(value[best] + price * broken[best])

    def _offer(self, search: Search, opened: Bools, value: Floats) -> None:
        """Offer the best of sets that break no rule of the few."""
        near = np.flatnonzero(value <= search.limit)
        if len(near):
            for plan in self.kept(opened[near[value[near].argmin()]][None], search.limit):
                search.offer(plan)
