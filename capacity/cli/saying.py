"""What a command says: text of anybody's on the terminal, as text and nothing else."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import click

from capacity.report.signs import shown


def say(text: object = "", *, err: bool = False) -> None:
    """Print a line to standard output, or to standard error: what cannot be told there stops no run."""
    try:
        click.echo(writable(shown(str(text), kept="\n"), sys.stderr if err else sys.stdout), err=err)
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

    text = to_json(said)
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
