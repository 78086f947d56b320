"""Where rules do not bind: the sets with the least travel for each number of units, and whether they keep the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock
from capacity.engines.tree.statement import Statement
from capacity.errors import NoPlanError
from capacity.tolerances import CLEAR, RELATIVE_GAP, SUMS

if TYPE_CHECKING:
    from capacity.engines.exact import Certificate

LISTED = 6
"""Sets of each number of units that are looked at."""

PART = 0.3
"""Of what is left of the clock that the sets of one number of units may take."""

LONGEST = 3.0
"""Seconds they may take at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Medians:
    """What the sets with the least travel come to.

    Attributes
    ----------
    bound : float
        No plan has less; infinite where some demand point reaches no site.
    proven : bool
        Whether no plan is better than the best of those looked at, nor as good.
    start : ndarray of int
        Sites of the set with the least travel.
    """

    bound: float
    proven: bool
    start: tuple[int, ...]


def medians(
    statement: Statement, clock: Clock, judged: Callable[[tuple[int, ...]], None], best: Callable[[], float]
) -> Medians:
    """Look at the sets with the least travel, from the greatest number of units down, while that proves something.

    Parameters
    ----------
    statement : Statement
    clock : Clock
    judged : callable
        Offers the search the plan of a set.
    best : callable
        Value of the best plan so far; infinite without one.
    """

    def clear() -> float:
        """What is as good as the best plan lies no higher: a part of what both sums are made of, which may cancel."""
        return best() + CLEAR * (best() + statement.common) + SUMS

    from capacity.engines.exact import p_median

    m = statement.cost.shape[1]
    kept = statement.kept.tolist()
    forbid = sorted(set(range(m)) - set(kept) - set(statement.free.tolist()))
    cost: Floats = np.maximum(statement.cost, 0.0)
    bound, lowest = np.inf, np.inf
    start: tuple[int, ...] = ()
    for units in range(statement.greatest, statement.fewest - 1, -1):
        limit = None if clock.left is None else min(LONGEST, PART * clock.left)
        try:
            median = p_median(
                cost,
                units,
                weights=statement.weight,
                keep=kept,
                forbid=forbid,
                time_limit=LONGEST if limit is None else limit,
                k_best=LISTED,
            )
        except ValueError:
            break
        except NoPlanError:
            return Medians(bound=min(lowest, 0.0), proven=False, start=start)
        # What is proven of a set is proven to a millionth.
        lowest = min(lowest, median.bound * (1 - RELATIVE_GAP))
        bound, start = lowest, start or median.sites
        if median.bound > clear():
            return Medians(bound=bound, proven=True, start=start)
        if median.status != "optimal" or not _looked_at(median, judged, clear):
            return Medians(bound=bound, proven=False, start=start)
    return Medians(bound=bound, proven=np.isfinite(best()) or not np.isfinite(bound), start=start)


def _looked_at(found: Certificate, judged: Callable[[tuple[int, ...]], None], clear: Callable[[], float]) -> bool:
    """Whether every set of so many units that may be best is among those listed."""
    listed = [(found.objective, found.sites), *found.others]
    for value, sites in listed:
        if value > clear():
            return True
        judged(sites)
    return len(listed) < LISTED or listed[-1][0] > clear()
