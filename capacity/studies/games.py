"""Cooperative games of a few players: what each coalition costs, and how what all cost together may be divided.

A coalition is a number whose bits are its players. Values are costs: infinite where a coalition can do nothing.

References
----------
L. S. Shapley 1953, "A value for n-person games"; D. Schmeidler 1969, "The nucleolus of a characteristic function game";
B. Peleg and P. Sudholter 2007, *Introduction to the Theory of Cooperative Games*, 2nd ed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
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
    least, n = cost.copy(), (len(cost) - 1).bit_length()
    first = np.arange(len(cost))
    # A part with the first player, so that each division is looked at once; what is left is of later players.
    for lowest in range(n - 1, -1, -1):
        later = np.arange(lowest + 1, n)
        for part in range(1 << lowest, len(cost), 2 << lowest):
            # A part that costs less in parts of its own is never one of the best.
            if not np.isfinite(cost[part]) or first[part] != part:
                continue
            rest = _subsets(later[part >> later & 1 == 0])[1:]
            whole = part | rest
            both = cost[part] + least[rest]
            # As one, or as found before, unless it costs less.
            better = both < least[whole] - TIE * np.where(np.isfinite(both), np.abs(both), 0.0)
            least[whole[better]], first[whole[better]] = both[better], part
    left, parts = len(cost) - 1, []
    while left:
        parts.append(int(first[left]))
        left ^= parts[-1]
    return least, tuple(sorted(parts, key=lambda part: members(part)))


def _subsets(players: Ints) -> Ints:
    """Every coalition of some players, that of nobody first."""
    found = np.zeros(1, dtype=np.int64)
    for k in players.tolist():
        found = np.concatenate([found, found | 1 << k])
    return found


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
    n = (len(cost) - 1).bit_length()
    if n == 1:
        return np.array([cost[1]])
    value, size = _in_unit(cost)
    inside = table(n).astype(float)
    free: Ints = np.flatnonzero(np.isfinite(value[1:-1])) + 1
    held: list[int] = [len(cost) - 1]
    level: list[float] = [float(value[-1])]
    while np.linalg.matrix_rank(inside[held]) < n:
        found = _least_excess(inside, value, free, held, level) if len(free) else None
        if found is None:
            return None
        held += found.met.tolist()
        level += (value[found.met] + found.excess).tolist()
        # Those that the rows held decide already can move no more.
        free = free[_move(inside[held], inside[free])]
    pays: Floats = np.linalg.lstsq(inside[held], np.array(level), rcond=None)[0]
    return np.asarray(pays * size)


def least_core(cost: Floats) -> float | None:
    """The least by which the most objecting coalition pays too much, whatever the division; at most nothing: a core.

    None where what is infinite leaves every division open.
    """
    value, size = _in_unit(cost)
    free: Ints = np.flatnonzero(np.isfinite(value[1:-1])) + 1
    whole = len(cost) - 1
    if not len(free) or not np.isfinite(cost[whole]):
        return None
    inside = table((len(cost) - 1).bit_length()).astype(float)
    found = _least_excess(inside, value, free, [whole], [float(value[-1])])
    return None if found is None else found.excess * size


def _in_unit(cost: Floats) -> tuple[Floats, float]:
    """Costs by the largest of them, and that."""
    size = float(np.abs(cost[np.isfinite(cost)]).max(initial=0.0)) or 1.0
    return cost / size, size


def _move(held: Floats, rows: Floats) -> Bools:
    """Which coalitions' payments are not decided by those held."""
    _, strength, directions = np.linalg.svd(held, full_matrices=False)
    known = directions[strength > MOVES * strength.max()]
    return np.asarray(np.abs(rows - (rows @ known.T) @ known).max(axis=1) > MOVES)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Excess:
    """The least largest excess, and the coalitions that meet it in every division in which it is that small."""

    excess: float
    met: Ints


FEW = 300
"""Coalitions a program begins with; each time it is solved as many more are asked, of those that object most."""


def _least_excess(
    inside: Floats, value: Floats, free: Ints, held: Sequence[int], level: Sequence[float]
) -> _Excess | None:
    """The least largest excess of the free coalitions, those held paying just so much; None where nothing bounds it.

    A division is asked of the coalitions that object to it alone: of many, few decide (constraint generation).
    """
    from scipy.optimize import linprog

    n = inside.shape[1]
    count = inside[free].sum(axis=1)
    # Those of one player and of all but one bound the others' excess.
    asked = np.zeros(len(free), dtype=bool)
    asked[np.argsort(np.minimum(count, n - count), kind="stable")[:FEW]] = True
    while True:
        rows = free[asked]
        solved = linprog(
            np.append(np.zeros(n), 1.0),
            A_ub=np.column_stack([inside[rows], -np.ones(len(rows))]),
            b_ub=value[rows],
            A_eq=np.column_stack([inside[held], np.zeros(len(held))]),
            b_eq=level,
            bounds=(None, None),
            method="highs",
        )
        if solved.x is None:
            if asked.all():
                return None
            asked[np.flatnonzero(~asked)[:: max(1, int((~asked).sum()) // FEW)]] = True
            continue
        over = np.where(asked, -np.inf, inside[free] @ solved.x[:n] - value[free] - solved.x[-1])
        worst_first = np.argsort(-over, kind="stable")[:FEW]
        objecting = worst_first[over[worst_first] > 0]
        if not len(objecting):
            return _Excess(excess=float(solved.x[-1]), met=rows[solved.ineqlin.marginals < -NO_PRICE])
        asked[objecting] = True
