"""Studies against brute force: alternatives, fronts, ladders, sweeps, comparisons."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, InfeasibleError, Plan, Problem, solve
from capacity.cli.main import run
from capacity.studies.compare import differing_tables
from capacity.studies.near_ties import OrderTie, near_ties, order_ties, ties_of
from capacity.studies.pareto import not_dominated, stops_paying
from capacity.studies.sets import plan_of_set
from tests import oracle
from tests.random_problems import random_problem
from tests.small import towns

RULES: dict[str, Any] = {"nearest": True, "volume": 3}


@cache
def every_plan(problem: Problem, objective: str = "travel") -> list[Plan]:
    """Every set of sites, each solved on its own; of one problem once for all studies."""
    plans = []
    ids = problem.network.site_ids
    for size in range(1, len(ids) + 1):
        for sites in itertools.combinations(ids, size):
            if set(problem.policy.keep or ()) <= set(sites) and not set(problem.policy.forbid or ()) & set(sites):
                try:
                    plans.append(plan_of_set(problem, sites, objective))
                except InfeasibleError:
                    continue
    return plans


@cache
def problems_with_plans() -> list[Problem]:
    """Six problems in which at least three sets of sites keep the rules."""
    drawn = (random_problem(seed, points=5, sites=5, scenarios=1, nearest=True) for seed in itertools.count(9_000))
    return list(itertools.islice((problem for problem in drawn if len(every_plan(problem)) >= 3), 6))


def feasible_problems(count: int) -> list[Problem]:
    return problems_with_plans()[:count]


# --- alternatives ----------------------------------------------------------------------------


def test_alternatives_are_the_best_sets_of_brute_force() -> None:
    for problem in feasible_problems(6):
        found = cap.alternatives(problem, k=4, within=0.2)
        expected = sorted(every_plan(problem), key=lambda p: (round(p.objective, 6), p.objectives["cost"], p.site_ids))
        assert [round(a.plan.objective, 6) for a in found.alternatives] == [round(p.objective, 6) for p in expected[:4]]
        assert found.alternatives[0].plan.objective == pytest.approx(solve(problem).objective)
        close = [set(p.site_ids) for p in expected if p.objective <= expected[0].objective * 1.2 + 1e-9]
        assert found.close == len(close)
        assert set(found.core) == set.intersection(*close)
        assert set(found.core) | set(found.optional) == set.union(*close)
        assert not set(found.never) & set.union(*close)


def test_alternatives_of_the_model_are_those_of_brute_force() -> None:
    tried = 0
    for seed in itertools.count(9_500):
        problem = random_problem(seed, points=4, sites=4, scenarios=1, nearest=None)
        expected = sorted(round(p.objective, 5) for p in every_plan(problem))
        if len(expected) < 4:
            continue
        found = cap.alternatives(problem, k=4, within=0.1)
        assert [round(a.plan.objective, 5) for a in found.alternatives] == expected[:4]
        assert found.close == sum(v <= expected[0] * 1.1 + 1e-6 for v in expected)
        assert "in order" in found.certificate
        tried += 1
        if tried == 6:
            break
    with pytest.raises(InfeasibleError):
        cap.alternatives(towns({"volume": 99}))


def test_pooling_by_hand() -> None:
    # Everybody at a: West 16 and East 2 stays, 180 days: 7.89 and 0.99 beds of load.
    rows = cap.pooling(solve(towns({"units": [1, 1]})))
    assert rows[0]["regions"] == ["E", "W"]
    assert rows[0]["beds_shared"] == 14
    assert rows[0]["beds_apart"] == 12 + 4
    assert rows[-1]["saved"] == 2


def test_alternatives_may_have_to_differ_more() -> None:
    found = cap.alternatives(towns({"nearest": True}), k=10, differ=2)
    sets = [set(a.plan.site_ids) for a in found.alternatives]
    for one, other in itertools.combinations(sets, 2):
        assert max(len(one - other), len(other - one)) >= 2


def test_an_alternative_is_told_against_the_best() -> None:
    best, other = cap.alternatives(towns(RULES), k=2).alternatives
    assert best.story == "The best plan."
    assert best.plan.site_ids == ("a", "b")
    assert other.story.startswith("without Site b; ")
    assert "minutes on average" in other.story
    assert other.behind > 0
    assert list(cap.alternatives(towns(RULES), k=2).table["rank"]) == [1, 2]


def test_sentences_of_alternatives_name_places(capsys: pytest.CaptureFixture[str]) -> None:
    found = cap.alternatives(cap.denmark())
    assert found.parts() == (
        "In every plan within 5 %: Aalborg, Hvidovre, Odense; in some: København; in none: the other 21 sites."
    )
    assert found.to_json()["core"] == ["FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE"]
    said = [found.parts(), *(a.story for a in found.alternatives), *map(str, found.near_ties)]
    assert not [text for text in said if any(j in text for j in cap.denmark().network.site_ids)]
    few = cap.alternatives(towns(RULES))
    assert few.parts() == "In every plan within 5 %: Site a, Site b; in some: none; in none: Site c."
    for command in (
        ["alternatives"],
        ["ladder"],
        ["pareto"],
        ["robust"],
        ["price"],
        ["compare"],
        ["sweep", "--grid", "rules.volume=[8]"],
    ):
        assert run(command) == 0
        out = capsys.readouterr().out
        assert "Aalborg" in out and "FA_" not in out, command


def test_near_ties_are_named() -> None:
    problem = towns({"nearest": True, "units": [2, 2]}, minutes_error=(0.0, 0.0))
    plan = plan_of_set(problem, ("a", "c"))
    assert near_ties(plan) == ()
    # B is 30 minutes from a and 60 from c; C 5 from c and 90 from a.
    tied = plan_of_set(towns({"nearest": True}, minutes_error=(30.0, 0.0)), ("a", "c"))
    (tie,) = near_ties(tied)
    assert str(tie) == "Broby: Site a 30 or Site c 60 minutes"
    assert tie.to_json() == {
        "kind": "nearest unit",
        "text": str(tie),
        "point_id": "B",
        "site_ids": ["a", "c"],
        "minutes": [30.0, 60.0],
    }
    assert near_ties(plan_of_set(towns({"nearest": True}, minutes_error=(30.0, 0.0)), ("a",))) == ()
    # East may not use a: its families have no other unit to go to.
    own = towns({"nearest": True, "own_region": True}, minutes_error=(100.0, 0.0))
    assert near_ties(plan_of_set(own, ("a", "c"))) == ()


def test_the_order_of_two_plans_is_a_near_tie_where_the_ways_they_do_not_share_may_be_wrong() -> None:
    # b in place of a: Alby (10 women) travels 25 minutes more, Broby (6) 25 less: 4 x 25 x 2 x 180 / 7 / 60 hours.
    def pair(minutes: float, percent: float, objective: str = "travel") -> tuple[OrderTie, ...]:
        problem = towns({"nearest": True}, minutes_error=(minutes, percent))
        return order_ties(
            *(lambda a, b: (a, [a, b]))(*(plan_of_set(problem, s, objective) for s in (("a", "c"), ("b", "c"))))
        )

    # Both ways of 16 women wrong by x minutes: 32 x against 100 woman-minutes; Colding's way is shared.
    assert pair(3.0, 0.0) == ()
    (tie,) = pair(3.2, 0.0)
    assert str(tie).startswith("Site a + Site c and Site b + Site c lie ")
    assert "(3.2 minutes or 0 %) could turn their order round" in str(tie)
    assert tie.to_json()["other_site_ids"] == ["b", "c"]
    # Ways of 5 and 30 minutes, wrong by p per cent: 16 x 35 x p / 100 woman-minutes.
    assert pair(0.0, 17.0) == ()
    assert len(pair(0.0, 18.0)) == 1
    assert pair(0.0, 0.0) == ()
    # The longest way is 30 minutes in both plans.
    assert len(pair(0.0, 1.0, "worst")) == 1
    assert pair(50.0, 50.0, "cost") == ()
    assert len(pair(0.0, 90.0, "fair")) == 1


def test_a_plan_says_its_near_ties(capsys: pytest.CaptureFixture[str]) -> None:
    ties = ties_of(solve(cap.denmark({"finance.counts": "all"})))
    assert "Kalundborg: Hvidovre 75 or Odense 82 minutes" in map(str, ties)
    assert any("could turn their order round" in str(t) for t in ties)
    assert run(["plan", "--set", "finance.counts=all"]) == 0
    assert "Near ties within the travel times' stated error: Kalundborg" in capsys.readouterr().out
    assert run(["plan", "--json", "--set", "finance.counts=all"]) == 0
    assert json.loads(capsys.readouterr().out)["near_ties"] == [t.to_json() for t in ties]
    assert ties_of(solve(towns())) == ()


def test_studies_say_when_sets_cannot_be_valued() -> None:
    with pytest.raises(DataError, match="nearest"):
        cap.pareto(towns(), engine="enumerate")
    with pytest.raises(InfeasibleError):
        cap.pareto(towns({"volume": 99}))
    for study in (cap.alternatives, cap.pareto):
        with pytest.raises(InfeasibleError):
            study(towns({"nearest": True, "volume": 99}))
    with pytest.raises(DataError, match="two or three"):
        cap.pareto(towns(RULES), ("travel",))
    with pytest.raises(DataError, match="Choose from"):
        cap.pareto(towns(RULES), ("travel", "joy"))


# --- fronts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("objectives", [("travel", "beds"), ("travel", "cost"), ("worst", "units", "cost")])
def test_the_front_is_that_of_brute_force(objectives: tuple[str, ...]) -> None:
    for problem in feasible_problems(5):
        front = cap.pareto(problem, objectives)
        values = set()
        for plan in every_plan(problem):
            of = {**plan.objectives, "beds": plan.beds, "units": len(plan.site_ids)}
            values.add(tuple(round(float(of[o]), 4) for o in objectives))
        best = {v for v in values if not any(w != v and all(a <= b for a, b in zip(w, v, strict=True)) for w in values)}
        assert {tuple(np.round(v, 4)) for v in front.values} == best
        assert 0 <= front.knee < len(front.plans)
        assert len(front.table) == len(front.plans)


def best_values(values: set[tuple[float, ...]]) -> set[tuple[float, ...]]:
    """Those that no other equals or beats in everything."""
    return {v for v in values if not any(w != v and all(a <= b for a, b in zip(w, v, strict=True)) for w in values)}


def digits(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(f"{v:.5e}") for v in values)


FRONTS = [
    ("travel", "beds"),
    ("cost", "travel"),
    ("units", "worst"),
    ("travel", "worst", "units"),
    ("fair", "beds", "cost"),
]


@pytest.mark.parametrize("objectives", FRONTS)
def test_the_front_of_the_model_is_that_of_all_sets(objectives: tuple[str, ...]) -> None:
    for drawn in feasible_problems(4):
        # What admitted stays cost is no row.
        problem = drawn.set("finance.counts", "all") if "cost" in objectives else drawn
        every = cap.pareto(problem, objectives, engine="enumerate")
        asked = cap.pareto(problem, objectives, engine="mip")
        assert {digits(v) for v in asked.values} == {digits(v) for v in every.values}
        assert "each solved to a proof: no plan is better in everything" in asked.certificate
        assert len(asked.plans) == len(every.plans)


@pytest.mark.parametrize(
    "objectives", [("travel", "beds"), ("travel", "cost"), ("units", "worst"), ("travel", "beds", "worst")]
)
def test_the_front_without_nearest_is_that_of_brute_force(objectives: tuple[str, ...]) -> None:
    tried = 0
    for seed in itertools.count(9_700):
        problem = random_problem(seed, points=4, sites=3, scenarios=1, nearest=None, one_agreement=True)
        values = set()
        for size in range(1, 4):
            for sites in itertools.combinations(sorted(problem.network.site_ids), size):
                for where in oracle.assignments(problem, sites):
                    answers = {o: oracle.judge(problem, sites, where, o) for o in ("travel", "cost", "worst")}
                    if answers["travel"] is not None:
                        of = {o: a.objective for o, a in answers.items() if a is not None}
                        of |= {"beds": answers["travel"].beds, "units": size}
                        values.add(digits(of[o] for o in objectives))
        if len(best_values(values)) < 2:
            continue
        front = cap.pareto(problem, objectives)
        assert {digits(v) for v in front.values} == best_values(values)
        for plan, value in zip(front.plans, front.values, strict=True):
            of = {**plan.objectives, "beds": plan.beds, "units": len(plan.site_ids)}
            assert digits(of[o] for o in objectives) == digits(value)
        tried += 1
        if tried == 3:
            break


def test_a_front_that_is_a_curve_is_refused_and_a_long_one_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="without number"):
        cap.pareto(towns(), ("travel", "fair"))
    with pytest.raises(DataError, match="Choose from"):
        cap.pareto(towns(), engine="guess")
    monkeypatch.setattr("capacity.studies.front_by_model.MOST_POINTS", 1)
    assert "further plans may lie between" in cap.pareto(towns(), ("travel", "units")).certificate


def test_a_price_counts_in_the_front_of_the_model_too() -> None:
    problem = towns({"nearest": True, "volume": 9, "prices": {"volume": 40}})
    every, asked = (cap.pareto(problem, ("travel", "cost"), engine=e) for e in ("enumerate", "mip"))
    assert {digits(v) for v in asked.values} == {digits(v) for v in every.values}
    assert any(p.penalties for p in every.plans)


def test_the_first_plan_of_a_front_says_what_it_is_best_at() -> None:
    def first(*objectives: str) -> str:
        return str(cap.pareto(towns({"nearest": True}), objectives).rows()[0]["story"])

    hours = solve(towns({"nearest": True})).objective
    assert first("travel", "beds") == f"Least travel of all plans: {hours:,.0f} hours a year."
    assert first("beds", "travel") == "Fewest beds of all plans: 14."
    assert first("units", "cost") == "Fewest units of all plans: 1."
    assert first("worst", "cost") == "Shortest longest way of all plans: 5 minutes."


def test_the_front_on_the_command_line_has_units(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pareto", "--objectives", "travel,units"]) == 0
    out = capsys.readouterr().out
    assert (
        "hours a year" in out
        and "of units" in out
        and "Least travel of all" in out
        and "3,654 hours a year" in " ".join(out.split())
    )


def test_dominance_by_hand() -> None:
    values = np.array([[1.0, 5], [2, 5], [2, 3], [3, 3], [4, 1]])
    assert not_dominated(values).tolist() == [True, False, True, False, True]


def test_the_price_of_nearness() -> None:
    rows = cap.price_of_nearness(towns({"nearest": True}))
    assert [r["units"] for r in rows] == [1, 2, 3]
    assert rows[1]["minutes_saved"] == pytest.approx(rows[0]["mean_minutes"] - rows[1]["mean_minutes"])
    assert rows[1]["cost_more_dkk"] == pytest.approx(rows[1]["cost_dkk"] - rows[0]["cost_dkk"])
    assert rows[1]["pays"]
    assert cap.price_of_nearness(towns({"nearest": True}), engine="mip") == [
        {k: pytest.approx(v) if isinstance(v, float) else v for k, v in row.items()} for row in rows
    ]
    # Where families may be split, small units can be filled: 9 stays at b take women from Alby.
    split = cap.price_of_nearness(towns({"volume": 9}))
    assert [r["units"] for r in split] == [1, 2]
    assert "Every further unit saves travel, up to 2" in stops_paying(split)
    assert "stops paying at 2" in stops_paying([rows[0] | {"units": 1}, rows[1] | {"pays": False}])
    assert stops_paying([]) == "No number of units has a plan."


# --- sweeps ----------------------------------------------------------------------------------

GRID: dict[str, Any] = {"demand.women_per_year": [5, 18, 60], "rules.units": [[1, 1], [1, 3]]}


def test_a_row_without_a_plan_says_what_the_nearest_set_breaks() -> None:
    # 18 women: with 20 stays asked of a unit, one unit of all women breaks nothing but volume.
    (row,) = cap.sweep(towns({"nearest": True, "units": [1, 1]}), {"rules.volume": [20]}).runs
    assert row["status"] == "infeasible"
    assert row["reason"].endswith("; the set that breaks fewest of them breaks volume.")


def test_a_sweep_is_a_solve_for_each_row() -> None:
    problem = towns(RULES)
    found = cap.sweep(problem, GRID)
    assert len(found.runs) == 6
    for row in found.runs:
        changed = problem.set("demand.women_per_year", row["demand.women_per_year"]).set(
            "rules.units", row["rules.units"]
        )
        try:
            plan = solve(changed)
        except InfeasibleError:
            assert row["status"] == "infeasible"
            assert "volume" in row["reason"]
        else:
            assert row["site_ids"] == list(plan.site_ids)
            assert row["objective"] == plan.objective
    assert list(found.table.columns[:2]) == ["demand.women_per_year", "rules.units"]


def test_a_sweep_is_the_same_whatever_the_executor() -> None:
    problem = towns(RULES)
    alone = cap.sweep(problem, GRID).runs
    with ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(2) as processes:
        assert cap.sweep(problem, GRID, executor=threads).runs == alone
        assert cap.sweep(problem, GRID, executor=processes).runs == alone


@pytest.mark.parametrize("seed", range(0, 16, 2))
def test_runs_of_the_model_side_by_side_are_the_same(seed: int) -> None:
    problem = random_problem(seed, nearest=None, scenarios=1 + seed % 4 // 2)
    grid = {"rules.units": [1, 2, 3], "demand.women_per_year": [5.0, 12.0]}
    with ThreadPoolExecutor(3) as threads:
        assert cap.sweep(problem, grid, executor=threads).runs == cap.sweep(problem, grid).runs


def test_a_dask_client_is_an_executor_like_any_other() -> None:
    distributed = pytest.importorskip("distributed")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what dask warns of on its way up and down is not ours
        local = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
        with local as cluster, distributed.Client(cluster) as client:
            found = cap.sweep(towns(RULES), GRID, executor=client.get_executor()).runs
    assert found == cap.sweep(towns(RULES), GRID).runs


def test_a_sweep_goes_on_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from capacity.studies.runs import Runs

    problem, whole, calls = towns(RULES), cap.sweep(towns(RULES), GRID).runs, []
    real = Runs.row

    def counted(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(Runs, "row", counted)
    with pytest.raises(KeyboardInterrupt):
        cap.sweep(problem, GRID, folder=tmp_path)
    with (tmp_path / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"stamp": "cut o')
        file.write("\n")
    progress: list[tuple[int, int]] = []
    assert cap.sweep(problem, GRID, folder=tmp_path, progress=lambda *p: progress.append(p)).runs == whole
    assert len(calls) == 4 + 3
    assert progress[-1] == (6, 6)
    # Another problem does not take these rows for its own.
    other = cap.sweep(towns(RULES | {"volume": 4}), GRID, folder=tmp_path)
    assert other.runs == cap.sweep(towns(RULES | {"volume": 4}), GRID).runs


KILLED = """
import sys, time
import capacity as cap
from capacity.studies import sweep as module
from capacity.studies.runs import Runs
from tests.small import towns

real = Runs.row

def slow(*args):
    time.sleep(0.2)
    return real(*args)

Runs.row = slow
module.PAYS_FROM = int(sys.argv[2])
cap.sweep(towns({"nearest": True, "volume": 3}), {"demand.women_per_year": list(range(5, 65))}, folder=sys.argv[1])
"""


@pytest.mark.parametrize("pays_from", [1, 1_000])
def test_a_sweep_goes_on_after_kill_9(pays_from: int, tmp_path: Path) -> None:
    """A process killed outright, on one core and with processes of its own, which end with it."""
    rows = tmp_path / "rows.jsonl"
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), str(pays_from)], cwd=Path(__file__).parents[1]
    )
    while not rows.is_file() or rows.read_text(encoding="utf-8").count("{") < 12:
        assert child.poll() is None
        time.sleep(0.02)
    child.kill()
    child.wait()
    kept = rows.read_bytes()
    rows.write_bytes(kept[:-40])  # what a kill in the middle of a line leaves
    before = kept.count(b'"stamp"')
    assert 4 <= before < 60
    grid = {"demand.women_per_year": list(range(5, 65))}
    fresh: list[int] = []
    found = cap.sweep(towns(RULES), grid, folder=tmp_path, progress=lambda done, _: fresh.append(done))
    assert found.runs == cap.sweep(towns(RULES), grid).runs
    assert len(fresh) == 60 - before + 1
    again: list[int] = []
    assert (
        cap.sweep(towns(RULES), grid, folder=tmp_path, progress=lambda done, _: again.append(done)).runs == found.runs
    )
    assert again == []


def test_a_long_sweep_starts_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    from capacity.studies import sweep as module

    monkeypatch.setattr(module, "PAYS_FROM", 2)
    assert cap.sweep(towns(RULES), GRID).runs == cap.sweep(towns(RULES), GRID, executor=ThreadPoolExecutor(1)).runs


def test_every_fault_of_a_grid_comes_at_once() -> None:
    with pytest.raises(DataError) as raised:
        cap.sweep(towns(RULES), {"rules.volum": [1], "demand.women_per_year": [], "stay.day": [9]})
    assert [f.column for f in raised.value.findings] == ["rules.volum", "demand.women_per_year", "stay.day"]


def test_a_grid_is_checked_before_anything_runs() -> None:
    with pytest.raises(DataError) as caught:
        cap.sweep(towns(RULES), {"rules.volume": [3, -1], "promise.kind": ["loss", "lose"]})
    assert len(caught.value.findings) == 2
    with pytest.raises(DataError, match=r"rules\.volume"):
        cap.sweep(towns(RULES), {"rules.volum": [3]})


def test_the_tornado_puts_the_widest_swing_first() -> None:
    problem = towns(
        RULES, ranges={"demand.women_per_year": (9, 36), "stay.mean_days": (170, 190), "rules.volume": (1, 99)}
    )
    rows = cap.tornado(problem)
    assert [r["key"] for r in rows] == ["rules.volume", "demand.women_per_year", "stay.mean_days"]
    assert rows[0]["swing"] == float("inf")
    assert rows[1]["units_change"]
    assert rows[2]["objective_low"] < rows[2]["objective_high"]
    assert len(cap.grid2(problem, ("rules.volume", [1, 2]), ("stay.mean_days", [100, 200])).runs) == 4


# --- comparing and freezing ------------------------------------------------------------------


def test_a_comparison_begins_with_the_inputs() -> None:
    one, other = solve(towns(RULES)), solve(towns(RULES).set("demand.women_per_year", 60).set("rules.units", 3))
    found = cap.compare(one, other)
    assert found.inputs == [("demand.women_per_year", 18.0, 60.0), ("rules.units", False, [3, 3])]
    assert [u["site_id"] for u in found.units] == ["a", "b", "c"]
    assert found.units[2]["first"] == 0
    assert found.points[0]["point_id"] == "C"
    assert found.points[0]["minutes"] == pytest.approx(-55)
    assert found.figures["mean_minutes"][0] == one.mean_minutes
    assert found.figures["running_dkk"][0] == pytest.approx(sum(one.unit_table["cost_dkk"]))
    # What it costs with building as an annuity.
    assert found.figures["cost_dkk"][0] > found.figures["running_dkk"][0]
    json.dumps(found.to_json())
    moved = towns(RULES)
    moved = moved.replace(travel=moved.travel.replace(values=moved.minutes + 1))
    assert cap.compare(one, solve(moved)).inputs == [("tables", "as in the first", "other travel times")]
    both = cap.compare(one, solve(moved.set("rules.volume", 2)))
    assert [key for key, *_ in both.inputs] == ["rules.volume", "tables"]
    # What was only scaled there and back is no difference.
    assert (
        cap.compare(one, solve(towns(RULES).set("demand.women_per_year", 7).set("demand.women_per_year", 18))).inputs
        == []
    )
    assert cap.compare(one, one).inputs == []


def test_the_tables_that_differ_are_named() -> None:
    one = towns(RULES)
    net, women = one.network, one.scenarios
    assert differing_tables(one, one) == []
    fewer = one.replace(scenarios=women.replace(women=[[6.0, 10, 2]]))
    assert differing_tables(one, fewer) == ["split of the women"]
    assert differing_tables(one, one.replace(network=net.replace(site_largest=[3, 3, 3]))) == ["candidate sites"]
    far = one.replace(to_ambulatory=one.to_ambulatory.replace(values=one.to_ambulatory.values + 1))  # type: ignore[union-attr]  # it has some
    assert differing_tables(one, far) == ["minutes to the ambulatories"]
    assert differing_tables(one, cap.denmark()) == ["demand points", "candidate sites"]


def test_finished_plans_are_compared_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, change in (("a", []), ("b", ["--set", "demand.women_per_year=200"])):
        assert run(["plan", *change, "--out", str(tmp_path / name)]) == 0
    files = [str(tmp_path / name / "plan.json") for name in "ab"]
    capsys.readouterr()
    assert run(["compare", str(tmp_path / "a"), files[1]]) == 0
    said = capsys.readouterr().out
    wanted = (
        "input demand.women_per_year",
        "beds at Aarhus",
        "mean minutes one way",
        "mean minutes, Region",
        "running cost",
        "running and building (as an annuity)",
        "Moved most: Aarhus -66",
    )
    order = [said.index(x) for x in wanted]
    assert order == sorted(order)
    assert run(["compare", *files, "--set", "rules.volume=3"]) == 2


def test_a_frozen_plan_keeps_its_units() -> None:
    plan = solve(towns(RULES))
    later = solve(cap.freeze(plan).set("demand.women_per_year", 60))
    assert later.site_ids == plan.site_ids
    assert later.beds > plan.beds
    fixed = cap.freeze(plan, beds=True)
    assert solve(fixed).unit_table["beds"] == plan.unit_table["beds"]
    with pytest.raises(InfeasibleError):
        solve(fixed.set("demand.women_per_year", 60))


# --- the commands ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (["ladder", "--to", "120"], "steps"),
        (["alternatives", "-k", "3"], "alternatives"),
        (["pareto", "--objectives", "travel,cost"], "plans"),
        (["sweep", "--grid", "rules.units=[[1,2],[3,3]]"], "runs"),
        (["tornado"], "rows"),
        (["ladder", "--key", "finance.day_rate_dkk", "--from", "3000", "--to", "8000", "--exact-to", "100"], "steps"),
        (["price-of-nearness", "--set", "rules.income=false"], "rows"),
        (["price"], "rows"),
        (["pooling"], "rows"),
        (["switch-points", "rules.volume", "5", "40"], "steps"),
        (["switch", "finance.day_rate_dkk", "3000", "5000", "--exact-to", "100"], "steps"),
        (["grid2", "rules.volume=[4,8]", "demand.women_per_year=[20,90]", "--show", "site_ids"], "runs"),
        (["stress", "--years", "40"], "rows"),
        (["compare", "--set", "demand.women_per_year=170"], "inputs"),
    ],
)
def test_each_study_is_a_command(
    arguments: list[str], key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 0
    assert "Aalborg" in capsys.readouterr().out or arguments[0] == "tornado"
    assert run([*arguments, "--json", "--out", str(tmp_path / "out")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said[key]
    assert json.loads((tmp_path / "out" / "study.json").read_text(encoding="utf-8")) == said
    assert (tmp_path / "out" / "study.csv").read_text(encoding="utf-8").count("\n") >= 2


def test_a_sweep_command_wants_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sweep", "--grid", "rules.volume=3"]) == 2
    assert "list of values" in capsys.readouterr().err
    assert run(["grid2", "rules.volume=3", "rules.units=[1,2]"]) == 2
    assert "list of values" in capsys.readouterr().err


def test_the_commands_say_it_in_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["switch-points", "demand.women_per_year", "40", "160"]) == 0
    assert "This plan stays best from 58.33 to 160 women a year." in capsys.readouterr().out
    assert run(["price-of-nearness"]) == 0
    assert "One more unit stops paying at 4" in capsys.readouterr().out
    assert run(["grid2", "rules.volume=[4,50]", "demand.women_per_year=[20,90]"]) == 0
    table = capsys.readouterr().out
    assert "infeasible" in table and "60" in table


def test_a_frozen_plan_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--out", str(tmp_path / "first")]) == 0
    capsys.readouterr()
    saved = ["--plan", str(tmp_path / "first" / "plan.json")]
    for source in ([], saved):
        assert run(["freeze", *source, "--set", "demand.women_per_year=200", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert [u["site_id"] for u in said["units"]] == ["FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE"]
        assert sum(u["beds"] for u in said["units"]) > 60
    assert run(["freeze", *saved, "--set", "demand.women_per_year=200"]) == 0
    # What is set for this run no longer has the document for its source.
    said = " ".join(capsys.readouterr().out.split())
    assert "200 women a year (set for this run)" in said
    assert "Best of all plans that keep the rules: only one set of sites may be opened; it was valued." in said
    assert run(["freeze", *saved, "--beds", "--set", "demand.women_per_year=200"]) == 3
    assert run(["freeze", *saved, "--out", str(tmp_path / "later")]) == 0
    assert (tmp_path / "later" / "plan.json").is_file()


def test_alternatives_pay_for_sites_excluded_or_closed_at_a_price() -> None:
    """B is excluded at 5 minutes, C kept at 7: each set has its own price, and is named once."""
    problem = towns({"nearest": True, "forbid": ["b"], "keep": ["c"], "prices": {"forbid": 5.0, "keep": 7.0}})
    found = [a.plan for a in cap.alternatives(problem, 7, objective="worst").alternatives]
    by_hand = {"abc": 10.0, "ac": 30.0, "bc": 35.0, "ab": 72.0, "b": 72.0, "c": 90.0, "a": 97.0}
    assert {"".join(plan.site_ids): plan.objective for plan in found} == by_hand
    assert [plan.objective for plan in found] == sorted(by_hand.values())
