"""The map of a plan: who travels how far, to which unit."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from capacity.plan import Plan
from capacity.report.geometry import Frame, Ground, ground_of
from capacity.report.marks import CLASSES, Drawing, Mark, rings_of, to_png, to_svg

STEPS = (15, 30, 60, 90, 120)
"""Minutes that divide the shades."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "minutes": "Minutes to the unit, one way", "below": "below {0}", "between": "{0} to {1}", "above": "{0} or more",
        "unit": "Unit, with its beds", "ambulatory": "Family ambulatory", "site": "Candidate site, not used",
        "cells": "Areas: the land nearest to each demand point, not administrative borders",
        "areas": "Areas as given by the planner", "modelled": "Travel times are modelled", "given": "Travel times as given",
        "to": "{0}: {1:.0f} minutes to {2}", "beds": "{0}: {1} beds, {2:.0f} stays a year", "data": "Data: {0}",
        "title": "{0} units, {1} beds", "closed": "{0}: not used", "change": "Change in minutes, one way",
        "nearer": "nearer", "farther": "farther", "same": "as before", "moved": "{0}: {1:+.0f} minutes",
        "against": "{0} units against {1}",
    },
    "da": {
        "minutes": "Minutter til enheden, en vej", "below": "under {0}", "between": "{0} til {1}", "above": "{0} eller mere",
        "unit": "Enhed med antal pladser", "ambulatory": "Familieambulatorium", "site": "Mulig placering, ikke brugt",
        "cells": "Arealer: landet nærmest hvert punkt, ikke kommunegrænser",
        "areas": "Arealer som angivet", "modelled": "Rejsetider er modelberegnede", "given": "Rejsetider som angivet",
        "to": "{0}: {1:.0f} minutter til {2}", "beds": "{0}: {1} pladser, {2:.0f} ophold om året", "data": "Data: {0}",
        "title": "{0} enheder, {1} pladser", "closed": "{0}: ikke brugt", "change": "Ændring i minutter, en vej",
        "nearer": "kortere", "farther": "længere", "same": "som før", "moved": "{0}: {1:+.0f} minutter",
        "against": "{0} enheder mod {1}",
    },
}  # fmt: skip

PANEL = 0.29
"""Share of the sheet's width taken by insets and legend."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Map:
    """A drawn map: shows itself in a notebook, saves as SVG or PNG."""

    drawing: Drawing

    @property
    def svg(self) -> str:
        """One self-contained SVG."""
        return to_svg(self.drawing)

    def png(self, scale: float = 2.0) -> bytes:
        """PNG in the light colours; `scale` 1 gives the size in pixels."""
        return to_png(self.drawing, scale)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write .svg or .png, by the name's ending."""
        target = Path(path)
        if target.suffix == ".png":
            target.write_bytes(self.png())
        else:
            target.write_text(self.svg, encoding="utf-8")
        return target

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"image/svg+xml": self.svg, "text/plain": f"<Map: {self.drawing.title}>"}


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Where a frame of the world stands on the sheet."""

    frame: Frame
    left: float
    top: float
    scale: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Metres to pixels."""
        return (
            self.left + (x - self.frame.bounds[0]) * self.scale,
            self.top + (self.frame.bounds[3] - y) * self.scale,
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        return self.frame.width * self.scale, self.frame.height * self.scale


def draw_map(
    plan: Plan,
    *,
    land: str | Path | None = None,
    areas: Mapping[str, Any] | None = None,
    width: float = 800,
    language: str = "en",
    title: str | None = None,
) -> Map:
    """Draw a plan.

    Parameters
    ----------
    plan : Plan
    land : path, optional
        GeoJSON outline; by default the case's own.
    areas : mapping of point id to geometry, optional
        Areas to shade instead of cells, WGS84.
    width : float
        Pixels.
    language : {"en", "da"}

    Raises
    ------
    DataError
        Where the problem has no coordinates.
    """
    words = WORDS[language]
    ground = ground_of(plan.problem, land, areas)
    minutes, unit = _minutes(plan)
    names = plan.problem.network.point_names

    def shade(i: int) -> tuple[str, str]:
        if np.isnan(minutes[i]):
            return "land", names[i]
        colour = CLASSES[int(np.searchsorted(STEPS, minutes[i], side="right"))]
        return colour, words["to"].format(names[i], minutes[i], unit[i])

    heading = title or words["title"].format(len(plan.site_ids), plan.beds)
    legend = [(CLASSES[k], text) for k, text in enumerate(_classes(words))]
    return _map(plan, ground, shade, words, width, heading, (words["minutes"], legend), flows=True)


def difference_map(first: Plan, second: Plan, *, width: float = 800, language: str = "en") -> Map:
    """Draw who travels farther, and who less, under the second plan than under the first."""
    words = WORDS[language]
    ground = ground_of(second.problem)
    before, after = _minutes(first)[0], _minutes(second)[0]
    names = second.problem.network.point_names

    def shade(i: int) -> tuple[str, str]:
        change = after[i] - before[i]
        ink = "same" if np.isnan(change) or abs(change) < 0.5 else "nearer" if change < 0 else "farther"
        return ink, words["moved"].format(names[i], 0.0 if np.isnan(change) else change)

    legend = [("nearer", words["nearer"]), ("farther", words["farther"]), ("same", words["same"])]
    heading = words["against"].format(len(second.site_ids), len(first.site_ids))
    return _map(second, ground, shade, words, width, heading, (words["change"], legend), flows=False)


def small_multiples(plans: Mapping[str, Plan], *, width: float = 1_200, columns: int = 3, language: str = "en") -> Map:
    """Draw several plans side by side, each under its name."""
    each = width / columns
    drawn = [draw_map(plan, width=each, language=language, title=name).drawing for name, plan in plans.items()]
    marks: list[Mark] = []
    tallest = max(d.height for d in drawn)
    for k, drawing in enumerate(drawn):
        x, y = (k % columns) * each, (k // columns) * tallest
        marks += [_moved(mark, x, y) for mark in drawing.marks]
    rows = -(-len(drawn) // columns)
    return Map(
        drawing=Drawing(width=width, height=rows * tallest, title=", ".join(plans), about="", marks=tuple(marks))
    )


def _moved(mark: Mark, x: float, y: float) -> Mark:
    from dataclasses import replace

    if mark.kind == "area":
        return replace(mark, xy=[[(a + x, b + y) for a, b in ring] for ring in mark.xy])
    if mark.kind == "line":
        return replace(mark, xy=[(a + x, b + y) for a, b in mark.xy])
    return replace(mark, xy=(mark.xy[0] + x, mark.xy[1] + y))


def _minutes(plan: Plan) -> tuple[np.ndarray[Any, np.dtype[np.float64]], list[str]]:
    """Mean minutes of each point, and the unit most of its women use."""
    net = plan.problem.network
    at = {i: k for k, i in enumerate(net.point_ids)}
    total, women = np.zeros(len(at)), np.zeros(len(at))
    most, unit = np.zeros(len(at)), [""] * len(at)
    table = plan.assignment_table
    for i, j, w, t in zip(table["point_id"], table["site_id"], table["women"], table["minutes"], strict=True):
        total[at[i]] += w * t
        women[at[i]] += w
        if w > most[at[i]]:
            most[at[i]], unit[at[i]] = w, j
    with np.errstate(invalid="ignore"):
        return total / np.where(women > 0, women, np.nan), unit


def _classes(words: Mapping[str, str]) -> list[str]:
    between = [words["between"].format(a, b) for a, b in pairwise(STEPS)]
    return [words["below"].format(STEPS[0]), *between, words["above"].format(STEPS[-1])]


def _map(
    plan: Plan,
    ground: Ground,
    shade: Callable[[int], tuple[str, str]],
    words: Mapping[str, str],
    width: float,
    title: str,
    legend: tuple[str, list[tuple[str, str]]],
    *,
    flows: bool,
) -> Map:
    unit = width / 800
    head = 40 * unit
    main_width = width * (1 - PANEL)
    frame = ground.frames[0]
    scale = main_width / frame.width
    main = Sheet(frame=frame, left=0, top=head, scale=scale)
    sheets = [main]
    left, top, room = main_width + 10 * unit, head, width - main_width - 20 * unit
    for inset in ground.frames[1:]:
        small = min(scale * 1.0, room / inset.width)
        sheets.append(Sheet(frame=inset, left=left, top=top, scale=small))
        top += inset.height * small + 12 * unit
    marks = [Mark(kind="box", xy=(0, 0), ink="panel", text=f"{width} 10000")]
    for sheet in sheets:
        marks += _sheet(plan, ground, sheet, shade, words, unit, flows=flows)
    panel, bottom = _panel(plan, ground, words, left, top + 8 * unit, unit, legend)
    foot = max(head + main.size[1], bottom) + 8 * unit
    mask = Mark(kind="box", xy=(0, head + main.size[1]), ink="panel", text=f"{main_width} {max(0.0, foot)}")
    marks += [mask, *panel, *_scale_bar(main, unit), *(_border(sheet) for sheet in sheets[1:])]
    marks.append(Mark(kind="text", xy=(8 * unit, 26 * unit), ink="text", text=title, size=18 * unit, weight="bold"))
    about = [words["areas"] if ground.own_areas else words["cells"]]
    about.append(words["modelled"] if plan.problem.travel.modelled else words["given"])
    lines = [". ".join(about) + "."]
    if plan.problem.attribution:
        lines.append(words["data"].format("; ".join(plan.problem.attribution)) + ".")
    for line in lines:
        marks.append(Mark(kind="text", xy=(8 * unit, foot + 10 * unit), ink="soft", text=line, size=10.5 * unit))
        foot += 15 * unit
    height = foot + 8 * unit
    marks[0] = Mark(kind="box", xy=(0, 0), ink="panel", text=f"{width} {height}")
    spoken = f"{title}. {' '.join(lines)}"
    return Map(drawing=Drawing(width=width, height=height, title=title, about=spoken, marks=tuple(marks)))


def _border(sheet: Sheet) -> Mark:
    wide, high = sheet.size
    return Mark(kind="box", xy=(sheet.left, sheet.top), ink="none", text=f"{wide} {high}", edge="line")


def _sheet(
    plan: Plan,
    ground: Ground,
    sheet: Sheet,
    shade: Callable[[int], tuple[str, str]],
    words: Mapping[str, str],
    unit: float,
    *,
    flows: bool,
) -> list[Mark]:
    """Sea, land, cells, flows, sites and units of one frame."""
    from shapely import box

    net = plan.problem.network
    wide, high = sheet.size
    clip = box(*sheet.frame.bounds)
    marks = [Mark(kind="box", xy=(sheet.left, sheet.top), ink="sea", text=f"{wide} {high}")]
    for shape, ink in ((ground.neighbours, "neighbour"), (ground.land, "land")):
        if shape is not None:
            marks.append(Mark(kind="area", xy=rings_of(shape.intersection(clip), sheet.place), ink=ink))
    for i, cell in enumerate(ground.cells):
        rings = rings_of(cell.intersection(clip), sheet.place)
        if rings:
            ink, said = shade(i)
            marks.append(Mark(kind="area", xy=rings, ink=ink, title=said, edge="cell-edge", group="cell"))
    opened = {j: k for k, j in enumerate(plan.site_ids)}
    site = {j: k for k, j in enumerate(net.site_ids)}
    here = set(sheet.frame.points)
    if flows:
        point = {i: k for k, i in enumerate(net.point_ids)}
        table = plan.assignment_table
        for i, j in sorted(set(zip(table["point_id"], table["site_id"], strict=True))):
            a, b = ground.points[point[i]], ground.sites[site[j]]
            if point[i] in here and _inside(b, sheet):
                marks.append(
                    Mark(kind="line", xy=[sheet.place(*a), sheet.place(*b)], ink="flow", size=0.7 * unit, opacity=0.35)
                )
    for j, k in site.items():
        if j not in opened and _inside(ground.sites[k], sheet):
            ink, kind = ("ambulatory", "diamond") if j in net.ambulatories else ("site", "disc")
            marks.append(
                Mark(
                    kind=kind, xy=sheet.place(*ground.sites[k]), ink=ink, size=(5 if kind == "diamond" else 2.4) * unit,
                    title=words["closed"].format(net.site_names[k]), edge="unit-edge" if kind == "diamond" else "",
                    opacity=1.0 if kind == "diamond" else 0.7,
                )
            )  # fmt: skip
    return marks + _unit_marks(plan, ground, sheet, words, unit)


def _inside(xy: Any, sheet: Sheet) -> bool:
    west, south, east, north = sheet.frame.bounds
    return bool(west <= xy[0] <= east and south <= xy[1] <= north)


def _unit_marks(plan: Plan, ground: Ground, sheet: Sheet, words: Mapping[str, str], unit: float) -> list[Mark]:
    """Circles by beds with the number inside, and names that do not collide."""
    net, table = plan.problem.network, plan.unit_table
    site = {j: k for k, j in enumerate(net.site_ids)}
    discs: list[tuple[float, float, float]] = []
    rows: list[tuple[int, float, float, float]] = []
    for k, j in enumerate(table["site_id"]):
        if _inside(ground.sites[site[j]], sheet):
            x, y = sheet.place(*ground.sites[site[j]])
            radius = (7 + 2.1 * sqrt(table["beds"][k])) * unit
            rows.append((k, x, y, radius))
            discs.append((x, y, radius))
    marks: list[Mark] = []
    taken: list[tuple[float, float, float, float]] = []
    for k, x, y, radius in rows:
        name, beds = table["name"][k], table["beds"][k]
        said = words["beds"].format(name, beds, table["stays"][k])
        marks.append(Mark(kind="disc", xy=(x, y), ink="unit", size=radius, title=said, edge="unit-edge", group="unit"))
        marks.append(
            Mark(
                kind="text", xy=(x, y + 4.5 * unit), ink="unit-text", text=str(beds), size=13 * unit,
                anchor="middle", weight="bold",
            )
        )  # fmt: skip
    for k, x, y, radius in sorted(rows, key=lambda r: -r[3]):
        text = short_name(table["name"][k])
        spot = _free_spot(x, y, radius, text, 12 * unit, taken, discs, sheet)
        taken.append(spot[2])
        marks.append(
            Mark(
                kind="text", xy=spot[0], ink="text", text=text, size=12 * unit, anchor=spot[1], weight="bold", group="h"
            )
        )
    return marks


def short_name(name: str) -> str:
    """A unit's name short enough for a map: the part that says where."""
    parts = [p.strip() for p in name.replace("(", ",").replace(")", "").split(",") if p.strip()]
    text = parts[1] if len(parts) > 1 and parts[0].lower().startswith("familieambulatoriet") else parts[0]
    return text if len(text) <= 34 else text[:33].rstrip() + "…"


def _free_spot(
    x: float,
    y: float,
    radius: float,
    text: str,
    size: float,
    taken: Sequence[tuple[float, float, float, float]],
    discs: Sequence[tuple[float, float, float]],
    sheet: Sheet,
) -> tuple[tuple[float, float], str, tuple[float, float, float, float]]:
    """Of eight places around a circle the one that covers least."""
    wide, gap = 0.56 * size * len(text), radius + 0.3 * size
    spots = [
        ((x + gap, y + size / 3), "start"), ((x - gap, y + size / 3), "end"), ((x, y - gap), "middle"),
        ((x, y + gap + size * 0.8), "middle"), ((x + gap * 0.8, y - gap * 0.7), "start"),
        ((x + gap * 0.8, y + gap), "start"), ((x - gap * 0.8, y - gap * 0.7), "end"), ((x - gap * 0.8, y + gap), "end"),
    ]  # fmt: skip
    right, bottom = sheet.left + sheet.size[0], sheet.top + sheet.size[1]

    def cost(spot: tuple[tuple[float, float], str]) -> tuple[float, tuple[float, float, float, float]]:
        (a, b), anchor = spot
        start = {"start": a, "end": a - wide, "middle": a - wide / 2}[anchor]
        box = (start, b - size, start + wide, b + size * 0.2)
        over = sum(_overlap(box, other) for other in taken)
        over += sum(_overlap(box, (u - r, v - r, u + r, v + r)) for u, v, r in discs)
        beyond = max(0.0, sheet.left - box[0]) + max(0.0, box[2] - right) + max(0.0, sheet.top - box[1])
        return over + 10 * size * (beyond + max(0.0, box[3] - bottom)), box

    best = min(range(len(spots)), key=lambda k: (cost(spots[k])[0], k))
    return spots[best][0], spots[best][1], cost(spots[best])[1]


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def _panel(
    plan: Plan,
    ground: Ground,
    words: Mapping[str, str],
    left: float,
    top: float,
    unit: float,
    legend: tuple[str, list[tuple[str, str]]],
) -> tuple[list[Mark], float]:
    heading, classes = legend
    y = top + 12 * unit
    marks = [Mark(kind="text", xy=(left, y), ink="text", text=heading, size=12 * unit, weight="bold")]
    for ink, text in classes:
        y += 20 * unit
        marks.append(Mark(kind="box", xy=(left, y - 11 * unit), ink=ink, text=f"{22 * unit} {14 * unit}", edge="line"))
        marks.append(Mark(kind="text", xy=(left + 30 * unit, y), ink="text", text=text, size=12 * unit))
    y += 12 * unit
    net = plan.problem.network
    keys = [("disc", "unit", 9.0, words["unit"])]
    if net.ambulatories:
        keys.append(("diamond", "ambulatory", 5.0, words["ambulatory"]))
    keys.append(("disc", "site", 2.6, words["site"]))
    for kind, ink, size, text in keys:
        y += 22 * unit
        marks.append(Mark(kind=kind, xy=(left + 11 * unit, y - 4 * unit), ink=ink, size=size * unit))
        marks.append(Mark(kind="text", xy=(left + 30 * unit, y), ink="text", text=text, size=12 * unit))
    return marks, y + 10 * unit


def _scale_bar(sheet: Sheet, unit: float) -> list[Mark]:
    """A bar of a round number of kilometres, about a fifth of the map."""
    about = sheet.frame.width / 5_000
    km = max(k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500) if k <= max(about, 1))
    long, x = km * 1_000 * sheet.scale, sheet.left + 12 * unit
    y = sheet.top + sheet.size[1] - 14 * unit
    return [
        Mark(kind="line", xy=[(x, y), (x + long, y)], ink="text", size=2 * unit),
        Mark(kind="line", xy=[(x, y - 4 * unit), (x, y + 1 * unit)], ink="text", size=1.2 * unit),
        Mark(kind="line", xy=[(x + long, y - 4 * unit), (x + long, y + 1 * unit)], ink="text", size=1.2 * unit),
        Mark(kind="text", xy=(x + long / 2, y - 6 * unit), ink="text", text=f"{km} km", size=11 * unit, anchor="middle"),
    ]
