"""Roads of OpenStreetMap extracts as a graph: links between crossings, with minutes each way and km.

Ways are read by osmium (extra ``roads``). A way is cut where another begins or crosses; a node that only two links
meet at is taken out (their minutes add up), so that a country of millions of nodes becomes tens of thousands of
crossings.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.errors import DataError, Finding
from capacity.preparing.speeds_of_roads import Speeds, is_blocked, kmh_of, minutes_of, takes_cars, ways_of

EARTH_KM = 6_371.0088
"""Mean radius of the Earth."""

HELD = 400 * 2**20
"""Bytes of extracts from which the places of nodes are kept in a file, not in memory."""

SEA = 1 << 61
"""Added to a node's id where a ferry lands: between the quay and the road a ferry is boarded."""

CUT = 1 << 62
"""Ids from here on are the ends of ways cut at a barrier."""

NOT_HOME = frozenset({"motorway", "motorway_link", "trunk_link"})
"""Classes of road at which nobody lives."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Links:
    """Links between nodes 0, 1, ..., each once for both directions.

    Attributes
    ----------
    nodes : int
    a, b : ndarray (L,) of int
    there, back : ndarray (L,)
        Minutes from a to b and from b to a; infinite where it may not be driven.
    km : ndarray (L,)
    sea : ndarray (L,) of bool
        A ferry.
    """

    nodes: int
    a: Ints
    b: Ints
    there: Floats
    back: Floats
    km: Floats
    sea: Bools


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """Ways as lines of nodes, one line behind the other, and the quays that join ferries to roads.

    Attributes
    ----------
    node : ndarray (P,) of int
        The node at each position.
    line : ndarray (P,) of int
        The line each position is of.
    km, minutes : ndarray (P,)
        To the next position of the line; 0 at its end.
    along : ndarray (lines,) of int
        1 where it may be driven along, 2 against, 3 both.
    ferry : ndarray (lines,) of bool
    lon, lat : ndarray (N,)
        Of the nodes, degrees.
    home : ndarray (N,) of bool
        Whether a place may begin there: not at sea, nor on a motorway.
    road, quay : ndarray (Q,) of int
        Nodes between which a ferry is boarded, and left at no cost.
    boarding : float
        Minutes.
    """

    node: Ints
    line: Ints
    km: Floats
    minutes: Floats
    along: Ints
    ferry: Bools
    lon: Floats
    lat: Floats
    home: Bools
    road: Ints
    quay: Ints
    boarding: float

    @property
    def nodes(self) -> int:
        """How many there are."""
        return len(self.lon)


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
    seen: set[int] = field(default_factory=set)
    signals: set[int] = field(default_factory=set)
    counts: dict[str, int] = field(
        default_factory=lambda: {"ways": 0, "ferries": 0, "no_duration": 0, "cars_unsaid": 0}
    )


ROAD, FAST, FERRY = 0, 1, 2


def read_roads(
    files: Sequence[str | os.PathLike[str]], speeds: Speeds, tell: Callable[[str], object] | None = None
) -> Roads:
    """Read the roads of one extract or of several.

    Raises
    ------
    DataError
        Where osmium is missing, a file cannot be read or is cut off, or no road is in it.
    """
    known = tuple(_known(path) for path in files)
    ways = _Ways()
    for path in files:
        if tell is not None:
            tell(f"{Path(path).name} is read")
        _read(path, speeds, ways)
    if not ways.length:
        names = ", ".join(one["file"] for one in known)
        fault = Finding(
            table=names, rule="the extract holds roads for cars", remedy="Download one of the right country."
        )
        raise DataError([fault])
    if tell is not None:
        tell("Crossings are found")
    return Roads(lines=_lines(ways, speeds), files=known, counts={**ways.counts, "nodes": len(ways.node)})


def _known(path: str | os.PathLike[str]) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    try:
        with Path(path).open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
                size += len(block)
    except OSError as error:
        remedy = "Download an extract (OpenStreetMap PBF) of the country first."
        raise DataError(
            [Finding(table=str(path), rule=f"the file can be read ({error.strerror})", remedy=remedy)]
        ) from None
    return {"file": Path(path).name, "bytes": size, "sha256": digest.hexdigest()}


def _osmium() -> Any:
    try:
        import osmium
        import osmium.filter
        import osmium.geom
    except ModuleNotFoundError:
        remedy = "pip install 'capacity[roads]'."
        fault = Finding(table="roads", rule="extracts are read with osmium, which is not installed", remedy=remedy)
        raise DataError([fault]) from None
    return osmium


def _read(path: str | os.PathLike[str], speeds: Speeds, ways: _Ways) -> None:
    osmium = _osmium()
    blocked: set[int] = set()
    # The places of a way's nodes as one text, many times quicker than node by node.
    drawn = partial(osmium.geom.WKBFactory().create_linestring, use_nodes=osmium.geom.use_nodes.ALL)
    store = "flex_mem" if Path(path).stat().st_size < HELD else "sparse_file_array"
    try:
        nodes = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
            osmium.filter.KeyFilter("barrier", "highway")
        )
        for node in nodes:
            tags = dict(node.tags)
            if is_blocked(tags):
                blocked.add(node.id)
            if tags.get("highway") == "traffic_signals":
                ways.signals.add(node.id)
        read = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations(store)
        for way in read.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(
            osmium.filter.KeyFilter("highway", "route")
        ):
            _take(way, speeds, ways, blocked, drawn)
    except (RuntimeError, ValueError) as error:
        # osmium says of a file that is cut off or none of its kind: RuntimeError.
        remedy = "Download it anew (an OpenStreetMap extract, .osm.pbf)."
        raise DataError(
            [Finding(table=Path(path).name, rule=f"the extract is whole ({error})", remedy=remedy)]
        ) from None


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
        kmh, minutes, kind = kmh_of(tags, speeds), None, FAST if tags.get("highway") in NOT_HOME else ROAD
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


def _nodes_of(way: Any, drawn: Any) -> tuple[list[int], bytes]:
    """Ids of a way's nodes, and their places: longitude and latitude one behind the other, as doubles."""
    if len(way.nodes) < 2:
        # Maps hold a few, and osmium draws no line of one.
        return [], b""
    try:
        # One byte for the order, four for the kind, four for how many.
        return [n.ref for n in way.nodes], bytes.fromhex(drawn(way))[9:]
    except _osmium().InvalidLocationError:
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


def drawn_together(lines: Lines, keep: Ints) -> tuple[Links, Ints, Ints]:
    """Links between the ends of lines, the nodes where lines meet, and those of `keep`.

    Returns
    -------
    Links
    ndarray of int
        The node of the lines that each of the links' nodes is.
    ndarray (P,) of int
        The link that each position lies on, from there to the next; that before it at the end of a line.
    """
    node, line = lines.node, lines.line
    stays = np.bincount(node, minlength=lines.nodes) > 1
    stays[keep] = stays[lines.road] = stays[lines.quay] = True
    begins = np.ones(len(node), dtype=bool)
    begins[1:] = line[1:] != line[:-1]
    ends = np.ones(len(node), dtype=bool)
    ends[:-1] = begins[1:]
    cut = stays[node] | begins | ends
    first = np.flatnonzero(cut & ~ends)
    last = np.flatnonzero(cut & ~begins)
    of = np.maximum(np.cumsum(cut & ~ends) - 1, 0)
    km, minutes = (np.bincount(of, weights=part, minlength=len(first)) for part in (lines.km, lines.minutes))
    along, quays = lines.along[line[first]], len(lines.quay)
    used = np.zeros(lines.nodes, dtype=bool)
    used[node[cut]] = used[keep] = True
    now = np.cumsum(used) - 1
    return (
        Links(
            nodes=int(used.sum()),
            a=now[np.concatenate([node[first], lines.road])],
            b=now[np.concatenate([node[last], lines.quay])],
            there=np.concatenate([np.where(along & 1, minutes, np.inf), np.full(quays, lines.boarding)]),
            back=np.concatenate([np.where(along & 2, minutes, np.inf), np.zeros(quays)]),
            km=np.concatenate([km, np.zeros(quays)]),
            sea=np.concatenate([lines.ferry[line[first]], np.zeros(quays, dtype=bool)]),
        ),
        np.flatnonzero(used),
        of,
    )


def km_between(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> Floats:
    """Great-circle distance in km (haversine)."""
    one, other = np.radians(lat), np.radians(to_lat)
    half = np.sin((other - one) / 2) ** 2
    half = half + np.cos(one) * np.cos(other) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


# --- fewer nodes ---------------------------------------------------------------------------------


def contracted(links: Links, keep: Ints, seed: int = 1) -> tuple[Links, Ints]:
    """The links without nodes at which only two meet; nodes of `keep` stay.

    Returns
    -------
    Links
    ndarray (N,) of int
        Where each old node is now; -1 where it is gone.
    """
    turn = np.random.default_rng(seed).permutation(links.nodes)
    kept = np.zeros(links.nodes, dtype=bool)
    kept[keep] = True
    while True:
        links = _quickest(links)
        merged = _merged(links, kept, turn)
        if merged is None:
            break
        links = merged
    used = kept.copy()
    used[links.a] = used[links.b] = True
    now = np.where(used, np.cumsum(used) - 1, -1)
    return replace(links, nodes=int(used.sum()), a=now[links.a], b=now[links.b]), now


def _quickest(links: Links) -> Links:
    """Links without those that lead back to where they begin; of parallel ones the quickest each way.

    Parallel links of which neither is the quicker both ways both stay, each open one way.
    """
    swap = links.a > links.b
    a, b = np.where(swap, links.b, links.a), np.where(swap, links.a, links.b)
    there, back = np.where(swap, links.back, links.there), np.where(swap, links.there, links.back)
    pair = a * links.nodes + b
    fine = (a != b) & (np.isfinite(there) | np.isfinite(back))
    order = np.lexsort((there + 0.0, pair))
    order = order[fine[order]]
    head = np.ones(len(order), dtype=bool)
    head[1:] = pair[order][1:] != pair[order][:-1]
    best_there = np.zeros(len(a), dtype=bool)
    best_there[order[head]] = True
    order = np.lexsort((back + 0.0, pair))
    order = order[fine[order]]
    head = np.ones(len(order), dtype=bool)
    head[1:] = pair[order][1:] != pair[order][:-1]
    best_back = np.zeros(len(a), dtype=bool)
    best_back[order[head]] = True
    stay = best_there | best_back
    return replace(
        links,
        a=a[stay],
        b=b[stay],
        there=np.where(best_there, there, np.inf)[stay],
        back=np.where(best_back, back, np.inf)[stay],
        km=links.km[stay],
        sea=links.sea[stay],
    )


def _merged(links: Links, kept: Bools, turn: Ints) -> Links | None:
    """The links with some nodes of two links taken out, no two of them neighbours; None where none is left."""
    count = len(links.a)
    ends = np.concatenate([links.a, links.b])
    degree = np.bincount(ends, minlength=links.nodes)
    inner = (degree == 2) & ~kept
    if not inner.any():
        return None
    # Of neighbours that may both go, the one whose turn is earlier goes now.
    both = inner[links.a] & inner[links.b]
    later = np.where(turn[links.a] > turn[links.b], links.a, links.b)
    inner[later[both]] = False
    order = np.argsort(ends, kind="stable")
    starts = np.searchsorted(ends[order], np.flatnonzero(inner))
    middle = np.flatnonzero(inner)
    one, other = order[starts], order[starts + 1]
    first, second = one % count, other % count
    # Two links between the same two nodes are a loop around them: it may stay.
    far_one = np.where(one < count, links.b[first], links.a[first])
    far_other = np.where(other < count, links.b[second], links.a[second])
    fine = (first != second) & (far_one != far_other)
    # The sea stays the sea: what is boarded is a link of its own.
    fine &= links.sea[first] == links.sea[second]
    middle, first, second, one, other = (part[fine] for part in (middle, first, second, one, other))
    if not len(middle):
        return None
    far_one, far_other = far_one[fine], far_other[fine]
    to_one, from_one = _ways_at(links, first, one < count)
    to_other, from_other = _ways_at(links, second, other < count)
    gone = np.zeros(count, dtype=bool)
    gone[first] = gone[second] = True
    stay = ~gone
    return replace(
        links,
        a=np.concatenate([links.a[stay], far_one]),
        b=np.concatenate([links.b[stay], far_other]),
        there=np.concatenate([links.there[stay], from_one + to_other]),
        back=np.concatenate([links.back[stay], from_other + to_one]),
        km=np.concatenate([links.km[stay], links.km[first] + links.km[second]]),
        sea=np.concatenate([links.sea[stay], links.sea[first]]),
    )


def _ways_at(links: Links, link: Ints, begins: Bools) -> tuple[Floats, Floats]:
    """Minutes from the middle node to a link's far end, and back to the middle."""
    there, back = links.there[link], links.back[link]
    return np.where(begins, there, back), np.where(begins, back, there)
