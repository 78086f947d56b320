"""Rules about a unit's women or income, asked of what is believed when it opens; afterwards a shortfall is told."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Rule, firm_rules
from capacity.studies.adapting.sets import Sets
from capacity.studies.adapting.sizes import Sizes
from capacity.tolerances import HOLD, SUMS

MEAN = "mean"
"""Word for a rule that is asked of the mean of the belief."""

Belief = float | None
"""With which chance a rule must hold when a unit opens; None asks it at the mean of the belief."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Asks:
    """Of each unit, the level of need from which a rule holds.

    Attributes
    ----------
    need : ndarray (K,)
        Levels of need, women a year.
    chance : float or None
        With which a rule must hold when a unit opens; None asks it at the mean of the belief.
    pilot : bool
        Whether units that open where there is none yet are asked nothing.
    enough : mapping of rule name to ndarray (F, U, Q)
        Women a year who would ask, from which a unit keeps the rule with its beds; inf where no level does.
    """

    need: Floats
    chance: Belief
    pilot: bool
    enough: Mapping[str, Floats]

    @cached_property
    def most(self) -> Floats:
        """Level from which a unit keeps every rule, (F, U, Q)."""
        return np.asarray(np.max(list(self.enough.values()), axis=0))

    def looked_at(self, weights: Floats) -> Floats:
        """The level of each row of belief that is held against a unit's: its mean, or that of the chance, (rows,)."""
        if self.chance is None:
            return np.asarray(weights @ self.need)
        above = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
        last = (above >= self.chance * (1 - SUMS)).sum(axis=1) - 1
        return np.asarray(self.need[np.maximum(last, 0)])

    def from_level(self, sets: Sets, one: int, other: Ints) -> Floats:
        """Level from which the rules let the units that are new open, by set that follows, (len(other), Q)."""
        least: Floats = self.most[other].copy()
        if self.pilot and not sets.units[one]:
            return np.zeros_like(least[:, 0])
        slots = sets.slots(one, other)
        np.put_along_axis(least, slots[:, :, None], -np.inf, axis=1)
        return np.asarray(least.max(axis=1))

    def met(self, sets: Sets, one: int, other: Ints, weights: Floats) -> Bools:
        """Which steps the rules let a planner take, (rows, len(other), Q)."""
        level = self.looked_at(weights) * (1 + HOLD)
        return np.asarray(self.from_level(sets, one, other) <= level[:, None, None])


def rules_of_units(problem: Problem) -> tuple[Rule, ...]:
    """Rules that speak of each unit by itself, and that no set of sites keeps or breaks whoever comes."""
    return tuple(
        rule
        for rule in firm_rules(problem)
        if rule.about == "site" and not rule.usual
        if not (rule.carries_stays or rule.binds_to_nearest or rule.serves_all)
        if not by_sites(rule, problem)
    )


def by_sites(rule: Rule, problem: Problem) -> bool:
    """Whether the sets of sites and their beds keep a rule by the way they are made."""
    said = (rule.sites, rule.unit_range, rule.must_open, rule.pairs, rule.least_beds)
    return any(one(problem) is not None for one in said)


def asks_of(
    problem: Problem, sets: Sets, sizes: Sizes, need: Floats, *, chance: Belief, pilot: bool, clock: Clock | None = None
) -> Asks | None:
    """From which level on each unit of each set keeps the rules; None where there are none.

    Between two levels a shortfall is taken to fall in a straight line, as that of women and of income does; of those
    that are admitted the rule says from how many women on.
    """
    rules = rules_of_units(problem)
    if not rules:
        return None
    count, width = sets.site.shape
    women = _by_site(sets, sets.share)
    enough = {rule.name: np.empty((count, width, len(sizes.levels))) for rule in rules}
    for q in range(len(sizes.levels)):
        if clock is not None:
            clock.tell("Rules of every unit", done=q, count=len(sizes.levels))
            clock.check()
        plans = _plans(problem, sets, sizes, q)
        short = {rule.name: np.empty((count, width, len(need))) for rule in rules}
        scale = 1.0
        for k, level in enumerate(need.tolist()):
            one = copy(plans)
            one.stays = np.repeat((level * women)[:, None], len(problem.scenarios.ids), axis=1)
            for rule in rules:
                excess = rule.excess(problem, one)
                scale = max(scale, excess.scale)
                short[rule.name][:, :, k] = _of_units(problem, sets, excess.keys, excess.amount)
        beds = np.where(sizes.can[:, q, None], sizes.beds[:, q], 0).astype(np.int64)
        for rule in rules:
            stays = rule.stays_with(problem, np.arange(int(beds.max(initial=0)) + 1))
            if stays is None:
                enough[rule.name][:, :, q] = _from(need, short[rule.name], HOLD * scale)
                continue
            there = np.divide(stays[beds], sets.share, out=np.full(beds.shape, np.inf), where=sets.share > 0)
            enough[rule.name][:, :, q] = np.where(sets.site >= 0, there, 0.0)
    return Asks(need=need, chance=chance, pilot=pilot, enough=enough)


def _plans(problem: Problem, sets: Sets, sizes: Sizes, level: int) -> NearestPlans:
    beds = _by_site(sets, np.where(sizes.can[:, level, None], sizes.beds[:, level], 0)).astype(np.int64)
    return NearestPlans(problem, sets.open, np.zeros(problem.minutes.shape, dtype=bool), beds)


def _by_site(sets: Sets, values: Floats | Ints) -> Floats:
    """What stands by unit, (F, U), by site, (F, m)."""
    out = np.zeros((len(sets), sets.sites + 1))
    np.put_along_axis(out, sets.site, values.astype(float), axis=1)
    return np.asarray(out[:, :-1])


def _of_units(problem: Problem, sets: Sets, keys: tuple[tuple[str, ...], ...], amount: Floats) -> Floats:
    """The largest shortfall of each unit over the instances that speak of it, (F, U)."""
    place = {j: k for k, j in enumerate(problem.network.site_ids)}
    worst = np.zeros((len(sets), sets.sites + 1))
    seen = np.zeros(sets.sites + 1, dtype=bool)
    for column, key in enumerate(keys):
        at = place[key[0]]
        worst[:, at] = np.maximum(worst[:, at], amount[:, column]) if seen[at] else amount[:, column]
        seen[at] = True
    return np.asarray(np.take_along_axis(worst, sets.site, axis=1))


def _from(need: Floats, short: Floats, room: float) -> Floats:
    """Level from which nothing is short any more, of shortfalls by level, (F, U, K)."""
    broken = short > room
    last = broken.shape[-1] - 1 - broken[..., ::-1].argmax(axis=-1)
    at = np.minimum(last, len(need) - 2) if len(need) > 1 else last * 0
    here = np.take_along_axis(short, at[..., None], axis=-1)[..., 0]
    after = np.take_along_axis(short, np.minimum(at + 1, len(need) - 1)[..., None], axis=-1)[..., 0]
    width = need[np.minimum(at + 1, len(need) - 1)] - need[at]
    fall = np.where(here > after, here - after, 1.0)
    found = need[at] + width * np.clip((here - room) / fall, 0.0, 1.0)
    found = np.where(last == len(need) - 1, np.inf, found)
    return np.asarray(np.where(broken.any(axis=-1), found, 0.0))
