"""A rule of one's own, whole, in one file: a unit lies near a hospital with a neonatal ward (a column of the sites)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, Finding, Policy, Problem
from capacity.arrays import Bools
from capacity.rules import Excess, Plans, Rows, Rule, Variables
from capacity.rules.rule import RowWriter
from capacity.rules.values import AtLeastZero
from capacity.testing import BrokenLawError, check_rule, random_problem
from tests.small import towns

COLUMN = "minutes_to_ward"


class NearWard(Rule):
    """A unit lies within the given minutes of a hospital with a neonatal ward."""

    minutes: AtLeastZero

    name = "near_ward"
    unit = "minutes beyond the limit"
    short = "minutes"
    words = {
        "da": ("nær neonatalafdeling", "En enhed ligger højst det angivne antal minutter fra en neonatalafdeling.")
    }
    about = "site"
    measure = {"": "minutes-of"}
    with_more_beds = with_more_units = with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = masks_say_all = True
    moved_by = {"minutes": "looser"}

    def _away(self, p: Problem) -> Any:
        return np.array(p.network.site_columns[COLUMN], dtype=float)

    def faults(self, p: Problem) -> Iterable[Finding]:
        if COLUMN not in p.network.site_columns:
            yield Finding(table="sites", column=COLUMN, rule="every site has its minutes", remedy="Add the column.")

    def told(self, p: Problem) -> tuple[()]:
        return ()

    def sites(self, p: Problem) -> Bools:
        return np.asarray(self._away(p) <= self.minutes)

    def rows(self, p: Problem, v: Variables) -> Rows:
        out = RowWriter()
        for j in v.sites[self._away(p)[v.sites] > self.minutes]:
            beyond = float(self._away(p)[j] - self.minutes)
            out.add(out.instance(p.network.site_ids[j]), [(v.open[[j]], beyond)], upper=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        over = np.where(plans.open, self._away(p) - self.minutes, 0.0)
        return Excess(keys=tuple((j,) for j in p.network.site_ids), amount=over)

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> NearWard:
        return cls(minutes=float(rng.choice(p.network.site_columns[COLUMN])))

    def asked(self) -> str:
        return f"within {self.minutes:g} minutes of a neonatal ward"


class Undeclared(NearWard):
    """A unit lies within the given minutes of a hospital with a neonatal ward."""

    with_more_beds = with_more_units = with_more_women = None
    own_columns = "any"
    stagewise = few_scenarios = kept_by_mean = masks_say_all = False
    moved_by = None

    def told(self, p: Problem) -> None:
        return None

    def sites(self, p: Problem) -> None:
        return None


class OneMinuteOff(NearWard):
    """A unit lies within the given minutes of a hospital with a neonatal ward."""

    def excess(self, p: Problem, plans: Plans) -> Excess:
        over = np.where(plans.open, self._away(p) - self.minutes - 1, -1.0)
        return Excess(keys=tuple((j,) for j in p.network.site_ids), amount=over)


class TightenedByMore(NearWard):
    """A unit lies within the given minutes of a hospital with a neonatal ward."""

    moved_by = {"minutes": "tighter"}


class OfAnotherMask(NearWard):
    """A unit lies within the given minutes of a hospital with a neonatal ward."""

    def sites(self, p: Problem) -> Bools:
        return np.asarray(self._away(p) <= self.minutes - 5)


def with_wards(problem: Problem) -> Problem:
    """Every site some minutes from a ward: 5, 15, 25, ... in the order of their ids."""
    order = np.argsort(problem.network.site_ids)
    away = tuple((5.0 + 10 * np.argsort(order)).tolist())
    columns = {**problem.network.site_columns, COLUMN: away}
    return problem.replace(network=problem.network.replace(site_columns=columns))


def small(seed: int) -> Problem:
    return with_wards(random_problem(seed))


@pytest.mark.parametrize("rule", [NearWard, Undeclared], ids=lambda r: r.__name__)
def test_it_is_a_rule_like_the_librarys(rule: type[Rule]) -> None:
    check_rule(rule, problems=small, count=2)


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        (OneMinuteOff, "rows and excess agree"),
        (TightenedByMore, "moved_by is true"),
        (OfAnotherMask, "closed forms are true"),
    ],
)
def test_a_wrong_one_is_caught_with_the_law_it_breaks(wrong: type[Rule], law: str) -> None:
    with pytest.raises(BrokenLawError) as caught:
        check_rule(wrong, problems=small, count=6)
    assert caught.value.law == law
    assert f"breaks the law: {law}" in str(caught.value)
    assert f"seed={caught.value.problem is not None and int(str(caught.value).split('seed=')[1].split(',')[0])}" in str(
        caught.value
    )
    # Shrunk: no other rule is needed to see it.
    assert caught.value.problem is not None
    assert [r.name for r in caught.value.problem.policy.values() if not r.usual] == ["near_ward"]


def test_plan_explain_and_settings_treat_it_like_theirs() -> None:
    problem = with_wards(towns({"nearest": True})).replace(policy=Policy(nearest=True, extra=[NearWard(minutes=15)]))
    plan = cap.solve(problem)
    assert plan.site_ids == ("a", "b")
    assert not plan.check()
    assert plan.record["foreign_rules"] == {"near_ward": "tests.test_rule_near_ward:NearWard"}
    assert plan.record["settings"]["rules"]["near_ward"] == 15
    assert cap.solve(problem.set("rules.near_ward", 25)).site_ids == ("a", "b", "c")
    off = problem.set("rules.near_ward", False)
    assert off.get("rules.near_ward") is False
    assert off.fingerprint == with_wards(towns({"nearest": True})).fingerprint
    said = cap.explain(problem.set("rules.keep", ["c"]))
    assert [sorted(conflict.rules) for conflict in said.conflicts] == [["keep", "near_ward"]]
    assert "near_ward (within 15 minutes of a neonatal ward)" in said.conflicts[0].text
    assert {way.key for way in said.ways_out} >= {"rules.near_ward"}
    with pytest.raises(DataError, match="minutes lies between 0 and inf"):
        problem.set("rules.near_ward", -1)
    with pytest.raises(DataError, match="every site has its minutes"):
        towns().replace(policy={"extra": [NearWard(minutes=15)]})


def test_the_fingerprint_moves_with_the_column_it_reads() -> None:
    problem = with_wards(towns()).replace(policy={"extra": [NearWard(minutes=15)]})
    columns = {COLUMN: (5.0, 15.0, 26.0)}
    assert problem.replace(network=problem.network.replace(site_columns=columns)).fingerprint != problem.fingerprint


def test_a_plan_names_the_rule_it_was_made_with(tmp_path: Any) -> None:
    plan = cap.solve(with_wards(towns()).replace(policy={"extra": [NearWard(minutes=15)]}))
    plan.save(tmp_path / "plan")
    with pytest.raises(DataError, match=r"'near_ward' that the plan was made with is installed"):
        cap.read_plan(tmp_path / "plan")
    again = cap.read_plan(tmp_path / "plan", rules=[NearWard])
    assert again.site_ids == plan.site_ids
    assert again.problem.fingerprint == plan.problem.fingerprint


def test_a_rule_that_is_none_is_refused() -> None:
    class Nameless(Rule):
        """It has no name."""

    class Volume(NearWard):
        """It has another's."""

        name = "volume"

    for extra, said in (
        (Nameless, "a rule has name and unit"),
        (Volume, "not that of another rule"),
        (int, "each is a rule"),
    ):
        with pytest.raises(DataError, match=said):
            Policy(extra=[extra])  # type: ignore[list-item]  # what is tested
    with pytest.raises(DataError, match="Did you mean 'volume'"):
        Policy(volum=3)


def test_a_rule_that_a_package_offers_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        def load(self) -> type[Rule]:
            return NearWard

    def entry_points(*, group: str, name: str) -> list[Point]:
        return [Point()] if (group, name) == ("capacity.rules", "near_ward") else []

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    problem = with_wards(towns()).set("rules.near_ward", 15)
    assert cap.solve(problem).site_ids == ("a", "b")
    assert Policy(near_ward=15)["near_ward"] == NearWard(minutes=15)
    case = cap.denmark({"rules.near_ward": False})
    assert case.get("rules.near_ward") is False
    with pytest.raises(DataError, match="every site has its minutes"):
        cap.denmark({"rules.near_ward": 15})


def test_a_policy_is_a_mapping_that_cannot_be_changed() -> None:
    policy = Policy(volume=8, extra=[NearWard(minutes=15)], prices={"near_ward": 2.0})
    assert dict(policy)["volume"] is policy["volume"] is policy.volume
    assert policy.on[-1] == "near_ward" == policy.known[-1]
    assert repr(policy) == "Policy(volume=8.0, near_ward=15.0, prices={'near_ward': 2.0})"
    assert hash(policy) == hash(policy.replace()) and policy == policy.replace()
    assert policy != policy.replace(near_ward=16) and policy != 3
    assert "volume" not in policy.replace(volume=None) and len(policy.replace(volume=None)) == len(policy) - 1
    for change in (lambda: setattr(policy, "volume", 3), lambda: delattr(policy, "volume")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    with pytest.raises(TypeError):
        policy.prices["volume"] = 3.0  # type: ignore[index]  # what is tested
