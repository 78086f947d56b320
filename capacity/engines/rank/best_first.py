"""Sets of sites, best first: bounded all together, worked out one by one while they may still be next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.clock import Clock
from capacity.engines.enumerate import opened_blocks, space_of
from capacity.engines.linear.model import LinearModel, Model
from capacity.engines.question import Question
from capacity.engines.rank.bounds import Members, SetBounds
from capacity.engines.rank.one_set import CutShortError, OneSet
from capacity.engines.rank.parts import Parts
from capacity.problem.problem import Problem
from capacity.rules import one_assignment, rules_on, serves_all
from capacity.tolerances import LEAST_ROOM, NEAR_NOTHING, SITES_ROW, TIE

MOST_CELLS = 60_000_000
"""Sets x points x scenarios up to which all sets are bounded."""

MOST_SHARES = 12_000
"""Points x scenarios x units up to which a set's own model is solved many times."""

SHARPENED = 16_384
"""Sets, the most promising, whose bounds each new set of multipliers sharpens."""


def why_no_ranking(problem: Problem, question: Question | None = None) -> str | None:
    """Why sets cannot be ranked by bounds; None where they can."""
    if problem.outpatient.on or not any(rule.serves_all for rule in rules_on(problem)):
        # At a price whoever is left out is paid for: with the units decided, what is left is as small as ever.
        return "not everybody must be served"
    for rule in rules_on(problem):
        if not rule.in_rows(problem) or rule.own_columns == "any":
            return f"{rule.name} may not be one of the rows that sets can be bounded by"
    space = space_of(problem) if question is None else question.space
    blocks = 1 if (one_assignment(problem) if question is None else question.shared) else len(problem.scenarios.ids)
    points = len(problem.network.point_ids) * blocks
    if space.sets * points > MOST_CELLS or points * max(space.most, 1) > MOST_SHARES:
        return f"{space.sets:,} sets of sites in {blocks:,} scenarios are too many to bound"
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """A set of units, and its least value.

    Attributes
    ----------
    open : ndarray (m,) of bool
    value : float
        Of the linear model.
    values : ndarray (columns,)
    """

    open: Bools
    value: float
    values: Floats


class Ranking:
    """The sets of sites of a problem, in the order of the least value a model can have with them.

    Parameters
    ----------
    model : Model
    linear : LinearModel, optional
        The model's arrays with another objective or further rows.
    among : ndarray (B, m) of bool, optional
        Sets to rank; all sets of the problem unless given.
    hints : sequence of ndarray (rows,)
        Multipliers that were good for a problem much like this one.
    clock : Clock, optional
        Of a time limit, at which a step ends with `CutShortError`.

    Attributes
    ----------
    relaxed, solved : int
        Sets whose linear relaxation was solved, and whose sizes were settled.
    multipliers : ndarray (rows,)
        The last ones: a hint for a problem much like this one.
    """

    def __init__(
        self,
        model: Model,
        linear: LinearModel | None = None,
        among: Bools | None = None,
        hints: Sequence[Floats] = (),
        clock: Clock | None = None,
    ) -> None:
        self._parts, self._clock = Parts.of(model, linear), clock
        self._bounds_of = SetBounds(parts=self._parts)
        self.open = all_sets(model.problem) if among is None else among
        self._members = members(self.open)
        self._least_room = NEAR_NOTHING * float(np.abs(self._parts.linear.cost).max(initial=0.0)) or LEAST_ROOM
        self.bound = np.where(self._kept(), -np.inf, np.inf)
        self._exact = np.zeros(len(self.open), dtype=bool)
        self._known: dict[int, Floats] = {}
        self._begun: dict[int, OneSet] = {}
        self._half_done: Found | None = None
        self.relaxed = self.solved = 0
        self.multipliers = self._of_all()
        for hint in hints:
            if len(hint) == len(self.multipliers):
                left = np.flatnonzero(self.bound < np.inf)
                self.bound[left] = np.maximum(self.bound[left], self._bounds_of.of(self._members[left], hint))

    def __iter__(self) -> Iterator[Found]:
        return self

    def __next__(self) -> Found:
        while (found := self.step()) is None:
            pass
        return found

    @property
    def lowest(self) -> float:
        """A bound of every set not yet given: proven at any moment."""
        return float(self.bound.min(initial=np.inf))

    @property
    def best_known(self) -> Found | None:
        """The best plan known of the sets not yet given: no proof that none is better."""
        ready = np.flatnonzero(self._exact & np.isfinite(self.bound))
        if not len(ready):
            return self._half_done
        b = int(ready[np.argmin(self.bound[ready])])
        known = Found(open=self.open[b], value=float(self.bound[b]), values=self._known[b])
        return min((one for one in (known, self._half_done) if one), key=lambda one: one.value)

    def room(self, value: float) -> float:
        """What two equal values may differ by.

        Regret, near nothing, is a difference of what the constant says; and nothing is a sum of rounded costs.
        """
        return max(TIE * max(abs(value), abs(self._parts.linear.constant)), self._least_room)

    def step(self) -> Found | None:
        """One step of work; the next set where it is known.

        Raises
        ------
        StopIteration
            No set is left.
        CutShortError
            At the limit; what is known stays known.
        """
        if self._clock is not None:
            self._clock.tell("Sets of sites are bounded and worked out")
            if self._clock.over:
                raise CutShortError(np.inf, None, self.lowest, interrupted=False)
        b = int(np.argmin(self.bound)) if len(self.bound) else -1
        if b < 0 or self.bound[b] == np.inf:
            raise StopIteration
        lowest = self.bound[b]
        # A set that is worked out goes before one that is only known not to be better.
        ready = np.flatnonzero(self._exact & (self.bound <= lowest + self.room(lowest)))
        if len(ready) and not self._open_ties(lowest):
            b = int(ready[np.argmin(self.bound[ready])])
            found = Found(open=self.open[b], value=float(self.bound[b]), values=self._known.pop(b))
            self.bound[b] = np.inf
            return found
        if self._exact[b]:
            ties = np.flatnonzero(~self._exact & (self.bound <= lowest + self.room(lowest)))
            b = int(ties[np.argmin(self.bound[ties])])
        if b in self._begun:
            self._settle(b)
        else:
            self._relax(b)
        return None

    def _open_ties(self, value: float) -> bool:
        return bool((~self._exact & (self.bound <= value + self.room(value))).any())

    def _relax(self, b: int) -> None:
        one_set = OneSet(self._parts, self.open[b], self._clock)
        relaxed = one_set.relaxed()
        self.relaxed += 1
        left = np.flatnonzero(np.isfinite(self.bound) | np.isneginf(self.bound))
        if len(left) > SHARPENED:
            left = left[np.argpartition(self.bound[left], SHARPENED)[:SHARPENED]]
        if relaxed.value == np.inf:
            self.bound[b] = np.inf
            if relaxed.multipliers is not None:
                for ray in (relaxed.multipliers, -relaxed.multipliers):
                    self.bound[left[self._bounds_of.impossible(self._members[left], ray)]] = np.inf
            return
        self._begun[b] = one_set
        self.bound[b] = max(self.bound[b], relaxed.value)
        if relaxed.multipliers is not None:
            # Rows of sites not in this set keep what was last known of them.
            self.multipliers = np.where(relaxed.multipliers != 0.0, relaxed.multipliers, self.multipliers)
            new = self._bounds_of.of(self._members[left], self.multipliers)
            self.bound[left] = np.where(self._exact[left], self.bound[left], np.maximum(self.bound[left], new))

    def _settle(self, b: int) -> None:
        """Work out a set, or find that it lies above the best one known."""
        one_set = self._begun.pop(b)
        self.solved += 1
        known = self.bound[self._exact]
        cutoff = float(known.min(initial=np.inf))
        cutoff += 4 * self.room(cutoff) if np.isfinite(cutoff) else 0.0
        try:
            value, values = one_set.least(cutoff)
        except CutShortError as cut:
            self.bound[b] = max(self.bound[b], cut.bound) if np.isfinite(cut.bound) else self.bound[b]
            if cut.values is not None:
                self._half_done = Found(open=self.open[b], value=cut.value, values=cut.values)
            if cut.interrupted:
                raise KeyboardInterrupt from None
            raise
        if values is None:
            self.bound[b] = max(self.bound[b], cutoff)
            if cutoff < np.inf:
                self._begun[b] = one_set
            return
        self.bound[b] = value
        self._exact[b] = True
        self._known[b] = values

    def _kept(self) -> Bools:
        """Sets that keep the rows that are about sites only."""
        parts, linear = self._parts, self._parts.linear
        kept = np.ones(len(self.open), dtype=bool)
        chosen = np.flatnonzero(parts.only_sites)
        row, column, coefficient = parts.entries
        at = parts.only_sites[row]
        weight = np.zeros((len(chosen), self.open.shape[1]))
        np.add.at(weight, (np.searchsorted(chosen, row[at]), parts.site[column[at]]), coefficient[at])
        held = self.open @ weight.T
        kept &= (held >= linear.row_lower[chosen] - SITES_ROW).all(axis=1)
        kept &= (held <= linear.row_upper[chosen] + SITES_ROW).all(axis=1)
        return np.asarray(kept & np.isfinite(parts.fewest[self.open.sum(axis=1)]))

    def _of_all(self) -> Floats:
        """Multipliers of the relaxation in which no set is decided, and what they say of every set."""
        from capacity.engines.linear.solvers import relaxation

        value, multipliers = relaxation(self._parts.linear, clock=self._clock)
        if value == np.inf:
            self.bound[:] = np.inf
            return np.zeros(len(self._parts.linear.row_lower))
        left = np.flatnonzero(np.isneginf(self.bound))
        self.bound[left] = self._bounds_of.of(self._members[left], multipliers)
        return multipliers


def all_sets(problem: Problem) -> Bools:
    """Every set of the problem's space, as rows of open sites, (B, m); that without units, too, where it may be."""
    blocks = list(opened_blocks(problem, space_of(problem)))
    return np.concatenate(
        [np.zeros((int(not serves_all(problem)), len(problem.network.site_ids)), dtype=bool), *blocks]
    )


def members(opened: Bools) -> Members:
    """Positions of the open sites of each set, filled up with m, (B, q)."""
    m = opened.shape[1]
    most = int(opened.sum(axis=1).max(initial=1))
    order = np.argsort(~opened, axis=1, kind="stable")[:, :most]
    return np.where(np.take_along_axis(opened, order, axis=1), order, m).astype(np.int16)
