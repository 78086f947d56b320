"""Where the women of a plan are, and what their outpatient courses cost, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity.report.phrases import Phrases

if TYPE_CHECKING:
    from capacity.plan.plan import Plan


def care_said(plan: Plan, t: Phrases) -> str:
    """Who is at a unit, on a course, or reached by neither, and what the courses cost; "" without a course."""
    if not plan.problem.outpatient.on:
        return ""
    said = t(
        "care-women",
        residential=t.number(plan.residential_women, 1),
        outpatient=t.number(plan.outpatient_women, 1),
        unreached=t.number(plan.unreached_women, 1),
    )
    cost = plan.figures["courses_dkk"] / 1e6
    said += " " + t("care-cost", cost=t.number(cost, 1)) if cost else ""
    return f"{said} {t('care-unmeasured')}"
