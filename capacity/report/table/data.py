"""What the planner's table is worked out from: a problem as plain, compact data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.engines.evaluate import given_plan
from capacity.errors import DataError
from capacity.problem.aftercare import MONEY
from capacity.problem.finance import COUNTS
from capacity.problem.named import WOMEN, NamedScenario, under
from capacity.problem.promise import loads_in_doubt, stays_by_beds
from capacity.problem.settings import PARTS, plainest, replaced, same, value_of
from capacity.report.phrases import phrases, point_names
from capacity.report.settings_said import SHARES, name_of
from capacity.report.table.beyond import RECKONED, beyond
from capacity.report.table.source import engine_knows
from capacity.rules import RULES, Rule
from capacity.rules.objectives import objective_named
from capacity.rules.values import Chance, Share, hints
from capacity.tolerances import SUMS

if TYPE_CHECKING:
    from capacity.arrays import Floats
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem

FORMAT = 1
"""Of the data; an engine reads no other."""

PROVEN = 3
"""Sites of a set that the library works out for the engine to be held against, where there is no plan."""

DEMAND = (WOMEN, "demand.undetected")
OF_OBJECTIVES = ("objective.fair_aversion", "objective.worst_off_share")
KIND = "promise.kind"
DOUBT = "promise.demand_cv"
OF_MONEY = "finance.counts"
WHOLE = ("sizes.smallest", "sizes.largest")

GIVEN_BEDS = 200
"""As far as what beds carry is given, at least, where the page cannot work it out."""

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
    if (fault := beyond(problem)) is not None:
        raise DataError([fault.finding()])
    t, net = phrases(language), problem.network
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
    own = plan is not None and plan.objective_name in engine_knows().objectives
    return {
        "format": FORMAT,
        "language": language,
        "name": problem.name,
        "fingerprint": problem.fingerprint,
        "scenario": problem.scenarios.ids[0],
        **_block(problem),
        "points": _points(problem) | {"names": list(point_names(net, t))},
        "objective": {
            "name": plan.objective_name if plan is not None and own else "travel",
            "fair_aversion": problem.fair_aversion,
            "worst_off_share": problem.worst_off_share,
        },
        "rule_units": {rule.name: rule.unit for rule in RULES},
        "settings": settings,
        "read_only": read_only,
        "figures": [_figure(problem, named, changeable) for named in problem.named],
        "units": dict(zip(plan.site_ids, plan.unit_table["beds"], strict=True)) if plan else {},
        "proof": _proof(problem, plan.site_ids if plan is not None and plan.site_ids else net.site_ids[:PROVEN]),
    }


def _proof(problem: Problem, sites: tuple[str, ...]) -> dict[str, Any]:
    """What the library makes of some sites: an engine that makes something else of them leaves something out."""
    plan = given_plan(problem, sites, objective_named("travel"))
    known = engine_knows().objectives
    numbers = {name: value for name, value in plan.objectives.items() if name in known and math.isfinite(value)}
    return {
        "units": dict.fromkeys(sites, 0),
        "numbers": numbers | {"beds": plan.beds, "women_per_year": plan.figures["women_per_year"]},
    }


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
    newer = dict.fromkeys((key for key in _settings() if not _known(key)), "newer")
    if problem.aftercare.on:
        newer |= dict.fromkeys((key for key in newer if key in RECKONED), "aftercare")
    waiting = dict.fromkeys(_waiting(), "doubt") if _given_beds(problem) else {}
    return {**newer, **bound, **READ_ONLY, **waiting}


def _settings() -> Iterator[str]:
    """Every setting a plan depends on, in the order they are read in, but for those that are read-only in any case."""
    yield from DEMAND
    for section, (_, names) in PARTS.items():
        yield from (f"{section}.{name}" for name in names)
    yield from OF_OBJECTIVES
    yield from (f"rules.{rule.name}" for rule in RULES if not rule.always)


def _known(key: str) -> bool:
    """Whether the engine can work with a setting."""
    section, _, name = key.partition(".")
    return name in engine_knows().rules if section == "rules" else key in engine_knows().settings


def _waiting() -> tuple[str, ...]:
    """Settings that decide what beds carry."""
    return (*(f"promise.{name}" for name in PARTS["promise"][1] if f"promise.{name}" != DOUBT), "stay.mean_days")


def _given_beds(problem: Problem) -> bool:
    """Whether what beds carry has to be given: waiting, the load being in doubt, takes more than a page has."""
    return problem.promise.kind == "wait" and problem.promise.demand_cv > 0


def _stays_by_beds(problem: Problem) -> list[float] | None:
    """What so many beds carry, whoever comes, where the page cannot work it out; beds beyond these it refuses."""
    if not _given_beds(problem):
        return None
    most = max(GIVEN_BEDS, problem.sizes.largest)
    return [float(stays) for stays in stays_by_beds(problem.promise, most, problem.care.mean_days)]


def _changeable(problem: Problem) -> dict[str, str]:
    """Settings the table may change, in the order they are read in, and what kind of value each has."""
    by_name, fixed = {f"rules.{rule.name}": rule for rule in RULES}, _fixed(problem)
    found: dict[str, str] = {}
    for key in _settings():
        if key not in fixed:
            found |= _of_rule(problem, by_name[key]) if key in by_name else {key: _kind(key)}
    return found


def _kind(key: str) -> str:
    if key in (KIND, OF_MONEY):
        return "choice"
    return "share" if key in SHARES else "whole" if key in WHOLE else "number"


def _of_rule(problem: Problem, rule: type[Rule]) -> dict[str, str]:
    """A rule as a whole, and the numbers of its table where it has one."""
    key, value, kinds = f"rules.{rule.name}", problem.policy.settings()[rule.name], hints(rule)
    parts = value if isinstance(value, Mapping) else {}
    numbers = [part for part, said in parts.items() if isinstance(said, (int, float)) and not isinstance(said, bool)]
    kind_of = {part: "share" if kinds[part] in (Share, Chance) else "number" for part in numbers if part in kinds}
    return {key: "rule"} | {f"{key}.{part}": kind for part, kind in kind_of.items()}


def _setting(problem: Problem, key: str, kind: str, name: str, source: str) -> dict[str, Any]:
    limits = problem.ranges.get(key)
    said = {"key": key, "name": name, "value": _plain(value_of(problem, key)), "kind": kind, "source": source}
    said["range"] = None if limits is None else [_plain(limits[0]), _plain(limits[1])]
    if key == KIND:
        said["choices"] = ["loss", "occupancy"] if problem.promise.demand_cv > 0 else ["loss", "wait", "occupancy"]
    if key == OF_MONEY:
        said["choices"] = list(COUNTS)
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
        "stays_by_beds": _stays_by_beds(problem),
        "aftercare": _aftercare(problem),
    }


def _aftercare(problem: Problem) -> dict[str, Any] | None:
    """The second stage of a stay, as it stands: the page changes nothing of it."""
    care = problem.aftercare
    if not care.on:
        return None
    numbers = ("held_up", "wait_days", "wait_probability", "occupancy", *MONEY)
    return {
        "days": _plain(float(care.days)),
        "kind": care.kind,
        **{name: _plain(getattr(care, name)) for name in numbers},
        "persons": _plain(care.persons),
        "shares": [_plain(kind.share) for kind in care.kinds],
        "place": problem.place_of_aftercare.tolist(),
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
        # Where there is a ward: a rule asks for the way to it.
        **({"ward_minutes": _ways_or_none(problem.ward_minutes)} if net.wards else {}),
        "order": problem.site_order.tolist(),
    }


def _ways_or_none(minutes: Floats) -> list[float | None]:
    """Ways as JSON has them: null where there is none."""
    return [_plain(way) if np.isfinite(way) else None for way in minutes.tolist()]


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
    case = under(problem, named)
    if (fault := beyond(case)) is not None:
        return said | {"patch": {}, "refused": f"{fault.value}: {fault.rule}", "kind": fault.kind, "value": fault.value}
    there, here = _block(case), _block(replaced(problem, settings))
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
