"""Scenarios taken apart: the same plan as the whole model, whatever the rules, and a clear word where it cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest

from capacity import DataError, Finance, InfeasibleError, NoPlanError, Plan, Policy, Problem, SolverError, solve
from capacity.engines.decompose.coupling import Coupled
from capacity.engines.decompose.decomposing import columns_of, why_not_apart
from capacity.engines.decompose.decomposition import Decomposition
from capacity.engines.decompose.recourse import Recourse, cut
from capacity.engines.decompose.stage_parts import together
from capacity.engines.decompose.stages import split
from capacity.engines.enumerate import Ranked
from capacity.engines.settling import Settled
from capacity.rules import Shares, allowed_sites
from capacity.rules.objectives import COST, OBJECTIVES, TRAVEL, Objective
from capacity.synthetic import country
from tests.random_problems import random_problem
from tests.varied import as_before, question

SPLIT: dict[str, Any] = {"nearest": None, "one_agreement": None}


Counts = Literal["all", "admitted"]


def whole_and_apart(problem: Problem, objective: str, **risk: Any) -> tuple[Plan, Plan] | None:
    """Both engines' plans; None where both say that there is none."""
    try:
        whole = solve(problem, objective, engine="mip", solver="HiGHS-arrays", **risk)
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            solve(problem, objective, engine="decompose", **risk)
        return None
    apart = solve(problem, objective, engine="decompose", **risk)
    assert apart.status == "optimal" and apart.record["engine"] == "decompose"
    return whole, apart


def at_prices(problem: Problem, seed: int) -> Problem:
    """Some of the rules may be broken at a price."""
    rng = np.random.default_rng([seed, 9])
    names = [name for name in problem.policy.on if name not in ("open_only", "one_size")]
    some = rng.choice(names, min(len(names), int(rng.integers(1, 4))), replace=False).tolist()
    money = ("income", "build_budget", "run_budget")
    return problem.replace(
        policy={"prices": {n: float(rng.choice([0.5, 5, 50, 500])) * (1e-4 if n in money else 1) for n in some}}
    )


def same_plan(seed: int, objective: str) -> bool:
    """Whether there was a plan to compare."""
    both = whole_and_apart(random_problem(seed, scenarios=4, **SPLIT), objective)
    if both is None:
        return False
    whole, apart = both
    assert apart.objective == pytest.approx(whole.objective, rel=1e-6)
    assert apart.units["site_id"].tolist() == whole.units["site_id"].tolist()
    assert apart.beds == whole.beds
    assert apart.objectives["travel"] == pytest.approx(whole.objectives["travel"], rel=1e-6)
    return True


APART = tuple(name for name, goal in OBJECTIVES.items() if goal.one_stage and goal.has_rows)
"""Objectives whose scenarios can be taken apart; of the others it is said that they cannot."""


@pytest.mark.parametrize("objective", APART)
def test_it_finds_the_plan_of_the_whole_model(objective: str) -> None:
    """All rules, averages and budgets included, sizes and ties; a unit that nobody uses stays closed."""
    assert sum(same_plan(seed, objective) for seed in range(15)) > 3


PRICED = ("travel", "cost", "worst", "reached")


def same_at_prices(seed: int, objective: str) -> bool:
    """Whether there was a plan to compare."""
    both = whole_and_apart(at_prices(random_problem(seed, scenarios=4, **SPLIT), seed), objective)
    if both is None:
        return False
    assert both[1].bound == pytest.approx(both[0].bound, rel=2e-6, abs=1e-6)
    return True


@pytest.mark.parametrize("objective", PRICED)
def test_rules_with_prices(objective: str) -> None:
    """What averages, budgets and single scenarios are broken by is paid as in the whole model."""
    assert sum(same_at_prices(seed, objective) for seed in range(10)) > 5


RISKY = (("travel", "worst_case"), ("cost", "cvar"), ("reached", "cvar"), ("travel", "regret"), ("cost", "regret"))


def same_at_risk(seed: int, objective: str, risk: str) -> bool:
    """Whether there was a plan to compare."""
    problem = random_problem(seed, scenarios=3, **SPLIT)
    both = whole_and_apart(at_prices(problem, seed) if seed % 2 else problem, objective, risk=risk, level=0.5)
    if both is None:
        return False
    sign = OBJECTIVES[objective].sign
    value, bound = (sign * both[0].record[name] for name in ("risk_value", "risk_bound"))
    room = 2e-6 * max(1.0, abs(value), both[1].objective)
    # The whole model's plan is worked out again from rounded values, so it may be a little worse.
    assert bound - room <= sign * both[1].record["risk_value"] <= value + room
    return True


@pytest.mark.parametrize(("objective", "risk"), RISKY)
def test_risks(objective: str, risk: str) -> None:
    assert sum(same_at_risk(seed, objective, risk) for seed in range(9)) > 3


def whole_choice(state: Decomposition, rng: np.random.Generator) -> Any:
    """Some sites open, each with one of its larger sizes."""
    v, x = state.stages.variables, np.zeros(len(state.stages.cost))
    for k, j in enumerate(v.sites.tolist()):
        sizes = v.size[v.size_site == j]
        if rng.random() < 0.7:
            x[k] = x[sizes[int(len(sizes) * rng.random() ** 0.3) - 1]] = 1.0
    return x


@pytest.mark.parametrize("priced", [False, True])
def test_cuts_hold_at_every_choice_of_units(priced: bool) -> None:
    """Also where least stays make the recourse rise with every unit opened, and where women are missing."""
    compared = 0
    for seed in range(8):
        problem = random_problem(
            seed, scenarios=2, **SPLIT, volume={"stays": 2.0, "when": "every_scenario"}, units=None
        )
        state = _state(at_prices(problem, seed) if priced else problem, TRAVEL)
        rng = np.random.default_rng(seed)
        points = [whole_choice(state, rng) for _ in range(6)]
        for second in state.stages.scenarios:
            prices = rng.random(len(state.stages.least)) * (rng.random(len(state.stages.least)) < 0.3)
            cost = second.cost - second.coupling.back(prices, len(second.cost))
            served = [state.recourse.solve(second, x, cost) for x in points]
            for one, x in zip(served, points, strict=True):
                paid = cost if one.women is not None else np.zeros(len(cost))
                constant, coefficient = cut(second, one.duals, paid, x)
                for at, other in zip(points, served, strict=True):
                    bound = constant + float(coefficient @ at)
                    truth = other.value if one.women is not None else other.missing
                    assert bound <= truth + 1e-6 * max(1.0, abs(bound))
                    compared += 1
    assert compared > 500


def test_scenarios_as_one_ask_no_more_than_they_do() -> None:
    """The mean of what is done in each scenario keeps the rows of their mean, at no lower cost."""
    compared = 0
    for seed in range(10):
        state = _state(random_problem(seed, scenarios=4, **SPLIT, own_region=None), COST)
        groups = [[s for s in range(4) if state.problem.must_hold[s] == hold] for hold in (True, False)]
        for x in [whole_choice(state, np.random.default_rng(seed + k)) for k in range(4)]:
            for group in groups:
                scenarios = [state.stages.scenarios[s] for s in group]
                mean = together(scenarios) if scenarios else None
                if mean is None:
                    continue
                served = [state.recourse.solve(one, x, one.cost) for one in scenarios]
                if all(one.women is not None for one in served):
                    found = Recourse().solve(mean, x, mean.cost)
                    assert found.women is not None
                    assert found.value <= sum(one.value for one in served) * (1 + 1e-9) + 1e-9
                    compared += 1
    assert compared > 10


def test_rows_over_all_scenarios_are_held_by_prices() -> None:
    """At one choice of units: the value of the extensive form of these scenarios."""
    compared = 0
    for seed in range(40):
        problem = random_problem(seed, scenarios=3, **SPLIT, volume={"stays": 3.0, "when": "average"})
        state = _state(problem, TRAVEL)
        coupled: Coupled = state.all
        x = whole_choice(state, np.random.default_rng(seed))
        found = coupled.together(state.recourse, x, np.zeros(len(coupled.least)), lambda: None)
        value = _extensive(state, x)
        if value is None:
            assert found.missing
        else:
            assert found.value == pytest.approx(value, rel=1e-6, abs=1e-6)
            assert found.bound <= found.value + 1e-6 * max(1.0, found.value)
            brought = sum(o.times(w, len(coupled.least)) for o, w in zip(coupled.over, found.women, strict=True))
            assert (brought >= coupled.needed(x) - 1e-6).all()
            compared += 1
    assert compared > 2


def _state(problem: Problem, objective: Objective) -> Decomposition:
    return Decomposition(problem, objective, None, split(problem, objective))


def _extensive(state: Decomposition, x: Any) -> float | None:
    """All scenarios in one linear problem."""
    from scipy.optimize import linprog

    stages, count = state.stages, len(state.stages.scenarios)
    sizes = [len(second.cost) for second in stages.scenarios]
    starts = np.cumsum([0, *sizes])
    rows, limits = [], []
    short = np.zeros((len(stages.least), starts[-1]))
    upper = np.zeros(starts[-1])
    for k in range(count):
        second, here = stages.scenarios[k], slice(starts[k], starts[k + 1])
        matrix = np.zeros((len(second.low), starts[-1]))
        np.add.at(matrix, (second.matrix.row, starts[k] + second.matrix.column), second.matrix.value)
        shift = second.first.times(x, len(second.low))
        for sign, side in ((1.0, second.high - shift), (-1.0, -(second.low - shift))):
            rows.append(sign * matrix[np.isfinite(side)])
            limits.append(side[np.isfinite(side)])
        np.add.at(short, (second.coupling.row, starts[k] + second.coupling.column), -second.coupling.value)
        upper[here] = second.upper(x)
    rows.append(short)
    limits.append(-state.all.needed(x))
    cost = np.concatenate([second.cost for second in stages.scenarios])
    found = linprog(cost, np.vstack(rows), np.concatenate(limits), bounds=np.stack([np.zeros(len(upper)), upper], 1))
    return float(found.fun) if found.status == 0 else None


@pytest.mark.parametrize("counts", ["all", "admitted"])
def test_the_whole_model_is_never_built_above_its_limit(counts: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.engines.mip.MOST_COLUMNS", 100)
    monkeypatch.setattr("capacity.engines.decompose.decomposing.PAYS_FROM", 50)
    monkeypatch.setattr("capacity.engines.rank.best_first.MOST_SHARES", 50)
    problem = country(12, 5, regions=2, seed=2).problem(
        scenarios=6, policy=Policy(units=[1, 3]), finance=Finance(counts=counts)
    )
    assert columns_of(problem) == 12 * 5 * 6
    plan = solve(problem)
    assert plan.record["engine"] == "decompose" and "360 columns" in plan.record["why"]
    with pytest.raises(DataError, match="up to 100 columns"):
        solve(problem, engine="mip")
    assert solve(problem.replace(policy={"volume": {"stays": 4, "when": "average"}})).record["engine"] == "decompose"
    assert solve(problem, risk="cvar").record["engine"] == "decompose"
    shared = problem.replace(policy={"one_agreement": True})
    assert solve(shared).record["engine"] == "rank"


def test_many_scenarios_are_taken_apart_where_that_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = country(12, 5, regions=2, seed=2).problem(scenarios=6, policy=Policy(units=[1, 3]))
    assert solve(problem).record["engine"] == "rank"
    monkeypatch.setattr("capacity.engines.rank.best_first.MOST_SHARES", 50)
    whole = solve(problem)
    monkeypatch.setattr("capacity.engines.decompose.decomposing.PAYS_FROM", 350)
    apart = solve(problem)
    assert (whole.record["engine"], apart.record["engine"]) == ("mip", "decompose")
    assert (apart.site_ids, apart.beds) == (whole.site_ids, whole.beds)
    assert apart.objective == pytest.approx(whole.objective, rel=1e-6)


def test_what_cannot_be_taken_apart_is_said_before_it_starts() -> None:
    problem = country(8, 3, regions=2, seed=0).problem(scenarios=2)
    assert why_not_apart(problem) is None
    with pytest.raises(DataError, match="one assignment"):
        solve(problem.replace(policy={"nearest": True}), engine="decompose")
    with pytest.raises(DataError, match="sums over women"):
        solve(problem, "worst", engine="decompose", risk="cvar")
    with pytest.raises(DataError, match="fair"):
        solve(problem.replace(policy={"units": [1, 2], "prices": {"units": 1.0}}), "fair", engine="decompose")


def test_a_unit_that_nobody_would_use_is_used_all_the_same() -> None:
    """Two units are asked for and one would do: somebody is sent to the other, as little as counts as use."""
    problem = country(6, 2, regions=1, seed=4).problem(
        scenarios=3, policy=Policy(units=[2, 2], near_ambulatory=None), women_per_year=10.0
    )
    minutes = problem.minutes.copy()
    minutes[:, 1] = minutes[:, 0] + 30.0
    problem = problem.replace(travel=replace(problem.travel, values=minutes))
    both = whole_and_apart(problem, "travel")
    assert both is not None
    assert len(both[1].units) == 2 and (both[1].units["stays"] > 0).all()
    assert both[1].objective == pytest.approx(both[0].objective, rel=1e-6)


def test_a_mean_that_bends_is_settled_with_its_cuts_or_left_to_the_model() -> None:
    """Scenario by scenario little is said of what is admitted on average; a refusal of the whole model came of it."""
    problem = country(8, 3, regions=2, seed=4).problem(scenarios=2, policy=Policy(units=[1, 3]))
    most = min(solve(problem).unit_table["stays"])
    for share in (0.5, 1.02):
        asked = problem.replace(policy={"volume": {"stays": share * most, "when": "average"}})
        assert asked.counts_admitted and not asked.policy["volume"].in_rows(asked)
        plan, whole = (solve(asked, engine=engine) for engine in ("decompose", "mip"))
        assert plan.status == whole.status == "optimal"
        assert plan.objective == pytest.approx(whole.objective, rel=1e-7) and plan.site_ids == whole.site_ids


def test_many_scenarios_and_a_time_limit() -> None:
    problem = country(12, 6, regions=2, seed=1).problem(
        scenarios=30, policy=Policy(units=[1, 3], volume=6, served=True)
    )
    plan = solve(problem, engine="decompose")
    assert plan.status == "optimal"
    try:
        short = solve(problem, engine="decompose", time_limit=0.2)
    except NoPlanError:
        return
    assert short.bound <= plan.objective * (1 + 1e-6)


def test_more_scenarios_than_one_block_are_split_alike() -> None:
    """Blocks of any size give the same two stages."""
    problem = country(10, 4, regions=2, seed=3).problem(
        scenarios=30, policy=Policy(units=[1, 3], volume=3, run_budget=1e9, region_access={"share": 0.5, "minutes": 90})
    )
    one = split(problem, TRAVEL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("capacity.engines.decompose.stages.BLOCK", 7)
        other = split(problem, TRAVEL)
    assert len(one.rows) == len(other.rows)
    np.testing.assert_allclose(one.least, other.least)
    for a, b in zip(one.scenarios, other.scenarios, strict=True):
        np.testing.assert_allclose(a.cost, b.cost, rtol=1e-9)
        np.testing.assert_allclose(a.low, b.low)
        np.testing.assert_allclose(a.coupling.value, b.coupling.value, rtol=1e-9)
    assert len({id(second.matrix) for second in one.scenarios}) == 1


def test_nobody_asks_for_nothing() -> None:
    """Points where nobody needs a stay in a scenario weigh nothing in it, priced rules or not."""
    base = random_problem(3, scenarios=2, **SPLIT, reach=None, own_region=True)
    women = base.women.copy()
    women[1, 2:] = 0.0
    problem = base.replace(
        scenarios=replace(base.scenarios, women=women), policy={"prices": {"own_region": 5.0, "served": 50.0}}
    )
    both = whole_and_apart(problem, "travel")
    if both is not None:
        assert both[1].bound == pytest.approx(both[0].bound, rel=1e-6)


def test_who_stands_for_nobody_takes_no_bed() -> None:
    """A size that carries everybody carries them, and not a hair more for each point where nobody needs a stay."""
    base = random_problem(3, scenarios=2, **SPLIT)
    women = np.zeros_like(base.women)
    women[0, :2], women[1, :] = (1.0, 2.0), 1.0
    problem = base.replace(scenarios=replace(base.scenarios, women=women, must_hold=np.ones(2, dtype=bool)))
    second = split(problem, TRAVEL).scenarios[0]
    above = -second.first.value - women[0].sum()
    assert (above == 0).any() and not ((above > 0) & (above < 1e-6)).any()


def test_a_unit_that_just_everybody_of_a_scenario_keeps_in_use_may_open() -> None:
    """One woman in one scenario, and one stay at least in every scenario: the unit is opened, not proven away."""
    q = question(910021, as_before(910021))
    volume = q.problem.policy.volume
    assert volume and q.problem.women.sum(axis=1).min() == volume.stays
    both = whole_and_apart(q.problem, q.objective)
    assert both is not None
    whole, apart = both
    assert apart.site_ids == whole.site_ids == ("s0",)
    assert apart.objective == pytest.approx(whole.objective, rel=1e-8)


def test_a_plan_is_worth_no_more_than_its_bound_but_for_smaller_sizes() -> None:
    """What rounding took off the value would win a tie; what smaller sizes took off is real."""
    state = _state(random_problem(5, scenarios=2, **SPLIT), TRAVEL)
    rank = Ranked(objective=100.0, beds=8, cost=1e6, site_ids=("s0",))
    opened = np.zeros(len(state.problem.network.site_ids), dtype=bool)
    plan = Settled(open=opened, beds=opened.astype(np.int64), shares=Shares.summed((2, 5, 4), [], []), rank=rank)
    assert state._at_least(plan, 100.0 + 3e-7).rank.objective == 100.0 + 3e-7
    assert state._at_least(plan, 101.0).rank.objective == state._at_least(plan, 99.0).rank.objective == 100.0


def test_a_high_price_of_what_rounding_breaks_hides_no_tie() -> None:
    """Seventeen beds do what twenty do: the master had it at 3e-10 of a broken rule, which cost more than a tie may."""
    problem = random_problem(80109, points=5, sites=5, scenarios=2, nearest=None, one_agreement=None)
    problem = problem.replace(policy={"prices": {"region_unit": 5000.0, "size_floor": 5000.0}})
    plan = solve(problem, engine="decompose")
    assert plan.beds == solve(problem, engine="rank").beds == 17


def test_where_no_site_may_open_nobody_is_served() -> None:
    asked = question(7336, as_before(7336))
    assert not allowed_sites(asked.problem).any()
    plan = solve(asked.problem, asked.objective, engine="decompose")
    whole = solve(asked.problem, asked.objective, engine="mip")
    assert plan.status == "optimal" and plan.site_ids == () and plan.objective == whole.objective


def test_regret_where_who_goes_where_costs_nothing() -> None:
    """Only units and beds cost: the regret was measured in a unit of nothing, and no tie was ever compared."""
    asked = question(20352, as_before(20352))
    plan = solve(asked.problem, asked.objective, engine="decompose", risk="regret")
    assert plan.site_ids == ("s0", "s1", "s2") and plan.record["risk_value"] == 0 and plan.record["risk_bound"] == 0


def test_where_a_solver_is_lost_in_the_scenarios_the_whole_model_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = country(12, 5, regions=2, seed=2).problem(scenarios=6, policy=Policy(units=[1, 3]))
    whole = solve(problem, engine="mip")

    def lost(*_: object, **__: object) -> None:
        raise SolverError("HiGHS failed on the rows over all scenarios: Unknown.")

    monkeypatch.setattr("capacity.engines.decompose.decomposing.solve_apart", lost)
    assert solve(problem, engine="decompose").site_ids == whole.site_ids
    # Where that would be too large to build, it is said.
    monkeypatch.setattr("capacity.engines.decompose.decomposing.PAYS_FROM", 50)
    with pytest.raises(SolverError, match="all scenarios"):
        solve(problem, engine="decompose")


def test_an_objective_that_is_not_planned_scenario_by_scenario_is_refused() -> None:
    with pytest.raises(DataError, match="not planned scenario by scenario"):
        solve(random_problem(0, scenarios=4, **SPLIT), "worst_off", engine="decompose")


@pytest.mark.parametrize("seed", range(12))
def test_the_public_cost_is_taken_apart_as_the_cost_is_where_everybody_is_at_a_unit(seed: int) -> None:
    ways = {"residential": 1e6, "none": 3e6}
    problem = random_problem(seed, scenarios=4, prices={}, **SPLIT).replace(pathways=ways)
    both = whole_and_apart(problem, "public_cost")
    if both is None:
        return
    whole, apart = both
    assert apart.objective == pytest.approx(whole.objective, rel=1e-9) and apart.site_ids == whole.site_ids
    assert apart.bound <= apart.objective and apart.bound == pytest.approx(apart.objective, rel=1e-6)
    assert apart.objective == pytest.approx(apart.objectives["cost"] + 1e6 * problem.expected_women.sum())


def test_what_women_at_no_unit_cost_the_public_is_not_taken_apart() -> None:
    ways = {"residential": 1e6, "none": 3e6}
    problem = random_problem(1, scenarios=4, **SPLIT).replace(pathways=ways, policy={"prices": {"served": 1e6}})
    with pytest.raises(DataError, match="not planned scenario by scenario"):
        solve(problem, "public_cost", engine="decompose")


@pytest.mark.parametrize("risk", ["worst_case", "regret", "cvar"])
@pytest.mark.parametrize("seed", [1, 3])
def test_a_risk_of_the_public_cost_is_taken_apart_too(seed: int, risk: Any) -> None:
    """Pathways differ between scenarios as the women do: what each adds counts where scenarios are compared."""
    ways = {"residential": 1e6, "none": 3e6}
    problem = random_problem(seed, scenarios=3, prices={}, **SPLIT).replace(pathways=ways)
    both = whole_and_apart(problem, "public_cost", risk=risk, level=0.5)
    assert both is not None
    whole, apart = both
    assert apart.record["risk_value"] == pytest.approx(whole.record["risk_value"], rel=1e-8, abs=1e-2)
    assert apart.record["risk_bound"] <= apart.record["risk_value"] and apart.site_ids == whole.site_ids
