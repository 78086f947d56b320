"""Sets grown and exchanged where families use their nearest unit: bounds below the truth, and no plan lost."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from capacity import Care, Finance, Policy, Problem, solve
from capacity.engines.clock import Clock
from capacity.engines.question import Question
from capacity.engines.tree import exchanges, growing
from capacity.engines.tree.exchanges import Exchanges
from capacity.engines.tree.growing import Growing
from capacity.engines.tree.nearest_sets import NearestSets
from capacity.engines.tree.relaxation import Multipliers, View, climb
from capacity.engines.tree.search import Search
from capacity.engines.tree.statement import Statement
from capacity.rules.objectives import TRAVEL
from capacity.synthetic import country


def made(seed: int, scenarios: int = 1, **rules: object) -> Problem:
    """A country in which volume and access bind."""
    asked = {"units": [2, 4], "volume": 9.0, "region_access": {"share": 0.5, "minutes": 100}} | rules
    return country(24, 10, regions=3, seed=seed).problem(
        scenarios=scenarios,
        policy=Policy(nearest=True, **asked),
        care=Care(ambulatory_trips_per_week=0.0),
        finance=Finance(counts="all"),
    )


def stated(problem: Problem) -> tuple[Statement, NearestSets]:
    question = Question(problem=problem, goal=TRAVEL)
    return Statement.of(question), NearestSets(question)


def plans_of(problem: Problem, judge: NearestSets, units: tuple[int, int]) -> dict[tuple[int, ...], float]:
    """Every set of sites that is a plan, and what it comes to."""
    found = {}
    for k in range(units[0], units[1] + 1):
        for sites in itertools.combinations(range(len(problem.network.site_ids)), k):
            opened = np.zeros(len(problem.network.site_ids), dtype=bool)
            opened[list(sites)] = True
            plan = judge.settled(opened)
            if plan is not None:
                found[sites] = plan.rank.objective
    return found


def grown(statement: Statement, at: Multipliers, bound: float, limit: float, *, lowest: bool) -> dict[frozenset, float]:
    """Sets that may be plans, and their bounds."""
    view = View(statement, statement.kept, statement.free)
    growth, found = Growing(view, at, bound), {}
    while growth.waiting:
        whole = growth.step(limit, lowest=lowest)
        if whole is not None:
            for columns, low in zip(whole.columns.tolist(), whole.bound.tolist(), strict=True):
                found[frozenset(view.columns[columns].tolist())] = low
    return found


@pytest.mark.parametrize("lowest", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 6])
def test_no_plan_is_lost_and_none_is_bounded_above_its_value(
    seed: int, lowest: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "CELLS", 2_000)
    problem = made(seed, scenarios=1 + 2 * (seed % 2))
    statement, judge = stated(problem)
    truth = plans_of(problem, judge, (2, 4))
    draw = np.random.default_rng(seed)
    far = np.where(np.isfinite(statement.cost), statement.cost, 0.0).max(axis=1)
    guessed = Multipliers(
        point=draw.random(len(statement.weight)) * far, row=draw.random(len(statement.rows)) * float(far.mean())
    )
    start = Multipliers(point=far / 2, row=np.zeros(len(statement.rows)))
    raised = climb(View(statement, statement.kept, statement.free), start, 60, min(truth.values()), lambda: False).at
    for at in (guessed, raised):
        found = grown(statement, at, 0.0, max(truth.values()), lowest=lowest)
        assert all(frozenset(sites) in found for sites in truth)
        assert all(found[frozenset(sites)] <= value * (1 + 1e-9) for sites, value in truth.items())


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 6])
def test_a_bound_from_elsewhere_is_not_added_to_what_a_site_costs_more(seed: int) -> None:
    problem = made(seed)
    statement, judge = stated(problem)
    truth = plans_of(problem, judge, (2, 4))
    best = min(truth, key=truth.__getitem__)
    draw = np.random.default_rng(seed)
    at = Multipliers(point=draw.random(len(statement.weight)) * 60, row=np.zeros(len(statement.rows)))
    # All sets lie above the best one: so much is known, and these multipliers say far less.
    found = grown(statement, at, truth[best] * (1 - 1e-9), truth[best] * (1 + 1e-9), lowest=True)
    assert frozenset(best) in found


@pytest.mark.parametrize("scenarios", [1, 3])
def test_the_neighbours_of_a_set_are_worked_out_together(scenarios: int) -> None:
    problem = made(4, scenarios=scenarios, volume=6.0, region_access={"share": 0.5, "minutes": 140})
    statement, _ = stated(problem)
    walking = Exchanges(statement, problem.nearness[problem.expected_women > 0])
    units = np.array([1, 4, 7])
    none, into = walking._none, np.append(np.setdiff1d(statement.free, units), walking._none)
    around, out = walking._around(units, into), np.append(walking._none, units)
    broken = 0
    for (r, gone), (c, come) in itertools.product(enumerate(out.tolist()), enumerate(into.tolist())):
        sites = [*(u for u in units.tolist() if u != gone), *([come] if come != none else [])]
        near = walking._place[:, sites].argmin(axis=1)
        load = np.bincount(near, statement.weight, len(sites))
        value = walking._cost[np.arange(len(near)), np.array(sites)[near]].sum()
        short = (np.maximum(walking._least[sites] - load, 0.0) / walking._least[sites]).sum()
        lack = 0.0
        for one in walking._coverages:
            counts = one.pairs[np.arange(len(one.points)), np.array(sites)[near[one.points]]]
            missing = one.lower - one.amount @ counts - one.opened[:, sites].sum(axis=1)
            lack += (np.maximum(missing, 0.0) / np.abs(one.amount).sum(axis=1)).sum()
        assert around.value[r, c] == pytest.approx(value)
        assert around.short[r, c] == pytest.approx(short, abs=1e-12)
        assert around.lack[r, c] == pytest.approx(lack, abs=1e-12)
        broken += short > 0 or lack > 0
    assert 0 < broken < out.size * into.size


def test_exchanges_come_by_the_best_plan_of_a_country_with_too_many_sets() -> None:
    problem = country(150, 40, seed=5).problem(
        policy=Policy(nearest=True, units=[3, 6], volume=9.0), care=Care(ambulatory_trips_per_week=0.0)
    )
    statement, judge = stated(problem)
    search = Search(statement, judge, Clock(None), quick=judge)
    opened = np.zeros(40, dtype=bool)
    opened[:3] = True
    judge.walk(search, opened)
    assert search.best is not None
    assert search.best.rank.objective == pytest.approx(solve(problem).objective)


def test_sets_that_are_no_plans_end_the_exchanges(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = made(1)
    statement, _ = stated(problem)
    walking = Exchanges(statement, problem.nearness[problem.expected_women > 0])
    monkeypatch.setattr(exchanges, "MOST_REFUSED", 2)
    asked: list[bytes] = []
    opened = np.zeros(10, dtype=bool)
    opened[:2] = True
    walking.walk(opened, np.inf, lambda one: asked.append(one.tobytes()), lambda: False)
    assert len(asked) == 3


def test_exchanges_keep_what_must_be_open_and_the_number_of_units() -> None:
    problem = made(2, units=[3, 3], keep=["s0001"])
    statement, _ = stated(problem)
    walking = Exchanges(statement, problem.nearness[problem.expected_women > 0])
    seen: list[np.ndarray] = []
    opened = np.zeros(10, dtype=bool)
    opened[statement.kept] = opened[[5, 6]] = True
    walking.walk(opened, np.inf, lambda one: seen.append(one), lambda: False)
    assert seen and all(one.sum() == 3 and one[statement.kept].all() for one in seen)
