"""Ids of one table that are none of another's: which, and what a spreadsheet did to them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from capacity.arrays import spoilt
from capacity.problem import cells
from capacity.problem.cells import MOST_CELLS, Wrong
from capacity.reading.tables import Table
from capacity.reading.texts import Reading

_DATE = re.compile(
    r"\d{4}-\d\d-\d\d.*|\d{1,2}[-. /]+(jan|feb|mar|apr|ma[jy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*.*|"
    r"(jan|feb|mar|apr|ma[jy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*[-. /]+\d{2,4}",
    re.IGNORECASE,
)
_WHOLE_DATE = re.compile(r"\d{4}-\d\d-\d\d.*")


def dated(label: str) -> bool:
    """Whether an id looks like a date a spreadsheet made of it."""
    return _DATE.fullmatch(label) is not None


def told_dates(reading: Reading, table: Table, column: str) -> None:
    """One fault where a spreadsheet turned ids of a table into dates, in the table that the others take them from."""
    days = [k for k, label in enumerate(table[column]) if dated(label)]
    # Where all are called so, as OCT-12, they are; a whole date is no id of a place.
    whole = [k for k in days if _WHOLE_DATE.fullmatch(table[column][k])]
    spoilt_ids = days if 2 * len(days) < len(table) else whole
    if spoilt_ids:
        reading.fault(
            table.name,
            f"ids are text: a spreadsheet seems to have made dates of {len(spoilt_ids)} ids",
            "Set the column to text there, and write the ids as they were.",
            row=table.lines[spoilt_ids[0]],
            column=column,
            value=table[column][spoilt_ids[0]],
        )


def known(
    reading: Reading, table: Table, column: str, labels: Sequence[str], owner: str, *, empty: bool = False
) -> bool:
    """Whether every id of a column is one of `labels`; a fault for each that is not.

    Ids that a spreadsheet spoilt alike are told together, with what happened and the one repair.
    """
    have = set(labels)
    wrong = [k for k, label in enumerate(table[column]) if label not in have and not (empty and not label)]
    seen: dict[str, list[tuple[int, str]]] = {}
    told: list[tuple[int, Wrong]] = []
    here = table.column(column)
    unknown = {table[column][k] for k in wrong}
    changed = ((label, spoilt(label, unknown)) for label in labels) if wrong else ()
    theirs = {meant[1]: (meant[0], label) for label, meant in changed if meant is not None}
    there = [k for k in wrong if table[column][k] in theirs]
    if there:
        what, label_there = theirs[table[column][there[0]]]
        reading.fault(
            table.name,
            f"the id is one of {owner} (so {len(there)} ids, the first here)",
            f"{owner} has {label_there!r} for it: a spreadsheet may have {what} there. "
            f"Set the column to text in {owner}.",
            row=table.lines[there[0]],
            column=column,
            value=table[column][there[0]],
        )
    for k in wrong:
        label = table[column][k]
        if label in theirs:
            continue
        if repaired := spoilt(label, have):
            seen.setdefault(repaired[0], []).append((k, repaired[1]))
            continue
        if dated(label):
            seen.setdefault("turned it into a date", []).append((k, ""))
            continue
        near = difflib.get_close_matches(label, labels, 1, 0.75) if len(told) < MOST_CELLS else []
        hint = f"Did you mean {near[0]!r}?" if near else f"Add it to {owner}, or remove it here."
        told.append((k, Wrong(f"the id is one of {owner}", hint)))
    cells.tell(reading.findings, here, told)
    for what, cases in seen.items():
        k, meant = cases[0]
        many = f" (so {len(cases)} ids, the first here)" if len(cases) > 1 else ""
        did = f"Did you mean {meant!r}? " if meant else ""
        reading.fault(
            table.name,
            f"the id is one of {owner}{many}",
            f"{did}A spreadsheet may have {what}: set the column to text there, and write the ids as they were.",
            row=table.lines[k],
            column=column,
            value=table[column][k],
        )
    return not wrong
