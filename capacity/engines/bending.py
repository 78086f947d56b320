"""What a solver is told of as it goes: a model is solved, what breaks a rule that bends is cut off, and so on.

Cuts take no plan away, so what is proven without all of them (a bound, or that there is no plan) is proven.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.engines.admitting import as_admitted, begun, costs_more, held, keeps
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.engines.linear.model import LinearModel, Model
from capacity.engines.linear.solvers import Solution, solve_arrays
from capacity.tolerances import SOLVER, SOLVER_WHOLE

ROUNDS = 100
"""Times a model is solved before it is left at what its rows say."""


def keeping_all(
    model: Model,
    linear: LinearModel,
    solve: Callable[[LinearModel], Solution],
    clock: Clock | None = None,
    *,
    enough: bool = False,
) -> tuple[Solution, LinearModel]:
    """Solve until the solution breaks no rule that bends; the arrays with the cuts and marks it took come with it.

    Where that does not end, the best solution on the way that breaks none, with the bound of the last one.

    Parameters
    ----------
    model : Model
    linear : LinearModel
        In the columns of the model.
    solve : callable
    clock : Clock, optional
        At whose limit nothing is known but the bound.
    enough : bool
        A solution that is not proven best ends it: the solver had a limit of its own.

    Returns
    -------
    (Solution, LinearModel)
    """
    within = 2 * (SOLVER_WHOLE if linear.integer.any() else SOLVER)
    linear = begun(model, linear)
    best, bound = Solution(outcome="unknown"), -np.inf
    for _ in range(ROUNDS):
        found = solve(linear)
        bound = max(bound, found.bound)
        if found.values is None:
            if found.outcome == "infeasible" and best.values is None:
                return found, linear
            break
        further, true = _lacking(model, linear, found.values, within)
        if further is None:
            return found, linear
        if true is not None and (value := float(linear.cost @ true) + linear.constant) < best.objective:
            best = replace(found, outcome="feasible", values=true, objective=value)
        if found.interrupted or (clock is not None and clock.over) or (enough and found.outcome != "optimal"):
            break
        linear = further
    # The last solution breaks a rule: of it only the bound counts.
    return replace(best, bound=bound, solver=found.solver, interrupted=found.interrupted), linear


def proven(model: Model, linear: LinearModel, clock: Clock) -> tuple[Solution, LinearModel]:
    """The best solution that breaks no rule that bends, or that there is none, proven; with the arrays it took.

    Raises
    ------
    KeyboardInterrupt
        What was found so far need not be the best.
    OutOfTimeError
        At the limit of the clock, or where marks do not close the gap.
    """
    found, linear = keeping_all(
        model, linear, lambda step: solve_arrays(step, time_limit=clock.left, clock=clock), clock
    )
    if found.interrupted:
        raise KeyboardInterrupt
    clock.check()
    if model.bends and found.outcome not in ("optimal", "infeasible"):
        raise OutOfTimeError
    return found, linear


def _lacking(
    model: Model, linear: LinearModel, values: Floats, within: float
) -> tuple[LinearModel | None, Floats | None]:
    """The arrays with what values lack, None where that is nothing; and the values as units admit, if kept."""
    if not model.bends:
        return None, values
    beds, stays = _sizes(model, values), _stays(model, values)
    cuts = cuts_of(model, values, within)
    true = as_admitted(model, values, beds, stays)
    kept = keeps(linear, values, true, within)
    further = None
    if not kept or costs_more(linear, values, true):
        further = held(model, linear, values, beds, stays)
    for columns, coefficients in cuts:
        further = (further or linear).with_row(columns, coefficients, lower=0.0)
    return further, true if kept and not cuts else None


def _stays(model: Model, values: Floats) -> Floats:
    """Stays a year of each unit in each scenario, (S, m)."""
    v, problem = model.variables, model.problem
    stays = np.zeros((len(problem.scenarios.ids), len(v.open)))
    for s in range(len(stays)):
        sent = values[v.share(0 if v.shared else s)] * problem.women[s][v.pair_point]
        stays[s] = np.bincount(v.pair_site, sent, len(v.open))
    return stays


def cuts_of(model: Model, values: Floats, within: float = 2 * SOLVER) -> list[tuple[Ints, Floats]]:
    """Rows (columns, coefficients; at least nothing) that every plan keeps, and a solver's values do not.

    Parameters
    ----------
    model : Model
    values : ndarray (columns,)
    within : float
        What the solver may be off by in a row whose largest coefficient is one.
    """
    if not model.bending:
        return []
    v, problem = model.variables, model.problem
    stays, beds = _stays(model, values), _sizes(model, values)
    found = []
    for rule in model.bending:
        rows = rule.cuts(problem, v, stays, beds)
        for r in range(len(rows.lower)):
            here = slice(rows.start[r], rows.start[r + 1])
            columns, coefficients = rows.column[here].astype(np.int64), rows.coefficient[here]
            if coefficients @ values[columns] < -within * float(np.abs(coefficients).max()):
                found.append((columns, coefficients))
    return found


def _sizes(model: Model, values: Floats) -> Ints:
    """The size each open site takes most of, (m,)."""
    v = model.variables
    beds, most = np.zeros(len(v.open), dtype=np.int64), np.zeros(len(v.open))
    for site, size, taken in zip(v.size_site.tolist(), v.size_beds.tolist(), values[v.size].tolist(), strict=True):
        if taken > max(most[site], SOLVER):
            beds[site], most[site] = size, taken
    return beds
