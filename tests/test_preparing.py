"""Statistics as downloaded, and columns joined: the sums by hand, every fault, and nothing else of the case changed."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import capacity as cap
from capacity import DataError
from capacity.cli.main import group
from capacity.preparing.joining import points_of, read_column, write_column
from capacity.preparing.statbank import read_statbank
from capacity.reading.case import builtin_folder

PLACE = points_of(builtin_folder())
BIRTHS = {code: 100 + 7 * k for k, code in enumerate(PLACE.ids)}
COUNTRY = sum(BIRTHS.values()) + 1  # one on Christiansø
NAMED = dict(zip(PLACE.ids, PLACE.names, strict=True))


def read(path: Path, **more: object) -> dict[str, float]:
    return dict(read_statbank(path, PLACE.ids, PLACE.names, **more).values)  # type: ignore[arg-type]


def long_form(path: Path, *, text: bool = True, code: bool = True, sign: str = ";", encoding: str = "utf-8") -> Path:
    """As StatBank's API gives it: the country and a region among the municipalities."""

    def said(number: str, name: str) -> str:
        return " ".join([number] * code + [name] * text)

    rows = [[said("000", "Hele landet"), "2024", COUNTRY], [said("084", "Region Hovedstaden"), "2024", 3_000]]
    rows += [[said(i.lstrip("0"), NAMED[i]), "2024", n] for i, n in BIRTHS.items()]
    rows += [[said("411", "Christiansø"), "2024", 1]]
    lines = [sign.join(['"OMRÅDE"', "TID", "INDHOLD"]), *(sign.join(map(str, row)) for row in rows)]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "code", "sign", "encoding"),
    [
        (True, True, ";", "utf-8"),
        (True, False, ";", "cp1252"),
        (False, True, ",", "utf-8-sig"),
        (True, True, "\t", "utf-16"),
    ],
)
def test_a_long_table_of_any_form(tmp_path: Path, text: bool, code: bool, sign: str, encoding: str) -> None:
    path = long_form(tmp_path / "births.csv", text=text, code=code, sign=sign, encoding=encoding)
    read_ = read_statbank(path, PLACE.ids, PLACE.names)
    assert read_.values == BIRTHS and len(read_.values) == 98
    assert read_.file_total == COUNTRY and read_.total == COUNTRY - 1
    assert len(read_.dropped) == 2 and list(read_.left_out.values()) == [1]
    assert any("Sum" in notice and "own total" in notice for notice in read_.notices)
    assert "Statistics Denmark" in read_.source and "births.csv" in read_.source


def test_a_wide_table_with_a_title_and_years_is_summed_over_the_years(tmp_path: Path) -> None:
    lines = ['"Levendefødte efter område og tid"', '"";"2022";"2023"', f'"Hele landet";{COUNTRY};{COUNTRY}']
    lines += [f'"{NAMED[i]}";{n};{n}' for i, n in BIRTHS.items()] + ['"Christiansø";1;1']
    lines += ['"Kilde: Danmarks Statistik"']
    path = tmp_path / "wide.csv"
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    read_ = read_statbank(path, PLACE.ids, PLACE.names)
    assert read_.values == {i: 2 * n for i, n in BIRTHS.items()}
    assert read_.summed == {"heading": ("2022", "2023")}
    assert read(path, only={"heading": "2023"}) == BIRTHS


def test_a_workbook_with_ages_and_labels_that_stand_once(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Folketal den 1. i kvartalet"])
    sheet.append([])
    sheet.append(["", "", "2026K1"])
    for label, people in (("Hele landet", sum(BIRTHS.values())), *((f"{i} {NAMED[i]}", n) for i, n in BIRTHS.items())):
        sheet.append([label, "Alder i alt", 3 * people])
        sheet.append(["", "15-19 år", people])
        sheet.append(["", "20-49 år", 2 * people])
    path = tmp_path / "FOLK1A.xlsx"
    book.save(path)
    assert read(path) == {i: 3 * n for i, n in BIRTHS.items()}
    assert read(path, only={"column 2": "15-19"}) == BIRTHS


def ages(tmp_path: Path, rows: list[str]) -> Path:
    path = tmp_path / "ages.csv"
    every = [f"{i};{row}" for i in PLACE.ids for row in rows]
    path.write_text("\n".join(["OMRÅDE;KØN;ALDER;TID;INDHOLD", *every]), encoding="utf-8")
    return path


def test_ages_and_sexes_are_chosen_or_summed_over_and_totals_not_counted_twice(tmp_path: Path) -> None:
    rows = [
        f"{sex};{age};2026;{n}"
        for sex, part in (("I alt", 3), ("Mænd", 2), ("Kvinder", 1))
        for age, n in (("14 år", part), ("15 år", 10 * part), ("49 år", 100 * part), ("Alder i alt", 111 * part))
    ]
    path = ages(tmp_path, rows)
    assert set(read(path).values()) == {333}
    assert set(read(path, only={"KØN": "Kvinder", "alder": "15-49"}).values()) == {110}
    summed = read_statbank(path, PLACE.ids, PLACE.names, only={"ALDER": "15-49"}).summed
    assert summed == {"KØN": ("Mænd", "Kvinder"), "ALDER": ("15 år", "49 år")}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["K;0-4 år;2026;5", "K;3 år;2026;1"], "counted twice"),
        (["K;1 år;2026;5", "K;1 år;2026;5"], "stands once"),
        (["K;1 år;2026;fem"], "is a number"),
        (["K;1 år;2026;.."], "is a number"),
        (["K;1 år;2026;-3"], "not negative"),
    ],
)
def test_what_cannot_be_summed_is_refused(tmp_path: Path, rows: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(ages(tmp_path, rows))


def test_a_place_that_is_missing_or_has_fewer_rows_is_named(tmp_path: Path) -> None:
    path = long_form(tmp_path / "births.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if "Samsø" not in line), encoding="utf-8")
    with pytest.raises(DataError, match="0741 Samsø"):
        read(path)
    path = ages(tmp_path, ["K;1 år;2026;5", "K;2 år;2026;5"])
    path.write_text(path.read_text(encoding="utf-8").replace("0741;K;2 år;2026;5", ""), encoding="utf-8")
    with pytest.raises(DataError, match="as many rows"):
        read(path)


def test_a_sum_that_is_not_the_files_own_is_refused(tmp_path: Path) -> None:
    path = long_form(tmp_path / "births.csv")
    path.write_text(path.read_text(encoding="utf-8").replace(f";{COUNTRY}", f";{COUNTRY + 40}"), encoding="utf-8")
    with pytest.raises(DataError, match="own total"):
        read(path)


def test_thousands_marks_are_read_by_the_whole_column_or_refused(tmp_path: Path) -> None:
    path = ages(tmp_path, ["K;1 år;2026;1.234"])
    with pytest.raises(DataError, match="one way only"):
        read(path)
    path.write_text(path.read_text(encoding="utf-8").replace("1.234", "1.234.567", 1), encoding="utf-8")
    found = read(path)
    assert found[PLACE.ids[0]] == 1_234_567 and found[PLACE.ids[1]] == 1_234


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "holds a table"), ("a;b\n1;2\n", "names the case's demand points"), ('a;b\n"x;2\n', "closes it")],
)
def test_a_file_that_is_no_such_table(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "no.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read(path)


def test_a_damaged_workbook(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "no.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(DataError, match="whole workbook"):
        read(path)


def test_two_columns_that_may_be_the_numbers_are_not_guessed_between(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    lines = [f"{i};{n};{2 * n}" for i, n in BIRTHS.items()]
    path.write_text("\n".join(["area;born;moved", *lines]), encoding="utf-8")
    with pytest.raises(DataError, match="one column holds the numbers"):
        read(path)
    with pytest.raises(DataError, match="the column is missing"):
        read(path, value="left")
    assert read(path, value="born") == BIRTHS


def test_what_is_asked_and_is_not_there(tmp_path: Path) -> None:
    path = ages(tmp_path, ["K;1 år;2026;5"])
    with pytest.raises(DataError, match="divided by that"):
        read(path, only={"HERKOMST": "x"})
    with pytest.raises(DataError, match="some of ALDER is 70-80"):
        read(path, only={"ALDER": "70-80"})


# --- into a case ---------------------------------------------------------------------------------


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    shutil.copytree(builtin_folder(), folder)
    return folder


def test_a_column_of_births_decides_where_need_is(case: Path, tmp_path: Path) -> None:
    before = (case / "municipalities.csv").read_text(encoding="utf-8").splitlines()
    file = long_form(tmp_path / "births.csv")
    done = CliRunner().invoke(group, ["data", "statbank", str(file), str(case), "--column", "births"])
    assert done.exit_code == 0, done.output
    after = (case / "municipalities.csv").read_text(encoding="utf-8").splitlines()
    assert [line.rsplit(",", 1)[0] for line in after] == before
    assert [line.rsplit(",", 1)[1] for line in after] == ["births", *map(str, BIRTHS.values())]
    assert "`births`: Statistics Denmark" in (case / "SOURCES.md").read_text(encoding="utf-8")
    problem = cap.read_case(case, {"demand.weight": "births"})
    assert problem.women.sum() == pytest.approx(90)
    share = problem.women[0] / problem.women[0].sum()
    assert share == pytest.approx([n / (COUNTRY - 1) for n in BIRTHS.values()])


@pytest.mark.parametrize("column", ["code", "name", "lon", "region_code", "region"])
def test_what_a_case_is_read_by_is_never_replaced(case: Path, column: str) -> None:
    place = points_of(case)
    before = (case / place.file).read_bytes()
    with pytest.raises(DataError, match="not taken by what the case is read by"):
        write_column(place, column, dict.fromkeys(place.ids, 1.0), "x", replace=True)
    assert (case / place.file).read_bytes() == before


def test_a_column_is_replaced_only_where_that_is_said(case: Path) -> None:
    place = points_of(case)
    with pytest.raises(DataError, match="not taken"):
        write_column(place, "pop_2025", BIRTHS, "tried")
    with pytest.raises(DataError, match="begins with a letter"):
        write_column(place, "2 births", BIRTHS, "tried")
    for source in ("first", "second"):
        write_column(place, "pop_2025", BIRTHS, source, replace=True)
    table = list(csv.DictReader((case / "municipalities.csv").read_text(encoding="utf-8").splitlines()))
    assert [float(row["pop_2025"]) for row in table] == list(BIRTHS.values())
    said = (case / "SOURCES.md").read_text(encoding="utf-8")
    assert "`pop_2025`: second" in said and "first" not in said


def test_any_table_is_joined_by_its_ids(case: Path, tmp_path: Path) -> None:
    file = tmp_path / "wards.csv"
    file.write_text("\n".join(["kode;fødte", *(f"{int(i)};{n},5" for i, n in BIRTHS.items())]), encoding="utf-8")
    given = ["data", "join", str(file), str(case), "--by", "kode", "--column", "fødte", "--as", "born", "--json"]
    done = CliRunner().invoke(group, given)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["values"]["0101"] == BIRTHS["0101"] + 0.5 and any("lost their zeros" in n for n in said["notices"])
    assert cap.read_case(case, {"demand.weight": "born"}).women.sum() == pytest.approx(90)


def test_every_fault_of_a_joined_table_is_told(tmp_path: Path) -> None:
    file = tmp_path / "wards.csv"
    rows = [f"{i},{n}" for i, n in BIRTHS.items() if i != "0741"]
    file.write_text("\n".join(["code,n", *rows, "0101,5", "9999,1", "0151,x"]), encoding="utf-8")
    with pytest.raises(DataError) as told:
        read_column(file, PLACE, by="code", column="n")
    said = str(told.value)
    assert "0741" in said and "9999" in said and "stands once" in said and "is a number" in said


def test_without_a_case_the_column_is_printed(tmp_path: Path) -> None:
    file = long_form(tmp_path / "births.csv")
    done = CliRunner().invoke(group, ["data", "statbank", str(file), "--column", "births"])
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:2] == ["code,births", f"0101,{BIRTHS['0101']}"]
    done = CliRunner().invoke(group, ["data", "statbank", str(file), "--column", "b", "--only", "nonsense"])
    assert done.exit_code == 2


# --- a table as a Danish spreadsheet writes it ---------------------------------------------------


@pytest.fixture
def danish_case(case: Path) -> Path:
    """The demand points with semicolons, decimal commas, codes kept by a formula, in Windows-1252; sep= above the sites."""
    for name, first in (("municipalities.csv", ""), ("sites.csv", "sep=;\r\n")):
        rows = list(csv.reader((case / name).read_text(encoding="utf-8").splitlines()))
        places = [k for k, column in enumerate(rows[0]) if column in ("lon", "lat", "accuracy_km")]
        for row in rows[1:]:
            for k in places:
                row[k] = row[k].replace(".", ",")
            row[0] = f'="{row[0]}"' if row[0].isdigit() else row[0]
        with (case / name).open("w", encoding="cp1252", newline="") as file:
            file.write(first)
            csv.writer(file, delimiter=";").writerows(rows)
    return case


def test_a_column_is_put_into_a_table_as_a_danish_spreadsheet_writes_it(danish_case: Path) -> None:
    before = cap.read_case(danish_case)
    place = points_of(danish_case)
    write_column(place, "births", {i: n + 0.5 for i, n in BIRTHS.items()}, "tried")
    after = cap.read_case(danish_case, {"demand.weight": "births"})
    assert after.network.point_names == before.network.point_names
    assert (after.network.point_lonlat == before.network.point_lonlat).all()
    share = after.women[0] / after.women.sum()
    assert share == pytest.approx([(n + 0.5) / (COUNTRY - 1 + 49) for n in BIRTHS.values()])
    lines = (danish_case / "municipalities.csv").read_bytes().decode().split("\r\n")
    assert lines[0].endswith(";births") and lines[1].endswith(";100,5") and "12,56553" in lines[1]


def test_a_site_is_added_to_a_table_as_a_danish_spreadsheet_writes_it(danish_case: Path) -> None:
    before = cap.read_case(danish_case)
    added = cap.add_site(danish_case, "Sønderborg Sygehus", lat=54.9128, lon=9.7956)
    after = cap.read_case(danish_case)
    at = after.network.site_ids.index(added.site_id)
    assert after.network.site_lonlat is not None and after.network.site_lonlat[at].tolist() == [9.7956, 54.9128]
    assert len(after.network.site_ids) == len(before.network.site_ids) + 1
    assert (danish_case / "sites.csv").read_bytes().startswith(b"sep=;\r\n")


def test_sources_that_cannot_be_read_are_not_written_over(case: Path) -> None:
    (case / "SOURCES.md").write_bytes(b"PK\x03\x04 a workbook")
    before = (case / "municipalities.csv").read_bytes()
    with pytest.raises(DataError, match="Excel"):
        write_column(points_of(case), "births", BIRTHS, "tried")
    assert (case / "SOURCES.md").read_bytes() == b"PK\x03\x04 a workbook"
    assert (case / "municipalities.csv").read_bytes() == before
