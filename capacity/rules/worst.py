"""The objective ``worst``: the longest way of any family, of named places none (`objective.worst_exceptions`).

Many plans may have the same longest way. The next longest can decide between them, and so on (`objective.worst_ties`):
the lexicographic order of the ways, longest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.rules import Plans, Variables, allowed_pairs, allowed_sites
from capacity.rules.objective import Linear, Objective, nothing_below_zero
from capacity.rules.rows import RowWriter

if TYPE_CHECKING:
    from capacity.problem.problem import Problem


def usable(p: Problem) -> Floats:
    """Pairs of point and site that some plan may use, (n, m) of bool."""
    return np.asarray(allowed_pairs(p) & allowed_sites(p)[None, :])


def ways_that_count(p: Problem) -> Floats:
    """Minutes of each pair, none of places that are exceptions, (n, m)."""
    if not p.worst_exceptions:
        return p.minutes
    net, named = p.network, p.worst_exceptions
    spared = np.isin(net.point_ids, named) | np.isin(net.point_homes, named)
    return np.asarray(np.where(spared[:, None], 0.0, p.minutes))


def shortest_ways(p: Problem, minutes: Floats) -> Floats:
    """Of each point somebody needs a stay at, the way to its nearest usable site."""
    best = np.where(usable(p), minutes, np.inf).min(axis=1)
    # On a course nobody is at a unit, whose ways alone are counted.
    near = np.isfinite(best) & (not p.outpatient.on)
    return np.asarray(np.where(near, best, 0.0)[p.active])


def _worst_by_scenario(p: Problem, plans: Plans) -> Floats:
    way, needed = plans.longest(ways_that_count(p)), p.women > 0
    if way.shape[1] > 1:
        return np.asarray(np.where(needed[None], way, 0.0).max(axis=2))
    # Scenarios in which the same points need stays have the same longest way.
    kinds, kind = np.unique(needed, axis=0, return_inverse=True)
    longest = [np.where(points, way[:, 0], 0.0).max(axis=1) for points in kinds]
    return np.asarray(np.stack(longest, axis=1)[:, kind.ravel()])


def _worst(p: Problem, plans: Plans) -> Floats:
    return np.asarray(_worst_by_scenario(p, plans).max(axis=1))


def _worst_model(p: Problem, v: Variables) -> Linear:
    """Levels of travel d_1 < d_2 < ...; u_l = 1 when somebody travels d_l or longer."""
    if p.worst_ties != "beds":
        rule = "plans with the same longest way are told apart by their next longest where every set is valued"
        remedy = 'Turn rules.nearest on (engine enumerate), or set objective.worst_ties to "beds".'
        raise DataError([Finding(table="objective", column="worst_ties", value=p.worst_ties, rule=rule, remedy=remedy)])
    ways = ways_that_count(p)[v.pair_point, v.pair_site]
    levels, level = np.unique(ways, return_inverse=True)
    reached = v.add(len(levels), upper=1, whole=True)
    out = RowWriter()
    for s in range(v.scenarios):
        needed = (p.women[s] > 0)[v.pair_point] if not v.shared else np.ones(v.pairs, bool)
        out.add_each(-1, [(v.share(s)[needed], 1.0), (reached[level][needed], -1.0)], upper=0)
    if len(levels) > 1:
        out.add_each(-1, [(reached[1:], 1.0), (reached[:-1], -1.0)], upper=0)
    steps = np.diff(levels, prepend=0.0)
    return Linear(columns=reached, cost=steps, rows=out.rows())


def _further_ways(p: Problem, plans: Plans) -> Floats | None:
    """Ways of the demand points somebody needs a stay at, the longest first, (B, n); None where beds decide."""
    if p.worst_ties == "beds":
        return None
    way = np.where(p.women.any(axis=0), plans.longest(ways_that_count(p)).max(axis=1), 0.0)
    return np.asarray(-np.sort(-way, axis=1))


WORST = Objective(
    name="worst",
    unit="minutes",
    sentence="Longest one-way travel of any family served.",
    by_scenario=_worst_by_scenario,
    expected=_worst,
    model=_worst_model,
    smallest_is_best=True,
    bedless=True,
    least=lambda p: float(shortest_ways(p, ways_that_count(p)).max()),
    floor=nothing_below_zero,
    in_common=lambda p: (1.0, 0.0),
    scale_free=True,
    steady_in_reach=True,
    shortest_first=True,
    ties=_further_ways,
    near="longest",
    outside=True,
    minimised=6,
    best_said="Shortest longest way",
    axis=("Longest one-way travel, minutes", 1.0),
)
