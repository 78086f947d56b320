"""Every set of sites as a world: which of the clashing rules it breaks, and by how much.

With families at their nearest unit a set of rules has a plan exactly when some world breaks none of
them. So one pass over the sets answers every question of the kind "what if this rule were off".
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.enumerate import Space, breaks, opened_blocks, space_of, why_not
from capacity.problem.problem import Problem
from capacity.rules import Excess, Key, NearestPlans, Rule, allowed_pairs, firm, rules_on

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
    made = [_Made(rules) for _ in variants]
    ways = [allowed_pairs(unlimited(variant)) for variant in variants]
    for block in _pieces(variants[0], space):
        for at in {pairs.tobytes(): [k for k, p in enumerate(ways) if (p == pairs).all()] for pairs in ways}.values():
            plans = NearestPlans(variants[at[0]], block, ways[at[0]])
            # What has nothing to do with beds is the same of each variant with these ways.
            known = _Measured(problem, plans, rules)
            for k in at:
                made[k].add(known, plans if k == at[0] else plans.under(variants[k]))
    m = len(problem.network.site_ids)
    return Worlds(
        rules=rules,
        open=np.concatenate([np.zeros((0, m), dtype=bool), *(part for one in made for part in one.open)]),
        total=np.concatenate([np.zeros((0, len(rules))), *(part for one in made for part in one.total)]),
        parts=_joined_parts(made, [rule.name for rule in rules if rule.placed]),
        variants=tuple(firm(variant) & shaping for variant in variants),
        variant=np.repeat(np.arange(len(made)), [sum(map(len, one.open)) for one in made]),
        cap=space.most,
    )


class _Measured:
    """What rules say of plans whatever their beds: their excess, and which plans are none."""

    def __init__(self, problem: Problem, plans: NearestPlans, rules: Sequence[Rule]) -> None:
        self._problem, self._rules = problem, rules
        self._frame = [rule for rule in rules_on(problem) if rule.frame and not rule.kept_at_nearest]
        self._known = {r.name: _with_total(r.excess(problem, plans)) for r in rules if r.with_more_beds == "same"}
        self._none = np.zeros(len(plans.open), dtype=bool)
        for rule in self._frame:
            if rule.with_more_beds == "same":
                self._none |= breaks(problem, rule, plans)

    def background_broken(self, plans: NearestPlans) -> Bools:
        """Which sets are no plans, with these beds, (B,)."""
        none = self._none.copy()
        for rule in self._frame:
            if rule.with_more_beds != "same":
                none |= breaks(self._problem, rule, plans)
        return none

    def excess(self, plans: NearestPlans) -> dict[str, tuple[Excess, Floats]]:
        """How far plans with these beds break each rule, and the sum of it, (B,)."""
        return {
            rule.name: self._known.get(rule.name) or _with_total(rule.excess(self._problem, plans))
            for rule in self._rules
        }


def _with_total(excess: Excess) -> tuple[Excess, Floats]:
    return excess, excess.total


class _Made:
    """The worlds of one variant, block by block."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.open: list[Bools] = []
        self.total: list[Floats] = []
        self.parts: dict[str, list[Bools]] = {rule.name: [] for rule in rules if rule.placed}
        self.keys: dict[str, tuple[Key, ...]] = {}

    def add(self, known: _Measured, plans: NearestPlans) -> None:
        """Those of a block that are plans."""
        broken = known.background_broken(plans)
        worth_looking = slice(None) if not broken.any() else np.flatnonzero(~broken)
        if not len(looked := plans.open[worth_looking]):
            return
        self.open.append(looked)
        each = known.excess(plans)
        sums = [total[worth_looking] for _, total in each.values()]
        self.total.append(np.stack(sums, axis=1) if sums else np.zeros((len(looked), 0)))
        for name, worlds in self.parts.items():
            self.keys[name] = each[name][0].keys
            worlds.append(each[name][0].broken[worth_looking])


def _joined_parts(made: Sequence[_Made], names: Sequence[str]) -> dict[str, tuple[tuple[Key, ...], Bools]]:
    """Which instances of each rule every world breaks."""
    joined: dict[str, tuple[tuple[Key, ...], Bools]] = {}
    for name in names:
        keys = next((one.keys[name] for one in reversed(made) if name in one.keys), ())
        worlds = [part for one in made for part in one.parts[name]]
        joined[name] = keys, np.concatenate([np.zeros((0, len(keys)), dtype=bool), *worlds])
    return joined


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
