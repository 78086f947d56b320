"""Every plan of a small problem, judged by its rules' second face alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.problem.problem import Problem
from capacity.rules import (
    NearestPlans,
    Rule,
    Shares,
    SplitPlan,
    allowed_pairs,
    rules_on,
    serves_all,
    weight_of,
    whole_shares,
)
from capacity.rules.nearest import Ways
from capacity.rules.objectives import objective_named
from capacity.rules.plans import smallest_sizes
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


class SplitPlans:
    """Plans in which a point's women are parted between sites, the same in every scenario.

    Parameters
    ----------
    problem : Problem
    open : ndarray (B, m) of bool
    share : ndarray (B, n, m)
        What does not sum to one is not served. Units have the smallest sizes that keep the rules.
    """

    def __init__(self, problem: Problem, open: Bools, share: Floats) -> None:
        self.problem, self.open, self._share = problem, open, share

    @cached_property
    def stays(self) -> Floats:
        """Women served by scenario and site, a year, (B, S, m)."""
        return np.asarray(np.einsum("si,bij->bsj", self.problem.women, self._share))

    @cached_property
    def beds(self) -> Ints:
        """The smallest sizes that keep the rules, (B, m)."""
        return smallest_sizes(self.problem, self.stays, self.open)

    @property
    def used(self) -> Floats:
        """How many points' worth of women use each site, (B, m)."""
        return np.asarray(self._share[:, self.problem.active].sum(axis=1))

    @property
    def served(self) -> Floats:
        """Share of each point's women who are served, (B, 1, n)."""
        return np.asarray(self._share.sum(axis=2))[:, None, :]

    def mean(self, values: Floats) -> Floats:
        """Sum over sites of share x value, (B, 1, n)."""
        finite = np.where(np.isfinite(values), values, 0.0)
        return np.asarray((self._share * finite).sum(axis=2))[:, None, :]

    def longest(self, values: Floats) -> Floats:
        """Largest value over the sites a point uses, (B, 1, n)."""
        return np.asarray(np.where(self._share > 0, values, 0.0).max(axis=2))[:, None, :]

    def shares(self, plan: int) -> Shares:
        """Who is sent where."""
        return Shares.of(self._share[plan][None])


ManyPlans = WholePlans | SplitPlans


def split_plans(problem: Problem) -> SplitPlans | None:
    """Plans of every set of sites in which each point is served by one site, by two in halves, or by none.

    Points are served by none where that is not forbidden outright. They are some of the plans there are: none of them
    that keeps the rules may be better than what is called the best. None where they are too many.
    """
    n, m = problem.minutes.shape
    count = 0
    must = any(rule.serves_all and rule.price(problem) is None for rule in rules_on(problem))
    opened: list[Bools] = []
    shares: list[Floats] = []
    for size in range(1, m + 1):
        for chosen in itertools.combinations(range(m), size):
            parts = [_parts(problem, i, chosen, must=must) for i in range(n)]
            count += math.prod(map(len, parts))
            if count > MOST_PLANS:
                return None
            picked = np.array(list(itertools.product(*(range(len(part)) for part in parts))))
            share = np.stack([part[picked[:, i]] for i, part in enumerate(parts)], axis=1)
            shares.append(share)
            opened.append(np.tile(np.isin(np.arange(m), chosen), (len(share), 1)))
    if not must:
        shares.append(np.zeros((1, n, m)))
        opened.append(np.zeros((1, m), dtype=bool))
    return SplitPlans(problem, np.concatenate(opened), np.concatenate(shares))


def _parts(problem: Problem, point: int, chosen: Sequence[int], *, must: bool) -> Floats:
    """Ways to part a point's women between some sites, (K, m)."""
    one = np.eye(problem.minutes.shape[1])
    sites = [j for j in chosen if np.isfinite(problem.minutes[point, j])]
    if not problem.active[point] or not sites:
        return np.zeros((1, len(one)))
    halves = [(one[j] + one[k]) / 2 for j, k in itertools.combinations(sites, 2)]
    return np.stack([*one[sites], *halves, *([] if must else [0 * one[0]])])


def every_plan(problem: Problem) -> WholePlans | None:
    """Every plan with whole shares: sets of sites, sizes, and who goes where; None where they are too many."""
    n, m = problem.minutes.shape
    low, high = problem.size_limits
    active = np.flatnonzero(problem.active)
    # Where families are bound to their nearest unit, other plans are not worth making.
    bound = any(rule.binds_to_nearest and rule.price(problem) is None for rule in rules_on(problem))
    usable = allowed_pairs(problem) if bound else None
    # Whom no unit may serve is on an outpatient course, where there is one.
    may = usable if problem.outpatient.on else None
    opened: list[Bools] = []
    beds: list[Ints] = []
    sites: list[Ints] = []
    count = 0
    for size in range(1, m + 1):
        for chosen in itertools.combinations(range(m), size):
            ways = [
                [j for j in chosen if np.isfinite(problem.minutes[i, j]) and (may is None or may[i, j])] or [-1]
                for i in active
            ]
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
        none = -1 if problem.outpatient.on else -2
        kept &= site[:, i] == (min(mine)[2] if mine else none)
    return kept


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Every plan of a problem, and which rules each breaks.

    Attributes
    ----------
    plans : WholePlans or SplitPlans
    broken : mapping of rule to ndarray (B,) of bool
    paid : ndarray (B,)
        For rules with a price.
    """

    problem: Problem
    plans: ManyPlans
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
    """Every plan judged by every rule that is on; None where women may be split or unserved, or plans are too many.

    With an outpatient course the way to the nearest unit says who stays: there every plan is looked at where families
    are bound to it.
    """
    nearest = any(rule.binds_to_nearest and rule.price(problem) is None for rule in rules_on(problem))
    course = problem.outpatient.on and nearest
    if not course and (not serves_all(problem) or (not nearest and not whole_shares(problem))):
        return None
    plans = every_plan(problem)
    return None if plans is None else judged_plans(problem, plans)


def judged_plans(problem: Problem, plans: ManyPlans) -> Judged:
    """Some plans judged by every rule that is on."""
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
    if blocks > 1:
        # Where nobody is in a scenario, whoever might be goes where those of the place go in another.
        there = problem.women > 0
        shares = shares[np.where(there, np.arange(blocks)[:, None], there.argmax(axis=0)), np.arange(n)]
    low, high = problem.size_limits
    beds = np.where(opened, rng.integers(low, high + 1), 0)
    return SplitPlan(problem, opened, beds, shares)


def breaks(rule: Rule, problem: Problem, plans: SplitPlan | NearestPlans) -> Bools:
    """Which plans break a rule, (B,)."""
    return np.asarray(rule.excess(problem, plans).broken.any(axis=1))
