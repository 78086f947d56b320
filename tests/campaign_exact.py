"""The exact engines against all sets of sites, in exact arithmetic: each kind at as many seeds as are asked.

    python -m tests.campaign_exact --seeds 0:1000 [--only p_center]

What is drawn has ties and equal places, weights of nothing, of a billion and of a billionth, points that few sites
reach, rooms that just hold the demand, sites to keep and to forbid, one point, one site, all sites; arrays come as
lists, whole numbers, single precision, by columns, read-only, sparse. Prints each answer that is wrong with its seed,
and ends with 1 where one is.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from fractions import Fraction
from functools import partial
from typing import Any
from unittest import mock

import numpy as np
from scipy.sparse import csr_array

from capacity.engines.exact import facility_core, facility_search, p_median_search
from capacity.exact import (
    Certificate,
    backup_cover,
    capacitated_p_median,
    facility_location,
    max_cover,
    p_center,
    p_dispersion,
    p_median,
    set_cover,
    stochastic_facility_location,
)
from tests.exact_by_all_sets import Drawn, Sites, exact, nearest, risk_of, transport, wholly

HOLDS = 1 + Fraction(1, 100_000_000)
"""Capacities hold within 1e-8 of themselves, as the engines say."""

NONE = Fraction(0)


def drawn(seed: int, most_points: int, most_sites: int) -> Drawn:
    """A problem with some of what makes problems awkward."""
    rng = np.random.default_rng(seed)

    def now(chance: float) -> bool:
        return bool(rng.random() < chance)

    n, m = int(rng.integers(1, most_points + 1)), int(rng.integers(1, most_sites + 1))
    if now(0.05):
        n = 1
    whole, places = now(0.5), rng.integers(0, 4, (n + m, 2)) if now(0.3) else rng.random((n + m, 2)) * 9.0
    if now(0.4):
        cost = np.hypot(*(places[:n, None] - places[None, n:]).transpose(2, 0, 1).astype(float))
    else:
        cost = rng.random((n, m)) * 9.0
    cost = np.rint(cost) if whole else cost
    if now(0.1):
        cost[:] = cost[0, 0]
    if now(0.15):
        cost[-1] = cost[0]
    if now(0.15):
        cost[:, -1] = cost[:, 0]
    if now(0.3):
        cost[rng.random((n, m)) < 0.25] = np.inf
    weights = _weights(rng, n, whole)
    demand = rng.integers(0, 6, n).astype(float) if whole else rng.random(n) * 4.0
    demand *= float(rng.choice([1.0, 1.0, 1.0, 1e-6, 1e6]))
    if now(0.1):
        demand[rng.integers(n)] = 0.0
    keep = sorted({int(j) for j in rng.integers(0, m, int(rng.integers(0, 3)))}) if now(0.25) else []
    forbid = [j for j in range(m) if j not in keep][: int(rng.integers(0, 2))] if now(0.25) else []
    if len(forbid) == m:
        forbid = []
    most = m - len(forbid)
    p = int(rng.integers(max(1, len(keep)), most + 1)) if not now(0.1) else most
    capacity = _rooms(rng, demand, m, p, whole)
    least = np.minimum(np.floor(capacity * rng.random(m) * 0.6), capacity) if now(0.3) else np.zeros(m)
    covers = (
        cost <= np.sort(cost, axis=None)[int(rng.choice([0.2, 0.5, 0.8]) * cost.size)]
        if now(0.5)
        else rng.random((n, m)) < 0.5
    )
    between = rng.integers(0, 12, (m, m)).astype(float) if whole else rng.random((m, m)) * float(rng.choice([1, 1e6]))
    scenarios = int(rng.integers(1, 4))
    many = rng.integers(0, 5, (scenarios, n)).astype(float) if whole else rng.lognormal(0.5, 0.6, (scenarios, n))
    chances = np.array([[1.0], [0.25, 0.75], [0.5, 0.25, 0.25]][scenarios - 1])
    if scenarios == 3 and now(0.5):
        chances = np.array([0.0, 0.5, 0.5])
    return Drawn(
        cost=cost,
        weights=weights,
        demand=demand,
        capacity=capacity,
        least=least,
        fixed=_weights(rng, m, whole) * float(rng.choice([1.0, 10.0])),
        covers=covers,
        between=between,
        scenarios=many,
        chances=chances,
        unserved=rng.uniform(1.0, 15.0, n) if not whole else rng.integers(0, 15, n).astype(float),
        p=p,
        keep=keep,
        forbid=forbid,
    )


def _weights(rng: np.random.Generator, count: int, whole: bool) -> np.ndarray:
    weights = rng.integers(0, 6, count).astype(float) if whole else rng.random(count) * 5.0
    kind = rng.random()
    if kind < 0.08:
        weights[:] = 0.0
    elif kind < 0.16:
        weights *= 1e9
    elif kind < 0.24:
        weights *= 1e-9
    elif kind < 0.32:
        weights *= rng.choice([1e-9, 1.0, 1e9], count)
    elif kind < 0.4:
        weights[:] = 1.0
    return weights


def _rooms(rng: np.random.Generator, demand: np.ndarray, m: int, p: int, whole: bool) -> np.ndarray:
    """Rooms of some more than the demand; or that just hold it, or some points of it."""
    total, kind = float(demand.sum()), rng.random()
    if kind < 0.2:  # points divided among sites: there is a service that fills all of them
        return np.bincount(rng.integers(0, m, len(demand)), demand, minlength=m).astype(float)
    if kind < 0.3:
        return np.full(m, total / max(p, 1))
    rooms = rng.random(m) * total * 2.2 / max(p, 1)
    rooms = np.ceil(rooms) if whole else rooms
    if kind < 0.4:
        rooms[rng.integers(m)] = 0.0
    return rooms


def as_given(seed: int, table: np.ndarray, *, single: bool = False, sparse: bool = False) -> Any:
    """The same numbers in another array."""
    rng = np.random.default_rng(seed + 1)
    ways: list[Callable[[], Any]] = [
        lambda: table,
        lambda: np.asfortranarray(table),
        lambda: table.tolist(),
        lambda: np.repeat(table, 2, axis=-1)[..., ::2],
        lambda: _read_only(table),
    ]
    if np.isfinite(table).all() and (table == np.rint(table)).all() and table.max(initial=0) < 2**31:
        ways.append(lambda: table.astype(np.int64))
        ways.append(lambda: table.astype(np.int32))
    if single and (table.astype(np.float32) == table).all():
        ways.append(lambda: table.astype(np.float32))
    if sparse:
        ways.append(lambda: _sparse(table))
        ways.append(lambda: _sparse(table))
    return ways[int(rng.integers(len(ways)))]()


def _read_only(table: np.ndarray) -> np.ndarray:
    copy = table.copy()
    copy.setflags(write=False)
    return copy


def _sparse(table: np.ndarray) -> Any:
    """Pairs within reach alone; a cost of nothing is stored."""
    row, column = np.nonzero(np.isfinite(table))
    starts = np.searchsorted(row, np.arange(len(table) + 1))
    return csr_array((table[row, column], column, starts), shape=table.shape)


# -- what is asked of an answer ---------------------------------------------------------------


def judge(
    ask: Callable[[], Certificate],
    value: Callable[[Sites], Fraction | None],
    sets: Iterable[Sites],
    *,
    within: float,
    most: bool = False,
    loosely: Callable[[Sites], Fraction | None] | None = None,
    part_of: float | None = None,
    may_stay_open: bool = False,
) -> str:
    """Compare with the best of all sets; ``optimal``, ``none`` (rightly refused) or ``open``.

    `loosely` values the same sets with rooms of a little more: what an engine may count as fitting. `part_of`: the gap
    is a part of this.
    """
    allowed = list(sets)
    sign = -1 if most else 1
    values = {sites: one for sites in allowed if (one := value(sites)) is not None}
    loose = values if loosely is None else {s: one for s in allowed if (one := loosely(s)) is not None}
    refused = ""
    try:
        found = ask()
    except ValueError as error:
        refused = str(error)
    if refused:
        assert not values, f"refused ({refused}), and {min(values.items(), key=lambda v: sign * v[1])} is possible"
        return "none"
    assert loose, f"{found.sites} for {found.objective}, and nothing is possible"
    best = min(sign * one for one in loose.values())
    surely = min((sign * one for one in values.values()), default=None)
    assert found.sites in allowed, f"{found.sites} are not allowed"
    own, hardest = loose[found.sites] * sign, values.get(found.sites)
    unit = float(abs(best)) if part_of is None else part_of
    rounding = max(1e-9 * float(abs(own)), 0.0 if part_of is None else within * part_of)
    objective, bound = sign * found.objective, sign * found.bound
    assert objective >= float(own) - rounding, f"says {objective!r}; {found.sites} cost {float(own)!r}"
    if hardest is not None:
        assert objective <= float(sign * hardest) + rounding + within * float(abs(hardest)), (
            f"says {objective!r}; {found.sites} cost {float(sign * hardest)!r}"
        )
    if surely is not None:
        assert bound <= float(surely) + 1e-12 * abs(float(surely)), f"bound {bound!r} above the best {float(surely)!r}"
    if found.status != "optimal":
        assert may_stay_open, f"stays open: {objective!r}, bound {bound!r}, the best {float(best)!r}"
        return "open"
    limit = float(best if surely is None else surely)
    assert objective <= limit + (within + 1e-12) * unit, f"{objective!r} called optimal, the best is {limit!r}"
    return "optimal"


def _given(seed: int, one: Drawn) -> dict[str, Any]:
    return {"keep": one.keep, "forbid": one.forbid}


def _weighted_sum(values: list[Fraction] | None) -> Fraction | None:
    return None if values is None else sum(values, NONE)


def of_p_median(seed: int, k_best: int = 1) -> str:
    one = drawn(seed, 9, 7)
    ways, mass = exact(one.cost), exact(one.weights)

    def value(sites: Sites) -> Fraction | None:
        return _weighted_sum(nearest(ways, sites, mass))

    cost = as_given(seed, one.cost, single=True, sparse=True)
    with ExitStack() as stack:
        if seed % 2:  # the search itself, not a list of all sets
            for name in ("COMPLETE_WORK", "LEAF_SETS"):
                stack.enter_context(mock.patch.object(p_median_search, name, 0))
        if seed % 4 == 3:
            for name in ("CORE_P", "TREE_P"):
                stack.enter_context(mock.patch.object(p_median_search, name, 1))
            stack.enter_context(mock.patch.object(p_median_search, "CORE_NODES", seed % 3))
        found: list[Certificate] = []

        def ask() -> Certificate:
            given = as_given(seed, one.weights)
            found.append(p_median(cost, one.p, weights=given, k_best=k_best, **_given(seed, one)))
            return found[0]

        said = judge(ask, value, one.sets(one.p), within=1e-6)
    if said == "optimal" and k_best > 1:
        best = sorted(float(v) for s in one.sets(one.p) if (v := value(s)) is not None)[:k_best]
        got = [found[0].objective, *(v for v, _ in found[0].others)]
        assert len(got) == len(best), f"{len(got)} sets, not {len(best)}"
        assert np.allclose(got, best, rtol=2e-6, atol=0.0), f"{got}, not {best}"
        sets = [found[0].sites, *(s for _, s in found[0].others)]
        assert len(set(sets)) == len(sets)
        assert np.allclose([float(value(s) or 0) for s in sets], got, rtol=1e-9, atol=0.0)
    return said


def of_facility(seed: int, rooms: str) -> str:
    one = drawn(seed, 8 if rooms == "none" else 5, 7 if rooms == "none" else 4)
    ways, need, fixed = exact(one.cost), exact(one.demand), exact(one.fixed)
    paid = [[None if c is None else c * d for c in row] for row, d in zip(ways, need, strict=True)]
    counted = [i for i, d in enumerate(need) if d]

    def value(sites: Sites, holds: Fraction = Fraction(1)) -> Fraction | None:
        opening = sum((fixed[j] for j in sites), NONE)
        if rooms == "none":
            served = _weighted_sum(nearest(ways, sites, need))
        else:
            part = paid if rooms == "single" else ways
            table = [[part[i][j] for j in sites] for i in counted]
            room = [exact(one.capacity)[j] * holds for j in sites]
            served = (wholly if rooms == "single" else transport)(table, [need[i] for i in counted], room)
        return None if served is None else opening + served

    def ask() -> Certificate:
        return facility_location(
            as_given(seed, one.fixed),
            as_given(seed, one.cost),
            as_given(seed, one.demand),
            None if rooms == "none" else as_given(seed, one.capacity),
            single_source=rooms == "single",
            **_given(seed, one),
        )

    with ExitStack() as stack:
        if seed % 2:
            stack.enter_context(mock.patch.object(facility_search, "LEAF_SETS", 1))
        if seed % 4 == 3:
            stack.enter_context(mock.patch.object(facility_search, "EASY_NODES", 0))
            stack.enter_context(mock.patch.object(facility_search, "ALL_TIES", 1))
            stack.enter_context(mock.patch.object(facility_core, "LEAST_OPEN", 0))
            stack.enter_context(mock.patch.object(facility_core, "NODES", seed % 3))
        return judge(ask, value, one.sets(), within=1e-7, loosely=partial(value, holds=HOLDS), may_stay_open=True)


def of_set_cover(seed: int) -> str:
    one = drawn(seed, 12, 8)
    fixed = exact(one.fixed)

    def value(sites: Sites) -> Fraction | None:
        covered = one.covers[:, list(sites)].any(axis=1).all()
        return sum((fixed[j] for j in sites), NONE) if covered else None

    table = as_given(seed, one.covers)
    return judge(
        lambda: set_cover(table, cost=as_given(seed, one.fixed), **_given(seed, one)), value, one.sets(), within=1e-7
    )


def of_max_cover(seed: int) -> str:
    one = drawn(seed, 12, 8)
    mass = exact(one.weights)

    def value(sites: Sites) -> Fraction:
        return sum((w for w, c in zip(mass, one.covers[:, list(sites)].any(axis=1), strict=True) if c), NONE)

    with ExitStack() as stack:
        if seed % 2:
            for name in ("COMPLETE_WORK", "LEAF_SETS"):
                stack.enter_context(mock.patch.object(p_median_search, name, 0))
        return judge(
            lambda: max_cover(
                as_given(seed, one.covers), one.p, weights=as_given(seed, one.weights), **_given(seed, one)
            ),
            value,
            one.sets(one.p),
            within=1e-6,
            most=True,
            part_of=float(one.weights.sum()),
        )


def of_backup_cover(seed: int) -> str:
    one = drawn(seed, 12, 8)
    mass = exact(one.weights)

    def value(sites: Sites) -> Fraction | None:
        times = one.covers[:, list(sites)].sum(axis=1)
        return sum((w for w, t in zip(mass, times, strict=True) if t >= 2), NONE) if (times > 0).all() else None

    return judge(
        lambda: backup_cover(
            as_given(seed, one.covers), one.p, weights=as_given(seed, one.weights), **_given(seed, one)
        ),
        value,
        one.sets(one.p),
        within=1e-7,
        most=True,
    )


def of_p_center(seed: int) -> str:
    one = drawn(seed, 12, 8)

    def value(sites: Sites) -> Fraction | None:
        # As it is said: one of the products in double precision.
        counted = one.weights > 0
        way = (one.weights[counted, None] * one.cost[np.ix_(counted, list(sites))]).min(axis=1).max(initial=0.0)
        return None if np.isinf(way) else Fraction(float(way))

    table = as_given(seed, one.cost, single=True)
    return judge(
        lambda: p_center(table, one.p, weights=as_given(seed, one.weights), **_given(seed, one)),
        value,
        one.sets(one.p),
        within=0.0,
    )


def of_p_dispersion(seed: int) -> str:
    one = drawn(seed, 2, 8)
    m = len(one.between)
    p = max(one.p, 2)
    if m < 2 or p > m - len(one.forbid):
        return "none"
    between = np.minimum(one.between, one.between.T)
    return judge(
        lambda: p_dispersion(as_given(seed, one.between), p, **_given(seed, one)),
        lambda sites: Fraction(float(min(between[j, k] for j, k in itertools.combinations(sites, 2)))),
        one.sets(p),
        within=0.0,
        most=True,
    )


def of_capacitated_p_median(seed: int, single: bool) -> str:
    one = drawn(seed, 5, 5)
    ways, need, mass = exact(one.cost), exact(one.demand), exact(one.weights)
    room, low = exact(one.capacity), exact(one.least)

    def value(sites: Sites, holds: Fraction = Fraction(1)) -> Fraction | None:
        paid = [[None if row[j] is None else row[j] * w for j in sites] for row, w in zip(ways, mass, strict=True)]
        most, floor = [room[j] * holds for j in sites], [low[j] / holds for j in sites]
        if single:
            return wholly(paid, need, most, floor)
        # Points that take nothing use what is nearest.
        loads = [i for i, d in enumerate(need) if d]
        free = [min((c for c in paid[i] if c is not None), default=None) for i, d in enumerate(need) if not d]
        each = [[None if c is None else c / need[i] for c in paid[i]] for i in loads]
        served = transport(each, [need[i] for i in loads], most, floor)
        return None if served is None or None in free else served + sum(free, NONE)

    return judge(
        lambda: capacitated_p_median(
            as_given(seed, one.cost),
            as_given(seed, one.demand),
            as_given(seed, one.capacity),
            one.p,
            weights=as_given(seed, one.weights),
            least=as_given(seed, one.least) if one.least.any() else None,
            single_source=single,
            **_given(seed, one),
        ),
        value,
        one.sets(one.p),
        within=1e-7,
        loosely=partial(value, holds=HOLDS),
        may_stay_open=True,
    )


def of_scenarios(seed: int, risk: str) -> str:
    one = drawn(seed, 4, 3)
    level = [0.0, 0.5, 0.75, 0.9][seed % 4]
    ways, fixed, unserved = exact(one.cost), exact(one.fixed), exact(one.unserved)
    room, chances = exact(one.capacity), exact(one.chances)
    m = len(fixed)
    cases: dict[Sites, list[Fraction]] = {}
    for sites in one.sets():
        table = [[*(row[j] for j in sites), g] for row, g in zip(ways, unserved, strict=True)]
        opening = sum((fixed[j] for j in sites), NONE)
        served = [transport(table, exact(d), [*(room[j] for j in sites), None]) for d in one.scenarios]
        cases[sites] = [opening + s for s in served if s is not None]
        assert len(cases[sites]) == len(one.scenarios)
    least = [min(values[s] for values in cases.values()) for s in range(len(one.scenarios))]

    def value(sites: Sites) -> Fraction:
        values = cases[sites]
        if risk == "regret":
            values = [v - b for v, b in zip(values, least, strict=True)]
        return risk_of(values, chances, risk, Fraction(level))

    spent = float(max(map(max, cases.values()))) if m else 0.0
    return judge(
        lambda: stochastic_facility_location(
            as_given(seed, one.fixed),
            as_given(seed, one.capacity),
            as_given(seed, one.cost),
            as_given(seed, one.scenarios),
            as_given(seed, one.chances),
            as_given(seed, one.unserved),
            risk=risk,  # type: ignore[arg-type]
            level=level,
            gap=1e-6,
            **_given(seed, one),
        ),
        value,
        one.sets(),
        within=1e-6,
        part_of=1e-3 * spent if risk == "regret" else None,
        may_stay_open=True,
    )


KINDS: Mapping[str, Callable[[int], str]] = {
    "p_median": of_p_median,
    "p_median, three best": partial(of_p_median, k_best=3),
    "facility_location": partial(of_facility, rooms="none"),
    "facility_location, capacities": partial(of_facility, rooms="shared"),
    "facility_location, single source": partial(of_facility, rooms="single"),
    "set_cover": of_set_cover,
    "max_cover": of_max_cover,
    "backup_cover": of_backup_cover,
    "p_center": of_p_center,
    "p_dispersion": of_p_dispersion,
    "capacitated_p_median": partial(of_capacitated_p_median, single=True),
    "capacitated_p_median, shares": partial(of_capacitated_p_median, single=False),
    **{
        f"stochastic, {risk}": partial(of_scenarios, risk=risk) for risk in ("expected", "worst_case", "regret", "cvar")
    },
}


def campaign(seeds: Iterable[int], names: Iterable[str] = tuple(KINDS)) -> tuple[Counter[str], list[str]]:
    """How many answers were proven best, rightly refused or left open; and what was wrong."""
    said: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in seeds:
        for name in names:
            try:
                said[KINDS[name](seed)] += 1
            except Exception as error:  # whatever it is, the next seed is tried
                last = traceback.extract_tb(error.__traceback__)[-1]
                wrong.append(f"WRONG {name}, seed {seed}: {type(error).__name__} at {last.name}:{last.lineno} {error}")
    return said, wrong


def main(said: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign_exact", description=__doc__)
    parser.add_argument("--seeds", default="0:1000", help="first and last (without it)")
    parser.add_argument("--only", choices=list(KINDS), action="append", help="a kind (all)")
    asked = parser.parse_args(said)
    first, _, last = asked.seeds.partition(":")
    every: Counter[str] = Counter()
    faults = 0
    for name in asked.only or KINDS:
        started = time.process_time()
        counts, wrong = campaign(range(int(first), int(last or int(first) + 1)), [name])
        print(*(line.replace("\n", " ") for line in wrong), sep="\n", end="\n" if wrong else "")
        told = ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))
        print(f"{name}: {told}, wrong {len(wrong)}, seconds {time.process_time() - started:.0f}", flush=True)
        every.update(counts)
        faults += len(wrong)
    print(", ".join(f"{what} {count}" for what, count in sorted(every.items())) + f", wrong {faults}")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
