"""Means of admitted stays over scenarios, where families may be split: cut off by tangents, no plan lost."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from capacity import Care, Finance, Policy, Problem, Promise, Sizes, solve
from capacity.rules.tangents import Tangents, admitted_and_slope
from capacity.synthetic import country


def made(seed: int, **rules: object) -> Problem:
    """A small country whose units turn away many, in a few scenarios."""
    rng = np.random.default_rng(seed)
    smallest = int(rng.integers(4, 8))
    return country(6, 4, regions=2, seed=seed).problem(
        women_per_year=9.0,
        scenarios=3,
        policy=Policy(units=[2, 2], **rules),
        care=Care(ambulatory_trips_per_week=0.0),
        promise=Promise(turned_away=0.4),
        sizes=Sizes(smallest=smallest, largest=smallest + 1),
        finance=Finance(
            unit_dkk_per_year=4e5,
            bed_dkk_per_year=1.8e5,
            occupied_day_dkk=300.0,
            day_rate_dkk=2950.0,
            counts="admitted",
        ),
    )


def test_no_stays_that_are_enough_are_cut_off() -> None:
    problem, rng = made(1, volume=3.0), np.random.default_rng(0)
    weight, tangents = problem.probability, Tangents.of(problem)
    for _ in range(200):
        beds, needed = int(rng.integers(1, problem.useful_beds + 1)), float(rng.uniform(0.3, 4.0))
        slope = rng.uniform(0.2, 1.0, 3)
        least = tangents.least(weight, slope, np.full(problem.useful_beds + 1, needed))
        stays = rng.uniform(0.0, 12.0, (50, 3))
        enough = problem.counted(np.full((50, 3), beds), stays) @ weight >= needed
        if enough.any():
            assert (stays[enough] @ (weight * slope)).min() >= least[beds] * (1 - 1e-12)


def test_a_slope_is_that_of_the_loss_formula_by_hand() -> None:
    """One bed admits x / (1 + a) of x stays, a load of a = x days / 365: its slope is 1 / (1 + a)^2."""
    problem = made(1)
    stays = np.array([0.01, 1.0, 5.0])
    load = stays * problem.care.mean_days / 365
    admitted, slope = admitted_and_slope(problem, np.ones(3, dtype=np.int64), stays)
    assert admitted == pytest.approx(stays / (1 + load), rel=1e-12)
    assert slope == pytest.approx(1 / (1 + load) ** 2, rel=1e-10)


def least_travel(problem: Problem, needed: np.ndarray) -> float:
    """A little less than the least travel: every set and sizes, with what is admitted below 60 tangents."""
    women, hours, weight = problem.women, problem.hours_per_woman, problem.probability
    (scenarios, n), most = women.shape, float(women.sum(axis=1).max())
    grid, best = np.linspace(0, most, 61)[1:], np.inf
    low, high = (int(limit[0]) for limit in problem.size_limits)
    for sites in itertools.combinations(range(len(hours[0])), 2):
        for beds in itertools.product(range(low, high + 1), repeat=2):
            if not np.isfinite(needed[list(beds)]).all():
                continue
            shares = scenarios * n * 2  # then what is admitted, by scenario and unit
            cost = np.zeros(shares + 2 * scenarios)
            served = np.zeros((scenarios * n, len(cost)))
            rows, limits = [], []
            for s, j in itertools.product(range(scenarios), range(2)):
                here = (s * n + np.arange(n)) * 2 + j
                cost[here] = weight[s] * women[s] * hours[:, sites[j]]
                served[s * n + np.arange(n), here] = 1.0
                stays = np.zeros(len(cost))
                stays[here] = women[s]
                rows.append(stays)
                limits.append(problem.stays_by_beds[beds[j]])
                for y, h, d in zip(grid, *admitted_and_slope(problem, np.array([beds[j]]), grid), strict=True):
                    row = -d * stays
                    row[shares + 2 * s + j] = 1.0
                    rows.append(row)
                    limits.append(h - d * y)
            for j in range(2):
                row = np.zeros(len(cost))
                row[shares + 2 * np.arange(scenarios) + j] = -weight
                rows.append(row)
                limits.append(-needed[beds[j]])
            found = linprog(cost, np.array(rows), limits, served, np.ones(len(served)))
            best = min(best, found.fun) if found.status == 0 else best
    return best


@pytest.mark.parametrize(("seed", "rules"), [(3, {"volume": 3.4}), (4, {"income": True})])
def test_model_and_tree_find_the_least_travel_there_is(seed: int, rules: dict[str, object]) -> None:
    problem = made(seed, **rules)
    plans = [solve(problem, engine=engine) for engine in ("mip", "tree")]
    assert all(plan.status == "optimal" for plan in plans)
    assert plans[0].objective == pytest.approx(plans[1].objective, rel=1e-8)
    beds = np.arange(problem.sizes.largest + 1)
    needed = np.full(len(beds), rules.get("volume", 0.0))
    if "income" in rules:
        money, days = problem.finance, problem.care.mean_days
        needed = (money.yearly_cost(beds, 0.0, days) - money.grant_dkk_per_year) / (2650.0 * days)
    bound = least_travel(problem, needed)
    assert bound * (1 - 1e-9) <= plans[0].objective <= bound * (1 + 1e-3)
    # The rule binds: without it there is a shorter plan.
    assert solve(made(seed)).objective < plans[0].objective * (1 - 2e-3)
