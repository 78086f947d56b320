"""Two engines and brute force give the same plan, on random problems with random rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity import Care, DataError, InfeasibleError, NoPlanError, Plan, Policy, Problem, solve
from capacity.engines.enumerate import combinations, space_of, why_not
from capacity.engines.p_median import why_no_medians
from capacity.rules.objectives import OBJECTIVES, TRAVEL
from capacity.synthetic import country
from tests.oracle import Answer, best_plan, most_stays
from tests.random_problems import random_problem
from tests.small import towns
from tests.varied import as_before, question

GOALS = [name for name, goal in OBJECTIVES.items() if goal.has_rows]
"""What every engine knows; the others have tests of their own."""


def plan_or_none(problem: Problem, goal: str, engine: str, **options: object) -> Plan | None:
    try:
        return solve(problem, goal, engine=engine, **options)  # type: ignore[arg-type]  # test options
    except InfeasibleError:
        return None


def assert_same(plan: Plan | None, answer: Answer | None) -> None:
    assert (plan is None) == (answer is None)
    if plan is None or answer is None:
        return
    assert plan.status == "optimal"
    assert plan.loss == pytest.approx(answer.objective, rel=1e-7, abs=1e-7)
    assert plan.site_ids == answer.sites
    assert plan.beds == answer.beds
    # Without `nearest`, equally good assignments may put the same beds elsewhere.
    if plan.problem.policy.nearest:
        assert dict(zip(plan.site_ids, plan.unit_table["beds"], strict=True)) == answer.size


def as_brute_force(seed: int) -> bool:
    """Whether there is a plan, by every set of sites and by the model; families at their nearest unit."""
    problem, goal = random_problem(seed, nearest=True), GOALS[seed % len(GOALS)]
    answer = best_plan(problem, goal)
    for engine in ("enumerate", "mip"):
        try:
            found = plan_or_none(problem, goal, engine)
        except DataError:
            # What admitted stays cost is no row.
            assert engine == "mip" and problem.counts_admitted
            continue
        assert_same(found, answer)
    return answer is not None


@pytest.mark.parametrize("block", range(5))
def test_both_engines_find_the_plan_brute_force_finds(block: int) -> None:
    """100 random problems under `nearest`, all objectives, ties included (`tests.campaign_engines` has more)."""
    assert sum(as_brute_force(seed) for seed in range(20 * block, 20 * block + 20)) > 2


def as_brute_force_with_whole_assignments(seed: int) -> None:
    problem = random_problem(seed, points=4, sites=3, one_agreement=True, nearest=None)
    assert_same(plan_or_none(problem, GOALS[seed % len(GOALS)], "mip"), best_plan(problem, GOALS[seed % len(GOALS)]))


@pytest.mark.parametrize("block", range(3))
def test_the_model_finds_the_plan_brute_force_finds_with_whole_assignments(block: int) -> None:
    for seed in range(20 * block, 20 * block + 20):
        as_brute_force_with_whole_assignments(seed)


def test_fewer_rules_never_cost_more() -> None:
    """Split <= whole <= nearest: each adds a rule to the one before."""
    compared = 0
    for seed in range(40):
        values = []
        for firm in (
            {"one_agreement": None, "nearest": None},
            {"one_agreement": True, "nearest": None},
            {"one_agreement": True, "nearest": True},
        ):
            plan = plan_or_none(random_problem(seed, points=4, sites=3, counts="all", **firm), "travel", "mip")
            values.append(np.inf if plan is None else plan.objective)
        assert values[0] <= values[1] + 1e-6
        assert values[1] <= values[2] + 1e-6
        compared += np.isfinite(values[0])
    assert compared > 10


def test_split_assignments_agree_with_a_linear_program() -> None:
    """Without whole assignments: every set of sites and sizes, the rest by scipy's LP."""
    from scipy.optimize import linprog

    for seed in range(12):
        rng = np.random.default_rng(seed)
        women = rng.uniform(1, 8, 3)
        scenarios = towns().scenarios.replace(women=women[None, :])
        network = towns().network.replace(site_largest=rng.integers(5, 12, 3))
        problem = towns({"volume": 3, "units": [1, 3]}, scenarios=scenarios, network=network)
        best = np.inf
        for mask in range(1, 8):
            sites = [j for j in range(3) if mask >> j & 1]
            most = [most_stays(problem.promise, int(problem.size_limits[1][j]), 180) for j in sites]
            cost = (women[:, None] * problem.hours_per_woman[:, sites]).ravel()
            each = np.kron(np.eye(3), np.ones(len(sites)))
            unit = np.eye(len(sites))
            load = np.array([np.tile(unit[k], 3) * np.repeat(women, len(sites)) for k in range(len(sites))])
            answer = linprog(
                cost, A_ub=np.vstack([load, -load]), b_ub=[*most, *[-3.0] * len(sites)], A_eq=each, b_eq=np.ones(3)
            )
            if answer.status == 0:
                best = min(best, answer.fun)
        plan = plan_or_none(problem, "travel", "mip")
        assert (plan is None) == np.isinf(best)
        if plan is not None:
            assert plan.objective == pytest.approx(best, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_relabelling_changes_nothing_but_labels(seed: int) -> None:
    """Renaming points and turning the tables over gives the same plan."""
    problem = random_problem(seed, nearest=True, reach=None)
    turned = np.arange(len(problem.network.point_ids))[::-1]
    net = problem.network
    names = tuple(f"q{k}" for k in range(len(turned)))
    other = problem.replace(
        network=net.replace(
            point_ids=names, point_names=names, point_regions=tuple(net.point_regions[k] for k in turned)
        ),
        scenarios=problem.scenarios.replace(point_ids=names, women=problem.women[:, turned]),
        travel=problem.travel.replace(origin_ids=names, values=problem.minutes[turned]),
    )
    one, two = (plan_or_none(p, "travel", "enumerate") for p in (problem, other))
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert one.objective == pytest.approx(two.objective)
        assert one.unit_table["site_id"] == two.unit_table["site_id"]
        assert one.unit_table["beds"] == two.unit_table["beds"]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), more=st.integers(1, 5))
def test_more_capacity_never_costs_more(seed: int, more: int) -> None:
    problem = random_problem(seed, nearest=True, income=None, build_budget=None, run_budget=None)
    larger = problem.replace(
        network=problem.network.replace(site_largest=problem.network.site_largest + more),
        sizes={"largest": problem.sizes.largest + more},
    )
    one, two = (plan_or_none(p, "travel", "enumerate") for p in (problem, larger))
    assert one is None or (two is not None and two.objective <= one.objective + 1e-9)


def test_prices_agree_between_the_engines() -> None:
    """A rule with a price is weighed the same by rows and by arrays."""
    priced = (
        "volume",
        "income",
        "units",
        "region_access",
        "reach",
        "near_ambulatory",
        "own_region",
        "keep",
        "forbid",
        "region_unit",
        "build_budget",
        "run_budget",
    )
    paid = 0
    for seed in range(60):
        problem = random_problem(seed, counts="all", nearest=True)
        on = [r for r in priced if r in problem.policy.on]
        if not on:
            continue
        scale = 1e-6 if on[0] in ("income", "build_budget", "run_budget") else 1.0
        problem = problem.replace(policy={"prices": {on[0]: 10 * scale}})
        one, two = (plan_or_none(problem, "travel", engine) for engine in ("enumerate", "mip"))
        assert (one is None) == (two is None)
        if one is not None and two is not None:
            assert one.objective == pytest.approx(two.objective, rel=1e-7)
            assert one.site_ids == two.site_ids
            paid += bool(one.penalties)
            assert one.objective == pytest.approx(one.objectives["travel"] + sum(x[3] for x in one.penalties))
    assert paid > 5


@pytest.mark.parametrize("goal", ["worst", "fair", "cost"])
def test_several_prices_beside_every_objective(goal: str) -> None:
    """The model weighs several prices as enumeration does, or says that it cannot (fair is a logarithm)."""
    compared = 0
    for seed in range(30):
        problem = random_problem(seed, counts="all", nearest=True)
        prices = {"volume": 5.0, "region_access": 50.0, "units": 5.0, "reach": 0.5}
        prices = {rule: price for rule, price in prices.items() if rule in problem.policy.on}
        if not prices:
            continue
        problem = problem.replace(policy={"prices": prices})
        if goal == "fair":
            with pytest.raises(DataError, match="every set valued"):
                solve(problem, goal, engine="mip")
            continue
        one, two = (plan_or_none(problem, goal, engine) for engine in ("enumerate", "mip"))
        assert (one and (one.site_ids, round(one.objective, 6))) == (two and (two.site_ids, round(two.objective, 6)))
        compared += one is not None
    assert goal == "fair" or compared > 5


@pytest.mark.parametrize("engine", ["mip", "rank", "decompose"])
def test_a_price_beside_which_the_objective_is_lost_is_refused(engine: str) -> None:
    off = ("nearest", "one_agreement", "income", "units", "volume", "region_access", "own_region", "reach", "forbid")
    problem = random_problem(3, scenarios=2, **dict.fromkeys(off), build_budget=14e6)
    with pytest.raises(DataError) as caught:
        solve(problem.replace(policy={"prices": {"build_budget": 1e6}}), engine=engine)
    (found,) = caught.value.findings
    assert (found.table, found.column, found.value) == ("prices", "build_budget", "1e+06")
    most = float(found.remedy.split("at most ")[1].split(", or")[0].replace(",", ""))
    plan = solve(problem.replace(policy={"prices": {"build_budget": 0.9 * most}}), engine=engine)
    assert plan.status == "optimal"


def test_a_firm_rule_is_the_limit_of_a_high_price() -> None:
    firm = solve(towns({"volume": 4}), engine="mip")
    dear = solve(towns({"volume": 4, "prices": {"volume": 1e6}}), engine="mip")
    assert dear.site_ids == firm.site_ids and not dear.penalties
    cheap = solve(towns({"volume": 4, "prices": {"volume": 1.0}}), engine="mip")
    assert cheap.site_ids == ("a", "b", "c")
    ((rule, key, short, paid),) = cheap.penalties
    assert (rule, key) == ("volume", ("c",))
    assert short == pytest.approx(2) and paid == pytest.approx(2)


def test_unserved_women_at_a_price() -> None:
    """Serving C costs 2 x 2 x 5 minutes a week: 8.57 hours a woman; it pays at 9, not at 8."""
    rules = {"served": True, "forbid": ["a", "b"]}
    some = solve(towns({**rules, "prices": {"served": 9.0}}), engine="mip")
    assert some.figures["served_share"] == pytest.approx(2 / 18)
    assert sum(x[2] for x in some.penalties) == pytest.approx(16)


def test_combinations_are_all_subsets_in_order() -> None:
    import itertools

    for items in range(1, 8):
        for size in range(1, items + 1):
            expected = list(itertools.combinations(range(items), size))
            assert [tuple(row) for row in combinations(items, size)] == expected
    assert combinations(3, 0).shape == (1, 0)


def test_the_space_counts_its_sets() -> None:
    problem = towns({"nearest": True, "units": [1, 2], "keep": ["a"]})
    assert space_of(problem).sets == 3
    assert space_of(towns({"nearest": True, "volume": 7})).most == 2
    assert why_not(towns()) is not None


def test_enumeration_says_when_it_cannot() -> None:
    with pytest.raises(DataError, match="nearest"):
        solve(towns(), engine="enumerate")
    with pytest.raises(DataError, match="engine"):
        solve(towns(), engine="guess")
    with pytest.raises(DataError, match="time limit"):
        solve(towns(), time_limit=-1)
    with pytest.raises(DataError, match="objective"):
        solve(towns(), "happiness")
    priced = towns({"nearest": True, "prices": {"promise": 1.0}})
    assert solve(priced).record["engine"] == "rank"


def level_ambulatories(problem: Problem) -> Problem:
    """The same problem without trips to ambulatories: the nearest unit is then the least travel."""
    return problem.replace(care={"ambulatory_trips_per_week": 0.0})


def as_enumerated(seed: int) -> bool:
    """Whether the exact engine had an answer itself; random rules and many ties."""
    p = seed % 3 + 1
    problem = level_ambulatories(
        random_problem(seed, points=6, sites=6, counts="all", nearest=True, units=(p, p), volume=None, income=None)
    )
    if why_no_medians(problem, TRAVEL):
        return False
    one = plan_or_none(problem, "travel", "enumerate")
    try:
        two = plan_or_none(problem, "travel", "exact")
    except NoPlanError:
        return False
    assert (one is None) == (two is None)
    if one is None or two is None:
        return False
    assert two.record["engine"] in ("exact", "mip") and two.status == "optimal"
    assert (one.site_ids, one.beds) == (two.site_ids, two.beds)
    assert one.objective == pytest.approx(two.objective, rel=1e-9)
    return bool(two.record["engine"] == "exact")


@pytest.mark.parametrize("block", range(2))
def test_the_exact_engine_finds_the_plan_enumeration_finds(block: int) -> None:
    """The same plan, or a clear word that another engine is needed."""
    assert sum(as_enumerated(seed) for seed in range(40 * block, 40 * block + 40)) > 5


def test_auto_says_which_engine_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "few enough" in solve(towns({"nearest": True})).record["why"]
    assert solve(towns({"nearest": True}), engine="mip").record["why"] == "asked for"
    assert "nearest" in solve(towns()).record["why"]
    monkeypatch.setattr("capacity.engines.enumerate.MOST_SETS", 10)
    made = country(30, 12, regions=2, seed=1)
    problem = made.problem(policy=Policy(nearest=True, units=[3, 3]), care=Care(ambulatory_trips_per_week=0.0))
    plan = solve(problem)
    assert plan.record["engine"] == "exact" and "p-median" in plan.record["why"]
    assert plan.status == "optimal" and plan.gap == 0
    assert plan.site_ids == solve(problem, engine="enumerate").site_ids == solve(problem, engine="mip").site_ids


def test_the_exact_engine_says_when_it_cannot() -> None:
    for policy, word in (
        ({}, "nearest"),
        ({"nearest": True}, "number of units"),
        ({"nearest": True, "units": [1, 1], "prices": {"units": 1.0}}, "price"),
    ):
        with pytest.raises(DataError, match=word):
            solve(towns(policy), engine="exact")
    one = towns({"nearest": True, "units": [1, 1]})
    with pytest.raises(DataError, match="travel only"):
        solve(one, "worst", engine="exact")
    with pytest.raises(DataError, match="travel only"):
        solve(one, engine="exact", risk="worst_case")
    with pytest.raises(DataError, match="ambulatories differ"):
        solve(one.replace(care={"ambulatory_trips_per_week": 9.0}), engine="exact")


def test_an_exact_run_cut_short_is_feasible() -> None:
    made = country(300, 100, regions=2, seed=1)
    problem = made.problem(policy=Policy(nearest=True, units=[10, 10]), care=Care(ambulatory_trips_per_week=0.0))

    def cut_short(limit: float) -> Plan | None:
        try:
            return solve(problem, time_limit=limit, engine="exact")
        except NoPlanError:
            return None

    # On a busy machine nothing may be known after so little.
    plan = next(plan for limit in (0.02, 0.1, 0.5, 5.0) if (plan := cut_short(limit)) is not None)
    assert plan.status in ("feasible", "optimal")
    assert plan.bound <= solve(problem, engine="exact").objective * (1 + 1e-9)


def test_a_solvers_tolerance_costs_no_bed() -> None:
    """A unit filled to its limit: settling ties once gave it a bed more, and the plan a cost it need not have."""
    problem = random_problem(15, scenarios=4, nearest=None, one_agreement=None)
    if problem.policy.income is not None:
        problem = problem.replace(policy={"income": {"when": "every_scenario"}})
    plan = solve(problem, "cost", engine="mip")
    assert (plan.site_ids, plan.beds) == (("s0", "s3"), 13)
    assert plan.objective == pytest.approx(8_204_447.119, rel=1e-9)


@pytest.mark.parametrize("engine", ["mip", "rank"])
def test_where_nothing_costs_anything_everybody_is_served_all_the_same(engine: str) -> None:
    """No costs, no visits, the first site: the criteria of settling said nothing of who goes where, and nobody went."""
    asked = question(7035, as_before(7035))
    plan = solve(asked.problem, asked.objective, engine=engine)
    assert plan.objective == 0 and plan.figures["served_share"] == pytest.approx(1)
