"""Shapes of a map in metres: land, a cell for each demand point, main frame and insets."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.errors import DataError, Finding, some
from capacity.labels import Floats
from capacity.problem import Problem

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

CRS = "EPSG:25832"
APART_METRES = 100_000.0
"""Demand points farther than this from all others are drawn in an inset."""

MARGIN_METRES = 8_000.0
SIMPLIFIED_TO_METRES = 500.0


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A rectangle of the world that is drawn: west, south, east, north in metres."""

    bounds: tuple[float, float, float, float]
    points: tuple[int, ...]

    @property
    def width(self) -> float:
        """Metres from west to east."""
        return self.bounds[2] - self.bounds[0]

    @property
    def height(self) -> float:
        """Metres from south to north."""
        return self.bounds[3] - self.bounds[1]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """What a map is drawn on.

    Attributes
    ----------
    points, sites : ndarray (n, 2), (m, 2)
        Metres in `CRS`.
    land, neighbours : geometry or None
    cells : tuple of geometry, length n
        The land nearest to each point, or the planner's own areas.
    own_areas : bool
        Whether the cells are areas the planner gave.
    frames : tuple of Frame
        The main frame first, then insets.
    """

    points: Floats
    sites: Floats
    land: BaseGeometry | None
    neighbours: BaseGeometry | None
    cells: tuple[BaseGeometry, ...]
    own_areas: bool
    frames: tuple[Frame, ...]


Areas = Mapping[str, Any] | str | os.PathLike[str]
"""Areas by demand point id, or a GeoJSON file of them."""


def ground_of(
    problem: Problem,
    land: str | Path | None = None,
    areas: Areas | None = None,
    code: str | None = None,
) -> Ground:
    """Work out the shapes of a problem's map.

    Parameters
    ----------
    problem : Problem
        With coordinates.
    land : path, or GeoJSON text, optional
        Outline (WGS84; features with ``role`` neighbour are other countries' coasts); by default
        the case's own.
    areas : path, or mapping of point id to geometry, optional
        The planner's own areas, WGS84; without them each point gets the land nearest to it.
    code : str, optional
        The property of the file that holds the demand points' ids.

    Raises
    ------
    DataError
        Where the problem has no coordinates, or areas lack a demand point.
    """
    net = problem.network
    if net.point_lonlat is None or net.site_lonlat is None:
        rule = "a map needs coordinates of demand points and sites"
        raise _fault("", rule, "Add the columns lon and lat to both tables.")
    points, sites = (_metres(xy) for xy in (net.point_lonlat, net.site_lonlat))
    source = land if land is not None else problem.origin.get("land")
    shore, neighbours = _outline(str(source)) if source is not None else (None, None)
    cells = _cells(points, shore) if areas is None else _areas(problem, _by_id(problem, areas, code))
    return Ground(
        points=points, sites=sites, land=shore, neighbours=neighbours, cells=cells,
        own_areas=areas is not None, frames=_frames(points, sites, cells),
    )  # fmt: skip


def _metres(lonlat: Floats) -> Floats:
    # pyproj alone: GeoPandas would bring pandas, half the time of a report, for two columns.
    from pyproj import Transformer

    there = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    return np.column_stack(there.transform(lonlat[:, 0], lonlat[:, 1]))


@lru_cache(maxsize=4)
def _outline(source: str) -> tuple[Any, Any]:
    """Land and neighbours in metres, from a GeoJSON file or its text."""
    from shapely import coverage_simplify, make_valid, transform, union_all
    from shapely.geometry import shape

    text = source if source.lstrip().startswith("{") else Path(source).read_text(encoding="utf-8")
    try:
        features = json.loads(text)["features"]
        shapes = np.array([shape(f["geometry"]) for f in features], dtype=object)
    except (ValueError, KeyError, TypeError) as error:
        raise _fault("land", "the land is GeoJSON with features, WGS84", "Write it anew as GeoJSON.") from error
    role = np.array([(f.get("properties") or {}).get("role", "land") for f in features])
    shapes = make_valid(transform(shapes, _metres))
    found: list[Any] = []
    for wanted in ("land", "neighbour"):
        here = shapes[role == wanted]
        if len(here) == 0:
            found.append(None)
            continue
        whole = union_all(here)
        parts = np.array(list(getattr(whole, "geoms", [whole])), dtype=object)
        found.append(union_all(coverage_simplify(parts, SIMPLIFIED_TO_METRES)))
    return found[0], found[1]


def _cells(points: Floats, land: Any) -> tuple[BaseGeometry, ...]:
    from shapely import MultiPoint, intersection, prepare, voronoi_polygons

    cloud = MultiPoint(points)
    inside = land if land is not None else cloud.convex_hull.buffer(MARGIN_METRES)
    everything = voronoi_polygons(cloud, extend_to=inside.envelope.buffer(MARGIN_METRES), ordered=True)
    prepare(inside)
    return tuple(intersection(np.array(everything.geoms, dtype=object), inside))


def _by_id(problem: Problem, areas: Areas, code: str | None) -> Mapping[str, Any]:
    """Areas by demand point: a file's features joined by the property that names the points."""
    if isinstance(areas, Mapping):
        return areas
    import geopandas as gpd
    from pyogrio.errors import DataSourceError

    try:
        frame = gpd.read_file(areas).to_crs("EPSG:4326")
    except DataSourceError as error:
        rule = "the areas are a file of shapes, such as GeoJSON"
        raise _fault("areas", rule, "Name such a file.", f"{areas}") from error
    ids = problem.network.point_ids
    digits = len(ids[0]) if all(i.isdigit() for i in ids) else 0
    columns = [c for c in frame.columns if c != frame.geometry.name]
    named = {
        c: [str(v).removesuffix(".0").zfill(digits) for v in frame[c]] for c in ([code] if code in columns else columns)
    }
    # A code file may say 101 for "0101"; a municipality may stand in several features, one an island.
    best = max(named, key=lambda c: len(set(named[c]) & set(ids)), default=None)
    if best is None or (code is not None and code not in columns):
        rule = "the areas have a property that holds the demand points' ids"
        raise _fault("areas", rule, f"Choose from: {some(columns)}.", code or "")
    whole = frame.assign(point_id=named[best]).dissolve("point_id")
    return dict(zip(whole.index, whole.geometry, strict=True))


def _fault(column: str, rule: str, remedy: str, value: str = "") -> DataError:
    return DataError([Finding(table="map", column=column, value=value, rule=rule, remedy=remedy)])


def _areas(problem: Problem, areas: Mapping[str, Any]) -> tuple[BaseGeometry, ...]:
    from shapely import coverage_simplify, transform

    missing = [i for i in problem.network.point_ids if i not in areas]
    if missing:
        rule = "every demand point has an area"
        raise _fault("areas", rule, "Key the areas by the demand points' ids.", some(missing))
    shapes = transform(np.array([areas[i] for i in problem.network.point_ids], dtype=object), _metres)
    return tuple(coverage_simplify(shapes, SIMPLIFIED_TO_METRES))


def _frames(points: Floats, sites: Floats, cells: Sequence[BaseGeometry]) -> tuple[Frame, ...]:
    """The largest group of points, and an inset for each group far from it."""
    groups = _groups(points)
    frames = []
    for members in sorted(groups, key=lambda g: (-len(g), g)):
        here = points[list(members)]
        near = sites[(np.abs(sites[:, None, :] - here[None]).max(axis=2).min(axis=1) < APART_METRES / 2)]
        corners = np.array([cells[i].bounds for i in members if not cells[i].is_empty]).reshape(-1, 2)
        # A far piece of land that is merely nearest to some point does not widen the frame.
        close = (np.abs(corners[:, None, :] - here[None]).max(axis=2) < APART_METRES / 2).any(axis=1)
        every = np.concatenate([here, near, corners[close]])
        low, high = every.min(axis=0) - MARGIN_METRES, every.max(axis=0) + MARGIN_METRES
        frames.append(
            Frame(bounds=(float(low[0]), float(low[1]), float(high[0]), float(high[1])), points=tuple(members))
        )
    return tuple(frames)


def _groups(points: Floats) -> list[list[int]]:
    """Points joined where they are nearer than `APART_METRES`."""
    waiting, groups = set(range(len(points))), []
    while waiting:
        group, edge = [], [min(waiting)]
        waiting.discard(edge[0])
        while edge:
            one = edge.pop()
            group.append(one)
            near = [k for k in waiting if np.hypot(*(points[k] - points[one])) < APART_METRES]
            waiting.difference_update(near)
            edge.extend(near)
        groups.append(sorted(group))
    return groups
