"""A whole case as one workbook: its settings and its tables are sheets, read as the files they stand for."""

from __future__ import annotations

import csv
import io
import json
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path

from capacity.arrays import clean
from capacity.errors import DataError, Finding, some
from capacity.reading.texts import Reading, case_folder, is_workbook
from capacity.reading.workbooks import Sheet, sheets_of

SETTINGS = "settings"
"""The sheet that stands for ``case.toml``: a setting, its value and its source in each row."""

CASE = "case.toml"


def reading_of(case: str | os.PathLike[str], named: frozenset[str] = frozenset()) -> Reading:
    """A case to be read: a folder with ``case.toml``, or a workbook that holds all of it (it, or its folder, is named).

    Raises
    ------
    DataError
        Where there is no such folder or workbook, or it cannot be read.
    """
    book = _book(case)
    if book is None:
        return Reading(folder=case_folder(case), named=named)
    reading = Reading(folder=book.parent, named=named)
    content = reading.bytes_of(book.name)
    sheets = None if content is None else sheets_of(reading, book.name, content)
    for sheet in sheets or ():
        _put(reading, book.name, sheet)
    if sheets is not None and CASE not in reading.sheets:
        have = some(sheet.title for sheet in sheets)
        remedy = f"Name a folder with case.toml, or add the sheet. Its sheets: {have}."
        reading.fault(book.name, f"the workbook of a case has a sheet {SETTINGS}", remedy)
    if reading.findings:
        raise DataError(reading.findings)
    return reading


def _put(reading: Reading, book: str, sheet: Sheet) -> None:
    """Note a sheet as the file it stands for, with what is to be told where that is read."""
    name, title = file_of(clean(sheet.title)), f"{book}#{sheet.title}"
    other = reading.sheet_of(name)
    if other is not None:
        rule = f"each sheet stands for a file of its own ({reading.titles[other]} is {name} too)"
        reading.fault(title, rule, "Rename or remove one of them.")
        return
    reading.sheets[name] = _text(name, sheet.rows)
    reading.titles[name] = title
    if name.endswith(".csv"):
        reading.to_tell[name] = (sheet.findings(name), sheet.notices(title))
    elif name.endswith(".toml"):
        reading.to_tell[name] = (sheet.odd.only_formulas().findings(name), sheet.notices(title))


def _book(case: str | os.PathLike[str]) -> Path | None:
    """The workbook that holds a case: the one that is named, or the only one of a folder without ``case.toml``."""
    try:
        path = Path(case)
        if is_workbook(path.name):
            return path if path.is_file() else None
        if not path.is_dir() or (path / CASE).exists():
            return None
        books = [one for one in path.iterdir() if is_workbook(one.name) and not one.name.startswith("~$")]
    except (OSError, TypeError, ValueError):
        return None
    if len(books) > 1:
        rule = f"one workbook holds the case ({some(sorted(one.name for one in books))} lie there, and no {CASE})"
        raise DataError([Finding(table=path.name, rule=rule, remedy="Name the one that is meant.")])
    return books[0] if books else None


def file_of(title: str) -> str:
    """The file that a sheet stands for.

    >>> file_of("settings"), file_of("sites"), file_of("scenarios.toml")
    ('case.toml', 'sites.csv', 'scenarios.toml')
    """
    if title.lower() == SETTINGS:
        return CASE
    return title if "." in title else f"{title}.csv"


def _text(name: str, rows: Sequence[Sequence[str]]) -> str:
    """A sheet as the text of its file; each row is the line of its number."""
    if name.endswith(".toml"):
        head = next((k for k, row in enumerate(rows) if any(row)), 0)
        # The heads of the columns, unless they were taken away.
        lines = [
            _line(row) if k > head or (row[:1] and row[0].startswith(("[", "#"))) else "" for k, row in enumerate(rows)
        ]
        return "\n".join(lines) + "\n"
    if name.endswith(".csv"):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue()
    return "".join(row[0] for row in rows if row)


def _line(row: Sequence[str]) -> str:
    """A row of settings as a line: a section, a remark, or a setting with its value and its source."""
    key, value, source = (*row, "", "", "")[:3]
    if not key or key.startswith(("[", "#")):
        return key
    return f"{key} = {_value(value)}{f'  # {source}' if source else ''}"


def _value(cell: str) -> str:
    """A cell as a value of TOML; text that is none stands in quotes."""
    said = cell.lower() if cell in ("True", "False") else cell
    try:
        tomllib.loads(f"value = {said}")
    except tomllib.TOMLDecodeError:
        return json.dumps(cell, ensure_ascii=False)
    return said
