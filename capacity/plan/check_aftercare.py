"""What a plan says of the second stage of its stays, worked out again from its tables, place by place."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from capacity.tolerances import TIE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity.plan.plan import Plan
    from capacity.problem.aftercare import Aftercare
    from capacity.problem.problem import Problem

Away = Callable[[int, float], float]
"""Share who find every bed taken, by beds and offered load."""

Late = Callable[[int, float, float, float], float]
"""Share who wait longer than so many days, by beds, offered load, days waited and mean stay."""


def _nearest_ward(p: Problem, site: str) -> tuple[float, str]:
    """Minutes to the ward nearest to a site, and the ward; infinite and "" without one."""
    ways = p.to_ambulatory
    if ways is None:
        return math.inf, ""
    row = ways.origin_ids.index(site)
    found = min(
        ((float(ways.values[row, ways.destination_ids.index(ward)]), ward) for ward in p.network.wards),
        default=(math.inf, ""),
    )
    return found if math.isfinite(found[0]) else (math.inf, "")


def _shares(care: Aftercare) -> dict[int, float]:
    """Share of the women by the persons their bed holds; 0 where every bed holds everybody."""
    shares: dict[int, float] = defaultdict(float)
    for partner, of_partner in ((0, 1 - care.with_partner), (1, care.with_partner)):
        for children, of_children in ((0, 1 - care.with_children), (1, care.with_children)):
            persons = 2 + partner + children * care.children
            shares[next((size for size in care.bed_sizes if size >= persons), 0)] += of_partner * of_children
    return {size: share for size, share in shares.items() if share > 0}


def _beds(care: Aftercare, need: float, away: Away, late: Late) -> int:
    """Fewest beds that keep the promise, tried one after the other."""
    load = need * (1 - TIE) * float(care.days) / 365
    if load <= 0:
        return 0
    beds = 0
    while True:
        beds += 1
        if care.kind == "occupancy":
            kept = load <= care.occupancy * beds
        elif care.kind == "loss":
            kept = away(beds, load) <= care.held_up
        else:
            kept = load < beds and late(beds, load, care.wait_days, float(care.days)) <= care.wait_probability
        if kept:
            return beds


def aftercare_numbers(
    plan: Plan, paid: Mapping[str, float], away: Away, late: Late
) -> tuple[list[tuple[str, float, float]], float]:
    """Pairs of a sum of the second stage that the plan states, and the same worked out again; and what it costs a year.

    Parameters
    ----------
    plan : Plan
    paid : mapping of unit to stays a year that money counts
    away, late : callables
        The formulas, worked out without the library's own.
    """
    p, care, table = plan.problem, plan.problem.aftercare, plan.assignment_table
    if not care.on:
        return [], 0.0
    place = {}
    for unit in plan.unit_table["site_id"]:
        ward = _nearest_ward(p, unit)[1] if care.where == "shared_house" else ""
        place[unit] = ward if ward in p.network.site_ids else unit
    chance = dict(zip(p.scenarios.ids, p.probability.tolist(), strict=True))
    must = [s for s, held in zip(p.scenarios.ids, p.must_hold.tolist(), strict=True) if held] or list(p.scenarios.ids)
    size = dict(zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True))
    at_unit: dict[tuple[str, str], float] = defaultdict(float)
    for site, scenario, women in zip(table["site_id"], table["scenario"], table["women"], strict=True):
        at_unit[site, scenario] += women
    sent: dict[tuple[str, str], float] = defaultdict(float)
    comes: dict[tuple[str, str], float] = defaultdict(float)
    for (site, scenario), women in at_unit.items():
        lost = away(size[site], women * p.care.mean_days / 365) if p.promise.kind == "loss" else 0.0
        sent[place[site], scenario] += women
        comes[place[site], scenario] += women * (1 - lost)
    beds = standing = building = held = startup = 0.0
    persons = 2 + care.with_partner + care.with_children * care.children
    a_day = care.occupied_day_dkk + persons * care.person_day_dkk
    for where in sorted(set(place.values())):
        here = 0
        for share in _shares(care).values():
            each = _beds(care, max(share * sent[where, s] for s in must), away, late)
            here += each
            # Without a bed, as where no promise has to hold, nobody finds one free.
            held += sum(
                chance[s]
                * share
                * comes[where, s]
                * (away(each, share * comes[where, s] * float(care.days) / 365) if each else 1.0)
                for s in p.scenarios.ids
            )
        beds += here
        building += here * care.building_dkk_per_bed
        stands = here * care.bed_dkk_per_year + (care.house_dkk_per_year if here else 0.0)
        standing += stands
        of_place = float(care.days) * sum(stays for unit, stays in paid.items() if place[unit] == where)
        startup += p.finance.filling_years * _lost(stands, stands - (care.day_rate_dkk - a_day) * of_place)
    days = float(care.days) * sum(paid.values())
    running = standing + days * a_day
    women = sum(chance[s] * count for (_, s), count in comes.items())
    rate = p.finance.interest
    yearly = 1 / p.finance.years if rate == 0 else rate / (1 - (1 + rate) ** -p.finance.years)
    said = plan.figures
    pairs = [
        ("figures.aftercare_beds", said["aftercare_beds"], beds),
        ("figures.aftercare_women", said["aftercare_women"], women),
        ("figures.aftercare_held_up", said["aftercare_held_up"], held / women if women else math.nan),
        ("figures.aftercare_cost_dkk", said["aftercare_cost_dkk"], running),
        ("figures.aftercare_income_dkk", said["aftercare_income_dkk"], care.day_rate_dkk * days),
        ("figures.aftercare_building_dkk", said["aftercare_building_dkk"], building),
        ("figures.aftercare_startup_dkk", said.get("aftercare_startup_dkk", 0.0), startup),
    ]
    return pairs, running + building * yearly


def _lost(first: float, last: float) -> float:
    """Losses over a year of filling, the first rate of loss becoming the last evenly: a trapezium, or a triangle."""
    return (first + last) / 2 if last >= 0 else first * first / (first - last) / 2
