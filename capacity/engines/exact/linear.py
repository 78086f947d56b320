"""Small linear programs as sparse arrays, handed to HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.tolerances import TIGHT
from capacity.engines.linear.highs import new_engine

Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass
class LinearProgram:
    """Columns with costs and bounds, and rows added block by block.

    Attributes
    ----------
    cost, lower, upper : ndarray (columns,)
    integer : ndarray (columns,) of bool
    """

    cost: Doubles
    lower: Doubles
    upper: Doubles
    integer: Bools
    _row: list[Indices] = field(default_factory=list)
    _column: list[Indices] = field(default_factory=list)
    _value: list[Doubles] = field(default_factory=list)
    _low: list[Doubles] = field(default_factory=list)
    _high: list[Doubles] = field(default_factory=list)
    rows: int = 0

    def add_rows(
        self, count: int, terms: Sequence[tuple[Indices, Indices, Doubles]], low: Doubles | float, high: Doubles | float
    ) -> Indices:
        """Add `count` rows; each term is (row within the block, column, coefficient)."""
        for row, column, value in terms:
            self._row.append(np.asarray(row) + self.rows)
            self._column.append(np.asarray(column))
            self._value.append(np.asarray(value, dtype=np.float64))
        self._low.append(np.broadcast_to(np.asarray(low, dtype=np.float64), count))
        self._high.append(np.broadcast_to(np.asarray(high, dtype=np.float64), count))
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def load(self, *, time_limit: float | None = None, **options: Any) -> Any:
        """A HiGHS that holds this program."""
        import highspy

        row, column, value = (np.concatenate(part) for part in (self._row, self._column, self._value))
        order = np.lexsort((row, column))
        counts = np.bincount(column, minlength=len(self.cost))
        lp: Any = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.cost), self.rows
        lp.col_cost_, lp.col_lower_ = self.cost, self.lower
        lp.col_upper_ = np.minimum(self.upper, highspy.kHighsInf)
        lp.row_lower_, lp.row_upper_ = np.concatenate(self._low), np.concatenate(self._high)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)])
        lp.a_matrix_.index_, lp.a_matrix_.value_ = row[order], value[order]
        if self.integer.any():
            kinds = highspy.HighsVarType
            lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in self.integer]
        engine = new_engine(time_limit=time_limit, **{**TIGHT, **options})
        engine.passModel(lp)
        return engine


def is_optimal(engine: Any) -> bool:
    """Whether HiGHS proved what it holds."""
    import highspy

    return bool(engine.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def is_infeasible(engine: Any) -> bool:
    """Whether HiGHS proved that there is nothing."""
    import highspy

    kinds = highspy.HighsModelStatus
    return engine.getModelStatus() in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible)


def has_point(engine: Any) -> bool:
    """Whether HiGHS holds a feasible point."""
    import highspy

    found = engine.getInfo().primal_solution_status
    return bool(found == highspy.SolutionStatus.kSolutionStatusFeasible)


def begin_at(engine: Any, columns: Bools, rows: Bools, upper: Bools) -> None:
    """Let HiGHS begin where these columns and rows are in the basis, the other columns at their lower bounds.

    Parameters
    ----------
    engine : Highs
    columns : ndarray (columns,) of bool
    rows : ndarray (rows,) of bool
        As many of both as there are rows.
    upper : ndarray (rows,) of bool
        Of the other rows, those at their upper limits.
    """
    import highspy

    kinds = highspy.HighsBasisStatus
    basis = highspy.HighsBasis()
    basis.col_status = [kinds.kBasic if basic else kinds.kLower for basic in columns.tolist()]
    other = [kinds.kUpper if above else kinds.kLower for above in upper.tolist()]
    basis.row_status = [kinds.kBasic if basic else status for basic, status in zip(rows.tolist(), other, strict=True)]
    basis.valid = True
    engine.setBasis(basis)
