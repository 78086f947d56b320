"""Demand nobody knows: risk over scenarios against brute force, and sampling."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, InfeasibleError, Scenarios, solve
from capacity.explaining.conflicts import as_arrays
from capacity.objectives import OBJECTIVES
from capacity.risk import cvar
from capacity.sampling import Uncertainty, predicted_moments, region_correlation, sample
from capacity.studies.sets import plan_of_set
from tests.random_problems import random_problem
from tests.small import towns

# --- risk ------------------------------------------------------------------------------------


def by_scenario(problem: cap.Problem, goal: str) -> dict[tuple[str, ...], Any]:
    """Every set that keeps the rules, with its objective in each scenario."""
    ids = problem.network.site_ids
    found = {}
    for size in range(1, len(ids) + 1):
        for sites in itertools.combinations(sorted(ids), size):
            if not set(problem.policy.keep or ()) <= set(sites) or set(problem.policy.forbid or ()) & set(sites):
                continue
            try:
                plan = plan_of_set(problem, sites, goal)
            except InfeasibleError:
                continue
            found[sites] = OBJECTIVES[goal].by_scenario(problem, as_arrays(plan, problem))[0]
    return found


@pytest.mark.parametrize("goal", ["travel", "cost"])
@pytest.mark.parametrize("risk", ["worst_case", "regret", "cvar"])
def test_the_plan_has_the_least_risk_of_all(risk: str, goal: str) -> None:
    tried = 0
    for seed in itertools.count(300):
        problem = random_problem(seed, points=4, sites=4, scenarios=3, nearest=True)
        values = by_scenario(problem, goal)
        if len(values) < 3:
            continue
        chance = problem.probability
        table = np.array(list(values.values()))
        if risk == "worst_case":
            risks = table.max(axis=1)
        elif risk == "regret":
            risks = (table - table.min(axis=0)).max(axis=1)
        else:
            risks = np.array([tail_mean(row, chance, 0.6) for row in table])
        plan = solve(problem, goal, risk=risk, level=0.6)
        assert plan.record["risk_value"] == pytest.approx(risks.min(), rel=1e-9, abs=1e-6)
        assert plan.check() == ()
        tried += 1
        if tried == 5:
            break


def tail_mean(values: Any, chance: Any, level: float) -> float:
    """Mean of the worst 1 - level, written as the sentence says it."""
    left, total = 1 - level, 0.0
    for value, p in sorted(zip(values, chance, strict=True), reverse=True):
        part = min(p, left)
        total += part * value
        left -= part
    return total / (1 - level)


def test_cvar_by_hand() -> None:
    value, chance = np.array([[1.0, 2, 10]]), np.array([0.5, 0.4, 0.1])
    assert cvar(value, chance, 0.0)[0] == pytest.approx(2.3)
    assert cvar(value, chance, 0.9)[0] == pytest.approx(10)
    assert cvar(value, chance, 0.8)[0] == pytest.approx((10 * 0.1 + 2 * 0.1) / 0.2)


def test_expected_risk_is_the_ordinary_plan() -> None:
    problem = towns({"nearest": True, "volume": 3})
    assert solve(problem, risk="expected").site_ids == solve(problem).site_ids
    assert solve(problem, risk="worst_case").site_ids == solve(problem).site_ids


@pytest.mark.parametrize(
    ("policy", "arguments", "said"),
    [
        ({"nearest": True}, {"risk": "fear"}, "risk"),
        ({"nearest": True}, {"risk": "cvar", "level": 1.0}, "level"),
        ({}, {"risk": "regret"}, "nearest"),
    ],
)
def test_a_risk_that_makes_no_sense_is_refused(policy: dict[str, Any], arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        solve(towns(policy), **arguments)


def test_no_plan_under_risk_is_infeasible() -> None:
    with pytest.raises(InfeasibleError):
        solve(towns({"nearest": True, "volume": 99}), risk="regret")


def test_a_thousand_sampled_scenarios_of_the_danish_case() -> None:
    problem = cap.denmark()
    drawn = problem.replace(scenarios=sample(problem.scenarios, 1_000, seed=1, hold=0.8))
    drawn = drawn.replace(policy={"income": None, "volume": None, "units": [1, 4]})
    plan = solve(drawn, risk="cvar", level=0.9)
    assert plan.status == "optimal"
    assert "1,000 scenarios" in plan.certificate


# --- sampling --------------------------------------------------------------------------------

BASE = Scenarios(ids=("base",), point_ids=("A", "B", "C"), women=np.array([[50.0, 30, 20]]))


def test_the_same_seed_draws_the_same() -> None:
    one, other = (sample(BASE, 50, seed=3) for _ in range(2))
    assert one.women.tolist() == other.women.tolist()
    assert one.women.tolist() != sample(BASE, 50, seed=4).women.tolist()
    assert one.ids[0] == "draw-0001"


@pytest.mark.parametrize("poisson", [True, False])
def test_draws_have_the_moments_of_the_formula(poisson: bool) -> None:
    doubt = Uncertainty(level_cv=0.3, concentration=40.0, poisson=poisson)
    women = sample(BASE, 40_000, seed=5, uncertainty=doubt).women
    mean, covariance = predicted_moments(BASE.women[0], doubt)
    assert women.mean(axis=0) == pytest.approx(mean, rel=0.02)
    assert np.cov(women.T) == pytest.approx(covariance, rel=0.08, abs=2)
    assert bool((women == np.rint(women)).all()) == poisson


def test_where_only_the_level_varies_regions_move_together() -> None:
    table = region_correlation(sample(BASE, 200, seed=1), {"A": "W", "B": "W", "C": "E"})
    assert table.to_numpy() == pytest.approx(np.ones((2, 2)))
    split = sample(BASE, 400, seed=1, uncertainty=Uncertainty(level_cv=0.0, concentration=5.0))
    assert region_correlation(split, ["W", "W", "E"]).loc["W", "E"] == pytest.approx(-1)
    assert split.women.sum(axis=1) == pytest.approx(np.full(400, 100.0))


def test_the_promise_may_be_let_go_in_the_worst_draws() -> None:
    drawn = sample(BASE, 100, seed=2, hold=0.9)
    assert drawn.must_hold is not None
    assert drawn.must_hold.sum() == 90
    assert drawn.women[~drawn.must_hold].sum(axis=1).min() >= drawn.women[drawn.must_hold].sum(axis=1).max()


@pytest.mark.parametrize("make", [lambda: sample(BASE, 0), lambda: Uncertainty(level_cv=-1), lambda: Uncertainty(concentration=0)])
def test_sampling_is_checked(make: Any) -> None:
    with pytest.raises(DataError):
        make()
