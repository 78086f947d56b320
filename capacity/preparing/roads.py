"""Roads of OpenStreetMap extracts as lines of nodes, with km and minutes; read by osmium (extra ``roads``)."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from capacity.arrays import Ints
from capacity.errors import DataError, Finding
from capacity.preparing.extracts import known_extract, osmium_of, store_of, whole_extract
from capacity.preparing.graph import Lines, km_between
from capacity.preparing.speeds_of_roads import Speeds, is_blocked, kmh_of, minutes_of, takes_cars, ways_of

SEA = 1 << 61
"""Added to a node's id where a ferry lands: between the quay and the road a ferry is boarded."""

CUT = 1 << 62
"""Ids from here on are the ends of ways cut at a barrier."""

NOT_HOME = frozenset({"motorway", "motorway_link", "trunk_link"})
"""Classes of road at which nobody lives."""

FAST_ROADS = NOT_HOME | {"trunk"}
"""Classes whose km are told apart: where errors of minutes are of another kind."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Roads:
    """What was read of the extracts.

    Attributes
    ----------
    lines : Lines
    files : tuple of mapping
        Of each file its name, its size and its hash.
    counts : mapping of str to int
        Ways, nodes, ferries, ferries without a duration, ferries that do not say whether they take cars.
    """

    lines: Lines
    files: tuple[dict[str, Any], ...]
    counts: dict[str, int]


@dataclass
class _Ways:
    """Ways one behind the other, as they are read."""

    node: array[int] = field(default_factory=lambda: array("q"))
    lonlat: bytearray = field(default_factory=bytearray)
    length: array[int] = field(default_factory=lambda: array("q"))
    kmh: array[float] = field(default_factory=lambda: array("d"))
    minutes: array[float] = field(default_factory=lambda: array("d"))
    along: array[int] = field(default_factory=lambda: array("b"))
    kind: array[int] = field(default_factory=lambda: array("b"))
    fast: array[int] = field(default_factory=lambda: array("b"))
    seen: set[int] = field(default_factory=set)
    signals: set[int] = field(default_factory=set)
    counts: dict[str, int] = field(
        default_factory=lambda: {"ways": 0, "ferries": 0, "no_duration": 0, "cars_unsaid": 0}
    )


ROAD, APART, FERRY = 0, 1, 2


def read_roads(
    files: Sequence[str | os.PathLike[str]], speeds: Speeds, tell: Callable[[str], object] | None = None
) -> Roads:
    """Read the roads of one extract or of several.

    Raises
    ------
    DataError
        Where osmium is missing, a file cannot be read or is cut off, or no road is in it.
    KeyboardInterrupt
        Where `tell` returns true.
    """
    known = tuple(known_extract(path) for path in files)
    ways = _Ways()
    for path in files:
        _read(path, speeds, ways, tell)
    if not ways.length:
        names = ", ".join(one["file"] for one in known)
        fault = Finding(
            table=names, rule="the extract holds roads for cars", remedy="Download one of the right country."
        )
        raise DataError([fault])
    _told(tell, "Crossings are found")
    return Roads(lines=_lines(ways, speeds), files=known, counts={**ways.counts, "nodes": len(ways.node)})


OFTEN = 1 << 15
"""Ways between two reports of how far it is."""


def _read(path: str | os.PathLike[str], speeds: Speeds, ways: _Ways, tell: Callable[[str], object] | None) -> None:
    osmium, name = osmium_of(), Path(path).name
    blocked: set[int] = set()
    # The places of a way's nodes as one text, many times quicker than node by node.
    drawn = partial(osmium.geom.WKBFactory().create_linestring, use_nodes=osmium.geom.use_nodes.ALL)
    with whole_extract(path):
        nodes = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
            osmium.filter.KeyFilter("barrier", "highway")
        )
        for count, node in enumerate(nodes):
            tags = dict(node.tags)
            if is_blocked(tags):
                blocked.add(node.id)
            if tags.get("highway") == "traffic_signals":
                ways.signals.add(node.id)
            if count % OFTEN == 0:
                _told(tell, f"Barriers and signals of {name} are read")
        read = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations(store_of(path))
        for count, way in enumerate(
            read.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(
                osmium.filter.KeyFilter("highway", "route")
            )
        ):
            if count % OFTEN == 0:
                _told(tell, f"Ways of {name} are read, {count:,} so far")
            _take(way, speeds, ways, blocked, drawn)


def _told(tell: Callable[[str], object] | None, message: str) -> None:
    """Say how far it is.

    Raises
    ------
    KeyboardInterrupt
        Where it is to stop.
    """
    if tell is not None and tell(message):
        raise KeyboardInterrupt


def _take(way: Any, speeds: Speeds, ways: _Ways, blocked: set[int], drawn: Any) -> None:
    """A way, if a car goes along it."""
    tags, ident = dict(way.tags), way.id
    if ident in ways.seen:
        # Extracts overlap.
        return
    if tags.get("route") == "ferry" and "highway" not in tags:
        cars = takes_cars(tags)
        if cars is False:
            return
        minutes = minutes_of(tags.get("duration", ""))
        ways.counts["ferries"] += 1
        ways.counts["no_duration"] += minutes is None
        ways.counts["cars_unsaid"] += cars is None
        kmh, kind = speeds.ferry_kmh, FERRY
    else:
        kmh, minutes, kind = kmh_of(tags, speeds), None, APART if tags.get("highway") in NOT_HOME else ROAD
    along, against = ways_of(tags)
    if kmh <= 0 or not (along or against):
        return
    nodes, lonlat = _nodes_of(way, drawn)
    if len(nodes) < 2:
        return
    ways.seen.add(ident)
    ways.counts["ways"] += 1
    for part, first in _cut(nodes, set() if kind == FERRY else blocked, len(ways.node)):
        ways.node.extend(part)
        ways.lonlat += lonlat[16 * first : 16 * (first + len(part))]
        ways.length.append(len(part))
        ways.kmh.append(kmh)
        ways.minutes.append(-1.0 if minutes is None else minutes)
        ways.along.append(along + 2 * against)
        ways.kind.append(kind)
        ways.fast.append(kind != FERRY and tags.get("highway") in FAST_ROADS)


def _nodes_of(way: Any, drawn: Any) -> tuple[list[int], bytes]:
    """Ids of a way's nodes, and their places: longitude and latitude one behind the other, as doubles."""
    if len(way.nodes) < 2:
        # Maps hold a few, and osmium draws no line of one.
        return [], b""
    try:
        # One byte for the order, four for the kind, four for how many.
        return [n.ref for n in way.nodes], bytes.fromhex(drawn(way))[9:]
    except osmium_of().InvalidLocationError:
        # Some lie outside the extract: the way goes as far as it is known.
        inside = [(n.ref, n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
        return [ref for ref, _, _ in inside], np.array([place for _, *place in inside]).tobytes()


def _cut(nodes: list[int], blocked: set[int], at: int) -> list[tuple[list[int], int]]:
    """A way in parts where no car passes a node: each part ends there, and none goes on. With each its first node."""
    if not blocked or blocked.isdisjoint(nodes):
        return [(nodes, 0)]
    parts: list[tuple[list[int], int]] = [([], 0)]
    for k, ref in enumerate(nodes):
        if ref not in blocked:
            parts[-1][0].append(ref)
            continue
        parts[-1][0].append(CUT + 2 * (at + k))
        parts.append(([CUT + 2 * (at + k) + 1], k))
    return [part for part in parts if len(part[0]) > 1]


def _lines(ways: _Ways, speeds: Speeds) -> Lines:
    """The ways as lines of nodes that are numbered from 0."""
    ids = np.frombuffer(ways.node, dtype=np.int64)
    lonlat = np.frombuffer(ways.lonlat, dtype="<f8").reshape(-1, 2)
    length = np.frombuffer(ways.length, dtype=np.int64)
    line = np.repeat(np.arange(len(length)), length)
    kind = np.frombuffer(ways.kind, dtype=np.int8)
    ids = np.where(kind[line] == FERRY, ids + SEA, ids)
    once, at, node = np.unique(ids, return_index=True, return_inverse=True)
    inner = np.flatnonzero(line[1:] == line[:-1])
    km = np.zeros(len(ids))
    km[inner] = km_between(lonlat[inner, 0], lonlat[inner, 1], lonlat[inner + 1, 0], lonlat[inner + 1, 1])
    minutes = km / np.frombuffer(ways.kmh, dtype=np.float64)[line] * 60
    # A ferry's duration is of the whole way.
    said = np.frombuffer(ways.minutes, dtype=np.float64)
    if (timed := said >= 0).any():
        whole = np.bincount(line, weights=km, minlength=len(length))
        share = np.divide(km, whole[line], out=np.zeros_like(km), where=whole[line] > 0)
        minutes = np.where(timed[line], said[line] * share, minutes)
    if ways.signals:
        signal = np.isin(once, np.array(sorted(ways.signals), dtype=np.int64))[node]
        minutes[inner] += speeds.signal_minutes / 2 * (signal[inner].astype(float) + signal[inner + 1])
    quay, road = _quays(once)
    home = np.zeros(len(once), dtype=bool)
    home[node[kind[line] == ROAD]] = True
    return Lines(
        node=node,
        line=line,
        km=km,
        minutes=minutes,
        along=np.frombuffer(ways.along, dtype=np.int8).astype(np.int64),
        ferry=kind == FERRY,
        fast=np.frombuffer(ways.fast, dtype=np.int8) > 0,
        lon=lonlat[at, 0],
        lat=lonlat[at, 1],
        home=home & (once < SEA),
        road=road,
        quay=quay,
        boarding=speeds.boarding_minutes + speeds.waiting_minutes,
    )


def _quays(ids: Ints) -> tuple[Ints, Ints]:
    """Nodes of ferries that are nodes of roads too: (the quay, the road)."""
    quays = np.flatnonzero((ids >= SEA) & (ids < CUT))
    on_land = ids[quays] - SEA
    road = np.minimum(np.searchsorted(ids, on_land), len(ids) - 1)
    both = ids[road] == on_land
    return quays[both], road[both]
