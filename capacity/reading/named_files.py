"""TOML files that a planner names for one run (years, beliefs, speeds), read as ``case.toml`` is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacity.errors import DataError, Finding
from capacity.reading.document import parsed, places, read_two_ways
from capacity.reading.texts import Reading


@dataclass(frozen=True, kw_only=True)
class NamedFile:
    """What such a file says.

    Attributes
    ----------
    name : str
        Of the file, without its folder.
    said : dict
        Tables and settings.
    lines : dict
        Line of each table and setting, by its whole name.
    """

    name: str
    said: dict[str, Any]
    lines: dict[str, int]


def toml_named(path: str | os.PathLike[str], rule: str, remedy: str, *, finite: bool = True) -> NamedFile:
    """Read a TOML file: any encoding, and no number that can be read two ways.

    Parameters
    ----------
    path : path
    rule, remedy : str
        What is said where it is none.
    finite : bool
        Whether numbers are finite; otherwise whoever takes them says so, with all else that is wrong.

    Raises
    ------
    DataError
        Where it cannot be read.
    """
    where = Path(path)
    reading = Reading(folder=where.parent, named=frozenset({where.name}))
    text = reading.text_of(where.name)
    said = None if text is None else parsed(reading, where.name, text, finite=finite)
    if any(finding.column is not None for finding in reading.findings):
        # It is TOML, and a value is none that any setting has.
        raise DataError(reading.findings)
    if text is None or said is None:
        found = "; ".join(f"{'' if f.row is None else f'row {f.row}: '}{f.rule}" for f in reading.findings)
        raise DataError([Finding(table=where.name, value=f"{path}: {found}", rule=rule, remedy=remedy)])
    read_two_ways(reading, where.name, text)
    if reading.findings:
        raise DataError(reading.findings)
    return NamedFile(name=where.name, said=said, lines=places(text)[0])
