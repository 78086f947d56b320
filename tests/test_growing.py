"""Sets grown site by site: every plan below the limit is among them, at any multipliers, and no bound is above it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest

from capacity import Care, Finance, Policy, Problem
from capacity.engines.clock import Clock
from capacity.engines.enumerate import opened_blocks
from capacity.engines.linear.model import build
from capacity.engines.question import Question
from capacity.engines.settling_small import settle_small
from capacity.engines.tree import growing
from capacity.engines.tree.growing import Growing, GrowingSplit
from capacity.engines.tree.nearest_sets import NearestSets
from capacity.engines.tree.relaxation import Multipliers, View
from capacity.engines.tree.search import Search
from capacity.engines.tree.split_sets import SplitSets
from capacity.engines.tree.statement import Statement
from capacity.rules.objectives import TRAVEL
from capacity.synthetic import country

CLOSE = 1e-9

Sites = tuple[int, ...]

VARIETIES: dict[str, dict[str, object]] = {
    "volume and access": {"volume": 9.0, "region_access": {"share": 0.5, "minutes": 90}},
    "access that cannot be had by few": {"region_access": {"share": 0.7, "minutes": 60}, "units": [1, 4]},
    "two scenarios": {"scenarios": 2, "volume": 11.0, "region_access": {"share": 0.4, "minutes": 80}},
    "units that can be full": {"largest": 26, "volume": 5.0, "units": [3, 4]},
    "places out of reach": {"reach": 170, "volume": 6.0, "units": [3, 4]},
    "income": {"income": True, "units": [2, 3]},
    "a site that is kept": {"keep": True, "volume": 8.0, "region_access": {"share": 0.4, "minutes": 80}},
}


def made(seed: int, *, scenarios: int = 1, largest: int | None = None, **policy: object) -> Problem:
    problem = country(20, 8, regions=3, seed=seed).problem(
        scenarios=scenarios,
        policy=Policy(**{"units": [2, 4], "nearest": True} | {k: v for k, v in policy.items() if k != "keep"}),
        care=Care(ambulatory_trips_per_week=0.0),
    )
    if policy.get("keep"):
        problem = problem.replace(policy={"keep": [problem.network.site_ids[seed % 8]]})
    if largest is not None:
        problem = problem.replace(network=problem.network.replace(site_largest=np.full(8, largest)))
    return problem


def plans(problem: Problem) -> dict[Sites, float]:
    """What each set of sites comes to, of those that keep the rules: each is valued by itself."""
    question = Question(problem=problem, goal=TRAVEL)
    judge, known = NearestSets(question), {}
    for opened in np.concatenate(list(opened_blocks(problem, question.space))):
        plan = judge.settled(opened)
        if plan is not None:
            known[tuple(np.flatnonzero(opened).tolist())] = plan.rank.objective
    return known


def views(problem: Problem, rng: np.random.Generator) -> Iterator[tuple[View, Multipliers]]:
    """The root, and a node with one more open site, each at multipliers good and bad."""
    statement = Statement.of(Question(problem=problem, goal=TRAVEL))
    low = np.where(np.isfinite(statement.cost), statement.cost, np.inf).min(axis=1)
    for opened in (statement.kept, np.union1d(statement.kept, statement.free[:1])):
        free = np.setdiff1d(statement.free, opened)
        for times in (1.0, 2.5):
            at = Multipliers(
                point=low * rng.uniform(0.8, times + 0.2, len(low)),
                row=rng.uniform(0, 40, len(statement.rows)) * (times > 1),
            )
            yield View(statement, opened, free), at


def grown(growing_sets: Growing, limit: float) -> dict[Sites, float]:
    """Sets that come out, and their bounds."""
    found: dict[Sites, float] = {}
    whole = growing_sets.step(limit)
    if whole is not None:
        for opened, bound in zip(growing_sets.opened(whole), whole.bound.tolist(), strict=True):
            sites = tuple(np.flatnonzero(opened).tolist())
            assert sites not in found, "a set comes once"
            found[sites] = bound
    return found


def within(sites: Sites, opened: np.ndarray, free: np.ndarray) -> bool:
    """Whether a set is one that may grow out of some open sites and some that may be."""
    return set(opened) <= set(sites) <= set(opened) | set(free)


@pytest.mark.parametrize("variety", VARIETIES)
def test_every_plan_below_the_limit_comes_out_and_no_bound_is_above_it(
    variety: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "CELLS", 1_500)
    looked = 0
    for seed in range(2):
        problem, rng = made(seed, **VARIETIES[variety]), np.random.default_rng(seed)
        known = plans(problem)
        values = sorted(known.values())
        for view, at in views(problem, rng):
            forced = view.columns[: view.forced]
            inside = {sites: value for sites, value in known.items() if set(forced.tolist()) <= set(sites)}
            for limit in (np.inf, values[len(values) // 3] if values else 1e9):
                sets = Growing(view, at, 0.0)
                missing = {sites: value for sites, value in inside.items() if value <= limit}
                came: set[Sites] = set()
                while sets.waiting:
                    # What has not come out yet waits, and its bound is not above it.
                    left = list(sets.left())
                    for sites, value in missing.items():
                        bounds = [bound for bound, opened, free in left if within(sites, opened, free)]
                        assert len(bounds) == 1 and bounds[0] <= value * (1 + CLOSE)
                        looked += 1
                    for sites, bound in grown(sets, limit).items():
                        assert sites not in came, "a set comes once"
                        came.add(sites)
                        assert sites not in inside or bound <= inside[sites] * (1 + CLOSE)
                        missing.pop(sites, None)
                assert not missing
    assert looked > 20


def test_sets_that_cannot_hold_the_rules_are_not_grown() -> None:
    problem = made(1, volume=14.0, region_access={"share": 0.6, "minutes": 80})
    statement = Statement.of(Question(problem=problem, goal=TRAVEL))
    view = View(statement, statement.kept, statement.free)
    at = Multipliers(point=np.zeros(len(statement.weight)), row=np.zeros(len(statement.rows)))
    sets, came = Growing(view, at, 0.0), 0
    while sets.waiting:
        came += len(grown(sets, np.inf))
    everything = sum(1 for k in range(2, 5) for _ in itertools.combinations(range(8), k))
    assert came < everything / 4


@pytest.mark.parametrize("counts", ["all", "admitted"])
def test_where_families_may_be_split_no_set_that_keeps_the_rules_of_every_scenario_is_left_out(
    counts: Literal["all", "admitted"],
) -> None:
    looked = refused = 0
    for seed in range(3):
        problem = country(12, 6, regions=2, seed=seed).problem(
            scenarios=1 + seed,
            policy=Policy(units=[2, 3], volume=16.0, region_access={"share": 0.6, "minutes": 90}),
            care=Care(ambulatory_trips_per_week=0.0),
            finance=Finance(counts=counts),
        )
        question = Question(problem=problem, goal=TRAVEL)
        statement = Statement.of(question)
        judge = SplitSets(question, statement)
        view = View(statement, statement.kept, statement.free)
        low, rng = statement.cost.min(axis=1), np.random.default_rng(seed)
        at = Multipliers(point=low * rng.uniform(0.8, 2.0, len(low)), row=rng.uniform(0, 9, len(statement.rows)))
        sets, came = GrowingSplit(view, at, 0.0), dict[Sites, float]()
        while sets.waiting:
            came |= grown(sets, np.inf)
        for opened in np.concatenate(list(opened_blocks(problem, question.space))):
            plan = settle_small(build(problem, TRAVEL, among=opened, cuts=True), opened, clock=Clock(None))
            sites = tuple(np.flatnonzero(opened).tolist())
            if plan is None:
                refused += sites not in came
                assert judge.settled(opened) is None
            else:
                assert came[sites] <= plan.rank.objective * (1 + CLOSE)
                assert judge.settled(opened) is not None
                looked += 1
    assert looked > 5 and refused > 5


def test_after_exchanges_no_plan_that_shares_all_units_but_one_is_better() -> None:
    problem = made(0, volume=5.0, region_access={"share": 0.3, "minutes": 100}, units=[3, 4])
    question, known = Question(problem=problem, goal=TRAVEL), plans(problem)
    statement, judge = Statement.of(question), NearestSets(question)
    looking = Search(statement, judge, question.clock, quick=judge)
    worst = max(known, key=lambda sites: known[sites])
    start = judge.settled(np.isin(np.arange(8), worst))
    assert start is not None
    looking.offer(start)
    judge.walk(looking, start.open)
    best = looking.best
    assert best is not None and best.rank.objective < known[worst]
    found = set(np.flatnonzero(best.open).tolist())
    near = [value for sites, value in known.items() if len(found - set(sites)) <= 1 and len(set(sites) - found) <= 1]
    assert best.rank.objective <= min(near) * (1 + CLOSE)
