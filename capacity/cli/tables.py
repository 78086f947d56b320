"""Plans and rules on the terminal."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console

from capacity.cli.fitted import Fitted, as_text
from capacity.cli.saying import told, words
from capacity.plan.aftercare import aftercare_table, family_table
from capacity.plan.check import arrays_of
from capacity.plan.courses import care_columns
from capacity.plan.figures import scenario_table
from capacity.plan.plan import Plan
from capacity.report.settings_said import SHARES
from capacity.report.signs import shown
from capacity.report.words import is_assumption, leans_on, paragraph
from capacity.rules.objectives import objective_named

PLAIN_WIDTH = 110
"""Columns where the output is not a terminal, and nothing says how wide it is (COLUMNS)."""


def console() -> Console:
    """Standard output, wide enough for the tables where it is a file or a pipe."""
    said = os.environ.get("COLUMNS", "")
    width = int(said) if said.isdecimal() and int(said) > 0 else None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, highlight=False)


def print_text(text: str) -> None:
    """Print a paragraph, wrapped like the tables."""
    console().print(as_text(told(text)))


def make_table(title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]) -> Fitted:
    """A table of text, in the language of this run; `columns` are (header, "left" or "right")."""
    speak = words()
    heads, cells = [head for head, _ in columns], [[str(cell) for cell in row] for row in rows]
    if speak is not None:
        title, heads = speak.text(title), [speak.head(head) for head in heads]
        cells = [[speak.cell(cell) for cell in row] for row in cells]
    return Fitted(
        title=shown(title),
        heads=tuple(heads),
        right=tuple(side == "right" for _, side in columns),
        rows=tuple(map(tuple, cells)),
    )


def minutes(value: float) -> str:
    """Minutes without decimals; a dash where there are none."""
    return "-" if value != value else f"{value:.0f}"


def million(value: float) -> str:
    """DKK as millions with one decimal; what is rounded to nothing has no sign."""
    return f"{round(value / 1e6, 1) + 0.0:,.1f}"


def plain(value: float) -> str:
    """A number without an exponent or needless decimals."""
    return (
        f"{value:,.0f}" if abs(value) >= 1_000 else f"{round(value, 2) if abs(value) >= 1 else float(f'{value:.3g}'):g}"
    )


ONE_OF = {
    "agreements": "agreement",
    "beds": "bed",
    "minutes": "minute",
    "sites": "site",
    "stays": "stay",
    "units": "unit",
    "women": "woman",
}
"""What is counted, where there is one of it."""


def amount_of(value: float, unit: str) -> str:
    """By how much a rule is broken: ``1 bed too few``, ``12.5 women a year too far away``.

    >>> amount_of(1, "beds too few"), amount_of(0.679112, "women a year too far away")
    ('1 bed too few', '0.679 women a year too far away')
    """
    number = plain(value)
    if number == "1":
        counted = next((word for word in unit.split(" ") if word in ONE_OF), None)
        unit = unit if counted is None else unit.replace(counted, ONE_OF[counted], 1)
    return f"{number} {unit}"


def percent(value: float, decimals: int = 0) -> str:
    """A share as per cent; a dash where there is none."""
    return "-" if value != value else f"{100 * value:.{decimals}f} %"


def print_plan(plan: Plan) -> None:
    """Print the units, the regions, what the plan leans on, and one honest paragraph."""
    out = console()
    out.print(as_text(told(plan.problem.name), "bold"))
    out.print(_units(plan))
    out.print(_regions(plan))
    out.print(_equity(plan))
    if len(plan.problem.scenarios.ids) > 1:
        out.print(_scenarios(plan))
    if plan.problem.aftercare.on:
        out.print(_aftercare(plan))
        out.print(_families(plan))
    out.print(_leans(plan))
    if plan.penalties:
        out.print(_penalties(plan))
    if plan.broken:
        out.print(_broken(plan))
    out.print(as_text(told(paragraph(plan))))
    if plan.problem.attribution:
        out.print(as_text(told(f"Data: {'; '.join(plan.problem.attribution)}."), "dim"))


def _units(plan: Plan) -> Fitted:
    from capacity.report.tables import late_share

    table, waits = plan.unit_table, plan.problem.promise.kind == "wait"
    away = late_share(plan) if waits else table["turned_away"]
    rows = []
    for k, site in enumerate(table["site_id"]):
        rows.append(
            (
                site,
                table["name"][k],
                table["beds"][k],
                f"{table['stays'][k]:.1f}",
                percent(table["occupancy"][k]),
                percent(away[k], 1),
                million(table["income_dkk"][k] - table["cost_dkk"][k]),
                minutes(table["to_ambulatory_minutes"][k]),
            )
        )
    return make_table(
        f"Units ({plan.status})",
        [
            ("unit", "left"),
            ("name", "left"),
            ("beds", "right"),
            ("stays\nneeded", "right"),
            ("occu-\npancy", "right"),
            ("wait\ntoo long" if waits else "turned\naway", "right"),
            ("income less\ncost, M DKK", "right"),
            ("min to am-\nbulatory", "right"),
        ],
        rows,
    )


def _regions(plan: Plan) -> Fitted:
    table = plan.region_table
    access = plan.problem.policy.region_access
    columns = [
        ("region", "left"),
        ("women\na year", "right"),
        ("mean\nminutes", "right"),
        ("80 % within\nminutes", "right"),
        ("longest\nminutes", "right"),
        ("units", "right"),
        ("beds", "right"),
    ]
    if access is not None:
        columns.append((f"within\n{access.minutes:g} min", "right"))
    care = care_columns(table)
    columns += [(head, "right") for head in ("at a\nunit", "on a\ncourse", "reached by\nneither") if care]
    rows = []
    for k, name in enumerate(table["name"]):
        women = table["women"][k]
        row = [
            name,
            f"{women:.1f}",
            minutes(table["mean_minutes"][k]),
            minutes(table["minutes_80"][k]),
            minutes(table["longest_minutes"][k]),
            table["units"][k],
            table["beds"][k],
        ]
        if access is not None:
            row.append(percent(table["share_within"][k]))
        row += [f"{each[k]:.1f}" for each in care.values()]
        rows.append(row)
    return make_table("Regions", columns, rows)


def _equity(plan: Plan) -> Fitted:
    from capacity.studies.equity import WITHIN, equity

    heads = ("mean", "longest", "worst_off_minutes", "gap", "gini", "beds", "nothing")
    rows = equity_cells(equity(plan))
    columns = [("region", "left"), *((EQUITY_HEADS[head], "right") for head in heads)]
    return make_table(equity_title(WITHIN), columns, [[row[k] for k in ("name", *heads)] for row in rows])


EQUITY_HEADS = {
    "mean": "mean\nminutes",
    "most": "90 % within\nminutes",
    "longest": "longest\nminutes",
    "worst_off_minutes": "worst-off,\nminutes",
    "gap": "above the\nshortest",
    "gini": "Gini",
    "beds": "beds a\nwoman",
    "nothing": "nothing\nnear",
}
"""What is told of how evenly regions are treated, by the keys of `equity_cells`."""


def equity_title(within: float) -> str:
    """Of the table of how evenly regions are treated."""
    return f"How evenly the regions are treated (beds within {within:g} minutes)"


def equity_cells(found: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Rows of `capacity.equity` as text, by the keys of `EQUITY_HEADS`, name and women."""

    def number(value: float, decimals: int) -> str:
        return "-" if value != value else f"{value:.{decimals}f}"

    return [
        {
            "name": row["name"] or "all",
            "women": number(row["women"], 1),
            "mean": minutes(row["mean_minutes"]),
            "most": minutes(row["minutes_90"]),
            "longest": minutes(row["longest_minutes"]),
            "worst_off_minutes": minutes(row["worst_off_minutes"]),
            "gap": minutes(row["gap_minutes"]),
            "gini": number(row["gini"], 2),
            "beds": number(row["beds_per_woman"], 2),
            "nothing": percent(row["nothing_near"]),
        }
        for row in found
    ]


def _aftercare(plan: Plan) -> Fitted:
    """The second stage, by place and kind of bed."""
    table = aftercare_table(plan)
    wards = any(map(math.isfinite, table["ward_minutes"]))
    heads = [
        ("where", "left"),
        ("of the units", "left"),
        ("persons\na bed", "right"),
        ("beds", "right"),
        ("women\na year", "right"),
        ("occu-\npancy", "right"),
        ("no bed of\naftercare free", "right"),
        ("persons\nthere", "right"),
        ("cost,\nM DKK", "right"),
    ]
    rows = [
        [
            site,
            table["units"][k],
            table["holds"][k],
            table["beds"][k],
            f"{table['stays'][k]:.1f}",
            percent(table["occupancy"][k]),
            percent(table["held_up"][k], 1),
            f"{table['persons'][k]:.1f}",
            million(table["cost_dkk"][k]),
            *([minutes(table["ward_minutes"][k])] if wards else []),
        ]
        for k, site in enumerate(table["site_id"])
    ]
    return make_table("Aftercare", [*heads, *([("min to\nward", "right")] if wards else [])], rows)


def _families(plan: Plan) -> Fitted:
    """Who lives in aftercare, by family."""
    table = family_table(plan)
    rows = [
        (
            "yes" if table["partner"][k] else "no",
            "yes" if table["children"][k] else "no",
            persons,
            table["holds"][k],
            percent(table["share"][k]),
            f"{table['women'][k]:.1f}",
            f"{table['beds_in_use'][k]:.1f}",
            f"{table['persons_there'][k]:.1f}",
            million(table["dkk_per_year"][k]),
        )
        for k, persons in enumerate(table["persons"])
    ]
    return make_table(
        "Families in aftercare",
        [
            ("partner", "left"),
            ("children", "left"),
            ("persons", "right"),
            ("persons\na bed", "right"),
            ("share", "right"),
            ("women\na year", "right"),
            ("beds\nin use", "right"),
            ("persons\nthere", "right"),
            ("days,\nM DKK", "right"),
        ],
        rows,
    )


MOST_SCENARIOS = 20
"""Scenarios a person reads; the others are in `Plan.by_scenario`."""


def _scenarios(plan: Plan) -> Fitted:
    """What happens in each scenario, the beds as built; under a risk, the objective and its regret there."""
    columns = scenario_table(plan.problem, arrays_of(plan)[0])
    by_scenario: Mapping[str, Mapping[str, float]] = plan.record.get("by_scenario", {})
    goal = plan.objective_name
    regret = any("regret" in row for row in by_scenario.values())
    rows = []
    for k, scenario in enumerate(columns["scenario"][:MOST_SCENARIOS]):
        row = [
            scenario,
            plain(round(columns["women_per_year"][k], 2)),
            "yes" if columns["must_hold"][k] else "no",
            "yes" if columns["promise_kept"][k] else "no",
            percent(columns["served_share"][k]),
            percent(columns["turned_away"][k], 1),
            million(columns["result_dkk"][k]),
            plain(round(columns[goal][k], 1)),
        ]
        rows.append([*row, plain(round(by_scenario[scenario]["regret"], 1))] if regret else row)
    heads = [
        ("scenario", "left"),
        ("women\na year", "right"),
        ("must\nhold", "left"),
        ("promise\nkept", "left"),
        ("served", "right"),
        ("turned\naway", "right"),
        ("income less\ncost, M DKK", "right"),
        (goal, "right"),
    ]
    heads += [("regret", "right")] if regret else []
    left = len(columns["scenario"]) - len(rows)
    more = f" (the first {MOST_SCENARIOS} of {len(rows) + left:,}; all in Plan.by_scenario)" if left > 0 else ""
    return make_table(f"Scenarios, the beds as built{more}", heads, rows)


def _leans(plan: Plan) -> Fitted:
    problem = plan.problem
    rows = []
    for key, said, source in leans_on(problem):
        between = [
            _between(one, *ends) for one, ends in problem.ranges.items() if one == key or one.startswith(f"{key}.")
        ]
        first, *more = between or [""]
        rows.append((said, first, source[:1].upper() + source[1:] if is_assumption(source) else source))
        rows += [("", each, "") for each in more]
    return make_table("What it leans on", [("setting", "left"), ("range", "left"), ("source", "left")], rows)


def _between(key: str, low: float, high: float) -> str:
    """A range in the unit that its setting is told in."""
    if key in SHARES or key.endswith(".share"):
        return f"{plain(100 * low)} to {plain(100 * high)} %"
    if key == "finance.unit_dkk_per_year":
        return f"{plain(low / 1e6)} to {plain(high / 1e6)} M DKK"
    return f"{plain(low)} to {plain(high)}{' minutes' if key.endswith('.minutes') else ''}"


def _penalties(plan: Plan) -> Fitted:
    units, unit = {rule.name: rule.unit for rule in _rules()}, objective_named(plan.objective_name).unit
    net = plan.problem.network
    names = dict(zip(net.point_ids, net.point_names, strict=True))
    names |= {**net.region_names, **net.site_places(net.site_ids), **net.site_places(plan.site_ids)}
    rows = [
        (rule, ", ".join(names.get(part, part) for part in key), amount_of(excess, units[rule]), plain(paid))
        for rule, key, excess, paid in plan.penalties
    ]
    return make_table(
        "Rules broken at a price",
        [("rule", "left"), ("where", "left"), ("by", "left"), (f"price paid,\n{unit}", "right")],
        rows,
    )


MOST_BROKEN = 12
"""Instances of one rule that a person reads; the others are in `Plan.broken`."""


def _broken(plan: Plan) -> Fitted:
    """What a given plan breaks, by how much, in words; of each rule what is broken most."""
    rows = []
    for rule in dict.fromkeys(one.rule for one in plan.broken):
        mine = sorted((one for one in plan.broken if one.rule == rule), key=lambda one: -one.amount)
        rows += [(rule, one.sentence, amount_of(one.amount, one.unit)) for one in mine[:MOST_BROKEN]]
        if len(mine) > MOST_BROKEN:
            rows.append((rule, f"and {len(mine) - MOST_BROKEN} more (--json)", ""))
    return make_table("Rules broken", [("rule", "left"), ("what", "left"), ("by", "left")], rows)


def _rules() -> tuple[Any, ...]:
    from capacity.rules import RULES

    return RULES


def print_rules(told: Sequence[dict[str, Any]]) -> None:
    """Print each rule's name, setting and sentence."""
    rows = []
    for rule in told:
        setting = "off" if not rule["on"] else "on" if rule["value"] is True else _short(rule["value"])
        if rule["price"] is not None:
            setting += f" (price {rule['price']:g})"
        rows.append((rule["name"], setting, rule["sentence"]))
    console().print(make_table("Rules", [("rule", "left"), ("setting", "left"), ("sentence", "left")], rows))


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_short(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_short(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
