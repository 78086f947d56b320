"""A referee that shares nothing with the library: every set of sites, every assignment, every size.

Written from the sentences of `docs/background/model.md` and of the rules alone. It reads plain data off a problem (women,
minutes, labels, settings) and calls no function of `capacity`: queueing, money and objectives are written here once
more. It knows no bound and passes no set over. Where families may be split, each set is a mixed-integer program of the
statement, given to SciPy.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, brentq, linprog, milp
from scipy.sparse import csr_array
from scipy.special import gammaincinv, gammaln
from scipy.stats import gamma

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAR = 1e-8
"""A rule holds while it is broken by no more than this, beside the size of its numbers."""

TIE = 1e-9
"""Two objectives so close (relative) are equal."""

SPLIT_TIE = 4e-9
"""The same where a solver compares them."""

SOME = 0.01
"""A unit is in use when this much of one point's women, or more in all, are sent there."""


class UnsureError(Exception):
    """What is asked cannot be judged here (the solver's whole numbers were none, say): nothing is said of the problem."""


class NotAskedError(Exception):
    """The question has no meaning here, and every engine has to refuse it."""


@dataclass(frozen=True, kw_only=True)
class OneSet:
    """The best plan with just these sites as units."""

    sites: tuple[str, ...]
    value: float
    beds: int
    cost: float


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """The best plan of all, and what every set of sites comes to.

    `value` is what is minimised; women reached have their sign turned. `tie` is what counts as equal (relative to `size`).
    """

    value: float
    beds: int
    cost: float
    sites: tuple[str, ...]
    sets: tuple[OneSet, ...]
    size: float
    tie: float

    @property
    def clear(self) -> bool:
        """Whether no set lies so near the best that rounding decides if it ties."""
        gaps = [(one.value - self.value) / self.size for one in self.sets]
        return not any(0.2 * TIE < gap <= 10 * self.tie for gap in gaps)


# --- the queue ---------------------------------------------------------------------------------------------------


def loss(beds: int, load: Floats) -> Floats:
    """Erlang's loss formula as it is printed: a^k / k! over the sum of a^m / m!."""
    count = np.arange(beds + 1)[:, None]
    terms = count * np.log(np.maximum(load, 1e-300)) - gammaln(count + 1)
    return np.asarray(1.0 / np.exp(np.minimum(terms - terms[-1], 700.0)).sum(axis=0))


def late(beds: int, load: Floats, days: float, mean_days: float) -> Floats:
    """Chance of waiting longer than `days`: Erlang's delay formula; everybody where the load fills the beds."""
    below = np.minimum(load, beds * (1 - 1e-15))
    lost = loss(beds, below)
    chance = beds * lost / (beds - below * (1 - lost))
    return np.where(load < beds, chance * np.exp(-(beds - below) * days / mean_days), 1.0)


NODES = np.polynomial.legendre.leggauss(80)


def in_doubt(share: Callable[[Floats], Floats], beds: int, mean: float, cv: float) -> float:
    """E[a share(a)] / E[a], the load a being gamma-distributed about its mean."""
    if cv == 0 or mean <= 0:
        return float(share(np.array([max(mean, 0.0)]))[0])
    load = gamma(1 / cv**2, scale=mean * cv**2)
    # A share bends where the load fills the beds: each side by itself. Beyond the last quantile there is nobody.
    low, high = float(load.ppf(1e-15)), float(load.isf(1e-15))
    cuts = sorted({low, high, *(x for x in (mean / 2, mean, 2 * mean, float(beds)) if low < x < high)})
    total = 0.0
    for a, b in itertools.pairwise(cuts):
        at = a + (NODES[0] + 1) / 2 * (b - a)
        total += float((NODES[1] * at * share(at) * load.pdf(at)).sum()) * (b - a) / 2
    return total / mean


@lru_cache(maxsize=20_000)
def most_load(kind: str, limit: float, wait_days: float, mean_days: float, cv: float, beds: int) -> float:
    """Highest mean load that the beds carry under the promise."""
    if kind == "occupancy":
        return limit * beds
    if beds == 0:
        return 0.0

    def short(load: float) -> float:
        share = (lambda a: loss(beds, a)) if kind == "loss" else (lambda a: late(beds, a, wait_days, mean_days))
        return in_doubt(share, beds, load, cv) - limit

    # A wait needs the mean load below the beds; at a loss of `limit` at least 1 - limit of the load is in the beds.
    high = beds * (1 - 1e-12) if kind == "wait" else beds / (1 - limit) + 1.0
    if short(high) <= 0:
        return high
    return float(brentq(short, 0.0, high, xtol=1e-13, rtol=1e-13))


def poisson_mean(stays: float, probability: float) -> float:
    """Least mean at which a Poisson number reaches `stays` so often: P(N >= n) is the gamma integral to n."""
    least = math.ceil(stays - 1e-9)
    return 0.0 if least <= 0 or probability <= 0 else float(gammaincinv(least, probability))


@lru_cache(maxsize=200_000)
def admitted(beds: int, stays: float, days: float, cv: float) -> float:
    """Stays a year of those who find one of the beds free."""
    if stays <= 0:
        return 0.0
    return stays * (1 - in_doubt(lambda a: loss(beds, a), beds, stays * days / 365.0, cv))


@lru_cache(maxsize=20_000)
def stays_that_admit(beds: int, enough: float, days: float, cv: float) -> float:
    """Stays of which just so many find a bed free; inf where the beds hold no so many."""
    if enough <= 0:
        return 0.0
    if enough >= beds * 365.0 / days:
        return math.inf
    high = enough
    while admitted(beds, high, days, cv) < enough:
        high *= 2
        if high > 1e9:
            return math.inf
    return float(brentq(lambda x: admitted(beds, x, days, cv) - enough, 0.0, high, xtol=1e-13, rtol=1e-14))


def slope_of_admitted(beds: int, stays: float, days: float, cv: float) -> float:
    """How fast what is admitted grows with the stays: of a known load B' = B (k / a - 1 + B), else by differences."""
    if beds == 0:
        return 0.0
    load = stays * days / 365.0
    if load <= 0:
        return 1.0
    if cv == 0:
        lost = float(loss(beds, np.array([load]))[0])
        return 1 - lost - load * lost * (beds / load - 1 + lost)
    step = 1e-4 * stays
    near, far = (
        admitted(beds, stays + t * step, days, cv) - admitted(beds, stays - t * step, days, cv) for t in (1, 2)
    )
    return (8 * near - far) / (12 * step)


# --- plain data --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Facts:
    """A problem as plain arrays, aligned by ids: S scenarios, n points, m sites."""

    problem: Any

    @cached_property
    def points(self) -> list[str]:
        return list(self.problem.network.point_ids)

    @cached_property
    def sites(self) -> list[str]:
        return list(self.problem.network.site_ids)

    @cached_property
    def women(self) -> Floats:
        s = self.problem.scenarios
        return np.array(s.women)[:, [s.point_ids.index(i) for i in self.points]]

    @cached_property
    def chance(self) -> Floats:
        return np.array(self.problem.scenarios.probability)

    @cached_property
    def holds(self) -> list[int]:
        return [s for s, must in enumerate(self.problem.scenarios.must_hold) if must]

    @cached_property
    def way(self) -> Floats:
        t = self.problem.travel
        rows = [t.origin_ids.index(i) for i in self.points]
        return np.array(t.values)[np.ix_(rows, [t.destination_ids.index(j) for j in self.sites])]

    @cached_property
    def tau(self) -> Floats:
        t, listed = self.problem.to_ambulatory, self.problem.network.ambulatories
        if t is None or not listed:
            return np.zeros(len(self.sites))
        rows = [t.origin_ids.index(j) for j in self.sites]
        return np.array(t.values)[np.ix_(rows, [t.destination_ids.index(a) for a in listed])].min(axis=1)

    @cached_property
    def ward(self) -> list[tuple[float, str]]:
        """Minutes from each site to its nearest neonatal ward, and which that is; infinite and "" without one."""
        t, net = self.problem.to_ambulatory, self.problem.network
        wards = [j for j, there in zip(net.site_ids, net.neonatal, strict=True) if there]
        if t is None or not wards:
            return [(math.inf, "")] * len(self.sites)
        at = {w: t.destination_ids.index(w) for w in wards}
        ways = [min((float(t.values[t.origin_ids.index(j), at[w]]), w) for w in wards) for j in self.sites]
        return [way if math.isfinite(way[0]) else (math.inf, "") for way in ways]

    @cached_property
    def home(self) -> list[str]:
        return list(self.problem.network.point_regions)

    @cached_property
    def lies_in(self) -> list[str]:
        return list(self.problem.network.site_regions)

    @cached_property
    def regions(self) -> list[str]:
        return sorted({*self.home, *self.lies_in})

    @cached_property
    def sizes(self) -> list[range]:
        """Sizes each site allows: within its own limits and the case's."""
        net, case = self.problem.network, self.problem.sizes
        return [
            range(max(int(low), case.smallest), min(int(high), case.largest) + 1)
            for low, high in zip(net.site_smallest, net.site_largest, strict=True)
        ]

    @cached_property
    def floor(self) -> list[int]:
        """Beds a site has today, or as stated by the rule; 0 without the rule."""
        rule, net = self.problem.policy.size_floor, self.problem.network
        if rule is None:
            return [0] * len(self.sites)
        stated = dict(rule.beds)
        return [stated.get(j, 0) if stated else int(b) for j, b in zip(self.sites, net.existing_beds, strict=True)]

    def carried(self, beds: int) -> float:
        """A_k: most stays a year that so many beds carry."""
        promise, days = self.problem.promise, self.problem.care.mean_days
        kind = promise.kind
        limit = {"loss": promise.turned_away, "wait": promise.wait_probability, "occupancy": promise.occupancy}[kind]
        wait = (promise.wait_days, days) if kind == "wait" else (0.0, 1.0)
        return most_load(kind, limit, *wait, promise.demand_cv, beds) * 365.0 / days

    def after_beds(self, stays: float) -> int:
        """Fewest beds of aftercare that carry so many stays a year."""
        care, beds = self.problem.aftercare, 0
        limit = {"loss": care.held_up, "wait": care.wait_probability, "occupancy": care.occupancy}[care.kind]
        days = float(care.days)
        while most_load(care.kind, limit, care.wait_days, days, self.problem.promise.demand_cv, beds) * 365.0 / days < (
            stays * (1 - 1e-9)
        ):
            beds += 1
        return beds

    @cached_property
    def after_stay(self) -> float:
        """What a woman's days of aftercare cost."""
        care = self.problem.aftercare
        if care.days is False:
            return 0.0
        persons = 2 + care.with_partner + care.with_children * care.children
        return float(care.days * (care.occupied_day_dkk + persons * care.person_day_dkk))

    @cached_property
    def steps(self) -> tuple[bool, bool]:
        """Whether there are beds of aftercare that cost anything to build, and to run whoever comes."""
        care = self.problem.aftercare
        there = care.days is not False
        return there and care.building_dkk_per_bed > 0, there and care.house_dkk_per_year + care.bed_dkk_per_year > 0

    def aftercare(self, stays: Floats) -> tuple[float, float]:
        """What the beds of aftercare cost to build, once, and a year whoever comes, of stays at each site, (S, m)."""
        care = self.problem.aftercare
        if care.days is False:
            return 0.0, 0.0
        place = [self.ward[j][1] or name for j, name in enumerate(self.sites)]
        if care.where == "unit":
            place = self.sites
        # Who lives along decides the kind of bed.
        share: dict[int, float] = {}
        for partner, one in ((0, 1 - care.with_partner), (1, care.with_partner)):
            for others, two in ((0, 1 - care.with_children), (1, care.with_children)):
                family = 2 + partner + others * care.children
                kind = min((size for size in care.bed_sizes if size >= family), default=0)
                share[kind] = share.get(kind, 0.0) + one * two
        built = standing = 0.0
        for where in set(place):
            there = stays[:, [p == where for p in place]].sum(axis=1)
            must = there[self.holds] if len(self.holds) else there
            beds = sum(self.after_beds(part * float(must.max())) for part in share.values())
            built += beds * care.building_dkk_per_bed
            standing += beds * care.bed_dkk_per_year + (care.house_dkk_per_year if beds else 0.0)
        return built, standing

    @cached_property
    def priced(self) -> dict[str, float]:
        return dict(self.problem.policy.prices)

    def rule(self, name: str) -> Any:
        return getattr(self.problem.policy, name)

    def firm(self, name: str) -> bool:
        return self.rule(name) is not None and name not in self.priced

    def price(self, name: str) -> float | None:
        return self.priced.get(name) if self.rule(name) is not None else None

    @cached_property
    def beyond(self) -> Floats:
        """Minutes beyond the reach of each pair; nothing for named points, (n, m)."""
        reach = self.rule("reach")
        over = np.maximum(self.way - reach.minutes, 0.0)
        homes = self.problem.network.point_homes
        over[[bool({i, home} & set(reach.exceptions)) for i, home in zip(self.points, homes, strict=True)]] = 0.0
        return over

    @cached_property
    def foreign(self) -> NDArray[np.bool_]:
        """Pairs across regions without an agreement, (n, m)."""
        agreed = set(self.rule("own_region").agreements)
        return np.array([[a != b and (a, b) not in agreed for b in self.lies_in] for a in self.home])

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Pairs with a way that no rule without a price excludes, (n, m)."""
        may = np.isfinite(self.way)
        if self.firm("reach"):
            may &= self.beyond <= 0
        if self.firm("own_region"):
            may &= ~self.foreign
        return may

    @cached_property
    def order(self) -> list[list[int]]:
        """Sites by nearness to each point, ties by id."""
        return [sorted(range(len(self.sites)), key=lambda j: (row[j], self.sites[j])) for row in self.way]

    def nearest(self, i: int, opened: tuple[int, ...]) -> int | None:
        return next((j for j in self.order[i] if j in opened and self.usable[i, j]), None)

    @cached_property
    def needed(self) -> Ints:
        """Points where somebody needs a stay in some scenario."""
        return np.flatnonzero((self.women > 0).any(axis=0))

    @cached_property
    def counts(self) -> Any:
        """Points whose ways the longest one is taken from."""
        net, named = self.problem.network, set(self.problem.worst_exceptions)
        return np.array([not {i, home} & named for i, home in zip(net.point_ids, net.point_homes, strict=True)])

    # --- money and objectives ---

    def standing(self, beds: Any) -> Any:
        """Yearly cost of an open unit and its beds, nobody being there."""
        return self.problem.finance.unit_dkk_per_year + self.problem.finance.bed_dkk_per_year * beds

    @cached_property
    def some_lost(self) -> bool:
        """Whether who finds every bed taken is counted nowhere."""
        return bool(self.problem.finance.counts == "admitted" and self.problem.promise.kind == "loss")

    def counted(self, beds: Ints, stays: Floats) -> Floats:
        """Stays that money and practice count, of units of so many beds, (P,) each."""
        if not self.some_lost:
            return stays
        days, cv = self.problem.care.mean_days, self.problem.promise.demand_cv
        return np.array([admitted(int(k), float(x), days, cv) for k, x in zip(beds, stays, strict=True)])

    def from_stays(self, beds: int, enough: float) -> float:
        """Stays from which on a unit of so many beds has enough that count."""
        cv = self.problem.promise.demand_cv
        return stays_that_admit(beds, enough, self.problem.care.mean_days, cv) if self.some_lost else enough

    @cached_property
    def stay_cost(self) -> float:
        return float(self.problem.finance.occupied_day_dkk * self.problem.care.mean_days)

    @cached_property
    def margin(self) -> float:
        money = self.problem.finance
        return float((money.day_rate_dkk - money.occupied_day_dkk) * self.problem.care.mean_days)

    def stays_to_live(self, beds: int) -> float:
        """Mean stays at which income covers the running cost (so often in a Poisson year); only with a margin."""
        even = max(self.standing(beds) - self.problem.finance.grant_dkk_per_year, 0.0) / self.margin
        rule = self.rule("income")
        return poisson_mean(even, rule.probability) if rule.when == "poisson_year" else even

    @cached_property
    def least_stays(self) -> float:
        rule = self.rule("volume")
        return poisson_mean(rule.stays, rule.probability) if rule.when == "poisson_year" else float(rule.stays)

    @cached_property
    def yearly_building(self) -> float:
        """What a bed's building costs a year."""
        return self.problem.finance.building_dkk_per_bed * self.annuity

    @cached_property
    def annuity(self) -> float:
        """Of what is built, the part that is paid each year."""
        q, years = self.problem.finance.interest, self.problem.finance.years
        return float(q / (1 - (1 + q) ** -years) if q > 0 else 1 / years)

    @cached_property
    def hours(self) -> Floats:
        care = self.problem.care
        way = np.where(np.isfinite(self.way), self.way, 0.0)
        weekly = 2 * care.visits_per_week * way + 2 * care.ambulatory_trips_per_week * self.tau
        return weekly * care.mean_days / 7 / 60

    @cached_property
    def uptake(self) -> Floats:
        if self.problem.uptake is None:
            raise NotAskedError("nobody knows who accepts a place")
        curve = [(float(a), float(b)) for a, b in self.problem.uptake.points]

        def share(t: float) -> float:
            if t <= curve[0][0]:
                return curve[0][1]
            for (a, high), (b, low) in itertools.pairwise(curve):
                if t <= b:
                    return high + (low - high) * (t - a) / (b - a)
            return curve[-1][1]

        return np.array([[share(t) if math.isfinite(t) else 0.0 for t in row] for row in self.way])

    @cached_property
    def course(self) -> Floats:
        """Minutes from each point to its outpatient course; infinite where there is none."""
        asked = self.problem.outpatient
        if asked.dkk_per_course is False and asked.beyond_minutes is False and asked.effect is False:
            return np.full(len(self.points), np.inf)
        if asked.where == "home":
            return np.zeros(len(self.points))
        held = [self.sites.index(a) for a in self.problem.network.ambulatories if a in self.sites]
        return self.way[:, held].min(axis=1) if held else np.full(len(self.points), np.inf)

    @cached_property
    def staying(self) -> Floats:
        """Share of each point's women who stay at each site, where it is theirs: all, without a course."""
        asked = self.problem.outpatient
        stay = np.ones(self.way.shape)
        if asked.dkk_per_course is False and asked.beyond_minutes is False and asked.effect is False:
            return stay
        if asked.declines and self.problem.uptake is not None:
            stay = self.uptake.copy()
        if asked.beyond_minutes is not False:
            stay[self.way > asked.beyond_minutes] = 0.0
        return stay

    @cached_property
    def outside(self) -> tuple[Floats, Floats, Floats]:
        """Of a woman at no unit, by point: hours of travel, what her course costs, and what her pathway does."""
        asked, ways = self.problem.outpatient, self.problem.pathways
        there = np.isfinite(self.course)
        hours = 2 * asked.weeks * asked.visits_per_week * np.where(there, self.course, 0.0) / 60
        after = ways.outpatient
        if asked.effect is not False:
            after = asked.effect * ways.residential + (1 - asked.effect) * ways.none
        return hours, np.where(there, float(asked.dkk_per_course), 0.0), np.where(there, after, ways.none)

    @cached_property
    def kappa(self) -> float:
        """Aversion per minute: its scale is that of the way to the nearest site each point may use."""
        near = np.where(self.usable, self.way, np.inf).min(axis=1)
        near = np.where(np.isfinite(near), near, 0.0)
        women = self.chance @ self.women
        squares = float(women @ near**2)
        aversion = self.problem.fair_aversion
        return float(aversion * (women @ near) / squares if squares > 0 else aversion)


# --- sites alone -------------------------------------------------------------------------------------------------


def of_sites(f: Facts, opened: tuple[int, ...]) -> float | None:
    """What a set of sites pays for priced rules that speak of sites alone; None where it breaks a firm one."""
    ids = [f.sites[j] for j in opened]
    broken: dict[str, float] = {}
    if f.rule("units"):
        fewest, most = f.rule("units")
        broken["units"] = max(fewest - len(ids), 0) + max(len(ids) - most, 0)
    if near := f.rule("near_ambulatory"):
        broken["near_ambulatory"] = sum(
            max(f.tau[j] - near.minutes, 0.0) for j in opened if f.sites[j] not in near.exceptions
        )
    if near := f.rule("neonatal"):
        # A million minutes stand for a way there is not.
        broken["neonatal"] = sum(
            min(max(f.ward[j][0] - near.minutes, 0.0), 1e6) for j in opened if f.sites[j] not in near.exceptions
        )
    if f.rule("region_unit"):
        broken["region_unit"] = sum(all(f.lies_in[j] != r for j in opened) for r in f.regions)
    broken["keep"] = sum(j not in ids for j in f.rule("keep") or ())
    broken["forbid"] = sum(j in ids for j in f.rule("forbid") or ())
    paid = 0.0
    for name, amount in broken.items():
        if amount > NEAR and f.firm(name):
            return None
        paid += amount * (f.price(name) or 0.0)
    return paid


def every_set(f: Facts) -> Iterator[tuple[int, ...]]:
    """Every set of sites; the empty one too, where nobody has to be served."""
    for count in range(1 if f.firm("served") else 0, len(f.sites) + 1):
        yield from itertools.combinations(range(len(f.sites)), count)


# --- risk --------------------------------------------------------------------------------------------------------


def at_risk(f: Facts, value: Floats, risk: str, level: float, best: Floats | None) -> Floats:
    """One number of the values in the scenarios, (P, S) to (P,); scenarios without probability do not count."""
    can = f.chance > 0
    value, chance = value[:, can], f.chance[can]
    if risk == "expected":
        return np.asarray(value @ chance)
    if risk == "worst_case":
        return np.asarray(value.max(axis=1))
    if risk == "regret":
        assert best is not None
        return np.asarray((value - best[can]).max(axis=1))
    # Mean of the worst 1 - level: the least over eta of eta + E[(value - eta)+] / (1 - level), met at one of the values.
    over = np.maximum(value[:, None, :] - value[:, :, None], 0.0) @ chance
    return np.asarray((value + over / (1 - level)).min(axis=1))


# --- whole assignments: every one of them ------------------------------------------------------------------------

SIZED = ("promise", "size_floor", "income", "build_budget", "run_budget")
"""Rules whose price may make another size than the smallest the best."""


def whole(f: Facts) -> bool:
    """Whether every family of a point goes to one place, the same in every scenario."""
    bound = f.firm("nearest") and f.firm("served")
    return bound or (f.firm("one_agreement") and not any(f.price(name) for name in SIZED))


def assignments(f: Facts, opened: tuple[int, ...]) -> Ints | None:
    """Every way to send each point to one open site (the nearest, under that rule), (A, n); -1 is nowhere."""
    choices: list[list[int]] = []
    for i in range(len(f.points)):
        if i not in f.needed:
            choices.append([-1])
            continue
        may = [j for j in opened if f.usable[i, j]]
        if f.firm("nearest"):
            first = f.nearest(i, opened)
            may = [] if first is None else [first]
        if math.isfinite(f.course[i]):
            may = may or [-1]
        elif f.firm("served"):
            may = [j for j in may if f.staying[i, j] == 1]
        if not f.firm("served"):
            may.append(-1)
        if not may:
            return None
        choices.append(may)
    grid = np.meshgrid(*choices, indexing="ij")
    return np.stack([g.ravel() for g in grid], axis=1)


def whole_plans(
    f: Facts, opened: tuple[int, ...], paid: float, objective: str, every_size: bool
) -> tuple[Floats, Floats, Floats, Floats, Floats] | None:
    """All plans of one set that keep the rules: value and own price by scenario (P, S), common price, beds, cost."""
    to = assignments(f, opened)
    if to is None:
        return None
    m, scenarios = len(f.sites), len(f.women)
    at = (to[:, :, None] == np.arange(m)) * f.staying
    stays = np.einsum("si,aij->asj", f.women, at)
    used = at[:, f.needed].sum(axis=1)
    good = (used[:, list(opened)] > 0).all(axis=1)
    to, at, stays = to[good], at[good], stays[good]
    if not len(to):
        return None
    # Fewer turned away may be worth the price of what too few stays break.
    worth = f.some_lost and ("volume" in f.priced or "income" in f.priced)
    if every_size or worth or any(f.price(name) for name in SIZED):
        vectors = np.array(list(itertools.product(*(f.sizes[j] for j in opened))), dtype=np.int64)
        vectors = vectors.reshape(len(vectors), len(opened))
        pick = np.repeat(np.arange(len(to)), len(vectors))
        beds = np.zeros((len(pick), m), dtype=np.int64)
        beds[:, list(opened)] = np.tile(vectors, (len(to), 1))
        to, at, stays = to[pick], at[pick], stays[pick]
    else:
        # A unit takes the smallest size that keeps the rules: more beds only cost more.
        beds = np.zeros((len(to), m), dtype=np.int64)
        for j in opened:
            least = np.full(len(to), f.sizes[j][0])
            if f.rule("size_floor"):
                least = np.maximum(least, f.floor[j])
            if f.rule("promise") and f.holds:
                carried = np.array([f.carried(k) for k in f.sizes[j]])
                need = stays[:, f.holds, j].max(axis=1)
                enough = carried[None, :] >= need[:, None] - NEAR
                first = np.where(enough.any(axis=1), enough.argmax(axis=1), len(carried))
                least = np.maximum(least, f.sizes[j][0] + first)
            if f.some_lost and (f.rule("volume") or f.rule("income")):
                # More beds turn fewer away: the smallest size with which enough come and pay.
                for a in range(len(to)):
                    lives = (k for k in f.sizes[j] if k >= least[a] and lives_with(f, k, stays[a, :, j]))
                    least[a] = next(lives, least[a])
            beds[:, j] = least
    count = len(beds)
    keeps = np.ones(count, dtype=bool)
    common, own = np.full(count, paid), np.zeros((count, scenarios))

    def meet(name: str, over: Floats, *, where: int | None = None, scale: float = 1.0) -> None:
        """Rule `name` is over its limit by so much, in all or in one scenario."""
        nonlocal keeps
        over = np.where(over > NEAR * scale, over, 0.0)
        if f.firm(name):
            keeps &= over == 0
        elif where is None:
            common[:] += f.priced[name] * over
        else:
            own[:, where] += f.priced[name] * over

    days, money = f.problem.care.mean_days, f.problem.finance
    mean = np.einsum("s,asj->aj", f.chance, stays)
    paying = np.stack([[f.counted(beds[:, j], stays[:, s, j]) for j in range(m)] for s in range(scenarios)])
    paying = paying.transpose(2, 0, 1)
    paid_mean = np.einsum("s,asj->aj", f.chance, paying)
    sent = np.clip(to, 0, None)
    part = at.sum(axis=2)
    gone = (to >= 0) & (part > 0)
    further, course_dkk, after = f.outside
    courses = ((1 - part) * course_dkk) @ f.women.T
    rows = np.arange(len(f.points))
    way = np.where(gone, f.way[rows, sent], 0.0)
    for j in opened:
        if f.rule("size_floor"):
            meet("size_floor", (f.floor[j] - beds[:, j]).astype(float))
        keeps &= (beds[:, j] >= f.sizes[j][0]) & (beds[:, j] <= f.sizes[j][-1])
        if f.rule("promise"):
            carried = np.array([f.carried(k) for k in range(f.sizes[j][-1] + 1)])[
                np.minimum(beds[:, j], f.sizes[j][-1])
            ]
            for s in f.holds:
                meet("promise", stays[:, s, j] - carried, where=s)
        if volume := f.rule("volume"):
            cases = [(None, paid_mean[:, j])] if volume.when == "average" else [(s, paying[:, s, j]) for s in f.holds]
            for where, n in cases:
                meet("volume", f.least_stays - n, where=where)
        if income := f.rule("income"):
            cases = [(None, paid_mean[:, j])] if income.when == "expected" else [(s, paying[:, s, j]) for s in f.holds]
            scale = max(1.0, money.unit_dkk_per_year, money.bed_dkk_per_year)
            for where, n in cases:
                short = (
                    f.standing(beds[:, j]) + f.stay_cost * n - money.day_rate_dkk * days * n - money.grant_dkk_per_year
                )
                if income.when == "poisson_year" and f.margin > 0:
                    to_live = np.array([f.stays_to_live(k) for k in range(int(beds[:, j].max()) + 1)])
                    short = (to_live[beds[:, j]] - n) * f.margin
                meet("income", short, where=where, scale=scale)
    if f.rule("region_access"):
        share, minutes = f.rule("region_access").share, f.rule("region_access").minutes
        near = (gone & (way <= minutes)).astype(float)
        for s in f.holds:
            for r in f.regions:
                here = f.women[s] * [r == home for home in f.home]
                if here.sum() > 0:
                    meet("region_access", share * here.sum() - near @ here, where=s)
    if (gap := f.rule("region_gap")) is not None:
        travelled = np.where(gone, way, 0.0)
        for s in f.holds:
            here = {r: f.women[s] * [r == home for home in f.home] for r in f.regions}
            ways = {r: travelled @ women / women.sum() for r, women in here.items() if women.sum() > 0}
            for mine in ways.values():
                meet("region_gap", mine - np.min(list(ways.values()), axis=0) - gap, where=s, scale=max(1.0, gap))
    if f.price("reach"):
        meet("reach", np.where(gone, part * f.beyond[rows, sent], 0.0).sum(axis=1))
    if f.price("own_region"):
        meet("own_region", np.where(gone & f.foreign[rows, sent], part, 0.0).sum(axis=1))
    if f.price("nearest"):
        first = np.array([-1 if (j := f.nearest(i, opened)) is None else j for i in rows])
        meet("nearest", (gone & (to != first)).sum(axis=1).astype(float))
    if f.price("served"):
        for s in range(scenarios):
            meet("served", (~gone).astype(float) @ f.women[s], where=s)
    total = beds.sum(axis=1).astype(float)
    after_built, after_stands = np.zeros(len(total)), np.zeros(len(total))
    if objective in ("cost", "public_cost") or f.rule("build_budget") is not None or f.rule("run_budget") is not None:
        after_built, after_stands = np.array([f.aftercare(one) for one in stays]).reshape(len(total), 2).T
    running = f.standing(0) * len(opened) + money.bed_dkk_per_year * total + f.stay_cost * mean.sum(axis=1)
    running = running + courses @ f.chance
    if (budget := f.rule("build_budget")) is not None:
        meet("build_budget", money.building_dkk_per_bed * total + after_built - budget, scale=max(1.0, budget))
    if (budget := f.rule("run_budget")) is not None:
        spent = running - f.stay_cost * (mean - paid_mean).sum(axis=1) + after_stands
        spent = spent + f.after_stay * paid_mean.sum(axis=1)
        meet("run_budget", spent - budget, scale=max(1.0, budget))

    if objective == "travel":
        value = (part * np.where(gone, f.hours[rows, sent], 0.0) + (1 - part) * further) @ f.women.T
    elif objective == "worst_off":
        # On a course nobody is at a unit, whose ways alone are counted; without one who is sent nowhere has no way.
        there = part if np.isfinite(f.course).any() else np.ones(part.shape)
        value = np.stack(
            [
                [of_worst_off(w, women * here, f.problem.worst_off_share) for w, here in zip(way, there, strict=True)]
                for women in f.women
            ],
            axis=1,
        )
    elif objective == "worst":
        value = np.stack([np.where(f.women[s] * f.counts > 0, way, 0.0).max(axis=1) for s in range(scenarios)], axis=1)
    elif objective == "fair":
        value = np.where(gone, np.exp(f.kappa * way), 0.0) @ f.women.T
    elif objective in ("cost", "public_cost"):
        value = (f.standing(0) * len(opened) + (money.bed_dkk_per_year + f.yearly_building) * total)[:, None]
        value = value + (after_stands + f.annuity * after_built)[:, None]
        value = value + (f.stay_cost + f.after_stay) * paying.sum(axis=2) + courses
        if objective == "public_cost":
            value = value + (part * float(f.problem.pathways.residential) + (1 - part) * after) @ f.women.T
    else:
        # Those who decline and take a course are not sent there.
        asked = f.problem.outpatient
        all_come = asked.on and asked.declines
        value = -((part * np.where(gone, 1.0 if all_come else f.uptake[rows, sent], 0.0)) @ f.women.T)
    return value[keeps], own[keeps], common[keeps], total[keeps], running[keeps]


def of_worst_off(way: Floats, women: Floats, share: float) -> float:
    """Mean of the longest ways of a share of all women: the most that so many of them can add up to."""
    if women.sum() <= 0:
        return 0.0
    meant = share * float(women.sum())
    found = linprog(-way, A_eq=np.ones((1, len(way))), b_eq=[meant], bounds=list(zip(0 * women, women, strict=True)))
    return float(-found.fun / meant)


def lives_with(f: Facts, beds: int, stays: Floats) -> bool:
    """Whether a unit of so many beds, with these stays by scenario (S,), has enough of them, and enough income."""
    counted = f.counted(np.full(len(stays), beds), stays)
    money = f.problem.finance
    good = True
    if volume := f.rule("volume"):
        cases = [f.chance @ counted] if volume.when == "average" else counted[f.holds].tolist()
        good &= all(n >= f.least_stays - NEAR for n in cases)
    if income := f.rule("income"):
        scale = max(1.0, money.unit_dkk_per_year, money.bed_dkk_per_year)
        cases = [f.chance @ counted] if income.when == "expected" else counted[f.holds].tolist()
        for n in cases:
            short = f.standing(beds) - money.grant_dkk_per_year - f.margin * n
            if income.when == "poisson_year" and f.margin > 0:
                short = (f.stays_to_live(beds) - n) * f.margin
            good &= short <= NEAR * scale
    return bool(good)


def refuse_bent(f: Facts, objective: str) -> None:
    """Raise `NotAskedError` where what is decided has steps, which the library has to refuse as well.

    What is admitted bends: whole assignments are valued one by one; what splits is no program here (`UnsureError`).
    """
    bound = f.firm("nearest") and f.firm("served") and not f.price("promise")
    built, run = f.steps
    paid = objective in ("cost", "public_cost")
    if not bound and (((built or run) and paid) or (built and f.rule("build_budget") is not None)):
        raise NotAskedError("the beds of aftercare are steps in who goes where")
    if not bound and (run or f.after_stay) and f.rule("run_budget") is not None:
        raise NotAskedError("the beds of aftercare are steps in who goes where")
    if not f.some_lost:
        return
    income = f.rule("income")
    if bound or whole(f):
        return
    if "volume" in f.priced or "income" in f.priced:
        raise UnsureError("what too few stays break bends in the stays")
    if (f.stay_cost + f.after_stay > 0 and paid) or (f.stay_cost > 0 and f.rule("run_budget") is not None):
        raise UnsureError("what admitted stays cost bends in the stays")
    if income and f.margin <= 0:
        raise UnsureError("what a stay costs more than it brings bends in the stays")


def of_whole(f: Facts, objective: str, risk: str, level: float, every_size: bool) -> tuple[list[OneSet], Floats | None]:
    """Every set of sites with its best plan; and each scenario's own best, under regret."""
    found = []
    for opened in every_set(f):
        paid = of_sites(f, opened)
        plans = None if paid is None else whole_plans(f, opened, paid, objective, every_size)
        if plans is not None and len(plans[0]):
            found.append((opened, plans))
    if objective == "fair" and not f.firm("served"):
        raise NotAskedError("fairness is over all women")

    def by_scenario(value: Floats) -> Floats:
        return np.log(value / f.women.sum(axis=1)) / f.kappa if objective == "fair" else value

    best = None
    if risk == "regret" and found:
        best = np.min([(by_scenario(v) + o + c[:, None]).min(axis=0) for _, (v, o, c, _, _) in found], axis=0)
    sets = []
    for opened, (value, own, common, beds, cost) in found:
        if risk != "expected":
            score = at_risk(f, by_scenario(value) + own, risk, level, best) + common
        else:
            if objective == "worst":
                mean = value.max(axis=1)
            elif objective == "fair":
                mean = np.log(value @ f.chance / (f.chance @ f.women.sum(axis=1))) / f.kappa
            else:
                mean = value @ f.chance
            score = mean + common + own @ f.chance
        size = _size(score.min(), best)
        tied = score <= score.min() + TIE * size
        tied &= beds == beds[tied].min()
        sets.append(
            OneSet(
                sites=tuple(sorted(f.sites[j] for j in opened)),
                value=float(score.min()),
                beds=int(beds[tied][0]),
                cost=float(cost[tied].min()),
            )
        )
    return sets, best


def _size(value: float, best: Floats | None) -> float:
    """What differences are measured by, one at least: a regret by the values it is a difference of."""
    sizes = [abs(float(value))] if best is None else [abs(float(value)), *np.abs(best[np.isfinite(best)]).tolist()]
    return max(*sizes, 1.0)


# --- split families: a mixed-integer program for every set -------------------------------------------------------


MOST_ROUNDS = 200
"""Times a program is asked again because what bends is not kept."""


@dataclass
class Program:
    """Columns and rows as they are written down, one at a time; column 0 is the number one."""

    low: list[float] = field(default_factory=lambda: [1.0])
    high: list[float] = field(default_factory=lambda: [1.0])
    whole: list[bool] = field(default_factory=lambda: [False])
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    bent: list[Callable[[Floats], dict[int, float]]] = field(default_factory=list)
    """What tells a row, of something positive, that every solution keeps and the one at hand does not; {} if none is."""
    cut_off: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def column(self, high: float = np.inf, *, low: float = 0.0, whole: bool = False) -> int:
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.low) - 1

    def row(self, terms: dict[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        """low <= terms <= high, divided by the largest coefficient."""
        terms = {c: v for c, v in terms.items() if v != 0.0}
        size = max((abs(v) for v in terms.values()), default=1.0)
        self.rows.append(({c: v / size for c, v in terms.items()}, low / size, high / size))

    def matrix(self) -> tuple[Any, Floats, Floats]:
        rows = self.rows + self.cut_off
        data = [(r, c, v) for r, (terms, _, _) in enumerate(rows) for c, v in terms.items()]
        r, c, v = (np.array(x) for x in zip(*data, strict=True)) if data else (np.zeros(0, int), np.zeros(0, int), [])
        matrix = csr_array((v, (r, c)), shape=(len(rows), len(self.low)))
        return matrix, np.array([x for _, x, _ in rows]), np.array([x for *_, x in rows])

    def least(self, cost: dict[int, float]) -> tuple[float, Floats] | None:
        """Least cost and where; None where no rows hold. What bends is touched from outside until it is kept."""
        for _ in range(MOST_ROUNDS):
            found = self.of_rows(cost)
            if found is None:
                return None
            new = [terms for told in self.bent if (terms := told(found[1]))]
            if not new:
                return found
            self.cut_off += [(terms, 0.0, np.inf) for terms in new]
        raise UnsureError("what bends is not kept after so many rows")

    def of_rows(self, cost: dict[int, float]) -> tuple[float, Floats] | None:
        """Least cost and where; None where no rows hold. Whole columns are settled, then the rest to the last digits."""
        dense = np.zeros(len(self.low))
        for c, v in cost.items():
            dense[c] += v
        unit = max(float(np.abs(dense[1:]).max(initial=0.0)), 1e-300)
        matrix, low, high = self.matrix()
        bounds, integral = (np.array(self.low), np.array(self.high)), np.array(self.whole)
        for times, presolve in ((1.0, True), (1.0, False), (0.0, True), (1e-3, True), (64.0, True)):
            found = milp(
                times * dense / unit,
                constraints=LinearConstraint(matrix, low, high),
                integrality=integral.astype(int),
                bounds=Bounds(*bounds),
                options={"mip_rel_gap": 0.0, "presolve": presolve},
            )
            # Now and then HiGHS knows nothing of a program; asked without a cost, or in another unit, it does.
            if found.status == 2 or (found.status == 0 and times > 0):
                break
        if found.status == 2:
            return None
        if found.status != 0 or found.x is None:
            raise UnsureError(found.message)
        fixed_low, fixed_high = (
            np.where(integral, np.round(found.x), bounds[0]),
            np.where(integral, np.round(found.x), bounds[1]),
        )
        upper, lower = np.isfinite(high), np.isfinite(low)
        for exact_to in (1e-10, 1e-9, 1e-8):
            again = linprog(
                dense / unit,
                A_ub=np.vstack([matrix.toarray()[upper], -matrix.toarray()[lower]]),
                b_ub=np.concatenate([high[upper], -low[lower]]),
                bounds=np.column_stack([fixed_low, fixed_high]),
                method="highs",
                options={"primal_feasibility_tolerance": exact_to, "dual_feasibility_tolerance": exact_to},
            )
            if again.status == 0:
                break
        if again.status != 0:
            raise UnsureError("the rows do not hold at the whole numbers nearest to the solver's")
        return float(dense @ again.x), again.x


def added(*parts: dict[int, float], times: float = 1.0) -> dict[int, float]:
    """Sum of linear expressions, all but the first multiplied."""
    out = dict(parts[0])
    for part in parts[1:]:
        for c, v in part.items():
            out[c] = out.get(c, 0.0) + times * v
    return out


@dataclass
class Statement:
    """The statement with just these sites open: what is paid, what is valued, and the program's rows."""

    program: Program
    beds: dict[int, float]
    running: dict[int, float]
    value: list[dict[int, float]]
    own: list[dict[int, float]]
    common: dict[int, float]


def statement(f: Facts, opened: tuple[int, ...], paid: float, objective: str) -> Statement:
    """Write the rules down for a set of sites, split families and sizes being the program's."""
    p = Program()
    money = f.problem.finance
    scenarios = range(len(f.women))
    size = {j: {k: p.column(1.0, whole=True) for k in f.sizes[j]} for j in opened}
    for j in opened:
        p.row(dict.fromkeys(size[j].values(), 1.0), 1.0, 1.0)
    linked = f.firm("one_agreement")
    share: dict[tuple[int, int, int], int] = {}
    for i in f.needed.tolist():
        may = [j for j in opened if f.usable[i, j]]
        if f.firm("nearest"):
            may = [j for j in may if j == f.nearest(i, opened)]
        for j in may:
            if linked:
                column = p.column(1.0, whole=True)
                share |= {(s, i, j): column for s in scenarios}
            else:
                share |= {(s, i, j): p.column(1.0) for s in scenarios if f.women[s, i] > 0}
    own: list[dict[int, float]] = [{} for _ in scenarios]
    common: dict[int, float] = {0: paid}

    def pay(name: str, amount: dict[int, float], where: int | None) -> None:
        into = common if where is None else own[where]
        for c, v in amount.items():
            into[c] = into.get(c, 0.0) + f.priced[name] * v

    def at_most(name: str, terms: dict[int, float], limit: float, where: int | None = None) -> None:
        """Rule `name`: terms <= limit, or what is above is paid for."""
        if f.firm(name):
            p.row(terms, high=limit)
            return
        largest = max((abs(v) for v in terms.values()), default=1.0) or 1.0
        over = p.column()
        p.row({**terms, over: -largest}, high=limit)
        pay(name, {over: largest}, where)

    def stays(j: int, weight: Floats) -> dict[int, float]:
        out: dict[int, float] = {}
        for (s, i, to), c in share.items():
            if to == j and weight[s] > 0:
                out[c] = out.get(c, 0.0) + weight[s] * f.women[s, i]
        return out

    def at_least_by_size(j: int, weight: Floats, enough: dict[int, float]) -> None:
        """A unit has the stays its size needs; a size for which there are never enough is not taken."""
        terms = added({}, stays(j, weight), times=-1.0)
        for k, c in size[j].items():
            if math.isfinite(enough[k]):
                terms[c] = terms.get(c, 0.0) + enough[k]
            else:
                p.row({c: 1.0}, high=0.0)
        p.row(terms, high=0.0)

    def enough_on_average(j: int, enough: dict[int, float]) -> None:
        """Over the scenarios a unit's size admits enough: a mean of what bends downwards, touched where it is short."""
        days, cv = f.problem.care.mean_days, f.problem.promise.demand_cv
        by_scenario = {s: stays(j, alone[s]) for s in scenarios if f.chance[s] > 0}

        def told(x: Floats) -> dict[int, float]:
            at = {s: sum(v * float(x[c]) for c, v in terms.items()) for s, terms in by_scenario.items()}
            for k, c in size[j].items():
                if x[c] < 0.5:
                    continue
                if sum(f.chance[s] * admitted(k, n, days, cv) for s, n in at.items()) >= enough[k] - NEAR / 10:
                    return {}
                slope = {s: slope_of_admitted(k, n, days, cv) for s, n in at.items()}
                start = sum(f.chance[s] * (admitted(k, n, days, cv) - slope[s] * n) for s, n in at.items())
                row = added({}, *({c: f.chance[s] * slope[s] * v for c, v in by_scenario[s].items()} for s in at))
                return added(row, {c: start - enough[k]})
            return {}

        for k, c in size[j].items():
            if enough[k] > 0 and enough[k] >= k * 365.0 / days:
                p.row({c: 1.0}, high=0.0)
        p.bent.append(told)

    alone = np.eye(len(f.women))
    for s in scenarios:
        for i in np.flatnonzero(f.women[s] > 0).tolist():
            mine = {c: 1.0 for (t, k, _), c in share.items() if (t, k) == (s, i)}
            p.row(mine, 1.0 if f.firm("served") else -np.inf, 1.0)
            women = float(f.women[s, i])
            if f.price("served"):
                pay("served", added({0: women}, mine, times=-women), s)
    # Of one assignment for every scenario a point is counted once; otherwise where somebody needs a stay.
    counted = (
        [(None, 0, i) for i in f.needed.tolist()]
        if linked
        else [(s, s, i) for s in scenarios for i in np.flatnonzero(f.women[s] > 0).tolist()]
    )
    for where, s, i in counted:
        mine = {j: c for (t, k, j), c in share.items() if (t, k) == (s, i)}
        if f.price("reach"):
            pay("reach", {c: float(f.beyond[i, j]) for j, c in mine.items()}, where)
        if f.price("own_region"):
            pay("own_region", {c: float(f.foreign[i, j]) for j, c in mine.items()}, where)
        if f.price("nearest"):
            pay("nearest", {c: float(j != f.nearest(i, opened)) for j, c in mine.items()}, where)
    if f.price("one_agreement"):
        for i in f.needed.tolist():
            agreed = []
            for j in opened:
                mine_in_all = [c for (_, k, to), c in share.items() if (k, to) == (i, j)]
                if mine_in_all:
                    agreed.append(p.column(1.0, whole=True))
                    for c in mine_in_all:
                        p.row({c: 1.0, agreed[-1]: -1.0}, high=0.0)
            at_most("one_agreement", dict.fromkeys(agreed, 1.0), 1.0)
    for j in opened:
        use: dict[int, float] = {}
        for (_, _, to), c in share.items():
            if to == j:
                use[c] = 1.0
        p.row(use, low=SOME)
        if f.rule("promise"):
            for s in f.holds:
                terms = added(stays(j, alone[s]), {c: -f.carried(k) for k, c in size[j].items()})
                at_most("promise", terms, 0.0, s)
        if f.rule("size_floor"):
            at_most("size_floor", {c: -float(k) for k, c in size[j].items()}, -float(f.floor[j]))
        if volume := f.rule("volume"):
            for where, weight in [(None, f.chance)] if volume.when == "average" else [(s, alone[s]) for s in f.holds]:
                if f.some_lost and where is None and len(f.women) > 1:
                    enough_on_average(j, dict.fromkeys(size[j], f.least_stays))
                    continue
                if f.some_lost:
                    enough = {k: f.from_stays(k, f.least_stays) for k in size[j]}
                    at_least_by_size(j, weight, enough)
                    continue
                at_most("volume", added({}, stays(j, weight), times=-1.0), -f.least_stays, where)
        if income := f.rule("income"):
            for where, weight in [(None, f.chance)] if income.when == "expected" else [(s, alone[s]) for s in f.holds]:
                if f.some_lost and where is None and len(f.women) > 1:
                    enough_on_average(j, {k: f.stays_to_live(k) for k in size[j]})
                    continue
                if f.some_lost:
                    at_least_by_size(j, weight, {k: f.from_stays(k, f.stays_to_live(k)) for k in size[j]})
                    continue
                brought = added({}, stays(j, weight), times=-f.margin)
                poisson = income.when == "poisson_year" and f.margin > 0
                need = {
                    c: f.stays_to_live(k) * f.margin if poisson else f.standing(k) - money.grant_dkk_per_year
                    for k, c in size[j].items()
                }
                at_most("income", added(brought, need), 0.0, where)
    if f.rule("region_access"):
        rule = f.rule("region_access")
        for s in f.holds:
            for r in f.regions:
                here = {i for i in np.flatnonzero(f.women[s] > 0).tolist() if f.home[i] == r}
                everybody = sum(float(f.women[s, i]) for i in here)
                if everybody > 0:
                    near: dict[int, float] = {}
                    for (t, i, j), c in share.items():
                        if t == s and i in here and f.way[i, j] <= rule.minutes:
                            near[c] = near.get(c, 0.0) - float(f.women[s, i])
                    at_most("region_access", near, -rule.share * everybody, s)
    if (gap := f.rule("region_gap")) is not None:
        for s in f.holds:
            ways: dict[str, dict[int, float]] = {}
            for r in f.regions:
                here = {i for i in np.flatnonzero(f.women[s] > 0).tolist() if f.home[i] == r}
                women = sum(float(f.women[s, i]) for i in here)
                if women > 0:
                    ways[r] = {
                        c: float(f.women[s, i] * f.way[i, j] / women)
                        for (t, i, j), c in share.items()
                        if t == s and i in here
                    }
            for r, mine in ways.items():
                # What a region is behind the nearest of the others is paid for once.
                over = {} if f.firm("region_gap") else {p.column(): 1.0}
                for other, theirs in ways.items():
                    if other != r:
                        p.row(added(mine, theirs, over, times=-1.0), high=gap)
                if over:
                    pay("region_gap", over, s)
    beds = {c: float(k) for j in opened for k, c in size[j].items()}
    running = {c: float(money.bed_dkk_per_year * k) for c, k in beds.items()} | {0: f.standing(0) * len(opened)}
    for j in opened:
        running = added(running, stays(j, f.chance), times=f.stay_cost)
    if (budget := f.rule("build_budget")) is not None:
        at_most("build_budget", {c: money.building_dkk_per_bed * k for c, k in beds.items()}, budget)
    if (budget := f.rule("run_budget")) is not None:
        at_most("run_budget", running, budget)
    value: list[dict[int, float]] = []
    after = float(f.problem.pathways.none) if objective == "public_cost" else 0.0
    if objective == "worst":
        longest = p.column()
        for i, j in {(i, j) for _, i, j in share if f.counts[i]}:
            used = p.column(1.0, whole=True)
            p.row({used: float(f.way[i, j]), longest: -1.0}, high=0.0)
            for c in {c for (_, k, to), c in share.items() if (k, to) == (i, j)}:
                p.row({c: 1.0, used: -1.0}, high=0.0)
        value = [{longest: 1.0}]
    elif objective == "worst_off":
        for s in scenarios:
            terms = {}
            if f.women[s].sum() > 0:
                level = p.column()
                terms = {level: 1.0}
                for i in np.flatnonzero(f.women[s] > 0).tolist():
                    beyond = p.column()
                    row = {c: float(f.way[i, j]) for (t, k, j), c in share.items() if (t, k) == (s, i)}
                    p.row({**row, level: -1.0, beyond: -1.0}, high=0.0)
                    terms[beyond] = float(f.women[s, i] / (f.problem.worst_off_share * f.women[s].sum()))
            value.append(terms)
    else:
        each = {
            "travel": f.hours,
            "fair": np.exp(f.kappa * np.where(np.isfinite(f.way), f.way, 0.0)) if objective == "fair" else f.way,
            "cost": np.full(f.way.shape, f.stay_cost + f.after_stay),
            "public_cost": np.full(
                f.way.shape, f.stay_cost + f.after_stay + float(f.problem.pathways.residential) - after
            )
            if objective == "public_cost"
            else f.way,
            "reached": -f.uptake if objective == "reached" else f.way,
        }[objective]
        for s in scenarios:
            terms: dict[int, float] = {}
            for (t, i, j), c in share.items():
                if t == s:
                    terms[c] = terms.get(c, 0.0) + float(f.women[s, i] * each[i, j])
            if objective in ("cost", "public_cost"):
                a_bed = money.bed_dkk_per_year + f.yearly_building
                terms = added(terms, {0: f.standing(0) * len(opened)}, {c: a_bed * k for c, k in beds.items()})
            if objective == "public_cost":
                # Who is served nowhere has no treatment.
                terms = added(terms, {0: after * float(f.women[s].sum())})
            value.append(terms)
    return Statement(program=p, beds=beds, running=running, value=value, own=own, common=common)


def of_split(f: Facts, objective: str, risk: str, level: float) -> tuple[list[OneSet], Floats | None]:
    """Every set of sites with its best plan where families may be split."""
    if objective in ("worst", "fair", "worst_off") and risk != "expected":
        raise NotAskedError("a risk is asked of sums over women")
    if objective == "fair" and (f.priced or not f.firm("served")):
        raise NotAskedError("fairness is over all women, and minutes are no price")
    statements = {}
    for opened in every_set(f):
        paid = of_sites(f, opened)
        if paid is not None:
            statements[opened] = statement(f, opened, paid, objective)
    best = None
    if risk == "regret":
        best = np.full(len(f.women), np.inf)
        for one in statements.values():
            for s, terms in enumerate(one.value):
                found = one.program.least(added(terms, one.own[s], one.common))
                best[s] = best[s] if found is None else min(best[s], found[0])
    goals: dict[tuple[int, ...], tuple[dict[int, float], float]] = {}
    for opened, one in statements.items():
        goal = _goal(f, one, objective, risk, level, best)
        found = one.program.least(goal)
        if found is not None:
            goals[opened] = goal, found[0]
    women = float(f.chance @ f.women.sum(axis=1))

    def said(value: float) -> float:
        return math.log(value / women) / f.kappa if objective == "fair" else value

    lowest = min((value for _, value in goals.values()), default=0.0)
    sets = []
    for opened, (goal, value) in goals.items():
        one = statements[opened]
        sites = tuple(sorted(f.sites[j] for j in opened))
        beds, cost = 0, 0.0
        room = SPLIT_TIE * _size(value, best)
        if value <= lowest + room:
            one.program.row(goal, high=value + room / 2)
            fewest = one.program.least(one.beds)
            if fewest is None:
                raise UnsureError("the best plan is none")
            beds = round(fewest[0])
            one.program.row(one.beds, high=beds + 0.5)
            if risk != "expected":
                # "With the beds decided, each has the assignment that is best in it."
                calm = _goal(f, one, objective, "expected", level, best)
                mean = one.program.least(calm)
                if mean is None:
                    raise UnsureError("the best plan is none")
                one.program.row(calm, high=mean[0] + SPLIT_TIE * _size(mean[0], best) / 2)
            cheapest = one.program.least(one.running)
            if cheapest is None:
                raise UnsureError("the best plan is none")
            cost = cheapest[0]
        sets.append(OneSet(sites=sites, value=said(value), beds=beds, cost=cost))
    return sets, best


def _goal(f: Facts, one: Statement, objective: str, risk: str, level: float, best: Floats | None) -> dict[int, float]:
    if risk == "expected":
        parts = [one.value[0]] if objective == "worst" else []
        goal = added(one.common, *parts)
        for s, chance in enumerate(f.chance.tolist()):
            if objective != "worst":
                goal = added(goal, one.value[s], times=chance)
            goal = added(goal, one.own[s], times=chance)
        return goal
    p, can = one.program, np.flatnonzero(f.chance > 0).tolist()
    top = p.column(low=-np.inf)
    goal = added(one.common, {top: 1.0})
    for s in can:
        terms = added({top: -1.0}, one.value[s], one.own[s])
        if risk == "cvar":
            over = p.column()
            terms[over] = -1.0
            goal = added(goal, {over: float(f.chance[s]) / (1 - level)})
        p.row(terms, high=0.0 if risk != "regret" or best is None else float(best[s]))
    return goal


# --- the ruling --------------------------------------------------------------------------------------------------


def rule(
    problem: Any, objective: str = "travel", risk: str = "expected", level: float = 0.9, *, every_size: bool = False
) -> Ruling | None:
    """The best plan of a problem; None where no plan keeps the rules.

    `every_size` values every size also where the sentence "a unit takes the smallest size that keeps the rules"
    says which it is.

    Raises
    ------
    NotAskedError
        The library has to refuse the question too.
    UnsureError
        The solver left open what is whole.
    """
    f = Facts(problem)
    refuse_bent(f, objective)
    entire = whole(f)
    sets, best = of_whole(f, objective, risk, level, every_size) if entire else of_split(f, objective, risk, level)
    if not sets:
        return None
    lowest = min(one.value for one in sets)
    size, tie = _size(lowest, best), TIE if entire else SPLIT_TIE
    tied = [one for one in sets if one.value <= lowest + tie * size]
    tied = [one for one in tied if one.beds == min(other.beds for other in tied)]
    cheapest = min(one.cost for one in tied)
    tied = [one for one in tied if one.cost <= cheapest + TIE * abs(cheapest)]
    first = min(tied, key=lambda one: one.sites)
    return Ruling(
        value=lowest, beds=first.beds, cost=first.cost, sites=first.sites, sets=tuple(sets), size=size, tie=tie
    )


def front(problem: Any, objective: str) -> list[tuple[float, int]]:
    """Least objective for each number of beds, and only where more beds give less of it: best objective first."""
    f = Facts(problem)
    refuse_bent(f, objective)
    if objective == "fair" and not f.firm("served"):
        raise NotAskedError("fairness is over all women")
    points: list[tuple[float, int]] = []
    for opened in every_set(f):
        paid = of_sites(f, opened)
        if paid is None:
            continue
        if whole(f):
            plans = whole_plans(f, opened, paid, objective, False)
            if plans is None:
                continue
            value, _, _, beds, _ = plans
            if objective == "worst":
                score = value.max(axis=1, initial=0.0)
            elif objective == "fair":
                score = np.log(value @ f.chance / (f.chance @ f.women.sum(axis=1))) / f.kappa
            else:
                score = value @ f.chance
            points += zip(score.tolist(), beds.astype(int).tolist(), strict=True)
            continue
        one = statement(f, opened, paid, objective)
        goal = _goal(f, one, objective, "expected", 0.0, None)
        while (found := one.program.least(goal)) is not None:
            value = found[0]
            one.program.row(goal, high=value + SPLIT_TIE * max(abs(value), 1e-9))
            fewest = one.program.least(one.beds)
            one.program.rows.pop()
            if fewest is None:
                raise UnsureError("the best plan is none")
            beds_now = round(fewest[0])
            women = float(f.chance @ f.women.sum(axis=1))
            points.append((math.log(value / women) / f.kappa if objective == "fair" else value, beds_now))
            one.program.row(one.beds, high=beds_now - 0.5)
    best: list[tuple[float, int]] = []
    for value, beds in sorted(points, key=lambda point: (round(point[0], 6), point[1])):
        if not best or beds < best[-1][1]:
            best.append((value, beds))
    return best
