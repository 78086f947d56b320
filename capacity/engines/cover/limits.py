"""The longest way as short as can be: one limit on the ways after the other.

Whether units can be within so many minutes of everybody is a covering problem: `capacity.exact.p_center` tells the
least limit for which there are sites enough, whatever the rules ask. Whether a plan keeps the rules within a limit is
asked of the tree; limits between the last that has none and the best plan's own longest way are halved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines import enumerate as enumeration
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.engines.question import Found, Question
from capacity.engines.rank.ranked import first_by_beds
from capacity.engines.settling import Settled, settle_nearest
from capacity.errors import NoPlanError
from capacity.problem.problem import Problem
from capacity.rules import Excess, Plans, Rows, Rule, SplitPlan, Variables, allowed_sites
from capacity.rules.objectives import TRAVEL, WORST
from capacity.rules.rule import Change, RowWriter

CENTER_PART, LIMIT_PART = 0.25, 0.3
"""Of what is left of the clock that the least limit for any sites, and each limit after it, may take."""

PATIENCE = 20.0
"""Seconds for each without a time limit."""

FEW_SETS = 100_000
"""Sets of sites up to which those as good are compared."""


class Within(Rule):
    """Nobody who needs a stay travels longer than so many minutes."""

    minutes: float

    name = "within"
    unit = "minutes beyond the limit"
    short = "minutes"
    about = "whole"
    with_more_beds = "same"
    with_more_units = "looser"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = masks_say_all = pairs_by_nearness = True
    moved_by: ClassVar[Mapping[str, Change] | None] = {"minutes": "looser"}

    def pairs(self, p: Problem) -> Bools:
        """Sites within the limit."""
        return np.asarray((p.minutes <= self.minutes) | ~p.active[:, None])

    def rows(self, p: Problem, v: Variables) -> Rows:
        """None: `pairs` says it all."""
        return RowWriter().rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Minutes beyond the limit of whoever travels longest."""
        longest = np.where(p.active, plans.longest(p.minutes), 0.0).max(axis=(1, 2))
        return Excess(keys=((),), amount=(longest - self.minutes)[:, None], scale=1e-3)


@dataclass(kw_only=True)
class _Search:
    """Limits on the ways, and what is known of them.

    Attributes
    ----------
    question : Question
    levels : ndarray (L,)
        Ways there are, ascending: the limits that may be the least.
    proven : int
        No plan keeps any limit before this one.
    best : Found or None
        The plan with the shortest longest way so far.
    asked : int
        Limits asked about.
    """

    question: Question
    levels: Floats
    proven: int = 0
    best: Found | None = None
    asked: int = 0
    interrupted: bool = False

    def run(self) -> None:
        """Ask about limits until the least is known, or the clock is over."""
        least = self.proven
        while least < self.high and not self.question.clock.over and not self.interrupted:
            # The least of all is often kept; else any plan tells how far to look.
            at = least if not self.asked else len(self.levels) - 1 if self.best is None else (least + self.high) // 2
            found, whole = self._within(float(self.levels[at]))
            self.interrupted = found.interrupted
            if found.opened is not None:
                self._offer(found)
            elif at == len(self.levels) - 1:
                self.proven = len(self.levels) if whole else self.proven
                return
            else:
                # Where nobody can be sent so far, nobody can be sent less far.
                self.proven = max(self.proven, at + 1) if whole else self.proven
                least = at + 1
            self._tell()

    @property
    def high(self) -> int:
        """Position of the best plan's longest way; behind the last without one."""
        if self.best is None:
            return len(self.levels)
        return int(np.searchsorted(self.levels, _longest(self.question.problem, self.best)))

    @property
    def bound(self) -> float:
        """No plan has a shorter longest way."""
        return float(self.levels[self.proven]) if self.proven < len(self.levels) else np.inf

    def _within(self, minutes: float) -> tuple[Found, bool]:
        """A plan that keeps a limit, and whether it is proven that there is none."""
        from capacity.engines.tree.work import searched

        self.asked += 1
        left = self.question.clock.left
        seconds = PATIENCE if left is None else max(LIMIT_PART * left, min(left, 0.5))
        if self.question.alone and left is None:
            seconds = np.inf
        clock = Clock(None if np.isinf(seconds) else seconds)
        found, whole = searched(_within(self.question, minutes, clock), np.inf, enough=True)
        return found, whole and found.outcome == "infeasible"

    def _offer(self, found: Found) -> None:
        if self.best is None or _longest(self.question.problem, found) < _longest(self.question.problem, self.best):
            self.best = found

    def _tell(self) -> None:
        best = None if self.best is None else _longest(self.question.problem, self.best)
        self.question.clock.tell("Limits on the ways are tried", best=best, bound=self.bound, always=True)


def _within(question: Question, minutes: float, clock: Clock) -> Question:
    """The question of the least travel with nobody sent farther."""
    problem = question.problem.replace(policy=question.problem.policy.replace(extra=[Within(minutes=minutes)]))
    return Question(problem=problem, goal=TRAVEL, clock=clock, limit=clock.left, alone=True)


def _longest(problem: Problem, found: Found) -> float:
    assert found.opened is not None and found.beds is not None and found.shares is not None
    return float(WORST.expected(problem, SplitPlan(problem, found.opened, found.beds, found.shares))[0])


def least_first(question: Question) -> Floats:
    """Ways there are from the least that any allowed sites leave, ascending; and whether that least is known.

    None are left where no sites are within reach of everybody.
    """
    from capacity.engines.exact import p_center

    problem, space = question.problem, question.space
    allowed = allowed_sites(problem)
    ways = np.where(question.pairs & allowed[None, :], problem.minutes, np.inf)[problem.active]
    levels = np.unique(ways[np.isfinite(ways)])
    if space.fewest > space.most or not len(levels):
        return levels[:0]
    forbid = np.setdiff1d(np.arange(ways.shape[1]), [*space.kept, *space.free]).tolist()
    left = question.clock.left
    try:
        center = p_center(
            ways,
            space.most,
            keep=space.kept,
            forbid=forbid,
            time_limit=PATIENCE if left is None else max(CENTER_PART * left, 1e-3),
        )
    except ValueError:
        return levels[:0]
    except NoPlanError:
        return levels
    return levels[np.searchsorted(levels, center.bound) :]


def _as_good(question: Question, search: _Search) -> Settled | None:
    """The first in the order of plans of all sets that keep the least limit; None where they are too many."""
    best, clock = search.best, question.clock
    assert best is not None
    within = _within(question, search.bound, clock).problem
    if question.sets > FEW_SETS and not question.alone:
        return None
    if question.open_whom is None:
        if question.sets > enumeration.MOST_SETS:
            return None
        asked = Question(problem=within, goal=WORST, clock=clock)
        found = enumeration.enumerate_sets(within, WORST, question=asked)
        whole = found.open is not None and found.valued == found.sets and not found.interrupted
        return settle_nearest(question.problem, WORST, found.open) if whole and found.open is not None else None
    try:
        return first_by_beds(question.problem, search.bound, clock)
    except OutOfTimeError:
        return None


def shortest(question: Question) -> Found:
    """The plan with the shortest longest way, or what is known at the limit."""
    levels = least_first(question)
    search = _Search(question=question, levels=levels)
    try:
        search.run()
    except KeyboardInterrupt:
        search.interrupted = True
    best = search.best
    if best is None:
        none = search.proven == len(levels) and not search.interrupted
        return Found(
            outcome="infeasible" if none else "unknown",
            interrupted=search.interrupted,
            instead="" if none else "no limit on the ways was found that a plan keeps",
        )
    return _answer(question, search, best)


def _answer(question: Question, search: _Search, best: Found) -> Found:
    value, proven = _longest(question.problem, best), search.proven >= search.high
    first: Settled | None = None
    if proven:
        try:
            first = _as_good(question, search)
        except KeyboardInterrupt:
            search.interrupted = True
    compared = first is not None and first.rank.objective <= value
    return Found(
        outcome="optimal" if proven else "feasible",
        opened=first.open if first is not None and compared else best.opened,
        beds=first.beds if first is not None and compared else best.beds,
        shares=first.shares if first is not None and compared else best.shares,
        bound=value if proven else min(search.bound, value),
        certificate=f"No plan keeps a shorter limit on the ways; {search.asked:,} limits were tried."
        if proven
        else "The limits were tried until the clock ended; the bound is proven.",
        interrupted=search.interrupted,
        record={"solver": "none", "limits": search.asked, "interrupted": search.interrupted, "ties_compared": compared},
        instead="" if proven or question.alone or question.clock.over else "some limits on the ways were left open",
    )
