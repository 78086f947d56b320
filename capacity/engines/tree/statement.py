"""What the bound knows of a problem, as arrays: costs, least and most stays of a unit, rows that may be priced.

All of it is a relaxation: a rule that is not seen here only makes the bound lower. Whether a set keeps the rules
is never asked of these arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.question import Question
from capacity.engines.representatives import FEW, mean_of, representatives
from capacity.problem.problem import Problem
from capacity.rules import Rows, Rule, Variables, allowed_pairs, allowed_sites, carries_stays, firm_rules
from capacity.rules.bounds import least_stays
from capacity.tolerances import HOLD, ROUNDING, SUMS, WITHIN

MOST_CELLS = 2_000_000
"""Points x sites x scenarios up to which rows are looked at in each scenario."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PricedRow:
    """``sum of weight x share x coefficient + sum of opened >= lower``.

    Attributes
    ----------
    points : ndarray (k,)
    coefficient : ndarray (k, m)
        Per stay.
    opened : ndarray (m,)
        What an open site brings.
    lower : float
    size : float
        What the row is counted in, stays.
    """

    points: Ints
    coefficient: Floats
    opened: Floats
    lower: float
    size: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Need:
    """Rows that speak of the same points: what all sites that may be open must bring together.

    Attributes
    ----------
    points : ndarray (n',)
    coefficient : ndarray (k, n', m)
    opened : ndarray (k, m)
    lower : ndarray (k,)
    """

    points: Ints
    coefficient: Floats
    opened: Floats
    lower: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Statement:
    """A problem as its bound sees it; points at which nobody is expected are left out.

    Attributes
    ----------
    cost : ndarray (n, m)
        Of a stay, such as hours, not negative; infinite for pairs that may not be used.
    common : float
        What every plan comes to more here than by its objective, whose values may be negative.
    weight : ndarray (n,)
        Expected stays a year, above zero.
    rank : ndarray (n, m) or None
        How near the sites are, 0 the nearest, where families are bound to the nearest; None where they may be split.
    least, most : ndarray (m,)
        Stays of a unit.
    rows : tuple of PricedRow
        That multipliers weigh.
    needs : tuple of Need
        The same in each scenario, or in few that stand for many.
    kept, free : ndarray of int
        Sites that must, and that may be units.
    fewest, greatest : int
        Number of units.
    ceiling : float
        No plan has more: everybody at the farthest site they may use. Infinite where what is paid for rules comes on
        top.
    """

    cost: Floats
    common: float
    weight: Floats
    rank: Ints | None
    least: Floats
    most: Floats
    rows: tuple[PricedRow, ...]
    needs: tuple[Need, ...]
    kept: Ints
    free: Ints
    fewest: int
    greatest: int
    ceiling: float

    @classmethod
    def of(cls, question: Question) -> Statement:
        """The statement of a question about a sum over women."""
        problem, space, each = question.problem, question.space, question.goal.per_woman
        assert each is not None
        there = problem.expected_women > 0
        usable = question.pairs & allowed_sites(problem)[None, :]
        cost = np.where(usable, each(problem), np.inf)[there]
        more = max(-float(cost.min(initial=0.0)), 0.0)
        cost = cost + more if more else cost
        base = problem if question.scenarios == 1 else mean_of(problem)
        least, most = _stays(problem, base)
        closed, weight = ~np.isfinite(least), problem.expected_women[there]
        most_hours = float(weight @ np.where(np.isfinite(cost), cost, 0.0).max(axis=1, initial=0.0))
        kept = np.array(space.kept, dtype=np.int64)
        free = np.array(sorted(space.free), dtype=np.int64)
        return cls(
            cost=np.ascontiguousarray(cost),
            common=more * float(weight.sum()),
            weight=weight,
            rank=None if question.open_whom else problem.nearness[there].astype(np.int32),
            least=np.where(closed, 0.0, least),
            most=most,
            rows=_rows(base, there, space.most),
            needs=_needs(_rows(_in_each(question, base), there, space.most)),
            kept=kept,
            free=free[~closed[free]],
            fewest=max(space.fewest, len(kept), 1),
            ceiling=np.inf if problem.policy.prices else most_hours * (1 + WITHIN) + SUMS,
            greatest=0 if closed[kept].any() else min(space.most, len(kept) + int((~closed[free]).sum())),
        )


def _stays(problem: Problem, base: Problem | None) -> tuple[Floats, Floats]:
    """Stays a unit has at least (infinite where it cannot be one) and at most on average, (m,) each."""
    m = len(problem.network.site_ids)
    least, most = np.zeros(m), np.full(m, np.inf)
    for rule in least_stays(problem if base is None else base):
        if base is not None or rule.average:
            least = np.maximum(least, rule.least)
    least = np.where(np.isfinite(least), least * (1 - ROUNDING) - HOLD, np.inf)
    if base is not None and carries_stays(base) and base.must_hold[0]:
        _, high = base.size_limits
        most = base.stays_by_beds[np.minimum(high, len(base.stays_by_beds) - 1)] * (1 + ROUNDING) + HOLD
    return np.maximum(least, 0.0), most


def _needs(rows: tuple[PricedRow, ...]) -> tuple[Need, ...]:
    alike: dict[bytes, list[PricedRow]] = {}
    for row in rows:
        alike.setdefault(row.points.tobytes(), []).append(row)
    return tuple(
        Need(
            points=same[0].points,
            coefficient=np.stack([row.coefficient for row in same]),
            opened=np.stack([row.opened for row in same]),
            lower=np.array([row.lower for row in same]),
        )
        for same in alike.values()
    )


def _in_each(question: Question, base: Problem | None) -> Problem | None:
    """The problem of all scenarios, or of a few; where that is not known or too much to look at, the mean of them."""
    problem = question.problem
    if problem.policy.prices:
        return base
    together = question.open_whom is None or question.scenarios <= FEW
    if together and question.scenarios * problem.minutes.size <= MOST_CELLS:
        return problem
    few = representatives(problem)
    found = base if few is None else few.problem
    if found is None or found.women.shape[0] * found.minutes.size > MOST_CELLS:
        return base
    return found


def _rows(base: Problem | None, there: Bools, units: int) -> tuple[PricedRow, ...]:
    """Rows of the firm rules about places that speak of shares and open sites alone."""
    rules = [] if base is None else [rule for rule in firm_rules(base) if may_be_priced(rule)]
    if base is None or not rules:
        return ()
    v = Variables(base, allowed_sites(base), allowed_pairs(base), shared=True, whole=False)
    found: list[PricedRow] = []
    for rule in rules:
        found += _priced(base, v, rule.rows(base, v), there, units)
    return tuple(found)


def may_be_priced(rule: Rule) -> bool:
    """Whether a rule's rows are about places, so that multipliers may weigh them."""
    return rule.placed and rule.linear and not rule.masks_say_all and rule.own_columns == "none"


def _priced(base: Problem, v: Variables, rows: Rows, there: Bools, units: int) -> list[PricedRow]:
    n, m = base.minutes.shape
    first = int(v.share(0, np.zeros(1, dtype=np.int64))[0])
    women, place = base.expected_women, np.cumsum(there) - 1
    priced_rows = []
    for r, (lower, upper) in enumerate(zip(rows.lower.tolist(), rows.upper.tolist(), strict=True)):
        here = slice(rows.start[r], rows.start[r + 1])
        column, coefficient = rows.column[here].astype(np.int64), rows.coefficient[here]
        share = column >= first
        if (~share & (column >= len(v.sites))).any():
            continue
        for sign, limit in ((1.0, lower), (-1.0, -upper)):
            if not np.isfinite(limit):
                continue
            pair = column[share] - first
            table = np.zeros((n, m))
            table[v.pair_point[pair], v.pair_site[pair]] = sign * coefficient[share]
            opened = np.zeros(m)
            opened[v.sites[column[~share]]] = sign * coefficient[~share]
            points = np.flatnonzero(table.any(axis=1))
            if not there[points].all():
                continue  # it speaks of points at which nobody is expected
            size = float(np.abs(table[points]).max(axis=1).sum()) if len(points) else 1.0
            scale = 1.0 if len(points) else float(women.sum()) / max(units, 1)
            priced_rows.append(
                PricedRow(
                    points=place[points],
                    coefficient=table[points] / women[points, None],
                    opened=opened * scale,
                    lower=limit * scale - ROUNDING * max(1.0, abs(limit * scale)),
                    size=size * scale,
                )
            )
    return priced_rows
