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
from capacity.engines.enumerate import BLOCK_CELLS, classes, in_order_of_plans
from capacity.errors import SolverError
from capacity.rules import firm_rules
from capacity.studies.chain_years import Year, pairs_of
from capacity.studies.filling import Filling
from capacity.tolerances import SLACK

MOST_STEPS = 6_000_000
"""Steps from a state to a set of the next year held at once: about a gigabyte."""

FEW = 200
"""States kept of each year while a first chain is looked for: what it is worth leaves most others out."""


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
    age : ndarray (K, m)
        Years since each unit opened, as far as it matters to how it fills.
    """

    row: Ints
    beds: Ints
    age: Ints
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
    unfilled : int
        Steps in which no size carries a unit's women while it fills.
    """

    at: int
    steps: int
    dear: int
    least_dkk: float
    broken: dict[str, int]
    unfilled: int


class Chains:
    """All chains of sets through the years.

    Parameters
    ----------
    years : sequence of Year
    never_close : bool
        A unit stays once it is open; otherwise a unit that closes loses its beds.
    filling : Filling
    """

    def __init__(self, years: Sequence[Year], never_close: bool, clock: Clock, filling: Filling) -> None:
        self.years = tuple(years)
        self.filling = filling
        self.never_close = never_close
        self.clock = clock
        self.loosened: dict[tuple[int, str], Year] = {}
        """Years without one of their rules, by position and rule, where it was asked what stands in the way."""
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
        beds, age, spent = self._built(t, before, come, to)
        fits = year.affords(spent) & self._carried(year, beds, age)
        come, to, beds, age = come[fits], to[fits], beds[fits], age[fits]
        if not len(to):
            return _nothing(beds)
        used = np.flatnonzero(year.open.any(axis=0))
        keys = np.column_stack([to, beds[:, used], *([age[:, used]] if self.filling.usable else [])])
        _, at, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        group = group.reshape(-1)
        kept, value, cost = year.grown(to[at], beds[at])
        here = kept[group] & np.isfinite(ahead[to])
        states = self._summed(year, t, before, come, to, beds, age, value[group], cost[group])
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

    def _built(self, t: int, before: States | None, come: Ints, to: Ints) -> tuple[Ints, Ints, Floats]:
        """Beds after each step and how long units are open, (K, m), and what new beds cost to build, (K,)."""
        year = self.years[t]
        need, opened = year.beds[to], year.open[to]
        had = np.zeros_like(need) if before is None else before.beds[come]
        if not self.never_close:
            had = np.where(opened, had, 0)
        age = np.zeros_like(need)
        if self.filling.usable:
            age = self.filling.ages(None if before is None else before.age[come], had > 0, opened)
            need = self.filling.needed(need, year.filled[:, to], age)
        # With more beds than the fewest it lives on a unit may live no more; then it does not with more still: what
        # beds admit is concave in their number.
        beds = np.maximum(need, had)
        return beds, age, year.problem.finance.building_cost((beds - had).sum(axis=1))

    def _carried(self, year: Year, beds: Ints, age: Ints) -> Bools:
        """Whether units are not too small while they fill: more beds than their largest size are none, (K,)."""
        if not self.filling.usable:
            return np.ones(len(beds), dtype=bool)
        filling = age < len(self.filling.usable)
        return np.asarray(~(filling & (beds > year.problem.size_limits[1])).any(axis=1))

    def _summed(
        self,
        year: Year,
        t: int,
        before: States | None,
        come: Ints,
        to: Ints,
        beds: Ints,
        age: Ints,
        value: Floats,
        cost: Floats,
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
            row=to,
            beds=beds,
            age=age,
            value=value,
            least=least,
            sizes=sizes,
            early=early,
            cost=cost,
            rank=rank,
            before=come,
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
        beds, age, spent = self._built(t, before, come, to)
        kept = self._carried(year, beds, age)
        unfilled = int((~kept).sum())
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
            unfilled=unfilled,
        )


def _parts(counts: Ints, most: int) -> Iterator[Ints]:
    """Positions in runs whose counts sum to about `most`."""
    run = np.cumsum(counts) // most
    for k in np.unique(run):
        yield np.flatnonzero(run == k)


def _nothing(beds: Ints) -> States:
    none, nil = np.zeros(0, dtype=np.int64), np.zeros(0)
    return States(
        row=none, beds=beds, age=beds, value=nil, least=nil, sizes=none, early=none, cost=nil, rank=none, before=none
    )


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
