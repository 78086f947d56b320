"""Who pays what in a normal and in a bad year, for each way of paying: state, municipalities, operators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.errors import DataError, Finding, some
from capacity.plan.check import arrays_of
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.parts import homes_of, weights
from capacity.problem.payment import BALANCES, CASE, WEIGHT, Payment, known
from capacity.problem.problem import Problem
from capacity.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd

LOW, HIGH = 0.05, 0.95
"""Ends of what a payer pays in nine years of ten."""

A_LOSS = 1.0
"""DKK a year an operator must lack for it to be a loss: below it is rounding."""

STATE, MUNICIPALITIES, OPERATORS = "state", "municipalities", "operators"


@dataclass(frozen=True, kw_only=True)
class Payer:
    """What one payer pays a year in one model.

    Attributes
    ----------
    kind : {"state", "municipalities", "region", "municipality", "operators", "operator"}
        A region's is the sum of its municipalities'; an operator's is what it lacks (below nothing: its surplus).
    payer : str
        ``state``, ``municipalities``, ``operators``, or the id of a region, demand point or site.
    name : str
    mean_dkk, low_dkk, high_dkk : float
        Mean, and what 5 % and 95 % of the years stay below.
    chance_of_loss : float or None
        Of an operator: share of years in which it lacks something.
    """

    kind: str
    payer: str
    name: str
    mean_dkk: float
    low_dkk: float
    high_dkk: float
    chance_of_loss: float | None = None


@dataclass(frozen=True, kw_only=True)
class Paid:
    """One payment model, and what everybody pays in it.

    Attributes
    ----------
    model : Payment
    rate_dkk : float
        What a municipality pays for a day.
    payers : tuple of Payer
    most_off_dkk : float
        Largest difference of all payments and the cost in any year: rounding.
    """

    model: Payment
    rate_dkk: float
    payers: tuple[Payer, ...]
    most_off_dkk: float

    def of(self, kind: str) -> tuple[Payer, ...]:
        """Payers of one kind."""
        return tuple(payer for payer in self.payers if payer.kind == kind)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WhoPays(StudyResult):
    """What `who_pays` found.

    Attributes
    ----------
    plan : Plan
    models : tuple of Paid
    cost_dkk : float
        Expected cost a year of all units that is to be paid.
    building_dkk : float
        What building the beds costs a year (an annuity); part of the cost where `building_included`.
    startup_dkk : float
        What the units lose once, until they are filled, at the case's own day rate; never part of the cost.
    years, seed : int
    """

    study: ClassVar[str] = "who_pays"

    plan: Plan
    models: tuple[Paid, ...]
    cost_dkk: float
    building_dkk: float
    building_included: bool
    startup_dkk: float
    years: int
    seed: int

    def __getitem__(self, name: str) -> Paid:
        return next(paid for paid in self.models if paid.model.name == name)

    @property
    def table(self) -> pd.DataFrame:
        """Model, kind, payer, name, mean_dkk, low_dkk, high_dkk, chance_of_loss; part is ``whole`` of the three that
        together pay the cost.
        """  # noqa: D205 (one sentence)
        import pandas as pd

        whole = {STATE, MUNICIPALITIES, OPERATORS}
        return pd.DataFrame(
            [
                {"model": paid.model.name, **vars(payer), "part": "whole" if payer.kind in whole else payer.kind}
                for paid in self.models
                for payer in paid.payers
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """Models with payers and operators, and the cost."""
        return {
            "models": [
                {
                    "name": paid.model.name,
                    "source": paid.model.source,
                    "rate_dkk": paid.rate_dkk,
                    "payers": [
                        {
                            "payer": payer.payer,
                            "kind": payer.kind,
                            "mean_dkk": payer.mean_dkk,
                            "low_dkk": payer.low_dkk,
                            "high_dkk": payer.high_dkk,
                        }
                        for payer in paid.payers
                        if payer.kind != "operator"
                    ],
                    "operators": [
                        {"site_id": payer.payer, "mean_dkk": payer.mean_dkk, "chance_of_loss": payer.chance_of_loss}
                        for payer in paid.of("operator")
                    ],
                }
                for paid in self.models
            ],
            "cost_dkk": self.cost_dkk,
            "building_dkk": self.building_dkk,
            "building_included": self.building_included,
            "startup_dkk": self.startup_dkk,
            "years": self.years,
            "seed": self.seed,
        }


@told
def who_pays(
    plan: Plan,
    models: Sequence[str | Payment] | None = None,
    *,
    years: int = 20_000,
    seed: int = 1,
    building: bool = False,
) -> WhoPays:
    """What state, regions, municipalities and operators pay in each way of paying, in Poisson years of a plan.

    Parameters
    ----------
    plan : Plan
    models : sequence of str or Payment, optional
        Names of models (built in, or of the case), or models; all there are unless given.
    years : int
        Simulated years. In each a scenario is drawn by its probability, and of each demand point a Poisson number
        of stays at each unit it is sent to; a stay lasts the mean number of days.
    seed : int
    building : bool
        Whether the building annuity is part of what is to be paid.

    Raises
    ------
    DataError
        Where there is no such model, or a model needs a column the points do not have.
    """
    if years < 1 or years % 1:
        raise _fault("years", years, "a whole number of years, at least 1", "Ask for 20000.")
    chosen = _chosen(plan.problem, models)
    year = _Year.of(plan, building=building)
    drawn = _Drawn.of(year, years, np.random.default_rng(seed))
    table = plan.unit_table
    return WhoPays(
        plan=plan,
        models=tuple(_paid(year, drawn, model) for model in chosen),
        cost_dkk=float(year.standing.sum() + year.per_day * year.mean_days.sum()),
        building_dkk=float(plan.problem.finance.building_annuity(np.array(table["beds"])).sum()),
        building_included=building,
        startup_dkk=math.fsum(table["startup_loss_dkk"]),
        years=years,
        seed=seed,
    )


def _chosen(problem: Problem, models: Sequence[str | Payment] | None) -> tuple[Payment, ...]:
    there = known(problem.payments)
    asked = tuple(there) if models is None else tuple(models)
    unknown = [name for name in asked if isinstance(name, str) and name not in there]
    if unknown:
        raise _fault("models", some(unknown), "each is a payment model", f"Choose from: {some(there)}.")
    return tuple(there[name] if isinstance(name, str) else name for name in asked)


def _fault(column: str, value: object, rule: str, remedy: str) -> DataError:
    return DataError([Finding(table="who_pays", column=column, value=str(value), rule=rule, remedy=remedy)])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Year:
    """What a year of a plan costs, and whose days it has: n points, u units.

    Attributes
    ----------
    stays : ndarray (S, n, u)
        Expected stays that money counts, of each point at each unit, by scenario.
    standing : ndarray (u,)
        DKK a year of each unit, whoever comes.
    mean_days : ndarray (u,)
        Expected occupied days.
    """

    plan: Plan
    stays: Floats
    standing: Floats
    mean_days: Floats

    @property
    def per_day(self) -> float:
        """Cost of an occupied day, DKK."""
        return float(self.plan.problem.finance.occupied_day_dkk)

    @classmethod
    def of(cls, plan: Plan, *, building: bool) -> _Year:
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
        return cls(plan=plan, stays=stays, standing=standing, mean_days=np.asarray(mean_days))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Drawn:
    """Occupied days in simulated years: of each unit and region in each, (years, ...), of points what is asked.

    Attributes
    ----------
    units : ndarray (years, u)
    regions : ndarray (years, R)
    points : ndarray (places, 3)
        Mean, and what 5 % and 95 % of the years stay below.
    """

    units: Floats
    regions: Floats
    points: Floats

    @classmethod
    def of(cls, year: _Year, years: int, rng: np.random.Generator) -> _Drawn:
        problem = year.plan.problem
        net, days = problem.network, problem.care.mean_days
        scenario = np.sort(rng.choice(len(problem.scenarios.ids), years, p=problem.probability))
        units = np.zeros((years, year.stays.shape[2]))
        regions = np.zeros((years, len(net.regions)))
        places, of, first = homes_of(net)
        points = np.zeros((len(places), 3))
        # A place at a time: nothing larger than the years is held for each.
        for i, region in enumerate(net.point_region_index[first].tolist()):
            mine = np.zeros(years)
            stays = year.stays[:, of == i].sum(axis=1)
            for u in np.flatnonzero(stays.any(axis=0)).tolist():
                came = days * rng.poisson(stays[scenario, u])
                units[:, u] += came
                mine += came
            regions[:, region] += mine
            points[i] = _summed(mine)
        return cls(units=units, regions=regions, points=points)


def _summed(amount: Floats) -> tuple[float, float, float]:
    """Mean, and what 5 % and 95 % stay below."""
    low, high = np.quantile(amount, [LOW, HIGH], method="inverted_cdf")
    return float(amount.mean()), float(low), float(high)


def _column(year: _Year, model: Payment) -> Floats:
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
        raise _fault(
            f"payment.{model.name}.standing",
            name,
            "the demand points have a column of that name",
            f"Choose from: {some(net.point_columns)}.",
        )
    if not np.isfinite(weight).all() or (weight < 0).any() or weight.sum() <= 0:
        raise _fault(
            f"payment.{model.name}.standing",
            name,
            "the column holds numbers, not negative, some above zero",
            "Choose another.",
        )
    return np.asarray(weight / weight.sum())


def _rate(year: _Year, model: Payment, fixed: float) -> float:
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


def _paid(year: _Year, drawn: _Drawn, model: Payment) -> Paid:
    """What everybody pays in one model."""
    plan, count = year.plan, len(year.standing)
    given = model.grant_dkk_per_unit
    grant = np.full(count, plan.problem.finance.grant_dkk_per_year if given is None else given)
    share = _column(year, model)
    # The subscription carries what stands, and without days paid for also what days are expected to cost.
    carried = year.standing if model.day_rate is not None else year.standing + year.per_day * year.mean_days
    subscribed = np.maximum(carried - grant, 0.0) if model.standing else np.zeros(count)
    rate = _rate(year, model, float((grant + subscribed).sum()))
    cost = year.standing + year.per_day * drawn.units
    left = cost - grant - subscribed - rate * drawn.units
    state = np.full(len(cost), grant.sum())
    if model.rest == "state":
        state = state + left.sum(axis=1)
        left = np.zeros_like(left)
    municipal = subscribed.sum() + rate * drawn.units.sum(axis=1)
    payers = [
        _payer("state", STATE, STATE, state),
        _payer("municipalities", MUNICIPALITIES, MUNICIPALITIES, municipal),
        _payer("operators", OPERATORS, OPERATORS, left.sum(axis=1)),
        *_by_place(year, drawn, share * subscribed.sum(), rate),
    ]
    for u, site in enumerate(plan.unit_table["site_id"]):
        loses = float((left[:, u] > A_LOSS).mean())
        payers.append(_payer("operator", site, plan.unit_table["name"][u], left[:, u], loses))
    off = np.abs(state + municipal + left.sum(axis=1) - cost.sum(axis=1))
    return Paid(model=model, rate_dkk=rate, payers=tuple(payers), most_off_dkk=float(off.max(initial=0.0)))


def _payer(kind: str, payer: str, name: str, amount: Floats, loses: float | None = None) -> Payer:
    mean, low, high = _summed(amount)
    return Payer(kind=kind, payer=payer, name=name, mean_dkk=mean, low_dkk=low, high_dkk=high, chance_of_loss=loses)


def _by_place(year: _Year, drawn: _Drawn, fixed: Floats, rate: float) -> list[Payer]:
    """What the municipalities pay, summed by region and each by itself."""
    net = year.plan.problem.network
    by_place = []
    for r, region in enumerate(net.regions):
        here: Bools = net.point_region_index == r
        by_place.append(
            _payer("region", region, net.region_names[region], fixed[here].sum() + rate * drawn.regions[:, r])
        )
    places, of, _ = homes_of(net)
    subscribed = np.bincount(of, fixed)
    for i, place in enumerate(places):
        mean, low, high = (subscribed[i] + rate * drawn.points[i]).tolist()
        name = net.home_names[place]
        by_place.append(Payer(kind="municipality", payer=place, name=name, mean_dkk=mean, low_dkk=low, high_dkk=high))
    return by_place
