"""Travel between near places alone, where a table of all pairs could not be held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats, Ints, as_ids, bools
from capacity.errors import DataError, Finding, some
from capacity.problem.cells import MOST_DIGITS, Column, numbers

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array

MOST_CELLS = 30_000_000
"""Pairs of a table that is made of near pairs where somebody asks for all: 240 MB, and engines make several such."""


def checked(found: list[Finding], given: Any, origins: Sequence[str]) -> csr_array:
    """Near pairs origin by origin, from a SciPy sparse matrix or array: read-only, without those that have no way.

    Parameters
    ----------
    found : list of Finding
        Faults are added.
    given : SciPy sparse matrix or array (n, m)
        What it stores is a way, zeros included.
    origins : sequence of str, length n
    """
    from scipy.sparse import coo_array, csr_array

    pairs = coo_array(given)
    row, column, value = pairs.coords[0], pairs.coords[1], np.asarray(pairs.data, dtype=np.float64)
    wrong = np.isnan(value) | (value < 0)
    if wrong.any():
        _negative(found, [origins[i] for i in np.unique(row[wrong])[:100] if i < len(origins)])
    there = np.isfinite(value)
    if not there.all():
        row, column, value = row[there], column[there], value[there]
    near = csr_array((value, (row, column)), shape=given.shape)
    if near.nnz < len(value):
        rule, remedy = "each pair stands once", "Remove one of the entries."
        found.append(Finding(table="travel", column="values", rule=rule, remedy=remedy))
    near.sort_indices()
    for part in (near.data, near.indices, near.indptr):
        part.setflags(write=False)
    return near


def _negative(found: list[Finding], origins: Sequence[str]) -> None:
    rule = "travel is a number, not negative (infinite where there is no way)"
    remedy = "Correct the rows of these origins."
    found.append(Finding(table="travel", value=some(origins), rule=rule, remedy=remedy))


def whole_table(near: csr_array) -> Floats:
    """All pairs, read-only; no way where none is stored.

    Raises
    ------
    DataError
        Where that is too large a table to be made.
    """
    n, m = near.shape
    if n * m > MOST_CELLS:
        raise DataError(
            [
                Finding(
                    table="travel",
                    value=f"{n:,} x {m:,}",
                    rule=f"a table of all pairs has at most {MOST_CELLS:,} cells",
                    remedy="Ask capacity.exact.p_median with the near pairs, TravelMatrix.near; or join demand points.",
                )
            ]
        )
    table: Floats = np.full((n, m), np.inf)
    table[np.repeat(np.arange(n), np.diff(near.indptr)), near.indices] = near.data
    table.setflags(write=False)
    return table


def read(
    faults: list[Finding],
    table: pd.DataFrame,
    origin: str,
    unit: str,
    origin_ids: Sequence[str] | None,
    destination_ids: Sequence[str] | None,
) -> tuple[tuple[str, ...], tuple[str, ...], Any]:
    """Origins, destinations and ways, as a SciPy sparse array, of a table with a row for each near pair.

    Parameters
    ----------
    faults : list of Finding
    table : DataFrame
        Columns `origin`, ``site_id`` and `unit`.
    origin_ids, destination_ids : sequence of str, optional
        All there are; those of the table where they are not given.
    """
    from scipy.sparse import csr_array

    missing = [c for c in (origin, "site_id", unit) if c not in table.columns]
    if missing:
        remedy = f"Columns: {origin}, site_id, and minutes (or km)."
        faults += [Finding(table="travel", column=c, rule="the column is needed", remedy=remedy) for c in missing]
        return (), (), None
    ends = [
        _numbered(faults, table[name], known) for name, known in ((origin, origin_ids), ("site_id", destination_ids))
    ]
    (rows, origins), (columns, destinations) = ends
    value = _values(faults, table[unit], unit)
    if faults:
        return origins, destinations, None
    key = rows * len(destinations) + columns
    twice = len(key) - len(np.unique(key))
    if twice:
        first: dict[int, int] = {}
        which = next(k for k, pair in enumerate(key.tolist()) if first.setdefault(pair, k) != k)
        rule = f"each pair stands once ({twice:,} rows repeat one; this stands on row {first[int(key[which])]} too)"
        faults.append(
            Finding(
                table="travel",
                row=which,
                value=f"{origins[rows[which]]}, {destinations[columns[which]]}",
                rule=rule,
                remedy="Remove one of the rows.",
            )
        )
        return origins, destinations, None
    return origins, destinations, csr_array((value, (rows, columns)), shape=(len(origins), len(destinations)))


def _numbered(faults: list[Finding], series: Any, known: Sequence[str] | None) -> tuple[Ints, tuple[str, ...]]:
    """Which of the places each row names, and the places."""
    import pandas as pd

    codes, uniques = pd.factorize(series)
    named, place = as_ids(uniques), np.asarray(codes, dtype=np.int64)
    empty = np.flatnonzero((place < 0) | bools([not name for name in (*named, "x")])[place])
    if len(empty):
        rule, remedy = "the cell is filled in", "Give each row an id."
        faults.append(Finding(table="travel", column=str(series.name), row=int(empty[0]), rule=rule, remedy=remedy))
    places = tuple(dict.fromkeys(named)) if known is None else as_ids(known)
    at = {name: k for k, name in enumerate(places)}
    strange = [name for name in named if name and name not in at]
    if strange:
        rule, remedy = "the id is one of those given", "Correct it, or leave the rows out."
        faults.append(Finding(table="travel", column=str(series.name), value=some(strange), rule=rule, remedy=remedy))
    order = np.array([at.get(name, 0) for name in (*named, "")], dtype=np.int64)
    return order[place], places


def _values(faults: list[Finding], series: Any, unit: str) -> Floats:
    """The numbers of a column; cell by cell where one of them needs a word."""
    if series.dtype.kind in "iuf":
        values: Floats = series.to_numpy(dtype=float, na_value=np.nan)
        if bool(((values >= 0) & ((values <= MOST_DIGITS) | (values == np.inf))).all()):
            return values
    column = Column(table="travel", name=unit, cells=tuple(series), rows=tuple(range(len(series))))
    return np.array(numbers(faults, column, no_way=True), dtype=float)
