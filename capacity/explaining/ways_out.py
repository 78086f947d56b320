"""The smallest changes of one setting that make a plan possible, each verified by a solve."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from capacity.enumeration import keeps_rules, why_not
from capacity.errors import DataError
from capacity.explaining.feasibility import Effort, find_plan
from capacity.explaining.sentences import plain_value
from capacity.explaining.worlds import AT_ONCE, Worlds, without
from capacity.labels import Bools
from capacity.plan import Plan, make_plan
from capacity.problem import Problem
from capacity.rules import NearestPlans, Plans, allowed_pairs
from capacity.settings import plainest
from capacity.solving import solve_or_stop

MOVED_BY_DEMAND = ("volume", "income", "build_budget", "run_budget")
"""Rules that more or fewer women, or other prices, can mend or break."""

MOST_EXCEPTIONS = 0.5
"""A share of the demand points: more named exceptions than this are no exceptions any more."""

ONE_QUESTION = 0.3
"""What one question to the model may take of what is left."""

READ = 4
"""Decimals of what a setting was; what it should be is exact."""

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
    exact : bool
        Whether it is proven that a change one step smaller does not help.
    """

    key: str
    value: Any
    was: Any
    text: str
    plan: dict[str, Any]
    size: float
    also: tuple[tuple[str, Any, Any], ...] = ()
    exact: bool = True

    def to_json(self) -> dict[str, Any]:
        """The way out as a JSON object."""
        said = {
            "key": self.key, "value": plainest(self.value), "was": plainest(self.was), "text": self.text,
            "plan": self.plan, "exact": self.exact,
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
    most : int
        Steps after which it moves no farther.
    to_off : bool
        Whether the last step says no more than switching the rule off.
    steady : bool
        Whether what helps goes on helping with more steps.
    """

    key: str
    value: Callable[[int], Any]
    size: Callable[[int], float]
    free: tuple[str, ...]
    most: int = 1
    to_off: bool = False
    steady: bool = True


@dataclass
class Search:
    """Tries changes of an infeasible problem.

    Where families are at their nearest unit, `worlds` hold all that could be a plan. Where they may
    be split, `seeds` hold plans that are known, and the model says whether there are others.
    """

    problem: Problem
    worlds: Worlds | None
    seeds: Worlds | None
    effort: Effort
    _sets: dict[tuple[str, ...], Bools] = field(default_factory=dict)

    def works(self, problem: Problem, free: tuple[str, ...]) -> Plans | Literal[False] | None:
        """Some plan that keeps all rules of a changed problem; None where that is not settled."""
        if self.worlds is not None and not {"units", "promise"} & set(free):
            return self._among(problem, self.worlds, free)
        if self.seeds is not None and self.worlds is None:
            known = self._among(problem.replace(policy={"nearest": True}), self.seeds, free)
            if known is not False:
                return known
        return find_plan(problem, self.effort.part(ONE_QUESTION))

    def _among(self, problem: Problem, worlds: Worlds, free: tuple[str, ...]) -> Plans | Literal[False]:
        if free not in self._sets:
            self._sets[free] = worlds.open[worlds.keeping(*free)]
        opened, allowed = self._sets[free], allowed_pairs(problem)
        for start in range(0, len(opened), AT_ONCE):
            plans = NearestPlans(problem, opened[start : start + AT_ONCE], allowed)
            kept = np.flatnonzero(keeps_rules(problem, plans)[0])
            if len(kept):
                return NearestPlans(problem, plans.open[kept[:1]], allowed)
        return False

    def plan_of(self, problem: Problem, found: Plans) -> Plan:
        """The best plan of a changed problem; where finding it takes the model, the plan that was found."""
        if why_not(problem) is None:
            return solve_or_stop(problem)
        return make_plan(
            problem, "travel", found.open[0], found.shares(0), found.beds[0], status="feasible", bound=-np.inf,
            certificate="It keeps all the rules; there may be better ones.", record={},
        )  # fmt: skip

    def fewest_steps(self, problem: Problem, lever: Lever) -> tuple[int, Plans, bool] | None:
        """Fewest steps of a lever that give a plan, that plan, and whether fewer are proven not to.

        Doubled until it works, then halved; a lever that may help and then harm is tried step by step.
        """
        exact, plan = True, None

        def tried(steps: int) -> bool:
            nonlocal exact, plan
            try:
                answer = self.works(problem.set(lever.key, lever.value(steps)), lever.free)
            except DataError:
                return False
            exact &= answer is not None
            if answer is None or answer is False:
                return False
            plan = answer
            return True

        if lever.steady and lever.most > 1 and not tried(lever.most):
            return None
        low, high = 0, 1
        while not tried(min(high, lever.most)):
            if high >= lever.most:
                return None
            low, high = high, 2 * high
        high = min(high, lever.most)
        if not lever.steady and self.worlds is not None:
            high = next((k for k in range(1, high) if tried(k)), high)
            low = high - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if tried(middle) else (middle, high)
        return None if plan is None else (high, plan, exact and (lever.steady or self.worlds is not None))


def find_ways_out(
    problem: Problem, worlds: Worlds | None, seeds: Worlds | None, effort: Effort
) -> tuple[WayOut, ...]:
    """Single changes that help, smallest first; pairs where no single one does."""
    search = Search(problem=problem, worlds=worlds, seeds=seeds, effort=effort)
    found: list[WayOut] = []
    for lever in levers(problem, seeds):
        # Switching a rule off is no news where a number of it has already been found.
        done = lever.to_off and lever.most == 1 and any(way.key == lever.key for way in found)
        if not done and (way := _way(search, problem, lever)):
            found.append(way)
    if not found:
        found = list(_pairs(search))
    return tuple(sorted(found, key=lambda w: (w.size, w.key, plain_value(plainest(w.value)))))


def _way(search: Search, problem: Problem, lever: Lever) -> WayOut | None:
    moved = search.fewest_steps(problem, lever)
    if moved is None:
        return None
    steps, found, exact = moved
    value, was = lever.value(steps), problem.get(lever.key)
    if lever.to_off and lever.most > 1 and plainest(value) == plainest(lever.value(lever.most)):
        return None
    plan = search.plan_of(problem.set(lever.key, value), found)
    where = problem.network.site_places(plan.site_ids).values()
    return WayOut(
        key=lever.key, value=value, was=was, size=lever.size(steps), plan=summary(plan), exact=exact,
        text=f"{lever.key}: {plain_value(plainest(value))} instead of {plain_value(plainest(was), READ)} "
        f"({', '.join(where)}; {plan.beds} beds; {plan.mean_minutes:.0f} minutes on average)"
        + ("" if exact else "; a smaller change may do as well"),
    )  # fmt: skip


def _pairs(search: Search) -> Iterator[WayOut]:
    """Two changes at once: one rule off, then each moved no farther than needed."""
    firm = [lever for lever in levers(search.problem, None) if lever.most > 1 and lever.key.startswith("rules.")]
    alone = Search(problem=search.problem, worlds=None, seeds=None, effort=search.effort)
    for rule in sorted({lever.key for lever in firm}):
        loose = search.problem.set(rule, False)
        for other in (lever for lever in firm if lever.key > rule):
            moved = alone.fewest_steps(loose, other)
            if moved is None:
                continue
            second = plainest(other.value(moved[0]))
            half = search.problem.set(other.key, second)
            for lever in (lever for lever in firm if lever.key == rule):
                again = alone.fewest_steps(half, lever)
                if again is None:
                    continue
                plan = alone.plan_of(half.set(rule, lever.value(again[0])), again[1])
                first, was = plainest(lever.value(again[0])), [search.problem.get(k) for k in (rule, other.key)]
                yield WayOut(
                    key=rule, value=first, was=was[0], plan=summary(plan), exact=moved[2] and again[2],
                    size=lever.size(again[0]) + other.size(moved[0]), also=((other.key, second, was[1]),),
                    text=f"{rule}: {plain_value(first)} instead of {plain_value(plainest(was[0]), READ)}, and "
                    f"{other.key}: {plain_value(second)} instead of {plain_value(plainest(was[1]), READ)}",
                )  # fmt: skip


def summary(plan: Plan) -> dict[str, Any]:
    """What a way out says of its plan."""
    return {
        "site_ids": list(plan.site_ids), "beds": plan.beds, "mean_minutes": plan.mean_minutes,
        "objective": plan.objective, "status": plan.status,
    }  # fmt: skip


def levers(problem: Problem, seeds: Worlds | None) -> list[Lever]:
    """Every setting worth moving, with its step."""
    made = [*_rule_levers(problem), *_money_levers(problem), *_list_levers(problem, seeds)]
    # Switching a rule off is offered last.
    for name in problem.policy.on:
        if name not in ("served", "open_only", "one_size", "promise") and name not in problem.policy.prices:
            made.append(_once(f"rules.{name}", False, SWITCHED_OFF, name))
    return made


def _once(key: str, value: Any, size: float, free: str) -> Lever:
    """A change that is made or not."""
    return Lever(key=key, value=lambda _: value, size=lambda _: size, free=(free,), to_off=value is False)


def _steps(
    key: str, was: float, step: float, direction: int, limit: float, free: tuple[str, ...],
    wrap: Callable[[float], Any] = float, *, to_off: bool = False, steady: bool = True,
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
        to_off=to_off, steady=steady,
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
    yield _steps("demand.women_per_year", women, 1, 1, 20 * women, MOVED_BY_DEMAND, steady=False)
    if women > 1:
        yield _steps("demand.women_per_year", women, 1, -1, 1, MOVED_BY_DEMAND, steady=False)
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
        value = {"minutes": limit.minutes, "exceptions": [*limit.exceptions, *sites]}
        yield _once("rules.near_ambulatory", value, 0.1 * len(sites), "near_ambulatory")


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
    if len(points) > MOST_EXCEPTIONS * len(problem.network.point_ids):
        return
    value = {"minutes": limit.minutes, "exceptions": [*limit.exceptions, *points]}
    yield _once("rules.reach", value, 0.1 * len(points), "reach")


