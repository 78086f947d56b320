"""Whether a unit can live: enough stays, income that covers its cost, budgets that hold."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from capacity.labels import Floats, Ints
from capacity.problem import Problem
from capacity.rules.plans import Plans
from capacity.rules.rule import Excess, Key, Rows, RowWriter, Rule, holding, scenario_keys
from capacity.rules.variables import Variables


@lru_cache(maxsize=4096)
def poisson_mean(stays: float, probability: float) -> float:
    """Least mean at which a Poisson year has at least `stays` with the given probability.

    The tail is summed directly; the mean is found by bisection to 1e-12 relative.
    """
    least = math.ceil(stays - 1e-9)
    if least <= 0:
        return 0.0

    def tail(mean: float) -> float:
        term, below = math.exp(-mean), 0.0
        for count in range(least):
            below += term
            term *= mean / (count + 1)
        return 1 - below

    low, high = 0.0, 2.0 * least + 20
    while tail(high) < probability:
        high *= 2
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle) < probability else (low, middle)
    return high


def _cases(p: Problem, every: bool) -> list[tuple[Floats, list[int]]]:
    """Weights over scenarios, each with the scenarios it names: the mean, or each that must hold."""
    if not every:
        return [(p.probability, [])]
    units = np.eye(len(p.scenarios.ids))
    return [(units[s], [s]) for s in holding(p)]


def _key(p: Problem, j: int, named: list[int]) -> Key:
    ids = p.network.site_ids
    return next(scenario_keys(p, [ids[j]], named)) if named else (ids[j],)


def _volume_cases(p: Problem) -> tuple[float, list[tuple[Floats, list[int]]]]:
    rule = p.policy.volume
    if rule.when == "poisson_year":
        return poisson_mean(rule.stays, rule.probability), _cases(p, True)
    return rule.stays, _cases(p, rule.when == "every_scenario")


def stays_terms(
    p: Problem, v: Variables, j: int, weight: Floats, per_stay: float
) -> list[tuple[Ints, Floats | float]]:
    """`per_stay` times the stays at site j, averaged over scenarios by `weight`."""
    here = np.flatnonzero(v.pair_site == j)
    points = v.pair_point[here]
    if v.shared:
        return [(v.share(0, here), per_stay * (weight @ p.women)[points])]
    return [
        (v.share(s, here), per_stay * weight[s] * p.women[s][points])
        for s in np.flatnonzero(weight > 0).tolist()
    ]


def _volume_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    least, cases = _volume_cases(p)
    for weight, named in cases:
        for j in v.sites:
            terms = [*stays_terms(p, v, j, weight, 1.0), (v.open[[j]], -least)]
            out.add(out.instance(*_key(p, j, named)), terms, lower=0)
    return out.rows()


def _volume_excess(p: Problem, plans: Plans) -> Excess:
    least, cases = _volume_cases(p)
    keys: list[Key] = []
    short = [np.zeros((len(plans.open), 0))]  # all there is where no scenario must hold
    for weight, named in cases:
        stays = np.einsum("s,bsj->bj", weight, plans.stays)
        short.append(np.where(plans.open, least - stays, 0.0))
        keys += [_key(p, j, named) for j in range(len(p.network.site_ids))]
    return Excess(keys=tuple(keys), amount=np.concatenate(short, axis=1))


VOLUME = Rule(
    name="volume",
    sentence="A unit has at least the given number of stays a year: on average, in every "
    "scenario, or with a given probability in a Poisson year.",
    unit="stays a year too few",
    rows=_volume_rows,
    excess=_volume_excess,
)


def income_stays(p: Problem) -> Floats:
    """Mean stays a year at which the rule `income` holds for a unit, by beds 0..largest.

    Infinite where no number of stays pays for the beds. In a Poisson year, with the given
    probability, the stays reach the number that covers the cost.
    """
    even = p.finance.break_even_stays(np.arange(p.sizes.largest + 1), p.care.mean_days)
    rule = p.policy.income
    if rule.when != "poisson_year":
        return even
    return np.array([poisson_mean(float(x), rule.probability) if np.isfinite(x) else np.inf for x in even])


def _income_cases(p: Problem) -> list[tuple[Floats, list[int]]]:
    return _cases(p, p.policy.income.when != "expected")


def _margin(p: Problem) -> float:
    """What a stay leaves over its own cost, DKK."""
    return (p.finance.day_rate_dkk - p.finance.occupied_day_dkk) * p.care.mean_days


def _income_rows(p: Problem, v: Variables) -> Rows:
    """Income of the stays, less what a unit of its size needs. Where a stay leaves nothing over, its mean decides."""
    out = RowWriter()
    margin = _margin(p)
    needed = p.finance.yearly_cost(v.size_beds, 0.0, p.care.mean_days) - p.finance.grant_dkk_per_year
    if p.policy.income.when == "poisson_year" and margin > 0:
        needed = margin * income_stays(p)[v.size_beds]
    for weight, named in _income_cases(p):
        for j in v.sites:
            sizes = v.size_site == j
            terms = [*stays_terms(p, v, j, weight, margin), (v.size[sizes], -needed[sizes])]
            out.add(out.instance(*_key(p, j, named)), terms, lower=0)
    return out.rows()


def _income_excess(p: Problem, plans: Plans) -> Excess:
    money, days, rule = p.finance, p.care.mean_days, p.policy.income
    keys: list[Key] = []
    short = [np.zeros((len(plans.open), 0))]  # all there is where no scenario must hold
    for weight, named in _income_cases(p):
        stays = np.einsum("s,bsj->bj", weight, plans.stays)
        lacking = money.yearly_cost(plans.beds, stays, days) - money.yearly_income(stays, days)
        if rule.when == "poisson_year" and _margin(p) > 0:
            enough, where = np.unique(money.break_even_stays(plans.beds, days), return_inverse=True)
            means = np.array([poisson_mean(float(x), rule.probability) for x in enough])
            lacking = (means[where].reshape(stays.shape) - stays) * _margin(p)
        short.append(np.where(plans.open, lacking, 0.0))
        keys += [_key(p, j, named) for j in range(len(p.network.site_ids))]
    scale = max(1.0, money.unit_dkk_per_year, money.bed_dkk_per_year)
    return Excess(keys=tuple(keys), amount=np.concatenate(short, axis=1), scale=scale)


INCOME = Rule(
    name="income",
    sentence="A unit's income covers its yearly cost: in expectation, in every scenario that must "
    "hold, or with a given probability in a Poisson year.",
    unit="DKK a year short",
    rows=_income_rows,
    excess=_income_excess,
)


def _build_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    cost: Floats = p.finance.building_dkk_per_bed * v.size_beds.astype(np.float64)
    out.add(out.instance(), [(v.size, cost)], upper=p.policy.build_budget)
    return out.rows()


def _build_excess(p: Problem, plans: Plans) -> Excess:
    spent = p.finance.building_cost(plans.beds).sum(axis=1)
    over = np.asarray(spent - p.policy.build_budget, dtype=float)[:, None]
    return Excess(keys=((),), amount=over, scale=max(1.0, p.policy.build_budget))


BUILD_BUDGET = Rule(
    name="build_budget",
    sentence="Building costs stay within the budget.",
    unit="DKK over the budget",
    rows=_build_rows,
    excess=_build_excess,
)


def _run_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    money = p.finance
    per_stay = money.occupied_day_dkk * p.care.mean_days
    beds: Floats = money.bed_dkk_per_year * v.size_beds.astype(np.float64)
    terms: list[tuple[Ints, Floats | float]] = [(v.size, beds)]
    terms += [(v.open[[j]], money.unit_dkk_per_year) for j in v.sites]
    for j in v.sites:
        terms += stays_terms(p, v, j, p.probability, per_stay)
    out.add(out.instance(), terms, upper=p.policy.run_budget)
    return out.rows()


def _run_excess(p: Problem, plans: Plans) -> Excess:
    stays = np.einsum("s,bsj->bj", p.probability, plans.stays)
    cost = np.where(plans.open, p.finance.yearly_cost(plans.beds, stays, p.care.mean_days), 0.0)
    over = np.asarray(cost.sum(axis=1) - p.policy.run_budget)[:, None]
    return Excess(keys=((),), amount=over, scale=max(1.0, p.policy.run_budget))


RUN_BUDGET = Rule(
    name="run_budget",
    sentence="Yearly running costs stay within the budget.",
    unit="DKK a year over the budget",
    rows=_run_rows,
    excess=_run_excess,
)
