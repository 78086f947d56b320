"""The stochastic engine: against every set of sites, and against the extensive form."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from capacity.engines.exact.stochastic_instance import Demand
from capacity.engines.exact.stochastic_paths import shortest_paths
from capacity.engines.exact.stochastic_recourse import Transport
from capacity.errors import SolverError
from capacity.exact import stochastic_facility_location

RISKS = ("expected", "worst_case", "regret", "cvar")


def recourse(capacity: Any, cost: Any, demand: Any, unserved: Any, sites: tuple[int, ...]) -> float:
    """Least cost of serving one scenario from open sites, by scipy's LP."""
    from scipy.optimize import linprog

    n, k = len(demand), len(sites)
    each = np.hstack([np.kron(np.eye(n), np.ones(k)), np.eye(n)])
    load = np.hstack([np.kron(np.ones(n), np.eye(k)), np.zeros((k, n))])
    c = np.concatenate([np.nan_to_num(cost[:, sites].ravel(), posinf=0.0), unserved])
    upper = [0.0 if np.isinf(x) else None for x in cost[:, sites].ravel()] + [None] * n
    limit = np.minimum(capacity[list(sites)], demand.sum())
    answer = linprog(
        c, A_ub=load if k else None, b_ub=limit if k else None, A_eq=each, b_eq=demand, bounds=[(0, u) for u in upper]
    )
    return float(answer.fun)


def measure(values: Any, probability: Any, risk: str, level: float) -> float:
    """The risk of one set of sites; cvar as the best of all eta that are values."""
    if risk == "expected":
        return float(values @ probability)
    if risk == "cvar":
        over = np.maximum(values[None, :] - values[:, None], 0.0) @ probability / (1 - level)
        return float((values + over).min())
    return float(values[probability > 0].max())


def by_every_set(case: dict[str, Any], risk: str, level: float) -> float:
    """The least risk over all sets of sites."""
    m = len(case["fixed"])
    keep, forbid = set(case.get("keep", ())), set(case.get("forbid", ()))
    whole = []
    for size in range(m + 1):
        for sites in itertools.combinations(range(m), size):
            if keep <= set(sites) and not forbid & set(sites):
                opening = sum(case["fixed"][j] for j in sites)
                whole.append(
                    [
                        opening + recourse(case["capacity"], case["cost"], d, case["unserved"], sites)
                        for d in case["demand_scenarios"]
                    ]
                )
    values = np.array(whole)
    if risk == "regret":
        values = values - values.min(axis=0)
    return min(measure(v, case["probabilities"], risk, level) for v in values)


def random_case(rng: np.random.Generator, *, n: int, m: int, S: int) -> dict[str, Any]:
    """A small instance; some round numbers, pairs out of reach, sites without capacity limit."""
    round_numbers = rng.random() < 0.3
    cost = rng.integers(0, 6, (n, m)).astype(float) if round_numbers else rng.random((n, m)) * 5
    if rng.random() < 0.4:
        cost[rng.random((n, m)) < 0.2] = np.inf
    demand = rng.integers(0, 5, (S, n)).astype(float) if round_numbers else rng.lognormal(0.5, 0.6, (S, n))
    total = demand.sum(axis=1).mean()
    capacity = rng.uniform(0.1, 0.9, m) * max(total, 1.0)
    capacity[rng.random(m) < 0.15] = np.inf
    probability = rng.dirichlet(np.ones(S))
    if S > 2 and rng.random() < 0.3:
        probability[0] = 0.0
        probability /= probability.sum()
    case = {
        "fixed": rng.uniform(0.0, 1.0, m) * total,
        "capacity": capacity,
        "cost": cost,
        "demand_scenarios": demand,
        "probabilities": probability,
        "unserved": rng.uniform(1.0, 9.0, n),
    }
    if rng.random() < 0.3 and m > 1:
        case["keep"] = [int(rng.integers(m))]
    if rng.random() < 0.3 and m > 1:
        case["forbid"] = [j for j in range(m) if j not in case.get("keep", ())][:1]
    return case


@pytest.mark.parametrize("risk", RISKS)
def test_it_finds_what_trying_every_set_finds(risk: str) -> None:
    rng = np.random.default_rng(7)
    for trial in range(12):
        case = random_case(rng, n=int(rng.integers(1, 6)), m=int(rng.integers(1, 5)), S=int(rng.integers(1, 7)))
        level = float(rng.choice([0.0, 0.5, 0.8, 0.95]))
        expected = by_every_set(case, risk, level)
        found = stochastic_facility_location(**case, risk=risk, level=level, gap=1e-6)
        assert found.status == "optimal"
        assert found.objective == pytest.approx(expected, rel=2e-6, abs=1e-6), trial
        assert found.bound <= expected + 1e-6


def extensive_form(case: dict[str, Any], risk: str, level: float) -> float:
    """All scenarios in one model, solved by HiGHS through scipy."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, m = case["cost"].shape
    S, wide = len(case["demand_scenarios"]), n * m + n
    flow = np.concatenate([case["cost"].ravel(), case["unserved"]])
    p, rows, low, high = case["probabilities"], [], [], []
    columns = m + S * wide + 1 + S  # sites, flows, eta, excess over eta

    def row(entries: dict[int, float], lower: float, upper: float) -> None:
        line = np.zeros(columns)
        for at, value in entries.items():
            line[at] += value
        rows.append(line)
        low.append(lower)
        high.append(upper)

    for s, d in enumerate(case["demand_scenarios"]):
        base = m + s * wide
        for i in range(n):
            row({base + i * m + j: 1.0 for j in range(m)} | {base + n * m + i: 1.0}, d[i], d[i])
        for j in range(m):
            row({base + i * m + j: 1.0 for i in range(n)} | {j: -min(case["capacity"][j], d.sum())}, -np.inf, 0)
        line = {base + k: float(c) for k, c in enumerate(flow)}
        row(line | {columns - 1 - S: -1.0, columns - S + s: -1.0}, -np.inf, 0.0)
    cost = np.zeros(columns)
    cost[:m] = case["fixed"]
    if risk == "expected":
        for s in range(S):
            cost[m + s * wide : m + (s + 1) * wide] = p[s] * flow
        rows = [r for r in rows if not r[columns - 1 - S]]
        low = [x for k, x in enumerate(low) if (k + 1) % (n + m + 1)]
        high = [x for k, x in enumerate(high) if (k + 1) % (n + m + 1)]
    else:
        cost[columns - 1 - S] = 1.0
        cost[columns - S :] = p / (1 - level) if risk == "cvar" else 1e6
    upper = np.full(columns, np.inf)
    upper[:m] = 1.0
    whole = np.zeros(columns)
    whole[:m] = 1
    answer = milp(
        cost,
        constraints=LinearConstraint(np.array(rows), low, high),
        integrality=whole,
        bounds=Bounds(0, upper),
        options={"mip_rel_gap": 1e-9},
    )
    return float(answer.fun)


@pytest.mark.parametrize("risk", ["expected", "worst_case", "cvar"])
def test_it_agrees_with_the_extensive_form(risk: str) -> None:
    rng = np.random.default_rng(11)
    for _ in range(4):
        case = random_case(rng, n=8, m=6, S=6)
        case["cost"][np.isinf(case["cost"])] = 99.0
        case["probabilities"] = np.full(6, 1 / 6)
        case.pop("keep", None), case.pop("forbid", None)
        found = stochastic_facility_location(**case, risk=risk, level=0.7, gap=1e-6)
        assert found.objective == pytest.approx(extensive_form(case, risk, 0.7), rel=3e-6)


def plane(m: int, n: int, S: int, seed: int) -> tuple[Any, ...]:
    """Points and sites in the unit square (the benchmark family; its optima are known)."""
    rng = np.random.default_rng(seed)
    points, sites = rng.random((n, 2)), rng.random((m, 2))
    cost = np.sqrt(((points[:, None] - sites[None]) ** 2).sum(-1))
    base = rng.uniform(20, 180, n)
    capacity = rng.uniform(0.5, 1.5, m) * 4.0 * base.sum() / m
    fixed = rng.uniform(500, 1000, m)
    common = rng.normal(1, 0.10, S)[:, None]
    demand = np.maximum(0, base[None] * common * rng.lognormal(0, 0.25, (S, n)))
    return fixed, capacity, cost, demand, None, 5.0


@pytest.mark.parametrize(("scenarios", "optimum"), [(3, 7860.2263), (10, 7831.3678)])
def test_known_optima_are_proven(scenarios: int, optimum: float) -> None:
    found = stochastic_facility_location(*plane(40, 98, scenarios, 0))
    assert found.status == "optimal"
    assert found.bound <= optimum + 1e-3
    assert found.objective == pytest.approx(optimum, rel=1e-4)
    assert found.gap <= 1e-4


def blocks_of(table: Any, size: int) -> list[Any]:
    return [table[k : k + size] for k in range(0, len(table), size)]


@pytest.mark.parametrize("risk", RISKS)
def test_blocks_however_they_come_and_workers_change_nothing(risk: str) -> None:
    fixed, capacity, cost, demand, _, unserved = plane(8, 12, 60, 3)
    chance = np.random.default_rng(0).dirichlet(np.ones(60))

    def source(k: int) -> Any:
        parts = blocks_of(demand, 25)
        return parts[k] if k < len(parts) else None

    def solved(scenarios: Any, **options: Any) -> Any:
        return stochastic_facility_location(
            fixed, capacity, cost, scenarios, chance, unserved, risk=risk, level=0.8, gap=1e-6, **options
        )

    whole = solved(demand)
    with ThreadPoolExecutor(2) as executor:
        others = [solved(iter(blocks_of(demand, 7))), solved(source), solved(source, executor=executor)]
    for other in others:
        assert other.sites == whole.sites
        assert other.objective == pytest.approx(whole.objective, rel=1e-9)
        assert other.bound <= whole.objective * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_the_answer_is_the_same_to_the_last_digit_whoever_works_it_out(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed, capacity, cost, demand, _, unserved = plane(6, 9, 40, seed)
    monkeypatch.setattr("capacity.engines.exact.stochastic_instance.PART", 5)
    parts = blocks_of(demand, 11)

    def solved(scenarios: Any, executor: Any = None) -> tuple[Any, ...]:
        found = stochastic_facility_location(
            fixed, capacity, cost, scenarios, None, unserved, risk=RISKS[seed % len(RISKS)], gap=1e-6, executor=executor
        )
        return found.sites, found.objective, found.bound, found.status

    alone = solved(parts)
    with ThreadPoolExecutor(3) as threads:
        assert solved(parts, threads) == alone
        assert solved(lambda k: parts[k] if k < len(parts) else None, threads) == alone


def test_a_callable_is_held_one_block_at_a_time() -> None:
    held: list[int] = []
    rng = np.random.default_rng(0)

    def source(k: int) -> Any:
        held.append(k)
        return rng.random((5, 3)) if k < 4 else None

    demand = Demand(source, 3, None)
    assert demand.count == 20 and held == [0, 1, 2, 3, 4]
    assert all(callable(block) for _, block in demand.blocks())
    assert all(callable(block) for _, block in demand.parts())
    held.clear()
    assert [len(block) for _, block in demand.parts(made=True)] == [5] * 4
    assert held == [0, 1, 2, 3]


def test_a_time_limit_gives_sites_with_an_honest_gap() -> None:
    case = plane(30, 60, 40, 1)
    short = stochastic_facility_location(*case, time_limit=1e-4)
    best = stochastic_facility_location(*case)
    assert short.status == "feasible" and short.gap > 1e-4
    assert short.bound <= best.objective
    assert short.objective >= best.bound


def test_an_interrupt_keeps_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    from capacity.engines.exact.stochastic_search import Search

    case = plane(20, 40, 30, 1)
    plain: Callable[..., Any] = Search._evaluate

    def once(self: Search, *arguments: Any) -> None:
        plain(self, *arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Search, "_evaluate", once)
    found = stochastic_facility_location(*case, gap=1e-7)
    assert found.sites and found.bound <= found.objective
    monkeypatch.setattr(Search, "_against_means", once_more := lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
    assert once_more
    with pytest.raises(KeyboardInterrupt):
        stochastic_facility_location(*case)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_money_in_another_unit_changes_nothing(seed: int) -> None:
    case = random_case(np.random.default_rng(seed), n=4, m=3, S=4)
    dear = case | {name: case[name] * 3e7 for name in ("fixed", "cost", "unserved")}
    one, two = (stochastic_facility_location(**c, gap=1e-6) for c in (case, dear))
    assert two.objective == pytest.approx(3e7 * one.objective, rel=3e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
@example(seed=420)  # no scenario above the level the master chose
def test_risk_measures_stand_in_their_order(seed: int) -> None:
    """Expected value <= cvar <= worst case; cvar at level 0 is the expected value."""
    case = random_case(np.random.default_rng(seed), n=4, m=3, S=5)
    value = {
        name: stochastic_facility_location(**case, **options, gap=1e-6).objective
        for name, options in {
            "expected": {},
            "mean": {"risk": "cvar", "level": 0.0},
            "tail": {"risk": "cvar", "level": 0.6},
            "worst": {"risk": "worst_case"},
        }.items()
    }
    assert value["mean"] == pytest.approx(value["expected"], rel=3e-6, abs=1e-6)
    assert value["expected"] <= value["tail"] * (1 + 3e-6) + 1e-6
    assert value["tail"] <= value["worst"] * (1 + 3e-6) + 1e-6


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ValueError) as fault:
        stochastic_facility_location(
            [1.0],
            [-1.0, 2.0],
            [[1.0, np.nan]],
            [[1.0, 2.0]],
            [0.5],
            np.inf,
            risk="luck",
            level=1.0,
            keep=[5],
            gap=0.0,
            time_limit=0,  # type: ignore[arg-type]  # faults on purpose
        )
    said = str(fault.value)
    for word in ("fixed", "capacity", "cost", "demand_scenarios", "unserved", "risk", "level", "keep", "gap", "time"):
        assert word in said
    with pytest.raises(ValueError, match="both kept and forbidden"):
        stochastic_facility_location([1, 1], [1, 1], [[1, 1]], [[1.0]], None, 1.0, keep=[0], forbid=[0])
    with pytest.raises(ValueError, match="no site"):
        stochastic_facility_location([1], [1], [[1]], [[1.0]], None, 1.0, forbid=[0])
    for chance in ([0.5, 0.6], [0.5], [-1.0, 2.0]):
        with pytest.raises(ValueError, match="probabilities"):
            stochastic_facility_location([1], [1], [[1]], [[1.0], [2.0]], chance, 1.0)
    for wrong in ([[np.nan]], [[-1.0]], np.zeros((0, 1)), np.zeros(3)):
        with pytest.raises(ValueError, match="demand_scenarios"):
            stochastic_facility_location([1], [1], [[1]], wrong, None, 1.0)
    with pytest.raises(ValueError, match="points by sites"):
        stochastic_facility_location([1], [1], [1], [[1.0]], None, 1.0)


@pytest.mark.filterwarnings("ignore")  # tornado and psutil warn as they like
def test_a_dask_cluster_finds_the_same() -> None:
    distributed = pytest.importorskip("distributed")
    fixed, capacity, cost, demand, _, unserved = plane(12, 20, 120, 5)
    here = stochastic_facility_location(fixed, capacity, cost, demand, None, unserved, gap=1e-6)
    local = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with local as cluster, distributed.Client(cluster) as client:
        there = stochastic_facility_location(
            fixed, capacity, cost, blocks_of(demand, 40), None, unserved, gap=1e-6, executor=client.get_executor()
        )
    assert there.sites == here.sites
    assert there.objective == pytest.approx(here.objective, rel=1e-9)
    assert there.status == "optimal"


@pytest.mark.parametrize("risk", ["expected", "cvar", "worst_case"])
def test_a_sample_first_changes_nothing(risk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fixed, capacity, cost, demand, _, unserved = plane(8, 12, 60, 4)
    plain = stochastic_facility_location(fixed, capacity, cost, demand, None, unserved, risk=risk, gap=1e-6)
    for module in ("stochastic", "stochastic_search"):
        monkeypatch.setattr(f"capacity.engines.exact.{module}.MANY", 20)
    monkeypatch.setattr("capacity.engines.exact.stochastic.SAMPLE", 9)
    other = stochastic_facility_location(fixed, capacity, cost, demand, None, unserved, risk=risk, gap=1e-6)
    assert other.sites == plain.sites
    assert other.objective == pytest.approx(plain.objective, rel=1e-9)
    assert other.status == "optimal"


@pytest.mark.parametrize(("risk", "size"), [("expected", (20, 30, 40)), ("regret", (8, 14, 40))])
def test_trying_a_few_scenarios_first_changes_nothing(
    risk: str, size: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from capacity.engines.exact.stochastic_search import Search

    fixed, capacity, cost, demand, _, unserved = plane(*size, 2)
    plain = stochastic_facility_location(fixed, capacity, cost, demand, None, unserved, risk=risk, gap=1e-7)
    monkeypatch.setattr("capacity.engines.exact.stochastic_search.MANY", 1)
    monkeypatch.setattr("capacity.engines.exact.stochastic_search.FEW", 2)
    monkeypatch.setattr("capacity.engines.exact.stochastic_instance.PART", 1)
    tried: list[int] = []
    try_few = Search._try_few

    def counted(self: Search, *arguments: Any) -> None:
        tried.append(self.rounds)
        try_few(self, *arguments)

    monkeypatch.setattr(Search, "_try_few", counted)
    other = stochastic_facility_location(fixed, capacity, cost, demand, None, unserved, risk=risk, gap=1e-7)
    assert tried and other.sites == plain.sites and other.status == "optimal"
    assert other.objective == pytest.approx(plain.objective, rel=1e-9)


@pytest.mark.parametrize("risk", RISKS)
@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_of_demand_changes_nothing(risk: str, unit: float) -> None:
    # The tolerances of linear programming are absolute: a demand of 1e-9 would be nobody.
    rng = np.random.default_rng(17)
    for trial in range(4):
        case = random_case(rng, n=3, m=3, S=1 + 2 * (trial % 3))
        expected = by_every_set(case, risk, 0.8)
        table = case["demand_scenarios"] * unit

        def block(k: int, table: Any = table) -> Any:
            return table if k == 0 else None

        other = {
            **case,
            "capacity": case["capacity"] * unit,
            "demand_scenarios": block if trial % 2 else table,
            "cost": case["cost"] / unit,
            "unserved": case["unserved"] / unit,
        }
        found = stochastic_facility_location(**other, risk=risk, level=0.8, gap=1e-6)
        assert found.objective == pytest.approx(expected, rel=2e-6, abs=1e-6)
        assert found.bound <= expected + 1e-6


# -- who is served where ----------------------------------------------------------------------


def paid(case: dict[str, Any], found: Any) -> list[float]:
    """Opening and serving in each scenario, from the shares of its assignment."""
    opening = float(np.asarray(case["fixed"])[list(found.sites)].sum())
    whole = []
    for demand, shares in zip(case["demand_scenarios"], found.assignment, strict=True):
        travel = np.where(shares > 0, case["cost"], 0.0) * shares * demand[:, None]
        left = demand * (1.0 - shares.sum(axis=1))
        whole.append(opening + float(travel.sum() + left @ case["unserved"]))
    return whole


def test_the_assignment_of_each_scenario_adds_up_to_the_objective() -> None:
    rng = np.random.default_rng(17)
    for _ in range(25):
        case = random_case(rng, n=int(rng.integers(1, 6)), m=int(rng.integers(1, 5)), S=int(rng.integers(1, 7)))
        found = stochastic_facility_location(**case, gap=1e-6)
        assert len(found.assignment) == len(case["demand_scenarios"])
        assert float(np.array(paid(case, found)) @ case["probabilities"]) == pytest.approx(found.objective, abs=1e-6)
        for demand, shares in zip(case["demand_scenarios"], found.assignment, strict=True):
            assert shares.shape == case["cost"].shape
            assert not np.delete(shares, found.sites, axis=1).any()
            assert (shares.sum(axis=1) <= 1 + 1e-9).all() and not shares[demand == 0].any()
            assert (demand @ shares <= np.minimum(case["capacity"], demand.sum()) * (1 + 1e-9) + 1e-9).all()


def test_the_assignment_is_made_when_it_is_asked_for() -> None:
    rng = np.random.default_rng(18)
    case = random_case(rng, n=5, m=4, S=40)
    whole = stochastic_facility_location(**case)
    table, asked = case["demand_scenarios"], []

    def blocks(k: int) -> Any:
        asked.append(k)
        return table[10 * k : 10 * k + 10] if k < 4 else None

    streamed = stochastic_facility_location(**{**case, "demand_scenarios": blocks})
    asked.clear()
    assert streamed.assignment[13].sum() == pytest.approx(whole.assignment[13].sum())
    assert asked == [1]
    assert len(streamed.assignment[8:12]) == 4
    assert streamed.assignment[-1] == pytest.approx(list(whole.assignment)[39])
    with pytest.raises(IndexError):
        streamed.assignment[40]
    asked.clear()
    assert [x.sum() for x in streamed.assignment] == pytest.approx([x.sum() for x in whole.assignment])
    assert asked == [0, 1, 2, 3]


def test_with_nothing_open_nobody_is_served() -> None:
    found = stochastic_facility_location([9.0], [1.0], [[1.0]], [[1.0], [2.0]], None, 1.0)
    assert found.sites == ()
    assert [shares.tolist() for shares in found.assignment] == [[[0.0]], [[0.0]]]


# -- numbers far apart ------------------------------------------------------------------------


def test_a_site_nobody_would_open_does_not_blur_the_others() -> None:
    # Each point reaches one site for nothing; two of the sites cost a million million.
    cost = np.full((3, 4), np.inf)
    cost[0, 0] = cost[1, 3] = cost[2, 2] = 0.0
    demand = np.array([[6.0, 0.0, 8.0], [7.0, 8.0, 1.0]])
    found = stochastic_facility_location(
        [1e12, 0.6, 0.5, 1e12], np.full(4, np.inf), cost, demand, None, [9.0, 7.0, 3.0], risk="worst_case", gap=1e-6
    )
    assert (found.sites, found.status) == ((2,), "optimal")
    assert found.objective == pytest.approx(0.5 + 7 * 9 + 8 * 7, rel=1e-9)


def test_the_thinnest_tail_is_the_worst_case() -> None:
    rng = np.random.default_rng(31)
    for _ in range(5):
        case = random_case(rng, n=3, m=3, S=4)
        worst = stochastic_facility_location(**case, risk="worst_case", gap=1e-6)
        tail = stochastic_facility_location(**case, risk="cvar", level=1 - 1e-15, gap=1e-6)
        assert tail.status == "optimal"
        assert tail.objective == pytest.approx(worst.objective, rel=2e-6)


def test_no_tolerance_hides_what_does_not_fit_where_that_is_dear() -> None:
    # In fractions the optimum is 2.00028738...; three millionths of a millionth too much cost 0.003 at one site.
    cost = [[1.0, 1.00000001, 1.00000003], [np.inf, 1.00000003, 1.0]]
    fixed = [1.295320816269572e-05, 0.0031567211784389905, 0.0002744286767147248]
    demand = np.array([[1.0, 1.000000000001], [1.000000000003, 1.000000000001]])
    found = stochastic_facility_location(
        fixed,
        [2.000000000001, 0.500000000001, 2.000000000001],
        cost,
        demand,
        [0.0, 1.0],
        1e9 + 10,
        keep=[2],
        risk="worst_case",
        gap=1e-7,
    )
    assert found.bound <= 2.0002873818888776 * (1 + 1e-12)
    assert found.objective == pytest.approx(2.0002873818888776, rel=1e-6)
    assert found.objective >= 2.0002873818888776 * (1 - 1e-12)


def test_a_scenario_a_billion_times_smaller_is_served_as_well() -> None:
    rng = np.random.default_rng(33)
    for _ in range(5):
        case = random_case(rng, n=3, m=3, S=3)
        case["demand_scenarios"] = case["demand_scenarios"] * np.array([1e-9, 1.0, 1e3])[:, None]
        found = stochastic_facility_location(**case)
        opening = float(np.asarray(case["fixed"])[list(found.sites)].sum())
        for demand, whole in zip(case["demand_scenarios"], paid(case, found), strict=True):
            unit = float(demand.max()) or 1.0
            least = unit * recourse(case["capacity"] / unit, case["cost"], demand / unit, case["unserved"], found.sites)
            assert whole - opening == pytest.approx(least, rel=1e-6, abs=1e-13 * max(opening, 1.0))


def test_prices_that_drown_the_costs_lift_no_bound() -> None:
    # Sums of 1e11, and an optimum of 4e-4: the difference is rounding, and the certificate says so.
    cost = [[0, 0.19, 0, 0.27], [0, 0.99, 0, 0.31], [0.15, 0, 0.17, 0.7], [0.79, 0, 0, 0.79]]
    found = stochastic_facility_location(
        [0.0001, 0.0003, 0.377, 0.0006],
        np.full(4, np.inf),
        cost,
        np.full((3, 4), 1e11),
        None,
        1.3,
        risk="cvar",
        level=0.5,
    )
    assert found.bound <= 0.0004 <= found.objective
    assert found.status == "feasible"


@pytest.mark.parametrize("risk", RISKS)
def test_where_the_solver_gives_up_paths_find_the_same(risk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: Any) -> Any:
        raise SolverError("nothing")

    monkeypatch.setattr(Transport, "solve", gives_up)
    rng = np.random.default_rng(35)
    for _ in range(8):
        case = random_case(rng, n=3, m=3, S=3)
        expected = by_every_set(case, risk, 0.8)
        found = stochastic_facility_location(**case, risk=risk, level=0.8, gap=1e-6)  # type: ignore[arg-type]
        assert found.objective == pytest.approx(expected, rel=2e-6, abs=1e-6)
        assert found.bound <= expected + 1e-6
        assert len(list(found.assignment)) == 3


def test_paths_move_points_aside_and_their_prices_prove_it() -> None:
    rng = np.random.default_rng(37)
    for _ in range(40):
        n, k = int(rng.integers(1, 8)), int(rng.integers(1, 5))
        cost = np.where(rng.random((n, k)) < 0.2, np.inf, rng.integers(0, 20, (n, k)))
        demand, unserved = rng.integers(0, 9, n).astype(float), rng.integers(0, 25, n).astype(float)
        capacity = np.minimum(rng.integers(0, 15, k).astype(float), demand.sum())
        sent, price = shortest_paths(cost, unserved, demand, capacity)
        value = (np.where(sent > 0, cost, 0.0) * sent).sum() + (demand - sent.sum(axis=1)) @ unserved
        expected = recourse(capacity, cost, demand, unserved, tuple(range(k)))
        prices = np.minimum(unserved, (cost + price).min(axis=1))
        assert value == pytest.approx(expected, abs=1e-6)
        assert demand @ prices - capacity @ price == pytest.approx(expected, abs=1e-6)
        assert (sent.sum(axis=0) <= capacity).all()


def test_ctrl_c_in_a_single_scenario_keeps_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(39)
    case = random_case(rng, n=5, m=4, S=1)
    best = stochastic_facility_location(**case)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("capacity.engines.exact.facility_search.Search._root", interrupted)
    found = stochastic_facility_location(**case)
    assert found.bound <= best.objective <= found.objective + 1e-9


def test_a_price_beyond_all_measure_gives_sites_and_no_wrong_bound() -> None:
    # The only sites that serve everybody have no regret; the master, its coefficients 1e13, once proved 15.
    cost = [[4.07, 1e9, 1.85], [5.92, 1e9, 1e9], [1e9, 1e9, 4.44]]
    found = stochastic_facility_location(
        [15.0, 3.0, 1e6],
        [30.0, 9.0, 7.5],
        cost,
        np.array([[6.0, 3.0, 0.0], [8.0, 3.0, 4.0]]),
        None,
        1e18,
        risk="regret",
        keep=[1],
        forbid=[2],
    )
    assert found.sites == (0, 1)
    assert found.bound <= 1e-6
