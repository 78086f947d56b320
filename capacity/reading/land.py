"""Outlines of land and areas: GeoJSON of any encoding, read once, by one reader, for check, plan, report and map."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.problem.coordinates import Box
from capacity.reading.tables import Reading

POLYGONS = ("Polygon", "MultiPolygon")
KINDS = (*POLYGONS, "Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection")
LONGITUDES = ("4326", "CRS84", "4258")
"""What the name of a coordinate system in degrees ends with."""

SPARE_DEGREES = 1.0


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """Polygons of a GeoJSON file, in WGS84 degrees.

    Attributes
    ----------
    features : list of dict
        Each with ``properties`` (a dict) and ``geometry`` (a Polygon or MultiPolygon of finite coordinates).
    passed : int
        Shapes that were passed over: empty, null, points, lines.
    """

    features: list[dict[str, Any]] = field(default_factory=list)
    passed: int = 0

    def text(self) -> str:
        """The shapes as GeoJSON again."""
        return json.dumps({"type": "FeatureCollection", "features": self.features}, ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The outline of the land: the file, its GeoJSON text, and its box with a degree to spare."""

    name: str
    text: str
    box: Box


def read_outline(reading: Reading, name: str, *, named: bool = False) -> Outline | None:
    """Read the outline of the land; None without one, or with faults.

    Parameters
    ----------
    named : bool
        Whether the case asks for the file: then it is a fault that it is missing.
    """
    if not named and not reading.has(name):
        return None
    text = reading.text_of(name)
    shapes = None if text is None else read_shapes(reading, name, text)
    if shapes is None or text is None:
        return None
    land = [f for f in shapes.features if f["properties"].get("role") != "neighbour"]
    if not land:
        reading.fault(
            name,
            "the file is a GeoJSON feature collection with polygons of the land",
            "Export polygons of the country, in WGS84.",
            value=f"{shapes.passed} shapes that are no polygons" if shapes.passed else "no feature",
        )
        return None
    if shapes.passed:
        reading.notices.append(
            f"{shapes.passed} shapes of {name} are no polygons with coordinates; they were passed over."
        )
    corners = np.concatenate([corners_of(f["geometry"]) for f in land])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    box = (west - SPARE_DEGREES, south - SPARE_DEGREES, east + SPARE_DEGREES, north + SPARE_DEGREES)
    return Outline(name=name, text=shapes.text(), box=box)


def read_shapes(reading: Reading, name: str, text: str) -> Shapes | None:
    """The polygons of a GeoJSON text; None, and a fault, where it is none or not in degrees."""
    rule, remedy = "the file is a GeoJSON feature collection of polygons", "Export it as GeoJSON in WGS84."
    try:
        written = json.loads(text)
    except ValueError as error:
        reading.fault(name, f"{rule} (it is no JSON: {str(error)[:120]})", remedy)
        return None
    except RecursionError:
        reading.fault(name, f"{rule} (it is nested too deep)", remedy)
        return None
    features = _features(written)
    if features is None:
        reading.fault(name, rule, remedy)
        return None
    crs = _crs(written)
    if crs is not None and not crs.endswith(LONGITUDES):
        reading.fault(
            name, "coordinates are WGS84 degrees", "Export it as GeoJSON in WGS84 (EPSG:4326).", value=crs[:80]
        )
        return None
    shapes: list[dict[str, Any]] = []
    passed = 0
    for number, feature in enumerate(features, 1):
        try:
            geometry = _polygons(feature.get("geometry"))
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError, OverflowError) as error:
            reading.fault(
                name,
                f"feature {number} has the coordinates of a shape ({str(error)[:80] or type(error).__name__})",
                "Export it anew, or take the feature out.",
                column=f"feature {number}",
            )
            return None
        if geometry is None:
            passed += 1
            continue
        own = {} if feature.get("id") is None else {"id": feature["id"]}
        shapes.append({"type": "Feature", **own, "properties": feature["properties"], "geometry": geometry})
    if not _in_degrees(reading, name, shapes):
        return None
    return Shapes(features=shapes, passed=passed)


def _features(said: Any) -> list[dict[str, Any]] | None:
    """Features of any GeoJSON object, each with a dict of properties."""
    if not isinstance(said, dict):
        return None
    if said.get("type") in KINDS:
        return [{"properties": {}, "geometry": said}]
    if said.get("type") == "Feature":
        listed = [said]
    else:
        listed = said.get("features")  # type: ignore[assignment]  # looked at below
    if not isinstance(listed, list) or not all(isinstance(f, dict) for f in listed):
        return None
    return [
        {
            "id": f.get("id"),
            "geometry": f.get("geometry"),
            "properties": f["properties"] if isinstance(f.get("properties"), dict) else {},
        }
        for f in listed
    ]


def _crs(said: Any) -> str | None:
    """The name of the coordinate system an old GeoJSON file gives."""
    crs = said.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None


def _polygons(geometry: Any) -> dict[str, Any] | None:
    """A geometry's polygons with finite rings of at least three places; None where there are none."""
    if geometry is None:
        return None
    kind = geometry["type"]
    if kind not in KINDS:
        raise ValueError(f"unknown type {str(kind)[:40]}")
    if kind == "GeometryCollection":
        parts = [p for p in (_polygons(g) for g in geometry["geometries"]) if p is not None]
        polygons = [q for p in parts for q in p["coordinates"]]
    elif kind in POLYGONS:
        given = geometry["coordinates"]
        polygons = [_rings(p) for p in (given if kind == "MultiPolygon" else [given])]
    else:
        return None
    polygons = [p for p in polygons if p]
    return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None


def _rings(polygon: Any) -> list[list[list[float]]]:
    rings = []
    for ring in polygon:
        if not ring:
            continue
        pairs = _pairs(ring)
        if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "if" or not np.isfinite(pairs).all():
            raise ValueError("a place is a pair of finite numbers")
        places = pairs.tolist()
        if _corners(places):
            rings.append(places if places[0] == places[-1] else [*places, places[0]])
        elif not rings:
            # The outer ring of this polygon has no area: its holes are none.
            return []
    return rings


def _pairs(ring: Any) -> Any:
    """A ring's longitudes and latitudes; heights are left out."""
    try:
        return np.array(ring)[:, :2]
    except (ValueError, IndexError, TypeError):
        return np.array([place[:2] for place in ring])


def _corners(places: list[list[float]]) -> bool:
    """Whether a ring has three different places."""
    return len(set(map(tuple, places))) >= 3


def corners_of(geometry: dict[str, Any]) -> Floats:
    """Every place of a MultiPolygon, (n, 2)."""
    return np.concatenate([np.array(ring, dtype=float) for polygon in geometry["coordinates"] for ring in polygon])


def _in_degrees(reading: Reading, name: str, features: list[dict[str, Any]]) -> bool:
    if not features:
        return True
    corners = np.concatenate([corners_of(f["geometry"]) for f in features])
    away = (np.abs(corners) > (180.0, 90.0)).any(axis=1)
    if not away.any():
        return True
    first = corners[int(np.argmax(away))]
    metres = float(np.abs(first).max()) > 1_000
    reading.fault(
        name,
        "coordinates are longitude and latitude in degrees" + (": these look like metres" if metres else ""),
        "Export it as GeoJSON in WGS84 (EPSG:4326), longitude first.",
        value=f"{first[0]:g}, {first[1]:g}",
    )
    return False
