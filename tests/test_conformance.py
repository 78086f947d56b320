"""The suites for engines and objectives: the library's own pass, and each law is missed by somebody who breaks it."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import capacity as cap
import capacity.testing
from capacity.engines.choose import REGISTRY
from capacity.engines.enumerate import ENUMERATE, NearestPlans
from capacity.engines.question import Engine, Found, Question
from capacity.rules import allowed_pairs
from capacity.rules.objectives import COST, OBJECTIVES, TRAVEL, Linear, Objective
from capacity.testing import BrokenLawError, check_engine, check_objective
from capacity.testing.trial import by_brute_force, small_problem
from tests.small import towns

NEAR = {"nearest": True}


@pytest.mark.parametrize("engine", list(REGISTRY))
def test_every_engine_of_the_library_keeps_the_laws(engine: str) -> None:
    assert check_engine(engine, count=3, seed=11).answered >= 3


@pytest.mark.parametrize("objective", list(OBJECTIVES))
def test_every_objective_of_the_library_keeps_the_laws(objective: str) -> None:
    assert check_objective(objective, count=3, seed=5).answered == 3


# --- engines that break a law ------------------------------------------------------------------


class Wrapped:
    """An engine of one's own, which answers as enumeration does."""

    name = "mine"

    def why_not(self, question: Question) -> str | None:
        return ENUMERATE.why_not(question)

    def expected_seconds(self, question: Question) -> float:
        return 1.0

    def solve(self, question: Question) -> Found:
        return ENUMERATE.solve(question)


class SecondBest(Wrapped):
    """Opens every site and calls it proven."""

    def solve(self, question: Question) -> Found:
        found = super().solve(question)
        if found.opened is None:
            return found
        plans = NearestPlans(
            question.problem, np.ones((1, len(found.opened)), dtype=bool), allowed_pairs(question.problem)
        )
        return replace(found, opened=plans.open[0], beds=plans.beds[0], shares=plans.shares(0))


class Shrugs(Wrapped):
    def why_not(self, question: Question) -> str | None:
        return "not today"


class NoPlan(Wrapped):
    def solve(self, question: Question) -> Found:
        return Found(outcome="unknown")


class NeverFeasible(Wrapped):
    def solve(self, question: Question) -> Found:
        return Found(outcome="infeasible")


class AnotherEachTime(Wrapped):
    """Beds come and go."""

    turn = 0

    def solve(self, question: Question) -> Found:
        found = super().solve(question)
        self.turn += 1
        if found.beds is None:
            return found
        return replace(found, outcome="feasible", bound=-np.inf, beds=found.beds + (self.turn % 3) * (found.beds > 0))


class Exaggerates(Wrapped):
    def solve(self, question: Question) -> Found:
        question.clock.tell("nearly done", bound=1e12, always=True)
        return super().solve(question)


WRONG: dict[str, tuple[Engine, str]] = {
    "second best": (SecondBest(), "keeps the rules|agrees with brute force|order of plans"),
    "shrugs": (Shrugs(), "says so of some problem"),
    "no plan": (NoPlan(), "has an answer where there is one"),
    "never feasible": (NeverFeasible(), "agrees with brute force"),
    # More beds may break a budget before they are another answer.
    "another each time": (AnotherEachTime(), "the same question has the same answer|keeps the rules"),
    "exaggerates": (Exaggerates(), "tells honestly"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_an_engine_that_breaks_a_law_is_told_which(kind: str) -> None:
    engine, law = WRONG[kind]
    with pytest.raises(BrokenLawError, match=law) as caught:
        check_engine(engine, count=6, objectives=["travel"])
    said = str(caught.value)
    assert "To repeat it: check_engine(" in said and "smallest problem" in said
    assert caught.value.problem.minutes.size <= small_problem(caught.value.seed).minutes.size


def test_an_engine_of_ones_own_passes_and_answers() -> None:
    assert check_engine(Wrapped(), count=4, objectives=["travel", "cost"]).answered >= 4
    plan = cap.solve(towns(NEAR), engine=Wrapped())
    assert plan.record["engine"] == "mine" and plan.record["why"] == "asked for"
    assert plan.site_ids == cap.solve(towns(NEAR)).site_ids
    with pytest.raises(cap.DataError, match="mine cannot answer this: families are not bound"):
        cap.solve(towns(), engine=Wrapped())


def test_a_broken_law_is_shown_in_the_smallest_problem() -> None:
    with pytest.raises(BrokenLawError) as caught:
        check_engine(NeverFeasible(), count=3, objectives=["travel"])
    assert caught.value.problem.minutes.shape == (1, 1)
    assert by_brute_force(caught.value.problem, TRAVEL) is not None


# --- objectives --------------------------------------------------------------------------------


class Farthest:
    """Women times the square of their way: an objective from outside, by arrays alone."""

    name, unit, sentence = "squares", "women x square minutes", "Long ways count more than twice as much."

    def by_scenario(self, problem: cap.Problem, plans: Any) -> Any:
        ways = plans.mean(np.where(np.isfinite(problem.minutes), problem.minutes, 0.0) ** 2)
        return (ways * problem.women[None]).sum(axis=2)


def with_rows() -> Objective:
    """The same, with columns and traits."""

    def model(p: cap.Problem, v: Any) -> Linear:
        each = p.minutes[v.pair_point, v.pair_site] ** 2
        columns = [v.share(s) for s in range(v.scenarios)]
        women = [p.expected_women] if v.shared else [p.probability[s] * p.women[s] for s in range(v.scenarios)]
        costs = [w[v.pair_point] * each for w in women]
        return Linear(columns=np.concatenate(columns), cost=np.concatenate(costs))

    return Objective(
        name="squares",
        unit="",
        sentence="",
        by_scenario=Farthest().by_scenario,
        model=model,
        in_rows=True,
        smallest_is_best=True,
        least=lambda p: 0.0,
        floor=lambda p: np.zeros(len(p.scenarios.ids)),
    )


def test_an_objective_from_outside_is_answered_and_proven_only_as_far_as_it_says() -> None:
    assert check_objective(Farthest(), count=4).answered == 4
    plan = cap.solve(towns(NEAR), Farthest())
    assert plan.objective_name == "squares" and plan.status == "feasible" and plan.gap == np.inf
    assert "not known of the objective squares" in plan.certificate
    assert plan.objective == pytest.approx(18 * 25) and plan.check() == ()
    with pytest.raises(cap.DataError, match="not written in columns"):
        cap.solve(towns(), Farthest())
    assert check_objective(with_rows(), count=4).answered == 4
    for problem in (towns(NEAR), towns()):
        plan = cap.solve(problem, with_rows())
        assert plan.status == "optimal" and plan.gap == 0 and plan.site_ids == ("a", "b", "c")


def test_a_plan_by_an_objective_from_outside_is_read_where_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = cap.solve(towns(NEAR), with_rows())
    plan.save(tmp_path / "plan")
    with pytest.raises(cap.DataError, match=r"'squares' that the plan was made by is installed.*objectives=\[") as told:
        cap.read_plan(tmp_path / "plan")
    assert told.value.findings[0].column == "objective_name"
    by_hand = cap.read_plan(tmp_path / "plan", objectives=[with_rows()])
    assert (by_hand.goal.name, by_hand.objective, by_hand.bound) == ("squares", plan.objective, plan.bound)

    class Point:
        def load(self) -> Objective:
            return with_rows()

    def entry_points(*, group: str, name: str) -> list[Point]:
        return [Point()] if (group, name) == ("capacity.objectives", "squares") else []

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    assert cap.read_plan(tmp_path / "plan").objective == plan.objective == cap.solve(towns(NEAR), "squares").objective
    with pytest.raises(cap.DataError, match="one the library knows"):
        cap.solve(towns(NEAR), "happiness")


def test_studies_take_an_objective_from_outside() -> None:
    problem, goal = towns(NEAR | {"units": [1, 2]}), Farthest()
    best = cap.solve(problem, goal).objective
    assert cap.sweep(problem, {"rules.units": [[1, 2]]}, objective=goal).runs[0]["objective"] == pytest.approx(best)
    found = cap.alternatives(problem, 2, objective=goal).alternatives
    assert found[0].plan.objective == pytest.approx(best) and found[0].behind == 0 < found[1].behind
    steps = cap.switch_points(problem, "rules.volume", 1, 9, pieces=2, exact_to=1, objective=goal).steps
    assert steps and not any(step.proven for step in steps)
    rows = cap.price_of_nearness(problem, objective=goal)
    assert [row["units"] for row in rows] == [1, 2]


def test_an_objective_of_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(cap.DataError, match="name of its own"):
        cap.solve(towns(NEAR), replace(TRAVEL, sign=1, unit="miles"))


BROKEN: dict[str, tuple[Objective, str]] = {
    "rows": (replace(with_rows(), model=TRAVEL.model), "rows and its arrays"),
    "sign": (replace(with_rows(), sign=2), "sign is 1 or -1"),
    "shape": (replace(with_rows(), by_scenario=lambda p, plans: np.zeros(3)), "a value for each plan"),
    "least": (replace(with_rows(), least=lambda p: 1e9), "bounds lie below"),
    "floor": (replace(with_rows(), floor=lambda p: np.full(len(p.scenarios.ids), 1e9)), "bounds lie below"),
    "expected": (
        replace(with_rows(), expected=lambda p, plans: np.full(len(plans.open), -5.0)),
        "within the scenarios",
    ),
    "larger is better": (
        replace(
            COST,
            name="c",
            model=with_rows().model,
            by_scenario=lambda p, plans: -COST.by_scenario(p, plans),
            expected=None,
            least=None,
            floor=None,
            in_rows=False,
        ),
        "smallest is best",
    ),
    "raises": (replace(with_rows(), by_scenario=lambda p, plans: 1 / 0), "a value for each plan"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_an_objective_that_breaks_a_law_is_told_which(kind: str) -> None:
    objective, law = BROKEN[kind]
    with pytest.raises(BrokenLawError, match=law) as caught:
        check_objective(objective, count=5)
    assert "To repeat it: check_objective(" in str(caught.value)


def test_values_that_change_are_no_objective() -> None:
    turns = iter(range(10**6))
    moody = replace(
        with_rows(), by_scenario=lambda p, plans: np.full((len(plans.open), len(p.scenarios.ids)), next(turns))
    )
    with pytest.raises(BrokenLawError, match=r"a value for each plan|the same plan has the same value"):
        check_objective(moody, count=1)


def test_names_of_objectives_and_engines_stand_at_home() -> None:
    """No table, and no comparison, of names of objectives or engines outside their homes."""
    names = {*OBJECTIVES, *REGISTRY}
    home = {"objectives.py", "choosing.py", "question.py", "__init__.py"}
    folder = Path(cap.__file__).parent
    found = []
    for path in sorted(folder.rglob("*.py")):
        # `exact` stands by itself; files of data and words name what people read.
        if path.name in home or path.parent.name in ("exact", "reading", "cli"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        # A Literal is a type.
        types = {id(n.slice) for n in ast.walk(tree) if isinstance(n, ast.Subscript)}
        for node in (n for n in ast.walk(tree) if id(n) not in types):
            told: list[ast.expr | None] = []
            if isinstance(node, ast.Tuple | ast.List | ast.Set):
                told = list(node.elts)
            elif isinstance(node, ast.Dict):
                told = list(node.keys)
            elif isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                told = [*node.comparators, *node.comparators]
            said = [n.value for n in told if isinstance(n, ast.Constant) and n.value in names]
            if len(said) > 1:
                found.append((str(path.relative_to(folder)), node.lineno, said))
    assert found == []


def test_a_suite_says_what_it_cannot_try() -> None:
    with pytest.raises(cap.DataError, match="one engine is tried at a time"):
        check_engine("auto")
    with pytest.raises(cap.DataError, match="objective is one the library knows"):
        check_objective("happiness")
    with pytest.raises(AttributeError, match="no attribute"):
        cap.testing.check_nothing  # noqa: B018
