"""What the labels of StatBank say: the country and what is above municipalities, totals, ages and years."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

COUNTRY = ("hele landet", "all denmark", "whole country", "denmark", "danmark", "i alt", "total", "ialt", "tot")
"""What the country's own row is called."""

ABOVE = re.compile(r"(region|landsdel|provins|province|amt)\b", re.IGNORECASE)
COUNTRY_CODES, CODES_ABOVE = frozenset({0}), frozenset({*range(1, 12), *range(81, 86)})
"""StatBank's own codes of the country, and of its parts and regions, where no text says so."""

TOTALS = re.compile(r"(.* )?(i alt|ialt|total|tot|all ages|hele .*)$", re.IGNORECASE)
VALUE = frozenset({"indhold", "contents", "content", "value", "antal", "number", "obs_value"})
"""What the column of numbers of a long table is called."""

PERIOD = re.compile(r"(1[89]|20)\d\d([KQMU]\d{1,2})?(:.*)?$", re.IGNORECASE)
NIL = frozenset({"-", "\u2013", "\u2212"})
"""StatBank's mark for nobody."""

SEXES = frozenset({"men", "women", "mænd", "kvinder", "m", "k", "m\u00e6nd og kvinder"})


def headings_of(heads: Sequence[Sequence[str]], width: int) -> list[str]:
    """The name of each column, of one heading row or of several, one above the other."""
    filled = []
    for head in heads:
        row, last = [], ""
        for k in range(width):
            last = head[k] or (last if len(heads) > 1 and head is not heads[-1] else "")
            row.append(last)
        filled.append(row)
    return [" / ".join(dict.fromkeys(row[k] for row in filled if row[k])) for k in range(width)]


def is_total(label: str) -> bool:
    """Whether a label is that of a sum."""
    return any(TOTALS.fullmatch(said) for said in (label, text_of(label)))


def text_of(label: str) -> str:
    """A label's text without its code."""
    said = re.fullmatch(r"[A-Z\d]{1,6}[\s:]+(.*\D.*)", label)
    return said.group(1) if said and not span_of(label) else label


def span_of(label: str) -> tuple[float, float] | None:
    """The ages (or years) that a label speaks of: 15-49 år, 0 år, 100 år og derover."""
    if PERIOD.fullmatch(label):
        year = float(label[:4])
        part = re.match(r"([KQMU])(\d+)", label[4:].upper())
        if part is None:
            return year, year + 0.999
        size = {"K": 4, "Q": 4, "M": 12, "U": 53}[part.group(1)]
        return year + (int(part.group(2)) - 1) / size, year + (int(part.group(2)) - 0.5) / size
    said = re.fullmatch(
        r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?(\s*\+)?(?:\s*(?:år|years?))?(\s*(?:og derover|and over|\+).*)?", label
    )
    if said is None:
        return None
    low = float(said.group(1))
    if said.group(3) or said.group(4):
        return low, math.inf
    return low, float(said.group(2) or low)


def is_asked(said: str, label: str) -> bool:
    """Whether a label is one of what was asked for: the same word, its code, or within a range of ages or years."""
    if said.casefold() in (label.casefold(), text_of(label).casefold(), label.split(" ")[0].casefold()):
        return True
    if "," in said:
        return any(is_asked(one.strip(), label) for one in said.split(","))
    wanted = re.fullmatch(r"(\d+)\s*-\s*(\d+)", said)
    span = span_of(label)
    if wanted is None or span is None:
        return False
    return (
        float(wanted.group(1)) <= span[0] and int(span[1]) <= float(wanted.group(2))
        if math.isfinite(span[1])
        else False
    )


def without_single_sum(labels: Sequence[str], kept: set[str]) -> set[str]:
    """Where nothing but sums is there, the first of them."""
    if len(kept) > 1 and all(is_total(label) for label in kept):
        return {next(label for label in labels if label in kept)}
    return kept
