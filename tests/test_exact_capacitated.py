"""The capacitated p-median: against all assignments, and against the published optima."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from capacity.errors import NoPlanError
from capacity.exact import capacitated, capacitated_p_median

FILE = Path(os.environ.get("CAPACITY_INSTANCES", "")) / "pmedcap" / "pmedcap1.txt"


def drawn(rng: np.random.Generator, trial: int) -> dict[str, Any]:
    """Ties and rounding in turns, points out of reach, least loads, sites to keep and to forbid, too little room."""
    n, m = int(rng.integers(2, 7)), int(rng.integers(2, 6))
    p = int(rng.integers(1, m + 1))
    cost = rng.integers(0, 30, (n, m)).astype(float) if trial % 2 else rng.random((n, m))
    if trial % 3 == 0:
        cost[rng.random((n, m)) < 0.15] = np.inf
    demand = rng.integers(1, 6, n).astype(float) if trial % 4 else rng.random(n) * 3
    room = np.round(rng.random(m) * demand.sum() * 2.2 / p, 0 if trial % 4 else 3)
    return {
        "cost": cost,
        "demand": demand,
        "capacity": room,
        "p": p,
        "least": np.minimum(np.round(room * rng.random(m) * 0.6), room) if trial % 5 == 0 else None,
        "weights": demand if trial % 2 else None,
        "keep": [int(rng.integers(m))] if trial % 7 == 0 else [],
        "forbid": [m - 1] if trial % 11 == 1 and trial % 7 and p < m else [],
    }


def choices(given: dict[str, Any]) -> list[tuple[int, ...]]:
    return [
        sites
        for sites in itertools.combinations(range(len(given["capacity"])), given["p"])
        if set(given["keep"]) <= set(sites) and not set(given["forbid"]) & set(sites)
    ]


def by_all_assignments(given: dict[str, Any]) -> float:
    cost, demand, room = given["cost"], given["demand"], given["capacity"]
    n, m = cost.shape
    low = np.zeros(m) if given["least"] is None else given["least"]
    mass = np.ones(n) if given["weights"] is None else given["weights"]
    best = np.inf
    for sites in choices(given):
        for which in itertools.product(sites, repeat=n):
            load = np.bincount(which, demand, minlength=m)[list(sites)]
            if (load <= room[list(sites)] + 1e-9).all() and (load >= low[list(sites)] - 1e-9).all():
                best = min(best, float((mass * cost[np.arange(n), list(which)]).sum()))
    return best


def by_linear_programs(given: dict[str, Any]) -> float:
    """Shares: a transport problem for each choice of sites."""
    cost, demand = given["cost"], given["demand"]
    n = len(demand)
    mass = np.ones(n) if given["weights"] is None else given["weights"]
    best = np.inf
    for sites in choices(given):
        part = cost[:, list(sites)]
        pairs = np.argwhere(np.isfinite(part))
        served, loads = np.zeros((n, len(pairs))), np.zeros((len(sites), len(pairs)))
        for column, (i, j) in enumerate(pairs):
            served[i, column], loads[j, column] = 1.0, demand[i]
        rows, most = [loads], [given["capacity"][list(sites)]]
        if given["least"] is not None:
            rows, most = [*rows, -loads], [*most, -given["least"][list(sites)]]
        paid = np.array([mass[i] * part[i, j] for i, j in pairs])
        if len(pairs):
            found = linprog(paid, np.vstack(rows), np.concatenate(most), served, np.ones(n))
            best = min(best, found.fun) if found.status == 0 else best
    return best


def check(given: dict[str, Any], single: bool = True) -> None:
    best = by_all_assignments(given) if single else by_linear_programs(given)
    if np.isinf(best):
        with pytest.raises(ValueError, match=r"serve every point|holds it"):
            capacitated_p_median(**given, single_source=single)
        return
    found = capacitated_p_median(**given, single_source=single)
    assert found.objective == pytest.approx(best, abs=1e-7)
    assert found.bound <= best + 1e-9
    assert found.status == "optimal"
    assert found.sites in choices(given)
    if single:
        load = np.bincount(found.assignment, given["demand"], minlength=len(given["capacity"]))
        assert (load <= given["capacity"] + 1e-9).all()


@pytest.mark.parametrize("single", [True, False])
def test_as_the_best_of_all_assignments(single: bool) -> None:
    """1,000: ``python -m benchmarks.covering referee``."""
    rng = np.random.default_rng(9)
    for trial in range(40):
        check(drawn(rng, trial), single)


def test_a_site_to_keep_is_not_held_against_what_it_serves() -> None:
    # Its value is worse than that of any site chosen: its pairs were closed as if it had taken another's place.
    rng = np.random.default_rng(1_000)
    given = [drawn(rng, trial) for trial in range(806)][805]
    assert given["keep"] == [0]
    check(given)


def test_a_huge_weight_blurs_no_small_one() -> None:
    """Nobody uses the pairs that 5e9 makes dear, and the others were too small for HiGHS to tell apart."""
    cost = np.array([[8.0, 5, 6, 0, 8], [8, 1, 3, 0, 8], [7, 8, 7, 5, 7], [8, 5, 6, 0, 8]])
    found = capacitated_p_median(
        cost, [0, 0, 2, 1], [2, 2, 1, 1, 1], 5, weights=[3.0, 5e9, 3e-9, 1e-9], single_source=False
    )
    least = 2.1e-8  # the third point at 7, where there is room; the fourth costs nothing where it is
    assert found.bound <= least * (1.0 + 1e-9)
    assert found.status == "feasible" or found.objective == pytest.approx(least)


def published(number: int) -> tuple[dict[str, Any], float]:
    """One of the 20 problems of Osman and Christofides (1994): distances are rounded down."""
    numbers = np.array(FILE.read_text(encoding="utf-8").split(), dtype=float)
    place = 1
    while True:
        name, best, n, p, room = numbers[place : place + 5]
        rows = numbers[place + 5 : place + 5 + 4 * int(n)].reshape(int(n), 4)
        if name == number:
            way = rows[:, None, 1:3] - rows[None, :, 1:3]
            cost = np.floor(np.hypot(way[..., 0], way[..., 1]))
            return {"cost": cost, "demand": rows[:, 3], "capacity": room, "p": int(p)}, best
        place += 5 + 4 * int(n)


@pytest.mark.skipif(not FILE.is_file(), reason="CAPACITY_INSTANCES is not set")
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_published_optima_are_proven(number: int) -> None:
    given, best = published(number)
    found = capacitated_p_median(**given)
    assert (found.objective, found.bound, found.status) == (best, best, "optimal")


def test_cut_short_it_says_so_and_keeps_what_it_met(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    cost, demand = rng.integers(1, 99, (30, 30)).astype(float), rng.integers(1, 9, 30).astype(float)
    best = capacitated_p_median(cost, demand, 29, 5)
    assert best.status == "optimal"
    monkeypatch.setattr(capacitated, "solved", lambda *_: (None, -np.inf))
    found = capacitated_p_median(cost, demand, 29, 5)
    assert found.status == "feasible"
    assert found.bound <= best.objective <= found.objective
    with pytest.raises(NoPlanError, match="time limit"):
        capacitated_p_median(cost, demand, 29, 5, single_source=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cost": [1.0, 2.0]}, "table"),
        ({"cost": [[-1.0, 2.0]], "p": 3}, r"not negative .* whole number"),
        ({"capacity": [1.0], "demand": [np.nan]}, r"demand is 1 .* capacity is 2"),
        ({"cost": [[np.inf, np.inf]]}, "holds it"),
        ({"demand": [7.0]}, "holds it"),
        ({"least": 2.0}, "No 1 sites"),
    ],
)
def test_what_is_refused(change: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"cost": [[1.0, 2.0]], "demand": [1.0], "capacity": [3.0, 3.0], "p": 1}
    with pytest.raises(ValueError, match=said):
        capacitated_p_median(**{**given, **change})
