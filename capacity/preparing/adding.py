"""A candidate site more in a case: its row, and its minutes from roads or from the case's own road links."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats, clean, unseen
from capacity.errors import DataError, Finding, some
from capacity.preparing.own_tables import own_table, refuse_changed
from capacity.problem.calls import told
from capacity.reading.case import read_case
from capacity.reading.document import Document, read_document
from capacity.reading.places import Points, read_points
from capacity.reading.tables import NO_WAY, Reading, Table, case_folder, numbers, read_table
from capacity.reading.texts import is_workbook
from capacity.writing import bring_back_all, whole_files

if TYPE_CHECKING:
    from capacity.preparing.timetable import Asked

CONNECTORS, DETOUR, KMH = 3, 1.2, 40.0
"""Assumption: a new site joins its three nearest nodes of the case's links, 1.2 times as far as the crow flies, at 40
km/h (as the built-in case joins its own)."""

FORMULA = re.compile("(^|[,;|\\t\\r\\n])[\\W_]*?[=+@\u2212-]")
"""What a spreadsheet takes for the start of a formula, whatever separates its cells."""


@dataclass(frozen=True, kw_only=True)
class Added:
    """What was added.

    Attributes
    ----------
    site_id, point_id, region : str
        The site, the demand point it lies in, and its region.
    minutes : mapping of point id to float
        From every demand point; infinite where there is no way.
    files : tuple of Path
        What was written.
    notices : tuple of str
    """

    site_id: str
    point_id: str
    region: str
    minutes: Mapping[str, float]
    files: tuple[Path, ...]
    notices: tuple[str, ...]


@told
def add_site(
    case: str | os.PathLike[str],
    name: str,
    *,
    lat: float,
    lon: float,
    site_id: str | None = None,
    kind: str = "candidate",
    point: str | None = None,
    roads: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    timetable: Asked | None = None,
) -> Added:
    """Add a candidate site to a case of one's own.

    Parameters
    ----------
    case : path
        Folder of the case.
    name : str
    lat, lon : float
        WGS84 degrees.
    site_id : str, optional
        Made from the name without it.
    kind : str
    point : str, optional
        The demand point (municipality) it lies in; the nearest one without it, which is told.
    roads : path or several, optional
        Extracts its minutes are worked out from; without them the case's own links.
    timetable : Asked, optional
        A GTFS feed, the day and the window, for the minutes of families without a car; needed where the case has
        them (``travel.transit``).

    Raises
    ------
    DataError
        With every fault; nothing is written then.
    """
    folder = case_folder(case)
    bring_back_all(folder)
    reading = Reading(folder=folder)
    document = read_document(reading)
    points = read_points(reading, document, None) if document is not None else None
    if document is None or points is None or reading.findings:
        raise DataError(reading.findings)
    sites = read_table(reading, document.text("files.sites", "sites.csv"), ("site_id",))
    travel = read_table(reading, document.text("travel.source", "drive_minutes.csv"))
    if sites is None or travel is None:
        raise DataError(reading.findings)
    # As tables are read: blanks as single spaces, none around, no line breaks.
    made, name, kind = clean(site_id or _id_of(clean(name))), clean(name), clean(kind)
    _refuse(reading, sites, travel, points.ids, made=made, name=name, kind=kind, lat=lat, lon=lon, point=point)
    transit = _by_timetable(document, points, timetable, lon, lat)
    notices: list[str] = []
    if point is None:
        point = _nearest(points, lon, lat)
        where = f"{point} {points.names[points.ids.index(point)]}"
        notices.append(f"Placed in {where}, the nearest demand point: --point names another.")
    region = points.regions[points.ids.index(point)]
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "case"
        shutil.copytree(folder, work)
        before = {folder / path.name: path.read_bytes() for path in work.glob("*.csv") if path.is_file()}
        changed = [sites.name]
        row: dict[str, str | float] = {"site_id": made, "name": name, "kind": kind}
        row |= {"lon": round(lon, 6), "lat": round(lat, 6), "municipality_code": point, "point_id": point}
        _append(work, sites.name, [row | {document.text("network.regions", "region_code"): region}])
        if transit is not None:
            changed.append(str(document.get("travel.transit")))
            _with_minutes(work, changed[-1], made, transit)
        by_links = partial(_by_links, work, document, travel, made, lon, lat, changed)
        minutes, told = _by_roads(work, roads, made) if roads else by_links()
        if not {"from", "to"} <= set(travel.columns):
            _with_minutes(work, travel.name, made, minutes)
            changed.append(travel.name)
        # What cannot be read is not written.
        problem = read_case(work)
        if made not in problem.network.site_ids:
            raise DataError([_fault(sites.name, made, "the site has a way from somewhere", "Check its coordinates.")])
        contents = {folder / file: (work / file).read_bytes() for file in changed}
    written = whole_files(
        {path: partial(_write, content=content) for path, content in contents.items()},
        refuse=lambda: refuse_changed({path: before[path] for path in contents if path in before}),
    )
    return Added(site_id=made, point_id=point, region=region, minutes=minutes, files=written, notices=(*notices, *told))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _fault(table: str, column: str, rule: str, remedy: str, value: object = None) -> Finding:
    return Finding(table=table, column=column, value=None if value is None else str(value), rule=rule, remedy=remedy)


def _id_of(name: str) -> str:
    """Capitals and digits of a name, words joined by _: Sønderborg Sygehus is SOENDERBORG_SYGEHUS."""
    for letter, plain in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("ß", "ss")):
        name = name.replace(letter, plain).replace(letter.upper(), plain.upper())
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", plain).strip("_").upper()


def _refuse(
    reading: Reading,
    sites: Table,
    travel: Table,
    ids: Sequence[str],
    *,
    made: str,
    name: str,
    kind: str,
    lat: float,
    lon: float,
    point: str | None,
) -> None:
    faults = list(reading.findings)
    for table in (sites, travel):
        if is_workbook(table.name):
            remedy = "Save its sheet as CSV UTF-8 and name that in case.toml, or add the site in the workbook."
            faults.append(Finding(table=table.name, rule="a site is added to tables of text", remedy=remedy))
    if not name.strip() or not made:
        faults.append(_fault(sites.name, "name", "a site has a name", "Give it one, with letters.", name))
    for column, said in (("site_id", made), ("name", name), ("kind", kind)):
        if hidden := unseen(said):
            rule = f"every sign can be seen ({some(hidden)} cannot)"
            faults.append(_fault(sites.name, column, rule, "Delete what cannot be seen.", ascii(said)[1:-1]))
        elif FORMULA.search(unicodedata.normalize("NFKC", said)):
            rule = "what is written to a table starts no formula of a spreadsheet"
            faults.append(_fault(sites.name, column, rule, "Begin it with a letter.", said))
    if made in (*sites["site_id"], *travel.columns, *ids):
        faults.append(_fault(sites.name, "site_id", "each id stands once", "Choose another: --id.", made))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        faults.append(_fault(sites.name, "lon, lat", "coordinates are degrees", "Correct them.", f"{lon:g}, {lat:g}"))
    if point is not None and point not in ids:
        faults.append(_fault(sites.name, "municipality_code", "the demand point is the case's", "Correct it.", point))
    if faults:
        raise DataError(faults)


def _nearest(points: Points, lon: float, lat: float) -> str:
    if points.lonlat is None:
        remedy = "Name it: --point."
        raise DataError([_fault(points.table.name, "lon, lat", "the demand point a site lies in is known", remedy)])
    return points.ids[int(np.argmin(_km(points.lonlat, lon, lat)))]


def _km(lonlat: Floats, lon: float, lat: float) -> Floats:
    from capacity.preparing.graph import km_between

    count = len(lonlat)
    return km_between(lonlat[:, 0], lonlat[:, 1], np.full(count, lon), np.full(count, lat))


def _by_timetable(
    document: Document, points: Points, timetable: Asked | None, lon: float, lat: float
) -> dict[str, float] | None:
    """Minutes of families without a car, where the case has such; None where it has none."""
    source, places = document.get("travel.transit"), document.get("travel.places")
    if places:
        rule = "minutes of each place of a municipality to the new site are known"
        remedy = "Take travel.places away, add the site, and make the table anew: capacity travel --places."
        raise DataError([_fault("case.toml", "travel.places", rule, remedy, places)])
    if not source:
        return None
    if timetable is None or points.lonlat is None:
        rule = "minutes of families without a car to the new site are known"
        remedy = "Give a timetable: --gtfs FEED.zip --date 2026-12-01; or take travel.transit away, and make it anew."
        raise DataError([_fault("case.toml", "travel.transit", rule, remedy, source)])
    found = timetable.scan(points.lonlat, np.array([[lon, lat]]))
    return dict(zip(points.ids, found.median[:, 0].tolist(), strict=True))


def _by_roads(
    work: Path, roads: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], made: str
) -> tuple[dict[str, float], list[str]]:
    from capacity.preparing.travel import travel_from_roads

    found = travel_from_roads(work, roads, compare=False)
    at = found.site_ids.index(made)
    told = ["Its minutes are of these roads, those of the other sites of the case's own table."]
    return dict(zip(found.point_ids, found.minutes[:, at].tolist(), strict=True)), [*found.notices, *told]


def _by_links(
    work: Path, document: Document, travel: Table, made: str, lon: float, lat: float, changed: list[str]
) -> tuple[dict[str, float], list[str]]:
    """Join the site to the nearest nodes of the case's links, and find its quickest ways over them."""
    reading = Reading(folder=work)
    source = travel.name if {"from", "to"} <= set(travel.columns) else document.text("files.links", "links.csv")
    nodes_name = document.text("files.nodes", "nodes.csv")
    nodes = read_table(reading, nodes_name, ("node", "lon", "lat"))
    if nodes is None or not reading.has(source):
        remedy = "Give an extract of OpenStreetMap: --roads FILE.osm.pbf."
        raise DataError([_fault(source, made, "minutes are worked out from roads, or from links with nodes", remedy)])
    where = np.stack([np.array(numbers(reading, nodes, c, least=-180, most=180)) for c in ("lon", "lat")], axis=1)
    if reading.findings:
        raise DataError(reading.findings)
    far = _km(where, lon, lat)
    rows: list[dict[str, str | float]] = [
        {
            "from": made,
            "to": nodes["node"][k],
            "class": "site_connector",
            "km": round(DETOUR * float(far[k]), 1),
            "minutes": round(DETOUR * float(far[k]) / KMH * 60, 1),
            "note": "added by capacity add-site",
        }
        for k in np.argsort(far, kind="stable")[:CONNECTORS]
    ]
    _append(work, source, rows)
    changed.append(source)
    joined = ", ".join(f"{row['to']} ({row['km']} km)" for row in rows)
    told = [f"Joined {DETOUR:g} times as far as the crow flies, at {KMH:g} km/h (assumption), to {joined}."]
    if far.min() > 25:
        told.append(f"The nearest of these nodes is {far.min():.0f} km away: is that the right place?")
    # By car alone: who has none has minutes of another table.
    problem = read_case(work, {"travel.source": source, "travel.transit": False, "travel.without_car": False})
    at = problem.network.site_ids.index(made)
    return dict(zip(problem.network.point_ids, problem.travel.values[:, at].tolist(), strict=True)), told


def _append(folder: Path, name: str, rows: Sequence[Mapping[str, str | float]]) -> None:
    """Add rows to a table, numbers as it writes them."""
    own = own_table(folder, name)
    said = [{key: x if isinstance(x, str) else own.number(x) for key, x in row.items()} for row in rows]
    own.path.write_text(own.with_rows(said), encoding="utf-8", newline="")


def _with_minutes(folder: Path, name: str, made: str, minutes: Mapping[str, float]) -> None:
    """Add a column of minutes to a table of them."""
    own = own_table(folder, name)
    ways = [minutes[i] for i in own.table[next(iter(own.table.columns))]]
    cells = [NO_WAY if np.isinf(x) else own.number(round(x, 1)) for x in ways]
    own.path.write_text(own.with_column(made, cells), encoding="utf-8", newline="")
