"""A case as one workbook: read back as the same problem, explained, and told by its sheets where it is wrong."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity import DataError
from capacity.cli.main import run
from capacity.reading.books import reading_of
from capacity.reading.observed import observed_counts
from capacity.reading.scenarios import named_scenarios
from capacity.report.case_book import new_book

openpyxl: Any = pytest.importorskip("openpyxl", reason="openpyxl is not installed")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_book(tmp_path_factory.mktemp("book") / "own")


def test_a_case_as_one_workbook_is_the_same_problem(book: Path) -> None:
    there, here = cap.denmark(), cap.read_case(book)
    assert here.fingerprint == there.fingerprint
    assert here.sources == there.sources and here.notices == there.notices
    assert here.ranges == there.ranges and here.choices == there.choices
    assert [s.row for s in named_scenarios(book)] == [s.row for s in there.named]
    assert observed_counts(book) == observed_counts(book.parent) and observed_counts(book)
    # The folder that holds it alone is the case as well.
    assert cap.read_case(book.parent).fingerprint == there.fingerprint


def test_its_sheets_are_explained_in_both_languages(book: Path, tmp_path: Path) -> None:
    danish = new_book(tmp_path / "sag.xlsx", language="da")
    assert cap.read_case(danish).fingerprint == cap.denmark().fingerprint
    for file, readme, columns in ((book, "read me", "columns"), (danish, "læs mig", "kolonner")):
        opened = openpyxl.load_workbook(file)
        assert opened.sheetnames[:3] == [readme, "settings", "municipalities"]
        told = {(row[0].value, row[1].value) for row in opened[columns].iter_rows(min_row=2)}
        for title in opened.sheetnames:
            if title in (readme, columns, "settings") or "." in title:
                continue
            heads = [cell.value for cell in opened[title][1]]
            known = {column for sheet, column in told if sheet == title}
            assert known == set(heads) or (len(known) == 2 and heads[0] == "code"), title
        assert all(row[2].value for row in opened[columns].iter_rows(min_row=2))
        assert opened["land.geojson"].sheet_state == "hidden"
    assert "Døgntakst" in {row[3].value for row in openpyxl.load_workbook(danish)["settings"].iter_rows()}


def test_the_command_makes_it_checks_it_and_plans_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "--excel", str(tmp_path / "own" / "sag.xlsx")]) == 0
    assert "capacity plan" in capsys.readouterr().out
    file = str(tmp_path / "own" / "sag.xlsx")
    assert run(["check", file]) == run(["plan", file]) == run(["plan", str(tmp_path / "own")]) == 0
    assert "FA_AALBORG" in capsys.readouterr().out
    assert run(["new", "--excel", file]) == 2
    assert "nothing was written" in capsys.readouterr().err


def changed(book: Path, target: Path, **cells: tuple[str, Any]) -> Path:
    """The workbook with a cell of some sheets changed."""
    opened = openpyxl.load_workbook(book)
    for title, (place, value) in cells.items():
        opened[title][place] = value
    opened.save(target)
    return target


@cache
def keys(book: Path) -> tuple[Any, ...]:
    opened = openpyxl.load_workbook(book, read_only=True)
    return tuple(row[0] for row in opened["settings"].iter_rows(values_only=True))


def row_of(book: Path, setting: str) -> int:
    return keys(book).index(setting) + 1


def test_what_a_planner_changes_in_it_is_read(book: Path, tmp_path: Path) -> None:
    row = row_of(book, "women_per_year")
    own = cap.read_case(changed(book, tmp_path / "own.xlsx", settings=(f"B{row}", 70), sites=("B2", "Aalborg Syd")))
    assert own.scenarios.women_per_year == 70 and "Aalborg Syd" in own.network.site_names
    kind = row_of(book, "kind")
    own = cap.read_case(changed(book, tmp_path / "own.xlsx", settings=(f"B{kind}", "wait")))
    assert own.promise.kind == "wait"
    nearest = row_of(book, "nearest")
    own = cap.read_case(changed(book, tmp_path / "own.xlsx", settings=(f"B{nearest}", False)))
    assert own.policy.nearest is None


def test_faults_name_the_sheet_and_its_row(book: Path, tmp_path: Path) -> None:
    row = row_of(book, "mean_days")
    own = changed(book, tmp_path / "own.xlsx", settings=(f"B{row}", -3), municipalities=("L3", "many"))
    with pytest.raises(DataError) as error:
        cap.read_case(own)
    told = {(f.table, f.row) for f in error.value.findings}
    assert ("own.xlsx#municipalities", 3) in told
    own = changed(book, tmp_path / "own.xlsx", settings=(f"B{row}", -3))
    with pytest.raises(DataError) as error:
        cap.read_case(own)
    assert ("own.xlsx#settings", row) in {(f.table, f.row) for f in error.value.findings}


def test_a_workbook_without_settings_or_without_its_reader_is_told(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = openpyxl.load_workbook(book)
    del opened["settings"]
    opened.save(tmp_path / "own.xlsx")
    with pytest.raises(DataError, match="has a sheet settings"):
        cap.read_case(tmp_path / "own.xlsx")
    with pytest.raises(DataError, match="is a folder"):
        reading_of(tmp_path / "none.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DataError, match=r"capacity\[excel\]"):
        cap.read_case(book)
