"""The objective worst_off: the mean way of the women who travel longest, against brute force and its two ends."""

from __future__ import annotations

import numpy as np
import pytest

import capacity as cap
from capacity.plan.check import check_plan
from capacity.rules.worst_off import mean_of_longest
from tests.campaign_answers import by_engines
from tests.small import towns
from tests.varied import question


def test_by_hand() -> None:
    """Of 18 women two travel 60 minutes, six 30 and ten 5; the worst-off sixth are the two and one of the six."""
    ways, women = np.array([[5.0, 30.0, 60.0]]), np.array([10.0, 6, 2])
    assert mean_of_longest(ways, women, 1 / 6)[0] == pytest.approx((2 * 60 + 30) / 3)
    assert mean_of_longest(ways, women, 1.0)[0] == pytest.approx((2 * 60 + 6 * 30 + 10 * 5) / 18)
    assert mean_of_longest(ways, women, 1e-9)[0] == pytest.approx(60)
    assert mean_of_longest(ways, 0 * women, 0.5)[0] == 0


def test_at_all_it_is_the_mean_and_at_nearly_nobody_the_longest_way() -> None:
    problem = cap.denmark()
    for share, name in ((1.0, "mean_minutes"), (1e-6, "longest_minutes")):
        plan = cap.solve(problem.set("objective.worst_off_share", share), "worst_off")
        assert plan.objective == pytest.approx(plan.figures[name], rel=1e-9)
        assert check_plan(plan) == ()


def test_it_tells_plans_apart_that_the_longest_way_does_not() -> None:
    problem = cap.denmark({"rules.volume": False, "rules.income": False})
    worst, off = cap.solve(problem, "worst"), cap.solve(problem, "worst_off")
    assert off.objectives["worst"] == pytest.approx(worst.objectives["worst"], rel=0.1)
    assert off.objectives["worst_off"] < worst.objectives["worst_off"]
    assert off.status == "optimal"


@pytest.mark.parametrize("seed", range(10))
def test_every_engine_agrees_with_the_referee_or_refuses(seed: int) -> None:
    found = list(by_engines(question(seed, {"solve.objective": "worst_off", "solve.risk": "expected"})))
    assert [o for o in found if o.what == "wrong" or (o.what == "unsure" and "bend" not in o.said)] == []


def test_the_decomposition_says_why_it_does_not_answer() -> None:
    women = np.array([[9.0, 2, 1], [1, 2, 9]])
    problem = towns(scenarios=cap.Scenarios(ids=("x", "y"), point_ids=("A", "B", "C"), women=women))
    with pytest.raises(cap.DataError, match="is not planned scenario by scenario"):
        cap.solve(problem, "worst_off", engine="decompose")


def test_a_share_that_is_none_is_told() -> None:
    for share in (0.0, 1.5):
        with pytest.raises(cap.DataError, match="a share above 0, at most 1"):
            cap.denmark({"objective.worst_off_share": share})
