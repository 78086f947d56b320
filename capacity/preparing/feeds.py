"""A GTFS feed as the vehicles of one day: stops, who runs when, and ways on foot between stops."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding, some

DAY = 24 * 60 * 60

NEEDED = ("stops.txt", "trips.txt", "stop_times.txt")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, kw_only=True)
class OnFoot:
    """What walking is taken to be; assumptions all.

    Attributes
    ----------
    kmh : float
    detour : float
        Times as far as the crow flies.
    to_stop_km, between_km : float
        How far anybody walks to or from a stop, and between two stops, as the crow flies.
    change_seconds : float
        Time a change at one stop takes at least.
    """

    kmh: float = 4.5
    detour: float = 1.3
    to_stop_km: float = 1.5
    between_km: float = 0.3
    change_seconds: float = 120.0

    def seconds(self, km: float) -> float:
        """Of so many km as the crow flies."""
        return km * self.detour / self.kmh * 3600


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A vehicle from one stop to its next: seconds since midnight of the day asked, stops and trip by position."""

    leaves: int
    arrives: int
    start: int
    end: int
    trip: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Timetable:
    """A day of a feed.

    Attributes
    ----------
    stop_ids : tuple of str
    lonlat : ndarray (P, 2)
    connections : tuple of Connection
        The last to leave first.
    on_foot : mapping of stop to tuple of (stop, seconds)
        Ways on foot that lead to a stop: whence, and how long.
    notices : tuple of str
    """

    stop_ids: tuple[str, ...]
    lonlat: Floats
    connections: tuple[Connection, ...]
    on_foot: Mapping[int, tuple[tuple[int, float], ...]]
    notices: tuple[str, ...]


@dataclass
class _Feed:
    name: str
    archive: zipfile.ZipFile
    findings: list[Finding] = field(default_factory=list)

    def has(self, file: str) -> bool:
        return file in self.archive.namelist()

    def rows(self, file: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
        text = self.archive.read(file).decode("utf-8-sig", errors="replace")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        header = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        for column in needed:
            if column not in header:
                self.fault(file, "the column is missing", "Ask for a whole feed.", column=column)
                return
        for line, row in enumerate(reader, start=2):
            yield line, {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}

    def fault(
        self,
        file: str,
        rule: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        if len(self.findings) < 50:
            where = f"{self.name}/{file}"
            self.findings.append(Finding(table=where, row=row, column=column, value=value, rule=rule, remedy=remedy))


def read_timetable(path: str | os.PathLike[str], day: date, foot: OnFoot | None = None) -> Timetable:
    """Read what a feed offers on a day; trips of the day before and after are there where they reach into it.

    Raises
    ------
    DataError
        With every fault; also where nothing runs on that day.
    """
    foot, name = foot or OnFoot(), Path(path).name
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        remedy = "Name a GTFS feed, as an operator publishes it."
        raise DataError(
            [Finding(table=str(path), rule=f"the file can be read ({error.strerror})", remedy=remedy)]
        ) from None
    except zipfile.BadZipFile as error:
        remedy = "Download it anew (GTFS: a zip with stops.txt, trips.txt, stop_times.txt)."
        raise DataError([Finding(table=name, rule=f"the feed is a whole zip file ({error})", remedy=remedy)]) from None
    with archive:
        feed = _Feed(name=name, archive=archive)
        for file in NEEDED:
            if not feed.has(file):
                feed.fault(file, "the feed has the file", "Ask for a whole feed.")
        if feed.findings:
            raise DataError(feed.findings)
        at, lonlat = _stops(feed)
        days = {shift: _services(feed, day + timedelta(days=shift)) for shift in (-1, 0, 1)}
        connections = _connections(feed, at, days)
        walks = _walks(feed, at, lonlat, foot)
    if feed.findings:
        raise DataError(feed.findings)
    if not any(0 <= c.leaves < DAY for c in connections):
        rule = f"something runs on {day.isoformat()}"
        raise DataError([Finding(table=name, rule=rule, remedy="Choose a day that the feed covers: --date.")])
    # Of a vehicle's calls at one time the later comes first, as it is asked what follows.
    connections.reverse()
    connections.sort(key=lambda c: (-c.leaves, -c.arrives, c.trip))
    return Timetable(stop_ids=tuple(at), lonlat=lonlat, connections=tuple(connections), on_foot=walks, notices=())


def _stops(feed: _Feed) -> tuple[dict[str, int], Floats]:
    at: dict[str, int] = {}
    lonlat: list[tuple[float, float]] = []
    for line, row in feed.rows("stops.txt", ("stop_id", "stop_lat", "stop_lon")):
        try:
            lon, lat = float(row["stop_lon"]), float(row["stop_lat"])
        except ValueError:
            if row.get("location_type", "") in ("3", "4"):
                continue
            feed.fault("stops.txt", "a stop has coordinates", "Correct the row.", row=line, value=row["stop_id"])
            continue
        at[row["stop_id"]] = len(lonlat)
        lonlat.append((lon, lat))
    return at, np.array(lonlat, dtype=float).reshape(-1, 2)


def _services(feed: _Feed, day: date) -> set[str] | None:
    """Services that run on a day, by the calendar and its exceptions; None where the feed has neither: all do."""
    if not feed.has("calendar.txt") and not feed.has("calendar_dates.txt"):
        return None
    said, running = day.strftime("%Y%m%d"), set[str]()
    if feed.has("calendar.txt"):
        for _, row in feed.rows("calendar.txt", ("service_id", "start_date", "end_date", *WEEKDAYS)):
            if row["start_date"] <= said <= row["end_date"] and row[WEEKDAYS[day.weekday()]] == "1":
                running.add(row["service_id"])
    if feed.has("calendar_dates.txt"):
        for _, row in feed.rows("calendar_dates.txt", ("service_id", "date", "exception_type")):
            if row["date"] == said:
                (running.add if row["exception_type"] == "1" else running.discard)(row["service_id"])
    return running


def seconds_of(said: str) -> int | None:
    """Seconds of HH:MM:SS, which may be past 24 hours.

    >>> seconds_of("25:10:00"), seconds_of("7:05:30"), seconds_of("")
    (90600, 25530, None)
    """
    parts = said.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = map(int, parts)
    return hours * 3600 + minutes * 60 + seconds


def _connections(feed: _Feed, at: Mapping[str, int], days: Mapping[int, set[str] | None]) -> list[Connection]:
    service = {row["trip_id"]: row["service_id"] for _, row in feed.rows("trips.txt", ("trip_id", "service_id"))}
    calls: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
    unknown: list[str] = []
    columns = ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence")
    for line, row in feed.rows("stop_times.txt", columns):
        stop = at.get(row["stop_id"])
        if stop is None or row["trip_id"] not in service or not row["stop_sequence"].isdigit():
            unknown.append(f"row {line}")
            continue
        arrives, leaves = seconds_of(row["arrival_time"]), seconds_of(row["departure_time"])
        if arrives is None and leaves is None:
            # A stop between two times: the vehicle calls, nobody knows when; it is passed by.
            continue
        arrives, leaves = (leaves if arrives is None else arrives), (arrives if leaves is None else leaves)
        assert arrives is not None and leaves is not None
        calls[row["trip_id"]].append((int(row["stop_sequence"]), arrives, leaves, stop))
    if unknown:
        rule = f"every call is at a stop of the feed, of a trip, in order ({some(unknown)})"
        feed.fault("stop_times.txt", rule, "Ask for a whole feed.")
    made: list[Connection] = []
    number, repeats = 0, _frequencies(feed)
    for trip, each in calls.items():
        each.sort()
        for start in repeats.get(trip, [None]):
            for shift, running in days.items():
                if running is not None and service[trip] not in running:
                    continue
                number += 1
                moved = shift * DAY + (0 if start is None else start - each[0][2])
                made += _between(feed, each, number, moved, trip)
    return made


def _frequencies(feed: _Feed) -> dict[str, list[int | None]]:
    """When trips of ``frequencies.txt`` begin, by trip."""
    starts: dict[str, list[int | None]] = defaultdict(list)
    if feed.has("frequencies.txt"):
        for _, row in feed.rows("frequencies.txt", ("trip_id", "start_time", "end_time", "headway_secs")):
            first, last = seconds_of(row["start_time"]), seconds_of(row["end_time"])
            if first is not None and last is not None and row["headway_secs"].isdigit() and int(row["headway_secs"]):
                starts[row["trip_id"]] += range(first, last, int(row["headway_secs"]))
    return dict(starts)


def _between(
    feed: _Feed, calls: Sequence[tuple[int, int, int, int]], number: int, moved: int, trip: str
) -> Iterator[Connection]:
    for (_, _, leaves, start), (_, arrives, _, end) in pairwise(calls):
        if arrives < leaves:
            feed.fault("stop_times.txt", "a vehicle arrives after it has left", "Ask for a whole feed.", value=trip)
            return
        # A day and a half: what leaves later brings nobody anywhere on the day asked.
        if -DAY // 2 <= leaves + moved < 2 * DAY:
            yield Connection(leaves=leaves + moved, arrives=arrives + moved, start=start, end=end, trip=number)


def _walks(
    feed: _Feed, at: Mapping[str, int], lonlat: Floats, foot: OnFoot
) -> dict[int, tuple[tuple[int, float], ...]]:
    """Ways on foot between stops: near each other, or as ``transfers.txt`` says."""
    from capacity.preparing.routing import within_km

    walks: dict[tuple[int, int], float] = {}
    for one, other, km in within_km(lonlat, lonlat, foot.between_km):
        if one != other:
            walks[one, other] = max(foot.change_seconds, foot.seconds(km))
    if feed.has("transfers.txt"):
        for _, row in feed.rows("transfers.txt", ("from_stop_id", "to_stop_id", "transfer_type")):
            one, other = at.get(row["from_stop_id"], -1), at.get(row["to_stop_id"], -1)
            if min(one, other) < 0 or one == other:
                continue
            if row["transfer_type"] == "3":
                walks.pop((one, other), None)
            elif row.get("min_transfer_time", "").isdigit():
                walks[one, other] = float(row["min_transfer_time"])
    into: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (one, other), seconds in walks.items():
        into[other].append((one, seconds))
    return {stop: tuple(each) for stop, each in into.items()}
