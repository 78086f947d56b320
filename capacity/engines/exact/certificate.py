"""The answer of an exact engine: sites, assignment, and what is proven about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Status = Literal["optimal", "feasible"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Certificate:
    """Sites to open, who uses them, and the proof.

    Attributes
    ----------
    sites : tuple of int
        Open sites as column indices, ascending.
    assignment : ndarray, or sequence of ndarray
        Site of each point, (n,), where each point has one; otherwise shares, (n, m). Over scenarios
        ``assignment[s]`` are the shares of scenario s, worked out when they are asked for.
    objective : float
        Value of these sites, recomputed from the input arrays.
    bound : float
        Proven: no solution has a lower objective; or no higher one, of an engine that maximises.
    gap : float
        ``|objective - bound| / |objective|``; see `relative_gap`.
    status : {"optimal", "feasible"}
        ``optimal`` only when the gap is proven within the tolerance asked.
    engine : str
        What proved it.
    seconds : float
        Wall time.
    others : tuple of (float, tuple of int)
        With ``k_best`` > 1: the next best solutions (objective, sites), best first.
    """

    sites: tuple[int, ...]
    assignment: npt.NDArray[np.int64] | npt.NDArray[np.float64] | Sequence[npt.NDArray[np.float64]]
    objective: float
    bound: float
    gap: float
    status: Status
    engine: str
    seconds: float
    others: tuple[tuple[float, tuple[int, ...]], ...] = ()


def relative_gap(objective: float, bound: float) -> float:
    """How far a bound lies below an objective, as a part of the objective, in whatever unit it is.

    Zero where the bound reaches the objective; infinite where the objective is zero and the bound is below it.
    """
    missing = objective - bound
    if missing <= 0.0:
        return 0.0
    return missing / abs(objective) if objective else np.inf
