"""The decomposition engine: many scenarios without `nearest`, at sizes the whole model does not reach.

The problem is split into two stages from its rules' own rows (`capacity.stages`); so any rule that has
rows can be taken apart. The master (`capacity.master`) chooses units and sizes; what a choice means for the
scenarios together is worked out scenario by scenario (`capacity.coupling`), and comes back as rows: what it
costs at least, or that they cannot be served. First at the relaxation, with one scenario standing for its group
(its prices bound every scenario of the group); then at whole choices, with all. Then sets as good as the best
are compared, as everywhere: fewer beds, lower cost, lower ids.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capacity.decomposition import Decomposition
from capacity.labels import Floats
from capacity.objectives import Objective
from capacity.problem import Problem
from capacity.rules import Plans, allowed_pairs, allowed_sites, one_assignment, paid_in, rules_on
from capacity.search import Searched
from capacity.solvers import Clock
from capacity.stage_risk import Risk, at_risk, in_one
from capacity.stages import split

MOST_COLUMNS = 300_000
"""A model with more columns than this is never built where scenarios can be taken apart."""

PAYS_FROM = 30_000
"""Columns of the whole model from which taking scenarios apart is the faster way."""


def columns_of(problem: Problem) -> int:
    """About how many columns the whole model has."""
    pairs = allowed_pairs(problem) & allowed_sites(problem)[None, :] & problem.active[:, None]
    blocks = 1 if one_assignment(problem) else len(problem.scenarios.ids)
    return int(pairs.sum()) * blocks


def why_not_apart(problem: Problem) -> str | None:
    """Why the scenarios cannot be taken apart; None when they can."""
    if one_assignment(problem):
        return "one assignment serves every scenario, so the model does not grow with them"
    for rule in rules_on(problem):
        if not (rule.linear and rule.stagewise):
            return f"{rule.name} may speak of several scenarios at once"
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Apart(Searched):
    """What the decomposition found.

    Attributes
    ----------
    cuts, evaluated : int
        Rows that came back, and choices of units evaluated in every scenario.
    """

    cuts: int
    evaluated: int


def solve_apart(
    problem: Problem,
    objective: Objective,
    time_limit: float | None = None,
    *,
    risk: Risk | None = None,
    target: Objective | None = None,
) -> Apart:
    """Solve a problem whose scenarios can be taken apart (see `why_not_apart`).

    Parameters
    ----------
    problem : Problem
    objective : Objective
    time_limit : float, optional
        Seconds.
    risk : Risk, optional
        What of the objective's values in the scenarios is minimised, in place of the expected one.
    target : Objective, optional
        The objective at that risk, as plans are ranked by it.

    Returns
    -------
    Apart
        ``optimal`` when proven, with the first plan in the order of plans where ``ties_compared``.
    """
    stages = split(problem, objective)
    if risk is not None:
        stages = at_risk(stages, risk, problem.probability > 0)
    return _run(Decomposition(problem, target or objective, time_limit, stages))


def best_in_each(
    problem: Problem, objective: Objective, time_limit: float | None = None
) -> tuple[Floats, Floats, bool]:
    """Each scenario's own best among the plans that keep the rules.

    Returns
    -------
    value, bound : ndarray (S,)
        Infinite values where none was found; no plan has less than the bound.
    interrupted : bool
    """
    stages, clock = split(problem, objective), Clock(time_limit)
    count = len(stages.scenarios)
    value, bound = np.full(count, np.inf), np.full(count, -np.inf)
    for s in range(count):
        if clock.left == 0:
            break
        state = Decomposition(problem, _alone(objective, s), clock.left, in_one(stages, s))
        found = _run(state, ties=False)
        if found.outcome == "infeasible":
            return value, value, False
        if found.best is not None:
            value[s] = found.best.rank.objective
        bound[s] = value[s] if found.outcome == "optimal" else found.bound
        if found.interrupted:
            return value, bound, True
    return value, bound, False


def _alone(objective: Objective, s: int) -> Objective:
    """The objective in one scenario alone, with what is paid there."""

    def expected(problem: Problem, plans: Plans) -> Floats:
        own = paid_in(problem, plans)[1]
        # The engine adds the expected price itself.
        return np.asarray(objective.by_scenario(problem, plans)[:, s] + own[:, s] - own @ problem.probability)

    return replace(objective, expected=expected)


def _run(state: Decomposition, *, ties: bool = True) -> Apart:
    state.ties = ties
    try:
        outcome = state.run()
    except KeyboardInterrupt:
        state.interrupted = True
        outcome = state.cut_short()
    bound = state.bound if np.isinf(state.bound) else state.stages.terms.value(state.bound)
    return Apart(
        outcome=outcome, best=state.best, bound=bound, interrupted=state.interrupted,
        ties_compared=state.ties_compared, cuts=state.master.rows, evaluated=state.evaluated,
    )  # fmt: skip
