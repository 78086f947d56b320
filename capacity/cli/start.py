"""Where a run starts: Ctrl+C ends it in one sentence, however little of the library is loaded."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import NoReturn

INTERRUPTED = 130

OBJECTS = 100_000
"""Objects more than there were, before those that only hold each other are looked for."""


def main() -> NoReturn:
    """Run the command line's command and leave with its exit code."""
    told: list[int] = []

    def note(number: int, frame: object) -> None:
        told.append(number)
        raise KeyboardInterrupt

    # What somebody else has made of Ctrl+C, such as a shell that runs this in the background, is left as it is.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started this
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - it lasts as long as the run
    # Arrays are small: numpy's threads for products of large ones take longer to start than they would ever save.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    try:
        if own:
            signal.signal(signal.SIGINT, note)
        # Nothing that is being loaded is garbage: looking for it takes a tenth of the time. Most of the library is
        # loaded by the command itself, and the collector has no part in arrays.
        gc.disable()
        gc.set_threshold(OBJECTS)
        try:
            from capacity.cli.main import run
        finally:
            gc.enable()

        if own:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run()
        if own:
            # Nothing is left that could be interrupted.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except BaseException as error:
        # An extension module that is interrupted while it loads may say so in an error of its own.
        if not (isinstance(error, KeyboardInterrupt) or told):
            raise
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        code = interrupted(sys.argv[1:])
    sys.exit(code)


def interrupted(given: list[str]) -> int:
    """Say that the run was interrupted, as JSON too where that is asked for; the exit code."""
    message = "Interrupted: nothing was written."
    sys.stderr.write(f"{message}\n")
    if "--json" in given:
        sys.stdout.write(f'{{\n  "status": "interrupted",\n  "message": "{message}"\n}}\n')
        sys.stdout.flush()
    return INTERRUPTED
