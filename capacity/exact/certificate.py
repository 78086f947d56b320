"""The answer of an exact engine: sites, assignment, and what is proven about them."""

from __future__ import annotations

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
    assignment : ndarray
        Site of each point (n,) where each point has one; otherwise shares (n, m) or None where a
        study has too many scenarios to keep them.
    objective : float
        Value of these sites, recomputed from the input arrays.
    bound : float
        Proven lower bound on the objective of any solution.
    gap : float
        ``(objective - bound) / max(|objective|, 1e-12)``, never negative.
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
    assignment: npt.NDArray[np.int64] | npt.NDArray[np.float64] | None
    objective: float
    bound: float
    gap: float
    status: Status
    engine: str
    seconds: float
    others: tuple[tuple[float, tuple[int, ...]], ...] = ()
