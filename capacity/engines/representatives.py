"""Few scenarios that stand for many, when sets of sites are tested against the rules.

Rules with `Rule.few_scenarios` look at the expected demand and at each scenario that must hold. Under
`nearest` a scenario that only scales another breaks no rule the extremes of its kind keep; other scenarios
are tested in full, but only for the sets that the few let pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.arrays import Floats, Ints, ints
from capacity.problem.problem import Problem
from capacity.rules import rules_on
from capacity.tolerances import SAME_SPLIT

FEW = 12
"""Scenarios that are simply tested as they are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Representatives:
    """A problem of few scenarios.

    Attributes
    ----------
    problem : Problem
        A set that breaks a firm rule of it breaks one of the whole problem.
    exact : bool
        Whether it is true the other way too, and beds are the same: demand only scales.
    """

    problem: Problem
    exact: bool


def representatives(problem: Problem) -> Representatives | None:
    """The few that stand for the scenarios of a problem; None where nothing is won.

    They are the expected demand, the points where anybody needs a stay in any scenario, and of the
    scenarios that must hold those with the least and the most women, in the country and (unless
    demand only scales) in each region.
    """
    women, hold = problem.women, np.flatnonzero(problem.must_hold)
    if len(women) <= FEW or problem.policy.prices:
        return None
    if not all(rule.eased_by_few(problem) for rule in problem.policy.values()):
        return None
    mean = problem.expected_women
    share = women[hold] / women[hold].sum(axis=1, keepdims=True)
    scaled = bool((np.abs(share - mean / mean.sum()) <= SAME_SPLIT).all())
    chosen = hold[_extremes(women[hold], None if scaled else problem.network.point_region_index)]
    rows = np.concatenate([mean[None], women.max(axis=0)[None], women[chosen]])
    few = problem.scenarios.replace(
        ids=("expected", "anybody", *(f"holding {k}" for k in range(len(chosen)))),
        point_ids=problem.network.point_ids,
        women=rows,
        probability=np.arange(len(rows)) == 0,
        must_hold=np.arange(len(rows)) > 1,
        labels=(),
    )
    exact = scaled and all(rule.few_scenarios for rule in problem.policy.values())
    return Representatives(problem=problem.replace(scenarios=few), exact=exact)


def with_one_more(few: Problem, women: Floats) -> Problem:
    """The few with one more scenario that must hold.

    Parameters
    ----------
    few : Problem
    women : ndarray (n,)
        A year, in one scenario of the whole problem that must hold.
    """
    known, count = few.scenarios, len(few.scenarios.ids)
    holds, chance = few.must_hold, few.probability
    return few.replace(
        scenarios=known.replace(
            ids=(*known.ids, f"holding {count - 2}"),
            women=np.vstack([known.women, women]),
            probability=np.append(chance, 0.0),
            must_hold=np.append(holds, True),
            labels=(),
        )
    )


def _extremes(women: Floats, region: Ints | None) -> Ints:
    """Rows with the least and the most women, in the country and in each region."""
    if not len(women):
        return ints([])
    sums = [women.sum(axis=1)]
    if region is not None:
        sums += [women[:, region == r].sum(axis=1) for r in np.unique(region)]
    return ints(sorted({int(pick(total)) for total in sums for pick in (np.argmin, np.argmax)}))


def mean_of(problem: Problem) -> Problem | None:
    """The problem under the mean of its scenarios, which has a plan where they have one together.

    The mean of a plan's shares, weighted by the women of each scenario, keeps every rule that all scenarios keep
    and every rule about their average. Known where each scenario that counts must hold.
    """
    scenarios = problem.scenarios
    if len(scenarios.ids) == 1 or not problem.must_hold[problem.probability > 0].all():
        return None
    if not all(rule.eased_by_mean(problem) for rule in rules_on(problem)):
        return None
    women = problem.probability @ scenarios.women
    one = scenarios.only(scenarios.ids[int(np.argmax(problem.must_hold))])
    return problem.replace(scenarios=one.replace(women=women[None], probability=np.ones(1)))
