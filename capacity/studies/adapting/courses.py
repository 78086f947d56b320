"""What may be done, what it costs, and the simple ways beside the policy: at once, and fixed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock
from capacity.problem.problem import Problem
from capacity.studies.adapting.asked import Asked
from capacity.studies.adapting.asks import Asks
from capacity.studies.adapting.beliefs import Counted, Known, Unchanged, grid_of_counts, most_women, rounding
from capacity.studies.adapting.money import money_of
from capacity.studies.adapting.recursion import Course, Step, Values, onward, values_of
from capacity.studies.adapting.sets import Sets
from capacity.studies.adapting.sizes import Sizes


def course_of(problem: Problem, asked: Asked, *, sets: Sets, sizes: Sizes, asks: Asks | None = None) -> Course:
    """What may be done, with what it costs."""
    many, rate = len(asked.years), asked.discount
    money = money_of(
        problem, sets, sizes, asked.prior.need, price=asked.price, filling=asked.filling, annual=asked.annual
    )
    whole, part = int(asked.tail), asked.tail - int(asked.tail)
    after = np.append(np.ones(whole), part) if part else np.ones(whole)
    return Course(
        sets=sets,
        sizes=sizes,
        money=money,
        years=many,
        discount=(1 + rate) ** -np.arange(many, dtype=float),
        tail=float(after @ (1 + rate) ** -(many + np.arange(len(after), dtype=float))),
        filling=asked.filling,
        budget=asked.budget,
        per_bed=problem.finance.building_dkk_per_bed,
        asks=asks,
    )


def beliefs_of(course: Course, need: Floats, weight: Floats, grid: int | None, *, down: bool) -> Counted:
    """Beliefs from counts, exposures rounded down or up."""
    asking = float(course.sets.share.sum(axis=1).max(initial=0.0)) + (0.0 if grid is None else 1 / grid)
    most = most_women(float(need[-1]) * (course.years - 1) * asking)
    return Counted(
        need=need,
        prior=weight,
        round=rounding(grid, down=down),
        counts=grid_of_counts(most, whole=grid is None),
        basis=course.money.basis,
    )


def known_values(course: Course, clock: Clock) -> list[Values]:
    """Values at the start of each year with the level known, (K, Q); no rule is asked, so that nothing costs less."""
    return values_of(
        replace(course, asks=None, kept=()), Known(levels=len(course.money.nobody)), clock, "The level known"
    )


def fixed_first(course: Course, beliefs: Unchanged, values: list[Values]) -> Step:
    """First step of the roll-out that learns nothing."""
    ahead = values[1] if course.years > 1 else {}
    worth = onward(course, beliefs, 0, 0, 0.0, course.cost(0, 0), ahead)
    return course.first_of(0, 0, 0, worth)[0]


def opened_at_once(course: Course, weight: Floats) -> tuple[Step, float]:
    """The best units opened in the first year and left as they are, and what they cost."""
    other = course.followers(0, 0)
    later = float(course.discount[1:].sum()) + course.tail
    cost = course.discount[0] * course.money.of_year(course.sets, 0, other) + later * course.money.steady(other)
    worth = course.with_rules(0, other, weight[None], (cost @ weight)[None])
    step = course.first_of(0, 0, 0, worth)[0]
    place = int(np.flatnonzero(other == step[0])[0])
    return step, float(worth[0, place, step[1]] + course.built(0, step[0])[step[1]])
