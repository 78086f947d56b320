"""What a problem cannot be: parts of another kind, ids that are none, numbers out of their range."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from capacity.arrays import unequal
from capacity.errors import DataError, Finding, some
from capacity.problem.aftercare import Aftercare, ward_faults
from capacity.problem.care import Care, Sizes
from capacity.problem.counts import HIDES
from capacity.problem.demand import Scenarios
from capacity.problem.finance import Finance
from capacity.problem.network import Network
from capacity.problem.outpatient import Outpatient, Pathways
from capacity.problem.payment import Payment
from capacity.problem.policy import Policy
from capacity.problem.promise import Promise
from capacity.problem.travel import TravelMatrix
from capacity.problem.uptake import Uptake

if TYPE_CHECKING:
    from capacity.problem.problem import Problem

Part = TypeVar("Part")

WORST_TIES = ("beds", "ways")
"""What may decide between plans with the same longest way."""


def faults_of(p: Problem) -> list[Finding]:
    """Every fault of a problem whose parts are of their kinds."""
    net = p.network
    findings = unequal("scenarios", "point_id", p.scenarios.point_ids, net.point_ids, "the demand points")
    findings += unequal("travel", "origin", p.travel.origin_ids, net.point_ids, "the demand points")
    findings += unequal("travel", "destination", p.travel.destination_ids, net.site_ids, "the sites")
    if net.ambulatories:
        findings += ambulatory_faults(p)
    if p.aftercare.on and p.aftercare.where == "shared_house":
        findings += ward_faults(p)
    findings += [fault for rule in p.policy.values() for fault in rule.faults(p) if fault not in findings]
    return findings + _unknown_ids(p) + _narrow_sites(p) + _faults_of_numbers(p)


def faults_of_kinds(p: Problem) -> list[Finding]:
    """Parts that are something else: they would be found out where they are first used, or never."""
    faults = []
    for name, wanted, or_none in _kinds(type(p)):  # type: ignore[arg-type]  # a class hashes
        given = getattr(p, name)
        if isinstance(given, wanted) or (or_none and given is None):
            continue
        faults.append(
            Finding(
                table="problem",
                column=name,
                value=type(given).__name__,
                rule=f"{name} is a {wanted.__name__}",
                remedy="See help(capacity.Problem).",
            )
        )
    if not all(isinstance(model, Payment) for model in p.payments):
        kind = next(type(model).__name__ for model in p.payments if not isinstance(model, Payment))
        rule, remedy = "payments are payment models", "Make each with capacity.Payment."
        faults.append(Finding(table="problem", column="payments", value=kind, rule=rule, remedy=remedy))
    return faults + [
        Finding(
            table="problem",
            column=f"ranges, {key}",
            value=str(ends),
            rule="a range is a pair of numbers [low, high]",
            remedy="Write [80, 100].",
        )
        for key, ends in p.ranges.items()
        if not _a_range(ends)
    ]


@cache
def _kinds(problem: type[Problem]) -> tuple[tuple[str, type, bool], ...]:
    """Names of a problem's parts, what each is, and whether there may be none."""
    kinds: tuple[type, ...] = (Network, Scenarios, TravelMatrix, Care, Promise, Sizes, Policy, Finance, Uptake)
    known = {kind.__name__: kind for kind in (*kinds, Outpatient, Pathways, Aftercare)}
    asked = [(part.name, *str(part.type).partition(" | ")[::2]) for part in dataclasses.fields(problem)]
    return tuple((name, known[kind], otherwise != "") for name, kind, otherwise in asked if kind in known)


def _unknown_ids(p: Problem) -> list[Finding]:
    """Ids in rules that the network does not have."""
    net = p.network
    universes: dict[str, tuple[str, ...]] = {
        "site": net.site_ids,
        "demand point": (*net.point_ids, *net.point_homes),
        "region": net.regions,
    }
    findings: list[Finding] = []
    for rule in p.policy.values():
        for what, ids in rule.ids(p):
            universe = set(universes[what])
            unknown = [i for i in ids if i not in universe]
            if unknown:
                findings.append(
                    Finding(
                        table="rules",
                        column=rule.name,
                        value=some(unknown),
                        rule=f"each id is a known {what}",
                        remedy=_meant(net, what, unknown[0], sorted(universe)),
                    )
                )
    return findings


def _narrow_sites(p: Problem) -> list[Finding]:
    """Sites whose own limits leave them no size."""
    low, high = p.size_limits
    narrow = [j for j, a, b in zip(p.network.site_ids, low, high, strict=True) if a > b]
    if not narrow:
        return []
    return [
        Finding(
            table="sites",
            column="smallest, largest",
            value=some(narrow),
            rule="a site allows at least one of the sizes of the case",
            remedy="Widen the site's own limits or the case's [sizes].",
        )
    ]


def _faults_of_numbers(p: Problem) -> list[Finding]:
    """Numbers of the problem itself that are out of their range."""
    findings: list[Finding] = []
    if not (isinstance(p.fair_aversion, (int, float)) and 0 < p.fair_aversion <= 10):
        findings.append(
            Finding(
                table="objective",
                column="fair_aversion",
                value=str(p.fair_aversion),
                rule="a number above 0, at most 10",
                remedy="1 is usual.",
            )
        )
    if not (isinstance(p.worst_off_share, (int, float)) and 0 < p.worst_off_share <= 1):
        findings.append(
            Finding(
                table="objective",
                column="worst_off_share",
                value=str(p.worst_off_share),
                rule="a share above 0, at most 1",
                remedy="0.05 is usual: the twentieth of women who travel longest.",
            )
        )
    findings += _faults_of_worst(p)
    whole = isinstance(p.smallest_count, (int, np.integer))
    if not (whole and (p.smallest_count == 0 or p.smallest_count >= HIDES)):
        findings.append(
            Finding(
                table="privacy",
                column="smallest_count",
                value=str(p.smallest_count),
                rule=f"a whole number: 0, or {HIDES} and more",
                remedy="5 is usual; 0 hides nothing.",
            )
        )
    if not (isinstance(p.undetected, (int, float)) and 1 <= p.undetected < math.inf):
        findings.append(
            Finding(
                table="demand",
                column="undetected",
                value=str(p.undetected),
                rule="a finite number, at least 1",
                remedy="1 counts nobody undetected; 1.5 counts one more for every two that are known.",
            )
        )
    return findings


def _faults_of_worst(p: Problem) -> list[Finding]:
    """What the objective ``worst`` is told that it cannot mean."""
    net, findings = p.network, []
    named: object = p.worst_exceptions
    rule, remedy = "", ""
    if not isinstance(named, tuple) or not all(isinstance(i, str) for i in named):
        rule, remedy = "a list of ids of demand points", 'Write ["0400"].'
    elif unknown := [i for i in named if i not in {*net.point_ids, *net.point_homes}]:
        named, rule = some(unknown), "each id is a known demand point"
        remedy = _meant(net, "demand point", unknown[0], sorted({*net.point_ids, *net.point_homes}))
    if rule:
        findings.append(
            Finding(table="objective", column="worst_exceptions", value=str(named), rule=rule, remedy=remedy)
        )
    if p.worst_ties not in WORST_TIES:
        rule = f"one of {', '.join(WORST_TIES)}"
        findings.append(
            Finding(
                table="objective",
                column="worst_ties",
                value=str(p.worst_ties),
                rule=rule,
                remedy="beds is usual: fewer beds first.",
            )
        )
    return findings


def ambulatory_faults(p: Problem) -> list[Finding]:
    """What the ambulatories lack, of ids or of minutes from the sites."""
    net, matrix = p.network, p.to_ambulatory
    if not net.ambulatories or matrix is None:
        return [
            Finding(
                table="network",
                column="ambulatories",
                rule="a plan near ambulatories needs their ids and the minutes from the sites",
                remedy="Give network.ambulatories and to_ambulatory, or turn near_ambulatory off.",
            )
        ]
    faults = unequal("to_ambulatory", "site", matrix.origin_ids, net.site_ids, "the sites")
    unknown = [a for a in net.ambulatories if a not in matrix.destination_ids]
    if unknown:
        faults.append(
            Finding(
                table="network",
                column="ambulatories",
                value=some(unknown),
                rule="each ambulatory has minutes from the sites",
                remedy=f"Choose from: {some(matrix.destination_ids)}.",
            )
        )
    return faults


def _meant(net: Network, what: str, said: str, ids: Sequence[str]) -> str:
    """What to do about an id that is none: the nearest there is, by id or by name, or what there is to choose from."""
    import difflib

    named = {
        "site": [*net.site_places(net.site_ids).items(), *zip(net.site_ids, net.site_names, strict=True)],
        "demand point": [*zip(net.point_ids, net.point_names, strict=True)],
        "region": [*net.region_names.items()],
    }[what]
    by_name = {name.lower(): id for id, name in named} | {id.lower(): id for id in ids}
    near = difflib.get_close_matches(said.lower(), by_name, 1, 0.7)
    return f"Did you mean {by_name[near[0]]!r}?" if near else f"Choose from: {some(ids)}."


def part_with(name: str, part: Part, changes: Mapping[str, Any]) -> Part:
    """A part of a problem with some fields changed; numbers of numpy are numbers.

    Raises
    ------
    DataError
        Where it has no such field.
    """
    fields = [each.name for each in dataclasses.fields(part)]  # type: ignore[arg-type]
    unknown = [key for key in changes if key not in fields]
    if unknown:
        remedy = f"Choose from: {', '.join(fields)}."
        rule = f"{name} has fields of these names"
        raise DataError([Finding(table="problem", column=name, value=some(unknown), rule=rule, remedy=remedy)])
    plain = {key: value.item() if isinstance(value, np.generic) else value for key, value in changes.items()}
    return dataclasses.replace(part, **plain)  # type: ignore[type-var]


def _a_range(ends: object) -> bool:
    """Whether something is a pair of numbers, the lower first."""
    if type(ends) is tuple and tuple(map(type, ends)) == (float, float):
        return bool(ends[0] <= ends[1])
    pair = list(ends) if isinstance(ends, (list, tuple)) else []
    numbers = [end for end in pair if isinstance(end, (int, float, np.number)) and not isinstance(end, bool)]
    return len(pair) == len(numbers) == 2 and bool(numbers[0] <= numbers[1])
