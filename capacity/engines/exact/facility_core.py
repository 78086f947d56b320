"""The mixed-integer program over the sites and pairs that a node's bound has left, where there are no capacities.

A point then uses the nearest open site wholly, so a pair may go when every solution that uses it is too dear. (With
capacities shares may be small, and pairs may not go.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.engines.exact.covering_program import cost_scale, solved
from capacity.engines.exact.facility_instance import Instance
from capacity.engines.exact.facility_lagrangian import Ascent
from capacity.engines.exact.linear import Bools, Indices, LinearProgram

MOST_PAIRS = 60_000
"""A program with more pairs is left to the branch and bound."""

LEAST_OPEN = 15
"""Relaxed choices of fewer sites are split: that takes less time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Core:
    """A program whose first columns are sites.

    Attributes
    ----------
    program : LinearProgram
        Costs in parts of `scale`.
    sites : ndarray of int, (k,)
    scale : float
    """

    program: LinearProgram
    sites: Indices
    scale: float

    def best(self, time_limit: float | None) -> tuple[Indices | None, float]:
        """The sites, if any are found, and a bound on all that is in the program."""
        values, bound = solved(self.program, self.scale, False, time_limit)
        return None if values is None else self.sites[values[: len(self.sites)] > 0.5], bound


def core_of(instance: Instance, ascent: Ascent, cutoff: float) -> Core | None:
    """The program of all solutions of a node that cost no more than `cutoff`; None when it is not small, or no use."""
    if instance.bounded or not np.isfinite(cutoff) or np.count_nonzero(ascent.choice.opened) < LEAST_OPEN:
        return None
    sites, lam = ascent.sites, ascent.lam
    cost, demand = instance.cost[sites], instance.demand
    over = np.where(ascent.choice.opened > 0.0, 0.0, np.maximum(ascent.choice.flip, 0.0))
    relaxed = ascent.relaxed - 2.0 * ascent.slack
    rises = demand * np.maximum(cost - lam / demand, 0.0)
    pairs = np.isfinite(cost) & (relaxed + over[:, None] + rises <= cutoff)
    if np.count_nonzero(pairs) > MOST_PAIRS or not pairs.any(axis=0).all():
        return None
    return _core(instance, sites, ascent.forced, pairs)


def _core(instance: Instance, sites: Indices, forced: Bools, pairs: Bools) -> Core:
    k, n = len(sites), len(instance.demand)
    site, point = np.nonzero(pairs)
    paid = instance.cost[sites[site], point] * instance.demand[point]
    scale = cost_scale(paid)
    columns = k + len(site)
    each = np.arange(len(site))
    program = LinearProgram(
        cost=np.concatenate([instance.fixed[sites], paid]) / scale,
        lower=np.concatenate([forced.astype(np.float64), np.zeros(len(site))]),
        upper=np.ones(columns),
        integer=np.arange(columns) < k,
    )
    program.add_rows(n, [(point, k + each, np.ones(len(site)))], 1.0, 1.0)
    program.add_rows(len(site), [(each, k + each, np.ones(len(site))), (each, site, -np.ones(len(site)))], -np.inf, 0.0)
    return Core(program=program, sites=sites, scale=scale)
