"""Why there is no plan where families may be split: the model's answers against brute force."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import Problem, solve
from capacity.rules import Shares, rules_on
from capacity.studies.explain import explain
from capacity.studies.explain.elastic import Elastic, smallest_clash
from capacity.studies.explain.exceptions import fewest_far_points, fewest_far_sites
from capacity.studies.explain.feasibility import Effort, find_plan, firm_only
from capacity.studies.explain.levers import levers
from capacity.studies.explain.merging import merge
from capacity.studies.explain.scaling import freed_for_fewer, freed_for_more, roomy
from capacity.studies.explain.worlds import weighed_rules
from tests.random_problems import random_problem
from tests.small import towns
from tests.test_explain import by_brute_force, has_plan

LONG = 60.0


def problems(count: int, *, first: int = 7_000, plan: bool | None = None, **firm: Any) -> list[Problem]:
    """Random problems in which families may be split; with `plan`, only those that have one or have none."""
    found = []
    for seed in itertools.count(first):
        problem = random_problem(seed, points=6, sites=4, **{"nearest": None, **firm})
        if plan is None or (2 <= len(weighed_rules(problem)) <= 5 and has_plan(problem) is plan):
            found.append(problem)
            if len(found) == count:
                break
    return found


def test_merged_points_answer_as_each_by_itself() -> None:
    merged = 0
    for problem in problems(60):
        answer = find_plan(problem, Effort(LONG))
        assert answer is not None
        assert (answer is not False) == has_plan(problem)
        if answer is not False:
            assert not any(rule.excess(problem, answer).broken.any() for rule in rules_on(problem))
        merged += len(merge(firm_only(problem)).problem.network.point_ids) < len(problem.network.point_ids)
    assert merged > 10


def test_merged_points_lie_on_the_same_side_of_every_limit() -> None:
    problem = cap.denmark({"rules.nearest": False, "rules.reach": {"minutes": 100, "exceptions": ["0400"]}})
    made = merge(problem)
    assert len(made.problem.network.point_ids) < 60
    sites = [j for j in range(25) if problem.ambulatory_minutes[j] <= 30]
    for limit in (90, 100):
        assert ((problem.minutes <= limit)[:, sites] == (made.problem.minutes <= limit)[made.of][:, sites]).all()
    assert made.problem.women.sum() == pytest.approx(problem.women.sum())
    assert made.problem.policy.reach.exceptions == ("0400",)
    table = np.random.default_rng(1).random((1, len(made.problem.network.point_ids), 25))
    spread = made.spread(Shares.of(table))
    assert spread.shape == (1, 98, 25)
    assert np.allclose(spread.by_pair(spread.share), table[0, made.of])


def test_all_minimal_clashes_in_several_scenarios_are_those_of_brute_force() -> None:
    for problem in problems(4, first=7_500, plan=False, scenarios=2):
        explanation = explain(problem, effort=LONG)
        assert explanation.complete
        said = {frozenset(c.rules) for c in explanation.conflicts}
        expected = by_brute_force(problem)
        assert said == ({frozenset({"served", "promise"})} if expected == {frozenset()} else expected)


def test_a_rule_with_a_price_clashes_with_nothing() -> None:
    problem = towns({"volume": 7, "region_access": {"share": 1, "minutes": 40}, "units": [3, 3]})
    assert {frozenset(c.rules) for c in explain(problem, effort=LONG).conflicts} == {
        frozenset({"volume", "region_access"}),
        frozenset({"volume", "units"}),
    }
    priced = problem.replace(policy={"prices": {"region_access": 100.0}})
    assert {frozenset(c.rules) for c in explain(priced, effort=LONG).conflicts} == {frozenset({"volume", "units"})}
    assert not explain(problem.replace(policy={"prices": {"volume": 100.0}})).conflicts


def test_every_way_out_gives_a_plan_and_a_step_less_does_not() -> None:
    ways = steps = 0
    for problem in problems(9, first=8_000, plan=False):
        made = levers(problem, None)
        for way in explain(problem, effort=LONG).ways_out:
            changed = problem.set(way.key, way.value)
            for key, value, _ in way.also:
                changed = changed.set(key, value)
            plan = solve(changed)
            assert list(plan.site_ids) == way.plan["site_ids"]
            assert plan.status == way.plan["status"] == "optimal"
            assert way.exact
            ways += 1
            for lever in (x for x in made if x.key == way.key and not way.also):
                taken = next((k for k in range(1, min(lever.most, 400) + 1) if lever.value(k) == way.value), 0)
                if taken > 1:
                    assert not has_plan(problem.set(lever.key, lever.value(taken - 1))), way.text
                    steps += 1
    assert ways > 15
    assert steps > 10


def test_places_that_clash_are_minimal() -> None:
    told = 0
    for problem in problems(6, first=8_500, plan=False, region_access={"share": 0.8, "minutes": 30}):
        for conflict in explain(problem, effort=LONG).conflicts:
            if "region_access" not in conflict.rules:
                continue
            elastic = Elastic(problem, frozenset(conflict.rules), ["region_access"])
            keys = elastic.keys("region_access")
            none = {"region_access": ((), np.zeros((0, 0), dtype=bool))}
            chosen = smallest_clash(elastic, ["region_access"], none, Effort(LONG))["region_access"]
            clashing = [
                set(some)
                for size in range(len(keys) + 1)
                for some in itertools.combinations(keys, size)
                if elastic.broken_by({"region_access": some}, Effort(LONG)) is True
            ]
            assert set(chosen) in clashing
            assert not any(other < set(chosen) for other in clashing)
            told += 1
    assert told > 2


def test_the_closest_plan_is_no_farther_than_any_set_of_sites() -> None:
    # Two of East's three women may come to c; a unit there has what comes, everybody of East within 40 minutes.
    problem = towns({"volume": 7, "region_access": {"share": 1, "minutes": 40}})
    (conflict,) = explain(problem, effort=LONG).conflicts
    assert "region_access (100 % within 40 minutes) in East" in conflict.text
    assert "region_access in East needs a unit at Site c (c)" in conflict.text
    short = conflict.witness["volume"]["missed"][0]["by"]
    for less in (short - 1e-3, short + 1e-3):
        assert has_plan(problem.set("rules.volume", 7 - less)) == (less > short)


def test_what_must_be_spared_is_the_fewest_there_are() -> None:
    points = sites = 0
    for problem in problems(30, first=9_000, reach={"minutes": 25}, near_ambulatory={"minutes": 5}, units=None):
        if has_plan(problem):
            continue
        net = problem.network
        spared = fewest_far_points(problem, None, Effort(LONG))
        if spared is not None:
            assert spared.exact

            def sparing(some: tuple[str, ...], problem: Problem = problem) -> bool:
                return has_plan(problem.set("rules.reach", {"minutes": 25, "exceptions": list(some)}))

            assert sparing(spared.ids)
            assert not any(sparing(tuple(i for i in spared.ids if i != one)) for one in spared.ids)
            points += len(spared.ids) > 0
        else:
            assert not has_plan(problem.set("rules.reach", False))
        limit = problem.policy.near_ambulatory
        assert limit is not None
        loose = fewest_far_sites(problem, limit, None, Effort(LONG))
        counts = [
            size
            for size in range(len(net.site_ids) + 1)
            for some in itertools.combinations(net.site_ids, size)
            if has_plan(problem.set("rules.near_ambulatory", {"minutes": 5, "exceptions": list(some)}))
        ]
        assert (loose is None) == (not counts)
        if loose is not None:
            assert loose.exact
            assert len(loose.ids) == counts[0]
            sites += 1
    assert points > 3
    assert sites > 1


def test_a_problem_freed_for_more_or_fewer_women_keeps_its_plans() -> None:
    grown = 0
    for problem in problems(14, first=9_500, one_agreement=None):
        women = float(problem.get("demand.women_per_year"))
        more, fewer = freed_for_more(problem), freed_for_fewer(problem)
        if has_plan(problem):
            for factor in (1.1, 1.7, 4.0):
                assert has_plan(freed_for_more(problem.set("demand.women_per_year", factor * women)))
                assert has_plan(fewer.set("demand.women_per_year", women / factor))
            grown += 1
        assert roomy(more)
    assert grown > 4


def test_the_fewest_women_are_found_where_more_may_harm_again() -> None:
    # Units of 4 beds at most: three carry 16 women a year together, and one has stays enough from 3 on.
    problem = towns({"volume": 3, "units": [1, 1]}, sizes=cap.Sizes(smallest=1, largest=4))
    few = problem.set("demand.women_per_year", 2)
    way = next(w for w in explain(few, effort=LONG).ways_out if w.key == "demand.women_per_year")
    assert (way.value, way.exact) == (3, True)
    many = problem.set("demand.women_per_year", 9)
    way = next(w for w in explain(many, effort=LONG).ways_out if w.key == "demand.women_per_year")
    assert way.exact
    assert has_plan(problem.set("demand.women_per_year", way.value))
    assert not has_plan(problem.set("demand.women_per_year", way.value + 1))


@pytest.mark.parametrize(
    ("wish", "clash", "ways"),
    [
        ({"rules.region_access": {"share": 0.95, "minutes": 90}}, {"near_ambulatory", "region_access"}, 4),
        # Of admitted stays a budget bends: its way out is not proven in so little time.
        ({"rules.run_budget": 40_000_000, "finance.counts": "all"}, {"region_access", "run_budget"}, 2),
        ({"rules.own_region": True}, {"own_region", "income"}, 4),
    ],
)
def test_the_danish_case_is_explained(wish: dict[str, Any], clash: set[str], ways: int) -> None:
    explanation = explain(cap.denmark({"rules.nearest": False, **wish}), effort=6)
    assert explanation.complete
    assert [set(c.rules) for c in explanation.conflicts] == [clash]
    assert len(explanation.ways_out) >= ways
    assert all(way.exact for way in explanation.ways_out)
    assert set(explanation.conflicts[0].witness) >= clash


def test_a_budget_of_admitted_stays_is_explained() -> None:
    problem = towns({"volume": 2}).replace(finance={"counts": "admitted"})
    cheapest = sum(cap.solve(problem, "cost").unit_table["cost_dkk"])
    tight = problem.set("rules.run_budget", 0.9 * cheapest)
    explanation = explain(tight, effort=LONG)
    assert [set(c.rules) for c in explanation.conflicts] == [{"run_budget"}]
    assert "running would cost" in explanation.conflicts[0].text
    way = next(w for w in explanation.ways_out if w.key == "rules.run_budget")
    assert way.exact and cap.solve(tight.set(way.key, way.value)).check() == ()
    with pytest.raises(cap.InfeasibleError):
        cap.solve(tight.set(way.key, way.value - 10_000))


def test_the_danish_case_is_explained_in_time() -> None:
    import time

    problem = cap.denmark({"rules.nearest": False, "rules.region_access": {"share": 0.99, "minutes": 90}})
    started = time.process_time()
    explanation = explain(problem)
    assert time.process_time() - started < 6  # 3 on a quiet machine
    assert explanation.complete
    assert explanation.ways_out


def test_several_scenarios_are_told_as_one_where_they_agree() -> None:
    problem = cap.denmark({"rules.nearest": False, "rules.reach": 120})
    demand = problem.scenarios
    both = demand.replace(
        ids=("low", "high"),
        women=np.vstack([0.9 * demand.women, 1.2 * demand.women]),
        labels=("", ""),
        probability=np.array([0.5, 0.5]),
        must_hold=np.array([True, True]),
    )
    explanation = explain(problem.replace(scenarios=both), effort=6)
    assert [set(c.rules) for c in explanation.conflicts] == [{"reach"}]
    assert "families from Læsø would travel 156 minutes" in explanation.conflicts[0].text
    spared = next(w for w in explanation.ways_out if isinstance(w.value, dict))
    assert spared.value["exceptions"] == ["0400", "0741", "0825"]
    assert spared.exact


def test_exceptions_are_named() -> None:
    explanation = explain(cap.denmark({"rules.nearest": False, "rules.reach": 120}))
    assert "for Læsø cannot hold" in explanation.conflicts[0].text
    spared = next(w for w in explanation.ways_out if isinstance(w.value, dict))
    assert spared.value["exceptions"] == ["0400", "0741", "0825"]
    assert "sparing Bornholm, Samsø and Læsø" in spared.text


def test_whole_agreements_are_asked_one_by_one() -> None:
    for seed in range(9_900, 9_940):
        problem = random_problem(seed, points=5, sites=3, scenarios=1, nearest=None, one_agreement=True)
        answer = find_plan(problem, Effort(LONG))
        assert answer is not None
        assert (answer is not False) == has_plan(problem)


def test_a_clash_with_agreements_is_told() -> None:
    found = 0
    for seed in itertools.count(9_950):
        problem = random_problem(seed, points=4, sites=3, scenarios=1, nearest=None, one_agreement=True)
        if not 2 <= len(weighed_rules(problem)) <= 5 or has_plan(problem):
            continue
        explanation = explain(problem, effort=LONG)
        said = {frozenset(c.rules) for c in explanation.conflicts}
        expected = by_brute_force(problem)
        assert said == ({frozenset({"served", "promise"})} if expected == {frozenset()} else expected)
        found += any("one_agreement" in rules for rules in said)
        if found == 2 or seed > 10_100:
            break
    assert found


def test_a_clash_is_told_where_no_set_of_sites_is_a_plan_with_all_at_their_nearest() -> None:
    # Alby's women fill more beds than a unit may have, so some go to Broby in every plan.
    rules = {"near_ambulatory": 20, "reach": 40}
    problem = towns(rules, sizes=cap.Sizes(smallest=1, largest=8))
    (conflict,) = explain(problem, effort=LONG).conflicts
    assert set(conflict.rules) == set(rules)
    assert "reach (nobody beyond 40 minutes) for Colding" in conflict.text
    assert conflict.witness["near_ambulatory"]["missed"] == [{"where": ["c"], "by": pytest.approx(30.0)}]


def test_places_are_told_in_several_scenarios_where_plans_are_known_beforehand() -> None:
    problem = towns({"volume": 7, "reach": 20})
    women = np.vstack([problem.women[0], 1.2 * problem.women[0]])
    two = problem.scenarios.replace(
        ids=("low", "high"),
        women=women,
        labels=("", ""),
        probability=np.array([0.5, 0.5]),
        must_hold=np.array([True, True]),
    )
    (conflict,) = explain(problem.replace(scenarios=two), effort=LONG).conflicts
    assert set(conflict.rules) == {"volume", "reach"}
    # It is enough that reach holds in years of high demand: what c may have in the others is too little on average.
    assert "reach (nobody beyond 20 minutes) for Colding (high), Broby (high) and Alby (high)" in conflict.text


def test_the_place_named_has_no_unit_of_its_own_region_at_all() -> None:
    # Alby has a unit of its own, and one of another region nearer by; Colding's region has no site.
    problem = towns({"own_region": True})
    net = problem.network.replace(
        point_regions=("W", "E", "N"),
        site_regions=("W", "E", "E"),
        region_names={"W": "West", "E": "East", "N": "North"},
    )
    minutes = problem.minutes.copy()
    minutes[0, 1] = 2.0
    far = problem.replace(network=net, travel=problem.travel.replace(values=minutes))
    (conflict,) = explain(far, effort=LONG).conflicts
    assert "own_region (women stay in their own region) for Colding cannot hold" in conflict.text


def test_points_without_women_and_without_a_way_are_merged() -> None:
    problem = towns({"reach": 20, "near_ambulatory": 30})
    minutes = problem.minutes.copy()
    minutes[:2, 2] = minutes[0, 1] = minutes[1, 1] = np.inf
    minutes[1, 0] = 10.0
    demand = problem.scenarios.replace(women=np.array([[10.0, 0.0, 2.0]]))
    nobody = problem.replace(scenarios=demand, travel=problem.travel.replace(values=minutes))
    made = merge(nobody)
    assert np.isposinf(made.problem.minutes[made.of[0], 1:]).all()
    assert made.of[0] == made.of[1]
    (conflict,) = explain(nobody, effort=LONG).conflicts
    assert set(conflict.rules) == {"reach", "near_ambulatory"}


def test_the_danish_case_is_explained_where_regions_keep_to_themselves() -> None:
    demand = {"scenario": ["alcohol-cohort", "agency-2024"]}
    wish = {"rules.nearest": False, "rules.own_region": True, "rules.volume": 30}
    explanation = explain(cap.denmark(demand | wish), effort=4)
    assert explanation.conflicts
    assert all({"own_region", "volume"} & set(c.rules) for c in explanation.conflicts)
