"""Who is sent where, as a list: a plan over many scenarios takes room for what it uses, not for every pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.tolerances import SHARE


@dataclass(frozen=True, kw_only=True, eq=False)
class Shares:
    """Shares of points' women who are served at sites; what is not listed is nobody.

    Attributes
    ----------
    shape : (S', n, m)
        S' is 1 where one assignment serves every scenario, otherwise S.
    scenario, point, site : ndarray (k,) of int
        In this order, each triple once.
    share : ndarray (k,)
        Above `tolerances.SHARE`.
    """

    shape: tuple[int, int, int]
    scenario: Ints
    point: Ints
    site: Ints
    share: Floats

    @classmethod
    def of(cls, table: Floats) -> Shares:
        """The list of a table (S', n, m)."""
        scenario, point, site = np.nonzero(table > SHARE)
        return cls(shape=table.shape, scenario=scenario, point=point, site=site, share=table[scenario, point, site])

    @classmethod
    def summed(
        cls, shape: tuple[int, int, int], places: Sequence[tuple[int, int, int]] | Ints, share: Sequence[float] | Floats
    ) -> Shares:
        """Shares of (scenario, point, site) in any order; those of the same place are added up."""
        each = np.asarray(places, dtype=np.int64).reshape(-1, 3)
        place, which = np.unique(np.ravel_multi_index((each[:, 0], each[:, 1], each[:, 2]), shape), return_inverse=True)
        total: Floats = np.bincount(which, share, len(place)).astype(np.float64, copy=False)
        place, total = place[total > SHARE], total[total > SHARE]
        scenario, point, site = np.unravel_index(place, shape)
        return cls(shape=shape, scenario=scenario, point=point, site=site, share=total)

    def with_share(self, share: Floats) -> Shares:
        """The same triples with other shares, without those that are nobody then."""
        kept = share > SHARE
        return replace(
            self, scenario=self.scenario[kept], point=self.point[kept], site=self.site[kept], share=share[kept]
        )

    def in_any(self) -> Shares:
        """The largest share of each pair in any scenario, (1, n, m), where one assignment serves them all."""
        table = np.zeros((1, *self.shape[1:]))
        np.maximum.at(table[0], (self.point, self.site), self.share)
        return Shares.of(table)

    def in_each(self, scenarios: int) -> Shares:
        """The list with the shares of every scenario, (S, n, m), where one serves them all."""
        if self.shape[0] == scenarios:
            return self
        return Shares(
            shape=(scenarios, *self.shape[1:]),
            scenario=np.repeat(np.arange(scenarios), len(self.share)),
            point=np.tile(self.point, scenarios),
            site=np.tile(self.site, scenarios),
            share=np.tile(self.share, scenarios),
        )

    def by_point(self, amount: Floats) -> Floats:
        """Sum of an amount of each share, by scenario and point, (S', n)."""
        count, n, _ = self.shape
        return _sums(self.scenario * n + self.point, amount, (count, n))

    def by_site(self, amount: Floats) -> Floats:
        """Sum of an amount of each share, by scenario and site, (S', m)."""
        count, _, m = self.shape
        return _sums(self.scenario * m + self.site, amount, (count, m))

    def by_pair(self, amount: Floats) -> Floats:
        """Sum of an amount of each share over the scenarios, by point and site, (n, m)."""
        _, n, m = self.shape
        return _sums(self.point * m + self.site, amount, (n, m))


def _sums(place: Ints, amount: Floats, shape: tuple[int, int]) -> Floats:
    return np.bincount(place, amount, shape[0] * shape[1]).astype(np.float64, copy=False).reshape(shape)
