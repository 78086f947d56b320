"""The decisions of the model as numbered columns (ids stay in the problem)."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Bools, Floats, Ints

if TYPE_CHECKING:
    from capacity.problem.problem import Problem


@dataclass(frozen=True, eq=False)
class Slack:
    """What the instances of a rule with a price are broken by, one column each.

    A column counts in units of the rule's largest coefficient: a solver that is exact to 1e-7 in what a column
    costs takes a krone's price for nothing, not a million's.

    Attributes
    ----------
    keys : tuple of Key
        The instances.
    columns : ndarray (K,)
    unit : float
        What one stands for, in the rule's own unit.
    """

    keys: tuple[tuple[str, ...], ...]
    columns: Ints
    unit: float

    def cost(self, price: float) -> Floats:
        """What one of each column costs at a price of the rule's own unit, (K,)."""
        return np.full(len(self.columns), price * self.unit)


@dataclass(frozen=True, eq=False)
class Admitted:
    """Columns of the stays that units admit, which bend: an engine holds them to that (`capacity.engines.admitting`).

    Attributes
    ----------
    columns : ndarray (S, m)
        -1 where there is no site that may be a unit.
    stays : ndarray (S, m)
        Columns of all stays of the units.
    low, high : ndarray (S,) of bool
        Scenarios in which they are to be no less, and no more, than what units admit.
    """

    columns: Ints
    stays: Ints
    low: Bools
    high: Bools


class Variables:
    """Columns of the linear model.

    ``open[j]`` (y_j, binary), ``size`` (z_jk, binary), ``share`` (x_ijs, the share of point i's
    women served at j), only for sites and pairs that may be used. One assignment serves every
    scenario where the rules make it so (``nearest``, ``one_agreement``).

    Parameters
    ----------
    problem : Problem
    sites : ndarray (m,) of bool
        Sites that may become units.
    pairs : ndarray (n, m) of bool
        Pairs that may be used.
    shared : bool
        One assignment for all scenarios.
    whole : bool
        Shares are 0 or 1.

    Attributes
    ----------
    slack : dict of rule name to Slack
        What each instance of a rule with a price is broken by, once the model has written it.
    admitted : Admitted or None
        What units admit, once a rule or an objective has asked for it.
    """

    def __init__(self, problem: Problem, sites: Bools, pairs: Bools, *, shared: bool, whole: bool) -> None:
        self.sites: Ints = np.flatnonzero(sites)
        self.open: Ints = np.full(len(sites), -1)
        self.open[self.sites] = np.arange(len(self.sites))
        low, high = problem.size_limits
        enough = self._enough_beds(problem)
        top = np.minimum(high, np.maximum(np.maximum(low, problem.size_floor), enough))
        counts = np.where(sites, np.maximum(top - low + 1, 0), 0)
        self.size_site: Ints = np.repeat(np.arange(len(sites)), counts)
        start = np.cumsum(counts) - counts
        self.size_beds: Ints = np.arange(counts.sum()) - np.repeat(start, counts) + np.repeat(low, counts)
        self.size: Ints = len(self.sites) + np.arange(len(self.size_site))
        usable = pairs & sites[None, :] & problem.active[:, None]
        self.pair_point, self.pair_site = (np.asarray(x) for x in np.nonzero(usable))
        self.pairs = len(self.pair_point)
        self._first = len(self.sites) + len(self.size)
        self.scenarios = 1 if shared else len(problem.scenarios.ids)
        self.shared = shared
        self.whole = whole
        self.extra = self._first + self.pairs * self.scenarios
        self.slack: dict[str, Slack] = {}
        self.admitted: Admitted | None = None
        self._extra_upper: list[float] = []
        self._extra_whole: list[bool] = []

    def over(self, scenarios: int) -> Variables:
        """The same sites, sizes and pairs over another number of scenarios, without further columns."""
        new = copy(self)
        new.scenarios = scenarios
        new.extra = self._first + self.pairs * scenarios
        new.slack, new.admitted, new._extra_upper, new._extra_whole = {}, None, [], []
        return new

    @staticmethod
    def _enough_beds(problem: Problem) -> int:
        """More beds than serve every woman of the country help no rule that is known to ask for no others."""
        rules = problem.policy.values()
        if any(not rule.sets_beds and rule.with_more_beds not in ("same", "tighter") for rule in rules):
            return problem.sizes.largest
        # Where a unit may take more beds than the promise asks, to admit enough, more than these admit nobody more.
        least = problem.useful_beds if any(rule.says("kept_with") for rule in rules) else 0
        if not any(rule.carries_stays for rule in rules):
            return least
        most = problem.women.sum(axis=1).max()
        return int(max(least, min(np.searchsorted(problem.stays_by_beds, most), problem.sizes.largest)))

    def share(self, scenario: int, pairs: Ints | None = None) -> Ints:
        """Columns of the shares of the usable pairs (all, or those numbered) in one scenario."""
        first = self._first + (0 if self.shared else scenario * self.pairs)
        return first + (np.arange(self.pairs) if pairs is None else pairs)

    def beds_in(self, values: Floats) -> Ints:
        """Beds by site (m,) in a solver's values, whose first columns are these."""
        beds = np.zeros(len(self.open), dtype=np.int64)
        np.add.at(beds, self.size_site, np.round(values[self.size]).astype(np.int64) * self.size_beds)
        return beds

    def add(self, count: int, *, upper: float = np.inf, whole: bool = False) -> Ints:
        """Add further columns, not negative; returns their numbers."""
        first = self.extra + len(self._extra_upper)
        self._extra_upper += [upper] * count
        self._extra_whole += [whole] * count
        return first + np.arange(count)

    def admitted_in(self, weight: Floats, *, low: bool = False, high: bool = False) -> Ints:
        """Columns of the stays that units admit a year, by scenario and site (-1 where there is none), (S, m).

        Parameters
        ----------
        weight : ndarray (S,)
            Above nothing in the scenarios in which they are asked for.
        low, high : bool
            They may be no less, or no more, than units admit.
        """
        if self.admitted is None:
            columns = np.full((2, len(weight), len(self.open)), -1)
            columns[:, :, self.sites] = self.add(2 * len(weight) * len(self.sites)).reshape(2, len(weight), -1)
            nowhere = np.zeros(len(weight), dtype=bool)
            self.admitted = Admitted(columns[0], columns[1], nowhere, nowhere)
        asked, known = weight > 0, self.admitted
        self.admitted = replace(known, low=known.low | (asked & low), high=known.high | (asked & high))
        return known.columns

    @property
    def whole_further(self) -> bool:
        """Whether further columns take whole values."""
        return any(self._extra_whole)

    @property
    def count(self) -> int:
        """Number of columns."""
        return self.extra + len(self._extra_upper)

    @property
    def upper(self) -> Floats:
        """Upper bounds (the lower bounds are zero), (count,)."""
        return np.concatenate([np.ones(self.extra), self._extra_upper])

    @property
    def integer(self) -> Bools:
        """Columns that take whole values, (count,)."""
        shares = np.full(self.pairs * self.scenarios, self.whole)
        return np.concatenate([np.ones(self._first, bool), shares, self._extra_whole]).astype(bool)
