"""The solution: a plan as tables and numbers, and its own check."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from capacity.arrays import Bools, Ints, frozen
from capacity.errors import Finding
from capacity.plan.aftercare import aftercare_table, family_table
from capacity.plan.broken import Broken, broken_by, excess_of
from capacity.plan.courses import course_table, women_by_care
from capacity.plan.figures import Table, figures_of, scenario_table
from capacity.plan.tables import AssignmentTable, RegionTable, UnitTable
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules import Shares, SplitPlan, rules_on, weight_of
from capacity.rules.objectives import Objective, objective_named
from capacity.tolerances import LEAST_VALUE, PAID, PAID_ROUNDED

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import pandas as pd

    from capacity.report.map import Map
    from capacity.studies.compare import Comparison

Status = Literal["optimal", "feasible", "given"]

READ_ONLY = ("unit_table", "region_table", "assignment_table", "objectives", "figures", "record")
"""Fields of a plan that are mappings: nobody changes them under a plan that was checked."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Plan:
    """Which sites become units, with how many beds, and who goes where.

    Attributes
    ----------
    problem : Problem
    objective_name : str
    status : {"optimal", "feasible", "given"}
        ``optimal`` only when no better plan exists, proven; ``feasible`` with its `gap` otherwise. ``given``
        where the units were not searched for (`capacity.evaluate`): it may break rules.
    objective : float
        Value of the objective, prices of broken rules included (taken off what is to be large).
    bound : float
        Proven: no plan is better than this. Infinite where nothing is proven.
    certificate : str
        How it is known, in one sentence.
    unit_table, region_table, assignment_table : mapping of column to tuple
        The plan itself, as plain columns; `units`, `regions`, `assignment` give them as frames.
    objectives : mapping of objective name to float
    figures : mapping of name to float
        mean_minutes, longest_minutes, family_hours_per_year, ...
    penalties : tuple of (rule, key, excess, price paid)
        Rules broken at a price; of a single scenario, times how likely it is.
    broken : tuple of Broken
        Rules without a price that a ``given`` plan breaks: rule, key, amount, unit, sentence. Others break none.
    record : mapping
        Input hashes, versions, options, seed, times: what is needed to replay the run.
    objective_given : Objective or None
        What was minimised, where it is not one of the library's.
    """

    problem: Problem
    objective_name: str
    status: Status
    objective: float
    bound: float
    certificate: str
    unit_table: UnitTable
    region_table: RegionTable
    assignment_table: AssignmentTable
    objectives: Mapping[str, float]
    figures: Mapping[str, float]
    penalties: tuple[tuple[str, tuple[str, ...], float, float], ...] = ()
    broken: tuple[Broken, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    objective_given: Objective | None = None

    def __post_init__(self) -> None:
        for name in READ_ONLY:
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __getstate__(self) -> dict[str, Any]:
        # A read-only view is not pickled; what it shows is.
        return {k: dict(v) if k in READ_ONLY else v for k, v in vars(self).items()}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, MappingProxyType(value) if name in READ_ONLY else value)

    @property
    def gap(self) -> float:
        """abs(objective - bound) / abs(objective): how much better a plan could still be.

        Of a plan made for a risk over scenarios: of the risk that was minimised. What a bound pays for
        rounding is no gap.
        """
        value = float(self.record.get("risk_value", self.objective))
        bound = float(self.record.get("risk_bound", self.bound))
        if not np.isfinite(bound):
            return np.inf
        gap = abs(value - bound) / max(abs(value), LEAST_VALUE)
        return gap if gap > PAID * (1 + PAID_ROUNDED) else 0.0

    @property
    def loss(self) -> float:
        """The objective as it is minimised: smaller is better, whatever the objective."""
        return self.goal.sign * self.objective

    @property
    def goal(self) -> Objective:
        """What was minimised."""
        return self.objective_given or objective_named(self.objective_name)

    @property
    def mean_minutes(self) -> float:
        """Mean one-way minutes, weighted by women."""
        return self.figures["mean_minutes"]

    @property
    def longest_minutes(self) -> float:
        """Longest one-way minutes of any family."""
        return self.figures["longest_minutes"]

    @property
    def family_hours_per_year(self) -> float:
        """Hours families travel in a year."""
        return self.figures["family_hours_per_year"]

    @property
    def residential_women(self) -> float:
        """Women a year at a unit. Where there is an uptake curve and no outpatient course: those who accept."""
        return women_by_care(self)["residential_women"]

    @property
    def outpatient_women(self) -> float:
        """Women a year on an outpatient course."""
        return women_by_care(self)["outpatient_women"]

    @property
    def unreached_women(self) -> float:
        """Women a year reached by neither."""
        return women_by_care(self)["unreached_women"]

    @property
    def courses(self) -> pd.DataFrame:
        """Who is on an outpatient course, tidy: point_id, place, scenario, women, minutes."""
        return _frame(course_table(self))

    @property
    def aftercare(self) -> pd.DataFrame:
        """One row a place of aftercare and kind of bed: beds, stays, held up, persons, money. Empty without any."""
        return _frame(aftercare_table(self))

    @property
    def families(self) -> pd.DataFrame:
        """One row a kind of family in aftercare: partner, children, persons, women, beds in use, money."""
        return _frame(family_table(self))

    @property
    def site_ids(self) -> tuple[str, ...]:
        """Ids of the units, sorted."""
        return tuple(self.unit_table["site_id"])

    @property
    def beds(self) -> int:
        """Beds of all units."""
        return int(sum(self.unit_table["beds"]))

    @property
    def units(self) -> pd.DataFrame:
        """One row a unit: site_id, name, region, beds, stays, occupancy, turned_away, money."""
        return _frame(self.unit_table)

    @property
    def regions(self) -> pd.DataFrame:
        """One row a region: women, mean, 80 % and longest minutes, units and beds in it."""
        return _frame(self.region_table)

    @property
    def assignment(self) -> pd.DataFrame:
        """Tidy: point_id, site_id, scenario, women, share, minutes."""
        return _frame(self.assignment_table)

    @property
    def by_scenario(self) -> pd.DataFrame:
        """One row a scenario: women, minutes, turned away with the beds as built, money, objectives.

        The promise binds in the scenarios that must hold; this shows what happens in the others.
        """
        from capacity.plan.check import arrays_of

        return _frame(scenario_table(self.problem, arrays_of(self)[0]))

    def against(self, other: Plan) -> Comparison:
        """What changes from another plan to this one: units and beds, regions, municipalities, money.

        ``first`` is the other plan and ``second`` this one. See `capacity.compare`.
        """
        from capacity.studies.compare import compare

        return compare(other, self)

    def map(self, **options: Any) -> Map:
        """The plan as a map that shows itself in a notebook and saves as SVG or PNG.

        See `capacity.report.map.draw_map` for the options.
        """
        from capacity.report.map import draw_map

        return draw_map(self, **options)

    @told
    def report(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the plan's report, one self-contained HTML page.

        See `capacity.report.page.write_report` for the options.
        """
        from capacity.report.page import write_report

        return write_report(self, path, **options)

    @told
    def table(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the planner's table, with this plan on it: one page that works plans out by itself.

        See `capacity.report.table.page.write_table` for the options.
        """
        from capacity.report.table.page import write_table

        return write_table(self.problem, path, plan=self, **options)

    @told
    def summary(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the plan on one page, .html or .png: what to open, what it costs, how sure, what decides it.

        See `capacity.report.summary.write_summary` for the options.
        """
        from capacity.report.summary import write_summary

        return write_summary(self, path, **options)

    @told
    def document(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the plan as a Word file (.docx) to put before a board, in a template of your own where you have one.

        See `capacity.report.word.write_document` for the options.
        """
        from capacity.report.word import write_document

        return write_document(self, path, **options)

    @told
    def workbook(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the plan as a workbook (.xlsx) of real tables.

        See `capacity.report.workbook.write_workbook` for the options.
        """
        from capacity.report.workbook import write_workbook

        return write_workbook(self, path, **options)

    @told
    def save(self, folder: str | os.PathLike[str], *, force: bool = False, csv: str = "plain") -> tuple[Path, ...]:
        """Write the plan's tables, its GeoPackage and ``plan.json`` (what `read_plan` reads) to a folder.

        ``csv="da"`` writes the tables as a Danish spreadsheet opens them. See `capacity.report.files.write_plan`.
        """
        from capacity.report.files import write_plan

        return write_plan(self, folder, force=force, csv=csv)

    @told
    def geopackage(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write units, demand points and flows as layers of a GeoPackage.

        See `capacity.report.files.save_geopackage`.
        """
        from capacity.report.files import save_geopackage

        return save_geopackage(self, path, force=force)

    def to_json(self) -> dict[str, Any]:
        """Everything the plan says as a JSON object: what ``capacity plan --json`` prints."""
        import json

        from capacity.report.payload import plan_payload, to_json

        said: dict[str, Any] = json.loads(to_json(plan_payload(self)))
        return said

    def check(self) -> tuple[Finding, ...]:
        """Recompute every rule, number and objective from the tables alone; () when all agree."""
        from capacity.plan.check import check_plan

        return check_plan(self)

    def __repr__(self) -> str:
        where = ", ".join(f"{j} {k}" for j, k in zip(self.unit_table["site_id"], self.unit_table["beds"], strict=True))
        gap = f" (gap {self.gap:.2%})" if self.status == "feasible" else ""
        rules = len({one.rule for one in self.broken})
        gap += f" (breaks {rules} {'rule' if rules == 1 else 'rules'})" if rules else ""
        if not where:
            return f"<Plan {self.status}{gap}: no unit>"
        return f"<Plan {self.status}{gap}: {where} beds; {self.mean_minutes:.1f} minutes on average>"

    def _repr_html_(self) -> str:
        """The units as a table, under the plan in a line: what a notebook shows."""
        from html import escape

        columns = ["site_id", "name", "region", "beds", "stays", "occupancy", "turned_away"]
        table = self.units[columns].to_html(index=False, float_format=lambda x: f"{x:,.3g}")
        return f"<p>{escape(repr(self))}</p>{table}"


def _frame(table: Table) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: list(values) for name, values in table.items()})


def make_plan(
    problem: Problem,
    objective: str | Objective,
    opened: Bools,
    shares: Shares,
    beds: Ints,
    *,
    status: Status,
    bound: float,
    certificate: str,
    record: Mapping[str, Any],
) -> Plan:
    """Work out a plan's tables and numbers from its decisions.

    Parameters
    ----------
    problem : Problem
    objective : Objective, or the name of one of the library's
    opened : ndarray (m,) of bool
    shares : Shares
    beds : ndarray (m,) of int
    status, bound, certificate : what the engine proved, the bound on what it minimised
    """
    plans = SplitPlan(problem, frozen(opened, np.bool_), frozen(beds, np.int64), shares)  # type: ignore[arg-type]  # frozen is typed by its base
    penalties = []
    for rule in rules_on(problem):
        price = rule.price(problem)
        if price is not None:
            excess = excess_of(rule, problem, plans)
            penalties += [
                (rule.name, key, float(amount), float(amount * price * weight))
                for key, amount, broken, weight in zip(
                    excess.keys, excess.amount[0], excess.broken[0], weight_of(problem, excess.keys), strict=True
                )
                if broken
            ]
    tables = figures_of(problem, plans)
    goal = objective_named(objective)
    expected = float(goal.expected(problem, plans)[0])
    minimised = expected + math.fsum(paid for *_, paid in penalties)
    return Plan(
        problem=problem,
        objective_name=goal.name,
        status=status,
        objective=goal.sign * minimised,
        bound=goal.sign * min(bound, minimised),
        certificate=certificate,
        unit_table=tables.units,
        region_table=tables.regions,
        assignment_table=tables.assignment,
        objectives={**tables.objectives, goal.name: goal.sign * expected},
        figures=tables.figures,
        penalties=tuple(penalties),
        broken=broken_by(problem, plans) if status == "given" else (),
        record=dict(record),
        objective_given=None if goal.own else goal,
    )
