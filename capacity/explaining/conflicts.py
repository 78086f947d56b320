"""All minimal sets of rules that clash, by the duality of hitting sets.

A set of rules clashes when every plan breaks one of them. So the minimal clashes are the minimal
sets that hit what every known plan breaks; each is then confirmed, or refuted by a further plan,
which joins the known ones (Liffiton, Previti, Malik and Marques-Silva 2016, "Fast, flexible MUS
enumeration", MARCO, in its hitting-set form).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from capacity.enumeration import space_of
from capacity.errors import InfeasibleError, NoPlanError
from capacity.explaining.worlds import Worlds, only, without
from capacity.plan import Plan
from capacity.problem import Problem
from capacity.rules import NearestPlans, Rule, SplitPlan, allowed_pairs, allowed_sites, rules_on
from capacity.search import Clock
from capacity.solving import solve

MONOTONE = frozenset({"region_access", "reach", "own_region", "near_ambulatory", "forbid"})
"""Rules that another unit at an allowed site never breaks, with families at their nearest unit."""

Names = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Clashes:
    """Minimal sets of clashing rules; `complete` when it is proven that there are no others."""

    sets: tuple[Names, ...]
    complete: bool
    doubtful: frozenset[Names] = frozenset()


def minimal(sets: Iterable[Names]) -> list[Names]:
    """The sets that contain no other, small ones first, then by name."""
    kept: list[Names] = []
    for one in sorted(set(sets), key=lambda s: (len(s), sorted(s))):
        if not any(other <= one for other in kept):
            kept.append(one)
    return kept


def hitting_sets(broken: Iterable[Names]) -> list[Names]:
    """Minimal sets that share a member with every given set (Berge's algorithm)."""
    found: list[Names] = [frozenset()]
    for edge in minimal(broken):
        found = minimal(
            wider for one in found for wider in ([one] if one & edge else [one | {name} for name in edge])
        )
    return found


def find_clashes(problem: Problem, names: Names, worlds: Worlds | None, clock: Clock) -> Clashes:
    """All minimal clashes among the named rules (and ``nearest``, where dropping it would help).

    Parameters
    ----------
    problem : Problem
        Has no plan.
    names : frozenset of str
        Rules being weighed.
    worlds : Worlds or None
        None where families may be split: then the model is asked each time.
    clock : Clock
        What is left for the model.
    """
    broken = _patterns(worlds) if worlds is not None else set()
    if worlds is None:
        return _by_asking(problem, names, broken, clock, worlds=None)
    near = _by_asking(problem, names, broken, clock, worlds=worlds)
    loose = without(problem, "nearest")
    answer = _plan_of(only(loose, names), clock)
    if isinstance(answer, Plan):
        return Clashes(sets=tuple(minimal(s | {"nearest"} for s in near.sets)), complete=near.complete)
    if answer is None:
        return Clashes(sets=near.sets, complete=False)
    far = _by_asking(loose, names, set(broken), clock, worlds=None)
    # A clash whose proof without `nearest` ran out of time is told as it stands.
    near_sets = [s if s in far.doubtful else s | {"nearest"} for s in near.sets]
    both = minimal([*far.sets, *near_sets])
    return Clashes(sets=tuple(both), complete=near.complete and far.complete)


def _patterns(worlds: Worlds) -> set[Names]:
    """What the worlds break, each pattern once."""
    if not len(worlds.open):
        return set()
    rules = [rule.name for rule in worlds.rules]
    return {
        frozenset(name for name, bad in zip(rules, row, strict=True) if bad)
        for row in np.unique(worlds.broken, axis=0)
    }


def _by_asking(
    problem: Problem, names: Names, broken: set[Names], clock: Clock, worlds: Worlds | None
) -> Clashes:
    confirmed: set[Names] = set()
    doubtful: set[Names] = set()
    while True:
        open_questions = [s for s in hitting_sets(broken) if s not in confirmed | doubtful]
        if not open_questions:
            break
        asked = open_questions[0]
        answer = _beyond(problem, asked, worlds, clock) if worlds is not None else _ask(problem, asked, names, clock)
        if answer is False:
            confirmed.add(asked)
        elif answer is None:
            doubtful.add(asked)
        elif isinstance(answer, frozenset):
            broken.add(answer & names)
    final = [s for s in hitting_sets(broken) if s in confirmed]
    return Clashes(sets=tuple(final), complete=not doubtful, doubtful=frozenset(doubtful))


def _beyond(problem: Problem, asked: Names, worlds: Worlds, clock: Clock) -> Names | bool | None:
    """Whether a plan that keeps `asked` lies among the sets too large to be among the worlds."""
    part = only(problem, asked)
    space = space_of(part)
    if space.most <= worlds.cap:
        return False
    names = frozenset(rule.name for rule in worlds.rules)
    if asked <= MONOTONE:
        return _all_open(problem, part, asked, names)
    return _ask(problem, asked, names, clock)


def _all_open(problem: Problem, part: Problem, asked: Names, names: Names) -> Names | bool:
    """Under rules that further units never break, the set of all useful sites decides."""
    opened = allowed_sites(part)[None, :]
    allowed = allowed_pairs(part)
    plans = NearestPlans(part, opened, allowed)
    # A unit nobody uses is not opened; closing it moves nobody.
    plans = NearestPlans(part, opened & (plans.used > 0), allowed)
    for rule in (*_rules(problem, names), *_rules(part, frozenset({"served", "promise"}))):
        if rule.is_on(part) and rule.excess(part, plans).broken.any():
            return False
    return _broken_by(problem, plans, names) - asked


def _rules(problem: Problem, names: Names) -> list[Rule]:
    return [rule for rule in rules_on(problem) if rule.name in names]


def _broken_by(problem: Problem, plans: NearestPlans | SplitPlan, names: Names) -> Names:
    return frozenset(
        rule.name for rule in _rules(problem, names) if bool(rule.excess(problem, plans).broken.any())
    )


def _ask(problem: Problem, asked: Names, names: Names, clock: Clock) -> Names | bool | None:
    """What a plan that keeps `asked` breaks; False where there is none, None where not known."""
    plan = _plan_of(only(problem, asked), clock)
    if not isinstance(plan, Plan):
        return plan
    # What was asked is kept, whatever the rounding of a solver makes of it.
    return _broken_by(problem, as_arrays(plan, problem), names) - asked


def _plan_of(problem: Problem, clock: Clock) -> Plan | bool | None:
    """A plan; False where there is none, None where that is not known in time."""
    if clock.left is not None and clock.left <= 0:
        return None
    space = space_of(problem)
    if space.most < max(space.fewest, len(space.kept), 1):
        return False
    # What the rules imply of the number of units spares the model its longest searches.
    problem = problem.replace(policy={"units": [space.fewest, space.most]})
    try:
        return solve(problem, time_limit=clock.left)
    except InfeasibleError:
        return False
    except NoPlanError:
        return None


def as_arrays(plan: Plan, problem: Problem) -> SplitPlan:
    """A plan's tables as arrays of a problem with the same labels."""
    net = problem.network
    site = {j: k for k, j in enumerate(net.site_ids)}
    point = {i: k for k, i in enumerate(net.point_ids)}
    scenario = {s: k for k, s in enumerate(problem.scenarios.ids)}
    opened = np.zeros(len(site), dtype=bool)
    beds = np.zeros(len(site), dtype=np.int64)
    for j, k in zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True):
        opened[site[j]], beds[site[j]] = True, k
    shares = np.zeros((len(scenario), len(point), len(site)))
    table = plan.assignment_table
    for i, j, s, share in zip(
        table["point_id"], table["site_id"], table["scenario"], table["share"], strict=True
    ):
        shares[scenario[s], point[i], site[j]] = share
    return SplitPlan(problem, opened, beds, shares)
