"""What a plan is judged by: the library's objectives, each, like a rule, by columns and by arrays."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.errors import DataError, Finding, some
from capacity.rules import Plans, Variables, allowed_pairs, serves_all
from capacity.rules.cost import COST as COST
from capacity.rules.cost import PUBLIC_COST as PUBLIC_COST
from capacity.rules.cost import cost_of_all_stays as cost_of_all_stays
from capacity.rules.courses import outside, over_women
from capacity.rules.objective import Linear as Linear
from capacity.rules.objective import Objective as Objective
from capacity.rules.objective import ObjectiveName as ObjectiveName
from capacity.rules.objective import add_outside, mean_over_scenarios, nothing_below_zero, share_costs
from capacity.rules.worst import WORST as WORST
from capacity.rules.worst import shortest_ways, usable
from capacity.rules.worst_off import WORST_OFF
from capacity.tolerances import LEAST_NUMBER

if TYPE_CHECKING:
    from capacity.arrays import Floats
    from capacity.problem.problem import Problem


# --- travel: hours of family travel a year -------------------------------------------------------


def _travel_by_scenario(p: Problem, plans: Plans) -> Floats:
    hours = over_women(p, plans.mean(p.hours_per_woman))
    return hours + outside(p, plans, p.course_hours) if p.outpatient.on else hours


def _travel_model(p: Problem, v: Variables) -> Linear:
    columns, costs = share_costs(p, v, p.hours_per_woman)
    terms = Linear(columns=np.concatenate(columns), cost=np.concatenate(costs))
    return add_outside(p, v, terms, p.course_hours) if p.outpatient.on else terms


def _least_travel(p: Problem) -> float:
    """Everybody at the site of least travel."""
    hours = np.where(usable(p), p.hours_per_woman, np.inf)
    if p.accepting is not None:
        stay, course = p.accepting, p.course_hours[:, None]
        # Where no unit may serve her a woman is on a course.
        hours = np.where(usable(p), stay * np.where(stay > 0, hours, 0.0) + (1 - stay) * course, course)
    best = hours.min(axis=1)
    return float(p.expected_women @ np.where(np.isfinite(best), best, 0.0))


TRAVEL = Objective(
    name="travel",
    unit="hours a year",
    sentence="Hours families travel in a year: visits to the unit and trips to the ambulatory.",
    by_scenario=_travel_by_scenario,
    expected=mean_over_scenarios(_travel_by_scenario),
    model=_travel_model,
    in_rows=True,
    smallest_is_best=True,
    bedless=True,
    least=_least_travel,
    floor=nothing_below_zero,
    in_common=lambda p: (p.scenarios.women_per_year * p.care.mean_days, 0.0),
    scale_free=True,
    linear_in_trips=True,
    steady_in_reach=True,
    smooth=True,
    per_woman=lambda p: p.hours_per_woman,
    near="ways",
    outside=True,
    minimised=0,
    best_said="Least travel",
    axis=("Family travel, 1,000 hours a year", 1e-3),
)


# --- fair: Kolm-Pollak equally-distributed equivalent --------------------------------------------

LONG = 600.0
"""Exponents up to which pain is added up as it is; exp(710) is no number."""

FURTHEST = 25.0
"""Exponent of the longest way up to which a solver sees what the others weigh; longer ways count as this one."""


def kolm_pollak_kappa(p: Problem) -> float:
    """Aversion per minute: `fair_aversion` x sum(w t) / sum(w t^2), t to the nearest usable site.

    The scale is fixed by the problem, not by the plan, so that the objective is linear
    (Horton, Logan, Murrell, Skipper and Speakman 2024, "A scalable approach to equitable facility
    location").
    """
    women = p.expected_women
    nearest = np.where(allowed_pairs(p), p.minutes, np.inf).min(axis=1)
    near = np.where(np.isfinite(nearest), nearest, 0.0)
    squares = float(women @ near**2)
    return p.fair_aversion * float(women @ near) / squares if squares > 0 else p.fair_aversion


def _pain(p: Problem, less: float = 0.0) -> Floats:
    """exp(kappa t - less) by pair, 0 where there is no way, (n, m); what no number holds is cut off."""
    ways = np.where(np.isfinite(p.minutes), p.minutes, 0.0)
    return np.where(np.isfinite(p.minutes), np.exp(np.minimum(kolm_pollak_kappa(p) * ways - less, 700.0)), 0.0)


def _equivalent(pain: Floats, women: Floats, kappa: float) -> Floats:
    mean = np.maximum(pain, LEAST_NUMBER) / np.maximum(women, LEAST_NUMBER)
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(women > 0, np.log(mean) / kappa, 0.0))


def _fair_parts(p: Problem, plans: Plans) -> tuple[Floats, Floats, Floats]:
    """Pain and women by scenario, (B, S), and the minutes each plan's pain is counted from, (B,)."""
    kappa, served = kolm_pollak_kappa(p), over_women(p, plans.served)
    if kappa * float(p.minutes[np.isfinite(p.minutes)].max(initial=0.0)) <= LONG:
        return over_women(p, plans.mean(_pain(p))), served, np.zeros(len(served))
    way, needed = plans.longest(p.minutes), (p.women > 0) & (p.probability[:, None] > 0)
    somewhere = needed if way.shape[1] > 1 else needed.any(axis=0, keepdims=True)
    steps = np.floor(kappa * np.where(somewhere, way, 0.0).max(axis=(1, 2)) / LONG)
    pain = np.zeros(served.shape)
    for step in np.unique(steps):
        pain = np.where((steps == step)[:, None], over_women(p, plans.mean(_pain(p, step * LONG))), pain)
    return pain, served, np.asarray(steps * LONG / kappa)


def _fair_by_scenario(p: Problem, plans: Plans) -> Floats:
    pain, served, start = _fair_parts(p, plans)
    found = _equivalent(pain, served, kolm_pollak_kappa(p)) + start[:, None]
    return np.asarray(np.where(served > 0, found, 0.0))


def _fair(p: Problem, plans: Plans) -> Floats:
    pain, served, start = _fair_parts(p, plans)
    return _equivalent(pain @ p.probability, served @ p.probability, kolm_pollak_kappa(p)) + start


def _fair_model(p: Problem, v: Variables) -> Linear:
    if not serves_all(p):
        raise DataError(
            [
                Finding(
                    table="objective",
                    value="fair",
                    rule="fairness is measured over all women, so served must be on, without a price",
                    remedy="Turn rules.served on, or choose another objective.",
                )
            ]
        )
    if p.policy.prices:
        # Minutes are the logarithm of what the model adds up: a price a minute is not linear in it.
        raise DataError(
            [
                Finding(
                    table="prices",
                    value=some(p.policy.prices),
                    rule="prices beside the objective fair need every set valued (engine enumerate)",
                    remedy="Turn rules.nearest on and use that engine, remove the prices, or choose another objective.",
                )
            ]
        )
    kappa, women = kolm_pollak_kappa(p), p.scenarios.women_per_year
    ways = kappa * p.minutes[v.pair_point, v.pair_site]
    pain = np.minimum(_pain(p), np.exp(FURTHEST))
    columns, costs = share_costs(p, v, pain)
    return Linear(
        columns=np.concatenate(columns),
        cost=np.concatenate(costs),
        value=lambda pain: float(np.log(max(pain, LEAST_NUMBER) / women) / kappa),
        linear=lambda minutes: float(np.exp(kappa * minutes) * women),
        unseen=np.concatenate([v.share(s)[ways > FURTHEST] for s in range(v.scenarios)]),
        refusal=DataError(
            [
                Finding(
                    table="objective",
                    value="fair",
                    rule=f"the longest way weighs at most {np.exp(FURTHEST):.0e} times as much as none, so that a "
                    "solver sees both",
                    remedy=f"Let rules.reach leave out ways above {FURTHEST / kappa:,.0f} minutes, turn rules.nearest "
                    "on (engine enumerate), or choose another objective.",
                )
            ]
        ),
    )


FAIR = Objective(
    name="fair",
    unit="minutes",
    sentence="The one-way travel that, equal for all, would be as good as the plan's unequal one (Kolm-Pollak).",
    by_scenario=_fair_by_scenario,
    expected=_fair,
    model=_fair_model,
    smallest_is_best=True,
    bedless=True,
    least=lambda p: float(shortest_ways(p, p.minutes).min()),
    floor=nothing_below_zero,
    in_common=lambda p: (1.0, 0.0),
    scale_free=True,
    smooth=True,
    near="percent",
    minimised=1,
    best_said="Fairest travel",
    axis=("Travel that would be as good if equal for all, minutes", 1.0),
)


# --- reached: women who accept the place they are offered ----------------------------------------


def acceptance(p: Problem) -> Floats:
    """Share of the women of point i sent to site j who accept a place there, (n, m)."""
    if p.outpatient.on and p.outpatient.declines and p.uptake is not None:
        # Those who decline are not sent there.
        return np.isfinite(p.minutes).astype(float)
    if p.uptake is None:
        raise DataError(
            [
                Finding(
                    table="objective",
                    value="reached",
                    rule="how many are reached needs an uptake curve",
                    remedy="Give travel.uptake, such as [[30, 1.0], [90, 0.7]], or choose another objective.",
                )
            ]
        )
    return p.uptake.at(p.minutes)


def _reached_by_scenario(p: Problem, plans: Plans) -> Floats:
    return -over_women(p, plans.mean(acceptance(p)))


def _reached_model(p: Problem, v: Variables) -> Linear:
    columns, costs = share_costs(p, v, -acceptance(p))
    return Linear(columns=np.concatenate(columns), cost=np.concatenate(costs))


def _most_reached(p: Problem) -> float:
    """Everybody at the site she accepts most readily."""
    return -float(p.expected_women @ np.where(usable(p), acceptance(p), 0.0).max(axis=1))


REACHED = Objective(
    name="reached",
    unit="women a year",
    sentence="Women who accept the place they are offered, fewer the farther away it is (uptake curve).",
    by_scenario=_reached_by_scenario,
    expected=mean_over_scenarios(_reached_by_scenario),
    model=_reached_model,
    sign=-1,
    in_rows=True,
    smallest_is_best=True,
    bedless=True,
    told_of=lambda p: p.uptake is not None,
    least=_most_reached,
    floor=lambda p: -p.women.sum(axis=1),
    in_common=lambda p: (p.scenarios.women_per_year, 0.0),
    steady_in_reach=True,
    smooth=True,
    outside=True,
    per_woman=lambda p: -acceptance(p),
    minimised=2,
    best_said="Most women reached",
)

OBJECTIVES: dict[str, Objective] = {o.name: o for o in (TRAVEL, WORST, WORST_OFF, FAIR, COST, PUBLIC_COST, REACHED)}


def objectives_of(problem: Problem) -> tuple[Objective, ...]:
    """Objectives that can be told of a problem's plans."""
    return tuple(o for o in OBJECTIVES.values() if o.told_of(problem))


def sign_of(measure: str) -> int:
    """Minus one for an objective that is to be large, one for every other measure."""
    return OBJECTIVES[measure].sign if measure in OBJECTIVES else 1


GROUP = "capacity.objectives"
"""Entry points under which other packages offer objectives."""


def offered(name: str) -> Objective | None:
    """The objective of this name that an installed package offers; None without one."""
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=name):
        given = point.load()
        if not isinstance(given, (str, type)) and objective_named(given).name == name:
            return objective_named(given)
    return None


def objective_named(objective: str | Objective | Any) -> Objective:
    """The objective of that name, the library's own or one that an installed package offers, or the one that is given.

    An object of another class is one where it has a ``name`` and a ``by_scenario``; what else it has of
    `Objective`'s attributes is taken over.

    Raises
    ------
    DataError
        With the objectives there are.
    """
    if isinstance(objective, Objective):
        return objective
    if isinstance(objective, str) and objective in OBJECTIVES:
        return OBJECTIVES[objective]
    if not isinstance(objective, (str, type)) and callable(getattr(objective, "by_scenario", None)):
        known = {f.name: getattr(objective, f.name) for f in fields(Objective) if hasattr(objective, f.name)}
        name = str(known.get("name", type(objective).__name__))
        return Objective(**({"name": name, "unit": "", "sentence": ""} | known))
    if isinstance(objective, str) and (found := offered(objective)) is not None:
        return found
    raise DataError(
        [
            Finding(
                table="objective",
                value=str(objective),
                rule="the objective is one the library knows",
                remedy=f"Choose from: {some(OBJECTIVES)}.",
            )
        ]
    )
