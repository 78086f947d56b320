"""Random problems so small that every plan of them can be looked at.

Each subject and each rule draws from a seed of its own, so that a further rule reshuffles nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection

import numpy as np

from capacity.arrays import Floats
from capacity.problem.aftercare import Aftercare
from capacity.problem.care import Care, Sizes
from capacity.problem.demand import Scenarios
from capacity.problem.finance import Finance
from capacity.problem.network import Network
from capacity.problem.outpatient import Outpatient, Pathways
from capacity.problem.problem import Problem
from capacity.problem.promise import Promise
from capacity.problem.travel import TravelMatrix
from capacity.problem.uptake import Uptake
from capacity.rules import RULES, Rule

LIKELY = 0.25
"""How likely each rule is on, beside those that say what a plan is."""

ADMITTED = 0.6
"""Chance that money and practice count admitted stays alone, as they do unless told otherwise."""

SELDOM = 0.3
"""Chance of an outpatient course where families are bound to their nearest unit: many engines refuse one."""


def stream(seed: int, subject: str) -> np.random.Generator:
    """Random numbers of one subject."""
    return np.random.default_rng([seed, zlib.crc32(subject.encode())])


def random_problem(
    seed: int,
    *,
    points: int = 4,
    sites: int = 3,
    scenarios: int | None = None,
    rules: bool = True,
    without: Collection[str] = (),
) -> Problem:
    """A problem of a few points and sites, at most four beds a unit; many numbers are round, so that ties are common.

    In six of ten problems money and practice count admitted stays alone (`Finance.counts`), in the others all stays.

    Parameters
    ----------
    seed : int
    points, sites, scenarios : int
    rules : bool
        Whether other rules are on, each with some chance and numbers that sometimes bind.
    without : collection of str
        Rules that stay off.
    """
    network = _network(seed, points, sites)
    minutes, near = _minutes(seed, points, sites)
    site_ids = network.site_ids
    problem = Problem(
        network=network,
        scenarios=_scenarios(seed, network.point_ids, scenarios),
        travel=TravelMatrix(origin_ids=network.point_ids, destination_ids=site_ids, values=minutes),
        to_ambulatory=TravelMatrix(origin_ids=site_ids, destination_ids=(site_ids[0], site_ids[-1]), values=near),
        care=Care(mean_days=90, visits_per_week=1, ambulatory_trips_per_week=1),
        promise=Promise(kind="loss", turned_away=0.2),
        sizes=Sizes(smallest=int(stream(seed, "sizes").choice([1, 2])), largest=4),
        finance=Finance(
            unit_dkk_per_year=1.0e6,
            bed_dkk_per_year=0.3e6,
            occupied_day_dkk=900.0,
            day_rate_dkk=float(stream(seed, "finance").choice([5_000.0, 8_000.0])),
            grant_dkk_per_year=0.3e6,
            building_dkk_per_bed=1.0e6,
            interest=0.03,
            years=30,
            counts="admitted" if stream(seed, "counts").random() < ADMITTED else "all",
        ),
        uptake=Uptake.of([[15, 1.0], [35, 0.7], [60, 0.4]]),
        pathways=Pathways(residential=2.0e6, outpatient=2.3e6, none=3.0e6),
        aftercare=_aftercare(seed),
        name=f"random {seed}",
    )
    if not rules:
        return problem
    return problem.replace(policy=_rules(seed, problem, without))


def with_course(seed: int, problem: Problem) -> Problem:
    """An outpatient course besides, in some of the problems whose families are bound to their nearest unit."""
    rng, policy = stream(seed, "outpatient"), problem.policy
    bound = any(rule.binds_to_nearest for rule in policy.values()) and any(r.serves_all for r in policy.values())
    if not bound or policy.prices or rng.random() >= SELDOM:
        return problem
    return given_course(problem, rng)


def given_course(problem: Problem, rng: np.random.Generator) -> Problem:
    """The problem with an outpatient course, of numbers that leave some at a unit."""
    return problem.replace(
        outpatient=Outpatient(
            dkk_per_course=float(rng.choice([0.0, 1e5, 4e5])),
            beyond_minutes=(False, 40.0, 25.0)[int(rng.integers(3))],
            declines=bool(rng.random() < 0.7),
            effect=(False, 0.0, 0.6)[int(rng.integers(3))],
        )
    )


def _aftercare(seed: int) -> Aftercare:
    """A second stage at the units or in shared houses: no plan depends on it but the cheapest that counts it."""
    rng = stream(seed, "aftercare")
    return Aftercare(
        days=30,
        where=("unit", "shared_house")[int(rng.integers(2))],
        held_up=float(rng.choice([0.05, 0.3])),
        house_dkk_per_year=float(rng.choice([0.0, 1.0e6])),
        bed_dkk_per_year=0.3e6,
        occupied_day_dkk=500.0,
        building_dkk_per_bed=0.5e6,
        with_partner=0.4,
        bed_sizes=((), (2, 3))[int(rng.integers(2))],
    )


def _network(seed: int, points: int, sites: int) -> Network:
    rng = stream(seed, "network")
    point_ids = tuple(f"p{i}" for i in range(points))
    # Ids are not in the order of the columns, so that ties by id differ from ties by position.
    site_ids = tuple(f"s{k}" for k in rng.permutation(sites))
    return Network(
        point_ids=point_ids,
        point_names=point_ids,
        point_regions=("N", "S", *rng.choice(["N", "S"], points - 2)),
        site_ids=site_ids,
        site_names=site_ids,
        site_regions=tuple(rng.choice(["N", "S"], sites)),
        existing_beds=rng.integers(0, 4, sites),
        site_largest=rng.choice([2, 3, 10**6], sites),
        ambulatories=(site_ids[0], site_ids[-1]),
        point_columns={"weight": tuple(rng.uniform(0.1, 2, points))},
        neonatal=(True, *[False] * (sites - 2), bool(stream(seed, "wards").random() < 0.5))[:sites],
        site_columns={"score": tuple(rng.integers(0, 5, sites).tolist())},
    )


def _minutes(seed: int, points: int, sites: int) -> tuple[Floats, Floats]:
    """Minutes from points to sites, (points, sites), and from sites to two ambulatories, (sites, 2)."""
    rng = stream(seed, "travel")
    minutes = rng.choice([10.0, 20.0, 30.0, 40.0, 60.0], (points, sites))
    if rng.random() < 0.5:
        minutes = minutes + rng.random((points, sites)).round(2) * 9
    if rng.random() < 0.2:
        minutes[rng.random((points, sites)) < 0.1] = np.inf
    near = rng.choice([5.0, 10.0, 15.0, 25.0], (sites, 2))
    near[0, 0] = near[-1, 1] = 0.0
    return minutes, near


def _scenarios(seed: int, point_ids: tuple[str, ...], scenarios: int | None) -> Scenarios:
    rng = stream(seed, "demand")
    count = scenarios if scenarios is not None else int(rng.choice([1, 2]))
    women = rng.choice([0.0, 1.0, 2.0, 3.0], (count, len(point_ids)))
    women[:, 0] += 1
    if rng.random() < 0.5:
        women = women * rng.uniform(0.5, 1.5, women.shape)
    hold = rng.random(count) < 0.8
    hold[0] = True
    return Scenarios(
        ids=tuple(f"d{s}" for s in range(count)),
        point_ids=point_ids,
        women=women,
        probability=rng.dirichlet(np.ones(count)),
        must_hold=hold,
    )


def _rules(seed: int, problem: Problem, without: Collection[str]) -> dict[str, Rule]:
    on: dict[str, Rule] = {}
    for kind in RULES:
        rng = stream(seed, kind.name)
        if not kind.usual and kind.name not in without and rng.random() < LIKELY:
            example = kind.example(rng, problem)
            if example is not None:
                on[kind.name] = example
    return on
