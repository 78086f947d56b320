"""Two plans side by side: first what differs in what they were made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.plan.figures import Table
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.problem.settings import document, plainest
from capacity.studies.alternatives import changed_minutes
from capacity.studies.compare_orders import OrderComparison, compare_orders
from capacity.studies.equity import equity, equity_of_all
from capacity.studies.result import StudyResult
from capacity.studies.sets import with_sites
from capacity.tolerances import SAME_INPUT, SAME_MINUTES

if TYPE_CHECKING:
    import pandas as pd

MOST_POINTS = 10
ROLL_OUT = "roll_out"
"""The study whose results may be compared too."""

FIGURES = ("mean_minutes", "longest_minutes", "family_hours_per_year")
EQUITY = ("longest_minutes", "worst_off_minutes", "gap_minutes", "beds_per_woman")
"""What is told of each region beside its mean way."""

MONEY = {"running_dkk": "cost_dkk", "income_dkk": "income_dkk", "building_dkk": "building_dkk"}
"""Sums over the units, and the column each is of."""


@dataclass(frozen=True, kw_only=True)
class Comparison(StudyResult):
    """What differs between two plans.

    Attributes
    ----------
    inputs : list of (setting, first, second)
    units : list of dict
        site_id, beds in the first and in the second plan (0 where closed).
    figures : dict of name to (first, second)
        ``running_dkk`` is what the units cost in a year; ``cost_dkk`` is that and building as an annuity.
    regions : list of dict
        region, mean_minutes of both.
    equity : list of dict
        region, measure (of `EQUITY`), first, second: how evenly the regions are treated.
    points : list of dict
        Demand points whose travel changes most: point_id, name, minutes (second less first).
    """

    study: ClassVar[str] = "compare"

    inputs: list[tuple[str, Any, Any]]
    units: list[dict[str, Any]]
    figures: dict[str, tuple[float, float]]
    regions: list[dict[str, Any]]
    equity: list[dict[str, Any]]
    points: list[dict[str, Any]]

    @property
    def table(self) -> pd.DataFrame:
        """One row a unit (beds), a region (mean minutes), a figure, and of each region each of `EQUITY`.

        Columns are kind, id, first and second.
        """
        import pandas as pd

        rows = [
            *({"kind": "unit", "id": u["site_id"], "first": u["first"], "second": u["second"]} for u in self.units),
            *({"kind": "region", "id": r["region"], "first": r["first"], "second": r["second"]} for r in self.regions),
            *({"kind": "figure", "id": k, "first": a, "second": b} for k, (a, b) in self.figures.items()),
            *(
                {"kind": e["measure"], "id": e["region"], "first": e["first"], "second": e["second"]}
                for e in self.equity
            ),
        ]
        return pd.DataFrame(rows, columns=["kind", "id", "first", "second"])

    def to_json(self) -> dict[str, Any]:
        """The comparison as a JSON object."""
        return {
            "inputs": [{"key": k, "first": plainest(a), "second": plainest(b)} for k, a, b in self.inputs],
            "units": self.units,
            "figures": {k: list(v) for k, v in self.figures.items()},
            "regions": self.regions,
            "equity": self.equity,
            "points": self.points,
        }


@overload
def compare(plan_a: Plan, plan_b: Plan) -> Comparison: ...


@overload
def compare(plan_a: StudyResult, plan_b: StudyResult) -> OrderComparison: ...


@told
def compare(plan_a: Plan | StudyResult, plan_b: Plan | StudyResult) -> Comparison | OrderComparison:
    """Compare two plans: inputs, units, beds, minutes by region, money, and who is moved most.

    Two roll-outs (`capacity.roll_out`) are compared year by year: units and beds, women, money, and the order.

    Raises
    ------
    DataError
        Where one is a plan and the other a roll-out, or either is neither.
    """
    if isinstance(plan_a, Plan) and isinstance(plan_b, Plan):
        return _of_plans(plan_a, plan_b)
    faults = [
        Finding(
            table="compare",
            column=which,
            value=type(one).__name__,
            rule="two plans or two roll-outs are compared",
            remedy="Give two of a kind.",
        )
        for which, one in (("plan_a", plan_a), ("plan_b", plan_b))
        if getattr(one, "study", "") != ROLL_OUT
    ]
    if faults:
        raise DataError(faults)
    return compare_orders(plan_a.to_json(), plan_b.to_json())


def _of_plans(plan_a: Plan, plan_b: Plan) -> Comparison:
    one = dict(zip(plan_a.unit_table["site_id"], plan_a.unit_table["beds"], strict=True))
    other = dict(zip(plan_b.unit_table["site_id"], plan_b.unit_table["beds"], strict=True))
    regions_a = dict(zip(plan_a.region_table["name"], plan_a.region_table["mean_minutes"], strict=True))
    regions_b = dict(zip(plan_b.region_table["name"], plan_b.region_table["mean_minutes"], strict=True))
    names = dict(zip(plan_b.problem.network.point_ids, plan_b.problem.network.point_names, strict=True))
    first: Table = plan_a.unit_table
    second: Table = plan_b.unit_table
    change = sorted(changed_minutes(plan_a, plan_b).items(), key=lambda x: (-abs(x[1]), x[0]))
    return Comparison(
        inputs=differing_inputs(plan_a.problem, plan_b.problem),
        units=[{"site_id": j, "first": one.get(j, 0), "second": other.get(j, 0)} for j in sorted({*one, *other})],
        figures={
            "beds": (plan_a.beds, plan_b.beds),
            **{k: (plan_a.figures[k], plan_b.figures[k]) for k in FIGURES},
            **_side_by_side(equity_of_all(plan_a), equity_of_all(plan_b)),
            **{said: (math.fsum(first[k]), math.fsum(second[k])) for said, k in MONEY.items()},
            "cost_dkk": (plan_a.objectives["cost"], plan_b.objectives["cost"]),
        },
        regions=[
            {"region": r, "first": regions_a.get(r), "second": regions_b.get(r)}
            for r in dict.fromkeys([*regions_a, *regions_b])
        ],
        equity=_equity(plan_a, plan_b),
        points=[
            {"point_id": i, "name": names[i], "minutes": d} for i, d in change[:MOST_POINTS] if abs(d) > SAME_MINUTES
        ],
    )


def _side_by_side(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    return {name: (one[name], other[name]) for name in one}


def _equity(plan_a: Plan, plan_b: Plan) -> list[dict[str, Any]]:
    """What `EQUITY` says of each region, in both plans; None where a plan knows no such region."""
    one, other = ({row["name"]: row for row in equity(plan) if row["region"]} for plan in (plan_a, plan_b))
    return [
        {"region": name, "measure": measure, "first": _of(one, name, measure), "second": _of(other, name, measure)}
        for measure in EQUITY
        for name in dict.fromkeys([*one, *other])
    ]


def _of(rows: Mapping[str, Mapping[str, Any]], name: str, measure: str) -> float | None:
    value = rows[name][measure] if name in rows else None
    return None if value is None or value != value else float(value)


def differing_inputs(one: Problem, other: Problem) -> list[tuple[str, Any, Any]]:
    """Settings that differ, by ``section.key``, and what differs in the tables."""
    a, b = _rounded(plainest(document(one))), _rounded(plainest(document(other)))
    differing = []
    for section in dict.fromkeys([*a, *b]):
        for key in dict.fromkeys([*a.get(section, {}), *b.get(section, {})]):
            first, second = a.get(section, {}).get(key), b.get(section, {}).get(key)
            if first != second:
                differing.append((f"{section}.{key}", first, second))
    if one.travel.unit != other.travel.unit:
        differing.append(("travel.unit", one.travel.unit, other.travel.unit))
    tables = differing_tables(one, other)
    if not tables and not differing and one.fingerprint != other.fingerprint:
        tables = ["numbers"]
    if tables:
        differing.append(("tables", "as in the first", f"other {', '.join(tables)}"))
    return differing


def _rounded(value: Any) -> Any:
    """Numbers to twelve digits, so that what was only scaled there and back does not differ."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def differing_tables(one: Problem, other: Problem) -> list[str]:
    """Which tables of two problems differ, in words."""
    a, b = one.network, other.network
    differing = []
    if a.point_ids != b.point_ids:
        differing.append("demand points")
    if (a.site_ids, a.site_regions) != (b.site_ids, b.site_regions) or not _alike(
        np.stack(one.size_limits), np.stack(other.size_limits)
    ):
        differing.append("candidate sites")
    if differing:
        return differing
    if not _alike(one.minutes, other.minutes):
        differing.append("travel times")
    if not _alike(one.ambulatory_minutes, other.ambulatory_minutes) and a.ambulatories == b.ambulatories:
        differing.append("minutes to the ambulatories")
    share_a, share_b = (p.expected_women / p.expected_women.sum() for p in (one, other))
    if one.weight == other.weight and one.scenarios.ids == other.scenarios.ids and not _alike(share_a, share_b):
        differing.append("split of the women")
    return differing


def _alike(one: Floats, other: Floats) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=SAME_INPUT, atol=SAME_INPUT))


@told
def freeze(plan: Plan, *, beds: bool = False) -> Problem:
    """The plan's problem with its units decided: solve it under other demand and the rest is worked out anew.

    Parameters
    ----------
    plan : Plan
    beds : bool
        Whether each unit keeps its number of beds too; otherwise beds follow the demand.
    """
    problem = with_sites(plan.problem, plan.site_ids)
    if not beds:
        return problem
    net = problem.network
    size = dict(zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True))
    assert net.site_smallest is not None
    assert net.site_largest is not None
    return problem.replace(
        network=net.replace(
            site_smallest=[size.get(j, int(k)) for j, k in zip(net.site_ids, net.site_smallest, strict=True)],
            site_largest=[size.get(j, int(k)) for j, k in zip(net.site_ids, net.site_largest, strict=True)],
        )
    )
