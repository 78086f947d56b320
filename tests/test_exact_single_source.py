"""Single sources by columns: against all assignments, split as finely as can be and not at all."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from capacity.engines.exact import facility_search, single_source_program, single_source_search
from capacity.engines.exact.facility_instance import prepare
from capacity.engines.exact.single_source_rooms import Covers, Fillings, rooms_of
from capacity.engines.exact.single_source_search import Search, single_sources
from capacity.exact import facility_location


def drawn(rng: np.random.Generator, trial: int) -> dict[str, Any]:
    """Little room, whole and broken numbers in turns, points out of reach, sites to keep."""
    n, m = int(rng.integers(2, 8)), int(rng.integers(2, 5))
    demand = rng.integers(1, 9, n).astype(float) if trial % 3 else rng.uniform(1.0, 9.0, n)
    cost = rng.integers(0, 20, (n, m)).astype(float) if trial % 2 else rng.random((n, m)) * 20
    if trial % 5 == 0:
        cost[rng.random((n, m)) < 0.15] = np.inf
    capacity = rng.uniform(0.5, 1.5, m) * rng.uniform(1.0, 2.0) * demand.sum() / m
    return {
        "fixed": rng.integers(0, 60, m).astype(float) * (trial % 7 > 0),
        "cost": cost,
        "demand": demand,
        "capacity": np.round(capacity) if trial % 4 else capacity,
        "keep": [int(rng.integers(m))] if trial % 6 == 0 else [],
        "forbid": [],
    }


def by_all_assignments(case: dict[str, Any]) -> float:
    n, m = case["cost"].shape
    ways = np.array(list(itertools.product(range(m), repeat=n)))
    load = np.stack([(ways == j) @ case["demand"] for j in range(m)], axis=1)
    opened = np.stack([(ways == j).any(axis=1) for j in range(m)], axis=1)
    opened[:, case["keep"]] = True
    fits = (load <= case["capacity"] * (1.0 + 1e-9)).all(axis=1)
    served = (case["cost"][np.arange(n), ways] * case["demand"]).sum(axis=1)
    total = np.where(fits, served + opened @ case["fixed"], np.inf)
    return float(total.min())


def searched(case: dict[str, Any], below: float = 1e5) -> Search | None:
    """The search by columns alone; None where it is refused at once that all can be served."""
    arrays = [case[name] for name in ("fixed", "cost", "demand", "capacity", "keep", "forbid")]
    try:
        instance = prepare(*arrays, single=True)
    except ValueError:
        return None
    search = single_sources(instance, below, instance.demand * 20.0, np.inf)
    search.run()
    return search


@pytest.mark.parametrize(("band", "pool", "few", "trials"), [(1_500, 24_000, 300, 40), (6, 24, 5, 24)])
def test_what_columns_prove_is_the_best_of_all_assignments(
    band: int, pool: int, few: int, trials: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ROOT_ITERATIONS", "NODE_ITERATIONS", "LEAF_ITERATIONS"):
        monkeypatch.setattr(single_source_search, name, 30)
    monkeypatch.setattr(single_source_search, "BAND", band)
    monkeypatch.setattr(single_source_search, "POOL", pool)
    monkeypatch.setattr(single_source_program, "FEW", few)
    monkeypatch.setattr(single_source_program, "MANY", few)
    monkeypatch.setattr(single_source_program, "PRICED", few)
    rng = np.random.default_rng(11)
    solved = 0
    for trial in range(trials):
        case = drawn(rng, trial)
        best = by_all_assignments(case)
        search = searched(case, 2.0 * best + 1.0 if np.isfinite(best) else 1e5)
        if search is None:
            assert best == np.inf or not np.isfinite(best), trial
            continue
        assert search.complete, trial
        if not np.isfinite(best):
            assert search.sites is None and search.bound > 1e5 * (1 - 1e-9), trial
            continue
        solved += 1
        assert search.value == pytest.approx(best, rel=1e-9, abs=1e-9), trial
        assert search.bound <= best + 1e-7 * max(abs(best), 1.0), trial
    assert 2 * solved > trials


def test_only_what_costs_less_than_asked_is_found() -> None:
    rng = np.random.default_rng(4)
    case = drawn(rng, 7)
    best = by_all_assignments(case)
    nothing, something = searched(case, below=best), searched(case, below=best * 1.01)
    assert nothing is not None and nothing.sites is None and nothing.bound >= best * (1.0 - 1e-8)
    assert something is not None and something.value == pytest.approx(best)


def test_a_site_that_hardly_may_leave_room_unused_is_filled_so_far() -> None:
    rooms = rooms_of(np.array([3.0, 4.0, 5.0]), np.array([7.0, 6.0]))
    assert rooms is not None and rooms.exact
    part = rooms.of(np.array([0, 1]))  # 13 units for 12: one may stay unused
    filled = Fillings(np.array([[1.0, 1.0, -9.0], [1.0, 1.0, -9.0]]), part)
    assert filled.served().tolist() == [[True, True, False], [False, False, True]]
    assert filled.least.tolist() == [2.0, -9.0]


def test_whole_demands_have_a_unit_and_too_coarse_ones_are_not_counted() -> None:
    rooms = rooms_of(np.array([4.0, 6.0]), np.array([9.0, 11.0]))
    assert rooms is not None
    assert (rooms.weight.tolist(), rooms.room.tolist()) == ([2, 3], [4, 5])
    assert rooms_of(np.full(1_000, 1.0), np.full(500, 500.0)) is None


def test_the_cheapest_sites_hold_the_demand() -> None:
    demand, capacity = np.array([4.0, 6.0]), np.array([9.0, 5.0, 7.0])
    rooms = rooms_of(demand, capacity)
    assert rooms is not None
    covers = Covers.of(capacity, 10.0, rooms, np.array([False, True, False]))
    opened = covers.cheapest(np.array([3.0, 1.0, 2.0]), with_flips=True)
    assert (opened.cost, opened.sites.tolist()) == (3.0, [False, True, True])
    assert opened.flip.tolist() == [1.0, np.inf, 1.0]


def tight(points: int, sites: int, seed: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    there, here = rng.random((points, 2)), rng.random((sites, 2))
    demand = rng.integers(5, 36, points).astype(float)
    capacity = rng.uniform(0.6, 1.4, sites)
    capacity *= 1.5 * demand.sum() / capacity.sum()
    return rng.uniform(300, 600, sites), 10 * np.hypot(*(there[:, None] - here).transpose(2, 0, 1)), demand, capacity


def test_a_set_that_highs_gives_up_is_left_to_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = tight(30, 12, 3)
    expected = facility_location(*arrays, single_source=True)
    monkeypatch.setattr(facility_search, "EASY_NODES", 0)
    found = facility_location(*arrays, single_source=True)
    assert found.engine == "Lagrangian bound and columns"
    assert found.status == expected.status == "optimal"
    assert found.objective == pytest.approx(expected.objective, rel=1e-9)
    assert found.bound <= found.objective
    load = np.bincount(found.assignment, arrays[2], minlength=12)
    assert (load <= arrays[3] * (1 + 1e-9)).all()


def test_columns_stop_at_the_time_limit_with_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facility_search, "EASY_NODES", 0)
    arrays = tight(40, 14, 5)
    found = facility_location(*arrays, single_source=True, time_limit=0.4)
    assert found.bound <= found.objective
    assert found.status in ("optimal", "feasible")
