"""The statement of a planning problem: immutable, checked, changed only by `replace`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import numpy as np

from capacity.arrays import Bools, Floats, Ints, floats, ints
from capacity.errors import DataError, Finding
from capacity.problem.aftercare import Aftercare, place_of_aftercare, stays_by_aftercare_beds, ward_faults, ward_ways
from capacity.problem.calls import told, told_when_made
from capacity.problem.care import Care, Sizes
from capacity.problem.demand import Scenarios
from capacity.problem.faults import ambulatory_faults, faults_of, faults_of_kinds, part_with
from capacity.problem.finance import Finance
from capacity.problem.fingerprint import fingerprint_of
from capacity.problem.network import Network
from capacity.problem.outpatient import Outpatient, Pathways, accepting, course_hours, course_ways, pathway_of_course
from capacity.problem.payment import Payment
from capacity.problem.policy import Policy
from capacity.problem.promise import (
    DAYS_PER_YEAR,
    Promise,
    admitted_stays,
    enough_beds,
    fewest_that_admit,
    stays_by_beds,
    stays_for_admitted,
)
from capacity.problem.travel import TravelMatrix
from capacity.problem.uptake import Uptake
from capacity.rules.nearest import NearestSites

if TYPE_CHECKING:
    from capacity.problem.named import NamedScenario
    from capacity.problem.splitting import Split

Once = TypeVar("Once")

DAYS_PER_WEEK = 7
MINUTES_PER_HOUR = 60

_PLACES, _WAYS = frozenset({"network"}), frozenset({"network", "travel"})
_WOMEN, _TRIPS = frozenset({"network", "scenarios"}), frozenset({"network", "to_ambulatory"})

HANDED_ON: Mapping[str, frozenset[str]] = {
    "site_order": _PLACES,
    "minutes": _WAYS,
    "nearness": _WAYS,
    "nearest_sites": _WAYS,
    "women": _WOMEN,
    "expected_women": _WOMEN,
    "active": _WOMEN,
    "ambulatory_minutes": _TRIPS,
    "ambulatory_of": _TRIPS,
    "weekly_minutes": _WAYS | _TRIPS | {"care"},
    "hours_per_woman": _WAYS | _TRIPS | {"care"},
    "stays_by_beds": _WOMEN | {"promise", "sizes", "care"},
}
"""What a copy need not work out again, and the parts it is worked out from, which the copy then has unchanged."""

_PARTS = frozenset().union(*HANDED_ON.values())


@told_when_made
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Problem:
    """Everything a plan is decided from.

    Attributes
    ----------
    network : Network
    scenarios : Scenarios
        Demand; its points are the network's.
    travel : TravelMatrix
        From demand points to candidate sites.
    to_ambulatory : TravelMatrix or None
        Minutes from candidate sites to the ambulatories and neonatal wards (and possibly further places). None
        where the network has neither.
    care, promise, sizes, policy, finance, outpatient, pathways, aftercare : settings by subject
    fair_aversion : float
        Aversion to unequal travel in the objective ``fair`` (dimensionless, Kolm-Pollak).
    worst_off_share : float
        Share of women whose mean way the objective ``worst_off`` is.
    worst_exceptions : tuple of str
        Demand points whose ways the objective ``worst`` leaves out.
    worst_ties : {"beds", "ways"}
        What decides between plans with the same longest way: fewer beds, as of every objective, or first the shorter
        of their next longest ways, and so on.
    minutes_error : tuple of float
        Stated error of the travel times: (minutes, per cent); the larger of the two counts.
    smallest_count : int
        Own counts below it are known by sums alone (see `capacity.problem.counts`); 0 hides nothing.
    undetected : float
        Women who need a stay for each one the figures count: at least 1. The women of `scenarios`
        hold it already.
    weight : str
        Column of the demand points that splits the national figure.
    relative_risk : str
        Column the weight is multiplied by; "" where there is none.
    split : Split or None
        The blend of the weight with the planner's own counts, where there are any.
    payments : tuple of Payment
        Payment models of the case, beside the built-in ones: what `capacity.who_pays` knows. No plan depends on them.
    uptake : Uptake or None
        Share of women who accept a place, by travel; without it everybody accepts.
    travels : mapping of file name to TravelMatrix
        Travel times that a scenario may take in the place of `travel`, read with the case.
    named : tuple of NamedScenario
        Scenarios of the case that are not planned for unless they are chosen (`capacity.under`).
    sources : mapping of setting to text
        Where each setting comes from, or the word assumption.
    ranges : mapping of setting to (low, high)
    choices : mapping of setting to tuple
        Other values a setting might have that are no range: a weight column, a rule off.
    origin : mapping
        Where the problem was read from: file names and hashes.

    Raises
    ------
    DataError
        With every fault found.
    """

    network: Network
    scenarios: Scenarios
    travel: TravelMatrix
    to_ambulatory: TravelMatrix | None = None
    care: Care = field(default_factory=Care)
    promise: Promise = field(default_factory=Promise)
    sizes: Sizes = field(default_factory=Sizes)
    policy: Policy = field(default_factory=Policy)
    finance: Finance = field(default_factory=Finance)
    outpatient: Outpatient = field(default_factory=Outpatient)
    pathways: Pathways = field(default_factory=Pathways)
    aftercare: Aftercare = field(default_factory=Aftercare)
    fair_aversion: float = 1.0
    worst_off_share: float = 0.05
    worst_exceptions: tuple[str, ...] = ()
    worst_ties: str = "beds"
    minutes_error: tuple[float, float] = (0.0, 0.0)
    smallest_count: int = 5
    undetected: float = 1.0
    uptake: Uptake | None = None
    travels: Mapping[str, TravelMatrix] = field(default_factory=dict)
    named: tuple[NamedScenario, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    weight: str = "weight"
    relative_risk: str = ""
    split: Split | None = None
    payments: tuple[Payment, ...] = ()
    name: str = ""
    attribution: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pairs: object = self.uptake
        if isinstance(pairs, (list, tuple)):
            object.__setattr__(self, "uptake", Uptake.of(pairs))
        named: object = self.worst_exceptions
        if isinstance(named, list):
            object.__setattr__(self, "worst_exceptions", tuple(named))
        if strange := faults_of_kinds(self):
            raise DataError(strange)
        after = self.aftercare
        paying = self.policy.paying(
            admitted=self.counts_admitted, built=after.on and after.building_dkk_per_bed > 0, run=after.runs
        )
        object.__setattr__(self, "policy", paying)
        if findings := faults_of(self):
            raise DataError(findings)
        net = self.network
        if not net.ambulatories and not net.wards:
            object.__setattr__(self, "to_ambulatory", None)
        object.__setattr__(self, "notices", tuple(dict.fromkeys((*self.notices, *net.notices))))

    def ambulatory_faults(self) -> list[Finding]:
        """What the ambulatories lack, of ids or of minutes from the sites."""
        return ambulatory_faults(self)

    def replace(self, **changes: Any) -> Self:
        """Copy with some parts changed; the copy is checked again.

        ``policy`` and the other settings take an object or a mapping of what changes in it:

        >>> problem.replace(policy={"volume": 6}, care={"mean_days": 120})  # doctest: +SKIP
        """
        for name, value in changes.items():
            part = getattr(self, name, None)
            if not isinstance(value, Mapping) or isinstance(value, Policy):
                continue
            if isinstance(part, Policy):
                changes[name] = part.replace(**value)
            elif dataclasses.is_dataclass(part):
                changes[name] = part_with(name, part, value)
        after = dataclasses.replace(self, **changes)
        kept = {part for part in _PARTS if getattr(after, part) is getattr(self, part)}
        after.__dict__.update(
            {k: self.__dict__[k] for k, parts in HANDED_ON.items() if k in self.__dict__ and parts <= kept}
        )
        return after

    def __getstate__(self) -> dict[str, Any]:
        # What can be worked out again is not sent along.
        return {k: value for k, value in self.__dict__.items() if k not in HANDED_ON and k != "_worked_out"}

    def once(self, name: str, work: Callable[[], Once]) -> Once:
        """What others work out of this problem, by name: once, for it never changes."""
        if name not in self._worked_out:
            self._worked_out[name] = work()
        known: Once = self._worked_out[name]
        return known

    @cached_property
    def _worked_out(self) -> dict[str, Any]:
        return {}

    @told
    def only(self, regions: Collection[str]) -> Self:
        """The problem of some regions alone: their women, their sites, and the ways between them.

        Rules that speak of every region speak of these; ids of other places leave the rules that name them (a list
        without any left is off). Ambulatories and neonatal wards stay where they are. Named scenarios and counts,
        which speak of the country, are left out.

        Raises
        ------
        DataError
            Where a region is not one of the problem's, or nobody needs a stay in one of the scenarios.
        """
        from capacity.problem.cut import cut_to

        return cut_to(self, regions)

    @told
    def set(self, key: str, value: Any) -> Problem:
        """Copy with one setting of ``case.toml`` changed, named ``section.key``; its old source is gone.

        >>> problem.set("rules.volume", 6).set("demand.women_per_year", 70)  # doctest: +SKIP
        """
        from capacity.problem.settings import SET_NOW, canonical, changed, same, value_of, whole

        after, key = changed(self, key, value), canonical(key, self.policy)
        if key == "scenario" or same(value_of(after, key), value_of(self, key)):
            return after
        return after.replace(sources={**after.sources, whole(key): SET_NOW})

    @told
    def get(self, key: str) -> Any:
        """Value of one setting of ``case.toml``, named ``section.key``."""
        from capacity.problem.settings import value_of

        return value_of(self, key)

    def __repr__(self) -> str:
        net, demand = self.network, self.scenarios
        several = f" in {len(demand.ids):,} scenarios" if len(demand.ids) > 1 else ""
        rules = ", ".join(rule.name for rule in self.policy.values() if not rule.usual)
        return "\n".join(
            [
                f"<Problem {self.name or 'without a name'}",
                f"  {len(net.point_ids):,} demand points in {len(net.regions):,} regions, "
                f"{len(net.site_ids):,} candidate sites, {len(net.ambulatories):,} ambulatories",
                f"  {demand.women_per_year:,.1f} women a year{several}, {self.care.mean_days:g} days each",
                f"  rules: {rules or 'none but what makes a plan a plan'}",
                f"  {self.fingerprint[:12]}>",
            ]
        )

    def _repr_html_(self) -> str:
        """The problem in five lines, as a notebook shows it."""
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>"

    # --- arrays every engine starts from -------------------------------------------------------

    @cached_property
    def minutes(self) -> Floats:
        """t[i, j]: one-way travel from point i to site j, (n, m); inf where there is no way."""
        return self.travel.aligned(self.network.point_ids, self.network.site_ids)

    @cached_property
    def women(self) -> Floats:
        """w[s, i]: women a year by scenario and point, (S, n), points in the network's order."""
        at = {i: k for k, i in enumerate(self.scenarios.point_ids)}
        return floats(self.scenarios.women[:, [at[i] for i in self.network.point_ids]])

    @property
    def probability(self) -> Floats:
        """p[s], (S,)."""
        assert self.scenarios.probability is not None
        return self.scenarios.probability

    @property
    def must_hold(self) -> Bools:
        """Scenarios in which the promise must hold, (S,)."""
        assert self.scenarios.must_hold is not None
        return self.scenarios.must_hold

    @cached_property
    def expected_women(self) -> Floats:
        """Expected women a year by point, points in the network's order, (n,)."""
        return floats(self.probability @ self.women)

    @cached_property
    def active(self) -> Bools:
        """Points where somebody needs a stay in some scenario, (n,)."""
        return np.asarray((self.women > 0).any(axis=0))

    @cached_property
    def ambulatory_minutes(self) -> Floats:
        """tau[j]: minutes from site j to its ambulatory, the nearest listed one, (m,)."""
        if self.to_ambulatory is None or not self.network.ambulatories:
            return floats(np.zeros(len(self.network.site_ids)))
        return floats(self._ambulatory_table().min(axis=1))

    @cached_property
    def ambulatory_of(self) -> tuple[str, ...]:
        """a[j]: id of the nearest listed ambulatory, ties to the lower id; "" without any."""
        if self.to_ambulatory is None or not self.network.ambulatories:
            return ("",) * len(self.network.site_ids)
        order = sorted(self.network.ambulatories)
        return tuple(order[k] for k in self._ambulatory_table().argmin(axis=1))

    def _ambulatory_table(self) -> Floats:
        assert self.to_ambulatory is not None
        columns = sorted(self.network.ambulatories)
        at = [self.to_ambulatory.destination_ids.index(a) for a in columns]
        kept = self.to_ambulatory.replace(destination_ids=tuple(columns), values=self.to_ambulatory.values[:, at])
        return kept.aligned(self.network.site_ids, columns)

    @cached_property
    def site_order(self) -> Ints:
        """Positions of the sites in the order of their ids: how ties are broken, (m,)."""
        return ints(sorted(range(len(self.network.site_ids)), key=self.network.site_ids.__getitem__))

    @cached_property
    def nearness(self) -> Ints:
        """rank[i, j]: 0 for the nearest site of point i, ties to the lower site id, (n, m)."""
        ids = np.empty(len(self.network.site_ids), dtype=np.int64)
        ids[self.site_order] = np.arange(len(ids))
        order = np.lexsort((np.broadcast_to(ids, self.minutes.shape), self.minutes), axis=1)
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(len(ids))[None, :], axis=1)
        return ints(rank)

    @cached_property
    def nearest_sites(self) -> NearestSites:
        """Who goes where with families at their nearest open site."""
        return NearestSites(self.nearness)

    @cached_property
    def weekly_minutes(self) -> Floats:
        """Minutes of travel a week of one stay of point i at site j: 2 v t + 2 u tau, (n, m)."""
        care = self.care
        # Without visits no way is no longer than none, but where there is no way there is none.
        trips = np.where(np.isfinite(self.minutes), 2 * care.visits_per_week, 1.0) * self.minutes
        return floats(trips + 2 * care.ambulatory_trips_per_week * self.ambulatory_minutes)

    @cached_property
    def hours_per_woman(self) -> Floats:
        """Hours of family travel of one stay of point i at site j, (n, m)."""
        return floats(self.weekly_minutes * self.care.mean_days / DAYS_PER_WEEK / MINUTES_PER_HOUR)

    @cached_property
    def accepting(self) -> Floats | None:
        """Share of the women of point i who stay at site j where it is their unit, (n, m); None where all do."""
        return accepting(self)

    @cached_property
    def offered(self) -> Floats:
        """Women of point i who are offered a place at site j for each one who stays there, (n, m); 0 where none is."""
        if self.accepting is None:
            return floats(np.ones(self.minutes.shape))
        stays = self.accepting > 0
        return floats(np.divide(1.0, self.accepting, out=np.zeros(stays.shape), where=stays))

    @cached_property
    def course_minutes(self) -> Floats:
        """One-way travel of point i to its outpatient course, (n,); inf where there is none."""
        return course_ways(self)[0]

    @cached_property
    def course_hours(self) -> Floats:
        """Hours of family travel of one outpatient course, (n,)."""
        return course_hours(self)

    @property
    def pathway_of_course(self) -> float | Literal[False]:
        """Public cost after an outpatient course, by its effect where that is given; False where it is not known."""
        return pathway_of_course(self)

    def ward_faults(self) -> list[Finding]:
        """What the neonatal wards lack, of sites that have one or of minutes to them."""
        return ward_faults(self)

    @cached_property
    def ward_minutes(self) -> Floats:
        """Minutes from site j to its nearest neonatal ward, (m,); inf where there is none."""
        return ward_ways(self)[0]

    @cached_property
    def ward_of(self) -> tuple[str, ...]:
        """Id of the site with the nearest neonatal ward, ties to the lower id; "" where there is none."""
        return ward_ways(self)[1]

    @cached_property
    def place_of_aftercare(self) -> Ints:
        """Position of the site where the aftercare of site j's women is, (m,)."""
        return place_of_aftercare(self)

    @cached_property
    def stays_by_aftercare_beds(self) -> Floats:
        """Greatest number of stays a year that k beds of aftercare carry, k = 0, 1, ... up to those of everybody."""
        return stays_by_aftercare_beds(self)

    @cached_property
    def size_limits(self) -> tuple[Ints, Ints]:
        """Smallest and largest number of beds each site may take, (m,) each."""
        net = self.network
        assert net.site_smallest is not None and net.site_largest is not None
        low = np.maximum(net.site_smallest, self.sizes.smallest)
        return ints(low), ints(np.minimum(net.site_largest, self.sizes.largest))

    @cached_property
    def size_floor(self) -> Ints:
        """Least beds of each site, whoever goes there, that a rule asks for (0 without), (m,)."""
        floor: Ints = np.zeros(len(self.network.site_ids), dtype=np.int64)
        for rule in self.policy.values():
            if (least := rule.least_beds(self)) is not None:
                floor = np.maximum(floor, least)
        return ints(floor)

    @cached_property
    def stays_by_beds(self) -> Floats:
        """A[k]: greatest number of stays a year that k beds carry, k = 0..largest, (largest+1,).

        As far as that matters: beds that carry all women of every scenario may carry more than is told here.
        """
        everybody = float(self.women.sum(axis=1).max())
        return floats(stays_by_beds(self.promise, self.sizes.largest, self.care.mean_days, everybody))

    @property
    def counts_admitted(self) -> bool:
        """Whether money and active practice leave out who finds every bed taken."""
        return self.finance.counts == "admitted" and self.promise.kind == "loss"

    def counted(self, beds: Ints, stays: Floats) -> Floats:
        """Stays a year that money and active practice count, of those sent to units of so many beds (broadcast)."""
        if not self.counts_admitted:
            return stays
        beds, stays = np.broadcast_arrays(beds, stays)
        used = stays > 0
        found = np.zeros(stays.shape)
        found[used] = admitted_stays(self.promise, beds[used], stays[used], self.care.mean_days)
        return found

    def held(self, beds: Ints) -> Floats:
        """Stays a year that so many beds hold at most, whoever comes."""
        return np.asarray(beds * (DAYS_PER_YEAR / self.care.mean_days))

    def stays_for_counted(self, beds: Ints, counted: Floats) -> Floats:
        """Fewest stays a year of which so many are counted; inf where the beds hold no so many (broadcast)."""
        if not self.counts_admitted:
            return counted
        return stays_for_admitted(self.promise, beds, counted, self.care.mean_days)

    def fewest_that_count(self, stays: Floats, counted: Floats, fewest: Ints, most: Ints) -> Ints:
        """Fewest beds of units with these stays of which so many are counted, -1 where no size has them, (N,).

        Parameters
        ----------
        stays, fewest, most : ndarray (N,)
            Of each unit, and the beds it may have.
        counted : ndarray (K,)
            What must be counted of 0, 1, ... beds.
        """
        return fewest_that_admit(self.promise, stays, counted, fewest, most, self.care.mean_days, self.counts_admitted)

    @cached_property
    def useful_beds(self) -> int:
        """Beds of one unit from which on more of them admit nobody more, everybody being there."""
        return self.useful_for(float(self.women.sum(axis=1).max()))

    def useful_for(self, stays: float) -> int:
        """Beds of one unit from which on more of them admit nobody more of so many stays a year."""
        if not self.counts_admitted:
            return 1
        return enough_beds(self.promise, stays, self.care.mean_days, self.sizes.largest)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that decides a plan: equal problems have equal fingerprints."""
        return fingerprint_of(self)
