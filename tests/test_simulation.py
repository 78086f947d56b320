"""Simulation against Erlang's formulas, conservation, and repeatability."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from capacity import DataError, Plan, Policy, solve
from capacity.beds import erlang_b, erlang_c, wait_exceeds
from capacity.cli.main import run
from capacity.studies.events import NOWHERE, run_losses, run_waits
from capacity.studies.simulation import erlang_a, stress, system_of
from capacity.studies.stays import STAY_KINDS, Stay
from tests.small import towns


def two_units() -> Plan:
    """Units a and c: A and B use a (16 women), C uses c (2 women)."""
    return solve(towns({"nearest": True, "keep": ["a", "c"], "units": [2, 2]}))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return two_units()


# --- the distributions of the stay -------------------------------------------------------------


@pytest.mark.parametrize("kind", STAY_KINDS)
def test_every_distribution_keeps_the_mean(kind: str) -> None:
    stays = Stay(kind=kind, mean_days=180).draw(np.random.default_rng(1), 200_000)
    assert stays.min() > 0
    assert stays.mean() == pytest.approx(180, rel=0.01)


def test_lognormal_has_the_cv_asked_for_and_the_mixture_two_parts() -> None:
    rng = np.random.default_rng(2)
    lognormal = Stay(kind="lognormal", mean_days=100, cv=0.5).draw(rng, 200_000)
    assert lognormal.std() / lognormal.mean() == pytest.approx(0.5, rel=0.02)
    mixture = Stay(kind="mixture", mean_days=180, early_share=0.25, early_days=30)
    assert mixture.full_days == pytest.approx(230)  # (180 - 0.25 x 30) / 0.75


@pytest.mark.parametrize(
    "wrong", [{"kind": "weibull"}, {"mean_days": 0.0}, {"early_share": 1.0}, {"kind": "mixture", "early_days": 900.0}]
)
def test_a_distribution_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DataError):
        Stay(**wrong)  # type: ignore[arg-type]


# --- one run, by hand --------------------------------------------------------------------------


def test_losses_by_hand() -> None:
    # One bed at unit 0, one at unit 1. Class 0 may use 0 then 1; class 1 only 1.
    run = run_losses(
        [1, 1], [(0, 1), (1,)], np.array([0.0, 1, 2, 3, 10]), np.array([0, 0, 1, 0, 1]), np.array([10.0, 5, 5, 5, 5])
    )
    assert run.unit.tolist() == [0, 1, NOWHERE, NOWHERE, 1]
    assert run.full.tolist() == [False, True, True, True, False]


def test_waits_by_hand() -> None:
    # One bed; the second waits 9 days, the third gives up after 3, the fourth waits 17 - 4.
    run = run_waits(
        [1],
        [(0,)],
        np.array([0.0, 1, 2, 4]),
        np.zeros(4, dtype=np.int64),
        np.array([10.0, 7, 5, 5]),
        np.array([np.inf, np.inf, 3, np.inf]),
    )
    assert run.unit.tolist() == [0, 0, NOWHERE, 0]
    assert run.wait.tolist() == [0, 9, 3, 13]


def test_a_woman_who_waits_takes_the_first_bed_of_any_of_her_units() -> None:
    run = run_waits(
        [1, 1],
        [(0, 1), (1,), (0,)],
        np.array([0.0, 0.5, 1, 2]),
        np.array([2, 1, 0, 2]),
        np.array([10.0, 3, 5, 5]),
        np.full(4, np.inf),
    )
    assert run.unit.tolist() == [0, 1, 1, 0]
    assert run.wait.tolist() == [0, 0, 2.5, 8]  # unit 1 is free on day 3.5, unit 0 on day 10


# --- the formulas ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", STAY_KINDS)
def test_without_overflow_losses_agree_with_erlang_b_whatever_the_stay(plan: Plan, kind: str) -> None:
    found = stress(plan, years=10_000, seed=3, stay=kind, overflow=False)
    for site, beds, stays in zip(("a", "c"), plan.unit_table["beds"], (16, 2), strict=True):
        exact = float(erlang_b(beds, stays * 180 / 365))
        for measure in ("turned_away", "found_full"):
            value, low, high = found.value(measure, site)
            wide = 1.6 * (high - low) / 2  # 99.9 % rather than 95: eighteen comparisons
            assert abs(value - exact) <= wide
            assert wide < (0.15 if site == "a" else 0.5) * exact  # few are turned away at c
        occupied = found.value("occupancy", site)[0]
        assert occupied == pytest.approx(stays * 180 / 365 * (1 - exact) / beds, rel=0.02)


def test_an_interval_can_miss(plan: Plan) -> None:
    found = stress(plan, years=6_000, seed=3, overflow=False)
    _, low, high = found.value("turned_away", "a")
    beds = plan.unit_table["beds"][0]
    assert not low <= float(erlang_b(beds + 1, 16 * 180 / 365)) <= high
    assert not low <= float(erlang_b(beds - 1, 16 * 180 / 365)) <= high


def test_waits_agree_with_erlang_c(plan: Plan) -> None:
    found = stress(plan, years=20_000, seed=4, overflow=False, patience_days=math.inf)
    for site, beds, stays in zip(("a", "c"), plan.unit_table["beds"], (16, 2), strict=True):
        load = stays * 180 / 365
        must = float(erlang_c(beds, load))
        exact = {
            "found_full": must,
            "waited": must,
            "late": float(wait_exceeds(beds, load, 7, 180)),
            "wait_days": must * 180 / (beds - load),
            "occupancy": load / beds,
        }
        for measure, formula in exact.items():
            value, low, high = found.value(measure, site)
            assert abs(value - formula) <= 1.6 * (high - low) / 2, (site, measure)
        assert found.value("turned_away", site)[0] == 0


def test_lost_patience_agrees_with_erlang_a(plan: Plan) -> None:
    found = stress(plan, years=10_000, seed=5, overflow=False, patience_days=30)
    beds = plan.unit_table["beds"][0]
    gone, full = erlang_a(beds, 16 * 180 / 365, 180 / 30)
    for measure, formula in (("turned_away", gone), ("found_full", full), ("waited", full - gone)):
        value, low, high = found.value(measure, "a")
        assert abs(value - formula) <= 1.6 * (high - low) / 2


def test_erlang_a_between_b_and_c() -> None:
    # Nobody waits: Erlang B. Everybody waits for ever: Erlang C.
    assert erlang_a(8, 4.0, 1e9)[1] == pytest.approx(float(erlang_b(8, 4.0)), rel=1e-6)
    assert erlang_a(8, 4.0, 1e9)[0] == pytest.approx(float(erlang_b(8, 4.0)), rel=1e-6)
    assert erlang_a(8, 4.0, 1e-7)[1] == pytest.approx(float(erlang_c(8, 4.0)), rel=1e-4)
    # Patience as long as a stay: the women present are Poisson(load), as with endless beds.
    assert erlang_a(3, 2.0, 1.0)[1] == pytest.approx(1 - 5 * math.exp(-2), rel=1e-9)


def test_the_formula_stands_beside_the_value(plan: Plan) -> None:
    table = stress(plan, years=40, seed=1, overflow=False).units.set_index(["id", "measure"])
    beds = plan.unit_table["beds"][0]
    assert table.loc[("a", "turned_away"), "formula"] == pytest.approx(float(erlang_b(beds, 16 * 180 / 365)))
    assert table.loc[("a", "minutes"), "formula"] == pytest.approx((10 * 5 + 6 * 30) / 16)


@pytest.mark.parametrize("patience", [None, 30.0])
def test_demand_in_doubt_agrees_with_the_predictive_share(patience: float | None) -> None:
    """Beds sized on the doubt itself; each run draws a level of its own."""
    problem = towns({"nearest": True, "keep": ["a"], "units": [1, 1]}, promise={"demand_cv": 0.25})
    plan = solve(problem)
    beds, said = plan.unit_table["beds"][0], plan.unit_table["turned_away"][0]
    known = solve(problem.set("promise.demand_cv", 0))
    assert beds > known.unit_table["beds"][0] and said <= 0.05
    found = stress(plan, years=8_000, seed=11, patience_days=patience, replications=800)
    formula = said
    if patience is not None:
        level = np.random.default_rng(0).gamma(16, 1 / 16, 4_000)
        gone = [erlang_a(beds, 18 * 180 / 365 * x, 180 / patience)[0] for x in level]
        formula = float(level @ np.array(gone) / level.sum())
        assert found.value("turned_away", "a")[0] < said
    value, low, high = found.value("turned_away", "a")
    assert abs(value - formula) <= 1.6 * (high - low) / 2
    row = found.units.set_index(["id", "measure"]).loc[("a", "turned_away")]
    assert row["formula"] == pytest.approx(formula, rel=0.1 if patience else 1e-9)
    assert found.record["demand_cv"] == 0.25


# --- conservation ------------------------------------------------------------------------------


@pytest.mark.parametrize("patience", [None, 20.0, math.inf])
@pytest.mark.parametrize("overflow", [True, False])
def test_everybody_is_placed_at_once_or_waits_or_is_turned_away(
    plan: Plan, patience: float | None, overflow: bool
) -> None:
    found = stress(plan, years=200, seed=6, overflow=overflow, patience_days=patience)
    for _, part in found.table.groupby(["level", "id"]):
        value = part.set_index("measure")["value"]
        assert value["placed_at_once"] + value["waited"] + value["turned_away"] == pytest.approx(1)
    units, whole = found.units, found.country.set_index("measure")["value"]
    regions = found.regions
    for table in (units, regions):
        referred = table[table["measure"] == "referrals"]["value"].sum()
        assert referred == pytest.approx(whole["referrals"])
        assert table[table["measure"] == "stays"]["value"].sum() == pytest.approx(whole["stays"], rel=0.01)


def test_no_unit_holds_more_women_than_beds(plan: Plan) -> None:
    system = system_of(plan)
    rng = np.random.default_rng(7)
    days = np.sort(rng.random(4_000)) * 365 * 50
    kind = rng.integers(0, len(system.rate), 4_000)
    stays = rng.exponential(180, 4_000)
    for done in (
        run_losses(system.beds, system.order, days, kind, stays),
        run_waits(system.beds, system.order, days, kind, stays, rng.exponential(30, 4_000)),
    ):
        for u, beds in enumerate(system.beds):
            mine = done.unit == u
            begin = (done.referred + done.wait)[mine]
            change = np.concatenate([np.ones(mine.sum()), -np.ones(mine.sum())])
            when = np.concatenate([begin, begin + done.stay[mine]])
            present = np.cumsum(change[np.lexsort((change, when))])
            assert present.max() == beds


def test_overflow_places_more_and_sends_them_only_where_the_rules_allow(plan: Plan) -> None:
    kept = stress(plan, years=400, seed=8, overflow=False)
    shared = stress(plan, years=400, seed=8)
    assert shared.value("turned_away")[0] < kept.value("turned_away")[0] / 2
    assert kept.value("sent_elsewhere")[0] == 0 < shared.value("sent_elsewhere")[0]
    bound = Policy(nearest=True, keep=["a", "c"], units=[2, 2], reach={"minutes": 60})
    strict = solve(plan.problem.replace(policy=bound))
    # From A to c is 90 minutes, from C to a as well; from B to c 60.
    orders = {(system_of(strict).point[g], u) for g, u in enumerate(system_of(strict).order)}
    assert orders == {(0, (0,)), (1, (0, 1)), (2, (1,))}


# --- opening, seed, faults ---------------------------------------------------------------------


def test_opening_years_fill_and_cost_money(plan: Plan) -> None:
    found = stress(plan, years=400, seed=9, opening_years=2, replications=200)
    opening = found.opening.set_index(["site_id", "year"])
    a = opening.loc["a"]
    assert list(a.index) == [1, 2, 3]
    assert a["occupancy"].is_monotonic_increasing
    # Referrals grow evenly: a quarter of the two years' 32 come in the first, few find it full.
    assert a.loc[1, "stays"] == pytest.approx(4, rel=0.1)
    assert a.loc[2, "stays"] == pytest.approx(12, rel=0.1)
    beds = plan.unit_table["beds"][0]
    days = a.loc[1, "occupancy"] * beds * 365
    assert a.loc[1, "result_dkk"] == pytest.approx(3_100 * days - 2e6 - 0.3e6 * beds)
    # The plan's own figure of the loss is that of nobody turned away: the first year loses as it says.
    money = plan.problem.finance
    even = (2e6 + 0.3e6 * beds) / (3_100 * 180 * 16)  # share of its stays at which a carries itself
    said = float(replace(money, filling_years=2.0).startup_loss(beds, 16, 180))
    assert said == pytest.approx(2 * (2e6 + 0.3e6 * beds) * even / 2)
    assert -a.loc[1, "result_dkk"] == pytest.approx(2e6 + 0.3e6 * beds - 3_100 * 180 * 16 / 8, rel=0.35)
    # What is counted afterwards is steady.
    value, low, high = found.value("referrals")
    assert abs(value - 18) <= high - low


def test_same_seed_same_result(plan: Plan) -> None:
    one, same, other = (stress(plan, years=100, seed=s, stay="mixture") for s in (1, 1, 2))
    assert one.columns == same.columns or one.table.equals(same.table)
    assert not one.table.equals(other.table)
    assert one.record == same.record and one.record["seed"] == 1


def test_one_scenario_or_the_expected_demand() -> None:
    problem = towns({"nearest": True})
    two = problem.scenarios.replace(
        ids=("low", "high"), women=np.array([[5.0, 3, 1], [15, 9, 3]]), probability=None, must_hold=None, labels=()
    )
    plan = solve(problem.replace(scenarios=two))
    assert system_of(plan).rate.sum() == pytest.approx(18)
    assert system_of(plan, scenario="high").rate.sum() == pytest.approx(27)


@pytest.mark.parametrize(
    "wrong",
    [
        {"years": 0},
        {"replications": 1},
        {"opening_years": -1},
        {"patience_days": 0.0},
        {"stay": "uniform"},
        {"demand_cv": 2.0},
        {"demand_cv": 0.2, "patience_days": math.inf},
    ],
)
def test_arguments_that_make_no_sense_are_refused(plan: Plan, wrong: dict[str, object]) -> None:
    with pytest.raises(DataError):
        stress(plan, **wrong)  # type: ignore[arg-type]


def test_a_queue_that_would_grow_for_ever_is_refused(plan: Plan) -> None:
    crowded = plan.problem.replace(promise={"kind": "occupancy", "occupancy": 1.0})
    with pytest.raises(DataError, match="grow for ever"):
        stress(solve(crowded.set("stay.mean_days", 365)), years=10, patience_days=math.inf)


def test_the_verdict_says_whether_the_promise_holds(plan: Plan) -> None:
    good = stress(plan, years=2_000, seed=1)
    assert good.verdict[0].startswith("The promise of at most 5 % turned away holds:")
    assert "placed at another unit" in good.verdict[1]
    crowded = solve(plan.problem.replace(promise={"kind": "occupancy", "occupancy": 0.95}))
    assert "are turned away in 2,000" in stress(crowded, years=2_000, seed=1).verdict[0]
    wait = solve(plan.problem.replace(promise={"kind": "wait"}))
    assert "waiting more than 7 days" in stress(wait, years=200, seed=1).verdict[0]
    (alone,) = stress(plan, years=200, seed=1, overflow=False, scenario="base").verdict
    assert "5 %" in alone


def test_the_command_tells_units_regions_and_the_country(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    small = ["--years", "40", "--seed", "3"]
    assert run(["stress", *small, "--opening-years", "1", "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr()
    assert "Odense" in shown.out and "Region" in shown.out and "whole" in shown.out and "opening" in shown.out
    assert "40 of 40 runs" in shown.err and (tmp_path / "out" / "study.csv").is_file()
    assert run(["plan", "--out", str(tmp_path / "plan")]) == 0
    capsys.readouterr()
    kept = ["--plan", str(tmp_path / "plan"), "--patience-days", "30", "--demand-cv", "0.25", "--json"]
    assert run(["stress", *small, *kept]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["record"]["demand_cv"] == 0.25 and len(said["verdict"]) == 2
    assert run(["stress", *small, "--patience-days", "30"]) == 0
    assert "after a" in capsys.readouterr().out


def test_progress_is_told(plan: Plan) -> None:
    told: list[tuple[int, int]] = []
    stress(plan, years=10, replications=5, progress=lambda done, whole: told.append((done, whole)))
    assert told == [(k, 5) for k in range(1, 6)]


def test_students_half_width_is_scipys() -> None:
    from scipy.special import stdtrit

    from capacity.studies.measures import student

    for freedom in (1, 2, 3, 4, 9, 19, 198, 199):
        assert student(freedom) == pytest.approx(stdtrit(freedom, 0.975), rel=1e-9)
    assert student(7, 0.5) == pytest.approx(stdtrit(7, 0.75), rel=1e-9)
