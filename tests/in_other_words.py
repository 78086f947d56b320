"""The same wish in other words: pairs of problems that must have the same plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from capacity import Problem
from tests.varied import Question


@dataclass(frozen=True, kw_only=True)
class Told:
    """One question in several words.

    `called` is what sites are called in the others, `times` the multiple their values are. With `slivers` a unit that
    hardly anybody uses excuses a difference: how little still counts as use is asked of all scenarios together.
    """

    one: Question
    others: tuple[Question, ...]
    called: Mapping[str, str] = field(default_factory=dict)
    times: float = 1.0
    slivers: bool = False


def asked(q: Question, problem: Problem) -> Question:
    return dataclasses.replace(q, problem=problem)


def same(q: Question, one: Problem, *others: Problem) -> Told:
    return Told(one=asked(q, one), others=tuple(asked(q, problem) for problem in others))


def smallest_and_floor(q: Question, seed: int) -> Told | None:
    """A site's own smallest size, and the beds a unit there has at least."""
    p = q.problem
    if p.policy.size_floor is not None:
        return None
    net = p.network
    stated = {j: int(k) for j, k in zip(net.site_ids, net.site_smallest, strict=True)}
    free = dataclasses.replace(net, site_smallest=np.zeros(len(net.site_ids), int))
    return same(q, p, p.replace(network=free, policy={"size_floor": stated}))


def given_set(q: Question, seed: int) -> Told | None:
    """Just these units: kept, all others excluded, counted, or any two of these; or the candidates are no others."""
    p, rng = q.problem, np.random.default_rng([seed, 1])
    if {"keep", "forbid", "units"} & p.policy.prices.keys():
        return None
    ids = list(p.network.site_ids)
    chosen = sorted(rng.choice(ids, int(rng.integers(1, len(ids) + 1)), replace=False).tolist())
    rest = [j for j in ids if j not in chosen]
    count = [len(chosen), len(chosen)]
    problems = [
        p.replace(policy=said)
        for said in (
            {"keep": chosen, "forbid": rest, "units": count},
            {"keep": chosen, "forbid": rest, "units": None},
            {"keep": chosen, "forbid": None, "units": count},
            {"keep": None, "forbid": rest, "units": count},
        )
    ]
    return same(q, *problems)


def removed(q: Question, seed: int) -> Told | None:
    """A site that is not there, and one that is excluded."""
    p, rng = q.problem, np.random.default_rng([seed, 2])
    net, policy = p.network, p.policy
    # The scale of `fair` counts excluded sites too (docs/background/model.md).
    if q.objective == "fair" or "forbid" in policy.prices or len(net.site_ids) < 2:
        return None
    gone = str(rng.choice(net.site_ids))
    # A course is held at an ambulatory where no unit may be, but not at one to which there is no way.
    if gone in net.ambulatories and p.outpatient.on and p.outpatient.where == "nearest_ambulatory":
        return None
    # Nor is a ward that is asked for, which is a site too.
    if gone in net.wards and (policy.neonatal or p.aftercare.where == "shared_house"):
        return None
    at = [k for k, j in enumerate(net.site_ids) if j != gone]
    if gone in (policy.keep or ()) or {net.site_regions[k] for k in at} | set(net.point_regions) != set(net.regions):
        return None
    ids = tuple(net.site_ids[k] for k in at)

    def of(values: Any) -> Any:
        return tuple(values[k] for k in at) if isinstance(values, tuple) else values[at]

    smaller = dataclasses.replace(
        net,
        site_ids=ids,
        site_names=of(net.site_names),
        site_regions=of(net.site_regions),
        site_kinds=of(net.site_kinds),
        site_smallest=of(net.site_smallest),
        site_largest=of(net.site_largest),
        existing_beds=of(net.existing_beds),
        neonatal=of(net.neonatal),
        site_points=of(net.site_points),
    )
    said: dict[str, Any] = {"forbid": [j for j in policy.forbid or () if j != gone]}
    if policy.near_ambulatory:
        kept = [j for j in policy.near_ambulatory.exceptions if j != gone]
        said["near_ambulatory"] = {"minutes": policy.near_ambulatory.minutes, "exceptions": kept}
    if policy.neonatal:
        kept = [j for j in policy.neonatal.exceptions if j != gone]
        said["neonatal"] = {"minutes": policy.neonatal.minutes, "exceptions": kept}
    if policy.size_floor and policy.size_floor.beds:
        said["size_floor"] = {j: k for j, k in policy.size_floor.beds if j != gone} or {ids[0]: 0}
    travel = p.travel.replace(destination_ids=ids, values=p.travel.values[:, at])
    near = p.to_ambulatory and p.to_ambulatory.replace(origin_ids=ids, values=p.to_ambulatory.values[at])
    without = dataclasses.replace(
        p, network=smaller, travel=travel, travels={}, to_ambulatory=near, policy=policy.replace(**said)
    )
    excluded = p.replace(policy={"forbid": sorted({*(policy.forbid or ()), gone})})
    return same(q, excluded, without)


def split_scenario(q: Question, seed: int) -> Told | None:
    """A scenario, and the same one twice at parts of its probability.

    Not for regret: where a rule holds on average, a scenario's own best may lean on what its twin gives up.
    """
    if q.risk == "regret":
        return None
    p, rng = q.problem, np.random.default_rng([seed, 3])
    s, part = int(rng.integers(len(p.scenarios.ids))), float(rng.choice([0.5, 0.25]))
    old = p.scenarios
    chance = np.append(old.probability, (1 - part) * old.probability[s])
    chance[s] *= part
    scenarios = old.replace(
        ids=(*old.ids, "twice"),
        labels=(),
        women=np.vstack([old.women, old.women[s]]),
        probability=chance,
        must_hold=np.append(old.must_hold, old.must_hold[s]),
    )
    return Told(one=q, others=(asked(q, p.replace(scenarios=scenarios)),), slivers=True)


MONEY = (
    "unit_dkk_per_year",
    "bed_dkk_per_year",
    "occupied_day_dkk",
    "day_rate_dkk",
    "grant_dkk_per_year",
    "building_dkk_per_bed",
)


def costs_times(p: Problem, course: float, pathway: float) -> dict[str, dict[str, float]]:
    """What is paid for a woman on a course, and for what becomes of her, times a number each."""
    price, paths = p.outpatient.dkk_per_course, p.pathways
    known = {name: getattr(paths, name) for name in ("residential", "outpatient", "none")}
    said = {name: value * pathway for name, value in known.items() if value is not False}
    return {"outpatient": {} if price is False else {"dkk_per_course": price * course}, "pathways": said}


AFTERCARE = (*(name for name in MONEY if name not in ("unit_dkk_per_year", "grant_dkk_per_year")),)
AFTERCARE += ("house_dkk_per_year", "person_day_dkk")


def aftercare_times(p: Problem, dkk: float, days: float) -> dict[str, float]:
    """What is paid for aftercare, and how long it lasts, times a number each."""
    said = {name: getattr(p.aftercare, name) * dkk for name in AFTERCARE}
    return said | (
        {"days": p.aftercare.days * days, "wait_days": p.aftercare.wait_days * days} if p.aftercare.on else {}
    )


def other_currency(q: Question, seed: int) -> Told | None:
    """Every amount of money in another currency."""
    p, times = q.problem, float(np.random.default_rng([seed, 4]).choice([0.25, 2.0, 4.0]))
    budgets = {name: getattr(p.policy, name) for name in ("build_budget", "run_budget")}
    cost = times if q.objective in ("cost", "public_cost") else 1.0
    prices = {
        name: price * cost / (times if name in ("income", "build_budget", "run_budget") else 1.0)
        for name, price in p.policy.prices.items()
    }
    other = p.replace(
        finance={name: getattr(p.finance, name) * times for name in MONEY},
        policy={name: value * times for name, value in budgets.items() if value is not None} | {"prices": prices},
        aftercare=aftercare_times(p, times, 1.0),
        **costs_times(p, times, times),
    )
    return Told(one=q, others=(asked(q, other),), times=cost)


COUNTED_IN_WOMEN = ("served", "promise", "region_access", "volume")
"""Rules whose excess is a number of women."""


def shorter_stays(q: Question, seed: int) -> Told | None:
    """Twice the women, who stay half as long, or have half a course at half its price: the same beds are as full."""
    p, times = q.problem, float(np.random.default_rng([seed, 5]).choice([0.5, 2.0]))
    volume, income = p.policy.volume, p.policy.income
    # A Poisson year of twice as many is another one.
    if "poisson_year" in (getattr(volume, "when", ""), getattr(income, "when", "")):
        return None
    said: dict[str, Any] = {} if volume is None else {"volume": {"stays": volume.stays * times, "when": volume.when}}
    reached = times if q.objective == "reached" else 1.0
    said["prices"] = {
        name: price * reached / (times if name in COUNTED_IN_WOMEN else 1.0) for name, price in p.policy.prices.items()
    }
    costs = costs_times(p, 1 / times, 1 / times)
    other = p.replace(
        scenarios=p.scenarios.replace(women=p.scenarios.women * times),
        care={"mean_days": p.care.mean_days / times},
        promise={"wait_days": p.promise.wait_days / times},
        outpatient={"weeks": p.outpatient.weeks / times} | costs["outpatient"],
        pathways=costs["pathways"],
        aftercare=aftercare_times(p, 1.0, 1 / times),
        policy=said,
    )
    return Told(one=q, others=(asked(q, other),), times=reached)


def relabelled(q: Question, seed: int) -> Told | None:
    """Other ids, in the order of the old ones, and tables in another order."""
    p, rng = q.problem, np.random.default_rng([seed, 6])
    net, policy = p.network, p.policy
    names = {j: f"q{k}" for k, j in enumerate(sorted(net.site_ids))}
    towns = {i: f"t{k}" for k, i in enumerate(sorted(net.point_ids))}
    at, to = rng.permutation(len(net.site_ids)), rng.permutation(len(net.point_ids))

    def of(values: Any, order: Any) -> Any:
        return tuple(values[k] for k in order) if isinstance(values, tuple) else values[order]

    sites, points = tuple(names[j] for j in of(net.site_ids, at)), tuple(towns[i] for i in of(net.point_ids, to))
    network = dataclasses.replace(
        net,
        site_ids=sites,
        site_names=sites,
        site_regions=of(net.site_regions, at),
        site_kinds=of(net.site_kinds, at),
        site_smallest=of(net.site_smallest, at),
        site_largest=of(net.site_largest, at),
        existing_beds=of(net.existing_beds, at),
        neonatal=of(net.neonatal, at),
        site_points=tuple(towns[i] for i in of(net.site_points, at)),
        point_ids=points,
        point_names=points,
        point_regions=of(net.point_regions, to),
        point_homes=tuple(towns[i] for i in of(net.point_homes, to)),
        point_shares=of(net.point_shares, to),
        point_travel=of(net.point_travel, to),
        home_names={},
        point_columns={name: of(x, to) for name, x in net.point_columns.items()},
        ambulatories=tuple(names[a] for a in net.ambulatories),
    )
    said: dict[str, Any] = {name: [names[j] for j in getattr(policy, name) or ()] for name in ("keep", "forbid")}
    for name, called in (("near_ambulatory", names), ("neonatal", names), ("reach", towns)):
        if rule := getattr(policy, name):
            said[name] = {"minutes": rule.minutes, "exceptions": [called[k] for k in rule.exceptions]}
    if policy.size_floor and policy.size_floor.beds:
        said["size_floor"] = {names[j]: k for j, k in policy.size_floor.beds}
    travel = p.travel.replace(origin_ids=points, destination_ids=sites, values=p.travel.values[np.ix_(to, at)])
    # The minutes to ambulatories stand in yet another order.
    near = p.to_ambulatory and p.to_ambulatory.replace(
        origin_ids=tuple(names[j] for j in p.to_ambulatory.origin_ids),
        destination_ids=tuple(names[j] for j in p.to_ambulatory.destination_ids),
    )
    scenarios = p.scenarios.replace(point_ids=tuple(towns[i] for i in p.scenarios.point_ids))
    other = dataclasses.replace(
        p,
        network=network,
        travel=travel,
        travels={},
        to_ambulatory=near,
        scenarios=scenarios,
        policy=policy.replace(**said),
        worst_exceptions=tuple(towns[i] for i in p.worst_exceptions),
    )
    return Told(one=q, others=(asked(q, other),), called=names)


SAME_WISH: Mapping[str, Callable[[Question, int], Told | None]] = {
    "smallest column, size_floor": smallest_and_floor,
    "keep, forbid, units": given_set,
    "removed, forbidden": removed,
    "scenario split in two": split_scenario,
    "another currency": other_currency,
    "more women, shorter stays": shorter_stays,
    "relabelled": relabelled,
}
