"""The check of a plan works every number out again: right plans of every kind pass, and no number can be changed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from capacity import Plan, Promise, Scenarios, evaluate, solve
from capacity.errors import Finding
from capacity.plan import check
from capacity.problem.outpatient import Outpatient
from capacity.rules.objectives import OBJECTIVES
from tests.small import towns

TWO = Scenarios(
    ids=("many", "few"),
    point_ids=("A", "B", "C"),
    women=np.array([[10.0, 6, 2], [4, 3, 0]]),
    probability=np.array([0.75, 0.25]),
    must_hold=np.array([True, False]),
)
NEAREST: dict[str, Any] = {"nearest": True, "units": [1, 2]}
FILLING = {"filling_years": 2.5}


def given() -> Plan:
    found = evaluate(towns({**NEAREST, "reach": 45, "volume": 4}), {"a": 9, "c": 2})
    assert isinstance(found, Plan) and len(found.broken) > 2
    return found


PLANS: dict[str, Callable[[], Plan]] = {
    "plain": lambda: solve(towns(NEAREST)),
    "families sent elsewhere": lambda: solve(towns({"units": [3, 3], "volume": 5}), engine="mip"),
    "two scenarios": lambda: solve(towns({"units": [1, 2]}, scenarios=TWO), engine="mip"),
    "two scenarios, one assignment": lambda: solve(towns(NEAREST, scenarios=TWO)),
    "two scenarios, most reached": lambda: solve(
        towns(NEAREST, scenarios=TWO, uptake=[[5, 0.9], [40, 0.7], [80, 0.1]]), "reached"
    ),
    "reached": lambda: solve(towns(NEAREST, uptake=[[20, 1.0], [60, 0.5]]), "reached"),
    "least travel, whoever accepts": lambda: solve(towns(NEAREST, uptake=[[20, 1.0], [60, 0.5]])),
    "reached alike wherever": lambda: solve(towns(NEAREST, uptake=[[30, 0.9]]), "reached"),
    "in doubt": lambda: solve(towns(NEAREST, promise=Promise(demand_cv=0.25))),
    "waiting": lambda: solve(towns(NEAREST, promise=Promise(kind="wait", demand_cv=0.6))),
    "cost, without interest": lambda: solve(towns(NEAREST, finance={"interest": 0.0, **FILLING}), "cost"),
    "a grant beyond all cost": lambda: solve(towns(NEAREST, finance={"grant_dkk_per_year": 9e6, **FILLING})),
    "a grant that stays do not need": lambda: solve(
        towns(NEAREST, finance={"grant_dkk_per_year": 6e6, "occupied_day_dkk": 6_000.0, **FILLING})
    ),
    "a loss for ever": lambda: solve(towns(NEAREST, finance={"day_rate_dkk": 1_000.0, **FILLING})),
    "those admitted": lambda: solve(towns(NEAREST, finance={"counts": "admitted", **FILLING})),
    "those admitted of two scenarios": lambda: solve(
        towns({"units": [1, 2]}, scenarios=TWO, finance={"counts": "admitted", **FILLING}), engine="mip"
    ),
    "those admitted, who all wait": lambda: solve(
        towns(NEAREST, promise=Promise(kind="wait", demand_cv=0.6), finance={"counts": "admitted", **FILLING})
    ),
    "ambulatory trips": lambda: solve(
        towns(NEAREST, care={"visits_per_week": 2.0, "ambulatory_trips_per_week": 1.5, "mean_days": 120.0})
    ),
    "fair": lambda: solve(towns(NEAREST), "fair"),
    "great aversion": lambda: solve(towns(NEAREST, fair_aversion=10.0), "fair"),
    "at a price": lambda: solve(towns({**NEAREST, "reach": 45, "prices": {"reach": 0.01}})),
    "at a price, most reached": lambda: solve(
        towns({**NEAREST, "reach": 45, "prices": {"reach": 0.01}}, uptake=[[20, 1.0], [60, 0.5]]), "reached"
    ),
    "nobody served": lambda: solve(towns({"prices": {"served": 1.0}}), "cost"),
    "some served": lambda: solve(
        towns({"served": False, "nearest": True, "units": [1, 1], "reach": 45}), "cost", engine="mip"
    ),
    "given": given,
    "an objective of one's own": lambda: solve(towns(NEAREST), replace(OBJECTIVES["travel"], name="mine")),
}  # fmt: skip

_MADE: dict[str, Plan] = {}


def made(name: str) -> Plan:
    if name not in _MADE:
        _MADE[name] = PLANS[name]()
    return _MADE[name]


@pytest.mark.parametrize("name", PLANS)
def test_a_right_plan_passes(name: str) -> None:
    assert made(name).check() == ()


CHECKED = {
    "unit_table": ("beds", "stays", "cost_dkk", "income_dkk", "startup_loss_dkk", "turned_away"),
    "region_table": ("mean_minutes", "longest_minutes"),
    "assignment_table": ("women", "minutes"),
    "figures": ("mean_minutes", "longest_minutes", "family_hours_per_year"),
    "objectives": ("travel", "worst", "fair", "cost", "reached", "mine"),
}


def changed(plan: Plan, part: str, column: str, row: int | None, by: float) -> Plan:
    table = getattr(plan, part)
    if row is None:
        return replace(plan, **{part: {**table, column: table[column] * (1 + by) + by}})
    cells = list(table[column])
    cells[row] = cells[row] + 1 if column == "beds" else cells[row] * (1 + by) + by
    return replace(plan, **{part: {**table, column: tuple(cells)}})


def told(findings: tuple[Finding, ...]) -> str:
    return " ".join(map(str, findings))


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("by", [3e-6, -3e-6])
def test_no_number_can_be_changed(name: str, by: float) -> None:
    plan = made(name)
    for part, columns in CHECKED.items():
        table = getattr(plan, part)
        for column in columns:
            if column not in table:
                continue
            for row in range(len(table[column])) if part.endswith("table") else [None]:
                value = table[column] if row is None else table[column][row]
                if value != value:  # not known
                    continue
                if column == "turned_away" and len(plan.problem.scenarios.ids) > 1:
                    continue
                # Women of an unlikely scenario weigh a part of what is told.
                size = 10 * by if column == "women" else by
                assert changed(plan, part, column, row, size).check(), (name, part, column, row)


@pytest.mark.parametrize("name", PLANS)
def test_a_rounding_is_no_change(name: str) -> None:
    plan = made(name)
    for part, columns in CHECKED.items():
        for column in columns:
            if column in getattr(plan, part) and column != "beds" and part in ("figures", "objectives"):
                assert changed(plan, part, column, None, 1e-8).check() == ()


@pytest.mark.parametrize("name", PLANS)
def test_the_objective_its_bound_and_what_is_paid_belong_together(name: str) -> None:
    plan = made(name)
    room = 3e-6 * max(1.0, abs(plan.objective))
    for wrong in (room, -room):
        assert "objective" in told(replace(plan, objective=plan.objective + wrong).check())
    beyond = plan.objective + plan.goal.sign * room
    assert "plan, bound" in told(replace(plan, bound=beyond).check())
    assert replace(plan, bound=plan.objective - plan.goal.sign * room).check() == ()
    for k, (rule, key, amount, paid) in enumerate(plan.penalties):
        rest = [one for n, one in enumerate(plan.penalties) if n != k]
        assert rule in told(replace(plan, penalties=(*rest, (rule, key, amount + 1, paid))).check())
        assert "objective" in told(replace(plan, penalties=(*rest, (rule, key, amount, paid * 1.01 + 1))).check())
        assert rule in told(replace(plan, penalties=tuple(rest)).check())


def test_the_longest_way_of_a_region_is_that_of_scenarios_that_may_come() -> None:
    # B and C need a stay in the scenario alone that has no chance.
    women = np.array([[10.0, 6, 2], [4, 0, 0]])
    plan = solve(towns(NEAREST, scenarios=TWO.replace(women=women, probability=np.array([0.0, 1.0]))))
    at = list(plan.region_table["region"]).index("W")
    open_now = set(plan.unit_table["site_id"])
    assert plan.check() == () and plan.region_table["longest_minutes"][at] == (5 if "a" in open_now else 30)
    assert open_now != {"a", "b"}, "B travels farther than A"


def test_an_objective_of_ones_own_is_worked_out_anew_by_its_own_face() -> None:
    plan = made("an objective of one's own")
    other = {**plan.objectives, "mine": plan.objectives["mine"] + 1}
    both = replace(plan, objectives=other, objective=plan.objective + 1, bound=plan.bound)
    assert "objectives.mine" in told(both.check())


def test_what_is_broken_is_told_to_a_millionth_of_what_the_rule_measures() -> None:
    plan = evaluate(towns({**NEAREST, "run_budget": 1e6}), {"a": 9, "b": 8})
    assert isinstance(plan, Plan)
    (dear,) = [one for one in plan.broken if one.rule == "run_budget"]
    assert dear.amount > 1e6 and plan.check() == ()
    rest = [one for one in plan.broken if one is not dear]
    for by, right in ((0.4, True), (-0.4, True), (100.0, False)):
        findings = replace(plan, broken=(*rest, replace(dear, amount=dear.amount + by))).check()
        assert (findings == ()) is right, by


def test_a_given_plan_tells_by_how_much_it_breaks_what() -> None:
    plan = made("given")
    for k, one in enumerate(plan.broken):
        rest = plan.broken[:k] + plan.broken[k + 1 :]
        for other in (rest, (*rest, replace(one, amount=one.amount * 1.01))):
            findings = replace(plan, broken=other).check()
            assert [f.column for f in findings] == [one.rule]
            assert "does not tell by how much" in told(findings)


def test_a_rule_that_is_broken_is_told_with_its_amount_and_unit() -> None:
    plan = made("plain")
    other = replace(plan, problem=plan.problem.replace(policy={**plan.problem.policy.settings(), "reach": 45}))
    (finding,) = [f for f in other.check() if f.column == "reach"]
    assert finding.value == f"C: {60 - 45} {plan.problem.policy.get('reach') or 'minutes beyond the limit'}" or (
        finding.value is not None and finding.value.startswith("C: 15 minutes beyond the limit")
    )
    assert "made to keep" in finding.remedy


def test_labels_are_told_once_each_before_anything_is_worked_out() -> None:
    plan = made("plain")
    rows = len(plan.assignment_table["point_id"])
    unknown = replace(plan, assignment_table={**plan.assignment_table, "point_id": ("Z",) * rows})
    assert [(f.table, f.column, f.value) for f in unknown.check()] == [("assignment", "point_id", "Z")]
    twice = replace(plan, unit_table={**plan.unit_table, "site_id": ("a", "a")})
    assert [f.rule for f in twice.check()] == ["each unit stands once"]


def test_a_row_with_fewer_than_no_women_is_told() -> None:
    plan = made("plain")
    women = list(plan.assignment_table["women"])
    women[0] = -1e-3
    table = {**plan.assignment_table, "women": tuple(women)}
    assert "minutes are those of the travel table" in told(replace(plan, assignment_table=table).check())
    # A row of nobody is not wrong, in a scenario in which nobody is.
    other = made("two scenarios")
    table = other.assignment_table
    at = next(k for k, point in enumerate(table["point_id"]) if point == "C")
    nobody = {name: (*column, column[at]) for name, column in table.items()}
    nobody |= {"women": (*table["women"], 0.0), "scenario": (*table["scenario"], "few")}
    assert replace(other, assignment_table=nobody).check() == ()


def test_nobody_is_served_twice() -> None:
    plan = made("plain")
    table = {name: (*column, column[0]) for name, column in plan.assignment_table.items()}
    findings = replace(plan, assignment_table=table).check()
    assert [f.value for f in findings if f.rule == "nobody is served twice"] == [plan.assignment_table["point_id"][0]]


# --- the parts, by hand --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1.0, 1.0, True),
        (math.nan, math.nan, True),
        (math.nan, 1.0, False),
        (1.0, math.nan, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (math.inf, 5.0, False),
        (5.0, -math.inf, False),
        (0.0, 0.9e-6, True),
        (0.0, 1.1e-6, False),
        (2e9, 2e9 + 1_900, True),
        (2e9, 2e9 + 2_100, False),
        (-2e9, -2e9 - 1_900, True),
        (0.5, -0.5, False),
    ],
)
def test_numbers_are_the_same_to_a_millionth(one: float, other: float, same: bool) -> None:
    assert check._same(one, other) is same


def test_erlangs_formula_by_hand() -> None:
    assert check._erlang(1, 1.0) == pytest.approx(1 / 2)
    assert check._erlang(2, 1.0) == pytest.approx(1 / 5)
    assert check._erlang(2, 2.0) == pytest.approx(2 / 5)
    assert check._erlang(0, 3.0) == 1 and check._erlang(3, 0.0) == 0
    assert check._erlang_in_doubt(4, 0.0, 0.25) == 0
    # In so little doubt the load is its mean.
    assert check._erlang_in_doubt(4, 2.0, 0.001) == pytest.approx(check._erlang(4, 2.0), abs=1e-6)


@pytest.mark.parametrize(("beds", "load", "cv"), [(1, 0.4, 0.25), (8, 4.0, 0.25), (3, 2.0, 0.6), (20, 26.0, 0.05)])
def test_erlangs_formula_in_doubt_is_a_mean_over_the_gamma_law(beds: int, load: float, cv: float) -> None:
    from scipy import integrate, stats

    law = stats.gamma(cv**-2, scale=load * cv**2)
    ends = (float(law.ppf(1e-13)), float(law.isf(1e-13)))
    turned = integrate.quad(lambda a: law.pdf(a) * a * check._erlang(beds, a), *ends, limit=200, epsabs=1e-11)[0]
    assert check._erlang_in_doubt(beds, load, cv) == pytest.approx(turned / load, abs=2e-7)


def test_the_equivalent_way_by_hand() -> None:
    ways = [(3.0, 10.0), (1.0, 40.0), (0.0, 99.0)]
    pain = (3 * math.exp(0.1 * 10) + math.exp(0.1 * 40)) / 4
    assert check._equivalent(ways, 0.1) == pytest.approx(math.log(pain) / 0.1)
    assert check._equivalent(ways, 0.0) == 0 and check._equivalent([], 0.1) == 0
    assert check._equivalent([(0.5, 20.0)], 0.1) == pytest.approx(20)
    assert check._equivalent([(1.0, 1e5), (1.0, 10.0)], 1.0) == pytest.approx(1e5 - math.log(2))


def test_losses_of_the_first_years_by_hand() -> None:
    """A unit of 10 beds costs 5 M a year before its stays; each leaves 0.558 M over."""
    plan = solve(towns(NEAREST, finance=FILLING))
    assert check._startup(plan, 10, 0) == pytest.approx(2.5 * 5e6)
    assert check._startup(plan, 10, 4) == pytest.approx(2.5 * (5e6 + 5e6 - 4 * 0.558e6) / 2)
    assert check._startup(plan, 10, 20) == pytest.approx(2.5 * 5e6**2 / (20 * 0.558e6) / 2)
    granted = solve(towns(NEAREST, finance={**FILLING, "grant_dkk_per_year": 6e6, "day_rate_dkk": 100.0}))
    # Each stay costs 0.144 M: 1 M is over at first; of ten stays 0.44 M is missing.
    assert check._startup(granted, 10, 5) == 0
    assert check._startup(granted, 10, 10) == pytest.approx(2.5 * 0.44e6**2 / 1.44e6 / 2)
    even = solve(towns(NEAREST, finance={**FILLING, "grant_dkk_per_year": 5e6}))
    assert check._startup(even, 10, 0) == check._startup(even, 10, 3) == 0
    assert check._startup(even, 11, 0) == pytest.approx(2.5 * 0.3e6)
    # Of the last crown, too: half a crown is over before the first stay, each of which costs 1.3.
    crowns = solve(towns(NEAREST)).problem
    small = {"bed_dkk_per_year": 0.0, "day_rate_dkk": 0.0, "filling_years": 2.5}
    little = {"unit_dkk_per_year": 10.0, "grant_dkk_per_year": 10.5, "occupied_day_dkk": 1.0, **small}
    day = replace(plan, problem=crowns.replace(care={"mean_days": 1.3}, finance=little))
    assert check._startup(day, 4, 1) == pytest.approx(2.5 * 0.8**2 / 1.3 / 2)
    # Two crowns are missing at first; a stay leaves one and a half.
    earns = {**little, "grant_dkk_per_year": 8.0, "occupied_day_dkk": 0.0, "day_rate_dkk": 1.5}
    day = replace(plan, problem=crowns.replace(care={"mean_days": 1.0}, finance=earns))
    assert check._startup(day, 4, 1) == pytest.approx(2.5 * (2 + 0.5) / 2)
    # Half a crown is missing; a stay leaves one and a half.
    day = replace(plan, problem=crowns.replace(care={"mean_days": 1.0}, finance={**earns, "grant_dkk_per_year": 9.5}))
    assert check._startup(day, 4, 1) == pytest.approx(2.5 * 0.5**2 / 1.5 / 2)


def test_women_reached_by_hand() -> None:
    plan = made("two scenarios, most reached")
    table, curve = plan.assignment_table, plan.problem.uptake
    assert curve is not None
    chance = {"many": 0.75, "few": 0.25}
    accepted = [
        chance[s] * women * float(np.interp(minutes, curve.minutes, curve.share))
        for s, women, minutes in zip(table["scenario"], table["women"], table["minutes"], strict=True)
    ]
    assert check._reached(plan, chance) == pytest.approx(sum(accepted))
    for minutes, share in ((4.0, 0.9), (5.0, 0.9), (22.5, 0.8), (40.0, 0.7), (60.0, 0.4), (80.0, 0.1), (99.0, 0.1)):
        one = {**{name: (column[0],) for name, column in table.items()}, "minutes": (minutes,), "women": (2.0,)}
        assert check._reached(replace(plan, assignment_table=one), {"many": 0.5, "few": 0.5}) == pytest.approx(share)


def test_those_who_travel_longest_are_those_at_a_unit_where_others_are_on_a_course() -> None:
    # At a: ten women five minutes away and six thirty; the two of C are on a course. Of 0.7 x 16 the six, then 5.2.
    problem = towns({"keep": ["a"], "units": [1, 1], "nearest": True}).replace(
        outpatient=Outpatient(dkk_per_course=1.0, beyond_minutes=40.0), worst_off_share=0.7
    )
    plan = solve(problem, "worst_off")
    assert plan.site_ids == ("a",) and plan.check() == ()
    assert plan.objectives["worst_off"] == pytest.approx((6 * 30 + 5.2 * 5) / 11.2)
    assert check._worst_off(plan, {"base": 1.0}) == pytest.approx((6 * 30 + 5.2 * 5) / 11.2)
