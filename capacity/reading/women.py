"""Demand of a case: a national figure, split by a weight and, where there are any, the planner's own counts.

A table of own counts has the form of the agency's questionnaire, theme 1.1: ``code``, ``year``, and
``any_treatment`` or ``residential``, one row a demand point and year. Its cells may be small counts, so
a fault names their row and column and never what stands in them.
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.arrays import Floats, floats
from capacity.errors import DataError, Finding
from capacity.problem.cells import readings
from capacity.problem.counts import HIDES, Known, counted_together, nested
from capacity.problem.demand import Scenarios
from capacity.problem.splitting import Split, blend, too_few, weight_split, without_weight
from capacity.problem.uptake import Uptake
from capacity.reading.document import Document
from capacity.reading.places import TEXT_COLUMNS, Points
from capacity.reading.spoilt import known
from capacity.reading.tables import Reading, Table, loose_numbers, numbers, read_table

COUNTED = ("residential", "women", "any_treatment")
"""Columns of a table of own counts that say how many; the first there is is used, unless one is named."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Counts:
    """A table of own counts, read.

    Attributes
    ----------
    women : ndarray (n,)
        Counted over all years, by demand point.
    years : int
    beside : tuple of ndarray (n,)
        The table's other columns of counts.
    """

    women: Floats
    years: int
    beside: tuple[Floats, ...]


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
    known = None if counts is None else _known(reading, document, points, counts)
    if total is None and counts is not None and known is not None:
        total = float(known.total.sum()) / counts.years
    elif counts is not None and known is None:
        return None
    if total is None:
        _need(reading, document, "demand.women_per_year", "Say how many women need a stay in a year.")
        return None
    if not np.isfinite(weight).all() or len(set(points.ids)) < len(points.ids):
        return None
    if counts is None and document.get("demand.counts"):
        return None
    try:
        if counts is not None and not _weighed(reading, document, points, weight, counts):
            return None
        split = None if known is None else _blend(reading, document, points, weight, known)
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
    reading.fault("case.toml", "the setting is needed", remedy, row=document.lines.get(key.split(".")[0]), column=key)


def _limit(document: Document) -> int:
    limit = document.get("privacy.smallest_count", 5)
    # A limit that makes no sense is told where the settings are read.
    sound = isinstance(limit, int) and not isinstance(limit, bool) and (limit == 0 or limit >= HIDES)
    return int(limit) if sound else 5


def _known(reading: Reading, document: Document, points: Points, counts: Counts) -> Known | None:
    """What may be known of own counts: by the points' own table, whatever the case makes of it."""
    limit = _limit(document)
    regions = [points.table[column] for column in sorted(points.table.columns) if _divides(points.table, column)]
    known = Known.of(counts.women, nested(regions, len(points.ids)), limit, counts.beside)
    if known is None:
        reading.findings.append(dataclasses.replace(too_few(limit), table=str(document.get("demand.counts"))))
    return known


def _divides(table: Table, column: str) -> bool:
    """Whether a column divides the demand points into regions, three points or more in each on average."""
    cells = table[column]
    if column in TEXT_COLUMNS or not all(cells) or 3 * len(set(cells)) > len(cells):
        return False
    words = loose_numbers(table, column).count(None) > len(cells) / 2
    return words or "region" in column or column.endswith("_code")


def _weighed(reading: Reading, document: Document, points: Points, weight: Floats, counts: Counts) -> bool:
    """Whether there is a weight wherever somebody was counted, or may have been."""
    limit = _limit(document)
    bare = np.flatnonzero(weight == 0 if limit else (weight == 0) & (counts.women > 0))
    if len(bare):
        fault = without_weight((points.ids[i] for i in bare), limit)
        reading.findings.append(
            dataclasses.replace(
                fault,
                table=str(document.get("demand.counts")),
                column=None,
                remedy="Choose another weight, or correct the counts." if limit == 0 else fault.remedy,
            )
        )
    return not len(bare)


def _blend(reading: Reading, document: Document, points: Points, weight: Floats, known: Known) -> Split:
    """The blend of weight and counts, and what is known of these."""
    name, limit = document.get("demand.counts"), _limit(document)
    together = counted_together(known)
    if limit:
        reading.notices.append(
            f"{together} of {len(points.ids)} demand points are counted together, so that nothing shown can give a "
            f"count below {limit} away; a demand point or year without a row in {name} is read as zero. "
            "privacy.smallest_count = 0 takes each count by itself."
        )
    return blend(points.ids, known, weight)


def _counts(reading: Reading, document: Document, points: Points) -> Counts | None:
    """The table of own counts; None without one, or with faults."""
    if not document.get("demand.counts"):
        return None
    before, name = len(reading.findings), str(document.get("demand.counts"))
    counts = _table_of_counts(reading, document, points, name)
    reading.findings[before:] = [untold(f) if f.table == name else f for f in reading.findings[before:]]
    return counts if len(reading.findings) == before else None


def untold(fault: Finding) -> Finding:
    """A fault of a table of counts without what stands in the cell: its row and column are enough."""
    of_an_id = fault.column in ("code", "point_id")
    if fault.row is not None and not of_an_id and any(c.isdigit() for c in fault.rule + fault.remedy):
        # The words may hold the number as well, or how it can be read.
        fault = dataclasses.replace(fault, rule="the row can be read", remedy="Check its cells and separators.")
    # An id is named; a small number in its place may be a count in the wrong column.
    named = of_an_id and fault.value is not None and (len(fault.value) > 2 or not fault.value.isdigit())
    return fault if named else dataclasses.replace(fault, value=None)


def _table_of_counts(reading: Reading, document: Document, points: Points, name: str) -> Counts | None:
    if os.path.normpath(name) == os.path.normpath(points.table.name):
        # What stands there is written with every plan.
        reading.fault(name, "own counts stand in a table of their own", "Move them from the demand points' table.")
        return None
    table = read_table(reading, name, (), ("year",))
    if table is None:
        return None
    # A hash of small numbers can be guessed back: the run record does not hold it.
    reading.keep_hash(name)
    key = "code" if "code" in table.columns else "point_id"
    column = _counted(reading, document, table)
    if key not in table.columns:
        reading.fault(name, "the column is missing", "Add it.", column=key)
    if column is None or key not in table.columns:
        return None
    known(reading, table, key, points.ids, points.table.name)
    values = numbers(reading, table, column, what=key, grouped=True)
    years = tuple(map(_year, table.columns.get("year", ("",) * len(table))))
    for year, line in zip(years, table.lines, strict=True):
        if odd_year(year):
            reading.fault(name, YEARS, "Write it with four digits.", row=line, column="year", value=year)
    seen: dict[tuple[str, str], int] = {}
    for point, year, value, line in zip(table[key], years, values, table.lines, strict=True):
        if (point, year) in seen:
            reading.fault(
                name,
                f"each demand point stands once a year (it stands on row {seen[point, year]} too)",
                "Remove one of the rows.",
                row=line,
                column=key,
                value=point,
            )
        elif value != round(value) if np.isfinite(value) else False:
            reading.fault(
                name,
                "a count is a whole number of women",
                "Correct the number.",
                row=line,
                column=f"{column} ({point})",
            )
        seen[point, year] = line
    _among(reading, table, key)
    if any(f.table == name for f in reading.findings):
        return None
    at = {i: k for k, i in enumerate(points.ids)}
    places = [at[point] for point in table[key]]
    women = floats(np.bincount(places, weights=values, minlength=len(points.ids)))
    others = [_whole(table, c) for c in table.columns if c not in (key, "year", column)]
    beside = tuple(
        floats(np.bincount(places, weights=other, minlength=len(points.ids))) for other in others if other is not None
    )
    # With a limit nothing is said that depends on what was counted, nor on which rows of nobody were left out.
    if _limit(document) == 0:
        if women.sum() <= 0:
            reading.fault(name, "somebody was counted", "Split by a weight instead.", column=column)
        missing = len(set(years)) * len(points.ids) - len(seen)
        if missing:
            reading.notices.append(f"{missing} demand points or years have no row in {name}: they were read as zero.")
    return Counts(women=women, years=len(set(years)), beside=beside)


def _among(reading: Reading, table: Table, key: str) -> None:
    """A fault of each row in which more are in residential treatment than in any: two columns may be swapped."""
    every, some_of = "any_treatment", "residential"
    if not {every, some_of} <= set(table.columns):
        return
    pairs = zip(loose_numbers(table, every), loose_numbers(table, some_of), table[key], table.lines, strict=True)
    for both, part, point, line in pairs:
        if both is not None and part is not None and part > both:
            rule = "those in residential treatment are among those in any"
            remedy = "Correct the row, or name the columns the other way round."
            reading.fault(table.name, rule, remedy, row=line, column=f"{every}, {some_of} ({point})")


def _whole(table: Table, column: str) -> list[float] | None:
    """A further column of counts, by row, nobody where a cell is empty; None where it is no such column."""
    numbers = loose_numbers(table, column)
    found = [number if cell else 0.0 for cell, number in zip(table[column], numbers, strict=True)]
    if any(value is None or not np.isfinite(value) or value < 0 or value != round(value) for value in found):
        return None
    return [value for value in found if value is not None]


def _year(text: str) -> str:
    """A year as it is said: 2019.0 is 2019."""
    said = readings(text)
    return f"{said[0]:.0f}" if len(said) == 1 and said[0] == round(said[0]) else text


YEARS = "a year is of this century or the last"


def odd_year(year: str) -> bool:
    """Whether a number is no year of a count (a text, as 2023/24, may be one)."""
    return year.isascii() and year.isdigit() and not 1900 <= int(year[:9]) <= 2100


def _counted(reading: Reading, document: Document, table: Table) -> str | None:
    """The column of counts: the one that is named, or the first there is."""
    asked = document.get("demand.counted")
    wanted = COUNTED if asked is None else (str(asked),)
    column = next((c for c in wanted if c in table.columns), None)
    if column is None:
        reading.fault(
            table.name,
            "the column is missing",
            f"Add it. Found: {', '.join(table.columns)}.",
            column=" or ".join(wanted),
        )
    return column


def read_uptake(reading: Reading, document: Document) -> Uptake | None:
    """Read ``travel.uptake``: pairs of minutes and share, or the name of a table with these columns."""
    said: Any = document.get("travel.uptake", False)
    if isinstance(said, str):
        table = read_table(reading, said, ("minutes", "share"))
        if table is None:
            return None
        before = len(reading.findings)
        said = list(zip(numbers(reading, table, "minutes"), numbers(reading, table, "share", most=1.0), strict=True))
        if len(reading.findings) > before:
            return None
    if said is False:
        return None
    try:
        return Uptake.of(said)
    except DataError as error:
        reading.findings += error.findings
        return None
