"""The model with the units decided: their sizes, and who goes where, are left to find.

The linear relaxation of the sizes mixes small and large ones; so the search branches on a range of
sizes of one unit (as on a special ordered set, Beale and Tomlin 1970), which a solver that branches
on single sizes does only slowly. Every relaxation starts from the last one's basis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.linear.highs import run_engine
from capacity.engines.linear.model import LinearModel
from capacity.engines.linear.solvers import HIGHS_OPTIONS, in_highs, solve_arrays
from capacity.engines.rank.parts import Parts
from capacity.rules.bounds import with_unit
from capacity.tolerances import ROUNDING, SITES_ROW, SOLVER_FINEST, TAKEN, TIE

LARGE = 3_000
"""Columns from which a relaxation may take long enough to be stopped in the middle."""

NOWHERE = -1
"""Of a column or row that is left out."""

NARROWED_AFTER = 6
"""Ranges of sizes looked at before it pays to ask how much each unit must take."""

MOST_NODES = 5_000
"""Ranges of sizes looked at before the rest is left to the solver's own search."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Relaxed:
    """A linear relaxation: `value`, `values` by column and `multipliers` by row of the whole model.

    Where there is no solution, `value` is infinite and `multipliers` the ray that proves it (or None).
    """

    value: float
    values: Floats | None
    multipliers: Floats | None


class CutShortError(Exception):
    """The limit was reached, or Ctrl+C pressed, while a set was worked out.

    Attributes
    ----------
    value, values : float, ndarray or None
        The best found so far, as `OneSet.least` gives it.
    bound : float
        Proven: the set has nothing less.
    interrupted : bool
        By Ctrl+C.
    """

    def __init__(self, value: float, values: Floats | None, bound: float, *, interrupted: bool) -> None:
        super().__init__()
        self.value, self.values, self.bound, self.interrupted = value, values, bound, interrupted


class OneSet:
    """One set of units.

    Parameters
    ----------
    parts : Parts
    opened : ndarray (m,) of bool
    clock : Clock, optional
        Of the time limit; without it there is none.
    """

    def __init__(self, parts: Parts, opened: Bools, clock: Clock | None = None) -> None:
        self._parts, self._clock = parts, clock or Clock(None)
        linear = parts.linear
        here = (parts.site < 0) | opened[np.maximum(parts.site, 0)]
        self._free: Ints = np.flatnonzero(here & ~parts.opens)
        self._opened: Ints = np.flatnonzero(here & parts.opens)
        row, column, coefficient = parts.entries
        count, place = len(linear.row_lower), np.full(len(linear.cost), NOWHERE)
        place[self._free] = np.arange(len(self._free))
        entries, stands = place[column] >= 0, (here & parts.opens)[column]
        standing = np.bincount(row[stands], coefficient[stands], count)
        low, high = linear.row_lower - standing, linear.row_upper - standing
        empty = np.bincount(row[entries], minlength=count) == 0
        self.broken = bool((empty & ((low > SITES_ROW) | (high < -SITES_ROW))).any())
        self._rows: Ints = np.flatnonzero(~empty & ~parts.open_only)
        kept = np.full(count, NOWHERE)
        kept[self._rows] = np.arange(len(self._rows))
        entries &= kept[row] >= 0
        self._entries = kept[row[entries]], place[column[entries]], coefficient[entries]
        self._low, self._high = low[self._rows], high[self._rows]
        fewest = parts.fewest[int(opened.sum())]
        self.broken |= bool(np.isinf(fewest))
        self._low[self._rows == len(linear.row_lower) - 1] = fewest / parts.bed_size
        self._sizes: Ints = np.flatnonzero(parts.sizes[self._free])
        self._unit = parts.site[self._free[self._sizes]]
        v = parts.model.variables
        self._beds = v.size_beds[np.searchsorted(v.size, self._free[self._sizes])]
        self._offset = linear.constant + float(linear.cost[self._opened].sum())
        self._engine: Any = None

    def relaxed(self) -> Relaxed:
        """The linear relaxation."""
        if self.broken:
            return Relaxed(value=np.inf, values=None, multipliers=None)
        engine = self._ready()
        self._allow(np.ones(len(self._sizes), dtype=bool))
        try:
            return self._run(engine)
        except _UnsettledError:
            return Relaxed(value=-np.inf, values=None, multipliers=None)

    def least(self, cutoff: float = np.inf) -> tuple[float, Floats | None]:
        """The least value below the cutoff, and the columns' values; (inf, None) where there is none.

        Raises
        ------
        CutShortError
            At the limit, or after Ctrl+C within the solver.
        """
        if self.broken:
            return np.inf, None
        if self._parts.whole_beyond_sizes or not self._parts.sized[self._unit].all():
            return self._by_solver(cutoff)
        try:
            return self._by_sizes(cutoff)
        except _UnsettledError:
            # Another objective may stand in it: the next question starts afresh.
            self._engine = None
            return self._by_solver(cutoff)

    def as_model(self) -> LinearModel:
        """The whole model's arrays with these units decided; columns not here are left out."""
        linear = self._parts.linear
        row, column, coefficient = self._entries
        starts = np.cumsum(np.bincount(column, minlength=len(self._free)))
        return replace(
            linear,
            cost=linear.cost[self._free],
            constant=self._offset,
            lower=linear.lower[self._free],
            upper=linear.upper[self._free],
            integer=linear.integer[self._free],
            start=np.concatenate([[0], starts]).astype(np.int32),
            row=row.astype(np.int32),
            coefficient=coefficient,
            row_lower=self._low,
            row_upper=self._high,
        )

    # --- a search over ranges of sizes -----------------------------------------------------------

    def _by_sizes(self, cutoff: float) -> tuple[float, Floats | None]:
        engine = self._ready()
        best, best_values = cutoff, None
        waiting = [(-np.inf, np.ones(len(self._sizes), dtype=bool))]
        nodes = 0
        tried: set[tuple[int, ...]] = set()
        while waiting:
            waiting.sort(key=lambda node: -node[0])
            bound, allowed = waiting.pop()
            if bound >= best - TIE * abs(best):
                break
            self._clock.tell("Sets of sites are bounded and worked out")
            if self._clock.left == 0:
                raise CutShortError(best if best_values is not None else np.inf, best_values, bound, interrupted=False)
            nodes += 1
            if nodes == NARROWED_AFTER:
                smallest = self._smallest()
                waiting = [(least, part & smallest) for least, part in waiting]
                allowed = allowed & smallest
            if nodes > MOST_NODES:
                return (
                    self._by_solver(best)
                    if best_values is None
                    else min((best, best_values), self._by_solver(best), key=lambda pair: pair[0])
                )
            self._allow(allowed)
            relaxed = self._run(engine)
            if relaxed.values is None or relaxed.value >= best - TIE * abs(best):
                continue
            taken = relaxed.values[self._free[self._sizes]]
            mixed = self._mixed(taken)
            if not len(mixed):
                best, best_values = relaxed.value, relaxed.values
                continue
            needed = {j: self._needed(j, relaxed.values, allowed) for j in np.unique(self._unit).tolist()}
            rounded = tuple(needed.values())
            if rounded not in tried:
                tried.add(rounded)
                self._allow(self._beds == np.array(rounded)[np.searchsorted(list(needed), self._unit)])
                whole = self._run(engine)
                if whole.values is not None and whole.value < best - TIE * abs(best):
                    best, best_values = whole.value, whole.values
            waiting += [(relaxed.value, part) for part in self._parted(mixed, taken, needed, allowed)]
        return (best, best_values) if best_values is not None else (np.inf, None)

    def _smallest(self) -> Bools:
        """Sizes that carry the least each unit can have; the row of the beds is made to know of them.

        What a unit must take, whoever else takes how many, is a linear programme of its own.
        """
        v, problem = self._parts.model.variables, self._parts.model.problem
        large_enough = np.ones(len(self._sizes), dtype=bool)
        if v.scenarios > 1 or problem.policy.promise is None or self._low[-1] <= 0:
            return large_enough
        cost, columns = self._parts.linear.cost[self._free], np.arange(len(self._free), dtype=np.int32)
        women = problem.women[problem.must_hold].max(axis=0, initial=0.0)
        point = self._parts.point[self._free]
        women_behind = np.where(point >= 0, women[np.maximum(point, 0)], 0.0)
        self._allow(large_enough)
        most = np.full(int(self._beds.max()) * len(self._opened) + 1, -np.inf)
        most[0] = 0.0
        for site in np.unique(self._unit):
            load = np.where(self._parts.site[self._free] == site, women_behind, 0.0)
            self._engine.changeColsCost(len(columns), columns, load)
            least = self._run(self._engine)
            here = self._unit == site
            if least.values is not None and problem.must_hold.sum() == 1:
                stays = (least.value - self._offset) * (1 - ROUNDING)
                large_enough &= ~here | (problem.stays_by_beds[self._beds] >= stays)
            sizes = self._beds[here & large_enough]
            most = with_unit(most, sizes, problem.stays_by_beds[sizes])
        self._engine.changeColsCost(len(columns), columns, cost)
        total = float(problem.women[problem.must_hold].sum(axis=1).max(initial=0.0)) * (1 - ROUNDING)
        enough = np.flatnonzero(most >= total)
        # No beds are enough where not even the largest sizes are: a row that cannot hold says so.
        fewest = float(enough[0]) if len(enough) else float(len(most))
        if fewest > self._low[-1] * self._parts.bed_size:
            self._low[-1] = fewest / self._parts.bed_size
            self._engine.changeRowBounds(len(self._rows) - 1, self._low[-1], np.inf)
        return large_enough

    def _mixed(self, taken: Floats) -> Ints:
        """Units with more than one size at once."""
        units, count = np.unique(self._unit[taken > TAKEN], return_counts=True)
        return np.asarray(units[count > 1])

    def _needed(self, site: int, values: Floats, allowed: Bools) -> int:
        """The smallest allowed size that carries the stays of a unit."""
        problem, v = self._parts.model.problem, self._parts.model.variables
        here = v.pair_site == site
        women = problem.women if not v.shared else problem.women.max(axis=0)[None]
        load = max(float(values[v.share(s)[here]] @ women[s][v.pair_point[here]]) for s in range(v.scenarios))
        beds = self._beds[allowed & (self._unit == site)]
        if problem.policy.promise is None:
            return int(beds.min())
        fits = beds[problem.stays_by_beds[beds] >= load * (1 - TIE)]
        return int(fits.min() if len(fits) else beds.max())

    def _parted(self, mixed: Ints, taken: Floats, needed: dict[int, int], allowed: Bools) -> list[Bools]:
        """Two ranges of sizes of the unit whose relaxation is farthest from a size."""
        mean = {j: float(taken[self._unit == j] @ self._beds[self._unit == j]) for j in mixed.tolist()}
        site = max(mixed.tolist(), key=lambda j: abs(needed[j] - mean[j]))
        here = self._unit == site
        beds = self._beds[here & allowed]
        # Both ranges leave out the mixture: one size is below the cut, one is not.
        used = self._beds[here & (taken > TAKEN)]
        cut = min(max(needed[site], int(used.min()) + 1), int(used.max()))
        cut = max(cut, int(beds.min()) + 1)
        below, above = allowed & ~(here & (self._beds >= cut)), allowed & ~(here & (self._beds < cut))
        return [below, above]

    # --- HiGHS -----------------------------------------------------------------------------------

    def _ready(self) -> Any:
        if self._engine is None:
            # As close as HiGHS can: rows are scaled by the largest size, and stays beyond a unit's cost a bed.
            options = HIGHS_OPTIONS | {"primal_feasibility_tolerance": SOLVER_FINEST, "presolve": "off"}
            self._engine = in_highs(replace(self.as_model(), integer=np.zeros(len(self._free), dtype=bool)), **options)
        return self._engine

    def _allow(self, allowed: Bools) -> None:
        """Let units have only these of their sizes."""
        count = len(self._sizes)
        if count:
            upper = np.where(allowed, self._parts.linear.upper[self._free[self._sizes]], 0.0)
            self._engine.changeColsBounds(count, self._sizes.astype(np.int32), np.zeros(count), upper)

    def _run(self, engine: Any) -> Relaxed:
        import highspy

        if len(self._free) < LARGE:
            engine.run()
        elif run_engine(engine, self._clock):
            raise KeyboardInterrupt
        status, linear = engine.getModelStatus(), self._parts.linear
        multipliers = np.zeros(len(linear.row_lower))
        if status == highspy.HighsModelStatus.kOptimal:
            solution = engine.getSolution()
            multipliers[self._rows] = solution.row_dual
            return Relaxed(
                value=float(engine.getInfo().objective_function_value),
                values=self._spread(np.array(solution.col_value)),
                multipliers=multipliers,
            )
        if status != highspy.HighsModelStatus.kInfeasible:
            raise _UnsettledError
        _, known, ray = engine.getDualRay()
        if known:
            multipliers[self._rows] = ray
        return Relaxed(value=np.inf, values=None, multipliers=multipliers if known else None)

    def _spread(self, values: Floats) -> Floats:
        """Values of all columns of the whole model."""
        whole = np.zeros(len(self._parts.linear.cost))
        whole[self._free], whole[self._opened] = values, 1.0
        return whole

    def _by_solver(self, cutoff: float) -> tuple[float, Floats | None]:
        solution = solve_arrays(self.as_model(), time_limit=self._clock.left, clock=self._clock)
        if solution.outcome not in ("optimal", "infeasible"):
            values = None if solution.values is None else self._spread(solution.values)
            raise CutShortError(solution.objective, values, solution.bound, interrupted=solution.interrupted)
        if solution.values is None or solution.objective >= cutoff - TIE * abs(cutoff):
            return np.inf, None
        return solution.objective, self._spread(solution.values)


class _UnsettledError(Exception):
    """HiGHS could not settle a linear relaxation; its own search of the whole numbers is asked instead."""
