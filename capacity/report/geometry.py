"""Shapes of a map in metres: land, a cell for each demand point, main frame and insets."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats, clean
from capacity.errors import DataError, Finding, some
from capacity.problem.coordinates import in_degrees, inside
from capacity.problem.parts import TRANSIT, homes_of
from capacity.problem.problem import Problem
from capacity.reading.land import SPARE_DEGREES, read_shapes
from capacity.reading.tables import Reading
from capacity.report.framing import MARGIN_METRES, Frame, frames_of
from capacity.report.projections import DANISH, around, metres

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from capacity.problem.network import Network

HOME = (-2.0, 40.0, 20.0, 75.0)
"""West, south, east, north of where `DANISH` draws north up; elsewhere a projection of the country's own does."""

SIMPLIFIED_TO_METRES = 500.0

BORDER_METRES = 60.0
"""How far from each other two regions' areas may lie along their border: areas of several sources do not quite meet."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """What a map is drawn on.

    Attributes
    ----------
    points, sites : ndarray (n, 2), (m, 2)
        Metres in `crs`.
    land, neighbours : geometry or None
    pieces : tuple of polygon
        Each piece of land by itself.
    cells : tuple of geometry, length n
        The land nearest to each point, or the planner's own areas.
    own_areas : bool
        Whether the cells are areas the planner gave.
    frames : tuple of Frame
        The main frame first, then insets.
    borders : geometry or None
        Lines between regions; None where there is one region.
    crs : str
        The projection: `DANISH`, or one around the places themselves.
    """

    points: Floats
    sites: Floats
    land: BaseGeometry | None
    neighbours: BaseGeometry | None
    pieces: tuple[BaseGeometry, ...]
    cells: tuple[BaseGeometry, ...]
    own_areas: bool
    frames: tuple[Frame, ...]
    borders: BaseGeometry | None = None
    crs: str = DANISH


Areas = Mapping[str, Any] | str | os.PathLike[str]
"""Areas by demand point id, or a GeoJSON file of them."""


def ground_of(
    problem: Problem, land: str | Path | None = None, areas: Areas | None = None, code: str | None = None
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
    crs = crs_of(net.point_lonlat)
    points, sites = (metres(xy, crs) for xy in (net.point_lonlat, net.site_lonlat))
    source = land if land is not None else problem.origin.get("land")
    shore, neighbours = _outline(str(source), crs) if source is not None else (None, None)
    cells = _cells(points, shore) if areas is None else _areas(problem, _by_id(problem, areas, code), crs)
    cells = _one_a_place(net, cells, shared=areas is not None)
    pieces = _pieces(cells)
    return Ground(
        points=points,
        sites=sites,
        land=shore,
        neighbours=neighbours,
        pieces=tuple(pieces),
        cells=cells,
        own_areas=areas is not None,
        frames=frames_of(points, sites, pieces),
        borders=_borders(cells, net.point_regions),
        crs=crs,
    )


def crs_of(lonlat: Floats) -> str:
    """A projection that draws these places north up and east right, and their areas true."""
    west, south, east, north = HOME
    if ((lonlat >= (west, south)) & (lonlat <= (east, north))).all():
        return DANISH
    # The middle on the circle: Fiji lies on both sides of 180 degrees.
    turn = np.exp(1j * np.radians(lonlat[:, 0])).mean()
    lon = math.degrees(float(np.angle(turn)))
    lat = float(np.median(lonlat[:, 1]))
    return around(lon, lat)


def _drawn(shapes: Any, crs: str) -> Any:
    """Polygons of shapes in degrees, mended and in metres; what the projection cannot show is left out."""
    from shapely import get_coordinates, make_valid, transform, union_all

    parts = [_polygons(shape) for shape in make_valid(transform(shapes, lambda xy: metres(xy, crs)))]
    kept = [[p for p in some_parts if np.isfinite(get_coordinates(p)).all()] for some_parts in parts]
    return np.array([union_all(polygons) for polygons in kept], dtype=object)


def _polygons(shape: Any) -> list[Any]:
    """The polygons of a shape, whatever else is in it."""
    if shape is None or shape.is_empty:
        return []
    if shape.geom_type == "Polygon":
        return [shape]
    return [p for part in getattr(shape, "geoms", ()) for p in _polygons(part)]


@lru_cache(maxsize=4)
def _outline(source: str, crs: str) -> tuple[Any, Any]:
    """Land and neighbours in metres, from a GeoJSON file or its text."""
    from shapely import coverage_simplify, union_all
    from shapely.geometry import shape

    features = _features("land", source)
    shapes = _drawn(np.array([shape(f["geometry"]) for f in features], dtype=object), crs)
    # As `check` reads it: what is no neighbour is land, whatever stands there.
    beyond = np.array([f["properties"].get("role") == "neighbour" for f in features], dtype=bool)
    found: list[Any] = []
    for wanted in (~beyond, beyond):
        parts = np.array(_polygons(union_all(shapes[wanted])), dtype=object)
        found.append(union_all(coverage_simplify(parts, SIMPLIFIED_TO_METRES)) if len(parts) else None)
    return found[0], found[1]


def _features(what: str, source: str) -> list[dict[str, Any]]:
    """Polygons of a GeoJSON file, or of its text, by the reader that `check` uses."""
    if source.lstrip().startswith("{"):
        reading, name, text = Reading(folder=Path()), what, source
    else:
        path = Path(source)
        # The planner names it: it may be a link to anywhere.
        reading, name = Reading(folder=path.parent, named=frozenset({path.name})), path.name
        read = reading.text_of(name)
        text = read or ""
    shapes = None if reading.findings else read_shapes(reading, name, text)
    if shapes is None or not shapes.features:
        if not reading.findings:
            reading.fault(name, "the file holds polygons", "Export polygons as GeoJSON in WGS84.")
        raise DataError(reading.findings)
    return shapes.features


def _cells(points: Floats, land: Any) -> tuple[BaseGeometry, ...]:
    """The land nearest to each point; points at one place share theirs."""
    from shapely import MultiPoint, intersection, prepare, voronoi_polygons

    apart, at = np.unique(points, axis=0, return_inverse=True)
    cloud = MultiPoint(apart)
    inside = land if land is not None else cloud.convex_hull.buffer(MARGIN_METRES)
    prepare(inside)
    if len(apart) == 1:
        return (inside,) * len(points)
    everything = voronoi_polygons(cloud, extend_to=inside.envelope.buffer(MARGIN_METRES), ordered=True)
    parts = intersection(np.array(everything.geoms, dtype=object), inside)
    return tuple(parts[at.ravel()])


def _one_a_place(net: Network, cells: tuple[BaseGeometry, ...], *, shared: bool) -> tuple[BaseGeometry, ...]:
    """Cells without those of families without a car, who live in the cell of those with one; so of a shared area."""
    from shapely import Polygon

    if not net.parted:
        return cells
    seen: set[str] = set()
    kept = []
    for home, way, cell in zip(net.point_homes, net.point_travel, cells, strict=True):
        # A place without a size has nothing to be shaded.
        kept.append(Polygon() if way == TRANSIT or (shared and home in seen) else cell)
        seen.add(home)
    return tuple(kept)


def _pieces(cells: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Each piece of land by itself."""
    from shapely import union_all

    return _polygons(union_all(np.array(cells, dtype=object), grid_size=1.0))


def _borders(cells: Sequence[BaseGeometry], regions: Sequence[str]) -> BaseGeometry | None:
    """Lines along which land of two regions meets."""
    from shapely import STRtree, union_all

    names = list(dict.fromkeys(regions))
    of = np.array([names.index(r) for r in regions])
    every = np.array(cells, dtype=object)
    whole = [union_all(every[of == k]) for k in range(len(names))]
    wide = [one.buffer(BORDER_METRES, quad_segs=1) for one in whole]
    pairs = STRtree(np.array(wide, dtype=object)).query(np.array(whole, dtype=object)).T
    lines = [whole[a].boundary.intersection(wide[b]) for a, b in pairs if a < b]
    return union_all(np.array(lines, dtype=object)) if lines else None


def _by_id(problem: Problem, areas: Areas, code: str | None) -> Mapping[str, Any]:
    """Areas by demand point: a file's features joined by the property that names the points."""
    if isinstance(areas, Mapping):
        return areas
    frame = _frame_of(areas)
    ids = homes_of(problem.network)[0]
    digits = len(ids[0]) if all(i.isdigit() for i in ids) else 0
    columns = [c for c in frame.columns if c != frame.geometry.name]
    named = {
        c: [clean(str(v)).removesuffix(".0").zfill(digits) for v in frame[c]]
        for c in ([code] if code in columns else columns)
    }
    # A code file may say 101 for "0101"; a municipality may stand in several features, one an island.
    best = max(named, key=lambda c: len(set(named[c]) & set(ids)), default=None)
    if best is None or (code is not None and code not in columns):
        rule = "the areas have a property that holds the demand points' ids"
        raise _fault("areas", rule, f"Choose from: {some(columns)}.", code or "")
    whole: dict[str, list[Any]] = {}
    for point, one in zip(named[best], frame.geometry, strict=True):
        whole.setdefault(point, []).append(one)
    return {point: parts if len(parts) > 1 else parts[0] for point, parts in whole.items()}


def _frame_of(areas: str | os.PathLike[str]) -> Any:
    """Areas of a file as a GeoDataFrame in degrees: GeoJSON by the reader of `check`, others by GDAL."""
    import geopandas as gpd
    from shapely.geometry import shape

    rule, remedy = "the areas are a file of shapes, such as GeoJSON", "Name such a file."
    path = Path(areas)
    if path.suffix.lower() in (".geojson", ".json"):
        if not path.is_file():
            raise _fault("areas", rule, remedy, f"{areas}")
        features = _features("areas", str(path))
        rows = [{**f["properties"], **({} if f.get("id") is None else {"id": f["id"]})} for f in features]
        return gpd.GeoDataFrame(rows, geometry=[shape(f["geometry"]) for f in features], crs="EPSG:4326")
    try:
        frame = gpd.read_file(areas)
    except Exception as error:  # GDAL and its wrappers raise what they like of a file they cannot read
        raise _fault("areas", rule, remedy, f"{areas}") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise _fault("areas", rule, remedy, f"{areas}")
    if frame.crs is None:
        raise _fault("areas", "the areas say in which coordinates they are (a CRS)", "Export them as GeoJSON in WGS84.")
    return frame.to_crs("EPSG:4326")


def _fault(column: str, rule: str, remedy: str, value: str = "") -> DataError:
    return DataError([Finding(table="map", column=column, value=value, rule=rule, remedy=remedy)])


def _areas(problem: Problem, areas: Mapping[str, Any], crs: str) -> tuple[BaseGeometry, ...]:
    """Areas of the demand points in metres, mended; in one coverage, so that neighbours meet."""
    from shapely import coverage_simplify, get_coordinates, union_all
    from shapely.geometry.base import BaseGeometry

    net = problem.network
    ids, of, first = homes_of(net)
    missing = [i for i in ids if i not in areas]
    if missing:
        rule = "every demand point has an area"
        raise _fault("areas", rule, "Key the areas by the demand points' ids.", some(missing))
    given = [list(areas[i]) if isinstance(areas[i], (list, tuple)) else [areas[i]] for i in ids]
    odd = [i for i, parts in zip(ids, given, strict=True) if not all(isinstance(p, BaseGeometry) for p in parts)]
    if odd:
        raise _fault("areas", "an area is a polygon", "Give shapely polygons, or a GeoJSON file.", some(odd))
    places = get_coordinates([p for parts in given for p in parts])
    if not np.isfinite(places).all() or not in_degrees(places):
        rule = "areas are in longitude and latitude: these look like metres of a projection"
        raise _fault("areas", rule, "Convert them to WGS84 (EPSG:4326), longitude first.")
    drawn = [union_all(_drawn(np.array(parts, dtype=object), crs)) for parts in given]
    empty = [i for i, one in zip(ids, drawn, strict=True) if not _polygons(one)]
    if empty:
        raise _fault("areas", "an area is a polygon that is not empty", "Give these points polygons.", some(empty))
    assert net.point_lonlat is not None
    lonlat = net.point_lonlat[first]
    (west, south), (east, north) = places.min(axis=0) - SPARE_DEGREES, places.max(axis=0) + SPARE_DEGREES
    away = [i for i, here in zip(ids, inside((west, south, east, north), lonlat), strict=True) if not here]
    if len(away) > len(ids) / 2:
        rule = "the areas lie where the demand points are"
        raise _fault("areas", rule, "Export the areas of this country, longitude first.", some(away))
    outside = [
        i for i, parts, place in zip(ids, given, lonlat, strict=True) if not _holds(get_coordinates(parts), place)
    ]
    if len(outside) > len(ids) / 2:
        rule = "a demand point lies in its own area"
        raise _fault("areas", rule, "Are the areas named by the ids of other places?", some(outside))
    simple = coverage_simplify(np.array(drawn, dtype=object), SIMPLIFIED_TO_METRES)
    mended = [one if _polygons(one) else whole for one, whole in zip(simple, drawn, strict=True)]
    return tuple(mended[k] for k in of)


def _holds(corners: Floats, place: Floats) -> bool:
    """Whether a place lies in the box of some corners, with a tenth of a degree to spare."""
    return bool(((place >= corners.min(axis=0) - 0.1) & (place <= corners.max(axis=0) + 0.1)).all())
