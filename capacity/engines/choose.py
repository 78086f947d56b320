"""Which engines answer a question, in which order, and why: the one list of engines there is.

An engine is loaded when it is looked at: where sets are so few that valuing them all takes no time, no other is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Literal, get_args

from capacity.engines.clock import Clock
from capacity.engines.enumerate import ENUMERATE
from capacity.engines.question import Bests, Engine, Found, OwnEngine, Question
from capacity.errors import DataError, Finding, InfeasibleError, InterruptedSolveError, NoPlanError, SolverError, some
from capacity.rules import SplitPlan, paid_in
from capacity.rules.objectives import Objective

EngineName = Literal["auto", "enumerate", "exact", "tree", "cover", "rank", "mip", "decompose"]


ENGINES: tuple[str, ...] = get_args(EngineName)

_WHERE = (
    "capacity.engines.enumerate:ENUMERATE",
    "capacity.engines.p_median:EXACT",
    "capacity.engines.tree.engine:TREE",
    "capacity.engines.cover.engine:COVER",
    "capacity.engines.rank.ranked:RANK",
    "capacity.engines.mip:MIP",
    "capacity.engines.decompose.decomposing:DECOMPOSE",
)
"""Where each engine stands, in the order of their names (without ``auto``)."""


class _Engines(Mapping[str, OwnEngine]):
    """Engines by name, each loaded when it is asked for."""

    _where: Mapping[str, str] = dict(zip(ENGINES[1:], _WHERE, strict=True))

    def __getitem__(self, name: str) -> OwnEngine:
        module, engine = self._where[name].split(":")
        found: OwnEngine = getattr(import_module(module), engine)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, name: object) -> bool:
        return name in self._where


REGISTRY: Mapping[str, OwnEngine] = _Engines()
"""Every engine of the library. Of two that are as quick ``auto`` takes the first."""

AT_ONCE = 0.25
"""Seconds up to which valuing every set of sites is the quickest, whatever others there are: none is looked at."""

SMALL = 300
"""Columns of families' ways up to which a model is soon solved, also where what it counts bends."""

CLOSE = 1e-4
"""Of the value: plans that differ by less where what they count bends are told apart in no time that anybody waits."""

BENEATH = "Sets of sites were ranked by what they cost at least, however many are turned away; the bound is proven."

LOG = logging.getLogger("capacity")


def engine_named(engine: str | Engine) -> Engine | None:
    """The engine of that name, or the one that is given; None for ``auto``.

    Raises
    ------
    DataError
        With the engines there are.
    """
    if isinstance(engine, str):
        if engine in REGISTRY:
            return REGISTRY[engine]
        if engine in ENGINES:
            return None
    elif not isinstance(engine, type) and isinstance(engine, Engine):
        return engine
    raise DataError(
        [
            Finding(
                table="solve",
                column="engine",
                value=str(engine),
                rule="the engine is one the library has",
                remedy=f"Choose from: {some(ENGINES)}.",
            )
        ]
    )


def refuse_unfit(engine: Engine, question: Question) -> None:
    """Raise `DataError` where an engine that was asked for says that it cannot answer."""
    reason = engine.why_not(question)
    if reason is None:
        return
    refused = getattr(engine, "refused", f"the engine {engine.name} cannot answer this")
    raise DataError(
        [
            Finding(
                table="solve",
                column="engine",
                value=engine.name,
                rule=f"{refused}: {reason}" if refused else reason,
                remedy=getattr(engine, "remedy", "Choose the engine auto."),
            )
        ]
    )


def in_turn(question: Question) -> list[tuple[OwnEngine, str]]:
    """The engines that can answer, the one expected to be quickest first, and why each is taken.

    Raises
    ------
    DataError
        Where none can.
    """
    refused: dict[str, str] = {}
    able: list[OwnEngine] = []
    for engine in REGISTRY.values():
        reason = engine.why_not(question)
        if reason is None:
            able.append(engine)
        else:
            refused[engine.name] = reason
    if not able:
        raise DataError(
            [
                Finding(
                    table="solve",
                    column="engine",
                    value="auto",
                    rule=f"some engine can answer: {reason}",
                    remedy=REGISTRY[name].remedy,
                )
                for name, reason in refused.items()
            ]
        )
    able.sort(key=lambda engine: engine.expected_seconds(question))
    turns: list[tuple[OwnEngine, str]] = []
    why = ""
    for engine in reversed(able):
        why = engine.why(question, refused, why)
        turns.insert(0, (engine, why))
    return turns


def _at_once(question: Question) -> list[tuple[OwnEngine, str]]:
    """Valuing every set, where that can answer and takes no time."""
    if ENUMERATE.why_not(question) is not None or ENUMERATE.expected_seconds(question) > AT_ONCE:
        return []
    return [(ENUMERATE, ENUMERATE.why(question, {}, ""))]


def turns_of(question: Question, engine: Engine | None) -> Iterator[tuple[Engine, str]]:
    """Engines to ask one after the other until one has an answer, and why."""
    if engine is None:
        first = _at_once(question)
        yield from first
        yield from (turn for turn in in_turn(question) if not first or turn[0] is not ENUMERATE)
        return
    refuse_unfit(engine, question)
    yield engine, "asked for"
    # An engine that finds out only while it works that a question is not for it leaves it to the model.
    if engine.name in REGISTRY and engine is not REGISTRY["mip"]:
        yield REGISTRY["mip"], ""


def answer(question: Question, engine: Engine | None) -> tuple[Found, Engine, str]:
    """Ask the engines in turn until one has a plan, or a proof that there is none.

    Returns
    -------
    (Found, Engine, str)
        Of the engine that answered, and why it was asked.

    Raises
    ------
    InfeasibleError
        No plan keeps the rules: proven.
    NoPlanError
        No engine found a plan within what was left of the clock.
    DataError
        No engine can answer.
    """
    refused: Exception | None = None
    said = ""
    spare: tuple[Found, Engine] | None = None
    for one, why in turns_of(question, engine):
        if said and question.clock.over:
            break
        why = said or why
        LOG.info("engine %s is asked: %s", one.name, why)
        try:
            if engine is None and not said and not getattr(one, "finds_plans", False):
                spare = _first_plan(question)
            begun = spare is not None and _without_end(question)
            if spare is not None and (spare[0].interrupted or (begun and _close(question, spare[0]))):
                return *spare, why
            answered = one.solve(question.with_plan() if begun else question)
        except (DataError, SolverError) as fault:
            if engine is not None or isinstance(fault, InterruptedSolveError):
                raise
            refused, said = refused or fault, f"{one.name} ended without a plan: {fault}"
            LOG.info("engine %s: %s", one.name, fault)
            continue
        except KeyboardInterrupt:
            answered = Found(outcome="unknown", interrupted=True)
        if answered.outcome == "infeasible":
            raise InfeasibleError(question.problem, question.problem.policy.on)
        if answered.opened is not None and answered.instead and engine is None:
            spare, said = (answered, one), answered.instead
            LOG.info("engine %s leaves it at a plan: %s", one.name, said)
            continue
        if answered.opened is not None:
            return *_better(question, (answered, one), spare), why
        if answered.interrupted:
            break
        if engine is not None and (answered.certificate or not answered.instead):
            refused = NoPlanError(answered.certificate) if answered.certificate else None
            break
        said = answered.instead or f"{one.name} ended without a plan"
        LOG.info("engine %s has no plan: %s", one.name, said)
    else:
        answered = Found(outcome="unknown")
    if refused is not None and not answered.interrupted:
        raise refused
    if spare is not None:
        return replace(spare[0], interrupted=answered.interrupted), spare[1], said or why
    raise none_found(question, interrupted=answered.interrupted)


def _first_plan(question: Question) -> tuple[Found, Engine] | None:
    """Some plan to fall back on, and the engine that found it."""
    from capacity.engines.tree.engine import TREE, first_plan

    goal, problem = question.goal, question.problem
    if question.risk == "expected" and goal.beneath is not None and goal.bends(problem):
        below = goal.beneath(problem)
        if below is not None:
            return _best_beneath(question, below)
    first = first_plan(question)
    return None if first is None else (first, TREE)


def _best_beneath(question: Question, goal: Objective) -> tuple[Found, Engine] | None:
    """The best plan of an objective that is never above the one asked for, with the bound that this is."""
    limit, tell = question.clock.left, question.clock.part("Sets of sites are bounded and worked out", 0, 2)
    asked = replace(question, goal=goal, clock=Clock(None if limit is None else limit / 2, tell), alone=True)
    engine, _ = in_turn(asked)[0]
    found = engine.solve(asked)
    if asked.clock.stopped:
        question.clock.stop()
    if found.opened is None:
        return None
    record = {**found.record, "ties_compared": False}
    return replace(found, outcome="feasible", certificate=BENEATH, record=record), engine


def _without_end(question: Question) -> bool:
    """Whether what is counted bends, the model is large, and nobody said how long to search."""
    return question.limit is None and question.columns > SMALL and question.goal.bends(question.problem)


def _close(question: Question, found: Found) -> bool:
    """Whether a plan's bound is so close that no search is worth it."""
    value = _value(question, found)
    return value - found.bound <= CLOSE * question.size(value)


def _better(question: Question, one: tuple[Found, Engine], other: tuple[Found, Engine] | None) -> tuple[Found, Engine]:
    """Of two plans the better, with what either engine has proven; the first where it is proven best."""
    if other is None or one[0].outcome == "optimal":
        return one
    found, engine = min(one, other, key=lambda each: _value(question, each[0]))
    return replace(found, bound=max(one[0].bound, other[0].bound), interrupted=one[0].interrupted), engine


def _value(question: Question, found: Found) -> float:
    """What is minimised, of a plan."""
    assert found.opened is not None and found.beds is not None and found.shares is not None
    plan = SplitPlan(question.problem, found.opened, found.beds, found.shares)
    common, own = (part[0] for part in paid_in(question.problem, plan))
    value = question.target.expected(question.problem, plan)[0] + common + own @ question.problem.probability
    return float(value)


def none_found(question: Question, *, interrupted: bool) -> NoPlanError:
    """What is said where no plan is known."""
    if interrupted:
        return InterruptedSolveError("The run was interrupted before any plan was found.")
    if question.clock.stopped:
        return NoPlanError("The run was stopped before any plan was found; whether there is one is not known.")
    limit = "" if question.limit is None else f" of {max(round(question.limit, 2), 0.01):g} seconds"
    return NoPlanError(f"No plan was found within the limit{limit}; whether there is one is not known.")


def bests_of(question: Question, engine: Engine | None) -> Bests:
    """Each scenario's own best, by the engine that will be asked first."""
    first = next(turns_of(question, engine))[0]
    own = getattr(first, "bests", None)
    if own is None:
        from capacity.engines.mip import bests_by_model

        return bests_by_model(question.problem, question.goal, clock=question.clock)
    found: Bests = own(question)
    return found
