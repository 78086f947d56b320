"""The best different site sets found so far."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.p_median_costs import Floats
from capacity.engines.exact.p_median_instance import Instance
from capacity.engines.exact.tolerances import TIE


class Pool:
    """At most `k` different site sets, best first; ties in lexicographic order of their sites.

    Parameters
    ----------
    instance : Instance
        Gives the value of a set.
    k : int
        How many sets to keep.
    ceiling : float, optional
        Only values below it are of interest.

    Attributes
    ----------
    least : float
        Lowest objective met. Of a tie the first set is the best one, not always the cheapest.
    """

    def __init__(self, instance: Instance, k: int = 1, ceiling: float = np.inf) -> None:
        self.instance = instance
        self.k = k
        self.ceiling = ceiling
        self._entries: list[tuple[float, tuple[int, ...]]] = []
        self.least = ceiling

    @property
    def entries(self) -> list[tuple[float, tuple[int, ...]]]:
        """(objective, sites), best first."""
        return list(self._entries)

    @property
    def best(self) -> float:
        """Objective of the best set found; the ceiling before there is one."""
        return self._entries[0][0] if self._entries else self.ceiling

    @property
    def worst(self) -> float:
        """Objective a new set must beat (or tie) to enter."""
        return self._entries[-1][0] if len(self._entries) == self.k else self.ceiling

    @property
    def cutoff(self) -> float:
        """Bound, in units of ``instance.C``, that proves there is nothing left to find."""
        worst = self.worst
        return self.instance.cutoff(worst) if np.isfinite(worst) else self.instance.ceiling

    def offer(self, chosen: npt.ArrayLike) -> float:
        """Value rows `chosen` of ``instance.C`` and keep the set if it is good enough."""
        sites = self.instance.site_set(chosen)
        value = self.instance.value(sites)
        if not value < self.ceiling:
            return value
        if any(sites == known for _, known in self._entries):
            return value
        self.least = min(self.least, value)
        self._entries.append((value, sites))
        self._entries.sort(key=self._rank)
        del self._entries[self.k :]
        return value

    def offer_all(self, chosen: npt.NDArray[np.int64], values: Floats) -> None:
        """Offer many sets, rows of `chosen`, with lower estimates of their values in units of C."""
        scale = self.instance.scale
        for row in np.argsort(values, kind="stable"):
            if values[row] > min(self.worst * scale * (1.0 + TIE), self.instance.ceiling):
                return
            self.offer(chosen[row])

    def _rank(self, entry: tuple[float, tuple[int, ...]]) -> tuple[float, tuple[int, ...]]:
        """Value in units of a tie of the lowest one, so that ties compare equal; then the sites."""
        value, sites = entry
        quantum = 1.0 if self.instance.integer else TIE * self.least
        return (float(np.rint(value / quantum)) if quantum > 0.0 else value), sites
