"""Limits of a case beside the ways of its table: hours or seconds in the place of minutes are told."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from capacity.problem.problem import Problem

FEW, MANY = 4.0, 1_000.0
"""Minutes that look like hours, and like seconds."""

LONG = 60.0
"""Minutes of a longest way beside which so few look like hours."""

TENFOLD = 10.0


def told_limits(problem: Problem) -> tuple[str, ...]:
    """Notices for limits in minutes that look like hours or seconds beside the longest way.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    tuple of str
    """
    said = list(_pathways(problem))
    if problem.travel.unit != "minutes":
        return tuple(said)
    for key, value, longest in _limits(problem):
        few = 0 < value <= FEW and longest > LONG
        many = value > longest > 0 and (value >= MANY or value > TENFOLD * longest)
        if few or many:
            unit = "hours" if few else "seconds"
            said.append(f"{key} = {value:g} beside a longest way of {longest:.0f} minutes: it looks like {unit}.")
    return tuple(said)


def _pathways(problem: Problem) -> Iterator[str]:
    """Public costs of pathways that are a tenfold apart: one may be in thousands."""
    given = {
        name: float(value)
        for name, value in dataclasses.asdict(problem.pathways).items()
        if value is not False and value > 0
    }
    low, high = (pick(given, key=given.__getitem__) for pick in (min, max)) if given else ("", "")
    if given and given[high] >= TENFOLD * given[low]:
        yield (
            f"pathways.{high} = {given[high]:g} is a tenfold or more of pathways.{low} = {given[low]:g}. "
            "Check their unit."
        )


def _limits(problem: Problem) -> Iterator[tuple[str, float, float]]:
    """Each setting in minutes: its key, its value, and the longest way it speaks of."""
    way = float(np.max(problem.minutes[np.isfinite(problem.minutes)], initial=0.0))
    for rule in problem.policy.values():
        for part, unit in rule.measured.items():
            name = part or rule.short
            if unit != "minutes" or name is None:
                continue
            longest = float(problem.ambulatory_minutes.max(initial=0.0)) if rule.about == "site" else way
            yield f"rules.{rule.name}", float(getattr(rule, name)), longest
    if problem.uptake is not None:
        yield "travel.uptake", float(problem.uptake.minutes[-1]), way
