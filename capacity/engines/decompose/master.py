"""The master of the decomposition: the first stage in HiGHS, and what is known of the second.

A column theta stands for the cost of each group of scenarios, and a column for what each group brings to a
coupling row, from the time that row has a price: ``sum over groups of brought_gk + H_k x >= h_k``. What comes
back from the scenarios are rows over these columns and the first stage.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.decompose.stage_parts import Entries, Second, Stages
from capacity.engines.linear.highs import new_engine, row_sizes, run_engine
from capacity.errors import SolverError
from capacity.tolerances import NEWS, SOLVER, SOLVER_LOOSER, TIE

INFINITE = 1e30

LARGEST = 1e6
"""Coefficients of the scenarios' mean that a solver takes well."""


class Master:
    """First stage, theta by group, and what groups bring to the coupling rows.

    Parameters
    ----------
    stages : Stages
    clusters : list of list of int
        Scenarios that are grouped; where a coupling row speaks of one alone, each is a group.
    clock : Clock, optional
        Whose limit HiGHS is stopped at.
    """

    def __init__(self, stages: Stages, clusters: list[list[int]], clock: Clock | None = None) -> None:
        self._clock = clock
        self.stages, self.first = stages, len(stages.cost)
        self.group: Ints = np.arange(len(stages.scenarios))
        if not (stages.own >= 0).any():
            for g, cluster in enumerate(clusters):
                self.group[cluster] = g
        self.groups = groups = int(self.group.max()) + 1
        # Under a risk scenarios cost nothing themselves: what they bring to its rows does.
        self._costly = any(second.cost.any() for second in stages.scenarios)
        self.rows = 0
        self._brought: dict[int, Ints] = {}
        self._count = self.first + groups
        self.cost = np.concatenate([stages.cost, np.ones(groups)])
        least: Floats = np.zeros(groups)
        for g, second in zip(self.group.tolist(), stages.scenarios, strict=True):
            least[g] += _least(second.cost, second.scale * second.constant[0])
        self._engine: Any = new_engine(
            mip_abs_gap=0.0, mip_feasibility_tolerance=SOLVER, primal_feasibility_tolerance=SOLVER
        )
        self._columns(
            self.cost, np.concatenate([stages.lower, least]), np.concatenate([stages.upper, np.full(groups, np.inf)])
        )
        for columns, values, low, high in stages.rows:
            self._row(columns, values, low, high)
        self.whole = np.flatnonzero(stages.whole)
        self._branch = self.whole
        self._by_ranges()

    def _columns(self, cost: Floats, low: Floats, high: Floats) -> None:
        nothing = np.zeros(0, dtype=np.int32)
        self._engine.addCols(
            len(cost),
            cost,
            np.maximum(low, -INFINITE),
            np.minimum(high, INFINITE),
            0,
            np.zeros(len(cost), dtype=np.int32),
            nothing,
            np.zeros(0),
        )

    def _row(self, columns: Ints, values: Floats, low: float, high: float) -> None:
        size = float(row_sizes(np.zeros(len(values), dtype=np.int64), values, 1)[0])
        low = max(-INFINITE, low / size) if np.isfinite(low) else -INFINITE
        high = min(INFINITE, high / size) if np.isfinite(high) else INFINITE
        self._engine.addRow(low, high, len(columns), columns.astype(np.int32), values / size)

    def hold(self, second: Second, groups: Ints) -> None:
        """Keep a second stage in the master: the mean of the scenarios of some groups, or one scenario (no groups)."""
        columns, start = len(second.scale), self._count
        self._columns(np.zeros(columns), np.zeros(columns), second.scale * second.constant[0])
        self._count += columns
        self.cost = np.append(self.cost, np.zeros(columns))
        row = np.concatenate([second.first.row, second.matrix.row])
        column = np.concatenate([second.first.column, start + second.matrix.column])
        value = np.concatenate([second.first.value, second.matrix.value])
        self._many(Entries(row, column, value), second.low, second.high)
        for layer in range(1, len(second.constant)):
            here = np.flatnonzero((second.slope[layer] > 0) & (second.scale > 0))
            at, each = np.arange(len(here)), second.scale[here]
            rows = Entries(
                np.tile(at, 2),
                np.concatenate([start + here, second.at[layer, here]]),
                np.concatenate([np.ones(len(here)), -each * second.slope[layer, here]]),
            )
            self._many(rows, np.full(len(here), -np.inf), each * second.constant[layer, here])
        if len(groups):
            paid = np.flatnonzero(second.cost)
            self._row(
                np.concatenate([self.first + groups, start + paid]),
                np.concatenate([np.ones(len(groups)), -second.cost[paid]]),
                0.0,
                np.inf,
            )

    def hold_coupling(self, seconds: list[Second]) -> None:
        """Say the coupling rows of the second stages kept last, which together are all scenarios.

        A row that one little scenario could hold alone says nothing of the mean.
        """
        start = self._count - sum(len(second.scale) for second in seconds)
        parts = [self.stages.coupling]
        for second in seconds:
            parts.append(Entries(second.coupling.row, start + second.coupling.column, second.coupling.value))
            start += len(second.scale)
        rows = Entries(
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.column for part in parts]),
            np.concatenate([part.value for part in parts]),
        )
        largest = np.zeros(len(self.stages.least))
        np.maximum.at(largest, rows.row, np.abs(rows.value))
        average = np.flatnonzero((self.stages.own < 0) & (largest < LARGEST))
        place = np.full(len(self.stages.least), -1)
        place[average] = np.arange(len(average))
        kept = rows.of(place[rows.row] >= 0)
        self._many(
            Entries(place[kept.row], kept.column, kept.value), self.stages.least[average], np.full(len(average), np.inf)
        )

    def _many(self, rows: Entries, low: Floats, high: Floats) -> None:
        import highspy

        order = np.argsort(rows.row, kind="stable")
        starts = np.searchsorted(rows.row[order], np.arange(len(low)))
        done = self._engine.addRows(
            len(low),
            np.maximum(low, -INFINITE),
            np.minimum(high, INFINITE),
            len(order),
            starts.astype(np.int32),
            rows.column[order].astype(np.int32),
            rows.value[order],
        )
        if done == highspy.HighsStatus.kError:
            raise SolverError("HiGHS does not take the rows of the scenarios' means.")

    def _by_ranges(self) -> None:
        """Sizes as steps: ``at least k beds`` is whole, so that a search parts a site's sizes into smaller and larger.

        Beds carry the more stays each the more there are, and a mixture of a small and a large size more
        than any between: only parted into ranges do they carry little more than they can.
        """
        v, steps = self.stages.variables, []
        for j in v.sites.tolist():
            sizes = v.size[v.size_site == j]
            if len(sizes) < 2:
                continue
            at = self._count + np.arange(len(sizes) - 1)
            self._columns(np.zeros(len(at)), np.zeros(len(at)), np.ones(len(at)))
            self._count += len(at)
            self.cost = np.append(self.cost, np.zeros(len(at)))
            steps.append(at)
            # The step to size k+1 is taken where one of the sizes from k+1 on is.
            for k in range(len(at)):
                later = at[[k + 1]] if k + 1 < len(at) else at[:0]
                values = np.concatenate([[1.0], -np.ones(len(later)), [-1.0]])
                self._row(np.concatenate([at[[k]], later, sizes[[k + 1]]]), values, 0.0, 0.0)
        single = [v.size[v.size_site == j] for j in v.sites.tolist() if (v.size_site == j).sum() < 2]
        # Where the steps are whole, so are the sizes.
        self._branch = np.concatenate([np.setdiff1d(self.whole, v.size), *single, *steps])

    def _bring(self, k: int) -> Ints:
        """Columns of what each group brings to coupling row k (-1: nothing)."""
        if k not in self._brought:
            most, touched = np.zeros(self.groups), np.zeros(self.groups, dtype=bool)
            own = self.stages.own[k]
            for s in range(len(self.group)) if own < 0 else [int(own)]:
                g, second = self.group[s], self.stages.scenarios[s]
                here = second.coupling.row == k
                if here.any():
                    value, column = second.coupling.value[here], second.coupling.column[here]
                    touched[g] = True
                    most[g] -= _least(-value, (second.scale * second.constant[0])[column])
            at = np.full(self.groups, -1)
            at[touched] = self._count + np.arange(int(touched.sum()))
            self._columns(np.zeros(int(touched.sum())), np.full(int(touched.sum()), -np.inf), most[touched])
            self._count += int(touched.sum())
            self.cost = np.append(self.cost, np.zeros(int(touched.sum())))
            mine = self.stages.coupling.of(self.stages.coupling.row == k)
            self._row(
                np.append(mine.column, at[touched]),
                np.append(mine.value, np.ones(int(touched.sum()))),
                float(self.stages.least[k]),
                np.inf,
            )
            self._brought[k] = at
        return self._brought[k]

    def _about(self, g: int, prices: Floats) -> list[int]:
        """Priced coupling rows that speak of a group's scenarios."""
        own = self.stages.own
        return np.flatnonzero((prices != 0) & ((own < 0) | (own == g))).tolist()

    def add(self, g: int, constant: float, coefficient: Floats, prices: Floats, *, missing: bool) -> None:
        """``theta_g (or zero) >= constant + coefficient @ x + prices @ what the group brings``."""
        columns, values = [np.flatnonzero(coefficient)], [-coefficient[coefficient != 0]]
        for k in self._about(g, prices):
            at = self._bring(k)[g]
            if at >= 0:
                columns.append(np.array([at]))
                values.append(np.array([-prices[k]]))
        if not missing and self._costly:
            columns.append(np.array([self.first + g]))
            values.append(np.ones(1))
        self._row(np.concatenate(columns), np.concatenate(values), constant, np.inf)
        self.rows += 1

    def known(
        self, g: int, constant: float, coefficient: Floats, prices: Floats, values: Floats, *, missing: bool
    ) -> bool:
        """Whether a row says nothing new at the values of a solve."""
        total, size = constant + float(coefficient @ values[: self.first]), max(1.0, abs(constant))
        for k in self._about(g, prices):
            at = self._brought[k][g] if k in self._brought else -1
            if k not in self._brought or at >= len(values):
                return False
            total += prices[k] * values[at] if at >= 0 else 0.0
        theta = 0.0 if missing or not self._costly else values[self.first + g]
        return bool(total <= theta + NEWS * size)

    def fewest_beds_within(self, limit: float) -> None:
        """From now on: as few beds as the objective allows that stays within the limit."""
        columns = np.arange(self._count)
        self._row(columns[self.cost != 0], self.cost[self.cost != 0], -np.inf, limit)
        beds = np.zeros(self._count)
        beds[self.stages.variables.size] = self.stages.variables.size_beds
        self._engine.changeColsCost(self._count, columns.astype(np.int32), beds)

    def without(self, columns: Ints, values: Bools) -> None:
        """Exclude one choice of whole columns."""
        self._row(columns, np.where(values, -1.0, 1.0), 1.0 - float(values.sum()), np.inf)

    def solve(self, *, whole: bool, time_limit: float | None, gap: float = TIE / 4) -> tuple[str, Floats, float, bool]:
        """Outcome, values of all columns, bound, whether Ctrl+C stopped it."""
        import highspy

        kinds = highspy.HighsModelStatus
        engine, columns = self._engine, self._branch.astype(np.int32)
        engine.changeColsIntegrality(len(columns), columns, np.full(len(columns), int(whole), dtype=np.uint8))
        engine.setOptionValue("mip_rel_gap", gap)
        engine.setOptionValue("time_limit", highspy.kHighsInf if time_limit is None else max(time_limit, 0.01))
        stopped = run_engine(engine, self._clock)
        if engine.getModelStatus() == kinds.kSolveError:
            # As in `capacity.engines.linear.solvers`: presolve is sometimes wrong about a small model.
            stopped = self._again(presolve="off")
        if engine.getModelStatus() in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            # Where prices are high, rounding alone can be what does not fit.
            stopped = self._again(primal_feasibility_tolerance=SOLVER_LOOSER, mip_feasibility_tolerance=SOLVER_LOOSER)
        status, info = engine.getModelStatus(), engine.getInfo()
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return "infeasible", np.zeros(0), np.inf, stopped
        values = np.array(engine.getSolution().col_value)
        usable = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        bound = float(info.mip_dual_bound) if whole else float(info.objective_function_value)
        if not usable or (not whole and status != kinds.kOptimal):
            return "unknown", np.zeros(0), bound if whole else -np.inf, stopped
        if whole:
            values[self.whole] = np.round(values[self.whole])
        else:
            values[self.whole] = np.clip(values[self.whole], 0.0, 1.0)
        return "solved", values, bound, stopped

    def _again(self, **options: Any) -> bool:
        """Run once more with other options; whether Ctrl+C stopped it."""
        before = {name: self._engine.getOptionValue(name)[1] for name in options}
        for name, value in options.items():
            self._engine.setOptionValue(name, value)
        stopped = run_engine(self._engine, self._clock)
        for name, value in before.items():
            self._engine.setOptionValue(name, value)
        return stopped


def _least(cost: Floats, upper: Floats) -> float:
    """Least cost of columns between nothing and their upper bounds."""
    pays = cost < 0
    return float(cost[pays] @ upper[pays])
