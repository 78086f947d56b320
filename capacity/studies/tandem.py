"""Two stages one after the other: a woman leaves the unit for a bed of aftercare, or keeps the one she has.

Who finds no bed of aftercare free keeps her bed at the unit: until she goes home, so that her days are the same in all,
or, under a promise of waiting, until a bed of aftercare is free.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.plan.aftercare import Second, second_stage
from capacity.problem.promise import DAYS_PER_YEAR, turned_away, use_of_unit
from capacity.studies.events import NOWHERE, Run
from capacity.studies.measures import ratio

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
    count, kinds = len(referred), len(stages.share)
    free, free_after = list(beds), stages.beds.ravel().tolist()
    queues: list[deque[int]] = [deque() for _ in beds]
    queues_after: list[deque[int]] = [deque() for _ in free_after]
    unit, wait, full = [NOWHERE] * count, [0.0] * count, [False] * count
    came, moved, left, leaves = (np.full(count, np.nan).tolist() for _ in range(4))
    times, first, after, groups = referred.tolist(), stay.tolist(), second.tolist(), kind.tolist()
    until = None if patience is None else (referred + patience).tolist()
    pool = [stages.place[j] * kinds for j in range(len(beds))]
    taken = bed_kind.tolist()
    # First stage over (0), and home (1); her number breaks ties.
    events: list[tuple[float, int, int]] = []

    def begin(k: int, j: int, now: float) -> None:
        unit[k], wait[k] = j, now - times[k]
        heappush(events, (now + first[k], 0, k))

    def release(k: int, now: float) -> None:
        j, leaves[k] = unit[k], now
        while queues[j]:
            other = queues[j].popleft()
            # She may have been placed elsewhere meanwhile, or have given up.
            if unit[other] == NOWHERE and until is not None and until[other] >= now:
                begin(other, j, now)
                return
        free[j] += 1

    def move(k: int, now: float) -> None:
        moved[k] = now
        release(k, now)

    def happen(limit: float) -> None:
        while events and events[0][0] <= limit:
            now, what, k = heappop(events)
            at = int(pool[unit[k]]) + taken[k]
            if what == 0:
                came[k] = now
                if free_after[at]:
                    free_after[at] -= 1
                    heappush(events, (now + after[k], 1, k))
                    move(k, now)
                elif stages.waits:
                    queues_after[at].append(k)
                else:
                    heappush(events, (now + after[k], 1, k))
                continue
            left[k] = now
            if moved[k] != moved[k]:
                release(k, now)
            elif queues_after[at]:
                other = queues_after[at].popleft()
                heappush(events, (now + after[other], 1, other))
                move(other, now)
            else:
                free_after[at] += 1

    for k, (now, group) in enumerate(zip(times, groups, strict=True)):
        happen(now)
        mine = order[group]
        full[k] = not free[mine[0]]
        for j in mine:
            if free[j]:
                free[j] -= 1
                begin(k, j, now)
                break
        else:
            if until is not None:
                wait[k] = until[k] - now
                for j in mine:
                    queues[j].append(k)
    happen(float("inf"))
    where, begun = np.array(unit, dtype=np.int64), referred + np.array(wait)
    placed = where != NOWHERE
    at_unit = np.where(placed, np.array(leaves) - begun, stay)
    run = Run(
        referred=referred, kind=kind, unit=where, wait=np.array(wait), stay=at_unit, full=np.array(full, dtype=bool)
    )
    place = np.where(placed, stages.place[where], NOWHERE)
    return run, SecondRun(came=np.array(came), place=place, moved=np.array(moved), left=np.array(left))


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
    promise, first = p.aftercare.promise(doubt), replace(p.promise, demand_cv=doubt)
    places, extra = len(stages.sites), np.zeros(len(beds))
    together = np.zeros((places, len(beds)))
    together[stages.place, np.arange(len(beds))] = 1.0
    for _ in range(ROUNDS):
        lost = turned_away(first, beds, offered * (mean + extra) / DAYS_PER_YEAR) if loses else 0.0
        came = together @ (offered * (1 - lost))
        held, kept, taken = np.zeros(places), np.zeros(places), np.zeros(places)
        for at in range(places):
            for k, share in enumerate(stages.share.tolist()):
                count, women = int(stages.beds[at, k]), share * came[at]
                if not count:
                    continue
                use = use_of_unit(promise, count, np.array([women]), stages.days)
                load = women * stages.days / DAYS_PER_YEAR
                if stages.waits:
                    chance = float(use.waiting[0])
                    held[at] += share * chance
                    kept[at] += share * (chance * stages.days / (count - load) if load < count else np.inf)
                    taken[at] += min(load, count)
                else:
                    chance = float(use.turned_away[0])
                    held[at] += share * chance
                    kept[at] += share * chance * stages.days
                    taken[at] += load * (1 - chance)
        before, extra = extra, kept[stages.place]
        if np.allclose(before, extra, rtol=1e-9):
            break
    return Expected(
        days=mean + extra, came=came, held_up=held, held_days=kept, occupancy=taken / stages.beds.sum(axis=1)
    )


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
