"""Sets that are equally good, and all sets in order, asked of the model one by one.

Ties are decided as everywhere: fewer beds, lower yearly cost, lower site ids. A set found first is settled,
and further sets are asked for that are as good until none is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.bending import proven
from capacity.engines.clock import Clock
from capacity.engines.enumerate import why_not
from capacity.engines.linear.model import LinearModel, Model
from capacity.engines.settling import Settled, ask, opened_in, priced, settle
from capacity.rules import serves_all
from capacity.rules.objectives import cost_of_all_stays
from capacity.rules.worst import ways_that_count
from capacity.tolerances import SLACK, TIE

MOST_TIES = 200
"""Sets compared at most when many are equally good."""

FEW_TIES = 6
"""Sets with as many beds that are compared one by one; of more the first is asked for."""

AT_ONCE = 12
"""Sites whose ids are decided by one question."""


def place(one: Settled) -> tuple[int, float, tuple[str, ...]]:
    """A plan's place among those as good, whose objectives differ by rounding only."""
    return one.rank.beds, float(f"{one.rank.cost:.9g}"), one.rank.site_ids


def first_of_ties(model: Model, best: Settled, clock: Clock) -> tuple[Settled, bool]:
    """The first in the order of plans of the sets as good as the best, and whether all were compared."""
    linear = without(tied(model, model.linear, best.rank.objective), *_opens(model, best.open))
    try:
        return next(in_order_of_ties(model, linear, [best], clock)), True
    except ManyTiesError as many:
        return min(many.known, key=place), False


def _opens(model: Model, opened: Bools) -> tuple[Ints, Bools]:
    v = model.variables
    return v.open[v.sites], opened[v.sites]


def tied(model: Model, linear: LinearModel, value: float) -> LinearModel:
    """The model with what is worse than a value of the objective left out, but for rounding."""
    limit = _linear_value(model, value)
    return linear.with_row(
        np.arange(len(model.linear.cost)), model.linear.cost, upper=limit - model.linear.constant + _room(limit)
    )


def within_minutes(model: Model, linear: LinearModel, minutes: float) -> LinearModel:
    """The model with nobody sent farther, whose way counts."""
    v = model.variables
    far = ways_that_count(model.problem)[v.pair_point, v.pair_site] > minutes
    columns = np.concatenate([v.share(s)[far & (_needed(model, s) > 0)] for s in range(v.scenarios)])
    return linear.with_fixed(columns, np.zeros(len(columns)))


def _needed(model: Model, scenario: int) -> Floats:
    """Women behind each pair in a scenario; where one assignment serves all, as many as in any of them."""
    women, v = model.problem.women, model.variables
    return np.asarray((women.max(axis=0) if v.shared else women[scenario])[v.pair_point])


def _linear_value(model: Model, value: float) -> float:
    return value if priced(model) else model.terms.linear(value)


def _room(value: float) -> float:
    return SLACK * max(1.0, abs(value))


def _as_good(model: Model, one: Settled, value: float) -> bool:
    """Whether a set is as good as a value, and not only within the room a solver needs."""
    if why_not(model.problem) is None:
        return one.rank.objective <= value + TIE * abs(value)
    limit = _linear_value(model, value)
    return _linear_value(model, one.rank.objective) <= limit + 10 * _room(limit)


class ManyTiesError(Exception):
    """Not all sets that are equally good were compared: too many, or the limit was reached.

    Attributes
    ----------
    known : list of Settled
        Those found and not yet given.
    """

    def __init__(self, known: list[Settled]) -> None:
        super().__init__()
        self.known = known


def in_order_of_ties(model: Model, linear: LinearModel, known: Sequence[Settled], clock: Clock) -> Iterator[Settled]:
    """Sets that are equally good, in the order of plans: fewer beds, lower yearly cost, lower ids.

    Sets are asked for by their beds alone; where many have as many, by their cost and ids as well, so that the
    first of them are found without the others.

    Parameters
    ----------
    model : Model
    linear : LinearModel
        The model's arrays without what is worse, nor the sets that are known.
    known : sequence of Settled
        At least one.
    clock : Clock

    Raises
    ------
    ManyTiesError
        `MOST_TIES` were asked for, or the limit was reached.
    """
    v, waiting = model.variables, list(known)
    value = min(settled.rank.objective for settled in known)
    for _ in range(MOST_TIES):
        step = ask(linear.minimising(v.size, v.size_beds.astype(float)), clock)
        if step.interrupted:
            raise KeyboardInterrupt
        if step.outcome == "infeasible":
            break
        if step.values is None or step.outcome != "optimal":
            raise ManyTiesError(waiting)
        beds = round(step.objective)
        for settled in sorted((w for w in waiting if w.rank.beds < beds), key=place):
            waiting.remove(settled)
            yield settled
        opened, first = opened_in(model, step.values), False
        if sum(settled.rank.beds == beds for settled in waiting) >= FEW_TIES:
            opened, first = _lowest(model, linear, beds, opened, clock)
        another = settle(model, opened, clock=clock)
        linear = without(linear, *_opens(model, opened))
        if another is None or not _as_good(model, another, value):
            continue
        waiting.append(another)
        if first and another.rank.beds == beds:
            for settled in sorted((w for w in waiting if place(w) <= place(another)), key=place):
                waiting.remove(settled)
                yield settled
    else:
        raise ManyTiesError(waiting)
    yield from sorted(waiting, key=place)


def _lowest(model: Model, linear: LinearModel, beds: int, opened: Bools, clock: Clock) -> tuple[Bools, bool]:
    """Of the sets with so many beds that of the lowest cost and the lowest ids, and whether it is proven so.

    Ids are decided a few sites at a time: the powers of two that put sets in order grow too large for a solver.
    """
    v, cost = model.variables, cost_of_all_stays(model.problem, model.variables)
    linear = linear.with_row(v.size, v.size_beds.astype(float), upper=beds + 0.5)
    step = ask(linear.minimising(cost.columns, cost.cost), clock)
    if step.interrupted:
        raise KeyboardInterrupt
    if step.values is None or step.outcome != "optimal":
        return opened, False
    opened = opened_in(model, step.values)
    linear = linear.with_row(cost.columns, cost.cost, upper=step.objective + _room(step.objective))
    order = [j for j in model.problem.site_order.tolist() if j in set(v.sites.tolist())]
    for start in range(0, len(order), AT_ONCE):
        some = v.open[order[start : start + AT_ONCE]]
        step = ask(linear.minimising(some, -np.exp2(np.arange(len(some))[::-1])), clock)
        if step.interrupted:
            raise KeyboardInterrupt
        if step.values is None or step.outcome != "optimal":
            return opened, False
        opened = opened_in(model, step.values)
        linear = linear.with_fixed(some, np.round(step.values[some]))
    return _shortest(model, linear, opened, order, clock), True


def _shortest(model: Model, linear: LinearModel, opened: Bools, order: Sequence[int], clock: Clock) -> Bools:
    """A list of ids comes before a longer one that begins with it: which is as good where units cost nothing."""
    if model.problem.finance.unit_dkk_per_year > 0 and serves_all(model.problem):
        return opened
    chosen = [j for j in order if opened[j]]
    sites = model.variables.sites
    for count in range(1, len(chosen)):
        fewer = np.isin(np.arange(len(opened)), chosen[:count])
        if ask(linear.with_fixed(model.variables.open[sites], fewer[sites].astype(float)), clock).values is not None:
            return fewer
    return opened


def in_order_by_model(model: Model, most: int, clock: Clock | None = None) -> Iterator[Settled]:
    """Sets of units, best first, each proven best of those not yet given by the mixed-integer model.

    Sets that are equally good come in the order of plans.

    Raises
    ------
    OutOfTimeError
        Where nothing is left of the clock before the next is proven.
    """
    linear, given, clock = model.linear, 0, clock or Clock(None)
    next_best = _best_left(model, linear, clock)
    while next_best is not None and given < most:
        linear, value = next_best[1], next_best[0].rank.objective
        # Where the next best is worse there is nothing to compare.
        other = _best_left(model, linear, clock)
        if other is None or not _as_good(model, other[0], value):
            yield next_best[0]
            given, next_best = given + 1, other
            continue
        equals = tied(model, other[1], value)
        for one in in_order_of_ties(model, equals, [next_best[0], other[0]], clock):
            yield one
            given += 1
            linear = without(linear, *_opens(model, one.open))
            if given >= most:
                return
        next_best = _best_left(model, linear, clock)


def _best_left(model: Model, linear: LinearModel, clock: Clock) -> tuple[Settled, LinearModel] | None:
    """The best set of a model, and the model without it; None where it has none."""
    while True:
        clock.check()
        solution, linear = proven(model, linear, clock)
        if solution.values is None:
            return None
        opened = opened_in(model, solution.values)
        linear = without(linear, *_opens(model, opened))
        settled = settle(model, opened, clock=clock)
        clock.check()
        if settled is not None:
            return settled, linear


def without(linear: LinearModel, columns: Ints, opened: Sequence[bool] | Bools) -> LinearModel:
    """The model with one set of sites excluded."""
    sign = np.where(opened, -1.0, 1.0)
    return linear.with_row(columns, sign, lower=1.0 - float(np.sum(opened)))
