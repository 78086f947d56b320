"""What decides the plan: every assumption through its range or its choices, alone and with the strongest others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.engines.clock import Clock, Tell
from capacity.engines.enumerate import why_not
from capacity.engines.question import refuse_no_problem
from capacity.engines.solve import solve_or_stop
from capacity.errors import DataError, InfeasibleError, NoPlanError
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.problem.settings import plainest
from capacity.rules import NearestPlans, allowed_pairs
from capacity.rules.objectives import COST, Objective, ObjectiveName, objective_named
from capacity.studies.assumptions import assumptions
from capacity.studies.known_sets import KnownSets
from capacity.studies.result import StudyResult
from capacity.studies.sets import by_enumeration
from capacity.studies.spans import best_units, is_whole, moved, number_of
from capacity.studies.switch import IN_UNITS
from capacity.studies.telling import whole_or_nothing
from capacity.studies.turning import turns

if TYPE_CHECKING:
    import pandas as pd

    from capacity.studies.spans import Span

FEW_SETS = 20_000
"""Sets of sites up to which all of it takes seconds, and is worked out beside other things."""

STRONGEST = 5
"""Settings that are tried in pairs."""

MEASURES = ("beds", "dkk_per_year", "mean_minutes", "longest_minutes", "hours_per_year", "women_within")
"""What is told of a plan beside its units."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """The best plan with one setting, or two, at another value.

    Attributes
    ----------
    value : object
        As in ``case.toml``; of a pair both.
    status : {"optimal", "feasible", "infeasible", "unknown"}
    site_ids, opened, closed : tuple of str
        Its units; those it has beside the base's, and those of the base that it has not.
    beds, dkk_per_year, mean_minutes, longest_minutes, hours_per_year : float or None
        ``dkk_per_year`` is running and building (as an annuity); the hours are all the objective ``travel`` counts.
    women_within : float or None
        Women a year within the minutes of the base's ``region_access``, or else of its ``reach``; None without either.
    """

    value: Any
    status: str
    site_ids: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    beds: int | None = None
    dkk_per_year: float | None = None
    mean_minutes: float | None = None
    longest_minutes: float | None = None
    hours_per_year: float | None = None
    women_within: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The try as a JSON object."""
        return {k: plainest(v) for k, v in vars(self).items()}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A value at which the best units change, told outwards from today's value.

    Attributes
    ----------
    value : float
    way : {"from", "below"}
        Whether the other units are best from the value up, or below it.
    site_ids, opened, closed : tuple of str
        The units there (none: no plan keeps the rules), and what is new against the base.
    proven : bool
        Whether it is proven that no other units are best up to the next change.
    text : str
    """

    value: float
    way: str
    site_ids: tuple[str, ...]
    opened: tuple[str, ...]
    closed: tuple[str, ...]
    proven: bool
    text: str

    def to_json(self) -> dict[str, Any]:
        """The change as a JSON object."""
        return {k: plainest(v) for k, v in vars(self).items()}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting, what it was tried at, and what that changes.

    Attributes
    ----------
    key, source : str
    value : object
        As it stands.
    low, high : float or None
        Its range.
    tries : tuple of Try
        The ends of its range, values inside it where other units are best than at both ends, and its choices; () where
        nobody has given either.
    switch_points : tuple of Turn
    first : float
        Share of the way to an end of the range after which the units change: 1 for a choice, inf where nothing does.
    size : float
        Largest change of a measure, as a share; inf where no plan keeps the rules.
    """

    key: str
    source: str
    value: Any
    low: float | None = None
    high: float | None = None
    tries: tuple[Try, ...] = ()
    switch_points: tuple[Turn, ...] = ()
    first: float = math.inf
    size: float = 0.0

    @property
    def changes_units(self) -> bool:
        """Whether other units are best, or none, somewhere in what was tried."""
        return self.first < math.inf

    def to_json(self) -> dict[str, Any]:
        """The setting as a JSON object."""
        return {
            "key": self.key,
            "source": self.source,
            "value": plainest(self.value),
            "range": None if self.low is None else [self.low, self.high],
            "tries": [t.to_json() for t in self.tries],
            "changes_units": self.changes_units,
            "switch_points": [t.to_json() for t in self.switch_points],
            "size": self.size if math.isfinite(self.size) else None,
        }


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Influence(StudyResult):
    """What decides a plan.

    Attributes
    ----------
    base : Plan
        The best plan as the problem stands.
    settings : tuple of Setting
        What changes the units first (with the smallest move within its range) stands first, then what changes most.
    pairs : tuple of (str, str, Try)
        The strongest settings two by two.
    minutes : float or None
        Those `Try.women_within` speaks of.
    """

    study: ClassVar[str] = "influence"

    base: Plan
    settings: tuple[Setting, ...]
    pairs: tuple[tuple[str, str, Try], ...] = field(default=())
    minutes: float | None = None

    @property
    def stands(self) -> Try:
        """The base as a try, of no value."""
        return _measured(self.base, self.base, None, self.minutes)

    @property
    def tried(self) -> tuple[Setting, ...]:
        """Settings with a range or choices."""
        return tuple(s for s in self.settings if s.tries)

    @property
    def changing(self) -> tuple[Setting, ...]:
        """Settings that change the units."""
        return tuple(s for s in self.settings if s.changes_units)

    @property
    def table(self) -> pd.DataFrame:
        """One row a setting and value tried: key, source, value, status, site_ids, the measures, changes_units."""
        import pandas as pd

        rows = [
            {"key": s.key, "source": s.source, **t.to_json(), "changes_units": s.changes_units}
            for s in self.settings
            for t in s.tries or (Try(value=None, status="not tried"),)
        ]
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """The study as a JSON object."""
        return {
            "base": self.stands.to_json(),
            "within_minutes": self.minutes,
            "settings": [s.to_json() for s in self.settings],
            "pairs": [{"keys": [a, b], **t.to_json()} for a, b, t in self.pairs],
        }

    def __repr__(self) -> str:
        return f"<Influence: {len(self.changing)} of {len(self.settings)} settings change the units>"


@told
def influence(
    problem: Problem,
    *,
    objective: ObjectiveName | Objective = "travel",
    strongest: int = STRONGEST,
    time_limit: float | None = None,
    progress: Callable[[int, int], object] | None = None,
    tell: Tell | None = None,
) -> Influence:
    """Every assumption that is on, and every setting with a range or choices, at its other values.

    Parameters
    ----------
    problem : Problem
        Its `ranges` and `choices` say what is tried; a setting with neither is listed and not tried.
    objective : name or Objective
    strongest : int
        How many settings, from the first, are tried two by two as well; 0 for none.
    time_limit : float, optional
        Seconds each solve may take; a plan it cuts short has the status ``feasible``.
    progress : callable (done, all), optional
        Called after each setting.
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, it ends with `InterruptedSolveError`.

    Returns
    -------
    Influence

    Raises
    ------
    InfeasibleError
        Where no plan keeps the rules as the problem stands.

    >>> import capacity as cap
    >>> found = cap.influence(cap.denmark({"rules.units": [1, 4]}))
    >>> found.settings[0].key
    'rules.region_access.minutes'
    """
    refuse_no_problem(problem, "influence")
    goal, clock = objective_named(objective), Clock(None, tell)
    listed = assumptions(problem, goal)
    with whole_or_nothing("influence"):
        base = solve_or_stop(problem, goal, time_limit, tell=clock.part("as it stands", 0, len(listed) + 2))
        trial = _Trial(problem, goal, base, time_limit)
        settings = []
        for done, key in enumerate(listed, 1):
            clock.tell("settings", done=done, count=len(listed), always=True)
            clock.check()
            settings.append(_setting(trial, key))
            if progress is not None:
                progress(done, len(listed))
        settings.sort(key=lambda s: (s.first, -s.size, s.key))
        clock.check()
        pairs = tuple(_pairs(trial, settings[:strongest]))
    return Influence(base=base, settings=tuple(settings), pairs=pairs, minutes=trial.minutes)


class _Trial:
    """Solves of one problem with settings at other values, each once."""

    def __init__(self, problem: Problem, goal: Objective, base: Plan, time_limit: float | None) -> None:
        self.problem, self.goal, self.base, self._limit = problem, goal, base, time_limit
        self.minutes = _within(problem)
        self._plans: dict[str, tuple[str, Plan | None]] = {}
        self.sets = KnownSets(problem, goal, problem.ranges)

    def plan(self, changes: Mapping[str, Any]) -> tuple[str, Plan | None]:
        """Status and plan with some settings changed."""
        name = repr(sorted((k, plainest(v)) for k, v in changes.items()))
        if name not in self._plans:
            self._plans[name] = self._solved(changes)
        return self._plans[name]

    def _solved(self, changes: Mapping[str, Any]) -> tuple[str, Plan | None]:
        try:
            plan = solve_or_stop(self._changed(changes), self.goal, self._limit)
        except InfeasibleError:
            return "infeasible", None
        except NoPlanError:
            return "unknown", None
        except DataError:
            # No engine can answer there, such as where families are not bound to their nearest unit: it is not known.
            return "unknown", None
        return plan.status, plan

    def _changed(self, changes: Mapping[str, Any]) -> Problem:
        problem = self.problem
        for key, value in changes.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            problem = moved(problem, key, value) if number else problem.set(key, value)
        return problem

    def tried(self, changes: Mapping[str, Any], value: Any) -> Try:
        """What the plan with these changes comes to, beside the base."""
        there = self._changed(changes)
        if by_enumeration(there, "auto"):
            units = best_units(there, self.goal)
            if not units:
                return Try(value=value, status="infeasible")
            return _at_nearest(self.base, there, units, value, self.minutes)
        status, plan = self.plan(changes)
        return Try(value=value, status=status) if plan is None else _measured(self.base, plan, value, self.minutes)

    def known(self, key: str, value: float, spans: Sequence[Span]) -> Try:
        """What the plan comes to with a number whose best units are known, where they are."""
        units = next((s.site_ids for s in spans if s.low <= value <= s.high), None)
        if units is None or why_not(self.problem) is not None:
            return self.tried({key: value}, value)
        if not units:
            return Try(value=value, status="infeasible")
        return _at_nearest(self.base, moved(self.problem, key, value), units, value, self.minutes)

    def best(self, key: str, now: float) -> Callable[[float], tuple[str, ...]]:
        """The best units at a value of one setting, each worked out once."""
        known: dict[float, tuple[str, ...]] = {now: self.base.site_ids}

        def at(value: float) -> tuple[str, ...]:
            if value not in known:
                known[value] = best_units(moved(self.problem, key, value), self.goal)
            return known[value]

        return at


def _within(problem: Problem) -> float | None:
    policy = problem.policy
    limit = policy.region_access or policy.reach
    return None if limit is None else float(limit.minutes)


def _measured(base: Plan, plan: Plan, value: Any, minutes: float | None) -> Try:
    table = plan.assignment_table
    near = None
    if minutes is not None:
        chance = dict(zip(plan.problem.scenarios.ids, plan.problem.probability.tolist(), strict=True))
        weights = [women * chance[s] for women, s in zip(table["women"], table["scenario"], strict=True)]
        near = float(np.array(weights) @ (np.array(table["minutes"]) <= minutes))
    return Try(
        value=value,
        status=plan.status,
        site_ids=plan.site_ids,
        opened=tuple(j for j in plan.site_ids if j not in base.site_ids),
        closed=tuple(j for j in base.site_ids if j not in plan.site_ids),
        beds=plan.beds,
        dkk_per_year=plan.objectives["cost"],
        mean_minutes=plan.mean_minutes,
        longest_minutes=plan.longest_minutes,
        hours_per_year=plan.family_hours_per_year,
        women_within=near,
    )


def _at_nearest(base: Plan, problem: Problem, units: tuple[str, ...], value: Any, minutes: float | None) -> Try:
    """The same of units whose families all use the nearest, without a whole plan being made."""
    opened = np.isin(problem.network.site_ids, units)[None, :]
    plans = NearestPlans(problem, opened, allowed_pairs(problem))
    ways, served = plans.mean(problem.minutes)[0, 0], plans.served[0, 0]
    women = problem.expected_women * served
    hours = float(women @ plans.mean(problem.hours_per_woman)[0, 0])
    if problem.outpatient.on:
        hours += float((problem.expected_women * (1.0 - served)) @ problem.course_hours)
    return Try(
        value=value,
        status="optimal",
        site_ids=units,
        opened=tuple(j for j in units if j not in base.site_ids),
        closed=tuple(j for j in base.site_ids if j not in units),
        beds=int(plans.beds.sum()),
        dkk_per_year=float(COST.expected(problem, plans)[0]),
        mean_minutes=float(women @ ways / women.sum()),
        longest_minutes=float(np.where(women > 0, ways, 0.0).max()),
        hours_per_year=hours,
        women_within=None if minutes is None else float(women @ (ways <= minutes)),
    )


def _setting(trial: _Trial, key: str) -> Setting:
    problem = trial.problem
    ends, choices = problem.ranges.get(key), problem.choices.get(key, ())
    now = number_of(problem, key)
    tries: list[Try] = []
    turned: tuple[Turn, ...] = ()
    first = math.inf
    if ends is not None and now is not None:
        low, high = (int(v) if is_whole(problem, key) else v for v in ends)
        spans = []
        if low < high:
            spans = turns(problem, key, low, high, now, trial.best(key, now), trial.goal, trial.sets)
        values = dict.fromkeys([low, *_inside(spans, is_whole(problem, key), now), high])
        tries = [trial.known(key, v, spans) for v in values if v != now]
        turned = tuple(_turns(problem, key, spans, now, trial.base))
        first = min((_share(t.value, now, low, high) for t in turned), default=math.inf)
    tries += [trial.tried({key: v}, v) for v in choices]
    if any(t.site_ids != trial.base.site_ids for t in tries):
        first = min(first, 1.0)
    return Setting(
        key=key,
        source=problem.sources.get(key, problem.sources.get(".".join(key.split(".")[:2]), "")),
        value=problem.get(key) if now is None else now,
        low=None if ends is None else ends[0],
        high=None if ends is None else ends[1],
        tries=tuple(tries),
        switch_points=turned,
        first=first,
        size=max((_size(trial, t) for t in tries), default=0.0),
    )


def _inside(spans: Sequence[Span], whole: bool, now: float) -> list[float]:
    """A value inside each part of a range that is at neither end of it, nor today's."""
    middles = [(s.low + s.high) / 2 for s in spans[1:-1] if not s.low <= now <= s.high]
    return [float(int(m)) for m in middles] if whole else middles


def _share(value: float, now: float, low: float, high: float) -> float:
    """How much of the way from today's value to an end of the range has been gone at a value."""
    whole = (high if value >= now else low) - now
    return min(1.0, abs((value - now) / whole)) if whole else 0.0


def _size(trial: _Trial, one: Try) -> float:
    """Largest change of a measure, as a share of the base's."""
    if not one.site_ids:
        return math.inf
    base = _measured(trial.base, trial.base, None, trial.minutes)
    pairs = [(getattr(base, name), getattr(one, name)) for name in MEASURES]
    return max(
        (abs(there / here - 1) for here, there in pairs if here is not None and there is not None and here > 0),
        default=0.0,
    )


def _turns(problem: Problem, key: str, spans: Sequence[Span], now: float, base: Plan) -> Iterator[Turn]:
    """The changes of a range, each told outwards from today's value."""
    for at, (_, after) in enumerate(pairwise(spans)):
        up = after.low >= now
        there = after if up else spans[at]
        opened = tuple(j for j in there.site_ids if j not in base.site_ids)
        closed = tuple(j for j in base.site_ids if j not in there.site_ids)
        # Of whole numbers the first at which the units are others: before.high is the last at which they were not.
        value = after.low
        way = "from" if up else "below"
        yield Turn(
            value=value,
            way=way,
            site_ids=there.site_ids,
            opened=opened,
            closed=closed,
            proven=there.proven,
            text=f"{what_changes(problem, there.site_ids, opened, closed)} {way} {_said(key, value)}",
        )


def what_changes(problem: Problem, site_ids: Sequence[str], opened: Sequence[str], closed: Sequence[str]) -> str:
    """What other units are best, in words: ``Aarhus instead of Aalborg``."""
    places = problem.network.site_places({*opened, *closed})
    more, fewer = (" and ".join(places[j] for j in some) for some in (opened, closed))
    if not site_ids:
        return "no plan keeps the rules"
    if opened and closed:
        return f"{more} instead of {fewer}"
    return f"{more} as well" if opened else f"no {fewer}" if closed else "as it stands"


def _said(key: str, value: float) -> str:
    unit = IN_UNITS.get(key, "")
    number = f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
    return f"{number} {unit}".strip()


def _pairs(trial: _Trial, strongest: Sequence[Setting]) -> Iterator[tuple[str, str, Try]]:
    """Two settings at once, each at every value tried of it."""
    for one, other in combinations(strongest, 2):
        for a, b in product(one.tries, other.tries):
            yield one.key, other.key, trial.tried({one.key: a.value, other.key: b.value}, (a.value, b.value))
