"""Named scenarios, and how plans stand in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity.cli.main import run
from capacity.read import builtin_folder
from capacity.reading.scenarios import NamedScenario, named_scenarios
from tests.small import towns


def named(**women: float) -> list[NamedScenario]:
    return [
        NamedScenario(
            id=k, label=k, women_per_year=w, low=None, high=None, what="", document="", probability=1 / len(women),
            equal=True, must_hold=False,
        )
        for k, w in women.items()
    ]  # fmt: skip


def test_every_figure_of_the_documents_is_a_scenario() -> None:
    found = {s.id: s for s in named_scenarios(builtin_folder())}
    assert len(found) == 17
    assert min(s.women_per_year for s in found.values()) == 6
    assert max(s.women_per_year for s in found.values()) == 200
    agency = found["agency-2024"]
    assert (agency.women_per_year, agency.low, agency.high, agency.must_hold) == (90, 80, 100, True)
    assert agency.document == "Request-2024"
    assert agency.equal
    assert sum(s.probability for s in found.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,women_per_year\na,1\na,2\n", "once"),
        ("id,women_per_year\na,-1\n", "at least"),
        ("id\na\n", "women_per_year"),
        ("id,women_per_year,probability\na,1,0.5\nb,2,0.4\n", "sum to 1"),
        ("id,women_per_year,probability\na,1,0.5\nb,2,\n", "all scenarios or for none"),
    ],
)
def test_scenarios_are_checked(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "scenarios.csv").write_text(text, encoding="utf-8")
    with pytest.raises(cap.DataError, match=said):
        named_scenarios(tmp_path)


def test_probabilities_of_the_planner_are_kept(tmp_path: Path) -> None:
    assert named_scenarios(tmp_path) == ()
    (tmp_path / "scenarios.csv").write_text("id,women_per_year,probability\na,1,0.25\nb,2,0.75\n", encoding="utf-8")
    one, two = named_scenarios(tmp_path)
    assert (one.probability, two.probability, one.equal) == (0.25, 0.75, False)


def test_regret_by_hand() -> None:
    # Units a and b are best until 27 women a year, when c reaches its 3 stays; below 3 nobody can.
    problem = towns({"nearest": True, "volume": 3})
    found = cap.robustness(problem, named(few=2.0, now=18.0, many=54.0))
    assert found.best == {"few": (), "now": ("a", "b"), "many": ("a", "b", "c")}
    assert found.no_regret == ("a", "b")
    assert found.optional == ("c",)
    rows: dict[tuple[str, str], Any] = {(",".join(r["plan"]), r["scenario"]): r for r in found.rows}
    assert rows["a,b", "now"]["status"] == "best"
    assert rows["a,b", "few"]["status"] == "no plan keeps the rules"
    assert rows["a,b,c", "now"]["status"] == "these units break a rule"
    # Six women of C travel 60 minutes instead of 5, two ways a week for 180 days.
    assert rows["a,b", "many"]["regret"] == pytest.approx(6 * 2 * 55 * 180 / 7 / 60)
    assert rows["a,b", "many"]["status"] == "behind"
    assert found.verdict[0] == "a, b: best or within 2 % in 1 of 3 scenarios."
    assert any("3 units only in scenarios from 54 women a year" in line for line in found.verdict)
    assert len(found.table) == 6


def test_plans_may_be_given() -> None:
    problem = towns({"nearest": True, "volume": 3})
    plan = cap.solve(problem)
    found = cap.robustness(problem, named(now=18.0), [plan])
    assert len(found.rows) == 1
    assert found.rows[0]["beds"] == plan.beds


def test_the_commands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["scenarios"]) == 0
    assert "alcohol-cohort" in capsys.readouterr().out
    assert run(["scenarios", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["scenarios"]) == 17
    assert run(["robust"]) == 0
    assert "no plan keeps the rules" in capsys.readouterr().out
    assert run(["robust", "--json", "--out", str(tmp_path / "out")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["best"]["agency-2024"] == ["FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE"]
    assert said["best"]["referred-2017"] == []
    (tmp_path / "bare").mkdir()
    assert run(["robust", str(tmp_path / "bare")]) == 2
