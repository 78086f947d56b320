"""Named scenarios: read with their bases, put on a problem one by one or together."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, NamedScenario, under, with_scenarios
from capacity.cli.main import run
from capacity.read import builtin_folder
from capacity.reading.scenarios import named_scenarios
from tests.cases import small_case
from tests.random_problems import random_problem
from tests.small import towns


def scenario(id: str, women: float = 0, *, chance: float | None = None, **more: Any) -> NamedScenario:
    return NamedScenario(
        id=id,
        label=id.title(),
        women_per_year=women,
        of_case=not women,
        low=None,
        high=None,
        what="",
        document="Doc",
        probability=0.5 if chance is None else chance,
        equal=chance is None,
        **{"must_hold": False, **more},
    )


# --- one at a time ---------------------------------------------------------------------------


def test_a_problem_under_a_scenario_has_its_women_and_keeps_its_split() -> None:
    problem = under(towns(), scenario("half", 9.0))
    assert problem.women.tolist() == [[5, 3, 1]]
    assert (problem.scenarios.ids, problem.scenarios.labels) == (("half",), ("Half",))
    assert problem.must_hold.tolist() == [True]
    assert problem.sources["demand.women_per_year"] == "Doc (scenario half)"


def test_the_stated_range_is_that_of_the_scenario() -> None:
    key = "demand.women_per_year"
    problem = towns(ranges={key: (15.0, 22.0), "rules.volume": (1.0, 4.0)})
    few = dataclasses.replace(scenario("few", 9.0), low=6.0, high=10.0)
    assert under(problem, few).ranges == {key: (6.0, 10.0), "rules.volume": (1.0, 4.0)}
    assert under(problem, scenario("bare", 12.0)).ranges == {"rules.volume": (1.0, 4.0)}
    assert under(problem, scenario("own", settings={"stay.mean_days": 90})).ranges[key] == (15, 22)
    # Of several: the mean of the lows and of the highs; a figure without a range stands.
    together = with_scenarios(problem, [few, scenario("own"), scenario("bare", 12.0)])
    assert together.ranges[key] == pytest.approx(((6 + 15 + 12) / 3, (10 + 22 + 12) / 3))
    assert together.get(key) == pytest.approx((9 + 18 + 12) / 3)
    low, high = together.ranges[key]
    (row,) = [row for row in cap.tornado(together) if row["key"] == key]
    assert (row["low"], row["high"]) == (low, high)
    assert row["objective_low"] / row["objective"] == pytest.approx(low / 13)
    weighed = with_scenarios(
        problem, [dataclasses.replace(s, probability=c, equal=False) for s, c in ((few, 0.75), (scenario("own"), 0.25))]
    )
    assert weighed.ranges[key] == pytest.approx((0.75 * 6 + 0.25 * 15, 0.75 * 10 + 0.25 * 22))
    assert key not in with_scenarios(problem, [scenario("bare", 12.0), scenario("many", 40.0)]).ranges


def test_the_tornado_says_what_it_moves_under_several_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = [x for s in ("cowi-2019", "agency-2024", "regions-2023") for x in ("--scenario", s)]
    assert run(["tornado", *chosen]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "demand.women_per_year 56.33 77" in out
    assert (
        "demand.women_per_year is the mean of the 3 scenarios, its ends the means of theirs: all are scaled alike."
        in out
    )
    assert "As it stands: 2,707 hours of travel a year." in out
    assert run(["plan", *chosen]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "66.67 women a year 56.33 to 77" in out and "were the mean exactly 66.67," in out


def test_a_scenario_may_change_any_setting() -> None:
    change = scenario("short", settings={"stay.mean_days": 90, "rules.volume": 3}, sources={"rules.volume": "Doc 2"})
    problem = under(towns(), change)
    assert problem.get("stay.mean_days") == 90
    assert problem.get("rules.volume") == 3.0
    assert problem.scenarios.women_per_year == 18
    assert problem.sources == {"stay.mean_days": "assumption: scenario short", "rules.volume": "Doc 2"}


def test_the_undetected_are_counted_on_top_of_every_figure() -> None:
    problem = towns().set("demand.undetected", 1.5)
    assert problem.scenarios.women_per_year == 27
    assert problem.get("demand.women_per_year") == 18
    assert under(problem, scenario("half", 9.0)).scenarios.women_per_year == 13.5
    assert under(problem, scenario("all", 9.0, settings={"demand.undetected": 1})).scenarios.women_per_year == 9
    with pytest.raises(DataError, match="at least 1"):
        problem.set("demand.undetected", 0.5)
    with pytest.raises(DataError, match="number"):
        problem.set("demand.undetected", "many")


def test_several_demand_scenarios_are_scaled_together() -> None:
    several = with_scenarios(towns(), [scenario("low", 9.0), scenario("high", 27.0)])
    assert under(several, scenario("more", 36.0)).women.sum(axis=1).tolist() == [18, 54]


def test_faults_of_a_scenario_stand_at_their_lines() -> None:
    wrong = scenario(
        "wrong",
        settings={"stay.mean_days": -1, "promise.kind": "lose"},
        file="scenarios.toml",
        lines={"stay.mean_days": 7},
    )
    with pytest.raises(DataError) as caught:
        under(towns(), wrong)
    assert [(f.table, f.row, f.column) for f in caught.value.findings] == [
        ("scenarios.toml", 7, "wrong.stay.mean_days"),
        ("scenarios.toml", None, "wrong.promise.kind"),
    ]


# --- together --------------------------------------------------------------------------------


def test_several_scenarios_in_one_problem() -> None:
    named = [
        scenario("low", 9.0, chance=0.25),
        scenario("high", 27.0, chance=0.5, must_hold=True),
        scenario("no", 1.0, chance=0.25),
    ]
    problem = with_scenarios(towns(), named, ids=["high", "low"])
    assert problem.scenarios.ids == ("high", "low")
    assert problem.women.tolist() == [[15, 9, 3], [5, 3, 1]]
    assert problem.probability == pytest.approx([2 / 3, 1 / 3])
    assert problem.must_hold.tolist() == [True, False]
    assert problem.notices == ()
    assert "planner's probabilities" in problem.sources["demand.women_per_year"]


def test_equal_probabilities_are_said_to_be_so() -> None:
    problem = with_scenarios(towns(), [scenario("low", 9.0), scenario("high", 27.0)])
    assert problem.probability.tolist() == [0.5, 0.5]
    assert "nobody has said how likely" in problem.sources["demand.women_per_year"]
    assert problem.must_hold.tolist() == [True, True]
    assert "hold in all of them" in problem.notices[0]


def test_what_is_changed_alike_is_changed_and_demand_may_differ() -> None:
    alike = {"stay.mean_days": 90}
    one = scenario("one", 9.0, settings=alike | {"demand.undetected": 2}, must_hold=True)
    two = scenario("two", 9.0, settings=alike)
    problem = with_scenarios(towns(), [one, two], ids=["one", "two"])
    assert problem.get("stay.mean_days") == 90
    assert problem.women.sum(axis=1).tolist() == [18, 9]


def test_scenarios_that_differ_in_more_than_demand_do_not_fit_in_one_problem() -> None:
    named = [
        scenario("now", 9.0, must_hold=True),
        scenario("short", 9.0, settings={"stay.mean_days": 90, "rules.volume": 2}),
    ]
    with pytest.raises(DataError, match="differ in demand alone") as caught:
        with_scenarios(towns(), named, ids=["now", "short"])
    assert [f.column for f in caught.value.findings] == ["stay.mean_days", "rules.volume"]
    problem = with_scenarios(towns(), named)
    assert problem.scenarios.ids == ("now",)
    assert problem.notices == ("Left out, as more than demand changes in them: short.",)
    with pytest.raises(DataError, match="Did you mean 'short'"):
        with_scenarios(towns(), named, ids=["now", "shart"])
    with pytest.raises(DataError, match="demand alone"):
        with_scenarios(towns())


def test_a_problem_knows_the_scenarios_of_its_case(tmp_path: Path) -> None:
    problem = cap.denmark()
    assert {s.id for s in problem.named} >= {"agency-2024", "regions-2027", "short-stays"}
    assert len(under(problem, "regions-2027").network.regions) == 4
    assert problem.set("scenario", "short-stays").get("stay.mean_days") == 120
    assert problem.set("scenario", ["cowi-2019", "agency-2024"]).women.sum(axis=1) == pytest.approx([35, 90])
    with pytest.raises(DataError, match="Did you mean 'cowi-2019'"):
        problem.set("scenario", "cowi")
    chosen = cap.denmark({"scenario": "short-stays", "demand.women_per_year": 70})
    assert chosen.scenarios.women_per_year == pytest.approx(70)
    assert chosen.get("stay.mean_days") == 120
    assert chosen.sources["demand.women_per_year"] == "set for this run"
    assert chosen.sources["stay.mean_days"].startswith("assumption")


def test_every_built_in_scenario_gives_a_problem_and_most_a_plan() -> None:
    problem = cap.denmark()
    women = {s.id: under(problem, s).scenarios.women_per_year for s in problem.named}
    assert women["cowi-2019"] == pytest.approx(35)
    assert women["short-stays"] == pytest.approx(90)
    assert cap.solve(under(problem, "short-stays")).beds < cap.solve(problem).beds


def test_the_table_plots_in_one_line() -> None:
    table = cap.scenario_table(cap.denmark())
    assert table.loc[table["id"] == "short-stays", "changes"].item() == "stay.mean_days = 120"
    assert table.loc[table["id"] == "cowi-2019", ["low", "women_per_year", "high"]].to_numpy().tolist() == [
        [19, 35, 51]
    ]
    assert (
        cap.scenario_table(
            [scenario("x", 1.0, settings={"rules.reach": {"minutes": 9, "exceptions": ["a"]}, "rules.income": False})]
        ).loc[0, "changes"]
        == "rules.reach = {minutes = 9, exceptions = [a]}, rules.income = false"
    )


def test_demand_is_a_tidy_table_that_reads_back() -> None:
    problem = with_scenarios(
        towns(), [scenario("low", 9.0, chance=0.25), scenario("high", 27.0, chance=0.75, must_hold=True)]
    )
    table = problem.scenarios.table
    assert list(table.columns) == ["scenario", "point_id", "women", "probability", "must_hold"]
    again = cap.Scenarios.from_table(table)
    assert again.women.tolist() == problem.women.tolist()
    assert (again.probability.tolist(), again.must_hold.tolist()) == ([0.25, 0.75], [False, True])  # type: ignore[union-attr]


# --- by chance -------------------------------------------------------------------------------


def test_scenarios_drawn_by_chance_are_said_to_be_so() -> None:
    doubt = cap.Uncertainty(level_cv=0.2, concentration=30, poisson=True)
    problem = cap.sample_scenarios(towns(), 200, seed=7, uncertainty=doubt, hold=0.75)
    assert len(problem.scenarios.ids) == 200
    assert 150 <= problem.must_hold.sum() < 200  # whole women: draws may be equal
    assert problem.origin["sampled"]["seed"] == 7
    (notice,) = problem.notices
    assert notice.startswith(
        "200 scenarios drawn around 18 women a year: level cv 20 %, split Dirichlet, concentration 30, Poisson years"
    )
    assert "Correlation between regions: -" in notice or "Correlation between regions: 0" in notice
    again = cap.sample_scenarios(towns(), 200, seed=7, uncertainty=doubt, hold=0.75)
    assert again.fingerprint == problem.fingerprint
    assert cap.sample_scenarios(towns(), 200, seed=8, uncertainty=doubt, hold=0.75).fingerprint != problem.fingerprint


def test_where_only_the_level_is_drawn_regions_move_together() -> None:
    (notice,) = cap.sample_scenarios(towns(), 20).notices
    assert notice.endswith("Correlation between regions: 1.00.")
    one = towns().network.replace(
        point_regions=("W", "W", "W"), site_regions=("W", "W", "W"), region_names={"W": "West"}
    )
    (notice,) = cap.sample_scenarios(towns(network=one), 20).notices
    assert "Correlation" not in notice


def test_scenarios_are_drawn_around_several() -> None:
    several = with_scenarios(towns(), [scenario("low", 1.0, must_hold=True), scenario("high", 99.0)])
    drawn = cap.sample_scenarios(several, 400, uncertainty=cap.Uncertainty(level_cv=0.01), seed=3)
    assert 150 < (drawn.women.sum(axis=1) > 50).sum() < 250


# --- commands --------------------------------------------------------------------------------


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_command_plans_for_the_scenarios_it_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = printed(capsys, "plan", "--scenario", "short-stays", "--json")
    said = json.loads(out)
    assert code == 0
    assert said["problem"]["stay"]["mean_days"] == 120
    assert {row["scenario"] for row in said["assignment"]} == {"short-stays"}
    code, out, _ = printed(capsys, "plan", "--scenario", "regions-2023", "--scenario", "agency-2024", "--json")
    said = json.loads(out)
    assert {k: v["must_hold"] for k, v in said["problem"]["scenarios"].items()} == {
        "regions-2023": False,
        "agency-2024": True,
    }
    assert said["sources"]["demand.women_per_year"].startswith("assumption: 2 equally likely scenarios")
    code, _, err = printed(capsys, "plan", "--scenario", "agency")
    assert code == 2
    assert "Did you mean 'agency-2024'" in err
    code, _, err = printed(capsys, "ladder", "--scenario", "cowi-2019", "--scenario", "short-stays")
    assert code == 2
    assert "one at a time" in err


def test_a_command_draws_scenarios(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = str(small_case(tmp_path / "case"))
    code, out, err = printed(capsys, "plan", case, "--sample", "20", "--seed", "3", "--json")
    said = json.loads(out)
    assert code == 0
    assert len(said["problem"]["scenarios"]) == 20
    assert said["record"]["inputs"]["sampled"] == {
        "count": 20,
        "seed": 3,
        "hold": 0.9,
        "level_cv": 0.25,
        "concentration": None,
        "poisson": False,
    }
    assert "Note: 20 scenarios drawn around 30 women a year" in err
    asked = "{count=8,level_cv=0.1,concentration=50,hold=1.0}"
    code, out, _ = printed(capsys, "plan", case, "--sample", asked, "--json")
    assert json.loads(out)["record"]["inputs"]["sampled"]["concentration"] == 50
    # The seed of a simulation draws its scenarios too.
    assert printed(capsys, "stress", "--help")[1].count("--seed INTEGER") == 1
    for wrong in ("{poissn=true}", "many", "{count=true}", "{level_cv=-1}", "0"):
        assert printed(capsys, "plan", case, "--sample", wrong)[0] == 2


def test_the_table_of_scenarios_says_how_likely_each_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = printed(capsys, "scenarios")
    assert code == 0
    assert "nobody has said how likely" in out
    assert "stay.mean_days = 120" in " ".join(out.split())
    assert "those marked must_hold (agency-2024, regions-2027, short-stays)" in out
    case = small_case(tmp_path / "case", scenarios__csv="id,women_per_year,probability\nfew,10,0.75\nmany,60,0.25\n")
    out = printed(capsys, "scenarios", str(case), "--out", str(tmp_path / "out"))[1]
    assert "75 %" in out and "your own" in out and "in all of them" in out
    assert (tmp_path / "out" / "study.csv").read_text(encoding="utf-8").splitlines()[1].startswith("few,")
    assert printed(capsys, "scenarios", str(small_case(tmp_path / "bare")))[0] == 2
    assert printed(capsys, "scenarios", str(tmp_path / "nowhere"))[0] == 2
    only = small_case(tmp_path / "only", scenarios__toml="[x]\nstay.mean_days = 90\n")
    assert "30 (case)" in " ".join(printed(capsys, "scenarios", str(only))[1].split())
    (left,) = cap.read_case(only, {"demand.women_per_year": 40}).named
    assert (left.women_per_year, left.of_case) == (40, True)


# --- files -----------------------------------------------------------------------------------

CSV = "id,women_per_year,low,high,document,must_hold\nfew,10,5,20,Doc,no\nmany,60,,,Doc,yes\n"


def written(folder: Path, toml: str, csv: str = CSV) -> tuple[NamedScenario, ...]:
    (folder / "scenarios.csv").write_text(csv, encoding="utf-8")
    (folder / "scenarios.toml").write_text(toml, encoding="utf-8")
    return named_scenarios(folder)


def test_a_scenario_has_from_its_base_what_it_does_not_say(tmp_path: Path) -> None:
    found = {
        s.id: s
        for s in written(
            tmp_path,
            """
[shorter]
base = "short"
stay.mean_days = 60        # a guess
[short]
base = "many"
stay.mean_days = 90        # Doc 2
rules.volume = 4
women_per_year = 50
[alone]
finance.day_rate_dkk = 5_000
[same]
base = "few"
""",
        )
    }
    assert found["shorter"].settings == {"stay.mean_days": 60, "rules.volume": 4}
    assert found["shorter"].sources == {"stay.mean_days": "a guess", "demand.women_per_year": "assumption"}
    assert found["same"].women_source == "Doc"
    assert found["shorter"].lines["rules.volume"] == 8
    assert (found["short"].women_per_year, found["shorter"].women_per_year) == (50, 50)
    assert (found["short"].must_hold, found["short"].document) == (True, "")
    assert (found["same"].low, found["same"].high, found["same"].document) == (5, 20, "Doc")
    assert found["alone"].of_case
    assert math.isnan(found["alone"].women_per_year)  # there is no case.toml to say it
    assert not found["alone"].changes_only_demand
    assert found["same"].changes_only_demand
    assert found["few"].probability == pytest.approx(1 / 6)


def test_every_fault_of_the_scenarios_comes_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        written(
            tmp_path,
            """
few = 3
many.women_per_year = 3
[a]
base = "b"
[b]
base = "c"
[c]
base = "b"
stay.mean_day = 90
lable = "C"
[d]
base = "manny"
must_hold = "yes"
probability = -1
women_per_year = 0
label = 7
scenario = "a"
demand.counts = "counts.csv"
[e]
women_per_year = 5
low = 6
""",
            "id,women_per_year,low,must_hold\nfew,10,x,maybe\nmany,9,10,no\n",
        )
    said = {(f.table, f.row, f.column): f"{f.rule} {f.remedy} {f.value}" for f in caught.value.findings}
    expected = {
        ("scenarios.csv", 2, "low (few)"): "number",
        ("scenarios.csv", 2, "must_hold"): "yes or no",
        ("scenarios.csv", 3, "women_per_year (many)"): "low <=",
        ("scenarios.toml", 2, "few"): "table",
        ("scenarios.toml", 3, "many"): "stands in scenarios.csv too",
        ("scenarios.toml", 7, "b.base"): "b -> c -> b",
        ("scenarios.toml", 10, "c.stay.mean_day"): "Did you mean 'stay.mean_days'?",
        ("scenarios.toml", 11, "c.lable"): "Did you mean 'label'?",
        ("scenarios.toml", 13, "d.base"): "Did you mean 'many'?",
        ("scenarios.toml", 14, "d.must_hold"): "true or false",
        ("scenarios.toml", 15, "d.probability"): "not negative",
        ("scenarios.toml", 16, "d.women_per_year"): "above zero",
        ("scenarios.toml", 17, "d.label"): "text",
        ("scenarios.toml", 18, "d.scenario"): 'Write base = "a"',
        ("scenarios.toml", 19, "d.demand.counts"): "cannot change what is read",
        ("scenarios.toml", 21, "women_per_year (e)"): "low <=",
    }
    assert said.keys() == expected.keys()
    for place, words in expected.items():
        assert words in said[place], place


def test_a_scenario_file_that_is_not_toml(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="TOML"):
        written(tmp_path, "[a\n")


def test_probabilities_are_of_both_files_together(tmp_path: Path) -> None:
    csv = "id,women_per_year,probability\nfew,10,0.5\nmany,60,0.25\n"
    found = written(tmp_path, '[what-if]\nbase = "few"\nprobability = 0.25\n', csv)
    assert [s.probability for s in found] == [0.5, 0.25, 0.25]
    with pytest.raises(DataError, match="2 numbers for 3 scenarios"):
        written(tmp_path, '[what-if]\nbase = "few"\n', csv)


def test_a_case_with_a_faulty_scenario_is_not_read(tmp_path: Path) -> None:
    folder = small_case(
        tmp_path / "case", scenarios__toml='[x]\nbase = "y"\n', scenarios__csv="id,women_per_year\nz,-1\n"
    )
    with pytest.raises(DataError) as caught:
        cap.read_case(folder)
    assert {f.table for f in caught.value.findings} == {"scenarios.csv", "scenarios.toml"}


def test_what_a_scenario_changes_is_tried_when_the_case_is_read(tmp_path: Path) -> None:
    toml = '[x]\nstay.mean_days = -1\nrules.keep = ["nowhere"]\n[y]\nbase = "x"\n'
    folder = small_case(tmp_path / "case", scenarios__toml=toml)
    with pytest.raises(DataError) as caught:
        cap.read_case(folder)
    places = {(f.table, f.row, f.column) for f in caught.value.findings}
    assert places == {
        ("scenarios.toml", row, f"{s}.{key}") for s in "xy" for row, key in ((2, "stay.mean_days"), (3, "rules.keep"))
    }


def test_a_scenario_may_take_other_travel_times(tmp_path: Path) -> None:
    toml = '[winter]\ntravel.source = "winter.csv"  # ferries at half their speed\nrules.units = 1\n'
    folder = small_case(tmp_path / "case", scenarios__toml=toml, winter__csv="code,x,y\nA,4,100\nB,80,30\nC,150,3\n")
    problem = cap.read_case(folder)
    there = under(problem, "winter")
    assert problem.minutes[0].tolist() == [2, 55]
    assert there.minutes[0].tolist() == [4, 100]
    assert there.get("travel.source") == "winter.csv"
    assert there.sources["travel.source"] == "ferries at half their speed"
    assert there.set("travel.source", "links.csv").minutes[0].tolist() == problem.minutes[0].tolist()
    assert cap.solve(there).site_ids == ("y",)
    (folder / "winter.csv").write_text("code,x\nA,4\nB,80\nC,150\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"same sites as links\.csv.*got 'y'"):
        cap.read_case(folder)
    (folder / "winter.csv").unlink()
    with pytest.raises(DataError, match=r"winter\.csv: the file is missing"):
        cap.read_case(folder)


def test_the_regions_of_2027_have_names() -> None:
    assert under(cap.denmark(), "regions-2027").network.region_names["OEST"] == "Region Østdanmark"


def test_the_split_of_the_danish_case_is_kept_in_every_scenario() -> None:
    problem = cap.denmark()
    for said in named_scenarios(builtin_folder()):
        women = under(problem, said).women[0]
        assert math.fsum(women) == said.women_per_year
        assert np.allclose(women / women.sum(), problem.women[0] / problem.women.sum())


# --- the undetected in studies ---------------------------------------------------------------


def test_a_study_of_the_figure_counts_the_undetected_on_top() -> None:
    # With half as many undetected again, every level of the ladder is reached at two thirds of the figure.
    problem = towns({"nearest": True, "volume": 3})
    plain = cap.ladder(problem, low=1, high=60)
    more = cap.ladder(problem.set("demand.undetected", 1.5), low=1 / 1.5, high=40)
    assert [s.site_ids for s in more.steps] == [s.site_ids for s in plain.steps]
    assert [1.5 * s.high for s in more.steps] == pytest.approx([s.high for s in plain.steps])
    assert [s.beds for s in more.steps] == [s.beds for s in plain.steps]


def test_the_way_out_is_told_in_the_figure_that_is_set() -> None:
    problem = towns({"nearest": True, "volume": 20, "units": [1, 3]})
    half = problem.set("demand.undetected", 2).set("demand.women_per_year", 9)
    said = [w for p in (problem, half) for w in cap.explain(p).ways_out if w.key == "demand.women_per_year"]
    assert [(w.was, w.value) for w in said] == [(18, 20), (9, 10)]


@pytest.mark.parametrize("risk", ["worst_case", "regret", "cvar"])
def test_an_objective_the_rows_cannot_hold_is_refused_in_words(risk: str) -> None:
    with pytest.raises(DataError, match="sums over women"):
        cap.solve(random_problem(3, nearest=None, scenarios=2, units=[1, 4]), "worst", engine="mip", risk=risk)
