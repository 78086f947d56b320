"""What an engine is asked, worked out once and handed on; what it answers; and what an engine is."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.risk import SAID, RiskName, at_risk, least_by_scenario
from capacity.errors import DataError, Finding, SolverError
from capacity.problem.problem import Problem
from capacity.rules import (
    RULES,
    Shares,
    allowed_pairs,
    allowed_sites,
    beds_decide,
    firm_rules,
    one_assignment,
    rules_on,
)
from capacity.rules.bounds import most_units
from capacity.rules.objectives import Objective
from capacity.tolerances import TIE

Outcome = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Space:
    """The sets of sites to value: all that hold `kept` and have `fewest` to `most` sites.

    Attributes
    ----------
    kept, free : tuple of int
        Site positions, in the order of their ids.
    fewest, most : int
        Number of sites in a set.
    """

    kept: tuple[int, ...]
    free: tuple[int, ...]
    fewest: int
    most: int

    @property
    def sets(self) -> int:
        """How many sets there are."""
        fixed = len(self.kept)
        sizes = range(max(self.fewest, fixed, 1), self.most + 1)
        return sum(math.comb(len(self.free), k - fixed) for k in sizes)


def space_of(problem: Problem) -> Space:
    """The sets of sites that firm rules leave to be valued."""
    return problem.once("space_of", lambda: _space_of(problem))


def _space_of(problem: Problem) -> Space:
    allowed = allowed_sites(problem)
    order = [int(j) for j in problem.site_order]
    must = np.zeros(len(order), dtype=bool)
    fewest, most = 1, len(order)
    for rule in firm_rules(problem):
        if (opened := rule.must_open(problem)) is not None:
            must |= opened
        if (between := rule.unit_range(problem)) is not None:
            fewest, most = max(fewest, between[0]), min(most, between[1])
    kept = tuple(j for j in order if must[j])
    free = tuple(j for j in order if allowed[j] and j not in kept)
    most = min(most, len(kept) + len(free))
    if not all(allowed[j] for j in kept):
        most = 0
    most = min(most, most_units(problem, allowed))
    return Space(kept=kept, free=free, fewest=fewest, most=most)


def why_not(problem: Problem) -> str | None:
    """Why a set of sites does not decide everything; None where it does."""
    rules = rules_on(problem)
    if not (any(rule.binds_to_nearest for rule in rules) and any(rule.serves_all for rule in rules)):
        return f"families are not bound to their nearest unit ({_BINDING})"
    for rule in rules:
        # What makes an enumerated plan is kept by it, whatever that costs.
        if (rule.serves_all or rule.binds_to_nearest or rule.sets_beds) and rule.price(problem) is not None:
            return f"{rule.name} has a price"
    if (asks := beds_decide(problem)) is not None:
        return f"{asks.name} may ask for more beds than the stays need"
    return None


def sizes_pay_least(problem: Problem) -> bool:
    """Whether each unit by itself has the beds with which least is paid for rules with a price.

    Where beds do nothing to what is minimised besides, a set of sites decides everything then, too.
    """
    rules = rules_on(problem)
    priced = [rule for rule in rules if rule.price(problem) is not None and rule.sets_beds]
    firm = [rule for rule in rules if rule.price(problem) is None]
    # A budget of all units asks some for fewer beds.
    apart = all(rule.sets_beds or rule.with_more_beds in ("same", "looser") for rule in firm)
    if not (apart and all(rule.says("short_with") for rule in priced)):
        return False
    return why_not(problem.replace(policy={rule.name: None for rule in priced})) is None


OUTSIDE = "with an outpatient course it is the way to the nearest unit that says who stays"

TIES = "plans with the same longest way are told apart by their next longest (objective.worst_ties)"

_BINDING = ", ".join(rule.name for rule in reversed(RULES) if rule.binds_to_nearest or rule.serves_all)
"""Rules with which the set of open sites decides who goes where."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A problem as an engine is asked it; what several engines look at is worked out once, when it is first needed.

    Attributes
    ----------
    problem : Problem
    goal : Objective
        By its name or as it was given.
    risk : {"expected", "worst_case", "regret", "cvar"}
    level : float
        Of ``cvar``.
    best : ndarray (S,) or None
        Each scenario's own best, from which regret is measured, once it is known.
    solver : str
        Of mixed-integer models.
    clock : Clock
        What is left of the time, and who is told.
    limit : float or None
        The time limit that was asked for, seconds.
    alone : bool
        No other engine is asked where the first has no answer.
    begun : bool
        Some plan is known, and its bound: an engine need not search without end where nobody said how long.
    """

    problem: Problem
    goal: Objective
    risk: RiskName = "expected"
    level: float = 0.9
    best: Floats | None = None
    solver: str = "HiGHS"
    clock: Clock = field(default_factory=lambda: Clock(None))
    limit: float | None = None
    alone: bool = False
    begun: bool = False

    def with_best(self, best: Floats | None) -> Question:
        """The same with each scenario's own best known; what was worked out already is handed on."""
        return self if best is None else self._handed_on(replace(self, best=best))

    def with_plan(self) -> Question:
        """The same with some plan and a bound known; what was worked out already is handed on."""
        return self._handed_on(replace(self, begun=True))

    def _handed_on(self, known: Question) -> Question:
        kept = ("scenarios", "open_whom", "space", "sets", "pairs", "shared", "columns", "bound")
        known.__dict__.update({name: self.__dict__[name] for name in kept if name in self.__dict__})
        return known

    @cached_property
    def target(self) -> Objective:
        """The objective at the risk that is minimised."""
        return self.goal if self.risk == "expected" else at_risk(self.goal, self.risk, self.level, self.best)

    def size(self, value: float) -> float:
        """What a difference from a value is measured by, one at least: a regret by the values it is a difference of."""
        own = 0.0 if self.best is None else float(np.abs(self.best[np.isfinite(self.best)]).max(initial=0.0))
        return max(1.0, abs(value), own)

    @cached_property
    def better(self) -> str:
        """What another plan would be or have, in words."""
        return "is better" if self.risk == "expected" else f"has a lower {SAID[self.risk]}"

    @cached_property
    def scenarios(self) -> int:
        """How many scenarios there are."""
        return len(self.problem.scenarios.ids)

    @cached_property
    def open_whom(self) -> str | None:
        """Why a set of sites does not decide everything; None where it does."""
        return why_not(self.problem)

    @cached_property
    def sizes_by_price(self) -> bool:
        """Whether a set of sites decides everything although beds have to do with what is paid."""
        plain = self.risk == "expected" and self.goal.bedless
        return plain and bool(self.problem.policy.prices) and sizes_pay_least(self.problem)

    @cached_property
    def outside(self) -> str | None:
        """Why what serves everybody at a unit cannot answer: who stays depends on the way there; None otherwise."""
        return OUTSIDE if self.problem.outpatient.on else self.by_ties

    @cached_property
    def by_ties(self) -> str | None:
        """Why only who values every set can answer: more than beds decide between plans of the same value."""
        asks = self.goal is not None and self.goal.ties is not None and self.problem.worst_ties != "beds"
        return TIES if asks else None

    @cached_property
    def space(self) -> Space:
        """The sets of sites that firm rules leave."""
        return space_of(self.problem)

    @cached_property
    def sets(self) -> int:
        """How many there are."""
        return self.space.sets

    @cached_property
    def pairs(self) -> Bools:
        """Pairs of point and site that may be used, (n, m)."""
        return allowed_pairs(self.problem)

    @cached_property
    def shared(self) -> bool:
        """Whether one assignment serves every scenario."""
        return one_assignment(self.problem)

    @cached_property
    def columns(self) -> int:
        """About how many columns the whole model has."""
        usable = self.pairs & allowed_sites(self.problem)[None, :] & self.problem.active[:, None]
        return int(usable.sum()) * (1 if self.shared else self.scenarios)

    @cached_property
    def bound(self) -> float:
        """A lower bound of the objective that needs no search; minus infinity where it has none."""
        return trivial_bound(self.problem, self.goal)

    @cached_property
    def bound_at_risk(self) -> float:
        """The same of what is minimised."""
        if self.risk == "expected" or (self.goal.in_rows and self.best is None):
            # No worst case and no worst tail lies below the mean.
            return self.bound
        if self.risk == "regret":
            return 0.0
        return float(least_by_scenario(self.problem, self.goal).min())


def trivial_bound(problem: Problem, objective: Objective) -> float:
    """A lower bound that needs no search: everybody at the best of all allowed sites."""
    return -np.inf if objective.least is None else objective.least(problem)


@dataclass(frozen=True, kw_only=True, eq=False)
class Bests:
    """Each scenario's own best.

    Attributes
    ----------
    value : ndarray (S,)
        Least objective of any plan that was found to keep the rules; inf where there is none.
    bound : ndarray (S,)
        No plan has less; equal to the value where the run was not cut short.
    interrupted : bool
        By Ctrl+C.
    """

    value: Floats
    bound: Floats
    interrupted: bool = False

    @property
    def proven(self) -> bool:
        """Whether every scenario's best is known."""
        room = TIE * np.where(np.isfinite(self.value), np.maximum(1.0, np.abs(self.value)), 0.0)
        return bool((self.bound >= self.value - room).all())


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What an engine found.

    Attributes
    ----------
    outcome : {"optimal", "feasible", "infeasible", "unknown"}
        ``optimal`` and ``infeasible`` only where that is proven; ``unknown`` where there is neither a plan nor a proof.
    opened : ndarray (m,) of bool, or None without a plan
    beds : ndarray (m,) of int or None
    shares : Shares or None
        Who is sent where.
    bound : float
        Proven: no plan has less of what is minimised. Minus infinity where nothing is proven; infinite where it is
        the plan's own value.
    certificate : str
        How it is known, in one sentence.
    interrupted : bool
        By Ctrl+C.
    record : mapping
        What the plan's record says of the run: numbers and names.
    instead : str
        Of an engine without an answer: why another is asked.
    """

    outcome: Outcome
    opened: Bools | None = None
    beds: Ints | None = None
    shares: Shares | None = None
    bound: float = -np.inf
    certificate: str = ""
    interrupted: bool = False
    record: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    instead: str = ""

    def __post_init__(self) -> None:
        given = [part is not None for part in (self.opened, self.beds, self.shares)]
        if any(given) and not all(given):
            raise SolverError("A plan an engine found has its units, its beds and who is sent where, or none of them.")
        if (self.outcome in ("optimal", "feasible")) != all(given):
            raise SolverError(f"An engine said {self.outcome} {'with' if all(given) else 'without'} a plan.")


def refuse_no_problem(problem: object, asked: str) -> None:
    """Raise `DataError` where something else stands in the place of a problem, such as the folder of a case."""
    if isinstance(problem, Problem):
        return
    folder = isinstance(problem, (str, os.PathLike))
    raise DataError(
        [
            Finding(
                table=asked,
                column="problem",
                value=str(problem)[:80],
                rule="what is asked about is a Problem",
                remedy=f"Read the case first: {asked}(capacity.read_case({str(problem)!r}))."
                if folder
                else "Give what capacity.read_case, capacity.denmark or capacity.Problem(...) gives.",
            )
        ]
    )


@runtime_checkable
class Engine(Protocol):
    """One way to answer a question.

    An engine from elsewhere is given to `capacity.solve` as it is; `capacity.testing.check_engine` tells whether it
    keeps what is asked of one.

    Attributes
    ----------
    name : str
    """

    name: str

    def why_not(self, question: Question) -> str | None:
        """Why it cannot answer; None where it can."""
        ...

    def expected_seconds(self, question: Question) -> float:
        """Roughly how long it takes: ``auto`` asks the quickest of those that can, and so on."""
        ...

    def solve(self, question: Question) -> Found:
        """The first plan in the order of plans, or what is known when the clock is over or after Ctrl+C."""
        ...


class OwnEngine(Engine, Protocol):
    """An engine of the library: ``auto`` may choose it, and a refusal is told in its words.

    Attributes
    ----------
    refused : str
        What must hold for it, before the reason why it does not.
    remedy : str
        What the planner can do about it.
    finds_plans : bool, optional
        It needs no plan to fall back on before it begins.
    """

    refused: str
    remedy: str

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        """Why ``auto`` takes it, given why others cannot, and why the next would be taken."""
        ...

    def bests(self, question: Question) -> Bests:
        """Each scenario's own best."""
        ...
