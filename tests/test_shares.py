"""Who is sent where as a list, held against the table of every scenario, point and site."""

from __future__ import annotations

import numpy as np
import pytest

from capacity.rules import NearestPlans, Shares, SplitPlan, allowed_pairs
from capacity.studies.explain.merging import Merged
from tests.random_problems import random_problem


def random_table(rng: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """Shares of which many are nobody, or so little that it counts as nobody."""
    table = rng.random(shape) * rng.choice([0.0, 1e-12, 0.3], shape)
    return table / np.maximum(table.sum(axis=2, keepdims=True), 1)


def as_table(shares: Shares) -> np.ndarray:
    table = np.zeros(shares.shape)
    table[shares.scenario, shares.point, shares.site] = shares.share
    return table


@pytest.mark.parametrize("seed", range(12))
def test_a_split_plan_says_what_its_table_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = random_problem(seed, scenarios=1 + seed % 3)
    n, m = p.minutes.shape
    count = 1 if seed % 2 else len(p.scenarios.ids)
    table = random_table(rng, (count, n, m))
    plan = SplitPlan(p, np.ones(m, bool), np.ones(m, np.int64), table)
    table = np.where(table > 1e-9, table, 0)
    every = np.broadcast_to(table, (len(p.scenarios.ids), n, m))
    ways = np.where(table > 0, p.minutes, 0)
    assert plan.stays[0] == pytest.approx(np.einsum("si,sij->sj", p.women, every))
    assert plan.served[0] == pytest.approx(table.sum(axis=2))
    assert plan.mean(p.minutes)[0] == pytest.approx((table * ways).sum(axis=2))
    assert plan.longest(p.minutes)[0] == pytest.approx(ways.max(axis=2))
    needed = p.women > 0 if count > 1 else p.active[None]
    assert plan.used[0] == pytest.approx((table * needed[:, :, None]).sum(axis=(0, 1)))
    assert (as_table(plan.shares(0)) == table).all()
    assert (as_table(plan.shares(0).in_each(len(every))) == every).all()
    assert (as_table(plan.shares(0).in_any()) == table.max(axis=0)).all()


def test_shares_of_the_same_place_are_added_up_in_any_order() -> None:
    shares = Shares.summed((1, 3, 2), [(0, 2, 0), (0, 0, 1), (0, 2, 0), (0, 1, 1)], [0.25, 1.0, 0.5, 1e-12])
    assert as_table(shares)[0].tolist() == [[0, 1], [0, 0], [0.75, 0]]
    assert (shares.point.tolist(), shares.site.tolist()) == ([0, 2], [1, 0])
    assert shares.with_share(np.array([0.0, 1.0])).point.tolist() == [2]
    assert Shares.summed((2, 3, 2), [], []).by_point(np.zeros(0)).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_each_point_has_the_shares_of_the_point_it_was_merged_into() -> None:
    rng = np.random.default_rng(0)
    table, of = random_table(rng, (2, 3, 4)), np.array([2, 0, 2, 1, 1, 2])
    table = np.where(table > 1e-9, table, 0)
    spread = Merged(problem=random_problem(0), of=of).spread(Shares.of(table))
    assert (as_table(spread) == table[:, of]).all()
    assert (np.diff(np.ravel_multi_index((spread.scenario, spread.point, spread.site), spread.shape)) > 0).all()


def test_the_nearest_units_shares_are_whole() -> None:
    p = random_problem(3, nearest=True)
    allowed = allowed_pairs(p)
    opened = np.zeros((2, allowed.shape[1]), bool)
    opened[1, :2] = True
    plans = NearestPlans(p, opened, allowed)
    assert len(plans.shares(0).share) == 0
    used = as_table(plans.shares(1))[0]
    assert (used.sum(axis=1) == allowed[:, :2].any(axis=1)).all()
    assert (plans.mean(p.minutes)[1, 0] == np.where(used > 0, p.minutes, 0).sum(axis=1)).all()
