"""A rule's value: how it is written, read, and told."""

from __future__ import annotations

import dataclasses
import json
import pickle
import tomllib
from typing import Any

import numpy as np

from capacity.problem.problem import Problem
from capacity.rules import Rule


def parameters(rule: Rule) -> dict[str, Any]:
    """A rule's parameters."""
    return {f.name: getattr(rule, f.name) for f in dataclasses.fields(rule)}  # type: ignore[arg-type]


def round_trips(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """Read from what it was written as, it is the same rule."""
    from capacity.plan.file import policy_back, tables_payload

    rule, policy = problem.policy[name], problem.policy
    plain = rule.plain()
    written = {
        "Python": plain,
        "an object": rule,
        "JSON": json.loads(json.dumps(plain)),
        "TOML": tomllib.loads(f"it = {toml(plain)}")["it"],
    }
    for how, value in written.items():
        again = type(rule).read(value)
        if again != rule:
            return f"written as {how} ({value!r}) it reads back as {again!r}, not {rule!r}"
    if problem.set(f"rules.{name}", plain).policy != policy:
        return f"set as {plain!r} it is another rule"
    tables = json.loads(json.dumps(tables_payload(problem)))
    back = policy_back(tables, [type(rule)])
    if back != policy:
        return f"plan.json gives {back!r} for {policy!r}"
    try:
        sent = pickle.dumps(policy)
    except (AttributeError, pickle.PicklingError):
        # A class within a function cannot be sent to other processes, which no law asks for.
        return ""
    return "" if pickle.loads(sent) == policy else "pickled it is another rule"


def toml(value: Any) -> str:
    """A value as TOML has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, (str, bool)) else repr(value)


def fingerprint(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """Another parameter is another problem."""
    rule = problem.policy[name]
    for parameter, value in parameters(rule).items():
        other = _other(value)
        if other is None:
            continue
        try:
            read = type(rule).read(parameters(rule) | {parameter: other})
            changed = problem.replace(policy={name: read}).policy
        except (ValueError, TypeError):
            continue
        except Exception as error:  # a value outside its limits
            if type(error).__name__ != "DataError":
                raise
            continue
        if changed[name].plain() == rule.plain():
            continue
        if problem.replace(policy=changed).fingerprint == problem.fingerprint:
            return f"the fingerprint is the same with {parameter} = {value!r} and {other!r}"
    return ""


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return None


def words(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """A sentence, a name in each language of the catalogue, and words for what a plan lacks."""
    from capacity.report.phrases import LOCALES, phrases
    from capacity.report.settings_said import rule_said
    from capacity.testing.brute import some_plan

    rule = problem.policy[name]
    if not rule.sentence.endswith("."):
        return "its sentence (the docstring's first paragraph) does not end with a full stop"
    for language in LOCALES:
        t = phrases(language)
        if not t.has(f"rule-{name}.name") and language != "en" and language not in rule.words:
            return f"it has no name and sentence in {language!r}: give them in `words`"
        if not all(rule_said(rule, t)):
            return f"its name or sentence in {language!r} is empty"
    if not isinstance(rule.asked(), str):
        return "what it asks is not text"
    plan = some_plan(problem, rng, blocks=1)
    excess = rule.excess(problem, plan)
    for key, amount, wrong in zip(excess.keys, excess.amount[0], excess.broken[0], strict=True):
        if wrong and not isinstance(rule.missed(problem, plan, key, float(amount)), str):
            return f"what a plan misses at {key} is not text"
    return ""
