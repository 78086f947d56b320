"""The p-center problem: the way of whoever has the longest is as short as possible."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.certificate import Certificate, relative_gap
from capacity.engines.exact.checks import check_costs, check_count, check_shape, check_time, chosen_sites, refuse
from capacity.engines.exact.covering_program import enough
from capacity.engines.exact.covering_table import numbers_of
from capacity.engines.exact.linear import Doubles, Indices
from capacity.engines.exact.p_median_costs import Floats, blocks
from capacity.errors import NoPlanError, some

FIRST_POINTS = 5
"""Points looked at first, in parts of p: each is the farthest from the sites nearest to those before it."""

EACH = 2
"""Points of each open site that join at once."""


def p_center(
    cost: npt.ArrayLike,
    p: int,
    *,
    weights: npt.ArrayLike | None = None,
    keep: Iterable[int] = (),
    forbid: Iterable[int] = (),
    time_limit: float | None = None,
) -> Certificate:
    """Open p sites so that the greatest weighted cost of a point to its nearest open site is least.

    With ``y_j = 1`` where site j is open::

        minimise    max_i w_i min { c_ij : y_j = 1 }
        subject to  sum_j y_j = p
                    y_j = 1 for j in keep, y_j = 0 for j in forbid

    Parameters
    ----------
    cost : array_like, (n, m)
        ``cost[i, j]`` when point i uses site j, such as minutes; not negative, ``numpy.inf`` where site j is out of
        reach of point i. Single precision is taken as it is.
    p : int
        Number of sites to open, those in `keep` included.
    weights : array_like, (n,), optional
        Weight of each point, not negative; 1 each by default. A point of weight zero does not count, and need not be
        within reach of an open site.
    keep, forbid : iterable of int
        Columns that must be open, and that must stay closed.
    time_limit : float, optional
        Seconds after which the search stops.

    Returns
    -------
    Certificate
        ``objective`` is the greatest of ``w_i c_ij`` to the nearest open site, ``assignment[i]`` that site (the lowest
        column of equals), -1 where a point of weight zero reaches none. ``optimal`` is exact: the objective is one of
        the numbers ``w_i c_ij`` and it is proven that no p sites reach all points within the next lower one.

    Raises
    ------
    ValueError
        For malformed arrays (every fault at once), or where no p sites are within reach of every point (then it is
        proven).
    NoPlanError
        If the time limit passes before p sites within reach of every point are found.

    Notes
    -----
    Whether p sites reach some points within a radius is a covering problem [1]_: points and sites that others make
    superfluous go, points that share no site are counted, and branch and cut (HiGHS) answers what is left. The least
    radius of a few points, found by bisection over their costs, is a bound for all [2]_; the points farthest from the
    sites found join them until none is farther than the bound. Nothing is rounded: costs are compared as they are.

    References
    ----------
    .. [1] Minieka (1970), The m-center problem. SIAM Review 12(1).
    .. [2] Chen, Chen (2009), New relaxation-based algorithms for the optimal solution of the continuous and discrete
       p-center problems. Computers and Operations Research 36(5).
    .. [3] Contardo, Iori, Kramer (2019), A scalable exact algorithm for the vertex p-center problem. Computers and
       Operations Research 103.

    Examples
    --------
    Four places on a road at kilometres 0, 1, 5 and 6; one of them gets a site.

    >>> import numpy as np
    >>> road = np.array([0.0, 1.0, 5.0, 6.0])
    >>> found = p_center(abs(road[:, None] - road[None, :]), 1)
    >>> found.sites, found.objective, found.status
    ((1,), 5.0, 'optimal')
    """
    started = perf_counter()
    table, mass, kept, closed = _checked(cost, p, weights, keep, forbid, time_limit)
    deadline = np.inf if time_limit is None else started + time_limit
    search = Search(table, mass, int(p), kept, closed, deadline)
    try:
        search.run()
    except KeyboardInterrupt:
        if not np.isfinite(search.radius):
            raise
    if not np.isfinite(search.radius):
        raise NoPlanError("No sites within reach of every point were found within the time limit.")
    objective, bound = search.radius, min(search.bound, search.radius)
    gap = relative_gap(objective, bound)
    part = table[:, list(search.sites)]
    nearest = np.asarray(search.sites)[part.argmin(axis=1)]
    return Certificate(
        sites=search.sites,
        assignment=np.where(np.isfinite(part.min(axis=1)), nearest, -1),
        objective=objective,
        bound=bound,
        gap=gap,
        status="optimal" if gap == 0.0 else "feasible",
        engine="bisection and covering",
        seconds=perf_counter() - started,
    )


def _checked(
    cost: npt.ArrayLike,
    p: int,
    weights: npt.ArrayLike | None,
    keep: Iterable[int],
    forbid: Iterable[int],
    time_limit: float | None,
) -> tuple[Floats, Doubles, tuple[int, ...], tuple[int, ...]]:
    """Costs, weights, sites to keep and to forbid; refuses all that is wrong at once."""
    given = np.asarray(cost)
    table: Floats = given if given.dtype == np.float32 else np.asarray(given, dtype=np.float64)
    check_shape(table)
    n, m = table.shape
    faults: list[str] = []
    check_costs(table, faults)
    mass = numbers_of("weights", weights, n, "point", faults)
    kept, closed = chosen_sites(keep, forbid, m, faults)
    check_count(p, kept, closed, m, faults)
    check_time(time_limit, faults)
    refuse(faults)
    return table, mass, kept, closed


class Search:
    """What is found and proven, readable at any moment.

    Attributes
    ----------
    sites : tuple of int
        The best p sites found.
    radius : float
        Their greatest weighted cost; infinite where a point is out of reach.
    bound : float
        No p sites have less.
    """

    def __init__(
        self,
        table: Floats,
        weights: Doubles,
        p: int,
        kept: tuple[int, ...],
        closed: tuple[int, ...],
        deadline: float = np.inf,
    ) -> None:
        self._table, self._weights, self._deadline = table, weights, deadline
        self._kept, self._free = kept, np.setdiff1d(np.arange(table.shape[1]), [*kept, *closed])
        self._p = p - len(kept)
        self._counts = np.flatnonzero(weights > 0.0)
        self.sites = tuple(sorted([*kept, *self._free[: self._p].tolist()]))
        self.radius, self.bound = np.inf, 0.0
        self._rows: Indices = np.zeros(0, dtype=np.int64)
        self._near: Doubles = np.zeros((0, len(self._free)))
        self._kept_near: Doubles = np.zeros(0)
        self._serving: Indices = np.zeros(len(self._counts), dtype=np.int64)

    def run(self) -> None:
        """Bound ever more points until the sites that prove the bound of some reach all of them within it."""
        self._check_reach()
        if not len(self._counts):
            self.radius = 0.0
            return
        if self._p in (0, len(self._free)):
            self._values(self._free[: self._p])
            if np.isinf(self.radius):
                raise ValueError(f"No {self._p + len(self._kept)} sites are within reach of every point.")
            self.bound = self.radius
            return
        self._values(self._spread())
        while self.bound < self.radius and perf_counter() < self._deadline:
            found = self._least_radius()
            if found is None:
                return
            if self._take(self._values(found)):
                return

    # -- all points -------------------------------------------------------------------------

    def _check_reach(self) -> None:
        allowed = np.concatenate([np.asarray(self._kept, dtype=np.int64), self._free])
        every = len(allowed) == self._table.shape[1]
        lost = []
        for rows in blocks(len(self._counts), len(allowed)):
            part = self._table[self._counts[rows]] if every else self._table[np.ix_(self._counts[rows], allowed)]
            lost += self._counts[rows][~np.isfinite(part.min(axis=1))].tolist()
        if lost:
            raise ValueError(f"No site within reach of the points {some(lost)}.")

    def _values(self, chosen: Indices) -> Doubles:
        """Weighted cost of every point that counts to the nearest of these sites and those kept."""
        columns: list[int] = [*self._kept, *chosen.tolist()]
        least = self._table[:, columns[0]].astype(np.float64)
        serving = np.zeros(len(least), dtype=np.int64)
        for place, j in enumerate(columns[1:], start=1):
            serving[self._table[:, j] < least] = place
            np.minimum(least, self._table[:, j], out=least)
        self._serving = serving[self._counts]
        values: Doubles = least[self._counts] * self._weights[self._counts]
        radius = float(values.max())
        if radius < self.radius:
            self.sites, self.radius = tuple(sorted(int(j) for j in columns)), radius
        return values

    def _spread(self) -> Indices:
        """Again and again the site nearest to the point that is farthest from those chosen: the first p of them.

        These points, and others found in the same way, are looked at first.
        """
        least = np.full(len(self._counts), np.inf)
        for j in self._kept:
            np.minimum(least, self._table[self._counts, j], out=least)
        weights, chosen, points = self._weights[self._counts], np.zeros(len(self._free), dtype=bool), []
        sites: list[int] = []
        place = int((np.where(np.isfinite(least), least, 0.0) * weights).argmax())
        for _ in range(min(FIRST_POINTS * self._p, len(self._free), len(self._counts))):
            if least[place] * weights[place] == 0.0:
                break
            points.append(place)
            costs = np.where(chosen, np.inf, self._table[self._counts[place], self._free])
            site = int(costs.argmin())
            if not np.isfinite(costs[site]):
                break
            chosen[site] = True
            sites.append(int(self._free[site]))
            np.minimum(least, self._table[self._counts, sites[-1]], out=least)
            place = int((least * weights).argmax())
        self._join(np.unique(points))
        return self._filled(np.sort(np.array(sites[: self._p], dtype=np.int64)))

    def _take(self, values: Doubles) -> bool:
        """Let the points farthest beyond the bound join those looked at; True when there are none.

        Of the points of one open site the farthest few: others are near them.
        """
        beyond = values > self.bound
        beyond[np.searchsorted(self._counts, self._rows)] = False
        far = np.flatnonzero(beyond)
        if not len(far):
            return True
        order = far[np.lexsort((-values[far], self._serving[far]))]
        first = np.flatnonzero(np.diff(self._serving[order], prepend=-1))
        rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
        self._join(order[rank < EACH])
        return False

    def _join(self, places: Indices) -> None:
        """Look at these of the points that count as well."""
        points = self._counts[places.astype(np.int64)]
        weighted = self._weights[points, None]
        self._rows = np.append(self._rows, points)
        self._near = np.concatenate([self._near, self._table[np.ix_(points, self._free)] * weighted])
        if self._kept:
            kept = (self._table[np.ix_(points, np.asarray(self._kept))] * weighted).min(axis=1)
        else:
            kept = np.full(len(points), np.inf)
        self._kept_near = np.append(self._kept_near, kept)

    # -- the points looked at ---------------------------------------------------------------

    def _within(self, radius: float) -> Indices | None:
        """Free sites, p at most, that reach the points looked at within a radius; None where there are none.

        Raises
        ------
        TimeoutError
            Where time runs out first.
        """
        rest = self._kept_near > radius
        if not rest.any():
            return self._free[:0]
        left = None if np.isinf(self._deadline) else max(self._deadline - perf_counter(), 1e-3)
        answer = enough(self._near[rest] <= radius, self._p, time_limit=left)
        if answer.sites is None and answer.bound < np.inf:
            raise TimeoutError
        return None if answer.sites is None else self._free[answer.sites]

    def _least_radius(self) -> Indices | None:
        """Raise the bound to the least radius of the points looked at; sites that have it, or None out of time."""
        try:
            radius_found = self._within(self.bound)
            if radius_found is not None:
                return self._filled(radius_found)
            values = np.unique(np.append(self._near, self._kept_near))
            values = values[(values > self.bound) & (values <= self.radius) & np.isfinite(values)]
            best: Indices | None = None
            low, high = 0, len(values)
            while low < high:
                middle = (low + high) // 2
                radius_found = self._within(float(values[middle]))
                if radius_found is None:
                    low = middle + 1
                    if low < len(values):
                        self.bound = float(values[low])
                else:
                    best = self._filled(radius_found)
                    self._values(best)
                    high = min(middle, int(np.searchsorted(values, self._radius_of(best))))
            if low == len(values):
                # Not even the sites found reach these points within less than all of them need.
                if np.isinf(self.radius):
                    raise ValueError(f"No {self._p + len(self._kept)} sites are within reach of every point.")
                self.bound = self.radius
                return None
        except TimeoutError:
            return None
        self.bound = float(values[low])
        return best

    def _radius_of(self, sites: Indices) -> float:
        near = self._near[:, np.searchsorted(self._free, sites)].min(axis=1, initial=np.inf)
        return float(np.minimum(near, self._kept_near).max())

    def _filled(self, sites: Indices) -> Indices:
        others = np.setdiff1d(self._free, sites)
        filled: Indices = np.sort(np.append(sites, others[: self._p - len(sites)]))
        return filled
