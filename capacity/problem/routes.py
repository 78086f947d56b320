"""Fastest ways through a network of links."""

from __future__ import annotations

import math
from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np

from capacity.arrays import Floats, Ints

FEW = 300_000
"""Starts times links up to which loading scipy would take longer than finding the ways without it."""


def fastest(tails: Ints, heads: Ints, lengths: Floats, nodes: int, starts: Sequence[int]) -> Floats:
    """Length of the shortest way from each start to each node, (starts, nodes); inf where there is none.

    Parameters
    ----------
    tails, heads : ndarray (links,) of int
        Links go one way; no two have the same ends.
    lengths : ndarray (links,) of float
        Above zero.
    nodes : int
    starts : sequence of int
    """
    if len(tails) * len(starts) > FEW:
        return by_dijkstra(tails, heads, lengths, nodes, starts)
    return by_hand(tails, heads, lengths, nodes, starts)


def by_dijkstra(tails: Ints, heads: Ints, lengths: Floats, nodes: int, starts: Sequence[int]) -> Floats:
    """As `fastest`, by scipy: the time grows little faster than the network."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    graph = csr_array((lengths, (tails, heads)), shape=(nodes, nodes))
    return np.asarray(dijkstra(graph, indices=list(starts)), dtype=float)


def by_hand(tails: Ints, heads: Ints, lengths: Floats, nodes: int, starts: Sequence[int]) -> Floats:
    """As `fastest`, in plain Python, which takes no time to load.

    Both give the least of the same sums, each added up from its start: the same numbers to the last bit.
    """
    onward: list[list[tuple[int, float]]] = [[] for _ in range(nodes)]
    for tail, head, length in zip(tails.tolist(), heads.tolist(), lengths.tolist(), strict=True):
        onward[tail].append((head, length))
    found = np.full((len(starts), nodes), np.inf)
    for row, start in enumerate(starts):
        best = [math.inf] * nodes
        best[start] = 0.0
        waiting = [(0.0, start)]
        while waiting:
            so_far, here = heappop(waiting)
            if so_far > best[here]:
                continue
            for there, length in onward[here]:
                if (whole := so_far + length) < best[there]:
                    best[there] = whole
                    heappush(waiting, (whole, there))
        found[row] = best
    return found
