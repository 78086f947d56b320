"""The engine `cover`: the shortest longest way by limits on the ways, the same plans as every other engine."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from capacity import Care, Finance, InfeasibleError, NoPlanError, Policy, Problem, solve
from capacity.engines.clock import Clock
from capacity.engines.cover import cheapest, engine, limits
from capacity.engines.question import Question
from capacity.rules import NearestPlans
from capacity.rules.objectives import COST, TRAVEL, WORST
from capacity.synthetic import country
from capacity.testing import check_engine, check_rule


def made(seed: int, **policy: object) -> Problem:
    """A country in which the volume of a unit stands in the way of short ways."""
    rules = {"units": [2, 4], "volume": 12.0} | policy
    return country(24, 10, regions=3, seed=seed).problem(
        policy=Policy(**{name: value for name, value in rules.items() if value is not None}),
        care=Care(ambulatory_trips_per_week=0.0),
    )


def test_the_laws_of_an_engine_hold() -> None:
    assert check_engine("cover", count=15, seed=70, objectives=["worst", "cost"]).answered == 15


@pytest.mark.parametrize("nearest", [True, None])
def test_the_plan_is_the_one_other_engines_find(nearest: bool | None) -> None:
    other = "enumerate" if nearest else "mip"
    bound_by_volume = 0
    for seed in range(3 if nearest else 1):
        problem = made(seed, nearest=nearest, units=[2, 4] if nearest else [2, 3])
        theirs, ours = solve(problem, "worst", engine=other), solve(problem, "worst", engine="cover")
        assert ours.status == "optimal" and ours.record["ties_compared"]
        assert (ours.site_ids, ours.beds, ours.objective) == (theirs.site_ids, theirs.beds, theirs.objective)
        bound_by_volume += ours.objective > solve(problem.replace(policy={"volume": None}), "worst").objective
    assert nearest is None or bound_by_volume


def test_every_covering_of_so_many_sites_is_met_once() -> None:
    draw = np.random.default_rng(3)
    for _ in range(30):
        table = draw.random((7, 6)) < 0.45
        kept = np.flatnonzero(draw.random(6) < 0.2)
        covers = cheapest.Covers(table=table, kept=kept, free=np.setdiff1d(np.arange(6), kept), over=lambda: False)
        for count in range(1, 6):
            met = [tuple(sorted(one)) for one in covers.of(count)]
            there = [
                one
                for one in itertools.combinations(range(6), count)
                if set(kept) <= set(one) and table[:, list(one)].any(axis=1).all()
            ]
            assert sorted(met) == there


def priced(seed: int, **policy: object) -> Problem:
    money = {"unit_dkk_per_year": 2e6, "bed_dkk_per_year": 6e5, "occupied_day_dkk": 900.0, "counts": "all"}
    return made(seed, nearest=True, units=[1, 6], **policy).replace(finance=money)


def test_the_least_cost_is_the_one_of_all_sets() -> None:
    few = 0
    for seed in range(3):
        for reach in (140, None):
            problem = priced(seed, reach=reach, volume=6.0)
            theirs, ours = solve(problem, "cost", engine="enumerate"), solve(problem, "cost", engine="cover")
            assert ours.status == "optimal" and ours.record["ties_compared"]
            assert (ours.site_ids, ours.beds, ours.objective) == (theirs.site_ids, theirs.beds, theirs.objective)
            few += ours.record["valued"] < theirs.record["sets"]
    assert few > 2


def test_a_search_for_the_least_cost_cut_short_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = country(150, 40, seed=3).problem(
        policy=Policy(nearest=True, units=[1, 9], reach=130),
        care=Care(ambulatory_trips_per_week=0.0),
        finance=Finance(unit_dkk_per_year=1e5, bed_dkk_per_year=6e5, counts="all"),
    )
    cut = solve(problem, "cost", engine="cover", time_limit=0.5)
    assert cut.status == "feasible" and 0 < cut.bound < cut.objective and cut.gap < 0.5
    monkeypatch.setattr(cheapest, "PATIENCE", 0.3)
    found = engine.COVER.solve(Question(problem=problem, goal=COST, clock=Clock(None)))
    assert found.outcome == "feasible" and "cheaper" in found.instead


def test_where_no_sites_reach_everybody_nothing_is_cheap() -> None:
    with pytest.raises(InfeasibleError):
        solve(priced(0, reach=20), "cost", engine="cover")
    with pytest.raises(InfeasibleError):
        solve(priced(0, volume=80.0), "cost", engine="cover")


def test_where_no_limit_is_wide_enough_there_is_no_plan() -> None:
    with pytest.raises(InfeasibleError):
        solve(made(0, nearest=True, volume=40.0), "worst", engine="cover")
    with pytest.raises(InfeasibleError):
        solve(made(0, volume=None, units=[1, 1], reach=20), "worst", engine="cover")


def test_a_limit_says_the_same_of_pairs_and_of_plans() -> None:
    problem = made(1, volume=None)
    limit = limits.Within(minutes=float(np.median(problem.minutes)))
    opened = np.zeros((1, 10), dtype=bool)
    opened[0, :2] = True
    nearest = NearestPlans(problem, opened, np.isfinite(problem.minutes))
    worst = WORST.expected(problem, nearest)[0]
    assert limit.excess(problem, nearest).amount[0, 0] == pytest.approx(worst - limit.minutes)
    assert not limit.pairs(problem)[problem.minutes > limit.minutes].any()
    check_rule(limit, count=6, laws=["declared traits are true", "closed forms are true", "moved_by is true"])


def test_a_search_cut_short_says_how_far_it_is() -> None:
    problem = country(150, 40, seed=3).problem(
        policy=Policy(nearest=True, units=[3, 6], volume=9.0), care=Care(ambulatory_trips_per_week=0.0)
    )
    heard: list[float] = []
    try:
        plan = solve(problem, "worst", engine="cover", time_limit=0.3, tell=lambda said: heard.append(said.seconds))
    except NoPlanError:
        return
    # No plan has a shorter longest way than the sites allow by themselves.
    assert 0 < plan.bound <= plan.objective and (plan.status == "optimal") == (plan.gap == 0)
    assert heard


def test_without_sites_within_reach_nothing_is_tried() -> None:
    problem = made(2, reach=10)
    levels = limits.least_first(Question(problem=problem, goal=WORST, clock=Clock(None)))
    assert not len(levels)


def test_what_the_coverings_leave_to_others() -> None:
    asked = Question(problem=made(0), goal=TRAVEL)
    assert "longest way" in str(engine.COVER.why_not(asked))
    assert "longest way" in str(engine.COVER.why_not(Question(problem=made(0), goal=WORST, risk="cvar")))
    assert engine.COVER.why_not(Question(problem=made(0, served=False), goal=WORST)) is not None
    assert engine.COVER.why_not(Question(problem=made(0), goal=WORST)) is None
    assert "nearest" in str(engine.COVER.why_not(Question(problem=made(0), goal=COST)))
    admitted = priced(0).replace(finance={"counts": "admitted"}, promise={"kind": "loss"})
    assert "what stays cost" in str(engine.COVER.why_not(Question(problem=admitted, goal=COST)))
    for nearest in (True, None):
        at_a_price = made(0, nearest=nearest, prices={"volume": 1e4})
        assert "has a price" in str(engine.COVER.why_not(Question(problem=at_a_price, goal=WORST)))


def test_auto_takes_it_where_a_model_would_be_large() -> None:
    problem = country(120, 40, seed=2).problem(policy=Policy(units=[3, 5]), care=Care(ambulatory_trips_per_week=0.0))
    plan = solve(problem, "worst", time_limit=60)
    assert plan.record["engine"] == "cover" and plan.status == "optimal"
    assert plan.gap == 0
