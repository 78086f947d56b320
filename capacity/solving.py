"""From a problem to a verified plan."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import numpy as np

from capacity.choosing import choose
from capacity.enumeration import Enumerated, enumerate_sets, trivial_bound
from capacity.errors import (
    DataError,
    Finding,
    InfeasibleError,
    InterruptedSolveError,
    NoPlanError,
    SolverError,
    some,
)
from capacity.labels import Floats
from capacity.objectives import Objective, objective_named
from capacity.plan import Plan, make_plan
from capacity.problem import Problem
from capacity.risk import (
    IN_ROWS,
    SAID,
    at_risk,
    bests_by_decomposition,
    bests_by_enumeration,
    bests_by_model,
    refuse,
    refuse_rows,
)
from capacity.rules import NearestPlans, SplitPlan, allowed_pairs, paid_in, rules_on
from capacity.search import Settled
from capacity.stage_risk import Risk
from capacity.tolerances import AGREE, TIE


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
    objective : {"travel", "worst", "fair", "cost", "reached"}
        ``reached`` needs an uptake curve (`travel.uptake`) and is made as large as can be.
    time_limit : float, optional
        Seconds. A plan cut short has the status ``feasible`` and its proven gap.
    engine : {"auto", "enumerate", "exact", "rank", "mip", "decompose"}
        ``enumerate`` values every set of sites (needs `nearest`); ``exact`` proves the least travel
        of a fixed number of units with `capacity.exact.p_median` (needs `nearest`); ``rank`` bounds every
        set of sites and works out those that may be best (where families may be split); ``mip`` solves
        the mixed-integer model; ``decompose`` takes the scenarios apart where the model would be too
        large to build (without `nearest`, any rule, price and risk); ``auto`` takes the first of these
        that can and is fast, and the record says which and why. They give the same plan.
    solver : str
        For ``mip``: "HiGHS", "HiGHS-arrays" (without PuLP), or any solver PuLP finds here.

    risk : {"expected", "worst_case", "regret", "cvar"}
        What of the objective's values in the scenarios is minimised. ``regret``: the largest
        difference to a scenario's own best among all plans that keep the rules. ``cvar``: the mean
        of the worst ``1 - level`` of the scenarios. The plan's `objective` stays the expected one;
        ``record["risk_value"]`` is what was minimised, ``record["risk_bound"]`` is proven of it.
    level : float
        Of ``cvar``; at least 0 and below 1.

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
        Objective, engine or time limit are not of this library, or the solver is not on this machine.
    SolverError
        The solver failed, or its plan did not pass the check.
    """
    if not hasattr(problem, "network"):
        rule, remedy = f"a problem is solved, not {type(problem).__name__}", "Read one: solve(read_case(folder))."
        raise DataError([Finding(table="solve", rule=rule, remedy=remedy)])
    goal = objective_named(objective)
    refuse(risk, level)
    if solver != "HiGHS":
        from capacity.solvers import refuse_solver

        refuse_solver(solver)
    chosen, why = choose(problem, goal if risk == "expected" else None, engine, time_limit)
    started = datetime.now(UTC)
    clock, cpu = time.perf_counter(), time.process_time()
    best = _bests(problem, goal, chosen, time_limit) if risk == "regret" else None
    target = goal if risk == "expected" else at_risk(goal, risk, level, best)
    left = None if time_limit is None else max(1e-3, time_limit - (time.perf_counter() - clock))
    better = "is better" if risk == "expected" else f"has a lower {SAID[risk]}"
    found = _by_medians(problem, left, engine) if chosen == "exact" else None
    if chosen == "exact" and found is None:
        chosen, why = "mip", "none of the sets with the least travel keeps the other rules"
    if chosen == "rank":
        found = _by_ranking(problem, target, left, better)
        if found is None:
            chosen, why = "mip", "the objective counts in whole steps"
    if found is None and chosen == "decompose":
        found = _by_decomposition(problem, goal, target, left, better, _in_rows(risk, level, best))
    if found is None:
        found = (_by_enumeration if chosen == "enumerate" else _by_model)(problem, target, left, solver, better)
    record = {
        "engine": chosen,
        "why": why,
        "objective": goal.name,
        "time_limit": time_limit,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 6),
        "cpu_seconds": round(time.process_time() - cpu, 6),
        **found.pop("record"),
    }
    if risk != "expected":
        record |= _said_of_risk(problem, goal, target, best, chosen, found)
        record |= {"risk": risk, "level": level if risk == "cvar" else None}
    plan = make_plan(problem, goal.name, record=run_record(problem) | record, **found)
    faults = plan.check()
    if faults:
        raise SolverError(
            "The plan did not pass its own check:\n" + "\n".join(str(f) for f in faults)
        )
    return plan


def solve_or_stop(
    problem: Problem, objective: str = "travel", time_limit: float | None = None, engine: str = "auto"
) -> Plan:
    """Solve as one of the many solves of a study, which Ctrl+C stops as a whole.

    `solve` keeps the best plan found so far; a study would take it for the best one and go on.
    """
    try:
        plan = solve(problem, objective, time_limit, engine)
    except InterruptedSolveError:
        raise KeyboardInterrupt from None
    if plan.record.get("interrupted"):
        raise KeyboardInterrupt
    return plan


def _bests(problem: Problem, goal: Objective, engine: str, time_limit: float | None) -> Floats:
    """Each scenario's own best, which regret is measured from."""
    known = {"enumerate": bests_by_enumeration, "decompose": bests_by_decomposition}
    bests = known.get(engine, bests_by_model)(problem, goal, time_limit)
    if not bests.proven:
        cut = "The run was interrupted" if bests.interrupted else f"The limit of {time_limit:g} seconds was reached"
        kind = InterruptedSolveError if bests.interrupted else NoPlanError
        raise kind(f"{cut} before each scenario's own best was known; without it there is no regret.")
    if np.isinf(bests.value).any():
        raise InfeasibleError(problem, problem.policy.on)
    return bests.value


def _said_of_risk(
    problem: Problem, goal: Objective, target: Objective, best: Floats | None, engine: str, found: dict[str, Any]
) -> dict[str, Any]:
    """What a plan's record says of the risk; the bound of the risk goes there from what was found.

    The plan's own `objective` is the expected one, and so is its bound: one that needs no search.
    """
    plans = SplitPlan(problem, found["opened"], found["beds"], found["shares"])
    common, own = (part[0] for part in paid_in(problem, plans))
    value = float(target.expected(problem, plans)[0] + common + own @ problem.probability)
    known = engine in ("mip", "rank", "decompose") or (goal.name in IN_ROWS and best is None)
    bound = value if found["status"] == "optimal" else min(float(found["bound"]), value) if known else 0.0
    found["bound"] = trivial_bound(problem, goal)
    by_scenario = goal.sign * (goal.by_scenario(problem, plans)[0] + common + own)
    said = {s: {"value": float(x)} for s, x in zip(problem.scenarios.ids, by_scenario, strict=True)}
    for row, least in zip(said.values(), () if best is None else best, strict=best is not None):
        row["regret"] = goal.sign * row["value"] - float(least)
    sign = goal.sign if best is None else 1
    return {"risk_value": sign * value, "risk_bound": sign * bound, "by_scenario": said}


def _in_rows(risk: str, level: float, best: Floats | None) -> Risk | None:
    return None if risk == "expected" else Risk(name=risk, level=level, best=best)


def _by_decomposition(
    problem: Problem, goal: Objective, target: Objective, time_limit: float | None, better: str, risk: Risk | None
) -> dict[str, Any]:
    from capacity.decomposing import solve_apart

    if risk is not None:
        refuse_rows(goal)
    found = solve_apart(problem, goal, time_limit, risk=risk, target=target)
    if found.outcome == "infeasible":
        raise InfeasibleError(problem, problem.policy.on)
    if found.best is None:
        raise _none_found(time_limit, found.interrupted)
    plan = SplitPlan(problem, found.best.open, found.best.beds, found.best.shares)
    broken = [r.name for r in rules_on(problem) if r.price(problem) is None and r.excess(problem, plan).broken.any()]
    if broken:
        raise NoPlanError(
            f"Rounding makes the best plan break {some(broken)}; whether another keeps it is not known. Loosen that "
            "rule a little, or use fewer scenarios, so that the whole model can be solved."
        )
    value = found.best.rank.objective
    closed = found.outcome == "optimal"
    return {
        "opened": found.best.open,
        "shares": found.best.shares,
        "beds": found.best.beds,
        "status": "optimal" if closed else "feasible",
        "bound": min(value, found.bound),
        "certificate": (
            f"Benders' decomposition proved that no plan {better}; {found.evaluated:,} "
            f"choices of units were evaluated in {len(problem.scenarios.ids):,} scenarios."
            if closed
            else "Benders' decomposition was cut short; the bound is proven."
        ),
        "record": {
            "solver": "HiGHS", "rows": found.cuts, "interrupted": found.interrupted,
            "ties_compared": found.ties_compared,
        },
    }  # fmt: skip


def _by_ranking(
    problem: Problem, goal: Objective, time_limit: float | None, better: str
) -> dict[str, Any] | None:
    """None where the model counts in whole steps beside the sizes, which its own search does better."""
    from capacity.ranked import first

    found = first(problem, goal, time_limit=time_limit)
    if found is None:
        return None
    if found.outcome == "infeasible":
        raise InfeasibleError(problem, problem.policy.on)
    if found.best is None:
        raise _none_found(time_limit, found.interrupted)
    value = found.best.rank.objective
    closed = found.outcome == "optimal" and value - found.bound <= AGREE * max(1.0, abs(value))
    certificate = (
        f"All {found.sets:,} sets of sites were bounded{_in_scenarios(problem)}, {found.solved:,} of them worked "
        f"out; none {better}."
        if closed
        else f"{found.sets:,} sets of sites were bounded before the run was cut short; the bound is proven."
    )
    return _settled(found.best, found.bound, closed) | {
        "certificate": certificate,
        "record": {
            "solver": "HiGHS", "sets": found.sets, "relaxed": found.relaxed, "worked_out": found.solved,
            "interrupted": found.interrupted, "ties_compared": found.ties_compared,
        },
    }  # fmt: skip


def _by_medians(problem: Problem, time_limit: float | None, asked: str) -> dict[str, Any] | None:
    """None where the exact engine has no answer and another may be asked."""
    from capacity.medians import medians

    found = medians(problem, time_limit)
    if found is None or (found.best is None and not found.cut_short) or not (found.proven or found.cut_short):
        if asked == "exact" and found is not None:
            raise NoPlanError(
                f"None of the {found.listed:,} sets of sites with the least travel is proven to be the best plan "
                "under the other rules. Choose the engine auto or mip."
            )
        return None
    if found.best is None:
        raise NoPlanError(_none_found(time_limit, time_limit is None))
    plans = NearestPlans(problem, found.best.open[None, :], allowed_pairs(problem))
    certificate = f"{found.method} proved that no plan is better; {found.listed:,} sets of sites were compared."
    return {
        "opened": found.best.open,
        "shares": plans.shares(0),
        "beds": found.best.beds,
        "status": "optimal" if found.proven else "feasible",
        "bound": found.bound,
        "certificate": certificate if found.proven else f"{found.method} was cut short; the bound is proven.",
        "record": {"solver": found.method, "sets": found.listed, "interrupted": found.cut_short and time_limit is None},
    }


def _by_enumeration(
    problem: Problem, goal: Objective, time_limit: float | None, solver: str, better: str
) -> dict[str, Any]:
    found: Enumerated = enumerate_sets(problem, goal, time_limit=time_limit)
    whole = found.valued == found.sets
    if found.open is None:
        if whole:
            raise InfeasibleError(problem, problem.policy.on)
        raise _none_found(time_limit, found.interrupted)
    plans = NearestPlans(problem, found.open[None, :], allowed_pairs(problem))
    certificate = (
        f"All {found.sets:,} sets of sites were valued{_in_scenarios(problem)}; none {better}."
        if whole and found.sets > 1
        else "Only one set of sites may be opened; it was valued."
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


def _in_scenarios(problem: Problem) -> str:
    count = len(problem.scenarios.ids)
    return f" in {count:,} scenarios" if count > 1 else ""


def _by_model(
    problem: Problem, goal: Objective, time_limit: float | None, solver: str, better: str
) -> dict[str, Any]:
    from capacity.search import search

    found = search(problem, goal, solver=solver, time_limit=time_limit)
    if found.outcome == "infeasible":
        raise InfeasibleError(problem, problem.policy.on)
    if found.best is None:
        raise _none_found(time_limit, found.interrupted)
    value = found.best.rank.objective
    room = (AGREE if found.outcome == "optimal" else TIE) * max(1.0, abs(value))
    # The plan is worked out again from the solver's values: where that costs more, nothing is proven of it.
    closed = value - found.bound <= room
    certificate = (
        f"{found.solver} proved that no plan {better}."
        if closed
        else f"{found.solver} was cut short; the bound is proven."
    )
    return _settled(found.best, found.bound, closed) | {
        "certificate": certificate,
        "record": {
            "solver": found.solver,
            "columns": found.columns,
            "rows": found.rows,
            "interrupted": found.interrupted,
            "ties_compared": found.ties_compared,
        },
    }


def _settled(best: Settled, bound: float, closed: bool) -> dict[str, Any]:
    """A settled set as what a plan is made of; a bound within rounding of it is its own value."""
    value = best.rank.objective
    return {
        "opened": best.open,
        "shares": best.shares,
        "beds": best.beds,
        "status": "optimal" if closed else "feasible",
        "bound": np.inf if value - bound <= 10 * TIE * max(1.0, abs(value)) else bound,
    }


def _none_found(time_limit: float | None, interrupted: bool) -> NoPlanError:
    if interrupted:
        return InterruptedSolveError("The run was interrupted before any plan was found.")
    limit = "" if time_limit is None else f" of {max(round(time_limit, 2), 0.01):g} seconds"
    return NoPlanError(f"No plan was found within the limit{limit}; whether there is one is not known.")


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
        "inputs": {k: v for k, v in problem.origin.items() if k != "land"},
        "settings": document(problem),
        "seed": None,
    }
