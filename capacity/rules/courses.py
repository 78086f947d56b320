"""Women who are at no unit: their sums by scenario, and what their outpatient courses cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from capacity.arrays import Floats
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans


def over_women(p: Problem, amount: Floats) -> Floats:
    """Sum over points of women x an amount (B, S', n), by scenario, (B, S)."""
    if amount.shape[1] == 1:
        return np.asarray(amount[:, 0] @ p.women.T)
    return np.asarray((amount * p.women[None]).sum(axis=2))


def outside(p: Problem, plans: Plans, amount: Floats) -> Floats:
    """Sum of an amount of each point (n,) over its women who are at no unit, by scenario, (B, S)."""
    return over_women(p, (1.0 - plans.served) * amount)


def course_dkk(p: Problem) -> Floats:
    """What is paid for a woman who is at no unit, by point, (n,): her course, where there is a way to one."""
    return np.asarray(np.where(np.isfinite(p.course_minutes), p.outpatient.price, 0.0))


def courses_cost(p: Problem, plans: Plans) -> Floats:
    """What the courses of the women who are at no unit cost a year, by scenario, (B, S); only where there are any."""
    return outside(p, plans, course_dkk(p))
