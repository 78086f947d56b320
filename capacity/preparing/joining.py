"""A column more in a case's table of demand points, from any table with their ids, and a line that says whence."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from capacity.errors import DataError, Finding, some
from capacity.preparing.own_tables import own_table, refuse_changed
from capacity.reading.books import reading_of
from capacity.reading.document import read_document
from capacity.reading.tables import Reading, Table, numbers, read_table
from capacity.reading.texts import book_of
from capacity.reading.women import untold
from capacity.writing import bring_back_all, whole_files

SOURCES = "SOURCES.md"
HEADING = "## Columns joined by `capacity data`"

OWN_COUNTS = ("residential", "any_treatment")
"""What the agency's questionnaire calls counts of women in treatment: small numbers, and nobody else's."""

OWN_TABLE = "own counts of women stand in a table of their own: demand.counts"

SMALL = 5
"""Below it a count of women is personal."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The table of a case's demand points.

    Attributes
    ----------
    folder : Path
    file : str
        The table's name.
    key : str
        Its column of ids.
    counts : Path or None
        The case's table of own counts of women.
    ids, names, columns : tuple of str
    kept : frozenset of str
        Columns that no other takes the place of: ids, names, places, regions, and whatever holds no numbers.
    """

    folder: Path
    file: str
    key: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    columns: tuple[str, ...]
    kept: frozenset[str]
    counts: Path | None = None


def points_of(case: str | os.PathLike[str]) -> Place:
    """The demand points of a case.

    Raises
    ------
    DataError
        Where the table cannot be read.
    """
    reading = reading_of(case)
    bring_back_all(reading.folder)
    document = read_document(reading)
    name = document.text("files.points", "municipalities.csv") if document is not None else ""
    regions = document.text("network.regions", "region_code") if document is not None else ""
    table = read_table(reading, name) if name else None
    if table is None:
        raise DataError(reading.findings)
    key = "code" if "code" in table.columns else "point_id"
    if key not in table.columns:
        raise DataError([Finding(table=name, rule="the column is missing", remedy="Add it.", column="code")])
    counts = document.text("demand.counts", "") if document is not None else ""
    return Place(
        folder=reading.folder,
        counts=reading.folder / book_of(counts) if counts else None,
        file=name,
        key=key,
        ids=table[key],
        names=table.columns.get("name", table[key]),
        columns=tuple(table.columns),
        kept=frozenset(
            (key, "name", "lon", "lat", regions, *(c for c, cells in table.columns.items() if not _numbers(cells)))
        ),
    )


def _numbers(cells: Sequence[str]) -> bool:
    """Whether all cells that are filled in are numbers."""
    try:
        return all(float(cell.replace(",", ".")) >= 0 for cell in cells if cell)
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A column read of another table, by the ids of a case.

    Attributes
    ----------
    values : mapping of point id to float
    source : str
        Where it comes from, in a line.
    notices : tuple of str
    """

    values: Mapping[str, float]
    source: str
    notices: tuple[str, ...]


def read_column(path: str | os.PathLike[str], place: Place, *, by: str, column: str) -> Joined:
    """Read a column of any table for a case's demand points.

    Raises
    ------
    DataError
        With every fault: ids that the case has not or the table has not, ids that stand twice, cells that are no
        numbers.
    """
    where = Path(path)
    if place.counts is not None and place.counts.exists() and where.exists() and where.samefile(place.counts):
        # A column of the demand points stands in every plan.json.
        raise DataError([Finding(table=where.name, column=column, rule=OWN_TABLE, remedy="Choose another.")])
    reading = Reading(folder=where.parent, named=frozenset({where.name}))
    table = read_table(reading, where.name, (by, column))
    values = {} if table is None else _by_id(reading, table, place, by, column)
    counted = table is not None and bool(set(OWN_COUNTS) & set(table.columns))
    if reading.findings:
        raise DataError([untold(fault) if counted else fault for fault in reading.findings])
    if any(0 < value < SMALL and value == int(value) for value in values.values()):
        reading.notices.append(
            f"Some numbers of {column} are below {SMALL}. Where they count women of your own, keep them in a table of "
            "their own (demand.counts): columns of the demand points stand in every plan.json."
        )
    # Of a table that holds own counts no hash is told: small numbers can be guessed back.
    hashed = "" if counted else f" (SHA-256 {reading.files[where.name][:12]})"
    source = f"column {column} of {where.name}{hashed}, joined by {by}"
    return Joined(values=values, source=source, notices=tuple(reading.notices))


def _by_id(reading: Reading, table: Table, place: Place, by: str, column: str) -> dict[str, float]:
    known = set(place.ids)
    # Codes that a spreadsheet made numbers of lost their zeros: 101 is 0101, where that is the only one it can be.
    short = {i.lstrip("0"): i for i in place.ids if i.isdigit()}
    values: dict[str, float] = {}
    rows: dict[str, int] = {}
    shortened = unknown = 0
    for label, value, line in zip(
        table[by], numbers(reading, table, column, what=by, grouped=True), table.lines, strict=True
    ):
        point = label if label in known else short.get(label, "") if label.isdigit() else ""
        shortened += point not in ("", label)
        if not point:
            unknown += 1
            if unknown <= 25:
                reading.fault(
                    table.name,
                    f"each id is one of {place.file}",
                    "Correct it, or remove the row.",
                    row=line,
                    column=by,
                    value=label,
                )
            continue
        if point in rows:
            rule = f"each id stands once (it stands on row {rows[point]} too)"
            reading.fault(table.name, rule, "Remove one of the rows.", row=line, column=by, value=label)
        rows[point], values[point] = line, value
    if unknown > 25:
        reading.fault(table.name, f"{unknown - 25} more ids are none of {place.file}", "Mend them alike.", column=by)
    if missing := [i for i in place.ids if i not in values]:
        rule = f"every demand point has a row ({some(missing)} {'has' if len(missing) == 1 else 'have'} none)"
        reading.fault(table.name, rule, "Add the rows.", column=by)
    if shortened:
        reading.notices.append(f"{shortened} codes of {table.name} had lost their zeros; they were read with them.")
    return {i: values[i] for i in place.ids if i in values}


def write_column(
    place: Place, column: str, values: Mapping[str, float], source: str, *, replace: bool = False
) -> tuple[Path, ...]:
    """Write a column into the table of a case's demand points, and its source into ``SOURCES.md`` beside it.

    Every other cell stays as it is, the table's separator and line ends too.

    Parameters
    ----------
    column : str
        The name it gets.
    replace : bool
        Whether a column of that name is replaced.

    Raises
    ------
    DataError
        Where the name is taken, or no name of a column; nothing is written then.
    """
    _refuse_name(place, column, replace=replace)
    before = {place.folder / place.file: (place.folder / place.file).read_bytes()}
    sources, reading = place.folder / SOURCES, Reading(folder=place.folder)
    said = reading.text_of(SOURCES) if reading.has(SOURCES) else "# Sources\n"
    if said is None:
        raise DataError(reading.findings)
    own = own_table(place.folder, place.file)
    changed = own.with_column(column, [own.number(values[i]) for i in own.table[place.key]])
    line = f"- `{place.file}`, `{column}`: {source}"
    kept = [one for one in said.splitlines() if not one.startswith(f"- `{place.file}`, `{column}`: ")]
    if HEADING not in kept:
        kept += ["", HEADING, ""]
    at = kept.index(HEADING) + 2
    kept[at:at] = [line]
    told_of = "\n".join(kept) + "\n"
    return whole_files(
        {
            own.path: lambda made: made.write_text(changed, encoding="utf-8", newline=""),
            sources: lambda made: made.write_text(told_of, encoding="utf-8"),
        },
        refuse=lambda: refuse_changed(before),
    )


def _refuse_name(place: Place, column: str, *, replace: bool) -> None:
    fault = ""
    if not column or not column.replace("_", "a").isalnum() or column[0].isdigit():
        fault = "a column's name has letters, digits and _ and begins with a letter"
    elif column in place.kept:
        fault = "the name is not taken by what the case is read by"
    elif column in OWN_COUNTS:
        # A column of the demand points stands in every plan.json.
        fault = OWN_TABLE
    elif column in place.columns and not replace:
        fault = "the name is not taken"
    if fault:
        replaced = fault.endswith("taken")
        remedy = "Choose another name, or replace that column with --replace." if replaced else "Choose another."
        raise DataError([Finding(table=place.file, column=column, rule=fault, remedy=remedy)])
