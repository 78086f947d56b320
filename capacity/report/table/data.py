"""What the planner's table is worked out from: a problem as plain, compact data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.engines.question import why_not
from capacity.errors import DataError, Finding
from capacity.problem.named import WOMEN, NamedScenario, under
from capacity.problem.promise import loads_in_doubt
from capacity.problem.settings import PARTS, plainest, replaced, same, value_of
from capacity.report.phrases import phrases
from capacity.report.settings_said import SHARES, name_of
from capacity.rules import RULES, Rule
from capacity.rules.values import Chance, Share, hints
from capacity.tolerances import SUMS

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem

FORMAT = 1
"""Of the data; an engine reads no other."""

DEMAND = (WOMEN, "demand.undetected")
OF_OBJECTIVES = ("objective.fair_aversion", "objective.worst_off_share")
KIND = "promise.kind"
DOUBT = "promise.demand_cv"
COUNTS = "finance.counts"
WHOLE = ("sizes.smallest", "sizes.largest")

READ_ONLY: Mapping[str, str] = {
    "demand.weight": "split",
    "demand.relative_risk": "split",
    "travel.source": "travel",
    "travel.transit": "travel",
    "travel.without_car": "travel",
    "travel.uptake": "travel",
    "network.regions": "network",
    "network.ambulatories": "network",
    "privacy.smallest_count": "privacy",
    DOUBT: "doubt",
    COUNTS: "money",
}
"""Settings the table shows and cannot change, each with what it would have to work out again."""


def table_data(problem: Problem, plan: Plan | None = None, language: str = "en") -> dict[str, Any]:
    """A problem as the table's engine reads it (`types.js` says each part), ready for JSON.

    Parameters
    ----------
    problem : Problem
        With families bound to their nearest unit, everybody served, no prices, one demand scenario and the library's
        own rules.
    plan : Plan, optional
        Where the table begins.
    language : {"en", "da"}
        Of the names of settings.

    Returns
    -------
    dict
        Own counts are in it as little as in a plan: by the shares that follow from their pools.

    Raises
    ------
    DataError
        Where the table cannot work plans of the problem out, with the command that does.
    """
    _refuse(problem)
    t = phrases(language)
    changeable = _changeable(problem)
    sources = problem.sources
    settings = [
        _setting(problem, key, kind, name_of(_whole(key), t), str(sources.get(_whole(key), "")))
        for key, kind in changeable.items()
    ]
    read_only = [
        {"key": key, "name": name_of(key, t), "value": plainest(value_of(problem, key)), "why": why}
        for key, why in _fixed(problem).items()
    ]
    return {
        "format": FORMAT,
        "language": language,
        "name": problem.name,
        "fingerprint": problem.fingerprint,
        "scenario": problem.scenarios.ids[0],
        **_block(problem),
        "objective": {
            "name": plan.objective_name if plan else "travel",
            "fair_aversion": problem.fair_aversion,
            "worst_off_share": problem.worst_off_share,
        },
        "rule_units": {rule.name: rule.unit for rule in RULES},
        "settings": settings,
        "read_only": read_only,
        "figures": [_figure(problem, named, changeable) for named in problem.named],
        "units": dict(zip(plan.site_ids, plan.unit_table["beds"], strict=True)) if plan else {},
    }


def _refuse(problem: Problem) -> None:
    """Raise where a set of sites does not decide everything, or the page does not know how."""
    several = len(problem.scenarios.ids) > 1
    reason, rule, remedy = why_not(problem), "", ""
    if several:
        rule, remedy = "the table holds one demand scenario", "Choose one: --scenario ID, or --set scenario=ID."
    elif problem.policy.prices:
        rule, remedy = "no rule has a price in the table", "Take the prices away, or use `capacity plan`."
    elif problem.policy.foreign:
        rule, remedy = "the table knows the library's own rules", "Turn the others off, or use `capacity evaluate`."
    elif problem.finance.counts != "all":
        rule, remedy = "in the table money counts all stays", f"Set {COUNTS} to all, or use `capacity evaluate`."
    elif reason is not None:
        rule = "in the table families use their nearest unit, and everybody is served"
        remedy = "Turn these rules on, or use `capacity evaluate`."
    if rule:
        value = reason if reason and not several else ", ".join(problem.policy.foreign) or problem.name
        raise DataError([Finding(table="table", value=value, rule=rule, remedy=remedy)])


# --- settings -------------------------------------------------------------------------------------


def _whole(key: str) -> str:
    return ".".join(key.split(".")[:2])


def _fixed(problem: Problem) -> dict[str, str]:
    """Settings that are shown alone, and why."""
    bound = {
        f"rules.{rule.name}": "assignment"
        for rule in RULES
        if (rule.binds_to_nearest or rule.serves_all) and not rule.always
    }
    return {**bound, **READ_ONLY, **(dict.fromkeys(_waiting(), "doubt") if _given_beds(problem) else {})}


def _waiting() -> tuple[str, ...]:
    """Settings that decide what beds carry."""
    return (*(f"promise.{name}" for name in PARTS["promise"][1] if f"promise.{name}" != DOUBT), "stay.mean_days")


def _given_beds(problem: Problem) -> bool:
    """Whether what beds carry has to be given: waiting, the load being in doubt, takes more than a page has."""
    return problem.promise.kind == "wait" and problem.promise.demand_cv > 0


def _changeable(problem: Problem) -> dict[str, str]:
    """Settings the table may change, in the order they are read in, and what kind of value each has."""
    found: dict[str, str] = dict.fromkeys(DEMAND, "number")
    for section, (_, names) in PARTS.items():
        found |= {f"{section}.{name}": _kind(f"{section}.{name}") for name in names}
    found |= dict.fromkeys(OF_OBJECTIVES, "number")
    for rule in RULES:
        if not rule.always:
            found |= dict(_of_rule(problem, rule))
    fixed = _fixed(problem)
    return {key: kind for key, kind in found.items() if key not in fixed}


def _kind(key: str) -> str:
    if key == KIND:
        return "choice"
    return "share" if key in SHARES else "whole" if key in WHOLE else "number"


def _of_rule(problem: Problem, rule: type[Rule]) -> Iterator[tuple[str, str]]:
    """A rule as a whole, and the numbers of its table where it has one."""
    key = f"rules.{rule.name}"
    yield key, "rule"
    value, kinds = problem.policy.settings()[rule.name], hints(rule)
    if not isinstance(value, Mapping):
        return
    for part, said in value.items():
        if part in kinds and isinstance(said, (int, float)) and not isinstance(said, bool):
            yield f"{key}.{part}", "share" if kinds[part] in (Share, Chance) else "number"


def _setting(problem: Problem, key: str, kind: str, name: str, source: str) -> dict[str, Any]:
    limits = problem.ranges.get(key)
    said = {"key": key, "name": name, "value": _plain(value_of(problem, key)), "kind": kind, "source": source}
    said["range"] = None if limits is None else [_plain(limits[0]), _plain(limits[1])]
    if key == KIND:
        said["choices"] = ["loss", "occupancy"] if problem.promise.demand_cv > 0 else ["loss", "wait", "occupancy"]
    return said


# --- the data -------------------------------------------------------------------------------------


def _block(problem: Problem) -> dict[str, Any]:
    """What plans are worked out from."""
    promise, care, doubt = problem.promise, problem.care, problem.promise.demand_cv > 0
    return {
        "points": _points(problem),
        "sites": _sites(problem),
        "regions": {
            "ids": list(problem.network.regions),
            "names": [problem.network.region_names[r] for r in problem.network.regions],
        },
        "minutes": _plain([[t if np.isfinite(t) else None for t in row] for row in problem.minutes.tolist()]),
        "demand": {
            "women_per_year": problem.scenarios.women_per_year / problem.undetected,
            "undetected": problem.undetected,
        },
        "stay": {"mean_days": care.mean_days},
        "promise": {name: _plain(getattr(promise, name)) for name in PARTS["promise"][1]},
        "travel": {name: _plain(getattr(care, name)) for name in PARTS["travel"][1]},
        "sizes": {name: getattr(problem.sizes, name) for name in PARTS["sizes"][1]},
        "finance": {name: _plain(getattr(problem.finance, name)) for name in PARTS["finance"][1]},
        "uptake": None if problem.uptake is None else _plain(problem.uptake.points),
        "must_hold": bool(problem.must_hold[0]),
        "rules": {rule.name: _plain(plainest(problem.policy.settings()[rule.name])) for rule in RULES},
        "doubt": dict(zip(("factor", "weight"), (x.tolist() for x in loads_in_doubt(promise.demand_cv)), strict=True))
        if doubt
        else None,
        "stays_by_beds": problem.stays_by_beds.tolist() if _given_beds(problem) else None,
    }


def _points(problem: Problem) -> dict[str, Any]:
    net = problem.network
    return {
        "ids": list(net.point_ids),
        "names": list(net.point_names),
        # A rule that spares a place spares all its parts.
        **({"homes": list(net.point_homes)} if net.parted else {}),
        "region": net.point_region_index.tolist(),
        "women": _plain(problem.women[0].tolist()),
    }


def _sites(problem: Problem) -> dict[str, Any]:
    net = problem.network
    low, high, now = net.site_smallest, net.site_largest, net.existing_beds
    assert low is not None and high is not None and now is not None
    return {
        "ids": list(net.site_ids),
        "names": list(net.site_names),
        "region": net.site_region_index.tolist(),
        "smallest": low.tolist(),
        "largest": high.tolist(),
        "existing_beds": now.tolist(),
        "ambulatory": list(problem.ambulatory_of),
        "ambulatory_minutes": _plain(problem.ambulatory_minutes.tolist()),
        "order": problem.site_order.tolist(),
    }


def _plain(value: Any) -> Any:
    """A value as JSON has it, whole numbers without a fraction."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return int(value)
    return value.item() if isinstance(value, np.generic) else value


# --- documented figures -----------------------------------------------------------------------------


def _figure(problem: Problem, named: NamedScenario, changeable: Mapping[str, str]) -> dict[str, Any]:
    """A named scenario: the settings it changes, and what of the data is another in it."""
    settings = {key: plainest(value) for key, value in named.settings.items() if key in changeable}
    if not named.of_case:
        settings[WOMEN] = named.women_per_year
    said = {"id": named.id, "label": named.label, "of_case": named.of_case, "settings": _plain(settings)}
    if set(named.settings) <= set(settings):
        # What the engine can change it needs no other data for.
        return said | {"patch": {}}
    there, here = _block(under(problem, named)), _block(replaced(problem, settings))
    return said | {"patch": dict(_differences(here, there))}


def _differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Parts of some data that are not what they are elsewhere, ``points.region`` and the like."""
    for part, value in there.items():
        was = here[part]
        if not isinstance(value, dict) or not isinstance(was, dict) or set(value) != set(was):
            if not same(value, was):
                yield part, value
            continue
        for name, each in value.items():
            if not (np.allclose(each, was[name], rtol=SUMS, atol=0) if name == "women" else same(each, was[name])):
                yield f"{part}.{name}", each
