"""How far a solve or a study is, and ending it with `Stop`, at its limit, or with Ctrl+C."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import Progress, Stop
from capacity.engines.choose import REGISTRY, answer, in_turn
from capacity.engines.clock import Clock, OutOfTimeError
from capacity.engines.linear.highs import Seen, run_engine
from capacity.engines.linear.model import build
from capacity.engines.linear.solvers import solve_arrays
from capacity.engines.question import Found, Question
from capacity.engines.solve import solve_or_stop
from capacity.rules.objectives import TRAVEL
from capacity.studies import front_by_model
from capacity.synthetic import country
from tests.small import towns

SPLIT = {"nearest": False}


def hard() -> cap.Problem:
    """A problem HiGHS needs minutes for."""
    policy = cap.Policy(units=[8, 12], volume=6.0, region_access={"share": 0.8, "minutes": 60.0})
    return country(250, 60, regions=5, seed=1).problem(policy=policy)


# --- the clock ---------------------------------------------------------------------------------


def test_a_clock_tells_seldom_and_ends_with_stop() -> None:
    heard: list[Progress] = []

    def tell(progress: Progress) -> object:
        heard.append(progress)
        return Stop() if progress.done == 3 else None

    clock = Clock(None, tell)
    assert clock.left is None and not clock.over
    for done in range(3):
        clock.tell("sets", done=done, count=4)
    assert [p.done for p in heard] == [0]
    clock.tell("sets", done=3, count=4, best=np.inf, bound=1.0, always=True)
    assert (heard[-1].share, heard[-1].best, heard[-1].bound) == (0.75, None, 1.0)
    assert clock.stopped and clock.left == 0
    clock.tell("sets", done=4, count=4, always=True)
    assert len(heard) == 2
    with pytest.raises(OutOfTimeError):
        clock.check()


def test_a_part_of_the_work_is_told_as_part_of_the_whole() -> None:
    heard: list[Progress] = []
    part = Clock(None, heard.append).part("runs", 1, 4)
    assert part is not None and part(Progress(message="HiGHS searches", share=0.5)) is None
    assert (heard[0].message, heard[0].share, heard[0].done, heard[0].count) == ("runs", 0.375, 1, 4)
    assert Clock(None).part("runs", 1, 4) is None


# --- one solve ---------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["enumerate", "rank", "mip"])
def test_every_engine_tells_and_ends_at_the_same_plan(engine: str) -> None:
    problem = towns({"nearest": True, "units": [1, 2]} if engine == "enumerate" else {"units": [1, 2]})
    heard: list[Progress] = []
    plan = cap.solve(problem, engine=engine, tell=heard.append)
    assert plan.site_ids == cap.solve(problem, engine=engine).site_ids
    assert heard[-1].share == 1.0 and heard[-1].best == pytest.approx(plan.loss)
    assert "stopped" not in plan.record


def test_stop_ends_a_search_with_the_best_plan_and_its_gap() -> None:
    def enough(progress: Progress) -> object:
        return Stop if progress.best is not None or progress.seconds > 20 else None

    problem = country(40, 12, regions=2, seed=3).problem(policy=cap.Policy(units=[4, 8]))
    started = time.monotonic()
    plan = cap.solve(problem, engine="mip", tell=enough)
    assert time.monotonic() - started < 25
    assert plan.record.get("stopped") or plan.status == "optimal"
    assert plan.check() == () and plan.bound <= plan.objective


def test_stop_before_there_is_a_plan_says_so() -> None:
    with pytest.raises(cap.NoPlanError, match="stopped before any plan"):
        cap.solve(hard(), engine="mip", tell=lambda _: Stop)


@pytest.mark.parametrize("how", ["limit", "stop", "interrupt"])
def test_a_search_that_would_take_long_ends_at_once(how: str) -> None:
    def told(progress: Progress) -> Any:
        if progress.seconds > 0.3 and how == "interrupt":
            raise KeyboardInterrupt
        return Stop if progress.seconds > 0.3 and how == "stop" else None

    started = time.monotonic()
    try:
        plan = cap.solve(hard(), engine="mip", time_limit=0.5 if how == "limit" else None, tell=told)
        assert plan.status == "feasible"
    except cap.InterruptedSolveError:
        assert how == "interrupt"
    except cap.NoPlanError:
        assert how != "interrupt"
    assert time.monotonic() - started < 5


def test_a_solver_that_does_not_end_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        def __init__(self) -> None:
            self.end = time.monotonic() + 3.0
            self.cbMipImprovingSolution: list[Callable[[Any], None]] = Listeners()
            self.cbMipInterrupt: list[Callable[[Any], None]] = Listeners()

        def run(self) -> None:
            event = type("E", (), {"data_out": type("D", (), {})})
            event.data_out.mip_solution, event.data_out.objective_function_value = [1.0, 0.0], 7.0
            event.data_out.mip_dual_bound = 5.0
            for listener in (*self.cbMipImprovingSolution, *self.cbMipInterrupt):
                listener(event)
            while time.monotonic() < self.end:
                time.sleep(0.01)

        def cancelSolve(self) -> None:
            pass

        def getOptionValue(self, name: str) -> tuple[None, float]:
            return None, 0.1

    class Listeners(list[Callable[[Any], None]]):
        def __iadd__(self, other: Any) -> Any:
            self.append(other)
            return self

    monkeypatch.setattr("capacity.engines.linear.highs.PATIENCE", 0.1)
    seen, started = Seen(), time.monotonic()
    assert run_engine(Deaf(), None, seen) is False
    assert time.monotonic() - started < 2 and seen.left_alone
    assert (seen.best, seen.bound) == (7.0, 5.0) and seen.values is not None and seen.values.tolist() == [1.0, 0.0]


def test_what_was_seen_of_a_solver_left_alone_is_a_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build(towns(), TRAVEL)
    whole = solve_arrays(model.linear)

    def left(engine: Any, clock: Any, seen: Seen | None = None) -> bool:
        if seen is None:
            return run_engine(engine, clock)
        seen.left_alone, seen.best, seen.bound, seen.values = True, whole.objective, 1.0, whole.values
        return False

    monkeypatch.setattr("capacity.engines.linear.solvers.run_engine", left)
    found = solve_arrays(model.linear)
    assert (found.outcome, found.bound) == ("feasible", 1.0)
    plan = cap.solve(towns(), engine="mip", time_limit=60)
    assert plan.status == "feasible" and plan.gap > 0 and plan.site_ids == ("a", "b", "c")


def test_building_ends_at_the_limit() -> None:
    clock = Clock(None)
    clock.stop()
    with pytest.raises(OutOfTimeError):
        build(towns(), TRAVEL, clock=clock)
    for engine in ("mip", "rank", "decompose"):
        found = REGISTRY[engine].solve(Question(problem=towns(), goal=TRAVEL, clock=clock))
        assert found.outcome == "unknown" and not found.interrupted


def test_what_happened_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="capacity"):
        cap.solve(towns({"nearest": True}))
    assert any("engine enumerate is asked" in r.message for r in caplog.records)
    assert not logging.getLogger("capacity").handlers


# --- auto --------------------------------------------------------------------------------------


def test_an_engine_without_a_plan_passes_on_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    question = Question(problem=towns(), goal=TRAVEL)
    first, second = (engine for engine, _ in in_turn(question)[:2])
    assert (first.name, second.name) == ("rank", "mip")
    monkeypatch.setattr(type(first), "solve", lambda *_: Found(outcome="unknown"))
    plan = cap.solve(towns(), time_limit=60)
    assert plan.status == "optimal" and plan.record["engine"] == "mip"
    assert plan.record["why"] == "rank ended without a plan"

    def fails(*_: Any) -> Found:
        raise cap.SolverError("HiGHS failed.")

    monkeypatch.setattr(type(first), "solve", fails)
    assert cap.solve(towns()).record["why"] == "rank ended without a plan: HiGHS failed."
    monkeypatch.setattr(type(second), "solve", lambda *_: Found(outcome="unknown"))
    for other in ("tree", "decompose"):
        monkeypatch.setattr(type(REGISTRY[other]), "why_not", lambda *_: "not now")
    with pytest.raises(cap.SolverError, match="HiGHS failed"):
        answer(Question(problem=towns(), goal=TRAVEL), None)


def test_half_a_plan_is_none() -> None:
    with pytest.raises(cap.SolverError, match="units, its beds and who"):
        Found(outcome="optimal", opened=np.ones(3, dtype=bool))
    with pytest.raises(cap.SolverError, match="said optimal without a plan"):
        Found(outcome="optimal")


# --- studies -----------------------------------------------------------------------------------

GRID = {"demand.women_per_year": [10, 20, 30]}

STUDIES: dict[str, Callable[[Any], Any]] = {
    "sweep": lambda tell: cap.sweep(towns({"nearest": True}), GRID, tell=tell),
    "grid2": lambda tell: cap.grid2(towns(), ("rules.volume", [1, 2]), ("rules.units", [[1, 2]]), tell=tell),
    "tornado": lambda tell: cap.tornado(towns(ranges={"demand.women_per_year": (10.0, 20.0)}), tell=tell),
    "alternatives": lambda tell: cap.alternatives(towns(SPLIT), tell=tell),
    "pareto": lambda tell: cap.pareto(towns(SPLIT), ("travel", "beds"), tell=tell),
    "switch points": lambda tell: cap.switch_points(towns(), "finance.day_rate_dkk", 3_000, 8_000, tell=tell),
    "ladder": lambda tell: cap.ladder(towns(), "finance.day_rate_dkk", low=3_000, high=8_000, tell=tell),
    "stress": lambda tell: cap.stress(cap.solve(towns({"nearest": True})), years=10, replications=5, tell=tell),
}

AT_ONCE_NOTHING = ("switch points", "ladder", "stress", "pareto", "alternatives")


@pytest.mark.parametrize("study", STUDIES)
def test_every_long_study_tells_how_far_it_is_and_ends_with_stop(study: str) -> None:
    heard: list[Progress] = []
    STUDIES[study](heard.append)
    assert heard and all(p.share is None or 0 <= p.share <= 1 for p in heard)
    if study in AT_ONCE_NOTHING:
        with pytest.raises(cap.InterruptedSolveError, match="stopped before it had an answer"):
            STUDIES[study](lambda _: Stop)
    else:
        STUDIES[study](lambda _: Stop)


def test_a_sweep_that_is_stopped_has_the_runs_that_are_done() -> None:
    found = cap.sweep(towns({"nearest": True}), GRID, tell=lambda p: Stop if p.done == 2 else None)
    assert [run["demand.women_per_year"] for run in found.runs] == [10, 20]


@pytest.mark.parametrize("ranked", [True, False])
def test_alternatives_that_are_stopped_have_the_sets_found(ranked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not ranked:
        monkeypatch.setattr("capacity.engines.rank.best_first.MOST_CELLS", 0)
    whole = cap.alternatives(towns(SPLIT), 4)
    found = cap.alternatives(towns(SPLIT), 4, tell=lambda p: Stop if p.done == 2 else None)
    assert 2 <= len(found.alternatives) < len(whole.alternatives)
    assert [a.plan.site_ids for a in found.alternatives] == [a.plan.site_ids for a in whole.alternatives][:2]
    assert "further sets may lie within" in found.certificate


def test_a_front_that_is_stopped_has_the_plans_found() -> None:
    found = cap.pareto(towns(SPLIT), ("travel", "beds"), tell=lambda p: Stop if p.done == 2 else None)
    assert 1 <= len(found.plans) < len(cap.pareto(towns(SPLIT), ("travel", "beds")).plans)


def test_a_front_ends_within_the_search_for_one_of_its_plans() -> None:
    """HiGHS would need minutes for the first of them."""
    started = time.monotonic()
    with pytest.raises(cap.InterruptedSolveError, match="stopped before it had an answer"):
        cap.pareto(hard(), ("travel", "beds"), engine="mip", tell=lambda p: Stop if p.seconds > 0.3 else None)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("ranked", [True, False])
def test_a_front_that_is_stopped_while_a_plan_is_looked_for_says_that_more_may_lie_between(
    ranked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, begun = cap.pareto(towns(SPLIT), ("travel", "beds")), []
    name = "first_within" if ranked else "proven"
    if not ranked:
        monkeypatch.setattr("capacity.studies.front_by_model.why_not_ranked", lambda *_: "not here")
    plain = getattr(front_by_model, name)

    def stopped_in_the_third(*arguments: Any, **named: Any) -> Any:
        clock = next(one for one in (*arguments, *named.values()) if isinstance(one, Clock))
        begun.append(clock)
        if len(begun) == 3:
            clock.stop()
        return plain(*arguments, **named)

    monkeypatch.setattr(front_by_model, name, stopped_in_the_third)
    found = cap.pareto(towns(SPLIT), ("travel", "beds"))
    assert len(begun) == 3 and "further plans may lie between" in found.certificate
    assert [plan.site_ids for plan in found.plans] == [plan.site_ids for plan in whole.plans[:2]]


def test_a_solve_of_a_study_that_is_stopped_is_no_answer() -> None:
    with pytest.raises(OutOfTimeError):
        solve_or_stop(towns({"nearest": True}), tell=lambda _: Stop)
    with pytest.raises(OutOfTimeError):
        solve_or_stop(hard(), engine="mip", tell=lambda _: Stop)


# --- calls that make no sense ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cap.solve("my-case"), r"Read the case first: solve\(capacity.read_case\('my-case'\)\)"),
        (lambda: cap.solve(None), "what is asked about is a Problem"),
        (lambda: cap.solve(towns(), engine=3), "Choose from: auto"),
        (lambda: cap.solve(towns(), 3.5), "Choose from: travel"),
        (lambda: cap.solve(towns(), time_limit="long"), "number of seconds"),
        (lambda: cap.solve(towns(), time_limit=True), "number of seconds"),
        (lambda: cap.solve(towns(), tell=3), "progress is told to a function"),
        (lambda: cap.solve(towns(), risk="none"), "Choose from: expected"),
        (lambda: cap.sweep(towns(), GRID, executor="threads"), "ThreadPoolExecutor"),
        (lambda: cap.sweep("my-case", GRID), "Read the case first"),
        (lambda: cap.alternatives("my-case"), "Read the case first"),
        (lambda: cap.pareto("my-case"), "Read the case first"),
        (lambda: cap.ladder("my-case"), "Read the case first"),
        (lambda: cap.robustness("my-case"), "Read the case first"),
        (lambda: cap.switch_points("my-case", "rules.volume", 1, 2), "Read the case first"),
    ],
)
def test_a_call_that_makes_no_sense_is_told_the_remedy(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(cap.DataError, match=said):
        call()
