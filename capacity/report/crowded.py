"""Units that lie close together: a close-up where several would cover each other, and discs pushed apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats
from capacity.report.naming import Box

if TYPE_CHECKING:
    from capacity.report.framing import Bounds
    from capacity.report.geometry import Ground

CROWD = 3
"""Units that would cover each other for a close-up to be drawn: two are pushed apart."""

CLOSE_UP, BELOW = 205.0, 340.0
"""Pixels that a close-up is wide on the map, and below it."""

NEARER, NEAREST = 1.6, 5.0
"""How many times larger a close-up is drawn, at least and at most."""

SHAPE = 0.72
"""Height of a close-up, in its width."""

ROUNDS = 200
TRIED = 9
"""Places a box is tried at, across and down."""

SAMPLES = 64
"""Places across the map that say where land is."""


@dataclass(frozen=True, kw_only=True)
class Disc:
    """A unit's circle on the sheet, in pixels."""

    site: str
    x: float
    y: float
    radius: float

    @property
    def box(self) -> Box:
        """Left, top, right and bottom."""
        return self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius


def crowds(discs: Sequence[Disc], gap: float) -> list[list[Disc]]:
    """Discs that cover each other, directly or through others; those alone are left out."""
    waiting, found = list(range(len(discs))), []
    while waiting:
        group = [waiting.pop(0)]
        for one in group:
            near = [k for k in waiting if _apart(discs[one], discs[k]) < discs[one].radius + discs[k].radius + gap]
            waiting = [k for k in waiting if k not in near]
            group += near
        if len(group) > 1:
            found.append([discs[k] for k in sorted(group)])
    return found


def _apart(one: Disc, other: Disc) -> float:
    return float(np.hypot(one.x - other.x, one.y - other.y))


def close_up(crowd: Sequence[Disc], sites: Floats, now: float, wide: float, gap: float) -> tuple[Bounds, float] | None:
    """Metres and scale of a close-up that draws a crowd's discs apart; None where it would help little.

    Parameters
    ----------
    sites : ndarray (k, 2)
        Metres of the crowd's units.
    now : float
        Scale of the map they are on.
    wide : float
        Pixels the close-up takes.
    """
    low, high = sites.min(axis=0), sites.max(axis=0)
    # Names stand beside the circles, above and below them.
    edge = max(d.radius for d in crowd) + 3 * gap
    room = (wide - 0.4 * wide - 2 * edge, SHAPE * wide - 2 * edge)
    across, up = (max(float(v), 1.0) for v in high - low)
    scale = min(room[0] / across, room[1] / up, NEAREST * now)
    if scale < NEARER * now:
        return None
    x, y = (float(v) for v in (low + high) / 2)
    half = (wide / scale / 2, SHAPE * wide / scale / 2)
    return (x - half[0], y - half[1], x + half[0], y + half[1]), scale


def pushed(discs: Sequence[Disc], inside: Box, gap: float) -> list[Disc]:
    """Discs moved until none covers another, or enough has been tried; those alone stay where they are."""
    at = np.array([(d.x, d.y) for d in discs], dtype=float).reshape(-1, 2)
    radius = np.array([d.radius for d in discs])
    for _ in range(ROUNDS):
        moved = False
        for a in range(len(discs)):
            for b in range(a):
                step = at[a] - at[b]
                far = float(np.hypot(*step))
                short = radius[a] + radius[b] + gap - far
                if short > 0:
                    # Units at one place go to the left and the right of it.
                    way = step / far if far > 0 else np.array([1.0, 0.0])
                    at[a] += way * short / 2
                    at[b] -= way * short / 2
                    moved = True
        edge = radius[:, None] + 1
        at = np.clip(at, np.array(inside[:2]) + edge, np.array(inside[2:]) - edge)
        if not moved:
            break
    return [Disc(site=d.site, x=float(x), y=float(y), radius=d.radius) for d, (x, y) in zip(discs, at, strict=True)]


def freest(
    size: tuple[float, float], inside: Box, places: Floats, taken: Sequence[Box], land: Floats, gap: float
) -> tuple[float, float] | None:
    """Left and top of a box that covers none of the places and boxes, and the least land; None where there is none.

    Parameters
    ----------
    places : ndarray (n, 2)
        In pixels.
    land : ndarray (k, 2)
        Places on land, in pixels, at even distances.
    """
    wide, tall = size
    if wide + 2 * gap > inside[2] - inside[0] or tall + 2 * gap > inside[3] - inside[1]:
        return None
    across = np.linspace(inside[2] - gap - wide, inside[0] + gap, TRIED)
    left, top = (
        grid.ravel() for grid in np.meshgrid(across, np.linspace(inside[1] + gap, inside[3] - gap - tall, TRIED))
    )
    boxes = np.column_stack([left, top, left + wide, top + tall])
    others = np.array(taken, dtype=float).reshape(-1, 4)
    apart = np.minimum(boxes[:, None, 2:], others[:, 2:]) <= np.maximum(boxes[:, None, :2], others[:, :2])
    free = apart.any(axis=2).all(axis=1) & (_within(places, boxes) == 0)
    if not free.any():
        return None
    # Of places as good as each other, the one at the edge.
    edge = np.minimum(left - inside[0], inside[2] - boxes[:, 2]) + np.minimum(top - inside[1], inside[3] - boxes[:, 3])
    best = int(np.argmin(np.where(free, _within(land, boxes) + 1e-3 * edge, np.inf)))
    return float(left[best]), float(top[best])


def _within(places: Floats, boxes: Floats) -> Floats:
    """How many of the places lie in each box."""
    inside = (places > boxes[:, None, :2]) & (places < boxes[:, None, 2:])
    return np.asarray(inside.all(axis=2).sum(axis=1), dtype=float)


@lru_cache(maxsize=8)
def land_of(ground: Ground, bounds: Bounds) -> Floats:
    """Places on land in a frame, in metres, at even distances."""
    from shapely import contains_xy, prepare, union_all

    west, south, east, north = bounds
    step = (east - west) / SAMPLES
    x, y = np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))
    land = ground.land if ground.land is not None else union_all(np.array(ground.cells, dtype=object))
    prepare(land)
    here = contains_xy(land, x.ravel(), y.ravel())
    return np.column_stack([x.ravel()[here], y.ravel()[here]])
