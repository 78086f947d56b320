"""What a report says around a plan: alternatives, other figures, simulated years."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from capacity.plan.plan import Plan
from capacity.problem.named import NamedScenario
from capacity.report.phrases import Phrases, point_names
from capacity.report.settings_said import name_of, rule_said
from capacity.report.tables import Cell, Grid, Row, figure, grid, said, share
from capacity.report.words import hours_of, hours_of_courses
from capacity.rules import RULES, rules_on
from capacity.rules.objectives import TRAVEL
from capacity.studies.alternatives import Alternatives, changed_minutes
from capacity.studies.ladder import Ladder
from capacity.studies.near_ties import NearTie, UnitTie
from capacity.studies.robustness import Robustness
from capacity.studies.simulation import Stress
from capacity.studies.why_not import Absent
from capacity.tolerances import MOVED

FEW = 3
"""Municipalities named in a line of words."""

NOWHERE_NEARER = 0.5
"""Minutes below which a municipality is as far as before."""

TIES = 6
"""Near ties told; the others are counted."""


def absent(plan: Plan, found: Sequence[Absent], t: Phrases, names: Mapping[str, str]) -> list[str]:
    """Why each listed ambulatory and each region without a unit has none, in a sentence."""
    regions = plan.problem.network.region_names
    told = []
    for one in found:
        place = regions[one.region] if one.region is not None else names[str(one.site_id)]
        other = one.with_it
        if one.possible:
            units = t.joined([names[j] for j in other.site_ids])
            figures = {
                "minutes": t.signed(other.mean_minutes - plan.mean_minutes, 1),
                "beds": t.signed(other.beds - plan.beds),
                "count": abs(other.beds - plan.beds),
                "cost": t.signed((other.objectives["cost"] - plan.objectives["cost"]) / 1e6, 1),
                "behind": t.percent((other.loss - plan.loss) / abs(plan.loss) if plan.loss else 0.0, 1),
            }
            if _in_hours(plan) and _in_hours(other):
                # Nearer on average and yet behind: hours are those of two kinds of way.
                visits, trips = (b - a for a, b in zip(hours_of(plan), hours_of(other), strict=True))
                figures |= {"visits": t.signed(visits), "trips": t.signed(trips), "courses": _courses(plan, other, t)}
                told.append(t("absent-hours", place=place, units=units, **figures))
            else:
                told.append(t("absent-costs", place=place, units=units, **figures))
        else:
            broken = {b.rule for b in other.broken}
            rules = t.joined([rule_said(rule, t)[0] for rule in rules_on(plan.problem) if rule.name in broken])
            added = t.joined([names[j] for j in other.site_ids if j not in plan.site_ids])
            told.append(t("absent-broken", place=place, added=added, rules=rules))
    return told


def _courses(best: Plan, other: Plan, t: Phrases) -> str:
    """Hours more to outpatient courses; "none" where there are no courses."""
    if not best.problem.outpatient.on:
        return "none"
    return t.signed(hours_of_courses(other) - hours_of_courses(best))


def _in_hours(plan: Plan) -> bool:
    """Whether what is least is the hours alone: no price of a broken rule, and no risk, is in it."""
    return plan.objective_name == TRAVEL.name and math.isclose(plan.loss, plan.family_hours_per_year, rel_tol=MOVED)


def absent_by_region(plan: Plan, found: Sequence[Absent], t: Phrases, names: Mapping[str, str]) -> dict[str, list[str]]:
    """The same sentences by the region they are about, or whose ambulatory they are about."""
    net = plan.problem.network
    home = dict(zip(net.site_ids, net.site_regions, strict=True))
    told: dict[str, list[str]] = {}
    for one, sentence in zip(found, absent(plan, found, t, names), strict=True):
        told.setdefault(one.region or home[str(one.site_id)], []).append(sentence)
    return told


def story(best: Plan, other: Plan, t: Phrases, names: Mapping[str, str]) -> str:
    """What another plan gives and takes, against the best, in a line."""
    added = [names[j] for j in other.site_ids if j not in best.site_ids]
    gone = [names[j] for j in best.site_ids if j not in other.site_ids]
    parts = [t("story-with", names=t.joined(added))] if added else []
    parts += [t("story-without", names=t.joined(gone))] if gone else []
    visits, trips = (b - a for a, b in zip(hours_of(best), hours_of(other), strict=True))
    parts.append(
        t(
            "story-figures",
            visits=t.signed(visits),
            trips=t.signed(trips),
            courses=_courses(best, other, t),
            minutes=t.signed(other.mean_minutes - best.mean_minutes, 1),
            hours=t.signed(other.family_hours_per_year - best.family_hours_per_year),
            beds=t.signed(other.beds - best.beds),
            count=abs(other.beds - best.beds),
            cost=t.signed((other.objectives["cost"] - best.objectives["cost"]) / 1e6, 1),
        )
    )
    paid = sum(price for *_, price in other.penalties) - sum(price for *_, price in best.penalties)
    if abs(paid) > NOWHERE_NEARER:
        parts.append(t("story-price", price=t.signed(paid)))
    points = dict(zip(best.problem.network.point_ids, point_names(best.problem.network, t), strict=True))
    change = sorted(changed_minutes(best, other).items(), key=lambda x: (-abs(x[1]), x[0]))
    for phrase, sign in (("story-farther", 1), ("story-nearer", -1)):
        moved = [f"{points[i]} {t.signed(d)}" for i, d in change if sign * d > NOWHERE_NEARER]
        parts.append(t(phrase, count=len(moved), which=", ".join(moved[:FEW]) + (" …" if len(moved) > FEW else "")))
    text = "; ".join(parts)
    text = f"{text[:1].upper()}{text[1:]}."
    # Nearer for all and yet behind: it must be said why.
    if visits < 0 < trips + visits and not any(d > NOWHERE_NEARER for d in dict(change).values()):
        text += " " + t("story-nearest", trips=t.number(trips), visits=t.number(-visits))
    return text


def alternatives(others: Alternatives, t: Phrases, names: Mapping[str, str]) -> tuple[Grid, list[Cell], list[Cell]]:
    """The alternatives as a table, what is said after it, and the near ties."""
    best = others.alternatives[0].plan
    rows: list[Row] = []
    for a in others.alternatives:
        told = t("against-plan") if a.plan.site_ids == best.site_ids else story(best, a.plan, t, names)
        units = " · ".join(names[j] for j in a.plan.site_ids)
        rows.append([units, figure(t, a.plan.beds), share(t, a.behind, 1), told])
    heads = [("units", False), ("beds", True), ("behind", True), ("against", False)]
    within = t.percent(others.within)
    after = [
        said(t, others.certificate, names),
        Cell(text=t("core", within=within, names=t.joined(names[j] for j in others.core))),
        Cell(text=t("optional", names=t.joined(names[j] for j in others.optional))),
    ]
    # Plans whose order could turn round say more than a municipality between two units.
    first = sorted(others.near_ties, key=lambda tie: isinstance(tie, UnitTie))[:TIES]
    ties = [Cell(text=near_tie(tie, t, names, best.site_ids)) for tie in first]
    if len(others.near_ties) > TIES:
        ties.append(Cell(text=t("ties-more", count=len(others.near_ties) - TIES)))
    return grid(t("alternatives"), [(t(h), n) for h, n in heads], rows), after, ties


def near_tie(tie: NearTie, t: Phrases, names: Mapping[str, str], best: Sequence[str] = ()) -> str:
    """A near tie in a line; the sites of the best plan, where they are given, are called the plan."""
    if isinstance(tie, UnitTie):
        (first, second), (near, far) = (names[j] for j in tie.site_ids), (t.number(m) for m in tie.minutes)
        return t("tie-unit", point=tie.point, first=first, second=second, near=near, far=far)
    first, second = (
        t("tie-plan") if ids == tuple(best) else " + ".join(names[j] for j in ids)
        for ids in (tie.site_ids, tie.other_ids)
    )
    minutes, percent = t.plain(tie.minutes), f"{t.plain(tie.percent)}\N{NO-BREAK SPACE}%"
    return t("tie-order", first=first, second=second, apart=t.percent(tie.behind, 1), minutes=minutes, percent=percent)


def ladder(found: Ladder, t: Phrases, names: Mapping[str, str]) -> Grid:
    """The steps of demand."""
    rows: list[Row] = []
    for step in found.steps:
        beds = Cell(text="–")
        if step.site_ids:
            low, high = t.number(step.beds_low), t.number(step.beds)
            beds = Cell(text=low if low == high else f"{low}–{high}", key=step.beds)
        stopped = t.joined(t(f"rule-{r}.name") if t.has(f"rule-{r}.name") else r for r in step.stopped_by)
        rows.append(
            [
                figure(t, step.low, 2),
                figure(t, step.high, 2),
                " · ".join(names[j] for j in step.site_ids) or t("ladder-none"),
                beds,
                figure(t, step.mean_minutes),
                stopped,
            ]
        )
    heads = [("from", True), ("to", True), ("units", False), ("beds", True), ("mean", True), ("stopped", False)]
    return grid(t("ladder"), [(t(h), n) for h, n in heads], rows)


def robustness(
    plan: Plan, robust: Robustness, scenarios: Sequence[NamedScenario], t: Phrases, names: Mapping[str, str]
) -> Grid:
    """The plan's units in each named figure: beds needed there, and the beds as built."""
    by_id = {s.id: s for s in scenarios}
    rows: list[Row] = []
    mine = [row for row in robust.rows if list(row["plan"]) == list(plan.site_ids)]
    for row in sorted(mine, key=lambda r: float(r["women_per_year"])):
        s, best = by_id.get(row["scenario"]), tuple(robust.best.get(row["scenario"], ()))
        phrase = f"status-{row['status'].replace(' ', '-')}"
        there = t("as-the-plan") if best == plan.site_ids else " · ".join(names[j] for j in best) or "–"
        behind, away, beds = (math.nan if row[c] is None else row[c] for c in ("behind", "turned_away", "beds"))
        rows.append(
            [
                said(t, s.label if s else row["scenario"]),
                figure(t, row["women_per_year"], 1),
                said(t, s.document if s else ""),
                t(phrase) if t.has(phrase) else said(t, row["status"]),
                share(t, behind, 1),
                there,
                figure(t, beds),
                share(t, away, 1),
            ]
        )
    heads = [
        ("scenario", False),
        ("women", True),
        ("document", False),
        ("status", False),
        ("behind-best", True),
        ("best-there", False),
        ("beds-needed", True),
        ("away-as-built", True),
    ]
    return grid(t("robustness"), [(t(h), n) for h, n in heads], rows)


def verdict(found: Robustness, tried: Iterable[str], t: Phrases, names: Mapping[str, str]) -> list[Cell]:
    """What the study says in words; `tried` are the settings it may name."""
    known = {**names, **{r.name: t(f"rule-{r.name}.name") for r in RULES if t.has(f"rule-{r.name}.name")}}
    known |= {key: name_of(key, t) for key in tried}
    lines = [said(t, line, known) for line in found.verdict]
    saved = [row["saving_dkk"] / 1e6 for row in found.flexible]
    if saved and max(saved) > 0:
        low, high = t.number(min(saved), 1), t.number(max(saved), 1)
        lines.append(Cell(text=t("flexible", low=low, high=high)))
    return lines


def notes(found: Robustness | None, t: Phrases) -> list[Cell]:
    """What must be known to read the study of scenarios; it stands with the method."""
    return [] if found is None else [said(t, line) for line in found.notes]


def closures(shut: Robustness, t: Phrases, names: Mapping[str, str]) -> Grid | None:
    """One unit fewer: each closed for a quarter."""
    rows: list[Row] = [
        [
            names[row["closed"]],
            figure(t, row["referrals"], 1),
            figure(t, row["no_bed"], 1),
            figure(t, row["no_bed_open"], 1),
            figure(t, row["minutes_more"]),
            figure(t, row["in_beds"], 1),
            figure(t, row["free_beds"], 1),
        ]
        for row in shut.closures
    ]
    heads = (
        "closed",
        "closed-referrals",
        "closed-no-bed",
        "closed-open",
        "closed-minutes",
        "closed-inside",
        "closed-free",
    )
    return grid(t("closures"), [(t(h), h != "closed") for h in heads], rows) if rows else None


def stress(plan: Plan, found: Stress, t: Phrases, names: Mapping[str, str]) -> Grid:
    """Simulated shares with their intervals: units, then regions women live in, then the country."""
    columns: Mapping[str, Sequence[Any]] = found.columns
    told: dict[tuple[str, str], dict[str, tuple[float, float, float, float]]] = {}
    label: dict[tuple[str, str], str] = {}
    for k, measure in enumerate(columns["measure"]):
        key = (columns["level"][k], columns["id"][k])
        if key[0] == "aftercare":
            continue
        label[key] = columns["name"][k]
        told.setdefault(key, {})[measure] = tuple(columns[c][k] for c in ("value", "low", "high", "formula"))
    rows: list[Row] = []
    for (level, _), measures in told.items():
        name = t("country") if level == "country" else label[(level, _)]
        row: Row = [names.get(name, name)]
        for measure in ("turned_away", "sent_elsewhere", "occupancy"):
            value, low, high, _formula = measures.get(measure, (math.nan,) * 4)
            text = "–" if value != value else _interval(value, low, high, t)
            row.append(Cell(text=text, key=None if value != value else value))
        rows.append([*row, share(t, measures.get("turned_away", (math.nan,) * 4)[3], 1)])
    heads = ["stress-unit", "stress-away", "stress-elsewhere", "stress-occupancy", "stress-formula"]
    return grid(t("stress"), [(t(h), k > 0) for k, h in enumerate(heads)], rows)


def stress_aftercare(found: Stress | None, t: Phrases, names: Mapping[str, str]) -> Grid | None:
    """Who finds no bed of aftercare free in simulated years, by place; None where there is no aftercare."""
    if found is None or "aftercare_days" not in found.record:
        return None
    columns: Mapping[str, Sequence[Any]] = found.columns
    told = {
        (columns["id"][k], columns["measure"][k]): tuple(columns[c][k] for c in ("value", "low", "high", "formula"))
        for k, level in enumerate(columns["level"])
        if level == "aftercare"
    }
    rows: list[Row] = []
    for id in dict.fromkeys(id for id, _ in told):
        value, low, high, formula = told[id, "held_up"]
        held = Cell(text=_interval(value, low, high, t), key=None if value != value else value)
        row: Row = [names[id] if id else t("total"), held, share(t, formula, 1)]
        row += [figure(t, told[id, "held_days"][0], 1), share(t, told[id, "aftercare_occupancy"][0])]
        rows.append([*row, figure(t, told[id, "aftercare_stays"][0], 1)])
    heads = ("aftercare-place", "held-up", "held-formula", "held-days", "stress-occupancy", "women")
    return grid(t("aftercare"), [(t(h), h != "aftercare-place") for h in heads], rows)


def opening(found: Stress, t: Phrases, names: Mapping[str, str]) -> Grid | None:
    """The years in which the beds fill, one row a year and unit; None where none were simulated."""
    columns: Mapping[str, Sequence[Any]] = found.opening_columns
    if not columns:
        return None
    rows: list[Row] = [
        [
            names[site],
            figure(t, columns["year"][k]),
            figure(t, columns["stays"][k], 1),
            share(t, columns["occupancy"][k]),
            figure(t, columns["result_dkk"][k] / 1e6, 1),
        ]
        for k, site in enumerate(columns["site_id"])
    ]
    heads = ("unit", "year", "admitted", "occupancy", "result")
    return grid(t("opening"), [(t(h), h != "unit") for h in heads], rows)


def _interval(value: float, low: float, high: float, t: Phrases) -> str:
    if low != low or high != high:
        return t.percent(value, 1)
    return t("interval", value=t.percent(value, 1), low=t.number(100 * low, 1), high=t.number(100 * high, 1))
