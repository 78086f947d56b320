"""A downloaded sheet as rows of cells, whatever program wrote it: CSV of any separator and encoding, or XLSX."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from capacity.arrays import clean
from capacity.errors import DataError
from capacity.reading.tables import separator_of
from capacity.reading.texts import Reading, is_workbook
from capacity.reading.workbooks import sheet_of


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Rows of a file that say something.

    Attributes
    ----------
    name, sha256 : str
    rows : tuple of tuple of str
        Cells, clean; every row as long as the longest.
    lines : tuple of int
        Where each row stands in the file, from 1.
    notices : tuple of str
        What was read otherwise than it stands.
    """

    name: str
    sha256: str
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    notices: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Columns."""
        return len(self.rows[0]) if self.rows else 0


def read_sheet(path: str | os.PathLike[str]) -> Sheet:
    """Read a sheet.

    Raises
    ------
    DataError
        Where it cannot be read, or nothing is in it.
    """
    where = Path(path)
    # The planner names this file: it may lie anywhere.
    reading = Reading(folder=where.parent, named=frozenset({where.name}))
    if is_workbook(where.name):
        content = reading.bytes_of(where.name)
        sheet = None if content is None else sheet_of(reading, where.name, content)
        reading.findings += sheet.odd.only_formulas().findings(where.name) if sheet else []
        rows = sheet.rows if sheet else None
    else:
        text = reading.text_of(where.name)
        rows = None if text is None else _of_text(reading, where.name, text)
    filled = [(k, row) for k, row in enumerate(rows or [], start=1) if any(row)]
    if not reading.findings and not filled:
        reading.fault(where.name, "the file holds a table", "Download it anew.")
    if reading.findings:
        raise DataError(reading.findings)
    wide = max(len(row) for _, row in filled)
    return Sheet(
        name=where.name,
        sha256=reading.files[where.name],
        rows=tuple((*row, *[""] * (wide - len(row))) for _, row in filled),
        lines=tuple(k for k, _ in filled),
        notices=tuple(reading.notices),
    )


def _of_text(reading: Reading, name: str, text: str) -> list[list[str]] | None:
    rows: list[list[str]] = []
    before = csv.field_size_limit(max(len(text) + 1, 131_072))
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True)
    try:
        for row in records:
            if any("\n" in cell or "\r" in cell for cell in row):
                raise csv.Error("rows inside a cell")
            # One entry a line, so that faults name the file's own lines.
            rows += [[]] * (records.line_num - len(rows) - 1)
            rows.append([clean(cell) for cell in row])
    except csv.Error:
        reading.fault(
            name,
            "every quote that opens a cell closes it",
            "Download the file anew, or close the quote.",
            row=len(rows) + 1,
        )
        return None
    finally:
        csv.field_size_limit(before)
    return rows


def columns_of(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The columns of rows of one length."""
    return list(zip(*rows, strict=True))
