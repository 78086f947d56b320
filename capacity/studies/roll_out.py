"""Which units to open in which year: sets that grow, money to build with by year, every chain valued exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from capacity.engines.clock import Clock, Tell
from capacity.engines.evaluate import given_plan
from capacity.engines.question import refuse_no_problem
from capacity.errors import InfeasibleError, SolverError
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.studies.chain_years import Year, year_of
from capacity.studies.chains import Chain, Chains
from capacity.studies.no_year import NoYear, best_chain, no_set, without
from capacity.studies.orders_by_model import by_model
from capacity.studies.result import StudyResult
from capacity.studies.telling import whole_or_nothing
from capacity.studies.years_asked import Asked, read, read_filling, read_years, told_at_lines
from capacity.tolerances import LEAST_VALUE, PAID

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NoYear", "RollOut", "read_filling", "read_years", "roll_out", "told_at_lines"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RollOut(StudyResult):
    """What `roll_out` found.

    Attributes
    ----------
    plans : mapping of year to Plan
        Each year's units and beds as a checked plan of the year's problem.
    built : mapping of year to mapping of site id to int
        Beds that are new in the year.
    objective_name : str
    objective, bound : float
        Sum over the years, discounted; and what is proven to be the least there is.
    discount : float
        A year, as a share.
    status : str
        ``optimal``: every chain was valued, or proven to be no better.
    certificate : str
    """

    study: ClassVar[str] = "roll_out"

    plans: Mapping[int, Plan]
    built: Mapping[int, Mapping[str, int]]
    objective_name: str
    objective: float
    bound: float
    discount: float
    status: Literal["optimal"]
    certificate: str
    chains: Chains = field(repr=False)
    continued: Callable[[tuple[str, ...]], tuple[Chains, Chain]] = field(repr=False)

    @property
    def gap(self) -> float:
        """How much better a chain could still be, as a share; what rounding leaves is no gap."""
        gap = abs(self.objective - self.bound) / max(abs(self.objective), LEAST_VALUE)
        return gap if gap > PAID * len(self.plans) else 0.0

    @property
    def order(self) -> tuple[str, ...]:
        """Ids of the units in the order they open, those of one year by their ids."""
        return tuple(dict.fromkeys(j for plan in self.plans.values() for j in plan.site_ids))

    @property
    def opened(self) -> dict[str, int]:
        """The year each unit opens in."""
        years: dict[str, int] = {}
        for year, plan in self.plans.items():
            for j in plan.site_ids:
                years.setdefault(j, year)
        return years

    @property
    def sentences(self) -> tuple[str, ...]:
        """Whom no unit serves, by year where there is anybody, and what was proven."""
        outside = [(year, _outside(plan)) for year, plan in self.plans.items()]
        return (
            *(f"{year}: {women:.1f} women a year are at no unit." for year, women in outside if women > 0),
            self.certificate,
        )

    @property
    def left_dkk(self) -> float:
        """What of the building is not paid when the last year is over, DKK: the worth then of the annuities to come."""
        last, left = max(self.plans), 0.0
        for year, plan in self.plans.items():
            finance = plan.problem.finance
            cost = float(finance.building_cost(sum(self.built[year].values())))
            paid, i = min(last - year + 1.0, finance.years), finance.interest
            to_come = finance.years - paid
            left += cost * finance.annuity * (to_come if i == 0 else -math.expm1(-to_come * math.log1p(i)) / i)
        return left

    @property
    def table(self) -> pd.DataFrame:
        """One row a year and unit: year, site_id, name, opened, beds, beds_built, women, outside_women, building_dkk,
        running_dkk.
        """  # noqa: D205 (one sentence)
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the table."""
        opened, rows = self.opened, []
        for year, plan in self.plans.items():
            units, outside = plan.unit_table, _outside(plan)
            for j, name, beds, women, cost in zip(
                *(units[c] for c in ("site_id", "name", "beds", "stays", "cost_dkk")), strict=True
            ):
                built = self.built[year].get(j, 0)
                rows.append(
                    {
                        "year": year,
                        "site_id": j,
                        "name": name,
                        "opened": opened[j],
                        "beds": beds,
                        "beds_built": built,
                        "women": women,
                        "outside_women": outside,
                        "building_dkk": float(plan.problem.finance.building_cost(built)),
                        "running_dkk": cost,
                    }
                )
        return rows

    def to_json(self) -> dict[str, Any]:
        """Status, gap, the years, and the order of opening."""
        return {
            "status": self.status,
            "gap": self.gap,
            "objective_name": self.objective_name,
            "objective": self.objective,
            "bound": self.bound,
            "discount": self.discount,
            "certificate": self.certificate,
            "years": [
                {
                    "year": year,
                    "site_ids": list(plan.site_ids),
                    "beds": dict(zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True)),
                    "women": math.fsum(plan.unit_table["stays"]),
                    "outside_women": _outside(plan),
                    "building_dkk": float(plan.problem.finance.building_cost(sum(self.built[year].values()))),
                    "running_dkk": math.fsum(plan.unit_table["cost_dkk"]),
                    "objective": plan.objective,
                }
                for year, plan in self.plans.items()
            ],
            "order": list(self.order),
            "left_dkk": self.left_dkk,
        }

    def pilots(self, site_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """The best continuation of each site as the first year's only unit, and what it gives up, exactly.

        Parameters
        ----------
        site_ids : iterable of str, optional
            The ambulatories of the first year unless given.

        Returns
        -------
        DataFrame
            site_id, name, objective, behind (share of the best), order; without a chain the last ones are empty, and
            reason says which year cannot be, and why.
        """
        import pandas as pd

        first = self.chains.years[0].problem
        known = set(first.network.site_ids)
        asked = [j for j in first.network.ambulatories if j in known] if site_ids is None else list(site_ids)
        places = first.network.site_places(asked)
        rows = []
        for j in asked:
            row: dict[str, Any] = {"site_id": j, "name": places[j]}
            try:
                chains, chain = self.continued((j,))
            except InfeasibleError as error:
                rows.append(
                    row | {"objective": math.nan, "behind": math.nan, "order": (), "reason": str(error.conflict)}
                )
                continue
            behind = (chain.value - self.objective) / max(abs(self.objective), LEAST_VALUE)
            opened = np.stack([y.open[r] for y, r in zip(chains.years, chain.rows, strict=True)])
            ids = (k for year in opened for k in sorted(first.network.site_ids[s] for s in np.flatnonzero(year)))
            rows.append(
                row | {"objective": chain.value, "behind": behind, "order": tuple(dict.fromkeys(ids)), "reason": ""}
            )
        return pd.DataFrame(rows, columns=["site_id", "name", "objective", "behind", "order", "reason"])

    def __repr__(self) -> str:
        opened = self.opened
        said = ", ".join(f"{j} {year}" for j, year in opened.items())
        beds = list(self.plans.values())[-1].beds
        return f"<RollOut {self.status}: {said}; {beds} beds in {max(self.plans)}>"


def _outside(plan: Plan) -> float:
    """Women nobody serves; rounding is nobody."""
    outside = float(plan.problem.expected_women.sum()) - math.fsum(plan.unit_table["stays"])
    return outside if outside > PAID * float(plan.problem.expected_women.sum()) else 0.0


@told
def roll_out(
    problem: Problem,
    years: Mapping[int, Mapping[str, Any]],
    budget: float | Mapping[int, float] | None = None,
    start: Iterable[str] = (),
    never_close: bool = True,
    *,
    objective: str = "travel",
    discount: float | None = None,
    filling: Sequence[float] | None = None,
    engine: Literal["chains", "model"] = "chains",
    tell: Tell | None = None,
) -> RollOut:
    """Which units to open in which year, with how many beds: the best of all chains of sets, proven.

    Parameters
    ----------
    problem : Problem
    years : mapping of year to settings
        One year after another, each with what differs from the problem in it, such as
        ``{2027: {"demand.women_per_year": 30}, 2028: {}}``. A rule that holds from 2028 on is a setting of each year
        from then on.
    budget : number, or mapping of year to number, optional
        DKK to build new beds for, of each year or by year. What is not spent is not carried over.
    start : iterable of str
        Ids of the first year's units, exactly; chosen where none are given.
    never_close : bool
        Units stay once they are open. Otherwise one may close; its beds are gone then.
    objective : {"travel", "cost"}
        Hours, or running costs and building annuities at each year's prices, summed over the years.
    discount : float, optional
        A year, as a share; the case's interest unless given. The first year counts whole.
    filling : sequence of float, optional
        Share of what a unit's beds carry that can be used in the year it opens, in the next one, and so on; then all.
        ``[0.5]`` takes twice the capacity in the first year. Without it a unit is whole from its first day.
    engine : {"chains", "model"}
        Every chain of sets valued; or a linear model of all years, which names orders whose values are worked out
        exactly until no other can be as good: for sets too many to value.
    tell : callable (Progress), optional

    Returns
    -------
    RollOut

    Raises
    ------
    DataError
        Every fault at once: years out of order, a year without a budget, settings that are none, ...
    InfeasibleError
        Some year cannot be: ``error.conflict`` says which, by which rules, and a way out; ``error.problem`` is the
        year's problem, for `capacity.explain`.
    SolverError
        There are too many sets or chains to value them all.

    Notes
    -----
    A unit has in each year the more of what it had and of the fewest beds that keep the year's rules: beds are never
    taken down, and none are built ahead of need, even where a later year's budget is short. All women are served
    from the first year on. ``finance.filling_years``, which is of money, has no part in it.
    Ties go to fewer beds (summed over the years), then to later opening, lower running cost, and lower site ids.
    """
    refuse_no_problem(problem, "roll_out")
    asked = read(problem, years, budget, start, objective, discount, filling, engine)
    if engine == "model":
        return _modelled(asked, never_close, Clock(None, tell))
    clock, weights = Clock(None, tell), [(1 + asked.discount) ** -t for t in range(len(asked.problems))]
    with whole_or_nothing("The roll-out"):
        found: list[Year] = []
        for (year, one), weight in zip(asked.problems.items(), weights, strict=True):
            found.append(year_of(year, one, asked.goal, weight, asked.budget[year], clock, asked.filling))
            if not len(found[-1].open):
                raise without(one, no_set(year, one))
        chains = Chains(found, never_close, clock, asked.filling)
        chain = best_chain(chains, asked.start)
    sets, steps = sum(year.valued for year in chains.years), sum(len(pairs.to) for pairs in chains.pairs)
    many = len(chains.years)
    certificate = (
        f"All {sets:,} sets of sites of {many:,} {'year' if many == 1 else 'years'} were valued; of their "
        f"chains, over {steps:,} steps, each was valued or proven to be no better."
    )
    return _told(chains, chain, asked, certificate, chain.bound, lambda first: (chains, best_chain(chains, first)))


def _modelled(asked: Asked, never_close: bool, clock: Clock) -> RollOut:
    """The best chain by the model of all years."""

    def continued(first: tuple[str, ...]) -> tuple[Chains, Chain]:
        other = by_model(replace(asked, start=first), never_close, Clock(None))
        return other.chains, other.chain

    with whole_or_nothing("The roll-out"):
        found = by_model(asked, never_close, clock)
    many = len(asked.problems)
    certificate = (
        f"{found.solver} proved of a model of {many:,} {'year' if many == 1 else 'years'} that no order is better; "
        f"{found.orders:,} of those it named were valued exactly."
    )
    return _told(found.chains, found.chain, asked, certificate, found.bound, continued)


def _told(
    chains: Chains,
    chain: Chain,
    asked: Asked,
    certificate: str,
    bound: float,
    continued: Callable[[tuple[str, ...]], tuple[Chains, Chain]],
) -> RollOut:
    """The chain as plans, each checked."""
    plans: dict[int, Plan] = {}
    built: dict[int, dict[str, int]] = {}
    had = np.zeros_like(chain.beds[0])
    for year, row, beds in zip(chains.years, chain.rows, chain.beds, strict=True):
        ids = year.problem.network.site_ids
        units = {ids[j]: int(beds[j]) for j in np.flatnonzero(year.open[row])}
        plan = given_plan(year.problem, units, asked.goal)
        faults = (*plan.broken, *plan.check())
        if faults:
            raise SolverError(f"The plan of {year.year} did not pass its own check:\n" + "\n".join(map(str, faults)))
        plans[year.year] = plan
        had = np.where(year.open[row], had, 0)
        built[year.year] = {ids[j]: int(beds[j] - had[j]) for j in np.flatnonzero(beds > had)}
        had = beds
    return RollOut(
        plans=plans,
        built=built,
        objective_name=asked.goal.name,
        objective=chain.value,
        bound=min(bound, chain.value),
        discount=asked.discount,
        status="optimal",
        certificate=certificate,
        chains=chains,
        continued=continued,
    )
