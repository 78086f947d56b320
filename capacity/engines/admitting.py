"""Columns of admitted stays held to what units admit, where that bends with who goes where.

``h_k(x)``, what k beds admit of x stays, bends downwards. Columns that may be no more are held by tangents: rows, as
many as it takes (Kelley 1960). Columns that may be no less, as where each stay costs, are not a convex matter: between
two numbers of stays a chord lies below the curve, and a whole column says on which side of a number of stays a unit
is. A model is solved with few such marks; what it takes a unit to admit beside what it does says where the next one
is set. Every plan keeps all of it, so what is proven (a bound, or that there is no plan) is proven.

References
----------
J. E. Kelley 1960, "The cutting-plane method for solving convex programs".
J. E. Falk and R. M. Soland 1969, "An algorithm for separable nonconvex programming problems".
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from capacity.engines.linear.model import LinearModel, Mark, Model
from capacity.rules import firm_rules
from capacity.rules.rows import RowWriter
from capacity.rules.tangents import Tangents, admitted_and_slope
from capacity.rules.viability import stays_terms
from capacity.tolerances import APART, HOLD, ROUNDING, SLACK, SOLVER, SUMS

if TYPE_CHECKING:
    from capacity.arrays import Floats, Ints
    from capacity.problem.problem import Problem


def begun(model: Model, linear: LinearModel) -> LinearModel:
    """The arrays with what holds of admitted stays whoever goes where, once."""
    known = model.variables.admitted
    if known is None or linear.marks:
        return linear
    p, v = model.problem, model.variables
    out = RowWriter()
    marks: list[Mark] = []
    one = np.eye(len(p.scenarios.ids))
    for s in np.flatnonzero(known.low | known.high).tolist():
        for j in v.sites.tolist():
            admitted, stays = known.columns[s, [j]], known.stays[s, [j]]
            out.add(-1, [(stays, 1.0), *stays_terms(p, v, j, one[s], -1.0)], lower=0, upper=0)
            if known.high[s]:
                out.add(-1, [(admitted, -1.0), (stays, 1.0)], lower=0)
            sizes = _Sizes(model, s, j)
            for beds in sizes.beds.tolist():
                ends = (Mark(scenario=s, site=j, beds=beds, stays=x, column=-1) for x in (0.0, sizes.most(beds)))
                marks += ends
                if known.low[s]:
                    sizes.add_chord(out, *marks[-2:])
    return replace(linear.with_rows(out.rows()), marks=tuple(marks))


def as_admitted(model: Model, values: Floats, beds: Ints, stays: Floats) -> Floats:
    """A solver's values with the columns of admitted stays as units of these beds (m,) and stays (S, m) admit them."""
    known = model.variables.admitted
    if known is None:
        return values
    here = known.columns >= 0
    found = values.copy()
    found[known.columns[here]] = model.problem.counted(beds[None, :], stays)[here]
    found[known.stays[here]] = stays[here]
    return found


def keeps(linear: LinearModel, values: Floats, admitted: Floats, within: float) -> bool:
    """Whether no row is broken where columns of admitted stays have their own value in place of a solver's."""
    before, after = (
        np.bincount(linear.row, linear.coefficient * x[linear.column], len(linear.row_lower))
        for x in (values, admitted)
    )
    moved = np.abs(after - before) > within
    return not (moved & ((after < linear.row_lower - within) | (after > linear.row_upper + within))).any()


def costs_more(linear: LinearModel, values: Floats, admitted: Floats) -> bool:
    """Whether what is minimised is more where columns of admitted stays have their own value."""
    before, after = float(linear.cost @ values), float(linear.cost @ admitted)
    return after - before > SLACK * max(1.0, abs(before + linear.constant))


def held(model: Model, linear: LinearModel, values: Floats, beds: Ints, stays: Floats) -> LinearModel | None:
    """The arrays with further marks where values differ from what units admit; None where none is to be set."""
    v, p = model.variables, model.problem
    known = v.admitted
    if known is None:
        return None
    admits, slope = admitted_and_slope(p, beds[None, :], stays)
    said = np.where(known.columns >= 0, values[known.columns], admits)
    out = RowWriter()
    room = SOLVER * np.maximum(1.0, stays)
    new = linear
    for s, j in np.argwhere((np.abs(said - admits) > room) & (beds > 0)).tolist():
        sizes, x, size = _Sizes(model, s, j), float(stays[s, j]), int(beds[j])
        if known.high[s] and said[s, j] > admits[s, j]:
            sizes.add_tangent(out, size, x, float(admits[s, j]), float(slope[s, j]))
        if known.low[s] and said[s, j] < admits[s, j]:
            # As many beds admit as many elsewhere: sets that cost the same are told apart in one round.
            for other in v.sites.tolist():
                new = _Sizes(model, s, other).marked(new, out, size, x)
    rows = out.rows()
    return new.with_rows(rows) if len(rows.lower) else None


class _Sizes:
    """The sizes of one site in one scenario, and rows about what they admit."""

    def __init__(self, model: Model, scenario: int, site: int) -> None:
        v, self._p, known = model.variables, model.problem, model.variables.admitted
        assert known is not None
        here = v.size_site == site
        self._at = scenario, site
        self._columns, self.beds = v.size[here], v.size_beds[here]
        self._admitted, self._stays = known.columns[scenario, [site]], known.stays[scenario, [site]]
        self._most = most_stays(self._p, scenario, self.beds)
        self._admits = self._p.counted(self.beds, self._most)

    def most(self, beds: int) -> float:
        """Most stays a year of a unit of so many beds."""
        return float(self._most[self.beds == beds][0])

    def marked(self, linear: LinearModel, out: RowWriter, beds: int, stays: float) -> LinearModel:
        """The arrays with a column that says whether the unit has so many stays or more; its rows are added."""
        mine = sorted(
            (m for m in linear.marks if (m.scenario, m.site, m.beds) == (*self._at, beds)), key=lambda m: m.stays
        )
        between = next(((low, high) for low, high in pairwise(mine) if low.stays < stays < high.stays), None)
        if between is None or min(stays - between[0].stays, between[1].stays - stays) <= APART * max(1.0, stays):
            return linear
        low, high = between
        linear = linear.with_whole_column()
        mark = Mark(scenario=self._at[0], site=self._at[1], beds=beds, stays=stays, column=len(linear.cost) - 1)
        side = np.array([mark.column])
        own = self.beds == beds
        out.add(-1, [(self._columns[own], 1.0), (side, -1.0)], lower=0)
        if low.column >= 0:
            out.add(-1, [(np.array([low.column]), 1.0), (side, -1.0)], lower=0)
        if high.column >= 0:
            out.add(-1, [(side, 1.0), (np.array([high.column]), -1.0)], lower=0)
        out.add(-1, [(self._stays, 1.0), (side, -stays)], lower=0)
        below = np.where(own, stays, self._most)
        out.add(-1, [(self._columns, below), (side, self.most(beds) - stays), (self._stays, -1.0)], lower=0)
        self.add_chord(out, low, mark)
        self.add_chord(out, mark, high)
        return replace(linear, marks=(*linear.marks, mark))

    def add_chord(self, out: RowWriter, low: Mark, high: Mark) -> None:
        """A unit of this size between two marks admits no less than lies on the line between them."""
        ends = np.array([low.stays, high.stays])
        here = self._p.counted(np.full(2, low.beds), ends)
        slope = float((here[1] - here[0]) / (ends[1] - ends[0])) * (1 - SUMS)
        start = max(float(here[0]) - slope * low.stays, 0.0)
        # Other sizes admit less than the line by so much at most, where they have most stays.
        over = np.maximum(slope * self._most - self._admits, 0.0)
        own = self.beds == low.beds
        terms = [(self._admitted, 1.0), (self._stays, -slope), (self._columns[~own], over[~own])]
        if low.column >= 0:
            terms.append((np.array([low.column]), -start))
        if high.column >= 0:
            terms.append((np.array([high.column]), float(np.maximum(over[own][0] + start, 0.0))))
        out.add(-1, terms, lower=0)

    def add_tangent(self, out: RowWriter, beds: int, stays: float, admits: float, slope: float) -> None:
        """Units admit no more than lies on the line that touches this size's curve there."""
        tangents = Tangents.of(self._p)
        least = np.minimum(self.beds, len(tangents.slope) - 1)
        start = np.array([float(tangents.start[k][np.searchsorted(-tangents.slope[k], -slope)]) for k in least])
        touching = admits - slope * stays
        start = np.where(self.beds == beds, np.minimum(start, touching), start)
        start = start + SUMS * max(1.0, float(self._most.max()))
        out.add(-1, [(self._stays, slope), (self._columns, start), (self._admitted, -1.0)], lower=0)


def most_stays(p: Problem, scenario: int, beds: Ints) -> Floats:
    """Most stays a year of units of so many beds (K,) in a scenario, but for rounding."""
    everybody = float(p.women[scenario].sum()) * (1 + ROUNDING)
    if not p.must_hold[scenario] or not any(rule.carries_stays for rule in firm_rules(p)):
        return np.full(len(beds), everybody)
    carried = p.stays_by_beds[np.minimum(beds, p.sizes.largest)]
    return np.asarray(np.minimum(carried * (1 + ROUNDING) + HOLD, everybody))
