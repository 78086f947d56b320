"""Rows about places as coverings: which pairs of point and site count, and how much of them a plan must have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.tree.statement import Statement


@dataclass(frozen=True, kw_only=True, eq=False)
class Coverage:
    """Rows that count the same pairs of point and column, each with amounts of its own.

    Attributes
    ----------
    points : ndarray (n',)
    pairs : ndarray (n', c) of float
        One where a pair counts.
    amount : ndarray (T, n')
        What a point brings to each row when its pair counts.
    opened : ndarray (T, c)
        What an open column brings.
    lower : ndarray (T,)
        Less what is brought in any case.
    """

    points: Ints
    pairs: Floats
    amount: Floats
    opened: Floats
    lower: Floats

    def may_hold(self, taken: Bools) -> bool:
        """Whether the rows may hold with these columns open, wherever families go."""
        counts = self.pairs[:, taken].max(axis=1, initial=0.0)
        return bool((self.amount @ counts + self.opened[:, taken].sum(axis=1) >= self.lower).all())


def coverages(statement: Statement, columns: Ints) -> list[Coverage]:
    """The rows that give every point one of two coefficients; the others are left to the rules.

    Parameters
    ----------
    statement : Statement
    columns : ndarray (c,) of int
        Sites that are looked at.
    """
    found: dict[tuple[bytes, bytes], list[tuple[Floats, Floats, float]]] = {}
    where: dict[tuple[bytes, bytes], tuple[Ints, Bools]] = {}
    for need in statement.needs:
        weight = statement.weight[need.points]
        for coefficient, opened, lower in zip(need.coefficient, need.opened, need.lower.tolist(), strict=True):
            low, high = coefficient.min(axis=1, initial=np.inf), coefficient.max(axis=1, initial=-np.inf)
            counts = coefficient > ((low + high) / 2)[:, None]
            if not (np.where(counts, high[:, None], low[:, None]) == coefficient).all():
                continue
            key = need.points.tobytes(), counts.tobytes()
            where[key] = need.points, counts
            found.setdefault(key, []).append((weight * (high - low), opened[columns], lower - float(weight @ low)))
    return [
        Coverage(
            points=where[key][0],
            pairs=where[key][1][:, columns].astype(np.float64),
            amount=np.stack([row[0] for row in rows]),
            opened=np.stack([row[1] for row in rows]),
            lower=np.array([row[2] for row in rows]),
        )
        for key, rows in found.items()
    ]
