"""A problem cut to some of its regions: their women, sites and ways, and rules that speak of these alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from capacity.arrays import Ints
from capacity.errors import DataError, Finding, some
from capacity.rules.rule import Kind

if TYPE_CHECKING:
    from capacity.problem.network import Network
    from capacity.problem.problem import Problem
    from capacity.problem.travel import TravelMatrix

Cut = TypeVar("Cut", bound="Problem")


def cut_to(problem: Cut, regions: Collection[str]) -> Cut:
    """The problem of some regions alone; see `capacity.Problem.only`."""
    net, wanted = problem.network, {regions} if isinstance(regions, str) else set(regions)
    unknown = wanted - set(net.regions)
    if unknown or not wanted:
        raise DataError(
            [
                Finding(
                    table="network",
                    column="regions",
                    value=some(sorted(unknown)),
                    rule="a problem is cut to some of its own regions",
                    remedy=f"Choose from: {some(net.regions)}.",
                )
            ]
        )
    points: Ints = np.flatnonzero([r in wanted for r in net.point_regions])
    sites: Ints = np.flatnonzero([r in wanted for r in net.site_regions])
    left: dict[Kind, Collection[str]] = {
        "demand point": {*(net.point_ids[i] for i in points), *(net.point_homes[i] for i in points)},
        "site": {net.site_ids[j] for j in sites},
        "region": wanted,
    }
    policy: dict[str, Any] = {}
    for name, rule in problem.policy.items():
        cut = rule.only(left)
        if cut is not rule:
            policy[name] = False if cut is None else cut
    prices = {name: price for name, price in problem.policy.prices.items() if policy.get(name) is not False}
    near = problem.to_ambulatory
    at = {i: k for k, i in enumerate(problem.scenarios.point_ids)}
    demand = problem.scenarios.replace(
        point_ids=tuple(net.point_ids[i] for i in points),
        women=problem.scenarios.women[:, [at[net.point_ids[i]] for i in points]],
    )
    return problem.replace(
        network=_network(net, points, sites),
        scenarios=demand,
        travel=_matrix(problem.travel, left["demand point"], left["site"]),
        to_ambulatory=None if near is None else _matrix(near, left["site"], near.destination_ids),
        travels={},
        named=(),
        split=None,
        worst_exceptions=tuple(i for i in problem.worst_exceptions if i in left["demand point"]),
        policy={**policy, "prices": prices},
    )


def _network(net: Network, points: Ints, sites: Ints) -> Network:
    """Places of some points and sites."""

    def of(values: Sequence[Any], kept: Ints) -> tuple[Any, ...]:
        return tuple(values[k] for k in kept)

    def columns(table: Mapping[str, Sequence[Any]], kept: Ints) -> dict[str, tuple[Any, ...]]:
        return {name: of(values, kept) for name, values in table.items()}

    there = set(of(net.point_ids, points))
    lands = {*of(net.point_regions, points), *of(net.site_regions, sites)}
    assert net.site_smallest is not None and net.site_largest is not None and net.existing_beds is not None
    return net.replace(
        point_ids=of(net.point_ids, points),
        point_names=of(net.point_names, points),
        point_regions=of(net.point_regions, points),
        point_lonlat=None if net.point_lonlat is None else net.point_lonlat[points],
        point_columns=columns(net.point_columns, points),
        point_homes=of(net.point_homes, points),
        point_shares=None if net.point_shares is None else net.point_shares[points],
        point_travel=of(net.point_travel, points),
        home_names=net.home_names,
        site_ids=of(net.site_ids, sites),
        site_names=of(net.site_names, sites),
        site_regions=of(net.site_regions, sites),
        site_kinds=of(net.site_kinds, sites),
        site_lonlat=None if net.site_lonlat is None else net.site_lonlat[sites],
        site_smallest=net.site_smallest[sites],
        site_largest=net.site_largest[sites],
        existing_beds=net.existing_beds[sites],
        site_points=tuple(i if i in there else "" for i in of(net.site_points, sites)),
        site_columns=columns(net.site_columns, sites),
        neonatal=tuple(net.neonatal[k] for k in sites),
        # As ambulatories, wards stay where they are.
        wards_elsewhere=tuple(ward for ward in net.wards if ward not in set(of(net.site_ids, sites))),
        region_names={r: name for r, name in net.region_names.items() if r in lands},
    )


def _matrix(matrix: TravelMatrix, origins: Collection[str], destinations: Collection[str]) -> TravelMatrix:
    """Ways between some places."""
    rows = [k for k, i in enumerate(matrix.origin_ids) if i in origins]
    columns = [k for k, j in enumerate(matrix.destination_ids) if j in destinations]
    return matrix.replace(
        origin_ids=tuple(matrix.origin_ids[k] for k in rows),
        destination_ids=tuple(matrix.destination_ids[k] for k in columns),
        values=matrix.values[np.ix_(rows, columns)],
    )
