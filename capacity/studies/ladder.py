"""The ladder: which units are best at each level of demand, and what stops the next one.

With families at their nearest unit, demand that grows everywhere alike moves nobody: a set of sites
keeps its travel per woman, and only the rules of size (promise, volume, income, building budget)
decide when it may open. So the levels at which each set is allowed are worked out in closed form,
the sets are taken in the order of their travel, and each takes the levels that are still free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.enumeration import blocks, ids_of, keeps_rules, space_of, tested_rules, why_not
from capacity.errors import DataError, Finding, InfeasibleError
from capacity.labels import Bools, Floats
from capacity.objectives import objective_named
from capacity.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs
from capacity.rules.viability import income_stays, poisson_mean
from capacity.solving import solve

if TYPE_CHECKING:
    import pandas as pd

LOW, HIGH = 1.0, 250.0
"""Women a year between which a ladder climbs where nobody says otherwise."""

EXACT_TO = 0.01
"""Ends of steps are right to this many women a year."""

MOST_SETS = 300_000
SCALE_FREE = ("travel", "worst", "fair")
"""Objectives whose order of sets does not change with the level of demand."""

OF_SIZE = ("promise", "volume", "income", "build_budget")
"""Rules that depend on the level of demand, in a form that has closed-form thresholds."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A range of demand in which one set of units is best.

    Attributes
    ----------
    low, high : float
        Women a year; right to `EXACT_TO`.
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
class Ladder:
    """Steps of demand, low to high."""

    steps: tuple[Step, ...]
    sets: int

    @property
    def table(self) -> pd.DataFrame:
        """One row a step."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """One mapping a step, as ``--json`` gives them."""
        return [
            {
                "from": round(s.low, 2), "to": round(s.high, 2), "site_ids": list(s.site_ids),
                "beds": s.beds, "beds_from": s.beds_low, "mean_minutes": s.mean_minutes,
                "status": s.status, "stopped_by": list(s.stopped_by),
            }
            for s in self.steps
        ]  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """The ladder as a JSON object."""
        return {"steps": self.rows(), "certificate": f"All {self.sets:,} sets of sites were valued at every level."}


def ladder(
    problem: Problem,
    key: str = "demand.women_per_year",
    *,
    low: float = LOW,
    high: float = HIGH,
    objective: str = "travel",
) -> Ladder:
    """Which units are best from `low` to `high` women a year.

    Parameters
    ----------
    problem : Problem
        Families at their nearest unit (`nearest`), one scenario, no prices, no `run_budget`.
    key : str
        ``demand.women_per_year``, the only setting that has a ladder; see `switch_points` for others.
    low, high : float
        Women a year.
    objective : {"travel", "worst", "fair"}

    Returns
    -------
    Ladder

    Raises
    ------
    DataError
        Where the problem or the setting has no closed form.
    """
    _refuse(problem, key, objective)
    return _climbed(problem, objective, low, high)


@lru_cache(maxsize=4)
def _climbed(problem: Problem, objective: str, low: float, high: float) -> Ladder:
    """The ladder of a problem, which never changes: the report and the verdict of its scenarios both tell of it."""
    order, sets = _ordered(problem, objective, high)
    free = [(low, high)]
    taken: list[tuple[float, float, Bools]] = []
    for opened in order:
        if not free:
            break
        allowed = _levels(problem, opened, low, high)
        taken += [(a, b, opened) for a, b in _common(free, allowed)]
        free = _minus(free, allowed)
    pieces: list[tuple[float, float, Bools | None]] = [*taken, *((a, b, None) for a, b in free)]
    steps = [_step(problem, piece, order) for piece in _joined(pieces)]
    return Ladder(steps=tuple(steps), sets=sets)


def _refuse(problem: Problem, key: str, objective: str) -> None:
    reasons = {
        "the ladder climbs demand.women_per_year": key != "demand.women_per_year",
        f"the ladder needs families at their nearest unit: {why_not(problem)}": why_not(problem) is not None,
        "the ladder needs one scenario": len(problem.scenarios.ids) > 1,
        "the ladder needs rules without prices": bool(problem.policy.prices),
        "run_budget has no closed form over demand": problem.policy.run_budget is not None,
        f"the objective is one of {', '.join(SCALE_FREE)}": objective not in SCALE_FREE,
    }
    found = [
        Finding(table="ladder", rule=rule, remedy="Change the setting, or use switch_points.")
        for rule, broken in reasons.items()
        if broken
    ]
    if found:
        raise DataError(found)


def _ordered(problem: Problem, objective: str, high: float) -> tuple[list[Bools], int]:
    """Sets that keep every rule that does not depend on the level, best first."""
    fixed = problem.replace(policy={name: None for name in OF_SIZE if name != "promise"} | {"promise": False})
    top = problem.set("demand.women_per_year", high)
    space = space_of(fixed)
    if space.sets > MOST_SETS:
        space = space_of(top)
    if space.sets > MOST_SETS:
        raise DataError(
            [
                Finding(
                    table="ladder", rule=f"there are at most {MOST_SETS:,} sets of sites", value=f"{space.sets:,}",
                    remedy="Set rules.units, rules.volume or rules.near_ambulatory closer.",
                )
            ]
        )  # fmt: skip
    goal = objective_named(objective)
    value: list[Floats] = []
    opened: list[Bools] = []
    for plans in blocks(fixed, space):
        kept, _ = keeps_rules(fixed, plans)
        if kept.any():
            value.append(goal.expected(fixed, plans)[kept])
            opened.append(plans.open[kept])
    if not value:
        return [], space.sets
    values, sets = np.concatenate(value), np.concatenate(opened)
    ids = [ids_of(problem, row) for row in sets]
    order = sorted(range(len(sets)), key=lambda b: (round(float(values[b]), 9), len(ids[b]), ids[b]))
    return [sets[b] for b in order], space.sets


def _levels(problem: Problem, opened: Bools, low: float, high: float) -> list[tuple[float, float]]:
    """Levels of demand at which a set keeps the rules of size.

    Between two thresholds (a unit needs another bed; it has stays enough; its income covers its
    cost) nothing changes, so each piece is tested once, in its middle.
    """
    plans = NearestPlans(problem, opened[None], allowed_pairs(problem))
    share = plans.stays[0, 0][opened] / float(problem.get("demand.women_per_year"))
    carried = problem.stays_by_beds
    thresholds = [np.array([low, high])]
    beds = np.arange(len(carried))
    even = problem.finance.break_even_stays(beds, problem.care.mean_days)
    if problem.policy.income is not None:
        even = income_stays(problem)
    volume = problem.policy.volume
    for unit in share[share > 0]:
        thresholds += [carried / unit, even[np.isfinite(even)] / unit]
        if volume is not None:
            least = poisson_mean(volume.stays, volume.probability) if volume.when == "poisson_year" else volume.stays
            thresholds.append(np.array([least / unit]))
    cuts = np.unique(np.concatenate(thresholds))
    cuts = cuts[(cuts >= low) & (cuts <= high)]
    middles = (cuts[:-1] + cuts[1:]) / 2
    good = _kept_at(problem, opened, middles)
    return _merged([(float(a), float(b)) for a, b, ok in zip(cuts[:-1], cuts[1:], good, strict=True) if ok])


def _kept_at(problem: Problem, opened: Bools, levels: Floats) -> Bools:
    """Whether one set keeps the rules of size at each level, (L,).

    Each level is a scenario of its own in one array: the stays of the set are scaled, and the rules'
    own measure is taken.
    """
    plans = NearestPlans(problem, np.broadcast_to(opened, (len(levels), len(opened))), allowed_pairs(problem))
    scale = levels / float(problem.get("demand.women_per_year"))
    plans.__dict__["stays"] = plans.stays * scale[:, None, None]
    kept = np.ones(len(levels), dtype=bool)
    for rule in tested_rules(problem):
        if rule.name in OF_SIZE:
            kept &= ~rule.excess(problem, plans).broken.any(axis=1)
    return kept


def _merged(pieces: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for a, b in sorted(pieces):
        if joined and a <= joined[-1][1] + 1e-9:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def _common(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> list[tuple[float, float]]:
    both = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return [(a, b) for a, b in both if b - a > 1e-9]


def _minus(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> list[tuple[float, float]]:
    left = one
    for c, d in other:
        left = [part for a, b in left for part in ((a, min(b, c)), (max(a, d), b)) if part[1] - part[0] > 1e-9]
    return left


def _joined(pieces: list[tuple[float, float, Bools | None]]) -> list[tuple[float, float, Bools | None]]:
    """Pieces in order; neighbours with the same units become one."""
    steps: list[tuple[float, float, Bools | None]] = []
    for low, high, opened in sorted(pieces, key=lambda p: p[0]):
        if steps:
            before = steps[-1]
            same = (
                before[2] is None if opened is None else before[2] is not None and bool((before[2] == opened).all())
            )
            if same:
                steps[-1] = (before[0], high, opened)
                continue
        steps.append((low, high, opened))
    return steps


def _step(problem: Problem, piece: tuple[float, float, Bools | None], order: list[Bools]) -> Step:
    low, high, opened = piece
    middle = problem.set("demand.women_per_year", (low + high) / 2)
    if opened is None:
        return Step(
            low=low, high=high, site_ids=(), beds_low=0, beds=0, mean_minutes=float("nan"),
            status="infeasible", stopped_by=_broken(middle, order[0]) if order else (),
        )  # fmt: skip
    plans = NearestPlans(problem, opened[None], allowed_pairs(problem))
    women = problem.expected_women
    mean = float(plans.mean(problem.minutes)[0, 0] @ women / women.sum())
    beds = [_beds(problem, opened, level) for level in (low + 1e-9, high - 1e-9)]
    more = next((o for o in order if o.sum() == opened.sum() + 1), None)
    return Step(
        low=low, high=high, site_ids=ids_of(problem, opened), beds_low=beds[0], beds=beds[1],
        mean_minutes=mean, status="optimal", stopped_by=() if more is None else _broken(middle, more),
    )  # fmt: skip


def _beds(problem: Problem, opened: Bools, level: float) -> int:
    at = problem.set("demand.women_per_year", level)
    return int(NearestPlans(at, opened[None], allowed_pairs(at)).beds.sum())


def _broken(problem: Problem, opened: Bools) -> tuple[str, ...]:
    plans = NearestPlans(problem, opened[None], allowed_pairs(problem))
    return tuple(r.name for r in tested_rules(problem) if bool(r.excess(problem, plans).broken.any()))


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A range of a setting in which one set of units is best; the ends found between verified solves."""

    low: float
    high: float
    site_ids: tuple[str, ...]
    status: str


def switch_points(
    problem: Problem,
    key: str,
    low: float,
    high: float,
    *,
    pieces: int = 40,
    exact_to: float = 0.01,
    objective: str = "travel",
    progress: Callable[[float], object] | None = None,
) -> tuple[Switch, ...]:
    """Where the best set of units changes as one setting moves from `low` to `high`.

    The range is scanned in equal pieces, and every change between two solves is closed in on by
    bisection. A set that is best only inside one piece, with the same set on both sides, is not seen.

    Parameters
    ----------
    problem : Problem
    key : str
        A setting that is a number, such as ``finance.day_rate_dkk`` or ``rules.volume``.
    pieces : int
    exact_to : float
        Width of the bracket in which a change is reported.
    """
    known: dict[float, tuple[str, ...]] = {}

    def best(value: float) -> tuple[str, ...]:
        if value not in known:
            try:
                known[value] = solve(problem.set(key, value), objective).site_ids
            except InfeasibleError:
                known[value] = ()
            if progress is not None:
                progress(value)
        return known[value]

    def between(a: float, b: float) -> list[float]:
        if best(a) == best(b):
            return []
        if b - a <= exact_to:
            return [(a + b) / 2]
        middle = (a + b) / 2
        return [*between(a, middle), *between(middle, b)]

    grid = [float(x) for x in np.linspace(low, high, pieces + 1)]
    ends = [point for a, b in pairwise(grid) for point in between(a, b)]
    edges = [low, *ends, high]
    found = []
    for a, b in pairwise(edges):
        inside = [v for v in known if a <= v <= b]
        sites = best(min(inside, key=lambda v: abs(v - (a + b) / 2)) if inside else (a + b) / 2)
        found.append(Switch(low=a, high=b, site_ids=sites, status="optimal" if sites else "infeasible"))
    return tuple(found)
