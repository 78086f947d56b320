"""A case's table of travel from its own roads: minutes and km, what they rest on, and what they change.

Nothing is routed when a plan is made: the table is computed once, read as any other, and ``travel.json`` beside it says
from what it was made.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock, Tell
from capacity.errors import DataError, Finding, InterruptedSolveError
from capacity.preparing.borders import read_borders
from capacity.preparing.comparing import compared, kinds_of_ways
from capacity.preparing.extracts import readable
from capacity.preparing.homes import Homes, mean_over, places_of
from capacity.preparing.road_travel import ATTRIBUTION as ATTRIBUTION
from capacity.preparing.road_travel import RoadTravel as RoadTravel
from capacity.preparing.road_travel import refuse_tables as refuse_tables
from capacity.preparing.road_travel import write_text
from capacity.preparing.roads import Roads, read_roads
from capacity.preparing.routing import OUTSIDE_KM, Routes, routes
from capacity.preparing.speeds_of_roads import Speeds, read_speeds
from capacity.preparing.timetable import Asked, Transit
from capacity.problem.calls import told
from capacity.problem.parts import homes_of
from capacity.reading.case import builtin_folder, read_case
from capacity.reading.places import Points, Sites
from capacity.reading.tables import case_folder


def gathered(*makes: Callable[[], Any]) -> list[Any]:
    """What each of them makes; the faults of all are raised together."""
    made, faults = [], list[Finding]()
    for make in makes:
        try:
            made.append(make())
        except DataError as error:
            faults += error.findings
    if faults:
        raise DataError(list(dict.fromkeys(faults)))
    return made


@told
def travel_from_roads(
    case: str | os.PathLike[str] | None,
    roads: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    speeds: Speeds | str | os.PathLike[str] | None = None,
    places: str | os.PathLike[str] | None = None,
    timetable: Asked | None = None,
    level: str | None = None,
    compare: bool = True,
    tell: Tell | None = None,
) -> RoadTravel:
    """Work out a case's travel from OpenStreetMap extracts.

    Parameters
    ----------
    case : path or None
        Folder of the case; None for the built-in one. Its demand points and sites need coordinates.
    roads : path, or several
        Extracts (``.osm.pbf``) that hold all places.
    speeds : Speeds or path, optional
        ``speeds.toml``; without it what is assumed, see `capacity.preparing.speeds_of_roads.KMH`.
    places : path, optional
        A table of several places of a demand point: ``code``, ``lon``, ``lat``, ``weight``. Minutes are then the
        weighted mean over them, and their spread is told; each place's own are written too, for ``travel.places``.
    timetable : Asked, optional
        A GTFS feed, the day and the window: minutes by public transport as well.
    level : str, optional
        The ``admin_level`` whose borders are the demand points' areas: "7" in Denmark.
    compare : bool
        Whether it is compared with the case's present table.
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, it ends with `InterruptedSolveError`.

    Raises
    ------
    DataError
        With every fault: no roads in the extract, places without coordinates or outside the extract.
    InterruptedSolveError
        Where it was stopped.
    """
    clock = Clock(None, tell)
    folder = case_folder(builtin_folder() if case is None else case)
    files = [roads] if isinstance(roads, (str, os.PathLike)) else list(roads)
    asked, (points, sites, homes), *_ = gathered(
        lambda: read_speeds(speeds) if isinstance(speeds, (str, os.PathLike)) else speeds or Speeds(),
        lambda: places_of(folder, places),
        *(partial(readable, path) for path in files),
    )

    def told(message: str, done: int = 0, count: int = 1) -> bool:
        clock.tell(message, done=done, count=count)
        return clock.over

    names = dict(zip(points.ids, points.names, strict=True))
    try:
        read, borders, feed = gathered(
            lambda: read_roads(files, asked, told),
            lambda: None if level is None else read_borders(files, names, level=level, tell=told),
            lambda: None if timetable is None else timetable.read(),
        )
        found = routes(read.lines, homes.lonlat, sites.lonlat[sites.located], told)
        _refuse_outside(homes, points, sites, found)
        away = sites.lonlat[sites.located]
        scanned = None if timetable is None else timetable.scan(homes.lonlat, away, told, table=feed)
    except KeyboardInterrupt:
        raise InterruptedSolveError("Stopped: nothing was written.") from None
    made = _made(points, sites, homes, found, read, asked)
    if borders is not None:
        notices = (*made.notices, *borders.notices())
        said = {**made.record, "areas": {"admin_level": level, **borders.said()}}
        made = replace(made, borders=borders, notices=notices, record=said)
    if timetable is not None and scanned is not None:
        both = [mean_over(values, homes, len(points.ids)) for values in (scanned.median, scanned.most)]
        said = {**made.record, "timetable": timetable.known()}
        made = replace(made, transit=Transit(median=both[0], most=both[1]), record=said)
    return made if not compare else _compared(made, folder)


# --- the tables ----------------------------------------------------------------------------------


def _refuse_outside(homes: Homes, points: Points, sites: Sites, searched: Routes) -> None:
    site_ids = [i for i, there in zip(sites.ids, sites.located, strict=True) if there]
    faults = [
        Finding(
            table=table,
            column="lon, lat",
            value=label,
            rule=f"a place lies in the extract (the nearest road is {far:.0f} km away)",
            remedy="Correct the coordinates, or add an extract that holds the place.",
        )
        for table, labels, distances in (
            (homes.file, homes.label, searched.places.km),
            (sites.table.name, site_ids, searched.sites.km),
        )
        for label, far in zip(labels, distances, strict=True)
        if far > OUTSIDE_KM
    ]
    if faults:
        raise DataError(faults)


def _made(points: Points, sites: Sites, homes: Homes, searched: Routes, read: Roads, speeds: Speeds) -> RoadTravel:
    count = len(points.ids)
    site_ids = tuple(i for i, there in zip(sites.ids, sites.located, strict=True) if there)
    minutes, km = (mean_over(values, homes, count) for values in (searched.minutes, searched.km))
    with np.errstate(invalid="ignore"):
        square = mean_over(np.where(np.isfinite(searched.minutes), searched.minutes, 0.0) ** 2, homes, count)
        spread = np.sqrt(np.maximum(square - minutes**2, 0.0))
    spread = np.where(np.isfinite(minutes), spread, np.nan)
    ferry, fast = (mean_over(share.astype(float), homes, count) for share in (searched.ferry, searched.fast))
    return RoadTravel(
        point_ids=points.ids,
        site_ids=site_ids,
        minutes=minutes,
        km=km,
        spread=spread,
        ferry=ferry,
        notices=tuple(_notices(homes, site_ids, searched, read, minutes, points.ids)),
        record=_record(points.ids, site_ids, homes, searched, read, speeds, ferry)
        | ({"spread_minutes": _spread_said(points.ids, spread)} if homes.own else {}),
        homes=homes if homes.own else None,
        home_minutes=searched.minutes if homes.own else None,
        fast=fast,
    )


def _spread_said(ids: Sequence[str], spread: Floats) -> dict[str, float | None]:
    """The mean over sites of the spread of each demand point's places; null where a place has no way."""
    return {
        i: round(float(row[np.isfinite(row)].mean()), 2) if np.isfinite(row).any() else None
        for i, row in zip(ids, spread, strict=True)
    }


FAR_KM = 1.0
"""From here on a place's distance to the road is told by name."""


def _notices(
    homes: Homes, site_ids: Sequence[str], searched: Routes, read: Roads, minutes: Floats, point_ids: Sequence[str]
) -> list[str]:
    told = [f"Minutes are modelled: free flow on the roads of {', '.join(one['file'] for one in read.files)}."]
    far = [
        f"{label} ({km:.1f} km)"
        for labels, each in ((homes.label, searched.places.km), (site_ids, searched.sites.km))
        for label, km in zip(labels, each, strict=True)
        if km > FAR_KM
    ]
    if far:
        told.append(f"Begin at the nearest road, {FAR_KM:g} km or more away: {', '.join(far)}.")
    ways = [
        f"{i} ({int(no.sum())}, {searched.places.km[list(homes.point).index(k)]:.1f} km)"
        for k, (i, no) in enumerate(zip(point_ids, np.isinf(minutes), strict=True))
        if no.any()
    ]
    if ways:
        named = ", ".join(ways)
        told.append(
            f"No way for a car, on an island or a road that leads nowhere (sites without a way, km to a road): {named}."
        )
    counts = read.counts
    if counts["no_duration"]:
        told.append(
            f"Ferries without a duration, worked out by their length: {counts['no_duration']} of {counts['ferries']}."
        )
    if counts["cars_unsaid"]:
        told.append(
            f"Ferries that do not say whether they take cars, taken so: {counts['cars_unsaid']} of {counts['ferries']}."
        )
    return told


def _record(
    point_ids: Sequence[str],
    site_ids: Sequence[str],
    homes: Homes,
    searched: Routes,
    read: Roads,
    speeds: Speeds,
    ferry: Floats,
) -> dict[str, Any]:
    import importlib.metadata

    import scipy

    import capacity

    snapping = dict(zip(homes.label, np.round(searched.places.km * 1_000).astype(int).tolist(), strict=True))
    return {
        "made_by": f"capacity {capacity.__version__}",
        "attribution": ATTRIBUTION,
        "inputs": list(read.files),
        "versions": {
            "osmium": importlib.metadata.version("osmium"),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
        "speeds": speeds.to_json(),
        "roads": {**read.counts, "crossings": searched.crossings, "links": searched.links},
        "metres_to_road": {
            "points": snapping,
            "sites": dict(zip(site_ids, np.round(searched.sites.km * 1_000).astype(int).tolist(), strict=True)),
        },
        "by_ferry": dict(zip(point_ids, np.round(ferry.mean(axis=1), 4).tolist(), strict=True)),
    }


def _compared(made: RoadTravel, folder: Path) -> RoadTravel:
    """With what the case's present table says, and what this one changes."""
    try:
        before = read_case(folder)
    except DataError:
        # A case that has no table yet has nothing to compare with.
        return made
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "minutes.csv"
        write_text(table, made.text(made.minutes, "plain"))
        try:
            after = read_case(folder, {"travel.source": str(table)})
        except DataError as error:
            return replace(made, notices=(*made.notices, f"The case cannot be read with this table: {error}"))
    both = [j for j in before.network.site_ids if j in made.site_ids]
    homes, _, at = homes_of(before.network)
    rows = np.ix_([made.point_ids.index(i) for i in homes], [made.site_ids.index(j) for j in both])
    old = before.minutes[at][:, [before.network.site_ids.index(j) for j in both]]
    assert made.fast is not None
    kinds = kinds_of_ways(made.ferry[rows] >= 0.5, made.fast[rows])
    return replace(made, comparison=compared(before, after, old, made.minutes[rows], both, kinds))
