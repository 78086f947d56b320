"""A plan as one JSON object: what ``--json`` prints and ``plan.json`` holds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from capacity.plan.aftercare import aftercare_table, family_table
from capacity.plan.courses import course_table, women_by_care
from capacity.plan.figures import Table
from capacity.plan.plan import Plan
from capacity.problem.counts import counted_together
from capacity.problem.problem import Problem
from capacity.problem.settings import document, plainest
from capacity.studies.equity import equity
from capacity.studies.near_ties import ties_of

UNIT_KEYS = (
    "site_id",
    "name",
    "region",
    "beds",
    "stays",
    "occupancy",
    "turned_away",
    "income_dkk",
    "cost_dkk",
    "building_dkk",
    "startup_loss_dkk",
    "to_ambulatory_minutes",
    "ambulatory",
)


def rows(table: Table, keys: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    """A table of columns as a list of rows."""
    names = [k for k in (keys or tuple(table)) if k in table]
    return [dict(zip(names, values, strict=True)) for values in zip(*(table[k] for k in names), strict=True)]


def plan_payload(plan: Plan) -> dict[str, Any]:
    """Everything a plan says."""
    problem = plan.problem
    return {
        "status": plan.status,
        "gap": plan.gap,
        "objective_name": plan.objective_name,
        "objective": plan.objective,
        "bound": plan.bound,
        "certificate": plan.certificate,
        "mean_minutes": plan.mean_minutes,
        "longest_minutes": plan.longest_minutes,
        "family_hours_per_year": plan.family_hours_per_year,
        **women_by_care(plan),
        "objectives": dict(plan.objectives),
        "figures": dict(plan.figures),
        "units": rows(plan.unit_table, UNIT_KEYS),
        "regions": rows(plan.region_table),
        "equity": list(equity(plan)),
        "assignment": rows(plan.assignment_table),
        **({"courses": rows(course_table(plan))} if problem.outpatient.on else {}),
        **_second_stage(plan),
        "penalties": [
            {"rule": rule, "key": list(key), "excess": excess, "price": paid}
            for rule, key, excess, paid in plan.penalties
        ],
        "broken": [one.to_json() for one in plan.broken],
        "problem": document(problem),
        "sources": dict(problem.sources),
        "attribution": list(problem.attribution),
        "notices": list(problem.notices),
        "near_ties": [tie.to_json() for tie in ties_of(plan)],
        "record": {**plan.record, "privacy": privacy(problem)},
    }


def _second_stage(plan: Plan) -> dict[str, Any]:
    """Aftercare and who lives there, where there is any."""
    if not plan.problem.aftercare.on:
        return {}
    return {"aftercare": rows(aftercare_table(plan)), "families": rows(family_table(plan))}


def privacy(problem: Problem) -> dict[str, int]:
    """What the run record says of the planner's own counts: what is small, and how many are counted together."""
    known = None if problem.split is None else problem.split.known
    return {"smallest_count": problem.smallest_count, "counted_together": counted_together(known)}


def to_json(payload: Mapping[str, Any]) -> str:
    """JSON text; numbers that JSON does not have (no bound, no figure) are null."""
    text = json.dumps(_finite(plainest(payload)), ensure_ascii=False, indent=2, allow_nan=False)
    # Escaped as JSON allows: signs that are not seen do nothing to a terminal, and halves of signs can be written.
    return "".join(map(_escaped, text.splitlines(keepends=True)))


def _escaped(line: str) -> str:
    if line.isascii() and "\x7f" not in line:
        return line
    return "".join(c if c.isprintable() or c == "\n" else _unicode(c) for c in line)


def _unicode(sign: str) -> str:
    """A sign as JSON writes it in ASCII: of a far one, its two halves."""
    return json.dumps(sign)[1:-1] if ord(sign) > 0x7F else f"\\u{ord(sign):04x}"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
