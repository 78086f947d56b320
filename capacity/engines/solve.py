"""From a problem to a verified plan."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.engines.choose import LOG, EngineName, answer, bests_of, engine_named
from capacity.engines.clock import Clock, OutOfTimeError, Progress, Stop, Tell
from capacity.engines.question import Engine, Found, Question, refuse_no_problem
from capacity.engines.risk import RiskName, refuse
from capacity.errors import DataError, Finding, InfeasibleError, InterruptedSolveError, NoPlanError, SolverError
from capacity.plan.plan import Plan, Status, make_plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules import SplitPlan, paid_in
from capacity.rules.objectives import OBJECTIVES, Objective, ObjectiveName, objective_named

MANY_BEDS = 250
"""Beds of one unit from which it is asked how many anybody needs."""


@told
def solve(
    problem: Problem,
    objective: ObjectiveName | Objective = "travel",
    time_limit: float | None = None,
    engine: EngineName | Engine = "auto",
    *,
    solver: str = "HiGHS",
    risk: RiskName = "expected",
    level: float = 0.9,
    tell: Tell | None = None,
) -> Plan:
    """Find the best plan and prove it.

    Parameters
    ----------
    problem : Problem
    objective : {"travel", "worst", "worst_off", "fair", "cost", "public_cost", "reached"}
        or Objective
        ``reached`` needs an uptake curve (`travel.uptake`) and is made as large as can be. An objective of
        your own is given as an object (`capacity.rules.objectives.Objective`, or what has a ``name`` and a
        ``by_scenario``).
    time_limit : float, optional
        Seconds. A plan cut short has the status ``feasible`` and its proven gap.
    engine : {"auto", "enumerate", "exact", "tree", "cover", "rank", "mip", "decompose"} or Engine
        ``enumerate`` values every set of sites (needs `nearest`); ``exact`` proves the least travel
        of a fixed number of units with `capacity.exact.p_median` (needs `nearest`); ``tree`` bounds sets
        of sites by multipliers of the points and lets the rules judge those that may be best (least
        travel, most reached); ``cover`` tries limits on the ways, each a covering problem (shortest
        longest way), or values coverings, fewest units first (least cost, needs `nearest`); ``rank``
        bounds every set of sites and works out those that may be best (where families may be split);
        ``mip`` solves the mixed-integer model; ``decompose`` takes the scenarios apart where the model
        would be too large to build (without `nearest`, any rule, price and risk);
        ``auto`` takes the first of these that can and is fast, and the record says which and why. They
        give the same plan. One that ends without a plan passes what is left of the limit on to the next.
        An engine of your own is given as an object (`capacity.engines.question.Engine`).
    solver : str
        For ``mip``: "HiGHS", "HiGHS-arrays" (without PuLP), or any solver PuLP finds here.

    risk : {"expected", "worst_case", "regret", "cvar"}
        What of the objective's values in the scenarios is minimised. ``regret``: the largest
        difference to a scenario's own best among all plans that keep the rules. ``cvar``: the mean
        of the worst ``1 - level`` of the scenarios. The plan's `objective` stays the expected one;
        ``record["risk_value"]`` is what was minimised, ``record["risk_bound"]`` is proven of it.
    level : float
        Of ``cvar``; at least 0 and below 1.
    tell : callable (Progress), optional
        Told how far the work is; where it returns `capacity.Stop` the best plan so far is the answer,
        with its gap.

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
    InterruptedSolveError
        Ctrl+C before there was a plan; later it ends with the plan there is.
    DataError
        Objective, engine or time limit are not of this library, or the solver is not on this machine.
    SolverError
        The solver failed, or its plan did not pass the check.
    """
    question = asked(problem, objective, time_limit, solver=solver, risk=risk, level=level, tell=tell)
    chosen = engine_named(engine)
    question = replace(question, alone=chosen is not None)
    started, cpu = datetime.now(UTC), time.process_time()
    try:
        question = question.with_best(_bests(question, chosen) if risk == "regret" else None)
        result, answered, why = answer(question, chosen)
    except InfeasibleError:
        raise InfeasibleError(problem, problem.policy.on) from None
    record = {
        "engine": answered.name,
        "why": why,
        "objective": question.goal.name,
        "time_limit": time_limit,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - question.clock.started, 6),
        "cpu_seconds": round(time.process_time() - cpu, 6),
        **result.record,
    }
    if question.clock.stopped and not result.interrupted:
        record["stopped"] = True
    bound = result.bound
    if risk != "expected":
        record |= _said_of_risk(question, result)
        record |= {"risk": risk, "level": level if risk == "cvar" else None}
        bound = question.bound
    assert result.opened is not None and result.shares is not None and result.beds is not None
    plan = make_plan(
        problem,
        question.goal,
        result.opened,
        result.shares,
        result.beds,
        status=_status(result),
        bound=bound,
        certificate=result.certificate,
        record=run_record(problem) | record,
    )
    proven = question.goal.sign * plan.bound
    question.clock.tell("A plan is found", share=1.0, best=plan.loss, bound=proven, always=True)
    LOG.info("%s plan %s by %s in %.2f seconds", plan.status, plan.site_ids, answered.name, record["seconds"])
    faults = plan.check()
    if faults:
        raise SolverError("The plan did not pass its own check:\n" + "\n".join(str(f) for f in faults))
    return plan


def solve_or_stop(
    problem: Problem,
    objective: str | Objective = "travel",
    time_limit: float | None = None,
    engine: EngineName | Engine = "auto",
    *,
    tell: Tell | None = None,
) -> Plan:
    """Solve as one of the many solves of a study, which Ctrl+C stops as a whole.

    `solve` keeps the best plan found so far; a study would take it for the best one and go on.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl+C.
    OutOfTimeError
        Where `tell` returned `Stop`.
    """
    stopped = False

    def told(progress: Progress) -> object:
        nonlocal stopped
        assert tell is not None
        said = tell(progress)
        stopped |= said is Stop or isinstance(said, Stop)
        return said

    watched: dict[str, Any] = {} if tell is None else {"tell": told}
    try:
        plan = solve(problem, objective_named(objective), time_limit, engine, **watched)
    except InterruptedSolveError:
        raise KeyboardInterrupt from None
    except NoPlanError:
        if stopped:
            raise OutOfTimeError from None
        raise
    if plan.record.get("interrupted"):
        raise KeyboardInterrupt
    if stopped:
        raise OutOfTimeError
    return plan


def asked(
    problem: Problem,
    objective: ObjectiveName | str | Objective,
    time_limit: float | None = None,
    *,
    solver: str = "HiGHS",
    risk: RiskName | str = "expected",
    level: float = 0.9,
    tell: Tell | None = None,
) -> Question:
    """The question of a call; its clock starts now.

    Raises
    ------
    DataError
        For what cannot be asked.
    """
    refuse_no_problem(problem, "solve")
    goal = objective_named(objective)
    if faults := _faults(goal, objective, time_limit, tell):
        raise DataError(faults)
    asked_risk = refuse(risk, level)
    if solver != "HiGHS":
        from capacity.engines.linear.solvers import refuse_solver

        refuse_solver(solver)
    clock = Clock(time_limit, tell)
    return Question(
        problem=_of_sizes_that_matter(problem),
        goal=goal,
        risk=asked_risk,
        level=level,
        solver=solver,
        clock=clock,
        limit=time_limit,
    )


def _faults(goal: Objective, objective: str | Objective, time_limit: float | None, tell: Any) -> list[Finding]:
    """What of a call cannot be asked."""
    findings: list[Finding] = []
    if goal.name in OBJECTIVES and not isinstance(objective, str) and goal is not OBJECTIVES[goal.name]:
        findings.append(
            Finding(
                table="objective",
                column="name",
                value=goal.name,
                rule="an objective of your own has a name of its own",
                remedy="Rename it: the library has one of that name.",
            )
        )
    number = isinstance(time_limit, (int, float)) and not isinstance(time_limit, bool)
    if time_limit is not None and not (number and 0 < time_limit < np.inf):
        findings.append(
            Finding(
                table="solve",
                column="time_limit",
                value=str(time_limit),
                rule="a time limit is a number of seconds above zero",
                remedy="Leave it out for none.",
            )
        )
    if tell is not None and not callable(tell):
        findings.append(
            Finding(
                table="solve",
                column="tell",
                value=str(tell),
                rule="progress is told to a function",
                remedy="Give a function of one argument, a capacity.Progress, or leave it out.",
            )
        )
    return findings


def _of_sizes_that_matter(problem: Problem) -> Problem:
    """The problem without sizes no unit takes, where it allows very large ones: none needs more than carry all women.

    Larger ones would only make every table of sizes long.
    """
    if problem.sizes.largest <= MANY_BEDS:
        return problem
    enough = int(np.searchsorted(problem.stays_by_beds, problem.women.sum(axis=1).max())) + 1
    low, _ = problem.size_limits
    least = max(enough, int(low.max()), int(problem.size_floor.max()), MANY_BEDS)
    return problem.replace(sizes={"largest": min(problem.sizes.largest, least)})


def _status(found: Found) -> Status:
    return "optimal" if found.outcome == "optimal" else "feasible"


def _bests(question: Question, engine: Engine | None) -> Floats:
    """Each scenario's own best, which regret is measured from."""
    try:
        bests = bests_of(question, engine)
    except KeyboardInterrupt:
        raise InterruptedSolveError("The run was interrupted before any plan was found.") from None
    if not bests.proven:
        cut = (
            "The run was interrupted"
            if bests.interrupted
            else "The run was stopped"
            if question.clock.stopped
            else f"The limit of {question.limit:g} seconds was reached"
        )
        kind = InterruptedSolveError if bests.interrupted else NoPlanError
        raise kind(f"{cut} before each scenario's own best was known; without it there is no regret.")
    if np.isinf(bests.value).any():
        raise InfeasibleError(question.problem, question.problem.policy.on)
    return bests.value


def _said_of_risk(question: Question, answered: Found) -> dict[str, Any]:
    """What a plan's record says of the risk; the bound of the risk goes there.

    The plan's own `objective` is the expected one, and so is its bound: one that needs no search.
    """
    from capacity.engines.mip import paid_for

    problem, goal, best = question.problem, question.goal, question.best
    assert answered.opened is not None and answered.beds is not None and answered.shares is not None
    plans = SplitPlan(problem, answered.opened, answered.beds, answered.shares)
    common, own = (part[0] for part in paid_in(problem, plans))
    value = float(question.target.expected(problem, plans)[0] + common + own @ problem.probability)
    # A regret is a difference of larger numbers: what it is proven to, it is proven to beside those.
    bound = paid_for(value, value if answered.outcome == "optimal" else answered.bound)
    by_scenario = goal.sign * (goal.by_scenario(problem, plans)[0] + common + own)
    said = {s: {"value": float(x)} for s, x in zip(problem.scenarios.ids, by_scenario, strict=True)}
    for row, least in zip(said.values(), () if best is None else best, strict=best is not None):
        row["regret"] = goal.sign * row["value"] - float(least)
    sign = goal.sign if best is None else 1
    return {"risk_value": sign * value, "risk_bound": sign * bound, "by_scenario": said}


def run_record(problem: Problem) -> dict[str, Any]:
    """What is needed to replay a run: versions, settings and hashes of what was read."""
    import platform

    from capacity import __version__
    from capacity.problem.settings import document

    return {
        "capacity": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "problem": problem.fingerprint,
        "inputs": {k: v for k, v in problem.origin.items() if k != "land"},
        "settings": document(problem),
        "seed": None,
        **({"foreign_rules": problem.policy.foreign} if problem.policy.foreign else {}),
    }
