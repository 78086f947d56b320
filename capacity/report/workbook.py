"""A plan as a workbook: real tables, frozen headers, number formats, no formula from a name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from capacity.enumeration import MOST_SETS, space_of, why_not
from capacity.figures import Table
from capacity.plan import Plan
from capacity.privacy import assignment_shown, regions_shown, shown
from capacity.report.files import safe
from capacity.report.words import leans_on

FORMATS = {
    "stays": "0.0", "women": "0.00", "occupancy": "0 %", "turned_away": "0.0 %", "waiting": "0.0 %", "share": "0 %",
    "share_within": "0 %", "behind": "0.0 %", "probability": "0 %", "mean_minutes": "0.0", "minutes": "0",
}  # fmt: skip
"""Number format of a column, by its name; amounts in DKK get thousands."""

STYLE = "Table Style Light 1"
ALTERNATIVES = 10


def write_workbook(plan: Plan, path: str | os.PathLike[str]) -> Path:
    """Write units, regions, assignment, alternatives, scenarios and assumptions as sheets.

    Parameters
    ----------
    plan : Plan
    path : path
        An .xlsx file. Alternatives are there where every set of sites can be valued.
    """
    import xlsxwriter

    target = Path(path)
    made = target.with_name(f".{target.name}.part")
    hidden = shown(plan)
    # Text stays text: xlsxwriter would otherwise take a name that begins with "=" for a formula.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(made), options) as book:
        book.set_properties({"title": plan.problem.name, "comments": "; ".join(plan.problem.attribution)})
        _sheet(book, "units", plan.unit_table)
        _sheet(book, "regions", regions_shown(plan, hidden))
        _sheet(book, "assignment", assignment_shown(plan, hidden))
        if (rows := _alternatives(plan)) is not None:
            _sheet(book, "alternatives", rows)
        _sheet(book, "scenarios", _scenarios(plan))
        _sheet(book, "assumptions", _assumptions(plan))
    made.replace(target)
    return target


def _sheet(book: Any, name: str, table: Table) -> None:
    sheet = book.add_worksheet(name)
    columns = list(table)
    count = len(next(iter(table.values()), ()))
    for k, column in enumerate(columns):
        pattern = FORMATS.get(column, "#,##0" if column.endswith("_dkk") else None)
        style = book.add_format({"num_format": pattern}) if pattern else None
        for row, value in enumerate(table[column], 1):
            _write(sheet, row, k, value, style)
    sheet.add_table(
        0, 0, max(count, 1), len(columns) - 1,
        {"name": f"t_{name}", "style": STYLE, "columns": [{"header": c} for c in columns]},
    )  # fmt: skip
    sheet.freeze_panes(1, 0)
    for k, column in enumerate(columns):
        longest = max([len(column) + 2, *(len(_said(v)) for v in table[column])])
        sheet.set_column(k, k, min(longest + 1, 60))


def _said(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _write(sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        sheet.write_blank(row, column, None)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, str(safe(value)))


def _alternatives(plan: Plan) -> Table | None:
    problem = plan.problem
    if why_not(problem) is not None or space_of(problem).sets > MOST_SETS // 10:
        return None
    from capacity.studies.alternatives import alternatives

    rows = alternatives(problem, ALTERNATIVES, objective=plan.objective_name).rows()
    return {key: tuple(_plain(row[key]) for row in rows) for key in rows[0]}


def _plain(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _scenarios(plan: Plan) -> Table:
    scenarios, problem = plan.problem.scenarios, plan.problem
    return {
        "scenario": scenarios.ids,
        "label": scenarios.labels,
        "women_per_year": tuple(problem.women.sum(axis=1).tolist()),
        "probability": tuple(problem.probability.tolist()),
        "must_hold": tuple("yes" if must else "no" for must in problem.must_hold),
    }


def _assumptions(plan: Plan) -> Table:
    rows = leans_on(plan.problem)
    ranges = [plan.problem.ranges.get(key) for key, _, _ in rows]
    return {
        "setting": tuple(key for key, _, _ in rows),
        "value": tuple(said for _, said, _ in rows),
        "low": tuple("" if r is None else r[0] for r in ranges),
        "high": tuple("" if r is None else r[1] for r in ranges),
        "source": tuple(source for _, _, source in rows),
    }
