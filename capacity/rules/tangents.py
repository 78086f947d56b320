"""What units admit, averaged over scenarios, touched from outside: rows that every plan keeps.

``h_k(x)``, what k beds admit of x stays, bends downwards. Where its mean over the scenarios is to reach a number, the
stays that are enough are a convex set: a plan outside it is cut off by a tangent. One row speaks of all sizes of a
unit,

    sum of weight_s g_s x_s >= sum over k of R_k z_k,

with the slopes ``g_s`` of one size at some stays. For another size, with ``y_s`` such that ``h_k'(y_s) <= g_s / mu``,
the tangent there tells that ``R_k = mu (needed_k - sum of weight_s (h_k(y_s) - h_k'(y_s) y_s))`` is no more than the
left side of any stays that are enough; the best of some ``mu`` is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.rules.rows import RowWriter
from capacity.rules.viability import stays_terms
from capacity.tolerances import SUMS

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.variables import Variables

GRID = 600
"""Numbers of stays at which tangents are known."""

STEP = 1e-3
"""Of the stays, between which slopes are worked out."""

FEWEST = 1 / 1_000_000
"""Of all stays, below which a slope is that at so many."""

MULTIPLES = np.geomspace(0.1, 10.0, 241)
"""Values of ``mu``; one of them is 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tangents:
    """Tangents of what units admit, by their beds 0, 1, ... (K,).

    Attributes
    ----------
    slope : ndarray (K, T + 1)
        Falling; the last is level: what the beds hold.
    start : ndarray (K, T + 1)
        What a tangent comes to at no stays.
    """

    slope: Floats
    start: Floats

    @classmethod
    def of(cls, p: Problem) -> Tangents:
        """Those of a problem; worked out once."""
        return p.once("tangents", lambda: cls._of(p))

    @classmethod
    def _of(cls, p: Problem) -> Tangents:
        most = float(p.women.sum(axis=1).max())
        stays = most * np.linspace(0.0, 1.0, GRID + 1)[1:] ** 2
        beds = np.arange(p.useful_beds + 1)[:, None]
        admitted, slope = admitted_and_slope(p, beds, np.broadcast_to(stays, (len(beds), GRID)))
        holds = p.held(beds)
        return cls(
            slope=np.concatenate([np.minimum.accumulate(slope, axis=1), np.zeros((len(beds), 1))], axis=1),
            start=np.concatenate([admitted - slope * stays, holds], axis=1),
        )

    def least(self, weight: Floats, slope: Floats, needed: Floats) -> Floats:
        """What ``sum of weight x slope x stays`` is at least where the mean of what is admitted reaches a number.

        Parameters
        ----------
        weight, slope : ndarray (S,)
        needed : ndarray (K,)
            By beds; infinite where they never admit so many.
        """
        used = weight > 0
        weight, asked = weight[used], slope[used] / MULTIPLES[:, None]
        best = np.zeros(len(needed))
        for k in np.flatnonzero(np.isfinite(needed) & (needed > 0)):
            # The first tangent that is no steeper: slopes fall.
            place = np.searchsorted(-self.slope[k], -asked)
            values = MULTIPLES * (needed[k] - self.start[k][place] @ weight)
            best[k] = max(float(values.max()), 0.0)
        return best


def admitted_and_slope(p: Problem, beds: Ints, stays: Floats) -> tuple[Floats, Floats]:
    """What units admit and how fast that grows with their stays (broadcast); slopes are right to twelve digits."""
    step = STEP * np.maximum(stays, FEWEST * float(p.women.sum(axis=1).max()))
    middle = np.maximum(stays, 2 * step)
    near = p.counted(beds, middle + step) - p.counted(beds, middle - step)
    far = p.counted(beds, middle + 2 * step) - p.counted(beds, middle - 2 * step)
    return p.counted(beds, stays), np.asarray((8 * near - far) / (12 * step))


def add_tangents(
    out: RowWriter, p: Problem, v: Variables, needed: Floats, weight: Floats, stays: Floats, beds: Ints
) -> None:
    """Add a row for each open site whose unit admits less on average than it needs, which plans that do not keep.

    Parameters
    ----------
    out : RowWriter
    needed : ndarray (K,)
        What is to be admitted, by beds.
    weight : ndarray (S,)
    stays : ndarray (S, m)
    beds : ndarray (m,)
        0 where there is no unit.
    """
    admitted, slope = admitted_and_slope(p, beds[None, :], stays)
    tangents = Tangents.of(p)
    for j in v.sites[beds[v.sites] > 0].tolist():
        size = min(int(beds[j]), len(needed) - 1)
        if not weight @ admitted[:, j] < needed[size]:
            continue
        least = tangents.least(weight, slope[:, j], needed)
        touching = needed[size] - float(weight @ (admitted[:, j] - slope[:, j] * stays[:, j]))
        least[size] = max(least[size], touching if np.isfinite(touching) else 0.0)
        sizes = np.flatnonzero(v.size_site == j)
        less = least[np.minimum(v.size_beds[sizes], len(least) - 1)] * (1 - SUMS)
        out.add(-1, [*stays_terms(p, v, j, weight * slope[:, j], 1.0), (v.size[sizes], -less)], lower=0)
