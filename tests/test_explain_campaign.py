"""A short part of the campaign of explanations against brute force; the whole is `python -m tests.explain_campaign`."""

from __future__ import annotations

import itertools

import pytest

from tests import oracle
from tests.explain_campaign import campaign, faults, has_plan, minimal_conflicts, weighed, with_rules
from tests.random_problems import random_problem
from tests.small import towns

# Own regions under nearest, nobody served, several scenarios, few sets valued beforehand, no way for points without women.
SEEDS = (30_014, 30_015, 30_034, 30_035, 41_062)


@pytest.mark.parametrize("seed", SEEDS)
def test_explanations_are_those_of_brute_force(seed: int) -> None:
    counted, wrong = campaign(range(seed, seed + 1))
    assert counted["infeasible"] == 1
    assert counted["complete"] == 1
    assert not wrong


def test_the_statement_answers_as_plain_enumeration_does() -> None:
    have = 0
    for seed in range(50_000, 50_030):
        problem = random_problem(seed, points=4, sites=3, nearest=True)
        for some in itertools.combinations(weighed(problem), len(weighed(problem)) - 1):
            part = with_rules(problem, frozenset(some) | {"nearest"})
            assert has_plan(part) == (oracle.best_plan(part) is not None)
            have += has_plan(part)
    assert have > 10


def test_the_campaign_finds_what_is_wrong() -> None:
    from dataclasses import replace

    from capacity.studies.explain import explain

    problem = towns({"nearest": True, "volume": 3, "reach": 20})
    told = explain(problem, effort=30)
    assert minimal_conflicts(problem) == {frozenset(c.rules) for c in told.conflicts}
    assert not list(faults(problem, told))
    wider = replace(told.conflicts[0], rules=(*told.conflicts[0].rules, "served"))
    assert any("no minimal conflict" in fault for fault in faults(problem, replace(told, conflicts=(wider,))))
    assert any("not told" in fault for fault in faults(problem, replace(told, conflicts=())))
    assert any("it is not said" in fault for fault in faults(problem, replace(told, ways_out=())))
    volume = next(w for w in told.ways_out if w.key == "rules.volume")
    short, long = replace(volume, value=volume.value + 0.1), replace(volume, value=volume.value - 0.1)
    assert any("no way out" in fault for fault in faults(problem, replace(told, ways_out=(short,))))
    assert any("said to be exact" in fault for fault in faults(problem, replace(told, ways_out=(long,))))
