"""HiGHS without its greeting."""

from __future__ import annotations

import os
import sys
from functools import lru_cache


@lru_cache(maxsize=1)
def silence_greeting() -> None:
    """Keep HiGHS 1.16 from greeting on standard output when the first one is made, whatever its options."""
    import highspy

    try:
        sys.stdout.flush()
        kept = os.dup(1)
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]  # highspy has no types
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
