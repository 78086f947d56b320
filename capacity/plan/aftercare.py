"""The second stage of a plan's stays: its beds, who lives there, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from capacity.plan.tables import Numbers, Texts
from capacity.problem.promise import DAYS_PER_YEAR, admitted_stays, use_of_unit
from capacity.rules.aftercare import aftercare_beds, aftercare_per_stay, aftercare_standing, aftercare_stays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity.arrays import Bools, Floats, Ints
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem


class AftercareTable(TypedDict):
    """One row for each place of aftercare and kind of bed there.

    Attributes
    ----------
    site_id, name : str
        Of the unit, or of the site whose neonatal ward the shared house is near.
    units : str
        Ids of the units whose women come here.
    holds : int
        Persons a bed (room for one family) holds.
    beds : int
    stays : float
        Women a year who come, whoever is turned away at the unit left out (under a loss promise).
    occupancy, held_up, late : float
        Mean share of beds taken; share who find none free and keep their bed at the unit; share for whom that lasts
        longer than the promise's days, were they to wait.
    persons : float
        Living there on average.
    cost_dkk, income_dkk : float
        A year: house (by its beds), beds and days; the day rate.
    building_dkk : float
        Once.
    startup_loss_dkk : float
        Once, until the place is filled, at its own day rate: a part of the place's by the beds. See
        `Finance.startup_loss`.
    ward : str
        Site of the nearest neonatal ward.
    ward_minutes : float
        Of the unit farthest from it.
    """

    site_id: Texts
    name: Texts
    units: Texts
    holds: tuple[int, ...]
    beds: tuple[int, ...]
    stays: Numbers
    occupancy: Numbers
    held_up: Numbers
    late: Numbers
    persons: Numbers
    cost_dkk: Numbers
    income_dkk: Numbers
    building_dkk: Numbers
    startup_loss_dkk: Numbers
    ward: Texts
    ward_minutes: Numbers


class FamilyTable(TypedDict):
    """One row for each kind of family.

    Attributes
    ----------
    partner, children : bool
        Who lives along.
    persons : int
    holds : int
        Persons the bed holds that such a family takes.
    share : float
        Of the women.
    women : float
        A year.
    beds_in_use : float
        On average, those who are held up at their unit among them.
    persons_there : float
        Living there on average.
    dkk_per_year : float
        Cost of the days.
    """

    partner: tuple[bool, ...]
    children: tuple[bool, ...]
    persons: tuple[int, ...]
    holds: tuple[int, ...]
    share: Numbers
    women: Numbers
    beds_in_use: Numbers
    persons_there: Numbers
    dkk_per_year: Numbers


@dataclass(frozen=True, kw_only=True, eq=False)
class Second:
    """The second stage of one plan; m sites, S scenarios, K kinds of bed.

    Attributes
    ----------
    beds : ndarray (m, K)
    comes, paid : ndarray (S, m)
        Women a year at each place who come, and whom money counts.
    units : tuple of tuple of str
        Ids of the units of each place.
    farthest : ndarray (m,)
        Minutes of the farthest of them from their ward.
    """

    beds: Ints
    comes: Floats
    paid: Floats
    units: tuple[tuple[str, ...], ...]
    farthest: Floats


def second_stage(p: Problem, opened: Bools, beds: Ints, stays: Floats) -> Second:
    """The second stage of units (m,) with so many beds (m,) and stays (S, m)."""
    there = aftercare_stays(p, stays[None])
    admitted = np.where(opened, admitted_stays(p.promise, beds, stays, p.care.mean_days), 0.0)
    counted = np.where(opened, p.counted(beds, stays), 0.0)
    at = p.place_of_aftercare.tolist()
    units: list[list[str]] = [[] for _ in at]
    farthest = np.zeros(len(at))
    for j in np.flatnonzero(opened).tolist():
        units[at[j]].append(p.network.site_ids[j])
        farthest[at[j]] = max(farthest[at[j]], p.ward_minutes[j])
    return Second(
        beds=aftercare_beds(p, there)[0],
        comes=aftercare_stays(p, admitted[None])[0],
        paid=aftercare_stays(p, counted[None])[0],
        units=tuple(tuple(sorted(each)) for each in units),
        farthest=farthest,
    )


def _rows(p: Problem, second: Second) -> list[dict[str, Any]]:
    care, net = p.aftercare, p.network
    promise, days = care.promise(p.promise.demand_cv), float(care.days)
    rows = []
    for j in p.site_order.tolist():
        if not second.units[j]:
            continue
        of_place = int(second.beds[j].sum())
        lost = _lost(p, of_place, float(p.probability @ second.paid[:, j]))
        for k, kind in enumerate(care.kinds):
            beds = int(second.beds[j, k])
            comes, paid = kind.share * second.comes[:, j], float(kind.share * (p.probability @ second.paid[:, j]))
            use = use_of_unit(promise, beds, comes, days)
            house = care.house_dkk_per_year * beds / of_place if of_place else 0.0
            per_day = care.occupied_day_dkk + kind.persons * care.person_day_dkk
            in_use = float(p.probability @ use.occupancy) * beds
            rows.append(
                {
                    "site_id": net.site_ids[j],
                    "name": net.site_names[j],
                    "units": ", ".join(second.units[j]),
                    "holds": kind.holds,
                    "beds": beds,
                    "stays": float(p.probability @ comes),
                    "occupancy": float(p.probability @ use.occupancy),
                    "held_up": _by_women(p.probability * comes, use.turned_away),
                    "late": _by_women(p.probability * comes, use.late),
                    "persons": in_use * kind.persons,
                    "cost_dkk": house + care.bed_dkk_per_year * beds + per_day * days * paid,
                    "income_dkk": care.day_rate_dkk * days * paid,
                    "building_dkk": care.building_dkk_per_bed * beds,
                    "startup_loss_dkk": lost * beds / of_place if of_place else 0.0,
                    "ward": p.ward_of[j],
                    "ward_minutes": float(second.farthest[j]),
                }
            )
    return rows


def _lost(p: Problem, beds: int, paid: float) -> float:
    """What a place of so many beds loses until its days are those of the stays paid for, DKK once."""
    care = p.aftercare
    standing = aftercare_standing(p, np.array(beds), building=False)
    surplus = paid * (float(care.days) * care.day_rate_dkk - aftercare_per_stay(p))
    return float(p.finance.lost_while_filling(standing, np.array(surplus)))


def _by_women(women: Floats, share: Floats) -> float:
    """Mean of a share by scenario, weighted by women; 0 where nobody comes."""
    return float(women @ share / women.sum()) if women.sum() > 0 else 0.0


def aftercare_figures(p: Problem, second: Second) -> dict[str, float]:
    """Sums over places and kinds of bed; {} without aftercare."""
    rows = _rows(p, second)
    comes = math.fsum(row["stays"] for row in rows)
    held = math.fsum(row["stays"] * row["held_up"] for row in rows)
    return {
        "aftercare_beds": float(sum(row["beds"] for row in rows)),
        "aftercare_women": comes,
        "aftercare_held_up": held / comes if comes > 0 else math.nan,
        "aftercare_persons": math.fsum(row["persons"] for row in rows),
        "aftercare_cost_dkk": math.fsum(row["cost_dkk"] for row in rows),
        "aftercare_income_dkk": math.fsum(row["income_dkk"] for row in rows),
        "aftercare_building_dkk": math.fsum(row["building_dkk"] for row in rows),
        "aftercare_startup_dkk": math.fsum(row["startup_loss_dkk"] for row in rows),
    }


def _second_of(plan: Plan) -> Second:
    p = plan.problem
    site = {j: k for k, j in enumerate(p.network.site_ids)}
    scenario = {s: k for k, s in enumerate(p.scenarios.ids)}
    opened, beds = np.zeros(len(site), dtype=bool), np.zeros(len(site), dtype=np.int64)
    for j, size in zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True):
        opened[site[j]], beds[site[j]] = True, size
    stays, table = np.zeros((len(scenario), len(site))), plan.assignment_table
    for j, s, women in zip(table["site_id"], table["scenario"], table["women"], strict=True):
        stays[scenario[s], site[j]] += women
    return second_stage(p, opened, beds, stays)


def aftercare_table(plan: Plan) -> Mapping[str, Any]:
    """A plan's places of aftercare, as `AftercareTable`; without rows where there is none."""
    rows = _rows(plan.problem, _second_of(plan)) if plan.problem.aftercare.on else []
    return {name: tuple(row[name] for row in rows) for name in AftercareTable.__annotations__}


def family_table(plan: Plan) -> Mapping[str, Any]:
    """A plan's families of the second stage, as `FamilyTable`; without rows where there is none."""
    p, care = plan.problem, plan.problem.aftercare
    rows = []
    if care.on:
        women, second = plan.figures["aftercare_women"], _second_of(plan)
        paid = float((p.probability @ second.paid).sum())
        days = float(care.days)
        for family in care.families:
            holds = next(kind.holds for kind in care.kinds if family.persons <= kind.holds)
            beds = family.share * women * days / DAYS_PER_YEAR
            per_day = care.occupied_day_dkk + family.persons * care.person_day_dkk
            rows.append(
                {
                    "partner": family.partner,
                    "children": family.children,
                    "persons": family.persons,
                    "holds": holds,
                    "share": family.share,
                    "women": family.share * women,
                    "beds_in_use": beds,
                    "persons_there": beds * family.persons,
                    "dkk_per_year": family.share * paid * days * per_day,
                }
            )
    return {name: tuple(row[name] for row in rows) for name in FamilyTable.__annotations__}
