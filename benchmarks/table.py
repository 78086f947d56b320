"""The planner's table and `capacity.evaluate`: size, clicks, searches, Stop; beside what is asked of them.

Run with ``python -m benchmarks.table``. Python's figures are CPU; the browser's are wall time as a planner has it, of
the page itself in Chromium, but for the line that says CPU: the load of the machine is told beside them.
"""

from __future__ import annotations

import itertools
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import capacity as cap
from capacity.reading.synthetic import country
from capacity.report.table.page import write_table

FLAGS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
CLICKS = 50
RUNS = 5

CLICKED = """
async (count) => {
  const sites = [...document.querySelectorAll("#list input[type=checkbox]")];
  const took = [];
  for (let k = 0; k < count; k += 1) {
    const begun = performance.now();
    sites[(7 * k) % sites.length].click();
    document.body.getBoundingClientRect(); // Laid out anew, as it is before it is painted.
    took.push(performance.now() - begun);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  return took;
}
"""
"""Milliseconds of each click on a place: every number, the map and all tables, and where they stand."""

TIMED = """
([name, given, runs]) => Array.from({ length: runs }, () => {
  const begun = performance.now();
  const said = window.capacityTable[name](...given);
  return { ms: performance.now() - begun, sets: said.sets };
})
"""

STOPPED = """
(after) => new Promise((resolve) => {
  const stop = document.getElementById("stop");
  document.getElementById("best").click();
  setTimeout(() => {
    const begun = performance.now();
    new MutationObserver(() => stop.hidden && resolve(performance.now() - begun)).observe(stop, { attributes: true });
    stop.click();
  }, after);
})
"""
"""Milliseconds from Stop to a page that answers again."""

WORK = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
WIDE = {"rules.near_ambulatory": False}
ENDLESS = WIDE | {"rules.units": False, "rules.volume": False, "rules.income": False}


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was asked, and what it took."""

    job: str
    aim: str
    took: str
    met: bool


def in_python() -> Iterator[Row]:
    """One set, and all sets of the Danish case."""
    problem = cap.denmark()
    ids = problem.network.site_ids
    units = [{ids[k % 25]: 4 + k % 20, ids[(k + 7) % 25]: None} for k in range(200)]
    one = _cpu(lambda units: cap.evaluate(problem, units), units)
    yield _row("cap.evaluate, one set, median of 200", 5, 1e3 * statistics.median(one), "ms CPU")
    near = [ids[j] for j in _near(problem)]
    sets = [chosen for size in range(1, 7) for chosen in itertools.combinations(near, size)]
    every = _cpu(lambda sets: cap.evaluate(problem, sets), [sets] * RUNS)
    yield _row(f"cap.evaluate, a list of {len(sets):,} sets", 0.2, statistics.median(every), "s CPU")


def in_a_page(browser: Any, folder: Path) -> Iterator[Row]:
    """The Danish page: its size, clicks, searches and Stop."""
    problem = cap.denmark()
    plan = cap.solve(problem)
    pages = {one: plan.table(folder / f"{one}.html", language=one, force=True) for one in ("en", "da")}
    size = max(path.stat().st_size for path in pages.values())
    yield _row("page of the Danish case, the larger of two languages", 150_000, size, "bytes")
    page = _opened(browser, pages["en"])
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _busy(session)
    clicks = page.evaluate(CLICKED, CLICKS)
    yield _row(
        "a click, CPU of its script, styles and layout, mean", 20, 1e3 * (_busy(session) - before) / CLICKS, "ms CPU"
    )
    yield _row(f"a click, median of {CLICKS}", 20, statistics.median(clicks), "ms")
    yield _row(f"a click, the slowest of {CLICKS}", 200, max(clicks), "ms")
    for settings, most in (({}, 300), (WIDE, 5_000)):
        found = page.evaluate(TIMED, ["optimise", [settings], RUNS])
        took = statistics.median(one["ms"] for one in found)
        yield _row(f"the best of {found[0]['sets']:,} sets", most, took, "ms")
    said = ",".join(f"{key}:false" for key in ENDLESS)
    page = _opened(browser, pages["en"], f"#case={problem.fingerprint[:16]}&units=FA_ODENSE&set={said}")
    late = [page.evaluate(STOPPED, 400) for _ in range(RUNS)]
    yield _row(f"Stop, the slowest of {RUNS}, of 33,554,431 sets", 300, max(late), "ms")


def in_a_large_page(browser: Any, folder: Path) -> Iterator[Row]:
    """A made-up country of 1,000 places and 100 sites."""
    problem = country(1000, 100, seed=3).problem(policy=cap.Policy(nearest=True))
    page = _opened(browser, write_table(problem, folder / "large.html", force=True))
    ids = list(problem.network.site_ids)
    took = [page.evaluate(TIMED, ["evaluate", [dict.fromkeys(ids[k : k + 8], 0)], 1])[0]["ms"] for k in range(20)]
    yield _row("one evaluation of 1,000 x 100, median of 20", 50, statistics.median(took), "ms")


def _busy(session: Any) -> float:
    """Seconds of CPU the page's thread has worked out, and laid out, what it shows."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(sum(one["value"] for one in metrics if one["name"] in WORK))


def _near(problem: cap.Problem) -> list[int]:
    from capacity.engines.question import space_of

    return [*space_of(problem).free]


def _cpu(work: Callable[[Any], Any], asked: list[Any]) -> list[float]:
    work(asked[0])
    took = []
    for one in asked:
        begun = time.process_time()
        work(one)
        took.append(time.process_time() - begun)
    return took


def _row(job: str, aim: float, took: float, unit: str) -> Row:
    digits = 0 if unit == "bytes" else 2 if unit == "s CPU" else 1
    return Row(job=job, aim=f"{aim:,g} {unit}", took=f"{took:,.{digits}f} {unit}", met=took <= aim)


def _opened(browser: Any, path: Path, state: str = "") -> Any:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(path.as_uri() + state)
    page.locator("html.js").wait_for(state="attached")
    return page


def main() -> None:
    """Print the table."""
    print("| job | asked | took | met |\n|---|---|---|---|")
    rows = [*in_python()]
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("No chromium here: the page is not measured.", file=sys.stderr)
    else:
        from playwright.sync_api import sync_playwright

        with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
            rows += [*in_a_page(browser, Path(name)), *in_a_large_page(browser, Path(name))]
            browser.close()
    for row in rows:
        print(f"| {row.job} | {row.aim} | {row.took} | {'yes' if row.met else '**no**'} |")
    print(f"Load of the machine: {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
