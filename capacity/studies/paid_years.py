"""A year of a plan in money: what stands, whose days and courses come, and what each way of paying asks for them.

Days of aftercare follow those at a unit: so many after each. They are in beds of the unit, or of a shared house, which
is an operator of its own where there is no unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.errors import DataError, Finding, some
from capacity.plan.check import arrays_of
from capacity.plan.courses import on_courses
from capacity.plan.plan import Plan
from capacity.problem.parts import homes_of, weights
from capacity.problem.payment import BALANCES, CASE, WEIGHT, Payment
from capacity.problem.problem import Problem
from capacity.rules.aftercare import aftercare_beds, aftercare_per_stay, aftercare_standing

LOW, HIGH = 0.05, 0.95
"""Ends of what a payer pays in nine years of ten."""


def payment_fault(column: str, value: object, rule: str, remedy: str) -> DataError:
    """What is wrong with what was asked of who pays."""
    return DataError([Finding(table="who_pays", column=column, value=str(value), rule=rule, remedy=remedy)])


@dataclass(frozen=True, kw_only=True, eq=False)
class Year:
    """What a year of a plan costs, and whose days it has: n points, u units, o operators.

    Attributes
    ----------
    operators : tuple of str
        Ids of the sites with a unit, and after them of those with nothing but a house of aftercare.
    stays : ndarray (S, n, u)
        Expected stays that money counts, of each point at each unit, by scenario.
    courses : ndarray (S, n)
        Expected women of each point on an outpatient course.
    standing, after_standing : ndarray (o,)
        DKK a year of each unit and of each place of aftercare, whoever comes.
    mean_days : ndarray (u,)
        Expected occupied days of the units.
    after : ndarray (u, o)
        Days of aftercare that follow a day at each unit, where they are.
    after_day : float
        Cost of a day of aftercare, DKK.
    """

    plan: Plan
    operators: tuple[str, ...]
    stays: Floats
    courses: Floats
    standing: Floats
    after_standing: Floats
    mean_days: Floats
    after: Floats
    after_day: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the operators' sites."""
        net = self.plan.problem.network
        name = dict(zip(net.site_ids, net.site_names, strict=True))
        return tuple(name[site] for site in self.operators)

    def cost(self, days: Floats) -> Floats:
        """What each operator's year costs, (..., o), by the units' days, (..., u)."""
        running = self.of_units(self.per_day * days) + self.after_day * (days @ self.after)
        return np.asarray(self.standing + self.after_standing + running)

    def of_units(self, amount: Floats) -> Floats:
        """An amount of each unit, (..., u), by operator, (..., o)."""
        houses = len(self.operators) - amount.shape[-1]
        return np.pad(amount, [(0, 0)] * (amount.ndim - 1) + [(0, houses)])

    @property
    def per_day(self) -> float:
        """Cost of an occupied day, DKK."""
        return float(self.plan.problem.finance.occupied_day_dkk)

    @property
    def per_course(self) -> float:
        """Cost of an outpatient course, DKK."""
        return self.plan.problem.outpatient.price

    @classmethod
    def of(cls, plan: Plan, *, building: bool) -> Year:
        """The year of a plan, with building as a yearly payment or without."""
        problem = plan.problem
        net, finance = problem.network, problem.finance
        arrays, _ = arrays_of(plan)
        at = {j: k for k, j in enumerate(net.site_ids)}
        units: Ints = np.array([at[j] for j in plan.unit_table["site_id"]], dtype=np.int64)
        beds: Ints = arrays.beds[0][units]
        shares = arrays.shares(0).in_each(len(problem.scenarios.ids))
        stays = np.zeros((len(problem.scenarios.ids), len(net.point_ids), len(net.site_ids)))
        np.add.at(
            stays,
            (shares.scenario, shares.point, shares.site),
            problem.women[shares.scenario, shares.point] * shares.share,
        )
        stays = stays[:, :, units]
        total = stays.sum(axis=1)
        counted = problem.counted(beds, total)
        stays *= np.divide(counted, total, out=np.ones_like(total), where=total > 0)[:, None, :]
        standing = np.asarray(finance.yearly_cost(beds, 0.0, problem.care.mean_days))
        if building:
            standing = standing + finance.building_annuity(beds)
        mean_days = problem.care.mean_days * np.einsum("s,siu->u", problem.probability, stays)
        places, after_standing, after = _aftercare(problem, units, total, building=building)
        return cls(
            plan=plan,
            operators=tuple(net.site_ids[j] for j in (*units, *places)),
            stays=stays,
            courses=on_courses(problem, shares),
            standing=np.append(standing, np.zeros(len(places))),
            after_standing=after_standing,
            mean_days=np.asarray(mean_days),
            after=after,
            after_day=aftercare_per_stay(problem) / float(problem.aftercare.days) if problem.aftercare.on else 0.0,
        )


def _aftercare(problem: Problem, units: Ints, stays: Floats, *, building: bool) -> tuple[Ints, Floats, Floats]:
    """Sites with nothing but a house (h,), what places of aftercare cost whoever comes (o,), and `Year.after`.

    Parameters
    ----------
    problem : Problem
    units : ndarray (u,)
        Their sites.
    stays : ndarray (S, u)
        Of all who are sent.
    building : bool
    """
    if not problem.aftercare.on:
        return np.zeros(0, dtype=np.int64), np.zeros(len(units)), np.zeros((len(units), len(units)))
    at = problem.place_of_aftercare[units]
    places: Ints = np.setdiff1d(at, units)
    there = np.zeros((1, len(stays), len(problem.network.site_ids)))
    np.add.at(there[0].T, at, stays.T)
    beds = aftercare_beds(problem, there)[0].sum(axis=1)
    sites = np.append(units, places)
    after = (at[:, None] == sites) * (float(problem.aftercare.days) / problem.care.mean_days)
    return places, aftercare_standing(problem, beds[sites], building=building), np.asarray(after)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tariff:
    """One payment model in the money of a plan.

    Attributes
    ----------
    grant, subscribed : ndarray (o,)
        DKK a year of each operator, from the state and from the municipalities whoever comes.
    share : ndarray (n,)
        Of what the municipalities pay whoever comes, the part of each point.
    rate, after_rate, course : float
        DKK that a municipality pays for a day at a unit, for a day of aftercare, and for an outpatient course.
    a_day : float
        What it pays for a day at a unit and the days of aftercare that follow it.
    """

    model: Payment
    grant: Floats
    subscribed: Floats
    share: Floats
    rate: float
    after_rate: float
    a_day: float
    course: float


def tariff_of(year: Year, model: Payment) -> Tariff:
    """A model in the money of a plan.

    Raises
    ------
    DataError
        Where the model needs a column the points do not have.
    """
    given, days = model.grant_dkk_per_unit, year.mean_days
    granted = year.plan.problem.finance.grant_dkk_per_year if given is None else given
    grant = year.of_units(np.full(len(days), granted))
    # The subscription carries what stands, and without days paid for also what days are expected to cost.
    whole = model.day_rate is None
    carried = year.standing + (year.of_units(year.per_day * days) if whole else 0.0)
    carried_after = year.after_standing + (year.after_day * (days @ year.after) if whole else 0.0)
    subscribed = np.maximum(carried - grant, 0.0) if model.standing else np.zeros(len(grant))
    subscribed_after = carried_after if model.standing else np.zeros(len(grant))
    rate = _rate(year, model, float((grant + subscribed).sum()))
    after_rate = _after_rate(year, model, float(subscribed_after.sum()))
    return Tariff(
        model=model,
        grant=grant,
        subscribed=subscribed + subscribed_after,
        share=_column(year, model),
        rate=rate,
        after_rate=after_rate,
        a_day=rate + float(year.after.sum(axis=1).max(initial=0.0)) * after_rate,
        course=year.per_course if model.courses == "municipality" else 0.0,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """What came in simulated years, (years + 1, ...): occupied days and outpatient courses; of places what they pay.

    The last row is the mean of all years there could be: what is paid grows evenly with days and courses, so that what
    is paid in that year is exactly the mean.

    Attributes
    ----------
    units : ndarray (years + 1, u)
        Days.
    regions, courses : ndarray (years + 1, R)
        Days and courses of the women of each region.
    places : ndarray (tariffs, places, 3)
        For days and courses in each way of paying: mean, and what 5 % and 95 % of the years stay below, DKK.
    """

    units: Floats
    regions: Floats
    courses: Floats
    places: Floats

    @classmethod
    def of(cls, year: Year, tariffs: Sequence[Tariff], years: int, rng: np.random.Generator) -> Drawn:
        """Poisson years: in each a scenario by its probability, and of each place who comes in it."""
        problem = year.plan.problem
        net, days = problem.network, problem.care.mean_days
        scenario = np.sort(rng.choice(len(problem.scenarios.ids), years, p=problem.probability))
        units = np.zeros((years + 1, year.stays.shape[2]))
        regions, courses = np.zeros((years + 1, len(net.regions))), np.zeros((years + 1, len(net.regions)))
        homes, of, first = homes_of(net)
        places = np.zeros((len(tariffs), len(homes), 3))
        # A place at a time: nothing larger than the years is held for each.
        for i, region in enumerate(net.point_region_index[first].tolist()):
            mine, taken = np.zeros(years + 1), np.zeros(years + 1)
            stays, outside = year.stays[:, of == i].sum(axis=1), year.courses[:, of == i].sum(axis=1)
            for u in np.flatnonzero(stays.any(axis=0)).tolist():
                came = days * _with_mean(rng.poisson(stays[scenario, u]), problem.probability @ stays[:, u])
                units[:, u] += came
                mine += came
            if year.per_course and outside.any():
                taken += _with_mean(rng.poisson(outside[scenario]), problem.probability @ outside)
            regions[:, region] += mine
            courses[:, region] += taken
            places[:, i] = _of_place(mine, taken, tariffs)
        return cls(units=units, regions=regions, courses=courses, places=places)


def _of_place(days: Floats, courses: Floats, tariffs: Sequence[Tariff]) -> list[Floats]:
    """What a place pays in each way of paying; where it is for one thing alone, by that alone."""
    by_days, by_courses = (np.array(summed(amount)) for amount in (days, courses))
    return [
        np.array(summed(one.a_day * days + one.course * courses))
        if one.a_day and one.course and by_days.any() and by_courses.any()
        else one.a_day * by_days + one.course * by_courses
        for one in tariffs
    ]


def _with_mean(came: Ints, mean: float) -> Floats:
    """Simulated years, and their mean after them."""
    return np.append(came, mean)


def summed(amount: Floats) -> tuple[float, float, float]:
    """Mean, which stands last, and what 5 % and 95 % of the years before it stay below."""
    low, high = np.quantile(amount[:-1], [LOW, HIGH], method="inverted_cdf")
    return float(amount[-1]), float(low), float(high)


def _column(year: Year, model: Payment) -> Floats:
    """Share of the yearly sum that each point pays, (n,)."""
    problem = year.plan.problem
    net = problem.network
    if not model.standing:
        return np.zeros(len(net.point_ids))
    name = problem.weight if model.standing == WEIGHT else model.standing
    weight: Floats
    if name in net.point_columns:
        try:
            weight = weights(net, net.point_columns[name])
        except ValueError:
            weight = np.array([np.nan])
    elif model.standing == WEIGHT:
        # Without the column itself: need is split by it.
        weight = problem.expected_women
    else:
        raise payment_fault(
            f"payment.{model.name}.standing",
            name,
            "the demand points have a column of that name",
            f"Choose from: {some(net.point_columns)}.",
        )
    if not np.isfinite(weight).all() or (weight < 0).any() or weight.sum() <= 0:
        raise payment_fault(
            f"payment.{model.name}.standing",
            name,
            "the column holds numbers, not negative, some above zero",
            "Choose another.",
        )
    return np.asarray(weight / weight.sum())


def _rate(year: Year, model: Payment, fixed: float) -> float:
    """What a day is paid with, `fixed` being paid whoever comes."""
    days = float(year.mean_days.sum())
    if model.day_rate is None:
        return 0.0
    if model.day_rate == CASE:
        return float(year.plan.problem.finance.day_rate_dkk)
    if model.day_rate == BALANCES:
        lacking = float(year.standing.sum()) + year.per_day * days - fixed
        return max(lacking, 0.0) / days if days > 0 else 0.0
    return float(model.day_rate)


def _after_rate(year: Year, model: Payment, fixed: float) -> float:
    """What a day of aftercare is paid with: the case's price of one, or what covers its expected cost."""
    days = float((year.mean_days @ year.after).sum())
    if model.day_rate is None or days <= 0:
        return 0.0
    if model.day_rate == BALANCES:
        return max(float(year.after_standing.sum()) + year.after_day * days - fixed, 0.0) / days
    return year.plan.problem.aftercare.day_rate_dkk
