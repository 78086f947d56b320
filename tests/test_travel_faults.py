"""Travel times that are none: the wrong table, zeros, km, links and pairs that say nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import capacity as cap
from capacity.read import check_case, read_case
from tests.cases import Rows, copy_of_denmark, edit_rows, edit_text, set_cell, small_case
from tests.small_map import CASE, FILES, faults, map_case

WINTER = "from,to,minutes\nA,x,2\nA,B,300\nB,C,400\nC,y,3\n"


# --- which table -------------------------------------------------------------------------------


def test_the_links_that_are_named_are_the_links_that_are_read(tmp_path: Path) -> None:
    case = small_case(tmp_path, winter__csv=WINTER, scenarios__toml='[winter]\ntravel.source = "winter.csv"\n')
    assert read_case(case).minutes.max() == 72
    named = read_case(case, {"travel.source": "winter.csv"})
    assert named.minutes.tolist() == [[2, 703], [302, 403], [702, 3]]
    assert named.ambulatory_minutes.tolist() == [0, 705]  # type: ignore[union-attr]
    # The scenario and the setting say the same, of sites and of ambulatories.
    winter = read_case(case, {"scenario": "winter"})
    assert winter.minutes.tolist() == named.minutes.tolist()
    assert winter.ambulatory_minutes.tolist() == named.ambulatory_minutes.tolist()  # type: ignore[union-attr]
    back = winter.set("travel.source", "links.csv")
    assert back.ambulatory_minutes.tolist() == read_case(case).ambulatory_minutes.tolist()  # type: ignore[union-attr]


def test_links_need_not_be_called_links(tmp_path: Path) -> None:
    case = small_case(tmp_path, winter__csv=WINTER)
    (case / "links.csv").unlink()
    edit_text(case / "case.toml", '"links.csv"', '"winter.csv"')
    assert read_case(case).minutes.tolist() == [[2, 703], [302, 403], [702, 3]]


def test_no_fault_is_no_message(tmp_path: Path) -> None:
    # A source that is links without minutes is a fault, never "0 faults".
    found = faults(tmp_path, minutes__csv="from,to,km\nA,x,2\nB,x,30\nC,y,3\n")
    assert any("minutes" in one and "missing" in one for one in found)


@pytest.mark.parametrize("value", [7, ["a.csv"], "", True, {"a": 1}])
def test_a_source_is_the_name_of_a_file(value: Any, tmp_path: Path) -> None:
    with pytest.raises(cap.DataError, match="the name of a file"):
        read_case(map_case(tmp_path), {"travel.source": value})


def test_links_in_km_are_refused(tmp_path: Path) -> None:
    case = small_case(tmp_path)
    edit_text(case / "case.toml", 'source = "links.csv"', 'source = "links.csv"\nunit = "km"')
    (found,) = check_case(case)
    assert "road links are in minutes" in found.rule


def test_a_point_and_a_site_of_one_id_are_two_nodes(tmp_path: Path) -> None:
    case = small_case(
        tmp_path,
        sites__csv="site_id,name,municipality_code\nA,Unit x,A\ny,Unit y,C\n",
        links__csv="from,to,minutes\nA,B,30\nB,C,40\nC,y,3\n",
    )
    edit_text(case / "case.toml", '["x"]', '["A"]')
    assert any("are two nodes" in f.rule and f.value == "A" for f in check_case(case))


@pytest.mark.parametrize(
    ("row", "said"), [("A,B,", "empty"), ("A,B,-5", "negative"), ("A,,5", "two ends"), ("A,B,inf", "finite")]
)
def test_links_are_numbers_between_two_nodes(row: str, said: str, tmp_path: Path) -> None:
    found = check_case(small_case(tmp_path, links__csv=f"from,to,minutes\nA,x,2\n{row}\nB,C,40\nC,y,3\n"))
    assert any(said in f.rule and f.row == 3 for f in found)


# --- lost rows -----------------------------------------------------------------------------------


def test_half_a_matrix_is_one_fault(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    edit_rows(case / "drive_minutes.csv", lambda rows: rows.__setitem__(slice(50, None), []))
    (found,) = check_case(case)
    assert "49 of 98 have none" in found.rule and "lost rows" in found.remedy


def test_links_that_leave_a_site_or_a_point_without_a_way_are_told(tmp_path: Path) -> None:
    # The site's own link is there, the road to it is not.
    lonely = small_case(tmp_path / "site", links__csv="from,to,minutes\nA,x,2\nA,B,30\nB,C,40\nQ,y,3\n")
    assert any("No demand point reaches Unit y (y)" in n for n in read_case(lonely).notices)
    case = copy_of_denmark(tmp_path)
    edit_text(case / "case.toml", '"drive_minutes.csv"', '"links.csv"')
    edit_rows(case / "links.csv", lambda rows: rows.__setitem__(slice(100, None), []))
    found = check_case(case)
    assert found and any("lost rows" in f.remedy or "Link the node" in f.remedy for f in found)


def test_a_point_where_nobody_lives_needs_no_way(tmp_path: Path) -> None:
    island = FILES["municipalities.csv"] + "D,Oen,S,0,11.2,55.9\n"
    row = FILES["minutes.csv"] + "D,no way,no way\n"
    problem = read_case(map_case(tmp_path / "none", municipalities__csv=island, minutes__csv=row))
    assert np.isinf(problem.minutes[3]).all() and cap.solve(problem).check() == ()
    said = faults(tmp_path / "one", municipalities__csv=island.replace("S,0", "S,1"), minutes__csv=row)
    assert any("can be reached" in one for one in said)
    empty = faults(tmp_path / "empty", municipalities__csv=island, minutes__csv=FILES["minutes.csv"] + "D,,\n")
    assert len(empty) == 2 and all("write 'no way' where there is none" in one for one in empty)


# --- what is no minute ---------------------------------------------------------------------------


def test_no_minutes_to_a_place_far_away_are_refused(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    edit_rows(case / "drive_minutes.csv", set_cell(47, "FA_AALBORG", "0"))
    (found,) = check_case(case)
    assert (found.row, found.value) == (47, "0") and "367 km in a straight line" in found.rule


def test_a_table_of_zeros_is_refused(tmp_path: Path) -> None:
    (said,) = faults(tmp_path, minutes__csv="code,x,y\nA,0,0\nB,0,0\nC,0,0\n")
    assert "every number of the table is 0" in said


@pytest.mark.parametrize(("cell", "said"), [("1", "too few"), ("30000", "too many")])
def test_a_single_way_has_a_speed_too(cell: str, said: str, tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    edit_rows(case / "drive_minutes.csv", set_cell(47, "FA_AALBORG", cell))
    (found,) = check_case(case)
    assert found.row == 47 and said in found.remedy


def test_km_in_the_place_of_minutes_are_told(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    edit_text(case / "case.toml", '"drive_minutes.csv"', '"drive_km.csv"')
    assert any("called a table of km" in f.rule for f in check_case(case))
    (case / "drive_km.csv").rename(case / "own.csv")
    edit_text(case / "case.toml", '"drive_km.csv"', '"own.csv"')
    assert any("as in a table of km" in n for n in read_case(case).notices)
    edit_text(case / "case.toml", 'source = "own.csv"', 'unit = "km"\nsource = "own.csv"')
    assert read_case(case).travel.unit == "km"


def test_coordinates_are_looked_at_before_speeds(tmp_path: Path) -> None:
    swapped = "site_id,name,municipality_code,lon,lat\nx,Unit x,A,56.0,10.01\ny,Unit y,C,55.6,10.91\n"
    (said,) = faults(tmp_path, sites__csv=swapped)
    assert "sites.csv, lon, lat" in said and "swapped" in said
    null_island = swapped.replace("56.0,10.01", "10.01,56.0").replace("55.6,10.91", "0,0")
    (said,) = faults(tmp_path, sites__csv=null_island)
    assert "sites.csv row 3" in said and "demand point" in said


@pytest.mark.parametrize("column", ["x_km", "y km", "x-distance"])
def test_a_second_measure_is_never_taken_for_the_first(column: str, tmp_path: Path) -> None:
    (said,) = faults(tmp_path, minutes__csv=f"code,x,y,{column}\nA,2,70,1\nB,30,40,20\nC,75,3,60\n")
    assert "second measure" in said
    wide = pd.DataFrame({"point_id": ["A"], "x": [2], "y": [3], column: [1]})
    with pytest.raises(cap.DataError, match="second one of"):
        cap.TravelMatrix.from_table(wide)


def test_a_pair_of_points_of_one_name_stands_once(tmp_path: Path) -> None:
    said = faults(tmp_path, minutes__csv="code,x,y\nA,2,70\nB,30,40\nB,31,41\nC,75,3\n")
    assert any("row 4, code: each id stands once" in one for one in said)
    said = faults(tmp_path, minutes__csv="code,x,y,x\nA,2,70,2\nB,30,40,30\nC,75,3,75\n")
    assert any("each column stands once" in one for one in said)


# --- DataFrames ------------------------------------------------------------------------------------

TIDY = pd.DataFrame(
    {"point_id": ["A", "A", "B", "B"], "site_id": ["x", "y"] * 2, "minutes": [0, 60, 60, 0.0], "km": [0, 40, 40, 0.0]}
)


def test_minutes_are_taken_where_there_are_km_too() -> None:
    both = cap.TravelMatrix.from_table(TIDY)
    assert (both.unit, both.values.tolist()) == ("minutes", [[0, 60], [60, 0]])
    km = cap.TravelMatrix.from_table(TIDY, unit="km")
    assert (km.unit, km.values.tolist()) == ("km", [[0, 40], [40, 0]])
    assert cap.TravelMatrix.from_table(TIDY.drop(columns="minutes")).unit == "km"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            pd.concat([TIDY, TIDY.iloc[:1]]),
            r"row 4, pair: each pair stands once \(it stands on row 0 too\) \(got 'A, x'\)",
        ),
        (TIDY.iloc[:3], "each pair has a row.*B to y"),
        (TIDY.assign(minutes=[0, None, 60, 0]), r"row 1, minutes \(A, y\): the cell is empty"),
        (TIDY.drop(columns="site_id"), "site_id: the column is needed"),
        (TIDY.drop(columns=["minutes", "km"]), "minutes: the column is needed"),
        (TIDY.assign(site_id=["x", None, "x", "y"]), "row 1, site_id: no id is empty"),
    ],
)
def test_a_long_table_has_each_pair_once(table: pd.DataFrame, said: str) -> None:
    with pytest.raises(cap.DataError, match=said):
        cap.TravelMatrix.from_table(table)


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ([("A", "x", -5.0)], r"row 0, minutes \(A to x\): the number is not negative"),
        ([("A", "x", 2.0), ("A", "B", float("nan"))], "row 1, minutes .*empty"),
        ([("A", "x", "far")], "number"),
        ([("A", "x", np.inf)], "finite"),
        ([("A", None, 2.0)], "no id is empty"),
        ([("A", "x")], "a link is"),
        (pd.DataFrame({"from": ["A"], "to": ["x"]}), "minutes: the column is needed"),
    ],
)
def test_links_from_python_get_the_checks_of_files(links: Any, said: str) -> None:
    with pytest.raises(cap.DataError, match=said):
        cap.TravelMatrix.from_links(links, ["A", "B"], ["x"])


def test_links_may_be_a_frame() -> None:
    links = pd.DataFrame({"from": ["A", "A"], "to": ["x", "B"], "km": [1, 2], "minutes": [2, 3.0]})
    assert cap.TravelMatrix.from_links(links, ["A", "B"], ["x"]).values.tolist() == [[2], [5]]  # type: ignore[arg-type]
    with pytest.raises(cap.DataError, match="extra_minutes"):
        cap.TravelMatrix.from_links([("A", "x", 2.0)], ["A"], ["x"], extra_minutes=-1)


def test_a_case_may_name_no_ambulatories(tmp_path: Path) -> None:
    alone = CASE.replace('ambulatories = ["x"]\n', "").replace('to_ambulatory = "near.csv"\n', "")
    assert read_case(map_case(tmp_path, case__toml=alone, near__csv=None)).to_ambulatory is None


def test_rows_are_told_beyond_the_first_only_by_their_number(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)

    def zero(rows: Rows) -> None:
        for row in rows[1:]:
            row[1] = "0"

    edit_rows(case / "drive_minutes.csv", zero)
    found = check_case(case)
    assert len(found) == 26 and "more ways take no time" in found[-1].rule


def test_ways_to_the_ambulatories_are_looked_at_too(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, near__csv="site_id,x\nx,0\ny,0\n")
    assert told.startswith("near.csv row 3, x (y): a way takes time")


def test_a_link_given_twice_is_told(tmp_path: Path) -> None:
    case = small_case(tmp_path, links__csv="from,to,minutes\nA,x,2\nA,B,30\nB,A,35\nB,C,40\nC,y,3\n")
    assert any("1 links twice, with other minutes (B to A on row 4)" in n for n in read_case(case).notices)
