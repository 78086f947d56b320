"""Many plans at once as plain arrays: what a rule's ``excess`` and the objectives read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from capacity.arrays import Bools, Floats, Ints, ints
from capacity.rules.nearest import Ways
from capacity.rules.shares import Shares
from capacity.tolerances import TIE

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.rule import Rule

AT_ONCE = 20_000
"""Units whose sizes are looked for together."""

AnyPlans = TypeVar("AnyPlans", bound="Plans")

MANY_UNITS, MOST_SIZES = 20_000, 1_000
"""Units of one problem above which their sizes are looked up, and numbers of beds up to which that is worked out."""

MATRIX_FROM = 30
"""Scenarios above which stays are summed by matrix products, one plan at a time."""


UNKNOWN_WAYS = "a rule that says it looks at units alone (when_cut) asked who goes where"


class Plans(Protocol):
    """B plans of one problem.

    ``open`` (B, m), ``beds`` (B, m). S' is 1 where the assignment is the same in every scenario,
    otherwise S.
    """

    problem: Problem
    open: Bools

    @property
    def beds(self) -> Ints:
        """Beds of each site, (B, m)."""
        ...

    @property
    def stays(self) -> Floats:
        """Women served by scenario and site, a year, (B, S, m)."""
        ...

    @property
    def used(self) -> Floats:
        """How many points' worth of women use each site, (B, m)."""
        ...

    @property
    def served(self) -> Floats:
        """Share of each point's women who are served, (B, S', n)."""
        ...

    def mean(self, values: Floats) -> Floats:
        """Sum over sites of share x value[i, j], (B, S', n)."""
        ...

    def longest(self, values: Floats) -> Floats:
        """Largest value[i, j] over the sites a point uses (0 where none), (B, S', n)."""
        ...

    def shares(self, plan: int) -> Shares:
        """Who is sent where in one plan."""
        ...


def smallest_sizes(problem: Problem, stays: Floats, opened: Bools) -> Ints:
    """Fewest beds of each unit that keep the promise, its limits and its floor, (B, m).

    Where even the largest size is too small the largest is given (and ``promise`` is broken).
    """
    low, high = problem.size_limits
    # Only what is open has beds.
    at = np.flatnonzero(opened)
    site = at % opened.shape[1]
    taken = np.maximum(low, problem.size_floor)[site]
    if any(rule.carries_stays for rule in problem.policy.values()) and problem.must_hold.any():
        need = (stays[:, 0] if stays.shape[1] == 1 else stays[:, problem.must_hold, :].max(axis=1)).ravel()[at]
        taken = np.maximum(taken, np.searchsorted(problem.stays_by_beds, need * (1 - TIE)))
    beds = np.zeros(opened.shape, dtype=np.int64)
    beds.ravel()[at] = np.minimum(taken, high[site])
    admitting = [rule for rule in problem.policy.values() if rule.says("kept_with")]
    return _enough_to_keep(problem, admitting, stays, beds) if admitting else beds


def in_other_sizes(problem: Problem, plans: AnyPlans) -> Iterator[AnyPlans]:
    """Plans as they are, and with the beds with which their units keep each one alone of the rules that beds may help.

    Where no size keeps them all: what is broken for want of beds, and what whatever the beds.
    """
    yield plans
    admitting = [rule for rule in problem.policy.values() if rule.says("kept_with")]
    for rule in admitting if len(admitting) > 1 else ():
        alone = problem.replace(policy={other.name: None for other in admitting if other is not rule})
        beds = smallest_sizes(alone, plans.stays, plans.open)
        if (beds != plans.beds).any():
            other = copy(plans)
            other.__dict__ = {**plans.__dict__, "beds": beds}
            # It hangs on the beds.
            other.__dict__.pop("counted", None)
            yield other


def _enough_to_keep(problem: Problem, rules: Sequence[Rule], stays: Floats, beds: Ints) -> Ints:
    """The fewest beds, at least these, with which each unit keeps the rules and pays least for those with a price.

    These where no size keeps the firm ones, (B, m).
    """
    # A set may be asked about at another level of demand than the problem's.
    useful = problem.useful_beds
    if (top := float(stays.max(initial=0.0))) > problem.women.sum(axis=1).max():
        useful = problem.useful_for(top)
    if (counted := _counted_from(problem, rules, max(useful, int(beds.max(initial=0))))) is not None:
        return _fewest_by_count(problem, counted, stays, beds, useful)
    plan, site = _in_question(problem, rules, stays, beds, useful)
    priced = [(rule, price) for rule in rules if (price := rule.price(problem)) is not None]
    rules = [rule for rule in rules if rule.price(problem) is None]
    sizes_kept = beds.copy()
    for part in np.array_split(np.arange(len(plan)), max(1, len(plan) // AT_ONCE)):
        b, j = plan[part], site[part]
        least, most = beds[b, j], np.minimum(problem.size_limits[1][j], np.maximum(useful, beds[b, j]))
        sizes = np.arange(int(least.min(initial=1)), int(most.max(initial=0)) + 1)
        kept = (sizes >= least[:, None]) & (sizes <= most[:, None])
        for rule in rules:
            keeps = rule.kept_with(problem, stays[b, :, j], sizes)
            kept &= True if keeps is None else keeps
        if priced:
            kept &= _cheapest(problem, priced, stays[b, :, j], sizes, kept)
        sizes_kept[b, j] = np.where(kept.any(axis=1), sizes[kept.argmax(axis=1)] if len(sizes) else 0, least)
    return sizes_kept


def _counted_from(problem: Problem, rules: Sequence[Rule], most: int) -> Floats | None:
    """Stays that must be counted of units of 0 to the most beds to keep all rules; None where these do not decide."""

    def worked_out() -> Floats | None:
        sizes = np.arange(most + 1)
        least = [None if rule.price(problem) is not None else rule.counted_from(problem, sizes) for rule in rules]
        known = [each for each in least if each is not None]
        return np.asarray(np.max(known, axis=0)) if len(known) == len(rules) else None

    return problem.once(f"counted from, up to {most} beds", worked_out)


def _fewest_by_count(problem: Problem, counted: Floats, stays: Floats, beds: Ints, useful: int) -> Ints:
    """`_enough_to_keep` where what is counted of each size decides, `counted`, (K,)."""
    held = problem.must_hold
    if stays.shape[1] > 1 and not held.any():
        return beds
    at = np.flatnonzero(beds)
    # What is counted grows with the stays.
    x = (stays[:, 0] if stays.shape[1] == 1 else stays[:, held].min(axis=1)).ravel()[at]
    fewest = beds.ravel()[at]
    most = np.minimum(problem.size_limits[1][at % beds.shape[1]], np.maximum(useful, fewest))
    sizes = beds.copy()
    asked = problem.once(f"units asked of {len(counted)} sizes", lambda: [0])
    asked[0] += len(x)
    if asked[0] > MANY_UNITS and len(counted) <= MOST_SIZES:
        by_stays = problem.once(f"sizes by stays, {len(counted)}", lambda: _SizesByStays(problem, counted))
        found = by_stays.fewest(x, fewest, most)
    else:
        found = problem.fewest_that_count(x, counted, fewest, most)
    sizes.ravel()[at] = np.where(found < 0, fewest, found)
    return sizes


class _SizesByStays:
    """The fewest beds that count so many of a unit's stays, looked up: worth its while where many units ask.

    Parameters
    ----------
    problem : Problem
    counted : ndarray (K,)
        What must be counted of 0, 1, ... beds.
    """

    def __init__(self, problem: Problem, counted: Floats) -> None:
        sizes = np.arange(len(counted))
        able = np.isfinite(counted)
        least = np.where(able, problem.stays_for_counted(sizes, np.where(able, counted, 0.0)), np.inf)
        self._levels = np.unique(least[np.isfinite(least)])
        reached = np.arange(len(self._levels) + 1)
        # How many of the levels stays must reach.
        rank = np.where(np.isfinite(least), np.searchsorted(self._levels, least) + 1, len(reached))
        first = np.where(rank[:, None] <= reached, sizes[:, None], len(sizes))
        # The first size, from each size on, that so many levels are enough for; K where none is.
        self._first = np.minimum.accumulate(first[::-1], axis=0)[::-1]

    def fewest(self, stays: Floats, fewest: Ints, most: Ints) -> Ints:
        """As `Problem.fewest_that_count`."""
        found = self._first[fewest, np.searchsorted(self._levels, stays, side="right")]
        return np.where(found <= most, found, -1)


def _cheapest(
    problem: Problem, priced: Sequence[tuple[Rule, float]], stays: Floats, sizes: Ints, among: Bools
) -> Bools:
    """Sizes with which units pay least for rules with a price, but for rounding, (N, K)."""
    paid = np.zeros(among.shape)
    for rule, price in priced:
        short = rule.short_with(problem, stays, sizes)
        paid += 0.0 if short is None else price * short
    least = np.where(among, paid, np.inf).min(axis=1, initial=np.inf)[:, None]
    return np.asarray(paid <= least * (1 + TIE))


def _in_question(problem: Problem, rules: Sequence[Rule], stays: Floats, beds: Ints, useful: int) -> tuple[Ints, Ints]:
    """Units (plan, site) whose beds do not keep the rules, while more may; all where a rule has a price."""
    plan, site = np.nonzero(beds)
    if any(rule.price(problem) is not None for rule in rules):
        return plan, site
    most = np.minimum(problem.size_limits[1], useful)

    def kept(size: Ints, which: Sequence[Rule]) -> Bools:
        """Whether units with their own numbers of beds keep rules, (units,)."""
        found, sizes = np.ones(len(size), dtype=bool), ints(sorted(set(size.tolist())))
        if len(problem.scenarios.ids) == 1:
            # What is needed of every size is known: to compare with all is quicker than to part them.
            own = np.searchsorted(sizes, size)
            for rule in which:
                keeps = rule.kept_with(problem, stays[plan, :, site], sizes)
                found &= True if keeps is None else keeps[np.arange(len(size)), own]
            return found
        for beds_of_one in sizes.tolist():
            alike = np.flatnonzero(size == beds_of_one)
            for rule in which:
                keeps = rule.kept_with(problem, stays[plan[alike], :, site[alike]], np.array([beds_of_one]))
                found[alike] &= True if keeps is None else keeps[:, 0]
        return found

    left = ~kept(beds[plan, site], rules)
    plan, site = plan[left], site[left]
    looser = [rule for rule in rules if rule.with_more_beds == "looser"]
    left = kept(np.maximum(most[site], beds[plan, site]), looser)
    return plan[left], site[left]


class NearestPlans:
    """Plans in which everybody uses the nearest open site they may use.

    Parameters
    ----------
    problem : Problem
    open : ndarray (B, m) of bool
    allowed : ndarray (n, m) of bool
        Pairs a family may use.
    beds : ndarray (B, m) of int, optional
        Where they are known; otherwise the smallest sizes that keep the rules.
    """

    def __init__(self, problem: Problem, open: Bools, allowed: Bools, beds: Ints | None = None) -> None:
        self.problem = problem
        self.open = open
        self._beds = beds
        self._ways = problem.nearest_sites.of(open, allowed)
        self._points = np.arange(len(allowed))

    @property
    def site(self) -> Ints:
        """Which site each point uses, -1 where no open site may serve it, (B, n)."""
        return self._ways.site

    def sent(self, site: Ints, beds: Ints | None = None) -> NearestPlans:
        """The same units with points sent elsewhere, (B, n)."""
        other = copy(self)
        other.__dict__ = {"problem": self.problem, "open": self.open, "_beds": beds, "_points": self._points}
        other._ways = Ways(site, self.open.shape[1])
        return other

    def under(self, problem: Problem) -> NearestPlans:
        """The same plans of a problem with the same women and ways: nothing but their beds may be others."""
        other = copy(self)
        other.__dict__ = {name: each for name, each in self.__dict__.items() if name not in ("beds", "counted")}
        other.problem = problem
        return other

    def only(self, rows: Bools | Ints) -> NearestPlans:
        """Some of the plans; what is worked out of them already stays."""
        some = copy(self)
        worked_out = {name: self.__dict__.get(name) for name in ("stay", "stays", "beds", "counted", "used", "_beds")}
        some.__dict__ = {name: each[rows] for name, each in worked_out.items() if each is not None}
        some.__dict__ |= {"problem": self.problem, "open": self.open[rows], "_points": self._points}
        some.__dict__.setdefault("_beds", None)
        some._ways = self._ways.only(rows)
        return some

    @cached_property
    def stay(self) -> Floats | None:
        """Share of each point's women who stay at the site it uses, (B, n); None where all do."""
        shares = self.problem.accepting
        return None if shares is None else np.where(self.site >= 0, shares[self._points, self.site], 0.0)

    @cached_property
    def stays(self) -> Floats:
        """Women served by scenario and site, a year, (B, S, m)."""
        women = self.problem.women
        if len(women) <= MATRIX_FROM:
            return np.stack([self.per_site(each) for each in women], axis=1)
        out = np.zeros((len(self.open), len(women), self.open.shape[1]))
        for b, opened in enumerate(self.open):
            sites = np.flatnonzero(opened)
            there = (self.site[b][:, None] == sites).astype(float)
            out[b][:, sites] = women @ (there if self.stay is None else there * self.stay[b][:, None])
        return out

    def per_site(self, amount: Floats) -> Floats:
        """Sum of an amount of each point, of those who stay, at the site it uses, (B, m)."""
        return self._ways.sums(amount if self.stay is None else amount * self.stay)

    @cached_property
    def beds(self) -> Ints:
        """The smallest sizes that keep the rules, (B, m)."""
        return smallest_sizes(self.problem, self.stays, self.open) if self._beds is None else self._beds

    @cached_property
    def counted(self) -> Floats:
        """Of the stays, those that money and active practice count, (B, S, m)."""
        return self.problem.counted(self.beds[:, None, :], self.stays)

    @cached_property
    def used(self) -> Floats:
        """How many points' worth of women use each site, (B, m)."""
        return self.per_site(self.problem.active.astype(float))

    @property
    def served(self) -> Floats:
        """Share of each point's women whom some open site serves, (B, 1, n)."""
        if self.stay is not None:
            return self.stay[:, None, :]
        if self._ways.whole:
            return np.broadcast_to(1.0, (len(self.open), 1, len(self._points)))
        return np.asarray(self.site >= 0, dtype=float)[:, None, :]

    def mean(self, values: Floats) -> Floats:
        """Value at the site each point uses, of those who stay, (B, 1, n)."""
        picked = self._picked(values)
        return (picked if self.stay is None else picked * self.stay)[:, None, :]

    def longest(self, values: Floats) -> Floats:
        """Value at the site each point uses, (B, 1, n)."""
        picked = self._picked(values)
        return (picked if self.stay is None else np.where(self.stay > 0, picked, 0.0))[:, None, :]

    def _picked(self, values: Floats) -> Floats:
        """Value at the site each point uses, (B, n)."""
        return self._ways.picked(values)

    def shares(self, plan: int) -> Shares:
        """Of the point's women who use the site: all, or those who stay."""
        stays = None if self.stay is None else self.stay[plan]
        point = np.flatnonzero(self.site[plan] >= 0 if stays is None else stays > 0)
        return Shares(
            shape=(1, len(self._points), self.open.shape[1]),
            scenario=np.zeros_like(point),
            point=point,
            site=self.site[plan][point],
            share=np.ones(len(point)) if stays is None else stays[point],
        )


class UnitPlans:
    """Plans of which nothing is known but their units: what a rule looks at whose `Rule.when_cut` says ``units``.

    Parameters
    ----------
    problem : Problem
    open : ndarray (B, m) of bool
    stays : ndarray (B, S, m)
    used : ndarray (B, m)
    """

    def __init__(self, problem: Problem, open: Bools, stays: Floats, used: Floats) -> None:
        self.problem = problem
        self.open = open
        self.stays = stays
        self.used = used

    @cached_property
    def beds(self) -> Ints:
        """The smallest sizes that keep the rules, (B, m)."""
        return smallest_sizes(self.problem, self.stays, self.open)

    def only(self, rows: Bools | Ints) -> UnitPlans:
        """Some of the plans."""
        some = UnitPlans(self.problem, self.open[rows], self.stays[rows], self.used[rows])
        some.__dict__["beds"] = self.beds[rows]
        return some

    @property
    def served(self) -> Floats:
        """Nobody knows."""
        raise TypeError(UNKNOWN_WAYS)

    def mean(self, values: Floats) -> Floats:
        """Nobody knows."""
        raise TypeError(UNKNOWN_WAYS)

    def longest(self, values: Floats) -> Floats:
        """Nobody knows."""
        raise TypeError(UNKNOWN_WAYS)

    def shares(self, plan: int) -> Shares:
        """Nobody knows."""
        raise TypeError(UNKNOWN_WAYS)


class SplitPlan:
    """One plan given by shares: B = 1.

    Parameters
    ----------
    problem : Problem
    open : ndarray (m,) of bool
    beds : ndarray (m,) of int
    shares : Shares, or ndarray (S', n, m)
    """

    def __init__(self, problem: Problem, open: Bools, beds: Ints, shares: Shares | Floats) -> None:
        self.problem = problem
        self.open = open[None, :]
        self.beds: Ints = beds[None, :]
        self._shares = shares if isinstance(shares, Shares) else Shares.of(shares)

    @cached_property
    def stays(self) -> Floats:
        """Women served by scenario and site, a year, (1, S, m)."""
        women, x = self.problem.women, self._shares
        if x.shape[0] == 1:
            return np.asarray(women @ x.by_pair(x.share))[None]
        return x.by_site(women[x.scenario, x.point] * x.share)[None]

    @property
    def used(self) -> Floats:
        """How many points' worth of women use each site, (1, m)."""
        p, x = self.problem, self._shares
        needed = p.active[x.point] if x.shape[0] == 1 else p.women[x.scenario, x.point] > 0
        return np.asarray(x.by_site(np.where(needed, x.share, 0.0)).sum(axis=0))[None]

    @property
    def served(self) -> Floats:
        """Share of each point's women who are served, (1, S', n)."""
        return self._shares.by_point(self._shares.share)[None]

    def mean(self, values: Floats) -> Floats:
        """Sum over sites of share x value, (1, S', n)."""
        x = self._shares
        return x.by_point(x.share * values[x.point, x.site])[None]

    def longest(self, values: Floats) -> Floats:
        """Largest value over the sites a point uses, (1, S', n)."""
        x = self._shares
        out = np.zeros((1, *x.shape[:2]))
        np.maximum.at(out[0], (x.scenario, x.point), values[x.point, x.site])
        return out

    def shares(self, plan: int) -> Shares:
        """Who is sent where."""
        return self._shares
