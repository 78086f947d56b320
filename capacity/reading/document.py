"""``case.toml``: every choice of a case, with the line and the source of each."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from capacity.arrays import LONGEST_LABEL, unseen
from capacity.problem.cells import MOST_DIGITS
from capacity.problem.policy import NAMES, offered
from capacity.problem.settings import PARTS, SET_NOW, sections
from capacity.reading.tables import Reading

CASE = "case.toml"

FINITE = "the number is finite"
"""What is asked of every number."""

OF_FILES: Mapping[str, tuple[str, ...]] = {
    "case": ("name", "attribution"),
    "files": ("points", "sites", "nodes", "links", "land"),
    "demand": ("women_per_year", "undetected", "weight", "relative_risk", "counts", "counted"),
    "travel": (
        "source",
        "unit",
        "minutes_error",
        "uptake",
        "transit",
        "without_car",
        "places",
        "to_ambulatory",
        "links_point_prefix",
        "links_extra_minutes",
    ),
    "network": ("ambulatories", "regions", "regions_without_sites"),
    "objective": ("fair_aversion", "worst_off_share", "worst_exceptions", "worst_ties"),
    "privacy": ("smallest_count",),
    "ranges": (),
    "payment": (),
    "choices": (),
}
"""Keys of sections beside those that are fields of a problem's parts."""

OPEN_SECTIONS = ("ranges", "payment", "choices")
"""Sections whose keys are names the planner chooses."""


Form = tuple[Callable[[Any], bool], str, str]
"""Whether a value has the form, what the form is, and how to write it."""


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_LABEL and not unseen(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(_text(v) for v in value)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TEXT: Form = (_text, "text in quotes, of at most 300 characters", 'Write it in quotes: "...".')
MAYBE_TEXT: Form = (lambda v: v is False or _text(v), "text in quotes, or false", 'Write it in quotes: "...".')
TEXTS: Form = (_texts, "a list of texts in quotes", 'Write ["ID", ...].')

FORMS: Mapping[str, Form] = {
    "case.name": TEXT,
    "case.attribution": TEXTS,
    **{f"files.{key}": TEXT for key in OF_FILES["files"]},
    "demand.women_per_year": (lambda v: _number(v) and v > 0, "a number above zero", "Write a number, such as 90."),
    "demand.undetected": (lambda v: _number(v) and v > 0, "a number above zero", "Write a number, such as 1."),
    "demand.weight": TEXT,
    "demand.relative_risk": MAYBE_TEXT,
    "demand.counts": MAYBE_TEXT,
    "demand.counted": TEXT,
    "travel.source": (_text, "the name of a file, in quotes", 'Write "drive_minutes.csv".'),
    "travel.to_ambulatory": TEXT,
    "travel.unit": (lambda v: v in ("minutes", "km"), "minutes or km", 'Write "minutes".'),
    "travel.uptake": (
        lambda v: v is False or _text(v) or isinstance(v, list),
        "pairs of minutes and share, the name of a table, or false",
        "Write [[30, 1.0], [90, 0.7]].",
    ),
    "travel.transit": MAYBE_TEXT,
    "travel.without_car": (
        lambda v: v is False or _text(v) or (_number(v) and 0 <= v <= 1),
        "a share from 0 to 1, or the name of a column",
        "Write a share such as 0.3.",
    ),
    "travel.places": MAYBE_TEXT,
    "travel.links_point_prefix": (
        lambda v: v == "" or _text(v),
        "text in quotes, of at most 300 characters",
        'Write it in quotes: "...".',
    ),
    "travel.links_extra_minutes": (
        lambda v: _number(v) and v >= 0,
        "a number, not negative",
        "Write a number, such as 3.",
    ),
    "network.ambulatories": (_texts, "a list of site ids", 'Write ["ID", ...].'),
    "network.regions": TEXT,
    "network.regions_without_sites": TEXTS,
}
"""The form of what a case says beside the settings of a problem's parts, which check themselves."""

SAID_AS = {"demand.women_per_year": "women a year", "travel.source": "the travel source"}
"""Settings that messages call otherwise."""

TYPICAL: Mapping[str, float] = {
    "demand.women_per_year": 90,
    "stay.mean_days": 180,
    "finance.unit_dkk_per_year": 6e6,
    "finance.bed_dkk_per_year": 350_000,
    "finance.occupied_day_dkk": 900,
    "finance.day_rate_dkk": 4_800,
    "finance.building_dkk_per_bed": 1.98e6,
}
"""What the built-in case has: a value a tenfold away is told, as it may have another unit or lost its zeros."""

TENFOLD = 10.0


@dataclass
class Document:
    """A case's settings, with where each stands and where it comes from.

    Attributes
    ----------
    settings : dict of section to dict
    lines : mapping of ``section.key`` (and ``section``) to its line
    sources : mapping of ``section.key`` to the comment on its line
    bad : set of ``section.key``
        Settings of another form than theirs: told, and taken out. What hangs on them is not read by a default.
    """

    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)

    def text(self, key: str, otherwise: str) -> str:
        """A setting that is text."""
        return str(self.get(key) or otherwise)

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
    read_two_ways(reading, CASE, text)
    allowed = allowed_keys()
    for section, values in said.items():
        if section not in allowed:
            _unknown(reading, document, section, section, list(allowed), "section")
        elif not isinstance(values, dict):
            reading.fault(
                CASE,
                "this is the name of a section",
                f"Write [{section}] on a line of its own.",
                row=lines_of.get(section),
                column=section,
                value=str(values),
            )
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


def parsed(reading: Reading, name: str, text: str, *, finite: bool = True) -> dict[str, Any] | None:
    """What a TOML file says; None, and a fault at its line, where it is not TOML, or has no `finite` number."""
    try:
        table = tomllib.loads(unicodedata.normalize("NFC", text))
        odd = [one for one in _odd(table) if finite or one[1] != FINITE]
    except RecursionError:
        reading.fault(name, "lists and tables are nested a few levels deep at most", "Write the settings plainly.")
        return None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        row = int(place.group(1)) if place else None
        lines = text.splitlines()
        reading.fault(
            name,
            f"the file is TOML: {re.sub(r' *[(]at .*[)]$', '', str(error)).lower()}",
            'Text stands in quotes ("..."), numbers use a point, lists stand in [ ], tables in { }.',
            row=row,
            value=lines[row - 1].strip() if row and row <= len(lines) else None,
        )
        return None
    except ValueError:
        reading.fault(name, "a number has a few digits (one has thousands)", "Correct the number.")
        return None
    for key, rule in odd:
        reading.fault(name, rule, "Correct the value.", row=places(text)[0].get(key), column=key)
    return None if odd else table


def _odd(said: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Settings whose value no setting can have, and what is wrong with it."""
    for key, value in said.items():
        full = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _odd(value, f"{full}.")
        elif (rule := odd_value(value)) is not None:
            yield full, rule


def odd_value(value: Any) -> str | None:
    """What is wrong with a value whatever its setting: endless, of a thousand digits, a date, or endless text."""
    if isinstance(value, Mapping):
        return next((rule for v in value.values() if (rule := odd_value(v)) is not None), None)
    if isinstance(value, (list, tuple)):
        return next((rule for v in value if (rule := odd_value(v)) is not None), None)
    if isinstance(value, float) and not math.isfinite(value):
        return FINITE
    if isinstance(value, (int, float)) and abs(value) > MOST_DIGITS:
        return f"the number is at most {MOST_DIGITS:g}"
    if isinstance(value, str) and len(value) > 20_000:
        return "a text has at most 20,000 characters"
    if value is not None and not isinstance(value, (bool, int, float, str)) and not hasattr(value, "dtype"):
        kind = "a date or time" if hasattr(value, "isoformat") else type(value).__name__
        return f"a setting is a number, text, a list or a table, not {kind}"
    return None


def check_forms(reading: Reading, document: Document) -> None:
    """Faults of settings of another form than theirs, which are then taken out, as if they were not there."""
    for section, values in document.settings.items():
        for name in list(values):
            key, value = f"{section}.{name}", values[name]
            rule, remedy = odd_value(value), "Correct the value."
            if rule is None and key in FORMS and not FORMS[key][0](value):
                _, form, remedy = FORMS[key]
                rule = f"{SAID_AS.get(key, name)} is {form}"
            if rule is not None:
                reading.fault(
                    CASE,
                    rule,
                    remedy,
                    row=document.lines.get(key, document.lines.get(section)),
                    column=key,
                    value=str(value)[:200],
                )
                del values[name]
                document.bad.add(key)


_WRITTEN = re.compile(r"([1-9]\d{0,2})\.(\d{3})$")


def two_ways(key: str, text: str) -> tuple[float, float] | None:
    """Both readings of a number written as 4.800, as a point before three digits may mean thousands; None with one.

    It has two where the decimal reading is a tenfold away from what the built-in case has, or ends with a zero
    nobody writes.
    """
    written = _WRITTEN.fullmatch(text)
    if not written:
        return None
    low, high = float(text), float(written.group(1) + written.group(2))
    usual = next((value for name, value in TYPICAL.items() if f".{key}".endswith(f".{name}")), None)
    if key.endswith(".women_per_year"):
        usual = TYPICAL["demand.women_per_year"]
    return (low, high) if (far(low, usual) if usual else text.endswith("0")) else None


def read_two_ways(reading: Reading, name: str, text: str) -> None:
    """Faults for numbers that `two_ways` tells of."""
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        code, _ = split_comment(line)
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+\s*$", code):
            section = header.group(1).replace('"', "").replace(" ", "")
            continue
        key, _, value = code.partition("=")
        if not key.strip():
            continue
        own = key.strip().strip("\"'")
        full = own if "." in own else f"{section}.{own}"
        if own == "women_per_year":
            full = f"{section}.{own}"
        said = value.strip()
        # Of a list or a table each number; text in quotes is none.
        for written in re.split(r"[\s\[\]{},=:]+", said) if said.startswith(("[", "{")) else [said]:
            meant = two_ways(full, written)
            if meant is None:
                continue
            low, high = meant
            reading.fault(
                name,
                f"the number can be read one way only ({low:g} or {high:.0f}?)",
                f"Write {high:.0f}, or {low:g} if the point begins the decimals.",
                row=number,
                column=full,
                value=written,
            )


def far(value: float, usual: float | None) -> bool:
    """Whether a value is a tenfold or more away from the usual one."""
    return usual is not None and value > 0 and not usual / TENFOLD < value < usual * TENFOLD


def told_sizes(reading: Reading, document: Document, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Notices for settings outside their own stated range, and for those a tenfold away from the built-in case's."""
    for key in dict.fromkeys((*ranges, *TYPICAL)):
        value = document.get(key)
        if not _number(value):
            continue
        low, high = ranges.get(key, (-math.inf, math.inf))
        if not low <= value <= high:
            reading.notices.append(f"{key} = {value:g} lies outside its own range in [ranges], {low:g} to {high:g}.")
        elif key not in ranges and far(value, TYPICAL[key]):
            reading.notices.append(
                f"{key} = {value:g} is a tenfold or more away from the built-in case's {TYPICAL[key]:g}. "
                "Check its unit."
            )


def _unknown(reading: Reading, document: Document, full: str, said: str, known: list[str], what: str) -> None:
    near = [k for k in difflib.get_close_matches(said, known, 1, 0.5) if k != said]
    elsewhere = [f"{s}.{k}" for s, keys in allowed_keys().items() for k in keys if k == said]
    if near:
        hint = f"Did you mean {near[0]!r}?"
    elif elsewhere and what == "setting" and elsewhere[0] != full:
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
