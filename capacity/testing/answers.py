"""What the library answers with a rule, against every plan there is."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable

import numpy as np

from capacity.engines.decompose.decomposing import DECOMPOSE
from capacity.engines.enumerate import ENUMERATE
from capacity.engines.mip import MIP
from capacity.engines.question import OwnEngine
from capacity.engines.rank.ranked import RANK
from capacity.errors import CapacityError, DataError, InfeasibleError
from capacity.problem.problem import Problem
from capacity.rules import rules_on
from capacity.rules.families import Nearest, OneAgreement
from capacity.rules.objectives import COST, PUBLIC_COST, TRAVEL, Objective, objective_named
from capacity.testing.brute import Judged, every_plan, judged, judged_plans, split_plans
from capacity.testing.problems import given_course
from capacity.tolerances import ALIKE

APART = (DECOMPOSE, MIP)

ENGINES = (ENUMERATE, RANK, MIP)
"""Engines that are compared with brute force where they accept a problem."""

EFFORT = 20.0
"""Seconds given to an explanation, so that it is seldom cut short."""

INSIDE = 3
"""Values solved inside each range that is called proven."""


def _whole(problem: Problem, name: str, rng: np.random.Generator) -> Problem:
    """The problem with whole assignments, so that every plan can be looked at."""
    binding = [rule for rule in problem.policy.values() if rule.binds_to_nearest or rule.whole_shares]
    if binding and not any(rule.name in problem.policy.prices for rule in binding):
        return problem
    return problem.replace(policy={Nearest.name if rng.random() < 0.5 else OneAgreement.name: True})


def engines(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """Every engine that accepts the problem gives the best value there is, and none where there is none."""
    whole = _whole(problem, name, rng)
    rule = whole.policy[name]
    if rng.random() < 0.25 and not rule.always and not rule.serves_all:
        whole = whole.replace(policy={"prices": {name: float(rng.choice([0.5, 5.0, 50.0]))}})
    goal = objective_named(str(rng.choice([TRAVEL.name, COST.name])))
    known = judged(whole)
    if known is None:
        return None
    return _engines_give(whole, goal, known.least(goal.name)) or _apart(problem, goal) or ""


def _sparer(problem: Problem, name: str, rng: np.random.Generator) -> Problem:
    """The problem as it is or, two times in three, without rules beside the usual: few plans keep many of them."""
    if rng.random() < 1 / 3:
        return problem
    others = [rule.name for rule in problem.policy.values() if not rule.usual and rule.name != name]
    return problem.replace(policy={"prices": {}, **dict.fromkeys(others, False)})


def courses(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """With an outpatient course, too, every engine that accepts the problem gives the best value there is."""
    policy = {Nearest.name: True, "prices": {}}
    problem = given_course(_sparer(problem, name, rng).replace(policy=policy), rng)
    goal = objective_named(str(rng.choice([TRAVEL.name, COST.name, PUBLIC_COST.name])))
    known = judged(problem)
    return None if known is None else _engines_give(problem, goal, known.least(goal.name))


def split(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """Where families may be split, or left out at a price, no plan looked at is better than the engines' best."""
    rule = problem.policy[name]
    prices: dict[str, float] = {}
    if not rule.always and rng.random() < 0.5:
        prices = {name: float(rng.choice([0.5, 5.0, 50.0]))}
    off = {other.name: False for other in problem.policy.values() if other.binds_to_nearest or other.whole_shares}
    if name in off:
        return None
    problem = _sparer(problem, name, rng).replace(policy={**off, "prices": {}})
    problem = problem.replace(policy={"prices": prices})
    goal = objective_named(str(rng.choice([TRAVEL.name, COST.name])))
    plans = split_plans(problem)
    if plans is None:
        return None
    known = judged_plans(problem, plans).least(goal.name)
    values: dict[str, float | None] = {}
    for engine in (RANK, MIP):
        try:
            values[engine.name] = _value(problem, goal, engine)
        except DataError:
            continue
    for engine_name, value in values.items():
        if known is not None and (value is None or value > known + ALIKE * max(1.0, abs(known))):
            return f"the engine {engine_name} finds {value} for {goal.name}, a plan looked at gives {known}"
    return "" if values else None


def _engines_give(problem: Problem, goal: Objective, best: float | None) -> str | None:
    """The engine that does not give the best value there is; "" where all do, None where none accepts the problem."""
    said = None
    for engine in ENGINES:
        try:
            value = _value(problem, goal, engine)
        except DataError:
            continue
        if (value is None) != (best is None) or (
            value is not None and best is not None and abs(value - best) > ALIKE * max(1.0, abs(best))
        ):
            return f"the engine {engine.name} finds {value} for {goal.name}, every plan looked at gives {best}"
        said = ""
    return said


def _value(problem: Problem, goal: Objective, engine: OwnEngine) -> float | None:
    """What an engine finds; None where it finds that no plan keeps the rules."""
    from capacity.engines.solve import solve

    try:
        return solve(problem, objective=goal, engine=engine).loss
    except InfeasibleError:
        return None


def _apart(problem: Problem, goal: Objective) -> str | None:
    """Scenarios taken apart, against the whole model."""
    from capacity.engines.solve import solve

    loose = problem.replace(policy={Nearest.name: None, OneAgreement.name: None})
    values: list[float | None] = []
    for engine in APART:
        try:
            values.append(solve(loose, objective=goal, engine=engine).loss)
        except InfeasibleError:
            values.append(None)
        except CapacityError:
            return None
    one, other = values
    if (one is None) != (other is None) or (
        one is not None and other is not None and abs(one - other) > ALIKE * max(1.0, abs(other))
    ):
        return f"scenarios taken apart give {one} for {goal.name}, the whole model {other}"
    return None


# --- explanations ----------------------------------------------------------------------------------


def minimal_clashes(known: Judged, names: Iterable[str]) -> set[frozenset[str]]:
    """Minimal sets of the named rules that no plan keeps together."""
    ordered = sorted(names)
    frame = frozenset(rule.name for rule in rules_on(known.problem) if rule.frame)
    clashes: set[frozenset[str]] = set()
    for size in range(len(ordered) + 1):
        for some in map(frozenset, itertools.combinations(ordered, size)):
            if not any(other <= some for other in clashes) and not known.keeping(frame | some).any():
                clashes.add(some)
    return clashes


def _whatever_the_ways(problem: Problem) -> Judged | None:
    """Every plan judged, those too that send families too far: where that is forbidden they are not made."""
    far = [rule.name for rule in problem.policy.values() if rule.says("pairs") and rule.pairs_by_nearness]
    plans = every_plan(problem.replace(policy=dict.fromkeys(far, False)))
    return None if plans is None else judged_plans(problem, plans)


def explained(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """Conflicts are minimal, and all where they are called complete; ways out lead to plans, and none is missed."""
    from capacity.studies.explain import explain

    whole = _whole(problem, name, rng).replace(policy={"prices": {}})
    known = judged(whole)
    if known is None or known.keeping(frozenset(known.broken)).any() or not len(known.plans.open):
        return None
    try:
        explanation = explain(whole, effort=EFFORT)
    except DataError:
        # No rows hold every rule, and families are not bound to their nearest unit.
        return None
    weighed = [rule.name for rule in rules_on(whole) if not rule.frame]
    conflicts = [frozenset(conflict.rules) for conflict in explanation.conflicts]
    for conflict in conflicts:
        if fault := _conflict(whole, weighed, conflict):
            return fault
    # What binds families, or keeps them together, is kept by all the plans looked at.
    bound = {rule.name for rule in rules_on(whole) if rule.binds_to_nearest or rule.whole_shares}
    shaped = any(rule.shapes_nearest for rule in rules_on(whole))
    if explanation.complete and not shaped:
        expected = minimal_clashes(_whatever_the_ways(whole) or known, [rule for rule in weighed if rule not in bound])
        stripped = {some - bound for some in conflicts}
        stripped = {some for some in stripped if not any(other < some for other in stripped)}
        if expected != {frozenset()} and stripped != expected:
            told = [[sorted(some) for some in sorted(sets, key=sorted)] for sets in (conflicts, expected)]
            return f"explain gives the conflicts {told[0]}, every plan looked at gives {told[1]}"
    for way in explanation.ways_out:
        if fault := _way(whole, way.key, way.value, way.also):
            return fault
    settled = {way.key.split(".")[1] for way in explanation.ways_out if way.key.startswith("rules.")} | {
        key.split(".")[1] for key in explanation.unsettled if key.startswith("rules.")
    }
    for rule in weighed:
        if rule not in settled and explanation.complete:
            other = judged(whole.replace(policy={rule: False}))
            if other is not None and other.keeping(frozenset(other.broken)).any():
                ways = [way.key for way in explanation.ways_out]
                return f"switching {rule} off gives a plan, and no way out says so ({ways})"
    return ""


def _conflict(problem: Problem, weighed: Iterable[str], conflict: frozenset[str]) -> str | None:
    """What is wrong with a conflict: a plan that keeps it, or a rule of it without which there is none either."""
    others = {rule.name for rule in rules_on(problem) if rule.binds_to_nearest} | set(weighed)
    part = problem.replace(policy=dict.fromkeys(others - conflict, False))
    known = judged(part)
    if known is None or not conflict & others:
        return None
    if known.keeping(frozenset(known.broken)).any():
        return f"explain gives the conflict {sorted(conflict)}, and a plan keeps all of it"
    for name in conflict & others:
        fewer = judged(part.replace(policy={name: False}))
        if fewer is not None and not fewer.keeping(frozenset(fewer.broken)).any():
            return f"explain gives the conflict {sorted(conflict)}, and without {name} it is one as well"
    return None


def _way(problem: Problem, key: str, value: object, also: Iterable[tuple[str, object, object]]) -> str | None:
    """What is wrong with a way out."""
    changed = problem.set(key, value)
    for other, to, _ in also:
        changed = changed.set(other, to)
    known = judged(changed)
    if known is None or known.keeping(frozenset(known.broken)).any():
        return None
    return f"the way out {key} = {value!r} leads to no plan"


# --- ranges ----------------------------------------------------------------------------------------


def ranges(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """What is called best on a range, and proven, is best at values inside it."""
    from capacity.engines.solve import solve
    from capacity.studies.switch import switch_points

    problem = problem.replace(policy={"prices": {}, Nearest.name: True})
    rule = problem.policy[name]
    women = problem.scenarios.women_per_year
    asked: list[tuple[str, float, float]] = [
        ("demand.women_per_year", 0.5 * women, 1.5 * women),
        ("finance.day_rate_dkk", 2_000.0, 9_000.0),
    ]
    for field in dataclasses.fields(rule):  # type: ignore[arg-type]  # each subclass is one
        value = getattr(rule, field.name)
        if isinstance(value, float) and value > 0:
            plain = problem.get(f"rules.{name}")
            part = "" if field.name == rule.short and not isinstance(plain, dict) else f".{field.name}"
            if isinstance(plain, dict) or not part:
                asked.append((f"rules.{name}{part}", 0.5 * value, min(1.5 * value, 1.0) if value <= 1 else 1.5 * value))
    key, low, high = asked[int(rng.integers(len(asked)))]
    try:
        found = switch_points(problem, key, low, high, exact_to=(high - low) / 50, pieces=4)
    except DataError:
        return None
    for span in found:
        if not span.proven or span.high <= span.low:
            continue
        edge = (high - low) / 40
        for at in rng.uniform(span.low, span.high, INSIDE):
            if not span.low + edge < at < span.high - edge:
                continue
            changed = problem.set(key, float(at))
            try:
                best = solve(changed)
                value, sites = best.objective, best.site_ids
            except InfeasibleError:
                value, sites = None, ()
            if sites == span.site_ids:
                continue
            if value is not None and span.site_ids and _as_good(changed, span.site_ids, value):
                continue
            return (
                f"{key} from {span.low:.6g} to {span.high:.6g} is proven to have {list(span.site_ids)}, but "
                f"at {at:.6g} solve opens {list(sites)}"
            )
    return ""


def _as_good(problem: Problem, sites: tuple[str, ...], value: float) -> bool:
    from capacity.engines.solve import solve
    from capacity.rules.siting import decided

    try:
        other = solve(problem.replace(policy=decided(problem, sites))).objective
    except CapacityError:
        return False
    return abs(other - value) <= ALIKE * max(1.0, abs(value))
