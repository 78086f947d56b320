"""What a rule declares of its rows, tried as a law: scenarios taken apart, its rows say what they say together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.problem.problem import Problem
from capacity.rules import Rule, Variables, allowed_pairs, allowed_sites
from capacity.tolerances import SAME_INPUT

LEAST_WOMEN = 0.25
"""Women a year every point has in every scenario here, so that no row is left out where nobody is asked for."""

COUNT = 3
"""Scenarios a problem has at least: one that is looked at, and two whose mean stands for the rest."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Written:
    """A rule's rows, and which scenarios each is about.

    Attributes
    ----------
    table : ndarray (R, columns)
        Coefficients.
    lower, upper : ndarray (R,)
    scenarios : list of ndarray
        Those of which each row counts shares.
    first : ndarray
        Columns that are no shares: of sites, sizes, and the rule's own.
    """

    v: Variables
    table: Floats
    lower: Floats
    upper: Floats
    scenarios: list[Ints]
    first: Ints

    def about(self, *scenarios: int) -> list[int]:
        """Rows about these scenarios and no other, in the order they are written in."""
        return [r for r, s in enumerate(self.scenarios) if s.tolist() == sorted(scenarios)]

    def part(self, row: int, scenario: int) -> Floats:
        """A row's coefficients in the shares of a scenario."""
        return np.asarray(self.table[row, self.v.share(scenario)])

    def frame(self, row: int) -> Floats:
        """A row's coefficients in all other columns, and its two sides."""
        return np.array([*self.table[row, self.first], self.lower[row], self.upper[row]])


def stagewise(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    """Whether each row is about one scenario, or an average over all of them by their probabilities.

    Each scenario in turn is written beside one that stands for the others at their mean, as
    `capacity.engines.decompose` writes them: what the rows say of it must be what they said before.
    """
    if not (rule.linear and rule.stagewise):
        return ""
    p = _several(at_a_price(p, rule), rng)
    v = Variables(p, allowed_sites(p), allowed_pairs(p), shared=False, whole=False)
    every = _written(p, rule, v)
    count = len(p.scenarios.ids)
    mixed = [r for r, some in enumerate(every.scenarios) if 1 < len(some) < count]
    if mixed:
        return (
            f"stagewise is declared, but row {mixed[0]} is about {len(every.scenarios[mixed[0]])} of {count} scenarios"
        )
    parts = [_written(_beside_the_rest(p, s), rule, v.over(2)) for s in range(count)]
    if any(len(beside.first) != len(every.first) for beside in parts):
        return "stagewise is declared, but its rows add columns by the number of scenarios"
    faults = (_unlike(every, beside, s, tuple(range(count))) for s, beside in enumerate(parts))
    if fault := next(filter(None, faults), "") or _other_alone(every, parts):
        return f"stagewise is declared, but {fault} when the other scenarios are written as one at their mean"
    return ""


def at_a_price(p: Problem, rule: Rule) -> Problem:
    """The problem with a price of the rule, where its rows say it then: else it is in columns of admitted stays."""
    priced = p if rule.always else p.replace(policy={"prices": {rule.name: 1.0}})
    return p if rule.in_admitted(priced) and not rule.in_rows(priced) else priced


def _other_alone(every: _Written, parts: list[_Written]) -> str:
    """Rows that count no shares: each scenario may write its own, all of them together what the whole has."""
    alone = [every.frame(row) for row in every.about()]
    apart = [beside.frame(row) for beside in parts for row in beside.about()]
    for some, others in ((alone, apart), (apart, alone)):
        if not all(any(_same(one, other) for other in others) for one in some):
            return "rows about no scenario are others"
    return ""


def _unlike(every: _Written, beside: _Written, s: int, all_of_them: tuple[int, ...]) -> str:
    """What is said otherwise of a scenario beside the mean of the rest."""
    for what, (mine, theirs) in {
        "rows about one scenario": (every.about(s), beside.about(0)),
        "averages over the scenarios": (every.about(*all_of_them), beside.about(0, 1)),
    }.items():
        if len(mine) != len(theirs):
            return f"there are other {what}"
        for one, other in zip(mine, theirs, strict=True):
            alike = _same(every.frame(one), beside.frame(other))
            if not alike or not _same(every.part(one, s), beside.part(other, 0)):
                return f"{what} are others"
    return ""


def _same(one: Floats, other: Floats) -> bool:
    return np.allclose(one, other, rtol=SAME_INPUT, atol=SAME_INPUT)


def _several(p: Problem, rng: np.random.Generator) -> Problem:
    """The problem with at least three scenarios, everybody who has a way asked for in each."""
    # A row that counts no shares, of somebody without a way, is about no scenario.
    there = p.active & allowed_pairs(p).any(axis=1)
    women = [*p.women, *(p.women[0] * rng.uniform(0.4, 1.8, p.women.shape[1]) for _ in range(COUNT - len(p.women)))]
    count = len(women)
    chance = rng.uniform(0.5, 1.5, count)
    hold = np.append(p.must_hold, rng.random(count - len(p.must_hold)) < 0.5)
    return p.replace(
        scenarios=p.scenarios.replace(
            ids=tuple(f"t{s}" for s in range(count)),
            point_ids=p.network.point_ids,
            women=np.where(there, np.maximum(women, LEAST_WOMEN), 0.0),
            probability=chance / chance.sum(),
            must_hold=hold,
            labels=(),
        )
    )


def _beside_the_rest(p: Problem, s: int) -> Problem:
    """One scenario, and the others as one at their mean, in which nothing must hold."""
    rest = np.where(np.arange(len(p.probability)) == s, 0.0, p.probability)
    return p.replace(
        scenarios=p.scenarios.replace(
            ids=("this", "the rest"),
            point_ids=p.network.point_ids,
            women=np.stack([p.women[s], rest @ p.women / rest.sum()]),
            probability=np.array([p.probability[s], rest.sum()]),
            must_hold=np.array([p.must_hold[s], False]),
            labels=(),
        )
    )


def _written(p: Problem, rule: Rule, v: Variables) -> _Written:
    before = v.count
    rows = rule.rows(p, v)
    table = np.zeros((len(rows.lower), v.count))
    np.add.at(table, (rows.row, rows.column), rows.coefficient)
    owner = np.full(v.count, -1)
    for s in range(v.scenarios):
        owner[v.share(s)] = s
    counted = [np.unique(owner[np.flatnonzero(line)]) for line in table]
    return _Written(
        v=v,
        table=table,
        lower=rows.lower,
        upper=rows.upper,
        scenarios=[some[some >= 0] for some in counted],
        first=np.append(np.flatnonzero(owner[:before] < 0), np.arange(before, v.count)),
    )
