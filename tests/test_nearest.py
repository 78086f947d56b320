"""What copies of a problem share: the same as what each would work out by itself."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import capacity as cap
from capacity.problem.problem import HANDED_ON
from capacity.rules import NearestPlans, allowed_pairs
from capacity.rules.nearest import MOST_CELLS, NearestSites
from tests.varied import question

CHANGES = (
    {"care": {"mean_days": 200.0}},
    {"care": {"visits_per_week": 2.0}},
    {"sizes": {"largest": 50}},
    {"promise": {"turned_away": 0.1}},
    {"fair_aversion": 2.0},
)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("changes", CHANGES)
def test_what_is_handed_on_is_what_a_copy_would_work_out(seed: int, changes: dict[str, object]) -> None:
    problem = question(910_000 + seed).problem
    for name in HANDED_ON:
        getattr(problem, name)
    try:
        copy = problem.replace(**changes)
    except cap.DataError:
        pytest.skip("a change that this problem does not allow")
    alone = pickle.loads(pickle.dumps(problem)).replace(**changes)
    for name in HANDED_ON:
        alone.__dict__.pop(name, None)
    for name in set(HANDED_ON) - {"nearest_sites"}:
        assert np.array_equal(getattr(copy, name), getattr(alone, name)), name


def test_more_women_or_other_ways_are_worked_out_anew() -> None:
    problem = question(910_001).problem
    women, minutes = problem.women.sum(), problem.minutes
    assert problem.set("demand.women_per_year", 2 * problem.get("demand.women_per_year")).women.sum() > women
    longer = problem.travel.replace(values=problem.travel.values * 2)
    assert np.array_equal(problem.replace(travel=longer).minutes, minutes * 2)


def by_hand(problem: cap.Problem, opened: np.ndarray) -> np.ndarray:
    """The nearest open site that a point may use, looked for one by one; -1 for none."""
    allowed, ids = allowed_pairs(problem), problem.network.site_ids
    found = np.full((len(opened), len(problem.minutes)), -1)
    for b, sites in enumerate(opened):
        for i, ways in enumerate(problem.minutes):
            near = [(ways[j], ids[j], j) for j in np.flatnonzero(sites & allowed[i])]
            found[b, i] = min(near)[2] if near else -1
    return found


@pytest.mark.parametrize("seed", range(5))
def test_who_goes_where_is_remembered_as_it_is(seed: int) -> None:
    problem = question(920_000 + seed).problem
    m = len(problem.network.site_ids)
    opened = np.random.default_rng(seed).random((12, m)) < 0.5
    for _ in range(2):
        plans = NearestPlans(problem, opened, allowed_pairs(problem))
        assert np.array_equal(plans.site, by_hand(problem, opened))
        some = plans.only(np.array([3, 3, 0]))
        assert np.array_equal(some.stays, plans.stays[[3, 3, 0]]) and np.array_equal(some.beds, plans.beds[[3, 3, 0]])
        fresh = NearestPlans(problem, opened[[3, 3, 0]], allowed_pairs(problem))
        assert np.array_equal(some.used, fresh.used) and np.array_equal(some.served, fresh.served)
        assert np.array_equal(some.mean(problem.hours_per_woman), fresh.mean(problem.hours_per_woman))


def test_no_more_is_remembered_than_there_is_room_for() -> None:
    rng = np.random.default_rng(0)
    sites = NearestSites(rng.permuted(np.tile(np.arange(6), (1_000, 1)), axis=1))
    allowed = np.ones((1_000, 6), dtype=bool)
    for _ in range(30):
        sites.of(rng.random((200, 6)) < 0.5, allowed)
    assert 0 < sites._cells <= MOST_CELLS and sites._cells == sum(one.site.size for one in sites._known.values())
    assert not pickle.loads(pickle.dumps(sites))._known
