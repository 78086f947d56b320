"""The model engine: solve the linear model, settle the set found, then choose among equally good plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from capacity.engines.bending import keeping_all
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.engines.linear.model import build
from capacity.engines.linear.solvers import Outcome, solve_arrays, solve_linear
from capacity.engines.question import Bests, Found, Question
from capacity.engines.risk import in_each_scenario, least_by_scenario, paid_columns, refuse_rows
from capacity.engines.settling import Settled, as_found, opened_in, priced, settle
from capacity.engines.ties import first_of_ties
from capacity.problem.problem import Problem
from capacity.rules import rules_on
from capacity.rules.objectives import Objective
from capacity.tolerances import AGREE, PAID, TIE

MOST_COLUMNS = 300_000
"""A model with more columns than this is never built where scenarios can be taken apart."""

SLOWEST = 60.0
"""Seconds the model takes at least where `nearest` holds: valuing every set, or p-medians, are the quicker ways."""

BEGUN = 100
"""Nodes of HiGHS's search for what bends, where a plan and a bound close to it are known and no limit was set.

What is left then is mostly plans that cost the same but for whom they turn away. Nodes, for a plan must not hang on
how fast a machine is.
"""

SECONDS = 1e-3
"""A column of the model takes about so long."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Searched:
    """What an engine found.

    Attributes
    ----------
    outcome : {"optimal", "feasible", "infeasible", "unknown"}
    best : Settled or None
    bound : float
        In the objective's own unit.
    interrupted : bool
        By Ctrl+C.
    ties_compared : bool
        Whether every plan as good as the best was looked at.
    """

    outcome: Outcome
    best: Settled | None
    bound: float
    interrupted: bool
    ties_compared: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class ByModel(Searched):
    """What the model engine found, with which solver, and how large the model was."""

    solver: str
    columns: int
    rows: int


def search(
    problem: Problem,
    objective: Objective,
    *,
    solver: str = "HiGHS",
    time_limit: float | None = None,
    clock: Clock | None = None,
    nodes: int | None = None,
) -> ByModel:
    """Solve with the mixed-integer model, and settle ties.

    Parameters
    ----------
    problem : Problem
    objective : Objective
    solver : str
    time_limit : float, optional
        Seconds.
    clock : Clock, optional
        In place of the limit.
    nodes : int, optional
        Nodes of HiGHS's search after which it ends with what is known.

    Returns
    -------
    ByModel
        ``optimal`` with the first plan in the order of plans, or what is known at the limit.
    """
    clock = clock or Clock(time_limit)
    try:
        model = build(problem, objective, clock=clock, cuts=True)
    except OutOfTimeError:
        return ByModel(
            outcome="unknown",
            best=None,
            bound=-np.inf,
            solver=solver,
            interrupted=False,
            ties_compared=False,
            columns=0,
            rows=0,
        )
    solution, linear = keeping_all(
        model,
        model.linear,
        lambda arrays: solve_linear(arrays, solver=solver, time_limit=clock.left, clock=clock, nodes=nodes),
        clock,
        enough=nodes is not None,
    )
    model = replace(model, linear=linear)
    if solution.interrupted:
        # What comes now is only to hand out what is known.
        clock.stop()
    best, compared, interrupted = None, True, solution.interrupted
    if solution.values is not None:
        plain = as_found(model, solution.values)
        try:
            settled = settle(model, opened_in(model, solution.values), clock=clock)
            # A settling cut short may end above what the solver had.
            above = settled is None or (solution.outcome != "optimal" and plain.rank.before(settled.rank))
            best = plain if above else settled
            if solution.outcome == "optimal":
                best, compared = first_of_ties(model, best or plain, clock)
        except KeyboardInterrupt:
            best, compared, interrupted = best or plain, False, True
    bound = solution.bound
    if not priced(model):
        bound = model.terms.value(bound) if bound > -np.inf else -np.inf
    return ByModel(
        outcome=solution.outcome,
        best=best,
        bound=bound,
        solver=solution.solver,
        interrupted=interrupted,
        ties_compared=compared,
        columns=len(model.linear.cost),
        rows=len(model.linear.row_lower),
    )


# --- the engine ------------------------------------------------------------------------------


def bests_by_model(
    problem: Problem, objective: Objective, time_limit: float | None = None, *, clock: Clock | None = None
) -> Bests:
    """Each scenario's own best: the model is solved once a scenario, minimising the objective in that one alone."""
    refuse_rows(objective)
    clock = clock or Clock(time_limit)
    best, bound = np.full(len(problem.scenarios.ids), np.inf), least_by_scenario(problem, objective)
    try:
        model = build(problem, objective, clock=clock, cuts=True)
    except OutOfTimeError:
        return Bests(value=best, bound=bound)
    v, linear = model.variables, model.linear
    for s, terms in enumerate(in_each_scenario(problem, v, objective)):
        paid = [*paid_columns(problem, v, -1), *paid_columns(problem, v, s)]
        columns = np.concatenate([terms.columns, *(c for c, _ in paid)])
        cost = np.concatenate([terms.cost, *(c for _, c in paid)])
        if clock.over:
            break
        solution, linear = keeping_all(
            model,
            linear.minimising(columns, cost),
            lambda arrays: solve_arrays(arrays, time_limit=clock.left, clock=clock),
            clock,
        )
        if solution.outcome == "infeasible":
            return Bests(value=best, bound=best)
        best[s] = solution.objective + terms.constant
        bound[s] = max(bound[s], best[s] if solution.outcome == "optimal" else solution.bound + terms.constant)
        if solution.interrupted:
            return Bests(value=best, bound=bound, interrupted=True)
        clock.tell("Each scenario's own best is looked for", done=s + 1, count=len(best))
    return Bests(value=best, bound=bound)


def paid_for(value: float, bound: float) -> float:
    """A bound that a solver proved, less what rounding and its own tolerance may have added to it."""
    return min(value, bound) - PAID * abs(value)


def as_answer(
    best: Settled, bound: float, *, closed: bool, certificate: str, found: Searched, **record: str | int
) -> Found:
    """A settled set as an answer."""
    return Found(
        outcome="optimal" if closed else "feasible",
        opened=best.open,
        beds=best.beds,
        shares=best.shares,
        bound=paid_for(best.rank.objective, bound),
        certificate=certificate,
        interrupted=found.interrupted,
        record={**record, "interrupted": found.interrupted, "ties_compared": found.ties_compared},
    )


def no_rows(question: Question, *, admitted: bool = False) -> str | None:
    """Why the model cannot say what is asked; None where it can.

    `admitted`: whether who asks holds columns of admitted stays to what units admit (`capacity.engines.admitting`).
    """
    problem = question.problem
    for rule in rules_on(problem):
        said = rule.sayable(problem) if admitted else rule.in_rows(problem) or rule.in_cuts(problem)
        if rule.linear and not said:
            return f"{rule.name} counts admitted stays (finance.counts), which bend with who goes where"
    if question.goal.bends(problem) and not admitted:
        return f"{question.goal.name} counts admitted stays (finance.counts), which bend with who goes where"
    return None if question.goal.has_rows else f"the objective {question.goal.name} is not written in columns"


class _Mip:
    """The engine: the mixed-integer model."""

    name = "mip"
    refused = ""
    remedy = "Use fewer scenarios (sampling, named ones), turn rules.nearest on, or change that rule."

    def why_not(self, question: Question) -> str | None:
        split = question.scenarios > 1 and not question.shared
        if question.open_whom and split and question.columns > MOST_COLUMNS:
            return f"the whole model is built up to {MOST_COLUMNS:,} columns; this one has {question.columns:,}"
        if question.by_ties is not None:
            return question.by_ties
        if question.outside is not None and not (question.goal.outside and question.open_whom is None):
            return question.outside
        return no_rows(question, admitted=True)

    def expected_seconds(self, question: Question) -> float:
        return (SLOWEST if question.open_whom is None else 0.0) + SECONDS * question.columns

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        return next(iter(refused.values()), "no other engine can")

    def bests(self, question: Question) -> Bests:
        return bests_by_model(question.problem, question.goal, clock=question.clock)

    def solve(self, question: Question) -> Found:
        enough = BEGUN if question.begun else None
        searched = search(question.problem, question.target, solver=question.solver, clock=question.clock, nodes=enough)
        if searched.best is None:
            outcome = searched.outcome if searched.outcome == "infeasible" else "unknown"
            return Found(outcome=outcome, interrupted=searched.interrupted)
        value = searched.best.rank.objective
        room = (AGREE if searched.outcome == "optimal" else TIE) * question.size(value)
        # The plan is worked out again from the solver's values: where that costs more, nothing is proven of it.
        closed = value - searched.bound <= room
        certificate = (
            f"{searched.solver} proved that no plan {question.better}."
            if closed
            else f"{searched.solver} was cut short; the bound is proven."
        )
        return as_answer(
            searched.best,
            searched.bound,
            closed=closed,
            certificate=certificate,
            found=searched,
            solver=searched.solver,
            columns=searched.columns,
            rows=searched.rows,
        )


MIP = _Mip()
