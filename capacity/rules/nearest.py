"""Who goes where when everybody goes to the nearest open site: worked out once for sets that are asked again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from threading import Lock

import numpy as np

from capacity.arrays import Bools, Floats, Ints

MOST_CELLS = 1_500_000
"""Sets x points that are remembered in all: 12 MB."""

FEW_SETS = 8
"""Fewer sets at once than these are soon worked out again."""

AMOUNTS = 6
"""Amounts whose sums are remembered of the same sets."""


class Ways:
    """Which site each point uses in each of B sets of open sites.

    Attributes
    ----------
    site : ndarray (B, n) of int
        -1 where no open site may serve the point.
    """

    def __init__(self, site: Ints, sites: int) -> None:
        self.site = site
        self._sites = sites
        self._sums: dict[bytes, Floats] = {}

    @cached_property
    def whole(self) -> bool:
        """Whether every point has an open site that may serve it, in every set."""
        return bool(self.site.min(initial=0) >= 0)

    def picked(self, values: Floats) -> Floats:
        """The value, (n, m), at the site each point uses, 0 without one, (B, n)."""
        at = self.site + self._sites * np.arange(self.site.shape[1])
        found = np.asarray(values, dtype=np.float64).ravel().take(at, mode="wrap")
        if not self.whole:
            found[self.site < 0] = 0.0
        return found

    def only(self, rows: Bools | Ints) -> Ways:
        """Of some of the sets."""
        some = Ways(self.site[rows], self._sites)
        if self.whole:
            some.__dict__["whole"] = True
        some._sums = {amount: total[rows] for amount, total in self._sums.copy().items()}
        return some

    def sums(self, amount: Floats) -> Floats:
        """Sum of an amount of each point, (n,) or (B, n), at the site it uses, (B, m)."""
        if amount.ndim > 1:
            return self._summed(amount)
        key = amount.tobytes()
        known = self._sums.get(key)
        if known is None:
            known = self._summed(amount)
            known.setflags(write=False)
            if len(self._sums) < AMOUNTS:
                self._sums[key] = known
        return known

    def _summed(self, amount: Floats) -> Floats:
        count, m = len(self.site), self._sites
        # One extra column takes the points no open site may serve.
        slot = self.site + (m + 1) * np.arange(count)[:, None]
        if not self.whole:
            slot[self.site < 0] += m + 1
        if amount.ndim == 1 and ((amount == 0) | (amount == 1)).all():
            # To count is quicker than to add up.
            counted = slot if amount.all() else slot[:, amount == 1]
            table = np.bincount(counted.ravel(), minlength=count * (m + 1))
        else:
            table = np.bincount(slot.ravel(), np.broadcast_to(amount, self.site.shape).ravel(), count * (m + 1))
        return np.asarray(table.reshape(count, m + 1)[:, :m], dtype=np.float64)


class NearestSites:
    """The nearest open sites under one order of nearness.

    A problem and its copies with the same ways share it, so that a study with many copies works out once who goes
    where. It is keyed by all that decides the answer, bounded, and left behind where a problem is stored or sent.

    Parameters
    ----------
    nearness : ndarray (n, m) of int
        Rank of each site for each point.
    """

    def __init__(self, nearness: Ints) -> None:
        self._nearness = nearness
        n, m = nearness.shape
        self._back = np.empty((n, m + 1), dtype=np.int64)
        np.put_along_axis(self._back, np.asarray(nearness), np.arange(m)[None, :], axis=1)
        self._back[:, m] = -1
        self._known: dict[tuple[bytes, bytes], Ways] = {}
        self._cells = 0
        self._lock = Lock()

    def __reduce__(self) -> tuple[type[NearestSites], tuple[Ints]]:
        return NearestSites, (self._nearness,)

    def of(self, open: Bools, allowed: Bools) -> Ways:
        """Who goes where in sets of open sites, over the pairs that may be used.

        Parameters
        ----------
        open : ndarray (B, m) of bool
        allowed : ndarray (n, m) of bool
        """
        cells = len(open) * len(allowed)
        if len(open) < FEW_SETS or 4 * cells > MOST_CELLS:
            return self._worked_out(open, allowed)
        key = (open.tobytes(), allowed.tobytes())
        with self._lock:
            # What was asked last stands last.
            found = self._known.pop(key, None)
            if found is not None:
                self._known[key] = found
                return found
        found = self._worked_out(open, allowed)
        found.site.setflags(write=False)
        with self._lock:
            if key not in self._known:
                self._known[key] = found
                self._cells += cells
            while self._cells > MOST_CELLS:
                self._cells -= self._known.pop(next(iter(self._known))).site.size
        return found

    def _worked_out(self, open: Bools, allowed: Bools) -> Ways:
        n, m = allowed.shape
        none = m
        kind = np.uint8 if m < 2**8 else np.int16 if m < 2**15 else np.int64
        # The last row is that of no site.
        rank = np.full((m + 1, n), none, dtype=kind)
        rank[:m] = np.where(allowed, self._nearness, none).T
        best = np.full((len(open), n), none, dtype=kind)
        for chosen in _one_by_one(open):
            np.minimum(best, rank.take(chosen, axis=0), out=best)
        return Ways(self._back.ravel().take(best + (m + 1) * np.arange(n), mode="clip"), m)


def _one_by_one(open: Bools) -> Iterator[Ints]:
    """The first open site of each set, the second, and so on; the number of sites where a set has no more, (B,)."""
    row, site = np.nonzero(open)
    count = np.bincount(row, minlength=len(open))
    most = int(count.max(initial=0))
    chosen = np.full((most, len(open)), open.shape[1], dtype=np.int64)
    chosen[np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count), row] = site
    yield from chosen
