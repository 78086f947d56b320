"""Many plans at once as plain arrays: what a rule's ``excess`` and the objectives read."""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np

from capacity.labels import Bools, Floats, Ints
from capacity.problem import Problem
from capacity.tolerances import SHARE, TIE

MATRIX_FROM = 30
"""Scenarios above which stays are summed by matrix products, one plan at a time."""


class Plans(Protocol):
    """B plans of one problem.

    ``open`` (B, m), ``beds`` (B, m). S' is 1 where the assignment is the same in every scenario,
    otherwise S.
    """

    problem: Problem
    open: Bools

    @property
    def beds(self) -> Ints:
        """Beds of each site, (B, m)."""
        ...

    @property
    def stays(self) -> Floats:
        """Women served by scenario and site, a year, (B, S, m)."""
        ...

    @property
    def used(self) -> Floats:
        """How many points' worth of women use each site, (B, m)."""
        ...

    @property
    def served(self) -> Floats:
        """Share of each point's women who are served, (B, S', n)."""
        ...

    def mean(self, values: Floats) -> Floats:
        """Sum over sites of share x value[i, j], (B, S', n)."""
        ...

    def longest(self, values: Floats) -> Floats:
        """Largest value[i, j] over the sites a point uses (0 where none), (B, S', n)."""
        ...

    def shares(self, plan: int) -> Floats:
        """Share of point i's women served at site j in one plan, (S', n, m)."""
        ...


def smallest_sizes(problem: Problem, stays: Floats, opened: Bools) -> Ints:
    """Fewest beds of each unit that keep the promise, its limits and its floor, (B, m).

    Where even the largest size is too small the largest is given (and ``promise`` is broken).
    """
    low, high = problem.size_limits
    beds = np.broadcast_to(np.maximum(low, problem.size_floor), opened.shape)
    if problem.policy.promise is not None and problem.must_hold.any():
        need = stays[:, problem.must_hold, :].max(axis=1)
        beds = np.maximum(beds, np.searchsorted(problem.stays_by_beds, need * (1 - TIE)))
    return np.asarray(np.where(opened, np.minimum(beds, high), 0), dtype=np.int64)


class NearestPlans:
    """Plans in which everybody uses the nearest open site they may use.

    Parameters
    ----------
    problem : Problem
    open : ndarray (B, m) of bool
    allowed : ndarray (n, m) of bool
        Pairs a family may use.
    beds : ndarray (B, m) of int, optional
        Where they are known; otherwise the smallest sizes that keep the rules.
    """

    def __init__(self, problem: Problem, open: Bools, allowed: Bools, beds: Ints | None = None) -> None:
        self.problem = problem
        self.open = open
        self._beds = beds
        n, m = allowed.shape
        none = m
        kind = np.int16 if m < 2**15 else np.int64
        rank = np.where(allowed, problem.nearness, none).astype(kind).T
        best = np.full((len(open), n), none, dtype=kind)
        for j in np.flatnonzero(open.any(axis=0)):
            if open[:, j].all():
                np.minimum(best, rank[j], out=best)
            else:
                users = np.flatnonzero(open[:, j])
                best[users] = np.minimum(best[users], rank[j])
        back = np.empty((n, m + 1), dtype=np.int64)
        np.put_along_axis(back, np.asarray(problem.nearness), np.arange(m)[None, :], axis=1)
        back[:, none] = -1
        self._points = np.arange(n)
        self.site = back[self._points, best]

    @cached_property
    def stays(self) -> Floats:
        """Women served by scenario and site, a year, (B, S, m)."""
        women = self.problem.women
        if len(women) <= MATRIX_FROM:
            return np.stack([self._per_site(each) for each in women], axis=1)
        out = np.zeros((len(self.open), len(women), self.open.shape[1]))
        for b, opened in enumerate(self.open):
            sites = np.flatnonzero(opened)
            out[b][:, sites] = women @ (self.site[b][:, None] == sites).astype(float)
        return out

    def _per_site(self, amount: Floats) -> Floats:
        """Sum of an amount of each point at the site it uses, (B, m)."""
        count, m = self.open.shape
        # One extra column takes the points no open site may serve.
        slot = (self.site + (self.site < 0) * (m + 1)) + np.arange(count)[:, None] * (m + 1)
        weights = np.broadcast_to(amount, self.site.shape).ravel()
        table = np.bincount(slot.ravel(), weights, count * (m + 1)).reshape(count, m + 1)
        return np.asarray(table[:, :m], dtype=np.float64)

    @cached_property
    def beds(self) -> Ints:
        """The smallest sizes that keep the rules, (B, m)."""
        return smallest_sizes(self.problem, self.stays, self.open) if self._beds is None else self._beds

    @cached_property
    def used(self) -> Floats:
        """How many points with women use each site, (B, m)."""
        return self._per_site(self.problem.active.astype(float))

    @property
    def served(self) -> Floats:
        """1 where some open site may serve the point, (B, 1, n)."""
        return np.asarray(self.site >= 0, dtype=float)[:, None, :]

    def mean(self, values: Floats) -> Floats:
        """Value at the site each point uses, (B, 1, n)."""
        picked = np.where(self.site >= 0, values[self._points, self.site], 0.0)
        return np.asarray(picked)[:, None, :]

    def longest(self, values: Floats) -> Floats:
        """Value at the site each point uses, (B, 1, n)."""
        return self.mean(values)

    def shares(self, plan: int) -> Floats:
        """One where the point uses the site, (1, n, m)."""
        sites = np.arange(self.open.shape[1])
        return np.asarray(self.site[plan][None, :, None] == sites, dtype=float)


class SplitPlan:
    """One plan given by shares: B = 1.

    Parameters
    ----------
    problem : Problem
    open : ndarray (m,) of bool
    beds : ndarray (m,) of int
    shares : ndarray (S', n, m)
    """

    def __init__(self, problem: Problem, open: Bools, beds: Ints, shares: Floats) -> None:
        self.problem = problem
        self.open = open[None, :]
        self.beds: Ints = beds[None, :]
        self._shares = np.where(shares > SHARE, shares, 0.0)

    @cached_property
    def stays(self) -> Floats:
        """Women served by scenario and site, a year, (1, S, m)."""
        women = self.problem.women
        if len(self._shares) == 1:
            return np.asarray(women @ self._shares[0])[None]
        return np.asarray(np.einsum("si,sij->sj", women, self._shares), dtype=np.float64)[None]

    @property
    def used(self) -> Floats:
        """How many points' worth of women use each site, (1, m)."""
        women = self.problem.women > 0
        if len(self._shares) == 1:
            return np.asarray(self._shares[0][women.any(axis=0)].sum(axis=0))[None]
        return np.asarray((self._shares * women[:, :, None]).sum(axis=(0, 1)))[None]

    @property
    def served(self) -> Floats:
        """Share of each point's women who are served, (1, S', n)."""
        return np.asarray(self._shares.sum(axis=2))[None]

    def mean(self, values: Floats) -> Floats:
        """Sum over sites of share x value, (1, S', n)."""
        used = np.where(self._shares > 0, values, 0.0)
        return np.asarray((self._shares * used).sum(axis=2))[None]

    def longest(self, values: Floats) -> Floats:
        """Largest value over the sites a point uses, (1, S', n)."""
        return np.asarray(np.where(self._shares > 0, values, 0.0).max(axis=2))[None]

    def shares(self, plan: int) -> Floats:
        """Share of point i's women served at site j, (S', n, m)."""
        return self._shares
