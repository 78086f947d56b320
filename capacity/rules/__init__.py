"""The named rules, each in one home with two faces (see `capacity.rules.rule`)."""

from __future__ import annotations

import numpy as np

from capacity.labels import Bools, Floats
from capacity.problem import Problem
from capacity.rules.families import NEAREST, ONE_AGREEMENT, OWN_REGION, REACH, REGION_ACCESS
from capacity.rules.frame import ONE_SIZE, OPEN_ONLY, PROMISE, SERVED
from capacity.rules.plans import NearestPlans, Plans, SplitPlan
from capacity.rules.rule import Excess, Key, Rows, Rule, scenario_of, weight_of
from capacity.rules.shares import Shares
from capacity.rules.siting import FORBID, KEEP, NEAR_AMBULATORY, REGION_UNIT, SIZE_FLOOR, UNITS
from capacity.rules.variables import Slack, Variables
from capacity.rules.viability import BUILD_BUDGET, INCOME, RUN_BUDGET, VOLUME

__all__ = [
    "RULES", "Excess", "Key", "NearestPlans", "Plans", "Rows", "Rule", "Shares", "Slack", "SplitPlan",
    "Variables", "allowed_pairs", "allowed_sites", "firm", "one_assignment", "paid_in", "rules_on", "scenario_of",
    "weight_of",
]  # fmt: skip

RULES: tuple[Rule, ...] = (
    SERVED, OPEN_ONLY, ONE_SIZE, PROMISE, UNITS, NEAR_AMBULATORY, REGION_UNIT, REGION_ACCESS,
    OWN_REGION, REACH, NEAREST, ONE_AGREEMENT, VOLUME, INCOME, BUILD_BUDGET, RUN_BUDGET, KEEP,
    FORBID, SIZE_FLOOR,
)  # fmt: skip
"""Every rule of the library, in the order planners read them."""


def rules_on(problem: Problem) -> tuple[Rule, ...]:
    """The rules the problem's policy uses."""
    return tuple(rule for rule in RULES if rule.is_on(problem))


def firm(problem: Problem) -> frozenset[str]:
    """Names of the rules that are on and have no price."""
    return frozenset(r.name for r in rules_on(problem) if r.price(problem) is None)


def one_assignment(problem: Problem) -> bool:
    """Whether one assignment serves every scenario: there is one, or the rules make it so."""
    rules = firm(problem)
    bound = "one_agreement" in rules or {"nearest", "served"} <= rules
    return bound or len(problem.scenarios.ids) == 1


def allowed_sites(problem: Problem) -> Bools:
    """Sites no firm rule excludes outright, (m,)."""
    allowed = np.ones(len(problem.network.site_ids), dtype=bool)
    for rule in rules_on(problem):
        if rule.sites is not None and rule.price(problem) is None:
            allowed &= rule.sites(problem)
    return allowed


def allowed_pairs(problem: Problem) -> Bools:
    """Pairs of point and site with a way between them that no firm rule excludes, (n, m)."""
    allowed = np.isfinite(problem.minutes)
    for rule in rules_on(problem):
        if rule.pairs is not None and rule.price(problem) is None:
            allowed = allowed & rule.pairs(problem)
    return np.asarray(allowed)


def paid_in(problem: Problem, plans: Plans) -> tuple[Floats, Floats]:
    """What plans pay for rules with a price: whatever happens (B,), and in each scenario besides (B, S).

    The expected price paid is the first and the second times the probabilities.
    """
    common = np.zeros(len(plans.open))
    own = np.zeros((len(plans.open), len(problem.scenarios.ids)))
    for rule in rules_on(problem):
        price = rule.price(problem)
        if price is None:
            continue
        excess = rule.excess(problem, plans)
        amount = np.where(excess.broken, excess.amount, 0.0) * price
        scenario = scenario_of(problem, excess.keys)
        common += amount[:, scenario < 0].sum(axis=1)
        for s in np.unique(scenario[scenario >= 0]):
            own[:, s] += amount[:, scenario == s].sum(axis=1)
    return common, own
