"""From a problem to a verified plan."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import numpy as np

from capacity.enumeration import MOST_SETS, Enumerated, enumerate_sets, space_of, why_not
from capacity.errors import DataError, Finding, InfeasibleError, NoPlanError, SolverError, some
from capacity.objectives import Objective, objective_named
from capacity.plan import Plan, make_plan
from capacity.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs
from capacity.tolerances import TIE

ENGINES = ("auto", "enumerate", "mip")


def solve(
    problem: Problem,
    objective: str = "travel",
    time_limit: float | None = None,
    engine: str = "auto",
    *,
    solver: str = "HiGHS",
    risk: str = "expected",
    level: float = 0.9,
) -> Plan:
    """Find the best plan and prove it.

    Parameters
    ----------
    problem : Problem
    objective : {"travel", "worst", "fair", "cost"}
    time_limit : float, optional
        Seconds. A plan cut short has the status ``feasible`` and its proven gap.
    engine : {"auto", "enumerate", "mip"}
        ``enumerate`` values every set of sites (needs `nearest`); ``mip`` solves the
        mixed-integer model; ``auto`` enumerates where it can and the sets are few.
    solver : str
        For ``mip``: "HiGHS", "HiGHS-arrays" (without PuLP), or any solver PuLP finds here.

    risk : {"expected", "worst_case", "regret", "cvar"}
        What of the scenarios is minimised; all but ``expected`` need `nearest` (every set is valued).
    level : float
        Of ``cvar``: the mean of the worst ``1 - level`` of the scenarios.

    Returns
    -------
    Plan
        Checked by `Plan.check` before it is handed out.

    Raises
    ------
    InfeasibleError
        No plan keeps all the rules that are on: proven.
    NoPlanError
        None was found within the limit.
    DataError
        Objective, engine or time limit are not of this library.
    SolverError
        The solver failed, or its plan did not pass the check.
    """
    goal = objective_named(objective)
    if risk != "expected":
        from capacity.risk import solve_under_risk

        return solve_under_risk(problem, goal.name, risk, level)
    chosen = _engine(problem, engine, time_limit)
    started = datetime.now(UTC)
    clock, cpu = time.perf_counter(), time.process_time()
    found = (_by_enumeration if chosen == "enumerate" else _by_model)(
        problem, goal, time_limit, solver
    )
    record = {
        "engine": chosen,
        "objective": goal.name,
        "time_limit": time_limit,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 6),
        "cpu_seconds": round(time.process_time() - cpu, 6),
        **found.pop("record"),
    }
    plan = make_plan(problem, goal.name, record=run_record(problem) | record, **found)
    faults = plan.check()
    if faults:
        raise SolverError(
            "The plan did not pass its own check:\n" + "\n".join(str(f) for f in faults)
        )
    return plan


def _engine(problem: Problem, engine: str, time_limit: float | None) -> str:
    found = []
    if engine not in ENGINES:
        found.append(
            Finding(
                table="solve", column="engine", value=engine, rule="the engine is one the library has",
                remedy=f"Choose from: {some(ENGINES)}.",
            )
        )  # fmt: skip
    if time_limit is not None and not 0 < time_limit < np.inf:
        found.append(
            Finding(
                table="solve", column="time_limit", value=str(time_limit),
                rule="a time limit is a number of seconds above zero", remedy="Leave it out for none.",
            )
        )  # fmt: skip
    if engine == "enumerate" and (reason := why_not(problem)):
        found.append(
            Finding(
                table="solve", column="engine", value=engine,
                rule=f"enumeration needs every family bound to its nearest unit: {reason}",
                remedy="Choose the engine auto or mip, or turn rules.nearest on.",
            )
        )  # fmt: skip
    if found:
        raise DataError(found)
    if engine == "auto":
        few = why_not(problem) is None and space_of(problem).sets <= MOST_SETS
        return "enumerate" if few else "mip"
    return engine


def _by_enumeration(
    problem: Problem, goal: Objective, time_limit: float | None, solver: str
) -> dict[str, Any]:
    found: Enumerated = enumerate_sets(problem, goal, time_limit=time_limit)
    whole = found.valued == found.sets
    if found.open is None:
        if whole:
            raise InfeasibleError(problem, problem.policy.on)
        raise NoPlanError(_none_found(time_limit, found.interrupted))
    plans = NearestPlans(problem, found.open[None, :], allowed_pairs(problem))
    certificate = (
        f"All {found.sets:,} sets of sites were valued; none is better."
        if whole
        else f"{found.valued:,} of {found.sets:,} sets of sites were valued before the run was cut short."
    )
    return {
        "opened": found.open,
        "shares": plans.shares(0),
        "beds": plans.beds[0],
        "status": "optimal" if whole else "feasible",
        "bound": found.bound,
        "certificate": certificate,
        "record": {
            "sets": found.sets,
            "valued": found.valued,
            "interrupted": found.interrupted,
            "solver": "none",
        },
    }


def _by_model(
    problem: Problem, goal: Objective, time_limit: float | None, solver: str
) -> dict[str, Any]:
    from capacity.search import search

    found = search(problem, goal, solver=solver, time_limit=time_limit)
    if found.outcome == "infeasible":
        raise InfeasibleError(problem, problem.policy.on)
    if found.best is None:
        raise NoPlanError(_none_found(time_limit, found.interrupted))
    value = found.best.rank.objective
    closed = found.outcome == "optimal" or value - found.bound <= TIE * max(1.0, abs(value))
    certificate = (
        f"{found.solver} proved that no plan is better."
        if closed
        else f"{found.solver} was cut short; the bound is proven."
    )
    return {
        "opened": found.best.open,
        "shares": found.best.shares,
        "beds": found.best.beds,
        "status": "optimal" if closed else "feasible",
        "bound": value if closed else found.bound,
        "certificate": certificate,
        "record": {
            "solver": found.solver,
            "columns": found.columns,
            "rows": found.rows,
            "interrupted": found.interrupted,
            "ties_compared": found.ties_compared,
        },
    }


def _none_found(time_limit: float | None, interrupted: bool) -> str:
    if interrupted:
        return "The run was interrupted before any plan was found."
    limit = "" if time_limit is None else f" of {time_limit:g} seconds"
    return f"No plan was found within the limit{limit}; whether there is one is not known."


def run_record(problem: Problem) -> dict[str, Any]:
    """What is needed to replay a run: versions, settings and hashes of what was read."""
    import platform

    from capacity import __version__
    from capacity.settings import document

    return {
        "capacity": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "problem": problem.fingerprint,
        "inputs": {k: v for k, v in problem.origin.items() if k not in ("land", "scenarios")},
        "settings": document(problem),
        "seed": None,
    }
