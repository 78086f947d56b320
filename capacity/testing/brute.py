"""Every plan of a small problem, judged by its rules' second face alone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Rule, SplitPlan, allowed_pairs, rules_on, serves_all, weight_of, whole_shares
from capacity.rules.nearest import Ways
from capacity.rules.objectives import objective_named
from capacity.tolerances import USED

MOST_PLANS = 400_000
"""Plans looked at, at most."""


class WholePlans(NearestPlans):
    """Plans in which each point uses one site, the same in every scenario.

    Parameters
    ----------
    problem : Problem
    open : ndarray (B, m) of bool
    beds : ndarray (B, m) of int
    site : ndarray (B, n) of int
        -1 for points that are not served.
    """

    def __init__(self, problem: Problem, open: Bools, beds: Ints, site: Ints) -> None:
        self.problem, self.open, self._beds = problem, open, beds
        self._ways, self._points = Ways(site, open.shape[1]), np.arange(site.shape[1])


def every_plan(problem: Problem) -> WholePlans | None:
    """Every plan with whole shares: sets of sites, sizes, and who goes where; None where they are too many."""
    n, m = problem.minutes.shape
    low, high = problem.size_limits
    active = np.flatnonzero(problem.active)
    # Where families are bound to their nearest unit, other plans are not worth making.
    bound = any(rule.binds_to_nearest and rule.price(problem) is None for rule in rules_on(problem))
    usable = allowed_pairs(problem) if bound else None
    opened: list[Bools] = []
    beds: list[Ints] = []
    sites: list[Ints] = []
    count = 0
    for size in range(1, m + 1):
        for chosen in itertools.combinations(range(m), size):
            ways = [[j for j in chosen if np.isfinite(problem.minutes[i, j])] or [-1] for i in active]
            sizes = [range(int(low[j]), int(high[j]) + 1) for j in chosen]
            sent = np.array(list(itertools.product(*ways)), dtype=np.int64).reshape(-1, len(active))
            # A unit that nobody uses is not opened.
            used = (sent[:, :, None] == np.array(chosen)).any(axis=1).all(axis=1)
            sent = sent[used]
            given = np.array(list(itertools.product(*sizes)), dtype=np.int64)
            site = np.full((len(sent), n), -1)
            site[:, active] = sent
            if usable is not None:
                site = site[_nearest(problem, usable, np.isin(np.arange(m), chosen), site)]
            count += len(site) * len(given)
            if count > MOST_PLANS:
                return None
            here = np.zeros((len(given), m), dtype=np.int64)
            here[:, chosen] = given
            sites.append(np.repeat(site, len(given), axis=0))
            beds.append(np.tile(here, (len(site), 1)))
            opened.append(np.tile(np.isin(np.arange(m), chosen), (len(site) * len(given), 1)))
    if not count:
        return WholePlans(problem, np.zeros((0, m), bool), np.zeros((0, m), int), np.zeros((0, n), int))
    return WholePlans(problem, np.concatenate(opened), np.concatenate(beds), np.concatenate(sites))


def _nearest(problem: Problem, usable: Bools, opened: Bools, site: Ints) -> Bools:
    """Assignments that send every point to the nearest open site it may use, (B,)."""
    kept = np.ones(len(site), dtype=bool)
    for i in np.flatnonzero(problem.active):
        mine = [(problem.minutes[i, j], problem.network.site_ids[j], j) for j in np.flatnonzero(opened & usable[i])]
        kept &= site[:, i] == (min(mine)[2] if mine else -2)
    return kept


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Every plan of a problem, and which rules each breaks.

    Attributes
    ----------
    plans : WholePlans
    broken : mapping of rule to ndarray (B,) of bool
    paid : ndarray (B,)
        For rules with a price.
    """

    problem: Problem
    plans: WholePlans
    broken: dict[str, Bools]
    paid: Floats

    def keeping(self, names: frozenset[str]) -> Bools:
        """Plans that keep the named rules, (B,)."""
        kept: Bools = np.ones(len(self.plans.open), dtype=bool)
        for name in names:
            kept[self.broken[name]] = False
        return kept

    def least(self, goal: str) -> float | None:
        """The best value of a plan that keeps every firm rule; None where none does."""
        firm = frozenset(name for name in self.broken if name not in self.problem.policy.prices)
        kept = self.keeping(firm)
        if not kept.any():
            return None
        value = objective_named(goal).expected(self.problem, self.plans) + self.paid
        return float(value[kept].min())


def judged(problem: Problem) -> Judged | None:
    """Every plan judged by every rule that is on; None where women may be split or unserved, or plans are too many."""
    nearest = any(rule.binds_to_nearest and rule.price(problem) is None for rule in rules_on(problem))
    if not serves_all(problem) or (not nearest and not whole_shares(problem)):
        return None
    plans = every_plan(problem)
    if plans is None:
        return None
    paid: Floats = np.zeros(len(plans.open))
    broken: dict[str, Bools] = {}
    for rule in rules_on(problem):
        if not len(plans.open) or (rule.whole_shares and rule.price(problem) is None):
            broken[rule.name] = np.zeros(len(plans.open), dtype=bool)
            continue
        excess = rule.excess(problem, plans)
        broken[rule.name] = np.asarray(excess.broken.any(axis=1))
        if (price := rule.price(problem)) is not None:
            paid += price * (np.where(excess.broken, excess.amount, 0.0) @ weight_of(problem, excess.keys))
    return Judged(problem=problem, plans=plans, broken=broken, paid=paid)


def some_plan(problem: Problem, rng: np.random.Generator, *, blocks: int, whole: bool = False) -> SplitPlan:
    """A plan that may break anything: some sites open, everybody with a way sent somewhere open, any sizes.

    Parameters
    ----------
    blocks : int
        Assignments: one for all scenarios, or one each.
    whole : bool
        Nobody is split.
    """
    n, m = problem.minutes.shape
    opened: Bools = np.asarray(rng.random(m) < 0.7)
    opened[rng.integers(m)] = True
    ways = np.isfinite(problem.minutes) & opened & problem.active[:, None]
    shares = rng.random((blocks, n, m)) * ways * (rng.random((blocks, n, m)) < 0.8)
    if whole:
        shares = shares * (shares == shares.max(axis=2, keepdims=True))
    total = shares.sum(axis=2, keepdims=True)
    shares = np.where(total > 0, shares / np.where(total > 0, total, 1.0), 0.0)
    shares = np.where(shares < 2 * USED, 0.0, shares)
    total = shares.sum(axis=2, keepdims=True)
    shares = np.where(total > 0, shares / np.where(total > 0, total, 1.0), 0.0)
    low, high = problem.size_limits
    beds = np.where(opened, rng.integers(low, high + 1), 0)
    return SplitPlan(problem, opened, beds, shares)


def breaks(rule: Rule, problem: Problem, plans: SplitPlan | NearestPlans) -> Bools:
    """Which plans break a rule, (B,)."""
    return np.asarray(rule.excess(problem, plans).broken.any(axis=1))
