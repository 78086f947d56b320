"""``case.toml``: every choice of a case, with the line and the source of each."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from capacity.policy import NAMES, offered
from capacity.reading.tables import Reading
from capacity.settings import PARTS, SET_NOW, sections

CASE = "case.toml"

OF_FILES: Mapping[str, tuple[str, ...]] = {
    "case": ("name", "attribution"),
    "files": ("points", "sites", "nodes", "links", "land"),
    "demand": ("women_per_year", "undetected", "weight", "relative_risk", "counts", "counted"),
    "travel": (
        "source", "unit", "minutes_error", "uptake", "to_ambulatory", "links_point_prefix", "links_extra_minutes",
    ),
    "network": ("ambulatories", "regions", "regions_without_sites"),
    "objective": ("fair_aversion",),
    "privacy": ("smallest_count",),
    "ranges": (),
}  # fmt: skip
"""Keys of sections beside those that are fields of a problem's parts."""

OPEN_SECTIONS = ("ranges",)
"""Sections whose keys are names the planner chooses."""


@dataclass
class Document:
    """A case's settings, with where each stands and where it comes from.

    Attributes
    ----------
    settings : dict of section to dict
    lines : mapping of ``section.key`` (and ``section``) to its line
    sources : mapping of ``section.key`` to the comment on its line
    """

    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def get(self, key: str, otherwise: Any = None) -> Any:
        """A setting by ``section.key``."""
        section, _, name = key.partition(".")
        return self.settings.get(section, {}).get(name, otherwise)

    def put(self, key: str, value: Any) -> None:
        """Change a setting by ``section.key``; its old source no longer speaks for it."""
        section, _, name = key.partition(".")
        name, _, part = name.partition(".") if section == "rules" else (name, "", "")
        if part:
            # One value of a rule's table; the others stay.
            was = self.settings.get(section, {}).get(name)
            value = {**(was if isinstance(was, dict) else {}), part: value}
        self.settings.setdefault(section, {})[name] = value
        self.sources[f"{section}.{name}"] = SET_NOW

    def section(self, name: str) -> dict[str, Any]:
        """A section's settings; empty where it is absent."""
        return dict(self.settings.get(name, {}))


def of_files(key: str) -> bool:
    """Whether a setting says what is read: it is chosen before there is a problem, and cannot be set later."""
    section, _, name = key.partition(".")
    return name in OF_FILES.get(section, ())


def allowed_keys() -> dict[str, tuple[str, ...]]:
    """Keys of each section; of open sections none are listed."""
    allowed = {name: tuple(keys) for name, keys in OF_FILES.items()}
    for section, (_, names) in PARTS.items():
        allowed[section] = (*allowed.get(section, ()), *names)
    allowed["rules"] = allowed["prices"] = NAMES
    return {name: allowed[name] for name in dict.fromkeys((*sections(), *allowed))}


def read_document(reading: Reading) -> Document | None:
    """Read ``case.toml``; a fault for what is not TOML and for every unknown section or key."""
    text = reading.text_of(CASE)
    said = None if text is None else parsed(reading, CASE, text)
    if text is None or said is None:
        return None
    lines_of, sources = places(text)
    document = Document(settings={}, lines=lines_of, sources=sources)
    allowed = allowed_keys()
    for section, values in said.items():
        if section not in allowed:
            _unknown(reading, document, section, section, list(allowed), "section")
        elif not isinstance(values, dict):
            reading.fault(
                CASE, "this is the name of a section", f"Write [{section}] on a line of its own.",
                row=lines_of.get(section), column=section, value=str(values),
            )  # fmt: skip
        else:
            if section in ("rules", "prices"):
                # Rules that other packages offer are asked for by name only.
                further = tuple(key for key in values if key not in allowed[section] and offered(key) is not None)
                allowed[section] = (*allowed[section], *further)
            if section not in OPEN_SECTIONS:
                for key in values:
                    if key not in allowed[section]:
                        _unknown(reading, document, f"{section}.{key}", key, list(allowed[section]), "setting")
            known = values if section in OPEN_SECTIONS else {k: v for k, v in values.items() if k in allowed[section]}
            document.settings[section] = known
    return document


def parsed(reading: Reading, name: str, text: str) -> dict[str, Any] | None:
    """What a TOML file says; None, and a fault at its line, where it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        row = int(place.group(1)) if place else None
        lines = text.splitlines()
        reading.fault(
            name, f"the file is TOML: {re.sub(r' *[(]at .*[)]$', '', str(error)).lower()}",
            'Text stands in quotes ("..."), numbers use a point, lists stand in [ ], tables in { }.',
            row=row, value=lines[row - 1].strip() if row and row <= len(lines) else None,
        )  # fmt: skip
        return None


def _unknown(
    reading: Reading, document: Document, full: str, said: str, known: list[str], what: str
) -> None:
    near = difflib.get_close_matches(said, known, 1, 0.5)
    elsewhere = [f"{s}.{k}" for s, keys in allowed_keys().items() for k in keys if k == said]
    if near:
        hint = f"Did you mean {near[0]!r}?"
    elif elsewhere and what == "setting":
        hint = f"Did you mean {elsewhere[0]!r}?"
    else:
        hint = f"Known: {', '.join(known[:12])}."
    reading.fault(CASE, f"unknown {what}", hint, row=document.lines.get(full), column=full)


def places(text: str) -> tuple[dict[str, int], dict[str, str]]:
    """Line of each section and key, and the comment that ends a key's line."""
    lines: dict[str, int] = {}
    sources: dict[str, str] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        code, comment = split_comment(line)
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+\s*$", code):
            section = header.group(1).replace('"', "").replace(" ", "")
            lines.setdefault(section, number)
        elif key := re.match(r"\s*(\"[^\"]+\"|'[^']+'|[A-Za-z0-9_.-]+)\s*=", code):
            name = key.group(1).strip("\"'")
            full = f"{section}.{name}" if section else name
            lines.setdefault(full, number)
            if comment:
                sources.setdefault(full, comment)
    return lines, sources


def split_comment(line: str) -> tuple[str, str]:
    """A line's code and its comment; a ``#`` in quotes begins no comment."""
    quote = ""
    for at, sign in enumerate(line):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "#":
            return line[:at], line[at + 1 :].strip()
    return line, ""
