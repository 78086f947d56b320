"""What an objective is: a value by scenario over arrays, columns for a solver, and what else is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from capacity.errors import DataError, Finding
from capacity.rules import Plans, Rows, Variables
from capacity.tolerances import NOBODY

if TYPE_CHECKING:
    from capacity.arrays import Floats, Ints
    from capacity.problem.problem import Problem

ObjectiveName = Literal["travel", "worst", "worst_off", "fair", "cost", "public_cost", "reached"]
"""The library's own objectives."""


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


def no_rows(problem: Problem, variables: Variables) -> Linear:
    """In the place of an objective's rows, where it has none."""
    raise DataError(
        [
            Finding(
                table="objective",
                rule="the model asks for an objective that is written in columns",
                remedy="Give it a model, or choose the engine enumerate.",
            )
        ]
    )


def told_of_every(problem: Problem) -> bool:
    """An objective that every problem's plans have."""
    return True


def never(problem: Problem) -> bool:
    """Of an objective whose columns are no admitted stays."""
    return False


def nothing_below_zero(problem: Problem) -> Floats:
    """Of an objective that is never negative, (S,)."""
    return np.zeros(len(problem.scenarios.ids))


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A named objective. Engines minimise; what is to be large is handed to them with its sign turned.

    What stands below `recourse` are traits: an objective that does not declare one is answered all the same, more
    slowly, or without a proof.

    Attributes
    ----------
    name, unit, sentence : str
    by_scenario : callable (Problem, Plans) -> ndarray (B, S)
    expected : callable (Problem, Plans) -> ndarray (B,)
        What is minimised; the mean over the scenarios unless given.
    model : callable (Problem, Variables) -> Linear, optional
        Without it only the engine that values every set can answer.
    sign : {1, -1}
        What people read is `sign` x what is minimised.
    recourse : callable (Problem, Variables) -> Linear, optional
        What is minimised next, where the first leaves open what happens in some scenarios: a worst
        case says nothing of the others.
    in_rows : bool
        A sum over women, so that the model can hold each scenario's value in a row.
    smallest_is_best : bool
        Of two plans that differ in beds alone, the one with fewer is never worse. Undeclared: valuing every set at
        its smallest sizes proves nothing.
    bedless : bool
        Beds do nothing to it.
    told_of : callable (Problem) -> bool
        Whether it can be told of a problem's plans.
    least : callable (Problem) -> float, optional
        A bound that needs no search. Undeclared: what is cut short has no bound.
    floor : callable (Problem) -> ndarray (S,), optional
        What it cannot fall below in any scenario.
    in_common : callable (Problem) -> (float, float) or None, optional
        What every plan's value is multiplied by, and what is added to it, at the problem's demand and mean stay; None
        where plans have nothing of the kind in common.
        Undeclared: ranges of these are scanned, not proven.
    scale_free : bool
        The order of sets does not change with the level of demand.
    linear_in_trips : bool
        A plan's value is a straight line in the trips families make a week.
    steady_in_reach : bool
        A plan's value does not change with how far families may be sent.
    smooth : bool
        Changes with every share of a demand point sent elsewhere.
    shortest_first : bool
        Bounded by leaving out ways, not by a row.
    ties : callable (Problem, Plans) -> ndarray (B, K) or None, optional
        What decides, column after column, between plans of the same value, before fewer beds do; None where beds do.
        Only where every set is valued.
    near : {"ways", "longest", "percent", ""}
        How errors of the travel times reach it.
    one_stage : bool
        Its scenarios can be planned one by one: columns of its own, where it has any, are of no one scenario, and the
        bound of each closes.
    alike : callable (Problem) -> (Objective, float) or None, optional
        Another objective whose expected value is this one's, less a number, of every plan of the problem; None where
        there is none.
    bends : callable (Problem) -> bool
        Whether its columns are some of admitted stays (`Variables.admitted_in`), which an engine has to hold to what
        units admit.
    beneath : callable (Problem) -> Objective or None, optional
        Where it bends, another that does not, and is never above this one of a plan that keeps the rules: it bounds
        this one, and its best plan is one to begin with. None where there is none.
    outside : bool
        Its columns hold, too, where some women are at no unit but on an outpatient course.
    per_woman : callable (Problem) -> ndarray (n, m), optional
        What each woman of point i who is sent to site j adds to it, where it is the sum of that over all women
        and nothing else. Undeclared: sets of sites are not bounded by multipliers of the points.
    minimised : int
        Where several are weighed, the lowest is minimised and the others are bounded.
    best_said : str
        What it is called at its best.
    axis : tuple of (str, float), optional
        Label of an axis, and what its numbers are multiplied by.
    """

    name: str
    unit: str
    sentence: str
    by_scenario: Callable[[Problem, Plans], Floats]
    expected: Callable[[Problem, Plans], Floats] = field(default=None)  # type: ignore[assignment]  # filled in below
    model: Callable[[Problem, Variables], Linear] = no_rows
    sign: int = 1
    recourse: Callable[[Problem, Variables], Linear] | None = None
    in_rows: bool = False
    smallest_is_best: bool = False
    bedless: bool = False
    told_of: Callable[[Problem], bool] = told_of_every
    least: Callable[[Problem], float] | None = None
    floor: Callable[[Problem], Floats] | None = None
    in_common: Callable[[Problem], tuple[float, float] | None] | None = None
    scale_free: bool = False
    linear_in_trips: bool = False
    steady_in_reach: bool = False
    smooth: bool = False
    shortest_first: bool = False
    ties: Callable[[Problem, Plans], Floats | None] | None = None
    near: Literal["ways", "longest", "percent", ""] = ""
    one_stage: bool = True
    alike: Callable[[Problem], tuple[Objective, float] | None] | None = None
    bends: Callable[[Problem], bool] = field(default=never)
    beneath: Callable[[Problem], Objective | None] | None = None
    outside: bool = False
    per_woman: Callable[[Problem], Floats] | None = None
    minimised: int = 100
    best_said: str = ""
    axis: tuple[str, float] | None = None

    def __post_init__(self) -> None:
        given: Any = self.expected
        if given is None:
            object.__setattr__(self, "expected", mean_over_scenarios(self.by_scenario))

    @property
    def has_rows(self) -> bool:
        """Whether the model can minimise it."""
        return self.model is not no_rows

    @property
    def own(self) -> bool:
        """Whether it is one of the library's."""
        return self.name in get_args(ObjectiveName)


def mean_over_scenarios(by_scenario: Callable[[Problem, Plans], Floats]) -> Callable[[Problem, Plans], Floats]:
    """What is minimised where only the value by scenario is known: its mean by their probabilities."""

    def expected(p: Problem, plans: Plans) -> Floats:
        return np.asarray(by_scenario(p, plans) @ p.probability)

    return expected


def share_costs(p: Problem, v: Variables, per_woman: Floats) -> tuple[list[Ints], list[Floats]]:
    """Columns and costs of the expected sum of women x share x per_woman[i, j]."""
    each = per_woman[v.pair_point, v.pair_site]
    if v.shared:
        return [v.share(0)], [p.expected_women[v.pair_point] * each]
    scenarios = range(len(p.scenarios.ids))
    columns = [v.share(s) for s in scenarios]
    return columns, [p.probability[s] * p.women[s][v.pair_point] * each for s in scenarios]


def add_outside(p: Problem, v: Variables, terms: Linear, amount: Floats) -> Linear:
    """An objective that counts an amount of each point (n,), too, for its women who are at no unit."""
    columns, costs = share_costs(p, v, -np.broadcast_to(amount[:, None], p.minutes.shape))
    # A row of a risk holds each column once.
    once, place = np.unique(np.concatenate([terms.columns, *columns]), return_inverse=True)
    return replace(
        terms,
        columns=once,
        cost=np.bincount(place, np.concatenate([terms.cost, *costs]), len(once)).astype(np.float64, copy=False),
        constant=terms.constant + float(p.expected_women @ amount),
    )
