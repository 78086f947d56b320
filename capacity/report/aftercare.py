"""The second stage of a plan's stays in a report: its sentence, its places, and who lives there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from capacity.plan.aftercare import aftercare_table, family_table
from capacity.report.naming import short_names
from capacity.report.tables import Grid, Row, figure, grid, share

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.report.phrases import Phrases

FAMILIES = {
    (False, False): "family-alone",
    (True, False): "family-partner",
    (False, True): "family-children",
    (True, True): "family-both",
}
"""What a family is called, by partner and other children."""


def aftercare_said(plan: Plan, t: Phrases) -> str:
    """What the second stage is, takes and costs; "" without one."""
    care, said = plan.problem.aftercare, plan.figures
    if not care.on or not said["aftercare_women"]:
        return ""
    text = t(
        "aftercare-text",
        days=t.plain(plan.problem.care.mean_days),
        after=t.plain(float(care.days)),
        beds=t.number(said["aftercare_beds"]),
        women=t.number(said["aftercare_women"], 1),
        persons=t.number(said["aftercare_persons"], 1),
        held=t.percent(said["aftercare_held_up"], 1),
    )
    cost, building = said["aftercare_cost_dkk"] / 1e6, said["aftercare_building_dkk"] / 1e6
    money = t("aftercare-cost", cost=t.number(cost, 1), building=t.number(building, 1)) if cost or building else ""
    lost = said.get("aftercare_startup_dkk", 0.0) / 1e6
    filling = t("aftercare-filling", lost=t.number(lost, 1)) if lost else ""
    return " ".join(part for part in (text, money, filling, t("aftercare-unmeasured")) if part)


def aftercare_grid(plan: Plan, t: Phrases) -> Grid | None:
    """Places and kinds of bed; None without aftercare."""
    if not plan.problem.aftercare.on:
        return None
    table = aftercare_table(plan)
    wards = any(map(math.isfinite, table["ward_minutes"]))
    net, shared = plan.problem.network, plan.problem.aftercare.where == "shared_house"
    places = short_names(net.site_ids, net.site_names)
    rows: list[Row] = [
        [
            places[site],
            *(["; ".join(places[unit] for unit in table["units"][k].split(", "))] if shared else []),
            figure(t, table["holds"][k]),
            figure(t, table["beds"][k]),
            figure(t, table["stays"][k], 1),
            share(t, table["occupancy"][k]),
            share(t, table["held_up"][k], 1),
            figure(t, table["persons"][k], 1),
            figure(t, table["cost_dkk"][k] / 1e6, 1),
            *([figure(t, table["ward_minutes"][k])] if wards else []),
        ]
        for k, site in enumerate(table["site_id"])
    ]
    said = plan.figures
    foot: Row = [
        t("total"),
        *([""] if shared else []),
        "",
        figure(t, said["aftercare_beds"]),
        figure(t, said["aftercare_women"], 1),
        "",
    ]
    foot += [share(t, said["aftercare_held_up"], 1), figure(t, said["aftercare_persons"], 1)]
    foot += [figure(t, said["aftercare_cost_dkk"] / 1e6, 1), *([""] if wards else [])]
    words = ("aftercare-place", "aftercare-units") if shared else ("aftercare-place",)
    numbers = ("aftercare-holds", "beds", "women", "occupancy", "held-up", "persons", "aftercare-running")
    heads = [(t(h), False) for h in words] + [(t(h), True) for h in (*numbers, *(("ward-minutes",) if wards else ()))]
    return grid(t("aftercare"), heads, rows, foot)


def family_grid(plan: Plan, t: Phrases) -> Grid | None:
    """Who lives in aftercare, by family; None without aftercare."""
    if not plan.problem.aftercare.on:
        return None
    table = family_table(plan)
    rows: list[Row] = [
        [
            t(FAMILIES[partner, table["children"][k]]),
            figure(t, table["persons"][k]),
            figure(t, table["holds"][k]),
            share(t, table["share"][k]),
            figure(t, table["women"][k], 1),
            figure(t, table["beds_in_use"][k], 1),
            figure(t, table["persons_there"][k], 1),
            figure(t, table["dkk_per_year"][k] / 1e6, 1),
        ]
        for k, partner in enumerate(table["partner"])
    ]
    heads = ("family-persons", "aftercare-holds", "family-share", "women", "family-beds", "persons", "family-days")
    return grid(t("families"), [(t("family-kind"), False), *((t(h), True) for h in heads)], rows)
