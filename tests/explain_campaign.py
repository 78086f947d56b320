"""Explanations of random problems against brute force over every set of rules, by a statement of its own.

    python -m tests.explain_campaign 30000 30400       # seeds from, up to

Whether some plan keeps a set of rules is asked of `scipy.optimize.milp`, from the sentences of the rules: none of
the library's bounds, models, merging or worlds decides it.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.special import gammaincinv

from capacity import Problem
from capacity.beds import Promise, greatest_stays
from capacity.studies.explain import Explanation, explain, explanation
from capacity.studies.explain.levers import levers
from tests.random_problems import random_problem

LONG = 30.0
MEANING = ("served", "open_only", "one_size", "promise")
WEIGHED = (
    "units",
    "near_ambulatory",
    "region_unit",
    "region_access",
    "own_region",
    "reach",
    "nearest",
    "one_agreement",
    "volume",
    "income",
    "build_budget",
    "run_budget",
    "keep",
    "forbid",
    "size_floor",
)

Names = frozenset[str]


@cache
def most_stays(promise: Promise, largest: int, days: float) -> tuple[float, ...]:
    """Stays a year that 0, 1, ... beds carry."""
    return tuple(greatest_stays(promise, np.arange(largest + 1), days).tolist())


def weighed(p: Problem) -> tuple[str, ...]:
    """Rules that are on, have no price, and may be left out of a plan."""
    return tuple(r for r in WEIGHED if getattr(p.policy, r) is not None and r not in p.policy.prices)


def with_rules(p: Problem, names: Names) -> Problem:
    """The problem with only some of its weighed rules on."""
    return p.replace(policy={r: None for r in WEIGHED if getattr(p.policy, r) is not None and r not in names})


@dataclass
class Statement:
    """Rows of a mixed-integer programme, one at a time."""

    columns: int = 0
    upper: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    rows: list[tuple[list[int], list[float], float, float]] = field(default_factory=list)

    def column(self, whole: bool) -> int:
        self.columns += 1
        self.upper.append(1.0)
        self.whole.append(int(whole))
        return self.columns - 1

    def row(self, terms: Mapping[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append((list(terms), list(terms.values()), low, high))

    def possible(self) -> bool:
        if any(not cells and not low <= 1e-9 <= high + 2e-9 for cells, _, low, high in self.rows):
            return False
        table = np.zeros((len(self.rows), self.columns))
        for k, (cells, values, low, high) in enumerate(self.rows):
            scale = max((abs(v) for v in values), default=1.0) or 1.0
            table[k, cells] = np.array(values) / scale
            self.rows[k] = (cells, values, low / scale, high / scale)
        kept = LinearConstraint(table, [r[2] for r in self.rows], [r[3] for r in self.rows])
        found = milp(np.zeros(self.columns), integrality=self.whole, bounds=Bounds(0, self.upper), constraints=kept)
        assert found.status in (0, 2), found.message
        return bool(found.status == 0)


def has_plan(p: Problem) -> bool:
    """Whether some plan keeps every rule that is on and has no price."""
    rules, net, money, days = p.policy, p.network, p.finance, p.care.mean_days
    on = {r for r in rules.on if r not in rules.prices}
    S, n, m = len(p.women), len(net.point_ids), len(net.site_ids)
    must = [s for s in range(S) if p.must_hold[s]]
    chance = p.probability
    low, high = p.size_limits
    carried = most_stays(p.promise, p.sizes.largest, days)
    out = Statement()
    opened = [out.column(True) for _ in range(m)]
    sizes = [{k: out.column(True) for k in range(int(low[j]), int(high[j]) + 1)} for j in range(m)]
    for j in range(m):
        out.row({opened[j]: 1.0} | dict.fromkeys(sizes[j].values(), -1.0), 0, 0)
    agreed = {r: i for i, r in enumerate(net.regions)}
    region = [agreed[r] for r in net.point_regions]
    there = [agreed[r] for r in net.site_regions]

    def may_use(i: int, j: int) -> bool:
        if not np.isfinite(p.minutes[i, j]):
            return False
        named = {net.point_ids[i], net.point_homes[i]}
        if "reach" in on and p.minutes[i, j] > rules.reach.minutes and not named & set(rules.reach.exceptions):
            return False
        if "own_region" in on and region[i] != there[j]:
            return (net.point_regions[i], net.site_regions[j]) in rules.own_region.agreements
        return True

    usable = [[j for j in range(m) if may_use(i, j)] for i in range(n)]
    one = "one_agreement" in on
    shared = one or {"nearest", "served"} <= on
    active = [i for i in range(n) if p.women[:, i].max() > 0]
    share: dict[tuple[int, int, int], int] = {}
    for i, s in itertools.product(active, range(S)):
        for j in usable[i]:
            share[s, i, j] = share[0, i, j] if shared and s else out.column(one)
    blocks = [0] if shared else list(range(S))
    for i, s in itertools.product(active, blocks):
        mine = {share[s, i, j]: 1.0 for j in usable[i]}
        asked = "served" in on and (shared or p.women[s, i] > 0)
        out.row(mine, 1.0 if asked else 0.0, 1.0)
        for j in usable[i]:
            out.row({share[s, i, j]: 1.0, opened[j]: -1.0}, high=0)
            if "nearest" in on:
                here = (p.minutes[i, j], net.site_ids[j])
                farther = [k for k in usable[i] if (p.minutes[i, k], net.site_ids[k]) > here]
                if shared or p.women[s, i] > 0:
                    out.row({share[s, i, k]: 1.0 for k in farther} | {opened[j]: 1.0}, high=1)
    for j in range(m):
        users = {
            share[s, i, j]: 1.0 for s in blocks for i in active if (s, i, j) in share and (shared or p.women[s, i] > 0)
        }
        out.row(users | {opened[j]: -0.01}, low=0)

    def stays(j: int, weight: Any) -> dict[int, float]:
        terms: Counter[int] = Counter()
        for i, s in itertools.product(active, range(S)):
            if (s, i, j) in share and weight[s] * p.women[s, i] > 0:
                terms[share[s, i, j]] += weight[s] * p.women[s, i]
        return dict(terms)

    each = np.eye(S)
    for j in range(m):
        if "promise" in on:
            for s in must:
                out.row(stays(j, each[s]) | {c: -carried[k] for k, c in sizes[j].items()}, high=1e-8)
        if "size_floor" in on:
            floor = int(p.size_floor[j])
            for k, c in sizes[j].items():
                if k < floor:
                    out.row({c: 1.0}, high=0)
        if "near_ambulatory" in on:
            limit = rules.near_ambulatory
            if p.ambulatory_minutes[j] > limit.minutes and net.site_ids[j] not in limit.exceptions:
                out.row({opened[j]: 1.0}, high=0)
        if "keep" in on and net.site_ids[j] in rules.keep:
            out.row({opened[j]: 1.0}, low=1)
        if "forbid" in on and net.site_ids[j] in rules.forbid:
            out.row({opened[j]: 1.0}, high=0)
        if "volume" in on:
            least = rules.volume.stays
            if rules.volume.when == "poisson_year":
                least = float(gammaincinv(np.ceil(least), rules.volume.probability)) if least > 0 else 0.0
            for weight in [chance] if rules.volume.when == "average" else [each[s] for s in must]:
                out.row(stays(j, weight) | {opened[j]: -least}, low=-1e-8)
        if "income" in on:
            margin = (money.day_rate_dkk - money.occupied_day_dkk) * days
            fixed = {
                k: money.unit_dkk_per_year + money.bed_dkk_per_year * k - money.grant_dkk_per_year for k in sizes[j]
            }
            if rules.income.when == "poisson_year":
                # Where a stay more always brings more than it costs, likely years are the larger ones.
                assert margin > 0
                count = {k: np.ceil(f / margin - 1e-9) for k, f in fixed.items()}
                fixed = {
                    k: margin * float(gammaincinv(c, rules.income.probability)) if c > 0 else 0.0
                    for k, c in count.items()
                }
            for weight in [chance] if rules.income.when == "expected" else [each[s] for s in must]:
                paid = {c: margin * w for c, w in stays(j, weight).items()}
                out.row(paid | {c: -fixed[k] for k, c in sizes[j].items()}, low=-1e-3)
    if "units" in on:
        out.row(dict.fromkeys(opened, 1.0), *rules.units)
    if "region_unit" in on:
        for r in range(len(net.regions)):
            out.row({opened[j]: 1.0 for j in range(m) if there[j] == r}, low=1)
    if "region_access" in on:
        for s, r in itertools.product(must, range(len(net.regions))):
            here = [i for i in active if region[i] == r and p.women[s, i] > 0]
            near = {
                share[s, i, j]: p.women[s, i]
                for i in here
                for j in usable[i]
                if p.minutes[i, j] <= rules.region_access.minutes
            }
            out.row(near, low=rules.region_access.share * sum(p.women[s, i] for i in here) - 1e-8)
    if "build_budget" in on:
        out.row({c: money.building_dkk_per_bed * k for of in sizes for k, c in of.items()}, high=rules.build_budget)
    if "run_budget" in on:
        terms: Counter[int] = Counter()
        for j in range(m):
            terms[opened[j]] += money.unit_dkk_per_year
            terms.update({c: money.bed_dkk_per_year * k for k, c in sizes[j].items()})
            terms.update({c: money.occupied_day_dkk * days * w for c, w in stays(j, chance).items()})
        out.row(dict(terms), high=rules.run_budget)
    return out.possible()


def minimal_conflicts(p: Problem) -> set[Names]:
    """Sets of rules that cannot hold together though every smaller set of them can."""
    found: list[Names] = []
    names = weighed(p)
    for size in range(len(names) + 1):
        for some in map(frozenset, itertools.combinations(names, size)):
            if not any(smaller <= some for smaller in found) and not has_plan(with_rules(p, some)):
                found.append(some)
    return set(found)


def drawn(seed: int, *, most: int = 7) -> Problem | None:
    """A random problem without a plan; None where this seed's has one, or weighs too many rules."""
    rng = np.random.default_rng([seed, 160])
    kind = rng.random()
    nearest = True if kind < 0.5 else None
    firm: dict[str, Any] = {"nearest": nearest}
    if rng.random() < 0.4:
        firm["own_region"] = {"agreements": [["N", "S"]]} if rng.random() < 0.3 else True
    if rng.random() < 0.3:
        firm["region_unit"] = True
    if nearest is None and rng.random() < 0.7:
        firm["one_agreement"] = None
    p = random_problem(
        seed,
        points=int(rng.integers(3, 7)),
        sites=int(rng.integers(3, 6)),
        scenarios=int(rng.choice([1, 2, 3])),
        **firm,
    )
    if rng.random() < 0.5 and p.policy.income is None:
        # (Own smallest sizes under income and promise belong to the tests of bounds.)
        p = p.replace(network=p.network.replace(site_smallest=rng.choice([0, 0, 3, 4], len(p.network.site_ids))))
    on = weighed(p)
    if on and rng.random() < 0.2:
        p = p.replace(policy={"prices": {str(rng.choice(on)): 3.0}})
    elif rng.random() < 0.12 and p.policy.one_agreement is None:
        p = p.replace(policy={"served": None} if rng.random() < 0.5 else {"prices": {"served": 3.0}})
    if not 1 <= len(weighed(p)) <= most or has_plan(p):
        return None
    return p


def faults(p: Problem, told: Explanation) -> Iterator[str]:
    """What an explanation says that brute force does not bear out, or leaves out that it says is all."""
    expected = minimal_conflicts(p)
    named = {c or frozenset({"served", "promise"}) for c in expected}
    said = [frozenset(c.rules) for c in told.conflicts]
    if len(set(said)) < len(said):
        yield "a conflict is told twice"
    for one in set(said) - named:
        if told.complete:
            yield f"no minimal conflict: {sorted(one)}"
        elif has_plan(with_rules(p, one)):
            yield f"no conflict: {sorted(one)}"
    if told.complete:
        yield from (f"complete, but not told: {sorted(one)}" for one in named - set(said))
    if not said:
        yield "no conflict is told"
    yield from _witnesses(p, told)
    yield from _ways(p, told)
    yield from _missed(p, told)


def _witnesses(p: Problem, told: Explanation) -> Iterator[str]:
    """Units that a witness names with which the other rules of its conflict do not hold."""
    by_place = {"region_access", "reach", "own_region", "region_unit"}
    for conflict in told.conflicts:
        for rule, seen in conflict.witness.items():
            others = frozenset(conflict.rules) - {rule}
            # (Rules that clash in some places are kept there alone.)
            if rule == "needs" or others & by_place:
                continue
            nearest = {"nearest"} if "nearest" in weighed(p) and ("nearest" in others or seen["closest"]) else set()
            part = with_rules(p, others | nearest)
            shut = [j for j in p.network.site_ids if j not in seen["units"]]
            if not has_plan(part.replace(policy={"keep": seen["units"] or None, "forbid": shut or None})):
                yield f"{rule} of {conflict.rules}: units at {seen['units']} do not keep the others"


def _ways(p: Problem, told: Explanation) -> Iterator[str]:
    made = levers(p, None)
    for way in told.ways_out:
        changed = p
        for key, value, _ in way.also:
            changed = changed.set(key, value)
        if not has_plan(changed.set(way.key, way.value)):
            yield f"no way out: {way.text}"
        if not way.exact or way.also:
            continue
        for lever in (x for x in made if x.key == way.key and not isinstance(way.value, bool)):
            taken = next((k for k in range(1, min(lever.most, 400) + 1) if lever.value(k) == way.value), 0)
            smaller = sorted({*range(1, min(taken, 4)), *range(max(1, taken - 3), taken)})
            for k in smaller:
                if has_plan(p.set(lever.key, lever.value(k))):
                    yield f"said to be exact, but {lever.value(k)} does as well: {way.text}"
        if isinstance(way.value, dict) and "exceptions" in way.value:
            was = way.was["exceptions"] if isinstance(way.was, dict) else []
            for one in set(way.value["exceptions"]) - set(was):
                rest = [i for i in way.value["exceptions"] if i != one]
                if has_plan(p.set(way.key, way.value | {"exceptions": rest})):
                    yield f"said to be exact, but {one} need not be spared: {way.text}"


def _missed(p: Problem, told: Explanation) -> Iterator[str]:
    helped = {way.key for way in told.ways_out if not way.also} | set(told.unsettled)
    for rule in weighed(p):
        if f"rules.{rule}" not in helped and has_plan(p.replace(policy={rule: None})):
            yield f"without {rule} there is a plan, and it is not said"
    for key in ("demand.women_per_year", "finance.day_rate_dkk", "sizes.largest", "promise.turned_away"):
        for lever in (x for x in levers(p, None) if x.key == key):
            if key in helped and key != "demand.women_per_year":
                continue
            steps = [k for k in (1, 2, 3, 4, 5, 7, 9, 12, 16, 25, 40, lever.most) if k <= lever.most]
            up = lever.value(1) > p.get(key)
            if key in set(told.unsettled) or any(
                w.key == key and (w.value > w.was) == up and not w.also for w in told.ways_out
            ):
                continue
            for k in steps:
                if has_plan(p.set(key, lever.value(k))):
                    yield f"{key}: {lever.value(k)} gives a plan, and it is not said"
                    break


def explained(p: Problem, few: int | None) -> Explanation:
    """An explanation; with `few`, as if no more sets of sites than that could be valued beforehand."""
    if few is None:
        return explain(p, effort=LONG)
    whole = explanation.make_worlds
    explanation.make_worlds = lambda problem, most=few: whole(problem, min(most, few))  # type: ignore[assignment]
    try:
        return explain(p, effort=LONG)
    finally:
        explanation.make_worlds = whole


def campaign(seeds: range) -> tuple[Counter[str], list[str]]:
    """What was compared, and every fault found, with its seed."""
    count: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in seeds:
        p = drawn(seed)
        count["drawn"] += 1
        if p is None:
            continue
        few = [None, None, 8][seed % 3]
        count["infeasible"] += 1
        count["nearest"] += p.policy.nearest is not None
        count["few worlds"] += few is not None
        try:
            told = explained(p, few)
        except Exception as error:
            wrong.append(f"{seed}: {type(error).__name__}: {error}")
            continue
        count["complete"] += told.complete
        count["conflicts"] += len(told.conflicts)
        count["ways out"] += len(told.ways_out)
        count["exact"] += sum(w.exact for w in told.ways_out)
        wrong += [f"{seed}: {fault}" for fault in faults(p, told)]
    return count, wrong


if __name__ == "__main__":
    start, end = (int(x) for x in sys.argv[1:3])
    counted, found = Counter[str](), list[str]()
    for first in range(start, end, 10):
        more, wrong = campaign(range(first, min(first + 10, end)))
        counted, found = counted + more, found + wrong
        print("\n".join(wrong) or f"{first}: as brute force has it", flush=True)
    print(dict(counted), f"faults: {len(found)}")
    sys.exit(bool(found))
