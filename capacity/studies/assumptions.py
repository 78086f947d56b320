"""Which settings of a problem are assumptions, or have other values to be tried."""

from __future__ import annotations

from collections.abc import Mapping

from capacity.problem.changes import transit_source
from capacity.problem.problem import Problem
from capacity.problem.settings import keys, whole
from capacity.rules.objectives import OBJECTIVES, Objective, objective_named

PROMISED: Mapping[str, tuple[str, ...]] = {
    "loss": ("promise.turned_away",),
    "wait": ("promise.wait_days", "promise.wait_probability"),
    "occupancy": ("promise.occupancy",),
}
"""Numbers that one kind of promise alone asks about."""

OF_OBJECTIVES = "objective."
"""Section of the settings that are of one objective each: its name begins theirs."""


OF_COURSES, OF_AFTERCARE = "outpatient.", "aftercare."
"""Sections of the settings of an outpatient course, and of aftercare, of which nothing is asked without them."""


WITHOUT_CAR = "travel.without_car"
"""Asked about where there are minutes of families without a car."""


def is_assumption(source: str) -> bool:
    """Whether a source says that it is none."""
    return source.lower().startswith(("assumption", "no source"))


def is_on(problem: Problem, key: str, objective: str | Objective = "travel") -> bool:
    """Whether a setting is asked about at all: a rule that is off, or a number of another promise, is not."""
    if key.startswith(OF_OBJECTIVES):
        # objective.worst_off_share is of worst_off, and not of worst.
        named = key.removeprefix(OF_OBJECTIVES)
        owners = [name for name in OBJECTIVES if named.startswith(f"{name}_")]
        return objective_named(objective).name == max(owners, key=len, default="")
    there = {
        OF_COURSES: problem.outpatient.on,
        OF_AFTERCARE: problem.aftercare.on,
        WITHOUT_CAR: bool(transit_source(problem)),
    }
    if not all(on for section, on in there.items() if key.startswith(section)):
        return False
    others = [k for kind, ks in PROMISED.items() if kind != problem.promise.kind for k in ks]
    value = problem.get(whole(key))
    nothing = value is None or value is False or (isinstance(value, (list, tuple)) and len(value) == 0)
    return key not in others and not nothing


def assumptions(problem: Problem, objective: str | Objective = "travel") -> tuple[str, ...]:
    """Settings that are on and are assumptions, or that have a range or choices, in the order of the case.

    A rule with several numbers stands once for each number that has a range, and once as a whole where none has.
    """
    tried = [*problem.ranges, *problem.choices]
    # What may be chosen in the place of nothing is an assumption too: that there is nothing.
    listed = [k for k in tried if is_on(problem, k, objective) or k in problem.choices]
    inside = {whole(k) for k in listed if k != whole(k)}
    own = [
        k
        for k in keys(problem.policy)
        if is_on(problem, k, objective) and is_assumption(problem.sources.get(k, "")) and k not in inside
    ]
    order = {key: at for at, key in enumerate(problem.sources)}
    found = dict.fromkeys([*listed, *own])
    return tuple(sorted(found, key=lambda k: (order.get(whole(k), len(order)), k)))
