"""What every engine proves is said in Danish: a report of a large case is no half English one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import capacity
from capacity.report.phrases import phrases

HERE = Path(capacity.__file__).parent
FILES = sorted(
    str(path.relative_to(HERE))
    for path in (HERE / "engines").rglob("*.py")
    if re.search(r"^\s*certificate ?= ?[(f\"]", path.read_text(encoding="utf-8"), re.MULTILINE)
)
BETTER = ("is better", "has a lower worst case")
"""What another plan would be or have (`Question.better`)."""


def certificates(file: str) -> Iterator[str]:
    """Sentences an engine hands on as its certificate, each as it may be said."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    held = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, (ast.JoinedStr, ast.Constant, ast.IfExp))
    }
    given = [
        node.value
        for node in ast.walk(tree)
        if (isinstance(node, ast.keyword) and node.arg == "certificate")
        or (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "certificate"
        )
    ]
    for value in given:
        for text in (part for part in ast.walk(value) if isinstance(part, (ast.JoinedStr, ast.Constant))):
            if isinstance(text, ast.JoinedStr):
                told = [filled(text, held, better) for better in BETTER]
            else:
                told = [text.value] if isinstance(text.value, str) else []
            yield from (said for said in told if re.fullmatch(r"[A-Z\d].* .*\.", said))


def filled(text: ast.JoinedStr, held: dict[str, ast.expr], better: str) -> str:
    """A text with a number in the place of every value, but for what is a text itself."""
    said = ""
    for part in text.values:
        if isinstance(part, ast.Constant):
            said += part.value
        elif isinstance(part, ast.FormattedValue):
            name = ast.unparse(part.value)
            inner = held.get(name)
            said += (
                better
                if name.endswith(".better")
                else filled(inner, held, better)
                if isinstance(inner, ast.JoinedStr)
                else str(inner.value)
                if isinstance(inner, ast.Constant)
                else ""
                if isinstance(inner, ast.IfExp)
                else "1,234"
            )
    return said


@pytest.mark.parametrize("file", FILES)
def test_what_an_engine_proves_is_said_in_danish(file: str) -> None:
    t, found = phrases("da"), dict.fromkeys(certificates(file))
    assert found
    assert [text for text in found if t.said(text) in (None, text)] == []


def test_every_engine_of_sets_is_looked_at() -> None:
    assert {"engines/enumerate.py", "engines/mip.py", "engines/tree/work.py", "engines/cover/limits.py"} <= set(FILES)
