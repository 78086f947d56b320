"""The engines on drawn instances, ten seeds each that were never used while tuning: median and worst CPU seconds.

Run with ``python -m benchmarks.seeds [country | zipf | road | road_zipf | uncapacitated |
single | single_roomier]``. Weights with heavy tails
(Zipf's law: towns from one person to a million) belong to every family of instances: a bound that climbs with one step
for all points stalls on them. A plain HiGHS model stands beside the uncapacitated rows (three seeds).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

LIMIT = 60.0
"""Seconds for each."""

SEEDS = range(201, 211)


def _zipf(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.permutation(1e6 / np.arange(1, n + 1))


def _square(rng: np.random.Generator, n: int) -> np.ndarray:
    xy = rng.random((n, 2))
    return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))


def _grid_of_roads(rng: np.random.Generator, side: int = 25) -> np.ndarray:
    """Shortest ways between the crossings of a crooked grid that lacks 15 % of its roads."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components, shortest_path

    place = np.arange(side * side).reshape(side, side)
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) + rng.uniform(
        -0.3, 0.3, (side * side, 2)
    )
    ends = np.concatenate(
        [
            np.stack([place[:, :-1].ravel(), place[:, 1:].ravel()], axis=1),
            np.stack([place[:-1].ravel(), place[1:].ravel()], axis=1),
        ]
    )
    ends = ends[rng.random(len(ends)) < 0.85]
    length = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T) * rng.uniform(1.0, 1.5, len(ends))
    roads = coo_array((length, (ends[:, 0], ends[:, 1])), shape=(side * side,) * 2).tocsr()
    _, part = connected_components(roads, directed=False)
    stay = part == np.bincount(part).argmax()
    return shortest_path(roads[stay][:, stay], directed=False)


def country(seed: int) -> Any:
    """20,000 places of a made-up country, 10 of 100 sites."""
    from capacity.exact import p_median
    from capacity.synthetic import country as made_up

    land = made_up(20_000, 100, seed=seed)
    cost = land.minutes
    return lambda: p_median(cost, 10, weights=land.people, time_limit=LIMIT)


def zipf(seed: int) -> Any:
    """2,000 places in a square, weights by Zipf's law, 10 of them chosen."""
    from capacity.exact import p_median

    rng = np.random.default_rng(seed)
    cost, weights = _square(rng, 2_000), _zipf(rng, 2_000)
    return lambda: p_median(cost, 10, weights=weights, time_limit=LIMIT)


def road(seed: int) -> Any:
    """About 625 crossings, weights from 1 to 99, 15 of them chosen."""
    from capacity.exact import p_median

    rng = np.random.default_rng(seed)
    cost = _grid_of_roads(rng)
    weights = rng.integers(1, 100, len(cost)).astype(float)
    return lambda: p_median(cost, 15, weights=weights, time_limit=LIMIT)


def road_zipf(seed: int) -> Any:
    """The same with weights by Zipf's law."""
    from capacity.exact import p_median

    rng = np.random.default_rng(seed)
    cost = _grid_of_roads(rng)
    weights = _zipf(rng, len(cost))
    return lambda: p_median(cost, 15, weights=weights, time_limit=LIMIT)


def uncapacitated(seed: int) -> Any:
    """300 places, each of them a site that costs sqrt(300)/1000 to open."""
    from capacity.exact import facility_location

    cost = _square(np.random.default_rng(seed), 300)
    return lambda: facility_location(np.full(300, np.sqrt(300) / 1_000), cost, np.ones(300), time_limit=LIMIT)


def _tight(points: int, sites: int, room: float, seed: int) -> Any:
    from benchmarks.facility import square
    from capacity.exact import facility_location

    arrays = square(points, sites, room, seed)
    return lambda: facility_location(*arrays, single_source=True, time_limit=LIMIT)


def single(seed: int) -> Any:
    """60 points, 20 sites that hold 1.5 times the demand, each point served by one site."""
    return _tight(60, 20, 1.5, seed)


def single_roomier(seed: int) -> Any:
    """90 points, 30 sites that hold twice the demand, each point served by one site."""
    return _tight(90, 30, 2.0, seed)


def plain_uncapacitated(seed: int) -> float:
    """CPU seconds of the same as one HiGHS model."""
    from capacity.engines.exact.linear import LinearProgram

    cost = _square(np.random.default_rng(seed), 300)
    start = time.process_time()
    n, pairs = 300, np.arange(300 * 300)
    point, site = np.divmod(pairs, n)
    one = np.ones(len(pairs))
    program = LinearProgram(
        cost=np.concatenate([np.full(n, np.sqrt(n) / 1_000), cost.ravel()]),
        lower=np.zeros(n + n * n),
        upper=np.ones(n + n * n),
        integer=np.arange(n + n * n) < n,
    )
    program.add_rows(n, [(point, n + pairs, one)], 1.0, 1.0)
    program.add_rows(n * n, [(pairs, n + pairs, one), (pairs, site, -one)], -np.inf, 0.0)
    program.load(time_limit=LIMIT, mip_rel_gap=1e-7).run()
    return time.process_time() - start


FAMILIES: dict[str, tuple[Callable[[int], Any], float, Callable[[int], float] | None]] = {
    "country": (country, 5.0, None),
    "zipf": (zipf, 3.0, None),
    "road": (road, 10.0, None),
    "road_zipf": (road_zipf, 10.0, None),
    "uncapacitated": (uncapacitated, 1.5, plain_uncapacitated),
    "single": (single, 5.0, None),
    "single_roomier": (single_roomier, 5.0, None),
}
"""What is drawn, the goal in seconds, and what stands beside it."""


def main() -> None:
    """Print one line for each family that the arguments name, or for all."""
    print(f"{'family':14} {'goal':>6} {'median':>8} {'worst':>8} {'proven':>7} {'plain':>8}")
    for name in sys.argv[1:] or FAMILIES:
        draw, goal, beside = FAMILIES[name]
        seconds, proven, plain = [], 0, []
        for seed in SEEDS:
            ask = draw(seed)
            start = time.process_time()
            proven += ask().status == "optimal"
            seconds.append(time.process_time() - start)
            if beside is not None and len(plain) < 3:
                plain.append(beside(seed))
        said = f"{np.median(plain):8.2f}" if plain else f"{'-':>8}"
        print(f"{name:14} {goal:6.1f} {np.median(seconds):8.2f} {max(seconds):8.2f} {proven:4}/10 {said}", flush=True)


if __name__ == "__main__":
    main()
