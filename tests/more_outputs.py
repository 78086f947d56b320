"""Further outputs for the campaign of what is written: papers, pages, and a case's own tables.

How each is written (to be killed, or to find the disk full), and what none of them may hold.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

import capacity as cap
from capacity.errors import DataError
from capacity.preparing.joining import points_of, write_column
from capacity.preparing.road_travel import ATTRIBUTION, RoadTravel
from capacity.report.beside import beside_page, write_beside
from capacity.report.files import write_plan, write_study
from capacity.report.geometry import ground_of
from capacity.report.summary import summary_of, summary_page, write_summary
from capacity.report.table.page import table_page, write_table
from capacity.writing import bring_back_all
from tests.mutated_inputs import files

Write = Callable[[Path], object]
OF_CASES = ("added site", "column")
"""What is written into a case that is there: old is the case as it was."""

TABLES = ("travel", *OF_CASES)
"""What is written as single files into a folder of the planner's."""

NODES = "node,lon,lat\n" + "".join(
    f"{node},{lon},{lat}\n"
    for node, lon, lat in (("0101", 10.01, 56.02), ("0102", 10.45, 56.11), ("0203", 10.92, 55.63), ("0204", 10.75, 55.52))
)  # fmt: skip
LINKS = "from,to,minutes\n0101,0102,31\n0102,0203,52\n0203,0204,14\n0101,x,2\n0203,y,3\n0204,z,4\n"


def case(folder: Path) -> Path:
    """The case of the mutations, with road links."""
    if not folder.exists():
        folder.mkdir()
        given = files() | {"nodes.csv": NODES.encode(), "links.csv": LINKS.encode()}
        del given["near.csv"]
        for line in (b'ambulatories = ["x"]\n', b'to_ambulatory = "near.csv"\n'):
            given["case.toml"] = given["case.toml"].replace(line, b"")
        for name, content in given.items():
            (folder / name).write_bytes(content)
    return folder


def with_site(folder: Path) -> None:
    """A site more, once."""
    bring_back_all(case(folder))
    if "NEW_WARD" not in (folder / "sites.csv").read_text(encoding="utf-8"):
        cap.add_site(folder, "New ward", lat=56.1, lon=10.4)


def with_column(folder: Path) -> None:
    """A column of the demand points more, once."""
    place = points_of(case(folder))
    if "births" not in place.columns:
        write_column(place, "births", dict.fromkeys(place.ids, 7.0), "made up")


def travelled(plan: cap.Plan) -> RoadTravel:
    """Travel as if worked out from roads, of a plan's own minutes."""
    net, minutes = plan.problem.network, plan.problem.minutes * plan.problem.women.sum()
    return RoadTravel(
        point_ids=net.point_ids,
        site_ids=net.site_ids,
        minutes=minutes,
        km=minutes,
        spread=np.zeros(minutes.shape),
        ferry=np.zeros(minutes.shape),
        notices=(),
        record={"attribution": ATTRIBUTION},
    )


def writers(one: cap.Plan, other: cap.Plan, which: int) -> dict[str, tuple[str, Write]]:
    """Each thing that is written: the name of its place, and how."""
    plan = (one, other)[which]
    both = [("One", plan), ("Other", other)]
    road = travelled(plan)
    return {
        "document": ("p.docx", lambda p: plan.document(p, studies=False)),
        "compared": ("b.html", lambda p: write_beside(both, p)),
        "table": ("t.html", lambda p: write_table(plan.problem, p, plan=plan)),
        "summary": ("s.html", lambda p: write_summary(plan, p, studies=False)),
        "picture": ("s.png", lambda p: write_summary(plan, p, studies=False)),
        "travel": ("ways", lambda p: road.write(p / "minutes.csv", p / "km.csv")),
        "added site": ("case", (case, with_site)[which]),
        "column": ("case", (case, with_column)[which]),
    }


# --- what no output may hold ----------------------------------------------------------------------

Hidden = Callable[[str], list[str]]
Formula = Callable[[str], bool]


class _Page(HTMLParser):
    """What a page loads, and what it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.loads = 0
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += tag in ("script", "img", "iframe", "object", "embed", "link", "base", "form", "meta")
        self.runs += [
            k
            for k, v in attrs
            if k.startswith("on") or (v or "").strip().lower().startswith(("javascript:", "data:text"))
        ]


def of_page(text: str) -> tuple[int, list[str]]:
    """How much a page loads, and the handlers in it."""
    seen = _Page()
    seen.feed(text)
    return seen.loads, seen.runs


def pages(plan: cap.Plan) -> Iterator[tuple[str, str]]:
    """The pages of a plan that stand beside its report."""
    for language in ("en", "da"):
        yield f"compare page, {language}", beside_page([("One", plan), ("Other", plan)], language=language)
        yield (
            f"summary, {language}",
            summary_page(summary_of(plan, language=language, studies=False), plan, ground_of(plan.problem)),
        )
        yield f"table page, {language}", table_page(plan.problem, plan, language=language)


def unpacked(text: str) -> str:
    """The texts of the data that a page has packed."""
    said = []

    def of(value: Any) -> None:
        if isinstance(value, str):
            said.append(value)
        for one in value.items() if isinstance(value, dict) else value if isinstance(value, list) else ():
            of(list(one) if isinstance(one, tuple) else one)

    for packed in re.findall(r">\s*([A-Za-z0-9+/=]{200,})\s*<", text):
        # A name of thousands of letters is none of it.
        with contextlib.suppress(zlib.error, binascii.Error):
            of(json.loads(zlib.decompress(base64.b64decode(packed))))
    return "\n".join(said)


def page_fault(plan: cap.Plan, usual: cap.Plan, hidden: Hidden) -> str:
    """What a page of a plan loads, runs or hides that the page of a usual one does not."""
    for (what, text), (_, right) in zip(pages(plan), pages(usual), strict=True):
        if of_page(text) != of_page(right):
            return f"{what}: loads and runs {of_page(text)} for {of_page(right)}"
        odd = [c for c in hidden(text) if c not in hidden(right) and c != "'\\t'"]
        if odd:
            return f"{what} has {odd}"
        odd = [c for c in hidden(unpacked(text)) if c != "'\\t'"]
        if odd or what.startswith("table") != bool(unpacked(text)):
            return f"{what} packs {odd or len(unpacked(text))}"
        # In a script, a name stands as JSON that ends no element and begins no comment.
        for said in re.findall(r"<script[^>]*application/json[^>]*>(.*?)</script", text, re.DOTALL):
            if "<" in said:
                return f"{what}: JSON in the page holds a <"
            json.loads(said)
    return ""


def paper_fault(plan: cap.Plan, usual: cap.Plan, folder: Path, hidden: Hidden) -> str:
    """What is wrong with a plan as a Word file: parts, fields, links or signs that a usual one does not have."""
    import docx
    from lxml import etree

    right = set(zipfile.ZipFile(usual.document(folder / "usual.docx", studies=False)).namelist())
    for language in ("en", "da"):
        written = plan.document(folder / f"{language}.docx", studies=False, language=language)
        with zipfile.ZipFile(written) as packed:
            if set(packed.namelist()) - right:
                return f"Word file has parts {sorted(set(packed.namelist()) - right)}"
            for part in packed.namelist():
                if part.endswith((".xml", ".rels")):
                    etree.fromstring(packed.read(part))
            body = packed.read("word/document.xml").decode()
        if any(tag in body for tag in ("w:fldSimple", "w:instrText", "w:hyperlink", "w:object", "w:altChunk")):
            return "Word file has a field or a link"
        book = docx.Document(str(written))
        cells = [c.text for t in book.tables for row in t.rows for c in row.cells]
        said = "\n".join([*(p.text for p in book.paragraphs), *cells, str(book.core_properties.title)])
        if hidden(said):
            return f"Word file has {hidden(said)}"
    return ""


CODE = re.compile(r'="0\d+"')
"""A code with its zero, as spreadsheets take it for text."""


def spreadsheet_fault(plan: cap.Plan, name: str, folder: Path, formula: Formula, hidden: Hidden) -> str:
    """What is wrong with tables as spreadsheets of a language open them."""
    for form, separator in (("en", ","), ("da", ";")):
        write_plan(plan, folder / form, csv=form)
        write_study(folder / f"study-{form}", {name: name}, [{"what": name, name: -1.5, "on": True}], csv=form)
        for path in sorted([*(folder / form).glob("*.csv"), *(folder / f"study-{form}").glob("*.csv")]):
            text = path.read_bytes().decode("utf-8-sig")
            if hidden(text):
                return f"{form}/{path.name} has {hidden(text)}"
            for row in csv.reader(io.StringIO(text), delimiter=separator):
                bad = [c for c in row if formula(c) and not CODE.fullmatch(c)]
                if bad:
                    return f"{form}/{path.name} has {bad[0]!r}"
    return ""


def studied_fault(plan: cap.Plan, formula: Formula, hidden: Hidden, folder: Path) -> str:
    """What is wrong with who pays, who gains, and how to get there, as files."""
    from capacity.report.payload import to_json

    problem = plan.problem
    found: dict[str, Any] = {
        "who pays": partial(cap.who_pays, plan, years=20),
        "compare": partial(cap.compare, plan, plan),
        "roll out": partial(cap.roll_out, problem, {2027: {}, 2028: {"demand.women_per_year": 30}}),
        "influence": partial(cap.influence, problem, strongest=1),
    }
    for what, ask in found.items():
        try:
            said = ask().to_json()
        except (DataError, cap.CapacityError):
            continue
        write_study(folder / what, said, [{"key": key, "said": str(value)} for key, value in said.items()])
        if hidden(to_json(said)):
            return f"{what} has {hidden(to_json(said))}"
        for path in (folder / what).glob("*.csv"):
            for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))):
                if any(map(formula, row)):
                    return f"{what}/{path.name}: {row}"
    return ""


def added_fault(name: str, folder: Path, formula: Formula) -> str:
    """A hostile name of a site that is added: refused and nothing written, or harmless and read as it is."""
    there = case(folder / "case")
    before = {p.name: p.read_bytes() for p in there.iterdir()}
    try:
        cap.add_site(there, name, lat=56.1, lon=10.4, site_id="new")
    except DataError:
        after = {p.name: p.read_bytes() for p in there.iterdir()}
        return "" if after == before else "a site that was refused changed the case"
    rows = list(csv.reader(io.StringIO((there / "sites.csv").read_text(encoding="utf-8"))))
    if any(map(formula, rows[-1])):
        return f"a site was added as {rows[-1]}"
    # Its name is read as it is printed.
    return "" if "new" in cap.read_case(there).network.site_ids else "the site that was added is none"
