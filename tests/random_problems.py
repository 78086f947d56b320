"""Small random problems with random rules: where the engines and the oracle meet."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from capacity import Care, Finance, Network, Policy, Problem, Promise, Scenarios, Sizes, TravelMatrix
from capacity.problem.outpatient import Pathways
from capacity.problem.uptake import Uptake


def random_policy(rng: np.random.Generator, points: list[str], sites: list[str], **firm: Any) -> Policy:
    """Each rule on with some chance, with numbers that sometimes bind."""

    def maybe(chance: float, value: Any) -> Any:
        return value if rng.random() < chance else None

    fewest = int(rng.integers(0, 3))
    rules: dict[str, Any] = {
        "units": maybe(0.6, (fewest, int(rng.integers(max(1, fewest), 5)))),
        "near_ambulatory": maybe(
            0.3, {"minutes": float(rng.choice([0, 10, 20])), "exceptions": list(rng.choice(sites, 1))}
        ),
        "region_unit": maybe(0.15, True),
        "region_access": maybe(
            0.4, {"share": float(rng.choice([0.4, 0.6, 0.8])), "minutes": float(rng.choice([20, 30, 40]))}
        ),
        "own_region": maybe(0.15, {"agreements": [["N", "S"]]} if rng.random() < 0.5 else True),
        "reach": maybe(0.3, {"minutes": float(rng.choice([30, 40, 50])), "exceptions": [points[0]]}),
        "nearest": maybe(0.6, True),
        "one_agreement": maybe(0.4, True),
        "volume": maybe(
            0.4,
            {
                "stays": float(rng.choice([2, 4, 6])),
                "when": str(rng.choice(["average", "every_scenario", "poisson_year"])),
                "probability": 0.6,
            },
        ),
        "income": maybe(0.4, {"when": str(rng.choice(["expected", "every_scenario"]))}),
        "build_budget": maybe(0.2, float(rng.choice([8e6, 14e6, 20e6]))),
        "run_budget": maybe(0.2, float(rng.choice([6e6, 10e6, 16e6]))),
        "keep": maybe(0.2, [str(rng.choice(sites))]),
        "forbid": maybe(0.2, [str(rng.choice(sites))]),
        "size_floor": maybe(0.2, True if rng.random() < 0.5 else {sites[0]: int(rng.integers(1, 6))}),
    }
    return Policy(**(rules | firm))


def random_problem(
    seed: int,
    *,
    points: int = 5,
    sites: int = 4,
    scenarios: int | None = None,
    counts: Literal["all", "drawn"] = "drawn",
    **firm: Any,
) -> Problem:
    """A problem of a few points and sites; many numbers are round, so that ties are common.

    Parameters
    ----------
    counts : {"drawn", "all"}
        With families at their nearest unit money mostly counts admitted stays, as it does unless told otherwise; with
        "all", for engines that do not answer this, never.
    firm : rule values
        Set over the random ones.
    """
    rng = np.random.default_rng(seed)
    point_ids = [f"p{i}" for i in range(points)]
    # Ids are not in the order of the columns, so that ties by id differ from ties by position.
    site_ids = [f"s{k}" for k in rng.permutation(sites)]
    minutes = rng.choice([10.0, 20.0, 30.0, 40.0, 60.0], (points, sites))
    if rng.random() < 0.5:
        minutes = minutes + rng.random((points, sites)).round(2) * 9
    if rng.random() < 0.3:
        minutes[rng.random((points, sites)) < 0.1] = np.inf
    count = scenarios if scenarios is not None else int(rng.choice([1, 1, 2]))
    women = rng.choice([0.0, 1.0, 2.0, 3.0, 5.0], (count, points))
    women[:, 0] += 1
    if rng.random() < 0.5:
        women = women * rng.uniform(0.5, 1.5, women.shape)
    hold = rng.random(count) < 0.8
    hold[0] = True
    chance = rng.dirichlet(np.ones(count))
    network = Network(
        point_ids=tuple(point_ids),
        point_names=tuple(point_ids),
        point_regions=("N", "S", *rng.choice(["N", "S"], points - 2)),
        site_ids=tuple(site_ids),
        site_names=tuple(site_ids),
        site_regions=tuple(rng.choice(["N", "S"], sites)),
        existing_beds=rng.integers(0, 6, sites),
        site_largest=rng.choice([4, 12, 10**6], sites),
        ambulatories=(site_ids[0], site_ids[-1]),
    )
    near = rng.choice([5.0, 10.0, 15.0, 25.0], (sites, 2))
    near[0, 0] = near[-1, 1] = 0.0
    problem = Problem(
        network=network,
        scenarios=Scenarios(
            ids=tuple(f"d{s}" for s in range(count)),
            point_ids=tuple(point_ids),
            women=women,
            probability=chance,
            must_hold=hold,
        ),
        travel=TravelMatrix(origin_ids=tuple(point_ids), destination_ids=tuple(site_ids), values=minutes),
        to_ambulatory=TravelMatrix(
            origin_ids=tuple(site_ids), destination_ids=(site_ids[0], site_ids[-1]), values=near
        ),
        care=Care(mean_days=180, visits_per_week=1, ambulatory_trips_per_week=1),
        promise=Promise(**_promise(rng), demand_cv=_doubt(seed)),
        sizes=Sizes(smallest=int(rng.choice([1, 2, 4])), largest=20),
        finance=Finance(
            unit_dkk_per_year=1.0e6,
            bed_dkk_per_year=0.2e6,
            occupied_day_dkk=900.0,
            day_rate_dkk=float(rng.choice([3_000.0, 4_800.0])),
            grant_dkk_per_year=float(rng.choice([0.0, 0.5e6])),
            building_dkk_per_bed=1.0e6,
            interest=0.03,
            years=30,
            counts="all",
        ),
        policy=_likely(random_policy(rng, point_ids, site_ids, **firm), seed, firm),
        uptake=Uptake.of([[15, 1.0], [35, 0.7], [60, 0.4]]),
        pathways=Pathways(residential=2.0e6, outpatient=2.3e6, none=3.0e6),
    )
    return (
        problem.replace(finance={"counts": "admitted"}) if counts == "drawn" and _admitted(seed, problem) else problem
    )


def _promise(rng: np.random.Generator) -> dict[str, Any]:
    kind = str(rng.choice(["loss", "wait", "occupancy"]))
    return {"kind": kind, "turned_away": 0.05, "wait_days": 14.0, "wait_probability": 0.1, "occupancy": 0.8}


def _doubt(seed: int) -> float:
    """Doubt about demand, from numbers of its own: the others stay as they were drawn before."""
    return float(np.random.default_rng([seed, 1]).choice([0.0, 0.0, 0.3]))


def _admitted(seed: int, problem: Problem) -> bool:
    """Whether money counts admitted stays: most often where valuing every set answers; from numbers of its own, too."""
    return bool(problem.policy.nearest) and bool(np.random.default_rng([seed, 3]).random() < 0.8)


def _likely(policy: Policy, seed: int, firm: Any) -> Policy:
    """Income with a probability in some problems, from numbers of its own as well."""
    rng = np.random.default_rng([seed, 2])
    if policy.income is None or "income" in firm or rng.random() < 0.6:
        return policy
    return policy.replace(income={"when": "poisson_year", "probability": float(rng.choice([0.3, 0.6, 0.9]))})


def odd_question(
    seed: int, *, stretched: bool = False, counts: Literal["all", "drawn"] = "drawn"
) -> tuple[Problem, str, dict[str, Any]]:
    """A random problem with what is rare in one, an objective, and a risk as options of `solve`.

    Scenarios without probability and points without women; `stretched` also takes women, ways and money to
    magnitudes nobody plans with. `counts` is that of `random_problem`.

    Raises
    ------
    DataError
        Some stretched numbers are none that a problem takes.
    """
    rng = np.random.default_rng([seed, 77])
    nearest = bool(rng.random() < 0.3)
    firm: dict[str, Any] = {} if rng.random() < 0.5 else {"one_agreement": None}
    n, m, count = int(rng.integers(3, 9)), int(rng.integers(3, 7)), int(rng.choice([1, 2, 3, 4]))
    problem = random_problem(seed, points=n, sites=m, scenarios=count, counts=counts, **firm, nearest=nearest or None)
    women, chance = problem.women.copy(), problem.probability.copy()
    if count > 1 and rng.random() < 0.3:
        chance[int(rng.integers(1, count))] = 0.0
        chance = chance / chance.sum()
    if rng.random() < 0.3:
        women[:, int(rng.integers(0, n))] = 0.0
        women[:, int(rng.integers(0, n))] += women.sum() == 0
    women[women.sum(axis=1) <= 0, 0] = 1.0
    changes: dict[str, Any] = {}
    if stretched:
        kind = rng.integers(0, 4)
        if kind == 0:
            women = women * 10.0 ** rng.uniform(-3, -0.5)
        elif kind == 1:
            women = women * 10.0 ** rng.uniform(0.5, 3)
        elif kind == 2:
            women = women * 10.0 ** rng.uniform(-2, 2, women.shape)
    minutes = problem.minutes.copy()
    if stretched and rng.random() < 0.4:
        minutes[rng.random(minutes.shape) < 0.2] = 0.0
        minutes[rng.random(minutes.shape) < 0.1] = 1e4
    if stretched and rng.random() < 0.4:
        times = 10.0 ** rng.uniform(-6, 3)
        money = (
            "unit_dkk_per_year",
            "bed_dkk_per_year",
            "occupied_day_dkk",
            "day_rate_dkk",
            "grant_dkk_per_year",
            "building_dkk_per_bed",
        )
        changes["finance"] = {name: getattr(problem.finance, name) * times for name in money}
        budgets = {name: getattr(problem.policy, name) for name in ("build_budget", "run_budget")}
        changes["policy"] = {name: value * times for name, value in budgets.items() if value is not None}
    if stretched and rng.random() < 0.5:
        changes["sizes"] = {"largest": int(rng.choice([5, 60, 200]))}
    scenarios = problem.scenarios.replace(women=women, probability=chance)
    problem = problem.replace(scenarios=scenarios, travel=problem.travel.replace(values=minutes), **changes)
    goal = ["travel", "cost", "worst", "fair", "reached"][int(rng.integers(0, 5))]
    risks = ["expected", "expected", "worst_case", "cvar", "regret"]
    risk = str(rng.choice(risks)) if count > 1 else "expected"
    if risk != "expected" and not nearest and goal in ("worst", "fair"):
        goal = "travel"
    return problem, goal, {"risk": risk, "level": float(rng.choice([0.0, 0.5, 0.9]))}
