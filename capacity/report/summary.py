"""A plan on one page of A4: what to open, what it costs, how sure, what decides it, and why not elsewhere."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from capacity import __version__
from capacity.errors import DataError, Finding
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.report import around, influenced, tables
from capacity.report.geometry import Areas, ground_of
from capacity.report.naming import short_names
from capacity.report.page import answer, key_figures, left_out, limits, our_page, template, write_page
from capacity.report.phrases import Phrases, phrases
from capacity.report.prices import money
from capacity.report.signs import shown
from capacity.report.studied import Studies, studies_of
from capacity.report.tables import Cell
from capacity.writing import refuse_file, whole_file

if TYPE_CHECKING:
    from capacity.report.geometry import Ground

LARGEST, SMALLEST = 9.0, 6.5
"""Points of the letters in print."""

ROOM = 2_600
"""Letters that fill a printed page at the largest size."""

WIDTH = 400
"""Of the map."""

MOST_ABSENT = 6
"""Places told as having no unit; the report has all of them."""


TOLD = frozenset({"robustness", "matters", "absent"})
"""Studies a summary rests on: one that was left out is said."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What stands on the page, in the order it is read.

    Attributes
    ----------
    figures : tuple of (str, str)
        Each figure, and what it is.
    sure, deciding, absent, known : tuples
        How sure; the choices that decide, each with what becomes of the units; why places have no unit; what is
        proven and what no plan can know.
    money : str
        "" without prices.
    """

    language: str
    name: Cell
    made: str
    answer: str
    figures: tuple[tuple[str, str], ...]
    sure: tuple[str, ...]
    deciding: tuple[tuple[str, str], ...]
    money: str
    absent: tuple[str, ...]
    known: tuple[str, ...]
    notices: tuple[Cell, ...]
    data: str


@told
def write_summary(
    plan: Plan,
    path: str | os.PathLike[str],
    *,
    language: str = "en",
    studies: bool = True,
    found: Studies | None = None,
    areas: Areas | None = None,
    code: str | None = None,
    force: bool = False,
) -> Path:
    """Write a plan on one page: .html to read and print, .png as a picture.

    Parameters
    ----------
    plan : Plan
    path : path
        A page or picture there is replaced where it is as this library wrote it.
    language : {"en", "da"}
    studies : bool
        Whether to work out how sure the plan is, what decides it, and why not elsewhere.
    found : Studies, optional
        Taken instead of working them out: `capacity.report.studied.studies_of`.
    areas, code : see `capacity.report.map.draw_map`
    force : bool
        Replace whatever file is there.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        Where the name ends otherwise, or a file of others is there, or one that was changed since.
    """
    refuse_summary(path, force=force)
    said = summary_of(plan, language=language, studies=studies, found=found)
    placed = plan.problem.network.point_lonlat is not None and plan.problem.network.site_lonlat is not None
    ground = ground_of(plan.problem, None, areas, code) if placed else None
    if Path(path).suffix.lower() == ".png":
        from capacity.report.summary_picture import marked, our_picture, picture

        drawn = marked(picture(said, plan, ground))
        return whole_file(path, lambda made: made.write_bytes(drawn), ours=our_picture, force=force)
    return write_page(summary_page(said, plan, ground), path, force=force)


def refuse_summary(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Refuse another ending, a file of others, or one that was changed since: before anything is worked out."""
    target = Path(path)
    if target.suffix.lower() == ".png":
        from capacity.report.summary_picture import our_picture

        refuse_file(path, ours=our_picture, force=force)
    elif target.suffix.lower() in (".html", ".htm"):
        refuse_file(path, ours=our_page, force=force)
    else:
        rule, remedy = "a summary is written as .html or .png", f"Write {target.stem or 'summary'}.html."
        raise DataError([Finding(table="summary", value=str(path), rule=rule, remedy=remedy)])


@told
def summary_of(plan: Plan, *, language: str = "en", studies: bool = True, found: Studies | None = None) -> Summary:
    """What a plan's summary says; see `write_summary` for the options."""
    t = phrases(language)
    net, problem = plan.problem.network, plan.problem
    names = short_names(net.site_ids, net.site_names)
    if found is None:
        found = studies_of(plan, work=studies, simulate=False, others=False, whole=False)
    left = (one for one in found.left_out if one.study in TOLD)
    first, *rest = answer(plan, t)
    return Summary(
        language=language,
        name=tables.said(t, problem.name) if problem.name else Cell(text=t("title")),
        made=t("made", when=t.date(str(plan.record.get("started", ""))), version=__version__),
        answer=first,
        figures=tuple(key_figures(plan, t)),
        sure=tuple(influenced.how_sure(found.standing, found.influence, t)),
        deciding=tuple(influenced.deciding(found.influence, t, names)),
        money=money(plan, t),
        absent=_absent(plan, found, t, names),
        known=(*rest, limits(plan, t), *(left_out(one.study, one.why, one.values, t) for one in left)),
        notices=tuple(tables.said(t, notice) for notice in problem.notices),
        data=t("data", sources="; ".join(t.said(a) or a for a in problem.attribution)) if problem.attribution else "",
    )


def _absent(plan: Plan, found: Studies, t: Phrases, names: dict[str, str]) -> tuple[str, ...]:
    said = around.absent(plan, found.absent, t, names)
    if len(said) <= MOST_ABSENT:
        return tuple(said)
    return (*said[:MOST_ABSENT], t("summary-more", count=len(said) - MOST_ABSENT))


def _points(said: Summary) -> float:
    """Size of the letters in print: all of it stands on one page."""
    told = [said.answer, *said.sure, said.money, *said.absent, *said.known, *(n.text for n in said.notices), said.data]
    letters = sum(map(len, told)) + sum(len(a) + len(b) for a, b in said.deciding)
    return min(LARGEST, max(SMALLEST, LARGEST * math.sqrt(ROOM / max(letters, 1))))


def summary_page(said: Summary, plan: Plan, ground: Ground | None) -> str:
    """A summary as a page of HTML."""
    from capacity.report.map import map_on
    from capacity.report.marks import style, to_svg

    drawn = ""
    if ground is not None:
        # A page's rules of style stand once; one drawing alone shares no outlines.
        drawn = to_svg(map_on(ground, plan, width=WIDTH, language=said.language).drawing, None)
        drawn = drawn.replace(' tabindex="0"', "").replace(' role="img"', "").replace('role="group"', 'role="img"', 1)
    page = template("summary.html.j2").render(
        t=phrases(said.language), s=said, map=drawn, map_style=style(), points=f"{_points(said):.1f}"
    )
    return shown(page, kept="\n\t")
