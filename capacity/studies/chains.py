"""Chains of sets of sites, one set a year: the best of all, each valued exactly.

With ``nearest`` and ``served`` a set decides who goes where in each year, and the fewest beds that keep the rules. What
a unit has is never taken down, so the beds of a year depend on the years before. A state is a set with its beds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.enumerate import (
    BLOCK_CELLS,
    classes,
    ids_of,
    in_order_of_plans,
    kept_plans,
    space_of,
    yearly_cost,
)
from capacity.errors import SolverError
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, firm_rules, paid_in
from capacity.rules.objectives import Objective
from capacity.tolerances import HOLD, SLACK

MOST_TESTS = 1_000_000_000
"""Pairs of sets of two years that are looked at: some seconds."""

MOST_STEPS = 6_000_000
"""Steps from a state to a set of the next year held at once: about a gigabyte."""

FEW = 200
"""States kept of each year while a first chain is looked for: what it is worth leaves most others out."""

WORD = 62
"""Sites in one whole number."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Year:
    """One year: every set that keeps its rules, with the fewest beds that do.

    Attributes
    ----------
    year : int
    problem : Problem
        With the year's settings.
    goal : Objective
    weight : float
        What the year's values are multiplied by.
    budget : float
        DKK to build for in the year; inf without.
    open, beds : ndarray (F, m)
    site : ndarray (F, n) of int
        Site each point uses; -1 for none.
    value, cost : ndarray (F,)
        Weighted objective with what is paid for rules, and weighted running cost, at these beds.
    valued : int
        Sets that were valued.
    """

    year: int
    problem: Problem
    goal: Objective
    weight: float
    budget: float
    open: Bools
    beds: Ints
    site: Ints
    value: Floats
    cost: Floats
    valued: int

    @cached_property
    def words(self) -> Ints:
        """The sets as whole numbers, (F, words)."""
        m = self.open.shape[1]
        parts = [self.open[:, k : k + WORD] @ (1 << np.arange(min(WORD, m - k))) for k in range(0, m, WORD)]
        return np.stack(parts, axis=1)

    @cached_property
    def rank(self) -> Ints:
        """Place of each set in the order of site ids, (F,)."""
        order = sorted(range(len(self.open)), key=lambda f: ids_of(self.problem, self.open[f]))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return place

    def affords(self, spent: Floats) -> Bools:
        """Whether building for so much is within the budget."""
        return np.asarray(spent <= self.budget + (HOLD * max(1.0, self.budget) if np.isfinite(self.budget) else 0.0))

    def plans(self, rows: Ints, beds: Ints) -> NearestPlans:
        """Sets with beds of their own."""
        none = np.zeros(self.problem.minutes.shape, dtype=bool)
        plans = NearestPlans(self.problem, self.open[rows], none, beds)
        plans.site = self.site[rows]
        return plans

    def grown(self, rows: Ints, beds: Ints) -> tuple[Bools, Floats, Floats]:
        """Whether sets with more beds than they need keep the rules; their value and running cost, (K,) each."""
        kept = np.ones(len(rows), dtype=bool)
        value, cost = self.value[rows], self.cost[rows]
        size = max(1, BLOCK_CELLS // (max(self.problem.minutes.shape) * len(self.problem.scenarios.ids)))
        more = np.flatnonzero((beds != self.beds[rows]).any(axis=1))
        for start in range(0, len(more), size):
            at = more[start : start + size]
            plans = self.plans(rows[at], beds[at])
            for rule in firm_rules(self.problem):
                if rule.with_more_beds != "same":
                    kept[at] &= ~rule.excess(self.problem, plans).broken.any(axis=1)
            value[at] = self.weight * _minimised(self.problem, self.goal, plans)
            cost[at] = self.weight * yearly_cost(self.problem, plans)
        return kept, value, cost


def _minimised(problem: Problem, goal: Objective, plans: NearestPlans) -> Floats:
    common, own = paid_in(problem, plans)
    return np.asarray(goal.expected(problem, plans) + common + own @ problem.probability)


def year_of(year: int, problem: Problem, goal: Objective, weight: float, budget: float, clock: Clock) -> Year:
    """Every set of a year that keeps its rules."""
    space = space_of(problem)
    n, m = problem.minutes.shape
    opened, beds = [np.zeros((0, m), dtype=bool)], [np.zeros((0, m), dtype=np.int64)]
    site, value, cost = [np.zeros((0, n), dtype=np.int64)], [np.zeros(0)], [np.zeros(0)]
    valued = 0
    for block in kept_plans(problem, space):
        valued += block.valued
        plans = block.plans
        if len(plans.open):
            opened.append(plans.open)
            beds.append(plans.beds)
            site.append(plans.site)
            value.append(weight * _minimised(problem, goal, plans))
            cost.append(weight * yearly_cost(problem, plans))
        clock.tell(f"Sets of sites are valued in {year}", done=valued, count=space.sets)
        clock.check()
    return Year(
        year=year,
        problem=problem,
        goal=goal,
        weight=weight,
        budget=budget,
        open=np.concatenate(opened),
        beds=np.concatenate(beds),
        site=np.concatenate(site),
        value=np.concatenate(value),
        cost=np.concatenate(cost),
        valued=valued,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Which sets of a year may follow each set of the year before.

    Attributes
    ----------
    start : ndarray (F + 1,)
        Where those of each set begin in `to`.
    to : ndarray (P,)
    """

    start: Ints
    to: Ints


def pairs_of(before: Year, after: Year, never_close: bool) -> Pairs:
    """Every pair in which the later set holds the earlier one; all pairs where units may close.

    Raises
    ------
    SolverError
        Where there are too many to look at.
    """
    count, others = len(before.open), len(after.open)
    if count * others > MOST_TESTS:
        raise SolverError(
            f"{count:,} sets of {before.year} beside {others:,} of {after.year} are too many to look at every pair. "
            "Narrow rules.units, rules.forbid or rules.near_ambulatory."
        )
    pairs, lengths = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    size = max(1, BLOCK_CELLS // max(1, others))
    for first in range(0, count, size):
        part = before.words[first : first + size]
        held = np.ones((len(part), others), dtype=bool)
        if never_close:
            for k in range(part.shape[1]):
                held &= (part[:, k, None] & ~after.words[None, :, k]) == 0
        lengths.append(held.sum(axis=1))
        pairs.append(np.nonzero(held)[1])
    return Pairs(start=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]), to=np.concatenate(pairs))


@dataclass(frozen=True, kw_only=True, eq=False)
class States:
    """Sets of one year with their beds, and the best chain to each.

    Attributes
    ----------
    row : ndarray (K,)
        Set, in the year's order.
    beds : ndarray (K, m)
    value, least : ndarray (K,)
        Of the best chain; and the least of all chains that end so (they may be equal within `TIE`).
    sizes, early, cost, rank : ndarray (K,)
        What decides between equals: beds and units summed over the years (`early` leaves out the last), running
        cost, and the place in the order of site ids.
    before : ndarray (K,)
        State of the year before.
    """

    row: Ints
    beds: Ints
    value: Floats
    least: Floats
    sizes: Ints
    early: Ints
    cost: Floats
    rank: Ints
    before: Ints

    def only(self, which: Ints | Bools) -> States:
        """Some of the states."""
        return States(**{name: column[which] for name, column in vars(self).items()})


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """The best chain: rows of the years' sets, beds (T, m), value, and the bound that is proven."""

    rows: tuple[int, ...]
    beds: Ints
    value: float
    bound: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Stuck:
    """Where no chain goes on: the position of the year, steps there are to it, and what takes them away.

    Attributes
    ----------
    at : int
    steps : int
        From a set and beds that are reached to a set that keeps the year's rules.
    dear : int
        Steps that cost more than the budget.
    least_dkk : float
        Least that a step costs that breaks no rule; inf without one.
    broken : mapping of rule name to int
        Steps that break the rule by the beds that are there already.
    """

    at: int
    steps: int
    dear: int
    least_dkk: float
    broken: dict[str, int]


class Chains:
    """All chains of sets through the years.

    Parameters
    ----------
    years : sequence of Year
    never_close : bool
        A unit stays once it is open; otherwise a unit that closes loses its beds.
    """

    def __init__(self, years: Sequence[Year], never_close: bool, clock: Clock) -> None:
        self.years = tuple(years)
        self.never_close = never_close
        self.clock = clock
        self.pairs = tuple(
            pairs_of(one, other, never_close) for one, other in zip(self.years, self.years[1:], strict=False)
        )

    @cached_property
    def ahead(self) -> tuple[Floats, ...]:
        """Of each set of each year, the least that the years after it come to (inf where none can follow), (F,) each.

        Values never fall with beds, so that with the fewest beds it is a bound.
        """
        found = [np.zeros(len(self.years[-1].open))]
        for year, pairs in zip(self.years[:0:-1], self.pairs[::-1], strict=True):
            least = np.full(len(pairs.start) - 1, np.inf)
            come = np.repeat(np.arange(len(least)), np.diff(pairs.start))
            np.minimum.at(least, come, (year.value + found[0])[pairs.to])
            found.insert(0, least)
        return tuple(found)

    def best(self, first: Ints | None = None) -> Chain | None:
        """The best chain, first sets given or free; None where there is none."""
        quick = self._through(first, np.inf, FEW)
        limit = np.inf if quick is None else quick.value + SLACK * abs(quick.value)
        return self._through(first, limit, None)

    def _through(self, first: Ints | None, limit: float, most: int | None) -> Chain | None:
        layers: list[States] = []
        for t in range(len(self.years)):
            states = self._states(t, first, layers[-1] if layers else None, self.ahead[t], limit)
            if not len(states.row):
                return None
            if most is not None and len(states.row) > most:
                near = np.argsort(states.value + self.ahead[t][states.row], kind="stable")
                states = states.only(np.sort(near[:most]))
            layers.append(states)
            self.clock.tell(f"Chains up to {self.years[t].year} are valued", done=t + 1, count=len(self.years))
            self.clock.check()
        last = layers[-1]
        order = in_order_of_plans([last.value, last.sizes], last.early, last.cost, lambda k: (f"{last.rank[k]:020d}",))
        at = order[0]
        rows: list[int] = []
        beds: list[Ints] = []
        for states in layers[::-1]:
            rows.insert(0, int(states.row[at]))
            beds.insert(0, states.beds[at])
            at = int(states.before[at])
        return Chain(
            rows=tuple(rows), beds=np.stack(beds), value=float(last.value[order[0]]), bound=float(last.least.min())
        )

    def _states(self, t: int, first: Ints | None, before: States | None, ahead: Floats, limit: float) -> States:
        """States of a year that the budget and the rules allow, each with the best chain to it."""
        year = self.years[t]
        come, to = self._steps(t, first, before, ahead, limit)
        beds, spent = self._built(t, before, come, to)
        fits = year.affords(spent)
        come, to, beds = come[fits], to[fits], beds[fits]
        if not len(to):
            return _nothing(beds)
        used = np.flatnonzero(year.open.any(axis=0))
        keys = np.column_stack([to, beds[:, used]])
        _, at, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        group = group.reshape(-1)
        kept, value, cost = year.grown(to[at], beds[at])
        here = kept[group] & np.isfinite(ahead[to])
        states = self._summed(year, t, before, come, to, beds, value[group], cost[group])
        here &= states.value + ahead[to] <= limit
        return _merged(states.only(here), group[here])

    def _steps(
        self, t: int, first: Ints | None, before: States | None, ahead: Floats, limit: float
    ) -> tuple[Ints, Ints]:
        """States of the year before and sets of this year that may follow and may be part of the best chain."""
        year = self.years[t]
        if before is None:
            to = np.arange(len(year.open)) if first is None else first
            to = to[np.isfinite(ahead[to]) & (year.value[to] + ahead[to] <= limit)]
            return np.full(len(to), -1), to
        pairs, come, onto, held = self.pairs[t - 1], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
        counts = np.diff(pairs.start)[before.row]
        for part in _parts(counts, BLOCK_CELLS):
            many = counts[part]
            one = np.repeat(part, many)
            offset = np.arange(len(one)) - np.repeat(np.cumsum(many) - many, many)
            to = pairs.to[pairs.start[before.row[one]] + offset]
            near = before.value[one] + year.value[to] + ahead[to] <= limit
            near &= np.isfinite(ahead[to])
            come.append(one[near])
            onto.append(to[near])
            held += len(come[-1])
            if held > MOST_STEPS:
                raise SolverError(
                    f"More than {MOST_STEPS:,} steps lead to {year.year}: too many to value every chain. "
                    "Narrow rules.units or rules.near_ambulatory, give the first year's units, or ask for fewer years."
                )
        return np.concatenate(come), np.concatenate(onto)

    def _built(self, t: int, before: States | None, come: Ints, to: Ints) -> tuple[Ints, Floats]:
        """Beds after each step, (K, m), and what those that are new cost to build, (K,)."""
        year = self.years[t]
        need = year.beds[to]
        had = np.zeros_like(need) if before is None else before.beds[come]
        if not self.never_close:
            had = np.where(year.open[to], had, 0)
        beds = np.maximum(need, had)
        return beds, year.problem.finance.building_cost((beds - had).sum(axis=1))

    def _summed(
        self, year: Year, t: int, before: States | None, come: Ints, to: Ints, beds: Ints, value: Floats, cost: Floats
    ) -> States:
        """The chains to each step, summed."""
        last = t == len(self.years) - 1
        early = np.zeros(len(to), dtype=np.int64) if last else year.open[to].sum(axis=1)
        sizes, rank, least = beds.sum(axis=1), year.rank[to], value
        if before is not None:
            least = before.least[come] + value
            value = before.value[come] + value
            cost = before.cost[come] + cost
            early = before.early[come] + early
            sizes = before.sizes[come] + sizes
            rank = before.rank[come] * len(year.open) + rank
        if len(rank):
            rank = np.unique(rank, return_inverse=True)[1].reshape(-1)
        return States(
            row=to, beds=beds, value=value, least=least, sizes=sizes, early=early, cost=cost, rank=rank, before=come
        )

    def stuck(self, first: Ints | None) -> Stuck:
        """The first year to which no chain leads, and why; asked where there is no chain at all."""
        before: States | None = None
        for t, year in enumerate(self.years):
            free = np.zeros(len(year.open))
            states = self._states(t, first, before, free, np.inf)
            if not len(states.row):
                return self._taken_away(t, first, before)
            before = states
        raise SolverError("A chain was found where there was none.")  # pragma: no cover - only with a fault in here

    def _taken_away(self, t: int, first: Ints | None, before: States | None) -> Stuck:
        year = self.years[t]
        come, to = self._steps(t, first, before, np.zeros(len(year.open)), np.inf)
        beds, spent = self._built(t, before, come, to)
        kept = np.ones(len(to), dtype=bool)
        broken: dict[str, int] = {}
        size = max(1, BLOCK_CELLS // (max(year.problem.minutes.shape) * len(year.problem.scenarios.ids)))
        for start in range(0, len(to), size):
            part = slice(start, start + size)
            plans = year.plans(to[part], beds[part])
            for rule in firm_rules(year.problem):
                if rule.with_more_beds != "same":
                    over = rule.excess(year.problem, plans).broken.any(axis=1)
                    kept[part] &= ~over
                    if over.any():
                        broken[rule.name] = broken.get(rule.name, 0) + int(over.sum())
        return Stuck(
            at=t,
            steps=len(to),
            dear=int((~year.affords(spent)).sum()),
            least_dkk=float(spent[kept].min(initial=np.inf)),
            broken=broken,
        )


def _parts(counts: Ints, most: int) -> Iterator[Ints]:
    """Positions in runs whose counts sum to about `most`."""
    run = np.cumsum(counts) // most
    for k in np.unique(run):
        yield np.flatnonzero(run == k)


def _nothing(beds: Ints) -> States:
    none, nil = np.zeros(0, dtype=np.int64), np.zeros(0)
    return States(row=none, beds=beds, value=nil, least=nil, sizes=none, early=none, cost=nil, rank=none, before=none)


def _merged(states: States, group: Ints) -> States:
    """One state of each group of the same set and beds, the first in the order of chains.

    What follows is the same for all of a group, so that the others lead to nothing better.
    """
    if not len(group):
        return states
    level, dear = classes(states.value), classes(states.cost)
    order = np.lexsort((states.rank, dear, states.early, states.sizes, level, group))
    new = np.append(True, np.diff(group[order]) != 0)
    starts = np.flatnonzero(new)
    least = np.minimum.reduceat(states.least[order], starts)
    found = states.only(order[starts])
    return States(**{**vars(found), "least": least})
