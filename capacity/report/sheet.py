"""A frame of the world on the sheet: sea, land, cells, flows, sites and units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from math import hypot, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats
from capacity.plan.plan import Plan
from capacity.problem.parts import TRANSIT
from capacity.report.crowded import BELOW, CLOSE_UP, CROWD, Disc, close_up, crowds, freest, land_of, pushed
from capacity.report.framing import Frame, shown_land
from capacity.report.geometry import Ground
from capacity.report.marks import Mark, Rings, rings_of
from capacity.report.naming import Box, Spot, place_names, short_names
from capacity.report.phrases import Phrases

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

WITHOUT_CAR = 3.6
"""Radius of the circles of families without a car."""

CAPTION = 18.0
"""Pixels under an inset for its name."""

GAP = 3.0
"""Pixels between two circles."""

MOVED_FAR = 2.0
"""Pixels from which a circle that was pushed aside says where its unit is."""

Shade = Callable[[int], tuple[str, str]]
"""Ink of a demand point's cell, and what is said of it."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Where a frame of the world stands on the sheet.

    Attributes
    ----------
    elsewhere : tuple of str
        Units that lie in the frame and are drawn in a close-up of it.
    close : bool
        Whether it is such a close-up.
    """

    frame: Frame
    left: float
    top: float
    scale: float
    # What is drawn of the world does not depend on it.
    elsewhere: tuple[str, ...] = field(default=(), compare=False)
    close: bool = False

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Metres to pixels."""
        west, _, _, north = self.frame.bounds
        return self.left + (x - west) * self.scale, self.top + (north - y) * self.scale

    def places(self, xy: Floats) -> Floats:
        """Metres to pixels, of many places."""
        west, _, _, north = self.frame.bounds
        return np.asarray(((xy - (west, north)) * (1, -1)) * self.scale + (self.left, self.top))

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
        return short_names(net.site_ids, net.site_names)


def sheets_of(scene: Scene, left: float, top: float, width: float, unit: float) -> list[Sheet]:
    """The main frame over the whole width; then what lies far away, and close-ups of crowds, where they cover least."""
    ground, frame = scene.ground, scene.ground.frames[0]
    main = Sheet(frame=frame, left=left, top=top, scale=width / frame.width)
    discs, gap = discs_of(scene, main, unit), 8 * unit
    found = [_close_up(scene, main, crowd, unit) for crowd in crowds(discs, GAP * unit)]
    crowded = [close for close in found if close is not None]
    main = replace(main, elsewhere=tuple(d.site for d in discs if any(_holds(scene, c, d) for c in crowded)))
    taken = [d.box for d in discs if d.site not in main.elsewhere] + [_seen(main, close) for close in crowded]
    shown = main.places(ground.points[list(frame.points)])
    insets = [*(_far(main, one, width) for one in ground.frames[1:]), *crowded]
    land = main.places(land_of(ground, frame.bounds)) if insets else np.zeros((0, 2))
    sheets, below, right = [main], main.box[3] + gap, left
    for inset in insets:
        size = (inset.size[0], inset.size[1] + CAPTION * unit)
        place = freest(size, main.box, shown, taken, land, gap)
        if place is None:
            # Nowhere on the map without a place under it: it stands below, where there is room.
            inset = replace(inset, scale=inset.scale * BELOW / CLOSE_UP) if inset.close else inset
            if right > left and right + inset.size[0] > left + width:
                right, below = left, max(s.box[3] for s in sheets) + CAPTION * unit + gap
            place, right = (right, below), right + inset.size[0] + gap
        taken.append((*place, place[0] + size[0], place[1] + size[1]))
        sheets.append(replace(inset, left=place[0], top=place[1]))
    return sheets


def _holds(scene: Scene, close: Sheet, disc: Disc) -> bool:
    """Whether a unit is drawn in a close-up."""
    return close.holds(scene.ground.sites[scene.plan.problem.network.site_ids.index(disc.site)])


def end_of(sheets: Sequence[Sheet], unit: float) -> float:
    """Where the lowest of them ends, its caption with it."""
    return max([sheets[0].box[3], *(s.box[3] + CAPTION * unit for s in sheets[1:])])


def _far(main: Sheet, frame: Frame, width: float) -> Sheet:
    """What lies far away, drawn no larger than the main frame."""
    return Sheet(frame=frame, left=0, top=0, scale=min(main.scale, 0.3 * width / frame.width))


def _close_up(scene: Scene, main: Sheet, crowd: Sequence[Disc], unit: float) -> Sheet | None:
    """A close-up of units that cover each other; None of two, or where it would help little."""
    if len(crowd) < CROWD:
        return None
    at = dict(zip(scene.plan.problem.network.site_ids, scene.ground.sites, strict=True))
    sites = np.array([at[d.site] for d in crowd])
    found = close_up(crowd, sites, main.scale, CLOSE_UP * unit, GAP * unit)
    if found is None:
        return None
    (west, south, east, north), scale = found
    points = scene.ground.points
    here = ((points >= (west, south)) & (points <= (east, north))).all(axis=1)
    frame = Frame(bounds=(west, south, east, north), points=tuple(int(i) for i in np.flatnonzero(here)))
    return Sheet(frame=frame, left=0, top=0, scale=scale, close=True)


def _seen(main: Sheet, close: Sheet) -> Box:
    """Where a close-up's frame lies on the main sheet."""
    west, south, east, north = close.frame.bounds
    (left, top), (right, bottom) = main.place(west, north), main.place(east, south)
    return max(left, main.left), max(top, main.top), min(right, main.box[2]), min(bottom, main.box[3])


def discs_of(scene: Scene, sheet: Sheet, unit: float) -> list[Disc]:
    """Circles of the units in a sheet's frame, where they lie."""
    table = scene.plan.unit_table
    at = dict(zip(scene.plan.problem.network.site_ids, scene.ground.sites, strict=True))
    discs = []
    for j, beds in zip(table["site_id"], table["beds"], strict=True):
        if sheet.holds(at[j]) and j not in sheet.elsewhere:
            x, y = sheet.place(*at[j])
            discs.append(Disc(site=j, x=x, y=y, radius=(7 + 2.1 * sqrt(beds)) * unit))
    return discs


def draw_sheets(scene: Scene, sheets: Sequence[Sheet], unit: float) -> list[Mark]:
    """The main frame, then the insets over it, each with its name."""
    main = sheets[0]
    over = [(*s.box[:3], s.box[3] + CAPTION * unit) for s in sheets[1:]]
    marks = _sheet(scene, main, unit, over)
    for inset in sheets[1:]:
        if inset.close:
            left, top, right, bottom = _seen(main, inset)
            marks.append(Mark(kind="box", xy=(left, top), ink="none", wide=(right - left, bottom - top), edge="text"))
        marks += _sheet(scene, inset, unit, ())
        marks.append(Mark(kind="box", xy=(inset.left, inset.top), ink="none", wide=inset.size, edge="line"))
        right_side = inset.left > main.left + main.size[0] / 2
        base = (inset.box[2] if right_side else inset.left, inset.box[3] + 13 * unit)
        anchor = "end" if right_side else "start"
        said = _caption(scene, inset)
        marks.append(Mark(kind="text", xy=base, ink="soft", text=said, size=10 * unit, anchor=anchor, group="sea"))
    return marks


def _caption(scene: Scene, inset: Sheet) -> str:
    """What an inset shows: the places moved, or the largest place of a close-up."""
    net, women = scene.plan.problem.network, scene.plan.problem.expected_women
    names = [net.home_names[home] for home in net.point_homes]
    if not inset.close:
        places = dict.fromkeys(names[i] for i in inset.frame.points)
        return scene.t("map-inset", name=" · ".join([*places][:2]))
    at = max(inset.frame.points, key=lambda i: (women[i], -i), default=None)
    return scene.t("map-close", name=names[at] if at is not None else "")


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
    marks += _borders(ground, sheet, unit)
    marks += _without_car(scene, sheet, unit)
    if scene.flows:
        marks += _flows(scene, sheet, unit)
    for i, sign in enumerate(scene.signs):
        if sign and i in sheet.frame.points:
            x, y = sheet.place(*ground.points[i])
            marks.append(_bold(sign, (x, y + 4 * unit), 12 * unit, "middle", group="h"))
    sites = _site_marks(scene, sheet, unit)
    return marks + sites + _unit_marks(scene, sheet, unit, covered, [_around(mark) for mark in sites])


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

    land, cells = (ground.land, ground.cells) if sheet.close else whole_land(ground, sheet.frame)
    return rings(ground.neighbours), rings(land), tuple(rings(cell) for cell in cells)


def whole_land(ground: Ground, frame: Frame) -> tuple[BaseGeometry | None, tuple[BaseGeometry, ...]]:
    """Land and cells without the pieces that a frame would cut."""
    from shapely import box, difference, intersects, union_all

    cut = [p for p, whole in zip(ground.pieces, shown_land(frame, ground.pieces), strict=True) if not whole]
    clip = box(*frame.bounds)
    cut = [p for p in cut if intersects(p, clip)]
    if not cut:
        return ground.land, ground.cells
    away = union_all(np.array(cut, dtype=object))
    cells = difference(np.array(ground.cells, dtype=object), away)
    return None if ground.land is None else ground.land.difference(away), tuple(cells)


def _borders(ground: Ground, sheet: Sheet, unit: float) -> list[Mark]:
    """Lines between regions: dark on a light edge, so that they show on every shade."""
    lines = border_lines(ground, sheet)
    if not lines:
        return []
    return [
        Mark(kind="lines", xy=lines, ink="cell-edge", size=2.6 * unit),
        Mark(kind="lines", xy=lines, ink="border", size=1.1 * unit),
    ]


@lru_cache(maxsize=8)
def border_lines(ground: Ground, sheet: Sheet) -> tuple[tuple[tuple[float, float], tuple[float, float]], ...]:
    """Borders of regions in a frame, in pixels."""
    from shapely import box

    if ground.borders is None:
        return ()
    shape = ground.borders.intersection(box(*sheet.frame.bounds))
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "LineString" and not part.is_empty]
    return tuple(pair for part in parts for pair in pairwise([sheet.place(x, y) for x, y in part.coords]))


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


def _unit_marks(scene: Scene, sheet: Sheet, unit: float, covered: Sequence[Box], small: Sequence[Box]) -> list[Mark]:
    """Circles by beds with the number inside, a diamond at those beside an ambulatory, and names."""
    net, table, t = scene.plan.problem.network, scene.plan.unit_table, scene.t
    row = {j: k for k, j in enumerate(table["site_id"])}
    there = discs_of(scene, sheet, unit)
    placed = pushed(there, sheet.box, GAP * unit)
    marks: list[Mark] = []
    for was, disc in zip(there, placed, strict=True):
        if hypot(was.x - disc.x, was.y - disc.y) > MOVED_FAR * unit:
            marks.append(Mark(kind="lines", xy=[((was.x, was.y), (disc.x, disc.y))], ink="unit", size=1.4 * unit))
            marks.append(Mark(kind="disc", xy=(was.x, was.y), ink="unit", size=2.2 * unit))
    for disc in placed:
        k, xy = row[disc.site], (disc.x, disc.y)
        beds = table["beds"][k]
        said = t("map-beds", name=table["name"][k], beds=beds, stays=t.number(table["stays"][k]))
        marks.append(Mark(kind="disc", xy=xy, ink="unit", size=disc.radius, title=said, edge="unit-edge", group="unit"))
        base = (disc.x, disc.y + 4.6 * unit)
        marks.append(_bold(str(beds), base, 13 * unit, "middle", ink="unit-text"))
        if disc.site in net.ambulatories:
            corner = (disc.x + 0.74 * disc.radius, disc.y - 0.74 * disc.radius)
            marks.append(Mark(kind="diamond", xy=corner, ink="ambulatory", size=5.5 * unit, edge="unit-edge"))
    spots = [Spot(x=d.x, y=d.y, radius=d.radius, text=scene.names[d.site]) for d in placed]
    return marks + _names(spots, sheet, unit, covered, small)


def _bold(text: str, xy: tuple[float, float], size: float, anchor: str, *, ink: str = "text", group: str = "") -> Mark:
    return Mark(kind="text", xy=xy, ink=ink, text=text, size=size, anchor=anchor, weight="bold", group=group)


def _names(
    spots: Sequence[Spot], sheet: Sheet, unit: float, covered: Sequence[Box], small: Sequence[Box]
) -> list[Mark]:
    """The units' names beside their circles."""
    size = 12 * unit
    marks: list[Mark] = []
    for label in place_names(spots, size, sheet.box, small, covered):
        if label.leader is not None:
            marks.append(Mark(kind="lines", xy=[label.leader], ink="text", size=0.8 * unit))
        for k, line in enumerate(label.lines):
            base = (label.x, label.y + k * size * 1.15)
            marks.append(_bold(line, base, size, label.anchor, group="h"))
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
