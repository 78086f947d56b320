"""The laws of an objective, and a suite that tries them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from capacity.arrays import Ints
from capacity.engines.choose import REGISTRY
from capacity.engines.enumerate import ENUMERATE, keeps_rules, why_not
from capacity.engines.linear.model import Model, build
from capacity.engines.mip import MIP
from capacity.engines.question import Engine, Question
from capacity.engines.solve import solve
from capacity.errors import CapacityError, DataError, InfeasibleError, NoPlanError
from capacity.plan.plan import Plan
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs, allowed_sites, rules_on
from capacity.rules.families import Nearest
from capacity.rules.objectives import Objective, objective_named
from capacity.testing.broken import BrokenLawError
from capacity.testing.trial import Checked, Truth, by_brute_force, by_scipy, sets_of, shrunk
from capacity.testing.trial import small_problem as small
from capacity.tolerances import AGREE, SUMS

MOST_SETS = 4
"""Sets of sites at which rows and arrays are compared, in one problem."""


def check_objective(objective: Objective | str | Any, *, count: int = 20, seed: int = 0) -> Checked:
    """Try an objective on small random problems, and tell which law it breaks.

    Laws: its values have a scenario each and are the same again, what is expected lies within them, its sign is 1 or
    -1, its bounds lie below every plan, its rows and its arrays say the same of a plan, the traits it declares hold,
    and the engines that accept it agree with brute force.

    Parameters
    ----------
    objective : Objective, an object with a ``name`` and a ``by_scenario``, or the name of one of the library's
    count : int
        Problems tried.
    seed : int
        Of the first problem; the others follow.

    Returns
    -------
    Checked

    Raises
    ------
    BrokenLawError
        At the first law that is broken, with the smallest problem found that breaks it, and how to repeat it.
    DataError
        Where it is no objective.
    """
    goal = objective_named(objective)
    if goal.sign not in (1, -1):
        raise BrokenLawError(
            f"The objective {goal.name}",
            "its sign is 1 or -1",
            f"It is {goal.sign!r}.",
            small(seed),
            seed,
            f"check_objective({goal.name!r})",
        )
    answered = 0
    for k in range(seed, seed + count):
        problem = small(k)
        if not goal.told_of(problem):
            continue
        answered += 1
        for law, holds in LAWS.items():
            if _tried(holds, goal, problem) is not None:
                smallest, said = shrunk(problem, partial(_tried, holds, goal))
                again = f"check_objective({goal.name!r}, seed={k}, count=1)"
                raise BrokenLawError(f"The objective {goal.name}", law, said, smallest, k, again)
    return Checked(problems=count, answered=answered)


def _tried(holds: Callable[[Objective, Problem], str | None], goal: Objective, problem: Problem) -> str | None:
    """What a law says; an error that is none of the library's is a broken law too."""
    try:
        return holds(goal, problem)
    except CapacityError:
        raise
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"


def _plans(problem: Problem) -> NearestPlans:
    return NearestPlans(problem, sets_of(problem), allowed_pairs(problem))


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= AGREE * max(1.0, abs(one), abs(other))


# --- the laws: each says what is wrong, or None ------------------------------------------------


def _a_value_a_scenario(goal: Objective, problem: Problem) -> str | None:
    plans = _plans(problem)
    value, expected = goal.by_scenario(problem, plans), goal.expected(problem, plans)
    shape = (len(plans.open), len(problem.scenarios.ids))
    if np.shape(value) != shape:
        return f"`by_scenario` has the shape {np.shape(value)}; plans by scenarios are {shape}."
    if np.shape(expected) != shape[:1]:
        return f"`expected` has the shape {np.shape(expected)}; the plans are {shape[0]}."
    if not (np.isfinite(value).all() and np.isfinite(expected).all()):
        return "A value is infinite or no number."
    one = goal.by_scenario(problem, NearestPlans(problem, plans.open[:1], allowed_pairs(problem)))
    if not np.allclose(one, value[:1], rtol=SUMS, atol=0):
        return f"A plan alone has {one.tolist()}, among others {value[:1].tolist()}."
    return None


def _the_same_again(goal: Objective, problem: Problem) -> str | None:
    plans = _plans(problem)
    one, other = goal.by_scenario(problem, plans), goal.by_scenario(problem, _plans(problem))
    return None if np.array_equal(one, other) else "The values of the same plans differ the second time."


def _expected_lies_within(goal: Objective, problem: Problem) -> str | None:
    plans = _plans(problem)
    each, expected = goal.by_scenario(problem, plans)[:, problem.probability > 0], goal.expected(problem, plans)
    room = AGREE * np.maximum(1.0, np.abs(expected))
    wrong = (expected < each.min(axis=1) - room) | (expected > each.max(axis=1) + room)
    if not wrong.any():
        return None
    b = int(np.flatnonzero(wrong)[0])
    return f"`expected` is {expected[b]!r}, the scenarios have {each[b].tolist()}."


def _bounds_lie_below(goal: Objective, problem: Problem) -> str | None:
    plans = _plans(problem)
    # A site that a rule excludes is no unit of any plan.
    plans = NearestPlans(
        problem, plans.open[~plans.open[:, ~allowed_sites(problem)].any(axis=1)], allowed_pairs(problem)
    )
    served = (plans.served >= 1).all(axis=(1, 2))
    if goal.least is not None and served.any():
        least, value = goal.least(problem), float(goal.expected(problem, plans)[served].min())
        if least > value + AGREE * max(1.0, abs(value)):
            return f"`least` says {least!r}; a plan has {value!r}."
    if goal.floor is not None:
        floor, each = goal.floor(problem), goal.by_scenario(problem, plans)
        if np.shape(floor) != (len(problem.scenarios.ids),):
            return f"`floor` has the shape {np.shape(floor)}; the scenarios are {len(problem.scenarios.ids)}."
        if (each < floor - AGREE * np.maximum(1.0, np.abs(floor))).any():
            return f"`floor` says {floor.tolist()}; a plan has {each.min(axis=0).tolist()}."
    return None


def _beneath_lies_below(goal: Objective, problem: Problem) -> str | None:
    """Of the problem, and of it with money for nothing but units and stays, where more objectives have one."""
    said = [_beneath(goal, one) for one in (problem, problem.replace(aftercare={"days": False}))]
    return next((one for one in said if one is not None), None)


def _beneath(goal: Objective, problem: Problem) -> str | None:
    below = None if goal.beneath is None or not goal.bends(problem) else goal.beneath(problem)
    if below is None:
        return None
    if below.bends(problem):
        return "What lies beneath it bends too."
    plans = _plans(problem)
    kept, _ = keeps_rules(problem, plans)
    least, value = below.expected(problem, plans)[kept], goal.expected(problem, plans)[kept]
    over = least - value - AGREE * np.maximum(1.0, np.abs(value))
    if (over > 0).any():
        return f"`beneath` says {float(least[over > 0][0])!r} of a plan that has {float(value[over > 0][0])!r}."
    return None


def _smallest_is_best(goal: Objective, problem: Problem) -> str | None:
    if not goal.smallest_is_best:
        return None
    plans = _plans(problem)
    larger = NearestPlans(problem, plans.open, allowed_pairs(problem), plans.beds + plans.open)
    few, many = goal.expected(problem, plans), goal.expected(problem, larger)
    if (many >= few - AGREE * np.maximum(1.0, np.abs(few))).all():
        return None
    return f"It declares `smallest_is_best`; with a bed more a unit a plan has {float((many - few).min())!r} less."


def _rows_say_the_same(goal: Objective, problem: Problem) -> str | None:
    """At plans under `nearest`, whatever the problem's own rules are."""
    if not goal.has_rows:
        return None
    off = [rule.name for rule in rules_on(problem) if not rule.usual]
    free = problem.replace(policy=dict.fromkeys(off) | {Nearest.name: True})
    plans = _plans(free)
    kept, _ = keeps_rules(free, plans)
    if free.outpatient.on and not goal.outside:
        return None
    try:
        model = build(free, goal)
    except DataError:
        # It says that rows do not hold all of it here.
        return None
    for b in np.flatnonzero(kept)[:MOST_SETS]:
        value = float(goal.expected(free, plans)[b])
        found = by_scipy(model.linear.with_fixed(*_fixed(model, plans, int(b))))
        if found.values is None:
            return f"Its rows allow no plan with {plans.open[b].tolist()}, which keeps every rule."
        said = model.terms.value(found.objective)
        if not _near(said, value):
            return f"Its rows say {said!r}, its arrays {value!r} of the units {plans.open[b].tolist()}."
    return None


def _fixed(model: Model, plans: NearestPlans, b: int) -> tuple[Ints, Any]:
    """Columns of a plan's units, sizes and shares, and their values."""
    v = model.variables
    shares = np.zeros(plans.problem.minutes.shape)
    sent = plans.shares(b)
    shares[sent.point, sent.site] = sent.share
    each = shares[v.pair_point, v.pair_site]
    chosen = plans.beds[b][v.size_site] == v.size_beds
    return (
        np.concatenate([v.open[v.sites], v.size, *(v.share(s) for s in range(v.scenarios))]),
        np.concatenate([plans.open[b][v.sites], chosen, *([each] * v.scenarios)]).astype(float),
    )


def _engines_agree(goal: Objective, problem: Problem) -> str | None:
    try:
        truth = by_brute_force(problem, goal) if goal.has_rows or why_not(problem) is None else None
    except DataError:
        return None
    for engine in REGISTRY.values():
        if engine.why_not(Question(problem=problem, goal=goal)) is None:
            said = _compared(engine, goal, problem, truth)
            if said is not None:
                return f"Engine {engine.name}: {said}"
    return None


def _compared(engine: Engine, goal: Objective, problem: Problem, truth: Truth | None) -> str | None:
    plan: Plan | None = None
    try:
        plan = solve(problem, goal, engine=engine)
    except InfeasibleError:
        pass
    except (DataError, NoPlanError):
        return None
    if plan is None or truth is None:
        said = f"{plan or 'no plan'}; by brute force {truth or 'there is none'}."
        return None if plan is None and truth is None else said
    bound = goal.sign * plan.bound
    if np.isfinite(bound) and bound > truth.value + AGREE * max(1.0, abs(truth.value)):
        return f"its bound {bound!r} is above {truth.rank}."
    if plan.status == "optimal" and not _near(plan.loss, truth.value):
        return f"it proved {plan.loss!r}; by brute force the best is {truth.rank}."
    return None


def _worst_cases_agree(goal: Objective, problem: Problem) -> str | None:
    """Of an objective that says that its scenarios can stand in rows."""
    if not goal.in_rows or len(problem.scenarios.ids) < 2 or why_not(problem) is not None:
        return None
    values = []
    for engine in (ENUMERATE, MIP):
        try:
            values.append(float(solve(problem, goal, engine=engine, risk="worst_case").record["risk_value"]))
        except InfeasibleError:
            values.append(np.inf)
        except DataError:
            return None
    if values[0] == values[1] or _near(*values):
        return None
    return f"It declares `in_rows`; the least worst case is {values[0]!r} by arrays and {values[1]!r} by rows."


LAWS: dict[str, Callable[[Objective, Problem], str | None]] = {
    "it has a value for each plan and scenario": _a_value_a_scenario,
    "the same plan has the same value": _the_same_again,
    "what is expected lies within the scenarios' values": _expected_lies_within,
    "its bounds lie below every plan": _bounds_lie_below,
    "what lies beneath it is above no plan": _beneath_lies_below,
    "of plans that differ in beds alone the smallest is best": _smallest_is_best,
    "its rows and its arrays say the same of a plan": _rows_say_the_same,
    "engines agree with brute force": _engines_agree,
    "its worst cases agree": _worst_cases_agree,
}
