"""Every set of sites as a world: which of the clashing rules it breaks, and by how much.

With families at their nearest unit a set of rules has a plan exactly when some world breaks none of
them. So one pass over the sets answers every question of the kind "what if this rule were off".
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.enumerate import Space, opened_blocks, space_of, why_not
from capacity.problem.problem import Problem
from capacity.rules import Key, NearestPlans, Rule, allowed_pairs, firm, rules_on

MOST_WORLDS = 300_000
"""Sets valued at most; above, only sets with fewer units are."""

AT_ONCE = 2_000
"""Sets valued at once: their arrays stay in the processor's cache."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Worlds:
    """Sets of sites that are plans but for the rules being weighed.

    Attributes
    ----------
    rules : tuple of Rule
        The rules being weighed.
    open : ndarray (W, m) of bool
    total : ndarray (W, R)
        Total excess of each rule, in its unit.
    parts : mapping of rule to (keys, ndarray (W, K) of bool)
        Which instances (regions, demand points) of the rules that are placed each world breaks.
    variants : tuple of frozenset of str
        What a set of sites comes to depends on the rules that shape it (who goes where, how many beds): each set is
        here with each choice of them on.
    variant : ndarray (W,) of int
        The choice each world was made with.
    cap : int
        Sets with at most so many units are all here.
    """

    rules: tuple[Rule, ...]
    open: Bools
    total: Floats
    parts: Mapping[str, tuple[tuple[Key, ...], Bools]]
    variants: tuple[frozenset[str], ...]
    variant: Ints
    cap: int

    @property
    def broken(self) -> Bools:
        """Which rules each world breaks, (W, R)."""
        return np.asarray(self.total > 0)

    def keeping(self, *free: str) -> Bools:
        """Worlds that keep every rule but the named ones, (W,)."""
        held = np.array([rule.name not in free for rule in self.rules], dtype=bool)
        return np.asarray(~self.broken[:, held].any(axis=1))

    def under(self, rules: Collection[str]) -> Bools:
        """Worlds as they are where, of the rules that change who goes where or how many beds, these are on, (W,)."""
        shaping = frozenset[str]().union(*self.variants) & frozenset(rules)
        return np.asarray(self.variant == self.variants.index(shaping))

    def shaped_by(self, some: Collection[str], among: Collection[str]) -> Bools:
        """Worlds made with exactly these of some rules on, (W,)."""
        meant = [made & frozenset(among) == frozenset(some) for made in self.variants]
        return np.asarray(np.array(meant, dtype=bool)[self.variant])

    def all_of(self, problem: Problem) -> bool:
        """Whether every set of sites that may be a plan of a problem is here."""
        return space_of(problem).most <= self.cap


def weighed_rules(problem: Problem) -> tuple[Rule, ...]:
    """Firm rules that are on, but for those that say what a plan is."""
    return tuple(rule for rule in rules_on(problem) if not rule.frame and rule.price(problem) is None)


def without(problem: Problem, *names: str) -> Problem:
    """The problem with some rules off."""
    return problem.replace(policy=dict.fromkeys(names))


def only(problem: Problem, names: frozenset[str]) -> Problem:
    """The problem with only the named rules on, beside those that say what a plan is."""
    off = [rule.name for rule in rules_on(problem) if not rule.frame and rule.name not in names]
    return without(problem, *off)


def make_worlds(problem: Problem, most: int = MOST_WORLDS) -> Worlds | None:
    """Value every set of sites with the weighed rules let go; None where families may be split."""
    if why_not(problem) is not None:
        return None
    # With everybody at one unit there is one agreement: nothing to measure.
    rules = tuple(rule for rule in weighed_rules(problem) if not rule.kept_at_nearest)
    # Rules that narrow the space of sets are let go while it is enumerated.
    free = without(problem, *(rule.name for rule in rules if not rule.shapes and not rule.pairs_by_nearness))
    shaping = frozenset(rule.name for rule in rules if rule.shapes)
    variants = [without(free, *off) for off in subsets(shaping)]
    space = _capped(space_of(free), most // len(variants))
    opened: list[Bools] = []
    total: list[Floats] = []
    parts: dict[str, list[Bools]] = {r.name: [] for r in rules if r.placed}
    keys: dict[str, tuple[Key, ...]] = dict.fromkeys(parts, ())
    made: list[Ints] = []
    for number, variant in enumerate(variants):
        allowed = allowed_pairs(unlimited(variant))
        for block in _pieces(variant, space):
            plans = NearestPlans(variant, block, allowed)
            broken = _background_broken(problem, plans)
            worth_looking = slice(None) if not broken.any() else np.flatnonzero(~broken)
            if len(looked := block[worth_looking]):
                opened.append(looked)
                made.append(np.full(len(looked), number))
                each = {rule.name: rule.excess(problem, plans) for rule in rules}
                sums = [e.total[worth_looking] for e in each.values()]
                total.append(np.stack(sums, axis=1) if sums else np.zeros((len(looked), 0)))
                for name, worlds in parts.items():
                    keys[name] = each[name].keys
                    worlds.append(each[name].broken[worth_looking])
    m = len(problem.network.site_ids)
    return Worlds(
        rules=rules,
        open=np.concatenate([np.zeros((0, m), dtype=bool), *opened]),
        total=np.concatenate([np.zeros((0, len(rules))), *total]),
        parts={
            name: (keys[name], np.concatenate([np.zeros((0, len(keys[name])), dtype=bool), *worlds]))
            for name, worlds in parts.items()
        },
        variants=tuple(firm(variant) & shaping for variant in variants),
        variant=np.concatenate([np.zeros(0, dtype=np.int64), *made]),
        cap=space.most,
    )


def _pieces(problem: Problem, space: Space) -> Iterator[Bools]:
    for block in opened_blocks(problem, space):
        for start in range(0, len(block), AT_ONCE):
            yield block[start : start + AT_ONCE]


def _capped(space: Space, most_sets: int) -> Space:
    """The space with at most so many sets: the largest sets go first."""
    most, count = 0, 0
    for units in range(max(space.fewest, len(space.kept), 1), space.most + 1):
        count += math.comb(len(space.free), units - len(space.kept))
        if count > most_sets and most:
            break
        most = units
    return Space(kept=space.kept, free=space.free, fewest=space.fewest, most=most)


def subsets(names: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Every choice of some names, small ones first."""
    for size in range(len(names) + 1):
        yield from itertools.combinations(sorted(names), size)


def unlimited(problem: Problem) -> Problem:
    """The problem without rules that only keep points from far sites: the nearest of all is the nearest of the rest."""
    off = [rule.name for rule in rules_on(problem) if rule.pairs_by_nearness]
    return without(problem, *off) if off else problem


def _background_broken(problem: Problem, plans: NearestPlans) -> Bools:
    broken = np.zeros(len(plans.open), dtype=bool)
    for rule in rules_on(problem):
        if rule.frame and not rule.kept_at_nearest:
            broken |= rule.excess(problem, plans).broken.any(axis=1)
    return broken
