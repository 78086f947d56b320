"""Between pandas tables and the plain arrays of the core (pandas and geopandas load here)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats, Ints, meant_column, spoilt
from capacity.errors import DataError, Finding, some
from capacity.problem.cells import (
    MOST_DIGITS,
    UNBOUNDED,
    Column,
    Wrong,
    decimal_mark,
    flags,
    ids,
    labels,
    numbers,
    tell,
)
from capacity.problem.coordinates import degrees, misplaced

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


OPTIONAL = ("name", "kind", "point_id", "lon", "lat", "smallest", "largest", "existing_beds", "neonatal")
"""Columns of a table of sites, beside its ids and the region's: a name that is nearly one of them is told."""

SITE_COLUMNS = ("site_id", *OPTIONAL, "municipality_code", "geometry")
"""Columns of the sites that have a meaning of their own; any further one is for rules that read it."""


def refuse_no_table(table: str, frame: Any) -> None:
    """Raise where something else than a DataFrame was given, or one with a column twice."""
    if not hasattr(frame, "columns") or not hasattr(frame, "iloc"):
        rule, remedy = f"the table is a DataFrame, not {type(frame).__name__}", "Give a pandas DataFrame."
        raise DataError([Finding(table=table, rule=rule, remedy=remedy)])
    names = [str(c) for c in frame.columns]
    twice = sorted({c for c in names if names.count(c) > 1})
    if twice:
        rule, remedy = "each column stands once", "Rename or remove the repeated column."
        raise DataError([Finding(table=table, column=c, rule=rule, remedy=remedy) for c in twice])


def column(table: str, frame: pd.DataFrame, name: str, whose: Sequence[str] = ()) -> Column:
    """A column of a frame, to be checked; its rows are counted from 0."""
    return Column(table=table, name=name, cells=tuple(frame[name]), rows=tuple(range(len(frame))), whose=tuple(whose))


def text_or(
    faults: list[Finding], table: str, frame: pd.DataFrame, name: str, otherwise: Sequence[str]
) -> tuple[str, ...]:
    """A column of labels; `otherwise` where the frame lacks it, or a cell is empty."""
    if name not in frame.columns:
        return tuple(otherwise)
    said = labels(faults, column(table, frame, name), empty=True)
    return tuple(text or other for text, other in zip(said, otherwise, strict=True))


def whole(
    faults: list[Finding], table: str, frame: pd.DataFrame, name: str, otherwise: int, whose: Sequence[str]
) -> Ints:
    """A column of whole numbers of beds, `otherwise` where a cell is empty or the column missing."""
    if name not in frame.columns:
        return np.full(len(frame), otherwise, dtype=np.int64)
    beds = numbers(faults, column(table, frame, name, whose), empty=otherwise, most=UNBOUNDED, whole="beds")
    return np.array([otherwise if b != b else int(b) for b in beds], dtype=np.int64)


def misspelt(table: str, frame: pd.DataFrame, known: Sequence[str]) -> list[Finding]:
    """Faults for columns that are ours but for how they are written."""
    have = [str(c) for c in frame.columns]
    said = {c: meant_column(c, known, have) for c in have}
    return [
        Finding(
            table=table,
            column=name,
            rule="nothing is read of a column of that name",
            remedy=f"Did you mean {meant!r}? Rename it so, or otherwise if it is something else.",
        )
        for name, meant in said.items()
        if meant is not None
    ]


def lonlat_of(
    faults: list[Finding], table: str, frame: pd.DataFrame, ids: Sequence[str], around: Floats | None = None
) -> Floats | None:
    """Longitude and latitude in degrees from columns or from the active geometry of a GeoDataFrame; checked."""
    if {"lon", "lat"} <= set(frame.columns):
        lon, lat = (column(table, frame, name, ids) for name in ("lon", "lat"))
    elif (shape := _geometry(frame)) is not None:
        centre = _centres(faults, table, shape)
        if centre is None:
            return None
        rows = tuple(range(len(frame)))
        lon, lat = (
            Column(table=table, name=f"geometry ({name})", cells=tuple(centre[:, k]), rows=rows, whose=tuple(ids))
            for k, name in enumerate(("lon", "lat"))
        )
    else:
        return None
    before = len(faults)
    lonlat, have = degrees(faults, lon, lat, may_lack=False)
    named = Column(table=table, name="id", cells=tuple(ids), rows=lon.rows)
    misplaced(faults, named, lonlat, have, around=around)
    if (
        len(faults) == before
        and lon.name == "lon"
        and (shape := _geometry(frame)) is not None
        and shape.crs is not None
    ):
        _beside_shapes(faults, named, lonlat, shape)
    return lonlat if len(faults) == before else None


MOST_DEGREES = 180.0
"""Coordinates no larger than this are no metres."""

FAR_DEGREES = 1.0
"""A place that lies so far from its own shape is another one."""


def _beside_shapes(faults: list[Finding], named: Column, lonlat: Floats, shape: Any) -> None:
    """Faults of rows whose lon and lat lie elsewhere than their shape: which of the two is meant nobody knows."""
    low_x, low_y, high_x, high_y = shape.to_crs("EPSG:4326").bounds.to_numpy(dtype=float).T
    x, y = lonlat.T
    away = np.maximum(np.maximum(low_x - x, x - high_x), np.maximum(low_y - y, y - high_y))
    wrong = Wrong("a row's lon and lat lie at its shape", "Drop the columns lon and lat, or the shapes.")
    tell(faults, named, [(int(k), wrong) for k in np.flatnonzero(away > FAR_DEGREES)])


def _geometry(frame: Any) -> Any:
    """The active geometry of a GeoDataFrame, whatever its name; a plain frame's column of shapes has none."""
    try:
        return frame.geometry if hasattr(frame, "set_geometry") else None
    except AttributeError:
        return None


def _centres(faults: list[Finding], table: str, shape: Any) -> Floats | None:
    """A point of each shape, in degrees; None with a fault where there is no telling."""
    if shape.crs is None:
        rule = "a geometry has a coordinate reference system (crs)"
        remedy = "Say which with set_crs, such as EPSG:4326 for degrees."
        faults.append(Finding(table=table, column=str(shape.name), rule=rule, remedy=remedy))
        return None
    if shape.crs.is_projected and np.abs(shape.total_bounds).max() <= MOST_DEGREES:
        rule = (
            f"coordinates are in the unit of their reference system ({shape.crs.to_string()}: these look like degrees)"
        )
        remedy = "Say that they are degrees: set_crs('EPSG:4326', allow_override=True)."
        faults.append(Finding(table=table, column=str(shape.name), rule=rule, remedy=remedy))
        return None
    none = [k for k, one in enumerate(shape) if one is None or one.is_empty]
    if none:
        rule, remedy = "each row has a shape that is not empty", "Fill it in, or leave the row out."
        here = Column(table=table, name=str(shape.name), cells=tuple(shape), rows=tuple(range(len(shape))))
        tell(faults, here, [(k, Wrong(rule, remedy)) for k in none])
        return None
    centre = shape.representative_point().to_crs("EPSG:4326")
    return np.column_stack([centre.x, centre.y])


def further(frame: pd.DataFrame, known: set[str]) -> dict[str, tuple[Any, ...]]:
    """Further columns of a frame, but for shapes."""
    return {str(c): tuple(frame[c]) for c in frame.columns if str(c) not in known and str(frame[c].dtype) != "geometry"}


def network_parts(points: pd.DataFrame, sites: pd.DataFrame, regions: str) -> dict[str, Any]:
    """What a network is made of, from two tables; see `Network.from_tables`.

    Raises
    ------
    DataError
        With every fault found.
    """
    findings = _table_faults(points, sites, regions)
    if findings:
        raise DataError(findings)
    point_ids = ids(findings, column("demand points", points, "point_id"))
    site_ids = ids(findings, column("sites", sites, "site_id"))
    nowhere = ("",) * len(sites)
    point_regions = _regions_of_points(findings, points, regions, point_ids)
    inside = text_or(findings, "sites", sites, "point_id", nowhere)
    home = dict(zip(point_ids, point_regions, strict=True))
    lone = point_regions[0] if len(set(point_regions)) == 1 else ""
    site_regions = _regions_of_sites(findings, sites, regions, site_ids, inside, home, lone)
    point_lonlat = lonlat_of(findings, "demand points", points, point_ids)
    parts: dict[str, Any] = {
        "point_names": text_or(findings, "demand points", points, "name", point_ids),
        "site_names": text_or(findings, "sites", sites, "name", site_ids),
        "site_kinds": text_or(findings, "sites", sites, "kind", nowhere),
        "site_lonlat": lonlat_of(findings, "sites", sites, site_ids, point_lonlat),
        "site_smallest": whole(findings, "sites", sites, "smallest", 0, site_ids),
        "site_largest": whole(findings, "sites", sites, "largest", UNBOUNDED, site_ids),
        "existing_beds": whole(findings, "sites", sites, "existing_beds", 0, site_ids),
        "neonatal": _flags(findings, sites, "neonatal", site_ids),
        "point_columns": further(points, {"point_id", "name", "lon", "lat", "geometry"}),
        "site_columns": further(sites, {*SITE_COLUMNS, regions}),
    }
    small, large = parts["site_smallest"], parts["site_largest"]
    rule = "a site's smallest size is not above its largest"
    upside = [(int(k), Wrong(rule, "Correct the two cells.")) for k in np.flatnonzero(small > large)]
    tell(findings, Column(table="sites", name="smallest", cells=tuple(small), rows=tuple(range(len(small)))), upside)
    if findings:
        raise DataError(findings)
    return parts | {
        "point_ids": point_ids,
        "point_regions": point_regions,
        "site_ids": site_ids,
        "site_regions": site_regions,
        "point_lonlat": point_lonlat,
        "region_column": regions,
        "site_points": inside,
    }


def _flags(faults: list[Finding], sites: pd.DataFrame, name: str, whose: Sequence[str]) -> tuple[bool, ...]:
    """A column of yes and no, no where a cell is empty or the column missing."""
    if name not in sites.columns:
        return (False,) * len(sites)
    return tuple(flags(faults, column("sites", sites, name, whose), empty=False))


def _table_faults(points: pd.DataFrame, sites: pd.DataFrame, regions: str) -> list[Finding]:
    """What keeps two tables from being read at all."""
    findings: list[Finding] = []
    for table, frame, key in (("demand points", points, "point_id"), ("sites", sites, "site_id")):
        refuse_no_table(table, frame)
        if key not in frame.columns:
            remedy = f"Name the column of ids {key!r}."
            findings.append(Finding(table=table, column=key, rule="the column is needed", remedy=remedy))
        if not len(frame):
            findings.append(Finding(table=table, rule="the table is empty", remedy="Add at least one row."))
    findings += misspelt("demand points", points, ("point_id", "name", "lon", "lat", regions))
    findings += misspelt("sites", sites, ("site_id", *OPTIONAL, regions))
    return findings


def _regions_of_points(
    faults: list[Finding], points: pd.DataFrame, regions: str, point_ids: tuple[str, ...]
) -> tuple[str, ...]:
    """Each demand point's region; all are of one where the table has no regions."""
    if regions not in points.columns:
        return ("all",) * len(points)
    named = text_or(faults, "demand points", points, regions, ("",) * len(points))
    none = [k for k, region in enumerate(named) if not region]
    nameless = Wrong("every demand point has a region", "Fill in the region.")
    tell(faults, column("demand points", points, regions, point_ids), [(k, nameless) for k in none])
    return named


def _regions_of_sites(
    faults: list[Finding],
    sites: pd.DataFrame,
    regions: str,
    site_ids: tuple[str, ...],
    inside: tuple[str, ...],
    home: Mapping[str, str],
    lone: str,
) -> tuple[str, ...]:
    """Each site's region: that of the point it lies in, its own, or the only one there is (`lone`)."""
    own = text_or(faults, "sites", sites, regions, ("",) * len(sites))
    faults += _site_places(column("sites", sites, "site_id"), inside, own, home, regions)
    site_regions = tuple(home.get(p, "") or r or lone for r, p in zip(own, inside, strict=True))
    stray = [j for j, r, p in zip(site_ids, site_regions, inside, strict=True) if not r and not p]
    if stray:
        faults.append(
            Finding(
                table="sites",
                column=regions,
                value=some(stray),
                rule="every site belongs to a region",
                remedy=f"Fill the column {regions!r}, or point_id with the point it lies in.",
            )
        )
    return site_regions


def _mended(place: str, home: Mapping[str, str]) -> str:
    was = spoilt(place, set(home))
    if was is None:
        return "Add it there, or leave the cell empty."
    return f"Did you mean {was[1]!r}? A spreadsheet or pandas may have {was[0]}: read ids as text (dtype=str)."


def _site_places(
    column: Column, inside: Sequence[str], own: Sequence[str], home: Mapping[str, str], regions: str
) -> list[Finding]:
    """Faults of sites in demand points or regions that are none, or in two regions."""
    findings: list[Finding] = []
    known = set(home.values())
    for name, cells_of, wrong in (
        (
            "point_id",
            inside,
            [
                (k, Wrong("the id is one of the demand points", _mended(place, home)))
                for k, place in enumerate(inside)
                if place and place not in home
            ],
        ),
        (
            regions,
            own,
            [
                (
                    k,
                    Wrong(f"a site's region is that of the demand point it lies in ({home[place]})", "Correct one.")
                    if place in home
                    else Wrong("the region is one of the demand points'", f"Choose from: {some(sorted(known))}."),
                )
                for k, (place, region) in enumerate(zip(inside, own, strict=True))
                if region and (region != home[place] if place in home else region not in known)
            ],
        ),
    ):
        whose = tuple(map(str, column.cells))
        here = Column(table="sites", name=name, cells=tuple(cells_of), rows=column.rows, whose=whose)
        tell(findings, here, wrong)
    return findings


def _plain(series: Any) -> Floats | None:
    """Numbers none of which needs a word, all at once; None where one may: then each cell is looked at."""
    if series.dtype.kind not in "iuf":
        return None
    values: Floats = series.to_numpy(dtype=float, na_value=np.nan)
    right = (values >= 0) & ((values <= MOST_DIGITS) | (values == np.inf))
    return values if right.all() else None


def wide_travel(
    faults: list[Finding], table: pd.DataFrame, origin: str
) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    """Origins, destinations and values of a table with a row an origin and a column a destination."""
    if origin in table.columns:
        table = table.set_index(origin)
    rows = tuple(range(len(table)))
    origins = ids(faults, Column(table="travel", name=origin, cells=tuple(table.index), rows=rows))
    names = tuple(table.columns)
    heads = Column(table="travel", name="destinations", cells=names, rows=tuple(range(len(names))))
    destinations = labels(faults, heads)
    for name in destinations:
        bare = re.sub(r"[\W_]*(km|kilomet\w*|meters?|metres?|distance)$", "", name, flags=re.IGNORECASE)
        if bare != name and bare in destinations:
            rule, remedy = f"a table has one measure: this looks like a second one of {bare!r}", "Leave the column out."
            faults.append(Finding(table="travel", column=name, rule=rule, remedy=remedy))
    mark = decimal_mark(cell for name in names if table[name].dtype.kind not in "iuf" for cell in table[name])
    values = np.empty((len(rows), len(names)))
    for k, (name, said) in enumerate(zip(names, destinations, strict=True)):
        plain = _plain(table[name])
        if plain is not None:
            values[:, k] = plain
            continue
        cells = tuple(table[name])
        here = Column(table="travel", name=said, cells=cells, rows=rows, whose=origins)
        values[:, k] = numbers(faults, here, no_way=True, mark=mark)
    return origins, destinations, values


def tidy_travel(
    faults: list[Finding], table: pd.DataFrame, origin: str, unit: str
) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    """Origins, destinations and values of a table with a row for each pair."""
    missing = [c for c in (origin, "site_id", unit) if c not in table.columns]
    if missing:
        remedy = f"Columns: {origin}, site_id, and minutes (or km)."
        faults += [Finding(table="travel", column=c, rule="the column is needed", remedy=remedy) for c in missing]
        return (), (), np.empty((0, 0))
    starts, ends = (labels(faults, column("travel", table, c)) for c in (origin, "site_id"))
    pairs = [f"{i}, {j}" for i, j in zip(starts, ends, strict=True)]
    plain = _plain(table[unit])
    said = numbers(faults, column("travel", table, unit, pairs), no_way=True) if plain is None else plain.tolist()
    origins, destinations = tuple(dict.fromkeys(starts)), tuple(dict.fromkeys(ends))
    at, to = ({label: k for k, label in enumerate(names)} for names in (origins, destinations))
    values = np.full((len(origins), len(destinations)), np.nan)
    first: dict[str, int] = {}
    twice: list[tuple[int, Wrong]] = []
    for k, (pair, i, j, value) in enumerate(zip(pairs, starts, ends, said, strict=True)):
        if pair in first:
            rule = f"each pair stands once (it stands on row {first[pair]} too)"
            twice.append((k, Wrong(rule, "Remove one of the rows.")))
        first.setdefault(pair, k)
        values[at[i], to[j]] = value
    tell(faults, Column(table="travel", name="pair", cells=tuple(pairs), rows=tuple(range(len(pairs)))), twice)
    absent = [f"{i} to {j}" for i in origins for j in destinations if f"{i}, {j}" not in first]
    if absent:
        rule, remedy = "each pair has a row", "Add it; infinity says that there is no way."
        faults.append(Finding(table="travel", column=unit, value=some(absent), rule=rule, remedy=remedy))
    return origins, destinations, values


def places(
    key: str, ids: Sequence[str], names: Sequence[str], regions: Sequence[str], lonlat: Floats | None
) -> pd.DataFrame:
    """A table of places: id, name, region, lon, lat."""
    import pandas as pd

    table = pd.DataFrame({key: list(ids), "name": list(names), "region": list(regions)})
    if lonlat is not None:
        table["lon"], table["lat"] = lonlat[:, 0], lonlat[:, 1]
    return table


def on_map(table: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    """Table with lon and lat as points of a map projection."""
    import geopandas as gpd

    geometry = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table.copy(), geometry=geometry).to_crs(crs)
