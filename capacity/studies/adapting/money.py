"""What a year costs the public, by the level of need: units, beds, days, building, and women without a place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.problem.finance import Finance
from capacity.problem.problem import Problem
from capacity.rules.aftercare import aftercare_per_stay, aftercare_standing
from capacity.studies.adapting.sets import Sets
from capacity.studies.adapting.sizes import Sizes, admitted
from capacity.tolerances import SAID_BY_FEWER

NEVER = 1e18
"""Cost of what cannot be, DKK: more than anything that can, and still a number that may be multiplied by nothing."""


WORTH_FEWER = 0.7
"""Part of the levels above which a basis saves nothing."""

LOOKED_AT, ROUNDS = 300, 4
"""Costs a basis is made of, those it says worst being added as often as that."""

FINER = 0.01
"""Part of what may be lost below which a direction of the costs counts for nothing."""

AT_ONCE = 20_000
"""Costs held against a basis together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Money:
    """Costs of a year at K levels of need, in DKK.

    Attributes
    ----------
    standing : ndarray (F, Q)
        Units and beds, whoever comes.
    nobody : ndarray (K,)
        Price of all women, as if none had a place.
    spared : ndarray (2, F, U, Q, K)
        What each unit takes off that, less the days it costs: in the year it opens, and later.
    per_bed : float
        Paid when a bed is built.
    """

    standing: Floats
    nobody: Floats
    spared: Floats
    per_bed: float

    @cached_property
    def basis(self) -> Floats | None:
        """Few columns whose sums all costs by level are, (K, r); None where that takes as many as there are levels.

        Need that differs little costs little else: a hundred levels say no more than forty numbers do.
        """
        need = len(self.nobody)
        rows = self.spared.reshape(-1, need)
        room = SAID_BY_FEWER * float(np.abs(rows).max(initial=1.0))
        chosen = np.arange(0, len(rows), max(1, len(rows) // LOOKED_AT))
        whole = np.stack([self.nobody, np.full(need, np.abs(self.nobody).max(initial=1.0))])
        for _ in range(ROUNDS):
            _, size, across = np.linalg.svd(np.concatenate([whole, rows[chosen]]), full_matrices=False)
            basis = np.ascontiguousarray(across[: int((size > size[0] * SAID_BY_FEWER * FINER).sum())].T)
            if basis.shape[1] > need * WORTH_FEWER:
                return None
            off = np.concatenate([_apart(part, basis) for part in np.array_split(rows, 1 + len(rows) // AT_ONCE)])
            if off.max(initial=0.0) <= room:
                return basis
            chosen = np.concatenate([chosen, np.argsort(off)[-LOOKED_AT:]])
        return None

    @cached_property
    def _all_new(self) -> Floats:
        """Cost of a year in which every unit opens, (F, Q, K)."""
        return np.asarray(self.standing[:, :, None] + self.nobody - self.spared[0].sum(axis=1))

    @cached_property
    def _none_new(self) -> Floats:
        """Cost of a year in which no unit opens, (F, Q, K)."""
        return np.asarray(self.standing[:, :, None] + self.nobody - self.spared[1].sum(axis=1))

    def of_year(self, sets: Sets, one: int, other: Ints) -> Floats:
        """Cost of the year in which the units of one set become those of another, (len(other), Q, K)."""
        slots = sets.slots(one, other)
        cost = self._all_new[other]
        for k in range(slots.shape[1]):
            cost += self.spared[0][other, slots[:, k]]
            cost -= self.spared[1][other, slots[:, k]]
        return np.asarray(cost)

    def steady(self, other: Ints) -> Floats:
        """Cost of a year in which nothing is new, (len(other), Q, K)."""
        return np.asarray(self._none_new[other])


def _apart(cost: Floats, basis: Floats) -> Floats:
    """What a basis leaves of costs (rows, K) at most, by row."""
    return np.asarray(np.abs(cost - (cost @ basis) @ basis.T).max(axis=1))


def money_of(
    problem: Problem, sets: Sets, sizes: Sizes, need: Floats, *, price: float, filling: float, annual: bool
) -> Money:
    """Costs of every set and level of beds at every level of need.

    Parameters
    ----------
    need : ndarray (K,)
        Women a year who would ask.
    price : float
        DKK for each woman without a place. Those who do not ask count `problem.undetected` times; who asks and is
        turned away counts once.
    filling : float
        Part of a year's women who ask in the year a unit opens.
    annual : bool
        Whether building is paid by the year, as an annuity while the years are counted, rather than when it is built.
    """
    finance: Finance = problem.finance
    count, width = sets.site.shape
    beds = np.where(sizes.can[:, :, None], sizes.beds, 0)
    rows = beds.transpose(0, 2, 1).reshape(count * width, -1)
    spared = np.empty((2, count, width, rows.shape[1], len(need)))
    stay, unseen = finance.occupied_day_dkk * problem.care.mean_days, problem.undetected
    if problem.aftercare.on:
        stay += aftercare_per_stay(problem)
    for k, part in enumerate((filling, 1.0)):
        women = part * sets.share.reshape(-1, 1) * need
        found = admitted(rows, women, problem.care.mean_days)
        # Who asks is no longer unseen: counted once if turned away, not at all in a bed.
        spared[k] = ((price - stay) * found + price * (unseen - 1) * women[:, None, :]).reshape(spared.shape[1:])
    standing = finance.unit_dkk_per_year * sets.units[:, None] + finance.bed_dkk_per_year * sizes.total
    if problem.aftercare.on:
        standing = standing + aftercare_standing(problem, sizes.aftercare).sum(axis=2)
    if annual:
        standing = standing + finance.building_annuity(sizes.total)
    return Money(
        standing=np.where(sizes.can, standing, NEVER),
        nobody=price * unseen * need,
        spared=spared,
        per_bed=0.0 if annual else finance.building_dkk_per_bed,
    )
