"""The library's own rules keep the laws that `capacity.testing` holds any rule to, and their names stand at home."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import capacity
from capacity import Problem
from capacity.rules import RULES, Excess, Plans, Rows, Rule, Variables
from capacity.rules.rule import RowWriter
from capacity.testing import LAWS, BrokenLawError, check_rule, random_problem
from capacity.testing.brute import judged
from capacity.testing.problems import given_course, stream

ROOT = Path(capacity.__file__).parent

ORDINARY: dict[str, set[str]] = {
    "units": {
        "plan/aftercare.py",
        "plan/check.py",
        "plan/figures.py",
        "plan/file.py",
        "cli",
        "report",
        "studies",
        "testing",
    },
    "served": {"cli", "report"},
    "promise": {
        "plan/file.py",
        "problem/problem.py",
        "problem/promise.py",
        "problem/settings.py",
        "reading/case.py",
        "report",
    },
    "income": {"report"},
    # A column of the sites.
    "neonatal": {"problem", "reading", "plan/file.py", "report/table/beyond.py", "testing/trial.py"},
    "keep": {"engines/exact"},
    "forbid": {"engines/exact"},
}
"""Names of rules that are ordinary words as well, and where they stand as such: columns, measures, sections."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_librarys_rules_keep_every_law(rule: type[Rule]) -> None:
    check_rule(rule, count=1)


def test_a_further_rule_reshuffles_nothing() -> None:
    """Every rule and every subject draws from a seed of its own."""
    with_all, without = random_problem(7), random_problem(7, without=["volume"])
    assert np.array_equal(with_all.women, without.women)
    assert {k: v for k, v in with_all.policy.settings().items() if k != "volume"} == {
        k: v for k, v in without.policy.settings().items() if k != "volume"
    }
    assert stream(7, "volume").random() == stream(7, "volume").random() != stream(7, "income").random()


def test_money_counts_admitted_stays_in_most_random_problems_and_all_stays_in_others() -> None:
    admitted = [random_problem(seed, rules=False).counts_admitted for seed in range(40)]
    assert 16 <= sum(admitted) <= 32


def test_a_law_that_is_never_tried_proves_nothing() -> None:
    class Always(Rule):
        """Nothing is asked."""

        name, unit = "always", "nothing"
        words = {"da": ("altid", "Intet.")}
        with_more_beds = "same"

        def rows(self, p, v):  # type: ignore[no-untyped-def]
            from capacity.rules.rule import RowWriter

            return RowWriter().rows()

        def excess(self, p, plans):  # type: ignore[no-untyped-def]
            from capacity.rules import Excess

            return Excess(keys=((),), amount=np.full((len(plans.open), 1), -1.0))

    check_rule(Always(), count=1, laws=["rows and excess agree"])
    with pytest.raises(BrokenLawError, match="no plan broke it"):
        check_rule(Always(), count=1)


class SaysTooMuch(Rule):
    """Nothing is asked; what it says to a solver forbids plans all the same."""

    name, unit = "says_too_much", "nothing"
    words: ClassVar = {"da": ("siger for meget", "Intet.")}
    with_more_beds = "same"
    most: float

    def rows(self, p: Problem, v: Variables) -> Rows:
        out = RowWriter()
        for s in range(v.scenarios):
            for i in np.unique(v.pair_point):
                out.add(-1, [(v.share(s)[v.pair_point == i], 1.0)], lower=1.0)
            out.add_each(-1, [(v.share(s), 1.0)], upper=self.most)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        return Excess(keys=((),), amount=np.full((len(plans.open), 1), -1.0))


@pytest.mark.parametrize(
    ("rule", "law"),
    [
        (SaysTooMuch(most=1.0), "with an outpatient course engines agree with brute force"),
        (SaysTooMuch(most=0.4), "where families are split no plan looked at is better"),
    ],
)
def test_a_rule_that_loses_plans_is_told_with_a_course_and_where_families_are_split(rule: Rule, law: str) -> None:
    """Everybody at a unit, which a course makes impossible; and nobody's half at one."""
    with pytest.raises(BrokenLawError, match=r"the engine mip finds .*, (every|a) plan looked at gives"):
        check_rule(rule, laws=[law])


def test_a_course_is_tried_by_brute_force_as_often_as_not() -> None:
    """A law that finds no plan anywhere says little: these problems have some."""
    problems = [given_course(random_problem(seed, rules=False), stream(seed, "course")) for seed in range(12)]
    found = [judged(problem.replace(policy={"nearest": True})) for problem in problems]
    assert sum(one is not None and one.least("cost") is not None for one in found) > 4


def test_every_law_is_public() -> None:
    assert "every engine agrees with brute force" in LAWS
    with pytest.raises(KeyError):
        check_rule(RULES[0], laws=["no such law"])


def named_outside_home() -> list[str]:
    names = {rule.name for rule in RULES}
    keys = {f"{section}.{name}" for section in ("rules", "policy", "prices") for name in names}
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        inside = path.relative_to(ROOT)
        if inside.parts[0] == "rules":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            said = node.value
            ordinary = said in names and any(inside.is_relative_to(where) for where in ORDINARY.get(said, ()))
            if not ordinary and (said in names or any(said == key or said.startswith(f"{key}.") for key in keys)):
                found.append(f"{inside}:{node.lineno} {said!r}")
    return found


def test_no_rule_is_named_outside_its_home() -> None:
    """What is known of a rule stands in its class; elsewhere its traits are asked for."""
    assert named_outside_home() == []
