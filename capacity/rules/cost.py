"""What a plan costs: units, beds, stays, courses and aftercare; and what the public pays besides, by how women fare."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from capacity.errors import DataError, Finding
from capacity.rules import Plans, Variables, carries_stays, serves_all
from capacity.rules.aftercare import aftercare_cost, aftercare_per_stay
from capacity.rules.courses import course_dkk, courses_cost, outside, over_women
from capacity.rules.objective import (
    Linear,
    Objective,
    add_outside,
    mean_over_scenarios,
    never,
    nothing_below_zero,
    share_costs,
)
from capacity.tolerances import HOLD, ROUNDING, SUMS

if TYPE_CHECKING:
    from capacity.arrays import Floats, Ints
    from capacity.problem.problem import Problem


# --- cost: DKK a year, building as an annuity ----------------------------------------------------


def _cost_by_scenario(p: Problem, plans: Plans) -> Floats:
    per_stay = p.finance.occupied_day_dkk * p.care.mean_days
    if p.counts_admitted:
        stays = p.counted(plans.beds[:, None, :], plans.stays).sum(axis=2)
    else:
        stays = over_women(p, plans.served)
    cost = _with_units(p, plans, per_stay * stays)
    cost = cost + courses_cost(p, plans) if p.outpatient.on else cost
    return cost + aftercare_cost(p, plans) if p.aftercare.on else cost


def _with_units(p: Problem, plans: Plans, stays: Floats) -> Floats:
    """The yearly cost of units and their beds, with that of stays (B, S)."""
    standing = np.where(plans.open, p.finance.full_cost(plans.beds, 0.0, p.care.mean_days), 0.0)
    return np.asarray(standing.sum(axis=1)[:, None] + stays)


def cost_of_all_stays(p: Problem, v: Variables, *, after: float = 0.0) -> Linear:
    """The yearly cost of units if everybody were admitted: what ties are broken by, whatever is counted.

    `after` is what a stay costs besides, once it is over.
    """
    return _by_stay(p, v, p.finance.occupied_day_dkk * p.care.mean_days + after)


def _by_stay(p: Problem, v: Variables, per_stay: float) -> Linear:
    """The yearly cost of units and courses, where a stay at any of them costs so much."""
    return _with_stays(p, v, *share_costs(p, v, np.full(p.minutes.shape, per_stay)))


def _with_stays(p: Problem, v: Variables, columns: list[Ints], costs: list[Floats]) -> Linear:
    """The yearly cost of units and courses, with that of stays in columns and costs."""
    money = p.finance
    sizes = money.bed_dkk_per_year * v.size_beds + money.building_annuity(v.size_beds)
    opened = np.full(len(v.sites), money.unit_dkk_per_year)
    terms = Linear(
        columns=np.concatenate([v.open[v.sites], v.size, *columns]), cost=np.concatenate([opened, sizes, *costs])
    )
    return add_outside(p, v, terms, course_dkk(p)) if p.outpatient.on else terms


def _after(p: Problem) -> float:
    """What a stay costs once it is over, beside the beds of aftercare."""
    return aftercare_per_stay(p) if p.aftercare.on else 0.0


def _cost_model(p: Problem, v: Variables) -> Linear:
    if p.aftercare.stands:
        raise DataError(
            [
                Finding(
                    table="aftercare",
                    column="days",
                    value=str(p.aftercare.days),
                    rule="a linear model of the cost has no beds of aftercare: they are steps in who goes where",
                    remedy="Turn rules.nearest on (engine enumerate), or leave out what its house and beds cost.",
                )
            ]
        )
    if not cost_bends(p):
        return cost_of_all_stays(p, v, after=_after(p))
    per_stay = p.finance.occupied_day_dkk * p.care.mean_days + _after(p)
    columns = v.admitted_in(p.probability, low=True)[:, v.sites]
    return _with_stays(p, v, [columns.ravel()], [np.repeat(per_stay * p.probability, len(v.sites))])


def cost_bends(p: Problem) -> bool:
    """Whether a stay costs anything, and money counts those that are admitted."""
    return p.counts_admitted and p.finance.occupied_day_dkk + _after(p) > 0


def _beneath(p: Problem) -> Objective | None:
    """The cost if units admitted the least share of their stays that the promise allows; None where that may be none.

    What a unit turns away grows with its stays, so each size turns away most where it has as many as it may.
    """
    if not (p.must_hold.all() and carries_stays(p)) or p.aftercare.stands or p.outpatient.on:
        return None
    beds = np.arange(1, p.sizes.largest + 1)
    most = p.stays_by_beds[beds] * (1 + ROUNDING) + HOLD
    share = float((p.counted(beds, most) / most).min()) * (1 - SUMS)
    per_stay = share * (p.finance.occupied_day_dkk * p.care.mean_days + _after(p))

    def by_scenario(p: Problem, plans: Plans) -> Floats:
        return _with_units(p, plans, per_stay * over_women(p, plans.served))

    def model(p: Problem, v: Variables) -> Linear:
        return _by_stay(p, v, per_stay)

    return replace(
        COST,
        by_scenario=by_scenario,
        expected=mean_over_scenarios(by_scenario),
        model=model,
        least=None,
        in_common=None,
        bends=never,
        beneath=None,
    )


def _for_stays(p: Problem) -> float:
    """What everybody's stays cost, wherever they are, DKK a year (nothing, where some may not be admitted)."""
    if p.counts_admitted:
        return 0.0
    return (p.finance.occupied_day_dkk * p.care.mean_days + _after(p)) * p.scenarios.women_per_year


def _least_cost(p: Problem) -> float:
    """One unit, and everybody where it costs least."""
    unit = p.finance.unit_dkk_per_year
    if not p.outpatient.on:
        return unit + _for_stays(p)
    stay = _for_stays(p) / p.scenarios.women_per_year
    return unit + float(p.expected_women @ np.minimum(course_dkk(p), stay))


def _in_common(p: Problem) -> tuple[float, float] | None:
    """What stays cost wherever they are; not known where it is not the same everywhere."""
    return None if p.counts_admitted or p.outpatient.on or p.aftercare.stands else (1.0, _for_stays(p))


COST = Objective(
    name="cost",
    unit="DKK a year",
    sentence="Yearly cost of units, courses and aftercare: running costs, and building as an annuity.",
    by_scenario=_cost_by_scenario,
    expected=mean_over_scenarios(_cost_by_scenario),
    model=_cost_model,
    in_rows=True,
    smallest_is_best=True,
    least=_least_cost,
    floor=nothing_below_zero,
    in_common=_in_common,
    bends=cost_bends,
    beneath=_beneath,
    steady_in_reach=True,
    outside=True,
    minimised=3,
    best_said="Lowest cost with building",
    axis=("Yearly cost with building, million DKK", 1 / 1e6),
)


# --- public_cost: the same, and the pathways of mother and child ---------------------------------


def pathways_known(p: Problem) -> bool:
    """Whether it is given what a pathway costs, of every kind there is in the problem."""
    ways = p.pathways
    course = not p.outpatient.on or p.pathway_of_course is not False
    return ways.residential is not False and ways.none is not False and course


def _pathways(p: Problem) -> tuple[float, Floats]:
    """Public cost of the pathway after a stay, and without one, by point, (n,): after a course, or after nothing."""
    if not pathways_known(p):
        raise DataError(
            [
                Finding(
                    table="objective",
                    value="public_cost",
                    rule="the public cost needs the cost of every pathway",
                    remedy="Give pathways.residential and pathways.none, and of an outpatient course "
                    "pathways.outpatient or outpatient.effect, or choose another objective.",
                )
            ]
        )
    none = np.full(len(p.network.point_ids), float(p.pathways.none))
    if not p.outpatient.on:
        return float(p.pathways.residential), none
    return float(p.pathways.residential), np.where(np.isfinite(p.course_minutes), float(p.pathway_of_course), none)


def _public_by_scenario(p: Problem, plans: Plans) -> Floats:
    stay, other = _pathways(p)
    return _cost_by_scenario(p, plans) + stay * over_women(p, plans.served) + outside(p, plans, other)


def _public_model(p: Problem, v: Variables) -> Linear:
    stay, other = _pathways(p)
    terms = _cost_model(p, v)
    columns, costs = share_costs(p, v, np.full(p.minutes.shape, stay))
    both = replace(terms, columns=np.concatenate([terms.columns, *columns]), cost=np.concatenate([terms.cost, *costs]))
    return add_outside(p, v, both, other)


def _least_public(p: Problem) -> float:
    """One unit, and everybody on the pathway that costs least, stay or course included."""
    stay, other = _pathways(p)
    stay += _for_stays(p) / p.scenarios.women_per_year
    return p.finance.unit_dkk_per_year + float(p.expected_women @ np.minimum(other + course_dkk(p), stay))


def _public_alike(p: Problem) -> tuple[Objective, float] | None:
    """Where everybody is at a unit her pathway costs the same whichever it is."""
    return (COST, _pathways(p)[0] * p.scenarios.women_per_year) if serves_all(p) else None


PUBLIC_COST = Objective(
    name="public_cost",
    unit="DKK a year",
    sentence="What the public pays for a year's women: units, courses, and their pathways to the child's 11th year.",
    by_scenario=_public_by_scenario,
    expected=mean_over_scenarios(_public_by_scenario),
    model=_public_model,
    in_rows=True,
    smallest_is_best=True,
    told_of=pathways_known,
    least=_least_public,
    floor=nothing_below_zero,
    # Pathways are large beside what one scenario's choices move: taken apart, its bound closed in no time that is used.
    one_stage=False,
    alike=_public_alike,
    bends=cost_bends,
    outside=True,
    minimised=5,
    best_said="Lowest public cost",
    axis=("Public cost of a year's women, million DKK", 1 / 1e6),
)
