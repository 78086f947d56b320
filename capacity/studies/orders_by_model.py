"""The best chain of sets by a linear model of all years: the model names orders by a bound, and each is valued exactly.

The first is looked for among the sites its relaxation opens: a small model, and what that order is worth leaves most of
the large one out. An order that was valued is left out, until nothing that is left can be as good as the best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.engines.enumerate import Kept, keeps_rules
from capacity.engines.linear.solvers import Solution, relaxed, solve_arrays
from capacity.engines.question import space_of, why_not
from capacity.errors import InfeasibleError, SolverError
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs
from capacity.studies.chain_years import year_of
from capacity.studies.chains import Chain, Chains
from capacity.studies.explain.worlds import weighed_rules
from capacity.studies.explain.worlds import without as rules_off
from capacity.studies.filling import Filling
from capacity.studies.joined_years import JoinedYears, joined
from capacity.studies.no_year import MOST_SETS_AGAIN, NoYear, best_chain, loosened, no_set, not_that_set, without
from capacity.studies.years_asked import Asked
from capacity.tolerances import AGREE, ROUNDING

MOST_ORDERS = 5_000
"""Orders valued at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ByModel:
    """What the model found.

    Attributes
    ----------
    chains : Chains
        Of the sets that were named.
    chain : Chain
    bound : float
    orders : int
        Orders that were valued.
    solver : str
    """

    chains: Chains
    chain: Chain
    bound: float
    orders: int
    solver: str


def by_model(asked: Asked, never_close: bool, clock: Clock) -> ByModel:
    """The best chain.

    Raises
    ------
    InfeasibleError
        Where there is none.
    """
    found = _searched(asked, never_close, clock)
    if found is None:
        raise _no_order(asked, never_close, clock)
    return found


def _searched(asked: Asked, never_close: bool, clock: Clock, *, any_order: bool = False) -> ByModel | None:
    """The best chain, or the first that is found; None where there is none."""
    weights = [(1 + asked.discount) ** -t for t in range(len(asked.problems))]
    model = joined(
        asked.problems,
        asked.goal,
        weights,
        asked.budget,
        start=asked.start,
        never_close=never_close,
        filling=asked.filling,
        clock=clock,
    )
    valued = _Valued(asked=asked, weights=weights, never_close=never_close, clock=clock)
    first = _first(model, clock)
    if first is not None:
        model = valued.with_one_more(model, first)
    bound, solver = np.inf, ""
    while valued.orders < MOST_ORDERS and not (any_order and valued.named):
        solution = _solved(model, clock)
        solver = solution.solver or solver
        bound, best = min(solution.bound, solution.objective), valued.best
        if solution.values is None or bound > best + AGREE * abs(best):
            break
        model = valued.with_one_more(model, model.opened_in(solution.values))
        clock.tell("Orders are named by the model and valued", done=valued.orders, best=valued.best, bound=bound)
        clock.check()
    if valued.orders >= MOST_ORDERS:
        raise SolverError(
            f"More than {MOST_ORDERS:,} orders had to be valued. Ask for fewer years, or narrow rules.units."
        )
    if not valued.named:
        return None
    chains = _chains(asked, np.stack(valued.named), weights, never_close, clock)
    chain = chains.best()
    if chain is None:
        raise SolverError("An order was lost.")  # pragma: no cover - only with a fault in here
    return ByModel(chains=chains, chain=chain, bound=min(bound, chain.value), orders=valued.orders, solver=solver)


@dataclass(kw_only=True)
class _Valued:
    """Orders that were valued exactly, the best of them, and those that can be."""

    asked: Asked
    weights: list[float]
    never_close: bool
    clock: Clock
    best: float = np.inf
    orders: int = 0
    named: list[Bools] = field(default_factory=list)

    def with_one_more(self, model: JoinedYears, opened: Bools) -> JoinedYears:
        """Value an order; the model without it and without what costs more than the best."""
        value, years = _valued(self.asked, opened, self.weights, self.never_close, self.clock)
        self.orders += 1
        if value < np.inf:
            self.named.append(opened)
            if value < self.best:
                self.best = value
                model = model.at_most(value + AGREE * abs(value))
        return model.without(opened, years)


def _first(model: JoinedYears, clock: Clock) -> Bools | None:
    """The best order among the sites the relaxation opens, by the model; None where there is none."""
    _, values, _ = relaxed(model.linear, clock=clock)
    if values is None:
        return None
    between: Floats = np.where(model.open >= 0, values[np.maximum(model.open, 0)], 0.0)
    used: Bools = between.max(axis=0) > ROUNDING
    few = model.among(used)
    solution = _solved(few, clock)
    return None if solution.values is None else few.opened_in(solution.values)


def _solved(model: JoinedYears, clock: Clock) -> Solution:
    """A solution that is proven; without values where there is none."""
    solution = solve_arrays(model.linear, clock=clock)
    if solution.outcome == "infeasible":
        return Solution(outcome="infeasible", bound=np.inf, objective=np.inf, solver=solution.solver)
    if solution.outcome != "optimal":
        raise OutOfTimeError
    return solution


def _valued(
    asked: Asked, opened: Bools, weights: list[float], never_close: bool, clock: Clock
) -> tuple[float, list[int]]:
    """Value of one order (inf where it cannot be), and the years whose sets say so."""
    chains = _chains(asked, opened[None], weights, never_close, clock)
    for t, year in enumerate(chains.years):
        if not len(year.open):
            return np.inf, [t]
    chain = chains.best()
    if chain is None:
        return np.inf, list(range(chains.stuck(None).at + 1))
    return chain.value, list(range(len(opened)))


def _chains(asked: Asked, opened: Bools, weights: list[float], never_close: bool, clock: Clock) -> Chains:
    """Chains of some sets, (orders, T, m)."""
    years = []
    for t, (year, problem) in enumerate(asked.problems.items()):
        sets = _kept(problem, np.unique(opened[:, t], axis=0))
        years.append(year_of(year, problem, asked.goal, weights[t], asked.budget[year], clock, asked.filling, [sets]))
    return Chains(years, never_close, clock, asked.filling)


def _kept(problem: Problem, opened: Bools) -> Kept:
    """Those of some sets that keep the year's rules."""
    allowed = allowed_pairs(problem)
    plans = NearestPlans(problem, opened, allowed)
    kept, paid = keeps_rules(problem, plans)
    return Kept(
        plans=NearestPlans(problem, opened[kept], allowed, plans.beds[kept]), paid=paid[kept], valued=len(opened)
    )


def _no_order(asked: Asked, never_close: bool, clock: Clock) -> InfeasibleError:
    """The first year that has no set by itself, or to which no order leads, and why."""
    for year, problem in asked.problems.items():
        alone = replace(asked, problems={year: problem}, budget={year: np.inf}, start=(), filling=Filling())
        if not _leads_on(alone, never_close, clock):
            return without(problem, no_set(year, problem))
    if all(space_of(problem).sets <= MOST_SETS_AGAIN for problem in asked.problems.values()):
        return _by_every_set(asked, never_close, clock)
    years = list(asked.problems)
    if asked.start and (said := _bad_start(asked, clock)) is not None:
        return without(asked.problems[years[0]], said)
    for many, year in enumerate(years, start=1):
        some = replace(asked, problems={y: asked.problems[y] for y in years[:many]})
        if not _leads_on(some, never_close, clock):
            return without(asked.problems[year], _why(some, year, never_close, clock))
    raise SolverError("An order was found where there was none.")  # pragma: no cover - only with a fault in here


def _by_every_set(asked: Asked, never_close: bool, clock: Clock) -> InfeasibleError:
    """What the chains of every set say, where these are few enough."""
    weights = [(1 + asked.discount) ** -t for t in range(len(asked.problems))]
    years = [
        year_of(year, problem, asked.goal, weight, asked.budget[year], clock, asked.filling)
        for (year, problem), weight in zip(asked.problems.items(), weights, strict=True)
    ]
    try:
        best_chain(Chains(years, never_close, clock, asked.filling), asked.start)
    except InfeasibleError as error:
        return error
    raise SolverError("The chains find an order where the model finds none.")  # pragma: no cover - a fault in here


def _bad_start(asked: Asked, clock: Clock) -> NoYear | None:
    """What is wrong with the units the first year is given; None where nothing is."""
    year, problem = next(iter(asked.problems.items()))
    opened = np.isin(np.array(problem.network.site_ids), asked.start)[None]
    first = year_of(year, problem, asked.goal, 1.0, asked.budget[year], clock, asked.filling, [_kept(problem, opened)])
    return None if len(first.open) else not_that_set(first, asked.start)


def _leads_on(asked: Asked, never_close: bool, clock: Clock) -> bool:
    """Whether there is any order."""
    return _searched(asked, never_close, clock, any_order=True) is not None


def _why(asked: Asked, year: int, never_close: bool, clock: Clock) -> NoYear:
    """What stands in the way of the last of some years: its budget, how units fill, or a rule, each tried by itself."""
    problem = asked.problems[year]

    def built_for(dkk: float) -> bool:
        return _leads_on(replace(asked, budget={**asked.budget, year: dkk}), never_close, clock)

    each = problem.finance.building_dkk_per_bed
    if each > 0 and math.isfinite(asked.budget[year]) and built_for(math.inf):
        beds, most = math.floor(asked.budget[year] / each), int(problem.size_limits[1].sum())
        while beds + 1 < most:
            half = (beds + most) // 2
            beds, most = (beds, half) if built_for(half * each) else (half, most)
        text = f"no order of opening leads to it for {asked.budget[year] / 1e6:,.1f} M DKK."
        way = f"{most * each / 1e6:,.2f} M DKK in this year would do for a step."
        return NoYear(year=year, text=text, rules=("budget",), way_out=way)
    text = "no order of opening leads to a set that keeps this year's rules, with its budget and what is there."
    if asked.filling.usable and _leads_on(replace(asked, filling=Filling()), never_close, clock):
        return loosened(year, text, ("filling",), closing=never_close)
    lighter = {
        rule.name: rules_off(problem, rule.name)
        for rule in weighed_rules(problem)
        if why_not(rules_off(problem, rule.name)) is None
    }
    in_the_way = tuple(
        name
        for name, one in lighter.items()
        if _leads_on(replace(asked, problems={**asked.problems, year: one}), never_close, clock)
    )
    return loosened(year, text, in_the_way, closing=never_close)
