"""The smallest changes of one setting that make a plan possible, each verified by a solve."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from capacity.enumeration import keeps_rules
from capacity.errors import DataError, InfeasibleError, NoPlanError
from capacity.explaining.sentences import plain_value
from capacity.explaining.worlds import Worlds
from capacity.labels import Bools
from capacity.plan import Plan
from capacity.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs
from capacity.search import Clock
from capacity.settings import plainest
from capacity.solving import solve

MOVED_BY_DEMAND = ("volume", "income", "build_budget", "run_budget")
"""Rules that more or fewer women, or other prices, can mend or break."""

MOST_EXCEPTIONS = 10
"""More named exceptions than this are no exceptions any more."""

SWITCHED_OFF = 1.0
"""How large a change it is to switch a rule off, beside relative changes of numbers."""


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """A change that makes a plan possible.

    Attributes
    ----------
    key, value, was : the setting as ``--set key=value`` takes it, and what it was
    text : str
    plan : dict
        site_ids, beds and mean_minutes of the plan it gives.
    size : float
        Relative size of the change: what the ways out are sorted by.
    also : tuple of (key, value, was)
        Further changes that are needed with it.
    """

    key: str
    value: Any
    was: Any
    text: str
    plan: dict[str, Any]
    size: float
    also: tuple[tuple[str, Any, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The way out as a JSON object."""
        said = {
            "key": self.key, "value": plainest(self.value), "was": plainest(self.was), "text": self.text,
            "plan": self.plan,
        }  # fmt: skip
        if self.also:
            said["also"] = [{"key": k, "value": plainest(v), "was": plainest(w)} for k, v, w in self.also]
        return said


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
    """

    key: str
    value: Callable[[int], Any]
    size: Callable[[int], float]
    free: tuple[str, ...]
    most: int = 1


@dataclass
class Search:
    """Tries changes of an infeasible problem."""

    problem: Problem
    worlds: Worlds | None
    clock: Clock
    _sets: dict[tuple[str, ...], Bools] = field(default_factory=dict)

    def works(self, problem: Problem, free: tuple[str, ...]) -> bool:
        """Whether some plan keeps all rules of a changed problem."""
        if self.worlds is None or {"units", "promise"} & set(free):
            return self.plan_of(problem) is not None
        if free not in self._sets:
            self._sets[free] = self.worlds.open[self.worlds.keeping(*free)]
        opened = self._sets[free]
        if not len(opened):
            return False
        plans = NearestPlans(problem, opened, allowed_pairs(problem))
        return bool(keeps_rules(problem, plans)[0].any())

    def plan_of(self, problem: Problem) -> Plan | None:
        """The best plan of a changed problem; None where there is none (or none in time)."""
        if self.worlds is None and self.clock.left is not None and self.clock.left <= 0:
            return None
        try:
            return solve(problem, time_limit=None if self.worlds is not None else self.clock.left)
        except (InfeasibleError, NoPlanError):
            return None

    def fewest_steps(self, problem: Problem, lever: Lever) -> int | None:
        """Fewest steps of a lever that give a plan: doubled until it works, then halved."""

        def tried(steps: int) -> bool:
            try:
                return self.works(problem.set(lever.key, lever.value(steps)), lever.free)
            except DataError:
                return False

        low, high = 0, 1
        while not tried(min(high, lever.most)):
            if high >= lever.most:
                return None
            low, high = high, 2 * high
        high = min(high, lever.most)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if tried(middle) else (middle, high)
        return high


def find_ways_out(problem: Problem, worlds: Worlds | None, clock: Clock) -> tuple[WayOut, ...]:
    """Single changes that help, smallest first; pairs where no single one does."""
    search = Search(problem=problem, worlds=worlds, clock=clock)
    found = [way for lever in levers(problem, worlds) if (way := _way(search, problem, lever))]
    if not found:
        found = list(_pairs(search))
    return tuple(sorted(found, key=lambda w: (w.size, w.key, plain_value(plainest(w.value)))))


def _way(search: Search, problem: Problem, lever: Lever) -> WayOut | None:
    steps = search.fewest_steps(problem, lever)
    if steps is None:
        return None
    value, was = lever.value(steps), problem.get(lever.key)
    plan = search.plan_of(problem.set(lever.key, value))
    if plan is None:
        return None
    return WayOut(
        key=lever.key, value=value, was=was, size=lever.size(steps), plan=summary(plan),
        text=f"{lever.key}: {plain_value(plainest(value))} instead of {plain_value(plainest(was))} "
        f"({', '.join(plan.site_ids)}; {plan.beds} beds; {plan.mean_minutes:.0f} minutes on average)",
    )  # fmt: skip


def _pairs(search: Search) -> Iterator[WayOut]:
    """Two changes at once: one rule off, then each moved no farther than needed."""
    firm = [lever for lever in levers(search.problem, None) if lever.most > 1 and lever.key.startswith("rules.")]
    rules = sorted({lever.key.partition(".")[2] for lever in firm})
    for rule in rules:
        loose = search.problem.set(f"rules.{rule}", False)
        for other in (lever for lever in firm if lever.key > f"rules.{rule}"):
            alone = Search(problem=loose, worlds=None, clock=search.clock)
            steps = alone.fewest_steps(loose, other)
            if steps is None:
                continue
            half = search.problem.set(other.key, other.value(steps))
            for lever in (lever for lever in firm if lever.key == f"rules.{rule}"):
                again = Search(problem=half, worlds=None, clock=search.clock)
                first = again.fewest_steps(half, lever)
                if first is None:
                    continue
                plan = again.plan_of(half.set(lever.key, lever.value(first)))
                if plan is not None:
                    was = [search.problem.get(k) for k in (lever.key, other.key)]
                    values = [plainest(lever.value(first)), plainest(other.value(steps))]
                    yield WayOut(
                        key=lever.key, value=values[0], was=was[0], plan=summary(plan),
                        size=lever.size(first) + other.size(steps), also=((other.key, values[1], was[1]),),
                        text=f"{lever.key}: {plain_value(values[0])} instead of {plain_value(plainest(was[0]))}, and "
                        f"{other.key}: {plain_value(values[1])} instead of {plain_value(plainest(was[1]))}",
                    )  # fmt: skip


def summary(plan: Plan) -> dict[str, Any]:
    """What a way out says of its plan."""
    return {
        "site_ids": list(plan.site_ids), "beds": plan.beds, "mean_minutes": plan.mean_minutes,
        "objective": plan.objective, "status": plan.status,
    }  # fmt: skip


def levers(problem: Problem, worlds: Worlds | None) -> list[Lever]:
    """Every setting worth moving, with its step."""
    made = [*_rule_levers(problem), *_money_levers(problem), *_list_levers(problem, worlds)]
    # Switching a rule off is offered last.
    for name in problem.policy.on:
        if name not in ("served", "open_only", "one_size", "promise") and name not in problem.policy.prices:
            made.append(_once(f"rules.{name}", False, SWITCHED_OFF, name))
    return made


def _once(key: str, value: Any, size: float, free: str) -> Lever:
    """A change that is made or not."""
    return Lever(key=key, value=lambda _: value, size=lambda _: size, free=(free,))


def _steps(
    key: str, was: float, step: float, direction: int, limit: float, free: tuple[str, ...],
    wrap: Callable[[float], Any] = float,
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
        key=key, value=lambda k: wrap(number(k)), size=lambda k: abs(number(k) - was) / scale, free=free, most=most
    )


def _rule_levers(problem: Problem) -> Iterator[Lever]:
    policy = problem.policy
    farthest = float(np.max(problem.minutes[np.isfinite(problem.minutes)], initial=0.0)) + 1
    if (access := policy.region_access) is not None:
        yield _steps(
            "rules.region_access", access.share, 0.01, -1, 0.0, ("region_access",),
            lambda x: {"share": x, "minutes": access.minutes},
        )  # fmt: skip
        yield _steps(
            "rules.region_access", access.minutes, 1, 1, farthest, ("region_access",),
            lambda x: {"share": access.share, "minutes": x},
        )  # fmt: skip
    if (volume := policy.volume) is not None:
        plain = problem.get("rules.volume")
        yield _steps(
            "rules.volume", volume.stays, 0.1, -1, 0.0, ("volume",),
            lambda x: {**plain, "stays": x} if isinstance(plain, dict) else x,
        )  # fmt: skip
    for name in ("reach", "near_ambulatory"):
        if (limit := getattr(policy, name)) is not None:
            exceptions = list(limit.exceptions)
            top = farthest if name == "reach" else float(problem.ambulatory_minutes.max()) + 1

            def wrap(x: float, exceptions: list[str] = exceptions) -> Any:
                return {"minutes": x, "exceptions": exceptions} if exceptions else x

            yield _steps(f"rules.{name}", limit.minutes, 1, 1, top, (name,), wrap)
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
    yield _steps("demand.women_per_year", women, 1, 1, 20 * women, MOVED_BY_DEMAND)
    if women > 1:
        yield _steps("demand.women_per_year", women, 1, -1, 1, MOVED_BY_DEMAND)
    if problem.policy.income is not None:
        rate = problem.finance.day_rate_dkk
        yield _steps("finance.day_rate_dkk", rate, 10, 1, 10 * max(rate, 1_000), ("income",))
    sizes = problem.sizes
    yield _steps("sizes.largest", sizes.largest, 1, 1, max(4 * sizes.largest, 100), ("promise",), int)
    if problem.policy.promise is not None and problem.promise.kind == "loss":
        free = (*MOVED_BY_DEMAND,)
        yield _steps("promise.turned_away", problem.promise.turned_away, 0.01, 1, 0.5, free)


def _list_levers(problem: Problem, worlds: Worlds | None) -> Iterator[Lever]:
    """Exceptions, and single ids less, from the worlds that miss only that rule."""
    policy = problem.policy
    for name in ("keep", "forbid"):
        for site in getattr(policy, name) or ():
            rest = [j for j in getattr(policy, name) if j != site]
            yield _once(f"rules.{name}", rest or False, 0.5, name)
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
        value = {"minutes": limit.minutes, "exceptions": [*limit.exceptions, *sites]}
        yield _once("rules.near_ambulatory", value, 0.1 * len(sites), "near_ambulatory")


def _reach_exceptions(problem: Problem, worlds: Worlds) -> Iterator[Lever]:
    """Fewest demand points spared from the limit."""
    limit = problem.policy.reach
    sets = worlds.open[worlds.keeping("reach")]
    if not len(sets):
        return
    from capacity.explaining.worlds import without

    free = without(problem, "reach")
    plans = NearestPlans(free, sets, allowed_pairs(free))
    ways = plans.mean(problem.minutes)[:, 0, :]
    spared = np.array([i in limit.exceptions for i in problem.network.point_ids])
    beyond = (ways > limit.minutes) & problem.active & ~spared
    best = int(np.argmin(beyond.sum(axis=1)))
    points = [problem.network.point_ids[i] for i in np.flatnonzero(beyond[best])]
    if len(points) > MOST_EXCEPTIONS:
        return
    value = {"minutes": limit.minutes, "exceptions": [*limit.exceptions, *points]}
    yield _once("rules.reach", value, 0.1 * len(points), "reach")


