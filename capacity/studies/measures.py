"""What a simulated run is counted by, and how counts of many runs become values with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.plan.courses import women_by_care
from capacity.plan.figures import Table
from capacity.problem.promise import DAYS_PER_YEAR
from capacity.studies.events import NOWHERE, Run

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.studies.simulation import Stress, System

MEASURES: Mapping[str, str] = {
    "placed_at_once": "share of women placed on the day of referral, at their own unit or another",
    "waited": "share placed after a wait",
    "turned_away": "share never placed",
    "sent_elsewhere": "share placed at another unit than their own",
    "found_full": "share who find their own unit full at referral",
    "late": "share who wait longer than the promise's days",
    "wait_days": "mean wait of those placed, days",
    "minutes": "mean one-way travel of those placed, minutes",
    "referrals": "women referred, a year",
    "stays": "stays begun, a year (at the unit, or by women of the region)",
    "occupancy": "mean share of beds taken",
}
"""Measures and what each says. Of units the shares are of the women whose own unit it is."""

CONFIDENCE = 0.95

SHARES = ("placed_at_once", "waited", "turned_away", "sent_elsewhere", "found_full", "late")


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums:
    """Counts of one run; G classes, U units.

    Attributes
    ----------
    by_class : mapping of name to ndarray (G,)
        referred, placed, and for every share the number of women, and wait and minutes as sums.
    begun, days : ndarray (U,)
        Stays begun and occupied days at each unit.
    length : float
        Days counted.
    """

    by_class: Mapping[str, Floats]
    begun: Floats
    days: Floats
    length: float


def per_group(group: Ints, amount: Floats | Bools, groups: int) -> Floats:
    """Sum of an amount by group, (groups,)."""
    return np.asarray(np.bincount(group, amount, groups), dtype=np.float64)


def sums_of(system: System, run: Run, start: float, length: float) -> Sums:
    """Counts of the women referred, and of the beds used, in a window of days."""
    classes, units = len(system.rate), len(system.sites)
    inside = (run.referred >= start) & (run.referred < start + length)
    kind, unit, wait = run.kind[inside], run.unit[inside], run.wait[inside]
    placed: Bools = unit != NOWHERE
    way = np.zeros(len(unit))
    way[placed] = system.problem.minutes[system.point[kind[placed]], system.sites[unit[placed]]]
    by_stay: dict[str, Floats | Bools] = {
        "referred": np.ones(len(unit)),
        "placed": placed,
        "placed_at_once": placed & (wait == 0),
        "waited": placed & (wait > 0),
        "turned_away": ~placed,
        "sent_elsewhere": placed & (unit != system.own[kind]),
        "found_full": run.full[inside],
        "late": wait > system.problem.promise.wait_days,
        "wait": np.where(placed, wait, 0.0),
        "minutes": way,
    }
    somewhere = run.unit != NOWHERE
    begin = (run.referred + run.wait)[somewhere]
    end, where = begin + run.stay[somewhere], run.unit[somewhere]
    days = np.clip(np.minimum(end, start + length) - np.maximum(begin, start), 0, None)
    begun = (begin >= start) & (begin < start + length)
    return Sums(
        by_class={k: per_group(kind, v, classes) for k, v in by_stay.items()},
        begun=np.bincount(where[begun], minlength=units).astype(float),
        days=per_group(where, days, units),
        length=length,
    )


@lru_cache
def student(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Half-width, in standard errors, that Student's t stays within with the given probability.

    Notes
    -----
    The finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4 for a whole number of degrees of
    freedom, solved by bisection: `scipy.special` would take longer to load than a study takes to run.
    """
    low, high = 0.0, math.pi / 2
    while (middle := (low + high) / 2) not in (low, high):
        square, sine = math.cos(middle) ** 2, math.sin(middle)
        term, total = (1.0 if freedom % 2 == 0 else math.cos(middle)), 0.0
        for k in range(freedom // 2):
            total += term
            term *= square * (2 * k + 1 + freedom % 2) / (2 * k + 2 + freedom % 2)
        inside = sine * total if freedom % 2 == 0 else 2 / math.pi * (middle + sine * total)
        low, high = (middle, high) if inside < confidence else (low, middle)
    return math.sqrt(freedom) * math.tan(middle)


def ratio(top: Floats, bottom: Floats, *, share: bool = False) -> tuple[float, float, float]:
    """Sum over sum of independent runs, with its 95 % interval (delta method, Student's t).

    Of a share nobody was seen in, the upper end is 3 / n (the rule of three).
    """
    runs, whole = len(top), float(bottom.sum())
    if whole <= 0:
        return float("nan"), float("nan"), float("nan")
    value = float(top.sum()) / whole
    spread = float(((top - value * bottom) ** 2).sum()) / (runs - 1)
    half = student(runs - 1) * (spread / runs) ** 0.5 / (whole / runs)
    low, high = value - half, value + half
    if share:
        missed = 3 / whole
        low, high = max(low, 0.0), min(high, 1.0)
        high = min(1.0, missed) if value == 0 else high
        low = max(0.0, 1 - missed) if value == 1 else low
    return value, low, high


def estimates(system: System, plan: Plan, counted: Sequence[Sums], formula: Mapping[str, Floats]) -> Table:
    """Every measure of every unit, region and the country as plain columns."""
    problem, net = system.problem, system.problem.network
    by_class = {k: np.array([s.by_class[k] for s in counted]) for k in counted[0].by_class}
    begun = np.array([s.begun for s in counted])
    days = np.array([s.days for s in counted])
    time = np.array([s.length for s in counted])
    beds = np.array(system.beds, dtype=float)
    columns: dict[str, list[Any]] = {
        k: [] for k in ("level", "id", "name", "measure", "value", "low", "high", "formula")
    }
    ways = problem.minutes[system.point, system.sites[system.own]]

    def group(level: str, id: str, name: str, mine: Bools, units: Ints | None) -> None:
        sums = {k: v[:, mine].sum(axis=1) for k, v in by_class.items()}
        weight = per_group(system.own[mine], system.rate[mine], len(beds))
        total = float(weight.sum())
        for measure in MEASURES:
            by_formula = _weighted(formula[measure], weight)
            if measure in SHARES:
                top, bottom = sums[measure], sums["referred"]
            elif measure == "wait_days":
                top, bottom = sums["wait"], sums["placed"]
            elif measure == "minutes":
                top, bottom = sums["minutes"], sums["placed"]
                by_formula = float(system.rate[mine] @ ways[mine] / total) if total else float("nan")
            elif measure == "referrals":
                top, bottom, by_formula = sums["referred"], time / DAYS_PER_YEAR, total
            elif measure == "stays":
                top = sums["placed"] if units is None else begun[:, units].sum(axis=1)
                bottom = time / DAYS_PER_YEAR
                by_formula = _total(formula["stays"], units, weight, system.offered)
            elif units is None:
                continue
            else:
                top, bottom = days[:, units].sum(axis=1), time * beds[units].sum()
                by_formula = _weighted(formula[measure][units], beds[units])
            value, low, high = ratio(top, bottom, share=measure in SHARES)
            row = (level, id, name, measure, value, low, high, by_formula)
            for column, cell in zip(columns.values(), row, strict=True):
                column.append(cell)

    every = np.arange(len(system.sites))
    for u, site in enumerate(plan.unit_table["site_id"]):
        group("unit", site, plan.unit_table["name"][u], system.own == u, every[[u]])
    region = net.point_region_index[system.point]
    for r, id in enumerate(net.regions):
        if (region == r).any():
            group("region", id, net.region_names[id], region == r, None)
    group("country", "", "whole country", np.ones(len(system.rate), dtype=bool), every)
    return {name: tuple(values) for name, values in columns.items()}


def _weighted(values: Floats, weight: Floats) -> float:
    used = weight > 0
    return float(values[used] @ weight[used] / weight[used].sum()) if used.any() else float("nan")


def _total(stays: Floats, units: Ints | None, weight: Floats, offered: Floats) -> float:
    """Stays a year: of whole units, or a group's part of each unit's."""
    if units is not None:
        return float(stays[units].sum())
    used = weight > 0
    return float((stays[used] * weight[used] / offered[used]).sum())


def startup_table(system: System, openings: Sequence[Floats]) -> Table:
    """Each year from the opening on, by unit: stays, occupancy and money, means over the runs; {} without any."""
    if not openings:
        return {}
    problem, money = system.problem, system.problem.finance
    mean = np.mean(openings, axis=0)
    columns: dict[str, list[Any]] = {
        k: [] for k in ("year", "site_id", "stays", "occupancy", "income_dkk", "cost_dkk", "result_dkk")
    }
    for year, units in enumerate(mean, 1):
        for u, (days, stays) in enumerate(units):
            beds = system.beds[u]
            income = money.day_rate_dkk * days + money.grant_dkk_per_year
            cost = money.unit_dkk_per_year + money.bed_dkk_per_year * beds + money.occupied_day_dkk * days
            row = (
                year,
                problem.network.site_ids[system.sites[u]],
                float(stays),
                float(days / (beds * DAYS_PER_YEAR)),
                float(income),
                float(cost),
                float(income - cost),
            )
            for column, cell in zip(columns.values(), row, strict=True):
                column.append(cell)
    return {name: tuple(values) for name, values in columns.items()}


def verdict(study: Stress) -> tuple[str, ...]:
    """What the simulated years say of the promise, in a few sentences."""
    promise, record = study.plan.problem.promise, study.record
    named = {"loss": ("turned_away", promise.turned_away), "wait": ("late", promise.wait_probability)}
    lines = []
    if promise.kind in named:
        measure, most = named[promise.kind]
        share, low, high = study.value(measure)
        what = "turned away" if measure == "turned_away" else f"waiting more than {promise.wait_days:g} days"
        held = "holds" if high <= most else "does not hold" if low > most else "is too close to call"
        lines.append(
            f"The promise of at most {100 * most:g} % {what} {held}: {100 * share:.1f} % of all women "
            f"({100 * low:.1f} to {100 * high:.1f} %) in {record['years']:,} simulated years."
        )
    else:
        share, low, high = study.value("turned_away")
        lines.append(
            f"{100 * share:.1f} % of all women ({100 * low:.1f} to {100 * high:.1f} %) are turned away in "
            f"{record['years']:,} simulated years."
        )
    if study.plan.problem.outpatient.on:
        residential, courses, unreached = women_by_care(study.plan).values()
        lines.append(
            f"Only the {residential:,.1f} women a year who are at a unit are simulated; {courses:,.1f} are on an "
            f"outpatient course, and {unreached:,.1f} are reached by neither."
        )
    full, elsewhere = study.value("found_full")[0], study.value("sent_elsewhere")[0]
    if record["overflow"] and elsewhere > 0:
        more = study.value("minutes")[0] - study.plan.mean_minutes
        lines.append(
            f"{100 * full:.1f} % find their own unit full (units take in each other's women); {100 * elsewhere:.1f} % "
            f"are placed at another unit, which adds {more:.1f} minutes to the mean way."
        )
    if "aftercare_days" in record:
        keeps, low, high = study.value("held_up")
        formula = study.aftercare.set_index(["id", "measure"])["formula"]["", "held_up"]
        lines.append(
            f"{100 * keeps:.1f} % of the women who come to aftercare find no bed free ({100 * low:.1f} to "
            f"{100 * high:.1f} %; by the formula {100 * formula:.1f} %) and keep theirs at the unit."
        )
    return tuple(lines)
