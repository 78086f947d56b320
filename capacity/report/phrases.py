"""What maps and reports say, in English and in Danish: a Fluent catalogue, and Babel for numbers and dates.

``locale/<language>.ftl`` holds the phrases. Sentences that the library says elsewhere in English (a
certificate, a verdict, a notice, the built-in case's sources) are messages of ``locale/said.en.ftl``:
such a sentence is recognised by the English message and said by the message of the same name.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.errors import DataError, Finding
from capacity.problem.parts import NAMED, TRANSIT
from capacity.report.recognised import parsed, recognised

if TYPE_CHECKING:
    from capacity.problem.network import Network

LOCALES: Mapping[str, str] = {"en": "en_GB", "da": "da_DK"}
"""Languages, and the locale whose numbers and dates they use."""

DATES: Mapping[str, str] = {"en": "d MMMM y, HH:mm", "da": "d. MMMM y HH:mm"}

NONE = "–"
"""Stands where there is no number."""

NUMBER = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?|[-+]?\d+(\.\d+)?")


LONGEST = 900
"""Letters of a value that Fluent takes at once."""


class Phrases:
    """The catalogue of one language.

    Parameters
    ----------
    language : {"en", "da"}
    """

    catalogues: ClassVar[tuple[str, ...]] = ("said",)
    """Where sentences that the library says elsewhere are looked for."""

    def __init__(self, language: str) -> None:
        from babel import Locale

        self.language = language
        self.locale = Locale.parse(LOCALES[language])
        self._bundle = self._bundled(f"{language}.ftl")

    def __call__(self, phrase: str, **values: Any) -> str:
        """A phrase, with its values put in; a number chooses the plural form.

        Raises
        ------
        KeyError
            Where the catalogue has no such phrase, or a value is missing.
        """
        name, _, attribute = phrase.partition(".")
        message = self._bundle.get_message(name)
        pattern = message.attributes[attribute] if attribute else message.value
        if pattern is None:
            raise KeyError(phrase)
        # Fluent takes no long values: they are put in afterwards.
        long = {k: v for k, v in values.items() if isinstance(v, str) and len(v) > LONGEST}
        tokens = {k: f"\ue000{n}\ue001" for n, k in enumerate(long)}
        text, errors = self._bundle.format_pattern(pattern, {**values, **tokens})
        if errors:
            raise KeyError(f"{phrase}: {errors[0]}")
        for key, token in tokens.items():
            text = str(text).replace(token, long[key])
        return str(text)

    def has(self, phrase: str) -> bool:
        """Whether the catalogue has a phrase."""
        name, _, attribute = phrase.partition(".")
        if not re.fullmatch(r"[A-Za-z][\w-]*", name) or not self._bundle.has_message(name):
            return False
        message = self._bundle.get_message(name)
        return attribute in message.attributes if attribute else message.value is not None

    def number(self, value: float, decimals: int = 0) -> str:
        """A number in the language's form; a dash where there is none."""
        if value != value:
            return NONE
        text = self._formatted(value, "#,##0" + ("." + "0" * decimals if decimals else ""))
        # What is rounded to nothing has no sign.
        return text.removeprefix("-") if text.startswith("-") and not any(c in "123456789" for c in text) else text

    def plain(self, value: float) -> str:
        """A number with as many decimals as it has, from 1 up two at most."""
        return self._formatted(round(value, 2) if abs(value) >= 1 else value, "#,##0.######")

    def signed(self, value: float, decimals: int = 0) -> str:
        """A number with its sign, + as well."""
        text = self.number(abs(value), decimals)
        zero = not any(c in "123456789" for c in text)
        return text if zero else f"{'−' if value < 0 else '+'}{text}"

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share as per cent in the language's form."""
        return NONE if share != share else f"{self.number(100 * share, decimals)}\N{NO-BREAK SPACE}%"

    def date(self, when: str) -> str:
        """An ISO moment in the language's form."""
        from babel.dates import format_datetime

        try:
            moment = datetime.datetime.fromisoformat(when)
        except ValueError:
            return when
        return str(format_datetime(moment, DATES[self.language], locale=self.locale))

    def joined(self, items: Iterable[str]) -> str:
        """A list in words: a, b and c."""
        from babel.lists import format_list

        listed = list(items)
        return str(format_list(listed, locale=self.locale)) if listed else NONE

    def said(self, text: str, names: Mapping[str, str] | None = None) -> str | None:
        """A sentence of the library in this language; None where it is not known.

        Parameters
        ----------
        text : str
            As the library says it, in English.
        names : mapping of id to name, optional
            Ids in the sentence (alone or in a list) become names.
        """
        for message, values in recognised(text, self.catalogues):
            put = {key: self._put(value, names or {}) for key, value in values.items()}
            return self.formed(message.name, put)
        return None

    def formed(self, name: str, values: Mapping[str, str]) -> str:
        """A message of the library's sentences with its values."""
        formatted, _ = self._said.format_pattern(self._said.get_message(name).value, values)
        return str(formatted)

    def _put(self, value: str, names: Mapping[str, str]) -> str:
        """A value met in an English sentence: a number, ids, or a phrase of its own."""
        if NUMBER.fullmatch(value):
            bare = value.replace(",", "").lstrip("+")
            decimals = len(bare.partition(".")[2])
            text = self.number(float(bare), decimals)
            return f"+{text}" if value.startswith("+") else text
        keys = value.split("; ")
        if len(keys) > 1 and all(key in names for key in keys):
            return "; ".join(names[key] for key in keys)
        parts = value.split(", ")
        if all(part in names for part in parts):
            # Not "a, b and c": two lists may stand side by side in one sentence.
            return " + ".join(names[part] for part in parts)
        known = self.said(value, names)
        if known is None and (begun := self.said(value[:1].upper() + value[1:], names)) is not None:
            known = begun[:1].lower() + begun[1:]
        if known is None and len(listed := re.split(", | and ", value)) > 1:
            return self.joined(listed)
        return value if known is None else known

    @cached_property
    def _said(self) -> Any:
        return self._bundled(*(f"{catalogue}.{self.language}.ftl" for catalogue in self.catalogues))

    def _formatted(self, value: float, pattern: str) -> str:
        return _decimal(round(value, 9) + 0.0, pattern, LOCALES[self.language])

    def _bundled(self, *of: str) -> Any:
        from fluent.runtime import FluentBundle

        # Marks that isolate text from the other direction of writing are no use in Danish or English.
        bundle = FluentBundle([LOCALES[self.language].replace("_", "-")], use_isolating=False)
        for file in of:
            bundle.add_resource(parsed(file))
        return bundle


@cache
def phrases(language: str) -> Phrases:
    """The catalogue of a language, or a `DataError` that lists them."""
    if language not in LOCALES:
        raise DataError(
            [
                Finding(
                    table="report",
                    column="language",
                    value=language,
                    rule="the language is one the report speaks",
                    remedy=f"Choose from: {', '.join(LOCALES)}.",
                )
            ]
        )
    return Phrases(language)


@lru_cache(maxsize=10_000)
def _decimal(value: float, pattern: str, locale: str) -> str:
    from babel.numbers import format_decimal

    return str(format_decimal(value, pattern, locale=locale))


def point_names(net: Network, t: Phrases) -> tuple[str, ...]:
    """Names of the demand points: of families without a car in the reader's language, length n."""
    mark = NAMED.format(name="")
    return tuple(
        t("point-without-car", name=name.removesuffix(mark)) if way == TRANSIT else name
        for name, way in zip(net.point_names, net.point_travel, strict=True)
    )
