"""The report: one self-contained HTML page that asks nobody for anything."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.enumeration import MOST_SETS, space_of, why_not
from capacity.errors import DataError, some
from capacity.plan import Plan
from capacity.privacy import regions_shown, shown
from capacity.report.payload import to_json
from capacity.report.phrases import number, percent, phrases
from capacity.report.words import is_assumption, leans_on
from capacity.rules import rules_on

if TYPE_CHECKING:
    from capacity.studies.alternatives import Alternatives
    from capacity.studies.ladder import Ladder

ALTERNATIVES = 5
MONEY = ("income_dkk", "cost_dkk", "building_dkk")
MAPPED = 3
"""Alternatives that get a map of their own."""

Words = Mapping[str, str]


def write_report(
    plan: Plan, path: str | os.PathLike[str], *, language: str = "en", studies: bool = True
) -> Path:
    """Write the report of a plan.

    Parameters
    ----------
    plan : Plan
    path : path
        An .html file.
    language : {"en", "da"}
    studies : bool
        Whether to work out alternatives and the ladder, where every set of sites can be valued.

    Returns
    -------
    Path
        The file written.
    """
    target = Path(path)
    text = report_page(plan, language=language, studies=studies)
    made = target.with_name(f".{target.name}.part")
    made.write_text(text, encoding="utf-8")
    made.replace(target)
    return target


def report_page(plan: Plan, *, language: str = "en", studies: bool = True) -> str:
    """The report of a plan as HTML."""
    from jinja2 import Environment, PackageLoader

    t = phrases(language)
    environment = Environment(
        loader=PackageLoader("capacity", "report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    others = _alternatives(plan) if studies else None
    return environment.get_template("report.html.j2").render(
        t=t,
        name=plan.problem.name,
        answer=_answer(plan, t),
        maps=_maps(plan, others, t),
        units=_units(plan, t),
        regions=_regions(plan, t),
        money=_money(plan, t),
        leans=_leans(plan, t),
        alternatives=_alternatives_table(others, t),
        ladder=_ladder_table(_ladder(plan) if studies else None, t),
        method=t["method_text"].format(t["modelled"] if plan.problem.travel.modelled else t["given"]),
        limits=_limits(plan, t),
        rules=_rules(plan, t),
        notices=plan.problem.notices,
        annexes=[_annex(plan, k, t) for k in range(len(plan.region_table["region"]))],
        record=to_json({**plan.record, "privacy": shown(plan).record}),
        data=t["data"].format("; ".join(plan.problem.attribution)) if plan.problem.attribution else "",
    )


def _alternatives(plan: Plan) -> Alternatives | None:
    from capacity.studies.alternatives import alternatives

    problem = plan.problem
    if why_not(problem) is not None or space_of(problem).sets > MOST_SETS // 10:
        return None
    return alternatives(problem, ALTERNATIVES, objective=plan.objective_name)


def _ladder(plan: Plan) -> Ladder | None:
    from capacity.studies.ladder import ladder

    try:
        return ladder(plan.problem, objective=plan.objective_name)
    except DataError:
        return None


def _table(columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Columns as (text, numeric); a cell is text, or (text, the number to sort by)."""
    cells = [
        [{"text": c[0], "key": c[1]} if isinstance(c, tuple) else {"text": c, "key": None} for c in row] for row in rows
    ]
    return {"columns": [{"text": text, "n": numeric} for text, numeric in columns], "rows": cells}


def _answer(plan: Plan, t: Words) -> list[str]:
    language, table = t["language"], plan.unit_table
    count = len(table["site_id"])
    units = [t["unit_beds"].format(n, b) for n, b in zip(table["name"], table["beds"], strict=True)]
    many = t["one_unit"] if count == 1 else t["n_units"].format(count)
    gap = percent(plan.gap, 1, language) if math.isfinite(plan.gap) else "?"
    return [
        t["open"].format(many, plan.beds, "; ".join(units)),
        t["proven"] if plan.status == "optimal" else t["unproven"].format(gap),
        t["travel"].format(
            number(plan.mean_minutes, 0, language),
            number(plan.longest_minutes, 0, language),
            number(plan.family_hours_per_year, 0, language),
        ),
    ]


def _maps(plan: Plan, others: Alternatives | None, t: Words) -> list[dict[str, str]]:
    if plan.problem.network.point_lonlat is None or plan.problem.network.site_lonlat is None:
        return []
    from capacity.report.map import draw_map

    plans = [plan]
    if others is not None:
        plans += [a.plan for a in others.alternatives if a.plan.site_ids != plan.site_ids][: MAPPED - 1]
    return [
        {"name": ", ".join(p.site_ids), "svg": draw_map(p, language=t["language"]).svg} for p in plans
    ]


def _units(plan: Plan, t: Words) -> dict[str, Any]:
    table, la = plan.unit_table, t["language"]
    rows = []
    for k, site in enumerate(table["site_id"]):
        rows.append(
            [
                f"{table['name'][k]} ({site})",
                table["region_name"][k],
                _cell(table["beds"][k], 0, la),
                _cell(table["stays"][k], 1, la),
                (percent(table["occupancy"][k], 0, la), table["occupancy"][k]),
                (percent(table["turned_away"][k], 1, la), table["turned_away"][k]),
                _cell(table["to_ambulatory_minutes"][k], 0, la),
            ]
        )
    heads = [("unit", False), ("region", False), ("beds", True), ("stays", True), ("occupancy", True), ("turned_away", True), ("to_ambulatory", True)]  # fmt: skip  # noqa: E501
    return _table([(t[h], n) for h, n in heads], rows)


def _cell(value: float, decimals: int, language: str) -> tuple[str, float | None]:
    return number(value, decimals, language), None if value != value else float(value)


def _regions(plan: Plan, t: Words) -> dict[str, Any]:
    table, la = regions_shown(plan, shown(plan)), t["language"]
    rows = []
    for k, name in enumerate(table["name"]):
        women = table["women"][k]
        rows.append(
            [
                name,
                women if isinstance(women, str) else _cell(women, 1, la),
                *(_cell(table[c][k], 0, la) for c in ("mean_minutes", "minutes_80", "longest_minutes")),
                *(_cell(table[c][k], 0, la) for c in ("units", "beds")),
            ]
        )
    heads = ("region", "women", "mean", "minutes_80", "longest", "units", "beds")
    return _table([(t[h], h != "region") for h in heads], rows)


def _money(plan: Plan, t: Words) -> dict[str, Any]:
    table, la = plan.unit_table, t["language"]
    rows = []
    for k, name in enumerate(table["name"]):
        income, cost, building = (table[c][k] / 1e6 for c in ("income_dkk", "cost_dkk", "building_dkk"))
        startup = table["startup_loss_dkk"][k] / 1e6
        rows.append([name, *(_cell(v, 1, la) for v in (income, cost, income - cost, building, startup))])
    return _table([(t[h], h != "unit") for h in ("unit", "income", "cost", "result", "building", "startup")], rows)


def _leans(plan: Plan, t: Words) -> dict[str, Any]:
    problem, la = plan.problem, t["language"]
    rows = []
    for key, said, source in leans_on(problem):
        spread = problem.ranges.get(key)
        ends = [f"{v:g}" if abs(v) < 1_000 else number(v, 0, la) for v in spread] if spread else []
        kind = f"{t['assumption'].capitalize()}: " if is_assumption(source) and t["language"] != "en" else ""
        rows.append([said, " - ".join(ends), kind + source])
    return _table([(t["setting"], False), (t["range"], False), (t["source"], False)], rows)


def _alternatives_table(others: Alternatives | None, t: Words) -> dict[str, Any] | None:
    if others is None:
        return None
    la = t["language"]
    rows = [
        [", ".join(a.plan.site_ids), _cell(a.plan.beds, 0, la), (percent(a.behind, 1, la), a.behind), a.story]
        for a in others.alternatives
    ]
    made = _table([(t["units"], False), (t["beds"], True), (t["behind"], True), (t["against"], False)], rows)
    made["text"] = t["alternatives_text"].format(others.certificate)
    within = percent(others.within, 0, la)
    made["after"] = [t["core"].format(within, ", ".join(others.core) or "-", ", ".join(others.optional) or "-")]
    if others.near_ties:
        made["after"].append(t["ties"].format("; ".join(others.near_ties)))
    return made


def _ladder_table(found: Ladder | None, t: Words) -> dict[str, Any] | None:
    if found is None:
        return None
    la = t["language"]
    rows = []
    for step in found.steps:
        beds = f"{step.beds_low}-{step.beds}" if step.site_ids else "-"
        rows.append(
            [
                _cell(step.low, 2, la), _cell(step.high, 2, la), ", ".join(step.site_ids) or t["none"], beds,
                _cell(step.mean_minutes, 0, la), ", ".join(step.stopped_by) or "-",
            ]
        )  # fmt: skip
    heads = [("from", True), ("to", True), ("units", False), ("beds", True), ("mean", True), ("stopped", False)]
    return _table([(t[h], n) for h, n in heads], rows)


def _limits(plan: Plan, t: Words) -> str:
    mean = plan.problem.scenarios.women_per_year
    low, high = max(0.0, mean - 1.96 * math.sqrt(mean)), mean + 1.96 * math.sqrt(mean)
    la = t["language"]
    return t["limits"].format(number(mean, 0 if mean == int(mean) else 1, la), number(low, 0, la), number(high, 0, la))


def _rules(plan: Plan, t: Words) -> dict[str, Any]:
    settings = plan.problem.policy.settings()
    rows = []
    for rule in rules_on(plan.problem):
        value = settings[rule.name]
        said = "" if value is True else to_json({"": value}).replace("\n", " ").strip("{} ").removeprefix('"":').strip()
        rows.append([rule.name, said, rule.sentence, plan.problem.sources.get(f"rules.{rule.name}", "")])
    return _table([(t["rule"], False), (t["value"], False), (t["sentence"], False), (t["source"], False)], rows)


def _annex(plan: Plan, k: int, t: Words) -> dict[str, Any]:
    """The answer of one region, in the order the agency asks."""
    net, la = plan.problem.network, t["language"]
    table, units = regions_shown(plan, shown(plan)), plan.unit_table
    region, name = table["region"][k], table["name"][k]
    here = [u for u, r in enumerate(units["region"]) if r == region]
    home = dict(zip(net.point_ids, net.point_regions, strict=True))
    assigned = plan.assignment_table
    used = sorted({j for i, j in zip(assigned["point_id"], assigned["site_id"], strict=True) if home[i] == region})
    names = dict(zip(units["site_id"], units["name"], strict=True))
    places = [t["unit_beds"].format(units["name"][u], units["beds"][u]) for u in here]
    use = some(names[j] for j in used)
    model = [t["a_here"].format(name, "; ".join(places)) if here else t["a_nothing"].format(name, use)]
    if here:
        women = table["women"][k]
        hidden = isinstance(women, str)
        model.append(t["a_women_hidden"].format(use) if hidden else t["a_used"].format(number(women, 1, la), use))
    minutes = [number(table[c][k], 0, la) for c in ("mean_minutes", "longest_minutes", "minutes_80")]
    model += [t["a_travel"].format(*minutes), t["a_content"]]
    finance = [
        t["a_money"].format(units["name"][u], *(number(units[c][u] / 1e6, 1, la) for c in MONEY))
        for u in (here or [units["site_id"].index(j) for j in used])
    ]  # fmt: skip
    return {"title": t["annex"].format(name), "model": model, "finance": finance}
