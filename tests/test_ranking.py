"""Sets of sites ranked by bounds: bounds that are bounds, the order brute force gives, limits kept."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, InfeasibleError, NoPlanError, Plan, Policy, Problem, solve
from capacity.engines.linear.model import LinearModel, build
from capacity.engines.linear.solvers import Solution, solve_arrays
from capacity.engines.mip import bests_by_model
from capacity.engines.rank import OneSet, Parts, Ranking, SetBounds, all_sets, one_set
from capacity.engines.rank.best_first import members
from capacity.engines.rank.ranked import Order, first, in_order
from capacity.engines.risk import at_risk
from capacity.engines.settling import settle
from capacity.rules.objectives import objective_named
from capacity.studies.pareto import pareto
from capacity.synthetic import country
from capacity.tolerances import TIE
from tests.random_problems import random_problem
from tests.small import towns

GOALS = ("travel", "cost", "fair", "reached")


def split_problem(seed: int, **firm: Any) -> Problem:
    """Families may be split, and sometimes a municipality may not, or a rule has a price."""
    rng = np.random.default_rng([seed, 3])
    rules: dict[str, Any] = {"nearest": None} | firm
    if rng.random() < 0.7:
        rules["one_agreement"] = None
    if rng.random() < 0.3 and "prices" not in rules:
        rules["prices"] = {"volume": 1_000.0} if rng.random() < 0.5 else {"region_access": 500.0}
    points, sites = int(rng.integers(3, 8)), int(rng.integers(3, 6))
    try:
        return random_problem(seed, points=points, sites=sites, counts="all", **rules)
    except DataError:  # a price on a rule that is off
        return random_problem(seed, points=points, sites=sites, counts="all", **rules | {"prices": {}})


def goal_of(seed: int, problem: Problem) -> str:
    goal = GOALS[seed % len(GOALS)]
    return "cost" if goal == "fair" and problem.policy.prices else goal


def plan_or_none(problem: Problem, goal: str, engine: str) -> Plan | None:
    try:
        return solve(problem, goal, engine=engine)
    except InfeasibleError:
        return None


# --- bounds -----------------------------------------------------------------------------------------------


def values_of_sets(parts: Parts, sets: Any) -> list[float]:
    """What the model says of each set, by HiGHS with the sites fixed."""
    v = parts.model.variables
    found = []
    for opened in sets:
        answer = solve_arrays(parts.linear.with_fixed(v.open[v.sites], opened[v.sites].astype(float)))
        found.append(answer.objective if answer.values is not None else np.inf)
    return found


def test_any_multipliers_bound_every_set() -> None:
    bounded = impossible = 0
    for seed in range(40):
        problem = split_problem(seed)
        parts = Parts.of(build(problem, objective_named(goal_of(seed, problem))))
        sets = all_sets(problem)
        if not len(sets):
            continue
        bounds, values = SetBounds(parts=parts), np.array(values_of_sets(parts, sets))
        rng = np.random.default_rng(seed)
        rows = len(parts.linear.row_lower)
        for size in (0.0, 0.1, 10.0, 1e4):
            found = bounds.of(members(sets), rng.normal(0, size, rows))
            assert (found <= values + 1e-6 * np.maximum(1, np.abs(values))).all()
            bounded += int(np.isfinite(found).sum())
            ray = rng.normal(0, 1, rows)
            assert np.isinf(values[bounds.impossible(members(sets), ray)]).all()
        for opened in sets:
            relaxed = OneSet(parts, opened).relaxed()
            if relaxed.multipliers is None:
                continue
            if relaxed.value < np.inf:
                assert (bounds.of(members(sets), relaxed.multipliers) <= values + 1e-6 * (1 + np.abs(values))).all()
            for ray in (relaxed.multipliers, -relaxed.multipliers) if relaxed.value == np.inf else ():
                proven = bounds.impossible(members(sets), ray)
                assert np.isinf(values[proven]).all()
                impossible += int(proven.sum())
    assert bounded > 500 and impossible > 20


def test_a_set_is_worked_out_as_the_solver_does() -> None:
    compared = 0
    for seed in range(60):
        problem = split_problem(seed, one_agreement=None)
        parts = Parts.of(build(problem, objective_named(goal_of(seed, problem))))
        sets = all_sets(problem)[:6]
        for opened, value in zip(sets, values_of_sets(parts, sets), strict=True):
            least, values = OneSet(parts, opened).least()
            assert (values is None) == np.isinf(value)
            if values is None:
                continue
            assert least == pytest.approx(value, rel=1e-7, abs=1e-7)
            compared += 1
            assert OneSet(parts, opened).least(cutoff=least - 1e-3 * max(1.0, abs(least)))[1] is None
    assert compared > 50


def test_every_search_of_sizes_may_be_left_to_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = [split_problem(seed, one_agreement=None) for seed in range(30)]
    whole = [plan_or_none(problem, "cost", "rank") for problem in problems]
    monkeypatch.setattr("capacity.engines.rank.one_set.MOST_NODES", 1)
    for problem, plan in zip(problems, whole, strict=True):
        found = first(problem, objective_named("cost"))
        assert found is not None and (found.best is None) == (plan is None)
        if plan is not None and found.best is not None:
            assert found.best.rank.objective == pytest.approx(plan.loss, rel=1e-7)


def test_a_relaxation_that_is_not_settled_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may come while the load of a unit is minimised: the next question must not find that objective."""
    parts = Parts.of(build(cap.denmark({"rules.nearest": False, "finance.counts": "all"}), objective_named("cost")))
    opened = np.isin(parts.model.problem.network.site_ids, ["FA_AALBORG", "FA_HOLBAEK", "FA_ODENSE"])
    one = OneSet(parts, opened)
    asked = itertools.count()
    real = OneSet._run

    def stumbling(self: OneSet, engine: Any) -> Any:
        other = not np.array_equal(engine.getLp().col_cost_, parts.linear.cost[self._free])
        if other and next(asked) == 1:
            raise one_set._UnsettledError
        return real(self, engine)

    monkeypatch.setattr(OneSet, "_run", stumbling)
    monkeypatch.setattr(OneSet, "_by_solver", lambda *_: (np.inf, None))
    assert one.least() == (np.inf, None) and next(asked) == 2
    assert one.least()[0] == pytest.approx(58_739_051.74)


# --- the order ----------------------------------------------------------------------------------------------


def as_the_model(seed: int) -> bool:
    """Whether there was a plan to compare."""
    problem = split_problem(seed)
    goal = goal_of(seed, problem)
    ranked, model = (plan_or_none(problem, goal, engine) for engine in ("rank", "mip"))
    assert (ranked is None) == (model is None)
    if ranked is None or model is None:
        return False
    assert ranked.status == model.status == "optimal"
    assert ranked.record["engine"] == "rank" and ranked.record["ties_compared"]
    assert ranked.loss == pytest.approx(model.loss, rel=1e-7, abs=1e-7)
    assert (ranked.site_ids, ranked.beds) == (model.site_ids, model.beds)
    return True


@pytest.mark.parametrize("block", range(2))
def test_ranking_and_model_give_the_same_plan(block: int) -> None:
    assert sum(as_the_model(seed) for seed in range(30 * block, 30 * block + 30)) > 5


def test_sets_come_in_the_order_of_their_values() -> None:
    listed = 0
    for seed in range(14):
        problem = split_problem(seed)
        goal = objective_named(goal_of(seed, problem))
        model = build(problem, goal)
        each = [settle(model, opened, None) for opened in all_sets(problem)]
        values = sorted(one.rank.objective for one in each if one is not None)
        found = list(in_order(problem, goal, 1_000))
        assert [one.rank.objective for one in found] == pytest.approx(values, rel=1e-6, abs=1e-6)
        assert len({one.rank.site_ids for one in found}) == len(values)
        listed += len(values)
    assert listed > 20


def test_sets_equally_good_come_in_the_order_of_plans() -> None:
    for seed in range(14, 30):
        problem = split_problem(seed)
        goal = objective_named(goal_of(seed, problem))
        for one, other in itertools.pairwise(in_order(problem, goal, 30)):
            assert not other.rank.before(one.rank) or other.rank.objective > one.rank.objective - 1e-7 * abs(
                one.rank.objective
            )


def test_the_order_by_cuts_is_the_order_by_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = towns()
    ranked = [one.rank.site_ids for one in in_order(problem, objective_named("travel"), 3)]
    monkeypatch.setattr("capacity.engines.rank.best_first.MOST_CELLS", 0)
    assert [one.rank.site_ids for one in in_order(problem, objective_named("travel"), 3)] == ranked
    assert len(ranked) == 3


def test_what_others_cost_is_only_bounded_as_far_as_asked() -> None:
    for seed in range(30):
        problem = split_problem(seed)
        goal = objective_named(goal_of(seed, problem))
        listed = [one.rank.objective for one in in_order(problem, goal, 2)]
        order = Order(build(problem, goal), [])
        best = order.first()
        assert (best is None) == (not listed)
        if best is None or len(listed) < 2:
            continue
        room = 1e-6 * max(1.0, abs(listed[1]))
        assert best[1] == pytest.approx(listed[0], rel=1e-7, abs=1e-7)
        assert not order.others_above(listed[1] + room)
        if listed[1] > listed[0] + 3 * room:
            again = Order(build(problem, goal), [])
            again.first()
            assert again.others_above(listed[1] - room)


def test_hints_of_another_problem_change_nothing() -> None:
    goal = objective_named("travel")
    hints: list[Any] = []
    for women in (70, 71, 90, 140):
        problem = cap.denmark({"rules.nearest": False, "demand.women_per_year": women})
        assert Order(build(problem, goal), hints).first() == Order(build(problem, goal), []).first()
    assert hints


# --- limits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("counts", "hours"), [("all", 3_005.04), ("admitted", 3_058.716)])
def test_the_record_says_what_was_done(counts: str, hours: float) -> None:
    plan = solve(cap.denmark({"rules.nearest": False, "finance.counts": counts}))
    record = plan.record
    assert record["engine"] == "rank" and record["sets"] == 1_485
    assert 0 < record["worked_out"] <= record["relaxed"] < 50
    assert "1,485 sets of sites were bounded" in plan.certificate and "few enough to bound" in record["why"]
    assert plan.objective == pytest.approx(hours, rel=1e-5) and plan.gap == 0


@pytest.mark.parametrize(("goal", "counts"), [("cost", "all"), ("travel", "admitted")])
def test_what_is_cut_short_has_a_proven_bound(goal: str, counts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = cap.denmark({"rules.nearest": False, "finance.counts": counts})
    best = solve(problem, goal).loss
    with pytest.raises(NoPlanError, match="limit"):
        solve(problem, goal, time_limit=1e-4, engine="rank")
    steps = itertools.count()
    real = Ranking.step

    def stopped(self: Ranking) -> Any:
        if self.best_known is not None and next(steps) > 1:
            raise KeyboardInterrupt
        return real(self)

    monkeypatch.setattr("capacity.engines.rank.ranked.Ranking.step", stopped)
    plan = solve(problem, goal, engine="rank")
    assert plan.status == "feasible" and plan.record["interrupted"]
    assert plan.bound <= best + 1e-6 * best <= plan.loss + 2e-6 * best
    assert "cut short" in plan.certificate


def test_what_cannot_be_ranked_is_said() -> None:
    with pytest.raises(DataError, match="not everybody must be served"):
        solve(towns({"served": False}), engine="rank")
    assert solve(towns(), "worst").record["engine"] == "mip"
    with pytest.raises(InfeasibleError):
        solve(towns({"volume": 1_000}), engine="rank")


@pytest.mark.parametrize("nearest", [True, False])
def test_who_is_left_out_at_a_price_is_ranked_as_the_model_has_it(nearest: bool) -> None:
    """Women may be left without a bed, all of them too: then there are no units."""
    left_out = without = 0
    for seed in range(24):
        price = float(np.random.default_rng(seed).choice([0.1, 1.0, 4.0])) * (5e4 if seed % 2 else 30.0)
        rules = {"prices": {"served": price}, "region_access": None, **({"nearest": True} if nearest else {})}
        problem = split_problem(seed, **rules)
        goal = "cost" if seed % 2 else "travel"
        ranked, modelled = (plan_or_none(problem, goal, engine) for engine in ("rank", "mip"))
        assert (ranked is None) == (modelled is None), seed
        if ranked is None or modelled is None:
            continue
        assert paid(ranked) == pytest.approx(paid(modelled), rel=1e-7, abs=1e-6), seed
        assert (ranked.site_ids, ranked.beds) == (modelled.site_ids, modelled.beds), seed
        left_out += any(rule == "served" for rule, *_ in ranked.penalties)
        without += not ranked.site_ids
    assert left_out > 3 and without > 0


def paid(plan: Plan) -> float:
    return plan.objective + sum(penalty[-1] for penalty in plan.penalties)


def test_a_price_on_served_takes_no_longer_than_a_second() -> None:
    for goal, price, counts in (("travel", 50.0, "admitted"), ("cost", 20_000.0, "all")):
        problem = cap.denmark({"finance.counts": counts}).replace(policy={"prices": {"served": price}})
        began = time.process_time()
        plan = solve(problem, goal)
        assert time.process_time() - began < 2 and plan.record["engine"] == "rank" and plan.status == "optimal"
        assert plan.penalties


def test_several_scenarios_and_risks_are_ranked_too() -> None:
    free = {"nearest": None, "one_agreement": None, "reach": None, "income": None, "keep": None, "own_region": None}
    problem = random_problem(11, points=6, sites=4, scenarios=3, **free)
    for risk in ("expected", "worst_case", "cvar", "regret"):
        ranked, model = (solve(problem, "travel", risk=risk, engine=engine) for engine in ("rank", "mip"))
        assert ranked.site_ids == model.site_ids and ranked.beds == model.beds
        assert ranked.loss == pytest.approx(model.loss, rel=1e-6)


def test_a_krones_price_is_not_lost_in_the_solvers_tolerance() -> None:
    """HiGHS takes what costs 1e-7 for nothing: a plan 8e-5 above the best was once called optimal."""
    problem = random_problem(41307, points=7, sites=5, scenarios=3, nearest=None, one_agreement=None)
    problem = problem.replace(policy={"prices": {"income": 5e-6, "units": 0.5}})
    ranked, model = (solve(problem, "reached", engine=engine) for engine in ("rank", "mip"))
    assert model.status == "optimal" and model.loss == pytest.approx(ranked.loss, rel=1e-8)


KRONER = (5e-6, 5e-3, 0.5)


def priced_alike(seed: int, price: float) -> bool:
    """Whether there was a plan to compare."""
    problem = random_problem(
        seed,
        points=4,
        sites=4,
        scenarios=2,
        nearest=None,
        one_agreement=None,
        volume=None,
        income={"when": "expected" if seed % 2 else "every_scenario"},
    ).replace(policy={"prices": {"income": price}})
    risk = "expected" if seed % 3 else "regret"
    try:
        plans = [solve(problem, "reached", risk=risk, engine=engine) for engine in ("rank", "mip", "decompose")]
    except InfeasibleError:
        return False
    except DataError as refused:
        # A model refuses in words a price beside which the objective would be lost to rounding.
        if {fault.table for fault in refused.findings} != {"prices"}:
            raise
        return False
    # Regret is a difference of the values in the scenarios.
    room = 1e-7 * max(1.0, *(abs(plan.loss) for plan in plans))
    values = [plan.record.get("risk_value", plan.loss) for plan in plans]
    assert max(values) - min(values) <= room, seed
    return True


@pytest.mark.parametrize("price", KRONER)
def test_a_price_of_a_krone_is_weighed_the_same_by_every_engine(price: float) -> None:
    assert sum(priced_alike(seed, price) for seed in range(12)) > 8


def test_a_front_pays_what_is_expected_to_be_broken() -> None:
    """Prices count by how likely a scenario is, in a front as in a solve."""
    problem = random_problem(
        1,
        points=4,
        sites=4,
        scenarios=2,
        nearest=None,
        one_agreement=None,
        volume={"stays": 6.0, "when": "every_scenario"},
    ).replace(policy={"prices": {"volume": 50.0}})
    front = pareto(problem, ("travel", "beds"))
    assert front.values[0, 0] == pytest.approx(solve(problem, "travel").loss, rel=1e-6)
    for plan, (travel, beds) in zip(front.plans, front.values, strict=True):
        assert plan.penalties and plan.loss == pytest.approx(travel, rel=1e-6) and plan.beds == beds


def test_sets_without_regret_are_equally_good() -> None:
    """Regret near nothing is rounding of the values it is a difference of: fewer beds decide, not the rounding."""
    problem = random_problem(41732, points=3, sites=3, scenarios=2, nearest=None, one_agreement=None)
    ranked, model = (solve(problem, "reached", risk="regret", engine=engine) for engine in ("rank", "mip"))
    assert ranked.record["risk_value"] == model.record["risk_value"] == 0
    assert (ranked.site_ids, ranked.beds) == (model.site_ids, model.beds) == (("s1",), 10)


def test_sets_from_which_nobody_travels_are_equally_good() -> None:
    """Every set costs exactly nothing: the first in the order of plans, at once."""
    near = towns().travel.replace(values=np.zeros((3, 3)))
    plan = solve(towns({"nearest": False}, travel=near), engine="rank", time_limit=5)
    assert (plan.status, plan.objective, plan.site_ids) == ("optimal", 0.0, ("a",))


def test_the_limit_holds_within_one_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole assignments are HiGHS's own search, which gets what is left of the limit; what it has then is kept."""
    problem = country(30, 6, regions=2, seed=3).problem(policy=Policy(units=[4, 4], volume=8, one_agreement=True))
    asked: list[float | None] = []

    def cut_short(model: LinearModel, *, time_limit: float | None = None, **_: Any) -> Solution:
        asked.append(time_limit)
        found = solve_arrays(model)
        return replace(found, outcome="feasible", bound=found.objective / 2)

    monkeypatch.setattr("capacity.engines.rank.one_set.solve_arrays", cut_short)
    plan = solve(problem, engine="rank", time_limit=60)
    assert len(asked) == 1 and asked[0] is not None and 0 < asked[0] <= 60
    assert plan.status == "feasible" and plan.bound < plan.objective


def test_what_counts_as_no_regret_counts_as_a_tie() -> None:
    """A regret of 1e-9 of a scenario's best is none (`risk_of`): so are sets that far apart equally good."""
    problem = random_problem(1, points=4, sites=3, scenarios=2, nearest=None, one_agreement=None)
    travel = objective_named("travel")
    best = bests_by_model(problem, travel).value
    regret = Ranking(build(problem, at_risk(travel, "regret", 0.9, best)))
    assert regret.room(0.0) == pytest.approx(TIE * best.max())
