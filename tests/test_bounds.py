"""Every bound is a bound: never above what some plan has, and never cutting a plan off.

Plans come from plain enumeration (`tests.oracle`): every set of sites and every assignment, whole points or, where
families may be split, halves of them. Sites have limits, floors and existing beds of their own, scenarios weigh
nothing or need not hold, and rules are on, off or have a price.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import (
    Care,
    DataError,
    Finance,
    InfeasibleError,
    Network,
    Policy,
    Problem,
    Scenarios,
    Sizes,
    TravelMatrix,
    solve,
)
from capacity.arrays import Bools, Floats
from capacity.engines.enumerate import space_of, why_not
from capacity.engines.linear.model import build, implied
from capacity.engines.rank import Parts, Ranking, SetBounds, all_sets
from capacity.engines.rank.best_first import members
from capacity.engines.rank.ranked import why_not_ranked
from capacity.rules import RULES, allowed_pairs, allowed_sites
from capacity.rules.bounds import fewest_beds, least_stays, most_units
from capacity.rules.objectives import objective_named
from capacity.studies.levels import DEMAND, levels_of, ordered_sets
from capacity.synthetic import country
from tests.oracle import assignments, judge
from tests.random_problems import random_problem
from tests.small import towns

ROOM = 1e-6
"""What rules and sums may differ by."""

SEEDS = range(16)

MAY_HAVE_PRICE = ("volume", "income", "build_budget", "run_budget", "keep", "forbid", "size_floor", "units", "reach")


@dataclass
class Known:
    """A plan that keeps the rules, as the oracle found it: `where` [i, j] are shares, `value` by objective."""

    open: Bools
    beds: Floats
    where: Floats
    value: dict[str, float]


def varied_problem(seed: int) -> Problem:
    """A small problem in which sites, scenarios and rules all have something of their own."""
    rng = np.random.default_rng([seed, 16])
    nearest = bool(rng.random() < 0.4)
    whole: dict[str, Any] = {} if nearest else {"one_agreement": None}
    problem = random_problem(
        seed, points=3, sites=3, scenarios=int(rng.integers(1, 4)), nearest=nearest or None, **whole
    )
    network, scenarios = problem.network, problem.scenarios
    smallest = rng.choice([0, 0, 2, 3, 5, 8], 3)
    largest = np.maximum(rng.choice([3, 6, 12, 10**6], 3), np.maximum(smallest, problem.sizes.smallest))
    changes: dict[str, Any] = {"network": network.replace(site_smallest=smallest, site_largest=largest)}
    if len(scenarios.ids) > 1 and rng.random() < 0.4:
        chance = scenarios.probability.copy()
        chance[int(rng.integers(1, len(chance)))] = 0.0
        changes["scenarios"] = scenarios.replace(probability=chance / chance.sum())
    if rng.random() < 0.5:
        # What a unit costs and what it carries lie close together, so that its own sizes decide.
        rules = dict.fromkeys(
            ("near_ambulatory", "own_region", "reach", "region_unit", "volume", "build_budget", "run_budget")
        )
        problem = problem.replace(policy={**rules, "income": {"when": "expected"}}, promise={"kind": "loss"})
    changes["finance"] = {
        "unit_dkk_per_year": float(rng.choice([0.2e6, 1e6, 2e6])),
        "day_rate_dkk": float(rng.choice([1_300.0, 2_000.0, 4_800.0])),
        "grant_dkk_per_year": float(rng.choice([0.0, 0.5e6, 2e6])),
    }
    on = [name for name in MAY_HAVE_PRICE if getattr(problem.policy, name) is not None]
    priced = {name: 1e-3 for name in on if rng.random() < 0.15}
    return problem.replace(**changes, policy={"prices": priced})


def in_halves(problem: Problem) -> Problem:
    """Every point as two of half its women: whole assignments of these are split ones of the problem."""
    net, n = problem.network, len(problem.network.point_ids)
    ids = tuple(f"{i}{half}" for i in net.point_ids for half in "ab")
    twice = np.repeat(np.arange(n), 2)
    policy: dict[str, Any] = {}
    if problem.policy.reach is not None:
        said = problem.policy.reach
        policy["reach"] = {"minutes": said.minutes, "exceptions": [i + h for i in said.exceptions for h in "ab"]}
    return problem.replace(
        network=net.replace(point_ids=ids, point_names=ids, point_regions=tuple(net.point_regions[k] for k in twice)),
        scenarios=problem.scenarios.replace(point_ids=ids, women=problem.women[:, twice] / 2),
        travel=problem.travel.replace(origin_ids=ids, values=problem.minutes[twice]),
        policy=policy,
    )


@lru_cache(maxsize=128)
def known_plans(seed: int) -> tuple[Problem, list[Known]]:
    """The problem, and plans that keep every firm rule of it."""
    problem = varied_problem(seed)
    firm = problem.replace(policy=dict.fromkeys(problem.policy.prices) | {"prices": {}})
    split = problem.policy.nearest is None and problem.policy.one_agreement is None
    asked = in_halves(firm) if split else firm
    ids, points = problem.network.site_ids, asked.network.point_ids
    each = 0.5 if split else 1.0
    found = []
    for size in range(1, len(ids) + 1):
        for opened in itertools.combinations(ids, size):
            for where in assignments(asked, opened):
                plan = judge(asked, opened, where, "travel")
                if plan is None:
                    continue
                shares = np.zeros(problem.minutes.shape)
                for i, j in where.items():
                    shares[points.index(i) // (2 if split else 1), ids.index(j)] += each
                goals = {g: judge(asked, opened, where, g) for g in ("cost", "reached")}
                value = {g: one.objective for g, one in goals.items() if one} | {"travel": plan.objective}
                beds = np.array([float(plan.size.get(j, 0)) for j in ids])
                found.append(Known(open=np.isin(ids, opened), beds=beds, where=shares, value=value))
    return problem, found


def stays_of(problem: Problem, plan: Known) -> Floats:
    return problem.women @ plan.where


def test_there_are_plans_to_hold_the_bounds_against() -> None:
    every = [known_plans(seed) for seed in SEEDS]
    assert sum(bool(plans) for _, plans in every) >= 6
    assert sum(len({tuple(p.open) for p in plans}) for _, plans in every) >= 15


# --- what needs no search --------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_has_fewer_stays_beds_or_more_units_than_the_bounds_say(seed: int) -> None:
    problem, plans = known_plans(seed)
    least, most = least_stays(problem), most_units(problem, allowed_sites(problem))
    beds = fewest_beds(problem, 3)
    for plan in plans:
        stays, units = stays_of(problem, plan), int(plan.open.sum())
        for rule in least:
            assert (rule.weight @ stays >= rule.least - ROOM)[plan.open].all()
        assert most >= units
        assert beds[units - 1] <= plan.beds.sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_has_a_unit_or_a_way_that_is_not_allowed(seed: int) -> None:
    problem, plans = known_plans(seed)
    sites, pairs, space = allowed_sites(problem), allowed_pairs(problem), space_of(problem)
    for plan in plans:
        assert sites[plan.open].all()
        assert pairs[plan.where > 0].all()
        opened = set(np.flatnonzero(plan.open).tolist())
        assert set(space.kept) <= opened <= {*space.kept, *space.free}
        assert space.fewest <= len(opened) <= space.most


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_model_is_told_besides_its_rules_cuts_off_no_plan(seed: int) -> None:
    problem, plans = known_plans(seed)
    v = build(problem, objective_named("travel"), cuts=True).variables
    rows = implied(problem, v)
    if not len(rows.lower):
        return
    for plan in plans:
        x = np.zeros(v.count)
        x[v.open[v.sites]] = plan.open[v.sites]
        x[v.size] = (plan.beds[v.size_site] == v.size_beds) & plan.open[v.size_site]
        for s in range(v.scenarios):
            x[v.share(s)] = plan.where[v.pair_point, v.pair_site]
        held = np.bincount(rows.row, rows.coefficient * x[rows.column], minlength=len(rows.lower))
        assert (held >= rows.lower - ROOM).all()
        assert (held <= rows.upper + ROOM).all()


# --- sets of sites, bounded all together -----------------------------------------------------


@pytest.mark.parametrize("goal", ["travel", "cost", "reached"])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_is_better_than_the_bound_of_its_set(seed: int, goal: str) -> None:
    problem, plans = known_plans(seed)
    if goal == "cost" and problem.counts_admitted:
        return
    model = build(problem, objective_named(goal), cuts=True)
    if why_not_ranked(problem, model) is not None or problem.policy.prices:
        return
    parts, sets = Parts.of(model), all_sets(problem)
    best = np.array(
        [min((p.value[goal] for p in plans if (p.open == opened).all()), default=np.inf) for opened in sets]
    )
    room = ROOM * np.maximum(1.0, np.abs(best))
    ranking, bounds = Ranking(model), SetBounds(parts=parts)
    assert (ranking.bound <= best + room).all()
    rng = np.random.default_rng(seed)
    for _ in range(6):
        # Any multipliers give bounds, also such as no relaxation gives; near the best ones they are not empty.
        near = ranking.multipliers * rng.uniform(0.5, 1.5, len(ranking.multipliers))
        far = rng.normal(size=len(near)) * np.abs(ranking.multipliers).max(initial=1.0)
        for multipliers in (near, far):
            assert (bounds.of(members(sets), multipliers) <= best + room).all()
            assert not bounds.impossible(members(sets), multipliers)[np.isfinite(best)].any()
    for found in ranking:
        here = (sets == found.open).all(axis=1)
        assert found.value <= best[here][0] + room[here][0]
        best[here] = np.inf
    assert np.isinf(best).all()


# --- levels of demand in closed form ---------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_a_set_may_open_at_exactly_the_levels_that_closed_form_says(seed: int) -> None:
    others = {rule.name: None for rule in RULES if not rule.says("thresholds") and not rule.frame}
    problem = varied_problem(seed).replace(policy={**others, "nearest": True, "prices": {}})
    assert why_not(problem) is None
    rng = np.random.default_rng(seed)
    now = float(problem.get(DEMAND))
    low, high = 0.05 * now, 6 * now
    levels = np.sort(rng.uniform(low, high, 6))
    sets = ordered_sets(problem, "travel", high)
    known = {tuple(opened): lowest for opened, lowest in zip(sets.open, sets.lowest, strict=True)}
    for size in range(1, 4):
        for opened in itertools.combinations(problem.network.site_ids, size):
            where = next(assignments(problem, opened), None)
            if where is None:
                continue
            here = np.isin(problem.network.site_ids, opened)
            ranges = levels_of(problem, here, low, high)
            used = set(where.values())
            for level in levels:
                if any(abs(level - end) < 1e-6 * level for part in ranges for end in part):
                    continue
                plan = judge(problem.set(DEMAND, float(level)), opened, where, "travel")
                if used != set(opened):
                    continue
                assert any(a < level < b for a, b in ranges) == (plan is not None)
                if plan is not None:
                    assert known[tuple(here)] <= level


# --- faults that were found ------------------------------------------------------------------


def three_towns(smallest: tuple[int, int, int]) -> Problem:
    """A site in each of three towns, an hour apart, with its own smallest size; units live on their income."""
    ids, minutes = ("A", "B", "C"), 60.0 * (1 - np.eye(3))
    return Problem(
        network=Network(
            point_ids=ids,
            point_names=ids,
            point_regions=("N",) * 3,
            site_ids=("a", "b", "c"),
            site_names=("a", "b", "c"),
            site_regions=("N",) * 3,
            site_smallest=np.array(smallest),
        ),
        scenarios=Scenarios(ids=("now",), point_ids=ids, women=np.array([[10.0, 10.0, 4.0]])),
        travel=TravelMatrix(origin_ids=ids, destination_ids=("a", "b", "c"), values=minutes),
        policy=Policy(nearest=True, income=True),
        sizes=Sizes(smallest=2, largest=30),
        finance=Finance(unit_dkk_per_year=1e5, bed_dkk_per_year=1e5, day_rate_dkk=3_000.0, counts="all"),
    )


@pytest.mark.parametrize(("engine", "nearest"), [("enumerate", True), ("mip", True), ("mip", False), ("rank", False)])
def test_a_site_whose_own_smallest_size_is_large_needs_no_more_stays_than_its_beds_cost(
    engine: str, nearest: bool
) -> None:
    """The least of all sites' smallest sizes once stood for each site's own: three units were said to be too many."""
    own = three_towns((12, 12, 2)).set("rules.nearest", nearest)
    floor = three_towns((2, 2, 2)).set("rules.nearest", nearest).set("rules.size_floor", {"a": 12, "b": 12})
    assert own.policy.income.least_stays(own)[0].least == pytest.approx(floor.policy.income.least_stays(floor)[0].least)
    plans = [solve(problem, engine=engine) for problem in (own, floor)]
    assert [plan.site_ids for plan in plans] == [("a", "b", "c")] * 2
    assert [plan.mean_minutes for plan in plans] == [0.0, 0.0]


@pytest.mark.parametrize(("smallest", "split", "near"), [(16, 40.3, 47.4), (20, 41.5, 47.4)])
def test_the_danish_case_with_a_large_smallest_size_in_aalborg(smallest: int, split: float, near: float) -> None:
    for nearest, minutes, engine in ((False, split, "rank"), (True, near, "enumerate"), (True, near, "mip")):
        problem = cap.denmark({"rules.nearest": nearest, "finance.counts": "all"})
        own = np.where(np.isin(problem.network.site_ids, ["FA_AALBORG"]), smallest, problem.network.site_smallest)
        plan = solve(problem.replace(network=problem.network.replace(site_smallest=own)), engine=engine)
        assert plan.mean_minutes == pytest.approx(minutes, abs=0.05)


@pytest.mark.parametrize("engine", ["mip", "rank"])
def test_without_a_promise_everybody_is_at_the_nearest_unit_exactly_and_no_bound_lies_above(engine: str) -> None:
    """The room each criterion leaves the next once sent a share of a point to a lower id: 4e-9 more travel."""
    made = country(60, 20, regions=2, seed=1)
    policy = Policy(units=[4, 4], promise=None)
    plan = solve(made.problem(policy=policy, care=Care(ambulatory_trips_per_week=0.0)), engine=engine)
    hours, opened = plan.problem.hours_per_woman, np.isin(plan.problem.network.site_ids, plan.site_ids)
    nearest = float(plan.problem.expected_women @ hours[:, opened].min(axis=1))
    assert plan.objective == pytest.approx(nearest, rel=1e-12)
    assert plan.bound <= nearest * (1 - 1e-10)
    assert plan.gap == 0


@pytest.mark.parametrize("engine", ["mip", "rank"])
def test_a_site_too_far_to_be_of_use_does_not_keep_fair_from_being_solved(engine: str) -> None:
    problem = towns({"volume": 2})
    far = problem.minutes.copy()
    far[:, 2] = 5_000.0
    without = solve(problem.set("rules.forbid", ["c"]), "fair", engine=engine)
    # What is nearest decides how unequal is unequal: no point has the far site for its nearest.
    plan = solve(problem.replace(travel=problem.travel.replace(values=far)), "fair", engine=engine)
    assert plan.status == "optimal" and plan.site_ids == without.site_ids == ("a", "b")
    with pytest.raises(DataError, match=r"rules\.reach leave out ways above"):
        solve(
            problem.replace(travel=problem.travel.replace(values=far)).set("rules.keep", ["c"]), "fair", engine=engine
        )


@pytest.mark.parametrize("rule", [{"build_budget": 1e6}, {"region_access": {"share": 1.0, "minutes": 1}}])
def test_the_exact_engine_says_that_there_is_no_plan(rule: dict[str, Any]) -> None:
    """It once said that none of the sets it had listed was proven to be the best, or that units are not fixed."""
    problem = towns({"nearest": True, "units": [2, 2], **rule}, care={"ambulatory_trips_per_week": 0.0})
    for engine in ("enumerate", "exact"):
        with pytest.raises(InfeasibleError):
            solve(problem, engine=engine)
