"""Watch and decide: against every full history, by hand, and on the Danish case."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import capacity as cap
from capacity.cli.main import group, run
from capacity.report.phrases import phrases
from capacity.studies.adapting.prior import prior_of
from capacity.studies.adapting.recursion import Course
from capacity.studies.adapting.regret import least_regret
from capacity.studies.adapting.result import Adaptive
from capacity.tolerances import AGREE
from tests.adapt_by_histories import Histories, small, with_aftercare
from tests.campaign_adapt import campaign, tried_with_rules
from tests.small import towns

UPTAKE = [[0, 1.0]]
"""Everybody asks, wherever the unit is."""


def test_no_policy_is_better_than_the_best_over_every_history() -> None:
    """In most of them learning has a value: else the best fixed roll-out would be tested twice."""
    found, wrong = campaign(range(30))
    assert wrong == []
    assert sum(one.learns for one in found) >= 15


def test_rules_asked_of_the_belief_are_those_of_every_history() -> None:
    """At its mean or with a chance, the first units exempt or not; in some of them the rules cost something."""
    found = [tried_with_rules(seed) for seed in range(12)]
    assert [one.wrong for one in found if one.wrong] == []
    assert sum(one.learns for one in found) >= 2


def test_a_policy_that_is_not_the_best_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of a thousandth in what is built."""
    built = Course.built
    monkeypatch.setattr(Course, "built", lambda *asked: 1.001 * built(*asked))
    assert [one for one in campaign(range(5))[1] if one.startswith("WRONG")]


# --- what must be the same ---------------------------------------------------------------------------


def three_towns(prior: Any, **asked: Any) -> Adaptive:
    problem = towns({"nearest": True})
    return cap.adapt(
        problem, prior, **{"years": 3, "price": 1e6, "tail": 5, "levels": [4, 20], "uptake": UPTAKE} | asked
    )


def test_where_the_level_is_known_there_is_nothing_to_learn() -> None:
    found = three_towns({20: 1.0})
    assert found.value == pytest.approx(found.fixed, rel=1e-10) == pytest.approx(found.knowing, rel=1e-10)
    assert found.worst_regret == pytest.approx(0, abs=1e-3)


def test_without_exposure_the_plan_is_the_fixed_one() -> None:
    """In two years a unit that fills only after its first year shows nobody before the last decision."""
    found = three_towns({4: 0.5, 20: 0.5}, years=2, filling=0.0)
    assert found.value == pytest.approx(found.fixed, rel=1e-12)
    assert three_towns({4: 0.5, 20: 0.5}, years=2, filling=0.5).value < found.value


def test_one_year_is_the_least_over_sets_and_sizes() -> None:
    """With nothing to wait for it is every set with every size, once: here by hand."""
    problem, level, price, tail = towns({"nearest": True}), 20.0, 1e6, 2
    found = three_towns({level: 1.0}, years=1, tail=tail, filling=1.0, discount=0.0, price=price)
    money, days = problem.finance, problem.care.mean_days
    costs = {}
    for ids in (["a"], ["b"], ["c"], ["a", "b"], ["a", "c"], ["b", "c"], ["a", "b", "c"]):
        units = cap.evaluate(problem, ids).unit_table
        for made_for in (4.0, level):
            cost = 0.0
            for stays in units["stays"]:
                women = level * stays / 18
                beds = int(cap.beds.smallest_beds(problem.promise, made_for * stays / 18, days, 30))
                away = float(cap.beds.erlang_b(beds, women * days / 365))
                yearly = money.unit_dkk_per_year + money.bed_dkk_per_year * beds
                yearly += (money.occupied_day_dkk * days * (1 - away) + price * away) * women
                cost += money.building_dkk_per_bed * beds + (1 + tail) * yearly
            costs[(*ids, made_for)] = cost
    costs["nothing",] = (1 + tail) * price * level
    assert found.value == pytest.approx(min(costs.values()), rel=1e-9)
    assert found.once == pytest.approx(found.value, rel=1e-12)
    best = min(costs, key=costs.__getitem__)
    assert found.first.site_ids == best[:-1]


@pytest.mark.parametrize("seed", range(8))
def test_aftercare_is_in_the_money_as_every_history_has_it(seed: int) -> None:
    asked = with_aftercare(seed)
    found = cap.adapt(asked.problem, **asked.asked(), grid=None)
    assert found.value == pytest.approx(Histories(asked).best(), rel=AGREE)
    assert found.value > cap.adapt(small(seed).problem, **asked.asked(), grid=None).value or not found.first.beds
    assert any(text.startswith("Aftercare counts by the year") for text in found.sentences)


def test_what_of_a_case_is_not_counted_is_said() -> None:
    problem = towns({"nearest": True}).replace(outpatient={"dkk_per_course": 60_000.0}).set("rules.nearest", False)
    said = cap.adapt(problem, {4: 0.5, 20: 0.5}, 2, grid=2, levels=2, uptake=UPTAKE).sentences
    assert "Outpatient courses are not counted: who has no place counts the price of a woman without one." in said
    assert "Everybody is taken to use the nearest open unit, which the case does not ask." in said
    assert all(phrases("da").said(text) is not None for text in said)


def test_a_textbook_case_of_two_levels() -> None:
    """One site, two years. Few or many ask, as likely as not; a small unit tells which, and only then are beds added.

    No beds are lost on the way: with 1 or 400 who ask, two or more who have asked after the first half year leave no doubt.
    """
    one = towns({"nearest": True}, sizes={"smallest": 4, "largest": 250}).set("rules.forbid", ["b", "c"])
    found = cap.adapt(one, {1: 0.5, 400: 0.5}, 2, 2e6, 10, [1, 400], uptake=UPTAKE, grid=None)
    assert found.first.beds == {"a": 4}
    stay, grow = found.triggers
    assert (stay.asked_from, grow.asked_to, stay.then) == (0, None, "stay at 4 beds") and stay.asked_to < 150
    assert grow.then == f"add beds: {sum(grow.moves[0].after.values())} beds in all"
    assert found.value < found.fixed
    assert stay.probability == pytest.approx(0.5) == pytest.approx(grow.probability)


@pytest.mark.parametrize("seed", [2, 4])
def test_more_that_is_seen_is_never_dearer_and_the_bracket_closes(seed: int) -> None:
    asked = small(seed)
    exact = cap.adapt(asked.problem, **asked.asked(), grid=None).value
    widths = []
    for grid in (2, 4, 8, 16):
        found = cap.adapt(asked.problem, **asked.asked(), grid=grid)
        low, high = found.bracket
        assert low <= exact * (1 + AGREE) and exact <= found.value * (1 + AGREE) and found.value <= high
        assert found.grid_error == pytest.approx((high - low) / found.value)
        widths.append(high - low)
    assert widths[-1] <= widths[0] / 4


@pytest.mark.parametrize("seed", [2, 4, 9])
def test_who_is_told_the_level_early_pays_less_than_any_policy(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planner who bounds is told the level past some count: the earlier, the less she pays, and never more than all."""
    asked = small(seed)
    best = Histories(asked).best()
    bounds = []
    for count in (1, 4, 400):
        monkeypatch.setattr("capacity.studies.adapting.bounding.TOLD", count)
        found = cap.adapt(asked.problem, **asked.asked(), grid=16)
        bounds.append(found.bracket[0])
        assert found.knowing * (1 - AGREE) <= found.bracket[0] <= best * (1 + AGREE)
    assert all(one <= other * (1 + AGREE) for one, other in itertools.pairwise(bounds)) and bounds[0] < bounds[-1]


def test_first_steps_that_are_left_out_are_proven_to_be_no_better(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left out without a margin, or far too many: the bound says so, and is never above what is left out."""
    whole = three_towns({4: 0.5, 20: 0.5}, years=2, grid=4)
    monkeypatch.setattr("capacity.studies.adapting.narrowing.CANNOT_BE_BEST", -0.5)
    hasty = three_towns({4: 0.5, 20: 0.5}, years=2, grid=4)
    assert (
        hasty.left_out
        and "left out: none can be better" in hasty.certificate
        and hasty.bracket[0] <= whole.bracket[0] + 1
    )
    assert hasty.bracket[0] <= whole.value


def test_a_rule_that_was_asked_with_certainty_forbids_to_learn() -> None:
    """Four or twenty, a unit of ten: nothing may open before somebody has asked, unless the first unit is exempt."""
    ten = towns({"nearest": True, "volume": 10, "units": [1, 1]})
    how = {"years": 3, "price": 1e6, "tail": 5, "levels": [4, 20], "uptake": UPTAKE}
    prior = {4: 0.5, 20: 0.5}
    never = cap.adapt(ten, prior, rules=0.9, pilot=False, **how)
    assert never.first.beds == {} and never.value == pytest.approx(never.nothing, rel=1e-9)
    exempt = cap.adapt(ten, prior, rules=0.9, **how)
    free = cap.adapt(ten, prior, rules=None, **how)
    assert exempt.first.beds and exempt.value == pytest.approx(free.value, rel=1e-9) and free.shortfalls.empty
    short = exempt.shortfalls.set_index(["year", "rule"])["probability"]
    assert short[2, "volume"] == pytest.approx(0.5) == pytest.approx(short[4, "volume"])
    said = " ".join(exempt.sentences)
    assert "hold in 90 cases of 100" in said and "falls short of volume in 50 cases" in said and "exempt" in said
    at_mean = cap.adapt(ten, prior, pilot=False, **how)
    assert at_mean.first.beds and "Asked of the mean of what is believed" in " ".join(at_mean.sentences)


def test_planning_anew_without_waiting_for_more_lies_between() -> None:
    found = danish()
    assert found.value < found.replanning < found.fixed
    assert any(text.startswith("Planned anew every year") for text in found.sentences)


def test_a_budget_that_is_short_puts_building_off() -> None:
    free, short = (
        three_towns({20: 1.0}, years=2),
        three_towns({20: 1.0}, years={2027: {"budget": 9e6}, 2028: {"budget": 60e6}}),
    )
    assert sum(short.first.beds.values()) * 2e6 <= 9e6 < sum(free.first.beds.values()) * 2e6
    assert short.value > free.value and short.years == (2027, 2028)


# --- the Danish case ---------------------------------------------------------------------------------


@cache
def danish() -> Adaptive:
    return cap.adapt(cap.denmark({"rules.units": [1, 2]}), years=range(2027, 2030), levels=8, grid=5)


def test_learning_is_worth_more_than_what_then_remains_to_be_known() -> None:
    found = danish()
    assert found.knowing < found.value < found.fixed <= found.once < found.nothing
    assert found.bracket[0] <= found.value <= found.bracket[1] and found.grid_error < 0.01
    assert found.fixed - found.value > found.value - found.knowing
    assert set(found.regret) == {f.id for f in found.prior.figures} and found.worst_regret == max(found.regret.values())
    assert min(found.regret.values()) >= -1


def test_what_is_done_covers_every_number_who_may_ask() -> None:
    found = danish()
    for year in found.years[1:]:
        rows = found.table[found.table["year"] == year]
        assert rows["probability"].sum() == pytest.approx(1, abs=1e-6)
    of_second = [t for t in found.triggers if t.year == 2028]
    assert of_second[0].asked_from == 0 and of_second[-1].asked_to is None
    for one, other in itertools.pairwise(of_second):
        assert other.asked_from == one.asked_to + 1
    assert of_second[0].then.startswith("stay at") and of_second[-1].then.startswith("open Aarhus")
    tree = found.tree
    assert tree.probability == pytest.approx(1) and sum(b.probability for b in tree.branches) == pytest.approx(
        1, abs=1e-6
    )
    assert found.outcomes()["probability"].sum() == pytest.approx(1, abs=1e-6)


def test_pilots_begin_with_the_best_first_step() -> None:
    found = danish()
    table = found.pilots
    assert table["site_id"][0] == found.first.site_ids[0] and table["behind"][0] == pytest.approx(0, abs=1)
    assert table["behind"].is_monotonic_increasing and "" in set(table["site_id"])
    assert set(cap.denmark().network.ambulatories) <= set(table["site_id"])


def test_the_policy_costs_what_it_says_when_it_is_played() -> None:
    found = danish()
    all_, *figures = found.simulate(4_000).itertuples(index=False)
    assert abs(all_.cost_dkk - found.value) < 4 * all_.error_dkk and all_.error_dkk < 0.002 * found.value
    for row in figures:
        assert abs(row.cost_dkk - row.knowing_dkk - found.regret[row.figure]) < 5 * row.error_dkk + 1
    half = found.simulate(1_000, asking=0.5).iloc[0]
    wild = found.simulate(1_000, year_cv=0.5).iloc[0]
    slow = found.simulate(1_000, filling=0.25).iloc[0]
    often = found.simulate(1_000, asking=20.0).iloc[0]
    assert half["women_without"] > all_.women_without > often["women_without"] > 0
    assert min(wild["cost_dkk"], slow["cost_dkk"]) > found.value


def test_no_chance_between_policies_has_a_lower_worst_regret_than_is_told() -> None:
    found = three_towns({4: 0.3, 10: 0.3, 30: 0.4}, levels=[4, 10, 30], grid=5)
    regret = found.least_regret()
    assert 0 <= regret.bound <= regret.mixed <= regret.single <= found.worst_regret + 1e-6
    assert sum(regret.weights.values()) <= 1 + 1e-9


def test_a_regret_of_two_figures_is_shared_by_chance() -> None:
    """Two policies, each right in one figure: half of each has half the regret, and equal weights prove it."""
    solved = iter([(0.5, np.array([0.0, 1.0]))] * 9)
    found = least_regret(
        lambda weights: next(solved), lambda weights: 0.5, np.zeros(2), np.array([1.0, 0.0]), ("few", "many")
    )
    assert (found.mixed, found.bound, found.single) == (pytest.approx(0.5), pytest.approx(0.5), 1.0)


def test_prices_decide_the_first_step() -> None:
    found = three_towns({4: 0.5, 20: 0.5}, years=2, grid=2)
    table = found.switch_prices(0.1e6, 3e6, exact_to=0.1)
    assert table["site_ids"][0] == () and len(table) > 1 and table["site_ids"].iloc[-1] != ()
    assert (table["price_low"][1:].to_numpy() > table["price_high"][:-1].to_numpy()).all()
    with pytest.raises(cap.DataError, match="prices above 0"):
        found.switch_prices(2e6, 1e6)


# --- the prior ---------------------------------------------------------------------------------------


def test_three_years_of_one_count_are_one_source() -> None:
    prior = prior_of(cap.denmark(), None, [])
    weight = {f.id: f.weight for f in prior.figures}
    assert weight["referred-2017"] * 3 == pytest.approx(weight["agency-2024"]) == pytest.approx(1 / 11)
    each = prior_of(cap.denmark(), "figures", [])
    assert {round(f.weight, 12) for f in each.figures} == {round(1 / 15, 12)}
    assert prior.mean == pytest.approx(sum(f.weight * g[0] * g[1] for f in prior.figures if (g := f.gamma)), rel=1e-3)


def test_a_range_is_what_nine_of_ten_levels_lie_between() -> None:
    prior = prior_of(cap.denmark(), {"survey": {"women_per_year": 60, "low": 40, "high": 80, "weight": 1}}, [])
    inside = prior.weight[(prior.need >= 40) & (prior.need <= 80)].sum()
    assert inside == pytest.approx(0.9, abs=0.02)


def test_a_prior_is_given_as_a_mapping_a_table_or_a_file(tmp_path: Any) -> None:
    file = tmp_path / "prior.toml"
    file.write_text('agency-2024 = 0.5\n"40" = 0.25\n[survey]\nwomen_per_year = 60\nweight = 0.25\n', "utf-8")
    said = {"agency-2024": 0.5, 40: 0.25, "survey": {"women_per_year": 60, "weight": 0.25}}
    table = pd.DataFrame(
        {"id": ["agency-2024", None, "survey"], "women_per_year": [math.nan, 40, 60], "weight": [0.5, 0.25, 0.25]}
    )
    priors = [prior_of(cap.denmark(), one, []) for one in (said, table, file, str(file))]
    assert all(p is not None for p in priors)
    for prior in priors[1:]:
        assert np.allclose(prior.need, priors[0].need) and np.allclose(prior.weight, priors[0].weight)


def test_every_fault_of_a_file_is_told_at_its_line(tmp_path: Any) -> None:
    file = tmp_path / "prior.toml"
    file.write_text(
        "cowi-2019 = nan\nnobody = 0.2\n[own]\nwomen_per_year = nan\nlow = 8\nhigh = 4\nweight = 0.5\n", "utf-8"
    )
    with pytest.raises(cap.DataError) as error:
        cap.adapt(towns({"nearest": True}), file, years=2, price=-1)
    told = [(f.table, f.row, f.column) for f in error.value.findings]
    assert told == [
        ("prior.toml", 1, "cowi-2019"),
        ("prior.toml", 2, "nobody"),
        ("prior.toml", 3, "own"),
        ("prior.toml", 3, "own"),
        ("adapt", None, "prior"),
        ("adapt", None, "price"),
    ]


def test_scenarios_that_are_chosen_are_the_prior() -> None:
    problem = cap.with_scenarios(cap.denmark(), ids=["cowi-2019", "agency-2024"])
    assert [(f.id, f.weight) for f in prior_of(problem, None, []).figures] == [("cowi-2019", 0.5), ("agency-2024", 0.5)]
    own = prior_of(towns(), None, [])
    assert [(f.id, f.women, f.weight) for f in own.figures] == [("base", 18.0, 1.0)]


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(cap.DataError) as error:
        cap.adapt(
            cap.denmark(),
            {
                "agency-2025": 0.4,
                "cowi-2019": -0.2,
                "40": "much",
                "own": {"women_per_year": -1, "low": 9, "high": 8, "weight": 0.1, "what": 1},
            },
            years={2029: {}, 2027: {"budget": 3e6, "demand.women_per_year": 8}, 2030: {}},
            price=-1,
            tail=0,
            levels=0,
            grid=0,
            filling=2,
            discount=1.5,
            building="never",
            rules=1.5,
            pilot="yes",
            units=0,
            uptake=[[30, 0.5], [60, 0.9]],
        )
    text = str(error.value)
    for said in (
        "agency-2024",
        "a weight is a number not below 0",
        "women a year is a number above zero",
        "what is said of a figure is known",
        "a range has both its ends, above zero, around the figure (got '9 to 8')",
        "a whole number of levels, from 1 to 64",
        "the weights of the figures sum to 1",
        "years stand in their order",
        "no year is left out",
        "each year has a budget",
        "a year may differ in its budget alone",
        "DKK a woman",
        "years after the last",
        "a whole number of parts of a year",
        "a share of a year, from 0 to 1",
        "a share a year, from 0 to below 1",
        "building is paid or annuity",
        "a whole number of units",
        "rules are asked at the mean",
        "pilot is true or false",
        "fewer accept a place the farther away",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"years": []}, "at least one"),
        ({"years": "2027"}, "at least one"),
        ({"years": [2027.5]}, "a year is a whole number"),
        ({"years": {2027: 3}}, "settings are a mapping"),
        ({"years": range(1, 30)}, "at most 12 years"),
        ({"years": 2, "budget": {3: 1e6, 1: 1e6, 2: 1e6}}, "each budget is of a year"),
        ({"levels": [0, 3]}, "how many levels of beds"),
        ({"levels": ["many"]}, "how many levels of beds"),
        ({"prior": 7}, "a prior is figures and their weights"),
        ({"prior": "no-such-file.toml"}, "a prior stands in a TOML file"),
        ({"prior": {40: 0.5, 50: 0.4}}, "sum to 1"),
        ({"prior": pd.DataFrame({"level": [4]})}, "the columns are known"),
        ({"prior": pd.DataFrame({"id": ["agency-2024"] * 2, "weight": [0.5, 0.5]})}, "each figure stands once"),
        ({"prior": {"own": {"women_per_year": 5, "low": 7, "high": 9, "weight": 1}}}, "a range has both its ends"),
        ({"prior": {"own": {"women_per_year": 8, "low": "few", "high": 9, "weight": 1}}}, "a range has both its ends"),
        ({"units": True}, "a whole number of units"),
        ({"units": (1, 6)}, "a whole number of units"),
    ],
)
def test_what_makes_no_sense_is_told(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(cap.DataError, match=said):
        cap.adapt(cap.denmark(), **asked)


def test_too_many_values_to_hold_are_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.studies.adapting.recursion.MOST_CELLS", 50)
    with pytest.raises(cap.SolverError, match="too many to hold"):
        three_towns({4: 0.5, 20: 0.5}, years=2, grid=4)


def test_what_is_forgotten_to_make_room_is_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = three_towns({4: 0.5, 20: 0.5}, years=3, grid=4)
    monkeypatch.setattr("capacity.studies.adapting.beliefs.KEPT_CELLS", 1)
    again = three_towns({4: 0.5, 20: 0.5}, years=3, grid=4)
    assert again.to_json() == whole.to_json() and again.bracket == whole.bracket


def test_too_many_sets_are_refused_before_any_work() -> None:
    with pytest.raises(cap.DataError, match="sets of units are looked at"):
        cap.adapt(cap.denmark({"rules.near_ambulatory": False}), units=5)


def test_a_stop_leaves_no_half_of_a_policy() -> None:
    with pytest.raises(cap.InterruptedSolveError, match="The policy"):
        cap.adapt(cap.denmark(), levels=4, grid=2, tell=lambda progress: cap.Stop)


# --- within a time limit -----------------------------------------------------------------------------


def five_towns(**asked: Any) -> Adaptive:
    """The Danish case with five sites, of which three may be units."""
    five = {"FA_AALBORG", "FA_AARHUS", "FA_ODENSE", "FA_HVIDOVRE", "H_KOEGE"}
    forbid = sorted(set(cap.denmark().network.site_ids) - five)
    problem = cap.denmark({"rules.forbid": forbid, "rules.units": [1, 3]})
    return cap.adapt(problem, **{"years": 2, "levels": 4, "grid": 2} | asked)


@pytest.fixture
def every_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is told is told, however soon."""
    monkeypatch.setattr("capacity.engines.clock.EVERY", 0.0)


def until(message: str) -> Callable[[cap.Progress], object]:
    """Stop where this is told, with a time limit as without."""
    return lambda progress: cap.Stop if progress.message == message else None


def test_a_limit_that_is_not_reached_changes_nothing() -> None:
    whole, limited = five_towns(), five_towns(time_limit=1e6)
    assert limited.to_json() == whole.to_json() and limited.bracket == whole.bracket and limited.looked_at is None
    assert (limited.certificate, limited.sentences) == (whole.certificate, whole.sentences)


@pytest.mark.parametrize("message", ["What is seen rounded up", "What is seen rounded down"])
def test_a_limit_that_is_reached_leaves_a_policy_and_what_is_proven_of_all(every_message: None, message: str) -> None:
    whole, found = five_towns(), five_towns(time_limit=1e6, tell=until(message))
    low, high = found.bracket
    assert (found.status, whole.status, found.looked_at) == ("feasible", "optimal", 2)
    assert found.knowing <= low <= whole.value * (1 + 1e-12) <= found.value * (1 + 1e-9) and high == found.value
    said = found.to_json()
    assert said["status"] == "feasible" and said["gap"] == pytest.approx(1 - low / found.value) == found.grid_error
    assert "at most 2 units" in found.certificate and math.isnan(found.replanning)
    assert not any("blind to" in text for text in found.sentences)
    assert [text for text in found.sentences if phrases("da").said(text) is None] == []
    if message == "What is seen rounded down":
        # A rough bound is better than knowing the level.
        assert low > found.knowing


def test_a_stop_leaves_what_a_limit_leaves(every_message: None) -> None:
    limited, stopped = (
        five_towns(tell=until("What is seen rounded down"), **limit) for limit in ({"time_limit": 1e6}, {})
    )
    assert stopped.status == "feasible" and stopped.looked_at == 2
    assert (stopped.to_json(), stopped.bracket) == (limited.to_json(), limited.bracket)


def test_who_is_only_told_gets_the_same(every_message: None) -> None:
    told: list[str] = []
    assert five_towns(tell=lambda progress: told.append(progress.message)).to_json() == five_towns().to_json()
    assert "Few units" in told


def test_a_limit_too_short_for_any_policy_is_told() -> None:
    with pytest.raises(cap.NoPlanError, match=r"no answer within the limit of 0\.001 seconds"):
        five_towns(time_limit=1e-3)
    with pytest.raises(cap.DataError, match="a time limit is a number of seconds"):
        five_towns(time_limit=0)
    assert run(["adapt", *QUICK, "--time-limit", "0.001", "--lang", "da"]) == 4


def test_no_room_for_all_policies_leaves_one_of_few_units(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_many(*asked: Any) -> None:
        raise cap.SolverError("too many to hold")

    monkeypatch.setattr("capacity.studies.adapting.in_time.least_cost", too_many)
    with pytest.raises(cap.SolverError):
        five_towns()
    found = five_towns(time_limit=1e6)
    assert found.status == "feasible" and found.bracket == (found.knowing, found.value) and found.looked_at == 2


# --- shown -------------------------------------------------------------------------------------------


def test_a_report_and_a_workbook_tell_the_order(tmp_path: Any) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    problem = cap.denmark()
    plan = cap.solve(problem)
    rolled = cap.roll_out(problem, {2027: {}, 2028: {}})
    orders: dict[str, Any] = {"watched": danish(), "rolled": rolled}
    for name, order in orders.items():
        page = plan.report(tmp_path / f"{name}.html", studies=False, order=order, language="da").read_text("utf-8")
        section = page.split('<section id="order">')[1].split("</section>")[0]
        assert "I hvilken rækkefølge" in section and 'lang="en"' not in section
        assert ("Rækkefølge: Aalborg 2027, Hvidovre 2027 og Odense 2027." in section) == (name == "rolled")
        book = openpyxl.load_workbook(plan.workbook(tmp_path / f"{name}.xlsx", order=order))
        assert len(list(book["order"].rows)) == len(order.table) + 1
    assert 'id="order"' not in plan.report(tmp_path / "plain.html", studies=False).read_text("utf-8")


# --- from the command line ---------------------------------------------------------------------------

QUICK = ["--set", "rules.units=[1,2]", "--years", "2027-2028", "--levels", "5", "--grid", "2"]


def test_the_command_prints_the_object_it_promises() -> None:
    ran = CliRunner().invoke(group, ["adapt", "--json", *QUICK])
    said = json.loads(ran.stdout)
    keys = {"value", "fixed_value", "knowing_value", "worst_regret", "first", "triggers", "grid_error"}
    assert set(said) == keys and set(said["first"]) == {"site_ids", "beds"}
    assert all(set(t) == {"year", "when", "then"} and t["year"] == 2028 for t in said["triggers"]) and said["triggers"]
    assert said["knowing_value"] < said["value"] < said["fixed_value"]


def test_the_command_says_in_danish_all_that_it_says(tmp_path: Any) -> None:
    prior = tmp_path / "prior.toml"
    prior.write_text('"10" = 0.5\n"90" = 0.5\n', "utf-8")
    years = tmp_path / "years.toml"
    years.write_text("[2027]\nbudget = 40_000_000\n[2028]\nbudget = 200_000_000\n", "utf-8")
    more = ["--futures", "200", "--building", "annuity", "--years", str(years), "--prior", str(prior), "--price", "1e6"]
    asked = ["adapt", *QUICK, *more, "--filling", "0.4"]
    english, danish_ = (CliRunner().invoke(group, [*asked, "--lang", lang]).stdout for lang in ("en", "da"))
    assert "Watching is worth" in english and "or more have asked" in english
    for word in ("Watching", "Believed", "asked", "beds", "assumption", "women", "in 100", "costs"):
        assert not re.search(rf"\b{word}\b", danish_), word
    assert "har henvendt sig" in danish_ and "pladser" in danish_


def test_every_sentence_is_known_in_danish() -> None:
    poor = cap.adapt(
        cap.denmark({"rules.units": [1, 1], "demand.undetected": 1.5}), years=2, price=0.1e6, levels=4, grid=2
    )
    assert poor.first.beds == {} and poor.triggers == () and "nothing" in repr(poor)
    da = phrases("da")
    for found in (danish(), poor):
        texts = [*found.sentences, *(t.when for t in found.triggers), *(t.then for t in found.triggers)]
        assert [text for text in texts if da.said(text) is None] == []


def test_the_command_takes_a_number_of_years_and_tells_what_else_is_asked() -> None:
    asked = [
        "adapt",
        "--set",
        "rules.units=[1,1]",
        "--years",
        "2",
        "--levels",
        "3",
        "--grid",
        "1",
        "--prior",
        "figures",
    ]
    said = json.loads(CliRunner().invoke(group, [*asked, "--json", "--least-regret", "--prices"]).stdout)
    assert said["least_regret"]["bound"] <= said["least_regret"]["single"] and len(said["prices"]) > 1
    assert run([*asked, "--years", "last"]) == 2
