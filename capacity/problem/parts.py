"""Demand points in parts: families of one place whose ways differ, such as those with and those without a car.

A mean over them would say of nobody how far they travel: who has a car may live within the hour, who has none beyond.
So each part is a demand point of its own, with its share of the place's women and its own ways; every rule, objective
and figure then counts women and not places. The parts know the place they are of (`Network.point_homes`), by whose
columns demand is split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats, Ints, floats
from capacity.errors import DataError, Finding, some
from capacity.problem.demand import exact_parts

if TYPE_CHECKING:
    from capacity.problem.network import Network
    from capacity.problem.problem import Problem
    from capacity.problem.travel import TravelMatrix

TRANSIT = "transit"
"""What `Network.point_travel` calls families without a car."""

MARK = f":{TRANSIT}"
"""What the id of families without a car ends with."""

NEAR = " (sites to ambulatories)"
"""What names in `Problem.travels` the ways from sites, which have no parts, end with."""

NAMED = "{name} (without a car)"
"""Of a comma lists of them would make two places."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """What a problem's demand points become.

    Attributes
    ----------
    of : ndarray (K,) of int
        The point each part is of.
    ids, names, travel : tuple of str, length K
    share : ndarray (K,)
        Of the point's families.
    minutes : ndarray (K, m)
        By the problem's sites; NaN where it is the point's own.
    """

    of: Ints
    ids: tuple[str, ...]
    names: tuple[str, ...]
    travel: tuple[str, ...]
    share: Floats
    minutes: Floats


def by_transit(problem: Problem, transit: TravelMatrix, without_car: float | str) -> Problem:
    """The problem with families with and without a car apart.

    Parameters
    ----------
    problem : Problem
    transit : TravelMatrix
        Of the families without a car, from each place to each site.
    without_car : float or str
        Their share, or the column of the demand points that holds it.
    """
    net = problem.network
    count = len(net.point_ids)
    share = shares_of(problem, without_car)
    taken = [f"{i}{MARK}" for i in net.point_ids if f"{i}{MARK}" in net.point_ids]
    if taken:
        raise DataError([_fault("transit", some(taken), f"no demand point's id ends with {MARK}", "Rename them.")])
    homes = list(dict.fromkeys(net.point_homes))
    minutes = transit.aligned(homes, net.site_ids)[[homes.index(home) for home in net.point_homes]]
    lost = [i for i, way, s in zip(net.point_ids, minutes, share, strict=True) if s > 0 and not np.isfinite(way).any()]
    lost = [i for i in lost if problem.active[net.point_ids.index(i)]]
    if lost:
        rule = "families without a car reach some site by public transport"
        remedy = f"Give their rows of {transit.source} a way, or a share of 0."
        raise DataError([_fault("transit", some(lost), rule, remedy)])
    each: Ints = np.arange(count)
    return parted(
        problem,
        Parts(
            of=np.concatenate([each, each]),
            ids=(*net.point_ids, *(f"{i}{MARK}" for i in net.point_ids)),
            names=(*net.point_names, *(NAMED.format(name=name) for name in net.point_names)),
            travel=("",) * count + (TRANSIT,) * count,
            share=np.concatenate([1 - share, share]),
            minutes=np.concatenate([np.full(minutes.shape, np.nan), minutes]),
        ),
    ).replace(origin={**problem.origin, "transit_source": transit.source, "without_car": without_car})


def shares_of(problem: Problem, without_car: float | str) -> Floats:
    """Share of families without a car of each demand point, (n,)."""
    net = problem.network
    if isinstance(without_car, str):
        if without_car not in net.point_columns:
            remedy = f"Write a share such as 0.3, or a column: {some(net.point_columns)}."
            raise DataError([_fault("without_car", without_car, "the share is a column of the demand points", remedy)])
        given = net.point_columns[without_car]
    else:
        given = (without_car,) * len(net.point_ids)
    whole = [isinstance(x, (int, float, np.number)) and not isinstance(x, bool) and 0 <= x <= 1 for x in given]
    if not all(whole):
        said = some(f"{i}: {x}" for i, x, fine in zip(net.point_ids, given, whole, strict=True) if not fine)
        remedy = "Write a share, not per cent: 0.3."
        raise DataError([_fault("without_car", said, "a share of families is a number from 0 to 1", remedy)])
    return np.array(given, dtype=float)


def parted(problem: Problem, parts: Parts) -> Problem:
    """The problem with its demand points in parts."""
    net, of = problem.network, parts.of
    before = np.ones(len(net.point_ids)) if net.point_shares is None else net.point_shares
    network = net.replace(
        point_ids=parts.ids,
        point_names=parts.names,
        point_regions=tuple(net.point_regions[i] for i in of),
        point_lonlat=None if net.point_lonlat is None else net.point_lonlat[of],
        point_columns={name: tuple(values[i] for i in of) for name, values in net.point_columns.items()},
        point_homes=tuple(net.point_homes[i] for i in of),
        point_shares=before[of] * parts.share,
        point_travel=parts.travel,
        home_names=net.home_names,
    )

    def ways(matrix: TravelMatrix) -> TravelMatrix:
        old = matrix.aligned(net.point_ids, net.site_ids)[of]
        return matrix.replace(
            origin_ids=parts.ids,
            destination_ids=net.site_ids,
            values=np.where(np.isnan(parts.minutes), old, parts.minutes),
        )

    return problem.replace(
        network=network,
        scenarios=problem.scenarios.replace(point_ids=parts.ids, women=_dealt(problem.women, of, parts.share)),
        travel=ways(problem.travel),
        travels={name: one if name.endswith(NEAR) else ways(one) for name, one in problem.travels.items()},
    )


def _dealt(women: Floats, of: Ints, share: Floats) -> Floats:
    """Women of each point over its parts, each point's own number to the last bit, (S, K)."""
    out = np.zeros((len(women), len(of)))
    for i in range(women.shape[1]):
        mine = np.flatnonzero(of == i)
        for s, here in enumerate(women[:, i].tolist()):
            out[s, mine] = exact_parts(here, share[mine]) if here > 0 else 0.0
    return out


def with_share(problem: Problem, without_car: float | str) -> Problem:
    """The problem, in parts by car, with another share of families without one."""
    net = problem.network
    assert net.point_shares is not None
    at = {i: k for k, i in enumerate(net.point_ids)}
    pair: Ints = np.array([[at[i], at[f"{i}{MARK}"]] for i in net.point_ids if f"{i}{MARK}" in at]).reshape(-1, 2)
    share = shares_of(problem, without_car)[pair[:, 0]]
    whole = net.point_shares[pair].sum(axis=1)
    part = np.stack([1 - share, share], axis=1)
    shares, women = net.point_shares.copy(), problem.women.copy()
    shares[pair] = whole[:, None] * part
    women[:, pair] = women[:, pair].sum(axis=2)[:, :, None] * part
    return problem.replace(
        network=net.replace(point_shares=shares),
        scenarios=problem.scenarios.replace(point_ids=net.point_ids, women=women),
        origin={**problem.origin, "without_car": without_car},
    )


def homes_of(net: Network) -> tuple[tuple[str, ...], Ints, Ints]:
    """The places of a network: their ids, each point's place, and the first point of each place."""
    ids = tuple(dict.fromkeys(net.point_homes))
    at = {home: k for k, home in enumerate(ids)}
    of: Ints = np.array([at[home] for home in net.point_homes], dtype=np.int64)
    first: Ints = np.unique(of, return_index=True)[1]
    return ids, of, first


def spread(net: Network, values: Floats) -> Floats:
    """Amounts by place over their parts, (..., n)."""
    _, of, _ = homes_of(net)
    assert net.point_shares is not None
    if not net.parted:
        return values
    whole = np.bincount(of, net.point_shares)
    return floats(values[..., of] * (net.point_shares / whole[of]))


def weights(net: Network, column: Sequence[float] | Floats) -> Floats:
    """A column of places, such as people, as what each part holds of it, (n,)."""
    assert net.point_shares is not None
    return np.asarray(np.array(column, dtype=np.float64) * net.point_shares)


def _fault(column: str, value: str, rule: str, remedy: str) -> Finding:
    return Finding(table="travel", column=column, value=value, rule=rule, remedy=remedy)
