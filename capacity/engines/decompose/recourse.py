"""The second stage of one scenario: who is served where, once units and sizes are chosen.

For a first stage x and prices on the columns, scenario s is a linear problem (`capacity.engines.decompose.stages`)::

    Q_s(x) = min  c_s X    s.t.  low <= T x + A X <= high,   0 <= X <= upper(x)

Any prices u of the rows, of the right sign, bound Q_s from below for every x: with reduced costs
``r = c - A'u``, ``Q_s(x) >= u (low or high) - u T x + sum_j min(r_j, 0) upper_j(x)``. That is arithmetic,
whatever a solver's tolerances are, and it holds for other scenarios with the same matrix too. Least stays
make the recourse rise as well as fall with the units opened; the bound does not ask which. With costs of
zero and rows that may be broken, the same prices say that a scenario cannot be served at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.arrays import Floats
from capacity.engines.decompose.stage_parts import Entries, Second, summed
from capacity.engines.linear.highs import new_engine
from capacity.errors import SolverError
from capacity.tolerances import SOLVER

MOST_ENGINES = 6
"""Matrices whose last solution is kept, to start the next scenario from."""

INFINITE = 1e30


@dataclass(frozen=True, kw_only=True, eq=False)
class Served:
    """The recourse of one scenario.

    Attributes
    ----------
    value : float
        Infinite where the scenario cannot be served.
    missing : float
        How far its rows are broken at least, then.
    duals : ndarray (rows,)
        Prices of the rows.
    women : ndarray (columns,) or None
    """

    value: float
    missing: float
    duals: Floats
    women: Floats | None


class Recourse:
    """Scenarios solved one after the other, each from the solution of the last with the same matrix."""

    def __init__(self) -> None:
        self._engines: dict[tuple[int, bool], tuple[Entries, _Engine]] = {}

    def solve(self, second: Second, x: Floats, cost: Floats) -> Served:
        """One scenario at one (fractional) first stage.

        Parameters
        ----------
        second : Second
        x : ndarray (N,)
        cost : ndarray (columns,)
        """
        shift = second.first.times(x, len(second.low))
        low, high, upper = second.low - shift, second.high - shift, second.upper(x)
        engine = self._engine(second, elastic=False)
        if engine.run(low, high, upper, cost):
            return Served(value=engine.value, missing=0.0, duals=engine.duals, women=engine.columns(len(upper)))
        engine = self._engine(second, elastic=True)
        if not engine.run(low, high, upper, np.zeros(len(cost))):
            raise SolverError(f"HiGHS failed on the recourse of a scenario: {engine.status}.")
        return Served(value=np.inf, missing=engine.value, duals=engine.duals, women=None)

    def _engine(self, second: Second, *, elastic: bool) -> _Engine:
        key = id(second.matrix), elastic
        if key not in self._engines:
            if len(self._engines) >= MOST_ENGINES:
                self._engines.pop(next(iter(self._engines)))
            # The matrix is held with it: its id is no other's while it is known.
            self._engines[key] = second.matrix, _Engine(second, elastic)
        return self._engines[key][1]


class _Engine:
    """One matrix in HiGHS; an elastic one may break its rows, at one each."""

    def __init__(self, second: Second, elastic: bool) -> None:
        import highspy

        rows, columns = len(second.low), len(second.scale)
        self._columns, self._rows = np.arange(columns, dtype=np.int32), np.arange(rows, dtype=np.int32)
        row, column, value = second.matrix.row, second.matrix.column, second.matrix.value
        cost, count = np.zeros(columns), columns
        if elastic:
            row = np.concatenate([row, self._rows, self._rows])
            column = np.concatenate([column, columns + np.arange(2 * rows)])
            value = np.concatenate([value, np.ones(rows), -np.ones(rows)])
            cost, count = np.concatenate([cost, np.ones(2 * rows)]), columns + 2 * rows
        order = np.lexsort((row, column))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = count, rows
        lp.col_cost_, lp.col_lower_ = cost, np.zeros(count)
        lp.col_upper_ = np.full(count, highspy.kHighsInf)
        lp.row_lower_, lp.row_upper_ = np.full(rows, -highspy.kHighsInf), np.full(rows, highspy.kHighsInf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(count + 1))
        lp.a_matrix_.index_, lp.a_matrix_.value_ = row[order], value[order]
        self._highs = new_engine(presolve="off", primal_feasibility_tolerance=SOLVER, dual_feasibility_tolerance=SOLVER)
        self._highs.passModel(lp)
        self._cost = np.full(columns, np.nan)
        self.value, self.status = np.inf, ""

    def run(self, low: Floats, high: Floats, upper: Floats, cost: Floats) -> bool:
        """Whether it can be done; False where it cannot."""
        import highspy

        engine, kinds = self._highs, highspy.HighsModelStatus
        if not np.array_equal(cost, self._cost):
            engine.changeColsCost(len(cost), self._columns, cost)
            self._cost = cost
        engine.changeRowsBounds(len(low), self._rows, low, high)
        engine.changeColsBounds(len(upper), self._columns, np.zeros(len(upper)), upper)
        engine.run()
        status = engine.getModelStatus()
        if status not in (kinds.kOptimal, kinds.kInfeasible):
            # Once more from nothing: a start from another scenario may lead the simplex method astray.
            engine.clearSolver()
            engine.run()
            status = engine.getModelStatus()
        self.status = engine.modelStatusToString(status)
        if status not in (kinds.kOptimal, kinds.kInfeasible):
            raise SolverError(f"HiGHS failed on the recourse of a scenario: {self.status}.")
        self.value = float(engine.getInfo().objective_function_value)
        return bool(status == kinds.kOptimal)

    @property
    def duals(self) -> Floats:
        """Prices of the rows."""
        return np.array(self._highs.getSolution().row_dual)

    def columns(self, count: int) -> Floats:
        """Values of the columns."""
        return np.array(self._highs.getSolution().col_value)[:count]


def cut(second: Second, duals: Floats, cost: Floats, x: Floats) -> tuple[float, Floats]:
    """``Q_s (or how far its rows are broken) >= constant + coefficient @ first stage``, from any prices.

    Prices of the wrong sign count as none, so the bound holds whatever the solver left.

    Parameters
    ----------
    second : Second
    duals : ndarray (rows,)
    cost : ndarray (columns,)
        Zeros, with duals between -1 and 1, for how far rows are broken.
    x : ndarray (N,)
        Where the bound is to be close: of a column's bounds the lowest there is taken.
    """
    duals = np.where(np.isfinite(second.low), duals, np.minimum(duals, 0.0))
    duals = np.where(np.isfinite(second.high), duals, np.maximum(duals, 0.0))
    side = np.where(duals > 0, second.low, second.high)
    constant = float(duals[duals != 0] @ side[duals != 0])
    coefficient = -second.first.back(duals, len(x))
    over = np.minimum(cost - second.matrix.back(duals, len(cost)), 0.0)
    used = np.flatnonzero(over < 0)
    weight = over[used] * second.scale[used]
    layer = (second.constant[:, used] + second.slope[:, used] * x[second.at[:, used]]).argmin(axis=0)
    constant += float(weight @ second.constant[layer, used])
    coefficient += summed(second.at[layer, used], weight * second.slope[layer, used], len(x))
    return constant, coefficient
