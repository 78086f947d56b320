"""Which engines answer a question, in which order, and why: the one list of engines there is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, get_args

from capacity.engines.cover import COVER
from capacity.engines.decompose.decomposing import DECOMPOSE
from capacity.engines.enumerate import ENUMERATE
from capacity.engines.mip import MIP, bests_by_model
from capacity.engines.p_median import EXACT
from capacity.engines.question import Bests, Engine, Found, OwnEngine, Question
from capacity.engines.rank.ranked import RANK
from capacity.engines.tree.engine import TREE, first_plan
from capacity.errors import DataError, Finding, InfeasibleError, InterruptedSolveError, NoPlanError, SolverError, some
from capacity.rules import SplitPlan, paid_in

EngineName = Literal["auto", "enumerate", "exact", "tree", "cover", "rank", "mip", "decompose"]

REGISTRY: dict[str, OwnEngine] = {e.name: e for e in (ENUMERATE, EXACT, TREE, COVER, RANK, MIP, DECOMPOSE)}
"""Every engine of the library. Of two that are as quick ``auto`` takes the first."""

ENGINES: tuple[str, ...] = get_args(EngineName)

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


def turns_of(question: Question, engine: Engine | None) -> Iterator[tuple[Engine, str]]:
    """Engines to ask one after the other until one has an answer, and why."""
    if engine is None:
        yield from in_turn(question)
        return
    refuse_unfit(engine, question)
    yield engine, "asked for"
    # An engine that finds out only while it works that a question is not for it leaves it to the model.
    if engine is not MIP and engine.name in REGISTRY:
        yield MIP, ""


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
            if engine is None and not said and one not in (ENUMERATE, EXACT, TREE, COVER):
                first = first_plan(question)
                spare = None if first is None else (first, TREE)
            answered = one.solve(question)
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
        return bests_by_model(question.problem, question.goal, clock=question.clock)
    found: Bests = own(question)
    return found
