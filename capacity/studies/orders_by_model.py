"""The best chain of sets by a linear model of all years: the model names orders by a bound, and each is valued exactly.

An order that was valued is left out, until nothing that is left can be as good as the best.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capacity.arrays import Bools
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.engines.enumerate import Kept, keeps_rules
from capacity.engines.linear.solvers import Solution, solve_arrays
from capacity.errors import InfeasibleError, SolverError
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs
from capacity.studies.chain_years import year_of
from capacity.studies.chains import Chain, Chains
from capacity.studies.filling import Filling
from capacity.studies.joined_years import JoinedYears, joined
from capacity.studies.no_year import NoYear, no_set, without
from capacity.studies.years_asked import Asked
from capacity.tolerances import AGREE

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


def _searched(asked: Asked, never_close: bool, clock: Clock) -> ByModel | None:
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
    named: list[Bools] = []
    best, bound, solver = np.inf, np.inf, ""
    for orders in range(MOST_ORDERS):
        solution = _solved(model, clock)
        solver = solution.solver or solver
        bound = min(solution.bound, solution.objective)
        if solution.values is None or bound > best + AGREE * abs(best):
            break
        opened = model.opened_in(solution.values)
        value, years = _valued(asked, opened, weights, never_close, clock)
        if value < np.inf:
            named.append(opened)
            if value < best:
                best = value
                model = model.at_most(best + AGREE * abs(best))
        model = model.without(opened, years)
        clock.tell("Orders are named by the model and valued", done=orders + 1, best=best, bound=bound)
        clock.check()
    else:
        raise SolverError(
            f"More than {MOST_ORDERS:,} orders had to be valued. Ask for fewer years, or narrow rules.units."
        )
    if not named:
        return None
    chains = _chains(asked, np.stack(named), weights, never_close, clock)
    chain = chains.best()
    if chain is None:
        raise SolverError("An order was lost.")  # pragma: no cover - only with a fault in here
    return ByModel(chains=chains, chain=chain, bound=min(bound, chain.value), orders=orders, solver=solver)


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
        if _searched(alone, never_close, clock) is None:
            return without(problem, no_set(year, problem))
    years = list(asked.problems.items())
    for many, (year, problem) in enumerate(years, start=1):
        some = replace(asked, problems=dict(years[:many]))
        if many < len(years) and _searched(some, never_close, clock) is not None:
            continue
        text = "no order of opening leads to a set that keeps this year's rules, with its budget and what is there."
        way = "Loosen this year's rules, give it or the years before more money, or start with other units."
        return without(problem, NoYear(year=year, text=text, rules=(), way_out=way))
    raise SolverError("An order was found where there was none.")  # pragma: no cover - only with a fault in here
