"""Delimited tables as planners have them: any separator, decimal mark and encoding, said aloud."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from capacity.errors import DataError, Finding
from capacity.reading.inside import OUTSIDE, within

MOST_CELLS = 25
"""Faulty cells of one column that are named one by one; the rest are counted."""

MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "."}
INFINITE = {"inf", "+inf", "-inf", "infinity", "∞"}
NO_WAY = "no way"
"""What a travel table says of a pair with no way between."""


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
    named: frozenset[str] = frozenset()
    """Files that the planner names for this run: they alone may lie outside the folder."""

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

    def bytes_of(self, name: str) -> bytes | None:
        """A file's content; its hash is noted. None, and a fault, where it is missing."""
        path = self.folder / name
        if not (name in self.named or within(self.folder, name)):
            # Whether it is there is not looked at, let alone what it says.
            self.fault(name, "a case's files lie in its own folder", OUTSIDE.format(name=name))
            return None
        try:
            content = path.read_bytes()
        except OSError:
            near = difflib.get_close_matches(name, _names_in(self.folder), 1, 0.7)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            rule = "the file is missing" if not path.exists() else "the file cannot be read"
            self.fault(name, rule, f"{hint}Put the file in the case's folder, or name another in case.toml.")
            return None
        self.files[name] = hashlib.sha256(content).hexdigest()
        return content

    def text_of(self, name: str) -> str | None:
        """A file's text, whatever its encoding; a notice where it is not UTF-8."""
        content = self.bytes_of(name)
        if content is None:
            return None
        for marks, encoding in (((b"\xff\xfe", b"\xfe\xff"), "utf-16"), ((b"\xef\xbb\xbf",), "utf-8-sig")):
            if content.startswith(marks):
                try:
                    return content.decode(encoding)
                except UnicodeDecodeError:
                    break
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            self.notices.append(
                f"{name} is not UTF-8; it was read as Windows-1252. Check that æ, ø and å look right."
            )
            return content.decode("cp1252", errors="replace")


def _names_in(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir()] if folder.is_dir() else []


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

    def number(self, text: str) -> float | None:
        """The number a cell says; None where it says none."""
        said = text.strip().replace("\u00a0", "").replace("\u2212", "-")
        if self.decimal_comma and "," in said:
            said = said.replace(".", "") if re.fullmatch(r"-?\d{1,3}(\.\d{3})+,\d+", said) else said
            said = said.replace(",", ".")
        elif re.fullmatch(r"-?\d{1,3}( \d{3})+([.,]\d+)?", said):
            said = said.replace(" ", "")
        try:
            return float(said)
        except ValueError:
            return None


def read_table(reading: Reading, name: str, needed: Sequence[str] = ()) -> Table | None:
    """Read a delimited file; None where nothing of use is in it (the faults say why)."""
    text = reading.text_of(name)
    if text is None:
        return None
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        reading.fault(name, "the table is empty", "Give it a header and at least one row.")
        return None
    separator = max(",;\t|", key=first.count)
    if first.count(separator) == 0:
        separator = ","
    comma = separator != ","
    if separator == ";":
        reading.notices.append(
            f"{name} is separated by semicolons; a comma in a number was read as the decimal mark."
        )
    elif separator == "\t":
        reading.notices.append(f"{name} is separated by tabs.")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header: list[str] = []
    kept: list[list[str]] = []
    lines: list[int] = []
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if not header:
            header = cells
            while header and not header[-1]:
                header.pop()
            _header_faults(reading, name, header, needed)
            continue
        extra = [c for c in cells[len(header) :] if c]
        if len(cells) < len(header) or extra:
            reading.fault(
                name,
                f"each row has as many cells as the header ({len(header)})",
                "Check the row for a missing or an extra separator.",
                row=rows.line_num,
                value=str(len(cells)),
            )
            cells += [""] * (len(header) - len(cells))
        kept.append(cells[: len(header)])
        lines.append(rows.line_num)
    if not kept:
        reading.fault(name, "the table is empty", "Give it at least one row below the header.")
        return None
    columns = {column: tuple(row[k] for row in kept) for k, column in enumerate(header)}
    if any(column not in columns for column in needed):
        return None
    return Table(name=name, columns=columns, lines=tuple(lines), decimal_comma=comma)


def _header_faults(
    reading: Reading, name: str, header: list[str], needed: Sequence[str]
) -> None:
    for column in needed:
        if column not in header:
            near = difflib.get_close_matches(column, header, 1, 0.6)
            hint = f"Did you mean the column {near[0]!r}? Rename it." if near else "Add the column."
            reading.fault(
                name, "the column is missing", f"{hint} Found: {', '.join(header[:8])}.", column=column
            )
    for column in sorted({c for c in header if header.count(c) > 1}):
        reading.fault(name, "each column stands once", "Rename or remove the repeated column.", column=column)


def numbers(
    reading: Reading,
    table: Table,
    column: str,
    *,
    least: float = 0.0,
    most: float = math.inf,
    what: str = "",
    no_way: bool = False,
) -> list[float]:
    """A column of numbers; a fault for every cell that is not one (its value is then NaN).

    Parameters
    ----------
    what : str
        Column of names that say whose the cell is.
    no_way : bool
        Whether a cell may say that there is no way (read as infinity).
    """
    values: list[float] = []
    wrong = 0
    for k, (text, line) in enumerate(zip(table[column], table.lines, strict=True)):
        if no_way and text.lower() == NO_WAY:
            values.append(math.inf)
            continue
        value = table.number(text)
        rule = _wrong(text, value, least, most)
        if rule is None and value is not None:
            values.append(value)
            continue
        values.append(math.nan)
        wrong += 1
        if wrong <= MOST_CELLS:
            whose = f" ({table[what][k]})" if what in table.columns and table[what][k] else ""
            reading.fault(
                table.name, rule or "not a number", _remedy(rule, no_way), row=line,
                column=f"{column}{whose}", value=text,
            )  # fmt: skip
    if wrong > MOST_CELLS:
        reading.fault(
            table.name, f"{wrong - MOST_CELLS} more cells of the column are faulty",
            "Mend them in the same way.", column=column,
        )  # fmt: skip
    return values


def _wrong(text: str, value: float | None, least: float, most: float) -> str | None:
    if text.lower() in INFINITE or (value is not None and math.isinf(value)):
        return "the number is finite"
    if text.lower() in MISSING or value is None or math.isnan(value):
        return "the cell is empty" if text.lower() in MISSING else "the cell is a number"
    if value < least:
        if 0 < least < 1e-6:
            return "the number is above zero"
        return "the number is not negative" if least == 0 else f"the number is at least {least:g}"
    if value > most:
        return f"the number is at most {most:g}"
    return None


def _remedy(rule: str | None, no_way: bool) -> str:
    way = f" (write {NO_WAY!r} where there is none)" if no_way else ""
    return "Fill in the number" + way + "." if rule == "the cell is empty" else "Correct the number" + way + "."


def ids(reading: Reading, table: Table, column: str) -> tuple[str, ...]:
    """A column of ids; a fault for each that is empty or stands twice."""
    first: dict[str, int] = {}
    for label, line in zip(table[column], table.lines, strict=True):
        if not label:
            reading.fault(table.name, "no id is empty", "Give the row an id.", row=line, column=column)
        elif label in first:
            reading.fault(
                table.name, f"each id stands once (it stands on row {first[label]} too)",
                "Remove or rename the repeated row.", row=line, column=column, value=label,
            )  # fmt: skip
        else:
            first[label] = line
    return table[column]


def known(
    reading: Reading, table: Table, column: str, labels: Sequence[str], owner: str, *, empty: bool = False
) -> bool:
    """Whether every id of a column is one of `labels`; a fault for each that is not."""
    good = True
    have = set(labels)
    for label, line in zip(table[column], table.lines, strict=True):
        if label in have or (empty and not label):
            continue
        good = False
        near = difflib.get_close_matches(label, labels, 1, 0.75)
        hint = f"Did you mean {near[0]!r}?" if near else f"Add it to {owner}, or remove it here."
        if label.isdigit() and label.zfill(4) in have:
            hint = f"Did you mean {label.zfill(4)!r}? A spreadsheet may have dropped the leading zero."
        reading.fault(
            table.name, f"the id is one of {owner}", hint, row=line, column=column, value=label
        )
    return good
