"""All sets of sites of one problem, valued once: what another price or number of a rule leaves of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.enumerate import (
    blocks,
    breaks,
    classes,
    ids_of,
    in_order_of_plans,
    keeps_rules,
    space_of,
    tested_rules,
    why_not,
    yearly_cost,
)
from capacity.problem.problem import Problem
from capacity.problem.settings import whole
from capacity.rules import NearestPlans, Rule, allowed_pairs, rules_on
from capacity.rules.objectives import Objective

MOST = 5_000
"""Sets that are kept in memory."""

FIRST_ASKED = 32
"""Of the sets in order so many are asked for their rules together, then twice as many, and so on."""


class KnownSets:
    """The sets that keep every rule but those that some settings move; these rules are asked again.

    Prices, and numbers of rules that say nothing of which sites or pairs may be used, change neither who goes where nor
    the beds: a plan's travel stays, and the order of the sets with it. Where units take the beds they live on, the beds
    are worked out again, and all that hangs on them is asked again.

    Parameters
    ----------
    problem : Problem
    objective : Objective
    keys : iterable of str
        Settings that will be moved; those this can tell nothing of are passed over.
    """

    def __init__(self, problem: Problem, objective: Objective, keys: Iterable[str]) -> None:
        self._problem = problem
        self._touched: dict[str, tuple[str, ...]] = {}
        self._sized = any(rule.says("kept_with") for rule in rules_on(problem))
        if why_not(problem) is not None or not objective.linear_in_trips or problem.policy.prices:
            return
        touched = {key: names for key in keys if (names := _touched(problem, key)) is not None}
        moved = {name for names in touched.values() for name in names}
        # Without them the sets are all those that any value of theirs may keep.
        loose = problem.replace(policy=dict.fromkeys(moved, False)) if moved else problem
        if space_of(loose).sets > MOST:
            return
        kept = [plans.open[keeps_rules(loose, plans)[0]] for plans in blocks(loose)]
        opened = np.concatenate([np.zeros((0, len(problem.network.site_ids)), dtype=bool), *kept])
        self._plans = NearestPlans(problem, opened, allowed_pairs(problem))
        values = objective.expected(problem, self._plans)
        beds = self._plans.beds.sum(axis=1)
        cost = yearly_cost(problem, self._plans)
        order = in_order_of_plans([values], beds, cost, lambda row: ids_of(problem, opened[row]))
        self._order = np.array(order, dtype=np.int64)
        self._ties = np.stack([classes(values), beds])[:, self._order]
        self._broken: Mapping[str, Bools] = {
            rule.name: breaks(problem, rule, self._plans)
            for rule in tested_rules(problem)
            if rule.name in moved or (self._sized and rule.with_more_beds != "same")
        }
        # Rules that say how many beds a unit takes.
        self._sizing = {rule.name for rule in rules_on(problem) if rule.says("kept_with")}
        self._touched = touched
        self._row = {ids_of(problem, opened[row]): place for place, row in enumerate(order)}
        self._two: dict[tuple[int, ...], NearestPlans] = {}

    def knows(self, key: str) -> bool:
        """Whether it can tell what another value of a setting leaves."""
        return key in self._touched

    def first(self, key: str, there: Problem) -> tuple[str, ...] | None:
        """The best units with the setting at another value; () where none keep the rules; None where a tie decides."""
        start, size = 0, FIRST_ASKED
        # Of sets that are equal but for their cost a price may turn the order round. In order they stand together.
        decides = self._ties[:1] if self._sized else self._ties
        while start < len(self._order):
            end = start + size
            # The equals of the last one, too.
            while end < len(self._order) and (decides[:, end] == decides[:, end - 1]).all():
                end += 1
            rows = self._order[start:end]
            kept = np.flatnonzero(~self._lost(key, there, self._plans.only(rows), rows)) + start
            if len(kept) > 1 and (decides[:, kept[0]] == decides[:, kept[1]]).all():
                return None
            if len(kept):
                return ids_of(self._problem, self._plans.open[self._order[kept[0]]])
            start, size = end, 2 * size
        return ()

    def better(self, key: str, there: Problem, first: tuple[str, ...], last: tuple[str, ...]) -> tuple[str, ...]:
        """Which of two known sets is best with the setting at another value; () where neither keeps the rules."""
        places = tuple(sorted(self._row[units] for units in (first, last) if units))
        if places not in self._two:
            opened = self._plans.open[self._order[list(places)]]
            self._two[places] = NearestPlans(self._problem, opened, allowed_pairs(self._problem))
        lost = self._lost(key, there, self._two[places], self._order[list(places)])
        left = [place for place, gone in zip(places, lost, strict=True) if not gone]
        if self._sized and len(left) > 1 and (self._ties[0, left[0]] == self._ties[0, left[1]]):
            # The beds are others there, and with them the order of equals.
            beds = NearestPlans(there, self._two[places].open, allowed_pairs(there)).beds.sum(axis=1)
            left = [left[int(beds[0] > beds[1])]]
        kept = next(iter(left), None)
        return () if kept is None else ids_of(self._problem, self._plans.open[self._order[kept]])

    def _lost(self, key: str, there: Problem, plans: NearestPlans, rows: Ints) -> Bools:
        """Which sets break a rule with the setting at another value; `plans` are those of the rows."""
        touched = self._touched[key]
        resized = not self._sizing.isdisjoint(touched)
        asked = [r for r in tested_rules(there) if r.name in touched or (resized and r.with_more_beds != "same")]
        on, again = {rule.name for rule in tested_rules(there)}, {rule.name for rule in asked}
        lost: Bools = np.zeros(len(rows), dtype=bool)
        for name, known in self._broken.items():
            if name in on and name not in again:
                lost |= known[rows]
        left = np.flatnonzero(~lost)
        if not len(left):
            return lost
        plans = plans.only(left)
        if resized:
            plans = plans.under(there)
        for rule in asked:
            lost[left] |= breaks(there, rule, plans)
        return lost


def _touched(problem: Problem, key: str) -> tuple[str, ...] | None:
    """Names of the rules a setting moves; None where it may move something else, too."""
    section = key.partition(".")[0]
    if section not in ("finance", "rules"):
        return None
    moved = [rule for rule in rules_on(problem) if _moves(rule, key)]
    tested = {rule.name for rule in tested_rules(problem)}
    plain = all(r.name in tested and not (r.says("pairs") or r.says("sites") or r.says("unit_range")) for r in moved)
    return tuple(rule.name for rule in moved) if plain and (moved or section == "finance") else None


def _moves(rule: Rule, key: str) -> bool:
    if key.startswith("rules."):
        return whole(key) == f"rules.{rule.name}"
    return rule.response(key) != "same"


class Lines:
    """Sets whose value is a straight line in one setting that moves no rule: the lowest line anywhere.

    Parameters
    ----------
    low, high : float
    values : ndarray (2, F)
        Values of the sets at both.
    ids : sequence of tuple of str
    """

    def __init__(self, low: float, high: float, values: Floats, ids: list[tuple[str, ...]]) -> None:
        self._low, self._high, self._values, self._ids = low, high, values, ids

    def first(self, value: float) -> tuple[str, ...] | None:
        """The set with the lowest line at a value; None where another is as low but for rounding."""
        share = (value - self._low) / (self._high - self._low)
        each = (1 - share) * self._values[0] + share * self._values[1]
        if len(each) == 0:
            return ()
        best, *others = np.argsort(each, kind="stable")[:2]
        tied = classes(each[[best, *others]])
        return None if others and tied[0] == tied[1] else self._ids[best]
