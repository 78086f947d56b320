"""Where rules clash, and by how much the plan that comes closest misses them: worked out, not guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from capacity.enumeration import ids_of, space_of
from capacity.explaining.conflicts import MONOTONE
from capacity.explaining.elastic import Elastic, smallest_clash
from capacity.explaining.feasibility import Effort
from capacity.explaining.needs import needs
from capacity.explaining.sentences import asked, listed, missed, named_place
from capacity.explaining.worlds import BY_PLACE, Worlds, only, without
from capacity.labels import Bools
from capacity.problem import Problem
from capacity.rules import Key, NearestPlans, Plans, allowed_pairs, allowed_sites, scenario_of
from capacity.rules.naming import named_site

MOST_PLACES = 3
"""More places than this are not named."""

HALF = 0.5
"""What finding the places may take of the effort for one conflict; the closest plans have the rest."""

Places = Mapping[str, tuple[Key, ...]]
"""The regions or demand points in which a rule of a conflict cannot give way."""


def places_of(problem: Problem, rules: tuple[str, ...], worlds: Worlds) -> Places:
    """A minimal choice of regions and demand points that still clash with the other rules."""
    placed = [name for name in rules if name in worlds.parts]
    weighed = frozenset(rules) - {"nearest"}
    if not placed:
        return {}
    if weighed <= MONOTONE:
        return _with_all_open(problem, weighed, placed)
    if space_of(only(problem, weighed)).most > worlds.cap:
        return {}
    at = {rule.name: k for k, rule in enumerate(worlds.rules)}
    whole = [at[name] for name in rules if name in at and name not in placed]
    hits = worlds.broken[:, whole].sum(axis=1) + sum(worlds.parts[name][1].sum(axis=1) for name in placed)
    found = {}
    for name in placed:
        keys, broken = worlds.parts[name]
        kept = []
        for k in np.argsort(broken.sum(axis=0), kind="stable"):
            if (hits[broken[:, k]] == 1).any():
                kept.append(int(k))
            else:
                hits = hits - broken[:, k]
        found[name] = tuple(keys[k] for k in sorted(kept))
    return found


def _with_all_open(problem: Problem, weighed: frozenset[str], placed: list[str]) -> Places:
    """What even a unit at every site the others allow does not mend: the place it misses by most."""
    for name in placed:
        part = without(only(problem, weighed), name)
        plans = NearestPlans(part, allowed_sites(part)[None, :], allowed_pairs(part))
        excess = problem.policy[name].excess(problem, plans)
        if excess.broken[0].any():
            return {name: (excess.keys[int(np.argmax(excess.amount[0]))],)}
    return {}


def _holding(worlds: Worlds, rules: tuple[str, ...], places: Places) -> Bools:
    """Worlds that keep the given rules, those with places in these places, (W,)."""
    at = {rule.name: k for k, rule in enumerate(worlds.rules)}
    kept = np.ones(len(worlds.open), dtype=bool)
    for name in rules:
        if places.get(name):
            keys, broken = worlds.parts[name]
            kept &= ~broken[:, [keys.index(key) for key in places[name]]].any(axis=1)
        elif name in at:
            kept &= ~worlds.broken[:, at[name]]
    return kept


def tell(
    problem: Problem, rules: tuple[str, ...], worlds: Worlds | None, seeds: Worlds | None, effort: Effort
) -> tuple[str, dict[str, Any]]:
    """A conflict in the planner's words, and its witness by rule."""
    if worlds is not None:
        places = places_of(problem, rules, worlds)
        closest = {rule: _closest_world(problem, rule, rules, places, worlds) for rule in rules}
        proven = dict.fromkeys(rules, True)
    else:
        places, closest, proven = _by_model(problem, rules, seeds, effort)
    names = [asked(problem, rule) + _where(problem, rule, places) for rule in rules]
    told = [f"{' and '.join(names)} cannot {'all hold' if len(rules) > 1 else 'hold'}."]
    witness: dict[str, Any] = {}
    for rule, key, sites in needs(problem, rules, places):
        said = " or ".join(named_site(problem, j) for j in sites)
        told.append(f"{rule} in {named_place(problem, rule, key)} needs a unit at {said}.")
        witness.setdefault("needs", []).append({"rule": rule, "where": list(key), "one_of": sites})
    for rule in rules:
        plans = closest[rule]
        if plans is None:
            continue
        seen, said = _missed(problem, plans, rule, places)
        if not seen:
            continue
        witness[rule] = seen | {"closest": proven[rule]}
        firm = [r for r in rules if r not in (rule, "nearest")]
        kept = f"With {' and '.join(firm)} kept" if firm else "At best"
        by = "" if proven[rule] else " by the closest plan found"
        told.append(f"{kept}, {rule} is missed{by}: {said}.")
    return " ".join(told), witness


def _where(problem: Problem, rule: str, places: Places) -> str:
    keys = places.get(rule, ())
    if not keys or len(keys) > MOST_PLACES:
        return ""
    named = listed([named_place(problem, rule, key) for key in keys])
    return f" {'in' if problem.policy[rule].about == 'region' else 'for'} {named}"


def _closest_world(
    problem: Problem, rule: str, rules: tuple[str, ...], places: Places, worlds: Worlds
) -> Plans | None:
    """Of the plans that keep the other rules of a conflict, the one that misses this rule least."""
    others = tuple(r for r in rules if r != rule)
    at = {r.name: k for k, r in enumerate(worlds.rules)}
    if rule not in at:
        return None
    candidates = np.flatnonzero(_holding(worlds, others, places))
    if not len(candidates):
        return None
    best = candidates[np.argmin(worlds.total[candidates, at[rule]])]
    own = rule != "own_region" and "own_region" in others
    free = without(problem, "reach") if own else without(problem, "reach", "own_region")
    return NearestPlans(problem, worlds.open[best][None], allowed_pairs(free))


def _by_model(
    problem: Problem, rules: tuple[str, ...], seeds: Worlds | None, effort: Effort
) -> tuple[Places, dict[str, Plans | None], dict[str, bool]]:
    """Places, closest plans and whether they are proven to be that, where families may be split: the model is asked.

    A known plan with everybody at their nearest unit stands in where the solver comes no closer in time.
    """
    weighed = frozenset(rules)
    placed = [name for name in rules if name in BY_PLACE]
    places: Places = _with_all_open(problem, weighed, placed) if weighed <= MONOTONE else {}
    if placed and not places:
        elastic = Elastic(problem, weighed, placed)
        smallest = smallest_clash(elastic, placed, _known(problem, rules, placed, seeds), effort.part(HALF))
        places = {rule: elastic.whole(rule, keys) for rule, keys in smallest.items()}
    closest: dict[str, Plans | None] = {}
    proven: dict[str, bool] = {}
    for k, rule in enumerate(rules):
        # The other rules are kept whole, but for those that clash in some places alone.
        loose = [rule, *(name for name in places if name != rule)]
        elastic = Elastic(problem, weighed, loose)
        held = {r: _held(elastic, r, places[r]) for r in loose if r in places}
        where = held.pop(rule, list(elastic.keys(rule)))
        by_model = elastic.closest(rule, where, held, effort.part(1 / (len(rules) - k)))
        nearest = None if seeds is None else _closest_world(problem, rule, rules, places, seeds)
        found, proven[rule] = by_model or (None, False)
        plans = [plan for plan in (found, nearest) if plan is not None]
        closest[rule] = min(plans, key=partial(_short, problem, rule, places), default=None)
    return places, closest, proven


def _known(
    problem: Problem, rules: tuple[str, ...], placed: list[str], seeds: Worlds | None
) -> dict[str, tuple[tuple[Key, ...], Bools]]:
    """Which instances of the placed rules plans break that are known to keep the other rules, each pattern once."""
    if seeds is None or not len(seeds.open):
        return {rule: ((), np.zeros((0, 0), dtype=bool)) for rule in placed}
    kept = _holding(seeds, tuple(rule for rule in rules if rule not in placed), {})
    widths = [len(seeds.parts[rule][0]) for rule in placed]
    table = np.unique(np.concatenate([seeds.parts[rule][1][kept] for rule in placed], axis=1), axis=0)
    parts = np.split(table, np.cumsum(widths)[:-1], axis=1)
    return {rule: (seeds.parts[rule][0], part) for rule, part in zip(placed, parts, strict=True)}


def _short(problem: Problem, rule: str, places: Places, plans: Plans) -> float:
    """By how much a plan misses a rule, in its places where there are any."""
    excess = problem.policy[rule].excess(problem, plans)
    meant = places.get(rule, excess.keys)
    here = np.array([_among(key, meant) for key in excess.keys], dtype=bool) & (excess.amount[0] > 0)
    # An instance that speaks of one scenario counts as part of one that speaks of all.
    parts = np.where(scenario_of(problem, excess.keys) >= 0, len(problem.scenarios.ids), 1)
    return float((excess.amount[0] / parts)[here].sum())


def _among(key: Key, places: Iterable[Key]) -> bool:
    """Whether an instance is one of these places, or of one of them in some scenario."""
    return any(key[: len(place)] == place for place in places)


def _held(elastic: Elastic, rule: str, places: Iterable[Key]) -> list[Key]:
    merged = {elastic.merged_key(rule, key) for key in places}
    return [key for key in elastic.keys(rule) if _among(key, merged)]


def _missed(problem: Problem, plans: Plans, rule: str, places: Places) -> tuple[dict[str, Any], str]:
    excess = problem.policy[rule].excess(problem, plans)
    meant = set(places.get(rule, ()))
    anywhere = rule not in BY_PLACE or not meant
    where = [k for k in np.flatnonzero(excess.broken[0]) if anywhere or _among(excess.keys[k], meant)]
    where.sort(key=lambda k: -excess.amount[0][k])
    if not where:
        return {}, ""
    keys = [excess.keys[k] for k in where]
    amounts = [float(excess.amount[0][k]) for k in where]
    units = ids_of(problem, plans.open[0])
    unit = problem.policy[rule].unit
    seen = {
        "units": list(units), "unit_of_measure": unit,
        "missed": [{"where": list(k), "by": a} for k, a in zip(keys, amounts, strict=True)],
    }  # fmt: skip
    named = ", ".join(problem.network.site_places(units).values())
    return seen, f"{missed(problem, plans, rule, keys, amounts)} (units at {named})"
