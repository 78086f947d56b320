"""Active practice, income and running costs where they count admitted stays alone: `Finance.counts`.

Under a loss promise whoever finds every bed taken goes elsewhere, and pays nobody. Of x stays a year k beds admit
``h_k(x) = x (1 - B)``, which grows with both and bends. A unit of a known size therefore has its stays, or lives on
them, from some number of stays on, ``h_k^-1``: that is linear, and exact. A mean over several scenarios, or a sum over
units, is not: then a set's plans are measured, and a linear model has columns of what is admitted, which an engine
holds to ``h_k`` (`capacity.engines.admitting`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.rules.budgets import RunBudget
from capacity.rules.courses import course_dkk, courses_cost
from capacity.rules.naming import named_site
from capacity.rules.plans import NearestPlans
from capacity.rules.rows import Key, Rows, RowWriter
from capacity.rules.rule import Excess, LeastStays, Rule
from capacity.rules.tangents import add_tangents
from capacity.rules.viability import Income, Volume, cases, key_of, margin_of, poisson_mean, stays_terms
from capacity.tolerances import HOLD, ROUNDING

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans
    from capacity.rules.variables import Variables


def _mean_counted(p: Problem, weight: Floats, stays: Floats, beds: Ints) -> Floats:
    """Admitted stays of units, (..., S, m) of stays and (..., m) of beds, averaged over scenarios, (..., m)."""
    used = np.flatnonzero(weight > 0)
    counted = p.counted(beds[..., None, :], stays[..., used, :])
    return np.asarray(np.einsum("s,...sj->...j", weight[used], counted))


def _counted_of(p: Problem, weight: Floats, plans: Plans) -> Floats:
    """Admitted stays of plans' units, averaged over scenarios, (B, m)."""
    if isinstance(plans, NearestPlans) and len(p.scenarios.ids) == 1 and _counts_alike(p, plans.problem):
        # Several rules ask.
        return np.asarray(weight[0] * plans.counted[:, 0])
    return _mean_counted(p, weight, plans.stays, plans.beds)


def _counts_alike(p: Problem, other: Problem) -> bool:
    return p is other or (p.promise, p.care, p.counts_admitted) == (other.promise, other.care, other.counts_admitted)


def _single(p: Problem, average: bool) -> bool:
    """Whether each instance speaks of one scenario."""
    return not average or len(p.scenarios.ids) == 1


def _sizes(p: Problem) -> Ints:
    """Numbers of beds that admit more than fewer do, 0 first."""
    return np.arange(p.useful_beds + 1)


MOST_DOUBLINGS = 40
"""A level of demand doubled so often from one woman a year is beyond every country."""

TO_THE_LAST_BIT = 60
"""Halvings after which a number's neighbours are all that is left."""

WITHIN = 0.9
"""Of what a rule may be missed by, the part that sizes are chosen with: working a size's stays out rounds as well."""


def _short_of(
    p: Problem, every: bool, stays: Floats, beds: Ints, lacking: Callable[[Floats], Floats], room: float
) -> Floats:
    """What units (N, S) lack with each of several sizes (K,), weighed as a price weighs it, (N, K)."""
    wide = np.repeat(stays[:, :, None], len(beds), axis=2)
    short = np.zeros((len(stays), len(beds)))
    for weight, named in cases(p, every):
        lacks = lacking(_mean_counted(p, weight, wide, beds[None]))
        short += np.where(lacks > room, lacks, 0.0) * (p.probability[named].sum() if named else 1.0)
    return short


def _kept_from(x: Floats, least: Floats) -> Bools:
    """Whether stays (N,) reach what each size needs (K,), (N, K)."""
    return np.asarray(x[:, None] >= least)


def _needs(
    out: RowWriter, p: Problem, v: Variables, needed: Floats, weight: Floats, instance: int, j: int, unit: float = 1.0
) -> None:
    """Rows, in `unit` a stay: site j has the stays that its size needs; a size that never has them is not taken."""
    sizes = np.flatnonzero(v.size_site == j)
    least = needed[np.minimum(v.size_beds[sizes], len(needed) - 1)]
    able = np.isfinite(least)
    out.add(instance, [*stays_terms(p, v, j, weight, unit), (v.size[sizes[able]], -unit * least[able])], lower=0)
    if not able.all():
        out.add(instance, [(v.size[sizes[~able]], unit)], upper=0)


def admitted_terms(
    p: Problem, v: Variables, j: int, weight: Floats, per_stay: float, *, low: bool = False, high: bool = False
) -> list[tuple[Ints, Floats | float]]:
    """`per_stay` times the stays that site j admits, averaged over scenarios by `weight`, as `stays_terms` are."""
    columns = v.admitted_in(weight, low=low, high=high)
    used = np.flatnonzero(weight > 0)
    return [(columns[used, j], per_stay * weight[used])]


def _levels(p: Problem, weight: Floats, share: Floats, asked: Floats) -> Floats:
    """Levels of demand at which 0, 1, ... beds admit just so many (K,) of the stays of some unit.

    `share` (S, units) is the stays of each unit at one woman a year; what is admitted is averaged by `weight`.
    """
    used = weight > 0
    share, weight = share[used][:, share[used].max(axis=0, initial=0.0) > 0], weight[used]
    beds = np.arange(len(asked))
    if len(weight) == 1:
        stays = p.stays_for_counted(beds, asked)
        return np.asarray((stays[np.isfinite(stays)] / share[0][:, None]).ravel())

    def enough(level: Floats) -> Bools:
        counted = p.counted(beds[None, :, None], (share.T[:, None, :] * level[:, :, None]))
        return np.asarray(counted @ weight >= asked)

    low, high = np.zeros((share.shape[1], len(beds))), np.ones((share.shape[1], len(beds)))
    for _ in range(MOST_DOUBLINGS):
        if (done := enough(high)).all():
            break
        low, high = np.where(done, low, high), np.where(done, high, 2 * high)
    for _ in range(TO_THE_LAST_BIT):
        middle = (low + high) / 2
        done = enough(middle)
        low, high = np.where(done, low, middle), np.where(done, middle, high)
    return np.asarray(high[enough(high)])


def _of_all(p: Problem, beds: Ints, needed: Callable[[Ints], Floats]) -> Floats:
    """What sizes need, worked out for all of them at once: the same is asked of every block of sets, and remembered."""
    most = max(p.useful_beds, int(beds.max(initial=0)))
    return needed(np.arange(most + 1))[beds]


class AdmittedVolume(Volume):
    """A unit admits at least the given number of stays a year: on average, in every scenario, or with a given
    probability in a Poisson year.
    """  # noqa: D205 (the first paragraph is the sentence planners read)

    stays_by_rows = False
    sets_beds = True
    with_more_beds = "looser"
    few_scenarios = False
    moved_by = {"stays": "tighter", "stay.mean_days": "tighter", "promise.demand_cv": "tighter"}
    rescaled = Rule.rescaled

    def in_rows(self, p: Problem) -> bool:
        """Of one scenario at a time, and not at a price."""
        return _single(p, self.when == "average") and self.price(p) is None

    def in_admitted(self, p: Problem) -> bool:
        """At a price."""
        return True

    def eased_by_few(self, p: Problem) -> bool:
        """More is admitted of the mean of stays than on average."""
        return True

    def in_cuts(self, p: Problem) -> bool:
        """Of a mean over scenarios, which bends one way."""
        return self.price(p) is None

    def cuts(self, p: Problem, v: Variables, stays: Floats, beds: Ints) -> Rows:
        """Tangents where units admit too few on average."""
        out = RowWriter()
        if not self.in_rows(p):
            needed = np.full(p.useful_beds + 1, self.least)
            add_tangents(out, p, v, needed, p.probability, stays, beds)
        return out.rows()

    def needed(self, p: Problem) -> Floats:
        """Stays from which on a unit of 0, 1, ... beds admits enough; inf where it never does."""
        return p.stays_for_counted(_sizes(p), np.full(p.useful_beds + 1, self.least))

    def counted_from(self, p: Problem, beds: Ints) -> Floats | None:
        """The number itself, of one scenario at a time."""
        if not cases(p, self.when != "average"):
            return np.zeros(len(beds))
        return np.full(len(beds), self.least - WITHIN * HOLD) if _single(p, self.when == "average") else None

    def kept_with(self, p: Problem, stays: Floats, beds: Ints) -> Bools:
        """Whether so many beds admit enough."""

        def enough(sizes: Ints) -> Floats:
            return p.stays_for_counted(sizes, np.full(len(sizes), self.least - WITHIN * HOLD))

        kept: Bools = np.ones((len(stays), len(beds)), dtype=bool)
        for weight, named in cases(p, self.when != "average"):
            if named or len(p.scenarios.ids) == 1:
                kept &= _kept_from(stays @ weight, _of_all(p, beds, enough))
            else:
                mean = _mean_counted(p, weight, np.repeat(stays[:, :, None], len(beds), axis=2), beds[None])
                kept &= mean >= self.least - HOLD
        return kept

    def stays_with(self, p: Problem, beds: Ints) -> Floats:
        """Stays of which so many beds admit enough."""
        return p.stays_for_counted(beds, np.full(len(beds), max(self.least - HOLD, 0.0)))

    def short_with(self, p: Problem, stays: Floats, beds: Ints) -> Floats:
        """What so many beds admit too few."""
        return _short_of(p, self.when != "average", stays, beds, lambda counted: self.least - counted, HOLD)

    def least_stays(self, p: Problem) -> list[LeastStays]:
        """What the largest size needs: the mean of what is admitted is no more than of the mean."""
        every = self.when != "average"
        most = np.minimum(p.size_limits[1], p.useful_beds)
        least = p.stays_for_counted(most, np.full(len(most), max(self.least - HOLD, 0.0)))
        return [LeastStays(weight=w, least=least, average=not every) for w, _ in cases(p, every)]

    def thresholds(self, p: Problem, share: Floats) -> list[Floats]:
        """Where the beds of a unit, whatever their number, admit enough of its stays."""
        asked = np.full(p.sizes.largest + 1, self.least)
        return [_levels(p, weight, share, asked) for weight, _ in cases(p, self.when != "average")]

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Stays of each unit, as many as its size needs to admit enough; at a price, what it admits."""
        out = RowWriter()
        if self.price(p) is not None:
            for weight, named in cases(p, self.when != "average"):
                for j in v.sites:
                    terms = [*admitted_terms(p, v, j, weight, 1.0, high=True), (v.open[[j]], -self.least)]
                    out.add(out.instance(*key_of(p, j, named)), terms, lower=0)
            return out.rows()
        needed = self.needed(p)
        for weight, named in cases(p, self.when != "average"):
            for j in v.sites:
                _needs(out, p, v, needed, weight, out.instance(*key_of(p, j, named)), j)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """What each unit admits below the number, in each case."""
        keys: list[Key] = []
        short = [np.zeros((len(plans.open), 0))]
        for weight, named in cases(p, self.when != "average"):
            counted = _counted_of(p, weight, plans)
            short.append(np.where(plans.open, self.least - counted, 0.0))
            keys += [key_of(p, j, named) for j in range(len(p.network.site_ids))]
        return Excess(keys=tuple(keys), amount=np.concatenate(short, axis=1))

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The stays a unit would admit: fewer than are needed of it."""
        return f"{named_site(p, key[0])} would admit {self.least - amount:.1f} stays a year"


class AdmittedIncome(Income):
    """The income of a unit's admitted stays covers its yearly cost: in expectation, in every scenario that must hold,
    or with a given probability in a Poisson year.
    """  # noqa: D205 (the first paragraph is the sentence planners read)

    sets_beds = True
    with_more_beds = None
    few_scenarios = kept_by_mean = False
    moved_by = {
        "finance.day_rate_dkk": "looser",
        "finance.grant_dkk_per_year": "looser",
        "finance.unit_dkk_per_year": "tighter",
        "finance.bed_dkk_per_year": "tighter",
        "finance.occupied_day_dkk": "tighter",
    }
    rescaled = Rule.rescaled

    def in_rows(self, p: Problem) -> bool:
        """Of one scenario at a time, where a stay leaves something over, and not at a price."""
        return _single(p, self.when == "expected") and self.price(p) is None and margin_of(p) > 0

    def in_admitted(self, p: Problem) -> bool:
        """At a price, and where a stay costs more than it brings."""
        return True

    def eased_by_mean(self, p: Problem) -> bool:
        """More is admitted of the mean of stays than on average, which helps where a stay leaves something over."""
        return margin_of(p) >= 0

    eased_by_few = eased_by_mean

    def in_cuts(self, p: Problem) -> bool:
        """Of a mean over scenarios, where a stay leaves something over."""
        return self.price(p) is None and margin_of(p) > 0

    def cuts(self, p: Problem, v: Variables, stays: Floats, beds: Ints) -> Rows:
        """Tangents where units do not live on what they admit on average."""
        out = RowWriter()
        if not self.in_rows(p):
            sizes = _sizes(p)
            needed = self._lacking(p, sizes, np.zeros(len(sizes))) / margin_of(p)
            add_tangents(out, p, v, np.maximum(needed, 0.0), p.probability, stays, beds)
        return out.rows()

    def _lacking(self, p: Problem, beds: Ints, counted: Floats) -> Floats:
        """What units of so many beds lack a year, of the stays they admit (in a Poisson year: on average)."""
        money, days = p.finance, p.care.mean_days
        if self.when == "poisson_year" and margin_of(p) > 0:
            enough, where = np.unique(money.break_even_stays(beds, days), return_inverse=True)
            means = np.array([poisson_mean(float(x), self.probability) for x in enough])
            return np.asarray((means[where].reshape(beds.shape) - counted) * margin_of(p))
        return np.asarray(money.yearly_cost(beds, counted, days) - money.yearly_income(counted, days))

    def _room(self, p: Problem) -> float:
        """DKK that nobody counts as lacking."""
        return HOLD * self._scale(p)

    def _scale(self, p: Problem) -> float:
        """DKK that what is lacking is measured beside."""
        return max(1.0, p.finance.unit_dkk_per_year, p.finance.bed_dkk_per_year)

    def needed(self, p: Problem, beds: Ints, room: float = 0.0) -> Floats:
        """Stays from which on units of so many beds live on those they admit; inf where they never do."""
        return p.stays_for_counted(beds, self._even(p, beds, room))

    def _even(self, p: Problem, beds: Ints, room: float) -> Floats:
        """Stays that units of so many beds live on, but for so many DKK."""
        return np.asarray(np.maximum(self._lacking(p, beds, np.zeros(len(beds))) - room, 0.0) / margin_of(p))

    def counted_from(self, p: Problem, beds: Ints) -> Floats | None:
        """Stays that so many beds live on, of one scenario at a time, where a stay leaves something over."""
        if not cases(p, self.when != "expected"):
            return np.zeros(len(beds))
        alone = _single(p, self.when == "expected") and margin_of(p) > 0
        return self._even(p, beds, WITHIN * self._room(p)) if alone else None

    def kept_with(self, p: Problem, stays: Floats, beds: Ints) -> Bools:
        """Whether so many beds are paid for by the stays they admit."""

        def enough(sizes: Ints) -> Floats:
            return self.needed(p, sizes, WITHIN * self._room(p))

        kept: Bools = np.ones((len(stays), len(beds)), dtype=bool)
        for weight, named in cases(p, self.when != "expected"):
            if (named or len(p.scenarios.ids) == 1) and margin_of(p) > 0:
                kept &= _kept_from(stays @ weight, _of_all(p, beds, enough))
            else:
                mean = _mean_counted(p, weight, np.repeat(stays[:, :, None], len(beds), axis=2), beds[None])
                kept &= self._lacking(p, np.broadcast_to(beds, mean.shape), mean) <= self._room(p)
        return kept

    def stays_with(self, p: Problem, beds: Ints) -> Floats | None:
        """Stays of which so many beds admit those they live on, where a stay leaves something over."""
        return self.needed(p, beds, self._room(p)) if margin_of(p) > 0 else None

    def short_with(self, p: Problem, stays: Floats, beds: Ints) -> Floats:
        """What a unit of so many beds lacks a year."""

        def lacking(counted: Floats) -> Floats:
            return self._lacking(p, np.broadcast_to(beds, counted.shape), counted)

        return _short_of(p, self.when != "expected", stays, beds, lacking, HOLD * self._scale(p))

    def eased_for_more(self, p: Problem) -> Mapping[str, object] | None:
        """The fewest admitted stays that some size lives on; of those it can be sent, where the promise holds."""
        volume, margin = p.policy.volume, margin_of(p)
        if self.when != "expected" or margin <= 0 or (volume is not None and volume.when != "average"):
            return None
        sizes = np.arange(p.size_limits[0].min(), p.size_limits[1].max() + 1)
        even = (self._lacking(p, sizes, np.zeros(len(sizes))) - self._room(p)) / margin
        if any(rule.carries_stays and rule.price(p) is None for rule in p.policy.values()) and p.must_hold.all():
            # No scenario sends a unit more than it carries, and what is admitted grows with what is sent.
            most = p.counted(sizes, p.stays_by_beds[sizes] * (1 + ROUNDING) + HOLD)
            even = even[even <= most]
        if not len(even):
            return None
        return {Volume.name: max(float(even.min()), 0.0 if volume is None else volume.stays)}

    def thresholds(self, p: Problem, share: Floats) -> list[Floats]:
        """Where the stays that its beds admit, whatever their number, pay for a unit."""
        beds, margin = np.arange(p.sizes.largest + 1), margin_of(p)
        if margin == 0:
            return []
        asked = np.maximum(self._lacking(p, beds, np.zeros(len(beds))) / margin, 0.0)
        return [_levels(p, weight, share, asked) for weight, _ in cases(p, self.when != "expected")]

    def least_stays(self, p: Problem) -> list[LeastStays]:
        """Fewest stays at which a unit of some size lives on those it admits."""
        every = self.when != "expected"
        if margin_of(p) <= 0:
            return []
        sizes = _sizes(p)
        needed = self.needed(p, sizes, self._room(p))
        low, high = p.size_limits
        within = (sizes >= np.minimum(low, sizes[-1])[:, None]) & (sizes <= high[:, None])
        least = np.where(within, needed, np.inf).min(axis=1, initial=np.inf)
        return [LeastStays(weight=w, least=least, average=not every) for w, _ in cases(p, every)]

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Stays of each unit, as many as its size needs; or what it admits, and what that leaves over."""
        out = RowWriter()
        if not (self.in_rows(p) or self.in_cuts(p)):
            return self._rows_of_admitted(p, v)
        needed = self.needed(p, np.arange(int(v.size_beds.max(initial=0)) + 1))
        for weight, named in cases(p, self.when != "expected"):
            for j in v.sites:
                _needs(out, p, v, needed, weight, out.instance(*key_of(p, j, named)), j, margin_of(p))
        return out.rows()

    def _rows_of_admitted(self, p: Problem, v: Variables) -> Rows:
        out = RowWriter()
        margin = margin_of(p)
        lacking = self._lacking(p, v.size_beds, np.zeros(len(v.size_beds)))
        for weight, named in cases(p, self.when != "expected"):
            for j in v.sites:
                sizes = v.size_site == j
                terms: list[tuple[Ints, Floats | float]] = [(v.size[sizes], -lacking[sizes])]
                if margin:
                    terms += admitted_terms(p, v, j, weight, margin, low=margin < 0, high=margin > 0)
                out.add(out.instance(*key_of(p, j, named)), terms, lower=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """What each unit lacks a year, in each case."""
        keys: list[Key] = []
        short = [np.zeros((len(plans.open), 0))]
        for weight, named in cases(p, self.when != "expected"):
            counted = _counted_of(p, weight, plans)
            short.append(np.where(plans.open, self._lacking(p, plans.beds, counted), 0.0))
            keys += [key_of(p, j, named) for j in range(len(p.network.site_ids))]
        return Excess(keys=tuple(keys), amount=np.concatenate(short, axis=1), scale=self._scale(p))


class AdmittedRunBudget(RunBudget):
    """Yearly running costs, with the days of admitted stays, stay within the budget."""

    few_scenarios = kept_by_mean = False
    moved_by = {
        "dkk": "looser",
        "finance.unit_dkk_per_year": "tighter",
        "finance.bed_dkk_per_year": "tighter",
        "finance.occupied_day_dkk": "tighter",
        "promise.demand_cv": "looser",
        "outpatient.dkk_per_course": "tighter",
    }
    thresholds = Rule.thresholds

    def in_rows(self, p: Problem) -> bool:
        """Where a day in use costs nothing."""
        return p.finance.occupied_day_dkk == 0

    eased_by_mean = eased_by_few = in_rows

    def in_admitted(self, p: Problem) -> bool:
        """Always."""
        return True

    def rows(self, p: Problem, v: Variables) -> Rows:
        """What all units, beds and admitted stays cost a year, and the courses of those who do not stay."""
        if self.in_rows(p):
            return super().rows(p, v)
        out = RowWriter()
        money, budget = p.finance, self.dkk
        terms: list[tuple[Ints, Floats | float]] = [(v.size, money.bed_dkk_per_year * v.size_beds.astype(np.float64))]
        terms += [(v.open[[j]], money.unit_dkk_per_year) for j in v.sites]
        for j in v.sites:
            terms += admitted_terms(p, v, j, p.probability, money.occupied_day_dkk * p.care.mean_days, low=True)
            if p.outpatient.on:
                terms += stays_terms(p, v, j, p.probability, -course_dkk(p))
        if p.outpatient.on:
            budget -= float(p.expected_women @ course_dkk(p))
        out.add(out.instance(), terms, upper=budget)
        return out.rows()

    def affords(self, p: Problem, units: Ints, beds: Floats, stays: float) -> Bools:
        """What units and beds cost a year, whoever is admitted."""
        return super().affords(p, units, beds, 0.0)

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """What running costs beyond the budget."""
        counted = _counted_of(p, p.probability, plans)
        cost = np.where(plans.open, p.finance.yearly_cost(plans.beds, counted, p.care.mean_days), 0.0).sum(axis=1)
        if p.outpatient.on:
            cost = cost + courses_cost(p, plans) @ p.probability
        over = np.asarray(cost - self.dkk)[:, None]
        return Excess(keys=((),), amount=over, scale=max(1.0, self.dkk))


COUNTING: dict[type[Rule], type[Rule]] = {Volume: AdmittedVolume, Income: AdmittedIncome, RunBudget: AdmittedRunBudget}
"""Rules that count stays, and the same rules of admitted stays alone."""


def counting(rule: Rule, *, admitted: bool) -> Rule:
    """The rule with the same numbers, counting all stays or those that are admitted."""
    kinds = COUNTING if admitted else {few: every for every, few in COUNTING.items()}
    kind = kinds.get(type(rule))
    return rule if kind is None else kind(**{f.name: getattr(rule, f.name) for f in dataclasses.fields(rule)})  # type: ignore[arg-type]  # each rule is a dataclass
