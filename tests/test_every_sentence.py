"""Every sentence of the report that claims something is worked out anew: from the plan's tables, and from other plans.

All sentences are caught as they are said, with the values put into them. A sentence that is said and neither checked
here nor listed as one that claims nothing is a fault: a new one needs its law.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity.report.document import paper_of
from capacity.report.naming import short_name
from capacity.report.page import report_page
from capacity.report.phrases import Phrases, phrases
from capacity.report.studied import Studies, studies_of
from capacity.report.summary import summary_of

Values = Mapping[str, Any]

# fmt: off
SHAPES = frozenset({
    "annex", "annex-to-one", "beds-of", "data", "days", "dkk", "dkk-per-year", "ladder-here", "leans-stands",
    "left-out-asked", "made", "map-above", "map-below", "map-between", "map-close", "map-data", "map-inset",
    "minutes-of", "per-week", "range-of", "setting-part", "share-within", "stays-per-year", "turn-at",
    "turn-below", "turn-fewer", "turn-from", "turn-instead", "turn-more", "units-of", "value-uptake",
    "view-scenario", "women-per-year", "years-of",
})
# fmt: on
"""Sentences that only put into words what is given them: what that is, is checked where it is worked out."""


def number(text: str) -> float:
    """A number as English writes it."""
    bare = text.replace(",", "").replace("−", "-").replace("\N{NO-BREAK SPACE}", "")
    return float(bare.removesuffix("%")) / (100 if bare.endswith("%") else 1)


def tells(text: str, value: float) -> bool:
    """Whether a text is a value rounded to the decimals it has."""
    bare = text.replace("\N{NO-BREAK SPACE}", "")
    decimals = len(bare.removesuffix("%").partition(".")[2]) + (2 if bare.endswith("%") else 0)
    return abs(number(text) - value) <= 0.5 * 10.0**-decimals + 1e-9


class World:
    """A plan, what was studied around it, and all that is worked out anew."""

    def __init__(self, plan: cap.Plan, found: Studies) -> None:
        self.plan, self.found, self.problem = plan, found, plan.problem
        net = plan.problem.network
        self.site = {short_name(n): j for j, n in zip(net.site_ids, net.site_names, strict=True)}
        self.site |= dict(zip(net.site_names, net.site_ids, strict=True))
        self.point = dict(zip(net.point_names, net.point_ids, strict=True))
        self.region = {name: r for r, name in net.region_names.items()}
        self._plans: dict[tuple[str, ...], cap.Plan] = {}

    def sites(self, text: str) -> tuple[str, ...]:
        """Sites named in a text."""
        longest = sorted(self.site, key=len, reverse=True)
        found = set()
        for name in longest:
            if name in text:
                found.add(self.site[name])
                text = text.replace(name, "")
        return tuple(sorted(found, key=self.problem.network.site_ids.index))

    def of(self, sites: tuple[str, ...]) -> cap.Plan:
        """The plan of a set of units."""
        if sites not in self._plans:
            self._plans[sites] = cap.evaluate(self.problem, list(sites))
        return self._plans[sites]

    @cached_property
    def kept(self) -> list[cap.Plan]:
        """Every set of units that keeps the rules, best first."""
        return [one.plan for one in cap.alternatives(self.problem, 100).alternatives]

    @cached_property
    def units(self) -> dict[str, dict[str, Any]]:
        """The plan's units by name, short and long."""
        table = self.plan.unit_table
        rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
        return {name: row for row in rows for name in (row["name"], short_name(row["name"]))}

    def hours(self, plan: cap.Plan) -> tuple[float, float]:
        """Hours a year of visits, and of trips between unit and ambulatory, by hand."""
        care, table = self.problem.care, plan.assignment_table
        near = dict(zip(self.problem.network.site_ids, self.problem.ambulatory_minutes, strict=True))
        rows = list(zip(table["women"], table["minutes"], table["site_id"], strict=True))
        once = 2 * care.mean_days / 7 / 60
        visits = once * care.visits_per_week * sum(w * m for w, m, _ in rows)
        return visits, once * care.ambulatory_trips_per_week * sum(w * near[j] for w, _, j in rows)

    def minutes(self, plan: cap.Plan) -> dict[str, float]:
        """Minutes of each demand point."""
        return dict(zip(plan.assignment_table["point_id"], plan.assignment_table["minutes"], strict=True))

    def women(self, region: str | None = None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Women and minutes of a region's points (of all)."""
        home = dict(zip(self.problem.network.point_ids, self.problem.network.point_regions, strict=True))
        table = self.plan.assignment_table
        rows = zip(table["point_id"], table["women"], table["minutes"], strict=True)
        pairs = np.array([(w, m) for i, w, m in rows if region in (None, home[i])])
        return pairs[:, 0], pairs[:, 1]


Check = Callable[[World, Values], Any]
CHECKS: dict[str, Check] = {}


def claims(*names: str) -> Callable[[Check], Check]:
    """Say which sentences a function checks."""

    def put(check: Check) -> Check:
        CHECKS.update(dict.fromkeys(names, check))
        return check

    return put


# --- the answer ---------------------------------------------------------------------------------------------------


@claims("unit-beds", "map-beds")
def _beds(w: World, v: Values) -> None:
    # Units of other plans are on other maps: theirs are looked at by those plans' own tables.
    unit = w.units.get(v["name"])
    assert unit is None or "stays" in v or unit["beds"] == v["beds"]


@claims("answer-proven")
def _proven(w: World, v: Values) -> None:
    assert tells(v["hours"], sum(w.hours(w.plan)))
    assert min(sum(w.hours(one)) for one in w.kept) == pytest.approx(sum(w.hours(w.plan)))


@claims("answer-travel")
def _travel(w: World, v: Values) -> None:
    women, minutes = w.women()
    visits, trips = w.hours(w.plan)
    assert tells(v["mean"], women @ minutes / women.sum()) and tells(v["longest"], minutes.max())
    assert tells(v["visits"], visits) and tells(v["trips"], trips)


@claims("map-subtitle", "map-title", "map-to", "map-flows", "map-closed", "map-closed-ambulatory")
def _map(w: World, v: Values) -> None:
    # The first map is the plan's; those of others say it of theirs (tests/test_report_map.py).
    assert all(value != "" for value in v.values())


@claims("key-travel", "key-running", "key-building")
def _sourced(w: World, v: Values) -> None:
    known = {"modelled", "as given", "assumption", *(s.split(":")[0] for s in w.problem.sources.values())}
    assert set(v["source"].split(", ")) <= known


@claims("key-units-of")
def _key_units(w: World, v: Values) -> None:
    assert int(v["count"]) == len(w.plan.site_ids)


@claims("key-beds-of")
def _key_beds(w: World, v: Values) -> None:
    assert int(v["count"]) == sum(w.plan.unit_table["beds"])


@claims("key-within")
def _within(w: World, v: Values) -> None:
    access = w.problem.policy.region_access
    assert access is not None and tells(v["minutes"], access.minutes) and v["source"] == "assumption"


@claims("document-money", "payers-text")
def _money(w: World, v: Values) -> None:
    table, finance = w.plan.unit_table, w.problem.finance
    rate = finance.interest / (1 - (1 + finance.interest) ** -finance.years)
    # Whoever finds every bed taken pays nobody.
    come = sum(x * (1 - lost) for x, lost in zip(table["stays"], table["turned_away"], strict=True))
    days = come * w.problem.care.mean_days
    fixed = len(table["beds"]) * finance.unit_dkk_per_year + sum(table["beds"]) * finance.bed_dkk_per_year
    once = sum(table["beds"]) * finance.building_dkk_per_bed
    assert tells(v["cost"], (fixed + days * finance.occupied_day_dkk) / 1e6)
    if "income" in v:
        assert tells(v["income"], days * finance.day_rate_dkk / 1e6)
        assert tells(v["building"], once / 1e6) and tells(v["yearly"], once * rate / 1e6)
        assert v["price"] == "Loans-2025" and v["running"] == v["rate"] == v["annuity"] == "assumption"
    else:
        assert tells(v["building"], once * rate / 1e6) and tells(v["startup"], sum(table["startup_loss_dkk"]) / 1e6)


@claims("evenness-text")
def _evenness(w: World, v: Values) -> None:
    assert tells(v["share"], w.problem.worst_off_share) and number(v["minutes"]) == 90


@claims("answer-open", "document-open")
def _proposal(w: World, v: Values) -> None:
    table = w.plan.unit_table
    assert (v["count"], v["beds"]) == (len(table["beds"]), sum(table["beds"])) and w.sites(
        v["units"]
    ) == w.plan.site_ids


@claims("document-prices", "annex-prices")
def _prices(w: World, v: Values) -> None:
    sources = [s for key, s in w.problem.sources.items() if key.startswith("finance.") and "dkk_per_bed" in key]
    assert [s.split(":")[0] for s in sources] == ["Loans-2025"]
    assert v["sources"] == "assumption, Loans-2025"


@claims("limits")
def _limits(w: World, v: Values) -> None:
    mean = w.problem.women.sum()
    assert tells(v["mean"], mean) and tells(v["low"], mean - 1.96 * math.sqrt(mean))
    assert tells(v["high"], mean + 1.96 * math.sqrt(mean))


@claims("sure-right")
def _right(w: World, v: Values) -> None:
    """Each scenario solved by itself: the plan's units are the best there, or within 2 % of the best."""
    from capacity.problem.named import under

    right = 0
    for scenario in w.found.scenarios:
        there = under(w.problem, scenario)
        try:
            best = cap.solve(there)
        except cap.InfeasibleError:
            continue
        mine = cap.evaluate(there, list(w.plan.site_ids))
        right += not mine.broken and mine.objective <= 1.02 * best.objective
    assert (v["right"], v["count"]) == (str(right), str(len(w.found.scenarios)))


@claims("sure-leans")
def _leans(w: World, v: Values) -> None:
    assert w.found.influence is not None
    settings = w.found.influence.settings
    changing = [s for s in settings if any(t.site_ids != w.plan.site_ids for t in s.tries) or s.switch_points]
    assert (v["few"], v["count"]) == (str(len(changing)), str(len(settings)))


# --- alternatives and places without a unit -------------------------------------------------------------------------


def against(w: World, other: cap.Plan, v: Values) -> None:
    """What another plan gives and takes, by both plans' tables."""
    finance = w.problem.finance
    rate = finance.interest / (1 - (1 + finance.interest) ** -finance.years)

    def yearly(plan: cap.Plan) -> float:
        return sum(plan.unit_table["cost_dkk"]) + rate * sum(plan.unit_table["building_dkk"])

    assert tells(v["minutes"], other.mean_minutes - w.plan.mean_minutes)
    assert tells(v["beds"], sum(other.unit_table["beds"]) - sum(w.plan.unit_table["beds"]))
    assert tells(v["cost"], (yearly(other) - yearly(w.plan)) / 1e6)


@claims("absent-hours")
def _costs(w: World, v: Values) -> None:
    other = w.of(w.sites(v["units"]))
    here = {w.site.get(v["place"])} if v["place"] in w.site else _sites_of(w, w.region[v["place"]])
    best = next(one for one in w.kept if here & set(one.site_ids))
    assert best.site_ids == other.site_ids and best.site_ids != w.plan.site_ids
    assert tells(v["behind"], sum(w.hours(other)) / sum(w.hours(w.plan)) - 1)
    for name, here_, there in zip(("visits", "trips"), w.hours(w.plan), w.hours(other), strict=True):
        assert tells(v[name], there - here_)
    against(w, other, v)


def _sites_of(w: World, region: str) -> set[str | None]:
    net = w.problem.network
    return {j for j, r in zip(net.site_ids, net.site_regions, strict=True) if r == region}


@claims("absent-broken")
def _broken(w: World, v: Values) -> None:
    here = {w.site.get(v["place"])} if v["place"] in w.site else _sites_of(w, w.region[v["place"]])
    assert not any(here & set(one.site_ids) for one in w.kept)
    (added,) = w.sites(v["added"])
    broken = {
        b.rule for b in w.of(tuple(sorted({*w.plan.site_ids, added}, key=w.problem.network.site_ids.index))).broken
    }
    t = phrases("en")
    assert v["rules"] == t.joined(t(f"rule-{rule.name}.name") for rule in cap.RULES if rule.name in broken)


@claims("core")
def _core(w: World, v: Values) -> None:
    within = [one.site_ids for one in w.kept if one.objective <= (1 + number(v["within"])) * w.plan.objective]
    assert set(w.sites(v["names"])) == set.intersection(*map(set, within))


@claims("optional")
def _optional(w: World, v: Values) -> None:
    within = [set(one.site_ids) for one in w.kept if one.objective <= 1.05 * w.plan.objective]
    assert set(w.sites(v["names"])) == set.union(*within) - set.intersection(*within)


def stories(w: World, said: Mapping[str, list[Values]]) -> None:
    """The stories of the alternatives, one after another as they are told."""
    assert w.found.alternatives is not None
    plans = [a.plan for a in w.found.alternatives.alternatives[1:]]
    assert [p.site_ids for p in plans] == [p.site_ids for p in w.kept[1 : 1 + len(plans)]]
    told = defaultdict(list, {name: list(values) for name, values in said.items()})
    points = {i: name for name, i in w.point.items()}
    before = w.minutes(w.plan)
    for other, figures in zip(plans, told["story-figures"], strict=True):
        added, gone = set(other.site_ids) - set(w.plan.site_ids), set(w.plan.site_ids) - set(other.site_ids)
        for name, sites in (("story-with", added), ("story-without", gone)):
            if sites:
                assert set(w.sites(told[name].pop(0)["names"])) == sites
        (v0, t0), (v1, t1) = w.hours(w.plan), w.hours(other)
        assert tells(figures["visits"], v1 - v0) and tells(figures["trips"], t1 - t0)
        assert tells(figures["hours"], v1 + t1 - v0 - t0)
        against(w, other, figures)
        change = {points[i]: m - before[i] for i, m in w.minutes(other).items()}
        nearer, farther = told["story-nearer"].pop(0), told["story-farther"].pop(0)
        assert nearer["count"] == sum(d < -0.5 for d in change.values())
        assert farther["count"] == sum(d > 0.5 for d in change.values())
        for named in (nearer, farther):
            for name, minutes in re.findall(r"([^,…]+?) ([+−]\d+)", named["which"]):
                assert tells(minutes, change[name.strip()])
        if farther["count"] == 0 and v1 < v0 and v1 + t1 > v0 + t0:
            why = told["story-nearest"].pop(0)
            assert tells(why["trips"], t1 - t0) and tells(why["visits"], v0 - v1)
    assert all(not rest for name, rest in told.items() if name != "story-figures")


@claims("tie-unit")
def _tie(w: World, v: Values) -> None:
    (one,), (other,) = w.sites(v["first"]), w.sites(v["second"])
    net = w.problem.network
    row = w.problem.minutes[net.point_ids.index(w.point[v["point"]])]
    assert tells(v["near"], row[net.site_ids.index(one)]) and tells(v["far"], row[net.site_ids.index(other)])
    assert {one, other} <= set(w.plan.site_ids) and row[net.site_ids.index(one)] == min(
        row[net.site_ids.index(j)] for j in w.plan.site_ids
    )


@claims("tie-order")
def _order(w: World, v: Values) -> None:
    one = w.plan if v["first"] in ("The plan", "Planen") else w.of(w.sites(v["first"]))
    other = w.of(w.sites(v["second"]))
    assert tells(v["apart"], other.objective / one.objective - 1)


@claims("ties-more")
def _ties(w: World, v: Values) -> None:
    assert w.found.alternatives is not None
    assert v["count"] == len(w.found.alternatives.near_ties) - 6 > 0


# --- what it leans on -----------------------------------------------------------------------------------------------


@claims(
    "span-beds",
    "span-dkk_per_year",
    "span-mean_minutes",
    "span-longest_minutes",
    "span-hours_per_year",
    "span-women_within",
)
def _span(w: World, v: Values) -> None:
    """Looked at below, where the measure is known."""
    assert number(v["low"]) < number(v["high"])


@claims("leans-same")
def _same(w: World, v: Values) -> None:
    """Some setting has these spans over what was tried of it, the units solved anew at each value and the same."""
    scales = {
        "beds": ("beds", 1.0),
        "M DKK a year with building": ("dkk_per_year", 1e6),
        "minutes on average": ("mean_minutes", 1.0),
        "minutes at most": ("longest_minutes", 1.0),
        "hours of travel a year": ("hours_per_year", 1.0),
        "women a year within reach": ("women_within", 1.0),
    }
    spans = re.findall(r"([\d.,]+) to ([\d.,]+) (" + "|".join(scales) + ")", v["what"])
    assert spans and w.found.influence is not None
    measures = [(scales[what], (low.strip(","), high.strip(","))) for low, high, what in spans]
    stands = w.found.influence.stands

    def has(setting: Any) -> bool:
        tries = (stands, *setting.tries)
        if not setting.tries or any(t.site_ids != w.plan.site_ids for t in tries):
            return False
        for (measure, scale), (low, high) in measures:
            values = [getattr(t, measure) / scale for t in tries]
            if not (tells(low, min(values)) and tells(high, max(values))):
                return False
        return True

    assert any(has(setting) for setting in w.found.influence.settings), v["what"]


@claims("leans-nothing")
def _nothing(w: World, v: Values) -> None:
    assert w.found.influence is not None
    stands = w.found.influence.stands
    measures = ("beds", "dkk_per_year", "mean_minutes", "hours_per_year")
    assert any(
        setting.tries
        and all(t.site_ids == w.plan.site_ids for t in setting.tries)
        and all(getattr(t, m) == pytest.approx(getattr(stands, m)) for t in setting.tries for m in measures)
        for setting in w.found.influence.settings
    )


@claims("flexible")
def _flexible(w: World, v: Values) -> None:
    """Beds that are not needed cost nothing: the price of a bed for each bed above the need."""
    price, built = w.problem.finance.bed_dkk_per_year, w.plan.beds
    needs = [row["open"] for row in w.found.robustness.flexible]  # type: ignore[union-attr]
    saved = [price * (built - open_) / 1e6 for open_ in needs]
    assert tells(v["low"], min(saved)) and tells(v["high"], max(saved))


@claims("ladder-step")
def _step(w: World, v: Values) -> None:
    """In the middle of a step the best units are those told."""
    low, high = number(v["low"]), number(v["high"])
    there = w.problem.set("demand.women_per_year", (low + high) / 2)
    try:
        best = cap.solve(there).site_ids
        assert v["what"].startswith(f"{len(best)} units: ") and w.sites(v["what"]) == best
    except cap.InfeasibleError:
        assert v["what"] == "no plan keeps the rules"


# --- simulated years and the method ---------------------------------------------------------------------------------


@claims("interval")
def _interval(w: World, v: Values) -> None:
    low, high = number(v["low"]) / 100, number(v["high"]) / 100
    columns = w.found.stress.columns  # type: ignore[union-attr]
    rows = zip(columns["value"], columns["low"], columns["high"], strict=True)
    assert low <= number(v["value"]) <= high
    assert any(tells(v["value"], a) and abs(b - low) < 6e-4 and abs(c - high) < 6e-4 for a, b, c in rows)


@claims("stress-text")
def _stress(w: World, v: Values) -> None:
    assert w.found.stress is not None
    record = w.found.stress.record
    assert [number(v["years"]), number(v["runs"]), number(v["seed"])] == [
        record["years"], record["replications"], record["seed"]
    ]  # fmt: skip


@claims("promise-loss")
def _promise(w: World, v: Values) -> None:
    """Erlang's formula by hand: no unit turns away more."""
    assert number(v["share"]) == w.problem.promise.turned_away
    table = w.plan.unit_table
    for beds, stays, away in zip(table["beds"], table["stays"], table["turned_away"], strict=True):
        load, blocked = stays * w.problem.care.mean_days / 365, 1.0
        for k in range(1, beds + 1):
            blocked = load * blocked / (k + load * blocked)
        assert away == pytest.approx(blocked, rel=0.02) and blocked <= number(v["share"])


@claims("method-text")
def _method(w: World, v: Values) -> None:
    sets = sum(math.comb(_near(w), k) for k in range(1, 7))
    assert f"All {sets:,} sets of sites" in v["certificate"] or "none is better" in v["certificate"]
    assert w.problem.travel.modelled and "modelled" in v["travel"]


def _near(w: World) -> int:
    return int((np.asarray(w.problem.ambulatory_minutes) <= 30).sum())


# --- the annexes ----------------------------------------------------------------------------------------------------


@claims("annex-holds")
def _holds(w: World, v: Values) -> None:
    unit = w.units[v["unit"]]
    assert v["beds"] == f"{unit['beds']} beds" and tells(v["stays"], unit["stays"])
    assert tells(v["occupancy"], unit["occupancy"]) and tells(v["away"], unit["turned_away"])


@claims("annex-balance")
def _balance(w: World, v: Values) -> None:
    unit = w.units[v["unit"]]
    assert tells(v["income"], unit["income_dkk"] / 1e6) and tells(v["cost"], unit["cost_dkk"] / 1e6)
    assert tells(v["result"], (unit["income_dkk"] - unit["cost_dkk"]) / 1e6)


@claims("annex-building")
def _building(w: World, v: Values) -> None:
    unit, finance = w.units[v["unit"]], w.problem.finance
    rate = finance.interest / (1 - (1 + finance.interest) ** -finance.years)
    assert tells(v["building"], unit["beds"] * finance.building_dkk_per_bed / 1e6)
    assert tells(v["yearly"], unit["beds"] * finance.building_dkk_per_bed * rate / 1e6)
    assert number(v["years"]) == finance.years


@claims("annex-startup", "annex-admitted")
def _startup(w: World, v: Values) -> None:
    unit = w.units[v["unit"]]
    if "startup" in v:
        assert tells(v["startup"], unit["startup_loss_dkk"] / 1e6)
        assert number(v["years"]) == w.problem.finance.filling_years
    else:
        # The rule counts who finds a bed free, as money does.
        assert (
            tells(v["stays"], unit["stays"] * (1 - unit["turned_away"]))
            and number(v["asked"]) == w.problem.policy.volume.stays
        )  # type: ignore[union-attr]


@claims("annex-at")
def _at(w: World, v: Values) -> None:
    unit = w.units[v["unit"]]
    assert unit["ambulatory"] == unit["site_id"] in w.problem.network.ambulatories


@claims("annex-here", "annex-nothing")
def _here(w: World, v: Values) -> None:
    here = _sites_of(w, w.region[v["region"]]) & set(w.plan.site_ids)
    assert set(w.sites(v.get("units", ""))) == here


@claims("annex-use")
def _use(w: World, v: Values) -> None:
    sums = {r: float(w.women(r)[0].sum()) for r in w.region.values()}
    assert any(tells(v["women"], total) for total in sums.values())
    assert set(w.sites(v["units"])) <= set(w.plan.site_ids)


@claims("annex-travels", "annex-access")
def _travels(w: World, v: Values) -> None:
    def holds(region: str) -> bool:
        women, minutes = w.women(region)
        if "share" in v:
            return tells(v["share"], women[minutes <= number(v["minutes"])].sum() / women.sum())
        order = np.argsort(minutes)
        most = minutes[order][np.searchsorted(np.cumsum(women[order]), 0.8 * women.sum())]
        mean = women @ minutes / women.sum()
        return tells(v["mean"], mean) and tells(v["longest"], minutes.max()) and tells(v["most"], most)

    assert any(holds(region) for region in w.region.values())


@claims("annex-share")
def _share(w: World, v: Values) -> None:
    """Each unit's building and starting loss by the share of its women who are the region's."""
    net, table = w.problem.network, w.plan.assignment_table
    home = dict(zip(net.point_ids, net.point_regions, strict=True))

    def shares(region: str) -> tuple[float, float]:
        once = lost = 0.0
        for unit in {u["site_id"]: u for u in w.units.values()}.values():
            rows = [
                (women, home[i] == region)
                for i, j, women in zip(table["point_id"], table["site_id"], table["women"], strict=True)
                if j == unit["site_id"]
            ]
            share = sum(women for women, mine in rows if mine) / sum(women for women, _ in rows)
            once, lost = once + share * unit["building_dkk"] / 1e6, lost + share * unit["startup_loss_dkk"] / 1e6
        return once, lost

    assert any(
        tells(v["building"], once) and tells(v["startup"], lost) for once, lost in map(shares, w.region.values())
    )


@claims("annex-pays")
def _pays(w: World, v: Values) -> None:
    assert number(v["mean"]) <= number(v["high"]) or number(v["mean"]) == 0


# --- all of them ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def caught() -> tuple[World, dict[str, list[Values]]]:
    """What is said, with the values put in, as report, summary and paper are made."""
    plan = cap.solve(cap.denmark())
    found = studies_of(plan)
    said: dict[str, list[Values]] = defaultdict(list)
    plain = Phrases.__call__

    def call(self: Phrases, phrase: str, **values: Any) -> str:
        said[phrase].append(values)
        return plain(self, phrase, **values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Phrases, "__call__", call)
        with pytest.MonkeyPatch.context() as once:
            once.setattr("capacity.report.page.studies_of", lambda *_, **__: found)
            report_page(plan)
        stories_told = {name: list(values) for name, values in said.items() if name.startswith("story-")}
        summary_of(plan, found=found)
        paper_of(plan, studies=False)
    world = World(plan, found)
    stories(world, stories_told)
    return world, said


def test_every_sentence_that_is_said_has_its_law(caught: tuple[World, dict[str, list[Values]]]) -> None:
    _, said = caught
    full = {name for name, values in said.items() if any(values)}
    told = {name for name in full if not name.startswith("story-")}
    assert sorted(told - set(CHECKS) - SHAPES) == []
    assert len(full & set(CHECKS)) > 40 and SHAPES.isdisjoint(CHECKS)


def test_what_every_sentence_says_is_so(caught: tuple[World, dict[str, list[Values]]]) -> None:
    world, said = caught
    for name, check in CHECKS.items():
        every = {repr(sorted(values.items())): values for values in said.get(name, ())}
        for values in every.values():
            check(world, values)


def test_a_sentence_that_is_not_so_is_seen(caught: tuple[World, dict[str, list[Values]]]) -> None:
    world, said = caught
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("answer-travel", {"mean": "48"}),
        ("absent-hours", {"behind": "16.7\N{NO-BREAK SPACE}%"}),
        ("absent-broken", {"rules": "Active practice"}),
        ("sure-right", {"right": "7"}),
        ("document-money", {"yearly": "6.2"}),
        ("leans-same", {"what": "61 to 83 beds"}),
        ("annex-travels", {"most": "44"}),
    ]
    for name, change in wrong:
        with pytest.raises(AssertionError):
            CHECKS[name](world, {**said[name][0], **change})
    one, *others = said["story-figures"]
    with pytest.raises(AssertionError):
        stories(world, {**said, "story-figures": [{**one, "trips": "+206"}, *others]})
