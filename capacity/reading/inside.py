"""A case reads files of its own folder: one that comes from elsewhere is no way to a reader's other files."""

from __future__ import annotations

import os
from pathlib import Path

OUTSIDE = (
    "Copy the file into the case's folder and name it there; for one run a file elsewhere may be named with --set "
    "(files.land={name}, say), or in the settings of read_case."
)
"""What to do about a file that lies outside."""


OWN = tuple(Path(__file__).resolve().parents[up] / "data" for up in (1, 2))
"""Where this library's own cases lie, whose files an installer may have linked to a store of its own."""


def within(folder: Path, name: str) -> bool:
    """Whether a file of this name lies in a folder, links followed, and is neither a pipe nor a device.

    Of a case of this library's own every file does.
    """
    if folder.parent in OWN:
        return True
    try:
        home, place = os.path.realpath(folder), os.path.realpath(folder / name)
        inside = os.path.commonpath([home, place]) == home
        return inside and (not os.path.exists(place) or os.path.isfile(place) or os.path.isdir(place))
    except ValueError:
        # Another drive, or no name of a file at all.
        return False
