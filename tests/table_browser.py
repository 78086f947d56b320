"""The table's engine in a browser, under the policy a page has: its script by hash, no eval, no request."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity.report.table.data import table_data
from capacity.report.table.source import engine_source
from tests.table_many import SHORT
from tests.table_node import ANSWER, Call
from tests.test_report_browser import CHROMIUM as CHROMIUM
from tests.test_report_browser import FLAGS as FLAGS

POLICY = "default-src 'none'; script-src 'sha256-{digest}'; worker-src blob:"

SCRIPT = """
const engineOf = (data) => capacityEngine.createEngine(data);
window.answers = (asked) => asked.map(({ data, calls }) => {
  const engine = engineOf(data);
  return calls.map((call) => answer(engine, call));
});
window.timed = (data, calls) => {
  const engine = engineOf(data);
  return calls.map(([name, given]) => {
    const begun = performance.now();
    engine[name](...given);
    return performance.now() - begun;
  });
};
window.stopped = async (data, settings, after) => {
  let [wish, asked] = [0, 0];
  setTimeout(() => { wish = performance.now(); }, after);
  const result = await engineOf(data).optimising(settings, { shouldStop: () => wish > 0 });
  return { status: result.status, late: performance.now() - wish };
};
window.inWorker = (text, data, settings) => new Promise((resolve, reject) => {
  const heard = "onmessage = ({ data }) => postMessage(capacityEngine.createEngine(data[0]).optimise(data[1]));";
  const url = URL.createObjectURL(new Blob([text + heard], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = (message) => { worker.terminate(); resolve(message.data); };
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage([data, settings]);
});
"""


def page_text() -> str:
    """A page that holds the engine and nothing else."""
    script = f"{engine_source()}{ANSWER}{SHORT}{SCRIPT}"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = POLICY.format(digest=digest)
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}"><title>Engine</title>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><script>{script}</script></body></html>'


@contextmanager
def opened(browser: Any) -> Iterator[Any]:
    """The page, opened from a file; it asks for nothing else and complains of nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "engine.html"
        path.write_text(page_text(), encoding="utf-8")
        tab = browser.new_page()
        requests: list[str] = []
        errors: list[str] = []
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("console", lambda message: errors.append(message.text))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(path.as_uri())
        yield tab
        tab.close()
        assert [url for url in requests if not url.startswith("blob:")] == [path.as_uri()]
        assert errors == []


def answers(tab: Any, asked: Sequence[tuple[cap.Problem, Sequence[Call]]]) -> list[list[Any]]:
    """What the engine of each problem answers to each call, in a page."""
    given = [{"data": table_data(problem), "calls": list(calls)} for problem, calls in asked]
    # What passes is JSON: numbers that are none become null, as in a file.
    found: list[list[Any]] = json.loads(tab.evaluate("given => JSON.stringify(window.answers(given))", given))
    return found


@pytest.fixture(scope="module")
def tab() -> Iterator[Any]:
    """A page that holds the engine, for all tests of a module; skipped where there is no browser."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with opened(browser) as page:
            yield page
        browser.close()
