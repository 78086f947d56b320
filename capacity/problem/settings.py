"""Settings of a problem by the names they have in ``case.toml``: ``section.key``."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.problem.counts import HIDES
from capacity.problem.policy import NAMES, Policy, offered
from capacity.problem.uptake import Uptake

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
        ),
    ),
}
"""Sections whose keys are fields of one part of a problem."""


def _women(problem: Problem, value: Any) -> Problem:
    women = _number("demand.women_per_year", value) * problem.undetected
    return problem.replace(scenarios=problem.scenarios.scaled(women))


def _undetected(problem: Problem, value: Any) -> Problem:
    """Multiply every scenario by the new share of undetected women instead of the old."""
    before = problem.undetected
    problem = problem.replace(undetected=_number("demand.undetected", value))
    women = problem.scenarios.women_per_year * (problem.undetected / before)
    return problem.replace(scenarios=problem.scenarios.scaled(women))


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise _fault(key, value, "the value is a number", "Write a number, such as 90.")
    return float(value)


def _fault(key: str, value: Any, rule: str, remedy: str) -> DataError:
    section, _, column = key.rpartition(".")
    return DataError([Finding(table=section or "setting", column=column, value=str(value), rule=rule, remedy=remedy)])


def _weight(problem: Problem, value: Any) -> Problem:
    """Split every scenario's total by another column of the demand points."""
    weight = _column(problem, "demand.weight", value)
    if problem.relative_risk:
        weight = weight * _column(problem, "demand.relative_risk", problem.relative_risk)
    return _split(problem, "demand.weight", weight).replace(weight=value)


def _relative_risk(problem: Problem, value: Any) -> Problem:
    """Multiply the weight by a column of relative risks (false for none)."""
    if problem.weight not in problem.network.point_columns:
        if not value:
            return problem
        raise _fault(
            "demand.relative_risk",
            value,
            "a relative risk multiplies a weight of the demand points",
            "Choose demand.weight first.",
        )
    weight = _column(problem, "demand.weight", problem.weight)
    if value:
        weight = weight * _column(problem, "demand.relative_risk", value)
    return _split(problem, "demand.relative_risk", weight).replace(relative_risk=value or "")


def _column(problem: Problem, key: str, value: Any) -> Floats:
    """A column of the demand points as weights, (n,)."""
    columns, what = problem.network.point_columns, key.rpartition(".")[2].replace("_", " ")
    remedy = f"Choose one of: {', '.join(weights_of(problem)) or 'none here'}."
    if value not in columns:
        raise _fault(key, value, f"the {what} is a column of the demand points", remedy)
    try:
        numbers = np.array([float(x) for x in columns[value]])
    except (TypeError, ValueError):
        raise _fault(key, value, f"the {what} is a column of numbers", remedy) from None
    if not np.isfinite(numbers).all() or (numbers < 0).any() or numbers.sum() <= 0:
        raise _fault(
            key,
            value,
            "weights are finite, not negative, and some are above zero",
            "Correct the column or choose another.",
        )
    return numbers


def _split(problem: Problem, key: str, weight: Floats) -> Problem:
    """Split the totals by a weight, blended with the problem's own counts where it has any."""
    from capacity.problem.splitting import weight_split, with_weight

    try:
        if problem.split is None:
            split, kept = weight_split(problem.network.point_ids, weight), None
        else:
            split = kept = with_weight(problem.split, weight)
    except DataError as error:
        finding = error.findings[0]
        raise _fault(key, finding.value, finding.rule, finding.remedy) from None
    totals = problem.women.sum(axis=1)
    scenarios = problem.scenarios.replace(
        point_ids=problem.network.point_ids, women=np.array([split.women(float(t)) for t in totals])
    )
    return problem.replace(scenarios=scenarios, split=kept)


def weights_of(problem: Problem) -> tuple[str, ...]:
    """Columns of the demand points that hold numbers: what demand may be split by."""
    return tuple(
        name
        for name, values in problem.network.point_columns.items()
        if values and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in values)
    )


def _regions(problem: Problem, value: Any) -> Problem:
    return problem.replace(network=problem.network.with_regions(str(value)))


def _ambulatories(problem: Problem, value: Any) -> Problem:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise _fault("network.ambulatories", value, "ambulatories is a list of site ids", 'Write ["ID", ...].')
    ids = tuple(str(v) for v in value)
    return problem.replace(network=problem.network.replace(ambulatories=ids))


def _source(problem: Problem, value: Any) -> Problem:
    if value == travel_source(problem):
        return problem
    if value in problem.travels and not str(value).endswith(NEAR):
        was = travel_source(problem)
        here = {was: problem.travel, **problem.travels}
        if problem.to_ambulatory is not None:
            here[near_of(was)] = problem.to_ambulatory
        origin = {**problem.origin, "travel_source": value}
        # Other roads are other ways to the ambulatories too.
        near = here.get(near_of(value), problem.to_ambulatory)
        return problem.replace(travel=problem.travels[value], to_ambulatory=near, travels=here, origin=origin)
    raise _fault(
        "travel.source",
        value,
        "the travel source can only be chosen where the case is read",
        "Use read_case(folder, settings={'travel.source': ...}) or change case.toml.",
    )


NEAR = " (sites to ambulatories)"


def near_of(source: str) -> str:
    """Where `Problem.travels` keeps the ways from sites to ambulatories of a source of travel times."""
    return f"{source}{NEAR}"


def travel_source(problem: Problem) -> str:
    """Where the travel times come from, as ``case.toml`` names it."""
    return str(problem.origin.get("travel_source", problem.travel.source))


def _minutes_error(problem: Problem, value: Any) -> Problem:
    given = value if isinstance(value, Mapping) else {"minutes": value}
    unknown = set(given) - {"minutes", "percent"}
    if unknown:
        raise _fault("travel.minutes_error", value, "the value is {minutes = ..., percent = ...}", "See the case.")
    low, share = (_number("travel.minutes_error", given.get(k, 0.0)) for k in ("minutes", "percent"))
    if low < 0 or share < 0:
        raise _fault("travel.minutes_error", value, "an error is not negative", "Write numbers from 0 up.")
    return problem.replace(minutes_error=(low, share))


def _uptake(problem: Problem, value: Any) -> Problem:
    if value is False or value is None:
        return problem.replace(uptake=None)
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise _fault(
            "travel.uptake",
            value,
            "a curve is pairs of minutes and share",
            "Write [[30, 1.0], [90, 0.7]] or false; a file is named where the case is read.",
        )
    return problem.replace(uptake=Uptake.of(value))


def _count(problem: Problem, value: Any) -> Problem:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0 or 0 < value < HIDES:
        raise _fault(
            "privacy.smallest_count",
            value,
            f"a whole number, not negative: 0, or {HIDES} and more",
            "5 is usual; 0 hides nothing.",
        )
    if problem.split is not None and value != problem.smallest_count:
        raise _fault(
            "privacy.smallest_count",
            value,
            "own counts are put together where the case is read",
            "Use read_case(folder, settings={'privacy.smallest_count': ...}) or change case.toml.",
        )
    return problem.replace(smallest_count=int(value))


def _scenario(problem: Problem, value: Any) -> Problem:
    """Keep some of the problem's demand scenarios, or take named ones of its case."""
    ids = (value,) if isinstance(value, str) else tuple(value)
    if problem.named and not set(ids) <= set(problem.scenarios.ids):
        return problem.named[0].chosen(problem, ids)
    return problem.replace(scenarios=problem.scenarios.only(*ids))


_OTHERS: Mapping[str, tuple[Callable[[Problem], Any], Callable[[Problem, Any], Problem]]] = {
    "demand.women_per_year": (lambda p: p.scenarios.women_per_year / p.undetected, _women),
    "demand.undetected": (lambda p: p.undetected, _undetected),
    "demand.weight": (lambda p: p.weight, _weight),
    "demand.relative_risk": (lambda p: p.relative_risk or False, _relative_risk),
    "travel.source": (travel_source, _source),
    "travel.minutes_error": (lambda p: {"minutes": p.minutes_error[0], "percent": p.minutes_error[1]}, _minutes_error),
    "travel.uptake": (lambda p: False if p.uptake is None else p.uptake.points, _uptake),
    "network.regions": (lambda p: p.network.region_column, _regions),
    "network.ambulatories": (lambda p: list(p.network.ambulatories), _ambulatories),
    "objective.fair_aversion": (lambda p: p.fair_aversion, lambda p, v: p.replace(fair_aversion=v)),
    "privacy.smallest_count": (lambda p: p.smallest_count, _count),
}
"""Settings that are not simply a field: how each is read from a problem and changed in it."""


def keys(policy: Policy | None = None) -> tuple[str, ...]:
    """Every setting that `changed` takes, but for ``prices.<rule>`` and ``scenario``."""
    fields = [f"{section}.{name}" for section, (_, names) in PARTS.items() for name in names]
    return tuple(sorted({*_OTHERS, *fields, *(f"rules.{rule}" for rule in _rules(policy))}))


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
    section, _, name = key.rpartition(".")
    word = name.lower()
    last = {k: k.rpartition(".")[2] for k in known}
    inside = [k for k in known if k.startswith(f"{section}.")] if section else []

    def among(some: list[str], cutoff: float) -> list[str]:
        near = difflib.get_close_matches(word, [last[k] for k in some], 1, cutoff)
        return [k for k in some if last[k] in near]

    within = [k for k in inside or known if len(word) > 3 and word in last[k]]
    near = among(inside, 0.6) or within or among(known, 0.8 if inside else 0.7)
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
        was = problem.policy.settings().get(rule, False)
        if not part:
            return was
        return was.get(part, False) if isinstance(was, Mapping) else False
    if section == "prices":
        return problem.policy.prices.get(name, False)
    if key in _OTHERS:
        return _OTHERS[key][0](problem)
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
        return _scenario(problem, value)
    if section == "rules":
        rule, _, part = name.partition(".")
        was = problem.policy.settings().get(rule, False)
        if part and (not isinstance(was, Mapping) or part not in was):
            raise _fault(key, was, f"the rule is on and has a value {part!r}", f"Write rules.{rule} as a whole.")
        return problem.replace(policy={rule: {**was, part: value} if part else value})
    if section == "prices":
        prices = {k: v for k, v in problem.policy.prices.items() if k != name}
        if value is not False and value is not None:
            prices[name] = value
        return problem.replace(policy={"prices": prices})
    if key in _OTHERS:
        return _OTHERS[key][1](problem, value)
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
