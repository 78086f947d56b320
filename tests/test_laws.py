"""The library's own rules keep the laws that `capacity.testing` holds any rule to, and their names stand at home."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import capacity
from capacity.rules import RULES, Rule
from capacity.testing import LAWS, BrokenLawError, check_rule, random_problem
from capacity.testing.problems import stream

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
