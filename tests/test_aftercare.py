"""Aftercare: a second stage of the stay, sized and simulated; where it is; who lives there; what it costs."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import openpyxl
import pytest

import capacity as cap
from capacity.beds import Promise, smallest_beds
from capacity.finance import Finance
from capacity.problem.promise import erlang_b
from capacity.reading.case import check_case
from capacity.report.words import paragraph
from capacity.studies.assumptions import assumptions
from tests.cases import small_case
from tests.oracle import best_plan
from tests.random_problems import random_problem
from tests.small import towns
from tests.test_engines import GOALS, assert_same, plan_or_none

TWO_STAGES = {"stay.mean_days": 120, "aftercare.days": 60}
ODENSE = {"FA_ODENSE"}


def danish(wards: set[str] = ODENSE, **settings: Any) -> cap.Problem:
    """The Danish case with 120 days at the unit and 60 of aftercare; wards are an assumption."""
    problem = cap.denmark(TWO_STAGES)
    problem = problem.replace(
        network=problem.network.replace(neonatal=tuple(j in wards for j in problem.network.site_ids))
    )
    return problem.replace(aftercare=settings)


# --- off is as it was ------------------------------------------------------------------------------------------


def test_off_nothing_is_said_and_nothing_counts() -> None:
    problem = cap.denmark()
    assert problem.fingerprint == "4268c9ed45db028aebac9bf4242069773aea6a6e2986e7a0480780c57ecf1065"
    # Its other settings, and wards that nobody asks for, decide nothing.
    assert problem.set("aftercare.held_up", 0.2).fingerprint == problem.fingerprint
    wards = problem.replace(network=problem.network.replace(neonatal=("yes",) * len(problem.network.site_ids)))
    assert wards.fingerprint == problem.fingerprint
    assert wards.set("rules.neonatal", 30).fingerprint != problem.fingerprint
    assert problem.set("aftercare.days", 60).fingerprint != problem.fingerprint
    plan = cap.solve(problem)
    assert plan.aftercare.empty and plan.families.empty
    assert not any("aftercare" in name for name in plan.figures) and "aftercare" not in plan.to_json()


def test_its_settings_are_no_assumptions_where_there_is_none() -> None:
    def of_aftercare(problem: cap.Problem) -> list[str]:
        return [key for key in assumptions(problem) if key.startswith("aftercare.")]

    assert of_aftercare(cap.denmark()) == [] and "aftercare.held_up" in of_aftercare(danish())


PAID = ("cost", "public_cost")


@pytest.mark.parametrize("goal", [goal for goal in GOALS if goal not in PAID])
def test_no_plan_that_is_not_the_cheapest_depends_on_it(goal: str) -> None:
    off = towns({"units": [1, 2], "nearest": True}).replace(
        uptake=[[15, 1.0], [60, 0.4]], pathways={"residential": 2e6, "none": 3e6}
    )
    one, other = (cap.solve(p, goal) for p in (off, off.replace(aftercare={"days": 60, "bed_dkk_per_year": 1e6})))
    assert dict(one.unit_table) == dict(other.unit_table) and one.objective == other.objective


# --- sizes -----------------------------------------------------------------------------------------------------


def test_44_beds_of_the_unit_and_27_of_aftercare_20_in_one_house() -> None:
    plan = cap.solve(danish())
    assert plan.units["beds"].tolist() == [12, 19, 13] and plan.aftercare["beds"].tolist() == [8, 11, 8]
    # Each is what the formula says of all women sent there.
    each = [smallest_beds(Promise(), stays, 60, 60) for stays in plan.units["stays"]]
    assert plan.aftercare["beds"].tolist() == each
    shared = cap.solve(danish(where="shared_house"))
    assert shared.aftercare["beds"].tolist() == [20] == [smallest_beds(Promise(), 90, 60, 60)]
    assert shared.aftercare["units"].tolist() == ["FA_AALBORG, FA_HVIDOVRE, FA_ODENSE"]
    one_kind = cap.solve(cap.denmark({"stay.mean_days": 180}))
    assert one_kind.beds == 60


def test_by_hand_one_unit_its_money_and_its_families() -> None:
    """18 stays a year of 180 days; 10 of 73 days after, of whom two in five bring a partner: loads of a bed by hand."""
    problem = towns({"units": 1, "nearest": True}).replace(
        aftercare={
            "days": 73.0,
            "with_partner": 0.4,
            "house_dkk_per_year": 1e6,
            "bed_dkk_per_year": 1e5,
            "occupied_day_dkk": 200.0,
            "person_day_dkk": 50.0,
            "day_rate_dkk": 1_000.0,
            "building_dkk_per_bed": 5e5,
        },
        finance=Finance(unit_dkk_per_year=1e6, years=10),
    )
    plan = cap.solve(problem)
    women = sum(problem.expected_women)
    load = women * 73 / 365
    beds = next(k for k in itertools.count(1) if erlang_b(k, load) <= 0.05)
    comes = women * (1 - plan.units["turned_away"][0]) if problem.promise.kind == "loss" else women
    (row,) = plan.aftercare.to_dict("records")
    assert (row["beds"], row["holds"]) == (beds, 3)
    assert row["stays"] == pytest.approx(comes)
    assert row["held_up"] == pytest.approx(float(erlang_b(beds, comes * 73 / 365)))
    # Whoever finds no bed at the unit is in none of aftercare either.
    days = comes * 73
    assert row["cost_dkk"] == pytest.approx(1e6 + 1e5 * beds + days * (200 + 2.4 * 50))
    assert row["income_dkk"] == pytest.approx(1_000 * days) and row["building_dkk"] == 5e5 * beds
    without = cap.solve(problem.replace(aftercare={"days": False}))
    said = plan.objectives["cost"] - without.objectives["cost"]
    assert said == pytest.approx(row["cost_dkk"] + 5e5 * beds / 10)
    # A budget pays for both: a krone less than they cost is too little.
    running = plan.units["cost_dkk"].sum() + row["cost_dkk"]
    for rule, dkk in (("run_budget", running), ("build_budget", 5e5 * beds)):
        assert cap.solve(problem.set(f"rules.{rule}", dkk)).beds == plan.beds
        with pytest.raises(cap.InfeasibleError, match=rule):
            cap.solve(problem.set(f"rules.{rule}", dkk - 1))
    alone, pair = plan.families.to_dict("records")
    assert (alone["persons"], pair["persons"], pair["partner"]) == (2, 3, True)
    assert (alone["share"], pair["share"]) == (0.6, 0.4)
    assert alone["beds_in_use"] + pair["beds_in_use"] == pytest.approx(comes * 73 / 365)
    assert pair["persons_there"] == pytest.approx(3 * 0.4 * comes * 73 / 365)
    assert alone["dkk_per_year"] + pair["dkk_per_year"] == pytest.approx(days * 320)


@pytest.mark.parametrize(("rate", "carries"), [(0.0, False), (700.0, False), (40_000.0, True)])
def test_filling_years_know_aftercare_by_hand(rate: float, carries: bool) -> None:
    """In a thousand moments of two years days grow evenly to those of the stays paid for; what is lacking is lost."""
    problem = towns({"units": 1, "nearest": True}).replace(
        aftercare={
            "days": 73.0,
            "with_partner": 0.5,
            "bed_sizes": [2, 3],
            "house_dkk_per_year": 1e6,
            "bed_dkk_per_year": 1e5,
            "person_day_dkk": 50.0,
            "day_rate_dkk": rate,
        }
    )
    assert sum(cap.solve(problem).aftercare["startup_loss_dkk"]) == 0
    plan = cap.solve(problem.set("finance.filling_years", 2))
    beds, stays = sum(plan.aftercare["beds"]), 18.0
    filled = (np.arange(100_000) + 0.5) / 100_000
    lacking = 1e6 + 1e5 * beds - filled * stays * 73 * (rate - 2.5 * 50)
    assert bool((lacking < 0).any()) == carries
    lost = 2 * float(np.maximum(lacking, 0).mean())
    assert plan.figures["aftercare_startup_dkk"] == pytest.approx(lost)
    assert sum(plan.aftercare["startup_loss_dkk"]) == pytest.approx(lost)
    assert cap.who_pays(plan, years=5).startup_dkk == pytest.approx(sum(plan.units["startup_loss_dkk"]) + lost)
    assert f"Until its beds are filled it loses {lost / 1e6:,.1f} M DKK." in paragraph(plan)
    assert plan.check() == ()
    wrong = replace(plan, figures={**plan.figures, "aftercare_startup_dkk": lost + 1e3})
    assert [finding.column for finding in wrong.check()] == ["figures.aftercare_startup_dkk"]


def test_kinds_of_bed_are_sized_each_for_those_who_take_it() -> None:
    families = {"with_partner": 0.4, "with_children": 0.25, "children": 2}
    problem = danish(**families, bed_sizes=[2, 3, 5], where="shared_house")
    assert [(k.holds, round(k.share, 9), round(k.persons, 9)) for k in problem.aftercare.kinds] == [
        (2, 0.45, 2.0),
        (3, 0.30, 3.0),
        (5, 0.25, 4.4),
    ]
    plan = cap.solve(problem)
    sizes = [smallest_beds(Promise(), 90 * share, 60, 60) for share in (0.45, 0.3, 0.25)]
    assert plan.aftercare["beds"].tolist() == sizes and sum(sizes) > 20
    assert plan.families["share"].sum() == pytest.approx(1)
    assert plan.families["women"].sum() == pytest.approx(plan.figures["aftercare_women"])
    assert plan.check() == ()


@pytest.mark.parametrize("kind", ["loss", "wait", "occupancy"])
@pytest.mark.parametrize("doubt", [0.0, 0.25])
def test_a_plan_is_checked_from_its_tables_alone(kind: str, doubt: float) -> None:
    problem = danish(kind=kind, with_children=0.2, bed_sizes=[2, 4], bed_dkk_per_year=1e5).set("rules.income", False)
    plan = cap.solve(problem.set("promise.demand_cv", doubt))
    assert plan.check() == ()
    for name, wrong in (("aftercare_beds", 1.0), ("aftercare_cost_dkk", 1e3), ("aftercare_held_up", 1e-3)):
        figures = {**plan.figures, name: plan.figures[name] + wrong}
        assert {f.column for f in replace(plan, figures=figures).check()} == {f"figures.{name}"}


# --- who decides by it -----------------------------------------------------------------------------------------

KINDS = (
    {"days": 60, "bed_dkk_per_year": 5e5},
    {"days": 90, "where": "shared_house", "house_dkk_per_year": 2e6, "building_dkk_per_bed": 1e6},
    {"days": 30, "kind": "wait", "wait_days": 14.0, "with_partner": 0.5, "bed_sizes": (2, 3), "bed_dkk_per_year": 4e5},
    {"days": 45, "kind": "occupancy", "where": "shared_house", "with_children": 1.0, "person_day_dkk": 300.0},
)


def two_stages(seed: int) -> cap.Problem:
    """A random problem under `nearest` with aftercare; a ward at one or two sites."""
    problem = random_problem(seed, nearest=True, prices={}, points=4, sites=4)
    net = problem.network
    wards = {net.ambulatories[0], *net.ambulatories[: 1 + seed % 2]}
    network = net.replace(neonatal=tuple(j in wards for j in net.site_ids))
    rule = {"neonatal": (None, 5.0, 10.0, {"minutes": 0, "exceptions": [net.site_ids[1]]})[seed // 4 % 4]}
    return problem.replace(network=network, aftercare=KINDS[seed % len(KINDS)], policy=rule)


def as_brute_force(seed: int, goal: str, engines: tuple[str, ...], **policy: Any) -> bool:
    problem = two_stages(seed).replace(policy=policy)
    answer = best_plan(problem, goal)
    for engine in engines:
        assert_same(plan_or_none(problem, goal, engine), answer)
    return answer is not None


def test_200_random_problems_have_the_plan_that_brute_force_finds() -> None:
    assert sum(as_brute_force(seed, PAID[seed % 2], ("enumerate",)) for seed in range(200)) > 40


def test_200_random_budgets_pay_for_aftercare_as_brute_force_does() -> None:
    """Budgets a little above and below what the freest plan takes, so that each decides in some problems."""
    found = lost = 0
    for seed in range(200):
        problem = two_stages(seed).replace(policy={"run_budget": False, "build_budget": False})
        if (plan := plan_or_none(problem, "travel", "enumerate")) is None:
            continue
        after = plan.figures
        built = plan.units["building_dkk"].sum() + after["aftercare_building_dkk"]
        run = plan.units["cost_dkk"].sum() + after["aftercare_cost_dkk"] + after.get("courses_dkk", 0.0)
        rule = {"run_budget": run * (0.98, 1.0001)[seed // 2 % 2]} if seed % 2 else {"build_budget": built * 0.99}
        asked = problem.replace(policy=rule)
        answer = best_plan(asked, "travel")
        assert_same(plan_or_none(asked, "travel", "enumerate"), answer)
        found, lost = found + (answer is not None), lost + (answer is None or answer.sites != plan.site_ids)
    assert found > 20 and lost > 10


def test_the_distance_to_the_ward_is_kept_by_arrays_and_by_rows() -> None:
    # Beds of aftercare that are paid for are no rows: there is another test of these.
    goals = [goal for goal in GOALS if goal not in PAID] * 4
    unpaid = {"run_budget": False, "build_budget": False}
    found = [as_brute_force(1000 + k, goal, ("enumerate", "mip"), **unpaid) for k, goal in enumerate(goals)]
    assert sum(found) > 3


@pytest.mark.parametrize("engine", ["mip", "rank", "tree", "exact", "decompose", "cover"])
def test_engines_that_cannot_say_so(engine: str) -> None:
    with pytest.raises(cap.DataError):
        cap.solve(danish(bed_dkk_per_year=1e5), "cost", engine=engine)  # type: ignore[arg-type]


def test_without_the_nearest_unit_nobody_answers_and_it_is_said() -> None:
    dear = danish(bed_dkk_per_year=1e5).set("rules.nearest", False)
    with pytest.raises(cap.DataError, match="beds of aftercare"):
        cap.solve(dear, "cost")
    with pytest.raises(cap.DataError, match="run_budget"):
        cap.solve(dear.set("rules.run_budget", 1e9))


def test_days_alone_are_no_steps_and_every_engine_counts_them() -> None:
    """Without a price of the beds what aftercare costs is a sum over women, which a linear model says."""
    answers = [as_brute_force_by_days(seed, goal, ("enumerate", "mip")) for seed in range(0, 40, 2) for goal in PAID]
    assert sum(answers) > 8


def as_brute_force_by_days(seed: int, goal: str, engines: tuple[str, ...]) -> bool:
    free = {"house_dkk_per_year": 0.0, "bed_dkk_per_year": 0.0, "building_dkk_per_bed": 0.0}
    problem = two_stages(seed).replace(
        aftercare=free | {"occupied_day_dkk": 700.0, "person_day_dkk": 50.0},
        policy={"run_budget": False},
        finance={"counts": "all"},
    )
    answer = best_plan(problem, goal)
    for engine in engines:
        assert_same(plan_or_none(problem, goal, engine), answer)
    return answer is not None


def test_far_from_a_ward_is_no_unit() -> None:
    problem = danish({"FA_ODENSE", "FA_AARHUS"})
    free, near = cap.solve(problem), cap.solve(problem.set("rules.region_access", False).set("rules.neonatal", 40))
    assert "FA_AALBORG" in free.site_ids and set(near.site_ids) <= {"FA_ODENSE", "FA_AARHUS", "FA_KOLDING"}
    spared = problem.set("rules.neonatal", {"minutes": 40, "exceptions": ["FA_AALBORG"]})
    assert cap.evaluate(spared, ["FA_AALBORG", "FA_ODENSE"]).site_ids == ("FA_AALBORG", "FA_ODENSE")
    with pytest.raises(cap.InfeasibleError, match="neonatal"):
        cap.solve(problem.set("rules.neonatal", 0))
    given = cap.evaluate(problem.set("rules.neonatal", 40), free.site_ids)
    (one,) = [b for b in given.broken if b.key == ("FA_AALBORG",) and b.rule == "neonatal"]
    assert "minutes from a neonatal ward" in one.sentence


def test_a_site_without_a_way_to_a_ward_has_its_own_beds() -> None:
    problem = danish(where="shared_house")
    near = problem.to_ambulatory
    assert near is not None
    values = near.values.copy()
    values[near.origin_ids.index("FA_AALBORG")] = np.inf
    # Ambulatories are asked for as well: they keep their ways.
    values[near.origin_ids.index("FA_AALBORG"), near.destination_ids.index("FA_AALBORG")] = 0.0
    plan = cap.solve(problem.replace(to_ambulatory=near.replace(values=values)))
    assert plan.aftercare["site_id"].tolist() == ["FA_AALBORG", "FA_ODENSE"] and plan.check() == ()
    assert plan.aftercare["ward"].tolist() == ["", "FA_ODENSE"]


def test_a_problem_of_some_regions_keeps_the_ward_of_another() -> None:
    problem = danish(where="shared_house").set("rules.neonatal", 150)
    north = problem.only(["1081"])
    assert north.network.wards == ("FA_ODENSE",) and not any(north.network.neonatal)
    at = {j: k for k, j in enumerate(problem.network.site_ids)}
    assert north.ward_minutes.tolist() == [problem.ward_minutes[at[j]] for j in north.network.site_ids]
    plan = cap.solve(north.replace(policy={"volume": None, "income": None}))
    assert plan.aftercare["site_id"].tolist() == list(plan.site_ids) and plan.check() == ()
    assert plan.aftercare["ward"].tolist() == ["FA_ODENSE"]


# --- simulated as a tandem -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "care",
    [
        {},
        {"where": "shared_house"},
        {"where": "shared_house", "with_partner": 0.4, "with_children": 0.2, "bed_sizes": (2, 3, 4)},
    ],
)
def test_the_formula_of_each_stage_holds_within_a_point(care: dict[str, Any]) -> None:
    study = cap.stress(cap.solve(danish(**care)), years=2_000, seed=3, overflow=False)
    table = study.table
    asked = table[table["measure"].isin(["turned_away", "held_up"]) & table["level"].isin(["unit", "aftercare"])]
    assert len(asked) >= 5
    assert (asked["value"] - asked["formula"]).abs().max() < 0.01
    promised = study.plan.problem.aftercare.held_up
    assert (asked["value"] < promised + 0.01).all()
    taken = table[table["measure"] == "aftercare_occupancy"]
    assert (taken["value"] - taken["formula"]).abs().max() < 0.02


def test_a_promise_of_waiting_is_kept_in_the_simulated_years() -> None:
    problem = danish(kind="wait", wait_days=14.0)
    study = cap.stress(cap.solve(problem), years=2_000, seed=4, overflow=False)
    held = study.table.set_index(["level", "measure"]).loc[("aftercare", "held_up")]
    # Who leaves a unit comes more evenly than by chance: the formula is on the safe side.
    assert (held["value"] < held["formula"] + 0.005).all()


def test_days_are_the_same_in_all_wherever_they_are_spent() -> None:
    """Without aftercare of its own beds (all held up) the unit has both stages; with many beds it has the first alone."""
    plan = cap.solve(danish())
    few = cap.stress(plan, years=1_000, seed=5, overflow=False)
    admitted = few.value("stays")[0]
    unit_days = few.value("occupancy")[0] * plan.beds * 365
    after = few.table.set_index(["level", "id", "measure"])["value"]
    after_days = after["aftercare", "", "aftercare_occupancy"] * plan.aftercare["beds"].sum() * 365
    assert unit_days + after_days == pytest.approx(admitted * 180, rel=0.01)


def test_without_aftercare_the_simulated_years_are_as_they_were() -> None:
    study = cap.stress(cap.solve(cap.denmark()), years=200, seed=1)
    assert set(study.table["level"]) == {"unit", "region", "country"} and "aftercare_days" not in study.record
    assert study.value("turned_away")[0] == 0.0025922453256852903


# --- reading, writing, faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("days", -1, "a number of days above zero, or false"),
        ("days", True, "a number of days above zero, or false"),
        ("where", "abroad", "one of unit, shared_house"),
        ("kind", "never", "one of loss, wait, occupancy"),
        ("held_up", 1, "a share above 0 and below 1"),
        ("with_partner", 1.5, "a share between 0 and 1"),
        ("bed_dkk_per_year", -1, "a finite number, not negative"),
        ("children", 1.5, "a whole number from 1 to 20"),
        ("bed_sizes", [1], "whole numbers of persons, at least 2"),
        ("bed_sizes", "2", "whole numbers of persons, at least 2"),
        ("bed_sizes", [3, 2], "each size once, the smallest first"),
    ],
)
def test_what_a_setting_cannot_be(setting: str, value: object, said: str) -> None:
    with pytest.raises(cap.DataError, match=said.replace("[", r"\[")) as raised:
        cap.denmark({f"aftercare.{setting}": value})
    assert raised.value.findings[0].column == f"aftercare.{setting}"


def test_the_largest_bed_holds_the_largest_family_and_a_house_needs_a_ward() -> None:
    with pytest.raises(cap.DataError, match=r"the largest bed holds the largest family \(4 persons\)"):
        cap.denmark({"aftercare.with_partner": 0.1, "aftercare.with_children": 0.1, "aftercare.bed_sizes": [2, 3]})
    for settings in ({"aftercare.days": 60, "aftercare.where": "shared_house"}, {"rules.neonatal": 30}):
        with pytest.raises(cap.DataError, match="some site has a neonatal ward"):
            cap.denmark(settings)
    problem = danish()
    near = problem.to_ambulatory
    assert near is not None
    less = near.replace(destination_ids=near.destination_ids[:1], values=near.values[:, :1])
    with pytest.raises(cap.DataError, match="each neonatal ward has minutes from the sites"):
        problem.replace(policy={"neonatal": 30}, to_ambulatory=less, network=replace(problem.network, ambulatories=()))
    with pytest.raises(cap.DataError, match="the minutes from the sites to the neonatal wards are known"):
        problem.replace(policy={"neonatal": 30}, to_ambulatory=None, network=replace(problem.network, ambulatories=()))


def test_a_case_says_where_the_wards_are(tmp_path: Path) -> None:
    folder = small_case(tmp_path)
    sites = folder / "sites.csv"
    lines = sites.read_text(encoding="utf-8").splitlines()
    said = ["neonatal", "yes", *["nej"] * (len(lines) - 2)]
    sites.write_text("\n".join(f"{a},{b}" for a, b in zip(lines, said, strict=True)) + "\n", encoding="utf-8")
    problem = cap.read_case(folder)
    assert problem.network.wards == (lines[1].split(",")[0],) and bool(problem.network.sites["neonatal"].any())
    wrong = sites.read_text(encoding="utf-8").replace(",yes\n", ",perhaps\n")
    sites.write_text(wrong, encoding="utf-8")
    (fault,) = check_case(folder)
    assert (fault.table, fault.row) == ("sites.csv", 2) and "neonatal" in str(fault) and "yes or no" in fault.rule
    sites.write_text(wrong.replace("neonatal", "Neonatal").replace("perhaps", "yes"), encoding="utf-8")
    assert any("neonatal" in str(fault) for fault in check_case(folder))


def test_a_plan_is_saved_and_read_again_and_its_tables_stand_beside_it(tmp_path: Path) -> None:
    plan = cap.solve(danish(where="shared_house", with_partner=0.4, bed_sizes=[2, 3], bed_dkk_per_year=1e5))
    written = {path.name for path in plan.save(tmp_path / "out")}
    assert {"aftercare.csv", "families.csv"} <= written
    again = cap.read_plan(tmp_path / "out")
    assert again.problem.fingerprint == plan.problem.fingerprint and dict(again.figures) == dict(plan.figures)
    said = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    schema = json.loads((Path(cap.__file__).parent / "report" / "plan.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(said, schema)
    assert [row["beds"] for row in said["aftercare"]] == plan.aftercare["beds"].tolist()
    assert [row["share"] for row in said["families"]] == [0.6, 0.4]
    assert said["problem"]["aftercare"]["bed_sizes"] == [2, 3]


def test_a_workbook_has_its_sheets(tmp_path: Path) -> None:
    problem = towns({"units": 1, "nearest": True}).replace(aftercare={"days": 60, "with_partner": 0.4})
    book = cap.solve(problem).workbook(tmp_path / "plan.xlsx", language="da")
    sheets = openpyxl.load_workbook(book)
    assert [row[0].value for row in sheets["Familier"].rows][1:] == ["nej", "ja"]
    assert sheets["Efterforløb"].max_row == 2


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "a second stage of 60 days has beds of its own: 20 in all"), ("da", "følger et efterforløb på 60 døgn")],
)
def test_the_report_shows_it(tmp_path: Path, language: str, said: str) -> None:
    plan = cap.solve(danish(where="shared_house", with_partner=0.4))
    study = cap.stress(plan, years=50, seed=1)
    page = plan.report(tmp_path / "page.html", studies=False, language=language, stress=study)
    assert said in (text := page.read_text(encoding="utf-8"))
    assert ("Days kept at the unit" if language == "en" else "Døgn beholdt på enheden") in text


def test_a_place_without_a_bed_of_aftercare_holds_everybody_up_in_the_check_too() -> None:
    """Where a scenario need not hold, a place may have no bed and still have women: it was refused by the plan's own check."""
    from tests.in_other_words import given_set
    from tests.varied import as_before, question

    told = given_set(question(930116, as_before(930116)), 930116)
    assert told is not None
    plans = [cap.solve(other.problem, other.objective, risk=other.risk, level=other.level) for other in told.others]
    assert any(0 in plan.aftercare["beds"] for plan in plans) and all(plan.check() == () for plan in plans)


def test_an_order_of_opening_counts_it_by_the_year_and_refuses_to_build_it_in_years() -> None:
    problem = danish(bed_dkk_per_year=2e5, building_dkk_per_bed=1e6)
    years = {2027: {}, 2028: {"demand.women_per_year": 100}}
    order = cap.roll_out(problem, years, objective="cost", discount=0.0)
    each = [order.plans[year].objectives["cost"] for year in years]
    assert order.objective == pytest.approx(sum(each)) and all(
        plan.figures["aftercare_cost_dkk"] > 1e6 for plan in order.plans.values()
    )
    with pytest.raises(cap.DataError, match="beds of aftercare are not opened in years"):
        cap.roll_out(problem, years, budget=100e6)
    free = problem.replace(aftercare={"building_dkk_per_bed": 0.0})
    assert cap.roll_out(free, years, budget=100e6).plans
