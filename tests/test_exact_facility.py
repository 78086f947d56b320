"""The facility-location engine: against brute force, and against the published optima."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from capacity.engines.exact.certificate import relative_gap
from capacity.engines.exact.facility_instance import prepare
from capacity.engines.exact.facility_lagrangian import Knapsacks, cheapest_choice
from capacity.errors import NoPlanError
from capacity.exact import facility_location
from capacity.exact import facility_search as engine

INSTANCES = Path(os.environ.get("CAPACITY_INSTANCES", ""))
needs_instances = pytest.mark.skipif(not (INSTANCES / "cap").is_dir(), reason="CAPACITY_INSTANCES is not set")


# -- brute force ------------------------------------------------------------------------------


def served_by_shares(cost: Any, demand: Any, capacity: Any) -> float:
    """The transport problem, by SciPy, dense."""
    n, k = cost.shape
    rows = np.kron(np.eye(n), np.ones(k))
    limits = np.kron(demand, np.eye(k))
    prices = (cost * demand[:, None]).ravel()
    reach = [(0, 1 if np.isfinite(c) else 0) for c in prices]
    done = linprog(np.where(np.isfinite(prices), prices, 0), limits, capacity, rows, np.ones(n), reach)
    return float(done.fun) if done.status == 0 else np.inf


def served_by_one_each(cost: Any, demand: Any, capacity: Any) -> float:
    n, k = cost.shape
    every = np.array(list(itertools.product(range(k), repeat=n)))
    load = np.stack([(demand * (every == j)).sum(axis=1) for j in range(k)], axis=1)
    totals = (demand * cost[np.arange(n), every]).sum(axis=1)
    return float(np.min(totals[(load <= capacity + 1e-9).all(axis=1)], initial=np.inf))


def by_brute_force(fixed: Any, cost: Any, demand: Any, capacity: Any, single: bool, keep: Any, forbid: Any) -> float:
    used, best = demand > 0, np.inf
    cost, demand = cost[used], demand[used]
    m = len(fixed)
    for size in range(1, m + 1):
        for chosen in itertools.combinations(range(m), size):
            sites = list(chosen)
            if not set(keep) <= set(sites) or set(forbid) & set(sites) or fixed[sites].sum() >= best:
                continue
            here = cost[:, sites]
            if capacity is None:
                serving = float(demand @ here.min(axis=1))
            else:
                serve = served_by_one_each if single else served_by_shares
                serving = serve(here, demand, capacity[sites])
            best = min(best, fixed[sites].sum() + serving)
    return best


def random_case(rng: Any, trial: int, *, capacitated: bool, single: bool) -> dict[str, Any]:
    """Integers and floats, ties, points without demand, missing pairs, sites kept and forbidden, full sites."""
    n, m = int(rng.integers(2, 6 if single else 9)), int(rng.integers(2, 4 if single else 5 if capacitated else 8))
    cost = rng.integers(0, 9, (n, m)).astype(float) if trial % 2 else rng.random((n, m)) * 10
    if trial % 3 == 0:
        cost[rng.random((n, m)) < 0.25] = np.inf
    demand = rng.integers(0, 5, n).astype(float) if trial % 4 else rng.random(n) * 5
    demand[0] = 1.0
    fixed = rng.integers(0, 25, m).astype(float) if trial % 5 else rng.random(m) * 30
    capacity = None
    if capacitated:
        tight = rng.uniform(0.8, 2.5) * demand.sum() / m
        capacity = np.ceil(rng.uniform(0.6, 1.4, m) * tight) if trial % 3 else np.full(m, np.ceil(tight) + 1)
        if trial % 7 == 0:
            capacity[0] = np.inf
    keep = [int(rng.integers(m))] if trial % 4 == 1 else []
    forbid = [j for j in range(m) if j not in keep][:1] if trial % 5 == 2 else []
    return {"fixed": fixed, "cost": cost, "demand": demand, "capacity": capacity, "keep": keep, "forbid": forbid}


def check(case: dict[str, Any], single: bool) -> bool:
    """Compare with brute force, and recompute the value from the assignment; False when infeasible."""
    fixed, cost, demand, capacity = (case[name] for name in ("fixed", "cost", "demand", "capacity"))
    limits = None if capacity is None else np.minimum(capacity, demand.sum())
    expected = by_brute_force(fixed, cost, demand, limits, single, case["keep"], case["forbid"])
    if not np.isfinite(expected):
        with pytest.raises(ValueError, match=r"reach|hold|serve"):
            facility_location(**case, single_source=single)
        return False
    found = facility_location(**case, single_source=single)
    assert found.objective == pytest.approx(expected, rel=1e-8, abs=1e-8)
    assert found.status == "optimal"
    assert found.bound <= expected * (1 + 1e-12) + 1e-9
    assert set(case["keep"]) <= set(found.sites)
    assert not set(case["forbid"]) & set(found.sites)
    shares = found.assignment
    assert shares is not None
    if shares.ndim == 1:
        whole = np.zeros(cost.shape)
        whole[demand > 0, shares[demand > 0]] = 1.0
        shares = whole
    assert shares[demand > 0].sum(axis=1) == pytest.approx(np.ones((demand > 0).sum()))
    assert not np.delete(shares, found.sites, axis=1).any()
    paid = np.where(shares > 0, cost, 0.0) * shares * demand[:, None]
    assert fixed[list(found.sites)].sum() + paid.sum() == pytest.approx(found.objective)
    if limits is not None:
        assert (demand @ shares <= limits * (1 + 1e-7) + 1e-9).all()
    return True


@pytest.mark.parametrize("leaf_sets", [engine.LEAF_SETS, 1])
@pytest.mark.parametrize(
    ("capacitated", "single", "trials"), [(False, False, 150), (True, False, 80), (True, True, 80)]
)
def test_the_optimum_is_that_of_brute_force(
    capacitated: bool, single: bool, trials: int, leaf_sets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With leaves of one set everything is left to the branch and bound.
    monkeypatch.setattr(engine, "LEAF_SETS", leaf_sets)
    rng = np.random.default_rng(5 + capacitated + 2 * single)
    solved = sum(check(random_case(rng, t, capacitated=capacitated, single=single), single) for t in range(trials))
    assert solved > trials / 2


def test_without_the_root_bound_branching_alone_gives_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LEAF_SETS", 1)
    monkeypatch.setattr(engine, "ROUNDS", 1)
    monkeypatch.setattr(engine, "NODE_ITERATIONS", 2)
    rng = np.random.default_rng(11)
    assert sum(check(random_case(rng, t, capacitated=True, single=False), False) for t in range(40)) > 20


# -- bounds -----------------------------------------------------------------------------------


def test_any_multipliers_give_a_bound_and_a_flip_is_what_it_says() -> None:
    rng = np.random.default_rng(3)
    for trial in range(60):
        case = random_case(rng, trial, capacitated=trial % 4 > 0, single=False)
        arrays = [case[name] for name in ("fixed", "cost", "demand", "capacity")]
        try:
            instance = prepare(*arrays, case["keep"], case["forbid"], single=False)
        except ValueError:
            continue
        lam = rng.random(len(instance.demand)) * 30
        rho = instance.fixed - Knapsacks(instance.cost, instance.demand, instance.capacity, lam).saved
        choice = cheapest_choice(rho, instance.keep, instance.capacity, instance.need)
        every = np.array(list(itertools.product([0.0, 1.0], repeat=len(rho))))
        holds = (every @ instance.capacity >= instance.need) & (every[:, instance.keep] == 1).all(axis=1)
        totals = every @ rho
        assert choice.cost <= totals[holds].min(initial=np.inf) + 1e-9
        for j in np.flatnonzero(~instance.keep & np.isin(choice.opened, (0.0, 1.0))):
            other = holds & (every[:, j] != choice.opened[j])
            assert choice.cost + choice.flip[j] <= totals[other].min(initial=np.inf) + 1e-9


# -- published optima -------------------------------------------------------------------------


def published() -> dict[str, float]:
    """Of the small files; those of capa, capb and capc depend on a capacity as well: ``"capa 8000"``."""
    values, name = {}, ""
    for line in (INSTANCES / "cap" / "capopt.txt").read_text(encoding="utf-8").splitlines()[1:]:
        words = line.replace("(capacity", "").replace(")", "").split()
        if not words or words[0] == "Note":
            break
        if words[0].startswith("cap"):
            name, *words = words
        values[name if len(words) == 1 else f"{name} {words[1]}"] = float(words[0])
    return values


def derived(name: str) -> tuple[str, float | None]:
    """File and capacity: the files with capacity 5,000 share their costs with those of 15,000."""
    same = {"cap51": ("cap63", 10_000.0)}
    for kind, like in (("cap4", "cap6"), ("cap8", "cap9"), ("cap11", "cap12")):
        same |= {f"{kind}{k}": (f"{like}{k}", 5_000.0) for k in range(1, 5) if f"{kind}{k}" != "cap41"}
    return same.get(name, (name, None))


def read(path: Path, capacity: float | None) -> tuple[Any, Any, Any, Any]:
    """OR-Library capacitated warehouse location (Beasley 1988); costs there are for the whole demand."""
    words = path.read_text(encoding="utf-8").replace("capacity", "nan").split()
    numbers = np.array(words, dtype=float)
    m, n = int(numbers[0]), int(numbers[1])
    limits, fixed = numbers[2 : 2 + 2 * m].reshape(m, 2).T
    table = numbers[2 + 2 * m :][: n * (m + 1)].reshape(n, m + 1)
    demand = table[:, 0]
    if capacity is not None:
        limits = np.full(m, capacity)
    return fixed, table[:, 1:] / np.where(demand > 0, demand, 1.0)[:, None], demand, limits


@needs_instances
def test_all_small_files_have_their_published_optima() -> None:
    small = {name: value for name, value in published().items() if " " not in name}
    assert len(small) == 37
    for name, value in small.items():
        file, capacity = derived(name)
        found = facility_location(*read(INSTANCES / "cap" / f"{file}.txt", capacity))
        assert found.objective == pytest.approx(value, rel=1e-9), name
        assert found.status == "optimal"
        assert found.bound <= value * (1 + 1e-9)


@needs_instances
@pytest.mark.parametrize("case", ["capa 14000"])
def test_a_large_file_has_its_published_optimum(case: str) -> None:
    name, capacity = case.split()
    found = facility_location(*read(INSTANCES / "capabc" / f"{name}.txt", float(capacity)))
    assert found.objective == pytest.approx(published()[case], rel=1e-9)
    assert found.status == "optimal"


@needs_instances
def test_single_sources_reach_the_published_optima_of_capacitated_medians() -> None:
    """Osman and Christofides (1994): five sites of 120 are needed, and a sixth would cost more than it saves."""
    numbers = np.array((INSTANCES / "pmedcap" / "pmedcap1.txt").read_text(encoding="utf-8").split(), dtype=float)
    opening, start = 200.0, 1
    for _ in range(4):
        best, n, p, room = numbers[start + 1], int(numbers[start + 2]), int(numbers[start + 3]), numbers[start + 4]
        rows = numbers[start + 5 : start + 5 + 4 * n].reshape(n, 4)
        start += 5 + 4 * n
        xy, demand = rows[:, 1:3], rows[:, 3]
        distance = np.floor(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)))
        per_unit = distance / demand[:, None]
        found = facility_location(np.full(n, opening), per_unit, demand, np.full(n, room), single_source=True)
        assert len(found.sites) == p
        assert found.objective - p * opening == pytest.approx(best, abs=1e-6)
        assert found.status == "optimal"


@needs_instances
def test_a_search_cut_short_says_so() -> None:
    found = facility_location(*read(INSTANCES / "capabc" / "capb.txt", 6000.0), time_limit=0.5)
    best = published()["capb 6000"]
    assert found.bound <= best <= found.objective
    assert found.status == "feasible"
    assert found.gap > 0


# -- ties -------------------------------------------------------------------------------------


def first_of_the_best(case: dict[str, Any]) -> tuple[int, ...]:
    """Of all sets within 1e-9 of the least cost: the fewest sites, then the lowest."""
    fixed, cost, demand, capacity = (case[name] for name in ("fixed", "cost", "demand", "capacity"))
    used, values = demand > 0, {}
    limits = None if capacity is None else np.minimum(capacity, demand.sum())
    for size in range(1, len(fixed) + 1):
        for sites in itertools.combinations(range(len(fixed)), size):
            if not set(case["keep"]) <= set(sites) or set(case["forbid"]) & set(sites):
                continue
            here = cost[np.ix_(used, sites)]
            if limits is None:
                serving = float(demand[used] @ here.min(axis=1))
            else:
                serving = served_by_shares(here, demand[used], limits[list(sites)])
            values[sites] = float(fixed[list(sites)].sum()) + serving
    least = min(values.values())
    return min((s for s, v in values.items() if v <= least + 1e-9 * abs(least)), key=lambda s: (len(s), s))


@pytest.mark.parametrize("capacitated", [False, True])
def test_of_sets_that_cost_the_same_the_first_is_returned(capacitated: bool) -> None:
    rng = np.random.default_rng(31 + capacitated)
    tied = 0
    for trial in range(60):
        case = random_case(rng, 2 * trial + 1, capacitated=capacitated, single=False)
        case["cost"] = np.where(np.isinf(case["cost"]), np.inf, rng.integers(0, 3, case["cost"].shape))
        case["demand"], case["fixed"] = np.rint(case["demand"]), 2.0 * rng.integers(0, 3, len(case["fixed"]))
        try:
            found = facility_location(**case)
        except ValueError:
            continue
        assert found.sites == first_of_the_best(case), trial
        renamed = facility_location(**{**case, "cost": case["cost"][::-1], "demand": case["demand"][::-1]})
        assert renamed.sites == found.sites
        tied += 1
    assert tied > 30


def test_a_site_that_costs_nothing_and_serves_nobody_stays_closed() -> None:
    found = facility_location([0.0, 1.0], [[9.0, 0.0]], [1.0])
    assert (found.sites, found.objective) == ((1,), 1.0)
    assert facility_location([0.0, 0.0, 0.0], np.zeros((2, 3)), [1.0, 1.0]).sites == (0,)


# -- what a user meets ------------------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 2, 5, 9])
def test_an_interrupted_search_returns_the_best_so_far(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    cost, demand, fixed = rng.random((30, 12)) * 9, rng.random(30) + 0.5, rng.random(12) * 20
    capacity = np.full(12, demand.sum() / 4)
    whole = facility_location(fixed, cost, demand, capacity)
    run, calls = engine.Ascent.run, itertools.count()

    def interrupted(self: Any, steps: int) -> None:
        if next(calls) == after:
            raise KeyboardInterrupt
        run(self, steps)

    monkeypatch.setattr(engine, "LEAF_SETS", 1)
    monkeypatch.setattr(engine.Ascent, "run", interrupted)
    found = facility_location(fixed, cost, demand, capacity)
    assert found.bound <= whole.objective * (1 + 1e-12) <= found.objective * (1 + 2e-12)
    assert (found.status == "optimal") == (found.gap <= 1e-7)


def test_ctrl_c_between_two_nodes_loses_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    # The list of open nodes raises when the last one leaves it, as an interrupt at that instant does.
    class Interrupted(list[Any]):
        def pop(self, *_: Any) -> Any:
            node = super().pop()
            if not self:
                raise KeyboardInterrupt
            return node

    rng = np.random.default_rng(2)
    cost, demand, fixed = rng.random((30, 12)) * 9, rng.random(30) + 0.5, rng.random(12) * 20
    capacity = np.full(12, demand.sum() / 4)
    whole = facility_location(fixed, cost, demand, capacity)
    monkeypatch.setattr(engine, "LEAF_SETS", 1)
    monkeypatch.setattr(engine, "ROUNDS", 1)
    root = engine.Search._root

    def then_listen(self: Any) -> None:
        root(self)
        self._open = Interrupted(self._open)

    monkeypatch.setattr(engine.Search, "_root", then_listen)
    found = facility_location(fixed, cost, demand, capacity)
    assert found.bound <= whole.objective * (1 + 1e-12)
    assert found.status == "feasible"


def test_interrupted_before_anything_is_found_it_is_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "by_nearest", stop)
    with pytest.raises(KeyboardInterrupt):
        facility_location([1.0], [[1.0]], [1.0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"cost": [1, 2]}, "table"),
        ({"cost": [[-1.0, 1]]}, "cost is not negative"),
        ({"cost": [[np.nan, 1]]}, "cost is not negative"),
        ({"fixed": [1.0]}, "fixed is 2"),
        ({"fixed": [1.0, np.inf]}, "fixed is 2"),
        ({"demand": [-1.0]}, "demand is 1"),
        ({"capacity": [1.0, -2]}, "capacity is 2"),
        ({"keep": [5]}, "keep names columns"),
        ({"keep": 1}, "keep is a list of columns"),
        ({"time_limit": "x"}, "time_limit is a number of seconds"),
        ({"forbid": [-1]}, "forbid names columns"),
        ({"keep": [0], "forbid": [0]}, "both kept and forbidden"),
        ({"time_limit": 0}, "time_limit"),
        ({"cost": [[np.inf, np.inf]]}, "within reach"),
        ({"demand": [9.0], "capacity": [4.0, 4.0]}, "hold 8, and the demand is 9"),
        ({"demand": [4.0], "capacity": [4.0, 4.0], "forbid": [0, 1]}, "within reach"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, Any], said: str) -> None:
    whole = {"fixed": [1.0, 2.0], "cost": [[3.0, 4.0]], "demand": [2.0], **arguments}
    with pytest.raises(ValueError, match=said):
        facility_location(**whole)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"(?s)fixed is.*demand is.*keep names.*time_limit"):
        facility_location([-1.0], [[1.0]], [-1.0], keep=[0.5], time_limit=0)  # type: ignore[list-item]


def test_reach_and_capacity_together_may_rule_everything_out() -> None:
    # Both towns reach only the first site, which holds one of them.
    cost = [[1.0, np.inf], [1.0, np.inf]]
    with pytest.raises(ValueError, match="serve"):
        facility_location([0, 0], cost, [3, 3], [4, 4])
    with pytest.raises(ValueError, match="serve"):
        facility_location([0, 0], [[1.0, 1.0]] * 3, [3, 3, 3], [5, 5], single_source=True)


@pytest.mark.parametrize("single", [False, True])
def test_a_site_is_large_enough_within_a_billionth_and_not_beyond(single: bool) -> None:
    # Two of the towns reach only the first site.
    cost = [[1.0, np.inf], [1.0, np.inf], [1.0, 1.0]]
    found = facility_location([1, 1], cost, [1, 1, 1], [2 - 5e-10, 5], single_source=single)
    assert (found.sites, found.objective, found.status) == ((0, 1), 5.0, "optimal")
    with pytest.raises(ValueError, match="serve"):
        facility_location([1, 1], cost, [1, 1, 1], [2 - 3e-9, 5], single_source=single)


def test_a_share_of_a_point_may_be_tiny() -> None:
    # The near site holds all but a millionth; the far one must be open for that.
    found = facility_location([1.0, 1.0], [[1.0, 2.0]], [1.0], [1.0 - 1e-6, 1.0])
    assert found.sites == (1,)
    found = facility_location([1.0, 1.0], [[1.0, 20.0]], [1.0], [1.0 - 1e-6, 1.0])
    assert found.sites == (0, 1)
    assert found.assignment is not None
    assert found.assignment[0, 1] == pytest.approx(1e-6)


def test_a_small_site_is_not_overfilled_beside_a_point_a_billion_times_larger() -> None:
    capacity, demand = [100.0, 2e12], [60.0, 70.0, 1e12]
    found = facility_location([0.0, 0.0], [[1.0, 5.0], [1.0, 5.0], [9.0, 1.0]], demand, capacity, keep=[0])
    assert (demand @ np.asarray(found.assignment) <= np.multiply(capacity, 1 + 1e-8)).all()
    assert found.objective - 1e12 == pytest.approx(100 + 5 * 30, abs=1e-3)
    # Nor is anything sent to a site that holds nothing.
    found = facility_location([0.0, 0.0], [[1.0, 5.0]] * 2, [1e-9, 1e9], [0.0, 2e9], keep=[0])
    assert np.asarray(found.assignment)[:, 0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("capacity", [None, [9.0, 9.0]])
@pytest.mark.parametrize("single", [False, True])
def test_what_is_asked_decides_the_form_of_the_assignment(capacity: list[float] | None, single: bool) -> None:
    # Not whether the capacities bind.
    found = facility_location([1.0, 1.0], [[1.0, 9.0], [9.0, 1.0]], [2.0, 0.0], capacity, single_source=single)
    if capacity is None or single:
        assert found.assignment.tolist() == [0, -1]  # type: ignore[union-attr]  # one site each
    else:
        assert found.assignment.tolist() == [[1.0, 0.0], [0.0, 0.0]]  # type: ignore[union-attr]  # shares


def test_sites_out_of_everybodys_reach_do_not_matter() -> None:
    found = facility_location(np.zeros(5), [[1.2, np.inf, 1.2, 1.1, np.inf]], [4.0], [0.0, 2.0, 1.0, 4.0, 4.0])
    assert (found.sites, found.objective) == ((3,), pytest.approx(4.4))


def test_nobody_to_serve_opens_what_must_be_kept() -> None:
    found = facility_location([1.0, 2.0], [[1.0, np.inf]], [0.0], keep=[1])
    assert found.sites == (1,)
    assert found.objective == 2.0
    assert found.status == "optimal"
    assert facility_location([1.0], [[1.0]], [0.0]).sites == ()


def test_cost_is_per_unit_of_demand() -> None:
    once = facility_location([5.0, 5.0], [[1.0, 3.0], [3.0, 1.0]], [2.0, 4.0])
    assert once.objective == 5.0 + min(2 * 3 + 4 * 1, 2 * 1 + 4 * 3, 5 + 2 + 4)


def test_points_split_in_two_are_the_same_problem() -> None:
    rng = np.random.default_rng(8)
    cost, demand, fixed = rng.random((12, 6)) * 9, rng.random(12) + 0.5, rng.random(6) * 9
    capacity = np.full(6, demand.sum() / 3)
    whole = facility_location(fixed, cost, demand, capacity)
    halves = facility_location(fixed, np.repeat(cost, 2, axis=0), np.repeat(demand / 2, 2), capacity)
    assert halves.objective == pytest.approx(whole.objective, rel=1e-9)
    larger = facility_location(fixed, cost, demand, capacity * 1.2)
    assert larger.objective <= whole.objective * (1 + 1e-9)


def test_out_of_time_before_anything_is_found_is_not_called_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "from_single_sources", lambda *_, **__: (None, -np.inf))
    with pytest.raises(NoPlanError, match="time limit"):
        facility_location([1, 1], [[1.0, 1.0]] * 3, [2, 2, 2], [4, 4], single_source=True, time_limit=100)


# -- scales -----------------------------------------------------------------------------------


def test_a_gap_is_a_part_of_the_objective_however_small_that_is() -> None:
    assert relative_gap(2e-20, 1e-20) == 0.5
    assert relative_gap(3.0, 4.0) == relative_gap(0.0, 0.0) == 0.0
    assert relative_gap(0.0, -1.0) == np.inf


@pytest.mark.parametrize(
    ("cost", "demand", "fixed", "capacity", "keep", "single", "optimum"),
    [
        (  # in fractions 2.7855902257233857...
            [
                [1.0000000002, 1.0000000001, 1.0000000002],
                [1.0000000001, 1.0000000003, 1.0000000002],
                [1.0, 1.0, 1.0000000001],
            ],
            [0.6955557710797152, 0.2653661743153988, 0.9326930854118027],
            [0.8084086950057745, 0.28697317860013294, 0.08356649972831198],
            [1.0307075213365617, 0.3922519795816795, 1.0039096366423172],
            [],
            False,
            2.785590225723386,
        ),
        (
            [
                [1.000000003, 1.000000002, 1.0, 1.000000002],
                [1.0, 1.0, 1.000000002, 1.000000002],
                [1.000000003, 1.0, 1.000000002, 1.000000003],
                [1.000000003, 1.000000002, 1.000000002, 1.000000002],
            ],
            [0.21899, 0.452536, 0.227431, 0.988258],
            [1.000000001, 1.000000002, 1.000000001, 1.0],
            [1.3457358251549472, 1.032006371914365, 1.1517869881242104, 0.46679392275465875],
            [3],
            True,
            4.887215005096789,
        ),
    ],
)
def test_what_a_solver_calls_optimal_is_not_taken_for_a_bound(
    cost: Any, demand: Any, fixed: Any, capacity: Any, keep: Any, single: bool, optimum: float
) -> None:
    # Costs that differ by less than the tolerance of a linear program: its value is above the least one.
    found = facility_location(fixed, cost, demand, capacity, keep=keep, single_source=single)
    assert found.bound <= optimum * (1 + 1e-15)
    assert found.objective == pytest.approx(optimum, rel=1e-8)
    assert found.status == "optimal"


def test_a_penalty_does_not_blur_what_single_sources_are_proven_to_cost() -> None:
    found = facility_location(
        np.zeros(5), [[0.6, 1.0, 1e10, 0.1, 0.7]], [6.0], [0.0, 1.5, np.inf, 3.0, np.inf], single_source=True
    )
    assert (found.sites, found.status) == ((4,), "optimal")
    assert found.gap < 1e-12


@pytest.mark.parametrize("unit", [1e-9, 1e-6, 1e6, 1e9])
@pytest.mark.parametrize("price", [1e-20, 1e-9, 1e9])
def test_the_unit_of_demand_and_of_money_changes_nothing(unit: float, price: float) -> None:
    # The tolerances of linear programming are absolute: units must not reach them.
    rng = np.random.default_rng(23)
    for trial in range(24):
        case = random_case(rng, trial, capacitated=True, single=trial % 3 == 2)
        other = {
            **case,
            "fixed": case["fixed"] * price * unit,
            "cost": case["cost"] * price,
            "demand": case["demand"] * unit,
            "capacity": case["capacity"] * unit,
        }
        try:
            expected = facility_location(**case, single_source=trial % 3 == 2)
        except ValueError:
            with pytest.raises(ValueError, match=r"reach|hold|serve"):
                facility_location(**other, single_source=trial % 3 == 2)
            continue
        found = facility_location(**other, single_source=trial % 3 == 2)
        assert found.objective / (price * unit) == pytest.approx(expected.objective, rel=1e-8, abs=1e-12)
        assert found.status == "optimal"
        assert found.bound / (price * unit) <= expected.objective * (1 + 1e-9)
        if np.asarray(found.assignment).ndim == 2:
            assert (other["demand"] @ found.assignment <= other["capacity"] * (1 + 1e-7)).all()


def test_a_price_that_forbids_a_pair_does_not_blur_the_others() -> None:
    cost = [[1.0, 1e9, 1e9], [1.2, 1.0, 1e9], [1.1, 1.4, 1.0]]
    found = facility_location([0.0, 0.0, 0.0], cost, [1.0, 1.0, 1.0], [1.5, 1.0, 0.5])
    assert found.objective == pytest.approx(3.05, rel=1e-9)


def uncapacitated(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[int], list[int], float]:
    """Opening costs, costs, demand, sites to keep and to forbid, and the least cost over all sets of 11 sites."""
    n, m = int(rng.integers(11, 30)), 11
    fixed = rng.integers(0, 8, m).astype(float) if rng.random() < 0.5 else rng.random(m)
    cost, demand = rng.random((n, m)) * 4, rng.integers(0, 4, n).astype(float)
    cost[rng.random((n, m)) < 0.1] = np.inf
    demand[~np.isfinite(cost[:, 2:]).any(axis=1)] = 0.0
    keep, forbid = ([0] if rng.random() < 0.3 else []), ([1] if rng.random() < 0.3 else [])
    sets = (np.arange(2**m)[:, None] >> np.arange(m)) % 2 == 1
    sets = sets[sets.any(axis=1) & sets[:, keep].all(axis=1) & ~sets[:, forbid].any(axis=1)]
    paid = np.where(demand > 0, np.array([cost[:, row].min(axis=1) for row in sets]) * 1.0, 0.0)
    with np.errstate(invalid="ignore"):
        total = sets @ fixed + np.where(demand > 0, paid * demand, 0.0).sum(axis=1)
    return fixed, cost, demand, keep, forbid, float(total.min())


@pytest.mark.parametrize("nodes", [300, 0])
def test_without_capacities_what_is_left_is_one_small_program(nodes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from capacity.exact import facility_core, facility_search

    monkeypatch.setattr(facility_core, "NODES", nodes)
    monkeypatch.setattr(facility_core, "LEAST_OPEN", 0)
    monkeypatch.setattr(facility_search, "LEAF_SETS", 0)
    monkeypatch.setattr(facility_search, "ALL_TIES", 1)
    monkeypatch.setattr(facility_search, "ROOT_STEPS", facility_search.Steps(first=0.02, least=0.02, patience=1))
    rng, methods = np.random.default_rng(4), set()
    for _ in range(25):
        fixed, cost, demand, keep, forbid, least = uncapacitated(rng)
        found = facility_location(fixed, cost, demand, keep=keep, forbid=forbid)
        assert found.objective == pytest.approx(least, abs=1e-9)
        assert found.bound <= least + 1e-12
        assert found.status == "optimal"
        methods.add(found.engine)
    assert "Lagrangian bound and branch and cut" in methods


def test_a_small_program_cut_short_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from capacity.exact import facility_core, facility_search

    xy = np.random.default_rng(1).random((120, 2))
    cost = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    fixed = np.full(120, 0.08)
    best = facility_location(fixed, cost, np.ones(120))
    assert best.engine == "Lagrangian bound and branch and cut"
    monkeypatch.setattr(facility_core.Tree, "run", lambda *_: False)
    monkeypatch.setattr(facility_core, "perf_counter", lambda: np.inf)
    monkeypatch.setattr(facility_search.Search, "_out_of_time", property(lambda search: bool(search._open)))
    found = facility_location(fixed, cost, np.ones(120), time_limit=60)
    assert found.status == "feasible"
    assert found.bound <= best.objective <= found.objective
