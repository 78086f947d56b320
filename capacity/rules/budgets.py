"""Budgets that hold for all units together: to build, and to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

import numpy as np
from msgspec import Meta

from capacity.arrays import Bools, Floats, Ints
from capacity.rules.courses import course_dkk, courses_cost
from capacity.rules.levers import Lever, steps
from capacity.rules.rows import Key, Rows, RowWriter
from capacity.rules.rule import Change, Excess, Rule
from capacity.rules.viability import stays_terms
from capacity.tolerances import HOLD, ROUNDING

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans
    from capacity.rules.variables import Variables


class BuildBudget(Rule):
    """Building costs stay within the budget."""

    dkk: Annotated[float, Meta(ge=0, title="a budget in DKK")]

    name = "build_budget"
    unit = "DKK over the budget"
    short = "dkk"
    about = "whole"
    when_cut: ClassVar[Literal["units", "ways", ""]] = "units"
    measure = {"": "dkk"}
    measured = {"": "DKK"}
    with_more_beds = "tighter"
    with_more_women = "tighter"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by: ClassVar[Mapping[str, Change] | None] = {"dkk": "looser", "finance.building_dkk_per_bed": "tighter"}

    @property
    def value(self) -> float:
        """The budget."""
        return self.dkk

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def affords(self, p: Problem, units: Ints, beds: Floats, stays: float) -> Bools:
        """What building the beds costs."""
        return np.asarray(p.finance.building_cost(beds) <= self.dkk + HOLD * max(1.0, self.dkk))

    def thresholds(self, p: Problem, share: Floats) -> list[Floats] | None:
        """It changes only where a unit needs another bed, which the promise says."""
        return []

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        beds = float(rng.integers(1, 3 * p.sizes.largest))
        return cls(dkk=float(p.finance.building_cost(np.array([beds]))[0]))

    def levers(self, p: Problem) -> Iterator[Lever]:
        """A larger budget."""
        yield steps(f"rules.{self.name}", self.dkk, 10_000, 1, 100 * max(self.dkk, 1e7), (self.name,))

    def rows(self, p: Problem, v: Variables) -> Rows:
        """What all beds cost to build."""
        out = RowWriter()
        cost: Floats = p.finance.building_dkk_per_bed * v.size_beds.astype(np.float64)
        out.add(out.instance(), [(v.size, cost)], upper=self.dkk)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """What building costs beyond the budget."""
        spent = p.finance.building_cost(plans.beds).sum(axis=1)
        over = np.asarray(spent - self.dkk, dtype=float)[:, None]
        return Excess(keys=((),), amount=over, scale=max(1.0, self.dkk))

    def asked(self) -> str:
        """The budget."""
        return f"{self.dkk / 1e6:,.1f} M DKK to build"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """What building would cost more."""
        return f"building would cost {amount / 1e6:,.2f} M DKK more"


class RunBudget(Rule):
    """Yearly running costs stay within the budget."""

    dkk: Annotated[float, Meta(ge=0, title="a budget in DKK")]

    name = "run_budget"
    unit = "DKK a year over the budget"
    short = "dkk"
    about = "whole"
    when_cut: ClassVar[Literal["units", "ways", ""]] = "units"
    measure = {"": "dkk-per-year"}
    measured = {"": "DKK a year"}
    with_more_beds = "tighter"
    with_more_women = "tighter"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by: ClassVar[Mapping[str, Change] | None] = {
        "dkk": "looser",
        "finance.unit_dkk_per_year": "tighter",
        "finance.bed_dkk_per_year": "tighter",
        "finance.occupied_day_dkk": "tighter",
        "stay.mean_days": "tighter",
        "outpatient.dkk_per_course": "tighter",
    }

    @property
    def value(self) -> float:
        """The budget."""
        return self.dkk

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def thresholds(self, p: Problem, share: Floats) -> list[Floats] | None:
        """Between two levels at which a unit needs another bed there is one more, `level`."""
        return []

    def level(self, p: Problem, standing: Floats, per_woman: float) -> Floats:
        """Demand at which running costs the budget, by what stands whatever the demand and what a woman adds."""
        return np.asarray((self.dkk - standing) / per_woman)

    def affords(self, p: Problem, units: Ints, beds: Floats, stays: float) -> Bools:
        """What units, beds and stays cost a year."""
        days = p.finance.occupied_day_dkk * p.care.mean_days * stays
        cost = p.finance.unit_dkk_per_year * units + p.finance.bed_dkk_per_year * beds + days
        return np.asarray(cost <= self.dkk + HOLD * max(1.0, self.dkk) + ROUNDING * days)

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        units, money = float(rng.integers(1, 4)), p.finance
        beds = rng.integers(1, 3) * units * money.bed_dkk_per_year
        return cls(dkk=float(units * money.unit_dkk_per_year + beds + rng.random() * money.unit_dkk_per_year))

    def levers(self, p: Problem) -> Iterator[Lever]:
        """A larger budget."""
        yield steps(f"rules.{self.name}", self.dkk, 10_000, 1, 100 * max(self.dkk, 1e7), (self.name,))

    def rows(self, p: Problem, v: Variables) -> Rows:
        """What all units, beds and stays cost a year, and the courses of those who do not stay."""
        out = RowWriter()
        money, budget = p.finance, self.dkk
        per_stay: float | Floats = money.occupied_day_dkk * p.care.mean_days
        if p.outpatient.on:
            # Everybody's course, less those of the women who stay.
            per_stay = per_stay - course_dkk(p)
            budget -= float(p.expected_women @ course_dkk(p))
        beds: Floats = money.bed_dkk_per_year * v.size_beds.astype(np.float64)
        terms: list[tuple[Ints, Floats | float]] = [(v.size, beds)]
        terms += [(v.open[[j]], money.unit_dkk_per_year) for j in v.sites]
        for j in v.sites:
            terms += stays_terms(p, v, j, p.probability, per_stay)
        out.add(out.instance(), terms, upper=budget)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """What running costs beyond the budget."""
        stays = np.einsum("s,bsj->bj", p.probability, plans.stays)
        cost = np.where(plans.open, p.finance.yearly_cost(plans.beds, stays, p.care.mean_days), 0.0).sum(axis=1)
        if p.outpatient.on:
            cost = cost + courses_cost(p, plans) @ p.probability
        over = np.asarray(cost - self.dkk)[:, None]
        return Excess(keys=((),), amount=over, scale=max(1.0, self.dkk))

    def asked(self) -> str:
        """The budget."""
        return f"{self.dkk / 1e6:,.1f} M DKK a year to run"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """What running would cost more."""
        return f"running would cost {amount / 1e6:,.2f} M DKK a year more"
