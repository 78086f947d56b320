"""Roads at the size of a region and of a country, made up: CPU and memory of reading, drawing together and searching.

``python benchmarks/roads.py [--million 0.9 7] [--seed 1] [--in-file]`` writes an extract of so many million road nodes
to a scratch folder (a grid of streets with bends between its crossings, every tenth a one-way street, with footways
beside them), and prints what `capacity.preparing` takes of it, in a process of its own. With ``--in-file`` places of
nodes are kept in a file, as those of an extract of 400 MB and more are.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

BENDS = 18
"""Nodes of a street between two crossings."""


def write(path: Path, million: float, seed: int) -> int:
    """A square grid of streets; how many nodes it has."""
    import osmium

    rng = np.random.default_rng(seed)
    side = int(np.sqrt(million * 1e6 / (2 * BENDS)))
    step = 4.0 / side
    with osmium.SimpleWriter(str(path)) as writer:
        make, ident, way = osmium.osm.mutable, side * side, 0

        def node(i: int, x: float, y: float) -> None:
            writer.add_node(make.Node(id=i + 1, location=(8 + x, 54 + y), version=1))

        for i in range(side * side):
            node(i, i % side * step, i // side * step)
        streets = []
        for i in range(side * side):
            for j in ((i + 1) if (i + 1) % side else -1, i + side if i + side < side * side else -1):
                if j < 0:
                    continue
                inner = list(range(ident, ident + BENDS))
                ident += BENDS
                for k, one in enumerate(inner, start=1):
                    share = k / (BENDS + 1)
                    x = (i % side * (1 - share) + j % side * share) * step
                    y = (i // side * (1 - share) + j // side * share) * step
                    wiggle = step / 40 * rng.standard_normal(2)
                    node(one, x + wiggle[0], y + wiggle[1])
                streets.append([i, *inner, j])
        for refs in streets:
            way += 1
            kind = ("primary", "secondary", "residential", "tertiary")[way % 4]
            tags = {"highway": kind} | ({"oneway": "yes"} if way % 10 == 0 else {})
            if way % 7 == 0:
                tags["maxspeed"] = "50"
            writer.add_way(make.Way(id=way, nodes=[r + 1 for r in refs], tags=tags, version=1))
            if way % 5 == 0:
                way += 1
                writer.add_way(
                    make.Way(id=way, nodes=[r + 1 for r in refs[:3]], tags={"highway": "footway"}, version=1)
                )
    return ident


def measure(path: str, in_file: bool = False) -> None:
    """Read, draw together and search one extract; prints a JSON object."""
    from capacity.preparing import extracts
    from capacity.preparing.roads import read_roads
    from capacity.preparing.routing import routes
    from capacity.preparing.speeds_of_roads import Speeds

    if in_file:
        extracts.HELD = 0
    before = time.process_time()
    roads = read_roads([path], Speeds())
    read = time.process_time()
    rng = np.random.default_rng(2)
    where = np.array([8, 54]) + 4 * rng.random((130, 2))
    found = routes(roads.lines, where[:100], where[100:])
    done = time.process_time()
    print(
        json.dumps(
            {
                "nodes": roads.lines.nodes,
                "crossings": found.crossings,
                "read_s": round(read - before, 2),
                "search_s": round(done - read, 2),
                "cpu_s": round(done - before, 2),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "reachable": float(np.isfinite(found.minutes).mean()),
            }
        )
    )


def main() -> None:
    """Print a line an extract."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--million", type=float, nargs="+", default=[0.9])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--in-file", action="store_true")
    asked = parser.parse_args()
    for million in asked.million:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "made-up.osm.pbf"
            write(path, million, asked.seed)
            here = str(Path(__file__).parent)
            code = (
                f"import sys; sys.path.insert(0, {here!r}); import roads; roads.measure({str(path)!r}, {asked.in_file})"
            )
            subprocess.run([sys.executable, "-c", code], check=True)


if __name__ == "__main__":
    main()
