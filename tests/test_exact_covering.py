"""Covering, the p-center and dispersion: against all sets, and what they refuse."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from capacity.engines.exact import covering_table as tables
from capacity.errors import NoPlanError
from capacity.exact import backup_cover, covering, max_cover, p_center, p_dispersion, set_cover
from capacity.exact import covering_program as programs
from tests.test_exact_p_median import INSTANCES, read

Sites = tuple[int, ...]


@dataclass(frozen=True)
class Drawn:
    """A small problem: what covers what, costs, weights, and all sets of sites that may be asked for."""

    table: np.ndarray
    cost: np.ndarray
    weights: np.ndarray
    opening: np.ndarray
    keep: list[int]
    forbid: list[int]
    p: int

    def sets(self, size: int | None = None) -> Iterator[Sites]:
        sites = range(self.table.shape[1])
        for r in range(len(sites) + 1) if size is None else (size,):
            for chosen in itertools.combinations(sites, r):
                if set(self.keep) <= set(chosen) and not set(self.forbid) & set(chosen):
                    yield chosen


def drawn(rng: np.random.Generator, trial: int) -> Drawn:
    """Ties and rounding in turns, sites to keep and to forbid, points out of reach."""
    n, m = int(rng.integers(1, 12)), int(rng.integers(1, 9))
    cost = rng.integers(0, 30, (n, m)).astype(float) if trial % 2 else rng.random((n, m))
    if trial % 3 == 0:
        cost[rng.random((n, m)) < 0.25] = np.inf
    keep = [int(rng.integers(m))] if trial % 4 == 0 else []
    forbid = [j for j in range(m) if j not in keep][:1] if trial % 5 == 0 and m > len(keep) + 1 else []
    return Drawn(
        table=rng.random((n, m)) < rng.choice([0.2, 0.4, 0.7]),
        cost=cost,
        weights=rng.integers(0, 9, n).astype(float) if trial % 2 else rng.random(n) * 5,
        opening=rng.integers(0, 9, m).astype(float) if trial % 3 else rng.random(m),
        keep=keep,
        forbid=forbid,
        p=int(rng.integers(max(1, len(keep)), m - len(forbid) + 1)),
    )


def check_set_cover(one: Drawn) -> None:
    costs = [float(one.opening[list(s)].sum()) for s in one.sets() if one.table[:, list(s)].any(axis=1).all()]
    if not costs:
        with pytest.raises(ValueError, match="covers the points"):
            set_cover(one.table, cost=one.opening, keep=one.keep, forbid=one.forbid)
        return
    found = set_cover(one.table, cost=one.opening, keep=one.keep, forbid=one.forbid)
    assert found.objective == pytest.approx(min(costs), abs=1e-9)
    assert found.bound <= min(costs) + 1e-12
    assert found.status == "optimal"
    assert found.sites in set(one.sets())
    assert one.table[np.arange(len(one.table)), found.assignment].all()


def check_max_cover(one: Drawn) -> None:
    def weight(sites: Sites) -> float:
        return float(one.weights[one.table[:, list(sites)].any(axis=1)].sum())

    best = sorted(map(weight, one.sets(one.p)), reverse=True)
    for k_best in (1, 3):
        found = max_cover(one.table, one.p, weights=one.weights, keep=one.keep, forbid=one.forbid, k_best=k_best)
        entries = [(found.objective, found.sites), *found.others]
        assert [value for value, _ in entries] == pytest.approx(best[:k_best], abs=1e-5)
        assert all(weight(sites) == pytest.approx(value) for value, sites in entries)
        assert len({sites for _, sites in entries} & set(one.sets(one.p))) == len(entries)
        assert found.bound >= best[0] - 1e-9
        assert found.status == "optimal"


def check_backup_cover(one: Drawn) -> None:
    twice = [
        float(one.weights[one.table[:, list(s)].sum(axis=1) >= 2].sum())
        for s in one.sets(one.p)
        if one.table[:, list(s)].any(axis=1).all()
    ]
    arguments: dict[str, Any] = {"weights": one.weights, "keep": one.keep, "forbid": one.forbid}
    if not twice:
        with pytest.raises(ValueError, match="cover every point"):
            backup_cover(one.table, one.p, **arguments)
        return
    found = backup_cover(one.table, one.p, **arguments)
    assert found.objective == pytest.approx(max(twice), abs=1e-9)
    assert found.bound >= max(twice) - 1e-12
    assert found.status == "optimal"
    assert found.sites in set(one.sets(one.p))


def check_p_center(one: Drawn) -> None:
    counts = one.weights > 0

    def radius(sites: Sites) -> float:
        ways = one.cost[:, list(sites)].min(axis=1)[counts]
        return float((one.weights[counts] * ways).max(initial=0.0))

    least = min(map(radius, one.sets(one.p)))
    arguments: dict[str, Any] = {"weights": one.weights, "keep": one.keep, "forbid": one.forbid}
    if np.isinf(least):
        with pytest.raises(ValueError, match="within reach"):
            p_center(one.cost, one.p, **arguments)
        return
    found = p_center(one.cost, one.p, **arguments)
    # Nothing is rounded on the way: the numbers are the same.
    assert (found.objective, found.bound, found.gap) == (least, least, 0.0)
    assert radius(found.sites) == least
    assert found.sites in set(one.sets(one.p))


def check_p_dispersion(one: Drawn) -> None:
    m = one.table.shape[1]
    one_way = np.random.default_rng(int(one.opening.sum() * 1e6) % 2**32).integers(0, 25, (m, m)).astype(float)
    p = max(one.p, 2)
    if p > m - len(one.forbid):
        return

    def least(sites: Sites) -> float:
        return min(min(one_way[j, k], one_way[k, j]) for j, k in itertools.combinations(sites, 2))

    best = max(map(least, one.sets(p)))
    found = p_dispersion(one_way, p, keep=one.keep, forbid=one.forbid)
    assert (found.objective, found.bound, found.status) == (best, best, "optimal")
    assert least(found.sites) == best
    assert found.sites in set(one.sets(p))


CHECKS: dict[str, Callable[[Drawn], None]] = {
    f.__name__.removeprefix("check_"): f
    for f in (check_set_cover, check_max_cover, check_backup_cover, check_p_center, check_p_dispersion)
}


@pytest.mark.parametrize("kind", CHECKS)
def test_as_the_best_of_all_sets(kind: str) -> None:
    """1,000 of each kind: ``python -m benchmarks.covering referee``."""
    rng = np.random.default_rng(24)
    for trial in range(60):
        CHECKS[kind](drawn(rng, trial))


def towns(n: int, seed: int = 0) -> np.ndarray:
    """Distances between points in the unit square."""
    xy = np.random.default_rng(seed).random((n, 2))
    return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))


def scattered(n: int, seed: int = 0) -> np.ndarray:
    """Which of n sites cover which of n points, without any geography: nothing of it is superfluous."""
    return (np.random.default_rng(seed).random((n, n)) < 0.1) | np.eye(n, dtype=bool)


def test_reductions_change_no_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    distance = towns(80)
    with_them = set_cover(distance <= 0.15)
    monkeypatch.setattr(tables, "DOMINANCE_WORK", 0.0)
    without = set_cover(distance <= 0.15)
    assert with_them.objective == without.objective == with_them.bound == without.bound


def test_a_site_that_covers_no_less_for_no_more_stays() -> None:
    table = np.array([[1, 1, 0, 1], [1, 1, 1, 1]], dtype=bool)
    lost = tables.superfluous_columns(table, np.array([3.0, 2.0, 2.0, 2.0]))
    assert lost.tolist() == [True, False, True, True]
    assert tables.superfluous_rows(table).tolist() == [False, True]


def test_truth_numbers_and_sparse_tables_are_the_same() -> None:
    table = towns(30) <= 0.3
    answers = {max_cover(given, 3).sites for given in (table, table.astype(float), table.tolist(), csr_array(table))}
    assert len(answers) == 1


def test_a_center_found_from_a_few_points_serves_all() -> None:
    distance = towns(150, seed=2).astype(np.float32)
    found = p_center(distance, 6)
    assert found.status == "optimal"
    assert found.objective == float(distance[:, list(found.sites)].min(axis=1).max())
    assert (distance[np.arange(150), found.assignment] <= found.objective).all()


CENTERS = {1: 127, 2: 98, 3: 93, 4: 74, 5: 48, 6: 84, 7: 64, 8: 55, 9: 37, 10: 20}
"""Optima of pmed1-10 as p-center problems (Elloumi, Labbe and Pochet 2004, INFORMS Journal on Computing 16(1))."""


@pytest.mark.skipif(not INSTANCES.is_dir(), reason="CAPACITY_INSTANCES is not set")
@pytest.mark.parametrize("number", CENTERS)
def test_published_centers_are_proven(number: int) -> None:
    found = p_center(*read(f"pmed{number}"))
    assert (found.objective, found.bound) == (CENTERS[number], CENTERS[number])


def test_a_center_cut_short_says_so() -> None:
    found = p_center(towns(400, seed=3), 25, time_limit=0.2)
    assert found.status == "feasible"
    assert 0.0 < found.bound < found.objective
    assert found.gap == pytest.approx(1.0 - found.bound / found.objective)


def test_a_dispersion_cut_short_says_so() -> None:
    found = p_dispersion(towns(200), 12, time_limit=1e-6)
    assert found.status == "feasible"
    assert 0.0 < found.objective < found.bound


def test_a_cover_cut_short_keeps_the_greedy_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "solved", lambda *_: (None, -np.inf))
    found = set_cover(scattered(60))
    assert found.status == "feasible"
    assert found.bound == 0.0 < found.objective


def test_a_backup_cut_short_covers_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = towns(60, seed=5) <= 0.3
    monkeypatch.setattr(covering, "solved", lambda *_: (None, -np.inf))
    found = backup_cover(table, 20)
    assert table[:, list(found.sites)].any(axis=1).all()
    assert (found.status, found.bound, len(found.sites)) == ("feasible", 60.0, 20)
    with pytest.raises(NoPlanError, match="time limit"):
        backup_cover(table, 3)


@pytest.mark.parametrize(
    ("engine", "arguments", "said"),
    [
        (set_cover, {"covers": [1, 0]}, "table"),
        (set_cover, {"covers": [[np.nan]]}, "NaN"),
        (set_cover, {"covers": [[1]], "cost": [-1.0], "keep": [3]}, r"cost is 1 .* keep names columns"),
        (set_cover, {"covers": [[0, 1], [0, 0]]}, r"covers the points 1"),
        (max_cover, {"covers": [[1, 0]], "p": 3, "weights": [1, 2]}, r"weights is 1 .* p is a whole number"),
        (max_cover, {"covers": [[1, 0]], "p": 1, "k_best": 0}, "k_best"),
        (backup_cover, {"covers": [[1, 0]], "p": 1, "time_limit": 0}, "time_limit"),
        (p_center, {"cost": [1.0], "p": 1}, "table"),
        (p_center, {"cost": [[-1.0, 2.0]], "p": 3}, r"not negative .* whole number"),
        (p_center, {"cost": [[1.0, 2.0], [np.inf, np.inf]], "p": 1}, "reach of the points 1"),
        (p_center, {"cost": [[1.0, np.inf], [np.inf, 1.0]], "p": 1}, "No 1 sites"),
        (p_dispersion, {"distance": [[0.0, 1.0]], "p": 2}, "sites by sites"),
        (p_dispersion, {"distance": [[0.0, -1.0], [1.0, 0.0]], "p": 3}, r"not negative.* whole number"),
    ],
)
def test_what_is_refused(engine: Callable[..., Any], arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        engine(**arguments)


@pytest.mark.parametrize("engine", [set_cover, p_center, p_dispersion])
def test_nobody_to_decide_for(engine: Callable[..., Any]) -> None:
    """All sites forced, or no point that counts."""
    distance = towns(4)
    if engine is set_cover:
        assert set_cover(distance <= 0.0, cost=np.arange(4.0)).sites == (0, 1, 2, 3)
    elif engine is p_center:
        assert p_center(distance, 2, weights=np.zeros(4)).objective == 0.0
        assert p_center(distance, 4, keep=[0, 1, 2, 3]).sites == (0, 1, 2, 3)
    else:
        assert p_dispersion(distance, 4).sites == (0, 1, 2, 3)


@pytest.mark.parametrize("engine", ["enough", "solved"])
def test_ctrl_c_reaches_the_caller(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "run_engine", lambda *_: True)
    monkeypatch.setattr(programs, "greedy_cover", lambda table, _: np.arange(table.shape[1]))
    if engine == "solved":
        with pytest.raises(KeyboardInterrupt):
            set_cover(scattered(60))
    else:
        found = p_center(towns(60), 6)
        assert found.status == "feasible"  # the sites met before
