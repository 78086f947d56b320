"""A frame of the world on the sheet: sea, land, cells, flows, sites and units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats
from capacity.plan.plan import Plan
from capacity.problem.parts import TRANSIT
from capacity.report.geometry import Frame, Ground
from capacity.report.marks import Mark, Rings, rings_of
from capacity.report.naming import Box, Spot, overlap, place_names, short_name
from capacity.report.phrases import Phrases

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

WITHOUT_CAR = 3.6
"""Radius of the circles of families without a car."""

Shade = Callable[[int], tuple[str, str]]
"""Ink of a demand point's cell, and what is said of it."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Where a frame of the world stands on the sheet."""

    frame: Frame
    left: float
    top: float
    scale: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Metres to pixels."""
        west, _, _, north = self.frame.bounds
        return self.left + (x - west) * self.scale, self.top + (north - y) * self.scale

    def holds(self, xy: Floats) -> bool:
        """Whether a place lies in the frame."""
        west, south, east, north = self.frame.bounds
        return bool(west <= xy[0] <= east and south <= xy[1] <= north)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        return self.frame.width * self.scale, self.frame.height * self.scale

    @property
    def box(self) -> Box:
        """Left, top, right and bottom in pixels."""
        return self.left, self.top, self.left + self.size[0], self.top + self.size[1]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One plan to be drawn.

    Attributes
    ----------
    shade : Shade
    signs : sequence of str
        A sign at each demand point, "" for none: what grey print cannot tell by shade.
    flows : bool
        Whether to draw who uses which unit, and the sites that are no units.
    gone : tuple of str
        Sites shown as empty circles: units of another plan.
    """

    plan: Plan
    ground: Ground
    shade: Shade
    t: Phrases
    signs: Sequence[str] = ()
    flows: bool = True
    gone: tuple[str, ...] = ()

    @cached_property
    def names(self) -> dict[str, str]:
        """Short names of the sites, by id."""
        net = self.plan.problem.network
        return {j: short_name(n) for j, n in zip(net.site_ids, net.site_names, strict=True)}


def sheets_of(scene: Scene, left: float, top: float, width: float, unit: float) -> list[Sheet]:
    """The main frame over the whole width, and each inset in its freest corner."""
    frame = scene.ground.frames[0]
    main = Sheet(frame=frame, left=left, top=top, scale=width / frame.width)
    shown = [main.place(*scene.ground.points[i]) for i in frame.points]
    taken: list[Box] = [(x - 14 * unit, y - 14 * unit, x + 14 * unit, y + 14 * unit) for x, y in shown]
    sheets = [main]
    for inset in scene.ground.frames[1:]:
        scale = min(main.scale, 0.3 * width / inset.width)
        wide, high, gap = inset.width * scale, inset.height * scale, 8 * unit
        right, bottom = main.box[2] - wide - gap, main.box[3] - high - gap - 18 * unit
        corners = [(right, top + gap), (left + gap, top + gap), (right, bottom)]
        boxes = [(x, y, x + wide, y + high + 18 * unit) for x, y in corners]
        best = min(range(3), key=lambda k: (sum(overlap(boxes[k], other) for other in taken), k))
        taken.append(boxes[best])
        sheets.append(Sheet(frame=inset, left=corners[best][0], top=corners[best][1], scale=scale))
    return sheets


def draw_sheets(scene: Scene, sheets: Sequence[Sheet], unit: float) -> list[Mark]:
    """The main frame, then the insets over it, each with its name."""
    marks = _sheet(scene, sheets[0], unit, [s.box for s in sheets[1:]])
    net = scene.plan.problem.network
    for inset in sheets[1:]:
        names = dict.fromkeys(net.home_names[net.point_homes[i]] for i in inset.frame.points)
        said = scene.t("map-inset", name=" · ".join([*names][:2]))
        marks += _sheet(scene, inset, unit, ())
        marks.append(Mark(kind="box", xy=(inset.left, inset.top), ink="none", wide=inset.size, edge="line"))
        right = inset.left > sheets[0].left + sheets[0].size[0] / 2
        base = (inset.box[2] if right else inset.left, inset.box[3] + 13 * unit)
        anchor = "end" if right else "start"
        marks.append(Mark(kind="text", xy=base, ink="soft", text=said, size=10 * unit, anchor=anchor, group="sea"))
    return marks


def _sheet(scene: Scene, sheet: Sheet, unit: float, covered: Sequence[Box]) -> list[Mark]:
    ground = scene.ground
    neighbours, land, cells = outlines(ground, sheet)
    marks = [Mark(kind="box", xy=(sheet.left, sheet.top), ink="sea", wide=sheet.size)]
    for rings, ink in ((neighbours, "neighbour"), (land, "land")):
        if rings:
            marks.append(Mark(kind="area", xy=rings, ink=ink))
    for i, rings in enumerate(cells):
        if rings:
            ink, said = scene.shade(i)
            marks.append(Mark(kind="area", xy=rings, ink=ink, title=said, edge="cell-edge", group="cell"))
    marks += _without_car(scene, sheet, unit)
    if scene.flows:
        marks += _flows(scene, sheet, unit)
    for i, sign in enumerate(scene.signs):
        if sign and i in sheet.frame.points:
            x, y = sheet.place(*ground.points[i])
            marks.append(
                Mark(
                    kind="text",
                    xy=(x, y + 4 * unit),
                    ink="text",
                    text=sign,
                    size=12 * unit,
                    anchor="middle",
                    weight="bold",
                    group="h",
                )
            )
    sites = _site_marks(scene, sheet, unit)
    return marks + sites + _unit_marks(scene, sheet, unit, [*covered, *map(_around, sites)])


def _without_car(scene: Scene, sheet: Sheet, unit: float) -> list[Mark]:
    """Families without a car as small circles in the cell of those with one, shaded alike."""
    marks = []
    for i, way in enumerate(scene.plan.problem.network.point_travel):
        if way == TRANSIT and i in sheet.frame.points:
            ink, said = scene.shade(i)
            at = sheet.place(*scene.ground.points[i])
            marks.append(
                Mark(kind="disc", xy=at, ink=ink, size=WITHOUT_CAR * unit, title=said, edge="text", group="cell")
            )
    return marks


@lru_cache(maxsize=8)
def outlines(ground: Ground, sheet: Sheet) -> tuple[Rings, Rings, tuple[Rings, ...]]:
    """Neighbours, land and cells in a frame, in pixels: the same for every plan on it."""
    from shapely import box

    clip = box(*sheet.frame.bounds)

    def rings(shape: BaseGeometry | None) -> Rings:
        return () if shape is None else rings_of(shape.intersection(clip), sheet.place)

    return rings(ground.neighbours), rings(ground.land), tuple(rings(cell) for cell in ground.cells)


def _flows(scene: Scene, sheet: Sheet, unit: float) -> list[Mark]:
    """One mark a unit: lines from everybody who uses it."""
    plan, ground = scene.plan, scene.ground
    net, table = plan.problem.network, plan.assignment_table
    point = {i: k for k, i in enumerate(net.point_ids)}
    site = {j: k for k, j in enumerate(net.site_ids)}
    here = set(sheet.frame.points)
    marks = []
    for j in plan.site_ids:
        users = sorted({i for i, k in zip(table["point_id"], table["site_id"], strict=True) if k == j})
        to = ground.sites[site[j]]
        lines = [(sheet.place(*ground.points[point[i]]), sheet.place(*to)) for i in users if point[i] in here]
        if lines and sheet.holds(to):
            said = scene.t("map-flows", count=len(users), unit=scene.names[j])
            marks.append(
                Mark(kind="lines", xy=lines, ink="flow", size=0.7 * unit, opacity=0.4, title=said, group="flow")
            )
    return marks


def _site_marks(scene: Scene, sheet: Sheet, unit: float) -> list[Mark]:
    """Closed candidates faint, ambulatories as diamonds, units of the other plan as empty circles."""
    net, ground, t = scene.plan.problem.network, scene.ground, scene.t
    marks = []
    for k, j in enumerate(net.site_ids):
        if j in scene.plan.site_ids or not sheet.holds(ground.sites[k]):
            continue
        xy, name = sheet.place(*ground.sites[k]), net.site_names[k]
        if j in scene.gone:
            said = t("map-closed", name=name)
            marks.append(Mark(kind="disc", xy=xy, ink="land", size=8 * unit, title=said, edge="unit", group="site"))
        elif j in net.ambulatories:
            said = t("map-closed-ambulatory", name=name)
            size = 5.5 * unit
            marks.append(
                Mark(kind="diamond", xy=xy, ink="ambulatory", size=size, title=said, edge="unit-edge", group="site")
            )
        elif scene.flows:
            said = t("map-closed", name=name)
            marks.append(
                Mark(
                    kind="disc", xy=xy, ink="site", size=2.6 * unit, title=said, edge="land", group="site", opacity=0.8
                )
            )
    return marks


def _around(mark: Mark) -> Box:
    (x, y), r = mark.xy, mark.size
    return x - r, y - r, x + r, y + r


def _unit_marks(scene: Scene, sheet: Sheet, unit: float, covered: Sequence[Box]) -> list[Mark]:
    """Circles by beds with the number inside, a diamond at those beside an ambulatory, and names."""
    net, table, t = scene.plan.problem.network, scene.plan.unit_table, scene.t
    site = {j: k for k, j in enumerate(net.site_ids)}
    marks: list[Mark] = []
    spots = []
    for k, j in enumerate(table["site_id"]):
        if not sheet.holds(scene.ground.sites[site[j]]):
            continue
        x, y = sheet.place(*scene.ground.sites[site[j]])
        beds, radius = table["beds"][k], (7 + 2.1 * sqrt(table["beds"][k])) * unit
        said = t("map-beds", name=table["name"][k], beds=beds, stays=t.number(table["stays"][k]))
        marks.append(Mark(kind="disc", xy=(x, y), ink="unit", size=radius, title=said, edge="unit-edge", group="unit"))
        marks.append(
            Mark(
                kind="text",
                xy=(x, y + 4.6 * unit),
                ink="unit-text",
                text=str(beds),
                size=13 * unit,
                anchor="middle",
                weight="bold",
            )
        )
        if j in net.ambulatories:
            corner = (x + 0.74 * radius, y - 0.74 * radius)
            marks.append(Mark(kind="diamond", xy=corner, ink="ambulatory", size=5.5 * unit, edge="unit-edge"))
        spots.append(Spot(x=x, y=y, radius=radius, text=scene.names[j]))
    size = 12 * unit
    for label in place_names(spots, size, sheet.box, covered):
        if label.leader is not None:
            marks.append(Mark(kind="lines", xy=[label.leader], ink="text", size=0.8 * unit))
        for k, line in enumerate(label.lines):
            base = (label.x, label.y + k * size * 1.15)
            marks.append(
                Mark(
                    kind="text",
                    xy=base,
                    ink="text",
                    text=line,
                    size=size,
                    anchor=label.anchor,
                    weight="bold",
                    group="h",
                )
            )
    return marks


def minutes_of(plan: Plan) -> tuple[Floats, list[str]]:
    """Mean minutes of each point (NaN where nobody travels), and the unit most of its women use."""
    net = plan.problem.network
    at = {i: k for k, i in enumerate(net.point_ids)}
    total, women = np.zeros(len(at)), np.zeros(len(at))
    most, unit = np.zeros(len(at)), [""] * len(at)
    table: Any = plan.assignment_table
    for i, j, w, t in zip(table["point_id"], table["site_id"], table["women"], table["minutes"], strict=True):
        total[at[i]] += w * t
        women[at[i]] += w
        if w > most[at[i]]:
            most[at[i]], unit[at[i]] = w, j
    return np.where(women > 0, total / np.where(women > 0, women, 1.0), np.nan), unit
