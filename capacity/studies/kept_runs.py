"""Runs of a sweep that are kept in a folder: a line each, written as they end, and read again after a kill."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from capacity.errors import DataError, Finding
from capacity.problem.problem import Problem
from capacity.rules.objectives import Objective, objective_named
from capacity.studies.runs import nothing

ROWS = "rows.jsonl"
START = '{"stamp": "'
"""What each line kept of a run begins with."""

STATUSES = ("optimal", "feasible", "infeasible", "unknown", "bad_input")
NUMBERS = ("units", "beds", "objective", "mean_minutes", "longest_minutes", "family_hours_per_year", "cost_dkk")
"""Columns of a run's row that are numbers, or nothing."""

LONGEST = 10_000_000
"""Characters of a line; one that is longer is nobody's run."""


class KeptRuns:
    """Runs of one problem and one objective in a file of a folder, or nowhere.

    Parameters
    ----------
    problem : Problem
    objective : Objective or its name
    folder : path, optional
    """

    def __init__(self, problem: Problem, objective: str | Objective, folder: str | os.PathLike[str] | None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._sites = frozenset(problem.network.site_ids)
        whose = f"{problem.fingerprint} {objective_named(objective).name}" if folder is not None else ""
        self._stamp = hashlib.sha256(whose.encode()).hexdigest()[:16]
        self._file: BinaryIO | None = None

    def __enter__(self) -> KeptRuns:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()

    def keep(self, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Add runs that have ended, by name; what is added survives a kill of this process."""
        if self._folder is None:
            return
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = (self._folder / ROWS).open("ab")
        said = ({"stamp": self._stamp, "point": name, "row": row} for name, row in rows)
        # A line of its own even after one that a kill cut off; a blank line says nothing.
        self._file.write("".join(f"\n{json.dumps(each, ensure_ascii=False)}\n" for each in said).encode())
        self._file.flush()

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Name and row of each run that is kept, a line at a time.

        Raises
        ------
        DataError
            Where the file is somebody else's.
        """
        if self._folder is None or not (self._folder / ROWS).is_file():
            return
        self._refuse_others(self._folder / ROWS)
        for line in _lines(self._folder / ROWS):
            # Most lines of other problems are told by how they begin.
            if not line.startswith(START + self._stamp):
                continue
            said = _said(line)
            if said.get("stamp") == self._stamp and _is_run(said.get("point"), said.get("row"), self._sites):
                yield said["point"], said["row"]

    def _refuse_others(self, file: Path) -> None:
        strange = False
        for line in _lines(file):
            if line.startswith(START):
                return
            strange |= not (START.startswith(line[: len(START)]) or line == "null")
        if strange:
            raise DataError(
                [
                    Finding(
                        table=ROWS,
                        column="folder",
                        value=str(self._folder),
                        rule="a folder to go on from holds a sweep's runs",
                        remedy="Choose a new folder; nothing was written.",
                    )
                ]
            )


def _lines(file: Path) -> Iterator[str]:
    """Lines that say something, one at a time."""
    with file.open(encoding="utf-8", errors="replace", newline="\n") as open_file:
        while line := open_file.readline(LONGEST):
            if bare := line.strip("\0\r\n "):
                yield bare


def _said(line: str) -> dict[str, Any]:
    """A line kept of a run; {} of one that a kill cut off, or that says nothing."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_run(point: object, row: object, sites: frozenset[str]) -> bool:
    """Whether a row has all that a run's row has, of the kind it has it."""
    if not (isinstance(point, str) and isinstance(row, dict) and row.keys() >= nothing("", "").keys()):
        return False
    settings = _said(point)
    if any(key not in row or row[key] != value for key, value in settings.items()) or row["status"] not in STATUSES:
        return False
    lists = isinstance(row["site_ids"], list) and isinstance(row["breaks"], list)
    return lists and set(map(str, row["site_ids"])) <= sites and all(_is_figure(row[key]) for key in NUMBERS)


def _is_figure(value: object) -> bool:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value is None or (plain and math.isfinite(value))  # type: ignore[arg-type]  # a number
