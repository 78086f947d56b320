"""How likely an open unit falls short of what was asked when it opened: told, not forbidden."""

from __future__ import annotations

from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.studies.adapting.play import by_step
from capacity.studies.adapting.recursion import Course, Step
from capacity.studies.adapting.triggers import Told
from capacity.tolerances import HOLD


def shortfalls_of(told: Told, course: Course) -> list[dict[str, Any]]:
    """Chance that some open unit falls short, by year and rule; a unit counts from the year after it opens."""
    asks = course.asks
    if asks is None:
        return []
    rows: list[dict[str, Any]] = []
    for name, enough in asks.enough.items():
        chance = dict.fromkeys((*told.years, told.years[-1] + 1), 0.0)
        for state in told.played.states:
            for step, share in by_step(state).items():
                # Of units that were open before: those of the set they came from.
                slots = course.sets.slots(state.sets, np.array([step[0]]))[0]
                chance[told.years[state.year]] += _short(asks.need, enough, step, slots.tolist(), share * told.weight)
        for step, share in told.played.last.items():
            units = list(range(int(course.sets.units[step[0]])))
            chance[told.years[-1] + 1] += _short(asks.need, enough, step, units, share * told.weight)
        rows += [{"year": year, "rule": name, "probability": p} for year, p in chance.items() if year > told.years[0]]
    return rows


def _short(need: Floats, enough: Floats, step: Step, slots: list[int], chance: Floats) -> float:
    """Chance of the levels at which one of the units is short."""
    least = enough[step[0], slots, step[1]].max(initial=0.0)
    return float(chance[need * (1 + HOLD) < least].sum())
