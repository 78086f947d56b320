"""What travel from roads, timetables and families without a car say has its Danish words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import capacity
from capacity.report.spoken import spoken

HERE = Path(capacity.__file__).parent
ROOM = (
    *("addresses", "adding", "borders", "comparing", "extracts", "feeds", "homes", "roads", "routing"),
    *("road_travel", "speeds_of_roads", "timetable", "travel"),
)
FILES = (*(f"preparing/{name}.py" for name in ROOM), *("reading/parts.py", "problem/parts.py", "cli/comparison.py"))
AS_THEY_ARE = re.compile(
    r"added by capacity add-site|1 \(without a car\)|pip install .*|.*sites to ambulatories.*|.*OpenStreetMap contr.*"
)
"""What is written to a file or is a name, and is in it as it is."""


def texts(path: Path) -> Iterator[str]:
    """Sentences that a module may say, a number in the place of every value."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(value) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for value in node.values}
    # What explains something stands by itself.
    said |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in said:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "1" for part in node.values)


@pytest.mark.parametrize("file", FILES)
def test_every_sentence_is_known_in_danish(file: str) -> None:
    t = spoken("da")
    sentences = [text for text in texts(HERE / file) if re.search(r"[a-z]{2,} [a-z]{2,}", text)]
    assert sentences
    assert [
        text
        for text in sentences
        if not AS_THEY_ARE.fullmatch(text) and t.sentence(f"{text.rstrip('.')}.") == f"{text.rstrip('.')}."
    ] == []


def test_what_is_told_of_how_far_it_is() -> None:
    t = spoken("da")
    assert t.text("12 s: Ways of a.osm.pbf are read, 1,000 so far") == "12 s: Veje i a.osm.pbf læses, 1.000 indtil nu"
    assert t.text("3 s: Quickest ways are searched (2 of 25)") == "3 s: De hurtigste veje søges (2 af 25)"
