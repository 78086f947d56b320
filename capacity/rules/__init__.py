"""The named rules, each one object in one home (see `capacity.rules.rule`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.rules.budgets import BuildBudget, RunBudget
from capacity.rules.families import Nearest, OneAgreement, OwnRegion, Reach, RegionAccess
from capacity.rules.frame import OneSize, OpenOnly, Promise, Served
from capacity.rules.gap import RegionGap
from capacity.rules.levers import Lever
from capacity.rules.near import NearAmbulatory, Neonatal
from capacity.rules.plans import NearestPlans, Plans, SplitPlan, UnitPlans
from capacity.rules.rows import Key, Rows, RowWriter, scenario_of, weight_of
from capacity.rules.rule import Excess, LeastStays, Rule
from capacity.rules.shares import Shares
from capacity.rules.siting import Forbid, Keep, RegionUnit, SizeFloor, Units
from capacity.rules.values import AtLeastZero, Chance, Ids, Share
from capacity.rules.variables import Slack, Variables
from capacity.rules.viability import Income, Volume

if TYPE_CHECKING:
    from capacity.problem.problem import Problem

__all__ = [
    "RULES",
    "AtLeastZero",
    "Chance",
    "Excess",
    "Ids",
    "Key",
    "LeastStays",
    "Lever",
    "NearestPlans",
    "Plans",
    "RowWriter",
    "Rows",
    "Rule",
    "Share",
    "Shares",
    "Slack",
    "SplitPlan",
    "UnitPlans",
    "Variables",
    "allowed_pairs",
    "allowed_sites",
    "beds_decide",
    "binding",
    "carries_stays",
    "firm",
    "firm_rules",
    "linear",
    "one_assignment",
    "paid_in",
    "rules_on",
    "scenario_of",
    "serves_all",
    "weight_of",
    "whole_shares",
]

RULES: tuple[type[Rule], ...] = (
    Served,
    OpenOnly,
    OneSize,
    Promise,
    Units,
    NearAmbulatory,
    Neonatal,
    RegionUnit,
    RegionAccess,
    RegionGap,
    OwnRegion,
    Reach,
    Nearest,
    OneAgreement,
    Volume,
    Income,
    BuildBudget,
    RunBudget,
    Keep,
    Forbid,
    SizeFloor,
)
"""Every rule of the library, in the order planners read them."""


def rules_on(problem: Problem) -> tuple[Rule, ...]:
    """The rules the problem's policy uses, with their numbers, in the order planners read them."""
    return tuple(problem.policy.values())


def firm_rules(problem: Problem) -> tuple[Rule, ...]:
    """The rules that are on and have no price."""
    return tuple(rule for rule in rules_on(problem) if rule.price(problem) is None)


def firm(problem: Problem) -> frozenset[str]:
    """Names of the rules that are on and have no price."""
    return frozenset(rule.name for rule in firm_rules(problem))


def serves_all(problem: Problem) -> bool:
    """Whether everybody is served at a unit, whatever it costs."""
    return not problem.outpatient.on and any(rule.serves_all for rule in firm_rules(problem))


def carries_stays(problem: Problem) -> bool:
    """Whether every unit's beds carry its stays as promised, whatever it costs."""
    return any(rule.carries_stays for rule in firm_rules(problem))


def binding(problem: Problem) -> frozenset[str]:
    """Names of the firm rules that bind families to their nearest unit."""
    return frozenset(rule.name for rule in firm_rules(problem) if rule.binds_to_nearest)


def linear(problem: Problem) -> bool:
    """Whether every rule that is on can be said to a solver."""
    return all(rule.in_rows(problem) for rule in rules_on(problem))


def sayable(problem: Problem) -> bool:
    """The same, of a solver that is told of cuts and of what units admit as it goes."""
    return all(rule.sayable(problem) for rule in rules_on(problem))


def bending(problem: Problem) -> tuple[Rule, ...]:
    """The rules that take cuts besides their rows to be said to a solver."""
    return tuple(rule for rule in rules_on(problem) if not rule.in_rows(problem) and rule.in_cuts(problem))


def unsaid(problem: Problem, *, cuts: bool) -> Rule | None:
    """A rule that is on and cannot be said to a solver, by rows alone or with cuts; None where all can."""
    said = (rule.in_rows(problem) or (cuts and rule.in_cuts(problem)) for rule in rules_on(problem))
    return next((rule for rule, all_said in zip(rules_on(problem), said, strict=True) if not all_said), None)


def whole_shares(problem: Problem) -> bool:
    """Whether a point's women all go to one unit, the same in every scenario."""
    return any(rule.whole_shares for rule in firm_rules(problem))


def one_assignment(problem: Problem) -> bool:
    """Whether one assignment serves every scenario: there is one, or the rules make it so."""
    nearest = any(rule.binds_to_nearest for rule in firm_rules(problem))
    # With an outpatient course the nearest unit says who stays, and all others are outside.
    bound = whole_shares(problem) or (nearest and (serves_all(problem) or problem.outpatient.on))
    return bound or len(problem.scenarios.ids) == 1


def beds_decide(problem: Problem) -> Rule | None:
    """A rule that may ask for more beds than the smallest sizes have; None where there is none."""
    for rule in rules_on(problem):
        if not rule.sets_beds and rule.with_more_beds not in ("same", "tighter"):
            return rule
    return None


def allowed_sites(problem: Problem) -> Bools:
    """Sites no firm rule excludes outright, (m,)."""
    allowed = np.ones(len(problem.network.site_ids), dtype=bool)
    for rule in firm_rules(problem):
        if (sites := rule.sites(problem)) is not None:
            allowed &= sites
    return allowed


def allowed_pairs(problem: Problem) -> Bools:
    """Pairs of point and site with a way between them that no firm rule excludes, (n, m)."""
    return problem.once("allowed_pairs", lambda: _allowed_pairs(problem))


def _allowed_pairs(problem: Problem) -> Bools:
    allowed = np.isfinite(problem.minutes)
    for rule in firm_rules(problem):
        if (pairs := rule.pairs(problem)) is not None:
            allowed = allowed & pairs
    allowed.setflags(write=False)
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
