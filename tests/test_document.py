"""The paper for a board: every number is the plan's, in two languages, in an organisation's own template."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity import DataError, Plan
from capacity.cli.main import run
from capacity.report.files import write_plan
from capacity.report.word import our_document
from tests.cases import small_case
from tests.small import towns
from tests.test_report import ENGLISH, mischief, placed

docx: Any = pytest.importorskip("docx", reason="python-docx is not installed")
qn = pytest.importorskip("docx.oxml.ns").qn


@pytest.fixture(scope="module")
def plan() -> Plan:
    return cap.solve(cap.denmark())


@pytest.fixture(scope="module")
def danish(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan.document(tmp_path_factory.mktemp("paper") / "indstilling.docx", language="da")


def said(path: Path) -> str:
    """All text of a document, tables included."""
    book = docx.Document(str(path))
    cells = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in book.paragraphs), *cells])


def headings(path: Path) -> list[str]:
    return [p.text for p in docx.Document(str(path)).paragraphs if p.style.name == "Heading 1"]


def rows(path: Path, k: int) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in docx.Document(str(path)).tables[k].rows]


def number(text: str) -> float:
    """A number as Danish writes it."""
    return float(text.replace("\N{NO-BREAK SPACE}%", "").replace(".", "").replace(",", ".").replace("−", "-"))


def test_every_number_of_the_tables_is_the_plans(plan: Plan, danish: Path) -> None:
    told = plan.to_json()
    units, regions, money = (rows(danish, k) for k in range(3))
    assert len(units) == len(told["units"]) + 2 and len(regions) == len(told["regions"]) + 2
    for row, unit in zip(units[1:], told["units"], strict=False):
        assert row[0] == unit["name"]
        assert [number(x) for x in row[2:]] == [
            unit["beds"],
            round(unit["stays"], 1),
            round(unit["stays"] * (1 - unit["turned_away"]), 1),
            round(100 * unit["occupancy"]),
            round(100 * unit["turned_away"], 1),
            round(unit["to_ambulatory_minutes"]),
        ]
    assert number(units[-1][2]) == sum(u["beds"] for u in told["units"])
    for row, region in zip(regions[1:], told["regions"], strict=False):
        assert row[0] == region["name"]
        wanted = [round(region["women"], 1), *(round(region[c]) for c in ("mean_minutes", "minutes_80"))]
        wanted += [round(region["longest_minutes"]), round(100 * region["share_within"])]
        assert [number(x) for x in row[1:]] == [*wanted, region["units"], region["beds"]]
    for row, unit in zip(money[1:], told["units"], strict=False):
        income, cost = unit["income_dkk"] / 1e6, unit["cost_dkk"] / 1e6
        wanted = [income, cost, income - cost, unit["building_dkk"] / 1e6, unit["startup_loss_dkk"] / 1e6]
        assert [number(x) for x in row[1:]] == pytest.approx(wanted, abs=0.0501)


def test_every_number_of_the_sentences_is_the_plans(plan: Plan, danish: Path) -> None:
    told, text = plan.to_json(), said(danish)
    cost, income, building = (
        sum(u[c] for u in told["units"]) / 1e6 for c in ("cost_dkk", "income_dkk", "building_dkk")
    )
    yearly = building * plan.problem.finance.annuity
    found = re.search(
        r"Driften koster ([\d,]+) mio. kr. om året \(antagelse\) mod ([\d,]+) mio. kr. om året i indtægter til enhederne "
        r"\(antagelse\), .* anlæg koster ([\d,]+) mio. kr. én gang \(Loans-2025\), svarende til ([\d,]+) mio. kr.",
        text,
    )
    assert found and [number(x) for x in found.groups()] == pytest.approx([cost, income, building, yearly], abs=0.0501)
    found = re.search(r"Det indstilles, at der åbnes (\d+) enheder med (\d+) pladser i alt: (.*)\.", text)
    assert found and (int(found[1]), int(found[2])) == (len(told["units"]), sum(u["beds"] for u in told["units"]))
    assert found[3].split("; ") == [f"{u['name']} ({u['beds']} pladser)" for u in told["units"]]
    found = re.search(r"gennemsnit (\d+) minutter hver vej og højst (\d+): ([\d.]+) timer", text)
    assert found and [number(x) for x in found.groups()] == [
        round(told["mean_minutes"]),
        round(told["longest_minutes"]),
        round(told["family_hours_per_year"]),
    ]


def test_the_danish_paper_is_danish_whole_and_small(danish: Path) -> None:
    assert headings(danish) == [
        "Indstilling",
        "Resumé",
        "Enheder",
        "Regioner",
        "Kort",
        "Økonomi",
        "Alternativer",
        "Hvorfor ikke der",
        "Usikkerhed",
        "Lovgrundlag",
        "Aftale med familieambulatoriet",
        "Høring",
        "Tidsplan",
    ]
    text = said(danish)
    assert not ENGLISH.search(text) and "`" not in text and "FA_" not in text
    assert text.count("[Udfyldes af sekretariatet.]") == 4
    assert "Aarhus Universitetshospital i stedet for Aalborg Universitetshospital fra 100 minutter" in text
    assert "i 5 af 17 scenarier" in text
    assert danish.stat().st_size < 300_000


def test_a_reader_aloud_and_a_printer_find_what_they_need(danish: Path) -> None:
    book = docx.Document(str(danish))
    (picture,) = book.inline_shapes
    assert "Det indstilles, at der åbnes 3 enheder" in picture._inline.docPr.get("descr")
    for table in book.tables:
        first = table.rows[0]._tr.trPr
        assert first.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        assert all(cell.width == column.width for column in table.columns for cell in column.cells)
        wide = sum(column.width for column in table.columns)
        page = book.sections[0]
        assert wide <= page.page_width - page.left_margin - page.right_margin
    spelt = {element.get(qn("w:val")) for element in book.element.body.iter(qn("w:lang"))}
    assert spelt == {"da-DK"} and book.core_properties.language == "da-DK"


def test_the_english_paper_says_the_same_in_english(plan: Plan, tmp_path: Path) -> None:
    path = plan.document(tmp_path / "paper.docx", studies=False)
    text = said(path)
    assert "It is proposed that 3 units with 60 beds in all be opened" in text and "Alternatives" not in headings(path)
    assert "Alternatives: not asked for." in text and "53.0 M DKK a year (assumption)" in text


def test_the_same_plan_is_the_same_bytes_and_a_changed_file_is_kept(tmp_path: Path) -> None:
    small = cap.solve(placed())
    one, two = (small.document(tmp_path / f"{k}.docx", studies=False) for k in "ab")
    assert one.read_bytes() == two.read_bytes() and our_document(one)
    small.document(one, studies=False)
    book = docx.Document(str(one))
    book.add_paragraph("Ours now.")
    book.save(str(one))
    assert not our_document(one)
    with pytest.raises(DataError, match="as this library wrote it"):
        small.document(one, studies=False)
    assert "Ours now." in said(one)
    small.document(one, force=True, studies=False)
    assert "Ours now." not in said(one)


def test_a_template_keeps_its_styles_and_what_stands_in_it(tmp_path: Path) -> None:
    own = docx.Document()
    own.styles["Heading 1"].font.name = "Georgia"
    own.sections[0].header.paragraphs[0].text = "Region A"
    own.add_paragraph("Sagsnr. 7")
    for name in ("Table Grid", "List Bullet", "Title"):
        own.styles[name].delete()
    own.save(str(tmp_path / "skabelon.docx"))
    small = cap.solve(placed())
    path = small.document(tmp_path / "p.docx", language="da", studies=False, template=tmp_path / "skabelon.docx")
    book = docx.Document(str(path))
    assert book.styles["Heading 1"].font.name == "Georgia" and book.sections[0].header.paragraphs[0].text == "Region A"
    assert book.paragraphs[0].text == "Sagsnr. 7" and "Indstilling" in headings(path)
    assert book.paragraphs[1].runs[0].bold


def test_names_are_text_and_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    text = said(mischief().document(tmp_path / "m.docx", language="da"))
    assert "</script>" in text
    bare = cap.solve(towns())
    path = bare.document(tmp_path / "bare.docx", studies=False)
    assert "Map" not in headings(path) and not docx.Document(str(path)).inline_shapes
    nothing = dict.fromkeys(("unit_dkk_per_year", "bed_dkk_per_year", "occupied_day_dkk", "day_rate_dkk"), 0.0)
    free = towns(finance=cap.Finance(**nothing, building_dkk_per_bed=0))
    path = cap.solve(free).document(tmp_path / "free.docx", studies=False)
    assert "Money" not in headings(path) and "M DKK a year (" not in said(path)


def test_what_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = cap.solve(towns())
    with pytest.raises(DataError, match=r"ends in \.docx"):
        small.document(tmp_path / "p.pdf")
    with pytest.raises(DataError, match="the template can be read"):
        small.document(tmp_path / "p.docx", template=tmp_path / "none.docx")
    (tmp_path / "t.docx").write_text("no document", encoding="utf-8")
    with pytest.raises(DataError, match="the template is a Word document"):
        small.document(tmp_path / "p.docx", template=tmp_path / "t.docx")
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(DataError, match=r"capacity\[word\]"):
        small.document(tmp_path / "p.docx")
    assert [path.name for path in tmp_path.iterdir()] == ["t.docx"]


def test_the_command_writes_the_paper_of_a_case_and_of_a_plan(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    given = ["document", str(tmp_path / "out"), "-o", str(tmp_path / "p.docx"), "--lang", "da", "--no-studies"]
    assert run(given) == 0
    assert "Det indstilles, at der åbnes 3 enheder med 60 pladser" in said(tmp_path / "p.docx")
    few = str(small_case(tmp_path / "case"))
    assert run(["document", few, "-o", str(tmp_path / "q.docx"), "--no-studies"]) == 0
    assert "It is proposed that" in said(tmp_path / "q.docx")
    assert run(["document", "-o", str(tmp_path / "p.pdf")]) == 2
