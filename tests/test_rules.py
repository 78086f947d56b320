"""Each rule binds when it is on and is silent when it is off, on an instance solved by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import poisson

from capacity import DataError, InfeasibleError, Plan, Policy, Problem, solve
from capacity.engines.linear.model import build
from capacity.rules import RULES, SplitPlan, allowed_pairs, allowed_sites
from capacity.rules.bounds import most_units
from capacity.rules.objectives import objective_named
from capacity.rules.viability import poisson_mean
from tests.small import towns

ALWAYS_ON = {"open_only", "one_size"}

# Rule: (what is on besides, the rule's value, units without it, units with it).
BINDS: dict[str, tuple[dict[str, Any], Any, str, str]] = {
    "units": ({}, [1, 1], "abc", "a"),
    "near_ambulatory": ({}, 30, "abc", "ab"),
    "region_unit": ({"units": [1, 2]}, True, "ab", "ac"),
    "region_gap": ({"units": 1, "nearest": True}, 40, "a", "b"),
    "region_access": ({"units": [1, 2]}, {"share": 0.8, "minutes": 45}, "ab", "ac"),
    "own_region": ({"units": [1, 2]}, True, "ab", "ac"),
    "reach": ({"units": [1, 2]}, 45, "ab", "ac"),
    "nearest": ({"keep": ["c"], "volume": 4}, True, "abc", "c"),
    "volume": ({}, 4, "abc", "ab"),
    "income": ({"nearest": True}, True, "abc", "ab"),
    "build_budget": ({"nearest": True}, 36e6, "abc", "ab"),
    "run_budget": ({"nearest": True}, 13e6, "abc", "ab"),
    "keep": ({"units": [1, 1]}, ["c"], "a", "c"),
    "forbid": ({"units": [1, 1]}, ["a"], "a", "b"),
}


def plan_of(policy: dict[str, Any], **changes: Any) -> Plan:
    return solve(towns(policy, **changes), engine="mip")


def broken(problem: Problem, plan: Plan, name: str) -> bool:
    """Whether the plan, made for another policy, breaks the named rule of this problem."""
    rule = problem.policy[name]
    net = problem.network
    opened = np.array([j in plan.site_ids for j in net.site_ids])
    beds = np.zeros(len(opened), np.int64)
    for j, k in zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True):
        beds[net.site_ids.index(j)] = k
    shares = np.zeros((1, *problem.minutes.shape))
    table = plan.assignment_table
    for i, j, share in zip(table["point_id"], table["site_id"], table["share"], strict=True):
        shares[0, net.point_ids.index(i), net.site_ids.index(j)] += share
    excess = rule.excess(problem, SplitPlan(problem, opened, beds, shares))
    return bool(excess.broken.any())


@pytest.mark.parametrize("name", BINDS)
def test_binds_when_on_and_is_silent_when_off(name: str) -> None:
    besides, value, without, with_it = BINDS[name]
    free, bound = plan_of(besides), plan_of({**besides, name: value})
    assert "".join(free.site_ids) == without
    assert "".join(bound.site_ids) == with_it
    problem = towns({**besides, name: value})
    assert broken(problem, free, name)
    assert not broken(problem, bound, name)
    assert free.objective < bound.objective + 1e-9
    assert name not in free.problem.policy.on


@pytest.mark.parametrize("nearest", [True, None])
def test_the_run_budgets_row_holds_where_units_alone_would_not(nearest: bool | None) -> None:
    """As many units as before, of fewer beds: what budgets say of the number of units cannot stand for the row."""
    besides = {"nearest": nearest, "units": [2, 2]}
    free = plan_of(besides)
    units = free.unit_table
    spent = 2 * 2e6 + 0.3e6 * sum(units["beds"]) + 900 * 180 * sum(units["stays"])
    problem = towns({**besides, "run_budget": spent - 1e5})
    assert most_units(problem, allowed_sites(problem)) == 2
    bound = solve(problem, engine="mip")
    assert broken(problem, free, "run_budget") and not broken(problem, bound, "run_budget")
    assert bound.beds < free.beds and bound.objective > free.objective
    rows = problem.policy["run_budget"].rows(problem, build(problem, objective_named("travel")).variables)
    assert (len(rows.lower), rows.upper[0]) == (1, spent - 1e5)


def test_one_agreement_keeps_a_municipality_together() -> None:
    """Site a carries 9.2 stays at 8 beds: some of A's 10 women go to b, unless all must."""
    network = towns().network.replace(site_largest=np.array([8, 30, 30]))
    free = plan_of({}, network=network)
    assert len(free.assignment_table["point_id"]) == 4
    bound = plan_of({"one_agreement": True}, network=network)
    assert len(bound.assignment_table["point_id"]) == 3
    assert broken(towns({"one_agreement": True}, network=network), free, "one_agreement")
    where = dict(zip(bound.assignment_table["point_id"], bound.assignment_table["site_id"], strict=True))
    assert where == {"A": "b", "B": "b", "C": "c"}


def test_size_floor_keeps_existing_beds() -> None:
    free = plan_of({})
    assert dict(zip(free.site_ids, free.unit_table["beds"], strict=True))["c"] == 4
    bound = plan_of({"size_floor": {"c": 6}})
    assert dict(zip(bound.site_ids, bound.unit_table["beds"], strict=True))["c"] == 6
    assert broken(towns({"size_floor": {"c": 6}}), free, "size_floor")
    existing = towns().network.replace(existing_beds=np.array([0, 0, 7]))
    assert plan_of({"size_floor": True}, network=existing).unit_table["beds"][-1] == 7


def test_promise_sizes_the_units() -> None:
    free, bound = plan_of({"promise": False}), plan_of({})
    assert free.unit_table["beds"] == (1, 1, 1)
    # Erlang loss at 5 %: 10, 6 and 2 stays of 180 days are loads of 4.93, 2.96 and 0.99.
    # 9, 6 and 4 beds carry 5.37, 2.96 and 1.52; one bed less would not do.
    assert bound.unit_table["beds"] == (9, 6, 4)
    assert broken(towns(), free, "promise")


def test_served_sends_everybody_somewhere() -> None:
    free, bound = plan_of({"served": False}), plan_of({})
    assert free.figures["served_share"] < 0.05
    assert bound.figures["served_share"] == pytest.approx(1)
    assert broken(towns(), free, "served")


def test_open_only_and_one_size_catch_a_plan_that_breaks_them() -> None:
    problem = towns()
    shares = np.eye(3)[None]
    beds = np.array([9, 6, 3])
    rules = dict(problem.policy)
    closed = SplitPlan(problem, np.array([True, True, False]), beds, shares)
    assert rules["open_only"].excess(problem, closed).broken.any()
    assert rules["one_size"].excess(problem, closed).broken.any()
    idle = SplitPlan(problem, np.ones(3, bool), beds, np.array([[[1, 0, 0], [1, 0, 0], [1.0, 0, 0]]]))
    assert rules["open_only"].excess(problem, idle).broken.any()
    huge = SplitPlan(problem, np.ones(3, bool), np.array([9, 6, 31]), shares)
    assert rules["one_size"].excess(problem, huge).broken.any()
    whole = SplitPlan(problem, np.ones(3, bool), beds, shares)
    assert not rules["open_only"].excess(problem, whole).broken.any()
    assert not rules["one_size"].excess(problem, whole).broken.any()


def test_a_unit_nobody_uses_is_not_opened() -> None:
    """Two sites at the same place: everybody uses the lower id, so the other cannot open."""
    same = towns().travel.replace(values=np.array([[5.0, 5, 90], [30, 30, 60], [90, 90, 5]]))
    with pytest.raises(InfeasibleError):
        solve(towns({"nearest": True, "keep": ["a", "b"]}, travel=same))
    with pytest.raises(InfeasibleError):
        solve(towns({"nearest": True, "keep": ["a", "b"]}, travel=same), engine="mip")


def test_neonatal_keeps_units_near_a_ward() -> None:
    free = towns(network=towns().network.replace(neonatal=(True, False, False)))
    near = free.replace(policy={"neonatal": 30})
    assert "".join(solve(free).site_ids) == "abc" and "".join(solve(near, engine="mip").site_ids) == "ab"
    assert broken(near, solve(free), "neonatal") and not broken(near, solve(near), "neonatal")


def test_every_rule_has_a_test() -> None:
    tested = set(BINDS) | {"one_agreement", "size_floor", "promise", "served", "neonatal"} | ALWAYS_ON
    assert tested == {rule.name for rule in RULES}
    assert {rule.name for rule in RULES} == set(Policy().settings())


def test_rules_are_off_unless_turned_on() -> None:
    assert set(Policy().on) == {"served", "promise"} | ALWAYS_ON


def test_exceptions_and_agreements_open_what_a_rule_closes() -> None:
    assert allowed_sites(towns({"near_ambulatory": 30})).tolist() == [True, True, False]
    near = {"near_ambulatory": {"minutes": 30, "exceptions": ["c"]}}
    assert allowed_sites(towns(near)).all()
    assert allowed_pairs(towns({"reach": 45})).tolist()[2] == [False, False, True]
    assert allowed_pairs(towns({"reach": {"minutes": 45, "exceptions": ["C"]}}))[2].all()
    own = allowed_pairs(towns({"own_region": True}))
    assert own.tolist() == [[True, True, False], [True, True, False], [False, False, True]]
    agreed = allowed_pairs(towns({"own_region": {"agreements": [["E", "W"]]}}))
    assert agreed[2].all() and not agreed[0][2]


def test_volume_in_a_poisson_year() -> None:
    """Two stays or more with 60 % in a Poisson year needs a mean of 2.02; C has exactly 2."""
    when = {"stays": 2, "when": "poisson_year", "probability": 0.6}
    assert "".join(plan_of({"volume": 2}).site_ids) == "abc"
    assert "".join(plan_of({"volume": when, "nearest": True}).site_ids) == "ab"
    with pytest.raises(InfeasibleError):
        plan_of({"volume": {"stays": 30, "when": "every_scenario"}})


def test_income_in_a_poisson_year() -> None:
    """A mean at break-even misses it in about every other year; nine years in ten need more stays."""
    # A stay leaves 180 x (4,000 - 900) = 0.558 M over; a unit costs 2 M and 0.3 M a bed.
    demand = towns().scenarios
    more = demand.replace(women=np.array([[20.0, 8, 0]]))
    on_average = plan_of({"income": True, "nearest": True, "units": [2, 2]}, scenarios=more)
    assert "".join(on_average.site_ids) == "ab"
    stays, beds = on_average.units["stays"][1], on_average.units["beds"][1]
    needed = math.ceil((2e6 + 0.3e6 * beds) / 0.558e6)
    assert stays >= needed
    chance = 1 - sum(math.exp(-stays) * stays**k / math.factorial(k) for k in range(needed))
    for probability in (chance - 0.01, chance + 0.01):
        likely = {"when": "poisson_year", "probability": probability}
        policy = {"income": likely, "nearest": True, "units": [2, 2]}
        if probability < chance:
            assert plan_of(policy, scenarios=more).site_ids == on_average.site_ids
            assert solve(towns(policy, scenarios=more), engine="enumerate").site_ids == on_average.site_ids
        else:
            assert broken(towns(policy, scenarios=more), on_average, "income")
            with pytest.raises(InfeasibleError):
                plan_of(policy, scenarios=more)


def test_income_with_a_probability_where_no_stay_pays_is_decided_by_the_mean() -> None:
    poor = {"day_rate_dkk": 900.0}
    policy = {"income": {"when": "poisson_year"}, "nearest": True, "units": [1, 1]}
    with pytest.raises(InfeasibleError):
        plan_of(policy, finance=poor)
    granted = {"day_rate_dkk": 900.0, "grant_dkk_per_year": 20e6}
    assert plan_of(policy, finance=granted).site_ids == ("a",)
    with pytest.raises(DataError, match="poisson_year"):
        Policy(income={"when": "sometimes"})


@pytest.mark.parametrize("engine", ["enumerate", "rank", "mip"])
@pytest.mark.parametrize("rule", ["volume", "income"])
def test_a_rule_for_every_scenario_that_must_hold_is_silent_where_none_must(rule: str, engine: str) -> None:
    value = {"volume": {"stays": 4, "when": "every_scenario"}, "income": {"when": "every_scenario"}}[rule]
    problem = towns({rule: value, "nearest": engine == "enumerate"})
    free = problem.replace(scenarios=problem.scenarios.replace(must_hold=np.array([False])))
    assert len(solve(problem, engine=engine).site_ids) < len(solve(free, engine=engine).site_ids)


def test_without_visits_there_is_still_no_way_where_there_is_none() -> None:
    problem = towns({"nearest": True}, care={"visits_per_week": 0.0, "ambulatory_trips_per_week": 1.0})
    minutes = problem.minutes.copy()
    minutes[2, 0] = np.inf
    problem = problem.replace(travel=problem.travel.replace(values=minutes))
    assert problem.weekly_minutes[2].tolist() == [np.inf, 40.0, 100.0]
    assert solve(problem.set("rules.units", 1)).site_ids == ("b",)


@pytest.mark.parametrize(("stays", "probability"), [(1, 0.5), (2, 0.6), (2.5, 0.6), (6, 0.95), (40, 0.2)])
def test_the_poisson_mean_is_the_least_that_has_so_many_stays(stays: float, probability: float) -> None:
    least = int(np.ceil(stays))
    mean = poisson_mean(stays, probability)
    assert poisson.sf(least - 1, mean) == pytest.approx(probability, abs=1e-9)
    assert poisson_mean(1, 0.5) == pytest.approx(np.log(2))
    assert poisson_mean(0, 0.9) == 0.0


@pytest.mark.parametrize(("value", "rows"), [(True, 3), ({"agreements": [["E", "W"]]}, 2)])
def test_own_region_has_a_row_for_each_point_with_ways_elsewhere(value: Any, rows: int) -> None:
    problem = towns({"own_region": value, "prices": {"own_region": 1e6}})
    variables = build(problem, objective_named("travel")).variables
    made = problem.policy["own_region"].rows(problem, variables)
    assert made.upper.tolist() == [0.0] * rows
    dear = solve(problem.replace(policy={"units": (1, 2)}), engine="mip")
    assert dear.penalties == ()
    paid = solve(problem.replace(policy={"units": (1, 1), "prices": {"own_region": 10.0}}), engine="mip")
    assert {key for _, key, *_ in paid.penalties} <= {("C",), ("A",), ("B",)}
    assert bool(paid.penalties) == (value is True)
