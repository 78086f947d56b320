"""How evenly regions are treated: floating catchments equal to those of PySAL, Gini and gap by hand."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

import capacity as cap
from capacity.cli.main import group
from capacity.studies.equity import catchment_weights, floating_catchment, gini
from tests.small import towns

WOMEN = np.array([4.0, 2.5, 6.0, 1.5, 3.0])
BEDS = np.array([8.0, 5.0, 12.0])
MINUTES = np.array(
    [[12.0, 47.0, 95.0], [33.0, 28.0, 71.0], [64.0, 15.0, 52.0], [88.0, 61.0, 9.0], [110.0, 140.0, 101.0]]
)


def test_catchments_are_those_of_pysal() -> None:
    """Worked out once by PySAL access 1.1.10 (``two_stage_fca``, and ``enhanced_two_stage_fca`` with the same steps)."""
    plain = [0.9285714285714286, 2.1285714285714286, 2.1285714285714286, 2.1285714285714286, 0.0]
    enhanced = [1.3828076685219541, 1.6037053290840286, 2.0035144533862783, 2.2922795219229615, 0.0]
    assert floating_catchment(WOMEN, BEDS, (MINUTES <= 90).astype(float)) == pytest.approx(plain, rel=1e-12)
    found = floating_catchment(WOMEN, BEDS, catchment_weights(MINUTES, 90))
    assert found == pytest.approx(enhanced, rel=1e-12)
    assert WOMEN @ found == pytest.approx(BEDS.sum(), rel=1e-12)


def test_gini_by_its_definition() -> None:
    ways, women = np.array([10.0, 30.0, 20.0, 90.0]), np.array([1.0, 2.5, 0.5, 3.0])
    share = women / women.sum()
    apart = share @ np.abs(ways[:, None] - ways[None]) @ share
    assert gini(ways, women) == pytest.approx(apart / (2 * share @ ways))
    assert gini(np.array([5.0, 5.0]), np.ones(2)) == pytest.approx(0)
    assert np.isnan(gini(np.zeros(2), np.ones(2)))


def test_the_danish_plan() -> None:
    plan = cap.solve(cap.denmark())
    rows = cap.equity(plan)
    regions, country = rows[:-1], rows[-1]
    assert sum(r["women"] * r["beds_per_woman"] for r in regions) == pytest.approx(plan.beds, abs=1e-9)
    assert country["mean_minutes"] == pytest.approx(plan.mean_minutes)
    assert country["worst_off_minutes"] == pytest.approx(plan.objectives["worst_off"])
    assert country["gap_minutes"] == pytest.approx(max(r["gap_minutes"] for r in regions))
    assert round(country["gap_minutes"], 1) == 55.6 and round(country["nothing_near"], 3) == 0.079
    assert [r["mean_minutes"] for r in regions] == pytest.approx(list(plan.regions["mean_minutes"]))


def test_it_stands_in_the_plan_beside_others_and_along_a_front() -> None:
    plan = cap.solve(cap.denmark())
    said = plan.to_json()["equity"]
    assert [(row["region"], row["beds_per_woman"]) for row in said] == [
        (row["region"], row["beds_per_woman"]) for row in cap.equity(plan)
    ]
    assert said[-1]["longest_minutes"] == plan.longest_minutes and said[-1]["name"] == ""
    shown = " ".join(CliRunner().invoke(group, ["plan"]).stdout.split())
    assert "How evenly the regions are treated" in shown and "Region Midtjylland 81 182 126 56 0.11 0.36 18 %" in shown
    other = cap.evaluate(plan.problem, ["FA_AALBORG", "FA_ODENSE", "FA_HOLBAEK"])
    beside = cap.compare(plan, other)
    assert beside.figures["gap_minutes"] == (said[-1]["gap_minutes"], cap.equity(other)[-1]["gap_minutes"])
    assert {"region": "Region Nordjylland", "measure": "beds_per_woman"}.items() <= beside.equity[-5].items()
    assert [e["second"] for e in beside.equity[-5:]] == [row["beds_per_woman"] for row in cap.equity(other)[:-1]]
    front = cap.pareto(plan.problem)
    for row, one in zip(front.to_json()["plans"], front.plans, strict=True):
        assert row["worst_off_minutes"] == pytest.approx(one.objectives["worst_off"])
        assert row["fewest_beds_per_woman"] == min(each["beds_per_woman"] for each in row["equity"][:-1])


@pytest.mark.parametrize(("language", "said"), [("en", "Beds a woman"), ("da", "Pladser pr. kvinde")])
def test_the_report_has_it_for_every_region(language: str, said: str) -> None:
    from capacity.report.page import report_page

    page = report_page(cap.solve(cap.denmark()), language=language, studies=False)
    (section,) = re.findall(r'<section id="evenness">.*?</section>', page, re.DOTALL)
    assert said in section and section.count("<tr>") == 7


def test_a_plan_without_units_treats_nobody() -> None:
    plan = cap.solve(towns({"served": False}))
    *_, country = cap.equity(plan)
    assert country["beds_per_woman"] == 0 and np.isnan(country["gap_minutes"])
    assert plan.to_json()["equity"][-1]["mean_minutes"] is None


def test_the_command_and_what_it_refuses() -> None:
    said = json.loads(CliRunner().invoke(group, ["equity", "--json"]).stdout)
    assert [row["region"] for row in said["rows"]] == ["1081", "1082", "1083", "1084", "1085", ""]
    shown = CliRunner().invoke(group, ["equity"]).stdout
    assert "their spread says something" in " ".join(shown.split())
    with pytest.raises(cap.DataError, match="a number above zero"):
        cap.equity(cap.solve(cap.denmark()), 0)
