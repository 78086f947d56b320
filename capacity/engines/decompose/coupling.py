"""The second stage of all scenarios together: rows that couple them get prices (Dantzig and Wolfe 1960).

At prices mu of the coupling rows every scenario is solved by itself. A small problem over the answers so
far mixes them so that the coupling rows hold, and gives the next prices; it stops when no scenario has an
answer that would help. Mixtures of a scenario's answers are answers of it, so nothing is lost. Where no prices
are needed the scenarios' own best answers are the answer, in one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.engines.decompose.recourse import INFINITE, Recourse, Served
from capacity.engines.decompose.stage_parts import Entries, Second, summed
from capacity.engines.linear.highs import new_engine
from capacity.errors import SolverError
from capacity.tolerances import COUPLING, COUPLING_BROKEN, LEAST_NUMBER, SOLVER, SOLVER_FINEST, TIE

AGAIN = (("choose", "off"), ("choose", "on"), ("ipm", "on"), ("ipm", "off"))
"""HiGHS's solver and presolve, asked from scratch in turn where the rows end in "Unknown": each knows ways the others
do not."""

MOST_PASSES = 60
"""Passes after which what is known is taken: the bound is proven all the same."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Together:
    """What a first stage means for the scenarios.

    Attributes
    ----------
    value : float
        Least cost of the scenarios and of what coupling rows are broken by at a price; infinite where they cannot
        all be served.
    bound : float
        Proven of the value.
    women : list of ndarray
        By scenario; empty without an answer.
    free : ndarray (N,)
        The columns the coupling rows decide; zeros elsewhere.
    passes : list of (prices, served)
        Prices of the coupling rows (K,) that say something, and the scenarios at them; the last are
        those of the bound.
    missing : bool
        Whether the last pass says how far rows are broken at least, rather than what it costs.
    """

    value: float
    bound: float
    women: list[Floats]
    free: Floats
    passes: list[tuple[Floats, list[Served]]]
    missing: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Coupled:
    """Scenarios and the rows that couple them.

    Attributes
    ----------
    scenarios : list of Second
    costs : list of ndarray (columns,)
        By scenario; what is minimised.
    over : list of Entries
        The coupling rows over each scenario's columns.
    first : Entries
        The coupling rows over the first stage.
    least : ndarray (K,)
    free : ndarray of int
        First-stage columns the coupling rows decide.
    free_cost, lower, upper : ndarray
        Of the free columns.
    """

    scenarios: list[Second]
    costs: list[Floats]
    over: list[Entries]
    first: Entries
    least: Floats
    free: Ints
    free_cost: Floats
    lower: Floats
    upper: Floats

    def priced(self, k: int, prices: Floats, *, missing: bool = False) -> Floats:
        """Costs of a scenario's columns at prices of the coupling rows."""
        cost = np.zeros(len(self.costs[k])) if missing else self.costs[k]
        if not prices.any():
            return cost
        return np.asarray(cost - self.over[k].back(prices, len(cost)))

    def needed(self, x: Floats) -> Floats:
        """What the scenarios have to bring together, the free columns at nothing, (K,)."""
        fixed = x.copy()
        fixed[self.free] = 0.0
        return np.asarray(self.least - self.first.times(fixed, len(self.least)))

    def within(self, limit: float, costs: list[Floats]) -> Coupled:
        """Other costs, the present ones together within a limit."""
        row = len(self.least)
        size = max([LEAST_NUMBER, *(float(np.abs(cost).max(initial=0.0)) for cost in [self.free_cost, *self.costs])])
        over = [
            entries.with_(np.full(len(cost), row), np.arange(len(cost)), -cost / size)
            for entries, cost in zip(self.over, self.costs, strict=True)
        ]
        first = self.first.with_(np.full(len(self.free), row), self.free, -self.free_cost / size)
        return replace(
            self,
            costs=costs,
            over=over,
            first=first,
            least=np.append(self.least, -limit / size),
            free_cost=np.zeros(len(self.free)),
        )

    def together(
        self,
        recourse: Recourse,
        x: Floats,
        start: Floats,
        check: Callable[[], None],
        *,
        cutoff: float = np.inf,
        room: float = TIE / 2,
    ) -> Together:
        """The scenarios at one first stage.

        Parameters
        ----------
        recourse : Recourse
        x : ndarray (N,)
        start : ndarray (K,)
            Prices to begin with.
        check : callable
            Called before each scenario is solved; may raise.
        cutoff : float
            Stop where the value is proven to be more.
        room : float
            Between value and bound (relative).
        """
        need, nothing = self.needed(x), np.zeros(len(x))
        pool = _Pool(self, need)
        prices, missing = start, False
        passes: list[tuple[Floats, list[Served]]] = []
        best: tuple[float, Floats, list[Served]] = (-np.inf, start, [])
        turn = -1
        while True:
            turn += 1
            served: list[Served] = []
            for k, second in enumerate(self.scenarios):
                check()
                served.append(recourse.solve(second, x, self.priced(k, prices, missing=missing)))
            if any(one.women is None for one in served):
                passes = [(np.zeros(len(need)), served)]
                return Together(value=np.inf, bound=np.inf, women=[], free=nothing, passes=passes, missing=True)
            bound = sum(one.value for one in served) + float(prices @ need) + self._free_bound(prices, missing)
            women = [one.women for one in served if one.women is not None]
            if turn == 0:
                passes.append((prices, served))
            if bound > best[0]:
                best = bound, prices, served
            if turn == 0 and not prices.any() and (pool.brought(women) >= need - COUPLING).all():
                return Together(value=bound, bound=bound, women=women, free=nothing, passes=passes)
            if not missing and turn < MOST_PASSES and best[0] > cutoff:
                passes += [best[1:]] if turn else []
                return Together(value=best[0], bound=best[0], women=[], free=nothing, passes=passes)
            known = not pool.add(women)
            value, prices, now = pool.solve(missing)
            if now != missing:
                missing, best = now, (-np.inf, prices, [])
                continue
            settled = known or turn >= MOST_PASSES or value - best[0] <= room * max(1.0, abs(value))
            if missing and settled and best[0] <= COUPLING_BROKEN:
                # No more than rounding is missing, however the answers are mixed.
                value, prices, missing = pool.accept()
                best = (-np.inf, prices, [])
            elif missing and (settled or best[0] > max(COUPLING_BROKEN, value / 2)):
                passes.append(best[1:])
                return Together(value=np.inf, bound=np.inf, women=[], free=nothing, passes=passes, missing=True)
            elif settled and not missing:
                mixed, amounts = pool.answer()
                nothing[pool.free] = amounts
                passes += [best[1:]] if turn else []
                return Together(value=value, bound=best[0], women=mixed, free=nothing, passes=passes)

    def _free_bound(self, prices: Floats, missing: bool) -> float:
        """Least cost of the free columns at prices of the coupling rows."""
        cost = (0.0 if missing else 1.0) * self.free_cost
        first, count = self.first, self._first_columns
        size = summed(first.column, np.abs(first.value * prices[first.row]), count)[self.free]
        cost = cost - first.back(prices, count)[self.free]
        cost = np.where(np.abs(cost) <= COUPLING * np.maximum(1.0, np.abs(self.free_cost) + size), 0.0, cost)
        side = np.where(cost >= 0, self.lower, self.upper)
        return float(cost[cost != 0] @ side[cost != 0])

    @property
    def _first_columns(self) -> int:
        return 1 + max(int(self.first.column.max(initial=-1)), int(self.free.max(initial=-1)))


class _Pool:
    """Answers of the scenarios so far, and the problem that mixes them."""

    def __init__(self, coupled: Coupled, need: Floats) -> None:
        free = coupled.free
        self.coupled, self.free = coupled, free
        self.rows, self.count = len(need), len(coupled.scenarios)
        self._answers: list[tuple[int, Ints, Floats]] = []
        self._known: set[tuple[int, bytes]] = set()
        self._engine: Any = new_engine(
            presolve="off", primal_feasibility_tolerance=SOLVER_FINEST, dual_feasibility_tolerance=SOLVER
        )
        self._engine.addRows(
            self.rows + self.count,
            np.concatenate([need, np.ones(self.count)]),
            np.concatenate([np.full(self.rows, INFINITE), np.ones(self.count)]),
            0,
            np.zeros(self.rows + self.count, dtype=np.int32),
            np.zeros(0, dtype=np.int32),
            np.zeros(0),
        )
        # Columns the coupling rows decide, then what they are short of.
        self._cost = np.concatenate([coupled.free_cost, np.zeros(self.rows)])
        for column, low, high in zip(free.tolist(), coupled.lower.tolist(), coupled.upper.tolist(), strict=True):
            here = coupled.first.column == column
            self._column(coupled.first.row[here], coupled.first.value[here], low, high)
        for row in range(self.rows):
            self._column(np.array([row]), np.ones(1), 0.0, INFINITE)
        self._first = len(free) + self.rows
        self._short = True

    def _column(self, rows: Ints, values: Floats, low: float, high: float) -> None:
        self._engine.addCol(0.0, max(low, -INFINITE), min(high, INFINITE), len(rows), rows.astype(np.int32), values)

    def brought(self, women: list[Floats]) -> Floats:
        """What the scenarios bring to the coupling rows, (K,)."""
        total: Floats = np.zeros(self.rows)
        for over, each in zip(self.coupled.over, women, strict=True):
            total += over.times(each, self.rows)
        return total

    def add(self, women: list[Floats]) -> bool:
        """One more answer of every scenario, unless it is known; whether any is new."""
        new = False
        for k, each in enumerate(women):
            used = np.flatnonzero(each)
            key = k, used.tobytes() + each[used].tobytes()
            if key in self._known:
                continue
            self._known.add(key)
            new = True
            brings = self.coupled.over[k].times(each, self.rows)
            at = np.flatnonzero(brings)
            self._answers.append((k, used, each[used]))
            self._cost = np.append(self._cost, self.coupled.costs[k] @ each)
            self._column(np.append(at, self.rows + k), np.append(brings[at], 1.0), 0.0, INFINITE)
        return new

    def solve(self, missing: bool) -> tuple[float, Floats, bool]:
        """Value, prices of the coupling rows, and whether they cannot yet hold."""
        if self._short:
            # First: how short the rows are with what is known.
            cost: Floats = np.zeros(len(self._cost))
            cost[len(self.free) : self._first] = 1.0
            self._missing = self._run(cost)
            if self._missing > COUPLING:
                return self._missing, self._prices(), True
            return self.accept()
        return self._run(self._cost), self._prices(), missing

    def accept(self) -> tuple[float, Floats, bool]:
        """From now on rows may be short by no more than they are."""
        self._short = False
        at = np.arange(len(self.free), self._first, dtype=np.int32)
        self._engine.changeColsBounds(len(at), at, np.zeros(len(at)), np.full(len(at), self._missing + COUPLING))
        return self._run(self._cost), self._prices(), False

    def _run(self, cost: Floats) -> float:
        import highspy

        at = np.arange(len(cost), dtype=np.int32)
        self._engine.changeColsCost(len(cost), at, cost)
        self._engine.run()
        for solver, presolve in AGAIN:
            if self._engine.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                self._engine.setOptionValue("solver", solver)
                self._engine.setOptionValue("presolve", presolve)
                self._engine.clearSolver()
                self._engine.run()
        self._engine.setOptionValue("solver", "choose")
        self._engine.setOptionValue("presolve", "off")
        status = self._engine.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            said = self._engine.modelStatusToString(status)
            raise SolverError(f"HiGHS failed on the rows over all scenarios: {said}.")
        return float(self._engine.getInfo().objective_function_value)

    def _prices(self) -> Floats:
        return np.asarray(np.maximum(np.array(self._engine.getSolution().row_dual)[: self.rows], 0.0))

    def answer(self) -> tuple[list[Floats], Floats]:
        """The mixture of each scenario's answers, and the free columns."""
        values = np.array(self._engine.getSolution().col_value)
        mixed = [np.zeros(len(c)) for c in self.coupled.costs]
        for weight, (k, used, each) in zip(values[self._first :], self._answers, strict=True):
            if weight > 0:
                mixed[k][used] += weight * each
        return mixed, values[: len(self.free)]
