"""One linear model of several years: each year's own, and between them units that stay, beds that grow, money to build.

No chain of sets is left out, and none costs more here than it does: beds may be built ahead of need, beds beyond what a
year's women could ever use cost nothing in it, and rules that no row says are left to whoever values an order. What the
model says of the best chain is a bound.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.enumerate import kept_plans, space_of
from capacity.engines.linear.model import LinearModel, Model, build, edges
from capacity.errors import DataError, Finding
from capacity.problem.problem import Problem
from capacity.rules import rules_on
from capacity.rules.bounds import fewest_beds
from capacity.rules.objectives import Objective
from capacity.rules.viability import stays_terms
from capacity.studies.filling import Filling
from capacity.tolerances import HOLD, WHOLE_NUMBER

Terms = list[tuple[Ints, Floats]]

COUNTED = 600
"""Sets of few units of a year that are looked at for how few beds they take: what a year's money cannot build has no
part in the model then, which the model says poorly by itself."""


@dataclass
class _Rows:
    """Rows between years as they are collected, and columns of their own."""

    columns: int
    terms: list[Terms] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)

    def add(self, terms: Terms, *, lower: float = -np.inf, upper: float = np.inf) -> None:
        """One row."""
        self.terms.append(terms)
        self.lower.append(lower)
        self.upper.append(upper)

    def column(self, most: float) -> Ints:
        """A further column that takes whole values, not negative."""
        self.most.append(most)
        return np.array([self.columns + len(self.most) - 1])


@dataclass(frozen=True, kw_only=True, eq=False)
class JoinedYears:
    """The model of all years.

    Attributes
    ----------
    linear : LinearModel
    open : ndarray (T, m) of int
        Column of each site in each year; -1 where it may not be a unit.
    """

    linear: LinearModel
    open: Ints

    def opened_in(self, values: Floats) -> Bools:
        """Which sites a solver's values open, (T, m)."""
        return np.asarray(np.where(self.open >= 0, values[np.maximum(self.open, 0)] > 0.5, False))

    def at_most(self, value: float) -> JoinedYears:
        """The model without what costs more."""
        at = np.flatnonzero(self.linear.cost)
        if not len(at):
            return self
        upper = value - self.linear.constant
        return replace(self, linear=self.linear.with_row(at, self.linear.cost[at], upper=upper))

    def among(self, sites: Bools) -> JoinedYears:
        """The model in which no other sites open."""
        at = self.open[:, ~sites]
        at = at[at >= 0]
        return replace(self, linear=self.linear.with_fixed(at, np.zeros(len(at))))

    def without(self, opened: Bools, years: Sequence[int]) -> JoinedYears:
        """The model without what opens just these sets in these years, of (T, m)."""
        at, sign = [], []
        for t in years:
            here = self.open[t] >= 0
            at.append(self.open[t][here])
            sign.append(np.where(opened[t][here], 1.0, -1.0))
        most = float(sum(int(opened[t].sum()) for t in years)) - 1
        return replace(self, linear=self.linear.with_row(np.concatenate(at), np.concatenate(sign), upper=most))


def joined(
    problems: Mapping[int, Problem],
    goal: Objective,
    weights: Sequence[float],
    budgets: Mapping[int, float],
    *,
    start: Sequence[str],
    never_close: bool,
    filling: Filling,
    clock: Clock,
) -> JoinedYears:
    """Write the years as one model.

    Raises
    ------
    DataError
        Where no model says the objective.
    """
    models = [_model(problem, goal, clock) for problem in problems.values()]
    first = np.concatenate([[0], np.cumsum([len(model.linear.cost) for model in models])])
    opened = np.stack(
        [np.where(m.variables.open >= 0, m.variables.open + at, -1) for m, at in zip(models, first, strict=False)]
    )
    rows = _Rows(columns=int(first[-1]))
    _units(models, opened, first, [budgets[year] for year in problems], rows)
    beds = _beds_of(models, first, rows, filling)
    for t in range(1, len(models)):
        _stay(opened, beds, t, never_close, rows, models)
    for t, (year, problem) in enumerate(problems.items()):
        _unsaid(problem, opened[t], rows)
        _paid(beds, t, budgets[year], problem, rows)
        _filled(models, opened, beds, first, t, filling, rows)
    linear = _assembled(models, weights, rows)
    if start:
        ids = models[0].problem.network.site_ids
        here = opened[0] >= 0
        wanted = np.array([float(j in start) for j in ids])
        linear = linear.with_fixed(opened[0][here], wanted[here])
        if wanted[~here].any():
            linear = linear.with_row(opened[0][here][:1], np.ones(1), lower=2.0)
    return JoinedYears(linear=linear, open=opened)


def _model(problem: Problem, goal: Objective, clock: Clock) -> Model:
    """A year's own, without the rules that no row says."""
    try:
        return build(_said(problem), goal, clock=clock)
    except DataError as error:
        raise DataError([_by_chains(finding) for finding in error.findings]) from None


def _said(problem: Problem) -> Problem:
    """The problem with the rules that rows say."""
    unsaid = [rule.name for rule in rules_on(problem) if not rule.in_rows(problem)]
    return problem.replace(policy=dict.fromkeys(unsaid)) if unsaid else problem


def _unsaid(problem: Problem, opened: Ints, rows: _Rows) -> None:
    """Leave out the sets of sites that break a rule no row says, where these are few enough to look at."""
    said, space = _said(problem), space_of(problem)
    if said is problem or space.sets > COUNTED:
        return
    kept = {row.tobytes() for block in kept_plans(problem, space) for row in block.plans.open}
    for block in kept_plans(said, space):
        for row in block.plans.open:
            if row.tobytes() not in kept:
                at = np.flatnonzero(opened >= 0)
                rows.add([(opened[at], np.where(row[at], 1.0, -1.0))], upper=float(row.sum()) - 1)


def _by_chains(finding: Finding) -> Finding:
    """An objective that no model says is valued by chains; what is wrong with a price is told as it is."""
    if finding.table == "prices":
        return finding
    return replace(finding, remedy="Choose engine chains, which values every set.")


def _beds_of(models: Sequence[Model], first: Ints, rows: _Rows, filling: Filling) -> list[list[Terms]]:
    """Beds of each site in each year as terms: its size, and what it keeps beyond all it could use."""
    beds: list[list[Terms]] = []
    reached = np.zeros(len(models[0].variables.open), dtype=np.int64)
    for model, at in zip(models, first.tolist(), strict=False):
        v, high = model.variables, model.problem.size_limits[1]
        top = np.zeros(len(v.open), dtype=np.int64)
        np.maximum.at(top, v.size_site, v.size_beds)
        of_year: list[Terms] = []
        for j in range(len(v.open)):
            mine = v.size_site == j
            terms: Terms = [(v.size[mine] + at, v.size_beds[mine].astype(float))]
            beyond = int(high[j] - top[j])
            if v.open[j] >= 0 and beyond > 0 and (reached[j] > top[j] or filling.usable):
                idle = rows.column(beyond)
                rows.add([(idle, np.ones(1)), (v.open[[j]] + at, np.array([-float(beyond)]))], upper=0)
                terms.append((idle, np.ones(1)))
                top[j] = high[j]
            of_year.append(terms)
        reached = np.maximum(reached, top)
        beds.append(of_year)
    return beds


def _units(models: Sequence[Model], opened: Ints, first: Ints, budgets: Sequence[float], rows: _Rows) -> None:
    """How many units each year may have by its rules and by the money until then, and how many beds so many take."""
    money: int | None = 0
    for t, (model, budget) in enumerate(zip(models, budgets, strict=True)):
        problem, v = model.problem, model.variables
        bought = beds_for(problem, budget)
        money = None if money is None or bought is None else money + bought
        beds = beds_by_units(problem)
        if money is not None:
            beds = np.where(beds > money, np.inf, beds)
        may, at = np.flatnonzero(np.isfinite(beds)), opened[t][opened[t] >= 0]
        if not len(at):
            continue
        units: Terms = [(at, np.ones(len(at)))]
        if not len(may):
            # No set of sites: said by a row that nothing keeps.
            rows.add(units, lower=len(at) + 1)
            continue
        rows.add(units, lower=int(may[0]) + 1, upper=int(may[-1]) + 1)
        for slope, start in edges(beds):
            rows.add([(v.size + int(first[t]), v.size_beds.astype(float)), (at, np.full(len(at), -slope))], lower=start)


def beds_for(problem: Problem, budget: float) -> int | None:
    """Beds that a budget builds; None where nothing holds them back."""
    each = problem.finance.building_dkk_per_bed
    if not math.isfinite(budget) or each <= 0:
        return None
    return math.floor((budget + HOLD * max(1.0, budget)) / each + WHOLE_NUMBER)


def beds_by_units(problem: Problem) -> Floats:
    """Beds below which no set of 1, 2, ... units keeps a year's rules, (units,); inf where there is no such set.

    Of few units every set is looked at; of more the beds are the fewest however the women are shared out.
    """
    space, seen = space_of(problem), 0
    fewest = np.maximum(
        fewest_beds(problem, space.most), np.arange(1, space.most + 1) * int(problem.size_limits[0].min())
    )
    fewest[: max(space.fewest, len(space.kept), 1) - 1] = np.inf
    for units in np.flatnonzero(np.isfinite(fewest)) + 1:
        few = replace(space, fewest=int(units), most=int(units))
        seen += few.sets
        if seen > COUNTED:
            break
        least = [int(block.plans.beds.sum(axis=1).min()) for block in kept_plans(problem, few) if len(block.plans.open)]
        fewest[units - 1] = min(least, default=np.inf)
    return fewest


def _less(terms: Terms) -> Terms:
    return [(columns, -amount) for columns, amount in terms]


def _stay(
    opened: Ints, beds: list[list[Terms]], t: int, never_close: bool, rows: _Rows, models: Sequence[Model]
) -> None:
    """Units of the year before stay, and no unit that stays loses a bed."""
    high = models[t - 1].problem.size_limits[1]
    for j in range(opened.shape[1]):
        before, now = opened[t - 1, j], opened[t, j]
        if before < 0:
            continue
        if never_close:
            there = [(np.array([now]), np.ones(1))] if now >= 0 else []
            rows.add([*there, (np.array([before]), -np.ones(1))], lower=0)
        if now >= 0:
            kept = [*beds[t][j], *_less(beds[t - 1][j])]
            if never_close:
                rows.add(kept, lower=0)
            else:
                most = float(high[j])
                rows.add([*kept, (np.array([now]), np.array([-most]))], lower=-most)


def _paid(beds: list[list[Terms]], t: int, budget: float, problem: Problem, rows: _Rows) -> None:
    """New beds cost no more than the year's budget."""
    most = beds_for(problem, budget)
    if most is None:
        return
    new: Terms = []
    for j, terms in enumerate(beds[t]):
        if sum(len(columns) for columns, _ in terms):
            column = rows.column(float(problem.size_limits[1][j]))
            had = _less(beds[t - 1][j]) if t else []
            rows.add([(column, np.ones(1)), *_less(terms), *_less(had)], lower=0)
            new.append((column, np.ones(1)))
    rows.add(new, upper=float(most))


def _filled(
    models: Sequence[Model], opened: Ints, beds: list[list[Terms]], first: Ints, t: int, filling: Filling, rows: _Rows
) -> None:
    """While it fills, a unit carries a share of what its beds would."""
    model = models[t]
    problem, v, at = model.problem, model.variables, int(first[t])
    carries = any(rule.carries_stays for rule in problem.policy.values())
    if not filling.usable or not carries:
        return
    everybody = float(problem.women.sum(axis=1).max(initial=0.0))
    carried = problem.stays_by_beds
    for j in np.flatnonzero(v.open >= 0).tolist():
        mine = v.size_site == j
        sizes: Terms = [(v.size[mine] + at, carried[v.size_beds[mine]].astype(float))]
        # A bed beyond the sizes counts as all there could be.
        sizes += [(columns, np.full(1, everybody)) for columns, _ in beds[t][j][1:]]
        for age, share in enumerate(filling.usable):
            if age > t:
                break
            young: Terms = [(opened[u, [j]], np.ones(1)) for u in range(t - age, t + 1) if opened[u, j] >= 0]
            if len(young) <= age:
                continue
            if t > age and opened[t - age - 1, j] >= 0:
                young.append((opened[t - age - 1, [j]], -np.ones(1)))
            held = [s for s in range(len(problem.scenarios.ids)) if problem.must_hold[s]]
            for s in held:
                stays = [
                    (columns + at, np.broadcast_to(amount, columns.shape))
                    for columns, amount in stays_terms(problem, v, j, np.eye(len(problem.scenarios.ids))[s], 1.0)
                ]
                part = [(columns, -share * amount) for columns, amount in sizes]
                bound = [(columns, everybody * amount) for columns, amount in young]
                rows.add([*stays, *part, *bound], upper=everybody * (age + 1) * (1 + HOLD) + HOLD)


def _assembled(models: Sequence[Model], weights: Sequence[float], rows: _Rows) -> LinearModel:
    """The years side by side, and the rows between them."""
    from scipy import sparse

    parts = [model.linear for model in models]
    count, further = rows.columns, len(rows.most)
    own = sparse.block_diag(
        [sparse.csc_matrix((p.coefficient, p.row, p.start), shape=(len(p.row_lower), len(p.cost))) for p in parts]
    )
    at = [
        (r, int(c), float(a))
        for r, terms in enumerate(rows.terms)
        for columns, amount in terms
        for c, a in zip(columns, amount, strict=True)
    ]
    row, column, amount = (np.array(list(x)) for x in zip(*at, strict=True)) if at else (np.zeros(0),) * 3
    shape = (len(rows.terms), count + further)
    between = sparse.coo_matrix((amount, (row.astype(int), column.astype(int))), shape=shape)
    wide = sparse.hstack([own, sparse.csc_matrix((own.shape[0], further))])
    whole = sparse.csc_matrix(sparse.vstack([wide, between]))
    whole.sum_duplicates()
    return LinearModel(
        cost=np.concatenate([w * p.cost for w, p in zip(weights, parts, strict=True)] + [np.zeros(further)]),
        constant=float(sum(w * p.constant for w, p in zip(weights, parts, strict=True))),
        lower=np.concatenate([*(p.lower for p in parts), np.zeros(further)]),
        upper=np.concatenate([*(p.upper for p in parts), rows.most]),
        integer=np.concatenate([*(p.integer for p in parts), np.ones(further, dtype=bool)]),
        start=whole.indptr.astype(np.int32),
        row=whole.indices.astype(np.int32),
        coefficient=whole.data,
        row_lower=np.concatenate([*(p.row_lower for p in parts), rows.lower]),
        row_upper=np.concatenate([*(p.row_upper for p in parts), rows.upper]),
    )
