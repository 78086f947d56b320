"""Counts a region has published: ``observed.csv``, one region, measure and year a row."""

from __future__ import annotations

import os
from dataclasses import dataclass

from capacity.errors import DataError
from capacity.reading.tables import Reading, case_folder, numbers, read_table

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


def observed_counts(folder: str | os.PathLike[str]) -> tuple[Observed, ...]:
    """Read the observed counts of a case's folder; () where it has none.

    Raises
    ------
    DataError
        With every fault found.
    """
    reading = Reading(folder=case_folder(folder))
    if not (reading.folder / FILE).is_file():
        return ()
    table = read_table(reading, FILE, ("region", "what", "year", "count"))
    if table is None:
        raise DataError(reading.findings)
    years = numbers(reading, table, "year", least=1, what="region")
    counts = numbers(reading, table, "count", least=0, what="region")
    documents = table.columns.get("document", ("",) * len(table))
    groups: dict[tuple[str, str], list[tuple[float, float, str]]] = {}
    for k, line in enumerate(table.lines):
        for column, value in (("year", years[k]), ("count", counts[k])):
            if value == value and value != round(value):
                reading.fault(FILE, "a whole number", "Correct the cell.", row=line, column=column, value=f"{value:g}")
        group = groups.setdefault((table["region"][k], table["what"][k]), [])
        if any(year == years[k] for year, *_ in group):
            reading.fault(
                FILE, "a region, measure and year stands once", "Remove one of the rows.", row=line, column="year",
                value=f"{table['region'][k]}, {table['what'][k]}, {years[k]:g}",
            )  # fmt: skip
        group.append((years[k], counts[k], documents[k]))
    if reading.findings:
        raise DataError(reading.findings)
    return tuple(
        Observed(
            region=region, what=what, years=tuple(int(y) for y, *_ in rows),
            counts=tuple(int(c) for _, c, _ in rows),
            document="; ".join(dict.fromkeys(d for *_, d in rows if d)),
        )
        for (region, what), rows in groups.items()
    )  # fmt: skip
