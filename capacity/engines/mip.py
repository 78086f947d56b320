"""The model engine: solve the linear model, then choose among equally good plans.

Ties are decided as everywhere: fewer beds, lower yearly cost, lower site ids. So the set found
first is settled (its best assignment and sizes), and further sets are asked for that are as good
until none is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.engines.enumerate import Ranked, ids_of, keeps_rules, why_not, yearly_cost
from capacity.engines.linear.model import LinearModel, Model, build, with_prices
from capacity.engines.linear.solvers import Outcome, Solution, in_turn, solve_arrays, solve_linear
from capacity.engines.question import Bests, Found, Question
from capacity.engines.risk import in_each_scenario, least_by_scenario, paid_columns, refuse_rows
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Shares, SplitPlan, allowed_pairs, beds_decide, paid_in, rules_on, serves_all
from capacity.rules.objectives import COST, TRAVEL, Objective
from capacity.rules.plans import smallest_sizes
from capacity.tolerances import AGREE, HOLD, NOBODY, PAID, TIE

MOST_COLUMNS = 300_000
"""A model with more columns than this is never built where scenarios can be taken apart."""

SLOWEST = 60.0
"""Seconds the model takes at least where `nearest` holds: valuing every set, or p-medians, are the quicker ways."""

SECONDS = 1e-3
"""A column of the model takes about so long."""

MOST_TIES = 200
"""Sets compared at most when many are equally good."""

FEW_TIES = 6
"""Sets with as many beds that are compared one by one; of more the first is asked for."""

AT_ONCE = 12
"""Sites whose ids are decided by one question."""

SLACK = 4 * TIE
"""Room left to the next criterion, so that rounding does not cut off what it should compare."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Settled:
    """A set of sites with its best sizes and assignment."""

    open: Bools
    beds: Ints
    shares: Shares
    rank: Ranked


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


GOLDEN = 0.6180339887498949
"""The golden ratio's part after the point: its multiples, without their whole parts, are all different."""


def search(
    problem: Problem,
    objective: Objective,
    *,
    solver: str = "HiGHS",
    time_limit: float | None = None,
    clock: Clock | None = None,
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

    Returns
    -------
    ByModel
        ``optimal`` with the first plan in the order of plans, or what is known at the limit.
    """
    clock = clock or Clock(time_limit)
    try:
        model = build(problem, objective, clock=clock)
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
    found = solve_linear(model.linear, solver=solver, time_limit=clock.left, clock=clock)
    if found.interrupted:
        # What comes now is only to hand out what is known.
        clock.stop()
    best, compared, interrupted = None, True, found.interrupted
    if found.values is not None:
        plain = as_found(model, found.values)
        try:
            settled = settle(model, opened_in(model, found.values), clock=clock)
            # A settling cut short may end above what the solver had.
            above = settled is None or (found.outcome != "optimal" and plain.rank.before(settled.rank))
            best = plain if above else settled
            if found.outcome == "optimal":
                best, compared = _first_of_ties(model, best or plain, clock)
        except KeyboardInterrupt:
            best, compared, interrupted = best or plain, False, True
    priced = _priced(model)
    bound = found.bound if priced else model.terms.value(found.bound) if found.bound > -np.inf else -np.inf
    return ByModel(
        outcome=found.outcome,
        best=best,
        bound=bound,
        solver=found.solver,
        interrupted=interrupted,
        ties_compared=compared,
        columns=len(model.linear.cost),
        rows=len(model.linear.row_lower),
    )


def _priced(model: Model) -> bool:
    return bool(model.slack)


def opened_in(model: Model, values: Floats) -> Bools:
    """Which sites a solver's values open, (m,)."""
    opened = np.zeros(len(model.variables.open), dtype=bool)
    opened[model.variables.sites] = values[model.variables.open[model.variables.sites]] > 0.5
    return opened


# --- one set of sites ------------------------------------------------------------------------


def settle(
    model: Model, opened: Bools, time_limit: float | None = None, *, clock: Clock | None = None
) -> Settled | None:
    """Best plan with exactly these units; None where the set breaks a rule, or nothing is known at the limit."""
    if why_not(model.problem) is None:
        return settle_nearest(model.problem, model.objective, opened)
    return _settle_by_steps(model, opened, clock or Clock(time_limit))


def settle_nearest(problem: Problem, objective: Objective, opened: Bools) -> Settled | None:
    """Under `nearest` a set has one plan: work it out; None where it breaks a rule."""
    plans = NearestPlans(problem, opened[None, :], allowed_pairs(problem))
    kept, paid = keeps_rules(problem, plans)
    if not kept[0]:
        return None
    rank = Ranked(
        objective=float(objective.expected(problem, plans)[0] + paid[0]),
        beds=int(plans.beds[0].sum()),
        cost=float(yearly_cost(problem, plans)[0]),
        site_ids=ids_of(problem, opened),
    )
    return Settled(open=opened, beds=plans.beds[0], shares=plans.shares(0), rank=rank)


def _settle_by_steps(model: Model, opened: Bools, clock: Clock) -> Settled | None:
    v = model.variables
    linear = model.linear.with_fixed(v.open[v.sites], opened[v.sites].astype(float))

    return settle_by_steps(model, linear, lambda step: _ask(step, clock), clock)


def _ask(step: LinearModel, clock: Clock) -> Solution:
    """Solve a model with a row that is only just held, of which presolve sometimes says that it cannot be."""
    if clock.over:
        return Solution(outcome="unknown")
    found = solve_arrays(step, time_limit=clock.left, clock=clock)
    if found.outcome != "infeasible" or clock.over:
        return found
    return solve_arrays(step, time_limit=clock.left, presolve=False, clock=clock)


def settle_by_steps(
    model: Model, linear: LinearModel, ask: Callable[[LinearModel], Solution], clock: Clock | None = None
) -> Settled | None:
    """Minimise the objective, then beds, cost and travel, then send to lower ids; None without a plan.

    Under a risk, the expected objective comes after the beds: every scenario then has its best assignment.

    A later step may overrun a unit's limit by the solver's tolerance and so need a bed more, or cost more:
    such a step does not count.

    Parameters
    ----------
    model : Model
    linear : LinearModel
        The model's arrays with the set of units decided; what they minimise comes first.
    ask : callable
        Solves one step.
    clock : Clock, optional
        At whose limit what is known is given.
    """
    v, asked = model.variables, linear
    best: Settled | None = None
    exact, values = np.inf, np.zeros(v.count)
    criteria = [(np.arange(v.count), linear.cost), *_criteria(model)]
    for k, (columns, cost) in enumerate(criteria):
        step = ask(linear.minimising(columns, cost))
        if step.interrupted:
            raise KeyboardInterrupt
        if step.values is None:
            break
        plan = as_found(model, step.values)
        if best is None or not _worse(plan.rank, best.rank):
            best, values = plan, step.values
        exact = plan.rank.objective if k == 0 else exact
        limit = step.objective + SLACK * max(1.0, abs(step.objective))
        linear = linear.with_row(columns, cost, upper=limit)
    if best is not None and not (clock is not None and clock.over):
        best = _without_room(model, asked, criteria, best, values, clock)
        exact = min(exact, best.rank.objective)
    if best is None or abs(best.rank.objective - exact) > 10 * SLACK * max(1.0, abs(exact)):
        return best
    # Plans are compared by the least they can have, not by what the room of later steps has made of it.
    return replace(best, rank=replace(best.rank, objective=exact))


def _without_room(
    model: Model,
    linear: LinearModel,
    criteria: Sequence[tuple[Ints, Floats]],
    best: Settled,
    values: Floats,
    clock: Clock | None,
) -> Settled:
    """The same units and sizes, with the assignment that is best in every criterion without room for rounding.

    What a criterion leaves open are the columns that cost it nothing and the rows that hold nothing back
    (complementary slackness): the next one chooses among these alone.
    """
    v = model.variables
    free = ~linear.integer
    free[np.concatenate([v.share(s)[~best.open[v.pair_site]] for s in range(v.scenarios)])] = False
    if not free.any():
        return best
    known = np.where(linear.integer, np.round(values), 0.0)
    found = in_turn(linear, free, known, [one for k, one in enumerate(criteria) if k != 1], clock)
    if found is None:
        return best
    plan = as_found(model, found)
    return plan if plan.rank.beds == best.rank.beds and plan.rank.objective <= best.rank.objective else best


def _worse(one: Ranked, other: Ranked) -> bool:
    """Whether a later step costs more, or more beds."""
    return one.beds > other.beds or one.objective > other.objective + AGREE * max(1.0, abs(other.objective))


def _criteria(model: Model) -> list[tuple[Ints, Floats]]:
    """Beds, under a risk the expected objective and prices, yearly cost, travel, and the order of ids.

    Each as columns and costs.

    The last sends families to the lower site ids. Where only so many can go there, it takes them by weights
    that are different for every point (multiples of the golden ratio), so that one assignment is the best.
    """
    v, problem = model.variables, model.problem
    cost, travel = COST.model(problem, v), TRAVEL.model(problem, v)
    place = np.empty(len(problem.network.site_ids))
    place[problem.site_order] = np.arange(len(place))
    turn = np.argsort(np.argsort(problem.network.point_ids))
    women = (problem.women if not v.shared else problem.expected_women[None]) * (1 + turn * GOLDEN % 1)
    later = [(v.share(s), place[v.pair_site] * women[s][v.pair_point]) for s in range(v.scenarios)]
    expected = model.objective.recourse
    return [
        (v.size, v.size_beds.astype(float)),
        *([] if expected is None else [with_prices(model, expected(problem, v))]),
        (cost.columns, cost.cost),
        (travel.columns, travel.cost),
        (np.concatenate([c for c, _ in later]), np.concatenate([w for _, w in later])),
    ]


def as_found(model: Model, values: Floats) -> Settled:
    """A solver's values as a plan: tiny shares dropped, the smallest sizes that fit."""
    problem, v = model.problem, model.variables
    model.terms.refuse_unseen(values)
    n, m = problem.minutes.shape
    opened = opened_in(model, values)
    each = np.stack([values[v.share(s)] for s in range(v.scenarios)])
    scenario, pair = np.nonzero(each > NOBODY)
    shares = cleaned(
        Shares(
            shape=(v.scenarios, n, m),
            scenario=scenario,
            point=v.pair_point[pair],
            site=v.pair_site[pair],
            share=each[scenario, pair],
        ),
        everybody=_everybody(problem),
    )
    return sized(problem, model.objective, opened, shares, v.beds_in(values))


def sized(problem: Problem, objective: Objective, opened: Bools, shares: Shares, chosen: Ints) -> Settled:
    """A set of sites and who goes where, with the smallest sizes that fit (where they have a price: those chosen)."""
    beds = chosen
    # Where a rule may ask for more, or what sets the beds has a price, the solver's choice stands.
    priced = any(rule.sets_beds and rule.price(problem) is not None for rule in rules_on(problem))
    if not priced and beds_decide(problem) is None:
        plan = SplitPlan(problem, opened, np.zeros(len(opened), dtype=np.int64), shares)
        # Half of what the rule allows: a solver's tolerance may not cost a bed.
        beds = smallest_sizes(problem, np.maximum(plan.stays - HOLD / 2, 0.0), opened[None])[0]
    plan = SplitPlan(problem, opened, beds, shares)
    # What the plan breaks, not the solver's values: a bed more may break a budget.
    common, own = paid_in(problem, plan)
    running = problem.finance.yearly_cost(beds, problem.probability @ plan.stays[0], problem.care.mean_days)
    rank = Ranked(
        objective=float(objective.expected(problem, plan)[0] + common[0] + own[0] @ problem.probability),
        beds=int(beds.sum()),
        cost=float(running[opened].sum()),
        site_ids=ids_of(problem, opened),
    )
    return Settled(open=opened, beds=beds, shares=shares, rank=rank)


def _everybody(problem: Problem) -> bool:
    return serves_all(problem)


def cleaned(shares: Shares, *, everybody: bool) -> Shares:
    """Make shares of a solver sum to one where they do up to rounding."""
    total = shares.by_point(shares.share)[shares.scenario, shares.point]
    whole = (np.abs(total - 1) < 1e-5) if everybody else (total > 1)
    return shares.with_share(np.where(whole, shares.share / total, shares.share))


# --- all sets as good as the best ------------------------------------------------------------


def place(one: Settled) -> tuple[int, float, tuple[str, ...]]:
    """A plan's place among those as good, whose objectives differ by rounding only."""
    return one.rank.beds, float(f"{one.rank.cost:.9g}"), one.rank.site_ids


def _first_of_ties(model: Model, best: Settled, clock: Clock) -> tuple[Settled, bool]:
    """The first in the order of plans of the sets as good as the best, and whether all were compared."""
    linear = without(tied(model, model.linear, best.rank.objective), *_opens(model, best.open))
    try:
        return next(in_order_of_ties(model, linear, [best], clock)), True
    except ManyTiesError as many:
        return min(many.known, key=place), False


def _opens(model: Model, opened: Bools) -> tuple[Ints, Bools]:
    v = model.variables
    return v.open[v.sites], opened[v.sites]


def tied(model: Model, linear: LinearModel, value: float) -> LinearModel:
    """The model with what is worse than a value of the objective left out, but for rounding."""
    limit = _linear_value(model, value)
    return linear.with_row(
        np.arange(model.variables.count), model.linear.cost, upper=limit - model.linear.constant + _room(limit)
    )


def within_minutes(model: Model, linear: LinearModel, minutes: float) -> LinearModel:
    """The model with nobody sent farther."""
    v = model.variables
    far = model.problem.minutes[v.pair_point, v.pair_site] > minutes
    columns = np.concatenate([v.share(s)[far & (_needed(model, s) > 0)] for s in range(v.scenarios)])
    return linear.with_fixed(columns, np.zeros(len(columns)))


def _needed(model: Model, scenario: int) -> Floats:
    """Women behind each pair in a scenario; where one assignment serves all, as many as in any of them."""
    women, v = model.problem.women, model.variables
    return np.asarray((women.max(axis=0) if v.shared else women[scenario])[v.pair_point])


def _linear_value(model: Model, value: float) -> float:
    return value if _priced(model) else model.terms.linear(value)


def _room(value: float) -> float:
    return SLACK * max(1.0, abs(value))


def _as_good(model: Model, one: Settled, value: float) -> bool:
    """Whether a set is as good as a value, and not only within the room a solver needs."""
    if why_not(model.problem) is None:
        return one.rank.objective <= value + TIE * abs(value)
    limit = _linear_value(model, value)
    return _linear_value(model, one.rank.objective) <= limit + 10 * _room(limit)


class ManyTiesError(Exception):
    """Not all sets that are equally good were compared: too many, or the limit was reached.

    Attributes
    ----------
    known : list of Settled
        Those found and not yet given.
    """

    def __init__(self, known: list[Settled]) -> None:
        super().__init__()
        self.known = known


def in_order_of_ties(model: Model, linear: LinearModel, known: Sequence[Settled], clock: Clock) -> Iterator[Settled]:
    """Sets that are equally good, in the order of plans: fewer beds, lower yearly cost, lower ids.

    Sets are asked for by their beds alone; where many have as many, by their cost and ids as well, so that the
    first of them are found without the others.

    Parameters
    ----------
    model : Model
    linear : LinearModel
        The model's arrays without what is worse, nor the sets that are known.
    known : sequence of Settled
        At least one.
    clock : Clock

    Raises
    ------
    ManyTiesError
        `MOST_TIES` were asked for, or the limit was reached.
    """
    v, waiting = model.variables, list(known)
    value = min(one.rank.objective for one in known)
    for _ in range(MOST_TIES):
        step = _ask(linear.minimising(v.size, v.size_beds.astype(float)), clock)
        if step.interrupted:
            raise KeyboardInterrupt
        if step.outcome == "infeasible":
            break
        if step.values is None or step.outcome != "optimal":
            raise ManyTiesError(waiting)
        beds = round(step.objective)
        for one in sorted((w for w in waiting if w.rank.beds < beds), key=place):
            waiting.remove(one)
            yield one
        opened, first = opened_in(model, step.values), False
        if sum(one.rank.beds == beds for one in waiting) >= FEW_TIES:
            opened, first = _lowest(model, linear, beds, opened, clock)
        found = settle(model, opened, clock=clock)
        linear = without(linear, *_opens(model, opened))
        if found is None or not _as_good(model, found, value):
            continue
        waiting.append(found)
        if first and found.rank.beds == beds:
            for one in sorted((w for w in waiting if place(w) <= place(found)), key=place):
                waiting.remove(one)
                yield one
    else:
        raise ManyTiesError(waiting)
    yield from sorted(waiting, key=place)


def _lowest(model: Model, linear: LinearModel, beds: int, opened: Bools, clock: Clock) -> tuple[Bools, bool]:
    """Of the sets with so many beds that of the lowest cost and the lowest ids, and whether it is proven so.

    Ids are decided a few sites at a time: the powers of two that put sets in order grow too large for a solver.
    """
    v, cost = model.variables, COST.model(model.problem, model.variables)
    linear = linear.with_row(v.size, v.size_beds.astype(float), upper=beds + 0.5)
    step = _ask(linear.minimising(cost.columns, cost.cost), clock)
    if step.interrupted:
        raise KeyboardInterrupt
    if step.values is None or step.outcome != "optimal":
        return opened, False
    opened = opened_in(model, step.values)
    linear = linear.with_row(cost.columns, cost.cost, upper=step.objective + _room(step.objective))
    order = [j for j in model.problem.site_order.tolist() if j in set(v.sites.tolist())]
    for start in range(0, len(order), AT_ONCE):
        some = v.open[order[start : start + AT_ONCE]]
        step = _ask(linear.minimising(some, -np.exp2(np.arange(len(some))[::-1])), clock)
        if step.interrupted:
            raise KeyboardInterrupt
        if step.values is None or step.outcome != "optimal":
            return opened, False
        opened = opened_in(model, step.values)
        linear = linear.with_fixed(some, np.round(step.values[some]))
    return _shortest(model, linear, opened, order, clock), True


def _shortest(model: Model, linear: LinearModel, opened: Bools, order: Sequence[int], clock: Clock) -> Bools:
    """A list of ids comes before a longer one that begins with it: which is as good where units cost nothing."""
    if model.problem.finance.unit_dkk_per_year > 0 and _everybody(model.problem):
        return opened
    chosen = [j for j in order if opened[j]]
    sites = model.variables.sites
    for count in range(1, len(chosen)):
        fewer = np.isin(np.arange(len(opened)), chosen[:count])
        if _ask(linear.with_fixed(model.variables.open[sites], fewer[sites].astype(float)), clock).values is not None:
            return fewer
    return opened


def in_order_by_model(model: Model, most: int, clock: Clock | None = None) -> Iterator[Settled]:
    """Sets of units, best first, each proven best of those not yet given by the mixed-integer model.

    Sets that are equally good come in the order of plans.

    Raises
    ------
    OutOfTimeError
        Where nothing is left of the clock before the next is proven.
    """
    linear, given, clock = model.linear, 0, clock or Clock(None)
    found = _best_left(model, linear, clock)
    while found is not None and given < most:
        linear, value = found[1], found[0].rank.objective
        # Where the next best is worse there is nothing to compare.
        other = _best_left(model, linear, clock)
        if other is None or not _as_good(model, other[0], value):
            yield found[0]
            given, found = given + 1, other
            continue
        equals = tied(model, other[1], value)
        for one in in_order_of_ties(model, equals, [found[0], other[0]], clock):
            yield one
            given += 1
            linear = without(linear, *_opens(model, one.open))
            if given >= most:
                return
        found = _best_left(model, linear, clock)


def _best_left(model: Model, linear: LinearModel, clock: Clock) -> tuple[Settled, LinearModel] | None:
    """The best set of a model, and the model without it; None where it has none."""
    while True:
        clock.check()
        found = solve_arrays(linear, time_limit=clock.left, clock=clock)
        if found.interrupted:
            # What was found so far need not be the next best.
            raise KeyboardInterrupt
        clock.check()
        if found.values is None:
            return None
        opened = opened_in(model, found.values)
        linear = without(linear, *_opens(model, opened))
        settled = settle(model, opened, clock=clock)
        clock.check()
        if settled is not None:
            return settled, linear


def without(linear: LinearModel, columns: Ints, opened: Sequence[bool] | Bools) -> LinearModel:
    """The model with one set of sites excluded."""
    sign = np.where(opened, -1.0, 1.0)
    return linear.with_row(columns, sign, lower=1.0 - float(np.sum(opened)))


# --- the engine ------------------------------------------------------------------------------


def bests_by_model(
    problem: Problem, objective: Objective, time_limit: float | None = None, *, clock: Clock | None = None
) -> Bests:
    """Each scenario's own best: the model is solved once a scenario, minimising the objective in that one alone."""
    refuse_rows(objective)
    clock = clock or Clock(time_limit)
    best, bound = np.full(len(problem.scenarios.ids), np.inf), least_by_scenario(problem, objective)
    try:
        model = build(problem, objective, clock=clock)
    except OutOfTimeError:
        return Bests(value=best, bound=bound)
    v, linear = model.variables, model.linear
    for s, terms in enumerate(in_each_scenario(problem, v, objective)):
        paid = [*paid_columns(problem, v, -1), *paid_columns(problem, v, s)]
        columns = np.concatenate([terms.columns, *(c for c, _ in paid)])
        cost = np.concatenate([terms.cost, *(c for _, c in paid)])
        if clock.over:
            break
        found = solve_arrays(linear.minimising(columns, cost), time_limit=clock.left, clock=clock)
        if found.outcome == "infeasible":
            return Bests(value=best, bound=best)
        best[s] = found.objective + terms.constant
        bound[s] = max(bound[s], best[s] if found.outcome == "optimal" else found.bound + terms.constant)
        if found.interrupted:
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


def no_rows(question: Question) -> str | None:
    """Why the model cannot minimise the objective; None where it can."""
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
        return no_rows(question)

    def expected_seconds(self, question: Question) -> float:
        return (SLOWEST if question.open_whom is None else 0.0) + SECONDS * question.columns

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        return next(iter(refused.values()), "no other engine can")

    def bests(self, question: Question) -> Bests:
        return bests_by_model(question.problem, question.goal, clock=question.clock)

    def solve(self, question: Question) -> Found:
        found = search(question.problem, question.target, solver=question.solver, clock=question.clock)
        if found.best is None:
            outcome = found.outcome if found.outcome == "infeasible" else "unknown"
            return Found(outcome=outcome, interrupted=found.interrupted)
        value = found.best.rank.objective
        room = (AGREE if found.outcome == "optimal" else TIE) * max(1.0, abs(value))
        # The plan is worked out again from the solver's values: where that costs more, nothing is proven of it.
        closed = value - found.bound <= room
        certificate = (
            f"{found.solver} proved that no plan {question.better}."
            if closed
            else f"{found.solver} was cut short; the bound is proven."
        )
        return as_answer(
            found.best,
            found.bound,
            closed=closed,
            certificate=certificate,
            found=found,
            solver=found.solver,
            columns=found.columns,
            rows=found.rows,
        )


MIP = _Mip()
