"""A plan says what it does, and its check catches every kind of lie."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, InfeasibleError, NoPlanError, Plan, SolverError, solve
from capacity.engines.enumerate import trivial_bound
from capacity.engines.linear.solvers import solve_arrays, solve_linear
from capacity.plan.figures import weighted_quantile
from capacity.rules.objectives import OBJECTIVES, kolm_pollak_kappa
from tests.random_problems import random_problem
from tests.small import towns


@pytest.fixture(scope="module")
def plan() -> Plan:
    return solve(towns({"nearest": True, "units": [1, 2]}))


def test_figures_by_hand(plan: Plan) -> None:
    """Units at a and b: A 5, B 5, C 60 minutes."""
    assert plan.site_ids == ("a", "b")
    assert plan.mean_minutes == pytest.approx((10 * 5 + 6 * 5 + 2 * 60) / 18)
    assert plan.longest_minutes == 60
    assert plan.family_hours_per_year == pytest.approx(2 * 200 * 180 / 7 / 60)
    assert plan.status == "optimal" and plan.gap == 0
    assert plan.certificate.startswith("All 6 sets")
    units = plan.units.set_index("site_id")
    assert units.loc["b", "stays"] == pytest.approx(8)
    assert units.loc["a", "income_dkk"] == pytest.approx(4000 * 180 * 10)
    assert units.loc["a", "cost_dkk"] == pytest.approx(2e6 + 0.3e6 * 9 + 900 * 180 * 10)
    assert units.loc["b", "to_ambulatory_minutes"] == 20
    regions = plan.regions.set_index("region")
    assert regions.loc["E", "longest_minutes"] == 60
    assert regions.loc["W", "mean_minutes"] == pytest.approx(5)
    assert plan.objectives["worst"] == 60
    assert plan.objectives["travel"] == pytest.approx(plan.family_hours_per_year)
    assert set(plan.assignment.columns) >= {"point_id", "site_id", "scenario", "women", "minutes"}
    assert "a 9" in repr(plan)


def test_objectives_by_hand(plan: Plan) -> None:
    kappa = kolm_pollak_kappa(plan.problem)
    assert kappa == pytest.approx(18 * 5 / (18 * 25))
    pain = 16 * np.exp(kappa * 5) + 2 * np.exp(kappa * 60)
    assert plan.objectives["fair"] == pytest.approx(np.log(pain / 18) / kappa)
    annuity = 0.03 / (1 - 1.03**-30)
    beds = plan.beds
    running = 4e6 + 0.3e6 * beds + 900 * 180 * 18
    assert plan.objectives["cost"] == pytest.approx(running + 2e6 * beds * annuity)


def test_a_plan_passes_its_check_and_is_immutable(plan: Plan) -> None:
    assert plan.check() == ()
    with pytest.raises(FrozenInstanceError):
        plan.status = "feasible"  # type: ignore[misc]  # that is the test
    with pytest.raises(FrozenInstanceError):
        plan.problem.name = "other"  # type: ignore[misc]  # that is the test
    units = plan.units
    units["beds"] = 99
    assert plan.unit_table["beds"][0] == 9


def altered(table: Any, column: str, row: int, value: Any) -> dict[str, tuple[Any, ...]]:
    cells = list(table[column])
    cells[row] = value
    return {**table, column: tuple(cells)}


@pytest.mark.parametrize(
    ("what", "column", "row", "value", "caught"),
    [
        ("unit_table", "beds", 0, 8, "promise"),
        ("unit_table", "beds", 0, 31, "one_size"),
        ("unit_table", "site_id", 0, "c", "nearest"),
        ("unit_table", "site_id", 0, "z", "site_id"),
        ("unit_table", "site_id", 0, "b", "each unit stands once"),
        ("unit_table", "stays", 0, 11.0, "units.stays"),
        ("unit_table", "income_dkk", 0, 1.0, "units.income_dkk"),
        ("unit_table", "cost_dkk", 1, 1.0, "units.cost_dkk"),
        ("unit_table", "turned_away", 1, 0.2, "units.turned_away"),
        ("assignment_table", "women", 0, 9.0, "served"),
        ("assignment_table", "women", 0, 19.0, "nobody is served twice"),
        ("assignment_table", "minutes", 0, 6.0, "minutes are those of the travel table"),
        ("assignment_table", "site_id", 0, "b", "nearest"),
        ("assignment_table", "site_id", 0, "c", "open_only"),
        ("assignment_table", "point_id", 0, "Z", "point_id"),
        ("assignment_table", "scenario", 0, "Z", "scenario"),
        ("region_table", "mean_minutes", 0, 1.0, "regions.mean_minutes"),
        ("region_table", "longest_minutes", 0, 1.0, "regions.longest_minutes"),
        ("figures", "mean_minutes", None, 1.0, "mean_minutes"),
        ("figures", "longest_minutes", None, 1.0, "longest_minutes"),
        ("figures", "family_hours_per_year", None, 1.0, "family_hours_per_year"),
        ("objectives", "travel", None, 1.0, "objectives.travel"),
        ("objectives", "worst", None, 1.0, "objectives.worst"),
        ("objectives", "fair", None, 1.0, "objectives.fair"),
        ("objectives", "cost", None, 1.0, "objectives.cost"),
    ],
)
def test_the_check_catches(plan: Plan, what: str, column: str, row: int | None, value: Any, caught: str) -> None:
    old = getattr(plan, what)
    new = {**old, column: value} if row is None else altered(old, column, row, value)
    findings = replace(plan, **{what: new}).check()
    assert any(caught in str(f) for f in findings), findings


def test_the_check_catches_a_wrong_objective_and_bound(plan: Plan) -> None:
    assert any(f.column == "objective" for f in replace(plan, objective=1.0, bound=1.0).check())
    assert any(f.column == "bound" for f in replace(plan, bound=plan.objective + 1).check())


def test_solve_refuses_a_plan_that_fails_its_check(monkeypatch: pytest.MonkeyPatch) -> None:
    import capacity.rules.objectives as objectives

    travel = OBJECTIVES["travel"]
    liar = replace(travel, expected=lambda p, plans: travel.expected(p, plans) - 1)
    monkeypatch.setitem(objectives.OBJECTIVES, "travel", liar)
    with pytest.raises(SolverError, match="did not pass its own check"):
        solve(towns({"nearest": True}))


def test_infeasible_names_the_rules_that_are_on() -> None:
    with pytest.raises(InfeasibleError) as caught:
        solve(towns({"nearest": True, "volume": 100}))
    assert "volume" in caught.value.rules and "nearest" in caught.value.rules
    with pytest.raises(InfeasibleError):
        solve(towns({"volume": 100}))
    with pytest.raises(InfeasibleError):
        solve(towns({"reach": 1}))


def test_a_tiny_time_limit_is_honest() -> None:
    problem = random_problem(4, points=12, sites=12, nearest=True, scenarios=1, **OPEN)
    optimum = solve(problem).objective
    for engine in ("enumerate", "mip"):
        try:
            cut = solve(problem, engine=engine, time_limit=1e-4)
        except NoPlanError:
            continue
        assert cut.bound <= optimum + 1e-9 <= cut.objective + 2e-9
        assert cut.status == "optimal" or cut.gap > 0


OPEN: dict[str, Any] = dict.fromkeys(
    (
        "units",
        "near_ambulatory",
        "region_unit",
        "region_access",
        "own_region",
        "reach",
        "one_agreement",
        "volume",
        "income",
        "build_budget",
        "run_budget",
        "keep",
        "forbid",
        "size_floor",
    )
)


def test_enumeration_cut_short_keeps_a_valid_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    import capacity.engines.enumerate as enumeration

    problem = random_problem(7, points=6, sites=6, nearest=True, scenarios=1, **OPEN)
    for goal in OBJECTIVES:
        optimum = solve(problem, goal).loss
        assert trivial_bound(problem, OBJECTIVES[goal]) <= optimum + 1e-9
    monkeypatch.setattr(enumeration, "BLOCK_CELLS", 24)
    cut = solve(problem, engine="enumerate", time_limit=1e-9)
    assert cut.status == "feasible" and "cut short" in cut.certificate
    assert cut.bound <= solve(problem).objective <= cut.objective
    assert 0 < cut.gap < np.inf


def test_interrupting_enumeration_gives_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    import capacity.engines.enumerate as enumeration

    problem = random_problem(7, points=6, sites=6, nearest=True, scenarios=1, **OPEN)
    monkeypatch.setattr(enumeration, "BLOCK_CELLS", 24)
    keeps_rules, calls = enumeration.keeps_rules, []

    def stop_at_third(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return keeps_rules(*args)

    monkeypatch.setattr(enumeration, "keeps_rules", stop_at_third)
    cut = solve(problem)
    assert cut.status == "feasible" and cut.record["interrupted"]
    calls[:] = [1, 1]
    with pytest.raises(NoPlanError, match="interrupted"):
        solve(problem)


@pytest.mark.parametrize("solver", ["HiGHS", "HiGHS-arrays", "PULP_CBC_CMD", "GLPK_CMD"])
def test_any_solver_pulp_knows_gives_the_same_plan(solver: str) -> None:
    pulp = pytest.importorskip("pulp")
    if solver.startswith("HiGHS") or solver in pulp.listSolvers(onlyAvailable=True):
        plan = solve(towns({"units": [1, 2], "volume": 3}), engine="mip", solver=solver)
        assert plan.site_ids == ("a", "b") and plan.status == "optimal"
    else:
        with pytest.raises(DataError, match="Choose from: HiGHS, HiGHS-arrays"):
            solve(towns(), engine="mip", solver=solver)


def test_settling_keeps_to_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float | None] = []

    def watched(*given: Any, time_limit: float | None = None, **options: Any) -> Any:
        limits.append(time_limit)
        return solve_arrays(*given, time_limit=time_limit, **options)

    monkeypatch.setattr("capacity.engines.settling.solve_arrays", watched)
    solve(towns({"volume": 3}), engine="mip", time_limit=50)
    assert len(limits) > 3
    assert all(limit is not None and 0 < limit <= 50 for limit in limits)


def test_nothing_is_read_from_an_unsolved_model() -> None:
    from capacity.engines.linear.model import build

    model = build(towns({"volume": 100}), OBJECTIVES["travel"]).linear
    for solver in ("HiGHS", "HiGHS-arrays"):
        answer = solve_linear(model, solver=solver)
        assert answer.outcome == "infeasible" and answer.values is None
    assert solve_linear(model, time_limit=0).outcome == "unknown"


def test_women_past_a_nearer_unit_are_counted() -> None:
    free = solve(towns({"keep": ["c"], "volume": 4, "units": [3, 3]}))
    assert free.figures["women_past_nearer"] == pytest.approx(2)
    assert free.figures["minutes_past_nearer"] == pytest.approx(55)


def test_weighted_quantile() -> None:
    values, weights = np.array([30.0, 10, 20]), np.array([1.0, 1, 3])
    assert weighted_quantile(values, weights, 0.8) == 20
    assert weighted_quantile(values, weights, 0.81) == 30
    assert np.isnan(weighted_quantile(values, np.zeros(3), 0.8))


def test_a_plan_without_any_unit_can_be_told(tmp_path: Path) -> None:
    """A place is worth 1 DKK: nobody is served, and the tables and the page say so."""
    plan = solve(towns({"prices": {"served": 1.0}}), "cost")
    assert plan.site_ids == () and plan.objective == pytest.approx(18)
    (row,) = plan.by_scenario.to_dict("records")
    assert row["served_share"] == row["occupancy"] == row["cost"] == 0
    assert plan.report(tmp_path / "none.html").stat().st_size > 0


def test_a_plan_writes_what_it_is(tmp_path):
    plan = cap.solve(cap.denmark())
    assert {p.name for p in plan.save(tmp_path / "plan")} >= {"plan.json", "units.csv", "plan.gpkg"}
    assert cap.read_plan(tmp_path / "plan").site_ids == plan.site_ids
    assert plan.geopackage(tmp_path / "own.gpkg").exists() and plan.to_json()["status"] == "optimal"
    with pytest.raises(cap.DataError, match=r"ends in \.gpkg"):
        plan.geopackage(tmp_path / "own.shp")
    assert {p.name for p in tmp_path.iterdir()} == {"plan", "own.gpkg"}


def test_a_plans_tables_are_not_changed_under_it_and_survive_a_pickle():
    plan = cap.solve(cap.denmark())
    for name in ("unit_table", "region_table", "assignment_table", "objectives", "figures", "record"):
        with pytest.raises(TypeError):
            getattr(plan, name)["new"] = 1
    again = pickle.loads(pickle.dumps(plan))
    assert again.check() == () and dict(again.figures) == dict(plan.figures)


def test_a_plan_without_units_says_so():
    plan = cap.solve(towns({"served": False}))
    assert repr(plan) == "<Plan optimal: no unit>"


def test_a_problem_and_a_plan_are_short_in_a_notebook():
    problem = cap.denmark()
    assert len(repr(problem).splitlines()) == 5 and "98 demand points in 5 regions" in repr(problem)
    assert len(problem._repr_html_()) < 500 and "FA_ODENSE" in cap.solve(problem)._repr_html_()
