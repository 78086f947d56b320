"""What decides a plan, as one short text: equal problems have equal fingerprints."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.problem.policy import NAMES
from capacity.rules import RULES

if TYPE_CHECKING:
    from capacity.problem.problem import Problem


def fingerprint_of(problem: Problem) -> str:
    """SHA-256 of everything that decides a plan.

    Of a rule from elsewhere it is not known what it reads, so that then everything there is counts.
    """
    net, policy = problem.network, problem.policy
    # A rule that is off and came later says nothing: fingerprints stay what they were.
    said, later = policy.settings().items(), {rule.name for rule in RULES if rule.newer}
    ours = {name: value for name, value in said if name in NAMES and not (value is False and name in later)}
    parts: list[Any] = [
        net.point_ids,
        net.point_regions,
        net.site_ids,
        net.site_regions,
        net.ambulatories,
        problem.scenarios.ids,
        problem.weight,
        problem.relative_risk,
        ours,
        dict(policy.prices),
        *(dataclasses.asdict(x) for x in (problem.care, problem.promise, problem.sizes)),
        # All stays are what was counted before there was a choice.
        {k: v for k, v in dataclasses.asdict(problem.finance).items() if (k, v) != ("counts", "all")},
        problem.fair_aversion,
        *_worst(problem),
        problem.minutes_error,
        problem.smallest_count,
        problem.undetected,
        problem.travel.unit,
        None if problem.uptake is None else problem.uptake.points,
        *_outside(problem),
        # Rules that name a place speak of its parts, where it has any.
        *((net.point_homes,) if net.parted else ()),
    ]
    arrays = [
        problem.women,
        problem.probability,
        problem.must_hold,
        problem.minutes,
        problem.ambulatory_minutes,
        *problem.size_limits,
        net.existing_beds,
        None if problem.split is None else problem.split.count,
    ]
    further = [rule for rule in policy.values() if rule.name not in NAMES]
    if further:
        # A rule from elsewhere may read whatever there is.
        parts += [[rule.name, rule.identity(), rule.plain()] for rule in further]
        parts += [
            [dict(columns), *named]
            for columns, named in (
                (net.point_columns, (net.point_names,)),
                (net.site_columns, (net.site_names, net.site_kinds, net.site_points)),
            )
        ]
        arrays += [net.point_lonlat, net.site_lonlat]
        if problem.to_ambulatory is not None:
            parts.append([problem.to_ambulatory.origin_ids, problem.to_ambulatory.destination_ids])
            arrays.append(problem.to_ambulatory.values)
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode())
    for array in arrays:
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _outside(problem: Problem) -> list[Any]:
    """What is not there without an outpatient course, costs of pathways, aftercare and wards: once there was none."""
    said = {"outpatient": problem.outpatient.on, "pathways": problem.pathways.given, "aftercare": problem.aftercare.on}
    parts = [[name, dataclasses.asdict(getattr(problem, name))] for name, given in said.items() if given]
    # Where no rule and no house asks for them, wards decide nothing.
    wards = problem.aftercare.on or problem.policy.neonatal is not None
    return [*parts, [problem.ward_minutes.tolist(), problem.ward_of]] if wards else parts


def _worst(problem: Problem) -> list[Any]:
    """What the objectives of the longest ways are told, where it is not what it was before it could be told."""
    said = (problem.worst_off_share, problem.worst_exceptions, problem.worst_ties)
    return [one for one, before in zip(said, (0.05, (), "beds"), strict=True) if one != before]
