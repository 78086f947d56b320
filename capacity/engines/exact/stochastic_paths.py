"""One transport problem by successive shortest paths, where a linear program's tolerances are too coarse.

Each point in turn sends its demand along the cheapest path to a site with room, moving others aside where
that is cheaper (Jewell 1958; Ahuja, Magnanti, Orlin 1993, chapter 9.7). Amounts are only added and
subtracted, so nothing is off by more than the rounding of a sum. Slower than a hot-started simplex.
"""

from __future__ import annotations

import numpy as np

from capacity.arrays import Floats, Ints


def shortest_paths(cost: Floats, unserved: Floats, demand: Floats, capacity: Floats) -> tuple[Floats, Floats]:
    """Serve at least cost; what is not worth serving, or finds no room, is not served.

    Parameters
    ----------
    cost : ndarray (n, k)
        Per unit; infinite out of reach.
    unserved, demand : ndarray (n,)
    capacity : ndarray (k,)

    Returns
    -------
    tuple of ndarray
        Amounts (n, k), and the price of each site's capacity (k,).
    """
    n, k = cost.shape
    # Not being served is one more site, which holds everybody.
    pays: Floats = np.column_stack([np.where(cost < unserved[:, None], cost, np.inf), unserved])
    sent: Floats = np.zeros((n, k + 1))
    room = np.append(capacity, np.inf)
    for i in np.flatnonzero(demand > 0.0):
        left = float(demand[i])
        while left > 0.0:
            path = _cheapest_path(pays, sent, room, int(i))
            amount = min([left, float(room[path[-1][1]]), *(sent[q, j] for q, j in path[1::2])])
            for turn, (q, j) in enumerate(path):
                sent[q, j] += -amount if turn % 2 else amount
            room[path[-1][1]] -= amount
            left -= amount
    move = _moves(pays, sent)
    # A unit less room at a site moves one of its units to where there is room.
    price, _ = _distances(move.T, np.where(room > 0.0, 0.0, np.inf))
    return sent[:, :k], np.clip(price[:k], 0.0, unserved.max())


def _moves(pays: Floats, sent: Floats) -> Floats:
    """What it costs to move one unit from each site to each other, (k + 1, k + 1)."""
    k = pays.shape[1]
    move: Floats = np.full((k, k), np.inf)
    for j in range(k):
        here = sent[:, j] > 0.0
        if here.any():
            move[j] = (pays[here] - pays[here, j, None]).min(axis=0)
    return move


def _distances(move: Floats, first: Floats) -> tuple[Floats, Ints]:
    """Cheapest way to each site when starting at each costs `first`, and the site before it (-1: none)."""
    distance, before = first.copy(), np.full(len(first), -1)
    # What differs by rounding is no shorter: else a path could run in circles.
    rounding = 2.0**-50 * max(np.abs(x[np.isfinite(x)]).max(initial=0.0) for x in (move, first))
    for _ in range(len(first)):
        ways = distance[:, None] + move
        best = ways.argmin(axis=0)
        found = ways[best, np.arange(len(first))]
        nearer = found < distance - rounding
        if not nearer.any():
            break
        distance, before = np.where(nearer, found, distance), np.where(nearer, best, before)
    return distance, before


def _cheapest_path(pays: Floats, sent: Floats, room: Floats, point: int) -> list[tuple[int, int]]:
    """Pairs (point, site) that gain, lose, gain, ... an amount, the last site having room."""
    distance, before = _distances(_moves(pays, sent), pays[point])
    site = int(np.where(room > 0.0, distance, np.inf).argmin())
    backwards: list[tuple[int, int]] = []
    while before[site] >= 0 and len(backwards) < 2 * len(room):
        source = int(before[site])
        here = np.flatnonzero(sent[:, source] > 0.0)
        moved = int(here[(pays[here, site] - pays[here, source]).argmin()])
        backwards += [(moved, site), (moved, source)]
        site = source
    return [(point, site), *((q, j) for q, j in reversed(backwards))]
