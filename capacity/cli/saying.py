"""What a command says: text of anybody's on the terminal, as text and nothing else."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

import click

from capacity.report.signs import shown

if TYPE_CHECKING:
    from capacity.report.spoken import Spoken

ENGLISH, DANISH = "en", "da"
LANGUAGES = (ENGLISH, DANISH)

LANGUAGE: ContextVar[str] = ContextVar("language", default=ENGLISH)
"""The language of this run."""


def language_of(given: Sequence[str], environment: Mapping[str, str]) -> str:
    """What ``--lang`` says, or else the environment, where it is a language this library speaks.

    >>> language_of(["plan", "--lang=da"], {}), language_of(["plan"], {"LANG": "da_DK.UTF-8"})
    ('da', 'da')
    >>> language_of(["plan", "--lang", "en"], {"LC_ALL": "da_DK"}), language_of([], {"LC_ALL": "C", "LANG": "da_DK"})
    ('en', 'en')
    """
    for k, word in enumerate(given):
        option, equals, said = word.partition("=")
        if option == "--lang":
            asked = said if equals else next(iter(given[k + 1 :]), "")
            return asked if asked in LANGUAGES else ENGLISH
    there = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    language = there.lower().partition("_")[0].partition(".")[0]
    # Windows calls it by its English name.
    return DANISH if language in (DANISH, "danish") else ENGLISH


def words() -> Spoken | None:
    """What is said in the language of this run; None where that is English, as all is said already."""
    language = LANGUAGE.get()
    if language == ENGLISH:
        return None
    from capacity.report.spoken import spoken

    return spoken(language)


def told(text: object) -> str:
    """Text in the language of this run."""
    speak = words()
    return str(text) if speak is None else speak.text(str(text))


def say(text: object = "", *, err: bool = False) -> None:
    """Print a line to standard output, or to standard error: what cannot be told there stops no run."""
    say_as_it_is(in_lines(told(text), err=err), err=err)


def in_lines(text: str, *, err: bool = False) -> str:
    """Text whose lines fit a terminal, broken between words under where they begin; as it is for a file or a pipe."""
    if not (sys.stderr if err else sys.stdout).isatty():
        return text
    # COLUMNS, where it is set, or what the terminal says.
    import shutil

    wide = shutil.get_terminal_size().columns
    return "\n".join(_folded(line, wide) for line in text.split("\n"))


def _folded(line: str, wide: int) -> str:
    import textwrap

    begun = len(line) - len(line.lstrip(" "))
    # What stands in columns of its own is no sentence.
    if len(line) <= wide or "  " in line[begun:].rstrip():
        return line
    bullet = re.match(r"(?:[-*•] |\d+\. )", line[begun:])
    under = " " * (begun + (len(bullet[0]) if bullet else 0))
    return textwrap.fill(line, wide, subsequent_indent=under, break_long_words=False, break_on_hyphens=False)


def say_as_it_is(text: str, *, err: bool = False) -> None:
    """Print a line that is said in the language of this run already, or is for machines."""
    try:
        click.echo(writable(shown(text, kept="\n"), sys.stderr if err else sys.stdout), err=err)
    except BrokenPipeError:
        raise
    except OSError:
        if not err:
            raise
        hush(sys.stderr)


def say_json(said: Mapping[str, Any]) -> None:
    """Print one JSON object; where the output takes no letters beyond ASCII, they are escaped as JSON does it."""
    import json

    from capacity.report.payload import to_json

    speak = words()
    text = to_json(said if speak is None else speak.json(said))
    click.echo(text if _takes(text, sys.stdout) else json.dumps(json.loads(text), indent=2))


def writable(text: str, stream: TextIO) -> str:
    """Text with marks in the place of letters that a stream cannot take."""
    if _takes(text, stream):
        return text
    encoding = getattr(stream, "encoding", None) or "ascii"
    return text.encode(encoding, errors="backslashreplace").decode(encoding)


def _takes(text: str, stream: TextIO) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def hush(stream: TextIO) -> None:
    """Send what a stream still holds nowhere, so that Python does not complain of it while it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
