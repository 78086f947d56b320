"""The engine: coverings tell how short the longest way can be, and how few units reach everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from capacity.engines.mip import bests_by_model
from capacity.engines.question import Bests, Found, Question
from capacity.engines.tree.engine import TREE
from capacity.rules.objectives import COST, TRAVEL, WORST

SECONDS = 1e-5
"""A pair of point and site takes about so long."""

LEAST_SECONDS = {True: 5.0, False: 0.3}
"""And so long it takes at least, with families at their nearest unit (where valuing every set is sure) and without."""


class _Cover:
    """The engine: limits on the ways, and sets of few units within reach of everybody."""

    name = "cover"
    refused = (
        "coverings are for the shortest longest way, or with nearest the least cost, of plans that serve everybody"
    )
    remedy = "Choose the engine auto or mip, or change the rules."
    finds_plans = True

    def why_not(self, question: Question) -> str | None:
        if question.goal not in (WORST, COST) or question.risk != "expected":
            return "it minimises the longest way or the cost only"
        if question.goal is WORST and (question.by_ties or question.problem.worst_exceptions):
            return question.by_ties or "the longest way leaves out named places (objective.worst_exceptions)"
        if question.goal is COST and question.open_whom is not None:
            return question.open_whom
        if question.goal is COST and (COST.in_common is None or COST.in_common(question.problem) is None):
            return "what stays cost is not the same wherever they are"
        if question.problem.policy.prices:
            return f"{next(iter(question.problem.policy.prices))} has a price"
        return TREE.why_not(replace(question, goal=TRAVEL))

    def expected_seconds(self, question: Question) -> float:
        return LEAST_SECONDS[question.open_whom is None] + SECONDS * question.pairs.size

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        if question.goal is COST:
            return f"{question.sets:,} sets of sites are too many to value all; coverings bound how few units there are"
        return f"each limit on the ways of {question.pairs.size:,} pairs is a covering problem"

    def bests(self, question: Question) -> Bests:
        return bests_by_model(question.problem, question.goal, clock=question.clock)

    def solve(self, question: Question) -> Found:
        if question.goal is COST:
            from capacity.engines.cover.cheapest import cheapest

            return cheapest(question)
        from capacity.engines.cover.limits import shortest

        return shortest(question)


COVER = _Cover()
