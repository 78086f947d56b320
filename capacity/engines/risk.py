"""Deciding under scenarios: expected value, worst case, regret and conditional value at risk.

A risk makes one number of an objective's values in the scenarios. So it is an objective itself: the
engines, their limits and their ties stay what they are.

References
----------
P. Kouvelis and G. Yu 1997, "Robust Discrete Optimization and Its Applications" (regret).
R. T. Rockafellar and S. Uryasev 2000, "Optimization of conditional value-at-risk".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.errors import DataError, Finding, some
from capacity.problem.problem import Problem
from capacity.rules import Plans, Variables, paid_in, scenario_of
from capacity.rules.objectives import OBJECTIVES, Linear, Objective
from capacity.rules.rows import RowWriter
from capacity.tolerances import AGREE, TIE, WHOLE_NUMBER

RiskName = Literal["expected", "worst_case", "regret", "cvar"]
"""What of an objective's values in the scenarios is minimised."""

RISKS: tuple[RiskName, ...] = get_args(RiskName)

SAID = {
    "expected": "expected value",
    "worst_case": "worst case",
    "regret": "largest regret",
    "cvar": "conditional value at risk",
}


def cvar(value: Floats, probability: Floats, level: float) -> Floats:
    """Mean of the worst ``1 - level`` of the scenarios, larger being worse, (B,).

    Parameters
    ----------
    value : ndarray (B, S)
    probability : ndarray (S,)
    level : float
        0 gives the mean; near 1 the worst case.
    """
    tail = 1 - level
    if np.ptp(probability) == 0 and level < 1:
        return _tail_of_equals(value, tail)
    order = np.argsort(-value, axis=1, kind="stable")
    worst = np.take_along_axis(value, order, axis=1)
    chance = probability[order]
    before = np.cumsum(chance, axis=1) - chance
    weight = np.clip(tail - before, 0.0, chance)
    # The last scenario takes what rounding left over of the tail.
    return np.asarray((weight * worst).sum(axis=1) / weight.sum(axis=1))


def _tail_of_equals(value: Floats, tail: float) -> Floats:
    """`cvar` of equally likely scenarios: the worst few by selection, no sorting."""
    count = value.shape[1]
    whole = min(int(tail * count + WHOLE_NUMBER), count)
    part = max(tail * count - whole, 0.0) if whole < count else 0.0
    worst = np.partition(value, (count - whole - 1) if whole < count else 0, axis=1)
    total = worst[:, count - whole :].sum(axis=1)
    if part > 0:
        total = total + part * worst[:, count - whole - 1]
    return np.asarray(total / (whole + part))


def risk_of(value: Floats, best: Floats | None, probability: Floats, risk: str, level: float) -> Floats:
    """The number that is minimised, (B,).

    Parameters
    ----------
    value : ndarray (B, S)
    best : ndarray (S,) or None
        Each scenario's own best, for regret.
    probability : ndarray (S,)
    risk : {"expected", "worst_case", "regret", "cvar"}
        Scenarios without probability count in none of them.
    level : float
        For ``cvar``.
    """
    possible = probability > 0
    if risk == "expected":
        return np.asarray(value @ probability)
    if risk == "cvar":
        return cvar(value[:, possible], probability[possible], level)
    if risk == "worst_case":
        return np.asarray(value[:, possible].max(axis=1))
    assert best is not None
    regret = (value - best)[:, possible].max(axis=1)
    # A plan that is best everywhere has no regret, not the rounding of one; and none has less than none.
    size = np.abs(best[possible]).max()
    return np.asarray(np.where((regret <= TIE * size) & (regret >= -AGREE * size), 0.0, regret))


def least_by_scenario(problem: Problem, objective: Objective) -> Floats:
    """What the objective cannot fall below in any scenario, (S,); minus infinity where it does not say."""
    if objective.floor is None:
        return np.full(len(problem.scenarios.ids), -np.inf)
    return objective.floor(problem)


def refuse_rows(objective: Objective) -> None:
    """Raise `DataError` for an objective whose risk cannot be written in rows."""
    if not objective.in_rows:
        others = some(o.name for o in OBJECTIVES.values() if o.in_rows and o.sign > 0)
        raise DataError(
            [
                Finding(
                    table="solve",
                    column="objective",
                    value=objective.name,
                    rule="the model holds risk over values that are sums over women",
                    remedy=f"Choose one of {others}, or turn rules.nearest on.",
                )
            ]
        )


def paid_columns(problem: Problem, v: Variables, scenario: int) -> list[tuple[Ints, Floats]]:
    """Columns of what is broken at a price in one scenario (-1: whatever happens), and the prices."""
    found = []
    for rule, slack in v.slack.items():
        mine = scenario_of(problem, slack.keys) == scenario
        found.append((slack.columns[mine], slack.cost(problem.policy.prices[rule])[mine]))
    return found


def in_each_scenario(problem: Problem, v: Variables, objective: Objective) -> list[Linear]:
    """The objective's columns and costs as if each scenario were certain."""
    count = len(problem.scenarios.ids)
    return [
        objective.model(problem.replace(scenarios=problem.scenarios.replace(probability=np.arange(count) == s)), v)
        for s in range(count)
    ]


def at_risk(objective: Objective, risk: str, level: float, best: Floats | None) -> Objective:
    """The objective with a risk in place of the expected value.

    Parameters
    ----------
    objective : Objective
    risk : {"worst_case", "regret", "cvar"}
    level : float
        For ``cvar``.
    best : ndarray (S,) or None
        Each scenario's own best, for ``regret``.
    """

    def expected(p: Problem, plans: Plans) -> Floats:
        common, own = paid_in(p, plans)
        # Each scenario's own best has paid what is paid whatever happens, too: a regret is known by all of it.
        value = risk_of(objective.by_scenario(p, plans) + own + common[:, None], best, p.probability, risk, level)
        # The engines add the expected price themselves; here it counts where it is paid.
        return np.asarray(value - common - own @ p.probability)

    return replace(objective, expected=expected, model=_rows_of(objective, risk, level, best), recourse=objective.model)


def _rows_of(
    objective: Objective, risk: str, level: float, best: Floats | None
) -> Callable[[Problem, Variables], Linear]:
    """The risk as linear rows over the values in the scenarios.

    Notes
    -----
    ``worst_case``: minimise t, t >= value_s. ``regret``: t >= value_s - best_s. ``cvar``: minimise
    eta + sum_s p_s u_s / (1 - level), u_s >= value_s - eta (Rockafellar and Uryasev). The model's
    columns are not negative, so t and eta are counted from the least they can be. Scenarios without
    probability have no row. Values are written in units of the largest coefficient, so that the
    rows stay in the solver's range.
    """

    def model(p: Problem, v: Variables) -> Linear:
        refuse_rows(objective)
        goals = in_each_scenario(p, v, objective)
        possible = np.flatnonzero(p.probability > 0).tolist()
        unit = max(float(np.abs(goals[s].cost).max(initial=0.0)) for s in possible) or 1.0
        own = best if risk == "regret" and best is not None else np.zeros(len(goals))
        # Women reached are counted with their sign turned: at the least minus all women.
        zero = float((own - least_by_scenario(p, objective))[possible].max())
        writer = RowWriter()
        columns_at: list[Ints] = []
        cost_at: list[Floats] = []
        top = v.add(1)
        over = v.add(len(possible)) if risk == "cvar" else np.zeros(0, np.int64)
        for k, s in enumerate(possible):
            paid = paid_columns(p, v, s)
            terms: list[tuple[Ints, Floats | float]] = [(top, 1.0), (goals[s].columns, -goals[s].cost / unit)]
            terms += [(columns, -cost / unit) for columns, cost in paid]
            # The model pays the expected price of what is broken; here it counts where it is paid.
            columns_at += [columns for columns, _ in paid]
            cost_at += [-p.probability[s] * cost for _, cost in paid]
            if risk == "cvar":
                terms.append((over[[k]], 1.0))
            writer.add(-1, terms, lower=float(goals[s].constant - own[s] + zero) / unit)
        cost = np.concatenate([np.ones(1), p.probability[possible[: len(over)]] / (1 - level)])
        return Linear(
            columns=np.concatenate([top, over, *columns_at]),
            cost=np.concatenate([unit * cost, *cost_at]),
            constant=-zero,
            rows=writer.rows(),
        )

    return model


def refuse(risk: RiskName | str, level: float) -> RiskName:
    """The risk of that name; raises `DataError` where it or its level is not of this library."""
    findings = []
    if risk not in RISKS:
        findings.append(
            Finding(
                table="solve",
                column="risk",
                value=str(risk),
                rule="the risk is one the library knows",
                remedy=f"Choose from: {some(RISKS)}.",
            )
        )
    if not (isinstance(level, (int, float)) and 0 <= level < 1):
        findings.append(
            Finding(
                table="solve",
                column="level",
                value=str(level),
                rule="a level is at least 0 and below 1",
                remedy="0.9 looks at the worst tenth.",
            )
        )
    if findings:
        raise DataError(findings)
    return next(name for name in RISKS if name == risk)
