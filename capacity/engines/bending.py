"""Rules that a solver is told of by cuts: a model is solved, what breaks such a rule is cut off, and so on.

Cuts take no plan away, so what is proven without all of them (a bound, or that there is no plan) is proven.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.linear.model import LinearModel, Model
from capacity.engines.linear.solvers import Solution
from capacity.tolerances import SOLVER, SOLVER_WHOLE

ROUNDS = 100
"""Times a model is solved before it is left at what its rows say."""


def keeping_all(
    model: Model, linear: LinearModel, solve: Callable[[LinearModel], Solution], clock: Clock | None = None
) -> tuple[Solution, LinearModel]:
    """Solve until the solution breaks no rule that bends; the arrays with the cuts it took come with it.

    Parameters
    ----------
    model : Model
    linear : LinearModel
        In the columns of the model.
    solve : callable
    clock : Clock, optional
        At whose limit nothing is known but the bound.

    Returns
    -------
    (Solution, LinearModel)
    """
    within = 2 * (SOLVER_WHOLE if linear.integer.any() else SOLVER)
    found = solve(linear)
    for _ in range(ROUNDS):
        cuts = [] if found.values is None else cuts_of(model, found.values, within)
        if not cuts or found.interrupted:
            return found, linear
        if clock is not None and clock.over:
            break
        for columns, coefficients in cuts:
            linear = linear.with_row(columns, coefficients, lower=0.0)
        before, found = found, solve(linear)
        if found.outcome == "unknown":
            return Solution(outcome="unknown", bound=max(before.bound, found.bound), solver=found.solver), linear
    # The last solution breaks a rule: of it only the bound counts.
    return Solution(outcome="unknown", bound=found.bound, solver=found.solver, interrupted=found.interrupted), linear


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
    stays = np.zeros((len(problem.scenarios.ids), len(v.open)))
    for s in range(len(stays)):
        sent = values[v.share(0 if v.shared else s)] * problem.women[s][v.pair_point]
        stays[s] = np.bincount(v.pair_site, sent, len(v.open))
    found = []
    beds = _sizes(model, values)
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
