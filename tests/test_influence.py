"""What decides the plan: every assumption listed, tried, and told as solves say."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity.cli.main import run
from capacity.read import builtin_folder
from capacity.studies.assumptions import assumptions, is_on
from capacity.studies.influence import Influence, Setting, Try, influence
from capacity.studies.spans import moved
from capacity.testing import random_problem
from tests.cases import small_case
from tests.small import towns

FIGURES = {
    "beds": lambda plan: plan.beds,
    "dkk_per_year": lambda plan: plan.objectives["cost"],
    "mean_minutes": lambda plan: plan.mean_minutes,
    "longest_minutes": lambda plan: plan.longest_minutes,
    "hours_per_year": lambda plan: plan.family_hours_per_year,
}


@cache
def danish() -> Influence:
    return influence(cap.denmark())


def changed(problem: cap.Problem, key: str, value: Any) -> cap.Problem:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return moved(problem, key, value) if number else problem.set(key, value)


def solved(problem: cap.Problem) -> cap.Plan | None:
    try:
        return cap.solve(problem)
    except cap.InfeasibleError:
        return None


def told_as_solved(one: Try, problem: cap.Problem, base: cap.Plan) -> None:
    """A try is what a solve of that problem says, figure by figure."""
    plan = solved(problem)
    if plan is None:
        assert (one.status, one.site_ids, one.beds, one.dkk_per_year) == ("infeasible", (), None, None)
        return
    assert (one.status, one.site_ids) == (plan.status, plan.site_ids)
    assert set(one.opened) == set(plan.site_ids) - set(base.site_ids)
    assert set(one.closed) == set(base.site_ids) - set(plan.site_ids)
    for name, figure in FIGURES.items():
        assert getattr(one, name) == pytest.approx(figure(plan)), name


# --- every assumption is listed --------------------------------------------------------------


def lines_of_the_case() -> dict[str, tuple[Any, str]]:
    """Each line of the built-in case with its value and comment, read without the library."""
    text = (builtin_folder() / "case.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)
    found: dict[str, tuple[Any, str]] = {}
    section = ""
    for line in text.splitlines():
        if header := re.match(r"\[(\w+)\]", line):
            section = header.group(1)
        elif (key := re.match(r"([\w]+)\s*=", line)) and section not in ("ranges", "choices", "case"):
            found[f"{section}.{key.group(1)}"] = (said[section][key.group(1)], line.partition("#")[2].strip())
    return found


def test_every_assumption_of_the_case_that_is_on_is_listed_and_nothing_else() -> None:
    said = tomllib.loads((builtin_folder() / "case.toml").read_text(encoding="utf-8"))
    tried = {*said["ranges"], *said["choices"]}
    # Numbers that only the two other kinds of promise, or other objectives, ask about.
    elsewhere = {"promise.wait_days", "promise.wait_probability", "promise.occupancy"}
    elsewhere |= {f"objective.{name}" for name in ("fair_aversion", "worst_off_share", "worst_ties")}
    # Of an outpatient course, of which there is none.
    elsewhere |= {f"outpatient.{name}" for name in ("visits_per_week", "weeks", "declines")}
    # And of aftercare.
    elsewhere |= {key for key in lines_of_the_case() if key.startswith("aftercare.")}
    assumed = {
        key
        for key, (value, comment) in lines_of_the_case().items()
        if comment.startswith("assumption") and value is not False and value != [] and key not in elsewhere
    }
    in_parts = {key.rpartition(".")[0] for key in tried if key.count(".") == 2}
    listed = {s.key for s in danish().settings}
    assert listed == (assumed - in_parts) | tried
    assert len(listed) > 25 and in_parts == {"rules.region_access"}
    # Each line with a comment says where it comes from, and the study repeats it.
    for setting in danish().settings:
        whole = ".".join(setting.key.split(".")[:2])
        assert setting.source == lines_of_the_case()[whole][1]


def test_each_setting_is_tried_at_its_ends_and_choices() -> None:
    said = tomllib.loads((builtin_folder() / "case.toml").read_text(encoding="utf-8"))
    for setting in danish().settings:
        values = [t.value for t in setting.tries]
        asked = [v for v in said["ranges"].get(setting.key, []) if v != setting.value]
        assert all(v in values for v in [*asked, *said["choices"].get(setting.key, [])]), setting.key
        assert setting.tries or setting.key not in {*said["ranges"], *said["choices"]}


def test_what_another_promise_or_objective_asks_about_is_not_on() -> None:
    problem = cap.denmark()
    assert not is_on(problem, "promise.occupancy") and is_on(
        problem.set("promise.kind", "occupancy"), "promise.occupancy"
    )
    assert not is_on(problem, "objective.fair_aversion") and is_on(problem, "objective.fair_aversion", "fair")
    assert "rules.reach" not in assumptions(problem)
    off = problem.set("rules.volume", False)
    assert "rules.volume" in assumptions(problem) and "rules.volume" not in assumptions(off)


def test_a_setting_without_a_range_is_listed_and_not_tried() -> None:
    sources = {"stay.mean_days": "assumption: nobody knows", "rules.volume": "Request-2024"}
    found = influence(towns({"nearest": True, "volume": 3}, sources=sources))
    (only,) = found.settings
    assert (only.key, only.tries, only.switch_points, only.changes_units) == ("stay.mean_days", (), (), False)
    assert found.tried == () and found.table["status"].tolist() == ["not tried"]


# --- what is told is what solves say ---------------------------------------------------------


def test_every_try_of_the_danish_case_is_a_solve() -> None:
    found = danish()
    for setting in found.settings:
        for one in setting.tries:
            told_as_solved(one, changed(cap.denmark(), setting.key, one.value), found.base)
        other = [t for t in setting.tries if t.site_ids != found.base.site_ids]
        assert setting.changes_units == bool(other or setting.switch_points)


def test_what_the_report_used_to_call_nothing_is_found() -> None:
    """Four units with a grant, or without the rule of income; Aarhus at 100 minutes or 70 %, no plan by inhabitants."""
    by = {s.key: s for s in danish().settings}
    assert {"finance.grant_dkk_per_year", "sizes.largest", "rules.income"} <= {s.key for s in danish().changing}
    for key in ("rules.region_access.minutes", "rules.region_access.share"):
        assert any((t.opened, t.closed) == (("FA_AARHUS",), ("FA_AALBORG",)) for t in by[key].switch_points)
    assert any(t.status == "infeasible" for t in by["demand.weight"].tries)


def turning(setting: Setting) -> list[float]:
    return [t.value for t in setting.switch_points]


def test_the_best_units_change_where_the_switch_points_say_and_nowhere_else() -> None:
    found, problem = danish(), cap.denmark()
    looked = 0
    for setting in (s for s in found.settings if s.switch_points):
        assert setting.low is not None and setting.high is not None
        whole = isinstance(setting.value, int) and setting.key.startswith("sizes.")
        step = 1 if whole else (setting.high - setting.low) / 2_000
        for turn in setting.switch_points:
            beyond = turn.value + step if turn.way == "from" else turn.value - step
            within = turn.value - step if turn.way == "from" else turn.value + step
            there, here = (solved(changed(problem, setting.key, v)) for v in (beyond, within))
            assert (() if there is None else there.site_ids) == turn.site_ids, (setting.key, turn)
            assert here is not None and here.site_ids != turn.site_ids
            assert turn.proven
            looked += 1
        ends = sorted([setting.low, *turning(setting), setting.high])
        for a, b in pairwise(ends):
            inside = {solved(changed(problem, setting.key, int(v) if whole else v)) for v in (a + (b - a) / 3,)}
            assert len(inside) == 1
    assert looked > 5


def test_what_changes_the_units_first_stands_first() -> None:
    """By how little of the way to an end is enough; then by how much changes."""
    settings = danish().settings
    assert [s.changes_units for s in settings] == sorted((s.changes_units for s in settings), reverse=True)
    assert all(a.first <= b.first for a, b in pairwise(settings))
    assert all(a.size >= b.size for a, b in pairwise(settings) if a.first == b.first)
    first = settings[0]
    assert first.key == "rules.region_access.minutes"
    assert first.first == pytest.approx((90 - max(t.value for t in first.switch_points if t.way == "below")) / 30)


def test_the_strongest_five_are_tried_in_pairs() -> None:
    found, problem = danish(), cap.denmark()
    strongest = found.settings[:5]
    assert {(a, b) for a, b, _ in found.pairs} == {
        (a.key, b.key) for k, a in enumerate(strongest) for b in strongest[k + 1 :]
    }
    assert len(found.pairs) == sum(
        len(a.tries) * len(b.tries) for k, a in enumerate(strongest) for b in strongest[k + 1 :]
    )
    for first, second, one in found.pairs[::5]:
        there = changed(changed(problem, first, one.value[0]), second, one.value[1])
        told_as_solved(one, there, found.base)


def test_random_problems_are_told_as_solves_say() -> None:
    tried = 0
    for seed in range(14):
        # A budget that pays for aftercare is no row, and some of these problems are the model's.
        problem = random_problem(seed).replace(aftercare={"days": False})
        now = problem.get("stay.mean_days")
        problem = problem.replace(
            ranges={"stay.mean_days": (0.5 * now, 2.0 * now), "travel.visits_per_week": (0.0, 3.0)},
            choices={"rules.nearest": (problem.policy.nearest is None,)},
        )
        try:
            found = influence(problem)
        except cap.InfeasibleError:
            continue
        for setting in found.settings:
            for one in setting.tries:
                plan = solved(changed(problem, setting.key, one.value))
                assert (() if plan is None else plan.site_ids) == one.site_ids, (seed, setting.key, one)
                tried += 1
    assert tried > 20


# --- as JSON, as a table, on the terminal, in a case -------------------------------------------


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command tells of the study that is worked out already."""
    monkeypatch.setattr("capacity.studies.influence.influence", lambda problem, **_: danish())


@pytest.mark.usefixtures("known")
def test_the_json_is_as_promised(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["influence", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["base"]["site_ids"] == list(danish().base.site_ids)
    keys = {"value", "status", "site_ids", *FIGURES}
    for setting in said["settings"]:
        assert {"key", "source", "tries", "changes_units", "switch_points"} <= setting.keys()
        assert isinstance(setting["changes_units"], bool)
        assert all(keys <= one.keys() for one in setting["tries"])
    assert [s["key"] for s in said["settings"]] == [s.key for s in danish().settings]
    assert said["within_minutes"] == 90


@pytest.mark.usefixtures("known")
def test_the_command_says_what_decides(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["influence"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    changing, count = len(danish().changing), len(danish().settings)
    assert f"{changing} of {count} assumptions change the units" in out
    assert "Aarhus instead of Aalborg" in out and "as they are" in out


def test_the_command_asks_the_study_and_says_where_there_is_no_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = str(small_case(tmp_path / "small"))
    assert run(["influence", case]) == 0
    out = capsys.readouterr().out
    assert "0 of " in out and "Not tried, as no range or choices are given: " in out
    assert run(["influence", case, "--set", "rules.volume=50"]) == 3
    assert "volume (50 stays a year) cannot hold" in capsys.readouterr().err


def test_women_within_reach_are_counted_at_the_bases_minutes() -> None:
    problem = towns({"nearest": True, "reach": {"minutes": 40}}, ranges={"rules.reach.minutes": (40.0, 95.0)})
    found = influence(problem)
    (reach,) = found.settings
    assert found.minutes == 40
    far = next(t for t in reach.tries if t.value == 95)
    plan = cap.solve(problem.set("rules.reach", {"minutes": 95}))
    table = plan.assignment_table
    near = sum(w for w, m in zip(table["women"], table["minutes"], strict=True) if m <= 40)
    assert far.women_within == pytest.approx(near)


def test_choices_are_read_kept_in_a_plan_and_refused_where_they_do_not_fit(tmp_path: Path) -> None:
    case = small_case(tmp_path / "small")
    plain = (case / "case.toml").read_text(encoding="utf-8")

    def with_choices(text: str) -> cap.Problem:
        (case / "case.toml").write_text(f"{plain}\n[choices]\n{text}\n", encoding="utf-8")
        return cap.read_case(case)

    problem = with_choices('"promise.kind" = ["occupancy"]\nrules.units = [[1, 1], [2, 3]]')
    assert problem.choices == {"promise.kind": ("occupancy",), "rules.units": ([1, 1], [2, 3])}
    cap.solve(problem.set("rules.volume", False)).save(tmp_path / "out")
    assert cap.read_plan(tmp_path / "out").problem.choices == problem.choices
    for text, column, rule in (
        ('"promise.kind" = ["sometimes"]', "choices.promise.kind", "one of"),
        ('"promise.kind" = []', "choices.promise.kind", "a list of values"),
        ('"promise.kinds" = ["loss"]', "choices.promise.kinds", "unknown setting"),
    ):
        with pytest.raises(cap.DataError) as told:
            with_choices(text)
        (finding,) = told.value.findings
        assert (finding.table, finding.column) == ("case.toml", column) and rule in finding.rule
        assert finding.row == plain.count("\n") + 3


def test_a_switch_point_of_whole_numbers_is_the_first_at_which_the_units_are_others() -> None:
    """25 beds at most are too few for the 26 of Hvidovre: other units are best below 26, and 25 is below 26."""
    (largest,) = (s for s in danish().settings if s.key == "sizes.largest")
    (turn,) = largest.switch_points
    best = danish().base.site_ids
    assert turn.way == "below" and turn.value == int(turn.value)
    at, below = (cap.solve(cap.denmark({"sizes.largest": int(turn.value) - k})).site_ids for k in (0, 1))
    assert at == best and below == turn.site_ids != best
