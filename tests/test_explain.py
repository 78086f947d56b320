"""Why there is no plan: all minimal clashes as brute force finds them, and changes that really help."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import pytest

import capacity as cap
from capacity import InfeasibleError, Problem, solve
from capacity.rules import RULES
from capacity.studies.explain import Explanation, explain
from capacity.studies.explain.conflicts import hitting_sets, minimal
from capacity.studies.explain.worlds import only, weighed_rules
from tests import explain_campaign
from tests.random_problems import random_problem
from tests.small import towns

SMALL = 30
"""Pairs of point and site of which a statement of the rules' sentences is solved faster than by the library."""


def has_plan(problem: Problem) -> bool:
    """Whether some plan keeps the rules: by a statement that has nothing of the library where the problem is small."""
    if problem.minutes.size <= SMALL:
        return explain_campaign.has_plan(problem)
    try:
        solve(problem)
    except InfeasibleError:
        return False
    return True


def by_brute_force(problem: Problem) -> set[frozenset[str]]:
    """Every subset of the weighed rules (and nearest), each solved."""
    names = [rule.name for rule in weighed_rules(problem)]
    if problem.policy.nearest is not None:
        names.append("nearest")
    clashing: list[frozenset[str]] = []
    for size in range(len(names) + 1):
        for subset in map(frozenset, itertools.combinations(names, size)):
            if any(c <= subset for c in clashing):
                continue
            part = only(problem, subset)
            if "nearest" not in subset:
                part = part.replace(policy={"nearest": None})
            if not has_plan(part):
                clashing.append(subset)
    return set(clashing)


@cache
def infeasible_problems(count: int, **firm: Any) -> list[Problem]:
    found = []
    for seed in itertools.count(5_000):
        problem = random_problem(seed, points=4, sites=4, scenarios=1, **firm)
        if 2 <= len(weighed_rules(problem)) <= 6 and not has_plan(problem):
            found.append(problem)
            if len(found) == count:
                return found
    return found


@pytest.mark.parametrize("nearest", [True, None])
def test_all_minimal_clashes_are_those_of_brute_force(nearest: bool | None) -> None:
    for problem in infeasible_problems(8, nearest=nearest):
        explanation = explain(problem, effort=60)
        assert explanation.complete
        said = {frozenset(c.rules) for c in explanation.conflicts}
        expected = by_brute_force(problem)
        if expected == {frozenset()}:
            assert said == {frozenset({"served", "promise"})}
        else:
            assert said == expected


def test_every_way_out_really_is_one() -> None:
    ways = 0
    for problem in infeasible_problems(8, nearest=True):
        for way in explain(problem, effort=60).ways_out:
            changed = problem.set(way.key, way.value)
            for key, value, _ in way.also:
                changed = changed.set(key, value)
            plan = solve(changed)
            assert list(plan.site_ids) == way.plan["site_ids"]
            ways += 1
    assert ways > 8


@pytest.mark.parametrize(
    ("setting", "value", "key", "step"),
    [
        ("rules.volume", 20, "rules.volume", 0.1),
        ("rules.volume", 20, "demand.women_per_year", -1),
        ("rules.reach", 20, "rules.reach", -1),
        ("finance.day_rate_dkk", 1_500, "finance.day_rate_dkk", -10),
    ],
)
def test_a_slightly_smaller_change_does_not_help(setting: str, value: float, key: str, step: float) -> None:
    rules = {"nearest": True, "volume": 3, "income": True, "reach": 60, "region_access": {"share": 0.9, "minutes": 60}}
    problem = towns(rules).set(setting, value)
    assert not has_plan(problem)
    ways = [w for w in explain(problem, effort=60).ways_out if w.key == key and not isinstance(w.value, (bool, dict))]
    assert ways, [w.key for w in explain(problem).ways_out]
    assert has_plan(problem.set(key, ways[0].value))
    assert not has_plan(problem.set(key, ways[0].value + step))


def test_a_clash_is_told_with_its_numbers() -> None:
    # Everybody within 40 minutes needs a unit at C (c), where only 2 women a year come.
    problem = towns({"nearest": True, "volume": 3, "region_access": {"share": 1, "minutes": 40}})
    explanation = explain(problem)
    (conflict,) = (c for c in explanation.conflicts if "nearest" not in c.rules or len(c.rules) == 3)
    assert set(conflict.rules) >= {"region_access", "volume"}
    assert "Site c (c) would have 2.0 stays a year" in conflict.text
    assert "in East 0 % would live within 40 minutes" in conflict.text
    assert conflict.witness["volume"]["missed"] == [{"where": ["c"], "by": pytest.approx(1.0)}]
    assert explanation.ways_out[0].key in ("rules.volume", "rules.region_access", "demand.women_per_year")
    volume = next(w for w in explanation.ways_out if w.key == "rules.volume")
    assert volume.value == pytest.approx(2.0)
    assert "rules.volume: 2 instead of 3" in str(explanation)


def test_sites_spared_from_a_wards_limit_are_named() -> None:
    """What holds of an ambulatory's distance holds of a ward's: both are one kind of rule."""
    problem = cap.denmark()
    ward = problem.network.replace(neonatal=tuple(j == "FA_ODENSE" for j in problem.network.site_ids))
    found = cap.explain(problem.replace(network=ward).set("rules.neonatal", 0))
    spared = [way for way in found.ways_out if way.key == "rules.neonatal" and isinstance(way.value, dict)]
    assert spared and all(way.exact for way in spared)
    assert ["FA_AALBORG", "FA_HVIDOVRE"] in [way.value["exceptions"] for way in spared]


def test_exceptions_that_suffice_are_named() -> None:
    base = {"nearest": True, "volume": 3, "reach": 50}
    spared = next(w for w in explain(towns(base)).ways_out if isinstance(w.value, dict))
    assert spared.value == {"minutes": 50, "exceptions": ["C"]}
    near = {"nearest": True, "near_ambulatory": 10, "reach": 40}
    allowed = next(w for w in explain(towns(near)).ways_out if isinstance(w.value, dict))
    assert allowed.value == {"minutes": 10, "exceptions": ["c"]}


def test_pairs_where_no_single_change_helps() -> None:
    # One unit of at least 30 stays, and one more at C: neither alone can give way enough.
    rules = {"nearest": True, "volume": 30, "reach": 5, "forbid": ["c"]}
    explanation = explain(towns(rules), effort=60)
    singles = [w for w in explanation.ways_out if not w.also]
    assert not singles
    way = explanation.ways_out[0]
    (other,) = way.also
    assert has_plan(towns(rules).set(way.key, way.value).set(other[0], other[1]))
    assert way.to_json()["also"][0]["key"] == other[0]


def test_beds_too_few_for_anything() -> None:
    problem = towns({"nearest": True}, sizes=cap.Sizes(smallest=1, largest=2))
    (conflict,) = explain(problem, effort=60).conflicts
    assert conflict.rules == ("served", "promise")
    assert any(w.key == "sizes.largest" for w in explain(problem, effort=60).ways_out)


def test_a_problem_with_a_plan_has_nothing_to_explain() -> None:
    for nearest in (True, None):
        explanation = explain(towns({"nearest": nearest, "units": [1, 3]}))
        assert explanation.conflicts == ()
        assert explanation.ways_out == ()


def test_what_is_not_settled_in_time_is_said() -> None:
    # Bounds do not see it: nobody but c lies near C, and c has 2 stays a year.
    problem = towns({"volume": 7, "reach": 20})
    explanation = explain(problem, effort=1e-9)
    assert not explanation.complete
    assert "further conflicts" in str(explanation)
    # One is always told, if only all the rules together.
    assert [set(c.rules) for c in explanation.conflicts] == [{"volume", "reach"}]
    assert [set(c.rules) for c in explain(problem).conflicts] == [{"volume", "reach"}]


def test_families_that_may_be_split_get_witness_and_ways_out_too() -> None:
    explanation = explain(towns({"volume": 7, "region_access": {"share": 1, "minutes": 40}}), effort=60)
    (conflict,) = explanation.conflicts
    assert set(conflict.rules) == {"volume", "region_access"}
    # Two of three women of East's town would do; c may serve others as well, but they live 60 minutes away.
    assert conflict.witness["volume"]["missed"][0]["where"] == ["c"]
    volume = next(w for w in explanation.ways_out if w.key == "rules.volume")
    assert volume.exact
    for way in explanation.ways_out:
        assert has_plan(towns({"volume": 7, "region_access": {"share": 1, "minutes": 40}}).set(way.key, way.value))
    assert has_plan(towns({"volume": volume.value, "region_access": {"share": 1, "minutes": 40}}))
    assert not has_plan(towns({"volume": volume.value + 0.1, "region_access": {"share": 1, "minutes": 40}}))


def test_the_place_that_cannot_give_way_is_named() -> None:
    # Only c is within 40 minutes of East, and only a or b of West; where both are, 2 stays come to c.
    problem = towns({"nearest": True, "volume": 3, "region_access": {"share": 1, "minutes": 40}})
    conflict = next(c for c in explain(problem).conflicts if "volume" in c.rules)
    assert "region_access (100 % within 40 minutes) in East and" in conflict.text
    assert "region_access in East needs a unit at Site c (c)" in conflict.text
    assert {"rule": "region_access", "where": ["E"], "one_of": ["c"]} in conflict.witness["needs"]
    assert {"rule": "region_access", "where": ["W"], "one_of": ["a", "b"]} in conflict.witness["needs"]
    # Even a unit at every site does not bring a unit within 4 minutes of A.
    alone = next(c for c in explain(towns({"nearest": True, "reach": 4})).conflicts if c.rules == ("reach",))
    assert "reach (nobody beyond 4 minutes) for Alby cannot hold" in alone.text


def test_the_lowest_demand_is_found_where_more_women_may_harm_again() -> None:
    # One unit of 4 beds at most: too many women break the promise, too few the volume.
    problem = towns({"nearest": True, "volume": 3, "units": [1, 1]}, sizes=cap.Sizes(smallest=1, largest=4))
    few = problem.set("demand.women_per_year", 2)
    way = next(w for w in explain(few).ways_out if w.key == "demand.women_per_year")
    assert way.value == 3
    assert way.exact


def test_what_a_setting_was_is_a_number_to_read() -> None:
    crowded = towns({"nearest": True, "volume": 70}, sizes=cap.Sizes(smallest=1, largest=90))
    way = next(
        w for w in explain(crowded.set("demand.women_per_year", 200 / 3)).ways_out if w.key == "demand.women_per_year"
    )
    assert way.text.startswith("demand.women_per_year: 70 instead of 66.6667 (")
    assert (way.was, way.value) == (pytest.approx(200 / 3, rel=1e-12), 70)


@pytest.mark.parametrize("wish", ["rules.volume=50", "rules.region_unit=true"])
def test_a_way_out_is_taken_on_the_command_line(wish: str, capsys: pytest.CaptureFixture[str]) -> None:
    import json
    import time

    from capacity.cli.main import run

    started = time.process_time()
    assert run(["explain", "--set", wish, "--json"]) == 0
    assert time.process_time() - started < 6  # 3 on a quiet machine
    said = json.loads(capsys.readouterr().out)
    assert said["conflicts"]
    assert said["complete"]
    numbers = 0
    for way in said["ways_out"]:
        assert run(["plan", "--set", wish, "--set", f"{way['key']}={json.dumps(way['value'])}", "--json"]) == 0
        assert [u["site_id"] for u in json.loads(capsys.readouterr().out)["units"]] == way["plan"]["site_ids"]
        if isinstance(way["value"], float):
            step = {"rules.volume": 0.1, "finance.day_rate_dkk": -10}.get(way["key"], -1)
            problem = cap.denmark({wish.partition("=")[0]: json.loads(wish.partition("=")[2])})
            assert not has_plan(problem.set(way["key"], way["value"] + step))
            numbers += 1
    assert numbers


def test_the_background_is_what_a_plan_is() -> None:
    assert {"served", "promise"} <= {rule.name for rule in RULES if rule.frame}


def test_hitting_sets_by_hand() -> None:
    sets = [frozenset("ab"), frozenset("bc"), frozenset("abc")]
    assert hitting_sets(sets) == [frozenset("b"), frozenset("ac")]
    assert hitting_sets([]) == [frozenset()]
    assert hitting_sets([frozenset(), frozenset("a")]) == []
    assert minimal([frozenset("ab"), frozenset("a")]) == [frozenset("a")]


@cache
def busy_denmark() -> tuple[Problem, Explanation]:
    """The Danish case with units of 50 stays or more, and why there is no plan."""
    problem = cap.denmark({"rules.volume": 50})
    return problem, explain(problem)


def test_the_danish_case_is_explained() -> None:
    problem, explanation = busy_denmark()
    assert [set(c.rules) for c in explanation.conflicts] == [{"region_access", "volume"}]
    volume = next(w for w in explanation.ways_out if w.key == "rules.volume")
    assert volume.value == pytest.approx(23.2)
    assert has_plan(problem.set("rules.volume", 23.2))
    assert not has_plan(problem.set("rules.volume", 23.3))


@pytest.mark.parametrize(
    ("access", "clashes"),
    [
        (
            {"share": 0.95, "minutes": 90},
            [{"near_ambulatory", "region_access"}, {"region_access", "income", "nearest"}],
        ),
        (
            {"share": 0.99, "minutes": 90},
            [{"region_access", "income"}, {"near_ambulatory", "region_access"}, {"region_access", "volume"}],
        ),
    ],
)
def test_clashes_are_all_known_where_sets_are_too_many_to_count(access: Any, clashes: list[set[str]]) -> None:
    explanation = explain(cap.denmark({"rules.region_access": access}), effort=6)
    assert explanation.complete
    assert sorted(map(sorted, (c.rules for c in explanation.conflicts))) == sorted(map(sorted, clashes))
    assert all(way.exact for way in explanation.ways_out)


def test_the_command_explains(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from capacity.cli.main import run
    from tests.cases import small_case

    case = str(small_case(tmp_path / "small"))
    wish = ["--set", "rules.reach=20"]
    assert run(["explain", case, *wish]) == 0
    assert "nobody beyond 20 minutes" in capsys.readouterr().out
    assert run(["explain", case, *wish, "--json", "--out", str(tmp_path / "out")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said["conflicts"][0]) == {"rules", "text", "witness"}
    assert set(said["ways_out"][0]) >= {"key", "value", "was", "text", "plan"}
    assert json.loads((tmp_path / "out" / "study.json").read_text(encoding="utf-8")) == said
    assert run(["plan", case, *wish]) == 3
    assert "What would help" in capsys.readouterr().err
    assert run(["plan", case, *wish, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["ways_out"] == said["ways_out"]
    assert run(["explain", case]) == 0
    assert "nothing to explain" in capsys.readouterr().out


def test_sentences_name_places_not_ids() -> None:
    _, said = busy_denmark()
    texts = [*(c.text for c in said.conflicts), *(w.text for w in said.ways_out)]
    # (Of the two regions named in the clash Slagelse leaves more women too far away than Horsens does.)
    assert any("units at Horsens" in text for text in texts)
    assert any("(Aalborg, Hvidovre, Odense; " in text for text in texts)
    assert not any("FA_" in text for text in texts)


def clashes(problem: Problem) -> set[frozenset[str]]:
    explanation = explain(problem, effort=60)
    assert explanation.complete
    return {frozenset(c.rules) for c in explanation.conflicts}


def test_own_region_is_weighed_apart_where_families_use_their_nearest_unit() -> None:
    # Without own_region some units of a region are nobody's nearest: sets of rules without it clash on their own.
    problem = random_problem(20036, points=4, sites=4, scenarios=1, nearest=True, own_region=True)
    assert (
        clashes(problem)
        == by_brute_force(problem)
        == {
            frozenset({"nearest", "region_unit"}),
            frozenset({"own_region", "income"}),
            frozenset({"region_unit", "income"}),
        }
    )


def eastward(policy: dict[str, Any]) -> Problem:
    """The three towns, with a road on which Colding is always nearer to a unit of West than to its own at c."""
    problem = towns(policy)
    minutes = problem.minutes.copy()
    minutes[2, 2] = 95.0
    return problem.replace(travel=problem.travel.replace(values=minutes))


def test_what_clashes_without_own_region_forbids_no_way_out_with_it() -> None:
    rules = {"nearest": True, "region_unit": True, "own_region": True, "volume": 3}
    problem = eastward(rules)
    explanation = explain(problem, effort=60)
    assert {frozenset(c.rules) for c in explanation.conflicts} == by_brute_force(problem)
    apart = next(c for c in explanation.conflicts if set(c.rules) == {"nearest", "region_unit"})
    assert "With own_region they may" in apart.text
    volume = next(w for w in explanation.ways_out if w.key == "rules.volume")
    assert (volume.value, volume.exact) == (2.0, True)
    # With a plan there is nothing to explain, whatever smaller sets of rules do.
    assert not explain(eastward(rules | {"volume": 2}), effort=60).conflicts


def test_a_witness_keeps_the_other_rules_and_no_more() -> None:
    # The clash says nothing of own_region, so neither does the plan that comes closest.
    problem = eastward({"nearest": True, "region_unit": True, "own_region": True, "volume": 3})
    apart = next(c for c in explain(problem, effort=60).conflicts if set(c.rules) == {"nearest", "region_unit"})
    assert apart.witness["region_unit"]["missed"] == [{"where": ["E"], "by": 1.0}]
    assert set(apart.witness["region_unit"]["units"]) <= {"a", "b"}


def test_where_nobody_need_be_served_a_plan_without_units_counts() -> None:
    assert clashes(towns({"served": False, "units": [1, 3], "volume": 30})) == {frozenset({"units", "volume"})}
    assert not explain(towns({"served": False, "volume": 30}), effort=60).conflicts


def test_nearest_clashes_where_nobody_need_be_served() -> None:
    # A tenth of West may travel far: to c, which has too few stays with everybody at their nearest unit.
    problem = towns({"nearest": True, "served": False, "volume": 3, "region_access": {"share": 0.9, "minutes": 40}})
    assert clashes(problem) == by_brute_force(problem) == {frozenset({"nearest", "volume", "region_access"})}


def test_sets_too_large_to_be_valued_beforehand_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # Only a unit in each town keeps reach, and no set of three is valued beforehand.
    from capacity.studies.explain import explanation

    whole = explanation.make_worlds
    monkeypatch.setattr(explanation, "make_worlds", lambda problem, most=3: whole(problem, min(most, 3)))
    told = explain(towns({"nearest": True, "reach": 20, "volume": 3}), effort=60)
    volume = next(w for w in told.ways_out if w.key == "rules.volume")
    assert (volume.value, volume.exact) == (2.0, True)
    assert not any(c.witness.get("volume", {}).get("closest") for c in told.conflicts)


def test_a_demand_that_neither_more_nor_fewer_women_may_pass_is_found() -> None:
    # A unit in each town: Colding's has stays enough from 27 women on, and the beds are paid for up to 27.
    rules = {"nearest": True, "reach": 20, "volume": 3}
    beds = solve(towns(rules).set("demand.women_per_year", 27)).beds
    problem = towns(rules | {"build_budget": beds * 2e6})
    helps = [k for k in range(19, 60) if has_plan(problem.set("demand.women_per_year", k))]
    assert helps[0] == 27
    assert helps[-1] < 34
    way = next(w for w in explain(problem, effort=60).ways_out if w.key == "demand.women_per_year")
    assert (way.value, way.exact) == (27, True)


@pytest.mark.parametrize("most", [300_000, 3])
def test_exceptions_are_the_fewest_only_where_all_sets_were_valued(most: int) -> None:
    from capacity.studies.explain.levers import levers
    from capacity.studies.explain.worlds import make_worlds

    problem = towns({"nearest": True, "reach": 40, "forbid": ["c"], "units": [1, 2]})
    (spared,) = [x for x in levers(problem, make_worlds(problem, most)) if x.key == "rules.reach" and x.most == 1]
    assert spared.value(1) == {"minutes": 40.0, "exceptions": ["C"]}
    # Of three sets of one site each none shows what two may spare.
    assert spared.proven == (most > 3)


def test_where_no_sizes_carry_the_women_more_of_them_are_not_tried() -> None:
    from capacity.studies.explain.scaling import overfull

    crowded = towns({"nearest": True, "units": (0, 2)}, sizes={"largest": 3}).set("demand.women_per_year", 600)
    assert overfull(crowded) and not overfull(towns())
    assert not overfull(crowded.replace(policy={"served": False}))
    told = explain(crowded, effort=2)
    fewer = next(way for way in told.ways_out if way.key == "demand.women_per_year")
    assert fewer.value < 100
