"""Demand of a case: a national figure, split by a weight and, where there are any, the planner's own counts.

A table of own counts has the form of the agency's questionnaire, theme 1.1: ``code``, ``year``, and
``any_treatment`` or ``residential``, one row a demand point and year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.cells import readings
from capacity.counts import counted_together
from capacity.demand import Scenarios
from capacity.errors import DataError, some
from capacity.labels import Floats
from capacity.reading.document import Document
from capacity.reading.places import Points
from capacity.reading.spoilt import known
from capacity.reading.tables import Reading, Table, numbers, read_table
from capacity.splitting import Split, empirical_bayes_split, weight_split
from capacity.uptake import Uptake

COUNTED = ("residential", "women", "any_treatment")
"""Columns of a table of own counts that say how many; the first there is is used, unless one is named."""


NOT_TOLD = "own counts: no hash is told"
"""What the run record says of a table of own counts in the place of its hash."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Scenarios, and how the national figure was split.

    Attributes
    ----------
    scenarios : Scenarios
    split : Split or None
        The blend with own counts; None where the weight alone did it.
    weight, relative_risk : str
        Columns of the demand points; "" without a relative risk.
    figure : float
        Women a year as the case says them.
    """

    scenarios: Scenarios
    split: Split | None
    weight: str
    relative_risk: str
    figure: float


def read_women(reading: Reading, document: Document, points: Points) -> Demand | None:
    """Read ``[demand]``: women a year, and what splits them over the demand points."""
    total: Any = document.get("demand.women_per_year")
    name, risk = document.get("demand.weight"), document.get("demand.relative_risk") or ""
    counts = _counts(reading, document, points)
    if name is None:
        _need(reading, document, "demand.weight", 'Name a column of the demand points, such as "population".')
        return None
    weight = np.array(points.columns[str(name)], dtype=float)
    if risk:
        weight = weight * np.array(points.columns[str(risk)], dtype=float)
    if total is None and counts is not None:
        total = float(counts[0].sum()) / counts[1]
    if total is None:
        _need(reading, document, "demand.women_per_year", "Say how many women need a stay in a year.")
        return None
    if not np.isfinite(weight).all() or len(set(points.ids)) < len(points.ids):
        return None
    if counts is None and document.get("demand.counts"):
        return None
    try:
        split = _blend(reading, document, points, weight, counts[0]) if counts else None
        if counts and split is None:
            return None
        share = weight_split(points.ids, weight).share if split is None else split.share
        scenarios = Scenarios.from_total(points.ids, share, float(total), label=f"{total:g} women a year")
    except DataError as error:
        reading.findings += error.findings
        return None
    return Demand(scenarios=scenarios, split=split, weight=str(name), relative_risk=str(risk), figure=float(total))


def _need(reading: Reading, document: Document, key: str, remedy: str) -> None:
    if any(finding.column == key for finding in reading.findings):
        # It is there, and what is wrong with it has been told.
        return
    reading.fault(
        "case.toml", "the setting is needed", remedy, row=document.lines.get(key.split(".")[0]), column=key
    )


def _blend(
    reading: Reading, document: Document, points: Points, weight: Floats, counts: Floats
) -> Split | None:
    """The blend of weight and counts, small counts put together."""
    bare = [i for i, w, y in zip(points.ids, weight, counts, strict=True) if w == 0 and y > 0]
    if bare:
        reading.fault(
            str(document.get("demand.counts")), "the weight is above zero where somebody was counted",
            "Choose another weight, or correct the counts.", value=some(bare),
        )  # fmt: skip
        return None
    limit = document.get("privacy.smallest_count", 5)
    # A limit that makes no sense is told where the settings are read.
    smallest = limit if isinstance(limit, int) and limit >= 0 else 5
    split = empirical_bayes_split(points.ids, counts, weight, smallest=smallest, region=points.regions)
    together = counted_together(split.known)
    if together:
        reading.notices.append(
            f"{int((counts < smallest).sum())} demand points counted fewer than {smallest} women: so that nothing "
            f"shown can give one of them away, {together} are counted together. "
            "privacy.smallest_count = 0 takes each count by itself."
        )
    return split


def _counts(reading: Reading, document: Document, points: Points) -> tuple[Floats, int] | None:
    """Counts summed over years by demand point, and the number of years; None without a table, or with faults."""
    if not document.get("demand.counts"):
        return None
    before, name = len(reading.findings), str(document.get("demand.counts"))
    table = read_table(reading, name, (), ("year",))
    if table is None:
        return None
    # A hash of small numbers can be guessed back: the run record does not hold it.
    reading.files[name] = NOT_TOLD
    key = "code" if "code" in table.columns else "point_id"
    column = _counted(reading, document, table)
    if key not in table.columns:
        reading.fault(name, "the column is missing", "Add it.", column=key)
    if column is None or key not in table.columns:
        return None
    known(reading, table, key, points.ids, points.table.name)
    values = numbers(reading, table, column, what=key, grouped=True)
    years = tuple(map(_year, table.columns.get("year", ("",) * len(table))))
    seen: dict[tuple[str, str], int] = {}
    for point, year, value, line in zip(table[key], years, values, table.lines, strict=True):
        if (point, year) in seen:
            reading.fault(
                name, f"each demand point stands once a year (it stands on row {seen[point, year]} too)",
                "Remove one of the rows.", row=line, column=key, value=point,
            )  # fmt: skip
        elif value != round(value) if np.isfinite(value) else False:
            reading.fault(
                name, "a count is a whole number of women", "Correct the number.", row=line,
                column=f"{column} ({point})", value=f"{value:g}",
            )  # fmt: skip
        seen[point, year] = line
    if len(reading.findings) > before:
        return None
    at = {i: k for k, i in enumerate(points.ids)}
    counts = np.zeros(len(points.ids))
    for point, value in zip(table[key], values, strict=True):
        counts[at[point]] += value
    if counts.sum() <= 0:
        reading.fault(name, "somebody was counted", "Split by a weight instead.", column=column)
        return None
    missing = len(set(years)) * len(points.ids) - len(seen)
    if missing:
        reading.notices.append(f"{missing} demand points or years have no row in {name}: they were read as zero.")
    return counts, len(set(years))


def _year(text: str) -> str:
    """A year as it is said: 2019.0 is 2019."""
    said = readings(text)
    return f"{said[0]:.0f}" if len(said) == 1 and said[0] == round(said[0]) else text


def _counted(reading: Reading, document: Document, table: Table) -> str | None:
    """The column of counts: the one that is named, or the first there is."""
    asked = document.get("demand.counted")
    wanted = COUNTED if asked is None else (str(asked),)
    column = next((c for c in wanted if c in table.columns), None)
    if column is None:
        reading.fault(
            table.name, "the column is missing", f"Add it. Found: {', '.join(table.columns)}.",
            column=" or ".join(wanted),
        )  # fmt: skip
    return column


def read_uptake(reading: Reading, document: Document) -> Uptake | None:
    """Read ``travel.uptake``: pairs of minutes and share, or the name of a table with these columns."""
    said: Any = document.get("travel.uptake", False)
    if isinstance(said, str):
        table = read_table(reading, said, ("minutes", "share"))
        if table is None:
            return None
        before = len(reading.findings)
        said = list(
            zip(numbers(reading, table, "minutes"), numbers(reading, table, "share", most=1.0), strict=True)
        )
        if len(reading.findings) > before:
            return None
    if said is False:
        return None
    try:
        return Uptake.of(said)
    except DataError as error:
        reading.findings += error.findings
        return None
