"""The only place that calls a solver or reads a status.

Traps met here so that nobody meets them again: PuLP says "Optimal" for a plan cut off by time
(so the solver's own status and bound are read); HiGHS answers an interrupt like a time limit;
values of an unsolved model are garbage; PuLP 4 has no ``.status`` and returns its figures, PuLP 3
keeps them on the problem; PuLP renames variables (so they are numbered here).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.linear.highs import Seen, new_engine, run_engine, silence_greeting
from capacity.engines.linear.model import LinearModel
from capacity.errors import DataError, Finding, SolverError
from capacity.tolerances import NO_COST, SOLVER, SOLVER_WHOLE, SOUND_ROW, SOUND_WHOLE, TIE

Outcome = Literal["optimal", "feasible", "infeasible", "unknown"]

PULP_UP_TO = 200_000
"""Coefficients above which a model goes to HiGHS as arrays (PuLP builds about 40,000 a second)."""

HIGHS_OPTIONS: dict[str, Any] = {
    "random_seed": 0,
    "mip_rel_gap": TIE,
    "mip_abs_gap": 0.0,
    "mip_feasibility_tolerance": SOLVER_WHOLE,
    "primal_feasibility_tolerance": SOLVER,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """What a solver said, read strictly.

    Attributes
    ----------
    outcome : {"optimal", "feasible", "infeasible", "unknown"}
        ``optimal`` only when proven; ``unknown`` when there is neither a plan nor a proof.
    values : ndarray or None
        Value of each column; None without a plan.
    objective : float
    bound : float
        Proven lower bound; minus infinity where the solver tells none.
    interrupted : bool
    solver : str
        Name and version.
    """

    outcome: Outcome
    values: Floats | None = None
    objective: float = np.inf
    bound: float = -np.inf
    interrupted: bool = False
    solver: str = ""


def solve_linear(
    model: LinearModel,
    *,
    solver: str = "HiGHS",
    time_limit: float | None = None,
    clock: Clock | None = None,
    nodes: int | None = None,
) -> Solution:
    """Solve a linear model with PuLP, or with HiGHS directly where it is large or somebody waits.

    Parameters
    ----------
    model : LinearModel
    solver : str
        "HiGHS", "HiGHS-arrays", or any solver PuLP lists as available on this machine.
    time_limit : float, optional
        Seconds.
    clock : Clock, optional
        Told how far the search is; a `Stop` ends it. Its limit is `time_limit`, unless that is given too.
    nodes : int, optional
        Of HiGHS's search, after which it ends; other solvers know no such limit.

    Raises
    ------
    DataError
        Where the solver is not available.
    SolverError
        Where it fails.
    """
    refuse_solver(solver)
    if model.impossible:
        return Solution(outcome="infeasible", solver="presolve")
    if clock is not None and time_limit is None:
        time_limit = clock.left
    if time_limit is not None and time_limit <= 0:
        return Solution(outcome="unknown", solver=solver)
    # PuLP builds its model deaf to the clock, and keeps HiGHS to itself.
    waited_for = time_limit is not None or (clock is not None and clock.telling)
    if solver == "HiGHS-arrays" or (solver == "HiGHS" and (waited_for or nodes or len(model.row) > PULP_UP_TO)):
        return solve_arrays(model, time_limit=time_limit, clock=clock, nodes=nodes)
    return _solve_pulp(model, solver, time_limit)


# --- HiGHS, by arrays ------------------------------------------------------------------------


def in_highs(model: LinearModel, **options: Any) -> Any:
    """A fresh HiGHS that holds the model: the arrays are copied once, into HiGHS."""
    import highspy

    engine = new_engine(**options)
    status = engine.passModel(
        len(model.cost),
        len(model.row_lower),
        len(model.row),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        model.constant,
        model.cost,
        model.lower,
        model.upper,
        model.row_lower,
        model.row_upper,
        model.start,
        model.row,
        model.coefficient,
        model.integer.astype(np.int32),
    )
    if status == highspy.HighsStatus.kError:
        raise SolverError(f"HiGHS {engine.version()} does not accept the model.")
    return engine


def solve_arrays(
    model: LinearModel,
    *,
    time_limit: float | None = None,
    presolve: bool = True,
    first: bool = False,
    clock: Clock | None = None,
    nodes: int | None = None,
) -> Solution:
    """Hand the arrays to HiGHS as they are; with `first`, stop at the first solution found; or after so many `nodes`.

    HiGHS 1.15 sometimes presolves a small model to nothing, then finds that what it claims breaks
    a row ("Solve error"): such a model is solved again without presolve.
    """
    import highspy

    if model.impossible:
        return Solution(outcome="infeasible", solver="presolve")
    if not len(model.cost):
        # Where no site may be used there is one plan, without units; HiGHS calls such a model empty, and knows no more.
        nothing, value = np.zeros(0), float(model.constant)
        return Solution(outcome="optimal", values=nothing, objective=value, bound=value, solver="presolve")
    engine = in_highs(model, time_limit=time_limit, **HIGHS_OPTIONS)
    if not presolve:
        engine.setOptionValue("presolve", "off")
    if nodes is not None:
        engine.setOptionValue("mip_max_nodes", nodes)
    if first:
        engine.setOptionValue("mip_max_improving_sols", 1)
        # A third of the time of a small question, and it seldom finds what the relaxation does not.
        engine.setOptionValue("mip_heuristic_run_feasibility_jump", False)
    seen = Seen()
    interrupted = run_engine(engine, clock, seen)
    if seen.left_alone:
        return Solution(
            outcome="unknown" if seen.values is None else "feasible",
            values=seen.values,
            objective=np.inf if seen.best is None else seen.best,
            bound=-np.inf if seen.bound is None else seen.bound,
            interrupted=interrupted,
            solver=f"HiGHS {engine.version()}",
        )
    if presolve and engine.getModelStatus() == highspy.HighsModelStatus.kSolveError:
        return solve_arrays(model, time_limit=time_limit, presolve=False, first=first, clock=clock, nodes=nodes)
    return _read_highs(engine, interrupted, bool(model.integer.any()))


def relaxation(model: LinearModel, *, clock: Clock | None = None) -> tuple[float, Floats]:
    """Value of the linear relaxation (infinite where it has no solution) and the dual value of each row.

    At the limit of the clock nothing is known: minus infinity, and zeros.
    """
    value, _, dual = relaxed(model, clock=clock)
    return value, dual


def relaxed(model: LinearModel, *, clock: Clock | None = None) -> tuple[float, Floats | None, Floats]:
    """The same, with the value of each column between; None where there are none."""
    import highspy

    nothing = np.zeros(len(model.row_lower))
    if model.impossible:
        return np.inf, None, nothing
    left = None if clock is None else clock.left
    engine = in_highs(replace(model, integer=np.zeros(len(model.cost), dtype=bool)), time_limit=left, **HIGHS_OPTIONS)
    if run_engine(engine, clock):
        raise KeyboardInterrupt
    status, kinds = engine.getModelStatus(), highspy.HighsModelStatus
    if status == kinds.kInfeasible:
        return np.inf, None, nothing
    if status != kinds.kOptimal:
        return -np.inf, None, nothing
    solution = engine.getSolution()
    return float(engine.getInfo().objective_function_value), np.array(solution.col_value), np.array(solution.row_dual)


def in_turn(
    model: LinearModel, free: Bools, known: Floats, criteria: Sequence[tuple[Ints, Floats]], clock: Clock | None = None
) -> Floats | None:
    """The free columns, the others being known, by criteria (columns and costs) in turn; None where nothing tells.

    Each is minimised among what is best by those before it, exactly: without a row that leaves room for rounding.
    """
    import highspy

    columns = np.flatnonzero(free)
    lower, upper = np.where(free, model.lower, known), np.where(free, model.upper, known)
    fixed = replace(model, lower=lower, upper=upper, integer=np.zeros(len(lower), dtype=bool))
    engine = in_highs(fixed, **HIGHS_OPTIONS | {"dual_feasibility_tolerance": SOLVER})
    low, high = model.row_lower.copy(), model.row_upper.copy()
    every, rows = np.arange(len(lower), dtype=np.int32), np.arange(len(low), dtype=np.int32)
    solved = False
    for where, what in criteria:
        cost = np.zeros(len(lower))
        np.add.at(cost, where, what)
        size = float(np.abs(cost[columns]).max(initial=0.0))
        if size == 0.0:
            continue
        engine.changeColsCost(len(every), every, cost / size)
        if run_engine(engine, clock):
            raise KeyboardInterrupt
        if engine.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution, solved = engine.getSolution(), True
        values = np.clip(np.array(solution.col_value), lower, upper)
        known = np.where(free, values, known)
        # A column that would cost stays where it is, and a row that holds back goes on holding.
        dear = np.abs(np.array(solution.col_dual)) > NO_COST
        lower, upper = np.where(dear, values, lower), np.where(dear, values, upper)
        dual = np.array(solution.row_dual)
        low, high = np.where(dual < -NO_COST, high, low), np.where(dual > NO_COST, low, high)
        engine.changeColsBounds(len(every), every, lower, upper)
        engine.changeRowsBounds(len(rows), rows, low, high)
    # Criteria that all cost nothing have said nothing of the free columns.
    return known if solved else None


def _read_highs(engine: Any, interrupted: bool, whole: bool) -> Solution:
    import highspy

    kinds = highspy.HighsModelStatus
    status, info = engine.getModelStatus(), engine.getInfo()
    name = f"HiGHS {engine.version()}"
    if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return Solution(outcome="infeasible", solver=name)
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    bound = float(info.mip_dual_bound) if whole else -np.inf
    if status == kinds.kOptimal:
        bound = bound if whole and np.isfinite(bound) else float(info.objective_function_value)
    if not feasible:
        if status in (kinds.kOptimal, kinds.kModelError, kinds.kSolveError, kinds.kUnbounded):
            raise SolverError(f"{name} failed: {engine.modelStatusToString(status)}.")
        return Solution(outcome="unknown", bound=bound, interrupted=interrupted, solver=name)
    return Solution(
        outcome="optimal" if status == kinds.kOptimal else "feasible",
        values=np.array(engine.getSolution().col_value),
        objective=float(info.objective_function_value),
        bound=bound,
        interrupted=interrupted,
        solver=name,
    )


# --- any solver PuLP knows -------------------------------------------------------------------


def _solve_pulp(model: LinearModel, solver: str, time_limit: float | None) -> Solution:
    import pulp

    four = int(pulp.__version__.split(".")[0]) >= 4
    problem, columns = in_pulp(pulp, model, four)
    engine = _engine(pulp, solver, time_limit)
    started = time.monotonic()
    try:
        stats = problem.solve(engine)
    except pulp.PulpSolverError as fault:
        raise SolverError(f"{solver} failed: {fault}") from fault
    if solver == "HiGHS":
        import highspy

        if problem.solverModel.getModelStatus() == highspy.HighsModelStatus.kSolveError:
            return solve_arrays(model, time_limit=time_limit, presolve=False)
        solution = _read_highs(problem.solverModel, engine.interrupted, bool(model.integer.any()))
        # PuLP hands HiGHS the columns in an order of its own: read them back by name.
        kept = None if solution.values is None else _values(model, columns)
        return Solution(
            outcome=solution.outcome,
            values=kept,
            objective=solution.objective + model.constant if solution.values is not None else np.inf,
            bound=solution.bound + model.constant,
            interrupted=solution.interrupted,
            solver=solution.solver,
        )
    if four:
        code, bound = _solution_code(pulp, stats), getattr(stats, "best_bound", None)
    else:
        code, bound = problem.sol_status, None
    late = time_limit is not None and time.monotonic() - started >= 0.99 * time_limit
    if code == pulp.LpSolutionInfeasible:
        return Solution(outcome="infeasible", solver=solver)
    if code not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return Solution(outcome="unknown", solver=solver)
    values = _values(model, columns)
    if not _sound(model, values):
        return Solution(outcome="unknown", solver=solver)
    objective = float(model.cost @ values) + model.constant
    proven = code == pulp.LpSolutionOptimal and not late
    if proven:
        bound = objective
    return Solution(
        outcome="optimal" if proven else "feasible",
        values=values,
        objective=objective,
        bound=-np.inf if bound is None or not np.isfinite(bound) else float(bound),
        solver=solver,
    )


def _values(model: LinearModel, columns: list[Any]) -> Floats:
    """Values of the columns; one that stands in no row and costs nothing stays at its bound."""
    given = [v.varValue for v in columns]
    return np.array([low if x is None else x for x, low in zip(given, model.lower, strict=True)])


def _solution_code(pulp: Any, stats: Any) -> int:
    """PuLP 4 returns one status; translate it into PuLP 3's words for a solution."""
    if stats.status == pulp.LpStatusInfeasible:
        return int(pulp.LpSolutionInfeasible)
    if not stats.has_solution:
        return int(pulp.LpSolutionNoSolutionFound)
    proven = str(stats.status_str).lower() == "optimal"
    return int(pulp.LpSolutionOptimal if proven else pulp.LpSolutionIntegerFeasible)


def _sound(model: LinearModel, values: Floats) -> bool:
    """Whether a solver's values really keep the rows (a stopped solver may leave garbage)."""
    if not np.isfinite(values).all():
        return False
    activity = np.bincount(model.row, model.coefficient * values[model.column], minlength=len(model.row_lower))
    within = (activity >= model.row_lower - SOUND_ROW) & (activity <= model.row_upper + SOUND_ROW)
    whole = np.abs(values - np.round(values))[model.integer]
    return bool(within.all() and (whole.max(initial=0.0) < SOUND_WHOLE))


def in_pulp(pulp: Any, model: LinearModel, four: bool) -> tuple[Any, list[Any]]:
    """The model as a PuLP problem; columns and rows are numbered, never named by ids."""
    problem = pulp.LpProblem("plan", pulp.LpMinimize)
    kinds = np.where(model.integer, "Integer", "Continuous")
    columns = [
        problem.add_variable(f"c{k}", float(low), None if np.isinf(high) else float(high), str(kind))
        for k, (low, high, kind) in enumerate(zip(model.lower, model.upper, kinds, strict=True))
    ]
    problem.setObjective(
        pulp.LpAffineExpression.from_dict({columns[k]: float(c) for k, c in enumerate(model.cost) if c})
        if four
        else pulp.LpAffineExpression({columns[k]: float(c) for k, c in enumerate(model.cost) if c})
    )
    order = np.argsort(model.row, kind="stable")
    starts = np.searchsorted(model.row[order], np.arange(len(model.row_lower) + 1))
    where, what = model.column[order].tolist(), model.coefficient[order].tolist()
    for r, (low, high) in enumerate(zip(model.row_lower, model.row_upper, strict=True)):
        terms = [(columns[where[k]], what[k]) for k in range(starts[r], starts[r + 1])]
        if not terms:
            continue
        left = pulp.lpSum(c * x for x, c in terms) if four else pulp.LpAffineExpression(terms)
        if low == high:
            problem += left == float(low)
            continue
        if np.isfinite(low):
            problem += left >= float(low)
        if np.isfinite(high):
            problem += left <= float(high)
    return problem, columns


@lru_cache(maxsize=8)
def refuse_solver(solver: str) -> None:
    """Refuse a solver that this machine does not have.

    Raises
    ------
    DataError
        With the solvers there are.
    """
    if solver in ("HiGHS", "HiGHS-arrays"):
        return
    import pulp

    with warnings.catch_warnings():
        # PuLP 3 warns that its own CBC goes away in PuLP 4; the planner named the solver all the same.
        warnings.simplefilter("ignore", DeprecationWarning)
        usable = [name for name in pulp.listSolvers(onlyAvailable=True) if name != "HiGHS"]
    if solver not in usable:
        raise DataError(
            [
                Finding(
                    table="solve",
                    column="solver",
                    value=solver,
                    rule="the solver is one that is installed here",
                    remedy=f"Choose from: {', '.join(['HiGHS', 'HiGHS-arrays', *usable])}.",
                )
            ]
        )


def _engine(pulp: Any, solver: str, time_limit: float | None) -> Any:
    if solver == "HiGHS":
        silence_greeting()

        class Interruptible(pulp.HiGHS):  # type: ignore[misc]  # PuLP 3 has no types
            """PuLP's HiGHS, stopped by Ctrl+C without losing what it found."""

            interrupted = False

            def callSolver(self, lp: Any) -> None:  # noqa: N802 (PuLP's name)
                self.interrupted = run_engine(lp.solverModel)

        return Interruptible(msg=False, threads=1, timeLimit=time_limit, **HIGHS_OPTIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as in `refuse_solver`
        return pulp.getSolver(solver, msg=False, timeLimit=time_limit)
