"""Families may be split: sets ranked by bounds beside the mixed-integer model, in one run.

``python -m benchmarks.ranking`` takes about five minutes, nearly all of them the model's. The Danish case with
`nearest` off; CPU seconds of the work in this process; both sides must give the same values.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import capacity as cap
from capacity.engines.linear.model import build
from capacity.engines.rank.ranked import in_order
from capacity.engines.ties import in_order_by_model
from capacity.rules.objectives import objective_named

ALIKE = 1e-6


def main() -> None:
    """Print each job with both times and their ratio."""
    problem = cap.denmark({"rules.nearest": False})
    jobs: list[tuple[str, Callable[[], list[float]], Callable[[], list[float]]]] = [
        (f"best plan by {name}", *(_best(problem, name, engine) for engine in ("rank", "mip")))
        for name in ("travel", "fair", "cost")
    ]
    jobs.append(("ten best sets by travel", *_ten(problem)))
    print(f"{'job':28} {'ranked':>9} {'model':>9} {'ratio':>8}")
    for job, ranked, model in jobs:
        (first, one), (second, other) = _timed(ranked), _timed(model)
        if any(abs(a - b) > ALIKE * max(1.0, abs(b)) for a, b in zip(one, other, strict=True)):
            raise SystemExit(f"{job}: {one} is not {other}")
        print(f"{job:28} {first:7.2f} s {second:7.2f} s {f'1/{second / first:.0f}':>8}", flush=True)


def _best(problem: cap.Problem, name: str, engine: str) -> Callable[[], list[float]]:
    return lambda: [cap.solve(problem, name, engine=engine).loss]


def _ten(problem: cap.Problem) -> tuple[Callable[[], list[float]], Callable[[], list[float]]]:
    travel = objective_named("travel")
    return (
        lambda: [one.rank.objective for one in in_order(problem, travel, 10)],
        lambda: [one.rank.objective for one in in_order_by_model(build(problem, travel), 10)],
    )


def _timed(work: Callable[[], list[float]]) -> tuple[float, list[float]]:
    started = time.process_time()
    values = work()
    return time.process_time() - started, values


if __name__ == "__main__":
    main()
