"""Where no plan keeps the rules: the least bad answer, with outpatient courses for whom no unit is near.

A rule that asks for units near every region cannot be kept for a few women; a course can be held near all of them. So
rules that a course stands in for (`Rule.course_instead`) are let go, and the women beyond their minutes are offered a
course. Of the units that then break the fewest rules, the fewest are taken, and of these the ones most women are at.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from capacity.engines.enumerate import ids_of, in_order_of_plans, kept_plans, space_of, why_not, yearly_cost
from capacity.engines.evaluate import given_plan
from capacity.problem.problem import Problem
from capacity.rules import rules_on
from capacity.rules.courses import outside
from capacity.rules.objectives import COST, TRAVEL
from capacity.studies.cases import missing_rules

MOST_SETS = 300_000
"""Of so many sets of sites the least bad is looked for."""


@dataclass(frozen=True, kw_only=True)
class LeastBad:
    """What is left where no plan keeps the rules.

    Attributes
    ----------
    scenario : str
    women_per_year : float
    site_ids : tuple of str
    beds : int
    residential_women, outpatient_women, unreached_women : float
        A year.
    beyond_minutes : float or None
        Way beyond which women are offered a course; None where everybody has a place.
    breaks : tuple of str
        Rules that the units break all the same.
    cost_dkk, dkk_per_woman, courses_dkk : float
        A year, building as an annuity, courses at their price; and of it what courses cost.
    hours_per_woman : float
        Travel of a family, over the stay or the course.
    """

    scenario: str
    women_per_year: float
    site_ids: tuple[str, ...]
    beds: int
    residential_women: float
    outpatient_women: float
    unreached_women: float
    beyond_minutes: float | None
    breaks: tuple[str, ...]
    cost_dkk: float
    dkk_per_woman: float
    courses_dkk: float
    hours_per_woman: float

    def to_json(self) -> dict[str, Any]:
        """As JSON knows it."""
        return asdict(self)


def with_course(problem: Problem) -> Problem:
    """The problem with a course for whom no unit is near, in the place of rules that a course stands in for."""
    stood_in = [rule for rule in rules_on(problem) if rule.course_instead and rule.price(problem) is None]
    loose = problem.replace(policy={rule.name: False for rule in stood_in})
    limits = [limit for rule in stood_in if (limit := getattr(rule, "minutes", None)) is not None]
    if problem.outpatient.beyond_minutes is False and limits:
        return loose.replace(outpatient={"beyond_minutes": min(limits)})
    return loose


def least_bad(problem: Problem, scenario: str) -> LeastBad | None:
    """What is left of a problem without a plan; None where sets of units cannot be valued."""
    offered = with_course(problem)
    if why_not(offered) is not None:
        return None
    breaks = missing_rules(offered)
    loose = offered.replace(policy=dict.fromkeys(breaks, False)) if breaks else offered
    if space_of(loose).sets > MOST_SETS:
        return None
    units = _fewest(loose)
    if units is None:
        return None
    plan = given_plan(loose, units, COST)
    women = problem.scenarios.women_per_year
    limit = offered.outpatient.beyond_minutes
    return LeastBad(
        scenario=scenario,
        women_per_year=women,
        site_ids=plan.site_ids,
        beds=plan.beds,
        residential_women=plan.residential_women,
        outpatient_women=plan.outpatient_women,
        unreached_women=plan.unreached_women,
        beyond_minutes=None if limit is False else float(limit),
        breaks=breaks,
        cost_dkk=plan.objectives["cost"],
        dkk_per_woman=plan.objectives["cost"] / women,
        courses_dkk=plan.figures.get("courses_dkk", 0.0),
        hours_per_woman=plan.family_hours_per_year / women,
    )


def _fewest(problem: Problem) -> tuple[str, ...] | None:
    """Of the sets that keep the rules the one of fewest units, most women at them, and least travel."""
    least, everybody = None, np.ones(len(problem.network.point_ids))
    found: list[tuple[Any, ...]] = []
    for block in kept_plans(problem, space_of(problem)):
        if not len(block.plans.open):
            continue
        units = block.plans.open.sum(axis=1)
        least = int(units.min()) if least is None else least
        if (few := units == least).any():
            plans = block.plans
            left = outside(problem, plans, everybody) @ problem.probability
            travel = TRAVEL.expected(problem, plans)
            beds, cost = plans.beds.sum(axis=1), yearly_cost(problem, plans)
            found += [(left[b], travel[b], beds[b], cost[b], plans.open[b]) for b in np.flatnonzero(few).tolist()]
        elif units.min() > least:
            # Small sets come first.
            break
    if not found:
        return None
    left, travel, beds, cost, opened = (np.array(column) for column in zip(*found, strict=True))
    first = in_order_of_plans([left, travel], beds, cost, lambda row: ids_of(problem, opened[row]))[0]
    return ids_of(problem, opened[first])


def said(found: LeastBad) -> str:
    """One answer in a sentence."""
    units = "one unit" if len(found.site_ids) == 1 else f"{len(found.site_ids)} units"
    course = f" and {found.outpatient_women:.1f} on a course" if found.outpatient_women >= 0.05 else ""
    text = (
        f"{found.scenario} ({found.women_per_year:g} women a year): {units} ({', '.join(found.site_ids)}, "
        f"{found.beds} beds), {found.residential_women:.1f} women there{course}; "
        f"{found.dkk_per_woman / 1e6:.2f} M DKK and {found.hours_per_woman:.0f} hours of travel a woman"
    )
    return f"{text}; it breaks {' and '.join(found.breaks)}." if found.breaks else f"{text}."
