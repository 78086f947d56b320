"""Demand of a case: a national figure, split by a weight or by the planner's own counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.demand import Scenarios
from capacity.errors import DataError
from capacity.labels import Floats
from capacity.reading.document import Document
from capacity.reading.places import Points
from capacity.reading.tables import Reading, known, numbers, read_table

COUNTED = ("residential", "women", "any_treatment")
"""Columns of a table of own counts that say how many, the first there is is used."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Scenarios, and the counts they were split by (None where a weight did it)."""

    scenarios: Scenarios
    observed: Floats | None
    weight: str


def read_women(reading: Reading, document: Document, points: Points) -> Demand | None:
    """Read ``[demand]``: women a year, and what splits them over the demand points."""
    total: Any = document.get("demand.women_per_year")
    weight = document.get("demand.weight")
    counts_file = document.get("demand.counts")
    if counts_file is not None:
        counts = _counts(reading, str(counts_file), points)
        if counts is None:
            return None
        observed, years = counts
        split, name = observed, str(counts_file)
        if total is None:
            total = float(observed.sum()) / years
    else:
        observed = None
        if weight is None:
            _need(reading, document, "demand.weight", 'Name a column of the demand points, such as "population".')
            return None
        split, name = np.array(points.columns[str(weight)], dtype=float), str(weight)
    if total is None:
        _need(reading, document, "demand.women_per_year", "Say how many women need a stay in a year.")
        return None
    if isinstance(total, bool) or not isinstance(total, (int, float)):
        reading.fault(
            "case.toml", "women a year is a number above zero", "Write a number, such as 90.",
            row=document.lines.get("demand.women_per_year"), column="demand.women_per_year", value=str(total),
        )  # fmt: skip
        return None
    if not np.isfinite(split).all() or len(set(points.ids)) < len(points.ids):
        return None
    try:
        scenarios = Scenarios.from_total(
            points.ids, split, float(total), label=f"{total:g} women a year"
        )
    except DataError as error:
        reading.findings += error.findings
        return None
    return Demand(scenarios=scenarios, observed=observed, weight=name)


def _need(reading: Reading, document: Document, key: str, remedy: str) -> None:
    reading.fault(
        "case.toml", "the setting is needed", remedy, row=document.lines.get(key.split(".")[0]), column=key
    )


def _counts(
    reading: Reading, name: str, points: Points
) -> tuple[Floats, int] | None:
    """Counts summed over years by demand point, and the number of years."""
    before = len(reading.findings)
    table = read_table(reading, name)
    if table is None:
        return None
    key = "code" if "code" in table.columns else "point_id"
    counted = next((c for c in COUNTED if c in table.columns), None)
    for column, there in ((key, key in table.columns), (" or ".join(COUNTED), counted is not None)):
        if not there:
            reading.fault(name, "the column is missing", "Add it.", column=column)
    if counted is None or key not in table.columns:
        return None
    known(reading, table, key, points.ids, points.table.name)
    values = numbers(reading, table, counted, what=key)
    years = table.columns.get("year", ("",) * len(table))
    seen: dict[tuple[str, str], int] = {}
    for point, year, line in zip(table[key], years, table.lines, strict=True):
        if (point, year) in seen:
            reading.fault(
                name, f"each demand point stands once a year (it stands on row {seen[point, year]} too)",
                "Remove one of the rows.", row=line, column=key, value=point,
            )  # fmt: skip
        seen[point, year] = line
    if len(reading.findings) > before:
        return None
    at = {i: k for k, i in enumerate(points.ids)}
    observed = np.zeros(len(points.ids))
    for point, value in zip(table[key], values, strict=True):
        observed[at[point]] += value
    if observed.sum() <= 0:
        reading.fault(name, "somebody was counted", "Split by a weight instead.", column=counted)
        return None
    missing = len(points.ids) - len(set(table[key]))
    if missing:
        reading.notices.append(f"{missing} demand points have no row in {name}: they were read as zero.")
    return observed, len(set(years))
