"""What firm rules imply of every plan, whoever goes where: least stays, fewest beds, most units.

These bounds need no search. They spare the enumeration sets that cannot be plans, and tighten the
mixed-integer model without taking a plan away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity.rules import LeastStays, carries_stays, firm_rules, serves_all
from capacity.tolerances import ROUNDING

if TYPE_CHECKING:
    from capacity.arrays import Bools, Floats, Ints
    from capacity.problem.problem import Problem


def least_stays(problem: Problem) -> list[LeastStays]:
    """Stays a year below which a unit breaks a firm rule."""
    return [least for rule in firm_rules(problem) for least in rule.least_stays(problem)]


def fewest_beds(problem: Problem, units: int) -> Floats:
    """Beds of 1, 2, ... units together, below which not everybody can be served as promised, (units,).

    However the women are shared out, units of k1, k2, ... beds carry at most A[k1] + A[k2] + ...
    stays; the most that a number of beds carries is worked out over all ways to part it. Infinite
    where so few units cannot carry all; zeros where the rules do not ask for it.
    """
    if not (serves_all(problem) and carries_stays(problem)) or not problem.must_hold.any() or units < 1:
        return np.zeros(max(units, 0))
    women = float(problem.women[problem.must_hold].sum(axis=1).max()) * (1 - ROUNDING)
    low, high = problem.size_limits
    least = max((_least_of_all(problem, rule) for rule in least_stays(problem)), default=0.0)
    sizes = np.arange(int(low.min()), int(high.max()) + 1)
    # A size that does not carry the stays a unit must have is no unit's size.
    sizes = sizes[problem.stays_by_beds[sizes] >= least * (1 - ROUNDING)]
    if not len(sizes):
        return np.full(units, np.inf)
    carried = problem.stays_by_beds[sizes]
    enough = int(np.searchsorted(carried, women))
    # One unit that carries everybody, and the smallest size of all others, are beds enough.
    limit = int(sizes[min(enough, len(sizes) - 1)]) * (units if enough == len(sizes) else 1) + units * int(sizes[0])
    most = np.full(limit + 1, -np.inf)
    most[0] = 0.0
    fewest = np.full(units, np.inf)
    for count in range(units):
        most = with_unit(most, sizes, carried)
        reached = np.flatnonzero(most >= women)
        if len(reached):
            fewest[count] = reached[0]
    return fewest


def with_unit(most: Floats, sizes: Ints, carried: Floats) -> Floats:
    """The most stays that 0, 1, ... beds carry with one more unit, of one of these sizes, (beds,)."""
    wider = np.full(len(most), -np.inf)
    for size, stays in zip(sizes.tolist(), carried.tolist(), strict=True):
        if size < len(most):
            np.maximum(wider[size:], most[: len(most) - size] + stays, out=wider[size:])
    return wider


def _least_of_all(problem: Problem, rule: LeastStays) -> float:
    """Stays that a unit's beds must carry because it must have them, wherever it is."""
    held = bool(problem.must_hold[rule.weight > 0].all())
    return float(rule.least.min(initial=np.inf)) if held else 0.0


def most_units(problem: Problem, allowed: Bools) -> int:
    """How many of the allowed sites can be units at once."""
    count = int(allowed.sum())
    for rule in least_stays(problem):
        women = float(rule.weight @ problem.women.sum(axis=1))
        taken = np.cumsum(np.sort(rule.least[allowed]))
        count = min(count, int((taken <= women + ROUNDING * max(1.0, women)).sum()))
    return min(count, _most_by_budgets(problem, count, allowed))


def _most_by_budgets(problem: Problem, count: int, allowed: Bools) -> int:
    """The largest number of units whose beds, as few as there can be, stay within the budgets."""
    budgets = [rule for rule in firm_rules(problem) if rule.says("affords")]
    if not budgets or count == 0:
        return count
    stays = problem.scenarios.women_per_year if serves_all(problem) else 0.0
    low, _ = problem.size_limits
    units = np.arange(1, count + 1)
    beds = np.maximum(fewest_beds(problem, count), units * int(low[allowed].min()))
    # So few units that cannot carry all the women fit no budget, whatever a bed costs.
    fits = np.isfinite(beds)
    beds = np.where(fits, beds, 0.0)
    for rule in budgets:
        if (afforded := rule.affords(problem, units, beds, stays)) is not None:
            fits &= afforded
    return int(units[fits].max(initial=0))
