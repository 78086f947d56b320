"""A problem in two stages, split from the rules' own rows.

Units and sizes are chosen before the scenario is known (first stage), shares and what is broken at a
price in one scenario after it (second stage). Any rule with linear rows can be taken apart so: its
rows are written for a block of scenarios at a time, and each row is either about the first stage
alone, or about one scenario, or **couples** the scenarios (an average, a budget)::

    min  c x0 + sum_s d_s X_s
    s.t. x0 in X0                                   first stage, some of it whole
         low_s <= T_s x0 + A X_s <= high_s          scenario s
         0 <= X_s <= upper_s(x0)
         sum_s W_s X_s + H x0 >= h                  coupling

The women of a scenario are columns here, ``X_ijs = w_is x_ijs``, and every row of a scenario has a
largest coefficient of one: so the matrix A is the same for all scenarios that keep the same rules, and
their dual prices can be shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.decompose.stage_parts import Entries, Second, Stages, summed
from capacity.engines.linear.model import implied_stays, implied_units, softened, written
from capacity.errors import SolverError
from capacity.problem.demand import Scenarios
from capacity.problem.problem import Problem
from capacity.rules import LeastStays, Rows, Rule, Variables, allowed_pairs, allowed_sites, firm_rules, scenario_of
from capacity.rules.objectives import Objective
from capacity.tolerances import BRINGS_NOTHING, LEAST_CHANCE, NO_WOMEN, SAME_ARRAY

BLOCK = 25
"""Scenarios whose rows are written together."""

LARGEST = 1e6
"""A coupling row counts no larger coefficient: a millionth of a woman a year does not keep a unit in use."""

MOST_HELD = 8
"""Different arrays of one kind that are remembered."""


def split(problem: Problem, objective: Objective, clock: Clock | None = None) -> Stages:
    """Take a problem apart into two stages.

    Raises
    ------
    OutOfTimeError
        Where nothing is left of the clock before all rows are written.
    """
    v = Variables(problem, allowed_sites(problem), allowed_pairs(problem), shared=False, whole=False)
    # What a rule's own rows say need not be said again.
    least = [each for rule in firm_rules(problem) if not rule.stays_by_rows for each in rule.least_stays(problem)]
    pattern = _Block(problem, v, objective, least, [])
    held = _Held()
    scenarios: list[Second] = []
    rows = list(pattern.own_rows())
    for start in range(0, len(problem.scenarios.ids), BLOCK):
        if clock is not None:
            clock.tell("Scenarios are taken apart", done=start, count=len(problem.scenarios.ids))
            clock.check()
        here = list(range(start, min(start + BLOCK, len(problem.scenarios.ids))))
        block = _Block(problem, v, objective, least, here, pattern)
        for k in range(len(here)):
            if clock is not None:
                clock.check()
            scenarios.append(block.scenario(k, held))
        rows += block.own_rows()
    coupling, low = pattern.coupling_rows()
    return Stages(
        variables=v,
        cost=pattern.first_cost,
        lower=np.zeros(len(pattern.first_cost)),
        upper=pattern.first_upper,
        whole=pattern.first_whole,
        rows=_once(rows),
        coupling=coupling,
        least=low,
        scenarios=scenarios,
        terms=pattern.terms,
        own=np.full(len(low), -1),
        start=np.zeros(len(low)),
    )


def _once(rows: Iterable[tuple[Ints, Floats, float, float]]) -> list[tuple[Ints, Floats, float, float]]:
    """The rows, repeated ones once."""
    seen: dict[bytes, tuple[Ints, Floats, float, float]] = {}
    for columns, values, low, high in rows:
        seen.setdefault(columns.tobytes() + np.append(values, [low, high]).tobytes(), (columns, values, low, high))
    return list(seen.values())


class _Held:
    """Arrays that many scenarios have in common, held once."""

    def __init__(self) -> None:
        self._known: dict[str, list[np.ndarray]] = {}
        self._entries: dict[str, list[Entries]] = {}

    def once(self, name: str, array: np.ndarray) -> np.ndarray:
        known = self._known.setdefault(name, [])
        for one in known:
            if one.shape == array.shape and np.allclose(one, array, rtol=SAME_ARRAY, atol=0.0):
                return one
        if len(known) < MOST_HELD:
            known.append(array)
        return array

    def entries(self, name: str, entries: Entries) -> Entries:
        for one in self._entries.setdefault(name, []):
            if (
                len(one.row) == len(entries.row)
                and np.array_equal(one.row, entries.row)
                and np.array_equal(one.column, entries.column)
                and np.allclose(one.value, entries.value, rtol=SAME_ARRAY, atol=0.0)
            ):
                return one
        if len(self._entries[name]) < MOST_HELD:
            self._entries[name].append(entries)
        return entries


class _Block:
    """The rows of some scenarios, and of the others as one at their mean.

    The mean stands for the others, so that averages are what they are. Rows that couple the scenarios
    are told from those of the mean alone by a pattern: the rows of two means.
    """

    def __init__(
        self,
        problem: Problem,
        v: Variables,
        objective: Objective,
        least: Sequence[LeastStays],
        here: list[int],
        pattern: _Block | None = None,
    ) -> None:
        self.count = len(here) or 1
        block = _among(problem, here)
        self.women, self.given = block.women, problem.women[here] if here else block.women[:1]
        self.probability = block.probability
        self.v = v.over(self.count + 1)
        known = [_in_block(rule, problem, block, here) for rule in least]
        stays = implied_stays(block, self.v, [rule for rule in known if rule is not None])
        terms, _, blocks = written(block, self.v, objective, [], stays)
        self.terms = terms
        terms.refuse_unseen()
        self._join(block, [*blocks] if pattern else [*blocks, (None, implied_units(problem, self.v))])
        self._columns(block, terms.columns, terms.cost)
        self._kinds(pattern)

    def _join(self, block: Problem, blocks: list[tuple[Rule | None, Rows]]) -> None:
        """All rows as one, with what they are broken by at a price."""
        row, column, value, lower, upper, count = [], [], [], [], [], 0
        self._paid = []
        for rule, rows in blocks:
            soft, paid = softened(block, self.v, rule, rows)
            row.append(soft.row + count)
            column.append(soft.column)
            value.append(soft.coefficient)
            lower.append(soft.lower)
            upper.append(soft.upper)
            self._paid.append(paid)
            count += len(soft.lower)
        self.entries = Entries(np.concatenate(row), np.concatenate(column), np.concatenate(value))
        self.entries = self.entries.of(self.entries.value != 0)
        self.lower, self.upper = np.concatenate(lower), np.concatenate(upper)

    def _columns(self, block: Problem, columns: Ints, cost: Floats) -> None:
        """Whose each column is (-1: of the first stage), its number there, and what it costs."""
        v = self.v
        self.pairs, first = v.pairs, len(v.sites) + len(v.size)
        owner = np.full(v.count, -1)
        for s in range(v.scenarios):
            owner[v.share(s)] = s
        for slack in v.slack.values():
            owner[slack.columns] = scenario_of(block, slack.keys)
        self.owner = owner
        self.number = np.zeros(v.count, dtype=np.int64)
        for s in range(-1, v.scenarios):
            mine = np.flatnonzero(owner == s)
            self.number[mine] = np.arange(len(mine))
        self.cost = np.zeros(v.count)
        np.add.at(self.cost, columns, cost)
        for where, what in self._paid:
            np.add.at(self.cost, where, what)
        mine = np.flatnonzero(owner == -1)
        assert (mine[:first] == np.arange(first)).all()
        self.first_cost, self.first_upper, self.first_whole = self.cost[mine], v.upper[mine], v.integer[mine]

    def _kinds(self, pattern: _Block | None) -> None:
        """Which scenario each row is about: -1 none, -2 the mean alone, -3 several."""
        owner = self.owner[self.entries.column]
        kind = np.full(len(self.lower), -1)
        np.maximum.at(kind, self.entries.row, owner)
        mean = np.unique(self.entries.row[owner == self.count])
        if pattern is None:
            others = np.zeros(len(self.lower), dtype=bool)
            others[self.entries.row[owner == 0]] = True
            self.couples = others[mean]
        elif len(pattern.couples) != len(mean):
            raise SolverError("The rules' rows differ from one block of scenarios to another.")
        else:
            self.couples = pattern.couples
        kind[mean] = np.where(self.couples, -3, -2)
        self.kind = kind
        self.coupled = mean[self.couples]
        # Coupling rows in units of the pattern, and each as "at least".
        self.sizes: Floats = self._sizes() if pattern is None else pattern.sizes

    def _sizes(self) -> Floats:
        largest = np.zeros(len(self.lower))
        mine = self.owner[self.entries.column] == -1
        np.maximum.at(largest, self.entries.row[mine], np.abs(self.entries.value[mine]))
        largest = np.where(largest > 0, largest, 1.0)[self.coupled]
        return np.asarray(np.where(np.isfinite(self.lower[self.coupled]), largest, -largest))

    # -- parts ----------------------------------------------------------------------------------

    def own_rows(self) -> Iterable[tuple[Ints, Floats, float, float]]:
        """Rows about the first stage alone."""
        numbers = np.flatnonzero(self.kind == -1)
        mine = self.entries.of(self.kind[self.entries.row] == -1)
        order = np.argsort(mine.row, kind="stable")
        cuts = np.searchsorted(mine.row[order], numbers)
        # Without a row of its own there is neither a start nor an end.
        ends = np.append(cuts[1:], len(order))[: len(numbers)]
        for r, start, end in zip(numbers.tolist(), cuts.tolist(), ends.tolist(), strict=True):
            here = order[start:end]
            yield self.number[mine.column[here]], mine.value[here], float(self.lower[r]), float(self.upper[r])

    def _coupling(self, owner: int) -> Entries:
        """Entries of the coupling rows in the columns of one scenario (-1: the first stage)."""
        at = np.full(len(self.lower), -1)
        at[self.coupled] = np.arange(len(self.coupled))
        mine = self.entries.of((self.owner[self.entries.column] == owner) & (at[self.entries.row] >= 0))
        row = at[mine.row]
        return Entries(row, self.number[mine.column], mine.value / self.sizes[row])

    def coupling_rows(self) -> tuple[Entries, Floats]:
        """The coupling rows' first stage and least values."""
        low, high = self.lower[self.coupled], self.upper[self.coupled]
        if (np.isfinite(low) & np.isfinite(high)).any():
            raise SolverError("A row over all scenarios has two sides.")
        return self._coupling(-1), np.where(np.isfinite(low), low, high) / self.sizes

    def _rows_about(self, k: int) -> tuple[Entries, Entries, Floats, Floats]:
        """Rows about the k-th scenario alone: its own columns, those of the first stage, and both sides."""
        numbers = np.flatnonzero(self.kind == k)
        at = np.full(len(self.lower), -1)
        at[numbers] = np.arange(len(numbers))
        mine = self.entries.of(self.kind[self.entries.row] == k)
        own = self.owner[mine.column] == k
        matrix = Entries(at[mine.row[own]], self.number[mine.column[own]], mine.value[own])
        first = Entries(at[mine.row[~own]], self.number[mine.column[~own]], mine.value[~own])
        return matrix, first, self.lower[numbers], self.upper[numbers]

    def scenario(self, k: int, held: _Held) -> Second:
        """The second stage of the k-th scenario of the block."""
        pairs, point = self.pairs, self.v.pair_point
        matrix, first, low, high = self._rows_about(k)
        columns = int((self.owner == k).sum())
        top = np.ones(columns)
        top[pairs:] = np.inf
        bounds, kept = _bounds(matrix, first, low, high, top)
        women = np.ones(columns)
        women[:pairs] = self.women[k][point]
        matrix, size, broken = _in_women(matrix, women, len(low), pairs)
        # Where nobody needs a stay nothing is asked, of the first stage neither: a mean would ask what is left.
        first_value, low, high = (_asked(values) for values in (first.value / size[first.row], low / size, high / size))
        scale = np.ones(columns)
        scale[:pairs] = np.where(self.given[k] > NO_WOMEN, self.given[k], 0.0)[point]
        first = _carried(matrix, Entries(first.row, first.column, first_value), high, scale, pairs)
        matrix, first = _of_rows(matrix, kept), _of_rows(first, kept)
        low, high = low[kept], high[kept]
        constant, slope, where = bounds
        constant[0, pairs:] = _most_broken(matrix, first, low, high, scale, pairs, self.first_upper)
        closed = scale[:pairs] <= 0
        cost = self.cost[self.owner == k] / women / broken
        cost[:pairs][closed] = 0.0
        cost[pairs:][constant[0, pairs:] <= 10 * NO_WOMEN] = 0.0
        coupling = self._coupling(k)
        coupling = Entries(coupling.row, coupling.column, coupling.value / (women * broken)[coupling.column])
        brings = np.abs(coupling.value) * scale[coupling.column]
        coupling = coupling.of((brings > BRINGS_NOTHING) & (coupling.value < LARGEST))
        return Second(
            probability=float(self.probability[k]),
            cost=held.once("cost", cost),
            matrix=held.entries("matrix", matrix),
            first=held.entries("first", first),
            low=low,
            high=high,
            coupling=held.entries("coupling", coupling),
            scale=scale,
            constant=held.once("constant", constant),
            slope=held.once("slope", slope),
            at=held.once("at", where),
        )


def _asked(values: Floats) -> Floats:
    """Numbers of rows in women, less what stands for nobody."""
    return np.where(np.abs(values) <= 10 * NO_WOMEN, 0.0, values)


def _carried(matrix: Entries, first: Entries, high: Floats, scale: Floats, pairs: int) -> Entries:
    """The first stage's entries, where units carry everybody and who stands for nobody: everybody alone.

    A row that holds exactly (least stays of all there are) and one within a solver's tolerance of it are too close to
    each other: HiGHS's presolve proves then that no unit can open.
    """
    rows, real = len(high), matrix.column < pairs
    there = np.where(real, scale[matrix.column], 0.0)
    most = summed(matrix.row, np.maximum(matrix.value, 0.0) * there, rows)[first.row]
    closed = np.where((matrix.value > 0) & real & (there <= 0), NO_WOMEN, 0.0)
    nobody = summed(matrix.row, closed, rows)[first.row]
    above = -first.value - most
    # A little more, for the rounding of the sums.
    noise = (nobody > 0) & (above > 0) & (above <= 2 * nobody) & np.isfinite(high)[first.row]
    return Entries(first.row, first.column, np.where(noise, -most, first.value))


def _among(problem: Problem, here: list[int]) -> Problem:
    """Some scenarios, and the others as one at their mean; without any, all of them twice at their mean."""
    p = problem.probability
    rest = np.ones(len(p), dtype=bool)
    rest[here] = False
    left = float(p[rest].sum())
    weight = np.where(rest, p, 0.0) / left if left > LEAST_CHANCE else np.full(len(p), 1 / len(p))
    mean = np.where(problem.active, np.maximum(weight @ problem.women, NO_WOMEN), 0.0)
    women = np.vstack([np.where(problem.active, np.maximum(problem.women[here], NO_WOMEN), 0.0), mean])
    probability = np.append(np.maximum(p[here], LEAST_CHANCE), max(left, LEAST_CHANCE))
    hold = np.append(problem.must_hold[here], False)
    if not here:
        women, probability, hold = np.vstack([mean, mean]), np.full(2, 0.5), np.zeros(2, dtype=bool)
    return problem.replace(
        scenarios=Scenarios(
            ids=tuple(f"#{k}" for k in range(len(women))),
            point_ids=problem.network.point_ids,
            women=women,
            probability=probability,
            must_hold=hold,
        )
    )


def _in_block(rule: LeastStays, problem: Problem, block: Problem, here: list[int]) -> LeastStays | None:
    """A rule about the stays of all scenarios, said of the block's; None where it speaks of another's."""
    if rule.average:
        return LeastStays(weight=block.probability, least=rule.least, average=True)
    (s,) = np.flatnonzero(rule.weight)
    if s not in here:
        return None
    return LeastStays(weight=np.eye(len(block.scenarios.ids))[here.index(int(s))], least=rule.least)


def _in_women(matrix: Entries, women: Floats, rows: int, pairs: int) -> tuple[Entries, Floats, Floats]:
    """Women in the place of shares, rows with a largest coefficient of one, and so what they are broken by.

    Returns
    -------
    tuple
        The entries, what each row was divided by, (rows,), and each column beside its women, (columns,).
    """
    value = matrix.value / women[matrix.column]
    size = np.zeros(rows)
    real = matrix.column < pairs
    np.maximum.at(size, matrix.row[real], np.abs(value[real]))
    size = np.where(size > 0, size, 1.0)
    value = value / size[matrix.row]
    broken = np.ones(len(women))
    broken[pairs:] = 0.0
    np.maximum.at(broken, matrix.column[~real], np.abs(value[~real]))
    broken = np.where(broken > 0, broken, 1.0)
    return Entries(matrix.row, matrix.column, value / broken[matrix.column]), size, broken


def _of_rows(entries: Entries, kept: Bools) -> Entries:
    """Entries of the rows that are kept, numbered anew."""
    stay, number = kept[entries.row], np.cumsum(kept) - 1
    return Entries(number[entries.row[stay]], entries.column[stay], entries.value[stay])


def _bounds(
    matrix: Entries, first: Entries, low: Floats, high: Floats, top: Floats
) -> tuple[tuple[Floats, Floats, Ints], Bools]:
    """Rows that only bound one column from above, as bounds; and which rows are kept as rows.

    Only bounds that are never negative, whatever the first stage, are taken out.
    """
    count = len(low)
    alone = np.bincount(matrix.row, minlength=count) == 1
    alone &= np.bincount(first.row, minlength=count) <= 1
    column, each = np.zeros(count, dtype=np.int64), np.ones(count)
    column[matrix.row], each[matrix.row] = matrix.column, matrix.value
    where, factor = np.zeros(count, dtype=np.int64), np.zeros(count)
    where[first.row], factor[first.row] = first.column, first.value
    limit = np.where(each > 0, high, low)
    other = np.where(each > 0, low, high)
    with np.errstate(invalid="ignore"):
        constant, slope = limit / each, -factor / each
    alone &= np.isfinite(limit) & ~np.isfinite(other) & (constant >= 0) & (slope >= 0)
    rows = np.flatnonzero(alone)
    rows = rows[np.argsort(column[rows], kind="stable")]
    starts = np.searchsorted(column[rows], column[rows])
    layer = 1 + np.arange(len(rows)) - starts
    shape = (int(layer.max(initial=0)) + 1, len(top))
    constants, slopes, at = np.broadcast_to(top, shape).copy(), np.zeros(shape), np.zeros(shape, dtype=np.int64)
    constants[layer, column[rows]], slopes[layer, column[rows]] = constant[rows], slope[rows]
    at[layer, column[rows]] = where[rows]
    return (constants, slopes, at), ~alone


def _most_broken(
    matrix: Entries, first: Entries, low: Floats, high: Floats, scale: Floats, pairs: int, upper: Floats
) -> Floats:
    """What the rows of a scenario can be broken by at most, by column of excess."""
    rows, real = len(low), matrix.column < pairs
    share = matrix.value * np.where(real, scale[matrix.column], 0.0)
    # Columns of the first stage without an upper bound stand in no row of a scenario.
    whole = first.value * np.where(np.isfinite(upper), upper, 0.0)[first.column]
    least = summed(matrix.row, np.minimum(share, 0.0), rows)
    least += summed(first.row, np.minimum(whole, 0.0), rows)
    most = summed(matrix.row, np.maximum(share, 0.0), rows)
    most += summed(first.row, np.maximum(whole, 0.0), rows)
    needed = np.maximum(np.where(np.isfinite(low), low - least, 0.0), np.where(np.isfinite(high), most - high, 0.0))
    found = np.zeros(len(scale) - pairs)
    np.maximum.at(
        found, matrix.column[~real] - pairs, np.maximum(needed[matrix.row[~real]], 0.0) / np.abs(matrix.value[~real])
    )
    return found
