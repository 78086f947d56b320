"""A case's table of travel from its own roads: minutes and km, what they rest on, and what they change.

Nothing is routed when a plan is made: the table is computed once, read as any other, and ``travel.json`` beside it says
from what it was made.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock, Tell
from capacity.errors import DataError, Finding, InterruptedSolveError
from capacity.preparing.borders import Borders, read_borders
from capacity.preparing.comparing import compared, kinds_of_ways
from capacity.preparing.extracts import readable
from capacity.preparing.homes import Homes, mean_over, places_of
from capacity.preparing.own_tables import in_form
from capacity.preparing.roads import Roads, read_roads
from capacity.preparing.routing import OUTSIDE_KM, Routes, routes
from capacity.preparing.speeds_of_roads import Speeds, read_speeds
from capacity.preparing.timetable import Asked, Transit
from capacity.problem.calls import told
from capacity.problem.parts import homes_of
from capacity.reading.case import builtin_folder, read_case
from capacity.reading.places import Points, Sites
from capacity.reading.tables import NO_WAY, case_folder
from capacity.writing import bring_back_all, digest, place_of, refuse_file, whole_files

if TYPE_CHECKING:
    import pandas as pd

ATTRIBUTION = "(c) OpenStreetMap contributors (ODbL)"
RECORD = "travel.json"


@dataclass(frozen=True, kw_only=True, eq=False)
class RoadTravel:
    """Travel worked out from roads.

    Attributes
    ----------
    point_ids, site_ids : tuple of str
    minutes, km : ndarray (n, m)
        One way, from home to site; infinite where there is no way. Of a demand point with several places the mean.
    spread : ndarray (n, m)
        Standard deviation of the minutes over a demand point's places; zeros where it is one place.
    ferry : ndarray (n, m)
        Share of a demand point's places whose way takes a ferry.
    transit : Transit or None
        Minutes by public transport, where a timetable was given.
    notices : tuple of str
    record : mapping
        What ``travel.json`` holds: every input's hash, versions, speeds, distances to the roads, shares by ferry.
    comparison : mapping or None
        Against the case's present table: mean and largest difference, the measured error by kind of way, places whose
        nearest site changes, and the plans by either; None where the case has no table to compare with.
    homes : Homes or None
        Several places of the demand points, where they were given, and `home_minutes` (P, m) of each.
    borders : Borders or None
        Areas of the demand points, where they were asked for.
    fast : ndarray (n, m) or None
        Share of the km on motorways and trunk roads.
    """

    point_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    minutes: Floats
    km: Floats
    spread: Floats
    ferry: Floats
    notices: tuple[str, ...]
    record: Mapping[str, Any]
    comparison: Mapping[str, Any] | None = None
    transit: Transit | None = None
    homes: Homes | None = None
    home_minutes: Floats | None = None
    borders: Borders | None = None
    fast: Floats | None = None

    @property
    def table(self) -> pd.DataFrame:
        """One row a pair: point_id, site_id, minutes, km, spread, by_ferry."""
        import pandas as pd

        n, m = self.minutes.shape
        return pd.DataFrame(
            {
                "point_id": np.repeat(self.point_ids, m),
                "site_id": np.tile(self.site_ids, n),
                "minutes": self.minutes.ravel(),
                "km": self.km.ravel(),
                "spread": self.spread.ravel(),
                "by_ferry": self.ferry.ravel(),
            }
        )

    @told
    def write(
        self,
        out: str | os.PathLike[str],
        km: str | os.PathLike[str] | None = None,
        areas: str | os.PathLike[str] | None = None,
        *,
        force: bool = False,
        csv: str = "plain",
    ) -> tuple[Path, ...]:
        """Write the table of minutes (that of km and the areas too), and ``travel.json`` beside it.

        Tables have the form of ``drive_minutes.csv``. Others are named after it: ``..._transit.csv`` (half of the
        departures take no longer) and ``..._transit_80.csv`` (80 % of them); of several places of a demand point
        ``..._places.csv``, a row each with its weight, and ``..._spread.csv``, the standard deviation over them.
        With ``csv="da"`` or ``"en"`` a spreadsheet of that language opens them by double click; cases read them alike.

        Raises
        ------
        DataError
            Where a file there is not as this library wrote it, unless `force`; nothing is written then.
        """
        places = self.homes is not None
        refuse_tables(out, km, areas, transit=self.transit is not None, places=places, force=force)
        values: list[Floats | None] = [self.minutes]
        values += [] if km is None else [self.km]
        if self.transit is not None:
            values += [self.transit.median, self.transit.most]
        if places:
            values += [None, self.spread]
        paths = _tables(out, km, transit=self.transit is not None, places=places)
        texts = {path: self._text(table, csv) for path, table in zip(paths, values, strict=True)}
        if areas is not None and self.borders is not None:
            texts[Path(areas)] = self.borders.text(ATTRIBUTION)
        hashes = {path.name: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}
        said = {**self.record, "tables": hashes, "comparison": self.comparison}
        texts[Path(out).with_name(RECORD)] = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
        return whole_files(
            {path: partial(_write, text=text) for path, text in texts.items()},
            refuse=lambda: refuse_tables(out, km, areas, transit=self.transit is not None, places=places, force=force),
            parents=True,
        )

    def _text(self, values: Floats | None, form: str) -> str:
        """A table by demand point as it is written; None: by place."""
        if values is not None:
            table = [["code", *self.site_ids]]
            table += [[point, *map(_cell, row)] for point, row in zip(self.point_ids, values, strict=True)]
        else:
            assert self.homes is not None and self.home_minutes is not None
            table = [["code", "place", "weight", *self.site_ids]]
            homes = zip(self.homes.point, self.homes.name, self.homes.weight, self.home_minutes, strict=True)
            for of, name, weight, row in homes:
                table.append([self.point_ids[of], name, f"{weight:.15g}", *map(_cell, row)])
        return in_form(table, form)


def _cell(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if np.isfinite(value) else NO_WAY


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def refuse_tables(
    out: str | os.PathLike[str],
    km: str | os.PathLike[str] | None,
    areas: str | os.PathLike[str] | None = None,
    *,
    transit: bool,
    places: bool = False,
    force: bool = False,
) -> None:
    """Refuse places where a file is not as this library wrote it, before anything is worked out.

    Its own are those whose hash ``travel.json`` beside them holds, and those of the built-in case as
    `capacity new` copies them.
    """
    record = Path(out).with_name(RECORD)
    tables = _tables(out, km, transit=transit, places=places) + ([Path(areas)] if areas is not None else [])
    bring_back_all(place_of(record).parent)
    if len({place_of(path) for path in (*tables, record)}) <= len(tables):
        rule = "each table is written to a file of its own, and none to travel.json"
        said = ", ".join(map(str, tables))
        raise DataError([Finding(table="travel", column="--out", value=said, rule=rule, remedy="Name others.")])
    for path in tables:
        refuse_file(path, ours=_our_table, force=force)
    refuse_file(record, ours=lambda there: _recorded(there) is not None, force=force)


def _tables(
    out: str | os.PathLike[str], km: str | os.PathLike[str] | None, *, transit: bool, places: bool
) -> list[Path]:
    stem = Path(out).with_suffix("")
    others = (["transit", "transit_80"] if transit else []) + (["places", "spread"] if places else [])
    named = [stem.with_name(f"{stem.name}_{which}.csv") for which in others]
    return [Path(out), *([Path(km)] if km is not None else []), *named]


def _recorded(record: Path) -> Mapping[str, Any] | None:
    """Hashes of the tables a ``travel.json`` speaks of; None where it is another's file."""
    try:
        said = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    tables = said.get("tables") if isinstance(said, dict) and said.get("attribution") == ATTRIBUTION else None
    return tables if isinstance(tables, dict) else None


def _our_table(path: Path) -> bool:
    builtin = Path(builtin_folder()) / path.name
    return digest(path) in (
        (_recorded(path.with_name(RECORD)) or {}).get(path.name),
        digest(builtin) if builtin.is_file() else None,
    )


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
        f"{i} ({int(no.sum())} sites; {searched.places.km[list(homes.point).index(k)]:.1f} km from a road)"
        for k, (i, no) in enumerate(zip(point_ids, np.isinf(minutes), strict=True))
        if no.any()
    ]
    if ways:
        told.append(f"No way for a car, on an island or a road that leads nowhere: {', '.join(ways)}.")
    counts = read.counts
    if counts["no_duration"]:
        told.append(
            f"{counts['no_duration']} of {counts['ferries']} ferries say no duration: worked out by their length."
        )
    if counts["cars_unsaid"]:
        told.append(
            f"{counts['cars_unsaid']} of {counts['ferries']} ferries do not say whether they take cars: taken so."
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
        _write(table, made._text(made.minutes, "plain"))
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
