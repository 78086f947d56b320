"""What is written: whole or not at all, and readable by other tools."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

import capacity as cap
from capacity.problem.splitting import empirical_bayes_split
from capacity.report import files
from capacity.report.files import write_plan
from capacity.report.payload import plan_payload, to_json
from capacity.report.signs import safe
from capacity.report.words import paragraph
from capacity.rules.objectives import OBJECTIVES
from capacity.studies.near_ties import ties_of
from tests.small import towns


@pytest.fixture(scope="module")
def plan() -> cap.Plan:
    return cap.solve(cap.denmark())


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_files_hold_the_plan(plan: cap.Plan, tmp_path: Path) -> None:
    written = write_plan(plan, tmp_path / "out")
    assert [p.name for p in written] == ["assignment.csv", "plan.gpkg", "plan.json", "regions.csv", "units.csv"]
    units = read_csv(tmp_path / "out" / "units.csv")
    assert [u["site_id"] for u in units] == ["FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE"]
    assert float(units[0]["stays"]) == plan.unit_table["stays"][0]
    assignment = read_csv(tmp_path / "out" / "assignment.csv")
    assert sum(float(r["women"]) for r in assignment) == pytest.approx(90)
    said = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert said["regions"][0]["women"] == plan.region_table["women"][0]


def test_the_geopackage_joins_by_id_in_metres(plan: cap.Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    path = tmp_path / "out" / "plan.gpkg"
    assert set(gpd.list_layers(path)["name"]) == {"units", "demand_points", "flows"}
    units, points, flows = (gpd.read_file(path, layer=x) for x in ("units", "demand_points", "flows"))
    for layer in (units, points, flows):
        assert layer.crs.to_epsg() == 25832
    joined = flows.merge(units[["site_id", "beds"]], on="site_id").merge(points[["point_id", "name"]], on="point_id")
    assert len(joined) == len(flows) == 98
    start = flows.geometry.iloc[0].coords[0]
    home = points.set_index("point_id").geometry[flows["point_id"].iloc[0]]
    assert start == pytest.approx((home.x, home.y))


def test_a_folder_is_replaced_whole_or_kept(plan: cap.Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    write_plan(plan, folder)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_geopackage", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_plan(plan, folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    monkeypatch.undo()
    other = cap.solve(cap.denmark({"rules.income": False, "rules.volume": False}))
    write_plan(other, folder)
    assert len(read_csv(folder / "units.csv")) == len(other.site_ids)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_move_that_fails_brings_the_old_folder_back(
    plan: cap.Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    write_plan(plan, folder)
    rename, calls = Path.rename, []

    def second_fails(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 2:
            raise OSError("moved by somebody else")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(OSError, match="somebody else"):
        write_plan(plan, folder)
    assert read_csv(folder / "units.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_without_coordinates_there_is_no_geopackage(tmp_path: Path) -> None:
    written = write_plan(cap.solve(towns()), tmp_path / "out")
    assert "plan.gpkg" not in {p.name for p in written}


def test_no_cell_is_a_formula() -> None:
    assert safe("=1+1") == "'=1+1"
    assert safe("@x") == "'@x"
    assert safe(-3.0) == -3.0
    assert safe("Aalborg") == "Aalborg"


def test_json_has_no_numbers_that_json_does_not_know(plan: cap.Plan) -> None:
    text = to_json({"gap": np.inf, "bound": -np.inf, "x": np.nan, "n": np.int64(3), "t": (1, 2)})
    assert json.loads(text) == {"gap": None, "bound": None, "x": None, "n": 3, "t": [1, 2]}


def test_near_ties_stand_in_the_saved_plan(plan: cap.Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    said = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))["near_ties"]
    assert said == [tie.to_json() for tie in ties_of(plan)]
    assert {row["kind"] for row in said} == {"nearest unit"}
    assert said[0]["text"].startswith("Kalundborg: Hvidovre 75") and said[0]["site_ids"] == ["FA_HVIDOVRE", "FA_ODENSE"]
    assert plan_payload(cap.read_plan(tmp_path / "out"))["near_ties"] == said


def test_same_input_same_words(plan: cap.Plan) -> None:
    again = cap.solve(cap.denmark())
    one, other = plan_payload(plan), plan_payload(again)
    for payload in (one, other):
        for key in ("started", "seconds", "cpu_seconds"):
            payload["record"].pop(key)
    assert to_json(one) == to_json(other)
    assert paragraph(plan) == paragraph(again)


def test_words_say_when_families_are_sent_past_a_nearer_unit() -> None:
    plan = cap.solve(towns({"volume": 9, "units": [2, 2]}))
    assert plan.figures["women_past_nearer"] > 0
    assert "sent past a nearer open unit" in paragraph(plan)
    assert "Best of all" in paragraph(plan)
    wait = cap.solve(towns(promise=cap.Promise(kind="wait"), finance=cap.Finance()))
    assert "wait longer than 7 days" in paragraph(wait)
    assert "M DKK" not in paragraph(wait)


def test_every_sum_of_money_in_words_names_its_source() -> None:
    said = paragraph(cap.solve(cap.denmark()))
    for part in (
        "53.0 M DKK a year (assumption)",
        "74.5 M (assumption)",
        "119 M once (Loans-2025)",
        "6.1 M a year (assumption)",
        "over 2 years (Answer-2025 4.1.2)",
    ):
        assert part in said


# --- the workbook and the schema ---------------------------------------------------------------


def test_the_workbook_holds_real_tables_and_no_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    base = cap.denmark()
    names = ("=1+1", *base.network.site_names[1:])
    plan = cap.solve(base.replace(network=base.network.replace(site_names=names)))
    book = openpyxl.load_workbook(plan.workbook(tmp_path / "plan.xlsx"))
    assert book.sheetnames == [
        "units",
        "regions",
        "equity",
        "assignment",
        "who_pays",
        "alternatives",
        "scenarios",
        "assumptions",
    ]
    for sheet in book:
        assert len(sheet.tables) == 1
        assert sheet.freeze_panes == "A2"
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
    units = list(book["units"].iter_rows(values_only=True))
    assert units[0][0] == "site_id"
    assert [row[0] for row in units[1:]] == list(plan.site_ids)
    assert "'=1+1" in {row[1] for row in units[1:]}
    assert book["units"]["G2"].number_format == "0 %"
    assert book["units"]["J2"].number_format == "#,##0"
    alternatives = list(book["alternatives"].iter_rows(min_row=2, values_only=True))
    assert alternatives[0][1] == ", ".join(plan.site_ids) and len(alternatives) == 6
    scenarios = {row[0]: row for row in book["scenarios"].iter_rows(min_row=2, values_only=True)}
    assert len(scenarios) == 18
    # Of what is planned for alone a probability is said: they add up to one.
    assert scenarios["alcohol-cohort"][2:4] == (200, None)
    assert scenarios["alcohol-cohort"][10] == pytest.approx(0.265, abs=0.001)
    assumptions = {row[0]: row for row in book["assumptions"].iter_rows(min_row=2, values_only=True)}
    assert assumptions["stay.mean_days"][2:7] == (120, 240, None, pytest.approx(1 / 3), "no")
    assert assumptions["finance.day_rate_dkk"][8].startswith("assumption")
    assert [p.name for p in tmp_path.iterdir()] == ["plan.xlsx"]


def test_plan_json_keeps_its_published_schema(plan: cap.Plan, tmp_path: Path) -> None:
    import importlib.resources

    import jsonschema

    schema = json.loads(importlib.resources.files("capacity.report").joinpath("plan.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    counted = empirical_bayes_split(["A", "B", "C"], [20, 3, 40], [10, 6, 2], smallest=5)
    blended = cap.solve(towns(split=counted, scenarios=counted.scenarios(18)))
    for one in (plan, blended, cap.solve(towns({"volume": 4, "prices": {"volume": 1.0}}))):
        validator.validate(json.loads(to_json(plan_payload(one))))
        write_plan(one, tmp_path / "out")
        validator.validate(json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8")))
    assert set(schema["properties"]["objective_name"]["anyOf"][0]["enum"]) == set(OBJECTIVES)
    broken = json.loads(to_json(plan_payload(plan))) | {"status": "perfect"}
    assert not validator.is_valid(broken)


def same_plan(one: cap.Plan, other: cap.Plan) -> bool:
    first, second = (json.loads(to_json(plan_payload(p))) for p in (one, other))
    return bool(first == second)


def test_a_plan_is_read_back_equal(plan: cap.Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    again = cap.read_plan(tmp_path / "out")
    assert again.problem.fingerprint == plan.problem.fingerprint
    assert same_plan(again, plan)
    assert cap.read_plan(tmp_path / "out" / "plan.json").unit_table == plan.unit_table
    split = cap.solve(towns({"volume": 9, "units": [2, 2]}))
    write_plan(split, tmp_path / "split")
    assert cap.read_plan(tmp_path / "split").assignment_table == split.assignment_table


def test_plans_of_random_problems_are_read_back_equal(tmp_path: Path) -> None:
    from tests.random_problems import random_problem

    count = 0
    for seed in range(60):
        problem = random_problem(seed)
        try:
            made = cap.solve(problem)
        except cap.InfeasibleError:
            continue
        write_plan(made, tmp_path / "out")
        again = cap.read_plan(tmp_path / "out")
        assert again.problem.fingerprint == problem.fingerprint
        assert again.objective == pytest.approx(made.objective)
        count += 1
    assert count > 10


def test_what_is_no_plan_is_said(tmp_path: Path) -> None:
    with pytest.raises(cap.DataError, match=r"plan\.json"):
        cap.read_plan(tmp_path)
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    with pytest.raises(cap.DataError, match="KeyError"):
        cap.read_plan(tmp_path / "plan.json")


def test_a_changed_plan_does_not_pass(plan: cap.Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    path = tmp_path / "out" / "plan.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    said["units"][0]["beds"] = 4
    path.write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(cap.DataError, match="promise"):
        cap.read_plan(path)


def test_the_report_command_takes_a_plan(tmp_path: Path) -> None:
    from capacity.cli.main import run

    write_plan(cap.solve(towns({"nearest": True})), tmp_path / "out")
    assert run(["report", str(tmp_path / "out"), "-o", str(tmp_path / "r.html")]) == 0
    assert "Site b" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert run(["plan", "--workbook", str(tmp_path / "p.xlsx")]) == 0


def test_the_danish_workbook_is_danish_throughout(plan: cap.Plan, tmp_path: Path) -> None:
    import openpyxl

    said = {}
    for language in ("en", "da"):
        book = openpyxl.load_workbook(plan.workbook(tmp_path / f"{language}.xlsx", language=language))
        said[language] = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    assert list(said["da"])[:2] == ["Enheder", "Regioner"] and set(said["da"]).isdisjoint(said["en"])
    head, *rows = said["da"]["Forudsætninger"]
    table = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert table["rules.income"]["Værdi"] == "gælder" and table["rules.income"]["Andre valg"] == "gælder ikke"
    assert table["rules.region_access.share"]["Værdi"] == "80\N{NO-BREAK SPACE}%"
    assert table["demand.weight"]["Andre valg"] == "indbyggere på 20-34 år, 2026; alle indbyggere, 2026"
    assert table["demand.weight"]["Hvor de skifter"].startswith("Ingen plan overholder reglerne")
    # What rounding left is no change.
    assert table["finance.day_rate_dkk"]["Største ændring"] == 0
    assert {row[0] for row in said["da"]["Hvem betaler"][1:]} >= {"Døgntakst", "Staten betaler alt"}


def test_a_cost_beside_no_income_is_told_with_building(plan: cap.Plan, tmp_path: Path) -> None:
    """The same head over the running cost of units and over the whole cost of a plan would be a contradiction."""
    import openpyxl

    book = openpyxl.load_workbook(plan.workbook(tmp_path / "plan.xlsx", language="en"))
    units, others = ([[c.value for c in row] for row in book[name].iter_rows()] for name in ("units", "alternatives"))
    running, whole = "Running cost, DKK a year", "Cost with building (as an annuity), DKK a year"
    assert running in units[0] and whole in others[0] and running not in others[0]
    annuity = plan.problem.finance.annuity
    spent = sum(row[units[0].index(running)] for row in units[1:])
    built = sum(row[units[0].index("Building, DKK once")] for row in units[1:])
    assert others[1][others[0].index(whole)] == pytest.approx(spent + annuity * built)
