"""The studies a report tells of: worked out here where that is cheap, and what was left out and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from capacity.engines.enumerate import space_of, why_not
from capacity.errors import CapacityError
from capacity.plan.plan import Plan
from capacity.problem.named import NamedScenario
from capacity.problem.problem import Problem
from capacity.studies.ladder import HIGH
from capacity.studies.levels import has_closed_form

if TYPE_CHECKING:
    from capacity.rules.objectives import Objective
    from capacity.studies.alternatives import Alternatives
    from capacity.studies.influence import Influence
    from capacity.studies.ladder import Ladder
    from capacity.studies.robustness import Robustness
    from capacity.studies.simulation import Stress
    from capacity.studies.standing import Standing
    from capacity.studies.why_not import Absent

ALTERNATIVES = 6
"""The plan itself and the next best."""

FEW_SETS = 20_000
"""Sets of sites up to which studies of many solves are cheap."""

MANY_SETS = 300_000
"""Sets of sites up to which studies of one valuation are cheap."""

SOLVE_SECONDS = 2.0
"""Seconds that one solve with an assumption changed may take."""

STRESS_YEARS = 400
STRESS_SEED = 0
MOST_WOMEN = 500.0
"""Women a year up to which the years above are simulated in less than a second."""

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A study that is not in the report: its phrase, and the phrase that says why, with its values."""

    study: str
    why: str
    values: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Studies:
    """What was studied around a plan; None where it was left out.

    Attributes
    ----------
    influence : Influence or None
        What each assumption does to the plan.
    scenarios : tuple of NamedScenario
    standing : Standing or None
        In how many scenarios the plan is right, where the robustness was not asked for.
    absent : tuple of Absent
        Listed ambulatories and regions without a unit.
    left_out : tuple of LeftOut
    """

    alternatives: Alternatives | None = None
    ladder: Ladder | None = None
    influence: Influence | None = None
    robustness: Robustness | None = None
    standing: Standing | None = None
    stress: Stress | None = None
    scenarios: tuple[NamedScenario, ...] = ()
    absent: tuple[Absent, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def _given(
    named: tuple[NamedScenario, ...], robustness: Robustness | None, stress: Stress | None, influence: Influence | None
) -> Studies:
    """What is given, and nothing worked out."""
    names = [n for n, r in (("robustness", robustness), ("stress", stress)) if r is None]
    out = [LeftOut(study=n, why="left-out-asked", values={}) for n in ("alternatives", "ladder", *names)]
    return Studies(
        robustness=robustness,
        standing=None if robustness is None else robustness.standing,
        stress=stress,
        influence=influence,
        scenarios=named,
        left_out=tuple(out),
    )


def studies_of(
    plan: Plan,
    *,
    scenarios: Sequence[NamedScenario] | None = None,
    robustness: Robustness | None = None,
    stress: Stress | None = None,
    influence: Influence | None = None,
    work: bool = True,
    simulate: bool = True,
    others: bool = True,
    whole: bool = True,
) -> Studies:
    """Work out what is cheap around a plan; results that are given are taken as they are.

    Parameters
    ----------
    scenarios : sequence of NamedScenario, optional
        By default those of the plan's problem.
    work : bool
        Whether to work anything out.
    simulate : bool
        Whether to simulate years.
    others : bool
        Whether to work out alternatives and the ladder.
    whole : bool
        Whether to tell how plans stand in each scenario, not only in how many this one is right.
    """
    problem, named = plan.problem, tuple(plan.problem.named if scenarios is None else scenarios)
    if not work:
<<<<<<< HEAD
        return _given(named, robustness, stress, influence)
=======
        return _given(robustness, stress, influence, named)
>>>>>>> wt/light
    left: list[LeftOut] = []

    def tried(study: str, most: float, run: Callable[[], Result]) -> Result | None:
        """The study's result; None, with the reason noted, where it is dear or not possible."""
        reason, values = "", {}
        if why_not(problem) is not None:
            reason = "left-out-split"
        elif (sets := space_of(problem).sets) > most:
            reason, values = "left-out-sets", {"sets": float(sets)}
        else:
            try:
                return run()
            except CapacityError:
                reason = "left-out-error"
        left.append(LeftOut(study=study, why=reason, values=values))
        return None

    goal, standing = plan.goal, None
    if influence is None and "risk_value" not in plan.record:
        influence = tried("matters", FEW_SETS, lambda: _influence(problem, goal))
    if robustness is None and not named:
        left.append(LeftOut(study="robustness", why="left-out-scenarios", values={}))
    elif robustness is None and not whole:
        standing = tried("robustness", FEW_SETS, lambda: _standing(plan, named))
    elif robustness is None:
        robustness = tried("robustness", FEW_SETS, lambda: _robustness(plan, named, influence))
    if stress is None and simulate and problem.scenarios.women_per_year > MOST_WOMEN:
        many = {"women": problem.scenarios.women_per_year}
        left.append(LeftOut(study="stress", why="left-out-long", values=many))
    elif stress is None and simulate:
        stress = _stress(plan, left)
    closed = others and has_closed_form(problem, goal, HIGH)
    if others and not closed:
        left.append(LeftOut(study="ladder", why="left-out-levels", values={}))
    return Studies(
        alternatives=tried("alternatives", MANY_SETS, lambda: _alternatives(problem, goal)) if others else None,
        ladder=tried("ladder", MANY_SETS, lambda: _ladder(problem, goal)) if closed else None,
        influence=influence,
        robustness=robustness,
        standing=standing if robustness is None else robustness.standing,
        stress=stress,
        scenarios=named,
        absent=(tried("absent", FEW_SETS, lambda: _absent(plan)) or ()) if plan.status == "optimal" else (),
        left_out=tuple(left),
    )


def _given(
    robustness: Robustness | None, stress: Stress | None, influence: Influence | None, named: tuple[NamedScenario, ...]
) -> Studies:
    """What was given, and nothing else."""
    names = [n for n, r in (("robustness", robustness), ("stress", stress)) if r is None]
    out = [LeftOut(study=n, why="left-out-asked", values={}) for n in ("alternatives", "ladder", *names)]
    return Studies(
        robustness=robustness,
        standing=None if robustness is None else robustness.standing,
        stress=stress,
        influence=influence,
        scenarios=named,
        left_out=tuple(out),
    )


def _absent(plan: Plan) -> tuple[Absent, ...]:
    from capacity.studies.why_not import absent_places

    # Under a risk the plan is not the best of the expected objective: what a unit costs has another measure.
    return () if "risk_value" in plan.record else absent_places(plan)


def _alternatives(problem: Problem, goal: Objective) -> Alternatives:
    from capacity.studies.alternatives import alternatives

    return alternatives(problem, ALTERNATIVES, objective=goal)


def _ladder(problem: Problem, goal: Objective) -> Ladder:
    from capacity.studies.ladder import ladder

    return ladder(problem, objective=goal)


def _influence(problem: Problem, goal: Objective) -> Influence:
    from capacity.studies.influence import influence

    # Two settings at once are told by the command: a page says what each one does.
    return influence(problem, objective=goal, strongest=0, time_limit=SOLVE_SECONDS)


def _robustness(plan: Plan, named: Sequence[NamedScenario], known: Influence | None) -> Robustness:
    from capacity.studies.robustness import robustness

    return robustness(plan.problem, [plan], scenarios=named, objective=plan.goal, influence=known)


def _standing(plan: Plan, named: Sequence[NamedScenario]) -> Standing:
    from capacity.studies.standing import standing_of

    return standing_of(plan, named, plan.goal)


def _stress(plan: Plan, left: list[LeftOut]) -> Stress | None:
    from capacity.studies.simulation import stress

    try:
        return stress(plan, years=STRESS_YEARS, seed=STRESS_SEED)
    except CapacityError:
        left.append(LeftOut(study="stress", why="left-out-error", values={}))
        return None
