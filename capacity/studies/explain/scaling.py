"""What more or fewer women a year do to a plan in which everybody is sent where they were before.

Shares of demand points, and so travel and access, stay as they are; the stays of every unit grow or shrink in
proportion. So a problem freed of the rules that the change can break keeps its plans as the change goes on:
where it has none, none of the changes up to there gives a plan.
"""

from __future__ import annotations

from typing import Any

from capacity.problem.problem import Problem
from capacity.rules import firm_rules, rules_on
from capacity.rules.rule import Change
from capacity.tolerances import TIE


def roomy(problem: Problem) -> bool:
    """Whether any one unit may be large enough for every woman of the country."""
    if not any(rule.carries_stays for rule in rules_on(problem)):
        return True
    _, high = problem.size_limits
    return bool(problem.stays_by_beds[int(high.min())] >= problem.women.sum(axis=1).max())


def overfull(problem: Problem) -> bool:
    """Whether the largest units of all sites cannot carry the women who must be served: more women never help then."""
    firm = firm_rules(problem)
    if not any(rule.carries_stays for rule in firm) or not any(rule.serves_all for rule in firm):
        return False
    _, high = problem.size_limits
    needed = problem.women[problem.must_hold].sum(axis=1).max(initial=0.0)
    return bool(problem.stays_by_beds[high].sum() * (1 + TIE) < needed)


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
    off = _off(freed, "looser")
    changes: dict[str, Any] = dict.fromkeys(off)
    for rule in firm_rules(freed):
        if rule.name in off and (eased := rule.eased_for_more(freed)) is not None:
            changes |= eased
    return freed.replace(policy=changes) if changes else freed


def freed_for_fewer(problem: Problem) -> Problem:
    """The problem without what fewer women can break: stays or income that a unit needs."""
    off = _off(problem, "tighter")
    return problem.replace(policy=dict.fromkeys(off)) if off else problem


def _off(problem: Problem, way: Change) -> list[str]:
    """Rules that more women may do anything to but this: those not known to be at most looser, or tighter."""
    return [rule.name for rule in rules_on(problem) if not rule.frame and rule.with_more_women not in ("same", way)]
