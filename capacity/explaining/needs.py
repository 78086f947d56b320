"""Where a unit must be: the few sites of which a rule needs one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from capacity.explaining.conflicts import MONOTONE
from capacity.explaining.worlds import only
from capacity.labels import Bools
from capacity.problem import Problem
from capacity.rules import Key, allowed_pairs, allowed_sites, firm
from capacity.tolerances import HOLD

MOST_SITES = 3
"""More sites than this are not named as what a region needs."""

SITES = ("near_ambulatory", "forbid", "own_region", "reach")
"""Rules of a clash that leave fewer sites, or fewer ways, to choose from."""


def needs(
    problem: Problem, rules: tuple[str, ...], places: Mapping[str, tuple[Key, ...]]
) -> list[tuple[str, Key, list[str]]]:
    """Sites of which one must be a unit, for each place of a rule where these are few."""
    if frozenset(rules) - {"nearest"} <= MONOTONE:
        return []
    part = only(problem, frozenset(rules) & frozenset(SITES))
    allowed, pairs = allowed_sites(part), allowed_pairs(part)
    found = []
    for rule, keys in places.items():
        # Whoever need not be served needs no unit within reach.
        if rule not in _SPARE or (rule == "reach" and "served" not in firm(problem)):
            continue
        for key in keys:
            sites = _one_of(allowed, _SPARE[rule](problem, key, pairs))
            if sites:
                found.append((rule, key, sorted(problem.network.site_ids[j] for j in sites)))
    return found


def _one_of(allowed: Bools, spare: Callable[[Bools], float]) -> list[int]:
    """Few sites without which the others are not enough, none of them to be left out; empty where they are many."""
    left = allowed.copy()
    closed: list[int] = []
    while spare(left) >= 0:
        opened = np.flatnonzero(left)
        if len(closed) == MOST_SITES or not len(opened):
            return []
        trials = [left & (np.arange(len(left)) != j) for j in opened]
        pick = int(np.argmin([spare(trial) for trial in trials]))
        closed.append(int(opened[pick]))
        left = trials[pick]
    for j in list(closed):
        wider = left.copy()
        wider[j] = True
        if spare(wider) < 0:
            closed.remove(j)
            left = wider
    return closed


def _region_access(problem: Problem, key: Key, pairs: Bools) -> Callable[[Bools], float]:
    """Women of a region near a unit, everybody at the best of the open ones, above what the rule asks."""
    access, net = problem.policy.region_access, problem.network
    scenario = problem.scenarios.ids.index(key[1]) if len(key) > 1 else 0
    women = problem.women[scenario] * (net.point_region_index == net.regions.index(key[0]))
    near = pairs & (problem.minutes <= access.minutes)
    least = access.share * women.sum() - HOLD
    return lambda opened: float(women @ near[:, opened].any(axis=1) - least)


def _reach(problem: Problem, key: Key, pairs: Bools) -> Callable[[Bools], float]:
    """Open sites within the limit of a demand point, above one."""
    point = problem.network.point_ids.index(key[0])
    within = pairs[point] & (problem.minutes[point] <= problem.policy.reach.minutes)
    return lambda opened: float((within & opened).sum() - 1)


def _region_unit(problem: Problem, key: Key, pairs: Bools) -> Callable[[Bools], float]:
    """Open sites of a region, above one."""
    here = problem.network.site_region_index == problem.network.regions.index(key[0])
    return lambda opened: float((here & opened).sum() - 1)


_SPARE: Mapping[str, Callable[[Problem, Key, Bools], Callable[[Bools], float]]] = {
    "region_access": _region_access, "reach": _reach, "region_unit": _region_unit,
}  # fmt: skip
