"""The map of the planner's table: land and areas drawn once, and where each site and demand point stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats
from capacity.problem.parts import TRANSIT
from capacity.problem.problem import Problem
from capacity.report.framing import Frame
from capacity.report.geometry import Areas, Ground, ground_of
from capacity.report.legend import KILOMETRES
from capacity.report.marks import Rings
from capacity.report.naming import Box, overlap
from capacity.report.sheet import WITHOUT_CAR, Sheet, outlines

if TYPE_CHECKING:
    from capacity.report.phrases import Phrases

CORNERS = 16
"""Of a circle that is drawn as a path."""

WIDTH = 640.0
"""Of the map, in units of its view box: about its pixels on a desktop."""

CLOSE_UP = 0.13
"""Side of the square of the country that is shown again, larger, as a share of the map's width."""

CROWD = 6
"""Demand points in such a square from which it is shown larger, where it holds a tenth of all besides."""

INSET = 0.33
"""Width of an inset, as a share of the map's."""

GAP = 8.0
APART = 21.0
"""Units between the middles of two sites at least: a thumb's width on a desktop's screen."""

ROUNDS = 60
"""Times sites that lie too near each other are pushed apart."""

TRIED = 24
"""Places along each side at which an inset is tried."""

SIMPLER = 700.0
"""Metres to which outlines are simplified besides: a pixel and a half of a map of Denmark."""

FINER = 2
"""Steps of an outline in a unit of the view box: whole numbers make a page half as long."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The map of a case.

    Attributes
    ----------
    height, width : float
        Of the view box.
    frames : tuple of dict
        Each part of the map: its box, its areas (path, or "" for none, by demand point), and its name.
    sites, points : tuple of (x, y, part)
        Where each stands, and in which part of the map.
    bar : (length, kilometres)
        The scale bar.
    """

    height: float
    width: float = WIDTH
    frames: tuple[dict[str, Any], ...]
    sites: tuple[tuple[float, float, int], ...]
    points: tuple[tuple[float, float, int], ...]
    bar: tuple[float, int]

    def to_json(self) -> dict[str, Any]:
        """What the page's script draws."""
        centres = [(x, y) for x, y, _ in self.points]
        return {
            "height": self.height,
            "finer": FINER,
            "frames": self.frames,
            "sites": self.sites,
            "centres": centres,
            "bar": self.bar,
        }


def drawn(problem: Problem, t: Phrases, areas: Areas | None = None, code: str | None = None) -> Drawn | None:
    """The map of a case; None where it has no coordinates."""
    if problem.network.point_lonlat is None or problem.network.site_lonlat is None:
        return None
    ground = _simpler(ground_of(problem, None, areas, code))
    main = Sheet(frame=ground.frames[0], left=0.0, top=0.0, scale=WIDTH / ground.frames[0].width)
    sheets = [main, *_insets(ground, main)]
    sites = _placed(ground.sites, sheets, apart=True)
    km = max(k for k in KILOMETRES if k <= max(main.frame.width / 5_000, 1))
    return Drawn(
        height=round(main.size[1], 1),
        frames=tuple(_frame(ground, sheet, k, problem, t) for k, sheet in enumerate(sheets)),
        sites=sites,
        points=_placed(ground.points, sheets, apart=False),
        bar=(round(km * 1_000 * main.scale, 1), km),
    )


def _simpler(ground: Ground) -> Ground:
    """Ground with outlines of fewer corners, areas still meeting."""
    from shapely import coverage_simplify

    cells = coverage_simplify(np.array(ground.cells, dtype=object), SIMPLER)
    kept = tuple(one if not one.is_empty else was for one, was in zip(cells, ground.cells, strict=True))
    others = None if ground.neighbours is None else ground.neighbours.simplify(SIMPLER)
    return dataclasses.replace(ground, cells=kept, neighbours=others, land=None)


def _close_up(ground: Ground) -> Frame | None:
    """The square of the main frame with most demand points in it, where it is a crowd."""
    frame = ground.frames[0]
    here = ground.points[list(frame.points)]
    half = CLOSE_UP * frame.width / 2
    near = np.abs(here[:, None, :] - here[None]).max(axis=2) <= half
    if near.sum(axis=1).max() < max(CROWD, 0.1 * len(here)):
        return None
    # Of the squares with most points, the one that lies most evenly around them.
    k = int(np.lexsort((np.abs(_middle_off(here, near)).sum(axis=1), -near.sum(axis=1)))[0])
    x, y = (here[near[k]].min(axis=0) + here[near[k]].max(axis=0)) / 2
    inside = tuple(i for i in frame.points if max(abs(ground.points[i] - (x, y))) <= half)
    return Frame(bounds=(x - half, y - half, x + half, y + half), points=inside)


def _middle_off(here: Floats, near: Any) -> Floats:
    """How far each point lies from the middle of those near it."""
    return np.array([here[row].mean(axis=0) - here[k] for k, row in enumerate(near)])


def _insets(ground: Ground, main: Sheet) -> list[Sheet]:
    """The crowd shown larger, and what lies far away, each where it covers least of the map."""
    close = _close_up(ground)
    frames = ([] if close is None else [close]) + list(ground.frames[1:])
    taken: list[Box] = []
    if close is not None:
        west, south, east, north = close.bounds
        (left, top), (right, bottom) = main.place(west, north), main.place(east, south)
        taken.append((left, top, right, bottom))
    sheets: list[Sheet] = []
    for frame in frames:
        scale = INSET * WIDTH / frame.width
        if frame is not close:
            scale = min(main.scale, scale)
        wide, high = frame.width * scale, frame.height * scale + 16
        left, top = _freest(ground, main, (wide, high), taken)
        taken.append((left, top, left + wide, top + high))
        sheets.append(Sheet(frame=frame, left=left, top=top, scale=scale, close=frame is close))
    return sheets


def _freest(ground: Ground, main: Sheet, size: tuple[float, float], taken: Sequence[Box]) -> tuple[float, float]:
    """Left and top of a box of a size that covers no place if that can be, and the least land."""
    from shapely import box, intersection, union_all

    land = union_all(np.array(ground.cells, dtype=object)).simplify(10 * SIMPLER)
    every = np.concatenate([ground.points, ground.sites])
    marks = np.array([main.place(x, y) for x, y in every if main.holds(np.array([x, y]))]).reshape(-1, 2)
    wide, high = main.size
    best: tuple[float, float, float] | None = None
    for left in np.linspace(GAP, max(GAP, wide - size[0] - GAP), TRIED):
        for top in np.linspace(GAP, max(GAP, high - size[1] - GAP), TRIED):
            here: Box = (left, top, left + size[0], top + size[1])
            inside = (marks > np.array(here[:2]) - APART / 2) & (marks < np.array(here[2:]) + APART / 2)
            covers = 1e4 * inside.all(axis=1).sum() + 1e2 * sum(overlap(here, other) for other in taken)
            covers += min(left, wide - here[2]) + min(top, high - here[3])
            if best is not None and covers >= best[0]:
                continue
            west, north = main.frame.bounds[0] + left / main.scale, main.frame.bounds[3] - top / main.scale
            there = box(west, north - size[1] / main.scale, west + size[0] / main.scale, north)
            covers += float(intersection(land, there).area) * main.scale**2
            if best is None or covers < best[0]:
                best = (covers, float(left), float(top))
    assert best is not None
    return best[1], best[2]


def _placed(places: Floats, sheets: Sequence[Sheet], *, apart: bool) -> tuple[tuple[float, float, int], ...]:
    """Each place in the last part of the map that holds it: the close-up, or what is drawn elsewhere."""
    part = [max((k for k, s in enumerate(sheets) if s.holds(xy)), default=0) for xy in places]
    at = np.array([sheets[k].place(*xy) for k, xy in zip(part, places, strict=True)]).reshape(-1, 2)
    if apart:
        for k, sheet in enumerate(sheets):
            mine = [i for i, p in enumerate(part) if p == k]
            at[mine] = _pushed(at[mine], sheet.box)
    return tuple((round(float(x), 1), round(float(y), 1), k) for (x, y), k in zip(at, part, strict=True))


def _pushed(at: Floats, inside: Box) -> Floats:
    """Places pushed from each other until none lie nearer than `APART`, or enough has been tried."""
    moved = at.copy()
    for _ in range(ROUNDS):
        apart = moved[:, None, :] - moved[None]
        long = np.hypot(apart[..., 0], apart[..., 1])
        np.fill_diagonal(long, np.inf)
        close = np.argwhere(np.triu(long < APART))
        if not len(close):
            break
        for a, b in close:
            step = moved[a] - moved[b]
            far = float(np.hypot(*step))
            way = step / far if far > 0 else np.array([1.0, 0.0])
            moved[a] += way * (APART - far) / 2
            moved[b] -= way * (APART - far) / 2
    edge = APART / 2
    return np.clip(moved, (inside[0] + edge, inside[1] + edge), (inside[2] - edge, inside[3] - edge))


def _frame(ground: Ground, sheet: Sheet, part: int, problem: Problem, t: Phrases) -> dict[str, Any]:
    """One part of the map: its box, areas and land of others as paths, and its name."""
    others, _, cells = outlines(ground, sheet)
    from capacity.report.phrases import point_names

    names = point_names(problem.network, t)
    shown = [names[i] for i in sheet.frame.points[:1]]
    far = part > 0 and not set(sheet.frame.points) <= set(ground.frames[0].points)
    return {
        "box": [round(v, 1) for v in (sheet.left, sheet.top, *sheet.size)],
        "others": _path(others),
        "cells": [
            (i, path)
            for i, rings in [*enumerate(cells), *_without_car(ground, sheet, problem)]
            if (path := _path(rings))
        ],
        "name": "" if part == 0 else t("map-inset", name=shown[0]) if far else t("table-larger", name=shown[0]),
        "close": _outlined(ground, sheet) if part and not far else None,
        "right": bool(sheet.left + sheet.size[0] / 2 > WIDTH / 2),
    }


def _without_car(ground: Ground, sheet: Sheet, problem: Problem) -> list[tuple[int, Rings]]:
    """Families without a car as small circles in the cell of those with one."""
    turns = np.linspace(0, 2 * np.pi, CORNERS + 1)
    circles: list[tuple[int, Rings]] = []
    for i, way in enumerate(problem.network.point_travel):
        if way == TRANSIT and i in sheet.frame.points:
            x, y = sheet.place(*ground.points[i])
            ring = np.stack([x + WITHOUT_CAR * np.cos(turns), y + WITHOUT_CAR * np.sin(turns)], axis=1)
            circles.append((i, (ring.tolist(),)))
    return circles


def _path(rings: Rings) -> str:
    """Closed rings as a path in steps of whole numbers, each point from the one before; "" where nothing is left."""
    return "".join(map(_ring, rings))


def _ring(ring: Sequence[tuple[float, float]]) -> str:
    at = [(round(FINER * x), round(FINER * y)) for x, y in ring]
    steps = [(c - a, d - b) for (a, b), (c, d) in pairwise(at) if (a, b) != (c, d)]
    if len(steps) < 2:
        return ""
    along = " ".join(f"{a} {b}" for a, b in steps).replace(" -", "-")
    return f"M{at[0][0]} {at[0][1]}l{along}z"


def _outlined(ground: Ground, sheet: Sheet) -> list[float]:
    """Where a close-up lies on the main map."""
    frame = ground.frames[0]
    main = Sheet(frame=frame, left=0.0, top=0.0, scale=WIDTH / frame.width)
    west, south, east, north = sheet.frame.bounds
    (left, top), (right, bottom) = main.place(west, north), main.place(east, south)
    return [round(v, 1) for v in (left, top, right - left, bottom - top)]
