"""The engine: least travel by a tree over sets of sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.engines.mip import bests_by_model, paid_for
from capacity.engines.question import Bests, Found, Question
from capacity.engines.settling import Settled
from capacity.engines.tree.nearest_sets import NearestSets
from capacity.engines.tree.relaxation import Multipliers
from capacity.engines.tree.search import Search
from capacity.engines.tree.split_sets import SplitSets
from capacity.engines.tree.statement import Statement
from capacity.rules import linear, serves_all
from capacity.rules.objectives import TRAVEL

SECONDS = 1e-5
"""A pair of point and site takes about so long."""


class _Tree:
    """The engine: points' multipliers bound sets of sites, the rules themselves judge them."""

    name = "tree"
    refused = "the tree is for the least travel of plans that serve everybody"
    remedy = "Choose the engine auto or mip, or change the rules."

    def why_not(self, question: Question) -> str | None:
        problem = question.problem
        if question.goal is not TRAVEL or question.risk != "expected":
            return "it minimises expected travel only"
        if not serves_all(problem):
            return "some women may be left without a bed"
        if question.open_whom is None:
            return None
        if not linear(problem):
            return "a rule is not written in rows"
        if problem.policy.prices:
            return f"{next(iter(problem.policy.prices))} has a price"
        return None

    def expected_seconds(self, question: Question) -> float:
        return 1.0 + SECONDS * question.pairs.size

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        return f"{question.sets:,} sets of sites are too many to value all, and their travel can be bounded"

    def bests(self, question: Question) -> Bests:
        return bests_by_model(question.problem, question.goal, clock=question.clock)

    def solve(self, question: Question) -> Found:
        statement = Statement.of(question)
        judge = NearestSets(question) if statement.rank is not None else SplitSets(question, statement)
        search = Search(statement, judge, question.clock)
        interrupted = False
        known = 0.0
        try:
            known = _searched(question, statement, search, judge)
        except KeyboardInterrupt:
            interrupted = True
        return _answer(question, search, known, interrupted=interrupted)


def _searched(question: Question, statement: Statement, search: Search, judge: Any) -> float:
    """Search, and return a bound that holds whatever became of it."""
    from capacity.engines.tree.medians import medians

    if statement.fewest > statement.greatest:
        search.whole = True
        return np.inf

    def judged(sites: tuple[int, ...]) -> Settled | None:
        opened = np.zeros(statement.cost.shape[1], dtype=bool)
        opened[list(sites)] = True
        plan = judge.settled(opened) if judge.least(opened) <= search.limit else None
        if plan is not None:
            search.offer(plan)
        return plan

    listed = medians(
        statement, question.clock, judged, lambda: np.inf if search.best is None else search.best.rank.objective
    )
    if listed.proven:
        search.whole = True
        search.lowest = listed.bound if search.best is None else search.best.rank.objective
        return listed.bound
    opened = np.zeros(statement.cost.shape[1], dtype=bool)
    if listed.start:
        opened[list(listed.start)] = True
        if search.best is None:
            judge.improve(search, opened)
    search.run(_first(statement, opened), listed.bound if np.isfinite(listed.bound) else 0.0)
    return search.lowest


def _first(statement: Statement, opened: Any) -> Multipliers:
    """Multipliers half-way between a point's best and its next best open site."""
    cost = statement.cost[:, opened] if opened.sum() > 1 else statement.cost
    two = np.partition(cost, min(1, cost.shape[1] - 1), axis=1)[:, :2]
    one, other = two[:, 0], two[:, -1]
    every: Floats = np.where(np.isfinite(other), (one + other) / 2, np.where(np.isfinite(one), one, 0.0))
    return Multipliers(point=every, row=np.zeros(len(statement.rows)))


def _answer(question: Question, search: Search, known: float, *, interrupted: bool) -> Found:
    best = search.best
    if best is None:
        return Found(
            outcome="infeasible" if search.whole and not interrupted else "unknown",
            interrupted=interrupted,
            instead="the tree found no set of sites that keeps the rules",
        )
    whole = search.whole and not interrupted
    value = best.rank.objective
    bound = value if whole else max(search.lowest, question.bound)
    looked = f"{search.nodes:,} nodes and {search.valued:,} sets of sites"
    return Found(
        outcome="optimal" if whole else "feasible",
        opened=best.open,
        beds=best.beds,
        shares=best.shares,
        bound=paid_for(value, bound),
        certificate=f"A tree over the sets of sites ({looked}) left none that {question.better}."
        if whole
        else "The tree was cut short; the bound is proven.",
        interrupted=interrupted,
        record={
            "solver": "none",
            "nodes": search.nodes,
            "valued": search.valued,
            "interrupted": interrupted,
            "ties_compared": search.ties_compared,
        },
    )


TREE = _Tree()
