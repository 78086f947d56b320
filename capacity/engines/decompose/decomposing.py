"""The decomposition engine: many scenarios without `nearest`, at sizes the whole model does not reach.

The problem is split into two stages from its rules' own rows (`capacity.engines.decompose.stages`); so any rule that
has rows can be taken apart. The master (`capacity.engines.decompose.master`) chooses units and sizes; what a choice
means for the scenarios together is worked out scenario by scenario (`capacity.engines.decompose.coupling`), and comes
back as rows: what it costs at least, or that they cannot be served. First at the relaxation, with one scenario standing
for its group (its prices bound every scenario of the group); then at whole choices, with all. Then sets as good as the
best are compared, as everywhere: fewer beds, lower cost, lower ids.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.engines.mip import MIP, SECONDS, Searched, no_rows, paid_for
from capacity.engines.question import Bests, Found, Question
from capacity.engines.risk import least_by_scenario, refuse_rows
from capacity.errors import SolverError, some
from capacity.problem.problem import Problem
from capacity.rules import Plans, SplitPlan, allowed_sites, one_assignment, paid_in, rules_on
from capacity.rules.objectives import TRAVEL, Objective
from capacity.tolerances import AGREE

if TYPE_CHECKING:
    # What works is loaded when it is asked to: every run chooses among the engines, few take this one.
    from capacity.engines.decompose.decomposition import Decomposition
    from capacity.engines.decompose.stage_risk import Risk
    from capacity.engines.settling import Settled

LOG = logging.getLogger("capacity")

PAYS_FROM = 30_000
"""Columns of the whole model from which taking scenarios apart is the faster way."""


def columns_of(problem: Problem) -> int:
    """About how many columns the whole model has."""
    return Question(problem=problem, goal=TRAVEL).columns


def why_not_apart(problem: Problem) -> str | None:
    """Why the scenarios cannot be taken apart; None when they can."""
    if one_assignment(problem):
        return "one assignment serves every scenario, so the model does not grow with them"
    for rule in rules_on(problem):
        if not (rule.in_rows(problem) and rule.stagewise):
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
    clock: Clock | None = None,
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
    clock : Clock, optional
        In place of the limit.

    Returns
    -------
    Apart
        ``optimal`` when proven, with the first plan in the order of plans where ``ties_compared``.
    """
    from capacity.engines.decompose.decomposition import Decomposition
    from capacity.engines.decompose.stage_risk import at_risk
    from capacity.engines.decompose.stages import split

    clock = clock or Clock(time_limit)
    try:
        stages = split(problem, objective, clock)
        if risk is not None:
            stages = at_risk(stages, risk, problem.probability > 0)
        size = 1.0 if risk is None or risk.best is None else float(np.abs(risk.best).max(initial=1.0))
        return _run(Decomposition(problem, target or objective, clock, stages, size))
    except OutOfTimeError:
        return Apart(
            outcome="unknown", best=None, bound=-np.inf, interrupted=False, ties_compared=False, cuts=0, evaluated=0
        )


def best_in_each(
    problem: Problem, objective: Objective, time_limit: float | None = None, *, clock: Clock | None = None
) -> tuple[Floats, Floats, bool]:
    """Each scenario's own best among the plans that keep the rules.

    Returns
    -------
    value, bound : ndarray (S,)
        Infinite values where none was found; no plan has less than the bound.
    interrupted : bool
    """
    from capacity.engines.decompose.decomposition import Decomposition
    from capacity.engines.decompose.stage_risk import in_one
    from capacity.engines.decompose.stages import split

    clock, count = clock or Clock(time_limit), len(problem.scenarios.ids)
    value, bound = np.full(count, np.inf), np.full(count, -np.inf)
    try:
        stages = split(problem, objective, clock)
    except OutOfTimeError:
        return value, bound, False
    for s in range(count):
        clock.tell("Each scenario's own best is looked for", done=s, count=count)
        if clock.over:
            break
        state = Decomposition(problem, _alone(objective, s), clock, in_one(stages, s))
        bests = _run(state, ties=False)
        if bests.outcome == "infeasible":
            return value, value, False
        if bests.best is not None:
            value[s] = bests.best.rank.objective
        bound[s] = value[s] if bests.outcome == "optimal" else bests.bound
        if bests.interrupted:
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
        outcome=outcome,
        best=state.best,
        bound=bound,
        interrupted=state.interrupted,
        ties_compared=state.ties_compared,
        cuts=state.master.rows,
        evaluated=state.evaluated,
    )


class _Decompose:
    """The engine: the scenarios are taken apart."""

    name = "decompose"
    refused = "scenarios can be taken apart only where nothing holds them together"
    remedy = "Use fewer scenarios (sampling, named ones), turn rules.nearest on, or change that rule."

    def why_not(self, question: Question) -> str | None:
        if question.outside is not None:
            return question.outside
        if question.shared:
            return why_not_apart(question.problem)
        if not question.goal.one_stage and _alike(question) is None:
            return f"the objective {question.goal.name} is not planned scenario by scenario"
        return no_rows(question)

    def expected_seconds(self, question: Question) -> float:
        # As long as the model at `PAYS_FROM` columns, and growing more slowly.
        return SECONDS * float(np.sqrt(PAYS_FROM * question.columns))

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        return f"the whole model has {question.columns:,} columns"

    def bests(self, question: Question) -> Bests:
        problem, goal = question.problem, question.goal
        refuse_rows(goal)
        alike, less = _alike(question) or (goal, np.zeros(question.scenarios))
        value, bound, interrupted = best_in_each(problem, alike, clock=question.clock)
        bound = np.maximum(bound + less, least_by_scenario(problem, goal))
        return Bests(value=value + less, bound=bound, interrupted=interrupted)

    def solve(self, question: Question) -> Found:
        problem, goal, risk = question.problem, question.goal, None
        if (alike := _alike(question)) is not None and question.risk == "expected":
            found = self.solve(replace(question, goal=alike[0]))
            return replace(found, bound=found.bound + float(alike[1] @ problem.probability))
        if not allowed_sites(problem).any():
            # Nothing to choose first: the whole model has no column, and says what that means.
            return MIP.solve(question)
        if question.risk != "expected":
            goal, risk = _at_risk(question, alike)
        try:
            searched = solve_apart(problem, goal, risk=risk, target=question.target, clock=question.clock)
        except SolverError as failed:
            if question.columns > PAYS_FROM:
                raise
            # A solver that is lost in one scenario's rows need not be in the whole model's.
            LOG.warning("The scenarios could not be taken apart (%s): the whole model is solved.", failed)
            return MIP.solve(question)
        best, closed = searched.best, searched.outcome == "optimal"
        if best is None:
            outcome = searched.outcome if searched.outcome == "infeasible" else "unknown"
            return Found(outcome=outcome, interrupted=searched.interrupted)
        compared, interrupted = searched.ties_compared, searched.interrupted
        if closed and not interrupted and question.columns <= PAYS_FROM:
            try:
                best, compared = _settled(question, best, compared)
            except KeyboardInterrupt:
                compared, interrupted = False, True
        plan = SplitPlan(problem, best.open, best.beds, best.shares)
        broken = [
            r.name for r in rules_on(problem) if r.price(problem) is None and r.excess(problem, plan).broken.any()
        ]
        if bent := [rule.name for rule in rules_on(problem) if rule.name in broken and not rule.in_rows(problem)]:
            said = f"What {some(bent)} asks on average of admitted stays is more than the scenarios say one by one"
            return Found(outcome="unknown", instead=said)
        if broken:
            said = f"Rounding makes the best plan break {some(broken)}; whether another keeps it is not known."
            remedy = "Loosen that rule a little, or use fewer scenarios, so that the whole model can be solved."
            return Found(outcome="unknown", instead=said, certificate=f"{said} {remedy}")
        return Found(
            outcome="optimal" if closed else "feasible",
            opened=best.open,
            beds=best.beds,
            shares=best.shares,
            bound=paid_for(best.rank.objective, searched.bound),
            interrupted=interrupted,
            certificate=(
                f"Benders' decomposition proved that no plan {question.better}; {searched.evaluated:,} "
                f"choices of units were evaluated in {question.scenarios:,} scenarios."
                if closed
                else "Benders' decomposition was cut short; the bound is proven."
            ),
            record={"solver": "HiGHS", "rows": searched.cuts, "interrupted": interrupted, "ties_compared": compared},
        )


def _at_risk(question: Question, alike: tuple[Objective, Floats] | None) -> tuple[Objective, Risk]:
    """The objective whose values in the scenarios are compared, and from what each is measured."""
    from capacity.engines.decompose.stage_risk import Risk

    refuse_rows(question.goal)
    goal, own = question.goal, question.best
    if alike is not None:
        # What the other objective lacks in a scenario is added to what its value is measured from.
        goal, own = alike[0], (0.0 if own is None else own) - alike[1]
    return goal, Risk(name=question.risk, level=question.level, best=own)


def _alike(question: Question) -> tuple[Objective, Floats] | None:
    """An objective in stages that orders plans alike, and what its value lacks in each scenario, (S,).

    None where the objective itself is in stages, or there is no such other.
    """
    problem, alike = question.problem, question.goal.alike
    if question.goal.one_stage or alike is None or (same := alike(problem)) is None:
        return None
    less = np.zeros(question.scenarios)
    for s, certain in enumerate(np.eye(question.scenarios)):
        alone = alike(problem.replace(scenarios=problem.scenarios.replace(probability=certain)))
        less[s] = 0.0 if alone is None else alone[1]
    return same[0], less


def _settled(question: Question, best: Settled, compared: bool) -> tuple[Settled, bool]:
    """The first of the sets as good as the best, to the last digit, as every engine gives it; `best` at the limit.

    Scenario by scenario, values and sizes are known up to a solver's tolerance only, which may decide a tie.
    """
    from capacity.engines.linear.model import build
    from capacity.engines.settling import settle
    from capacity.engines.ties import first_of_ties

    clock = question.clock
    try:
        model = build(question.problem, question.target, clock=clock, cuts=True)
    except OutOfTimeError:
        return best, compared
    settled = settle(model, best.open, clock=clock)
    value = best.rank.objective
    if settled is None or settled.rank.objective > value + AGREE * max(1.0, abs(value)):
        return best, compared
    return first_of_ties(model, settled, clock)


DECOMPOSE = _Decompose()
