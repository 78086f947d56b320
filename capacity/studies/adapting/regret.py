"""The least worst regret over the figures: a linear programme over policies, each the best of some weights of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Floats

MOST_ROUNDS = 12
"""Programmes at most."""

CLOSED = 0.02
"""The bounds are close enough when they differ by this part of the upper one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LeastRegret:
    """What worst regret no policy can go below, and what one gets.

    Attributes
    ----------
    bound : float
        DKK; no policy, nor any chance between policies, has a lower worst regret over the figures.
    mixed : float
        Worst regret of choosing between the policies found by chance.
    single : float
        Least worst regret of one of them.
    rounds : int
    weights : mapping of figure id to weight
        Under which the bound was found.
    """

    bound: float
    mixed: float
    single: float
    rounds: int
    weights: dict[str, float]


Solved = Callable[[Floats], tuple[float, Floats]]
"""Weights of the figures to what the best policy found costs under them, and that policy's cost under each figure."""

Proven = Callable[[Floats], float]
"""Weights of the figures to what no policy costs less than under them."""


def least_regret(
    solved: Solved, proven: Proven, knowing: Floats, first: Floats, ids: tuple[str, ...], rounds: int = MOST_ROUNDS
) -> LeastRegret:
    """Close in on the least worst regret.

    Parameters
    ----------
    solved : callable
    knowing : ndarray (figures,)
        Least cost under each figure with its level known.
    first : ndarray (figures,)
        Cost of the policy there is, under each figure.
    """
    policies = [first - knowing]
    least, best = 0.0, np.full(len(ids), 1 / len(ids))
    mixed, weights = _mixed(np.array(policies))
    for _ in range(rounds):
        cost, costs = solved(weights)
        found = cost - float(weights @ knowing)
        if found > least:
            least, best = found, weights
        policies.append(costs - knowing)
        mixed, weights = _mixed(np.array(policies))
        if mixed - least <= CLOSED * max(mixed, 1.0):
            break
    bound = max(proven(best) - float(best @ knowing), 0.0)
    return LeastRegret(
        bound=min(bound, mixed),
        mixed=mixed,
        single=float(min(one.max() for one in policies)),
        rounds=len(policies) - 1,
        weights={i: float(w) for i, w in zip(ids, best, strict=True) if w > CLOSED / len(ids)},
    )


def _mixed(regret: Floats) -> tuple[float, Floats]:
    """Least worst regret over chances between policies, and the weights of figures that prove it."""
    from scipy.optimize import linprog

    many, figures = regret.shape
    # In parts of the largest: the solver's tolerance is one of numbers near one.
    scale = max(float(np.abs(regret).max()), 1.0)
    regret = regret / scale
    cost = np.append(np.zeros(many), 1.0)
    found = linprog(
        cost,
        A_ub=np.column_stack([regret.T, -np.ones(figures)]),
        b_ub=np.zeros(figures),
        A_eq=np.append(np.ones(many), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * many + [(None, None)],
        method="highs",
    )
    weights = np.maximum(-found.ineqlin.marginals, 0.0)
    return float(found.fun or 0.0) * scale, np.asarray(weights / weights.sum())
