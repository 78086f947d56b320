"""A plan checked from its tables alone, with nothing of the engine that made it.

The rules are measured by their second face on arrays rebuilt from the tables; every number is
worked out again the slow way, row by row.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from capacity.errors import Finding
from capacity.plan.as_arrays import as_arrays
from capacity.plan.broken import excess_of
from capacity.plan.check_aftercare import aftercare_numbers
from capacity.plan.check_courses import Outside, accepted, check_stays, outside_of, public_of
from capacity.plan.courses import CARE
from capacity.problem.problem import DAYS_PER_WEEK, MINUTES_PER_HOUR
from capacity.rules import SplitPlan, one_assignment, rules_on
from capacity.rules.objectives import kolm_pollak_kappa
from capacity.tolerances import AGREE, LEAST_LOAD

if TYPE_CHECKING:
    from capacity.plan.plan import Plan


def check_plan(plan: Plan) -> tuple[Finding, ...]:
    """Every rule, number and objective again, from the tables; () when all agree.

    Returns
    -------
    tuple of Finding
        What does not hold, with the rule's sentence and by how much.
    """
    findings = _labels(plan)
    if findings:
        return tuple(findings)
    arrays, findings = arrays_of(plan)
    findings += _rules(plan, arrays)
    findings += check_stays(plan)
    for name, said, again in _numbers(plan):
        if not _same(said, again):
            findings.append(
                Finding(
                    table="plan",
                    column=name,
                    value=f"{said:.9g}",
                    rule=f"the number follows from the tables ({again:.9g})",
                    remedy="Please report this: the plan and its tables disagree.",
                )
            )
    return tuple(findings)


def _same(one: float, other: float) -> bool:
    if math.isnan(one) and math.isnan(other):
        return True
    if math.isinf(one) or math.isinf(other):
        return one == other
    return abs(one - other) <= AGREE * max(1.0, abs(one), abs(other))


def _labels(plan: Plan) -> list[Finding]:
    net = plan.problem.network
    units = list(plan.unit_table["site_id"])
    asked: list[tuple[str, str, list[str], set[str]]] = [
        ("units", "site_id", units, set(net.site_ids)),
        ("assignment", "point_id", list(plan.assignment_table["point_id"]), set(net.point_ids)),
        ("assignment", "site_id", list(plan.assignment_table["site_id"]), set(net.site_ids)),
        ("assignment", "scenario", list(plan.assignment_table["scenario"]), set(plan.problem.scenarios.ids)),
    ]
    faults = [
        Finding(
            table=table,
            column=column,
            value=str(label),
            rule="the id is one of the problem's",
            remedy="Check the plan against the problem it was made for.",
        )
        for table, column, labels, known in asked
        for label in dict.fromkeys(labels)
        if label not in known
    ]
    if len(set(units)) != len(units):
        faults.append(Finding(table="units", column="site_id", rule="each unit stands once", remedy="Remove repeats."))
    return faults


def arrays_of(plan: Plan) -> tuple[SplitPlan, list[Finding]]:
    """The tables as arrays, shares worked out from women alone, and what is wrong with single rows."""
    problem, net = plan.problem, plan.problem.network
    site = {j: k for k, j in enumerate(net.site_ids)}
    point = {i: k for k, i in enumerate(net.point_ids)}
    scenario = {s: k for k, s in enumerate(problem.scenarios.ids)}
    parts: list[float] = []
    findings = []
    table = plan.assignment_table
    for i, j, s, women, minutes in zip(
        table["point_id"], table["site_id"], table["scenario"], table["women"], table["minutes"], strict=True
    ):
        needed, way = problem.women[scenario[s], point[i]], problem.minutes[point[i], site[j]]
        parts.append(women / needed if needed > 0 else 0.0)
        if women < 0 or not _same(minutes, way):
            findings.append(
                Finding(
                    table="assignment",
                    column="minutes",
                    value=f"{i} to {j}: {minutes:g}",
                    rule=f"minutes are those of the travel table ({way:g})",
                    remedy="Please report this.",
                )
            )
    arrays = as_arrays(plan, share=parts)
    shares = arrays.shares(0)
    twice = shares.by_point(shares.share) > 1 + AGREE
    if twice.any():
        who = sorted({net.point_ids[i] for i in np.nonzero(twice)[1]})
        findings.append(
            Finding(
                table="assignment",
                column="women",
                value=", ".join(who[:5]),
                rule="nobody is served twice",
                remedy="Please report this.",
            )
        )
    if one_assignment(problem):
        # A point without women in some scenario has no row there; its share is that of the others.
        arrays = SplitPlan(problem, arrays.open[0], arrays.beds[0], shares.in_any())
    return arrays, findings


def _rules(plan: Plan, arrays: SplitPlan) -> list[Finding]:
    problem = plan.problem
    told = {(rule, key): amount for rule, key, amount, _ in plan.penalties}
    told |= {(one.rule, one.key): one.amount for one in plan.broken}
    findings = []
    for rule in rules_on(problem):
        excess = excess_of(rule, problem, arrays)
        # What a given plan breaks it tells, as any plan tells what it pays for.
        may_break = plan.status == "given" or rule.price(problem) is not None
        # Tables hold women, not shares: a share rebuilt from them is right to about 1e-6.
        limit = AGREE * max(1.0, excess.scale)
        for key, amount in zip(excess.keys, excess.amount[0], strict=True):
            if may_break:
                broken = abs(max(amount, 0.0) - told.get((rule.name, key), 0.0)) > limit
            else:
                broken = amount > limit
            if broken:
                findings.append(
                    Finding(
                        table="plan",
                        column=rule.name,
                        value=f"{', '.join(key)}: {amount:.6g} {rule.unit}".lstrip(": "),
                        rule=rule.sentence.rstrip("."),
                        remedy="Please report this: the plan breaks a rule it was made to keep."
                        if plan.status != "given"
                        else "Please report this: the plan does not tell by how much it breaks the rule.",
                    )
                )
    return findings


def _reached(plan: Plan, chance: dict[str, float]) -> float:
    """Women who accept their place, by the curve's own points, row by row."""
    assert plan.problem.uptake is not None
    curve, table = plan.problem.uptake.points, plan.assignment_table
    if plan.problem.outpatient.on and plan.problem.outpatient.declines:
        # Those who decline are on a course, and are not sent there.
        curve = [[0.0, 1.0]]
    return sum(
        chance[scenario] * women * accepted(curve, minutes)
        for scenario, women, minutes in zip(table["scenario"], table["women"], table["minutes"], strict=True)
    )


def _numbers(plan: Plan) -> list[tuple[str, float, float]]:
    """Pairs of a number the plan states and the same worked out again, row by row."""
    p = plan.problem
    chance = dict(zip(p.scenarios.ids, p.probability.tolist(), strict=True))
    to_ambulatory = dict(zip(p.network.site_ids, p.ambulatory_minutes.tolist(), strict=True))
    kappa = kolm_pollak_kappa(p)
    served = weighted = hours = longest = worst = 0.0
    homes = zip(p.network.point_ids, p.network.point_homes, strict=True)
    spared = {point for point, home in homes if {point, home} & set(p.worst_exceptions)}
    ways: list[tuple[float, float]] = []
    stays: dict[str, float] = defaultdict(float)
    there: dict[tuple[str, str], float] = defaultdict(float)
    table = plan.assignment_table
    columns = (table[name] for name in ("point_id", "site_id", "scenario", "women", "minutes"))
    for point, site, scenario, women, minutes in zip(*columns, strict=True):
        mean = chance[scenario] * women
        weekly = 2 * p.care.visits_per_week * minutes
        weekly += 2 * p.care.ambulatory_trips_per_week * to_ambulatory[site]
        served += mean
        weighted += mean * minutes
        hours += mean * weekly * p.care.mean_days / DAYS_PER_WEEK / MINUTES_PER_HOUR
        longest = max(longest, minutes)
        worst = max(worst, 0.0 if point in spared else minutes)
        ways.append((mean, minutes))
        stays[site] += mean
        there[site, scenario] += women
    paid = _paid(plan, stays, there, chance)
    outside = outside_of(plan, chance)
    hours += outside.hours
    doubt = p.promise.demand_cv
    after, after_dkk = aftercare_numbers(
        plan, paid, lambda beds, load: _away(doubt, beds, load), lambda *asked: _late(doubt, *asked)
    )
    cost = _cost(plan, paid) + outside.dkk + after_dkk
    pairs = [
        ("mean_minutes", plan.mean_minutes, weighted / served if served else math.nan),
        ("longest_minutes", plan.longest_minutes, longest),
        ("family_hours_per_year", plan.family_hours_per_year, hours),
        ("objectives.travel", plan.objectives["travel"], hours),
        ("objectives.worst", plan.objectives["worst"], worst),
        ("objectives.worst_off", plan.objectives["worst_off"], _worst_off(plan, chance)),
        ("objectives.fair", plan.objectives["fair"], _equivalent(ways, kappa)),
        ("objectives.cost", plan.objectives["cost"], cost),
    ]
    if "public_cost" in plan.objectives:
        pairs.append(("objectives.public_cost", plan.objectives["public_cost"], public_of(plan, outside, cost)))
    if p.uptake is not None:
        pairs.append(("objectives.reached", plan.objectives["reached"], _reached(plan, chance)))
    sign = plan.goal.sign
    if plan.objective_given is not None:
        # Only its own face over arrays knows it.
        value = float(plan.goal.expected(p, arrays_of(plan)[0])[0])
        pairs.append((f"objectives.{plan.goal.name}", plan.objectives[plan.goal.name], sign * value))
    stated = plan.objectives[plan.objective_name] + sign * sum(paid for *_, paid in plan.penalties)
    pairs.append(("objective", plan.objective, stated))
    pairs.append(("bound", sign * min(sign * plan.bound, sign * plan.objective), plan.bound))
    pairs += _care_numbers(plan, outside) + after
    return pairs + _unit_numbers(plan, stays, paid) + _region_numbers(plan, chance)


def _care_numbers(plan: Plan, outside: Outside) -> list[tuple[str, float, float]]:
    """Women at a unit, on a course, and reached by neither, in all and by region."""
    if not plan.problem.outpatient.on:
        return []
    table = plan.region_table
    pairs = [(name, plan.figures[name], outside.of(name)) for name in CARE]
    for k, region in enumerate(table["region"]):
        here = [(name, table[name][k]) for name in CARE]  # type: ignore[literal-required]  # columns of the table
        pairs += [(f"regions.{name} ({region})", told, outside.women.get((region, name), 0.0)) for name, told in here]
        pairs.append((f"regions.women ({region})", table["women"][k], sum(told for _, told in here)))
    return pairs


def _equivalent(ways: list[tuple[float, float]], kappa: float) -> float:
    """Kolm-Pollak's way of women and minutes, counted from the longest: an exponential knows no large numbers."""
    served = sum(women for women, _ in ways)
    if not served or not kappa:
        return 0.0
    longest = max(minutes for women, minutes in ways if women > 0)
    pain = sum(women * math.exp(kappa * (minutes - longest)) for women, minutes in ways if women > 0)
    return longest + math.log(pain / served) / kappa


def _worst_off(plan: Plan, chance: dict[str, float]) -> float:
    """Mean way of the women who travel longest, taken one point after the other, the farthest first."""
    p, table = plan.problem, plan.assignment_table
    if p.outpatient.on:
        return _worst_off_of_those_there(plan, chance)
    travelled: dict[tuple[str, str], float] = defaultdict(float)
    for point, scenario, women, minutes in zip(
        table["point_id"], table["scenario"], table["women"], table["minutes"], strict=True
    ):
        travelled[point, scenario] += women * minutes
    found = 0.0
    for s, scenario in enumerate(p.scenarios.ids):
        needs = dict(zip(p.network.point_ids, p.women[s].tolist(), strict=True))
        left = meant = p.worst_off_share * sum(needs.values())
        ways = ((travelled[i, scenario] / women, women) for i, women in needs.items() if women > 0)
        for minutes, women in sorted(ways, reverse=True):
            taken = min(women, left)
            found += chance[scenario] * taken * minutes / meant
            left -= taken
    return found


def _worst_off_of_those_there(plan: Plan, chance: dict[str, float]) -> float:
    """The same of the women at a unit, where others are on an outpatient course."""
    table, found = plan.assignment_table, 0.0
    ways: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for scenario, women, minutes in zip(table["scenario"], table["women"], table["minutes"], strict=True):
        ways[scenario].append((minutes, women))
    for scenario, each in ways.items():
        left = meant = plan.problem.worst_off_share * sum(women for _, women in each)
        for minutes, women in sorted(each, reverse=True):
            taken = min(women, left)
            found += chance[scenario] * taken * minutes / meant
            left -= taken
    return found


def _cost(plan: Plan, stays: dict[str, float]) -> float:
    money, days = plan.problem.finance, plan.problem.care.mean_days
    rate, years = money.interest, money.years
    yearly = 1 / years if rate == 0 else rate / (1 - (1 + rate) ** -years)
    total = 0.0
    for site, beds in zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True):
        total += money.unit_dkk_per_year + money.bed_dkk_per_year * beds
        total += money.occupied_day_dkk * days * stays[site]
        total += money.building_dkk_per_bed * beds * yearly
    return total


def _paid(
    plan: Plan, stays: dict[str, float], there: dict[tuple[str, str], float], chance: dict[str, float]
) -> dict[str, float]:
    """Stays of each unit that money counts: all, or those who find a bed free in each scenario."""
    problem = plan.problem
    if problem.finance.counts != "admitted" or problem.promise.kind != "loss":
        return stays
    beds = dict(zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True))
    admitted: dict[str, float] = defaultdict(float)
    for (site, scenario), women in there.items():
        away = _away(problem.promise.demand_cv, beds.get(site, 0), women * problem.care.mean_days / 365)
        admitted[site] += chance[scenario] * women * (1 - away)
    return admitted


def _away(doubt: float, beds: int, load: float) -> float:
    """Share of women turned away, the load being known or in doubt."""
    return _erlang(beds, load) if doubt == 0 else _erlang_in_doubt(beds, load, doubt)


def _unit_numbers(plan: Plan, stays: dict[str, float], paid: dict[str, float]) -> list[tuple[str, float, float]]:
    money, days = plan.problem.finance, plan.problem.care.mean_days
    table, pairs = plan.unit_table, []
    for k, site in enumerate(table["site_id"]):
        beds, mean, counted = table["beds"][k], stays[site], paid[site]
        running = money.unit_dkk_per_year + money.bed_dkk_per_year * beds
        running += money.occupied_day_dkk * days * counted
        pairs += [
            (f"units.stays ({site})", table["stays"][k], mean),
            (f"units.cost_dkk ({site})", table["cost_dkk"][k], running),
            (
                f"units.income_dkk ({site})",
                table["income_dkk"][k],
                money.day_rate_dkk * days * counted + money.grant_dkk_per_year,
            ),
            (f"units.startup_loss_dkk ({site})", table["startup_loss_dkk"][k], _startup(plan, beds, counted)),
        ]
        if len(plan.problem.scenarios.ids) == 1:
            again = _away(plan.problem.promise.demand_cv, beds, mean * days / 365)
            pairs.append((f"units.turned_away ({site})", table["turned_away"][k], again))
    return pairs


def _startup(plan: Plan, beds: int, stays: float) -> float:
    """Losses while stays grow evenly to their number: the area above the surplus's line, a triangle or a trapezium."""
    money, days = plan.problem.finance, plan.problem.care.mean_days
    first = money.unit_dkk_per_year + money.bed_dkk_per_year * beds - money.grant_dkk_per_year
    last = first - (money.day_rate_dkk - money.occupied_day_dkk) * days * stays
    if first <= 0:
        return 0.0 if last <= 0 else money.filling_years * last * last / (last - first) / 2
    if last >= 0:
        return money.filling_years * (first + last) / 2
    return money.filling_years * first * first / (first - last) / 2


def _erlang(beds: int, load: float) -> float:
    """Erlang B from its definition: a^k / k! over the sum of all such terms, in logarithms."""
    if load <= 0:
        return 0.0
    terms = [k * math.log(load) - math.lgamma(k + 1) for k in range(beds + 1)]
    top = max(terms)
    return math.exp(terms[-1] - top) / sum(math.exp(t - top) for t in terms)


def _late(doubt: float, beds: int, load: float, wait: float, mean: float) -> float:
    """Share who wait longer than so many days: Erlang C by Erlang B, and the exponential of the wait."""
    if doubt > 0:
        return _late_in_doubt(beds, load, doubt, wait, mean)
    if load >= beds:
        return 1.0
    lost = _erlang(beds, load)
    return beds * lost / (beds - load * (1 - lost)) * math.exp(-(beds - load) * wait / mean)


def _late_in_doubt(beds: int, load: float, cv: float, wait: float, mean: float, steps: int = 2_000) -> float:
    """The same over a gamma-distributed load, by women; all are late from the load on that fills the beds."""
    shape, rate = cv**-2 + 1, cv**-2 / load
    start, end = load * max(LEAST_LOAD, 1 - 12 * cv), load * (1 + 12 * cv + 30 * cv**2)
    full = min(max(float(beds), start), end)
    k, late = np.arange(beds + 1), 0.0
    for low, high in ((start, full), (full, end)):
        if high <= low:
            continue
        now = np.linspace(low, high, steps + 1)
        weight = np.where(np.arange(steps + 1) % 2, 4.0, 2.0) * (high - low) / steps / 3
        weight[[0, -1]] /= 2
        density = np.exp((shape - 1) * np.log(now) - now * rate + shape * math.log(rate) - math.lgamma(shape))
        share = np.ones(steps + 1)
        if high == full:
            # Erlang B of every load at once, from its definition; the last load fills the beds where it is `full`.
            terms = np.log(now)[:, None] * k - np.array([math.lgamma(each + 1) for each in k.tolist()])
            parts = np.exp(terms - terms.max(axis=1, keepdims=True))
            lost = parts[:, -1] / parts.sum(axis=1)
            free = np.maximum(beds - now * (1 - lost), LEAST_LOAD)
            share = np.minimum(beds * lost / free * np.exp(-(beds - now) * wait / mean), 1.0)
        late += float(weight * density @ share)
    return late


def _erlang_in_doubt(beds: int, load: float, cv: float, steps: int = 1_000) -> float:
    """Women turned away over women, both integrated over a gamma-distributed load (Simpson's rule)."""
    if load <= 0:
        return 0.0
    shape, rate = cv**-2, cv**-2 / load
    start, end = load * max(LEAST_LOAD, 1 - 12 * cv), load * (1 + 12 * cv + 30 * cv**2)
    now = np.linspace(start, end, steps + 1)
    weight = np.where(np.arange(steps + 1) % 2, 4.0, 2.0)
    weight[[0, -1]] = 1.0
    weight *= np.exp(shape * np.log(now / load) - rate * (now - load))
    # Erlang B of every load at once, from its definition as above.
    k = np.arange(beds + 1)
    terms = np.log(now)[:, None] * k - np.array([math.lgamma(each + 1) for each in k.tolist()])
    shares = np.exp(terms - terms.max(axis=1, keepdims=True))
    return float(weight @ (shares[:, -1] / shares.sum(axis=1)) / weight.sum())


def _region_numbers(plan: Plan, chance: dict[str, float]) -> list[tuple[str, float, float]]:
    net = plan.problem.network
    home = dict(zip(net.point_ids, net.point_regions, strict=True))
    women: dict[str, float] = defaultdict(float)
    minutes: dict[str, float] = defaultdict(float)
    longest: dict[str, float] = defaultdict(float)
    table = plan.assignment_table
    for point, scenario, count, way in zip(
        table["point_id"], table["scenario"], table["women"], table["minutes"], strict=True
    ):
        region = home[point]
        women[region] += chance[scenario] * count
        minutes[region] += chance[scenario] * count * way
        if chance[scenario] > 0:
            longest[region] = max(longest[region], way)
    pairs = []
    for k, region in enumerate(plan.region_table["region"]):
        if women[region] > 0:
            mean = minutes[region] / women[region]
            pairs += [
                (f"regions.mean_minutes ({region})", plan.region_table["mean_minutes"][k], mean),
                (f"regions.longest_minutes ({region})", plan.region_table["longest_minutes"][k], longest[region]),
            ]
    return pairs
