"""A plan's tables as the arrays that rules and objectives read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from capacity.rules import Shares, SplitPlan

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem


def as_arrays(plan: Plan, problem: Problem | None = None, share: Sequence[float] | None = None) -> SplitPlan:
    """A plan's tables as arrays.

    Parameters
    ----------
    plan : Plan
    problem : Problem, optional
        Another with the same labels.
    share : sequence of float, optional
        Of each row of the assignment, where they are not to be taken from the table.
    """
    problem = problem or plan.problem
    net = problem.network
    site = {j: k for k, j in enumerate(net.site_ids)}
    point = {i: k for k, i in enumerate(net.point_ids)}
    scenario = {s: k for k, s in enumerate(problem.scenarios.ids)}
    opened = np.zeros(len(site), dtype=bool)
    beds = np.zeros(len(site), dtype=np.int64)
    for j, k in zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True):
        opened[site[j]], beds[site[j]] = True, k
    table = plan.assignment_table
    shares = Shares.summed(
        (len(scenario), len(point), len(site)),
        [
            (scenario[s], point[i], site[j])
            for s, i, j in zip(table["scenario"], table["point_id"], table["site_id"], strict=True)
        ],
        table["share"] if share is None else share,
    )
    return SplitPlan(problem, opened, beds, shares)
