"""Ladders and switch points against solves: which units are best along a setting, and how that is known."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import capacity as cap
from capacity import DataError, InfeasibleError, Problem, solve
from capacity.studies.ladder import Ladder
from capacity.studies.sets import plan_of_set
from capacity.studies.spans import is_proven, moved, spans
from capacity.studies.switch import Switch, certificate, stays_best
from tests.random_problems import random_problem
from tests.small import towns

RULES: dict[str, Any] = {"nearest": True, "volume": 3}
DEMAND = "demand.women_per_year"


def best_at(problem: Problem, women: float) -> tuple[str, ...]:
    try:
        return solve(problem.set(DEMAND, women)).site_ids
    except InfeasibleError:
        return ()


def assert_steps_are_right(problem: Problem, found: Ladder) -> None:
    steps = found.steps
    assert all(a.high == pytest.approx(b.low) for a, b in itertools.pairwise(steps))
    for step in steps:
        if step.high - step.low > 0.03:
            for women in (step.low + 0.01, (step.low + step.high) / 2, step.high - 0.01):
                assert best_at(problem, women) == step.site_ids, (women, step)


def assert_best(problem: Problem, key: str, step: Any, exact_to: float, objective: str = "travel") -> None:
    """Just inside the ends and in the middle, no plan is better than that of the step's units."""
    if step.high - step.low < 4 * exact_to:
        return
    for value in (step.low + 1.5 * exact_to, (step.low + step.high) / 2, step.high - 1.5 * exact_to):
        changed = moved(problem, key, value)
        try:
            best = solve(changed, objective).objective
        except InfeasibleError:
            assert step.site_ids == (), (key, value, step)
        else:
            assert step.site_ids, (key, value, step)
            assert plan_of_set(changed, step.site_ids, objective).objective == pytest.approx(best, rel=1e-6)


# --- over demand, in closed form -----------------------------------------------------------------


def test_every_step_is_what_a_solve_says_just_inside_its_ends() -> None:
    for income in (True, None):
        problem = towns({"nearest": True, "volume": 3, "income": income})
        found = cap.ladder(problem, high=120)
        assert len(found.steps) >= 3
        assert_steps_are_right(problem, found)


def test_ladders_of_random_problems_are_what_solves_say() -> None:
    """Any rules, run_budget among them, and one or two scenarios that grow together."""
    tried = scenarios = budgets = 0
    for seed in range(40, 70):
        problem = random_problem(seed, points=5, sites=5, counts="all", nearest=True)
        found = cap.ladder(problem, low=2, high=40)
        assert "at every level" in found.certificate
        assert_steps_are_right(problem, found)
        if len(found.steps) > 1:
            tried += 1
            scenarios += len(problem.scenarios.ids) > 1
            budgets += problem.policy.run_budget is not None
    assert tried >= 10
    assert scenarios >= 2
    assert budgets >= 1


def test_ladders_are_what_solves_say_where_money_counts_who_is_admitted() -> None:
    """With a run budget levels are scanned: what is not seen between two of them is told, and no step is wrong."""
    grown = exact = 0
    for seed in range(950_000, 950_060):
        problem = random_problem(seed, points=5, sites=5, nearest=True)
        if not problem.counts_admitted:
            continue
        found = cap.ladder(problem, low=2, high=40)
        assert_steps_are_right(problem, found)
        grown += len(found.steps) > 1
        exact += "at every level" in found.certificate
    assert grown >= 4 and exact >= 4


def test_a_step_says_what_stops_the_next_unit() -> None:
    # c serves 2 of 18: the third unit needs 3 stays, so 27 women a year.
    found = cap.ladder(towns({"nearest": True, "volume": 3}), high=60)
    by_sites = {s.site_ids: s for s in found.steps}
    assert by_sites["a", "b"].high == pytest.approx(27)
    assert by_sites["a", "b"].stopped_by == ("volume",)
    assert by_sites["a", "b", "c"].stopped_by == ()
    assert found.steps[0].status == "infeasible"
    assert found.steps[0].high == pytest.approx(3)
    row = found.to_json()["steps"][0]
    assert {"from", "to", "site_ids", "beds", "mean_minutes", "status", "stopped_by"} <= set(row)
    assert len(found.table) == len(found.steps)
    two = cap.ladder(towns({"nearest": True, "volume": 3, "units": [1, 2]}), high=60)
    assert two.steps[-1].stopped_by == ("units",)


def test_running_costs_end_a_ladder_where_they_meet_the_budget() -> None:
    # One unit costs 2 M, a bed 0.3 M, a day 900: the budget is met between two bed steps.
    found = cap.ladder(towns({"nearest": True, "units": [1, 1], "run_budget": 8e6}), high=60)
    end = found.steps[-1].low
    assert found.steps[-1].stopped_by == ("run_budget",)
    at = solve(towns({"nearest": True, "units": [1, 1]}).set(DEMAND, end))
    assert sum(at.unit_table["cost_dkk"]) == pytest.approx(8e6, rel=0.03)


def test_the_danish_ladder_agrees_with_solves() -> None:
    problem = cap.denmark()
    found = cap.ladder(problem)
    assert found.steps[0].status == "infeasible"
    for step in found.steps:
        assert best_at(problem, (step.low + step.high) / 2) == step.site_ids
    now = next(s for s in found.steps if s.low <= 90 <= s.high)
    assert now.site_ids == ("FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE")


def test_ranges_prove_what_the_closed_form_says() -> None:
    """Two ways to the same ladder: set by set, and range by range."""
    for income in (True, None):
        problem = towns({"nearest": True, "volume": 3, "income": income, "run_budget": 12e6})
        levels = cap.ladder(problem, high=80).steps
        ranges = spans(problem, DEMAND, 1, 80, exact_to=0.01, objective="travel")
        wide = [s for s in levels if s.high - s.low > 0.02]
        assert [s.site_ids for s in ranges] == [s.site_ids for s in wide]
        assert [s.high for s in ranges] == pytest.approx([s.high for s in wide], abs=0.01)
        assert all(s.proven for s in ranges)


# --- over any setting, range by range ------------------------------------------------------------

ROUTES: list[tuple[dict[str, Any], str, float, float, float, str]] = [
    ({"nearest": True, "volume": 3, "income": True}, "finance.day_rate_dkk", 1_000, 8_000, 1, "travel"),
    ({"nearest": True, "volume": 3, "income": True}, "stay.mean_days", 30, 400, 0.1, "travel"),
    ({"nearest": True, "volume": 3, "income": True}, "stay.mean_days", 30, 400, 0.1, "cost"),
    ({"nearest": True, "income": {"when": "poisson_year", "probability": 0.8}}, "stay.mean_days", 60, 300, 1, "travel"),
    ({"nearest": True, "volume": 3}, DEMAND, 3, 20, 0.2, "cost"),
    (
        {"nearest": True, "region_access": {"share": 0.9, "minutes": 40}},
        "rules.region_access.minutes",
        1,
        100,
        0.1,
        "cost",
    ),
    ({"nearest": True, "reach": 40}, "rules.reach", 1, 100, 0.1, "travel"),
    (
        {"nearest": True, "volume": 3, "near_ambulatory": {"minutes": 5, "exceptions": ["b"]}},
        "rules.near_ambulatory",
        0,
        60,
        0.1,
        "travel",
    ),
    ({"nearest": True, "volume": 9, "prices": {"volume": 20}}, "rules.volume", 1, 20, 0.01, "travel"),
    ({"nearest": True, "volume": 9, "prices": {"volume": 20}}, "prices.volume", 1, 300, 0.1, "travel"),
    ({"nearest": True, "volume": 3}, "travel.ambulatory_trips_per_week", 0, 20, 0.01, "travel"),
    ({"nearest": True, "reach": {"minutes": 40, "exceptions": ["C"]}}, "rules.reach.minutes", 1, 100, 0.1, "travel"),
    # The price is part of the cost itself: every single unit costs the same, at every price.
    ({"nearest": True, "volume": 3}, "finance.unit_dkk_per_year", 1e5, 4e6, 1e3, "cost"),
    ({"nearest": True, "income": True, "run_budget": 8e6}, "finance.unit_dkk_per_year", 1e5, 9e6, 1e3, "cost"),
    ({"nearest": True, "income": True, "keep": ["b"]}, "finance.bed_dkk_per_year", 1e5, 2e6, 1e3, "cost"),
    ({"nearest": True, "income": True, "reach": 60}, "finance.occupied_day_dkk", 100, 4_000, 1, "cost"),
    ({"nearest": True, "build_budget": 4e7, "reach": 60}, "finance.building_dkk_per_bed", 1e5, 4e6, 1e3, "cost"),
    # Families may be split: the model is asked, and what a set is worth changes with the setting.
    ({"volume": 3}, "rules.volume", 1, 20, 0.1, "travel"),
    ({"volume": {"stays": 3, "when": "poisson_year", "probability": 0.8}}, DEMAND, 4, 60, 0.5, "travel"),
    ({"volume": 3, "income": True, "units": [1, 2]}, DEMAND, 4, 60, 0.5, "travel"),
    ({"volume": 3, "run_budget": 9e6}, "rules.run_budget", 4e6, 12e6, 1e5, "travel"),
]


@pytest.mark.parametrize(("rules", "key", "low", "high", "exact_to", "objective"), ROUTES)
def test_every_range_is_what_solves_say(
    rules: dict[str, Any], key: str, low: float, high: float, exact_to: float, objective: str
) -> None:
    problem = towns(rules)
    assert is_proven(problem, key, objective)
    found = cap.switch_points(problem, key, low, high, exact_to=exact_to, objective=objective)
    assert found[0].low == low
    assert found[-1].high == high
    assert all(a.high == b.low and a.site_ids != b.site_ids for a, b in itertools.pairwise(found))
    assert all(s.proven for s in found)
    for step in found:
        assert_best(problem, key, step, exact_to, objective)


def test_ranges_of_random_problems_are_what_solves_say() -> None:
    changes = 0
    for seed in range(300, 308):
        problem = random_problem(seed, points=4, sites=4, nearest=True, income={"when": "expected"})
        for key, low, high in (("finance.day_rate_dkk", 1_000.0, 9_000.0), ("stay.mean_days", 60.0, 300.0)):
            found = spans(problem, key, low, high, exact_to=1.0, objective="travel")
            for step in found:
                assert_best(problem, key, step, 1.0)
            changes += len(found) - 1
    assert changes >= 5


def test_a_ladder_climbs_any_number() -> None:
    problem = towns({"nearest": True, "volume": 3, "income": True}, ranges={"finance.day_rate_dkk": (2_000, 8_000)})
    found = cap.ladder(problem, "finance.day_rate_dkk", exact_to=1)
    assert (found.steps[0].low, found.steps[-1].high) == (2_000, 8_000)
    assert found.steps[0].status == "infeasible"
    assert "income" in found.steps[0].stopped_by
    assert found.steps[1].stopped_by == ("income",)
    assert "volume" in found.steps[-1].stopped_by
    assert "proven where every rule is loosest" in found.certificate
    # Without a stated range, from half to double; the ends of a volume are those found by hand.
    volume = cap.ladder(problem.set("rules.income", False), "rules.volume", low=1, high=20)
    assert [s.site_ids for s in volume.steps] == [("a", "b", "c"), ("a", "b"), ("a",), ()]
    assert cap.ladder(problem, "rules.volume").steps[0].low == 1.5
    assert volume.steps[-1].stopped_by == ("volume",)


def test_a_ladder_where_families_may_be_split() -> None:
    found = cap.ladder(towns({"volume": 5, "units": [1, 3]}), low=4, high=30, exact_to=0.5)
    assert found.steps[0].status == "infeasible"
    assert found.steps[0].high == pytest.approx(5, abs=0.5)
    for step in found.steps:
        assert_best(towns({"volume": 5, "units": [1, 3]}), DEMAND, step, 0.5)
        if step.site_ids:
            assert 0 < step.beds_low <= step.beds


def test_a_ladder_says_why_there_is_no_plan_at_all() -> None:
    found = cap.ladder(towns({"nearest": True, "reach": 4}), "finance.day_rate_dkk", low=1, high=10)
    assert [s.stopped_by for s in found.steps] == [("reach",)]


def test_whole_numbers_are_each_solved() -> None:
    found = cap.ladder(towns({"nearest": True, "volume": 3}), "rules.units", low=1, high=4)
    assert [(s.low, s.high, s.site_ids) for s in found.steps] == [(1, 1, ("a",)), (2, 2, ("a", "b")), (3, 4, ())]
    assert found.certificate == "Every whole number was solved."


def test_a_setting_that_cannot_be_proven_is_scanned_and_says_so() -> None:
    problem = towns({"volume": 3, "income": {"when": "poisson_year", "probability": 0.8}})
    assert not is_proven(problem, DEMAND, "travel")
    seen: list[float] = []
    found = cap.switch_points(problem, DEMAND, 4, 40, pieces=4, exact_to=1, progress=seen.append)
    assert seen[:2] == [4, 13]
    assert len(found) >= 2
    assert not any(s.proven for s in found)
    for step in found:
        for value in (step.low, step.high):
            if value in seen and step.site_ids:
                assert solve(problem.set(DEMAND, value)).status == "optimal"
    assert "is not seen" in cap.ladder(problem, DEMAND, low=4, high=40, exact_to=1).certificate


def test_what_is_left_when_too_much_is_asked_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.studies.spans.MOST_QUESTIONS", 3)
    found = cap.ladder(towns({"nearest": True, "volume": 3}), "rules.volume", low=1, high=20)
    assert "Not proven from" in found.certificate


@pytest.mark.parametrize(
    ("key", "arguments", "said"),
    [
        ("promise.kind", {}, "the setting is a number"),
        ("rules.volume", {"low": 5, "high": 4}, "from a lower to a higher"),
        ("rules.volum", {"low": 5, "high": 6}, "rules.volume"),
        ("rules.region_access.minutes", {"low": 5, "high": 6}, "the rule is on"),
    ],
)
def test_a_ladder_over_nothing_is_refused(key: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        cap.ladder(towns(RULES), key, **arguments)


def test_switch_points_lie_where_the_best_set_changes() -> None:
    problem = towns({"nearest": True, "volume": 3})
    found = cap.switch_points(problem, "rules.volume", 1, 20, exact_to=0.01)
    # c (2 stays) closes above 2; a and b (10 and 8) above 8; one unit carries all up to 18.
    assert [s.site_ids for s in found] == [("a", "b", "c"), ("a", "b"), ("a",), ()]
    assert [s.high for s in found] == pytest.approx([2, 8, 18, 20], abs=0.01)
    assert isinstance(found[0], Switch)
    assert found[0].said() == "Site a, Site b, Site c stay best from 1 to 2 stays a year."
    assert found[2].said() == "Site a stays best from 8 to 18 stays a year."
    assert found[3].said() == "No plan keeps the rules from 18 to 20 stays a year."
    assert stays_best(problem, found) == "This plan stays best from 2 to 8 stays a year."
    assert stays_best(problem.set("rules.volume", False), found) == ""
    demand = cap.switch_points(problem, DEMAND, 2, 60)
    assert stays_best(problem, demand) == "This plan stays best from 6.75 to 27 women a year."
    with pytest.raises(DataError, match="from a lower to a higher value"):
        cap.switch_points(problem, "rules.volume", 20, 10)
    # What cannot have been seen is said with them.
    assert "a set that is best on less than that is not seen" in certificate(problem, found)
    assert certificate(problem, demand) == "All 7 sets of sites were valued at every level."
    scanned = cap.switch_points(problem, "promise.demand_cv", 0, 0.4, pieces=2, exact_to=0.1)
    assert certificate(problem, scanned, exact_to=0.1).startswith("Solved at points of a scan")
