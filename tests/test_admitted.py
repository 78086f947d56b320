"""Money and active practice that count admitted stays alone (`finance.counts`)."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest

from capacity import DataError, InfeasibleError, Problem, denmark, solve
from capacity.finance import Finance, ceiling
from capacity.plan.check import check_plan
from capacity.problem.promise import Promise, admitted_stays, stays_for_admitted
from capacity.report.page import report_page
from capacity.rules.budgets import RunBudget
from capacity.rules.viability import Income, Volume
from capacity.testing import check_rule, random_problem
from capacity.testing.rules import LAWS
from tests.campaign_answers import by_engines, by_studies
from tests.oracle import best_plan
from tests.random_problems import random_problem as with_ties
from tests.small import towns
from tests.varied import as_before, question

ADMITTED = {"counts": "admitted"}
AS_ADMITTED = {"finance.counts": "admitted", "promise.kind": "loss"}


# --- the queue -------------------------------------------------------------------------------------------------------


def test_one_bed_admits_whom_it_admits_by_hand() -> None:
    """Two stays a year of half a year: a load of one, of which one bed turns away a half."""
    assert admitted_stays(Promise(), 1, 2.0, 182.5) == pytest.approx(1.0)
    assert stays_for_admitted(Promise(), 1, 1.0, 182.5) == pytest.approx(2.0)
    assert stays_for_admitted(Promise(), 1, 2.0, 182.5) == np.inf  # a bed holds no more than two such stays
    assert stays_for_admitted(Promise(), 3, 0.0, 182.5) == 0.0


@pytest.mark.parametrize("doubt", [0.0, 0.4])
def test_stays_that_admit_so_many_admit_just_so_many(doubt: float) -> None:
    promise, beds = Promise(demand_cv=doubt), np.arange(1, 40)
    wanted = beds * np.linspace(0.2, 1.9, len(beds))
    stays = stays_for_admitted(promise, beds, wanted, 180)
    assert admitted_stays(promise, beds, stays, 180) == pytest.approx(wanted, rel=1e-12)
    assert (admitted_stays(promise, beds, stays * (1 - 1e-9), 180) < wanted).all()


def test_who_waits_is_not_lost() -> None:
    for kind in ("wait", "occupancy"):
        assert admitted_stays(Promise(kind=kind), 2, 30.0, 180) == 30.0
        assert stays_for_admitted(Promise(kind=kind), 2, 30.0, 180) == 30.0
        problem = denmark().replace(promise={"kind": kind}, finance=ADMITTED)
        assert not problem.counts_admitted
        assert type(problem.policy["income"] if "income" in problem.policy else problem.policy["volume"]) in (
            Income,
            Volume,
        )


def test_a_size_breaks_even_where_the_stays_it_admits_pay() -> None:
    money = denmark().finance
    all_stays = ceiling(Promise(), dataclasses.replace(money, counts="all"), [20], 180)["break_even_stays"][0]
    needed = ceiling(Promise(), money, [20], 180)["break_even_stays"][0]
    assert admitted_stays(Promise(), 20, needed, 180) == pytest.approx(all_stays)
    assert needed > all_stays


def test_another_word_is_told() -> None:
    with pytest.raises(DataError, match="one of admitted, all"):
        Finance(counts="some")


# --- a plan ----------------------------------------------------------------------------------------------------------


def test_the_danish_plan_is_paid_for_the_days_its_beds_are_taken() -> None:
    problem = denmark()
    plans = {counts: solve(problem.set("finance.counts", counts)) for counts in ("all", "admitted")}
    table, days = plans["admitted"].unit_table, problem.care.mean_days
    taken = [365 * k * share for k, share in zip(table["beds"], table["occupancy"], strict=True)]
    assert table["income_dkk"] == pytest.approx([problem.finance.day_rate_dkk * d for d in taken])
    # Aalborg: 4,189 days if everybody came in, 3,986 in its beds.
    assert (table["stays"][0] * days, taken[0]) == (pytest.approx(4_189, abs=1), pytest.approx(3_986, abs=1))
    before = plans["all"].unit_table
    assert before["income_dkk"][0] == pytest.approx(problem.finance.day_rate_dkk * table["stays"][0] * days)
    assert plans["all"].site_ids == plans["admitted"].site_ids
    assert check_plan(plans["admitted"]) == ()
    assert problem.finance.counts == Finance().counts == "admitted"
    assert problem.fingerprint == problem.set("finance.counts", "all").set("finance.counts", "admitted").fingerprint


def money_at_the_edge(counts: str) -> Problem:
    """A unit whose 0.3 M surplus is a loss once those who are turned away do not pay."""
    problem = towns({"units": 1, "nearest": True, "income": True}).replace(promise={"turned_away": 0.2})
    plan = solve(problem.replace(policy={"income": False}))
    unit = plan.unit_table
    fixed = unit["stays"][0] * problem.care.mean_days * 4_000 - 0.3e6
    finance = Finance(unit_dkk_per_year=fixed, day_rate_dkk=4_000, counts=counts)
    return problem.replace(finance=finance, sizes={"largest": unit["beds"][0]})


def test_a_unit_that_lived_on_those_it_turned_away_does_not_live() -> None:
    plan = solve(money_at_the_edge("all"))
    assert plan.unit_table["income_dkk"][0] - plan.unit_table["cost_dkk"][0] == pytest.approx(0.3e6)

    with pytest.raises(InfeasibleError):
        solve(money_at_the_edge("admitted"))
    given = solve(money_at_the_edge("admitted").replace(policy={"income": False}))
    assert given.unit_table["income_dkk"][0] < given.unit_table["cost_dkk"][0]


def test_a_bed_more_is_taken_where_it_brings_the_stays_that_are_asked() -> None:
    problem = towns({"units": 1, "nearest": True}).replace(promise={"turned_away": 0.3}, finance=ADMITTED)
    plan = solve(problem)
    stays, beds = plan.unit_table["stays"][0], plan.beds
    more = float(admitted_stays(problem.promise, beds + 1, stays, problem.care.mean_days))
    asked = problem.replace(policy={"volume": more * (1 - 1e-6)})
    assert solve(problem.replace(policy={"volume": stays * 0.5})).beds == beds
    assert solve(asked).beds == beds + 1
    assert solve(asked, engine="mip").beds == beds + 1
    assert solve(asked, engine="rank").beds == beds + 1


# --- against brute force ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_every_engine_agrees_with_the_referee_or_refuses(seed: int) -> None:
    forced = AS_ADMITTED | ({"rules.nearest": "on", "rules.served": "on"} if seed % 2 else {"Scenarios.ids": "1"})
    found = list(by_engines(question(seed, forced)))
    assert [o for o in found if o.what == "wrong" or (o.what == "unsure" and "bend" not in o.said)] == []


def admitted_alone(seed: int, **firm: Any) -> Problem:
    """A random problem with ties, of admitted stays, without doubt."""
    problem = with_ties(seed, one_agreement=True, **firm)
    return problem.replace(promise={"kind": "loss", "demand_cv": 0.0}, finance=ADMITTED)


@pytest.mark.parametrize("goal", ["travel", "cost"])
@pytest.mark.parametrize("seed", range(0, 24, 2))
def test_the_best_plan_is_that_of_the_oracle(seed: int, goal: str) -> None:

    problem = admitted_alone(seed, nearest=True)
    expected = best_plan(problem, goal)
    try:
        plan = solve(problem, goal)
    except InfeasibleError:
        assert expected is None
        return
    assert expected is not None
    assert plan.loss == pytest.approx(expected.objective, rel=1e-8)
    assert (plan.beds, plan.site_ids) == (expected.beds, expected.sites)
    assert check_plan(plan) == ()


def nearest(seed: int) -> Problem:
    return random_problem(seed).replace(finance=ADMITTED, policy={"nearest": True, "served": True, "prices": {}})


def split(seed: int) -> Problem:
    return random_problem(seed, scenarios=1, without=("run_budget",)).replace(finance=ADMITTED, policy={"prices": {}})


@pytest.mark.parametrize(
    ("kind", "make"), [(Volume, nearest), (Income, nearest), (RunBudget, nearest), (Volume, split)]
)
def test_the_rules_of_admitted_stays_keep_the_laws(kind: Any, make: Any) -> None:
    # What is explained and the ranges are of the answers; every engine is asked above.
    asked = [law for law in LAWS if not law.startswith(("every engine", "explain is", "ladder and"))]
    check_rule(kind, problems=make, count=4, laws=asked)


# --- what bends with who goes where: `tests/test_admitting.py` -------------------------------------------------------


def test_a_policy_is_the_same_whatever_is_counted_and_survives_pickling() -> None:
    problem = denmark().set("finance.counts", "admitted")
    assert problem.policy == denmark().policy and hash(problem.policy) == hash(denmark().policy)
    again = pickle.loads(pickle.dumps(problem))
    assert type(again.policy["volume"]) is type(problem.policy["volume"]) is not Volume
    assert type(problem.set("finance.counts", "all").policy["volume"]) is Volume


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Only stays that are admitted are counted"), ("da", "Kun påbegyndte døgnophold tæller")],
)
def test_the_report_says_whose_stays_are_counted(language: str, said: str) -> None:
    for counts in ("all", "admitted"):
        page = report_page(solve(denmark().set("finance.counts", counts)), language=language, studies=False)
        assert (said in page) == (counts == "admitted")


def test_a_size_that_a_solvers_tolerance_leaves_a_hair_short_is_settled_and_kept() -> None:
    asked = question(60475, as_before(60475))
    assert asked.problem.finance.counts == "admitted"
    found = [*by_engines(asked), *by_studies(asked)]
    assert [one for one in found if one.what == "wrong"] == [] and len(found) > 3
