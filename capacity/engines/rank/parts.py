"""What each column and row of a linear model is, seen from a set of sites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.linear.model import LinearModel, Model
from capacity.problem.problem import Problem
from capacity.rules import allowed_sites
from capacity.rules.bounds import fewest_beds, most_units
from capacity.tolerances import LEAST_NUMBER, SUMS

NO_SITE, NO_POINT = -1, -1


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """A linear model, its columns told apart by site and its rows by what they hold together.

    Attributes
    ----------
    model : Model
        Whose variables the columns are.
    linear : LinearModel
        The model's own arrays, or these with another objective or further rows; last stands a row for the
        beds of all units together.
    fewest : ndarray (m + 1,)
        Beds that so many units together need at least, which the last row asks for once a set is known.
    """

    model: Model
    linear: LinearModel
    fewest: Floats

    @classmethod
    def of(cls, model: Model, linear: LinearModel | None = None) -> Parts:
        """The parts of a model, or of its arrays with another objective or further rows."""
        v, known = model.variables, fewest_by_units(model.problem)
        fewest = np.full(len(v.open) + 1, np.inf)
        fewest[: len(known)] = known
        beds = (linear or model.linear).with_row(v.size, v.size_beds.astype(np.float64), lower=0.0)
        return cls(model=model, linear=beds, fewest=fewest)

    @cached_property
    def bed_size(self) -> float:
        """What the row of the beds was divided by."""
        return max(float(np.abs(self.model.variables.size_beds).max(initial=0)), LEAST_NUMBER)

    @cached_property
    def entries(self) -> tuple[Ints, Ints, Floats]:
        """Row, column and coefficient of each entry, by columns and in each by rows."""
        one = self.linear
        order = np.lexsort((one.row, self._column))
        return np.asarray(one.row, dtype=np.int64)[order], self._column[order], np.asarray(one.coefficient)[order]

    def by_column(self, multipliers: Floats) -> Floats:
        """The rows' coefficients times multipliers, added up by column, (columns,)."""
        row, column, coefficient = self.entries
        return np.asarray(np.bincount(column, coefficient * multipliers[row], len(self.linear.cost)), dtype=np.float64)

    @cached_property
    def opens(self) -> Bools:
        """Columns that say whether a site is open."""
        v = self.model.variables
        return _marked(len(self.linear.cost), v.open[v.sites])

    @cached_property
    def sizes(self) -> Bools:
        """Columns that say which size a unit has."""
        return _marked(len(self.linear.cost), self.model.variables.size)

    @cached_property
    def site(self) -> Ints:
        """The site each column belongs to; -1 where it belongs to none."""
        v = self.model.variables
        site = np.full(len(self.linear.cost), NO_SITE)
        site[v.open[v.sites]] = v.sites
        site[v.size] = v.size_site
        for s in range(v.scenarios):
            site[v.share(s)] = v.pair_site
        return site

    @cached_property
    def point(self) -> Ints:
        """The point (in one scenario) each share belongs to, numbered s n + i; -1 for other columns."""
        v, n = self.model.variables, len(self.model.problem.minutes)
        point = np.full(len(self.linear.cost), NO_POINT)
        for s in range(v.scenarios):
            point[v.share(s)] = s * n + v.pair_point
        return point

    @cached_property
    def further(self) -> Ints:
        """Columns that belong to no site: what rules are broken by, and an objective's own."""
        return np.flatnonzero(self.site == NO_SITE)

    # --- kinds of rows ---------------------------------------------------------------------------

    @cached_property
    def only_sites(self) -> Bools:
        """Rows that a set of sites keeps or breaks by itself."""
        inside = self._count(self.opens)
        return np.asarray((inside == self._length) & (self._length > 0))

    @cached_property
    def of_point(self) -> Bools:
        """Rows that only add up one point's shares: who is served, and nobody twice."""
        shares = self._count(self.point >= 0)
        low, high = self._extremes(self.point)
        even = self._largest - self._smallest <= SUMS
        alike = (shares == self._length) & (low == high) & even & (self._smallest > 0)
        # A bound that does not say "one" says something else of the point.
        says = np.isin(self.linear.row_lower, (-np.inf, 1.0)) & np.isin(self.linear.row_upper, (np.inf, 1.0))
        return np.asarray(alike & says & (self._smallest == 1.0))

    @cached_property
    def everybody(self) -> Bools:
        """Points (in one scenario) all of whose women must be served, (S n,)."""
        v, n = self.model.variables, len(self.model.problem.minutes)
        must = np.zeros(v.scenarios * n, dtype=bool)
        low, _ = self._extremes(self.point)
        here = self.of_point & (self.linear.row_lower == 1.0) & self._whole_point
        must[low[here]] = True
        return must

    @cached_property
    def one_size(self) -> Bools:
        """Rows that give an open unit exactly one of its sizes."""
        held = self._count(self.sizes)
        low, high = self._extremes(self.site)
        alone = (self._count(self.opens) == 1) & (held == self._length - 1) & (low == high)
        equal = (self.linear.row_lower == 0.0) & (self.linear.row_upper == 0.0)
        ends = (self._largest == 1.0) & (self._smallest == -1.0)
        signs = np.bincount(self.linear.row, self.linear.coefficient, minlength=len(held)) == held - 1
        return np.asarray(alone & equal & ends & signs & (held == self._sizes_of_site[np.maximum(low, 0)]))

    @cached_property
    def sized(self) -> Bools:
        """Sites whose units must have exactly one size, (m,)."""
        low, _ = self._extremes(self.site)
        return _marked(len(self.model.variables.open), low[self.one_size])

    @cached_property
    def open_only(self) -> Bools:
        """Rows of one share and its site: no more than all where it is open, nobody where it is not."""
        low, high = self._extremes(self.site)
        pair = (self._length == 2) & (self._count(self.opens) == 1) & (self._count(self.point >= 0) == 1)
        ends = (self._largest == 1.0) & (self._smallest == -1.0)
        share = np.bincount(
            self.linear.row,
            np.where(self.opens[self._column], 0.0, self.linear.coefficient),
            minlength=len(self._length),
        )
        below = (self.linear.row_upper == 0.0) & np.isneginf(self.linear.row_lower) & (share == 1.0)
        return np.asarray(pair & ends & below & (low == high))

    @cached_property
    def weighed(self) -> Bools:
        """Rows that hold points, sizes or sites together: each gets a multiplier."""
        return ~(self.only_sites | self.of_point | self.one_size | self.open_only)

    @property
    def whole_beyond_sizes(self) -> bool:
        """Whether more than sites and sizes takes whole values."""
        return bool(self.linear.integer[~(self.opens | self.sizes)].any())

    @cached_property
    def _column(self) -> Ints:
        return np.asarray(self.linear.column)

    @cached_property
    def _length(self) -> Ints:
        return np.bincount(self.linear.row, minlength=len(self.linear.row_lower))

    @cached_property
    def _largest(self) -> Floats:
        return self._over_rows(np.maximum, self.linear.coefficient, -np.inf)

    @cached_property
    def _smallest(self) -> Floats:
        return self._over_rows(np.minimum, self.linear.coefficient, np.inf)

    @cached_property
    def _sizes_of_site(self) -> Ints:
        return np.bincount(self.model.variables.size_site, minlength=len(self.model.variables.open))

    @cached_property
    def _whole_point(self) -> Bools:
        """Rows in which every share of their point stands."""
        n = len(self.model.problem.minutes) * self.model.variables.scenarios
        pairs = np.bincount(self.point[self.point >= 0], minlength=n)
        low, _ = self._extremes(self.point)
        return np.asarray(self._length == pairs[np.maximum(low, 0)])

    def _count(self, which: Bools) -> Ints:
        return np.bincount(self.linear.row[which[self._column]], minlength=len(self.linear.row_lower))

    def _extremes(self, label: Ints) -> tuple[Ints, Ints]:
        """Lowest and highest label of a row's columns."""
        of = label[self._column].astype(np.float64)
        low = self._over_rows(np.minimum, of, np.inf)
        high = self._over_rows(np.maximum, of, -np.inf)
        empty = self._length == 0
        return np.where(empty, -1, low).astype(np.int64), np.where(empty, -2, high).astype(np.int64)

    def _over_rows(self, ufunc: np.ufunc, values: Floats, start: float) -> Floats:
        found = np.full(len(self.linear.row_lower), start)
        ufunc.at(found, self.linear.row, values)
        return found


@lru_cache(maxsize=8)
def fewest_by_units(problem: Problem) -> Floats:
    """Fewest beds of 0, 1, ... units together; as many as there can be."""
    most = most_units(problem, allowed_sites(problem))
    return np.concatenate([[0.0], fewest_beds(problem, most)])


def _marked(count: int, which: Ints) -> Bools:
    marked = np.zeros(count, dtype=bool)
    marked[which] = True
    return marked
