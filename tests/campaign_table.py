"""The planner's table against the library: random units, beds and settings; the best set on random settings.

Run as ``python -m tests.campaign_table --seeds 0:400``; each seed is one case with some settings, tried on 25 sets of
units, and its best set. Every fourth is the Danish case, the others are small problems whose numbers are round, so that
ties are common. Ends with 1 where the page and the library differ.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np

import capacity as cap
from capacity.errors import DataError, InfeasibleError
from capacity.problem.named import under
from capacity.report.table.source import engine_knows
from capacity.rules.objectives import objectives_of
from tests.random_problems import random_problem
from tests.table_node import Call, answers

SETS = 25
"""Sets of units tried of each seed."""

CLOSE = 1e-9
"""Two numbers agree within this, beside the size of what they were worked out from."""

Rng = np.random.Generator


@cache
def denmark() -> cap.Problem:
    return cap.denmark()


def case_of(seed: int) -> cap.Problem:
    """The Danish case, or a small one with one scenario."""
    if seed % 4 == 0:
        return denmark()
    rng = np.random.default_rng([seed, 11])
    problem = random_problem(
        seed, points=int(rng.integers(3, 9)), sites=int(rng.integers(3, 7)), scenarios=1, nearest=True
    )
    women = problem.women.copy()
    if rng.random() < 0.3:
        women[0, int(rng.integers(1, women.shape[1]))] = 0.0
    hold = np.array([rng.random() < 0.85])
    uptake = problem.uptake if rng.random() < 0.5 else None
    problem = problem.replace(scenarios=problem.scenarios.replace(women=women, must_hold=hold), uptake=uptake)
    return problem.replace(network=with_wards(seed, problem.network), aftercare=aftercare_of(seed, problem))


def aftercare_of(seed: int, problem: cap.Problem) -> dict[str, Any]:
    """Every third small case has a second stage, in houses where there are wards; each promise in turn."""
    rng = np.random.default_rng([seed, 16])
    if seed % 3:
        return {}
    kinds = ["loss", "occupancy"] if problem.promise.demand_cv > 0 else ["loss", "occupancy", "wait"]
    families = {"with_partner": 0.4, "with_children": 0.25, "bed_sizes": [[], [2, 4]][int(rng.integers(2))]}
    return families | {
        "days": float(rng.integers(10, 120)),
        "where": "shared_house" if seed % 2 else "unit",
        "kind": str(rng.choice(kinds)),
        "house_dkk_per_year": float(rng.integers(0, 3)) * 1e6,
        "bed_dkk_per_year": float(rng.integers(0, 5)) * 1e5,
        "person_day_dkk": 150.0,
        "day_rate_dkk": float(rng.integers(0, 5)) * 500,
        "building_dkk_per_bed": float(rng.integers(0, 3)) * 1e6,
    }


def with_wards(seed: int, network: cap.Network) -> cap.Network:
    """Every other one has neonatal wards, at one ambulatory or at each."""
    wards = network.ambulatories[: seed // 2 % 2 + 1] if seed % 2 else ()
    return network.replace(neonatal=tuple(site in wards for site in network.site_ids))


# --- random settings -------------------------------------------------------------------------------


def settings_of(seed: int, problem: cap.Problem) -> dict[str, Any]:
    """Some settings of a case, each with a value that often matters."""
    rng = np.random.default_rng([seed, 12])
    near = NUMBERS | {"stay.mean_days": (60, 300)}
    found: dict[str, Any] = {}
    for key, (low, high) in near.items():
        if rng.random() < 0.12:
            found[key] = round(float(rng.uniform(low, high)), 3)
    if rng.random() < 0.3:
        women = problem.scenarios.women_per_year
        found["demand.women_per_year"] = round(float(women * rng.uniform(0.1, 2.5)), 2)
    if rng.random() < 0.15:
        kinds = ["loss", "occupancy"] if problem.promise.demand_cv > 0 else ["loss", "wait", "occupancy"]
        found["promise.kind"] = str(rng.choice(kinds))
    if rng.random() < 0.1:
        found["sizes.smallest"] = int(rng.integers(1, 8))
    if rng.random() < 0.1:
        found["sizes.largest"] = int(rng.integers(8, 90))
    for name, value in rules_of(rng, problem):
        if rng.random() < 0.15:
            found[f"rules.{name}"] = value
    if rng.random() < 0.3:
        found["finance.counts"] = "admitted"
    if problem.network.wards:
        found |= near_ward(np.random.default_rng([seed, 15]), problem)
    if problem.promise.kind == "wait" and problem.promise.demand_cv > 0:
        # What beds carry is given then.
        found = {k: v for k, v in found.items() if not k.startswith("promise.") and k != "stay.mean_days"}
    return found


def near_ward(rng: Rng, problem: cap.Problem) -> dict[str, Any]:
    """The rule of neonatal wards, with a way that sometimes binds, or off."""
    minutes = round(float(rng.uniform(0, 1.2) * problem.ward_minutes[np.isfinite(problem.ward_minutes)].max()), 1)
    spared = {"minutes": minutes, "exceptions": [str(rng.choice(problem.network.site_ids))]}
    return {"rules.neonatal": [False, minutes, spared][int(rng.integers(3))]} if rng.random() < 0.5 else {}


NUMBERS: Mapping[str, tuple[float, float]] = {
    "demand.undetected": (1, 2),
    "promise.turned_away": (0.01, 0.3),
    "promise.wait_days": (0, 30),
    "promise.wait_probability": (0.01, 0.3),
    "promise.occupancy": (0.5, 1),
    "travel.visits_per_week": (0, 3),
    "travel.ambulatory_trips_per_week": (0, 2),
    "finance.unit_dkk_per_year": (0, 9e6),
    "finance.bed_dkk_per_year": (0, 6e5),
    "finance.occupied_day_dkk": (0, 2_000),
    "finance.day_rate_dkk": (500, 6_000),
    "finance.grant_dkk_per_year": (0, 3e6),
    "finance.building_dkk_per_bed": (0, 3e6),
    "finance.interest": (0, 0.1),
    "finance.years": (1, 50),
    "finance.filling_years": (0, 4),
    "objective.fair_aversion": (0.1, 5),
    "objective.worst_off_share": (0.02, 1),
}


def rules_of(rng: Rng, problem: cap.Problem) -> Iterator[tuple[str, Any]]:
    """Each rule with numbers that sometimes bind, or off."""
    net, total = problem.network, problem.scenarios.women_per_year
    ways = problem.minutes[np.isfinite(problem.minutes)]
    site, point = str(rng.choice(net.site_ids)), str(rng.choice(net.point_ids))
    way = float(rng.choice(ways))
    yield "units", [int(rng.integers(0, 3)), int(rng.integers(2, 7))]
    yield "near_ambulatory", [False, 45.0, {"minutes": 20.0, "exceptions": [site]}][int(rng.integers(3))]
    yield "region_unit", bool(rng.random() < 0.7)
    access = {"share": round(float(rng.uniform(0.3, 1)), 2), "minutes": way}
    yield "region_access", [False, access][int(rng.random() < 0.7)]
    agreed = {"agreements": [[net.regions[0], net.regions[-1]]]}
    yield "own_region", [False, True, agreed][int(rng.integers(3))]
    yield "reach", [False, way, {"minutes": way, "exceptions": [point]}][int(rng.integers(3))]
    yield "one_agreement", True
    yield "region_gap", [False, round(float(rng.uniform(0, 0.5) * ways.max()), 1)][int(rng.random() < 0.7)]
    when = str(rng.choice(["average", "every_scenario", "poisson_year"]))
    stays = round(float(rng.uniform(0.02, 0.4) * total), 1)
    table = {"stays": stays, "when": when, "probability": round(float(rng.uniform(0.3, 0.95)), 2)}
    yield "volume", [False, stays, table][int(rng.integers(3))]
    when = str(rng.choice(["expected", "every_scenario", "poisson_year"]))
    yield "income", [False, True, {"when": when, "probability": 0.8}][int(rng.integers(3))]
    beds = float(rng.integers(1, 60))
    yield "build_budget", problem.finance.building_dkk_per_bed * beds
    yield "run_budget", problem.finance.unit_dkk_per_year * 2 + problem.finance.bed_dkk_per_year * beds
    yield "keep", [site]
    yield "forbid", [str(rng.choice(net.site_ids))]
    yield "size_floor", [False, True, {site: int(rng.integers(1, 12))}][int(rng.integers(3))]


def units_of(seed: int, problem: cap.Problem, count: int = SETS) -> list[dict[str, int]]:
    """Sets of units, some with beds; 0 where the promise decides."""
    rng = np.random.default_rng([seed, 13])
    ids, found = problem.network.site_ids, []
    for _ in range(count):
        units = int(rng.integers(0 if rng.random() < 0.05 else 1, min(7, len(ids) + 1)))
        chosen = rng.choice(ids, units, replace=False)
        beds = [0 if rng.random() < 0.5 else int(rng.choice([1, 4, 10, 16, 30, 70])) for _ in chosen]
        found.append({str(j): k for j, k in zip(chosen, beds, strict=True)})
    return found


def problem_with(problem: cap.Problem, settings: Mapping[str, Any]) -> cap.Problem:
    for key, value in settings.items():
        problem = problem.set(key, value)
    return problem


# --- what differs ----------------------------------------------------------------------------------


def differs(name: str, page: Any, library: Any, size: float = 1.0) -> Iterator[str]:
    """Where two numbers, or what else is told, are not the same."""
    if isinstance(library, float) and not math.isfinite(library):
        library = None
    numbers = [isinstance(x, (int, float)) and not isinstance(x, bool) for x in (page, library)]
    if all(numbers):
        if abs(page - library) > CLOSE * max(size, abs(page), abs(library)):
            yield f"{name}: page {page!r}, library {library!r}"
    elif page != library:
        yield f"{name}: page {page!r}, library {library!r}"


def broken_differs(where: str, page: list[dict[str, Any]], library: cap.Plan) -> Iterator[str]:
    said = [(one["rule"], tuple(one["key"]), one["unit"]) for one in page]
    held = [(one.rule, one.key, one.unit) for one in library.broken]
    yield from differs(f"{where}broken", said, held)
    if said == held:
        for mine, one in zip(page, library.broken, strict=True):
            size = 1e6 if "DKK" in one.unit else 1.0
            yield from differs(f"{where}{one.rule} {one.key}", mine["amount"], one.amount, size)


UNIT = ("site_id", "name", "region", "beds", "stays", "occupancy", "turned_away", "to_ambulatory_minutes", "ambulatory")
DKK = ("income_dkk", "cost_dkk", "building_dkk", "startup_loss_dkk")
AFTER = {
    "beds": "beds",
    "running_dkk": "cost_dkk",
    "income_dkk": "income_dkk",
    "building_dkk": "building_dkk",
    "startup_loss_dkk": "startup_dkk",
}
"""The second stage as the page calls it, and as a plan's figures do."""

FIGURES = ("mean_minutes", "longest_minutes", "family_hours_per_year", "women_per_year", "served_share", "beds")


def plan_differs(page: dict[str, Any], plan: cap.Plan) -> Iterator[str]:
    """Everything a page tells of a plan that the library tells otherwise."""
    if "error" in page:
        yield f"the page refused: {page['said']}"
        return
    yield from differs("status", page["status"], plan.status)
    yield from broken_differs("", page["broken"], plan)
    # An objective the page does not know it names, and does not work out.
    objectives = {name: value for name, value in plan.objectives.items() if name in engine_knows().objectives}
    yield from differs("objectives", sorted(page["objectives"]), sorted(objectives))
    for name, value in objectives.items():
        yield from differs(name, page["objectives"][name], value, 1e6 if name == "cost" else 1.0)
    for name in FIGURES:
        yield from differs(name, page[name], plan.figures[name])
    for table, names, rows in (
        ("units", (*UNIT, *DKK), plan.unit_table),
        ("regions", (*plan.region_table,), plan.region_table),
    ):
        yield from differs(f"rows of {table}", len(page[table]), len(rows[names[0]]))
        for k, row in enumerate(page[table][: len(rows[names[0]])]):
            for name in names:
                yield from differs(f"{table} {k} {name}", row[name], rows[name][k], 1e6 if name in DKK else 1.0)
    yield from money_differs(page, plan)
    went = dict(zip(plan.assignment_table["point_id"], plan.assignment_table["site_id"], strict=True))
    here = {one["id"]: one["site_id"] for one in page["municipalities"] if one["women"] > 0 and one["site_id"]}
    yield from differs("municipalities", here, went)


def money_differs(page: dict[str, Any], plan: cap.Plan) -> Iterator[str]:
    annuities = plan.problem.finance.building_annuity(np.array(plan.unit_table["beds"], dtype=float)).sum()
    after = {name: plan.figures.get(f"aftercare_{called}", 0.0) for name, called in AFTER.items()}
    building = after["building_dkk"] * plan.problem.finance.annuity
    full = float(sum(plan.unit_table["cost_dkk"]) + annuities) + after["running_dkk"] + building
    yield from differs("full cost", page["money"]["full_cost_dkk"], full, 1e6)
    for name in DKK:
        said = float(sum(plan.unit_table[name])) + after["running_dkk" if name == "cost_dkk" else name]
        yield from differs(f"money {name}", page["money"][name], said, 1e6)
    if plan.problem.aftercare.on:
        for name, value in after.items():
            yield from differs(f"aftercare {name}", page["aftercare"][name], value, 1e6)
    else:
        yield from differs("aftercare", page["aftercare"], None)


# --- a seed ----------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Trial:
    """What is asked of the page at one seed, and what the library makes of it.

    Attributes
    ----------
    settings : mapping
        Of the sets.
    wishes : sequence of mappings
        Settings of the best set: the same, and with many rules off, so that there is a plan.
    """

    seed: int
    problem: cap.Problem
    settings: dict[str, Any]
    wishes: tuple[dict[str, Any], ...]
    sets: list[dict[str, int]]
    objective: str
    found: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def calls(self) -> list[tuple[str, list[Any]]]:
        """Each set, the first with the documented figures, and the best set."""
        sets: list[tuple[str, list[Any]]] = [
            ("evaluate", [units, self.settings, "travel", k == 0]) for k, units in enumerate(self.sets)
        ]
        return [*sets, *self.best_calls]

    @property
    def best_calls(self) -> list[tuple[str, list[Any]]]:
        """The best set under each wish, and how many there are."""
        return [(name, [wish, {"objective": self.objective}]) for wish in self.wishes for name in ("optimise", "space")]

    def compare(self, page: list[Any]) -> None:
        """Hold the page's answers against the library's."""
        try:
            problem = problem_with(self.problem, self.settings)
        except DataError as error:
            self.found["refused"] += 1
            if "error" not in page[0]:
                self.wrong.append(f"the library refuses and the page does not: {error}")
            return
        sets, bests = page[: len(self.sets)], page[len(self.sets) :]
        for k, (units, said) in enumerate(zip(self.sets, sets, strict=True)):
            plan = cap.evaluate(problem, {j: beds or None for j, beds in units.items()})
            self.found["sets"] += 1
            self.found["broken"] += bool(plan.broken)
            self.wrong += [f"{units}: {line}" for line in plan_differs(said, plan)]
            if k == 0 and "error" not in said:
                self.wrong += self._figures(problem, units, said["figures"])
        self.compare_best(bests)

    def compare_best(self, page: list[Any]) -> None:
        """Hold the page's best sets against the library's."""
        for k, wish in enumerate(self.wishes):
            try:
                problem = problem_with(self.problem, wish)
            except DataError:
                self.wrong += list(differs("refused", "error" in page[2 * k], True))
                continue
            asked = self.best_differs(problem, *page[2 * k : 2 * k + 2])
            self.wrong += [f"best of {wish}: {line}" for line in asked]

    def _figures(self, problem: cap.Problem, units: dict[str, int], page: list[dict[str, Any]]) -> Iterator[str]:
        yield from differs("figures", [one["id"] for one in page], [one.id for one in problem.named])
        for one in page:
            try:
                there = under(problem, one["id"])
            except DataError:
                yield from differs(f"in {one['id']} refused", "refused" in one, True)
                continue
            plan = cap.evaluate(there, {j: beds or None for j, beds in units.items()})
            self.found["figures"] += 1
            yield from broken_differs(f"in {one['id']} ", one["broken"], plan)
            yield from differs(f"in {one['id']} kept, beds", [one["kept"], one["beds"]], [not plan.broken, plan.beds])
            yield from differs(f"in {one['id']} women", one["women_per_year"], plan.figures["women_per_year"])

    def best_differs(self, problem: cap.Problem, page: dict[str, Any], space: dict[str, Any]) -> Iterator[str]:
        from capacity.engines.question import space_of

        self.found["best"] += 1
        if "error" in page:
            yield f"no best: {page['said']}"
            return
        there = space_of(problem)
        yield from differs("sets", [space["sets"], page["sets"]], [there.sets, there.sets])
        try:
            plan = cap.solve(problem, self.objective)
        except InfeasibleError:
            self.found["without a plan"] += 1
            yield from differs("best", page["status"], "infeasible")
            return
        yield from differs("best", page["status"], plan.status)
        beds = dict(zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True))
        yield from differs(f"best by {self.objective}", {u["site_id"]: u["beds"] for u in page["units"]}, beds)
        yield from differs(
            "best objective", page["objective"], plan.objective, 1e6 if self.objective == "cost" else 1.0
        )


def trial(seed: int) -> Trial:
    """What a seed asks."""
    problem = case_of(seed)
    rng = np.random.default_rng([seed, 14])
    objective = str(rng.choice([one.name for one in objectives_of(problem) if one.name in engine_knows().objectives]))
    settings = settings_of(seed, problem)
    # Without a number of units the Danish case has 33 million sets.
    kept = {"units"} if seed % 8 == 4 else {"units", "near_ambulatory"} if seed % 8 == 0 else set()
    on = {name: rule for name, rule in problem.policy.items() if not rule.frame}
    names = [name for name in on if name not in kept]
    loose = {f"rules.{name}": False for name in names if rng.random() < 0.7}
    loose = {key: value for key, value in settings.items() if rng.random() < 0.7} | loose
    loose = {key: value for key, value in loose.items() if key.count(".") == 1}
    return Trial(
        seed=seed,
        problem=problem,
        settings=settings,
        wishes=(settings, loose),
        sets=units_of(seed, problem),
        objective=objective,
    )


Answers = Callable[[Sequence[tuple[cap.Problem, Sequence[Call]]]], list[list[Any]]]


def tried(seeds: range, ask: Answers = answers) -> list[Trial]:
    """Every seed, asked of the page in one run and then of the library."""
    trials = [trial(seed) for seed in seeds]
    for one, page in zip(trials, ask([(t.problem, t.calls) for t in trials]), strict=True):
        one.compare(page)
    return trials


@contextmanager
def engine(browser: bool) -> Iterator[Answers]:
    """What answers: Node, or a page in a browser."""
    if not browser:
        yield answers
        return
    from playwright.sync_api import sync_playwright

    from tests import table_browser

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=table_browser.CHROMIUM, args=table_browser.FLAGS)
        with table_browser.opened(chromium) as tab:
            yield partial(table_browser.answers, tab)
        chromium.close()


def main(said: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign_table", description=__doc__)
    parser.add_argument("--seeds", default="0:400", help="first:last")
    parser.add_argument("--browser", action="store_true", help="in Chromium, as a page (else in Node)")
    asked = parser.parse_args(said)
    first, last = map(int, asked.seeds.split(":"))
    begun, found, wrong = time.perf_counter(), Counter[str](), 0
    with engine(asked.browser) as ask:
        for start in range(first, last, 20):
            for one in tried(range(start, min(start + 20, last)), ask):
                found += one.found
                wrong += len(one.wrong)
                for line in one.wrong[:5]:
                    print(f"WRONG {one.seed}: {one.settings}: {line}", flush=True)
    figures = ", ".join(f"{name} {count:,}" for name, count in sorted(found.items()))
    print(f"seeds {first}:{last}: {figures}, wrong {wrong} ({time.perf_counter() - begun:.0f} s)")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
