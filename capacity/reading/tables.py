"""Delimited tables as planners have them: any separator, decimal mark and encoding, said aloud."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import math
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from capacity import cells
from capacity.cells import MISSING as MISSING
from capacity.cells import MOST_CELLS as MOST_CELLS
from capacity.cells import NO_WAY as NO_WAY
from capacity.cells import Column, Wrong, meant_column, meant_column_of
from capacity.errors import DataError, Finding, some
from capacity.labels import clean, unseen


def case_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder of a case, which may be named by its ``case.toml``.

    Raises
    ------
    DataError
        Where there is no such folder.
    """
    path = Path(folder)
    if path.name == "case.toml":
        path = path.parent
    if not path.is_dir():
        raise DataError(
            [
                Finding(
                    table=str(folder), rule="a case is a folder with case.toml and its tables",
                    remedy="Name an existing folder, or make one with `capacity new FOLDER`.",
                )
            ]
        )  # fmt: skip
    return path


@dataclass
class Reading:
    """What is met while a case is read: faults, notices, files and their hashes."""

    folder: Path
    findings: list[Finding] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def fault(
        self,
        table: str,
        rule: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Note a fault."""
        self.findings.append(
            Finding(table=table, row=row, column=column, value=value, rule=rule, remedy=remedy)
        )

    def has(self, name: str) -> bool:
        """Whether the case's folder holds a file of that name."""
        try:
            return (self.folder / name).is_file()
        except (OSError, ValueError):
            return False

    def bytes_of(self, name: str) -> bytes | None:
        """A file's content; its hash is noted. None, and a fault, where it is missing."""
        path = self.folder / name
        try:
            content = path.read_bytes()
        except (OSError, ValueError):
            rule, remedy = _not_read(self.folder, name)
            self.fault(name, rule, remedy)
            return None
        self.files[name] = hashlib.sha256(content).hexdigest()
        return content

    def text_of(self, name: str) -> str | None:
        """A file's text, whatever its encoding; a notice where it is not UTF-8. None, and a fault, where it is no text."""
        content = self.bytes_of(name)
        if content is None:
            return None
        for mark, what, remedy in NO_TEXT:
            if content.startswith(mark):
                self.fault(name, f"the file is text, and this is {what}", remedy)
                return None
        text = self._decoded(name, content)
        if text is None:
            return None
        at = text.find("\0")
        if at >= 0:
            self.fault(
                name, "the file is text without NUL signs", "The file is damaged, or no text: export it anew.",
                row=text.count("\n", 0, at) + 1,
            )  # fmt: skip
            return None
        twice = _encoded_twice(text)
        if twice:
            said, meant = twice
            self.fault(
                name, f"letters are encoded once: here {said!r} stands for {meant!r}",
                "Export the file anew as UTF-8 (it was read as Windows-1252 and saved as UTF-8).",
                row=text.count("\n", 0, text.find(said)) + 1,
            )  # fmt: skip
            return None
        return text

    def _decoded(self, name: str, content: bytes) -> str | None:
        encoding = next((name for mark, name in MARKS if content.startswith(mark)), "")
        if not encoding:
            zeros = (content[0:2_000:2].count(0), content[1:2_000:2].count(0))
            few = len(content[:2_000]) / 8
            encoding = "utf-16-le" if zeros[1] > few > zeros[0] else "utf-16-be" if zeros[0] > few > zeros[1] else ""
            if encoding:
                self.notices.append(f"{name} is UTF-16 without a mark that says so. Check that it reads right.")
        try:
            return content.decode(encoding or "utf-8")
        except UnicodeDecodeError:
            if encoding and encoding != "utf-8-sig":
                self.fault(name, f"the file is whole {encoding.upper()}", "It is damaged: export it anew as UTF-8.")
                return None
        # A letter cut in two is a damaged file, not another encoding.
        self.notices.append(f"{name} is not UTF-8; it was read as Windows-1252. Check that æ, ø and å look right.")
        return content.removeprefix(b"\xef\xbb\xbf").decode("cp1252", errors="replace")


MARKS = (
    (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)  # fmt: skip
"""Byte order marks."""

_AS_CSV = "Open it there and save the sheet as CSV UTF-8."
NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook (or another packed file)", _AS_CSV),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", _AS_CSV),
    (b"SQLite format 3", "a GeoPackage or another database", "Export the layer as CSV or GeoJSON."),
    (b"PAR1", "a Parquet file", "Export it as CSV UTF-8."),
    (b"\x1f\x8b", "a packed file (gzip)", "Unpack it."),
    (b"%PDF", "a PDF", "Put the table itself in its place, as CSV UTF-8."),
)
"""Beginnings of files that are no text: what they are, and what to do."""

WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")


def _not_read(folder: Path, name: str) -> tuple[str, str]:
    """Why a file cannot be read, and what to do: no advice that leads into the next fault."""
    names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    try:
        there = (folder / name).exists()
    except (OSError, ValueError):
        return "the file's name can be a name of a file", "Shorten the name in case.toml."
    rule = "the file cannot be read" if there else "the file is missing"
    if there and (folder / name).is_dir():
        return "this is a folder, not a file", "Name the file in case.toml."
    stem = Path(name).stem.lower()
    book = next((n for n in names if Path(n).stem.lower() == stem and n.lower().endswith(WORKBOOKS)), None)
    if book is not None:
        return rule, f"{book} is a workbook: save its sheet beside it as CSV UTF-8, named {name}."
    readable = [n for n in names if not n.lower().endswith(WORKBOOKS)]
    near = difflib.get_close_matches(name, readable, 1, 0.7)
    hint = f"Did you mean {near[0]!r}? " if near and near[0] != name else ""
    return rule, f"{hint}Put the file in the case's folder, or name another in case.toml."


_TWICE = re.compile(
    "[\u00c2\u00c3\u00c5]"
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
"""What the letters of Western Europe look like, in UTF-8 read as Windows-1252."""


def _encoded_twice(text: str) -> tuple[str, str] | None:
    """Letters that were encoded twice, and what they stand for; None where there are none."""
    if text.isascii():
        return None
    for hit in _TWICE.finditer(text):
        said = hit.group()
        try:
            meant = said.encode("cp1252").decode("utf-8")
        except UnicodeError:
            continue
        # A hard space behind a capital is no sign of it by itself.
        if meant.isalpha():
            return said, meant
    return None


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
            table=self.name, name=name, cells=self.columns[name], rows=self.lines,
            whose=self.columns.get(what, ()), decimal="" if self.decimal_comma else ".",
            beside=tuple(cell for other in beside for cell in self.columns[other]),
        )  # fmt: skip


def read_table(
    reading: Reading, name: str, needed: Sequence[str] = (), optional: Sequence[str] = ()
) -> Table | None:
    """Read a delimited file; None where nothing of use is in it (the faults say why).

    Parameters
    ----------
    needed : sequence of str
        Columns it must have.
    optional : sequence of str
        Columns it may have: one that is written a little otherwise is a fault, as nothing would be read of it.
    """
    text = reading.text_of(name)
    if text is None:
        return None
    separator, passed = _separator(text)
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
            name, f"the first line names the columns: this one has {len(header)} names above rows of "
            f"{max(len(_filled(r)) for r in rows)} cells",
            "Remove the lines above the header (a title?), or name each column.",
            row=first, value=some(header),
        )  # fmt: skip
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


def _separator(text: str) -> tuple[str, bool]:
    """What stands between cells, and whether Excel's line ``sep=;`` says so above the header."""
    start = text.lstrip("\ufeff \t\r\n")[:40]
    if said := re.match(r"\"?sep=(.)\"?[,;\t|]*\s*(?:\r|\n|$)", start, re.IGNORECASE):
        return said.group(1), True
    some_lines = [line for line in text[:100_000].splitlines()[:200] if line.strip()][:40]
    first = some_lines[0] if some_lines else ""
    best = max(",;\t|", key=first.count)
    # A title above the table has another separator, or none: what most lines agree on speaks.
    agreed = Counter(max(",;\t|", key=line.count) for line in some_lines[1:] if any(s in line for s in ",;\t|"))
    if first.count(best) == 0 or (agreed and first.count(agreed.most_common(1)[0][0]) == 0):
        best = agreed.most_common(1)[0][0] if agreed else ","
    return best, False


def _rows(reading: Reading, name: str, text: str, separator: str) -> tuple[list[list[str]], list[int]] | None:
    """Rows of clean cells and the line each ends on; None, and a fault, where a quote is not closed."""
    kept: list[list[str]] = []
    lines: list[int] = []
    tidied: list[int] = []
    hidden: list[tuple[int, str, str]] = []
    before = csv.field_size_limit(max(len(text) + 1, 131_072))
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for row in records:
            clean_row = [clean(cell) for cell in row]
            if any(clean_row):
                if records.line_num > start and _swallows(row, kept, separator):
                    raise csv.Error("rows inside a cell")
                if not text.isascii() or not text.isprintable():
                    tidied += [records.line_num] * any(c != r.strip() for c, r in zip(clean_row, row, strict=True))
                    hidden += [(records.line_num, c, ", ".join(unseen(c))) for c in clean_row if unseen(c)]
                kept.append(clean_row)
                lines.append(records.line_num)
            start = records.line_num + 1
    except csv.Error:
        line = text.splitlines()[start - 1] if start <= len(text.splitlines()) else ""
        reading.fault(
            name, "every quote that opens a cell closes it",
            "Close the quote (or double a quote that belongs to the text).",
            row=start, value=line[:200],
        )  # fmt: skip
        return None
    finally:
        csv.field_size_limit(before)
    for line_number, cell, signs in hidden[:MOST_CELLS]:
        reading.fault(
            name, f"every sign of a cell can be seen ({signs} cannot)", "Delete what cannot be seen.",
            row=line_number, value=cell,
        )  # fmt: skip
    if len(hidden) > MOST_CELLS:
        reading.fault(name, f"{len(hidden) - MOST_CELLS} more cells hold signs that cannot be seen", "Mend them alike.")
    if tidied:
        reading.notices.append(
            f"{name} holds odd spaces, line breaks or letters in two parts (first on row {tidied[0]}); "
            "they were read as they are printed."
        )
    return kept, lines


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


def _long_rows(
    reading: Reading, name: str, header: Sequence[str], rows: list[list[str]], lines: Sequence[int]
) -> None:
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
                name, f"each row has as many cells as the header ({len(header)})",
                "Check the row for a missing or an extra separator.", row=line, value=str(count),
            )  # fmt: skip
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
                name, f"nothing is read of a column of that name. Did you mean {meant!r}", f"Rename it {meant!r}, or "
                "otherwise if it is something else.", row=line, column=column,
            )  # fmt: skip
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
    """A column of numbers of a file, checked as `capacity.cells.numbers` does; `what` names the column of ids."""
    return cells.numbers(
        reading.findings, table.column(column, what=what, beside=beside), least=least, most=most, no_way=no_way,
        empty=empty, grouped=grouped, whole=whole, mark=mark,
    )  # fmt: skip


def ids(reading: Reading, table: Table, column: str) -> tuple[str, ...]:
    """A column of ids; a fault for each that is empty, stands twice, or looks like another."""
    return cells.ids(reading.findings, table.column(column))


_NUMBERED = re.compile(r"(\d+)[.,]0+|(\d+(?:[.,]\d+)?[eE]\+?\d{1,2})|(\d+)")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d.*|\d{1,2}[-. /]+(jan|feb|mar|apr|ma[jy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*.*|"
    r"(jan|feb|mar|apr|ma[jy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*[-. /]+\d{2,4}",
    re.IGNORECASE,
)


def spoilt(label: str, have: Sequence[str] | frozenset[str] | set[str]) -> tuple[str, str] | None:
    """What a spreadsheet made of an id, and the id it was; None where that is not what happened."""
    if not (said := _NUMBERED.fullmatch(label)):
        return None
    try:
        digits = said.group(1) or said.group(3) or f"{float(label.replace(',', '.')):.0f}"
    except (ValueError, OverflowError):
        return None
    what = "turned it into a decimal number" if said.group(1) else "turned it into a power" if said.group(2) else \
        "dropped the leading zero"
    for length in range(len(digits), len(digits) + 4):
        if (meant := digits.zfill(length)) in have and meant != label:
            return what, meant
    return None


def known(
    reading: Reading, table: Table, column: str, labels: Sequence[str], owner: str, *, empty: bool = False
) -> bool:
    """Whether every id of a column is one of `labels`; a fault for each that is not.

    Ids that a spreadsheet spoilt alike are told together, with what happened and the one repair.
    """
    have = set(labels)
    wrong = [k for k, label in enumerate(table[column]) if label not in have and not (empty and not label)]
    seen: dict[str, list[tuple[int, str]]] = {}
    told: list[tuple[int, Wrong]] = []
    here = table.column(column)
    for k in wrong:
        label = table[column][k]
        if repaired := spoilt(label, have):
            seen.setdefault(repaired[0], []).append((k, repaired[1]))
            continue
        if _DATE.fullmatch(label):
            seen.setdefault("turned it into a date", []).append((k, ""))
            continue
        near = difflib.get_close_matches(label, labels, 1, 0.75) if len(told) < MOST_CELLS else []
        hint = f"Did you mean {near[0]!r}?" if near else f"Add it to {owner}, or remove it here."
        told.append((k, Wrong(f"the id is one of {owner}", hint)))
    cells.tell(reading.findings, here, told)
    for what, cases in seen.items():
        k, meant = cases[0]
        many = f" (so {len(cases)} ids, the first here)" if len(cases) > 1 else ""
        did = f"Did you mean {meant!r}? " if meant else ""
        reading.fault(
            table.name, f"the id is one of {owner}{many}",
            f"{did}A spreadsheet may have {what}: set the column to text there, and write the "
            "ids as they were.", row=table.lines[k], column=column, value=table[column][k],
        )  # fmt: skip
    return not wrong
