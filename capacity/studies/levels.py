"""Levels of demand at which a set of units may open, in closed form.

With families at their nearest unit, demand that grows everywhere alike (in every scenario) moves
nobody: a set of sites keeps its travel per woman, and only the rules of size (promise, volume,
income, budgets) decide when it may open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.enumerate import blocks, classes, keeps_rules, space_of, tested_rules, why_not
from capacity.problem.problem import Problem
from capacity.rules import LeastStays, NearestPlans, Rule, allowed_pairs, rules_on
from capacity.rules.bounds import least_stays
from capacity.rules.budgets import RunBudget
from capacity.rules.objectives import Objective, objective_named
from capacity.tolerances import LEAST_NUMBER, RANGE_ENDS, ROUNDING

DEMAND = "demand.women_per_year"

MOST_SETS = 300_000

FEW_EQUALS = 400
"""Equally good sets that are compared at every level; of more, a range is halved until few can be first."""

HALVED = 5
"""Times a range is halved at most."""

TRIED = 4
"""Sets that may serve a whole range, tried before it is halved."""


Ranges = list[tuple[float, float]]


def has_closed_form(problem: Problem, objective: str | Objective, high: float) -> bool:
    """Whether the ladder over demand can be worked out set by set."""
    plain = (
        why_not(problem) is None
        and not problem.policy.prices
        and not problem.outpatient.on
        and objective_named(objective).scale_free
    )
    plain &= all(rule.with_more_women == "same" or of_size(rule) for rule in rules_on(problem))
    return plain and min(space_of(free_of_size(problem)).sets, space_of(problem.set(DEMAND, high)).sets) <= MOST_SETS


def free_of_size(problem: Problem) -> Problem:
    """The problem without the rules that depend on the level of demand."""
    return problem.replace(policy={rule.name: False for rule in rules_on(problem) if of_size(rule)})


def of_size(rule: Rule) -> bool:
    """Whether a rule depends on the level of demand, in a form that has closed-form thresholds."""
    return rule.says("thresholds")


@dataclass(frozen=True, kw_only=True, eq=False)
class Sets:
    """Sets that keep every rule that does not depend on the level, best first.

    Attributes
    ----------
    open : ndarray (B, m) of bool
    equal : ndarray (B,) of int
        Sets of one number are equally good.
    lowest : ndarray (B,)
        Level of demand below which some unit would have fewer stays than volume or income ask.
    valued : int
    """

    open: Bools
    equal: Ints
    lowest: Floats
    valued: int


def ordered_sets(problem: Problem, objective: str | Objective, high: float) -> Sets:
    """Value every set without the rules of size, and put them in order."""
    fixed = free_of_size(problem)
    space = space_of(fixed)
    if space.sets > MOST_SETS:
        space = space_of(problem.set(DEMAND, high))
    # Of more women there are more sizes that admit more of them.
    there = problem.set(DEMAND, max(high, float(problem.get(DEMAND)))) if problem.counts_admitted else problem
    goal, least = objective_named(objective), least_stays(there)
    now = float(problem.get(DEMAND))
    value: list[Floats] = [np.zeros(0)]
    opened: list[Bools] = [np.zeros((0, len(problem.network.site_ids)), dtype=bool)]
    lowest: list[Floats] = [np.zeros(0)]
    for plans in blocks(fixed, space):
        kept, _ = keeps_rules(fixed, plans)
        if kept.any():
            plans = plans.only(kept)
            value.append(goal.expected(fixed, plans))
            opened.append(plans.open)
            lowest.append(now * _scale_needed(plans, least))
    values, sets, starts = np.concatenate(value), np.concatenate(opened), np.concatenate(lowest)
    # Of equally good sets beds decide, which depend on the level; here they stand by units, then ids:
    # columns in the order of ids, an earlier site first.
    by_id, equal = ~sets[:, problem.site_order], classes(values)
    packed = np.packbits(by_id, axis=1)
    keys = (*(packed[:, k] for k in reversed(range(packed.shape[1]))), sets.sum(axis=1), equal)
    order = np.lexsort(keys)
    return Sets(open=sets[order], equal=equal[order], lowest=starts[order], valued=space.sets)


def _scale_needed(plans: NearestPlans, least: list[LeastStays]) -> Floats:
    """By how much the stays of each set must grow for every unit to have the least it needs, (B,)."""
    scale = np.zeros(len(plans.open))
    for rule in least:
        stays = np.einsum("s,bsj->bj", rule.weight, plans.stays)
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(plans.open, rule.least / np.maximum(stays, LEAST_NUMBER), 0.0)
        scale = np.maximum(scale, each.max(axis=1, initial=0.0))
    return np.asarray(scale * (1 - ROUNDING))


def levels_of(problem: Problem, opened: Bools, low: float, high: float) -> Ranges:
    """Levels of demand at which a set keeps the rules of size."""
    return merged([(a, b) for a, b, _ in pieces_of(problem, opened, low, high)])


def pieces_of(problem: Problem, opened: Bools, low: float, high: float) -> list[tuple[float, float, int]]:
    """Levels of demand at which a set keeps the rules of size, low to high, and its beds there.

    Between two thresholds (a unit needs another bed; it has stays enough; its income covers its
    cost; running all units costs the budget) nothing changes, so each piece is tested once, in its
    middle.
    """
    plans = NearestPlans(problem, opened[None], allowed_pairs(problem))
    share = plans.stays[0][:, opened] / float(problem.get(DEMAND))
    ends = np.array([low, high])
    cuts = np.unique(np.concatenate([ends, *_thresholds(problem, share)]))
    cuts = cuts[(cuts >= low) & (cuts <= high)]
    for rule in rules_on(problem):
        if isinstance(rule, RunBudget):
            cuts = np.unique(np.concatenate([cuts, _budget_levels(problem, rule, opened, plans, cuts)]))
    good, beds = _kept_at(problem, opened, (cuts[:-1] + cuts[1:]) / 2)
    every = zip(cuts[:-1].tolist(), cuts[1:].tolist(), good.tolist(), beds.tolist(), strict=True)
    return [(a, b, size) for a, b, ok, size in every if ok]


def first_of_equals(
    problem: Problem, sets: Bools, low: float, high: float, depth: int = 0
) -> list[tuple[float, float, Bools]]:
    """Which of some equally good sets comes first where: fewer beds, then as they stand.

    Parameters
    ----------
    sets : ndarray (B, m) of bool
        Fewer units first, then the lower ids: with as many beds, and everybody served, that is what their
        yearly costs differ by.
    low, high : float
        Levels of demand.

    Returns
    -------
    list of (low, high, set)
        Where one of them keeps the rules of size.
    """
    if len(sets) > FEW_EQUALS:
        least, most = (_beds_at(problem, sets, level) for level in (low, high))
        for b in np.argsort(most, kind="stable")[:TRIED].tolist():
            if levels_of(problem, sets[b], low, high) == [(low, high)]:
                # More demand needs no fewer beds: what has more than this at the lower end never comes first.
                sets = sets[(least < most[b]) | ((least == most[b]) & (np.arange(len(sets)) <= b))]
                break
    if len(sets) > FEW_EQUALS and depth < HALVED:
        middle = (low + high) / 2
        ends = ((low, middle), (middle, high))
        return [piece for a, b in ends for piece in first_of_equals(problem, sets, a, b, depth + 1)]
    pieces = [pieces_of(problem, opened, low, high) for opened in sets]
    cuts = np.unique([x for part in pieces for a, b, _ in part for x in (a, b)])
    least = np.full(max(len(cuts) - 1, 0), np.iinfo(np.int64).max)
    first = np.full(len(least), -1)
    for k, part in enumerate(pieces):
        for a, b, beds in part:
            here = slice(*np.searchsorted(cuts, (a, b)).tolist())
            fewer = beds < least[here]
            first[here] = np.where(fewer, k, first[here])
            least[here] = np.where(fewer, beds, least[here])
    return [(float(cuts[k]), float(cuts[k + 1]), sets[b]) for k, b in enumerate(first.tolist()) if b >= 0]


def _beds_at(problem: Problem, sets: Bools, level: float) -> Ints:
    """Beds of each set at a level of demand, (B,)."""
    there = problem.set(DEMAND, level)
    return np.asarray(NearestPlans(there, sets, allowed_pairs(there)).beds.sum(axis=1))


def _thresholds(problem: Problem, share: Floats) -> list[Floats]:
    """Levels at which some unit meets a threshold; `share` (S, units) is its stays at one woman a year."""
    return [level for rule in rules_on(problem) for level in rule.thresholds(problem, share) or ()]


def _budget_levels(problem: Problem, budget: RunBudget, opened: Bools, plans: NearestPlans, cuts: Floats) -> Floats:
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
    level = budget.level(problem, standing, per_woman)
    return np.asarray(level[(level > cuts[:-1]) & (level < cuts[1:])])


def _scaled(problem: Problem, opened: Bools, stays: Floats) -> NearestPlans:
    """One set at many levels: plans that differ in nothing but their stays, (L, S, m)."""
    plans = NearestPlans(problem, opened[None], allowed_pairs(problem)).only(np.zeros(len(stays), dtype=np.int64))
    plans.__dict__["stays"] = stays
    return plans


def _kept_at(problem: Problem, opened: Bools, levels: Floats) -> tuple[Bools, Ints]:
    """Whether one set keeps the rules of size at each level, by the rules' own measure, and its beds, (L,) each."""
    one = NearestPlans(problem, opened[None], allowed_pairs(problem)).stays[0]
    scale = levels / float(problem.get(DEMAND))
    plans = _scaled(problem, opened, one[None] * scale[:, None, None])
    kept = np.ones(len(levels), dtype=bool)
    for rule in tested_rules(problem):
        if of_size(rule):
            kept &= ~rule.excess(problem, plans).broken.any(axis=1)
    return kept, np.asarray(plans.beds.sum(axis=1))


def merged(ranges: Ranges) -> Ranges:
    """Ranges in order, those that touch as one."""
    joined: Ranges = []
    for a, b in sorted(ranges):
        if joined and a <= joined[-1][1] + RANGE_ENDS:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def common(one: Ranges, other: Ranges) -> Ranges:
    """What lies in both."""
    both = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return [(a, b) for a, b in both if b - a > RANGE_ENDS]


def minus(one: Ranges, other: Ranges) -> Ranges:
    """What lies in the first but not in the second."""
    left = one
    for c, d in other:
        left = [part for a, b in left for part in ((a, min(b, c)), (max(a, d), b)) if part[1] - part[0] > RANGE_ENDS]
    return left
