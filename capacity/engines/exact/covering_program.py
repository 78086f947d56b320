"""Covering by branch and cut: the cheapest cover, and whether a few sites are enough."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from capacity.engines.exact.covering_table import Reduced, greedy_cover, reduced
from capacity.engines.exact.linear import Bools, Doubles, Indices, LinearProgram, has_point, is_infeasible, is_optimal
from capacity.engines.exact.tolerances import BOUND_ROUNDED, SOLVER, WHOLE_NUMBER
from capacity.engines.linear.highs import run_engine
from capacity.errors import SolverError


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """What is known of a cover.

    Attributes
    ----------
    sites : ndarray of int, or None
        The best found, ascending.
    bound : float
        No cover costs less; infinite where there is none.
    """

    sites: Indices | None
    bound: float


def solved(program: LinearProgram, scale: float, whole: bool, time_limit: float | None) -> tuple[Doubles | None, float]:
    """Minimise; the values of the columns, if any, and a bound in the planner's unit.

    Costs are the planner's over `scale`. HiGHS is believed up to its tolerances: where every value is whole a bound
    is rounded up to the next whole number, otherwise lowered by what it may be off by.
    """
    engine = program.load(time_limit=time_limit, mip_rel_gap=0.0, mip_abs_gap=0.0, mip_feasibility_tolerance=SOLVER)
    if run_engine(engine):
        raise KeyboardInterrupt
    if is_infeasible(engine):
        return None, np.inf
    if not is_optimal(engine) and time_limit is None:
        raise SolverError(f"HiGHS stopped early: {engine.modelStatusToString(engine.getModelStatus())}.")
    bound = float(engine.getInfo().mip_dual_bound)
    if math.isfinite(bound):
        bound = scale * (bound - BOUND_ROUNDED * abs(bound))
        if whole:
            bound = math.ceil(bound - WHOLE_NUMBER)
    if not has_point(engine):
        return None, bound
    return np.array(engine.getSolution().col_value), bound


def cost_scale(cost: Doubles) -> float:
    """A power of two near what a site costs on average, so that the tolerances of HiGHS mean something."""
    mean = float(cost.mean()) if len(cost) else 0.0
    return float(2.0 ** np.frexp(mean)[1]) if mean > 0.0 else 1.0


def cheapest_cover(table: Bools, cost: Doubles, *, time_limit: float | None = None) -> Answer:
    """Cover every row by columns at least cost; each row has one."""
    left = reduced(table, cost)
    if not len(left.rows):
        return Answer(sites=left.forced, bound=math.fsum(cost[left.forced]))
    part, price = table[np.ix_(left.rows, left.columns)], cost[left.columns]
    paid = math.fsum(cost[left.forced])
    whole = bool((cost == np.rint(cost)).all())
    greedy = greedy_cover(part, price)
    scale = 1.0 if whole and price.max() < 1.0 / WHOLE_NUMBER else cost_scale(price)
    values, bound = solved(_cover_program(part, price / scale), scale, whole, time_limit)
    best = greedy
    if values is not None:
        found = np.flatnonzero(values > 0.5)
        if part[:, found].any(axis=1).all() and math.fsum(price[found]) <= math.fsum(price[greedy]):
            best = found
    # Not the sum of two roundings where all of it is whole.
    return Answer(sites=_whole_set(left, best), bound=paid + max(bound, 0.0))


def enough(table: Bools, p: int, *, time_limit: float | None = None) -> Answer:
    """At most p columns that cover every row; no sites and an infinite bound where p are proven not to be enough.

    No sites and a bound of zero where time ran out.
    """
    if not table.any(axis=1).all():
        return Answer(sites=None, bound=np.inf)
    cost = np.ones(table.shape[1])
    left = reduced(table, cost)
    rest = p - len(left.forced)
    if rest < 0 or (len(left.rows) and rest == 0):
        return Answer(sites=None, bound=np.inf)
    if not len(left.rows):
        return Answer(sites=left.forced, bound=0.0)
    part = table[np.ix_(left.rows, left.columns)]
    if _apart(part) > rest:
        return Answer(sites=None, bound=np.inf)
    greedy = greedy_cover(part, cost[left.columns])
    if len(greedy) <= rest:
        return Answer(sites=_whole_set(left, greedy), bound=0.0)
    program = _cover_program(part, cost[left.columns])
    columns = np.arange(part.shape[1])
    program.add_rows(1, [(0 * columns, columns, np.ones(len(columns)))], -np.inf, rest)
    engine = program.load(time_limit=time_limit, mip_feasibility_tolerance=SOLVER, objective_target=float(rest))
    if run_engine(engine):
        raise KeyboardInterrupt
    if is_infeasible(engine):
        return Answer(sites=None, bound=np.inf)
    if has_point(engine):
        found = np.flatnonzero(np.array(engine.getSolution().col_value) > 0.5)
        if len(found) <= rest and part[:, found].any(axis=1).all():
            return Answer(sites=_whole_set(left, found), bound=0.0)
    if time_limit is None:
        raise SolverError(f"HiGHS stopped early: {engine.modelStatusToString(engine.getModelStatus())}.")
    return Answer(sites=None, bound=0.0)


def _cover_program(table: Bools, cost: Doubles) -> LinearProgram:
    n, m = table.shape
    row, column = np.nonzero(table)
    program = LinearProgram(cost=cost, lower=np.zeros(m), upper=np.ones(m), integer=np.ones(m, dtype=bool))
    program.add_rows(n, [(row, column, np.ones(len(row)))], 1.0, np.inf)
    return program


def _apart(table: Bools) -> int:
    """Rows of which no two share a column: each needs one of its own."""
    free, count = np.ones(table.shape[1], dtype=bool), 0
    for row in np.argsort(table.sum(axis=1), kind="stable"):
        if not (table[row] & ~free).any():
            free &= ~table[row]
            count += 1
    return count


def _whole_set(left: Reduced, found: Indices) -> Indices:
    return np.sort(np.append(left.forced, left.columns[found]))
