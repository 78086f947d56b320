"""The engine's modules as one plain script, to stand in a page or a worker."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

MODULES = (
    "tolerances",
    "settings",
    "promise",
    "finance",
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


def plain(text: str) -> str:
    """A module without its imports and exports, comments that have lines of their own, and indents."""
    return re.sub(r"\n\s+", "\n", _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text)))).strip()
