"""Land and areas: one reader for check, plan, report and map; every bad shape mended or told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, Polygon, shape

import capacity as cap
from capacity.problem.coordinates import kilometres, misplaced
from capacity.read import read_case
from capacity.report.files import write_plan
from capacity.report.geometry import crs_of, ground_of
from tests.small_map import FILES, SQUARE, collection, faults, feature, map_case

LAND = collection(feature("Polygon", SQUARE))
BOW = [[[9.5, 55], [11.5, 57], [11.5, 55], [9.5, 57], [9.5, 55]]]


# --- land ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32"])
def test_land_of_any_encoding_is_read_by_check_and_drawn(encoding: str, tmp_path: Path) -> None:
    land = collection(feature("Polygon", SQUARE, navn="Sjælland")).replace("\\u00e6", "æ")
    problem = read_case(map_case(tmp_path / "case", land__geojson=land.encode(encoding)))
    assert ground_of(problem).land is not None
    plan = cap.solve(problem)
    assert any(path.name == "plan.json" for path in write_plan(plan, tmp_path / "out"))
    assert ground_of(cap.read_plan(tmp_path / "out").problem).land is not None


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([feature("Polygon", [])], 1),
        ([{"type": "Feature", "properties": None, "geometry": None}], 1),
        ([feature("Point", [10, 56]), feature("LineString", [[10, 56], [11, 56]])], 2),
        ([feature("MultiPolygon", [])], 1),
        ([feature("Polygon", [[[10, 56], [10, 56], [10, 56], [10, 56]]])], 1),
        ([{"type": "Feature", "geometry": None}], 1),
        ([{"type": "Feature", "properties": {}, "geometry": {"type": "GeometryCollection", "geometries": []}}], 1),
    ],
)
def test_shapes_that_are_no_polygons_are_passed_over_aloud(more: list[Any], told: int, tmp_path: Path) -> None:
    problem = read_case(map_case(tmp_path, land__geojson=collection(feature("Polygon", SQUARE), *more)))
    assert any(n.startswith(f"{told} shapes of land.geojson") for n in problem.notices)
    assert ground_of(problem).land.area == pytest.approx(ground_of(problem, LAND).land.area)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "land",
    [
        collection(feature("Polygon", BOW)),
        collection(feature("Polygon", [SQUARE[0][:-1]])),
        json.dumps(feature("Polygon", SQUARE)),
        json.dumps(feature("Polygon", SQUARE)["geometry"]),
        collection(feature("Polygon", [[[*p, 7.5] for p in SQUARE[0]]])),
        collection(
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "GeometryCollection", "geometries": [feature("Polygon", SQUARE)["geometry"]]},
            }
        ),
        collection(
            feature("Polygon", SQUARE), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
        ),
        collection(feature("Polygon", SQUARE), feature("Polygon", SQUARE, role="neighbour")),
        collection(feature("Polygon", SQUARE, role=[]), feature("Polygon", SQUARE, role="neighbour")),
    ],
)
def test_shapes_that_can_be_mended_are(land: str, tmp_path: Path) -> None:
    ground = ground_of(read_case(map_case(tmp_path, land__geojson=land)))
    assert ground.land is not None and ground.land.area > 1e9


@pytest.mark.parametrize(
    ("land", "said"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "feature collection"),
        ("7", "feature collection"),
        ("{}", "feature collection"),
        ('{"features": {}}', "feature collection"),
        ('{"features": [7]}', "feature collection"),
        (collection(), "polygons of the land"),
        (collection(feature("LineString", SQUARE[0])), "polygons of the land"),
        ("[" * 5_000, "nested too deep"),
        (collection(feature("Polygon", SQUARE, role="neighbour")), "polygons of the land"),
        (collection(feature("Polygon", [["a", "b"]])), "feature 1"),
        (collection(feature("Polygon", 7)), "feature 1"),
        (collection(feature("Polygon", [[[1, 2], [3, float("nan")], [5, 6]]])), "finite"),
        (collection({"geometry": {}}), "feature 1"),
        (collection(feature("Circle", [])), "unknown type"),
        (collection(feature("Polygon", [[["9", "55"], ["11", "55"], ["11", "57"]]])), "finite"),
        (collection(feature("Polygon", [[[5e5, 6e6], [6e5, 6e6], [6e5, 7e6], [5e5, 6e6]]])), "look like metres"),
        (
            collection(
                feature("Polygon", SQUARE), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
            ),
            "WGS84",
        ),
        (collection(feature("Polygon", [[[x + 100, y] for x, y in SQUARE[0]]])), "the outline lies where"),
    ],
)
def test_land_that_is_none_is_one_fault_of_its_file(land: str, said: str, tmp_path: Path) -> None:
    (told,) = faults(tmp_path, land__geojson=land)
    assert told.startswith("land.geojson") and said in told


def test_a_land_with_latitude_first_is_told_of_both(tmp_path: Path) -> None:
    said = faults(tmp_path, land__geojson=collection(feature("Polygon", [[[y, x] for x, y in SQUARE[0]]])))
    assert said and all("Swap the two columns (or land.geojson has them swapped)" in one for one in said)


def test_a_land_that_is_named_must_be_there(tmp_path: Path) -> None:
    named = FILES["case.toml"] + '[files]\nland = "coast.geojson"\n'
    (told,) = faults(tmp_path, case__toml=named)
    assert told.startswith("coast.geojson: the file is missing")


# --- the map -------------------------------------------------------------------------------------


@pytest.mark.parametrize("land", [None, LAND])
def test_points_at_one_place_share_their_cell(land: str | None, tmp_path: Path) -> None:
    together = FILES["municipalities.csv"].replace("10.4,56.1", "10.0,56.0")
    ground = ground_of(read_case(map_case(tmp_path / "two", municipalities__csv=together, land__geojson=land)))
    assert ground.cells[0].equals(ground.cells[1]) and not ground.cells[2].is_empty
    one = together.replace("10.9,55.6", "10.0,56.0")
    sites = FILES["sites.csv"].replace("10.91,55.6", "10.02,56.0")
    ground = ground_of(
        read_case(
            map_case(
                tmp_path / "one",
                municipalities__csv=one,
                sites__csv=sites,
                land__geojson=land,
                minutes__csv="code,x,y\nA,2,4\nB,2,4\nC,2,4\n",
            )
        )
    )
    assert len({cell.wkb for cell in ground.cells}) == 1


@pytest.mark.parametrize(
    ("name", "lonlat"),
    [
        ("New Zealand", [(174.76, -36.85), (175.28, -37.79), (176.17, -37.69)]),
        ("Fiji", [(178.44, -18.14), (179.36, -16.43), (-179.98, -16.8)]),
        ("Hawaii", [(-157.86, 21.3), (-156.45, 20.8), (-155.08, 19.7)]),
        ("Iceland", [(-21.9, 64.1), (-18.1, 65.7), (-14.4, 65.3)]),
        ("Denmark", [(9.9, 57.0), (10.2, 56.2), (12.6, 55.7)]),
    ],
)
def test_north_is_up_and_east_right_whatever_the_country(
    name: str, lonlat: list[tuple[float, float]], tmp_path: Path
) -> None:
    rows = "".join(f"{c},{c},N,1000,{lon},{lat}\n" for c, (lon, lat) in zip("ABC", lonlat, strict=True))
    sites = "".join(
        f"{s},{s},{c},{lon + 0.01},{lat}\n" for s, c, (lon, lat) in zip("xy", "AC", lonlat[::2], strict=True)
    )
    case = map_case(
        tmp_path / "case",
        municipalities__csv="code,name,land,people,lon,lat\n" + rows,
        sites__csv="site_id,name,municipality_code,lon,lat\n" + sites,
        minutes__csv="code,x,y\nA,2,600\nB,300,400\nC,700,3\n",
        near__csv="site_id,x\nx,0\ny,600\n",
    )
    problem = read_case(case)
    points = ground_of(problem).points
    lon = np.array([x % 360 if name == "Fiji" else x for x, _ in lonlat])
    assert (np.argsort(points[:, 0]) == np.argsort(lon)).all()
    assert (np.argsort(points[:, 1]) == np.argsort([y for _, y in lonlat])).all()
    straight = kilometres(np.array(lonlat[:1]), np.array(lonlat[1:2]))[0, 0]
    assert np.hypot(*(points[0] - points[1])) / 1000 == pytest.approx(straight, rel=0.02)
    if name in ("Denmark", "Fiji"):
        write_plan(cap.solve(problem), tmp_path / "out")
        layer = gpd.read_file(tmp_path / "out" / "plan.gpkg", layer="demand_points")
        assert layer.to_crs("EPSG:4326").geometry.y.tolist() == pytest.approx([y for _, y in lonlat])
        assert (crs_of(np.array(lonlat)) == "EPSG:25832") == (name == "Denmark")


# --- areas ---------------------------------------------------------------------------------------


def areas(change: dict[int, Any] | None = None, **more: Any) -> str:
    """A square around each town, some replaced."""
    towns = {"A": (10.0, 56.0), "B": (10.4, 56.1), "C": (10.9, 55.6)}
    squares = [
        feature(
            "Polygon",
            [[[x - 0.1, y - 0.1], [x + 0.1, y - 0.1], [x + 0.1, y + 0.1], [x - 0.1, y + 0.1], [x - 0.1, y - 0.1]]],
            kode=c,
        )
        for c, (x, y) in towns.items()
    ]
    for k, one in (change or {}).items():
        squares[k]["geometry"] = one
    return collection(*squares, **more)


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> cap.Problem:
    return read_case(map_case(tmp_path_factory.mktemp("areas")))


def on(problem: cap.Problem, path: Path, text: str | bytes) -> Any:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ground_of(problem, areas=path)


def test_areas_are_read_as_land_is(problem: cap.Problem, tmp_path: Path) -> None:
    plain = on(problem, tmp_path / "a.geojson", areas())
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        same = on(problem, tmp_path / f"{encoding}.geojson", areas(name="Sjælland").encode(encoding))
        assert [c.area for c in same.cells] == pytest.approx([c.area for c in plain.cells])
    crossed = on(
        problem,
        tmp_path / "x.geojson",
        areas(
            {
                0: {
                    "type": "Polygon",
                    "coordinates": [[[9.9, 55.9], [10.1, 56.1], [10.1, 55.9], [9.9, 56.1], [9.9, 55.9]]],
                }
            }
        ),
    )
    assert all(cell.is_valid and cell.area > 0 for cell in crossed.cells)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("[", "no JSON"),
        ("{}", "feature collection"),
        (collection(), "polygons"),
        (b"PK\x03\x04xx", "Excel workbook"),
        (areas({0: None}), "every demand point has an area"),
        (areas({1: {"type": "Point", "coordinates": [10, 56]}}), "every demand point"),
        (areas({1: {"type": "Polygon", "coordinates": []}}), "every demand point"),
        (areas({1: {"type": "Polygon"}}), "feature 2"),
        (areas({2: {"type": "Polygon", "coordinates": [[[5e5, 6e6], [6e5, 6e6], [6e5, 7e6], [5e5, 6e6]]]}}), "metres"),
        (areas(crs={"type": "name", "properties": {"name": "EPSG:25832"}}), "WGS84"),
    ],
)
def test_areas_that_are_none_are_told(text: str | bytes, said: str, problem: cap.Problem, tmp_path: Path) -> None:
    with pytest.raises(cap.DataError, match=said):
        on(problem, tmp_path / "areas.geojson", text)


@pytest.mark.parametrize("name", ["nothing.geojson", "nothing.gpkg", ".", "case.toml", "a\0b.geojson"])
def test_areas_are_a_file_of_shapes(name: str, problem: cap.Problem, tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text("[case]\n")
    with pytest.raises(cap.DataError, match="file of shapes"):
        ground_of(problem, areas=tmp_path / name)


def test_areas_named_by_a_link_that_leads_elsewhere_are_read(problem: cap.Problem, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "here").mkdir()
    kept, link = tmp_path / "kept" / "areas.geojson", tmp_path / "here" / "areas.geojson"
    kept.write_text(areas(), encoding="utf-8")
    link.symlink_to(kept)
    assert [c.area for c in ground_of(problem, areas=link).cells] == [
        c.area for c in ground_of(problem, areas=kept).cells
    ]


def test_areas_may_be_given_as_shapes_and_are_checked(problem: cap.Problem) -> None:
    good = {c["properties"]["kode"]: shape(c["geometry"]) for c in json.loads(areas())["features"]}
    assert len(ground_of(problem, areas=good).cells) == 3
    for odd, said in (
        (None, "an area is a polygon"),
        ("POLYGON", "an area is a polygon"),
        (Point(10, 56), "not empty"),
        (Polygon(), "not empty"),
        (LineString([(10, 56), (11, 56)]), "not empty"),
        (Polygon([(5e5, 6e6), (6e5, 6e6), (6e5, 7e6)]), "metres"),
    ):
        with pytest.raises(cap.DataError, match=said):
            ground_of(problem, areas=good | {"B": odd})
    moved = {k: Polygon([(x + 60, y) for x, y in one.exterior.coords]) for k, one in good.items()}
    with pytest.raises(cap.DataError, match="where the demand points are"):
        ground_of(problem, areas=moved)


# --- places of DataFrames --------------------------------------------------------------------------

POINTS = pd.DataFrame({"point_id": ["A", "B", "C"], "lon": [10.0, 10.4, 10.9], "lat": [56.0, 56.1, 55.6]})
SITES = pd.DataFrame({"site_id": ["x", "y"], "point_id": ["A", "C"]})


def framed(crs: str | None, name: str = "geometry", change: dict[int, Any] | None = None) -> gpd.GeoDataFrame:
    shapes = [
        (change or {}).get(k, Point(lon, lat))
        for k, (lon, lat) in enumerate(zip(POINTS["lon"], POINTS["lat"], strict=True))
    ]
    frame = gpd.GeoDataFrame(POINTS[["point_id"]], geometry=gpd.GeoSeries(shapes, crs=crs))
    return frame if name == "geometry" else frame.rename_geometry(name)


def test_any_active_geometry_places_the_points() -> None:
    for frame in (framed("EPSG:4326"), framed("EPSG:4326", "geom"), framed("EPSG:4326", "where").to_crs("EPSG:25832")):
        network = cap.Network.from_tables(frame, SITES)
        assert network.point_lonlat is not None and network.point_lonlat[:, 1] == pytest.approx(POINTS["lat"])
        assert not network.point_columns


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (
            POINTS.assign(lon=[560_000.0, 580_000, 600_000], lat=[6_200_000.0, 6_210_000, 6_150_000]),
            "metres of a map projection",
        ),
        (POINTS.assign(lon=[10.0, 56.1, 10.9], lat=[56.0, 10.4, 55.6]), "row 1, lon, lat .B.: .*swapped"),
        (POINTS.assign(lon=[10.0, 190.0, 10.9]), "degrees between -180 and 180"),
        (POINTS.assign(lon=[10.0, None, 10.9]), "empty"),
        (POINTS.assign(lon=[10.0, 0, 10.9], lat=[56.0, 0, 55.6]), "0, 0"),
        (framed(None), "coordinate reference system"),
        (framed("EPSG:4326", change={1: None}), "row 1, geometry: each row has a shape"),
        (framed("EPSG:4326", change={1: Point()}), "row 1, geometry: each row has a shape"),
        (framed("EPSG:4326", change={k: Point(5e5 + k, 6e6) for k in range(3)}), "metres of a map projection"),
    ],
)
def test_places_of_frames_get_the_checks_of_files(points: pd.DataFrame, said: str) -> None:
    with pytest.raises(cap.DataError, match=said):
        cap.Network.from_tables(points, SITES)


def test_sites_of_a_frame_are_where_the_points_are() -> None:
    with pytest.raises(cap.DataError, match="swapped"):
        cap.Network.from_tables(POINTS, SITES.assign(lon=[56.0, 55.6], lat=[10.0, 10.9]))
    with pytest.raises(cap.DataError, match=r"within 1,500 km"):
        cap.Network.from_tables(POINTS, SITES.assign(lon=[10.0, -70], lat=[56.0, 41]))


def test_metres_are_no_degrees_in_arrays_either() -> None:
    metres = np.array([[560_000.0, 6_200_000.0]])
    with pytest.raises(cap.DataError, match="in degrees"):
        cap.TravelMatrix.straight_line(["A"], metres, ["x"], metres)
    with pytest.raises(cap.DataError, match="within 180 and 90"):
        cap.Network(
            point_ids=("A",),
            point_names=("A",),
            point_regions=("r",),
            site_ids=("x",),
            site_names=("x",),
            site_regions=("r",),
            point_lonlat=metres,
        )


def test_nothing_is_said_of_places_that_are_not_known() -> None:
    from capacity.problem.cells import Column

    found: list[cap.Finding] = []
    nowhere = np.full((2, 2), np.nan)
    misplaced(found, Column(table="t", name="id", cells=("a", "b"), rows=(0, 1)), nowhere, np.array([True, True]))
    assert not found
