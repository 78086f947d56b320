"""The set-partitioning problem over columns: its linear program, sharpened by cuts, and branch and cut on what is left.

Of any three points at most one column serves two or more: these subset-row cuts [1]_ close most of what the linear
program leaves open. Each of its solutions gives multipliers whose bound is arithmetic, and rules columns out by it.

References
----------
.. [1] Jepsen, Petersen, Spoorendonk, Pisinger (2008), Subset-row inequalities applied to the vehicle-routing problem
   with time windows. Operations Research 56(2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from capacity.engines.exact.linear import Bools, Doubles, Indices, LinearProgram, has_point, is_infeasible, is_optimal
from capacity.engines.exact.single_source_columns import Columns
from capacity.engines.exact.single_source_rooms import Opened
from capacity.engines.exact.tolerances import BOUND_ROUNDED, SOLVER, SUMS
from capacity.engines.linear.highs import run_engine

ROUNDS = 12
"""Greatest number of linear programs with more and more cuts."""

CUTS = 60
"""Greatest number of cuts that join at once."""

BROKEN = 0.02
"""A cut joins when it is broken by more than this."""

WORTH_CUTTING = 0.02
"""Rounds end when the last one closed less than this part of the gap."""

FEW = 300
"""So few columns are left to branch and cut at once."""

MANY = 600
"""More columns than these are not, once cuts raise the bound no further."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Settled:
    """What is known of all solutions made of some columns that cost less than a cutoff.

    Attributes
    ----------
    bound : float
        None costs less; the cutoff where there is none.
    sites : ndarray of int, or None
        Open sites of the best solution found.
    served : ndarray of bool
        Which points each of them serves.
    complete : bool
        No other is better, in the columns or without them.
    """

    bound: float
    complete: bool = True
    sites: Indices | None = None
    served: Bools | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Relaxed:
    """The linear program's solution: how much of each column, the prices of the cuts, and what multipliers prove."""

    used: Doubles
    price: Doubles
    bound: float
    over: Doubles


class Partition:
    """The set-partitioning problem of some columns.

    Parameters
    ----------
    columns : Columns
    forced : ndarray of bool, (m,)
        Sites that must be open.
    choose : callable
        The cheapest choice of sites at given reduced costs.
    cutoff : float
        Only solutions that cost less are of interest.
    triples : ndarray of int, (t, 3)
        Points whose cuts are there from the start.
    deadline : float

    Attributes
    ----------
    triples : ndarray of int, (t, 3)
        Those of the last linear program and the next.
    lam : ndarray, (n,), or None
        Multipliers of the linear program without cuts, where there was one.
    """

    def __init__(
        self,
        columns: Columns,
        *,
        forced: Bools,
        choose: Callable[[Doubles], Opened],
        cutoff: float,
        triples: Indices,
        deadline: float,
    ) -> None:
        self._columns, self._forced, self._choose = columns, forced, choose
        self._cutoff, self._deadline = cutoff, deadline
        self._unit = float(2.0 ** np.frexp(columns.cost.mean())[1]) if len(columns) and columns.cost.any() else 1.0
        self.triples = triples
        self.lam: Doubles | None = None

    def settled(self) -> Settled:
        """The best solution, or the proof that there is none; a bound where too many columns are left to say."""
        before = best = -np.inf
        for _ in range(ROUNDS):
            if not self._serves_all():
                return Settled(bound=self._cutoff)
            if len(self._columns) <= FEW or perf_counter() > self._deadline:
                break
            relaxed = self._relaxed()
            if relaxed is None:
                break
            if relaxed.bound >= self._cutoff:
                return Settled(bound=self._cutoff)
            best = max(best, relaxed.bound)
            stay = relaxed.bound + relaxed.over < self._cutoff
            fractional = relaxed.used > SOLVER
            broken = self._broken(self._columns.served[fractional], relaxed.used[fractional])
            active = relaxed.price < 0.0
            self.triples = np.concatenate([self.triples[active], broken])
            self._columns = self._columns.only(stay)
            if not len(broken) or relaxed.bound - before < WORTH_CUTTING * (self._cutoff - relaxed.bound):
                break
            before = relaxed.bound
        if len(self._columns) > MANY:
            return Settled(bound=best, complete=False)
        return self._branched() if self._serves_all() else Settled(bound=self._cutoff)

    def _serves_all(self) -> bool:
        return bool(len(self._columns) and self._columns.served.any(axis=0).all())

    def _program(self, columns: Columns, *, whole: bool) -> LinearProgram:
        count, n = columns.served.shape
        each, one = np.arange(count), np.ones(count)
        program = LinearProgram(
            cost=columns.cost / self._unit,
            lower=np.zeros(count),
            upper=one if whole else np.full(count, np.inf),
            integer=np.full(count, whole),
        )
        column, point = np.nonzero(columns.served)
        program.add_rows(n, [(point, column, np.ones(len(point)))], 1.0, 1.0)
        lower = self._forced.astype(np.float64)
        program.add_rows(len(self._forced), [(columns.site, each, one)], lower, 1.0)
        if len(self.triples):
            row, column = np.nonzero(self._counted(columns).T)
            program.add_rows(len(self.triples), [(row, column, np.ones(len(row)))], -np.inf, 1.0)
        return program

    def _counted(self, columns: Columns) -> Bools:
        """Which columns serve at least two of each triple, (columns, triples)."""
        served = columns.served
        one, two, three = (served[:, self.triples[:, k]] for k in range(3))
        counted: Bools = (one & two) | (one & three) | (two & three)
        return counted

    def _relaxed(self) -> _Relaxed | None:
        """Solve the linear program; None where HiGHS does not."""
        columns, m = self._columns, len(self._forced)
        n = columns.served.shape[1]
        engine = self._program(columns, whole=False).load()
        if run_engine(engine):
            raise KeyboardInterrupt
        if is_infeasible(engine):
            return _Relaxed(used=np.zeros(0), price=np.zeros(0), bound=np.inf, over=np.zeros(0))
        if not is_optimal(engine):
            return None
        solution = engine.getSolution()
        dual = self._unit * np.array(solution.row_dual)
        lam, price = dual[:n], np.minimum(dual[n + m :], 0.0)
        reduced = columns.cost - columns.served @ lam - self._counted(columns) @ price
        return self._priced(reduced, lam, price, np.array(solution.col_value))

    def _priced(self, reduced: Doubles, lam: Doubles, price: Doubles, used: Doubles) -> _Relaxed:
        """The bound of these multipliers, which is arithmetic, and what each column adds to it at least."""
        site, least = self._columns.site, np.full(len(self._forced), np.inf)
        np.minimum.at(least, site, reduced)
        if not len(price):
            self.lam = lam
        opened = self._choose(least)
        slack = SUMS * float(np.abs(lam).sum() - price.sum())
        closed = np.where(opened.sites, 0.0, np.maximum(opened.flip, 0.0))
        over = closed[site] + (reduced - least[site]) - 2.0 * slack
        return _Relaxed(used=used, price=price, bound=float(lam.sum() + price.sum()) + opened.cost - slack, over=over)

    def _broken(self, served: Bools, used: Doubles) -> Indices:
        """Triples of points of which the relaxed solution serves two together more than once."""
        here = served.astype(np.float64)
        points = np.flatnonzero(here.any(axis=0))
        here = here[:, points]
        pairs = np.einsum("k,ka,kb->ab", used, here, here)
        worst: list[tuple[float, int, int, int]] = []
        for a in range(len(points) - 2):
            with_a = here[:, a] > 0.0
            rest = here[with_a, a + 1 :]
            three = np.einsum("k,kb,kc->bc", used[with_a], rest, rest)
            row = pairs[a, a + 1 :]
            over = row[:, None] + row[None, :] + pairs[a + 1 :, a + 1 :] - 2.0 * three - 1.0
            b, c = np.nonzero(np.triu(over > BROKEN, 1))
            worst += [(-over[x, y], a, a + 1 + x, a + 1 + y) for x, y in zip(b.tolist(), c.tolist(), strict=True)]
        chosen = [entry[1:] for entry in sorted(worst)[:CUTS]]
        return points[np.array(chosen, dtype=np.int64).reshape(-1, 3)]

    def _branched(self) -> Settled:
        left = None if np.isinf(self._deadline) else max(self._deadline - perf_counter(), 1e-3)
        engine = self._program(self._columns, whole=True).load(
            time_limit=left, mip_rel_gap=0.0, mip_abs_gap=0.0, mip_feasibility_tolerance=SOLVER
        )
        if run_engine(engine):
            raise KeyboardInterrupt
        if is_infeasible(engine):
            return Settled(bound=self._cutoff)
        optimal, bound = is_optimal(engine), -np.inf
        if optimal or left is not None:
            bound = self._unit * float(engine.getInfo().mip_dual_bound)
            bound -= BOUND_ROUNDED * abs(bound)
        bound = min(bound, self._cutoff)
        if not has_point(engine):
            return Settled(bound=bound, complete=False)
        chosen = np.flatnonzero(np.array(engine.getSolution().col_value) > 0.5)
        return Settled(
            bound=bound,
            complete=optimal and bound < self._cutoff,
            sites=self._columns.site[chosen],
            served=self._columns.served[chosen],
        )
