"""Extracts of OpenStreetMap as files: their hashes, what reads them, and what is said of one that is damaged."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from capacity.errors import DataError, Finding

HELD = 400 * 2**20
"""Bytes of extracts from which the places of nodes are kept in a file, not in memory."""


def known_extract(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Name, size and hash of an extract.

    Raises
    ------
    DataError
        Where it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with Path(path).open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise _unreadable(path, error) from None
    return {"file": Path(path).name, "bytes": size, "sha256": digest.hexdigest()}


def readable(path: str | os.PathLike[str]) -> None:
    """Refuse an extract that cannot be opened, before anything is read."""
    try:
        with Path(path).open("rb"):
            return
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str | os.PathLike[str], error: OSError) -> DataError:
    remedy = "Download an extract (OpenStreetMap PBF) of the country first."
    return DataError([Finding(table=str(path), rule=f"the file can be read ({error.strerror})", remedy=remedy)])


def osmium_of() -> Any:
    """The package that reads extracts; it is asked for by the extra ``roads``."""
    try:
        import osmium
        import osmium.filter
        import osmium.geom
    except ModuleNotFoundError:
        remedy = "pip install 'capacity[roads]'."
        fault = Finding(table="roads", rule="extracts are read with osmium, which is not installed", remedy=remedy)
        raise DataError([fault]) from None
    return osmium


@contextlib.contextmanager
def whole_extract(path: str | os.PathLike[str]) -> Iterator[None]:
    """What osmium says of a file that is cut off, or none of its kind, as a fault of it."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        remedy = "Download it anew (an OpenStreetMap extract, .osm.pbf)."
        raise DataError(
            [Finding(table=Path(path).name, rule=f"the extract is whole ({error})", remedy=remedy)]
        ) from None


def store_of(path: str | os.PathLike[str]) -> str:
    """Where the places of an extract's nodes are kept while it is read: in memory, or in a file of a large one."""
    return "flex_mem" if Path(path).stat().st_size < HELD else "sparse_file_array"
