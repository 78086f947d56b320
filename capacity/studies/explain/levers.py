"""The settings worth moving to get a plan, each with its step and with what it can mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs, firm_rules, rules_on
from capacity.rules.families import Reach
from capacity.rules.levers import Lever, once, steps
from capacity.rules.near import Near
from capacity.studies.explain.feasibility import Effort, find_plan
from capacity.studies.explain.scaling import freed_for_fewer, freed_for_more, overfull, roomy
from capacity.studies.explain.sentences import listed
from capacity.studies.explain.worlds import Worlds, without

MOST_EXCEPTIONS = 0.5
"""A share of the demand points: more named exceptions than this are no exceptions any more."""

LARGER = 2.0
"""Processor seconds in which it is asked whether there are plans of more units than were valued."""

SWITCHED_OFF = 1.0
"""How large a change it is to switch a rule off, beside relative changes of numbers."""


def levers(problem: Problem, worlds: Worlds | None) -> list[Lever]:
    """Every setting worth moving, with its step; exceptions only where there are worlds to take them from."""
    own = [lever for rule in rules_on(problem) for lever in rule.levers(problem)]
    return [*own, *_money_levers(problem), *_exception_levers(problem, worlds)]


def off_levers(problem: Problem) -> list[Lever]:
    """Every firm rule that may be switched off."""
    weighed = [rule.name for rule in firm_rules(problem) if not rule.frame or rule.binds_to_nearest]
    return [once(f"rules.{name}", False, SWITCHED_OFF, name) for name in weighed]


def exceptions(problem: Problem, limit: Near | Reach, spared: tuple[str, ...], *, proven: bool = True) -> Lever:
    """Further sites or demand points spared from the limit of a rule."""
    net = problem.network
    names = {**dict(zip(net.point_ids, net.point_names, strict=True)), **net.site_places(net.site_ids)}
    value = {"minutes": limit.minutes, "exceptions": [*limit.exceptions, *spared]}
    made = once(f"rules.{limit.name}", value, 0.1 * len(spared), limit.name)
    return replace(made, proven=proven, note=f"; sparing {listed([names[i] for i in spared])}")


def _money_levers(problem: Problem) -> Iterator[Lever]:
    women = float(problem.get("demand.women_per_year"))
    moved = tuple(r.name for r in rules_on(problem) if not r.frame and r.with_more_women != "same")
    carrying = tuple(r.name for r in rules_on(problem) if r.carries_stays)
    # Where one unit may be as large as all need, the promise clashes with nothing.
    moved = moved if roomy(problem) else (*moved, *carrying)
    if not overfull(problem):
        yield steps(
            "demand.women_per_year", women, 1, 1, 20 * women, moved, freed=freed_for_more, spent=freed_for_fewer
        )
    if women > 1:
        yield steps("demand.women_per_year", women, 1, -1, 1, moved, freed=freed_for_fewer, spent=freed_for_more)
    earning = tuple(r.name for r in rules_on(problem) if (r.moved_by or {}).get("finance.day_rate_dkk") == "looser")
    if earning:
        rate = problem.finance.day_rate_dkk
        yield steps("finance.day_rate_dkk", rate, 10, 1, 10 * max(rate, 1_000), earning)
    if not roomy(problem):
        sizes = problem.sizes
        yield steps("sizes.largest", sizes.largest, 1, 1, max(4 * sizes.largest, 100), carrying, int)
    if carrying and problem.promise.kind == "loss":
        yield steps("promise.turned_away", problem.promise.turned_away, 0.01, 1, 0.5, moved)


def _exception_levers(problem: Problem, worlds: Worlds | None) -> Iterator[Lever]:
    """Exceptions from limits, from the worlds that miss only that rule."""
    if worlds is None:
        return
    for rule in rules_on(problem):
        if isinstance(rule, Near):
            yield from _near_exceptions(problem, rule, worlds)
    if (reach := problem.policy.reach) is not None:
        yield from _reach_exceptions(problem, reach, worlds)


def _near_exceptions(problem: Problem, limit: Near, worlds: Worlds) -> Iterator[Lever]:
    """Fewest further sites allowed away from what they have to be near: the sets that need the fewest."""
    sets = worlds.open[worlds.keeping(limit.name)]
    if not len(sets):
        return
    ids = problem.network.site_ids
    far = limit.beyond(problem) > 0
    count = (sets & far).sum(axis=1)
    fewest = {tuple(sorted(ids[j] for j in np.flatnonzero(row & far))) for row in sets[count == count.min()]}
    proven = _all_seen(without(problem, limit.name), worlds)
    for sites in sorted(fewest)[:5]:
        yield exceptions(problem, limit, sites, proven=proven)


def _reach_exceptions(problem: Problem, limit: Reach, worlds: Worlds) -> Iterator[Lever]:
    """Fewest demand points spared from the limit."""
    sets = worlds.open[worlds.keeping(limit.name)]
    if not len(sets):
        return
    free = without(problem, limit.name)
    plans = NearestPlans(free, sets, allowed_pairs(free))
    ways = plans.mean(problem.minutes)[:, 0, :]
    spared = limit.exempt(problem)
    beyond = (ways > limit.minutes) & problem.active & ~spared
    best = int(np.argmin(beyond.sum(axis=1)))
    points = [problem.network.point_ids[i] for i in np.flatnonzero(beyond[best])]
    if len(points) <= MOST_EXCEPTIONS * len(problem.network.point_ids):
        yield exceptions(problem, limit, tuple(points), proven=_all_seen(free, worlds))


def _all_seen(problem: Problem, worlds: Worlds) -> bool:
    """Whether no plan of a problem has more units than those among the worlds."""
    if worlds.all_of(problem):
        return True
    larger = range_of_units(problem, worlds.cap + 1)
    return larger is None or find_plan(larger, Effort(LARGER)) is False


def range_of_units(problem: Problem, fewest: int) -> Problem | None:
    """The problem with at least so many units; None where no more are allowed."""
    low, high = problem.policy.units or (0, len(problem.network.site_ids))
    return None if fewest > high else problem.replace(policy={"units": [max(low, fewest), high]})
