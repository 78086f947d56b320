"""A plan as a folder of files: tables, a GeoPackage, and the whole as JSON."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.errors import DataError, Finding
from capacity.plan.aftercare import aftercare_table, family_table
from capacity.plan.file import tables_payload
from capacity.plan.plan import Plan
from capacity.report.csv_files import PLAIN, check_form, write_csv
from capacity.report.geometry import crs_of
from capacity.report.payload import plan_payload, to_json
from capacity.writing import refuse_folder, whole_file, whole_folder

if TYPE_CHECKING:
    import geopandas as gpd

OURS = frozenset(
    {
        "units.csv",
        "regions.csv",
        "assignment.csv",
        "split.csv",
        "aftercare.csv",
        "families.csv",
        "plan.gpkg",
        "plan.json",
        "report.html",
        "map.svg",
        "map.png",
        "plan.xlsx",
        "README.txt",
        "study.json",
        "study.csv",
    }
)
"""Names this library gives its files; `force` replaces no others."""


UNSTORED = frozenset({"\0", *map(chr, range(0xD800, 0xE000))})
"""Signs that texts of a database do not hold."""

MADE_BY = "Made by capacity; content"
"""In the description of a GeoPackage's units, before the hash of what it holds."""


def write_plan(
    plan: Plan, folder: str | os.PathLike[str], *, force: bool = False, csv: str = PLAIN
) -> tuple[Path, ...]:
    """Write units.csv, regions.csv, assignment.csv, plan.gpkg and plan.json, and what else there is.

    That is split.csv where demand is split by counts, aftercare.csv and families.csv where there is aftercare.

    Parameters
    ----------
    plan : Plan
    folder : path
        A new folder, an empty one, or one as this library wrote it (it is replaced whole): a hidden marker in
        it holds the hash of every file. A link is followed.
    force : bool
        Replace files of these names even where they were changed since, or an earlier version wrote them.
    csv : {"plain", "en", "da"}
        How the tables are written: for machines, or as a spreadsheet of a language opens them by double click.

    Returns
    -------
    tuple of Path
        The files written. A plan without coordinates has no plan.gpkg.

    Raises
    ------
    DataError
        Where the folder holds anything changed or added since, or another run is writing there; nothing is
        written then.
    """
    check_form(csv)

    def fill(where: Path) -> None:
        write_csv(where / "units.csv", plan.unit_table, csv)
        write_csv(where / "regions.csv", plan.region_table, csv)
        write_csv(where / "assignment.csv", plan.assignment_table, csv)
        if plan.problem.split is not None:
            write_csv(where / "split.csv", plan.problem.split.columns, csv)
        if plan.problem.aftercare.on:
            write_csv(where / "aftercare.csv", aftercare_table(plan), csv)
            write_csv(where / "families.csv", family_table(plan), csv)
        whole = plan_payload(plan) | {"tables": tables_payload(plan.problem)}
        (where / "plan.json").write_text(to_json(whole) + "\n", encoding="utf-8")
        net = plan.problem.network
        if net.point_lonlat is not None and net.site_lonlat is not None:
            write_geopackage(plan, where / "plan.gpkg")

    return write_whole(folder, fill, force)


def write_whole(folder: str | os.PathLike[str], fill: Callable[[Path], None], force: bool = False) -> tuple[Path, ...]:
    """Fill a folder beside the wanted one, and put it in its place when it is whole."""
    return whole_folder(folder, fill, names=OURS, force=force)


def refuse_foreign(target: str | os.PathLike[str], force: bool = False) -> None:
    """Refuse a place that is a file, or a folder with something in it that is not as this library wrote it."""
    refuse_folder(target, names=OURS, force=force)


def save_geopackage(plan: Plan, path: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Write a plan's layers to a GeoPackage by itself; it is whole or not there.

    Parameters
    ----------
    plan : Plan
    path : path
        Ends in ``.gpkg``; a GeoPackage there is replaced where it is as this library wrote it.
    force : bool
        Replace whatever file is there.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        Where the plan has no coordinates, the name is none of a GeoPackage, or a file of others is there.
    """
    target, net = Path(path), plan.problem.network
    if target.suffix.lower() != ".gpkg":
        rule, remedy = "a GeoPackage's name ends in .gpkg", f"Write {target.name or 'plan'}.gpkg."
    elif net.point_lonlat is None or net.site_lonlat is None:
        rule, remedy = "a map needs the places of points and sites", "Give lon and lat of both."
    else:
        return whole_file(
            target, lambda made: write_geopackage(plan, made), ours=our_geopackage, force=force, parents=True
        )
    raise DataError([Finding(table=target.name, value=str(target), rule=rule, remedy=remedy)])


def write_geopackage(plan: Plan, path: Path) -> None:
    """Write layers units, demand_points and flows in the projection of the map; they join by site_id and point_id."""
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    wanted = {name: storable(layer) for name, layer in layers(plan).items()}
    try:
        for name, layer in wanted.items():
            layer.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        with contextlib.closing(sqlite3.connect(path)) as there, there:
            # A disk that fills up is not told by every version of GDAL: what was written is counted.
            written = {name: there.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in wanted}
            if written != {name: len(layer) for name, layer in wanted.items()}:
                raise OSError(errno.EIO, "The GeoPackage could not be written whole", str(path))
            said = "UPDATE gpkg_contents SET description = ? WHERE table_name = 'units'"
            there.execute(said, (f"{MADE_BY} {_content(there)}",))
    except (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, sqlite3.Error) as error:
        raise OSError(errno.EIO, f"The GeoPackage could not be written ({error})", str(path)) from error


def storable(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A layer whose texts a database can hold: an end of text and halves of signs stand as marks, all else as it is."""
    columns = [c for c in layer.columns if layer[c].map(lambda v: isinstance(v, str)).any() and c != "geometry"]
    return layer.assign(**{c: layer[c].map(lambda v: _stored(v) if isinstance(v, str) else v) for c in columns})


def _stored(text: str) -> str:
    return text if text.isprintable() else "".join(ascii(c)[1:-1] if c in UNSTORED else c for c in text)


def our_geopackage(path: Path) -> bool:
    """Whether a GeoPackage is as this library wrote it: its tables are those its own mark tells of."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as there:
            (said,) = there.execute("SELECT description FROM gpkg_contents WHERE table_name = 'units'").fetchone()
            return bool(said == f"{MADE_BY} {_content(there)}")
    except (sqlite3.Error, TypeError):
        return False


def _content(there: sqlite3.Connection) -> str:
    """Hash of what a GeoPackage's own tables hold, and of their names; what GDAL keeps beside them is left out."""
    told = hashlib.sha256()
    names = [name for (name,) in there.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for name in (n for n in names if not n.startswith(("gpkg_", "rtree_", "sqlite_"))):
        told.update(repr(name).encode())
        for row in there.execute('SELECT * FROM "{}" ORDER BY 1'.format(name.replace('"', '""'))):
            told.update(repr(row).encode())
    return told.hexdigest()


def layers(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    """The plan as map layers."""
    import geopandas as gpd
    from shapely.geometry import LineString

    net = plan.problem.network
    assert net.point_lonlat is not None
    crs = crs_of(net.point_lonlat)
    sites = net.sites_on_map(crs).set_index("site_id").geometry
    points = net.points_on_map(crs)
    units = plan.units
    flows = plan.assignment
    at = points.set_index("point_id").geometry
    women = dict(zip(net.point_ids, plan.problem.expected_women.tolist(), strict=True))
    points["women"] = [women[i] for i in points["point_id"]]
    lines = [LineString([at[i], sites[j]]) for i, j in zip(flows["point_id"], flows["site_id"], strict=True)]
    return {
        "units": gpd.GeoDataFrame(units, geometry=[sites[j] for j in units["site_id"]], crs=crs),
        "demand_points": points,
        "flows": gpd.GeoDataFrame(flows, geometry=lines, crs=crs),
    }


def write_study(
    folder: str | os.PathLike[str],
    said: dict[str, Any],
    rows: list[dict[str, Any]],
    *,
    force: bool = False,
    csv: str = PLAIN,
) -> tuple[Path, ...]:
    """Write a study as study.json (everything it says) and study.csv (its table, in a form of `write_csv`)."""
    check_form(csv)
    columns = dict.fromkeys(name for row in rows for name in row)

    def fill(where: Path) -> None:
        (where / "study.json").write_text(to_json(said) + "\n", encoding="utf-8")
        table = {name: tuple(row.get(name, "") for row in rows) for name in columns}
        write_csv(where / "study.csv", table, csv)

    return write_whole(folder, fill, force)
