"""Demand points and candidate sites from their tables."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.labels import Floats
from capacity.network import SITE_COLUMNS, UNBOUNDED, region_names
from capacity.reading.document import Document
from capacity.reading.tables import MISSING, Reading, Table, ids, known, numbers, read_table

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
    located: np.ndarray[Any, np.dtype[np.bool_]]
    smallest: tuple[int, ...]
    largest: tuple[int, ...]
    existing: tuple[int, ...]
    columns: dict[str, tuple[Any, ...]]


def land_box(reading: Reading, name: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the land outline, with a degree to spare; None without one."""
    if not (reading.folder / name).is_file():
        return None
    text = reading.text_of(name) or ""
    try:
        features = json.loads(text)["features"]
        rings = [f["geometry"]["coordinates"] for f in features if f["properties"].get("role") != "neighbour"]
        flat = np.array(list(_pairs(rings)), dtype=float)
        (west, south), (east, north) = flat.min(axis=0), flat.max(axis=0)
    except (ValueError, KeyError, TypeError, AttributeError):
        reading.fault(
            name, "the file is a GeoJSON feature collection of polygons", "Export it as GeoJSON in WGS84."
        )
        return None
    return (west - 1, south - 1, east + 1, north + 1)


def _pairs(nested: Any) -> Any:
    if isinstance(nested[0], (int, float)):
        yield nested[:2]
    else:
        for part in nested:
            yield from _pairs(part)


def read_points(reading: Reading, document: Document, box: tuple[float, ...] | None) -> Points | None:
    """Read the demand points: ids, names, the region column, weights, coordinates."""
    name = document.get("files.points", "municipalities.csv")
    table = read_table(reading, name, ())
    if table is None:
        return None
    key = "code" if "code" in table.columns else "point_id"
    region_column = str(document.get("network.regions", "region_code"))
    weights = {
        f"demand.{key}": str(document.get(f"demand.{key}"))
        for key in ("weight", "relative_risk")
        if document.get(f"demand.{key}")
    }
    good = True
    for column, why, setting in (
        (key, "the demand points need ids", None),
        (region_column, "the region column is one of the table's", "network.regions"),
        *(
            (column, f"the {setting[7:].replace('_', ' ')} is one of the table's columns", setting)
            for setting, column in weights.items()
        ),
    ):
        if column not in table.columns:
            good = False
            if setting is None:
                reading.fault(name, why, "Add the column 'code' (or 'point_id').", column="code")
            else:
                _choose(reading, document, setting, column, why, list(table.columns), name)
    if not good:
        return None
    point_ids = ids(reading, table, key)
    for region, line in zip(table[region_column], table.lines, strict=True):
        if not region:
            reading.fault(
                name, "every demand point has a region", "Fill in the region.", row=line, column=region_column
            )
    columns = _columns(reading, table, key, {region_column}, set(weights.values()))
    lonlat = None
    if {"lon", "lat"} <= set(table.columns):
        places, _ = coordinates(reading, table, box, may_lack=False, what=key)
        lonlat = places
    regions = table[region_column]
    return Points(
        table=table,
        ids=point_ids,
        names=table.columns.get("name", point_ids),
        columns=columns,
        lonlat=lonlat,
        regions=regions,
        region_names=region_names(region_column, regions, columns | {"name": ()}),
    )


def _choose(
    reading: Reading, document: Document, setting: str, value: str, rule: str, columns: list[str], table: str
) -> None:
    import difflib

    near = difflib.get_close_matches(value, columns, 1, 0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"Columns of {table}: {', '.join(columns)}."
    reading.fault("case.toml", rule, hint, row=document.lines.get(setting), column=setting, value=value)


def _columns(
    reading: Reading, table: Table, key: str, text: set[str], weights: set[str]
) -> dict[str, tuple[Any, ...]]:
    """Further columns: numbers where they are meant as numbers, text otherwise."""
    columns: dict[str, tuple[Any, ...]] = {}
    for column, cells in table.columns.items():
        if column in (key, "name", "lon", "lat"):
            continue
        countable = sum(table.number(c) is not None for c in cells)
        meant = column in weights or (
            countable > len(cells) / 2
            and column not in text
            and not column.endswith(("_code", "_id"))
            and column not in TEXT_COLUMNS
        )
        columns[column] = tuple(numbers(reading, table, column, what=key)) if meant else cells
    for weight in sorted(weights & set(columns)):
        if not any(isinstance(v, float) and v > 0 for v in columns[weight]):
            reading.fault(table.name, "some weight is above zero", "Choose another column.", column=weight)
    return columns


def coordinates(
    reading: Reading, table: Table, box: tuple[float, ...] | None, *, may_lack: bool, what: str
) -> tuple[Floats, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Longitude and latitude of each row, and which rows have them."""
    values = np.full((len(table), 2), np.nan)
    have = np.ones(len(table), dtype=bool)
    for k, (lon, lat, line) in enumerate(zip(table["lon"], table["lat"], table.lines, strict=True)):
        if may_lack and not lon and not lat:
            have[k] = False
            continue
        for c, (text, most, column) in enumerate(((lon, 180.0, "lon"), (lat, 90.0, "lat"))):
            value = table.number(text)
            if text.lower() in MISSING or value is None or not math.isfinite(value) or abs(value) > most:
                rule = "the cell is empty" if text.lower() in MISSING else f"degrees between -{most:g} and {most:g}"
                reading.fault(
                    table.name, rule, "Give WGS84 degrees, such as 12.5655 and 55.6759.",
                    row=line, column=f"{column} ({table[what][k]})", value=text,
                )  # fmt: skip
            else:
                values[k, c] = value
    _swapped(reading, table, values, have, box, what)
    return values, have


def _swapped(
    reading: Reading,
    table: Table,
    values: Floats,
    have: np.ndarray[Any, np.dtype[np.bool_]],
    box: tuple[float, ...] | None,
    what: str,
) -> None:
    """Faults where longitude and latitude change places: by the land outline, or by the other rows."""
    full = have & np.isfinite(values).all(axis=1)
    if not full.any():
        return
    turned = values[:, ::-1]
    if box is not None:
        west, south, east, north = box
        low, high = np.array([west, south]), np.array([east, north])
        inside, other = (((v >= low) & (v <= high)).all(axis=1) for v in (values, turned))
        swapped, lost = full & ~inside & other, full & ~inside & ~other
    else:
        middle = np.median(values[full], axis=0)
        away, back = (np.abs(v - middle).max(axis=1) for v in (values, turned))
        swapped, lost = full & (away > 10) & (back < away / 4), np.zeros_like(full)
    if swapped.sum() > len(table) / 2:
        reading.fault(
            table.name, "lon is the longitude and lat the latitude: the two look swapped",
            "Swap the two columns.", column="lon, lat",
            value=f"{values[swapped][0, 0]:g}, {values[swapped][0, 1]:g}",
        )  # fmt: skip
        return
    for k in np.flatnonzero(swapped):
        reading.fault(
            table.name, "lon is the longitude and lat the latitude: the two look swapped",
            "Swap the two numbers.", row=table.lines[k], column=f"lon, lat ({table[what][k]})",
            value=f"{values[k, 0]:g}, {values[k, 1]:g}",
        )  # fmt: skip
    for k in np.flatnonzero(lost):
        reading.fault(
            table.name, "the place lies on or near the land outline", "Correct the coordinates.",
            row=table.lines[k], column=f"lon, lat ({table[what][k]})", value=f"{values[k, 0]:g}, {values[k, 1]:g}",
        )  # fmt: skip


def read_sites(
    reading: Reading, document: Document, points: Points | None, box: tuple[float, ...] | None
) -> Sites | None:
    """Read the candidate sites; those without coordinates are kept here and left out later."""
    name = document.get("files.sites", "sites.csv")
    table = read_table(reading, name, ("site_id",))
    if table is None:
        return None
    site_ids = ids(reading, table, "site_id")
    if {"lon", "lat"} <= set(table.columns):
        lonlat, located = coordinates(reading, table, box, may_lack=True, what="site_id")
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
                name, "a site's smallest size is not above its largest", "Correct the two cells.",
                row=line, column="smallest, largest", value=f"{low}, {high}",
            )  # fmt: skip
    return Sites(
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
        columns=_further(document, table),
    )


def _further(document: Document, table: Table) -> dict[str, tuple[Any, ...]]:
    """Columns of the sites that have no meaning of their own: numbers where every cell is one, text otherwise."""
    region = str(document.get("network.regions", "region_code"))
    columns: dict[str, tuple[Any, ...]] = {}
    for name, cells in table.columns.items():
        if name not in (*SITE_COLUMNS, region):
            numbers = tuple(table.number(cell) for cell in cells)
            columns[name] = cells if None in numbers else numbers
    return columns


def _site_regions(
    reading: Reading,
    document: Document,
    table: Table,
    points: Points | None,
    inside: Sequence[str],
    located: np.ndarray[Any, np.dtype[np.bool_]],
) -> tuple[str, ...]:
    """Region of each site: that of the demand point it lies in, otherwise its own column."""
    column = str(document.get("network.regions", "region_code"))
    if points is None:
        return ("",) * len(table)
    home = dict(zip(points.ids, points.regions, strict=True))
    own = table.columns.get(column, ("",) * len(table))
    known_regions = set(points.regions)
    regions = []
    for k, (place, said, line) in enumerate(zip(inside, own, table.lines, strict=True)):
        region = home.get(place, said)
        regions.append(region)
        if said and place in home and said != home[place]:
            reading.fault(
                table.name, f"a site's region is that of the demand point it lies in ({home[place]})",
                "Correct the region or the demand point.", row=line, column=column, value=said,
            )  # fmt: skip
        elif region and region not in known_regions:
            reading.fault(
                table.name, f"the region is one of {points.table.name}",
                f"Choose from: {', '.join(sorted(known_regions))}.", row=line, column=column, value=region,
            )  # fmt: skip
        elif not region and located[k]:
            reading.fault(
                table.name, "every site belongs to a region",
                f"Say which demand point it lies in, or fill in {column!r}.", row=line, column=column,
                value=table["site_id"][k],
            )  # fmt: skip
    return tuple(regions)


def _beds(reading: Reading, table: Table, column: str, otherwise: int) -> tuple[int, ...]:
    """An optional column of whole numbers of beds; an empty cell says nothing of its own."""
    if column not in table.columns:
        return (otherwise,) * len(table)
    beds = []
    for text, line in zip(table[column], table.lines, strict=True):
        value = table.number(text) if text else float(otherwise)
        if value is None or not math.isfinite(value) or value < 0 or value != int(value):
            reading.fault(
                table.name, "a whole number of beds, not negative", "Correct the cell, or leave it empty.",
                row=line, column=column, value=text,
            )  # fmt: skip
            value = otherwise
        beds.append(int(value))
    return tuple(beds)
