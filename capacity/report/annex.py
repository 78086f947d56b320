"""The annex of a region: its answer in the order the agency asks (Request-2024)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capacity.plan.aftercare import aftercare_table
from capacity.plan.courses import care_columns
from capacity.plan.plan import Plan
from capacity.report.phrases import Phrases, point_names
from capacity.report.prices import PRICES, sources_said
from capacity.report.settings_said import model_said
from capacity.report.sheet import minutes_of
from capacity.report.tables import admitted
from capacity.studies.who_pays import WhoPays


@dataclass(frozen=True, kw_only=True)
class Part:
    """A heading, what the model says under it, and whether the region has to fill in more."""

    heading: str
    level: int
    said: tuple[str, ...] = ()
    fill: bool = False


@dataclass(frozen=True, kw_only=True)
class Annex:
    """One region's annex: parts in order, and its municipalities with minutes, and unit where there are several.

    `why` says of a region without a unit, and of its ambulatories, why there is none.
    """

    region: str
    title: str
    parts: tuple[Part, ...]
    ways: str
    municipalities: tuple[tuple[str, str, str], ...]
    why: tuple[str, ...] = ()


def annexes(
    plan: Plan,
    t: Phrases,
    names: Mapping[str, str],
    paid: WhoPays | None = None,
    why: Mapping[str, Sequence[str]] | None = None,
) -> list[Annex]:
    """An annex for each region, with what its municipalities pay; `why` are sentences by region on units not there."""
    said = why or {}
    regions = plan.region_table["region"]
    return [_annex(plan, k, t, names, paid, said.get(region, ())) for k, region in enumerate(regions)]


def _annex(plan: Plan, k: int, t: Phrases, names: Mapping[str, str], paid: WhoPays | None, why: Sequence[str]) -> Annex:
    net, table, units = plan.problem.network, plan.region_table, plan.unit_table
    region, name = table["region"][k], table["name"][k]
    minutes, unit = minutes_of(plan)
    here = [u for u, r in enumerate(units["region"]) if r == region]
    home = dict(zip(net.point_ids, net.point_regions, strict=True))
    assigned = plan.assignment_table
    used = {j for i, j in zip(assigned["point_id"], assigned["site_id"], strict=True) if home[i] == region}
    theirs = [u for u, j in enumerate(units["site_id"]) if j in used]
    mine = sorted({*here, *theirs})
    places = t.joined(t("unit-beds", name=units["name"][u], beds=units["beds"][u]) for u in here)
    use = t.joined(units["name"][u] for u in theirs)
    second, staying = _places(plan, region), care_columns(table).get("residential_women", table["women"])[k]
    placement = [t("annex-here", region=name, units=places) if here else t("annex-nothing", region=name)]
    if theirs:
        placement.append(t("annex-use", women=t.number(staying, 1), units=use))
    held = (*_care(plan, k, t), *_capacity(plan, mine, t), *_second(second, t))
    parts = (
        Part(heading=t("annex-model"), level=3),
        Part(heading=t("annex-legal"), level=4, fill=True),
        Part(heading=t("annex-tie"), level=4, said=_tie(plan, mine, t, names), fill=True),
        Part(heading=t("annex-content"), level=4, fill=True),
        Part(heading=t("annex-competences"), level=4, fill=True),
        Part(heading=t("annex-placement"), level=4, said=tuple(placement)),
        Part(heading=t("annex-capacity"), level=4, said=held),
        Part(heading=t("annex-travel"), level=4, said=_travel(plan, k, t)),
        Part(heading=t("annex-viability"), level=4, said=_viability(plan, mine, t)),
        Part(heading=t("annex-agreement"), level=3, fill=True),
        Part(heading=t("annex-finance"), level=3, said=_finance(plan, region, mine, second, t, paid), fill=True),
        Part(heading=t("annex-time"), level=3, said=(t("annex-years"),), fill=True),
    )
    only = names[next(iter(used))] if len(used) == 1 else ""
    called = point_names(net, t)
    rows = sorted(
        (called[i], t.number(float(minutes[i])), "" if only else names.get(unit[i], "–"))
        for i, r in enumerate(net.point_regions)
        if r == region
    )
    ways = t("annex-to-one", unit=only) if only else t("annex-municipalities")
    title = t("annex", region=name)
    return Annex(region=name, title=title, parts=parts, ways=ways, municipalities=tuple(rows), why=tuple(why))


def _tie(plan: Plan, mine: Sequence[int], t: Phrases, names: Mapping[str, str]) -> tuple[str, ...]:
    """How far each unit lies from the ambulatory it works with."""
    table = plan.unit_table
    said = []
    for u in mine:
        near, ambulatory = table["to_ambulatory_minutes"][u], table["ambulatory"][u]
        if not ambulatory or near != near:
            continue
        if ambulatory == table["site_id"][u]:
            said.append(t("annex-at", unit=table["name"][u]))
        else:
            minutes = t("minutes-of", value=t.number(near), count=round(near))
            tied = names.get(ambulatory, ambulatory)
            said.append(t("annex-tied", unit=table["name"][u], minutes=minutes, ambulatory=tied))
    return tuple(said)


def _capacity(plan: Plan, mine: Sequence[int], t: Phrases) -> tuple[str, ...]:
    table = plan.unit_table
    # Where women wait, who comes finds every bed taken as often as somebody waits.
    away = table["waiting" if plan.problem.promise.kind == "wait" else "turned_away"]
    return tuple(
        t(
            "annex-holds",
            unit=table["name"][u],
            stays=t.number(table["stays"][u], 1),
            beds=t("beds-of", value=t.number(table["beds"][u]), count=table["beds"][u]),
            occupancy=t.percent(table["occupancy"][u]),
            away=t.percent(away[u], 1),
        )
        for u in mine
    )


def _travel(plan: Plan, k: int, t: Phrases) -> tuple[str, ...]:
    table, access = plan.region_table, plan.problem.policy.region_access
    if math.isnan(table["mean_minutes"][k]):
        # Nobody of the region is at a unit.
        return ()
    said = [
        t(
            "annex-travels",
            mean=t.number(table["mean_minutes"][k]),
            longest=t.number(table["longest_minutes"][k]),
            most=t.number(table["minutes_80"][k]),
        )
    ]
    if access is not None:
        said.append(t("annex-access", share=t.percent(table["share_within"][k]), minutes=t.plain(access.minutes)))
    return tuple(said)


def _viability(plan: Plan, mine: Sequence[int], t: Phrases) -> tuple[str, ...]:
    """Stays against active practice, income against running cost."""
    table, volume = plan.unit_table, plan.problem.policy.volume
    asked = "none" if volume is None else t.plain(volume.stays)
    said = []
    # As the rule counts them.
    admitted_alone = plan.problem.counts_admitted
    counted = admitted(plan) if admitted_alone else table["stays"]
    phrase = "annex-admitted" if admitted_alone else "annex-stays"
    for u in mine:
        said.append(t(phrase, unit=table["name"][u], stays=t.number(counted[u], 1), asked=asked))
    if any(table["income_dkk"]):
        for u in mine:
            income, cost = table["income_dkk"][u] / 1e6, table["cost_dkk"][u] / 1e6
            said.append(
                t(
                    "annex-balance",
                    unit=table["name"][u],
                    income=t.number(income, 1),
                    cost=t.number(cost, 1),
                    result=t.signed(income - cost, 1),
                )
            )
    return tuple(said)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A place of aftercare that women of a region come to: its kinds of bed together, and the region's share by use."""

    name: str
    beds: int
    women: float
    held_up: float
    cost_dkk: float
    building_dkk: float
    startup_dkk: float
    share: float


def _places(plan: Plan, region: str) -> list[_Place]:
    """Places of aftercare of the units that women of a region use."""
    table, here = aftercare_table(plan), _women_at(plan, region)
    rows: dict[str, list[int]] = {}
    for row, site in enumerate(table["site_id"]):
        rows.setdefault(site, []).append(row)
    found = []
    for mine in rows.values():
        units = [here[j] for j in table["units"][mine[0]].split(", ")]
        inside, every = (math.fsum(each) for each in zip(*units, strict=True))
        women = math.fsum(table["stays"][row] for row in mine)
        beds, cost, building, startup = (
            math.fsum(table[column][row] for row in mine)
            for column in ("beds", "cost_dkk", "building_dkk", "startup_loss_dkk")
        )
        if inside:
            held = math.fsum(table["stays"][row] * table["held_up"][row] for row in mine)
            found.append(
                _Place(
                    name=table["name"][mine[0]],
                    beds=int(beds),
                    women=women,
                    held_up=held / women if women else 0.0,
                    cost_dkk=cost,
                    building_dkk=building,
                    startup_dkk=startup,
                    share=inside / every,
                )
            )
    return found


def _care(plan: Plan, k: int, t: Phrases) -> tuple[str, ...]:
    """Where the region's women are, where there is an outpatient course."""
    care = care_columns(plan.region_table)
    return (t("annex-care", **{name.split("_")[0]: t.number(care[name][k], 1) for name in care}),) if care else ()


def _second(places: Sequence[_Place], t: Phrases) -> tuple[str, ...]:
    """What the second stage of the region's stays is, by place."""
    return tuple(
        t(
            "annex-after",
            place=place.name,
            beds=t("beds-of", value=t.number(place.beds), count=place.beds),
            women=t.number(place.women, 1),
            held=t.percent(place.held_up, 1),
        )
        for place in places
    )


def _women_at(plan: Plan, region: str) -> dict[str, tuple[float, float]]:
    """Women of the region, and of all, at each unit a year."""
    net, table = plan.problem.network, plan.assignment_table
    home = dict(zip(net.point_ids, net.point_regions, strict=True))
    chance = dict(zip(plan.problem.scenarios.ids, plan.problem.probability.tolist(), strict=True))
    all_of, mine = dict.fromkeys(plan.site_ids, 0.0), dict.fromkeys(plan.site_ids, 0.0)
    for i, j, s, women in zip(table["point_id"], table["site_id"], table["scenario"], table["women"], strict=True):
        all_of[j] += chance[s] * women
        mine[j] += chance[s] * women * (home[i] == region)
    return {j: (mine[j], all_of[j]) for j in plan.site_ids}


def _finance(
    plan: Plan, region: str, mine: Sequence[int], second: Sequence[_Place], t: Phrases, paid: WhoPays | None
) -> tuple[str, ...]:
    """What its units cost to build and to fill, the region's share of both by use, and what it pays in each model."""
    table, finance = plan.unit_table, plan.problem.finance
    said = []
    here = _women_at(plan, region)
    used = [inside / every if every else 0.0 for inside, every in (here[j] for j in table["site_id"])]
    for u in mine:
        once = table["building_dkk"][u] / 1e6
        if once:
            said.append(
                t(
                    "annex-building",
                    unit=table["name"][u],
                    building=t.number(once, 1),
                    yearly=t.number(once * finance.annuity, 1),
                    years=t.plain(finance.years),
                )
            )
        startup = table["startup_loss_dkk"][u] / 1e6
        if startup:
            years = t.plain(finance.filling_years)
            said.append(t("annex-startup", unit=table["name"][u], startup=t.number(startup, 1), years=years))
    once, lost = (sum(used[u] * table[c][u] for u in mine) / 1e6 for c in ("building_dkk", "startup_loss_dkk"))
    for place in second:
        each = place.cost_dkk, place.building_dkk, place.startup_dkk
        if any(each):
            words = {n: t.number(dkk / 1e6, 1) for n, dkk in zip(("cost", "building", "startup"), each, strict=True)}
            said.append(t("annex-after-money", place=place.name, **words))
        once, lost = once + place.share * place.building_dkk / 1e6, lost + place.share * place.startup_dkk / 1e6
    if once or lost:
        said.append(t("annex-share", building=t.number(once, 1), startup=t.number(lost, 1)))
    for one in paid.models if paid is not None else ():
        pays = next(payer for payer in one.of("region") if payer.payer == region)
        said.append(
            t(
                "annex-pays",
                model=model_said(one.model.name, t),
                mean=t.number(pays.mean_dkk / 1e6, 1),
                high=t.number(pays.high_dkk / 1e6, 1),
            )
        )
    return (*said, t("annex-prices", sources=sources_said(plan, t, *PRICES)))
