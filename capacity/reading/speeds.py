"""Minutes that are none: zeros far away, hours, seconds, km; told by the speeds they imply."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Floats
from capacity.problem.cells import MOST_CELLS
from capacity.problem.coordinates import kilometres
from capacity.reading.places import Points, Sites
from capacity.reading.tables import Reading, Table

FASTEST_KM_PER_HOUR, SLOWEST_KM_PER_HOUR = 300.0, 2.0
"""Straight-line speeds outside these say that the minutes are hours, or seconds."""

NOT_ZERO_KM = 10.0
"""A way of no minutes to a place farther than this is no way: a router that found none says zero."""

SLOW_KM_PER_HOUR = 60.0
"""Where no long way is faster in a straight line than this, minutes look like km."""

LONGEST_MEDIAN_MINUTES = 1_000.0
"""Without coordinates: a table whose median is longer looks like seconds."""


def minutes_told(reading: Reading, source: str, table: Table, points: Points, sites: Sites, values: Floats) -> None:
    """Faults where minutes are none: zeros far away, hours, seconds, km."""
    finite = np.isfinite(values)
    if finite.sum() > 1 and not values[finite].any():
        reading.fault(source, "some way takes time: every number of the table is 0", "Work the ways out anew.")
        return
    if re.search(r"(^|[^a-z])(km|kilomet\w*|distances?)([^a-z]|$)", source.lower()):
        reading.fault(
            "case.toml",
            f"travel is in minutes: {source} is called a table of km",
            'Write travel.unit = "km", name the table of minutes, or rename the file.',
            column="travel.source",
            value=source,
        )
    if points.lonlat is None or not sites.located.any() or not np.isfinite(sites.lonlat).all(axis=1).any():
        if finite.any() and float(np.median(values[finite])) > LONGEST_MEDIAN_MINUTES:
            reading.fault(
                source,
                "travel is in minutes: these look like seconds",
                "Divide them by 60.",
                value=f"median {np.median(values[finite]):g}",
            )
        return
    if any("lon" in (f.column or "") and f.table in (points.table.name, sites.table.name) for f in reading.findings):
        # Coordinates first: a wrong place makes every speed wrong.
        return
    ends = Ends(ids=(points.ids, sites.ids), lonlat=(points.lonlat, sites.lonlat))
    speeds_told(reading, table, ends, values)


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Origins and destinations of a table of ways: their ids, and where they are (NaN where unknown)."""

    ids: tuple[tuple[str, ...], tuple[str, ...]]
    lonlat: tuple[Floats, Floats]


def speeds_told(reading: Reading, table: Table, ends: Ends, values: Floats) -> None:
    """Faults where minutes look like hours or seconds, by the straight-line speed they imply."""
    source, (origins, destinations) = table.name, ends.ids
    finite = np.isfinite(values)
    km = kilometres(*(np.where(np.isfinite(place), place, 0.0) for place in ends.lonlat))
    placed, there = (np.asarray(np.isfinite(place).all(axis=1)) for place in ends.lonlat)
    told = finite & (km > 1) & there[None, :] & placed[:, None]
    speed = np.divide(km * 60, values, out=np.full(values.shape, np.inf), where=told & (values > 0))
    line_of = _lines(table)
    none = told & (values == 0) & (km > NOT_ZERO_KM)
    cases = [(int(i), int(j)) for i, j in zip(*np.nonzero(none), strict=True)]
    for i, j in cases[:MOST_CELLS]:
        reading.fault(
            source,
            f"a way takes time: {km[i, j]:,.0f} km in a straight line",
            "Work the way out anew, or write 'no way'.",
            row=line_of.get(origins[i]),
            column=f"{destinations[j]} ({origins[i]})",
            value="0",
        )
    if len(cases) > MOST_CELLS:
        reading.fault(source, f"{len(cases) - MOST_CELLS} more ways take no time", "Work them out anew.")
    told &= values > 0
    strange: list[tuple[int, float]] = []
    for i in range(len(origins)):
        if told[i].any():
            median = _median(speed[i][told[i]])
            if not SLOWEST_KM_PER_HOUR <= median <= FASTEST_KM_PER_HOUR:
                strange.append((i, median))
    if len(strange) > len(origins) / 2:
        _one_strange(reading, source, None, None, _median(np.array([s for _, s in strange])))
        return
    for i, median in strange:
        _one_strange(reading, source, line_of.get(origins[i]), origins[i], median)
    rows = {i for i, _ in strange}
    odd = told & (km > NOT_ZERO_KM) & ((speed > FASTEST_KM_PER_HOUR) | (speed < SLOWEST_KM_PER_HOUR / 2))
    single = [(int(i), int(j)) for i, j in zip(*np.nonzero(odd), strict=True) if int(i) not in rows]
    for i, j in single[:MOST_CELLS]:
        fast = speed[i, j] > FASTEST_KM_PER_HOUR
        reading.fault(
            source,
            f"a way has a speed: {km[i, j]:,.0f} km in a straight line are {speed[i, j]:,.1f} km/h",
            f"Correct the minutes ({'too few' if fast else 'too many'}), or the coordinates.",
            row=line_of.get(origins[i]),
            column=f"{destinations[j]} ({origins[i]})",
            value=f"{values[i, j]:g}",
        )
    if len(single) > MOST_CELLS:
        reading.fault(source, f"{len(single) - MOST_CELLS} more ways have such speeds", "Correct them in the same way.")
    far = told & (km > 30)
    fastest, usual = (float(f(speed[far])) for f in (np.max, _median)) if far.sum() > 5 else (np.inf, np.inf)
    if fastest <= SLOW_KM_PER_HOUR and usual > SLOW_KM_PER_HOUR / 2:
        reading.notices.append(
            f"No way in {source} is faster than {fastest:.0f} km/h in a straight line, as in a table of km. "
            'If it holds km, write travel.unit = "km".'
        )


def _median(values: Floats) -> float:
    """Median of numbers, (n,): numpy's own loads its masked arrays, which take longer than all of this."""
    ranked = np.sort(values)
    return float((ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2)


def _lines(table: Table) -> Mapping[str, int]:
    key = next(iter(table.columns))
    return dict(zip(table[key], table.lines, strict=True))


def _one_strange(reading: Reading, source: str, row: int | None, point: str | None, speed: float) -> None:
    fast = speed > FASTEST_KM_PER_HOUR
    looks, remedy = ("hours", "Multiply them by 60.") if fast else ("seconds", "Divide them by 60.")
    speed_said = "infinite" if math.isinf(speed) else f"{speed:,.0f} km/h" if speed >= 1 else f"{speed:.2f} km/h"
    reading.fault(
        source,
        f"travel is in minutes: these look like {looks}",
        remedy,
        row=row,
        column=point,
        value=f"{speed_said} in a straight line",
    )
