"""The numbers of a plan: its units, regions, assignment and objectives, from plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.plan.aftercare import aftercare_figures, second_stage
from capacity.plan.broken import for_beds
from capacity.plan.courses import CARE, by_care
from capacity.plan.tables import AssignmentTable, RegionTable, UnitTable
from capacity.problem.parts import TRANSIT
from capacity.problem.problem import Problem
from capacity.problem.promise import use_of_unit
from capacity.rules import Shares, SplitPlan, allowed_pairs
from capacity.rules.objectives import objectives_of
from capacity.tolerances import SAME_MINUTES, SHARE, SUMS, TIE

Table = Mapping[str, Any]
"""A table as plain columns of equal length, each a tuple."""

MOST_WOMEN = 0.8
"""Share of women the "80 % minutes" speak of."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Tables and numbers of one plan."""

    units: UnitTable
    regions: RegionTable
    assignment: AssignmentTable
    objectives: Mapping[str, float]
    figures: Mapping[str, float]


def figures_of(problem: Problem, plan: SplitPlan) -> Figures:
    """Everything a plan says about itself."""
    sent = plan.shares(0).in_each(len(problem.scenarios.ids))
    women = problem.women[sent.scenario, sent.point] * sent.share
    expected = sent.by_pair(problem.probability[sent.scenario] * women)
    return Figures(
        units=_units(problem, plan),
        regions=_regions(problem, plan, expected),
        assignment=_assignment(problem, sent, women),
        objectives={
            objective.name: objective.sign * float(objective.expected(problem, plan)[0])
            for objective in objectives_of(problem)
        },
        figures=_figures(problem, plan, expected, sent.by_pair(women) > 0),
    )


def scenario_table(problem: Problem, plan: SplitPlan) -> Table:
    """What happens in each scenario: the beds are as built, and who goes where is as assigned.

    Returns
    -------
    Table
        scenario, label, probability, must_hold, women_per_year, served_share, mean_minutes,
        longest_minutes, turned_away (share of the women served who find every bed of their unit
        taken), occupancy (share of all beds taken), promise_kept (at every unit), result_dkk (income
        less running cost, a year), and the objectives by name.
    """
    women, days = problem.women, problem.care.mean_days
    stays, beds, opened = plan.stays[0], plan.beds[0], plan.open[0]
    use = [use_of_unit(problem.promise, int(beds[j]), stays[:, j], days) for j in np.flatnonzero(opened)]
    # A plan may have no unit: nobody need be served where the rule is off or has a price.
    lost = np.array([u.turned_away for u in use]).reshape(-1, len(women)).T
    taken = np.array([u.occupancy for u in use]).reshape(-1, len(women)).T
    served = stays.sum(axis=1)
    travelled = (plan.mean(problem.minutes)[0] * women).sum(axis=1)
    longest = np.where(women > 0, plan.longest(problem.minutes)[0], 0.0).max(axis=1)
    most = for_beds(problem, int(beds.max(initial=0))).stays_by_beds[beds]
    carried = (stays <= most * (1 + TIE)) | ~opened
    money = problem.finance
    counted = problem.counted(beds, stays)
    result = money.yearly_income(counted, days) - money.yearly_cost(beds, counted, days)

    def by_women(top: Floats) -> tuple[float, ...]:
        return tuple((top / np.where(served > 0, served, np.nan)).tolist())

    return {
        "scenario": problem.scenarios.ids,
        "label": problem.scenarios.labels,
        "probability": tuple(problem.probability.tolist()),
        "must_hold": tuple(problem.must_hold.tolist()),
        "women_per_year": tuple(women.sum(axis=1).tolist()),
        "served_share": tuple((served / women.sum(axis=1)).tolist()),
        "mean_minutes": by_women(travelled),
        "longest_minutes": tuple(longest.tolist()),
        "turned_away": by_women((stays[:, opened] * lost).sum(axis=1)),
        "occupancy": tuple((taken @ beds[opened] / max(beds.sum(), 1)).tolist()),
        "promise_kept": tuple(carried.all(axis=1).tolist()),
        "result_dkk": tuple(np.where(opened, result, 0.0).sum(axis=1).tolist()),
        **{o.name: tuple((o.sign * o.by_scenario(problem, plan)[0]).tolist()) for o in objectives_of(problem)},
    }


def weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    """Smallest value that at least `share` of the weight does not exceed."""
    if weights.sum() <= 0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(reached, share - SUMS)])


def _units(problem: Problem, plan: SplitPlan) -> UnitTable:
    net, money, days = problem.network, problem.finance, problem.care.mean_days
    beds = plan.beds[0]
    sites = problem.site_order[plan.open[0][problem.site_order]].tolist()
    stays = [plan.stays[0][:, j] for j in sites]
    mean = [float(problem.probability @ each) for each in stays]
    used = [use_of_unit(problem.promise, int(beds[j]), each, days) for j, each in zip(sites, stays, strict=True)]
    paid = [float(problem.probability @ problem.counted(beds[j], each)) for j, each in zip(sites, stays, strict=True)]
    built = list(zip([int(beds[j]) for j in sites], paid, strict=True))
    return {
        "site_id": tuple(net.site_ids[j] for j in sites),
        "name": tuple(net.site_names[j] for j in sites),
        "region": tuple(net.site_regions[j] for j in sites),
        "region_name": tuple(net.region_names[net.site_regions[j]] for j in sites),
        "beds": tuple(k for k, _ in built),
        "stays": tuple(mean),
        "occupancy": tuple(float(problem.probability @ use.occupancy) for use in used),
        "turned_away": tuple(float(problem.probability @ use.turned_away) for use in used),
        "waiting": tuple(float(problem.probability @ use.waiting) for use in used),
        "income_dkk": tuple(float(money.yearly_income(each, days)) for each in paid),
        "cost_dkk": tuple(float(money.yearly_cost(k, each, days)) for k, each in built),
        "building_dkk": tuple(float(money.building_cost(k)) for k, _ in built),
        "startup_loss_dkk": tuple(float(money.startup_loss(k, each, days)) for k, each in built),
        "to_ambulatory_minutes": tuple(float(problem.ambulatory_minutes[j]) for j in sites),
        "ambulatory": tuple(problem.ambulatory_of[j] for j in sites),
    }


def _regions(problem: Problem, plan: SplitPlan, expected: Floats) -> RegionTable:
    net = problem.network
    access = problem.policy.region_access
    sent: list[tuple[Floats, Floats]] = []
    for r in range(len(net.regions)):
        mine = expected[net.point_region_index == r]
        sent.append((problem.minutes[net.point_region_index == r][mine > 0], mine[mine > 0]))
    here = [net.site_region_index == r for r in range(len(net.regions))]
    table: RegionTable = {
        "region": net.regions,
        "name": tuple(net.region_names[region] for region in net.regions),
        "women": tuple(
            float(problem.expected_women[net.point_region_index == r].sum()) for r in range(len(net.regions))
        ),
        "mean_minutes": tuple(_mean(weights, ways) for ways, weights in sent),
        "minutes_80": tuple(weighted_quantile(ways, weights, MOST_WOMEN) for ways, weights in sent),
        "longest_minutes": tuple(float(ways.max()) if weights.sum() > 0 else float("nan") for ways, weights in sent),
        "units": tuple(int(plan.open[0][inside].sum()) for inside in here),
        "beds": tuple(int(plan.beds[0][inside].sum()) for inside in here),
    }
    if access is not None:
        near = access.minutes
        table["share_within"] = tuple(_share(weights[ways <= near], weights) for ways, weights in sent)
        if problem.outpatient.on:
            # As the rule has it: of all women those who are offered a place so near, whoever accepts it.
            offered = (expected * problem.offered * (problem.minutes <= near)).sum(axis=1)
            inside = [net.point_region_index == r for r in range(len(net.regions))]
            table["share_within"] = tuple(_share(offered[r], problem.expected_women[r]) for r in inside)
    if problem.outpatient.on:
        index, count = net.point_region_index, len(net.regions)
        for name, women in zip(CARE, by_care(problem, expected), strict=True):
            table[name] = tuple(np.bincount(index, women, count).tolist())  # type: ignore[literal-required]  # its columns
    return table


def _mean(weights: Floats, values: Floats) -> float:
    total = weights.sum()
    return float(weights @ values / total) if total > 0 else float("nan")


def _share(part: Floats, whole: Floats) -> float:
    total = whole.sum()
    return float(part.sum() / total) if total > 0 else float("nan")


def _assignment(problem: Problem, sent: Shares, women: Floats) -> AssignmentTable:
    net, used = problem.network, women > 0
    scenario, point, site, each = sent.scenario[used], sent.point[used], sent.site[used], women[used]
    return {
        "point_id": tuple(net.point_ids[i] for i in point),
        "site_id": tuple(net.site_ids[j] for j in site),
        "scenario": tuple(problem.scenarios.ids[s] for s in scenario),
        "women": tuple(each.tolist()),
        "share": tuple((each / problem.women[scenario, point]).tolist()),
        "minutes": tuple(problem.minutes[point, site].tolist()),
    }


def women_sent(problem: Problem, plan: SplitPlan) -> tuple[Floats, Bools]:
    """Women a year of each point at each site, expected, (n, m), and whether anybody is sent there in any scenario."""
    sent = plan.shares(0).in_each(len(problem.scenarios.ids))
    women = problem.women[sent.scenario, sent.point] * sent.share
    return sent.by_pair(problem.probability[sent.scenario] * women), sent.by_pair(women) > 0


def ways_of(problem: Problem, expected: Floats, used: Bools) -> dict[str, float]:
    """Minutes and hours of the families' ways, by women sent (n, m) and whether anybody is."""
    served = float(expected.sum())
    ways = np.where(used, problem.minutes, 0.0)
    hours = np.where(used, problem.hours_per_woman, 0.0)
    return {
        "mean_minutes": float((expected * ways).sum() / served) if served > 0 else float("nan"),
        "longest_minutes": float(ways.max()),
        "family_hours_per_year": float((expected * hours).sum()) + _hours_outside(problem, expected),
    }


def _figures(problem: Problem, plan: SplitPlan, expected: Floats, used: Bools) -> dict[str, float]:
    served = float(expected.sum())
    needed = float(problem.expected_women.sum())
    return {
        **ways_of(problem, expected, used),
        "women_per_year": needed,
        "served_share": served / needed,
        "beds": float(plan.beds.sum()),
        "units": float(plan.open.sum()),
        **_past_nearer(problem, plan, expected),
        **_by_travel(problem, expected, np.where(used, problem.minutes, 0.0)),
        **_care(problem, expected),
        **_aftercare(problem, plan),
    }


def _by_travel(problem: Problem, expected: Floats, ways: Floats) -> dict[str, float]:
    """Women who go by public transport, and the mean way of those with and without a car; {} where nobody is asked."""
    transit = np.array([way == TRANSIT for way in problem.network.point_travel])
    if not transit.any():
        return {}
    sent, travelled = expected.sum(axis=1), (expected * ways).sum(axis=1)
    return {
        "women_by_transit": float(sent[transit].sum()),
        "mean_minutes_by_car": _mean_way(travelled[~transit], sent[~transit]),
        "mean_minutes_by_transit": _mean_way(travelled[transit], sent[transit]),
    }


def _mean_way(travelled: Floats, women: Floats) -> float:
    return float(travelled.sum() / women.sum()) if women.sum() > 0 else float("nan")


def _hours_outside(problem: Problem, expected: Floats) -> float:
    """Hours that families of women on an outpatient course travel in a year."""
    if not problem.outpatient.on:
        return 0.0
    return float((problem.expected_women - expected.sum(axis=1)) @ problem.course_hours)


def _care(problem: Problem, expected: Floats) -> dict[str, float]:
    """Women by where they are, and what the courses cost a year, where there are any."""
    if not problem.outpatient.on:
        return {}
    care = dict(zip(CARE, (float(each.sum()) for each in by_care(problem, expected)), strict=True))
    return care | {"courses_dkk": problem.outpatient.price * care["outpatient_women"]}


def _aftercare(problem: Problem, plan: SplitPlan) -> dict[str, float]:
    """The second stage in sums, where there is one."""
    if not problem.aftercare.on:
        return {}
    return aftercare_figures(problem, second_stage(problem, plan.open[0], plan.beds[0], plan.stays[0]))


def _past_nearer(problem: Problem, plan: SplitPlan, expected: Floats) -> dict[str, float]:
    """Women sent past a nearer open unit they may use, and how much farther, on average."""
    usable = allowed_pairs(problem) & plan.open[0]
    nearest = np.where(usable, problem.minutes, np.inf).min(axis=1, keepdims=True)
    finite = np.where(np.isfinite(problem.minutes), problem.minutes, 0.0)
    farther = np.where(
        (expected > SHARE) & np.isfinite(nearest), finite - np.where(np.isfinite(nearest), nearest, 0), 0.0
    )
    passed = expected * (farther > SAME_MINUTES)
    total = float(passed.sum())
    return {
        "women_past_nearer": total,
        "minutes_past_nearer": float((passed * farther).sum() / total) if total > 0 else 0.0,
    }
