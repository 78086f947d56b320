"""The p-median engine on lists of each point's nearest sites: the same bound, the same certificates."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from capacity.engines.exact.p_median_costs import Dense
from capacity.engines.exact.p_median_instance import prepare
from capacity.engines.exact.p_median_lagrangian import Ascent, Node
from capacity.engines.exact.p_median_lists import Lists
from capacity.engines.exact.p_median_swap import best_exchanges, first_set, savings, swap_search, total_cost
from capacity.exact import p_median
from capacity.exact import p_median_instance as instances
from capacity.exact import p_median_search as engine
from tests.test_exact_p_median import by_brute_force, mixed_case


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables are listed, and lists are as short as one site's fair share."""
    monkeypatch.setattr(instances, "LISTED_ABOVE", 0)
    monkeypatch.setattr(instances, "WORTH_LISTING", np.inf)
    monkeypatch.setattr(instances, "LIST", 1.0)


@pytest.fixture
def only_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search ends before it branches, as if its time were over then: the same on every machine."""
    monkeypatch.setattr(engine, "CORE_P", 10**9)
    monkeypatch.setattr(engine.Search, "_branch", lambda self: None)


def both_ways(cost: Any, p: int, weights: Any, length: float, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The same instance with a whole table, and with lists."""
    whole = prepare(cost, weights, p, (), ())
    with monkeypatch.context() as patch:
        patch.setattr(instances, "LISTED_ABOVE", 0)
        patch.setattr(instances, "WORTH_LISTING", np.inf)
        patch.setattr(instances, "LIST", length)
        part = prepare(cost, weights, p, (), ())
    assert isinstance(whole.C, Dense) and isinstance(part.C, Lists)
    return whole, part


def some_costs(rng: np.random.Generator, trial: int) -> tuple[Any, Any, int]:
    n, m = int(rng.integers(5, 40)), int(rng.integers(4, 30))
    cost = rng.integers(0, 9, (n, m)).astype(float) if trial % 2 else rng.random((n, m))
    if trial % 3 == 0:
        cost[rng.random((n, m)) < 0.3] = np.inf
        cost[:, 0] = 1.0
    weights = rng.integers(1, 5, n).astype(float) if trial % 5 == 0 else np.ones(n)
    return cost, weights, int(rng.integers(1, m - 1))


def test_up_to_the_radius_the_sums_are_those_of_the_whole_table(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    for trial in range(120):
        cost, weights, p = some_costs(rng, trial)
        whole, part = both_ways(cost, p, weights, float(rng.choice([0.5, 1, 2, 99])), monkeypatch)
        k, n = whole.C.shape
        lists = part.C
        for site, point in itertools.product(range(k), range(n)):
            known = lists.point[lists.start[site] : lists.start[site + 1]]
            assert (point in known) == (whole.C.table[site, point] < lists.radius[point])
        lam = lists.within((rng.random(n) * 2 * min(whole.ceiling, 10.0)).astype(lists.dtype))
        total = float(lam.sum(dtype=np.float64))
        expected = whole.C.reduced_costs(lam, total, np.float64)
        assert lists.reduced_costs(lam, total, np.float64) == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert lists.reduced_costs(lam, total) == pytest.approx(expected, rel=1e-4, abs=1e-4)
        chosen = rng.permutation(k)[:p]
        assert lists.serving(chosen, lam).tolist() == whole.C.serving(chosen, lam).tolist()
        assert (lists.rows(chosen) == whole.C.rows(chosen)).all()
        assert (lists.take(chosen).rows(np.arange(p)) == whole.C.rows(chosen)).all()
        assert lists.take(chosen).reduced_costs(lam, total) == pytest.approx(expected[chosen], rel=1e-4, abs=1e-4)
        limit = lists.within(part.cap)
        (mine, *least), (theirs, *expected) = lists.two_nearest(chosen, limit), whole.C.two_nearest(chosen, limit)
        assert [x.tolist() for x in least] == [x.tolist() for x in expected]
        assert mine[least[0] < limit].tolist() == theirs[least[0] < limit].tolist()
        enter, saved = best_exchanges(lists, limit, chosen)
        net = savings(lists, limit, chosen)
        assert saved == pytest.approx(net.max(axis=0), rel=1e-6, abs=1e-6)
        assert net[enter, np.arange(p)] == pytest.approx(saved, rel=1e-6, abs=1e-6)
        assert net == pytest.approx(savings(whole.C, limit, chosen), rel=1e-5, abs=1e-5)


def test_a_list_can_be_made_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    for trial in range(40):
        cost, weights, p = some_costs(rng, trial)
        whole, part = both_ways(cost, p, weights, 0.5, monkeypatch)
        lists = part.C
        lam = lists.within(part.cap)
        short = lists.pressed(lam, part.cap)
        wider = lists.extended(short) if len(short) else lists
        assert (wider.radius >= lists.radius).all() and (wider.radius[short] > lists.radius[short]).any() == bool(
            len(short)
        )
        table = whole.C.table
        for site in range(len(table)):
            known = wider.point[wider.start[site] : wider.start[site + 1]]
            assert known.tolist() == sorted(known.tolist()) or len(short)
            assert sorted(known.tolist()) == np.flatnonzero(table[site] < wider.radius).tolist()
            at = slice(wider.start[site], wider.start[site + 1])
            assert (wider.cost[at] == table[site, wider.point[at]]).all()


@pytest.mark.parametrize("extend", [0.0, np.inf])
def test_clamped_multipliers_give_a_bound_that_holds(extend: float, monkeypatch: pytest.MonkeyPatch) -> None:
    # Lists of half a share: most multipliers want to go beyond the radius.
    monkeypatch.setattr(engine, "WORTH_LISTING", extend)
    rng = np.random.default_rng(3)
    held, reached = 0, []
    for _ in range(30):
        cost = rng.random((30, 16))
        whole, part = both_ways(cost, 4, np.ones(30), 0.5, monkeypatch)
        best = by_brute_force(cost, 4, np.ones(30), [], [])[0] * whole.scale
        bounds = []
        for instance in (whole, part):
            search = engine.Search(instance, engine.Pool(instance), nodes_allowed=None if extend else 0)
            start = first_set(instance.C, instance.cap, 4)
            node = Node(
                bound=0.0,
                opened=np.empty(0, np.int64),
                columns=np.arange(16),
                p=4,
                cap=instance.cap,
                lam=engine._first_multipliers(instance.C, instance.cap, start),
            )
            ascent = Ascent(instance.C, node, cutoff=np.inf, target=best, steps=engine.ROOT_STEPS)
            for _ in range(20):
                ascent.run(25)
                search._extend(ascent)
            assert ascent.bound <= best * (1 + 1e-12)
            bounds.append(ascent.bound)
        held += len(part.C.pressed(ascent.lam, ascent.node.cap)) > 0
        reached.append(bounds[1] / bounds[0])
    if extend:
        assert min(reached) > 0.99
    else:
        assert held == 30 and max(reached) < 0.99


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("extend", [0.0, np.inf])
@pytest.mark.parametrize("core_p", [engine.CORE_P, 1])
def test_certificates_are_those_of_brute_force(extend: float, core_p: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "COMPLETE_WORK", 0)
    monkeypatch.setattr(engine, "WORTH_LISTING", extend)
    monkeypatch.setattr(engine, "CORE_P", core_p)
    if core_p == 1:
        monkeypatch.setattr(engine, "LEAF_SETS", 0)
        monkeypatch.setattr(engine, "ROOT_STEPS", engine.Steps(first=0.02, least=0.02, patience=1))
    rng = np.random.default_rng(4)
    for trial in range(60):
        n, m = int(rng.integers(6, 18)), int(rng.integers(5, 11))
        p = int(rng.integers(2, m - 1))
        cost, weights, keep, forbid = mixed_case(rng, trial, n, m)
        expected = by_brute_force(cost, p, weights, keep, forbid)
        if not expected:
            with pytest.raises(ValueError, match="reach"):
                p_median(cost, p, weights=weights, keep=keep, forbid=forbid)
            continue
        several = 1 if core_p == 1 else 3
        found = p_median(cost, p, weights=weights, keep=keep, forbid=forbid, k_best=several)
        got = [found.objective, *(value for value, _ in found.others)]
        assert got == pytest.approx(expected[:several], rel=2e-6, abs=1e-9)
        assert found.status == "optimal"
        assert found.bound <= expected[0] + 1e-9
        assert set(keep) <= set(found.sites) and not set(forbid) & set(found.sites)


def town(n: int, seed: int) -> Any:
    places = np.random.default_rng(seed).random((n, 2))
    return np.rint(1_000 * np.hypot(*np.moveaxis(places[:, None] - places[None], 2, 0)))


def test_lists_and_table_prove_the_same_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = town(250, 5)
    whole = p_median(cost, 25)
    monkeypatch.setattr(instances, "LISTED_ABOVE", 0)
    first, again = p_median(cost, 25), p_median(cost, 25)
    assert (first.objective, first.bound, first.status) == (whole.objective, whole.bound, "optimal")
    assert (first.sites, first.bound, first.engine) == (again.sites, again.bound, again.engine)


@pytest.mark.usefixtures("only_the_root")
def test_a_large_table_is_listed_and_its_certificate_honest() -> None:
    cost = town(2_100, 6)
    instance = prepare(cost, np.ones(2_100), 60, (), ())
    assert isinstance(instance.C, Lists)
    assert len(instance.C.point) < 0.1 * cost.size
    assert isinstance(prepare(cost, np.ones(2_100), 10, (), ()).C, Dense)
    found = p_median(cost, 60)
    assert found.status == "feasible"
    assert found.objective == cost[:, list(found.sites)].min(axis=1).sum()
    assert found.bound <= found.objective
    assert found.gap < 0.01


def test_exchanges_on_lists_lower_the_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, part = both_ways(town(120, 7), 8, np.ones(120), 5.0, monkeypatch)
    start = first_set(part.C, part.cap, 8)
    assert len(set(start.tolist())) == 8
    better = swap_search(part.C, part.cap, start, moves=50, stop=lambda: False)
    assert total_cost(whole.C, whole.cap, better) < total_cost(whole.C, whole.cap, start)


# -- sparse reach -----------------------------------------------------------------------------


def sparse(cost: Any) -> Any:
    from scipy.sparse import coo_array

    point, site = np.nonzero(np.isfinite(cost))
    return coo_array((cost[point, site], (point, site)), shape=cost.shape)


@pytest.mark.parametrize("complete_work", [engine.COMPLETE_WORK, 0])
def test_a_sparse_matrix_gives_the_certificate_of_its_table(
    complete_work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "COMPLETE_WORK", complete_work)
    rng = np.random.default_rng(8)
    refused = 0
    for trial in range(80):
        n, m = int(rng.integers(5, 16)), int(rng.integers(5, 10))
        p = int(rng.integers(1, m - 1))
        cost = rng.integers(0, 30, (n, m)).astype(float) if trial % 2 else rng.random((n, m)) * 10
        cost[rng.random((n, m)) < 0.4] = np.inf
        weights = rng.integers(0, 4, n).astype(float)
        weights[0] = 1.0
        keep = [int(rng.integers(m))] if trial % 4 == 0 else []
        forbid = [j for j in range(m) if j not in keep][:1] if trial % 7 == 0 else []
        rules: dict[str, Any] = {"weights": weights, "keep": keep, "forbid": forbid}
        expected = by_brute_force(cost, p, weights, keep, forbid)
        if not expected:
            refused += 1
            with pytest.raises(ValueError, match="reach"):
                p_median(sparse(cost), p, **rules)
            continue
        found = p_median(sparse(cost), p, k_best=2, **rules)
        got = [found.objective, *(value for value, _ in found.others)]
        assert got == pytest.approx(expected[:2], rel=2e-6, abs=1e-9)
        assert found.status == "optimal"
        assert found.bound <= expected[0] + 1e-9
        open_costs = cost[:, list(found.sites)]
        nearest = np.array(found.sites)[open_costs.argmin(axis=1)]
        assert found.assignment.tolist() == np.where(np.isfinite(open_costs.min(axis=1)), nearest, -1).tolist()
    assert 0 < refused < 60


def test_stored_zeros_and_infinities_of_a_sparse_matrix() -> None:
    from scipy.sparse import csr_array

    # Point 0 is at site 0; site 1 is said to be out of its reach.
    cost = csr_array((np.array([0.0, np.inf, 3.0]), np.array([0, 1, 1]), np.array([0, 2, 3])), shape=(2, 3))
    found = p_median(cost, 2)
    assert (found.sites, found.objective, found.assignment.tolist()) == ((0, 1), 3.0, [0, 1])
    with pytest.raises(ValueError, match="within reach of the points 1"):
        p_median(cost, 2, forbid=[1])
    assert p_median(cost, 1, weights=[0, 0]).objective == 0
    with pytest.raises(ValueError, match="not negative"):
        p_median(-cost, 2)
    with pytest.raises(ValueError, match="shape"):
        p_median(csr_array((0, 3)), 1)


@pytest.mark.usefixtures("only_the_root")
def test_many_points_that_reach_few_sites_never_make_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    # 3,000 points on a ring, each within reach of 40; every 30th place is the best that can be done.
    from scipy.sparse import csr_array

    n, near = 3_000, 40
    steps = np.arange(-near // 2, near // 2)
    sites = (np.arange(n)[:, None] + steps) % n
    cost = csr_array((np.tile(np.abs(steps).astype(float), n), sites.ravel(), np.arange(n + 1) * near), shape=(n, n))
    widest = 0
    rows = Lists.rows

    def watched(self: Any, part: Any) -> Any:
        nonlocal widest
        made = rows(self, part)
        widest = max(widest, made.size)
        return made

    monkeypatch.setattr(Lists, "rows", watched)
    found = p_median(cost, 100)
    best = 100 * 2 * sum(range(15)) + 100 * 15
    assert found.bound <= best <= found.objective < 1.2 * best
    assert widest < n * n / 4


def test_single_precision_is_read_as_it_is() -> None:
    cost = np.random.default_rng(9).random((30, 20)).astype(np.float32)
    single, double = p_median(cost, 3), p_median(cost.astype(np.float64), 3)
    assert (single.sites, single.objective, single.bound) == (double.sites, double.objective, double.bound)


@pytest.mark.usefixtures("listed")
def test_a_search_among_some_of_the_sites_is_exact_there(monkeypatch: pytest.MonkeyPatch) -> None:
    # As heuristic concentration asks it; its nodes need whole rows, of the sites that are left.
    monkeypatch.setattr(engine, "COMPLETE_WORK", 0)
    monkeypatch.setattr(engine, "LEAF_SETS", 0)
    rng = np.random.default_rng(10)
    for _ in range(40):
        cost = rng.random((20, 14))
        instance = prepare(cost, np.ones(20), 5, (), ())
        assert isinstance(instance.C, Lists)
        sites = np.sort(rng.permutation(14)[:9])
        part = replace(instance, C=instance.C.take(sites), sites=instance.sites[sites])
        search = engine.Search(part, engine.Pool(part), nodes_allowed=10**6)
        search.run()
        best = by_brute_force(cost[:, sites], 5, np.ones(20), [], [])[0]
        assert search.complete
        assert search.pool.best == pytest.approx(best, rel=1e-6)
        assert search.bound <= best * (1 + 1e-12)


@pytest.mark.usefixtures("only_the_root")
def test_ctrl_c_among_the_sites_met_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "LISTED_ABOVE", 0)
    cost = town(250, 5)
    run = engine.Search.run

    def interrupted(self: Any) -> None:
        run(self)
        if self.nodes_allowed is not None:
            raise KeyboardInterrupt

    whole = p_median(cost, 20)
    monkeypatch.setattr(engine.Search, "run", interrupted)
    found = p_median(cost, 20)
    assert found.status == "feasible"
    assert found.bound <= whole.objective <= found.objective
    assert found.gap < 0.05


@pytest.mark.usefixtures("listed")
def test_longer_lists_know_what_an_opened_site_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    # A site opened on short lists caps the points that list it; once lists are longer it has to cap the others too.
    monkeypatch.setattr(engine, "COMPLETE_WORK", 0)
    monkeypatch.setattr(engine, "WORTH_LISTING", np.inf)
    monkeypatch.setattr(engine, "ROUND", 2)
    monkeypatch.setattr(engine, "LEAF_SETS", 0)
    monkeypatch.setattr(instances, "LIST", 0.5)
    extend, opened = engine.Search._extend, 0

    def checked(self: Any, ascent: Ascent) -> None:
        nonlocal opened
        before = ascent.C
        extend(self, ascent)
        if ascent.C is not before and len(ascent.node.opened):
            opened += 1
            true = self.instance.C.rows(ascent.node.opened).min(axis=0)
            assert (ascent.node.cap <= true).all() and (ascent.lam <= true).all()
            assert (ascent._climb.trial <= true).all() and (ascent._limit <= true).all()

    monkeypatch.setattr(engine.Search, "_extend", checked)
    rng = np.random.default_rng(11)
    for trial in range(60):
        n, m = int(rng.integers(10, 25)), int(rng.integers(5, 11))
        p = int(rng.integers(2, m - 1))
        cost = np.rint(rng.random((n, m)) * 100) if trial % 2 else rng.random((n, m))
        best = by_brute_force(cost, p, np.ones(n), [], [])[0]
        found = p_median(cost, p)
        assert found.objective == pytest.approx(best, rel=1e-6)
        assert found.bound <= best * (1 + 1e-12)
    assert opened > 10


def test_where_many_sites_open_a_small_program_replaces_the_search_among_sets_met(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    looked = []

    def look(search: engine.Search, ascent: Ascent, ask: Any = engine.Search._look_near) -> bool:
        looked.append(ask(search, ascent))
        return looked[-1]

    for trial in range(6):
        xy = rng.random((140, 2))
        cost = np.rint(1_000 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)))
        with monkeypatch.context() as patch:
            patch.setattr(engine.Search, "_look_near", look)
            patch.setattr(engine, "ROOT_STEPS", engine.Steps(first=0.02, least=0.02, patience=1))
            whole = p_median(cost, 30 + trial)
            patch.setattr(instances, "LISTED_ABOVE", 0)
            listed = p_median(cost, 30 + trial)
        assert listed.objective == listed.bound == whole.objective
    assert any(looked)
