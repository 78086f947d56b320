"""Where a unit must be: the few sites of which a rule needs one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from capacity.arrays import Bools
from capacity.problem.problem import Problem
from capacity.rules import Key, allowed_pairs, allowed_sites, binding, serves_all
from capacity.studies.explain.conflicts import monotone
from capacity.studies.explain.worlds import only

MOST_SITES = 3
"""More sites than this are not named as what a region needs."""


def needs(
    problem: Problem, rules: tuple[str, ...], places: Mapping[str, tuple[Key, ...]]
) -> list[tuple[str, Key, list[str]]]:
    """Sites of which one must be a unit, for each place of a rule where these are few."""
    if monotone(problem, frozenset(rules) - binding(problem)):
        return []
    # Rules of the clash that leave fewer sites, or fewer ways, to choose from.
    narrow = [name for name in rules if problem.policy[name].says("sites") or problem.policy[name].says("pairs")]
    part = only(problem, frozenset(narrow))
    allowed, pairs = allowed_sites(part), allowed_pairs(part)
    needed = []
    for rule, keys in places.items():
        one = problem.policy[rule]
        # Whoever need not be served needs no unit within reach.
        if one.about == "demand point" and not serves_all(problem):
            continue
        for key in keys:
            spare = one.spare(problem, key, pairs)
            sites = [] if spare is None else _one_of(allowed, spare)
            if sites:
                needed.append((rule, key, sorted(problem.network.site_ids[j] for j in sites)))
    return needed


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
