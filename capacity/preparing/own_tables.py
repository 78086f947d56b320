"""A planner's own table with a column or some rows more: every other cell as it stands, and written as the file is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from capacity.errors import DataError, Finding
from capacity.problem.cells import decimal_mark
from capacity.reading.tables import Reading, Table, read_table, separator_of

FORMS: Mapping[str, tuple[str, str]] = {"plain": (",", "."), "en": (",", "."), "da": (";", ",")}
"""What stands between cells and before decimals, for machines and as a spreadsheet of a language has it."""


def in_form(rows: Iterable[Sequence[str]], form: str) -> str:
    """A table that a case can be read of, as a spreadsheet of a language opens it; its columns keep their names.

    Parameters
    ----------
    rows : iterable of sequence of str
        Cells, numbers with a point.
    form : {"plain", "en", "da"}
    """
    sign, mark = FORMS[form]
    out = io.StringIO(newline="")
    out.write("" if form == "plain" else "\ufeff")
    writer = csv.writer(out, delimiter=sign, lineterminator="\n")
    writer.writerows([cell if form == "plain" else _in_form(cell, mark) for cell in row] for row in rows)
    return out.getvalue()


def _in_form(cell: str, mark: str) -> str:
    if re.fullmatch(r"(?a:0\d+)", cell):
        # A code such as 0101 keeps its zero; the reader of cases knows the form.
        return f'="{cell}"'
    return cell.replace(".", mark) if re.fullmatch(r"(?a:-?\d+\.\d+)", cell) else cell


@dataclass(frozen=True, kw_only=True)
class OwnTable:
    """A delimited table and how it is written.

    Attributes
    ----------
    path : Path
    table : Table
        As the case's reader reads it.
    records : tuple of tuple of str
        Every line's cells, as they stand.
    sign, end, mark : str
        What stands between cells, what ends a line, and the decimal mark.
    """

    path: Path
    table: Table
    records: tuple[tuple[str, ...], ...]
    sign: str
    end: str
    mark: str

    def number(self, value: float) -> str:
        """A number as the table writes numbers."""
        return (str(int(value)) if value == int(value) else repr(value)).replace(".", self.mark)

    def with_column(self, name: str, cells: Sequence[str]) -> str:
        """The file's text with a column more (or another in the place of one of that name), one cell a row."""
        return self.with_columns({name: cells})

    def with_columns(self, columns: Mapping[str, Sequence[str]]) -> str:
        """The file's text with several columns more, each as `with_column` has it."""
        header, rows = self._places()
        names = [cell.strip() for cell in self.records[header]]
        while names and not names[-1]:
            names.pop()
        records: list[Sequence[str]] = list(self.records)
        for name, cells in columns.items():
            names += [] if name in names else [name]
            for k, cell in zip((header, *rows), (name, *cells), strict=True):
                records[k] = _put(records[k], names.index(name), cell)
        return self._text(records)

    def with_rows(self, rows: Sequence[Mapping[str, str]]) -> str:
        """The file's text with rows more, cells by the names of its columns."""
        names = [cell.strip() for cell in self.records[self._places()[0]]]
        records = list(self.records)
        while records and not any(records[-1]):
            records.pop()
        return self._text([*records, *([row.get(name, "") for name in names] for row in rows)])

    def _places(self) -> tuple[int, list[int]]:
        """Where the header and the rows stand: the reader passes over lines that say nothing, and ``sep=`` above."""
        filled = [k for k, row in enumerate(self.records) if any(cell.strip() for cell in row)]
        *_, header = filled[: len(filled) - len(self.table)]
        return header, filled[len(filled) - len(self.table) :]

    def _text(self, records: Sequence[Sequence[str]]) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.sign, lineterminator=self.end).writerows(records)
        return out.getvalue()


def refuse_changed(before: Mapping[Path, bytes]) -> None:
    """Refuse to write over files that are not what was read: another run, or somebody, saved them since."""
    for path, content in before.items():
        if path.read_bytes() != content:
            rule, remedy = "the file is as it was read (it was saved since)", "Run the command again."
            raise DataError([Finding(table=path.name, rule=rule, remedy=f"{remedy} Nothing was written.")])


def _put(row: Sequence[str], at: int, cell: str) -> list[str]:
    cells = [*row, *[""] * (at - len(row))]
    cells[at : at + 1] = [cell]
    return cells


def own_table(folder: Path, name: str) -> OwnTable:
    """A table of a case, to be written anew.

    Raises
    ------
    DataError
        Where it cannot be read.
    """
    reading = Reading(folder=folder)
    text, table = reading.text_of(name), read_table(reading, name)
    if text is None or table is None or reading.findings:
        raise DataError(list(dict.fromkeys(reading.findings)))
    sign = separator_of(text)
    cells = [cell for column in table.columns.values() for cell in column]
    return OwnTable(
        path=folder / name,
        table=table,
        records=tuple(map(tuple, csv.reader(io.StringIO(text, newline=""), delimiter=sign))),
        sign=sign,
        end="\r\n" if "\r\n" in text else "\n",
        mark="," if sign != "," and decimal_mark(cells) == "," else ".",
    )
