"""Copies of the Danish case to break, and a small case of files."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from capacity.read import new_case

Rows = list[list[str]]


def copy_of_denmark(folder: Path) -> Path:
    """A copy of the built-in case."""
    return new_case(folder / "case")


def edit_text(path: Path, old: str, new: str) -> None:
    """Replace text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def edit_rows(path: Path, change: Callable[[Rows], object]) -> None:
    """Change a table's rows (the header is row 0) in place."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def set_cell(line: int, column: str, value: str) -> Callable[[Rows], None]:
    """Put a value in a cell; `line` counts from 1 with the header as line 1."""

    def change(rows: Rows) -> None:
        rows[line - 1][rows[0].index(column)] = value

    return change


SMALL_CASE = {
    "case.toml": """
[demand]
women_per_year = 30     # assumption
weight = "people"
[network]
regions = "land"
ambulatories = ["x"]
[travel]
source = "links.csv"
[rules]
nearest = true
""",
    "municipalities.csv": "code,name,land,people\nA,Alby,N,10\nB,Broby,N,20\nC,Colding,S,30\n",
    "sites.csv": "site_id,name,municipality_code\nx,Unit x,A\ny,Unit y,C\n",
    "links.csv": "from,to,minutes\nA,x,2\nA,B,30\nB,C,40\nC,y,3\nB,y,25\n",
}
"""Three towns on a road: without coordinates, with road links."""


def small_case(folder: Path, **files: str) -> Path:
    """Write the small case; keyword arguments replace files (case_toml for case.toml)."""
    folder.mkdir(parents=True, exist_ok=True)
    given = {name.replace("__", "."): text for name, text in files.items()}
    for name, text in (SMALL_CASE | given).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
