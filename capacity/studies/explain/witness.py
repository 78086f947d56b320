"""Where rules clash, and by how much the plan that comes closest misses them: worked out, not guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.enumerate import ids_of
from capacity.problem.problem import Problem
from capacity.rules import (
    Key,
    NearestPlans,
    Plans,
    allowed_pairs,
    allowed_sites,
    binding,
    rules_on,
    sayable,
    scenario_of,
    serves_all,
)
from capacity.rules.naming import named_site
from capacity.studies.explain.conflicts import changes_nearest, monotone
from capacity.studies.explain.elastic import Elastic, smallest_clash
from capacity.studies.explain.feasibility import Effort
from capacity.studies.explain.needs import needs
from capacity.studies.explain.sentences import asked, listed, missed, named_place
from capacity.studies.explain.worlds import Worlds, only, unlimited, without

MOST_PLACES = 3
"""More places than this are not named."""

MOST_MEASURED = 20_000
"""Worlds measured again in some places, or told the model of, at most."""

HALF = 0.5
"""What finding the places may take of the effort for one conflict; the closest plans have the rest."""

Places = Mapping[str, tuple[Key, ...]]
"""The regions or demand points in which a rule of a conflict cannot give way."""


def places_of(problem: Problem, rules: tuple[str, ...], worlds: Worlds) -> Places:
    """A minimal choice of regions and demand points that still clash with the other rules and ``nearest``."""
    weighed = frozenset(rules) - binding(problem)
    if monotone(problem, weighed):
        return _with_all_open(problem, weighed)
    # What changes who goes where is asked of all points or of none.
    placed = [name for name in rules if name in worlds.parts and name not in changes_nearest(problem)]
    if not placed or not worlds.all_of(only(problem, weighed)):
        return {}
    mine = worlds.under(weighed)
    at = {rule.name: k for k, rule in enumerate(worlds.rules)}
    whole = [at[name] for name in rules if name in at and name not in placed]
    hits = worlds.broken[mine][:, whole].sum(axis=1) + sum(worlds.parts[name][1][mine].sum(axis=1) for name in placed)
    places = {}
    for name in placed:
        keys, broken = worlds.parts[name][0], worlds.parts[name][1][mine]
        kept = []
        for k in np.argsort(broken.sum(axis=0), kind="stable"):
            if (hits[broken[:, k]] == 1).any():
                kept.append(int(k))
            else:
                hits = hits - broken[:, k]
        places[name] = tuple(keys[k] for k in sorted(kept))
    return places


def _with_all_open(problem: Problem, weighed: frozenset[str]) -> Places:
    """What even a unit at every site the others allow does not mend: the place it misses by most."""
    part = only(problem, weighed)
    placed = [rule for rule in rules_on(problem) if rule.placed and rule.name in weighed]
    if serves_all(problem):
        usable = (allowed_pairs(part) & allowed_sites(part)).any(axis=1)
        nowhere = np.flatnonzero(problem.active & ~usable)
        if len(nowhere):
            # The point farthest from what its own limit lets it use.
            ways = np.where(allowed_sites(part), problem.minutes, np.inf).min(axis=1)[nowhere]
            worst = nowhere[int(np.argmax(np.where(np.isfinite(ways), ways, -1.0)))]
            return {rule.name: ((problem.network.point_ids[worst],),) for rule in placed if rule.says("pairs")}
    for rule in placed:
        if rule.says("pairs"):
            continue
        plans = NearestPlans(part, allowed_sites(part)[None, :], allowed_pairs(part))
        excess = rule.excess(problem, plans)
        if excess.broken[0].any():
            return {rule.name: (excess.keys[int(np.argmax(excess.amount[0]))],)}
    return {}


def _holding(worlds: Worlds, rules: Iterable[str], places: Places) -> Bools:
    """Worlds that keep the given rules, those with places in these places, (W,)."""
    at = {rule.name: k for k, rule in enumerate(worlds.rules)}
    kept = np.ones(len(worlds.open), dtype=bool)
    for name in rules:
        if places.get(name) and name in worlds.parts:
            keys, broken = worlds.parts[name]
            kept &= ~broken[:, [_same_place(key, places[name]) for key in keys]].any(axis=1)
        elif name in at:
            kept &= ~worlds.broken[:, at[name]]
    return kept


def _same_place(key: Key, places: Iterable[Key]) -> bool:
    """Whether an instance is one of these places; where one of the two speaks of all scenarios, in any."""
    return any(all(a == b for a, b in zip(key, place, strict=False)) for place in places)


def tell(
    problem: Problem, rules: tuple[str, ...], worlds: Worlds | None, seeds: Worlds | None, effort: Effort
) -> tuple[str, dict[str, Any]]:
    """A conflict in the planner's words, and its witness by rule."""
    bound = binding(problem)
    loose = problem if bound <= frozenset(rules) else without(problem, *bound)
    nearest = loose is not problem and worlds is not None
    if worlds is not None:
        places = places_of(problem, rules, worlds)
        if nearest:
            places = _places_by_model(loose, rules, seeds, effort, places)
        closest, proven = {}, {}
        for rule in rules:
            closest[rule], proven[rule] = _closest_world(problem, rule, rules, places, worlds)
    else:
        places = _places_by_model(loose, rules, seeds, effort.part(HALF))
        closest, proven = _closest_by_model(loose, rules, places, seeds, effort)
    names = [asked(problem, rule) + _where(problem, rule, places) for rule in rules]
    told = [f"{' and '.join(names)} cannot {'all hold' if len(rules) > 1 else 'hold'}."]
    shaping = sorted(changes_nearest(problem) - frozenset(rules)) if bound and bound <= frozenset(rules) else []
    if shaping:
        told.append(f"(With {listed(shaping)} they may: it changes which unit is the nearest that families may use.)")
    witness: dict[str, Any] = {}
    for rule, key, sites in needs(problem, rules, places):
        missed = " or ".join(named_site(problem, j) for j in sites)
        told.append(f"{rule} in {named_place(problem, rule, key)} needs a unit at {missed}.")
        witness.setdefault("needs", []).append({"rule": rule, "where": list(key), "one_of": sites})
    for rule in rules:
        plans = closest[rule]
        if plans is None:
            continue
        seen, missed = _missed(problem, plans, rule, places)
        if not seen:
            continue
        # Families sent past their nearest unit might come closer still.
        witness[rule] = seen | {"closest": proven[rule] and not nearest}
        others = [r for r in rules if r != rule and r not in bound]
        kept = f"With {' and '.join(others)} kept" if others else "At best"
        kept += ", families at their nearest unit" if nearest else ""
        by = "" if proven[rule] else " by the closest plan found"
        told.append(f"{kept}, {rule} is missed{by}: {missed}.")
    return " ".join(told), witness


def _where(problem: Problem, rule: str, places: Places) -> str:
    keys = places.get(rule, ())
    if not keys or len(keys) > MOST_PLACES:
        return ""
    named = listed([named_place(problem, rule, key) for key in keys])
    return f" {'in' if problem.policy[rule].about == 'region' else 'for'} {named}"


def _closest_world(
    problem: Problem, rule: str, rules: tuple[str, ...], places: Places, worlds: Worlds
) -> tuple[Plans | None, bool]:
    """The world that misses a rule of a conflict least and keeps the others; whether all were seen."""
    others = frozenset(rules) - {rule}
    at = {r.name: k for k, r in enumerate(worlds.rules)}
    candidates: Ints = np.flatnonzero(_holding(worlds, others, places) & worlds.under(others))
    if rule not in at or not len(candidates):
        return None, False
    proven, amount = worlds.all_of(only(problem, others)), worlds.total[candidates, at[rule]]
    part = unlimited(only(problem, others))
    allowed = allowed_pairs(part)
    if places.get(rule):
        if len(candidates) <= MOST_MEASURED:
            amount = _amounts(problem, rule, places, NearestPlans(part, worlds.open[candidates], allowed))
        else:
            proven = False
    best = candidates[np.argmin(amount)]
    return NearestPlans(part, worlds.open[best][None], allowed), proven


def _fixed(problem: Problem, rules: Iterable[str]) -> frozenset[str]:
    """Rules of a clash that give way as a whole: bound to the nearest unit, those that change who goes where."""
    bound = binding(problem)
    return changes_nearest(problem) | bound if bound & frozenset(rules) else frozenset()


def _places_by_model(
    problem: Problem, rules: tuple[str, ...], seeds: Worlds | None, effort: Effort, likely: Places | None = None
) -> Places:
    """A minimal choice of regions and demand points that still clash with the other rules: the model is asked.

    A `likely` choice, minimal with families at their nearest unit, is minimal if it clashes where they may be split.
    """
    weighed = frozenset(rules)
    fixed = _fixed(problem, rules)
    placed = [name for name in rules if problem.policy[name].placed and name not in fixed]
    others = weighed - binding(problem)
    places: Places = _with_all_open(problem, weighed) if monotone(problem, others) else {}
    if places or not placed or not sayable(problem):
        return places
    elastic = Elastic(problem, weighed, placed)
    if likely:
        held = {rule: _held(elastic, rule, likely.get(rule, ())) for rule in placed}
        if elastic.broken_by(held, effort) is True:
            return likely
    smallest = smallest_clash(elastic, placed, _known(problem, rules, placed, seeds), effort)
    return {rule: elastic.whole(rule, keys) for rule, keys in smallest.items()}


def _closest_by_model(
    problem: Problem, rules: tuple[str, ...], places: Places, seeds: Worlds | None, effort: Effort
) -> tuple[dict[str, Plans | None], dict[str, bool]]:
    """Closest plans and whether they are proven to be that, where families may be split: the model is asked.

    A known plan with everybody at their nearest unit stands in where the solver comes no closer in time.
    """
    weighed, fixed = frozenset(rules), _fixed(problem, rules)
    closest: dict[str, Plans | None] = dict.fromkeys(rules)
    proven = dict.fromkeys(rules, False)
    measured = [rule for rule in rules if rule not in fixed and _measured(problem, rule)] if sayable(problem) else []
    for k, rule in enumerate(measured):
        # The other rules are kept whole, but for those that clash in some places alone.
        loose = [rule, *(name for name in places if name != rule and name not in fixed)]
        elastic = Elastic(problem, weighed, loose)
        held = {r: _held(elastic, r, places[r]) for r in loose if r in places}
        where = held.pop(rule, list(elastic.keys(rule)))
        by_model = elastic.closest(rule, where, held, effort.part(1 / (len(measured) - k)))
        nearest = None if seeds is None else _closest_world(problem, rule, rules, places, seeds)[0]
        found, proven[rule] = by_model or (None, False)
        plans = [plan for plan in (found, nearest) if plan is not None]
        closest[rule] = min(plans, key=partial(_short, problem, rule, places), default=None)
    return closest, proven


def _measured(problem: Problem, rule: str) -> bool:
    """Whether rows say by how much a rule is missed."""
    return problem.policy[rule].sayable(problem.replace(policy={"prices": {rule: 1.0}}))


def _known(
    problem: Problem, rules: tuple[str, ...], placed: list[str], seeds: Worlds | None
) -> dict[str, tuple[tuple[Key, ...], Bools]]:
    """Which instances of the placed rules plans break that are known to keep the other rules, each pattern once."""
    if seeds is None or not len(seeds.open):
        return {rule: ((), np.zeros((0, 0), dtype=bool)) for rule in placed}
    kept = _holding(seeds, [rule for rule in rules if rule not in placed], {})
    kept &= np.cumsum(kept) <= MOST_MEASURED
    widths = [len(seeds.parts[rule][0]) for rule in placed]
    table = np.unique(np.concatenate([seeds.parts[rule][1][kept] for rule in placed], axis=1), axis=0)
    parts = np.split(table, np.cumsum(widths)[:-1], axis=1)
    return {rule: (seeds.parts[rule][0], part) for rule, part in zip(placed, parts, strict=True)}


def _short(problem: Problem, rule: str, places: Places, plan: Plans) -> float:
    """By how much one plan misses a rule, in its places where there are any."""
    return float(_amounts(problem, rule, places, plan)[0])


def _amounts(problem: Problem, rule: str, places: Places, plans: Plans) -> Floats:
    """By how much plans miss a rule, in its places where there are any, (B,)."""
    excess = problem.policy[rule].excess(problem, plans)
    meant = places.get(rule, excess.keys)
    here = np.array([_same_place(key, meant) for key in excess.keys], dtype=bool)
    # An instance that speaks of one scenario counts as part of one that speaks of all.
    parts = np.where(scenario_of(problem, excess.keys) >= 0, len(problem.scenarios.ids), 1)
    amount: Floats = (np.maximum(excess.amount, 0.0) / parts)[:, here].sum(axis=1)
    return amount


def _held(elastic: Elastic, rule: str, places: Iterable[Key]) -> list[Key]:
    merged = {elastic.merged_key(rule, key) for key in places}
    return [key for key in elastic.keys(rule) if _same_place(key, merged)]


def _missed(problem: Problem, plans: Plans, rule: str, places: Places) -> tuple[dict[str, Any], str]:
    excess = problem.policy[rule].excess(problem, plans)
    meant = set(places.get(rule, ()))
    anywhere = not problem.policy[rule].placed or not meant
    where = [k for k in np.flatnonzero(excess.broken[0]) if anywhere or _same_place(excess.keys[k], meant)]
    where.sort(key=lambda k: -excess.amount[0][k])
    if not where:
        return {}, ""
    keys = [excess.keys[k] for k in where]
    amounts = [float(excess.amount[0][k]) for k in where]
    units = ids_of(problem, plans.open[0])
    unit = problem.policy[rule].unit
    seen = {
        "units": list(units),
        "unit_of_measure": unit,
        "missed": [{"where": list(k), "by": a} for k, a in zip(keys, amounts, strict=True)],
    }
    named = ", ".join(problem.network.site_places(units).values())
    return seen, f"{missed(problem, plans, rule, keys, amounts)} (units at {named})"
