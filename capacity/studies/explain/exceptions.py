"""The fewest sites and demand points that must be spared from a limit, where families may be split."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Ints
from capacity.engines.bending import keeping_all
from capacity.engines.clock import Clock
from capacity.engines.linear.model import LinearModel, Model, build
from capacity.engines.linear.solvers import Solution, solve_arrays
from capacity.engines.representatives import mean_of
from capacity.engines.settling import opened_in
from capacity.problem.problem import Problem
from capacity.rules import Plans, allowed_sites
from capacity.rules.near import Near
from capacity.rules.objectives import TRAVEL
from capacity.studies.explain.feasibility import Effort, find_plan, firm_only
from capacity.studies.explain.merging import merge
from capacity.studies.explain.worlds import without

MOST_FAR = 5
"""More further sites than this are no exceptions any more."""


@dataclass(frozen=True, kw_only=True)
class Spared:
    """Ids that must be spared; `exact` when it is proven that none of them can be left out."""

    ids: tuple[str, ...]
    exact: bool


def fewest_far_sites(problem: Problem, limit: Near, known: Plans | None, effort: Effort) -> Spared | None:
    """The fewest further sites away from what they have to be near, with which there is a plan; None if not known.

    Parameters
    ----------
    problem : Problem
        With the rule that limits them on.
    limit : Near
        That rule.
    known : Plans or None
        A plan that breaks only this rule, where there is one at hand.
    effort : Effort
    """
    net = problem.network
    far = np.flatnonzero(limit.beyond(problem) > 0)
    enough = None if known is None else tuple(net.site_ids[j] for j in far if known.open[0, j])
    exact = True
    if enough is None or len(enough) > 1:
        model = build(merge(firm_only(without(problem, limit.name))).problem, TRAVEL, cuts=True)
        opened = model.variables.open[far]
        for count in range(1, MOST_FAR + 1 if enough is None else min(len(enough), MOST_FAR + 1)):
            some = model.linear.with_row(opened[opened >= 0], np.ones(int((opened >= 0).sum())), upper=float(count))
            found = _solve(model, some, effort, first=True)
            if found.values is not None:
                chosen = opened_in(model, found.values)
                enough = tuple(net.site_ids[j] for j in far if chosen[j])
                break
            exact &= found.outcome == "infeasible"
    return None if enough is None else Spared(ids=enough, exact=exact)


def fewest_far_points(problem: Problem, known: Plans | None, effort: Effort) -> Spared | None:
    """Demand points to be spared from the limit of travel, none of which can be left out; None where none are known.

    Of points that no rule tells apart all are spared or none to begin with; then each is tried without. (A plan
    that is known says little of them: it sends families far where it need not.)
    """
    limit, net = problem.policy.reach, problem.network
    assert limit is not None
    asked = firm_only(problem)
    merged = merge((mean_of(asked) or asked).replace(policy={"prices": {limit.name: 1.0}}))
    model = build(merged.problem, TRAVEL, cuts=True)
    keys, columns = model.slack[limit.name].keys, model.slack[limit.name].columns
    at = {point: k for k, point in enumerate(merged.problem.network.point_ids)}
    members = np.bincount(merged.of[problem.active], minlength=len(at))
    weight = np.array([members[at[key[0]]] for key in keys], dtype=float)
    found = _solve(model, _switched(model, columns).minimising(columns, weight), effort)
    if found.values is None:
        return None
    spared = {at[key[0]] for key, by in zip(keys, found.values[columns], strict=True) if by > 0.5}
    points = [k for k in np.flatnonzero(problem.active).tolist() if merged.of[k] in spared]
    allowed = allowed_sites(asked)
    exact = True

    def plan_without(point: int | None) -> bool | None:
        ids = [net.point_ids[k] for k in points if k != point]
        value = {"minutes": limit.minutes, "exceptions": [*limit.exceptions, *ids]}
        answer = find_plan(asked.replace(policy={limit.name: value}), effort)
        return None if answer is None else answer is not False

    if not plan_without(None):
        # Points merged may be split where each by itself may not: begin with all of them.
        points = np.flatnonzero(problem.active & ~limit.exempt(problem)).tolist()
        if not plan_without(None):
            return None
    for point in list(points):
        if not (problem.minutes[point][allowed] <= limit.minutes).any():
            continue
        answer = plan_without(point) if effort.left > 0 else None
        exact &= answer is not None
        if answer:
            points.remove(point)
    return Spared(ids=tuple(net.point_ids[k] for k in points), exact=exact)


def _switched(model: Model, columns: Ints) -> LinearModel:
    """The linear model in which each of these columns of excess is nothing or, at one, all there can be."""
    linear = model.linear
    mine = np.isin(linear.column, columns)
    largest = np.zeros(len(linear.row_lower))
    np.maximum.at(largest, linear.row[~mine], np.abs(linear.coefficient[~mine]))
    upper, integer = linear.upper.copy(), linear.integer.copy()
    upper[columns], integer[columns] = 1.0, True
    return dataclasses.replace(
        linear, upper=upper, integer=integer, coefficient=np.where(mine, -largest[linear.row], linear.coefficient)
    )


def _solve(model: Model, linear: LinearModel, effort: Effort, *, first: bool = False) -> Solution:
    clock = Clock(effort.clock())
    found, _ = keeping_all(model, linear, lambda step: solve_arrays(step, time_limit=clock.left, first=first), clock)
    if found.interrupted:
        raise KeyboardInterrupt
    return found
