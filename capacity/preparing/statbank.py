"""A table of Statistics Denmark's StatBank as downloaded, summed to one number for each demand point.

CSV or XLSX, long or wide, codes, texts or both, with the country's and the regions' rows among the municipalities'.
Whatever the table is divided by beside places (years, ages, sex) is summed over, unless `only` chooses. Whatever was
left out or summed is told, and the sum is held against the file's own total.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from capacity.errors import DataError, Finding, some
from capacity.preparing.labels import (
    ABOVE,
    CODES_ABOVE,
    COUNTRY,
    COUNTRY_CODES,
    NIL,
    SEXES,
    VALUE,
    headings_of,
    is_asked,
    is_total,
    span_of,
    without_single_sum,
)
from capacity.preparing.sheets import Sheet, columns_of, read_sheet
from capacity.problem.cells import Column, Wrong, decimal_mark, number
from capacity.tolerances import AGREE


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """One number for each demand point, of a downloaded table.

    Attributes
    ----------
    file, sha256 : str
        Where it was read, and the file's hash.
    values : mapping of point id to float
        In the order of the case's points.
    file_total : float or None
        The file's own number for the whole country.
    left_out : mapping of str to float
        Places that are no demand points, as the file calls them.
    dropped : tuple of str
        Rows of the country and its regions.
    summed : mapping of str to tuple of str
        What was summed over: each of the table's other columns, and its values.
    notices : tuple of str
    """

    file: str
    sha256: str
    values: Mapping[str, float]
    file_total: float | None
    left_out: Mapping[str, float]
    dropped: tuple[str, ...]
    summed: Mapping[str, tuple[str, ...]]
    notices: tuple[str, ...]

    @property
    def total(self) -> float:
        """Sum over the demand points."""
        return math.fsum(self.values.values())

    @property
    def source(self) -> str:
        """Where it comes from, in a line."""
        over = "; ".join(f"{name}: {_range(said)}" for name, said in self.summed.items())
        left = f"; without {', '.join(self.left_out)}" if self.left_out else ""
        return (
            f"Statistics Denmark (CC BY 4.0), {self.file} as downloaded (SHA-256 {self.sha256[:12]})"
            f"{f'; summed over {over}' if over else ''}{left}; sum {_plain(self.total)}"
        )


def read_statbank(
    path: str | os.PathLike[str],
    ids: Sequence[str],
    names: Sequence[str] = (),
    *,
    only: Mapping[str, str] | None = None,
    value: str | None = None,
) -> Statistics:
    """Read a table as StatBank gives it.

    Parameters
    ----------
    path : path
        CSV (semicolons, commas or tabs; any encoding) or XLSX.
    ids, names : sequence of str
        Codes and names of the demand points: either may stand in the file.
    only : mapping of str to str, optional
        What to take of the table's other columns: ``{"ALDER": "15-49", "KØN": "Kvinder"}``.
    value : str, optional
        The column of numbers of a long table, where its name does not tell.

    Raises
    ------
    DataError
        Every fault: places missing, numbers that are none, rows that stand twice or overlap, a sum that is not the
        file's own.
    """
    sheet = read_sheet(path)
    work = _Work(sheet=sheet, ids=tuple(ids), names=tuple(names) or tuple(ids))
    records = work.records(value)
    records = work.chosen(records, only or {})
    values = work.summed_by_place(records)
    if work.findings:
        raise DataError(work.findings)
    return values


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,g}"


def _range(said: Sequence[str]) -> str:
    return said[0] if len(said) == 1 else f"{said[0]} to {said[-1]}" if len(said) > 3 else ", ".join(said)


def _same_name(name: str) -> str:
    """A municipality's name, however it is written: Århus Kommune is Aarhus."""
    plain = re.sub(r"\s*(kommune|municipality)$", "", name.strip().casefold())
    return plain.replace("å", "aa").replace("-", " ")


@dataclass(frozen=True, kw_only=True)
class _Record:
    place: str
    of: Mapping[str, str]
    cell: str
    line: int


@dataclass
class _Work:
    """What is met while a table is read."""

    sheet: Sheet
    ids: tuple[str, ...]
    names: tuple[str, ...]
    findings: list[Finding] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    summed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.notices += self.sheet.notices
        self._by_number = {int(i): i for i in self.ids if i.isdigit()}
        called: dict[str, list[str]] = defaultdict(list)
        for i, name in zip(self.ids, self.names, strict=True):
            called[_same_name(name)].append(i)
        self._by_name = {name: same[0] for name, same in called.items() if len(same) == 1}
        self._named = dict(zip(self.ids, self.names, strict=True))

    def fault(
        self, rule: str, remedy: str, *, row: int | None = None, column: str | None = None, value: str | None = None
    ) -> None:
        self.findings.append(
            Finding(table=self.sheet.name, row=row, column=column, value=value, rule=rule, remedy=remedy)
        )

    # -- places ---------------------------------------------------------------------------------

    def place(self, cell: str) -> str | None:
        """The demand point that a cell names; None where it names none."""
        said = re.fullmatch(r"(\d{1,6})(?:[\s.:\u2013-]+(.*))?", cell)
        if cell in self._named:
            return cell
        if said is None:
            return self._by_name.get(_same_name(cell))
        return self._by_number.get(int(said.group(1)))

    def is_above(self, cell: str) -> bool:
        """Whether a cell names a part of the country larger than a municipality."""
        said = re.fullmatch(r"(\d{1,6})(?:[\s.:\u2013-]+(.*))?", cell)
        text = (said.group(2) or "") if said else cell
        if said and not text:
            return self.place(cell) is None and int(said.group(1)) in CODES_ABOVE | COUNTRY_CODES
        return text.casefold() in COUNTRY or ABOVE.match(text) is not None

    def is_country(self, cell: str) -> bool:
        """Whether a cell names the whole country."""
        said = re.fullmatch(r"(\d{1,6})(?:[\s.:\u2013-]+(.*))?", cell)
        text = (said.group(2) or "") if said else cell
        return int(said.group(1)) in COUNTRY_CODES if said and not text else text.casefold() in COUNTRY

    # -- rows -----------------------------------------------------------------------------------

    def records(self, value: str | None) -> list[_Record]:
        """One record for each number: its place, and what else it is of."""
        columns = columns_of(self.sheet.rows)
        known = [sum(self.place(cell) is not None for cell in column) for column in columns]
        at = max(range(len(columns)), key=known.__getitem__)
        # In a wide table a column of numbers may look like codes: names and codes with texts are surer.
        texts = [k for k in range(len(columns)) if known[k] and any(re.search(r"[^\W\d]", c) for c in columns[k][3:])]
        surer = [k for k in texts if known[k] >= len(self.ids) / 2]
        at = surer[0] if surer else at
        if known[at] < max(1, len(self.ids) / 2):
            self.fault(
                f"a column names the case's demand points ({some(self._named.values())})",
                "Download the table by municipality, with codes, texts or both.",
            )
            raise DataError(self.findings)
        first = next(
            k for k, row in enumerate(self.sheet.rows) if row[at] and (self.place(row[at]) or self.is_above(row[at]))
        )
        # A table's other columns may stand above the first place: their first row is the first with a number.
        heads = [row for row in self.sheet.rows[:first] if sum(map(bool, row)) > 1]
        names = headings_of(heads, self.sheet.width)
        numeric = [k for k in range(self.sheet.width) if k != at and self._is_numeric(columns[k][first:])]
        wide = self._value_columns(names, columns, numeric, at, first, value)
        labels = [k for k in range(self.sheet.width) if k != at and k not in wide and names[k] + columns[k][first]]
        return self._records(names, at, labels, wide, first)

    def _records(
        self, names: Sequence[str], at: int, labels: Sequence[int], wide: Sequence[int], first: int
    ) -> list[_Record]:
        records = []
        above = [""] * self.sheet.width
        for row, line in zip(self.sheet.rows[first:], self.sheet.lines[first:], strict=True):
            if not any(row[k] for k in wide):
                continue
            # A label stands once above the rows it is of.
            above = [row[k] or above[k] if k in labels or k == at else "" for k in range(self.sheet.width)]
            of = {names[k] or f"column {k + 1}": above[k] for k in labels if above[k]}
            for k in wide:
                parts = {} if len(wide) == 1 else {"heading": names[k]}
                records.append(_Record(place=above[at], of={**of, **parts}, cell=row[k], line=line))
        return records

    def _is_numeric(self, cells: Sequence[str]) -> bool:
        filled = [cell for cell in cells if cell]
        good = sum(cell in (*NIL, "..", ".", "...") or not isinstance(number(cell), Wrong) for cell in filled)
        # "5.123" is a number too, whatever it is.
        good += sum(bool(re.fullmatch(r"\d{1,3}([.,]\d{3})+", cell)) for cell in filled)
        return len(filled) > 0 and good >= 0.9 * len(filled)

    def _value_columns(
        self,
        names: Sequence[str],
        columns: Sequence[Sequence[str]],
        numeric: Sequence[int],
        at: int,
        first: int,
        value: str | None,
    ) -> list[int]:
        """The columns of numbers: one of a long table, several of a wide one."""
        if value is not None:
            if value not in names:
                self.fault("the column is missing", f"Choose one of {some(n for n in names if n)}.", column=value)
                raise DataError(self.findings)
            return [names.index(value)]
        called = [k for k in range(self.sheet.width) if names[k].casefold() in VALUE]
        if len(called) == 1:
            return called
        spread = [k for k in numeric if names[k] and any(ch.isdigit() for ch in names[k])]
        spread = spread or [k for k in numeric if {*names[k].casefold().split(" / ")} & (SEXES | set(COUNTRY))]
        right = [k for k in numeric if k > at]
        if spread and spread == right[len(right) - len(spread) :]:
            return spread
        coded = [k for k in right if len(set(columns[k][first:])) <= max(2, len(columns[k][first:]) // len(self.ids))]
        left = [k for k in right if k not in coded] or right[-1:]
        if len(left) == 1:
            return left
        self.fault(
            f"one column holds the numbers ({some(names[k] or f'column {k + 1}' for k in left)} all may)",
            "Name it with --value, or download the table in long form.",
        )
        raise DataError(self.findings)

    # -- what is asked ----------------------------------------------------------------------------

    def chosen(self, records: list[_Record], only: Mapping[str, str]) -> list[_Record]:
        """Records of what was asked for, without the totals of what else they are of."""
        dims = list(dict.fromkeys(name for record in records for name in record.of))
        for wanted in only:
            if wanted not in dims and wanted.casefold() not in map(str.casefold, dims):
                self.fault("the table is divided by that", f"Choose one of {some(dims) or 'nothing'}.", column=wanted)
        for name in dims:
            said = next((text for key, text in only.items() if key.casefold() == name.casefold()), None)
            labels = list(dict.fromkeys(r.of[name] for r in records if name in r.of))
            if said is not None:
                kept = {label for label in labels if is_asked(said, label)}
                if not kept:
                    self.fault(f"some of {name} is {said}", f"It has {some(labels)}.", column=name, value=said)
            else:
                kept = {label for label in labels if not is_total(label)} or set(labels)
                if len(kept) < len(labels):
                    self.notices.append(f"{name}: {some(x for x in labels if x not in kept)} is a sum of the rest.")
                kept = without_single_sum(labels, kept)
            self._refuse_overlaps(name, [label for label in labels if label in kept])
            records = [r for r in records if r.of.get(name) is None or r.of[name] in kept]
            if len(kept) > 1 or said is not None:
                self.summed[name] = tuple(label for label in labels if label in kept)
        return records

    def _refuse_overlaps(self, name: str, labels: Sequence[str]) -> None:
        spans = sorted((*span, label) for label in labels if (span := span_of(label)) is not None)
        for (_, high, one), (low, _, other) in pairwise(spans):
            if low <= high:
                self.fault(
                    f"nobody is counted twice: {one!r} and {other!r} overlap",
                    f'Choose with --only "{name}=...".',
                    column=name,
                )
                return

    # -- the sum ----------------------------------------------------------------------------------

    def summed_by_place(self, records: Sequence[_Record]) -> Statistics:
        """The sums, what was left out, and whether they are the file's own."""
        cells = self._numbers(records)
        seen: dict[tuple[str, ...], int] = {}
        values: dict[str, list[float]] = {i: [] for i in self.ids}
        country: list[float] = []
        outside: dict[str, list[float]] = defaultdict(list)
        dropped: dict[str, None] = {}
        for record, value in zip(records, cells, strict=True):
            place = self.place(record.place)
            above = self.is_above(record.place) and place is None
            key = (place or record.place, *record.of.values())
            if key in seen:
                self.fault(
                    f"each place stands once for the same {some(record.of) or 'table'} (row {seen[key]} too)",
                    "Remove one of the rows, or choose with --only.",
                    row=record.line,
                    value=record.place,
                )
            seen[key] = record.line
            if above:
                dropped.setdefault(record.place)
                if self.is_country(record.place):
                    country.append(value)
            elif place is None:
                outside[record.place].append(value)
            else:
                values[place].append(value)
                self._tell_other_name(record.place, place)
        self._missing(values)
        sums = {i: math.fsum(each) for i, each in values.items()}
        left = {name: math.fsum(each) for name, each in outside.items()}
        return self._held_against_total(sums, left, tuple(dropped), math.fsum(country) if country else None)

    def _numbers(self, records: Sequence[_Record]) -> list[float]:
        mark = decimal_mark([record.cell for record in records])
        values = []
        for record in records:
            read: float | Wrong = 0.0 if record.cell in NIL else number(record.cell, mark, 0.0)
            if isinstance(read, Wrong):
                where = ", ".join([record.place, *record.of.values()])
                if self.place(record.place) is not None or self.is_country(record.place):
                    column = Column(table=self.sheet.name, name=where, cells=(record.cell,), rows=(record.line,))
                    self.findings.append(column.fault(0, read))
                read = math.nan
            values.append(read)
        return values

    def _tell_other_name(self, cell: str, place: str) -> None:
        said = re.fullmatch(r"\d+[\s.:\u2013-]+(.+)", cell)
        if said and _same_name(said.group(1)) != _same_name(self._named[place]) and self._named[place] != place:
            told = f"{cell!r} was read as {place} {self._named[place]}: the code decides."
            if told not in self.notices:
                self.notices.append(told)

    def _missing(self, values: Mapping[str, Sequence[float]]) -> None:
        nowhere = [i for i, each in values.items() if not each]
        for i in nowhere[:25]:
            self.fault(
                "every demand point has a row", "Download the table for every place.", value=f"{i} {self._named[i]}"
            )
        if len(nowhere) > 25:
            self.fault(f"{len(nowhere) - 25} more demand points have no row", "Download the table for every place.")
        counts = Counter(len(each) for each in values.values() if each)
        if len(counts) > 1 and not nowhere:
            usual = counts.most_common(1)[0][0]
            odd = [f"{i} {self._named[i]}" for i, each in values.items() if len(each) != usual]
            self.fault(
                f"every demand point has as many rows ({usual}); {some(odd)} has not", "Download the table anew."
            )

    def _held_against_total(
        self, sums: Mapping[str, float], left: Mapping[str, float], dropped: tuple[str, ...], country: float | None
    ) -> Statistics:
        total = math.fsum(sums.values())
        if dropped:
            self.notices.append(f"Rows of the country and its regions, left out: {some(dropped)}.")
        known_left = math.fsum(v for v in left.values() if not math.isnan(v))
        if left:
            who = ", ".join(f"{name} ({_plain(v) if v == v else 'no figure'})" for name, v in left.items())
            self.notices.append(f"No demand point of the case: {who}.")
        if country is not None and not self.findings:
            gap = country - total - known_left
            uncertain = any(math.isnan(v) for v in left.values())
            if abs(gap) > max(0.5, AGREE * abs(country)) and not uncertain:
                self.fault(
                    f"the places add up to the file's own total ({_plain(total + known_left)} of {_plain(country)})",
                    "Rows are missing, or counted twice: download the table anew.",
                )
            else:
                self.notices.append(f"Sum {_plain(total)} of the file's own total {_plain(country)}.")
        return Statistics(
            file=self.sheet.name,
            sha256=self.sheet.sha256,
            values=dict(sums),
            file_total=country,
            left_out=dict(left),
            dropped=dropped,
            summed=dict(self.summed),
            notices=tuple(self.notices),
        )
