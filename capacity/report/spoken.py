"""What a command says in another language than English: its sentences, tables, faults and remedies.

The library speaks English. What it says is recognised by the English messages of ``locale/said.en.ftl``,
``locale/faults.en.ftl`` and ``locale/terminal.en.ftl``, and said by the messages of the same names: no fault, notice or
table need know that there are languages. A test walks the code and asks that every fault has its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.report.phrases import NUMBER, Phrases, phrases
from capacity.report.recognised import recognised
from capacity.report.signs import folded

if TYPE_CHECKING:
    from capacity.errors import Finding

HEAD, CELL = "head-", "cell-"
"""Beginnings of the names of messages that are heads of tables, and words that stand alone in a cell."""

SAID_ANEW = ("what", "why", "how", "hint")
"""Beginnings of values that are sentences or words themselves; all others (names, files, values) stay as they are."""

LISTED = "list"
"""Beginning of values that are lists in words: a, b and 3 more."""

AS_THEY_ARE = frozenset({"status", "problem", "record", "name", "names", "key", "value", "settings", "written", "engine"})
"""Keys of JSON whose texts are for machines, or the planner's own."""

_SENTENCE_ENDS = re.compile(r"(?<=[.!?:;]) (?=\S)")
_NUMBER_IN_TEXT = re.compile(r"\d[\d,]*(?:\.\d+)?")
_BULLET = re.compile(r"(\s*(?:[-*] )?)(.*?)(\s*)", re.DOTALL)


class Spoken(Phrases):
    """What the command line says, in one language."""

    catalogues: ClassVar[tuple[str, ...]] = ("said", "terminal", "faults")

    def text(self, text: str) -> str:
        """Lines in the language; what is not known stays as it is."""
        return "\n".join(map(self._line, text.split("\n")))

    def sentence(self, text: str) -> str:
        """A sentence, or several in a row; what is not known stays as it is."""
        known = self.known(text)
        if known is not None:
            return known
        parts = _SENTENCE_ENDS.split(text)
        said, k = [], 0
        while k < len(parts):
            # The longest run of parts that is one message: a sentence may hold a stop itself.
            for end in range(len(parts), k, -1):
                known = self.known(" ".join(parts[k:end]))
                if known is not None:
                    break
            said.append(parts[k] if known is None else known)
            k = k + 1 if known is None else end
        return " ".join(said)

    def head(self, text: str) -> str:
        """The head of a column, which may stand on several lines."""
        whole = re.sub(r"(?<=\w)-\n", "", text).replace("\n", " ")
        known = self.known(whole, HEAD)
        return text if known is None else folded(known)

    def cell(self, text: str) -> str:
        """A cell: a number, a word of the library, or a sentence; ids and names stay as they are."""
        if not re.search(r"[^\W\d]", text):
            return self.numerals(text)
        known = self.known(text, CELL)
        if known is None and " " in text:
            return self.text(text)
        return text if known is None else known

    def numerals(self, text: str) -> str:
        """Text with its numbers in the language's form."""
        return _NUMBER_IN_TEXT.sub(lambda found: self._numeral(found.group()), text)

    def finding(self, finding: Finding) -> str:
        """A fault as it is told: where, what must hold, what stands there, and what to do."""
        from dataclasses import replace

        said = str(replace(finding, rule=self.sentence(finding.rule), remedy=self.sentence(finding.remedy)))
        if finding.row is not None:
            said = said.replace(f" row {finding.row}", f" {self('row')} {finding.row}", 1)
        return said.replace(" (got ", f" ({self('got')} ", 1) if finding.value is not None else said

    def json(self, value: Any, key: str = "") -> Any:
        """A JSON value with its sentences in the language: keys, and words for machines, stay as they are."""
        if key in AS_THEY_ARE:
            return value
        if isinstance(value, Mapping):
            return {k: self.json(v, str(k)) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.json(v, key) for v in value]
        return self.text(value) if isinstance(value, str) and " " in value else value

    def known(self, text: str, kind: str = "") -> str | None:
        """A text in the language, of a kind of message where asked; None where it is not known."""
        for empty in (False, True):
            for message, values in recognised(text, self.catalogues, empty=empty):
                if message.name.startswith(kind or (HEAD, CELL)) != bool(kind):
                    continue
                if message.own or kind:
                    put = {k: self._value(k, v, message.catalogue) for k, v in values.items()}
                    return self.formed(message.name, put)
        return None

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
        if name.startswith(LISTED):
            return self._list(value)
        # What a fault tells of a number is to be found, or typed, in a file as it stands.
        return self._numeral(value) if catalogue == "terminal" and NUMBER.fullmatch(value) else value

    def _list(self, value: str) -> str:
        more = re.fullmatch(r"(.*) and ([\d,]+) more", value, re.DOTALL)
        if more:
            return f"{more[1]} {self('and-more', count=more[2])}"
        listed = re.split(", | and ", value)
        return self.joined(listed) if len(listed) > 1 and " and " in value else value

    def _numeral(self, number: str) -> str:
        """A number as the language writes it, grouped where it was."""
        signs = {",": self.number(1000)[1:2], ".": self.number(0.5, 1)[1:2]}
        return "".join(signs.get(sign, sign) for sign in number)


@cache
def spoken(language: str) -> Spoken:
    """What the command line says in a language."""
    return Spoken(phrases(language).language)
