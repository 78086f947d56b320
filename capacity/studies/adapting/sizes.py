"""Beds of each set of units at each level of need they are made for, and how many women find one free."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.problem.problem import Problem
from capacity.problem.promise import offered_load, stays_by_beds
from capacity.rules.aftercare import aftercare_stays
from capacity.studies.adapting.sets import Sets
from capacity.tolerances import SUMS, TIE

TOO_MANY = -1
"""In the place of beds where a site has no size that keeps the promise."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sizes:
    """The fewest beds that keep the promise at each of Q levels.

    Attributes
    ----------
    levels : ndarray (Q,)
        Women a year who would ask.
    beds : ndarray (F, Q, U) of int
        0 where there is no unit, `TOO_MANY` where no size is large enough.
    aftercare : ndarray (F, Q, m) of int
        Beds of aftercare at each place of it; m = 0 where there is none.
    """

    levels: Floats
    beds: Ints
    aftercare: Ints

    @cached_property
    def can(self) -> Bools:
        """Whether every unit has a size, (F, Q)."""
        return np.asarray((self.beds >= 0).all(axis=2))

    @cached_property
    def total(self) -> Ints:
        """Beds of all units, (F, Q); 0 where there is no size."""
        return np.asarray(np.where(self.can, self.beds.sum(axis=2), 0))

    def least(self, sets: Sets, one: int, other: Ints) -> Ints:
        """Lowest level of each following set at which no unit of the first loses beds, (len(other), Q).

        Q where there is none. Beds rise with the level, so that every higher level will do as well.
        """
        units = int(sets.units[one])
        count = len(self.levels)
        if not units:
            return np.zeros((len(other), count), dtype=np.int64)
        slots = sets.slots(one, other)
        theirs = np.take_along_axis(self.beds[other], slots[:, None, :], axis=2)
        theirs = np.where(self.can[other][:, :, None], theirs, np.iinfo(np.int64).max)
        mine = self.beds[one, :, :units]
        short = np.any(theirs[:, None, :, :] < mine[None, :, None, :], axis=3)
        can = self.can[other]
        none = ~can[:, :1] | ~self.can[one][None, :]
        last = can.sum(axis=1)[:, None]
        found = short.sum(axis=2)
        return np.asarray(np.where(none | (found >= last), count, found))


def sizes_of(problem: Problem, sets: Sets, levels: Floats) -> Sizes:
    """The fewest beds of every set at every level; a site's own limits and beds that must stay hold."""
    low, high = problem.size_limits
    low = np.maximum(low, problem.size_floor)
    carried = stays_by_beds(
        problem.promise, int(high.max(initial=1)), problem.care.mean_days, float(levels.max(initial=1.0))
    )
    women = sets.share[:, None, :] * levels[None, :, None]
    need = np.searchsorted(carried, women * (1 - SUMS))
    at = np.maximum(sets.site, 0)
    beds = np.maximum(need, low[at][:, None, :])
    beds = np.where(beds > high[at][:, None, :], TOO_MANY, beds)
    beds = np.where(sets.site[:, None, :] >= 0, beds, 0)
    return Sizes(levels=levels, beds=beds, aftercare=_aftercare(problem, sets, women))


def _aftercare(problem: Problem, sets: Sets, women: Floats) -> Ints:
    """Fewest beds of aftercare that keep its promise for the women who ask at the units, (F, Q, U)."""
    care = problem.aftercare
    if not care.on:
        return np.zeros((*women.shape[:2], 0), dtype=np.int64)
    at_site = np.zeros((*women.shape[:2], sets.sites + 1))
    np.put_along_axis(at_site, np.broadcast_to(sets.site[:, None, :], women.shape), women, axis=2)
    there = aftercare_stays(problem, at_site[:, :, :-1])
    everybody = float(there.max(initial=1.0))
    promise, most = care.promise(problem.promise.demand_cv), 8
    while (carried := stays_by_beds(promise, most, float(care.days), everybody))[-1] < everybody:
        most *= 2
    kinds = np.array([kind.share for kind in care.kinds])
    return np.asarray(np.searchsorted(carried, there[..., None] * kinds * (1 - TIE)).sum(axis=-1))


def admitted(beds: Ints, women: Floats, mean_days: float) -> Floats:
    """Women a year of those who ask at a unit that find a bed free.

    Parameters
    ----------
    beds : ndarray (R, Q) of int
        Numbers of beds a row of women is looked at with, rising along the row.
    women : ndarray (R, K)

    Returns
    -------
    ndarray (R, Q, K)

    Notes
    -----
    Erlang's recursion is run once for each row of women, and looked at where a number of beds is asked for.
    """
    load = offered_load(women, mean_days)
    out = np.zeros((*beds.shape, women.shape[1]))
    lost, most = np.ones(load.shape), int(beds.max(initial=0))
    for k in range(1, most + 1):
        met = load * lost
        lost = met / (k + met)
        row, level = np.nonzero(beds == k)
        out[row, level] = women[row] * (1 - lost[row])
    return out
