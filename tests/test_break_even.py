"""The effect, or price, of an outpatient course at which the plan changes: exact, against solving anew beside it."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from click.testing import CliRunner

import capacity as cap
from capacity.cli.main import group
from tests.random_problems import random_problem

KEYS = {"effect": "outpatient.effect", "price": "outpatient.dkk_per_course"}


def danish() -> cap.Problem:
    """The Danish case without its rules of size, and assumptions of what pathways cost."""
    off = dict.fromkeys(("region_access", "volume", "income"), False)
    ways = {"residential": 2.0e6, "none": 3.0e6}
    return cap.denmark().replace(
        policy=off, pathways=ways, outpatient={"beyond_minutes": 90, "dkk_per_course": 250_000}
    )


def random(seed: int) -> cap.Problem:
    rules = {"region_access": None, "run_budget": None, "volume": None, "income": None}
    problem = random_problem(seed, nearest=True, prices={}, points=5, sites=4, **rules)
    limit = (False, 30.0, 45.0)[seed % 3]
    return problem.replace(outpatient={"beyond_minutes": limit, "dkk_per_course": 1e5, "weeks": 20})


def beside(problem: cap.Problem, found: object, of: str) -> int:
    """Solve anew inside each piece, and on both sides of each switch point: how many plans were compared."""
    compared = 0
    for piece in found.plans:  # type: ignore[attr-defined]
        high = 2 * piece.low + 1e6 if np.isinf(piece.high) else piece.high
        for share in (1e-6, 0.5, 1 - 1e-6):
            at = piece.low + share * (high - piece.low)
            plan = cap.solve(problem.set(KEYS[of], at), found.objective)  # type: ignore[attr-defined]
            value = piece.value + piece.slope * (at - piece.low)
            assert plan.objective == pytest.approx(value, rel=1e-9)
            if share == 0.5:
                assert plan.site_ids == piece.site_ids and plan.beds == piece.beds
                assert plan.outpatient_women == pytest.approx(piece.outpatient_women, abs=1e-9)
            compared += 1
    return compared


@pytest.mark.parametrize("of", ["effect", "price"])
def test_switch_points_are_where_solving_anew_changes(of: str) -> None:
    points = compared = 0
    for seed in range(40):
        problem = random(seed)
        try:
            found = cap.break_even(problem, of)
        except cap.InfeasibleError:
            continue
        points += len(found.switch_points)
        compared += beside(problem, found, of)
        ends = [piece.low for piece in found.plans[1:]]
        assert ends == [piece.high for piece in found.plans[:-1]]
    assert points > 10 and compared > 60


def test_the_danish_case_says_for_how_good_a_course_beds_stop_being_right() -> None:
    problem = danish()
    start = time.process_time()
    found = cap.break_even(problem)
    assert time.process_time() - start < 1
    assert found.of == "effect" and [len(p.site_ids) for p in found.plans] == [2, 1, 1]
    assert found.switch_points == pytest.approx((0.609, 0.859), abs=1e-3)
    assert beside(problem, found, "effect") == 9
    # No unit: 90 courses, and their pathways.
    at = found.no_unit_from
    assert at is not None
    nobody = 90 * (250_000 + 3.0e6 - at * 1.0e6)
    assert cap.solve(problem.set("outpatient.effect", at), "public_cost").objective == pytest.approx(nobody)
    assert any("once a course does 69.8 % of what a stay does" in said for said in found.sentences)
    assert found.sentences[-1].startswith("Nobody has measured")


def test_without_pathways_the_price_of_a_course_is_asked() -> None:
    found = cap.break_even(cap.denmark())
    assert (found.of, found.objective, found.switch_points) == ("price", "cost", ())
    assert found.no_unit_to == pytest.approx(cap.solve(cap.denmark(), "cost").objective / 90)
    assert "whatever the price" in found.sentences[0]


def test_the_command_says_it_with_the_sentence_that_nobody_has_measured_it() -> None:
    asked = ["break-even", "--set", "outpatient.beyond_minutes=90", "--set", "rules.region_access=false"]
    said = json.loads(CliRunner().invoke(group, [*asked, "--json"]).stdout)
    assert said["of"] == "price" and said["switch_points"] == [p["low"] for p in said["plans"][1:]]
    assert said["plans"][-1]["high"] is None and said["sentences"][-1].startswith("Nobody has measured")
    shown = CliRunner().invoke(group, asked)
    assert shown.exit_code == 0 and "Nobody has measured what an outpatient course does" in shown.stdout


def test_what_cannot_be_asked() -> None:
    problem = danish()
    with pytest.raises(cap.DataError, match="one of effect, price"):
        cap.break_even(problem, "weeks")  # type: ignore[arg-type]
    with pytest.raises(cap.DataError, match="part of the public cost alone"):
        cap.break_even(problem, "effect", objective="cost")
    with pytest.raises(cap.DataError, match="one of public_cost, cost"):
        cap.break_even(problem, objective="travel")
    with pytest.raises(cap.DataError, match="what a stay saves the public is given"):
        cap.break_even(cap.denmark(), "effect")
    with pytest.raises(cap.DataError, match="no rule moves with the price"):
        cap.break_even(problem.set("rules.run_budget", 9e7), "price")
    with pytest.raises(cap.DataError, match="every set of sites can be valued"):
        cap.break_even(problem.set("rules.nearest", False))
    with pytest.raises(cap.InfeasibleError):
        cap.break_even(problem.set("rules.volume", 1_000))


def test_a_unit_more_for_nobody_has_no_course_cheaper_than_none() -> None:
    """Where nothing is saved by a stay, a free course for all costs less whatever it does."""
    free = danish().replace(pathways={"residential": 1e6, "none": 1e6}, outpatient={"dkk_per_course": 0.0})
    found = cap.break_even(free)
    assert (found.no_unit_from, found.no_unit_to) == (0.0, 1.0)
    assert "whatever its effect" in " ".join(found.sentences)
    dear = danish().replace(outpatient={"dkk_per_course": 5e6})
    assert "costs more at every effect" in " ".join(cap.break_even(dear).sentences)
