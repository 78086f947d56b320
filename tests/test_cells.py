"""What a cell says: one set of checks for files and DataFrames, and nothing guessed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import capacity as cap
from capacity.problem.cells import Column, Wrong, decimal_mark, flags, is_empty, number, numbers, readings
from capacity.read import check_case, read_case
from tests.cases import copy_of_denmark, edit_text
from tests.small_map import CASE, WITHOUT_MAP, faults, map_case, people


@pytest.mark.parametrize(
    ("text", "mark", "said"),
    [
        ("812", "", (812,)),
        ("-3.5", "", (-3.5,)),
        ("1e3", "", (1000,)),
        (" 7 ", "", (7,)),
        ("−5", "", (-5,)),
        ("43.517", "", (43.517, 43517)),
        ("43,517", "", (43.517, 43517)),
        ("43.517", ".", (43.517,)),
        ("43.517", ",", (43517,)),
        ("43,517", ",", (43.517,)),
        ("0.517", "", (0.517,)),
        ("1234.567", "", (1234.567,)),
        ("12,5", "", (12.5,)),
        ("1.234.567", "", (1234567,)),
        ("1,234,567", "", (1234567,)),
        ("1.234,5", "", (1234.5,)),
        ("1,234.5", "", (1234.5,)),
        ("2 000", "", (2000,)),
        ("2\u00a0000,5", "", (2000.5,)),
        ("2\u202f000", "", (2000,)),
        ("1_000", "", ()),
        ("1 2", "", ()),
        ("1 0000", "", ()),
        ("1'000", "", ()),
        ("12a", "", ()),
        ("0x10", "", ()),
        ("١٢", "", ()),
        ("１２", "", ()),
        ("1.2.3", "", ()),
        ("", "", ()),
        ("--5", "", ()),
        ("4 %", "", ()),
    ],
)
def test_a_text_has_these_readings(text: str, mark: str, said: tuple[float, ...]) -> None:
    assert readings(text, mark) == pytest.approx(said)


def test_the_column_tells_its_decimal_mark() -> None:
    assert decimal_mark(["43.517", "812"]) == ""
    assert decimal_mark(["43.517", "3.1"]) == "."
    assert decimal_mark(["43.517", "0.517"]) == "."
    assert decimal_mark(["43.517", "3,1"]) == ","
    assert decimal_mark(["43.517", "1.234.567"]) == ","
    assert decimal_mark(["3.1", "3,1"]) == ""


@pytest.mark.parametrize("cell", [None, np.nan, pd.NA, pd.NaT, "", " ", "NA", "n/a", "-", "#N/A"])
def test_an_empty_cell_is_empty_whatever_its_kind(cell: object) -> None:
    assert is_empty(cell)
    said = number(cell)
    assert isinstance(said, Wrong) and said.rule == "the cell is empty"


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        (True, "true or false"),
        (np.bool_(False), "true or false"),
        (pd.Timedelta("1h"), "length of time"),
        (np.timedelta64(60, "m"), "length of time"),
        (pd.Timestamp("2026-01-01"), "not Timestamp"),
        (1j, "not complex"),
        ([1], "not list"),
        (np.inf, "finite"),
        ("inf", "finite"),
        (10**400, "finite"),
        (1e16, "at most"),
        (-1, "negative"),
        ("-1", "negative"),
        ("1_000", "signs between its digits"),
        ("1'000", "signs between its digits"),
    ],
)
def test_what_is_no_number_is_told(cell: object, rule: str) -> None:
    said = number(cell, least=0.0)
    assert isinstance(said, Wrong) and rule in said.rule


@pytest.mark.parametrize("cell", [7, 7.0, np.int32(7), np.float32(7), Decimal(7), "7", "7.0"])
def test_a_number_of_any_kind_is_read(cell: object) -> None:
    assert number(cell) == 7


def test_limits_choose_the_reading() -> None:
    # No latitude is 55,676: the point begins decimals.
    assert number("55.676", least=-90, most=90) == pytest.approx(55.676)
    said = number("55.676", least=0)
    assert isinstance(said, Wrong) and "55.676 or 55676" in said.rule


def test_infinity_means_no_way_only_where_there_may_be_none() -> None:
    column = Column(table="t", name="c", cells=(np.inf, "no way", "No  Way"), rows=(0, 1, 2))
    found: list[cap.Finding] = []
    assert numbers(found, column, no_way=True) == [np.inf] * 3
    assert not found
    assert len([f for _ in numbers(found, column) for f in found[:1]]) == 3


def test_flags_say_yes_or_no_in_every_kind() -> None:
    found: list[cap.Finding] = []
    cells = ("yes", "Nej", True, np.bool_(False), 1, 0.0, "FALSE", "", "maybe", 2)
    said = flags(found, Column(table="t", name="c", cells=cells, rows=tuple(range(10))), empty=False)
    assert said[:8] == [True, False, True, False, True, False, False, False]
    assert [f.row for f in found] == [8, 9]


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize(("one", "other"), [("43.517", "3.100"), ("43,517", "3,100")])
def test_thousands_marks_are_refused_with_both_readings(separator: str, one: str, other: str, tmp_path: Path) -> None:
    table = people("812", one, other, separator=separator)
    said = faults(tmp_path, municipalities__csv=table, **WITHOUT_MAP)
    assert len(said) == 2
    assert "row 3, people (B): the number can be read one way only (43.517 or 43517?)" in said[0]
    assert "Write 43517" in said[0]


def test_thousands_marks_are_refused_in_a_file_of_commas_too(tmp_path: Path) -> None:
    (said, other) = faults(tmp_path, municipalities__csv=people("812", "43.517", "3.100"), **WITHOUT_MAP)
    assert "43.517 or 43517" in said and "3.1 or 3100" in other
    quoted = faults(tmp_path, municipalities__csv=people("812", '"43,517"', "3100"), **WITHOUT_MAP)
    assert len(quoted) == 1 and "43.517 or 43517" in quoted[0]


@pytest.mark.parametrize(
    ("cells", "separator", "values"),
    [
        (("812,5", "43.517", "3.100"), ";", (812.5, 43517, 3100)),
        (("1.234.567", "43.517", "812"), ";", (1234567, 43517, 812)),
        (("0.5", "43.517", "3.100"), "\t", (0.5, 43.517, 3.1)),
        (("1000", "43.517", "3.1"), ",", (1000, 43.517, 3.1)),
        (("2 000", "43 517", "3\u00a0100"), ",", (2000, 43517, 3100)),
        (("0.250", "0.517", "0.233"), ";", (0.25, 0.517, 0.233)),
    ],
)
def test_a_column_that_shows_its_decimal_mark_is_read(
    cells: tuple[str, ...], separator: str, values: tuple[float, ...], tmp_path: Path
) -> None:
    case = map_case(tmp_path, municipalities__csv=people(*cells, separator=separator), **WITHOUT_MAP)
    assert read_case(case).network.point_columns["people"] == pytest.approx(values)


def test_a_matrix_is_one_table_to_its_decimal_mark(tmp_path: Path) -> None:
    rows = "code;x;y\nA;2,125;70\nB;30;40,5\nC;75;3\n"
    problem = read_case(
        map_case(tmp_path / "told", minutes__csv=rows, municipalities__csv=people("1", "2", "3"), **WITHOUT_MAP)
    )
    assert problem.minutes.tolist() == [[2.125, 70], [30, 40.5], [75, 3]]
    (said,) = faults(
        tmp_path / "not",
        minutes__csv=rows.replace("40,5", "40"),
        municipalities__csv=people("1", "2", "3"),
        **WITHOUT_MAP,
    )
    assert "2.125 or 2125" in said


@pytest.mark.parametrize("cell", ["1_000", "1 2", "12'500", "1 0000", "4 %", "10 people", "1.2.3"])
def test_signs_inside_a_number_are_refused(cell: str, tmp_path: Path) -> None:
    (said,) = faults(tmp_path, municipalities__csv=people("812", cell, "3100"), **WITHOUT_MAP)
    assert "row 3, people (B): the cell is a number" in said


@pytest.mark.parametrize("beds", ["2.5", "-3", "inf", "many", "1e9"])
@pytest.mark.parametrize("column", ["smallest", "largest", "existing_beds"])
def test_half_negative_and_infinite_beds_are_refused_in_files_and_frames(
    beds: str, column: str, tmp_path: Path
) -> None:
    sites = f"site_id,name,municipality_code,{column}\nx,Unit x,A,{beds}\ny,Unit y,C,\n"
    (said,) = faults(tmp_path, municipalities__csv=people("1", "2", "3"), sites__csv=sites)
    assert f"row 2, {column} (x)" in said
    frame = pd.DataFrame({"site_id": ["x", "y"], "point_id": ["A", "C"], column: [beds, None]})
    with pytest.raises(cap.DataError, match=column):
        cap.Network.from_tables(pd.DataFrame({"point_id": ["A", "B", "C"]}), frame)


# --- settings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("day_rate_dkk = 4_800", "day_rate_dkk = 4.800", "4.8 or 4800"),
        ("bed_dkk_per_year = 350_000", "bed_dkk_per_year = 350.000", "350 or 350000"),
        ("volume = 8 ", "volume = 8.000 ", "8 or 8000"),
    ],
)
def test_a_setting_that_can_be_read_two_ways_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    edit_text(case / "case.toml", old, new)
    told = [str(f) for f in check_case(case)]
    assert any(said in one and "case.toml row" in one for one in told), told


def test_a_setting_with_three_decimals_that_is_like_the_built_in_one_is_read(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    edit_text(case / "case.toml", "mean_days = 180 ", "mean_days = 182.625 ")
    assert read_case(case).care.mean_days == 182.625


def test_a_scenario_that_can_be_read_two_ways_is_refused(tmp_path: Path) -> None:
    scenarios = "[dear]\nfinance.day_rate_dkk = 4.800\n[more]\nwomen_per_year = 1.200\n"
    said = faults(tmp_path, scenarios__toml=scenarios)
    assert any("dear.finance.day_rate_dkk" in one or "4.8 or 4800" in one for one in said)
    assert any("1.2 or 1200" in one for one in said)


def test_settings_outside_their_range_or_a_tenfold_away_are_told(tmp_path: Path) -> None:
    ranged = CASE + '[stay]\nmean_days = 1800\n[finance]\nday_rate_dkk = 480\n[ranges]\n"stay.mean_days" = [120, 240]\n'
    notices = read_case(map_case(tmp_path, case__toml=ranged)).notices
    assert any("stay.mean_days = 1800 lies outside its own range" in n for n in notices)
    assert any("finance.day_rate_dkk = 480 is a tenfold" in n for n in notices)


# --- DataFrames ------------------------------------------------------------------------------

POINTS = pd.DataFrame({"point_id": ["A", "B", "C"], "region": ["N", "N", "S"], "people": [1000, 2000, 3000]})
SITES = pd.DataFrame({"site_id": ["x", "y"], "point_id": ["A", "C"]})
MINUTES = pd.DataFrame({"point_id": ["A", "B", "C"], "x": [2, 30, 75], "y": [70, 40, 3]})


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1_000", "2", "3"], r"row 0, x \(A\): the cell is a number"),
        (["43.517", "812", "3"], "43.517 or 43517"),
        (["1 2", "2", "3"], "number"),
        (pd.to_timedelta([2, 30, 75], unit="min"), "length of time"),
        ([2, None, 3], r"row 1, x \(B\): the cell is empty"),
        (pd.array([2, None, 3], dtype="Int64"), "empty"),
        ([2, -30, 3], r"row 1, x \(B\): the number is not negative"),
        ([True, False, True], "true or false"),
    ],
)
def test_minutes_of_a_frame_are_numbers(cells: Any, said: str) -> None:
    with pytest.raises(cap.DataError, match=said):
        cap.TravelMatrix.from_table(MINUTES.assign(x=cells))


def test_numbers_as_text_in_a_frame_are_read_where_they_have_one_reading() -> None:
    text = MINUTES.assign(x=["2,5", "30", "no way"])
    assert cap.TravelMatrix.from_table(text).values[:, 0].tolist() == [2.5, 30, np.inf]
    women = pd.DataFrame({"point_id": ["A", "B"], "women": ["1.234,5", "43.517"]})
    assert cap.Scenarios.from_table(women).women.tolist() == [[1234.5, 43517]]


@pytest.mark.parametrize(
    ("column", "cells", "said"),
    [
        ("women", ["5", "1_000"], "women"),
        ("women", [5, pd.NA], "empty"),
        ("women", [5, -1], "negative"),
        ("women", [5, np.inf], "finite"),
        ("probability", ["x", "x"], "number"),
        ("probability", [1, 2], "at most 1"),
        ("must_hold", ["yes", "perhaps"], "yes or no"),
        ("must_hold", [2, 2], "yes or no"),
        ("must_hold", ["yes", "no"], "one value in all rows"),
        ("point_id", ["A", None], "empty"),
        ("point_id", ["A", "A"], "stands once"),
        ("must-hold", [1, 1], "Did you mean 'must_hold'"),
    ],
)
def test_a_frame_of_scenarios_is_checked_cell_by_cell(column: str, cells: list[Any], said: str) -> None:
    table = pd.DataFrame({"point_id": ["A", "B"], "women": [5.0, 5.0]}).assign(**{column: cells})
    with pytest.raises(cap.DataError, match=said):
        cap.Scenarios.from_table(table)


def test_no_is_no_in_a_frame() -> None:
    table = pd.DataFrame(
        {
            "scenario": ["a", "a", "b", "b"],
            "point_id": ["A", "B"] * 2,
            "women": [5, 5, 50, 50.0],
            "must_hold": ["yes", "yes", "no", "no"],
        }
    )
    assert cap.Scenarios.from_table(table).must_hold.tolist() == [True, False]  # type: ignore[union-attr]
    with pytest.raises(cap.DataError, match="yes or no"):
        cap.Scenarios(ids=("a",), point_ids=("A",), women=[[1.0]], must_hold=["so"])  # type: ignore[arg-type]


def test_arrays_of_objects_are_checked_too() -> None:
    with pytest.raises(cap.DataError, match="signs between its digits"):
        cap.TravelMatrix(origin_ids=("A",), destination_ids=("x",), values=[["1_000"]])  # type: ignore[arg-type]
    with pytest.raises(cap.DataError, match="one length"):
        cap.TravelMatrix(origin_ids=("A", "B"), destination_ids=("x", "y"), values=[[1, 2], [3]])  # type: ignore[arg-type]
    with pytest.raises(cap.DataError, match="weight"):
        cap.Scenarios.from_total(["A", "B"], ["1_000", "2"], 30)  # type: ignore[list-item]
    with pytest.raises(cap.DataError, match="above zero"):
        cap.Scenarios.from_total(["A"], [1], "many")  # type: ignore[arg-type]
    with pytest.raises(cap.DataError, match="whole number of beds"):
        cap.Network(
            point_ids=("A",),
            point_names=("A",),
            point_regions=("r",),
            site_ids=("x",),
            site_names=("x",),
            site_regions=("r",),
            site_smallest=[1.5],  # type: ignore[arg-type]
        )


@pytest.mark.parametrize("given", ["points", None, 7, [1, 2], {"point_id": ["A"]}])
def test_what_is_no_frame_is_refused(given: Any) -> None:
    for call in (
        lambda: cap.Network.from_tables(given, SITES),
        lambda: cap.Network.from_tables(POINTS, given),
        lambda: cap.Scenarios.from_table(given),
        lambda: cap.TravelMatrix.from_table(given),
    ):
        with pytest.raises(cap.DataError, match="DataFrame"):
            call()


def test_a_column_twice_in_a_frame_is_refused() -> None:
    twice = pd.concat([SITES, SITES[["point_id"]]], axis=1)
    with pytest.raises(cap.DataError, match="each column stands once"):
        cap.Network.from_tables(POINTS, twice)


def test_nullable_columns_are_read() -> None:
    sites = SITES.assign(smallest=pd.array([6, None], dtype="Int64"), kind=pd.array(["h", None], dtype="string"))
    network = cap.Network.from_tables(POINTS, sites)
    assert (network.site_smallest.tolist(), network.site_kinds) == ([6, 0], ("h", ""))  # type: ignore[union-attr]


def test_the_remedy_of_a_number_with_two_readings_keeps_its_size() -> None:
    points = pd.DataFrame({"point_id": ["A"], "region": ["N"]})
    sites = pd.DataFrame({"site_id": ["x"], "region": ["N"], "smallest": ["1.000"]})
    with pytest.raises(cap.DataError, match=r"Write 1000, or 1\.0 if the mark begins the decimals"):
        cap.Network.from_tables(points, sites)
