"""A built-in case as one workbook: a sheet of settings, a sheet a table, and sheets that explain them."""

from __future__ import annotations

import csv
import datetime
import json
import math
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from capacity.problem.settings import whole
from capacity.reading.books import SETTINGS, file_of
from capacity.reading.case import BUILT_IN, builtin_folder
from capacity.report.phrases import phrases
from capacity.report.settings_said import name_of
from capacity.report.signs import safe
from capacity.report.spoken import Spoken, spoken
from capacity.writing import new_folder, refuse_file, whole_file

BOOK = "case.xlsx"
"""The workbook's name where none is given."""

FIRST = (SETTINGS, "municipalities", "sites", "drive_minutes", "scenarios", "scenarios.toml", "observed")
"""Sheets that planners change most, in the order they stand."""

PIECE = 32_000
"""Letters of an outline in one cell: a cell takes a few more."""

NUMBER = r"(?a:-?(?:0|[1-9]\d{0,14})(?:\.\d+)?)"
"""A number that a spreadsheet holds as it stands; codes such as 0101 are none."""

WIDEST = 70
MADE = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""When the workbook was made, as far as it says: the same case gives the same workbook."""

Row = Sequence[str]


def new_book(target: str | os.PathLike[str], *, template: str = BUILT_IN, language: str = "en") -> Path:
    """Write a built-in case as one workbook, to be changed there; cases are read of it as of a folder.

    Parameters
    ----------
    target : path
        The workbook (``.xlsx``), or a folder that is new or empty, in which it is ``case.xlsx``.
    template : str
        Name of the built-in case.
    language : {"en", "da"}
        Of the sheets that explain. Settings and columns have the names they are read by.

    Raises
    ------
    DataError
        Where the workbook is there already, or the folder holds something.
    """
    path, folder = Path(target), builtin_folder(template)

    def fill(made: Path) -> None:
        _write(folder, made, spoken(language))

    if path.suffix.lower() != ".xlsx":
        return new_folder(path, lambda made: fill(made / BOOK)) / BOOK
    refuse_file(path, ours=lambda _: False)
    return whole_file(path, fill, ours=lambda _: False, parents=True)


def _write(folder: Path, path: Path, t: Spoken) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": folder.name, "created": MADE})
        form = book.add_format({"text_wrap": True, "valign": "top"})
        bold = book.add_format({"bold": True, "valign": "top"})
        tables = _tables(folder)
        _readme(book.add_worksheet(t.formed("book-readme", {})), tables, t, form, bold)
        for title, rows in tables.items():
            sheet = book.add_worksheet(title)
            if title == SETTINGS or title.endswith(".toml"):
                _settings(sheet, rows, t, form, bold)
            else:
                _table(sheet, rows, bold)
        columns = book.add_worksheet(t.formed("book-columns", {}))
        _fill(
            columns, [tuple(t.formed(f"book-{k}", {}) for k in ("sheet", "column", "meaning")), *_explained(tables, t)]
        )
        _dress(columns, (22, 26, WIDEST), form, bold)
        for file in sorted(folder.glob("*.geojson")):
            hidden = book.add_worksheet(file.name)
            for k, piece in enumerate(_pieces(file.read_text(encoding="utf-8"))):
                hidden.write_string(k, 0, piece)
            hidden.hide()


def _tables(folder: Path) -> dict[str, list[Row]]:
    """The rows of every sheet by its title, those that planners change most first."""
    tables: dict[str, list[Row]] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix == ".csv":
            with file.open(encoding="utf-8", newline="") as rows:
                tables[file.stem] = [tuple(row) for row in csv.reader(rows)]
        elif file.suffix == ".toml":
            title = SETTINGS if file_of(SETTINGS) == file.name else file.name
            tables[title] = list(_rows_of(file.read_text(encoding="utf-8")))
    return {
        title: tables[title] for title in (*(f for f in FIRST if f in tables), *(k for k in tables if k not in FIRST))
    }


def _rows_of(text: str) -> Iterator[Row]:
    """Settings as rows: what is set, its value, its source; remarks and sections in the first column."""
    yield ("setting", "value", "source")
    begun = said = ""
    for line in text.splitlines():
        code, remark = _parted(line)
        begun, said = begun + code, said or remark
        if begun.count("[") + begun.count("{") > begun.count("]") + begun.count("}"):
            continue
        key, equals, value = begun.partition("=")
        if equals:
            yield (key.strip(), _shown(value.strip()), said)
        else:
            yield (begun.strip() or (f"# {said}" if said else ""), "", said if begun.strip() else "")
        begun = said = ""


def _parted(line: str) -> tuple[str, str]:
    """What a line says, and its remark."""
    quoted = False
    for k, sign in enumerate(line):
        quoted ^= sign == '"'
        if sign == "#" and not quoted:
            return line[:k].strip(), line[k + 1 :].strip()
    return line.strip(), ""


def _shown(value: str) -> str:
    """A value as a cell has it: text without its quotes, where it is read as text without them too."""
    said = tomllib.loads(f"value = {value}")["value"]
    if not isinstance(said, str):
        return value.replace("_", "") if isinstance(said, int) and not isinstance(said, bool) else value
    try:
        tomllib.loads(f"value = {said}")
    except tomllib.TOMLDecodeError:
        return said
    return value


def _pieces(text: str) -> Iterator[str]:
    """A JSON text in pieces that a cell takes; none begins or ends with a space, which a cell's reader would lose."""
    tight = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    start = 0
    while start < len(tight):
        end = min(start + PIECE, len(tight))
        while end < len(tight) and tight[end - 1 : end + 1] != tight[end - 1 : end + 1].strip():
            end -= 1
        yield tight[start:end]
        start = end


def _readme(sheet: Any, tables: dict[str, list[Row]], t: Spoken, form: Any, bold: Any) -> None:
    lines = [(t.formed(f"book-readme-{k}", {}), "") for k in range(1, 6)]
    contents = [(title, t.formed(f"book-of-{title.replace('.', '-')}", {})) for title in tables]
    _fill(sheet, [*lines, ("", ""), *contents])
    sheet.set_column(0, 0, 24, bold)
    sheet.set_column(1, 1, WIDEST, form)
    for k, (line, _) in enumerate(lines):
        sheet.merge_range(k, 0, k, 1, line, form)
        sheet.set_row(k, 15 * math.ceil(len(line) / 90))


def _settings(sheet: Any, rows: Sequence[Row], t: Spoken, form: Any, bold: Any) -> None:
    """Settings, with what each means beside it: the reader of cases passes over that."""
    section, said = "", []
    names = phrases(t.language)
    for k, (key, value, source) in enumerate(rows):
        if key.startswith("["):
            section = key.strip("[]")
        full = f"{section}.{key}".replace('"', "")
        name = "" if not value else name_of(whole(full), names)
        said.append(
            (key, value, source, t.formed("book-meaning", {}) if k == 0 else "" if name == whole(full) else name)
        )
    _fill(sheet, said, typed=True)
    _dress(sheet, (30, 34, WIDEST, 40), form, bold)
    for k, (key, *_) in enumerate(said):
        if key.startswith("["):
            sheet.write_string(k, 0, key, bold)


def _table(sheet: Any, rows: Sequence[Row], bold: Any) -> None:
    _fill(sheet, rows)
    for k, cells in enumerate(zip(*rows, strict=True)):
        sheet.set_column(k, k, min(max(map(len, cells)) + 2, WIDEST))
    sheet.set_row(0, None, bold)
    sheet.freeze_panes(1, 1)


def _fill(sheet: Any, rows: Iterable[Row], *, typed: bool = False) -> None:
    """Write cells, numbers as numbers; where they are `typed`, 1.0 stays what 1 is not."""
    for k, row in enumerate(rows):
        for column, cell in enumerate(row):
            if re.fullmatch(NUMBER, cell) and not (typed and cell.endswith(".0")):
                sheet.write_number(k, column, float(cell))
            elif cell:
                sheet.write_string(k, column, cell if cell.startswith(("[", "{")) else str(safe(cell)))


def _dress(sheet: Any, widths: Sequence[int], form: Any, bold: Any) -> None:
    for k, width in enumerate(widths):
        sheet.set_column(k, k, width, form)
    sheet.set_row(0, None, bold)
    sheet.freeze_panes(1, 0)


def _explained(tables: dict[str, list[Row]], t: Spoken) -> Iterator[Row]:
    """Every column of every table, and what stands in it."""
    for title, rows in tables.items():
        if title == SETTINGS or title.endswith(".toml"):
            continue
        if title in MATRICES:
            yield (title, "code", t.formed("book-column-code", {}))
            yield (title, t.formed("book-each-site", {}), t.formed(f"book-cells-{title}", {}))
            continue
        for column in rows[0]:
            yield (title, column, t.formed(f"book-column-{column}", {}))


MATRICES = ("drive_minutes", "drive_km", "uses_ferry")
"""Tables with a column a site."""
