"""A set of sites settled: its best sizes and assignment, each criterion in turn, and a solver's values as a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.bending import ROUNDS, cuts_of, keeping_all
from capacity.engines.clock import Clock
from capacity.engines.enumerate import Ranked, ids_of, keeps_rules, why_not, yearly_cost
from capacity.engines.linear.model import LinearModel, Model, with_prices
from capacity.engines.linear.solvers import Solution, in_turn, solve_arrays
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Shares, SplitPlan, allowed_pairs, beds_decide, paid_in, rules_on, serves_all
from capacity.rules.courses import courses_cost
from capacity.rules.objectives import TRAVEL, Objective, cost_of_all_stays
from capacity.rules.plans import smallest_sizes
from capacity.tolerances import AGREE, HOLD, NOBODY, SLACK, WHOLE_POINT


@dataclass(frozen=True, kw_only=True, eq=False)
class Settled:
    """A set of sites with its best sizes and assignment."""

    open: Bools
    beds: Ints
    shares: Shares
    rank: Ranked


GOLDEN = 0.6180339887498949
"""The golden ratio's part after the point: its multiples, without their whole parts, are all different."""


def priced(model: Model) -> bool:
    """Whether some rule may be broken at a price."""
    return bool(model.slack)


def opened_in(model: Model, values: Floats) -> Bools:
    """Which sites a solver's values open, (m,)."""
    opened = np.zeros(len(model.variables.open), dtype=bool)
    opened[model.variables.sites] = values[model.variables.open[model.variables.sites]] > 0.5
    return opened


def settle(
    model: Model, opened: Bools, time_limit: float | None = None, *, clock: Clock | None = None
) -> Settled | None:
    """Best plan with exactly these units; None where the set breaks a rule, or nothing is known at the limit."""
    if why_not(model.problem) is None:
        return settle_nearest(model.problem, model.objective, opened)
    return settle_set(model, opened, clock or Clock(time_limit))


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


def settle_set(model: Model, opened: Bools, clock: Clock) -> Settled | None:
    """The same where families may be split, each step asked of the whole model."""
    v = model.variables
    linear = model.linear.with_fixed(v.open[v.sites], opened[v.sites].astype(float))

    return settle_by_steps(model, linear, lambda step: ask(step, clock), clock)


def ask(step: LinearModel, clock: Clock) -> Solution:
    """Solve a model with a row that is only just held, of which presolve sometimes says that it cannot be."""
    if clock.over:
        return Solution(outcome="unknown")
    found = solve_arrays(step, time_limit=clock.left, clock=clock)
    if found.outcome != "infeasible" or clock.over:
        return found
    return solve_arrays(step, time_limit=clock.left, presolve=False, clock=clock)


def settle_by_steps(
    model: Model,
    linear: LinearModel,
    ask: Callable[[LinearModel], Solution],
    clock: Clock | None = None,
    *,
    whole: LinearModel | None = None,
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
    whole : LinearModel, optional
        What the last step, with the sizes known, chooses in, where `linear` has columns fixed. The steps before it
        then look for the sizes alone: of several that cost the same, any.
    """
    v, asked = model.variables, linear if whole is None else whole
    best: Settled | None = None
    exact, values = np.inf, np.zeros(v.count)
    criteria = [(np.arange(len(linear.cost)), linear.cost), *criteria_of(model)]
    for k, (columns, cost) in enumerate(criteria if whole is None else criteria[:-2]):
        if k and not cost.any():
            continue  # it chooses nothing
        step, cut = keeping_all(model, linear.minimising(columns, cost), ask, clock)
        if step.interrupted:
            raise KeyboardInterrupt
        if step.values is None:
            break
        plan = as_found(model, step.values)
        if best is None or not _worse(plan.rank, best.rank):
            best, values = plan, step.values
        exact = plan.rank.objective if k == 0 else exact
        limit = step.objective + SLACK * max(1.0, abs(step.objective))
        linear = cut.with_row(columns, cost, upper=limit)
    # Of admitted stays only marks know what lies between: there is no choice by multipliers.
    if best is not None and v.admitted is None and not (clock is not None and clock.over):
        settled = without_room(model, asked, criteria, best, values, clock)
        if settled is not None:
            # What a step has below it, it has from a row broken within the solver's tolerance.
            return settled
    if best is None or abs(best.rank.objective - exact) > 10 * SLACK * max(1.0, abs(exact)):
        return best
    # Plans are compared by the least they can have, not by what the room of later steps has made of it.
    return replace(best, rank=replace(best.rank, objective=exact))


def without_room(
    model: Model,
    linear: LinearModel,
    criteria: Sequence[tuple[Ints, Floats]],
    best: Settled,
    values: Floats,
    clock: Clock | None,
) -> Settled | None:
    """The same units and sizes, with the assignment that is best in every criterion without room for rounding.

    None where there is nothing to choose, or it cannot be told.

    What a criterion leaves open are the columns that cost it nothing and the rows that hold nothing back
    (complementary slackness): the next one chooses among these alone.
    """
    v = model.variables
    free = ~linear.integer
    free[np.concatenate([v.share(s)[~best.open[v.pair_site]] for s in range(v.scenarios)])] = False
    if not free.any():
        return None
    known = np.where(linear.integer, np.round(values), 0.0)
    steps = [one for k, one in enumerate(criteria) if k != 1]
    found = _in_turn(model, linear, free, known, steps, clock)
    if found is None:
        return None
    shares = np.concatenate([v.share(s) for s in range(v.scenarios)])
    slivers = shares[(found[shares] > 0.0) & (found[shares] <= NOBODY)]
    if len(slivers):
        # Nobody is dropped from the plan: what they helped to keep is kept by those who stay.
        free[slivers] = False
        without = _in_turn(model, linear, free, known, steps, clock)
        found = found if without is None else without
    plan = as_found(model, found)
    return None if _worse(plan.rank, best.rank) or plan.rank.beds != best.rank.beds else plan


def _in_turn(
    model: Model,
    linear: LinearModel,
    free: Bools,
    known: Floats,
    criteria: Sequence[tuple[Ints, Floats]],
    clock: Clock | None,
) -> Floats | None:
    """`in_turn`, again with the cuts of rules that bend until it keeps them; None where that does not end."""
    for _ in range(ROUNDS):
        found = in_turn(linear, free, known, criteria, clock)
        cuts = [] if found is None else cuts_of(model, found)
        if not cuts:
            return found
        for columns, coefficients in cuts:
            linear = linear.with_row(columns, coefficients, lower=0.0)
    return None


def _worse(one: Ranked, other: Ranked) -> bool:
    """Whether a later step costs more, or more beds."""
    return one.beds > other.beds or one.objective > other.objective + AGREE * max(1.0, abs(other.objective))


def criteria_of(model: Model) -> list[tuple[Ints, Floats]]:
    """Beds, under a risk the expected objective and prices, yearly cost, travel, and the order of ids.

    Each as columns and costs.

    The last sends families to the lower site ids. Where only so many can go there, it takes them by weights
    that are different for every point (multiples of the golden ratio), so that one assignment is the best.
    """
    v, problem = model.variables, model.problem
    cost, travel = cost_of_all_stays(problem, v), TRAVEL.model(problem, v)
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
        everybody=serves_all(problem),
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
        if any(
            rule.says("kept_with") and rule.excess(problem, SplitPlan(problem, opened, beds, shares)).broken.any()
            for rule in rules_on(problem)
        ):
            # No size keeps what a solver's tolerance has left a hair short: its own choice does, once settled.
            beds = np.where(opened, np.maximum(beds, chosen), beds)
    plan = SplitPlan(problem, opened, beds, shares)
    # What the plan breaks, not the solver's values: a bed more may break a budget.
    common, own = paid_in(problem, plan)
    running = problem.finance.yearly_cost(beds, problem.probability @ plan.stays[0], problem.care.mean_days)
    courses = float((courses_cost(problem, plan) @ problem.probability)[0]) if problem.outpatient.on else 0.0
    rank = Ranked(
        objective=float(objective.expected(problem, plan)[0] + common[0] + own[0] @ problem.probability),
        beds=int(beds.sum()),
        cost=float(running[opened].sum() + courses),
        site_ids=ids_of(problem, opened),
    )
    return Settled(open=opened, beds=beds, shares=shares, rank=rank)


def cleaned(shares: Shares, *, everybody: bool) -> Shares:
    """Make shares of a solver sum to one where they do up to rounding."""
    total = shares.by_point(shares.share)[shares.scenario, shares.point]
    whole = (np.abs(total - 1) < WHOLE_POINT) if everybody else (total > 1)
    return shares.with_share(np.where(whole, shares.share / total, shares.share))
