"""Why there is no unit at a site, or in a region: what one there would cost, or what stands against it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.arrays import Bools
from capacity.engines.evaluate import given_plan, meant_site
from capacity.engines.question import refuse_no_problem
from capacity.engines.solve import solve_or_stop
from capacity.errors import DataError, Finding, InfeasibleError, SolverError
from capacity.plan.as_arrays import as_arrays
from capacity.plan.plan import Plan, make_plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules import Excess, Plans, Rows, Rule, Variables, one_assignment
from capacity.rules.objectives import TRAVEL, Objective, ObjectiveName, objective_named
from capacity.rules.rule import Change, RowWriter
from capacity.studies.evaluate import evaluate
from capacity.studies.explain import Conflict, WayOut, explain
from capacity.studies.explain.explanation import EFFORT_SECONDS
from capacity.studies.result import StudyResult
from capacity.studies.sets import feasible_sets, ranked

if TYPE_CHECKING:
    import pandas as pd

FIGURES = ("objective", "minutes", "beds", "dkk")
"""What a unit costs beside the best plan: of the objective, mean minutes, beds, and DKK a year."""


class Wished(Rule):
    """There is a unit at one of the sites asked about."""

    sites_wished: tuple[str, ...]

    name = "wished"
    unit = "units missing"
    about = "whole"
    frame = True
    with_more_beds = "same"
    with_more_units = "looser"
    with_more_women = "same"
    needs_units = True
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by: ClassVar[Mapping[str, Change] | None] = {}

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def _here(self, p: Problem) -> Bools:
        return np.isin(p.network.site_ids, self.sites_wished)

    def must_open(self, p: Problem) -> Bools | None:
        """The site, where there is one."""
        return self._here(p) if len(self.sites_wished) == 1 else None

    def rows(self, p: Problem, v: Variables) -> Rows:
        """The open sites among them, counted."""
        out = RowWriter()
        out.add(out.instance(), [(v.open[v.sites[self._here(p)[v.sites]]], 1.0)], lower=1)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """One where none of them is open."""
        return Excess(keys=((),), amount=np.where(plans.open[:, self._here(p)].any(axis=1), 0.0, 1.0)[:, None])


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WhyNot(StudyResult):
    """What a unit at a site, or in a region, would cost, or what stands against it.

    Attributes
    ----------
    site_id, region : str or None
        What was asked about; one of the two.
    name : str
    possible : bool
        Whether a plan with a unit there keeps all the rules: proven.
    best : Plan or None
        The best plan of all; None where there is none.
    plan : Plan or None
        The best with a unit there, of status ``given``: it was not free to leave it out.
    conflicts : tuple of Conflict
        Where it is not possible: the rules that clash.
    ways_out : tuple of WayOut
        The smallest changes that let it in, each verified by a solve.
    complete : bool
        Whether it is proven that there are no further conflicts.
    """

    study: ClassVar[str] = "why_not"

    site_id: str | None
    region: str | None
    name: str
    possible: bool
    best: Plan | None = None
    plan: Plan | None = None
    conflicts: tuple[Conflict, ...] = ()
    ways_out: tuple[WayOut, ...] = ()
    complete: bool = True

    @property
    def costs(self) -> dict[str, float] | None:
        """What the unit costs beside the best plan: objective, minutes, beds, dkk; None where it is not possible.

        ``objective`` is above zero where it is worse; ``minutes`` is the mean one way; ``dkk`` is running and
        building (as an annuity), a year.
        """
        if self.plan is None or self.best is None:
            return None
        return {
            "objective": self.plan.loss - self.best.loss,
            "minutes": self.plan.mean_minutes - self.best.mean_minutes,
            "beds": self.plan.beds - self.best.beds,
            "dkk": self.plan.objectives["cost"] - self.best.objectives["cost"],
        }

    @property
    def table(self) -> pd.DataFrame:
        """One row a figure: what, best, with_it, more, percent. Not possible: one row a way out: what, size."""
        import pandas as pd

        if self.plan is None or self.best is None:
            rows = [{"what": way.text, "size": way.size} for way in self.ways_out]
            return pd.DataFrame(rows, columns=["what", "size"])
        costs, best = self.costs or {}, self.best
        figures = (best.objective, best.mean_minutes, float(best.beds), best.objectives["cost"])
        return pd.DataFrame(
            {
                "what": figure,
                "best": first,
                "with_it": first + (best.goal.sign if figure == "objective" else 1) * costs[figure],
                "more": costs[figure],
                "percent": 100 * costs[figure] / abs(first) if first else 0.0,
            }
            for figure, first in zip(FIGURES, figures, strict=True)
        )

    def to_json(self) -> dict[str, Any]:
        """The answer as a JSON object."""
        where = {"site_id": self.site_id} if self.region is None else {"region": self.region}
        return {
            **where,
            "name": self.name,
            "possible": self.possible,
            "costs": self.costs,
            "plan": None if self.plan is None else _units(self.plan),
            "best": None if self.best is None else _units(self.best),
            "conflicts": [{"rules": list(c.rules), "text": c.text} for c in self.conflicts],
            "ways_out": [w.to_json() for w in self.ways_out],
            "complete": self.complete,
            "text": str(self),
        }

    def __str__(self) -> str:
        where = f"in {self.name}" if self.region is not None else f"at {self.name}"
        if self.plan is not None and self.best is not None:
            return self._cost_said(where, self.plan, self.best)
        lines = [f"No plan with a unit {where} keeps all the rules."]
        lines += [f"  {k}. {c.text}" for k, c in enumerate(self.conflicts, 1)]
        if self.ways_out:
            lines.append("What would let it in, smallest change first (each was tried):")
            lines += [f"  {w.text}" for w in self.ways_out]
        else:
            lines.append("No single change that was tried lets it in, and no pair.")
        if not self.complete:
            lines.append("There may be further conflicts: not all could be settled in the time given.")
        return "\n".join(lines)

    def _cost_said(self, where: str, plan: Plan, best: Plan) -> str:
        if plan.site_ids == best.site_ids:
            return f"The best plan has a unit {where}: {_named(best)}."
        costs = self.costs or {}
        percent = 100 * costs["objective"] / abs(best.loss) if best.loss else 0.0
        # No price of a broken rule, and no risk, is in the hours alone.
        in_hours = best.objective_name == TRAVEL.name and not (best.penalties or plan.penalties)
        behind = (
            f"takes {percent:.1f} % more hours of travel a year"
            if in_hours
            else f"lies {percent:.1f} % behind by the objective {best.objective_name}"
        )
        return (
            f"A unit {where} keeps the rules but is not best. The best plan with it: {_named(plan)}; the best of all: "
            f"{_named(best)}. It {behind}: {costs['minutes']:+.1f} minutes on average, {costs['beds']:+.0f} beds and "
            f"{costs['dkk'] / 1e6:+,.2f} M DKK a year with building."
        )

    def __repr__(self) -> str:
        return f"<why_not: {self}>"


def _units(plan: Plan) -> dict[str, Any]:
    return {
        "site_ids": list(plan.site_ids),
        "beds": plan.beds,
        "mean_minutes": plan.mean_minutes,
        "objective": plan.objective,
        "dkk": plan.objectives["cost"],
    }


def _named(plan: Plan) -> str:
    places = plan.problem.network.site_places(plan.site_ids)
    beds = zip(plan.site_ids, plan.unit_table["beds"], strict=True)
    return ", ".join(f"{places[j]} {k}" for j, k in beds) + f" beds, {plan.mean_minutes:.1f} minutes on average"


@told
def why_not(
    problem: Problem,
    place: str,
    objective: ObjectiveName | Objective = "travel",
    *,
    best: Plan | None = None,
    effort: float = EFFORT_SECONDS,
) -> WhyNot:
    """Say why the best plan has no unit at a site, or in a region.

    Parameters
    ----------
    problem : Problem
    place : str
        A site's id, or a region's id or name.
    objective : name or Objective
    best : Plan, optional
        The problem's best plan, where it is known already.
    effort : float
        Seconds the model may take to explain a clash where counting sets of sites does not decide.

    Returns
    -------
    WhyNot
        The best plan with a unit there, and what it costs beside the best; or, where none keeps the rules, the
        clash and the smallest changes that let the unit in.

    Raises
    ------
    DataError
        Where the place is neither a site nor a region of the case.
    """
    refuse_no_problem(problem, "why_not")
    goal = objective_named(objective)
    site, region = _place(problem, place)
    net = problem.network
    wished = [
        j for j, r in zip(net.site_ids, net.site_regions, strict=True) if region in (None, r) and site in (None, j)
    ]
    name = net.site_places([site])[site] if site is not None else net.region_names[str(region)]
    asked = _with_wish(problem, wished)
    try:
        plan_with = _as_given(problem, solve_or_stop(asked, goal)) if wished else None
    except InfeasibleError:
        plan_with = None
    if plan_with is not None:
        best = best or solve_or_stop(problem, goal)
        return WhyNot(site_id=site, region=region, name=name, possible=True, best=best, plan=plan_with)
    if not wished:
        clash = Conflict(rules=(), text=f"The case has no site in {name}.")
        return WhyNot(site_id=site, region=region, name=name, possible=False, best=best, conflicts=(clash,))
    told = explain(asked, effort=effort)
    return WhyNot(
        site_id=site,
        region=region,
        name=name,
        possible=False,
        best=best,
        conflicts=told.conflicts,
        ways_out=told.ways_out,
        complete=told.complete,
    )


def _with_wish(problem: Problem, sites: list[str]) -> Problem:
    policy = problem.policy.replace(extra=[Wished(sites_wished=tuple(sites))])
    return problem.replace(policy=policy)


def _as_given(problem: Problem, plan: Plan) -> Plan:
    """The plan of the problem as it is: the wish is no rule of it."""
    arrays = as_arrays(plan, problem)
    same = make_plan(
        problem,
        plan.goal,
        arrays.open[0],
        arrays.shares(0).in_any() if one_assignment(problem) else arrays.shares(0),
        arrays.beds[0],
        status="given",
        bound=-np.inf,
        certificate="One unit was asked for; the others were searched for.",
        record={k: v for k, v in plan.record.items() if k != "foreign_rules"} | {"problem": problem.fingerprint},
    )
    if same.broken:
        raise SolverError("A plan with a unit that was asked for breaks a rule that it was made to keep.")
    return same


def _place(problem: Problem, place: str) -> tuple[str | None, str | None]:
    """The site or the region that was asked about."""
    net = problem.network
    if place in net.site_ids:
        return place, None
    regions = {str(name).lower(): r for r, name in net.region_names.items()} | {r.lower(): r for r in net.regions}
    said = str(place).lower()
    if said in regions:
        return None, regions[said]
    near = difflib.get_close_matches(said, regions, 1, 0.75)
    remedy = f"Did you mean {regions[near[0]]!r}?" if near else meant_site(problem, str(place))
    raise DataError(
        [
            Finding(
                table="why_not",
                column="place",
                value=str(place),
                rule="the place is a site or a region of the case",
                remedy=remedy,
            )
        ]
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Absent:
    """A listed ambulatory or a region without a unit in a plan, and what one there comes to.

    Attributes
    ----------
    site_id, region : str or None
        One of the two.
    possible : bool
        Whether some plan with a unit there keeps the rules.
    with_it : Plan
        Of status ``given``: the best of those; where there is none the plan with the unit added, and what that breaks.
    """

    site_id: str | None
    region: str | None
    possible: bool
    with_it: Plan


def absent_places(plan: Plan) -> tuple[Absent, ...]:
    """Each listed ambulatory and each region without a unit in a plan; every set of sites is valued once.

    Raises
    ------
    DataError
        Where the sets cannot be enumerated.
    """
    problem, net = plan.problem, plan.problem.network
    places = [(j, None, [j]) for j in net.ambulatories if j in net.site_ids and j not in plan.site_ids]
    here = {r: [j for j, at in zip(net.site_ids, net.site_regions, strict=True) if at == r] for r in net.regions}
    asked: list[tuple[str | None, str | None, list[str]]] = [
        *places,
        *((None, r, sites) for r, sites in here.items() if sites and not set(sites) & set(plan.site_ids)),
    ]
    if not asked:
        return ()
    sets = feasible_sets(problem, [plan.goal], "why_not")
    order = ranked(problem, sets, plan.goal)
    absent = []
    for site, region, sites in asked:
        wished = np.isin(net.site_ids, sites)
        best = next((row for row in order if sets.open[row][wished].any()), None)
        units = _least_broken(plan, sites) if best is None else sets.ids(problem, best)
        with_it = given_plan(problem, units, plan.goal)
        absent.append(Absent(site_id=site, region=region, possible=best is not None, with_it=with_it))
    return tuple(absent)


def _least_broken(plan: Plan, sites: list[str]) -> tuple[str, ...]:
    """The plan's units and one more of these sites, where that breaks the fewest rules and is best of those."""
    added = evaluate(plan.problem, [[*plan.site_ids, j] for j in sites], plan.goal)
    row = min(added, key=lambda row: (len(row["breaks"]), plan.goal.sign * row["objective"], row["site_ids"]))
    units: tuple[str, ...] = row["site_ids"]
    return units
