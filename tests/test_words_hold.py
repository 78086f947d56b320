"""What the report's sentences claim, worked out anew from the plan's own tables."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import capacity as cap
from capacity.report.aftercare import aftercare_said
from capacity.report.around import story
from capacity.report.page import answer, key_figures
from capacity.report.phrases import phrases
from capacity.report.spoken import spoken
from capacity.report.studied import studies_of
from capacity.report.tables import late_share
from capacity.report.words import hours_of, paragraph, percent, rounded_up, travel
from capacity.report.workbook import _scenarios
from tests.small import towns


@cache
def danish_plan() -> cap.Plan:
    return cap.solve(cap.denmark())


def worked_out(plan: cap.Plan) -> tuple[float, float]:
    """Hours of visits and of trips a year, from assignment, minutes and the settings alone."""
    p, table = plan.problem, plan.assignment_table
    weeks = p.care.mean_days / 7
    near = dict(zip(p.network.site_ids, p.ambulatory_minutes, strict=True))
    rows = list(zip(table["women"], table["minutes"], table["site_id"], strict=True))
    visits = sum(w * 2 * p.care.visits_per_week * m for w, m, _ in rows) * weeks / 60
    trips = sum(w * 2 * p.care.ambulatory_trips_per_week * near[j] for w, _, j in rows) * weeks / 60
    return visits, trips


@pytest.mark.parametrize("sites", [None, ["a", "c"], ["b"]])
def test_hours_are_visits_and_trips_to_the_ambulatory(sites: list[str] | None) -> None:
    care = cap.Care(mean_days=180, visits_per_week=2, ambulatory_trips_per_week=1.5)
    problem = towns({"nearest": True}, care=care)
    plan = cap.solve(problem) if sites is None else cap.evaluate(problem, sites)
    assert hours_of(plan) == pytest.approx(worked_out(plan))
    assert sum(hours_of(plan)) == pytest.approx(plan.family_hours_per_year)


def test_the_answer_defines_its_hours_and_names_what_is_least() -> None:
    plan = danish_plan()
    visits, trips = worked_out(plan)
    _, proof, said = answer(plan, phrases("en"))
    assert f"{visits:,.0f} hours a year of visits between home and unit" in said
    assert said.endswith(f"a further {trips:,.0f} hours.")
    assert (
        "families' visits and trips to the ambulatory together" in proof and f"({visits + trips:,.0f} hours)" in proof
    )
    assert f"{visits:,.0f} of visits between home and unit and {trips:,.0f} of trips" in travel(plan)


def test_a_plan_that_is_nearer_for_all_and_yet_behind_says_why() -> None:
    """Nobody farther, some nearer, more hours in all: the trips of the further unit to its ambulatory."""
    best, told = danish_plan(), []
    names = {j: j for j in best.problem.network.site_ids}
    for one in cap.alternatives(best.problem, 6).alternatives[1:]:
        before = dict(zip(best.assignment_table["point_id"], best.assignment_table["minutes"], strict=True))
        after = dict(zip(one.plan.assignment_table["point_id"], one.plan.assignment_table["minutes"], strict=True))
        farther = any(after[i] - before[i] > 0.5 for i in after)
        nearer = any(before[i] - after[i] > 0.5 for i in after)
        said = story(best, one.plan, phrases("en"), names)
        found = re.search(
            r"trips between unit and ambulatory take (\d+) hours a year more, the visits only (\d+) fewer", said
        )
        assert bool(found) == (nearer and not farther)
        if found:
            (v0, t0), (v1, t1) = worked_out(best), worked_out(one.plan)
            assert [int(x) for x in found.groups()] == [round(t1 - t0), round(v0 - v1)]
            told.append(one)
    assert told


def test_every_source_and_text_of_the_case_is_said_in_danish_without_names_of_columns() -> None:
    problem, t = cap.denmark(), phrases("da")
    assert [(key, source) for key, source in problem.sources.items() if t.said(source) is None] == []
    assert "2027_code" not in (t.said(problem.sources["network.regions"]) or "")


def test_the_middle_of_a_span_is_told_as_one() -> None:
    """35 and 12.5 stand in no document: 19 to 51, and 10 to 15, do."""
    for scenario in cap.denmark().named:
        if scenario.low is not None and scenario.women_per_year not in (6, 8, 75, 90):
            assert scenario.women_per_year == (scenario.low + scenario.high) / 2
            assert f"{scenario.low:g} to {scenario.high:g}" in scenario.what and "middle" in scenario.what


def test_the_probabilities_of_the_workbook_add_up_to_one() -> None:
    table = _scenarios(danish_plan(), studies_of(danish_plan(), work=False))
    given = [p for p in table["probability"] if p != ""]
    assert sum(given) == pytest.approx(1) and len(table["scenario"]) > 10


def test_a_site_is_called_by_a_place_only_where_no_other_may_be_meant() -> None:
    net = cap.denmark().network
    alone = {j: net.site_places([j])[j] for j in net.site_ids}
    assert alone["FA_AARHUS"] == "Aarhus" and alone["FA_AALBORG"] == "Aalborg"
    assert "Bethesda" in alone["R_BETHESDA"]
    assert len(set(alone.values())) == len(alone)


def test_where_women_wait_the_share_told_is_of_those_who_wait_too_long() -> None:
    """Not of those who wait at all: 6 % beside a promise of at most 5 % would be a contradiction."""
    plan = cap.solve(cap.denmark({"promise.kind": "wait"}))
    days, problem = plan.problem.care.mean_days, plan.problem
    for told, any_wait, beds, stays in zip(
        late_share(plan), *(plan.unit_table[name] for name in ("waiting", "beds", "stays")), strict=True
    ):
        load = stays * days / 365
        assert told == pytest.approx(any_wait * math.exp(-(beds - load) * problem.promise.wait_days / days))
        assert told <= problem.promise.wait_probability


def test_the_cost_at_the_top_is_what_is_to_be_paid() -> None:
    settings = {
        "aftercare.days": 90,
        "aftercare.bed_dkk_per_year": 200_000,
        "aftercare.building_dkk_per_bed": 1_000_000,
    }
    plan = cap.solve(cap.denmark(settings))
    told = {what.split(" (")[0]: value for value, what in key_figures(plan, phrases("en"))}
    assert told["M DKK a year to run"] == f"{cap.who_pays(plan, years=10).cost_dkk / 1e6:.1f}"
    assert plan.figures["aftercare_cost_dkk"] > 1e6
    built = sum(plan.unit_table["building_dkk"]) + plan.figures["aftercare_building_dkk"]
    assert told["M DKK to build, once"] == f"{built / 1e6:.0f}"


@pytest.mark.parametrize("units", [[], ["b"]])
def test_nobody_at_a_unit_is_said_without_numbers_that_are_none(units: list[str]) -> None:
    """No unit; or one that nobody has a way to and all are on a course."""
    ways = cap.TravelMatrix(origin_ids=("A", "B", "C"), destination_ids=("a", "b", "c"), values=np.full((3, 3), 90.0))
    problem = towns({"nearest": True}, travel=ways).replace(
        outpatient={"beyond_minutes": 60, "where": "home"}, aftercare={"days": 60}, uptake=[[30, 1.0]]
    )
    plan = cap.evaluate(problem, units)
    said = paragraph(plan)
    assert "nan" not in said and "-0.0" not in said and "Nobody travels to a unit." in said
    assert "Aftercare" not in said and not aftercare_said(plan, phrases("en"))
    assert said.startswith("Open no unit." if not units else "Open 1 unit")
    assert "Ingen rejser til en enhed." in spoken("da").text(said)


def test_families_by_car_are_told_of_where_there_are_any() -> None:
    problem = cap.denmark()
    plan = cap.solve(problem)
    figures = {"women_by_transit": 90.0, "mean_minutes_by_car": math.nan, "mean_minutes_by_transit": 47.0}
    assert "by public transport" not in travel(replace(plan, figures={**plan.figures, **figures}))
    assert "47 by public transport" in travel(
        replace(plan, figures={**plan.figures, **figures, "mean_minutes_by_car": 20.0})
    )


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (0.5, "50.0 %"),
        (0.03, "3.0 %"),
        (0.0312, "3.2 %"),
        (0.0005, "0.1 %"),
        (0.000499, "0.05 %"),
        (7.76e-5, "0.008 %"),
        (3e-8, "0.000003 %"),
    ],
)
def test_how_much_better_another_may_be_is_never_told_as_less(gap: float, told: str) -> None:
    assert percent(*rounded_up(gap)) == told
