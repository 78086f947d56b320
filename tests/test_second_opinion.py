"""Another table of minutes beside a case's own: differences by kind of way, a measured error, near ties and the plan."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from capacity import DataError
from capacity.cli.comparison import comparison_said
from capacity.cli.main import group
from capacity.preparing.comparing import kinds_of_ways, measured_error, second_opinion
from tests.small_map import CASE, map_case

OTHER = "code,x,y\nA,4,80\nB,40,36\nC,90,3\n"
"""The small case has A 2 and 70, B 30 and 40, C 75 and 3: six ways, 2, 10, 10, -4, 15 and 0 minutes apart."""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    ferries = "code,x,y\nA,0,1\nB,0,0\nC,1,0\n"
    both = CASE.replace("units = [1, 2]", "units = [2, 2]")
    return map_case(tmp_path / "case", case__toml=both, other__csv=OTHER, uses_ferry__csv=ferries)


def test_differences_by_hand() -> None:
    first = np.array([[2, 70, 30], [40, 75, 3]])
    gap = np.array([[2, 10, 9], [-4, 15, 0]])
    found = measured_error(first, first + gap, (5, 10))
    assert found is not None
    assert (found.whole.mean_minutes, found.whole.mean_size_minutes) == pytest.approx((32 / 6, 40 / 6))
    # 2, 4 and 0 are within 5 minutes; 10 of 70, 9 of 30 and 15 of 75 are beyond 10 %.
    assert found.whole.within == pytest.approx(1 / 2)
    # Of the short ways 80 % are 9 minutes apart at most; 15 of 75 minutes would need 20 %, and are the sixth that may.
    assert found.suggested == (9, 15) and found.covered == pytest.approx(5 / 6)
    assert {one.kind: one.pairs for one in found.classes} == {"0-30": 2, "30-60": 2, "60-120": 2}


def test_ways_of_one_table_alone_are_not_compared() -> None:
    first, second = np.array([[2.0, np.inf]]), np.array([[np.inf, 3.0]])
    assert measured_error(first, second, (5, 10)) is None
    both = measured_error(np.array([[2.0, np.inf]]), np.array([[3.0, 1.0]]), (0, 0))
    assert both is not None and both.whole.pairs == 1 and both.suggested == (1, 0)
    far = measured_error(np.array([[100.0]]), np.array([[900.0]]), (0, 0))
    assert far is not None and far.suggested == (0, 100) and far.covered == 0


def test_kinds_of_ways() -> None:
    kinds = kinds_of_ways(np.array([True, False, False]), np.array([0.9, 0.9, 0.1]))
    assert [kinds[k].tolist() for k in ("ferry", "motorway", "other")] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_a_second_opinion_of_a_case(case: Path) -> None:
    said = second_opinion(case, case / "other.csv")
    assert said["largest"] == {"point_id": "C", "site_id": "x", "minutes": 15}
    assert said["nearest_changes"] == ["B"] and said["plan_changes"] is True  # her beds move with her
    assert {one["kind"]: one["pairs"] for one in said["error"]["classes"]} == {
        "ferry": 2, "road": 4, "0-30": 2, "30-60": 2, "60-120": 2,
    }  # fmt: skip
    assert said["error"]["stated"] == {"minutes": 0, "percent": 0}
    assert said["near_ties"] == {"stated": [], "measured": ["B"]}


def test_said_in_words_and_as_json(case: Path) -> None:
    done = CliRunner().invoke(group, ["data", "error", str(case / "other.csv"), str(case)])
    assert done.exit_code == 0, done.output
    assert "Beside minutes.csv: +5.5 minutes on average (6.8 in size), at most +15.0 (C to x)." in done.output
    assert "by ferry: 2 ways" in done.output and "The nearest site changes for 1 demand points: B." in done.output
    assert "travel.minutes_error = {minutes = 10, percent = 0}" in done.output
    assert "Near ties of the plan: 0 with the stated error, 1 with the measured one: B." in done.output
    as_json = CliRunner().invoke(group, ["data", "error", str(case / "other.csv"), str(case), "--json"])
    assert json.loads(as_json.stdout)["error"]["suggested"] == {"minutes": 10, "percent": 0}


def test_what_is_wrong_is_told(case: Path) -> None:
    (case / "short.csv").write_text("code,x,y\nA,1,0\n", encoding="utf-8")
    (case / "odd.csv").write_text("code,x,y\nA,1,0\nB,0,2\nC,0,0\n", encoding="utf-8")
    with pytest.raises(DataError, match="every demand point has a row"):
        second_opinion(case, case / "other.csv", ferries=case / "short.csv")
    with pytest.raises(DataError, match="at most 1"):
        second_opinion(case, case / "other.csv", ferries=case / "odd.csv")
    with pytest.raises(DataError, match="has a row"):
        second_opinion(case, case / "short.csv")


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"x": 9}, {"x": 9}, "The plan stays: x 9 beds."),
        ({"x": 9}, {"y": 4, "z": 5}, "The plan changes: x 9 beds before, y 4, z 5 beds now."),
        ({"x": 9}, "InfeasibleError", "The plan changes: x 9 beds before, none keeps the rules now."),
        ("InfeasibleError", {"x": 9}, "The plan changes: none kept the rules before, x 9 beds now."),
        ("InfeasibleError", "InfeasibleError", "No plan keeps the rules with either table."),
    ],
)
def test_whether_the_plan_changes(before: object, now: object, said: str) -> None:
    far = {"point_id": "A", "site_id": "x", "minutes": 0}
    told = {"mean_minutes": None, "largest": far, "nearest_changes": [], "plan_before": before, "plan_now": now}
    assert comparison_said(told) == ["The nearest site changes for 0 demand points.", said]
