"""Rules and near misses in the planner's words, with numbers that were worked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from capacity.plan.broken import missed_by
from capacity.problem.problem import Problem
from capacity.rules import Plans
from capacity.rules.naming import named_point, named_region
from capacity.rules.rows import Key

MOST_NAMED = 3


def asked(problem: Problem, rule: str) -> str:
    """A rule with its numbers: "volume (8 stays a year)"."""
    said = problem.policy[rule].asked()
    return f"{rule} ({said})" if said else rule


def listed(names: Sequence[str]) -> str:
    """Names in a row: "Aalborg, Odense and Køge"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def missed(problem: Problem, plans: Plans, rule: str, keys: list[Key], amounts: list[float]) -> str:
    """By how much one plan misses a rule, at the instances it misses."""
    told = [_one(problem, plans, rule, key, amount) for key, amount in zip(keys, amounts, strict=True)]
    more = len(told) - MOST_NAMED
    return "; ".join(told[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _one(problem: Problem, plans: Plans, rule: str, key: Key, amount: float) -> str:
    return missed_by(problem, plans, problem.policy[rule], key, amount)


def named_place(problem: Problem, rule: str, key: Key) -> str:
    """The region or demand point that one instance of a rule is about, with its scenario."""
    region = problem.policy[rule].about == "region"
    place = named_region(problem, key[0]) if region else named_point(problem, key[0])
    return place if len(key) == 1 else f"{place} ({key[1]})"


def plain_value(value: Any, decimals: int = 12) -> str:
    """A setting's value as ``--set`` takes it; with fewer `decimals`, as it is read."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={plain_value(v, decimals)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(plain_value(v, decimals) for v in value) + "]"
    return f'"{value}"' if isinstance(value, str) else f"{round(value, decimals):.12g}"
