"""Why there is no plan, and the cheapest ways to one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from capacity.enumeration import ids_of
from capacity.errors import CapacityError
from capacity.explaining.conflicts import find_clashes
from capacity.explaining.sentences import SENTENCES, asked, missed
from capacity.explaining.ways_out import WayOut, find_ways_out
from capacity.explaining.worlds import Worlds, make_worlds, weighed_rules, without
from capacity.labels import Bools
from capacity.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs
from capacity.search import Clock
from capacity.settings import plainest

EFFORT_SECONDS = 1.0
"""What the mixed-integer model may take to settle what the worlds leave open."""


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Rules of which one must give way.

    Attributes
    ----------
    rules : tuple of str
    text : str
        In the planner's words, with numbers.
    witness : mapping of rule to what the nearest plan that keeps the others misses it by
    """

    rules: tuple[str, ...]
    text: str
    witness: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """All minimal conflicts, and the smallest changes that help.

    Attributes
    ----------
    conflicts : tuple of Conflict
    ways_out : tuple of WayOut
        Smallest change first; each was verified by a solve.
    complete : bool
        Whether it is proven that there are no further conflicts.
    """

    conflicts: tuple[Conflict, ...]
    ways_out: tuple[WayOut, ...]
    complete: bool = True

    def to_json(self) -> dict[str, Any]:
        """The explanation as a JSON object."""
        return {
            "conflicts": [
                {"rules": list(c.rules), "text": c.text, "witness": plainest(c.witness)} for c in self.conflicts
            ],
            "ways_out": [w.to_json() for w in self.ways_out],
            "complete": self.complete,
        }

    def __str__(self) -> str:
        lines = ["Why there is no plan:"]
        lines += [f"  {k}. {c.text}" for k, c in enumerate(self.conflicts, 1)]
        if not self.complete:
            lines.append("  There may be further conflicts: not all could be settled in the time given.")
        if self.ways_out:
            lines.append("What would help, smallest change first (each was tried):")
            lines += [f"  {w.text}" for w in self.ways_out]
        elif self.conflicts:
            lines.append("No single change that was tried helps, and no pair.")
        return "\n".join(lines)


def explain(problem: Problem, *, effort: float = EFFORT_SECONDS) -> Explanation:
    """Say why a problem has no plan, and what the smallest changes are that give it one.

    Parameters
    ----------
    problem : Problem
    effort : float
        Seconds the mixed-integer model may take where counting sets of sites does not decide.

    Returns
    -------
    Explanation
        Without conflicts where there is a plan.

    Notes
    -----
    ``served``, ``open_only``, ``one_size`` and ``promise`` say what a plan is and are kept; the other
    firm rules are weighed, by name. A rule with a price can be broken and clashes with nothing.
    """
    rules = weighed_rules(problem)
    names = frozenset(rule.name for rule in rules)
    worlds = make_worlds(problem)
    if worlds is not None and worlds.keeping().any():
        return Explanation(conflicts=(), ways_out=())
    clashes = find_clashes(problem, names, worlds, Clock(effort))
    if worlds is None and not clashes.sets and clashes.complete:
        return Explanation(conflicts=(), ways_out=())
    conflicts = tuple(_conflict(problem, tuple(sorted(s, key=_order)), worlds) for s in clashes.sets)
    ways = find_ways_out(problem, worlds, Clock(effort))
    return Explanation(conflicts=conflicts, ways_out=ways, complete=clashes.complete)


def explained(error: CapacityError, problem: Problem) -> Explanation:
    """Attach the explanation to an `InfeasibleError`."""
    explanation = explain(problem)
    error.conflict = explanation  # type: ignore[attr-defined]  # InfeasibleError has it
    return explanation


def _order(name: str) -> int:
    return list(SENTENCES).index(name)


def _conflict(problem: Problem, rules: tuple[str, ...], worlds: Worlds | None) -> Conflict:
    if not rules:
        return Conflict(
            rules=("served", "promise"),
            text="No set of sites can offer every woman a bed as promised, whatever the other rules: "
            f"the largest unit may have {problem.sizes.largest} beds.",
        )
    together = " and ".join(asked(problem, rule) for rule in rules)
    opening = f"{together} cannot {'all hold' if len(rules) > 1 else 'hold'}."
    if worlds is None:
        return Conflict(rules=rules, text=opening)
    witness, told = {}, []
    for rule in rules:
        found = _nearest_miss(problem, rule, rules, worlds)
        if found is not None:
            witness[rule], said = found
            others = [r for r in rules if r not in (rule, "nearest")]
            kept = f"With {' and '.join(others)} kept" if others else "At best"
            told.append(f"{kept}, {rule} is missed: {said}.")
    return Conflict(rules=rules, text=" ".join([opening, *told]), witness=witness)


def _nearest_miss(
    problem: Problem, rule: str, rules: tuple[str, ...], worlds: Worlds
) -> tuple[dict[str, Any], str] | None:
    """Of the plans that keep the other rules of a conflict, the one that misses this rule least."""
    at = {r.name: k for k, r in enumerate(worlds.rules)}
    if rule not in at:
        return None
    others = [at[r] for r in rules if r != rule and r in at]
    keeping = ~worlds.broken[:, others].any(axis=1)
    if not keeping.any():
        return None
    candidates = np.flatnonzero(keeping)
    best = candidates[np.argmin(worlds.total[candidates, at[rule]])]
    plans = NearestPlans(problem, worlds.open[best][None], _pairs(problem, rule, rules))
    excess = worlds.rules[at[rule]].excess(problem, plans)
    where = np.flatnonzero(excess.broken[0])
    where = where[np.argsort(-excess.amount[0][where], kind="stable")]
    keys = [excess.keys[k] for k in where]
    amounts = [float(excess.amount[0][k]) for k in where]
    units = ids_of(problem, worlds.open[best])
    said = f"{missed(problem, plans, rule, keys, amounts)} (units at {', '.join(units)})"
    witness = {
        "units": list(units),
        "unit_of_measure": worlds.rules[at[rule]].unit,
        "missed": [{"where": list(k), "by": a} for k, a in zip(keys, amounts, strict=True)],
    }
    return witness, said


def _pairs(problem: Problem, rule: str, rules: tuple[str, ...]) -> Bools:
    """Who may be served where in a world that keeps the other rules of the conflict."""
    if rule != "own_region" and "own_region" in rules:
        return allowed_pairs(without(problem, "reach"))
    return allowed_pairs(without(problem, "reach", "own_region"))
