"""The outpatient course: what a woman is offered who is too far from a unit, or declines a place there.

It is the documents' own alternative to beds (Talk-2023, Answer-2025). Nobody has measured what it does beside a stay,
and the pathways' public cost is printed in a chart without values: all numbers here are the planner's assumptions, and
without them there is no course.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from capacity.arrays import Floats, floats
from capacity.errors import DataError, Finding
from capacity.problem.calls import told_when_made
from capacity.tolerances import SHARE

if TYPE_CHECKING:
    from capacity.problem.problem import Problem

Maybe = float | Literal[False]

WHERE = ("nearest_ambulatory", "home")
"""Where a course is held."""

MINUTES_PER_HOUR = 60


@told_when_made
@dataclass(frozen=True, kw_only=True)
class Outpatient:
    """A course, and who is offered it. It is on where its price, its limit or its effect is given.

    Attributes
    ----------
    dkk_per_course : float or False
        What a course costs; False counts as nothing.
    visits_per_week, weeks : float
        Of a course.
    beyond_minutes : float or False
        Women whose unit is farther away (in the unit of the travel matrix) are offered a course; False: none for that.
    declines : bool
        Whether those who decline a place by the uptake curve (`travel.uptake`) take a course; otherwise everybody
        accepts the place she is offered, as far as stays are concerned.
    where : {"nearest_ambulatory", "home"}
        At the nearest listed ambulatory that is a site, so that there is a way to it; or at home, without travel.
    effect : float or False
        Of what a stay saves of a pathway's public cost, the share a course saves too: 1 is as good, 0 is nothing.
        False takes ``pathways.outpatient`` as it is.
    """

    dkk_per_course: Maybe = False
    visits_per_week: float = 2.0
    weeks: float = 26.0
    beyond_minutes: Maybe = False
    declines: bool = True
    where: str = "nearest_ambulatory"
    effect: Maybe = False

    def __post_init__(self) -> None:
        faults = []
        for name in ("dkk_per_course", "visits_per_week", "weeks", "beyond_minutes", "effect"):
            value = getattr(self, name)
            off = value is False and name in ("dkk_per_course", "beyond_minutes", "effect")
            if not (off or _amount(value)):
                faults.append(_fault("outpatient", name, value, "a finite number, not negative"))
            elif name == "effect" and value > 1:
                faults.append(_fault("outpatient", name, value, "a share between 0 and 1"))
        declines: Any = self.declines
        if not isinstance(declines, bool):
            faults.append(_fault("outpatient", "declines", self.declines, "true or false"))
        if self.where not in WHERE:
            faults.append(_fault("outpatient", "where", self.where, f"one of {', '.join(WHERE)}"))
        if faults:
            raise DataError(faults)

    @property
    def on(self) -> bool:
        """Whether there is a course."""
        return any(value is not False for value in (self.dkk_per_course, self.beyond_minutes, self.effect))

    @property
    def price(self) -> float:
        """DKK of a course."""
        return float(self.dkk_per_course)

    @property
    def trips(self) -> float:
        """Visits of a course."""
        return self.visits_per_week * self.weeks


@told_when_made
@dataclass(frozen=True, kw_only=True)
class Pathways:
    """Public cost of a woman and her child, from pregnancy to the child's 11th year, beside stay and course themselves.

    Attributes
    ----------
    residential, outpatient, none : float or False
        DKK (2021 prices) after a stay, after a course, without treatment; False where it is not known.
    """

    residential: Maybe = False
    outpatient: Maybe = False
    none: Maybe = False

    def __post_init__(self) -> None:
        faults = [
            _fault("pathways", name, value, "DKK, not negative, or false")
            for name, value in dataclasses.asdict(self).items()
            if value is not False and not _amount(value)
        ]
        if faults:
            raise DataError(faults)

    @property
    def given(self) -> bool:
        """Whether any is known."""
        return any(value is not False for value in dataclasses.asdict(self).values())


def _amount(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return bool(number and math.isfinite(value) and value >= 0)


def _fault(table: str, column: str, value: object, rule: str) -> Finding:
    return Finding(table=table, column=column, value=str(value), rule=rule, remedy="Correct the setting.")


def accepting(p: Problem) -> Floats | None:
    """Share of the women of point i who stay at site j where it is their unit, (n, m); None where all do."""
    course = p.outpatient
    if not course.on:
        return None
    shares = np.isfinite(p.minutes).astype(float)
    if course.declines and p.uptake is not None:
        shares = p.uptake.at(p.minutes)
    if course.beyond_minutes is not False:
        shares = np.where(p.minutes <= course.beyond_minutes, shares, 0.0)
    return floats(np.where(shares > SHARE, shares, 0.0))


def course_ways(p: Problem) -> tuple[Floats, tuple[str, ...]]:
    """One-way travel of each point's women to their course, inf where there is none, and where it is, (n,) each."""
    points, sites = p.network.point_ids, p.network.site_ids
    if not p.outpatient.on:
        return floats(np.full(len(points), np.inf)), ("",) * len(points)
    if p.outpatient.where == "home":
        return floats(np.zeros(len(points))), ("home",) * len(points)
    there = sorted(set(p.network.ambulatories) & set(sites))
    if not there:
        return floats(np.full(len(points), np.inf)), ("",) * len(points)
    ways = p.minutes[:, [sites.index(a) for a in there]]
    nearest = ways.argmin(axis=1)
    least = ways[np.arange(len(points)), nearest]
    return floats(least), tuple(there[k] if np.isfinite(way) else "" for k, way in zip(nearest, least, strict=True))


def course_hours(p: Problem) -> Floats:
    """Hours of family travel of one course, (n,); nothing where there is none."""
    ways = p.course_minutes
    return floats(2 * p.outpatient.trips * np.where(np.isfinite(ways), ways, 0.0) / MINUTES_PER_HOUR)


def pathway_of_course(p: Problem) -> Maybe:
    """Public cost after a course, by its effect where that is given; False where it is not known."""
    effect, ways = p.outpatient.effect, p.pathways
    if effect is False:
        return ways.outpatient
    if ways.none is False or ways.residential is False:
        return False
    return ways.none - effect * (ways.none - ways.residential)
