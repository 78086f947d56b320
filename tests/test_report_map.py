"""The map: every mark told, names apart, own areas, differences, several plans."""

from __future__ import annotations

import base64
import json
import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, Plan
from capacity.report.geometry import ground_of
from capacity.report.map import difference_map, draw_map, small_multiples
from capacity.report.marks import CLASSES, DARK, LIGHT
from capacity.report.naming import Spot, overlap, place_names, short_name
from tests.small import towns
from tests.test_report import placed

SVG = "{http://www.w3.org/2000/svg}"
EIGHT = {"rules.units": [8, 8], "rules.income": False, "rules.volume": False, "rules.region_unit": True}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return cap.solve(cap.denmark())


@pytest.fixture(scope="module")
def eight() -> Plan:
    return cap.solve(cap.denmark(EIGHT))


def titles(svg: str) -> list[str]:
    """What the marks of a map say."""
    return [t.text or "" for t in ET.fromstring(svg).iter(f"{SVG}title")]


def test_the_map_marks_every_unit_and_every_demand_point(plan: Plan) -> None:
    svg = draw_map(plan).svg
    root = ET.fromstring(svg)
    told = titles(svg)
    for name in plan.problem.network.point_names:
        assert any(t.startswith(f"{name}: ") for t in told), name
    assert "Familieambulatoriet, Odense Universitetshospital: 18 beds, 25 stays needed a year" in told
    users = plan.assignment_table["site_id"].count("FA_AALBORG")
    assert f"{users} municipalities use Aalborg Universitetshospital" in told
    assert "Familieambulatoriet, Aarhus Universitetshospital (Skejby): family ambulatory without a unit" in told
    marks = [m for m in root.iter() if m.get("class", "").split(" ")[0] in ("cell", "unit", "site", "flow")]
    assert len(marks) > 98 + 3 + 3 + 15
    for mark in marks:
        assert mark.get("tabindex") == "0" and mark.find(f"{SVG}title") is not None
    texts = [t.text or "" for t in root.iter(f"{SVG}text")]
    for text in ("16", "18", "26", "50 km", "3 units, 60 beds", "Bornholm (moved)", "Family ambulatory"):
        assert text in texts
    assert any("not administrative borders" in t for t in texts)
    assert any("Statistics Denmark" in t for t in texts)


@pytest.mark.parametrize("width", [400, 800, 1600])
def test_at_every_width_the_marks_stay_on_the_sheet(plan: Plan, width: int) -> None:
    drawing = draw_map(plan, width=width).drawing
    assert drawing.width == width
    for mark in drawing.marks:
        if mark.kind == "text":
            wide = (0.62 if mark.weight == "bold" else 0.57) * mark.size * len(mark.text)
            left = mark.xy[0] - {"start": 0, "middle": wide / 2, "end": wide}[mark.anchor]
            assert left >= -1 and left + wide <= width + 0.03 * width, mark.text
            assert mark.size >= 8
            assert 0 < mark.xy[1] < drawing.height


def test_the_map_asks_nobody_and_is_small_and_the_same_each_time(plan: Plan) -> None:
    svg = draw_map(plan).svg
    assert not re.findall(r"(?:href|src|url)\s*[=(]", svg)
    assert set(re.findall(r"https?://[^\"' ]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert len(svg) < 120_000
    assert draw_map(cap.solve(cap.denmark())).svg == svg


def test_shades_are_told_apart_in_grey_print_and_in_the_dark() -> None:
    def grey(colour: str) -> float:
        red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    light, dark = ([grey(colours[ink]) for ink in CLASSES] for colours in (LIGHT, DARK))
    assert all(a - b >= 15 for a, b in pairwise(light))
    assert all(b - a >= 15 for a, b in pairwise(dark))
    assert set(DARK) == set(LIGHT)


def test_far_islands_get_an_inset(plan: Plan) -> None:
    ground = ground_of(plan.problem)
    ids = plan.problem.network.point_ids
    assert [[ids[i] for i in frame.points] for frame in ground.frames[1:]] == [["0400"]]
    assert len(ground.frames[0].points) == 97
    total = sum(cell.area for cell in ground.cells)
    assert ground.land is not None
    assert total == pytest.approx(ground.land.area, rel=1e-6)


@pytest.mark.parametrize("width", [400, 800, 1600])
def test_names_of_eight_units_cover_neither_each_other_nor_the_circles(eight: Plan, width: int) -> None:
    marks = draw_map(eight, width=width).drawing.marks
    discs = [m for m in marks if m.group == "unit"]
    names = [m for m in marks if m.kind == "text" and m.group == "h" and "km" not in m.text]
    assert len(discs) == 8
    assert {word for m in names for word in m.text.split()} >= {"Køge", "Roskilde", "Svendborg", "Aarhus"}
    boxes = []
    for mark in names:
        wide = 0.6 * mark.size * len(mark.text)
        left = mark.xy[0] - {"start": 0, "middle": wide / 2, "end": wide}[mark.anchor]
        boxes.append((left, mark.xy[1] - 0.75 * mark.size, left + wide, mark.xy[1] + 0.2 * mark.size))
    for a, b in combinations(boxes, 2):
        assert overlap(a, b) == 0
    for mark in discs:
        (x, y), r = mark.xy, 0.7 * mark.size
        assert all(overlap(box, (x - r, y - r, x + r, y + r)) == 0 for box in boxes)


def test_a_crowded_name_is_led_to_its_circle() -> None:
    spots = [Spot(x=50 + 9 * k, y=50, radius=4, text=f"Name {k}") for k in range(5)]
    labels = place_names(spots, 10, (0, 0, 200, 100))
    assert any(label.leader is not None for label in labels)
    assert all(overlap(a.box, b.box) == 0 for a, b in combinations(labels, 2))


def test_a_map_without_land_or_ambulatories_or_with_own_areas() -> None:
    from shapely import box

    plan = cap.solve(placed(network=placed().network.replace(ambulatories=()), to_ambulatory=None))
    svg = draw_map(plan, width=400).svg
    assert "<path" in svg
    assert "Family ambulatory" not in svg
    areas = {"A": box(8.9, 54.9, 9.2, 55.1), "B": box(9.2, 54.9, 9.8, 55.1), "C": box(9.8, 54.9, 10.3, 55.1)}
    svg = draw_map(plan, areas=areas, language="da").svg
    assert "Arealer som angivet" in svg
    with pytest.raises(DataError, match="every demand point has an area"):
        draw_map(plan, areas={"A": areas["A"]})
    with pytest.raises(DataError, match="coordinates"):
        draw_map(cap.solve(towns()))


def geojson(path: Path, codes: dict[str, tuple[float, float]], key: str = "kode") -> Path:
    """Squares of a tenth of a degree, each with its code and a name."""
    features = [
        {
            "type": "Feature",
            "properties": {"navn": f"N{code}", key: code},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, y], [x + 0.1, y], [x + 0.1, y + 0.1], [x, y + 0.1], [x, y]]],
            },
        }
        for code, (x, y) in codes.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_a_planners_own_municipalities_are_joined_by_code(tmp_path: Path) -> None:
    plan = cap.solve(placed())
    places = {"A": (9.0, 55.0), "B": (9.4, 55.1), "C": (10.2, 55.0)}
    path = geojson(tmp_path / "own.geojson", places)
    svg = draw_map(plan, areas=path).svg
    assert "Areas as given by the planner." in svg
    assert draw_map(plan, areas=str(path), code="kode").svg == svg
    with pytest.raises(DataError, match="Choose from: navn, kode"):
        draw_map(plan, areas=path, code="code")
    with pytest.raises(DataError, match="every demand point has an area"):
        draw_map(plan, areas=geojson(tmp_path / "less.geojson", {"A": (9.0, 55.0)}))
    with pytest.raises(DataError, match="file of shapes"):
        draw_map(plan, areas=tmp_path / "none.geojson")


def test_codes_that_lost_their_zeros_are_found(tmp_path: Path) -> None:
    problem = cap.denmark()
    net = problem.network
    assert net.point_lonlat is not None
    places = {i.lstrip("0"): (x, y) for i, (x, y) in zip(net.point_ids, net.point_lonlat.tolist(), strict=True)}
    ground = ground_of(problem, areas=geojson(tmp_path / "own.geojson", places))
    assert ground.own_areas and len(ground.cells) == 98


def test_maps_are_saved_and_show_themselves(tmp_path: Path) -> None:
    plan = cap.solve(placed())
    drawn = plan.map(width=300)
    shown = drawn._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html", "image/png"}
    assert shown["text/html"] == drawn.svg
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")
    assert set(drawn._repr_mimebundle_(include={"text/html"})) == {"text/html"}
    assert "image/png" not in drawn._repr_mimebundle_(exclude={"image/png"})
    assert drawn.save(tmp_path / "m.svg").read_text(encoding="utf-8").startswith("<svg")
    png = drawn.save(tmp_path / "m.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert png == drawn.png()
    with pytest.raises(DataError, match=r"\.svg or \.png"):
        drawn.save(tmp_path / "m.jpg")


def test_a_difference_is_told_by_colour_and_by_sign() -> None:
    one, other = cap.solve(placed({"nearest": True})), cap.solve(placed({"nearest": True, "units": [1, 1]}))
    drawn = difference_map(one, other)
    assert "Colding: +85 minutes" in titles(drawn.svg)
    signs = [m.text for m in drawn.drawing.marks if m.kind == "text" and m.text in "+−"]
    assert signs == ["+", "+"]
    assert "farther-2" in {m.ink for m in drawn.drawing.marks}
    assert "Unit of the other plan only" in {m.text for m in drawn.drawing.marks}
    back = difference_map(other, one, language="da")
    assert "Colding: −85 minutter" in titles(back.svg)
    apart = placed().network.replace(point_ids=("A", "B", "D"))
    women = cap.Scenarios(ids=("base",), point_ids=("A", "B", "D"), women=np.array([[10.0, 6, 2]]))
    travel = cap.TravelMatrix(
        origin_ids=("A", "B", "D"), destination_ids=("a", "b", "c"), values=placed().travel.values
    )
    third = cap.solve(placed({"nearest": True}, network=apart, scenarios=women, travel=travel))
    with pytest.raises(DataError, match="same demand points"):
        difference_map(one, third)


def test_several_plans_side_by_side_with_one_legend(plan: Plan) -> None:
    one, other = cap.solve(placed({"nearest": True})), cap.solve(placed({"nearest": True, "units": [1, 1]}))
    several = small_multiples({"now": one, "later": other, "last": one}, columns=2, width=900)
    ET.fromstring(several.svg)
    assert several.drawing.title == "now, later, last"
    texts = [m.text for m in several.drawing.marks if m.kind == "text"]
    assert texts.count("Minutes to the unit, one way") == 1
    assert {"now", "later", "last"} <= set(texts)
    with pytest.raises(DataError, match="at least one plan"):
        small_multiples({})


def test_short_names() -> None:
    assert short_name("Familieambulatoriet, Odense Universitetshospital") == "Odense Universitetshospital"
    assert short_name("Familieambulatoriet, Aalborg Universitetshospital (Syd)") == "Aalborg Universitetshospital"
    assert len(short_name("x" * 80)) == 40
    assert short_name("()") == "()"
