"""A sheet of an Excel workbook as text, so that one reader, with all its checks, reads every table."""

from __future__ import annotations

import csv
import datetime
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacity.arrays import clean
from capacity.errors import Finding, some
from capacity.reading.cells_of_sheets import Oddities, oddities, of_two_readings
from capacity.reading.texts import Reading, book_of

MOST_ROWS = 2_000_000
"""Rows read of a sheet at most."""


LOCKED = b"\xd0\xcf\x11\xe0"
"""How a workbook with a password begins, and an old one."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of a workbook, read.

    Attributes
    ----------
    title : str
    rows : list of list of str
        Cells, clean, row by row from the first; none shorter than the first.
    typed : tuple of tuple
        The cells as the workbook has them.
    odd : Oddities
    hidden : bool
    """

    title: str
    rows: list[list[str]]
    typed: tuple[tuple[object, ...], ...]
    odd: Oddities
    hidden: bool

    def findings(self, name: str) -> list[Finding]:
        """Faults of the sheet as a table: cells without a value of their own, and those of two readings."""
        return [*self.odd.findings(name), *of_two_readings(name, self.typed)]

    def notices(self, name: str) -> list[str]:
        """What was read although it is not seen."""
        said = [f"{name} is a hidden sheet; it was read as well."] if self.hidden else []
        if self.odd.hidden:
            said.append(
                f"{name} has hidden rows or columns, as a filter leaves ({some(self.odd.hidden)}); they were read."
            )
        return said


def table_text(reading: Reading, name: str) -> str | None:
    """The sheet that a name means as text: commas between cells, a row a line; None, and a fault, where there is none.

    Parameters
    ----------
    name : str
        ``book.xlsx`` for its first sheet with anything on it, ``book.xlsx#sheet`` for one of them.
    """
    content = reading.bytes_of(name)
    sheet = None if content is None else sheet_of(reading, name, content)
    if sheet is None:
        return None
    text_beside = Path(name).with_suffix(".csv").name
    if "#" not in name and reading.has(text_beside):
        reading.notices.append(
            f"{name} is an Excel workbook, and was read; {text_beside} beside it was not. If that is meant, name it in "
            "case.toml (a sheet is saved as CSV UTF-8)."
        )
    reading.findings += sheet.findings(name)
    reading.notices += sheet.notices(name)
    text = io.StringIO(newline="")
    # Every row is one line, so that a fault names the row as the workbook counts it.
    csv.writer(text, lineterminator="\n").writerows(sheet.rows)
    return text.getvalue()


def sheet_of(reading: Reading, name: str, content: bytes) -> Sheet | None:
    """The sheet that a name means; None, and a fault, where it cannot be read."""
    sheets = sheets_of(reading, name, content)
    return None if sheets is None else _found(reading, name, sheets)


def sheets_of(reading: Reading, name: str, content: bytes) -> list[Sheet] | None:
    """Every sheet; None, and a fault, where the workbook cannot be read."""
    if content.startswith(LOCKED):
        rule = "the workbook opens without a password, and is no old .xls under another name"
        reading.fault(name, rule, "Save it as .xlsx, without a password.")
        return None
    try:
        import openpyxl
    except ModuleNotFoundError:
        reading.fault(
            name,
            "a workbook is read with openpyxl, which is not installed",
            "pip install 'capacity[excel]', or save the sheet as CSV UTF-8.",
        )
        return None
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(content)) as archive:
            # Styles a downloaded workbook lacks are of no matter here.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            try:
                return list(_sheets(book, archive))
            finally:
                book.close()
    except Exception:
        # openpyxl has no error of its own for what is no workbook.
        reading.fault(name, "the file is a whole workbook", "It is damaged: save or download it anew.")
        return None


def _sheets(book: Any, archive: zipfile.ZipFile) -> Iterator[Sheet]:
    for sheet in book.worksheets:
        typed = tuple(sheet.iter_rows(max_row=MOST_ROWS, values_only=True))
        rows = [_row(row) for row in typed]
        # Empty cells at the end of a row are not seen.
        width = len(next(filter(None, rows), ()))
        yield Sheet(
            title=sheet.title,
            rows=[row + [""] * (width - len(row)) if row else row for row in rows],
            typed=typed,
            odd=oddities(archive, sheet._worksheet_path),
            hidden=sheet.sheet_state != "visible",
        )


def _found(reading: Reading, name: str, sheets: Sequence[Sheet]) -> Sheet | None:
    wanted = name[len(book_of(name)) + 1 :]
    titles = [sheet.title for sheet in sheets]
    # A spreadsheet does not tell capitals of titles apart either.
    named = next((title for title in titles if title == wanted), None) or next(
        (title for title in titles if clean(title).casefold() == clean(wanted).casefold()), None
    )
    if wanted and named is None:
        remedy = f"Its sheets: {some(titles)}. Name one of them behind the #."
        reading.fault(name, "the workbook has a sheet of that name", remedy, value=wanted)
        return None
    full = [sheet for sheet in sheets if any(sheet.rows) and (not wanted or sheet.title == named)]
    if len(full) > 1:
        more = some(sheet.title for sheet in full[1:])
        reading.notices.append(
            f"Of {name} the sheet {full[0].title!r} was read. Another is named behind a #: {name}#SHEET ({more})."
        )
    return full[0] if full else Sheet(title=wanted, rows=[], typed=(), odd=Oddities(), hidden=False)


def _row(cells: tuple[object, ...]) -> list[str]:
    """A row up to its last cell that says something."""
    row = [_said(cell) for cell in cells]
    while row and not row[-1]:
        row.pop()
    return row


def _said(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return clean(str(cell))
