"""Delimited tables as planners have them: any separator, decimal mark and encoding, said aloud."""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capacity.arrays import clean, meant_column, meant_column_of, unseen
from capacity.errors import some
from capacity.problem import cells
from capacity.problem.cells import MISSING as MISSING
from capacity.problem.cells import MOST_CELLS as MOST_CELLS
from capacity.problem.cells import NO_WAY as NO_WAY
from capacity.problem.cells import Column, Wrong
from capacity.reading.texts import Reading as Reading
from capacity.reading.texts import case_folder as case_folder
from capacity.reading.texts import is_workbook
from capacity.reading.workbooks import table_text


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as text: columns by name, and the line of each row.

    Attributes
    ----------
    name : str
        File name.
    columns : mapping of column to tuple of str
    lines : tuple of int
        Line of each row in the file, header = 1.
    decimal_comma : bool
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    lines: tuple[int, ...]
    decimal_comma: bool = False

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, column: str) -> tuple[str, ...]:
        return self.columns[column]

    def column(self, name: str, *, what: str = "", beside: Sequence[str] = ()) -> Column:
        """A column to be checked; `what` names the column that says whose each cell is."""
        return Column(
            table=self.name,
            name=name,
            cells=self.columns[name],
            rows=self.lines,
            whose=self.columns.get(what, ()),
            decimal="" if self.decimal_comma else ".",
            beside=tuple(cell for other in beside for cell in self.columns[other]),
        )


def read_table(reading: Reading, name: str, needed: Sequence[str] = (), optional: Sequence[str] = ()) -> Table | None:
    """Read a delimited file or a sheet of a workbook; None where nothing of use is in it (the faults say why).

    Parameters
    ----------
    needed : sequence of str
        Columns it must have.
    optional : sequence of str
        Columns it may have: one that is written a little otherwise is a fault, as nothing would be read of it.
    """
    book = is_workbook(name)
    text = table_text(reading, name) if book else reading.text_of(name)
    if text is None:
        return None
    separator, passed = (",", False) if book else _separator(text)
    found = _rows(reading, name, text, separator)
    if found is None:
        return None
    rows, lines = found
    if passed and rows:
        rows, lines = rows[1:], lines[1:]
    if not rows:
        reading.fault(name, "the table is empty", "Give it a header and at least one row.")
        return None
    header, rows, first, lines = rows[0], rows[1:], lines[0], lines[1:]
    while header and not header[-1]:
        header.pop()
    if not rows:
        reading.fault(name, "the table is empty", "Give it at least one row below the header.")
        return None
    if _is_title(header, rows):
        reading.fault(
            name,
            f"the first line names the columns: this one has {len(header)} names above rows of "
            f"{max(len(_filled(r)) for r in rows)} cells",
            "Remove the lines above the header (a title?), or name each column.",
            row=first,
            value=some(header),
        )
        return None
    if separator == ";":
        reading.notices.append(f"{name} is separated by semicolons; a comma in a number was read as the decimal mark.")
    elif separator == "\t":
        reading.notices.append(f"{name} is separated by tabs.")
    elif separator == "|":
        reading.notices.append(f"{name} is separated by bars.")
    header = _header(reading, name, header, needed, optional, first)
    _long_rows(reading, name, header, rows, lines)
    columns = {column: tuple(row[k] for row in rows) for k, column in enumerate(header)}
    if any(column not in columns for column in needed):
        return None
    return Table(name=name, columns=columns, lines=tuple(lines), decimal_comma=separator != ",")


def separator_of(text: str) -> str:
    """What stands between the cells of a table."""
    return _separator(text)[0]


def _separator(text: str) -> tuple[str, bool]:
    """What stands between cells, and whether Excel's line ``sep=;`` says so above the header."""
    start = text.lstrip("\ufeff \t\r\n")[:40]
    if said := re.match(r"\"?sep=(.)\"?[,;\t|]*\s*(?:\r|\n|$)", start, re.IGNORECASE):
        return said.group(1), True
    # What stands in quotes separates nothing: "Storgade 1, 9000 Ølby";10,02;56,03.
    bare = re.sub(r'"[^"\r\n]*"', '""', text[:100_000])
    some_lines = [line for line in bare.splitlines()[:200] if line.strip()][:40]
    first = some_lines[0] if some_lines else ""
    best = max(",;\t|", key=first.count)
    if first.count(best) and sum(line.count(best) == first.count(best) for line in some_lines) >= 0.8 * len(some_lines):
        # The header and the rows have as many cells by it, whatever marks their numbers have.
        return best, False
    # A title above the table has another separator, or none: what most lines agree on speaks.
    # (Of signs that a line has as many of, that of the first line: 101;5,5 below code;share.)
    agreed = Counter(
        max(",;\t|", key=lambda sign: (line.count(sign), sign == best))  # called at once
        for line in some_lines[1:]
        if any(s in line for s in ",;\t|")
    )
    if first.count(best) == 0 or (agreed and first.count(agreed.most_common(1)[0][0]) == 0):
        best = agreed.most_common(1)[0][0] if agreed else ","
    return best, False


_ODD = re.compile(r"[^\n\r\x20-\x7e]")


def _rows(reading: Reading, name: str, text: str, separator: str) -> tuple[list[list[str]], list[int]] | None:
    """Rows of clean cells and the line each ends on; None, and a fault, where a quote is not closed."""
    clean_rows: list[list[str]] = []
    lines: list[int] = []
    tidied: list[int] = []
    failed: list[tuple[int, str]] = []
    hidden: list[tuple[int, str, str]] = []
    before = csv.field_size_limit(max(len(text) + 1, 131_072))
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    # Most tables hold nothing to tidy.
    hashes = "#" in text
    simple = text.isascii() and "  " not in text and '"' not in text and not _ODD.search(text)
    try:
        for row in records:
            clean_row = [cell.strip() for cell in row] if simple else [_unforced(clean(cell)) for cell in row]
            if any(clean_row):
                if records.line_num > start and _swallows(row, clean_rows, separator):
                    raise csv.Error("rows inside a cell")
                if not simple:
                    tidied += [records.line_num] * any(c != r.strip() for c, r in zip(clean_row, row, strict=True))
                    hidden += [(records.line_num, c, ", ".join(unseen(c))) for c in clean_row if unseen(c)]
                if hashes:
                    failed += [(records.line_num, c) for c in clean_row if cells.FAILED.fullmatch(c)]
                clean_rows.append(clean_row)
                lines.append(records.line_num)
            start = records.line_num + 1
    except csv.Error:
        line = text.splitlines()[start - 1] if start <= len(text.splitlines()) else ""
        reading.fault(
            name,
            "every quote that opens a cell closes it",
            "Close the quote (or double a quote that belongs to the text).",
            row=start,
            value=line[:200],
        )
        return None
    finally:
        csv.field_size_limit(before)
    _told_failed(reading, name, failed)
    for line_number, cell, signs in hidden[:MOST_CELLS]:
        reading.fault(
            name,
            f"every sign of a cell can be seen ({signs} cannot)",
            "Delete what cannot be seen.",
            row=line_number,
            value=cell,
        )
    if len(hidden) > MOST_CELLS:
        reading.fault(name, f"{len(hidden) - MOST_CELLS} more cells hold signs that cannot be seen", "Mend them alike.")
    if tidied:
        reading.notices.append(
            f"{name} holds odd spaces, line breaks or letters in two parts (first on row {tidied[0]}); "
            "they were read as they are printed."
        )
    return clean_rows, lines


def _told_failed(reading: Reading, name: str, failed: Sequence[tuple[int, str]]) -> None:
    """Faults of cells whose formula failed in the spreadsheet: line and cell."""
    for line_number, cell in failed[:MOST_CELLS]:
        reading.fault(name, *cells.FORMULA_FAILED, row=line_number, value=cell)
    if len(failed) > MOST_CELLS:
        reading.fault(name, f"{len(failed) - MOST_CELLS} more formulas failed", "Mend them alike.")


def _unforced(cell: str) -> str:
    """A cell without the formula that keeps a spreadsheet from making a number of it: ="0101"."""
    return cell[2:-1] if len(cell) > 3 and cell.startswith('="') and cell.endswith('"') else cell


def _swallows(row: Sequence[str], kept: Sequence[Sequence[str]], separator: str) -> bool:
    """Whether a cell with a line break holds the rest of a row and the beginning of another."""
    width = len(kept[0]) if kept else len(row)
    for k, cell in enumerate(row):
        pieces = cell.splitlines()
        if len(pieces) > 1 and width > 1:
            counts = [piece.count(separator) for piece in pieces]
            if counts[0] == width - 1 - k and counts[-1] == k and sum(counts) >= width - 1:
                return True
            if any(count == width - 1 for count in counts[1:-1]):
                return True
    return False


def _filled(row: Sequence[str]) -> list[str]:
    """A row up to its last cell that says something."""
    filled = list(row)
    while filled and not filled[-1]:
        filled.pop()
    return filled


def _is_title(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first line is no header: most rows below are longer."""
    longer = sum(len(_filled(row)) > len(header) for row in rows)
    return longer > len(rows) / 2 and (longer > 1 or len(header) < 2)


def _long_rows(reading: Reading, name: str, header: Sequence[str], rows: list[list[str]], lines: Sequence[int]) -> None:
    """Faults for rows with too few or too many cells; they are then given as many as the header has."""
    odd = 0
    for row, line in zip(rows, lines, strict=True):
        count = len(row)
        extra = any(row[len(header) :])
        row += [""] * (len(header) - count)
        del row[len(header) :]
        if count >= len(header) and not extra:
            continue
        odd += 1
        if odd <= MOST_CELLS:
            reading.fault(
                name,
                f"each row has as many cells as the header ({len(header)})",
                "Check the row for a missing or an extra separator.",
                row=line,
                value=str(count),
            )
    if odd > MOST_CELLS:
        reading.fault(name, f"{odd - MOST_CELLS} more rows have another number of cells", "Mend them in the same way.")


def _header(
    reading: Reading, name: str, header: list[str], needed: Sequence[str], optional: Sequence[str], line: int
) -> list[str]:
    """The names of the columns; a fault for each that is missing, stands twice, or is written otherwise."""
    for column in needed:
        if column not in header:
            close = difflib.get_close_matches(column, header, 1, 0.6)
            near = meant_column_of(column, header) or next(iter(close), None)
            hint = f"Did you mean the column {near!r}? Rename it." if near else "Add the column."
            listed = ", ".join(c[:60] for c in header[:8])
            reading.fault(name, "the column is missing", f"{hint} Found: {listed}.", column=column)
    for column in sorted({c for c in header if c and header.count(c) > 1}):
        reading.fault(name, "each column stands once", "Rename or remove the repeated column.", column=column, row=line)
    known = (*needed, *optional)
    for column in header:
        meant = meant_column(column, known, header) if optional and column else None
        if meant is not None and meant not in needed:
            reading.fault(
                name,
                "nothing is read of a column of that name",
                f"Did you mean {meant!r}? Rename it so, or otherwise if it is something else.",
                row=line,
                column=column,
            )
    return header


def numbers(
    reading: Reading,
    table: Table,
    column: str,
    *,
    least: float = 0.0,
    most: float = math.inf,
    what: str = "",
    no_way: bool = False,
    empty: float | None = None,
    grouped: bool = False,
    whole: str = "",
    beside: Sequence[str] = (),
    mark: str | None = None,
) -> list[float]:
    """A column of numbers of a file, checked by `capacity.problem.cells.numbers`; `what` names the column of ids."""
    return cells.numbers(
        reading.findings,
        table.column(column, what=what, beside=beside),
        least=least,
        most=most,
        no_way=no_way,
        empty=empty,
        grouped=grouped,
        whole=whole,
        mark=mark,
    )


def ids(reading: Reading, table: Table, column: str) -> tuple[str, ...]:
    """A column of ids; a fault for each that is empty, stands twice, or looks like another."""
    return cells.ids(reading.findings, table.column(column))


def loose_numbers(table: Table, name: str) -> tuple[float | None, ...]:
    """Each cell of a column that need not be one of numbers: its number, None where it is none."""
    column = table.column(name)
    mark = cells.mark_of(column)
    read = [cells.number(cell, mark) for cell in column.cells]
    return tuple(None if isinstance(one, Wrong) else one for one in read)
