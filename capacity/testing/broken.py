"""A law that is broken: which, on what smallest problem, and how to see it again."""

from __future__ import annotations

import numpy as np

from capacity.problem.problem import Problem


class BrokenLawError(AssertionError):
    """A rule, an engine or an objective breaks a law.

    Attributes
    ----------
    law : str
    problem : Problem or None
        The smallest found that breaks it.
    seed : int
        Of the problem it was first seen in.
    """

    def __init__(self, what: str, law: str, said: str, problem: Problem | None, seed: int, again: str) -> None:
        self.law, self.problem, self.seed = law, problem, seed
        small = (
            "" if problem is None else (f"\nThe smallest problem found (this error's `problem`):\n{described(problem)}")
        )
        super().__init__(f"{what} breaks the law: {law}.\n{said}{small}\nTo repeat it: {again}")


def described(problem: Problem) -> str:
    """A small problem in a few lines."""
    net = problem.network
    said = [
        f"  policy: {problem.policy!r}",
        f"  women (scenario by point): {np.round(problem.women, 3).tolist()}",
        f"  probability {np.round(problem.probability, 3).tolist()}, must hold {problem.must_hold.tolist()}",
        f"  minutes (point by site): {np.round(problem.minutes, 2).tolist()}",
        f"  points {list(net.point_ids)} in regions {list(net.point_regions)}",
        f"  sites {list(net.site_ids)} in regions {list(net.site_regions)}",
        f"  sizes {[list(map(int, x)) for x in zip(*problem.size_limits, strict=True)]}",
    ]
    if net.site_columns:
        said.append(f"  site columns: {dict(net.site_columns)}")
    return "\n".join(said)
