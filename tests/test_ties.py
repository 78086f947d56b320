"""Equally good plans come in one order, whoever lists them: fewer beds, lower yearly cost, lower site ids."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

import capacity as cap
from capacity import Problem, solve
from capacity.engines.enumerate import classes, in_order_of_plans
from tests import oracle
from tests.random_problems import random_problem
from tests.varied import as_before, question

GOALS = ("worst", "worst", "reached", "cost")
"""Objectives with many ties."""

LISTED_WRONG = (71_124, 71_168, 71_193, 71_241)
"""Seeds of problems whose alternatives without `nearest` once came as the solver found them."""

STAYED_WRONG = (73_164, 73_296)
"""Seeds of problems whose ladder once kept a set where another with as short ways needs fewer beds."""

Told = list[tuple[tuple[str, ...], int]]


def in_order(problem: Problem, goal: str) -> list[oracle.Answer]:
    """The best plan of every set of sites by brute force, in the order of plans."""
    found: dict[tuple[str, ...], oracle.Answer] = {}
    for size in range(1, len(problem.network.site_ids) + 1):
        for opened in itertools.combinations(problem.network.site_ids, size):
            for where in oracle.assignments(problem, opened):
                one = oracle.judge(problem, opened, where, goal)
                if one is not None and (one.sites not in found or oracle.better(one, found[one.sites])):
                    found[one.sites] = one
    left, order = list(found.values()), []
    while left:
        first = left[0]
        for one in left[1:]:
            first = one if oracle.better(one, first) else first
        left.remove(first)
        order.append(first)
    return order


def with_ties(
    seeds: Iterator[int], count: int, *, nearest: bool, counts: str = "drawn"
) -> Iterator[tuple[Problem, str, list[oracle.Answer]]]:
    """Problems whose first plans are equally good."""
    firm = {"counts": counts} | ({} if nearest else {"one_agreement": True})
    for seed in seeds:
        sizes = {"points": 5, "sites": 5} if nearest else {"points": 4, "sites": 3}
        problem = random_problem(seed, scenarios=1, nearest=nearest or None, **sizes, **firm)  # type: ignore[arg-type]
        goal = GOALS[seed % len(GOALS)]
        order = in_order(problem, goal)
        if len(order) > 2 and order[1].objective <= order[0].objective + 1e-9 * abs(order[0].objective):
            yield problem, goal, order
            count -= 1
        if count == 0:
            return


def told(found: cap.studies.alternatives.Alternatives) -> Told:
    return [(a.plan.site_ids, a.plan.beds) for a in found.alternatives]


@pytest.mark.parametrize("engine", ["enumerate", "mip"])
def test_alternatives_come_in_the_order_of_plans(engine: str) -> None:
    # What admitted stays cost is no row.
    counts = "all" if engine == "mip" else "drawn"
    for problem, goal, order in with_ties(itertools.count(70_000), 6, nearest=True, counts=counts):
        found = cap.alternatives(problem, k=5, within=0.2, objective=goal, engine=engine)
        assert told(found) == [(a.sites, a.beds) for a in order[:5]]
        within = order[0].objective + 0.2 * abs(order[0].objective) + 1e-9
        assert found.close == sum(a.objective <= within for a in order)
        assert solve(problem, goal, engine=engine).site_ids == order[0].sites


def test_alternatives_without_nearest_come_in_the_order_of_plans() -> None:
    for problem, goal, order in with_ties(iter(LISTED_WRONG), len(LISTED_WRONG), nearest=False):
        found = cap.alternatives(problem, k=5, objective=goal)
        assert told(found) == [(a.sites, a.beds) for a in order[:5]]


def test_of_many_ties_the_first_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.engines.ties.FEW_TIES", 1)
    monkeypatch.setattr("capacity.engines.ties.AT_ONCE", 2)
    monkeypatch.setattr("capacity.engines.rank.ranked.why_no_ranking", lambda *_: "for the model alone")
    for free in (False, True):
        for problem, goal, _ in with_ties(itertools.count(72_000), 3, nearest=True):
            one = problem.replace(finance={"unit_dkk_per_year": 0.0}) if free else problem
            order = in_order(one, goal)
            found = cap.alternatives(one, k=5, objective=goal, engine="mip")
            assert told(found) == [(a.sites, a.beds) for a in order[:5]]


def test_ties_that_were_not_all_compared_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.engines.ties.MOST_TIES", 0)
    monkeypatch.setattr("capacity.engines.rank.ranked.why_no_ranking", lambda *_: "for the model alone")
    problem, goal, order = next(with_ties(itertools.count(70_000), 1, nearest=True))
    found = cap.alternatives(problem, k=5, objective=goal, engine="mip")
    assert "further sets may lie within the tolerance" in found.certificate
    assert found.alternatives[0].plan.loss == pytest.approx(order[0].objective)


def test_a_ladder_of_the_longest_way_has_the_fewest_beds_at_every_level(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = cap.denmark()
    steps = cap.ladder(problem, low=165, high=185, objective="worst").steps
    assert len(steps) > 3
    for step in steps:
        plan = solve(problem.set("demand.women_per_year", (step.low + step.high) / 2), "worst")
        assert plan.site_ids == step.site_ids
        assert step.beds_low <= plan.beds <= step.beds
    monkeypatch.setattr("capacity.studies.levels.FEW_EQUALS", 1)
    halved = cap.ladder(problem, low=165.0, high=185.0 + 1e-6, objective="worst").steps
    assert [s.site_ids for s in halved] == [s.site_ids for s in steps]
    assert [s.low for s in halved] == pytest.approx([s.low for s in steps])


def test_a_ladder_over_another_setting_follows_ties_too() -> None:
    changes = 0
    for problem, _, _ in with_ties(iter(STAYED_WRONG), len(STAYED_WRONG), nearest=True):
        busy = problem.replace(policy={"volume": {"stays": 3, "when": "every_scenario"}})
        steps = cap.ladder(busy, "rules.volume", low=0.5, high=7.0, objective="worst", exact_to=0.02).steps
        changes += len(steps) - 1
        for step in steps:
            for part in (0.25, 0.5, 0.75) if step.site_ids else ():
                level = {"stays": step.low + part * (step.high - step.low), "when": "every_scenario"}
                assert solve(busy.replace(policy={"volume": level}), "worst").site_ids == step.site_ids
    assert changes > 0


def test_of_plans_that_measure_the_same_the_front_keeps_the_first() -> None:
    for problem, _, order in with_ties(itertools.count(74_000), 6, nearest=True):
        longest = in_order(problem, "worst")
        front = cap.pareto(problem, ("worst", "units"))
        for plan, (minutes, units) in zip(front.plans, front.values, strict=True):
            same = [a for a in longest if len(a.sites) == units and a.objective == pytest.approx(minutes, rel=1e-9)]
            assert plan.site_ids == same[0].sites
        assert order


def test_equal_values_make_a_class_however_many_lie_close() -> None:
    values = np.array([1.0, 3.0, 1.0 + 0.6e-9, 1.0 + 1.2e-9, 2.0, 3.0 + 1e-9, -2.0])
    assert classes(values).tolist() == [1, 4, 1, 2, 3, 4, 0]
    assert classes(np.zeros(0)).tolist() == []
    order = in_order_of_plans(
        [values], np.array([5, 4, 4, 1, 2, 4, 9]), np.array([1.0, 2, 1, 1, 1, 2, 1]), lambda b: (str(-b),)
    )
    assert order == [6, 2, 0, 3, 4, 1, 5]


def test_what_a_broken_row_saves_decides_no_tie() -> None:
    """A sliver that was dropped left a unit a hair below its volume, and so a hair cheaper than one that kept it."""
    asked = question(7469, as_before(7469))
    # Aftercare cost nothing when this was drawn; its beds are no linear rows.
    plan = cap.solve(asked.problem.replace(aftercare={"days": False}), asked.objective, engine="mip")
    assert plan.site_ids == ("s0", "s2") and sum(plan.units["cost_dkk"]) == pytest.approx(648_000, rel=1e-12)
