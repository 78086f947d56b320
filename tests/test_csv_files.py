"""Tables as a Danish spreadsheet opens them: semicolons, decimal commas, a mark of UTF-8, heads in words."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity import DataError, Plan
from capacity.cli.main import run
from capacity.reading.tables import Reading, read_table
from capacity.report.csv_files import write_csv
from capacity.report.files import write_study
from tests.cases import small_case
from tests.small import towns

MARK = b"\xef\xbb\xbf"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return cap.solve(towns())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_danish_tables_hold_the_plans_numbers_in_danish(plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "out", csv="da")
    assert (tmp_path / "out/units.csv").read_bytes().startswith(MARK)
    units = rows(tmp_path / "out/units.csv")
    told = json.loads((tmp_path / "out/plan.json").read_text(encoding="utf-8"))["units"]
    for row, unit in zip(units, told, strict=True):
        assert row["Placering (id)"] == unit["site_id"] and row["Pladser"] == str(unit["beds"])
        assert "." not in row["Behov, ophold om året"]
        assert float(row["Behov, ophold om året"].replace(",", ".")) == pytest.approx(unit["stays"], abs=0.005)
        assert float(row["Belægning"].replace(",", ".")) == pytest.approx(unit["occupancy"], abs=5e-7)
    for name in ("units", "regions", "assignment"):
        assert all(
            len(set(head)) == len(head) and "_" not in "".join(head)
            for head in [list(rows(tmp_path / f"out/{name}.csv")[0])]
        )
    assert cap.read_plan(tmp_path / "out").site_ids == plan.site_ids


def test_tables_for_machines_stay_as_they_were(plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "out")
    first = (tmp_path / "out/units.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("site_id,name,region,")
    plan.save(tmp_path / "en", csv="en")
    assert (tmp_path / "en/units.csv").read_text(encoding="utf-8-sig").startswith("Site (id),Name,Region (code),")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (12345.678, "12345,68"),
        (0.000012, "0,000012"),
        (1e-9, "0"),
        (-1e-9, "0"),
        (-0.25, "-0,25"),
        (100.0, "100"),
        (float("nan"), ""),
        (float("inf"), "inf"),
        (7, "7"),
        ("a;b", '"a;b"'),
        ("=1+1", "'=1+1"),
        (True, "ja"),
        (False, "nej"),
        ("", '""'),
    ],
)
def test_a_cell_in_danish(value: Any, written: str, tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", {"x": (value,)}, "da")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8-sig") == f"x\n{written}\n".replace("x\n\n", 'x\n""\n')


def test_a_code_keeps_its_zero_in_a_spreadsheet_and_on_the_way_back(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", {"code": ("0101", "751"), "share": (0.25, 1.5)}, "da")
    assert '="0101"' in (tmp_path / "t.csv").read_text(encoding="utf-8-sig").replace('""', '"')
    reading = Reading(folder=tmp_path)
    table = read_table(reading, "t.csv", ("code",))
    assert table is not None and table["code"] == ("0101", "751") and not reading.findings


def test_a_form_nobody_knows_is_told(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="plain, en, da"):
        plan.save(tmp_path / "out", csv="fr")
    with pytest.raises(DataError, match="plain, en, da"):
        write_study(tmp_path / "out", {}, [], csv="fr")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", [["plan"], ["alternatives"], ["stress", "--years", "20"], ["ladder"]])
def test_commands_write_their_tables_in_danish(command: list[str], tmp_path: Path) -> None:
    case, out = str(small_case(tmp_path / "case")), tmp_path / "out"
    assert run([command[0], case, *command[1:], "--out", str(out), "--csv", "da"]) == 0
    (table,) = out.glob("units.csv") if command == ["plan"] else out.glob("study.csv")
    content = table.read_bytes()
    assert content.startswith(MARK) and b";" in content.splitlines()[0]
    assert run([command[0], case, "--csv", "fr"]) == 2


@pytest.mark.parametrize("form", ["en", "da"])
def test_a_new_case_in_the_form_of_a_spreadsheet_is_the_same_problem(form: str, tmp_path: Path) -> None:
    assert run(["new", str(tmp_path / "own"), "--csv", form]) == 0
    content = (tmp_path / "own/municipalities.csv").read_bytes()
    assert content.startswith(MARK) and (b";" in content.splitlines()[1]) == (form == "da")
    assert cap.read_case(tmp_path / "own").fingerprint == cap.denmark().fingerprint


def test_a_column_of_other_data_is_printed_in_danish(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{point},1.5\n" for point in cap.denmark().network.point_ids)
    (tmp_path / "wards.csv").write_text(f"code,births\n{rows}", encoding="utf-8")
    told = ["data", "join", str(tmp_path / "wards.csv"), "--by", "code", "--column", "births"]
    assert run([*told, "--csv", "da"]) == 0
    assert '"=""0101""";1,5' in capsys.readouterr().out
    assert run(told) == 0
    assert "0101,1.5" in capsys.readouterr().out


STUDIES = ("influence", "ladder", "pareto", "alternatives", "who-pays", "stress", "price-of-nearness", "equity")


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_in_danish_has_heads_in_words(study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = small_case(tmp_path / "c")
    assert run([study, str(case), "--out", str(tmp_path / "plain")]) == 0
    assert run([study, str(case), "--out", str(tmp_path / "da"), "--csv", "da"]) == 0
    with (tmp_path / "plain/study.csv").open(encoding="utf-8", newline="") as file:
        machine = next(csv.reader(file))
    (first, *_) = read = rows(tmp_path / "da/study.csv")
    # An objective's own name heads its values.
    assert [head for head in first if head in machine and head not in ("travel", "Status", "Plan")] == []
    assert not {"True", "False", "None"} & {cell for row in read for cell in row.values()}
    capsys.readouterr()
