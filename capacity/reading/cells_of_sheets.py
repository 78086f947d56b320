"""What a sheet of a workbook holds beside its cells' values: formulas never worked out, merged and hidden cells."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from capacity.arrays import clean
from capacity.errors import Finding
from capacity.problem.cells import MOST_CELLS, Wrong, decimal_mark, is_empty, number, readings

_WORTH_A_LOOK = re.compile(rb'<(?:\w+:)?(?:f|mergeCell)[ >/]|hidden="')
"""What a sheet's XML holds where there is anything to tell."""

DEGREES = ("lon", "lat")
"""Columns of which 55.676 has one reading."""


@dataclass(frozen=True, kw_only=True)
class Oddities:
    """What is odd on a sheet.

    Attributes
    ----------
    unworked : tuple of str
        Cells whose formula has no value, such as ``D2``.
    merged : tuple of str
        Ranges of merged cells, such as ``C2:C3``.
    hidden : tuple of str
        Hidden rows and columns, such as ``row 3``.
    """

    unworked: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def only_formulas(self) -> Oddities:
        """What is odd where merged cells say how a table is laid out, and hide nothing."""
        return Oddities(unworked=self.unworked, hidden=self.hidden)

    def findings(self, name: str) -> list[Finding]:
        """Faults of a sheet that is read as a table."""
        formulas = [
            Finding(
                table=name,
                row=row_of(cell),
                value=cell,
                rule="a formula has its value in the workbook",
                remedy="Open it in the spreadsheet, let it calculate, and save it; or write the value.",
            )
            for cell in self.unworked
        ]
        merged = [
            Finding(
                table=name,
                row=row_of(cells),
                value=cells,
                rule="cells of a table are not merged: all but the first are empty",
                remedy="Unmerge them, and fill in each.",
            )
            for cells in self.merged
        ]
        found = formulas[:MOST_CELLS] + merged[:MOST_CELLS]
        more = len(formulas) + len(merged) - len(found)
        if more:
            rule = f"{more} more cells have no value of their own"
            found.append(Finding(table=name, rule=rule, remedy="Mend them in the same way."))
        return found


def row_of(cell: str) -> int:
    """The row of a cell, or the first of a range.

    >>> row_of("C2:D13")
    2
    """
    return int(re.sub(r"\D", "", cell.partition(":")[0]))


def oddities(archive: zipfile.ZipFile, path: str) -> Oddities:
    """What is odd on the sheet of a path in a workbook."""
    text = archive.read(path.lstrip("/"))
    if not _WORTH_A_LOOK.search(text):
        return Oddities()
    unworked: list[str] = []
    merged: list[str] = []
    hidden: list[str] = []
    for element in ET.fromstring(text).iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "c":
            if _unworked(element):
                unworked.append(element.get("r", ""))
        elif tag == "mergeCell":
            merged.append(element.get("ref", ""))
        elif tag in ("row", "col") and element.get("hidden") in ("1", "true"):
            hidden.append(f"row {element.get('r')}" if tag == "row" else f"column {element.get('min')}")
    return Oddities(unworked=tuple(unworked), merged=tuple(merged), hidden=tuple(hidden))


def _unworked(cell: ET.Element) -> bool:
    """Whether a cell has a formula and no value (of a formula that comes to no text the file says that it is text)."""
    parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
    return "f" in parts and not parts.get("v") and cell.get("t") != "str"


def of_two_readings(name: str, rows: Sequence[tuple[object, ...]]) -> list[Finding]:
    """Faults of texts among numbers that mean one thing or a thousandfold: 1.000 is a number, and a spreadsheet's text.

    A number of a spreadsheet is no text: what is typed as 1.000 and stays text was no number where it was typed.
    """
    full = [(k, row) for k, row in enumerate(rows, start=1) if any(not is_empty(cell) for cell in row)]
    faults = []
    for at, head in enumerate(full[0][1] if full else ()):
        below = [(k, row[at]) for k, row in full[1:] if at < len(row) and not is_empty(row[at])]
        texts = [cell for _, cell in below if isinstance(cell, str)]
        doubtful = [(k, cell) for k, cell in below if isinstance(cell, str) and len(readings(cell)) > 1]
        if not doubtful or decimal_mark(texts) or not all(readings(text) for text in texts) or head in DEGREES:
            continue
        for k, cell in doubtful[:MOST_CELLS]:
            wrong = number(clean(cell))
            assert isinstance(wrong, Wrong)
            faults.append(
                Finding(table=name, row=k, column=str(head), value=cell, rule=wrong.rule, remedy=wrong.remedy)
            )
    return faults
