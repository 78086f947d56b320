"""Minutes by public transport from a GTFS feed: earliest arrivals for every departure of a window of a day.

The profile connection scan (Dibbelt, Pajor, Strasser, Wagner: Connection Scan Algorithm, ACM JEA 23, 2018): connections
are looked at from the last to leave to the first; each either stays in its vehicle, changes at the stop where it
arrives, or walks to the site. On foot one goes from a place to stops, between stops, and from a stop to the site.
"""

from __future__ import annotations

import bisect
import hashlib
import math
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.preparing.feeds import DAY, seconds_of
from capacity.preparing.feeds import Connection as Connection
from capacity.preparing.feeds import OnFoot as OnFoot
from capacity.preparing.feeds import Timetable as Timetable
from capacity.preparing.feeds import read_timetable as read_timetable

LONGEST = DAY // 2
"""Who is half a day on the way has waited for the next morning: there is no way."""


# --- the scan ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class Transit:
    """Minutes by public transport, from home to site, over the departures of a window.

    Attributes
    ----------
    median, most : ndarray (P, S)
        Minutes of half of the departures and of 80 % of them; infinite where so many have no way. The wait for the
        first vehicle is part of them.
    """

    median: Floats
    most: Floats


def transit(
    table: Timetable,
    places: Floats,
    sites: Floats,
    first: int,
    last: int,
    *,
    foot: OnFoot | None = None,
    every: int = 60,
    tell: Callable[[str, int, int], object] | None = None,
) -> Transit:
    """Minutes from every place to every site.

    Parameters
    ----------
    table : Timetable
    places, sites : ndarray (P, 2), (S, 2)
        Longitude and latitude, degrees.
    first, last : int
        The window in which one leaves home, seconds since midnight.
    every : int
        Seconds between two departures from home that are looked at.
    """
    from capacity.preparing.routing import within_km

    foot = foot or OnFoot()
    begin: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for place, stop, km in within_km(places, table.lonlat, foot.to_stop_km):
        begin[place].append((stop, foot.seconds(km)))
    finish: dict[int, dict[int, float]] = defaultdict(dict)
    for site, stop, km in within_km(sites, table.lonlat, foot.to_stop_km):
        finish[site][stop] = foot.seconds(km)
    straight = {(p, s): foot.seconds(km) for p, s, km in within_km(places, sites, foot.to_stop_km)}
    times: Floats = np.arange(first, last + 1, every, dtype=np.float64)
    median, most = np.full((len(places), len(sites)), np.inf), np.full((len(places), len(sites)), np.inf)
    for s in range(len(sites)):
        if tell is not None and tell("Timetables are scanned", s, len(sites)):
            raise KeyboardInterrupt
        profile = profiles(table, finish[s], foot)
        for p in range(len(places)):
            taken = np.full(len(times), straight.get((p, s), np.inf))
            for stop, seconds in begin[p]:
                taken = np.minimum(
                    taken, _arrivals(profile.get(stop, ()), np.asarray(times + seconds, dtype=np.float64)) - times
                )
            taken[taken > LONGEST] = np.inf
            taken.sort()
            median[p, s] = taken[math.ceil(0.5 * len(taken)) - 1] / 60
            most[p, s] = taken[math.ceil(0.8 * len(taken)) - 1] / 60
    return Transit(median=median, most=most)


Profile = Sequence[tuple[float, float]]
"""Pairs of leaving and arriving, the last to leave first; each arrives earlier than those before it."""


def profiles(table: Timetable, finish: Mapping[int, float], foot: OnFoot) -> dict[int, Profile]:
    """For each stop every departure worth taking, and when it arrives at the site; `finish` are walks to the site."""
    arrive: dict[int, float] = {}
    board: dict[int, list[tuple[float, float]]] = defaultdict(list)
    change: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for c in table.connections:
        best = arrive.get(c.trip, math.inf)
        if c.end in finish:
            best = min(best, c.arrives + finish[c.end])
        if later := change.get(c.end):
            best = min(best, _first(later, c.arrives + foot.change_seconds))
        if best == math.inf:
            continue
        arrive[c.trip] = best
        _enter(board[c.start], c.leaves, best)
        _enter(change[c.start], c.leaves, best)
        for stop, seconds in table.on_foot.get(c.start, ()):
            # The time a change takes is in the walk: who arrives at that stop by vehicle is ready so much later.
            _enter(change[stop], c.leaves - seconds + foot.change_seconds, best)
    return dict(board)


def _enter(entries: list[tuple[float, float]], leaves: float, arrives: float) -> None:
    """Add a departure, unless one that leaves no earlier arrives no later."""
    at = bisect.bisect_left(entries, -leaves, key=lambda entry: -entry[0])
    while at < len(entries) and entries[at][0] == leaves:
        at += 1
    if at and entries[at - 1][1] <= arrives:
        return
    start = at - 1 if at and entries[at - 1][0] == leaves else at
    end = at
    while end < len(entries) and entries[end][1] >= arrives:
        end += 1
    entries[start:end] = [(leaves, arrives)]


def _first(entries: Profile, ready: float) -> float:
    """When one arrives who is at the stop, ready, at a time; infinite where nothing leaves any more."""
    # Of those that still leave, the earliest to leave arrives first.
    at = bisect.bisect_right(entries, -ready, key=lambda entry: -entry[0])
    return entries[at - 1][1] if at else math.inf


def _arrivals(entries: Profile, ready: Floats) -> Floats:
    if not entries:
        return np.full(len(ready), np.inf)
    leaves = -np.array([entry[0] for entry in entries])
    arrives = np.append(np.array([entry[1] for entry in entries]), np.inf)
    at = np.searchsorted(leaves, -ready, side="right") - 1
    return np.asarray(arrives[at])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A feed, and when one travels.

    Attributes
    ----------
    feed : path
        A GTFS zip file.
    day : date
    first, last : str
        The window in which one leaves home, ``"07:00"`` to ``"10:00"``.
    foot : OnFoot
    """

    feed: str | os.PathLike[str]
    day: date
    first: str = "07:00"
    last: str = "10:00"
    foot: OnFoot = field(default_factory=OnFoot)

    def __post_init__(self) -> None:
        self.seconds()

    def seconds(self) -> tuple[int, int]:
        """The window, seconds since midnight.

        Raises
        ------
        DataError
            Where they are no times, or the window is empty.
        """
        both = [seconds_of(f"{said}:00") for said in (self.first, self.last)]
        if both[0] is None or both[1] is None or not both[0] < both[1]:
            rule, remedy = "the window is from one time of the day to a later one", "Write --from 07:00 --to 10:00."
            raise DataError(
                [Finding(table="timetable", value=f"{self.first} to {self.last}", rule=rule, remedy=remedy)]
            )
        return both[0], both[1]

    def read(self) -> Timetable:
        """The day of the feed; see `read_timetable`."""
        return read_timetable(self.feed, self.day, self.foot)

    def scan(
        self,
        places: Floats,
        sites: Floats,
        tell: Callable[[str, int, int], object] | None = None,
        *,
        table: Timetable | None = None,
    ) -> Transit:
        """Minutes from every place to every site, see `transit`; `table` is what `read` gave."""
        first, last = self.seconds()
        table = self.read() if table is None else table
        return transit(table, places, sites, first, last, foot=self.foot, tell=tell)

    def known(self) -> dict[str, Any]:
        """What ``travel.json`` says of it."""
        return {
            "file": Path(self.feed).name,
            "sha256": hashlib.sha256(Path(self.feed).read_bytes()).hexdigest(),
            "date": self.day.isoformat(),
            "from": self.first,
            "to": self.last,
            "on_foot": asdict(self.foot),
        }
