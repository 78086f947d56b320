"""Plans best first where families may be split: the ranking of all sets of sites, settled and in order.

Every set of sites is bounded and the most promising are worked out (`capacity.engines.rank`); sets equally
good are settled to their best sizes and assignment and put in the order of plans. Where there are too
many sets to bound, the mixed-integer model gives the next best set with a cut for each one before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.engines.enumerate import ids_of
from capacity.engines.linear.model import LinearModel, Model, build
from capacity.engines.linear.solvers import Solution, solve_arrays
from capacity.engines.mip import SECONDS, SLOWEST, Searched, as_answer, bests_by_model, no_rows
from capacity.engines.question import Bests, Question
from capacity.engines.question import Found as Answer
from capacity.engines.rank import CutShortError, Found, OneSet, Parts, Ranking, all_sets, why_no_ranking
from capacity.engines.settling import Settled, as_found, opened_in, settle_by_steps
from capacity.engines.ties import in_order_by_model, place, within_minutes, without
from capacity.problem.problem import Problem
from capacity.rules.objectives import COST, TRAVEL, WORST, Objective
from capacity.rules.worst import ways_that_count
from capacity.tolerances import AGREE, SOLVER_VALUE, TIE

MOST_TIES = 1_000
"""Sets compared at most when many are equally good."""

PASSES = 3e-7
"""Seconds a point of a set takes where bounds leave out few sets, over all times that they are looked at."""

HINTS = 4
"""Multipliers kept from one problem to the next."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ByRanking(Searched):
    """What the ranking of sets found.

    Attributes
    ----------
    sets, relaxed, solved : int
        Sets that were bounded, sets whose linear relaxation was solved, and sets worked out.
    """

    sets: int
    relaxed: int
    solved: int


def why_not_ranked(problem: Problem, model: Model | None = None, question: Question | None = None) -> str | None:
    """Why sets cannot be ranked by bounds (with this model); None where they can."""
    reason = why_no_ranking(problem, question)
    if reason is None and model is not None and model.variables.whole_further:
        return "the objective counts in whole steps"
    if reason is None and model is not None and model.bends:
        return "admitted stays bend with who goes where"
    return reason


def first(
    problem: Problem, objective: Objective, *, time_limit: float | None = None, clock: Clock | None = None
) -> ByRanking | None:
    """The first plan in the order of plans, or what is known at the limit or after Ctrl+C.

    None where the objective takes whole steps of its own: then sets bound little.
    """
    clock = clock or Clock(time_limit)
    try:
        model = build(problem, objective, clock=clock)
        if model.variables.whole_further:
            return None
        ranking = Ranking(model, clock=clock)
    except OutOfTimeError:
        return ByRanking(
            outcome="unknown",
            best=None,
            bound=-np.inf,
            interrupted=False,
            ties_compared=False,
            sets=0,
            relaxed=0,
            solved=0,
        )
    group: list[Found] = []
    interrupted = False
    try:
        while clock.left != 0 and not (group and ranking.lowest > _with_ties(ranking, group[0].value)):
            found = ranking.step()
            group += [] if found is None else [found]
            clock.tell("Sets of sites are bounded and worked out", bound=_in_its_unit(model, ranking.lowest))
            if len(group) > MOST_TIES:
                break
    except (StopIteration, CutShortError):
        pass
    except KeyboardInterrupt:
        interrupted = True
    proven = bool(group)
    best, compared = None, proven
    if group:
        try:
            best, compared = _first_settled(model, group, clock)
            compared &= len(group) <= MOST_TIES and ranking.lowest > _with_ties(ranking, group[0].value)
        except KeyboardInterrupt:
            best, compared, interrupted = as_found(model, group[0].values), False, True
    elif (known := ranking.best_known) is not None:
        best = as_found(model, known.values)
    whole = ranking.lowest == np.inf and not group
    lowest = min([ranking.lowest, *(f.value for f in group[:1])])
    return ByRanking(
        outcome="optimal" if proven else "feasible" if best else "infeasible" if whole else "unknown",
        best=best,
        bound=_in_its_unit(model, lowest),
        sets=len(ranking.open),
        relaxed=ranking.relaxed,
        solved=ranking.solved,
        interrupted=interrupted,
        ties_compared=compared,
    )


def _in_its_unit(model: Model, lowest: float) -> float:
    """A bound of the linear model as one of the objective."""
    return lowest if model.slack or not np.isfinite(lowest) else model.terms.value(lowest)


def _with_ties(ranking: Ranking, value: float) -> float:
    return value + 2 * ranking.room(value)


def _first_settled(model: Model, group: list[Found], clock: Clock) -> tuple[Settled, bool]:
    """The first in the order of plans of equally good sets, and whether all of them were settled."""
    best, compared = as_found(model, group[0].values), True
    for k, one in enumerate(group):
        if clock.left == 0:
            return best, False
        settled = settle_set(model, one.open, clock=clock)
        if settled is not None and (k == 0 or place(settled) < place(best)):
            best = settled
    return best, compared


def settle_set(
    model: Model, opened: Bools, linear: LinearModel | None = None, *, clock: Clock | None = None
) -> Settled | None:
    """The first in the order of plans with exactly these units; None where the set breaks a rule.

    At the limit of the clock, what is known; None if nothing is.
    """

    def ask(step: LinearModel) -> Solution:
        try:
            value, values = OneSet(Parts.of(model, step), opened, clock).least()
        except CutShortError as cut:
            return Solution(outcome="unknown", interrupted=cut.interrupted)
        outcome = "infeasible" if values is None else "optimal"
        return Solution(outcome=outcome, values=values, objective=value)  # type: ignore[arg-type]

    return settle_by_steps(model, linear or model.linear, ask, clock)


def first_within(model: Model, linear: LinearModel, among: Bools, *, clock: Clock | None = None) -> Settled | None:
    """The first plan in the order of plans under another objective or further rows; None where there is none.

    At the limit of the clock it ends with `OutOfTimeError`: what is known then is no proof.

    Parameters
    ----------
    model : Model
    linear : LinearModel
        The model's arrays with what is asked.
    among : ndarray (B, m) of bool
        Sets to look at.
    """
    group: list[Found] = []
    ranking = Ranking(model, linear, among, clock=clock)
    try:
        for found in ranking:
            if group and (found.value > _with_ties(ranking, group[0].value) or len(group) > MOST_TIES):
                break
            group.append(found)
    except CutShortError as cut:
        raise (KeyboardInterrupt if cut.interrupted else OutOfTimeError) from None
    settled = [one for found in group if (one := settle_set(model, found.open, linear, clock=clock)) is not None]
    if clock is not None:
        clock.check()
    return min(settled, key=place, default=None)


class Order:
    """The sets of a problem in order, as far as they are asked for; nothing is worked out in vain.

    Parameters
    ----------
    model : Model
    hints : list of ndarray
        Multipliers of problems much like this one; its own are added.
    """

    def __init__(self, model: Model, hints: list[Floats]) -> None:
        self._model = model
        self._ranking = Ranking(model, hints=hints)
        self._hints = hints
        self._ties = 0
        self._best: Bools | None = None

    def first(self) -> tuple[tuple[str, ...], float] | None:
        """Site ids and objective of the best set; None where no set keeps the rules."""
        group = next(_groups(self._model, self._ranking), [])
        self._learn()
        if not group:
            return None
        opened = group[0].open if len(group) == 1 else _sorted(self._model, group)[0].open
        self._model.terms.refuse_unseen(group[0].values)
        self._best = opened
        # Of sets equally good the others stay others.
        self._ties = len(group) - 1
        return ids_of(self._model.problem, opened), self._value(group[0].value)

    def beds(self) -> int:
        """Beds of the best set; asked after `first`."""
        assert self._best is not None
        settled = settle_set(self._model, self._best)
        return -1 if settled is None else settled.rank.beds

    def others_above(self, value: float) -> bool:
        """Whether every set but the first has a larger objective; asked after `first`."""
        above = not self._ties
        while above and self._value(self._ranking.lowest) <= value:
            try:
                above = self._ranking.step() is None
            except StopIteration:
                break
        self._learn()
        return above

    def _value(self, linear: float) -> float:
        return linear if self._model.slack or not np.isfinite(linear) else self._model.terms.value(linear)

    def _learn(self) -> None:
        self._hints.append(self._ranking.multipliers)
        del self._hints[:-HINTS]


def in_order(problem: Problem, objective: Objective, most: int, *, clock: Clock | None = None) -> Iterator[Settled]:
    """Sets of units, best first, each proven best of those not yet given; ties in the order of plans.

    Where nothing is left of the clock, none is given any more.
    """
    clock = clock or Clock(None)
    with contextlib.suppress(OutOfTimeError, CutShortError):
        if by_levels(problem, objective):
            yield from islice(_in_order_by_levels(problem, clock), most)
            return
        model = build(problem, objective, clock=clock, cuts=True)
        if why_not_ranked(problem, model) is not None:
            yield from in_order_by_model(model, most, clock)
            return
        yield from islice(_settled_in_order(model, clock), most)


def _settled_in_order(model: Model, clock: Clock) -> Iterator[Settled]:
    for group in _groups(model, Ranking(model, clock=clock)):
        yield from _sorted(model, group)


def _groups(model: Model, ranking: Ranking | None = None) -> Iterator[list[Found]]:
    """Sets that are equally good, best first."""
    waiting: list[Found] = []
    ranking = ranking or Ranking(model)
    for found in ranking:
        waiting.append(found)
        if ranking.lowest > _with_ties(ranking, waiting[0].value):
            yield waiting
            waiting = []


def _sorted(model: Model, group: list[Found]) -> list[Settled]:
    """Equally good sets in the order of plans."""
    settled = [one for found in group if (one := settle_set(model, found.open)) is not None]
    return sorted(settled, key=place)


class _Rank:
    """The engine: every set is bounded, those that may be best are worked out."""

    name = "rank"
    refused = "sets are ranked where all of them can be bounded"
    remedy = "Choose the engine auto or mip, or narrow rules.units or rules.near_ambulatory."

    def why_not(self, question: Question) -> str | None:
        return question.outside or why_not_ranked(question.problem, question=question) or no_rows(question)

    def expected_seconds(self, question: Question) -> float:
        if question.open_whom is None:
            return 2 * (SLOWEST + SECONDS * question.columns)
        if (question.goal is COST or question.goal.per_woman is not None) and question.scenarios == 1:
            # Where sets are many, others are quicker: the model's relaxation of costs is good, the tree's of travel.
            return SECONDS * question.columns / 10 + PASSES * question.sets * len(question.pairs)
        return SECONDS * question.columns / 10

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        return f"{otherwise}, and {question.sets:,} sets of sites are few enough to bound all"

    def bests(self, question: Question) -> Bests:
        return bests_by_model(question.problem, question.goal, clock=question.clock)

    def solve(self, question: Question) -> Answer:
        searched = first(question.problem, question.target, clock=question.clock)
        if searched is None:
            # The model counts in whole steps beside the sizes, which its own search does better.
            return Answer(outcome="unknown", instead="the objective counts in whole steps")
        if searched.best is None:
            outcome = searched.outcome if searched.outcome == "infeasible" else "unknown"
            return Answer(outcome=outcome, interrupted=searched.interrupted)
        value = searched.best.rank.objective
        closed = searched.outcome == "optimal" and value - searched.bound <= AGREE * question.size(value)
        in_each = f" in {question.scenarios:,} scenarios" if question.scenarios > 1 else ""
        certificate = (
            f"All {searched.sets:,} sets of sites were bounded{in_each}, {searched.solved:,} of them worked "
            f"out; none {question.better}."
            if closed
            else f"{searched.sets:,} sets of sites were bounded before the run was cut short; the bound is proven."
        )
        return as_answer(
            searched.best,
            searched.bound,
            closed=closed,
            certificate=certificate,
            found=searched,
            solver="HiGHS",
            sets=searched.sets,
            relaxed=searched.relaxed,
            worked_out=searched.solved,
        )


RANK = _Rank()


# --- the longest way, level by level ---------------------------------------------------------------


def by_levels(problem: Problem, objective: Objective) -> bool:
    """Whether sets are put in order by the longest way they allow, and at each such level by their beds."""
    return objective is WORST and not problem.policy.prices and why_no_ranking(problem) is None


def _in_order_by_levels(problem: Problem, clock: Clock) -> Iterator[Settled]:
    """Sets of units with the shortest longest way first; of those with the same, in the order of plans.

    The model proves the least longest way of the sets not yet given. With nobody sent farther, sets are
    ranked by their beds: everybody is served, so beds and units are all that their yearly costs differ by.
    """
    model, steps = build(problem, TRAVEL), build(problem, WORST)
    v, asked, left = steps.variables, steps.linear, all_sets(problem)
    levels = np.unique(ways_that_count(problem)[v.pair_point, v.pair_site])
    while True:
        clock.check()
        found = solve_arrays(asked, time_limit=clock.left, clock=clock)
        if found.interrupted:
            raise KeyboardInterrupt
        clock.check()
        if found.values is None:
            return
        at = int(np.searchsorted(levels, found.objective - SOLVER_VALUE * max(1.0, found.objective)))
        minutes = float(levels[min(at, len(levels) - 1)])
        given = [opened_in(steps, found.values)]
        for one in _by_beds(model, minutes, left):
            yield one
            given.append(one.open)
        for opened in given:
            asked = without(asked, v.open[v.sites], opened[v.sites])
            left = left[(left != opened).any(axis=1)]


def _by_beds(model: Model, minutes: float, among: Bools, clock: Clock | None = None) -> Iterator[Settled]:
    """Sets that serve everybody within so many minutes: fewest beds first, then fewer units, then lower ids."""
    v, problem = model.variables, model.problem
    linear = within_minutes(model, model.linear, minutes * (1 + TIE))
    linear = linear.minimising(v.size, v.size_beds.astype(float))
    told = replace(model, objective=WORST)
    pays = problem.finance.unit_dkk_per_year > 0
    waiting: list[Found] = []
    ranking = Ranking(model, linear, among, clock=clock)
    for found in ranking:
        waiting.append(found)
        # A set that was not worked out to its end may be known to lie above by four times what ties may differ by.
        if ranking.lowest <= round(waiting[0].value) * (1 + 3 * TIE):
            continue
        for one in sorted(waiting, key=lambda w: (pays * int(w.open.sum()), ids_of(problem, w.open))):
            settled = settle_set(told, one.open, linear, clock=clock) or as_found(told, one.values)
            yield replace(settled, rank=replace(settled.rank, objective=minutes))
        waiting = []


def first_by_beds(problem: Problem, minutes: float, clock: Clock) -> Settled | None:
    """Of all sets that serve everybody within so many minutes the first in the order of plans, where that is the least.

    None where there is no such set, or sets are too many to bound.

    Raises
    ------
    OutOfTimeError
        At the limit of the clock.
    """
    model = build(problem, TRAVEL, clock=clock)
    if why_not_ranked(problem, model) is not None:
        return None
    try:
        return next(_by_beds(model, minutes, all_sets(problem), clock), None)
    except CutShortError as cut:
        raise (KeyboardInterrupt if cut.interrupted else OutOfTimeError) from None


def sets_within(problem: Problem, minutes: float, most: int) -> tuple[Bools, bool]:
    """Sets that can serve everybody within so many minutes, (B, m); and whether all of them were looked at."""
    model = build(problem, TRAVEL)
    linear = within_minutes(model, model.linear, minutes)
    ranking, parts = Ranking(model, linear), Parts.of(model, linear.minimising(model.variables.size[:0], np.zeros(0)))
    possible = ranking.open[np.isfinite(ranking.bound)]
    kept = [bool(OneSet(parts, opened).least()[1] is not None) for opened in possible[:most]]
    return possible[:most][kept], len(possible) <= most
