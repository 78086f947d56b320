"""Brute force in plain Python, written from the sentences of the rules: slow, and easy to trust."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from capacity import Problem
from capacity.beds import Promise, greatest_stays
from capacity.rules.objectives import kolm_pollak_kappa
from tests.referee import admitted

EPS = 1e-7


@cache
def most_stays(promise: Promise, beds: int, days: float) -> float:
    return float(greatest_stays(promise, [beds], days)[0])


@dataclass
class Answer:
    objective: float
    beds: int
    cost: float
    sites: tuple[str, ...]
    size: dict[str, int]
    where: dict[str, str]


def way(p: Problem, i: str, j: str) -> float:
    return float(p.minutes[p.network.point_ids.index(i), p.network.site_ids.index(j)])


def needs(p: Problem, s: int, i: str) -> float:
    return float(p.women[s, p.network.point_ids.index(i)])


def region_of(p: Problem, place: str) -> str:
    net = p.network
    if place in net.point_ids:
        return net.point_regions[net.point_ids.index(place)]
    return net.site_regions[net.site_ids.index(place)]


def spared(p: Problem, i: str) -> bool:
    """Whether a point is an exception of reach, or a part of a place that is."""
    home = p.network.point_homes[p.network.point_ids.index(i)]
    return bool({i, home} & set(p.policy.reach.exceptions))


def may_use(p: Problem, i: str, j: str) -> bool:
    rules = p.policy
    if math.isinf(way(p, i, j)):
        return False
    if rules.reach and way(p, i, j) > rules.reach.minutes and not spared(p, i):
        return False
    if rules.own_region and region_of(p, i) != region_of(p, j):
        return (region_of(p, i), region_of(p, j)) in rules.own_region.agreements
    return True


def assignments(p: Problem, opened: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Every way to send each point to one open site (the nearest only, where that rule is on)."""
    people = [i for i in p.network.point_ids if any(needs(p, s, i) > 0 for s in range(len(p.women)))]
    choices, there = [], []
    for i in people:
        usable = [j for j in opened if may_use(p, i, j)]
        if not usable and course_way(p, i) is None:
            return
        if not usable:
            continue
        if p.policy.nearest:
            usable = [min(usable, key=lambda j: (way(p, i, j), j))]
        choices.append(usable)
        there.append(i)
    for picked in itertools.product(*choices):
        where = dict(zip(there, picked, strict=True))
        # Who neither stays nor has a course to go to is served by nobody.
        if all(stays_there(p, way(p, i, j)) == 1 or course_way(p, i) is not None for i, j in where.items()):
            yield where


def stays_there(p: Problem, minutes: float) -> float:
    """Share of the women of a point who stay at their unit: all, without an outpatient course."""
    course = p.outpatient
    if all(x is False for x in (course.dkk_per_course, course.beyond_minutes, course.effect)):
        return 1.0
    if course.beyond_minutes is not False and minutes > course.beyond_minutes:
        return 0.0
    return accepts(p, minutes) if course.declines and p.uptake else 1.0


def course_way(p: Problem, i: str) -> float | None:
    """Minutes to the outpatient course of a point; None where there is none."""
    course = p.outpatient
    if all(x is False for x in (course.dkk_per_course, course.beyond_minutes, course.effect)):
        return None
    if course.where == "home":
        return 0.0
    ways = [way(p, i, a) for a in p.network.ambulatories if a in p.network.site_ids]
    return min((t for t in ways if not math.isinf(t)), default=None)


def outside(p: Problem, part: dict[str, float]) -> dict[str, float]:
    """Hours, courses' cost and pathways of all women, by the share of each point's who stay."""
    course, ways = p.outpatient, p.pathways
    found = {"hours": 0.0, "dkk": 0.0, "pathways": 0.0}
    for i in p.network.point_ids:
        women = sum(float(p.probability[s]) * needs(p, s, i) for s in range(len(p.women)))
        left, there = women * (1 - part.get(i, 0.0)), course_way(p, i)
        found["pathways"] += women * part.get(i, 0.0) * ways.residential
        if there is None:
            found["pathways"] += left * ways.none
            continue
        found["hours"] += left * course.weeks * course.visits_per_week * 2 * there / 60
        found["dkk"] += left * (course.dkk_per_course or 0.0)
        better = (ways.none - ways.residential) * course.effect if course.effect is not False else None
        found["pathways"] += left * (ways.outpatient if better is None else ways.none - better)
    return found


def accepts(p: Problem, minutes: float) -> float:
    """Share who accept a place so far away: straight between the points of the curve."""
    points = p.uptake.points if p.uptake else []
    if minutes <= points[0][0]:
        return points[0][1]
    for (near, high), (far, low) in itertools.pairwise(points):
        if minutes <= far:
            return high - (high - low) * (minutes - near) / (far - near)
    return points[-1][1]


def poisson_tail(mean: float, least: int) -> float:
    return 1 - sum(math.exp(-mean) * mean**c / math.factorial(c) for c in range(least))


def counted(p: Problem, beds: int, stays: float) -> float:
    """Stays that money and practice count: under a loss promise, where it is said so, those who find a bed free."""
    if p.finance.counts != "admitted" or p.promise.kind != "loss":
        return stays
    if p.promise.demand_cv > 0:
        return admitted(beds, stays, p.care.mean_days, p.promise.demand_cv)
    load = stays * p.care.mean_days / 365
    terms = [load**k / math.factorial(k) for k in range(beds + 1)]
    return stays * (1 - terms[-1] / sum(terms))


def to_ward(p: Problem, j: str) -> tuple[float, str]:
    """Minutes to the nearest neonatal ward, and which that is; "" where there is no way to one."""
    near = p.to_ambulatory
    assert near is not None
    row = near.values[near.origin_ids.index(j)]
    ways = [(float(row[near.destination_ids.index(w)]), w) for w in p.network.wards]
    return min([way for way in ways if way[0] < math.inf], default=(math.inf, ""))


def aftercare(
    p: Problem,
    opened: tuple[str, ...],
    asked: dict[tuple[int, str], float],
    paying: dict[tuple[int, str], float],
    must: list[int],
) -> tuple[float, float]:
    """Cost of aftercare a year, and of building it, of all who are sent to a unit and those that money counts."""
    care, scenarios = p.aftercare, range(len(p.women))
    if not care.on:
        return 0.0, 0.0
    promise = Promise(
        kind=care.kind,
        turned_away=care.held_up,
        wait_days=care.wait_days,
        wait_probability=care.wait_probability,
        occupancy=care.occupancy,
        demand_cv=p.promise.demand_cv,
    )
    families = {
        (partner, other): (care.with_partner if partner else 1 - care.with_partner)
        * (care.with_children if other else 1 - care.with_children)
        for partner, other in itertools.product((0, 1), (0, 1))
    }
    persons = sum(share * (2 + partner + other * care.children) for (partner, other), share in families.items())
    of_bed: dict[int, float] = {}
    for (partner, other), share in families.items():
        held = [size for size in care.bed_sizes if size >= 2 + partner + other * care.children]
        of_bed[held[0] if held else 0] = of_bed.get(held[0] if held else 0, 0.0) + share
    places: dict[str, list[str]] = {}
    for j in opened:
        places.setdefault(to_ward(p, j)[1] or j if care.where == "shared_house" else j, []).append(j)
    total = building = 0.0
    for units in places.values():
        beds = 0
        for share in of_bed.values():
            need = max(share * sum(asked[s, j] for j in units) for s in must or scenarios)
            beds += next(k for k in itertools.count() if most_stays(promise, k, float(care.days)) >= need - EPS)
        total += beds * care.bed_dkk_per_year
        building += beds * care.building_dkk_per_bed
        total += care.house_dkk_per_year if beds else 0.0
    women = sum(float(p.probability[s]) * x for (s, _), x in paying.items())
    return total + women * float(care.days) * (care.occupied_day_dkk + persons * care.person_day_dkk), building


def lives(p: Problem, beds: int, paying: dict[int, float], must: list[int]) -> bool:
    """Whether a unit of so many beds has stays enough, and income enough, of the stays that count by scenario.

    Fewer beds turn more away, so that a unit may need more than its promise asks; where all count, fewest are best.
    """
    if p.finance.counts != "admitted":
        return True
    money, volume, income = p.finance, p.policy.volume, p.policy.income
    mean = sum(float(p.probability[s]) * n for s, n in paying.items())
    fixed = money.unit_dkk_per_year + money.bed_dkk_per_year * beds - money.grant_dkk_per_year
    each = (money.day_rate_dkk - money.occupied_day_dkk) * p.care.mean_days
    if volume and volume.when == "poisson_year":
        if any(poisson_tail(paying[s], math.ceil(volume.stays)) < volume.probability - EPS for s in must):
            return False
    elif volume and any(
        n < volume.stays - EPS for n in ([mean] if volume.when == "average" else [paying[s] for s in must])
    ):
        return False
    if income and income.when == "poisson_year":
        needed = next(n for n in itertools.count() if n * each >= fixed - 0.01)
        return all(poisson_tail(paying[s], needed) >= income.probability - EPS for s in must)
    cases = [mean] if income and income.when == "expected" else [paying[s] for s in must]
    return not income or all(each * n >= fixed - 0.01 for n in cases)


def judge(p: Problem, opened: tuple[str, ...], where: dict[str, str], goal: str) -> Answer | None:
    """The plan with the smallest sizes for this assignment, or None where a rule breaks."""
    rules, net, money = p.policy, p.network, p.finance
    scenarios = range(len(p.women))
    stays = {(s, j): 0.0 for s in scenarios for j in opened}
    part = {i: stays_there(p, way(p, i, j)) for i, j in where.items()}
    for i, j in where.items():
        for s in scenarios:
            stays[s, j] += needs(p, s, i) * part[i]
    sent = {j: sum(float(p.probability[s]) * stays[s, j] for s in scenarios) for j in opened}
    must = [s for s in scenarios if p.must_hold[s]]
    if any(all(k != j or part[i] == 0 for i, k in where.items()) for j in opened):
        return None
    size: dict[str, int] = {}
    asked = dict(stays)
    for j in opened:
        low, high = (int(x[net.site_ids.index(j)]) for x in p.size_limits)
        floor = int(p.size_floor[net.site_ids.index(j)])
        fits = [
            k
            for k in range(max(low, floor), high + 1)
            if all(stays[s, j] <= most_stays(p.promise, k, p.care.mean_days) + EPS for s in must)
        ]
        if not fits:
            return None
        paying = {k: {s: counted(p, k, stays[s, j]) for s in scenarios} for k in fits}
        size[j] = next((k for k in fits if lives(p, k, paying[k], must)), fits[0])
        for s in scenarios:
            stays[s, j] = paying[size[j]][s]
    after, after_built = aftercare(p, opened, asked, stays, must)
    mean = {j: sum(float(p.probability[s]) * stays[s, j] for s in scenarios) for j in opened}
    tau = {j: float(p.ambulatory_minutes[net.site_ids.index(j)]) for j in opened}
    if rules.units and not rules.units[0] <= len(opened) <= rules.units[1]:
        return None
    near = rules.near_ambulatory
    if near and any(tau[j] > near.minutes and j not in near.exceptions for j in opened):
        return None
    if rules.neonatal and any(
        to_ward(p, j)[0] > rules.neonatal.minutes and j not in rules.neonatal.exceptions for j in opened
    ):
        return None
    if rules.region_unit and {region_of(p, j) for j in opened} != set(net.regions):
        return None
    if rules.region_access:
        for s in must:
            for r in net.regions:
                mine = [i for i in where if region_of(p, i) == r and part[i] > 0]
                everybody = sum(needs(p, s, i) for i in net.point_ids if region_of(p, i) == r)
                close = sum(needs(p, s, i) for i in mine if way(p, i, where[i]) <= rules.region_access.minutes)
                if close < rules.region_access.share * everybody - EPS:
                    return None
    if rules.volume:
        v = rules.volume
        for j in opened:
            if v.when == "average" and mean[j] < v.stays - EPS:
                return None
            if v.when == "every_scenario" and any(stays[s, j] < v.stays - EPS for s in must):
                return None
            if v.when == "poisson_year" and any(
                poisson_tail(stays[s, j], math.ceil(v.stays)) < v.probability - EPS for s in must
            ):
                return None
    days = p.care.mean_days
    running = {
        j: money.unit_dkk_per_year + money.bed_dkk_per_year * size[j] + money.occupied_day_dkk * days * mean[j]
        for j in opened
    }
    if rules.income and rules.income.when == "poisson_year":
        # A stay more always brings more than it costs in these problems, so likely years are the larger ones.
        for s in must:
            for j in opened:
                fixed = money.unit_dkk_per_year + money.bed_dkk_per_year * size[j] - money.grant_dkk_per_year
                each = (money.day_rate_dkk - money.occupied_day_dkk) * days
                needed = next(n for n in itertools.count() if n * each >= fixed - 0.01)
                if poisson_tail(stays[s, j], needed) < rules.income.probability - EPS:
                    return None
    elif rules.income:
        cases = [mean] if rules.income.when == "expected" else [{j: stays[s, j] for j in opened} for s in must]
        for case in cases:
            for j in opened:
                cost = money.unit_dkk_per_year + money.bed_dkk_per_year * size[j]
                cost += money.occupied_day_dkk * days * case[j]
                if money.day_rate_dkk * days * case[j] + money.grant_dkk_per_year < cost - 0.01:
                    return None
    building = sum(money.building_dkk_per_bed * size[j] for j in opened) + after_built
    if rules.build_budget is not None and building > rules.build_budget + 0.01:
        return None
    beside = outside(p, part)
    if rules.run_budget is not None and sum(running.values()) + beside["dkk"] + after > rules.run_budget + 0.01:
        return None
    if any(j not in opened for j in rules.keep or ()) or any(j in opened for j in rules.forbid or ()):
        return None
    r, years = money.interest, money.years
    annuity = r / (1 - (1 + r) ** -years) if r else 1 / years
    where = {i: j for i, j in where.items() if part[i] > 0}
    weight = {i: part[i] * sum(float(p.probability[s]) * needs(p, s, i) for s in scenarios) for i in where}
    kappa = kolm_pollak_kappa(p)
    weekly = {
        i: 2 * p.care.visits_per_week * way(p, i, j) + 2 * p.care.ambulatory_trips_per_week * tau[j]
        for i, j in where.items()
    }
    value = {
        "travel": sum(weight[i] * weekly[i] for i in where) * days / 7 / 60 + beside["hours"],
        "worst": max((way(p, i, j) for i, j in where.items() if i not in p.worst_exceptions), default=0.0),
        "worst_off": sum(
            float(p.probability[s])
            * mean_of_worst_off(p, [(way(p, i, j), needs(p, s, i) * part[i]) for i, j in where.items()])
            for s in scenarios
        ),
        "fair": math.log(
            sum(weight[i] * math.exp(kappa * way(p, i, j)) for i, j in where.items()) / sum(weight.values())
        )
        / kappa,
        "cost": (cost := sum(running.values()) + building * annuity + beside["dkk"] + after),
        "public_cost": cost + beside["pathways"],
        # What is to be large is minimised with its sign turned.
        # Those who decline and take a course are not sent there.
        "reached": -sum(
            weight[i] * (1.0 if p.outpatient.on and p.outpatient.declines else accepts(p, way(p, i, j)))
            for i, j in where.items()
        ),
    }[goal]
    # Ties are broken by what running would cost if everybody were admitted.
    tie = (
        sum(running.values()) + beside["dkk"] + sum(money.occupied_day_dkk * days * (sent[j] - mean[j]) for j in opened)
    )
    return Answer(value, sum(size.values()), tie, tuple(sorted(opened)), size, where)


def mean_of_worst_off(p: Problem, ways: Sequence[tuple[float, float]]) -> float:
    """Mean way of the share of women who travel longest, of (minutes, women)."""
    left = meant = p.worst_off_share * sum(women for _, women in ways)
    total = 0.0
    for minutes, women in sorted(ways, reverse=True):
        taken = min(left, women)
        total, left = total + taken * minutes, left - taken
    return total / meant if meant > 0 else 0.0


def better(a: Answer, b: Answer) -> bool:
    if abs(a.objective - b.objective) > 1e-9 * max(abs(a.objective), abs(b.objective)):
        return a.objective < b.objective
    if a.beds != b.beds:
        return a.beds < b.beds
    if abs(a.cost - b.cost) > 1e-9 * max(a.cost, b.cost):
        return a.cost < b.cost
    return a.sites < b.sites


def best_plan(p: Problem, goal: str = "travel") -> Answer | None:
    """The best plan with whole assignments; None when there is none."""
    best = None
    for count in range(1, len(p.network.site_ids) + 1):
        for opened in itertools.combinations(p.network.site_ids, count):
            for where in assignments(p, opened):
                answer = judge(p, opened, where, goal)
                if answer is not None and (best is None or better(answer, best)):
                    best = answer
    return best
