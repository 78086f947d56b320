"""The enumerating engine: every set of candidate sites is valued by array arithmetic.

With ``nearest`` and ``served`` the set of open sites decides everything: who goes where, how many
beds, what it costs. Where the sets are few, all are valued, and the best is certain.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.bounds import most_units
from capacity.labels import Bools, Floats, Ints
from capacity.objectives import Objective, acceptance
from capacity.problem import Problem
from capacity.representatives import representatives
from capacity.rules import NearestPlans, Rule, allowed_pairs, allowed_sites, rules_on, weight_of
from capacity.tolerances import TIE

MOST_SETS = 3_000_000
"""Above this many sets of sites the model is faster."""

BLOCK_CELLS = 4_000_000
"""Sets x (points + sites) valued at once: about 100 MB of working arrays."""

NEEDS_MODEL = ("served", "nearest", "promise", "size_floor")
"""Rules whose price can only be weighed by the model."""

BY_CONSTRUCTION = ("one_size", "nearest", "one_agreement")
"""Rules every enumerated plan keeps by the way it is made."""


@dataclass(frozen=True, kw_only=True)
class Space:
    """The sets of sites to value: all that hold `kept` and have `fewest` to `most` sites.

    Attributes
    ----------
    kept, free : tuple of int
        Site positions, in the order of their ids.
    fewest, most : int
        Number of sites in a set.
    """

    kept: tuple[int, ...]
    free: tuple[int, ...]
    fewest: int
    most: int

    @property
    def sets(self) -> int:
        """How many sets there are."""
        fixed = len(self.kept)
        sizes = range(max(self.fewest, fixed, 1), self.most + 1)
        return sum(math.comb(len(self.free), k - fixed) for k in sizes)


def why_not(problem: Problem) -> str | None:
    """Why the enumerating engine cannot answer this problem; None when it can."""
    policy = problem.policy
    if policy.nearest is None or policy.served is None:
        return "families are not bound to their nearest unit (nearest, served)"
    priced = [name for name in NEEDS_MODEL if name in policy.prices]
    if priced:
        return f"{priced[0]} has a price"
    return None


def space_of(problem: Problem) -> Space:
    """The sets of sites that firm rules leave to be valued."""
    policy, allowed = problem.policy, allowed_sites(problem)
    ids = problem.network.site_ids
    order = [int(j) for j in problem.site_order]
    firm_keep = () if "keep" in policy.prices else (policy.keep or ())
    kept = tuple(j for j in order if ids[j] in firm_keep)
    free = tuple(j for j in order if allowed[j] and j not in kept)
    fewest, most = 1, len(kept) + len(free)
    if not all(allowed[j] for j in kept):
        most = 0
    if policy.units is not None and "units" not in policy.prices:
        fewest, most = max(fewest, policy.units[0]), min(most, policy.units[1])
    most = min(most, most_units(problem, allowed))
    return Space(kept=kept, free=free, fewest=fewest, most=most)


def combinations(items: int, size: int) -> Ints:
    """All subsets of 0..items-1 of one size, each ascending, in lexicographic order."""
    sets = np.arange(items - size + 1, dtype=np.int16)[:, None] if size else np.zeros((1, 0), np.int16)
    for k in range(1, size):
        last = sets[:, -1]
        room = items - size + k - last
        repeated = np.repeat(sets, room, axis=0)
        ends = np.cumsum(room)
        step = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - room, room)
        added = (np.repeat(last, room) + 1 + step).astype(np.int16)
        sets = np.column_stack([repeated, added])
    return sets.astype(np.int64)


def blocks(problem: Problem, space: Space | None = None) -> Iterator[NearestPlans]:
    """Every set of the space as plans, in blocks that fit in memory, small sets first."""
    allowed = allowed_pairs(problem)
    for opened in opened_blocks(problem, space or space_of(problem)):
        yield NearestPlans(problem, opened, allowed)


def opened_blocks(problem: Problem, space: Space) -> Iterator[Bools]:
    """Every set of the space as rows of open sites, in blocks that fit in memory, small sets first."""
    n, m = problem.minutes.shape
    size = max(1, BLOCK_CELLS // (n + m * len(problem.scenarios.ids)))
    fixed, free = list(space.kept), np.array(space.free, dtype=np.int64)
    for count in range(max(space.fewest, len(fixed), 1), space.most + 1):
        if count - len(fixed) > len(free):
            return
        sets = combinations(len(free), count - len(fixed))
        for start in range(0, len(sets), size):
            chosen = sets[start : start + size]
            opened = np.zeros((len(chosen), m), dtype=bool)
            opened[:, fixed] = True
            if chosen.shape[1]:
                np.put_along_axis(opened, free[chosen], True, axis=1)
            yield opened


@dataclass(frozen=True, kw_only=True, eq=False)
class Kept:
    """Plans of one block that keep every firm rule.

    Attributes
    ----------
    plans : NearestPlans
        B of them.
    paid : ndarray (B,)
        For rules with a price.
    valued : int
        Sets the block was sifted from.
    """

    plans: NearestPlans
    paid: Floats
    valued: int


def kept_plans(problem: Problem, space: Space) -> Iterator[Kept]:
    """Every plan of the space that keeps the rules, in blocks that fit in memory, small sets first.

    With many scenarios the sets are sifted by a few of them first (`capacity.representatives`).
    """
    few, allowed = representatives(problem), allowed_pairs(problem)
    whole = max(1, BLOCK_CELLS // (max(problem.minutes.shape) * len(problem.scenarios.ids)))
    for opened in opened_blocks(problem if few is None else few.problem, space):
        valued, beds = len(opened), None
        if few is not None:
            sifted = NearestPlans(few.problem, opened, allowed)
            kept, _ = keeps_rules(few.problem, sifted)
            opened, beds = opened[kept], sifted.beds[kept] if few.exact else None
        for start in range(0, max(len(opened), 1), whole):
            part = slice(start, start + whole)
            plans = NearestPlans(problem, opened[part], allowed, None if beds is None else beds[part])
            paid = np.zeros(len(plans.open))
            if beds is None and len(plans.open):
                kept, paid = keeps_rules(problem, plans)
                if not kept.all():
                    plans, paid = NearestPlans(problem, plans.open[kept], allowed, plans.beds[kept]), paid[kept]
            # A block counts as valued when all of it is: a run may be cut short between.
            last = start + whole >= len(opened)
            yield Kept(plans=plans, paid=paid, valued=valued if last else 0)


def tested_rules(problem: Problem) -> tuple[Rule, ...]:
    """The rules an enumerated plan may break."""
    return tuple(r for r in rules_on(problem) if r.name not in BY_CONSTRUCTION)


def keeps_rules(problem: Problem, plans: NearestPlans) -> tuple[Bools, Floats]:
    """Which plans keep every firm rule, and what each pays for rules with a price, (B,) each."""
    kept = np.ones(len(plans.open), dtype=bool)
    paid = np.zeros(len(plans.open))
    for rule in tested_rules(problem):
        excess = rule.excess(problem, plans)
        price = rule.price(problem)
        if price is None:
            kept &= ~excess.broken.any(axis=1)
        else:
            broken = np.where(excess.broken, excess.amount, 0.0)
            paid += price * (broken @ weight_of(problem, excess.keys))
    return kept, paid


def yearly_cost(problem: Problem, plans: NearestPlans) -> Floats:
    """Running cost a year of each plan, DKK: the second tie-breaker, (B,)."""
    stays = np.einsum("s,bsj->bj", problem.probability, plans.stays)
    each = problem.finance.yearly_cost(plans.beds, stays, problem.care.mean_days)
    return np.asarray(np.where(plans.open, each, 0.0).sum(axis=1))


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A plan's place in the order of plans: objective, then beds, then cost, then site ids."""

    objective: float
    beds: int
    cost: float
    site_ids: tuple[str, ...]

    def before(self, other: Ranked) -> bool:
        """Whether this plan wins, objective and cost within `TIE` counting as equal."""
        if abs(self.objective - other.objective) > TIE * max(abs(self.objective), abs(other.objective)):
            return self.objective < other.objective
        if self.beds != other.beds:
            return self.beds < other.beds
        if abs(self.cost - other.cost) > TIE * max(abs(self.cost), abs(other.cost)):
            return self.cost < other.cost
        return self.site_ids < other.site_ids


def classes(values: Floats) -> Ints:
    """Numbers of classes of equal values, in order: in one are those within `TIE` of its least, (B,)."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    room = TIE * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1]))
    new = np.concatenate([np.ones(min(len(ordered), 1), dtype=bool), ordered[1:] - ordered[:-1] > room])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(ordered))[: len(starts)]
    # A row of values, each close to the next, may reach farther than its least allows.
    wide = ordered[ends - 1] - ordered[starts] > TIE * np.abs(ordered[starts]) if len(starts) else new
    for start, end in zip(starts[wide].tolist(), ends[wide].tolist(), strict=True):
        least = start
        for k in range(start + 1, end):
            if ordered[k] - ordered[least] > TIE * abs(ordered[least]):
                new[k], least = True, k
    found = np.empty(len(values), dtype=np.int64)
    found[order] = np.cumsum(new) - 1
    return found


def in_order_of_plans(
    objective: Sequence[Ints | Floats], beds: Ints, cost: Floats, ids: Callable[[int], tuple[str, ...]]
) -> list[int]:
    """Positions of plans, best first: lower objective, fewer beds, lower yearly cost, lower site ids.

    Parameters
    ----------
    objective : sequence of ndarray (B,)
        One or more measures, the first deciding first.
    beds, cost : ndarray (B,)
    ids : callable
        Site ids of the plan in a position; asked for only where all else is equal.
    """
    levels = [classes(np.asarray(values, dtype=np.float64)) for values in objective]
    keys = np.stack([*levels, beds])
    order = np.lexsort((cost, *keys[::-1]))
    new = (np.diff(keys[:, order], axis=1) != 0).any(axis=0)
    ends = np.flatnonzero(np.append(new, True)) + 1 if len(order) else np.zeros(0, dtype=np.int64)
    found: list[int] = []
    for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=False):
        part = order[start:end].tolist()
        if len(part) > 1:
            dear = dict(zip(part, classes(cost[part]).tolist(), strict=True))
            part.sort(key=lambda b: (dear[b], ids(b)))
        found += part
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Enumerated:
    """What enumeration found.

    Attributes
    ----------
    open : ndarray (m,) of bool or None
        Best set; None when no set keeps the rules.
    objective, bound : float
    valued, sets : int
        Sets valued, and sets there are; equal when the proof is complete.
    """

    open: Bools | None
    objective: float
    bound: float
    valued: int
    sets: int
    interrupted: bool = False


def enumerate_sets(
    problem: Problem, objective: Objective, *, time_limit: float | None = None
) -> Enumerated:
    """Value every set of sites; stop early at the time limit or Ctrl+C with what is proven."""
    started, space = time.monotonic(), space_of(problem)
    leaders: list[tuple[Floats, Ints, Floats, Bools]] = []
    lowest, valued, interrupted = np.inf, 0, False
    try:
        for block in kept_plans(problem, space):
            valued += block.valued
            plans = block.plans
            value = objective.expected(problem, plans) + block.paid if len(plans.open) else block.paid
            lowest = min(lowest, value.min(initial=np.inf))
            close = value <= lowest + 2 * TIE * abs(lowest)
            if close.any():
                leaders.append((value[close], *_breakers(problem, plans, close), plans.open[close]))
            if time_limit is not None and time.monotonic() - started > time_limit:
                break
    except KeyboardInterrupt:
        interrupted = True
    whole = valued == space.sets and not interrupted
    best = _first(problem, leaders, lowest)
    bound = lowest if whole else trivial_bound(problem, objective)
    return Enumerated(
        open=best, objective=float(lowest), bound=float(bound), valued=valued,
        sets=space.sets, interrupted=interrupted,
    )  # fmt: skip


def _breakers(problem: Problem, plans: NearestPlans, which: Bools) -> tuple[Ints, Floats]:
    chosen = NearestPlans(problem, plans.open[which], allowed_pairs(problem))
    return chosen.beds.sum(axis=1), yearly_cost(problem, chosen)


def _first(
    problem: Problem, leaders: Sequence[tuple[Floats, Ints, Floats, Bools]], lowest: float
) -> Bools | None:
    """The first plan in the order of plans among those tied for the best objective."""
    if not leaders:
        return None
    value, beds, cost = (np.concatenate([part[k] for part in leaders]) for k in range(3))
    opened = np.concatenate([part[3] for part in leaders])
    tied = np.flatnonzero(value <= lowest + TIE * abs(lowest))
    tied = tied[beds[tied] == beds[tied].min()]
    tied = tied[cost[tied] <= cost[tied].min() * (1 + TIE)]
    return np.asarray(opened[min(tied, key=lambda b: ids_of(problem, opened[b]))])


def ids_of(problem: Problem, opened: Bools) -> tuple[str, ...]:
    """Ids of the open sites, sorted."""
    return tuple(sorted(problem.network.site_ids[j] for j in np.flatnonzero(opened)))


def trivial_bound(problem: Problem, objective: Objective) -> float:
    """A lower bound that needs no search: everybody at the best of all allowed sites."""
    if objective.name == "cost":
        per_stay = problem.finance.occupied_day_dkk * problem.care.mean_days
        return problem.finance.unit_dkk_per_year + per_stay * problem.scenarios.women_per_year
    pairs = allowed_pairs(problem) & allowed_sites(problem)[None, :]
    if objective.name == "travel":
        best = np.where(pairs, problem.hours_per_woman, np.inf).min(axis=1)
        return float(problem.expected_women @ np.where(np.isfinite(best), best, 0.0))
    if objective.name == "reached":
        return -float(problem.expected_women @ np.where(pairs, acceptance(problem), 0.0).max(axis=1))
    best = np.where(pairs, problem.minutes, np.inf).min(axis=1)
    reached = np.where(np.isfinite(best), best, 0.0)[problem.active]
    return float(reached.max() if objective.name == "worst" else reached.min())
