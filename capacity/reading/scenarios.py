"""Named scenarios of a case: each figure of the documents, with what it counts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from capacity.errors import DataError
from capacity.reading.tables import Reading, ids, numbers, read_table

FILE = "scenarios.csv"
PROBABILITY_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True)
class NamedScenario:
    """One figure for how many women need a stay.

    Attributes
    ----------
    id, label, what, document : str
    women_per_year : float
    low, high : float or None
        The document's own range.
    probability : float
        The planner's; equal where none is given (then `equal` is true, and must be said).
    must_hold : bool
        Whether the service promise has to hold in it.
    """

    id: str
    label: str
    women_per_year: float
    low: float | None
    high: float | None
    what: str
    document: str
    probability: float
    equal: bool
    must_hold: bool


def named_scenarios(folder: str | os.PathLike[str]) -> tuple[NamedScenario, ...]:
    """Read the named scenarios of a case's folder; () where it has none.

    Raises
    ------
    DataError
        With every fault found.
    """
    path = Path(folder)
    if not (path / FILE).is_file():
        return ()
    reading = Reading(folder=path)
    table = read_table(reading, FILE, ("id", "women_per_year"))
    if table is None:
        raise DataError(reading.findings)
    labels = ids(reading, table, "id")
    women = numbers(reading, table, "women_per_year", least=1e-9, what="id")
    given = table.columns.get("probability", ("",) * len(table))
    chance = [table.number(text) if text else None for text in given]
    some_given = [c for c in chance if c is not None]
    if some_given and (
        len(some_given) < len(chance) or min(some_given) < 0 or abs(sum(some_given) - 1) > PROBABILITY_TOLERANCE
    ):
        reading.fault(
            FILE, "probabilities are given for all scenarios or for none, not negative, and sum to 1",
            "Divide each by their sum, or leave the column empty.", column="probability",
            value=f"sum {sum(some_given):g} of {len(some_given)} numbers",
        )  # fmt: skip
    if reading.findings:
        raise DataError(reading.findings)

    def optional(column: str, row: int) -> float | None:
        return table.number(table.columns[column][row]) if table.columns.get(column) and table[column][row] else None

    def text(column: str, row: int) -> str:
        return table.columns[column][row] if column in table.columns else ""

    return tuple(
        NamedScenario(
            id=labels[k], label=text("label", k) or labels[k], women_per_year=women[k], low=optional("low", k),
            high=optional("high", k), what=text("what", k), document=text("document", k),
            probability=1 / len(labels) if not some_given else float(chance[k] or 0.0), equal=not some_given,
            must_hold=text("must_hold", k).lower() in ("yes", "true", "1", "ja"),
        )
        for k in range(len(labels))
    )  # fmt: skip
