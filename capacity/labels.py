"""Labels: every table names its rows; two tables fit together by name or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from capacity.errors import Finding, some

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


def as_ids(labels: Iterable[object]) -> tuple[str, ...]:
    """Labels as text, white space at the ends removed."""
    return tuple(str(label).strip() for label in labels)


def frozen(values: object, dtype: type = np.float64) -> npt.NDArray[np.generic]:
    """Copy values into an array nobody can write to."""
    array: npt.NDArray[np.generic] = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


def floats(values: object) -> Floats:
    """Copy values into a read-only array of floats."""
    return frozen(values, np.float64)  # type: ignore[return-value]  # frozen is typed by its base


def ints(values: object) -> Ints:
    """Copy values into a read-only array of whole numbers."""
    return frozen(values, np.int64)  # type: ignore[return-value]  # frozen is typed by its base


def bools(values: object) -> Bools:
    """Copy values into a read-only array of truth values."""
    return frozen(values, np.bool_)  # type: ignore[return-value]  # frozen is typed by its base


def repeated(table: str, column: str, ids: Sequence[str]) -> list[Finding]:
    """Findings for ids that are empty or stand more than once."""
    found = []
    if not ids:
        found.append(Finding(table=table, rule="the table is empty", remedy="Add at least one row."))
    twice = [label for label, count in Counter(ids).items() if count > 1]
    if twice:
        found.append(
            Finding(
                table=table,
                column=column,
                value=some(twice),
                rule="each id stands once",
                remedy="Remove or rename the repeated rows.",
            )
        )
    if "" in ids:
        found.append(
            Finding(table=table, column=column, rule="no id is empty", remedy="Give each row an id.")
        )
    return found


def unequal(
    table: str, column: str, found: Sequence[str], expected: Sequence[str], owner: str
) -> list[Finding]:
    """Findings for ids that one side has and the other lacks."""
    findings = []
    missing = sorted(set(expected) - set(found))
    unknown = sorted(set(found) - set(expected))
    if missing:
        findings.append(
            Finding(
                table=table,
                column=column,
                value=some(missing),
                rule=f"every id of {owner} is here",
                remedy="Add the missing ids, or leave them out of both tables.",
            )
        )
    if unknown:
        findings.append(
            Finding(
                table=table,
                column=column,
                value=some(unknown),
                rule=f"every id is one of {owner}",
                remedy="Correct the unknown ids, or add them to the other table.",
            )
        )
    return findings


def positions(ids: Sequence[str], order: Sequence[str]) -> Ints:
    """Where each of `order` stands in `ids` (both hold the same labels)."""
    at = {label: k for k, label in enumerate(ids)}
    return np.array([at[label] for label in order], dtype=np.int64)
