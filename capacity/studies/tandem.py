"""Two stages one after the other: a woman leaves the unit for a bed of aftercare, or keeps the one she has.

Who finds no bed of aftercare free keeps her bed at the unit: until she goes home, so that her days are the same in all,
or, under a promise of waiting, until a bed of aftercare is free.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.plan.aftercare import Second, second_stage
from capacity.problem.promise import DAYS_PER_YEAR, Promise, turned_away, use_of_unit
from capacity.studies.events import NOWHERE, Run
from capacity.studies.measures import ratio
from capacity.tolerances import TIE

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem

MEASURES_OF_AFTERCARE: Mapping[str, str] = {
    "held_up": "share of women who find no bed of aftercare free and keep theirs at the unit",
    "held_days": "mean days they keep it, of all women who come",
    "aftercare_stays": "women who come to aftercare, a year",
    "aftercare_occupancy": "mean share of its beds taken",
}
"""Measures of the second stage and what each says."""

NEVER = float("nan")
"""Day of what never happens."""

ROUNDS = 200
"""Times the two stages' loads are put into each other's formula."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stages:
    """The second stage as the simulation sees it; U units, P places of aftercare, K kinds of bed.

    Attributes
    ----------
    place : ndarray (U,) of int
        Position of each unit's place among the places.
    sites : tuple of str, length P
    beds : ndarray (P, K) of int
    share : ndarray (K,)
        Of the women who take a bed of each kind.
    days : float
        Mean of the second stage.
    waits : bool
        Whether who finds no bed free moves when one is.
    """

    place: Ints
    sites: tuple[str, ...]
    beds: Ints
    share: Floats
    days: float
    waits: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class SecondRun:
    """What happened in the second stage to every woman placed at a unit; N women as in `Run`.

    Attributes
    ----------
    came : ndarray (N,)
        Day the first stage ended; NaN of one who was never placed.
    place : ndarray (N,) of int
        Her place of aftercare; `NOWHERE` of one who was never placed.
    moved, left : ndarray (N,)
        Days she moved there and went home; `moved` is NaN of one who never did.
    """

    came: Floats
    place: Ints
    moved: Floats
    left: Floats


def stages_of(plan: Plan, sites: Ints) -> Stages:
    """A plan's second stage; `sites` are positions of its units, as the simulation has them."""
    p, second = plan.problem, _second(plan)
    used = [j for j in range(len(second.units)) if second.units[j]]
    at = {j: k for k, j in enumerate(used)}
    return Stages(
        place=np.array([at[int(p.place_of_aftercare[j])] for j in sites], dtype=np.int64),
        sites=tuple(p.network.site_ids[j] for j in used),
        beds=second.beds[used],
        share=np.array([kind.share for kind in p.aftercare.kinds]),
        days=float(p.aftercare.days),
        waits=p.aftercare.kind == "wait",
    )


def _second(plan: Plan) -> Second:
    from capacity.plan.check import arrays_of

    arrays = arrays_of(plan)[0]
    return second_stage(plan.problem, arrays.open[0], arrays.beds[0], arrays.stays[0])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Women:
    """Each woman's day of referral, days of both stages, kind of bed of aftercare, and the day her patience ends."""

    referred: list[float]
    first: list[float]
    second: list[float]
    bed: list[int]
    until: list[float] | None


class _Tandem:
    """The state of one run: free beds, who waits for one, and what happens next."""

    def __init__(self, beds: Sequence[int], stages: Stages, women: _Women) -> None:
        count, kinds = len(women.referred), len(stages.share)
        self.women, self.waits = women, stages.waits
        self.free, self.free_after = list(beds), stages.beds.ravel().tolist()
        self.queues: list[deque[int]] = [deque() for _ in beds]
        self.queues_after: list[deque[int]] = [deque() for _ in self.free_after]
        # Where a unit's women find their kinds of bed among all of aftercare.
        self.pool = (stages.place * kinds).tolist()
        self.unit, self.wait = [NOWHERE] * count, [0.0] * count
        self.came, self.moved, self.left, self.leaves = ([NEVER] * count for _ in range(4))
        # First stage over (0), and home (1); her number breaks ties.
        self.events: list[tuple[float, int, int]] = []

    def begin(self, k: int, j: int, now: float) -> None:
        """She gets a bed at a unit."""
        self.unit[k], self.wait[k] = j, now - self.women.referred[k]
        heappush(self.events, (now + self.women.first[k], 0, k))

    def release(self, k: int, now: float) -> None:
        """Her bed at the unit is free: for the first who waits for it, where there is one."""
        j, self.leaves[k] = self.unit[k], now
        until = self.women.until
        while self.queues[j]:
            other = self.queues[j].popleft()
            # She may have been placed elsewhere meanwhile, or have given up.
            if self.unit[other] == NOWHERE and until is not None and until[other] >= now:
                self.begin(other, j, now)
                return
        self.free[j] += 1

    def move(self, k: int, now: float) -> None:
        """She moves to a bed of aftercare."""
        self.moved[k] = now
        heappush(self.events, (now + self.women.second[k], 1, k))
        self.release(k, now)

    def come(self, k: int, now: float) -> None:
        """Her first stage is over."""
        at, self.came[k] = self.pool[self.unit[k]] + self.women.bed[k], now
        if self.free_after[at]:
            self.free_after[at] -= 1
            self.move(k, now)
        elif self.waits:
            self.queues_after[at].append(k)
        else:
            heappush(self.events, (now + self.women.second[k], 1, k))

    def leave(self, k: int, now: float) -> None:
        """She goes home."""
        at, self.left[k] = self.pool[self.unit[k]] + self.women.bed[k], now
        if math.isnan(self.moved[k]):
            self.release(k, now)
        elif self.queues_after[at]:
            self.move(self.queues_after[at].popleft(), now)
        else:
            self.free_after[at] += 1

    def happen(self, limit: float) -> None:
        """Everything up to a day."""
        while self.events and self.events[0][0] <= limit:
            now, home, k = heappop(self.events)
            (self.leave if home else self.come)(k, now)


def run_two_stages(
    beds: Sequence[int],
    order: Sequence[Sequence[int]],
    referred: Floats,
    kind: Ints,
    stay: Floats,
    patience: Floats | None,
    stages: Stages,
    bed_kind: Ints,
    second: Floats,
) -> tuple[Run, SecondRun]:
    """One run; nobody waits for a unit without `patience`.

    Parameters
    ----------
    beds, order, referred, kind, stay, patience
        As of `capacity.studies.events.run_waits`.
    stages : Stages
    bed_kind : ndarray (N,) of int
        The kind of bed of aftercare each woman takes.
    second : ndarray (N,)
        Days of her second stage.

    Returns
    -------
    Run
        Its `stay` is the days she had a bed at the unit, aftercare she spent there included.
    SecondRun
    """
    until = None if patience is None else (referred + patience).tolist()
    women = _Women(
        referred=referred.tolist(), first=stay.tolist(), second=second.tolist(), bed=bed_kind.tolist(), until=until
    )
    state, full = _Tandem(beds, stages, women), []
    for k, (now, group) in enumerate(zip(women.referred, kind.tolist(), strict=True)):
        state.happen(now)
        mine = order[group]
        full.append(not state.free[mine[0]])
        j = next((j for j in mine if state.free[j]), NOWHERE)
        if j != NOWHERE:
            state.free[j] -= 1
            state.begin(k, j, now)
        elif until is not None:
            state.wait[k] = until[k] - now
            for j in mine:
                state.queues[j].append(k)
    state.happen(float("inf"))
    where, wait = np.array(state.unit, dtype=np.int64), np.array(state.wait)
    placed = where != NOWHERE
    at_unit = np.where(placed, np.array(state.leaves) - referred - wait, stay)
    run = Run(referred=referred, kind=kind, unit=where, wait=wait, stay=at_unit, full=np.array(full, dtype=bool))
    place = np.where(placed, stages.place[where], NOWHERE)
    came, moved, left = np.array(state.came), np.array(state.moved), np.array(state.left)
    return run, SecondRun(came=came, place=place, moved=moved, left=left)


@dataclass(frozen=True, kw_only=True, eq=False)
class SecondSums:
    """Counts of one run, by place, (P,) each: women who came, were held up, days of that, and days of beds in use."""

    came: Floats
    held: Floats
    held_days: Floats
    days: Floats
    length: float


def second_sums(stages: Stages, run: SecondRun, start: float, length: float) -> SecondSums:
    """Counts of a window of days."""
    places = len(stages.sites)
    there: Bools = (run.place != NOWHERE) & (run.came >= start) & (run.came < start + length)
    held = there & ~(run.moved == run.came)
    kept = np.where(np.isnan(run.moved), run.left, run.moved) - run.came
    moved = ~np.isnan(run.moved)
    days = np.clip(np.minimum(run.left, start + length) - np.maximum(run.moved, start), 0, None)

    def by_place(which: Bools, amount: Floats | None = None) -> Floats:
        weights = None if amount is None else amount[which]
        return np.asarray(np.bincount(run.place[which], weights, places), dtype=np.float64)

    return SecondSums(
        came=by_place(there),
        held=by_place(held),
        held_days=by_place(held, kept),
        days=by_place(moved, days),
        length=length,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Expected:
    """What formulas say of both stages; U units, P places.

    Attributes
    ----------
    days : ndarray (U,)
        Mean days of a bed at each unit, those of women who are held up included.
    came, held_up, held_days, occupancy : ndarray (P,)
    """

    days: Floats
    came: Floats
    held_up: Floats
    held_days: Floats
    occupancy: Floats


def expected(
    p: Problem, stages: Stages, beds: Ints, offered: Floats, mean: Floats, *, loses: bool, doubt: float
) -> Expected:
    """Erlang's formula of each stage, the one's load by the other's: who is held up fills a bed at the unit.

    Parameters
    ----------
    p : Problem
    stages : Stages
    beds : ndarray (U,) of int
    offered : ndarray (U,)
        Women a year sent to each unit.
    mean : ndarray (U,)
        Days of the first stage.
    loses : bool
        Whether who finds her unit full is turned away.
    doubt : float
        About the level of demand.
    """
    first, extra = replace(p.promise, demand_cv=doubt), np.zeros(len(beds))
    together = np.zeros((len(stages.sites), len(beds)))
    together[stages.place, np.arange(len(beds))] = 1.0
    for _ in range(ROUNDS):
        lost = turned_away(first, beds, offered * (mean + extra) / DAYS_PER_YEAR) if loses else 0.0
        came = together @ (offered * (1 - lost))
        held, kept, taken = _second_by_formula(p.aftercare.promise(doubt), stages, came)
        before, extra = extra, kept[stages.place]
        if np.allclose(before, extra, rtol=TIE):
            break
    occupancy = taken / np.maximum(stages.beds.sum(axis=1), 1)
    return Expected(days=mean + extra, came=came, held_up=held, held_days=kept, occupancy=occupancy)


def _second_by_formula(promise: Promise, stages: Stages, came: Floats) -> tuple[Floats, Floats, Floats]:
    """Share held up, days of that of each woman, and beds in use, (P,) each, of so many women a year (P,)."""
    held, kept, taken = np.zeros(len(came)), np.zeros(len(came)), np.zeros(len(came))
    for (at, k), count in np.ndenumerate(stages.beds):
        share, women = float(stages.share[k]), float(stages.share[k] * came[at])
        load = women * stages.days / DAYS_PER_YEAR
        if not count:
            continue
        use = use_of_unit(promise, int(count), np.array([women]), stages.days)
        chance = float(use.waiting[0] if stages.waits else use.turned_away[0])
        each = chance * stages.days
        if stages.waits:
            each = each / (count - load) if load < count else np.inf
        held[at] += share * chance
        kept[at] += share * each
        taken[at] += min(load, float(count)) if stages.waits else load * (1 - chance)
    return held, kept, taken


def second_estimates(p: Problem, stages: Stages, counted: Sequence[SecondSums], said: Expected) -> dict[str, list[Any]]:
    """Every measure of every place of aftercare, and of all, as further rows of a study's columns."""
    names = dict(zip(p.network.site_ids, p.network.site_names, strict=True))
    came, held, kept, days = (
        np.array([getattr(one, name) for one in counted]) for name in ("came", "held", "held_days", "days")
    )
    time = np.array([one.length for one in counted])
    beds = stages.beds.sum(axis=1).astype(float)
    columns: dict[str, list[Any]] = {
        k: [] for k in ("level", "id", "name", "measure", "value", "low", "high", "formula")
    }
    groups = [(stages.sites[k], names[stages.sites[k]], [k]) for k in range(len(stages.sites))]
    groups.append(("", "all aftercare", list(range(len(stages.sites)))))
    for id, name, mine in groups:
        women = came[:, mine].sum(axis=1)
        weight = said.came[mine]
        for measure, top, bottom, formula, is_share in (
            ("held_up", held[:, mine].sum(axis=1), women, _mean(said.held_up[mine], weight), True),
            ("held_days", kept[:, mine].sum(axis=1), women, _mean(said.held_days[mine], weight), False),
            ("aftercare_stays", women, time / DAYS_PER_YEAR, float(weight.sum()), False),
            (
                "aftercare_occupancy",
                days[:, mine].sum(axis=1),
                time * beds[mine].sum(),
                _mean(said.occupancy[mine], beds[mine]),
                False,
            ),
        ):
            row = ("aftercare", id, name, measure, *ratio(top, bottom, share=is_share), formula)
            for column, cell in zip(columns.values(), row, strict=True):
                column.append(cell)
    return columns


def _mean(values: Floats, weight: Floats) -> float:
    return float(values @ weight / weight.sum()) if weight.sum() > 0 else float("nan")
