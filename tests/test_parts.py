"""Families with and without a car, and of several places: each has its own way, and women are counted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import capacity as cap
from capacity import DataError
from capacity.cli.main import group
from capacity.errors import some
from capacity.reading.case import check_case, read_case
from capacity.report.files import write_plan
from capacity.report.map import draw_map
from capacity.report.phrases import phrases
from capacity.report.table.drawing import drawn
from tests.small_map import CASE, FILES, map_case
from tests.table_node import answers, node

BUS = "code,x,y\nA,10,200\nB,90,80\nC,150,20\n"
"""Minutes by public transport: who lives in B is nearer y by bus, and nearer x by car."""


def case_of(folder: Path, travel: str = "", rules: str = "", **files: str) -> Path:
    """The small case: 5 women a year in A, 10 in B, 15 in C; both sites may be units."""
    text = CASE.replace("[rules]", f"{travel}\n[rules]\n{rules}").replace("units = [1, 2]", "units = [2, 2]")
    return map_case(folder, case__toml=text, **{"bus__csv": BUS, **files})


TRANSIT = 'transit = "bus.csv"\nwithout_car = 0.4'


def test_families_without_a_car_use_their_own_nearest_unit(tmp_path: Path) -> None:
    plan = cap.solve(read_case(case_of(tmp_path, TRANSIT)))
    sent = {(i, j): women for i, j, women in plan.assignment[["point_id", "site_id", "women"]].itertuples(index=False)}
    want = {("A", "x"): 3, ("A:transit", "x"): 2, ("B", "x"): 6, ("B:transit", "y"): 4, ("C", "y"): 9}
    assert sent == pytest.approx(want | {("C:transit", "y"): 6})
    by_car, by_bus = (3 * 2 + 6 * 30 + 9 * 3) / 18, (2 * 10 + 4 * 80 + 6 * 20) / 12
    assert plan.figures["mean_minutes_by_car"] == pytest.approx(by_car)
    assert plan.figures["mean_minutes_by_transit"] == pytest.approx(by_bus)
    assert plan.figures["women_by_transit"] == pytest.approx(12)
    assert plan.mean_minutes == pytest.approx((18 * by_car + 12 * by_bus) / 30)


def test_access_counts_women_and_not_means(tmp_path: Path) -> None:
    """Of region N 6 of 10 in B and 3 of 5 in A have a car. A mean of 0.6 x 30 + 0.4 x 80 would put all B beyond 45."""
    plan = cap.solve(read_case(case_of(tmp_path, TRANSIT, "region_access = {share = 0.1, minutes = 45}")))
    assert plan.regions.set_index("region")["share_within"].to_dict() == pytest.approx({"N": 11 / 15, "S": 1})


def test_without_a_table_nothing_is_what_it_was_not(tmp_path: Path) -> None:
    off = read_case(case_of(tmp_path))
    assert not off.network.parted and off.get("travel.transit") is False and off.get("travel.without_car") == 0
    assert "women_by_transit" not in cap.solve(off).figures
    assert cap.denmark().fingerprint.startswith("4268c9ed45db028a")


def test_a_share_of_nobody_gives_the_plan_by_car(tmp_path: Path) -> None:
    off, none = (
        read_case(case_of(tmp_path)),
        read_case(case_of(tmp_path), {"travel.transit": "bus.csv", "travel.without_car": 0.0}),
    )
    assert cap.solve(none).mean_minutes == pytest.approx(cap.solve(off).mean_minutes)
    assert none.fingerprint != off.fingerprint


def test_the_share_may_be_a_column_and_be_changed(tmp_path: Path) -> None:
    towns = FILES["municipalities.csv"].replace("lat\n", "lat,carless\n")
    towns = towns.replace("56.0\n", "56.0,0.5\n").replace("56.1\n", "56.1,0\n").replace("55.6\n", "55.6,1\n")
    case = case_of(tmp_path, 'transit = "bus.csv"\nwithout_car = "carless"', municipalities__csv=towns)
    problem = read_case(case)
    assert problem.expected_women == pytest.approx([2.5, 10, 0, 2.5, 0, 15])
    third = problem.set("travel.without_car", 0.3)
    assert third.expected_women == pytest.approx([3.5, 7, 10.5, 1.5, 3, 4.5])
    assert third.get("travel.without_car") == 0.3 and third.set("travel.without_car", "carless").expected_women[
        0
    ] == pytest.approx(2.5)
    assert problem.set("demand.women_per_year", 60).expected_women.sum() == pytest.approx(60)
    # Another weight splits over places; each keeps its families.
    other = problem.set("demand.weight", "carless")
    assert other.expected_women == pytest.approx([5, 0, 0, 5, 0, 20])


def test_a_place_that_is_spared_is_spared_with_all_its_families(tmp_path: Path) -> None:
    rules = 'reach = {minutes = 40, exceptions = ["B"]}'
    plan = cap.solve(read_case(case_of(tmp_path, TRANSIT, rules)))
    assert plan.longest_minutes == 80 and plan.check() == ()
    with pytest.raises(cap.InfeasibleError):
        cap.solve(read_case(case_of(tmp_path / "2", TRANSIT, "reach = 40")))


def test_municipalities_pay_once(tmp_path: Path) -> None:
    plan = cap.solve(read_case(case_of(tmp_path, TRANSIT)))
    paid = cap.who_pays(plan, years=50).models[0].of("municipality")
    assert [one.payer for one in paid] == ["A", "B", "C"] and paid[1].name == "Broby"


def test_it_is_frozen_and_read_back(tmp_path: Path) -> None:
    plan = cap.solve(read_case(case_of(tmp_path, TRANSIT, 'reach = {minutes = 40, exceptions = ["B"]}')))
    write_plan(plan, tmp_path / "out")
    again = cap.read_plan(tmp_path / "out")
    assert again.problem.fingerprint == plan.problem.fingerprint and again.check() == ()
    assert again.problem.get("travel.without_car") == 0.4 and again.problem.get("travel.transit") == "bus.csv"


def test_the_map_shows_them_beside_each_other(tmp_path: Path) -> None:
    plan = cap.solve(read_case(case_of(tmp_path, TRANSIT)))
    said = draw_map(plan).svg
    assert "Families without a car" in said and "Broby (without a car): 80 minutes" in said
    assert "Broby (uden bil)" in draw_map(plan, language="da").svg
    from shapely import box

    areas = {
        i: box(x - 0.1, y - 0.1, x + 0.1, y + 0.1) for i, x, y in (("A", 10, 56), ("B", 10.4, 56.1), ("C", 10.9, 55.6))
    }
    assert "Broby (without a car): 80 minutes" in draw_map(plan, areas=areas).svg


def test_said_in_words(tmp_path: Path) -> None:
    done = CliRunner().invoke(group, ["plan", str(case_of(tmp_path, TRANSIT))])
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert (
        "Families with a car travel 12 minutes on average; the 12.0 women a year without one 38 by public transport (bus.csv)"
        in said
    )
    assert "families without a car: 40 %" in said


@pytest.mark.parametrize(
    ("travel", "bus", "said"),
    [
        ('transit = "bus.csv"', BUS, "beside travel.transit"),
        ("without_car = 0.3", BUS, "ways of their own"),
        ('transit = "bus.csv"\nwithout_car = 1.3', BUS, "a share from 0 to 1"),
        ('transit = "bus.csv"\nwithout_car = "people"', BUS, "a number from 0 to 1"),
        ('transit = "bus.csv"\nwithout_car = "nothing"', BUS, "a column of the demand points"),
        (TRANSIT, BUS.replace("C,150,20\n", ""), "has a row"),
        (TRANSIT, "code,x\nA,10\nB,90\nC,150\n", "every site that is planned with has a column"),
        (TRANSIT, BUS.replace("90,80", "no way,no way"), "by public transport"),
        (TRANSIT, BUS.replace("90,80", "90,soon"), "number"),
        ('transit = "none.csv"\nwithout_car = 0.3', BUS, "missing"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, travel: str, bus: str, said: str) -> None:
    found = check_case(case_of(tmp_path, travel, bus__csv=bus))
    assert any(said in str(one) for one in found), some(map(str, found))


def test_a_table_is_chosen_where_the_case_is_read(tmp_path: Path) -> None:
    problem = read_case(case_of(tmp_path))
    for key, value in (("travel.transit", "bus.csv"), ("travel.without_car", 0.3)):
        with pytest.raises(DataError):
            problem.set(key, value)
    assert problem.set("travel.transit", False).fingerprint == problem.fingerprint


# --- several places of a municipality ------------------------------------------------------------

PLACES = "code,place,weight,x,y\nA,,1,2,70\nB,town,3,30,60\nB,coast,1,70,50\nC,,5,75,3\n"


def test_each_place_of_a_municipality_has_its_own_way(tmp_path: Path) -> None:
    access = "region_access = {share = 0.1, minutes = 45}"
    problem = read_case(case_of(tmp_path, 'places = "places.csv"', access, places__csv=PLACES))
    assert problem.network.point_ids == ("A", "B", "B:2", "C")
    assert problem.network.point_names[1:3] == ("Broby, town", "Broby, coast")
    assert problem.expected_women == pytest.approx([5, 7.5, 2.5, 15])
    plan = cap.solve(problem)
    assert plan.regions.set_index("region")["share_within"]["N"] == pytest.approx(12.5 / 15)
    both = read_case(tmp_path, {"travel.transit": "bus.csv", "travel.without_car": 0.4})
    assert both.expected_women == pytest.approx([3, 4.5, 1.5, 9, 2, 3, 1, 6])
    assert np.array_equal(both.minutes[5], both.minutes[6])


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (PLACES.replace("C,,5,75,3\n", ""), "every demand point has a place"),
        (PLACES.replace(",x,y", ",x,z"), "every site that is planned with has a column"),
        (PLACES.replace("code", "town"), "Call it 'code'"),
        (PLACES.replace(",3,30", ",many,30"), "number"),
        (PLACES.replace("C,,5", "D,,5"), "D"),
    ],
)
def test_what_is_wrong_with_places_is_told(tmp_path: Path, places: str, said: str) -> None:
    found = check_case(case_of(tmp_path, 'places = "places.csv"', places__csv=places))
    assert any(said in str(one) for one in found), some(map(str, found))


@pytest.mark.skipif(node() is None, reason="no Node is installed")
def test_the_planners_table_knows_both_kinds_of_families(tmp_path: Path) -> None:
    problem = read_case(case_of(tmp_path, TRANSIT, 'reach = {minutes = 40, exceptions = ["B"]}'))
    plan = cap.solve(problem)
    ((best,),) = answers([(problem, [("optimise", [{}])])])
    assert (best["units"][0]["site_id"], best["status"]) == ("x", "optimal")
    assert best["mean_minutes"] == pytest.approx(plan.mean_minutes)
    # Three areas, and a circle in each.
    map_of = drawn(problem, phrases("en"))
    assert map_of is not None and [i for frame in map_of.frames for i, _ in frame["cells"]] == [0, 1, 2, 3, 4, 5]


def test_check_counts_places_and_their_parts(tmp_path: Path) -> None:
    done = CliRunner().invoke(group, ["check", str(case_of(tmp_path, TRANSIT))])
    assert "3 demand points in 6 parts, 2 candidate sites" in done.output


def test_the_tables_of_parts_are_part_of_the_record(tmp_path: Path) -> None:
    case = case_of(tmp_path, TRANSIT)
    hashed = hashlib.sha256((case / "bus.csv").read_bytes()).hexdigest()
    said = {"tables": {"bus.csv": hashed}, "attribution": "(c) OpenStreetMap contributors (ODbL)"}
    (case / "travel.json").write_text(json.dumps(said), encoding="utf-8")
    problem = read_case(case)
    assert problem.origin["files"]["bus.csv"] == hashed and problem.attribution == (said["attribution"],)
    assert f"bus.csv is as travel.json has it: SHA-256 {hashed[:12]}." in problem.notices
    (case / "bus.csv").write_text(BUS.replace("200", "199"), encoding="utf-8")
    assert any("changed since it was made" in notice for notice in read_case(case).notices)


def test_own_counts_are_of_places(tmp_path: Path) -> None:
    counts = "code,year,residential,any_treatment\nA,2024,9,9\nB,2024,12,12\nC,2024,30,30\n"
    text = 'weight = "people"\ncounts = "counts.csv"'
    case = case_of(tmp_path, TRANSIT, counts__csv=counts)
    whole = (case / "case.toml").read_text(encoding="utf-8").replace('weight = "people"', text)
    (case / "case.toml").write_text(whole, encoding="utf-8")
    problem = read_case(case)
    assert problem.split is not None and problem.split.point_ids == ("A", "B", "C")
    by_place = problem.women[0, :3] + problem.women[0, 3:]
    assert by_place == pytest.approx(problem.split.women(30)) and problem.women[0, 3:] == pytest.approx(0.4 * by_place)
    again = problem.set("demand.relative_risk", "people").set("demand.relative_risk", False)
    assert again.women == pytest.approx(problem.women)
    plan = cap.solve(problem)
    write_plan(plan, tmp_path / "out")
    assert cap.read_plan(tmp_path / "out").problem.fingerprint == plan.problem.fingerprint
