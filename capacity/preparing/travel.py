"""A case's table of travel from its own roads: minutes and km, what they rest on, and what they change.

Nothing is routed when a plan is made: the table is computed once, read as any other, and ``travel.json`` beside it says
from what it was made.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.clock import Clock, Tell
from capacity.errors import CapacityError, DataError, Finding, InterruptedSolveError
from capacity.preparing.own_tables import in_form
from capacity.preparing.roads import Roads, read_roads
from capacity.preparing.routing import OUTSIDE_KM, Routes, routes
from capacity.preparing.speeds_of_roads import Speeds, read_speeds
from capacity.preparing.timetable import Asked, Transit
from capacity.problem.calls import told
from capacity.reading.case import builtin_folder, read_case
from capacity.reading.document import read_document
from capacity.reading.places import Points, Sites, land_of, read_points, read_sites
from capacity.reading.tables import NO_WAY, Reading, case_folder, numbers, read_table
from capacity.writing import digest, place_of, refuse_file, whole_file

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
        Against the case's present table: mean and largest difference, places whose nearest site changes, and the
        plans by either; None where the case has no table to compare with.
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
        *,
        force: bool = False,
        csv: str = "plain",
    ) -> tuple[Path, ...]:
        """Write the table of minutes (that of km too), and ``travel.json`` beside it.

        Tables have the form of ``drive_minutes.csv``; those of public transport are named after it:
        ``..._transit.csv`` (half of the departures take no longer) and ``..._transit_80.csv`` (80 % of them).
        With ``csv="da"`` or ``"en"`` a spreadsheet of that language opens them by double click; cases read them alike.

        Raises
        ------
        DataError
            Where a file there is not as this library wrote it, unless `force`; nothing is written then.
        """
        refuse_tables(out, km, transit=self.transit is not None, force=force)
        values = [self.minutes] + ([self.km] if km is not None else [])
        if self.transit is not None:
            values += [self.transit.median, self.transit.most]
        written = [
            whole_file(path, lambda made, table=table: self._write(made, table, csv), parents=True)  # type: ignore[misc]
            for path, table in zip(_tables(out, km, transit=self.transit is not None), values, strict=True)
        ]
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written}
        said = json.dumps(
            {**self.record, "tables": hashes, "comparison": self.comparison}, indent=2, ensure_ascii=False
        )
        record = Path(out).with_name(RECORD)
        return (*written, whole_file(record, lambda made: made.write_text(said + "\n", encoding="utf-8")))

    def _write(self, path: Path, values: Floats, form: str) -> None:
        rows = [
            [point, *(NO_WAY if np.isinf(x) else f"{x:.2f}".rstrip("0").rstrip(".") for x in row)]
            for point, row in zip(self.point_ids, values, strict=True)
        ]
        path.write_text(in_form([["code", *self.site_ids], *rows], form), encoding="utf-8", newline="")


def refuse_tables(
    out: str | os.PathLike[str], km: str | os.PathLike[str] | None, *, transit: bool, force: bool = False
) -> None:
    """Refuse places where a file is not as this library wrote it, before anything is worked out.

    Its own are those whose hash ``travel.json`` beside them holds, and those of the built-in case as
    `capacity new` copies them.
    """
    record = Path(out).with_name(RECORD)
    tables = _tables(out, km, transit=transit)
    if len({place_of(path) for path in (*tables, record)}) <= len(tables):
        rule = "each table is written to a file of its own, and none to travel.json"
        said = ", ".join(map(str, tables))
        raise DataError([Finding(table="travel", column="--out", value=said, rule=rule, remedy="Name others.")])
    for path in tables:
        refuse_file(path, ours=_our_table, force=force)
    refuse_file(record, ours=lambda there: _recorded(there) is not None, force=force)


def _tables(out: str | os.PathLike[str], km: str | os.PathLike[str] | None, *, transit: bool) -> list[Path]:
    stem = Path(out).with_suffix("")
    public = [stem.with_name(f"{stem.name}_{which}.csv") for which in ("transit", "transit_80")]
    return [Path(out), *([Path(km)] if km is not None else []), *(public if transit else [])]


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


@told
def travel_from_roads(
    case: str | os.PathLike[str] | None,
    roads: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    speeds: Speeds | str | os.PathLike[str] | None = None,
    places: str | os.PathLike[str] | None = None,
    timetable: Asked | None = None,
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
        weighted mean over them, and their spread is told.
    timetable : Asked, optional
        A GTFS feed, the day and the window: minutes by public transport as well.
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
    asked = read_speeds(speeds) if isinstance(speeds, (str, os.PathLike)) else speeds or Speeds()
    points, sites, homes = _places(folder, places)

    def told(message: str, done: int = 0, count: int = 1) -> bool:
        clock.tell(message, done=done, count=count)
        return clock.over

    try:
        read = read_roads(files, asked, told)
        found = routes(read.lines, homes.lonlat, sites.lonlat[sites.located], told)
        scanned = None if timetable is None else timetable.scan(homes.lonlat, sites.lonlat[sites.located], told)
    except KeyboardInterrupt:
        raise InterruptedSolveError("Stopped: nothing was written.") from None
    _refuse_outside(homes, points, sites, found)
    made = _made(points, sites, homes, found, read, asked)
    if timetable is not None and scanned is not None:
        both = [_mean(values, homes, len(points.ids)) for values in (scanned.median, scanned.most)]
        said = {**made.record, "timetable": timetable.known()}
        made = replace(made, transit=Transit(median=both[0], most=both[1]), record=said)
    return made if not compare else _compared(made, folder)


# --- places --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class _Homes:
    """Where families begin: one place a demand point, or several."""

    point: tuple[int, ...]
    label: tuple[str, ...]
    lonlat: Floats
    weight: Floats
    file: str


def _places(folder: Path, places: str | os.PathLike[str] | None) -> tuple[Points, Sites, _Homes]:
    reading = Reading(folder=folder)
    document = read_document(reading)
    land = land_of(reading, document) if document is not None else None
    points = read_points(reading, document, land) if document is not None else None
    sites = read_sites(reading, document, points, land) if document is not None and points is not None else None
    if points is not None and points.lonlat is None and places is None:
        reading.fault(points.table.name, "every demand point has coordinates", "Add the columns lon and lat.")
    if sites is not None and not sites.located.any():
        reading.fault(sites.table.name, "some site has coordinates", "Add the columns lon and lat.")
    if reading.findings or points is None or sites is None:
        raise DataError(reading.findings)
    if places is not None:
        return points, sites, _own_places(Path(places), points)
    assert points.lonlat is not None
    count = len(points.ids)
    homes = _Homes(
        point=tuple(range(count)), label=points.ids, lonlat=points.lonlat, weight=np.ones(count), file=points.table.name
    )
    return points, sites, homes


def _own_places(path: Path, points: Points) -> _Homes:
    reading = Reading(folder=path.parent, named=frozenset({path.name}))
    table = read_table(reading, path.name, ("code", "lon", "lat"), ("weight",))
    if table is None or reading.findings:
        raise DataError(reading.findings)
    lon = numbers(reading, table, "lon", least=-180, most=180, what="code")
    lat = numbers(reading, table, "lat", least=-90, most=90, what="code")
    weighed = "weight" in table.columns
    weight = numbers(reading, table, "weight", what="code") if weighed else [1.0] * len(table)
    at = {i: k for k, i in enumerate(points.ids)}
    for code, line in zip(table["code"], table.lines, strict=True):
        if code not in at:
            reading.fault(
                path.name, "each code is one of the case's", "Correct it.", row=line, column="code", value=code
            )
    total = np.zeros(len(points.ids))
    for code, each in zip(table["code"], weight, strict=True):
        total[at.get(code, 0)] += each if code in at else 0.0
    for k in np.flatnonzero(~(total > 0)):
        reading.fault(path.name, "every demand point has a place of some weight", "Add one.", value=points.ids[k])
    if reading.findings:
        raise DataError(reading.findings)
    return _Homes(
        point=tuple(at[code] for code in table["code"]),
        label=tuple(f"{code} (row {line})" for code, line in zip(table["code"], table.lines, strict=True)),
        lonlat=np.stack([np.array(lon), np.array(lat)], axis=1),
        weight=np.array(weight),
        file=path.name,
    )


def _refuse_outside(homes: _Homes, points: Points, sites: Sites, searched: Routes) -> None:
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


# --- the tables ----------------------------------------------------------------------------------


def _mean(values: Floats, homes: _Homes, count: int) -> Floats:
    """The weighted mean over a demand point's places; infinite where one of them has no way."""
    total = np.zeros((count, values.shape[1]))
    weight = np.zeros(count)
    np.add.at(weight, list(homes.point), homes.weight)
    # A place of no weight says nothing, not even that it has no way.
    part = np.where(
        homes.weight[:, None] > 0, homes.weight[:, None] * np.where(homes.weight[:, None] > 0, values, 0), 0
    )
    np.add.at(total, list(homes.point), part)
    return np.asarray(total / weight[:, None])


def _made(points: Points, sites: Sites, homes: _Homes, searched: Routes, read: Roads, speeds: Speeds) -> RoadTravel:
    count = len(points.ids)
    site_ids = tuple(i for i, there in zip(sites.ids, sites.located, strict=True) if there)
    minutes, km = (_mean(values, homes, count) for values in (searched.minutes, searched.km))
    with np.errstate(invalid="ignore"):
        square = _mean(np.where(np.isfinite(searched.minutes), searched.minutes, 0.0) ** 2, homes, count)
        spread = np.sqrt(np.maximum(square - minutes**2, 0.0))
    spread = np.where(np.isfinite(minutes), spread, np.nan)
    ferry = _mean(searched.ferry.astype(float), homes, count)
    return RoadTravel(
        point_ids=points.ids,
        site_ids=site_ids,
        minutes=minutes,
        km=km,
        spread=spread,
        ferry=ferry,
        notices=tuple(_notices(homes, site_ids, searched, read, minutes, points.ids)),
        record=_record(points.ids, site_ids, homes, searched, read, speeds, ferry),
    )


FAR_KM = 1.0
"""From here on a place's distance to the road is told by name."""


def _notices(
    homes: _Homes, site_ids: Sequence[str], searched: Routes, read: Roads, minutes: Floats, point_ids: Sequence[str]
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
    homes: _Homes,
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


# --- against what the case has -------------------------------------------------------------------


def _compared(made: RoadTravel, folder: Path) -> RoadTravel:
    try:
        before = read_case(folder)
    except DataError:
        # A case that has no table yet has nothing to compare with.
        return made
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "minutes.csv"
        made._write(table, made.minutes, "plain")
        try:
            after = read_case(folder, {"travel.source": str(table)})
        except DataError as error:
            return replace(made, notices=(*made.notices, f"The case cannot be read with this table: {error}"))
    both = [j for j in before.network.site_ids if j in made.site_ids]
    old = before.minutes[:, [before.network.site_ids.index(j) for j in both]]
    order = [made.point_ids.index(i) for i in before.network.point_ids]
    new = made.minutes[order][:, [made.site_ids.index(j) for j in both]]
    finite = np.isfinite(old) & np.isfinite(new)
    gap: Floats = np.where(finite, np.where(finite, new, 0.0) - np.where(finite, old, 0.0), 0.0)
    largest = np.unravel_index(int(np.abs(gap).argmax()), gap.shape)
    moved: Bools = old.argmin(axis=1) != new.argmin(axis=1)
    said = {
        "table": before.travel.source,
        "mean_minutes": float(gap[finite].mean()) if finite.any() else None,
        "mean_size_minutes": float(np.abs(gap[finite]).mean()) if finite.any() else None,
        "largest": {
            "point_id": before.network.point_ids[int(largest[0])],
            "site_id": both[int(largest[1])],
            "minutes": float(gap[largest]),
        },
        "nearest_changes": [before.network.point_ids[i] for i in np.flatnonzero(moved)],
        "pairs_without_way": {"before": int(np.isinf(old).sum()), "now": int(np.isinf(new).sum())},
        "plan_before": _plan_of(before),
        "plan_now": _plan_of(after),
    }
    said["plan_changes"] = said["plan_before"] != said["plan_now"]
    return replace(made, comparison=said)


def _plan_of(problem: Any) -> dict[str, int] | str:
    """Beds by site of the best plan, or why there is none."""
    from capacity.engines.solve import solve

    try:
        plan = solve(problem)
    except CapacityError as error:
        return type(error).__name__
    return {site: int(beds) for site, beds in zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True)}
