"""What a plan is judged by: each objective, like a rule, by columns and by arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from capacity.errors import DataError, Finding, some
from capacity.labels import Floats, Ints
from capacity.problem import Problem
from capacity.rules import Plans, Rows, Variables, allowed_pairs, serves_all
from capacity.rules.rule import RowWriter
from capacity.tolerances import NOBODY


def _same(value: float) -> float:
    return value


@dataclass(frozen=True, kw_only=True)
class Linear:
    """An objective as columns: minimise ``cost @ columns + constant``.

    Attributes
    ----------
    columns : ndarray of int
    cost : ndarray of float
    constant : float
    rows : Rows or None
        Rows that give the objective's own columns their meaning.
    value : callable
        From the linear value (or a bound on it) to the objective's own.
    linear : callable
        The inverse.
    unseen : ndarray of int
        Columns that count for less than they cost, which a solver would not see beside the others: no plan
        is better than the model's best, and that is one if it takes none of them.
    refusal : DataError, optional
        What to say where it takes them.
    """

    columns: Ints
    cost: Floats
    constant: float = 0.0
    rows: Rows | None = None
    value: Callable[[float], float] = field(default=_same)
    linear: Callable[[float], float] = field(default=_same)
    unseen: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    refusal: DataError | None = None

    def refuse_unseen(self, values: Floats | None = None) -> None:
        """Raise where columns that are not seen as they are have a part in a solution (or might have, without one)."""
        taken = len(self.unseen) if values is None else (values[self.unseen] > NOBODY).any()
        if taken and self.refusal is not None:
            raise self.refusal


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A named objective. Engines minimise; what is to be large is handed to them with its sign turned.

    Attributes
    ----------
    name, unit, sentence : str
    by_scenario : callable (Problem, Plans) -> ndarray (B, S)
    expected : callable (Problem, Plans) -> ndarray (B,)
        What is minimised.
    model : callable (Problem, Variables) -> Linear
    sign : {1, -1}
        What people read is `sign` x what is minimised.
    recourse : callable (Problem, Variables) -> Linear, optional
        What is minimised next, where the first leaves open what happens in some scenarios: a worst
        case says nothing of the others.
    """

    name: str
    unit: str
    sentence: str
    by_scenario: Callable[[Problem, Plans], Floats]
    expected: Callable[[Problem, Plans], Floats]
    model: Callable[[Problem, Variables], Linear]
    sign: int = 1
    recourse: Callable[[Problem, Variables], Linear] | None = None


def _share_costs(p: Problem, v: Variables, per_woman: Floats) -> tuple[list[Ints], list[Floats]]:
    """Columns and costs of the expected sum of women x share x per_woman[i, j]."""
    each = per_woman[v.pair_point, v.pair_site]
    if v.shared:
        return [v.share(0)], [p.expected_women[v.pair_point] * each]
    scenarios = range(len(p.scenarios.ids))
    columns = [v.share(s) for s in scenarios]
    return columns, [p.probability[s] * p.women[s][v.pair_point] * each for s in scenarios]


# --- travel: hours of family travel a year -------------------------------------------------------


def _over_women(p: Problem, amount: Floats) -> Floats:
    """Sum over points of women x an amount (B, S', n), by scenario, (B, S)."""
    if amount.shape[1] == 1:
        return np.asarray(amount[:, 0] @ p.women.T)
    return np.asarray((amount * p.women[None]).sum(axis=2))


def _travel_by_scenario(p: Problem, plans: Plans) -> Floats:
    return _over_women(p, plans.mean(p.hours_per_woman))


def _mean_over_scenarios(by_scenario: Callable[[Problem, Plans], Floats]) -> Callable[[Problem, Plans], Floats]:
    def expected(p: Problem, plans: Plans) -> Floats:
        return np.asarray(by_scenario(p, plans) @ p.probability)

    return expected


def _travel_model(p: Problem, v: Variables) -> Linear:
    columns, costs = _share_costs(p, v, p.hours_per_woman)
    return Linear(columns=np.concatenate(columns), cost=np.concatenate(costs))


TRAVEL = Objective(
    name="travel",
    unit="hours a year",
    sentence="Hours families travel in a year: visits to the unit and trips to the ambulatory.",
    by_scenario=_travel_by_scenario,
    expected=_mean_over_scenarios(_travel_by_scenario),
    model=_travel_model,
)


# --- worst: the longest way of any family served -------------------------------------------------


def _worst_by_scenario(p: Problem, plans: Plans) -> Floats:
    way, needed = plans.longest(p.minutes), p.women > 0
    if way.shape[1] > 1:
        return np.asarray(np.where(needed[None], way, 0.0).max(axis=2))
    # Scenarios in which the same points need stays have the same longest way.
    kinds, kind = np.unique(needed, axis=0, return_inverse=True)
    longest = [np.where(points, way[:, 0], 0.0).max(axis=1) for points in kinds]
    return np.asarray(np.stack(longest, axis=1)[:, kind.ravel()])


def _worst(p: Problem, plans: Plans) -> Floats:
    return np.asarray(_worst_by_scenario(p, plans).max(axis=1))


def _worst_model(p: Problem, v: Variables) -> Linear:
    """Levels of travel d_1 < d_2 < ...; u_l = 1 when somebody travels d_l or longer."""
    ways = p.minutes[v.pair_point, v.pair_site]
    levels, level = np.unique(ways, return_inverse=True)
    reached = v.add(len(levels), upper=1, whole=True)
    out = RowWriter()
    for s in range(v.scenarios):
        needed = (p.women[s] > 0)[v.pair_point] if not v.shared else np.ones(v.pairs, bool)
        out.add_each(-1, [(v.share(s)[needed], 1.0), (reached[level][needed], -1.0)], upper=0)
    if len(levels) > 1:
        out.add_each(-1, [(reached[1:], 1.0), (reached[:-1], -1.0)], upper=0)
    steps = np.diff(levels, prepend=0.0)
    return Linear(columns=reached, cost=steps, rows=out.rows())


WORST = Objective(
    name="worst",
    unit="minutes",
    sentence="Longest one-way travel of any family served.",
    by_scenario=_worst_by_scenario,
    expected=_worst,
    model=_worst_model,
)


# --- fair: Kolm-Pollak equally-distributed equivalent --------------------------------------------

LONG = 600.0
"""Exponents up to which pain is added up as it is; exp(710) is no number."""

FURTHEST = 25.0
"""Exponent of the longest way up to which a solver sees what the others weigh; longer ways count as this one."""


def kolm_pollak_kappa(p: Problem) -> float:
    """Aversion per minute: `fair_aversion` x sum(w t) / sum(w t^2), t to the nearest usable site.

    The scale is fixed by the problem, not by the plan, so that the objective is linear
    (Horton, Logan, Murrell, Skipper and Speakman 2024, "A scalable approach to equitable facility
    location").
    """
    women = p.expected_women
    nearest = np.where(allowed_pairs(p), p.minutes, np.inf).min(axis=1)
    near = np.where(np.isfinite(nearest), nearest, 0.0)
    squares = float(women @ near**2)
    return p.fair_aversion * float(women @ near) / squares if squares > 0 else p.fair_aversion


def _pain(p: Problem, less: float = 0.0) -> Floats:
    """exp(kappa t - less) by pair, 0 where there is no way, (n, m); what no number holds is cut off."""
    ways = np.where(np.isfinite(p.minutes), p.minutes, 0.0)
    return np.where(np.isfinite(p.minutes), np.exp(np.minimum(kolm_pollak_kappa(p) * ways - less, 700.0)), 0.0)


def _equivalent(pain: Floats, women: Floats, kappa: float) -> Floats:
    mean = np.maximum(pain, 1e-300) / np.maximum(women, 1e-300)
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(women > 0, np.log(mean) / kappa, 0.0))


def _fair_parts(p: Problem, plans: Plans) -> tuple[Floats, Floats, Floats]:
    """Pain and women by scenario, (B, S), and the minutes each plan's pain is counted from, (B,)."""
    kappa, served = kolm_pollak_kappa(p), _over_women(p, plans.served)
    if kappa * float(p.minutes[np.isfinite(p.minutes)].max(initial=0.0)) <= LONG:
        return _over_women(p, plans.mean(_pain(p))), served, np.zeros(len(served))
    way, needed = plans.longest(p.minutes), (p.women > 0) & (p.probability[:, None] > 0)
    somewhere = needed if way.shape[1] > 1 else needed.any(axis=0, keepdims=True)
    steps = np.floor(kappa * np.where(somewhere, way, 0.0).max(axis=(1, 2)) / LONG)
    pain = np.zeros(served.shape)
    for step in np.unique(steps):
        pain = np.where((steps == step)[:, None], _over_women(p, plans.mean(_pain(p, step * LONG))), pain)
    return pain, served, np.asarray(steps * LONG / kappa)


def _fair_by_scenario(p: Problem, plans: Plans) -> Floats:
    pain, served, start = _fair_parts(p, plans)
    found = _equivalent(pain, served, kolm_pollak_kappa(p)) + start[:, None]
    return np.asarray(np.where(served > 0, found, 0.0))


def _fair(p: Problem, plans: Plans) -> Floats:
    pain, served, start = _fair_parts(p, plans)
    return _equivalent(pain @ p.probability, served @ p.probability, kolm_pollak_kappa(p)) + start


def _fair_model(p: Problem, v: Variables) -> Linear:
    if not serves_all(p):
        raise DataError(
            [
                Finding(
                    table="objective",
                    value="fair",
                    rule="fairness is measured over all women, so served must be on, without a price",
                    remedy="Turn rules.served on, or choose another objective.",
                )
            ]
        )
    if p.policy.prices:
        # Minutes are the logarithm of what the model adds up: a price a minute is not linear in it.
        raise DataError(
            [
                Finding(
                    table="prices",
                    value=some(p.policy.prices),
                    rule="prices beside the objective fair need every set valued (engine enumerate)",
                    remedy="Turn rules.nearest on and use that engine, remove the prices, or choose another objective.",
                )
            ]
        )
    kappa, women = kolm_pollak_kappa(p), p.scenarios.women_per_year
    ways = kappa * p.minutes[v.pair_point, v.pair_site]
    pain = np.minimum(_pain(p), np.exp(FURTHEST))
    columns, costs = _share_costs(p, v, pain)
    return Linear(
        columns=np.concatenate(columns),
        cost=np.concatenate(costs),
        value=lambda pain: float(np.log(max(pain, 1e-300) / women) / kappa),
        linear=lambda minutes: float(np.exp(kappa * minutes) * women),
        unseen=np.concatenate([v.share(s)[ways > FURTHEST] for s in range(v.scenarios)]),
        refusal=DataError(
            [
                Finding(
                    table="objective",
                    value="fair",
                    rule=f"the longest way weighs at most {np.exp(FURTHEST):.0e} times as much as none, so that a "
                    "solver sees both",
                    remedy=f"Let rules.reach leave out ways above {FURTHEST / kappa:,.0f} minutes, turn rules.nearest "
                    "on (engine enumerate), or choose another objective.",
                )
            ]
        ),
    )


FAIR = Objective(
    name="fair",
    unit="minutes",
    sentence="The one-way travel that, equal for all, would be as good as the plan's unequal one "
    "(Kolm-Pollak).",
    by_scenario=_fair_by_scenario,
    expected=_fair,
    model=_fair_model,
)


# --- cost: DKK a year, building as an annuity ----------------------------------------------------


def _cost_by_scenario(p: Problem, plans: Plans) -> Floats:
    standing = np.where(plans.open, p.finance.full_cost(plans.beds, 0.0, p.care.mean_days), 0.0)
    per_stay = p.finance.occupied_day_dkk * p.care.mean_days
    return np.asarray(standing.sum(axis=1)[:, None] + per_stay * _over_women(p, plans.served))


def _cost_model(p: Problem, v: Variables) -> Linear:
    money, sites = p.finance, p.network.site_ids
    per_stay = money.occupied_day_dkk * p.care.mean_days
    columns, costs = _share_costs(p, v, np.full((len(p.network.point_ids), len(sites)), per_stay))
    sizes = money.bed_dkk_per_year * v.size_beds + money.building_annuity(v.size_beds)
    opened = np.full(len(v.sites), money.unit_dkk_per_year)
    return Linear(
        columns=np.concatenate([v.open[v.sites], v.size, *columns]),
        cost=np.concatenate([opened, sizes, *costs]),
    )


COST = Objective(
    name="cost",
    unit="DKK a year",
    sentence="Yearly cost of all units: running costs, and building as an annuity.",
    by_scenario=_cost_by_scenario,
    expected=_mean_over_scenarios(_cost_by_scenario),
    model=_cost_model,
)

# --- reached: women who accept the place they are offered ----------------------------------------


def acceptance(p: Problem) -> Floats:
    """Share of the women of point i who accept a place at site j, (n, m)."""
    if p.uptake is None:
        raise DataError(
            [
                Finding(
                    table="objective",
                    value="reached",
                    rule="how many are reached needs an uptake curve",
                    remedy="Give travel.uptake, such as [[30, 1.0], [90, 0.7]], or choose another objective.",
                )
            ]
        )
    return p.uptake.at(p.minutes)


def _reached_by_scenario(p: Problem, plans: Plans) -> Floats:
    return -_over_women(p, plans.mean(acceptance(p)))


def _reached_model(p: Problem, v: Variables) -> Linear:
    columns, costs = _share_costs(p, v, -acceptance(p))
    return Linear(columns=np.concatenate(columns), cost=np.concatenate(costs))


REACHED = Objective(
    name="reached",
    unit="women a year",
    sentence="Women who accept the place they are offered, fewer the farther away it is (uptake curve).",
    by_scenario=_reached_by_scenario,
    expected=_mean_over_scenarios(_reached_by_scenario),
    model=_reached_model,
    sign=-1,
)

OBJECTIVES: dict[str, Objective] = {o.name: o for o in (TRAVEL, WORST, FAIR, COST, REACHED)}


def objectives_of(problem: Problem) -> tuple[Objective, ...]:
    """Objectives that can be told of a problem's plans: `reached` only with an uptake curve."""
    return tuple(o for o in OBJECTIVES.values() if o.name != "reached" or problem.uptake is not None)


def sign_of(measure: str) -> int:
    """Minus one for an objective that is to be large, one for every other measure."""
    return OBJECTIVES[measure].sign if measure in OBJECTIVES else 1


def objective_named(name: str) -> Objective:
    """The objective of that name, or a `DataError` that lists them."""
    if name not in OBJECTIVES:
        raise DataError(
            [
                Finding(
                    table="objective",
                    value=name,
                    rule="the objective is one the library knows",
                    remedy=f"Choose from: {some(OBJECTIVES)}.",
                )
            ]
        )
    return OBJECTIVES[name]
