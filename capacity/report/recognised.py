"""English sentences of the library, recognised by the messages of a catalogue: which it is, and what stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fluent.syntax.ast import Resource


COUNTING = ("terminal",)
"""Catalogues in which the name of a value says whether it is a number."""

COUNTS = frozenset(
    {
        "amount",
        "apart",
        "beds",
        "bound",
        "best",
        "count",
        "days",
        "dkk",
        "done",
        "exact",
        "factor",
        "far",
        "few",
        "income",
        "left",
        "mean",
        "minutes",
        "most",
        "near",
        "part",
        "percent",
        "points",
        "regions",
        "seconds",
        "sets",
        "share",
        "shown",
        "size",
        "sites",
        "stays",
        "steps",
        "visits",
        "women",
        "year",
        "yearly",
        "years",
    }
)
"""Names of values that are numbers."""

NUMBER = r"[-+±]?(?:[\d.,]*\d(?:e[-+]?\d+)?|inf|nan)(?: ?%)?|-"


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message as what it looks like in a text.

    Attributes
    ----------
    name : str
    catalogue : str
    own : int
        Letters that are the message's own.
    needle : str
        The longest of them in one piece: a text without it is another.
    pattern : str
        A regular expression whose groups are the message's values.
    """

    name: str
    catalogue: str
    own: int
    needle: str
    pattern: str

    def values(self, text: str, *, empty: bool = False) -> dict[str, str] | None:
        """What stands in the place of the message's values; None where the text is another."""
        if self.needle not in text:
            return None
        found = _compiled(self.pattern.replace(".+?", ".*?") if empty else self.pattern).fullmatch(text)
        return None if found is None else found.groupdict()


@lru_cache(maxsize=10_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def recognised(
    text: str, catalogues: tuple[str, ...], *, empty: bool = False
) -> Iterator[tuple[Message, dict[str, str]]]:
    """Messages that a text may be, those with most letters of their own first; `empty` values too where asked."""
    for message in english(catalogues):
        values = message.values(text, empty=empty)
        if values is not None:
            yield message, values


@cache
def english(catalogues: tuple[str, ...]) -> tuple[Message, ...]:
    """The English messages of some catalogues, those with most letters of their own first."""
    messages = [message for catalogue in catalogues for message in _messages(catalogue)]
    return tuple(sorted(messages, key=lambda message: -message.own))


def _messages(catalogue: str) -> Iterator[Message]:
    from fluent.syntax import ast

    for entry in parsed(f"{catalogue}.en.ftl").body:
        if not isinstance(entry, ast.Message) or entry.value is None:
            continue
        # A value that is named twice is the same in both places.
        pieces, pattern, met = [""], "", set[str]()
        for element in entry.value.elements:
            if isinstance(element, ast.TextElement):
                text = element.value
            elif isinstance(element.expression, ast.StringLiteral):
                text = element.expression.parse()["value"]
            elif isinstance(element.expression, ast.VariableReference):
                name = element.expression.id.name
                anything = NUMBER if catalogue in COUNTING and name.rstrip("0123456789") in COUNTS else ".+?"
                pattern += f"(?P={name})" if name in met else f"(?P<{name}>{anything})"
                met.add(name)
                pieces.append("")
                continue
            else:
                continue
            pattern += re.escape(text)
            pieces[-1] += text
        yield Message(
            name=entry.id.name,
            catalogue=catalogue,
            own=sum(map(len, pieces)),
            needle=max(pieces, key=len),
            pattern=pattern,
        )


@cache
def parsed(file: str) -> Resource:
    """A catalogue's file, parsed once."""
    from fluent.syntax import FluentParser

    return FluentParser().parse(files("capacity.report").joinpath("locale", file).read_text(encoding="utf-8"))
