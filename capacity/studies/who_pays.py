"""Who pays what in a normal and in a bad year, for each way of paying: state, municipalities, operators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.errors import some
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.parts import homes_of
from capacity.problem.payment import Payment, known
from capacity.problem.problem import Problem
from capacity.studies.paid_years import Drawn, Tariff, Year, payment_fault, summed, tariff_of
from capacity.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd

MOST_YEARS = 1_000_000
"""Simulated years, all of which are held at once."""

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
        The mean of all years there could be, and what 5 % and 95 % of those simulated stay below.
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
    rate_dkk, aftercare_rate_dkk : float
        What a municipality pays for a day at a unit, and for a day of aftercare.
    payers : tuple of Payer
    most_off_dkk : float
        Largest difference of all payments and the cost in any year: rounding.
    """

    model: Payment
    rate_dkk: float
    aftercare_rate_dkk: float
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
        Expected cost a year of all units, outpatient courses and aftercare that is to be paid.
    building_dkk : float
        What building the beds costs a year (an annuity), those of aftercare too; part of the cost where
        `building_included`.
    courses_dkk : float
        Expected cost a year of the outpatient courses, part of the cost.
    startup_dkk : float
        What units and aftercare lose once, until they are filled, at the case's own day rates; never part of the cost.
    aftercare_dkk : float
        What running aftercare costs a year, part of the cost.
    years, seed : int
    """

    study: ClassVar[str] = "who_pays"

    plan: Plan
    models: tuple[Paid, ...]
    cost_dkk: float
    building_dkk: float
    courses_dkk: float
    building_included: bool
    startup_dkk: float
    aftercare_dkk: float
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
                    "aftercare_rate_dkk": paid.aftercare_rate_dkk,
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
            "courses_dkk": self.courses_dkk,
            "building_included": self.building_included,
            "startup_dkk": self.startup_dkk,
            "aftercare_dkk": self.aftercare_dkk,
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
    models : str, or sequence of str or Payment, optional
        Names of models (built in, or of the case), or models; all there are unless given.
    years : int
        Simulated years. In each a scenario is drawn by its probability, and of each demand point a Poisson number
        of stays at each unit it is sent to, and of outpatient courses; a stay lasts the mean number of days.
    seed : int
    building : bool
        Whether the building annuity is part of what is to be paid.

    Raises
    ------
    DataError
        Where there is no such model, or a model needs a column the points do not have.
    """
    if not 1 <= years <= MOST_YEARS or years % 1:
        rule = f"a whole number of years, at least 1 and at most {MOST_YEARS:,}"
        raise payment_fault("years", years, rule, "Ask for 20000.")
    chosen = _chosen(plan.problem, models)
    year = Year.of(plan, building=building)
    tariffs = [tariff_of(year, model) for model in chosen]
    drawn = Drawn.of(year, tariffs, years, np.random.default_rng(seed))
    table, courses = plan.unit_table, year.per_course * float(plan.problem.probability @ year.courses.sum(axis=1))
    return WhoPays(
        plan=plan,
        models=tuple(_paid(year, drawn, tariff, k) for k, tariff in enumerate(tariffs)),
        cost_dkk=float(year.cost(year.mean_days).sum() + courses),
        building_dkk=_building(plan),
        courses_dkk=courses,
        building_included=building,
        startup_dkk=math.fsum(table["startup_loss_dkk"]) + plan.figures.get("aftercare_startup_dkk", 0.0),
        aftercare_dkk=float(plan.figures.get("aftercare_cost_dkk", 0.0)),
        years=years,
        seed=seed,
    )


def _building(plan: Plan) -> float:
    """What building the beds costs a year, as an annuity."""
    once = math.fsum(plan.unit_table["building_dkk"]) + plan.figures.get("aftercare_building_dkk", 0.0)
    return once * plan.problem.finance.annuity


def _chosen(problem: Problem, models: Sequence[str | Payment] | None) -> tuple[Payment, ...]:
    there = known(problem.payments)
    given = (models,) if isinstance(models, str) else models
    asked = tuple(there) if given is None else tuple(given)
    unknown = [name for name in asked if isinstance(name, str) and name not in there]
    if unknown or not asked:
        value = some(unknown) if unknown else "none"
        raise payment_fault("models", value, "each is a payment model", f"Choose from: {', '.join(there)}.")
    # A model that is asked for twice is one.
    chosen = tuple(dict.fromkeys(there[name] if isinstance(name, str) else name for name in asked))
    names = [model.name for model in chosen]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise payment_fault("models", some(twice), "each model has a name of its own", "Give one of them another name.")
    return chosen


def _paid(year: Year, drawn: Drawn, tariff: Tariff, k: int) -> Paid:
    """What everybody pays in one model, the one in place `k`."""
    taken = drawn.courses.sum(axis=1)
    cost = year.cost(drawn.units)
    income = year.of_units(tariff.rate * drawn.units) + tariff.after_rate * (drawn.units @ year.after)
    left = cost - tariff.grant - tariff.subscribed - income
    state = tariff.grant.sum() + (year.per_course - tariff.course) * taken
    if tariff.model.rest == "state":
        state = state + left.sum(axis=1)
        left = np.zeros_like(left)
    municipal = tariff.subscribed.sum() + tariff.a_day * drawn.regions.sum(axis=1) + tariff.course * taken
    payers = [
        _payer("state", STATE, STATE, state),
        _payer("municipalities", MUNICIPALITIES, MUNICIPALITIES, municipal),
        _payer("operators", OPERATORS, OPERATORS, left.sum(axis=1)),
        *_by_place(year, drawn, tariff, drawn.places[k]),
    ]
    for o, (site, name) in enumerate(zip(year.operators, year.names, strict=True)):
        payers.append(_payer("operator", site, name, left[:, o], float((left[:-1, o] > A_LOSS).mean())))
    off = np.abs(state + municipal + left.sum(axis=1) - cost.sum(axis=1) - year.per_course * taken)
    return Paid(
        model=tariff.model,
        rate_dkk=tariff.rate,
        aftercare_rate_dkk=tariff.after_rate,
        payers=tuple(payers),
        most_off_dkk=float(off.max(initial=0.0)),
    )


def _payer(kind: str, payer: str, name: str, amount: Floats, loses: float | None = None) -> Payer:
    mean, low, high = summed(amount)
    return Payer(kind=kind, payer=payer, name=name, mean_dkk=mean, low_dkk=low, high_dkk=high, chance_of_loss=loses)


def _by_place(year: Year, drawn: Drawn, tariff: Tariff, places: Floats) -> list[Payer]:
    """What the municipalities pay, summed by region and each by itself."""
    net = year.plan.problem.network
    fixed = tariff.share * tariff.subscribed.sum()
    by_place = []
    for r, region in enumerate(net.regions):
        here: Bools = net.point_region_index == r
        amount = fixed[here].sum() + tariff.a_day * drawn.regions[:, r] + tariff.course * drawn.courses[:, r]
        by_place.append(_payer("region", region, net.region_names[region], amount))
    homes, of, _ = homes_of(net)
    subscribed = np.bincount(of, fixed)
    for i, place in enumerate(homes):
        mean, low, high = (subscribed[i] + places[i]).tolist()
        name = net.home_names[place]
        by_place.append(Payer(kind="municipality", payer=place, name=name, mean_dkk=mean, low_dkk=low, high_dkk=high))
    return by_place
