"""The p-dispersion problem: p sites of which the two nearest are as far apart as possible."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from time import perf_counter

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.certificate import Certificate, relative_gap
from capacity.engines.exact.checks import check_count, check_time, chosen_sites, refuse
from capacity.engines.exact.linear import Bools, Doubles, Indices, LinearProgram, has_point, is_infeasible
from capacity.engines.exact.tolerances import SOLVER
from capacity.engines.linear.highs import run_engine


def p_dispersion(
    distance: npt.ArrayLike,
    p: int,
    *,
    keep: Iterable[int] = (),
    forbid: Iterable[int] = (),
    time_limit: float | None = None,
) -> Certificate:
    """Choose p sites so that the least distance between two of them is greatest (max-min dispersion [1]_).

    With ``y_j = 1`` where site j is chosen::

        maximise    min { d_jk : y_j = y_k = 1, j != k }
        subject to  sum_j y_j = p
                    y_j = 1 for j in keep, y_j = 0 for j in forbid

    Parameters
    ----------
    distance : array_like, (m, m)
        Between the sites, finite and not negative; the least of both ways counts.
    p : int
        Number of sites to choose, at least 2, those in `keep` included.
    keep, forbid : iterable of int
        Columns that must be chosen, and that must not be.
    time_limit : float, optional
        Seconds after which the search stops.

    Returns
    -------
    Certificate
        ``objective`` is the least distance between two sites, ``bound`` what no p sites can exceed; ``assignment[j]``
        is the chosen site nearest to site j. ``optimal`` is exact: it is proven that no p sites are all farther apart.

    Raises
    ------
    ValueError
        For malformed arrays (every fault at once).

    Notes
    -----
    Bisection over the distances [2]_: whether p sites are pairwise at least so far apart is a question of branch and
    cut (HiGHS) with a row for each of some groups of sites that are all nearer to each other.

    References
    ----------
    .. [1] Kuby (1987), Programming models for facility dispersion: the p-dispersion and maxisum dispersion problems.
       Geographical Analysis 19(4).
    .. [2] Sayah, Irnich (2017), A new compact formulation for the discrete p-dispersion problem. European Journal of
       Operational Research 256(1).

    Examples
    --------
    >>> import numpy as np
    >>> road = np.array([0.0, 1.0, 5.0, 6.0])
    >>> found = p_dispersion(abs(road[:, None] - road[None, :]), 3)
    >>> found.sites, found.objective, found.status
    ((0, 1, 3), 1.0, 'optimal')
    """
    started = perf_counter()
    between, kept, closed = _checked(distance, p, keep, forbid, time_limit)
    deadline = np.inf if time_limit is None else started + time_limit
    search = Search(between, int(p), kept, closed)
    with suppress(KeyboardInterrupt):  # what is known by then is the answer
        search.run(deadline)
    sites, objective = search.sites, search.least
    bound = max(search.bound, objective)
    gap = relative_gap(-objective, -bound)
    near = np.where(np.eye(len(between), dtype=bool), 0.0, between)[:, list(sites)]
    return Certificate(
        sites=sites,
        assignment=np.asarray(sites)[near.argmin(axis=1)],
        objective=objective,
        bound=bound,
        gap=gap,
        status="optimal" if gap == 0.0 else "feasible",
        engine="bisection and branch and cut",
        seconds=perf_counter() - started,
    )


def _checked(
    distance: npt.ArrayLike, p: int, keep: Iterable[int], forbid: Iterable[int], time_limit: float | None
) -> tuple[Doubles, tuple[int, ...], tuple[int, ...]]:
    """Distances with nothing between a site and itself, sites to keep and to forbid."""
    given = np.asarray(distance, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != given.shape[1] or len(given) < 2:
        raise ValueError(f"distance is a table of sites by sites, at least two; its shape is {given.shape}.")
    m, faults = len(given), list[str]()
    if not np.isfinite(given).all() or (given < 0).any():
        faults.append("distance is finite and not negative.")
    kept, closed = chosen_sites(keep, forbid, m, faults)
    check_count(p, kept, closed, m, faults, fewest=2)
    check_time(time_limit, faults)
    refuse(faults)
    between: Doubles = np.minimum(given, given.T)
    np.fill_diagonal(between, np.inf)
    return between, kept, closed


class Search:
    """What is found and proven, readable at any moment.

    Attributes
    ----------
    sites : tuple of int
        The best p sites found.
    least : float
        The least distance between two of them.
    bound : float
        No p sites are all farther apart.
    """

    def __init__(self, between: Doubles, p: int, kept: tuple[int, ...], closed: tuple[int, ...]) -> None:
        self._between, self._p, self._kept = between, p, np.asarray(kept, dtype=np.int64)
        self._allowed = np.setdiff1d(np.arange(len(between)), closed)
        self.sites, self.least = tuple(self._allowed.tolist()), -1.0
        self._offer(self._spread())
        self.bound = float(between[np.ix_(self._kept, self._kept)].min(initial=np.inf))
        part = between[np.ix_(self._allowed, self._allowed)]
        part = np.where(np.isinf(part) & np.eye(len(part), dtype=bool), -1.0, part)
        self._values = np.unique(part[(part > self.least) & (part <= self.bound)])
        # Every site chosen has p - 1 others at least so far away.
        reach = np.sort(part, axis=1)[:, ::-1][:, p - 2]
        self.bound = min(self.bound, float(np.sort(reach)[-p]))
        self._values = self._values[self._values <= self.bound]

    def run(self, deadline: float) -> None:
        """Halve what lies between the best sites and the bound."""
        values = self._values
        low, high = 0, len(values)  # what is below `low` can be had, what is at `high` or above cannot
        self.bound = float(values[-1]) if high else self.least
        while low < high and perf_counter() < deadline:
            middle = (low + high) // 2
            left = None if np.isinf(deadline) else max(deadline - perf_counter(), 1e-3)
            found, settled = self._apart(float(values[middle]), left)
            if not settled:
                return
            if found is None:
                high = middle
            else:
                self._offer(found)
                low = max(middle + 1, int(np.searchsorted(values, self.least, side="right")))
            self.bound = float(values[high - 1]) if high > low else self.least

    def _offer(self, sites: Indices) -> None:
        least = float(self._between[np.ix_(sites, sites)].min())
        if least > self.least:
            self.sites, self.least = tuple(sorted(sites.tolist())), least

    def _spread(self) -> Indices:
        """Again and again the site that is farthest from those chosen; the first of the two farthest."""
        part = self._between[np.ix_(self._allowed, self._allowed)]
        chosen = np.searchsorted(self._allowed, self._kept).tolist()
        if not chosen:
            finite = np.where(np.isfinite(part), part, 0.0)
            chosen = [int(finite.max(axis=1).argmax())]
        while len(chosen) < self._p:
            least = part[:, chosen].min(axis=1)
            least[chosen] = -1.0
            chosen.append(int(least.argmax()))
        sites: Indices = self._allowed[np.sort(chosen)]
        return sites

    def _apart(self, radius: float, time_limit: float | None) -> tuple[Indices | None, bool]:
        """Choose p sites that are pairwise so far apart; none, and whether that is proven."""
        near = self._between[np.ix_(self._allowed, self._allowed)] < radius
        kept = np.searchsorted(self._allowed, self._kept)
        stays = ~near[kept].any(axis=0)
        stays[kept] = True
        places = np.flatnonzero(stays)
        near = near[np.ix_(places, places)]
        if len(places) < self._p:
            return None, True
        m = len(places)
        program = LinearProgram(
            cost=np.zeros(m),
            lower=np.isin(places, kept).astype(np.float64),
            upper=np.ones(m),
            integer=np.ones(m, dtype=bool),
        )
        columns = np.arange(m)
        program.add_rows(1, [(0 * columns, columns, np.ones(m))], float(self._p), np.inf)
        groups = near_groups(near)
        if groups:
            row = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
            program.add_rows(len(groups), [(row, np.concatenate(groups), np.ones(len(row)))], -np.inf, 1.0)
        engine = program.load(time_limit=time_limit, mip_feasibility_tolerance=SOLVER)
        if run_engine(engine):
            raise KeyboardInterrupt
        if is_infeasible(engine):
            return None, True
        if not has_point(engine):
            return None, False
        found = places[np.array(engine.getSolution().col_value) > 0.5]
        # More than p are as far apart as well; those to keep stay.
        order = np.argsort(~np.isin(found, kept), kind="stable")[: self._p]
        return self._allowed[np.sort(found[order])], True


def near_groups(near: Bools) -> list[Indices]:
    """Groups of sites that are all near each other, so that every pair that is near is in one of them."""
    left, groups = np.triu(near, 1), []
    for one in range(len(near)):
        while left[one].any():
            other = int(left[one].argmax())
            group, common = [one, other], near[one] & near[other]
            while common.any():
                # First those whose pairs no group has yet.
                worth = np.where(common, 1 + left[group].sum(axis=0) + left[:, group].sum(axis=1), 0)
                group.append(int(worth.argmax()))
                common &= near[group[-1]]
            members = np.sort(np.array(group, dtype=np.int64))
            left[np.ix_(members, members)] = False
            groups.append(members)
    return groups
