"""What is told in parts adds up: hours, money and beds of a plan with aftercare and outpatient courses, in every paper."""

from __future__ import annotations

import re
from functools import cache

import pytest

import capacity as cap
from capacity.report.beside import beside_page
from capacity.report.document import paper_of
from capacity.report.page import answer, key_figures
from capacity.report.phrases import phrases
from capacity.report.prices import money
from capacity.report.tables import admitted, units
from capacity.studies.influence import influence
from tests.small import towns
from tests.test_influence import told_as_solved

ON = {
    "aftercare.days": 60,
    "aftercare.bed_dkk_per_year": 150_000,
    "aftercare.house_dkk_per_year": 400_000,
    "aftercare.building_dkk_per_bed": 1_000_000,
    "aftercare.day_rate_dkk": 1_500,
    "outpatient.dkk_per_course": 60_000,
    "outpatient.beyond_minutes": 40,
}


@cache
def plan() -> cap.Plan:
    problem = towns({"nearest": True, "units": (1, 2)}).set("finance.counts", "admitted")
    for key, value in ON.items():
        problem = problem.set(key, value)
    return cap.evaluate(problem, ["a"])


def number(text: str) -> float:
    return float(text.replace(",", ""))


def test_hours_are_split_into_parts_that_add_up() -> None:
    best = cap.solve(plan().problem.set("rules.units", [1, 1]))
    for one in (plan(), best):
        text = " ".join(answer(one, phrases("en")))
        visits = re.search(r"([\d,]+) hours a year of visits", text)
        further = re.findall(r"a further ([\d,]+) hours", text)
        assert visits and len(further) == 2
        parts = [number(visits[1]), *map(number, further)]
        assert sum(parts) == pytest.approx(one.family_hours_per_year, abs=1.5)
    assert parts[2] > 0
    assert f"outpatient courses together ({best.family_hours_per_year:,.0f} hours)" in text


def test_money_and_beds_are_those_of_the_whole_plan_in_every_paper() -> None:
    said, one = phrases("en"), plan()
    table, figures = one.unit_table, one.figures
    running = (sum(table["cost_dkk"]) + figures["aftercare_cost_dkk"] + figures["courses_dkk"]) / 1e6
    income = (sum(table["income_dkk"]) + figures["aftercare_income_dkk"]) / 1e6
    building = (sum(table["building_dkk"]) + figures["aftercare_building_dkk"]) / 1e6
    beds = round(figures["aftercare_beds"])
    assert beds > 0 and figures["aftercare_cost_dkk"] > 0 and figures["courses_dkk"] > 0
    top = {what: value for value, what in key_figures(one, said)}
    assert top["M DKK a year to run (assumption)"] == f"{running:.1f}"
    assert top["M DKK to build, once (assumption)"] == f"{building:.0f}"
    assert top[f"beds, and {beds} of aftercare"] == f"{one.beds}"
    text = money(one, said)
    assert f"Running costs {running:.1f} M DKK" in text and f"against {income:.1f} M DKK" in text
    assert f"building the beds costs {building:.1f} M DKK" in text
    assert f"aftercare takes {figures['aftercare_cost_dkk'] / 1e6:.1f} M DKK a year" in text
    assert f"outpatient courses take {figures['courses_dkk'] / 1e6:.1f} M DKK a year" in text
    page = beside_page([("A", one), ("B", one)])
    for head, value in (("Running cost", running), ("Income", income), ("Building", building)):
        assert re.search(rf"<dt>{head} in all,[^<]*</dt><dd>{value:.1f}</dd>", page), head
    assert f"<dt>Beds of aftercare</dt><dd>{beds}</dd>" in page
    proposal = paper_of(one, studies=False).chapters[0].said[0].text
    assert f"A further {beds} beds are for aftercare." in proposal
    assert f"A further {beds} beds are for aftercare." in answer(one, said)[0]


def test_what_is_tried_counts_the_hours_to_outpatient_courses() -> None:
    problem = plan().problem.replace(
        ranges={"finance.unit_dkk_per_year": (1e6, 3e6)}, sources={"finance.unit_dkk_per_year": "assumption"}
    )
    found = influence(problem)
    (setting,) = (one for one in found.settings if one.tries)
    for one in setting.tries:
        told_as_solved(one, problem.set(setting.key, one.value), found.base)
        assert one.hours_per_year == pytest.approx(found.base.family_hours_per_year)


def test_stays_needed_and_admitted_are_two_columns_and_a_rule_speaks_of_the_second() -> None:
    problem = towns({"nearest": True, "volume": 3}).set("finance.counts", "admitted").set("promise.turned_away", 0.4)
    one = cap.evaluate(problem, {"a": 6, "b": 4, "c": 1})
    table = one.unit_table
    begun = admitted(one)
    assert begun == pytest.approx([s * (1 - x) for s, x in zip(table["stays"], table["turned_away"], strict=True)])
    grid = units(one, phrases("en"))
    assert [head for head, _ in grid.heads][3:5] == ["Stays needed a year", "Stays admitted a year"]
    short = next(b for b in one.broken if b.rule == "volume")
    last = list(table["site_id"]).index("c")
    assert f"would admit {begun[last]:.1f} stays a year" in short.sentence
    assert grid.rows[last][3].text == "2.0" and grid.rows[last][4].text == f"{begun[last]:.1f}" != "2.0"


def test_what_municipalities_pay_on_average_is_what_units_bring_in() -> None:
    """Nothing of chance is left in a mean: board members add up."""
    one = cap.solve(towns({"nearest": True}).set("finance.counts", "admitted"))
    paid = cap.who_pays(one, ["day_rate"], years=50)["day_rate"]
    income, cost = sum(one.unit_table["income_dkk"]), sum(one.unit_table["cost_dkk"])
    (towns_pay,), (operators,) = paid.of("municipalities"), paid.of("operators")
    assert towns_pay.mean_dkk == pytest.approx(income) and operators.mean_dkk == pytest.approx(cost - income)
    for part, whole in (("region", income), ("municipality", income), ("operator", cost - income)):
        assert sum(p.mean_dkk for p in paid.of(part)) == pytest.approx(whole)
