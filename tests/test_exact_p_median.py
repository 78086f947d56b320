"""The p-median engine: against brute force, and against the published optima."""

from __future__ import annotations

import itertools
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from capacity.engines.exact.p_median_costs import Dense
from capacity.engines.exact.p_median_instance import prepare
from capacity.engines.exact.p_median_pool import Pool
from capacity.engines.exact.p_median_swap import swap_search, total_cost
from capacity.errors import NoPlanError
from capacity.exact import p_median
from capacity.exact import p_median_core as core
from capacity.exact import p_median_lagrangian as lagrangian
from capacity.exact import p_median_search as engine

INSTANCES = Path(os.environ.get("CAPACITY_INSTANCES", "")) / "pmed"


def by_brute_force(cost: Any, p: int, weights: Any, keep: Any, forbid: Any) -> list[float]:
    values = []
    used = weights > 0
    for sites in itertools.combinations(range(cost.shape[1]), p):
        if set(keep) <= set(sites) and not set(forbid) & set(sites):
            values.append(float((weights[used] * cost[:, sites].min(axis=1)[used]).sum()))
    return sorted(v for v in values if np.isfinite(v))


def mixed_case(
    rng: np.random.Generator, trial: int, n: int, m: int
) -> tuple[np.ndarray, np.ndarray, list[int], list[int]]:
    """Costs, weights, sites to keep and to forbid: ties, missing pairs, weights of nothing in turns."""
    cost = rng.integers(0, 30, (n, m)).astype(float) if trial % 2 else rng.random((n, m)) * 10
    if trial % 3 == 0:
        cost[rng.random((n, m)) < 0.2] = np.inf
    weights = rng.integers(0, 4, n).astype(float) if trial % 5 == 0 else np.ones(n)
    weights[0] = 1.0
    keep = [int(rng.integers(m))] if trial % 4 == 0 else []
    forbid = [j for j in range(m) if j not in keep][:1] if trial % 7 == 0 else []
    return cost, weights, keep, forbid


@pytest.mark.parametrize("complete_work", [engine.COMPLETE_WORK, 0])
def test_the_three_best_sets_are_those_of_brute_force(complete_work: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "COMPLETE_WORK", complete_work)
    rng = np.random.default_rng(1)
    for trial in range(120):
        n, m = int(rng.integers(3, 14)), int(rng.integers(3, 10))
        p = int(rng.integers(1, m))
        cost, weights, keep, forbid = mixed_case(rng, trial, n, m)
        expected = by_brute_force(cost, p, weights, keep, forbid)
        if not expected:
            with pytest.raises(ValueError, match="reach"):
                p_median(cost, p, weights=weights, keep=keep, forbid=forbid)
            continue
        found = p_median(cost, p, weights=weights, keep=keep, forbid=forbid, k_best=3)
        got = [found.objective, *(value for value, _ in found.others)]
        assert got == pytest.approx(expected[:3], rel=2e-6, abs=1e-9)
        assert found.status == "optimal"
        assert found.bound <= expected[0] + 1e-9
        served = found.assignment
        assert served is not None
        used = weights > 0
        assert float((weights * cost[np.arange(n), served])[used].sum()) == pytest.approx(found.objective)


def optima() -> dict[str, float]:
    lines = (INSTANCES / "pmedopt.txt").read_text(encoding="utf-8").splitlines()[1:]
    return {name: float(value) for name, value in (line.split() for line in lines if line.strip())}


def read(name: str) -> tuple[Any, int]:
    """OR-Library p-median (Beasley 1985): of a repeated edge the last line counts."""
    from scipy.sparse.csgraph import shortest_path

    numbers = np.array((INSTANCES / f"{name}.txt").read_text(encoding="utf-8").split(), dtype=np.int64)
    n, edges, p = (int(x) for x in numbers[:3])
    table = np.full((n, n), np.inf)
    np.fill_diagonal(table, 0)
    for one, other, length in numbers[3 : 3 + 3 * edges].reshape(edges, 3):
        table[one - 1, other - 1] = table[other - 1, one - 1] = length
    return shortest_path(table, method="D", directed=False), p


@pytest.mark.parametrize(("pairs", "nodes"), [(10**6, 300), (10**6, 0), (0, 300)])
def test_branch_and_cut_on_what_is_left_finds_the_optimum(
    pairs: int, nodes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing is enumerated, and the root takes too few steps to decide anything.
    monkeypatch.setattr(engine, "COMPLETE_WORK", 0)
    monkeypatch.setattr(engine, "LEAF_SETS", 0)
    monkeypatch.setattr(engine, "CORE_P", 1)
    monkeypatch.setattr(engine, "TREE_P", 0)
    monkeypatch.setattr(core, "MOST_PAIRS", pairs)
    monkeypatch.setattr(engine, "AT_ONCE", 0)
    monkeypatch.setattr(engine, "CORE_NODES", nodes)
    monkeypatch.setattr(engine, "ROOT_STEPS", engine.Steps(first=0.02, least=0.02, patience=1))
    rng = np.random.default_rng(6)
    methods = set()
    for trial in range(60):
        n, m = int(rng.integers(6, 20)), int(rng.integers(6, 12))
        p = int(rng.integers(2, m - 2))
        cost = rng.integers(0, 30, (n, m)).astype(float) if trial % 2 else rng.random((n, m)) * 10
        if trial % 3 == 0:
            cost[rng.random((n, m)) < 0.1] = np.inf
        keep = [int(rng.integers(m))] if trial % 4 == 0 else []
        expected = by_brute_force(cost, p, np.ones(n), keep, [])
        if not expected:
            continue
        found = p_median(cost, p, keep=keep)
        assert found.objective == pytest.approx(expected[0], rel=1e-6)
        assert found.status == "optimal"
        assert found.bound <= expected[0] + 1e-9
        methods.add(found.engine)
    assert ("Lagrangian bound and branch and cut" in methods) == (pairs > 0)


@pytest.mark.skipif(not INSTANCES.is_dir(), reason="CAPACITY_INSTANCES is not set")
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 10, 11, 16, 24])
def test_published_optima_are_proven(number: int) -> None:
    cost, p = read(f"pmed{number}")
    found = p_median(cost, p, time_limit=60)
    assert found.objective == optima()[f"pmed{number}"]
    assert found.bound == found.objective
    assert found.status == "optimal"


@pytest.mark.skipif(not INSTANCES.is_dir(), reason="CAPACITY_INSTANCES is not set")
def test_a_search_cut_short_says_so() -> None:
    cost, p = read("pmed39")
    found = p_median(cost, p, time_limit=0.3)
    best = optima()["pmed39"]
    assert found.bound <= best <= found.objective
    assert found.status == "feasible"
    assert found.gap > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"cost": [1, 2], "p": 1}, "table"),
        ({"cost": [[-1.0]], "p": 1}, "not negative"),
        ({"cost": [[1.0, 2]], "p": 3}, "whole number"),
        ({"cost": [[1.0, 2]], "p": 0}, "whole number"),
        ({"cost": [[1.0, 2]], "p": 1, "keep": [5]}, "columns"),
        ({"cost": [[1.0, 2]], "p": 1, "keep": [0], "forbid": [0]}, "both"),
        ({"cost": [[1.0, 2]], "p": 1, "weights": [-1]}, "weights"),
        ({"cost": [[1.0, 2]], "p": 1, "time_limit": 0}, "time_limit"),
        ({"cost": [[1.0, 2]], "p": 1, "k_best": 0}, "k_best"),
        ({"cost": [[np.inf, np.inf]], "p": 1}, "within reach"),
        ({"cost": [[1.0, 2]], "p": np.nan}, "whole number"),
        ({"cost": [[1.0, 2]], "p": "1"}, "whole number"),
        ({"cost": [[1.0, 2]], "p": 1, "keep": [0.5]}, "keep names columns"),
        ({"cost": [[1.0, 2]], "p": 1, "forbid": [True, False]}, "forbid names columns"),
        ({"cost": [[1e200, 2]], "p": 1, "weights": [1e200]}, "double precision"),
        (
            {"cost": [[-1.0]], "p": 2, "weights": [np.inf], "keep": [3], "time_limit": 0, "k_best": 0},
            r"cost is.*weights are.*keep names.*p is a whole.*time_limit.*k_best",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        p_median(**arguments)


def test_a_count_may_be_a_whole_float() -> None:
    assert p_median([[1.0, 2.0]], 1.0).sites == (0,)  # type: ignore[arg-type]  # what a table gives


def test_sites_within_reach_of_all_are_found_where_the_swap_search_finds_none() -> None:
    # Two sites must cover six points; only (4, 5) do.
    cost = np.full((6, 6), np.inf)
    cost[:3, 4] = cost[3:, 5] = 9.0
    cost[0, 0] = cost[1, 1] = cost[2, 2] = cost[3, 3] = 1.0
    found = p_median(cost, 2)
    assert found.sites == (4, 5)
    with pytest.raises(ValueError, match="within reach of every point"):
        p_median(cost, 1)


def test_where_no_point_counts_each_still_has_its_nearest_site() -> None:
    found = p_median([[3.0, 1.0, 2.0], [np.inf, np.inf, 1.0]], 2, weights=[0, 0], keep=[0], forbid=[2])
    assert found.objective == found.bound == 0.0
    assert found.assignment.tolist() == [1, -1]  # type: ignore[union-attr]  # one site each


def test_weights_of_zero_need_nobody() -> None:
    found = p_median(np.array([[1.0, 2], [np.inf, np.inf]]), 1, weights=[2, 0])
    assert found.objective == 2
    assert found.assignment is not None
    assert found.assignment.tolist() == [0, -1]
    assert p_median(np.ones((2, 2)), 1, weights=[0, 0]).objective == 0
    assert issubclass(NoPlanError, Exception)


def test_an_interrupted_search_returns_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = np.rint(np.random.default_rng(9).random((60, 40)) * 99)
    whole = p_median(cost, 6)
    run, calls = engine.Ascent.run, itertools.count()

    def interrupted(self: Any, steps: int) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        run(self, steps)

    monkeypatch.setattr(engine.Ascent, "run", interrupted)
    monkeypatch.setattr(engine, "ROUND", 2)
    found = p_median(cost, 6)
    assert found.status == "feasible"
    assert found.bound <= whole.objective <= found.objective


def test_ctrl_c_between_two_nodes_loses_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    # The list of open nodes raises when the last one leaves it, as an interrupt at that instant does.
    class Interrupted(list[Any]):
        def pop(self, *_: Any) -> Any:
            node = super().pop()
            if not self:
                raise KeyboardInterrupt
            return node

    cost = np.rint(np.random.default_rng(9).random((60, 40)) * 99)
    whole = p_median(cost, 6)
    monkeypatch.setattr(engine, "LEAF_SETS", 0)
    root = engine.Search._root

    def then_listen(self: Any) -> None:
        root(self)
        self._open = Interrupted(self._open)

    monkeypatch.setattr(engine.Search, "_root", then_listen)
    found = p_median(cost, 6)
    assert found.bound <= whole.objective <= found.objective
    assert found.status == "feasible"
    assert found.gap > 0


def test_out_of_time_a_swap_search_stays_where_it_is() -> None:
    cost = Dense(np.random.default_rng(3).random((30, 40)).astype(np.float32))
    cap, start, late = np.full(40, 9.0, np.float32), np.arange(4), iter([False, True])
    assert swap_search(cost, cap, start, moves=50, stop=lambda: True).tolist() == [0, 1, 2, 3]
    once = swap_search(cost, cap, start, moves=50, stop=lambda: next(late))
    whole = swap_search(cost, cap, start, moves=50, stop=lambda: False)
    assert total_cost(cost, cap, whole) <= total_cost(cost, cap, once) < total_cost(cost, cap, start)


def test_a_root_that_starts_again_forgets_what_it_had_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    # It does so when a set within reach of all had to be found first.
    cost = np.rint(np.random.default_rng(9).random((60, 40)) * 99)
    instance = prepare(cost, np.ones(60), 6, (), ())
    search = engine.Search(instance, Pool(instance))
    search._root()

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.Ascent, "run", stop)
    with pytest.raises(KeyboardInterrupt):
        search._root()
    assert search.bound == 0.0


def test_branch_and_cut_that_is_cut_short_still_raises_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "COMPLETE_WORK", 0)
    monkeypatch.setattr(engine, "LEAF_SETS", 0)
    monkeypatch.setattr(engine, "CORE_P", 1)
    monkeypatch.setattr(engine, "TREE_P", 0)
    monkeypatch.setattr(engine, "BANDS", (1.0,))
    monkeypatch.setattr(engine, "CORE_NODES", 0)
    monkeypatch.setattr(engine, "cost_scale", lambda _: 1.0)
    rng = np.random.default_rng(12)
    cost = np.rint(rng.random((40, 16)) * 99)
    expected = by_brute_force(cost, 4, np.ones(40), [], [])[0]
    solve = engine.best_sites
    told: list[float] = []

    def cut_short(program: Any, sites: int, **limits: Any) -> Any:
        solve(program, sites, **limits)
        told.append(expected - 1.25)
        return None, told[-1]

    monkeypatch.setattr(engine, "best_sites", cut_short)
    instance = prepare(cost, np.ones(40), 4, (), ())
    search = engine.Search(instance, Pool(instance))
    search._root()
    assert told and search._open
    # The bound of the program, less half of what separates two solutions.
    assert {node.bound for node in search._open} == {told[-1] - 0.5}
    assert search.bound <= expected


def test_interrupted_before_anything_is_found_it_is_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.Search, "run", stop)
    with pytest.raises(KeyboardInterrupt):
        p_median(np.ones((3, 3)), 1)


# -- the climb --------------------------------------------------------------------------------


def relaxed(cost: Any, p: int) -> float:
    """The linear relaxation, by SciPy."""
    n, m = cost.shape
    pairs = np.arange(n * m)
    each = np.zeros((n, m + n * m))
    each[pairs // m, m + pairs] = 1.0
    below = np.zeros((n * m, m + n * m))
    below[pairs, m + pairs], below[pairs, pairs % m] = 1.0, -1.0
    count = np.concatenate([np.ones(m), np.zeros(n * m)])
    prices = np.concatenate([np.zeros(m), cost.ravel()])
    done = linprog(prices, below, np.zeros(n * m), np.vstack([each, count]), np.append(np.ones(n), p), (0, 1))
    return float(done.fun)


def test_the_bound_climbs_to_the_linear_relaxation_and_never_above() -> None:
    rng = np.random.default_rng(14)
    for _ in range(12):
        n, m, p = 24, 12, int(rng.integers(2, 6))
        cost = rng.random((n, m))
        instance = prepare(cost, np.ones(n), p, (), ())
        lam = np.full(n, 0.1, dtype=instance.C.dtype)
        node = lagrangian.Node(
            bound=0.0, opened=np.empty(0, np.int64), columns=np.arange(m), p=p, cap=instance.cap, lam=lam
        )
        least = by_brute_force(cost, p, np.ones(n), [], [])[0] * instance.scale
        ascent = lagrangian.Ascent(instance.C, node, cutoff=np.inf, target=least, steps=engine.ROOT_STEPS)
        ascent.run(600)
        whole = relaxed(cost, p) * instance.scale
        assert 0.99 * whole < ascent.bound <= whole * (1 + 1e-9)


def test_no_multiplier_is_above_the_cost_to_a_site_that_was_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    # Above it the bound would be too high: the opened site is no longer in the matrix.
    run, opened = engine.Ascent.run, 0

    def checked(self: Any, steps: int) -> None:
        nonlocal opened
        run(self, steps)
        opened += len(self.node.opened)
        assert (self._climb.trial <= self.node.cap).all() and (self.lam <= self.node.cap).all()

    monkeypatch.setattr(engine.Ascent, "run", checked)
    monkeypatch.setattr(engine, "ROUND", 3)
    rng = np.random.default_rng(15)
    for _ in range(30):
        p_median(np.rint(rng.random((40, 30)) * 99), 12)
    assert opened > 100


# -- scales -----------------------------------------------------------------------------------


@pytest.mark.parametrize("core_p", [engine.CORE_P, 1])
def test_a_penalty_for_a_pair_does_not_blur_the_others(core_p: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # The first sets met pay the penalty; what counts as a tie must not be measured by them.
    monkeypatch.setattr(engine, "COMPLETE_WORK", 0)
    monkeypatch.setattr(engine, "CORE_P", core_p)
    rng = np.random.default_rng(8)
    for trial in range(60):
        n, m, p = int(rng.integers(8, 20)), int(rng.integers(8, 13)), int(rng.integers(2, 5))
        points, sites = rng.random((n, 1, 2)), rng.random((1, m, 2))
        cost = np.hypot(*np.moveaxis(points - sites, 2, 0))
        cost[cost > rng.choice([0.4, 0.5, 0.7])] = 10.0 ** rng.integers(3, 13)
        expected = by_brute_force(cost, p, np.ones(n), [], [])[0]
        found = p_median(cost, p)
        assert found.status == "optimal", trial
        assert found.objective == pytest.approx(expected, rel=1e-6)
        assert found.bound <= expected * (1 + 1e-13)


def test_a_first_set_a_billion_times_dearer_does_not_blur_what_branch_and_cut_proves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Its tolerances are counted in the best set known, which here pays a penalty until it runs.
    monkeypatch.setattr(engine, "COMPLETE_WORK", 0)
    monkeypatch.setattr(engine, "CORE_P", 1)
    monkeypatch.setattr(engine, "TREE_P", 0)
    monkeypatch.setattr(engine, "LEAF_SETS", 1)
    monkeypatch.setattr(engine.Search, "_improve", lambda *_: None)
    monkeypatch.setattr(engine, "first_set", lambda C, cap, p: np.argsort(-C.table.sum(axis=1))[:p])
    monkeypatch.setattr(engine, "ROOT_STEPS", engine.Steps(first=0.02, least=0.019, patience=1))
    for seed in range(10):
        rng = np.random.default_rng(seed)
        cost = np.where(rng.random((12, 9)) < 0.4, 1e12, rng.random((12, 9)))
        expected = by_brute_force(cost, 3, np.ones(12), [], [])[0]
        found = p_median(cost, 3)
        assert found.bound <= expected * (1 + 1e-13)
        assert found.objective == pytest.approx(expected, rel=1e-6)


def test_no_rounding_of_large_whole_costs_rules_out_an_optimum_by_one() -> None:
    # Sums of 1e11 lie 1e-5 apart: a bound that forgets it proves a set that is worse by one.
    node = lagrangian.Node(
        bound=0.0,
        opened=np.empty(0, np.int64),
        columns=np.arange(2),
        p=1,
        cap=np.full(3, 4e15),
        lam=np.full(3, 1e15 / 3),
    )
    steps = lagrangian.Steps(first=1.0, least=0.1, patience=3)
    ascent = lagrangian.Ascent(Dense(np.full((2, 3), 1e15 / 3)), node, cutoff=np.inf, target=1e15, steps=steps)
    ascent.certify()
    exact = 3 * Fraction(1e15 / 3)
    assert Fraction(ascent.bound) <= exact <= Fraction(ascent.bound + 2 * ascent.slack + 1.0)


def test_equal_places_cost_nothing_and_that_is_proven_at_once() -> None:
    places = np.random.default_rng(4).random((30, 2)).repeat(4, axis=0)
    found = p_median(np.hypot(*np.moveaxis(places[:, None] - places[None], 2, 0)), 30, time_limit=20.0)
    assert (found.objective, found.bound, found.status) == (0.0, 0.0, "optimal")


def test_sites_that_cannot_cover_are_refused_before_any_branching() -> None:
    # 24 pairs of points, each pair served by two sites of its own: 23 sites are one too few.
    cost = np.full((48, 48), np.inf)
    for pair in range(24):
        cost[2 * pair : 2 * pair + 2, 2 * pair : 2 * pair + 2] = 1.5
    with pytest.raises(ValueError, match="reach"):
        p_median(cost, 23, time_limit=20.0)


@pytest.mark.parametrize("listed", [False, True])
def test_weights_of_very_different_size_are_proven_without_a_branch(
    listed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Zipf's law: one town holds as much as half of the others together. With one step for all
    # multipliers the bound is still several per cent away when its steps have become too small.
    if listed:
        monkeypatch.setattr("capacity.engines.exact.p_median_instance.LISTED_ABOVE", 0)
    rng = np.random.default_rng(5)
    xy = rng.random((600, 2))
    people = rng.permutation(1e6 / np.arange(1, 601))
    cost = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    found = p_median(cost, 30 if listed else 6, weights=people, time_limit=20)
    assert found.status == "optimal"
    assert found.gap <= 1e-6


def test_few_sites_to_choose_are_split_before_branch_and_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "COMPLETE_WORK", 0)
    monkeypatch.setattr(engine, "LEAF_SETS", 0)
    monkeypatch.setattr(engine, "CORE_P", 2)
    monkeypatch.setattr(engine, "ROOT_STEPS", engine.Steps(first=0.02, least=0.02, patience=1))
    cost = np.random.default_rng(8).integers(0, 99, (40, 30)).astype(float)
    methods = []
    for nodes in (10**6, 0):
        monkeypatch.setattr(engine, "TREE_NODES", nodes)
        methods.append(p_median(cost, 6).engine)
    assert methods == ["Lagrangian branch and bound", "Lagrangian bound and branch and cut"]
