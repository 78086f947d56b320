"""The report: what it holds, in two languages, what it hides, and what it leaves out."""

from __future__ import annotations

import html
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, Plan
from capacity.cli.main import run
from capacity.problem.splitting import empirical_bayes_split
from capacity.report.files import write_plan
from capacity.report.page import answer, report_page
from capacity.report.phrases import phrases
from capacity.report.settings_said import rule_value, value_said
from tests.small import towns

SPACE = "\N{NO-BREAK SPACE}"
ENGLISH = re.compile(r"\b(the|and|with|units|beds|minutes|of|stays|women|year|assumption|from|within)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return cap.solve(cap.denmark())


@pytest.fixture(scope="module")
def page(plan: Plan) -> str:
    return report_page(plan)


@pytest.fixture(scope="module")
def danish(plan: Plan) -> str:
    return report_page(plan, language="da")


def placed(policy: dict[str, Any] | None = None, **changes: Any) -> cap.Problem:
    """The three towns, given places."""
    problem = towns(policy, **changes)
    lonlat = np.array([[9.0, 55.0], [9.4, 55.1], [10.2, 55.0]])
    return problem.replace(network=problem.network.replace(point_lonlat=lonlat, site_lonlat=lonlat))


def mischief() -> Plan:
    """A plan whose every name tries to be markup."""
    bad = "</script><script>window.harmed=1</script><b x='\"&`"
    net = placed().network.replace(
        point_names=("<b>A</b>", 'B"&', bad), site_names=(bad, f"{bad} ", "<i>"), region_names={"W": bad, "E": "<E>"}
    )
    return cap.solve(
        placed({"nearest": True}, network=net, name=bad, attribution=(bad,), notices=(bad,), weight=bad).replace(
            sources={"demand.women_per_year": bad, "demand.weight": bad}, ranges={"stay.mean_days": (100.0, 200.0)}
        )
    )


def section(page: str, name: str) -> str:
    """Visible text of one section."""
    found = re.search(rf'<section[^>]* id="{name}".*?</section>', page, re.DOTALL)
    assert found, name
    return text_of(found.group())


def text_of(page: str) -> str:
    """A page's text, without tags, styles, scripts and what is marked as code or another language."""
    for tag in ("style", "script", "pre", "code"):
        page = re.sub(rf"<{tag}\b.*?</{tag}>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_the_report_holds_the_plan_and_what_it_leans_on(page: str) -> None:
    for part in (
        "Open 3 units with 60 beds in all",
        "this is proven",
        "3,654 hours a year",
        "Region Sjælland",
        "Statistics Denmark",
        "Springbrættet",
        "92" + SPACE + "%",
    ):
        assert part in page, part
    assert len(page.encode()) < 1_000_000
    leans = section(page, "leans")
    assert leans.index("Access in each region") < leans.index("Mean stay") < leans.index("Women who need a stay")
    assert "Aarhus Universitetshospital instead of Aalborg Universitetshospital from 100 minutes" in leans
    assert "The same units; 44 to 76 beds" in leans and "assumption: through pregnancy" in leans
    told = "+158 hours of travel a year (visits −132, trips to the ambulatory +290), +4 beds"
    assert f"With Rigshospitalet; −1.7 minutes on average, {told}" in section(page, "alternatives")
    assert "167.21" in section(page, "ladder") and "Income covers cost" in section(page, "ladder")
    robust = section(page, "robustness")
    assert "High alcohol use in pregnancy" in robust and "26.5 %" in robust
    assert "Open Aalborg, Hvidovre and Odense now: right (best, or within 2 %) in 5 of 17 scenarios" in robust
    assert "Beds that open and close with need (Answer-2025 4.1.2) would save 0.0 to" in robust
    assert "One unit fewer" in robust and "Women of all without a bed" in robust
    assert "400 years were simulated in 20 runs (seed 0)" in section(page, "stress")
    assert "Nearest unit" in section(page, "method")
    assert page.count('class="view"') == 11


def test_each_region_has_its_annex_in_the_agencys_order(page: str) -> None:
    order = (
        "1. Concrete model",
        "Legal basis",
        "Tie to existing units",
        "Content",
        "Competences",
        "Geographic placement",
        "Capacity",
        "Travel",
        "Viability",
        "2. Time to a written agreement",
        "3. Financing model",
        "4. Time to establishment",
    )
    for k, region in enumerate(("Nordjylland", "Midtjylland", "Syddanmark", "Hovedstaden", "Sjælland")):
        annex = section(page, f"annex{k}")
        assert annex.strip().startswith(f"Annex: Region {region}")
        places = [annex.index(heading) for heading in order]
        assert places == sorted(places)
        assert annex.count("To be filled in by the region.") == 7
    middle = section(page, "annex1")
    assert "No unit lies in Region Midtjylland. Its 21.5 women a year use" in middle
    assert "an occupancy of 68 %; 4.9 % find every bed taken" in middle
    assert "a result of +3.9 M DKK a year" in middle
    assert re.search(r"Herning \d+ Odense Universitetshospital", middle)
    assert "The region's municipalities: minutes one way to Aalborg Universitetshospital" in section(page, "annex0")


def test_the_report_asks_nobody(page: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert "default-src 'none'" in policy and re.search(r"script-src 'sha256-[\w+/=]{44}';", policy)
    assert set(re.findall(r"https?://[^\"'<> ]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.findall(r"<(?:link|img|iframe|object|embed)\b", page)
    assert set(re.findall(r'href="([^#])', page)) == set()


def test_the_danish_report_has_no_english_in_it(danish: str) -> None:
    assert '<html lang="da">' in danish
    assert danish.count('lang="en"') == 1  # the run record, which is data
    english = [text_of(danish)[max(0, m.start() - 40) : m.end() + 20] for m in ENGLISH.finditer(text_of(danish))]
    assert english == []
    assert [said for said in re.findall(r"<title>([^<]*)</title>", danish) if ENGLISH.search(said)] == []
    for part in (
        "pladser",
        "Belægning",
        "3.654 timer",
        "23,3",
        f"68{SPACE}%",
        "Behov, ophold om året",
        "Påbegyndte ophold om året",
        "Bilag: Region Midtjylland",
        "familieambulatorium",
        "kommune",
        "Rejsetid",
        "døgntaksten skal dække",
        "Danmarks Statistik",
        "ingen plan overholder reglerne",
        "Danmark: døgnbehandling",
    ):
        assert part in danish, part


def test_a_planners_own_words_are_marked_as_another_language() -> None:
    plan = cap.solve(placed({"nearest": True}).replace(sources={"demand.women_per_year": "our own survey"}))
    assert '<span lang="en">our own survey</span>' in report_page(plan, language="da", studies=False)


def test_names_that_try_to_be_markup_are_escaped() -> None:
    plan = mischief()
    page = report_page(plan)
    assert "<script>window" not in page and "<b>A</b>" not in page and "<i>" not in page.split("<body>")[0]
    assert page.count("</script>") == 1
    assert "&lt;/script&gt;&lt;script&gt;window.harmed=1" in page
    assert "<script" not in plan.map().svg


def test_a_page_of_own_counts_says_that_small_ones_are_counted_together() -> None:
    split = empirical_bayes_split(["A", "B", "C"], [9, 8, 2], [10, 6, 2], smallest=5)
    problem = placed({"nearest": True}, split=split, scenarios=split.scenarios(18))
    page = report_page(cap.solve(problem.set("travel.uptake", [[30, 1.0], [60, 0.5]])), studies=False)
    assert "fewer than 5 are counted together" in page
    assert "19 women;" in page
    assert "at 60 minutes" in page


def test_what_is_left_out_is_said() -> None:
    split = report_page(cap.solve(placed({"units": [1, 1], "volume": 3})))
    assert 'id="alternatives"' not in split and 'id="ladder"' not in split
    method = section(split, "method")
    assert "Alternatives: not worked out, because the rules do not send everybody to the nearest unit." in method
    assert "the case gives no named figures" in method
    bare = report_page(cap.solve(towns({"nearest": True})), studies=False)
    assert "<svg" not in bare
    assert "How many women?: not asked for." in section(bare, "method")
    large = cap.Sizes(smallest=1, largest=900)
    many = report_page(cap.solve(placed({"nearest": True}, sizes=large).set("demand.women_per_year", 900.0)))
    assert "900 women a year take too long to simulate here" in section(many, "method")
    two = cap.Scenarios(
        ids=("low", "high"),
        point_ids=("A", "B", "C"),
        women=np.array([[5.0, 3, 1], [10, 6, 2]]),
        probability=[0.5, 0.5],
    )
    assert 'id="ladder"' in report_page(cap.solve(placed({"nearest": True}, scenarios=two)))


def test_a_study_that_cannot_be_made_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise cap.DataError([cap.Finding(table="ladder", rule="none", remedy="None.")])

    monkeypatch.setattr("capacity.report.studied._ladder", refuse)
    page = report_page(cap.solve(placed({"nearest": True})))
    assert "How many women?: not possible for this problem." in section(page, "method")


def test_too_many_sets_are_left_to_a_run_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.report.studied.MANY_SETS", 2)
    page = report_page(cap.solve(placed({"nearest": True})))
    assert "Alternatives: not worked out, because there are 7 sets of sites" in section(page, "method")


def test_a_setting_that_leaves_no_plan_at_an_end_is_said() -> None:
    ranges = {"rules.volume": (4.0, 40.0), "stay.mean_days": (150.0, 180.0), "finance.day_rate_dkk": (1_000.0, 4_000.0)}
    problem = placed({"nearest": True, "volume": 5}).replace(ranges=ranges)
    leans = section(report_page(cap.solve(problem)), "leans")
    assert (
        leans.index("no plan keeps the rules from 18 stays a year")
        < leans.index("The same units; ")
        < leans.index("The same units, beds, yearly cost and travel.")
    )
    once = section(report_page(cap.solve(problem.set("rules.units", [1, 3])), language="da"), "leans")
    assert "ingen plan overholder reglerne fra 18 døgnophold om året" in once


def test_a_page_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.report.views.MOST_DRAWN", 60_000)
    page = report_page(cap.solve(placed({"nearest": True})))
    assert 1 < page.count('class="view"') < 6
    assert re.search(r"Other plans, whole: \d plans more, to keep the page small.", section(page, "method"))


def test_results_of_ones_own_studies_are_taken(plan: Plan) -> None:
    found = cap.stress(plan, years=40, seed=7, overflow=False, opening_years=2, replications=20)
    scenarios = plan.problem.named[:2]
    robust = cap.robustness(plan.problem, [plan], scenarios=scenarios)
    page = report_page(plan, studies=False, scenarios=scenarios, robustness=robust, stress=found)
    assert "40 years were simulated in 20 runs (seed 7). Nobody is sent to another unit." in page
    assert "The first years" in section(page, "stress") and "Odense Universitetshospital 3 " in section(page, "stress")
    assert "in 0 of 2 scenarios" in section(page, "robustness")
    assert page.count('class="view"') == 1


def test_a_plan_for_several_scenarios_tells_of_each() -> None:
    demand = cap.Scenarios(
        ids=("low", "high"),
        point_ids=("A", "B", "C"),
        women=np.array([[5.0, 3, 1], [10, 6, 2]]),
        probability=[0.25, 0.75],
        must_hold=np.array([True, False]),
        labels=("few", "many"),
    )
    problem = placed({"nearest": True}, scenarios=demand)
    page = report_page(cap.solve(problem, risk="worst_case"))
    each = section(page, "scenarios")
    assert "few 9.0 25.0 % yes yes 100 %" in each and "many 18.0 75.0 % no" in each
    assert "sets of sites were valued in 2 scenarios; none has a lower worst case." in page
    danish = report_page(cap.solve(problem, risk="regret"), language="da", studies=False)
    assert "intet har lavere største fortrydelse" in danish
    many = demand.replace(
        ids=tuple(f"s{k}" for k in range(45)),
        women=np.linspace(1, 2, 45)[:, None] * [[5.0, 3, 1]],
        probability=None,
        must_hold=None,
        labels=(),
    )
    cut = report_page(cap.solve(placed({"nearest": True}, scenarios=many)), studies=False)
    assert "In each scenario: the first 40 of 45 are shown." in section(cut, "method")


def test_the_answer_says_how_sure_it_is(plan: Plan) -> None:
    from dataclasses import replace

    t = phrases("en")
    assert answer(plan, t)[1].endswith("this is proven.")
    short = replace(plan, status="feasible", bound=plan.objective * 0.9)
    assert answer(short, t)[1] == f"It is the best plan found; another could be at most 10.0{SPACE}% better."
    assert "is not known" in answer(replace(short, bound=-np.inf), t)[1]
    assert "costs less a year" in answer(cap.solve(placed({"nearest": True}), "cost"), t)[1]


def test_rules_are_said_in_words() -> None:
    t, names = phrases("en"), {"a": "Site a", "b": "Site b"}
    said = {
        ("units", (2, 2)): "2",
        ("units", (1, 6)): "1 to 6",
        ("nearest", True): "",
        ("near_ambulatory", 1.0): "one minute",
        ("keep", ("a", "b")): "Site a and Site b",
        ("build_budget", 2e7): "20,000,000 DKK",
    }
    for (rule, value), words in said.items():
        assert rule_value(rule, value, t, names) == words
    reach = {"minutes": 90.0, "exceptions": ["a"]}
    assert rule_value("reach", reach, t, names) == "90 minutes; except Site a"
    volume = {"stays": 8.0, "when": "poisson_year", "probability": 0.9}
    assert rule_value("volume", volume, t, names) == f"8 stays a year; with probability 90{SPACE}% in a Poisson year"
    assert rule_value("own_region", {"agreements": [["W", "E"]]}, t, names) == "agreements: W → E"
    assert rule_value("size_floor", {"a": 4}, t, names) == "Site a: 4"
    assert value_said("promise.kind", towns(), t, names) == "finding every bed taken"
    assert value_said("finance.interest", towns(), t, names) == f"3{SPACE}%"


def test_a_price_and_a_promise_of_waiting_are_told() -> None:
    waits = cap.Promise(kind="wait", wait_days=7, wait_probability=0.05)
    plan = cap.solve(placed({"nearest": True, "volume": 9, "prices": {"volume": 10.0}}, promise=waits))
    page = report_page(plan, language="da")
    assert "må brydes; 10 pr. enhed (døgnophold om året for lidt)" in page
    assert "Hvor mange kvinder?: ikke beregnet her, fordi hvert niveau skulle løses for sig" in page
    assert "Venter for længe" in page
    assert f"højst 5{SPACE}% venter længere end 7 dage" in page


def test_a_report_from_a_finished_plan_is_quick_and_the_same(plan: Plan, page: str, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    start = time.process_time()
    again = report_page(cap.read_plan(tmp_path / "out"))
    # Counting covered lines makes everything about twice as slow.
    assert time.process_time() - start < (2.0 if sys.gettrace() is None else 5.0)
    assert again == page


def test_the_command_writes_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.html"
    assert run(["report", "-o", str(path), "--lang", "da"]) == 0
    assert str(path) in capsys.readouterr().out
    assert "Bilag" in path.read_text(encoding="utf-8")
    assert run(["report", "-o", str(path), "--lang", "xx"]) == 2
    assert run(["report", "-o", str(path), "--areas", str(tmp_path / "none.geojson")]) == 2
    with pytest.raises(DataError, match="en, da"):
        phrases("xx")


def test_what_is_not_installed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert run(["report", "-o", str(tmp_path / "r.html"), "--no-studies"]) == 2
    assert "This needs jinja2, which is not installed: pip install 'capacity[report]'." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
