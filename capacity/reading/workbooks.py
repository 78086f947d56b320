"""A sheet of an Excel workbook as text, so that one reader, with all its checks, reads every table."""

from __future__ import annotations

import csv
import io
import warnings
from typing import Any

from capacity.arrays import clean
from capacity.errors import some
from capacity.reading.texts import Reading, book_of

MOST_ROWS = 2_000_000
"""Rows read of a sheet at most."""


def table_text(reading: Reading, name: str) -> str | None:
    """The sheet that a name means as text: commas between cells, a row a line; None, and a fault, where there is none.

    Parameters
    ----------
    name : str
        ``book.xlsx`` for its first sheet with anything on it, ``book.xlsx#sheet`` for one of them.
    """
    content = reading.bytes_of(name)
    rows = None if content is None else rows_of(reading, name, content)
    if rows is None:
        return None
    text = io.StringIO(newline="")
    # Every row is one line, so that a fault names the row as the workbook counts it.
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def rows_of(reading: Reading, name: str, content: bytes) -> list[list[str]] | None:
    """The cells of a sheet, clean, row by row from the first; None, and a fault, where it cannot be read."""
    book = _opened(reading, name, content)
    if book is None:
        return None
    try:
        return _found(reading, name, book)
    finally:
        book.close()


def sheets_of(reading: Reading, name: str, content: bytes) -> dict[str, list[list[str]]] | None:
    """The cells of every sheet, by its title; None, and a fault, where the workbook cannot be read."""
    book = _opened(reading, name, content)
    if book is None:
        return None
    try:
        return {sheet.title: _rows(sheet) for sheet in book.worksheets}
    finally:
        book.close()


def _opened(reading: Reading, name: str, content: bytes) -> Any:
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
        with warnings.catch_warnings():
            # Styles a downloaded workbook lacks are of no matter here.
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception:
        # openpyxl has no error of its own for what is no workbook.
        reading.fault(name, "the file is a whole workbook", "It is damaged: save or download it anew.")
        return None


def _rows(sheet: Any) -> list[list[str]]:
    """The rows of a sheet, none shorter than its first, as empty cells at the end of a row are not seen."""
    rows = [_row(row) for row in sheet.iter_rows(max_row=MOST_ROWS, values_only=True)]
    width = len(next(filter(None, rows), ()))
    return [row + [""] * (width - len(row)) if row else row for row in rows]


def _found(reading: Reading, name: str, book: Any) -> list[list[str]] | None:
    wanted = name[len(book_of(name)) + 1 :]
    titles = [sheet.title for sheet in book.worksheets]
    if wanted and wanted not in titles:
        remedy = f"Its sheets: {some(titles)}. Name one of them behind the #."
        reading.fault(name, "the workbook has a sheet of that name", remedy, value=wanted)
        return None
    full = []
    for sheet in book.worksheets:
        if not wanted or sheet.title == wanted:
            rows = _rows(sheet)
            if any(rows):
                full.append((sheet.title, rows))
    if len(full) > 1:
        more = some(title for title, _ in full[1:])
        reading.notices.append(
            f"Of {name} the sheet {full[0][0]!r} was read. Another is named behind a #: {name}#SHEET ({more})."
        )
    return full[0][1] if full else []


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
    return clean(str(cell))
