"""Places by address: coordinates from a planner's own table of addresses, for sites and for demand points.

Nothing is asked of a service, and nothing is guessed: an address is found where it stands in the table, but for
capitals, blanks and commas.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.preparing.own_tables import own_table, refuse_changed
from capacity.problem.calls import told
from capacity.problem.coordinates import misplaced
from capacity.reading.document import read_document
from capacity.reading.land import Outline
from capacity.reading.places import land_of
from capacity.reading.tables import Reading, Table, case_folder, loose_numbers, numbers, read_table
from capacity.reading.texts import is_workbook
from capacity.writing import bring_back_all, whole_files

ADDRESS = ("address", "adresse", "adressebetegnelse", "betegnelse")
LONGITUDE = ("lon", "longitude", "længdegrad", "wgs84koordinat_længde")
LATITUDE = ("lat", "latitude", "breddegrad", "wgs84koordinat_bredde")
"""What columns of addresses and their coordinates are called; the first is the library's own name."""

DECIMALS = 6
"""Of degrees, as they are written."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """A table of addresses.

    Attributes
    ----------
    file : str
    places : mapping of address to (longitude, latitude)
        By the address as it is compared.
    written : mapping of address to str
        As it stands in the table.
    twice : frozenset of str
        Addresses that stand there with different coordinates.
    """

    file: str
    places: Mapping[str, tuple[float, float]]
    written: Mapping[str, str]
    twice: frozenset[str]

    def fault(self, address: str) -> tuple[str, str] | None:
        """Why an address has no place, and what to do: a rule and a remedy; None where it has one."""
        said = compared_as(address)
        if said in self.twice:
            return "an address has one place (it stands there with different coordinates)", "Take one of the rows out."
        if said in self.places:
            return None
        near = difflib.get_close_matches(said, self.places, 1, 0.8)
        meant = f"Did you mean {self.written[near[0]]!r}?" if near else "Add it, with its lon and lat."
        return f"the address stands in {self.file}", meant

    def place(self, address: str) -> tuple[float, float]:
        """Longitude and latitude of an address.

        Raises
        ------
        DataError
            Where it is not in the table, or there with different coordinates.
        """
        wrong = self.fault(address)
        if wrong is not None:
            raise DataError([Finding(table=self.file, column="address", value=address, rule=wrong[0], remedy=wrong[1])])
        return self.places[compared_as(address)]


def compared_as(address: str) -> str:
    """An address without capitals, commas and blanks beside single ones.

    >>> compared_as("Hobrovej 18-22,  9000 Aalborg")
    'hobrovej 18-22 9000 aalborg'
    """
    return " ".join(re.sub(r"[,;]", " ", address).casefold().split())


def read_addresses(path: str | os.PathLike[str]) -> Addresses:
    """Read a table of addresses: ``address``, ``lon``, ``lat``, or as registers call them.

    Raises
    ------
    DataError
        With every fault.
    """
    target = Path(path)
    reading = Reading(folder=target.parent, named=frozenset({target.name}))
    table = read_table(reading, target.name)
    if table is None or reading.findings:
        raise DataError(reading.findings)
    columns = [_column(reading, table, names) for names in (ADDRESS, LONGITUDE, LATITUDE)]
    if reading.findings:
        raise DataError(reading.findings)
    address, lon, lat = map(str, columns)
    places = list(
        zip(
            numbers(reading, table, lon, least=-180, most=180, what=address),
            numbers(reading, table, lat, least=-90, most=90, what=address),
            strict=True,
        )
    )
    if reading.findings:
        raise DataError(reading.findings)
    found: dict[str, tuple[float, float]] = {}
    twice: set[str] = set()
    for text, where in zip(table[address], places, strict=True):
        said = compared_as(text)
        if found.setdefault(said, where) != where:
            twice.add(said)
    written = {compared_as(text): text for text in table[address]}
    return Addresses(file=target.name, places=found, written=written, twice=frozenset(twice))


def _column(reading: Reading, table: Table, names: tuple[str, ...]) -> str | None:
    there = _named(table, names)
    if there is None:
        rule, remedy = "the table has the column", f"Call it {names[0]!r}."
        reading.fault(table.name, rule, remedy, column=names[0])
    return there


def _named(table: Table, names: tuple[str, ...]) -> str | None:
    have = {name.strip().casefold(): name for name in table.columns}
    return next((have[name] for name in names if name in have), None)


@dataclass(frozen=True, kw_only=True)
class Located:
    """What was located.

    Attributes
    ----------
    placed : mapping of table to tuple of str
        Ids of the rows that got coordinates.
    files : tuple of Path
        What was written.
    """

    placed: Mapping[str, tuple[str, ...]]
    files: tuple[Path, ...]


@told
def locate(case: str | os.PathLike[str], addresses: str | os.PathLike[str], *, replace: bool = False) -> Located:
    """Give the sites and demand points of a case the coordinates of their addresses.

    Parameters
    ----------
    case : path
        Folder of the case; its tables have a column ``address``.
    addresses : path
    replace : bool
        Whether coordinates that are there are replaced; without it only empty ones are filled.

    Raises
    ------
    DataError
        With every fault, such as an address that is not in the table; nothing is written then.
    """
    known = read_addresses(addresses)
    reading = Reading(folder=case_folder(case))
    bring_back_all(reading.folder)
    document = read_document(reading)
    if document is None or reading.findings:
        raise DataError(reading.findings)
    names = [document.text("files.points", "municipalities.csv"), document.text("files.sites", "sites.csv")]
    texts: dict[Path, str] = {}
    placed: dict[str, tuple[str, ...]] = {}
    with_addresses = 0
    ground = _Ground(land=land_of(reading, document))
    for name in names:
        table = read_table(reading, name)
        if table is not None and name == names[0]:
            ground = dataclasses.replace(ground, around=_lonlat(table))
        column = None if table is None else _named(table, ADDRESS)
        if table is None or column is None:
            continue
        with_addresses += 1
        text, who, around = _located(reading, table, column, known, ground, replace=replace)
        if name == names[0]:
            ground = dataclasses.replace(ground, around=around)
        if who:
            placed[name] = who
            texts[reading.folder / name] = text
    if not with_addresses and not reading.findings:
        rule, remedy = "a table of the case has the column address", "Add it, with an address in each row to be placed."
        reading.fault(" and ".join(names), rule, remedy, column="address")
    if reading.findings:
        raise DataError(reading.findings)
    if not texts:
        return Located(placed={}, files=())
    before = {path: path.read_bytes() for path in texts}
    written = whole_files(
        {path: partial(_write, text=text) for path, text in texts.items()}, refuse=lambda: refuse_changed(before)
    )
    return Located(placed=placed, files=written)


def _lonlat(table: Table) -> Floats:
    """Degrees of each row as they stand, NaN where there are none, (n, 2)."""
    columns = [loose_numbers(table, name) if name in table.columns else (None,) * len(table) for name in ("lon", "lat")]
    return np.array(columns, dtype=float).T.copy()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Ground:
    """What coordinates are held against: the outline of the land, and the demand points."""

    land: Outline | None
    around: Floats | None = None


def _located(
    reading: Reading, table: Table, column: str, known: Addresses, ground: _Ground, *, replace: bool
) -> tuple[str, tuple[str, ...], Floats]:
    """A table's text with coordinates, the ids of the rows that got them, and where all its rows are."""
    if is_workbook(table.name):
        rule, remedy = "coordinates are written to tables of text", "Save its sheet as CSV UTF-8, and name that."
        reading.fault(table.name, rule, remedy)
        return "", (), _lonlat(table)
    own = own_table(reading.folder, table.name)
    empty = ("",) * len(table)
    cells = {name: list(table.columns.get(name, empty)) for name in ("lon", "lat")}
    key = next(iter(table.columns))
    who = []
    given = np.zeros(len(table), dtype=bool)
    lonlat = _lonlat(table)
    for k, address in enumerate(table[column]):
        if not address or (not replace and (cells["lon"][k] or cells["lat"][k])):
            continue
        wrong = known.fault(address)
        if wrong is not None:
            reading.fault(table.name, wrong[0], wrong[1], row=table.lines[k], column=column, value=address)
            continue
        who.append(table[key][k])
        lonlat[k], given[k] = known.places[compared_as(address)], True
        for name, value in zip(("lon", "lat"), known.places[compared_as(address)], strict=True):
            cells[name][k] = own.number(float(np.round(value, DECIMALS)))
    # What a case is refused for is not written into it.
    misplaced(
        reading.findings,
        table.column(column),
        lonlat,
        given,
        land=None if ground.land is None else ground.land.box,
        around=ground.around,
        outline="" if ground.land is None else ground.land.name,
    )
    if not who or reading.findings:
        return "", (), lonlat
    return own.with_columns(cells), tuple(who), lonlat


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
