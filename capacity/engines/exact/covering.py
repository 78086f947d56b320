"""Covering: the cheapest sites that reach everybody, the most people that p sites reach, once or twice."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.certificate import Certificate, Status, relative_gap
from capacity.engines.exact.checks import check_count, check_time, chosen_sites, is_whole, refuse
from capacity.engines.exact.covering_program import cheapest_cover, cost_scale, enough, solved
from capacity.engines.exact.covering_table import cover_table, merged_rows, numbers_of, superfluous_columns
from capacity.engines.exact.linear import Bools, Doubles, Indices, LinearProgram
from capacity.engines.exact.p_median import p_median
from capacity.engines.exact.tolerances import PROOF
from capacity.errors import NoPlanError, some
from capacity.tolerances import RELATIVE_GAP

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix


def set_cover(
    covers: npt.ArrayLike | spmatrix | sparray,
    *,
    cost: npt.ArrayLike | None = None,
    keep: Iterable[int] = (),
    forbid: Iterable[int] = (),
    time_limit: float | None = None,
) -> Certificate:
    """Open sites that cover every point at least cost (location set covering).

    With ``y_j = 1`` where site j is open::

        minimise    sum_j f_j y_j
        subject to  sum_j a_ij y_j >= 1     for every point i
                    y_j = 1 for j in keep, y_j = 0 for j in forbid

    Parameters
    ----------
    covers : array_like of bool or SciPy sparse matrix or array, (n, m)
        ``covers[i, j]``: whether site j covers point i (a number that is not zero counts as true), such as
        ``minutes <= 60``.
    cost : array_like, (m,), optional
        Cost of opening each site, not negative; 1 each by default: as few sites as possible.
    keep, forbid : iterable of int
        Columns that must be open, and that must stay closed.
    time_limit : float, optional
        Seconds after which the search stops.

    Returns
    -------
    Certificate
        ``assignment[i]`` is the lowest open column that covers point i. ``objective`` is the cost of all open sites,
        those in `keep` included. ``status`` is ``optimal`` when the gap is proven to be 1e-7 at most (none at all where
        costs are whole numbers), else ``feasible`` (time limit or Ctrl+C).

    Raises
    ------
    ValueError
        For malformed arrays (every fault at once), or a point that no site may cover.

    Notes
    -----
    Points and sites that others make superfluous are dropped and sites that are the only one for a point opened, in
    turns [1]_; branch and cut (HiGHS) chooses among what is left. A site without cost that covers nothing more stays
    closed.

    References
    ----------
    .. [1] Toregas, Swain, ReVelle, Bergman (1971), The location of emergency service facilities. Operations
       Research 19(6).

    Examples
    --------
    >>> found = set_cover([[1, 1, 0], [0, 1, 0], [0, 0, 1]])
    >>> found.sites, found.objective, found.status
    ((1, 2), 2.0, 'optimal')
    """
    started = perf_counter()
    table = cover_table(covers)
    faults: list[str] = []
    paid = numbers_of("cost", cost, table.shape[1], "site", faults)
    kept, closed = chosen_sites(keep, forbid, table.shape[1], faults)
    check_time(time_limit, faults)
    refuse(faults)
    asked = _Asked.of(table, np.ones(len(table)), kept, closed)
    _check_covered(asked, table)
    answer = cheapest_cover(asked.table, paid[asked.free], time_limit=_left(started, time_limit))
    assert answer.sites is not None  # a greedy cover at least
    sites = asked.with_kept(answer.sites)
    return _certificate(
        table,
        sites,
        math.fsum(paid[list(sites)]),
        math.fsum(paid[list(kept)]) + answer.bound,
        started,
        "branch and cut",
    )


def max_cover(
    covers: npt.ArrayLike | spmatrix | sparray,
    p: int,
    *,
    weights: npt.ArrayLike | None = None,
    keep: Iterable[int] = (),
    forbid: Iterable[int] = (),
    time_limit: float | None = None,
    k_best: int = 1,
) -> Certificate:
    """Open p sites that cover as much weight as possible (maximal covering location [1]_).

    With ``y_j = 1`` where site j is open and ``z_i = 1`` where point i is covered::

        maximise    sum_i w_i z_i
        subject to  z_i <= sum_j a_ij y_j   for every point i
                    sum_j y_j = p
                    y_j = 1 for j in keep, y_j = 0 for j in forbid

    Parameters
    ----------
    covers : array_like of bool or SciPy sparse matrix or array, (n, m)
        ``covers[i, j]``: whether site j covers point i, such as ``minutes <= 60``.
    p : int
        Number of sites to open, those in `keep` included.
    weights : array_like, (n,), optional
        Weight of each point, not negative; 1 each by default.
    keep, forbid : iterable of int
        Columns that must be open, and that must stay closed.
    time_limit : float, optional
        Seconds after which the search stops.
    k_best : int
        How many different site sets to return; fewer when there are fewer.

    Returns
    -------
    Certificate
        ``objective`` is the weight covered, ``bound`` what no p sites can exceed; ``assignment[i]`` is the lowest open
        column that covers point i, -1 where none does. ``status`` is ``optimal`` when no other set covers more:
        exactly so where all weights are whole numbers, otherwise up to 1e-6 of the weight covered and left together.

    Raises
    ------
    ValueError
        For malformed arrays (every fault at once).

    Notes
    -----
    To cover most is to leave least: a p-median problem in which a covered point costs nothing and any other one its
    weight [2]_. Points with the same sites are one, points covered by `keep` none, and a site whose points another
    one covers too is left out (where one set is asked for); `p_median` proves the rest.

    References
    ----------
    .. [1] Church, ReVelle (1974), The maximal covering location problem. Papers of the Regional Science Association 32.
    .. [2] Church, ReVelle (1976), Theoretical and computational links between the p-median, location set-covering,
       and the maximal covering location problem. Geographical Analysis 8(4).

    Examples
    --------
    >>> found = max_cover([[1, 1, 0], [0, 1, 0], [0, 0, 1]], 1, weights=[3, 1, 5])
    >>> found.sites, found.objective, found.bound
    ((2,), 5.0, 5.0)
    """
    started = perf_counter()
    table, mass, kept, closed = _checked_choice(covers, p, weights, keep, forbid, time_limit)
    if not (is_whole(k_best) and k_best >= 1):
        raise ValueError("k_best is a whole number, at least 1.")
    asked = _Asked.of(table, mass, kept, closed)
    covered_best = _least_left(asked, int(p) - len(kept), int(k_best), _left(started, time_limit))
    total = math.fsum(mass)

    def valued(sites: tuple[int, ...]) -> float:
        return math.fsum(mass[table[:, list(sites)].any(axis=1)])

    chosen = [asked.with_kept(sites) for sites in covered_best.sets]
    ranked = sorted(((-valued(sites), sites) for sites in chosen), key=lambda entry: entry)
    objective, sites = -ranked[0][0], ranked[0][1]
    bound = max(objective, asked.covered + covered_best.left_weight - covered_best.bound)
    gap = relative_gap(-objective, -bound)
    proven = covered_best.complete and bound - objective <= RELATIVE_GAP * total
    return Certificate(
        sites=sites,
        assignment=_covered_by(table, sites),
        objective=objective,
        bound=bound,
        gap=gap,
        status="optimal" if proven else "feasible",
        engine=covered_best.engine,
        seconds=perf_counter() - started,
        others=tuple((-value, other) for value, other in ranked[1:]),
    )


def backup_cover(
    covers: npt.ArrayLike | spmatrix | sparray,
    p: int,
    *,
    weights: npt.ArrayLike | None = None,
    keep: Iterable[int] = (),
    forbid: Iterable[int] = (),
    time_limit: float | None = None,
) -> Certificate:
    """Open p sites that cover every point, and as much weight as possible a second time (backup covering [1]_).

    With ``y_j = 1`` where site j is open and ``u_i = 1`` where point i is covered twice::

        maximise    sum_i w_i u_i
        subject to  sum_j a_ij y_j - u_i >= 1   for every point i
                    sum_j y_j = p
                    y_j = 1 for j in keep, y_j = 0 for j in forbid

    Parameters
    ----------
    covers : array_like of bool or SciPy sparse matrix or array, (n, m)
        ``covers[i, j]``: whether site j covers point i, such as ``minutes <= 60``.
    p : int
        Number of sites to open, those in `keep` included.
    weights : array_like, (n,), optional
        Weight of each point, not negative; 1 each by default. A point of weight zero has to be covered as well.
    keep, forbid : iterable of int
        Columns that must be open, and that must stay closed.
    time_limit : float, optional
        Seconds after which the search stops.

    Returns
    -------
    Certificate
        ``objective`` is the weight covered twice, ``bound`` what no p sites can exceed; ``assignment[i]`` is the
        lowest open column that covers point i. ``status`` is ``optimal`` when the gap is proven to be 1e-7 at most
        (none at all where weights are whole numbers).

    Raises
    ------
    ValueError
        For malformed arrays (every fault at once), or where no p sites cover every point (then it is proven).
    NoPlanError
        If the time limit passes before p sites that cover every point are found.

    References
    ----------
    .. [1] Hogan, ReVelle (1986), Concepts and applications of backup coverage. Management Science 32(11).

    Examples
    --------
    >>> found = backup_cover([[1, 1, 0], [0, 1, 1], [1, 1, 1]], 2, weights=[5, 1, 1])
    >>> found.sites, found.objective
    ((0, 1), 6.0)
    """
    started = perf_counter()
    table, mass, kept, closed = _checked_choice(covers, p, weights, keep, forbid, time_limit)
    free = np.setdiff1d(np.arange(table.shape[1]), [*kept, *closed])
    first, like = merged_rows(table)
    part: Bools = table[first]
    worth: Doubles = np.bincount(like, mass, minlength=len(first)).astype(np.float64)
    once: Indices = part[:, list(kept)].sum(axis=1)
    program = _backup_program(part[:, free], once, worth, int(p) - len(kept))
    scale = 1.0 if (mass == np.rint(mass)).all() and worth.max(initial=0.0) < 1e6 else cost_scale(worth)
    program.cost /= scale
    values, bound = solved(program, scale, bool((mass == np.rint(mass)).all()), _left(started, time_limit))
    if values is None and bound == np.inf:
        raise ValueError(f"No {p} sites cover every point.")
    chosen = np.flatnonzero(values[: len(free)] > 0.5) if values is not None else None
    if chosen is None:
        chosen = enough(part[once == 0][:, free], int(p) - len(kept), time_limit=_left(started, time_limit)).sites
        if chosen is None:
            raise NoPlanError("No sites that cover every point were found within the time limit.")
        chosen = _filled(chosen, int(p) - len(kept), len(free))
    sites = tuple(sorted([*kept, *free[chosen].tolist()]))
    times = table[:, list(sites)].sum(axis=1)
    assert (times >= 1).all() and len(sites) == p
    objective = math.fsum(mass[times >= 2])
    most = math.fsum(mass)
    upper = max(objective, min(most, -bound))
    return _certificate(table, sites, objective, upper, started, "branch and cut", most=True)


def _backup_program(table: Bools, once: Indices, worth: Doubles, p: int) -> LinearProgram:
    """Columns: the sites, then whether each point is covered twice."""
    n, m = table.shape
    row, column = np.nonzero(table)
    points, sites = np.arange(n), np.arange(m)
    program = LinearProgram(
        cost=np.concatenate([np.zeros(m), -worth]),
        lower=np.zeros(m + n),
        upper=np.ones(m + n),
        integer=np.arange(m + n) < m,
    )
    program.add_rows(
        n, [(row, column, np.ones(len(row))), (points, m + points, -np.ones(n))], 1.0 - once.astype(np.float64), np.inf
    )
    # With whole sites a second cover is whole: u <= (number of sites) - 1.
    program.add_rows(1, [(0 * sites, sites, np.ones(m))], float(p), float(p))
    return program


@dataclass(frozen=True, kw_only=True, eq=False)
class _Asked:
    """What is left to choose once the sites to keep are open.

    Attributes
    ----------
    table : ndarray of bool, (r, k)
        Points that they do not cover, by the sites that may be opened.
    weights : ndarray, (r,)
    points, free : ndarray of int, (r,) and (k,)
        Rows and columns of the planner's table.
    covered : float
        Weight that they cover.
    kept : tuple of int
    """

    table: Bools
    weights: Doubles
    points: Indices
    free: Indices
    covered: float
    kept: tuple[int, ...]

    @classmethod
    def of(cls, table: Bools, weights: Doubles, kept: tuple[int, ...], closed: tuple[int, ...]) -> _Asked:
        covered = table[:, list(kept)].any(axis=1)
        points = np.flatnonzero(~covered)
        free = np.setdiff1d(np.arange(table.shape[1]), [*kept, *closed])
        return cls(
            table=table[np.ix_(points, free)] if kept or closed else table,
            weights=weights[points],
            points=points,
            free=free,
            covered=math.fsum(weights[covered]),
            kept=kept,
        )

    def with_kept(self, chosen: Indices) -> tuple[int, ...]:
        return tuple(sorted([*self.kept, *self.free[chosen].tolist()]))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Left:
    """Sets of free sites, best first, and the weight that any set leaves at least of `left_weight`."""

    sets: Sequence[Indices]
    bound: float
    left_weight: float
    complete: bool
    engine: str


def _least_left(asked: _Asked, p: int, k_best: int, time_limit: float | None) -> _Left:
    """Choose p of the free sites so that the weight that stays uncovered is least."""
    k = len(asked.free)
    counts = (asked.weights > 0.0) & asked.table.any(axis=1)
    lost = math.fsum(asked.weights[~counts])
    weight = math.fsum(asked.weights)
    if p in (0, k):
        left = math.fsum(asked.weights[~asked.table[:, :p].any(axis=1)])
        return _Left(sets=[np.arange(p)], bound=left, left_weight=weight, complete=True, engine="reductions")
    table, mass = asked.table[counts], asked.weights[counts]
    if not counts.any():
        table, mass = np.ones((1, k), dtype=bool), np.ones(1)  # all sets are alike: one point that has no way to go
    first, like = merged_rows(table)
    table, mass = table[first], np.bincount(like, mass, minlength=len(first)).astype(np.float64)
    columns = np.arange(k)
    if k_best == 1:
        columns = columns[~superfluous_columns(table, np.zeros(k))]
        if len(columns) <= p:
            sets = [_filled(columns, p, k)]
            return _Left(sets=sets, bound=lost, left_weight=weight, complete=True, engine="reductions")
    left_out = (~table[:, columns]).astype(np.float32)
    found = p_median(left_out, p, weights=mass, time_limit=time_limit, k_best=k_best)
    return _Left(
        sets=[columns[list(sites)] for sites in (found.sites, *(other for _, other in found.others))],
        bound=lost + found.bound,
        left_weight=weight,
        complete=found.status == "optimal",
        engine=found.engine,
    )


def _filled(chosen: Indices, p: int, k: int) -> Indices:
    """The same of k sites, and the first others that make them p."""
    others = np.setdiff1d(np.arange(k), chosen)
    filled: Indices = np.sort(np.append(chosen, others[: p - len(chosen)]))
    return filled


def _checked_choice(
    covers: object,
    p: int,
    weights: npt.ArrayLike | None,
    keep: Iterable[int],
    forbid: Iterable[int],
    time_limit: float | None,
) -> tuple[Bools, Doubles, tuple[int, ...], tuple[int, ...]]:
    """Table, weights, sites to keep and to forbid; refuses all that is wrong at once."""
    table = cover_table(covers)
    n, m = table.shape
    faults: list[str] = []
    mass = numbers_of("weights", weights, n, "point", faults)
    kept, closed = chosen_sites(keep, forbid, m, faults)
    check_count(p, kept, closed, m, faults)
    check_time(time_limit, faults)
    refuse(faults)
    return table, mass, kept, closed


def _check_covered(asked: _Asked, table: Bools) -> None:
    lost = asked.points[~asked.table.any(axis=1)]
    if len(lost):
        raise ValueError(f"No site that may be opened covers the points {some(lost.tolist())}.")


def _covered_by(table: Bools, sites: tuple[int, ...]) -> Indices:
    """The lowest open column that covers each point, -1 where none does."""
    if not sites:
        return np.full(len(table), -1)
    part = table[:, list(sites)]
    which: Indices = np.where(part.any(axis=1), np.asarray(sites)[part.argmax(axis=1)], -1)
    return which


def _left(started: float, time_limit: float | None) -> float | None:
    """Seconds left; a moment where none are, so that whoever is asked looks at what it has."""
    return None if time_limit is None else max(time_limit - (perf_counter() - started), 1e-3)


def _certificate(
    table: Bools,
    sites: tuple[int, ...],
    objective: float,
    bound: float,
    started: float,
    engine: str,
    *,
    most: bool = False,
) -> Certificate:
    bound = max(bound, objective) if most else min(bound, objective)
    gap = relative_gap(-objective, -bound) if most else relative_gap(objective, bound)
    status: Status = "optimal" if gap <= PROOF else "feasible"
    return Certificate(
        sites=sites,
        assignment=_covered_by(table, sites),
        objective=objective,
        bound=bound,
        gap=gap,
        status=status,
        engine=engine,
        seconds=perf_counter() - started,
    )
