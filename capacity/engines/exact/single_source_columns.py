"""All ways to fill a site that a bound leaves: what one site serves, as columns of a set-partitioning problem.

A solution is one column for each open site. Where the bound is near the best solution few columns are left, and the
linear program over them knows knapsacks, which that over pairs of points and sites does not [1]_.

References
----------
.. [1] Baldacci, Hadjiconstantinou, Maniezzo, Mingozzi (2002), A new method for solving capacitated location problems
   based on a set partitioning approach. Computers & Operations Research 29(4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.engines.exact.linear import Bools, Doubles, Indices


@dataclass(frozen=True, kw_only=True, eq=False)
class Columns:
    """Some columns.

    Attributes
    ----------
    site : ndarray of int, (r,)
    served : ndarray of bool, (r, n)
        Points that the site serves.
    cost : ndarray, (r,)
        Opening the site and serving them.
    """

    site: Indices
    served: Bools
    cost: Doubles

    def __len__(self) -> int:
        return len(self.site)

    def only(self, stay: Bools | Indices) -> Columns:
        """Those that stay."""
        return Columns(site=self.site[stay], served=self.served[stay], cost=self.cost[stay])


def fillings_within(
    worth: Doubles, weight: Indices, room: int, table: Doubles, most: float, limit: int
) -> Bools | None:
    """All sets of points that fit into one site and are worth at most `most`; None where there are more than `limit`.

    Parameters
    ----------
    worth : ndarray, (n,)
    weight : ndarray of int, (n,)
    room : int
    table : ndarray, (n + 1, units + 1)
        Least value of what the points from the i-th on add, by what is left of the room.

    Returns
    -------
    ndarray of bool, (r, n)
    """
    n = len(worth)
    left, value = np.array([room]), np.zeros(1)
    served = np.zeros((1, n), dtype=bool)
    for point in range(n):
        stays = value + table[point + 1, left] <= most
        after = left - weight[point]
        with_it = value + worth[point]
        joins = (after >= 0) & (with_it + table[point + 1, np.maximum(after, 0)] <= most)
        if np.count_nonzero(stays) + np.count_nonzero(joins) > limit:
            return None
        joined = served[joins]
        joined[:, point] = True
        served = np.concatenate([served[stays], joined])
        value = np.concatenate([value[stays], with_it[joins]])
        left = np.concatenate([left[stays], after[joins]])
    return served
