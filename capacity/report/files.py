"""A plan as a folder of files: tables, a GeoPackage, and the whole as JSON."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.errors import DataError, Finding, some
from capacity.figures import Table
from capacity.plan import Plan
from capacity.report.geometry import crs_of
from capacity.report.payload import plan_payload, to_json
from capacity.report.plan_file import tables_payload

if TYPE_CHECKING:
    import geopandas as gpd

OURS = frozenset(
    {
        "units.csv", "regions.csv", "assignment.csv", "split.csv", "plan.gpkg", "plan.json", "report.html",
        "map.svg", "map.png", "plan.xlsx", "README.txt", "study.json", "study.csv",
    }
)  # fmt: skip
"""Names this library writes: a folder that holds nothing else may be replaced."""


def write_plan(plan: Plan, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write units.csv, regions.csv, assignment.csv, plan.gpkg and plan.json; split.csv where demand is split by counts.

    Parameters
    ----------
    plan : Plan
    folder : path
        A new folder, an empty one, or one written by this library before (it is replaced whole).

    Returns
    -------
    tuple of Path
        The files written. A plan without coordinates has no plan.gpkg.

    Raises
    ------
    DataError
        Where the folder holds files of others; nothing is written then.
    """

    def fill(where: Path) -> None:
        write_csv(where / "units.csv", plan.unit_table)
        write_csv(where / "regions.csv", plan.region_table)
        write_csv(where / "assignment.csv", plan.assignment_table)
        if plan.problem.split is not None:
            write_csv(where / "split.csv", plan.problem.split.columns)
        whole = plan_payload(plan) | {"tables": tables_payload(plan.problem)}
        (where / "plan.json").write_text(to_json(whole) + "\n", encoding="utf-8")
        net = plan.problem.network
        if net.point_lonlat is not None and net.site_lonlat is not None:
            write_geopackage(plan, where / "plan.gpkg")

    return write_whole(folder, fill)


def write_whole(folder: str | os.PathLike[str], fill: Callable[[Path], None]) -> tuple[Path, ...]:
    """Fill a folder beside the wanted one, and put it in its place when it is whole."""
    target = Path(folder)
    refuse_foreign(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    try:
        made.chmod(0o755)
        fill(made)
        old = None
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
            target.rename(old / target.name)
        try:
            made.rename(target)
        except OSError:
            if old is not None:
                (old / target.name).rename(target)
            raise
        finally:
            if old is not None:
                shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return tuple(sorted(target.iterdir()))


def refuse_foreign(target: Path) -> None:
    """Refuse a place that is a file, or a folder with files of others in it."""
    if not target.exists():
        return
    if not target.is_dir():
        rule, value = "the place to write to is a folder", target.name
    else:
        foreign = sorted(p.name for p in target.iterdir() if p.name not in OURS)
        if not foreign:
            return
        rule, value = "the folder to write to holds nothing but an earlier plan", some(foreign)
    raise DataError(
        [
            Finding(
                table=str(target), column="--out", value=value, rule=rule,
                remedy="Choose a new folder; nothing was written.",
            )
        ]
    )  # fmt: skip


def write_csv(path: Path, table: Table) -> None:
    """Write a table as UTF-8, comma separated; numbers in full precision."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows([safe(v) for v in row] for row in zip(*table.values(), strict=True))


def safe(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def save_geopackage(plan: Plan, path: str | os.PathLike[str]) -> Path:
    """Write a plan's layers to a GeoPackage by itself; it is whole or not there.

    Parameters
    ----------
    plan : Plan
    path : path
        Ends in ``.gpkg``; a GeoPackage there is replaced.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        Where the plan has no coordinates, or the name is none of a GeoPackage.
    """
    target, net = Path(path), plan.problem.network
    if target.suffix.lower() != ".gpkg":
        rule, remedy = "a GeoPackage's name ends in .gpkg", f"Write {target.name or 'plan'}.gpkg."
    elif net.point_lonlat is None or net.site_lonlat is None:
        rule, remedy = "a map needs the places of points and sites", "Give lon and lat of both."
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as beside:
            made = Path(beside) / target.name
            write_geopackage(plan, made)
            made.replace(target)
        return target
    raise DataError([Finding(table=target.name, value=str(target), rule=rule, remedy=remedy)])


def write_geopackage(plan: Plan, path: Path) -> None:
    """Write layers units, demand_points and flows in the projection of the map; they join by site_id and point_id."""
    for name, layer in layers(plan).items():
        layer.to_file(path, layer=name, driver="GPKG", engine="pyogrio")


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
    lines = [
        LineString([at[i], sites[j]]) for i, j in zip(flows["point_id"], flows["site_id"], strict=True)
    ]
    return {
        "units": gpd.GeoDataFrame(units, geometry=[sites[j] for j in units["site_id"]], crs=crs),
        "demand_points": points,
        "flows": gpd.GeoDataFrame(flows, geometry=lines, crs=crs),
    }


def write_study(folder: str | os.PathLike[str], said: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[Path, ...]:
    """Write a study as study.json (everything it says) and study.csv (its table)."""
    columns = dict.fromkeys(name for row in rows for name in row)

    def fill(where: Path) -> None:
        (where / "study.json").write_text(to_json(said) + "\n", encoding="utf-8")
        write_csv(where / "study.csv", {name: tuple(row.get(name, "") for row in rows) for name in columns})

    return write_whole(folder, fill)
