"""Borders of an OpenStreetMap extract as areas of a case's demand points.

Relations of one administrative level are put together from their ways, and joined to the demand points by code or by
name; what does not join is told. Only nodes of borders are held, however large the extract.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.errors import DataError, Finding
from capacity.preparing.extracts import osmium_of, whole_extract

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

LEVEL = "7"
"""Municipalities in Denmark."""

FINER = 0.0002
"""Degrees to which borders are simplified, neighbours still meeting: some 20 m."""

DECIMALS = 6
"""Of degrees, as they are written."""

KINDS = frozenset({"kommune", "kommun", "municipality", "gemeinde", "stad", "regionskommune", "of", "the", "bykommune"})
"""Words of a name that say what a place is, not which."""

NAMES = ("name", "name:da", "name:en", "official_name", "short_name", "alt_name")
MEMBERS = frozenset({"outer", "inner", "", "enclave", "exclave"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Borders:
    """Areas of demand points.

    Attributes
    ----------
    areas : mapping of point id to geometry
        WGS84 degrees.
    named : mapping of point id to str
        What the map calls each.
    without : tuple of str
        Demand points that no area joined.
    apart : tuple of str
        Areas of the map that no demand point joined.
    broken : tuple of str
        Relations whose borders do not close, as where they lie partly outside the extract.
    """

    areas: Mapping[str, BaseGeometry]
    named: Mapping[str, str]
    without: tuple[str, ...]
    apart: tuple[str, ...]
    broken: tuple[str, ...]

    def said(self) -> dict[str, Any]:
        """What ``travel.json`` says of them."""
        return {
            "joined": dict(self.named),
            "points_without_area": list(self.without),
            "areas_without_point": list(self.apart),
            "not_closed": list(self.broken),
        }

    def notices(self) -> list[str]:
        """What did not join, in sentences."""
        told = []
        if self.without:
            told.append(f"Without an area of the map: {', '.join(self.without)}.")
        if self.apart:
            told.append(f"Areas of the map that are no demand point: {', '.join(self.apart)}.")
        if self.broken:
            told.append(f"Areas whose borders do not close in the extract: {', '.join(self.broken)}.")
        return told

    def text(self, attribution: str) -> str:
        """Them as GeoJSON: one feature a demand point, by its id in ``code``."""
        from shapely.geometry import mapping

        features = [
            {
                "type": "Feature",
                "id": point,
                "properties": {"code": point, "name": self.named[point]},
                "geometry": mapping(area),
            }
            for point, area in self.areas.items()
        ]
        return json.dumps({"type": "FeatureCollection", "attribution": attribution, "features": features}) + "\n"


@dataclass
class _Relation:
    tags: dict[str, str]
    ways: list[int] = field(default_factory=list)


def read_borders(
    files: Sequence[str | os.PathLike[str]],
    points: Mapping[str, str],
    *,
    level: str = LEVEL,
    tell: Callable[[str], object] | None = None,
) -> Borders:
    """Read borders of one administrative level, and join them to demand points.

    Parameters
    ----------
    files : sequence of path
    points : mapping of demand point to name
    level : str
        Of ``admin_level``.

    Raises
    ------
    DataError
        Where a file cannot be read, or no border of the level joins any demand point.
    """
    relations: dict[int, _Relation] = {}
    lines: dict[int, Any] = {}
    for path in files:
        if tell is not None and tell(f"Borders of {Path(path).name} are read"):
            raise KeyboardInterrupt
        with whole_extract(path):
            relations |= {i: one for i, one in _relations(path, level).items() if i not in relations}
            lines |= _lines(path, {way for one in relations.values() for way in one.ways} - lines.keys())
    areas: dict[int, BaseGeometry] = {}
    broken = []
    for ident, one in relations.items():
        area = _area([lines[way] for way in one.ways if way in lines], whole=all(way in lines for way in one.ways))
        if area is None:
            broken.append(_name(one, ident))
        else:
            areas[ident] = area
    joined = _joined({i: relations[i].tags for i in areas}, points)
    if not joined:
        names = ", ".join(Path(path).name for path in files)
        found = ", ".join(_name(one, i) for i, one in list(relations.items())[:5]) or "none"
        rule = f"some border of admin_level {level} has the code or the name of a demand point (found: {found})"
        remedy = "Choose the level of your demand points: --admin-level; without --areas the map needs none."
        raise DataError([Finding(table=names, column="--areas", rule=rule, remedy=remedy)])
    order = [i for i in points if i in joined]
    return Borders(
        areas=dict(zip(order, _simpler([areas[joined[i]] for i in order]), strict=True)),
        named={i: _name(relations[joined[i]], joined[i]) for i in order},
        without=tuple(f"{i} {name}".strip() for i, name in points.items() if i not in joined),
        apart=tuple(_name(relations[i], i) for i in areas if i not in joined.values()),
        broken=tuple(broken),
    )


def _name(one: _Relation, ident: int) -> str:
    return one.tags.get("name") or f"relation {ident}"


def _relations(path: str | os.PathLike[str], level: str) -> dict[int, _Relation]:
    osmium = osmium_of()
    found: dict[int, _Relation] = {}
    read = osmium.FileProcessor(str(path), osmium.osm.RELATION)
    for one in read.with_filter(osmium.filter.TagFilter(("admin_level", level))):
        tags = dict(one.tags)
        if tags.get("boundary") == "administrative":
            ways = [member.ref for member in one.members if member.type == "w" and member.role in MEMBERS]
            found[one.id] = _Relation(tags=tags, ways=ways)
    return found


def _lines(path: str | os.PathLike[str], wanted: set[int]) -> dict[int, Any]:
    """Some ways as lines; those with a node outside the extract are left out."""
    osmium = osmium_of()
    if not wanted:
        return {}
    ways = osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(osmium.filter.IdFilter(wanted))
    refs = {way.id: [node.ref for node in way.nodes] for way in ways}
    needed = {ref for each in refs.values() for ref in each}
    nodes = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(osmium.filter.IdFilter(needed))
    at = {node.id: (node.location.lon, node.location.lat) for node in nodes}
    return {way: [at[ref] for ref in each] for way, each in refs.items() if len(each) > 1 and at.keys() >= set(each)}


def _area(lines: Sequence[Any], *, whole: bool) -> BaseGeometry | None:
    """The area that lines enclose, less its holes; None where they do not close."""
    from shapely import build_area, linestrings, multilinestrings

    ends: dict[Any, int] = {}
    for line in lines:
        for end in (line[0], line[-1]):
            ends[end] = ends.get(end, 0) + 1
    if not whole or not lines or any(count % 2 for count in ends.values()):
        return None
    parts = np.array([linestrings(np.array(line)) for line in lines], dtype=object)
    area: BaseGeometry = build_area(multilinestrings(parts))  # type: ignore[assignment]  # one makes one
    return None if area.is_empty else area


def _simpler(areas: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Areas with fewer corners, neighbours still meeting."""
    from shapely import coverage_simplify, transform

    simple = coverage_simplify(np.array(areas, dtype=object), FINER)
    kept = [was if one.is_empty else one for one, was in zip(simple, areas, strict=True)]
    return [transform(one, lambda xy: np.round(xy, DECIMALS)) for one in kept]


# --- joined --------------------------------------------------------------------------------------


def _joined(tags: Mapping[int, Mapping[str, str]], points: Mapping[str, str]) -> dict[str, int]:
    """The area of each demand point: by code where any has one, by name where the rest is clear."""
    joined: dict[str, int] = {}
    digits = len(next(iter(points), "")) if all(i.isdigit() for i in points) else 0
    for ident, said in tags.items():
        codes = {value.strip().zfill(digits) for key, value in said.items() if _is_code(key)}
        for point in codes & points.keys():
            joined.setdefault(point, ident)
    for plain in (_plain, _bare):
        named: dict[str, list[int]] = {}
        for ident, said in tags.items():
            if ident not in joined.values():
                for name in {plain(said[key]) for key in NAMES if key in said}:
                    named.setdefault(name, []).append(ident)
        left = {i: plain(name) for i, name in points.items() if i not in joined}
        for point, name in left.items():
            there = named.get(name, [])
            if len(there) == 1 and name and [*left.values()].count(name) == 1 and there[0] not in joined.values():
                joined[point] = there[0]
    return joined


def _is_code(key: str) -> bool:
    return key == "ref" or key.startswith("ref:") or key.rpartition(":")[2] in ("code", "kommunekode")


def _plain(name: str) -> str:
    """A name without what a place is, marks and spaces: Høje-Taastrup Kommune is hojetastrup."""
    name = name.casefold().replace("å", "aa")
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("æ", "ae"))
    words = [word for word in re.split(r"[^a-z]+", plain.encode("ascii", "ignore").decode()) if word not in KINDS]
    return "".join(words)


def _bare(name: str) -> str:
    """The same without the s of a possessive: Københavns Kommune is kobenhavn."""
    return _plain(name).removesuffix("s")
