"""For how good, or how cheap, an outpatient course would have to be before other units, or none, are best.

The value of a set of units is a straight line in the effect of a course and in its price: with each woman on a course
it falls, or rises, by the same. So the best plans over all effects are the lower edge of these lines, and the points at
which the plan changes are where two lines meet: exact, from all sets of sites.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.enumerate import ids_of, in_order_of_plans, kept_plans, space_of, why_not, yearly_cost
from capacity.errors import DataError, Finding, InfeasibleError, some
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules import rules_on
from capacity.rules.courses import outside
from capacity.rules.objectives import COST, PUBLIC_COST, Objective
from capacity.studies.result import StudyResult
from capacity.tolerances import RANGE_ENDS, TIE

if TYPE_CHECKING:
    import pandas as pd

Of = Literal["effect", "price"]

KEYS = {"effect": "outpatient.effect", "price": "outpatient.dkk_per_course"}

MOST_SETS = 300_000
"""Above this many sets of sites the lines are not laid side by side."""

UNMEASURED = (
    "Nobody has measured what an outpatient course does beside a stay: this says what it would have to do, not what it "
    "does."
)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch over which one plan is best.

    Attributes
    ----------
    low, high : float
        Effect or price at its ends; `high` may be infinite.
    site_ids : tuple of str
        Of its units; () where no unit, and a course for everybody, costs least.
    beds : int
    residential_women, outpatient_women, unreached_women : float
        A year.
    value, slope : float
        DKK a year at `low`, and what it changes by with one more of the effect, or of a krone.
    """

    low: float
    high: float
    site_ids: tuple[str, ...]
    beds: int
    residential_women: float
    outpatient_women: float
    unreached_women: float
    value: float
    slope: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BreakEven(StudyResult):
    """The plans that are best over all effects, or prices, of a course.

    Attributes
    ----------
    of : {"effect", "price"}
    objective : str
    today : float or None
        The effect, or the price, of the case.
    plans : tuple of Piece
        With at least one unit, low to high.
    no_unit : Piece
        Everybody on a course, over the whole range, whatever the rules ask.
    no_unit_from, no_unit_to : float or None
        Where that costs less than the best plan with a unit; None where it nowhere does.
    """

    study = "break_even"

    of: Of
    objective: str
    today: float | None
    plans: tuple[Piece, ...]
    no_unit: Piece
    no_unit_from: float | None
    no_unit_to: float | None

    @property
    def switch_points(self) -> tuple[float, ...]:
        """Where the plan changes, exactly."""
        return tuple(piece.low for piece in self.plans[1:])

    @property
    def table(self) -> pd.DataFrame:
        """One row a plan: low, high, site_ids, beds, women by where they are, value at `low`, slope."""
        import pandas as pd

        return pd.DataFrame([vars(piece) for piece in self.plans])

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it comes to, in words; the last says that nobody has measured it."""
        first, last = self.plans[0], self.plans[-1]
        said = []
        if len(self.plans) == 1:
            said.append(f"The units are the same whatever the {self.of} of a course: {some(first.site_ids)}.")
        for before, after in zip(self.plans, self.plans[1:], strict=False):
            best = "is" if len(after.site_ids) == 1 else "are"
            said.append(
                f"From {self._amount(after.low)} on {some(after.site_ids)} {best} best in place of "
                f"{some(before.site_ids)}: {after.outpatient_women:.1f} women a year on a course in place of "
                f"{before.outpatient_women:.1f}."
            )
        said += [self._without_a_unit(last), UNMEASURED]
        return tuple(said)

    def _without_a_unit(self, last: Piece) -> str:
        """When beds stop being right."""
        if self.no_unit_from is None or self.no_unit_to is None:
            return f"A course for everybody, and no unit, costs more at every {self.of}."
        if self.of == "price":
            if math.isinf(self.no_unit_to):
                return "A course for everybody, and no unit, costs less at every price."
            return f"A course for everybody, and no unit, costs less up to {self._amount(self.no_unit_to)} a course."
        if self.no_unit_from <= 0:
            return "A course for everybody, and no unit, costs less whatever its effect."
        return (
            f"A course for everybody, and no unit, costs less once a course does {self._amount(self.no_unit_from)} of "
            "what a stay does."
        )

    def _amount(self, value: float) -> str:
        return f"{100 * value:.1f} %" if self.of == "effect" else f"{value:,.0f} DKK"

    def to_json(self) -> dict[str, Any]:
        """The study as JSON knows it; what has no end is null."""
        from capacity.problem.settings import plainest

        said = {
            "of": self.of,
            "objective": self.objective,
            "today": self.today,
            "switch_points": list(self.switch_points),
            "plans": [vars(piece) for piece in self.plans],
            "no_unit": vars(self.no_unit),
            "no_unit_from": self.no_unit_from,
            "no_unit_to": self.no_unit_to,
            "sentences": list(self.sentences),
        }
        found: dict[str, Any] = _finite(plainest(said))
        return found

    def __repr__(self) -> str:
        points = ", ".join(map(self._amount, self.switch_points)) or "nowhere"
        return f"<BreakEven of the {self.of}: the plan changes at {points}>"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and math.isinf(value) else value


@told
def break_even(problem: Problem, of: Of | None = None, *, objective: str | None = None) -> BreakEven:
    """The effect, or the price, of an outpatient course at which the plan changes; and at which no unit is best.

    Parameters
    ----------
    problem : Problem
        Who takes a course is said by its settings `outpatient` and `travel.uptake`; with none of them nobody does
        while there is a unit.
    of : {"effect", "price"}, optional
        The effect, between 0 and 1, where the cost of the pathways is given (`pathways.residential`,
        `pathways.none`); otherwise the price, from 0 up.
    objective : {"public_cost", "cost"}, optional
        What is least: the public cost where the pathways are given.

    Returns
    -------
    BreakEven

    Raises
    ------
    InfeasibleError
        No set of units keeps the rules.
    DataError
        Where a line does not say it: sets that cannot be valued, pathways that are not given.
    """
    known = problem.pathways.residential is not False and problem.pathways.none is not False
    asked: Of = of or ("effect" if known else "price")
    goal = _goal(problem, asked, objective, known)
    today = problem.get(KEYS[asked])
    at_zero = problem.set(KEYS[asked], 0.0)
    _refuse(at_zero, asked)
    each = _each_woman(at_zero, asked)
    lines = _lines(at_zero, goal, each)
    if not len(lines.value):
        raise InfeasibleError(at_zero, at_zero.policy.on)
    most = 1.0 if asked == "effect" else math.inf
    pieces = tuple(_piece(at_zero, lines, row, low, high) for row, low, high in lower_edge(lines, most))
    nobody = _no_unit(at_zero, goal, each, most)
    start, end = _below(nobody, pieces)
    return BreakEven(
        of=asked,
        objective=goal.name,
        today=None if today is False else float(today),
        plans=pieces,
        no_unit=nobody,
        no_unit_from=start,
        no_unit_to=end,
    )


def _fault(column: str, value: object, rule: str, remedy: str) -> DataError:
    return DataError([Finding(table="break_even", column=column, value=str(value), rule=rule, remedy=remedy)])


def _goal(problem: Problem, of: str, objective: str | None, known: bool) -> Objective:
    """What is least; checked."""
    if of not in get_args(Of):
        raise _fault("of", of, f"one of {some(get_args(Of))}", "Choose the effect of a course, or its price.")
    goals = {goal.name: goal for goal in (PUBLIC_COST, COST)}
    if not known and (of == "effect" or objective == PUBLIC_COST.name):
        remedy = "Give pathways.residential and pathways.none, or ask for the price: their values are assumptions."
        raise _fault("pathways", "false", "what a stay saves the public is given", remedy)
    course = of == "effect" or problem.set(KEYS["price"], 0.0).pathway_of_course is not False
    name = objective or (PUBLIC_COST.name if known and course else COST.name)
    if name not in goals:
        raise _fault("objective", name, f"one of {some(goals)}", "Choose what is paid.")
    if of == "effect" and name != PUBLIC_COST.name:
        remedy = "Ask for the price, or leave it out."
        raise _fault("objective", name, "an effect is part of the public cost alone", remedy)
    return goals[name]


def _refuse(problem: Problem, of: str) -> None:
    """Raise `DataError` where sets are no lines."""
    reason = why_not(problem)
    if reason is None and (sets := space_of(problem).sets) > MOST_SETS:
        reason = f"there are {sets:,} sets of sites, more than {MOST_SETS:,}"
    if reason is not None:
        remedy = "Turn rules.nearest on, without a price, and narrow rules.units or rules.near_ambulatory."
        raise _fault("rules", reason, "every set of sites can be valued", remedy)
    moved = [rule.name for rule in rules_on(problem) if rule.response(KEYS[of]) != "same"]
    if moved:
        raise _fault("rules", some(moved), f"no rule moves with the {of} of a course", "Turn these rules off.")


def _each_woman(problem: Problem, of: str) -> Floats:
    """What one more of the effect, or of the price, adds for a woman of each point who is on a course, (n,)."""
    ways = problem.pathways
    each = 1.0 if of == "price" else float(ways.residential) - float(ways.none)
    return np.where(np.isfinite(problem.course_minutes), each, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """Sets that keep the rules, each a straight line.

    Attributes
    ----------
    open : ndarray (B, m) of bool
    value, slope : ndarray (B,)
        At nothing, and a unit more.
    beds : ndarray (B,) of int
    cost, left, unreached : ndarray (B,)
        Yearly cost at nothing; women a year at no unit, and of these reached by nothing.
    """

    open: Bools
    value: Floats
    slope: Floats
    beds: Ints
    cost: Floats
    left: Floats
    unreached: Floats


def _lines(problem: Problem, goal: Objective, each: Floats) -> Lines:
    chance, nowhere = problem.probability, (~np.isfinite(problem.course_minutes)).astype(float)
    parts: list[tuple[Any, ...]] = []
    for block in kept_plans(problem, space_of(problem)):
        plans = block.plans
        if not len(plans.open):
            continue
        lost = outside(problem, plans, nowhere) @ chance
        parts.append(
            (
                plans.open,
                goal.expected(problem, plans) + block.paid,
                outside(problem, plans, each) @ chance,
                plans.beds.sum(axis=1),
                yearly_cost(problem, plans),
                outside(problem, plans, np.ones(len(each))) @ chance,
                lost,
            )
        )
    if not parts:
        none = np.zeros(0)
        opened = np.zeros((0, len(problem.network.site_ids)), dtype=bool)
        return Lines(open=opened, value=none, slope=none, beds=none.astype(int), cost=none, left=none, unreached=none)
    opened, value, slope, beds, cost, left, unreached = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Lines(open=opened, value=value, slope=slope, beds=beds, cost=cost, left=left, unreached=unreached)


def lower_edge(lines: Lines, most: float) -> list[tuple[list[int], float, float]]:
    """The rows whose lines are lowest, with where: from 0 to `most`; several rows where lines are the same."""
    value, slope, at = lines.value, lines.slope, 0.0
    found: list[tuple[list[int], float, float]] = []
    size = TIE * max(1.0, float(np.abs(slope).max(initial=0.0)))
    room = TIE * max(1.0, float(np.abs(value).min(initial=math.inf)))
    # Of lines that meet at nothing the one that falls fastest, or rises slowest, is lowest from there on.
    low = value <= value.min() + room
    now = int(np.flatnonzero(low)[np.argmin(slope[low])])
    while True:
        further = slope < slope[now] - size
        meet = np.where(further, (value - value[now]) / np.where(further, slope[now] - slope, 1.0), math.inf)
        end = min(float(np.maximum(meet, at).min(initial=math.inf)), most)
        each = value + slope * at
        alike = each <= each[now] + TIE * max(1.0, abs(float(each[now])))
        same = np.flatnonzero(alike & (np.abs(slope - slope[now]) <= size))
        if end - at > RANGE_ENDS * max(1.0, at):
            found.append((same.tolist(), at, end))
        if end >= most:
            return found or [(same.tolist(), at, end)]
        tied = further & (meet <= end + RANGE_ENDS * max(1.0, end))
        at, now = end, int(np.flatnonzero(tied)[np.argmin(slope[tied])])


def _piece(problem: Problem, lines: Lines, rows: Sequence[int], low: float, high: float) -> Piece:
    """The first in the order of plans of the rows that are the same line."""
    chosen = np.array(rows)
    order = in_order_of_plans(
        [np.zeros(len(chosen))],
        lines.beds[chosen],
        lines.cost[chosen],
        lambda b: ids_of(problem, lines.open[chosen[b]]),
    )
    row = int(chosen[order[0]])
    women, lost = float(problem.expected_women.sum()), float(lines.unreached[row])
    left = float(lines.left[row])
    return Piece(
        low=low,
        high=high,
        site_ids=ids_of(problem, lines.open[row]),
        beds=int(lines.beds[row]),
        residential_women=women - left,
        outpatient_women=left - lost,
        unreached_women=lost,
        value=float(lines.value[row] + lines.slope[row] * low),
        slope=float(lines.slope[row]),
    )


def _no_unit(problem: Problem, goal: Objective, each: Floats, most: float) -> Piece:
    """Everybody on a course where there is one, and no unit at all: what the rules ask of units is not asked of it."""
    from capacity.rules import NearestPlans

    nobody = np.zeros((1, len(problem.network.site_ids)), dtype=bool)
    plans = NearestPlans(problem, nobody, np.zeros(problem.minutes.shape, dtype=bool))
    women = problem.expected_women
    lost = float(women @ ~np.isfinite(problem.course_minutes))
    return Piece(
        low=0.0,
        high=most,
        site_ids=(),
        beds=0,
        residential_women=0.0,
        outpatient_women=float(women.sum()) - lost,
        unreached_women=lost,
        value=float(goal.expected(problem, plans)[0]),
        slope=float(women @ each),
    )


def _below(nobody: Piece, plans: Sequence[Piece]) -> tuple[float | None, float | None]:
    """From where to where no unit costs less than the best plan with one; (None, None) where it nowhere does."""
    start = end = None
    for piece in plans:
        gap = nobody.value + nobody.slope * piece.low - piece.value
        turn = nobody.slope - piece.slope
        meet = piece.low - gap / turn if turn else math.inf
        low, high = piece.low, piece.high
        if turn < 0:
            low = max(low, meet)
        elif turn > 0:
            high = min(high, meet)
        elif gap >= 0:
            continue
        if high - low > RANGE_ENDS * max(1.0, low):
            start, end = (low if start is None else start), high
    return start, end
