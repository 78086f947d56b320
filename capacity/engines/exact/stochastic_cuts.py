"""Dual prices shared by all scenarios, and the cuts that are added up from them block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.exact.stochastic_instance import Block, Instance, numbers
from capacity.engines.exact.stochastic_recourse import SiteRecourse, coefficients, lifted, point_prices
from capacity.engines.exact.tolerances import OPEN, SUMS_OF_CUTS

CHUNK = 256
"""Price vectors evaluated at once."""


def summed(at: Ints, values: Floats, count: int) -> Floats:
    """Sum of the values at each of 0..count-1."""
    return np.asarray(np.bincount(at, values, count), dtype=np.float64)


class Pool:
    """Price vectors (u, v): each bounds the recourse of every scenario at every y.

    Attributes
    ----------
    u, v : ndarray, (R, n), (R, m)
    won : ndarray of bool, (R,)
        Which were the best for some scenario at some y.
    """

    def __init__(self, instance: Instance) -> None:
        n, m = instance.cost.shape
        self.instance = instance
        self.u: Floats = np.zeros((0, n))
        self.v: Floats = np.zeros((0, m))
        self.won: Bools = np.zeros(0, dtype=bool)

    def add(self, u: Floats, v: Floats) -> None:
        """Add price vectors; those already here are dropped."""
        key = np.round(np.hstack([np.vstack([self.u, u]), np.vstack([self.v, v])]), 9)
        _, first = np.unique(key, axis=0, return_index=True)
        new = np.sort(first[first >= len(self.u)]) - len(self.u)
        self.u = np.vstack([self.u, u[new]])
        self.v = np.vstack([self.v, v[new]])
        self.won = np.append(self.won, np.zeros(len(new), dtype=bool))

    def at(self, y: Floats) -> tuple[Floats, Floats]:
        """The bounds at y as linear functions of the demand: ``d @ slope - level``, (R, n), (R,)."""
        slope = self.u.copy()
        highest = self.u.max(axis=0)
        for j in np.flatnonzero(y > OPEN):
            here = np.flatnonzero(self.instance.cost[:, j] < highest)
            for start in range(0, len(slope), CHUNK):
                part = slice(start, start + CHUNK)
                saving = self.u[part][:, here] - self.instance.cost[here, j] - self.v[part, j, None]
                slope[part, here] -= y[j] * np.maximum(saving, 0.0)
        return slope, self.v @ (self.instance.capacity * y)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums:
    """Weighted sums over the scenarios that share a group and a price vector.

    Attributes
    ----------
    code : ndarray of int, (P,)
        ``group * vectors + vector``.
    demand, mass : ndarray, (P, n), (P,)
    """

    code: Ints
    demand: Floats
    mass: Floats

    @staticmethod
    def of(code: Ints, demand: Floats, weight: Floats) -> Sums:
        """Add up scenarios of weight above zero."""
        counts = np.flatnonzero(weight > 0)
        codes, at = np.unique(code[counts], return_inverse=True)
        order = np.argsort(at, kind="stable")
        starts = np.searchsorted(at[order], np.arange(len(codes)))
        weighted = (demand[counts] * weight[counts, None])[order]
        total = np.add.reduceat(weighted, starts, axis=0) if len(codes) else weighted[:0]
        return Sums(code=codes, demand=total, mass=summed(at, weight[counts], len(codes)))

    @staticmethod
    def joined(parts: list[Sums]) -> Sums:
        """Sums over all blocks."""
        if len(parts) == 1:
            return parts[0]
        code = np.concatenate([p.code for p in parts])
        codes, at = np.unique(code, return_inverse=True)
        demand: Floats = np.zeros((len(codes), parts[0].demand.shape[1]))
        np.add.at(demand, at, np.concatenate([p.demand for p in parts]))
        mass = summed(at, np.concatenate([p.mass for p in parts]), len(codes))
        return Sums(code=codes, demand=demand, mass=mass)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cuts:
    """One bound a group: ``theta_g >= constant_g - coefficient_g @ y``.

    Attributes
    ----------
    constant, mass : ndarray, (G,)
        `mass` is the weight of the scenarios in it.
    coefficient : ndarray, (G, m)
    """

    constant: Floats
    coefficient: Floats
    mass: Floats

    @staticmethod
    def added(instance: Instance, group: Ints, groups: int, u: Floats, v: Floats, sums: Sums) -> Cuts:
        """Add up the bounds of price vectors (rows of u, v) by group."""
        take = coefficients(instance, u, v, sums.demand, sums.mass)
        coefficient: Floats = np.zeros((groups, take.shape[1]))
        np.add.at(coefficient, group, take)
        # No rounding of large sums, whose difference may be small, lifts a cut.
        added_up = (np.abs(u) * sums.demand).sum(axis=1) + take.sum(axis=1)
        value = (u * sums.demand).sum(axis=1) - SUMS_OF_CUTS * added_up
        return Cuts(
            constant=summed(group, value, groups), coefficient=coefficient, mass=summed(group, sums.mass, groups)
        )

    def against(self, fixed: Floats, best: Floats) -> Cuts:
        """As bounds on regret: opening costs come in, what each group's best costs goes out."""
        return Cuts(
            constant=self.constant - best, coefficient=self.coefficient - self.mass[:, None] * fixed, mass=self.mass
        )

    def plus(self, other: Cuts) -> Cuts:
        """The sum of two."""
        return Cuts(
            constant=self.constant + other.constant,
            coefficient=self.coefficient + other.coefficient,
            mass=self.mass + other.mass,
        )


def pool_cuts(pool: Pool, groups: int, sums: Sums) -> Cuts:
    """Cuts from the vectors of the pool; the codes of `sums` say which."""
    group, vector = np.divmod(sums.code, max(1, len(pool.u)))
    return Cuts.added(pool.instance, group, groups, pool.u[vector], pool.v[vector], sums)


# --- what a worker does with one block ------------------------------------------------------------


def price_block(block: Block, slope: Floats, level: Floats) -> tuple[Ints, Floats]:
    """Best price vector of each scenario, and the bound it proves, (B,) each."""
    table = numbers(block)
    value = table @ slope.T - level
    vector = value.argmax(axis=1)
    return vector, value[np.arange(len(table)), vector]


def sum_block(block: Block, code: Ints, weight: Floats) -> Sums:
    """Weighted sums by code."""
    return Sums.of(code, numbers(block), weight)


def price_and_sum_block(
    block: Block, slope: Floats, level: Floats, group: Ints, weight: Floats
) -> tuple[Ints, Floats, Sums]:
    """Both in one go, where the weights do not depend on the values."""
    table = numbers(block)
    vector, value = price_block(table, slope, level)
    return vector, value, sum_block(table, group * len(slope) + vector, weight)


def solve_block(block: Block, instance: Instance, sites: Ints, order: Ints) -> tuple[Floats, Floats, Floats]:
    """Exact recourse: value (B,), site prices (B, k), proven value (B,)."""
    return SiteRecourse(instance, sites).solve(numbers(block), order)


def exact_cuts_block(
    block: Block, instance: Instance, sites: Ints, price: Floats, group: Ints, groups: int, weight: Floats
) -> Cuts:
    """Cuts from every scenario's own prices at a set of sites, lifted to the closed sites."""
    table = numbers(block)
    counts = np.flatnonzero(weight > 0)
    if not len(counts):
        m = len(instance.capacity)
        return Cuts(constant=np.zeros(groups), coefficient=np.zeros((groups, m)), mass=np.zeros(groups))
    unique, vector = np.unique(np.round(price[counts], 12), axis=0, return_inverse=True)
    code = group[counts] * len(unique) + vector.ravel()
    sums = Sums.of(code, table[counts], weight[counts])
    group_of, row = np.divmod(sums.code, len(unique))
    u = point_prices(instance, sites, unique)[row]
    v = lifted(instance, u, sites, unique[row], sums.demand / sums.mass[:, None])
    return Cuts.added(instance, group_of, groups, u, v, sums)


def solve_and_cut_block(
    block: Block, instance: Instance, sites: Ints, order: Ints, group: Ints, groups: int, weight: Floats
) -> tuple[Floats, Floats, Floats, Cuts]:
    """Both in one go, where the weights do not depend on the values."""
    table = numbers(block)
    value, price, proven = solve_block(table, instance, sites, order)
    cuts = exact_cuts_block(table, instance, sites, price, group, groups, weight)
    return value, price, proven, cuts
