"""Names on a map: one beside each circle, so that they cover neither each other nor the circles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from capacity.arrays import Floats

BOLD = 0.62
"""Mean width of a bold letter, in its size."""

ONE_LINE = 20
"""Letters up to which a name is written on one line only."""

TURNS = (0, 4, 6, 2, 7, 1, 5, 3)
"""Eighths of a turn at which a name may stand, best first: right, left, above, below, and between."""

FAR = (0.0, 1.6, 3.4)
"""How far from its circle a name may stand, in its size; beyond the first a line leads to it."""

ROUNDS = 6
"""Times each name may move."""

ENDS = str.maketrans({"(": ",", ";": ",", ")": None})
"""Where the part of a name ends that says where."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A circle that wants a name."""

    x: float
    y: float
    radius: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Label:
    """A placed name.

    Attributes
    ----------
    lines : tuple of str
    x, y : float
        The anchor, and the base of the first line.
    anchor : {"start", "middle", "end"}
    box : Box
    leader : pair of (x, y), or None
        A line from the circle's edge.
    """

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: str
    box: Box
    leader: tuple[tuple[float, float], tuple[float, float]] | None


def short_name(name: str) -> str:
    """A unit's name short enough for a map: the part that says where."""
    # A semicolon stands between names in a list.
    parts = [p.strip() for p in name.translate(ENDS).split(",") if p.strip()]
    if not parts:
        return name
    text = parts[1] if len(parts) > 1 and parts[0].lower().startswith("familieambulatoriet") else parts[0]
    if text.count('"') % 2:
        text = text.replace('"', "")
    return text if len(text) <= 40 else text[:39].rstrip() + "…"


def short_names(ids: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Short names of sites by their ids: of several that would be called alike the whole name, and their id if need be.

    >>> short_names(["a", "b", "c"], ["Clinic, East", "Clinic, West", "Home (north)"])
    {'a': 'Clinic, East', 'b': 'Clinic, West', 'c': 'Home'}
    """
    whole = dict(zip(ids, names, strict=True))
    short = {j: short_name(name) for j, name in whole.items()}
    often, alike = Counter(short.values()), Counter(whole.values())
    return {
        j: name if often[name] == 1 else whole[j] if alike[whole[j]] == 1 else f"{whole[j]} ({j})"
        for j, name in short.items()
    }


def place_names(
    spots: Sequence[Spot], size: float, inside: Box, others: Sequence[Box] = (), closed: Sequence[Box] = ()
) -> list[Label]:
    """A name for each spot, in the order given.

    Parameters
    ----------
    size : float
        Of the letters, in pixels.
    inside : Box
        Names stay in it.
    others : sequence of Box
        Small marks that names should not cover.
    closed : sequence of Box
        Insets and the like, which cover a name as circles do.

    Notes
    -----
    Each name takes the place that covers least, the largest circles first; then each moves where it
    now covers less, until none moves.
    """
    circles = [(s.x - s.radius, s.y - s.radius, s.x + s.radius, s.y + s.radius) for s in spots]
    discs = np.array([*circles, *closed], dtype=float).reshape(-1, 4)
    small = np.array(others, dtype=float).reshape(-1, 4)
    choices = [_choices(spot, size) for spot in spots]
    boxes = [np.array([label.box for label, _ in made]) for made in choices]
    fixed = [
        np.array([dislike for _, dislike in made])
        + 50 * _beyond(box, inside) / size
        + (20 * _covered(box, discs) + 0.5 * _covered(box, small)) / size**2
        for made, box in zip(choices, boxes, strict=True)
    ]
    chosen: dict[int, int] = {}
    order = sorted(range(len(spots)), key=lambda k: (-spots[k].radius, k))
    for _ in range(ROUNDS):
        before = dict(chosen)
        for k in order:
            taken = np.array([boxes[other][c] for other, c in chosen.items() if other != k]).reshape(-1, 4)
            chosen[k] = int(np.argmin(fixed[k] + 20 * _covered(boxes[k], taken) / size**2))
        if chosen == before:
            break
    return [choices[k][chosen[k]][0] for k in range(len(spots))]


def _choices(spot: Spot, size: float) -> list[tuple[Label, float]]:
    """Places for a name, each with how little it is liked."""
    choices = []
    for lines in _broken(spot.text):
        wide = BOLD * size * max(map(len, lines))
        high = size * 1.15 * len(lines)
        for far in FAR:
            for rank, turn in enumerate(TURNS):
                across, down = cos(turn * pi / 4), sin(turn * pi / 4)
                away = spot.radius + size * (0.35 + far)
                x, middle = spot.x + across * away, spot.y + down * (away + (high / 2 - size * 0.3) * (turn % 4 > 0))
                anchor = "middle" if turn % 4 == 2 else "start" if across > 0 else "end"
                left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
                box = (left, middle - high / 2, left + wide, middle + high / 2)
                edge = (spot.x + across * spot.radius, spot.y + down * spot.radius)
                label = Label(
                    lines=lines,
                    x=x,
                    y=box[1] + size * 0.9,
                    anchor=anchor,
                    box=box,
                    leader=(edge, (x, middle)) if far else None,
                )
                choices.append((label, 0.01 * rank + 0.3 * far + 0.05 * (len(lines) - 1)))
    return choices


def _broken(text: str) -> list[tuple[str, ...]]:
    """A name on one line, or on two of about equal length."""
    breaks = [k for k, letter in enumerate(text) if letter == " "]
    if len(text) <= ONE_LINE or not breaks:
        return [(text,)]
    middle = min(breaks, key=lambda k: abs(k - len(text) / 2))
    return [(text,), (text[:middle], text[middle + 1 :])]


def _beyond(boxes: Floats, inside: Box) -> Floats:
    """How far each box reaches beyond the frame."""
    low = np.maximum(0.0, np.array(inside[:2]) - boxes[:, :2]).sum(axis=1)
    return np.asarray(low + np.maximum(0.0, boxes[:, 2:] - np.array(inside[2:])).sum(axis=1))


def _covered(boxes: Floats, others: Floats) -> Floats:
    """Area of each box that others cover."""
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    return np.asarray(np.maximum(0.0, high - low).prod(axis=2).sum(axis=1))


def overlap(a: Box, b: Box) -> float:
    """Area two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
