"""Packed documents (a workbook, a Word file) that carry the hash of what they hold; the same bytes each time."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

NOTHING = "0" * 64
"""Stands in a new document where its hash will be."""

FIRST = (1980, 1, 1, 0, 0, 0)
"""When every part was made, as far as the packing says."""


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A kind of packed document.

    Attributes
    ----------
    properties : str
        The part that holds the hash of all others.
    sign : str
        Stands in that part of what this library wrote.
    """

    properties: str
    sign: str

    def marked(self, document: BytesIO) -> bytes:
        """A document with the hash of its parts among its properties."""
        out = BytesIO()
        with ZipFile(document) as given, ZipFile(out, "w", ZIP_DEFLATED) as taken:
            told = self.content(given).encode()
            for part in given.infolist():
                text = given.read(part)
                part.date_time = FIRST
                taken.writestr(part, text.replace(NOTHING.encode(), told) if part.filename == self.properties else text)
        return out.getvalue()

    def content(self, document: ZipFile) -> str:
        """Hash of all parts of a document but the properties that hold it."""
        told = sha256()
        for name in sorted(set(document.namelist()) - {self.properties}):
            told.update(name.encode() + sha256(document.read(name)).digest())
        return told.hexdigest()

    def ours(self, path: Path) -> bool:
        """Whether a document is as this library wrote it: its properties have the hash of its other parts."""
        try:
            with ZipFile(path) as document:
                said = document.read(self.properties).decode()
                return self.sign in said and f"{self.content(document)}<" in said
        except (BadZipFile, KeyError, OSError, ValueError, NotImplementedError, zlib.error, RuntimeError):
            return False
