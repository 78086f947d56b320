"""The laws of an engine, and a suite that tries them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from capacity.engines.choose import engine_named
from capacity.engines.clock import Progress, Stop, Tell
from capacity.engines.linear.model import build
from capacity.engines.question import Engine, Question
from capacity.engines.solve import solve
from capacity.errors import DataError, Finding, InfeasibleError, InterruptedSolveError, NoPlanError, SolverError
from capacity.plan.plan import Plan
from capacity.problem.policy import Policy
from capacity.problem.problem import Problem
from capacity.rules.objectives import OBJECTIVES, Objective, objective_named
from capacity.testing.broken import BrokenLawError
from capacity.testing.trial import Checked, Truth, by_brute_force, shrunk, small_problem
from capacity.tolerances import AGREE

SECOND = 1.0
"""Within so many seconds an engine ends when it is told to."""

REFUSES = "it answers what it says it can, and says so of some problem"

MOST_REFUSED = 100
"""Problems drawn at most for each that an engine answers."""

SLOW = 3.0
"""How many times longer is forgiven on a machine that has other work."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of one solve.

    Attributes
    ----------
    plan : Plan or None
    error : Exception or None
        In place of a plan.
    seconds : float
    said : tuple of Progress
    """

    plan: Plan | None
    error: Exception | None
    seconds: float
    said: tuple[Progress, ...]


def ask(
    engine: Engine,
    problem: Problem,
    objective: Objective,
    *,
    limit: float | None = None,
    answer: Callable[[Progress], Any] | None = None,
) -> Answer:
    """One solve, whatever comes of it."""
    heard: list[Progress] = []

    def tell(progress: Progress) -> Any:
        heard.append(progress)
        return None if answer is None else answer(progress)

    started = time.monotonic()
    plan: Plan | None = None
    error: Exception | None = None
    try:
        plan = solve(problem, objective, limit, engine, tell=tell)
    except (DataError, InfeasibleError, SolverError) as fault:
        error = fault
    except KeyboardInterrupt:
        error = RuntimeError("KeyboardInterrupt came through")
    return Answer(plan=plan, error=error, seconds=time.monotonic() - started, said=tuple(heard))


def check_engine(
    engine: Engine | str, *, count: int = 20, seed: int = 0, objectives: Sequence[str | Objective] | None = None
) -> Checked:
    """Try an engine on small random problems against brute force, and tell which law it breaks.

    Laws: it answers what it says it can, keeps the rules, agrees with brute force, chooses among equals by the
    order of plans, gives no bound above the truth, says the same again, tells honestly how far it is, and ends
    within a second at its limit, after `Stop` and after Ctrl+C.

    Parameters
    ----------
    engine : Engine, or the name of one of the library's
    count : int
        Problems it answers.
    seed : int
        Of the first problem; the others follow.
    objectives : sequence, optional
        Names or objects, taken in turn; by default the library's.

    Returns
    -------
    Checked

    Raises
    ------
    BrokenLawError
        At the first law that is broken, with the smallest problem found that breaks it, and how to repeat it.
    DataError
        Where it is no engine.

    Notes
    -----
    To repeat a failure of an engine of your own, give the object in the place of its name.
    """
    under_trial = engine_named(engine)
    if under_trial is None:
        raise DataError(
            [
                Finding(
                    table="check_engine",
                    column="engine",
                    value=str(engine),
                    rule="one engine is tried at a time",
                    remedy="Name one, or give an engine object.",
                )
            ]
        )
    goals = [objective_named(o) for o in (OBJECTIVES if objectives is None else objectives)]
    trials = [Trial(under_trial, goal) for goal in goals]
    tried = answered = 0
    while answered < count and tried < MOST_REFUSED * count:
        k = seed + tried
        problem, trial = small_problem(k), trials[tried % len(trials)]
        again = f"check_engine({under_trial.name!r}, seed={k}, count=1, objectives=[{trial.goal.name!r}])"
        tried += 1
        able = trial.can(problem)
        answered += able
        for law, holds in (LAWS if able else {REFUSES: _says_what_it_can}).items():
            if holds(trial, problem) is not None:
                smallest, said = shrunk(problem, partial(holds, trial))
                raise BrokenLawError(f"The engine {under_trial.name}", law, said, smallest, k, again)
    again = f"check_engine({under_trial.name!r}, seed={seed}, count={count})"
    if count and not answered:
        problem = small_problem(seed)
        said = f"Of {tried} none: {under_trial.why_not(trials[0].question(problem))}"
        raise BrokenLawError(f"The engine {under_trial.name}", REFUSES, said, problem, seed, again)
    large = larger_problem()
    for law, holds in LAWS_OF_LARGE.items() if trials[0].can(large) else ():
        if (found := holds(trials[0], large)) is not None:
            raise BrokenLawError(f"The engine {under_trial.name}", law, found, large, seed, again)
    return Checked(problems=tried, answered=answered)


def larger_problem() -> Problem:
    """A problem that takes every engine a while; most of them much longer than a second."""
    from capacity.reading.synthetic import country

    return country(60, 14, regions=3, seed=5).problem(policy=Policy(units=[3, 6], volume=3.0))


class Trial:
    """An engine and an objective, and what came of the problems they were asked."""

    def __init__(self, engine: Engine, goal: Objective) -> None:
        self.engine, self.goal = engine, goal
        self._known: tuple[Problem, Answer | None] | None = None

    def question(self, problem: Problem) -> Question:
        """The question as `solve` would ask it."""
        return Question(problem=problem, goal=self.goal)

    def can(self, problem: Problem) -> bool:
        """Whether the engine says that it can answer."""
        return self.engine.why_not(self.question(problem)) is None

    def fresh(self, problem: Problem) -> Answer | None:
        """Its answer; None where it says that it has none."""
        if not self.can(problem):
            return None
        found = ask(self.engine, problem, self.goal)
        # A refusal of the data itself, or of an objective that no columns hold here, is none of the engine's.
        refused = isinstance(found.error, DataError) and (
            not known_by_brute_force(problem, self.goal) or _no_columns(problem, self.goal)
        )
        return None if refused else found

    def solved(self, problem: Problem) -> Answer | None:
        """The same, remembered."""
        if self._known is None or self._known[0] is not problem:
            self._known = problem, self.fresh(problem)
        return self._known[1]

    def knows(self, problem: Problem) -> bool:
        """Whether brute force can judge the answer."""
        return known_by_brute_force(problem, self.goal)

    def truth(self, problem: Problem) -> Truth | None:
        """By brute force."""
        return by_brute_force(problem, self.goal)


def known_by_brute_force(problem: Problem, goal: Objective) -> bool:
    """Whether brute force can say which plan is first; it cannot of rules that neither arrays nor rows hold."""
    try:
        by_brute_force(problem, goal)
    except DataError:
        return False
    return True


def _no_columns(problem: Problem, goal: Objective) -> bool:
    try:
        build(problem, goal, cuts=True)
    except DataError:
        return True
    return False


def _room(value: float) -> float:
    return AGREE * max(1.0, abs(value))


# --- the laws: each says what is wrong, or None ------------------------------------------------


def _says_what_it_can(trial: Trial, problem: Problem) -> str | None:
    said = trial.engine.why_not(trial.question(problem))
    if not (said is None or (isinstance(said, str) and said)):
        return f"`why_not` said {said!r}: a sentence, or None where it can."
    if said != trial.engine.why_not(trial.question(problem)):
        return "`why_not` said something else of the same problem the second time."
    cost = trial.engine.expected_seconds(trial.question(problem)) if said is None else 0.0
    if not (isinstance(cost, (int, float)) and np.isfinite(cost) and cost >= 0):
        return f"`expected_seconds` said {cost!r}: seconds, not negative."
    found = trial.solved(problem)
    if found is not None and isinstance(found.error, DataError):
        return f"It said that it can answer, and then: {found.error}"
    return None


def _keeps_the_rules(trial: Trial, problem: Problem) -> str | None:
    found = trial.solved(problem)
    if found is None or not isinstance(found.error, SolverError) or isinstance(found.error, NoPlanError):
        return None
    return str(found.error)


def _agrees(trial: Trial, problem: Problem) -> str | None:
    answer = trial.solved(problem)
    if answer is None or not (answer.plan is not None or isinstance(answer.error, InfeasibleError)):
        return None
    if not trial.knows(problem):
        return None
    truth = trial.truth(problem)
    if answer.plan is None:
        return None if truth is None else f"It found no plan; {truth.rank} is one."
    if truth is None:
        return f"It found {answer.plan}; no set of sites keeps the rules."
    if answer.plan.status != "optimal":
        return None
    wrong = abs(answer.plan.loss - truth.value)
    return f"It proved {answer.plan.loss!r}; the best is {truth.rank}." if wrong > _room(truth.value) else None


def _answers(trial: Trial, problem: Problem) -> str | None:
    found = trial.solved(problem)
    if found is None or not isinstance(found.error, NoPlanError):
        return None
    if not trial.knows(problem) or trial.truth(problem) is None:
        return None
    # It may say that the proof is beyond it, as the exact engine does of rules it cannot see.
    return None if "proven" in str(found.error) else f"Without a limit: {found.error}"


def _orders_equals(trial: Trial, problem: Problem) -> str | None:
    answer = trial.solved(problem)
    if answer is None or answer.plan is None or answer.plan.status != "optimal" or not trial.knows(problem):
        return None
    truth = trial.truth(problem)
    if truth is None or (answer.plan.beds, answer.plan.site_ids) == (truth.rank.beds, truth.rank.site_ids):
        return None
    return f"It gave {answer.plan.site_ids} with {answer.plan.beds} beds; first among equals is {truth.rank}."


def _bound_holds(trial: Trial, problem: Problem) -> str | None:
    if not trial.can(problem) or not trial.knows(problem):
        return None
    truth = None
    for found in (trial.solved(problem), ask(trial.engine, problem, trial.goal, answer=lambda _: Stop)):
        if found is None or found.plan is None:
            continue
        truth = truth or trial.truth(problem)
        bound = trial.goal.sign * found.plan.bound
        if truth is not None and bound > truth.value + _room(truth.value):
            return f"It proved that no plan has less than {bound!r}; {truth.rank} has."
    return None


def _says_it_again(trial: Trial, problem: Problem) -> str | None:
    found, again = trial.solved(problem), trial.fresh(problem)
    if found is None or again is None or found.plan is None or again.plan is None:
        return None
    one, other = (dict(a.plan.unit_table) for a in (found, again) if a.plan is not None)
    return None if one == other else f"{found.plan}, and the second time {again.plan}."


def _tells_honestly(trial: Trial, problem: Problem) -> str | None:
    answer = trial.solved(problem)
    if answer is None or answer.plan is None:
        return None
    for one in answer.said:
        if one.share is not None and not 0 <= one.share <= 1:
            return f"It told a share of {one.share!r}."
        low = one.bound if one.bound is not None else -np.inf
        if answer.plan.status == "optimal" and low > answer.plan.loss + _room(answer.plan.loss):
            return f"On the way it told a bound of {low!r}; the best plan has {answer.plan.loss!r}."
    return None


def _ends(trial: Trial, problem: Problem, *, how: str, answer: Tell | None) -> str | None:
    limit = 0.3 if how == "at its limit" else None
    ended = ask(trial.engine, problem, trial.goal, limit=limit, answer=answer)
    if ended.seconds > SLOW * SECOND + (limit or 0.0):
        return f"It ended {ended.seconds:.1f} seconds later {how}."
    if ended.error is not None and not isinstance(ended.error, (NoPlanError, InfeasibleError)):
        return f"{how.capitalize()}: {type(ended.error).__name__}: {ended.error}"
    other = isinstance(ended.error, NoPlanError) and not isinstance(ended.error, InterruptedSolveError)
    return f"After Ctrl+C it said: {ended.error}" if how == "after Ctrl+C" and other else None


def _interrupt(progress: Progress) -> None:
    """Ctrl+C, in the middle of what Python does."""
    if progress.share != 1.0:
        raise KeyboardInterrupt


LAWS: dict[str, Callable[[Trial, Problem], str | None]] = {
    REFUSES: _says_what_it_can,
    "it keeps the rules": _keeps_the_rules,
    "it has an answer where there is one": _answers,
    "it agrees with brute force": _agrees,
    "it chooses among equals by the order of plans": _orders_equals,
    "no bound is above the truth": _bound_holds,
    "the same question has the same answer": _says_it_again,
    "it tells honestly how far it is": _tells_honestly,
}

LAWS_OF_LARGE: dict[str, Callable[[Trial, Problem], str | None]] = {
    "it ends at its limit": partial(_ends, how="at its limit", answer=None),
    "it ends within a second after Stop": partial(_ends, how="after Stop", answer=lambda _: Stop),
    "it ends within a second after Ctrl+C": partial(_ends, how="after Ctrl+C", answer=_interrupt),
}
