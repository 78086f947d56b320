"""What a plan costs in a sentence, and where its prices come from."""

from __future__ import annotations

from capacity.plan.plan import Plan
from capacity.report.phrases import Phrases
from capacity.report.words import documents_of

PRICES = (
    "finance.unit_dkk_per_year",
    "finance.bed_dkk_per_year",
    "finance.occupied_day_dkk",
    "finance.day_rate_dkk",
    "finance.building_dkk_per_bed",
    "finance.interest",
    "finance.years",
)
"""Settings that money in a document rests on."""


def sources_said(plan: Plan, t: Phrases, *keys: str) -> str:
    """Where some settings come from: documents, or the word assumption."""
    found = documents_of(plan.problem, *keys).split(", ")
    return ", ".join(t("assumption") if one == "assumption" else one for one in found)


def sums_of(plan: Plan) -> tuple[float, float, float]:
    """What the whole plan costs to run and brings in a year, and to build once, DKK: aftercare and courses included."""
    table, said = plan.unit_table, plan.figures
    cost, income, building = (
        sum(table[c]) + said.get(f"aftercare_{c}", 0.0) for c in ("cost_dkk", "income_dkk", "building_dkk")
    )
    return cost + said.get("courses_dkk", 0.0), income, building


def money(plan: Plan, t: Phrases) -> str:
    """What the plan costs, in few words, each figure with its source; "" without prices."""
    finance = plan.problem.finance
    cost, income, building = (amount / 1e6 for amount in sums_of(plan))
    if cost == income == building == 0:
        return ""
    said = t(
        "document-money",
        cost=t.number(cost, 1),
        running=sources_said(plan, t, *PRICES[:3]),
        income=t.number(income, 1),
        rate=sources_said(plan, t, PRICES[3]),
        building=t.number(building, 1),
        price=sources_said(plan, t, PRICES[4]),
        yearly=t.number(building * finance.annuity, 1),
        annuity=sources_said(plan, t, *PRICES[5:]),
    )
    return " ".join(part for part in (said, _beside(plan, t)) if part)


def _beside(plan: Plan, t: Phrases) -> str:
    """What of the sums is for aftercare and for outpatient courses; "" without either."""
    yearly, courses, once = (
        plan.figures.get(name, 0.0) / 1e6 for name in ("aftercare_cost_dkk", "courses_dkk", "aftercare_building_dkk")
    )
    said = []
    if yearly or once:
        said.append(t("money-aftercare", cost=t.number(yearly, 1), building=t.number(once, 1)))
    if courses:
        said.append(t("money-courses", cost=t.number(courses, 1)))
    return " ".join(said)


def prices_said(plan: Plan, t: Phrases) -> str:
    """Where the prices come from that every amount of a table rests on."""
    return t("document-prices", sources=sources_said(plan, t, *PRICES))
