"""The tables of a report: a plan's own, each as columns and cells that a page can sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capacity.plan.check import arrays_of
from capacity.plan.courses import care_columns
from capacity.plan.figures import Table, scenario_table
from capacity.plan.plan import Plan
from capacity.problem.payment import BUILT_IN
from capacity.problem.promise import admitted_stays, late, offered_load
from capacity.report.phrases import Phrases
from capacity.report.settings_said import model_said, rule_said, rule_value
from capacity.rules import rules_on
from capacity.studies.equity import equity
from capacity.studies.who_pays import Paid, WhoPays

MOST_SCENARIOS = 40
"""Scenarios a table shows."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : str
    key : float or None
        What to sort by, where that is a number.
    bar : float or None
        Length of a bar beside the text, 0 to 100.
    lang : str
        The language of the text, where it is not the page's.
    """

    text: str
    key: float | None = None
    bar: float | None = None
    lang: str = ""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: its label, heads (text, whether the column is of numbers), rows and a last row."""

    label: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: tuple[Cell, ...] = ()


Row = list[Cell | str]


def grid(
    label: str, heads: Sequence[tuple[str, bool]], rows: Sequence[Sequence[Cell | str]], foot: Sequence[Cell | str] = ()
) -> Grid:
    """A table from cells and plain text."""

    def cells(row: Sequence[Cell | str]) -> tuple[Cell, ...]:
        return tuple(c if isinstance(c, Cell) else Cell(text=c) for c in row)

    return Grid(label=label, heads=tuple(heads), rows=tuple(map(cells, rows)), foot=cells(foot))


def figure(t: Phrases, value: Any, decimals: int = 0) -> Cell:
    """A number as a cell; what is hidden stays as it is."""
    if isinstance(value, str):
        return Cell(text=value, key=0.0)
    return Cell(text=t.number(value, decimals), key=None if value != value else float(value))


def share(t: Phrases, value: float, decimals: int = 0) -> Cell:
    """A share as a cell."""
    return Cell(text=t.percent(value, decimals), key=None if value != value else float(value))


def said(t: Phrases, text: str, names: Mapping[str, str] | None = None) -> Cell:
    """A sentence of the library or the planner as a cell: in the page's language where it is known."""
    known = t.said(text, names)
    foreign = known is None and t.language != "en" and bool(text)
    return Cell(text=text if known is None else known, lang="en" if foreign else "")


def late_share(plan: Plan) -> tuple[float, ...]:
    """Of each unit the chance of waiting longer than the promise's days, over the scenarios."""
    problem = plan.problem
    days = problem.care.mean_days
    return tuple(
        float(problem.probability @ late(problem.promise, beds, offered_load(stays, days), days))
        for beds, stays in zip(plan.unit_table["beds"], _stays_by_scenario(plan), strict=True)
    )


def admitted(plan: Plan) -> tuple[float, ...]:
    """Of each unit the stays a year that begin there: of those needed, whoever finds every bed taken left out."""
    problem = plan.problem
    return tuple(
        float(problem.probability @ admitted_stays(problem.promise, beds, stays, problem.care.mean_days))
        for beds, stays in zip(plan.unit_table["beds"], _stays_by_scenario(plan), strict=True)
    )


def _stays_by_scenario(plan: Plan) -> list[list[float]]:
    """Stays a year needed of each unit, in each scenario."""
    table, scenarios = plan.assignment_table, plan.problem.scenarios.ids
    stays = {(j, s): 0.0 for j in plan.unit_table["site_id"] for s in scenarios}
    for j, s, women in zip(table["site_id"], table["scenario"], table["women"], strict=True):
        stays[j, s] += women
    return [[stays[j, s] for s in scenarios] for j in plan.unit_table["site_id"]]


def units(plan: Plan, t: Phrases) -> Grid:
    """The units: beds, stays, how full they are."""
    table = plan.unit_table
    kind = plan.problem.promise.kind
    waits = kind == "wait"
    away = late_share(plan) if waits else table["turned_away"]
    # Who waits, and who is promised no more than a load, is admitted in the end.
    begun = admitted(plan) if kind == "loss" else None
    rows: list[Row] = [
        [
            f"{table['name'][k]} ({site})",
            table["region_name"][k],
            figure(t, table["beds"][k]),
            figure(t, table["stays"][k], 1),
            *([] if begun is None else [figure(t, begun[k], 1)]),
            share(t, table["occupancy"][k]),
            share(t, away[k], 1),
            figure(t, table["to_ambulatory_minutes"][k]),
        ]
        for k, site in enumerate(table["site_id"])
    ]
    stays = sum(table["stays"])
    lost = sum(s * x for s, x in zip(table["stays"], away, strict=True)) / stays if stays else float("nan")
    days = sum(b * o for b, o in zip(table["beds"], table["occupancy"], strict=True))
    foot: Row = [
        t("total"),
        "",
        figure(t, plan.beds),
        figure(t, stays, 1),
        *([] if begun is None else [figure(t, sum(begun), 1)]),
        share(t, days / max(plan.beds, 1)),
        share(t, lost, 1),
        "",
    ]
    heads = ["unit", "region", "beds", "stays", *([] if begun is None else ["admitted"]), "occupancy"]
    heads += ["waiting" if waits else "turned-away", "to-ambulatory"]
    return grid(t("units"), [(t(h), h not in ("unit", "region")) for h in heads], rows, foot)


def share_within(plan: Plan) -> float:
    """Share of all women within the minutes of the rule of access, where that is on."""
    table = plan.region_table
    near = sum(w * s for w, s in zip(table["women"], table["share_within"], strict=True) if s == s)
    return float(near / sum(table["women"]))


def regions(plan: Plan, t: Phrases) -> Grid:
    """The regions: who lives there, how far they travel, what lies there."""
    table = plan.region_table
    access, care = plan.problem.policy.region_access, care_columns(table)
    rows: list[Row] = []
    for k, name in enumerate(table["name"]):
        row: Row = [name, figure(t, table["women"][k], 1)]
        row += [figure(t, table[c][k]) for c in ("mean_minutes", "minutes_80", "longest_minutes")]
        if access is not None:
            row.append(share(t, table["share_within"][k]))
        row += [figure(t, women[k], 1) for women in care.values()]
        rows.append([*row, *(figure(t, table[c][k]) for c in ("units", "beds"))])
    heads = [t("region"), t("women"), t("mean"), t("minutes-80"), t("longest")]
    if access is not None:
        heads.append(t("share-within", minutes=t.plain(access.minutes)))
    heads += [*(t(c.replace("_", "-")) for c in care), t("units"), t("beds")]
    foot: Row = [t("country"), figure(t, plan.figures["women_per_year"], 1), figure(t, plan.mean_minutes), ""]
    foot += [figure(t, plan.longest_minutes), *([share(t, share_within(plan))] if access is not None else [])]
    foot += [figure(t, plan.figures[c], 1) for c in care]
    foot += [figure(t, len(plan.site_ids)), figure(t, plan.beds)]
    return grid(t("regions"), [(h, k > 0) for k, h in enumerate(heads)], rows, foot)


def evenness(plan: Plan, t: Phrases) -> Grid:
    """How evenly the regions are treated: ways, the worst-off, and beds within reach; the country last."""

    def cells(row: Mapping[str, Any]) -> list[Cell]:
        return [
            *(figure(t, row[c]) for c in ("mean_minutes", "longest_minutes", "worst_off_minutes", "gap_minutes")),
            figure(t, row["gini"], 2),
            figure(t, row["beds_per_woman"], 2),
            share(t, row["nothing_near"]),
        ]

    *regions, country = equity(plan)
    heads = ["mean", "longest", "worst-off", "above-shortest", "gini", "beds-woman", "nothing-near"]
    rows: list[Row] = [[row["name"], *cells(row)] for row in regions]
    return grid(
        t("evenness"), [(t("region"), False), *((t(h), True) for h in heads)], rows, [t("country"), *cells(country)]
    )


def money(plan: Plan, t: Phrases) -> Grid:
    """Income, running cost, building and the loss of the filling years of each unit, in millions."""
    table: Table = plan.unit_table
    fills = plan.problem.finance.filling_years > 0
    once = ("building_dkk", "startup_loss_dkk") if fills else ("building_dkk",)
    amounts = [
        tuple(table[column][k] for column in ("income_dkk", "cost_dkk", *once)) for k in range(len(table["name"]))
    ]

    def cells(income: float, cost: float, *others: float) -> list[Cell]:
        return [figure(t, v / 1e6, 1) for v in (income, cost, income - cost, *others)]

    rows: list[Row] = [[name, *cells(*row)] for name, row in zip(table["name"], amounts, strict=True)]
    foot: Row = [t("total"), *cells(*(sum(column) for column in zip(*amounts, strict=True)))]
    heads = ("unit", "income", "cost", "result", "building", *(("startup",) if fills else ()))
    return grid(t("money"), [(t(h), h != "unit") for h in heads], rows, foot)


def payers(found: WhoPays, t: Phrases) -> Grid:
    """What state, municipalities and operators pay in each payment model, in millions."""

    def cells(paid: Paid, kind: str) -> list[Cell]:
        (payer,) = paid.of(kind)
        # A sum that is nothing has no sign.
        return [figure(t, round(amount / 1e6, 1) + 0.0, 1) for amount in (payer.mean_dkk, payer.high_dkk)]

    def name(paid: Paid) -> Cell:
        built_in = paid.model in BUILT_IN
        source = Cell(text=t(f"payment-source-{paid.model.name}")) if built_in else said(t, paid.model.source)
        return Cell(text=f"{model_said(paid.model.name, t)} ({source.text})", lang=source.lang)

    rows: list[Row] = [
        [
            name(paid),
            figure(t, paid.rate_dkk),
            *(cell for kind in ("state", "municipalities", "operators") for cell in cells(paid, kind)),
        ]
        for paid in found.models
    ]
    heads = ("pays-rate", "pays-state", "pays-bad", "pays-municipalities", "pays-bad", "pays-operators", "pays-bad")
    return grid(t("payers"), [(t("pays-model"), False), *((t(h), True) for h in heads)], rows)


def scenarios(plan: Plan, t: Phrases) -> Grid | None:
    """What happens in each scenario the plan was made for, the beds as built; None where there is one."""
    problem = plan.problem
    if len(problem.scenarios.ids) < 2:
        return None
    table = scenario_table(problem, arrays_of(plan)[0])
    rows: list[Row] = [
        [
            said(t, table["label"][k] or scenario),
            figure(t, table["women_per_year"][k], 1),
            share(t, table["probability"][k], 1),
            *(t("yes" if table[c][k] else "no") for c in ("must_hold", "promise_kept")),
            share(t, table["served_share"][k]),
            figure(t, table["mean_minutes"][k]),
            share(t, table["turned_away"][k], 1),
            figure(t, table["result_dkk"][k] / 1e6, 1),
        ]
        for k, scenario in enumerate(table["scenario"][:MOST_SCENARIOS])
    ]
    heads = ("women", "probability", "must-hold", "promise-kept", "served", "mean", "turned-away", "result")
    numbers = [(t(h), h not in ("must-hold", "promise-kept")) for h in heads]
    return grid(t("by-scenario"), [(t("scenario"), False), *numbers], rows)


def rules(plan: Plan, t: Phrases, names: Mapping[str, str]) -> Grid:
    """The rules that are on, their values in words, their sentences and sources."""
    problem = plan.problem
    settings = problem.policy.settings()
    rows: list[Row] = []
    for rule in rules_on(problem):
        name, sentence = rule_said(rule, t)
        value = rule_value(rule.name, settings[rule.name], t, names, rule.measure.get(""))
        price = problem.policy.prices.get(rule.name)
        if price is not None:
            paid = t("price", price=t.plain(price), unit=t.said(rule.unit) or rule.unit)
            value = f"{value}; {paid}" if value else paid
        source = problem.sources.get(f"rules.{rule.name}", "")
        rows.append([name, value, sentence, said(t, source)])
    return grid(t("rules"), [(t(h), False) for h in ("rule", "value", "sentence", "source")], rows)


def priced(plan: Plan, t: Phrases) -> Grid | None:
    """Money of each unit; None where no prices are given."""
    table = plan.unit_table
    given = any(any(table[column]) for column in ("income_dkk", "cost_dkk", "building_dkk"))
    return money(plan, t) if given else None
