"""One facility-location problem, checked and made ready: sites in rows, points that count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.checks import check_costs, check_shape, check_time, chosen_sites, refuse
from capacity.engines.exact.linear import Bools, Doubles, Indices
from capacity.engines.exact.tolerances import SUMS
from capacity.errors import some

LAST_EXACT = 2.0**53
"""Sums of whole numbers up to this one are not rounded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """The points that have a demand, and the sites that may be open.

    Attributes
    ----------
    points, columns : ndarray of int, (n,) and (m,)
        Their rows and columns in the planner's table.
    fixed : ndarray, (m,)
        Cost of opening a site.
    cost : ndarray, (m, n)
        Cost per unit of demand, sites in rows; infinite out of reach.
    demand : ndarray, (n,)
        Above zero.
    capacity : ndarray, (m,)
        No greater than all the demand.
    keep : ndarray of bool, (m,)
        Must be open.
    single : bool
        Each point is served by one site.
    """

    points: Indices
    columns: Indices
    fixed: Doubles
    cost: Doubles
    demand: Doubles
    capacity: Doubles
    keep: Bools
    single: bool

    @cached_property
    def room(self) -> Doubles:
        """Capacities from which sums of demands may be taken: no rounding makes a site hold less than it does."""
        whole = all((x == np.rint(x)).all() for x in (self.demand, self.capacity)) and self.need < LAST_EXACT
        return self.capacity * (1.0 if whole else 1.0 + len(self.demand) * 2.0**-52)

    @property
    def need(self) -> float:
        """All the demand."""
        return float(self.demand.sum())

    @property
    def bounded(self) -> bool:
        """Whether any capacity can bind."""
        return bool((self.capacity < self.need).any())


def prepare(
    fixed: npt.ArrayLike,
    cost: npt.ArrayLike,
    demand: npt.ArrayLike,
    capacity: npt.ArrayLike | None,
    keep: Iterable[int],
    forbid: Iterable[int],
    *,
    single: bool,
    time_limit: float | None = None,
) -> Instance:
    """Check the arrays and keep what counts.

    Raises
    ------
    ValueError
        With all that is wrong, at once.
    """
    table = np.asarray(cost, dtype=np.float64)
    check_shape(table)
    n, m = table.shape
    wrong: list[str] = []
    check_costs(table, wrong)
    opening, need = np.asarray(fixed, dtype=np.float64), np.asarray(demand, dtype=np.float64)
    most = np.full(m, np.inf) if capacity is None else np.asarray(capacity, dtype=np.float64)
    if opening.shape != (m,) or not np.isfinite(opening).all() or (opening < 0).any():
        wrong.append(f"fixed is {m} finite numbers, one for each site, not negative.")
    if need.shape != (n,) or not np.isfinite(need).all() or (need < 0).any():
        wrong.append(f"demand is {n} finite numbers, one for each point, not negative.")
    if most.shape != (m,) or np.isnan(most).any() or (most < 0).any():
        wrong.append(f"capacity is {m} numbers, one for each site, not negative; infinity where there is none.")
    kept_open, closed = chosen_sites(keep, forbid, m, wrong)
    check_time(time_limit, wrong)
    refuse(wrong)
    points = np.flatnonzero(need > 0)
    allowed = np.ones(m, dtype=bool)
    allowed[list(closed)] = False
    allowed &= (most > 0) | np.isin(np.arange(m), kept_open)
    columns = np.flatnonzero(allowed)
    instance = Instance(
        points=points,
        columns=columns,
        fixed=opening[columns],
        demand=need[points],
        cost=np.ascontiguousarray(table[np.ix_(points, columns)].T),
        capacity=np.minimum(most[columns], need.sum()),
        keep=np.isin(columns, kept_open),
        single=single,
    )
    _check_possible(instance)
    return instance


def _check_possible(instance: Instance) -> None:
    """Refuse what no choice of sites can serve, as far as that is seen without a search."""
    reach = np.isfinite(instance.cost[instance.capacity > 0]).any(axis=0)
    if not reach.all():
        lost = instance.points[~reach].tolist()
        raise ValueError(f"No site that may be opened is within reach of the points {some(lost)}.")
    most, need = instance.capacity.sum(), instance.need
    if most < need * (1 - SUMS):
        raise ValueError(f"All sites together hold {most:g}, and the demand is {need:g}.")
