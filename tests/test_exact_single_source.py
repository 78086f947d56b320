"""Single sources by columns: against all assignments, split as finely as can be and not at all."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from capacity.engines.exact import facility_search, single_source_program, single_source_search
from capacity.engines.exact.climb import Steps
from capacity.engines.exact.facility_instance import prepare
from capacity.engines.exact.single_source_bound import Ascent, Node, Task
from capacity.engines.exact.single_source_program import Partition
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


def parted(case: dict[str, Any], cutoff: float, *, steps: int, forced: list[int]) -> Partition | None:
    """All columns below a cutoff at the multipliers after some steps; None where a bound leaves none."""
    demand, capacity = case["demand"], case["capacity"]
    rooms = rooms_of(demand, capacity)
    assert rooms is not None
    paid = case["cost"] * demand[:, None]
    paid[demand[:, None] > capacity] = np.inf
    m, must = len(capacity), np.isin(np.arange(len(capacity)), forced)
    task = Task(
        fixed=case["fixed"], paid=paid.T, demand=demand, capacity=capacity, rooms=rooms, forced=must, lam=demand * 9.0
    )
    node = Node(
        bound=0.0,
        sites=np.arange(m),
        forced=must,
        paid=task.paid,
        lam=task.lam,
        most=10**6,
        triples=np.zeros((0, 3), dtype=np.int64),
    )
    ascent = Ascent(task, node)
    ascent.climb(Steps(first=0.1, least=1e-3, patience=3), steps, lambda: np.inf, None)
    if not ascent.bound < cutoff:
        return None
    columns = ascent.columns(task, node, cutoff - ascent.bound, 10**6)
    assert columns is not None
    return Partition(columns, forced=must, choose=ascent.choose, cutoff=cutoff, triples=node.triples, deadline=np.inf)


@pytest.mark.parametrize(("few", "many"), [(0, 600), (0, 3), (10**6, 600)])
def test_a_partition_is_settled_as_by_all_assignments(few: int, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_source_program, "FEW", few)
    monkeypatch.setattr(single_source_program, "MANY", many)
    rng, told = np.random.default_rng(5), {"best": 0, "none": 0, "open": 0}
    for trial in range(28):
        case = drawn(rng, trial) if trial % 2 else pairs_of_points(rng)
        best = by_all_assignments(case)
        finite = best if np.isfinite(best) else 500.0
        cutoff = finite * (1.2 if trial % 4 < 3 else 0.99) + 1e-3
        partition = parted(case, cutoff, steps=1 + 6 * (trial % 5), forced=case["keep"])
        if partition is None:
            assert best >= cutoff * (1.0 - 1e-9)
            continue
        settled = partition.settled()
        assert settled.bound <= best + 1e-7 * abs(finite), trial
        if settled.sites is not None and settled.served is not None:
            told["best"] += 1
            assert settled.served.sum(axis=0).tolist() == [1] * len(case["demand"])
            paid = np.where(settled.served, case["cost"].T[settled.sites] * case["demand"], 0.0).sum()
            assert case["fixed"][settled.sites].sum() + paid == pytest.approx(best)
        elif settled.complete:
            told["none"] += 1
            assert best >= cutoff * (1.0 - 1e-7), trial
        else:
            told["open"] += 1
    assert told["best"] >= 4 * (many > 3) and told["none"] >= 3
    assert (told["open"] > 0) == (many == 3)


def pairs_of_points(rng: np.random.Generator) -> dict[str, Any]:
    """Sites that hold two of an odd number of points and are near to all: relaxed, each pair is there by half."""
    return {
        "fixed": np.full(4, 10.0),
        "cost": rng.integers(0, 3, (5, 4)).astype(float),
        "demand": rng.integers(3, 5, 5).astype(float),
        "capacity": np.full(4, 8.0),
        "keep": [],
        "forbid": [],
    }


def test_three_points_in_pairs_are_cut_to_whole_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_source_program, "FEW", 0)
    case = {
        "fixed": np.ones(3),
        "cost": np.zeros((3, 3)),
        "demand": np.ones(3),
        "capacity": np.full(3, 2.0),
        "keep": [],
        "forbid": [],
    }
    partition = parted(case, 2.5, steps=20, forced=[])
    assert partition is not None
    settled = partition.settled()
    # Half of each pair is 1.5; of three points a site serves two or more once.
    assert partition.triples.tolist() == [[0, 1, 2]]
    assert settled.bound == pytest.approx(2.0) and settled.sites is not None and len(settled.sites) == 2


@pytest.mark.parametrize(("few", "name"), [(0, "is_optimal"), (10**6, "has_point")])
def test_a_program_that_highs_does_not_solve_leaves_the_question_open(
    few: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_source_program, "FEW", few)
    monkeypatch.setattr(single_source_program, "MANY", few)
    monkeypatch.setattr(single_source_program, name, lambda _: False)
    case = pairs_of_points(np.random.default_rng(2))
    best = by_all_assignments(case)
    partition = parted(case, best * 1.1, steps=9, forced=[])
    assert partition is not None
    settled = partition.settled()
    assert not settled.complete and settled.sites is None and settled.bound <= best


@pytest.mark.parametrize("few", [0, 10**6])
def test_ctrl_c_reaches_who_asks(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_source_program, "FEW", few)
    monkeypatch.setattr(single_source_program, "run_engine", lambda _: True)
    case = pairs_of_points(np.random.default_rng(2))
    partition = parted(case, by_all_assignments(case) * 1.1, steps=9, forced=[])
    assert partition is not None
    with pytest.raises(KeyboardInterrupt):
        partition.settled()


def test_split_to_the_last_pair_it_is_the_best_of_all_assignments(monkeypatch: pytest.MonkeyPatch) -> None:
    # No program is small enough, and every climb ends at once.
    for name in ("ROOT_ITERATIONS", "NODE_ITERATIONS", "LEAF_ITERATIONS"):
        monkeypatch.setattr(single_source_search, name, 2)
    for name in ("BAND", "POOL"):
        monkeypatch.setattr(single_source_search, name, 0)
    monkeypatch.setattr(single_source_search, "assigned_to", lambda *_: None)
    monkeypatch.setattr(single_source_search, "WIDER", 1e9)
    rng, solved = np.random.default_rng(8), 0
    for trial in range(6):
        case = drawn(rng, 1)
        case = {**case, "cost": case["cost"][:4, :2], "demand": case["demand"][:4], "fixed": case["fixed"][:2]}
        case["capacity"] = rng.uniform(0.5, 0.9, 2) * case["demand"].sum()
        best = by_all_assignments(case)
        search = searched(case)
        if search is None or not np.isfinite(best):
            continue
        assert search.complete and search.value == pytest.approx(best), trial
        solved += 1
    assert solved > 2


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


@pytest.mark.parametrize("limit", ["EASY_NODES", "EASY_ITERATIONS", "EASY_SETS"])
def test_sets_that_highs_gives_up_are_left_to_columns(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = tight(30, 12, 3)
    for name in ("EASY_ITERATIONS", "EASY_SETS"):
        monkeypatch.setattr(facility_search, name, 10**9)
    expected = facility_location(*arrays, single_source=True)
    assert expected.engine != "Lagrangian bound and columns"
    monkeypatch.setattr(facility_search, limit, 0)
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
