"""Calls from Python that make no sense are told as faults, with the argument that makes none."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

import capacity as cap
from capacity.beds import smallest_beds
from capacity.problem.calls import told
from capacity.synthetic import country
from tests.small import towns


@pytest.fixture(scope="module")
def plan() -> cap.Plan:
    return cap.solve(towns({"nearest": True}))


POINTS = pd.DataFrame({"point_id": ["A", "B"], "region": ["N", "S"], "people": [1, 2]})
SITES = pd.DataFrame({"site_id": ["x"], "point_id": ["A"]})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda p: cap.alternatives(p.problem, k=2, within=None), "within is a number"),
        (lambda p: cap.alternatives(p.problem, within=10**400), "within is a number that can be counted with"),
        (lambda p: cap.pareto(p.problem, objectives=None), "objectives is a list"),
        (lambda p: cap.pareto(p.problem, objectives=[[]]), "objectives is a list, each of it text"),
        (lambda p: cap.ladder(p.problem, key=None), "key is text"),
        (lambda p: cap.ladder(p.problem, low=""), "low is a number or None"),
        (lambda p: cap.robustness(p.problem, scenarios="x"), "scenarios is a list"),
        (lambda p: cap.sweep(p.problem, None), "grid is a table"),
        (lambda p: cap.sweep(p.problem, {1: 2}), "grid is a table of names and values, each text"),
        (lambda p: cap.sweep(p.problem, {"stay.mean_days": [180]}, folder="a\0b"), "folder is text"),
        (lambda p: cap.stress(None), "plan is a Plan"),
        (lambda p: cap.stress(p, years=2.5), "years is a whole number"),
        (lambda p: cap.stress(p, seed=-1), "seed is a whole number, not negative"),
        (lambda p: cap.closures(p, days=None), "days is a number"),
        (lambda p: cap.sample_scenarios(None, 3), "problem is a Problem"),
        (lambda p: cap.sample_scenarios(p.problem, 2.5), "count is a whole number"),
        (lambda p: cap.under(p.problem, None), "scenario is a NamedScenario or text"),
        (lambda p: cap.with_scenarios(p.problem, ids=3), "ids is a list"),
        (lambda p: cap.scenario_table(np.array("x")), "named is a list or a Problem"),
        (lambda p: cap.Network.from_tables(POINTS, SITES, regions={"N": "N"}), "regions is text"),
        (lambda p: cap.Network.from_tables(POINTS, SITES, ambulatories=None), "ambulatories is a list"),
        (lambda p: p.problem.network.replace(point_names=None), "point_names is a list"),
        (lambda p: p.problem.network.replace(site_smallest=3), "site_smallest is numbers, one for each"),
        (lambda p: p.problem.network.replace(point_columns={"people": 1}), "point_columns is a table"),
        (lambda p: p.problem.replace(travel=None), "travel is a TravelMatrix"),
        (lambda p: p.problem.replace(uptake=3), "uptake is a Uptake"),
        (lambda p: p.problem.replace(uptake=[[30]]), "a curve is pairs"),
        (lambda p: p.problem.replace(to_ambulatory="x"), "to_ambulatory is a TravelMatrix"),
        (lambda p: p.problem.replace(finance=None), "finance is a Finance"),
        (lambda p: cap.Care(mean_days=10**400), "mean_days is a number that can be counted with"),
        (lambda p: cap.Finance(day_rate_dkk=p), "day_rate_dkk: a finite number"),
        (lambda p: cap.Uncertainty(level_cv=None), "level_cv is a number"),
        (lambda p: cap.Policy(prices=3), "prices is a table"),
        (lambda p: p.problem.set(None, 3), "key is text"),
        (lambda p: p.problem.set("stay.mean_days", 10**400), "mean_days is a number that can be counted with"),
        (lambda p: cap.Scenarios(ids=("u",), point_ids=("A",), women=[[1.0]], probability=[[]]), "probabilities"),
        (lambda p: cap.TravelMatrix(origin_ids=None, destination_ids=("x",), values=[[1.0]]), "origin_ids is a list"),
        (lambda p: cap.TravelMatrix.from_links(None, ["A"], ["x"]), "links is a list"),
        (lambda p: cap.read_case("x", settings=3), "settings is a table"),
        (lambda p: cap.denmark({1: 2}), "settings is a table of names and values, each text"),
        (lambda p: cap.read_plan(None), "path is text or a path"),
        (lambda p: p.report(None), "path is text or a path"),
        (lambda p: cap.small_multiples("x"), "plans is a table of names and values"),
        (lambda p: cap.small_multiples([p], columns=None), "columns is a whole number"),
        (lambda p: cap.plot_ladder([]), "what is drawn is a table"),
        (lambda p: cap.who_pays(p, seed=-1), "seed is a whole number, not negative"),
        (lambda p: cap.sharing(p.problem, hour_dkk="x"), "hour_dkk is a number"),
        (lambda p: cap.influence(p.problem, tell=3), "tell is a function"),
        (lambda p: cap.add_site("x", "A", lat="55", lon=10.0), "a case is a folder"),
        (lambda p: cap.travel_from_roads(None, None), "roads is text or a path or a list"),
        (lambda p: cap.read_table(None, p.problem), "path is text or a path"),
        (lambda p: cap.Payment(name=3), "name is text"),
        (lambda p: p.document("x.docx", language=3), "language is text"),
        (lambda p: p.document("x.docx", template=3), "template is text or a path"),
        (lambda p: country(None, 3), "points is a whole number"),
        (lambda p: smallest_beds(None, 3.0, 180, 20), "promise is a Promise"),
    ],
)
def test_the_argument_that_makes_no_sense_is_named(call: Callable[[cap.Plan], Any], said: str, plan: cap.Plan) -> None:
    with pytest.raises(cap.DataError) as caught:
        call(plan)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 1_000


@told
def asked(
    kind: Literal["a", "b"] = "a",
    table: Mapping[str, int] | None = None,
    names: Sequence[str] = (),
    *,
    flag: bool = False,
    fail: Callable[[], object] = lambda: None,
) -> object:
    """What falls over whenever it is told to."""
    return fail()


def bug() -> object:
    raise ValueError("a bug")


def test_what_falls_over_on_sensible_arguments_is_passed_on() -> None:
    with pytest.raises(ValueError, match="a bug"):
        asked("b", {"x": 1}, ["y"], flag=True, fail=bug)
    with pytest.raises(TypeError, match="unexpected keyword"):
        asked(other=3)  # type: ignore[call-arg]  # wrong on purpose
    assert asked() is None
    assert list(inspect.signature(asked).parameters) == ["kind", "table", "names", "flag", "fail"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "c"}, "kind is one of a, b"),
        ({"table": {"x": "y"}}, "table is a table of names and values, each a whole number"),
        ({"names": "x"}, "names is a list"),
        ({"names": [3]}, "names is a list, each of it text"),
        ({"flag": 1}, "flag is True or False"),
        ({"fail": 3}, "fail is a function"),
        ({"names": (name for name in "x"), "kind": 3}, "kind is one of"),
    ],
)
def test_each_kind_of_argument_is_told(given: dict[str, Any], said: str) -> None:
    with pytest.raises(cap.DataError) as caught:
        asked(**{"fail": bug, **given})
    assert said in str(caught.value)


def test_every_public_call_tells_its_nonsense() -> None:
    calls = {name: getattr(cap, name) for name in cap.__all__}
    bare = [name for name, call in calls.items() if inspect.isfunction(call) and inspect.unwrap(call) is call]
    # An objective or rule of one's own is asked of its class.
    assert bare == []
