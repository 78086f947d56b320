"""Random problems in which everything the documentation names is varied, every pair of values together.

`FACTORS` gives values to each setting, rule, price and column by the name the library has for it. What there is to
vary is not listed here: `documented` reads it from the library, and `tests/test_varied.py` fails where a name has
no values. Each factor draws its level and its numbers from a seed of its own, so that a new factor changes no other.
"""

from __future__ import annotations

import dataclasses
import itertools
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from capacity import Network, Policy, Problem, Scenarios, TravelMatrix
from capacity.problem.parts import by_transit
from capacity.problem.settings import keys, value_of
from tests.referee import Facts, in_doubt, loss

Rng = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Who is there: ids, and the objective whose unit prices are paid in."""

    points: tuple[str, ...]
    sites: tuple[str, ...]
    scenarios: tuple[str, ...]
    objective: str


Level = tuple[float, Callable[[Rng, Shape], Any]]
"""How likely a level is, and how its value is drawn."""


def just(value: Any) -> Callable[[Rng, Shape], Any]:
    """The same value always."""
    return lambda rng, shape: value


def one_of(*values: Any) -> Callable[[Rng, Shape], Any]:
    """One of some values."""
    return lambda rng, shape: values[int(rng.integers(len(values)))]


def alike(*values: Any) -> dict[str, Level]:
    """Levels that are values, equally likely."""
    return {str(value): (1.0, just(value)) for value in values}


def site(rng: Rng, shape: Shape) -> str:
    return shape.sites[int(rng.integers(len(shape.sites)))]


def point(rng: Rng, shape: Shape) -> str:
    return shape.points[int(rng.integers(len(shape.points)))]


def table(draw: Callable[[Rng, tuple[int, ...]], Any], *of: str) -> Callable[[Rng, Shape], Any]:
    """An array with one axis for each of `of`, such as points by sites."""
    return lambda rng, shape: draw(rng, tuple(len(getattr(shape, name)) for name in of))


def with_holes(rng: Rng, shape: tuple[int, ...]) -> Any:
    """Ways of whole tens, some of which there are not."""
    ways = rng.choice([10.0, 20.0, 30.0, 40.0, 60.0], shape)
    ways[rng.random(shape) < 0.2] = np.inf
    return ways


def some_nobody(rng: Rng, shape: tuple[int, ...]) -> Any:
    """Women in some points only, not the same ones in every scenario."""
    women = rng.choice([0.0, 0.0, 1.0, 2.0, 4.0], shape)
    women[:, 0] += 1.0
    return women


def one_impossible(rng: Rng, shape: tuple[int, ...]) -> Any:
    """Chances of scenarios, one of them without any."""
    chance = rng.dirichlet(np.ones(shape[0]))
    if shape[0] > 1:
        chance[int(rng.integers(shape[0]))] = 0.0
    return chance / chance.sum()


OBJECTIVE_UNIT = {
    "travel": 300.0,
    "cost": 5e5,
    "worst": 8.0,
    "worst_off": 8.0,
    "fair": 5.0,
    "public_cost": 5e5,
    "reached": 2.0,
}
"""What counts as a good deal of each objective."""


def price(unit: float) -> dict[str, Level]:
    """A price of a rule's excess, `unit` of which is a good deal: usually none, cheap or dear."""

    def paid(rng: Rng, shape: Shape) -> float:
        return float(OBJECTIVE_UNIT[shape.objective] / unit * rng.choice([0.1, 0.5, 3.0]))

    return {"none": (0.85, just(False)), "some": (0.15, paid)}


RULES: Mapping[str, tuple[float | None, dict[str, Level]]] = {
    # name: (what is a good deal of its excess; None where it takes no price, and its levels)
    "served": (1.0, {"on": (0.88, just(True)), "off": (0.12, just(False))}),
    "promise": (1.0, {"on": (0.88, just(True)), "off": (0.12, just(False))}),
    "units": (
        1.0,
        {
            "off": (0.5, just(False)),
            "exact": (0.25, lambda rng, shape: [k := int(rng.integers(1, 4)), k]),
            "range": (0.25, lambda rng, shape: [k := int(rng.integers(0, 3)), k + int(rng.integers(1, 3))]),
        },
    ),
    "near_ambulatory": (
        10.0,
        {
            "off": (0.7, just(False)),
            "limit": (0.15, one_of(5.0, 10.0, 15.0)),
            "but for one": (
                0.15,
                lambda rng, shape: {"minutes": float(rng.choice([5, 10])), "exceptions": [site(rng, shape)]},
            ),
        },
    ),
    # Seldom, and drawn by themselves: where a ward is asked for there is one.
    "neonatal": (
        10.0,
        {
            "off": (0.85, just(False)),
            "limit": (0.1, one_of(0.0, 5.0, 10.0)),
            "but for one": (
                0.05,
                lambda rng, shape: {"minutes": float(rng.choice([0, 5])), "exceptions": [site(rng, shape)]},
            ),
        },
    ),
    "region_unit": (1.0, {"off": (0.8, just(False)), "on": (0.2, just(True))}),
    "region_access": (
        1.0,
        {
            "off": (0.7, just(False)),
            "half": (0.15, lambda rng, shape: {"share": 0.5, "minutes": float(rng.choice([25, 35]))}),
            "most": (0.15, lambda rng, shape: {"share": float(rng.choice([0.3, 0.8, 1.0])), "minutes": 40.0}),
        },
    ),
    "region_gap": (5.0, {"off": (0.8, just(False)), "near": (0.1, one_of(3.0, 8.0)), "far": (0.1, just(20.0))}),
    "own_region": (
        1.0,
        {
            "off": (0.75, just(False)),
            "all": (0.12, just(True)),
            "agreed": (0.13, one_of({"agreements": [["N", "S"]]}, {"agreements": [["S", "N"], ["N", "S"]]})),
        },
    ),
    "reach": (
        10.0,
        {
            "off": (0.65, just(False)),
            "limit": (0.2, one_of(30.0, 40.0, 50.0)),
            "but for one": (
                0.15,
                lambda rng, shape: {"minutes": float(rng.choice([25, 35])), "exceptions": [point(rng, shape)]},
            ),
        },
    ),
    "nearest": (0.5, {"off": (0.5, just(False)), "on": (0.5, just(True))}),
    "one_agreement": (1.0, {"off": (0.65, just(False)), "on": (0.35, just(True))}),
    "volume": (
        2.0,
        {
            "off": (0.55, just(False)),
            "average": (0.15, one_of(1.0, 2.0, 4.0)),
            "every_scenario": (0.15, lambda rng, shape: {"stays": float(rng.choice([1, 3])), "when": "every_scenario"}),
            "poisson_year": (
                0.15,
                lambda rng, shape: {
                    "stays": float(rng.choice([1, 2, 3.5])),
                    "when": "poisson_year",
                    "probability": float(rng.choice([0.5, 0.8])),
                },
            ),
        },
    ),
    "income": (
        3e5,
        {
            "off": (0.55, just(False)),
            "expected": (0.15, just(True)),
            "every_scenario": (0.15, just({"when": "every_scenario"})),
            "poisson_year": (
                0.15,
                lambda rng, shape: {"when": "poisson_year", "probability": float(rng.choice([0.3, 0.6]))},
            ),
        },
    ),
    "build_budget": (1e6, {"off": (0.8, just(False)), "on": (0.2, one_of(6e6, 9e6, 14e6))}),
    "run_budget": (5e5, {"off": (0.8, just(False)), "on": (0.2, one_of(4e6, 6e6, 9e6))}),
    "keep": (1.0, {"off": (0.8, just(False)), "one": (0.2, lambda rng, shape: [site(rng, shape)])}),
    "forbid": (1.0, {"off": (0.8, just(False)), "one": (0.2, lambda rng, shape: [site(rng, shape)])}),
    "size_floor": (
        2.0,
        {
            "off": (0.65, just(False)),
            "existing": (0.2, just(True)),
            "stated": (0.15, lambda rng, shape: {site(rng, shape): int(rng.integers(2, 6)), site(rng, shape): 3}),
        },
    ),
}
"""Each rule's values, and its price, in one place: a new rule, or a new option of one, is added here."""

FACTORS: Mapping[str, dict[str, Level]] = {
    # What is asked.
    "solve.objective": {
        "travel": (0.3, just("travel")),
        "cost": (0.2, just("cost")),
        "worst": (0.2, just("worst")),
        "fair": (0.13, just("fair")),
        "reached": (0.17, just("reached")),
        # Never drawn by itself, so that older seeds ask what they asked: it is forced.
        "worst_off": (0.0, just("worst_off")),
        "public_cost": (0.0, just("public_cost")),
    },
    "solve.risk": {
        "expected": (0.55, just("expected")),
        "worst_case": (0.15, just("worst_case")),
        "regret": (0.15, just("regret")),
        "cvar": (0.15, just("cvar")),
    },
    "solve.level": alike(0.0, 0.5, 0.9),
    # Places. Ids are not in the order of the columns, so that ties by id differ from ties by position.
    "Network.point_ids": alike(3, 4, 5),
    "Network.site_ids": alike(3, 4),
    "Network.point_regions": {
        "two": (0.7, table(lambda rng, n: ["N", "S", *rng.choice(["N", "S"], n[0] - 2)], "points")),
        "one": (0.3, table(lambda rng, n: ["N"] * n[0], "points")),
    },
    "Network.site_regions": {
        "each": (0.6, table(lambda rng, m: ["N", "S", *rng.choice(["N", "S"], m[0] - 2)], "sites")),
        "any": (0.4, table(lambda rng, m: list(rng.choice(["N", "S"], m[0])), "sites")),
    },
    "Network.site_points": {"any": (1.0, lambda rng, shape: [point(rng, shape) for _ in shape.sites])},
    "Network.site_smallest": {
        "none": (0.5, just(None)),
        "some": (0.5, table(lambda rng, m: rng.choice([0, 0, 2, 4, 6], m), "sites")),
    },
    "Network.site_largest": {
        "none": (0.5, just(None)),
        "some": (0.5, table(lambda rng, m: rng.choice([3, 5, 8, 10**6], m), "sites")),
    },
    "Network.existing_beds": {
        "none": (0.3, just(None)),
        "some": (0.7, table(lambda rng, m: rng.integers(0, 6, m), "sites")),
    },
    "Network.neonatal": {
        "none": (0.3, just(())),
        "some": (0.7, table(lambda rng, m: [bool(x) for x in rng.random(m[0]) < 0.5], "sites")),
    },
    "Network.point_columns": {
        "any": (
            1.0,
            table(
                lambda rng, n: {
                    **{name: rng.choice([1.0, 2.0, 5.0], n) for name in ("weight", "births", "risk")},
                    # In a place or two, that those who value every plan one by one have no more of them.
                    "carless": np.where(np.arange(n[0]) < 2, rng.choice([0.0, 0.25, 0.5], n), 0.0),
                },
                "points",
            ),
        )
    },
    "network.regions": {"region": (0.8, just("region")), "land": (0.2, just("land"))},
    "network.ambulatories": {
        "none": (0.25, just([])),
        "one": (0.35, lambda rng, shape: [site(rng, shape)]),
        "two": (0.4, lambda rng, shape: sorted({site(rng, shape), site(rng, shape)})),
    },
    # Demand.
    "Scenarios.ids": alike(1, 2, 3),
    "Scenarios.women": {
        "whole": (0.4, table(lambda rng, n: rng.choice([1.0, 2.0, 3.0, 5.0], n), "scenarios", "points")),
        "any": (0.35, table(lambda rng, n: rng.uniform(0.2, 5.0, n), "scenarios", "points")),
        "some nobody": (0.25, table(some_nobody, "scenarios", "points")),
    },
    "Scenarios.probability": {
        "equal": (0.35, just(None)),
        "any": (0.35, table(lambda rng, n: rng.dirichlet(np.ones(n[0])), "scenarios")),
        "one impossible": (0.3, table(one_impossible, "scenarios")),
    },
    "Scenarios.must_hold": {
        "all": (0.45, just(None)),
        "some": (0.4, table(lambda rng, n: rng.random(n[0]) < 0.5, "scenarios")),
        "none": (0.15, table(lambda rng, n: np.zeros(n[0], bool), "scenarios")),
    },
    "demand.women_per_year": {"as drawn": (0.7, just(None)), "another": (0.3, one_of(6.0, 15.0))},
    "demand.undetected": {"1": (0.7, just(1.0)), "more": (0.3, one_of(1.2, 1.5))},
    "demand.weight": {"none": (0.75, just(None)), "births": (0.25, just("births"))},
    "demand.relative_risk": {"none": (0.75, just(None)), "risk": (0.25, just("risk"))},
    # Ways.
    "TravelMatrix.values": {
        "tens": (0.4, table(lambda rng, n: rng.choice([10.0, 20.0, 30.0, 40.0, 60.0], n), "points", "sites")),
        "any": (0.4, table(lambda rng, n: rng.uniform(0.0, 60.0, n), "points", "sites")),
        "some no way": (0.2, table(with_holes, "points", "sites")),
    },
    "TravelMatrix.unit": {"minutes": (0.7, just("minutes")), "km": (0.3, just("km"))},
    "Problem.travels": {"any": (1.0, table(lambda rng, n: rng.uniform(0.0, 60.0, n).round(), "points", "sites"))},
    "Problem.to_ambulatory": {
        "any": (1.0, table(lambda rng, n: rng.choice([0.0, 5.0, 10.0, 15.0], n), "sites", "sites"))
    },
    "travel.source": {"own": (0.85, just(None)), "other": (0.15, just("other.csv"))},
    "travel.minutes_error": {"none": (0.7, just(0.0)), "some": (0.3, just({"minutes": 5.0, "percent": 10.0}))},
    # Families without a car: seldom, for they make of every place two demand points.
    "travel.transit": {
        "none": (0.93, just(None)),
        "some": (0.07, table(lambda rng, n: rng.choice([15.0, 35.0, 45.0, 70.0], n), "points", "sites")),
    },
    "travel.without_car": {"column": (0.8, just("carless")), "everybody": (0.2, just(1.0))},
    "travel.uptake": {
        "none": (0.2, just(False)),
        "falling": (0.5, just([[15.0, 1.0], [35.0, 0.7], [60.0, 0.4]])),
        "step": (0.3, one_of([[20.0, 1.0], [21.0, 0.5]], [[30.0, 0.9]])),
    },
    "travel.visits_per_week": alike(1.0, 0.0, 2.5),
    "travel.ambulatory_trips_per_week": alike(0.0, 1.0),
    # What a stay is, and what is promised.
    "stay.mean_days": alike(180.0, 90.0),
    "promise.kind": {"loss": (0.5, just("loss")), "wait": (0.25, just("wait")), "occupancy": (0.25, just("occupancy"))},
    "promise.turned_away": alike(0.05, 0.2),
    "promise.wait_days": alike(7.0, 0.0),
    "promise.wait_probability": alike(0.05, 0.3),
    "promise.occupancy": alike(0.85, 0.6),
    "promise.demand_cv": {"0": (0.6, just(0.0)), "0.3": (0.4, just(0.3))},
    "sizes.smallest": alike(1, 3),
    "sizes.largest": alike(8, 12),
    # Money.
    "finance.unit_dkk_per_year": alike(5e5, 0.0, 1e6),
    "finance.bed_dkk_per_year": alike(2e5, 0.0),
    "finance.occupied_day_dkk": alike(900.0, 0.0),
    "finance.day_rate_dkk": alike(4_800.0, 3_000.0, 900.0),
    "finance.grant_dkk_per_year": alike(0.0, 5e5),
    "finance.building_dkk_per_bed": alike(1e6, 0.0),
    "finance.interest": alike(0.03, 0.0),
    "finance.years": alike(30.0, 10.0),
    "finance.filling_years": alike(0.0, 2.0),
    # As it is unless somebody says otherwise, and of some effect under a loss promise alone.
    "finance.counts": {"all": (0.4, just("all")), "admitted": (0.6, just("admitted"))},
    # A number put where some unit's stays just reach it, or a hair beyond: rounding decides.
    "Problem.brink": {
        "none": (0.7, just(None)),
        **{name: (0.1, lambda rng, shape, name=name: (name, rng)) for name in ("volume", "income", "promise")},
    },
    # A course is answered under `nearest` alone: seldom, and with numbers that leave some at a unit.
    "outpatient.dkk_per_course": {"off": (0.9, just(False)), "on": (0.1, one_of(0.0, 1e5, 4e5))},
    "outpatient.visits_per_week": alike(2.0, 0.5),
    "outpatient.weeks": alike(26.0, 10.0),
    "outpatient.beyond_minutes": {"off": (0.9, just(False)), "on": (0.1, one_of(25.0, 40.0))},
    "outpatient.declines": {"True": (0.6, just(True)), "False": (0.4, just(False))},
    "outpatient.where": {"nearest_ambulatory": (0.7, just("nearest_ambulatory")), "home": (0.3, just("home"))},
    "outpatient.effect": {"off": (0.9, just(False)), "on": (0.1, one_of(0.0, 0.5, 1.0))},
    "pathways.residential": alike(2.0e6, 1.0e6),
    "pathways.outpatient": alike(2.4e6, 1.2e6),
    "pathways.none": alike(3.0e6, 2.0e6),
    # No plan but the cheapest with it depends on aftercare.
    "aftercare.days": {"off": (0.5, just(False)), "on": (0.5, one_of(30.0, 60.0))},
    "aftercare.where": {"unit": (0.5, just("unit")), "shared_house": (0.5, just("shared_house"))},
    "aftercare.kind": alike("loss", "wait", "occupancy"),
    "aftercare.held_up": alike(0.05, 0.3),
    "aftercare.wait_days": alike(7.0, 0.0),
    "aftercare.wait_probability": alike(0.05, 0.3),
    "aftercare.occupancy": alike(0.85, 0.5),
    "aftercare.house_dkk_per_year": alike(0.0, 1e6),
    "aftercare.bed_dkk_per_year": alike(2e5, 0.0, 1e6),
    "aftercare.occupied_day_dkk": alike(0.0, 500.0),
    "aftercare.person_day_dkk": alike(0.0, 100.0),
    "aftercare.day_rate_dkk": alike(0.0, 2_000.0),
    "aftercare.building_dkk_per_bed": alike(0.0, 1e6),
    "aftercare.with_partner": alike(0.0, 0.4, 1.0),
    "aftercare.with_children": alike(0.0, 0.3),
    "aftercare.children": alike(1, 3),
    "aftercare.bed_sizes": {"none": (0.5, just([])), "some": (0.5, one_of([2, 3, 6], [3, 6], [6]))},
    "objective.fair_aversion": alike(1.0, 0.3, 3.0),
    "objective.worst_off_share": alike(0.05, 0.3, 1.0),
    "objective.worst_exceptions": {
        "none": (0.8, just([])),
        "one": (0.1, lambda rng, shape: [point(rng, shape)]),
        "two": (0.1, lambda rng, shape: sorted({point(rng, shape), point(rng, shape)})),
    },
    "privacy.smallest_count": alike(5, 0),
    **{f"rules.{name}": levels for name, (_, levels) in RULES.items()},
    **{f"prices.{name}": price(unit) for name, (unit, _) in RULES.items() if unit is not None},
}
"""Levels by name: a setting by its key, a column by its class and attribute, what `solve` is asked by its argument."""

BEFORE: Mapping[str, dict[str, float]] = {
    "finance.counts": {"all": 0.8, "admitted": 0.2},
    "promise.kind": {"loss": 1.0, "wait": 1.0, "occupancy": 1.0},
    "Problem.brink": {"none": 1.0},
}
"""How likely levels were when seeds were written down that found something."""

TELLS_NOTHING = {
    "objective.worst_ties": "decides between plans of one value: tests/test_worst.py has its own brute force",
    "rules.open_only": "cannot be switched off",
    "rules.one_size": "cannot be switched off",
    "prices.open_only": "cannot be broken",
    "prices.one_size": "cannot be broken",
    "Network.point_names": "a name",
    "Network.site_names": "a name",
    "Network.site_kinds": "a word in reports",
    "Network.site_columns": "read by rules from elsewhere alone",
    "Network.region_names": "a name",
    "Network.point_lonlat": "a place on maps",
    "Network.site_lonlat": "a place on maps",
    "Network.ambulatories": "the setting network.ambulatories",
    "Network.region_column": "the setting network.regions",
    "Network.notices": "said in reports",
    "Network.wards_elsewhere": "wards of regions that a problem was cut from",
    "Network.point_homes": "the setting travel.transit",
    "Network.point_shares": "the setting travel.without_car",
    "Network.point_travel": "the setting travel.transit",
    "Network.home_names": "a name",
    "Scenarios.point_ids": "those of the network",
    "Scenarios.labels": "a name",
    "TravelMatrix.origin_ids": "those of the network",
    "TravelMatrix.destination_ids": "those of the network",
    "TravelMatrix.source": "said in reports",
    "TravelMatrix.modelled": "said in reports",
}
"""Documented names on which no plan depends, or that are varied under another name, with the reason."""


def documented() -> set[str]:
    """Every setting, price and column the library has."""
    settings = {*keys(), *(f"prices.{name}" for name in Policy().settings())}
    columns = {
        f"{kind.__name__}.{column.name}"
        for kind in (Network, Scenarios, TravelMatrix)
        for column in dataclasses.fields(kind)
    }
    return settings | columns


# --- one problem -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Question:
    """A problem and what is asked of it."""

    problem: Problem
    objective: str
    risk: str
    level: float
    levels: Mapping[str, str] = field(default_factory=dict)

    @property
    def risks(self) -> dict[str, Any]:
        """Options of `solve`."""
        return {"risk": self.risk, "level": self.level}


def own(seed: int, name: str, what: int) -> Rng:
    """Random numbers of one factor alone."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), what])


def levels_of(seed: int) -> dict[str, str]:
    """The level of each factor."""
    return {
        name: list(levels)[_drawn(seed, name, tuple(w for w, _ in levels.values()))] for name, levels in FACTORS.items()
    }


def as_before(seed: int) -> dict[str, str]:
    """Levels to be forced on a seed that was written down before most problems counted admitted stays."""
    return {name: list(weights)[_drawn(seed, name, tuple(weights.values()))] for name, weights in BEFORE.items()}


@cache
def _drawn(seed: int, name: str, weights: tuple[float, ...]) -> int:
    """Which level of a factor: the pairs of levels are counted over and over."""
    weight = np.array(weights)
    return int(own(seed, name, 0).choice(len(weights), p=weight / weight.sum()))


def question(seed: int, forced: Mapping[str, str] | None = None) -> Question:
    """The random problem of a seed; `forced` are levels put in the place of those drawn."""
    levels = {**levels_of(seed), **(forced or {})}
    shape = Shape(points=(), sites=(), scenarios=(), objective=levels["solve.objective"])

    def value(name: str) -> Any:
        return FACTORS[name][levels[name]][1](own(seed, name, 1), shape)

    points, sites, scenarios = (value(name) for name in ("Network.point_ids", "Network.site_ids", "Scenarios.ids"))
    order = own(seed, "Network.site_ids", 2)
    shape = Shape(
        points=tuple(f"p{i}" for i in order.permutation(points)),
        sites=tuple(f"s{j}" for j in order.permutation(sites)),
        scenarios=tuple(f"d{s}" for s in range(scenarios)),
        objective=levels["solve.objective"],
    )
    v = {name: value(name) for name in FACTORS}
    problem = _problem(v, shape, own(seed, "network.regions", 3))
    return Question(
        problem=problem, objective=v["solve.objective"], risk=v["solve.risk"], level=v["solve.level"], levels=levels
    )


def _problem(v: dict[str, Any], shape: Shape, rng: Rng) -> Problem:
    smallest, largest = _limits(v, len(shape.sites))
    if v["rules.near_ambulatory"] and not v["network.ambulatories"]:
        v["network.ambulatories"] = [shape.sites[0]]
    wards = v["Network.neonatal"] or [False] * len(shape.sites)
    if not any(wards) and (
        v["rules.neonatal"] is not False or (v["aftercare.days"] and v["aftercare.where"] == "shared_house")
    ):
        wards = [True, *wards[1:]]
    columns = {**v["Network.point_columns"], "land": rng.choice(["N", "S"], len(shape.points))}
    network = Network(
        point_ids=shape.points,
        point_names=shape.points,
        point_regions=tuple(v["Network.point_regions"]),
        site_ids=shape.sites,
        site_names=shape.sites,
        site_regions=tuple(v["Network.site_regions"]),
        site_smallest=smallest,
        site_largest=largest,
        existing_beds=v["Network.existing_beds"],
        neonatal=tuple(wards),
        ambulatories=tuple(v["network.ambulatories"]),
        point_columns={name: tuple(x.tolist()) for name, x in columns.items()},
        site_points=tuple(v["Network.site_points"]),
    )

    def ways(values: Any, source: str, unit: str) -> TravelMatrix:
        return TravelMatrix(
            origin_ids=shape.points,
            destination_ids=shape.sites,
            values=values,
            unit=unit,
            source=source,  # type: ignore[arg-type]
        )

    problem = Problem(
        network=network,
        scenarios=Scenarios(
            ids=shape.scenarios,
            point_ids=shape.points,
            women=v["Scenarios.women"],
            probability=v["Scenarios.probability"],
            must_hold=v["Scenarios.must_hold"],
        ),
        travel=ways(v["TravelMatrix.values"], "own.csv", v["TravelMatrix.unit"]),
        travels={"other.csv": ways(v["Problem.travels"], "other.csv", v["TravelMatrix.unit"])},
        to_ambulatory=TravelMatrix(
            origin_ids=shape.sites, destination_ids=shape.sites, values=v["Problem.to_ambulatory"]
        ),
    )
    # Regions first, for agreements name them; then what scales demand; the rest in any order.
    first = ("network.regions", "demand.weight", "demand.relative_risk", "demand.women_per_year", "demand.undetected")
    if not _bound(v):
        # Who stays is said by the nearest unit: elsewhere nobody answers.
        v |= {f"outpatient.{name}": False for name in ("dkk_per_course", "beyond_minutes", "effect")}
    if v["demand.relative_risk"]:
        v["demand.weight"] = v["demand.weight"] or "births"
    apart = {"sizes.smallest", "sizes.largest", "travel.transit", "travel.without_car"}
    for key in (*first, *sorted(set(keys()) - set(first) - apart)):
        if not key.startswith("rules.") and v.get(key) is not None:
            problem = problem.set(key, v[key])
    if v["travel.transit"] is not None:
        transit = ways(v["travel.transit"], "transit.csv", v["TravelMatrix.unit"])
        problem = by_transit(problem, transit, v["travel.without_car"])
    rules = {name: v[f"rules.{name}"] for name in RULES}
    if rules["own_region"] and {*network.regions, *problem.network.regions} != {"N", "S"}:
        rules["own_region"] = True
    missing = {r for pair in getattr(Policy(own_region=rules["own_region"]).own_region, "agreements", ()) for r in pair}
    if not missing <= set(problem.network.regions):
        rules["own_region"] = True
    prices = {name: v[f"prices.{name}"] for name in RULES if v.get(f"prices.{name}") and rules[name]}
    problem = problem.replace(
        sizes={"smallest": v["sizes.smallest"], "largest": v["sizes.largest"]}, policy=Policy(**rules, prices=prices)
    )
    return problem if v["Problem.brink"] is None else on_the_brink(problem, *v["Problem.brink"])


def on_the_brink(problem: Problem, what: str, rng: Rng) -> Problem:
    """The stays asked, what a unit costs, or how many may be turned away, such that some unit's stays just reach it.

    Some points' women are at a unit of some number of beds: what it admits of them is what is asked. The number is
    that, or less by what the last bits of it are, so that the referee's rounding and the library's may differ.
    """
    facts = Facts(problem)
    some = rng.random(len(facts.points)) < 0.5
    some[rng.integers(len(some))] = True
    stays = facts.women[:, some].sum(axis=1)
    sizes = facts.sizes[int(rng.integers(len(facts.sizes)))]
    beds = int(rng.choice(list(sizes)[:6]))
    hair = 1 - float(rng.choice([0.0, 1e-15, 1e-12]))
    admitted = facts.counted(np.full(len(stays), beds), stays)
    policy, money = problem.policy, problem.finance
    if what == "volume" and policy.volume is not None and policy.volume.when != "poisson_year":
        mean = float(facts.chance @ admitted) if policy.volume.when == "average" else float(admitted.min())
        return problem.set("rules.volume", {"stays": max(hair * mean, 0.0), "when": policy.volume.when})
    if what == "income" and policy.income is not None and policy.income.when != "poisson_year":
        mean = float(facts.chance @ admitted) if policy.income.when == "expected" else float(admitted.min())
        brought = facts.margin * mean + money.grant_dkk_per_year - money.bed_dkk_per_year * beds
        return problem.set("finance.unit_dkk_per_year", hair * brought) if brought > 0 else problem
    if what == "promise" and problem.promise.kind == "loss" and stays.max() > 0:
        load, doubt = float(stays.max()) * problem.care.mean_days / 365, problem.promise.demand_cv
        away = in_doubt(lambda a: loss(beds, a), beds, load, doubt)
        return problem.set("promise.turned_away", away / hair) if 0 < away < 0.5 else problem
    return problem


def _bound(v: Mapping[str, Any]) -> bool:
    """Whether everybody has a unit or a course, by the nearest unit, and nothing of that has a price (nor is fair)."""
    on = all(v[f"rules.{name}"] for name in ("served", "nearest")) and v["solve.objective"] != "fair"
    return on and not any(v[f"prices.{name}"] for name in ("served", "nearest", "promise"))


def _limits(v: dict[str, Any], sites: int) -> tuple[Any, Any]:
    """Own limits of the sites, brought within the case's where no size would be left."""
    low, high = v["sizes.smallest"], v["sizes.largest"]
    smallest = np.zeros(sites, int) if v["Network.site_smallest"] is None else v["Network.site_smallest"]
    largest = np.full(sites, 10**6) if v["Network.site_largest"] is None else v["Network.site_largest"]
    smallest = np.minimum(smallest, high)
    return smallest, np.maximum(largest, np.maximum(smallest, low))


# --- pairs -------------------------------------------------------------------------------------------------------

Pair = tuple[tuple[str, str], tuple[str, str]]


def pairs_of(levels: Mapping[str, str]) -> Iterable[Pair]:
    """Every two factors with their levels."""
    return itertools.combinations(sorted(levels.items()), 2)


def every_pair() -> list[Pair]:
    """Every pair of levels of two factors."""
    names = sorted(FACTORS)
    return [
        ((a, one), (b, other))
        for a, b in itertools.combinations(names, 2)
        for one in FACTORS[a]
        for other in FACTORS[b]
    ]


def covering(seeds: Iterable[int], times: int) -> list[tuple[int, dict[str, str]]]:
    """Seeds, and levels forced on further ones, so that every pair of levels meets at least `times` times.

    The problems of the seeds come as they are drawn. Those that follow are of the next seeds, with levels changed
    to what has met too seldom: each takes the pairs that lack most, as long as they agree with those it has.
    """
    rows: list[tuple[int, dict[str, str]]] = [(seed, {}) for seed in seeds]
    met = Counter(pair for seed, _ in rows for pair in pairs_of(levels_of(seed)))
    lacking = {pair: times - met[pair] for pair in every_pair() if met[pair] < times}
    seed = max((seed for seed, _ in rows), default=-1)
    while lacking:
        seed += 1
        forced: dict[str, str] = {}
        for pair in sorted(lacking, key=lambda pair: (-lacking[pair], pair)):
            if all(forced.get(name, level) == level for name, level in pair):
                forced.update(pair)
        row = {**levels_of(seed), **forced}
        rows.append((seed, {name: level for name, level in forced.items() if levels_of(seed)[name] != level}))
        for pair in pairs_of(row):
            if pair in lacking:
                lacking[pair] -= 1
                if lacking[pair] == 0:
                    del lacking[pair]
    return rows


def told(problem: Problem) -> dict[str, Any]:
    """What a problem says under every documented name, and of every option of its rules, in a form that compares."""
    said = {key: repr(value_of(problem, key)) for key in keys()}
    said |= {f"prices.{name}": repr(problem.policy.prices.get(name)) for name in problem.policy.settings()}
    for name in problem.policy.settings():
        rule = getattr(problem.policy, name)
        if dataclasses.is_dataclass(rule):
            said |= {f"rules.{name}.{o.name}": repr(getattr(rule, o.name)) for o in dataclasses.fields(rule)}
    for part in (problem.network, problem.scenarios, problem.travel):
        said |= {f"{type(part).__name__}.{c.name}": repr(getattr(part, c.name)) for c in dataclasses.fields(part)}
    return said
