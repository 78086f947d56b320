"""What large questions of the engines take: sets in parts that memory holds, and a Stop that is heard while one set is settled."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

import capacity as cap
from capacity.engines.clock import Clock, Progress
from capacity.engines.enumerate import combinations, combinations_in_parts
from capacity.engines.linear.model import build
from capacity.engines.rank.one_set import CutShortError, OneSet
from capacity.engines.rank.parts import Parts
from capacity.reading.synthetic import country
from capacity.rules.objectives import TRAVEL


@pytest.mark.parametrize(("items", "size"), [(7, 0), (7, 1), (7, 3), (7, 7), (9, 4)])
def test_subsets_in_parts_are_all_subsets_in_their_order(items: int, size: int) -> None:
    parts = list(combinations_in_parts(items, size, most=10))
    assert np.concatenate(parts).tolist() == combinations(items, size).tolist()
    assert np.concatenate(parts).tolist() == [list(c) for c in itertools.combinations(range(items), size)]
    assert max(map(len, parts)) <= 10


def test_sets_beyond_what_memory_holds_are_valued_until_told_to_stop() -> None:
    problem = country(200, 80).problem(policy=cap.Policy(units=(7, 12), nearest=True))

    def tell(_: Progress) -> object:
        return cap.Stop

    plan = cap.solve(problem, engine="enumerate", tell=tell)
    assert plan.status == "feasible" and "cut short" in plan.certificate and plan.check() == ()


def test_a_stop_is_heard_while_the_sizes_of_one_set_are_worked_out() -> None:
    problem = country(60, 10).problem(scenarios=20, policy=cap.Policy(units=(3, 6)))
    model = build(problem, TRAVEL)
    said: Iterator[object] = iter([None, cap.Stop])
    clock = Clock(None, lambda _: next(said, cap.Stop))
    opened = np.zeros(10, dtype=bool)
    opened[[0, 3, 5, 8]] = True
    clock.tell("before")
    clock._next = 0.0
    with pytest.raises(CutShortError):
        OneSet(Parts.of(model), opened, clock).least()
    assert clock.stopped
