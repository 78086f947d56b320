"""The settings worth moving to get a plan, each with its step and with what it can mend."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity.explaining.scaling import freed_for_fewer, freed_for_more, roomy
from capacity.explaining.sentences import listed
from capacity.explaining.worlds import Worlds, without
from capacity.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs

MOVED_BY_DEMAND = ("volume", "income", "build_budget", "run_budget")
"""Rules that more or fewer women, or other prices, can mend or break."""

MOST_EXCEPTIONS = 0.5
"""A share of the demand points: more named exceptions than this are no exceptions any more."""

SWITCHED_OFF = 1.0
"""How large a change it is to switch a rule off, beside relative changes of numbers."""


@dataclass(frozen=True, kw_only=True)
class Lever:
    """A setting that may be moved in steps.

    Attributes
    ----------
    key : str
    value : callable (int) -> value after so many steps, or None where there are no more
    size : callable (int) -> float
    free : tuple of str
        Rules that the setting can mend: worlds that break only these may become plans.
    most : int
        Steps after which it moves no farther.
    to_off : bool
        Whether the last step says no more than switching the rule off.
    freed : callable (Problem) -> Problem, optional
        Where more steps may harm again: the problem without what they can break.
    spent : callable (Problem) -> Problem, optional
        Where more steps may harm again: the problem without what they can mend. Where that has no plan, more steps
        give none either.
    proven : bool
        Whether a change that is made or not is known to be none too large.
    note : str
        What is to be said of it besides.
    """

    key: str
    value: Callable[[int], Any]
    size: Callable[[int], float]
    free: tuple[str, ...]
    most: int = 1
    to_off: bool = False
    freed: Callable[[Problem], Problem] | None = None
    spent: Callable[[Problem], Problem] | None = None
    proven: bool = True
    note: str = ""


def levers(problem: Problem, worlds: Worlds | None) -> list[Lever]:
    """Every setting worth moving, with its step; exceptions only where there are worlds to take them from."""
    return [*_rule_levers(problem), *_money_levers(problem), *_list_levers(problem, worlds)]


def off_levers(problem: Problem) -> list[Lever]:
    """Every firm rule that may be switched off."""
    kept = ("served", "open_only", "one_size", "promise", *problem.policy.prices)
    return [_once(f"rules.{name}", False, SWITCHED_OFF, name) for name in problem.policy.on if name not in kept]


def exceptions(problem: Problem, rule: str, spared: tuple[str, ...], *, proven: bool = True) -> Lever:
    """Further sites or demand points spared from the limit of a rule."""
    limit, net = getattr(problem.policy, rule), problem.network
    names = {**dict(zip(net.point_ids, net.point_names, strict=True)), **net.site_places(net.site_ids)}
    value = {"minutes": limit.minutes, "exceptions": [*limit.exceptions, *spared]}
    made = _once(f"rules.{rule}", value, 0.1 * len(spared), rule)
    return replace(made, proven=proven, note=f"; sparing {listed([names[i] for i in spared])}")


def _once(key: str, value: Any, size: float, free: str) -> Lever:
    """A change that is made or not."""
    return Lever(key=key, value=lambda _: value, size=lambda _: size, free=(free,), to_off=value is False)


def _steps(
    key: str, was: float, step: float, direction: int, limit: float, free: tuple[str, ...],
    wrap: Callable[[float], Any] = float, *, to_off: bool = False,
    freed: Callable[[Problem], Problem] | None = None, spent: Callable[[Problem], Problem] | None = None,
) -> Lever:  # fmt: skip
    """A number moved in steps; the first step lands on a multiple of the step."""
    grid = math.ceil(was / step - 1e-9) - 1 if direction < 0 else math.floor(was / step + 1e-9) + 1
    digits = max(0, -math.floor(math.log10(step)))

    def number(k: int) -> float:
        value = round((grid + direction * (k - 1)) * step, digits)
        return min(value, limit) if direction > 0 else max(value, limit)

    most = max(1, math.ceil(abs(limit - was) / step + 1e-9))
    scale = max(abs(was), step)
    return Lever(
        key=key, value=lambda k: wrap(number(k)), size=lambda k: abs(number(k) - was) / scale, free=free, most=most,
        to_off=to_off, freed=freed, spent=spent,
    )  # fmt: skip


def _rule_levers(problem: Problem) -> Iterator[Lever]:
    policy = problem.policy
    farthest = float(np.max(problem.minutes[np.isfinite(problem.minutes)], initial=0.0)) + 1
    if (access := policy.region_access) is not None:
        yield _steps(
            "rules.region_access", access.share, 0.01, -1, 0.0, ("region_access",),
            lambda x: {"share": x, "minutes": access.minutes}, to_off=True,
        )  # fmt: skip
        yield _steps(
            "rules.region_access", access.minutes, 1, 1, farthest, ("region_access",),
            lambda x: {"share": access.share, "minutes": x}, to_off=True,
        )  # fmt: skip
    if (volume := policy.volume) is not None:
        plain = problem.get("rules.volume")
        yield _steps(
            "rules.volume", volume.stays, 0.1, -1, 0.0, ("volume",),
            lambda x: {**plain, "stays": x} if isinstance(plain, dict) else x, to_off=True,
        )  # fmt: skip
    for name in ("reach", "near_ambulatory"):
        if (limit := getattr(policy, name)) is not None:
            exceptions = list(limit.exceptions)
            top = farthest if name == "reach" else float(problem.ambulatory_minutes.max()) + 1

            def wrap(x: float, exceptions: list[str] = exceptions) -> Any:
                return {"minutes": x, "exceptions": exceptions} if exceptions else x

            yield _steps(f"rules.{name}", limit.minutes, 1, 1, top, (name,), wrap, to_off=True)
    if policy.units is not None:
        fewest, most = policy.units
        yield _steps(
            "rules.units", most, 1, 1, len(problem.network.site_ids), ("units",), lambda x: [fewest, int(x)]
        )
        if fewest > 1:
            yield _steps("rules.units", fewest, 1, -1, 1, ("units",), lambda x: [int(x), most])
    for name in ("build_budget", "run_budget"):
        if (budget := getattr(policy, name)) is not None:
            yield _steps(f"rules.{name}", budget, 10_000, 1, 100 * max(budget, 1e7), (name,))


def _money_levers(problem: Problem) -> Iterator[Lever]:
    women = float(problem.get("demand.women_per_year"))
    # Where one unit may be as large as all need, the promise clashes with nothing.
    moved = MOVED_BY_DEMAND if roomy(problem) else (*MOVED_BY_DEMAND, "promise")
    yield _steps(
        "demand.women_per_year", women, 1, 1, 20 * women, moved, freed=freed_for_more, spent=freed_for_fewer
    )
    if women > 1:
        yield _steps(
            "demand.women_per_year", women, 1, -1, 1, moved, freed=freed_for_fewer, spent=freed_for_more
        )
    if problem.policy.income is not None:
        rate = problem.finance.day_rate_dkk
        yield _steps("finance.day_rate_dkk", rate, 10, 1, 10 * max(rate, 1_000), ("income",))
    if not roomy(problem):
        sizes = problem.sizes
        yield _steps("sizes.largest", sizes.largest, 1, 1, max(4 * sizes.largest, 100), ("promise",), int)
    if problem.policy.promise is not None and problem.promise.kind == "loss":
        yield _steps("promise.turned_away", problem.promise.turned_away, 0.01, 1, 0.5, moved)


def _list_levers(problem: Problem, worlds: Worlds | None) -> Iterator[Lever]:
    """Exceptions, and single ids less, from the worlds that miss only that rule."""
    policy = problem.policy
    for name in ("keep", "forbid"):
        for site in getattr(policy, name) or ():
            rest = [j for j in getattr(policy, name) if j != site]
            if rest:
                yield _once(f"rules.{name}", rest, 0.5, name)
    if worlds is None:
        return
    if policy.near_ambulatory is not None:
        yield from _near_exceptions(problem, worlds)
    if policy.reach is not None:
        yield from _reach_exceptions(problem, worlds)


def _near_exceptions(problem: Problem, worlds: Worlds) -> Iterator[Lever]:
    """Fewest further sites allowed away from an ambulatory: the sets that need the fewest."""
    limit = problem.policy.near_ambulatory
    sets = worlds.open[worlds.keeping("near_ambulatory")]
    if not len(sets):
        return
    ids = problem.network.site_ids
    named = np.array([j in limit.exceptions for j in ids])
    far = (problem.ambulatory_minutes > limit.minutes) & ~named
    count = (sets & far).sum(axis=1)
    fewest = {tuple(sorted(ids[j] for j in np.flatnonzero(row & far))) for row in sets[count == count.min()]}
    for sites in sorted(fewest)[:5]:
        yield exceptions(problem, "near_ambulatory", sites, proven=worlds.all_of(without(problem, "near_ambulatory")))


def _reach_exceptions(problem: Problem, worlds: Worlds) -> Iterator[Lever]:
    """Fewest demand points spared from the limit."""
    limit = problem.policy.reach
    sets = worlds.open[worlds.keeping("reach")]
    if not len(sets):
        return
    free = without(problem, "reach")
    plans = NearestPlans(free, sets, allowed_pairs(free))
    ways = plans.mean(problem.minutes)[:, 0, :]
    spared = np.array([i in limit.exceptions for i in problem.network.point_ids])
    beyond = (ways > limit.minutes) & problem.active & ~spared
    best = int(np.argmin(beyond.sum(axis=1)))
    points = [problem.network.point_ids[i] for i in np.flatnonzero(beyond[best])]
    if len(points) <= MOST_EXCEPTIONS * len(problem.network.point_ids):
        yield exceptions(problem, "reach", tuple(points), proven=worlds.all_of(free))
