"""The smallest changes of one setting that make a plan possible, each verified by a solve."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from capacity.arrays import Bools
from capacity.engines.enumerate import keeps_rules, why_not
from capacity.engines.solve import solve_or_stop
from capacity.errors import DataError, InfeasibleError, NoPlanError
from capacity.plan.plan import Plan, make_plan
from capacity.problem.problem import Problem
from capacity.problem.settings import plainest
from capacity.rules import NearestPlans, Plans, allowed_pairs, binding, firm, rules_on, sayable
from capacity.rules.families import Reach
from capacity.rules.levers import Lever
from capacity.rules.near import Near
from capacity.studies.explain.conflicts import Clashes
from capacity.studies.explain.exceptions import fewest_far_points, fewest_far_sites
from capacity.studies.explain.feasibility import Effort, at_nearest, find_plan, still_keeps, who_stays_is_known
from capacity.studies.explain.levers import MOST_EXCEPTIONS, exceptions, levers, off_levers
from capacity.studies.explain.sentences import plain_value
from capacity.studies.explain.worlds import AT_ONCE, Worlds, without

ONE_QUESTION = 0.3
"""What one question to the model may take of what is left."""

READ = 4
"""Decimals of what a setting was; what it should be is exact."""

LEAST_SECONDS = 0.1
"""What the best plan of a way out may take, however little effort is left."""

ONE_BY_ONE = 20
"""Steps tried one by one where more of them may help or harm; beyond, the first found is said to be inexact."""


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
            "key": self.key,
            "value": plainest(self.value),
            "was": plainest(self.was),
            "text": self.text,
            "plan": self.plan,
            "exact": self.exact,
        }
        if self.also:
            said["also"] = [{"key": k, "value": plainest(v), "was": plainest(w)} for k, v, w in self.also]
        return said


@dataclass
class Search:
    """Tries changes of an infeasible problem.

    Where families are at their nearest unit, `worlds` hold all that could be a plan. Where they may
    be split, `seeds` hold plans that are known, and the model says whether there are others.

    Attributes
    ----------
    clashes : Clashes
        A change helps only if it moves a rule of each; if they are all there are, moving it all the way does.
    met : dict of rule to Plans
        The last plan found that breaks this rule alone.
    unsettled : list of str
        Settings that may help for all that could be found out with the effort there was.
    """

    problem: Problem
    worlds: Worlds | None
    seeds: Worlds | None
    clashes: Clashes
    effort: Effort
    met: dict[str, Plans] = field(default_factory=dict)
    unsettled: list[str] = field(default_factory=list)
    _doubtful: bool = False
    _sets: dict[tuple[str, ...], Bools] = field(default_factory=dict)
    _freed: dict[tuple[str, ...], bool] = field(default_factory=dict)

    def may_help(self, free: tuple[str, ...]) -> bool:
        """Whether there may be a plan with some rules moved, however far."""
        bound = binding(self.problem)
        rules = [rule for rule in rules_on(self.problem) if rule.name in free and rule.name not in bound]
        if not any(rule.frame for rule in rules):
            return self.clashes.settled_by(free, firm(self.problem))
        if free not in self._freed:
            self._freed[free] = self._asked(without(self.problem, *free)) is not False
        return self._freed[free]

    def works(self, problem: Problem, free: tuple[str, ...]) -> Plans | Literal[False] | None:
        """Some plan that keeps all rules of a changed problem; None where that is not settled."""
        if self.worlds is not None and not self._widen(problem, free):
            found = self._among(problem, self.worlds, free)
            return found if found or self.worlds.all_of(problem) else self._asked(problem)
        if self.seeds is not None and self.worlds is None:
            known = self._among(at_nearest(problem), self.seeds, free)
            if known is not False:
                return known
        return self._asked(problem)

    def _widen(self, problem: Problem, free: tuple[str, ...]) -> bool:
        """Whether moving some rules gives sets, or makes of sets, what is not among the worlds."""
        rules = [rule for rule in rules_on(self.problem) if rule.name in free]
        return any(
            rule.frame or rule.says("unit_range") or (rule.shapes and rule.name in problem.policy) for rule in rules
        )

    def _asked(self, problem: Problem) -> Plans | Literal[False] | None:
        """One question to the model, which may remain open."""
        answer = find_plan(problem, self.effort.part(ONE_QUESTION))
        self._doubtful |= answer is None
        return answer

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

    def plan_of(self, problem: Problem, changed_plan: Plans) -> Plan:
        """The best plan of a changed problem; where that takes longer than there is time, the plan that was found."""
        if why_not(problem) is None:
            return solve_or_stop(problem)
        try:
            plan = solve_or_stop(problem, time_limit=self.effort.part(ONE_QUESTION).clock(LEAST_SECONDS))
        except NoPlanError:
            plan = None
        if plan is not None and plan.status == "optimal":
            return plan
        return make_plan(
            problem,
            "travel",
            changed_plan.open[0],
            changed_plan.shares(0),
            changed_plan.beds[0],
            status="feasible",
            bound=-np.inf,
            certificate="It keeps all the rules; there may be better ones.",
            record={},
        )

    def fewest_steps(self, lever: Lever) -> tuple[int, Plans, bool] | None:
        """Fewest steps of a lever that give a plan, that plan, and whether fewer are proven not to."""
        if not self.may_help(lever.free):
            return None
        self._doubtful = False
        found = self._by_halving(lever) if lever.freed is None else self._from_freed(lever, lever.freed)
        if found is None and self._doubtful and lever.key not in self.unsettled:
            self.unsettled.append(lever.key)
        return found

    def _changed(self, lever: Lever, steps: int) -> Problem | None:
        """The problem after some steps; None where there is no such problem."""
        try:
            problem = self.problem.set(lever.key, lever.value(steps))
        except DataError:
            return None
        return problem if who_stays_is_known(problem) else None

    def _tried(self, lever: Lever, steps: int) -> Plans | Literal[False] | None:
        problem = self._changed(lever, steps)
        if problem is None:
            return False
        known = self.met.get(lever.free[0])
        return known if known and still_keeps(problem, known) else self.works(problem, lever.free)

    def _by_halving(self, lever: Lever) -> tuple[int, Plans, bool] | None:
        """Doubled until it works, then halved: what helps goes on helping with more steps."""
        # Moved all the way a rule is as good as off, which helps where all clashes are known.
        known = lever.to_off and self.clashes.complete and self.worlds is None
        if lever.most > 1 and not known and self._tried(lever, lever.most) is False:
            return None
        low = proven = 0
        high = 1
        while not (plan := self._tried(lever, high)):
            low, proven = high, high if plan is False else proven
            if high >= lever.most:
                return None
            high = min(2 * high, lever.most)
        high = self._fewer_with(lever, plan, low, high)
        while high - low > 1:
            middle = (low + high) // 2
            answer = self._tried(lever, middle)
            if answer:
                plan, high = answer, self._fewer_with(lever, answer, low, middle)
            else:
                low, proven = middle, middle if answer is False else proven
        self.met[lever.free[0]] = plan
        return high, plan, high - proven == 1

    def _fewer_with(self, lever: Lever, plan: Plans, low: int, high: int) -> int:
        """Fewest steps that the very plan found needs, no solver asked."""
        while high - low > 1:
            middle = (low + high) // 2
            problem = self._changed(lever, middle)
            low, high = (low, middle) if problem is not None and still_keeps(problem, plan) else (middle, high)
        return high

    def _from_freed(self, lever: Lever, freed: Callable[[Problem], Problem]) -> tuple[int, Plans, bool] | None:
        """Where the problem without what more steps break has a plan, as far as that without what they mend has one."""

        def possible(steps: int, part: Callable[[Problem], Problem]) -> bool:
            problem = self._changed(lever, steps)
            return problem is not None and self.works(part(problem), lever.free) is not False

        low, high = 0, 1
        while not possible(min(high, lever.most), freed):
            if high >= lever.most:
                return None
            low, high = high, 2 * high
        high = min(high, lever.most)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if possible(middle, freed) else (middle, high)
        exact, steps, stride = True, high, 1
        while steps <= lever.most:
            plan = self._tried(lever, steps)
            if plan:
                return steps, plan, exact
            if lever.spent is not None and not possible(steps, lever.spent):
                return None
            exact &= plan is False
            if steps - high >= ONE_BY_ONE:
                # What is stepped over may have helped.
                exact, stride, self._doubtful = False, 2 * stride, True
            steps += stride
        return None


def find_ways_out(
    problem: Problem, worlds: Worlds | None, seeds: Worlds | None, clashes: Clashes, effort: Effort
) -> tuple[tuple[WayOut, ...], tuple[str, ...]]:
    """Single changes that help, smallest first; pairs where no single one does. And the settings left unsettled."""
    search = Search(problem=problem, worlds=worlds, seeds=seeds, clashes=clashes, effort=effort)
    found: list[WayOut] = []
    for lever in itertools.chain(levers(problem, worlds), _spared(search), off_levers(problem)):
        # Switching a rule off is no news where a number of it has already been found.
        done = lever.to_off and lever.most == 1 and any(way.key == lever.key for way in found)
        if not done and (way := _way(search, problem, lever)):
            found.append(way)
    if not found:
        found = list(_pairs(search))
    ways = sorted(found, key=lambda w: (w.size, w.key, plain_value(plainest(w.value))))
    helped = {way.key for way in ways}
    return tuple(ways), tuple(key for key in search.unsettled if key not in helped)


def _spared(search: Search) -> Iterator[Lever]:
    """Exceptions from limits that suffice, asked of the model where no worlds tell them."""
    problem = search.problem
    if search.worlds is not None or not sayable(problem):
        return
    for limit in rules_on(problem):
        if isinstance(limit, Near | Reach) and search.may_help((limit.name,)):
            known, effort = search.met.get(limit.name), search.effort.part(ONE_QUESTION)
            if isinstance(limit, Near):
                spared = fewest_far_sites(problem, limit, known, effort)
            else:
                spared = fewest_far_points(problem, known, effort)
            if spared is not None and len(spared.ids) <= MOST_EXCEPTIONS * len(problem.network.point_ids):
                yield exceptions(problem, limit, spared.ids, proven=spared.exact)


def _way(search: Search, problem: Problem, lever: Lever) -> WayOut | None:
    moved = search.fewest_steps(lever)
    if moved is None:
        return None
    steps, found, exact = moved
    value, was = lever.value(steps), problem.get(lever.key)
    if _as_good_as_off(lever, steps):
        return None
    try:
        plan = search.plan_of(problem.set(lever.key, value), found)
    except InfeasibleError:
        # By a rounding: what the engine that plans does not take for a plan is no way out.
        return None
    exact &= lever.proven
    return WayOut(
        key=lever.key,
        value=value,
        was=was,
        size=lever.size(steps),
        plan=summary(plan),
        exact=exact,
        text=f"{lever.key}: {plain_value(plainest(value))} instead of {plain_value(plainest(was), READ)} "
        + _named(problem, plan)
        + lever.note
        + ("" if exact else "; a smaller change may do as well"),
    )


def _pairs(search: Search) -> Iterator[WayOut]:
    """Two changes at once: one rule off, the other moved no farther than needed, then the first taken back."""
    by_rule: dict[str, list[Lever]] = {}
    for lever in [*levers(search.problem, None), *off_levers(search.problem)]:
        if len(lever.free) == 1:
            by_rule.setdefault(lever.free[0], []).append(lever)
    clashes = search.clashes
    pairs = [
        pair for pair in itertools.combinations(sorted(by_rule), 2) if clashes.settled_by(pair, firm(search.problem))
    ]
    for first, second in pairs:
        if search.effort.left <= 0:
            search.unsettled.append(f"rules.{first} with rules.{second}")
            continue
        loose = replace(
            search,
            worlds=None,
            seeds=None,
            problem=without(search.problem, first),
            clashes=Clashes(sets=tuple(s for s in clashes.sets if first not in s), complete=clashes.complete),
            _sets={},
            _freed={},
        )
        for other, far, _, exact in _moved(loose, by_rule[second]):
            half = search.problem.set(other.key, other.value(far))
            back = replace(loose, problem=half, clashes=Clashes(sets=(), complete=False), _freed={})
            for lever, steps, found, too in _moved(back, by_rule[first]):
                yield _pair(search, lever, other, (steps, far), found, exact and too)


def _moved(search: Search, tried: list[Lever]) -> Iterator[tuple[Lever, int, Plans, bool]]:
    """Those of a rule's levers that help; switching it off only where none of its numbers does."""
    helped = False
    for lever in tried:
        if lever.to_off and lever.most == 1 and helped:
            continue
        found = search.fewest_steps(lever)
        if found is not None and not _as_good_as_off(lever, found[0]):
            helped = True
            yield lever, *found


def _as_good_as_off(lever: Lever, steps: int) -> bool:
    return lever.to_off and lever.most > 1 and plainest(lever.value(steps)) == plainest(lever.value(lever.most))


def _pair(search: Search, lever: Lever, other: Lever, steps: tuple[int, int], found: Plans, exact: bool) -> WayOut:
    first, second = plainest(lever.value(steps[0])), plainest(other.value(steps[1]))
    was = [plainest(search.problem.get(x.key)) for x in (lever, other)]
    plan = search.plan_of(search.problem.set(other.key, second).set(lever.key, first), found)
    return WayOut(
        key=lever.key,
        value=first,
        was=was[0],
        plan=summary(plan),
        exact=exact,
        size=lever.size(steps[0]) + other.size(steps[1]),
        also=((other.key, second, was[1]),),
        text=f"{lever.key}: {plain_value(first)} instead of {plain_value(was[0], READ)}, and "
        f"{other.key}: {plain_value(second)} instead of {plain_value(was[1], READ)} {_named(search.problem, plan)}"
        + ("" if exact else "; a smaller change may do as well"),
    )


def _named(problem: Problem, plan: Plan) -> str:
    """The plan of a way out in brackets."""
    places = ", ".join(problem.network.site_places(plan.site_ids).values())
    return f"({places}; {plan.beds} beds; {plan.mean_minutes:.0f} minutes on average)"


def summary(plan: Plan) -> dict[str, Any]:
    """What a way out says of its plan."""
    return {
        "site_ids": list(plan.site_ids),
        "beds": plan.beds,
        "mean_minutes": plan.mean_minutes,
        "objective": plan.objective,
        "status": plan.status,
    }
