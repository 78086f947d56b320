"""The engine's modules as one plain script, to stand in a page or a worker."""

from __future__ import annotations


def engine_source() -> str:
    """The engine as one classic script that defines ``capacityEngine = {createEngine}``: no import, no eval."""
    raise NotImplementedError
