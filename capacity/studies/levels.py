"""Levels of demand at which a set of units may open, in closed form.

With families at their nearest unit, demand that grows everywhere alike (in every scenario) moves
nobody: a set of sites keeps its travel per woman, and only the rules of size (promise, volume,
income, budgets) decide when it may open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.bounds import LeastStays, least_stays
from capacity.enumeration import blocks, keeps_rules, space_of, tested_rules, why_not
from capacity.labels import Bools, Floats
from capacity.objectives import Objective, objective_named
from capacity.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs
from capacity.rules.rule import holding
from capacity.rules.viability import income_stays, poisson_mean

DEMAND = "demand.women_per_year"

MOST_SETS = 300_000
OF_SIZE = ("promise", "volume", "income", "build_budget", "run_budget")
"""Rules that depend on the level of demand, in a form that has closed-form thresholds."""

Ranges = list[tuple[float, float]]


def has_closed_form(problem: Problem, objective: str | Objective, high: float) -> bool:
    """Whether the ladder over demand can be worked out set by set."""
    plain = why_not(problem) is None and not problem.policy.prices and objective_named(objective).scale_free
    return plain and min(space_of(free_of_size(problem)).sets, space_of(problem.set(DEMAND, high)).sets) <= MOST_SETS


def free_of_size(problem: Problem) -> Problem:
    """The problem without the rules that depend on the level of demand."""
    return problem.replace(policy=dict.fromkeys(OF_SIZE) | {"promise": False})


@dataclass(frozen=True, kw_only=True, eq=False)
class Sets:
    """Sets that keep every rule that does not depend on the level, best first.

    Attributes
    ----------
    open : ndarray (B, m) of bool
    lowest : ndarray (B,)
        Level of demand below which some unit would have fewer stays than volume or income ask.
    valued : int
    """

    open: Bools
    lowest: Floats
    valued: int


def ordered_sets(problem: Problem, objective: str | Objective, high: float) -> Sets:
    """Value every set without the rules of size, and put them in order."""
    fixed = free_of_size(problem)
    space = space_of(fixed)
    if space.sets > MOST_SETS:
        space = space_of(problem.set(DEMAND, high))
    goal, least = objective_named(objective), least_stays(problem)
    now = float(problem.get(DEMAND))
    value: list[Floats] = [np.zeros(0)]
    opened: list[Bools] = [np.zeros((0, len(problem.network.site_ids)), dtype=bool)]
    lowest: list[Floats] = [np.zeros(0)]
    for plans in blocks(fixed, space):
        kept, _ = keeps_rules(fixed, plans)
        if kept.any():
            plans = NearestPlans(fixed, plans.open[kept], allowed_pairs(fixed))
            value.append(goal.expected(fixed, plans))
            opened.append(plans.open)
            lowest.append(now * _scale_needed(plans, least))
    values, sets, starts = np.concatenate(value), np.concatenate(opened), np.concatenate(lowest)
    # Ties go to fewer units, then to the lower ids: columns in the order of ids, an earlier site first.
    by_id = ~sets[:, problem.site_order]
    packed = np.packbits(by_id, axis=1)
    keys = (*(packed[:, k] for k in reversed(range(packed.shape[1]))), sets.sum(axis=1), np.round(values, 9))
    order = np.lexsort(keys)
    return Sets(open=sets[order], lowest=starts[order], valued=space.sets)


def _scale_needed(plans: NearestPlans, least: list[LeastStays]) -> Floats:
    """By how much the stays of each set must grow for every unit to have the least it needs, (B,)."""
    scale = np.zeros(len(plans.open))
    for rule in least:
        stays = np.einsum("s,bsj->bj", rule.weight, plans.stays)
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(plans.open, rule.least / np.maximum(stays, 1e-300), 0.0)
        scale = np.maximum(scale, each.max(axis=1, initial=0.0))
    return np.asarray(scale * (1 - 1e-6))


def levels_of(problem: Problem, opened: Bools, low: float, high: float) -> Ranges:
    """Levels of demand at which a set keeps the rules of size.

    Between two thresholds (a unit needs another bed; it has stays enough; its income covers its
    cost; running all units costs the budget) nothing changes, so each piece is tested once, in its
    middle.
    """
    plans = NearestPlans(problem, opened[None], allowed_pairs(problem))
    share = plans.stays[0][:, opened] / float(problem.get(DEMAND))
    ends = np.array([low, high])
    cuts = np.unique(np.concatenate([ends, *_thresholds(problem, share)]))
    cuts = cuts[(cuts >= low) & (cuts <= high)]
    if problem.policy.run_budget is not None:
        cuts = np.unique(np.concatenate([cuts, _budget_levels(problem, opened, plans, cuts)]))
    good = _kept_at(problem, opened, (cuts[:-1] + cuts[1:]) / 2)
    return merged([(float(a), float(b)) for a, b, ok in zip(cuts[:-1], cuts[1:], good, strict=True) if ok])


def _thresholds(problem: Problem, share: Floats) -> list[Floats]:
    """Levels at which some unit meets a threshold; `share` (S, units) is its stays at one woman a year."""
    policy, hold = problem.policy, holding(problem)
    found = []
    weighed = np.concatenate([share, (problem.probability @ share)[None]])
    if policy.promise is not None and hold:
        most = share[hold].max(axis=0)
        found += [problem.stays_by_beds / unit for unit in most[most > 0]]
    units = weighed[weighed > 0]
    if policy.income is not None:
        even = income_stays(problem)
        found += [even[np.isfinite(even)] / unit for unit in units]
    if policy.volume is not None:
        rule = policy.volume
        least = poisson_mean(rule.stays, rule.probability) if rule.when == "poisson_year" else rule.stays
        found.append(least / units)
    return found


def _budget_levels(problem: Problem, opened: Bools, plans: NearestPlans, cuts: Floats) -> Floats:
    """Levels at which running the units costs the budget: between two cuts the beds stay the same."""
    money, middles = problem.finance, (cuts[:-1] + cuts[1:]) / 2
    scale = middles / float(problem.get(DEMAND))
    need = plans.stays[0][None] * scale[:, None, None]
    scaled = _scaled(problem, opened, need)
    standing = np.where(opened, money.yearly_cost(scaled.beds, 0.0, problem.care.mean_days), 0.0).sum(axis=1)
    stays = float((problem.probability @ plans.stays[0]).sum()) / float(problem.get(DEMAND))
    per_woman = money.occupied_day_dkk * problem.care.mean_days * stays
    if per_woman <= 0:
        return np.zeros(0)
    level = (problem.policy.run_budget - standing) / per_woman
    return np.asarray(level[(level > cuts[:-1]) & (level < cuts[1:])])


def _scaled(problem: Problem, opened: Bools, stays: Floats) -> NearestPlans:
    """One set at many levels: plans that differ in nothing but their stays, (L, S, m)."""
    plans = NearestPlans(problem, np.broadcast_to(opened, (len(stays), len(opened))), allowed_pairs(problem))
    plans.__dict__["stays"] = stays
    return plans


def _kept_at(problem: Problem, opened: Bools, levels: Floats) -> Bools:
    """Whether one set keeps the rules of size at each level, (L,): by the rules' own measure."""
    one = NearestPlans(problem, opened[None], allowed_pairs(problem)).stays[0]
    scale = levels / float(problem.get(DEMAND))
    plans = _scaled(problem, opened, one[None] * scale[:, None, None])
    kept = np.ones(len(levels), dtype=bool)
    for rule in tested_rules(problem):
        if rule.name in OF_SIZE:
            kept &= ~rule.excess(problem, plans).broken.any(axis=1)
    return kept


def merged(ranges: Ranges) -> Ranges:
    """Ranges in order, those that touch as one."""
    joined: Ranges = []
    for a, b in sorted(ranges):
        if joined and a <= joined[-1][1] + 1e-9:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def common(one: Ranges, other: Ranges) -> Ranges:
    """What lies in both."""
    both = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return [(a, b) for a, b in both if b - a > 1e-9]


def minus(one: Ranges, other: Ranges) -> Ranges:
    """What lies in the first but not in the second."""
    left = one
    for c, d in other:
        left = [part for a, b in left for part in ((a, min(b, c)), (max(a, d), b)) if part[1] - part[0] > 1e-9]
    return left
