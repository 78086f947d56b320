"""Columns and settings that speak against each other: refused with the place, or told; in files and in DataFrames."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import capacity as cap
from capacity.read import check_case, read_case
from capacity.report.phrases import Phrases
from tests.test_read_aloud import case

SITE = "3,30,6"
"""Smallest, largest and existing beds of the last site, z."""


def told(folder: Path, **changed: tuple[str, str]) -> list[str]:
    """The notices of a changed case that the case as it is does not have."""
    (folder / "as it is").mkdir()
    before = set(read_case(case(folder / "as it is")).notices)
    (folder / "changed").mkdir()
    return [n for n in read_case(case(folder / "changed", **changed)).notices if n not in before]


def ruled(*lines: str) -> tuple[str, str]:
    return "[rules]", "\n".join(("[rules]", *lines))


MORE_BEDS = "Unit z (z) has 60 beds today, more than its largest size, 30."
NO_UNIT = "A rule asks for {} beds in Unit z (z), whose largest size is 30: it can have no unit."


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sites__csv": (SITE, "3,30,60")}, [MORE_BEDS]),
        # Of no limit of its own: the case's.
        (
            {"sites__csv": ("55.62,,,", "55.62,,,61")},
            ["Unit y (y) has 61 beds today, more than its largest size, 60."],
        ),
        ({"sites__csv": ("55.62,,,", "55.62,,,60")}, []),
        ({"sites__csv": (SITE, "3,30,30")}, []),
        ({"sites__csv": (SITE, "3,30,60"), "case__toml": ruled("size_floor = true")}, [MORE_BEDS, NO_UNIT.format(60)]),
        ({"case__toml": ruled("size_floor = {z = 31}")}, [NO_UNIT.format(31)]),
        ({"case__toml": ruled("size_floor = {z = 30}")}, []),
        (
            {"sites__csv": (",existing_beds", ",beds_then"), "case__toml": ruled("size_floor = true")},
            ["rules.size_floor asks for no beds anywhere: no site has any today (existing_beds)."],
        ),
        ({"case__toml": ("[ranges]", "[prices]\nvolume = 9\n[ranges]")}, ["prices.volume says nothing: rules.volume is off."]),
        ({"case__toml": ("[ranges]", "[prices]\nreach = 9\n[ranges]")}, []),
        # A scenario switches it on.
        (
            {
                "case__toml": ("[ranges]", "[prices]\nvolume = 9\n[ranges]"),
                "scenarios__toml": ("[dear]\n", "[dear]\nrules.volume = 3\n"),
            },
            [],
        ),
        (
            {"case__toml": ruled('keep = ["z", "x"]', 'forbid = ["x"]')},
            ["rules.keep asks for a unit in Unit Ø (x), rules.forbid for none: no plan keeps both."],
        ),
        (
            {"case__toml": ("units = [1, 3]", 'units = [1, 1]\nkeep = ["x", "y"]')},
            ["rules.keep asks for 2 units, rules.units for at most 1: no plan keeps both."],
        ),
        ({"case__toml": ("units = [1, 3]", 'units = [1, 2]\nkeep = ["x", "y"]')}, []),
        # One of them may be broken.
        ({"case__toml": ("[rules]", '[prices]\nkeep = 9\n[rules]\nkeep = ["x"]\nforbid = ["x"]')}, []),
        ({"case__toml": ruled('forbid = ["x", "x"]')}, ["rules.forbid names x twice: is another one meant?"]),
        (
            {"case__toml": ('ambulatories = ["x"]', 'ambulatories = ["x", "x"]')},
            ["network.ambulatories names x twice: is another one meant?"],
        ),
        (
            {"case__toml": ('ambulatories = ["x"]', 'ambulatories = ["x"]\nregions_without_sites = ["Nørre"]')},
            ["network.regions_without_sites names Nørre, where there are sites."],
        ),
    ],
)  # fmt: skip
def test_what_is_hardly_meant_is_told(changed: dict[str, tuple[str, str]], said: list[str], tmp_path: Path) -> None:
    found = told(tmp_path, **changed)
    assert found == said
    danish = Phrases("da")
    for notice in found:
        words = danish.said(notice)
        assert words is not None and words != notice


def test_more_beds_than_may_be_are_told_of_dataframes_and_of_a_plan_read_back(tmp_path: Path) -> None:
    points = pd.DataFrame({"point_id": ["A", "B"], "people": [1, 2]})
    sites = pd.DataFrame({"site_id": ["x", "y"], "point_id": ["A", "B"], "largest": [8, 30], "existing_beds": [9, 30]})
    network = cap.Network.from_tables(points, sites)
    assert network.notices == ("x (x) has 9 beds today, more than its largest size, 8.",)
    problem = cap.Problem(
        network=network,
        scenarios=cap.Scenarios.from_total(("A", "B"), [1.0, 2.0], 20),
        travel=cap.TravelMatrix.from_table(pd.DataFrame({"point_id": ["A", "B"], "x": [1, 50], "y": [50, 1]})),
        notices=("Said before.",),
    )
    assert problem.notices == ("Said before.", *network.notices)
    # Once, however often it is made anew.
    assert problem.set("rules.nearest", True).notices == problem.notices
    cap.solve(problem).save(tmp_path / "out")
    assert cap.read_plan(tmp_path / "out").problem.notices == problem.notices


def test_shapes_in_degrees_that_are_said_to_be_metres_and_places_beside_their_shapes_are_refused() -> None:
    import geopandas as gpd

    sites = pd.DataFrame({"site_id": ["x"], "point_id": ["A"]})
    lon, lat = [10.0, 10.4], [56.0, 55.8]
    table = pd.DataFrame({"point_id": ["A", "B"], "people": [1, 2]})
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:25832")
    with pytest.raises(cap.DataError, match="these look like degrees"):
        cap.Network.from_tables(points, sites)
    right = points.set_crs("EPSG:4326", allow_override=True)
    assert cap.Network.from_tables(right, sites).point_lonlat is not None
    for shapes in (right, right.to_crs("EPSG:25832")):
        # Beside its shape by less than a municipality is wide.
        beside = cap.Network.from_tables(shapes.assign(lon=[10.5, 10.4], lat=lat), sites)
        assert beside.point_lonlat is not None and beside.point_lonlat[0].tolist() == [10.5, 56.0]
        with pytest.raises(cap.DataError, match="lie at its shape") as caught:
            cap.Network.from_tables(shapes.assign(lon=[12.5, 10.4], lat=lat), sites)
        assert [f.value for f in caught.value.findings] == ["A"]


@pytest.mark.parametrize("row", ["0101,2023,9,8", "0101,2023,9,9"])
def test_those_in_residential_treatment_are_among_those_in_any(row: str, tmp_path: Path) -> None:
    rows = "code,year,residential,any_treatment\n0102,2023,7,7\n0203,2023,12,13\n0204,2024,6,6\n"
    folder = case(tmp_path)
    (folder / "counts.csv").write_text(f"{rows}{row}\n", encoding="utf-8")
    found = check_case(folder)
    if row.endswith(",9"):
        assert found == ()
        return
    (fault,) = found
    assert (fault.row, fault.column, fault.value) == (5, "any_treatment, residential (0101)", None)
    assert not any(c.isdigit() for c in fault.rule + fault.remedy)


def test_a_curve_that_nobody_accepts_a_place_by_is_none(tmp_path: Path) -> None:
    (fault,) = check_case(case(tmp_path, uptake__csv=("30,1\n120,0.75", "30,0\n120,0")))
    assert fault.rule == "somebody accepts a place"
    assert check_case(case(tmp_path, uptake__csv=("30,1\n120,0.75", "30,0.1\n120,0"))) == ()
