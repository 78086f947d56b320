"""The summary: one page whose every figure is the plan's, as a page and as a picture, in two languages."""

from __future__ import annotations

import re
import struct
import sys
import time
from pathlib import Path

import pytest

import capacity as cap
from capacity import DataError, Plan
from capacity.cli.main import run
from capacity.report.files import write_plan
from capacity.report.studied import Studies, studies_of
from capacity.report.summary import MOST_ABSENT, summary_of
from capacity.report.summary_picture import our_picture
from tests.small import towns
from tests.test_report import ENGLISH, mischief, placed, text_of


@pytest.fixture(scope="module")
def plan() -> Plan:
    return cap.solve(cap.denmark())


@pytest.fixture(scope="module")
def found(plan: Plan) -> Studies:
    return studies_of(plan, simulate=False, others=False)


@pytest.fixture(scope="module")
def page(plan: Plan, found: Studies, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = plan.summary(tmp_path_factory.mktemp("summary") / "s.html", found=found)
    return text_of(path.read_text(encoding="utf-8"))


def test_what_to_open_what_it_costs_and_how_sure(plan: Plan, found: Studies, page: str) -> None:
    told = plan.to_json()
    units = re.findall(r"([^;:]+) \((\d+) beds\)", re.search(r"beds in all: (.*?\))\. ", page)[1])  # type: ignore[index]
    assert [int(beds) for _, beds in units] == [u["beds"] for u in told["units"]]
    running, building = (sum(u[c] for u in told["units"]) / 1e6 for c in ("cost_dkk", "building_dkk"))
    assert f"{running:.1f} M DKK a year to run (assumption)" in page
    assert f"{building:.0f} M DKK to build, once (Loans-2025)" in page
    assert f"building the beds costs {building:.1f} M DKK once (Loans-2025)" in page
    assert f"{told['mean_minutes']:.0f} minutes on average, one way (modelled)" in page
    assert "90 women a year assumed" in page and "within 90 minutes (assumption)" in page
    assert found.robustness is not None and found.influence is not None
    right = sum(row["plan"] == list(plan.site_ids) and row["right"] for row in told_rows(found))
    assert f"in {right} of {len(found.scenarios)} scenarios" in page
    changing, every = len(found.influence.changing), len(found.influence.settings)
    assert f"other values of {changing} of {every} assumptions" in page


def told_rows(found: Studies) -> list[dict[str, object]]:
    """Rows of the study of scenarios, each with whether the units are the best or within 2 % of it."""
    assert found.robustness is not None
    return [
        {**row, "plan": list(row["plan"]), "right": row["behind"] is not None and row["behind"] <= 0.02}
        for row in found.robustness.rows
    ]


def test_the_three_choices_that_decide_and_why_not_aarhus(found: Studies, page: str) -> None:
    assert found.influence is not None
    assert "Access in each region, minutes: 90 minutes" in page
    assert "Aarhus Universitetshospital instead of Aalborg Universitetshospital from 100 minutes" in page
    said = summary_of(found.influence.base, found=found)
    assert len(said.deciding) == 3 and all(one.changes_units for one in found.influence.settings[:3])
    assert "Aarhus Universitetshospital: no choice of units with one there keeps all the rules" in page
    assert len(said.absent) == len(found.absent) == 4
    assert "this is proven" in page and "from about 71 to 109" in page


def test_many_places_without_a_unit_are_counted(plan: Plan, found: Studies) -> None:
    from dataclasses import replace

    many = replace(found, absent=found.absent * 3)
    *told, last = summary_of(plan, found=many, language="da").absent
    assert len(told) == MOST_ABSENT and last == f"{12 - MOST_ABSENT} steder mere er omtalt i rapporten."


def test_the_danish_page_is_danish(plan: Plan, found: Studies, tmp_path: Path) -> None:
    page = plan.summary(tmp_path / "s.html", language="da", found=found).read_text(encoding="utf-8")
    assert '<html lang="da">' in page and 'lang="en"' not in page
    assert ENGLISH.findall(text_of(page)) == []
    assert "Resumé på én side" in page and "Hvorfor ikke der" in page and "53,0" in page


def test_names_that_try_to_be_markup_are_escaped(tmp_path: Path) -> None:
    page = mischief().summary(tmp_path / "s.html").read_text(encoding="utf-8")
    assert "<script" not in page and "<b>A</b>" not in page
    assert not re.findall(r"<(?:link|img|iframe|object|embed)\b", page)
    assert set(re.findall(r"https?://[^\"'<> ]+", page)) <= {"http://www.w3.org/2000/svg"}


def test_without_studies_places_or_prices_it_says_so(tmp_path: Path) -> None:
    bare = cap.solve(towns({"nearest": True})).summary(tmp_path / "s.html", studies=False).read_text(encoding="utf-8")
    assert "<svg" not in bare and "How sure" not in bare and "for other figures?: not asked for." in bare
    assert cap.solve(towns({"nearest": True})).summary(tmp_path / "s.png", studies=False).stat().st_size > 10_000


def test_the_picture_is_a_page_of_a4_and_known_again(tmp_path: Path) -> None:
    plan = cap.solve(placed({"nearest": True}))
    path = plan.summary(tmp_path / "s.png")
    png = path.read_bytes()
    wide, high = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG") and high / wide == pytest.approx(297 / 210, rel=0.01)
    assert our_picture(path) and plan.summary(path).read_bytes() == png
    path.write_bytes(png.replace(b"capacity-content", b"capacity-c0ntent"))
    assert not our_picture(path) and not our_picture(tmp_path / "none.png")
    with pytest.raises(DataError):
        plan.summary(path)
    with pytest.raises(DataError, match=r"\.html or \.png"):
        plan.summary(tmp_path / "s.pdf")
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    with pytest.raises(DataError):
        plan.summary(tmp_path / "mine.html")


def test_a_page_too_long_for_its_letters_has_smaller_ones(plan: Plan, found: Studies, tmp_path: Path) -> None:
    from dataclasses import replace

    def letters(some: Studies) -> float:
        page = plan.summary(tmp_path / "s.html", found=some).read_text(encoding="utf-8")
        return float(re.search(r"body\{font-size:([\d.]+)pt", page)[1])  # type: ignore[index]

    assert letters(replace(found, absent=found.absent * 2)) < letters(found) <= letters(replace(found, absent=()))


def test_the_page_is_quick(plan: Plan, found: Studies, tmp_path: Path) -> None:
    start = time.process_time()
    plan.summary(tmp_path / "s.html", found=found)
    # Counting covered lines makes everything about twice as slow.
    assert time.process_time() - start < (0.5 if sys.gettrace() is None else 1.25)


def test_the_command_writes_page_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_plan(cap.solve(placed({"nearest": True})), tmp_path / "out")
    page, png = tmp_path / "s.html", tmp_path / "s.png"
    assert run(["summary", str(tmp_path / "out"), "-o", str(page), "--png", str(png), "--lang", "da"]) == 0
    assert capsys.readouterr().out.count("Skrev ") == 2 and our_picture(png)
    assert '<html lang="da">' in page.read_text(encoding="utf-8")
    assert run(["summary", "-o", str(page), "--png", str(tmp_path / "s.jpg")]) == 2
    assert run(["summary", "-o", str(tmp_path / "s.docx")]) == 2
    assert run(["summary", "-o", str(page), "--lang", "xx"]) == 2
    assert run(["summary", "-o", str(page), "--no-studies", "--force"]) == 0
