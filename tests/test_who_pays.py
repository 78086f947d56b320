"""Who pays: payers together pay the cost in every year, rates by hand, the models a case adds, and what a region reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import capacity as cap
from capacity.cli.main import group, run
from capacity.problem.payment import BUILT_IN, Payment
from capacity.read import builtin_folder, new_case
from capacity.report.annex import annexes
from capacity.report.files import write_plan
from capacity.report.phrases import phrases
from capacity.studies.who_pays import WhoPays, who_pays
from tests.small import towns


@pytest.fixture(scope="module")
def danish() -> tuple[cap.Plan, WhoPays]:
    plan = cap.solve(cap.denmark())
    return plan, who_pays(plan)


def payer(found: WhoPays, model: str, kind: str, name: str = "") -> Any:
    """One payer of a model."""
    return next(p for p in found[model].of(kind) if not name or p.payer == name)


def test_payers_pay_the_cost_in_every_year_and_in_the_mean(danish: tuple[cap.Plan, WhoPays]) -> None:
    plan, found = danish
    assert [paid.model for paid in found.models] == list(BUILT_IN)
    for paid in found.models:
        assert paid.most_off_dkk <= 1e-9 * found.cost_dkk
        parts = [payer(found, paid.model.name, kind).mean_dkk for kind in ("state", "municipalities", "operators")]
        # Poisson years: the mean of twenty thousand lies within one per cent.
        assert sum(parts) == pytest.approx(found.cost_dkk, rel=0.01)
        for whole, part in (
            ("municipalities", "region"),
            ("municipalities", "municipality"),
            ("operators", "operator"),
        ):
            mean = sum(p.mean_dkk for p in paid.of(part))
            assert mean == pytest.approx(payer(found, paid.model.name, whole).mean_dkk, abs=1e-6 * found.cost_dkk)
    assert found.cost_dkk == pytest.approx(sum(plan.unit_table["cost_dkk"]))


def test_the_danish_figures_are_those_of_the_prototype(danish: tuple[cap.Plan, WhoPays]) -> None:
    """Mean, 5 % and 95 % of the municipalities' bill, M DKK (design e): a Poisson year's own noise is 0.1."""
    plan, found = danish
    expected = {
        "day_rate": (74.6, 61.3, 88.1),
        "balancing_day_rate": (53.0, 43.6, 62.6),
        "subscription": (53.0, 53.0, 53.0),
        "two_parts": (53.0, 50.5, 55.5),
        "state_grant": (35.0, 28.8, 41.4),
        "state_in_full": (0.0, 0.0, 0.0),
    }
    # The days the beds are taken: of each unit's load the part that Erlang's formula admits.
    days = sum(k * 365 * share for k, share in zip(plan.unit_table["beds"], plan.unit_table["occupancy"], strict=True))
    standing = 3 * 6e6 + 60 * 350_000
    assert found["balancing_day_rate"].rate_dkk == pytest.approx(standing / days + 900)
    assert found["state_grant"].rate_dkk == pytest.approx((standing - 3 * 6e6) / days + 900)
    for model, figures in expected.items():
        towns_pay = payer(found, model, "municipalities")
        said = [x / 1e6 for x in (towns_pay.mean_dkk, towns_pay.low_dkk, towns_pay.high_dkk)]
        assert said == pytest.approx(figures, abs=0.11)
    assert [round(found[m].rate_dkk) for m in ("day_rate", "balancing_day_rate", "state_grant")] == [4800, 3412, 2253]


def test_the_rate_that_balances_is_the_break_even_by_hand() -> None:
    """18 women of 180 days; two units and their beds stand, and each day costs 900."""
    problem = towns({"nearest": True, "units": 2})
    plan = cap.solve(problem)
    standing = 2 * 2e6 + plan.beds * 0.3e6
    found = who_pays(plan, ["balancing_day_rate"], years=10)
    assert found["balancing_day_rate"].rate_dkk == pytest.approx(standing / (18 * 180) + 900)
    # At that rate all units together just break even: income is the running cost.
    even = cap.solve(problem.set("finance.day_rate_dkk", found["balancing_day_rate"].rate_dkk))
    assert sum(even.unit_table["income_dkk"]) == pytest.approx(sum(even.unit_table["cost_dkk"]))


def test_who_bears_the_risk_in_each_model(danish: tuple[cap.Plan, WhoPays]) -> None:
    _, found = danish

    def spread(model: str, kind: str) -> float:
        one = payer(found, model, kind)
        return float(one.high_dkk - one.low_dkk)

    assert spread("subscription", "municipalities") == 0 < spread("subscription", "operators")
    assert spread("two_parts", "operators") == pytest.approx(0, abs=1e-6)
    assert spread("two_parts", "municipalities") > 1e6
    assert spread("state_in_full", "municipalities") == 0 < spread("state_in_full", "state")
    assert payer(found, "state_grant", "state").mean_dkk == 3 * 6e6
    assert all(p.chance_of_loss == 0 for p in found["two_parts"].of("operator"))
    assert all(0 < p.chance_of_loss < 1 for p in found["balancing_day_rate"].of("operator"))


def test_admitted_stays_alone_are_paid_for_where_money_counts_them(danish: tuple[cap.Plan, WhoPays]) -> None:
    plan, every = danish[0], cap.solve(cap.denmark({"finance.counts": "all"}))
    found = who_pays(plan, ["day_rate"])
    assert found.cost_dkk == pytest.approx(sum(plan.unit_table["cost_dkk"]))
    # 90 women of 180 days in all; of each unit's the share that finds a bed.
    lost = sum(x * share for x, share in zip(plan.unit_table["stays"], plan.unit_table["turned_away"], strict=True))
    assert who_pays(every, ["day_rate"]).cost_dkk - found.cost_dkk == pytest.approx(900 * 180 * lost)
    assert payer(found, "day_rate", "municipalities").mean_dkk == pytest.approx(
        sum(plan.unit_table["income_dkk"]), rel=0.01
    )


def test_years_are_drawn_over_the_scenarios_of_the_plan() -> None:
    scenarios = cap.Scenarios(
        ids=("few", "many"),
        point_ids=("A", "B", "C"),
        women=np.array([[1.0, 0, 0], [20.0, 10, 5]]),
        probability=np.array([0.5, 0.5]),
    )
    plan = cap.solve(towns({"nearest": True, "units": 1}, scenarios=scenarios))
    bill = payer(who_pays(plan, ["day_rate"]), "day_rate", "municipalities")
    assert bill.low_dkk <= 2 * 180 * 4_000 and bill.high_dkk >= 35 * 180 * 4_000
    assert bill.mean_dkk == pytest.approx(18 * 180 * 4_000, rel=0.02)


def with_course(**course: Any) -> cap.Plan:
    """The Danish plan where women beyond 90 minutes, and those who decline, are on an outpatient course."""
    said = {"dkk_per_course": 250_000, "beyond_minutes": 90} | course
    return cap.solve(cap.denmark().replace(outpatient=said, uptake=[[30, 1.0], [120, 0.6]]))


def test_courses_are_paid_for_by_who_the_model_says() -> None:
    plan = with_course()
    found = who_pays(plan)
    courses = 250_000 * plan.outpatient_women
    assert found.courses_dkk == pytest.approx(courses) == plan.figures["courses_dkk"]
    assert found.cost_dkk == pytest.approx(sum(plan.unit_table["cost_dkk"]) + courses)
    for paid in found.models:
        assert paid.most_off_dkk <= 1e-9 * found.cost_dkk
        (state,), (towns,), (operators,) = (paid.of(kind) for kind in ("state", "municipalities", "operators"))
        assert state.mean_dkk + towns.mean_dkk + operators.mean_dkk == pytest.approx(found.cost_dkk, rel=0.01)
        for part in ("region", "municipality"):
            assert sum(p.mean_dkk for p in paid.of(part)) == pytest.approx(towns.mean_dkk, abs=1e-9 * found.cost_dkk)
    # A subscription does not move, but whose woman is on a course pays for it.
    subscribed = payer(found, "subscription", "municipalities")
    assert subscribed.high_dkk - subscribed.low_dkk > 1e6
    assert payer(found, "state_in_full", "municipalities").high_dkk == 0
    by_state = Payment(name="own", day_rate="balances", courses="state")
    own = who_pays(plan, [by_state])["own"]
    assert own.of("state")[0].mean_dkk == pytest.approx(courses, rel=0.02)


AFTERCARE = {
    "days": 60,
    "house_dkk_per_year": 1e6,
    "bed_dkk_per_year": 200_000,
    "occupied_day_dkk": 500,
    "person_day_dkk": 100,
    "day_rate_dkk": 2_000,
    "building_dkk_per_bed": 1e6,
}


@pytest.mark.parametrize("where", ["unit", "shared_house"])
@pytest.mark.parametrize("counts", ["all", "admitted"])
@pytest.mark.parametrize("building", [False, True])
def test_aftercare_is_paid_for_in_every_model(where: str, counts: str, building: bool) -> None:
    problem = cap.denmark({"finance.counts": counts, "stay.mean_days": 120})
    # A ward where there is no unit: the shared house is an operator of its own.
    wards = problem.network.replace(neonatal=tuple(j == "H_SVENDBORG" for j in problem.network.site_ids))
    plan = cap.solve(problem.replace(network=wards, aftercare=AFTERCARE | {"where": where}))
    found = who_pays(plan, building=building)
    assert found.aftercare_dkk == plan.figures["aftercare_cost_dkk"] > 5e6
    whole = sum(plan.unit_table["cost_dkk"]) + found.aftercare_dkk + (found.building_dkk if building else 0.0)
    assert found.cost_dkk == pytest.approx(whole, rel=1e-12)
    # What the objective calls the cost is just that, building included.
    assert plan.objectives["cost"] == pytest.approx(whole + (0.0 if building else found.building_dkk), rel=1e-12)
    houses = () if where == "unit" else ("H_SVENDBORG",)
    for paid in found.models:
        assert paid.most_off_dkk <= 1e-9 * found.cost_dkk
        (state,), (towns,), (operators,) = (paid.of(kind) for kind in ("state", "municipalities", "operators"))
        assert state.mean_dkk + towns.mean_dkk + operators.mean_dkk == pytest.approx(found.cost_dkk, rel=0.01)
        for part in ("region", "municipality"):
            assert sum(p.mean_dkk for p in paid.of(part)) == pytest.approx(towns.mean_dkk, abs=1e-9 * found.cost_dkk)
        assert tuple(p.payer for p in paid.of("operator")) == (*plan.unit_table["site_id"], *houses)
    assert found["day_rate"].aftercare_rate_dkk == 2_000 and found["subscription"].aftercare_rate_dkk == 0
    # In two parts an operator has what it costs in every year; whoever comes.
    assert all(abs(p.mean_dkk) < 1e-6 * found.cost_dkk for p in found["two_parts"].of("operator"))


def test_the_rate_that_balances_aftercare_is_its_break_even_by_hand() -> None:
    """18 women of 73 days, in two units' beds of aftercare: what stands by the days, and what a day costs."""
    problem = towns({"nearest": True, "units": 2}).replace(aftercare=AFTERCARE | {"days": 73.0})
    plan = cap.solve(problem)
    beds = plan.figures["aftercare_beds"]
    found = who_pays(plan, ["balancing_day_rate"], years=10)["balancing_day_rate"]
    assert found.aftercare_rate_dkk == pytest.approx((2 * 1e6 + 0.2e6 * beds) / (18 * 73) + 500 + 2 * 100)
    # Its price changes nothing of the unit's.
    alone = cap.solve(problem.replace(aftercare={"days": False}))
    assert found.rate_dkk == pytest.approx(who_pays(alone, ["balancing_day_rate"], years=10).models[0].rate_dkk)


def test_aftercare_is_told_on_the_command_line() -> None:
    course = ["--set", "aftercare.days=60", "--set", "aftercare.bed_dkk_per_year=200000"]
    said = CliRunner().invoke(group, ["who-pays", "--years", "50", *course]).stdout
    said = " ".join(said.split())
    # What is "of it" is said of the cost, before what is lost besides.
    assert "of it: its days are paid for as those at a unit are" in said.split("Until the beds are filled")[0]
    model = json.loads(CliRunner().invoke(group, ["who-pays", "--years", "50", "--json", *course]).stdout)["models"][1]
    assert model["name"] == "balancing_day_rate" and model["aftercare_rate_dkk"] > 0


def test_a_course_without_a_price_is_paid_by_nobody() -> None:
    plan = with_course(dkk_per_course=0)
    assert who_pays(plan, ["day_rate"], years=50).courses_dkk == 0


def test_what_a_place_pays_is_of_days_and_courses_in_the_same_year() -> None:
    """All of A are on a course, all of C stay, half of B declines: its bad year is of both together."""
    problem = towns({"nearest": True, "units": 1, "keep": ["c"]}).replace(
        outpatient={"dkk_per_course": 100_000, "beyond_minutes": 40, "where": "home"}, uptake=[[10, 1.0], [30, 0.5]]
    )
    plan = cap.solve(problem)
    found = who_pays(plan, ["day_rate"], years=20_000)
    rate = 180 * problem.finance.day_rate_dkk
    on_course = dict(zip(plan.courses["point_id"], plan.courses["women"], strict=True))
    rng = np.random.default_rng(7)
    for place, women in zip(problem.network.point_ids, problem.expected_women.tolist(), strict=True):
        taken = on_course.get(place, 0.0)
        years = rate * rng.poisson(women - taken, 200_000) + 100_000 * rng.poisson(taken, 200_000)
        one = payer(found, "day_rate", "municipality", place)
        assert one.mean_dkk == pytest.approx(years.mean(), rel=0.03)
        assert [one.low_dkk, one.high_dkk] == pytest.approx(np.quantile(years, [0.05, 0.95]), rel=0.1, abs=rate)


def test_building_is_beside_the_cost_or_part_of_it(danish: tuple[cap.Plan, WhoPays]) -> None:
    plan, found = danish
    within = who_pays(plan, ["balancing_day_rate"], years=100, building=True)
    assert within.cost_dkk == pytest.approx(found.cost_dkk + found.building_dkk)
    assert found.startup_dkk == pytest.approx(sum(plan.unit_table["startup_loss_dkk"]))
    assert within["balancing_day_rate"].rate_dkk > found["balancing_day_rate"].rate_dkk


def test_a_case_adds_models_of_its_own(tmp_path: Path) -> None:
    folder = new_case(tmp_path / "case")
    case = folder / "case.toml"
    own = '\n[payment.by_people]\nstanding = "pop_2026"\nsource = "assumption: by population"\n[payment.day_rate]\nday_rate = 3000\n'
    case.write_text(case.read_text() + own)
    problem = cap.read_case(folder)
    plan = cap.solve(problem)
    found = who_pays(plan, years=200)
    assert [paid.model.name for paid in found.models] == [*(m.name for m in BUILT_IN), "by_people"]
    assert found["day_rate"].rate_dkk == 3000
    people = {
        i: float(n) for i, n in zip(problem.network.point_ids, problem.network.point_columns["pop_2026"], strict=True)
    }
    one = payer(found, "by_people", "municipality", "0101")
    assert one.mean_dkk == pytest.approx(found.cost_dkk * people["0101"] / sum(people.values()))
    assert one.low_dkk == one.high_dkk
    # The models go with the plan.
    write_plan(plan, tmp_path / "out")
    assert cap.read_plan(tmp_path / "out").problem.payments == problem.payments
    case.write_text(case.read_text() + '[payment.odd]\nrest = "nobody"\nwhat = 1\n')
    with pytest.raises(cap.DataError, match="the keys are day_rate, standing"):
        cap.read_case(folder)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"day_rate": -1.0}, "DKK a day"),
        ({"day_rate": "dear"}, "DKK a day"),
        ({"rest": "nobody"}, "one of operator, state"),
        ({"courses": "nobody"}, "one of municipality, state"),
        ({"grant_dkk_per_unit": float("nan")}, "DKK a year"),
    ],
)
def test_a_model_that_is_none_is_told(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(cap.DataError, match=said):
        Payment(name="odd", **fields)
    with pytest.raises(cap.DataError, match="a table of what is paid"):
        Payment.read("odd", 3)


def test_every_fault_of_a_case_s_models_settings_and_ranges_comes_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = new_case(tmp_path / "case")
    whole = (case / "case.toml").read_text()
    wrong = whole + '[payment.own]\nstandig = "pop_2026"\nday_rate = "dear"\n[payment.Two]\nrest = "nobody"\n'
    wrong = wrong.replace("with_partner = 0 ", "with_partner = 40 ").replace("bed_sizes = []", "bed_sizes = [3, 2]")
    (case / "case.toml").write_text(wrong)
    assert run(["who-pays", str(case), "--lang", "da"]) == 2
    said = capsys.readouterr().err
    assert "6 fejl" in said and "payment.Two.name" in said and "payment.Two.rest" in said
    assert "payment.own.standig: nøglerne er day_rate, standing, grant_dkk_per_unit, rest, courses, source" in said
    assert "kr. pr. døgn, 'case' eller 'balances'" in said and "aftercare.bed_sizes" in said
    # What no setting can be is told of each, and not of the first alone.
    odd = whole.replace("weeks = 26 ", "weeks = inf ").replace("held_up = 0.05 ", "held_up = nan ")
    (case / "case.toml").write_text(odd)
    assert run(["who-pays", str(case)]) == 2
    said = capsys.readouterr().err
    assert "outpatient.weeks: the number is finite" in said and "aftercare.held_up: the number is finite" in said
    # An end of a range that a setting can never have is told, though the setting is off.
    ends = '"outpatient.effect" = [20, 60]\n"rules.neonatal" = [10, 30]\n"finance.years" = [20, 40]'
    (case / "case.toml").write_text(whole.replace('"finance.years" = [20, 40]', ends))
    assert run(["check", str(case)]) == 0
    said = capsys.readouterr().err
    assert "outpatient.effect cannot be 60 (a share between 0 and 1)" in said and "rules.neonatal cannot" not in said


def test_what_is_asked_and_not_there_is_told(danish: tuple[cap.Plan, WhoPays]) -> None:
    plan, _ = danish
    with pytest.raises(cap.DataError, match="Choose from: day_rate"):
        who_pays(plan, ["nothing"])
    with pytest.raises(cap.DataError, match="column of that name"):
        who_pays(plan, [Payment(name="own", standing="nothing")])
    with pytest.raises(cap.DataError, match="the column holds numbers"):
        who_pays(plan, [Payment(name="own", standing="region")])
    for years in (0, 2_000_000):
        with pytest.raises(cap.DataError, match="at least 1 and at most 1,000,000"):
            who_pays(plan, years=years)
    with pytest.raises(cap.DataError, match="each is a payment model"):
        who_pays(plan, [])
    with pytest.raises(cap.DataError, match="each model has a name of its own"):
        who_pays(plan, ["two_parts", Payment(name="two_parts", rest="state")])
    # Asked for by its name alone, or twice, it is one.
    for asked in ("two_parts", ["two_parts", "two_parts"]):
        assert [paid.model.name for paid in who_pays(plan, asked, years=10).models] == ["two_parts"]


def test_the_command_tells_payers_and_operators() -> None:
    ran = CliRunner().invoke(group, ["who-pays", "--json", "--years", "500", "--model", "two_parts"])
    said = json.loads(ran.stdout)
    (model,) = said["models"]
    assert model["name"] == "two_parts" and said["cost_dkk"] == pytest.approx(52.972_684e6)
    assert {"payer", "mean_dkk", "low_dkk", "high_dkk"} <= model["payers"][0].keys()
    assert [operator["site_id"] for operator in model["operators"]] == ["FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE"]
    assert {"mean_dkk", "chance_of_loss"} <= model["operators"][0].keys()
    ran = CliRunner().invoke(group, ["who-pays", "--years", "500", "--building"])
    assert "it includes building" in ran.stdout and "state_in_full" in ran.stdout
    course = ["--set", "outpatient.dkk_per_course=250000", "--set", "outpatient.beyond_minutes=90"]
    asked = ["who-pays", "--years", "50", *course]
    assert "Outpatient courses are" in CliRunner().invoke(group, asked).stdout
    assert "ambulante forløb" in CliRunner().invoke(group, [*asked, "--lang", "da"]).stdout


@pytest.mark.parametrize(
    ("language", "said"), [("en", "the region's municipalities pay"), ("da", "regionens kommuner betaler")]
)
def test_a_region_reads_its_own_share(danish: tuple[cap.Plan, WhoPays], language: str, said: str) -> None:
    plan, found = danish
    parts = [
        part
        for annex in annexes(
            plan, phrases(language), dict(plan.problem.network.site_places(plan.problem.network.site_ids)), found
        )
        for part in annex.parts
    ]
    finance = [" ".join(part.said) for part in parts if part.heading.startswith("3.")]
    assert all(text.count(said) == len(found.models) for text in finance)
    # By use the regions' shares of building are the whole.
    shares = [payer(found, "day_rate", "region", r).mean_dkk for r in plan.region_table["region"]]
    assert sum(shares) == pytest.approx(payer(found, "day_rate", "municipalities").mean_dkk)


@pytest.mark.parametrize("language", ["en", "da"])
def test_a_region_reads_of_its_courses_and_its_aftercare(language: str) -> None:
    aftercare = {"days": 60, "bed_dkk_per_year": 150_000, "building_dkk_per_bed": 1e6, "where": "shared_house"}
    problem = cap.denmark().replace(outpatient={"beyond_minutes": 90})
    net = problem.network
    house = net.replace(neonatal=tuple(j == "FA_ODENSE" for j in net.site_ids))
    plan, t = cap.solve(problem.replace(network=house, aftercare=aftercare)), phrases(language)
    parts = {part.heading: part.said for part in annexes(plan, t, dict(net.site_places(net.site_ids)))[1].parts}
    # Midtjylland: its women at Aalborg and Odense, and the one house of all three units.
    table, people = plan.aftercare, plan.regions.set_index("region").loc["1082"]
    staying, outside = people["residential_women"], people["outpatient_women"]
    assert parts[t("annex-capacity")][0] == t(
        "annex-care", residential=t.number(staying, 1), outpatient=t.number(outside, 1), unreached=t.number(0, 1)
    )
    assert parts[t("annex-placement")][1].count(t.number(staying, 1)) == 1
    (house_at,) = table["name"]
    assert sum(house_at in said for said in parts[t("annex-capacity")]) == 2
    women = plan.assignment.groupby("site_id")["women"].sum()
    of_region = dict(zip(net.point_ids, net.point_regions, strict=True))
    mine = plan.assignment[plan.assignment["point_id"].map(of_region) == "1082"]
    share = mine.groupby("site_id")["women"].sum() / women
    units = plan.units.set_index("site_id")
    built, lost = (
        (share * units[column]).sum() + mine["women"].sum() / women.sum() * table[column].sum()
        for column in ("building_dkk", "startup_loss_dkk")
    )
    told = t("annex-share", building=t.number(built / 1e6, 1), startup=t.number(lost / 1e6, 1))
    assert told in parts[t("annex-finance")]


def test_a_region_without_anybody_at_a_unit_is_not_said_to_use_one() -> None:
    rules = dict.fromkeys(("volume", "income", "region_access"), False) | {"units": 1}
    plan = cap.solve(cap.denmark().replace(outpatient={"beyond_minutes": 20}, policy=rules))
    t = phrases("en")
    north = annexes(plan, t, dict(plan.problem.network.site_places(plan.problem.network.site_ids)))[0]
    said = {part.heading: part.said for part in north.parts}
    assert said["Geographic placement"] == ("No unit lies in Region Nordjylland.",)
    assert said["Travel"] == () and said["Capacity"][0].startswith("0.0 of the region's women")


def test_the_built_in_case_is_the_one_that_is_told() -> None:
    assert (builtin_folder() / "case.toml").exists() and cap.denmark().payments == ()
