"""The command line, end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity import __version__
from capacity.cli.failures import code_of_study
from capacity.cli.main import COMMANDS, group, run
from tests.cases import SMALL_CASE, copy_of_denmark, edit_text, small_case

KEYS = {
    "status",
    "gap",
    "objective",
    "bound",
    "mean_minutes",
    "longest_minutes",
    "family_hours_per_year",
    "units",
    "assignment",
    "problem",
    "record",
}
UNIT_KEYS = {
    "site_id",
    "name",
    "region",
    "beds",
    "stays",
    "occupancy",
    "turned_away",
    "income_dkk",
    "cost_dkk",
    "to_ambulatory_minutes",
}


@pytest.fixture
def small(tmp_path: Path) -> str:
    return str(small_case(tmp_path / "small"))


def as_json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_plan_prints_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan"]) == 0
    out, err = capsys.readouterr()
    out = " ".join(out.split())  # lines are broken where they end
    for part in (
        "FA_AALBORG",
        "Region Sjælland",
        "What it leans on",
        "assumption",
        "cannot know",
        "Statistics Denmark",
    ):
        # A line may break between two words.
        assert part in " ".join(out.split())
    assert "Springbrættet" in err
    assert "modelled" in out


def test_plan_as_json_has_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--json"]) == 0
    said = as_json(capsys)
    assert set(said) >= KEYS
    assert set(said["units"][0]) >= UNIT_KEYS
    assert set(said["assignment"][0]) >= {"point_id", "site_id", "scenario", "women", "minutes"}
    assert said["status"] == "optimal"
    assert said["gap"] == 0
    assert said["problem"]["rules"]["volume"] == 8
    assert said["problem"]["finance"]["day_rate_dkk"] == 4800
    record = said["record"]
    assert record["capacity"] == __version__
    assert len(record["inputs"]["files"]["municipalities.csv"]) == 64
    assert record["privacy"]["smallest_count"] == 5
    assert str(Path(__file__).resolve().parent.parent) not in json.dumps(said)


def test_settings_may_be_changed_for_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    changes = ["rules.units=[2,2]", "rules.region_access=false", "promise.kind=occupancy", "rules.income = false"]
    assert run(["plan", "--json", *(x for c in changes for x in ("--set", c))]) == 0
    said = as_json(capsys)
    assert len(said["units"]) == 2
    assert said["problem"]["rules"]["region_access"] is False
    assert said["problem"]["promise"]["kind"] == "occupancy"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["plan", "no-such-folder"], 2, "capacity new"),
        (["ladder", "rules.volume"], 2, "is a setting, not the folder of a case"),
        (["plan", "--set", "rules.volum=3"], 2, "--set rules.volum=3: unknown setting. Did you mean 'rules.volume'?"),
        (
            ["plan", "--set", "demand.women_per_year=abc"],
            2,
            "--set demand.women_per_year=abc: women a year is a number",
        ),
        (["plan", "--set", "policy.volume=abc"], 2, "--set policy.volume=abc, rules.volume: stays is a number"),
        (["plan", "--set", "travel.source=none.csv"], 2, "--set travel.source=none.csv: the file is missing"),
        (["plan", "--set", 'rules.keep=["Aalborg"]'], 2, "Did you mean 'FA_AALBORG'?"),
        (["freeze", "--set", "stay.mean_days=abc"], 2, "--set stay.mean_days=abc: "),
        (["sweep", "--grid", "stay.mean_days=[180,-1]"], 2, "--grid stay.mean_days=[180,-1]: "),
        (["plan", "--set", "rules.volume"], 2, "KEY=VALUE"),
        (["plan", "--set", "finance.day_rate_dkk=4.800"], 2, "Write 4800, or 4.8 if the point begins the decimals."),
        (["sweep", "--grid", "finance.bed_dkk_per_year=[350.000, 4e5]"], 2, "Write 350000, or 350 if"),
        (["plan", "--set", "rules.volume={stays=8.000}"], 2, "Write 8000, or 8 if"),
        (["plan", "--set", "rules.volume=[3"], 2, "TOML"),
        (["plan", "--set", "rules.units=[6,1]"], 2, "whole numbers"),
        (["plan", "--objective", "joy"], 2, "travel"),
        (["plan", "--engine", "steam"], 2, "auto"),
        (["plan", "--time-limit", "0"], 2, "time-limit"),
        (["plan", "--scenario", "nobody"], 2, "scenario"),
        (["plann"], 2, "plan"),
        (["plan", "--jsn"], 2, "json"),
        (["plan", "--set", "rules.volume=50"], 3, "volume"),
        (["plan", "--set", "rules.reach=60"], 3, "reach"),
    ],
)
def test_failures_have_a_code_and_a_reason(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_failures_as_json_are_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--json", "--set", "rules.volum=3"]) == 2
    said = as_json(capsys)
    assert said["status"] == "bad_input"
    assert said["findings"][0]["column"] == "rules.volum"
    assert run(["plan", "--json", "--set", "rules.reach=60"]) == 3
    said = as_json(capsys)
    assert said["status"] == "infeasible"
    assert "reach" in said["rules"]


def test_no_plan_within_the_limit_is_code_four(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["plan", small, "--engine", "mip", "--time-limit", "1e-9"]
    assert run(arguments) == 4
    assert "not known" in capsys.readouterr().err
    assert run([*arguments, "--json"]) == 4
    assert as_json(capsys)["status"] == "no_plan"


@pytest.mark.parametrize("engine", ["mip", "auto"])
def test_an_unknown_solver_is_bad_input(engine: str, small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", small, "--engine", engine, "--solver", "ABACUS", "--json"]) == 2
    out, err = capsys.readouterr()
    (fault,) = json.loads(out)["findings"]
    assert fault["value"] == "ABACUS" and "HiGHS, HiGHS-arrays" in fault["remedy"]
    assert "(got 'ABACUS'). Choose from: HiGHS" in err


def test_check_says_what_is_wrong_and_what_is_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check"]) == 0
    assert "98 demand points" in capsys.readouterr().out
    case = copy_of_denmark(tmp_path)
    edit_text(case / "case.toml", "volume = 8", "volume = -8")
    assert run(["check", str(case)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "case.toml row" in err
    assert "1 fault" in err
    assert run(["check", str(case), "--json"]) == 2
    said = as_json(capsys)
    assert not said["ok"]
    assert said["findings"][0]["column"] == "rules.volume"
    assert run(["check", "--json"]) == 0
    assert as_json(capsys)["ok"]


def test_new_makes_a_case_that_plans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    assert run(["new", str(folder)]) == 0
    assert str(folder) in capsys.readouterr().out
    assert run(["plan", str(folder), "--json"]) == 0
    assert as_json(capsys)["status"] == "optimal"
    assert run(["new", str(folder)]) == 2


def test_rules_shows_each_rule_and_whether_it_is_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules"]) == 0
    out = capsys.readouterr().out
    assert "near_ambulatory" in out
    assert "Every woman who needs a stay" in out
    assert run(["rules", "--json", "--set", "prices.volume=9"]) == 0
    rules = {r["name"]: r for r in as_json(capsys)["rules"]}
    assert len(rules) == 21
    assert rules["volume"]["price"] == 9
    assert rules["reach"]["on"] is False


def test_prices_are_shown(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    changes = ["rules.volume=20", "prices.volume=1.5", "rules.units=[2,2]", "rules.nearest=false", "rules.promise=true"]
    assert run(["plan", small, *(x for c in changes for x in ("--set", c))]) == 0
    out = capsys.readouterr().out
    assert "Rules broken at a price" in out
    assert "stays a year too few" in out


def test_out_writes_what_it_says(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    assert run(["plan", small, "--out", str(folder)]) == 0
    assert "units.csv" in capsys.readouterr().err
    assert json.loads((folder / "plan.json").read_text(encoding="utf-8"))["status"] == "optimal"
    (folder / "mine.txt").write_text("notes", encoding="utf-8")
    assert run(["plan", small, "--out", str(folder)]) == 2
    assert "mine.txt" in capsys.readouterr().err
    assert (folder / "mine.txt").read_text(encoding="utf-8") == "notes"


def test_a_place_that_cannot_be_written_to_is_said(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run(["plan", small, "--out", str(tmp_path / "file")]) == 2
    assert run(["plan", small, "--out", str(tmp_path / "file" / "below")]) == 2
    assert "Could not read or write" in capsys.readouterr().err


def test_help_lists_the_commands_and_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom capacity.cli.main import run\ncode = run(['--help'])\n"
        "assert not {'numpy', 'pandas', 'pulp', 'rich', 'scipy'} & set(sys.modules), sorted(sys.modules)\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert f"  {name}" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert "Usage: capacity" in capsys.readouterr().out


def test_examples_in_the_help_stand_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (*([name] for name in COMMANDS), ["data", "join"], ["data", "statbank"]):
        assert run([*words, "--help"]) == 0
        said = capsys.readouterr().out
        assert "\\b" not in said and "\b" not in said, words
        assert all(line.strip().count("capacity ") == 1 for line in said.splitlines() if line.startswith("  capacity "))


@pytest.mark.parametrize("words", [[name] for name in COMMANDS if name not in ("check", "data")] + [["data", "join"]])
def test_whatever_json_is_asked_of_tells_its_faults_as_json(words: list[str], tmp_path: Path) -> None:
    command: Any = group
    for word in words:
        command = command.get_command(None, word)
    if any("--json" in option.opts for option in command.params):
        assert hasattr(command.callback, "__wrapped__"), "not told_as_json"


@pytest.mark.parametrize(
    "arguments",
    [
        ["add-site", "nowhere", "--name", "x", "--lat", "55", "--lon", "10"],
        ["travel", "nowhere.osm.pbf", "-o", "minutes.csv"],
        ["travel", "x.osm.pbf", "-o", "m.csv", "--gtfs", "f.zip", "--date", "2026-12-01", "--from", "25:00"],
        ["travel", "x.osm.pbf", "-o", "m.csv", "--date", "2026-12-01"],
        ["travel", "x.osm.pbf", "-o", "m.csv", "--to", "11:00"],
        ["data", "join", "FILE", "nowhere", "--by", "code", "--column", "x"],
        ["data", "statbank", "FILE", "--column", "x"],
        ["rules", "nowhere"],
        ["who-pays", "--seed", "-1"],
        ["sharing", "--hour-dkk", "nan"],
        ["alternatives", "--within", "nan"],
    ],
)
def test_faults_of_every_command_are_one_object(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_text("code,x\nnowhere,1\n")
    assert run([*arguments, "--json"]) == 2
    said = as_json(capsys)
    assert said["status"] == "bad_input" and said["findings"]
    assert [path.name for path in tmp_path.iterdir()] == ["FILE"]


def test_more_than_memory_holds_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("capacity.studies.who_pays.who_pays", full)
    assert run(["who-pays", "--json"]) == 2
    assert "memory" in as_json(capsys)["message"]


@pytest.mark.parametrize("words", [["document", "-o", "x.docx"], ["table", "-o", "x.html"], ["report", "-o", "x.html"]])
@pytest.mark.parametrize("change", [["--set", "rules.volume=false"], ["--scenario", "x"], ["--sample", "3"]])
def test_what_would_not_change_a_finished_plan_is_refused(
    words: list[str], change: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.json").write_text("{}")
    command, option, place = words
    assert run([command, str(tmp_path), option, str(tmp_path / place), *change]) == 2
    assert "not a finished plan" in capsys.readouterr().err and not (tmp_path / place).exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["who-pays", "FOLDER"], "is a finished plan"),
        (["plan", "FOLDER"], "is a finished plan"),
        (["evaluate", "FOLDER/plan.json"], "the file is a planner's table's"),
        (["plan", "--csv", "da"], "name a folder with --out"),
        (["ladder", "--csv", "en"], "name a folder with --out"),
    ],
)
def test_what_would_be_passed_over_is_refused(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.json").write_text("{}")
    words = [word.replace("FOLDER", str(tmp_path)) for word in arguments]
    assert run([*words, "--json"]) == 2
    (fault,) = as_json(capsys)["findings"]
    assert said in fault["rule"]


def test_changes_are_of_each_of_two_cases(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", small, small, "--set", "demand.women_per_year=17", "--json"]) == 0
    assert as_json(capsys)["inputs"] == []
    assert run(["compare", small, "--set", "demand.women_per_year=17", "--json"]) == 0
    assert as_json(capsys)["inputs"]


def test_a_plan_is_made_without_what_takes_long_to_load() -> None:
    program = (
        "import sys, capacity as cap\nplan = cap.solve(cap.denmark())\nprint(plan)\n"
        "assert not {'pandas', 'geopandas', 'pulp', 'highspy', 'matplotlib', 'scipy', 'numpy.ma'} & set(sys.modules)\n"
        "loaded = [f'capacity.engines.{one}' for one in ('exact', 'decompose', 'tree', 'rank', 'mip', 'linear')]\n"
        "assert not set(loaded) & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "<Plan optimal: FA_AALBORG 16" in done.stdout


def test_version_and_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out
    done = subprocess.run([sys.executable, "-m", "capacity", "plna"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Did you mean 'plan'" in done.stderr


HOPELESS = ["--set", "rules.volume=50"]
"""No plan of the Danish case keeps it."""


@pytest.mark.parametrize(
    "arguments", [["plan", "--time-limit", "x"], ["plan", "--set", "volume"], ["sweep"], ["grid2", "a=1", "b=2"]]
)
def test_a_wrong_option_as_json_is_one_object(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*arguments, "--json"]) == 2
    said = as_json(capsys)
    assert said["status"] == "bad_input" and said["findings"][0]["rule"]


def test_a_wrong_option_is_named_as_it_is_typed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ladder", "--from", "x", "--json"]) == 2
    assert as_json(capsys)["findings"][0]["column"] == "--from"


@pytest.mark.parametrize("command", ["freeze", "robust", "stress", "ladder"])
def test_a_folder_of_others_is_refused_before_anything_is_worked_out(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert run([command, "--json", "--out", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["status"] == "bad_input"
    assert "mine.txt" in err and "Note" not in err


@pytest.mark.parametrize("command", ["report", "pooling", "alternatives", "price-of-nearness", "pareto"])
def test_where_there_is_no_plan_what_clashes_is_said(
    command: str, small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, small, *HOPELESS]) == 3
    out, err = capsys.readouterr()
    assert out == "" and "1. volume (50 stays a year) cannot hold." in err and "rules.volume: 30 instead of 50" in err


@pytest.mark.parametrize(
    ("arguments", "point"),
    [
        (["sweep", "--grid", "demand.women_per_year=[20,30]"], " With demand.women_per_year = 20:"),
        (
            ["grid2", "demand.women_per_year=[8]", "rules.units=[1,2]"],
            " With demand.women_per_year = 8, rules.units = 1:",
        ),
        (["ladder", "--to", "40"], " With demand.women_per_year = 30:"),
        (["switch-points", "stay.mean_days", "200", "300"], " With stay.mean_days = 200:"),
        (["tornado"], ""),
    ],
)
def test_a_study_without_a_single_plan_says_what_clashes(
    arguments: list[str], point: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ranges = '\n[ranges]\n"stay.mean_days" = [100, 200]\n'
    case = str(small_case(tmp_path / "case", case__toml=SMALL_CASE["case.toml"] + ranges))
    assert run([*arguments, case, *HOPELESS, "--json"]) == 3
    out, err = capsys.readouterr()
    # The study is told all the same.
    assert any(json.loads(out).get(key) for key in ("runs", "steps", "rows"))
    assert f"There is not one plan in the whole study.{point}\nWhy there is no plan:\n  1. volume (50 stays" in err


def test_the_code_of_a_study_is_that_of_its_best_run() -> None:
    assert code_of_study(["infeasible", "optimal"]) == code_of_study(["unknown", "feasible"]) == code_of_study([]) == 0
    assert code_of_study(["infeasible", "infeasible"]) == code_of_study(["infeasible", "bad_input"]) == 3
    assert code_of_study(["infeasible", "unknown"]) == 4
    assert code_of_study(["bad_input"]) == 2


def test_a_comparison_says_which_plan_there_is_not(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", small, *HOPELESS]) == 3
    assert "There is no second plan." in capsys.readouterr().err


def test_a_sweep_says_what_stands_in_the_way_of_its_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sweep", "--grid", "demand.women_per_year=[20,40,90]"]) == 0
    assert "No plan in 2 runs: the set that breaks the fewest rules breaks region_access." in capsys.readouterr().out


def test_whatever_goes_wrong_is_one_object_as_json(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (["--out", "/proc/out"], ["--workbook", str(tmp_path / "none" / "plan.xlsx")]):
        assert run(["plan", small, *place, "--json"]) == 2
        said = as_json(capsys)
        assert (
            said["status"] == "failed" and "Could not read or write" in said["message"] and place[1] in said["message"]
        )


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [(KeyboardInterrupt(), 130, "interrupted"), (ModuleNotFoundError("none", name="xlsxwriter"), 2, "failed")],
)
def test_a_run_that_breaks_off_is_one_object_as_json(
    fault: BaseException,
    code: int,
    status: str,
    small: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr("capacity.engines.solve.solve", broken)
    assert run(["plan", small, "--json"]) == code
    assert as_json(capsys)["status"] == status


def test_tables_say_where_no_plan_keeps_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ladder", "--to", "60"]) == 0
    assert "no plan keeps the rules" in capsys.readouterr().out
    assert run(["switch-points", "demand.women_per_year", "40", "90", *HOPELESS]) == 3
    assert "90.00   no plan keeps the rules" in capsys.readouterr().out
    assert run(["tornado", *HOPELESS]) == 0  # at the ends of rules.volume there is one
    out = capsys.readouterr().out
    assert "As it stands: no plan keeps the rules." in out and "inf" not in out


def test_comparing_tells_a_notice_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "--set", "rules.volume=4"]) == 0
    assert capsys.readouterr().err.count("Springbrættet") == 1


def test_a_plan_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", str(tmp_path / "none.json")]) == 2
    err = capsys.readouterr().err
    assert "the file exists" in err and "Error" not in err


def test_a_ladder_over_no_number_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ladder", "--key", "rules.nearest"]) == 2
    assert "None" not in capsys.readouterr().err


def test_one_scenario_with_a_plan_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["robust", *HOPELESS]) == 0
    out = capsys.readouterr().out
    assert "the one scenario that has one" in out and "1 scenarios" not in out


def test_a_frozen_plan_that_breaks_a_rule_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["freeze", "--set", "demand.women_per_year=20", "--json"]) == 3
    out, err = capsys.readouterr()
    assert any("keep" in c["rules"] for c in json.loads(out)["conflicts"])
    assert "FA_AALBORG" in err


def test_beds_shared_are_those_of_the_plan_under_several_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    both = ["--scenario", "agency-2024", "--scenario", "regions-2023"]
    assert run(["plan", *both, "--json"]) == 0
    beds = {u["site_id"]: u["beds"] for u in as_json(capsys)["units"]}
    assert run(["pooling", *both, "--json"]) == 0
    shared = {r["site_id"]: r["beds_shared"] for r in as_json(capsys)["rows"] if r["site_id"]}
    assert shared == beds
    assert run(["pooling"]) == 0
    assert "Region Nordjylland" in capsys.readouterr().out


def test_comparing_with_scenarios_is_read_as_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "--scenario", "agency-2024", "--scenario", "regions-2023"]) == 0
    out = capsys.readouterr().out
    assert "input scenarios.regions-2023" in out and "women_per_year 75" in out
    assert "…" not in out and "None" not in out and "{" not in out


def test_one_value_of_a_rule_may_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--set", "rules.region_access.minutes=100", "--json"]) == 0
    said = as_json(capsys)
    assert said["problem"]["rules"]["region_access"] == {"share": 0.8, "minutes": 100}
    # The old source speaks of 90 minutes.
    assert said["sources"]["rules.region_access"] == "set for this run"
    arguments = ["grid2", "rules.region_access.share=[0.7,0.8]", "rules.region_access.minutes=[60,90]", "--json"]
    assert run(arguments) == 0
    runs = as_json(capsys)["runs"]
    whole = ["sweep", "--grid", "rules.region_access=[{share=0.7,minutes=60},{share=0.8,minutes=90}]", "--json"]
    assert run(whole) == 0
    ends = as_json(capsys)["runs"]
    assert [r["site_ids"] for r in (runs[0], runs[-1])] == [r["site_ids"] for r in ends]
    assert run(["sweep", "--grid", "rules.region_access.minute=[60]"]) == 2
    assert "minute" in capsys.readouterr().err


def test_faults_of_observed_counts_are_told_before_the_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = copy_of_denmark(tmp_path / "case")
    (case / "observed.csv").write_text("region,year\n1081,2017\n", encoding="utf-8")
    assert run(["robust", str(case)]) == 2
    err = capsys.readouterr().err
    assert "observed.csv" in err and "scenarios\n" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ladder", "--from", "20", "--to", "40", "--exact-to", "5"], "known up to 20.00; looking at range 1"),
        (["alternatives", "-k", "2"], "sets: 2 so far"),
        (["pareto", "--objectives", "travel,units"], "solves: 1 so far"),
        (["price-of-nearness"], "this may take minutes"),
    ],
)
def test_a_study_by_the_model_speaks_before_it_is_done(
    arguments: list[str], said: str, small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("capacity.cli.studies.SECONDS", -1.0)
    assert run([*arguments, small, "--set", "rules.nearest=false"]) == 0
    err = capsys.readouterr().err
    assert err.startswith("Plans are sought one by one, as families are not bound to their nearest unit")
    assert said in err


def test_a_tornado_counts_its_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("capacity.cli.studies.SECONDS", -1.0)
    assert run(["tornado"]) == 0
    count = len(cap.denmark().ranges)
    assert f"{count - 1} of {count} settings" in capsys.readouterr().err


def test_a_tornado_without_ranges_says_so(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tornado", small]) == 0
    assert "No setting has a stated range" in capsys.readouterr().out


@pytest.mark.parametrize("columns", ["60", "200", "", "-5", "wide"])
def test_the_help_is_as_wide_as_the_terminal(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    monkeypatch.setenv("COLUMNS", columns)
    assert run(["--help"]) == 0
    longest = max(map(len, capsys.readouterr().out.splitlines()))
    assert longest <= max(min(shutil.get_terminal_size().columns, 80) - 2, 50)
    assert longest > (50 if columns == "60" else 60)


def test_the_help_loads_nothing_it_does_not_need() -> None:
    """Half of what a run without a command takes is click; the rest is little and stays so."""
    program = "import sys\nfrom capacity.cli.main import run\nrun(['--help'])\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    assert not {"numpy", "dataclasses", "shutil", "capacity.errors", "json"} & set(loaded)
    assert {name for name in loaded if name.startswith("capacity")} == {
        "capacity",
        "capacity.cli",
        "capacity.cli.main",
        "capacity.cli.saying",
        "capacity.report",
        "capacity.report.signs",
    }
