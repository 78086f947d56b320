"""What is worked out the short way for speed is what the long way gives, on random problems."""

from __future__ import annotations

import numpy as np
import pytest

from capacity import Problem, Scenarios, denmark
from capacity.engines import enumerate as sets_of
from capacity.problem import promise as queue
from capacity.problem.promise import Promise, admitted_stays, enough_beds, erlang_b, fewest_that_admit
from capacity.rules import NearestPlans, Rule, plans, rules_on
from capacity.rules.objectives import TRAVEL
from capacity.rules.plans import in_other_sizes
from capacity.studies import cases, known_sets
from capacity.studies.cases import missing_rules
from capacity.studies.known_sets import KnownSets
from capacity.studies.spans import best_units, moved
from capacity.testing import random_problem

SEEDS = range(952_000, 952_060)


def admitting(seed: int) -> Problem:
    """A random problem of admitted stays in which units live on as many beds as it takes."""
    rng = np.random.default_rng(seed)
    problem = random_problem(seed).replace(
        promise={"kind": "loss", "demand_cv": float(rng.choice([0.0, 0.0, 0.3]))},
        finance={"counts": "admitted"},
        policy={"nearest": True, "served": True, "prices": {}},
    )
    income = {"when": str(rng.choice(["expected", "every_scenario"]))}
    volume = {"stays": float(rng.uniform(0.2, 4)), "when": str(rng.choice(["average", "every_scenario"]))}
    return problem.replace(policy={"income": income, "volume": volume})


# --- beds ------------------------------------------------------------------------------------------------------------


def test_who_is_turned_away_is_the_same_with_every_step_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    beds, load = rng.integers(0, 60, 300), rng.uniform(0, 60, 300)
    each = [float(erlang_b(k, a)) for k, a in zip(beds.tolist(), load.tolist(), strict=True)]
    assert erlang_b(beds, load).tolist() == each
    monkeypatch.setattr(queue, "ALL_STEPS", 0)
    assert erlang_b(beds, load).tolist() == each


@pytest.mark.parametrize("doubt", [0.0, 0.3])
def test_the_fewest_beds_are_those_of_trying_every_number(doubt: float, monkeypatch: pytest.MonkeyPatch) -> None:
    promise, rng = Promise(demand_cv=doubt), np.random.default_rng(1)
    stays, fewest = rng.uniform(0, 40, 60), rng.integers(0, 20, 60)
    most = fewest + rng.integers(0, 25, 60)
    asked = np.where(rng.random(46) < 0.3, np.inf, rng.uniform(0, 30, 46))
    monkeypatch.setattr(queue, "LOADS_AT_ONCE", 17)
    found = fewest_that_admit(promise, stays, asked, fewest, most, 180.0)
    for x, few, many, beds in zip(stays.tolist(), fewest.tolist(), most.tolist(), found.tolist(), strict=True):
        enough = [k for k in range(few, many + 1) if admitted_stays(promise, k, x, 180.0) >= asked[k]]
        assert beds == (enough[0] if enough else -1)
    assert (found >= 0).any() and (found < 0).any()


def test_from_enough_beds_on_more_of_them_admit_nobody_more() -> None:
    for stays in (0.0, 1.0, 20.0, 90.0):
        beds = enough_beds(Promise(), stays, 180.0, 200)
        assert admitted_stays(Promise(), beds, stays, 180.0) == pytest.approx(stays, rel=1e-11)
    assert enough_beds(Promise(), 90.0, 180.0, 20) == 20


def in_denmark(seed: int) -> Problem:
    """The Danish case with other demand, another promise, money and volume, often in two scenarios."""
    rng = np.random.default_rng(seed)
    problem = denmark().replace(
        promise={"turned_away": float(rng.uniform(0.02, 0.6)), "demand_cv": float(rng.choice([0.0, 0.0, 0.2]))},
        finance={"grant_dkk_per_year": float(rng.choice([0.0, 2e6])), "day_rate_dkk": float(rng.uniform(2000, 5000))},
        sizes={"smallest": int(rng.integers(1, 4)), "largest": int(rng.integers(8, 50))},
        policy={"volume": float(rng.uniform(3, 12)), "income": {"when": "every_scenario"}},
    )
    women = problem.women[0] * float(rng.uniform(0.2, 2))
    if rng.random() < 0.5:
        two = np.stack([women, women * rng.uniform(0.5, 1.5, len(women))])
        some = Scenarios(ids=("few", "many"), point_ids=problem.network.point_ids, women=two)
        every = {"stays": float(rng.uniform(1, 9)), "when": "every_scenario"}
        return problem.replace(scenarios=some, policy={"volume": every})
    return problem.replace(scenarios=problem.scenarios.replace(women=women[None]))


def test_units_have_the_beds_that_the_rules_of_each_size_give_them(monkeypatch: pytest.MonkeyPatch) -> None:
    told, larger = 0, 0
    for seed in SEEDS[:24]:
        problem = (in_denmark if seed % 2 == 0 else admitting)(seed)
        opened = np.random.default_rng(seed).random((20, len(problem.network.site_ids))) < 0.2
        some = NearestPlans(problem, opened, np.ones(problem.minutes.shape, dtype=bool))
        quick = some.beds
        with monkeypatch.context() as patched:
            patched.setattr(plans, "_counted_from", lambda *_: None)
            assert (plans.smallest_sizes(problem, some.stays, opened) == quick).all()
        told += all(rule.counted_from(problem, np.arange(3)) is not None for rule in admitted_rules(problem))
        alone = problem.replace(policy={"income": None, "volume": None})
        larger += int((quick > plans.smallest_sizes(alone, some.stays, opened)).sum())
    assert told > 10 and larger > 10


def test_what_is_counted_is_that_of_the_beds_plans_have() -> None:
    other = 0
    for seed in SEEDS[:24]:
        problem = (in_denmark if seed % 2 == 0 else admitting)(seed)
        opened = np.random.default_rng(seed).random((20, len(problem.network.site_ids))) < 0.2
        everywhere = np.ones(problem.minutes.shape, dtype=bool)
        some = NearestPlans(problem, opened, everywhere)
        for sized in in_other_sizes(problem, some):
            alone = NearestPlans(problem, opened, everywhere, sized.beds)
            for rule in admitted_rules(problem):
                amount = rule.excess(problem, alone).amount
                # With doubt in demand sums of many are rounded otherwise than those of one.
                assert np.allclose(rule.excess(problem, sized).amount, amount, rtol=1e-9, atol=1e-6)
                some_of_it = rule.excess(problem, sized.only(np.arange(0, 20, 2))).amount
                assert np.allclose(some_of_it, amount[::2], rtol=1e-9, atol=1e-6)
            other += sized is not some
    assert other > 5


def admitted_rules(problem: Problem) -> list[Rule]:
    return [rule for rule in problem.policy.values() if rule.says("kept_with")]


# --- sets ------------------------------------------------------------------------------------------------------------


def fewest_broken(problem: Problem) -> tuple[int, float, tuple[str, ...]]:
    """The definition: every set of any number of units, in every one of its sizes, rule by rule."""
    firm = [rule for rule in sets_of.tested_rules(problem) if rule.price(problem) is None]
    counted = {rule.name for rule in rules_on(problem) if rule.says("unit_range") or rule.says("least_stays")}
    found = []
    for block in sets_of.blocks(problem.replace(policy={"prices": dict.fromkeys(counted, 1.0)})):
        own = NearestPlans(problem, block.open, np.ones(problem.minutes.shape, dtype=bool)).sent(block.site)
        for sized in in_other_sizes(problem, own):
            broken = np.stack([rule.excess(problem, sized).broken.any(axis=1) for rule in firm], axis=1)
            first = int(broken.sum(axis=1).argmin())
            names = tuple(rule.name for rule, breaks in zip(firm, broken[first], strict=True) if breaks)
            found.append((len(names), float(sized.open[first].sum()), names))
    return min(found, default=(0, 0.0, ()))


def test_the_rules_that_no_plan_keeps_are_those_of_looking_at_every_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "TRIED", 2)
    some = set()
    for seed in SEEDS:
        problem = admitting(seed)
        expected = fewest_broken(problem)
        assert missing_rules(problem) == expected[2]
        some.add(expected[2])
    assert len(some) > 5


@pytest.mark.parametrize("key", ["finance.grant_dkk_per_year", "rules.region_access.share", "rules.volume"])
def test_the_first_of_the_known_sets_is_that_of_asking_all_of_them(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = denmark({"rules.units": [1, 3]})
    low, high = problem.ranges[key]
    sets = KnownSets(problem, TRAVEL, [key, "rules.region_access.minutes"])
    for value in np.linspace(low, high, 5).tolist():
        there = moved(problem, key, value)
        monkeypatch.setattr(known_sets, "FIRST_ASKED", 1)
        quick = sets.first(key, there)
        monkeypatch.setattr(known_sets, "FIRST_ASKED", 10**9)
        assert quick == sets.first(key, there)
        assert quick is None or quick == best_units(there, TRAVEL)
