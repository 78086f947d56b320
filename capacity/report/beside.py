"""Up to four plans side by side on one page: maps, money, and who gains and who loses by municipality."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from capacity.errors import DataError, Finding
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.report.geometry import ground_of
from capacity.report.marks import shared, style, to_svg
from capacity.report.naming import short_names
from capacity.report.page import template, write_page
from capacity.report.phrases import Phrases, phrases, point_names
from capacity.report.prices import sums_of
from capacity.report.settings_said import given_said, name_of
from capacity.report.signs import shown
from capacity.report.tables import Cell, Grid, Row, figure, grid, said
from capacity.report.words import hours_of, hours_of_courses
from capacity.studies.compare import differing_inputs
from capacity.studies.equity import equity_of_all
from capacity.studies.sets import minutes_by_point

MOST = 4
"""Plans on one page."""

WIDTH = 400
"""Of each map."""

MONEY = ("running", "income", "building")
"""Sums of a whole plan's money, in the order they are told."""

FELT = 0.5
"""Minutes below which a municipality is as far as before."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One plan of the page."""

    name: str
    map: str
    figures: tuple[tuple[str, str], ...]
    story: str


@told
def write_beside(
    plans: Sequence[tuple[str, Plan]], path: str | os.PathLike[str], *, language: str = "en", force: bool = False
) -> Path:
    """Write the page; see `beside_page`.

    Raises
    ------
    DataError
        Where a file of others is there, or a page that was changed since.
    """
    return write_page(beside_page(plans, language=language), path, force=force)


@told
def beside_page(plans: Sequence[tuple[str, Plan]], *, language: str = "en") -> str:
    """Plans side by side as HTML; gains and losses are against the first.

    Parameters
    ----------
    plans : sequence of (name, Plan)
        Two to four.
    language : {"en", "da"}

    Raises
    ------
    DataError
        Where there are fewer or more, or the language is not known.
    """
    t = phrases(language)
    if not 2 <= len(plans) <= MOST:
        rule, remedy = f"two to {MOST} plans stand side by side", "Leave some out, or give another."
        raise DataError([Finding(table="compare", column="plans", value=str(len(plans)), rule=rule, remedy=remedy)])
    shapes: dict[str, str] = {}
    first = plans[0][1]
    columns = [_column(name, plan, first, t, shapes) for name, plan in plans]
    page = template("compare.html.j2").render(
        t=t,
        plans=columns,
        units=_units(plans, t),
        inputs=_inputs(plans, t),
        moved=_moved(plans, t),
        notices=_notices(plans, t),
        map_style=style(),
        shapes=shared(shapes) if shapes else "",
    )
    return shown(page, kept="\n\t")


def _column(name: str, plan: Plan, first: Plan, t: Phrases, shapes: dict[str, str]) -> Column:
    from capacity.report.map import map_on

    net = plan.problem.network
    placed = net.point_lonlat is not None and net.site_lonlat is not None
    drawing = map_on(ground_of(plan.problem), plan, width=WIDTH, language=t.language).drawing if placed else None
    visits, trips = hours_of(plan)
    even = equity_of_all(plan)
    figures = [
        (t("units"), t.number(len(plan.site_ids))),
        (t("beds"), t.number(plan.beds)),
        *_aftercare(plan, t),
        (t("mean"), t.number(plan.mean_minutes, 1)),
        (t("longest"), t.number(plan.longest_minutes)),
        (t("worst-off"), t.number(even["worst_off_minutes"])),
        (t("gap-regions"), t.number(even["gap_minutes"])),
        (t("fewest-beds-woman"), t.number(even["fewest_beds_per_woman"], 2)),
        (t("beside-visits"), t.number(visits)),
        (t("beside-trips"), t.number(trips)),
        *([(t("beside-courses"), t.number(hours_of_courses(plan)))] if plan.problem.outpatient.on else []),
        (t("women"), t.plain(round(plan.problem.scenarios.women_per_year, 1))),
        *((t(f"beside-{k}"), t.number(v / 1e6, 1)) for k, v in zip(MONEY, sums_of(plan), strict=True)),
    ]
    return Column(
        name=name,
        map="" if drawing is None else to_svg(drawing, shapes),
        figures=tuple(figures),
        story="" if plan is first else _story(first, plan, t),
    )


def _aftercare(plan: Plan, t: Phrases) -> list[tuple[str, str]]:
    if not plan.problem.aftercare.on:
        return []
    return [(t("beside-aftercare"), t.number(plan.figures["aftercare_beds"]))]


def _story(first: Plan, plan: Plan, t: Phrases) -> str:
    """How many women are nearer, and how many farther, than under the first plan."""
    before, after = minutes_by_point(first), minutes_by_point(plan)
    women = dict(zip(plan.problem.network.point_ids, plan.problem.expected_women.tolist(), strict=True))
    both = [i for i in before if i in after]
    nearer = [i for i in both if before[i] - after[i] > FELT]
    farther = [i for i in both if after[i] - before[i] > FELT]
    return t(
        "beside-story",
        nearer=t.number(sum(women[i] for i in nearer), 1),
        near=t.number(len(nearer)),
        near_count=len(nearer),
        farther=t.number(sum(women[i] for i in farther), 1),
        far=t.number(len(farther)),
    )


def _units(plans: Sequence[tuple[str, Plan]], t: Phrases) -> Grid:
    """Beds at each site that is a unit in some plan."""
    whole = {j: n for _, p in plans for j, n in zip(p.unit_table["site_id"], p.unit_table["name"], strict=True)}
    names = short_names(whole, whole.values())
    beds = [dict(zip(p.unit_table["site_id"], p.unit_table["beds"], strict=True)) for _, p in plans]
    rows: list[Row] = [
        [name, *(figure(t, b[j]) if j in b else Cell(text="–") for b in beds)] for j, name in names.items()
    ]
    return grid(t("beside-units"), [(t("unit"), False), *((name, True) for name, _ in plans)], rows)


def _inputs(plans: Sequence[tuple[str, Plan]], t: Phrases) -> Grid:
    """Settings in which some plan differs from the first."""
    first = plans[0][1].problem
    found = [{key: (a, b) for key, a, b in differing_inputs(first, plan.problem)} for _, plan in plans]
    rows: list[Row] = []
    for key in dict.fromkeys(k for each in found for k in each):
        stands = next(each[key][0] for each in found if key in each)
        rows.append([name_of(key, t), *(_value(key, each[key][1] if key in each else stands, t) for each in found)])
    return grid(t("beside-inputs"), [(t("setting"), False), *((name, False) for name, _ in plans)], rows)


def _value(key: str, value: object, t: Phrases) -> str:
    if isinstance(value, bool):
        return t("value-on" if value else "value-off")
    return given_said(key, value, t, {}) or "–"


def _notices(plans: Sequence[tuple[str, Plan]], t: Phrases) -> list[tuple[str, Cell]]:
    """What reading the cases made notices of: the plans it holds for, "" where it is all, and the notice."""
    held: dict[str, list[str]] = {}
    for name, plan in plans:
        for notice in dict.fromkeys(plan.problem.notices):
            held.setdefault(notice, []).append(name)
    return [("" if len(of) == len(plans) else ", ".join(of), said(t, notice)) for notice, of in held.items()]


def _moved(plans: Sequence[tuple[str, Plan]], t: Phrases) -> Grid:
    """Municipalities whose way changes: minutes under the first plan, and the change under each other."""
    net = plans[0][1].problem.network
    names = dict(zip(net.point_ids, point_names(net, t), strict=True))
    before, *others = (minutes_by_point(plan) for _, plan in plans)
    change = {i: [each.get(i, m) - m for each in others] for i, m in before.items()}
    order = sorted((i for i in change if max(map(abs, change[i])) > FELT), key=lambda i: (-max(map(abs, change[i])), i))
    rows: list[Row] = [
        [names[i], figure(t, before[i]), *(Cell(text=t.signed(d) if abs(d) > FELT else "") for d in change[i])]
        for i in order
    ]
    heads = [(t("beside-place"), False), *((name, True) for name, _ in plans)]
    return grid(t("beside-moved"), heads, rows)
