"""Inputs as planners' programs leave them: what each becomes. Their kinds, at random, are in the campaign of inputs."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError
from capacity.cli.main import run
from capacity.preparing.adding import add_site
from capacity.preparing.addresses import locate
from capacity.preparing.joining import points_of, read_column
from capacity.preparing.speeds_of_roads import read_speeds
from capacity.read import check_case, read_case
from capacity.reading.cells_of_sheets import of_two_readings
from capacity.report.table.state import FORMAT
from capacity.report.table.state import read_table as read_state
from capacity.studies.roll_out import read_years, roll_out
from tests.mutated_further import FURTHER, IN_BOOKS, REFUSED, SAME, book, bytes_of, cell_of, files, toml
from tests.mutated_inputs import Files


def folder_of(folder: Path, given: Files | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in (files() if given is None else given).items():
        (folder / name).write_bytes(content)
    return folder


def faults_of(folder: Path, given: Files) -> str:
    return "\n".join(map(str, check_case(folder_of(folder, given))))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fuller case; nobody writes there."""
    return folder_of(tmp_path_factory.mktemp("further") / "case")


def test_the_fuller_case_is_right_in_files_and_in_a_workbook(case: Path, tmp_path: Path) -> None:
    one = read_case(case)
    assert len(one.network.point_ids) == 10 and one.payments and one.outpatient.on
    (tmp_path / "case.xlsx").write_bytes(bytes_of(book()))
    other = read_case(tmp_path / "case.xlsx")
    assert other.women.tolist() == one.women.tolist() and other.minutes.tolist() == one.minutes.tolist()


# --- TOML that is named for one run --------------------------------------------------------------------

YEARS = {
    "a mark at its start": ("\ufeff[2027]\n".encode(), ""),
    "UTF-16": ("[2027]\n".encode("utf-16"), ""),
    "Windows-1252": ("[2027]  # år\n".encode("cp1252"), ""),
    "half a year": (b"[2027.5]\n", r"row 1, 2027\.5: nothing is read of a section"),
    "a year of two digits": (b"[27]\n", "each table of the file is a year"),
    "a setting twice": (
        b'[2027]\n"demand.women_per_year" = 3\ndemand.women_per_year = 4\n',
        "each setting stands once",
    ),
    "thousands": (b"[2027.finance]\nday_rate_dkk = 4.800\n", r"row 2.*4\.8 or 4800"),
    "thousands of a budget": (b"[2027]\nbudget = 60.000\n", r"60 or 60000"),
    "an endless number": (b"[2027]\nbudget = 1" + b"0" * 5_000, "years stand in a TOML file"),
    "nested without an end": (b"[2027]\na = " + b"[" * 3_000, "years stand in a TOML file"),
    "a workbook": (b"PK\x03\x04", "years stand in a TOML file"),
}


@pytest.mark.parametrize("what", YEARS)
def test_a_file_of_years_is_read_as_case_toml_is(what: str, tmp_path: Path) -> None:
    content, told = YEARS[what]
    file = tmp_path / "years.toml"
    file.write_bytes(content)
    if not told:
        assert read_years(file)[0] == {2027: {}}
        return
    with pytest.raises(DataError, match=told):
        read_years(file)


def test_a_number_of_years_without_an_end_is_told_with_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "years.toml"
    file.write_text('[2027]\nbudget = inf\n"demand.women_per_year" = nan\n', encoding="utf-8")
    assert run(["roll-out", "--years", str(file), "--budget", "60000000"]) == 2
    told = capsys.readouterr().err
    assert "years.toml row 2, 2027.budget: DKK a year, a number not below 0 (got 'inf')" in told
    assert "years.toml row 3, 2027.demand.women_per_year: women a year is a finite number" in told


def test_a_budget_in_millions_is_told() -> None:
    problem = cap.denmark({"rules.units": [1, 2]})
    with pytest.raises(DataError, match="Is it in millions"):
        roll_out(problem, {2027: {}}, 60)


@pytest.mark.parametrize("text", ["few = 1" + "0" * 5_000, "few = " + "[" * 3_000, "few = 1.000"])
def test_beliefs_and_speeds_of_ones_own_end_in_a_fault(text: str, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"own\.toml"):
        cap.adapt(cap.denmark(), file, 2)
    with pytest.raises(DataError, match=r"own\.toml"):
        read_speeds(file)


@pytest.mark.parametrize("value", ["1" + "0" * 5_000, "[" * 3_000])
def test_a_setting_of_the_command_line_ends_in_a_usage_error(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "--set", f"stay.mean_days={value}"]) == 2
    assert "the value is TOML" in " ".join(capsys.readouterr().err.split())


# --- tables --------------------------------------------------------------------------------------------

TABLES: dict[str, tuple[str, Any, str]] = {
    "another name for where a site lies": (
        "sites.csv",
        lambda t: t.replace("municipality_code", "kommunekode"),
        r"kommunekode: nothing is read.*Did you mean 'municipality_code'",
    ),
    "a turned table": (
        "minutes.csv",
        lambda t: "\n".join(map(",".join, zip(*csv.reader(t.splitlines()), strict=True))) + "\n",
        "the other way round",
    ),
    "people in a column of places, all with a mark": (
        "municipalities.csv",
        lambda t: (
            t.replace(",1000,", ",1.000,")
            .replace(",2000,", ",2.000,")
            .replace(",3000,", ",3.000,")
            .replace(",1500,", ",1.500,")
        ),
        r"1 or 1000",
    ),
    "a date in the table of places": (
        "municipalities.csv",
        lambda t: t.replace("0101", "2026-01-01"),
        r"municipalities\.csv row 2, code: ids are text.*dates of 1 ids",
    ),
}


@pytest.mark.parametrize("what", TABLES)
def test_a_table_is_refused_for_what_it_is(what: str, tmp_path: Path) -> None:
    name, change, told = TABLES[what]
    given = files()
    given[name] = change(given[name].decode()).encode()
    assert re.search(told, faults_of(tmp_path / "c", given))


def test_ids_that_are_called_like_dates_are_none_where_all_are(tmp_path: Path) -> None:
    given = {n: t.replace(b"0101", b"OCT-11").replace(b"0102", b"OCT-12") for n, t in files().items()}
    given = {n: t.replace(b"0203", b"OCT-13").replace(b"0204", b"OCT-14") for n, t in given.items()}
    assert faults_of(tmp_path / "c", given) == ""


def test_coordinates_under_a_maps_own_names_are_told(tmp_path: Path) -> None:
    given = files()
    given["municipalities.csv"] = given["municipalities.csv"].replace(b"lon,lat", b"X,Y")
    told = read_case(folder_of(tmp_path / "c", given)).notices
    assert any("X and Y of municipalities.csv" in notice for notice in told)


def test_places_far_from_the_case_s_own_minutes_are_told(tmp_path: Path) -> None:
    given = files()
    given["places.csv"] = given["places.csv"].replace(b"31,52,61", b"31,99,61")
    told = read_case(folder_of(tmp_path / "c", given)).notices
    assert any("0102 to y takes 99 minutes on average over its places, and 52" in notice for notice in told)


def test_costs_of_pathways_a_tenfold_apart_are_told(tmp_path: Path) -> None:
    given = files()
    toml(given, "none = 2_000_000", "none = 2_000")
    told = read_case(folder_of(tmp_path / "c", given)).notices
    assert any("pathways.outpatient" in notice and "tenfold" in notice for notice in told)
    assert not any("tenfold or more of pathways" in n for n in read_case(folder_of(tmp_path / "d")).notices)


def test_an_influence_goes_on_where_no_engine_answers_a_try(case: Path) -> None:
    found = cap.influence(read_case(case))
    (nearest,) = [s for s in found.settings if s.key == "rules.nearest"]
    assert [t.status for t in nearest.tries if t.value is False] == ["unknown"]


# --- workbooks -----------------------------------------------------------------------------------------


def test_the_reason_stands_with_the_cell_of_the_sheet(tmp_path: Path) -> None:
    made = book()
    made["sites"]["G3"] = "=1+1"
    made["municipalities"].merge_cells("C2:C3")
    made["municipalities"]["D4"] = "3.000"
    made["scenarios"]["G2"] = "#N/A"
    (tmp_path / "case.xlsx").write_bytes(bytes_of(made))
    told = {(f.table, f.row, f.value, f.rule.partition(":")[0]) for f in check_case(tmp_path / "case.xlsx")}
    assert ("case.xlsx#sites", 3, "G3", "a formula has its value in the workbook") in told
    assert ("case.xlsx#municipalities", 2, "C2:C3", "cells of a table are not merged") in told
    assert ("case.xlsx#municipalities", 4, "3.000", "the number can be read one way only (3 or 3000?)") in told
    assert ("case.xlsx#scenarios", 2, "#N/A", "a formula of the spreadsheet came to a value") in told
    # A sheet that is not read may hold what it likes.
    made = book()
    made["read me"]["A2"] = "=1+1"
    made["read me"].merge_cells("B1:C9")
    (tmp_path / "case.xlsx").write_bytes(bytes_of(made))
    assert check_case(tmp_path / "case.xlsx") == ()


def test_a_text_that_is_no_number_of_two_readings_stays(tmp_path: Path) -> None:
    # Where others of the column show the mark, where it is a latitude, and where it is a name.
    for column in (["n", "1.000", "2.5"], ["lat", "55.676", 56.25], ["name", "1.000", "Ølby"]):
        assert of_two_readings("t", [(cell,) for cell in column]) == []
    (fault,) = of_two_readings("t", [("n",), ("1.000",), (812.0,)])
    assert (fault.row, fault.column) == (2, "n")


def test_what_writes_tables_of_text_says_so_of_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "case.xlsx").write_bytes(bytes_of(book()))
    with pytest.raises(DataError, match="this case is a workbook"):
        add_site(tmp_path / "case.xlsx", "New", lat=56.0, lon=10.0)


def test_a_workbook_that_cannot_be_read_is_told_why(tmp_path: Path) -> None:
    def told(path: Path) -> str:
        return "\n".join(map(str, check_case(path)))

    (tmp_path / "a.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    assert "without a password" in told(tmp_path / "a.xlsx")
    (tmp_path / "a.xlsx").write_bytes(bytes_of(book()))
    (tmp_path / "~$a.xlsx").write_bytes(b"open in Excel")
    assert told(tmp_path) == ""
    (tmp_path / "b.xlsx").write_bytes(b"PK")
    assert "a.xlsx and b.xlsx lie there" in told(tmp_path) or "a.xlsx, b.xlsx lie there" in told(tmp_path)
    (tmp_path / "a.xlsx").rename(tmp_path / "a.ods")
    assert "Save it as .xlsx" in told(tmp_path / "a.ods")


def test_every_mutation_of_the_campaign_does_what_it_says(tmp_path: Path) -> None:
    """Of each kind one, so that a kind that cannot be drawn is seen here and not in a campaign of hours."""
    right = read_case(folder_of(tmp_path / "right"))
    for number, (name, change) in enumerate(FURTHER.items()):
        given = files()
        expected = change(given, np.random.default_rng(number))
        told = faults_of(tmp_path / str(number), given)
        assert (expected != REFUSED or told) and (expected != SAME or not told), (name, told)
    for number, (name, change) in enumerate(IN_BOOKS.items()):
        made = book()
        expected = change(made, np.random.default_rng(number))
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(bytes_of(made))
        told = "\n".join(map(str, check_case(path)))
        if not told:
            told = "\n".join(_of_observed(path))
        if expected == SAME:
            assert read_case(path).minutes.tolist() == right.minutes.tolist(), told
        assert expected != REFUSED or told, name
    assert cell_of(book(), np.random.default_rng(1), numbers=True).value is not None


def _of_observed(path: Path) -> list[str]:
    try:
        cap.observed_counts(path)
    except DataError as error:
        return list(map(str, error.findings))
    return []


# --- from Python ----------------------------------------------------------------------------------------


def test_nonsense_in_a_problem_and_a_prior_is_told(case: Path) -> None:
    import pandas as pd

    problem = read_case(case)
    for changed, told in (
        ({"payments": [1]}, "payments are payment models"),
        ({"ranges": {"stay.mean_days": (240, 120)}}, "a range is a pair"),
        ({"ranges": {"stay.mean_days": "x"}}, "a range is a pair"),
    ):
        with pytest.raises(DataError, match=told):
            problem.replace(**changed)
    # A row without women is not the figure that its number would be.
    prior = pd.DataFrame({"women_per_year": pd.array([20, None], dtype="Int64"), "weight": [0.5, 0.5]})
    with pytest.raises(DataError, match="each row has the id of a figure"):
        cap.adapt(problem, prior, 2)
    points = pd.DataFrame({"point_id": ["A", "B"], "region": ["N", "#REF!"]})
    with pytest.raises(DataError, match="a formula of the spreadsheet"):
        cap.Network.from_tables(points, pd.DataFrame({"site_id": ["x"], "point_id": ["A"]}))


def test_a_setting_that_stands_twice_in_a_grid_is_told(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = ["demand.women_per_year=[20]", "demand.women_per_year=[30]"]
    assert run(["grid2", *twice, str(case)]) == 2
    assert "the two settings differ" in capsys.readouterr().err
    assert run(["sweep", str(case), "--grid", twice[0], "--grid", twice[1]]) == 2
    assert "each setting stands once" in " ".join(capsys.readouterr().err.split())


# --- addresses, statistics and a table's state -----------------------------------------------------------

SITES = (
    'site_id,name,kind,municipality_code,address,lon,lat\nx,Unit Ø,hospital,0101,"Storgade 1, 9000 Ølby",,\n'
    "y,Unit y,home,0203,,10.91,55.62\nz,Unit z,home,0204,,10.76,55.51\n"
)


@pytest.mark.parametrize(("lon", "lat"), [("56.03", "10.02"), ("0", "0"), ("-70", "41")])
def test_an_address_that_lies_elsewhere_is_not_written_into_the_case(lon: str, lat: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "c", files() | {"sites.csv": SITES.encode()})
    file = tmp_path / "a.csv"
    file.write_text(f'address,lon,lat\n"Storgade 1, 9000 Ølby",{lon},{lat}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"sites\.csv row 2"):
        locate(folder, file)
    assert (folder / "sites.csv").read_text(encoding="utf-8") == SITES
    # In quotes a comma separates nothing.
    file.write_text('address;lon;lat\n"Storgade 1, 9000 Ølby";10,02;56,03\n', encoding="utf-8")
    assert locate(folder, file).placed == {"sites.csv": ("x",)}


def test_a_joined_column_with_marks_of_thousands_is_refused(case: Path, tmp_path: Path) -> None:
    file = tmp_path / "j.csv"
    for cells in ("7,8,1.200,10", "1.700,1.800,1.900,2.000"):
        rows = [f"{code},{cell}" for code, cell in zip(("0101", "0102", "0203", "0204"), cells.split(","), strict=True)]
        file.write_text("\n".join(["code,girls", *rows]) + "\n", encoding="utf-8")
        with pytest.raises(DataError, match="one way only"):
            read_column(file, points_of(case), by="code", column="girls")


def test_a_table_s_state_from_an_editor_is_read_and_a_damaged_one_told(case: Path, tmp_path: Path) -> None:
    problem = read_case(case)
    said: dict[str, Any] = {
        "format": FORMAT,
        "case": {"fingerprint": problem.fingerprint},
        "units": {"x": 12, "y": 0},
        "settings": {},
    }
    file = tmp_path / "state.json"
    text = json.dumps(said)
    for content in (text.encode("utf-8-sig"), text.encode("utf-16")):
        file.write_bytes(content)
        assert dict(zip(*(read_state(file, problem).units[c] for c in ("site_id", "beds")), strict=True))["x"] == 12
    for content in (text.replace('"x": 12', '"x": {}'), text.replace('"x": 12', '"x": 12, "x": 4')):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(DataError):
            read_state(file, problem)
