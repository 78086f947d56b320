"""The ladder: which units are best at each level of a setting, and what stops the next one.

Over demand, with families at their nearest unit, the levels at which each set may open are worked
out in closed form (`capacity.studies.levels`): the sets are taken in the order of their travel, and
each takes the levels that are still free. Everything else is proven range by range
(`capacity.studies.spans`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.arrays import Bools
from capacity.engines.clock import Clock, Tell
from capacity.engines.enumerate import ids_of
from capacity.engines.question import refuse_no_problem
from capacity.engines.solve import solve_or_stop
from capacity.errors import DataError, Finding, InfeasibleError
from capacity.plan.as_arrays import as_arrays
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Plans, SplitPlan, allowed_pairs, allowed_sites, rules_on
from capacity.rules.objectives import Objective, ObjectiveName, objective_named
from capacity.rules.plans import in_other_sizes, smallest_sizes
from capacity.rules.siting import exactly
from capacity.studies.levels import (
    DEMAND,
    Ranges,
    Sets,
    common,
    first_of_equals,
    free_of_size,
    has_closed_form,
    levels_of,
    merged,
    minus,
    ordered_sets,
)
from capacity.studies.result import StudyResult
from capacity.studies.sets import with_sites
from capacity.studies.spans import Span, is_proven, is_whole, moved, number_of, spans
from capacity.studies.telling import known_up_to, whole_or_nothing
from capacity.tolerances import RANGE_ENDS

if TYPE_CHECKING:
    import pandas as pd

LOW, HIGH = 1.0, 250.0
"""Women a year between which a ladder climbs where nobody says otherwise."""

EXACT_TO = 0.01
"""Ends of steps are right to this (women a year, where the ladder climbs demand)."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A range of the setting in which one set of units is best.

    Attributes
    ----------
    low, high : float
        In the unit of the setting.
    site_ids : tuple of str
        Empty where no plan keeps the rules.
    beds_low, beds : int
        Beds needed at the low and at the high end.
    mean_minutes : float
    status : {"optimal", "infeasible"}
    stopped_by : tuple of str
        Rules that the best set with one more unit breaks here (that the best set of all breaks,
        where there is no plan).
    """

    low: float
    high: float
    site_ids: tuple[str, ...]
    beds_low: int
    beds: int
    mean_minutes: float
    status: str
    stopped_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Ladder(StudyResult):
    """Steps of the setting, low to high.

    Attributes
    ----------
    steps : tuple of Step
    key : str
    certificate : str
        How it is known that no other set is better in between.
    exact_to : float
    """

    study: ClassVar[str] = "ladder"

    steps: tuple[Step, ...]
    key: str
    certificate: str
    exact_to: float = EXACT_TO

    @property
    def table(self) -> pd.DataFrame:
        """One row a step."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """One mapping a step, as ``--json`` gives them."""
        digits = max(2, math.ceil(-math.log10(self.exact_to)))
        return [
            {
                "from": round(s.low, digits),
                "to": round(s.high, digits),
                "site_ids": list(s.site_ids),
                "beds": s.beds,
                "beds_from": s.beds_low,
                "mean_minutes": s.mean_minutes,
                "status": s.status,
                "stopped_by": list(s.stopped_by),
            }
            for s in self.steps
        ]

    def to_json(self) -> dict[str, Any]:
        """The ladder as a JSON object."""
        return {"key": self.key, "steps": self.rows(), "certificate": self.certificate}


@told
def ladder(
    problem: Problem,
    key: str = DEMAND,
    *,
    low: float | None = None,
    high: float | None = None,
    objective: ObjectiveName | Objective = "travel",
    exact_to: float = EXACT_TO,
    progress: Callable[[float], object] | None = None,
    tell: Tell | None = None,
) -> Ladder:
    """Which units are best from `low` to `high`, how many beds they need, and what stops the next unit.

    Parameters
    ----------
    problem : Problem
        Several scenarios are scaled together.
    key : str
        A setting that is a number: ``demand.women_per_year``, ``finance.day_rate_dkk``, ``rules.volume``,
        ``stay.mean_days``, ``rules.region_access.minutes``, ...
    low, high : float, optional
        Over demand from 1 to 250 women a year; otherwise the setting's stated range, or from half
        to double what it is.
    objective : str
    exact_to : float
        How close the ends are found, where they have no closed form.
    progress : callable (float), optional
        Called with the value up to which the ladder is known, before each of many solves.
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, it ends with `InterruptedSolveError`.

    Returns
    -------
    Ladder

    Raises
    ------
    DataError
        Where the setting is no number, or the range is empty.

    Notes
    -----
    Where families may be split every question goes to the mixed-integer model, and a ladder over
    demand takes minutes; a wider `exact_to` takes less.
    """
    refuse_no_problem(problem, "ladder")
    goal = objective_named(objective)
    start, end = _range(problem, key, low, high)
    if key == DEMAND and has_closed_form(problem, goal, end):
        return _by_levels(problem, start, end, goal)
    told = known_up_to(Clock(None, tell), start, end, progress)
    with whole_or_nothing("ladder"):
        found = spans(problem, key, start, end, exact_to=exact_to, objective=goal, progress=told)
    steps = tuple(_step(problem, key, span, goal, exact_to) for span in found)
    doubtful = [(s.low, s.high) for s in found if not s.proven]
    certificate = certificate_of_ranges(problem, key, goal, doubtful, exact_to)
    return Ladder(steps=steps, key=key, certificate=certificate, exact_to=exact_to)


def _range(problem: Problem, key: str, low: float | None, high: float | None) -> tuple[float, float]:
    was = number_of(problem, key)
    stated = (LOW, HIGH) if key == DEMAND else problem.ranges.get(key)
    if stated is None and was is not None:
        stated = (was / 2, was * 2)
    if stated is None and (low is None or high is None):
        rule = "the setting is a number, or both ends of the range are given"
    else:
        start = low if low is not None else stated[0] if stated else 0.0
        end = high if high is not None else stated[1] if stated else 0.0
        if start < end:
            return float(start), float(end)
        raise DataError([no_range("ladder", key, start, end)])
    raise DataError(
        [
            Finding(
                table="ladder",
                column=key,
                value="no number" if low is None and high is None else f"{low} to {high}",
                rule=rule,
                remedy="Give --from and --to.",
            )
        ]
    )


def no_range(study: str, key: str, low: float, high: float) -> Finding:
    """What to say of a range that is none."""
    return Finding(
        table=study,
        column=key,
        value=f"{low:g} to {high:g}",
        rule="the range goes from a lower to a higher value",
        remedy="Give the lower end first.",
    )


def certificate_of_ranges(
    problem: Problem, key: str, objective: str | Objective, doubtful: Sequence[tuple[float, float]], exact_to: float
) -> str:
    """How it is known what is best on ranges of a setting; `doubtful` are those that are not proven."""
    if is_whole(problem, key):
        return "Every whole number was solved."
    if not is_proven(problem, key, objective):
        return (
            f"Solved at points of a scan and where neighbours differ, to {exact_to:g}; a set that is best only "
            "between two points with the same set on both sides is not seen."
        )
    said = (
        f"On every range no other set is better, proven where every rule is loosest; ends are right to {exact_to:g}, "
        "and a set that is best on less than that is not seen."
    )
    if doubtful:
        said += f" Not proven from {doubtful[0][0]:g} to {doubtful[0][1]:g}"
        said += f", nor on {len(doubtful) - 1} further ranges." if len(doubtful) > 1 else "."
    return said


# --- over demand, in closed form -----------------------------------------------------------------


@lru_cache(maxsize=4)
def _by_levels(problem: Problem, low: float, high: float, objective: str | Objective) -> Ladder:
    """Kept, as a problem never changes: a report and the verdict of its scenarios both tell of it."""
    sets, pieces = _best_by_level(problem, low, high, objective)
    return Ladder(
        steps=tuple(_level_step(problem, piece, sets.open) for piece in pieces),
        key=DEMAND,
        certificate=f"All {sets.valued:,} sets of sites were valued at every level.",
    )


def units_by_level(
    problem: Problem, low: float, high: float, objective: str | Objective
) -> list[tuple[float, float, tuple[str, ...]]]:
    """The best units from a level of demand to another, low to high; () where no plan keeps the rules."""
    _, pieces = _best_by_level(problem, low, high, objective)
    return [(a, b, () if opened is None else ids_of(problem, opened)) for a, b, opened in pieces]


def _best_by_level(
    problem: Problem, low: float, high: float, objective: str | Objective
) -> tuple[Sets, list[tuple[float, float, Bools | None]]]:
    """All sets in order, and which of them is best where; None where no plan keeps the rules."""
    sets = ordered_sets(problem, objective, high)
    free: Ranges = [(low, high)]
    taken: list[tuple[float, float, Bools | None]] = []
    starts = np.flatnonzero(np.diff(sets.equal, prepend=-1))
    for equals, lowest in zip(np.split(sets.open, starts[1:]), np.split(sets.lowest, starts[1:]), strict=True):
        if not free:
            break
        possible = equals[lowest < free[-1][1]]
        if not len(possible):
            continue
        if len(possible) == 1:
            # No more is asked than what is free yet.
            found = [(a, b, possible[0]) for a, b in levels_of(problem, possible[0], free[0][0], free[-1][1])]
        else:
            found = [piece for a, b in free for piece in first_of_equals(problem, possible, a, b)]
        taken += [(a, b, opened) for c, d, opened in found for a, b in common(free, [(c, d)])]
        free = minus(free, merged([(a, b) for a, b, _ in found]))
    taken += [(a, b, None) for a, b in merged(free)]
    return sets, _joined(taken)


def _joined(pieces: list[tuple[float, float, Bools | None]]) -> list[tuple[float, float, Bools | None]]:
    """Pieces in order; neighbours with the same units become one."""
    steps: list[tuple[float, float, Bools | None]] = []
    for low, high, opened in sorted(pieces, key=lambda p: p[0]):
        if steps and _same(steps[-1][2], opened):
            steps[-1] = (steps[-1][0], high, opened)
        else:
            steps.append((low, high, opened))
    return steps


def _same(one: Bools | None, other: Bools | None) -> bool:
    return other is None if one is None else other is not None and bool((one == other).all())


def _level_step(problem: Problem, piece: tuple[float, float, Bools | None], order: Bools) -> Step:
    low, high, opened = piece
    middle = problem.set(DEMAND, (low + high) / 2)
    if opened is None:
        return _no_step(low, high, _broken(middle, _nearest(middle, order[0])) if len(order) else ())
    plans = _nearest(problem, opened)
    women = problem.expected_women
    mean = float(plans.mean(problem.minutes)[0, 0] @ women / women.sum())
    beds = [int(_nearest(problem.set(DEMAND, x), opened).beds.sum()) for x in (low + RANGE_ENDS, high - RANGE_ENDS)]
    larger = np.flatnonzero(order.sum(axis=1) == opened.sum() + 1)
    stopped = _too_many(problem, int(opened.sum()))
    if len(larger):
        stopped = _broken(middle, _nearest(middle, order[larger[0]]))
    return Step(
        low=low,
        high=high,
        site_ids=ids_of(problem, opened),
        beds_low=beds[0],
        beds=beds[1],
        mean_minutes=mean,
        status="optimal",
        stopped_by=stopped,
    )


def _nearest(problem: Problem, opened: Bools) -> NearestPlans:
    return NearestPlans(problem, opened[None], allowed_pairs(problem))


# --- over any setting, range by range ------------------------------------------------------------


def _step(problem: Problem, key: str, span: Span, objective: str | Objective, exact_to: float) -> Step:
    middle = moved(problem, key, (span.low + span.high) / 2)
    if not span.site_ids:
        try:
            best = solve_or_stop(free_of_size(middle), objective)
        except InfeasibleError:
            return _no_step(span.low, span.high, _siting(middle))
        return _no_step(span.low, span.high, _broken(middle, _resized(best, middle)))
    plan = solve_or_stop(with_sites(middle, span.site_ids), objective)
    inside = min(exact_to, (span.high - span.low) / 4)
    beds = [_beds_at(problem, key, x, span, objective) for x in (span.low + inside, span.high - inside)]
    return Step(
        low=span.low,
        high=span.high,
        site_ids=span.site_ids,
        beds_low=beds[0] or plan.beds,
        beds=beds[1] or plan.beds,
        mean_minutes=plan.mean_minutes,
        status="optimal",
        stopped_by=_stopped(middle, plan, objective),
    )


def _beds_at(problem: Problem, key: str, value: float, span: Span, objective: str | Objective) -> int:
    try:
        return solve_or_stop(with_sites(moved(problem, key, value), span.site_ids), objective).beds
    except InfeasibleError:  # nearer the end than the end is known
        return 0


def _stopped(problem: Problem, plan: Plan, objective: str | Objective) -> tuple[str, ...]:
    """Rules that the best set with one more unit breaks, were the rules of size not there."""
    count = len(plan.site_ids) + 1
    found = _too_many(problem, count - 1)
    if found:
        return found
    try:
        more = solve_or_stop(free_of_size(problem).replace(policy=exactly(count)), objective)
    except InfeasibleError:
        return _siting(problem)
    return _broken(problem, _resized(more, problem))


def _resized(plan: Plan, problem: Problem) -> SplitPlan:
    """A plan's units and assignment with the beds another problem asks for."""
    plans = as_arrays(plan, problem)
    beds = smallest_sizes(problem, plans.stays, plans.open)[0]
    return SplitPlan(problem, plans.open[0], beds, plans.shares(0))


def _no_step(low: float, high: float, stopped: tuple[str, ...]) -> Step:
    return Step(
        low=low,
        high=high,
        site_ids=(),
        beds_low=0,
        beds=0,
        mean_minutes=float("nan"),
        status="infeasible",
        stopped_by=stopped,
    )


def _too_many(problem: Problem, units: int) -> tuple[str, ...]:
    """What says outright that there may be no further unit."""
    for rule in rules_on(problem):
        if (between := rule.unit_range(problem)) is not None and units >= between[1]:
            return (rule.name,)
    return _siting(problem) if units >= int(allowed_sites(problem).sum()) else ()


def _siting(problem: Problem) -> tuple[str, ...]:
    """Rules on that have nothing to do with size."""
    return tuple(
        rule.name
        for rule in rules_on(problem)
        if not (rule.frame or rule.kept_at_nearest or rule.says("unit_range"))
        and rule.with_more_beds == rule.with_more_women == "same"
    )


def _broken(problem: Problem, plans: Plans) -> tuple[str, ...]:
    """Rules that a plan breaks, with the fewest beds that keep what they can."""
    tested = [r for r in rules_on(problem) if not (r.always or r.kept_at_nearest)]
    return min(
        (
            tuple(r.name for r in tested if bool(np.asarray(r.excess(problem, sized).broken).any()))
            for sized in in_other_sizes(problem, plans)
        ),
        key=len,
    )
