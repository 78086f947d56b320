"""Branch and bound on the linear program of the sites and pairs that a bound has left, where each point uses one site.

Most of such a program is decided by its linear relaxation: some dozen sites stay between open and closed, and a few
dozen relaxations, each begun where the one before ended, settle them. General branch and cut takes longer over its
first node.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.linear import Bools, Doubles, Indices, LinearProgram, is_optimal
from capacity.engines.exact.tolerances import SUMS, WHOLE_NUMBER
from capacity.engines.linear.highs import run_engine

Decisions = tuple[tuple[int, bool], ...]
"""Sites that are decided, and whether they are open."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Core:
    """What a bound has left of a problem.

    Attributes
    ----------
    opening : ndarray, (k,)
        Cost of opening each site.
    forced : ndarray of bool, (k,)
        Must be open.
    p : int or None
        How many sites are open; None where their costs decide.
    site, point : ndarray of int, (pairs,)
    cost : ndarray, (pairs,)
        What the point pays there.
    otherwise : ndarray, (n,)
        What each point pays where none of its pairs is used: to a site that is open already, or so much that the
        solution is of no interest.
    """

    opening: Doubles
    forced: Bools
    p: int | None
    site: Indices
    point: Indices
    cost: Doubles
    otherwise: Doubles

    def program(self, unit: float, *, whole: bool = False) -> LinearProgram:
        """All solutions, or their linear relaxation; columns: the sites, the points served otherwise, the pairs."""
        k, n, pairs = len(self.opening), len(self.otherwise), len(self.site)
        points, each = np.arange(n), np.arange(pairs)
        columns = k + n + pairs
        program = LinearProgram(
            cost=np.concatenate([self.opening, self.otherwise, self.cost]) / unit,
            lower=np.concatenate([self.forced.astype(np.float64), np.zeros(n + pairs)]),
            upper=np.ones(columns),
            integer=np.arange(columns) < (k if whole else 0),
        )
        one = np.ones(pairs)
        program.add_rows(n, [(points, k + points, np.ones(n)), (self.point, k + n + each, one)], 1.0, 1.0)
        program.add_rows(pairs, [(each, k + n + each, one), (each, self.site, -one)], -np.inf, 0.0)
        if self.p is not None:
            program.add_rows(1, [(np.zeros(k, np.int64), np.arange(k), np.ones(k))], float(self.p), float(self.p))
        return program

    def relaxed(self, lam: Doubles, opened: Bools, closed: Bools) -> float:
        """What multipliers prove of the solutions with some sites open and others closed: arithmetic alone."""
        lam = np.minimum(lam, self.otherwise)
        saved = np.minimum(self.cost - lam[self.point], 0.0)
        rho = self.opening + np.bincount(self.site, saved, minlength=len(self.opening))
        free = rho[~(opened | closed)]
        if self.p is None:
            chosen = np.minimum(free, 0.0)
        else:
            count = self.p - int(np.count_nonzero(opened))
            chosen = np.sort(free)[:count]
        slack = SUMS * float(np.abs(lam).sum() + self.opening.sum())
        return float(lam.sum() + rho[opened].sum() + chosen.sum()) - slack


class Tree:
    """The search of one core, best bound first.

    Parameters
    ----------
    core : Core
    unit : float
        What costs are counted in before HiGHS, whose tolerances are absolute, sees them.
    cutoff : callable
        Solutions that cost more are of no interest; falls when better ones are found.
    offer : callable
        Is given the sites, (k,) of bool, of each solution that is met.
    deadline : float

    Attributes
    ----------
    bound : float
        No solution of the core costs less (nor less than the cutoff).
    nodes : int
    """

    def __init__(
        self, core: Core, unit: float, *, cutoff: Callable[[], float], offer: Callable[[Bools], None], deadline: float
    ) -> None:
        self._core, self._unit, self._deadline = core, unit, deadline
        self._cutoff, self._offer = cutoff, offer
        self.nodes = 0
        self._pushed = 0
        self._open: list[tuple[float, int, Decisions]] = [(-np.inf, 0, ())]
        self._engine: Any = None
        self._set: npt.NDArray[np.int8] = np.zeros(0, dtype=np.int8)

    @property
    def bound(self) -> float:
        """Least bound of what is left to search; infinite where nothing is."""
        return self._open[0][0] if self._open else np.inf

    def run(self, most_nodes: int) -> bool:
        """Search; False where it is ended by time, the number of nodes or a program that HiGHS does not solve."""
        core = self._core
        self._engine, self._set = core.program(self._unit).load(), np.where(core.forced, 1, -1).astype(np.int8)
        while self._open and self._open[0][0] <= self._cutoff():
            if self.nodes >= most_nodes or perf_counter() > self._deadline:
                return False
            # It stays in the list until its children are there: whatever stops the search loses no bound.
            bound, _, decisions = self._open[0]
            self.nodes += 1
            branched = self._explore(bound, decisions)
            if branched is None:
                return False
            heapq.heappop(self._open)
            for child in branched:
                heapq.heappush(self._open, child)
        self._open = []
        return True

    def _explore(self, bound: float, decisions: Decisions) -> list[tuple[float, int, Decisions]] | None:
        """The two parts of a node, or none where it is settled; None where its relaxation is not solved."""
        core, k = self._core, len(self._core.opening)
        decided = np.full(k, -1, dtype=np.int8)
        for site, opens in decisions:
            decided[site] = opens
        decided[core.forced] = 1
        opened, closed = decided == 1, decided == 0
        if core.p is not None:
            count, allowed = int(np.count_nonzero(opened)), k - int(np.count_nonzero(closed))
            if count > core.p or allowed < core.p:
                return []
            if count == core.p or allowed == core.p:
                self._offer(opened if count == core.p else ~closed)
                return []
        elif (decided >= 0).all():
            self._offer(opened)
            return []
        used, lam = self._solved(decided)
        if used is None or lam is None:
            return None
        bound = max(bound, core.relaxed(lam, opened, closed))
        if bound > self._cutoff():
            return []
        rounded = self._rounded(used)
        if core.p is not None or np.abs(used - rounded).max() <= WHOLE_NUMBER:
            self._offer(rounded)
            if bound > self._cutoff():
                return []
        site = int(np.where(decided < 0, np.abs(used - 0.5), np.inf).argmin())
        first = bool(used[site] >= 0.5)
        children = []
        for opens in (first, not first):
            self._pushed += 1
            children.append((bound, -self._pushed, (*decisions, (site, opens))))
        return children

    def _rounded(self, used: Doubles) -> Bools:
        """The sites that a relaxation uses most: its solution, where that is whole."""
        if self._core.p is None:
            return used > 0.5
        chosen = np.zeros(len(used), dtype=bool)
        chosen[np.argsort(-used, kind="stable")[: self._core.p]] = True
        return chosen

    def _solved(self, decided: npt.NDArray[np.int8]) -> tuple[Doubles | None, Doubles | None]:
        """Use of the sites and prices of the points where some sites are decided."""
        engine, core = self._engine, self._core
        for site in np.flatnonzero(decided != self._set).tolist():
            lower, upper = (0.0, 1.0) if decided[site] < 0 else (float(decided[site]),) * 2
            engine.changeColBounds(site, lower, upper)
        self._set = decided
        if np.isfinite(self._deadline):
            left = max(self._deadline - perf_counter(), 1e-3)
            engine.setOptionValue("time_limit", engine.getRunTime() + left)
        if run_engine(engine):
            raise KeyboardInterrupt
        if not is_optimal(engine):
            return None, None
        solution = engine.getSolution()
        used = np.array(solution.col_value[: len(core.opening)])
        return used, self._unit * np.array(solution.row_dual[: len(core.otherwise)])
