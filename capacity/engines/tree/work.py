"""What the tree does with a question: the sets with the least travel first, then the search."""

from __future__ import annotations

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.mip import paid_for
from capacity.engines.question import Found, Question
from capacity.engines.tree.medians import medians
from capacity.engines.tree.nearest_sets import NearestSets
from capacity.engines.tree.relaxation import Multipliers
from capacity.engines.tree.search import Search
from capacity.engines.tree.split_sets import SplitSets
from capacity.engines.tree.statement import Statement


def searched(question: Question, patience: float, *, enough: bool = False) -> tuple[Found, bool]:
    """What the tree finds, and whether it ended by itself.

    Parameters
    ----------
    question : Question
        About a sum over women.
    patience : float
        Seconds; the clock is kept in any case.
    enough : bool
        Whether any plan ends the search.
    """
    statement = Statement.of(question)
    # With everybody at their nearest unit a set has a plan at once, which is one where families may be split too.
    quick = NearestSets(question, statement.common)
    judge = quick if statement.rank is not None else SplitSets(question, statement)
    search = Search(statement, judge, question.clock, quick=quick, enough=enough)
    interrupted = False
    try:
        _search(question, statement, search, judge, quick, patience)
        if isinstance(judge, SplitSets) and not enough:
            judge.finish(search)
    except KeyboardInterrupt:
        interrupted = True
    return _answer(question, statement, search, interrupted=interrupted), search.whole


def _search(
    question: Question,
    statement: Statement,
    search: Search,
    judge: NearestSets | SplitSets,
    quick: NearestSets,
    patience: float,
) -> None:
    """Search as far as the clock and patience allow."""
    if statement.fewest > statement.greatest:
        search.whole = True
        return

    def judged(sites: tuple[int, ...]) -> None:
        opened = np.zeros(statement.cost.shape[1], dtype=bool)
        opened[list(sites)] = True
        if judge.least(opened) <= search.limit:
            judge.offer(search, opened)

    listed = medians(
        statement,
        question.clock,
        judged,
        lambda: np.inf if search.best is None else search.best.rank.objective + statement.common,
    )
    if search.over:
        search.lowest = listed.bound
        return
    if listed.proven:
        search.whole = True
        return
    opened = np.zeros(statement.cost.shape[1], dtype=bool)
    if listed.start:
        opened[list(listed.start)] = True
        quick.improve(search, opened if search.best is None else search.best.open)
        if search.best is None and quick is not judge:
            judge.improve(search, opened)
    search.run(_first(statement, opened), listed.bound if np.isfinite(listed.bound) else 0.0, patience)


def _first(statement: Statement, opened: Bools) -> Multipliers:
    """Multipliers half-way between a point's best and its next best open site."""
    cost = statement.cost[:, opened] if opened.sum() > 1 else statement.cost
    two = np.partition(cost, min(1, cost.shape[1] - 1), axis=1)[:, :2]
    one, other = two[:, 0], two[:, -1]
    every: Floats = np.where(np.isfinite(other), (one + other) / 2, np.where(np.isfinite(one), one, 0.0))
    return Multipliers(point=every, row=np.zeros(len(statement.rows)))


def _answer(question: Question, statement: Statement, search: Search, *, interrupted: bool) -> Found:
    best = search.best
    if best is None:
        return Found(
            outcome="infeasible" if search.whole and not interrupted else "unknown",
            interrupted=interrupted,
            instead="" if search.whole else "the tree found no set of sites that keeps the rules",
        )
    whole = search.whole and not interrupted
    value = best.rank.objective
    bound = value if whole else max(search.lowest - statement.common, question.bound)
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
