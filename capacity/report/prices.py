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


def money(plan: Plan, t: Phrases) -> str:
    """What the plan costs, in one sentence, each figure with its source; "" without prices."""
    table, finance = plan.unit_table, plan.problem.finance
    cost, income, building = (sum(table[c]) / 1e6 for c in ("cost_dkk", "income_dkk", "building_dkk"))
    if cost == income == building == 0:
        return ""
    return t(
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


def prices_said(plan: Plan, t: Phrases) -> str:
    """Where the prices come from that every amount of a table rests on."""
    return t("document-prices", sources=sources_said(plan, t, *PRICES))
