"""The built site: complete, with no broken link, and silent: it asks nobody and complains of nothing."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import capacity as cap

HERE = Path(__file__).resolve().parent
SITE = HERE.parent / "site"
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
RUN = ("python", "sh", "text", "toml")
"""Languages that `docs/conftest.py` runs."""

NOTEBOOKS = sorted(path.stem for path in (HERE.parent / "notebooks").glob("*.ipynb"))


class Page(HTMLParser):
    """Links and anchors of a page, and what a browser loads with it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if "src" in given or (tag == "link" and "href" in given):
            self.loaded.append(given.get("src") or given["href"])


def pages() -> list[Path]:
    found = sorted(SITE.rglob("*.html"))
    assert found, "make docs builds the site first"
    return found


@cache
def page(path: Path) -> Page:
    return Page(path)


def targets(links: list[str]) -> Iterator[tuple[str, str, str]]:
    for link in links:
        parts = urlsplit(link)
        if parts.scheme not in ("http", "https", "mailto", "data"):
            yield link, unquote(parts.path), unquote(parts.fragment)


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(SITE)))
def test_no_link_is_broken(path: Path) -> None:
    broken = []
    for link, to, anchor in targets(page(path).links + page(path).loaded):
        target = (path.parent / to).resolve() if to else path
        if not target.is_file() or (anchor and target.suffix == ".html" and anchor not in page(target).anchors):
            broken.append(link)
    assert broken == []


def test_nothing_is_loaded_from_another_host() -> None:
    for path in pages():
        outside = [link for link in page(path).loaded if urlsplit(link).scheme not in ("", "data")]
        assert outside == [], path
    for path in SITE.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", path.read_text(encoding="utf-8")), path


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_in_a_browser_every_page_asks_nobody_and_complains_of_nothing() -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    asked: list[str] = []
    said: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on(
            "console", lambda message: said.append(f"{tab.url}: {message.text}") if message.type == "error" else None
        )
        tab.on("pageerror", lambda error: said.append(f"{tab.url}: {error}"))
        tab.on("requestfailed", lambda request: said.append(f"{tab.url}: {request.url} did not load"))
        for path in pages():
            tab.goto(path.as_uri())
        tab.goto((SITE / "search.html").as_uri() + "?q=volume")
        tab.locator("ul.search li").first.wait_for()
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []


def test_every_block_of_code_is_of_a_kind_that_is_run() -> None:
    for path in [*HERE.glob("*.md"), *HERE.glob("[!n]*/**/*.md")]:
        kinds = re.findall(r"(?m)^```(.+)$", path.read_text(encoding="utf-8"))
        assert [kind for kind in kinds if kind not in RUN and not kind.startswith("{")] == [], path


# --- complete ----------------------------------------------------------------------------------


def test_every_public_name_is_described() -> None:
    described = set().union(*(page(path).anchors for path in (SITE / "reference").rglob("*.html")))
    assert {f"capacity.{name}" for name in cap.__all__ if name != "__version__"} <= described


def test_every_rule_and_objective_has_an_equation_and_every_rule_is_in_the_guide() -> None:
    from capacity.rules.objectives import OBJECTIVES

    model = page(SITE / "background" / "model.html").anchors
    assert {f"equation-{rule.name.replace('_', '-')}" for rule in cap.RULES} <= {a.replace("_", "-") for a in model}
    assert {f"equation-{name.replace('_', '-')}" for name in OBJECTIVES} <= {a.replace("_", "-") for a in model}
    guide = (HERE / "guides" / "own-rules.md").read_text(encoding="utf-8")
    assert [rule.name for rule in cap.RULES if f"`{rule.name}`" not in guide] == []


def test_the_glossary_names_rules_as_the_danish_report_does() -> None:
    catalogue = (HERE.parent / "capacity" / "report" / "locale" / "da.ftl").read_text(encoding="utf-8")
    said = re.findall(r"(?m)^rule-(\w+) = (.*)\n    \.name = (.*)$", catalogue)
    glossary = (HERE / "glossary.md").read_text(encoding="utf-8")
    assert {rule.name for rule in cap.RULES} == {name for name, *_ in said}
    assert [name for name, text, short in said if f"| `{name}` | {short} | {text} |" not in glossary] == []


def test_the_suites_of_rules_engines_and_objectives_are_described_and_used_in_the_guides() -> None:
    import capacity.testing

    described = set().union(*(page(path).anchors for path in (SITE / "reference").rglob("*.html")))
    suites = [name for name in capacity.testing.__all__ if name != "LAWS"]
    assert [name for name in suites if f"capacity.testing.{name}" not in described] == []
    for kind in ("rule", "engine", "objective"):
        (guide,) = HERE.glob(f"guides/add-a*-{kind}.md")
        said = guide.read_text(encoding="utf-8")
        assert f">>> check_{kind}(" in said and "BrokenLawError" in said and "when it is forgotten" in said, guide


def test_every_file_that_the_guides_name_is_there() -> None:
    for path in [*HERE.glob("guides/add-a*.md"), HERE / "background" / "house.md", HERE.parent / "CONTRIBUTING.md"]:
        named = re.findall(r"`((?:capacity|tests|docs|data)/[\w./-]+?)/?`", path.read_text(encoding="utf-8"))
        assert named and [name for name in named if not (HERE.parent / name).exists()] == [], path


def test_every_command_is_listed() -> None:
    from capacity.cli.main import COMMANDS

    listed = (HERE / "reference" / "commands.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if not re.search(rf"(?m)^{name} ", listed)] == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_executed_notebooks_have_pictures_and_nothing_to_complain_of(name: str) -> None:
    cells = json.loads((HERE / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert kinds & {"image/png", "image/svg+xml"}
    html = (SITE / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
    assert "cell_output" in html
    first, last = cells[0], cells[-1]
    assert first["cell_type"] == last["cell_type"] == "markdown"
    assert "**Question.**" in "".join(first["source"])
    assert "".join(last["source"]).startswith("## Conclusion")
