"""The objective worst: named places that do not count, and ties that the next longest ways decide."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import capacity as cap
from capacity.engines.enumerate import blocks, keeps_rules, space_of, yearly_cost
from capacity.plan.check import check_plan
from tests.campaign_answers import by_engines
from tests.random_problems import random_problem
from tests.small import towns
from tests.varied import question

OPEN = {"rules.volume": False, "rules.income": False}


def test_a_named_place_does_not_count() -> None:
    """Whoever is at Bornholm travels farthest whatever is built: 78 sets tie at its 181 minutes."""
    problem = cap.denmark(OPEN)
    plan = cap.solve(problem.set("objective.worst_exceptions", ["0400"]), "worst")
    assert plan.objective == 166 < plan.longest_minutes
    assert check_plan(plan) == ()
    ways = {i: m for i, m in zip(plan.assignment["point_id"], plan.assignment["minutes"], strict=True) if i != "0400"}
    assert max(ways.values()) == 166
    assert plan.problem.fingerprint != problem.fingerprint == problem.set("objective.worst_exceptions", []).fingerprint


def test_the_next_longest_ways_decide_where_they_are_asked() -> None:
    """The prototype's: 181, 166, 131, 114, 111, 107."""
    plan = cap.solve(cap.denmark({**OPEN, "objective.worst_ties": "ways"}), "worst")
    ways = sorted({*plan.assignment["minutes"]}, reverse=True)
    assert ways[:4] == [181, 166, 131, 114]
    assert plan.site_ids == ("FA_AALBORG", "FA_AARHUS", "FA_HVIDOVRE", "FA_ODENSE", "H_SVENDBORG", "R_BETHESDA")
    (first, *_) = cap.alternatives(plan.problem, 2, objective="worst").alternatives
    assert first.plan.site_ids == plan.site_ids


def by_brute_force(problem: cap.Problem) -> tuple[str, ...] | None:
    """Sites of the plan that comes first: every set of sites that keeps the rules, its ways sorted one by one."""
    found = []
    spared = {k for k, i in enumerate(problem.network.point_ids) if i in problem.worst_exceptions}
    for plans in blocks(problem, space_of(problem)):
        kept, _ = keeps_rules(problem, plans)
        beds, cost = plans.beds.sum(axis=1), yearly_cost(problem, plans)
        for b in np.flatnonzero(kept).tolist():
            sites = np.flatnonzero(plans.open[b]).tolist()
            ways = [0.0] * len(problem.minutes)
            for i, j in itertools.product(range(len(ways)), sites):
                if plans.site[b][i] == j and problem.women[:, i].any() and i not in spared:
                    ways[i] = float(problem.minutes[i, j])
            ids = tuple(sorted(problem.network.site_ids[j] for j in sites))
            found.append((sorted(ways, reverse=True), int(beds[b]), round(float(cost[b]), 3), ids))
    return min(found)[-1] if found else None


def test_200_random_problems_have_the_plan_that_brute_force_finds() -> None:
    differ = 0
    for seed in range(200):
        problem = random_problem(seed, nearest=True, prices={}, points=6, sites=5)
        named = list(problem.network.point_ids[: seed % 3])
        problem = problem.replace(worst_exceptions=named, worst_ties="ways")
        expected = by_brute_force(problem)
        try:
            plan = cap.solve(problem, "worst")
        except cap.InfeasibleError:
            assert expected is None
            continue
        assert plan.site_ids == expected, seed
        differ += cap.solve(problem.replace(worst_ties="beds"), "worst").site_ids != expected
    assert differ > 10


@pytest.mark.parametrize("seed", range(700, 712))
def test_every_engine_agrees_with_the_referee_or_refuses(seed: int) -> None:
    forced = {"solve.objective": "worst", "objective.worst_exceptions": "two" if seed % 2 else "one"}
    found = list(by_engines(question(seed, forced)))
    assert [o for o in found if o.what == "wrong" or (o.what == "unsure" and "bend" not in o.said)] == []


@pytest.mark.parametrize("engine", ["mip", "rank", "tree", "cover", "exact", "decompose"])
def test_engines_that_do_not_value_every_set_say_so(engine: str) -> None:
    problem = towns({"units": 1, "nearest": True}).replace(worst_ties="ways")
    with pytest.raises(cap.DataError, match=r"told apart by their next longest|expected sums|travel only"):
        cap.solve(problem, "worst", engine=engine)


def test_a_front_knows_the_places_that_do_not_count() -> None:
    problem = random_problem(3, points=6, sites=4, nearest=True, prices={}).replace(worst_exceptions=["p0"])
    both = [cap.pareto(problem, ("beds", "worst"), engine=engine).values for engine in ("enumerate", "mip")]
    assert both[0] == pytest.approx(both[1])


def test_what_cannot_be_meant_is_told() -> None:
    with pytest.raises(cap.DataError, match="each id is a known demand point"):
        cap.denmark({"objective.worst_exceptions": ["9999"]})
    with pytest.raises(cap.DataError, match="a list of ids of demand points"):
        cap.denmark({"objective.worst_exceptions": 400})
    with pytest.raises(cap.DataError, match="one of beds, ways"):
        cap.denmark({"objective.worst_ties": "ids"})


def test_they_go_with_a_plan_and_with_its_regions(tmp_path) -> None:  # type: ignore[no-untyped-def]
    problem = cap.denmark({**OPEN, "objective.worst_exceptions": ["0400"], "objective.worst_ties": "ways"})
    plan = cap.solve(problem, "worst")
    plan.save(tmp_path / "out")
    again = cap.read_plan(tmp_path / "out")
    assert (again.problem.worst_exceptions, again.problem.worst_ties) == (("0400",), "ways")
    assert problem.only(["1081"]).worst_exceptions == () and problem.only(["1084"]).worst_exceptions == ("0400",)
