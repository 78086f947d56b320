"""Where the best units change on the range of one setting: found by solves, proven between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from capacity.engines.enumerate import space_of, why_not
from capacity.problem.problem import Problem
from capacity.rules.objectives import Objective
from capacity.studies.evaluate import evaluate
from capacity.studies.known_sets import MOST, KnownSets, Lines
from capacity.studies.ladder import units_by_level
from capacity.studies.levels import DEMAND, has_closed_form
from capacity.studies.sets import feasible_sets
from capacity.studies.spans import Span, best_units, is_linear, is_steady, is_whole, moved, settled_on

UNDETECTED = "demand.undetected"

FINE = 5_000
"""Parts of a range that are told apart."""

Best = Callable[[float], tuple[str, ...]]
"""The best units at a value of the setting; () where no plan keeps the rules."""

Duel = Callable[[float, tuple[str, ...], tuple[str, ...]], tuple[str, ...]]
"""Which of two sets is best at a value."""


def turns(
    problem: Problem, key: str, low: float, high: float, now: float, best: Best, objective: Objective, sets: KnownSets
) -> list[Span]:
    """The best units on every part of a range, low to high; neighbours differ.

    `capacity.studies.spans` proves while it looks, from both ends. Here the changes between the ends and today's value
    are closed in on first, and each part between them is then proven by one question: a tenth of the solves. A part
    that this does not settle is told with ``proven`` false: then units that are best only inside it are not seen.

    Parameters
    ----------
    problem : Problem
    key : str
    low, high, now : float
        Ends, and a value between them at which to look as well.
    best : callable
    objective : Objective
    sets : KnownSets
        Of the problem.
    """
    by_level = _by_demand(problem, key, low, high, objective)
    if by_level is not None:
        return by_level
    if (known := _by_lines(problem, key, low, high, objective)) is not None:
        best, proof = known, "lines"
    elif sets.knows(key):
        best, proof = _among(problem, key, sets, best), "order" if is_steady(problem, key) else ""
    else:
        proof = "asked"
    whole = is_whole(problem, key)
    width = 1.0 if whole else (high - low) / FINE
    places = sorted({low, high, min(max(now, low), high)})
    duel: Duel | None = None
    if sets.knows(key):
        duel = lambda value, first, last: sets.better(key, moved(problem, key, value), first, last)  # noqa: E731
    elif why_not(problem) is None and proof != "lines":
        duel = partial(_better, problem, key, objective)
    parts = [part for a, b in pairwise(places) for part in _between(a, b, best, width, whole, duel)]
    by_level = _joined(parts)
    # Whole numbers: a part ends before the first number with other units.
    ends = [replace(s, high=s.high - 1) for s in by_level[:-1]] + by_level[-1:] if whole else by_level
    if proof == "asked":
        return [_proven(problem, key, span, objective) for span in ends]
    # Of straight lines the lowest at both ends is lowest between them. And where the order of the sets stays, and rules
    # grow looser all along, what is first at both ends is first between them.
    return [replace(span, proven=proof != "") for span in ends]


def _among(problem: Problem, key: str, sets: KnownSets, best: Best) -> Best:
    """The best of the known sets; what a tie decides is worked out."""
    known: dict[float, tuple[str, ...]] = {}

    def at(value: float) -> tuple[str, ...]:
        if value not in known:
            first = sets.first(key, moved(problem, key, value))
            known[value] = best(value) if first is None else first
        return known[value]

    return at


def _by_lines(problem: Problem, key: str, low: float, high: float, objective: Objective) -> Best | None:
    """The set of the lowest line; None where values are no straight lines, or sets too many to know."""
    if why_not(problem) or not is_linear(problem, key, objective) or space_of(problem).sets > MOST:
        return None
    ends = [feasible_sets(moved(problem, key, v), [objective], "influence") for v in (low, high)]
    ids = [ends[0].ids(problem, row) for row in range(len(ends[0].open))]
    lines = Lines(low, high, np.stack([e.values[objective.name] for e in ends]), ids)

    def at(value: float) -> tuple[str, ...]:
        first = lines.first(value)
        return best_units(moved(problem, key, value), objective) if first is None else first

    return at


def _by_demand(problem: Problem, key: str, low: float, high: float, objective: Objective) -> list[Span] | None:
    """The closed form of women a year, of which the undetected are a multiple; None where there is none."""
    if key not in (DEMAND, UNDETECTED):
        return None
    scale = 1.0 if key == DEMAND else problem.scenarios.women_per_year / problem.undetected
    ends = (low * problem.undetected, high * problem.undetected) if key == DEMAND else (low * scale, high * scale)
    counted = problem if problem.undetected == 1 else problem.set(UNDETECTED, 1)
    scale = problem.undetected if key == DEMAND else scale
    if not has_closed_form(counted, objective, ends[1]):
        return None
    steps = units_by_level(counted, *ends, objective)
    return _joined([Span(low=a / scale, high=b / scale, site_ids=units, proven=True) for a, b, units in steps])


def _between(a: float, b: float, best: Best, width: float, whole: bool, duel: Duel | None) -> list[Span]:
    """Parts of a..b by halving; a change lies in the middle of the narrow piece it is found in."""
    first, last = best(a), best(b)
    if first == last:
        return [Span(low=a, high=b, site_ids=first, proven=False)]
    if b - a <= width:
        # Of whole numbers the upper one is the first with other units.
        end = b if whole else (a + b) / 2
        return [Span(low=a, high=end, site_ids=first, proven=False), Span(low=end, high=b, site_ids=last, proven=False)]
    if duel is not None:
        # The two sets alone are soon compared. Where a third is best between them, the halving goes on with it.
        low, high = a, b
        while high - low > width:
            middle = _middle(low, high, whole)
            low, high = (middle, high) if duel(middle, first, last) == first else (low, middle)
        parts = ((a, low), (low, high), (high, b))
        if (low, high) != (a, b):
            return [span for x, y in parts if x < y for span in _between(x, y, best, width, whole, None)]
    middle = _middle(a, b, whole)
    return [*_between(a, middle, best, width, whole, duel), *_between(middle, b, best, width, whole, duel)]


def _middle(a: float, b: float, whole: bool) -> float:
    return float(int((a + b) // 2)) if whole else (a + b) / 2


def _better(
    problem: Problem, key: str, objective: Objective, value: float, first: tuple[str, ...], last: tuple[str, ...]
) -> tuple[str, ...]:
    """Which of two sets of units is best at a value; () where neither keeps the rules."""
    there = moved(problem, key, value)
    rows = evaluate(there, [units for units in (first, last) if units], objective)
    kept = [row for row in rows if row["keeps_rules"]]
    best = min(kept, key=lambda row: objective.sign * row["objective"], default=None)
    return () if best is None else tuple(best["site_ids"])


def _joined(found: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in found:
        if merged and merged[-1].site_ids == span.site_ids:
            merged[-1] = replace(merged[-1], high=span.high)
        else:
            merged.append(span)
    return merged


def _proven(problem: Problem, key: str, span: Span, objective: Objective) -> Span:
    """The part with what one question about all of it says, but for the narrow piece at each end a change lies in."""
    trim = 0.0 if is_whole(problem, key) else (span.high - span.low) / FINE
    low, high = span.low + trim, span.high - trim
    return replace(span, proven=low <= high and settled_on(problem, key, low, high, objective) == span.site_ids)
