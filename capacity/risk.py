"""Deciding under scenarios: expected value, worst case, regret and conditional value at risk.

Units and beds are chosen before the scenario is known; with ``nearest`` and ``served`` the open set
decides who goes where in every scenario. So every set is valued under every scenario by arrays.

References
----------
P. Kouvelis and G. Yu 1997, "Robust Discrete Optimization and Its Applications" (regret).
R. T. Rockafellar and S. Uryasev 2000, "Optimization of conditional value-at-risk".
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from capacity.enumeration import blocks, ids_of, keeps_rules, space_of, why_not, yearly_cost
from capacity.errors import DataError, Finding, InfeasibleError, SolverError, some
from capacity.labels import Bools, Floats
from capacity.objectives import Objective, objective_named
from capacity.plan import Plan, make_plan
from capacity.problem import Problem
from capacity.rules import NearestPlans, allowed_pairs
from capacity.tolerances import TIE

RISKS = ("expected", "worst_case", "regret", "cvar")

CELLS = 2_000_000
"""Plans x scenarios x (points or sites) valued at once: 16 MB an array."""

KEPT_CELLS = 4_000_000
"""Plans x scenarios remembered between the two passes of regret; beyond, they are valued again."""


class ScenarioPlans(NearestPlans):
    """Plans of few sets under many scenarios: stays by one matrix product."""

    @cached_property
    def stays(self) -> Floats:
        """Women served by scenario and site, a year, (B, S, m)."""
        sites = np.arange(self.open.shape[1])
        uses = (self.site[:, :, None] == sites).astype(float)
        return np.asarray(self.problem.women @ uses)


@dataclass(frozen=True, kw_only=True, eq=False)
class Valued:
    """Plans that keep the rules, under every scenario.

    Attributes
    ----------
    plans : NearestPlans
        B plans.
    value : ndarray (B, S)
        The objective in each scenario, prices of broken rules included.
    expected : ndarray (B,)
        The objective as `solve` minimises it.
    """

    plans: NearestPlans
    value: Floats
    expected: Floats


def valued(problem: Problem, objective: Objective) -> Iterator[Valued]:
    """Every set of sites that keeps the rules, valued under every scenario, block by block.

    A set's beds are the fewest that keep the promise in every scenario that must hold.
    """
    space, allowed = space_of(problem), allowed_pairs(problem)
    scenarios, cells = len(problem.scenarios.ids), max(allowed.shape)
    size = max(1, CELLS // (scenarios * cells))
    for block in blocks(problem, space):
        for start in range(0, len(block.open), size):
            plans = ScenarioPlans(problem, block.open[start : start + size], allowed)
            kept, paid = keeps_rules(problem, plans)
            if kept.any():
                value = objective.by_scenario(problem, plans) + paid[:, None]
                expected = objective.expected(problem, plans) + paid
                chosen = ScenarioPlans(problem, plans.open[kept], allowed)
                yield Valued(plans=chosen, value=value[kept], expected=expected[kept])


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
    order = np.argsort(-value, axis=1, kind="stable")
    worst = np.take_along_axis(value, order, axis=1)
    chance = probability[order]
    before = np.cumsum(chance, axis=1) - chance
    weight = np.clip(tail - before, 0.0, chance)
    # The last scenario takes what rounding left over of the tail.
    return np.asarray((weight * worst).sum(axis=1) / weight.sum(axis=1))


def risk_of(
    value: Floats, expected: Floats, best: Floats | None, probability: Floats, risk: str, level: float
) -> Floats:
    """The number that is minimised, (B,).

    Parameters
    ----------
    value : ndarray (B, S)
    expected : ndarray (B,)
        The objective over all scenarios.
    best : ndarray (S,) or None
        Each scenario's own best, for regret.
    probability : ndarray (S,)
    risk : {"expected", "worst_case", "regret", "cvar"}
        Scenarios without probability count in none of them.
    level : float
        For ``cvar``.
    """
    if risk == "expected":
        return expected
    possible = probability > 0
    if risk == "cvar":
        return cvar(value[:, possible], probability[possible], level)
    if risk == "worst_case":
        return np.asarray(value[:, possible].max(axis=1))
    assert best is not None
    return np.asarray((value - best)[:, possible].max(axis=1))


@dataclass(frozen=True, kw_only=True, eq=False)
class RiskFound:
    """The set with the least risk.

    Attributes
    ----------
    open : ndarray (m,) of bool
    risk_value : float
    value : ndarray (S,)
        The objective in each scenario.
    best : ndarray (S,)
        Least objective of any plan in each scenario.
    kept, sets : int
        Sets that keep the rules, and sets valued.
    """

    open: Bools
    risk_value: float
    value: Floats
    best: Floats
    kept: int
    sets: int


def least_risk(problem: Problem, objective: Objective, risk: str, level: float) -> RiskFound | None:
    """Value every set under every scenario; None where no set keeps the rules."""
    scenarios = len(problem.scenarios.ids)
    best = np.full(scenarios, np.inf)
    remembered: list[Valued] = []
    kept, held = 0, 0
    leaders: list[tuple[float, int, float, tuple[str, ...], Bools, Floats]] = []
    lowest = np.inf

    def weigh(found: Valued) -> None:
        nonlocal lowest, leaders
        at_risk = risk_of(
            found.value, found.expected, best, problem.probability, risk, level
        )
        scale = max(1.0, float(np.abs(found.value).max()))
        least = float(at_risk.min())
        if least < lowest:
            lowest = least
            leaders = [entry for entry in leaders if entry[0] <= lowest + TIE * scale]
        for b in np.flatnonzero(at_risk <= lowest + TIE * scale):
            one = ScenarioPlans(problem, found.plans.open[[b]], allowed_pairs(problem))
            leaders.append(
                (
                    float(at_risk[b]), int(one.beds.sum()), float(yearly_cost(problem, one)[0]),
                    ids_of(problem, one.open[0]), one.open[0], found.value[b],
                )
            )  # fmt: skip

    for found in valued(problem, objective):
        kept += len(found.value)
        best = np.minimum(best, found.value.min(axis=0))
        if risk != "regret":
            weigh(found)
        elif held + found.value.size <= KEPT_CELLS:
            held += found.value.size
            remembered.append(found)
    if risk == "regret":
        whole = sum(len(found.value) for found in remembered) == kept
        for found in remembered if whole else valued(problem, objective):
            weigh(found)
    if not leaders:
        return None
    first = _first(leaders)
    return RiskFound(
        open=first[4], risk_value=first[0], value=first[5], best=best, kept=kept,
        sets=space_of(problem).sets,
    )  # fmt: skip


def _first(
    leaders: list[tuple[float, int, float, tuple[str, ...], Bools, Floats]],
) -> tuple[float, int, float, tuple[str, ...], Bools, Floats]:
    """Among the tied: fewer beds, then lower yearly cost, then lower site ids."""
    beds = min(entry[1] for entry in leaders)
    leaders = [entry for entry in leaders if entry[1] == beds]
    cost = min(entry[2] for entry in leaders)
    leaders = [entry for entry in leaders if entry[2] <= cost * (1 + TIE)]
    return min(leaders, key=lambda entry: entry[3])


def solve_under_risk(
    problem: Problem, objective: str = "travel", risk: str = "expected", level: float = 0.9
) -> Plan:
    """The plan with the least risk over the scenarios, proven by valuing every set of sites.

    Parameters
    ----------
    problem : Problem
        With ``nearest`` and ``served`` on. The promise binds in the scenarios that must hold.
    objective : {"travel", "worst", "fair", "cost"}
    risk : {"expected", "worst_case", "regret", "cvar"}
        ``regret``: the largest difference, over scenarios, to that scenario's own best among all
        plans that keep the rules. ``cvar``: the mean of the worst ``1 - level`` of the scenarios.
    level : float
        At least 0 and below 1; for ``cvar``.

    Returns
    -------
    Plan
        Its `objective` is the expected one; ``record["risk_value"]`` is what was minimised, and
        ``record["by_scenario"]`` holds value and regret in each scenario.

    Raises
    ------
    DataError, InfeasibleError, SolverError
        As `capacity.solve`.
    """
    goal = objective_named(objective)
    _refuse(problem, risk, level)
    started, clock, cpu = datetime.now(UTC), time.perf_counter(), time.process_time()
    found = least_risk(problem, goal, risk, level)
    if found is None:
        raise InfeasibleError(problem, problem.policy.on)
    from capacity.solving import run_record

    plans = ScenarioPlans(problem, found.open[None, :], allowed_pairs(problem))
    scenarios = len(problem.scenarios.ids)
    record = run_record(problem) | {
        "engine": "enumerate", "solver": "none", "objective": goal.name, "time_limit": None,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 6),
        "cpu_seconds": round(time.process_time() - cpu, 6),
        "sets": found.sets, "valued": found.sets, "interrupted": False,
        "risk": risk, "level": level if risk == "cvar" else None, "risk_value": found.risk_value,
        "by_scenario": {
            s: {"value": float(v), "regret": float(v - b)}
            for s, v, b in zip(problem.scenarios.ids, found.value, found.best, strict=True)
        },
    }  # fmt: skip
    plan = make_plan(
        problem, goal.name, found.open, plans.shares(0), plans.beds[0], status="optimal", bound=np.inf,
        certificate=f"All {found.sets:,} sets of sites were valued in {scenarios:,} "
        f"scenario{'s' * (scenarios > 1)}; none has a lower {SAID[risk]}.",
        record=record,
    )  # fmt: skip
    faults = plan.check()
    if faults:
        raise SolverError("The plan did not pass its own check:\n" + "\n".join(str(f) for f in faults))
    return plan


SAID = {
    "expected": "expected value",
    "worst_case": "worst case",
    "regret": "largest regret",
    "cvar": "conditional value at risk",
}


def _refuse(problem: Problem, risk: str, level: float) -> None:
    found = []
    if risk not in RISKS:
        found.append(
            Finding(
                table="solve", column="risk", value=str(risk), rule="the risk is one the library knows",
                remedy=f"Choose from: {some(RISKS)}.",
            )
        )  # fmt: skip
    if not (isinstance(level, (int, float)) and 0 <= level < 1):
        found.append(
            Finding(
                table="solve", column="level", value=str(level), rule="a level is at least 0 and below 1",
                remedy="0.9 looks at the worst tenth.",
            )
        )  # fmt: skip
    reason = why_not(problem)
    if reason:
        found.append(
            Finding(
                table="solve", column="risk", value=str(risk),
                rule=f"risk over scenarios needs every family bound to its nearest unit: {reason}",
                remedy="Turn rules.nearest on, or plan for the expected value.",
            )
        )  # fmt: skip
    if found:
        raise DataError(found)
