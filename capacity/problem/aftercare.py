"""Aftercare: the second stage of a stay, in beds of its own at the unit or in a shared house near a neonatal ward.

Danish Regions want it after the residential course (Answer-2025, annex 3). How long it lasts, what it costs and who
lives along are printed nowhere: all numbers here are the planner's assumptions, and without days there is none.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from capacity.arrays import Floats, Ints, floats, ints
from capacity.errors import DataError, Finding, some
from capacity.problem.calls import told_when_made
from capacity.problem.promise import DAYS_PER_YEAR, KINDS, Promise, stays_by_beds

if TYPE_CHECKING:
    from capacity.problem.problem import Problem

WHERE = ("unit", "shared_house")
"""Where the beds of aftercare are."""

MOTHER_AND_CHILD = 2
"""Persons of a family without partner and siblings."""

MOST_PERSONS = 20

MONEY = (
    "house_dkk_per_year",
    "bed_dkk_per_year",
    "occupied_day_dkk",
    "person_day_dkk",
    "day_rate_dkk",
    "building_dkk_per_bed",
)


@told_when_made
@dataclass(frozen=True, kw_only=True)
class Aftercare:
    """The second stage of a stay, after that of `Care.mean_days` at the unit. It is on where its days are given.

    Attributes
    ----------
    days : float or False
        Mean days of the second stage; False: there is none.
    where : {"unit", "shared_house"}
        At the woman's unit, or in a house at the neonatal ward nearest to it (site column ``neonatal``), which all
        units share that are nearest to it. A unit without a way to a ward, or whose ward is at no site of the
        problem (`Problem.only`), has its own beds.
    kind : {"loss", "wait", "occupancy"}
        The promise, as `Promise` has it. Nobody is turned away here: who finds no bed free keeps the one she has at
        the unit, under a promise of waiting until one is free, otherwise until she goes home.
    held_up : float
        Share who find no bed free, at most (``loss``).
    wait_days, wait_probability, occupancy : float
        As of `Promise`.
    house_dkk_per_year, bed_dkk_per_year : float
        Yearly cost of a place where there is aftercare (a shared house, or the part of a unit), and of a bed there.
    occupied_day_dkk, person_day_dkk : float
        Cost of a day a bed is in use, and of a day a person lives there.
    day_rate_dkk : float
        Income for a day a bed is in use.
    building_dkk_per_bed : float
        Building or rebuilding, once; paid as `Finance` says.
    with_partner, with_children : float
        Shares of the women whose partner, whose other children live along (each whatever the other).
    children : int
        Other children of a family that brings them.
    bed_sizes : tuple of int
        Persons that the kinds of bed (room for one family) hold, such as ``[2, 3, 5]``: a family takes the smallest
        that holds it, and each kind is sized for those who take it. Empty: every bed holds every family.
    """

    days: float | Literal[False] = False
    where: str = "unit"
    kind: str = "loss"
    held_up: float = 0.05
    wait_days: float = 7.0
    wait_probability: float = 0.05
    occupancy: float = 0.85
    house_dkk_per_year: float = 0.0
    bed_dkk_per_year: float = 0.0
    occupied_day_dkk: float = 0.0
    person_day_dkk: float = 0.0
    day_rate_dkk: float = 0.0
    building_dkk_per_bed: float = 0.0
    with_partner: float = 0.0
    with_children: float = 0.0
    children: int = 1
    bed_sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        if self.days is not False and not (_number(self.days) and self.days > 0):
            faults.append(_fault("days", self.days, "a number of days above zero, or false"))
        if self.where not in WHERE:
            faults.append(_fault("where", self.where, f"one of {', '.join(WHERE)}"))
        if self.kind not in KINDS:
            faults.append(_fault("kind", self.kind, f"one of {', '.join(KINDS)}"))
        for name in ("held_up", "wait_probability", "occupancy"):
            share: Any = getattr(self, name)
            if not (_number(share) and 0 < share < 1):
                faults.append(_fault(name, share, "a share above 0 and below 1"))
        for name in ("with_partner", "with_children"):
            share = getattr(self, name)
            if not (_number(share) and share <= 1):
                faults.append(_fault(name, share, "a share between 0 and 1"))
        for name in ("wait_days", *MONEY):
            if not _number(getattr(self, name)):
                faults.append(_fault(name, getattr(self, name), "a finite number, not negative"))
        if not (_whole(self.children) and 1 <= self.children <= MOST_PERSONS):
            faults.append(_fault("children", self.children, f"a whole number from 1 to {MOST_PERSONS}"))
        faults += self._faults_of_sizes(families=not faults)
        if faults:
            raise DataError(faults)

    def _faults_of_sizes(self, *, families: bool) -> list[Finding]:
        """Of the sizes of beds; only where there are families, whether they hold the largest."""
        given: Any = self.bed_sizes
        sizes = tuple(given) if isinstance(given, (list, tuple)) else None
        object.__setattr__(self, "bed_sizes", given if sizes is None else sizes)
        if sizes is None or not all(_whole(k) and MOTHER_AND_CHILD <= k <= 2 * MOST_PERSONS for k in sizes):
            return [_fault("bed_sizes", given, "whole numbers of persons, at least 2, such as [2, 3, 5]")]
        if len(set(sizes)) < len(sizes) or list(sizes) != sorted(sizes):
            return [_fault("bed_sizes", list(sizes), "each size once, the smallest first")]
        most = max(family.persons for family in self.families) if families else 0
        if sizes and most > sizes[-1]:
            return [_fault("bed_sizes", list(sizes), f"the largest bed holds the largest family ({most} persons)")]
        return []

    @property
    def on(self) -> bool:
        """Whether there is any."""
        return self.days is not False

    @property
    def stands(self) -> bool:
        """Whether its beds cost anything, whoever comes: steps in the women there."""
        return self.on and any((self.house_dkk_per_year, self.bed_dkk_per_year, self.building_dkk_per_bed))

    @property
    def runs(self) -> bool:
        """Whether running it costs anything."""
        days = self.occupied_day_dkk, self.person_day_dkk
        return self.on and any((self.house_dkk_per_year, self.bed_dkk_per_year, *days))

    @property
    def families(self) -> tuple[Family, ...]:
        """The families there are, the smallest first."""
        found = []
        for partner, children in itertools.product((False, True), repeat=2):
            share = self.with_partner if partner else 1 - self.with_partner
            share *= self.with_children if children else 1 - self.with_children
            persons = MOTHER_AND_CHILD + partner + children * self.children
            if share > 0:
                found.append(Family(partner=partner, children=children, share=share, persons=persons))
        return tuple(sorted(found, key=lambda family: (family.persons, family.children)))

    @property
    def kinds(self) -> tuple[BedKind, ...]:
        """The kinds of bed somebody takes."""
        sizes = self.bed_sizes or (max(family.persons for family in self.families),)
        found = []
        for low, size in zip((0, *sizes), sizes, strict=False):
            mine = [family for family in self.families if low < family.persons <= size]
            if mine:
                share = math.fsum(family.share for family in mine)
                persons = math.fsum(family.share * family.persons for family in mine) / share
                found.append(BedKind(holds=size, share=share, persons=persons))
        return tuple(found)

    @property
    def persons(self) -> float:
        """Mean persons of a family."""
        return math.fsum(family.share * family.persons for family in self.families)

    def promise(self, demand_cv: float) -> Promise:
        """What is promised, demand being as much in doubt as for the unit."""
        return Promise(
            kind=self.kind,
            turned_away=self.held_up,
            wait_days=self.wait_days,
            wait_probability=self.wait_probability,
            occupancy=self.occupancy,
            demand_cv=demand_cv,
        )


@dataclass(frozen=True, kw_only=True)
class Family:
    """Who lives along, the share of women it is so with, and how many persons they are."""

    partner: bool
    children: bool
    share: float
    persons: int


@dataclass(frozen=True, kw_only=True)
class BedKind:
    """A kind of bed: how many persons it holds, the share of women who take it, and their families' mean persons."""

    holds: int
    share: float
    persons: float


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _fault(column: str, value: object, rule: str) -> Finding:
    return Finding(table="aftercare", column=column, value=str(value), rule=rule, remedy="Correct the setting.")


# --- where the wards are ------------------------------------------------------------------------------------------


def ward_ways(p: Problem) -> tuple[Floats, tuple[str, ...]]:
    """Minutes from each site to its nearest neonatal ward (inf without a way), and the ward, ties to the lower id."""
    sites = p.network.site_ids
    wards = sorted(p.network.wards)
    if not wards or p.to_ambulatory is None:
        return floats(np.full(len(sites), np.inf)), ("",) * len(sites)
    at = [p.to_ambulatory.destination_ids.index(ward) for ward in wards]
    kept = p.to_ambulatory.replace(destination_ids=tuple(wards), values=p.to_ambulatory.values[:, at])
    ways = kept.aligned(sites, wards)
    nearest = ways.argmin(axis=1)
    least = ways[np.arange(len(sites)), nearest]
    return floats(least), tuple(wards[k] if np.isfinite(way) else "" for k, way in zip(nearest, least, strict=True))


def ward_faults(p: Problem) -> list[Finding]:
    """What the neonatal wards lack, where they are asked for."""
    wards, matrix = p.network.wards, p.to_ambulatory
    if not wards:
        rule, remedy = "some site has a neonatal ward", "Say yes in the column neonatal of the sites that have one."
        return [Finding(table="sites", column="neonatal", rule=rule, remedy=remedy)]
    if matrix is None:
        rule = "the minutes from the sites to the neonatal wards are known"
        remedy = "Give to_ambulatory with a column a ward (in a case: road links, or travel.to_ambulatory)."
        return [Finding(table="to_ambulatory", rule=rule, remedy=remedy)]
    missing = [ward for ward in wards if ward not in matrix.destination_ids]
    if missing:
        rule, remedy = "each neonatal ward has minutes from the sites", "Add its column."
        return [Finding(table="to_ambulatory", column="destination", value=some(missing), rule=rule, remedy=remedy)]
    return []


def place_of_aftercare(p: Problem) -> Ints:
    """Position of the site where the aftercare of each site's women is, (m,)."""
    here = np.arange(len(p.network.site_ids))
    if p.aftercare.where == "unit":
        return ints(here)
    at = {j: k for k, j in enumerate(p.network.site_ids)}
    # A house at no site of these is none of the problem's: the unit has its own beds.
    return ints([at.get(ward, k) for k, ward in enumerate(p.ward_of)])


def stays_by_aftercare_beds(p: Problem) -> Floats:
    """Greatest number of stays a year that k beds of aftercare carry, k = 0, 1, ... until they carry everybody."""
    assert p.aftercare.days is not False
    promise, everybody = p.aftercare.promise(p.promise.demand_cv), float(p.women.sum(axis=1).max())
    # As many beds as families there on average, and more until they are enough.
    largest = 8 + math.ceil(everybody * p.aftercare.days / DAYS_PER_YEAR)
    while (carried := stays_by_beds(promise, largest, p.aftercare.days, everybody))[-1] < everybody:
        largest *= 2
    return floats(carried)
