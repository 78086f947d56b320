"""The engine `cover`: the shortest longest way by limits on the ways, the same plans as every other engine."""

from __future__ import annotations

import numpy as np
import pytest

from capacity import Care, InfeasibleError, NoPlanError, Policy, Problem, solve
from capacity.engines import cover
from capacity.engines.clock import Clock
from capacity.engines.question import Question
from capacity.rules import NearestPlans
from capacity.rules.objectives import TRAVEL, WORST
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
    assert check_engine("cover", count=15, seed=70, objectives=["worst"]).answered == 15


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


def test_where_no_limit_is_wide_enough_there_is_no_plan() -> None:
    with pytest.raises(InfeasibleError):
        solve(made(0, nearest=True, volume=40.0), "worst", engine="cover")
    with pytest.raises(InfeasibleError):
        solve(made(0, volume=None, units=[1, 1], reach=20), "worst", engine="cover")


def test_a_limit_says_the_same_of_pairs_and_of_plans() -> None:
    problem = made(1, volume=None)
    limit = cover.Within(minutes=float(np.median(problem.minutes)))
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
    levels = cover.least_first(Question(problem=problem, goal=WORST, clock=Clock(None)))
    assert not len(levels)


def test_what_the_coverings_leave_to_others() -> None:
    asked = Question(problem=made(0), goal=TRAVEL)
    assert "longest way" in str(cover.COVER.why_not(asked))
    assert "longest way" in str(cover.COVER.why_not(Question(problem=made(0), goal=WORST, risk="cvar")))
    assert cover.COVER.why_not(Question(problem=made(0, served=False), goal=WORST)) is not None
    assert cover.COVER.why_not(Question(problem=made(0), goal=WORST)) is None


def test_auto_takes_it_where_a_model_would_be_large() -> None:
    problem = country(120, 40, seed=2).problem(policy=Policy(units=[3, 5]), care=Care(ambulatory_trips_per_week=0.0))
    plan = solve(problem, "worst", time_limit=60)
    assert plan.record["engine"] == "cover" and plan.status == "optimal"
    assert plan.gap == 0
