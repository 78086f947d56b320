"""Areas of the map from an extract's borders: islands and holes by hand, joined by code and by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from capacity import DataError, solve
from capacity.cli.main import group
from capacity.preparing.borders import read_borders
from capacity.reading.case import read_case
from capacity.report.map import draw_map
from tests.small_map import map_case

osmium = pytest.importorskip("osmium")

# Two squares beside each other, an island of the first, a hole in the second that is a third.
CORNERS = {
    1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (2, 1), 5: (1, 1), 6: (0, 1),
    7: (0.2, 2), 8: (0.4, 2), 9: (0.4, 2.2),
    10: (1.2, 0.2), 11: (1.8, 0.2), 12: (1.8, 0.8), 13: (1.2, 0.8),
}  # fmt: skip
WAYS = {1: [5, 6, 1, 2], 2: [2, 5], 3: [2, 3, 4, 5], 4: [7, 8, 9, 7], 5: [10, 11, 12, 13, 10]}
WEST = ({"name": "Vestbys Kommune", "ref": "101"}, [(1, "outer"), (2, "outer"), (4, "outer")])
EAST = ({"name": "Østerby Kommune"}, [(3, "outer"), (2, "outer"), (5, "inner")])
INSIDE = ({"name": "Midt-Ø"}, [(5, "outer")])
Relation = tuple[Mapping[str, str], list[tuple[int, str]]]


def extract(path: Path, *relations: Relation, level: str = "7", nodes: Mapping[int, Any] = CORNERS) -> Path:
    """A PBF of these relations, and a road along the south."""
    make = osmium.osm.mutable
    with osmium.SimpleWriter(str(path)) as writer:
        for i, (x, y) in nodes.items():
            writer.add_node(make.Node(id=i, location=(10 + x, 56 + y), version=1))
        for i, refs in WAYS.items():
            writer.add_way(make.Way(id=i, nodes=refs, version=1))
        writer.add_way(make.Way(id=9, nodes=[1, 2, 3, 4], tags={"highway": "primary"}, version=1))
        for k, (tags, members) in enumerate(relations, start=1):
            said = {"boundary": "administrative", "admin_level": level, "type": "boundary", **tags}
            parts = [("w", way, role) for way, role in members] + [("n", 1, "admin_centre")]
            writer.add_relation(make.Relation(id=k, members=parts, tags=said, version=1))
    return path


def test_islands_and_holes_are_put_together(tmp_path: Path) -> None:
    path = extract(tmp_path / "a.osm.pbf", WEST, EAST, INSIDE)
    found = read_borders([path], {"0101": "Vestby", "0102": "Østerby", "0103": "Midtø"})
    assert [found.areas[i].area for i in ("0101", "0102", "0103")] == pytest.approx([1.02, 0.64, 0.36])
    assert found.areas["0101"].touches(found.areas["0102"])
    assert found.named == {"0101": "Vestbys Kommune", "0102": "Østerby Kommune", "0103": "Midt-Ø"}
    assert (found.without, found.apart, found.broken) == ((), (), ())


def test_what_does_not_join_is_told(tmp_path: Path) -> None:
    inside = {k: at for k, at in CORNERS.items() if k != 4}
    path = extract(tmp_path / "a.osm.pbf", WEST, EAST, INSIDE, nodes=inside)
    found = read_borders([path], {"0101": "Elsewhere", "0104": "Nordby"})
    assert [*found.areas] == ["0101"]
    assert (found.without, found.apart, found.broken) == (("0104 Nordby",), ("Midt-Ø",), ("Østerby Kommune",))
    assert len(found.notices()) == 3


def test_two_of_one_name_join_nobody(tmp_path: Path) -> None:
    path = extract(tmp_path / "a.osm.pbf", ({"name": "By"}, EAST[1]), ({"name": "By Kommune"}, INSIDE[1]), WEST)
    assert [*read_borders([path], {"a": "By", "b": "Vestby"}).areas] == ["b"]


def test_no_border_of_the_level_is_a_fault(tmp_path: Path) -> None:
    path = extract(tmp_path / "a.osm.pbf", WEST, level="8")
    with pytest.raises(DataError, match="code or the name of a demand point"):
        read_borders([path], {"0101": "Vestby"})
    assert [*read_borders([path], {"0101": "x"}, level="8").areas] == ["0101"]


def test_a_file_that_is_cut_off_is_a_fault(tmp_path: Path) -> None:
    path = extract(tmp_path / "a.osm.pbf", WEST)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="the extract is whole"):
        read_borders([path], {"0101": "Vestby"})


def test_areas_of_the_same_extract_are_drawn(tmp_path: Path) -> None:
    towns = "code,name,land,people,lon,lat\nA,Vestby,N,1000,10.01,56.0\nB,Østerby,S,2000,11.99,56.0\n"
    sites = "site_id,name,municipality_code,lon,lat\nx,Unit x,A,10.02,56.0\ny,Unit y,B,11.98,56.0\n"
    minutes = "code,x,y\nA,1,99\nB,99,1\n"
    case = map_case(tmp_path / "case", municipalities__csv=towns, sites__csv=sites, minutes__csv=minutes)
    roads = extract(tmp_path / "a.osm.pbf", WEST, EAST)
    areas = case / "areas.geojson"
    asked = ["travel", str(roads), str(case), "-o", str(case / "new.csv"), "--areas", str(areas)]
    done = CliRunner().invoke(group, asked)
    assert done.exit_code == 0, done.output
    said = json.loads(areas.read_text(encoding="utf-8"))
    assert [f["properties"]["code"] for f in said["features"]] == ["A", "B"] and "OpenStreetMap" in said["attribution"]
    record = json.loads((case / "travel.json").read_text(encoding="utf-8"))
    assert record["areas"]["joined"] == {"A": "Vestbys Kommune", "B": "Østerby Kommune"}
    assert set(record["tables"]) == {"new.csv", "areas.geojson"}
    drawn = draw_map(solve(read_case(case)), areas=areas)
    assert "Vestby" in drawn.svg
    again = CliRunner().invoke(group, asked)
    assert again.exit_code == 0, again.output
    areas.write_text("{}", encoding="utf-8")
    assert isinstance(CliRunner().invoke(group, asked).exception, DataError)
    other = CliRunner().invoke(
        group, ["travel", str(roads), str(case), "-o", str(case / "b.csv"), "--admin-level", "8"]
    )
    assert other.exit_code == 2 and "--areas" in other.output
