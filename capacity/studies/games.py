"""Cooperative games of a few players: what each coalition costs, and how what all cost together may be divided.

A coalition is a number whose bits are its players. Values are costs: infinite where a coalition can do nothing.

References
----------
L. S. Shapley 1953, "A value for n-person games"; D. Schmeidler 1969, "The nucleolus of a characteristic function game";
B. Peleg and P. Sudholter 2007, *Introduction to the Theory of Cooperative Games*, 2nd ed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.tolerances import MOVES, NO_PRICE, TIE


def members(coalition: int) -> tuple[int, ...]:
    """Players of a coalition."""
    return tuple(k for k in range(coalition.bit_length()) if coalition >> k & 1)


def table(players: int) -> Bools:
    """Which players are in each coalition, (2^n, n)."""
    return np.asarray((np.arange(2**players)[:, None] >> np.arange(players)) & 1 > 0)


def cover(cost: Floats) -> tuple[Floats, tuple[int, ...]]:
    """The least each coalition costs if it may work in parts, and the parts of all together.

    Parameters
    ----------
    cost : ndarray (2^n,)
        Of each coalition as one; nothing for that of nobody.
    """
    least = cost.copy()
    first = np.arange(len(cost))
    for whole in range(1, len(cost)):
        lowest = whole & -whole
        part = (whole - 1) & whole
        while part:
            # A part with the first player, so that each division is looked at once; as one unless it costs less.
            if part & lowest:
                both = cost[part] + least[whole ^ part]
                if np.isfinite(both) and both < least[whole] - TIE * abs(both):
                    least[whole], first[whole] = both, part
            part = (part - 1) & whole
    left, parts = len(cost) - 1, []
    while left:
        parts.append(int(first[left]))
        left ^= parts[-1]
    return least, tuple(sorted(parts, key=lambda part: members(part)))


def shapley(cost: Floats) -> Floats | None:
    """What each adds on average over all orders in which players may come, (n,); None where some cost is infinite."""
    if not np.isfinite(cost).all():
        return None
    n = (len(cost) - 1).bit_length()
    inside = table(n)
    size = inside.sum(axis=1)
    weight = np.array([math.factorial(k) * math.factorial(n - 1 - k) / math.factorial(n) for k in range(n)])
    share = np.zeros(n)
    for k in range(n):
        without = np.flatnonzero(~inside[:, k])
        share[k] = weight[size[without]] @ (cost[without | 1 << k] - cost[without])
    return share


@dataclass(frozen=True, kw_only=True, eq=False)
class Objection:
    """The coalition that pays most beyond what it would cost alone.

    Attributes
    ----------
    coalition : int
        0 where nobody pays too much.
    excess : float
        What it pays beyond; below nothing where every coalition gains.
    """

    coalition: int
    excess: float


def worst(cost: Floats, pays: Floats) -> Objection:
    """The coalition of some players that objects most to a division, (n,)."""
    inside = table(len(pays))[1:-1]
    excess = inside @ pays - cost[1:-1]
    if not len(excess):
        return Objection(coalition=0, excess=0.0)
    k = int(np.argmax(excess))
    room = TIE * max(1.0, float(np.abs(pays).sum()))
    return Objection(coalition=k + 1 if excess[k] > room else 0, excess=float(excess[k]))


def nucleolus(cost: Floats) -> Floats | None:
    """The division whose largest objections are least, one after the other, (n,).

    A sequence of linear programs: the largest excess is made least; the coalitions that meet it in every best
    division (their row has a price) are held there; then the next largest, until the division is the only one. The
    rows held are then solved as equations. None where what is infinite leaves it open.
    """
    from scipy.optimize import linprog

    n = (len(cost) - 1).bit_length()
    if n == 1:
        return np.array([cost[1]])
    size = float(np.abs(cost[np.isfinite(cost)]).max(initial=0.0)) or 1.0
    value = cost / size
    inside = table(n).astype(float)
    free = [s for s in range(1, len(cost) - 1) if np.isfinite(value[s])]
    held: list[int] = [len(cost) - 1]
    level: list[float] = [float(value[-1])]
    while np.linalg.matrix_rank(inside[held]) < n:
        if not free:
            return None
        solved = linprog(
            np.append(np.zeros(n), 1.0),
            A_ub=np.column_stack([inside[free], -np.ones(len(free))]),
            b_ub=value[free],
            A_eq=np.column_stack([inside[held], np.zeros(len(held))]),
            b_eq=level,
            bounds=(None, None),
            method="highs",
        )
        if solved.x is None:
            return None
        priced = solved.ineqlin.marginals < -NO_PRICE
        met = [s for s, here in zip(free, priced, strict=True) if here]
        held += met
        level += [float(value[s] + solved.x[-1]) for s in met]
        # Those that the rows held decide already can move no more.
        free = [s for s, here in zip(free, priced, strict=True) if not here and _moves(inside[held], inside[s])]
    pays: Floats = np.linalg.lstsq(inside[held], np.array(level), rcond=None)[0]
    return np.asarray(pays * size)


def _moves(held: Floats, row: Floats) -> bool:
    """Whether what a coalition pays is not decided by what others do."""
    there = np.linalg.lstsq(held.T, row, rcond=None)[0]
    return bool(np.abs(held.T @ there - row).max() > MOVES)


def least_core(cost: Floats) -> float | None:
    """The least by which the most objecting coalition pays too much, whatever the division; at most nothing: a core.

    None where what is infinite leaves every division open.
    """
    from scipy.optimize import linprog

    n = (len(cost) - 1).bit_length()
    some = [s for s in range(1, len(cost) - 1) if np.isfinite(cost[s])]
    if not some:
        return None
    size = float(np.abs(cost[np.isfinite(cost)]).max(initial=0.0)) or 1.0
    inside = table(n).astype(float)
    solved = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.column_stack([inside[some], -np.ones(len(some))]),
        b_ub=cost[some] / size,
        A_eq=np.append(np.ones(n), 0.0)[None],
        b_eq=[cost[-1] / size],
        bounds=(None, None),
        method="highs",
    )
    return None if solved.x is None else float(solved.x[-1] * size)
