"""The chart of the ladder: how many units are best at each level of demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from capacity.plan.plan import Plan
from capacity.problem.named import NamedScenario
from capacity.report.marks import CLASSES, Drawing, Mark, to_svg
from capacity.report.phrases import Phrases
from capacity.studies.ladder import Ladder

WIDE, LEFT, RIGHT = 760.0, 14.0, 746.0
TOP, FLOOR = 46.0, 150.0
TICK = 50.0
"""Women a year between two marks of the axis."""


def ladder_chart(
    plan: Plan, study: Ladder, scenarios: Sequence[NamedScenario], t: Phrases, names: Mapping[str, str]
) -> str:
    """A staircase over women a year, with the documents' figures above it and the plan marked."""
    low, high = study.steps[0].low, study.steps[-1].high
    most = max(len(s.site_ids) for s in study.steps)
    rise = (FLOOR - TOP) / max(most, 1)

    def at(women: float) -> float:
        return LEFT + (RIGHT - LEFT) * (min(max(women, low), high) - low) / (high - low)

    marks = [Mark(kind="box", xy=(0, 0), ink="panel", wide=(WIDE, 200))]
    for step in study.steps:
        count, x = len(step.site_ids), at(step.low)
        wide = at(step.high) - x
        what = t("ladder-none")
        if count:
            what = f"{t('units-of', count=count)}: {t.joined(names[j] for j in step.site_ids)}"
        words = t("ladder-step", low=t.number(step.low, 2), high=t.number(step.high, 2), what=what)
        top = FLOOR - max(rise * count, 4)
        ink = CLASSES[min(count, len(CLASSES)) - 1] if count else "same"
        marks.append(
            Mark(kind="box", xy=(x, top), ink=ink, wide=(wide, FLOOR - top), title=words, edge="panel", group="site")
        )
        label = t("units-of", count=count) if count else t("ladder-none")
        if wide > 7 * len(label):
            base = top - 5 if not count else top + 15
            marks.append(
                Mark(kind="text", xy=(x + wide / 2, base), ink="text", text=label, size=12, anchor="middle", group="h")
            )
    marks.append(Mark(kind="lines", xy=[((LEFT, FLOOR), (RIGHT, FLOOR))], ink="line", size=1))
    first = int(low // TICK) * TICK
    for k in range(int((high - first) // TICK) + 1):
        women = first + k * TICK
        x = at(women)
        marks.append(Mark(kind="lines", xy=[((x, FLOOR), (x, FLOOR + 5))], ink="line", size=1))
        marks.append(
            Mark(kind="text", xy=(x, FLOOR + 19), ink="soft", text=t.plain(women or low), size=11, anchor="middle")
        )
    marks.append(Mark(kind="text", xy=(RIGHT, FLOOR + 36), ink="soft", text=t("ladder-axis"), size=11, anchor="end"))
    here = plan.problem.scenarios.women_per_year
    for s in scenarios:
        figure = s.women_per_year
        if figure is not None and s.changes_only_demand and low <= figure <= high and figure != here:
            words = t("view-scenario", name=t.said(s.label) or s.label, women=t.plain(figure))
            xy = (at(figure), TOP - 12)
            marks.append(Mark(kind="diamond", xy=xy, ink="site", size=4, title=words, group="site"))
    if low <= here <= high:
        x = at(here)
        marks.append(Mark(kind="lines", xy=[((x, TOP - 12), (x, FLOOR))], ink="unit", size=1.6))
        marks.append(Mark(kind="diamond", xy=(x, TOP - 12), ink="unit", size=6))
        words = t("ladder-here", women=t("women-per-year", value=t.plain(here)))
        anchor = "middle" if LEFT + 90 < x < RIGHT - 90 else "start" if x < WIDE / 2 else "end"
        marks.append(Mark(kind="text", xy=(x, TOP - 24), ink="text", text=words, size=12, anchor=anchor, weight="bold"))
    drawing = Drawing(width=WIDE, height=FLOOR + 44, title=t("ladder-chart"), about="", marks=tuple(marks))
    return to_svg(drawing, {})
