"""What more or fewer women a year do to a plan in which everybody is sent where they were before.

Shares of demand points, and so travel and access, stay as they are; the stays of every unit grow or shrink in
proportion. So a problem freed of the rules that the change can break keeps its plans as the change goes on:
where it has none, none of the changes up to there gives a plan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from capacity.bounds import least_stays
from capacity.problem import Problem
from capacity.rules import firm

BROKEN_BY_MORE = ("build_budget", "run_budget")
BROKEN_BY_FEWER = ("volume", "income")


def roomy(problem: Problem) -> bool:
    """Whether any one unit may be large enough for every woman of the country."""
    if problem.policy.promise is None:
        return True
    _, high = problem.size_limits
    return bool(problem.stays_by_beds[int(high.min())] >= problem.women.sum(axis=1).max())


def freed_for_more(problem: Problem) -> Problem:
    """The problem without what more women can break: budgets, largest sizes, income that leaps with beds.

    The same object where nothing of it can be broken.
    """
    freed = problem
    if not roomy(freed):
        most = freed.women.sum(axis=1).max()
        freed = freed.replace(network=freed.network.replace(site_largest=None))
        while freed.stays_by_beds[-1] < most:
            freed = freed.replace(sizes={"largest": 2 * freed.sizes.largest})
    off = [name for name in BROKEN_BY_MORE if getattr(freed.policy, name) is not None]
    changes = dict.fromkeys(off) | _stays_for_income(freed)
    return freed.replace(policy=changes) if changes else freed


def freed_for_fewer(problem: Problem) -> Problem:
    """The problem without what fewer women can break: stays or income that a unit needs."""
    off = [name for name in BROKEN_BY_FEWER if getattr(problem.policy, name) is not None]
    return problem.replace(policy=dict.fromkeys(off)) if off else problem


def _stays_for_income(problem: Problem) -> dict[str, Any]:
    """Income as the fewest stays it takes: with a bed more than its stays pay for a unit may fall behind again."""
    if "income" not in firm(problem):
        return {}
    income, volume = problem.policy.income, problem.policy.volume
    if income.when != "expected" or (volume is not None and volume.when != "average"):
        return {"income": None}
    (rule,) = least_stays(problem.replace(policy={"volume": None}))
    least = float(rule.least.min(initial=np.inf))
    if not np.isfinite(least):
        return {"income": None}
    return {"income": None, "volume": max(least, 0.0 if volume is None else volume.stays)}
