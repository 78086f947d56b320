"""Beds that open and close with need, against beds that are staffed whether needed or not."""

from __future__ import annotations

from typing import Any

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.problem.promise import offered_load, turned_away
from capacity.studies.result import Rows, rows_of
from capacity.tolerances import CARRIED


def opened_beds(problem: Problem, built: Ints, stays: Floats) -> Ints:
    """Fewest beds of each unit that keep the promise, at most those built and at least the smallest size.

    Parameters
    ----------
    built : ndarray (U,) of int
    stays : ndarray (U,)
        A year, in the scenario at hand.
    """
    if problem.policy.promise is None:
        return built
    need = np.searchsorted(problem.stays_by_beds, stays * (1 - CARRIED))
    return np.asarray(np.minimum(built, np.maximum(need, problem.sizes.smallest)), dtype=np.int64)


def flexible_row(problem: Problem, built: Ints, stays: Floats) -> dict[str, Any]:
    """One scenario with all built beds staffed, and with as many as are needed.

    A year's running cost differs by the beds alone: the unit and its occupied days cost the same.

    Returns
    -------
    dict
        built, open (beds), saving_dkk (a year), turned_away_fixed and turned_away (shares of all
        women), kept (whether the promise holds with every built bed open).
    """
    beds = opened_beds(problem, built, stays)
    load = offered_load(stays, problem.care.mean_days)
    women = float(stays.sum())

    def share(count: Ints) -> float:
        return float(stays @ turned_away(problem.promise, count, load) / women) if women > 0 else 0.0

    carried = problem.stays_by_beds[np.minimum(built, len(problem.stays_by_beds) - 1)]
    return {
        "built": int(built.sum()),
        "open": int(beds.sum()),
        "saving_dkk": float(problem.finance.bed_dkk_per_year * (built - beds).sum()),
        "turned_away_fixed": share(built),
        "turned_away": share(beds),
        "kept": bool((stays * (1 - CARRIED) <= carried).all()),
    }


@told
def flexible_beds(plan: Plan) -> Rows:
    """What opening and closing beds saves against fixed beds, in each scenario the plan was made for.

    See `capacity.robustness`, which tells the same of every named scenario.
    """
    problem = plan.problem
    at = {site: u for u, site in enumerate(plan.unit_table["site_id"])}
    built = np.array(plan.unit_table["beds"], dtype=np.int64)
    stays = np.zeros((len(problem.scenarios.ids), len(built)))
    row = {s: k for k, s in enumerate(problem.scenarios.ids)}
    table = plan.assignment_table
    for site, scenario, women in zip(table["site_id"], table["scenario"], table["women"], strict=True):
        stays[row[scenario], at[site]] += women
    rows = [
        {"scenario": s, "probability": float(chance)} | flexible_row(problem, built, each)
        for s, chance, each in zip(problem.scenarios.ids, problem.probability, stays, strict=True)
    ]
    return rows_of("flexible_beds", rows)
