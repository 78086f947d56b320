"""The front by the model: one measure is minimised while the others are bounded ever closer.

Where sets of sites cannot all be valued, this is the epsilon-constraint method (Haimes, Lasdon and
Wismer 1971): every plan of which none is better in everything is found, each proven by the model;
for three measures as in Kirlik and Sayın 2014, with what a looser bound has answered used again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.bending import proven
from capacity.engines.clock import Clock, OutOfTimeError, Progress, Stop
from capacity.engines.enumerate import why_not
from capacity.engines.linear.model import LinearModel, Model, build, with_prices
from capacity.engines.rank import all_sets
from capacity.engines.rank.ranked import first_within, why_not_ranked
from capacity.engines.settling import Settled, as_found, opened_in, settle
from capacity.errors import DataError, Finding
from capacity.problem.problem import Problem
from capacity.rules import SplitPlan, paid_in
from capacity.rules.objectives import OBJECTIVES, TRAVEL
from capacity.rules.worst import ways_that_count
from capacity.tolerances import EQUAL_MEASURES

_IN_ORDER = sorted(OBJECTIVES.values(), key=lambda o: o.minimised)

MINIMISED_FIRST = (
    *(o.name for o in _IN_ORDER if not o.shortest_first),
    "beds",
    "units",
    *(o.name for o in _IN_ORDER if o.shortest_first),
)
"""The smoothest measure is minimised, the others are bounded: they take few values."""

SMOOTH = tuple(o.name for o in _IN_ORDER if o.smooth)
"""Measures that change with every share of a demand point sent elsewhere."""

MOST_POINTS = 400
"""Plans asked of the model at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """One plan of the front.

    Attributes
    ----------
    settled : Settled
    values : mapping of measure to float
    """

    settled: Settled
    values: dict[str, float]


@dataclass
class Bounded:
    """The model with the first measure as objective, asked under bounds on the others."""

    problem: Problem
    names: tuple[str, ...]
    model: Model = field(init=False)
    asked: int = 0
    progress: Callable[[int], object] | None = None
    clock: Clock = field(default_factory=lambda: Clock(None))
    complete: bool = True
    _sets: Bools | None = field(init=False)
    _known: list[tuple[dict[str, float], Point | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        first = self.names[0]
        also = [OBJECTIVES[n] for n in self.names[1:] if n in OBJECTIVES and not OBJECTIVES[n].shortest_first]
        self.model = build(self.problem, OBJECTIVES.get(first, TRAVEL), also, clock=self.clock, cuts=True)
        ranked = why_not_ranked(self.problem, self.model) is None and why_not(self.problem) is not None
        self._sets = all_sets(self.problem) if ranked else None

    def best(self, bounds: Mapping[str, float]) -> Point | None:
        """The plan with the least of the first measure within the bounds; None where there is none, or no time left."""
        for earlier, point in self._known:
            looser = all(earlier.get(n, np.inf) >= bounds.get(n, np.inf) for n in self.names[1:])
            if looser and (point is None or all(point.values[n] <= b for n, b in bounds.items())):
                return point
        self.clock.tell("solves", done=self.asked, always=True)
        if self.asked >= MOST_POINTS or self.clock.stopped:
            self.complete = False
            return None
        self.asked += 1
        if self.progress is not None:
            self.progress(self.asked)
        linear = self.model.linear
        if self.names[0] not in OBJECTIVES:
            linear = linear.minimising(*self._terms(self.names[0]))
        for name, most in bounds.items():
            if np.isfinite(most):
                linear = self._within(linear, name, most)
        try:
            settled = self._first(linear, Clock(None, self._meanwhile if self.clock.telling else None))
        except OutOfTimeError:
            # A plan found so far is not proven, and none found is no proof that there is none.
            self.complete = False
            return None
        point = None if settled is None else self._point(settled)
        self._known.append((dict(bounds), point))
        return point

    def _meanwhile(self, progress: Progress) -> object:
        """While one plan is looked for, how many were; a `Stop` ends that search."""
        self.clock.tell("solves", done=self.asked - 1, best=progress.best, bound=progress.bound)
        return Stop if self.clock.stopped else None

    def _first(self, linear: LinearModel, clock: Clock) -> Settled | None:
        """The first plan of the model with what is asked of it; None where there is none."""
        if self._sets is not None:
            return first_within(self.model, linear, self._sets, clock=clock)
        solution, _ = proven(self.model, linear, clock)
        return None if solution.values is None else self._settled(solution.values)

    def _settled(self, values: Floats) -> Settled:
        nearest = why_not(self.problem) is None
        settled = settle(self.model, opened_in(self.model, values), None) if nearest else None
        return settled or as_found(self.model, values)

    def _point(self, settled: Settled) -> Point:
        return Point(settled=settled, values={n: self._measured(settled, n) for n in self.names})

    def _measured(self, settled: Settled, name: str) -> float:
        if name == "beds":
            return float(settled.beds.sum())
        if name == "units":
            return float(settled.open.sum())
        plan = SplitPlan(self.problem, settled.open, settled.beds, settled.shares)
        common, own = paid_in(self.problem, plan)
        paid = common + own @ self.problem.probability
        return float(OBJECTIVES[name].expected(self.problem, plan)[0] + paid[0])

    def _terms(self, name: str) -> tuple[Ints, Floats]:
        """A measure as columns and costs, with what is paid for rules with a price."""
        v = self.model.variables
        if name == "beds":
            return v.size, v.size_beds.astype(np.float64)
        if name == "units":
            return v.open[v.sites], np.ones(len(v.sites))
        return with_prices(self.model, self.model.measures[name])

    def _within(self, linear: LinearModel, name: str, most: float) -> LinearModel:
        if name in OBJECTIVES and OBJECTIVES[name].shortest_first:
            v = self.model.variables
            far = ways_that_count(self.problem)[v.pair_point, v.pair_site] > most
            if not v.shared:
                columns = np.concatenate(
                    [v.share(s)[far & (self.problem.women[s][v.pair_point] > 0)] for s in range(v.scenarios)]
                )
            else:
                columns = v.share(0)[far]
            return linear.with_fixed(columns, np.zeros(len(columns)))
        columns, cost = self._terms(name)
        if name in OBJECTIVES:
            terms = self.model.measures[name]
            most = (most if self.model.slack else terms.linear(most)) - terms.constant
        return linear.with_row(columns, cost, upper=most)


def front_points(
    problem: Problem, names: Sequence[str], progress: Callable[[int], object] | None = None, clock: Clock | None = None
) -> tuple[list[Point], int, bool]:
    """Plans of which none is better in everything (and some that are equalled), by the model.

    Returns
    -------
    points, asked, complete
        `asked` counts the models that were solved to proven optimality; `complete` is false where
        `MOST_POINTS` were not enough.
    """
    order = tuple(sorted(names, key=MINIMISED_FIRST.index))
    smooth = [name for name in order if name in SMOOTH]
    if len(smooth) > 1 and why_not(problem) is not None:
        raise DataError(
            [
                Finding(
                    table="pareto",
                    column="objectives",
                    value=", ".join(names),
                    rule=f"where families may be split, plans between {' and '.join(smooth)} are without number",
                    remedy="Turn rules.nearest on, or choose one of them.",
                )
            ]
        )
    model = Bounded(problem=problem, names=order, progress=progress, clock=clock or Clock(None))
    points: list[Point] = []
    last = np.inf
    while True:
        layer: list[Point] = []
        most = np.inf
        fixed = {order[2]: last} if len(order) == 3 else {}
        while (point := model.best({order[1]: most} | fixed)) is not None:
            layer.append(point)
            most = below(order[1], point.values[order[1]])
        points += layer
        if not layer or len(order) == 2:
            return points, model.asked, model.complete
        last = below(order[2], max(p.values[order[2]] for p in layer))


def below(name: str, value: float) -> float:
    """The next value of a measure that counts as less."""
    if name in ("beds", "units"):
        return value - 0.5
    return value - EQUAL_MEASURES * max(1.0, abs(value))
