"""What the conformance suites run on: small random problems, brute force, and how a broken law is told.

A law that is broken is looked for again in ever smaller problems, until nothing can be left out of one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

from capacity.engines.bending import keeping_all
from capacity.engines.enumerate import Ranked, keeps_rules, why_not, yearly_cost
from capacity.engines.linear.model import LinearModel, build
from capacity.engines.linear.solvers import Solution
from capacity.engines.settling import settle_by_steps
from capacity.errors import CapacityError, DataError
from capacity.problem.aftercare import Aftercare
from capacity.problem.demand import Scenarios
from capacity.problem.network import Network
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs
from capacity.rules.families import Nearest
from capacity.rules.objectives import Objective
from capacity.testing.problems import random_problem, stream, with_course
from capacity.tolerances import AGREE

MOST_TRIES = 200
"""Smaller problems tried at most."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a suite looked at.

    Attributes
    ----------
    problems : int
    answered : int
        Of them; the others the engine said it cannot answer.
    """

    problems: int
    answered: int


# --- problems --------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def small_problem(seed: int) -> Problem:
    """A random problem small enough to try every set of sites; in half of them everybody uses the nearest unit."""
    rng = stream(seed, "shape")
    problem = random_problem(
        seed, points=int(rng.integers(2, 5)), sites=int(rng.integers(2, 4)), scenarios=int(rng.choice([1, 1, 2]))
    )
    return with_course(seed, problem.replace(policy={Nearest.name: True if rng.random() < 0.5 else None}))


def smaller(problem: Problem) -> Iterator[Problem]:
    """The problem with one thing less: a rule, aftercare, a scenario, a demand point, a site."""
    changes: list[Callable[[], Problem]] = [
        lambda name=name: problem.replace(policy={name: None})  # type: ignore[misc]  # mypy knows no defaults here
        for name in problem.policy.on
    ]
    if problem.aftercare.on:
        changes.append(lambda: problem.replace(aftercare=Aftercare()))
    for s in range(len(problem.scenarios.ids) if len(problem.scenarios.ids) > 1 else 0):
        changes.append(lambda s=s: _without_scenario(problem, s))  # type: ignore[misc]
    for i in range(len(problem.network.point_ids)):
        changes.append(lambda i=i: _without_point(problem, i))  # type: ignore[misc]
    for j in range(len(problem.network.site_ids)):
        changes.append(lambda j=j: _without_site(problem, j))  # type: ignore[misc]
    for change in changes:
        try:
            changed = change()
        except (DataError, ValueError, TypeError):
            continue
        if (
            changed.policy.on != problem.policy.on
            or changed.aftercare.on != problem.aftercare.on
            or changed.minutes.shape != problem.minutes.shape
            or len(changed.scenarios.ids) != len(problem.scenarios.ids)
        ):
            yield changed


def _left(values: Any, drop: int) -> Any:
    return tuple(v for k, v in enumerate(values) if k != drop) if isinstance(values, tuple) else np.delete(values, drop)


def _without(network: Network, kind: str, drop: int) -> Network:
    columns = f"{kind}columns"
    named = [f.name for f in fields(network) if f.name.startswith(kind) and f.name != columns]
    named += ["existing_beds", "neonatal"] if kind == "site_" else []
    kept = {name: getattr(network, name) for name in named if getattr(network, name) is not None}
    less: dict[str, Any] = {name: _left(values, drop) for name, values in kept.items() if np.ndim(values) == 1}
    less[columns] = {name: _left(values, drop) for name, values in getattr(network, columns).items()}
    return network.replace(**less)


def _without_scenario(problem: Problem, s: int) -> Problem:
    old = problem.scenarios
    chance = np.delete(problem.probability, s)
    return problem.replace(
        scenarios=Scenarios(
            ids=_left(old.ids, s),
            point_ids=old.point_ids,
            women=np.delete(old.women, s, axis=0),
            probability=chance / chance.sum(),
            must_hold=np.delete(problem.must_hold, s),
        )
    )


def _without_point(problem: Problem, i: int) -> Problem:
    at = problem.scenarios.point_ids.index(problem.network.point_ids[i])
    row = problem.travel.origin_ids.index(problem.network.point_ids[i])
    return problem.replace(
        network=_without(problem.network, "point_", i),
        scenarios=problem.scenarios.replace(
            point_ids=_left(problem.scenarios.point_ids, at), women=np.delete(problem.scenarios.women, at, axis=1)
        ),
        travel=problem.travel.replace(
            origin_ids=_left(problem.travel.origin_ids, row), values=np.delete(problem.travel.values, row, axis=0)
        ),
    )


def _without_site(problem: Problem, j: int) -> Problem:
    site = problem.network.site_ids[j]
    column = problem.travel.destination_ids.index(site)
    changes: dict[str, Any] = {
        "network": _without(problem.network, "site_", j),
        "travel": problem.travel.replace(
            destination_ids=_left(problem.travel.destination_ids, column),
            values=np.delete(problem.travel.values, column, axis=1),
        ),
    }
    if problem.to_ambulatory is not None:
        row = problem.to_ambulatory.origin_ids.index(site)
        changes["to_ambulatory"] = problem.to_ambulatory.replace(
            origin_ids=_left(problem.to_ambulatory.origin_ids, row),
            values=np.delete(problem.to_ambulatory.values, row, axis=0),
        )
    return problem.replace(**changes)


def shrunk(problem: Problem, broken: Callable[[Problem], str | None]) -> tuple[Problem, str]:
    """The smallest problem found that breaks a law, and what is wrong there."""
    said, tries = broken(problem) or "It was seen once, and not again.", 0
    further = True
    while further:
        further = False
        for less in smaller(problem):
            tries += 1
            if tries > MOST_TRIES:
                return problem, said
            try:
                now = broken(less)
            except CapacityError:
                continue
            if now is not None:
                problem, said, further = less, now, True
                break
    return problem, said


# --- brute force -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Truth:
    """The first plan in the order of plans, by trying every set of sites."""

    rank: Ranked

    @property
    def value(self) -> float:
        """Least value."""
        return self.rank.objective


def sets_of(problem: Problem) -> np.ndarray:
    """Every set of sites, (2^m - 1, m) of bool."""
    m = len(problem.network.site_ids)
    rows = [row for row in itertools.product([False, True], repeat=m) if any(row)]
    return np.array(rows, dtype=bool)


@lru_cache(maxsize=256)
def by_brute_force(problem: Problem, objective: Objective) -> Truth | None:
    """Every set of sites, each at its best: by arrays under `nearest`, elsewhere by the model with the set decided.

    None where no set keeps the rules. The models are solved by SciPy, step by step in the order of plans.
    """
    found: Ranked | None = None
    for rank in _by_arrays(problem, objective) if why_not(problem) is None else _by_models(problem, objective):
        if found is None or rank.before(found):
            found = rank
    return None if found is None else Truth(rank=found)


def _by_arrays(problem: Problem, objective: Objective) -> Iterator[Ranked]:
    plans = NearestPlans(problem, sets_of(problem), allowed_pairs(problem))
    kept, paid = keeps_rules(problem, plans)
    value, cost, beds = objective.expected(problem, plans) + paid, yearly_cost(problem, plans), plans.beds.sum(axis=1)
    ids = problem.network.site_ids
    for b in np.flatnonzero(kept):
        sites = tuple(sorted(ids[j] for j in np.flatnonzero(plans.open[b])))
        yield Ranked(objective=float(value[b]), beds=int(beds[b]), cost=float(cost[b]), site_ids=sites)


def _by_models(problem: Problem, objective: Objective) -> Iterator[Ranked]:
    model = build(problem, objective, cuts=True)
    v = model.variables
    tried: list[tuple[float, LinearModel]] = []
    for opened in sets_of(problem):
        if opened[np.setdiff1d(np.arange(len(opened)), v.sites)].any():
            continue
        linear = model.linear.with_fixed(v.open[v.sites], opened[v.sites].astype(float))
        least, linear = keeping_all(model, linear, by_scipy)
        if least.values is not None:
            tried.append((least.objective, linear))
    best = min((value for value, _ in tried), default=np.inf)
    for value, linear in tried:
        # Only what may tie is settled.
        if value <= best + AGREE * max(1.0, abs(best)):
            settled = settle_by_steps(model, linear, by_scipy)
            if settled is not None:
                yield settled.rank


def by_scipy(linear: LinearModel) -> Solution:
    """A linear model solved by SciPy."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csc_matrix

    if linear.impossible:
        return Solution(outcome="infeasible")
    shape = (len(linear.row_lower), len(linear.cost))
    matrix = csc_matrix((linear.coefficient, linear.row, linear.start), shape=shape)
    solution = milp(
        linear.cost,
        integrality=linear.integer.astype(int),
        bounds=Bounds(linear.lower, linear.upper),
        constraints=LinearConstraint(matrix, linear.row_lower, linear.row_upper),
    )
    if solution.x is None:
        return Solution(outcome="infeasible")
    return Solution(outcome="optimal", values=np.asarray(solution.x), objective=float(solution.fun) + linear.constant)
