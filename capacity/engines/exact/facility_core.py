"""The mixed-integer program over the sites and pairs that a node's bound has left, where there are no capacities.

A point then uses the nearest open site wholly, so a pair may go when every solution that uses it is too dear. (With
capacities shares may be small, and pairs may not go.)
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from capacity.engines.exact.core_tree import Core, Tree
from capacity.engines.exact.covering_program import cost_scale, solved
from capacity.engines.exact.facility_instance import Instance
from capacity.engines.exact.facility_lagrangian import Ascent
from capacity.engines.exact.linear import Bools

MOST_PAIRS = 60_000
"""A program with more pairs is left to the branch and bound."""

LEAST_OPEN = 15
"""Relaxed choices of fewer sites are split: that takes less time."""


NODES = 300
"""Nodes of its tree after which general branch and cut takes over."""


def core_of(instance: Instance, ascent: Ascent, cutoff: float) -> Core | None:
    """What is left of a node for solutions that cost no more than `cutoff`; None when it is not small, or no use."""
    if instance.bounded or not np.isfinite(cutoff) or np.count_nonzero(ascent.choice.opened) < LEAST_OPEN:
        return None
    sites, lam = ascent.sites, ascent.lam
    cost, demand = instance.cost[sites], instance.demand
    over = np.where(ascent.choice.opened > 0.0, 0.0, np.maximum(ascent.choice.flip, 0.0))
    relaxed = ascent.relaxed - 2.0 * ascent.slack
    rises = demand * np.maximum(cost - lam / demand, 0.0)
    pairs = np.isfinite(cost) & (relaxed + over[:, None] + rises <= cutoff)
    if np.count_nonzero(pairs) > MOST_PAIRS:
        return None
    site, point = np.nonzero(pairs)
    return Core(
        opening=instance.fixed[sites],
        forced=ascent.forced,
        p=None,
        site=site,
        point=point,
        cost=cost[site, point] * demand[point],
        otherwise=lam + max(cutoff - relaxed, 0.0),
    )


def searched(
    core: Core, *, cutoff: Callable[[], float], offer: Callable[[Bools], None], deadline: float
) -> tuple[float, bool]:
    """Offer the best solutions of a core; a bound on those below the cutoff, and whether all were looked at."""
    scale = cost_scale(core.cost)
    tree = Tree(core, scale, cutoff=cutoff, offer=offer, deadline=deadline)
    if tree.run(NODES):
        return np.inf, True
    left = None if np.isinf(deadline) else deadline - perf_counter()
    if left is not None and left <= 0.0:
        return tree.bound, False
    values, bound = solved(core.program(scale, whole=True), scale, False, left)
    if values is not None:
        offer(values[: len(core.opening)] > 0.5)
    return max(bound, tree.bound), True
