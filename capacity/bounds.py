"""What firm rules imply of every plan, whoever goes where: least stays, fewest beds, most units.

These bounds need no search. They spare the enumeration sets that cannot be plans, and tighten the
mixed-integer model without taking a plan away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.labels import Bools, Floats, Ints
from capacity.problem import Problem
from capacity.rules import firm
from capacity.rules.rule import holding
from capacity.rules.viability import income_stays, poisson_mean
from capacity.tolerances import HOLD

ROUNDING = 1e-6
"""Rounding may not take a plan away: the rules themselves allow a millionth."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LeastStays:
    """``weight @ stays[:, j] >= least[j]`` for every open unit j.

    Attributes
    ----------
    weight : ndarray (S,)
        Over scenarios: their probabilities, or 1 for one of them.
    least : ndarray (m,)
        Infinite where no unit at the site can keep the rule.
    average : bool
        Whether it speaks of the mean over the scenarios.
    """

    weight: Floats
    least: Floats
    average: bool = False


def least_stays(problem: Problem) -> list[LeastStays]:
    """Stays a year below which a unit breaks ``volume`` or ``income``, where these are firm."""
    rules, policy = firm(problem), problem.policy
    found = []
    if "volume" in rules:
        rule = policy.volume
        every = rule.when != "average"
        stays = poisson_mean(rule.stays, rule.probability) if rule.when == "poisson_year" else rule.stays
        least = np.full(len(problem.network.site_ids), stays - HOLD)
        found += [LeastStays(weight=w, least=least, average=not every) for w in _weights(problem, every)]
    if "income" in rules:
        found += least_by_income(problem)
    return found


def _weights(problem: Problem, every: bool) -> list[Floats]:
    if not every:
        return [problem.probability]
    return [np.eye(len(problem.scenarios.ids))[s] for s in holding(problem)]


def least_by_income(problem: Problem) -> list[LeastStays]:
    """Stays at which a unit of some size both keeps the promise and lives on its income."""
    rules, every = firm(problem), problem.policy.income.when != "expected"
    money, days = problem.finance, problem.care.mean_days
    low, high = problem.size_limits
    if "size_floor" in rules:
        low = np.maximum(low, problem.size_floor)
    sizes = np.arange(problem.sizes.largest + 1)
    margin = (money.day_rate_dkk - money.occupied_day_dkk) * days
    room = HOLD * max(1.0, money.unit_dkk_per_year, money.bed_dkk_per_year)
    short = money.yearly_cost(sizes, 0.0, days) - money.grant_dkk_per_year
    if margin > 0:
        even = np.maximum(income_stays(problem) - room / margin, 0.0)
    else:
        even = np.where(short <= room, 0.0, np.inf)
    # What a unit must have it must carry, if the mean is never above every stay that must hold. More beds need
    # no fewer stays, so a site's least is that of the smallest of its own sizes that carries what it needs.
    if "promise" in rules and (every or bool(problem.must_hold[problem.probability > 0].all())):
        even = np.where(even <= problem.stays_by_beds * (1 + ROUNDING) + HOLD, even, np.inf)
    within = (sizes >= low[:, None]) & (sizes <= high[:, None])
    least = np.where(within, even, np.inf).min(axis=1, initial=np.inf)
    return [LeastStays(weight=w, least=least, average=not every) for w in _weights(problem, every)]


def fewest_beds(problem: Problem, units: int) -> Floats:
    """Beds of 1, 2, ... units together, below which not everybody can be served as promised, (units,).

    However the women are shared out, units of k1, k2, ... beds carry at most A[k1] + A[k2] + ...
    stays; the most that a number of beds carries is worked out over all ways to part it. Infinite
    where so few units cannot carry all; zeros where the rules do not ask for it.
    """
    if not {"served", "promise"} <= firm(problem) or not problem.must_hold.any() or units < 1:
        return np.zeros(max(units, 0))
    women = float(problem.women[problem.must_hold].sum(axis=1).max()) * (1 - ROUNDING)
    low, high = problem.size_limits
    least = max((_least_of_all(problem, rule) for rule in least_stays(problem)), default=0.0)
    sizes = np.arange(int(low.min()), int(high.max()) + 1)
    # A size that does not carry the stays a unit must have is no unit's size.
    sizes = sizes[problem.stays_by_beds[sizes] >= least * (1 - ROUNDING)]
    if not len(sizes):
        return np.full(units, np.inf)
    carried = problem.stays_by_beds[sizes]
    enough = int(np.searchsorted(carried, women))
    # One unit that carries everybody, and the smallest size of all others, are beds enough.
    limit = int(sizes[min(enough, len(sizes) - 1)]) * (units if enough == len(sizes) else 1) + units * int(sizes[0])
    most = np.full(limit + 1, -np.inf)
    most[0] = 0.0
    fewest = np.full(units, np.inf)
    for count in range(units):
        most = with_unit(most, sizes, carried)
        reached = np.flatnonzero(most >= women)
        if len(reached):
            fewest[count] = reached[0]
    return fewest


def with_unit(most: Floats, sizes: Ints, carried: Floats) -> Floats:
    """The most stays that 0, 1, ... beds carry with one more unit, of one of these sizes, (beds,)."""
    wider = np.full(len(most), -np.inf)
    for size, stays in zip(sizes.tolist(), carried.tolist(), strict=True):
        if size < len(most):
            np.maximum(wider[size:], most[: len(most) - size] + stays, out=wider[size:])
    return wider


def _least_of_all(problem: Problem, rule: LeastStays) -> float:
    """Stays that a unit's beds must carry because it must have them, wherever it is."""
    held = bool(problem.must_hold[rule.weight > 0].all())
    return float(rule.least.min(initial=np.inf)) if held else 0.0


def most_units(problem: Problem, allowed: Bools) -> int:
    """How many of the allowed sites can be units at once."""
    count = int(allowed.sum())
    for rule in least_stays(problem):
        women = float(rule.weight @ problem.women.sum(axis=1))
        taken = np.cumsum(np.sort(rule.least[allowed]))
        count = min(count, int((taken <= women + ROUNDING * max(1.0, women)).sum()))
    return min(count, _most_by_budgets(problem, count, allowed))


def _most_by_budgets(problem: Problem, count: int, allowed: Bools) -> int:
    """The largest number of units whose beds, as few as there can be, stay within the budgets."""
    rules, policy, money = firm(problem), problem.policy, problem.finance
    if not {"build_budget", "run_budget"} & rules or count == 0:
        return count
    per_stay = money.occupied_day_dkk * problem.care.mean_days
    days = per_stay * problem.scenarios.women_per_year if "served" in rules else 0.0
    low, _ = problem.size_limits
    units = np.arange(1, count + 1)
    beds = np.maximum(fewest_beds(problem, count), units * int(low[allowed].min()))
    # So few units that cannot carry all the women fit no budget, whatever a bed costs.
    fits = np.isfinite(beds)
    beds = np.where(fits, beds, 0.0)
    if "build_budget" in rules:
        fits &= money.building_cost(beds) <= policy.build_budget + HOLD * max(1.0, policy.build_budget)
    if "run_budget" in rules:
        cost = money.unit_dkk_per_year * units + money.bed_dkk_per_year * beds + days
        fits &= cost <= policy.run_budget + HOLD * max(1.0, policy.run_budget) + ROUNDING * days
    return int(units[fits].max(initial=0))
