"""What of a problem the planner's table cannot work out: what its engine does not know is refused, never left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.engines.question import why_not
from capacity.errors import Finding
from capacity.problem.settings import PARTS
from capacity.report.table.source import engine_knows
from capacity.rules import Rule
from capacity.rules.values import usual

if TYPE_CHECKING:
    from capacity.problem.problem import Problem

HELD: Mapping[str, tuple[str, ...]] = {
    "problem": (
        *(
            "network",
            "scenarios",
            "travel",
            "to_ambulatory",
            "care",
            "promise",
            "sizes",
            "policy",
            "finance",
            "outpatient",
            "pathways",
            "aftercare",
        ),
        *("fair_aversion", "worst_off_share", "undetected", "uptake"),
        # No plan depends on these, beside what stands in the arrays already.
        *("minutes_error", "smallest_count", "travels", "named", "sources", "ranges", "choices", "weight"),
        *("relative_risk", "split", "payments", "name", "attribution", "notices", "origin"),
    ),
    "network": (
        *("point_ids", "point_names", "point_regions", "site_ids", "site_names", "site_regions"),
        *("region_names", "site_smallest", "site_largest", "existing_beds", "ambulatories"),
        "point_homes",
        # The same.
        # The minutes to the wards, for the rule that asks for them.
        *("neonatal", "wards_elsewhere"),
        *("site_kinds", "point_lonlat", "site_lonlat", "point_columns", "region_column", "site_points"),
        *("site_columns", "notices", "point_shares", "point_travel", "home_names"),
    ),
    "scenarios": ("ids", "point_ids", "women", "probability", "must_hold", "labels"),
    "travel": ("origin_ids", "destination_ids", "values", "unit", "source", "modelled"),
    "to_ambulatory": ("origin_ids", "destination_ids", "values", "unit", "source", "modelled"),
    "uptake": ("minutes", "share"),
    # An objective alone, which the page names as one it does not know.
    "pathways": ("residential", "outpatient", "none"),
}
"""Fields of a problem and its parts that the table's data hold, or that no plan depends on."""

RECKONED = ("promise.demand_cv", *(f"aftercare.{name}" for name in PARTS["aftercare"][1]))
"""Settings that the engine reckons with and cannot change."""


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """Why the table cannot work a problem out.

    Attributes
    ----------
    kind : {"scenarios", "prices", "rules", "parts", "assignment"}
        Of what there is too much.
    rule : str
        What would have to be so.
    value : str
        What is not.
    remedy : str
    """

    kind: str
    rule: str
    value: str
    remedy: str

    def finding(self) -> Finding:
        """As a fault of the problem."""
        return Finding(table="table", value=self.value, rule=self.rule, remedy=self.remedy)


def beyond(problem: Problem) -> Beyond | None:
    """Why a set of sites does not decide everything, or the page does not know how; None where it does."""
    if len(problem.scenarios.ids) > 1:
        rule, remedy = "the table holds one demand scenario", "Choose one: --scenario ID, or --set scenario=ID."
        return Beyond(kind="scenarios", rule=rule, value=problem.name, remedy=remedy)
    if problem.policy.prices:
        rule, remedy = "no rule has a price in the table", "Take the prices away, or use `capacity plan`."
        return Beyond(kind="prices", rule=rule, value=", ".join(problem.policy.prices), remedy=remedy)
    if strange := [rule.name for rule in problem.policy.values() if not knows(rule)]:
        rule, remedy = "the table knows the library's own rules", "Turn the others off, or use `capacity evaluate`."
        return Beyond(kind="rules", rule=rule, value=", ".join(strange), remedy=remedy)
    if unknown := [*_fields(problem), *_waiting_in_doubt(problem)]:
        rule, remedy = "the table knows all that the case has", "Take this away, or use `capacity evaluate`."
        return Beyond(kind="parts", rule=rule, value=", ".join(unknown), remedy=remedy)
    if (reason := why_not(problem)) is not None:
        rule = "in the table families use their nearest unit, and everybody is served"
        return Beyond(
            kind="assignment", rule=rule, value=reason, remedy="Turn these rules on, or use `capacity evaluate`."
        )
    return None


def knows(rule: Rule) -> bool:
    """Whether the engine knows a rule with its numbers."""
    known, standard = engine_knows().rules.get(rule.name), usual(type(rule))
    if known is None:
        return False
    return all(name in known or _same(getattr(rule, name), standard[name]) for name in standard)


def _fields(problem: Problem) -> Iterator[str]:
    """Fields with another value than they have where nobody sets them, that the data do not hold."""
    for part, known in (*HELD.items(), *_of_settings()):
        held = problem if part == "problem" else getattr(problem, part)
        if held is not None and not (part == "aftercare" and not problem.aftercare.on):
            yield from (f"{part}.{name}" for name in _set_fields(held) if name not in known)


def _waiting_in_doubt(problem: Problem) -> Iterator[str]:
    """Aftercare that is waited for, demand being in doubt: what its beds carry takes more than a page has."""
    care = problem.aftercare
    if care.on and care.kind == "wait" and problem.promise.demand_cv > 0:
        yield "aftercare.kind"


def _of_settings() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Parts whose fields are settings, with those that the engine knows."""
    known = (*engine_knows().settings, *RECKONED)
    for part in dict.fromkeys(part for part, _ in PARTS.values() if part not in HELD):
        sections = [(section, names) for section, (of, names) in PARTS.items() if of == part]
        yield part, tuple(name for section, names in sections for name in names if f"{section}.{name}" in known)


def _set_fields(held: Any) -> Iterator[str]:
    for each in dataclasses.fields(held):
        if each.default_factory is not dataclasses.MISSING:
            standard = each.default_factory()
        else:
            standard = each.default
        if not _same(getattr(held, each.name), standard):
            yield each.name


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, np.ndarray) or isinstance(other, np.ndarray):
        return isinstance(value, type(other)) and bool(np.array_equal(value, other))
    return bool(value == other)
