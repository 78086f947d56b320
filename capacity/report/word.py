"""A paper as a Word file (.docx), in an organisation's own template where there is one."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.errors import DataError, Finding
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.report.document import Chapter, Paper, Picture, paper_of
from capacity.report.packed import NOTHING, Packed
from capacity.report.signs import shown
from capacity.report.tables import Cell, Grid
from capacity.writing import refuse_file, whole_file

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table as WordTable
    from docx.text.paragraph import Paragraph

MADE_BY = "capacity-content "
"""In a document's identifier, before the hash of its parts."""

PACKED = Packed(properties="docProps/core.xml", sign=MADE_BY)
LANGUAGES = {"en": "en-GB", "da": "da-DK"}
"""What Word checks the spelling by."""

WIDTH, MARGIN = 21.0, 2.2
"""Of a page without a template (A4), in centimetres."""

HEIGHT = 29.7
GREY = (0x70, 0x70, 0x70)
FONT = "Calibri"
SMALL = 9.0
"""Points of the letters in tables and in the small print."""

PICTURE = 0.72
"""Of the width of a page, that a picture takes."""

SMALLEST = 6.5
"""Points of the letters of the widest tables."""

ROUNDED = 0.05
"""Points by which a column may be wider than it was told."""

LETTER, EDGES = 0.58, 12.0
"""Width of a bold letter, of its height, and points of a cell that hold none."""

WIDEST = 150
"""Letters of a text that ask for room, at most."""

TOGETHER = 12
"""Rows of a table that are kept on one page."""


@told
def write_document(
    plan: Plan,
    path: str | os.PathLike[str],
    *,
    template: str | os.PathLike[str] | None = None,
    force: bool = False,
    **options: Any,
) -> Path:
    """Write a plan as a Word file to put before a board; see `capacity.report.document.paper_of` for the options.

    Parameters
    ----------
    plan : Plan
    path : path
        A .docx file; a document there is replaced where it is as this library wrote it.
    template : path, optional
        A .docx file of the organisation's own: its styles, page, header and footer are kept, and what is written
        follows what stands in it.
    force : bool
        Replace whatever file is there.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        Where a file of others is there, or a document that was changed since; where the name is none of a
        document's, the template cannot be read, or python-docx is not installed.
    """
    refuse_document(path, force=force)
    book = _opened(template)
    paper = paper_of(plan, **options)
    started = str(plan.record.get("started", ""))
    return whole_file(
        path,
        lambda made: made.write_bytes(_written(book, paper, started, own=template is not None)),
        ours=our_document,
        force=force,
    )


def refuse_document(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Refuse to replace a file of others, or a name Word does not open: before anything is worked out."""
    target = Path(path)
    if target.suffix.lower() != ".docx":
        raise _fault(target.name, "a document's name ends in .docx", f"Write {target.stem or 'plan'}.docx.", str(path))
    refuse_file(path, ours=our_document, force=force)


def our_document(path: Path) -> bool:
    """Whether a document is as this library wrote it: its properties have the hash of its other parts."""
    return PACKED.ours(path)


def _fault(table: str, rule: str, remedy: str, value: str = "") -> DataError:
    return DataError([Finding(table=table, value=value or None, rule=rule, remedy=remedy)])


def _opened(template: str | os.PathLike[str] | None) -> Document:
    """The template, or an empty page of A4."""
    try:
        import docx
    except ModuleNotFoundError:
        raise _fault(
            "document",
            "a Word file is written with python-docx, which is not installed",
            "pip install 'capacity[word]', or write the report: capacity report.",
        ) from None
    if template is None:
        return _empty(docx.Document())
    where = Path(template)
    try:
        content = where.read_bytes()
    except OSError as error:
        raise _fault(where.name, "the template can be read", f"{error.strerror}: name a .docx file.") from error
    try:
        return docx.Document(BytesIO(content))
    except Exception:
        # python-docx has no error of its own for what is no document.
        remedy = "Open it in Word and save it as a Word document (.docx), not as a template (.dotx)."
        raise _fault(where.name, "the template is a Word document", remedy) from None


def _empty(book: Document) -> Document:
    from docx.shared import Cm, Pt, RGBColor

    page = book.sections[0]
    page.page_width, page.page_height = Cm(WIDTH), Cm(HEIGHT)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN)
    styles: Any = book.styles
    styles["Normal"].font.size, styles["Normal"].font.name = Pt(10.5), FONT
    styles["Normal"].paragraph_format.space_after = Pt(5)
    for name, size, before in (("Title", 20, 0), ("Heading 1", 13, 12)):
        styles[name].font.size, styles[name].font.color.rgb = Pt(size), RGBColor(0x1D, 0x2A, 0x33)
        styles[name].paragraph_format.space_before, styles[name].paragraph_format.space_after = Pt(before), Pt(4)
    return book


def _written(book: Document, paper: Paper, started: str, *, own: bool) -> bytes:
    """The document's bytes: the same for the same paper and template."""
    writer = _Writer(book=book, language=LANGUAGES[paper.language])
    writer.heading(paper.title, "Title")
    writer.small(paper.made)
    for chapter in paper.chapters:
        writer.chapter(chapter)
    if paper.data:
        writer.small(paper.data)
    about = book.core_properties
    about.title, about.language = shown(paper.title.text)[:255], LANGUAGES[paper.language]
    about.identifier = MADE_BY + NOTHING
    if not own:
        about.author, about.comments, about.keywords = "", "", ""
    about.created = about.modified = _moment(started)
    about.last_modified_by, about.revision = "capacity", 1
    made = BytesIO()
    book.save(made)
    return PACKED.marked(made)


def _moment(started: str) -> datetime.datetime:
    """When the plan was worked out; a fixed day where that is not known."""
    try:
        return datetime.datetime.fromisoformat(started).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return datetime.datetime(2000, 1, 1)


class _Writer:
    """Writes chapters to the end of a document, in the styles it has."""

    def __init__(self, *, book: Document, language: str) -> None:
        self.book = book
        self.language = language
        self.styles = {style.name for style in book.styles}

    def chapter(self, chapter: Chapter) -> None:
        """A heading and what stands under it."""
        self.heading(Cell(text=chapter.heading), "Heading 1")
        for said in chapter.said:
            self.run(self.paragraph(), said)
        for said in chapter.points:
            self.run(self.paragraph("List Bullet"), said)
        if chapter.grid is not None:
            self.grid(chapter.grid)
        if chapter.picture is not None:
            self.picture(chapter.picture)
        if chapter.fill:
            from docx.shared import RGBColor

            self.run(self.paragraph(), Cell(text=f"[{chapter.fill}]")).font.color.rgb = RGBColor(*GREY)

    def paragraph(self, style: str | None = None) -> Paragraph:
        """A paragraph in a style, or in the plain one where the document has no such style."""
        return self.book.add_paragraph(style=style if style in self.styles else None)

    def run(self, paragraph: Paragraph, said: Cell, *, bold: bool = False, size: float | None = None) -> Any:
        """Text in its own language."""
        from docx.oxml.ns import qn
        from docx.oxml.parser import OxmlElement
        from docx.shared import Pt

        run = paragraph.add_run(shown(said.text.replace("`", "")))
        if bold:
            run.bold = True
        if size is not None:
            run.font.size = Pt(size)
        spelt: Any = OxmlElement("w:lang")
        spelt.set(qn("w:val"), LANGUAGES[said.lang] if said.lang else self.language)
        run._element.get_or_add_rPr().append(spelt)
        return run

    def heading(self, said: Cell, style: str) -> None:
        """A heading that keeps to what it heads."""
        paragraph = self.paragraph(style)
        paragraph.paragraph_format.keep_with_next = True
        self.run(paragraph, said, bold=style not in self.styles)

    def small(self, text: str) -> None:
        """Small print."""
        from docx.shared import RGBColor

        self.run(self.paragraph(), Cell(text=text), size=SMALL).font.color.rgb = RGBColor(*GREY)

    def picture(self, picture: Picture) -> None:
        """A picture, described for who cannot see it."""
        page = self.book.sections[-1]
        wide = (page.page_width or 0) - (page.left_margin or 0) - (page.right_margin or 0)
        paragraph = self.paragraph()
        paragraph.paragraph_format.keep_with_next = True
        drawn = paragraph.add_run().add_picture(BytesIO(picture.png), width=int(PICTURE * wide))
        drawn._inline.docPr.set("descr", shown(picture.described))
        self.small(picture.caption)

    def grid(self, grid: Grid) -> None:
        """A table: heads that return on each page, rows that stay whole."""
        from docx.oxml.ns import qn
        from docx.oxml.parser import OxmlElement

        rows = [tuple(Cell(text=text) for text, _ in grid.heads), *grid.rows, *([grid.foot] if grid.foot else [])]
        table = self.book.add_table(len(rows), len(grid.heads))
        table.style = "Table Grid" if "Table Grid" in self.styles else None
        table.autofit = False
        size = self._widths(table, rows)
        for k, (row, cells) in enumerate(zip(table.rows, rows, strict=True)):
            said: Any = row._tr.get_or_add_trPr()
            said.append(OxmlElement("w:cantSplit"))
            if k == 0:
                said.append(OxmlElement("w:tblHeader"))
            bold = k == 0 or (bool(grid.foot) and k == len(rows) - 1)
            for place, cell, (_, number) in zip(row.cells, cells, grid.heads, strict=True):
                self._cell(place.paragraphs[0], cell, bold=bold, number=number, size=size)
                place.paragraphs[0].paragraph_format.keep_with_next = len(rows) <= TOGETHER and k < len(rows) - 1
        about: Any = table._tbl.tblPr
        described = OxmlElement("w:tblCaption")
        described.set(qn("w:val"), shown(grid.label))
        about.append(described)
        self.paragraph().paragraph_format.space_after = 0

    def _cell(self, paragraph: Paragraph, cell: Cell, *, bold: bool, number: bool, size: float) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph.paragraph_format.space_after = 0
        if number:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self.run(paragraph, cell, bold=bold, size=size)

    def _widths(self, table: WordTable, rows: Sequence[Sequence[Cell]]) -> float:
        """Room for each column's longest word, and the rest by its text; readers heed columns or cells.

        Returns
        -------
        float
            Size of the letters: smaller where the longest words find no room beside each other.
        """
        from docx.shared import Pt

        page = self.book.sections[-1]
        wide = ((page.page_width or 0) - (page.left_margin or 0) - (page.right_margin or 0)) / Pt(1)
        # Widths are kept in whole twentieths of a point, some of them rounded up.
        wide -= ROUNDED * len(rows[0])
        columns = [[row[k].text for row in rows] for k in range(len(rows[0]))]
        words = [max(len(word) for text in column for word in text.split(" ")) for column in columns]
        room = (wide - EDGES * len(words)) / (LETTER * max(sum(words), 1))
        # Word knows half points.
        size = min(SMALL, max(SMALLEST, math.floor(2 * room) / 2))
        least = [LETTER * size * letters + EDGES for letters in words]
        wants = [
            1 + min(WIDEST, max(map(len, column))) - min(WIDEST, most)
            for column, most in zip(columns, words, strict=True)
        ]
        rest = max(0.0, wide - sum(least))
        shares = [a + rest * want / sum(wants) for a, want in zip(least, wants, strict=True)]
        for column, share in zip(table.columns, shares, strict=True):
            width = Pt(wide * share / sum(shares))
            column.width = width
            for cell in column.cells:
                cell.width = width
        return size
