"""Which units to open in which year: sets that grow, money to build with by year, every chain valued exactly."""

from __future__ import annotations

import itertools
import math
import numbers
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from capacity.arrays import Ints
from capacity.engines.clock import Clock, Tell
from capacity.engines.enumerate import MOST_SETS, space_of
from capacity.engines.evaluate import given_plan, meant_site
from capacity.engines.question import refuse_no_problem, why_not
from capacity.errors import DataError, Finding, InfeasibleError, SolverError
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.problem.settings import replaced
from capacity.rules import rules_on
from capacity.rules.objectives import COST, TRAVEL, Objective, objective_named
from capacity.studies.chains import Chain, Chains, Stuck, Year, year_of
from capacity.studies.explain import Explanation, explain
from capacity.studies.result import StudyResult
from capacity.studies.telling import whole_or_nothing
from capacity.tolerances import LEAST_VALUE, PAID

if TYPE_CHECKING:
    import pandas as pd

SUMMED = (TRAVEL.name, COST.name)
"""Objectives whose years may be added up."""


@dataclass(frozen=True, kw_only=True)
class NoYear:
    """The first year that cannot be, and why.

    Attributes
    ----------
    year : int
    text : str
    rules : tuple of str
        Those that cannot hold, or that take every step to the year away; ``budget`` for money to build with.
    way_out : str
    why : Explanation or None
        Where the year has no plan even by itself: what clashes in it, and the changes that would do.
    """

    year: int
    text: str
    rules: tuple[str, ...]
    way_out: str = ""
    why: Explanation | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.year}: {self.text}", self.way_out) if part)

    def to_json(self) -> dict[str, Any]:
        """The year, the sentence, and what the explanation says."""
        said = {} if self.why is None else self.why.to_json()
        return {"year": self.year, "text": self.text, "way_out": self.way_out, **said}


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
                    "women": float(sum(plan.unit_table["stays"])),
                    "outside_women": _outside(plan),
                    "building_dkk": float(plan.problem.finance.building_cost(sum(self.built[year].values()))),
                    "running_dkk": float(sum(plan.unit_table["cost_dkk"])),
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
                chain = _best(self.chains, (j,))
            except InfeasibleError as error:
                rows.append(
                    row | {"objective": math.nan, "behind": math.nan, "order": (), "reason": str(error.conflict)}
                )
                continue
            behind = (chain.value - self.objective) / max(abs(self.objective), LEAST_VALUE)
            opened = np.stack([y.open[r] for y, r in zip(self.chains.years, chain.rows, strict=True)])
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
    outside = float(plan.problem.expected_women.sum()) - float(sum(plan.unit_table["stays"]))
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
    from the first year on. How units fill is left out (``finance.filling_years`` has no part in it).
    Ties go to fewer beds (summed over the years), then to later opening, lower running cost, and lower site ids.
    """
    refuse_no_problem(problem, "roll_out")
    asked = _read(problem, years, budget, start, objective, discount)
    clock, weights = Clock(None, tell), [(1 + asked.discount) ** -t for t in range(len(asked.problems))]
    with whole_or_nothing("The roll-out"):
        found: list[Year] = []
        for (year, one), weight in zip(asked.problems.items(), weights, strict=True):
            found.append(year_of(year, one, asked.goal, weight, asked.budget[year], clock))
            if not len(found[-1].open):
                raise _without(one, _no_set(year, one))
        chains = Chains(found, never_close, clock)
        chain = _best(chains, asked.start)
    return _told(chains, chain, asked)


# --- what is asked ---------------------------------------------------------------------------------


def read_years(
    path: str | os.PathLike[str], budget: float | None = None
) -> tuple[dict[int, dict[str, Any]], dict[int, float] | None]:
    """Years and budgets of a TOML file: a table a year, written as ``case.toml`` is, and ``budget`` in it.

    Parameters
    ----------
    path : path of the file
    budget : float, optional
        Of each year that has none of its own.

    Raises
    ------
    DataError
        Where there is no such file, or it is no TOML, or holds what is no year.
    """
    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        remedy = "Write a table a year, such as [2027], with settings as in case.toml."
        raise DataError([_fault("years", f"{path}: {error}", "years stand in a TOML file", remedy)]) from None
    faults = [_odd(key) for key, value in said.items() if not (key.isdecimal() and isinstance(value, Mapping))]
    if faults:
        raise DataError(faults)
    budgets = {int(year): value.get("budget", budget) for year, value in said.items()}
    given = {year: dkk for year, dkk in budgets.items() if dkk is not None}
    return {int(year): _settings(value) for year, value in said.items()}, given or None


def _odd(key: str) -> Finding:
    if key == "filling":
        return _fault(
            key, None, "how units fill is not valued", "Leave it out: a unit is whole from its first year on."
        )
    return _fault("years", key, "each table of the file is a year", "Write [2027].")


def _settings(table: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a year by their names: ``rules.volume`` of ``[2027.rules] volume``."""
    faults: dict[str, Any] = {}
    for section, value in table.items():
        if section == "budget":
            continue
        if isinstance(value, Mapping) and "." not in section:
            faults |= {f"{section}.{key}": one for key, one in value.items()}
        else:
            faults[section] = value
    return faults


@dataclass(frozen=True, kw_only=True, eq=False)
class _Asked:
    """What is asked, read: problems and budgets (inf without) by year."""

    problems: Mapping[int, Problem]
    budget: Mapping[int, float]
    start: tuple[str, ...]
    goal: Objective
    discount: float


def _read(
    problem: Problem, years: object, budget: object, start: Iterable[str], objective: str, discount: float | None
) -> _Asked:
    """Read what is asked, or raise every fault of it."""
    faults: list[Finding] = []
    problems = _problems(problem, years, faults)
    budgets = _budgets(list(problems), budget, faults)
    units = (start,) if isinstance(start, str) else tuple(start)
    known = problem.network.site_ids
    faults += [
        _fault("start", j, "each id is that of a site of the case", meant_site(problem, str(j)))
        for j in dict.fromkeys(units)
        if j not in known
    ]
    if objective not in SUMMED:
        remedy = f"Choose from: {', '.join(SUMMED)}."
        faults.append(_fault("objective", objective, "its values may be added up over years", remedy))
    rate = problem.finance.interest if discount is None else discount
    if not _is_number(rate) or not 0 <= rate < 1:
        faults.append(_fault("discount", rate, "a share a year, from 0 to below 1", "Write 3 % as 0.03."))
    if faults:
        raise DataError(faults)
    return _Asked(
        problems=problems,
        budget=budgets,
        start=tuple(dict.fromkeys(units)),
        goal=objective_named(objective),
        discount=float(rate),
    )


def _problems(problem: Problem, years: object, faults: list[Finding]) -> dict[int, Problem]:
    """Each year's problem; what is wrong with the years is added to the faults."""
    if not isinstance(years, Mapping) or not years:
        faults.append(_fault("years", years, "years are a mapping of year to settings", "Give {2027: {}, 2028: {}}."))
        return {}
    wrong = [y for y in years if type(y) is bool or not isinstance(y, numbers.Integral)]
    faults += [_fault("years", y, "a year is a whole number", "Write 2027.") for y in wrong]
    whole = [int(y) for y in years if y not in wrong]
    for one, other in itertools.pairwise(whole):
        if other <= one:
            faults.append(_fault("years", f"{other} after {one}", "years stand in their order", "Put them in order."))
        elif other > one + 1:
            remedy = f"Give {one + 1} too, with {{}} where nothing differs."
            faults.append(_fault("years", f"{other} after {one}", "no year is left out", remedy))
    problems: dict[int, Problem] = {}
    for year in whole:
        settings = years[year]
        if not isinstance(settings, Mapping):
            faults.append(_fault(f"years, {year}", settings, "settings are a mapping of name to value", "Give {}."))
            continue
        try:
            problems[year] = replaced(problem, {str(key): value for key, value in settings.items()})
        except DataError as error:
            faults += [_of_year(year, f) for f in error.findings]
            continue
        faults += [_fault(f"years, {year}", None, *said) for said in _refusals(problems[year])]
    return problems


def _of_year(year: int, fault: Finding) -> Finding:
    return Finding(
        table=f"{year}: {fault.table}",
        row=fault.row,
        column=fault.column,
        value=fault.value,
        rule=fault.rule,
        remedy=fault.remedy,
    )


def _refusals(problem: Problem) -> list[tuple[str, str]]:
    """What a year's problem is that chains cannot be valued of: what should hold, and what to do."""
    faults = []
    if (reason := why_not(problem)) is not None:
        faults.append((f"every set of sites can be valued, but {reason}", "Turn rules.nearest on, without a price."))
    elif (sets := space_of(problem).sets) > MOST_SETS:
        faults.append(
            (f"at most {MOST_SETS:,} sets of sites are to be valued; there are {sets:,}", "Narrow rules.units.")
        )
    for rule in rules_on(problem):
        if rule.says("kept_with") and rule.with_more_beds is None:
            remedy = 'Set finance.counts = "all".'
            faults.append((f"more beds never ask for more still, which {rule.name} may do", remedy))
    return faults


def _budgets(years: list[int], budget: object, faults: list[Finding]) -> dict[int, float]:
    """DKK by year, inf without a budget."""
    if budget is None:
        return dict.fromkeys(years, math.inf)
    given: Mapping[Any, Any] = budget if isinstance(budget, Mapping) else dict.fromkeys(years, budget)
    faults += [
        _fault("budget", year, "each year has a budget where one has", f"Give the budget of {year}; 0 builds nothing.")
        for year in years
        if year not in given
    ]
    faults += [
        _fault("budget", year, "each budget is of a year of the roll-out", f"Give {year} settings, or leave it out.")
        for year in given
        if years and year not in years
    ]
    wrong = {y: dkk for y, dkk in given.items() if not _is_number(dkk) or dkk < 0}
    shown = (
        dict.fromkeys(wrong.values()) if not isinstance(budget, Mapping) else [f"{y}: {x}" for y, x in wrong.items()]
    )
    faults += [_fault("budget", one, "DKK a year, a number not below 0", "Write 60000000.") for one in shown]
    return {year: float(given[year]) for year in years if year in given and year not in wrong}


def _is_number(value: object) -> bool:
    real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    return real and math.isfinite(float(value))  # type: ignore[arg-type]  # a real number is one


def _fault(column: str, value: object, rule: str, remedy: str) -> Finding:
    said = None if value is None else str(value)
    return Finding(table="roll_out", column=column, value=said, rule=rule, remedy=remedy)


# --- what is found ---------------------------------------------------------------------------------


def _best(chains: Chains, start: tuple[str, ...]) -> Chain:
    """The best chain from the first year's units, or from any.

    Raises
    ------
    InfeasibleError
        Where there is none.
    """
    first: Ints | None = None
    if start:
        year = chains.years[0]
        wanted = np.isin(np.array(year.problem.network.site_ids), start)
        first = np.flatnonzero((year.open == wanted).all(axis=1))
        if not len(first):
            raise _without(year.problem, _not_that_set(year, start))
    chain = chains.best(first)
    if chain is None:
        stuck = chains.stuck(first)
        raise _without(chains.years[stuck.at].problem, _no_step(chains, stuck))
    return chain


def _without(problem: Problem, said: NoYear) -> InfeasibleError:
    error = InfeasibleError(problem, said.rules or problem.policy.on, said)
    error.add_note(str(said))
    return error


def _no_set(year: int, problem: Problem) -> NoYear:
    """No set keeps a year's rules: what clashes in it."""
    why = explain(problem)
    rules = tuple(dict.fromkeys(rule for conflict in why.conflicts for rule in conflict.rules))
    return NoYear(year=year, text=f"no set of sites keeps this year's rules. {why}", rules=rules, why=why)


def _not_that_set(year: Year, start: tuple[str, ...]) -> NoYear:
    """The given first units break rules of the first year, or are sets no firm rule leaves to be opened."""
    plan = given_plan(year.problem, start, year.goal)
    rules = tuple(dict.fromkeys(one.rule for one in plan.broken))
    text = f"the units given to start with ({', '.join(sorted(start))}) break {', '.join(rules)}."
    return NoYear(year=year.year, text=text, rules=rules, way_out="Start with others, or loosen these rules that year.")


def _no_step(chains: Chains, stuck: Stuck) -> NoYear:
    """No step leads to a year: units stay, money is short, or the beds that are there break a rule."""
    year = chains.years[stuck.at]
    if not stuck.steps:
        text = "no set that keeps this year's rules holds the units of the year before."
        way = "Loosen this year's rules, start with other units, or let units close (never_close=False)."
        return NoYear(year=year.year, text=text, rules=(), way_out=way)
    said = [f"{count:,} break {name} with the beds they have" for name, count in stuck.broken.items()]
    if stuck.dear:
        said.insert(0, f"{stuck.dear:,} cost more to build than {year.budget / 1e6:,.1f} M DKK")
    text = f"of {stuck.steps:,} steps to sets that keep the rules, {', '.join(said)}."
    way = "Loosen these rules in this year."
    if math.isfinite(stuck.least_dkk):
        way = f"{stuck.least_dkk / 1e6:,.2f} M DKK in this year would do for a step."
    rules = (*(("budget",) if stuck.dear else ()), *stuck.broken)
    return NoYear(year=year.year, text=text, rules=rules, way_out=way)


def _told(chains: Chains, chain: Chain, asked: _Asked) -> RollOut:
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
    sets, steps = sum(year.valued for year in chains.years), sum(len(pairs.to) for pairs in chains.pairs)
    certificate = (
        f"All {sets:,} sets of sites of {len(plans):,} {'year' if len(plans) == 1 else 'years'} were valued; of their "
        f"chains, over {steps:,} steps, each was valued or proven to be no better."
    )
    return RollOut(
        plans=plans,
        built=built,
        objective_name=asked.goal.name,
        objective=chain.value,
        bound=min(chain.bound, chain.value),
        discount=asked.discount,
        status="optimal",
        certificate=certificate,
        chains=chains,
    )
