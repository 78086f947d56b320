"""Demand points and candidate sites from their tables."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from capacity.arrays import NUMBERED, Bools, Floats, meant_column_of, odd_labels
from capacity.problem import cells
from capacity.problem.cells import Wrong
from capacity.problem.coordinates import degrees, misplaced
from capacity.problem.frames import OPTIONAL, SITE_COLUMNS
from capacity.problem.network import UNBOUNDED, region_names, region_twins
from capacity.reading.document import Document
from capacity.reading.land import Outline, read_outline
from capacity.reading.spoilt import known, told_dates
from capacity.reading.tables import Reading, Table, ids, loose_numbers, numbers, read_table

TEXT_COLUMNS = ("name", "main_town", "town_basis")


@dataclass(frozen=True, kw_only=True)
class Points:
    """The demand points' table, read."""

    table: Table
    ids: tuple[str, ...]
    names: tuple[str, ...]
    columns: dict[str, tuple[Any, ...]]
    lonlat: Floats | None
    regions: tuple[str, ...]
    region_names: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Sites:
    """The candidate sites' table, read; `located` says which have coordinates."""

    table: Table
    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    points: tuple[str, ...]
    regions: tuple[str, ...]
    lonlat: Floats
    located: Bools
    smallest: tuple[int, ...]
    largest: tuple[int, ...]
    existing: tuple[int, ...]
    neonatal: tuple[bool, ...]
    columns: dict[str, tuple[Any, ...]]


PLACES = ("lon", "lat")
GEOMETRY = ("geometry", "geom", "wkt", "wkt_geom", "the_geom", "shape")
"""Columns of shapes, which are kept as text: coordinates are read of lon and lat."""


def land_of(reading: Reading, document: Document) -> Outline | None:
    """The outline of the land that the case names, or that lies in its folder."""
    if "files.land" in document.bad:
        return None
    name = document.text("files.land", "land.geojson")
    return read_outline(reading, name, named="files.land" in document.lines and bool(document.get("files.land")))


def read_points(reading: Reading, document: Document, land: Outline | None) -> Points | None:
    """Read the demand points: ids, names, the region column, weights, coordinates."""
    if document.bad & {"files.points", "network.regions"}:
        return None
    name = document.text("files.points", "municipalities.csv")
    region_column = document.text("network.regions", "region_code")
    table = read_table(reading, name, (), ("name", *PLACES))
    if table is None:
        return None
    key = "code" if "code" in table.columns else "point_id"
    weights = {
        f"demand.{key}": str(document.get(f"demand.{key}"))
        for key in ("weight", "relative_risk")
        if document.get(f"demand.{key}")
    }
    if not _columns_there(reading, document, table, key, region_column, weights):
        return None
    point_ids = ids(reading, table, key)
    _numbered(reading, table, key)
    told_dates(reading, table, key)
    if "name" in table.columns:
        cells.sums(reading.findings, table.column("name", what=key), table["name"])
    regions = table.column(region_column, what=key)
    nowhere = [k for k, region in enumerate(table[region_column]) if not region]
    nameless = Wrong("every demand point has a region", "Fill in the region.")
    cells.tell(reading.findings, regions, [(k, nameless) for k in nowhere])
    reading.findings += odd_labels(name, region_column, table[region_column], case=True)
    columns = _columns(reading, table, key, {region_column}, set(weights.values()))
    lonlat = None
    if {"lon", "lat"} <= set(table.columns):
        lonlat, _ = coordinates(reading, table, land, may_lack=False, what=key)
    else:
        _told_shapes(reading, table)
    names = region_names(region_column, table[region_column], columns | {"name": ()})
    reading.findings += region_twins(name, region_column, table[region_column], columns, names)
    return _by_id(
        Points(
            table=table,
            ids=point_ids,
            names=table.columns.get("name", point_ids),
            columns=columns,
            lonlat=lonlat,
            regions=table[region_column],
            region_names=names,
        )
    )


def _columns_there(
    reading: Reading, document: Document, table: Table, key: str, region_column: str, weights: dict[str, str]
) -> bool:
    """Whether the demand points have the columns of ids, of the region, and (by setting) of what splits demand."""
    name, good = table.name, True
    for column, why, setting in (
        (key, "the demand points need ids", None),
        (region_column, "the region column is one of the table's", "network.regions"),
        *(
            (column, f"the {setting[7:].replace('_', ' ')} is one of the table's columns", setting)
            for setting, column in weights.items()
        ),
    ):
        if setting in weights and column in (key, "name", *PLACES, region_column):
            good = False
            _choose(
                reading,
                document,
                str(setting),
                column,
                "what splits demand is a column of numbers of people",
                _splitting(table, key, region_column),
                name,
            )
        elif column not in table.columns:
            good = False
            if setting is None:
                have = tuple(table.columns)
                meant = meant_column_of("code", have) or meant_column_of("point_id", have)
                hint = f"Did you mean the column {meant!r}? Call it" if meant else "Add the column"
                reading.fault(name, why, f"{hint} 'code' (or 'point_id').", column="code")
            else:
                choice = _splitting(table, key, region_column) if setting in weights else list(table.columns)
                _choose(reading, document, setting, column, why, choice, name)
    return good


def _choose(
    reading: Reading, document: Document, setting: str, value: str, rule: str, columns: list[str], table: str
) -> None:
    near = [c for c in difflib.get_close_matches(value, columns, 1, 0.5) if c != value]
    hint = f"Did you mean {near[0]!r}?" if near else f"Columns of {table}: {', '.join(columns)}."
    reading.fault("case.toml", rule, hint, row=document.lines.get(setting), column=setting, value=value)


def _splitting(table: Table, key: str, region_column: str) -> list[str]:
    """Columns that demand can be split by."""
    return [c for c in table.columns if c not in (key, "name", *PLACES, region_column) and _countable(table, c)]


def _countable(table: Table, column: str) -> bool:
    """Whether a column is meant as numbers."""
    count = sum(bool(cells.readings(cell)) for cell in table[column])
    return count > len(table) / 2 and not column.endswith(("_code", "_id")) and column not in TEXT_COLUMNS


def _numbered(reading: Reading, table: Table, key: str) -> None:
    """One fault where a spreadsheet made decimals or powers of the ids themselves."""
    spoilt = [k for k, i in enumerate(table[key]) if (said := NUMBERED.fullmatch(i)) and not said.group(3)]
    if spoilt and len(spoilt) > len(table) / 2:
        reading.fault(
            table.name,
            f"ids are text: a spreadsheet seems to have made numbers of {len(spoilt)} ids",
            "Set the column to text there, and write the ids as they were, such as '0851'.",
            row=table.lines[spoilt[0]],
            column=key,
            value=table[key][spoilt[0]],
        )


def _columns(reading: Reading, table: Table, key: str, text: set[str], weights: set[str]) -> dict[str, tuple[Any, ...]]:
    """Further columns: numbers where they are meant as numbers, text otherwise."""
    columns: dict[str, tuple[Any, ...]] = {}
    for column, said in table.columns.items():
        if column in (key, "name", *PLACES):
            continue
        meant = column in weights or (column not in text and _countable(table, column))
        columns[column] = tuple(numbers(reading, table, column, what=key, grouped=True)) if meant else said
    for weight in sorted(weights & set(columns)):
        if not any(isinstance(v, float) and v > 0 for v in columns[weight]):
            reading.fault(table.name, "some weight is above zero", "Choose another column.", column=weight)
    return columns


def coordinates(
    reading: Reading, table: Table, land: Outline | None, *, may_lack: bool, what: str, around: Floats | None = None
) -> tuple[Floats, Bools]:
    """Longitude and latitude of each row, and which rows have them.

    Parameters
    ----------
    around : ndarray (n, 2), optional
        Places these belong to: the demand points, for sites.
    """
    values, have = degrees(
        reading.findings, table.column("lon", what=what), table.column("lat", what=what), may_lack=may_lack
    )
    misplaced(
        reading.findings,
        table.column(what),
        values,
        have,
        land=None if land is None else land.box,
        around=around,
        outline=land.name if land is not None else "",
    )
    return values, have


def read_sites(reading: Reading, document: Document, points: Points | None, land: Outline | None) -> Sites | None:
    """Read the candidate sites; those without coordinates are kept here and left out later."""
    if document.bad & {"files.sites", "network.regions"}:
        return None
    name = document.text("files.sites", "sites.csv")
    region_column = document.text("network.regions", "region_code")
    home = None if points is None else "point_id" if "code" not in points.table.columns else "municipality_code"
    ours = [c for c in OPTIONAL if c != "point_id"] + ([] if home is None else [home])
    table = read_table(reading, name, ("site_id",), (*ours, region_column))
    if table is None:
        return None
    site_ids = ids(reading, table, "site_id")
    told_dates(reading, table, "site_id")
    _told_home(reading, table, points)
    if {"lon", "lat"} <= set(table.columns):
        around = None if points is None else points.lonlat
        lonlat, located = coordinates(reading, table, land, may_lack=True, what="site_id", around=around)
    else:
        lonlat, located = np.full((len(table), 2), np.nan), np.ones(len(table), dtype=bool)
    home = next((c for c in ("municipality_code", "point_id") if c in table.columns), None)
    inside = table[home] if home else ("",) * len(table)
    if points is not None and home:
        known(reading, table, home, points.ids, points.table.name, empty=True)
    smallest = _beds(reading, table, "smallest", 0)
    largest = _beds(reading, table, "largest", UNBOUNDED)
    for low, high, line in zip(smallest, largest, table.lines, strict=True):
        if low > high:
            reading.fault(
                name,
                "a site's smallest size is not above its largest",
                "Correct the two cells.",
                row=line,
                column="smallest, largest",
                value=f"{low}, {high}",
            )
    return _by_id(
        Sites(
            table=table,
            ids=site_ids,
            names=table.columns.get("name", site_ids),
            kinds=table.columns.get("kind", ("",) * len(table)),
            points=inside,
            regions=_site_regions(reading, document, table, points, inside, located),
            lonlat=lonlat,
            located=located,
            smallest=smallest,
            largest=largest,
            existing=_beds(reading, table, "existing_beds", 0),
            neonatal=_wards(reading, table),
            columns=_further(document, table),
        )
    )


def _told_shapes(reading: Reading, table: Table) -> None:
    """Notices for columns that a map writes for coordinates, where those that are read are not there."""
    shapes = [c for c in table.columns if c.lower() in GEOMETRY]
    named = {c.lower(): c for c in table.columns}
    if shapes:
        reading.notices.append(
            f"{shapes[0]} of {table.name} is kept as text: coordinates are read of the columns lon and lat."
        )
    elif {"x", "y"} <= set(named):
        reading.notices.append(
            f"{named['x']} and {named['y']} of {table.name} are kept as numbers: coordinates are read of the columns "
            "lon and lat, in degrees."
        )


def _told_home(reading: Reading, table: Table, points: Points | None) -> None:
    """One fault where a column says in which demand point each site lies, by another name than ours."""
    if points is None or {"municipality_code", "point_id"} & set(table.columns):
        return
    known_ids = set(points.ids)
    meant = next(
        (
            column
            for column, said in table.columns.items()
            if column != "site_id" and any(said) and all(not cell or cell in known_ids for cell in said)
        ),
        None,
    )
    if meant is not None and points.table.name != table.name:
        ours = "municipality_code" if "code" in points.table.columns else "point_id"
        reading.fault(
            table.name,
            "nothing is read of a column of that name",
            f"Did you mean {ours!r}? Rename it so, or otherwise if it is something else.",
            column=meant,
        )


Read = TypeVar("Read", Points, Sites)


def _by_id(read: Read) -> Read:
    """A table's rows in the order of their ids, so that every sum is taken in one order, whatever that of the file."""
    order = sorted(range(len(read.ids)), key=lambda k: read.ids[k])

    def put(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(value[k] for k in order)
        if isinstance(value, Table):
            return dataclasses.replace(value, columns=put(value.columns), lines=put(value.lines))
        if isinstance(value, np.ndarray):
            return value[order]
        return {name: put(column) for name, column in value.items()} if isinstance(value, Mapping) else value

    kept = {f.name: getattr(read, f.name) for f in dataclasses.fields(read)}
    names = kept.pop("region_names", None)
    put_so = {name: put(value) for name, value in kept.items()}
    if names is not None:
        put_so["region_names"] = {
            region: names[region] for region in dict.fromkeys(put_so["regions"]) if region in names
        }
    return type(read)(**put_so)


def _further(document: Document, table: Table) -> dict[str, tuple[Any, ...]]:
    """Columns of the sites that have no meaning of their own: numbers where every cell is one, text otherwise."""
    region = str(document.get("network.regions", "region_code"))
    columns: dict[str, tuple[Any, ...]] = {}
    for name, said in table.columns.items():
        if name not in (*SITE_COLUMNS, region):
            read = loose_numbers(table, name)
            columns[name] = said if None in read else read
    return columns


def _site_regions(
    reading: Reading, document: Document, table: Table, points: Points | None, inside: Sequence[str], located: Bools
) -> tuple[str, ...]:
    """Region of each site: that of the demand point it lies in, otherwise its own column."""
    column = document.text("network.regions", "region_code")
    if points is None:
        return ("",) * len(table)
    home = dict(zip(points.ids, points.regions, strict=True))
    own = table.columns.get(column, ("",) * len(table))
    known_regions = set(points.regions)
    regions = []
    for k, (place, region_said, line) in enumerate(zip(inside, own, table.lines, strict=True)):
        region = home.get(place, region_said)
        regions.append(region)
        if region_said and place in home and region_said != home[place]:
            reading.fault(
                table.name,
                f"a site's region is that of the demand point it lies in ({home[place]})",
                "Correct the region or the demand point.",
                row=line,
                column=column,
                value=region_said,
            )
        elif region and region not in known_regions:
            reading.fault(
                table.name,
                f"the region is one of {points.table.name}",
                f"Choose from: {', '.join(sorted(known_regions))}.",
                row=line,
                column=column,
                value=region,
            )
        elif not region and located[k]:
            reading.fault(
                table.name,
                "every site belongs to a region",
                f"Say which demand point it lies in, or fill in {column!r}.",
                row=line,
                column=column,
                value=table["site_id"][k],
            )
    return tuple(regions)


def _wards(reading: Reading, table: Table) -> tuple[bool, ...]:
    """Whether there is a neonatal ward at each site; an empty cell says that there is none."""
    if "neonatal" not in table.columns:
        return (False,) * len(table)
    return tuple(cells.flags(reading.findings, table.column("neonatal", what="site_id"), empty=False))


def _beds(reading: Reading, table: Table, column: str, otherwise: int) -> tuple[int, ...]:
    """An optional column of whole numbers of beds; an empty cell says nothing of its own."""
    if column not in table.columns:
        return (otherwise,) * len(table)
    beds = numbers(reading, table, column, what="site_id", empty=otherwise, most=UNBOUNDED, whole="beds")
    return tuple(otherwise if b != b else int(b) for b in beds)
