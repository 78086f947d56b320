"""Sweeps in batches: rows as of plans solved one by one, parts by expected cost, workers that come and go."""

from __future__ import annotations

import dataclasses
import itertools
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, Problem, SolverError
from capacity.engines.enumerate import blocks, space_of
from capacity.problem.problem import HANDED_ON
from capacity.studies import cases, handed_out, runs
from capacity.studies.grids import Changed, Grid, grid_of
from capacity.studies.handed_out import Expected, HandedOut, Part
from capacity.studies.kept_runs import KeptRuns
from capacity.studies.runs import Runs, one_run
from tests.random_problems import random_problem
from tests.small import towns

GRID: dict[str, Any] = {"demand.women_per_year": [5.0, 18.0, 60.0], "rules.units": [[1, 1], [1, 3]]}
RULES: dict[str, Any] = {"nearest": True, "volume": 3}


@pytest.mark.parametrize(("nearest", "seed"), [*((True, s) for s in range(20)), *((None, s) for s in range(0, 18, 3))])
def test_a_run_among_many_tells_what_it_tells_alone(nearest: bool | None, seed: int) -> None:
    problem = random_problem(seed, nearest=nearest)
    grid = grid_of(
        problem, {"demand.women_per_year": [6.0, 11.0], "rules.volume": [False, 4], "stay.mean_days": [180, 90]}
    )
    among = Runs(problem, "travel", grid)
    for number in range(len(grid)):
        assert repr(among.row(number)) == repr(one_run(problem, grid.point(number), "travel")), grid.name(number)


def test_settings_that_do_not_go_together_are_a_row_of_their_own() -> None:
    problem = towns(RULES)
    grid = grid_of(problem, {"sizes.smallest": [2, 9], "sizes.largest": [20, 6]})
    among = Runs(problem, "travel", grid)
    rows = [among.row(number) for number in range(4)]
    assert [row["status"] == "bad_input" for row in rows] == [False, False, False, True]
    assert rows == [one_run(problem, grid.point(number), "travel") for number in range(4)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("demand.women_per_year", 41),
        ("stay.mean_days", 77),
        ("promise.turned_away", 0.2),
        ("promise.kind", "wait"),
        ("sizes.largest", 30),
        ("travel.visits_per_week", 3),
        ("travel.ambulatory_trips_per_week", 1),
        ("network.ambulatories", ["101"]),
        ("rules.volume", 12),
        ("finance.day_rate_dkk", 2_000),
    ],
)
def test_a_copy_has_no_array_that_its_change_made_untrue(key: str, value: Any) -> None:
    problem = cap.denmark()
    if key == "network.ambulatories":
        value = list(problem.network.ambulatories[:3])
    for name in HANDED_ON:
        getattr(problem, name)
    copy = problem.set(key, value)
    kept = [name for name in HANDED_ON if name in copy.__dict__]
    assert ("nearness" in kept) is ("ambulatories" not in key)
    # Worked out again from the parts alone.
    anew = dataclasses.replace(copy)
    assert not set(HANDED_ON) & anew.__dict__.keys()
    for name in kept:
        if name == "nearest_sites":
            # Asked, not an array: what it answers from is `nearness`.
            continue
        np.testing.assert_equal(getattr(copy, name), getattr(anew, name), err_msg=name)


@pytest.mark.parametrize("seed", range(40))
def test_what_the_set_that_breaks_fewest_breaks_is_what_counting_all_says(seed: int) -> None:
    problem = random_problem(seed, nearest=True, volume=3)
    firm = [rule for rule in cases.tested_rules(problem) if rule.price(problem) is None]
    (plans,) = blocks(problem, dataclasses.replace(space_of(problem), most=4))
    broken = np.array([rule.excess(problem, plans).broken.any(axis=1) for rule in firm])
    first, names = cases._first_of_fewest(problem, firm, plans)
    assert first == int(broken.sum(axis=0).argmin())
    assert names == {rule.name for rule, breaks in zip(firm, broken[:, first], strict=True) if breaks}


def test_a_plan_that_is_not_what_its_row_says_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = towns(RULES)
    grid = grid_of(problem, GRID)
    real = runs.ways_of
    monkeypatch.setattr(runs, "ways_of", lambda *a: real(*a) | {"mean_minutes": 1.0})
    with pytest.raises(SolverError, match="mean_minutes is 1"):
        Runs(problem, "travel", grid).row(2)
    monkeypatch.setattr(runs, "broken_by", lambda *a: [type("One", (), {"sentence": "volume is broken"})])
    with pytest.raises(SolverError, match="volume is broken"):
        Runs(problem, "travel", grid).row(2)


class Forgetful(Executor):
    """Runs at once, here; forgets after some parts what it was handed, as a worker that was begun anew has."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.waiting = self.most = 0

    def submit(self, call: Any, /, *given: Any, **named: Any) -> Future[Any]:
        (part,) = given
        self.parts.append(part)
        if len(self.parts) % 4 == 1:
            handed_out._shelf.cache_clear()
        future: Future[Any] = Future()
        future.set_result(call(part))
        return future


def test_a_worker_gets_the_problem_once_and_again_when_it_lacks_it() -> None:
    problem, workers = towns(RULES), Forgetful()
    grid = {"demand.women_per_year": list(range(5, 65)), "rules.units": [1, 2]}
    found = cap.sweep(problem, grid, executor=workers)
    assert found.runs == cap.sweep(problem, grid).runs
    packed = [part.packed is not None for part in workers.parts]
    assert packed[: handed_out.FIRST_IN_HAND] == [True] * handed_out.FIRST_IN_HAND
    # What came back undone was sent again, with the problem.
    assert False in packed[handed_out.FIRST_IN_HAND :]
    assert sum(len(part.numbers) for part in workers.parts) > len(found.runs)


class Slow(Executor):
    """Ends what it was handed one part after the other, when somebody waits; remembers how much there was at once."""

    def __init__(self) -> None:
        self.most, self.handed = 0, 0

    def submit(self, call: Any, /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.handed += 1
        self.most = max(self.most, self.handed)

        def end(_: object) -> None:
            self.handed -= 1

        future.add_done_callback(end)
        import threading

        threading.Timer(0.001, lambda: future.set_result(call(*given))).start()
        return future


def test_what_is_on_its_way_is_bounded_however_many_runs_there_are() -> None:
    executor = Slow()
    found = cap.sweep(towns(RULES), {"demand.women_per_year": list(range(5, 125))}, executor=executor)
    assert len(found.runs) == 120
    assert executor.most <= max(handed_out.FIRST_IN_HAND, handed_out.MOST_IN_HAND)


def test_parts_are_cut_by_what_runs_like_theirs_took() -> None:
    problem = towns(RULES)
    grid = Grid(keys=("rules.units", "demand.women_per_year"), values=((1, 2), tuple(range(5, 105))))
    expected = Expected(grid)
    # Runs with two units take a hundred times as long.
    for number in (*range(20), *range(100, 120)):
        expected.learn(number, 0.01 if number < 100 else 1.0)
    assert expected.of(50) < 0.1 < 0.5 < expected.of(150)
    out = HandedOut(Forgetful(), problem, "travel", grid, range(200))
    out._expected = expected
    out._workers = {("here", 1, 1)}
    sizes = []
    while out._waiting:
        sizes.append(out._next())
    assert list(itertools.chain.from_iterable(sizes)) == list(range(200))
    cheap, dear = [len(part) for part in sizes if part[-1] < 100], [len(part) for part in sizes if part[0] >= 100]
    assert max(dear) < max(cheap)
    # Towards the end parts are small, so that all workers end together.
    assert len(sizes[-1]) == 1


def test_a_grid_of_a_million_runs_is_no_list() -> None:
    problem = towns(RULES)
    grid = grid_of(
        problem, {"rules.units": [1, 2], "demand.women_per_year": range(1, 1001), "rules.volume": range(500)}
    )
    assert len(grid) == 1_000_000
    assert grid.point(999_999) == {"rules.units": 2, "demand.women_per_year": 1_000, "rules.volume": 499}
    assert grid.name(500) == '{"demand.women_per_year": 2, "rules.units": 1, "rules.volume": 0}'


def test_scenarios_are_chosen_before_their_total_is_scaled_whatever_the_order() -> None:
    problem = random_problem(3, scenarios=2)
    first = problem.scenarios.ids[0]
    grid = Grid(keys=("demand.women_per_year", "scenario"), values=((10.0, 20.0), (first,)))
    changed = Changed(problem, grid)
    assert [changed.to(k).women.sum() for k in (0, 1)] == [pytest.approx(10), pytest.approx(20)]
    strange = Grid(keys=("rules.volume", "sizes.largest"), values=((-1,), (-1,)))
    with pytest.raises(DataError) as raised:
        Changed(problem, strange).to(0)
    assert len(raised.value.findings) == 2


def test_rows_of_a_folder_are_read_a_line_at_a_time(tmp_path: Any) -> None:
    problem = towns(RULES)
    found = cap.sweep(problem, GRID, folder=tmp_path)
    kept = dict(KeptRuns(problem, "travel", tmp_path))
    assert tuple(kept.values()) == found.runs
    assert dict(KeptRuns(problem, "worst", tmp_path)) == {}
    assert dict(KeptRuns(problem, "travel", None)) == {}


def test_a_client_stands_for_its_executor() -> None:
    class Client:
        def get_executor(self) -> Executor:
            return Forgetful()

    client: Any = Client()
    assert cap.sweep(towns(RULES), GRID, executor=client).runs == cap.sweep(towns(RULES), GRID).runs


def test_a_pickled_problem_is_sent_without_what_can_be_worked_out_again() -> None:
    import pickle

    problem: Problem = cap.denmark()
    for name in HANDED_ON:
        getattr(problem, name)
    again = pickle.loads(pickle.dumps(problem))
    assert not set(HANDED_ON) & again.__dict__.keys()
    assert again.fingerprint == problem.fingerprint
