"""Watch and decide by every full history: own code, no sufficient statistic, no grid, nothing of the study's."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import capacity as cap

LEFT_OUT = 1e-13
"""Chance of so many women or more that is not followed."""

Beds = tuple[int, ...]
Plan = tuple[tuple[int, ...], Beds]


@dataclass(frozen=True, kw_only=True)
class Small:
    """A problem to watch and decide in."""

    problem: cap.Problem
    prior: dict[float, float]
    years: int
    price: float
    filling: float
    tail: int
    levels: tuple[float, ...]
    budget: float | None
    rules: float | str | None = None
    pilot: bool = True

    def asked(self) -> dict[str, object]:
        """The same as arguments of `capacity.adapt`."""
        return {
            "prior": self.prior,
            "years": self.years,
            "price": self.price,
            "filling": self.filling,
            "tail": self.tail,
            "levels": self.levels,
            "budget": self.budget,
            "units": 4,
            "rules": self.rules,
            "pilot": self.pilot,
        }


def small(seed: int) -> Small:
    """Two or three years, two to four sites, levels a factor of five to thirty apart."""
    rng = np.random.default_rng([seed, 2222])
    sites = int(rng.integers(2, 4)) if rng.random() < 0.8 else 4
    years = 3 if sites == 2 and rng.random() < 0.5 else 2
    points = 4
    ids = tuple(f"s{k}" for k in rng.permutation(sites))
    names = tuple(f"p{k}" for k in range(points))
    low = float(rng.uniform(0.5, 3))
    high = low * float(rng.uniform(5, 30 if years == 2 else 12))
    prior = {low: 0.5, high: 0.5}
    if rng.random() < 0.4:
        prior = {low: 0.4, math.sqrt(low * high): 0.25, high: 0.35}
    problem = cap.Problem(
        network=cap.Network(
            point_ids=names,
            point_names=names,
            point_regions=("N", "S", "N", "S"),
            site_ids=ids,
            site_names=ids,
            site_regions=tuple(rng.choice(["N", "S"], sites)),
        ),
        scenarios=cap.Scenarios(ids=("base",), point_ids=names, women=rng.uniform(0.2, 2, (1, points))),
        travel=cap.TravelMatrix(
            origin_ids=names, destination_ids=ids, values=rng.choice([10.0, 25.0, 40.0, 70.0], (points, sites))
        ),
        care=cap.Care(mean_days=float(rng.choice([60, 120]))),
        promise=cap.Promise(kind="loss", turned_away=float(rng.choice([0.05, 0.2]))),
        sizes=cap.Sizes(smallest=int(rng.integers(1, 3)), largest=40),
        finance=cap.Finance(
            unit_dkk_per_year=float(rng.choice([0.5e6, 1.5e6, 3e6])),
            bed_dkk_per_year=0.3e6,
            occupied_day_dkk=900.0,
            building_dkk_per_bed=float(rng.choice([0.3e6, 1e6])),
            interest=0.03,
        ),
        uptake=cap.problem.uptake.Uptake.of([[10, 1.0], [70, float(rng.choice([0.2, 0.6]))]]),
        undetected=1.0 if rng.random() < 0.7 else 1.5,
    )
    many = int(rng.integers(2, 4))
    return Small(
        problem=problem,
        prior=prior,
        years=years,
        price=float(rng.choice([0.4e6, 0.8e6, 1.5e6])),
        filling=float(rng.choice([0.5, 1.0])),
        tail=int(rng.integers(1, 4)),
        levels=tuple(float(x) for x in np.geomspace(low, high, many)),
        budget=float(rng.choice([2e6, 5e6])) if rng.random() < 0.25 else None,
    )


def with_rules(seed: int) -> Small:
    """The same with a rule about the stays and the income of a unit, asked of what is believed when it opens."""
    asked, rng = small(seed), np.random.default_rng([seed, 22222])
    levels = sorted(asked.prior)
    stays = float(rng.uniform(0.3, 0.9) * (levels[0] if rng.random() < 0.3 else levels[-1]) / 2)
    policy = {"rules.volume": round(stays, 2), "rules.income": bool(rng.random() < 0.5)}
    return replace(
        asked,
        problem=_set(asked.problem, policy),
        rules="mean" if rng.random() < 0.5 else float(rng.choice([0.3, 0.7, 0.95])),
        pilot=bool(rng.random() < 0.6),
    )


def with_aftercare(seed: int) -> Small:
    """The same with a second stage at the unit, at most one family in ten finding no bed of it free."""
    asked, rng = small(seed), np.random.default_rng([seed, 222222])
    after = {
        "days": float(rng.choice([60, 200])),
        "held_up": 0.1,
        "house_dkk_per_year": 0.2e6,
        "bed_dkk_per_year": 0.15e6,
        "occupied_day_dkk": 300.0,
        "building_dkk_per_bed": float(rng.choice([0.0, 0.8e6])),
    }
    return replace(asked, problem=asked.problem.replace(aftercare=after))


def _set(problem: cap.Problem, policy: dict[str, object]) -> cap.Problem:
    for key, value in policy.items():
        problem = problem.set(key, value)
    return problem.replace(finance={"day_rate_dkk": 12_000.0})


class Histories:
    """Least expected costs of one small problem."""

    def __init__(self, asked: Small) -> None:
        self.asked = asked
        problem, net = asked.problem, asked.problem.network
        self.need, self.prior = np.array(sorted(asked.prior)), np.array([asked.prior[k] for k in sorted(asked.prior)])
        minutes = asked.problem.minutes
        women = problem.expected_women / problem.expected_women.sum()
        by_id = sorted(range(len(net.site_ids)), key=net.site_ids.__getitem__)
        self.share: dict[tuple[int, ...], dict[int, float]] = {}
        for count in range(len(by_id) + 1):
            for units in itertools.combinations(by_id, count):
                asks = dict.fromkeys(units, 0.0)
                for i, weight in enumerate(women):
                    if units:
                        nearest = min(units, key=lambda j: (minutes[i, j], net.site_ids[j]))
                        asks[nearest] += weight * float(problem.uptake.at(np.array([minutes[i, nearest]]))[0])
                self.share[units] = asks
        self.plans: list[Plan] = [((), ())]
        for units in self.share:
            if units:
                sizes = {tuple(self._beds(self.share[units][j] * level) for j in units) for level in asked.levels}
                self.plans += [(units, beds) for beds in sorted(sizes)]
        self._costs: dict[tuple[Plan, Plan], np.ndarray] = {}
        self.aftercare: dict[Plan, float] = {}
        for units in self.share:
            # Of equal beds the level with the fewest beds of aftercare.
            for level in sorted(asked.levels, reverse=True):
                plan = (units, tuple(self._beds(self.share[units][j] * level) for j in units))
                self.aftercare[plan] = sum(self.second(self.share[units][j] * level) for j in units)
        self.histories = 0

    def _lost(self, beds: int, women: float) -> float:
        load, lost = women * self.asked.problem.care.mean_days / 365, 1.0
        for k in range(1, beds + 1):
            lost = load * lost / (k + load * lost)
        return lost

    def _beds(self, women: float) -> int:
        beds = self.asked.problem.sizes.smallest
        while self._lost(beds, women) > self.asked.problem.promise.turned_away + 1e-12:
            beds += 1
        return beds

    def second(self, women: float) -> float:
        """What beds of aftercare for so many women cost a year, whoever comes."""
        care, finance, beds = self.asked.problem.aftercare, self.asked.problem.finance, 0
        if not care.on or women == 0:
            return 0.0
        load, lost = women * float(care.days) / 365, 1.0
        while lost > care.held_up + 1e-12:
            beds += 1
            lost = load * lost / (beds + load * lost)
        annuity = finance.interest / (1 - (1 + finance.interest) ** -finance.years)
        return care.house_dkk_per_year + beds * (care.bed_dkk_per_year + care.building_dkk_per_bed * annuity)

    def asking(self, before: Plan, after: Plan) -> float:
        """Part of the women that asks in the year."""
        part = self.asked.filling
        return sum(s * (1 if j in before[0] else part) for j, s in self.share[after[0]].items())

    def year(self, before: Plan, after: Plan) -> np.ndarray:
        """What the year costs at each level, but for building."""
        if (before, after) not in self._costs:
            money, out = self.asked.problem.finance, np.zeros(len(self.need))
            for k, need in enumerate(self.need):
                cost, reached, admitted = 0.0, 0.0, 0.0
                for j, beds in zip(*after, strict=True):
                    women = need * self.share[after[0]][j] * (1 if j in before[0] else self.asked.filling)
                    found = women * (1 - self._lost(beds, women))
                    reached, admitted = reached + women, admitted + found
                    cost += money.unit_dkk_per_year + money.bed_dkk_per_year * beds
                    cost += money.occupied_day_dkk * self.asked.problem.care.mean_days * found
                    if (care := self.asked.problem.aftercare).on:
                        cost += care.occupied_day_dkk * float(care.days) * found
                cost += self.aftercare.get(after, 0.0)
                without = self.asked.problem.undetected * (need - reached) + reached - admitted
                out[k] = cost + self.asked.price * without
            self._costs[before, after] = out
        return self._costs[before, after]

    def may(self, before: Plan) -> list[tuple[Plan, float]]:
        """Plans that may follow, and what is built."""
        had, found = dict(zip(*before, strict=True)), []
        for plan in self.plans:
            has = dict(zip(*plan, strict=True))
            if all(has.get(j, 0) >= beds for j, beds in had.items()):
                built = self.asked.problem.finance.building_dkk_per_bed * (sum(has.values()) - sum(had.values()))
                if self.asked.budget is None or built <= self.asked.budget:
                    found.append((plan, built))
        return found

    def keeps(self, unit: int, plan: Plan, level: float) -> bool:
        """Whether a unit keeps the rules at a level."""
        problem = self.asked.problem
        money, days = problem.finance, problem.care.mean_days
        asking, beds = level * self.share[plan[0]][unit], plan[1][plan[0].index(unit)]
        # Whoever finds every bed taken pays nobody, and is no practice.
        women = asking * (1 - self._lost(beds, asking))
        if women < problem.policy["volume"].stays - 1e-6:
            return False
        cost = money.unit_dkk_per_year + money.bed_dkk_per_year * beds + money.occupied_day_dkk * days * women
        return "income" not in problem.policy or money.day_rate_dkk * days * women >= cost - 1.0

    def lets(self, before: Plan, plan: Plan, belief: np.ndarray) -> bool:
        """Whether the rules let the units that are new open, by what is believed."""
        if self.asked.rules is None or (self.asked.pilot and not before[0]):
            return True
        for j in set(plan[0]) - set(before[0]):
            if self.asked.rules == "mean":
                if not self.keeps(j, plan, float(belief @ self.need)):
                    return False
            elif sum(w for w, x in zip(belief, self.need, strict=True) if self.keeps(j, plan, x)) < self.asked.rules:
                return False
        return True

    def ahead(self, year: int, before: Plan, after: Plan) -> np.ndarray:
        """Discounted cost of a year's step, without building, at each level."""
        r = 1 + self.asked.problem.finance.interest
        cost = r**-year * self.year(before, after)
        if year == self.asked.years - 1:
            cost = cost + sum(r**-t for t in range(year + 1, year + 1 + self.asked.tail)) * self.year(after, after)
        return cost

    def best(
        self, year: int = 0, before: Plan = ((), ()), belief: np.ndarray | None = None, *, counts: bool = True
    ) -> float:
        """Least expected cost from a year on, over everything that may be counted."""
        belief = self.prior if belief is None else belief
        r = (1 + self.asked.problem.finance.interest) ** -year
        least = math.inf
        for plan, built in self.may(before):
            if not self.lets(before, plan, belief):
                continue
            cost = r * built + float(belief @ self.ahead(year, before, plan))
            if year < self.asked.years - 1:
                asking = self.asking(before, plan)
                if not counts or asking == 0:
                    cost += self.best(year + 1, plan, belief, counts=counts)
                else:
                    cost += self._over_counts(year, plan, belief, asking)
            least = min(least, cost)
        return least

    def replanned(self, year: int = 0, before: Plan = ((), ()), belief: np.ndarray | None = None) -> float:
        """What it costs to take each year the first step of the best that learns nothing more."""
        belief = self.prior if belief is None else belief
        r = (1 + self.asked.problem.finance.interest) ** -year
        last = year == self.asked.years - 1
        steps = []
        for plan, built in self.may(before):
            if self.lets(before, plan, belief):
                now = r * built + float(belief @ self.ahead(year, before, plan))
                later = 0.0 if last else self.best(year + 1, plan, belief, counts=False)
                steps.append((now + later, now, plan))
        least = min(one[0] for one in steps)
        ties = [one for one in steps if one[0] <= least + 1e-9 * abs(least)]
        _, now, plan = min(ties, key=lambda one: (sum(one[2][1]), len(one[2][0]), one[2][0]))
        if last:
            return now
        asking = self.asking(before, plan)
        if asking == 0:
            return now + self.replanned(year + 1, plan, belief)
        return now + self._over_counts(year, plan, belief, asking, self.replanned)

    def _over_counts(
        self,
        year: int,
        plan: Plan,
        belief: np.ndarray,
        asking: float,
        then: Callable[[int, Plan, np.ndarray], float] | None = None,
    ) -> float:
        total, left, n = 0.0, 1.0, 0
        while left > LEFT_OUT:
            chance = np.array([math.exp(-m * asking) * (m * asking) ** n / math.factorial(n) for m in self.need])
            joint = belief * chance
            seen = float(joint.sum())
            if seen > LEFT_OUT**2:
                self.histories += 1
                total += seen * (then or self.best)(year + 1, plan, joint / seen)
            left, n = left - seen, n + 1
            if n > 170:
                break
        return total
