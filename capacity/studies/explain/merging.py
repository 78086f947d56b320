"""Demand points that no rule tells apart, merged into one: the same question, much smaller.

Whether there is a plan depends on travel only through what the rules allow: which sites a point may use
(`reach`, `own_region`), which of them count as near (`region_access`), and its region. Where shares may be
split, points that agree in these may be added up: the mean of their shares keeps every linear rule that
the shares keep, and shares of the sum are shares of each.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.problem.problem import Problem
from capacity.rules import Shares, allowed_pairs, allowed_sites, rules_on


@dataclass(frozen=True, kw_only=True, eq=False)
class Merged:
    """A problem with fewer demand points that has a plan when the whole one has.

    Attributes
    ----------
    problem : Problem
        Its points are named by the first of those they stand for.
    of : ndarray (n,) of int
        The merged point each point of the whole problem went into.
    """

    problem: Problem
    of: Ints

    def spread(self, shares: Shares) -> Shares:
        """Shares of the merged points as shares of each of their points."""
        count = np.bincount(self.of)
        members, start = np.argsort(self.of, kind="stable"), np.cumsum(count) - count
        times = count[shares.point]
        entry = np.repeat(np.arange(len(shares.share)), times)
        step = np.arange(len(entry)) - np.repeat(np.cumsum(times) - times, times)
        point = members[start[shares.point[entry]] + step]
        order = np.lexsort((shares.site[entry], point, shares.scenario[entry]))
        entry, point = entry[order], point[order]
        return Shares(
            shape=(shares.shape[0], len(self.of), shares.shape[2]),
            scenario=shares.scenario[entry],
            point=point,
            site=shares.site[entry],
            share=shares.share[entry],
        )


def merge(problem: Problem) -> Merged:
    """Add up the points that the rules do not tell apart.

    Rules that do tell them all apart are let go: a plan of the merged problem need not keep them, but where
    there is none the whole problem has none either.
    """
    apart = [rule.name for rule in rules_on(problem) if rule.told(problem) is None]
    loose = problem.replace(policy=dict.fromkeys(apart)) if apart else problem
    sites, net = allowed_sites(loose), loose.network
    told = [net.point_region_index[:, None], allowed_pairs(loose)[:, sites]]
    # A rule with a price tells them apart as well: what it is broken by is counted.
    for rule in rules_on(loose):
        for each in rule.told(loose) or ():
            told.append(each[:, sites] if each.ndim > 1 else each[:, None])
    table = np.concatenate(told, axis=1).astype(np.int64)
    _, first, of = np.unique(table, axis=0, return_index=True, return_inverse=True)
    of = np.asarray(of).reshape(-1)
    ids = tuple(net.point_ids[i] for i in first)
    women = np.stack([np.bincount(of, each, len(first)) for each in loose.women])
    # A rule may name the place a point is a part of.
    named = (*ids, *(net.point_homes[i] for i in first))
    fewer = {rule.name: rule.merged(named) for rule in rules_on(loose)}
    changed = {name: rule for name, rule in fewer.items() if rule is not loose.policy[name]}
    loose = loose.replace(policy=changed) if changed else loose
    return Merged(
        of=of,
        problem=dataclasses.replace(
            loose,
            network=net.replace(
                point_ids=ids,
                point_names=ids,
                point_regions=tuple(net.point_regions[i] for i in first),
                point_lonlat=None,
                point_columns={},
                point_homes=tuple(net.point_homes[i] for i in first),
                point_shares=None if net.point_shares is None else net.point_shares[first],
                point_travel=tuple(net.point_travel[i] for i in first),
                home_names=net.home_names,
                site_points=(),
            ),
            scenarios=loose.scenarios.replace(point_ids=ids, women=women),
            travel=loose.travel.replace(
                origin_ids=ids, destination_ids=net.site_ids, values=_mean_minutes(loose, of, len(first))
            ),
            travels={},
            # Of what is minimised nothing is asked.
            worst_exceptions=(),
            named=(),
            split=None,
        ),
    )


def alone(problem: Problem) -> Merged:
    """The problem as it is, each point by itself."""
    return Merged(problem=problem, of=np.arange(len(problem.network.point_ids)))


def _mean_minutes(problem: Problem, of: Ints, count: int) -> Floats:
    """Minutes from merged points, means over women: on the same side of every limit as each of them, (K, m)."""
    each = np.empty((count, problem.minutes.shape[1]))
    for k in range(count):
        here = of == k
        weight = problem.expected_women[here]
        minutes = problem.minutes[here]
        # Where there is no way for one there is none for any, or nobody may use the site.
        way = np.isfinite(minutes).all(axis=0)
        mean = np.average(minutes[:, way], axis=0, weights=weight if weight.sum() > 0 else None)
        each[k] = np.inf
        each[k, way] = np.clip(mean, minutes[:, way].min(axis=0), minutes[:, way].max(axis=0))
    return each
