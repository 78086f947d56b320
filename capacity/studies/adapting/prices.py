"""At which prices of a woman without a place the first step changes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from capacity.engines.clock import Clock
from capacity.problem.problem import Problem
from capacity.studies.adapting.asked import Asked
from capacity.studies.adapting.courses import beliefs_of, course_of, known_values
from capacity.studies.adapting.narrowing import narrowed
from capacity.studies.adapting.play import Policy
from capacity.studies.adapting.recursion import Course, Step, values_of

LOOKS = 7
"""Prices that are looked at whatever lies between them."""

First = Callable[[float], Mapping[str, int]]
"""Beds of the first step's units at a price."""


def first_at(problem: Problem, asked: Asked, course: Course, clock: Clock) -> Step:
    """The first step at another price, with the sets and sizes of a course."""
    other = course_of(problem, asked, sets=course.sets, sizes=course.sizes, asks=course.asks)
    beliefs = beliefs_of(other, asked.prior.need, asked.prior.weight, asked.grid, down=True)
    other = narrowed(other, beliefs, known_values(other, clock), clock).course
    values = values_of(other, beliefs, clock, f"{asked.price / 1e6:,.2f} M DKK")
    return Policy(other, beliefs, values).steps(0, 0, 0, 0.0, np.zeros(1, dtype=np.int64))[0]


def switches(first: First, low: float, high: float, exact_to: float) -> list[dict[str, Any]]:
    """First steps between prices, where their units change: price_low, price_high, site_ids, beds_low, beds_high."""
    found: dict[float, Mapping[str, int]] = {}

    def at(price: float) -> Mapping[str, int]:
        if price not in found:
            found[price] = first(price)
        return found[price]

    for one, other in itertools.pairwise(np.geomspace(low, high, LOOKS).tolist()):
        _between(at, one, other, exact_to)
    rows: list[dict[str, Any]] = []
    for price in sorted(found):
        ids, beds = tuple(found[price]), sum(found[price].values())
        if rows and rows[-1]["site_ids"] == ids:
            row = rows[-1]
            row["price_high"] = price
            row["beds_low"], row["beds_high"] = min(row["beds_low"], beds), max(row["beds_high"], beds)
        else:
            rows.append({"price_low": price, "price_high": price, "site_ids": ids, "beds_low": beds, "beds_high": beds})
    return rows


def _between(at: First, low: float, high: float, exact_to: float) -> None:
    """Look between two prices until the units are the same, or the prices close."""
    if tuple(at(low)) == tuple(at(high)) or high <= low * (1 + exact_to):
        return
    middle = math.sqrt(low * high)
    _between(at, low, middle, exact_to)
    _between(at, middle, high, exact_to)
