"""A lower bound of every set of sites at once, from multipliers of the rows.

Rows that hold points, sizes and sites together are weighed by multipliers (Lagrange; Geoffrion 1974)
and leave the model; what stays falls apart by point and by site. With the sites open,

    bound(S) = multipliers @ right-hand sides (that of the beds depends on how many units there are)
               + sum over j in S of (site j + its cheapest size)
               + sum over points of the cheapest of its sites in S,

each at its reduced cost. Any multipliers of the right sign give a bound of every set, so the dual
values of one set's linear programme are bounds of all the others, and the ray that proves one set
impossible proves others impossible.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from capacity.arrays import Floats, Ints
from capacity.engines.rank.parts import Parts
from capacity.tolerances import RAY

Members = npt.NDArray[np.int16]

BLOCK = 4_096
"""Sets bounded at once, so that the working arrays stay in the processor's cache."""

UNBOUNDED = 1e6
"""No further column (an excess, a level) is larger than this in any plan worth having; reduced costs are
zero there but for rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SetBounds:
    """Bounds of sets by multipliers.

    Attributes
    ----------
    parts : Parts
    """

    parts: Parts
    _no_cost: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_no_cost", np.zeros(len(self.parts.linear.cost)))

    def of(self, sets: Members, multipliers: Floats) -> Floats:
        """Bound of each set.

        Parameters
        ----------
        sets : ndarray (B, q) of int16
            Positions of the sites of each set, filled up with m.
        multipliers : ndarray (rows,)
            Those of the wrong sign, and of rows that are not weighed, count as zero.

        Returns
        -------
        ndarray (B,)
        """
        linear = self.parts.linear
        return self._bounds(sets, multipliers, linear.cost, linear.constant)

    def impossible(self, sets: Members, ray: Floats) -> npt.NDArray[np.bool_]:
        """Sets that a dual ray proves to break a row, (B,)."""
        size = float(np.abs(ray).max(initial=0.0))
        if size == 0.0:
            return np.zeros(len(sets), dtype=bool)
        return self._bounds(sets, ray / size, self._no_cost, 0.0) > RAY

    def _bounds(self, sets: Members, multipliers: Floats, cost: Floats, constant: float) -> Floats:
        parts, linear = self.parts, self.parts.linear
        low = np.where(parts.weighed & np.isfinite(linear.row_lower), np.maximum(multipliers, 0.0), 0.0)
        high = np.where(parts.weighed & np.isfinite(linear.row_upper), np.minimum(multipliers, 0.0), 0.0)
        used_low, used_high = low > 0, high < 0
        start = constant + float(
            low[used_low] @ linear.row_lower[used_low] + high[used_high] @ linear.row_upper[used_high]
        )
        reduced = cost - parts.by_column(low + high)
        further = reduced[parts.further]
        most = np.minimum(linear.upper[parts.further], UNBOUNDED)
        start += float(np.where(further > 0, further * linear.lower[parts.further], further * most).sum())
        by_site, by_point = self._by_site(reduced), self._by_point(reduced)
        bound = np.full(len(sets), start)
        if low[-1] > 0:
            units = (sets < len(parts.model.variables.open)).sum(axis=1)
            bound += low[-1] * parts.fewest[units] / parts.bed_size
        for at in range(0, len(sets), BLOCK):
            members = sets[at : at + BLOCK].T
            bound[at : at + BLOCK] += by_site[members].sum(axis=0)
            cheapest = by_point[members[0]]
            for k in range(1, len(members)):
                np.minimum(cheapest, by_point[members[k]], out=cheapest)
            bound[at : at + BLOCK] += cheapest.sum(axis=1)
        return bound

    def _by_site(self, reduced: Floats) -> Floats:
        """What opening each site costs at least, (m + 1,): nothing where a set is filled up."""
        parts, v = self.parts, self.parts.model.variables
        m = len(v.open)
        cheapest, free = np.full(m, np.inf), np.zeros(m)
        np.minimum.at(cheapest, v.size_site, reduced[v.size])
        np.add.at(free, v.size_site, np.minimum(reduced[v.size], 0.0))
        found = np.append(np.where(parts.sized, cheapest, free), 0.0)
        found[v.sites] += reduced[v.open[v.sites]]
        return found

    def _by_point(self, reduced: Floats) -> Floats:
        """What serving each point (in each scenario) from a site costs, (m + 1, points).

        Where women may stay unserved, nobody pays more than nothing.
        """
        parts, v = self.parts, self.parts.model.variables
        shares = np.flatnonzero((parts.point >= 0) & (parts.linear.upper > 0))
        seen = np.unique(parts.point[parts.point >= 0])
        column: Ints = np.searchsorted(seen, parts.point[shares])
        found = np.full((len(v.open) + 1, len(seen)), np.inf)
        found[parts.site[shares], column] = reduced[shares]
        spared = ~parts.everybody[seen]
        found[:, spared] = np.minimum(found[:, spared], 0.0)
        return found
