"""The pictures of the planner's table in its guide, taken of the page itself.

``make table-pictures`` writes ``docs/table.png`` and ``docs/table-phone.png``; so does ``tests/test_table_page.py``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]

TAKEN = {
    "table.png": {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "light"},
    "table-phone.png": {"viewport": {"width": 375, "height": 900}, "color_scheme": "dark"},
}
"""Pictures, and the screens they are taken on."""


def take(browser: Any, page: Path, folder: Path) -> list[Path]:
    """Open the table as a planner would have it in a meeting, and take each picture."""
    taken = []
    for name, screen in TAKEN.items():
        context = browser.new_context(**screen)
        tab = context.new_page()
        tab.goto(page.as_uri())
        tab.locator("html.js").wait_for(state="attached")
        tab.click("#set-b")
        tab.locator("#list label", has_text="Aarhus Universitetshospital").click()
        if name != "table.png":
            tab.locator("#map-part").scroll_into_view_if_needed()
        tab.mouse.move(0, 0)
        tab.screenshot(path=folder / name)
        taken.append(folder / name)
        context.close()
    return taken


def main() -> None:
    """Write both pictures beside the guides."""
    from playwright.sync_api import sync_playwright

    import capacity as cap

    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        sys.exit("No chromium here: the pictures stay as they are.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page = cap.solve(cap.denmark()).table(Path(folder) / "table.html")
        browser = driver.chromium.launch(executable_path=browser_path, args=FLAGS)
        take(browser, page, HERE)
        browser.close()


if __name__ == "__main__":
    main()
