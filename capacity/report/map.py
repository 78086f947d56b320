"""The map of a plan: who travels how far, to which unit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from capacity.errors import DataError, Finding
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.parts import TRANSIT
from capacity.report.geometry import Areas, Ground, ground_of
from capacity.report.legend import Key, legend, lines_of, scale_bar
from capacity.report.marks import CLASSES, Drawing, Mark, to_png, to_svg
from capacity.report.phrases import Phrases, phrases, point_names
from capacity.report.sheet import WITHOUT_CAR, Scene, draw_sheets, end_of, minutes_of, sheets_of
from capacity.writing import whole_file

STEPS = (15, 30, 60, 90, 120)
"""Minutes that divide the shades."""

FAR = 30.0
"""Minutes from which a change is a large one."""

PANEL = 0.3
"""Share of the sheet's width taken by a legend beside the map."""

NARROW = 560
"""Pixels below which the legend stands under the map."""

NOBODY_THERE = {"nobody": "map-nobody", "course": "map-all-course", "unreached": "map-all-unreached"}
OUTSIDE = {"course": "map-course", "unreached": "map-unreached"}
"""What is said of a demand point without women at a unit, by where they are; and in the legend."""

Blocks = list[tuple[str, list[Key]]]


@dataclass(frozen=True, kw_only=True, repr=False)
class Map:
    """A drawn map: shows itself in a notebook, saves as SVG or PNG."""

    drawing: Drawing

    @property
    def svg(self) -> str:
        """One self-contained SVG."""
        return to_svg(self.drawing)

    def png(self, scale: float = 2.0) -> bytes:
        """PNG in the light colours, without a browser; `scale` 1 gives the size in pixels."""
        return to_png(self.drawing, scale)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write .svg or .png, by the name's ending.

        Raises
        ------
        DataError
            Where the name ends otherwise.
        """
        target = Path(path)
        if target.suffix.lower() == ".png":
            drawn = self.png()
        elif target.suffix.lower() == ".svg":
            drawn = self.svg.encode()
        else:
            raise _fault("path", "a map is saved as .svg or .png", "Choose one of the two endings.", target.name)
        return whole_file(target, lambda made: made.write_bytes(drawn))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """HTML for notebooks, PNG for what shows no HTML (a page of notebooks, an exported document)."""
        from base64 import b64encode

        said = {"text/plain": repr(self), "text/html": self.svg, "image/png": b64encode(self.png(1.5)).decode()}
        return {k: v for k, v in said.items() if (not include or k in include) and k not in (exclude or ())}

    def __repr__(self) -> str:
        return f"<Map: {self.drawing.title}>"


def draw_map(
    plan: Plan,
    *,
    land: str | Path | None = None,
    areas: Areas | None = None,
    code: str | None = None,
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
    areas : path, or mapping of point id to geometry, optional
        Areas to shade instead of cells, WGS84: a planner's own municipalities, as GeoJSON.
    code : str, optional
        The property of the GeoJSON that holds the demand points' ids; without it the first that does.
    width : float
        Pixels; below `NARROW` the legend stands under the map.
    language : {"en", "da"}
    title : str, optional

    Raises
    ------
    DataError
        Where the problem has no coordinates, or the areas do not cover the demand points.
    """
    return map_on(ground_of(plan.problem, land, areas, code), plan, width=width, language=language, title=title)


def map_on(ground: Ground, plan: Plan, *, width: float = 800, language: str = "en", title: str | None = None) -> Map:
    """Draw a plan on ground that is known already, as for several plans of one case."""
    t = phrases(language)
    scene = _scene(plan, t, ground)
    heading = title or t("map-title", count=len(plan.site_ids), beds=plan.beds)
    below = t("map-subtitle", mean=t.number(plan.mean_minutes), longest=t.number(plan.longest_minutes))
    return _alone(scene, width, heading, below, _keys(scene, _shades(t)))


@told
def difference_map(
    first: Plan,
    second: Plan,
    *,
    areas: Areas | None = None,
    code: str | None = None,
    width: float = 800,
    language: str = "en",
) -> Map:
    """Draw who travels farther, and who less, under the second plan than under the first.

    Farther is marked + and nearer -, so that grey print tells them apart. Units of the first plan
    alone are empty circles.

    Raises
    ------
    DataError
        Where the plans are not of the same demand points, or have no coordinates.
    """
    t = phrases(language)
    ids = second.problem.network.point_ids
    if set(ids) != set(first.problem.network.point_ids):
        raise _fault("plans", "both plans are of the same demand points", "Compare plans of one case.")
    at = {i: k for k, i in enumerate(first.problem.network.point_ids)}
    change = minutes_of(second)[0] - minutes_of(first)[0][[at[i] for i in ids]]
    moved = np.where(np.isnan(change) | (np.abs(change) < 0.5), 0.0, change)
    names = point_names(second.problem.network, t)

    def shade(i: int) -> tuple[str, str]:
        ink = "same"
        if moved[i]:
            ink = f"{'nearer' if moved[i] < 0 else 'farther'}-{1 + int(abs(moved[i]) >= FAR)}"
        return ink, t("map-moved", name=names[i], minutes=t.signed(float(moved[i])))

    scene = Scene(
        plan=second,
        ground=ground_of(second.problem, areas=areas, code=code),
        shade=shade,
        t=t,
        flows=False,
        signs=tuple("" if m == 0 else "−" if m < 0 else "+" for m in moved),
        gone=tuple(j for j in first.site_ids if j not in second.site_ids),
    )
    shades = [
        Key(kind="box", ink="nearer-2", text=f"− {t('map-nearer', minutes=t.number(FAR))}"),
        Key(kind="box", ink="nearer-1", text=f"− {t('map-little-nearer')}"),
        Key(kind="box", ink="same", text=t("map-same")),
        Key(kind="box", ink="farther-1", text=f"+ {t('map-little-farther')}"),
        Key(kind="box", ink="farther-2", text=f"+ {t('map-farther', minutes=t.number(FAR))}"),
    ]
    heading = t("map-against", first=len(second.site_ids), second=len(first.site_ids))
    below = f"{t.signed(second.mean_minutes - first.mean_minutes, 1)} {t('key-mean')}"
    return _alone(scene, width, heading, below, _keys(scene, (t("map-change"), shades)))


@told
def small_multiples(plans: Mapping[str, Plan], *, width: float = 1_200, columns: int = 3, language: str = "en") -> Map:
    """Draw several plans side by side, each under its name, with one legend for all."""
    if not plans:
        raise _fault("plans", "there is at least one plan to draw", "Give plans by name.")
    t = phrases(language)
    columns = min(columns, len(plans))
    unit = width / 1_200
    gap = 16 * unit
    each = (width - gap * (columns - 1)) / columns
    marks: list[Mark] = []
    top, bottom = 8 * unit, 0.0
    scenes: list[Scene] = []
    for k, (name, plan) in enumerate(plans.items()):
        if k and k % columns == 0:
            top = bottom + 14 * unit
        scene = _scene(plan, t, ground_of(plan.problem))
        below = t("map-title", count=len(plan.site_ids), beds=plan.beds) + "; "
        below += t("map-subtitle", mean=t.number(plan.mean_minutes), longest=t.number(plan.longest_minutes))
        drawn, end = _panel(scene, (k % columns) * (each + gap), top, each, unit, name, below)
        marks, bottom = marks + drawn, max(bottom, end)
        scenes.append(scene)
    keyed, bottom = legend(_keys(scenes[0], _shades(t)), 0, bottom + 10 * unit, width, unit)
    noted, bottom = lines_of(_notes(scenes[0]), 0, bottom, width, unit)
    return _drawing(width, bottom + 10 * unit, ", ".join(plans), _notes(scenes[0]), [*marks, *keyed, *noted])


def _scene(plan: Plan, t: Phrases, ground: Ground) -> Scene:
    minutes, unit = minutes_of(plan)
    names, outside = point_names(plan.problem.network, t), _outside(plan)

    def shade(i: int) -> tuple[str, str]:
        if np.isnan(minutes[i]):
            return "land", t(NOBODY_THERE[outside[i]], name=names[i])
        ink = CLASSES[int(np.searchsorted(STEPS, minutes[i], side="right"))]
        said = t("map-to", name=names[i], minutes=t.number(float(minutes[i])), unit=scene.names.get(unit[i], ""))
        return ink, said

    scene = Scene(plan=plan, ground=ground, shade=shade, t=t)
    return scene


def _outside(plan: Plan) -> list[str]:
    """Of each demand point where its women are who are at no unit: "course", "unreached", or "nobody" without any."""
    problem = plan.problem
    course = np.isfinite(problem.course_minutes)
    needed = problem.active & (problem.expected_women > 0)
    where = np.where(needed, np.where(course, "course", "unreached"), "nobody")
    return [str(one) for one in where]


def _shades(t: Phrases) -> tuple[str, list[Key]]:
    texts = [t("map-below", high=STEPS[0])]
    texts += [t("map-between", low=a, high=b) for a, b in pairwise(STEPS)]
    texts.append(t("map-above", low=STEPS[-1]))
    return t("map-minutes"), [Key(kind="box", ink=ink, text=text) for ink, text in zip(CLASSES, texts, strict=True)]


def _keys(scene: Scene, shades: tuple[str, list[Key]]) -> Blocks:
    t = scene.t
    keys = [Key(kind="disc", ink="unit", size=9, text=t("map-unit"))]
    if scene.plan.problem.network.ambulatories:
        keys.append(Key(kind="diamond", ink="ambulatory", size=5.5, text=t("map-ambulatory")))
    if scene.ground.borders is not None:
        keys.append(Key(kind="border", ink="border", text=t("map-border")))
    if scene.gone:
        keys.append(Key(kind="disc", ink="land", size=8, edge="unit", text=t("map-gone")))
    if scene.flows:
        keys.append(Key(kind="disc", ink="site", size=2.6, text=t("map-site")))
        keys.append(Key(kind="lines", ink="flow", text=t("map-flow")))
    out = {where for where, m in zip(_outside(scene.plan), minutes_of(scene.plan)[0], strict=True) if np.isnan(m)}
    keys += [Key(kind="box", ink="land", text=t(said)) for where, said in OUTSIDE.items() if where in out]
    if TRANSIT in scene.plan.problem.network.point_travel:
        keys.append(Key(kind="disc", ink="near-0", size=WITHOUT_CAR, edge="text", text=t("map-transit")))
    return [shades, ("", keys)]


def _notes(scene: Scene) -> list[str]:
    t, problem = scene.t, scene.plan.problem
    about = t("map-areas") if scene.ground.own_areas else t("map-cells")
    said = [f"{about} {t('map-modelled') if problem.travel.modelled else t('map-given')}"]
    if problem.attribution:
        said.append(t("map-data", sources="; ".join(t.said(a) or a for a in problem.attribution)))
    return said


def _panel(
    scene: Scene, left: float, top: float, width: float, unit: float, heading: str, below: str
) -> tuple[list[Mark], float]:
    """A heading and the sheets under it; and where they end."""
    marks = [
        Mark(kind="text", xy=(left, top + 18 * unit), ink="text", text=heading, size=17 * unit, weight="bold"),
        Mark(kind="text", xy=(left, top + 35 * unit), ink="soft", text=below, size=12 * unit),
    ]
    sheets = sheets_of(scene, left, top + 44 * unit, width, unit)
    return [*marks, *draw_sheets(scene, sheets, unit), *scale_bar(scene, sheets, unit)], end_of(sheets, unit)


def _alone(scene: Scene, width: float, heading: str, below: str, blocks: Blocks) -> Map:
    """One plan with its legend, beside the map or under it."""
    wide = width >= NARROW
    unit = width / 800 if wide else max(0.8, width / 700)
    edge = 8 * unit
    room = width * (1 - PANEL) if wide else width - 2 * edge
    marks, bottom = _panel(scene, edge, 4 * unit, room, unit, heading, below)
    if wide:
        left = edge + room + 14 * unit
        keyed, end = legend(blocks, left, 42 * unit, width - left, unit)
        bottom = max(bottom, end)
    else:
        keyed, bottom = legend(blocks, edge, bottom + 8 * unit, room, unit)
    notes = _notes(scene)
    noted, bottom = lines_of(notes, edge, bottom + 2 * unit, width - 2 * edge, unit)
    return _drawing(width, bottom + 8 * unit, heading, [f"{below}.", *notes], [*marks, *keyed, *noted])


def _drawing(width: float, height: float, title: str, about: Sequence[str], marks: Sequence[Mark]) -> Map:
    ground = Mark(kind="box", xy=(0, 0), ink="panel", wide=(width, height))
    return Map(drawing=Drawing(width=width, height=height, title=title, about=" ".join(about), marks=(ground, *marks)))


def _fault(column: str, rule: str, remedy: str, value: str = "") -> DataError:
    return DataError([Finding(table="map", column=column, value=value, rule=rule, remedy=remedy)])
