"""What planners hold in their hands: the map and the page."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity import DataError, Plan
from capacity.cli.main import run
from capacity.report.geometry import ground_of
from capacity.report.map import difference_map, draw_map, short_name, small_multiples
from capacity.report.page import report_page
from capacity.report.phrases import DANISH, ENGLISH, number, percent
from tests.small import towns

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return cap.solve(cap.denmark())


@pytest.fixture(scope="module")
def page(plan: Plan) -> str:
    return report_page(plan)


def placed(policy: dict[str, Any] | None = None, **changes: Any) -> cap.Problem:
    """The three towns, given places."""
    problem = towns(policy, **changes)
    lonlat = np.array([[9.0, 55.0], [9.4, 55.1], [10.2, 55.0]])
    return problem.replace(network=problem.network.replace(point_lonlat=lonlat, site_lonlat=lonlat))


# --- the map ---------------------------------------------------------------------------------


def test_the_map_marks_every_unit_and_every_demand_point(plan: Plan) -> None:
    root = ET.fromstring(draw_map(plan).svg)
    titles = [t.text or "" for t in root.iter(f"{SVG}title")]
    for name in plan.problem.network.point_names:
        assert any(t.startswith(f"{name}: ") for t in titles), name
    assert "Familieambulatoriet, Odense Universitetshospital: 18 beds, 25 stays a year" in titles
    circles = {c.get("class"): c for c in root.iter(f"{SVG}circle") if c.get("class") == "unit"}
    assert circles["unit"].get("tabindex") == "0"
    texts = [t.text for t in root.iter(f"{SVG}text")]
    for beds in ("16", "18", "26"):
        assert beds in texts
    assert "50 km" in texts
    assert any("not administrative borders" in (t or "") for t in texts)
    assert any("Statistics Denmark" in (t or "") for t in texts)


def test_the_map_asks_nobody_and_is_small_and_the_same_each_time(plan: Plan) -> None:
    svg = draw_map(plan).svg
    assert not re.findall(r"(?:href|src|url)\s*[=(]", svg)
    assert set(re.findall(r"https?://[^\"' ]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert len(svg) < 200_000
    assert draw_map(cap.solve(cap.denmark())).svg == svg


def test_far_islands_get_an_inset(plan: Plan) -> None:
    ground = ground_of(plan.problem)
    ids = plan.problem.network.point_ids
    assert [[ids[i] for i in frame.points] for frame in ground.frames[1:]] == [["0400"]]
    assert len(ground.frames[0].points) == 97
    total = sum(cell.area for cell in ground.cells)
    assert ground.land is not None
    assert total == pytest.approx(ground.land.area, rel=1e-6)


def test_names_of_units_do_not_collide() -> None:
    plan = cap.solve(
        cap.denmark({"rules.units": [8, 8], "rules.income": False, "rules.volume": False, "rules.region_unit": True})
    )
    drawing = draw_map(plan).drawing
    names = [m for m in drawing.marks if m.group == "h"]
    assert len(names) == 8
    boxes = []
    for mark in names:
        wide = 0.56 * mark.size * len(mark.text)
        left = mark.xy[0] - {"start": 0, "middle": wide / 2, "end": wide}[mark.anchor]
        boxes.append((left, mark.xy[1] - mark.size, left + wide, mark.xy[1]))
    for k, a in enumerate(boxes):
        for b in boxes[k + 1 :]:
            assert min(a[2], b[2]) <= max(a[0], b[0]) or min(a[3], b[3]) <= max(a[1], b[1])


def test_names_are_escaped() -> None:
    problem = placed()
    odd = problem.network.replace(point_names=("<b>A</b>", 'B"&', "</script>"), site_names=("<i>", "b", "c"))
    plan = cap.solve(problem.replace(network=odd, name="<script>alert(1)</script>"))
    ET.fromstring(draw_map(plan).svg)
    page = report_page(plan)
    assert "<script>alert" not in page
    assert page.count("</script>") == 1
    assert "&lt;b&gt;A&lt;/b&gt;" in page


def test_a_map_without_land_or_ambulatories_or_with_own_areas() -> None:
    from shapely import box

    plan = cap.solve(placed(network=placed().network.replace(ambulatories=()), to_ambulatory=None))
    assert "<path" in draw_map(plan, width=400).svg
    areas = {"A": box(8.9, 54.9, 9.2, 55.1), "B": box(9.2, 54.9, 9.8, 55.1), "C": box(9.8, 54.9, 10.3, 55.1)}
    svg = draw_map(plan, areas=areas, language="da").svg
    assert "Arealer som angivet" in svg
    with pytest.raises(DataError, match="every demand point has an area"):
        draw_map(plan, areas={"A": areas["A"]})
    with pytest.raises(DataError, match="coordinates"):
        draw_map(cap.solve(towns()))


def test_maps_are_saved_and_show_themselves(tmp_path: Path) -> None:
    plan = cap.solve(placed())
    drawn = plan.map(width=300)
    assert "image/svg+xml" in drawn._repr_mimebundle_()
    assert drawn.save(tmp_path / "m.svg").read_text(encoding="utf-8").startswith("<svg")
    png = drawn.save(tmp_path / "m.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert png == drawn.png()


def test_maps_of_differences_and_of_several_plans() -> None:
    one, other = cap.solve(placed({"nearest": True})), cap.solve(placed({"nearest": True, "units": [1, 1]}))
    svg = difference_map(one, other).svg
    assert "Colding: +85 minutes" in svg
    assert "var(--farther)" in svg
    several = small_multiples({"now": one, "later": other}, columns=2)
    ET.fromstring(several.svg)
    assert several.drawing.title == "now, later"


def test_short_names() -> None:
    assert short_name("Familieambulatoriet, Odense Universitetshospital") == "Odense Universitetshospital"
    assert short_name("Familieambulatoriet, Aalborg Universitetshospital (Syd)") == "Aalborg Universitetshospital"
    assert len(short_name("x" * 80)) == 34


# --- the page --------------------------------------------------------------------------------


def test_the_page_holds_the_plan_and_what_it_leans_on(page: str) -> None:
    for part in (
        "Open 3 units with 60 beds", "this is proven", "Region Sjælland", "assumption", "Alternatives", "H_HERLEV",
        "How many women?", "155.55", "Annex: Region Midtjylland", "No unit lies in Region Midtjylland",
        "Financing model", "Time to establishment", "region_access", "Statistics Denmark", "Springbrættet",
    ):  # fmt: skip
        assert part in page, part
    assert len(page.encode()) < 1_000_000


def test_the_page_asks_nobody(page: str) -> None:
    assert "default-src 'none'" in page
    assert set(re.findall(r"https?://[^\"'<> ]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.findall(r"<(?:link|img|iframe|object|embed)\b", page)


def test_the_page_in_danish(plan: Plan, tmp_path: Path) -> None:
    text = plan.report(tmp_path / "r.html", language="da").read_text(encoding="utf-8")
    assert '<html lang="da">' in text
    for part in ("pladser", "Belægning", "3.654 timer", "23,3", "68 %", "Døgnophold om året", "Bilag: Region Midtjylland"):
        assert part in text, part
    assert set(DANISH) == set(ENGLISH)
    for key, phrase in ENGLISH.items():
        assert set(re.findall(r"\{\d\}", phrase)) == set(re.findall(r"\{\d\}", DANISH[key])), key


def test_small_counts_stay_hidden_on_the_page() -> None:
    plan = cap.solve(placed({"nearest": True}, observed=np.array([9.0, 8, 2])))
    page = report_page(plan, studies=False)
    assert "&lt;5" in page
    assert "Its women use" in page


def test_a_page_of_a_plan_that_cannot_be_studied() -> None:
    plan = cap.solve(placed({"units": [1, 1], "volume": 3}))
    page = report_page(plan)
    assert 'id="alternatives"' not in page
    assert 'id="ladder"' not in page
    bare = report_page(cap.solve(towns({"nearest": True})), studies=False)
    assert 'id="map"' not in bare


def test_numbers_in_both_languages() -> None:
    assert number(1234.5, 1) == "1,234.5"
    assert number(1234.5, 1, "da") == "1.234,5"
    assert percent(0.125, 1, "da") == "12,5 %"
    assert number(float("nan")) == percent(float("nan")) == "-"


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.html"
    assert run(["report", "-o", str(path), "--lang", "da"]) == 0
    assert str(path) in capsys.readouterr().out
    assert "Bilag" in path.read_text(encoding="utf-8")
    assert run(["report", "-o", str(path), "--lang", "xx"]) == 2


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_in_a_browser_the_page_asks_nobody_and_works(plan: Plan, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    path = plan.report(tmp_path / "r.html")
    flags = [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ]  # fmt: skip
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        tab = browser.new_page()
        asked: list[str] = []
        said: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(path.as_uri())
        assert tab.locator("figure.amap:visible").count() == 1
        tab.select_option("#pick", "map1")
        assert tab.locator("#map1").is_visible()
        by_women = tab.locator("#regions th button").nth(1)
        by_women.click()
        assert tab.locator("#regions tbody tr td").first.inner_text() == "Region Nordjylland"
        by_women.click()
        assert tab.locator("#regions tbody tr td").first.inner_text() == "Region Hovedstaden"
        browser.close()
    assert asked == [path.as_uri()]
    assert said == []
