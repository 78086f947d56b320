"""What a command says in another language than English: its sentences, tables, faults and remedies.

The library speaks English. What it says is recognised by the English messages of ``locale/said.en.ftl``,
``locale/faults.en.ftl`` and ``locale/terminal.en.ftl``, and said by the messages of the same names: no fault, notice or
table need know that there are languages. What is not known stays English; a test walks the code and asks
that every fault is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.problem.parts import NAMED
from capacity.report.phrases import NUMBER, Phrases, phrases
from capacity.report.recognised import Message, recognised
from capacity.report.signs import folded

if TYPE_CHECKING:
    from capacity.errors import Finding

HEAD, CELL, PART = "head-", "cell-", "part-"
"""Beginnings of the names of messages that are heads of tables, words that stand alone in a cell, and a rule's part."""

SAID_ANEW = ("what", "why", "how", "hint", "one")
"""Beginnings of values that are sentences or words themselves; all others (names, files, values) stay as they are."""

LISTED, RULES, PARTS = "list", "rules", "parts"
"""Beginnings of values that are lists in words (a, b and 3 more), rules with what they ask, and rows of parts."""

WHOLE, SEVERAL = ("what", "why"), ("how", "hint", "listed", "raw", "rules", "parts")
"""Beginnings of values that may be several sentences, and of those that may be several parts of one."""

CURVE = "curve"
"""Beginning of values that are numbers in a row."""

WEIGHT = "weight"
"""A column of the demand points: those of the built-in case have a name of their own."""

TYPED = "raw"
"""Beginning of values that are typed as they stand, numbers too."""

STOPS = (".", ",", ";", ":")

FEW, SCANT = 5, 9
"""Letters of its own below which a message is only met between numbers: two names with "to" between are no span."""

AS_THEY_ARE = frozenset(
    {"status", "problem", "record", "name", "names", "key", "value", "settings", "written", "engine"}
)
"""Keys of JSON whose texts are for machines, or the planner's own."""

_SENTENCE_ENDS = re.compile(r"(?<=[.!?:;]) (?=\S)")
_NEXT_SENTENCE = re.compile(r"(?<![A-ZÆØÅ][a-zæøå])[.!?] (?=[A-ZÆØÅ(])|(?<=[a-zæøå]{4})[.!?] ")
_NUMBER_IN_TEXT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_WITH_SOURCE = re.compile(r"(.+) \(([^()]+)\)", re.DOTALL)
_COUNTED = re.compile(r"([-+]?[\d,.]*\d) (\S.*)")
_BULLET = re.compile(r"(\s*(?:[-*] )?)(.*?)(\s*)", re.DOTALL)


class Spoken(Phrases):
    """What the command line says, in one language."""

    catalogues: ClassVar[tuple[str, ...]] = ("said", "terminal", "roads", "faults")

    def text(self, text: str) -> str:
        """Lines in the language; what is not known stays as it is."""
        return self._without_car("\n".join(map(self._line, text.split("\n"))))

    def _without_car(self, text: str) -> str:
        """Text with families without a car in the language, wherever their place is named."""
        mark = NAMED.format(name="")
        return text.replace(mark, self._mark) if mark in text else text

    @cached_property
    def _mark(self) -> str:
        return self("point-without-car", name="")

    def sentence(self, text: str) -> str:
        """A sentence, or several in a row; what is not known stays as it is."""
        known = self._however(text)
        if known is not None:
            return known
        parts = _SENTENCE_ENDS.split(text)
        said, k = [], 0
        while k < len(parts):
            # The longest run of parts that is one message: a sentence may hold a stop itself.
            for end in range(len(parts), k, -1):
                known = self._however(" ".join(parts[k:end]))
                if known is not None:
                    break
            said.append(parts[k] if known is None else known)
            k = k + 1 if known is None else end
        return " ".join(said)

    def _however(self, text: str) -> str | None:
        """A text that may go on, or begin with another size of its first letter, or a number; None where not known."""
        if NUMBER.fullmatch(text):
            return self._numeral(text)
        known = self._sentences_of_rules.get(text) or self._begun(text, stop=False)
        if known is None and text[-1:] in STOPS and len(text) > 1:
            # The stop is the sentence's, not that of the value in front of it.
            bare = self._however(text[:-1])
            known = self._begun(text) if bare is None else bare.removesuffix(".") + text[-1:]
        if known is None and (counted := _COUNTED.fullmatch(text)):
            what = self.known(counted[2])
            known = None if what is None else f"{self.numerals(counted[1])} {what}"
        if known is None and (told := _WITH_SOURCE.fullmatch(text)):
            what = self.known(told[1])
            known = None if what is None else f"{what} ({self.sentence(told[2])})"
        return known

    def _begun(self, text: str, *, stop: bool = True) -> str | None:
        """A text that may begin with another size of its first letter; None where not known."""
        known = self.known(text, stop=stop)
        if known is None and text[:1].swapcase() != text[:1]:
            other = self.known(text[:1].swapcase() + text[1:], stop=stop)
            if other is not None:
                known = (other[:1].upper() if text[:1].isupper() else other[:1].lower()) + other[1:]
        return known

    @cached_property
    def _sentences_of_rules(self) -> dict[str, str]:
        from capacity.rules import RULES

        said = {rule.sentence: self(f"rule-{rule.name}") for rule in RULES}
        # A fault says it without its stop.
        return said | {text.rstrip("."): anew.rstrip(".") for text, anew in said.items()}

    def head(self, text: str) -> str:
        """The head of a column, which may stand on several lines."""
        whole = re.sub(r"(?<=\w)-\n", "", text).replace("\n", " ")
        known = self.known(whole, HEAD)
        return text if known is None else folded(known)

    def cell(self, text: str) -> str:
        """A cell: a number, a word of the library, or a sentence; ids and names stay as they are."""
        known = self.known(text, CELL)
        return self._without_car("\n".join(map(self._line_of_cell, text.split("\n")))) if known is None else known

    def _line_of_cell(self, line: str) -> str:
        if not re.search(r"[^\W\d]", line):
            # The comma is taken by the decimals.
            return self.numerals(line).replace(", ", "; ")
        return self._line(line) if " " in line else line

    def numerals(self, text: str) -> str:
        """Text with its numbers in the language's form."""
        return _NUMBER_IN_TEXT.sub(lambda found: self._numeral(found.group()), text)

    def finding(self, finding: Finding) -> str:
        """A fault as it is told: where, what must hold, what stands there, and what to do."""
        from dataclasses import replace

        said = str(replace(finding, rule=self.sentence(finding.rule), remedy=self.sentence(finding.remedy)))
        if finding.row is not None:
            said = said.replace(f" row {finding.row}", f" {self.formed('row', {})} {finding.row}", 1)
        return said.replace(" (got ", f" ({self.formed('got', {})} ", 1) if finding.value is not None else said

    def json(self, value: Any, key: str = "") -> Any:
        """A JSON value with its sentences in the language: keys, and words for machines, stay as they are."""
        if key in AS_THEY_ARE:
            return value
        if isinstance(value, Mapping):
            return {k: self.json(v, str(k)) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.json(v, key) for v in value]
        return self.text(value) if isinstance(value, str) and " " in value else value

    def known(self, text: str, kind: str = "", *, stop: bool = True) -> str | None:
        """A text in the language, of a kind of message where asked; None where it is not known.

        Without `stop`, no value that is no sentence takes the stop at the end of the text.
        """
        for empty in (False, True):
            for message, values in recognised(text, self.catalogues, empty=empty):
                if message.name.startswith(kind or (HEAD, CELL, PART)) != bool(kind):
                    continue
                if not stop and _takes_stop(message, values, text):
                    continue
                few = kind not in (HEAD, PART) and message.own < (
                    SCANT if len(values) > 1 and message.catalogue != "terminal" else FEW
                )
                if all(map(NUMBER.fullmatch, values.values())) or (not few and self._fit(message, values)):
                    put = {k: self._value(k, v, message.catalogue) for k, v in values.items()}
                    return self.formed(message.name, put)
        return None

    def _fit(self, message: Message, values: Mapping[str, str]) -> bool:
        return all(_fits(name, value, parted=message.catalogue == "said") for name, value in values.items())

    def said(self, text: str, names: Mapping[str, str] | None = None) -> str | None:
        """A sentence in this language; None where it is not known."""
        return super().said(text, names) if names else self.known(text)

    def _line(self, text: str) -> str:
        begun, said, ended = _BULLET.fullmatch(text).groups()  # type: ignore[union-attr]  # it takes any text
        return f"{begun}{self.sentence(said)}{ended}" if said else text

    def _value(self, name: str, value: str, catalogue: str) -> str:
        """A value met in an English message."""
        if catalogue == "said":
            return self._put(value, {})
        if name.startswith(SAID_ANEW):
            known = self.known(value)
            return self.known(value, CELL) or self.sentence(value) if known is None else known
        if name.startswith(RULES):
            parts = re.split(r" and (?=[a-z_]+(?: \(| in | for | and |$))", value)
            return self.joined(self.known(part, PART) or part for part in parts)
        if name.startswith(PARTS):
            return "; ".join(self.known(part, PART) or part for part in value.split("; "))
        if name.startswith(LISTED):
            return self._list(value)
        if name.startswith(TYPED):
            return value
        if name.startswith(CURVE):
            return self.numerals(value)
        if name == WEIGHT and self.has(f"value-{value}"):
            return self(f"value-{value}")
        # What a fault tells of a number is to be found, or typed, in a file as it stands.
        return self._numeral(value) if catalogue in ("terminal", "roads") and NUMBER.fullmatch(value) else value

    def _list(self, value: str) -> str:
        more = re.fullmatch(r"(.*) and ([\d,]+) more", value, re.DOTALL)
        if more:
            return f"{more[1]} {self.formed('and-more', {'count': more[2]})}"
        listed = re.split(", | and ", value)
        return self.joined(listed) if len(listed) > 1 and " and " in value else value

    def _numeral(self, number: str) -> str:
        """A number as the language writes it, grouped where it was."""
        signs = {",": self.number(1000)[1:2], ".": self.number(0.5, 1)[1:2]}
        return "".join(signs.get(sign, sign) for sign in number)


def _takes_stop(message: Message, values: Mapping[str, str], text: str) -> bool:
    """Whether the last value of a message, and no sentence, ends with the stop of the text."""
    if (
        text[-1:] not in STOPS
        or text.endswith("...")
        or message.catalogue == "said"
        or not message.pattern.endswith(")")
        or message.pattern.endswith("\\)")
    ):
        return False
    last = list(values)[-1]
    return not last.startswith(SAID_ANEW) and values[last].endswith(text[-1])


def _fits(name: str, value: str, *, parted: bool) -> bool:
    """Whether a value is what its name may stand for: no sentence behind it and, where not `parted`, no other part."""
    if value.count("(") != value.count(")") or value.find(")") < value.find("("):
        return False
    if name.startswith(CURVE):
        return not any(c.isalpha() for c in value)
    if name.startswith(WHOLE):
        return True
    return not _NEXT_SENTENCE.search(value) and (parted or name.startswith(SEVERAL) or "; " not in value)


@cache
def spoken(language: str) -> Spoken:
    """What the command line says in a language."""
    return Spoken(phrases(language).language)
