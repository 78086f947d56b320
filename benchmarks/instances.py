"""Readers of the public benchmark files in the folder that ``CAPACITY_INSTANCES`` names (never part of this project).

pmed, cap, capa-capc: OR-Library (Beasley 1985, 1988). rl1304: TSPLIB (Reinelt 1991).
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

FOLDER = Path(os.environ.get("CAPACITY_INSTANCES", ""))

SMALL_CAP = {
    **{
        f"cap{k}": (f"cap{k}", None)
        for k in (
            61,
            62,
            63,
            64,
            71,
            72,
            73,
            74,
            91,
            92,
            93,
            94,
            101,
            102,
            103,
            104,
            121,
            122,
            123,
            124,
            131,
            132,
            133,
            134,
            41,
        )
    },
    **{f"cap4{k}": (f"cap6{k}", 5_000.0) for k in (2, 3, 4)},
    "cap51": ("cap63", 10_000.0),
    **{f"cap8{k}": (f"cap9{k}", 5_000.0) for k in (1, 2, 3, 4)},
    **{f"cap11{k}": (f"cap12{k}", 5_000.0) for k in (1, 2, 3, 4)},
}
"""The 37 files with a published optimum: the file each is read from, and the capacity that replaces the file's."""

RL1304 = {
    5: 3_099_073,
    10: 2_134_295,
    20: 1_412_108,
    50: 795_012,
    100: 491_639,
    200: 268_573,
    300: 177_326,
    400: 128_332,
    500: 97_024,
}
"""Optima by p (Duran-Mateluna, Ales, Elloumi 2023, table 2)."""

STOCHASTIC = {3: 7860.2263, 10: 7831.3678, 100: 8115.6034, 1_000: 8148.9155, 10_000: 8131.26}
"""Best values known of `stochastic` by number of scenarios (seed 0)."""


def there() -> bool:
    """Whether the files are on this machine."""
    return (FOLDER / "pmed").is_dir()


def pmed(name: str) -> tuple[np.ndarray, int]:
    """Distances and p of one file; of a repeated edge the last line counts."""
    from scipy.sparse.csgraph import shortest_path

    numbers = np.array((FOLDER / "pmed" / f"{name}.txt").read_text(encoding="utf-8").split(), dtype=np.int64)
    n, edges, p = (int(x) for x in numbers[:3])
    table = np.full((n, n), np.inf)
    np.fill_diagonal(table, 0)
    for one, other, length in numbers[3 : 3 + 3 * edges].reshape(edges, 3):
        table[one - 1, other - 1] = table[other - 1, one - 1] = length
    return shortest_path(table, method="D", directed=False), p


def pmed_optima() -> dict[str, float]:
    """Published optima of pmed1-40."""
    lines = (FOLDER / "pmed" / "pmedopt.txt").read_text(encoding="utf-8").splitlines()[1:]
    return {name: float(value) for name, value in (line.split() for line in lines if line.strip())}


def rl1304() -> np.ndarray:
    """Distances, rounded down as in the table of optima."""
    lines = (FOLDER / "tsplib" / "rl1304.tsp").read_text(encoding="utf-8").splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("NODE_COORD")) + 1
    rows = [line.split()[1:3] for line in lines[start:] if line.strip() and not line.startswith("EOF")]
    xy = np.array(rows, dtype=float)
    return np.floor(np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2)))


def cap(name: str, capacity: float | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Opening costs (m,), cost per unit of demand (n, m), demand (n,), capacities (m,)."""
    source, own = SMALL_CAP.get(name, (name, None))
    folder = "capabc" if name in ("capa", "capb", "capc") else "cap"
    text = (FOLDER / folder / f"{source}.txt").read_text(encoding="utf-8").replace("capacity", "nan")
    numbers = np.array(text.split(), dtype=float)
    m, n = int(numbers[0]), int(numbers[1])
    sites = numbers[2 : 2 + 2 * m].reshape(m, 2)
    points = numbers[2 + 2 * m : 2 + 2 * m + n * (m + 1)].reshape(n, m + 1)
    limit = capacity if capacity is not None else own
    room = sites[:, 0].copy() if limit is None else np.full(m, limit)
    demand = points[:, 0]
    # The files give the cost of the whole demand; a point without demand costs nothing.
    each = np.divide(points[:, 1:], demand[:, None], out=np.zeros((n, m)), where=demand[:, None] > 0)
    return sites[:, 1].copy(), each, demand.copy(), room


def cap_optima() -> dict[tuple[str, float | None], float]:
    """Published optima by file, and by capacity for capa, capb and capc."""
    optima: dict[tuple[str, float | None], float] = {}
    name = ""
    for line in (FOLDER / "cap" / "capopt.txt").read_text(encoding="utf-8").splitlines()[1:]:
        words = line.replace("(capacity", "").replace(")", "").split()
        if words and words[0] == "Note":
            break
        if words and words[0].startswith("cap"):
            name, words = words[0], words[1:]
        if words:
            optima[name, float(words[1]) if len(words) > 1 else None] = float(words[0])
    return optima


def stochastic(scenarios: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """98 points, 40 sites in the unit square: fixed (m,), capacity (m,), cost (n, m), demand (S, n), unserved."""
    n, m, slack = 98, 40, 4.0
    rng = np.random.default_rng(seed)
    points, sites = rng.random((n, 2)), rng.random((m, 2))
    cost = np.sqrt(((points[:, None] - sites[None]) ** 2).sum(axis=2))
    base = rng.uniform(20, 180, n)
    capacity = rng.uniform(0.5, 1.5, m) * slack * base.sum() / m
    fixed = rng.uniform(500, 1_000, m)
    common = rng.normal(1, 0.10, scenarios)[:, None]
    demand = np.maximum(0, base[None] * common * rng.lognormal(0, 0.25, (scenarios, n)))
    return fixed, capacity, cost, demand, 5.0
