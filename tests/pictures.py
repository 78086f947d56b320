"""Pictures of report, summary and comparison for review, at four sizes (screen, tablet, telephone, print), light and dark.

`python -m tests.pictures FOLDER`, or ``make pictures``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import capacity as cap
from capacity.report.beside import write_beside

SIZES = {"desktop": (1440, 900), "tablet": (768, 1024), "phone": (375, 740)}
"""Windows a page is looked at in: the first screen of each, and on the telephone the whole page."""

CROWDED = ("FA_AALBORG", "FA_AARHUS", "R_BETHESDA", "FA_ODENSE", "FA_HVIDOVRE", "FA_RIGSHOSPITALET", "H_HERLEV")
"""Units whose circles would cover each other on the map."""

SLOW = 300_000
"""Milliseconds a picture may take on a busy machine."""

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND")


def pages_of(plan: cap.Plan, folder: Path) -> dict[str, Path]:
    """The pages that are looked at, written to the folder."""
    problem, pages = plan.problem, {}
    for language in ("en", "da"):
        for name, write in (("report", plan.report), ("summary", plan.summary)):
            pages[f"{name}-{language}"] = write(folder / f"{name}-{language}.html", language=language, force=True)
        beside = [
            ("A", plan),
            ("B", cap.solve(problem.set("rules.region_access", False))),
            ("C", cap.solve(problem.set("demand.women_per_year", 200.0))),
            ("D", cap.evaluate(problem, CROWDED)),
        ]
        path = folder / f"compare-{language}.html"
        pages[f"compare-{language}"] = write_beside(beside, path, language=language, force=True)
        plan.summary(folder / f"summary-{language}.png", language=language, force=True)
    return pages


def pictures(pages: dict[str, Path], folder: Path) -> list[Path]:
    """A picture of each page at each size, light and dark, and a PDF of it."""
    from playwright.sync_api import sync_playwright

    made: list[Path] = []
    with sync_playwright() as driver:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        for name, page in pages.items():
            for light in ("light", "dark"):
                for size, (width, height) in SIZES.items():
                    made.append(folder / f"{name}-{size}-{light}.png")
                    _shot(browser, page, made[-1], width, height, light)
            made.append(folder / f"{name}.pdf")
            tab = browser.new_page()
            tab.goto(page.as_uri())
            tab.pdf(path=made[-1], prefer_css_page_size=True, print_background=True)
            tab.close()
        browser.close()
    return made


def _shot(browser: Any, page: Path, target: Path, width: int, height: int, light: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=light)
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.screenshot(
        path=target, full_page=width < min(w for w, _ in SIZES.values()) + 1 and light == "light", timeout=SLOW
    )
    context.close()


def main(folder: Path) -> None:
    """Write the pages and their pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in pictures(pages_of(cap.solve(cap.denmark()), folder), folder):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "pictures"))
