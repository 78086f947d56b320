"""Which rectangles of the world a map shows: a main frame, and an inset for islands far away where that helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Bounds = tuple[float, float, float, float]
"""West, south, east, north in metres."""

APART_METRES = 100_000.0
"""Demand points farther than this from all others, and on other land, are drawn in an inset."""

HELPS = 1.15
"""How much larger the main frame is drawn for insets to help."""

MOST_INSETS = 3

SMALL = 0.3
"""Size of an inset in that of the main frame: what is larger belongs on the map where it lies."""

MARGIN_METRES, MARGIN = 8_000.0, 0.02
"""Around a frame, in metres and in its size: the larger."""

WIDENS = 0.15
"""Share of its size by which land without demand points may widen a frame; what would widen it more is left out."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A rectangle of the world that is drawn: west, south, east, north in metres."""

    bounds: Bounds
    points: tuple[int, ...]

    @property
    def width(self) -> float:
        """Metres from west to east."""
        return self.bounds[2] - self.bounds[0]

    @property
    def height(self) -> float:
        """Metres from south to north."""
        return self.bounds[3] - self.bounds[1]


def frames_of(points: Floats, sites: Floats, land: Sequence[BaseGeometry]) -> tuple[Frame, ...]:
    """The main frame, then the insets.

    Parameters
    ----------
    points, sites : ndarray (n, 2), (m, 2)
        Metres.
    land : sequence of polygon
        Each piece of land by itself.
    """
    home = _home(points, land)
    groups = sorted(_groups(points, home), key=lambda g: (-len(g), g))
    framed = [_frame(points, sites, land, home, group) for group in groups]
    far = [one for one in framed[1:] if _size(one) <= SMALL * _size(framed[0])]
    moved = {i for one in far for i in one.points}
    main = _frame(points, sites, land, home, [i for i in range(len(points)) if i not in moved])
    whole = _frame(points, sites, land, home, range(len(points)))
    few = len(main.points) > len(points) / 2 and len(far) <= MOST_INSETS
    return (main, *far) if few and _size(whole) > HELPS * _size(main) else (whole,)


def _size(frame: Frame) -> float:
    return max(frame.width, frame.height)


def _home(points: Floats, land: Sequence[BaseGeometry]) -> list[int]:
    """The piece of land that each point stands on, or is nearest to."""
    from shapely import STRtree
    from shapely import points as placed

    if not len(land):
        return [0] * len(points)
    nearest: list[int] = np.atleast_1d(STRtree(np.array(land, dtype=object)).nearest(placed(points))).tolist()
    return nearest


def _frame(
    points: Floats, sites: Floats, land: Sequence[BaseGeometry], home: Sequence[int], members: Sequence[int]
) -> Frame:
    """A frame of some points: their land is in it whole, and what lies across its edge is in it whole or not at all."""
    here = points[list(members)]
    near = sites[(np.abs(sites[:, None, :] - here[None]).max(axis=2).min(axis=1) < APART_METRES / 2)]
    pieces = [land[k].bounds for k in sorted({home[i] for i in members})] if len(land) else []
    every = np.concatenate([here, near, np.array(pieces, dtype=float).reshape(-1, 2)])
    margin = max(MARGIN_METRES, MARGIN * float(np.ptp(every, axis=0).max()))
    low, high = every.min(axis=0) - margin, every.max(axis=0) + margin
    most = (1 + WIDENS) * (high - low).max()
    for k in sorted(set(range(len(land))) - set(home)):
        west, south, east, north = land[k].bounds
        wider_low = np.minimum(low, np.array((west, south)) - margin)
        wider_high = np.maximum(high, np.array((east, north)) + margin)
        if ((wider_high - wider_low) <= np.maximum(most, high - low)).all():
            low, high = wider_low, wider_high
    return Frame(bounds=(float(low[0]), float(low[1]), float(high[0]), float(high[1])), points=tuple(members))


def _groups(points: Floats, home: Sequence[int]) -> list[list[int]]:
    """Points joined where they are nearer than `APART_METRES`, or stand on the same land."""
    waiting, groups = set(range(len(points))), []
    while waiting:
        group, edge = [], [min(waiting)]
        waiting.discard(edge[0])
        while edge:
            one = edge.pop()
            group.append(one)
            near = [k for k in waiting if home[k] == home[one] or np.hypot(*(points[k] - points[one])) < APART_METRES]
            waiting.difference_update(near)
            edge.extend(near)
        groups.append(sorted(group))
    return groups


def shown_land(frame: Frame, pieces: Sequence[BaseGeometry]) -> list[bool]:
    """Which pieces of land a frame shows: those that lie in it whole."""
    west, south, east, north = frame.bounds
    return [
        p.bounds[0] >= west and p.bounds[1] >= south and p.bounds[2] <= east and p.bounds[3] <= north for p in pieces
    ]
