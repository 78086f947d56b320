"""What every coalition of regions costs, all at once: sets of sites are valued for all coalitions that may open them.

Under `nearest` who goes where is decided by the open units alone, so that women of a region use the same units in every
coalition it is part of. A set of sites then has, in each coalition, the stays of its members added up: from these the
beds, the rules and the cost follow, as of a problem cut to those regions (`Problem.only`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.enumerate import opened_blocks, tested_rules, why_not
from capacity.engines.question import Space
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Rule, UnitPlans, allowed_pairs, allowed_sites, firm_rules
from capacity.rules.aftercare import aftercare_cost
from capacity.studies.games import table

MOST_ROWS = 60_000_000
"""Pairs of a set of sites and a coalition that may open it: more are not valued."""

CELLS = 200_000
"""Of these pairs x scenarios x sites so many are looked at together."""


def why_one_by_one(problem: Problem, players: Mapping[str, Sequence[str]]) -> str | None:
    """Why coalitions have to be planned one by one; None where they can be valued together."""
    if (reason := why_not(problem)) is not None:
        return reason
    if problem.policy.prices:
        return f"{next(iter(problem.policy.prices))} has a price"
    if problem.outpatient.on:
        return "there is an outpatient course"
    if problem.aftercare.on and problem.aftercare.where == "shared_house":
        return "units share a house of aftercare"
    unknown = [rule.name for rule in tested_rules(problem) if not rule.when_cut]
    if unknown:
        return f"{unknown[0]} compares regions"
    rows = _rows(problem, players)
    return f"there are {rows:,.0f} pairs of a set of sites and a coalition" if rows > MOST_ROWS else None


def _space(problem: Problem) -> Space:
    """Sets of sites that may be a plan of some coalition."""
    allowed = allowed_sites(problem)
    fewest, most = 1, int(allowed.sum())
    for rule in firm_rules(problem):
        if (between := rule.unit_range(problem)) is not None:
            fewest, most = max(fewest, between[0]), min(most, between[1])
    free = tuple(int(j) for j in problem.site_order if allowed[j])
    return Space(kept=(), free=free, fewest=fewest, most=most)


def _rows(problem: Problem, players: Mapping[str, Sequence[str]]) -> float:
    """How many pairs there are of a set of sites and a coalition with all of them."""
    space, by = _space(problem), _player_of(problem.network.site_regions, players)
    count = np.zeros(space.most + 1)
    count[0] = 1.0
    for k in range(len(players)):
        mine = sum(by[j] == k for j in space.free)
        # Without a site of its own open a player may be in or out.
        ways = np.array([math.comb(mine, k) for k in range(min(mine, space.most) + 1)], dtype=float)
        ways[0] = 2.0
        count = np.convolve(count, ways)[: space.most + 1]
    return float(count[space.fewest :].sum())


def _player_of(regions: Sequence[str], players: Mapping[str, Sequence[str]]) -> Ints:
    of = {region: k for k, mine in enumerate(players.values()) for region in mine}
    return np.array([of[region] for region in regions], dtype=np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Plans of sets of sites, each in a coalition.

    Attributes
    ----------
    coalition : ndarray (B,) of int
    plans : UnitPlans
    hours_dkk : ndarray (B,)
        What the hours of family travel cost a year.
    """

    coalition: Ints
    plans: UnitPlans
    hours_dkk: Floats


def coalition_costs(
    problem: Problem, players: Mapping[str, Sequence[str]], hour_dkk: float = 0.0, clock: Clock | None = None
) -> Floats:
    """What each coalition costs as one service, (2^n,); infinite where no plan keeps the rules.

    Only where `why_one_by_one` has nothing to say.
    """
    cost: Floats = np.full(2 ** len(players), np.inf)
    cost[0] = 0.0
    rules = [rule for rule in tested_rules(problem) if rule.when_cut == "units"]
    seen = _Seen(problem, players, hour_dkk)
    for rows in seen.rows(cost):
        _value(problem, rules, seen, rows, cost)
        if clock is not None:
            clock.tell("Sets of sites are valued in every coalition")
            clock.check()
    # Where nobody needs a stay in some scenario there is no problem to plan.
    women = np.stack([problem.women[:, seen.points == k].sum(axis=1) for k in range(len(players))])
    inside = table(len(players))
    cost[1:][((inside[1:] @ women) <= 0).any(axis=1)] = np.inf
    return cost


def _value(problem: Problem, rules: Sequence[Rule], seen: _Seen, rows: Rows, cost: Floats) -> None:
    """Lower what coalitions cost by the plans of some sets."""
    plans, coalition = rows.plans, rows.coalition
    standing = np.where(plans.open, problem.finance.full_cost(plans.beds, 0.0, problem.care.mean_days), 0.0).sum(axis=1)
    standing = standing + rows.hours_dkk
    # A plan whose units alone cost more than the best known needs no look at its rules.
    kept = standing < cost[coalition]
    for rule in rules:
        if not kept.any():
            return
        plans, coalition, standing = plans.only(kept), coalition[kept], standing[kept]
        excess = rule.excess(problem, plans)
        kept = ~(excess.broken & seen.left(rule, excess.keys, coalition)).any(axis=1)
    plans, coalition, standing = plans.only(kept), coalition[kept], standing[kept]
    counted = problem.counted(plans.beds[:, None, :], plans.stays).sum(axis=2) @ problem.probability
    value = standing + problem.finance.occupied_day_dkk * problem.care.mean_days * counted
    if problem.aftercare.on:
        value = value + aftercare_cost(problem, plans) @ problem.probability
    np.minimum.at(cost, coalition, value)


class _Seen:
    """A problem's places by player, and its sets of sites with the coalitions that may open them."""

    def __init__(self, problem: Problem, players: Mapping[str, Sequence[str]], hour_dkk: float) -> None:
        net = problem.network
        self.hour_dkk = hour_dkk
        self.problem, self.count = problem, len(players)
        self.points, self.sites = _player_of(net.point_regions, players), _player_of(net.site_regions, players)
        of = {region: k for k, mine in enumerate(players.values()) for region in mine}
        self._player = {
            "site": dict(zip(net.site_ids, self.sites.tolist(), strict=True)),
            "demand point": dict(zip(net.point_ids, self.points.tolist(), strict=True)),
            "region": of,
        }
        self._tables = {size: table(size) for size in range(self.count + 1)}

    def player(self, rule: Rule, keys: Sequence[tuple[object, ...]]) -> Ints:
        """Player that each instance of a rule speaks of, -1 where it speaks of all."""
        known = self._player.get(rule.about or "", {})
        return np.array([known.get(str(key[0]), -1) if key else -1 for key in keys], dtype=np.int64)

    def left(self, rule: Rule, keys: Sequence[tuple[object, ...]], coalition: Ints) -> Bools:
        """Whether an instance is left where only the members of each coalition are, (B, K)."""
        player = self.player(rule, keys)
        return np.asarray((coalition[:, None] >> np.maximum(player, 0)) & 1 > 0) | (player < 0)

    def rows(self, cost: Floats) -> Iterator[Rows]:
        """Every set of sites in every coalition that may open it and whose places it serves as the rules ask.

        Small sets first; without those that cost more, by their units alone, than what a coalition is known to (2^n,).
        """
        problem = self.problem
        cells = len(problem.scenarios.ids) * len(self.sites)
        for block in opened_blocks(problem, _space(problem)):
            few = max(1, CELLS // (self.count * cells))
            for start in range(0, len(block), few):
                plans = NearestPlans(problem, block[start : start + few], allowed_pairs(problem))
                yield from self._rows_of(plans, max(1, CELLS // cells), cost)

    def _rows_of(self, plans: NearestPlans, at_once: int, cost: Floats) -> Iterator[Rows]:
        """The same of some sets."""
        bits = 1 << np.arange(self.count)
        needed = np.stack([plans.open[:, self.sites == k].any(axis=1) for k in range(self.count)], axis=1)
        badly = self._badly_served(plans)
        free = ~needed & ~badly
        each = self._each(plans)
        low, _ = self.problem.size_limits
        units = np.where(plans.open, self.problem.finance.full_cost(low, 0.0, 1.0), 0.0).sum(axis=1)
        waiting: list[tuple[int, Bools, Ints]] = []
        count = 0
        for b in np.flatnonzero(~(needed & badly).any(axis=1)).tolist():
            chosen = self._tables[int(free[b].sum())]
            for start in range(0, len(chosen), at_once):
                inside = np.broadcast_to(needed[b], (len(chosen[start : start + at_once]), self.count)).copy()
                inside[:, free[b]] = chosen[start : start + at_once]
                coalition = inside @ bits
                few = units[b] + inside @ each[2][b] < cost[coalition]
                if count + len(inside) > at_once and waiting:
                    yield self._joined(plans, each, waiting)
                    waiting, count = [], 0
                if few.any():
                    waiting.append((b, inside[few], coalition[few]))
                    count += int(few.sum())
        if waiting:
            yield self._joined(plans, each, waiting)

    def _badly_served(self, plans: NearestPlans) -> Bools:
        """Players some of whose places are not served as the rules ask, (B, players)."""
        badly = np.zeros((len(plans.open), self.count), dtype=bool)
        for rule in tested_rules(self.problem):
            if rule.when_cut == "ways":
                excess = rule.excess(self.problem, plans)
                player = self.player(rule, excess.keys)
                for k in range(self.count):
                    badly[:, k] |= excess.broken[:, (player == k) | (player < 0)].any(axis=1)
        return badly

    def _each(self, plans: NearestPlans) -> tuple[Floats, Floats, Floats]:
        """Stays (B, players, S, m), places that use each site (B, players, m) and what hours cost (B, players)."""
        problem, (count, m) = self.problem, plans.open.shape
        stays = np.zeros((count, self.count, len(problem.scenarios.ids), m))
        used, hours = np.zeros((count, self.count, m)), np.zeros((count, self.count))
        travelled = plans.mean(problem.hours_per_woman)[:, 0] * problem.expected_women
        for k in range(self.count):
            mine = self.points == k
            hours[:, k] = self.hour_dkk * travelled[:, mine].sum(axis=1)
            used[:, k] = plans.per_site(np.where(mine, problem.active, 0.0))
            for s, women in enumerate(problem.women):
                stays[:, k, s] = plans.per_site(np.where(mine, women, 0.0))
        return stays, used, hours

    def _joined(
        self, plans: NearestPlans, each: tuple[Floats, Floats, Floats], waiting: list[tuple[int, Bools, Ints]]
    ) -> Rows:
        stays, used, hours = each
        m, rows = plans.open.shape[1], sum(len(inside) for _, inside, _ in waiting)
        there, using = np.zeros((rows, stays.shape[2], m)), np.zeros((rows, m))
        opened, travelled = np.zeros((rows, m), dtype=bool), np.zeros(rows)
        start = 0
        for b, inside, _ in waiting:
            part = slice(start, start + len(inside))
            members = inside.astype(float)
            # Nobody is at a site that is closed.
            sites = np.flatnonzero(plans.open[b])
            there[part][:, :, sites] = np.tensordot(members, stays[b][:, :, sites], axes=1)
            using[part][:, sites] = members @ used[b][:, sites]
            opened[part], travelled[part] = plans.open[b], members @ hours[b]
            start += len(inside)
        return Rows(
            coalition=np.concatenate([coalition for *_, coalition in waiting]),
            plans=UnitPlans(self.problem, opened, there, using),
            hours_dkk=travelled,
        )
