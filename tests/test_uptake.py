"""Uptake: how many accept a place so far away, and the plan that reaches most."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, InfeasibleError, solve
from capacity.problem.uptake import Uptake
from capacity.report.files import write_plan
from capacity.studies.sets import plan_of_set
from tests.cases import edit_text, small_case
from tests.oracle import accepts
from tests.random_problems import random_problem
from tests.small import towns
from tests.test_plan import OPEN

CURVE = [[10, 1.0], [60, 0.5], [90, 0.2]]


def test_the_curve_is_straight_between_its_points_and_level_outside() -> None:
    curve = Uptake.of(CURVE)
    assert curve.at(np.array([0, 10, 35, 60, 75, 90, 500, np.inf])).tolist() == pytest.approx(
        [1, 1, 0.75, 0.5, 0.35, 0.2, 0.2, 0]
    )
    assert curve.points == CURVE
    assert Uptake.of([[30, 0.9]]).at(np.array([0.0, 99])).tolist() == [0.9, 0.9]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([], "pairs"),
        ([[1, 1], [2]], "pairs"),
        ([["near", 1]], "pairs"),
        ([[10, 1.0], [10, 0.5]], "ascend"),
        ([[-1, 1.0]], "not negative"),
        ([[10, 1.2]], "between 0 and 1"),
        ([[10, 0.5], [20, 0.6]], "farther away"),
    ],
)
def test_a_curve_is_checked(points: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Uptake.of(points)


def test_without_a_curve_everybody_accepts_and_nothing_is_said_of_it() -> None:
    problem = towns({"nearest": True})
    assert problem.get("travel.uptake") is False
    assert "reached" not in solve(problem).objectives
    with pytest.raises(DataError, match=r"travel\.uptake"):
        solve(problem, "reached")
    with pytest.raises(DataError, match="a file is named"):
        problem.set("travel.uptake", "uptake.csv")
    assert problem.set("travel.uptake", CURVE).set("travel.uptake", False).uptake is None


def test_women_reached_by_hand() -> None:
    # One unit, at b: A's 10 women travel 30 minutes (0.8 accept), B's 6 travel 5, C's 2 travel 60 (0.5).
    problem = towns({"units": [1, 1], "nearest": True}).set("travel.uptake", CURVE)
    plan = solve(problem.set("rules.keep", ["b"]), "reached")
    assert plan.objective == pytest.approx(10 * 0.8 + 6 + 2 * 0.5)
    assert plan.objectives["reached"] == plan.objective == plan.bound
    assert plan.loss == -plan.objective
    # At a: 10 + 6 x 0.8 + 2 x 0.2 = 15.2, more than at b.
    assert solve(problem, "reached").site_ids == ("a",)


def test_both_engines_reach_as_many_as_the_best_of_all_sets() -> None:
    tried = 0
    for seed in itertools.count(900):
        problem = random_problem(seed, points=5, sites=4, scenarios=2, nearest=True, keep=None, forbid=None)
        reached = {}
        for size in range(1, 5):
            for sites in itertools.combinations(sorted(problem.network.site_ids), size):
                try:
                    plan = plan_of_set(problem, sites, "travel")
                except InfeasibleError:
                    continue
                table = plan.assignment
                chance = dict(zip(problem.scenarios.ids, problem.probability, strict=True))
                reached[sites] = sum(
                    chance[s] * w * accepts(problem, t)
                    for s, w, t in zip(table["scenario"], table["women"], table["minutes"], strict=True)
                )
                assert plan.objectives["reached"] == pytest.approx(reached[sites])
        if len(reached) < 3:
            continue
        for engine in ("enumerate", "mip"):
            plan = solve(problem, "reached", engine=engine)
            assert plan.objective == pytest.approx(max(reached.values()))
            assert plan.gap == pytest.approx(0, abs=1e-9)
            assert plan.check() == ()
        tried += 1
        if tried == 6:
            return


def test_a_plan_cut_short_has_a_bound_above_what_it_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    import capacity.engines.enumerate as enumeration

    problem = random_problem(7, points=6, sites=6, nearest=True, scenarios=1, **OPEN)
    best = solve(problem, "reached")
    monkeypatch.setattr(enumeration, "BLOCK_CELLS", 24)
    cut = solve(problem, "reached", time_limit=1e-9)
    assert cut.status == "feasible"
    assert cut.objective <= best.objective <= cut.bound
    assert 0 < cut.gap < 1


def test_a_rule_broken_at_a_price_is_taken_off_what_is_reached() -> None:
    problem = towns({"units": [3, 3], "nearest": True, "volume": 4, "prices": {"volume": 0.1}}).set(
        "travel.uptake", CURVE
    )
    plan = solve(problem, "reached", engine="mip")
    assert plan.objective == pytest.approx(plan.objectives["reached"] - 0.2)
    assert solve(problem, "reached").objective == pytest.approx(plan.objective)


def test_the_check_works_it_out_again() -> None:
    plan = solve(towns({"nearest": True}).set("travel.uptake", CURVE), "reached")
    wrong = replace(plan, objectives=dict(plan.objectives) | {"reached": 18.1}, objective=18.1, bound=18.1)
    assert any(f.column == "objectives.reached" for f in wrong.check())
    low = replace(plan, bound=plan.objective - 1)
    assert any(f.column == "bound" for f in low.check())


def test_a_curve_from_a_file(tmp_path: Path) -> None:
    case = small_case(tmp_path / "case", uptake__csv="minutes,share\n10,1\n60,0.5\n")
    edit_text(case / "case.toml", '"links.csv"', '"links.csv"\nuptake = "uptake.csv"  # assumption')
    problem = cap.read_case(case)
    assert problem.get("travel.uptake") == [[10, 1], [60, 0.5]]
    plan = solve(problem, "reached")
    write_plan(plan, tmp_path / "out")
    again = cap.read_plan(tmp_path / "out")
    assert again.objective == plan.objective
    assert again.problem.fingerprint == problem.fingerprint
    (case / "uptake.csv").write_text("minutes,share\n10,1\n60,1.5\nx,0\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        cap.read_case(case)
    assert [(f.table, f.row) for f in caught.value.findings] == [("uptake.csv", 4), ("uptake.csv", 3)]
    edit_text(case / "case.toml", '"uptake.csv"', "[[10, 1], [60, 2]]")
    with pytest.raises(DataError) as caught:
        cap.read_case(case)
    assert (caught.value.findings[0].table, caught.value.findings[0].row) == ("case.toml", 10)
    edit_text(case / "case.toml", "[[10, 1], [60, 2]]", "[[10, 1], [60, 0.5]]")
    assert cap.read_case(case).fingerprint == problem.fingerprint
    (case / "scenarios.csv").write_text("id,women_per_year\nfew,10\n", encoding="utf-8")
    (case / "uptake.csv").write_text("minutes,share\n10,1\n", encoding="utf-8")
    few = cap.read_case(case, {"scenario": "few", "travel.uptake": "uptake.csv"})
    assert (few.scenarios.women_per_year, few.get("travel.uptake")) == (10, [[10, 1]])
    edit_text(case / "case.toml", "[[10, 1], [60, 0.5]]", '"uptak.csv"')
    with pytest.raises(DataError, match=r"Did you mean 'uptake\.csv'"):
        cap.read_case(case)


def test_studies_know_that_more_is_better() -> None:
    problem = towns({"nearest": True}).set("travel.uptake", CURVE)
    others = cap.alternatives(problem, 3, objective="reached")
    assert [a.plan.objective for a in others.alternatives] == sorted(
        (a.plan.objective for a in others.alternatives), reverse=True
    )
    assert others.alternatives[0].behind == 0
    assert all(a.behind > 0 for a in others.alternatives[1:])
    front = cap.pareto(problem, ["reached", "beds"]).table
    assert front["reached"].is_monotonic_decreasing and front["beds"].is_monotonic_decreasing
    assert front["reached"].iloc[0] == pytest.approx(solve(problem, "reached").objective)
    table = cap.sweep(problem, {"rules.units": [1, 2, 3]}, objective="reached").table
    assert table["objective"].is_monotonic_increasing


def test_every_curve_is_called_an_assumption() -> None:
    from capacity.report.words import is_assumption, leans_on, paragraph

    plan = solve(towns({"nearest": True}).set("travel.uptake", CURVE))
    assert f"{plan.objectives['reached']:.1f} of 18 women a year accept" in paragraph(plan)
    source = {key: source for key, _, source in leans_on(plan.problem)}["travel.uptake"]
    assert is_assumption(source)
