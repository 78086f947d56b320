"""What a cell says: one set of checks, for the text of files and for whatever a DataFrame holds.

A number that can be read two ways is never guessed: `numbers` looks at the rest of its column (a mark
that stands before two digits is a decimal mark) and at what the column may hold (no latitude is 55,676),
and where two readings are left it refuses the cell and names both.
"""

from __future__ import annotations

import math
import numbers as numeric
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from capacity.arrays import LONGEST_LABEL, Floats, clean, odd_labels, unseen
from capacity.errors import Finding, some
from capacity.tolerances import ABOVE_ZERO

MOST_CELLS = 25
"""Faulty cells of one column that are named one by one; the rest are counted."""

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", ".", "<na>", "nat", "#n/a"})
INFINITE = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "∞"})
NO_WAY = "no way"
"""What a travel table says of a pair with no way between."""

YES, NO = ("yes", "true", "1", "ja"), ("no", "false", "0", "nej")

FAILED = re.compile(r"#(?:N/A|I/T|NV|[A-ZÆØÅÄÖÜ_/0-9]{2,20}[!?])")
"""What a spreadsheet says of a formula that failed: #N/A, #REF!, #DIV/0! (and in Danish #I/T, #VÆRDI!, #NAVN?)."""

UNBOUNDED = 10**6
"""Stands for "no limit of its own" in a site's largest size, in beds."""

MOST_DIGITS = 1e15
"""Numbers beyond are no count of anything here, and lose their last digits."""

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"[+-]?(\d+|\d*,\d+)", re.ASCII)
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}", re.ASCII)
_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(([.,])\d{3}(\2\d{3})+)", re.ASCII)
_BOTH = re.compile(r"[+-]?[1-9]\d{0,2}(?:((\.\d{3})+),|((,\d{3})+)\.)\d+", re.ASCII)
_SPACED = re.compile(r"[+-]?[1-9]\d{0,2}( \d{3})+([.,]\d+)?", re.ASCII)


class Wrong(NamedTuple):
    """What is wrong with a cell, and what to do."""

    rule: str
    remedy: str


FORMULA_FAILED = Wrong(
    "a formula of the spreadsheet came to a value",
    "Mend the formula there, or leave the cell empty where nothing is known.",
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column to be checked.

    Attributes
    ----------
    table, name : str
    cells : tuple
        Text of a file, or what a DataFrame holds.
    rows : tuple of int
        Where each stands, as `Finding.row` counts.
    whose : tuple of str
        Name of each row, for messages; () for none.
    decimal : {".", ""}
        The decimal mark; "" where only the cells can tell.
    beside : tuple
        Cells of columns written by the same hand, that tell the decimal mark too.
    """

    table: str
    name: str
    cells: tuple[object, ...]
    rows: tuple[int, ...]
    whose: tuple[str, ...] = ()
    decimal: str = ""
    beside: tuple[object, ...] = ()

    def fault(self, k: int, wrong: Wrong) -> Finding:
        """The fault of one cell."""
        whose = f" ({self.whose[k]})" if self.whose and self.whose[k] else ""
        cell = self.cells[k]
        return Finding(
            table=self.table,
            row=self.rows[k],
            column=f"{self.name}{whose}",
            value=cell if isinstance(cell, str) else str(cell),
            rule=wrong.rule,
            remedy=wrong.remedy,
        )


def is_empty(cell: object) -> bool:
    """Whether a cell says nothing: None, NaN, ``pandas.NA``, ``NaT``, or a word for it."""
    if isinstance(cell, str):
        return cell.strip().lower() in MISSING
    if cell is None:
        return True
    try:
        return bool(cell != cell)
    except (TypeError, ValueError):
        # pandas.NA answers no question; an array in a cell is no empty one.
        return type(cell).__name__ == "NAType"


# --- numbers ---------------------------------------------------------------------------------


def decimal_mark(cells: Iterable[object]) -> str:
    """The decimal mark that the cells of a column show; "" where they show none, or both.

    >>> decimal_mark(["43.517", "812"]), decimal_mark(["43.517", "3.1"]), decimal_mark(["43.517", "7,25"])
    ('', '.', ',')
    """
    seen = set()
    for cell in cells:
        if not isinstance(cell, str) or not ("." in cell or "," in cell):
            continue
        text = _plain_text(cell)
        if _EITHER.fullmatch(text):
            continue
        if groups := _GROUPS.fullmatch(text):
            seen.add("," if groups.group(2) == "." else ".")
        elif both := _BOTH.fullmatch(text):
            seen.add("," if both.group(1) else ".")
        elif spaced := _SPACED.fullmatch(text):
            seen |= {spaced.group(2)[0]} if spaced.group(2) else set()
        elif "." in text and _PLAIN.fullmatch(text):
            seen.add(".")
        elif "," in text and _COMMA.fullmatch(text):
            seen.add(",")
    return seen.pop() if len(seen) == 1 else ""


def readings(text: str, mark: str = "") -> tuple[float, ...]:
    """Every number a text can mean; () for none.

    >>> readings("43.517"), readings("43.517", ","), readings("1_000"), readings("2 000,5")
    ((43.517, 43517.0), (43517.0,), (), (2000.5,))
    """
    plain = _plain_text(text)
    if either := _EITHER.fullmatch(plain):
        as_decimal, as_group = float(plain.replace(",", ".")), float(re.sub("[.,]", "", plain))
        if not mark:
            return (as_decimal, as_group)
        return (as_decimal,) if either.group(1) == mark else (as_group,)
    if _PLAIN.fullmatch(plain):
        return (float(plain),)
    if _COMMA.fullmatch(plain):
        return (float(plain.replace(",", ".")),)
    if _GROUPS.fullmatch(plain):
        return (float(re.sub("[.,]", "", plain)),)
    if both := _BOTH.fullmatch(plain):
        grouping = "." if both.group(1) else ","
        return (float(plain.replace(grouping, "").replace(",", ".")),)
    if _SPACED.fullmatch(plain):
        return (float(plain.replace(" ", "").replace(",", ".")),)
    return ()


def _plain_text(text: str) -> str:
    return clean(text).replace("\u2212", "-")


def number(cell: object, mark: str = "", least: float = -math.inf, most: float = math.inf) -> float | Wrong:
    """The number a cell says between two limits, or what is wrong with it."""
    if isinstance(cell, str):
        # What most cells are: digits, and the point of a file of points.
        if (cell.isdigit() and cell.isascii()) or (mark == "." and _PLAIN.fullmatch(cell)):
            return _within(float(cell), least, most)
        return _of_text(cell, mark, least, most)
    if is_empty(cell):
        return Wrong("the cell is empty", "Fill in the number.")
    if isinstance(cell, (bool, np.bool_)):
        return Wrong("the cell is a number, not true or false", "Write the number.")
    if isinstance(cell, np.timedelta64) or hasattr(cell, "total_seconds"):
        return Wrong(
            "the cell is a number, not a length of time with a unit of its own",
            "Write minutes as numbers, such as column.dt.total_seconds() / 60.",
        )
    if not isinstance(cell, numeric.Real) and type(cell).__name__ != "Decimal":
        return Wrong(f"the cell is a number, not {type(cell).__name__}", "Write the number.")
    try:
        value = float(cell)  # type: ignore[arg-type]  # Decimal is no Real
    except (OverflowError, ValueError):
        return Wrong("the number is finite", "Correct the number.")
    return _within(value, least, most)


def _of_text(text: str, mark: str, least: float, most: float) -> float | Wrong:
    plain = _plain_text(text)
    if plain.lower() in INFINITE:
        return Wrong("the number is finite", "Correct the number.")
    if plain.lower() in MISSING:
        return Wrong("the cell is empty", "Fill in the number.")
    read = readings(plain, mark)
    if len(read) > 1:
        # What the column cannot hold was not meant.
        read = tuple(v for v in read if not isinstance(_within(v, least, most), Wrong)) or read[:1]
    if len(read) > 1:
        low, high = (f"{v:g}" if v != int(v) else f"{v:.0f}" for v in read)
        return Wrong(
            f"the number can be read one way only ({low} or {high}?)",
            f"Write {high}, or {low if '.' in low else f'{low}.'}0 if the mark begins the decimals.",
        )
    if not read:
        bare = re.sub(r"[\s_'’]", "", plain)
        if bare != plain and readings(bare, mark):
            return Wrong("the cell is a number without signs between its digits", f"Write {bare}, if that is meant.")
        return Wrong("the cell is a number", "Correct the number.")
    return _within(read[0], least, most)


def _within(value: float, least: float, most: float) -> float | Wrong:
    correct = "Correct the number."
    if math.isinf(value):
        return Wrong("the number is finite", correct)
    if value < least:
        if 0 < least < ABOVE_ZERO:
            return Wrong("the number is above zero", correct)
        return Wrong("the number is not negative" if least == 0 else f"the number is at least {least:g}", correct)
    if value > most:
        return Wrong(f"the number is at most {most:g}", correct)
    if abs(value) > MOST_DIGITS:
        return Wrong(f"the number is at most {MOST_DIGITS:g}", correct)
    return value


def mark_of(column: Column, *, grouped: bool = False) -> str:
    """The decimal mark of a column: the file's, or what its cells show.

    Parameters
    ----------
    grouped : bool
        Whether the column counts people. Then even where the point is the file's decimal mark, a column in
        which only numbers from a thousand on have one (or all have), each before three digits, is not trusted to it.
    """
    both = (*column.cells, *column.beside)
    if column.decimal == "." and not grouped and not any("," in cell for cell in both if isinstance(cell, str)):
        return "."
    shown = decimal_mark(both)
    if column.decimal != ".":
        return shown
    if shown == ",":
        return ""
    texts = [_plain_text(c) for c in column.cells if isinstance(c, str) and not is_empty(c)]
    if grouped and not shown:
        dotted = [t for t in texts if "." in t]
        rest = [t for t in texts if "." not in t]
        if dotted and all(t.isdigit() and len(t) <= 3 for t in rest):
            return ""
    return "." if not any("," in t for t in texts) else shown


def numbers(
    faults: list[Finding],
    column: Column,
    *,
    least: float = 0.0,
    most: float = math.inf,
    no_way: bool = False,
    empty: float | None = None,
    grouped: bool = False,
    whole: str = "",
    mark: str | None = None,
) -> list[float]:
    """A column of numbers; a fault for every cell that is not one (its value is then NaN).

    Parameters
    ----------
    found : list of Finding
        Takes the faults.
    no_way : bool
        Whether a cell may say that there is no way: `NO_WAY`, or the number infinity.
    empty : float, optional
        What an empty cell stands for; without it an empty cell is a fault.
    grouped : bool
        See `mark_of`.
    whole : str
        What is counted, where only whole numbers will do.
    mark : str, optional
        The decimal mark, where the whole table was asked for it.
    """
    mark = mark_of(column, grouped=grouped) if mark is None else mark
    values: list[float] = []
    wrong: list[tuple[int, Wrong]] = []
    for k, cell in enumerate(column.cells):
        if no_way and _says_no_way(cell):
            values.append(math.inf)
            continue
        if empty is not None and is_empty(cell):
            values.append(empty)
            continue
        value = number(cell, mark, least, most)
        if not isinstance(value, Wrong) and whole and value != int(value):
            value = Wrong(f"a whole number of {whole}, not negative", "Correct the cell.")
        if isinstance(value, Wrong):
            if whole and value.rule in ("the cell is a number", "the number is not negative", "the number is finite"):
                value = Wrong(f"a whole number of {whole}, not negative", "Correct the cell, or leave it empty.")
            remedy = value.remedy
            if no_way and value.rule in ("the cell is empty", "the cell is a number", "the number is finite"):
                remedy = f"{remedy[:-1]} (write {NO_WAY!r} where there is none)."
            wrong.append((k, Wrong(value.rule, remedy)))
            values.append(math.nan)
            continue
        values.append(value)
    tell(faults, column, wrong)
    return values


def tell(faults: list[Finding], column: Column, wrong: Sequence[tuple[int, Wrong]]) -> None:
    """Note the faulty cells of a column: the first one by one, the rest counted."""
    faults += [column.fault(k, said) for k, said in wrong[:MOST_CELLS]]
    if len(wrong) > MOST_CELLS:
        faults.append(
            Finding(
                table=column.table,
                rule=f"{len(wrong) - MOST_CELLS} more cells of the column are faulty",
                remedy="Mend them in the same way.",
                column=column.name,
            )
        )


def _says_no_way(cell: object) -> bool:
    if isinstance(cell, str):
        return clean(cell).lower() == NO_WAY
    return isinstance(cell, (float, np.floating)) and bool(cell == math.inf)


def array(
    faults: list[Finding], table: str, name: str, values: object, *, least: float = 0.0, no_way: bool = False
) -> Floats:
    """An array of numbers from whatever was given; what is no number is a fault (and NaN)."""
    try:
        given = np.asarray(values)
    except (TypeError, ValueError):
        faults.append(
            Finding(table=table, column=name, rule="rows are of one length", remedy="Give one number for each place.")
        )
        return np.full(0, math.nan)
    if given.dtype.kind in "biuf":
        return given.astype(np.float64)
    flat = given.ravel()
    width = given.shape[-1] if given.ndim > 1 else 1
    rows = tuple(k // max(width, 1) for k in range(len(flat)))
    # As a list: of an array of lengths of time the items are whole numbers otherwise.
    column = Column(table=table, name=name, cells=tuple(flat), rows=rows)
    return np.array(numbers(faults, column, least=least, no_way=no_way), dtype=float).reshape(given.shape)


# --- flags and labels --------------------------------------------------------------


def flags(faults: list[Finding], column: Column, *, empty: bool | None = None) -> list[bool]:
    """A column that says yes or no; a fault for every cell that says neither."""
    values: list[bool] = []
    wrong: list[tuple[int, Wrong]] = []
    for k, cell in enumerate(column.cells):
        if is_empty(cell) and empty is not None:
            values.append(empty)
            continue
        said = str(int(cell == 1)) if isinstance(cell, (numeric.Real, np.bool_)) and cell in (0, 1) else str(cell)
        said = clean(said).lower()
        if said not in (*YES, *NO):
            wrong.append((k, Wrong("the cell says yes or no", "Write yes or no.")))
        values.append(said in YES)
    tell(faults, column, wrong)
    return values


def labels(faults: list[Finding], column: Column, *, empty: bool = False) -> tuple[str, ...]:
    """A column of ids or names as text in the form that is printed; an empty cell is ""."""
    values = []
    wrong: list[tuple[int, Wrong]] = []
    for k, cell in enumerate(column.cells):
        none = cell == "" if isinstance(cell, str) else is_empty(cell)
        text = "" if none else clean(str(cell))
        values.append(text)
        if not text:
            if not empty:
                wrong.append((k, Wrong("no id is empty", "Give the row an id.")))
        elif isinstance(cell, (float, np.floating)) or type(cell).__name__ == "Decimal":
            wrong.append(
                (k, Wrong("an id is text, not a number with decimals", "Read the column as text (dtype=str)."))
            )
        elif FAILED.fullmatch(text):
            wrong.append((k, FORMULA_FAILED))
        elif hidden := unseen(text):
            wrong.append((k, Wrong(f"every sign can be seen ({some(hidden)} cannot)", "Delete what cannot be seen.")))
        elif len(text) > LONGEST_LABEL:
            wrong.append((k, Wrong(f"a label has at most {LONGEST_LABEL} characters", "Shorten it.")))
    tell(faults, column, wrong)
    return tuple(values)


TOTALS = frozenset(
    (
        "total",
        "totals",
        "grand total",
        "in all",
        "sum",
        "average",
        "i alt",
        "ialt",
        "samlet",
        "hele landet",
        "gennemsnit",
    )
)
"""What the row below a table is called that adds up the others."""


def sums(faults: list[Finding], column: Column, labels: Sequence[str]) -> None:
    """Note the rows that add up the others, by what they are called: they would count everybody twice."""
    rule = "a row is one place: this one seems to add up the others"
    tell(
        faults,
        column,
        [(k, Wrong(rule, "Remove the row.")) for k, label in enumerate(labels) if label.casefold() in TOTALS],
    )


def ids(faults: list[Finding], column: Column) -> tuple[str, ...]:
    """A column of ids; a fault for each that is empty, stands twice, looks like another, or is a sum of the others."""
    values = labels(faults, column)
    sums(faults, column, values)
    first: dict[str, int] = {}
    twice: list[tuple[int, Wrong]] = []
    for k, label in enumerate(values):
        if label and label in first:
            rule = f"each id stands once (it stands on row {column.rows[first[label]]} too)"
            twice.append((k, Wrong(rule, "Remove or rename the repeated row.")))
        else:
            first[label] = k
    tell(faults, column, twice)
    faults += [
        f for f in odd_labels(column.table, column.name, values) if "look alike" in f.rule or "alphabet" in f.rule
    ]
    return values
