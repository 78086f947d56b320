"""Every face of every rule against what is worked out by hand: rows, excess, closed forms, levers.

Three towns (`tests.small`), of sizes 8 and 9 alone so that a row is short. A row is written as its terms by name
("a" the unit at a, "a8" its size, "A>a" the share of A's women sent there), its least and its most.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.stats import poisson

from capacity import Problem, Scenarios, Sizes
from capacity.rules import RULES, NearestPlans, SplitPlan, Variables
from capacity.rules.rows import Key
from capacity.rules.values import Unfit
from capacity.rules.viability import poisson_mean
from capacity.tolerances import HOLD, USED
from tests.small import towns

OPEN = np.ones(3, bool)
TWO = Scenarios(
    ids=("many", "few"),
    point_ids=("A", "B", "C"),
    women=np.array([[10.0, 6, 2], [4, 0.5, 0]]),
    probability=np.array([0.75, 0.25]),
    must_hold=np.array([True, False]),
)
BOTH = TWO.replace(must_hold=np.array([True, True]))
NOBODY = TWO.replace(women=np.array([[10.0, 6, 0], [4, 1, 0]]))
A_STAY = 180 * (4_000 - 900)
"""What a stay leaves over its own cost, DKK."""

Row = tuple[Key, dict[str, float], float, float]


def small(policy: Mapping[str, Any] | None = None, **changes: Any) -> Problem:
    return towns(dict(policy or {}), **{"sizes": Sizes(smallest=8, largest=9), **changes})


def columns(problem: Problem, *, shared: bool = True, whole: bool = False, sites: Any = OPEN) -> Variables:
    return Variables(problem, np.asarray(sites), np.ones((3, 3), bool), shared=shared, whole=whole)


def rows(problem: Problem, name: str, v: Variables) -> list[Row]:
    """A rule's rows, with names for columns; the key () is of rows that hold whatever the rule's price."""
    named = {int(column): site for site, column in zip("abc", v.open, strict=True) if column >= 0}
    named |= {int(c): f"{'abc'[j]}{k}" for c, j, k in zip(v.size, v.size_site, v.size_beds, strict=True)}
    for s in range(v.scenarios):
        which = "" if v.scenarios == 1 else f" {problem.scenarios.ids[s]}"
        for c, i, j in zip(v.share(s), v.pair_point, v.pair_site, strict=True):
            named[int(c)] = f"{'ABC'[i]}>{'abc'[j]}{which}"
    made = problem.policy[name].rows(problem, v)
    found = []
    for r, key in enumerate(made.key):
        here = slice(made.start[r], made.start[r + 1])
        terms = [
            (named.get(int(c), f"own {c - v.extra}"), round(float(x), 9))
            for c, x in zip(made.column[here], made.coefficient[here], strict=True)
        ]
        assert len(dict(terms)) == len(terms)
        found.append((made.keys[key] if key >= 0 else (), dict(terms), float(made.lower[r]), float(made.upper[r])))
    return found


def least(key: Key, terms: dict[str, float], number: float) -> Row:
    return key, terms, number, math.inf


def most(key: Key, terms: dict[str, float], number: float) -> Row:
    return key, terms, -math.inf, number


EVERY = [f"{i}>{j}" for i in "ABC" for j in "abc"]
WOMEN = {"A": 10.0, "B": 6.0, "C": 2.0}
CARRIED = small().stays_by_beds

BY_HAND: dict[str, tuple[str, Any, list[Row]]] = {
    "units": (
        "units",
        [1, 2],
        [least(("fewest",), {"a": 1, "b": 1, "c": 1}, 1), most(("most",), {"a": 1, "b": 1, "c": 1}, 2)],
    ),
    "near ambulatory": ("near_ambulatory", 20, [most(("c",), {"c": 30}, 0)]),
    "near ambulatory by half a minute": (
        "near_ambulatory",
        19.5,
        [most(("b",), {"b": 0.5}, 0), most(("c",), {"c": 30.5}, 0)],
    ),
    "near ambulatory but for c": (
        "near_ambulatory",
        {"minutes": 19.5, "exceptions": ["c"]},
        [most(("b",), {"b": 0.5}, 0)],
    ),
    "region unit": ("region_unit", True, [least(("E",), {"c": 1}, 1), least(("W",), {"a": 1, "b": 1}, 1)]),
    "keep": ("keep", ["c", "a"], [least(("a",), {"a": 1}, 1), least(("c",), {"c": 1}, 1)]),
    "forbid": ("forbid", ["a"], [most(("a",), {"a": 1}, 0)]),
    "size floor": (
        "size_floor",
        {"c": 9, "a": 1},
        [least(("a",), {"a8": 8, "a9": 9, "a": -1}, 0), least(("c",), {"c8": 8, "c9": 9, "c": -9}, 0)],
    ),
    "served": (
        "served",
        True,
        [least((i,), {f"{i}>{j}": women for j in "abc"}, women) for i, women in WOMEN.items()],
    ),
    "open only": (
        "open_only",
        True,
        [most((), {pair: 1, pair[-1]: -1}, 0) for pair in EVERY]
        + [least((), {**{f"{i}>{j}": 1 for i in "ABC"}, j: -USED}, 0) for j in "abc"],
    ),
    "one size": ("one_size", True, [((), {f"{j}8": 1, f"{j}9": 1, j: -1}, 0, 0) for j in "abc"]),
    "promise": (
        "promise",
        True,
        [
            most(
                (j,),
                {**{f"{i}>{j}": women for i, women in WOMEN.items()}}
                | {f"{j}{k}": -round(float(CARRIED[k]), 9) for k in (8, 9)},
                0,
            )
            for j in "abc"
        ],
    ),
    "volume": (
        "volume",
        4,
        [least((j,), {**{f"{i}>{j}": women for i, women in WOMEN.items()}, j: -4}, 0) for j in "abc"],
    ),
    "volume in a Poisson year": (
        "volume",
        {"stays": 1, "when": "poisson_year", "probability": 0.5},
        [
            least((j,), {**{f"{i}>{j}": women for i, women in WOMEN.items()}, j: -round(math.log(2), 9)}, 0)
            for j in "abc"
        ],
    ),
    "income": (
        "income",
        True,
        [
            least(
                (j,),
                {f"{i}>{j}": women * A_STAY for i, women in WOMEN.items()} | {f"{j}8": -4.4e6, f"{j}9": -4.7e6},
                0,
            )
            for j in "abc"
        ],
    ),
    "income in a Poisson year": (
        "income",
        {"when": "poisson_year", "probability": 0.5},
        [
            least(
                (j,),
                {f"{i}>{j}": women * A_STAY for i, women in WOMEN.items()}
                | {f"{j}{k}": -round(A_STAY * poisson_mean(need / A_STAY, 0.5), 9) for k, need in ((8, 4.4e6), (9, 4.7e6))},
                0,
            )
            for j in "abc"
        ],
    ),
    "region access": (
        "region_access",
        {"share": 0.8, "minutes": 30},
        [
            least(("E",), {"C>c": 2}, 1.6),
            least(("W",), {"A>a": 10, "A>b": 10, "B>a": 6, "B>b": 6}, 12.8),
        ],
    ),
    "own region": (
        "own_region",
        True,
        [most(("A",), {"A>c": 1}, 0), most(("B",), {"B>c": 1}, 0), most(("C",), {"C>a": 1, "C>b": 1}, 0)],
    ),
    "own region but for an agreement": (
        "own_region",
        {"agreements": [["E", "W"]]},
        [most(("A",), {"A>c": 1}, 0), most(("B",), {"B>c": 1}, 0)],
    ),
    "reach": ("reach", 60, [most(("A",), {"A>c": 30}, 0), most(("C",), {"C>a": 30}, 0)]),
    "reach by half a minute": (
        "reach",
        89.5,
        [most(("A",), {"A>c": 0.5}, 0), most(("C",), {"C>a": 0.5}, 0)],
    ),
    "reach but for C": ("reach", {"minutes": 60, "exceptions": ["C"]}, [most(("A",), {"A>c": 30}, 0)]),
    "nearest": (
        "nearest",
        True,
        [
            most((i,), {f"{i}>{j}": 1 for j in order[k + 1 :]} | {order[k]: 1}, 1)
            for i, order in (("A", "abc"), ("B", "bac"), ("C", "cba"))
            for k in range(3)
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("asked", BY_HAND)
def test_rows_are_those_written_by_hand(asked: str) -> None:
    name, value, expected = BY_HAND[asked]
    problem = small({name: value})
    found = rows(problem, name, columns(problem))
    assert [row[0] for row in found] == [row[0] for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[1] == pytest.approx(other[1], rel=1e-9, abs=1e-9), one[0]
        assert one[2:] == pytest.approx(other[2:]), one[0]


def test_rows_of_neonatal_by_hand() -> None:
    """Units at a, b and c lie 0, 20 and 50 minutes from the ward at a."""
    wards = towns().network.replace(neonatal=(True, False, False))
    problem = small(network=wards).replace(policy={"neonatal": 20})
    assert rows(problem, "neonatal", columns(problem)) == [most(("c",), {"c": 30}, 0)]


def test_rows_by_hand_are_of_every_rule() -> None:
    # tests of their own
    budgets = {"build_budget", "run_budget", "one_agreement", "region_gap", "neonatal"}
    assert {name for name, *_ in BY_HAND.values()} | budgets == {rule.name for rule in RULES}


# --- several scenarios ------------------------------------------------------------------------------


def split(policy: Mapping[str, Any], demand: Scenarios, name: str) -> list[Row]:
    problem = small(policy, scenarios=demand)
    return rows(problem, name, columns(problem, shared=False))


def test_in_several_scenarios_each_has_its_women() -> None:
    served = split({}, TWO, "served")
    assert [row[0] for row in served] == [
        ("A", "many"), ("B", "many"), ("C", "many"), ("A", "few"), ("B", "few")
    ]  # fmt: skip
    assert served[4][1:3] == ({"B>a few": 0.5, "B>b few": 0.5, "B>c few": 0.5}, 0.5)
    (*sent, used_a, used_b, used_c) = split({}, TWO, "open_only")
    assert len(sent) == 18 and sent[0][1] == {"A>a many": 1, "a": -1}
    # A use of a site is somebody's: C's women are none in the scenario of few.
    assert used_a[1] == {"A>a many": 1, "B>a many": 1, "C>a many": 1, "A>a few": 1, "B>a few": 1, "a": -USED}
    assert used_b[2:] == used_c[2:] == (0, math.inf)
    assert {key for key, *_ in split({}, TWO, "promise")} == {("a", "many"), ("b", "many"), ("c", "many")}
    assert len(split({}, BOTH, "promise")) == 6


def test_one_assignment_for_every_scenario_needs_no_women_in_each() -> None:
    problem = small({}, scenarios=TWO)
    used = rows(problem, "open_only", columns(problem))[-1]
    assert used[1] == {"A>c": 1, "B>c": 1, "C>c": 1, "c": -USED}
    # The first scenario need not be the one that has women everywhere.
    other = TWO.replace(women=TWO.women[::-1])
    assert rows(small({}, scenarios=other), "open_only", columns(problem))[-1] == used
    volume = rows(small({"volume": 4}, scenarios=TWO), "volume", columns(problem))
    # 0.75 of the women of the one and 0.25 of those of the other.
    assert volume[0][:3] == (("a",), {"A>a": 8.5, "B>a": 4.625, "C>a": 1.5, "a": -4}, 0)


def test_stays_in_several_scenarios_are_meant_on_average_or_in_each() -> None:
    (row, *_) = split({"volume": 4}, TWO, "volume")
    mean = {"A>a many": 7.5, "B>a many": 4.5, "C>a many": 1.5, "A>a few": 1, "B>a few": 0.125, "C>a few": 0, "a": -4}
    assert row[:3] == (("a",), mean, 0)
    each = split({"volume": {"stays": 4, "when": "every_scenario"}}, BOTH, "volume")
    assert [key for key, *_ in each] == [(j, s) for s in ("many", "few") for j in "abc"]
    assert each[3][1] == {"A>a few": 4, "B>a few": 0.5, "C>a few": 0, "a": -4}
    income = split({"income": {"when": "every_scenario"}}, TWO, "income")
    assert [key for key, *_ in income] == [("a", "many"), ("b", "many"), ("c", "many")]
    assert income[0][1]["A>a many"] == 10 * A_STAY and "A>a few" not in income[0][1]


def test_points_without_women_in_a_scenario_ask_for_nothing_there() -> None:
    reach = split({"reach": 60}, TWO, "reach")
    assert [key for key, *_ in reach] == [("A", "many"), ("C", "many"), ("A", "few")]
    access = split({"region_access": {"share": 0.5, "minutes": 30}}, BOTH, "region_access")
    assert [key for key, *_ in access] == [("E", "many"), ("W", "many"), ("W", "few")]
    assert access[2][1:3] == ({"A>a few": 4, "A>b few": 4, "B>a few": 0.5, "B>b few": 0.5}, 2.25)
    assert len(split({"nearest": True}, TWO, "nearest")) == 15


def test_a_site_that_may_not_be_opened_cannot_stay() -> None:
    problem = small({"keep": ["c"]})
    assert rows(problem, "keep", columns(problem, sites=[True, True, False])) == [least(("c",), {}, 1)]
    assert rows(small({"forbid": ["c"]}), "forbid", columns(problem, sites=[True, True, False])) == []
    assert rows(small({"size_floor": {"c": 9}}), "size_floor", columns(problem, sites=[True, True, False])) == []


def test_one_agreement_counts_agreements_where_shares_are_parts() -> None:
    problem = small({"one_agreement": True})
    assert rows(problem, "one_agreement", columns(problem, whole=True)) == []
    v = columns(problem)
    found = rows(problem, "one_agreement", v)
    assert v.upper[-9:].tolist() == [1] * 9 and v.integer[-9:].all()
    assert found[:9] == [most((), {pair: 1, f"own {k}": -1}, 0) for k, pair in enumerate(EVERY)]
    assert found[9:] == [most((i,), {f"own {3 * k + j}": 1 for j in range(3)}, 1) for k, i in enumerate("ABC")]


# --- the second face ---------------------------------------------------------------------------------


def broken(name: str, value: Any, opened: str, beds: list[int], shares: Any, **changes: Any) -> dict[Key, float]:
    """Excess of a plan by key, where there is some."""
    problem = small({name: value}, **changes)
    plan = SplitPlan(problem, np.array([j in opened for j in "abc"]), np.array(beds), np.array(shares, float))
    found = problem.policy[name].excess(problem, plan)
    return {key: float(x) for key, x in zip(found.keys, found.amount[0], strict=True) if x > 0}


AT_HOME = [np.eye(3)]
ALL_AT_A = [[[1, 0, 0], [1, 0, 0], [1, 0, 0]]]


@pytest.mark.parametrize(
    ("name", "value", "opened", "beds", "shares", "expected"),
    [
        ("units", [1, 1], "abc", [9, 9, 9], AT_HOME, {("most",): 2}),
        ("units", [3, 3], "a", [9, 0, 0], ALL_AT_A, {("fewest",): 2}),
        ("near_ambulatory", 19.5, "ac", [9, 0, 9], ALL_AT_A, {("c",): 30.5}),
        ("near_ambulatory", {"minutes": 19.5, "exceptions": ["c"]}, "abc", [9, 9, 9], AT_HOME, {("b",): 0.5}),
        ("region_unit", True, "ab", [9, 9, 0], ALL_AT_A, {("E",): 1}),
        ("keep", ["c", "a"], "ab", [9, 9, 0], ALL_AT_A, {("c",): 1}),
        ("forbid", ["c", "a"], "ab", [9, 9, 0], ALL_AT_A, {("a",): 1}),
        ("size_floor", {"a": 9, "b": 12, "c": 9}, "ab", [8, 8, 0], ALL_AT_A, {("a",): 1, ("b",): 4}),
        ("served", True, "a", [9, 0, 0], [[[0.5, 0, 0], [1, 0, 0], [0, 0, 0]]], {("A",): 5, ("C",): 2}),
        ("open_only", True, "a", [9, 0, 0], AT_HOME, {("b", "closed"): 6, ("c", "closed"): 2}),
        ("one_size", True, "ab", [7, 12, 1], AT_HOME, {("a",): 1, ("b",): 3, ("c",): 1}),
        ("volume", 4, "abc", [9, 9, 9], AT_HOME, {("c",): 2}),
        ("income", True, "abc", [8, 8, 8], AT_HOME, {("b",): 4.4e6 - 6 * A_STAY, ("c",): 4.4e6 - 2 * A_STAY}),
        ("region_access", {"share": 0.8, "minutes": 30}, "a", [9, 0, 0], ALL_AT_A, {("E",): 1.6}),
        ("own_region", True, "a", [9, 0, 0], ALL_AT_A, {("C",): 1}),
        ("own_region", {"agreements": [["W", "E"]]}, "a", [9, 0, 0], ALL_AT_A, {("C",): 1}),
        ("own_region", {"agreements": [["E", "W"]]}, "a", [9, 0, 0], ALL_AT_A, {}),
        ("reach", 29.5, "a", [9, 0, 0], ALL_AT_A, {("B",): 0.5, ("C",): 60.5}),
        ("reach", {"minutes": 30, "exceptions": ["C"]}, "a", [9, 0, 0], ALL_AT_A, {}),
        ("nearest", True, "ab", [9, 9, 0], ALL_AT_A, {("B",): 1, ("C",): 1}),
        ("one_agreement", True, "ab", [9, 9, 0], [[[0.5, 0.5, 0], [1, 0, 0], [0, 1, 0]]], {("A",): 1}),
    ],
)  # fmt: skip
def test_excess_is_what_a_plan_lacks(
    name: str, value: Any, opened: str, beds: list[int], shares: Any, expected: dict[Key, float]
) -> None:
    assert broken(name, value, opened, beds, shares) == pytest.approx(expected)


def test_excess_of_minutes_is_told_from_a_thousandth() -> None:
    for name in ("near_ambulatory", "reach"):
        problem = small({name: 19.5})
        plan = SplitPlan(problem, OPEN, np.array([9, 9, 9]), np.array(AT_HOME))
        assert problem.policy[name].excess(problem, plan).scale == 1e-3
    problem = small({"income": True})
    assert problem.policy["income"].excess(problem, plan).scale == 2e6
    dear = small({"income": True}, finance={"bed_dkk_per_year": 3e6})
    assert dear.policy["income"].excess(dear, plan).scale == 3e6


def test_a_unit_that_hardly_anybody_uses_is_idle() -> None:
    assert set(broken("open_only", True, "abc", [9, 9, 9], ALL_AT_A)) == {("b", "idle"), ("c", "idle")}
    assert broken("open_only", True, "ab", [9, 9, 0], [[[0.9, 0.1, 0], [1, 0, 0], [1, 0, 0]]]) == {}


def test_excess_in_several_scenarios() -> None:
    twice = [np.eye(3), np.eye(3)]
    few = {("a", "few"): 0.0, ("b", "few"): 3.5, ("c", "few"): 4.0}
    found = broken("volume", {"stays": 4, "when": "every_scenario"}, "abc", [9] * 3, twice, scenarios=BOTH)
    assert found == pytest.approx({("c", "many"): 2} | {k: x for k, x in few.items() if x})
    assert broken("volume", 4, "abc", [9] * 3, twice, scenarios=TWO) == pytest.approx({("c",): 2.5})
    income = {"when": "every_scenario"}
    assert set(broken("income", income, "abc", [8] * 3, twice, scenarios=TWO)) == {("b", "many"), ("c", "many")}
    likely = {"when": "poisson_year", "probability": 0.5}
    need = poisson_mean(4.4e6 / A_STAY, 0.5)
    assert broken("income", likely, "a", [8, 0, 0], ALL_AT_A) == {}
    assert broken("income", likely, "abc", [8] * 3, AT_HOME) == pytest.approx(
        {("b",): (need - 6) * A_STAY, ("c",): (need - 2) * A_STAY}
    )
    access = {"share": 1.0, "minutes": 30}
    assert broken("region_access", access, "a", [9, 0, 0], ALL_AT_A * 2, scenarios=TWO) == {("E", "many"): 2}
    served = [[[1, 0, 0], [0, 0, 0], [0, 0, 0]]] * 2
    assert broken("served", True, "a", [9, 0, 0], served, scenarios=TWO) == {
        ("B", "many"): 6, ("C", "many"): 2, ("B", "few"): 0.5
    }  # fmt: skip


def test_promises_are_measured_where_they_must_hold() -> None:
    carried = float(CARRIED[8])
    found = broken("promise", True, "a", [8, 0, 0], ALL_AT_A * 2, scenarios=TWO)
    assert found == pytest.approx({("a", "many"): 18 - carried})
    assert broken("promise", True, "a", [9, 0, 0], ALL_AT_A) == pytest.approx({("a",): 18 - float(CARRIED[9])})


# --- closed forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "masks"),
    [
        ("near_ambulatory", 20, [True, True, False]),
        ("near_ambulatory", {"minutes": 19, "exceptions": ["c"]}, [True, False, True]),
        ("forbid", ["a"], [False, True, True]),
    ],
)
def test_sites_that_a_rule_leaves(name: str, value: Any, masks: list[bool]) -> None:
    problem = small({name: value})
    sites = problem.policy[name].sites(problem)
    assert sites is not None and sites.tolist() == masks


def test_what_must_be_open_and_how_large() -> None:
    problem = small({"keep": ["c"], "size_floor": {"c": 9, "a": 1}, "units": [1, 2]})
    assert problem.policy["keep"].must_open(problem).tolist() == [False, False, True]
    assert problem.policy["size_floor"].least_beds(problem).tolist() == [1, 0, 9]
    assert problem.policy["units"].unit_range(problem) == (1, 2)


@pytest.mark.parametrize(
    "name", ["served", "open_only", "one_size", "promise", "region_unit", "nearest", "one_agreement"]
)
def test_a_rule_without_numbers_is_on(name: str) -> None:
    rule = small({name: True}).policy[name]
    assert rule.value is True and rule.plain() is True


def test_what_is_left_when_a_unit_closes() -> None:
    """Spare units of a region, sites within reach of a point, women of a region near a unit."""
    problem = small({"region_unit": True, "reach": 60, "region_access": {"share": 0.5, "minutes": 30}})
    pairs = np.ones((3, 3), bool)
    west = problem.policy["region_unit"].spare(problem, ("W",), pairs)
    assert [west(np.array(o)) for o in ([True, True, True], [True, False, True], [False, False, True])] == [1, 0, -1]
    of_c = problem.policy["reach"].spare(problem, ("C",), pairs)
    assert [of_c(np.array(o)) for o in ([True, True, True], [True, False, False])] == [1, -1]
    assert problem.policy["reach"].spare(problem, ("C",), pairs & ([True, True, False]))(OPEN) == 0
    access = problem.policy["region_access"].spare(problem, ("W",), pairs)
    assert access(np.array([True, False, False])) == pytest.approx(8 + HOLD, rel=1e-12)
    assert access(np.array([False, False, True])) == pytest.approx(-8)
    two = small({"region_access": {"share": 0.5, "minutes": 30}}, scenarios=BOTH)
    few = two.policy["region_access"].spare(two, ("W", "few"), pairs)
    assert few(np.array([True, False, False])) == pytest.approx(2.25)
    assert few(np.array([False, False, True])) == pytest.approx(-2.25)
    one = two.policy["region_access"].spare(two, ("E", "many"), pairs)
    assert one(OPEN) == pytest.approx(1) and one(np.array([True, False, False])) == pytest.approx(-1)


def test_stays_below_which_a_unit_breaks_a_rule() -> None:
    (stays,) = small({"volume": 4}).policy["volume"].least_stays(small())
    assert stays.average and stays.least == pytest.approx(4) and stays.weight.tolist() == [1]
    two = small({"volume": {"stays": 4, "when": "every_scenario"}}, scenarios=BOTH)
    weights = [(one.average, one.weight.tolist()) for one in two.policy["volume"].least_stays(two)]
    assert weights == [(False, [1, 0]), (False, [0, 1])]
    # A unit of 8 beds costs 4.4 M a year before its stays, and 8 beds carry more than pays for them.
    free = small({"income": True, "promise": False})
    (income,) = free.policy["income"].least_stays(free)
    assert income.average and income.least == pytest.approx(4.4e6 / A_STAY, rel=1e-6)
    kept = small({"income": True})
    assert kept.policy["income"].least_stays(kept)[0].least == pytest.approx(4.4e6 / A_STAY, rel=1e-6)


def test_money_in_millions_asks_the_same_stays_of_chance() -> None:
    # What a stay leaves is then 0.558, and not above one.
    rule = {"income": {"when": "poisson_year", "probability": 0.9}}
    millions = {"unit_dkk_per_year": 2.0, "bed_dkk_per_year": 0.3, "occupied_day_dkk": 9e-4, "day_rate_dkk": 4e-3}
    whole, small_money = small(rule), small(rule, finance=millions)
    columns_of = [columns(problem) for problem in (whole, small_money)]
    one, other = (rows(p, "income", v) for p, v in zip((whole, small_money), columns_of, strict=True))
    assert [{c: x / 1e6 for c, x in row[1].items()} for row in one] == [
        pytest.approx(row[1], rel=1e-9) for row in other
    ]
    plans = [NearestPlans(problem, OPEN[None, :], np.ones((3, 3), bool)) for problem in (whole, small_money)]
    lacking = [p.policy["income"].excess(p, each).amount for p, each in zip((whole, small_money), plans, strict=True)]
    assert lacking[1] == pytest.approx(lacking[0] / 1e6, rel=1e-9) and (lacking[0] > 0).any()


def test_no_stays_pay_for_a_unit_whose_beds_do_not_carry_them() -> None:
    dear = {"unit_dkk_per_year": 6e6}
    problem = small({"income": True}, finance=dear)
    needed, carried = (6e6 + 0.3e6 * np.array([8, 9])) / A_STAY, CARRIED[[8, 9]]
    assert (needed > carried).all()
    assert np.isinf(problem.policy["income"].least_stays(problem)[0].least).all()
    priced = small({"income": True, "prices": {"promise": 1.0}}, finance=dear)
    assert priced.policy["income"].least_stays(priced)[0].least == pytest.approx(needed[0], rel=1e-6)
    # Where a scenario need not hold, its stays are not promised and the mean may lie above what is carried.
    either = small({"income": True}, scenarios=TWO, finance=dear)
    assert either.policy["income"].least_stays(either)[0].least == pytest.approx(needed[0], rel=1e-6)
    each = small({"income": {"when": "every_scenario"}}, scenarios=TWO, finance=dear)
    assert np.isinf(each.policy["income"].least_stays(each)[0].least).all()


def test_where_a_stay_leaves_nothing_the_grant_decides() -> None:
    poor = small({"income": True}, finance={"day_rate_dkk": 900.0})
    assert np.isinf(poor.policy["income"].least_stays(poor)[0].least).all()
    granted = small({"income": True}, finance={"day_rate_dkk": 900.0, "grant_dkk_per_year": 4.4e6})
    assert granted.policy["income"].least_stays(granted)[0].least.tolist() == [0, 0, 0]
    found = rows(granted, "income", columns(granted))
    assert found[0][1] == {"A>a": 0, "B>a": 0, "C>a": 0, "a8": 0, "a9": -0.3e6}


def test_a_stay_that_leaves_half_a_krone_over_leaves_something_over() -> None:
    """A day leaves 0.004 DKK over, a stay 0.72; 4.4 M a year want 6.1 M of them."""
    barely = {"day_rate_dkk": 900.004}
    need = 4.4e6 / 0.72
    expected = small({"income": True, "promise": False}, finance=barely)
    (stays,) = expected.policy["income"].least_stays(expected)
    # What no solver can tell from nothing is taken off: a ten-millionth of the price of a unit.
    assert stays.least == pytest.approx(need - 0.2 / 0.72, rel=1e-9)
    usual = small({"income": True, "promise": False})
    assert usual.policy["income"].least_stays(usual)[0].least == pytest.approx((4.4e6 - 0.2) / A_STAY, rel=1e-12)
    likely = small({"income": {"when": "poisson_year", "probability": 0.5}}, finance=barely)
    assert rows(likely, "income", columns(likely))[0][1]["a8"] == pytest.approx(-0.72 * poisson_mean(need, 0.5))
    plan = SplitPlan(likely, OPEN, np.array([8, 8, 8]), np.array(AT_HOME))
    lacking = likely.policy["income"].excess(likely, plan).amount[0]
    assert lacking == pytest.approx([(poisson_mean(need, 0.5) - stays) * 0.72 for stays in (10, 6, 2)])
    nothing = small({"income": {"when": "poisson_year"}}, finance={"day_rate_dkk": 900.0})
    plan = SplitPlan(nothing, OPEN, np.array([8, 8, 8]), np.array(AT_HOME))
    assert nothing.policy["income"].excess(nothing, plan).amount[0] == pytest.approx([4.4e6] * 3)


def test_instances_are_of_a_point_or_of_a_point_in_a_scenario() -> None:
    problem = small({"reach": 60, "nearest": True}, scenarios=TWO)
    together = problem.policy["reach"].excess(problem, NearestPlans(problem, OPEN[None], np.ones((3, 3), bool)))
    assert together.keys == (("A",), ("B",), ("C",))
    assert together.amount[0] == pytest.approx([0, 0, 0])
    apart = problem.policy["reach"].excess(problem, SplitPlan(problem, OPEN, np.array([9] * 3), np.array(AT_HOME * 2)))
    assert apart.keys == tuple((i, s) for s in ("many", "few") for i in "ABC")


def test_nobody_asks_for_nothing() -> None:
    """A point without women is never too far away, in a scenario or in all; half a woman is."""
    far = [[[0, 0, 1], [0, 0, 1], [1, 0, 0]]]
    per_scenario = broken("reach", 45, "ac", [9, 0, 9], far * 2, scenarios=TWO)
    assert per_scenario == pytest.approx(
        {("A", "many"): 45, ("B", "many"): 15, ("C", "many"): 45, ("A", "few"): 45, ("B", "few"): 15}
    )
    never = TWO.replace(women=np.array([[0.0, 6, 0], [0, 0.5, 2]]))
    assert broken("reach", 45, "ac", [9, 0, 9], far, scenarios=never) == pytest.approx({("B",): 15, ("C",): 45})
    problem = small({"reach": 45, "nearest": True}, scenarios=never)
    assert [key for key, *_ in rows(problem, "reach", columns(problem))] == [("B",), ("C",)]
    assert {key for key, *_ in rows(problem, "nearest", columns(problem))} == {("B",), ("C",)}
    few = TWO.replace(women=np.array([[0.0, 6, 0.5], [0, 0.5, 0]]))
    access = split({"region_access": {"share": 1.0, "minutes": 30}}, few, "region_access")
    assert [row[0] for row in access] == [("E", "many"), ("W", "many")]


def test_an_agreement_is_with_one_region_and_of_one() -> None:
    network = small().network.replace(point_regions=("W", "N", "E"), site_regions=("W", "N", "E"), region_names={})
    problem = small(network=network).replace(policy={"own_region": {"agreements": [["E", "W"], ["N", "W"]]}})
    elsewhere = SplitPlan(problem, OPEN, np.array([9, 9, 9]), np.array([[[0.0, 1, 0], [1, 0, 0], [0, 1, 0]]]))
    assert problem.policy["own_region"].excess(problem, elsewhere).amount[0].tolist() == [1, 0, 1]


def test_agreements_are_of_women_that_there_are() -> None:
    apart = [[[0.5, 0.5, 0], [1, 0, 0], [0, 0, 1]], [[1, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0]]]
    # C has nobody in the scenario of few.
    found = broken("one_agreement", True, "abc", [9, 9, 9], apart, scenarios=TWO)
    assert found == {("A",): 1, ("B",): 1}
    never = TWO.replace(women=np.array([[0.0, 6, 0], [0.5, 3, 0]]))
    together = [[[0.5, 0.5, 0], [1, 0, 0], [0.5, 0, 0.5]]]
    assert broken("one_agreement", True, "abc", [9, 9, 9], together, scenarios=never) == {("A",): 1}


def test_exceptions_that_are_gone_are_no_exceptions() -> None:
    problem = small({"reach": {"minutes": 45, "exceptions": ["A", "C"]}})
    reach = problem.policy["reach"]
    assert reach.merged(["A", "B", "C"]) is reach
    assert reach.merged(["B", "C"]).plain() == {"minutes": 45, "exceptions": ["C"]}
    assert reach.merged(["B"]).plain() == 45


def test_levels_of_demand_at_which_a_rule_may_turn() -> None:
    share = np.array([[0.5, 0.25, 0], [0.4, 0.35, 0]])
    problem = small({"volume": 4, "income": True}, scenarios=TWO)
    (levels,) = problem.policy["volume"].thresholds(problem, share)
    assert levels == pytest.approx([4 / x for x in (0.5, 0.25, 0.4, 0.35, 0.475, 0.275)])
    promise = problem.policy["promise"].thresholds(problem, share)
    assert [found.tolist() for found in promise] == [
        pytest.approx((problem.stays_by_beds / x).tolist()) for x in (0.5, 0.25)
    ]
    both = small(scenarios=BOTH)
    assert len(both.policy["promise"].thresholds(both, share)) == 2
    assert both.policy["promise"].thresholds(both, share)[1][8] == pytest.approx(CARRIED[8] / 0.35)
    none = small(scenarios=TWO.replace(must_hold=np.array([False, False])))
    assert none.policy["promise"].thresholds(none, share) == []
    income = problem.policy["income"].thresholds(problem, share)
    assert len(income) == 6
    assert income[0][8] == pytest.approx(4.4e6 / A_STAY / 0.5)


def test_a_rule_of_more_women_is_as_it_was_before() -> None:
    problem = small({"volume": 4, "income": True})
    volume, income = problem.policy["volume"], problem.policy["income"]
    assert volume.rescaled(problem, 3.0, women=True) == {"policy": {"volume": {"stays": 12, "when": "average"}}}
    assert volume.rescaled(problem, 3.0, women=False) == {}
    rates = {"finance": {"day_rate_dkk": 900 + 3_100 / 4}}
    assert income.rescaled(problem, 4.0, women=True) == income.rescaled(problem, 4.0, women=False) == rates
    poor = small({"income": True}, finance={"day_rate_dkk": 900.0})
    assert income.rescaled(poor, 4.0, women=True) == {}
    barely = small({"income": True}, finance={"day_rate_dkk": 900.5})
    assert income.rescaled(barely, 2.0, women=True) == {"finance": {"day_rate_dkk": 900.25}}
    likely = small({"income": {"when": "poisson_year"}, "volume": {"stays": 4, "when": "poisson_year"}})
    assert likely.policy["income"].rescaled(likely, 4.0, women=True) is None
    assert likely.policy["income"].rescaled(likely, 4.0, women=False) == rates
    mean = poisson_mean(4, 0.9)
    assert likely.policy["volume"].rescaled(likely, 2.0, women=True) == {
        "policy": {"volume": {"stays": 2 * mean, "when": "every_scenario"}}
    }


def test_income_is_eased_to_the_fewest_stays_it_takes() -> None:
    problem = small({"income": True})
    income = problem.policy["income"]
    assert income.eased_for_more(problem) == pytest.approx({"volume": 4.4e6 / A_STAY}, rel=1e-6)
    more = small({"income": True, "volume": 9})
    assert more.policy["income"].eased_for_more(more) == {"volume": 9}
    fewer = small({"income": True, "volume": 3})
    assert fewer.policy["income"].eased_for_more(fewer) == pytest.approx({"volume": 4.4e6 / A_STAY}, rel=1e-6)
    for policy in (
        {"income": {"when": "every_scenario"}},
        {"income": {"when": "poisson_year"}},
        {"income": True, "volume": {"stays": 3, "when": "every_scenario"}},
    ):
        other = small(policy)
        assert other.policy["income"].eased_for_more(other) is None
    never = small({"income": True}, finance={"day_rate_dkk": 900.0})
    assert never.policy["income"].eased_for_more(never) is None


def test_the_poisson_mean_by_the_law_itself() -> None:
    for stays, chance in ((1, 0.5), (3, 0.9), (12, 0.05), (690, 0.6), (1_000, 0.9), (6_000, 0.5)):
        assert poisson.sf(stays - 1, poisson_mean(stays, chance)) == pytest.approx(chance, abs=1e-9)
    assert poisson_mean(0, 0.9) == poisson_mean(-1, 0.9) == poisson_mean(1e-12, 0.9) == 0
    assert poisson_mean(1, 1 - 1e-12) == pytest.approx(-math.log(1e-12), rel=1e-4)
    assert poisson_mean(2.0000000001, 0.5) == poisson_mean(2, 0.5) < poisson_mean(2.1, 0.5) == poisson_mean(3, 0.5)


# --- levers ------------------------------------------------------------------------------------------


def moved(name: str, value: Any) -> list[tuple[str, list[Any], Any, bool]]:
    """Of each lever what it moves, its first two values, its last, and whether that says no more than off."""
    problem = small({name: value})
    return [
        (lever.key, [lever.value(1), lever.value(2)], lever.value(lever.most), lever.to_off)
        for lever in problem.policy[name].levers(problem)
    ]


def sparing(minutes: float, *ids: str) -> dict[str, Any]:
    return {"minutes": minutes, "exceptions": list(ids)}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("units", [2, 2], [("rules.units", [[2, 3], [2, 3]], [2, 3], False), ("rules.units", [[1, 2], [1, 2]], [1, 2], False)]),
        ("units", [1, 1], [("rules.units", [[1, 2], [1, 3]], [1, 3], False)]),
        ("near_ambulatory", 19.5, [("rules.near_ambulatory", [20, 21], 51, True)]),
        (
            "near_ambulatory",
            sparing(19.5, "c"),
            [("rules.near_ambulatory", [sparing(20, "c"), sparing(21, "c")], sparing(51, "c"), True)],
        ),
        ("keep", ["a", "c"], [("rules.keep", [["c"], ["c"]], ["c"], False), ("rules.keep", [["a"], ["a"]], ["a"], False)]),
        ("keep", ["a"], []),
        ("forbid", ["a", "c"], [("rules.forbid", [["c"], ["c"]], ["c"], False), ("rules.forbid", [["a"], ["a"]], ["a"], False)]),
        ("forbid", ["a"], []),
        ("volume", 4, [("rules.volume", [3.9, 3.8], 0.0, True)]),
        (
            "volume",
            {"stays": 0.2, "when": "every_scenario"},
            [
                (
                    "rules.volume",
                    [{"stays": x, "when": "every_scenario", "probability": 0.9} for x in (0.1, 0.0)],
                    {"stays": 0.0, "when": "every_scenario", "probability": 0.9},
                    True,
                )
            ],
        ),
        ("reach", 88.5, [("rules.reach", [89, 90], 91, True)]),
        ("reach", sparing(89, "C"), [("rules.reach", [sparing(90, "C"), sparing(91, "C")], sparing(91, "C"), True)]),
        (
            "region_access",
            {"share": 0.02, "minutes": 89},
            [
                (
                    "rules.region_access",
                    [{"share": 0.01, "minutes": 89}, {"share": 0.0, "minutes": 89}],
                    {"share": 0.0, "minutes": 89},
                    True,
                ),
                (
                    "rules.region_access",
                    [{"share": 0.02, "minutes": 90}, {"share": 0.02, "minutes": 91}],
                    {"share": 0.02, "minutes": 91},
                    True,
                ),
            ],
        ),
    ],
)  # fmt: skip
def test_levers_move_in_these_steps(name: str, value: Any, expected: Any) -> None:
    assert moved(name, value) == expected


def test_a_lever_ends_where_it_moves_no_farther() -> None:
    """At the limit, or a step beyond it where the way there is a whole number of steps."""
    problem = small({"units": [2, 2], "reach": 88.5})
    more, fewer = problem.policy["units"].levers(problem)
    (wider,) = problem.policy["reach"].levers(problem)
    assert [lever.most in (k, k + 1) for lever, k in ((more, 1), (fewer, 1), (wider, 3))] == [True] * 3
    keep = small({"keep": ["a", "c"]})
    assert [lever.size(1) for lever in keep.policy["keep"].levers(keep)] == [0.5, 0.5]
    forbid = small({"forbid": ["a", "c"]})
    assert [lever.size(1) for lever in forbid.policy["forbid"].levers(forbid)] == [0.5, 0.5]


# --- values that are refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("units", [1, 2, 3]),
        ("units", "12"),
        ("units", {1, 2}),
        ("units", [1.5, 2]),
        ("units", [1, 2.5]),
        ("units", [2, 1]),
        ("units", [-1, 1]),
        ("units", [0, 0]),
        ("units", [True, 2]),
        ("units", [1, "2"]),
        ("keep", "ab"),
        ("keep", 3),
        ("forbid", "ab"),
        ("size_floor", {"a": True}),
        ("size_floor", {"a": "9"}),
        ("size_floor", {"a": math.inf}),
        ("size_floor", {"a": -1}),
        ("size_floor", [3]),
    ],
)
def test_what_is_no_value_of_a_rule_is_refused(name: str, value: Any) -> None:
    rule = next(rule for rule in RULES if rule.name == name)
    with pytest.raises(Unfit):
        rule.spread(value)


@pytest.mark.parametrize(
    ("name", "value", "spread"),
    [
        ("units", 2, {"fewest": 2, "most": 2}),
        ("units", (0, 1), {"fewest": 0, "most": 1}),
        ("units", [1.0, 2.0], {"fewest": 1, "most": 2}),
        ("keep", ("a", "b"), {"sites_kept": ("a", "b")}),
        ("forbid", ["a"], {"excluded": ["a"]}),
        ("size_floor", {"b": 0, "a": 9}, {"beds": (("a", 9), ("b", 0))}),
        ("size_floor", {"a": 0.5}, {"beds": (("a", 0),)}),
        ("size_floor", True, {}),
    ],
)
def test_a_value_is_spread_over_a_rules_parameters(name: str, value: Any, spread: Any) -> None:
    rule = next(rule for rule in RULES if rule.name == name)
    assert rule.spread(value) == spread


@pytest.mark.parametrize(
    ("name", "value"), [("units", [1, 2]), ("keep", ["a"]), ("forbid", ["b"]), ("size_floor", True)]
)
def test_a_rule_is_made_of_itself(name: str, value: Any) -> None:
    rule = small({name: value}).policy[name]
    assert small({name: rule}).policy[name] == rule


# --- what is said --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demand", "name", "said"),
    [
        (None, "served", "10.0 women a year from Alby would have no bed offered"),
        (TWO, "served", "10.0 women a year from Alby would have no bed offered in many"),
        (None, "promise", "its 8 beds carry"),
        (TWO, "promise", "stays a year in many; its 8 beds carry"),
    ],
)
def test_what_a_rule_misses_names_the_scenario_where_there_are_several(demand: Any, name: str, said: str) -> None:
    problem = small({}, **({} if demand is None else {"scenarios": demand}))
    plan = SplitPlan(problem, OPEN, np.array([8, 8, 8]), np.array(ALL_AT_A))
    key = {"served": "A", "promise": "a"}[name]
    missed = problem.policy[name].missed(problem, plan, (key,) if demand is None else (key, "many"), 10.0)
    assert missed.endswith(said) or said in missed
    assert demand is not None or " in " not in missed


def test_many_plans_at_once_are_measured_as_each_alone() -> None:
    opened = np.array([[True, True, False], [True, False, True], [False, False, True]])
    every_pair = np.ones((3, 3), bool)
    values: dict[str, Any] = {"region_access": {"share": 0.9, "minutes": 30}, "volume": 4, "income": True, "reach": 45}
    for name, value in values.items():
        problem = small({name: value, "nearest": True}, scenarios=BOTH)
        every = problem.policy[name].excess(problem, NearestPlans(problem, opened, every_pair))
        for b in range(3):
            alone = problem.policy[name].excess(problem, NearestPlans(problem, opened[b : b + 1], every_pair))
            assert alone.keys == every.keys and alone.amount[0] == pytest.approx(every.amount[b])
