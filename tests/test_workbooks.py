"""Tables of a case in Excel: the same problem, the same checks, the workbook's own rows."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity import DataError
from capacity.preparing.adding import add_site
from capacity.read import check_case, read_case
from tests.cases import SMALL_CASE, small_case

openpyxl: Any = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
BOOK = "case.xlsx"
FILES = f'[files]\npoints = "{BOOK}#municipalities"\nsites = "{BOOK}#sites"\n'


def cells(file: str) -> list[list[Any]]:
    """A table's cells as a spreadsheet has them: numbers as numbers."""

    def cell(text: str) -> Any:
        return float(text) if text.replace(".", "", 1).isdigit() else text or None

    return [[cell(text) for text in row] for row in csv.reader(io.StringIO(SMALL_CASE[file]))]


def in_excel(folder: Path, change: Any = None) -> Path:
    """The small case with its tables on sheets of one workbook."""
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    for name in ("municipalities", "sites", "links"):
        sheet = book.create_sheet(name)
        for row in cells(f"{name}.csv"):
            sheet.append(row)
    if change is not None:
        change(book)
    settings = SMALL_CASE["case.toml"].replace("links.csv", f"{BOOK}#links") + FILES
    small_case(folder, case__toml=settings)
    for name in ("municipalities", "sites", "links"):
        (folder / f"{name}.csv").unlink()
    book.save(folder / BOOK)
    return folder


def test_the_same_tables_in_a_workbook_are_the_same_problem(tmp_path: Path) -> None:
    excel, text = read_case(in_excel(tmp_path / "x")), read_case(small_case(tmp_path / "t"))
    assert excel.women.tolist() == text.women.tolist()
    assert excel.network.point_names == text.network.point_names
    assert excel.network.site_ids == text.network.site_ids
    one, two = cap.solve(excel), cap.solve(text)
    assert (one.site_ids, one.beds, one.objective) == (two.site_ids, two.beds, two.objective)
    # One file is hashed once, whatever sheets are read of it.
    assert {name for name in one.record["inputs"]["files"] if name.endswith(".xlsx")} == {BOOK}


def test_a_workbook_without_a_sheets_name_is_read_from_the_first_that_says_something(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("towns")
    for row in cells("municipalities.csv"):
        book["towns"].append(row)
    book.create_sheet("notes").append(["to be checked"])
    settings = SMALL_CASE["case.toml"] + '[files]\npoints = "towns.xlsx"\n'
    folder = small_case(tmp_path / "c", case__toml=settings)
    (folder / "municipalities.csv").unlink()
    book.save(folder / "towns.xlsx")
    problem = read_case(folder)
    assert problem.network.point_ids == ("A", "B", "C")
    assert any("the sheet 'towns' was read" in n and "notes" in n for n in problem.notices)


def test_a_table_of_text_beside_a_workbook_of_its_name_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in cells("municipalities.csv"):
        book.active.append(row)
    folder = small_case(
        tmp_path / "c", case__toml=SMALL_CASE["case.toml"] + '[files]\npoints = "municipalities.xlsx"\n'
    )
    book.save(folder / "municipalities.xlsx")
    assert any("municipalities.csv beside it was not" in notice for notice in read_case(folder).notices)
    (folder / "municipalities.csv").unlink()
    assert not any("beside it" in notice for notice in read_case(folder).notices)


def test_faults_name_the_sheet_and_its_own_row(tmp_path: Path) -> None:
    def spoil(book: Any) -> None:
        book["municipalities"].insert_rows(2)
        book["municipalities"]["D4"] = "many"
        book["sites"]["B2"] = "Unit\nx"
        book["links"]["C3"] = -5

    found = check_case(in_excel(tmp_path / "x", spoil))
    told = {(f.table, f.row, f.column, f.value) for f in found}
    assert (f"{BOOK}#municipalities", 4, "people (B)", "many") in told
    assert any(f.table == f"{BOOK}#links" and f.row == 3 for f in found)
    assert not any(f.table == f"{BOOK}#sites" for f in found)


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    def rename(book: Any) -> None:
        book["sites"].title = "places"

    (told,) = check_case(in_excel(tmp_path / "x", rename))
    assert told.rule == "the workbook has a sheet of that name" and "places" in told.remedy


def test_what_is_no_workbook_or_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = in_excel(tmp_path / "x", lambda book: book["sites"].delete_rows(1, 9))
    (told,) = [f for f in check_case(folder) if "sites" in f.table]
    assert told.rule == "the table is empty"
    (folder / BOOK).write_bytes(b"PK\x03\x04")
    assert {f.rule for f in check_case(folder)} == {"the file is a whole workbook"}
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert all("capacity[excel]" in f.remedy for f in check_case(folder))
    (folder / BOOK).unlink()
    assert {f.rule for f in check_case(folder)} == {"the file is missing"}


def test_a_site_is_not_added_to_a_workbook(tmp_path: Path) -> None:
    folder = in_excel(tmp_path / "x")
    before = (folder / BOOK).read_bytes()
    with pytest.raises(DataError, match="tables of text"):
        add_site(folder, "New place", lat=55.0, lon=9.0, point="A")
    assert (folder / BOOK).read_bytes() == before


def test_a_plans_workbook_in_danish_has_heads_in_words_and_the_same_numbers(tmp_path: Path) -> None:
    plan = cap.solve(read_case(small_case(tmp_path / "c")))
    own = openpyxl.load_workbook(plan.workbook(tmp_path / "plan.xlsx"))
    danish = openpyxl.load_workbook(plan.workbook(tmp_path / "plan-da.xlsx", language="da"))
    assert danish.sheetnames[0] == "Enheder" and len(set(danish.sheetnames)) == len(own.sheetnames)
    heads = [cell.value for cell in danish["Enheder"][1]]
    assert "Pladser" in heads and "beds" not in heads and len(set(heads)) == len(heads)
    for sheet, other in zip(own, danish, strict=True):
        kept = {a.value for a in sheet[1]} & {b.value for b in other[1]}
        # A setting has a name in words beside the one in case.toml.
        assert len(other[1]) == len(sheet[1]) + (sheet.title == "assumptions")
        assert kept <= {"scenario"} and not any(cell.value == "None" for row in other for cell in row)
    for said, named in zip(own, danish, strict=True):
        for one, other in zip(said.iter_rows(min_row=2), named.iter_rows(min_row=2), strict=True):
            numbers = [[c.value for c in row if isinstance(c.value, (int, float))] for row in (one, other)]
            assert numbers[0] == numbers[1]


def test_a_plans_workbook_prints_as_wide_as_a_page(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(cap.solve(read_case(small_case(tmp_path / "c"))).workbook(tmp_path / "plan.xlsx"))
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
        assert int(sheet.page_setup.fitToHeight) == 0 and sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
