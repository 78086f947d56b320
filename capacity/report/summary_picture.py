"""A plan's summary as a picture (PNG) of a page of A4, drawn without a browser."""

from __future__ import annotations

import struct
import textwrap
import zlib
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.plan.plan import Plan
from capacity.report.marks import Drawing, Mark, to_png
from capacity.report.phrases import phrases

if TYPE_CHECKING:
    from capacity.report.geometry import Ground
    from capacity.report.summary import Summary

WIDE, HIGH, EDGE = 794.0, 1123.0, 46.0
"""A4 at 96 dots an inch, and its margin, in pixels."""

MAP, DRAWN = 286.0, 400.0
"""Width of the map at the right, and that it is drawn for."""

GAP = 24.0
LETTER, BOLD = 0.56, 0.63
"""Mean width of a letter, in its size."""

LEADING = 1.36
"""From one line to the next, in the size of the letters."""

SMALLEST = 0.72
"""Of their size, that letters shrink to where a page is full; what is longer still makes the page longer."""

SIGN = b"capacity-content"
"""The keyword beside the hash of a picture's other parts."""


class _Column:
    """Lines under each other on the page."""

    def __init__(self, *, left: float, top: float, width: float, scale: float) -> None:
        self.left, self.y, self.width, self.scale = left, top, width, scale
        self.marks: list[Mark] = []

    def text(self, said: str, size: float, *, ink: str = "text", weight: str = "normal", indent: float = 0.0) -> None:
        """A paragraph, broken to the width."""
        size *= self.scale
        mean = BOLD if weight == "bold" else LETTER
        for line in textwrap.wrap(said.replace("`", ""), max(12, int((self.width - indent) / (mean * size)))):
            self.y += LEADING * size
            self.marks.append(
                Mark(kind="text", xy=(self.left + indent, self.y), ink=ink, text=line, size=size, weight=weight)
            )

    def space(self, pixels: float) -> None:
        """Nothing for a while."""
        self.y += pixels * self.scale

    def head(self, said: str) -> None:
        """A heading."""
        self.space(8)
        self.text(said, 12.5, ink="unit", weight="bold")
        self.space(1)

    def points(self, said: Sequence[str], size: float) -> None:
        """A list."""
        for one in said:
            top = self.y + 0.93 * LEADING * size * self.scale
            self.marks.append(Mark(kind="disc", xy=(self.left + 4, top), ink="text", size=1.5))
            self.text(one, size, indent=13)
            self.space(2)


def picture(said: Summary, plan: Plan, ground: Ground | None) -> bytes:
    """The page as PNG, its letters as large as all of it allows."""
    scale, drawing = 1.0, _page(said, plan, ground, 1.0)
    while drawing.height > HIGH and scale > SMALLEST:
        scale -= 0.04
        drawing = _page(said, plan, ground, scale)
    return to_png(drawing, 2.0)


def _page(said: Summary, plan: Plan, ground: Ground | None, scale: float) -> Drawing:
    t = phrases(said.language)
    top = _Column(left=EDGE, top=EDGE - 12, width=WIDE - 2 * EDGE, scale=scale)
    top.text(t("summary-kicker"), 12.5, ink="unit", weight="bold")
    top.text(said.name.text, 21, weight="bold")
    top.text(said.made, 10.5, ink="soft")
    top.space(6)
    top.text(said.answer, 14.5, weight="bold")
    top.space(8)
    _figures(top, said.figures)
    beside = ground is not None
    left = _Column(left=EDGE, top=top.y, width=top.width - (MAP + GAP if beside else 0), scale=scale)
    if said.sure:
        left.head(t("sure"))
        left.text(" ".join(said.sure), 11.5)
    if said.deciding:
        left.head(t("deciding"))
        for name, what in said.deciding:
            left.text(name, 11, ink="soft")
            left.text(what, 11.5)
            left.space(3)
    if said.money:
        left.head(t("summary-money"))
        left.text(said.money, 11.5)
    if said.absent:
        left.head(t("absent"))
        left.points(said.absent, 11)
    drawn, end = _map(said, plan, ground, top.y + 10)
    right = _Column(left=WIDE - EDGE - MAP, top=end, width=MAP, scale=scale) if beside else left
    right.head(t("summary-known"))
    right.text(" ".join(said.known), 10.5)
    below = _Column(left=EDGE, top=max(left.y, right.y), width=top.width, scale=scale)
    if said.notices:
        below.head(t("notices"))
        below.points([one.text for one in said.notices], 10)
    below.space(5)
    below.text(f"{t('documents')} {said.data}", 9.5, ink="soft")
    high = max(HIGH, below.y + EDGE - 14)
    paper = Mark(kind="box", xy=(0, 0), ink="panel", wide=(WIDE, high))
    marks = (paper, *top.marks, *left.marks, *drawn, *(right.marks if beside else ()), *below.marks)
    return Drawing(width=WIDE, height=high, title=said.name.text, about=said.answer, marks=marks)


def _figures(column: _Column, figures: Sequence[tuple[str, str]]) -> None:
    """The figures side by side between two lines."""
    start, scale = column.y, column.scale
    ends = [start]
    each = column.width / len(figures)
    for k, (value, what) in enumerate(figures):
        one = _Column(left=column.left + k * each, top=start + 2, width=each - 8, scale=scale)
        one.text(value, 20, weight="bold")
        one.text(what, 9.5, ink="soft")
        column.marks += one.marks
        ends.append(one.y)
    column.y = max(ends) + 9 * scale
    lines = [((column.left, y), (column.left + column.width, y)) for y in (start, column.y)]
    column.marks.append(Mark(kind="lines", xy=lines, ink="line", size=0.8))


def _map(said: Summary, plan: Plan, ground: Ground | None, top: float) -> tuple[list[Mark], float]:
    """The map at the right, and where it ends."""
    if ground is None:
        return [], top
    from capacity.report.map import map_on

    drawn = map_on(ground, plan, width=DRAWN, language=said.language).drawing
    scale, left = MAP / DRAWN, WIDE - EDGE - MAP
    return [_moved(mark, scale, left, top) for mark in drawn.marks], top + scale * drawn.height


def _moved(mark: Mark, scale: float, right: float, down: float) -> Mark:
    """A mark in another size, farther right and down."""

    def at(place: Any) -> Any:
        if isinstance(place[0], (tuple, list)):
            return tuple(map(at, place))
        return scale * place[0] + right, scale * place[1] + down

    wide = (scale * mark.wide[0], scale * mark.wide[1])
    return replace(mark, xy=at(mark.xy) if len(mark.xy) else mark.xy, size=scale * mark.size, wide=wide)


def marked(png: bytes) -> bytes:
    """A picture with the hash of its parts, so that a later run knows it for this library's own."""
    return png[:-12] + _chunk(sha256(png).hexdigest().encode()) + png[-12:]


def our_picture(path: Path) -> bool:
    """Whether a picture is as this library wrote it."""
    try:
        png = path.read_bytes()
    except OSError:
        return False
    size = len(_chunk(b"0" * 64))
    bare = png[: -12 - size] + png[-12:]
    return png[-12 - size : -12] == _chunk(sha256(bare).hexdigest().encode())


def _chunk(said: bytes) -> bytes:
    """A comment among the parts of a PNG."""
    content = b"tEXt" + SIGN + b"\0" + said
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
