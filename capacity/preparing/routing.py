"""Quickest ways over a graph of roads, from every place to every site, with their km."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.preparing.graph import EARTH_KM, Lines, Links, contracted, drawn_together, km_between

NEAR_KM = 1.0
"""A place begins on the main part of the roads, though another part is nearer by up to this."""

OUTSIDE_KM = 15.0
"""A place farther than this from any road lies outside the extract."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapped:
    """Where places begin on the roads.

    Attributes
    ----------
    node : ndarray (P,) of int
    km : ndarray (P,)
        As the crow flies.
    part : ndarray (P,) of int
        The strongly connected part of the roads; 0 is the largest.
    """

    node: Ints
    km: Floats
    part: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Routes:
    """The quickest ways.

    Attributes
    ----------
    minutes, km : ndarray (P, S)
        From each place to each site; infinite where there is no way.
    ferry : ndarray (P, S) of bool
        Whether the way takes a ferry.
    fast : ndarray (P, S)
        Share of its km on motorways and trunk roads.
    places, sites : Snapped
    crossings, links : int
        Of the graph that was searched.
    """

    minutes: Floats
    km: Floats
    ferry: Bools
    fast: Floats
    places: Snapped
    sites: Snapped
    crossings: int
    links: int


def routes(
    lines: Lines, places: Floats, sites: Floats, tell: Callable[[str, int, int], object] | None = None
) -> Routes:
    """The quickest way from every place to every site.

    Parameters
    ----------
    lines : Lines
    places, sites : ndarray (P, 2), (S, 2)
        Longitude and latitude, degrees.
    tell : callable (message, done, count), optional
        Returning true ends it with `KeyboardInterrupt`.
    """
    begin = snapped(lines, parts_of_lines(lines), np.concatenate([places, sites]))
    if tell is not None:
        tell("The roads are drawn together", 0, len(sites))
    links, nodes, _ = drawn_together(lines, begin.node)
    at = np.searchsorted(nodes, begin.node)
    small, now = contracted(links, at)
    began = now[at]
    home, away = (
        Snapped(node=began[cut], km=begin.km[cut], part=begin.part[cut])
        for cut in (slice(0, len(places)), slice(len(places), None))
    )
    minutes, km, ferry, fast = _searched(small, home.node, away.node, tell)
    return Routes(
        minutes=minutes,
        km=km,
        ferry=ferry,
        fast=fast,
        places=home,
        sites=away,
        crossings=small.nodes,
        links=len(small.a),
    )


def _matrix(links: Links, *, backwards: bool) -> tuple[Any, Ints]:
    """The graph as a sparse matrix of minutes, and the link of each of its entries."""
    from scipy import sparse

    rows = np.concatenate([links.a, links.b])
    columns = np.concatenate([links.b, links.a])
    minutes = np.concatenate([links.there, links.back])
    link = np.concatenate([np.arange(len(links.a))] * 2)
    if backwards:
        rows, columns = columns, rows
    fine = np.isfinite(minutes)
    rows, columns, minutes, link = rows[fine], columns[fine], minutes[fine], link[fine]
    # scipy adds up what stands twice: of parallel links the quickest is kept.
    order = np.lexsort((minutes, columns, rows))
    rows, columns, minutes, link = rows[order], columns[order], minutes[order], link[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    rows, columns, minutes, link = rows[first], columns[first], minutes[first], link[first]
    start = np.searchsorted(rows, np.arange(links.nodes + 1))
    # A way that takes no time is a way: scipy takes a zero for none.
    shortest = np.maximum(minutes, np.finfo(float).tiny)
    matrix = sparse.csr_matrix((shortest, columns, start), shape=(links.nodes, links.nodes))
    return matrix, link


def parts_of(links: Links) -> Ints:
    """The strongly connected part of each node, the largest first: 0, 1, ..."""
    from scipy.sparse import csgraph

    matrix, _ = _matrix(links, backwards=False)
    _, label = csgraph.connected_components(matrix, connection="strong")
    size = np.bincount(label)
    rank = np.empty(len(size), dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return np.asarray(rank[label])


def parts_of_lines(lines: Lines) -> Ints:
    """The strongly connected part of each node of the lines: 0 is the largest; -1 where none is known."""
    links, nodes, of = drawn_together(lines, np.zeros(0, dtype=np.int64))
    part = parts_of(links)
    known = np.full(lines.nodes, -1)
    # A node on the way between two of one part is of that part; so is one of a dead end that is driven both ways.
    both = (part[links.a] == part[links.b])[of]
    known[lines.node[both]] = part[links.a][of][both]
    known[nodes] = part
    return known


def snapped(lines: Lines, part: Ints, where: Floats) -> Snapped:
    """The nearest node at which a place may begin.

    On the largest part of the roads, unless another part is nearer by more than `NEAR_KM`: an island, and not the far
    end of a one-way street.
    """
    size = np.bincount(part[part >= 0])
    # A handful of nodes that lead nowhere is no island that anybody drives on.
    fine = lines.home & (part >= 0)
    fine &= size[part] > 1
    fine = fine if fine.any() else lines.home
    main = np.flatnonzero(fine & (part == 0)) if (fine & (part == 0)).any() else np.flatnonzero(fine)
    near, km = _nearest(lines, main, where)
    if len(main) < np.count_nonzero(fine):
        near_any, km_any = _nearest(lines, np.flatnonzero(fine), where)
        island = km_any < km - NEAR_KM
        near, km = np.where(island, near_any, near), np.where(island, km_any, km)
    return Snapped(node=near, km=km, part=part[near])


def _nearest(lines: Lines, nodes: Ints, where: Floats) -> tuple[Ints, Floats]:
    from scipy.spatial import cKDTree

    tree = cKDTree(_on_sphere(lines.lon[nodes], lines.lat[nodes]))
    at = nodes[tree.query(_on_sphere(where[:, 0], where[:, 1]))[1]]
    return at, km_between(where[:, 0], where[:, 1], lines.lon[at], lines.lat[at])


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    lam, phi = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def _searched(
    links: Links, home: Ints, away: Ints, tell: Callable[[str, int, int], object] | None
) -> tuple[Floats, Floats, Bools, Floats]:
    """Minutes, km, whether by ferry and share on fast roads: searched from each site, against the direction."""
    from scipy.sparse import csgraph

    matrix, link = _matrix(links, backwards=True)
    shape = (len(home), len(away))
    minutes, km = np.full(shape, np.inf), np.full(shape, np.inf)
    ferry, fast = np.zeros(shape, dtype=bool), np.zeros(shape)
    for s, site in enumerate(away):
        if tell is not None and tell("Quickest ways are searched", s, len(away)):
            raise KeyboardInterrupt
        reached, preceding = csgraph.dijkstra(matrix, indices=np.array([site]), return_predecessors=True)
        far, before = reached[0], preceding[0]
        minutes[:, s] = far[home]
        along, sea, quick = _along(matrix, link, links, before.astype(np.int64))[:, home]
        km[:, s] = np.where(np.isfinite(far[home]), along, np.inf)
        ferry[:, s] = sea > 0
        fast[:, s] = np.divide(quick, along, out=np.zeros(len(home)), where=along > 0)
    # What stands for no time is no time.
    minutes = np.where(minutes < 1e3 * np.finfo(float).tiny, 0.0, minutes)
    return minutes, km, ferry, fast


def _along(matrix: Any, link: Ints, links: Links, before: Ints) -> Floats:
    """Km, km at sea and on fast roads of the way found to each node, (3, N): along two links, four, eight and so on."""
    count = links.nodes
    reached = np.flatnonzero(before >= 0)
    start, column = matrix.indptr, matrix.indices
    # Each node's entry in the row of the node before it.
    key = np.repeat(np.arange(count, dtype=np.int64), np.diff(start)) * count + column
    at = link[np.searchsorted(key, before[reached] * count + reached)]
    km = np.zeros((3, count))
    km[:, reached] = links.km[at], np.where(links.sea[at], links.km[at], 0.0), links.fast[at]
    back = np.where(before >= 0, before, np.arange(count))
    while True:
        # Where a way begins nothing is added: there it is nought.
        km, further = km + km[:, back], back[back]
        if (further == back).all():
            return km
        back = further


def places_outside(km: Floats, ids: Sequence[str]) -> list[tuple[str, float]]:
    """Places that lie outside the extract, and how far from any road."""
    return [(i, float(far)) for i, far in zip(ids, km, strict=True) if far > OUTSIDE_KM]


def within_km(one: Floats, other: Floats, km: float) -> list[tuple[int, int, float]]:
    """Pairs of places no farther from each other than so many km: (position, position, km)."""
    from scipy.spatial import cKDTree

    if not len(one) or not len(other):
        return []
    # A chord is a little shorter than the way along the ground.
    reach = 2 * np.sin(km / EARTH_KM / 2)
    trees = [cKDTree(_on_sphere(places[:, 0], places[:, 1])) for places in (one, other)]
    near = trees[0].query_ball_tree(trees[1], reach)
    first = np.repeat(np.arange(len(one)), [len(each) for each in near])
    second = np.array([j for each in near for j in sorted(each)], dtype=np.int64)
    far = km_between(one[first, 0], one[first, 1], other[second, 0], other[second, 1])
    return list(zip(first.tolist(), second.tolist(), far.tolist(), strict=True))
