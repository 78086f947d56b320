"""Settings by name: read, changed, refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from capacity import DataError, Payment, Problem, Scenarios, equity, solve
from capacity.problem.settings import canonical, changed, document, keys, replaced, same, value_of
from tests.small import towns


@pytest.fixture
def problem() -> Problem:
    base = towns()
    columns = {"people": (1.0, 1.0, 2.0), "county": ("P", "Q", "Q"), "zone": (1.0, 2.0, 2.0)}
    return base.replace(network=base.network.replace(point_columns=columns, site_points=("A", "B", "C")))


CHANGES: dict[str, Any] = {
    "demand.women_per_year": 36.0,
    "demand.weight": "people",
    "stay.mean_days": 120,
    "promise.kind": "wait",
    "promise.turned_away": 0.1,
    "travel.visits_per_week": 2,
    "travel.minutes_error": {"minutes": 5.0, "percent": 10.0},
    "sizes.largest": 20,
    "network.regions": "county",
    "network.ambulatories": ["a"],
    "rules.units": [1, 2],
    "rules.region_access": {"share": 0.5, "minutes": 30.0},
    "rules.nearest": True,
    "rules.keep": ["b"],
    "prices.volume": 100.0,
    "finance.day_rate_dkk": 5_000,
    "objective.fair_aversion": 2.0,
    "privacy.smallest_count": 3,
    "scenario": ["base"],
}


@pytest.mark.parametrize("key", CHANGES)
def test_what_is_set_is_read_back(problem: Problem, key: str) -> None:
    after = problem.set(key, CHANGES[key])
    assert same(after.get(key), CHANGES[key])
    if key not in ("scenario", "network.ambulatories"):
        assert not same(problem.get(key), CHANGES[key])
        section, _, name = key.partition(".")
        assert same(document(after)[section][name], CHANGES[key])


def test_every_key_has_a_value_that_sets_to_itself(problem: Problem) -> None:
    for key in keys():
        if key in ("demand.weight", "network.regions"):
            continue
        again = changed(problem, key, value_of(problem, key))
        assert again.fingerprint == problem.fingerprint, key


def test_a_setting_that_is_changed_has_its_old_source_no_more(problem: Problem) -> None:
    said = problem.replace(sources={"stay.mean_days": "Doc", "rules.volume": "Doc"})
    assert said.set("stay.mean_days", 120).sources == {"stay.mean_days": "set for this run", "rules.volume": "Doc"}
    assert said.set("stay.mean_days", 180).sources == said.sources
    assert said.set("policy.volume", 5).sources["rules.volume"] == "set for this run"


def test_policy_is_another_name_for_rules(problem: Problem) -> None:
    assert canonical("policy.units") == "rules.units"
    assert problem.set("policy.units", 2).get("rules.units") == [2, 2]


def test_a_price_is_taken_away_with_false(problem: Problem) -> None:
    assert problem.set("prices.volume", 5).set("prices.volume", False).policy.prices == {}


def test_demand_is_split_again_by_another_weight(problem: Problem) -> None:
    assert problem.set("demand.weight", "people").expected_women == pytest.approx([4.5, 4.5, 9])


def test_demand_keeps_its_proportions_when_scaled(problem: Problem) -> None:
    assert problem.set("demand.women_per_year", 9).expected_women == pytest.approx([5, 3, 1])


def test_numbers_from_numpy_are_numbers(problem: Problem) -> None:
    assert problem.set("demand.women_per_year", np.float64(9)).expected_women.sum() == pytest.approx(9)
    assert problem.set("sizes.largest", np.int64(7)).sizes.largest == 7
    course = problem.replace(outpatient={"dkk_per_course": np.int64(250_000)}).outpatient.dkk_per_course
    assert course == 250_000 and type(course) is int
    assert Payment(name="own", day_rate=np.float64(7), grant_dkk_per_unit=np.int64(5)).grant_dkk_per_unit == 5
    assert equity(solve(problem), np.int64(90)) == equity(solve(problem), 90.0)


def test_a_part_has_no_field_of_another_name(problem: Problem) -> None:
    with pytest.raises(DataError, match=r"outpatient has fields of these names \(got 'dkk_per_curse, week'\)"):
        problem.replace(outpatient={"dkk_per_curse": 1, "weeks": 5, "week": 2})


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("rules.volum", 3, "rules.volume"),
        ("volume", 3, "rules.volume"),
        ("nonsense.at_all", 3, "Sections"),
        ("outpatient", 250_000, "Settings of outpatient: beyond_minutes, declines, dkk_per_course"),
        ("objective", "worst_off", "Settings of objective: fair_aversion"),
        ("payment.own.day_rate", 5_000, r"\[payment.NAME\]"),
        ("demand.women_per_year", "many", "number"),
        ("demand.women_per_year", -1, "above zero"),
        ("demand.weight", "nothing", "column"),
        ("demand.weight", "county", "column of numbers"),
        ("network.regions", "nothing", "column"),
        ("network.ambulatories", "a", "list"),
        ("network.ambulatories", ["z"], "minutes"),
        ("travel.source", "other.csv", "read"),
        ("travel.minutes_error", -1, "not negative"),
        ("travel.minutes_error", {"hours": 1}, "percent"),
        ("privacy.smallest_count", 2.5, "whole number"),
        ("promise.kind", "lose", "loss"),
        ("sizes.smallest", 99, "smallest"),
        ("scenario", "nobody", "scenario"),
        ("prices.volume", -1, "above zero"),
    ],
)
def test_what_does_not_fit_is_refused(problem: Problem, key: str, value: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        problem.set(key, value)


def test_negative_weights_are_refused(problem: Problem) -> None:
    odd = problem.replace(network=problem.network.replace(point_columns={"w": (-1.0, 1.0, 1.0)}))
    with pytest.raises(DataError, match="not negative"):
        odd.set("demand.weight", "w")


def test_faults_of_several_settings_come_together(problem: Problem) -> None:
    with pytest.raises(DataError) as caught:
        replaced(problem, {"rules.volum": 1, "promise.kind": "lose", "rules.volume": 2})
    assert len(caught.value.findings) == 2
    assert replaced(problem, {"rules.volume": 2, "scenario": "base"}).get("rules.volume") == 2


def test_the_document_names_the_scenarios(problem: Problem) -> None:
    two = problem.replace(
        scenarios=Scenarios(ids=("low", "high"), point_ids=("A", "B", "C"), women=np.array([[1, 1, 1], [2, 2, 2]]))
    )
    assert document(two)["scenarios"]["high"] == {"women_per_year": 6, "probability": 0.5, "must_hold": True}
    assert two.set("scenario", "high").scenarios.ids == ("high",)
    assert "scenarios" not in document(problem)


def test_one_value_of_a_rule_is_a_setting() -> None:
    problem = towns({"region_access": {"share": 0.5, "minutes": 60}})
    later = problem.set("rules.region_access.minutes", 90)
    assert later.get("rules.region_access.minutes") == 90
    assert later.get("rules.region_access") == {"share": 0.5, "minutes": 90}
    assert set(later.sources) - set(problem.sources) == {"rules.region_access"}
    assert problem.get("rules.volume.stays") is False
    with pytest.raises(DataError, match="the rule is on and has a value 'stays'"):
        problem.set("rules.volume.stays", 3)
