"""The mixed-integer model: every rule's rows and the objective, as arrays.

Solvers read a `LinearModel`; `capacity.engines.linear.solvers` hands it to PuLP or, as arrays, to HiGHS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from capacity.arrays import Bools, Floats, Ints, Narrow
from capacity.engines.clock import Clock
from capacity.engines.linear.highs import row_sizes
from capacity.errors import DataError, Finding
from capacity.problem.problem import Problem
from capacity.rules import (
    LeastStays,
    Rows,
    Rule,
    Slack,
    Variables,
    allowed_pairs,
    allowed_sites,
    bending,
    one_assignment,
    rules_on,
    weight_of,
    whole_shares,
)
from capacity.rules.bounds import fewest_beds, least_stays, most_units
from capacity.rules.objectives import Linear, Objective
from capacity.rules.rows import RowWriter
from capacity.rules.viability import stays_terms
from capacity.tolerances import SUMS

AT_ONCE = 500_000
"""Coefficients worked on at once, so that what is made on the way stays small beside a large model."""

DEAREST = 1e6
"""What a rule's largest coefficient may cost beside the objective's: a solver is exact to 1e-9 of the one, and
loses sight of the other where the price is higher."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A number of stays at which a unit of some size admits what the model says, no less.

    Attributes
    ----------
    scenario, site, beds : int
    stays : float
    column : int
        Of whole values: 1 from so many stays on, where the unit has so many beds; -1 at either end.
    """

    scenario: int
    site: int
    beds: int
    stays: float
    column: int


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearModel:
    """Minimise cost @ x + constant within rows and bounds; the coefficients stand column by column.

    That is how HiGHS keeps them, so a large model is never turned round on its way to the solver.

    Attributes
    ----------
    cost, lower, upper : ndarray (columns,)
    integer : ndarray (columns,) of bool
    start : ndarray (columns + 1,)
        Column k has the coefficients ``start[k]:start[k + 1]``, its rows in order, none twice.
    row, coefficient : ndarray (nnz,)
    row_lower, row_upper : ndarray (rows,)
    marks : tuple of Mark
        Numbers of stays at which columns of admitted stays are held to what units admit.
    """

    cost: Floats
    constant: float
    lower: Floats
    upper: Floats
    integer: Bools
    start: Narrow
    row: Narrow
    coefficient: Floats
    row_lower: Floats
    row_upper: Floats
    marks: tuple[Mark, ...] = ()

    @property
    def column(self) -> Narrow:
        """The column each coefficient belongs to, (nnz,)."""
        return np.repeat(np.arange(len(self.cost), dtype=np.int32), np.diff(self.start))

    @property
    def impossible(self) -> bool:
        """Whether a row without any variable cannot hold."""
        empty = np.bincount(self.row, minlength=len(self.row_lower)) == 0
        return bool((empty & ((self.row_lower > 0) | (self.row_upper < 0))).any())

    def minimising(self, columns: Ints, cost: Floats) -> LinearModel:
        """Copy with another objective."""
        dense = np.zeros(len(self.cost))
        np.add.at(dense, columns, cost)
        return self._with(cost=dense, constant=0.0)

    def with_row(
        self, columns: Ints, coefficients: Floats, *, lower: float = -np.inf, upper: float = np.inf
    ) -> LinearModel:
        """Copy with one more row, scaled as all are; a column may stand in it twice."""
        once, place = np.unique(columns, return_inverse=True)
        amount: Floats = np.bincount(place, coefficients, len(once)).astype(np.float64)
        writer = RowWriter()
        writer.add(-1, [(once, amount)], lower=lower, upper=upper)
        return self.with_rows(writer.rows())

    def with_rows(self, rows: Rows) -> LinearModel:
        """Copy with more rows, scaled as all are; no column stands in one twice."""
        further, row = _scaled(rows), rows.row
        order = np.argsort(further.column, kind="stable")
        column = further.column[order]
        count = np.bincount(column + 1, minlength=len(self.start))
        end = self.start[column + 1]
        return self._with(
            start=(self.start + np.cumsum(count)).astype(np.int32),
            row=np.insert(self.row, end, (len(self.row_lower) + row[order]).astype(np.int32)),
            coefficient=np.insert(self.coefficient, end, further.coefficient[order]),
            row_lower=np.append(self.row_lower, further.lower),
            row_upper=np.append(self.row_upper, further.upper),
        )

    def with_whole_column(self) -> LinearModel:
        """Copy with one more column, 0 or 1, that stands in no row yet."""
        return self._with(
            cost=np.append(self.cost, 0.0),
            lower=np.append(self.lower, 0.0),
            upper=np.append(self.upper, 1.0),
            integer=np.append(self.integer, True),
            start=np.append(self.start, self.start[-1]),
        )

    def with_fixed(self, columns: Ints, values: Floats) -> LinearModel:
        """Copy with some columns fixed."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[columns] = upper[columns] = values
        return self._with(lower=lower, upper=upper)

    def _with(self, **changes: object) -> LinearModel:
        return replace(self, **changes)  # type: ignore[arg-type]  # each change has its field's type


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A problem and an objective as a `LinearModel`, with the way back to ids.

    Attributes
    ----------
    slack : mapping of rule name to Slack
        What each instance of a rule with a price is broken by.
    measures : mapping of objective name to Linear
        Other objectives in the same columns.
    bending : tuple of Rule
        Rules of which the rows say a part: what breaks one is cut off (`capacity.engines.bending`).
    """

    problem: Problem
    objective: Objective
    variables: Variables
    linear: LinearModel
    terms: Linear
    slack: dict[str, Slack] = field(default_factory=dict)
    measures: dict[str, Linear] = field(default_factory=dict)
    bending: tuple[Rule, ...] = ()

    @property
    def bends(self) -> bool:
        """Whether its rows do not say all: a solution may have to be cut off, or held to what units admit."""
        return bool(self.bending) or self.variables.admitted is not None


def build(
    problem: Problem,
    objective: Objective,
    also: Sequence[Objective] = (),
    *,
    clock: Clock | None = None,
    among: Bools | None = None,
    cuts: bool = False,
) -> Model:
    """Write the problem as a linear model; `also` are objectives to be measured in it.

    With `among`, (m,) of bool, other sites have no columns: what is left is small where a set of sites is asked for.
    With `cuts`, whoever asks adds the cuts of rules whose rows do not say all (`Model.bending`).

    A rule with a price gets one column of excess an instance, which its rows may use and the
    objective pays for. A firm rule that excludes sites or pairs outright needs no rows: what it
    excludes has no columns.

    Raises
    ------
    DataError
        Where a rule has no rows, or a price is so high that the objective is lost beside it.
    OutOfTimeError
        Where nothing is left of the clock before the model is built.
    """
    clock = clock or Clock(None)
    clock.check()
    bent = bending(problem) if cuts else ()
    unsaid = [rule for rule in rules_on(problem) if not (rule.sayable(problem) if cuts else rule.in_rows(problem))]
    _refuse_bent(problem, [] if cuts else [objective, *also])
    if unsaid:
        raise DataError(
            [
                Finding(
                    table="rules",
                    column=rule.name,
                    rule="a rule without linear rows is kept by valuing every set",
                    remedy="Turn rules.nearest on and narrow the sets of sites, or turn the rule off"
                    + (", or set finance.counts to all." if rule.linear else "."),
                )
                for rule in unsaid
            ]
        )
    sites = allowed_sites(problem)
    variables = Variables(
        problem,
        sites if among is None else sites & among,
        allowed_pairs(problem),
        shared=one_assignment(problem),
        # With an outpatient course a part of a point's women stay, all of them at one unit.
        whole=whole_shares(problem) and not problem.outpatient.on,
    )
    terms, measures, blocks = written(problem, variables, objective, also, implied(problem, variables))
    model = _assemble(problem, objective, variables, terms, blocks, clock)
    model.measures.update(measures)
    return replace(model, bending=bent)


def _refuse_bent(problem: Problem, objectives: Sequence[Objective]) -> None:
    """Raise `DataError` for objectives in columns of admitted stays, which nobody holds to what units admit."""
    faults = [
        Finding(
            table="finance",
            column="counts",
            value=problem.finance.counts,
            rule=f"{objective.name} counts admitted stays, which bend with who goes where",
            remedy="Choose the engine auto or mip, turn rules.nearest on, or set finance.counts to all.",
        )
        for objective in objectives
        if objective.bends(problem)
    ]
    if faults:
        raise DataError(faults)


def written(
    problem: Problem, v: Variables, objective: Objective, also: Sequence[Objective], known: Rows
) -> tuple[Linear, dict[str, Linear], Iterator[tuple[Rule | None, Rows]]]:
    """The objective, what else is measured, and every row in the columns `v`; `known` is implied by the rules."""
    # What priced rules are broken by has its columns first: an objective may weigh it.
    priced = {rule.name: rule.rows(problem, v) for rule in rules_on(problem) if rule.price(problem) is not None}
    for name, rows in priced.items():
        v.slack[name] = Slack(rows.keys, v.add(len(rows.keys)), _size_of(rows))
    terms = objective.model(problem, v)
    _refuse_dear(problem, v, terms if objective.recourse is None else objective.recourse(problem, v))
    measures = {other.name: other.model(problem, v) for other in also}
    for measure in measures.values():
        measure.refuse_unseen()
    return terms, measures, _blocks(problem, v, [terms, *measures.values()], priced, known)


def _refuse_dear(problem: Problem, v: Variables, terms: Linear) -> None:
    """Raise `DataError` for prices so high that the objective is lost beside them."""
    size = float(np.abs(terms.cost).max(initial=0.0)) / float(problem.probability.max())
    faults = []
    for rule, slack in v.slack.items():
        price, most = problem.policy.prices[rule], DEAREST * size / slack.unit
        if price > most > 0:
            faults.append(
                Finding(
                    table="prices",
                    column=rule,
                    value=f"{price:g}",
                    rule="a price is low enough for the objective to count beside it",
                    remedy=f"Choose at most {float(f'{most:.2g}'):g}, or remove the price: the rule then always holds.",
                )
            )
    if faults:
        raise DataError(faults)


def _blocks(
    problem: Problem, v: Variables, objectives: Sequence[Linear], priced: Mapping[str, Rows], known: Rows
) -> Iterator[tuple[Rule | None, Rows]]:
    """Rows of the rules and the objectives, a rule at a time, so that they are never all held twice."""
    yield None, _shares_at_most_one(v)
    yield None, known
    for rule in rules_on(problem):
        # What masks exclude has no columns.
        if not rule.masks_say_all or rule.price(problem) is not None:
            yield rule, priced[rule.name] if rule.name in priced else rule.rows(problem, v)
    for terms in objectives:
        if terms.rows is not None:
            yield None, terms.rows


def _shares_at_most_one(v: Variables) -> Rows:
    """Nobody is served twice."""
    # Pairs stand point by point.
    length = np.tile(np.unique(v.pair_point, return_counts=True)[1], v.scenarios)
    count = len(length)
    columns = [v.share(s) for s in range(v.scenarios)]
    return Rows(
        keys=(),
        key=np.full(count, -1, dtype=np.int32),
        start=np.concatenate([np.zeros(1, np.int64), np.cumsum(length)]),
        column=np.concatenate([np.zeros(0, np.int32), *columns], dtype=np.int32),
        coefficient=np.ones(v.pairs * v.scenarios),
        lower=np.full(count, -np.inf),
        upper=np.ones(count),
    )


def implied(problem: Problem, v: Variables) -> Rows:
    """What the firm rules imply of every plan: without it a solver opens slivers of large units."""
    out = RowWriter()
    _implied_stays(problem, v, least_stays(problem), out)
    _implied_units(problem, v, out)
    return out.rows()


def implied_stays(problem: Problem, v: Variables, least: Sequence[LeastStays]) -> Rows:
    """The least stays of every open unit."""
    out = RowWriter()
    _implied_stays(problem, v, least, out)
    return out.rows()


def implied_units(problem: Problem, v: Variables) -> Rows:
    """How many units, and how many beds they have together."""
    out = RowWriter()
    _implied_units(problem, v, out)
    return out.rows()


def _implied_stays(problem: Problem, v: Variables, least: Sequence[LeastStays], out: RowWriter) -> None:
    for rule in least:
        for j in v.sites:
            stays = rule.least[j]
            if np.isfinite(stays):
                terms = [*stays_terms(problem, v, j, rule.weight, 1.0), (v.open[[j]], -stays)]
                out.add(-1, terms, lower=0)
            else:
                out.add(-1, [(v.open[[j]], 1.0)], upper=0)


def _implied_units(problem: Problem, v: Variables, out: RowWriter) -> None:
    most = most_units(problem, allowed_sites(problem))
    opened = v.open[v.sites]
    beds = fewest_beds(problem, most)
    out.add(-1, [(opened, 1.0)], upper=most)
    if problem.outpatient.on:
        # A plan has a unit, though all women may be on outpatient courses.
        out.add(-1, [(opened, 1.0)], lower=1)
    if beds.any():
        for slope, start in edges(beds):
            out.add(-1, [(v.size, v.size_beds.astype(np.float64)), (opened, -slope)], lower=start)
        out.add(-1, [(opened, 1.0)], lower=1 + int(np.isinf(beds).argmin()))


def edges(beds: Floats) -> list[tuple[float, float]]:
    """Lines (slope, start) on or below the fewest beds of 1, 2, ... units, touching where they bend outwards."""
    units = np.flatnonzero(np.isfinite(beds))
    lines = []
    at = int(units[0]) if len(units) else 0
    while at < (units[-1] if len(units) else 0):
        further = units[units > at]
        slopes = (beds[further] - beds[at]) / (further - at)
        least = float(slopes.min())
        lines.append((least, float(beds[at]) - least * (at + 1)))
        at = int(further[np.flatnonzero(slopes <= least + SUMS)[-1]])
    return lines or [(0.0, float(beds[units[0]]) if len(units) else 0.0)]


def _assemble(
    problem: Problem,
    objective: Objective,
    v: Variables,
    terms: Linear,
    blocks: Iterable[tuple[Rule | None, Rows]],
    clock: Clock,
) -> Model:
    writer = RowWriter()
    cost_at: list[tuple[Ints, Floats]] = [(terms.columns, terms.cost)]
    for rule, rows in blocks:
        soft, paid = softened(problem, v, rule, rows)
        cost_at.append(paid)
        for part in soft.parts(AT_ONCE):
            writer.add_rows(_scaled(part))
            clock.tell("The model is written")
            clock.check()
    cost = np.zeros(v.count)
    for where, what in cost_at:
        np.add.at(cost, where, what)
    every = writer.rows()
    start, row, coefficient = _by_column(every, v.count)
    linear = LinearModel(
        cost=cost,
        constant=terms.constant,
        lower=np.zeros(v.count),
        upper=v.upper,
        integer=v.integer,
        start=start,
        row=row,
        coefficient=coefficient,
        row_lower=every.lower,
        row_upper=every.upper,
    )
    return Model(problem=problem, objective=objective, variables=v, linear=linear, terms=terms, slack=v.slack)


def softened(problem: Problem, v: Variables, rule: Rule | None, rows: Rows) -> tuple[Rows, tuple[Ints, Floats]]:
    """A rule's rows with what they may be broken by, one column an instance, and what those columns cost."""
    price = None if rule is None else rule.price(problem)
    if rule is None or price is None:
        return rows, (np.zeros(0, dtype=np.int64), np.zeros(0))
    slack = v.slack[rule.name]
    soft = rows.key >= 0
    end = rows.start[1:][soft]
    sign = np.where(np.isfinite(rows.lower[soft]), 1.0, -1.0)
    breakable = replace(
        rows,
        start=rows.start + np.concatenate([[0], np.cumsum(soft)]),
        column=np.insert(rows.column, end, slack.columns[rows.key[soft]]),
        coefficient=np.insert(rows.coefficient, end, sign * slack.unit),
    )
    return breakable, (slack.columns, slack.cost(price) * weight_of(problem, slack.keys))


def with_prices(model: Model, terms: Linear) -> tuple[Ints, Floats]:
    """Columns and costs of an objective and of what is expected to be paid for rules with a price."""
    problem = model.problem
    paid = [
        (slack.columns, slack.cost(problem.policy.prices[rule]) * weight_of(problem, slack.keys))
        for rule, slack in model.slack.items()
    ]
    return (
        np.concatenate([terms.columns, *(columns for columns, _ in paid)]),
        np.concatenate([terms.cost, *(cost for _, cost in paid)]),
    )


def _size_of(rows: Rows) -> float:
    """The largest coefficient of the rows that may be broken, as a power of two (which rounds nothing)."""
    breakable = np.repeat(rows.key >= 0, np.diff(rows.start))
    largest = float(np.abs(rows.coefficient[breakable]).max(initial=0.0))
    return float(2.0 ** np.round(np.log2(largest))) if largest > 0 else 1.0


def _scaled(rows: Rows) -> Rows:
    """Rows whose largest coefficient is about one."""
    row = rows.row
    size = row_sizes(row, rows.coefficient, len(rows.lower))
    return replace(rows, coefficient=rows.coefficient / size[row], lower=rows.lower / size, upper=rows.upper / size)


def _by_column(rows: Rows, columns: int) -> tuple[Narrow, Narrow, Floats]:
    """Coefficients column by column: where each column starts, their rows, and they themselves."""
    start = np.zeros(columns + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows.column, minlength=columns), out=start[1:])
    row, coefficient = np.empty(start[-1], dtype=np.int32), np.empty(start[-1])
    free, above = start[:-1].copy(), 0
    for part in rows.parts(AT_ONCE):
        order = np.argsort(part.column, kind="stable")
        column = part.column[order]
        # Entries of one column stand together: each lies as far behind the first free place as behind its first.
        first = np.flatnonzero(np.diff(column, prepend=-1))
        many = np.diff(first, append=len(column))
        place = free[column] + np.arange(len(column)) - np.repeat(first, many)
        row[place], coefficient[place] = part.row[order] + above, part.coefficient[order]
        free[column[first]] += many.astype(np.int32)
        above += len(part.lower)
    return start, row, coefficient
