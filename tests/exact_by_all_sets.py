"""What the exact engines are held against: all sets of sites, valued in whole numbers of any length.

A float is a whole number of a power of two, so that nothing here is rounded before the end: huge and tiny weights in
one problem are as safe as round ones.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

Sites = tuple[int, ...]
Ways = list[list[Fraction | None]]
"""Cost of each pair, None where it is out of reach."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A small problem in every word that an engine may ask for."""

    cost: np.ndarray
    weights: np.ndarray
    demand: np.ndarray
    capacity: np.ndarray
    least: np.ndarray
    fixed: np.ndarray
    covers: np.ndarray
    between: np.ndarray
    scenarios: np.ndarray
    chances: np.ndarray
    unserved: np.ndarray
    p: int
    keep: list[int] = field(default_factory=list)
    forbid: list[int] = field(default_factory=list)

    def sets(self, size: int | None = None) -> Iterator[Sites]:
        """All sets with the sites to keep and without those to forbid."""
        sites = range(len(self.fixed))
        for r in range(len(sites) + 1) if size is None else (size,):
            for chosen in itertools.combinations(sites, r):
                if set(self.keep) <= set(chosen) and not set(self.forbid) & set(chosen):
                    yield chosen


def exact(values: Any) -> list[Any]:
    """Nested lists of fractions; None for infinity."""
    if isinstance(values, (list, np.ndarray)):
        return [exact(value) for value in values]
    number = float(values)
    return None if math.isinf(number) else Fraction(number)  # type: ignore[return-value]


def nearest(ways: Ways, sites: Sites, mass: Sequence[Fraction]) -> list[Fraction] | None:
    """What each point pays to its nearest of these sites; None where one that counts reaches none."""
    paid = []
    for row, weight in zip(ways, mass, strict=True):
        reached = [row[j] for j in sites if row[j] is not None]
        if weight and not reached:
            return None
        paid.append(weight * min(reached) if weight else Fraction(0))  # type: ignore[type-var]
    return paid


def transport(
    ways: Ways, need: Sequence[Fraction], room: Sequence[Fraction | None], low: Sequence[Fraction] | None = None
) -> Fraction | None:
    """Least cost of sending what each point needs to sites of limited room; None where it cannot be sent.

    Successive shortest paths. With `low` every site gets as much at least: units that fill it so far are paid for by
    more than any way can cost.
    """
    unit_need = _unit([*need, *(r for r in room if r is not None), *(low or ())])
    unit_cost = _unit([c for row in ways for c in row if c is not None])
    n, k = len(need), len(room)
    arcs: list[list[int]] = []  # from, to, room, cost; the one at place ^ 1 goes back

    def add(one: int, other: int, most: int, cost: int) -> None:
        arcs.extend(([one, other, most, cost], [other, one, 0, -cost]))

    wanted = [int(d * unit_need) for d in need]
    total = sum(wanted)
    for i in range(n):
        add(0, 1 + i, wanted[i], 0)
    dearest = 0
    for i, row in enumerate(ways):
        for j, cost in enumerate(row):
            if cost is not None:
                add(1 + i, 1 + n + j, total, int(cost * unit_cost))
                dearest = max(dearest, int(cost * unit_cost))
    prize, sink = 1 + 2 * (n + k + 1) * dearest, 1 + n + k
    floor = [0] * k if low is None else [int(x * unit_need) for x in low]
    for j, most in enumerate(room):
        add(1 + n + j, sink, floor[j], -prize)
        add(1 + n + j, sink, (total if most is None else int(most * unit_need)) - floor[j], 0)
    sent, paid = 0, 0
    while sent < total:
        reach, via = _shortest(arcs, sink + 1)
        if reach[sink] is None:
            return None
        path, node = [], sink
        while node:
            path.append(via[node])
            node = arcs[via[node]][0]
        amount = min(arcs[a][2] for a in path)
        for a in path:
            arcs[a][2] -= amount
            arcs[a ^ 1][2] += amount
            paid += amount * arcs[a][3]
        sent += amount
    if sum(floor) * prize and any(one == -prize and left for _, to, left, one in arcs if to == sink):
        return None
    return Fraction(paid + prize * sum(floor), unit_need * unit_cost)


def _unit(numbers: Sequence[Fraction]) -> int:
    return math.lcm(1, *(number.denominator for number in numbers))


def _shortest(arcs: list[list[int]], nodes: int) -> tuple[list[int | None], list[int]]:
    reach: list[int | None] = [0, *[None] * (nodes - 1)]
    via, moved = [-1] * nodes, True
    while moved:
        moved = False
        for place, (one, other, most, cost) in enumerate(arcs):
            here = reach[one]
            if most > 0 and here is not None:
                there = reach[other]
                if there is None or here + cost < there:
                    reach[other], via[other], moved = here + cost, place, True
    return reach, via


def wholly(
    paid: Ways, need: Sequence[Fraction], room: Sequence[Fraction | None], low: Sequence[Fraction] | None = None
) -> Fraction | None:
    """The same where each point goes to one site, and pays `paid` for it; by all ways to assign them."""
    best: list[Fraction | None] = [None]
    left = list(room)
    load = [Fraction(0)] * len(room)

    def place(i: int, so_far: Fraction) -> None:
        if best[0] is not None and so_far >= best[0]:
            return
        if i == len(need):
            if low is None or all(a >= b for a, b in zip(load, low, strict=True)):
                best[0] = so_far
            return
        for j, cost in enumerate(paid[i]):
            spare = left[j]
            if cost is not None and (spare is None or need[i] <= spare):
                load[j] += need[i]
                left[j] = None if spare is None else spare - need[i]
                place(i + 1, so_far + cost)
                load[j] -= need[i]
                left[j] = spare

    place(0, Fraction(0))
    return best[0]


def risk_of(values: Sequence[Fraction], chances: Sequence[Fraction], risk: str, level: Fraction) -> Fraction:
    """The risk of one set of sites; cvar as the least over all thresholds that are values."""
    counted = [(v, c) for v, c in zip(values, chances, strict=True) if c]
    if risk == "expected":
        return sum((v * c for v, c in counted), Fraction(0))
    if risk == "cvar":
        return min(
            eta + sum((max(v - eta, Fraction(0)) * c for v, c in counted), Fraction(0)) / (1 - level)
            for eta, _ in counted
        )
    return max(v for v, _ in counted)
