"""Where no plan keeps the rules: the fewest units, the most women at them, and courses for the others."""

from __future__ import annotations

import itertools

import pytest

import capacity as cap
from capacity.studies.least_bad import LeastBad, least_bad, with_course


@pytest.fixture(scope="module")
def answers() -> dict[str, LeastBad]:
    return {one.scenario: one for one in cap.robustness(cap.denmark()).least_bad}


def test_every_figure_without_a_plan_has_a_least_bad_answer(answers: dict[str, LeastBad]) -> None:
    assert len(answers) == 11
    for one in answers.values():
        assert len(one.site_ids) == 1 and one.beyond_minutes == 90
        women = one.residential_women + one.outpatient_women + one.unreached_women
        assert women == pytest.approx(one.women_per_year, abs=1e-9)
        assert one.dkk_per_woman == pytest.approx(one.cost_dkk / one.women_per_year)
    assert answers["treated-2017"].breaks == ()
    assert answers["referred-2017"].breaks == ("volume", "income")


def test_no_other_unit_has_more_women(answers: dict[str, LeastBad]) -> None:
    """Every site by itself that may be a unit, evaluated anew."""
    one = answers["treated-2017"]
    problem = with_course(cap.denmark({"demand.women_per_year": one.women_per_year}))
    most = {}
    for site in problem.network.site_ids:
        plan = cap.evaluate(problem, [site])
        if {b.rule for b in plan.broken} <= set(one.breaks):
            most[plan.residential_women] = plan.site_ids
    assert most[max(most)] == one.site_ids
    assert max(most) == pytest.approx(one.residential_women)


def test_what_it_breaks_is_the_least_that_is_broken() -> None:
    problem = cap.denmark({"demand.women_per_year": 16})
    found = least_bad(problem, "few")
    assert found is not None and found.breaks == ("income",)
    offered = with_course(problem)
    units = list(itertools.combinations(offered.network.site_ids, 1))
    fewest = min(len({b.rule for b in cap.evaluate(offered, list(sites)).broken}) for sites in units)
    assert fewest == 1


def test_an_own_course_stands_as_it_is() -> None:
    problem = cap.denmark().replace(outpatient={"dkk_per_course": 2e5, "beyond_minutes": 60})
    found = least_bad(problem.set("demand.women_per_year", 20), "few")
    assert found is not None and found.beyond_minutes == 60
    assert found.courses_dkk == pytest.approx(2e5 * found.outpatient_women)
    assert least_bad(problem.set("rules.nearest", False), "split") is None


def test_the_command_says_so(answers: dict[str, LeastBad]) -> None:
    from types import SimpleNamespace

    from capacity.cli.robust import _least_bad

    head, *lines = _least_bad(SimpleNamespace(least_bad=tuple(answers.values())), cap.denmark())  # type: ignore[arg-type]  # what it reads
    assert "beyond 90 minutes" in head and "their price is not given" in head
    assert lines[0].startswith("- referred-2017 (6 women a year): one unit (Køge, 5 beds), 3.2 women there and 2.8 on")
    assert lines[0].endswith("it breaks volume and income.") and len(lines) == 11
    assert _least_bad(SimpleNamespace(least_bad=()), cap.denmark()) == []  # type: ignore[arg-type]  # what it reads
