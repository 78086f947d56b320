"""The engine `tree`: the same plans as every other engine, bounds below the truth, and always a plan with a gap."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pytest

from capacity import Care, Finance, InfeasibleError, Policy, Problem, solve
from capacity.engines import settling_small
from capacity.engines.choose import REGISTRY
from capacity.engines.clock import Clock
from capacity.engines.enumerate import keeps_rules, opened_blocks
from capacity.engines.linear.model import build
from capacity.engines.question import Found, Question
from capacity.engines.settling import settle
from capacity.engines.settling_small import settle_small
from capacity.engines.tree import engine, medians, nearest_sets, search, split_sets, work
from capacity.engines.tree.relaxation import Multipliers, View, climb
from capacity.engines.tree.search import Search
from capacity.engines.tree.split_sets import SplitSets
from capacity.engines.tree.statement import Statement
from capacity.rules import NearestPlans
from capacity.rules.objectives import TRAVEL
from capacity.synthetic import country
from capacity.testing import check_engine

CLOSE = 1e-9

Counts = Literal["all", "admitted"]


@pytest.fixture
def deep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small problems go through the whole tree, which they would not need."""
    monkeypatch.setattr(search, "FEW_SETS", 2)
    monkeypatch.setattr(split_sets, "MANY_SETS", 2)
    monkeypatch.setattr(work, "medians", lambda *_: medians.Medians(bound=0.0, proven=False, start=()))


def made(seed: int, *, scenarios: int = 1, trips: float = 0.0, counts: Counts = "all", **policy: object) -> Problem:
    """A country in which volume and access bind, more or less."""
    rules = {"units": [2, 4], "volume": 9.0, "region_access": {"share": 0.5, "minutes": 100}} | policy
    return country(24, 10, regions=3, seed=seed).problem(
        scenarios=scenarios,
        policy=Policy(**{name: value for name, value in rules.items() if value is not None}),
        care=Care(ambulatory_trips_per_week=trips),
        finance=Finance(counts=counts),
    )


def same(problem: Problem, other: str) -> bool:
    """Whether the tree has the plan of another engine, or both prove that there is none."""
    try:
        theirs = solve(problem, engine=other)
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            solve(problem, engine="tree")
        return False
    ours = solve(problem, engine="tree")
    assert ours.status == "optimal" and ours.record["ties_compared"]
    assert (ours.site_ids, ours.beds) == (theirs.site_ids, theirs.beds)
    assert ours.objective == pytest.approx(theirs.objective, rel=CLOSE)
    assert ours.bound <= ours.objective
    return True


@pytest.mark.usefixtures("deep")
def test_deep_in_the_tree_the_laws_of_an_engine_hold() -> None:
    assert check_engine("tree", count=12, seed=40, objectives=["travel", "reached"]).answered == 12


@pytest.mark.usefixtures("deep")
@pytest.mark.parametrize(("trips", "counts"), [(0.0, "all"), (2.0, "all"), (0.0, "admitted")])
def test_with_families_at_their_nearest_unit_it_agrees_with_valuing_every_set(trips: float, counts: Counts) -> None:
    common: dict[str, Any] = {"nearest": True, "trips": trips, "counts": counts}
    found = [
        same(made(seed, scenarios=1 + 2 * (seed % 2), volume=volume, **common), "enumerate")
        for seed in range(2)
        for volume in (None, 14.0, {"stays": 8.0, "when": "every_scenario"})
    ]
    assert any(found) and not all(found)


@pytest.mark.usefixtures("deep")
def test_where_families_may_be_split_it_agrees_with_the_ranking() -> None:
    found = [same(made(seed, units=[2, 3], volume=13.0, scenarios=1 + seed % 2), "rank") for seed in range(4)]
    assert sum(found) >= 2


@pytest.mark.usefixtures("deep")
def test_where_money_counts_who_is_admitted_it_agrees_with_the_model() -> None:
    """A mean over two scenarios bends: sets are not ranked by rows then."""
    asked = [made(seed, units=[2, 3], volume=20.0, scenarios=1 + seed % 2, counts="admitted") for seed in range(2)]
    assert all(same(problem, "mip") for problem in asked)


def test_where_no_rule_binds_the_sets_with_the_least_travel_are_enough() -> None:
    plan = solve(made(3, nearest=True, volume=None, region_access=None), engine="tree")
    assert plan.status == "optimal" and plan.record["nodes"] == 0
    assert plan.site_ids == solve(made(3, nearest=True, volume=None, region_access=None), engine="mip").site_ids


def test_many_scenarios_that_must_hold_are_stood_for_by_few() -> None:
    problem = made(1, nearest=True, scenarios=30, volume={"stays": 5.0, "when": "every_scenario"})
    assert same(problem, "enumerate")


# --- bounds ----------------------------------------------------------------------------------------


def statements() -> Iterator[tuple[Problem, Statement]]:
    for seed, nearest in itertools.product(range(3), (True, None)):
        problem = made(seed, nearest=nearest, units=[2, 3], volume=9.0)
        yield problem, Statement.of(Question(problem=problem, goal=TRAVEL))
    for nearest in (True, None):
        problem = made(1, nearest=nearest, units=[2, 3], volume=20.0, scenarios=2, counts="admitted")
        yield problem, Statement.of(Question(problem=problem, goal=TRAVEL))


def values(problem: Problem, statement: Statement) -> dict[tuple[int, ...], float]:
    """What each set of sites comes to, of those that keep the rules."""
    question = Question(problem=problem, goal=TRAVEL)
    judge = nearest_sets.NearestSets(question) if statement.rank is not None else SplitSets(question, statement)
    sets = np.concatenate(list(opened_blocks(problem, question.space)))
    plans = ((tuple(np.flatnonzero(opened).tolist()), judge.settled(opened)) for opened in sets[:60])
    return {sites: plan.rank.objective for sites, plan in plans if plan is not None}


def test_no_multipliers_bound_a_set_above_its_value() -> None:
    rng, looked = np.random.default_rng(0), 0
    for problem, statement in statements():
        every = np.arange(statement.cost.shape[1])
        view = View(statement, every[:0], every)
        low = np.where(np.isfinite(statement.cost), statement.cost, np.inf).min(axis=1)
        known = values(problem, statement)
        for _ in range(4):
            at = Multipliers(point=low * rng.uniform(0.5, 3.0, len(low)), row=rng.uniform(0, 50, len(statement.rows)))
            start, site = view.sites(at)
            relaxed = view.relax(at)
            for sites, value in known.items():
                assert start + site[list(sites)].sum() <= value * (1 + CLOSE)
                assert relaxed.value <= value * (1 + CLOSE)
                looked += 1
            closed, opened = view.closable(relaxed, min(known.values(), default=0.0))
            best = min(known, key=lambda sites: known[sites], default=())
            assert not closed[list(best)].any()
            assert not known or set(np.flatnonzero(opened)) <= set(best)
    assert looked > 30


def test_steps_raise_the_bound() -> None:
    for _, statement in statements():
        every = np.arange(statement.cost.shape[1])
        view = View(statement, every[:0], every)
        first = Multipliers(point=statement.cost.min(axis=1), row=np.zeros(len(statement.rows)))
        before = view.relax(first).value
        climbed = climb(view, first, 60, 1.3 * before, lambda: False)
        assert climbed.relaxed.value > before
        assert view.relax(climbed.at).value == climbed.relaxed.value


@pytest.mark.parametrize("counts", ["all", "admitted"])
def test_a_set_settled_quickly_is_the_set_settled(counts: Counts) -> None:
    compared = 0
    for seed in range(4):
        more = {"income": True} if seed == 3 and counts == "all" else {}
        problem = made(seed, units=[2, 3], scenarios=1 + seed % 2, counts=counts, **more)
        sets = np.concatenate(list(opened_blocks(problem, Question(problem=problem, goal=TRAVEL).space)))
        whole = build(problem, TRAVEL, cuts=True)
        for opened in sets[:: len(sets) // 6]:
            one = settle(whole, opened)
            other = settle_small(build(problem, TRAVEL, among=opened, cuts=True), opened, clock=Clock(None))
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                assert one.rank.objective == pytest.approx(other.rank.objective, rel=CLOSE)
                assert one.beds.tolist() == other.beds.tolist()
                assert (
                    np.abs(one.shares.by_pair(one.shares.share) - other.shares.by_pair(other.shares.share)).max() < 1e-6
                )
                compared += 1
    assert compared > 3


def test_a_set_settled_on_a_core_of_its_shares_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling_small, "MANY", 0)
    monkeypatch.setattr(settling_small, "_surely", lambda *_: None)
    monkeypatch.setattr(settling_small, "settle_set", lambda *_: None)  # nothing else may answer
    compared = 0
    for seed in range(4):
        problem = made(seed, units=[2, 3], scenarios=1 + seed % 3, region_access={"share": 0.2, "minutes": 120})
        sets = np.concatenate(list(opened_blocks(problem, Question(problem=problem, goal=TRAVEL).space)))
        for opened in sets[:: len(sets) // 6]:
            model = build(problem, TRAVEL, among=opened)
            one, other = settle(model, opened), settle_small(model, opened, clock=Clock(None))
            if one is None or other is None:
                assert other is None
                continue
            assert one.rank.objective == pytest.approx(other.rank.objective, rel=CLOSE)
            assert (one.rank.beds, one.rank.cost) == pytest.approx((other.rank.beds, other.rank.cost))
            compared += 1
    assert compared > 3


# --- always a plan -----------------------------------------------------------------------------------


def test_a_tree_cut_short_has_a_plan_and_a_bound() -> None:
    problem = country(150, 40, seed=5).problem(
        policy=Policy(nearest=True, units=[3, 6], volume=9.0), care=Care(ambulatory_trips_per_week=0.0)
    )
    heard = []
    plan = solve(problem, engine="tree", tell=lambda said: heard.append(said) or None)
    assert plan.status == "optimal" and heard

    question = Question(problem=problem, goal=TRAVEL)
    statement = Statement.of(question)
    judge = nearest_sets.NearestSets(question)
    looking = Search(statement, judge, question.clock, quick=judge)
    best = np.isin(np.array(problem.network.site_ids), plan.site_ids)
    judge.improve(looking, best)
    assert looking.best is not None and looking.best.rank.site_ids == plan.site_ids
    assert not looking.ties_compared


def test_where_the_tree_takes_long_another_engine_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PATIENCE", {True: 0.0, False: 0.0})
    monkeypatch.setattr(work, "medians", lambda *_: medians.Medians(bound=0.0, proven=False, start=(0, 1)))
    monkeypatch.setattr("capacity.engines.enumerate.SECONDS", 1e3)
    monkeypatch.setattr("capacity.engines.rank.ranked.SECONDS", 1e3)
    plan = solve(made(1, trips=2.0, nearest=True))
    assert plan.status == "optimal" and plan.record["engine"] == "mip"
    assert "had not ended" in plan.record["why"]
    weak = Question(problem=made(1, scenarios=3), goal=TRAVEL, clock=Clock(1e-3))
    assert engine._patience(weak) < 1e-3


def test_where_no_engine_ends_a_plan_found_by_its_travel_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LARGE", 1)
    for name in ("rank", "mip", "decompose"):
        monkeypatch.setattr(type(REGISTRY[name]), "solve", lambda *_: Found(outcome="unknown"))
    plan = solve(made(1), "cost", time_limit=30.0)
    assert plan.status == "feasible" and plan.record["engine"] == "tree" and plan.bound <= plan.objective
    assert "by its travel" in plan.certificate
    assert engine.first_plan(Question(problem=made(1), goal=TRAVEL)) is None


def test_what_the_tree_leaves_to_others() -> None:
    tree = REGISTRY["tree"]
    unserved = made(0).replace(policy={"served": None})
    assert "without a bed" in str(tree.why_not(Question(problem=unserved, goal=TRAVEL)))
    priced = made(0).replace(policy={"prices": {"volume": 100.0}})
    assert "has a price" in str(tree.why_not(Question(problem=priced, goal=TRAVEL)))
    assert "travel only" in str(tree.why_not(Question(problem=made(0), goal=TRAVEL, risk="worst_case")))
    assert tree.why_not(Question(problem=made(0, one_agreement=True), goal=TRAVEL)) is None


# --- plans that are hard to come by -----------------------------------------------------------------


def test_a_scenario_in_which_a_set_fails_joins_the_few() -> None:
    problem = made(
        2, nearest=True, scenarios=40, units=[3, 5], volume=None, region_access={"share": 0.5, "minutes": 80}
    )
    judge = nearest_sets.NearestSets(Question(problem=problem, goal=TRAVEL))
    before, joined = judge.few, 0
    for opened in itertools.islice(opened_blocks(problem, Question(problem=problem, goal=TRAVEL).space), 1):
        kept, _ = keeps_rules(judge.few, NearestPlans(judge.few, opened, judge.pairs))
        passing = [one for one in opened[kept] if judge.settled(one) is None]
        list(judge.kept(np.array(passing[:20]), np.inf))
        joined = len(judge.few.scenarios.ids) - len(before.scenarios.ids)
        still, _ = keeps_rules(judge.few, NearestPlans(judge.few, np.array(passing[:20]), judge.pairs))
        assert not still.any() and joined
    # What the few refuse breaks a rule of the problem.
    every = np.concatenate(list(opened_blocks(problem, Question(problem=problem, goal=TRAVEL).space)))
    refused = every[~keeps_rules(judge.few, NearestPlans(judge.few, every, judge.pairs))[0]]
    assert not keeps_rules(problem, NearestPlans(problem, refused, judge.pairs))[0].any()


def test_sets_drawn_at_random_are_mended_into_a_plan() -> None:
    problem = made(1, nearest=True)
    question = Question(problem=problem, goal=TRAVEL)
    judge = nearest_sets.NearestSets(question)
    looking = Search(Statement.of(question), judge, question.clock, quick=judge)
    looking.draw_sets()
    assert looking.best is not None and looking.best.rank.objective >= solve(problem).objective * (1 - CLOSE)
