"""Two tables of minutes beside each other: how far apart they are, by kind of way, and what that changes.

The difference of a table that a case has and of one worked out in another way is a measured error: what a case says of
its ways' error (``travel.minutes_error``) can be held against it, and near ties told with it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.errors import CapacityError, DataError, some
from capacity.problem.calls import told
from capacity.problem.parts import homes_of
from capacity.reading.case import builtin_folder, read_case
from capacity.reading.tables import Reading, case_folder, numbers, read_table

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem

MOST = 0.8
"""Share of the ways that a stated error is to hold for."""

LONG = 50.0
"""Minutes from which a way's error is measured in per cent, below in minutes."""

LENGTHS = (30.0, 60.0, 120.0)
"""Minutes at which lengths of ways are told apart."""

MOSTLY = 0.5
"""Share of the km from which a way is one of motorways and trunk roads."""


@dataclass(frozen=True, kw_only=True)
class ClassError:
    """How far two tables are apart over ways of one kind.

    Attributes
    ----------
    kind : str
        ``ferry``, ``motorway``, ``other``, or a length such as ``30-60``.
    pairs : int
    mean_minutes, mean_size_minutes : float
        Of the second less the first.
    minutes, percent : float
        80 % of the ways differ by no more.
    within : float
        Share of the ways that differ by no more than the case says.
    """

    kind: str
    pairs: int
    mean_minutes: float
    mean_size_minutes: float
    minutes: float
    percent: float
    within: float


@dataclass(frozen=True, kw_only=True)
class MeasuredError:
    """How far two tables are apart, and what a case may say of it.

    Attributes
    ----------
    whole : ClassError
    classes : tuple of ClassError
    stated, suggested : tuple of float
        (minutes, per cent), the larger of which counts: of the case, and so that 80 % of the ways differ by no more.
    covered : float
        Share of the ways that do under `suggested`.
    """

    whole: ClassError
    classes: tuple[ClassError, ...]
    stated: tuple[float, float]
    suggested: tuple[float, float]
    covered: float

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            **_said(self.whole),
            "stated": dict(zip(("minutes", "percent"), self.stated, strict=True)),
            "suggested": dict(zip(("minutes", "percent"), self.suggested, strict=True)),
            "covered": self.covered,
            "classes": [{"kind": one.kind, **_said(one)} for one in self.classes],
        }


def _said(one: ClassError) -> dict[str, Any]:
    names = ("pairs", "mean_minutes", "mean_size_minutes", "minutes", "percent", "within")
    return {name: getattr(one, name) for name in names}


def kinds_of_ways(ferry: Bools, fast: Floats) -> dict[str, Bools]:
    """Ways by ferry, ways mostly on motorways and trunk roads, and others."""
    quick = (fast >= MOSTLY) & ~ferry
    return {"ferry": ferry, "motorway": quick, "other": ~ferry & ~quick}


def measured_error(
    first: Floats, second: Floats, stated: tuple[float, float], kinds: Mapping[str, Bools] | None = None
) -> MeasuredError | None:
    """How far two tables are apart; None where they have no way in common.

    Parameters
    ----------
    first, second : ndarray (n, m)
        Minutes; infinite where there is no way.
    stated : (minutes, per cent)
    kinds : mapping of kind to ndarray (n, m) of bool, optional
    """
    both = np.isfinite(first) & np.isfinite(second)
    if not both.any():
        return None
    ends = (0.0, *LENGTHS, math.inf)
    lengths = {
        f"{low:g}-{high:g}" if math.isfinite(high) else f"{low:g}-": (first >= low) & (first < high)
        for low, high in pairwise(ends)
    }
    parts = {**(kinds or {}), **lengths}
    way, gap = first[both], second[both] - first[both]
    suggested = _suggested(way, gap)
    return MeasuredError(
        whole=_class("all", way, gap, stated),
        classes=tuple(
            _class(kind, first[here], second[here] - first[here], stated)
            for kind, chosen in parts.items()
            if (here := both & chosen).any()
        ),
        stated=stated,
        suggested=suggested,
        covered=_within(way, gap, suggested),
    )


def _class(kind: str, way: Floats, gap: Floats, stated: tuple[float, float]) -> ClassError:
    size = np.abs(gap)
    return ClassError(
        kind=kind,
        pairs=len(way),
        mean_minutes=float(gap.mean()),
        mean_size_minutes=float(size.mean()),
        minutes=_most(size),
        percent=_most(100 * size / np.maximum(way, 1.0)),
        within=_within(way, gap, stated),
    )


def _most(size: Floats) -> float:
    return float(np.quantile(size, MOST, method="inverted_cdf"))


def _within(way: Floats, gap: Floats, error: tuple[float, float]) -> float:
    return float((np.abs(gap) <= np.maximum(error[0], error[1] / 100 * way)).mean())


def _suggested(way: Floats, gap: Floats) -> tuple[float, float]:
    """Whole minutes that hold for short ways, and the least whole per cent with which both hold for enough of all."""
    short = way < LONG
    least = math.ceil(_most(np.abs(gap[short]))) if short.any() else 0
    for percent in range(100):
        if _within(way, gap, (least, percent)) >= MOST:
            return float(least), float(percent)
    return float(least), 100.0


# --- what it changes -----------------------------------------------------------------------------


def changes_between(before: Problem, after: Problem, first: Floats, second: Floats, ids: list[str]) -> dict[str, Any]:
    """What another table of minutes changes of a case, ready for JSON.

    Parameters
    ----------
    before, after : Problem
        The case with either table.
    first, second : ndarray (n, k)
        Minutes from the places of `before` to the sites that both have.
    ids : list of str, length k
    """
    homes = homes_of(before.network)[0]
    finite = np.isfinite(first) & np.isfinite(second)
    gap: Floats = np.where(finite, np.where(finite, second, 0.0) - np.where(finite, first, 0.0), 0.0)
    largest = np.unravel_index(int(np.abs(gap).argmax()), gap.shape)
    moved: Bools = first.argmin(axis=1) != second.argmin(axis=1)
    plans = [_plan(problem) for problem in (before, after)]
    units = [_units(plan) for plan in plans]
    return {
        "table": before.travel.source,
        "mean_minutes": float(gap[finite].mean()) if finite.any() else None,
        "mean_size_minutes": float(np.abs(gap[finite]).mean()) if finite.any() else None,
        "largest": {
            "point_id": homes[int(largest[0])],
            "site_id": ids[int(largest[1])],
            "minutes": float(gap[largest]),
        },
        "nearest_changes": [homes[i] for i in np.flatnonzero(moved)],
        "pairs_without_way": {"before": int(np.isinf(first).sum()), "now": int(np.isinf(second).sum())},
        "plan_before": units[0],
        "plan_now": units[1],
        "plan_changes": units[0] != units[1],
    }


def ties_with(problem: Problem, error: tuple[float, float]) -> dict[str, Any] | None:
    """Near ties of a case's plan under the error it states and under another; None where there is no plan."""
    from capacity.studies.near_ties import near_ties

    plan = _plan(problem)
    if isinstance(plan, str):
        return None
    other = _plan(problem.replace(minutes_error=error))
    assert not isinstance(other, str)
    stated, measured = ([tie.point_id for tie in near_ties(one)] for one in (plan, other))
    return {"stated": stated, "measured": measured}


def _plan(problem: Problem) -> Plan | str:
    """The best plan, or why there is none."""
    from capacity.engines.solve import solve

    try:
        return solve(problem)
    except CapacityError as error:
        return type(error).__name__


def _units(plan: Plan | str) -> dict[str, int] | str:
    """Beds by site."""
    if isinstance(plan, str):
        return plan
    return {site: int(beds) for site, beds in zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True)}


# --- of two tables -------------------------------------------------------------------------------

FERRIES = "uses_ferry.csv"
"""A table in a case's folder that says of each way whether it takes a ferry: 0 or 1, in the form of the minutes."""


@told
def second_opinion(
    case: str | os.PathLike[str] | None, table: str | os.PathLike[str], *, ferries: str | os.PathLike[str] | None = None
) -> dict[str, Any]:
    """What another table of minutes says of a case's own: differences, the measured error, and what changes.

    Parameters
    ----------
    case : path or None
        Folder of the case; None for the built-in one.
    table : path
        In the form of ``drive_minutes.csv``.
    ferries : path, optional
        A table of 0 and 1 in the same form: ways by ferry are told apart. Without it ``uses_ferry.csv`` of the case,
        where it has one.

    Raises
    ------
    DataError
        With every fault of the case with either table.
    """
    folder = case_folder(builtin_folder() if case is None else case)
    before = read_case(folder)
    after = read_case(folder, {"travel.source": str(Path(table).resolve())})
    homes, _, rows = homes_of(before.network)
    both = [j for j in before.network.site_ids if j in after.network.site_ids]
    first, second = (
        problem.minutes[rows][:, [problem.network.site_ids.index(j) for j in both]] for problem in (before, after)
    )
    if ferries is None and (folder / FERRIES).is_file():
        ferries = folder / FERRIES
    kinds = None if ferries is None else _by_ferry(folder, Path(ferries), homes, both)
    return compared(before, after, first, second, both, kinds)


def compared(
    before: Problem, after: Problem, first: Floats, second: Floats, ids: list[str], kinds: Mapping[str, Bools] | None
) -> dict[str, Any]:
    """What another table changes, and the error it measures; ready for JSON (see `changes_between`)."""
    said = changes_between(before, after, first, second, ids)
    measured = measured_error(first, second, before.minutes_error, kinds)
    if measured is not None:
        said |= {"error": measured.to_json(), "near_ties": ties_with(before, measured.suggested)}
    return said


def _by_ferry(folder: Path, path: Path, points: Sequence[str], sites: Sequence[str]) -> dict[str, Bools]:
    """Ways by ferry, and others, by a table of 0 and 1."""
    reading = Reading(folder=path.parent, named=frozenset({path.name}))
    table = read_table(reading, path.name, ("code", *sites))
    if table is not None:
        lacking = [i for i in points if i not in table["code"]]
        if lacking:
            reading.fault(path.name, "every demand point has a row", "Add the rows.", value=some(lacking))
    if table is None or reading.findings:
        raise DataError(reading.findings)
    at = [table["code"].index(i) for i in points]
    columns = [numbers(reading, table, j, most=1, what="code", no_way=True) for j in sites]
    if reading.findings:
        raise DataError(reading.findings)
    uses = np.array(columns).T[at]
    return {"ferry": uses == 1, "road": uses != 1}
