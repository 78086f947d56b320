"""Short parts of the campaigns; the whole: ``make campaign SHARE=1`` (`tests.campaigns`)."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity.exact import p_center
from tests import campaign_cut_off, campaign_determinism, campaign_engines, campaign_exact
from tests.campaign_inputs import RIGHT, campaign
from tests.campaigns import figures
from tests.mutants import mutants
from tests.small import towns

CASES = os.environ.get("CAPACITY_CASES", "")


def test_forty_mutated_inputs_are_refused_or_read_rightly() -> None:
    outcomes = list(campaign(range(40)))
    assert [(o.seed, o.mutation, o.kind, o.said) for o in outcomes if o.kind not in RIGHT] == []
    assert {o.kind for o in outcomes} == set(RIGHT)


@pytest.mark.skipif(not CASES, reason="CAPACITY_CASES names no folder of handed cases")
def test_no_handed_case_ends_in_a_traceback() -> None:
    left = ("41-", "42-", "43-")  # engines, not inputs
    for script in sorted(Path(CASES).glob("*/repro.py")):
        if script.parent.name.startswith(left):
            continue
        ran = subprocess.run(
            [sys.executable, str(script)], cwd=script.parent, capture_output=True, text=True, timeout=100
        )
        last = (ran.stderr.strip().splitlines() or [""])[-1]
        assert ran.returncode == 0 or last.startswith(("capacity.errors.DataError", "capacity.errors.InfeasibleError"))


def test_solves_that_are_cut_off_end_in_time_and_honestly() -> None:
    counts, _, told = campaign_cut_off.campaign((0, 1, 2, 3))
    assert told == []
    assert sum(counts.values()) == 4


def test_a_wrong_bound_of_a_solve_cut_off_is_noticed() -> None:
    plan = cap.solve(towns())
    assert campaign_cut_off._wrong(plan, plan.objective) == ""
    assert "called optimal" in campaign_cut_off._wrong(
        plan, plan.objective * 0.9
    ) or "bound" in campaign_cut_off._wrong(plan, plan.objective * 0.9)
    assert "better than the best" in campaign_cut_off._wrong(plan, plan.objective * 1.1)
    assert "none keeps the rules" in campaign_cut_off._wrong(plan, float("inf"))
    assert "impossible" in campaign_cut_off._wrong("impossible", plan.objective)


def test_one_plan_whatever_the_order_of_rows_the_hash_seed_and_the_time_zone() -> None:
    assert campaign_determinism.tried(1, others=1) == ("the same", "")
    assert campaign_determinism.differs({"a": [1, 2.0]}, {"a": [1, 2.5]}) == "/a/1: 2.0 is 2.5"


def test_engines_that_disagree_are_told_with_their_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def disagree(seed: int) -> None:
        assert seed % 2 == 0, "another plan"

    monkeypatch.setattr(campaign_engines, "COMPARISONS", {"two": disagree})
    held, wrong = campaign_engines.campaign((6, 7), ["two"])
    assert held == {"two": 1} and len(wrong) == 1
    assert wrong[0].startswith("WRONG two, seed 7: AssertionError at disagree") and "another plan" in wrong[0]


def test_array_engines_find_the_best_of_all_sets() -> None:
    said, wrong = campaign_exact.campaign(range(6))
    assert wrong == []
    assert said["optimal"] > 45 and said["none"] > 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"objective": 2.0}, r"says 2.0; \(0,\) cost 3.0"),
        ({"objective": 4.0}, r"says 4.0; \(0,\) cost 3.0"),
        ({"bound": 4.0}, "bound 4.0 above the best 3.0"),
        ({"sites": (1,), "objective": 5.0}, "5.0 called optimal, the best is 3.0"),
        ({"sites": (0, 1)}, "are not allowed"),
        ({"status": "feasible"}, "stays open"),
    ],
)
def test_a_wrong_answer_of_an_array_engine_is_noticed(change: dict[str, Any], told: str) -> None:
    found = p_center([[3.0, 5.0]], 1)
    value = {(0,): Fraction(3), (1,): Fraction(5)}
    with pytest.raises(AssertionError, match=told):
        campaign_exact.judge(lambda: dataclasses.replace(found, **change), value.get, value, within=1e-6)
    with pytest.raises(AssertionError, match="nothing is possible"):
        campaign_exact.judge(lambda: found, lambda _: None, value, within=1e-6)
    assert campaign_exact.judge(lambda: found, value.get, value, within=1e-6) == "optimal"


def test_mutants_change_one_thing_each() -> None:
    every = list(mutants("problem/finance.py"))
    assert len(every) > 40 and len({one.name for one in every}) > 40
    assert all(compile(one.tree, one.module, "exec") and one.said for one in every)
    assert any("Finance.yearly_income" in one.where for one in every)


def test_a_campaigns_figures_are_those_it_prints() -> None:
    table = ["", "                 right   wrong", "killed, plan         3       0", "all                  3       0"]
    assert figures(table) == "right 3, wrong 0"
    assert figures(["refused 3, wrong 0"]) == "refused 3, wrong 0"
