"""A problem in two stages: its arrays (see `capacity.engines.decompose.stages` for how they come about)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.problem.problem import Problem
from capacity.rules import Variables
from capacity.rules.objectives import Linear
from capacity.tolerances import LEAST_NUMBER

GROUPS = 24
"""Groups of scenarios, each with a column theta in the master."""


def summed(at: Ints, values: Floats, count: int) -> Floats:
    """Sum of the values by position (numpy gives whole numbers where there is no value at all)."""
    return np.asarray(np.bincount(at, values, count), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Entries:
    """Coefficients of rows in coordinate form."""

    row: Ints
    column: Ints
    value: Floats

    def of(self, here: Ints | Bools) -> Entries:
        """Some of the entries."""
        return Entries(self.row[here], self.column[here], self.value[here])

    def with_(self, row: Ints, column: Ints, value: Floats) -> Entries:
        """With more entries."""
        return Entries(np.append(self.row, row), np.append(self.column, column), np.append(self.value, value))

    def times(self, columns: Floats, rows: int) -> Floats:
        """Activity of the rows."""
        return summed(self.row, self.value * columns[self.column], rows)

    def back(self, rows: Floats, columns: int) -> Floats:
        """Prices of the rows, added up by column."""
        return summed(self.column, self.value * rows[self.row], columns)


@dataclass(frozen=True, kw_only=True, eq=False)
class Second:
    """The second stage of one scenario.

    Attributes
    ----------
    probability : float
        Never nothing, so that what happens in the scenario has a cost.
    cost : ndarray (columns,)
        The scenario's part of the expected objective.
    matrix, first : Entries
        Of its rows: over its own columns (A) and over those of the first stage (T).
    low, high : ndarray (rows,)
    coupling : Entries
        Of the coupling rows, over its own columns (W).
    scale : ndarray (columns,)
        Women in a column; a column's upper bound is `scale` x the least of
        ``constant + slope x x0[column]`` over the layers.
    constant, slope, at : ndarray (layers, columns)
    """

    probability: float
    cost: Floats
    matrix: Entries
    first: Entries
    low: Floats
    high: Floats
    coupling: Entries
    scale: Floats
    constant: Floats
    slope: Floats
    at: Ints

    def upper(self, x: Floats) -> Floats:
        """Upper bounds of the columns under a first stage."""
        return np.asarray(np.maximum((self.constant + self.slope * x[self.at]).min(axis=0), 0.0) * self.scale)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stages:
    """A problem in two stages.

    Attributes
    ----------
    variables : Variables
        First-stage columns start with its sites and sizes.
    cost, lower, upper : ndarray (N,)
        Of the first stage.
    whole : ndarray (N,) of bool
        Columns that take whole values.
    rows : list of (columns, coefficients, low, high)
        About the first stage alone.
    coupling : Entries
        H, over the first stage.
    least : ndarray (K,)
        h.
    scenarios : list of Second
    terms : Linear
        The objective, for its own unit.
    own : ndarray of int (K,)
        The scenario a coupling row speaks of, where it is about one; otherwise -1.
    start : ndarray (K,)
        Prices of the coupling rows to begin with.
    expected : list of ndarray (columns,)
        What is minimised next, by scenario, where the objective leaves it open; often empty.
    """

    variables: Variables
    cost: Floats
    lower: Floats
    upper: Floats
    whole: Bools
    rows: list[tuple[Ints, Floats, float, float]]
    coupling: Entries
    least: Floats
    scenarios: list[Second]
    terms: Linear
    own: Ints
    start: Floats
    expected: list[Floats] = field(default_factory=list)

    @property
    def free(self) -> Bools:
        """Columns the coupling rows decide (what an average is broken by), (N,)."""
        found = np.zeros(len(self.cost), dtype=bool)
        found[self.coupling.column] = True
        return np.asarray(found & ~self.whole)


def clusters_of(problem: Problem) -> list[list[int]]:
    """Scenarios in clusters by total demand, in order of it; those that must hold apart from the others."""
    clusters: list[list[int]] = []
    total, count = problem.women.sum(axis=1), len(problem.scenarios.ids)
    for kind in (np.flatnonzero(problem.must_hold == hold) for hold in (True, False)):
        wanted = min(len(kind), max(1, GROUPS * len(kind) // count))
        order = kind[np.argsort(total[kind], kind="stable")]
        clusters += [part.tolist() for part in np.array_split(order, wanted) if len(part)] if len(kind) else []
    return clusters


def together(scenarios: Sequence[Second]) -> Second | None:
    """Scenarios as one, weighed by their probabilities; None where their rows differ.

    Whatever is done in each of them, its mean keeps the mean of their rows: so this is implied by them. A
    column costs what it costs in the scenario where it is cheapest, and brings to the coupling rows what
    it brings where that is most.
    """
    chance = np.array([second.probability for second in scenarios])
    pattern = scenarios[0]
    same = all(
        second.matrix is pattern.matrix
        and second.constant.shape == pattern.constant.shape
        and np.array_equal(second.at, pattern.at)
        for second in scenarios
    )
    if not same or chance.sum() <= 0:
        return None
    likely = [second for second in scenarios if second.probability > 0]
    weight = chance[chance > 0] / chance.sum()
    columns = len(likely[0].scale)
    least = np.min([second.cost / second.probability for second in likely], axis=0)
    keys = np.concatenate([second.coupling.row * columns + second.coupling.column for second in likely])
    at, seen, place = np.unique(keys, return_index=True, return_inverse=True)
    most = np.full(len(at), -np.inf)
    np.maximum.at(most, place, np.concatenate([second.coupling.value / second.probability for second in likely]))
    # In the order in which they were first met.
    order = np.argsort(seen)
    at, most = at[order], most[order]
    first = np.concatenate([second.first.row * 2**32 + second.first.column for second in likely])
    where, position = np.unique(first, return_inverse=True)
    value = np.concatenate([w * second.first.value for w, second in zip(weight, likely, strict=True)])

    def mean(parts: Iterable[Floats]) -> Floats:
        return np.asarray(sum(w * part for w, part in zip(weight, parts, strict=True)))

    scale = mean(second.scale for second in likely)
    return Second(
        probability=float(chance.sum()),
        cost=least * chance.sum(),
        matrix=likely[0].matrix,
        first=Entries(where // 2**32, where % 2**32, summed(position, value, len(where))),
        low=mean(second.low for second in likely),
        high=mean(second.high for second in likely),
        coupling=Entries(at // columns, at % columns, most * chance.sum()),
        scale=scale,
        constant=np.max([second.constant for second in likely], axis=0),
        slope=np.max([second.slope for second in likely], axis=0),
        at=likely[0].at,
    )


def within(
    stages: Stages,
    limit: float,
    costs: list[Floats],
    sites: Ints,
    opened: Floats,
    beds: int | None,
    *,
    keep_first: bool,
) -> Stages:
    """The stages with other costs by scenario, their own within a limit, and the sites given.

    Parameters
    ----------
    stages : Stages
    limit : float
        Of the objective as it was.
    costs : list of ndarray (columns,)
    sites : ndarray of int
        Their columns.
    opened : ndarray (sites,)
    beds : int or None
        At most so many together.
    keep_first : bool
        Whether the first stage costs what it did, but for the columns a risk decides.
    """
    row, v = len(stages.least), stages.variables
    all_costs = [stages.cost, *(second.cost for second in stages.scenarios)]
    size = max([LEAST_NUMBER, *(float(np.abs(each).max(initial=0.0)) for each in all_costs)])
    scenarios = [
        replace(
            second,
            cost=cost,
            coupling=second.coupling.with_(
                np.full(np.count_nonzero(second.cost), row),
                np.flatnonzero(second.cost),
                -second.cost[second.cost != 0] / size,
            ),
        )
        for second, cost in zip(stages.scenarios, costs, strict=True)
    ]
    paid = np.flatnonzero(stages.cost)
    rows = [*stages.rows, *((sites[[k]], np.ones(1), opened[k], opened[k]) for k in range(len(sites)))]
    if beds is not None:
        rows.append((v.size, v.size_beds.astype(np.float64), -np.inf, float(beds)))
    first = stages.cost.copy() if keep_first else np.zeros(len(stages.cost))
    about_one = stages.coupling.column[stages.own[stages.coupling.row] >= 0]
    first[about_one[~stages.whole[about_one]]] = 0.0
    return replace(
        stages,
        cost=first,
        rows=rows,
        scenarios=scenarios,
        coupling=stages.coupling.with_(np.full(len(paid), row), paid, -stages.cost[paid] / size),
        least=np.append(stages.least, -limit / size),
        own=np.append(stages.own, -1),
        start=np.zeros(row + 1),
        expected=[],
        terms=Linear(columns=np.zeros(0, np.int64), cost=np.zeros(0)),
    )
