"""Labels: never two regions of one printed name, and ids that a spreadsheet spoilt told in one line."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import capacity as cap
from capacity.arrays import LONGEST_LABEL, alike, alphabets, clean, meant_column, unseen
from capacity.errors import Finding
from capacity.read import check_case, read_case
from tests.cases import Rows, copy_of_denmark, edit_rows
from tests.small_map import CASE, faults, map_case

NFD = unicodedata.normalize("NFD", "Sjælland Å")


def regions(one: str, other: str) -> str:
    return f"code,name,land,people\nA,Alby,{one},1000\nB,Broby,{other},2000\nC,Colding,{one},3000\n"


PLAIN = {"sites__csv": "site_id,name,municipality_code\nx,Unit x,A\ny,Unit y,C\n"}


@pytest.mark.parametrize(
    "other",
    [
        NFD,
        "Sjælland\u00a0Å",
        "Sjælland  Å",
        " Sjælland Å ",
        "Sjælland\u2009Å",
        "Sjælland\u3000Å",
        '"Sjælland\nÅ"',
        "Sj\u00e6lland \u212b",
    ],
)
def test_one_region_in_two_spellings_is_one_and_that_is_said(other: str, tmp_path: Path) -> None:
    problem = read_case(map_case(tmp_path, municipalities__csv=regions("Sjælland Å", other), **PLAIN))
    assert problem.network.regions == ("Sjælland Å",)
    if other.strip() != other or unicodedata.normalize("NFC", other) != "Sjælland Å":
        assert other.strip() == "Sjælland Å" or any("as they are printed" in n for n in problem.notices)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("Sjæl\u200bland Å", "U+200B"),
        ("Sjælland\u200d Å", "U+200D"),
        ("\ufeffSjælland Å", "U+FEFF"),
        ("Sjæl\u00adland Å", "U+00AD"),
        ("\u202eÅ dnalleæjS", "U+202E"),
        ("Sjælland\u0007 Å", "U+0007"),
        ("Sjælland \x1b[31mÅ", "U+001B"),
        ("Sj\ufffdlland", "U+FFFD"),
        ("SJÆLLAND Å", "look alike"),
        ("Sjælland \u0391", ""),
        ("Sj\u00e6ll\u0430nd Å", "look alike"),
        ("Sj\u00e6ll\u0430nd Å", "letters of Latin and Cyrillic"),
        ("Sjælland \u0410\u030a", "look alike"),
        ("Sj\u04d5lland Å", "look alike"),
        ("Sjælla\u057fd", "letters of Latin and Armenian"),
    ],
)
def test_regions_that_cannot_be_told_apart_are_refused(other: str, said: str, tmp_path: Path) -> None:
    told = faults(tmp_path, municipalities__csv=regions("Sjælland Å", other), **PLAIN)
    if said:
        assert any(said in one for one in told), told
        assert all(one.isprintable() for one in told)


def test_a_region_has_one_name_and_a_name_one_region(tmp_path: Path) -> None:
    coded = CASE.replace('"land"', '"land_code"')
    table = "code,name,land_code,land,people\nA,Alby,1,North,1000\nB,Broby,{},{},2000\nC,Colding,2,South,3000\n"
    (said,) = faults(tmp_path, case__toml=coded, municipalities__csv=table.format(1, "Nord"), **PLAIN)
    assert "a region has one name (1 has 2)" in said and "North, Nord" in said
    (said,) = faults(
        tmp_path, case__toml=coded, municipalities__csv=table.format(2, "South").replace("South", "north"), **PLAIN
    )
    assert "no two regions have one name" in said


def test_two_ids_that_look_alike_are_refused(tmp_path: Path) -> None:
    table = "code,name,land,people\nA,Alby,N,1000\n\u0410,Broby,N,2000\nC,Colding,S,3000\n"
    assert any("look alike" in one and "\\u0410" in one for one in faults(tmp_path, municipalities__csv=table, **PLAIN))
    assert alike(["a", "A"]) == [] and alike(["a", "A"], case=True) == [("a", "A")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A", "\u0410"),
        ("Å", "\u0410\u030a"),
        ("Øst", "O\u0338st"),
        ("Nord-Vest", "Nord\u2013Vest"),
        ("Nord-Vest", "Nord\u2212Vest"),
        ("Peter's", "Peter\u2019s"),
        ("c", "\u03f2"),
        ("i", "\u0131"),
        ("ABC", "\u0410\u0412\u0421"),
        ("o", "\u0585"),
    ],
)
def test_labels_that_are_printed_alike_are_a_pair(one: str, other: str) -> None:
    assert alike([one, other]) == [(one, other)] and alike([one, other, one]) == [(one, other)]
    frame = pd.DataFrame({"point_id": ["p", "q"], "region": [one, other]})
    with pytest.raises(cap.DataError, match="look alike"):
        cap.Network.from_tables(frame, pd.DataFrame({"site_id": ["x"], "point_id": ["p"]}))


def test_a_word_is_of_one_alphabet_and_a_label_may_be_of_several() -> None:
    assert alphabets("\u0410lpha") == ("Cyrillic", "Latin")
    assert alphabets("Sj\u00e6lland \u00c5") == alphabets("\u03b1-unit \u041c\u043e\u0441\u043a\u0432\u0430") == ()


def test_names_of_thousands_of_characters_are_refused_and_not_repeated(tmp_path: Path) -> None:
    for column in ("A", "Alby", "N"):
        table = regions("N", "N").replace(column, column + "x" * 5_000, 1)
        said = faults(tmp_path, municipalities__csv=table, **PLAIN)
        if column != "Alby":
            assert said
        assert all(len(one) < 2_100 for one in said)
    with pytest.raises(cap.DataError, match=f"at most {LONGEST_LABEL}"):
        cap.Network.from_tables(pd.DataFrame({"point_id": ["A" * 400]}), pd.DataFrame({"site_id": ["x"]}))


def test_what_cannot_be_seen_is_shown_as_its_code() -> None:
    said = str(Finding(table="t\x1b[2J", column="c\u202e", value="v\x07", rule="r", remedy="m"))
    assert said.isprintable() and "\\x1b" in said and "\\u202e" in said
    assert unseen("plain æøå") == () and unseen("a\u200bb") == ("U+200B",)
    assert clean("a\u00a0\u2003 b") == "a b"


# --- what a spreadsheet does to ids ------------------------------------------------------------


def spoil(how: Any) -> Any:
    def change(rows: Rows) -> None:
        at = rows[0].index("municipality_code") if "municipality_code" in rows[0] else 0
        for row in rows[1:]:
            row[at] = how(row[at]) if row[at] else ""

    return change


@pytest.mark.parametrize(
    ("how", "what"),
    [
        (lambda c: f"{int(c)}.0", "decimal"),
        (lambda c: f"{int(c)},0", "decimal"),
        (lambda c: f"{int(c):.2E}", "power"),
        (lambda c: str(int(c)), "leading zero"),
    ],
)
@pytest.mark.parametrize("file", ["sites.csv", "drive_minutes.csv"])
def test_spoilt_codes_are_one_fault_with_the_one_repair(how: Any, what: str, file: str, tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    edit_rows(case / file, spoil(how))
    found = check_case(case)
    assert len(found) == 1, [str(f) for f in found]
    assert found[0].table == file and found[0].row == 2
    assert what in found[0].remedy and "set the column to text" in found[0].remedy
    assert "Did you mean '0" in found[0].remedy


@pytest.mark.parametrize("how", [lambda c: f"{int(c)}.0", lambda c: f"{int(c):.2E}"])
def test_spoilt_codes_of_the_demand_points_themselves(how: Any, tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    edit_rows(case / "municipalities.csv", spoil(how))
    found = [f for f in check_case(case) if f.table == "municipalities.csv"]
    assert any("made numbers of 98 ids" in f.rule for f in found)
    assert len(check_case(case)) < 12


def test_codes_that_became_dates_are_told_as_such(tmp_path: Path) -> None:
    table = "code,name,land,people\n1-2,Alby,N,1000\n3-4,Broby,N,2000\n5-6,Colding,S,3000\n"
    sites = "site_id,name,municipality_code\nx,Unit x,01-Feb\ny,Unit y,05-jun\n"
    minutes = "code,x,y\n2026-02-01,2,70\n2026-04-03,30,40\n2026-06-05,75,3\n"
    said = faults(tmp_path, municipalities__csv=table, sites__csv=sites, minutes__csv=minutes)
    dated = [one for one in said if "date" in one]
    assert len(dated) == 2 and "so 2 ids" in dated[0] and "so 3 ids" in dated[1]


# --- columns -----------------------------------------------------------------------------------


def test_a_column_written_otherwise_is_meant() -> None:
    known = ("lon", "lat", "smallest", "largest", "existing_beds", "must_hold")
    assert meant_column("Largest", known, ["Largest"]) == "largest"
    assert meant_column("must-hold", known, ["must-hold"]) == "must_hold"
    assert meant_column("Existing Beds", known, []) == "existing_beds"
    assert meant_column("smalest", known, []) == "smallest"
    assert meant_column("longitude", known, []) == "lon"
    assert meant_column("largest", known, ["largest"]) is None
    assert meant_column("largets", known, []) == "largest"
    assert meant_column("latency", known, []) is None and meant_column("late", known, []) is None
    assert meant_column("Largest", known, ["largest", "Largest"]) is None


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"sites__csv": "site_id,name,municipality_code,Largest\nx,X,A,5\ny,Y,C,5\n"}, "largest"),
        ({"sites__csv": "site_id,name,municipality_code,smalest\nx,X,A,5\ny,Y,C,5\n"}, "smallest"),
        ({"sites__csv": "site_id,name,municipality_code,existing beds\nx,X,A,5\ny,Y,C,5\n"}, "existing_beds"),
        ({"sites__csv": "site_id,name,municipality-code,land\nx,X,A,N\ny,Y,C,S\n"}, "municipality_code"),
        ({"sites__csv": "site_id,name,municipality_code,Lon,Lat\nx,X,A,10,56\ny,Y,C,10.9,55.6\n"}, "lon"),
        ({"municipalities__csv": "code,Name,land,people\nA,A,N,1\nB,B,N,2\nC,C,S,3\n"}, "name"),
        (
            {
                "municipalities__csv": "code,name,land,people,longitude,latitude\nA,A,N,1,10,56\nB,B,N,2,10,56\nC,C,S,3,10,56\n"
            },
            "lon",
        ),
        ({"scenarios__csv": "id,women_per_year,must-hold\na,30,yes\n"}, "must_hold"),
        ({"scenarios__csv": "id,women_per_year,Probability\na,30,1\n"}, "probability"),
        ({"municipalities__csv": "Code,name,land,people\nA,A,N,1\nB,B,N,2\nC,C,S,3\n"}, "Code"),
    ],
)
def test_a_misspelt_column_is_told_with_the_one_that_was_meant(
    files: dict[str, str], said: str, tmp_path: Path
) -> None:
    told = faults(tmp_path, **files)
    assert any("Did you mean" in one and said in one for one in told), told


@pytest.mark.parametrize("column", ["Largest", "existing-beds", "SMALLEST", "Kind"])
def test_a_misspelt_column_of_a_frame_is_told(column: str) -> None:
    sites = pd.DataFrame({"site_id": ["x"], column: [5]})
    with pytest.raises(cap.DataError, match="Did you mean"):
        cap.Network.from_tables(pd.DataFrame({"point_id": ["A"]}), sites)


# --- ids and regions of DataFrames --------------------------------------------------------------

POINTS = pd.DataFrame({"point_id": ["A", "B", "C"], "region": ["N", "N", "S"]})
SITES = pd.DataFrame({"site_id": ["x", "y"], "point_id": ["A", "C"]})


@pytest.mark.parametrize(
    ("points", "sites", "said"),
    [
        ({"point_id": ["A", np.nan, "C"]}, {}, "row 1, point_id: no id is empty"),
        ({"point_id": pd.array(["A", None, "C"], dtype="string")}, {}, "row 1, point_id: no id is empty"),
        ({"point_id": [851.0, 852.0, 853.0]}, {"point_id": None}, "an id is text"),
        ({"region": ["N", np.nan, "S"]}, {}, "every demand point has a region"),
        ({"region": ["N", "n", "S"]}, {}, "look alike"),
        ({"region": ["N", "N\u200b", "S"]}, {}, "can be seen"),
        ({}, {"site_id": ["x", None]}, "row 1, site_id: no id is empty"),
        ({}, {"site_id": ["x", "x "]}, "stands once"),
        ({}, {"point_id": ["A", "Q"]}, "one of the demand points"),
        ({}, {"region": ["N", "N"]}, "that of the demand point it lies in"),
        ({}, {"point_id": None, "region": ["N", "Q"]}, "the region is one of the demand points'"),
    ],
)
def test_ids_and_regions_of_frames_get_the_checks_of_files(
    points: dict[str, Any], sites: dict[str, Any], said: str
) -> None:
    with pytest.raises(cap.DataError) as caught:
        cap.Network.from_tables(POINTS.assign(**points), SITES.assign(**sites))
    assert said in str(caught.value)


def test_an_empty_region_of_another_column_is_told() -> None:
    network = cap.Network.from_tables(POINTS.assign(council=["a", None, "b"]), SITES)
    with pytest.raises(cap.DataError, match="every demand point has a region"):
        network.with_regions("council")


@pytest.mark.parametrize(("mine", "said"), [("101", "0101"), ("101.0", "0101"), ("1.01E+02", "0101")])
def test_spoilt_ids_of_frames_are_one_fault_too(mine: str, said: str) -> None:
    points = pd.DataFrame({"point_id": ["0101", "0102"], "region": "N"})
    with pytest.raises(cap.DataError, match=f"Did you mean '{said}'"):
        cap.Network.from_tables(points, pd.DataFrame({"site_id": ["x"], "point_id": [mine]}))
    network = cap.Network.from_tables(points, pd.DataFrame({"site_id": ["x"], "point_id": ["0101"]}))
    other = mine.replace("101", "102").replace("1.01", "1.02")
    travel = cap.TravelMatrix(origin_ids=(mine, other), destination_ids=("x",), values=np.array([[1.0], [2]]))
    with pytest.raises(cap.DataError) as caught:
        cap.Problem(network=network, travel=travel, scenarios=cap.Scenarios.from_total(["0101", "0102"], [1, 2], 30))
    told = [str(f) for f in caught.value.findings]
    assert len(told) == 1 and "dtype=str" in told[0] and "2 are not" in told[0]


def test_a_formula_that_keeps_a_code_is_the_code(tmp_path: Path) -> None:
    table = 'code,name,land,people\n="0101",Alby,N,1000\n="0102",Broby,N,2000\n="0203",Colding,S,3000\n'
    sites = "site_id,name,municipality_code\nx,Unit x,0101\ny,Unit y,0203\n"
    case = map_case(
        tmp_path,
        municipalities__csv=table,
        sites__csv=sites,
        minutes__csv="code,x,y\n0101,2,70\n0102,30,40\n0203,75,3\n",
    )
    assert read_case(case).network.point_ids == ("0101", "0102", "0203")


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, pd.NaT, np.float32("nan"), " "])
def test_an_id_that_says_nothing_is_empty_in_every_constructor(nothing: Any) -> None:
    with pytest.raises(cap.DataError, match="no id is empty"):
        cap.TravelMatrix(origin_ids=("A", nothing), destination_ids=("x",), values=np.array([[1.0], [2]]))
    with pytest.raises(cap.DataError, match="no id is empty"):
        cap.Scenarios.from_total(["A", nothing], [1, 2], 30)
    with pytest.raises(cap.DataError, match="every demand point has a region"):
        cap.Network(
            point_ids=("A",),
            point_names=("A",),
            point_regions=(nothing,),
            site_ids=("x",),
            site_names=("x",),
            site_regions=("r",),
        )
