"""What is written: whole or not at all, readable by other tools, and nobody recognised."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import capacity as cap
from capacity.objectives import OBJECTIVES
from capacity.privacy import assignment_shown, hide, regions_shown, shown
from capacity.report import files
from capacity.report.files import safe, write_plan
from capacity.report.payload import plan_payload, to_json
from capacity.report.words import paragraph
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


# --- small counts ----------------------------------------------------------------------------


def test_modelled_demand_is_not_hidden(plan: cap.Plan) -> None:
    what = shown(plan)
    assert not what.points.any()
    assert assignment_shown(plan, what)["women"] == plan.assignment_table["women"]


def test_small_counts_are_hidden_with_their_complement(tmp_path: Path) -> None:
    # A has 20, B 3, C 40: B alone would follow from its unit's total, so a neighbour is hidden too.
    problem = towns({"units": [1, 1]}, observed=np.array([20.0, 3, 40]))
    plan = cap.solve(problem)
    what = shown(plan)
    assert what.points.tolist() == [True, True, False]
    table = assignment_shown(plan, what)
    assert dict(zip(table["point_id"], table["women"], strict=True)) == {"A": "<5", "B": "<5", "C": 2.0}
    text = to_json(plan_payload(plan))
    assert '"women": "<5"' in text
    assert json.loads(text)["record"]["privacy"] == {"smallest_count": 5, "hidden_points": 2, "hidden_regions": 0}
    write_plan(plan, tmp_path / "out")
    assert [r["women"] for r in read_csv(tmp_path / "out" / "assignment.csv")].count("<5") == 2


def test_a_region_of_few_is_hidden_with_another() -> None:
    problem = towns(observed=np.array([9.0, 8, 2]))
    plan = cap.solve(problem)
    table = regions_shown(plan, shown(plan))
    assert table["women"] == ("<5", "<5")


def test_the_limit_is_a_setting() -> None:
    problem = towns(observed=np.array([9.0, 8, 2]), smallest_count=0)
    assert not shown(cap.solve(problem)).points.any()
    problem = towns({"units": [1, 1]}, observed=np.array([9.0, 8, 2]), smallest_count=2)
    assert not shown(cap.solve(problem)).points.any()


def test_hidden_counts_reach_no_map_layer() -> None:
    base = towns({"units": [1, 1]}, observed=np.array([20.0, 3, 40]))
    lonlat = np.array([[9.0, 55], [9.5, 55], [10, 55]])
    plan = cap.solve(base.replace(network=base.network.replace(point_lonlat=lonlat, site_lonlat=lonlat)))
    layers = files.layers(plan)
    assert list(layers["demand_points"]["women"]) == ["<5", "<5", "2.0"]
    assert list(layers["flows"]["women"]).count("<5") == 2


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=12).flatmap(
        lambda c: st.tuples(st.just(c), st.lists(st.integers(0, 3), min_size=len(c), max_size=len(c)))
    )
)
def test_no_shown_total_gives_a_small_count_away(drawn: tuple[list[int], list[int]]) -> None:
    counts, group = np.array(drawn[0], dtype=float), np.array(drawn[1])
    hidden = hide(counts, 5, [group])
    assert hidden[counts < 5].all()
    for label in np.unique(group):
        inside = hidden & (group == label)
        everything = inside.sum() == (group == label).sum()
        assert inside.sum() == 0 or everything or (inside.sum() >= 2 and counts[inside].sum() >= 5)


# --- the workbook and the schema ---------------------------------------------------------------


def test_the_workbook_holds_real_tables_and_no_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    base = cap.denmark()
    names = ("=1+1", *base.network.site_names[1:])
    plan = cap.solve(base.replace(network=base.network.replace(site_names=names)))
    book = openpyxl.load_workbook(plan.workbook(tmp_path / "plan.xlsx"))
    assert book.sheetnames == ["units", "regions", "assignment", "alternatives", "scenarios", "assumptions"]
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
    assert len(scenarios) == 16
    assert scenarios["alcohol-cohort"][2:4] == (200, pytest.approx(1 / 15))
    assert scenarios["alcohol-cohort"][10] == pytest.approx(0.265, abs=0.001)
    assumptions = {row[0]: row for row in book["assumptions"].iter_rows(min_row=2, values_only=True)}
    assert assumptions["stay.mean_days"][2:6] == (120, 240, pytest.approx(1 / 3), "no")
    assert assumptions["finance.day_rate_dkk"][6].startswith("assumption")
    assert [p.name for p in tmp_path.iterdir()] == ["plan.xlsx"]


def test_the_workbook_hides_small_counts(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    plan = cap.solve(towns({"units": [1, 1]}, observed=np.array([20.0, 3, 40])))
    book = openpyxl.load_workbook(plan.workbook(tmp_path / "plan.xlsx"))
    assert "alternatives" not in book.sheetnames
    women = [row[3] for row in book["assignment"].iter_rows(min_row=2, values_only=True)]
    assert women.count("<5") == 2


def test_plan_json_keeps_its_published_schema(plan: cap.Plan, tmp_path: Path) -> None:
    import importlib.resources

    import jsonschema

    schema = json.loads(importlib.resources.files("capacity.report").joinpath("plan.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    hidden = cap.solve(towns({"units": [1, 1]}, observed=np.array([20.0, 3, 40])))
    for one in (plan, hidden, cap.solve(towns({"volume": 4, "prices": {"volume": 1.0}}))):
        validator.validate(json.loads(to_json(plan_payload(one))))
        write_plan(one, tmp_path / "out")
        validator.validate(json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8")))
    assert set(schema["properties"]["objective_name"]["enum"]) == set(OBJECTIVES)
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
    hidden = cap.solve(towns({"units": [1, 1]}, observed=np.array([20.0, 3, 40])))
    write_plan(hidden, tmp_path / "out")
    assert "40" not in (tmp_path / "out" / "plan.json").read_text(encoding="utf-8").split('"tables"')[1]
    with pytest.raises(cap.DataError, match="small counts never leave"):
        cap.read_plan(tmp_path / "out")
    said = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert said["tables"] is None


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
