"""Counts a region has published: ``observed.csv``, one region, measure and year a row.

A row without a document is a count of the planner's own: it stays apart from those that are published.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from capacity.errors import DataError, Finding
from capacity.problem.calls import told
from capacity.reading.books import reading_of
from capacity.reading.tables import MISSING, numbers, read_table
from capacity.reading.women import untold

FILE = "observed.csv"


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Women counted in a region over some years.

    Attributes
    ----------
    region : str
        Id of the region.
    what : str
        What was counted.
    years : tuple of int
    counts : tuple of int
        By year.
    document : str
        Where they are published; "" for counts of the planner's own, which fall under
        `Problem.smallest_count`.
    """

    region: str
    what: str
    years: tuple[int, ...]
    counts: tuple[int, ...]
    document: str = ""

    @property
    def total(self) -> int:
        """Women over all the years."""
        return sum(self.counts)


@told
def observed_counts(folder: str | os.PathLike[str]) -> tuple[Observed, ...]:
    """Read the observed counts of a case's folder; () where it has none.

    Raises
    ------
    DataError
        With every fault found.
    """
    reading = reading_of(folder)
    if not reading.has(FILE):
        return ()
    table = read_table(reading, FILE, ("region", "what", "year", "count"), ("document",))
    if table is None:
        raise DataError(reading.findings)
    years = numbers(reading, table, "year", least=1900, most=2100, what="region")
    counts = numbers(reading, table, "count", least=0, what="region")
    said = table.columns.get("document", ("",) * len(table))
    documents = tuple("" if document.lower() in MISSING else document for document in said)
    groups: dict[tuple[str, str, bool], list[tuple[float, float, str]]] = {}
    seen: set[tuple[str, str, float]] = set()
    for k, line in enumerate(table.lines):
        for column, value in (("year", years[k]), ("count", counts[k])):
            if value == value and value != round(value):
                reading.fault(FILE, "a whole number", "Correct the cell.", row=line, column=column, value=f"{value:g}")
        region, what = table["region"][k], table["what"][k]
        if (region, what, years[k]) in seen:
            reading.fault(
                FILE,
                "a region, measure and year stands once",
                "Remove one of the rows.",
                row=line,
                column="year",
                value=f"{region}, {what}, {years[k]:g}",
            )
        seen.add((region, what, years[k]))
        groups.setdefault((region, what, bool(documents[k])), []).append((years[k], counts[k], documents[k]))
    if reading.findings:
        raise DataError([untold(f) if _of_a_count(f) else f for f in reading.findings])
    return tuple(
        Observed(
            region=region,
            what=what,
            years=tuple(int(y) for y, *_ in rows),
            counts=tuple(int(c) for _, c, _ in rows),
            document="; ".join(dict.fromkeys(d for *_, d in rows if d)),
        )
        for (region, what, _), rows in groups.items()
    )


def _of_a_count(fault: Finding) -> bool:
    """Whether a count may stand in what the fault says."""
    return fault.row is not None and (fault.column is None or fault.column.startswith("count"))
