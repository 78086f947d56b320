"""Fastest ways through a network of links."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capacity.arrays import Floats, Ints

FEW = 1_000_000
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
    return by_steps(tails, heads, lengths, nodes, starts)


def by_dijkstra(tails: Ints, heads: Ints, lengths: Floats, nodes: int, starts: Sequence[int]) -> Floats:
    """As `fastest`, by scipy: the time grows little faster than the network."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    graph = csr_array((lengths, (tails, heads)), shape=(nodes, nodes))
    return np.asarray(dijkstra(graph, indices=list(starts)), dtype=float)


def by_steps(tails: Ints, heads: Ints, lengths: Floats, nodes: int, starts: Sequence[int]) -> Floats:
    """As `fastest`, one link further at a time until nothing is shortened (Bellman and Ford).

    Both give the least of the same sums, each added up from its start: the same numbers to the last bit.
    """
    best = np.full((nodes, len(starts)), np.inf)
    best[list(starts), np.arange(len(starts))] = 0.0
    if not len(tails):
        return np.ascontiguousarray(best.T)
    order = np.argsort(heads, kind="stable")
    tails, lengths = tails[order], lengths[order, None]
    ends, first = np.unique(heads[order], return_index=True)
    while True:
        further = np.minimum(best[ends], np.minimum.reduceat(best[tails] + lengths, first))
        if (further == best[ends]).all():
            return np.ascontiguousarray(best.T)
        best[ends] = further
