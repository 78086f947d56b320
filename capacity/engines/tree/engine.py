"""The engine: least travel, or another sum over women, by a tree over sets of sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from capacity.engines.clock import Clock
from capacity.engines.mip import bests_by_model
from capacity.engines.question import Bests, Found, Question
from capacity.engines.tree.statement import may_be_priced
from capacity.rules import Rule, firm_rules, serves_all, unsaid
from capacity.rules.objectives import TRAVEL

SECONDS = 1e-5
"""A pair of point and site takes about so long."""

SETTLED = 1e-4
"""Seconds a way from a point to a unit takes in one scenario where a set is settled, over the few that are."""

UNSEEN = 30.0
"""Seconds more where a rule is not seen by the bound and families may be split: then many sets are settled."""

PATIENCE = {True: 30.0, False: 120.0}
"""Seconds the tree works before another engine is asked: where its bound is weak (`_hard`), and otherwise."""

PART = 0.3
"""Of what is left of a limit, where its bound is weak."""

LARGE = 4_000
"""Columns from which a model may end without a plan."""

FIRST_SECONDS, FIRST_PART = 1.0, 0.25
"""Seconds, and part of the limit, that looking for a plan to fall back on may take."""


def _unseen(rule: Rule) -> bool:
    """Whether the bound knows nothing of a rule."""
    if rule.frame or rule.sets_beds or rule.masks_say_all:
        return False
    told = any(rule.says(form) for form in ("least_stays", "unit_range", "must_open"))
    return not (told or may_be_priced(rule))


def _hard(question: Question) -> bool:
    """Whether families may be split, and the bound knows nothing of a rule or sees scenarios by their mean alone."""
    if question.open_whom is None:
        return False
    return not question.shared or any(map(_unseen, firm_rules(question.problem)))


def _patience(question: Question) -> float:
    """Seconds before another engine is asked; of a limit, where the bound is weak, a part."""
    hard, left = _hard(question), question.clock.left
    return PATIENCE[hard] if left is None or not hard else min(PATIENCE[hard], PART * left)


class _Tree:
    """The engine: points' multipliers bound sets of sites, the rules themselves judge them."""

    name = "tree"
    refused = "the tree is for sums over women (travel, reached) of plans that serve everybody"
    remedy = "Choose the engine auto or mip, or change the rules."
    finds_plans = True

    def why_not(self, question: Question) -> str | None:
        problem = question.problem
        if question.goal.per_woman is None or question.risk != "expected":
            return "it minimises expected sums over women such as travel only"
        if question.outside is not None:
            return question.outside
        if not serves_all(problem):
            return "some women may be left without a bed"
        if not problem.expected_women.any():
            return "nobody is expected to need a stay"
        if question.open_whom is None:
            return None
        if unsaid(problem, cuts=True) is not None:
            return "a rule is not written in rows"
        if problem.policy.prices:
            return f"{next(iter(problem.policy.prices))} has a price"
        return None

    def expected_seconds(self, question: Question) -> float:
        seconds = 1.0 + SECONDS * question.pairs.size
        if question.open_whom is not None:
            ways = len(question.problem.women.T) * question.space.most * (1 if question.shared else question.scenarios)
            seconds += SETTLED * ways + (UNSEEN if any(map(_unseen, firm_rules(question.problem))) else 0.0)
        return seconds

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        return (
            f"{question.sets:,} sets of sites are too many to value all, and their {question.goal.name} can be bounded"
        )

    def bests(self, question: Question) -> Bests:
        return bests_by_model(question.problem, question.goal, clock=question.clock)

    def solve(self, question: Question) -> Found:
        from capacity.engines.tree.work import searched

        patience = np.inf if question.alone else _patience(question)
        found, whole = searched(question, patience)
        if whole or found.interrupted or question.clock.over:
            return found
        return replace(found, instead=f"the tree had not ended after {patience:.3g} seconds")


def first_plan(question: Question) -> Found | None:
    """Some plan that keeps the rules, found by its travel; None where it would be too long in coming.

    Whatever is minimised, and whatever the risk: it is what there is where no engine ends within its limit.
    """
    if question.limit is None or question.columns < LARGE:
        return None
    seconds = min(FIRST_SECONDS, FIRST_PART * question.limit)
    asked = replace(question, goal=TRAVEL, risk="expected", best=None, clock=Clock(seconds), alone=True)
    if TREE.why_not(asked) is not None:
        return None
    from capacity.engines.tree.work import searched

    found, _ = searched(asked, np.inf, enough=True)
    if found.opened is None:
        return None
    return replace(
        found,
        outcome="feasible",
        bound=question.bound_at_risk,
        certificate="No engine ended within the limit; this plan was found by its travel, and the bound is proven.",
        instead="",
        record={**found.record, "ties_compared": False},
    )


TREE = _Tree()
