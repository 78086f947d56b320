"""Settings of a problem by the names they have in ``case.toml``: ``section.key``."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.errors import DataError, Finding
from capacity.problem.changes import CHANGES, misfit, with_scenarios
from capacity.problem.policy import NAMES, Policy, offered

if TYPE_CHECKING:
    from capacity.problem.problem import Problem

SET_NOW = "set for this run"
"""Source of a setting that does not stand in a file."""

PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "stay": ("care", ("mean_days",)),
    "promise": ("promise", ("kind", "turned_away", "wait_days", "wait_probability", "occupancy", "demand_cv")),
    "travel": ("care", ("visits_per_week", "ambulatory_trips_per_week")),
    "sizes": ("sizes", ("smallest", "largest")),
    "finance": (
        "finance",
        (
            "unit_dkk_per_year",
            "bed_dkk_per_year",
            "occupied_day_dkk",
            "day_rate_dkk",
            "grant_dkk_per_year",
            "building_dkk_per_bed",
            "interest",
            "years",
            "filling_years",
            "counts",
        ),
    ),
    "outpatient": (
        "outpatient",
        ("dkk_per_course", "visits_per_week", "weeks", "beyond_minutes", "declines", "where", "effect"),
    ),
    "pathways": ("pathways", ("residential", "outpatient", "none")),
    "aftercare": (
        "aftercare",
        (
            *("days", "where", "kind", "held_up", "wait_days", "wait_probability", "occupancy"),
            *("house_dkk_per_year", "bed_dkk_per_year", "occupied_day_dkk", "person_day_dkk", "day_rate_dkk"),
            *("building_dkk_per_bed", "with_partner", "with_children", "children", "bed_sizes"),
        ),
    ),
}
"""Sections whose keys are fields of one part of a problem."""


def keys(policy: Policy | None = None) -> tuple[str, ...]:
    """Every setting that `changed` takes, but for ``prices.<rule>`` and ``scenario``."""
    return _keys(_rules(policy))


@lru_cache(maxsize=16)
def _keys(rules: tuple[str, ...]) -> tuple[str, ...]:
    fields = [f"{section}.{name}" for section, (_, names) in PARTS.items() for name in names]
    return tuple(sorted({*CHANGES, *fields, *(f"rules.{rule}" for rule in rules)}))


def _rules(policy: Policy | None) -> tuple[str, ...]:
    """Names of the rules there are, those a policy knows besides included."""
    return NAMES if policy is None else policy.known


def canonical(key: str, policy: Policy | None = None) -> str:
    """The one name of a setting: ``policy.units`` is ``rules.units``.

    ``rules.region_access.minutes`` is one value of a rule's table.

    Parameters
    ----------
    key : str
    policy : Policy, optional
        Of the problem that is meant: it may know rules that are not the library's own.

    Raises
    ------
    DataError
        Where there is no such setting, with the nearest name there is.
    """
    section, _, name = key.partition(".")
    if section == "policy":
        key = f"rules.{name}"
    rules = _rules(policy)
    if key == "scenario" or key in keys(policy) or (section == "prices" and name in rules):
        return key
    if key.startswith("rules."):
        rule = name.partition(".")[0]
        if name.count(".") == 1 and rule in rules:
            return key
        if rule not in rules and offered(rule) is not None:
            return key
    raise DataError([Finding(table="settings", column=key, rule="unknown setting", remedy=_meant(key, policy))])


def _meant(key: str, policy: Policy | None) -> str:
    """What was probably meant by a key that is none: the nearest there is, or what there is to choose from."""
    known = [*keys(policy), "scenario", *(f"prices.{rule}" for rule in _rules(policy))]
    if key.partition(".")[0] == "payment":
        return "Write payment models into case.toml as [payment.NAME], or give problem.replace(payments=[...])."
    section, _, name = key.rpartition(".")
    if key in sections():
        section, name = key, ""
    word = name.lower()
    last = {k: k.rpartition(".")[2] for k in known}
    inside = [k for k in known if k.startswith(f"{section}.")] if section else []

    def among(some: list[str], cutoff: float) -> list[str]:
        near = difflib.get_close_matches(word, [last[k] for k in some], 1, cutoff)
        return [k for k in some if last[k] in near]

    within = [k for k in inside or known if len(word) > 3 and word in last[k]]
    near = [] if not word else among(inside, 0.6) or within or among(known, 0.8 if inside else 0.7)
    near = near or difflib.get_close_matches(key, known, 1, 0.8)
    if near:
        return f"Did you mean {near[0]!r}?"
    if inside:
        return f"Settings of {section}: {', '.join(last[k] for k in inside)}."
    return f"Sections: {', '.join(sections())}."


def whole(key: str) -> str:
    """The setting that a key is of: ``rules.region_access`` of ``rules.region_access.minutes``."""
    return ".".join(key.split(".")[:2])


def sections() -> tuple[str, ...]:
    """Sections of settings, in the order of the built-in case."""
    return (
        "demand",
        "stay",
        "promise",
        "travel",
        "sizes",
        "network",
        "rules",
        "prices",
        "finance",
        "outpatient",
        "pathways",
        "aftercare",
        "objective",
        "privacy",
    )


def value_of(problem: Problem, key: str) -> Any:
    """Value of one setting, in the form it has in ``case.toml`` (rules that are off are false)."""
    key = canonical(key, problem.policy)
    section, _, name = key.partition(".")
    if key == "scenario":
        return list(problem.scenarios.ids)
    if section == "rules":
        rule, _, part = name.partition(".")
        was = problem.policy.setting(rule)
        if not part:
            return was
        return was.get(part, False) if isinstance(was, Mapping) else False
    if section == "prices":
        return problem.policy.prices.get(name, False)
    if key in CHANGES:
        return CHANGES[key][0](problem)
    return getattr(getattr(problem, PARTS[section][0]), name)


def changed(problem: Problem, key: str, value: Any) -> Problem:
    """Copy of the problem with one setting changed.

    Parameters
    ----------
    problem : Problem
    key : str
        ``section.key`` as in ``case.toml``, or ``scenario`` (an id, or a list of ids, to keep).
    value : object
        As in ``case.toml``; ``False`` switches a rule (or the price of one) off.

    Raises
    ------
    DataError
        Where the setting is unknown or the value does not fit it.
    """
    key = canonical(key, problem.policy)
    value = value.item() if isinstance(value, np.generic) else value
    section, _, name = key.partition(".")
    if key == "scenario":
        return with_scenarios(problem, value)
    if section == "rules":
        rule, _, part = name.partition(".")
        was = problem.policy.setting(rule)
        if part and (not isinstance(was, Mapping) or part not in was):
            raise misfit(key, was, f"the rule is on and has a value {part!r}", f"Write rules.{rule} as a whole.")
        return problem.replace(policy={rule: {**was, part: value} if isinstance(was, Mapping) and part else value})
    if section == "prices":
        prices = {k: v for k, v in problem.policy.prices.items() if k != name}
        if value is not False and value is not None:
            prices[name] = value
        return problem.replace(policy={"prices": prices})
    if key in CHANGES:
        return CHANGES[key][1](problem, value)
    return problem.replace(**{PARTS[section][0]: {name: value}})


def document(problem: Problem) -> dict[str, Any]:
    """Every setting, nested as in ``case.toml``; enough to say how two problems differ.

    Scenarios, where there are more than one, stand by id with women a year and probability.
    """
    said: dict[str, Any] = {section: {} for section in sections()}
    for key in keys(problem.policy):
        section, _, name = key.partition(".")
        said[section][name] = value_of(problem, key)
    said["prices"] = dict(problem.policy.prices)
    if len(problem.scenarios.ids) > 1:
        said["scenarios"] = {
            s: {"women_per_year": float(women), "probability": float(chance), "must_hold": bool(must)}
            for s, women, chance, must in zip(
                problem.scenarios.ids, problem.women.sum(axis=1), problem.probability, problem.must_hold, strict=True
            )
        }
    return said


def replaced(problem: Problem, settings: Mapping[str, Any]) -> Problem:
    """Copy with several settings changed, the faults of all of them raised together."""
    findings: list[Finding] = []
    # Scenarios are chosen before their total is scaled, whatever the order they are named in.
    for key in sorted(settings, key=lambda k: k != "scenario"):
        try:
            problem = changed(problem, key, settings[key])
        except DataError as error:
            findings += error.findings
    if findings:
        raise DataError(findings)
    return problem


def same(one: Any, other: Any) -> bool:
    """Whether two settings are equal (numbers to the last bit, tables key by key)."""
    return bool(plainest(one) == plainest(other))


def plainest(value: Any) -> Any:
    """A setting as plain TOML-like values: lists, tables, numbers, text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plainest(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {str(k): plainest(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plainest(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value
