"""The first stage: which sites to open, against the cuts found so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.exact.linear import is_optimal
from capacity.engines.exact.stochastic_cuts import Cuts
from capacity.engines.exact.stochastic_instance import Instance
from capacity.engines.exact.tolerances import BOUND_ROUNDED, MISPRICED, SUMS_OF_CUTS, VIOLATED
from capacity.engines.linear.highs import new_engine, run_engine

TRUSTED = 1e12
"""With a larger coefficient in any cut what HiGHS says of the master is no bound: the objective is some thousands."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """A solution of the master.

    Attributes
    ----------
    y : ndarray, (m,)
    theta : ndarray, (G,)
        What the cuts say of each group.
    eta : float
        The value at risk (``cvar`` only).
    bound : float
        No solution of the problem costs less.
    reduced : ndarray, (m,)
        Reduced costs of the sites (relaxation only).
    stopped : bool
        Ctrl+C.
    """

    y: Floats
    theta: Floats
    eta: float
    bound: float
    reduced: Floats
    stopped: bool = False


class Master:
    """Minimise ``f @ y + eta + sum of theta`` over y in {0, 1}, with rows ``theta_g >= ...``.

    Parameters
    ----------
    instance : Instance
    groups : int
        Number of theta columns.
    with_fixed : bool
        Whether opening costs stand in the objective (under ``regret`` they stand in the rows).
    with_eta : bool
        Whether there is a value at risk.
    """

    def __init__(self, instance: Instance, groups: int, *, with_fixed: bool, with_eta: bool) -> None:
        m = len(instance.fixed)
        self.m, self.groups, self.with_eta = m, groups, with_eta
        self._inf = 1e30
        self._engine: Any = new_engine(dual_feasibility_tolerance=MISPRICED)
        zero = np.zeros
        lower: Floats = zero(m)
        lower[instance.keep] = 1.0
        self._lower, self._upper = lower, np.ones(m)
        cost = instance.fixed if with_fixed else zero(m)
        self._given = float(np.minimum(cost, 0.0).sum())
        self._columns(cost, lower, self._upper)
        self._columns(np.ones(groups), zero(groups), np.full(groups, self._inf))
        if with_eta:
            self._columns(np.ones(1), zero(1), np.full(1, self._inf))
        self._site_columns = np.arange(m, dtype=np.int32)
        self._whole = False
        self._largest = 0.0

    def _columns(self, cost: Floats, lower: Floats, upper: Floats) -> None:
        none = np.zeros(0, dtype=np.int32)
        starts = np.zeros(len(cost), dtype=np.int32)
        self._engine.addCols(len(cost), cost, lower, upper, 0, starts, none, np.zeros(0))

    def add(self, cuts: Cuts, at: Point | None = None, *, theta_of: Ints | None = None) -> int:
        """Add the cuts that `at` breaks (all of them without); returns how many.

        Parameters
        ----------
        cuts : Cuts
        at : Point, optional
        theta_of : ndarray of int, optional
            Column of theta of each cut; the group of the same number by default.
        """
        theta_of = np.arange(len(cuts.constant)) if theta_of is None else theta_of
        added = 0
        for g in np.flatnonzero(cuts.mass > 0).tolist():
            if at is not None:
                needed = cuts.constant[g] - cuts.coefficient[g] @ at.y
                held = at.theta[theta_of[g]] + (cuts.mass[g] * at.eta if self.with_eta else 0.0)
                if needed <= held + VIOLATED * max(1.0, abs(needed)):
                    continue
            index = np.append(self._site_columns, np.int32(self.m + theta_of[g]))
            value = np.append(cuts.coefficient[g], 1.0)
            if self.with_eta:
                index = np.append(index, np.int32(self.m + self.groups))
                value = np.append(value, cuts.mass[g])
            self._largest = max(self._largest, float(np.abs(cuts.coefficient[g]).max(initial=abs(cuts.constant[g]))))
            self._engine.addRow(float(cuts.constant[g]), self._inf, len(index), index, value)
            added += 1
        return added

    def relaxation(self) -> Point:
        """Solve with y in [0, 1]."""
        self._be_whole(False)
        self._engine.run()
        solution = self._engine.getSolution()
        reduced = np.array(solution.col_dual)[: self.m]
        bound = float(self._engine.getInfo().objective_function_value) if is_optimal(self._engine) else -np.inf
        return self._point(np.array(solution.col_value), bound, reduced)

    def whole(self, time_limit: float, gap: float) -> Point | None:
        """Solve with y in {0, 1}, within a relative gap; None when the time was too short."""
        import highspy

        self._be_whole(True)
        engine = self._engine
        engine.setOptionValue("mip_rel_gap", gap)
        engine.setOptionValue("time_limit", time_limit)
        stopped = run_engine(engine)
        info = engine.getInfo()
        bound = float(info.mip_dual_bound)
        engine.setOptionValue("time_limit", highspy.kHighsInf)
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            if stopped:
                raise KeyboardInterrupt
            return None
        values = np.array(engine.getSolution().col_value)
        values[: self.m] = np.round(values[: self.m])
        return self._point(values, bound, np.zeros(self.m), stopped)

    def _point(self, values: Floats, bound: float, reduced: Floats, stopped: bool = False) -> Point:
        m, groups = self.m, self.groups
        bound -= BOUND_ROUNDED * (abs(bound) + abs(bound - self._given)) + MISPRICED * m + SUMS_OF_CUTS * self._largest
        return Point(
            y=np.clip(values[:m], 0.0, 1.0),
            theta=values[m : m + groups],
            eta=float(values[m + groups]) if self.with_eta else 0.0,
            bound=bound if self._largest <= TRUSTED else -self._inf,
            reduced=reduced,
            stopped=stopped,
        )

    def duals(self) -> Floats:
        """Dual weights of the cuts in the last relaxation."""
        return np.array(self._engine.getSolution().row_dual)

    def fix(self, closed: Bools, opened: Bools) -> None:
        """Settle sites that no better solution opens, or closes."""
        self._upper = np.where(closed, 0.0, self._upper)
        self._lower = np.where(opened, 1.0, self._lower)
        self._engine.changeColsBounds(self.m, self._site_columns, self._lower, self._upper)

    def drop_loose(self, keep: float) -> None:
        """Forget cuts that are far from binding at the last solution."""
        activity = np.array(self._engine.getSolution().row_value)
        lower = np.array(self._engine.getLp().row_lower_)
        loose = np.flatnonzero(activity - lower > keep * np.maximum(1.0, np.abs(lower)))
        if len(loose):
            self._engine.deleteRows(len(loose), loose.astype(np.int32))

    def _be_whole(self, whole: bool) -> None:
        if whole == self._whole:
            return
        kinds = np.full(self.m, int(whole), dtype=np.uint8)  # HiGHS: 0 continuous, 1 whole
        self._engine.changeColsIntegrality(self.m, self._site_columns, kinds)
        self._whole = whole
