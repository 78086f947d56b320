"""Scenarios taken apart: the same plan as the whole model, and a clear word where it cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from capacity import DataError, InfeasibleError, NoPlanError, Policy, Problem, solve
from capacity.decomposing import _Apart, columns_of, why_not_apart
from capacity.objectives import COST, TRAVEL, WORST
from capacity.synthetic import country
from tests.random_problems import random_problem

SPLIT: dict[str, Any] = {"nearest": None, "one_agreement": None}


def by_scenario(problem: Problem) -> Problem:
    """The same problem with its averages asked of every scenario."""
    policy = problem.policy
    if policy.volume is not None and policy.volume.when == "average":
        problem = problem.replace(policy={"volume": {"stays": policy.volume.stays, "when": "every_scenario"}})
    if policy.income is not None:
        problem = problem.replace(policy={"income": {"when": "every_scenario"}})
    return problem


@pytest.mark.parametrize("block", range(4))
def test_it_finds_the_plan_of_the_whole_model(block: int) -> None:
    """All rules that can be taken apart, sizes, ties; least stays included."""
    found = impossible = 0
    idle: list[int] = []
    for seed in range(20 * block, 20 * block + 20):
        goal = (TRAVEL, COST)[seed % 2]
        problem = by_scenario(random_problem(seed, scenarios=4, **SPLIT))
        assert why_not_apart(problem, goal) is None
        try:
            plan = solve(problem, goal.name, engine="decompose")
        except InfeasibleError:
            with pytest.raises(InfeasibleError):
                solve(problem, goal.name, engine="mip", solver="HiGHS-arrays")
            impossible += 1
            continue
        except NoPlanError:
            idle.append(seed)  # the best plan keeps a unit that nobody uses
            continue
        whole = solve(problem, goal.name, engine="mip", solver="HiGHS-arrays")
        assert plan.status == "optimal" and plan.record["engine"] == "decompose"
        assert plan.objective == pytest.approx(whole.objective, rel=1e-6)
        assert plan.beds <= whole.beds
        found += 1
    assert found > 2 and impossible > 2 and len(idle) < 3


def test_cuts_hold_at_every_choice_of_units() -> None:
    """Also where least stays make the recourse rise with every unit opened."""
    compared = 0
    for seed in range(12):
        problem = by_scenario(
            random_problem(seed, scenarios=2, **SPLIT, volume={"stays": 2.0, "when": "every_scenario"}, units=None)
        )
        state = _Apart(problem, TRAVEL, None)
        rng = np.random.default_rng(seed)
        sites, sizes = len(state.v.sites), len(state.v.size)

        def choice(sites: int = sites, state: _Apart = state, rng: np.random.Generator = rng) -> tuple[Any, Any]:
            y = (rng.random(sites) < 0.7).astype(float)
            z = np.zeros(len(state.v.size))
            for j in np.flatnonzero(y):
                here = np.flatnonzero(state.recourse.size_site == j)
                z[here[int(len(here) * rng.random() ** 0.3) - 1]] = 1.0
            return y, z

        for s, women in enumerate(problem.women):
            hold = bool(problem.must_hold[s])
            points = [choice() for _ in range(6)]
            served = [state.recourse.solve(women, hold, *point) for point in points]
            for one in served:
                constant, coefficient = state.recourse.cut(one, women, hold)
                for (y, z), other in zip(points, served, strict=True):
                    bound = constant + coefficient @ np.concatenate([y, z])
                    truth = other.value if one.women is not None else other.missing
                    assert bound <= truth + 1e-6 * max(1.0, abs(bound))
                    compared += 1
        assert sizes > 0
    assert compared > 500


def test_the_whole_model_is_never_built_above_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.choosing.MOST_COLUMNS", 100)
    problem = country(12, 5, regions=2, seed=2).problem(scenarios=6, policy=Policy(units=[1, 3]))
    assert columns_of(problem) == 12 * 5 * 6
    plan = solve(problem)
    assert plan.record["engine"] == "decompose" and "360 columns" in plan.record["why"]
    with pytest.raises(DataError, match="up to 100 columns"):
        solve(problem, engine="mip")
    with pytest.raises(DataError, match="average over the scenarios"):
        solve(problem.replace(policy={"volume": {"stays": 4, "when": "average"}}))
    with pytest.raises(DataError, match="risk"):
        solve(problem, risk="cvar")
    shared = problem.replace(policy={"one_agreement": True})
    assert solve(shared).record["engine"] == "rank"


def test_what_cannot_be_taken_apart_is_said() -> None:
    problem = country(8, 3, regions=2, seed=0).problem(scenarios=2)
    assert why_not_apart(problem, TRAVEL) is None
    assert "objective" in str(why_not_apart(problem, WORST))
    for policy, word in (
        ({"nearest": True}, "one assignment"),
        ({"volume": {"stays": 1, "when": "average"}}, "volume"),
        ({"income": {"when": "expected"}}, "income"),
        ({"units": [1, 2], "prices": {"units": 1.0}}, "price"),
        ({"served": None, "run_budget": 1e9}, "run_budget"),
    ):
        assert word in str(why_not_apart(problem.replace(policy=policy), TRAVEL))
    poor = problem.replace(policy={"income": {"when": "every_scenario"}}, finance={"day_rate_dkk": 0.0})
    assert "occupied day" in str(why_not_apart(poor, TRAVEL))
    with pytest.raises(DataError, match="one assignment"):
        solve(problem.replace(policy={"nearest": True}), engine="decompose")


def test_many_scenarios_and_a_time_limit() -> None:
    problem = country(12, 6, regions=2, seed=1).problem(scenarios=30, policy=Policy(units=[1, 3]))
    plan = solve(problem, engine="decompose")
    assert plan.status == "optimal"
    try:
        short = solve(problem, engine="decompose", time_limit=0.2)
    except NoPlanError:
        return
    assert short.bound <= plan.objective * (1 + 1e-6)
