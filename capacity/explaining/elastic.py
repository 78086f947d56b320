"""The rules of one clash as a model in which some instances may give way: where it lies, and how near a plan comes.

Built once for a clash: which regions, demand points or sites are held firm is a matter of the bounds of the columns
that say by how much each instance is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np

from capacity.explaining.feasibility import PATIENCE, Effort, firm_only
from capacity.explaining.merging import Merged, alone, merge
from capacity.explaining.worlds import only
from capacity.labels import Floats, Ints
from capacity.model import LinearModel, Model, build
from capacity.objectives import TRAVEL
from capacity.problem import Problem
from capacity.rules import Key, SplitPlan
from capacity.search import as_found
from capacity.solvers import Solution, solve_arrays

WHOLE_SHARES = frozenset({"one_agreement", "nearest"})
"""Rules that tell all demand points apart."""

BY_POINT = ("reach", "own_region", "one_agreement")
"""Rules with an instance for each demand point."""

MILLION = 1e6
"""Money is counted in millions: a solver takes a krone too little for no krone."""


class Elastic:
    """Some rules of a problem, of which a few may give way instance by instance.

    Parameters
    ----------
    problem : Problem
    rules : frozenset of str
        The rules that count; all others but those that say what a plan is are off.
    loose : iterable of str
        Those that may give way.
    """

    def __init__(self, problem: Problem, rules: frozenset[str], loose: Iterable[str]) -> None:
        part = only(firm_only(problem), rules).replace(policy={"prices": dict.fromkeys(loose, 1.0)})
        self.problem = problem
        self.merged: Merged = alone(part) if WHOLE_SHARES & rules else merge(part)
        self.model: Model = build(self.merged.problem, TRAVEL)

    def keys(self, rule: str) -> tuple[Key, ...]:
        """Instances of a rule, demand points as merged."""
        return self.model.slack[rule][0]

    def whole(self, rule: str, keys: Iterable[Key]) -> tuple[Key, ...]:
        """The same for all demand points with women that merged ones stand for; other keys as they are."""
        if rule not in BY_POINT:
            return tuple(keys)
        ids, mine = self.problem.network.point_ids, self.merged.problem.network.point_ids
        members = {point: np.flatnonzero((self.merged.of == k) & self.problem.active) for k, point in enumerate(mine)}
        return tuple((ids[i], *key[1:]) for key in keys for i in members[key[0]])

    def merged_key(self, rule: str, key: Key) -> Key:
        """The key of the merged demand point that a point went into."""
        if rule not in BY_POINT:
            return key
        of = self.merged.of[self.problem.network.point_ids.index(key[0])]
        return (self.merged.problem.network.point_ids[of], *key[1:])

    def clashes(self, held: Mapping[str, Iterable[Key]], effort: Effort) -> bool | None:
        """Whether there is no plan that keeps the held instances; None where that is not settled."""
        if effort.left <= 0:
            return None
        free = self.model.linear.minimising(np.zeros(0, dtype=np.int64), np.zeros(0))
        found = self._solve(self._holding(free, held), effort, first=True)
        return {"infeasible": True, "unknown": None}.get(found.outcome, False)

    def closest(
        self, rule: str, where: Iterable[Key], held: Mapping[str, Iterable[Key]], effort: Effort
    ) -> SplitPlan | None:
        """A plan that keeps the held instances and, as far as found in time, breaks `rule` least in some places."""
        if effort.left <= 0:
            return None
        keys, columns = self.model.slack[rule]
        meant = set(where)
        least = columns[[k for k, key in enumerate(keys) if key in meant]]
        money = rule in ("income", "build_budget", "run_budget")
        linear = self.model.linear.minimising(least, np.full(len(least), 1 / MILLION if money else 1.0))
        found = self._solve(self._holding(linear, held), effort)
        if found.values is None:
            return None
        settled = as_found(self.model, found.values)
        return SplitPlan(self.problem, settled.open, settled.beds, self.merged.spread(settled.shares))

    def _holding(self, linear: LinearModel, held: Mapping[str, Iterable[Key]]) -> LinearModel:
        columns: list[Ints] = [np.zeros(0, dtype=np.int64)]
        for rule, kept in held.items():
            keys, excess = self.model.slack[rule]
            meant = set(kept)
            columns.append(excess[[k for k, key in enumerate(keys) if key in meant]])
        fixed = np.concatenate(columns)
        nothing: Floats = np.zeros(len(fixed))
        return linear.with_fixed(fixed, nothing)

    def _solve(self, linear: LinearModel, effort: Effort, first: Literal[True, False] = False) -> Solution:
        found = solve_arrays(linear, time_limit=PATIENCE * max(effort.left, 0.02), first=first)
        if found.interrupted:
            raise KeyboardInterrupt
        return found


def smallest_clash(
    elastic: Elastic, rules: Iterable[str], firm: Mapping[str, Iterable[Key]], effort: Effort
) -> dict[str, tuple[Key, ...]]:
    """A minimal choice of instances that still clash with firm ones; nothing where that is not settled.

    Taken away by halves while what is left still clashes, then one by one.
    """
    held = [(rule, key) for rule in rules for key in elastic.keys(rule)]

    def clash(some: list[tuple[str, Key]]) -> bool | None:
        return elastic.clashes({**firm, **_by_rule(some)}, effort)

    size = max(1, len(held) // 2)
    while True:
        start = 0
        while start < len(held):
            rest = held[:start] + held[start + size :]
            answer = clash(rest)
            if answer is None:
                return {}
            if answer:
                held = rest
            else:
                start += size
        if size == 1:
            return {rule: tuple(keys) for rule, keys in _by_rule(held).items()}
        size = max(1, size // 2)


def _by_rule(held: list[tuple[str, Key]]) -> dict[str, list[Key]]:
    found: dict[str, list[Key]] = {}
    for rule, key in held:
        found.setdefault(rule, []).append(key)
    return found
