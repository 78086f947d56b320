"""What else could be done: the best different sets of units, and what each gives up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.arrays import Bools
from capacity.engines.clock import Clock, Tell
from capacity.engines.enumerate import space_of
from capacity.engines.question import refuse_no_problem
from capacity.engines.rank.ranked import by_levels, in_order, sets_within, why_not_ranked
from capacity.engines.settling import Settled
from capacity.engines.ties import ManyTiesError, place
from capacity.errors import DataError, Finding, InfeasibleError
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules.objectives import Objective, ObjectiveName, objective_named
from capacity.studies.near_ties import NearTie, near_ties, order_ties
from capacity.studies.result import StudyResult
from capacity.studies.sets import (
    FeasibleSets,
    SetsBy,
    by_enumeration,
    feasible_sets,
    minutes_by_point,
    plan_of_set,
    ranked,
    settled_plan,
)
from capacity.studies.telling import whole_or_nothing
from capacity.tolerances import WITHIN, WITHIN_VALUED

if TYPE_CHECKING:
    import pandas as pd

MOST_RANKED = 5_000
"""Sets worked out at most where all can be bounded."""

MOST_CUTS = 200
"""Sets asked of the model at most."""

FEW = 3
"""Municipalities named in a line of words."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One set of units, and how it compares with the best.

    Attributes
    ----------
    plan : Plan
    behind : float
        How much worse the objective is, as a share of the best.
    story : str
        Who gains, who loses, minutes, beds, money.
    """

    plan: Plan
    behind: float
    story: str


@dataclass(frozen=True, kw_only=True)
class Alternatives(StudyResult):
    """The best different sets, best first.

    Attributes
    ----------
    alternatives : tuple of Alternative
        The first is the best plan.
    core, optional, never : tuple of str
        Sites in all, in some, and in none of the sets within the tolerance.
    within : float
    close : int
        Sets within the tolerance.
    certificate : str
    near_ties : tuple of UnitTie or OrderTie
        What the stated error of the travel times could turn round.
    """

    study: ClassVar[str] = "alternatives"

    alternatives: tuple[Alternative, ...]
    core: tuple[str, ...]
    optional: tuple[str, ...]
    never: tuple[str, ...]
    within: float
    close: int
    certificate: str
    near_ties: tuple[NearTie, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row an alternative."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """One mapping an alternative."""
        return [
            {
                "rank": k,
                "site_ids": list(a.plan.site_ids),
                "beds": a.plan.beds,
                "objective": a.plan.objective,
                "behind": a.behind,
                "mean_minutes": a.plan.mean_minutes,
                "longest_minutes": a.plan.longest_minutes,
                "cost_dkk": a.plan.objectives["cost"],
                "story": a.story,
            }
            for k, a in enumerate(self.alternatives, 1)
        ]

    def parts(self) -> str:
        """Core, optional and never in a sentence."""
        plans = [a.plan for a in self.alternatives]
        net = plans[0].problem.network
        places = net.site_places(net.site_ids) | net.site_places({*self.core, *self.optional}) | places_of(plans)
        parts = (self.core, self.optional, self.never)
        core, optional, never = (", ".join(places[j] for j in ids) or "none" for ids in parts)
        if len(self.never) > FEW:
            never = f"the other {len(self.never)} sites"
        return f"In every plan within {100 * self.within:g} %: {core}; in some: {optional}; in none: {never}."

    def to_json(self) -> dict[str, Any]:
        """The study as a JSON object."""
        return {
            "alternatives": self.rows(),
            "core": list(self.core),
            "optional": list(self.optional),
            "never": list(self.never),
            "text": self.parts(),
            "within": self.within,
            "sets_within": self.close,
            "certificate": self.certificate,
            "near_ties": [tie.to_json() for tie in self.near_ties],
        }


@told
def alternatives(
    problem: Problem,
    k: int = 10,
    within: float = 0.05,
    differ: int = 1,
    *,
    objective: ObjectiveName | Objective = "travel",
    engine: SetsBy = "auto",
    progress: Callable[[int], object] | None = None,
    tell: Tell | None = None,
) -> Alternatives:
    """The k best different sets of units, certified: every set is valued, or proven next best by the model.

    Parameters
    ----------
    problem : Problem
    k : int
    within : float
        Tolerance for core, optional and never, as a share of the best objective.
    differ : int
        Sets are taken only where at least so many sites are not those of any set before.
    engine : {"auto", "enumerate", "mip"}
    progress : callable (int), optional
        Called with the number of sets found, where they are found one by one.
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, the sets found so far are the answer.

    Notes
    -----
    Where families may be split, or the sets are too many, the mixed-integer model gives the sets in
    order: all sets bounded, the best worked out (`capacity.engines.rank.ranked`), at most `MOST_RANKED`; where they are
    too many to bound, each proven best of those not yet given (a cut excludes each), at most `MOST_CUTS`.

    Raises
    ------
    InfeasibleError
        No set keeps the rules.
    DataError
        `k` or `differ` is no whole number of at least 1.
    """
    refuse_no_problem(problem, "alternatives")
    _refuse_odd_counts(k=k, differ=differ)
    if not within >= 0:
        rule, remedy = "the tolerance is a share, not negative", "Write 5 % as 0.05."
        raise DataError([Finding(table="alternatives", column="within", value=str(within), rule=rule, remedy=remedy)])
    goal = objective_named(objective)
    if not by_enumeration(problem, engine):
        return _by_model(problem, goal, k, within, differ, progress, Clock(None, tell))
    sets = feasible_sets(problem, [goal], "alternatives")
    if not len(sets.open):
        raise InfeasibleError(problem, problem.policy.on)
    order = ranked(problem, sets, goal)
    best = float(sets.values[goal.name][order[0]])
    chosen: list[int] = []
    for row in order:
        if all(_apart(sets, row, other) >= differ for other in chosen):
            chosen.append(row)
            if len(chosen) == k:
                break
    plans = [plan_of_set(problem, sets.ids(problem, row), goal) for row in chosen]
    close = sets.values[goal.name] <= best + within * abs(best) + WITHIN_VALUED
    often = sets.open[close]
    ids = problem.network.site_ids
    return Alternatives(
        alternatives=_told(plans, best),
        core=tuple(sorted(ids[j] for j in np.flatnonzero(often.all(axis=0)))),
        optional=tuple(sorted(ids[j] for j in np.flatnonzero(often.any(axis=0) & ~often.all(axis=0)))),
        never=tuple(sorted(ids[j] for j in np.flatnonzero(~often.any(axis=0)))),
        within=within,
        close=int(close.sum()),
        certificate=f"All {sets.valued:,} sets of sites were valued; {len(sets.open):,} keep the rules.",
        near_ties=(*near_ties(plans[0]), *order_ties(plans[0], plans)),
    )


def _refuse_odd_counts(**counts: Any) -> None:
    """Raise `DataError` where a number of sets, or of units they differ by, is none."""
    rule, remedy = "a whole number of at least 1", "Correct the number."
    faults = [
        Finding(table="alternatives", column=name, value=str(n), rule=rule, remedy=remedy)
        for name, n in counts.items()
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1
    ]
    if faults:
        raise DataError(faults)


def _told(plans: Sequence[Plan], best: float) -> tuple[Alternative, ...]:
    places = places_of(plans)
    return tuple(Alternative(plan=p, behind=_behind(p, best), story=story(plans[0], p, places)) for p in plans)


def _behind(plan: Plan, best: float) -> float:
    """How far a plan lies behind the best, as a share of it."""
    return max(0.0, plan.loss - best) / abs(best) if best else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class _Listed:
    """Sets in order, those within the tolerance (S, m), and how it is known."""

    found: list[Settled]
    close: Bools
    complete: bool
    how: str


def _by_model(
    problem: Problem,
    goal: Objective,
    k: int,
    within: float,
    differ: int,
    progress: Callable[[int], object] | None,
    clock: Clock,
) -> Alternatives:
    """The model's sets in order, until enough differ and the tolerance is passed."""
    list_sets = _by_levels if by_levels(problem, goal) else _one_by_one
    listed = list_sets(problem, goal, k, within, differ, progress, clock)
    in_turn = listed.found
    if not in_turn and clock.stopped:
        with whole_or_nothing("alternatives"):
            clock.check()
    if not in_turn:
        raise InfeasibleError(problem, problem.policy.on)
    rows = _chosen([f.open for f in in_turn], k, differ)
    next_best = "It is proven that no set of sites not named before it is better."
    plans = [settled_plan(problem, in_turn[row], goal, next_best) for row in rows]
    often, ids = listed.close, problem.network.site_ids
    proven = f"{listed.how} and the {len(in_turn)} best worked out, in order"
    return Alternatives(
        alternatives=_told(plans, in_turn[0].rank.objective),
        core=tuple(sorted(ids[j] for j in np.flatnonzero(often.all(axis=0)))),
        optional=tuple(sorted(ids[j] for j in np.flatnonzero(often.any(axis=0) & ~often.all(axis=0)))),
        never=tuple(sorted(ids[j] for j in np.flatnonzero(~often.any(axis=0)))),
        within=within,
        close=len(often),
        certificate=f"{proven}; every set within the tolerance is among them."
        if listed.complete and list_sets is _one_by_one
        else f"{proven}; of every set it was settled whether it lies within the tolerance."
        if listed.complete
        else f"{proven}; further sets may lie within the tolerance, and open sites named as never.",
        near_ties=(*near_ties(plans[0]), *order_ties(plans[0], plans)),
    )


def _one_by_one(
    problem: Problem,
    goal: Objective,
    k: int,
    within: float,
    differ: int,
    progress: Callable[[int], object] | None,
    clock: Clock,
) -> _Listed:
    """Sets in order until the tolerance is passed."""
    in_turn: list[Settled] = []
    close: list[Bools] = []
    best, complete = None, False
    bounded = why_not_ranked(problem) is None
    most = MOST_RANKED if bounded else MOST_CUTS
    try:
        for settled in in_order(problem, goal, most, clock=clock):
            best = settled.rank.objective if best is None else best
            in_turn.append(settled)
            if progress is not None:
                progress(len(in_turn))
            clock.tell("sets", done=len(in_turn), best=best, always=True)
            if settled.rank.objective <= best + within * abs(best) + WITHIN:
                close.append(settled.open)
            elif len(_chosen([f.open for f in in_turn], k, differ)) >= k:
                complete = True
                break
        else:
            complete = len(in_turn) < most and not clock.stopped
    except ManyTiesError as many:
        # Those it still had are as good as any, though not proven next: they are within the tolerance.
        close += [one.open for one in many.known]
        in_turn = in_turn or sorted(many.known, key=place)[:1]
    how = f"All {space_of(problem).sets:,} sets of sites were bounded" if bounded else "The model was solved with cuts"
    return _Listed(found=in_turn, close=np.array(close), complete=complete, how=how)


def _by_levels(
    problem: Problem,
    goal: Objective,
    k: int,
    within: float,
    differ: int,
    progress: Callable[[int], object] | None,
    clock: Clock,
) -> _Listed:
    """Sets in order until enough differ; whether the others are within the tolerance needs no order."""
    listed: list[Settled] = []
    for settled in in_order(problem, goal, MOST_RANKED, clock=clock):
        listed.append(settled)
        if progress is not None:
            progress(len(listed))
        clock.tell("sets", done=len(listed), best=settled.rank.objective, always=True)
        if clock.stopped or len(_chosen([f.open for f in listed], k, differ)) >= k:
            break
    if clock.stopped:
        how = "The model was asked for sets in order"
        return _Listed(found=listed, close=np.array([f.open for f in listed]), complete=False, how=how)
    best = listed[0].rank.objective if listed else 0.0
    close, complete = sets_within(problem, best + within * abs(best) + WITHIN, MOST_RANKED)
    return _Listed(
        found=listed, close=close, complete=complete, how=f"All {space_of(problem).sets:,} sets of sites were bounded"
    )


def _chosen(sets: Sequence[Bools], k: int, differ: int) -> list[int]:
    """The first sets that differ enough from all chosen before."""
    rows: list[int] = []
    for row, one in enumerate(sets):
        if len(rows) < k and all(max((one & ~sets[r]).sum(), (sets[r] & ~one).sum()) >= differ for r in rows):
            rows.append(row)
    return rows


def _apart(sets: FeasibleSets, one: int, other: int) -> int:
    a, b = sets.open[one], sets.open[other]
    return int(max((a & ~b).sum(), (b & ~a).sum()))


def places_of(plans: Sequence[Plan]) -> dict[str, str]:
    """The sites of some plans of one problem by the names of their places."""
    return plans[0].problem.network.site_places(sorted({j for p in plans for j in p.site_ids}))


def story(best: Plan, other: Plan, places: Mapping[str, str]) -> str:
    """What another plan gives and takes, against the best, in a line; sites by their `places`."""
    if best.site_ids == other.site_ids:
        return "The best plan."
    added = [places[j] for j in other.site_ids if j not in best.site_ids]
    gone = [places[j] for j in best.site_ids if j not in other.site_ids]
    parts = []
    if added:
        parts.append(f"with {', '.join(added)}")
    if gone:
        parts.append(f"without {', '.join(gone)}")
    minutes = other.mean_minutes - best.mean_minutes
    beds = other.beds - best.beds
    cost = (other.objectives["cost"] - best.objectives["cost"]) / 1e6
    hours = other.family_hours_per_year - best.family_hours_per_year
    parts.append(
        f"{minutes:+.1f} minutes on average, {hours:+,.0f} hours of travel a year, {beds:+d} "
        f"bed{'' if abs(beds) == 1 else 's'}, "
        f"{cost:+.1f} M DKK a year with building"
    )
    change = changed_minutes(best, other)
    names = dict(zip(best.problem.network.point_ids, best.problem.network.point_names, strict=True))
    lose = [f"{names[i]} {d:+.0f}" for i, d in sorted(change.items(), key=lambda x: (-x[1], x[0])) if d > 0.5]
    gain = [f"{names[i]} {d:+.0f}" for i, d in sorted(change.items(), key=lambda x: (x[1], x[0])) if d < -0.5]
    parts.append(f"{len(lose)} farther ({', '.join(lose[:FEW])})" if lose else "nobody farther")
    parts.append(f"{len(gain)} nearer ({', '.join(gain[:FEW])})" if gain else "nobody nearer")
    return "; ".join(parts) + "."


def changed_minutes(one: Plan, other: Plan) -> dict[str, float]:
    """Change in mean minutes of each demand point, by id, from one plan to the other."""
    before, after = minutes_by_point(one), minutes_by_point(other)
    return {i: after[i] - before[i] for i in before if i in after}
