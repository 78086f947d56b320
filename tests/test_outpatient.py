"""The outpatient course: who stays, who takes a course, what it costs, by every engine against brute force."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest

import capacity as cap
from capacity.rules import rules_on
from capacity.rules.objectives import OBJECTIVES
from capacity.studies.explain.conflicts import only
from tests.oracle import best_plan
from tests.random_problems import random_problem
from tests.test_engines import assert_same, plan_or_none
from tests.varied import as_before, question

GOALS = [name for name, goal in OBJECTIVES.items() if goal.has_rows]
COURSES = (
    {"dkk_per_course": 1e5},
    {"dkk_per_course": 4e5, "beyond_minutes": 35.0},
    {"dkk_per_course": 0.0, "beyond_minutes": 25.0, "declines": False, "effect": 0.3},
    {"effect": 0.8, "where": "home", "weeks": 10.0},
    {"beyond_minutes": 0.0, "visits_per_week": 0.5},
)


def with_course(seed: int, counts: Literal["all", "drawn"] = "drawn") -> cap.Problem:
    """A random problem under `nearest` with an outpatient course; rules that the course leaves no room for are off."""
    off = {"region_access": None} if seed % 3 else {}
    problem = random_problem(seed, counts=counts, nearest=True, prices={}, points=4, sites=4, **off)
    return problem.replace(outpatient=COURSES[seed % len(COURSES)])


def as_brute_force(seed: int, engines: tuple[str, ...]) -> bool:
    # What admitted stays cost is no row.
    problem = with_course(seed, "all" if "mip" in engines else "drawn")
    goal = GOALS[seed // 5 % len(GOALS)]
    answer = best_plan(problem, goal)
    for engine in engines:
        if engine == "mip" and not OBJECTIVES[goal].outside:
            with pytest.raises(cap.DataError, match="who stays"):
                cap.solve(problem, goal, engine="mip")
            continue
        assert_same(plan_or_none(problem, goal, engine), answer)
    return answer is not None


def test_200_random_problems_have_the_plan_that_brute_force_finds() -> None:
    assert sum(as_brute_force(seed, ("enumerate",)) for seed in range(200)) > 60


def test_the_model_finds_the_same_plans() -> None:
    assert sum(as_brute_force(seed, ("enumerate", "mip")) for seed in range(300, 330)) > 8


def test_a_run_budget_holds_courses_in_the_model_too() -> None:
    """What runs costs is beds, stays and courses; the model once left the courses out, and broke its own plan's check."""
    kept = 0
    for seed in range(12):
        off = dict.fromkeys(("region_access", "run_budget"))
        free = random_problem(seed, counts="all", nearest=True, prices={}, points=4, sites=4, **off)
        free = free.replace(outpatient={"dkk_per_course": 4e5, "beyond_minutes": 25.0})
        plan = plan_or_none(free, "cost", "enumerate")
        if plan is None:
            continue
        spent = sum(plan.unit_table["cost_dkk"]) + plan.figures["courses_dkk"]
        kept += plan.figures["courses_dkk"] > 0
        just, short = (free.replace(policy={"run_budget": float(spent + more)}) for more in (1.0, -1e3))
        for problem in (just, short):
            assert_same(plan_or_none(problem, "cost", "mip"), best_plan(problem, "cost"))
    assert kept > 3


def danish(**course: object) -> cap.Problem:
    """The Danish case with assumptions of a course, and of what pathways cost."""
    said = {"dkk_per_course": 250_000, "beyond_minutes": 90} | course
    return cap.denmark().replace(
        outpatient=said,
        uptake=[[30, 1.0], [120, 0.6]],
        pathways={"residential": 2.0e6, "outpatient": 2.4e6, "none": 3.0e6},
    )


@pytest.mark.parametrize("counts", ["all", "admitted"])
@pytest.mark.parametrize("days", [False, 60.0])
def test_women_sum_to_the_need_in_every_region(counts: str, days: Any) -> None:
    """Whoever money counts, and wherever women go after the unit."""
    problem = danish().replace(finance={"counts": counts}, aftercare={"days": days, "bed_dkk_per_year": 1e5})
    plan = cap.solve(problem, "public_cost")
    assert plan.check() == ()
    table = plan.regions
    each = table[["residential_women", "outpatient_women", "unreached_women"]].sum(axis=1)
    assert np.abs(each - table["women"]).max() < 1e-9
    assert plan.outpatient_women > 5 and plan.unreached_women == 0
    assert plan.residential_women == pytest.approx(plan.units["stays"].sum(), abs=1e-9)
    assert plan.courses["women"].sum() == pytest.approx(plan.outpatient_women, abs=1e-9)
    assert set(plan.courses["place"]) <= set(plan.problem.network.ambulatories)


def test_money_and_travel_include_courses() -> None:
    plan = cap.solve(danish())
    free = cap.evaluate(danish(dkk_per_course=0), dict(zip(plan.site_ids, plan.units["beds"], strict=True)))
    courses = 250_000 * plan.outpatient_women
    assert plan.figures["courses_dkk"] == pytest.approx(courses)
    assert plan.objectives["cost"] - free.objectives["cost"] == pytest.approx(courses)
    by_course = 2 * 2 * 26 / 60
    hours = sum(plan.courses["women"] * plan.courses["minutes"]) * by_course
    nothing = danish(visits_per_week=0)
    still = cap.evaluate(nothing, dict(zip(plan.site_ids, plan.units["beds"], strict=True)))
    assert plan.objectives["travel"] - still.objectives["travel"] == pytest.approx(hours)


def test_the_public_cost_by_hand() -> None:
    plan = cap.solve(danish(), "public_cost")
    pathways = 2.0e6 * plan.residential_women + 2.4e6 * plan.outpatient_women + 3.0e6 * plan.unreached_women
    assert plan.objective == pytest.approx(plan.objectives["cost"] + pathways)
    good = cap.evaluate(danish(effect=1.0), dict(zip(plan.site_ids, plan.units["beds"], strict=True)), "public_cost")
    assert good.objective == pytest.approx(good.objectives["cost"] + 2.0e6 * 90)


def test_without_a_course_everything_is_as_it_was() -> None:
    problem = cap.denmark()
    assert problem.set("outpatient.weeks", 10).fingerprint == problem.fingerprint
    assert problem.set("outpatient.dkk_per_course", 1.0).fingerprint != problem.fingerprint
    plan = cap.solve(problem)
    assert "public_cost" not in plan.objectives and "outpatient_women" not in plan.regions
    said = plan.to_json()
    assert (said["residential_women"], said["outpatient_women"], said["unreached_women"]) == pytest.approx((90, 0, 0))


def test_who_declines_without_a_course_is_reached_by_nobody() -> None:
    plan = cap.solve(cap.denmark({"travel.uptake": [[30, 1.0], [120, 0.6]]}))
    assert plan.residential_women == pytest.approx(plan.objectives["reached"])
    assert plan.unreached_women == pytest.approx(90 - plan.objectives["reached"])


def test_a_plan_is_checked_from_its_tables_alone() -> None:
    plan = cap.solve(danish())
    assert plan.check() == ()
    table = dict(plan.assignment_table)
    women = list(table["women"])
    women[0] *= 0.9
    said = {f.column for f in replace(plan, assignment_table=table | {"women": tuple(women)}).check()}
    assert {"women", "residential_women"} <= said


def test_a_plan_with_a_course_is_saved_and_read_again(tmp_path) -> None:  # type: ignore[no-untyped-def]
    plan = cap.solve(danish(effect=0.5), "public_cost")
    plan.save(tmp_path / "out")
    again = cap.read_plan(tmp_path / "out")
    assert again.problem.fingerprint == plan.problem.fingerprint and again.objective == plan.objective
    said = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert said["outpatient_women"] == plan.outpatient_women and said["courses"][0]["place"]


def test_settings_of_what_is_off_are_saved_too(tmp_path) -> None:  # type: ignore[no-untyped-def]
    problem = cap.denmark({"outpatient.weeks": 20, "aftercare.bed_dkk_per_year": 150_000})
    plan = cap.solve(problem)
    plan.save(tmp_path / "plan")
    again = cap.read_plan(tmp_path / "plan")
    assert again.problem.outpatient.weeks == 20 and again.problem.aftercare.bed_dkk_per_year == 150_000
    assert again.to_json() == plan.to_json() and again.problem.fingerprint == cap.denmark().fingerprint


@pytest.mark.parametrize("engine", ["rank", "tree", "exact", "decompose"])
def test_engines_that_cannot_say_so(engine: str) -> None:
    with pytest.raises(cap.DataError, match="it is the way to the nearest unit that says who stays"):
        cap.solve(danish(), engine=engine)


def test_what_a_course_cannot_be() -> None:
    with pytest.raises(cap.DataError, match="a share between 0 and 1"):
        cap.denmark({"outpatient.effect": 1.2})
    with pytest.raises(cap.DataError, match="one of nearest_ambulatory, home"):
        cap.denmark({"outpatient.where": "abroad"})
    with pytest.raises(cap.DataError, match="true or false"):
        cap.denmark({"outpatient.declines": 1})
    with pytest.raises(cap.DataError, match="not negative, or false"):
        cap.denmark({"pathways.none": -1})
    with pytest.raises(cap.DataError, match="needs the cost of every pathway"):
        cap.solve(cap.denmark({"outpatient.dkk_per_course": 1}), "public_cost")


def test_the_share_within_is_what_the_rule_counts() -> None:
    """Whoever declines a place near her home has one; whoever is beyond the limit has none."""
    problem = danish(beyond_minutes=80).replace(policy={"region_access": {"share": 0.1, "minutes": 90}})
    plan = cap.solve(problem)
    net, offered = problem.network, {}
    for i, region, women in zip(net.point_ids, net.point_regions, problem.expected_women, strict=True):
        way = min(float(problem.minutes[net.point_ids.index(i), net.site_ids.index(j)]) for j in plan.site_ids)
        offered[region] = offered.get(region, 0.0) + women * (way <= 80)
    for _, row in plan.regions.iterrows():
        assert row["share_within"] == pytest.approx(offered[row["region"]] / row["women"])


@pytest.mark.parametrize(("language", "said"), [("en", "76.6 women a year are at a unit"), ("da", "I ambulant forløb")])
def test_the_report_says_where_the_women_are(tmp_path, language: str, said: str) -> None:  # type: ignore[no-untyped-def]
    page = cap.solve(danish()).report(tmp_path / "page.html", studies=False, language=language)
    assert said in page.read_text(encoding="utf-8")


def test_the_map_and_the_simulated_years_know_who_is_on_a_course() -> None:
    plan = cap.solve(danish())
    drawn = plan.map(language="da").svg
    away = {*plan.courses["point_id"]} - {*plan.assignment["point_id"]}
    assert len(away) > 5 and drawn.count("ingen på en enhed, i ambulant forløb") == len(away)
    assert "Kun ambulant forløb" in drawn and "nås af ingen" not in drawn
    assert "ambulant forløb" not in cap.solve(cap.denmark()).map(language="da").svg
    said = cap.stress(plan, years=20).verdict
    women = f"Only the {plan.residential_women:,.1f} women a year who are at a unit are simulated"
    assert any(line.startswith(women) for line in said)


def without_ambulatories(problem: cap.Problem) -> cap.Problem:
    return problem.replace(network=replace(problem.network, ambulatories=()))


def clash_of(problem: cap.Problem, names: frozenset[str]) -> bool:
    """Whether no plan keeps these rules, beside those that are on in any case."""
    part = only(problem, names | {rule.name for rule in rules_on(problem) if rule.always})
    return plan_or_none(part, "travel", engine="enumerate") is None


COURSE = {"outpatient.dkk_per_course": "on", "outpatient.beyond_minutes": "on", "travel.uptake": "none"}


@pytest.mark.parametrize(
    "problem",
    [
        *(
            question(seed, as_before(seed) | COURSE | {"rules.nearest": "on", "rules.served": "on"}).problem
            for seed in (9001, 9005, 9017)
        ),
        # No ambulatory is a site, where a course could be held: plans were asked for that no engine has.
        without_ambulatories(question(2000061, as_before(2000061)).problem),
    ],
)
def test_why_there_is_no_plan_is_told_with_a_course_too(problem: cap.Problem) -> None:
    """Without `nearest` nobody knows who stays: it is not asked, and what was not asked is not called settled."""
    found = cap.explain(problem)
    assert found.conflicts
    for conflict in found.conflicts:
        names = frozenset(conflict.rules)
        assert clash_of(problem, names)
        assert not any(clash_of(problem, names - {name}) for name in names - {"nearest"})
    for way in found.ways_out:
        changed = problem.set(way.key, way.value)
        for key, value, _ in way.also:
            changed = changed.set(key, value)
        assert plan_or_none(changed, "travel", engine="enumerate") is not None
