"""Which sites cover which points: checked, and made smaller by what cannot matter.

References
----------
.. [1] Toregas, ReVelle (1973), Binary logic solutions to a class of location problem. Geographical Analysis 5(2).
.. [2] Church, Gerrard (2003), The multi-level location set covering model. Geographical Analysis 35(4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.linear import Bools, Doubles, Indices

DOMINANCE_WORK = 4e9
"""Multiplications spent on looking for rows or columns that others make superfluous; where it would be more, none."""


def cover_table(covers: Any) -> Bools:
    """Read what covers what, (n, m): a table of truth values or numbers, or a SciPy sparse matrix.

    Raises
    ------
    ValueError
        Where it is no table.
    """
    given = covers.toarray() if hasattr(covers, "tocsc") else np.asarray(covers)
    if given.ndim != 2 or 0 in given.shape:
        raise ValueError(f"covers is a table of points by sites, at least one of each; its shape is {given.shape}.")
    if given.dtype == bool:
        return np.asarray(given, dtype=bool)
    numbers = given.astype(np.float64)
    if np.isnan(numbers).any():
        raise ValueError("covers has a number or a truth value for each point and site; NaN is neither.")
    table: Bools = numbers != 0.0
    return table


def numbers_of(name: str, given: npt.ArrayLike | None, count: int, each: str, faults: list[str]) -> Doubles:
    """One finite number, not negative, for each point or site; ones where none are given."""
    if given is None:
        return np.ones(count)
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (count,) or not np.isfinite(values).all() or (values < 0).any():
        faults.append(f"{name} is {count} finite numbers, one for each {each}, not negative.")
        return np.ones(count)
    return values


def merged_rows(table: Bools) -> tuple[Indices, Indices]:
    """One row of each kind, and for each row which of those it is like."""
    packed = np.ascontiguousarray(np.packbits(table, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, like = np.unique(keys, return_index=True, return_inverse=True)
    return first.astype(np.int64), like.reshape(-1).astype(np.int64)


def superfluous_columns(table: Bools, cost: Doubles) -> Bools:
    """Columns that cover nothing another one does not cover at no more cost, (m,); of equals the first stays."""
    n, m = table.shape
    if float(n) * m * m > DOMINANCE_WORK:
        return np.zeros(m, dtype=bool)
    lost = np.ones(m, dtype=bool)
    # The cheapest of those that are alike: most of many columns are.
    order = np.argsort(cost, kind="stable")
    stay = order[merged_rows(table.T[order])[0]]
    part = table[:, stay]
    lost[stay] = _superfluous(part.T, part.sum(axis=0), cost[stay])
    return lost


def superfluous_rows(table: Bools) -> Bools:
    """Rows that are covered wherever another one is, (n,); of equals the first stays."""
    n, m = table.shape
    if float(n) * n * m > DOMINANCE_WORK:
        return np.zeros(n, dtype=bool)
    # A row with more sites is covered where one with some of them is: the complement has fewer.
    return _superfluous(~table, m - table.sum(axis=1), np.zeros(n))


def _superfluous(sets: Bools, size: npt.NDArray[np.integer[Any]], cost: Doubles) -> Bools:
    """Which sets (rows) are part of another one that costs no more."""
    counts = sets.astype(np.float32)
    part = (counts @ counts.T) == size[:, None]
    part &= cost[None, :] <= cost[:, None]
    order = np.arange(len(size))
    same = (size[:, None] == size[None, :]) & (cost[None, :] == cost[:, None])
    part &= ~same | (order[None, :] < order[:, None])
    lost: Bools = part.any(axis=1)
    return lost


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduced:
    """What is left of a set-covering problem, and what is decided of it.

    Attributes
    ----------
    rows, columns : ndarray of int
        Points and sites that are left.
    forced : ndarray of int
        Sites that every cover without superfluous sites has.
    """

    rows: Indices
    columns: Indices
    forced: Indices


def reduced(table: Bools, cost: Doubles) -> Reduced:
    """Drop points and sites that others make superfluous, and open what is the only one for a point, in turns.

    Some cheapest cover of all points consists of `forced` and a cheapest cover of the rows left by the columns left.
    Every point has a site.
    """
    rows, _ = merged_rows(table)
    columns, forced = np.arange(table.shape[1]), np.zeros(0, dtype=np.int64)
    while True:
        before = len(rows), len(columns)
        part = table[np.ix_(rows, columns)]
        stays = ~superfluous_columns(part, cost[columns])
        columns, part = columns[stays], part[:, stays]
        only = part[part.sum(axis=1) == 1].any(axis=0)
        if only.any():
            forced = np.append(forced, columns[only])
            rows = rows[~part[:, only].any(axis=1)]
            columns = columns[~only]
            part = table[np.ix_(rows, columns)]
        rows = rows[~superfluous_rows(part)]
        if not len(rows):
            columns = columns[:0]
        if (len(rows), len(columns)) == before:
            return Reduced(rows=rows, columns=columns, forced=np.sort(forced))


def greedy_cover(table: Bools, cost: Doubles) -> Indices:
    """A cover of all rows: again and again the column that covers most for its cost; superfluous ones leave."""
    left, chosen = np.ones(len(table), dtype=bool), []
    counts = table.astype(np.float32)
    gain = counts.sum(axis=0, dtype=np.float64)
    while left.any():
        worth = np.divide(gain, cost, out=np.where(gain > 0.0, np.inf, 0.0), where=cost > 0.0)
        best = int(worth.argmax())
        new = left & table[:, best]
        chosen.append(best)
        gain -= counts[new].sum(axis=0, dtype=np.float64)
        left &= ~new
    times = table[:, chosen].sum(axis=1)
    kept = []
    for j in sorted(chosen, key=lambda j: -cost[j]):
        if (times[table[:, j]] > 1).all():
            times = times - table[:, j]
        else:
            kept.append(j)
    return np.array(sorted(kept), dtype=np.int64)
