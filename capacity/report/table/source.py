"""The engine's modules as one plain script, to stand in a page or a worker."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

MODULES = (
    "tolerances",
    "settings",
    "promise",
    "finance",
    "admitted",
    "aftercare",
    "rules",
    "problem",
    "plans",
    "objectives",
    "figures",
    "bounds",
    "search",
    "engine",
)
"""In an order in which each module's constants stand before what is asked of them."""

_IMPORT = re.compile(r"^import \{[^}]*\} from \"\./\w+\.js\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class)\b)", re.MULTILINE)
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*\*(?:[^*]|\*(?!/))*\*/)\n", re.MULTILINE)


def module(name: str) -> str:
    """A module as it is written."""
    return (files("capacity.report.table") / f"{name}.js").read_text(encoding="utf-8")


@cache
def engine_source() -> str:
    """The engine as one classic script that defines ``capacityEngine = {createEngine}``: no import, no eval.

    The same text works in a page and in a worker made from it.
    """
    body = "\n".join(plain(module(name)) for name in MODULES)
    return f'const capacityEngine = (() => {{\n"use strict";\n{body}\nreturn {{ createEngine }};\n}})();\n'


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the engine can work with, as its own text says: what is not named here it would leave out.

    Attributes
    ----------
    rules : mapping of name to tuple of str
        With the parameters it knows of each.
    settings : tuple of str
        Numbers and choices, by the names of ``--set``.
    objectives : tuple of str
    """

    rules: Mapping[str, tuple[str, ...]]
    settings: tuple[str, ...]
    objectives: tuple[str, ...]


@cache
def engine_knows() -> Known:
    """What the engine can work with."""
    takes = said_by("rules", "TAKES")
    return Known(
        rules={name: tuple(parameters) for name, parameters in takes.items()},
        settings=(*said_by("settings", "NUMBERS"), *said_by("settings", "CHOICES")),
        objectives=tuple(said_by("objectives", "OBJECTIVES")),
    )


def said_by(name: str, constant: str) -> Any:
    """A module's constant, which stands there as JSON."""
    _, _, said = module(name).partition(f"const {constant} = ")
    return json.loads(said.partition(";\n")[0])


def plain(text: str) -> str:
    """A module without its imports and exports, comments that have lines of their own, and indents."""
    return re.sub(r"\n\s+", "\n", _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text)))).strip()
