"""A plan as a workbook: real tables, frozen headers, number formats, no formula from a name."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.plan.aftercare import aftercare_table, family_table
from capacity.plan.figures import Table
from capacity.plan.plan import Plan
from capacity.problem.settings import whole
from capacity.report.csv_files import head_of
from capacity.report.influenced import becomes
from capacity.report.naming import short_names
from capacity.report.ordered import Order, sheet_of
from capacity.report.packed import NOTHING, Packed
from capacity.report.phrases import Phrases, phrases
from capacity.report.settings_said import model_said, name_of, setting_said, value_said
from capacity.report.signs import safe, shown
from capacity.report.spoken import spoken
from capacity.report.studied import Studies, studies_of
from capacity.report.words import leans_on
from capacity.studies.equity import equity
from capacity.studies.explain.sentences import plain_value
from capacity.studies.who_pays import who_pays
from capacity.tolerances import NO_CHANGE
from capacity.writing import refuse_file, whole_file

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.studies.alternatives import Alternatives
    from capacity.studies.influence import Setting

FORMATS = {
    "stays": "0.0",
    "women": "0.00",
    "occupancy": "0 %",
    "turned_away": "0.0 %",
    "waiting": "0.0 %",
    "share": "0 %",
    "share_within": "0 %",
    "residential_women": "0.00",
    "outpatient_women": "0.00",
    "unreached_women": "0.00",
    "behind": "0.0 %",
    "held_up": "0.0 %",
    "late": "0.0 %",
    "persons_there": "0.0",
    "persons": "0.0",
    "beds_in_use": "0.0",
    "ward_minutes": "0",
    "dkk_per_year": "#,##0",
    "chance_of_loss": "0 %",
    "probability": "0 %",
    "mean_minutes": "0.0",
    "minutes": "0",
    "largest_change": "0.0 %",
    "minutes_80": "0",
    "longest_minutes": "0",
    "to_ambulatory_minutes": "0",
    "objective": "#,##0.0",
}
"""Number format of a column, by its name; amounts in DKK get thousands."""

A4 = 9
"""Number of the paper, as Excel counts."""

HEAD, BUTTON, LINE = 16, 3, 15.5
"""Letters of a line of a head, of the button beside it, and points of a line."""

STYLE = "Table Style Light 1"
MADE_BY = "capacity-content"
"""The property of a workbook with the hash of its parts."""

PACKED = Packed(properties="docProps/custom.xml", sign=MADE_BY)
LONGEST = 32_767
"""Letters a cell of a workbook takes."""

WIDEST = 60
"""Letters a column is wide at most; longer text is wrapped."""


def write_workbook(
    plan: Plan,
    path: str | os.PathLike[str],
    *,
    language: str | None = None,
    force: bool = False,
    order: Order | None = None,
) -> Path:
    """Write units, regions, assignment, alternatives, scenarios and assumptions as sheets.

    Parameters
    ----------
    plan : Plan
    path : path
        An .xlsx file; a workbook there is replaced where it is as this library wrote it. Alternatives, and how
        much each assumption matters, are there where every set of sites can be valued.
    language : {"en", "da"}, optional
        Heads in words, and sentences, in this language; without it heads are the names that machines read.
    force : bool
        Replace whatever file is there.
    order : Adaptive or RollOut, optional
        What `capacity.adapt` or `capacity.roll_out` gave, as a sheet of its own.

    Raises
    ------
    DataError
        Where a file of others is there, or a workbook that was changed since.
    """
    refuse_file(path, ours=our_workbook, force=force)
    found = studies_of(plan, simulate=False)
    return whole_file(path, lambda made: _fill(plan, found, made, order, language), ours=our_workbook, force=force)


def _fill(plan: Plan, studied: Studies, path: Path, order: Order | None, language: str | None) -> None:
    import xlsxwriter

    made = BytesIO()
    # Text stays text: xlsxwriter would otherwise take a name that begins with "=" for a formula.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(made, options) as book:
        about = {"title": plan.problem.name, "comments": "; ".join(plan.problem.attribution)}
        # Excel takes no longer ones.
        book.set_properties({key: shown(said)[:255] for key, said in about.items()})
        book.set_custom_property(MADE_BY, NOTHING, "text")
        sheet = partial(_sheet, book, language=language)
        sheet("units", plan.unit_table)
        sheet("regions", plan.region_table)
        sheet("equity", _equity(plan))
        sheet("assignment", plan.assignment_table)
        if plan.problem.split is not None:
            sheet("split", plan.problem.split.columns)
        if plan.problem.aftercare.on:
            sheet("aftercare", aftercare_table(plan))
            sheet("families", _families(plan))
        if any(plan.unit_table["cost_dkk"]):
            sheet("who_pays", _payers(plan, language))
        if studied.alternatives is not None:
            sheet("alternatives", _alternatives(studied.alternatives))
        if order is not None:
            sheet("order", sheet_of(order))
        sheet("scenarios", _scenarios(plan, studied))
        sheet(
            "assumptions",
            _assumptions(plan, studied) if language is None else _in_full(plan, studied, phrases(language)),
        )
    path.write_bytes(PACKED.marked(made))


def _families(plan: Plan) -> Table:
    """The families of aftercare, who lives along in words."""
    table = family_table(plan)
    return {name: tuple(("yes" if v else "no") if isinstance(v, bool) else v for v in table[name]) for name in table}


def _payers(plan: Plan, language: str | None) -> Table:
    """Every payer in every payment model."""
    table = who_pays(plan).table
    if language is not None:
        table["model"] = [model_said(name, phrases(language)) for name in table["model"]]
    return {str(name): tuple(None if v != v else v for v in table[name]) for name in table.columns if name != "part"}


def _equity(plan: Plan) -> Table:
    """How evenly the regions are treated; the last row is of the country."""
    rows = equity(plan)
    return {name: tuple(row[name] for row in rows) for name in rows[0]}


def our_workbook(path: Path) -> bool:
    """Whether a workbook is as this library wrote it: its properties have the hash of its other parts."""
    return PACKED.ours(path)


def _sheet(book: Any, name: str, table: Table, *, language: str | None) -> None:
    sheet = book.add_worksheet(name if language is None else phrases(language)(f"sheet-{name}"))
    columns = list(table)
    heads = columns
    if language is not None:
        heads = _different([head_of(column, phrases(language), columns) for column in columns])
        table = {column: tuple(_in_words(v, language) for v in table[column]) for column in columns}
    count = len(next(iter(table.values()), ()))
    for k, column in enumerate(columns):
        pattern = FORMATS.get(column, "#,##0" if column.endswith("_dkk") else None)
        longest = max([_wide(heads[k]), *(len(_said(v)) for v in table[column])])
        form: dict[str, Any] = {"valign": "top", "text_wrap": longest > WIDEST}
        style = book.add_format(form | ({"num_format": pattern} if pattern else {}))
        sheet.set_column(k, k, min(longest + 1, WIDEST))
        for row, value in enumerate(table[column], 1):
            _write(sheet, row, k, value, style)
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "bold": True})
    sheet.set_row(0, LINE * max(-(-len(head) // (_wide(head) - BUTTON)) for head in heads))
    sheet.add_table(
        0,
        0,
        max(count, 1),
        len(columns) - 1,
        {
            "name": f"t_{name}",
            "style": STYLE,
            "columns": [{"header": safe(c), "header_format": wrapped} for c in heads],
        },
    )
    sheet.freeze_panes(1, 0)
    # Printed on A4, as wide as the page, its heads on every page.
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _wide(head: str) -> int:
    """Letters of a head's lines, and the button beside them: as many as its longest word, or some."""
    return min(len(head), max(HEAD, *map(len, head.split(" ")))) + BUTTON


def _different(heads: list[str]) -> list[str]:
    """Heads of which no two are alike, as a spreadsheet's table asks."""
    return [head if heads.index(head) == k else f"{head} ({k + 1})" for k, head in enumerate(heads)]


def _in_words(value: Any, language: str) -> Any:
    """A cell of text in a language: sentences and words of the library; names and ids stay."""
    return spoken(language).cell(value) if isinstance(value, str) and value and language != "en" else value


def _said(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _write(sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, str(safe(value))[:LONGEST], style)


def _alternatives(found: Alternatives) -> Table:
    rows = found.rows()
    return {key: tuple(_plain(row[key]) for row in rows) for key in rows[0]}


def _plain(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _scenarios(plan: Plan, studied: Studies) -> Table:
    """The scenarios planned for, then the figures of the documents and how the plan's units stand in them."""
    problem, scenarios = plan.problem, plan.problem.scenarios
    stands = {row["scenario"]: row for row in (studied.robustness.rows if studied.robustness else ())}
    rows: list[tuple[Any, ...]] = [
        (s, label, women, chance, "yes" if must else "no", "yes", "", "", "", "", "", "")
        for s, label, women, chance, must in zip(
            scenarios.ids,
            scenarios.labels,
            problem.women.sum(axis=1).tolist(),
            problem.probability.tolist(),
            problem.must_hold,
            strict=True,
        )
    ]
    for n in studied.scenarios:
        there = stands.get(n.id, {})
        numbers = ["" if v is None else v for v in (n.low, n.high, there.get("behind"), there.get("beds"))]
        rows.append(
            (
                n.id,
                n.label,
                n.women_per_year,
                # Only what is planned for has a probability in this plan: they add up to one.
                "",
                "yes" if n.must_hold else "no",
                "no",
                *numbers[:2],
                n.what,
                n.document,
                *numbers[2:],
            )
        )
    heads = (
        "scenario",
        "label",
        "women_per_year",
        "probability",
        "must_hold",
        "planned_for",
        "low",
        "high",
        "what",
        "document",
        "behind",
        "beds",
    )
    return dict(zip(heads, zip(*rows, strict=True), strict=True))


def _assumptions(plan: Plan, found: Studies) -> Table:
    """Every assumption and setting with a range: what was tried, what it changes, and its source."""
    problem = plan.problem
    leaning = {key: (said, source) for key, said, source in leans_on(problem)}
    tried = {} if found.influence is None else {one.key: one for one in found.influence.settings}
    parts = {key.rpartition(".")[0] for key in tried}
    rows = []
    for key in dict.fromkeys([*tried, *(k for k in leaning if k not in parts), *problem.ranges]):
        low, high = problem.ranges.get(key, ("", ""))
        said, source = leaning[key] if key in leaning else (str(problem.get(key)), _source(problem, key))
        one = tried.get(key)
        matters: tuple[Any, ...] = ("", "", "") if one is None or not one.tries else _matters(one)
        others = "; ".join(plain_value(v) for v in problem.choices.get(key, ()))
        rows.append((key, said, low, high, others, *matters, source))
    heads = ("setting", "value", "low", "high", "choices", "largest_change", "units_change", "where", "source")
    return dict(zip(heads, zip(*rows, strict=True), strict=True))


def _in_full(plan: Plan, found: Studies, t: Phrases) -> Table:
    """The assumptions for planners: each with its name, and its values in words."""
    problem, net = plan.problem, plan.problem.network
    names = {**dict(zip(net.point_ids, net.point_names, strict=True)), **net.region_names}
    names |= short_names(net.site_ids, net.site_names)
    table = _assumptions(plan, found)
    keys = table["setting"]

    def said(key: str, value: Any) -> str:
        return value_said(key, problem, t, names) if key == "demand.counts" else setting_said(key, value, t, names)

    tried = {} if found.influence is None else {one.key: one for one in found.influence.settings}

    def where(key: str) -> str:
        one = tried.get(key)
        return (
            ""
            if one is None or found.influence is None or not one.changes_units
            else becomes(one, found.influence, t, names)
        )

    return {
        "setting": keys,
        "name": tuple(name_of(key, t) for key in keys),
        **table,
        "value": tuple(said(key, problem.get(key)) for key in keys),
        "choices": tuple("; ".join(said(key, v) for v in problem.choices.get(key, ())) for key in keys),
        "where": tuple(map(where, keys)),
    }


def _matters(one: Setting) -> tuple[Any, ...]:
    """The largest change of a figure, whether the units change, and where."""
    where = [turn.text for turn in one.switch_points]
    largest = (one.size if one.size > NO_CHANGE else 0.0) if math.isfinite(one.size) else "no plan"
    return largest, "yes" if one.changes_units else "no", "; ".join(where)


def _source(problem: Problem, key: str) -> str:
    return problem.sources.get(key, problem.sources.get(whole(key), ""))
