"""First site sets, and the swap search that makes good ones out of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from capacity.engines.exact.p_median_costs import Doubles, Floats, Indices
from capacity.engines.exact.p_median_lists import Costs, Lists

SEED = 20240229
"""Of the generator that draws the first set."""


def first_set(C: Costs, cap: Floats, p: int) -> Indices:
    """Choose p rows of `C`: again and again the best site of a badly served point.

    Points are drawn with chances in proportion to what they cost so far (the seeding of
    k-means++; Arthur and Vassilvitskii 2007), so that every part of the map is served.
    """
    draw = np.random.default_rng(SEED)
    free = np.ones(len(C), dtype=bool)
    limit = C.within(cap)
    centre = int(C.reduced_costs(limit, 0.0, np.float64).argmin())
    chosen, column = [centre], C.columns()
    free[centre] = False
    nearest = C.nearest(np.array([centre]), limit)
    while len(chosen) < p:
        served = np.cumsum(nearest, dtype=np.float64)
        point = int(np.searchsorted(served, draw.random() * served[-1], side="right"))
        costs = column(min(point, C.shape[1] - 1))
        site = int(np.where(free, costs, np.inf).argmin())
        if not free[site]:
            site = int(free.argmax())  # no site that is still free is listed there
        chosen.append(site)
        free[site] = False
        nearest = C.nearest(np.array([site]), nearest)
    return np.array(chosen, dtype=np.int64)


def swap_search(
    C: Costs,
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
        Asked before each round whether to leave it at that.
    on_neighbours : callable, optional
        Told ``(chosen, net, cost)`` at the end: ``net[j, r]`` is about what is saved when row j
        replaces ``chosen[r]``.
    """
    chosen = chosen.copy()
    cost = total_cost(C, cap, chosen)
    for _ in range(moves):
        if stop():
            break
        better = _exchange(C, cap, chosen, *best_exchanges(C, cap, chosen), cost)
        if better is None:
            break
        chosen, cost = better
    if on_neighbours is not None:
        on_neighbours(chosen, savings(C, cap, chosen), cost)
    return chosen


def total_cost(C: Costs, cap: Floats, chosen: Indices) -> float:
    """Sum over the points of the cost to the nearest site."""
    return float(C.nearest(chosen, C.within(cap)).sum(dtype=np.float64))


@dataclass(frozen=True)
class _Effects:
    """What opening the sites `start` to `stop` does to the points near them (Resende and Werneck 2007).

    Attributes
    ----------
    gain : ndarray
        Of each site: what its points gain when it opens.
    entering, leaving, spared : ndarray
        Of a site that opens and a position in the open sites that closes: what a point of the latter is spared
        because the former is near. (They are one pair of many; points are added up by who asks.)
    """

    start: int
    stop: int
    gain: Doubles
    entering: Indices
    leaving: Indices
    spared: Floats


def _effects(C: Costs, cap: Floats, chosen: Indices) -> tuple[Doubles, Iterator[_Effects]]:
    """What the points of each open site lose when it closes, and what opening the others does, some at a time.

    An exchange saves what the entering site gains, less what the leaving one's points lose, plus what they are
    spared because the entering site is near.
    """
    p = len(chosen)
    nearest, first, second = C.two_nearest(chosen, cap)
    served = nearest < p
    lost = np.bincount(nearest[served], (second - first)[served], minlength=p).astype(np.float64)
    leaving = np.where(served, nearest, 0)

    def blocks_of_sites() -> Iterator[_Effects]:
        # Only points closer to the new site than to their second nearest gain or are spared by it.
        for start, stop, entering, point, costs in C.below(second):
            gain = np.bincount(entering, np.maximum(first[point] - costs, 0.0), stop - start).astype(np.float64)
            spared = (second[point] - np.maximum(costs, first[point])) * served[point]
            yield _Effects(start, stop, gain, entering, leaving[point], spared)

    return lost, blocks_of_sites()


def _savings_by_block(C: Costs, cap: Floats, chosen: Indices) -> Iterator[tuple[int, Doubles]]:
    """First row and savings of some rows of `C` at a time."""
    p = len(chosen)
    lost, effects = _effects(C, cap, chosen)
    for e in effects:
        pairs = np.bincount(e.entering * p + e.leaving, e.spared, (e.stop - e.start) * p)
        net = np.asarray(pairs.reshape(-1, p) + e.gain[:, None] - lost, dtype=np.float64)
        net[chosen[(chosen >= e.start) & (chosen < e.stop)] - e.start] = -np.inf
        yield e.start, net


def savings(C: Costs, cap: Floats, chosen: Indices) -> Floats:
    """What each exchange saves: ``net[j, r]`` when row j of `C` replaces ``chosen[r]``."""
    return np.concatenate([net for _, net in _savings_by_block(C, cap, chosen)])


def best_exchanges(C: Costs, cap: Floats, chosen: Indices) -> tuple[Indices, Doubles]:
    """For each open site the row of `C` that replaces it best, and what that saves."""
    if isinstance(C, Lists):
        return _best_of_few(C, cap, chosen)
    p = len(chosen)
    enter, saved = np.zeros(p, dtype=np.int64), np.full(p, -np.inf)
    for start, net in _savings_by_block(C, cap, chosen):
        best = net.argmax(axis=0)
        most = net[best, np.arange(p)]
        better = most > saved
        enter[better], saved[better] = best[better] + start, most[better]
    return enter, saved


def _best_of_few(C: Lists, cap: Floats, chosen: Indices) -> tuple[Indices, Doubles]:
    """The same, without a table of all exchanges: few sites are near the points of any open site.

    Of the sites that spare its points nothing, the best is the one that gains most, whichever closes.
    """
    from scipy.sparse import csr_array

    p = len(chosen)
    lost, effects = _effects(C, cap, chosen)
    enter, saved, gained = np.zeros(p, dtype=np.int64), np.full(p, -np.inf), -np.inf
    for e in effects:
        sites = e.stop - e.start
        e.gain[chosen[(chosen >= e.start) & (chosen < e.stop)] - e.start] = -np.inf
        first = np.concatenate([[0], np.cumsum(np.bincount(e.entering, minlength=sites))])
        spared = csr_array((e.spared.astype(np.float64), e.leaving, first), shape=(sites, p))
        spared.sum_duplicates()
        site, position = np.repeat(np.arange(sites), np.diff(spared.indptr)), spared.indices
        net = spared.data + e.gain[site] - lost[position]
        order = np.lexsort((-site, net, position))
        best = order[np.flatnonzero(np.diff(position[order], append=p))]
        best = best[net[best] > saved[position[best]]]
        enter[position[best]], saved[position[best]] = site[best] + e.start, net[best]
        if e.gain.max() > gained:
            most, gained = int(e.gain.argmax()) + e.start, float(e.gain.max())
            better = gained - lost > saved
            enter[better], saved[better] = most, (gained - lost)[better]
    return enter, saved


def _exchange(
    C: Costs, cap: Floats, chosen: Indices, enter: Indices, saved: Doubles, cost: float
) -> tuple[Indices, float] | None:
    """Make several of the best exchanges at once, or the best one, or none."""
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
