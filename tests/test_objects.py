"""The objects a problem is made of: built in memory, checked, never aligned silently."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import capacity as cap
from capacity import Care, DataError, Network, Policy, Scenarios, Sizes, TravelMatrix
from tests.small import MINUTES, towns

POINTS = pd.DataFrame(
    {
        "point_id": ["A", "B", "C"],
        "name": ["Alby", "Broby", "Colding"],
        "county": ["W", "W", "E"],
        "people": [10, 6, 2],
        "lon": [9.0, 9.5, 10.0],
        "lat": [55.0, 55.1, 55.2],
    }
)
SITES = pd.DataFrame({"site_id": ["a", "b", "c"], "county": ["W", "W", "E"], "largest": [8, None, 20]})


def from_frames(**changes: Any) -> cap.Problem:
    """A problem from DataFrames, without any file."""
    minutes = pd.DataFrame(MINUTES, columns=["a", "b", "c"]).assign(point_id=["A", "B", "C"])
    parts: dict[str, Any] = {
        "network": Network.from_tables(POINTS, SITES, regions="county"),
        "scenarios": Scenarios.from_total(POINTS["point_id"], POINTS["people"], 18),
        "travel": TravelMatrix.from_table(minutes),
        "policy": Policy(nearest=True, units=(1, 2)),
    }
    return cap.Problem(**(parts | changes))


def test_a_problem_is_built_from_frames_and_solved() -> None:
    problem = from_frames()
    plan = cap.solve(problem)
    assert plan.site_ids == ("a", "b") or plan.check() == ()
    assert list(plan.units.columns[:2]) == ["site_id", "name"]
    assert problem.expected_women == pytest.approx([10, 6, 2])
    assert problem.size_limits[1].tolist() == [8, 60, 20]
    assert list(problem.network.sites["site_id"]) == ["a", "b", "c"]
    assert list(problem.network.points["lon"]) == [9.0, 9.5, 10.0]
    assert problem.travel.table.loc["A", "c"] == 90
    assert list(problem.scenarios.table["women"]) == pytest.approx([10, 6, 2])


def test_places_come_from_geometry_too() -> None:
    geometry = gpd.points_from_xy(POINTS["lon"], POINTS["lat"], crs="EPSG:4326")
    frame = gpd.GeoDataFrame(POINTS.drop(columns=["lon", "lat"]), geometry=geometry).to_crs("EPSG:25832")
    network = Network.from_tables(frame, SITES, regions="county")
    assert network.point_lonlat is not None
    assert network.point_lonlat[:, 0] == pytest.approx(POINTS["lon"])
    on_map = network.points_on_map()
    assert on_map.crs.to_epsg() == 25832
    assert on_map.geometry.x.iloc[0] == pytest.approx(frame.geometry.x.iloc[0], abs=0.01)


def test_a_site_takes_the_region_of_the_point_it_lies_in() -> None:
    sites = pd.DataFrame({"site_id": ["a", "c"], "point_id": ["A", "C"]})
    network = Network.from_tables(POINTS, sites, regions="county")
    assert network.site_regions == ("W", "E")
    alone = Network.from_tables(POINTS.drop(columns="county"), pd.DataFrame({"site_id": ["a"]}))
    assert alone.regions == ("all",)


@pytest.mark.parametrize(
    ("points", "sites", "said"),
    [
        (POINTS.drop(columns="point_id"), SITES, "point_id"),
        (POINTS, SITES.drop(columns="site_id"), "site_id"),
        (POINTS, SITES.drop(columns="county"), "region"),
        (pd.concat([POINTS, POINTS]), SITES, "once"),
        (POINTS.iloc[:0], SITES, "empty"),
    ],
)
def test_tables_that_do_not_fit_are_refused(points: pd.DataFrame, sites: pd.DataFrame, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Network.from_tables(points, sites, regions="county")


def test_a_network_lists_all_its_faults() -> None:
    with pytest.raises(DataError) as caught:
        Network(
            point_ids=("A", "A", ""),
            point_names=("x",),
            point_regions=("W", "W", "E"),
            site_ids=(),
            site_names=(),
            site_regions=(),
            point_lonlat=np.array([[np.nan, 1], [2, 2], [3, 3]]),
        )
    said = str(caught.value)
    for part in ("once", "empty", "one value a row (3)", "finite longitude"):
        assert part in said


def test_regions_of_another_column_need_to_know_where_sites_lie() -> None:
    network = towns().network.replace(point_columns={"county": ("P", "Q", "Q")})
    with pytest.raises(DataError, match="lies in a known demand point"):
        network.with_regions("county")
    with pytest.raises(DataError, match="one of the demand points' columns"):
        network.with_regions("nothing")
    assert network.with_regions(network.region_column) is network


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"women": np.array([[1.0, -1, 2]])}, "not negative"),
        ({"women": np.array([[1.0, np.nan, 2]])}, "finite"),
        ({"women": np.array([[0.0, 0, 0]])}, "somebody"),
        ({"women": np.array([[1.0, 2]])}, "one column a demand point"),
        ({"probability": np.array([0.5])}, "sum to 1"),
        ({"probability": np.array([0.5, 0.5])}, "sum to 1"),
        ({"must_hold": np.array([True, False])}, "one value a scenario"),
        ({"ids": ("base", "base"), "women": np.ones((2, 3))}, "once"),
    ],
)
def test_scenarios_are_checked(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        towns().scenarios.replace(**change)


def test_scenarios_from_a_table() -> None:
    table = pd.DataFrame(
        {
            "scenario": ["low", "low", "high", "high"],
            "point_id": ["A", "B", "B", "A"],
            "women": [1, 2, 20, 10],
            "probability": [0.25, 0.25, 0.75, 0.75],
            "must_hold": [False, False, True, True],
        }
    )
    scenarios = Scenarios.from_table(table)
    assert scenarios.women.tolist() == [[1, 2], [10, 20]]
    assert scenarios.expected.tolist() == [7.75, 15.5]
    assert scenarios.must_hold is not None
    assert scenarios.must_hold.tolist() == [False, True]
    assert Scenarios.from_table(table[["point_id", "women"]].iloc[:2]).ids == ("base",)
    with pytest.raises(DataError, match="every id"):
        Scenarios.from_table(table.iloc[:3])
    with pytest.raises(DataError, match="needed"):
        Scenarios.from_table(table[["women"]])


def test_a_scenario_of_no_probability_may_be_chosen_alone() -> None:
    scenarios = Scenarios(
        ids=("a", "b"), point_ids=("A",), women=np.array([[1.0], [2]]), probability=np.array([1.0, 0])
    )
    assert scenarios.only("b").women_per_year == 2
    assert scenarios.only("a", "b").women_per_year == 1
    with pytest.raises(DataError, match="one of the problem's"):
        scenarios.only()


@pytest.mark.parametrize(
    ("weight", "total", "said"),
    [([1, -1], 5, "weight"), ([0, 0], 5, "positive"), ([1, 2], 0, "above zero"), ([1], 5, "weight")],
)
def test_a_split_is_checked(weight: list[float], total: float, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Scenarios.from_total(["A", "B"], weight, total)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": np.array([[1.0, 2]])}, "row for each origin"),
        ({"values": -MINUTES}, "not negative"),
        ({"values": MINUTES * np.nan}, "number"),
        ({"unit": "hours"}, "minutes or km"),
        ({"origin_ids": ("A", "A", "C")}, "once"),
    ],
)
def test_travel_is_checked(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        towns().travel.replace(**change)


def test_travel_from_tidy_tables_and_straight_lines() -> None:
    tidy = pd.DataFrame({"point_id": ["A", "A", "B", "B"], "site_id": ["x", "y", "x", "y"], "km": [1.0, 2, 3, 4]})
    matrix = TravelMatrix.from_table(tidy)
    assert matrix.unit == "km"
    assert matrix.aligned(["B", "A"], ["y", "x"]).tolist() == [[4, 3], [2, 1]]
    with pytest.raises(DataError, match="every id"):
        matrix.aligned(["A", "Z"], ["x", "y"])
    # A degree of a great circle is 111.195 km.
    line = TravelMatrix.straight_line(["A"], np.array([[0.0, 0]]), ["x"], np.array([[1.0, 0]]))
    assert line.values[0, 0] == pytest.approx(111.195, abs=0.001)
    timed = TravelMatrix.straight_line(
        ["A"], np.array([[0.0, 0]]), ["x"], np.array([[1.0, 0]]), km_per_hour=60, detour=2
    )
    assert timed.values[0, 0] == pytest.approx(2 * 111.195, abs=0.002)
    assert timed.unit == "minutes"


def test_labels_must_be_equal_never_aligned_silently() -> None:
    problem = towns()
    with pytest.raises(DataError, match="scenarios"):
        problem.replace(scenarios=Scenarios.from_total(["A", "B"], [1, 1], 3))
    with pytest.raises(DataError, match="travel"):
        problem.replace(travel=problem.travel.replace(destination_ids=("a", "b", "z")))


def test_order_of_labels_changes_nothing() -> None:
    problem = towns({"nearest": True, "volume": 3})
    turned = problem.replace(
        scenarios=Scenarios(ids=("base",), point_ids=("C", "A", "B"), women=np.array([[2.0, 10, 6]])),
        travel=TravelMatrix(
            origin_ids=("B", "C", "A"), destination_ids=("c", "a", "b"), values=MINUTES[[1, 2, 0]][:, [2, 0, 1]]
        ),
    )
    assert turned.minutes.tolist() == problem.minutes.tolist()
    assert cap.solve(turned).objective == cap.solve(problem).objective


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Care(mean_days=0), "above zero"),
        (lambda: Care(visits_per_week=-1), "not negative"),
        (lambda: Sizes(smallest=3, largest=2), "smallest"),
        (lambda: Sizes(smallest=1.5), "whole"),  # type: ignore[arg-type]  # what is tested
        (lambda: towns(fair_aversion=0), "above 0"),
        (lambda: towns({"forbid": ["z"]}), "known site"),
        (lambda: towns({"reach": {"minutes": 9, "exceptions": ["Z"]}}), "known demand point"),
        (lambda: towns({"own_region": {"agreements": [["W", "Z"]]}}), "known region"),
        (
            lambda: towns(sizes=Sizes(smallest=40, largest=50), network=towns().network.replace(site_largest=[9] * 3)),
            "sizes",
        ),
        (lambda: towns(to_ambulatory=None), "ambulator"),
        (lambda: towns(network=towns().network.replace(ambulatories=("z",))), "minutes from the sites"),
    ],
)
def test_a_problem_is_checked(make: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        make()


BAD_RULES: list[tuple[str, Any]] = [
    ("units", [3, 1]),
    ("units", [0, 0]),
    ("units", "two"),
    ("units", [1.5, 2]),
    ("near_ambulatory", "far"),
    ("near_ambulatory", {"minutes": 3, "exeptions": []}),
    ("near_ambulatory", {"exceptions": []}),
    ("near_ambulatory", {"minutes": 3, "exceptions": "a"}),
    ("region_access", 0.8),
    ("region_access", {"share": 2, "minutes": 3}),
    ("region_unit", 1),
    ("own_region", {"agreements": [["W"]]}),
    ("volume", -1),
    ("volume", {"stays": 3, "when": "never"}),
    ("volume", float("nan")),
    ("income", {"when": "later"}),
    ("size_floor", 3),
    ("build_budget", "much"),
    ("keep", "a"),
    ("open_only", False),
    ("one_size", False),
    ("nearest", "yes"),
    ("prices", {"open_only": 3}),
    ("prices", {"volume": 0}),
    ("prices", {"volumes": 1}),
]


@pytest.mark.parametrize(("rule", "value"), BAD_RULES)
def test_a_rules_value_is_checked(rule: str, value: Any) -> None:
    with pytest.raises(DataError) as caught:
        Policy(**{rule: value})
    (finding,) = caught.value.findings
    assert finding.table in ("rules", "prices")


GOOD_RULES: list[tuple[str, Any, Any]] = [
    ("units", 3, [3, 3]),
    ("near_ambulatory", {"minutes": 3, "exceptions": ["b", "a"]}, {"minutes": 3, "exceptions": ["b", "a"]}),
    ("near_ambulatory", 30, 30),
    ("own_region", True, True),
    ("own_region", {"agreements": [["W", "E"]]}, {"agreements": [["W", "E"]]}),
    ("volume", {"stays": 3, "when": "poisson_year"}, {"stays": 3, "when": "poisson_year", "probability": 0.9}),
    ("income", {"when": "every_scenario"}, {"when": "every_scenario"}),
    ("size_floor", {"a": 3}, {"a": 3}),
    ("size_floor", True, True),
    ("keep", {"b", "a"}, ["a", "b"]),
    ("keep", [], False),
    ("volume", False, False),
    ("served", False, False),
]


@pytest.mark.parametrize(("rule", "value", "plain"), GOOD_RULES)
def test_a_rules_value_reads_back_as_it_was_written(rule: str, value: Any, plain: Any) -> None:
    policy = Policy(**{rule: value})
    assert policy.settings()[rule] == plain
    again = Policy(**{rule: policy.settings()[rule]})
    assert again == policy
    assert policy.replace(**{rule: value}) == policy


def test_objects_cannot_be_changed() -> None:
    problem = towns()
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.weight = "x"  # type: ignore[misc]  # what is tested
    with pytest.raises(ValueError, match="read-only"):
        problem.minutes[0, 0] = 3
    with pytest.raises(ValueError, match="read-only"):
        problem.scenarios.women[0, 0] = 3


def test_public_names_are_listed_and_load() -> None:
    for name in cap.__all__:
        assert getattr(cap, name) is not None
        assert name in dir(cap)
    with pytest.raises(AttributeError, match="nothing"):
        cap.nothing  # noqa: B018 (what is tested)
