"""What admitted stays make bend with who goes where: costs, budgets and prices where families may be split."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from capacity import (
    DataError,
    InfeasibleError,
    Network,
    Problem,
    Scenarios,
    TravelMatrix,
    alternatives,
    denmark,
    evaluate,
    pareto,
    solve,
)
from capacity.engines.admitting import begun
from capacity.engines.linear.model import build
from capacity.engines.linear.solvers import solve_arrays
from capacity.rules.objectives import COST, objective_named
from tests.campaign_answers import by_engines
from tests.corners import least_cost, least_hours, least_paid
from tests.referee import Facts
from tests.small import towns
from tests.varied import question

CLOSE = 2e-8


def small(seed: int) -> Problem:
    """Two or three places and sites, one or two scenarios, under a promise of loss."""
    rng = np.random.default_rng(seed)
    scenarios = int(rng.integers(1, 3))
    points = [f"p{i}" for i in range(3 if scenarios == 1 else 2)]
    sites = [f"s{j}" for j in range(2)]
    here = {"point_ids": points, "point_names": points, "point_regions": ["N"] * len(points)}
    there = {"site_ids": sites, "site_names": sites, "site_regions": ["N"] * len(sites), "site_points": points[:2]}
    ways = rng.choice([10.0, 20.0, 30.0, 45.0], (len(points), len(sites)))
    return towns().replace(
        network=Network(**here, **there),
        travel=TravelMatrix(origin_ids=points, destination_ids=sites, values=ways, unit="minutes"),
        to_ambulatory=None,
        scenarios=Scenarios(
            ids=[f"d{s}" for s in range(scenarios)],
            point_ids=points,
            women=np.round(rng.uniform(1, 6, (scenarios, len(points))), 1),
            probability=rng.dirichlet(np.ones(scenarios)),
            must_hold=[True] * scenarios,
        ),
        sizes={"smallest": 1, "largest": int(rng.integers(5, 8))},
        promise={"kind": "loss", "turned_away": float(rng.choice([0.05, 0.2, 0.4])), "demand_cv": 0.0},
        finance={
            "counts": "admitted",
            "unit_dkk_per_year": float(rng.choice([0, 5e5])),
            "bed_dkk_per_year": float(rng.choice([1e5, 3e5])),
            "building_dkk_per_bed": float(rng.choice([0, 1e6])),
        },
    )


@pytest.mark.parametrize("seed", [1, 2, 5, 6, 7, 9])
def test_the_least_cost_lies_in_a_corner_and_is_found_there(seed: int) -> None:
    problem = small(seed)
    least = least_cost(Facts(problem))
    try:
        plan = solve(problem, "cost")
    except InfeasibleError:
        assert least == np.inf
        return
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(least, rel=CLOSE)
    assert plan.bound <= least * (1 + CLOSE)
    assert plan.check() == ()


@pytest.mark.parametrize("seed", [1, 3, 6, 7])
def test_a_running_budget_is_kept_on_the_shortest_ways_there_are(seed: int) -> None:
    problem = small(seed)
    costs = [sum(solve(problem, goal).unit_table["cost_dkk"]) for goal in ("cost", "travel")]
    budget = 0.4 * min(costs) + 0.6 * max(costs)
    plan = solve(problem.replace(policy={"run_budget": budget}))
    assert plan.status == "optimal"
    assert sum(plan.unit_table["cost_dkk"]) <= budget * (1 + 1e-7)
    # A hair of the budget is a hair of the ways.
    assert plan.objective == pytest.approx(least_hours(Facts(problem), budget), rel=1e-6)
    with pytest.raises(InfeasibleError):
        solve(problem.replace(policy={"run_budget": 0.5 * min(costs)}))


@pytest.mark.parametrize("seed", [1, 2, 5, 6])
def test_what_active_practice_lacks_is_paid_for_as_tangents_say(seed: int) -> None:
    total = float(small(seed).women.sum(axis=1).max())
    problem = small(seed).replace(policy={"volume": round(0.6 * total, 1), "prices": {"volume": 40.0}})
    plan = solve(problem)
    assert plan.status == "optimal"
    assert plan.loss == pytest.approx(least_paid(Facts(problem), 40.0), rel=1e-7)


WHOLE = {
    "finance.counts": "admitted",
    "promise.kind": "loss",
    "rules.nearest": "off",
    "rules.one_agreement": "on",
    "rules.served": "on",
    "outpatient.dkk_per_course": "off",
    "outpatient.beyond_minutes": "off",
    "outpatient.effect": "off",
    "aftercare.days": "off",
}
"""Every family goes to one place, chosen by the model: the referee values every assignment and every size."""

BENDING: dict[str, dict[str, str]] = {
    "cost": {"solve.objective": "cost", "finance.occupied_day_dkk": "900.0"},
    "public cost": {"solve.objective": "public_cost", "finance.occupied_day_dkk": "900.0"},
    "budget": {"rules.run_budget": "on", "finance.occupied_day_dkk": "900.0", "solve.risk": "expected"},
    "priced volume": {"rules.volume": "average", "prices.volume": "some", "solve.risk": "expected"},
    "loss with each stay": {
        "rules.income": "expected",
        "finance.day_rate_dkk": "900.0",
        "finance.grant_dkk_per_year": "500000.0",
        "finance.unit_dkk_per_year": "0.0",
    },
}


@pytest.mark.parametrize("what", BENDING)
def test_whole_assignments_are_those_of_the_referee(what: str) -> None:
    compared = 0
    for seed in range(951_100, 951_105):
        found = list(by_engines(question(seed, WHOLE | BENDING[what])))
        assert [one for one in found if one.what == "wrong"] == []
        compared += sum(one.who == "mip" and one.what == "compared" for one in found)
    assert compared >= 2


@pytest.mark.parametrize("risk", ["worst_case", "regret", "cvar"])
def test_a_risk_of_costs_is_no_less_than_their_mean(risk: Any) -> None:
    problem = small(2)
    assert len(problem.scenarios.ids) == 2
    calm, plan = solve(problem, "cost"), solve(problem, "cost", risk=risk, level=0.5)
    assert plan.status == "optimal" and plan.check() == ()
    if risk != "regret":
        assert plan.record["risk_value"] >= calm.objective * (1 - 1e-9)
    assert plan.objective >= calm.objective * (1 - 1e-9)


def test_studies_answer_what_bends_as_well() -> None:
    problem = small(7)
    best = solve(problem, "cost")
    listed = alternatives(problem, 3, objective="cost").alternatives
    assert listed[0].plan.objective == pytest.approx(best.objective, rel=1e-8)
    assert [one.plan.objective for one in listed] == sorted(one.plan.objective for one in listed)
    assert evaluate(problem, best.site_ids, objective="cost").objective == pytest.approx(best.objective, rel=1e-8)
    front = pareto(problem, ("cost", "beds"))
    assert front.values[:, 0].min() == pytest.approx(best.objective, rel=1e-6)


def test_an_engine_that_holds_no_columns_to_what_units_admit_says_so() -> None:
    for engine in ("rank", "decompose"):
        with pytest.raises(DataError):
            solve(small(1), "cost", engine=engine)
    with pytest.raises(DataError, match="cost counts admitted stays, which bend with who goes where"):
        build(small(1), COST)


def test_a_run_cut_short_has_a_plan_and_a_bound_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where marks do not close the gap, what is known is told: no plan is called the best."""
    problem = small(2)
    best = solve(problem, "cost")
    monkeypatch.setattr("capacity.engines.bending.ROUNDS", 1)
    plan = solve(problem, "cost")
    assert plan.status == "feasible" and plan.bound < best.objective <= plan.objective * (1 + 1e-9)
    assert plan.check() == ()


def test_marks_take_no_plan_away() -> None:
    """What holds whoever goes where is below what units admit: the relaxation is a bound."""
    problem = small(2)
    model = build(problem, objective_named("cost"), cuts=True)
    linear = begun(model, model.linear)
    assert begun(model, linear) is linear and len(linear.row_lower) > len(model.linear.row_lower)
    assert solve_arrays(linear).objective <= solve(problem, "cost").objective


@pytest.mark.parametrize("seed", range(12))
def test_what_lies_beneath_a_cost_bounds_it(seed: int) -> None:
    problem = small(seed)
    below = beneath(problem)
    try:
        plan, least = solve(problem, "cost"), solve(problem, below, engine="rank")
    except InfeasibleError:
        return
    assert plan.status == least.status == "optimal"
    assert least.objective <= plan.objective


def beneath(problem: Problem) -> Any:
    assert COST.beneath is not None
    below = COST.beneath(problem)
    assert below is not None and not below.bends(problem)
    return replace(below, name="least cost")


def test_where_overload_is_allowed_nothing_lies_beneath() -> None:
    problem = small(2)
    assert COST.beneath is not None
    assert COST.beneath(problem.replace(policy={"promise": None})) is None


def test_where_nothing_lies_beneath_the_tree_is_asked_for_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("capacity.engines.tree.engine.first_plan", lambda question: asked.append(question.goal.name))
    solve(small(2).replace(policy={"promise": None}), "cost")
    assert asked == ["cost"]
    solve(small(2), "cost")
    assert asked == ["cost"]


def test_families_who_may_be_split_have_a_close_bound_at_once() -> None:
    problem = denmark().replace(policy={"nearest": None})
    plan = solve(problem, "cost")
    assert plan.status == "feasible" and plan.record["engine"] == "rank"
    assert 0 < plan.objective - plan.bound <= 1e-4 * plan.objective
    assert "ranked by what they cost at least" in plan.certificate
    assert plan.check() == ()


def test_a_plan_at_hand_ends_a_search_whose_bound_is_far(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = small(2)
    monkeypatch.setattr("capacity.engines.choose.SMALL", 0)
    monkeypatch.setattr("capacity.engines.choose.CLOSE", 0.0)
    monkeypatch.setattr("capacity.engines.mip.BEGUN", 1)
    plan = solve(problem, "cost")
    assert plan.bound <= solve(problem, "cost", time_limit=60).objective <= plan.objective * (1 + 1e-9)
    assert plan.check() == ()
