"""What a bound has left, searched by branch and bound: against all sets, and its bounds whenever it ends."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from capacity.engines.exact import core_tree
from capacity.engines.exact.core_tree import Core, Tree


def drawn(rng: np.random.Generator, *, many: bool) -> Core:
    """Points that know two sites or some more, and may be served otherwise: relaxations open half a site."""
    n, k = int(rng.integers(2, 40)), int(rng.integers(2, 10))
    cost = rng.integers(0, 3, (n, k)).astype(float) if rng.random() < 0.8 else rng.random((n, k)) * 3
    point, site = np.nonzero(rng.random((n, k)).argsort(axis=1) < rng.integers(2, 4, (n, 1)))
    forced = np.zeros(k, dtype=bool)
    forced[int(rng.integers(k))] = not many
    return Core(
        opening=np.zeros(k) if many else rng.integers(8, 20, k).astype(float),
        forced=forced,
        p=int(rng.integers(1, k)) if many else None,
        site=site,
        point=point,
        cost=cost[point, site],
        otherwise=rng.integers(4, 9, n).astype(float),
    )


def costs(core: Core) -> dict[tuple[int, ...], float]:
    k = len(core.opening)
    table = np.full((len(core.otherwise), k), np.inf)
    table[core.point, core.site] = core.cost
    sizes = range(k + 1) if core.p is None else (core.p,)
    sets = (s for r in sizes for s in itertools.combinations(range(k), r) if set(np.flatnonzero(core.forced)) <= set(s))
    return {
        s: float(
            core.opening[list(s)].sum()
            + np.minimum(core.otherwise, table[:, list(s)].min(axis=1, initial=np.inf)).sum()
        )
        for s in sets
    }


@pytest.mark.parametrize("many", [True, False])
def test_the_best_of_all_sets_is_met_and_no_bound_is_above_it(many: bool) -> None:
    rng = np.random.default_rng(24)
    nodes = set()
    for trial in range(60):
        core = drawn(rng, many=many)
        every = costs(core)
        best = min(every.values())
        met: list[float] = [np.inf]

        def offer(opened: np.ndarray, every: dict = every, met: list[float] = met) -> None:
            met.append(min(met[-1], every[tuple(np.flatnonzero(opened).tolist())]))

        tree = Tree(core, 16.0, cutoff=lambda met=met: met[-1] - 1e-7, offer=offer, deadline=np.inf)  # type: ignore[misc]
        for allowed in range(1, 9):
            if tree.run(allowed):
                break
            assert tree.bound <= best + 1e-9, trial
        else:
            assert tree.run(10_000)
        assert (met[-1], tree.bound) == (pytest.approx(best), np.inf), trial
        nodes.add(tree.nodes)
    assert len(nodes) > 2


def test_multipliers_of_any_kind_prove_no_more_than_is_true() -> None:
    rng = np.random.default_rng(3)
    for trial in range(60):
        core = drawn(rng, many=trial % 2 == 0)
        every = costs(core)
        sites = list(every)[int(rng.integers(len(every)))]
        opened, closed = np.zeros(len(core.opening), dtype=bool), np.ones(len(core.opening), dtype=bool)
        opened[list(sites)[:1]] = True
        closed[list(sites)] = False
        closed[rng.random(len(closed)) < 0.5] = False
        least = min(
            value for s, value in every.items() if opened[list(s)].sum() == opened.sum() and not closed[list(s)].any()
        )
        assert core.relaxed(rng.normal(2, 2, len(core.otherwise)), opened, closed) <= least + 1e-9


def test_out_of_time_or_given_up_by_highs_it_keeps_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    core = drawn(np.random.default_rng(1), many=True)
    late = Tree(core, 1.0, cutoff=lambda: 1e9, offer=lambda _: None, deadline=0.0)
    assert not late.run(100) and late.bound == -np.inf
    monkeypatch.setattr(core_tree, "is_optimal", lambda _: False)
    left = Tree(core, 1.0, cutoff=lambda: 1e9, offer=lambda _: None, deadline=core_tree.perf_counter() + 60)
    assert not left.run(100) and (left.bound, left.nodes) == (-np.inf, 1)


def test_ctrl_c_loses_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    core = drawn(np.random.default_rng(1), many=True)
    tree = Tree(core, 1.0, cutoff=lambda: 1e9, offer=lambda _: None, deadline=np.inf)
    monkeypatch.setattr(core_tree, "run_engine", lambda _: True)
    with pytest.raises(KeyboardInterrupt):
        tree.run(100)
    assert tree.bound == -np.inf
