"""Can the regions agree: textbook games, the library's own coalitions, and problems cut to their regions."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.optimize import linprog

import capacity as cap
from capacity.cli.main import group, run
from capacity.rules.objectives import COST
from capacity.studies.coalitions import coalition_costs, why_one_by_one
from capacity.studies.games import cover, least_core, members, nucleolus, shapley, worst
from capacity.studies.sharing import Sharing, _planned, _regions, _valued_plan, _with_hours, sharing
from tests.oracle import best_plan
from tests.random_problems import random_problem
from tests.small import towns


def game(players: int, cost: Callable[[tuple[int, ...]], float]) -> Any:
    """A game from what its coalitions cost."""
    return np.array([cost(members(s)) if s else 0.0 for s in range(2**players)])


# --- textbook games --------------------------------------------------------------------------------------------------


def test_the_airport_game() -> None:
    """Runways of 12, 28 and 30: a coalition pays for the longest (Littlechild and Owen)."""
    airport = game(3, lambda s: max((12.0, 28.0, 30.0)[k] for k in s))
    assert shapley(airport) == pytest.approx([4, 12, 14], abs=1e-9)
    assert nucleolus(airport) == pytest.approx([6, 11, 13], abs=1e-9)
    assert least_core(airport) == pytest.approx(-6, abs=1e-9)


def test_the_game_of_gloves() -> None:
    """One left glove and two right ones: who has the left one takes all in the core."""
    gloves = game(3, lambda s: -float(min(sum(k == 0 for k in s), sum(k > 0 for k in s))))
    assert shapley(gloves) == pytest.approx([-2 / 3, -1 / 6, -1 / 6], abs=1e-9)
    assert nucleolus(gloves) == pytest.approx([-1, 0, 0], abs=1e-9)
    assert least_core(gloves) == pytest.approx(0, abs=1e-9)


def test_the_majority_of_three_has_no_core() -> None:
    majority = game(3, lambda s: -1.0 if len(s) > 1 else 0.0)
    assert shapley(majority) == pytest.approx([-1 / 3] * 3, abs=1e-9)
    assert nucleolus(majority) == pytest.approx([-1 / 3] * 3, abs=1e-9)
    assert least_core(majority) == pytest.approx(1 / 3, abs=1e-9)
    objection = worst(majority, np.full(3, -1 / 3))
    assert (len(members(objection.coalition)), objection.excess) == (2, pytest.approx(1 / 3))


def by_maschler(cost: Any) -> Any:
    """The nucleolus once more: a coalition is held where no best division lets its excess fall (a program for each)."""
    n = (len(cost) - 1).bit_length()
    inside = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    held, free, level = [2**n - 1], list(range(1, 2**n - 1)), {2**n - 1: 0.0}
    while free:
        rows = {
            "A_ub": np.column_stack([inside[free], -np.ones(len(free))]),
            "b_ub": cost[free],
            "A_eq": np.column_stack([inside[held], np.zeros(len(held))]),
            "b_eq": [cost[s] + level[s] for s in held],
            "bounds": (None, None),
        }
        top = linprog([*np.zeros(n), 1.0], **rows).x[-1]
        fixed = {**rows, "A_eq": np.vstack([rows["A_eq"], [*np.zeros(n), 1.0]]), "b_eq": [*rows["b_eq"], top]}
        stuck = [s for s in free if linprog([*inside[s], 0.0], **fixed).fun >= cost[s] + top - 1e-7]
        held, free = held + stuck, [s for s in free if s not in stuck]
        level |= dict.fromkeys(stuck, top)
    return np.linalg.lstsq(inside[held].astype(float), np.array([cost[s] + level[s] for s in held]), rcond=None)[0]


@pytest.mark.parametrize("seed", range(6))
def test_random_games(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 3 + seed % 2
    cost = np.concatenate([[0.0], rng.integers(1, 20, 2**n - 1).astype(float)])
    least, parts = cover(cost)
    # The cover is the least over all ways to divide everybody, and no union costs more than its parts.
    assert least[-1] == min(sum(cost[p] for p in division) for division in divisions(2**n - 1))
    assert sum(cost[p] for p in parts) == least[-1] and sum(parts) == 2**n - 1
    for a, b in itertools.combinations(range(1, 2**n), 2):
        assert a & b or least[a | b] <= least[a] + least[b] + 1e-12
    value, kernel = shapley(least), nucleolus(least)
    assert value is not None and kernel is not None
    # Shapley by his own definition: the mean of what each adds, over all orders.
    added = np.zeros(n)
    orders = list(itertools.permutations(range(n)))
    for order in orders:
        so_far = 0
        for k in order:
            added[k] += least[so_far | 1 << k] - least[so_far]
            so_far |= 1 << k
    assert value == pytest.approx(added / len(orders), abs=1e-9)
    assert kernel == pytest.approx(by_maschler(least), abs=1e-6)
    assert [value.sum(), kernel.sum()] == pytest.approx([least[-1]] * 2, abs=1e-9)
    floor = least_core(least)
    assert floor is not None and worst(least, kernel).excess == pytest.approx(floor, abs=1e-9)


def divisions(whole: int) -> list[list[int]]:
    """Every way to divide a coalition into parts."""
    if not whole:
        return [[]]
    lowest, found, part = whole & -whole, [], whole
    while part:
        if part & lowest:
            found += [[part, *rest] for rest in divisions(whole ^ part)]
        part = (part - 1) & whole
    return found


@pytest.mark.parametrize("seed", range(6))
def test_of_many_players_only_those_who_object_are_asked(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten players: the programs of the coalitions that object have the answers of the programs of all."""
    rng = np.random.default_rng(seed)
    build, use = rng.integers(5, 30, 10), rng.random(10)
    # A runway for the longest, and some cannot do without a third.
    cost = game(10, lambda s: float(max(build[list(s)]) + use[list(s)].sum() ** 0.7))
    if seed % 2:
        cost[rng.choice(np.arange(1, 1023), 300, replace=False)] = np.inf
    least, _ = cover(cost)
    asked = [nucleolus(least), least_core(least)]
    monkeypatch.setattr("capacity.studies.games.FEW", 10_000)
    of_all = [nucleolus(least), least_core(least)]
    assert (asked[0] is None) == (of_all[0] is None) and (seed % 2 or asked[0] is not None)
    if asked[0] is not None:
        assert asked[0] == pytest.approx(of_all[0], abs=1e-9)
    assert asked[1] == pytest.approx(of_all[1], abs=1e-9)


def test_programs_of_few_coalitions_are_bounded_by_more_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no player and no rest can do it alone, more coalitions are asked until the excess has a bound."""
    cost = game(6, lambda s: 10.0 + len(s) if len(s) in (2, 3, 6) else math.inf)
    monkeypatch.setattr("capacity.studies.games.FEW", 4)
    few = least_core(cost)
    monkeypatch.setattr("capacity.studies.games.FEW", 10_000)
    assert few == pytest.approx(least_core(cost), abs=1e-9)


def test_the_airport_of_fourteen() -> None:
    """Littlechild's closed forms: each part of the runway is paid for by those who need it; 16,383 coalitions."""
    build = np.array([3.0, 4, 7, 9, 10, 12, 15, 16, 18, 20, 21, 30, 31, 40])
    inside = (np.arange(2**14)[:, None] >> np.arange(14)) & 1
    cost = (inside * build).max(axis=1)
    least, parts = cover(cost)
    assert np.array_equal(least, cost) and parts == (2**14 - 1,)
    shares = np.cumsum(np.diff(build, prepend=0.0) / np.arange(14, 0, -1))
    assert shapley(cost) == pytest.approx(shares, abs=1e-9)
    # The nucleolus of an airport game (Littlechild 1974): the least rise that a group of the smallest can be given.
    pays, done, paid = np.zeros(14), 0, 0.0
    while done < 14:
        rises = [(build[k] - paid) / (k - done + 2) for k in range(done, 13)]
        rises.append((build[13] - paid) / (13 - done + 1))
        k = done + int(np.argmin(rises))
        pays[done : k + 1] = min(rises)
        paid, done = paid + min(rises) * (k + 1 - done), k + 1
    assert nucleolus(cost) == pytest.approx(pays, abs=1e-9)


def test_what_is_infinite_leaves_a_value_open() -> None:
    some = np.array([0.0, 1.0, np.inf, 1.5, 1.0, 1.8, np.inf, 2.2])
    assert shapley(some) is None
    alone = np.array([0.0, np.inf, np.inf, 4.0])
    assert nucleolus(alone) is None and least_core(alone) is None


# --- the regions -----------------------------------------------------------------------------------------------------

FREE = {"volume": False, "income": False}


@pytest.fixture(scope="module")
def danish() -> Sharing:
    return sharing(cap.denmark({"finance.counts": "all"}).replace(policy=FREE))


def test_where_money_counts_who_is_there_one_service_costs_hardly_more_than_two() -> None:
    problem = cap.denmark().replace(policy=FREE)
    found = sharing(problem)
    assert found.partition == (("1081", "1082", "1083", "1085"), ("1084",))
    # Each planned by itself, and all together.
    apart = [cap.solve(problem.only(regions), "cost").objective for regions in found.partition]
    assert found.together == pytest.approx(sum(apart))
    whole = cap.solve(problem, "cost").objective
    assert found.costs[found.players] == pytest.approx(whole) and 300 < whole - sum(apart) < 400


def test_the_danish_regions_are_those_of_the_prototype(danish: Sharing) -> None:
    """M DKK a year (design e); women of others at zero and their sites closed, in the place of `Problem.only`."""
    alone = [danish.alone[p] / 1e6 for p in danish.players]
    assert alone == pytest.approx([10.96, 16.25, 14.73, 20.00, 12.41], abs=0.005)
    assert danish.together / 1e6 == pytest.approx(59.19, abs=0.005)
    assert danish.partition == (danish.players,) and not danish.core_empty
    expected = {
        "use": (5.5, 14.2, 11.6, 20.2, 7.7),
        "shapley": (8.6, 13.9, 10.9, 18.6, 7.3),
        "nucleolus": (8.5, 13.8, 12.3, 20.0, 4.6),
    }
    for name, pays in expected.items():
        assert [x / 1e6 for x in danish[name].pays.values()] == pytest.approx(pays, abs=0.15)
    assert danish["use"].who_leaves == ("1084", "1085")
    assert danish["use"].worst_excess / 1e6 == pytest.approx(3.3, abs=0.05)
    assert danish["shapley"].who_leaves == ("1081", "1082", "1083", "1085")
    assert danish["nucleolus"].who_leaves == ()
    for division in danish.divisions:
        assert sum(division.pays.values()) == pytest.approx(danish.together)


def test_it_says_who_would_leave(danish: Sharing) -> None:
    said = " ".join(danish.sentences)
    assert "Region Hovedstaden and Region Sjælland would leave: they pay 3.31 M DKK a year more" in said
    assert "Divided by the nucleolus, nobody would leave." in said and "one service of all" in said


def test_with_a_price_of_travel_two_services_are_best() -> None:
    found = sharing(cap.denmark().replace(policy=FREE), hour_dkk=200.0)
    assert found.partition == (("1081", "1082", "1083"), ("1084", "1085"))
    assert "2 services" in " ".join(found.sentences)
    assert found["use"].pays["1084"] > 0 and sum(found["use"].pays.values()) == pytest.approx(found.together)


def test_groups_are_players_and_what_cannot_be_is_said() -> None:
    problem = cap.denmark()
    west, east = ["1081", "1082", "1083"], ["1084", "1085"]
    found = sharing(problem, {"west": west, "east": east}, column="pop_2026")
    assert found.players == ("west", "east") and "pop_2026" in [d.name for d in found.divisions]
    # With active practice some regions have no plan alone: infinite, and told.
    each = sharing(problem)
    cannot = [c for c, cost in each.costs.items() if math.isinf(cost)]
    assert ("1081",) in cannot and f"{len(cannot)} of 31 coalitions cannot keep the rules" in " ".join(each.sentences)
    assert each.left_out and each.to_json()["alone"]["1081"] is None


def test_what_is_no_game_is_told() -> None:
    problem = cap.denmark()
    with pytest.raises(cap.DataError, match="groups hold every region once"):
        sharing(problem, {"all": ["1081"]})
    with pytest.raises(cap.DataError, match="column of that name"):
        sharing(problem.replace(policy=FREE), {"all": problem.network.regions}, column="nothing")
    with pytest.raises(cap.DataError, match="the column holds numbers"):
        sharing(problem.replace(policy=FREE), {"all": problem.network.regions}, column="region")
    councils = problem.set("network.regions", "health_council_2027")
    with pytest.raises(cap.DataError, match=r"at most 10 players, .* not bound to their nearest unit"):
        sharing(councils.set("rules.nearest", False))
    with pytest.raises(cap.DataError, match=r"at most 10 players, .* region_gap compares regions"):
        sharing(councils.set("rules.region_gap", 30))
    with pytest.raises(cap.DataError, match="at most 18 players"):
        sharing(problem.set("network.regions", "main_town"))
    with pytest.raises(cap.InfeasibleError):
        sharing(problem.set("rules.volume", 500), {"all": problem.network.regions})


@pytest.mark.parametrize(
    ("rules", "own", "by_stays"),
    [
        # All of A, B and C are at c, far from it but C: whose place is broken pays, beside its stays.
        ({"nearest": True, "keep": ["c"], "units": 1, "reach": 10, "prices": {"reach": 900.0}}, {"W": 130, "E": 0}, 0),
        ({"nearest": True, "volume": 30, "prices": {"volume": 900.0}}, {"W": 0, "E": 0}, 12),
        ({"units": [2, 3], "prices": {"units": 1e5}}, {"W": 0, "E": 0}, 1),
        # Nobody is at a unit: what everybody pays is for herself.
        ({"served": True, "prices": {"served": 10.0}}, {"W": 16, "E": 2}, 0),
    ],
)
def test_the_price_of_a_broken_rule_is_divided_too(rules: Any, own: dict[str, int], by_stays: int) -> None:
    problem = towns(rules)
    price = next(iter(rules["prices"].values()))
    found = sharing(problem)
    assert found.together == pytest.approx(cap.solve(problem, "cost").objective) and len(found.partition) == 1
    for division in found.divisions:
        assert sum(division.pays.values()) == pytest.approx(found.together, rel=1e-9)
    units = found.together - price * (sum(own.values()) + by_stays)
    for name in ("use", "use_by_unit"):
        for player, women in (("W", 16), ("E", 2)):
            expected = price * own[player] + (units + price * by_stays) * women / 18
            assert found[name].pays[player] == pytest.approx(expected)


def test_where_nobody_can_go_alone_nobody_objects_and_json_has_it() -> None:
    """Each lacks what the other has: no excess of a part is finite."""
    found = sharing(towns({"nearest": True, "units": 1, "keep": ["c"], "volume": 17}))
    assert found["use"].worst_excess == -math.inf and found["use"].who_leaves == ()
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["divisions"][0]["worst_excess"] is None


def test_groups_that_are_none_are_told_each_by_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sharing", "--group", "a=1081,9999", "--group", "b=1081", "--group", "=1082"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "3 faults" in said
    assert "(got '9999'). The regions are 1081, 1082, 1083, 1084, 1085." in said
    assert "(got '1081'). Leave it in one group." in said and "each group has a name and some region" in said
    # A group that is called as a region is not that region.
    assert run(["sharing", "--group", "1082=1081,1083", "--lang", "da"]) == 2
    assert "Læg 1082 i en gruppe" in capsys.readouterr().err
    west, east = ("1081", "1083", "1085"), ("1082",)
    found = sharing(cap.denmark().replace(policy=FREE), {"1082": west, "east": [*east, "1084"]})
    assert found.names == {"1082": "1082", "east": "east"}
    alone = sharing(cap.denmark().replace(policy=FREE), {"all": [*west, "1084"], "1082": "1082"})
    assert alone.names["1082"] == "Region Midtjylland"


def test_the_command_keeps_its_contract() -> None:
    off = ["--set", "rules.volume=false", "--set", "rules.income=false"]
    ran = CliRunner().invoke(group, ["sharing", "--json", *off, "--set", "network.regions=region_2027_code"])
    said = json.loads(ran.stdout)
    assert {"players", "alone", "together", "partition", "core_empty", "divisions"} <= said.keys()
    assert said["players"] == ["1081", "1082", "1083", "OEST"] and said["core_empty"] is False
    assert {"name", "pays", "worst_excess", "who_leaves"} <= said["divisions"][0].keys()
    ran = CliRunner().invoke(group, ["sharing"])
    assert "no plan" in ran.stdout and "cannot keep the rules" in ran.stdout


# --- a problem cut to its regions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_a_cut_problem_has_the_plan_of_the_whole_without_the_others(seed: int) -> None:
    """The women of others at nothing and their sites excluded; both against brute force."""
    problem = random_problem(
        seed, nearest=True, region_unit=None, keep=None, forbid=None, own_region=None, income=None, scenarios=1
    )
    for region in problem.network.regions:
        inside = np.array([r == region for r in problem.network.point_regions])
        away = [j for j, r in zip(problem.network.site_ids, problem.network.site_regions, strict=True) if r != region]
        women = problem.women * inside
        if women.sum() == 0 or len(away) == len(problem.network.site_ids):
            continue
        scenarios = problem.scenarios.replace(point_ids=problem.network.point_ids, women=women)
        emptied = problem.replace(scenarios=scenarios, policy={"forbid": away})
        found = [solved(problem.only([region])), solved(emptied)]
        expected = best_plan(problem.only([region]), "cost") if problem.promise.demand_cv == 0 else None
        assert (found[0] is None) == (found[1] is None)
        if found[0] is not None and found[1] is not None:
            assert found[0].objective == pytest.approx(found[1].objective, rel=1e-9)
            assert (found[0].site_ids, found[0].beds) == (found[1].site_ids, found[1].beds)
            if expected is not None:
                assert found[0].objective == pytest.approx(expected.objective, rel=1e-8)


def solved(problem: cap.Problem) -> cap.Plan | None:
    try:
        return cap.solve(problem, "cost")
    except cap.InfeasibleError:
        return None


def test_rules_of_a_cut_problem_name_only_what_is_left() -> None:
    rules = {
        "region_unit": True,
        "keep": ["a"],
        "forbid": ["b", "c"],
        "size_floor": {"a": 3, "c": 4},
        "reach": {"minutes": 70, "exceptions": ["A", "C"]},
        "near_ambulatory": {"minutes": 40, "exceptions": ["c"]},
        "own_region": {"agreements": [["W", "E"]]},
        "prices": {"keep": 5.0, "forbid": 3.0},
    }
    east, west = towns(rules).only(["E"]), towns(rules).only(["W"])
    assert east.network.point_ids == ("C",) and east.network.site_ids == ("c",) and east.network.regions == ("E",)
    assert east.policy.keep is None and east.policy.forbid == ("c",) and dict(east.policy.prices) == {"forbid": 3.0}
    assert east.policy.size_floor is not None and east.policy.size_floor.beds == (("c", 4),)
    assert east.policy.reach is not None and east.policy.reach.exceptions == ("C",)
    assert west.policy.near_ambulatory is not None and west.policy.near_ambulatory.exceptions == ()
    assert west.policy.own_region is not None and west.policy.own_region.agreements == ()
    assert west.women.sum() == 16 and east.minutes.tolist() == [[5.0]]
    both = towns(rules).only(["W", "E"])
    assert both.fingerprint == towns(rules).fingerprint
    for wrong in ([], ["nowhere"]):
        with pytest.raises(cap.DataError, match="some of its own regions"):
            towns().only(wrong)


def test_regions_are_one_player_on_the_command_line_too() -> None:
    asked = ["sharing", "--json", "--set", "rules.volume=false", "--set", "rules.income=false"]
    ran = CliRunner().invoke(group, [*asked, "--group", "west=1081,1082,1083", "--group", "east=1084, 1085"])
    said = json.loads(ran.stdout)
    assert said["players"] == ["west", "east"] and set(said["alone"]) == {"west", "east"}
    ran = CliRunner().invoke(group, [*asked, "--group", "west=1081,1082,1083"])
    assert json.loads(ran.stdout)["players"] == ["west", "1084", "1085"]
    with pytest.raises(cap.DataError, match="groups hold every region once"):
        sharing(cap.denmark(), {"west": ["1081", "1082", "1083", "9"], "east": ["1084", "1085"]})


def test_courses_are_shared_with_the_beds() -> None:
    """A course is paid by whose woman is on it; every division is of the whole cost, courses included."""
    course = {"dkk_per_course": 250_000, "beyond_minutes": 90}
    problem = cap.denmark({"rules.volume": False, "rules.income": False}).replace(
        outpatient=course, uptake=[[30, 1.0], [120, 0.6]]
    )
    found = sharing(problem)
    plans = [cap.solve(problem.only(part), "cost") for part in found.partition]
    assert sum(plan.figures["courses_dkk"] for plan in plans) > 1e6
    assert found.together == pytest.approx(sum(plan.objective for plan in plans))
    for division in found.divisions:
        assert sum(division.pays.values()) == pytest.approx(found.together, rel=1e-9)


# --- all coalitions at once ------------------------------------------------------------------------------------------


def one_by_one(problem: cap.Problem, players: dict[str, tuple[str, ...]], goal: Any) -> Any:
    """What each coalition costs, planned by itself."""
    cost = [0.0]
    for s in range(1, 2 ** len(players)):
        plan = _planned(problem, _regions(players, s), goal)
        cost.append(math.inf if plan is None else plan.objective)
    return np.array(cost)


@pytest.mark.parametrize("seed", range(100))
def test_coalitions_valued_together_cost_what_each_does_by_itself(seed: int) -> None:
    """Random rules, scenarios and kinds of promise; aftercare, admitted stays and hours at a price in some."""
    own = {"agreements": [["r0", "r1"]]} if seed % 7 == 3 else None
    problem = random_problem(seed, nearest=True, prices={}, own_region=None, points=6, sites=5)
    net, lands = problem.network, [f"r{k}" for k in range(3 + seed % 2)]
    rng = np.random.default_rng(seed)
    problem = problem.replace(
        network=net.replace(
            point_regions=(*lands, *rng.choice(lands, 6 - len(lands)).tolist()),
            site_regions=tuple(rng.choice(lands, 5).tolist()),
        ),
        policy={"own_region": own},
        finance={"counts": ("all", "admitted")[seed % 2]},
    )
    if seed % 4 == 1:
        problem = problem.replace(aftercare={"days": 60, "bed_dkk_per_year": 2e5, "house_dkk_per_year": 1e6})
    players = {r: (r,) for r in problem.network.regions}
    if (reason := why_one_by_one(problem, players)) is not None:
        assert "budget compares regions" in reason or "more beds" in reason
        return
    hour = (0.0, 300.0)[seed % 5 == 0]
    together = coalition_costs(problem, players, hour)
    assert together == pytest.approx(one_by_one(problem, players, _with_hours(hour) if hour else COST), rel=1e-9)


def test_the_danish_coalitions_valued_together_are_the_planned_ones() -> None:
    for rules in ({}, FREE):
        for counts in ("all", "admitted"):
            problem = cap.denmark({"finance.counts": counts}).replace(policy=rules)
            players = {r: (r,) for r in problem.network.regions}
            together = coalition_costs(problem, players)
            assert together == pytest.approx(one_by_one(problem, players, COST), rel=1e-9)


def test_twelve_groups_of_health_councils() -> None:
    """4,095 coalitions; two services are best, and one of them would leave where a day costs the same everywhere."""
    rules = FREE | {"region_access": {"share": 0.5, "minutes": 120}, "units": [1, 3]}
    problem = cap.denmark({"network.regions": "health_council_2027"}).replace(policy=rules)
    councils = problem.network.regions
    pairs = {f"pair {k}": [councils[2 * k], councils[2 * k + 1]] for k in range(5)}
    found = sharing(problem, pairs | {c: [c] for c in councils[10:]})
    assert len(found.players) == 12 and len(found.costs) == 4_095 and len(found.partition) == 2

    def regions(players: tuple[str, ...]) -> list[str]:
        return [r for player in players for r in pairs.get(player, [player])]

    alone = {part: cap.solve(problem.only(regions(part)), "cost").objective for part in found.partition}
    assert found.together == pytest.approx(sum(alone.values()), rel=1e-9)
    for division in found.divisions:
        assert sum(division.pays.values()) == pytest.approx(found.together, rel=1e-9)
    use, kernel = found["use"], found["nucleolus"]
    paid = sum(use.pays[p] for p in use.who_leaves)
    assert paid - alone[use.who_leaves] == pytest.approx(use.worst_excess, rel=1e-6) and use.worst_excess > 1e6
    assert found.least_excess is not None and not found.core_empty and not kernel.who_leaves
    assert kernel.worst_excess == pytest.approx(found.least_excess, abs=1e-3)
    said = found.to_json()
    assert len(said["cannot"]) == 100 < said["cannot_count"] == len(found.cannot) > 1_000
    assert f"{len(found.cannot):,} of 4,095 coalitions cannot keep the rules" in " ".join(found.sentences)


def test_a_plan_that_costs_something_else_is_told() -> None:
    problem = cap.denmark().replace(policy=FREE)
    with pytest.raises(cap.SolverError, match="by its sets of sites"):
        _valued_plan(problem, ["1081"], COST, 1.0)


@pytest.mark.parametrize("where", ["unit", "shared_house"])
def test_aftercare_is_shared_with_the_units(where: str) -> None:
    """Every division is of the whole cost, aftercare's beds, days and building included."""
    problem = cap.denmark({"stay.mean_days": 120}).replace(policy=FREE)
    wards = problem.network.replace(neonatal=tuple(j == "FA_ODENSE" for j in problem.network.site_ids))
    care = {"days": 60, "house_dkk_per_year": 1e6, "bed_dkk_per_year": 2e5, "person_day_dkk": 100}
    dear = problem.replace(network=wards, aftercare=care | {"building_dkk_per_bed": 1e6, "where": where})
    found, without = sharing(dear), sharing(problem)
    plans = [cap.solve(dear.only(part), "cost") for part in found.partition]
    assert found.together == pytest.approx(sum(plan.objective for plan in plans))
    assert found.together > without.together + 5e6
    for division in found.divisions:
        assert sum(division.pays.values()) == pytest.approx(found.together, rel=1e-9)
    # By use of each unit a region pays for the aftercare of the units it uses, and for no other.
    assert all(x > 0 for x in found["use_by_unit"].pays.values())
