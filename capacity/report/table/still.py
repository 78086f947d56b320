"""A plan of a problem that the planner's table cannot work out: shown as the library made it, to be read alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.problem.settings import PARTS, keys, plainest, value_of
from capacity.report.phrases import phrases, point_names
from capacity.report.settings_said import name_of
from capacity.rules import RULES

if TYPE_CHECKING:
    from capacity.plan.plan import Plan

MONEY = ("income_dkk", "cost_dkk", "building_dkk", "startup_loss_dkk")
UNIT = ("site_id", "name", "region", "beds", "stays", "occupancy", "turned_away", *MONEY)


def still_data(plan: Plan, data_format: int, language: str = "en") -> dict[str, Any]:
    """A plan as the page shows it where it has no engine for it: no setting can be changed.

    Returns
    -------
    dict
        As `table_data`, without what plans are worked out from, and with ``result``: what the engine would have said.
    """
    problem, t = plan.problem, phrases(language)
    net = problem.network
    return {
        "format": data_format,
        "language": language,
        "name": problem.name,
        "fingerprint": problem.fingerprint,
        "scenario": problem.scenarios.ids[0],
        "points": {
            "ids": list(net.point_ids),
            "names": list(point_names(net, t)),
            "region": net.point_region_index.tolist(),
        },
        "sites": {"ids": list(net.site_ids), "names": list(net.site_names), "region": net.site_region_index.tolist()},
        "regions": {"ids": list(net.regions), "names": [net.region_names[r] for r in net.regions]},
        "rules": {rule.name: plainest(problem.policy.settings()[rule.name]) for rule in RULES},
        "objective": {"name": plan.objective_name},
        "settings": [],
        "read_only": [
            {"key": key, "name": name_of(key, t), "value": plainest(value_of(problem, key)), "why": "still"}
            for key in keys(problem.policy)
            if key.partition(".")[0] in (*PARTS, "demand", "rules")
        ],
        "figures": [],
        "units": dict(zip(plan.site_ids, plan.unit_table["beds"], strict=True)),
        "result": _finite(dict(_result(plan))),
    }


def _result(plan: Plan) -> Iterator[tuple[str, Any]]:
    """What the engine would say of the plan (`types.js`, Result)."""
    table: Mapping[str, Any] = plan.unit_table
    regions: Mapping[str, Any] = plan.region_table
    yield "status", plan.status
    yield "objective_name", plan.objective_name
    yield "objective", plan.objective
    yield "objectives", dict(plan.objectives)
    for name in ("mean_minutes", "longest_minutes", "family_hours_per_year", "women_per_year", "served_share"):
        yield name, plan.figures[name]
    yield "beds", plan.beds
    yield "broken", [*_broken(plan)]
    columns = {name: table[name] for name in (*UNIT, "to_ambulatory_minutes", "ambulatory")}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    yield "units", [row | {"given": False, "least_beds": row["beds"]} for row in rows]
    yield "regions", [dict(zip(regions, row, strict=True)) for row in zip(*regions.values(), strict=True)]
    yield "municipalities", [*_places(plan)]
    money = {name: float(sum(row[name] for row in rows)) for name in MONEY}
    annuity = float(plan.problem.finance.building_annuity(np.array(table["beds"], dtype=float)).sum())
    # The yearly cost of all there is, be it at no unit.
    full = {"building_annuity_dkk": annuity, "full_cost_dkk": plan.objectives["cost"]}
    yield "money", money | full | {"result_dkk": money["income_dkk"] - money["cost_dkk"]}


def _broken(plan: Plan) -> Iterator[dict[str, Any]]:
    """What the plan breaks, at a price or not."""
    for one in plan.broken:
        yield {"rule": one.rule, "key": list(one.key), "amount": one.amount, "unit": one.unit}
    units = {rule.name: rule.unit for rule in plan.problem.policy.values()}
    for name, key, amount, _ in plan.penalties:
        yield {"rule": name, "key": list(key), "amount": amount, "unit": units[name]}


def _places(plan: Plan) -> Iterator[dict[str, Any]]:
    """Of each demand point the unit most of its women use, and how far they travel on average, over all scenarios."""
    problem = plan.problem
    table: Mapping[str, Any] = plan.assignment_table
    chance = dict(zip(problem.scenarios.ids, problem.probability.tolist(), strict=True))
    sent: dict[str, list[tuple[str, float, float]]] = {}
    columns = (table[name] for name in ("point_id", "site_id", "scenario", "women", "minutes"))
    for point, site, scenario, women, minutes in zip(*columns, strict=True):
        sent.setdefault(point, []).append((site, chance[scenario] * women, minutes))
    for point, women in zip(problem.network.point_ids, problem.expected_women.tolist(), strict=True):
        here = sent.get(point, [])
        total = sum(weight for _, weight, _ in here)
        by_site: dict[str, float] = {}
        for site, weight, _ in here:
            by_site[site] = by_site.get(site, 0.0) + weight
        most = max(sorted(by_site), key=by_site.__getitem__, default=None)
        mean = sum(weight * minutes for _, weight, minutes in here) / total if total > 0 else None
        yield {"id": point, "site_id": most, "minutes": mean, "women": women}


def _finite(value: Any) -> Any:
    """Numbers that are none as null, as the engine has them."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
