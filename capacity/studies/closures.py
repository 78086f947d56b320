"""One unit fewer: what happens where each unit in turn is closed for a while (N - 1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.promise import DAYS_PER_YEAR, offered_load, turned_away
from capacity.studies.measures import per_group
from capacity.studies.result import Rows, rows_of
from capacity.studies.simulation import system_of

QUARTER = DAYS_PER_YEAR / 4
"""Days a unit is closed."""


@told
def closures(plan: Plan, days: float = QUARTER, scenario: str | None = None) -> Rows:
    """Close each unit in turn: who goes where, and how many have no bed.

    Women referred to the closed unit go to the nearest open unit the rules allow them, as the
    overflow of `capacity.stress` does; those without one have no bed. The other units keep their
    beds, and turn away what Erlang's formula says of the load they then have.

    Parameters
    ----------
    plan : Plan
    days : float
        How long each unit is closed.
    scenario : str, optional
        Demand of one scenario; without it the expected demand.

    Returns
    -------
    Rows
        One dict a unit: closed (site id), days, referrals (women referred to it in that time), to (site id:
        women), minutes_more (one-way, mean of those sent elsewhere), nowhere (women no other open unit
        may serve), no_bed (women of the whole plan who find no bed in that time, those included),
        no_bed_open (the same with every unit open), in_beds (women in its beds when it closes),
        free_beds (beds free elsewhere at that moment, on average).
    """
    problem, system = plan.problem, system_of(plan, scenario=scenario)
    beds = np.array(system.beds, dtype=float)
    share_of_year = days / DAYS_PER_YEAR
    count, mean_days = len(beds), problem.care.mean_days

    def lost(stays: Any) -> Any:
        return turned_away(problem.promise, beds, offered_load(stays, mean_days))

    before = system.offered
    lost_before = lost(before)
    held = np.minimum(offered_load(before, mean_days) * (1 - lost_before), beds)
    no_bed_open = float(before @ lost_before) * share_of_year
    rows = []
    for closed, site in enumerate(plan.unit_table["site_id"]):
        next_unit = np.array([next((u for u in order if u != closed), -1) for order in system.order])
        mine = system.own == closed
        moved = mine & (next_unit >= 0)
        stays = before.copy()
        stays[closed] = 0.0
        stays += per_group(next_unit[moved], system.rate[moved], count)
        refused = lost(stays) * stays
        refused[closed] = 0.0
        nowhere = float(system.rate[mine & (next_unit < 0)].sum())
        women = per_group(next_unit[moved], system.rate[moved], count) * share_of_year
        old = problem.minutes[system.point, system.sites[closed]]
        new = problem.minutes[system.point, system.sites[np.maximum(next_unit, 0)]]
        sent = float(system.rate[moved].sum())
        others = np.arange(count) != closed
        rows.append(
            {
                "closed": site,
                "days": days,
                "referrals": float(system.rate[mine].sum()) * share_of_year,
                "to": {plan.unit_table["site_id"][u]: float(women[u]) for u in np.flatnonzero(women > 0)},
                "minutes_more": float(system.rate[moved] @ (new - old)[moved] / sent) if sent else float("nan"),
                "nowhere": nowhere * share_of_year,
                "no_bed": (float(refused.sum()) + nowhere) * share_of_year,
                "no_bed_open": no_bed_open,
                "in_beds": float(held[closed]),
                "free_beds": float((beds - held)[others].sum()),
            }
        )
    return rows_of("closures", rows)
