"""What stands beside a map: the legend, the scale bar and lines of text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from capacity.report.marks import Mark
from capacity.report.naming import overlap
from capacity.report.sheet import Scene, Sheet, discs_of

COLUMN = 215.0
"""Width a legend's column needs, in pixels at a unit of 1."""

LETTER = 0.55
"""Mean width of a letter, in its size."""

KILOMETRES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, kw_only=True)
class Key:
    """One line of a legend: a sample and what it means."""

    kind: str
    ink: str
    text: str
    size: float = 0.0
    edge: str = ""


def legend(
    blocks: Sequence[tuple[str, Sequence[Key]]], left: float, top: float, width: float, unit: float
) -> tuple[list[Mark], float]:
    """Blocks of keys, each under its heading, in as many columns as fit; and where they end."""
    columns = max(1, int(width // (COLUMN * unit)))
    step = width / columns
    marks: list[Mark] = []
    y = top
    for heading, keys in blocks:
        if heading:
            y += 14 * unit
            marks.append(Mark(kind="text", xy=(left, y), ink="text", text=heading, size=12 * unit, weight="bold"))
        rows = -(-len(keys) // columns)
        for k, key in enumerate(keys):
            x, base = left + (k // rows) * step, y + (20 * unit) * (k % rows + 1)
            marks += _sample(key, x, base - 4 * unit, unit)
            marks.append(Mark(kind="text", xy=(x + 30 * unit, base), ink="text", text=key.text, size=12 * unit))
        y += 20 * unit * rows + 10 * unit
    return marks, y


def _sample(key: Key, x: float, y: float, unit: float) -> list[Mark]:
    if key.kind == "box":
        box = (22 * unit, 14 * unit)
        return [Mark(kind="box", xy=(x, y - 7 * unit), ink=key.ink, wide=box, edge="line")]
    if key.kind == "border":
        line = [((x, y), (x + 22 * unit, y))]
        edge = Mark(kind="lines", xy=line, ink="line", size=3 * unit)
        return [edge, Mark(kind="lines", xy=line, ink=key.ink, size=1.2 * unit)]
    if key.kind == "lines":
        return [Mark(kind="lines", xy=[((x, y + 4 * unit), (x + 22 * unit, y - 4 * unit))], ink=key.ink, size=unit)]
    return [Mark(kind=key.kind, xy=(x + 11 * unit, y), ink=key.ink, size=key.size * unit, edge=key.edge)]


def scale_bar(scene: Scene, sheets: Sequence[Sheet], unit: float) -> list[Mark]:
    """A bar of a round number of kilometres, about a fifth of the map, in the corner below where it covers nothing."""
    sheet = sheets[0]
    about = sheet.frame.width / 5_000
    km = max(k for k in KILOMETRES if k <= max(about, 1))
    long, y = km * 1_000 * sheet.scale, sheet.top + sheet.size[1] - 14 * unit
    taken = [*(s.box for s in sheets[1:]), *(d.box for d in discs_of(scene, sheet, unit))]

    def covers(x: float) -> float:
        return sum(overlap((x, y - 18 * unit, x + long, y + 2 * unit), box) for box in taken)

    x = min((sheet.left + 12 * unit, sheet.box[2] - long - 12 * unit), key=covers)
    ends = [((x, y - 4 * unit), (x, y + unit)), ((x + long, y - 4 * unit), (x + long, y + unit))]
    return [
        Mark(kind="lines", xy=[((x, y), (x + long, y)), *ends], ink="text", size=1.6 * unit),
        Mark(
            kind="text",
            xy=(x + long / 2, y - 6 * unit),
            ink="text",
            text=f"{km} km",
            size=11 * unit,
            anchor="middle",
            group="h",
        ),
    ]


def lines_of(said: Sequence[str], left: float, top: float, width: float, unit: float) -> tuple[list[Mark], float]:
    """Small text, broken to the width; and where it ends."""
    size = 10.5 * unit
    marks = []
    for text in said:
        for line in textwrap.wrap(text, max(20, int(width / (LETTER * size)))):
            top += 14.5 * unit
            marks.append(Mark(kind="text", xy=(left, top), ink="soft", text=line, size=size))
    return marks, top
