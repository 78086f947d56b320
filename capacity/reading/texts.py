"""Files of a case as text: any encoding read, what is no text told in one sentence."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from capacity.errors import DataError, Finding
from capacity.reading.inside import OUTSIDE, within


def case_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder of a case, which may be named by its ``case.toml``.

    Raises
    ------
    DataError
        Where there is no such folder.
    """
    try:
        path = Path(folder)
    except TypeError:
        path = Path(f"({type(folder).__name__})")
    if path.name == "case.toml":
        path = path.parent
    if is_workbook(path.name) and path.is_file():
        rule = "what is written here is written into tables of text, and this case is a workbook"
        raise DataError(
            [Finding(table=path.name, rule=rule, remedy="Save its sheets as CSV UTF-8 in a folder, with case.toml.")]
        )
    if path.suffix.lower() in WORKBOOKS and path.is_file():
        rule = "a case is a folder with case.toml, or a workbook (.xlsx)"
        raise DataError([Finding(table=path.name, rule=rule, remedy="Save it as .xlsx.")])
    try:
        there = path.is_dir()
    except (OSError, ValueError):
        there = False
    if not there:
        raise DataError(
            [
                Finding(
                    table=str(folder)[:200],
                    rule="a case is a folder with case.toml and its tables",
                    remedy="Name an existing folder, or make one with `capacity new FOLDER`.",
                )
            ]
        )
    return path


NOT_TOLD = "own counts: no hash is told"
"""What the run record says of a table of own counts in the place of its hash."""

READABLE = (".xlsx", ".xlsm")
"""Endings of workbooks that are read as they are."""


def is_workbook(name: str) -> bool:
    """Whether a name means a sheet of a workbook that can be read."""
    return book_of(name).lower().endswith(READABLE)


def book_of(name: str) -> str:
    """The file of a name, which may name a sheet of a workbook behind a ``#``.

    >>> book_of("case.xlsx#sites"), book_of("a#b.csv")
    ('case.xlsx', 'a#b.csv')
    """
    book, _, _ = name.partition("#")
    return book if book.lower().endswith(READABLE) else name


@dataclass
class Reading:
    """What is met while a case is read: faults, notices, files and their hashes."""

    folder: Path
    named: frozenset[str] = frozenset()
    """Files that the planner names for this run: they alone may lie outside the folder."""

    findings: list[Finding] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    """Files that are sheets of the workbook that holds the case: their text."""

    titles: dict[str, str] = field(default_factory=dict)
    """What these are called in the workbook."""

    to_tell: dict[str, tuple[list[Finding], list[str]]] = field(default_factory=dict)
    """Faults and notices of these, told where they are read."""

    def fault(
        self,
        table: str,
        rule: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Note a fault."""
        self.findings.append(Finding(table=table, row=row, column=column, value=value, rule=rule, remedy=remedy))

    def has(self, name: str) -> bool:
        """Whether the case's folder holds a file of that name, or the planner names one elsewhere."""
        if self.sheet_of(name) is not None:
            return True
        try:
            return self._may_be_read(name) and (self.folder / book_of(name)).is_file()
        except (OSError, ValueError):
            return False

    def keep_hash(self, name: str) -> None:
        """Tell no hash of a file of own counts, nor of the workbook they stand in: small numbers are guessed back."""
        sheet = self.sheet_of(name)
        self.files[book_of(name if sheet is None else self.titles[sheet])] = NOT_TOLD

    def sheet_of(self, name: str) -> str | None:
        """The sheet a file's name means, whatever its capitals; None where it is no sheet."""
        if not self.sheets or name in self.sheets:
            return name if self.sheets else None
        return next((one for one in self.sheets if one.casefold() == name.casefold()), None)

    def _may_be_read(self, name: str) -> bool:
        return name in self.named or within(self.folder, book_of(name))

    def bytes_of(self, name: str) -> bytes | None:
        """A file's content; its hash is noted. None, and a fault, where it is missing."""
        file = book_of(name)
        path = self.folder / file
        if not self._may_be_read(name):
            # Whether it is there is not looked at, let alone what it says.
            self.fault(name, "a case's files lie in its own folder", OUTSIDE.format(name=name))
            return None
        try:
            content = path.read_bytes()
        except (OSError, ValueError):
            rule, remedy = _not_read(self.folder, file)
            self.fault(name, rule, remedy)
            return None
        if self.files.get(file) != NOT_TOLD:
            self.files[file] = hashlib.sha256(content).hexdigest()
        return content

    def text_of(self, name: str) -> str | None:
        """A file's text, whatever its encoding, with a notice if not UTF-8; None, and a fault, where it is no text."""
        sheet = self.sheet_of(name)
        if sheet is not None:
            self.titles[name] = self.titles.get(sheet, sheet)
            faults, notices = self.to_tell.pop(sheet, ([], []))
            self.findings += faults
            self.notices += notices
            return self.sheets[sheet]
        content = self.bytes_of(name)
        if content is None:
            return None
        for mark, what, remedy in NO_TEXT:
            if content.startswith(mark):
                self.fault(name, f"the file is text, and this is {what}", remedy)
                return None
        if content[:200].lstrip().lower().startswith(MARKUP):
            self.fault(name, "the file is text of its own kind, and this is a web page or XML", _AS_CSV)
            return None
        text = self._decoded(name, content)
        if text is None:
            return None
        at = text.find("\0")
        if at >= 0:
            self.fault(
                name,
                "the file is text without NUL signs",
                "The file is damaged, or no text: export it anew.",
                row=text.count("\n", 0, at) + 1,
            )
            return None
        twice = _encoded_twice(text)
        if twice:
            said, meant = twice
            self.fault(
                name,
                f"letters are encoded once: here {said!r} stands for {meant!r}",
                "Export the file anew as UTF-8 (it was read as Windows-1252 and saved as UTF-8).",
                row=text.count("\n", 0, text.find(said)) + 1,
            )
            return None
        return text

    def _decoded(self, name: str, content: bytes) -> str | None:
        encoding = next((name for mark, name in MARKS if content.startswith(mark)), "")
        if not encoding:
            zeros = (content[0:2_000:2].count(0), content[1:2_000:2].count(0))
            few = len(content[:2_000]) / 8
            encoding = "utf-16-le" if zeros[1] > few > zeros[0] else "utf-16-be" if zeros[0] > few > zeros[1] else ""
            if encoding:
                self.notices.append(f"{name} is UTF-16 without a mark that says so. Check that it reads right.")
        try:
            return content.decode(encoding or "utf-8")
        except UnicodeDecodeError:
            if encoding and encoding != "utf-8-sig":
                self.fault(name, f"the file is whole {encoding.upper()}", "It is damaged: export it anew as UTF-8.")
                return None
        # A letter cut in two is a damaged file, not another encoding.
        self.notices.append(f"{name} is not UTF-8; it was read as Windows-1252. Check that æ, ø and å look right.")
        return content.removeprefix(b"\xef\xbb\xbf").decode("cp1252", errors="replace")


MARKS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
"""Byte order marks."""

_AS_CSV = "Open it there and save the sheet as CSV UTF-8."
NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook (or another packed file)", _AS_CSV),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", _AS_CSV),
    (b"SQLite format 3", "a GeoPackage or another database", "Export the layer as CSV or GeoJSON."),
    (b"PAR1", "a Parquet file", "Export it as CSV UTF-8."),
    (b"\x1f\x8b", "a packed file (gzip)", "Unpack it."),
    (b"%PDF", "a PDF", "Put the table itself in its place, as CSV UTF-8."),
)
"""Beginnings of files that are no text: what they are, and what to do."""

MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<kml")
"""Beginnings of what some systems call a table or an outline."""

WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")


def _not_read(folder: Path, name: str) -> tuple[str, str]:
    """Why a file cannot be read, and what to do: no advice that leads into the next fault."""
    names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    try:
        there = (folder / name).exists()
    except (OSError, ValueError):
        return "the file's name can be a name of a file", "Shorten the name in case.toml."
    rule = "the file cannot be read" if there else "the file is missing"
    if there and (folder / name).is_dir():
        return "this is a folder, not a file", "Name the file in case.toml."
    stem = Path(name).stem.lower()
    book = next((n for n in names if Path(n).stem.lower() == stem and n.lower().endswith(WORKBOOKS)), None)
    if book is not None:
        other = f", or name {book} in case.toml" if is_workbook(book) else ""
        return rule, f"{book} is a workbook: save its sheet beside it as CSV UTF-8, named {name}{other}."
    readable = [n for n in names if not n.lower().endswith(WORKBOOKS)]
    near = difflib.get_close_matches(name, readable, 1, 0.7)
    hint = f"Did you mean {near[0]!r}? " if near and near[0] != name else ""
    return rule, f"{hint}Put the file in the case's folder, or name another in case.toml."


_TWICE = re.compile(
    "[\u00c2\u00c3\u00c5]"
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
"""What the letters of Western Europe look like, in UTF-8 read as Windows-1252."""


def _encoded_twice(text: str) -> tuple[str, str] | None:
    """Letters that were encoded twice, and what they stand for; None where there are none."""
    if text.isascii():
        return None
    for hit in _TWICE.finditer(text):
        said = hit.group()
        try:
            meant = said.encode("cp1252").decode("utf-8")
        except UnicodeError:
            continue
        # A hard space behind a capital is no sign of it by itself.
        if meant.isalpha():
            return said, meant
    return None
