"""Where rules clash, and by how much the plan that comes closest misses them: worked out, not guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from capacity.enumeration import ids_of, space_of
from capacity.explaining.conflicts import MONOTONE
from capacity.explaining.feasibility import Effort
from capacity.explaining.sentences import asked, missed, named_place, named_site
from capacity.explaining.worlds import BY_PLACE, Worlds, only, without
from capacity.labels import Bools
from capacity.model import build
from capacity.objectives import TRAVEL
from capacity.problem import Problem
from capacity.rules import RULES, Key, NearestPlans, Plans, SplitPlan, allowed_pairs, allowed_sites
from capacity.search import as_found
from capacity.solvers import solve_arrays

MOST_SITES = 3
"""More sites than this are not named as what a region needs."""

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
        excess = next(r for r in RULES if r.name == name).excess(problem, plans)
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


def needs(problem: Problem, rules: tuple[str, ...], places: Places, worlds: Worlds) -> list[tuple[str, Key, list[str]]]:
    """Sites of which one must be a unit, for each place of a rule where these are few."""
    if frozenset(rules) - {"nearest"} <= MONOTONE:
        return []
    sites = tuple(name for name in rules if name in ("near_ambulatory", "forbid"))
    found = []
    for rule, keys in places.items():
        for key in keys:
            opened = worlds.open[_holding(worlds, (rule, *sites), {rule: (key,)})]
            chosen: list[str] = []
            while len(opened) and len(chosen) <= MOST_SITES:
                most = int(np.argmax(opened.sum(axis=0)))
                chosen.append(problem.network.site_ids[most])
                opened = opened[~opened[:, most]]
            if chosen and len(chosen) <= MOST_SITES:
                found.append((rule, key, sorted(chosen)))
    return found


def tell(
    problem: Problem, rules: tuple[str, ...], worlds: Worlds | None, seeds: Worlds | None, effort: Effort
) -> tuple[str, dict[str, Any]]:
    """A conflict in the planner's words, and its witness by rule."""
    places = places_of(problem, rules, worlds) if worlds is not None else {}
    names = [asked(problem, rule) + _where(problem, rule, places) for rule in rules]
    told = [f"{' and '.join(names)} cannot {'all hold' if len(rules) > 1 else 'hold'}."]
    witness: dict[str, Any] = {}
    for rule, key, sites in needs(problem, rules, places, worlds) if worlds is not None else []:
        said = " or ".join(named_site(problem, j) for j in sites)
        told.append(f"{rule} in {named_place(problem, rule, key)} needs a unit at {said}.")
        witness.setdefault("needs", []).append({"rule": rule, "where": list(key), "one_of": sites})
    for rule in rules:
        others = tuple(r for r in rules if r != rule)
        plans = _closest_by_model(problem, rule, rules, effort) if worlds is None else None
        if plans is None and seeds is not None:
            plans = _closest_world(problem, rule, others, places, seeds)
        if plans is None:
            continue
        seen, said = _missed(problem, plans, rule, places)
        if not seen:
            continue
        witness[rule] = seen
        firm = [r for r in others if r != "nearest"]
        kept = f"With {' and '.join(firm)} kept" if firm else "At best"
        told.append(f"{kept}, {rule} is missed: {said}.")
    return " ".join(told), witness


def _where(problem: Problem, rule: str, places: Places) -> str:
    keys = places.get(rule, ())
    if not keys or len(keys) > MOST_SITES:
        return ""
    return f" {'in' if rule.startswith('region') else 'for'} " + " and ".join(
        named_place(problem, rule, key) for key in keys
    )


def _closest_world(
    problem: Problem, rule: str, others: tuple[str, ...], places: Places, worlds: Worlds
) -> Plans | None:
    """Of the plans that keep the other rules of a conflict, the one that misses this rule least."""
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


def _closest_by_model(problem: Problem, rule: str, rules: tuple[str, ...], effort: Effort) -> Plans | None:
    """The same, found by the model: the rule may be broken, and its excess is made small."""
    if effort.left <= 0:
        return None
    part = only(problem, frozenset(rules)).replace(policy={"prices": {**problem.policy.prices, rule: 1.0}})
    model = build(part, TRAVEL)
    _, columns = model.slack[rule]
    linear = model.linear.minimising(columns, np.ones(len(columns)))
    found = solve_arrays(linear, time_limit=max(effort.left / 2, 0.02))
    if found.interrupted:
        raise KeyboardInterrupt
    if found.values is None:
        return None
    settled = as_found(model, found.values)
    return SplitPlan(problem, settled.open, settled.beds, settled.shares)


def _missed(problem: Problem, plans: Plans, rule: str, places: Places) -> tuple[dict[str, Any], str]:
    excess = next(r for r in RULES if r.name == rule).excess(problem, plans)
    meant = set(places.get(rule, ()))
    anywhere = rule not in BY_PLACE or not meant
    where = [k for k in np.flatnonzero(excess.broken[0]) if anywhere or excess.keys[k] in meant]
    where.sort(key=lambda k: -excess.amount[0][k])
    if not where:
        return {}, ""
    keys = [excess.keys[k] for k in where]
    amounts = [float(excess.amount[0][k]) for k in where]
    units = ids_of(problem, plans.open[0])
    unit = next(r.unit for r in RULES if r.name == rule)
    seen = {
        "units": list(units), "unit_of_measure": unit,
        "missed": [{"where": list(k), "by": a} for k, a in zip(keys, amounts, strict=True)],
    }  # fmt: skip
    named = ", ".join(problem.network.site_places(units).values())
    return seen, f"{missed(problem, plans, rule, keys, amounts)} (units at {named})"
