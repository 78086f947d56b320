"""The event queue: one run of referrals, admissions, waits and departures.

Times are days. A woman belongs to a *class*: where she lives and which unit is hers. Her units are
tried in order. Where all are full she is turned away, or waits until one of them has a bed for her
(first come, first served at each unit) or her patience ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from capacity.arrays import Bools, Floats, Ints

NOWHERE = -1
"""Unit of a woman who was never placed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """What happened to every woman referred in one run.

    Attributes
    ----------
    referred : ndarray (N,)
        Day of referral, ascending.
    kind : ndarray (N,) of int
        Her class.
    unit : ndarray (N,) of int
        Unit she was placed at; `NOWHERE` where she was not.
    wait : ndarray (N,)
        Days waited until placed, or until she gave up (0 for those turned away at once).
    stay : ndarray (N,)
        Days of her stay, were she placed.
    full : ndarray (N,) of bool
        Whether she found her own unit full at referral.
    """

    referred: Floats
    kind: Ints
    unit: Ints
    wait: Floats
    stay: Floats
    full: Bools


def run_losses(beds: Sequence[int], order: Sequence[Sequence[int]], referred: Floats, kind: Ints, stay: Floats) -> Run:
    """Nobody waits: a woman is placed at once at the first of her units with a bed, or never."""
    free = list(beds)
    leaving: list[tuple[float, int]] = []
    where: list[int] = []
    full: list[bool] = []
    place, note = where.append, full.append
    never = float("inf")
    first = never
    ends = (referred + stay).tolist()
    for now, group, end in zip(referred.tolist(), kind.tolist(), ends, strict=True):
        while first <= now:
            free[heappop(leaving)[1]] += 1
            first = leaving[0][0] if leaving else never
        mine = order[group]
        note(not free[mine[0]])
        for j in mine:
            if free[j]:
                free[j] -= 1
                heappush(leaving, (end, j))
                first = leaving[0][0]
                place(j)
                break
        else:
            place(NOWHERE)
    return Run(
        referred=referred,
        kind=kind,
        unit=np.array(where, dtype=np.int64),
        wait=np.zeros(len(referred)),
        stay=stay,
        full=np.array(full, dtype=bool),
    )


def run_waits(
    beds: Sequence[int], order: Sequence[Sequence[int]], referred: Floats, kind: Ints, stay: Floats, patience: Floats
) -> Run:
    """Women wait, each as long as her patience lasts, days; (N,), infinite for one who never gives up."""
    free = list(beds)
    count = len(referred)
    where, wait, full = [NOWHERE] * count, patience.tolist(), [False] * count
    queues: list[deque[int]] = [deque() for _ in beds]
    leaving: list[tuple[float, int]] = []
    times, lasts, until = referred.tolist(), stay.tolist(), (referred + patience).tolist()
    groups = kind.tolist()

    def depart(limit: float) -> None:
        while leaving and leaving[0][0] <= limit:
            now, j = heappop(leaving)
            queue = queues[j]
            while queue:
                k = queue.popleft()
                # She may have been placed elsewhere meanwhile, or have given up.
                if where[k] == NOWHERE and until[k] >= now:
                    where[k], wait[k] = j, now - times[k]
                    heappush(leaving, (now + lasts[k], j))
                    break
            else:
                free[j] += 1

    for k, (now, group) in enumerate(zip(times, groups, strict=True)):
        if leaving and leaving[0][0] <= now:
            depart(now)
        mine = order[group]
        full[k] = not free[mine[0]]
        for j in mine:
            if free[j]:
                free[j] -= 1
                heappush(leaving, (now + lasts[k], j))
                where[k], wait[k] = j, 0.0
                break
        else:
            for j in mine:
                queues[j].append(k)
    depart(float("inf"))
    return Run(
        referred=referred,
        kind=kind,
        unit=np.array(where, dtype=np.int64),
        wait=np.array(wait),
        stay=stay,
        full=np.array(full, dtype=bool),
    )
