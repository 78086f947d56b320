"""The rule region_gap: by hand, its laws, the referee; and why it is a bound and no objective."""

from __future__ import annotations

import pytest

import capacity as cap
from capacity.rules.gap import RegionGap
from capacity.testing import check_rule, random_problem
from tests.campaign_answers import by_engines
from tests.small import towns
from tests.varied import question


def test_by_hand() -> None:
    """With a unit at b the west travels (10 x 30 + 6 x 5) / 16 = 20.6 minutes, the east 60: a gap of 39.4."""
    problem = towns({"units": 1, "nearest": True, "keep": ["b"], "region_gap": 40})
    assert cap.solve(problem).site_ids == ("b",)
    with pytest.raises(cap.InfeasibleError, match="region_gap"):
        cap.solve(problem.set("rules.region_gap", 39))
    paid = cap.solve(problem.replace(policy={"region_gap": 39, "prices": {"region_gap": 2.0}}))
    (penalty,) = paid.penalties
    assert penalty[:3] == ("region_gap", ("E",), pytest.approx(60 - 330 / 16 - 39))


def test_it_is_silent_where_it_does_not_bind_and_levels_down_where_it_does() -> None:
    problem = cap.denmark({"rules.volume": False, "rules.income": False})
    free, wide = cap.solve(problem), cap.solve(problem.set("rules.region_gap", 200))
    assert (wide.site_ids, wide.objective) == (free.site_ids, free.objective)
    tight = cap.solve(problem.set("rules.region_gap", 22))

    def gap(plan: cap.Plan) -> float:
        return float(max(plan.region_table["mean_minutes"]) - min(plan.region_table["mean_minutes"]))

    assert gap(tight) <= 22 + 1e-9 < gap(free)
    # The regions are nearer to each other, and all travel longer: 44.9 minutes in the place of 36.4.
    assert tight.mean_minutes > free.mean_minutes + 8
    assert tight.check() == ()


def test_it_keeps_the_laws() -> None:
    # Where a rule that keeps families near clashes with it, only all ways, far ones too, tell the whole of a clash.
    check_rule(RegionGap, problems=lambda seed: random_problem(seed, without=("reach",)), count=2)


@pytest.mark.parametrize("seed", range(10))
def test_every_engine_agrees_with_the_referee_or_refuses(seed: int) -> None:
    found = list(by_engines(question(seed, {"rules.region_gap": "near" if seed % 2 else "far"})))
    assert [o for o in found if o.what == "wrong" or (o.what == "unsure" and "bend" not in o.said)] == []
