"""The enumerating engine: every set of candidate sites is valued by array arithmetic.

With ``nearest`` and ``served`` the set of open sites decides everything: who goes where, how many
beds, what it costs. Where the sets are few, all are valued, and the best is certain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock
from capacity.engines.question import Bests, Found, Question, Space, space_of, trivial_bound, why_not
from capacity.engines.representatives import representatives
from capacity.engines.risk import least_by_scenario
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Plans, Rule, allowed_pairs, paid_in, rules_on, weight_of
from capacity.rules.courses import courses_cost
from capacity.rules.objectives import Objective
from capacity.tolerances import ROUNDING, TIE

__all__ = [
    "ENUMERATE",
    "Enumerated",
    "Kept",
    "Ranked",
    "Space",
    "blocks",
    "breaks",
    "combinations",
    "enumerate_sets",
    "ids_of",
    "keeps_rules",
    "kept_plans",
    "lacks_stays",
    "opened_blocks",
    "space_of",
    "tested_rules",
    "trivial_bound",
    "why_not",
    "yearly_cost",
]

MOST_SETS = 3_000_000
"""Above this many sets of sites the model is faster."""

SECONDS = 1e-5
"""A set of sites takes about so long."""

AGES = 1e6
"""Seconds of what is asked only where no other engine has an answer."""

SETS_AT_ONCE = 4_000_000
"""Sets of one size listed at once: of those who ask for more by name, memory holds a part at a time."""

FIRST_ASKED = 64
"""Of the sets of a block, best first, so many are asked for their rules together, then twice as many, and so on."""

BLOCK_CELLS = 4_000_000
"""Sets x (points + sites) valued at once: about 100 MB of working arrays."""


FEW_CELLS = 400_000
"""The same, of sets of several numbers of units together."""


def combinations(items: int, size: int) -> Ints:
    """All subsets of 0..items-1 of one size, each ascending, in lexicographic order."""
    sets = np.arange(items - size + 1, dtype=np.int16)[:, None] if size else np.zeros((1, 0), np.int16)
    for k in range(1, size):
        last = sets[:, -1]
        room = items - size + k - last
        repeated = np.repeat(sets, room, axis=0)
        ends = np.cumsum(room)
        step = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - room, room)
        added = (np.repeat(last, room) + 1 + step).astype(np.int16)
        sets = np.column_stack([repeated, added])
    return sets.astype(np.int64)


def combinations_in_parts(items: int, size: int, most: int = SETS_AT_ONCE) -> Iterator[Ints]:
    """The same subsets in the same order, no more of them at once than memory holds."""
    if size == 0 or math.comb(items, size) <= most:
        yield combinations(items, size)
        return
    for first in range(items - size + 1):
        for rest in combinations_in_parts(items - first - 1, size - 1, most):
            yield np.column_stack([np.full(len(rest), first), rest + first + 1])


def blocks(problem: Problem, space: Space | None = None) -> Iterator[NearestPlans]:
    """Every set of the space as plans, in blocks that fit in memory, small sets first."""
    space, allowed = space or space_of(problem), allowed_pairs(problem)
    return (NearestPlans(problem, opened, allowed) for opened in opened_blocks(problem, space))


def opened_blocks(problem: Problem, space: Space) -> Iterator[Bools]:
    """Every set of the space as rows of open sites, in blocks that fit in memory, small sets first."""
    n, m = problem.minutes.shape
    cells = n + m * len(problem.scenarios.ids)
    size, few = max(1, BLOCK_CELLS // cells), min(FEW_CELLS, BLOCK_CELLS) // cells
    waiting: list[Bools] = []
    rows = 0
    for opened in _opened(space, m, size):
        # Few sets take no time: of several numbers of units they are looked at together.
        if rows + len(opened) > few and waiting:
            yield np.concatenate(waiting)
            waiting, rows = [], 0
        waiting.append(opened)
        rows += len(opened)
    if waiting:
        yield np.concatenate(waiting)


def _opened(space: Space, m: int, size: int) -> Iterator[Bools]:
    """The same, no more than `size` of them and those of one number of units at once."""
    fixed, free = list(space.kept), np.array(space.free, dtype=np.int64)
    for count in range(max(space.fewest, len(fixed), 1), space.most + 1):
        if count - len(fixed) > len(free):
            return
        for sets in combinations_in_parts(len(free), count - len(fixed)):
            for start in range(0, len(sets), size):
                chosen = sets[start : start + size]
                opened = np.zeros((len(chosen), m), dtype=bool)
                opened[:, fixed] = True
                if chosen.shape[1]:
                    opened[np.arange(len(chosen))[:, None], free[chosen]] = True
                yield opened


@dataclass(frozen=True, kw_only=True, eq=False)
class Kept:
    """Plans of one block that keep every firm rule.

    Attributes
    ----------
    plans : NearestPlans
        B of them.
    paid : ndarray (B,)
        For rules with a price.
    valued : int
        Sets the block was sifted from.
    """

    plans: NearestPlans
    paid: Floats
    valued: int


def kept_plans(problem: Problem, space: Space) -> Iterator[Kept]:
    """Every plan of the space that keeps the rules, in blocks that fit in memory, small sets first.

    With many scenarios the sets are sifted by a few of them first (`capacity.engines.representatives`).
    """
    few, allowed = representatives(problem), allowed_pairs(problem)
    whole = max(1, BLOCK_CELLS // (max(problem.minutes.shape) * len(problem.scenarios.ids)))
    for opened in opened_blocks(problem if few is None else few.problem, space):
        valued, beds = len(opened), None
        if few is not None:
            sifted = NearestPlans(few.problem, opened, allowed)
            kept, _ = keeps_rules(few.problem, sifted)
            opened, beds = opened[kept], sifted.beds[kept] if few.exact else None
        for start in range(0, max(len(opened), 1), whole):
            part = slice(start, start + whole)
            plans = NearestPlans(problem, opened[part], allowed, None if beds is None else beds[part])
            paid = np.zeros(len(plans.open))
            if beds is None and len(plans.open):
                kept, paid = keeps_rules(problem, plans)
                if not kept.all():
                    plans, paid = plans.only(kept), paid[kept]
            # A block counts as valued when all of it is: a run may be cut short between.
            last = start + whole >= len(opened)
            yield Kept(plans=plans, paid=paid, valued=valued if last else 0)


def tested_rules(problem: Problem) -> tuple[Rule, ...]:
    """The rules an enumerated plan may break: those it does not keep by the way it is made."""
    return tuple(r for r in rules_on(problem) if not r.kept_at_nearest)


def keeps_rules(problem: Problem, plans: NearestPlans) -> tuple[Bools, Floats]:
    """Which plans keep every firm rule, (B,), and what each of these pays for rules with a price, (B,)."""
    left, paid = np.arange(len(plans.open)), np.zeros(len(plans.open))
    priced: list[tuple[Rule, float]] = []
    rules = sorted(tested_rules(problem), key=_work)
    for test, rule in [(lacks_stays, r) for r in rules if r.says("counted_from")] + [(breaks, r) for r in rules]:
        price = rule.price(problem)
        if price is not None:
            priced += [(rule, price)] if test is breaks else []
        elif len(left):
            broken = test(problem, rule, plans)
            if broken.any():
                left, plans = left[~broken], plans.only(~broken)
    for rule, price in priced if len(left) else ():
        excess = rule.excess(problem, plans)
        amount = np.where(excess.broken, excess.amount, 0.0)
        paid[left] += price * (amount @ weight_of(problem, excess.keys))
    kept = np.zeros(len(paid), dtype=bool)
    kept[left] = True
    return kept, paid


def _work(rule: Rule) -> tuple[bool, bool, bool]:
    """What is worked out of a plan for a rule: stays alone are soon had, and what makes a plan one is seldom broken.

    Beds last: they take longest, where units live on as many as it takes.
    """
    return rule.with_more_beds != "same", rule.frame, not rule.stays_by_rows


def breaks(problem: Problem, rule: Rule, plans: Plans) -> Bools:
    """Which plans break a rule, (B,)."""
    return np.asarray(rule.excess(problem, plans).broken.any(axis=1))


def lacks_stays(problem: Problem, rule: Rule, plans: NearestPlans) -> Bools:
    """Which plans break a rule for want of stays, whatever their beds, as far as it says so, (B,)."""
    lacks = np.zeros(len(plans.open), dtype=bool)
    if rule.says("counted_from"):
        for one in problem.once(f"least stays of {rule.name}", lambda: rule.least_stays(problem)):
            stays = np.einsum("s,bsj->bj", one.weight, plans.stays)
            lacks |= (plans.open & (stays < one.least * (1 - ROUNDING))).any(axis=1)
    return lacks


def yearly_cost(problem: Problem, plans: NearestPlans) -> Floats:
    """Running cost a year of each plan, courses included, DKK: the second tie-breaker, (B,)."""
    stays = np.einsum("s,bsj->bj", problem.probability, plans.stays)
    each = problem.finance.yearly_cost(plans.beds, stays, problem.care.mean_days)
    cost = np.asarray(np.where(plans.open, each, 0.0).sum(axis=1))
    return cost + courses_cost(problem, plans) @ problem.probability if problem.outpatient.on else cost


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A plan's place in the order of plans: objective, then beds, then cost, then site ids."""

    objective: float
    beds: int
    cost: float
    site_ids: tuple[str, ...]

    def before(self, other: Ranked) -> bool:
        """Whether this plan wins, objective and cost within `TIE` counting as equal."""
        if abs(self.objective - other.objective) > TIE * max(abs(self.objective), abs(other.objective)):
            return self.objective < other.objective
        if self.beds != other.beds:
            return self.beds < other.beds
        if abs(self.cost - other.cost) > TIE * max(abs(self.cost), abs(other.cost)):
            return self.cost < other.cost
        return self.site_ids < other.site_ids


def classes(values: Floats) -> Ints:
    """Numbers of classes of equal values, in order: in one are those within `TIE` of its least, (B,)."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    room = TIE * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1]))
    new = np.concatenate([np.ones(min(len(ordered), 1), dtype=bool), ordered[1:] - ordered[:-1] > room])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(ordered))[: len(starts)]
    # A row of values, each close to the next, may reach farther than its least allows.
    wide = ordered[ends - 1] - ordered[starts] > TIE * np.abs(ordered[starts]) if len(starts) else new
    for start, end in zip(starts[wide].tolist(), ends[wide].tolist(), strict=True):
        least = start
        for k in range(start + 1, end):
            if ordered[k] - ordered[least] > TIE * abs(ordered[least]):
                new[k], least = True, k
    found = np.empty(len(values), dtype=np.int64)
    found[order] = np.cumsum(new) - 1
    return found


def in_order_of_plans(
    objective: Sequence[Ints | Floats], beds: Ints, cost: Floats, ids: Callable[[int], tuple[str, ...]]
) -> list[int]:
    """Positions of plans, best first: lower objective, fewer beds, lower yearly cost, lower site ids.

    Parameters
    ----------
    objective : sequence of ndarray (B,)
        One or more measures, the first deciding first.
    beds, cost : ndarray (B,)
    ids : callable
        Site ids of the plan in a position; asked for only where all else is equal.
    """
    levels = [classes(np.asarray(values, dtype=np.float64)) for values in objective]
    keys = np.stack([*levels, beds])
    order = np.lexsort((cost, *keys[::-1]))
    new = (np.diff(keys[:, order], axis=1) != 0).any(axis=0)
    ends = np.flatnonzero(np.append(new, True)) + 1 if len(order) else np.zeros(0, dtype=np.int64)
    ordered: list[int] = []
    for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=False):
        part = order[start:end].tolist()
        if len(part) > 1:
            dear = dict(zip(part, classes(cost[part]).tolist(), strict=True))
            part.sort(key=lambda b: (dear[b], ids(b)))
        ordered += part
    return ordered


@dataclass(frozen=True, kw_only=True, eq=False)
class Enumerated:
    """What enumeration found.

    Attributes
    ----------
    open : ndarray (m,) of bool or None
        Best set; None when no set keeps the rules.
    objective, bound : float
    valued, sets : int
        Sets valued, and sets there are; equal when the proof is complete.
    """

    open: Bools | None
    objective: float
    bound: float
    valued: int
    sets: int
    interrupted: bool = False


def enumerate_sets(
    problem: Problem, objective: Objective, *, time_limit: float | None = None, question: Question | None = None
) -> Enumerated:
    """Value every set of sites; stop early at the limit or Ctrl+C with what is proven.

    Parameters
    ----------
    problem : Problem
    objective : Objective
    time_limit : float, optional
        Seconds.
    question : Question, optional
        What is known of the problem already, and its clock in place of the limit.
    """
    asked = question or Question(problem=problem, goal=objective, clock=Clock(time_limit))
    space, clock = asked.space, asked.clock
    leaders: list[tuple[Floats, Ints, Floats, Bools]] = []
    lowest, valued, interrupted = np.inf, 0, False
    try:
        for block in _kept_of_the_best(asked) if _valued_first(asked, objective) else kept_plans(problem, space):
            valued += block.valued
            plans = block.plans
            value = objective.expected(problem, plans) + block.paid if len(plans.open) else block.paid
            lowest = min(lowest, value.min(initial=np.inf))
            close = value <= lowest + 2 * TIE * abs(lowest)
            if close.any():
                leaders.append((value[close], *_breakers(asked, plans, close), plans.open[close]))
            clock.tell(
                "Sets of sites are valued", done=valued, count=space.sets, best=lowest, bound=asked.bound_at_risk
            )
            if clock.over:
                break
    except KeyboardInterrupt:
        interrupted = True
    whole = valued == space.sets and not interrupted
    best = _first(asked, leaders, lowest)
    bound = lowest if whole else asked.bound_at_risk
    return Enumerated(
        open=best, objective=float(lowest), bound=float(bound), valued=valued, sets=space.sets, interrupted=interrupted
    )


def _valued_first(asked: Question, objective: Objective) -> bool:
    """Whether what a set comes to is told before its rules are: who goes where decides it, and there is one demand."""
    return objective is asked.goal and objective.per_woman is not None and representatives(asked.problem) is None


def _kept_of_the_best(asked: Question) -> Iterator[Kept]:
    """As `kept_plans`, without most of those that are worse than the best that is kept.

    A price that is paid only adds to what a set comes to, so rules are asked of the best sets first.
    """
    problem, lowest = asked.problem, np.inf
    for plans in blocks(problem, asked.space):
        value = asked.goal.expected(problem, plans)
        order = np.argsort(value, kind="stable")
        start, size = 0, FIRST_ASKED
        kept: list[NearestPlans] = []
        paid: list[Floats] = []
        while start < len(order) and value[order[start]] <= lowest + 2 * TIE * abs(lowest):
            some = plans.only(order[start : start + size])
            keeps, pays = keeps_rules(problem, some)
            if keeps.any():
                lowest = min(lowest, float((value[order[start : start + size]] + pays)[keeps].min()))
                kept, paid = [*kept, some.only(keeps)], [*paid, pays[keeps]]
            start, size = start + size, 2 * size
        for k, (part, pays) in enumerate(zip(kept, paid, strict=True)):
            yield Kept(plans=part, paid=pays, valued=len(order) if k == len(kept) - 1 else 0)
        if not kept:
            yield Kept(plans=plans.only(order[:0]), paid=np.zeros(0), valued=len(order))


def _breakers(asked: Question, plans: NearestPlans, which: Bools) -> tuple[Ints, Floats]:
    chosen = plans.only(which)
    return chosen.beds.sum(axis=1), yearly_cost(asked.problem, chosen)


def _first(asked: Question, leaders: Sequence[tuple[Floats, Ints, Floats, Bools]], lowest: float) -> Bools | None:
    """The first plan in the order of plans among those tied for the best objective."""
    if not leaders:
        return None
    problem = asked.problem
    value, beds, cost = (np.concatenate([part[k] for part in leaders]) for k in range(3))
    opened = np.concatenate([part[3] for part in leaders])
    tied = np.flatnonzero(value <= lowest + TIE * abs(lowest))
    tied = tied[_least_of(further_measures(problem, asked.goal, opened[tied]))]
    tied = tied[beds[tied] == beds[tied].min()]
    tied = tied[cost[tied] <= cost[tied].min() * (1 + TIE)]
    return np.asarray(opened[min(tied, key=lambda b: ids_of(problem, opened[b]))])


def further_measures(problem: Problem, objective: Objective, opened: Bools) -> Floats:
    """What decides between sets of the same value of an objective before fewer beds do, (B, K); K is mostly 0."""
    none = np.zeros((len(opened), 0))
    if objective.ties is None or not len(opened):
        return none
    found = objective.ties(problem, NearestPlans(problem, opened, allowed_pairs(problem)))
    return none if found is None else found


def _least_of(measures: Floats) -> Ints:
    """Rows that are the least by the first measure, of these by the second, and so on."""
    left = np.arange(len(measures))
    for column in measures.T:
        left = left[column[left] <= column[left].min() * (1 + TIE)]
    return left


def ids_of(problem: Problem, opened: Bools) -> tuple[str, ...]:
    """Ids of the open sites, sorted."""
    return tuple(sorted(problem.network.site_ids[j] for j in np.flatnonzero(opened)))


def bests_by_enumeration(
    problem: Problem, objective: Objective, time_limit: float | None = None, *, question: Question | None = None
) -> Bests:
    """Each scenario's own best, every set of sites valued in every scenario."""
    asked = question or Question(problem=problem, goal=objective, clock=Clock(time_limit))
    space, clock, valued = asked.space, asked.clock, 0
    best, interrupted = np.full(len(problem.scenarios.ids), np.inf), False
    try:
        for block in kept_plans(problem, space):
            valued += block.valued
            if len(block.plans.open):
                value = _priced(problem, objective, block.plans)
                best = np.minimum(best, value.min(axis=0))
            clock.tell("Each scenario's own best is looked for", done=valued, count=space.sets)
            if clock.over:
                break
    except KeyboardInterrupt:
        interrupted = True
    whole = valued == space.sets and not interrupted
    return Bests(value=best, bound=best if whole else least_by_scenario(problem, objective), interrupted=interrupted)


def _priced(problem: Problem, objective: Objective, plans: Plans) -> Floats:
    """The objective in each scenario with what is paid there for rules with a price, (B, S)."""
    common, own = paid_in(problem, plans)
    return np.asarray(objective.by_scenario(problem, plans) + common[:, None] + own)


class _Enumerate:
    """The engine: every set of sites is valued."""

    name = "enumerate"
    refused = "enumeration needs every family bound to its nearest unit"
    remedy = "Choose the engine auto or mip, or turn rules.nearest on."
    finds_plans = True

    def why_not(self, question: Question) -> str | None:
        return None if question.open_whom is not None and question.sizes_by_price else question.open_whom

    def expected_seconds(self, question: Question) -> float:
        return SECONDS * question.sets + (0.0 if question.sets <= MOST_SETS else AGES)

    def why(self, question: Question, refused: Mapping[str, str], otherwise: str) -> str:
        return f"{question.sets:,} sets of sites are few enough to value all"

    def bests(self, question: Question) -> Bests:
        return bests_by_enumeration(question.problem, question.goal, question=question)

    def solve(self, question: Question) -> Found:
        problem = question.problem
        searched = enumerate_sets(problem, question.target, question=question)
        whole = searched.valued == searched.sets
        if searched.open is None:
            return Found(outcome="infeasible" if whole else "unknown", interrupted=searched.interrupted)
        plans = NearestPlans(problem, searched.open[None, :], question.pairs)
        in_each = f" in {question.scenarios:,} scenarios" if question.scenarios > 1 else ""
        certificate = (
            f"All {searched.sets:,} sets of sites were valued{in_each}; none {question.better}."
            if whole and searched.sets > 1
            else "Only one set of sites may be opened; it was valued."
            if whole
            else f"{searched.valued:,} of {searched.sets:,} sets of sites were valued before the run was cut short."
        )
        if whole and not question.goal.smallest_is_best:
            certificate = (
                f"All {searched.sets:,} sets of sites were valued{in_each} at their smallest sizes; whether larger "
                f"ones are better is not known of the objective {question.goal.name}."
            )
        proven = whole and question.goal.smallest_is_best
        return Found(
            outcome="optimal" if proven else "feasible",
            opened=searched.open,
            beds=plans.beds[0],
            shares=plans.shares(0),
            bound=searched.bound if proven else question.bound_at_risk,
            certificate=certificate,
            interrupted=searched.interrupted,
            record={
                "sets": searched.sets,
                "valued": searched.valued,
                "interrupted": searched.interrupted,
                "solver": "none",
            },
        )


ENUMERATE = _Enumerate()
