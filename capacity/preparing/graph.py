"""A graph of roads: lines of nodes drawn together into links between crossings, and fewer of these.

A way is cut where another begins or crosses; a node that only two links meet at is taken out (their minutes add up), so
that a country of millions of nodes becomes tens of thousands of crossings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capacity.arrays import Bools, Floats, Ints

EARTH_KM = 6_371.0088
"""Mean radius of the Earth."""


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
    fast : ndarray (L,)
        Km of them on motorways and trunk roads.
    sea : ndarray (L,) of bool
        A ferry.
    """

    nodes: int
    a: Ints
    b: Ints
    there: Floats
    back: Floats
    km: Floats
    fast: Floats
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
    ferry, fast : ndarray (lines,) of bool
        A ferry; a motorway or a trunk road.
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
    fast: Bools
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
            fast=np.concatenate([np.where(lines.fast[line[first]], km, 0.0), np.zeros(quays)]),
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
        fast=links.fast[stay],
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
        fast=np.concatenate([links.fast[stay], links.fast[first] + links.fast[second]]),
        sea=np.concatenate([links.sea[stay], links.sea[first]]),
    )


def _ways_at(links: Links, link: Ints, begins: Bools) -> tuple[Floats, Floats]:
    """Minutes from the middle node to a link's far end, and back to the middle."""
    there, back = links.there[link], links.back[link]
    return np.where(begins, there, back), np.where(begins, back, there)
