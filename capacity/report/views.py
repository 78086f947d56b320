"""Plans shown whole in the report: the plan, alternatives, the best plans of named figures, as many as fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capacity.errors import CapacityError
from capacity.plan.plan import Plan
from capacity.problem.named import under
from capacity.report import tables
from capacity.report.aftercare import aftercare_grid, aftercare_said, family_grid
from capacity.report.geometry import Ground
from capacity.report.marks import to_svg
from capacity.report.outpatient import care_said
from capacity.report.phrases import Phrases
from capacity.report.studied import Studies

MOST_DRAWN = 850_000
"""Letters of maps and tables of whole plans after which no further plan is shown, so that a page stays below 1 MB."""

PER_TABLES = 8_000
"""Letters of the tables of one plan."""

SIZES = (("wide", 800), ("narrow", 400))
"""Widths of the plan's own map: on a screen, and on a telephone."""

SMALL = (("small", 480),)
"""Width of the maps of other plans: one for both."""


Maps = tuple[tuple[str, str], ...]
"""Drawings of one plan, each with where it is shown."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One plan shown whole."""

    id: str
    group: str
    name: str
    maps: Maps
    units: tables.Grid
    regions: tables.Grid
    money: tables.Grid | None
    care: str
    admitted: bool
    aftercare: str
    second: tuple[tables.Grid, ...]


def views_of(
    plan: Plan, found: Studies, t: Phrases, names: Mapping[str, str], ground: Ground | None, shapes: dict[str, str]
) -> tuple[list[View], int]:
    """The plan, then alternatives and the best plans of named figures, as many as fit; how many do not."""
    chosen = [("plan", t("plan-itself"), plan)]
    others = [] if found.alternatives is None else [a.plan for a in found.alternatives.alternatives]
    chosen += [
        ("alternatives", " · ".join(names[j] for j in p.site_ids), p) for p in others if p.site_ids != plan.site_ids
    ]
    chosen += _of_scenarios(plan, found, t)
    views: list[View] = []
    letters = drawn = 0
    for group, name, one in chosen:
        if views and drawn + letters + sum(map(len, shapes)) > MOST_DRAWN:
            break
        views.append(
            View(
                id=f"view{len(views)}",
                group=group,
                name=name,
                maps=_maps(one, ground, t, shapes, SIZES if not views else SMALL),
                units=tables.units(one, t),
                regions=tables.regions(one, t),
                money=tables.priced(one, t),
                admitted=one.problem.counts_admitted,
                care=care_said(one, t),
                aftercare=aftercare_said(one, t),
                second=tuple(grid for grid in (aftercare_grid(one, t), family_grid(one, t)) if grid is not None),
            )
        )
        # The next one is as long as this one, more or less.
        letters = sum(len(svg) for _, svg in views[-1].maps) + PER_TABLES
        drawn += letters
    return views, len(chosen) - len(views)


def _of_scenarios(plan: Plan, found: Studies, t: Phrases) -> list[tuple[str, str, Plan]]:
    """The best plan of each named figure that has one."""
    from capacity.studies.sets import plan_of_set

    if found.robustness is None:
        return []
    made: list[tuple[str, str, Plan]] = []
    seen = {(plan.site_ids, plan.problem.scenarios.women_per_year)}
    for s in found.scenarios:
        sites = tuple(found.robustness.best.get(s.id, ()))
        there = under(plan.problem, s)
        women = there.scenarios.women_per_year
        if not sites or (s.changes_only_demand and (sites, women) in seen):
            continue
        seen.add((sites, women))
        try:
            one = plan_of_set(there, sites, plan.goal)
        except CapacityError:
            continue
        name = t("view-scenario", name=t.said(s.label) or s.label, women=t.plain(women))
        made.append(("scenarios", name, one))
    return sorted(made, key=lambda view: view[2].problem.scenarios.women_per_year)


def _maps(
    plan: Plan, ground: Ground | None, t: Phrases, shapes: dict[str, str], sizes: Sequence[tuple[str, int]]
) -> Maps:
    """The map at each size; none without coordinates."""
    if ground is None:
        return ()
    from capacity.report.map import map_on

    return tuple(
        (kind, to_svg(map_on(ground, plan, width=width, language=t.language).drawing, shapes)) for kind, width in sizes
    )


def first_map(maps: Maps) -> str:
    """The narrow map once more beside the answer, as one picture: what it says of each place stands with the plan."""
    narrow = dict(maps).get("narrow", "")
    bare = narrow.replace(' tabindex="0"', "").replace(' role="img"', "")
    return bare.replace('role="group"', 'role="img"', 1)
