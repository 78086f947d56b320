"""Demand nobody knows: risk over scenarios against brute force, and sampling."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, InfeasibleError, NoPlanError, Scenarios, solve
from capacity.cli.main import run
from capacity.engines.linear.solvers import Solution
from capacity.engines.representatives import representatives
from capacity.engines.risk import cvar
from capacity.problem.sampling import Uncertainty, predicted_moments, region_correlation, sample
from capacity.rules.objectives import OBJECTIVES
from capacity.studies.explain.conflicts import as_arrays
from capacity.studies.sets import plan_of_set
from tests.oracle import assignments, judge
from tests.random_problems import random_problem
from tests.small import towns
from tests.varied import question

# --- risk ------------------------------------------------------------------------------------


def by_scenario(problem: cap.Problem, goal: str) -> dict[tuple[str, ...], Any]:
    """Every set that keeps the rules, with its objective in each scenario."""
    ids = problem.network.site_ids
    found = {}
    for size in range(1, len(ids) + 1):
        for sites in itertools.combinations(sorted(ids), size):
            if not set(problem.policy.keep or ()) <= set(sites) or set(problem.policy.forbid or ()) & set(sites):
                continue
            try:
                plan = plan_of_set(problem, sites, goal)
            except InfeasibleError:
                continue
            found[sites] = OBJECTIVES[goal].by_scenario(problem, as_arrays(plan, problem))[0]
    return found


@pytest.mark.parametrize("goal", ["travel", "cost"])
@pytest.mark.parametrize("risk", ["worst_case", "regret", "cvar"])
def test_the_plan_has_the_least_risk_of_all(risk: str, goal: str) -> None:
    tried = 0
    for seed in itertools.count(300):
        problem = random_problem(seed, points=4, sites=4, scenarios=3, nearest=True)
        values = by_scenario(problem, goal)
        if len(values) < 3:
            continue
        chance = problem.probability
        table = np.array(list(values.values()))
        if risk == "worst_case":
            risks = table.max(axis=1)
        elif risk == "regret":
            risks = (table - table.min(axis=0)).max(axis=1)
        else:
            risks = np.array([tail_mean(row, chance, 0.6) for row in table])
        plan = solve(problem, goal, risk=risk, level=0.6)
        assert plan.record["risk_value"] == pytest.approx(risks.min(), rel=1e-9, abs=1e-6)
        assert plan.check() == ()
        tried += 1
        if tried == 5:
            break


# Brute force over whole assignments: every firm rule that may send people past a unit is off or bound.
WHOLE = {"one_agreement": True, "nearest": None, "volume": None, "region_access": None, "own_region": None}


@pytest.mark.parametrize("goal", ["travel", "cost"])
@pytest.mark.parametrize("risk", ["worst_case", "regret", "cvar"])
def test_without_nearest_the_model_has_the_least_risk_of_all_assignments(risk: str, goal: str) -> None:
    tried = 0
    for seed in itertools.count(500):
        problem = random_problem(seed, points=4, sites=3, scenarios=3, **WHOLE)
        values = np.array(list(valued_assignments(problem, goal)))
        if len(values) < 3:
            continue
        best = values.min(axis=0)
        chance = problem.probability
        risks = {
            "worst_case": values.max(axis=1),
            "regret": (values - best).max(axis=1),
            "cvar": np.array([tail_mean(row, chance, 0.6) for row in values]),
        }[risk]
        plan = solve(problem, goal, risk=risk, level=0.6)
        assert plan.record["engine"] == "rank"
        assert plan.record["risk_value"] == pytest.approx(risks.min(), rel=1e-6, abs=1e-5)
        assert plan.gap == pytest.approx(0, abs=1e-6) and plan.status == "optimal"
        tried += 1
        if tried == 4:
            break


def valued_assignments(problem: cap.Problem, goal: str) -> Iterator[list[float]]:
    """The objective in each scenario of every set and assignment that keeps the rules (tests/oracle.py)."""
    ids = problem.scenarios.ids
    for size in range(1, len(problem.network.site_ids) + 1):
        for opened in itertools.combinations(problem.network.site_ids, size):
            for where in assignments(problem, opened):
                if judge(problem, opened, where, goal) is None:
                    continue
                certain = [
                    problem.replace(scenarios=problem.scenarios.replace(probability=np.array(ids) == s)) for s in ids
                ]
                each = [
                    judge(p.replace(policy={"income": None, "run_budget": None}), opened, where, goal) for p in certain
                ]
                yield [math.nan if a is None else a.objective for a in each]


@pytest.mark.parametrize("risk", ["expected", "worst_case", "regret", "cvar"])
@pytest.mark.parametrize("goal", ["travel", "cost", "reached"])
def test_the_engines_agree_under_risk(risk: str, goal: str) -> None:
    tried = 0
    for seed in itertools.count(700):
        problem = random_problem(seed, points=4, sites=4, scenarios=3, nearest=True)
        try:
            one = solve(problem, goal, risk=risk, engine="enumerate", level=0.5)
        except InfeasibleError:
            with pytest.raises(InfeasibleError):
                solve(problem, goal, risk=risk, engine="mip", level=0.5)
            continue
        other = solve(problem, goal, risk=risk, engine="mip", level=0.5)
        assert one.site_ids == other.site_ids, seed
        assert one.unit_table["beds"] == other.unit_table["beds"]
        least, same = (plan.record.get("risk_value", plan.objective) for plan in (one, other))
        assert least == pytest.approx(same, rel=1e-7, abs=1e-6)
        tried += 1
        if tried == 6:
            break


@pytest.mark.parametrize("risk", ["expected", "worst_case", "regret", "cvar"])
@pytest.mark.parametrize("rule", ["volume", "region_access"])
def test_the_engines_agree_where_a_rule_is_broken_at_a_price_scenario_by_scenario(rule: str, risk: str) -> None:
    """What is broken in one scenario counts there, by how likely it is; what is broken always counts everywhere."""
    value: dict[str, Any] = {
        "volume": {"stays": 6, "when": "every_scenario"},
        "region_access": {"share": 0.9, "minutes": 20},
    }
    tried = paid = 0
    # At a price on volume of admitted stays more beds may pay: sets are not valued then.
    firm = {rule: value[rule], "counts": "all" if rule == "volume" else "drawn"}
    for seed in itertools.count(900):
        problem = random_problem(seed, points=4, sites=4, scenarios=3, nearest=True, **firm)
        problem = problem.replace(policy={"prices": {rule: 10.0, "units": 5.0}})
        try:
            one, other = (solve(problem, risk=risk, engine=e, level=0.5) for e in ("enumerate", "mip"))
        except InfeasibleError:
            continue
        assert one.site_ids == other.site_ids, seed
        least, same = (plan.record.get("risk_value", plan.objective) for plan in (one, other))
        assert least == pytest.approx(same, rel=1e-6, abs=1e-5)
        weights = dict(zip(problem.scenarios.ids, problem.probability, strict=True))
        for name, key, amount, price in one.penalties:
            assert price == pytest.approx(amount * problem.policy.prices[name] * weights.get(key[-1], 1.0))
        assert one.check() == () == other.check()
        paid += bool(one.penalties)
        tried += 1
        if tried == 6:
            break
    assert paid > 0


def test_women_are_left_unserved_at_the_price_the_planner_sets() -> None:
    """One unit of 8 beds carries 9.2 stays: five women are served, of twenty more than half are not."""
    demand = Scenarios(
        ids=("few", "many"),
        point_ids=("A", "B", "C"),
        women=np.array([[5.0, 0, 0], [20, 0, 0]]),
        probability=np.array([0.75, 0.25]),
    )
    network = towns().network.replace(site_largest=np.array([8, 8, 8]))
    policy = {"units": [1, 1], "forbid": ["b", "c"], "prices": {"served": 100.0}}
    problem = towns(policy, scenarios=demand, network=network)
    plan = solve(problem)
    most = float(problem.stays_by_beds[8])
    table = plan.by_scenario.set_index("scenario")
    assert table["served_share"].tolist() == pytest.approx([1, most / 20])
    assert table["promise_kept"].all()
    ((rule, key, amount, paid),) = plan.penalties
    assert (rule, key) == ("served", ("A", "many")) and amount == pytest.approx(20 - most)
    assert paid == pytest.approx(100 * 0.25 * (20 - most))
    hours = 2 * 5 * 180 / 7 / 60
    assert plan.objective == pytest.approx(hours * (0.75 * 5 + 0.25 * most) + paid)
    worst = solve(problem, risk="worst_case")
    assert worst.record["risk_value"] == pytest.approx(hours * most + 100 * (20 - most))
    assert worst.record["by_scenario"]["few"]["value"] == pytest.approx(hours * 5)
    # Where the promise need not hold among many, everybody is served, and the table says what it costs her.
    open_end = solve(problem.replace(scenarios=demand.replace(must_hold=np.array([True, False]))))
    table = open_end.by_scenario.set_index("scenario")
    assert table["served_share"].tolist() == pytest.approx([1, 1]) and open_end.penalties == ()
    assert table["promise_kept"].tolist() == [True, False] and table.loc["many", "turned_away"] > 0.3
    # A price below what travel costs leaves everybody at home.
    cheap = solve(problem.replace(policy={"prices": {"served": 0.1}}))
    assert cheap.figures["served_share"] < 0.05


# --- many scenarios, and runs cut short -------------------------------------------------------


@pytest.mark.parametrize("concentration", [None, 60.0])
@pytest.mark.parametrize("risk", ["expected", "regret", "cvar"])
def test_sifting_by_few_scenarios_changes_nothing(
    risk: str, concentration: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty draws of the Danish demand: with and without the few that stand for them."""
    problem = cap.denmark({"rules.region_access": False, "rules.units": [1, 3], "rules.near_ambulatory": 10})
    problem = problem.set("finance.counts", "all")
    doubt = Uncertainty(level_cv=0.3, concentration=concentration)
    problem = problem.replace(scenarios=sample(problem.scenarios, 40, seed=4, uncertainty=doubt, hold=0.7))
    few = representatives(problem)
    assert few is not None and few.exact == (concentration is None)
    quick = solve(problem, "cost", risk=risk)
    monkeypatch.setattr("capacity.engines.enumerate.representatives", lambda p: None)
    whole = solve(problem, "cost", risk=risk)
    assert quick.site_ids == whole.site_ids and quick.unit_table["beds"] == whole.unit_table["beds"]
    assert quick.objective == pytest.approx(whole.objective, rel=1e-12)
    assert quick.record.get("risk_value") == pytest.approx(whole.record.get("risk_value"))


def test_a_run_under_risk_that_is_cut_short_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = towns({"nearest": True, "units": [1, 3]})
    drawn = sample(problem.scenarios, 5, seed=1, uncertainty=Uncertainty(concentration=10.0))
    problem = problem.replace(scenarios=drawn)
    whole = solve(problem, risk="cvar")
    assert whole.status == "optimal" and whole.gap == 0
    monkeypatch.setattr("capacity.engines.enumerate.BLOCK_CELLS", 3)
    cut = solve(problem, risk="cvar", time_limit=1e-9)
    assert cut.status == "feasible" and "cut short" in cut.certificate
    assert 0 < cut.gap < 1
    assert cut.record["risk_bound"] <= whole.record["risk_value"] <= cut.record["risk_value"]
    with pytest.raises(NoPlanError, match="own best"):
        solve(problem, risk="regret", time_limit=1e-9)


def test_ctrl_c_under_regret_gives_no_half_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("capacity.engines.enumerate.keeps_rules", stop)
    with pytest.raises(NoPlanError, match="interrupted"):
        solve(towns({"nearest": True}), risk="regret")


def test_regret_by_the_model_says_when_it_was_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = sample(towns().scenarios, 3, seed=1, uncertainty=Uncertainty(concentration=10.0))
    problem = towns({"units": [1, 2]}, scenarios=drawn)
    with pytest.raises(NoPlanError, match="own best"):
        solve(problem, risk="regret", time_limit=1e-9)
    with pytest.raises(InfeasibleError):
        solve(problem.replace(policy={"volume": 99}), risk="regret")
    monkeypatch.setattr(
        "capacity.engines.mip.solve_arrays", lambda *a, **k: Solution(outcome="unknown", interrupted=True)
    )
    with pytest.raises(NoPlanError, match="interrupted"):
        solve(problem, risk="regret")


def test_where_no_scenario_must_hold_few_stand_for_many_too() -> None:
    problem = towns({"nearest": True, "units": [1, 2]})
    drawn = sample(problem.scenarios, 40, seed=2)
    free = problem.replace(scenarios=drawn.replace(must_hold=np.zeros(40, bool)))
    few = representatives(free)
    assert few is not None and few.exact and len(few.problem.scenarios.ids) == 2
    assert solve(free).site_ids == solve(problem).site_ids
    assert solve(free, risk="worst_case").unit_table["beds"] == (1, 1)
    assert representatives(problem) is None


def test_cvar_of_equal_chances_is_the_general_one() -> None:
    values = np.random.default_rng(0).random((5, 7))
    even = np.full(7, 1 / 7)
    for level in (0.0, 0.1, 0.5, 6 / 7, 0.9, 0.99):
        assert cvar(values, even, level) == pytest.approx([tail_mean(row, even, level) for row in values])


def tail_mean(values: Any, chance: Any, level: float) -> float:
    """Mean of the worst 1 - level, written as the sentence says it."""
    left, total = 1 - level, 0.0
    for value, p in sorted(zip(values, chance, strict=True), reverse=True):
        part = min(p, left)
        total += part * value
        left -= part
    return total / (1 - level)


def test_cvar_by_hand() -> None:
    value, chance = np.array([[1.0, 2, 10]]), np.array([0.5, 0.4, 0.1])
    assert cvar(value, chance, 0.0)[0] == pytest.approx(2.3)
    assert cvar(value, chance, 0.9)[0] == pytest.approx(10)
    assert cvar(value, chance, 0.8)[0] == pytest.approx((10 * 0.1 + 2 * 0.1) / 0.2)


def test_expected_risk_is_the_ordinary_plan() -> None:
    problem = towns({"nearest": True, "volume": 3})
    assert solve(problem, risk="expected").site_ids == solve(problem).site_ids
    assert solve(problem, risk="worst_case").site_ids == solve(problem).site_ids


@pytest.mark.parametrize(
    ("policy", "arguments", "said"),
    [
        ({"nearest": True}, {"risk": "fear"}, "risk"),
        ({"nearest": True}, {"risk": "cvar", "level": 1.0}, "level"),
        ({}, {"risk": "cvar", "objective": "fair"}, "nearest"),
    ],
)
def test_a_risk_that_makes_no_sense_is_refused(policy: dict[str, Any], arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        solve(towns(policy), **arguments)


def test_no_plan_under_risk_is_infeasible() -> None:
    with pytest.raises(InfeasibleError):
        solve(towns({"nearest": True, "volume": 99}), risk="regret")


def test_a_thousand_sampled_scenarios_of_the_danish_case() -> None:
    problem = cap.denmark()
    drawn = problem.replace(scenarios=sample(problem.scenarios, 1_000, seed=1, hold=0.8))
    drawn = drawn.replace(policy={"income": None, "volume": None, "units": [1, 4]})
    plan = solve(drawn, risk="cvar", level=0.9)
    assert plan.status == "optimal"
    assert "1,000 scenarios" in plan.certificate


# --- sampling --------------------------------------------------------------------------------

BASE = Scenarios(ids=("base",), point_ids=("A", "B", "C"), women=np.array([[50.0, 30, 20]]))


def test_the_same_seed_draws_the_same() -> None:
    one, other = (sample(BASE, 50, seed=3) for _ in range(2))
    assert one.women.tolist() == other.women.tolist()
    assert one.women.tolist() != sample(BASE, 50, seed=4).women.tolist()
    assert one.ids[0] == "draw-0001"


@pytest.mark.parametrize("poisson", [True, False])
def test_draws_have_the_moments_of_the_formula(poisson: bool) -> None:
    doubt = Uncertainty(level_cv=0.3, concentration=40.0, poisson=poisson)
    women = sample(BASE, 40_000, seed=5, uncertainty=doubt).women
    mean, covariance = predicted_moments(BASE.women[0], doubt)
    assert women.mean(axis=0) == pytest.approx(mean, rel=0.02)
    assert np.cov(women.T) == pytest.approx(covariance, rel=0.08, abs=2)
    assert bool((women == np.rint(women)).all()) == poisson


def test_where_only_the_level_varies_regions_move_together() -> None:
    table = region_correlation(sample(BASE, 200, seed=1), {"A": "W", "B": "W", "C": "E"})
    assert table.to_numpy() == pytest.approx(np.ones((2, 2)))
    split = sample(BASE, 400, seed=1, uncertainty=Uncertainty(level_cv=0.0, concentration=5.0))
    assert region_correlation(split, ["W", "W", "E"]).loc["W", "E"] == pytest.approx(-1)
    assert split.women.sum(axis=1) == pytest.approx(np.full(400, 100.0))


def test_the_promise_may_be_let_go_in_the_worst_draws() -> None:
    drawn = sample(BASE, 100, seed=2, hold=0.9)
    assert drawn.must_hold is not None
    assert drawn.must_hold.sum() == 90
    assert drawn.women[~drawn.must_hold].sum(axis=1).min() >= drawn.women[drawn.must_hold].sum(axis=1).max()


@pytest.mark.parametrize(
    "make", [lambda: sample(BASE, 0), lambda: Uncertainty(level_cv=-1), lambda: Uncertainty(concentration=0)]
)
def test_sampling_is_checked(make: Any) -> None:
    with pytest.raises(DataError):
        make()


# --- on the command line -----------------------------------------------------------------------


def test_a_plan_for_a_risk_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    free = ["--set", "rules.income=false", "--set", "rules.volume=4"]
    two = ["--scenario", "cowi-2019", "--scenario", "agency-2024"]
    assert run(["plan", *free, *two, "--risk", "regret"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Scenarios, the beds as built" in shown and "regret" in shown
    assert "cowi-2019 35 no yes 100 %" in shown and "agency-2024 90 yes yes 100 %" in shown
    assert run(["plan", *free, *two, "--risk", "cvar", "--level", "0.5", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    # Half of two equally likely scenarios is the worse one.
    assert said["record"]["risk_value"] == pytest.approx(said["record"]["by_scenario"]["agency-2024"]["value"])
    assert said["gap"] == 0
    assert run(["plan", *free, "--sample", "30"]) == 0
    assert "the first 20 of 30" in capsys.readouterr().out
    assert run(["plan", "--risk", "fear"]) == 2


def test_a_regret_of_nothing_is_proven_beside_the_values_it_is_a_difference_of() -> None:
    """What admitted stays cost bends: of two million the model's bound is right to a hundredth, a regret's as well."""
    said = {"promise.kind": "loss", "finance.counts": "admitted", "rules.nearest": "off", "rules.one_agreement": "on"}
    asked = question(953_008, said | {"solve.objective": "cost", "aftercare.days": "off"})
    assert asked.risk == "regret"
    plan = solve(asked.problem, "cost", risk="regret", engine="mip")
    assert plan.status == "optimal" and plan.record["risk_value"] == pytest.approx(0.0, abs=0.1)
