"""First site sets, and the swap search that makes good ones out of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from capacity.exact.p_median_instance import Floats, Indices

BLOCK = 1 << 19
"""Costs looked at together when exchanges are valued."""

SEED = 20240229
"""Of the generator that draws the first set."""


def first_set(C: Floats, cap: Floats, p: int) -> Indices:
    """Choose p rows of `C`: again and again the best site of a badly served point.

    Points are drawn with chances in proportion to what they cost so far (the seeding of
    k-means++; Arthur and Vassilvitskii 2007), so that every part of the map is served.
    """
    draw = np.random.default_rng(SEED)
    free = np.ones(len(C), dtype=bool)
    centre = int(np.add.reduce(np.minimum(C, cap), axis=1, dtype=np.float64).argmin())
    chosen = [centre]
    free[centre] = False
    nearest = np.minimum(C[centre], cap)
    while len(chosen) < p:
        served = np.cumsum(nearest, dtype=np.float64)
        point = int(np.searchsorted(served, draw.random() * served[-1], side="right"))
        costs = C[:, min(point, C.shape[1] - 1)]
        site = int(np.where(free, costs, np.inf).argmin())
        chosen.append(site)
        free[site] = False
        nearest = np.minimum(nearest, C[site])
    return np.array(chosen, dtype=np.int64)


def swap_search(
    C: Floats,
    cap: Floats,
    chosen: Indices,
    *,
    moves: int,
    stop: Callable[[], bool],
    on_neighbours: Callable[[Indices, Floats, float], None] | None = None,
) -> Indices:
    """Exchange an open site for a closed one while that lowers the cost (Teitz and Bart 1968).

    All exchanges are valued at once from each point's two nearest open sites (Whitaker 1983); the
    best of them, and those that do not touch it, are made together when that is better still.

    Parameters
    ----------
    C, cap : ndarray
        Costs, sites in rows, and the cost of each point to the nearest site that stays open.
    chosen : ndarray of int
        Rows of `C` to start from.
    moves : int
        Greatest number of rounds.
    stop : callable
        Asked before each round whether to leave it at that (a round over 10,000 x 10,000 takes 0.4 s).
    on_neighbours : callable, optional
        Told ``(chosen, net, cost)`` at the end: ``net[j, r]`` is about what is saved when row j
        replaces ``chosen[r]``.
    """
    chosen = chosen.copy()
    cost = total_cost(C, cap, chosen)
    for _ in range(moves):
        if stop():
            break
        net = savings(C, cap, chosen)
        better = _exchange(C, cap, chosen, net, cost)
        if better is None:
            break
        chosen, cost = better
    if on_neighbours is not None:
        on_neighbours(chosen, savings(C, cap, chosen), cost)
    return chosen


def total_cost(C: Floats, cap: Floats, chosen: Indices) -> float:
    """Sum over the points of the cost to the nearest site."""
    return float(np.minimum(C[chosen].min(axis=0), cap).sum(dtype=np.float64))


def savings(C: Floats, cap: Floats, chosen: Indices) -> Floats:
    """What each exchange saves: ``net[j, r]`` when row j of `C` replaces ``chosen[r]``.

    What j gains, less what r's points lose, plus what they are spared because j is near (Resende and
    Werneck 2007, A fast swap-based local search procedure for location problems).
    """
    p = len(chosen)
    open_costs = np.vstack([C[chosen], cap])
    nearest = open_costs.argmin(axis=0)
    points = np.arange(C.shape[1])
    first = open_costs[nearest, points]
    open_costs[nearest, points] = np.inf
    second = np.minimum(open_costs.min(axis=0), np.maximum(first, cap))
    served = nearest < p
    lost = np.bincount(nearest[served], (second - first)[served], minlength=p)
    leaving = np.where(served, nearest, 0)
    net: Floats = np.empty((len(C), p))
    for start in range(0, len(C), step := max(1, BLOCK // C.shape[1])):
        block = C[start : start + step]
        # Only points closer to the new site than to their second nearest gain or are spared by it.
        entering, point = np.nonzero(second > block)
        costs = block[entering, point]
        gain = np.bincount(entering, np.maximum(first[point] - costs, 0.0), len(block))
        spared = (second[point] - np.maximum(costs, first[point])) * served[point]
        pairs = np.bincount(entering * p + leaving[point], spared, len(block) * p)
        net[start : start + step] = pairs.reshape(-1, p) + gain[:, None] - lost
    net[chosen] = -np.inf
    return net


def _exchange(
    C: Floats, cap: Floats, chosen: Indices, net: Floats, cost: float
) -> tuple[Indices, float] | None:
    """Make several of the best exchanges at once, or the best one, or none."""
    enter = net.argmax(axis=0)
    saved = net[enter, np.arange(len(chosen))]
    order = np.argsort(-saved, kind="stable")
    order = order[saved[order] > 0.0]
    _, once = np.unique(enter[order], return_index=True)
    order = order[np.sort(once)]
    several = max(1, len(order) // 3)
    while len(order):
        leave = order[:several]
        trial = chosen.copy()
        trial[leave] = enter[leave]
        value = total_cost(C, cap, trial)
        if value < cost:
            return trial, value
        if several == 1:
            return None
        several //= 2
    return None
