"""What is put before a board: a plan as headings, sentences, tables and a map, from the report's own words.

A draft decides nothing: what is proposed is said as a proposal, money is called an assumption where it is one, and
what only people can write stands as a place to fill in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from capacity import __version__
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.report import around, influenced, tables
from capacity.report.aftercare import aftercare_grid, aftercare_said, family_grid
from capacity.report.geometry import Areas
from capacity.report.naming import short_names
from capacity.report.outpatient import care_said
from capacity.report.page import answer, beds_after, left_out, limits
from capacity.report.phrases import Phrases, phrases
from capacity.report.prices import money, prices_said
from capacity.report.studied import Studies, studies_of
from capacity.report.tables import Cell, Grid

ALTERNATIVES = 3
"""The plan itself and the next best: a board's paper is short."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing as PNG, what it shows in words for who cannot see it, and the line under it."""

    png: bytes
    described: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """A heading and what stands under it.

    Attributes
    ----------
    heading : str
    said : tuple of Cell
        Sentences, each a paragraph.
    points : tuple of Cell
        Sentences of a list.
    grid : Grid or None
    picture : Picture or None
    fill : str
        What stands where only people can write.
    """

    heading: str
    said: tuple[Cell, ...] = ()
    points: tuple[Cell, ...] = ()
    grid: Grid | None = None
    picture: Picture | None = None
    fill: str = ""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A whole document: language, title, a line under it, chapters, and where its data come from."""

    language: str
    title: Cell
    made: str
    chapters: tuple[Chapter, ...]
    data: str


@told
def paper_of(
    plan: Plan, *, language: str = "en", studies: bool = True, areas: Areas | None = None, code: str | None = None
) -> Paper:
    """A plan as a paper for a board.

    Parameters
    ----------
    plan : Plan
    language : {"en", "da"}
    studies : bool
        Whether to work out alternatives and what each assumption does; what is left out is said.
    areas : path, or mapping of point id to geometry, optional
        Areas to shade on the map.
    code : str, optional
        The property of the GeoJSON that holds the demand points' ids.
    """
    t = phrases(language)
    studied = studies_of(plan, work=studies, simulate=False)
    net, problem = plan.problem.network, plan.problem
    names = short_names(net.site_ids, net.site_names)
    chapters = (
        Chapter(heading=t("document-proposal"), said=_cells(_proposed(plan, t), t("document-draft"))),
        # With what reading the case made notices of, such as that its minutes are km.
        Chapter(
            heading=t("document-summary"),
            said=_cells(*answer(plan, t)[1:], money(plan, t)),
            points=tuple(tables.said(t, notice) for notice in problem.notices),
        ),
        Chapter(heading=t("units"), grid=_units(plan, t)),
        Chapter(heading=t("regions"), grid=tables.regions(plan, t)),
        *_map(plan, t, areas, code),
        *_money(plan, t),
        *_aftercare(plan, t),
        *_alternatives(plan, studied, t, names),
        _uncertain(plan, studied, t, names),
        *(
            Chapter(heading=t(heading), fill=t("document-fill"))
            for heading in ("annex-legal", "document-agreement", "document-hearing", "document-time")
        ),
    )
    return Paper(
        language=language,
        title=tables.said(t, problem.name) if problem.name else Cell(text=t("title")),
        made=t("made", when=t.date(str(plan.record.get("started", ""))), version=__version__),
        chapters=chapters,
        data=t("data", sources="; ".join(t.said(a) or a for a in problem.attribution)) if problem.attribution else "",
    )


def _cells(*said: str) -> tuple[Cell, ...]:
    return tuple(Cell(text=text) for text in said if text)


def _proposed(plan: Plan, t: Phrases) -> str:
    """The proposal, in one sentence."""
    table = plan.unit_table
    units = [t("unit-beds", name=n, beds=b) for n, b in zip(table["name"], table["beds"], strict=True)]
    said = t("document-open", count=len(units), beds=plan.beds, total=t.number(plan.beds), units="; ".join(units))
    return " ".join((said, *beds_after(plan, t)))


def _units(plan: Plan, t: Phrases) -> Grid:
    """The units by name alone: a board asks for no ids."""
    grid = tables.units(plan, t)
    names = map(str, plan.unit_table["name"])
    named: list[tables.Row] = [[name, *row[1:]] for name, row in zip(names, grid.rows, strict=True)]
    return tables.grid(grid.label, grid.heads, named, grid.foot)


def _money(plan: Plan, t: Phrases) -> list[Chapter]:
    grid = tables.priced(plan, t)
    if grid is None:
        return []
    said = [prices_said(plan, t), t("money-text"), *([t("money-admitted")] if plan.problem.counts_admitted else [])]
    said.append(care_said(plan, t))
    return [Chapter(heading=t("money"), said=_cells(*said), grid=grid)]


def _aftercare(plan: Plan, t: Phrases) -> list[Chapter]:
    """The second stage of the stays, and who lives there."""
    places, families = aftercare_grid(plan, t), family_grid(plan, t)
    if places is None or families is None:
        return []
    said = _cells(aftercare_said(plan, t))
    return [Chapter(heading=t("aftercare"), said=said, grid=places), Chapter(heading=t("families"), grid=families)]


def _map(plan: Plan, t: Phrases, areas: Areas | None, code: str | None) -> list[Chapter]:
    """The map; none without coordinates."""
    net = plan.problem.network
    if net.point_lonlat is None or net.site_lonlat is None:
        return []
    from capacity.report.map import draw_map

    drawn = draw_map(plan, areas=areas, code=code, language=t.language)
    below = t("map-subtitle", mean=t.number(plan.mean_minutes), longest=t.number(plan.longest_minutes))
    described = f"{drawn.drawing.title}. {below}. {_proposed(plan, t)}"
    return [
        Chapter(heading=t("map"), picture=Picture(png=_small(drawn.png(1.8)), described=described, caption=f"{below}."))
    ]


def _small(png: bytes) -> bytes:
    """A drawing of few colours in few bytes, so that the paper can be sent on."""
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    with Image.open(BytesIO(png)) as drawn:
        drawn.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _alternatives(plan: Plan, found: Studies, t: Phrases, names: Mapping[str, str]) -> list[Chapter]:
    """The next best sets of units, and why places without a unit have none."""
    chapters = []
    money_said = _cells(prices_said(plan, t)) if tables.priced(plan, t) is not None else ()
    if found.alternatives is not None:
        grid, after, _ = around.alternatives(found.alternatives, t, names)
        short = tables.grid(grid.label, grid.heads, grid.rows[:ALTERNATIVES])
        said = (*_cells(t("alternatives-text")), after[0], *money_said)
        chapters.append(Chapter(heading=t("alternatives"), said=said, grid=short))
    absent = around.absent(plan, found.absent, t, names)
    if absent:
        chapters.append(Chapter(heading=t("absent"), said=money_said, points=_cells(*absent)))
    return chapters


def _uncertain(plan: Plan, found: Studies, t: Phrases, names: Mapping[str, str]) -> Chapter:
    """What decides the plan, what no plan can know, and what was not worked out."""
    deciding = [f"{name}: {what}" for name, what in influenced.deciding(found.influence, t, names)]
    told = {"alternatives", "matters", "absent"}
    out = [left_out(one.study, one.why, one.values, t) for one in found.left_out if one.study in told]
    sure = influenced.how_sure(found.standing, found.influence, t)
    return Chapter(heading=t("document-uncertain"), said=_cells(*sure, limits(plan, t), *out), points=_cells(*deciding))
