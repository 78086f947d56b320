"""Maps of any country: right side up, whole, circles apart, insets only where they help, borders of regions."""

from __future__ import annotations

import json
from itertools import combinations
from math import hypot

import numpy as np
import pytest

import capacity as cap
from capacity import Plan
from capacity.report.framing import HELPS, SMALL, frames_of
from capacity.report.geometry import Ground, ground_of
from capacity.report.map import draw_map
from capacity.report.marks import Mark
from capacity.report.sheet import whole_land
from tests.test_report import placed

Ring = list[tuple[float, float]]

NORTH_ISLAND: Ring = [(172.7, -34.4), (174.8, -36.8), (178.5, -37.7), (177, -39.6), (175.3, -41.6), (174, -39.3)]
SOUTH_ISLAND: Ring = [(172.7, -40.5), (174.3, -41.7), (172.8, -43.6), (170.7, -45.9), (166.5, -46), (171.5, -41.8)]
STEWART_ISLAND: Ring = [(167.8, -46.8), (168.2, -46.8), (168.2, -47.2), (167.5, -47.2)]
VITI_LEVU: Ring = [(177.3, -17.6), (178.2, -17.4), (178.6, -17.9), (178, -18.2), (177.3, -18.1)]
VANUA_LEVU: Ring = [(178.6, -16.6), (179.9, -16.2), (179.8, -16.7), (178.8, -17)]
TAVEUNI_WEST: Ring = [(179.8, -16.75), (180, -16.75), (180, -16.95), (179.8, -16.95)]
TAVEUNI_EAST: Ring = [(-180, -16.75), (-179.85, -16.7), (-179.85, -16.95), (-180, -16.95)]
MAINLAND: Ring = [(-123, 49), (-95, 49), (-79, 43), (-67, 45), (-61, 46), (-57, 52), (-78, 62), (-94, 68), (-141, 69)]
NEWFOUNDLAND: Ring = [(-59, 48), (-53, 47), (-53.5, 49), (-57, 51)]

COUNTRIES: dict[str, tuple[list[tuple[float, float]], list[Ring]]] = {
    "New Zealand": ([(174.8, -36.9), (174.8, -41.2), (172.6, -43.4)], [NORTH_ISLAND, SOUTH_ISLAND, STEWART_ISLAND]),
    "Fiji": ([(177.5, -17.7), (178.4, -18.1), (-179.9, -16.8)], [VITI_LEVU, VANUA_LEVU, TAVEUNI_WEST, TAVEUNI_EAST]),
    "Canada": ([(-123.1, 49.3), (-79.4, 43.7), (-53.0, 47.5)], [MAINLAND, NEWFOUNDLAND]),
}


def land_of(rings: list[Ring]) -> str:
    """GeoJSON of some islands."""
    shapes = [{"type": "Polygon", "coordinates": [[*ring, ring[0]]]} for ring in rings]
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes],
        }
    )


def of_country(name: str) -> tuple[cap.Problem, str]:
    """The three towns, at places of a country; and its outline."""
    places, rings = COUNTRIES[name]
    return at(places), land_of(rings)


def at(places: list[tuple[float, float]]) -> cap.Problem:
    """The three towns, at these places."""
    problem = placed({"nearest": True})
    lonlat = np.array(places, dtype=float)
    return problem.replace(network=problem.network.replace(point_lonlat=lonlat, site_lonlat=lonlat))


def discs(plan: Plan, width: float) -> list[Mark]:
    return [m for m in draw_map(plan, width=width).drawing.marks if m.group == "unit"]


@pytest.mark.parametrize("name", list(COUNTRIES))
def test_any_country_stands_right_side_up(name: str) -> None:
    """North is up and east is right: of two places the northern is higher, by what a degree is long."""
    problem, land = of_country(name)
    ground = ground_of(problem, land)
    lonlat = problem.network.point_lonlat
    assert lonlat is not None
    east = (lonlat[:, 0] - lonlat[0, 0] + 180) % 360 - 180
    x, y = ground.points[:, 0], ground.points[:, 1]
    for a, b in combinations(range(3), 2):
        if abs(east[a] - east[b]) > 0.5:
            assert (x[a] > x[b]) == (east[a] > east[b])
        # Far east and west of the middle parallels bend: within a country's width, not by 10 degrees.
        if abs(lonlat[a, 1] - lonlat[b, 1]) > 0.1 * abs(east[a] - east[b]):
            assert (y[a] > y[b]) == (lonlat[a, 1] > lonlat[b, 1])


@pytest.mark.parametrize("name", list(COUNTRIES))
def test_all_land_is_drawn_whole_and_nothing_is_moved(name: str) -> None:
    problem, land = of_country(name)
    ground = ground_of(problem, land)
    (frame,) = ground.frames
    west, south, east, north = frame.bounds
    for piece in ground.pieces:
        assert west <= piece.bounds[0] and piece.bounds[2] <= east
        assert south <= piece.bounds[1] and piece.bounds[3] <= north
    # The two halves of Taveuni are one: the line at 180 degrees cuts nothing.
    assert len(ground.pieces) == {"New Zealand": 3, "Fiji": 3, "Canada": 2}[name]
    assert "(moved)" not in draw_map(cap.solve(problem), land=land).svg


def test_a_far_small_island_is_moved_and_a_far_large_one_is_not() -> None:
    from shapely import box

    many = np.array([(x, y) for x in range(0, 300_000, 50_000) for y in range(0, 300_000, 50_000)], dtype=float)
    main = box(-5_000, -5_000, 255_000, 255_000)
    for size, insets in ((20_000.0, 1), (150_000.0, 0)):
        island = box(500_000, 0, 500_000 + size, size)
        points = np.concatenate([many, [(505_000.0, 5_000.0)]])
        frames = frames_of(points, points[:1], [main, island])
        assert len(frames) == 1 + insets
        if insets:
            assert frames[1].points == (len(many),) and frames[1].width <= SMALL * frames[0].width
            assert HELPS * frames[0].width < 500_000


def test_places_far_apart_on_one_land_are_one_map() -> None:
    """A made-up country of three towns far from each other: no inset says that one was moved."""
    from shapely import box

    rng = np.random.default_rng(1)
    towns = rng.normal(0, 9_000, (30, 2))
    points = np.concatenate(
        [towns, rng.normal(0, 9_000, (3, 2)) + (200_000, 0), rng.normal(0, 9_000, (3, 2)) + 190_000]
    )
    whole = box(-60_000, -60_000, 260_000, 260_000)
    assert len(frames_of(points, points[:2], [whole])) == 1
    plan = cap.solve(placed({"nearest": True}))
    assert len(ground_of(plan.problem).frames) == 1


def test_land_that_a_frame_would_cut_is_left_out_whole() -> None:
    from shapely import box

    ground = ground_of(*of_country("Canada"))
    mainland, island = box(0, 0, 100_000, 100_000), box(99_000, 150_000, 900_000, 200_000)
    frames = frames_of(np.array([(1e4, 1e4), (9e4, 9e4)]), np.zeros((0, 2)), [mainland, island])
    assert frames[0].bounds == (-8_000, -8_000, 108_000, 108_000)
    from dataclasses import replace

    crossing = box(90_000, 105_000, 900_000, 300_000)
    cut: Ground = replace(
        ground, pieces=(mainland, crossing), land=mainland.union(crossing), cells=(mainland, crossing), frames=frames
    )
    land, cells = whole_land(cut, frames[0])
    assert land is not None and land.equals(mainland) and cells[0].equals(mainland) and cells[1].is_empty


CROWDED = [
    ["FA_HVIDOVRE", "FA_RIGSHOSPITALET", "H_HERLEV", "FA_ROSKILDE", "FA_AARHUS", "R_BETHESDA", "FA_ODENSE"],
    ["FA_HVIDOVRE", "FA_RIGSHOSPITALET", "FA_AALBORG"],
    ["FA_HVIDOVRE", "FA_RIGSHOSPITALET", "H_HERLEV"],
]


@pytest.mark.parametrize("width", [400, 800])
@pytest.mark.parametrize("sites", CROWDED)
def test_no_circle_covers_another_nor_its_number(sites: list[str], width: float) -> None:
    plan = cap.evaluate(cap.denmark(), sites)
    drawing = draw_map(plan, width=width).drawing
    units = [m for m in drawing.marks if m.group == "unit"]
    assert sorted(m.title.split(": ")[0] for m in units) == sorted(plan.unit_table["name"])
    for a, b in combinations(units, 2):
        assert hypot(a.xy[0] - b.xy[0], a.xy[1] - b.xy[1]) > a.size + b.size, (a.title, b.title)
    numbers = [k for k, m in enumerate(drawing.marks) if m.kind == "text" and m.ink == "unit-text"]
    assert [drawing.marks[k].text for k in numbers] == [m.title.split(": ")[1].split(" ")[0] for m in units]
    for k in numbers:
        x, y = drawing.marks[k].xy
        # What is drawn after it, other circles, names and insets, lies beside it.
        for later in drawing.marks[k + 1 :]:
            if later.kind == "box" and later.wide != (drawing.width, drawing.height):
                left, top = later.xy
                outlined = later.ink == "none"
                inside = left < x < left + later.wide[0] and top < y < top + later.wide[1]
                assert outlined or not inside
            if later.kind == "text" and later.weight == "bold" and later.ink == "text":
                long = 0.62 * later.size * len(later.text)
                start = later.xy[0] - {"start": 0.0, "middle": long / 2, "end": long}[later.anchor]
                assert not (start < x < start + long and later.xy[1] - 0.7 * later.size < y - 4 < later.xy[1])


def test_a_crowd_is_shown_larger_and_two_are_pushed_apart() -> None:
    crowd, pair = (draw_map(cap.evaluate(cap.denmark(), CROWDED[k])) for k in (0, 1))
    texts = [m.text for m in crowd.drawing.marks if m.kind == "text"]
    assert "København, enlarged" in texts and "Bornholm (moved)" in texts
    assert "enlarged" not in pair.svg


def test_units_at_one_place_are_still_apart() -> None:
    plan = cap.evaluate(at([(9.0, 55.0)] * 3), ["a", "b", "c"])
    units = discs(plan, 400)
    assert len(units) == 3
    for a, b in combinations(units, 2):
        assert hypot(a.xy[0] - b.xy[0], a.xy[1] - b.xy[1]) > a.size + b.size


def test_borders_lie_between_regions_and_nowhere_else() -> None:
    from shapely import Point, get_coordinates

    problem = cap.denmark()
    ground = ground_of(problem)
    assert ground.borders is not None
    regions = np.array(problem.network.point_regions)
    for x, y in get_coordinates(ground.borders):
        near = {regions[i] for i, cell in enumerate(ground.cells) if cell.distance(Point(x, y)) < 200}
        assert len(near) > 1
    assert ground.borders.length > 250_000
    assert ground_of(problem.set("network.regions", "region_code")).borders is not None
    alone = problem.network.replace(point_regions=("x",) * 98, site_regions=("x",) * len(problem.network.site_ids))
    assert ground_of(problem.replace(network=alone)).borders is None
