"""All sets a Lagrangian bound does not rule out, listed and valued by array arithmetic."""

from __future__ import annotations

import numpy as np

from capacity.engines.exact.p_median_costs import Doubles, Floats, Indices

BLOCK = 1 << 18
"""Numbers gathered at once when sets are valued."""


def sets_below(rho: Doubles, p: int, budget: float, limit: int) -> Indices | None:
    """List every p-subset with sum of `rho` at most `budget`, or None when there are too many.

    Parameters
    ----------
    rho : ndarray, (k,)
        Any numbers.
    p : int
        Size of the sets, at least 1.
    budget : float
        Greatest sum; infinity lists all sets.
    limit : int
        Greatest number of sets to list.

    Returns
    -------
    ndarray of int, (sets, p) or None
        Positions in `rho`. A partial set is extended only by sites that leave a completion within
        the budget, so no more than `limit` partial sets are ever held.
    """
    k = len(rho)
    order = np.argsort(rho, kind="stable")
    ranked = rho[order]
    cumulative = np.concatenate([[0.0], np.cumsum(ranked)])
    sets = np.empty((1, 0), dtype=np.int64)
    spent: Doubles = np.zeros(1)
    last = np.full(1, -1, dtype=np.int64)
    for size in range(1, p + 1):
        rest = p - size
        windows = cumulative[rest + 1 :] - cumulative[: k - rest]
        if np.isfinite(budget):
            end = np.searchsorted(windows, budget - spent, side="right")
        else:
            end = np.full(len(spent), k - rest)
        counts = np.maximum(end - last - 1, 0)
        total = int(counts.sum())
        if total > limit:
            return None
        parent = np.repeat(np.arange(len(sets)), counts)
        first = np.cumsum(counts) - counts
        last = np.arange(total) - first[parent] + last[parent] + 1
        sets = np.column_stack([sets[parent], last])
        spent = spent[parent] + ranked[last]
    listed: Indices = order[sets]
    return listed


def values(C: Floats, cap: Floats, sets: Indices) -> Doubles:
    """Cost of every set (a row of positions in `C`) together with the sites behind `cap`."""
    result: Doubles = np.empty(len(sets))
    step = max(1, BLOCK // C.shape[1])
    for start in range(0, len(sets), step):
        block = sets[start : start + step]
        nearest = np.minimum(C[block[:, 0]], cap)
        for column in block.T[1:]:
            np.minimum(nearest, C[column], out=nearest)
        np.add.reduce(nearest, axis=1, dtype=np.float64, out=result[start : start + step])
    return result
