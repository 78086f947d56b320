"""Aftercare over arrays of plans: the beds of the second stage, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity.tolerances import TIE

if TYPE_CHECKING:
    from capacity.arrays import Floats, Ints
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans


def aftercare_stays(p: Problem, stays: Floats) -> Floats:
    """Women a year of each place of aftercare, (B, S, m), of stays at the units (B, S, m)."""
    at = p.place_of_aftercare
    together = np.zeros((len(at), len(at)))
    together[np.arange(len(at)), at] = 1.0
    return np.asarray(stays @ together)


def aftercare_beds(p: Problem, there: Floats) -> Ints:
    """Fewest beds of each kind that keep the promise of aftercare, (B, m, kinds), by women there (B, S, m).

    The promise is kept in the scenarios that must hold (in all, where none must), as units keep theirs: of all women
    sent, whoever is turned away at the unit.
    """
    asked = there[:, p.must_hold, :] if p.must_hold.any() else there
    share = np.array([kind.share for kind in p.aftercare.kinds])
    need = asked.max(axis=1)[:, :, None] * share
    return np.asarray(np.searchsorted(p.stays_by_aftercare_beds, need * (1 - TIE)), dtype=np.int64)


def aftercare_standing(p: Problem, beds: Ints, *, building: bool = True) -> Floats:
    """Yearly cost, whoever comes, of places of so many beds: house, beds, and building as an annuity (broadcast)."""
    care = p.aftercare
    per_bed = care.bed_dkk_per_year + (care.building_dkk_per_bed * p.finance.annuity if building else 0.0)
    return np.asarray(np.where(beds > 0, care.house_dkk_per_year + per_bed * beds, 0.0))


def aftercare_per_stay(p: Problem) -> float:
    """What a woman's aftercare costs besides: her bed's days, and those of the persons who live along."""
    care = p.aftercare
    return float(care.days) * (care.occupied_day_dkk + care.persons * care.person_day_dkk)


def aftercare_cost(p: Problem, plans: Plans) -> Floats:
    """Yearly cost of aftercare, building as an annuity, by scenario, (B, S); of the stays that money counts."""
    standing = aftercare_standing(p, beds_there(p, plans)).sum(axis=1)
    return np.asarray(standing[:, None] + _for_days(p, plans))


def aftercare_running(p: Problem, plans: Plans) -> Floats:
    """Yearly cost of running aftercare on average, (B,)."""
    standing = aftercare_standing(p, beds_there(p, plans), building=False).sum(axis=1)
    return np.asarray(standing + _for_days(p, plans) @ p.probability)


def aftercare_building(p: Problem, plans: Plans) -> Floats:
    """What building the beds of aftercare costs, once, (B,)."""
    return np.asarray(p.aftercare.building_dkk_per_bed * beds_there(p, plans).sum(axis=1))


def beds_there(p: Problem, plans: Plans) -> Ints:
    """Beds of each place of aftercare, (B, m)."""
    return np.asarray(aftercare_beds(p, aftercare_stays(p, plans.stays)).sum(axis=2))


def _for_days(p: Problem, plans: Plans) -> Floats:
    """What the days there cost by scenario, (B, S), of the stays that money counts."""
    counted = plans.stays
    if p.counts_admitted:
        counted = np.asarray(p.counted(plans.beds[:, None, :], plans.stays))
    return np.asarray(aftercare_per_stay(p) * counted.sum(axis=2))
