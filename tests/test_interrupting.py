"""Ctrl+C in a study: it stops, and never takes a solve that was cut short for an answer."""

from __future__ import annotations

import _thread
import dataclasses
import signal
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

import capacity as cap
from capacity.cli.failures import code_of
from capacity.engines.linear.highs import new_engine, run_engine
from capacity.engines.linear.solvers import Solution
from capacity.engines.rank.ranked import in_order
from capacity.engines.solve import solve_or_stop
from capacity.errors import InterruptedSolveError
from capacity.rules.objectives import objective_named
from tests.small import towns


@pytest.fixture(autouse=True)
def ctrl_c_is_heard() -> Iterator[None]:
    """Python's own handler of Ctrl+C, also where tests are started with SIGINT ignored (in the background, say)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


SPLIT = {"nearest": False}
"""Families may be split: the model answers, not the arrays."""


def cut_short(*_: Any, **__: Any) -> Solution:
    """What HiGHS says after Ctrl+C without a plan."""
    return Solution(outcome="unknown", interrupted=True)


STUDIES = {
    "alternatives": lambda p: cap.alternatives(p),
    "pareto": lambda p: cap.pareto(p, ("travel", "beds")),
    "switch points": lambda p: cap.switch_points(p, "finance.day_rate_dkk", 3_000, 8_000),
    "sweep": lambda p: cap.sweep(p, {"demand.women_per_year": [40, 60]}),
}


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_that_is_interrupted_stops(study: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("engines.mip", "engines.settling", "engines.bending", "engines.linear.solvers"):
        monkeypatch.setattr(f"capacity.{module}.solve_arrays", cut_short)
    monkeypatch.setattr("capacity.engines.mip.solve_linear", cut_short)
    monkeypatch.setattr("capacity.engines.rank.best_first.OneSet.relaxed", stop)
    with pytest.raises(KeyboardInterrupt):
        STUDIES[study](towns(SPLIT))


def stop(*_: Any) -> Any:
    """Ctrl+C while a set of sites is worked out."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("by_model", [False, True])
def test_sets_in_order_stop_with_the_interrupt(by_model: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("settling", "bending"):
        monkeypatch.setattr(f"capacity.engines.{module}.solve_arrays", cut_short)
    monkeypatch.setattr("capacity.engines.rank.best_first.OneSet.relaxed", stop)
    if by_model:
        monkeypatch.setattr("capacity.engines.rank.best_first.MOST_CELLS", 0)
    with pytest.raises(KeyboardInterrupt):
        list(in_order(towns(SPLIT), objective_named("travel"), 3))


@pytest.mark.parametrize("module", ["feasibility", "elastic"])
def test_explaining_stops_with_the_interrupt(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"capacity.studies.explain.{module}.solve_arrays", cut_short)
    with pytest.raises(KeyboardInterrupt):
        cap.explain(towns(SPLIT | {"volume": 10, "region_access": {"share": 1.0, "minutes": 20}}))


def test_a_settling_that_is_interrupted_keeps_the_plan_found(monkeypatch: pytest.MonkeyPatch) -> None:
    best = cap.solve(towns(SPLIT), engine="mip")
    monkeypatch.setattr("capacity.engines.settling.solve_arrays", cut_short)
    plan = cap.solve(towns(SPLIT), engine="mip")
    assert plan.site_ids == best.site_ids
    assert plan.record["interrupted"] and not plan.record["ties_compared"]


class Slow:
    """An engine that needs a moment to stop."""

    cancelled = finished = False

    def __init__(self, *, interrupt: bool = True, limit: float = float("inf")) -> None:
        self.interrupt, self.limit = interrupt, limit

    def run(self) -> None:
        time.sleep(0.1)
        if self.interrupt:
            _thread.interrupt_main()
        end = time.monotonic() + 20
        while not self.cancelled and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.1)
        self.finished = True

    def cancelSolve(self) -> None:
        self.cancelled = True

    def getOptionValue(self, name: str) -> tuple[None, float]:
        assert name == "time_limit"
        return None, self.limit


def raising(*_: Any) -> None:
    """Somebody else's handler of Ctrl+C."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("handler", [signal.default_int_handler, raising])
def test_the_solver_has_stopped_when_the_interrupt_is_told(handler: Any) -> None:
    before = signal.signal(signal.SIGINT, handler)
    try:
        engine = Slow()
        assert run_engine(engine) is True
        assert engine.finished
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_while_the_thread_starts_leaves_no_solver_running(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(threading.Thread):
        def start(self) -> None:
            super().start()
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("threading.Thread", Interrupted)
    engine = Slow(interrupt=False)
    assert run_engine(engine) is True
    assert engine.finished
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_solver_that_does_not_look_at_its_limit_is_stopped_at_it() -> None:
    engine = Slow(interrupt=False, limit=0.2)
    started = time.monotonic()
    assert run_engine(engine) is False
    assert engine.finished and 0.2 <= time.monotonic() - started < 5


def test_a_plan_cut_short_is_no_step_of_a_study(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = cap.solve(towns())
    cut = dataclasses.replace(plan, record={**plan.record, "interrupted": True})
    monkeypatch.setattr("capacity.engines.solve.solve", lambda *a: cut)
    with pytest.raises(KeyboardInterrupt):
        solve_or_stop(towns())


def test_an_interrupted_run_without_a_plan_has_its_own_exit_code() -> None:
    assert code_of(InterruptedSolveError("The run was interrupted before any plan was found.")) == 130


def test_a_sweep_interrupted_while_its_runs_are_handed_in_does_not_wait_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dict[str, Any]] = []

    class Pool(ProcessPoolExecutor):
        def submit(self, *args: Any, **options: Any) -> Any:
            if len(asked) == 3:
                raise KeyboardInterrupt
            asked.append({})
            return super().submit(*args, **options)

        def shutdown(self, *args: Any, **options: Any) -> None:
            asked.append(options)
            super().shutdown(*args, **options)

    monkeypatch.setattr("capacity.studies.sweep.ProcessPoolExecutor", Pool)
    monkeypatch.setattr("capacity.studies.sweep.PAYS_FROM", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with pytest.raises(KeyboardInterrupt):
        cap.sweep(towns(), {"demand.women_per_year": list(range(40, 80))})
    assert {"wait": False, "cancel_futures": True} in asked


def test_highs_is_let_go_of_when_it_has_ended() -> None:
    """It would hold itself until somebody looks for what nobody needs: 30 MB a solve of a large model."""
    engine = new_engine()
    run_engine(engine)
    engine = weakref.ref(engine)
    assert engine() is None
