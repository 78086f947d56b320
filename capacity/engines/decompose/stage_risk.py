"""Risk in two stages: rows that compare each scenario's value with one number.

``worst_case``: minimise t, t >= value_s. ``regret``: t >= value_s - best_s. ``cvar``: minimise
eta + sum_s p_s u_s / (1 - level), u_s >= value_s - eta (Rockafellar and Uryasev 2000). These are coupling rows,
each about one scenario; t, eta and u are first-stage columns they decide. What all scenarios pay alike (units
and beds) stays outside: every one of these numbers moves with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.decompose.stage_parts import Second, Stages
from capacity.rules.objectives import Linear
from capacity.tolerances import LEAST_NUMBER


@dataclass(frozen=True, kw_only=True, eq=False)
class Risk:
    """What of the values in the scenarios is minimised.

    Attributes
    ----------
    name : {"worst_case", "regret", "cvar"}
    level : float
        For ``cvar``.
    best : ndarray (S,) or None
        Each scenario's own best, for ``regret``.
    """

    name: str
    level: float = 0.9
    best: Floats | None = None


def at_risk(stages: Stages, risk: Risk, possible: Bools) -> Stages:
    """The stages with a risk in place of the expected value.

    Parameters
    ----------
    stages : Stages
    risk : Risk
    possible : ndarray (S,) of bool
        Scenarios with a probability: no others count.
    """
    scenarios = stages.scenarios
    counted = np.flatnonzero(possible)
    values = [second.cost / second.probability for second in scenarios]
    best = np.zeros(len(scenarios)) if risk.best is None else risk.best
    unit = max(float(np.abs(values[s]).max(initial=0.0)) for s in counted)
    if unit <= LEAST_NUMBER:
        # Who goes where costs nothing in any scenario: only what they are compared with has a size.
        unit = max(1.0, float(np.abs(best[counted]).max()))
    least = np.array([_least(scenarios[s], values[s]) - best[s] for s in counted]) / unit
    rows, top = len(stages.least) + np.arange(len(counted)), len(stages.cost)
    over = top + 1 + np.arange(len(counted) if risk.name == "cvar" else 0)
    chance = np.array([scenarios[s].probability for s in counted])
    first = stages.coupling
    changed = [replace(second, cost=np.zeros(len(second.cost))) for second in scenarios]
    for row, s in zip(rows.tolist(), counted.tolist(), strict=True):
        second, used = changed[s], np.flatnonzero(values[s])
        compared = second.coupling.with_(np.full(len(used), row), used, -values[s][used] / unit)
        changed[s] = replace(second, coupling=compared)
    first = first.with_(rows, np.full(len(rows), top), np.ones(len(rows)))
    first = first.with_(rows[: len(over)], over, np.ones(len(over)))
    added = 1 + len(over)
    tail = unit * chance[: len(over)] / (1 - risk.level)
    return replace(
        stages,
        cost=np.concatenate([stages.cost, [unit], tail]),
        lower=np.concatenate([stages.lower, [least.min() if len(over) else least.max()], np.zeros(len(over))]),
        upper=np.append(stages.upper, np.full(added, np.inf)),
        whole=np.append(stages.whole, np.zeros(added, dtype=bool)),
        coupling=first,
        least=np.append(stages.least, -best[counted] / unit),
        scenarios=changed,
        terms=Linear(columns=np.zeros(0, np.int64), cost=np.zeros(0)),
        own=np.append(stages.own, counted),
        start=np.append(stages.start, np.ones(len(rows))),
        expected=[second.cost for second in scenarios],
    )


def in_one(stages: Stages, s: int) -> Stages:
    """The stages as if only what one scenario costs counted; the rules stay those of all."""
    scenarios = [
        replace(one, cost=one.cost / one.probability if k == s else np.zeros(len(one.cost)))
        for k, one in enumerate(stages.scenarios)
    ]
    return replace(stages, scenarios=scenarios)


def _least(second: Second, value: Floats) -> float:
    """What a scenario costs at least."""
    pays = value < 0
    return float(value[pays] @ (second.scale * second.constant[0])[pays])
