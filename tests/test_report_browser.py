"""Map and report in a browser: nothing asked of anybody, no error, all controls work, accessible."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity import Plan
from capacity.report.beside import write_beside
from capacity.report.map import draw_map
from capacity.report.studied import Studies, studies_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


class Watched:
    """A tab, and what it asked for and complained of."""

    def __init__(self, tab: Any) -> None:
        self.tab, self.asked, self.errors = tab, [], []  # type: ignore[var-annotated]  # lists of text
        tab.on("request", lambda request: self.asked.append(request.url))
        tab.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: Path) -> Any:
        """Open a file, and hold the tab to it."""
        self.tab.goto(path.as_uri())
        assert self.asked == [path.as_uri()]
        assert self.errors == []
        return self.tab


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[..., Watched]]:
    opened: list[tuple[Any, Watched]] = []

    def new(**options: Any) -> Watched:
        context = browser.new_context(**options)
        opened.append((context, Watched(context.new_page())))
        return opened[-1][1]

    yield new
    for context, watched in opened:
        assert [url for url in watched.asked if not url.startswith("file:")] == []
        assert watched.errors == []
        context.close()


@pytest.fixture(scope="module")
def plan() -> Plan:
    return cap.solve(cap.denmark())


@pytest.fixture(scope="module")
def report(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan.report(tmp_path_factory.mktemp("report") / "r.html")


@pytest.fixture(scope="module")
def danish(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan.report(tmp_path_factory.mktemp("report") / "da.html", language="da", studies=False)


def first_cells(page: Any, section: str) -> list[str]:
    """Texts of the first column of a shown table."""
    return [cell.inner_text() for cell in page.locator(f"{section} tbody tr th").all()]


def test_the_report_switches_between_plans(tab: Callable[..., Watched], report: Path) -> None:
    page = tab().open(report)
    assert page.locator(".view:visible").count() == 1
    assert page.locator("#view0 .wide-map").is_visible() and page.locator("#view0 .narrow-map").is_hidden()
    names = page.locator("#pick optgroup").evaluate_all("groups => groups.map(g => g.label)")
    assert names == ["Alternatives", "The documents' figures"]
    page.select_option("#pick", label="High alcohol use in pregnancy: 200 women a year")
    assert page.locator(".view:visible").count() == 1
    shown = page.locator(".view:visible")
    assert "Aarhus Universitetshospital" in shown.inner_text()
    assert shown.locator("tfoot th").first.inner_text() == "All"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#view0").is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#view0").is_hidden()


def test_the_first_screen_says_it_all_and_the_contents_stay(tab: Callable[..., Watched], report: Path) -> None:
    """At 1440 x 900: the answer, map, beds, minutes, money, women, how sure, and three choices that decide."""
    page = tab(viewport={"width": 1440, "height": 900}).open(report)

    def bottom(selector: str) -> float:
        box = page.locator(selector).first.bounding_box()
        assert box is not None, selector
        return float(box["y"] + box["height"])

    assert max(map(bottom, (".answer", ".figures", ".deciding", ".first-map svg", "header.first"))) <= 900
    said = page.locator("header.first").inner_text()
    for part in (
        "60\nbeds",
        "minutes on average",
        "a year to run",
        "to build, once",
        "women a year assumed",
        "How sure",
    ):
        assert part in said, part
    assert page.locator(".deciding dt").count() == 3
    page.evaluate("window.scrollTo(0, 6000)")
    box = page.locator("nav").bounding_box()
    assert box is not None and 0 <= box["y"] < 5


def test_tables_are_sorted_by_number_and_by_name(tab: Callable[..., Watched], report: Path) -> None:
    page = tab().open(report)
    regions = ".view:visible .wide[aria-label=Regions]"
    by_women = page.locator(f"{regions} thead button").nth(1)
    by_women.click()
    assert first_cells(page, regions)[0] == "Region Nordjylland"
    assert page.locator(f"{regions} thead th").nth(1).get_attribute("aria-sort") == "ascending"
    by_women.click()
    assert first_cells(page, regions)[0] == "Region Hovedstaden"
    page.locator(f"{regions} thead button").first.click()
    assert first_cells(page, regions) == sorted(first_cells(page, regions))
    assert page.locator(f"{regions} tfoot th").inner_text() == "Whole country"


def test_each_mark_tells_of_itself_by_pointer_and_keyboard(tab: Callable[..., Watched], report: Path) -> None:
    page = tab().open(report)
    detail = page.locator("#view0 .detail")
    page.locator("#view0 .wide-map .unit").first.hover()
    assert detail.inner_text().startswith("Familieambulatoriet, Aalborg Universitetshospital (Syd): 16 beds")
    page.locator("#view0 .wide-map .cell").first.focus()
    assert detail.inner_text() == "København: 18 minutes to Amager og Hvidovre Hospital"
    untold = page.evaluate(
        """() => [...document.querySelectorAll("#view0 .wide-map [role=img]")]
        .filter(m => m.tabIndex !== 0 || !m.querySelector("title")?.textContent).length"""
    )
    assert untold == 0


def test_without_scripts_the_report_reads_whole(tab: Callable[..., Watched], report: Path) -> None:
    page = tab(java_script_enabled=False).open(report)
    assert page.locator(".controls:visible").count() == 0
    assert page.locator(".view:visible").count() == page.locator(".view").count() > 5


def test_on_a_telephone_nothing_is_cut_off(tab: Callable[..., Watched], report: Path) -> None:
    page = tab(viewport={"width": 360, "height": 740}).open(report)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    wider = "Array.from(document.querySelectorAll('table')).filter(t => t.getBoundingClientRect().width > 360).length"
    assert page.locator("table").count() > 10 and page.evaluate(wider) == 0
    assert page.locator("#view0 .narrow-map").is_visible() and page.locator("#view0 .wide-map").is_hidden()


def test_the_printed_annex_has_no_controls(tab: Callable[..., Watched], report: Path, tmp_path: Path) -> None:
    watched = tab()
    page = watched.open(report)
    page.emulate_media(media="print")
    assert page.locator(".controls:visible, nav:visible, #others:visible").count() == 0
    assert page.locator(".annex").count() == 5
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") <= 14
    assert page.locator("#record pre:visible").count() == 0


def test_the_danish_report_prints_on_as_many_pages_and_fits_a_tablet(tab: Callable[..., Watched], danish: Path) -> None:
    page = tab(viewport={"width": 768, "height": 1024}).open(danish)
    wider = "[...document.querySelectorAll('.wide')].filter(w => w.scrollWidth > w.clientWidth + 1).length"
    assert page.evaluate(wider) == 0
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") <= 14


@pytest.fixture(scope="module")
def found(plan: Plan) -> Studies:
    return studies_of(plan, simulate=False, others=False)


@pytest.mark.parametrize("language", ["en", "da"])
def test_the_summary_is_one_page_and_accessible(
    tab: Callable[..., Watched], plan: Plan, found: Studies, tmp_path: Path, language: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    path = plan.summary(tmp_path / "s.html", language=language, found=found)
    scheme = "light" if language == "en" else "dark"
    page = tab(viewport={"width": 360, "height": 740}, color_scheme=scheme).open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    violations = [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in axe.run(page).response["violations"]]
    assert violations == []
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1


def test_plans_side_by_side_are_accessible_and_fit(tab: Callable[..., Watched], plan: Plan, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    others = [cap.evaluate(plan.problem, [j]) for j in ("FA_ODENSE", "FA_HVIDOVRE")]
    path = write_beside([("A", plan), ("B", others[0]), ("C", others[1])], tmp_path / "c.html")
    page = tab(viewport={"width": 360, "height": 740}).open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    violations = [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in axe.run(page).response["violations"]]
    assert violations == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    tab: Callable[..., Watched], report: Path, danish: Path, plan: Plan, tmp_path: Path, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    alone = tmp_path / "map.html"
    head = '<!doctype html><html lang="en"><title>Map</title>'
    alone.write_text(f"{head}<main><h1>Map</h1>{draw_map(plan).svg}</main></html>", encoding="utf-8")
    for path in (report, alone) if scheme == "light" else (danish, alone):
        page = tab(color_scheme=scheme).open(path)
        response = axe.run(page).response
        assert {"color-contrast", "svg-img-alt"} & {rule["id"] for rule in response["passes"]}
        serious = [
            (v["id"], v["help"], [n["html"][:120] for n in v["nodes"][:3]])
            for v in response["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert serious == [], path.name


def test_the_map_by_itself_asks_nobody(tab: Callable[..., Watched], plan: Plan, tmp_path: Path) -> None:
    page = tab(color_scheme="dark").open(plan.map().save(tmp_path / "m.svg"))
    assert page.evaluate("getComputedStyle(document.querySelector('.k-sea')).fill") == "rgb(16, 23, 28)"


def test_names_that_try_to_be_markup_stay_text(tab: Callable[..., Watched], tmp_path: Path) -> None:
    from tests.test_report import mischief

    page = tab().open(mischief().report(tmp_path / "m.html"))
    assert page.evaluate("window.harmed") is None
    assert "</script><script>" in page.locator("#view0").inner_text()
