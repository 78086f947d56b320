"""The rules of one clash as a model in which some instances may give way: where it lies, and how near a plan comes.

Built once for a clash: which regions, demand points or sites are held firm is a matter of the bounds of the columns
that say by how much each instance is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.bending import keeping_all
from capacity.engines.clock import Clock
from capacity.engines.linear.model import LinearModel, Model, build
from capacity.engines.linear.solvers import Solution, solve_arrays
from capacity.engines.settling import as_found
from capacity.problem.problem import Problem
from capacity.rules import Key, SplitPlan
from capacity.rules.objectives import TRAVEL
from capacity.studies.explain.feasibility import Effort, firm_only
from capacity.studies.explain.merging import Merged, alone, merge
from capacity.studies.explain.worlds import only
from capacity.tolerances import GIVES_WAY


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
        part = only(firm_only(problem), rules).replace(policy={"prices": dict.fromkeys(loose, GIVES_WAY)})
        self.problem = problem
        apart = any(problem.policy[name].told(part) is None for name in rules)
        self.merged: Merged = alone(part) if apart else merge(part)
        self.model: Model = build(self.merged.problem, TRAVEL, cuts=True)

    def keys(self, rule: str) -> tuple[Key, ...]:
        """Instances of a rule, demand points as merged."""
        return self.model.slack[rule].keys

    def whole(self, rule: str, keys: Iterable[Key]) -> tuple[Key, ...]:
        """The same for all demand points with women that merged ones stand for; other keys as they are."""
        if self.problem.policy[rule].about != "demand point":
            return tuple(keys)
        ids, mine = self.problem.network.point_ids, self.merged.problem.network.point_ids
        members = {point: np.flatnonzero((self.merged.of == k) & self.problem.active) for k, point in enumerate(mine)}
        return tuple((ids[i], *key[1:]) for key in keys for i in members[key[0]])

    def merged_key(self, rule: str, key: Key) -> Key:
        """The key of the merged demand point that a point went into."""
        if self.problem.policy[rule].about != "demand point":
            return key
        of = self.merged.of[self.problem.network.point_ids.index(key[0])]
        return (self.merged.problem.network.point_ids[of], *key[1:])

    def broken_by(
        self, held: Mapping[str, Iterable[Key]], effort: Effort
    ) -> set[tuple[str, Key]] | Literal[True] | None:
        """What a plan that keeps the held instances breaks; True where they clash, None where not settled."""
        if effort.left <= 0:
            return None
        terms = self.model.terms
        linear = self.model.linear.minimising(terms.columns, terms.cost)
        solution = self._solve(self._holding(linear, held), effort, first=True)
        if solution.outcome == "infeasible":
            return True
        if solution.values is None:
            return None
        return {
            (rule, key)
            for rule, slack in self.model.slack.items()
            for key, by in zip(slack.keys, solution.values[slack.columns], strict=True)
            if by > 0 and key not in held.get(rule, ())
        }

    def closest(
        self, rule: str, where: Iterable[Key], held: Mapping[str, Iterable[Key]], effort: Effort
    ) -> tuple[SplitPlan, bool] | None:
        """A plan that keeps the held instances and breaks `rule` least in some places; whether that is proven."""
        if effort.left <= 0:
            return None
        slack, meant = self.model.slack[rule], set(where)
        least = slack.columns[[k for k, key in enumerate(slack.keys) if key in meant]]
        linear = self.model.linear.minimising(least, np.ones(len(least)))
        solution = self._solve(self._holding(linear, held), effort)
        if solution.values is None:
            return None
        settled = as_found(self.model, solution.values)
        plan = SplitPlan(self.problem, settled.open, settled.beds, self.merged.spread(settled.shares))
        # Points merged count once for all of them: their sum is not that of each by itself.
        by_point = self.problem.policy[rule].about == "demand point"
        each = not by_point or len(np.unique(self.merged.of[self.problem.active])) == self.problem.active.sum()
        return plan, solution.outcome == "optimal" and each

    def _holding(self, linear: LinearModel, held: Mapping[str, Iterable[Key]]) -> LinearModel:
        columns: list[Ints] = [np.zeros(0, dtype=np.int64)]
        for rule, kept in held.items():
            slack, meant = self.model.slack[rule], set(kept)
            columns.append(slack.columns[[k for k, key in enumerate(slack.keys) if key in meant]])
        fixed = np.concatenate(columns)
        nothing: Floats = np.zeros(len(fixed))
        return linear.with_fixed(fixed, nothing)

    def _solve(self, linear: LinearModel, effort: Effort, first: Literal[True, False] = False) -> Solution:
        clock = Clock(effort.clock())
        found, _ = keeping_all(
            self.model, linear, lambda step: solve_arrays(step, time_limit=clock.left, first=first), clock
        )
        if found.interrupted:
            raise KeyboardInterrupt
        return found


def smallest_clash(
    elastic: Elastic, rules: Iterable[str], known: Mapping[str, tuple[tuple[Key, ...], Bools]], effort: Effort
) -> dict[str, tuple[Key, ...]]:
    """A minimal choice of instances that still clash; nothing where that is not settled.

    Taken away by halves while what is left still clashes, then one by one. A plan met on the way answers
    later questions: what it keeps does not clash.

    Parameters
    ----------
    known : mapping of rule to (keys, ndarray (P, K) of bool)
        Which instances each of P plans breaks that keep all the other rules.
    """
    names = tuple(rules)
    every = [(rule, key) for rule in names for key in elastic.keys(rule)]
    plans = np.concatenate([_breaking(elastic, rule, known) for rule in names], axis=1)
    held = np.ones(len(every), dtype=bool)

    def clash(some: Bools) -> bool | None:
        nonlocal plans
        if (~plans[:, some].any(axis=1)).any():
            return False
        kept: dict[str, list[Key]] = {}
        for k in np.flatnonzero(some):
            kept.setdefault(every[k][0], []).append(every[k][1])
        broken = elastic.broken_by(kept, effort)
        if broken is None or broken is True:
            return broken
        plans = np.concatenate([plans, np.array([[pair in broken for pair in every]])])
        return False

    size = max(1, len(every) // 2)
    while True:
        chosen = np.flatnonzero(held)
        for start in range(0, len(chosen), size):
            rest = held.copy()
            rest[chosen[start : start + size]] = False
            answer = clash(rest)
            if answer is None:
                return {}
            held = rest if answer else held
        if size == 1:
            break
        size = max(1, min(size, int(held.sum())) // 2)
    return {
        rule: keys
        for rule in names
        if (keys := tuple(every[k][1] for k in np.flatnonzero(held) if every[k][0] == rule))
    }


def _breaking(elastic: Elastic, rule: str, known: Mapping[str, tuple[tuple[Key, ...], Bools]]) -> Bools:
    """Which of the elastic model's instances of a rule known plans break, (P, K)."""
    given, broken = known[rule]
    mine = elastic.keys(rule)
    at: dict[Key, list[int]] = {}
    for k, key in enumerate(mine):
        # What a known plan does to a demand point it does in every scenario.
        for of in {key, key[:1]}:
            at.setdefault(of, []).append(k)
    found = np.zeros((len(broken), len(mine)), dtype=bool)
    for k, key in enumerate(given):
        found[:, at.get(elastic.merged_key(rule, key), [])] |= broken[:, [k]]
    return found
