"""The phrases a page's script says: of the report's catalogue, in a form that needs no library to be said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fluent.syntax import ast

from capacity.report.recognised import parsed

COMPOSED = ("table-goal-", "table-why-", "table-part-", "table-choice-")
"""How phrases begin whose names a script puts together."""

OF_ENGINE = "table-must-"
"""How phrases begin that the engine says in English by itself."""


def catalogue(language: str, script: str) -> dict[str, Any]:
    """The phrases that a script names.

    Returns
    -------
    dict
        By name: text, or a list of texts, values (``{"value": name}``) and forms (``{"of": name, "forms": {...},
        "other": key}``), each form text or such a list itself.
    """
    named = set(re.findall(r'"([a-z][\w-]*)"', script))
    composed = COMPOSED if language == "en" else (*COMPOSED, OF_ENGINE)
    return {
        entry.id.name: _said(entry.value)
        for entry in parsed(f"{language}.ftl").body
        if isinstance(entry, ast.Message)
        and entry.value is not None
        and (entry.id.name in named or entry.id.name.startswith(composed))
    }


def _said(pattern: ast.Pattern) -> Any:
    parts = list(_parts(pattern))
    return "".join(parts) if all(isinstance(part, str) for part in parts) else parts


def _parts(pattern: ast.Pattern) -> Iterator[Any]:
    for element in pattern.elements:
        said = element if isinstance(element, ast.TextElement) else element.expression
        if isinstance(said, ast.SelectExpression):
            assert isinstance(said.selector, ast.VariableReference)
            keys = [v.key.name if isinstance(v.key, ast.Identifier) else v.key.value for v in said.variants]
            yield {
                "of": said.selector.id.name,
                "forms": {key: _said(v.value) for key, v in zip(keys, said.variants, strict=True)},
                "other": next(key for key, v in zip(keys, said.variants, strict=True) if v.default),
            }
        elif isinstance(said, ast.VariableReference):
            yield {"value": said.id.name}
        else:
            assert isinstance(said, (ast.TextElement, ast.StringLiteral))
            yield said.value
