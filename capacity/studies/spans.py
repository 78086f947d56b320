"""Which set of units is best on a whole range of one setting, proven from both ends of the range.

Between two values of a setting every rule is loosest at one end and tightest at the other (not all
rules at the same end). A set that is best where every rule is as tight as anywhere in the range, and
that no other set beats where every rule is as loose, is best throughout. Where that does not hold
the range is halved, until it is as narrow as asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.engines.enumerate import enumerate_sets, ids_of, why_not
from capacity.engines.linear.model import Model, build
from capacity.engines.rank import why_no_ranking
from capacity.engines.rank.ranked import Order, why_not_ranked
from capacity.engines.settling import Settled
from capacity.engines.solve import solve_or_stop
from capacity.engines.ties import in_order_by_model
from capacity.errors import InfeasibleError
from capacity.problem.problem import Problem
from capacity.rules import RULES, NearestPlans, Rule, allowed_pairs, rules_on
from capacity.rules.objectives import COST, Objective, objective_named
from capacity.rules.rule import Change
from capacity.studies.dearer import COSTS, cost_of, is_dearer, no_tighter
from capacity.studies.sets import by_enumeration, feasible_sets, name_of
from capacity.tolerances import LEAST_VALUE, TIE

DEMAND, STAY = "demand.women_per_year", "stay.mean_days"

UPWARDS: Mapping[str, Change] = {
    "finance.day_rate_dkk": "looser",
    "finance.grant_dkk_per_year": "looser",
    "promise.turned_away": "looser",
    "promise.occupancy": "looser",
    "promise.wait_probability": "looser",
    "promise.wait_days": "looser",
    "finance.unit_dkk_per_year": "tighter",
    "finance.bed_dkk_per_year": "tighter",
    "finance.occupied_day_dkk": "tighter",
    "finance.building_dkk_per_bed": "tighter",
    "sizes.largest": "looser",
    "sizes.smallest": "tighter",
}
"""Settings beside the rules' own of which more may make rules looser, or tighter, and does nothing else to a plan."""

WHOLE = ("sizes.smallest", "sizes.largest")
"""Settings beside the rules' own that take whole numbers: each is solved."""

FINER = 16
"""How much closer than asked the ends are found, where sets can be valued: so that they round well."""

MOST_QUESTIONS = 5_000
"""Ranges looked at, at most; what is left is told as not proven."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """A range of a setting and its best set (empty: no plan); `proven` for all of it but its ends."""

    low: float
    high: float
    site_ids: tuple[str, ...]
    proven: bool


def _kind_of(problem: Problem, key: str) -> type[Rule] | None:
    """The rule a key is a number of."""
    section, _, name = key.partition(".")
    every = {rule.name: rule for rule in (*RULES, *problem.policy.extra)}
    return every.get(name.partition(".")[0]) if section == "rules" else None


def of_rule(problem: Problem, key: str) -> str:
    """The rule whose number the key names: ``rules.reach.minutes`` is that of ``rules.reach``."""
    whole, _, part = key.rpartition(".")
    rule = _kind_of(problem, key)
    return whole if rule is not None and whole != "rules" and rule.short == part else key


def is_whole(problem: Problem, key: str) -> bool:
    """Whether the setting takes whole numbers."""
    rule = _kind_of(problem, key)
    return key in WHOLE or (rule is not None and rule.whole_number)


def moved(problem: Problem, key: str, value: float) -> Problem:
    """The problem with a number set; ``rules.region_access.minutes`` names a number in a rule's table."""
    key = of_rule(problem, key)
    was, rule = problem.get(key), _kind_of(problem, key)
    if isinstance(was, dict) and rule is not None and rule.short is not None and key.count(".") == 1:
        return problem.set(key, {**was, rule.short: value})
    return problem.set(key, int(value) if is_whole(problem, key) else value)


def _way(problem: Problem, key: str) -> Change | None:
    """Whether more of a setting makes every rule looser, or every rule tighter; None where that is not known."""
    rule = _kind_of(problem, key)
    if rule is None:
        way = UPWARDS.get(key)
    else:
        parts = key.split(".")[2:]
        way = (rule.moved_by or {}).get(parts[0] if parts else rule.short or "")
    known = way is not None and all(one.response(key) in ("same", way) for one in rules_on(problem))
    return way if known else None


def _scaled(problem: Problem, key: str) -> bool:
    """Whether it is known what more women, or longer stays, do to every rule."""
    for rule in rules_on(problem):
        change = rule.with_more_women if key == DEMAND else rule.response(key)
        if rule.says("rescaled"):
            if rule.rescaled(problem, 1.0, women=key == DEMAND) is None:
                return False
        elif change not in ("same", "tighter"):
            return False
    return any(rule.serves_all for rule in rules_on(problem))


def is_proven(problem: Problem, key: str, objective: str | Objective) -> bool:
    """Whether `spans` can prove what it finds of this setting, and does not only scan it."""
    return is_whole(problem, key) or _kind(problem, key, objective) != ""


def _kind(problem: Problem, key: str, objective: str | Objective) -> str:
    priced, key = bool(problem.policy.prices), of_rule(problem, key)
    goal = objective_named(objective)
    if problem.outpatient.on or key.startswith("outpatient."):
        # Who stays depends on the way, and what a course costs on who does not.
        return ""
    if goal.in_common is None or goal.in_common(problem) is None:
        # Nobody says how its values move with anything.
        return ""
    if goal is COST and key in COSTS and is_dearer(problem):
        return "dearer"
    rule = _kind_of(problem, key)
    # Who may be served where is part of what is fair.
    if _way(problem, key) is not None and (goal.steady_in_reach or rule is None or not rule.says("pairs")):
        return "steady"
    if key in (DEMAND, STAY):
        # A price is not paid by the woman.
        return "scaled" if not priced and _scaled(problem, key) else ""
    trips = key in ("travel.visits_per_week", "travel.ambulatory_trips_per_week") and goal.linear_in_trips
    trips = trips and all(rule.response(key) == "same" for rule in rules_on(problem))
    if why_not(problem) is None and ((trips and not priced) or key.startswith("prices.")):
        return "affine"
    return ""


def _at(problem: Problem, key: str, a: float, b: float, *, loose: bool) -> Problem:
    """The problem with every rule as loose (or as tight) as anywhere between a and b."""
    if key not in (DEMAND, STAY):
        return moved(problem, key, b if loose == (_way(problem, of_rule(problem, key)) == "looser") else a)
    # Fewer women, or shorter stays, need fewer beds; more of them bring in more, and make a unit busier.
    at, other = (a, b) if loose else (b, a)
    changed = problem.set(key, at)
    for rule in rules_on(problem):
        if (changes := rule.rescaled(changed, at / other, women=key == DEMAND)) is not None:
            changed = changed.replace(**changes)
    return changed


def _in_common(problem: Problem, objective: str | Objective) -> tuple[float, float]:
    """What every plan's value is multiplied by, and what is added to it, at this level of demand and stay."""
    in_common = objective_named(objective).in_common
    return (None if in_common is None else in_common(problem)) or (1.0, 0.0)


class _Valued:
    """The sets of a problem in order, each valued, as `capacity.engines.rank.ranked.Order`."""

    def __init__(self, problem: Problem, objective: str | Objective) -> None:
        self._problem, self._objective = problem, objective
        self._best = enumerate_sets(problem, objective_named(objective))

    def first(self) -> tuple[tuple[str, ...], float] | None:
        if self._best.open is None:
            return None
        return ids_of(self._problem, self._best.open), self._best.objective

    def beds(self) -> int:
        assert self._best.open is not None
        plans = NearestPlans(self._problem, self._best.open[None], allowed_pairs(self._problem))
        return int(plans.beds.sum())

    def others_above(self, value: float) -> bool:
        sets = feasible_sets(self._problem, [self._objective], "spans")
        others = (sets.open != self._best.open).any(axis=1)
        return bool((sets.values[name_of(self._objective)][others] > value).all())


class _Cut:
    """The sets of a problem in order, each proven next best by the model."""

    def __init__(self, model: Model) -> None:
        self._sets = in_order_by_model(model, 2)
        self._best: Settled | None = None

    def first(self) -> tuple[tuple[str, ...], float] | None:
        best = self._best = next(self._sets, None)
        return None if best is None else (best.rank.site_ids, best.rank.objective)

    def beds(self) -> int:
        assert self._best is not None
        return self._best.rank.beds

    def others_above(self, value: float) -> bool:
        other = next(self._sets, None)
        return other is None or other.rank.objective > value


def _ordered(problem: Problem, objective: str | Objective, hints: list[Floats]) -> _Valued | _Cut | Order:
    if by_enumeration(problem, "auto"):
        return _Valued(problem, objective)
    model = build(problem, objective_named(objective), cuts=True)
    return _Cut(model) if why_not_ranked(problem, model) else Order(model, hints)


def spans(
    problem: Problem,
    key: str,
    low: float,
    high: float,
    *,
    exact_to: float,
    objective: str | Objective,
    pieces: int = 40,
    progress: Callable[[float], object] | None = None,
) -> list[Span]:
    """The best set on every part of the range, low to high; neighbours differ.

    Where the setting is not one that can be proven, `pieces` of the range are solved and the changes
    between them are closed in on.
    """
    kind = _kind(problem, key, objective)
    if is_whole(problem, key):
        return _joined(_each_whole(problem, key, low, high, objective, progress))
    if not kind:
        return _joined(_scanned(problem, key, low, high, exact_to, objective, pieces, progress))
    hints: list[Floats] = []
    finest = exact_to / FINER if why_no_ranking(problem) is None or by_enumeration(problem, "auto") else exact_to
    pieces_found: list[tuple[float, float, tuple[str, ...] | None]] = []
    waiting = [(low, high)]
    asked = 0
    while waiting:
        a, b = waiting.pop()
        asked += 1
        if progress is not None:
            progress(a)
        settled = _asked(problem, kind, key, a, b, objective, hints)
        if settled is None and b - a > finest and asked < MOST_QUESTIONS:
            middle = (a + b) / 2
            waiting += [(middle, b), (a, middle)]
            continue
        pieces_found.append((a, b, settled))
        if progress is not None:
            progress(b)
    return _joined(_closed(problem, key, pieces_found, exact_to, objective))


def best_units(problem: Problem, objective: str | Objective) -> tuple[str, ...]:
    """The best units; () where no plan keeps the rules. Nothing else of the plan is worked out where that helps."""
    if not by_enumeration(problem, "auto"):
        return _best(problem, objective)
    first = _Valued(problem, objective).first()
    return () if first is None else first[0]


def is_steady(problem: Problem, key: str) -> bool:
    """Whether more of a setting makes every rule looser, or every rule tighter."""
    return _way(problem, of_rule(problem, key)) is not None or _moves_nothing(problem, key, "travel")


def is_linear(problem: Problem, key: str, objective: str | Objective) -> bool:
    """Whether every set's value is a straight line in the setting, which moves no rule."""
    return _kind(problem, key, objective) == "affine"


def settled_on(problem: Problem, key: str, a: float, b: float, objective: str | Objective) -> tuple[str, ...] | None:
    """The set proven best on all of a..b by one question; () where there is no plan; None where it settles nothing."""
    if _moves_nothing(problem, key, objective):
        return _best(moved(problem, key, a), objective)
    kind = _kind(problem, key, objective)
    return _asked(problem, kind, key, a, b, objective, []) if kind else None


def _moves_nothing(problem: Problem, key: str, objective: str | Objective) -> bool:
    """Whether a price moves no rule, and is no part of what is minimised."""
    priced = key.startswith("finance.")
    return (
        priced
        and objective_named(objective).linear_in_trips
        and all(r.response(key) == "same" for r in rules_on(problem))
    )


def _asked(
    problem: Problem, kind: str, key: str, a: float, b: float, objective: str | Objective, hints: list[Floats]
) -> tuple[str, ...] | None:
    if kind == "affine":
        return _affine(problem, key, a, b, objective)
    if kind == "dearer":
        return _dearer(problem, key, a, b, hints)
    return _both(problem, key, a, b, objective, hints)


def _closed(
    problem: Problem,
    key: str,
    pieces_found: Sequence[tuple[float, float, tuple[str, ...] | None]],
    exact_to: float,
    objective: str | Objective,
) -> list[Span]:
    """What was proven, its neighbours brought together over the narrow ranges in which the best set changes."""
    spans: list[Span] = []
    gap: float | None = None
    for a, b, sites in pieces_found:
        if sites is None and (b - a > exact_to or (gap is not None and b - gap > 3 * exact_to)):
            # Not a change of sets but a range that could not be proven.
            start = a if gap is None else gap
            best = _best(moved(problem, key, (start + b) / 2), objective)
            spans.append(Span(low=start, high=b, site_ids=best, proven=False))
            gap = None
        elif sites is None:
            gap = a if gap is None else gap
        else:
            start = a
            if gap is not None:
                start = (gap + a) / 2 if spans else gap
                if spans:
                    spans[-1] = replace(spans[-1], high=start)
                gap = None
            spans.append(Span(low=start, high=b, site_ids=sites, proven=True))
    if gap is not None:
        end = pieces_found[-1][1]
        if spans:
            spans[-1] = replace(spans[-1], high=end)
        else:
            best = _best(moved(problem, key, (gap + end) / 2), objective)
            spans.append(Span(low=gap, high=end, site_ids=best, proven=False))
    return spans


def _best(problem: Problem, objective: str | Objective) -> tuple[str, ...]:
    try:
        return solve_or_stop(problem, objective).site_ids
    except InfeasibleError:
        return ()


def _both(
    problem: Problem, key: str, a: float, b: float, objective: str | Objective, hints: list[Floats]
) -> tuple[str, ...] | None:
    """The set that is best on all of a..b; () where there is no plan; None where neither is proven."""
    at = _at(problem, key, a, b, loose=True)
    loose = _ordered(at, objective, hints)
    best = loose.first()
    if best is None:
        return ()
    strict = _at(problem, key, a, b, loose=False)
    tight = _ordered(strict, objective, hints)
    first = tight.first()
    if first is None or first[0] != best[0]:
        return None
    (size, shift), (loose_size, loose_shift) = (_in_common(p, objective) for p in (strict, at))
    # The value of the tightest problem, as the loosest would count it.
    value = (first[1] - shift) / size
    room = TIE * max(LEAST_VALUE, abs(value)) * loose_size
    counted = value * loose_size + loose_shift

    def as_small() -> bool:
        # No other set is better anywhere; one as good has no fewer beds where rules are loosest, nor anywhere
        # else, and this one no more where they are tightest. With as many beds units and ids decide, everywhere alike.
        return counted <= best[1] + room and tight.beds() == loose.beds()

    def unrivalled() -> bool:
        return loose.others_above(counted + room)

    # What is known at no cost is asked first.
    reasons = (as_small, unrivalled) if isinstance(loose, _Valued) else (unrivalled, as_small)
    return first[0] if any(reason() for reason in reasons) else None


def _dearer(problem: Problem, key: str, a: float, b: float, hints: list[Floats]) -> tuple[str, ...] | None:
    """As `_both`, where the price is part of the cost that is minimised.

    A plan's cost is a straight line in the price, and the least cost of a set, whose plans are many, bends
    downwards only. So the best plan where the price is highest (and every rule tightest) is beaten by no set
    between the ends that does not beat it at one of them, be the rules as loose as at the lower end.
    """
    cheap, dear = moved(problem, key, a), moved(problem, key, b)
    loose = _ordered(cheap, COST, hints)
    if loose.first() is None:
        return ()
    try:
        plan = solve_or_stop(dear, "cost")
    except InfeasibleError:
        return None
    for order, prices in ((loose, cheap), (_ordered(no_tighter(dear, key, b - a), COST, hints), dear)):
        best, value = order.first(), cost_of(plan, prices)
        room = TIE * max(LEAST_VALUE, abs(value))
        # The set itself may be cheaper where rules are loose: then it is the others that must cost more.
        if best is None or (
            value > best[1] + room and not (best[0] == plan.site_ids and order.others_above(value + room))
        ):
            return None
    return plan.site_ids


def _affine(problem: Problem, key: str, a: float, b: float, objective: str | Objective) -> tuple[str, ...] | None:
    """A set's value is a straight line in the setting, so the best of both ends is best between them."""
    ends = [_best(moved(problem, key, x), objective) for x in (a, b)]
    return ends[0] if ends[0] == ends[1] else None


def _each_whole(
    problem: Problem,
    key: str,
    low: float,
    high: float,
    objective: str | Objective,
    progress: Callable[[float], object] | None,
) -> list[Span]:
    found = []
    for value in range(math.ceil(low), math.floor(high) + 1):
        found.append(Span(low=value, high=value, site_ids=_best(moved(problem, key, value), objective), proven=True))
        if progress is not None:
            progress(value)
    return found


def _scanned(
    problem: Problem,
    key: str,
    low: float,
    high: float,
    exact_to: float,
    objective: str | Objective,
    pieces: int,
    progress: Callable[[float], object] | None,
) -> list[Span]:
    known: dict[float, tuple[str, ...]] = {}

    def best(value: float) -> tuple[str, ...]:
        if value not in known:
            known[value] = _best(moved(problem, key, value), objective)
            if progress is not None:
                progress(value)
        return known[value]

    def between(a: float, b: float) -> list[Span]:
        if best(a) == best(b):
            return [Span(low=a, high=b, site_ids=best(a), proven=False)]
        middle = (a + b) / 2
        if b - a <= exact_to:
            parts = ((a, middle, a), (middle, b, b))
            return [Span(low=x, high=y, site_ids=best(at), proven=False) for x, y, at in parts]
        return [*between(a, middle), *between(middle, b)]

    grid = [float(x) for x in np.linspace(low, high, pieces + 1)]
    return [span for a, b in pairwise(grid) for span in between(a, b)]


def _joined(found: list[Span]) -> list[Span]:
    """Neighbours with the same set become one."""
    merged: list[Span] = []
    for span in found:
        if merged and merged[-1].site_ids == span.site_ids:
            merged[-1] = replace(merged[-1], high=span.high, proven=merged[-1].proven and span.proven)
        else:
            merged.append(span)
    return merged


def number_of(problem: Problem, key: str) -> Any:
    """What the setting is now; None where it is no number."""
    whole, part = (key.rpartition(".")[0], key.rpartition(".")[2]) if key.count(".") == 2 else (key, "")
    was = problem.get(whole)
    if isinstance(was, dict):
        rule = _kind_of(problem, key)
        was = was.get(part or (rule.short if rule is not None else None) or "")
    return was if isinstance(was, (int, float)) and not isinstance(was, bool) else None
