"""A set of sites settled quickly where families may be split: on the columns that the relaxation leaves in question."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.bending import cuts_of
from capacity.engines.clock import Clock
from capacity.engines.linear.model import LinearModel, Model
from capacity.engines.linear.solvers import Solution, relaxed, solve_arrays
from capacity.engines.settling import Settled, as_found, ask, criteria_of, settle_by_steps, settle_set, without_room
from capacity.rules import SplitPlan, beds_decide, rules_on
from capacity.rules.plans import smallest_sizes
from capacity.tolerances import AGREE, LEAST_NUMBER, NOBODY, SLACK, TIE

MANY = 2_000
"""Shares from which a set is settled on a core of them: fewer are as quick all together."""

ROUNDS = 30
"""Times a relaxation is solved for the cuts of rules that bend; the steps that follow make what cuts they lack."""

CHEAPEST = 2
"""Points that are tried for each way from one unit to another: what little room there is goes there first."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Relaxed:
    """A set's relaxation.

    Attributes
    ----------
    model : Model
    linear : LinearModel
        With the units decided.
    opened : ndarray (m,) of bool
    least : float
        No plan has less, by the model's columns.
    values, dual : ndarray
        Of the columns, and of the rows.
    """

    model: Model
    linear: LinearModel
    opened: Bools
    least: float
    values: Floats
    dual: Floats

    @classmethod
    def of(cls, model: Model, opened: Bools, clock: Clock) -> Relaxed | None:
        """The relaxation of a set; None where it has none, or tells nothing of plans."""
        v = model.variables
        if clock.over or v.whole or model.slack:
            return None
        linear = model.linear.with_fixed(v.open[v.sites], opened[v.sites].astype(float))
        least, values, dual = relaxed(linear, clock=clock)
        for _ in range(ROUNDS):
            cuts = [] if values is None else cuts_of(model, values)
            if not cuts:
                break
            for columns, coefficients in cuts:
                linear = linear.with_row(columns, coefficients, lower=0.0)
            least, values, dual = relaxed(linear, clock=clock)
        if values is None:
            return None
        return cls(model=model, linear=linear, opened=opened, least=least, values=values, dual=dual)

    def as_plan(self) -> Settled | None:
        """Its shares with the smallest sizes that fit, where that keeps every rule and costs no more."""
        if self.linear.cost[self.model.variables.size].any():
            return None
        plan, problem = as_found(self.model, self.values), self.model.problem
        split = SplitPlan(problem, self.opened, plan.beds, plan.shares)
        if any(rule.excess(problem, split).broken.any() for rule in rules_on(problem)):
            return None
        least = self.model.terms.value(self.least)
        return plan if plan.rank.objective <= least + TIE * max(1.0, abs(least)) else None

    def beyond(self) -> Floats:
        """What each column costs beyond the least there is."""
        linear = self.linear
        return linear.cost - np.bincount(linear.column, linear.coefficient * self.dual[linear.row], len(linear.cost))


def settle_small(model: Model, opened: Bools, *, clock: Clock) -> Settled | None:
    """The same as `settle` where families may be split, quicker where the relaxation leaves little to choose.

    It tells what a share costs beyond the least there is, and so how much of it the room left to later criteria can
    take at most. Where so little decides no unit's size, the sizes are known, and the steps that look for them spared.
    Of many shares, those alone that may be in question are looked at.
    """
    seen = Relaxed.of(model, opened, clock)
    if seen is not None:
        many = model.variables.pairs * model.variables.scenarios > MANY
        found = _on_core(seen, clock) if many else _surely(seen, clock)
        if found is not None:
            return found
    return settle_set(model, opened, clock)


def _surely(seen: Relaxed, clock: Clock) -> Settled | None:
    """The plan where what is in question decides no unit's size; None where it may."""
    model, linear, opened = seen.model, seen.linear, seen.opened
    v, problem = model.variables, model.problem
    plan = None if beds_decide(problem) is not None or model.bending else seen.as_plan()
    moved = None if plan is None else _most_moved(seen, clock)
    if plan is None or moved is None:
        return None
    stays = SplitPlan(problem, opened, plan.beds, plan.shares).stays[0]
    sizes = [smallest_sizes(problem, np.maximum(stays + sign * moved, 0.0)[None], opened[None]) for sign in (-1, 1)]
    if (sizes[0] != sizes[1]).any() or (sizes[0][0] != plan.beds).any():
        return None
    values = np.where(linear.integer, 0.0, seen.values)
    values[v.open[v.sites]] = opened[v.sites]
    values[v.size] = (plan.beds[v.size_site] == v.size_beds) & opened[v.size_site]
    return without_room(model, linear, [(np.arange(v.count), linear.cost), *criteria_of(model)], plan, values, clock)


def _shares(model: Model) -> tuple[Ints, Floats]:
    """Columns of all shares, scenario by scenario, and the stays that a whole one is (where shared, the most)."""
    v, women = model.variables, model.problem.women
    each = women.max(axis=0)[None] if v.shared else women
    return np.concatenate([v.share(s) for s in range(v.scenarios)]), each[:, v.pair_point].ravel()


def _most_moved(seen: Relaxed, clock: Clock) -> float | None:
    """Stays that may go elsewhere in any scenario while the objective stays within the room; None where not known."""
    linear, room = seen.linear, 4 * SLACK * max(1.0, abs(seen.least))
    shares, stays = _shares(seen.model)
    used = seen.values[shares] > NOBODY
    most = np.minimum(room / np.maximum(seen.beyond()[shares], LEAST_NUMBER), 1.0)
    # What is in use loses what others take; of those that cost nothing more a programme tells how much that is.
    free = ~used & (most * stays > NOBODY)
    moved = float((most * stays)[~used & ~free].sum())
    if not free.any():
        return moved
    upper = linear.upper.copy()
    upper[shares] = np.where(used, upper[shares], np.minimum(upper[shares], most))
    within = replace(linear, upper=upper, integer=np.zeros(len(upper), dtype=bool)).with_row(
        np.arange(len(linear.cost)), linear.cost, upper=seen.least + room
    )
    found = solve_arrays(within.minimising(shares[free], -stays[free]), time_limit=clock.left, clock=clock)
    if found.interrupted:
        raise KeyboardInterrupt
    return moved - found.objective + AGREE if found.outcome == "optimal" else None


# --- on a core of the shares ---------------------------------------------------------------------


def _on_core(seen: Relaxed, clock: Clock) -> Settled | None:
    """The plan, the steps that look for sizes asked about a core of the shares; None where that costs anything.

    Shares that cost something beyond the least there is have no part in a plan that costs no more: they stay as they
    are. The little room that steps leave to the next is taken by those that cost least for a way between two units.
    """
    model, fixed = seen.model, ~_core(seen)
    asked = seen.linear.with_fixed(np.flatnonzero(fixed), np.round(seen.values[fixed]))

    def by_core(step: LinearModel) -> Solution:
        return ask_of_free(step, clock)

    found = settle_by_steps(model, asked, by_core, clock, whole=seen.linear)
    if found is None or clock.over:
        return None
    room = SLACK * max(1.0, abs(seen.least))
    return found if found.rank.objective - model.terms.value(seen.least) <= room else None


def _core(seen: Relaxed) -> Bools:
    """Columns in question, (columns,)."""
    v, problem = seen.model.variables, seen.model.problem
    shares, stays = _shares(seen.model)
    value, dear = seen.values[shares], np.abs(seen.beyond()[shares]) / np.maximum(stays, LEAST_NUMBER)
    size = float(dear.max(initial=0.0))
    whole = np.minimum(value, 1.0 - value) <= NOBODY
    core = ~whole | (dear <= AGREE * size)
    n, m = problem.minutes.shape
    scenario = np.repeat(np.arange(v.scenarios), v.pairs)
    # Where each point's women are: the unit with most of them.
    table = np.zeros((v.scenarios, n, m))
    table[scenario, np.tile(v.pair_point, v.scenarios), np.tile(v.pair_site, v.scenarios)] = value
    home = table.argmax(axis=2)
    at = home[scenario, np.tile(v.pair_point, v.scenarios)]
    to = np.tile(v.pair_site, v.scenarios)
    way = (scenario * m + at) * m + to
    other = np.flatnonzero((at != to) & (stays > 0))
    order = other[np.lexsort((dear[other], way[other]))]
    first = np.searchsorted(way[order], way[order])
    cheapest = order[np.arange(len(order)) - first < CHEAPEST]
    core[cheapest] = True
    # Whoever may go elsewhere may leave.
    moving = np.zeros((v.scenarios, n), dtype=bool)
    moving[scenario[core], np.tile(v.pair_point, v.scenarios)[core]] = True
    core |= (at == to) & moving[scenario, np.tile(v.pair_point, v.scenarios)]
    found = np.ones(len(seen.linear.cost), dtype=bool)
    found[shares] = core
    return found


def ask_of_free(step: LinearModel, clock: Clock) -> Solution:
    """`ask`, without the columns that are fixed and the rows in which no other stands."""
    fixed = step.lower == step.upper
    value = np.where(fixed, step.lower, 0.0)
    held = np.bincount(step.row, step.coefficient * value[step.column], len(step.row_lower))
    kept = ~fixed[step.column]
    rows = np.zeros(len(step.row_lower), dtype=bool)
    rows[step.row[kept]] = True
    place, count = np.cumsum(rows) - 1, np.bincount(step.column[kept], minlength=len(fixed))[~fixed]
    small = replace(
        step,
        cost=step.cost[~fixed],
        constant=step.constant + float(step.cost @ value),
        lower=step.lower[~fixed],
        upper=step.upper[~fixed],
        integer=step.integer[~fixed],
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int32),
        row=place[step.row[kept]].astype(np.int32),
        coefficient=step.coefficient[kept],
        row_lower=(step.row_lower - held)[rows],
        row_upper=(step.row_upper - held)[rows],
    )
    found = ask(small, clock)
    if found.values is None:
        return found
    value[~fixed] = found.values
    return replace(found, values=value)
