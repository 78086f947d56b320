"""Nothing lost and nothing let in: kills, full disks, two writers, and hostile names through every output.

Run as ``python -m tests.campaign_outputs --seeds 0:200``; prints a table of what was tried and what was wrong, and how
to repeat each wrong one. Ends with 1 where anything was wrong. Each trial that may end badly runs in a process of its
own, which is killed at a moment drawn from the seed: before one of its dealings with the file system.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import dataclasses
import functools
import io
import json
import os
import random
import re
import resource
import signal
import sqlite3
import sys
import tempfile
import time
import unicodedata
import warnings
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

import capacity as cap
from capacity.errors import DataError
from capacity.read import new_case
from capacity.report.files import layers, refuse_foreign, save_geopackage, write_plan, write_study
from capacity.report.map import draw_map
from capacity.report.page import write_report
from capacity.report.payload import plan_payload, to_json
from capacity.report.workbook import write_workbook
from capacity.writing import MARKER, bring_back_all
from tests import more_outputs
from tests.small import towns

PATIENCE = 120.0
"""Seconds after which a trial hangs."""

REFUSED, FULL = 10, 11
"""Exit codes of a trial: refused with a reason, the disk was full."""

State = dict[str, bytes] | None
Write = Callable[[Path], object]


# --- what is written ----------------------------------------------------------------------------


@functools.cache
def plans() -> tuple[cap.Plan, cap.Plan]:
    """Two plans of one small case with places."""
    places = np.array([[9.5, 56.1], [9.9, 56.4], [10.4, 55.6]])
    net = dataclasses.replace(towns().network, point_lonlat=places, site_lonlat=places + 0.01)
    one = towns({"nearest": True}, network=net)
    return cap.solve(one), cap.solve(one.set("demand.women_per_year", 30))


def writers(which: int) -> dict[str, tuple[str, Write]]:
    """Each thing that is written: the name of its place, and how."""
    plan = plans()[which]
    grid = {"demand.women_per_year": [14, 18, 22]}
    return {
        "plan": ("out", lambda p: write_plan(plan, p)),
        "study": ("out", lambda p: write_study(p, {"which": which}, [{"a": which}])),
        "report": ("r.html", lambda p: write_report(plan, p, studies=False)),
        "workbook": ("p.xlsx", lambda p: write_workbook(plan, p)),
        "GeoPackage": ("p.gpkg", lambda p: save_geopackage(plan, p)),
        "map": ("m.svg", lambda p: draw_map(plan).save(p)),
        "freeze": ("out", lambda p: write_plan(cap.solve(cap.freeze(plan)), p)),
        "new": ("case", lambda p: new_case(p) if not p.exists() else None),
        "sweep": ("runs", lambda p: cap.sweep(plan.problem, grid, folder=p)),
        **more_outputs.writers(*plans(), which),
    }


KINDS = (
    *("plan", "study", "report", "workbook", "GeoPackage", "map", "freeze", "new", "sweep"),
    *("document", "compared", "table", "summary", "picture", "travel", "added site", "column"),
)


def state(place: Path) -> State:
    """What stands at a place, without the times in it."""
    if not place.exists():
        return None
    files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
    return {str(p.relative_to(place.parent)): _timeless(p) for p in files if p.name != MARKER}


def _timeless(path: Path) -> bytes:
    """A file's content as far as two runs agree on it."""
    if path.suffix == ".json":
        said = json.loads(path.read_bytes())
        said.get("record", {}).clear()
        return json.dumps(said).encode()
    if path.suffix == ".gpkg":
        with contextlib.closing(sqlite3.connect(path)) as there:
            return repr(
                [there.execute(f"SELECT * FROM {t}").fetchall() for t in ("units", "demand_points", "flows")]
            ).encode()
    if path.suffix == ".xlsx":
        return repr(_cells(path)).encode()
    if path.suffix == ".html":
        return path.read_bytes().partition(b'id="record"')[0][:20_000]
    return path.read_bytes()


def _cells(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    import openpyxl

    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


# --- a trial in a process of its own --------------------------------------------------------------


def apart(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> int:
    """Run in a child; its exit code, or minus the signal that ended it, or -1000 where it hangs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        code = 1
        try:
            before()
            work()
            code = 0
        except DataError:
            code = REFUSED
        except OSError:
            code = FULL
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
        finally:
            os._exit(code)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1000


EVENTS = frozenset(
    {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.listdir", "os.scandir", "sqlite3.connect"}
)
"""A run's dealings with the file system."""


def dealing(folder: Path, then: Callable[[int, str], object]) -> Callable[[], None]:
    """Calls `then` with the number and the kind of each dealing with the files of a folder, before it happens."""
    seen = [0]

    def watch(event: str, given: tuple[Any, ...]) -> None:
        if event in EVENTS and any(str(folder) in str(a) for a in given if isinstance(a, (str, os.PathLike))):
            seen[0] += 1
            then(seen[0], event)

    return lambda: sys.addaudithook(watch)


def killed_before(count: int, folder: Path) -> Callable[[], None]:
    """Makes a process kill itself before its `count`-th dealing with the files of a folder."""
    return dealing(folder, lambda seen, _: os.kill(os.getpid(), signal.SIGKILL) if seen == count else None)


def killed_after(seconds: float) -> Callable[[], None]:
    """Makes a process be killed after a while, in the middle of whatever it does."""

    def arm() -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    return arm


@functools.cache
def dealings(kind: str) -> tuple[bytes, float]:
    """The dealings with files of an undisturbed run over an earlier result (r for a rename), and how long it takes."""
    with tempfile.TemporaryDirectory(prefix="outputs-") as name:
        folder, told = Path(name) / "here", Path(name) / "told"
        folder.mkdir()
        if kind != "new":
            writers(0)[kind][1](folder / writers(0)[kind][0])
        place, write = writers(1)[kind]
        with told.open("wb", buffering=0) as file:
            started = time.monotonic()
            apart(
                lambda: write(folder / place),
                dealing(folder, lambda _, event: file.write(b"r" if event == "os.rename" else b".")),
            )
        return told.read_bytes(), time.monotonic() - started


def killed(kind: str, seed: int, folder: Path) -> str:
    """A run killed at some moment, over an earlier result or over none; what is wrong, "" where nothing is."""
    chance = random.Random(seed)
    name, old = writers(0)[kind]
    _, new = writers(1)[kind]
    place = folder / name
    over = (chance.random() < 0.8 and kind != "new") or kind in more_outputs.OF_CASES
    if over:
        old(place)
    events, seconds = dealings(kind)
    # Most is at stake around a rename: half of the moments lie before one, and before what follows.
    (before,) = chance.choices(range(len(events)), [len(events) if e == ord("r") else 4.0 for e in events])
    moment = before + chance.randint(1, 2) if chance.random() < 0.8 else chance.uniform(0.001, seconds)
    code = apart(lambda: new(place), killed_before(moment, folder) if isinstance(moment, int) else killed_after(moment))
    if code not in (0, -signal.SIGKILL, -signal.SIGALRM):
        return f"ended with {code} (moment {moment})"
    if kind == "sweep":
        runs = cap.sweep(plans()[1].problem, {"demand.women_per_year": [14, 18, 22]}, folder=place).runs
        whole = cap.sweep(plans()[1].problem, {"demand.women_per_year": [14, 18, 22]}).runs
        return "" if runs == whole else f"resumed otherwise (moment {moment})"
    if place.suffix == "":
        with contextlib.suppress(DataError):
            refuse_foreign(place)
        bring_back_all(place)
    found = state(place)
    if kind in more_outputs.TABLES and found is not None:
        # An empty lock in a planner's folder is the next run's to take away, as is a folder made on the way.
        found = {name: content for name, content in found.items() if content or not name.endswith(".lock")} or None
    allowed = [state_of(kind, 1), *([state_of(kind, 0)] if over else [None])]
    if found not in allowed:
        return f"neither the old nor the new stands there (moment {moment}): {None if found is None else sorted(found)}"
    new(place)
    if state(place) != state_of(kind, 1):
        return f"the next run does not write it whole (moment {moment})"
    return _litter(folder, name, moment)


def _litter(folder: Path, name: str, moment: object) -> str:
    left = sorted(p.name for p in folder.iterdir() if p.name != name)
    return f"left behind {left} ({moment})" if left else ""


@functools.cache
def state_of(kind: str, which: int) -> State:
    """What an undisturbed run writes."""
    with tempfile.TemporaryDirectory() as folder:
        name, write = writers(which)[kind]
        write(Path(folder) / name)
        return state(Path(folder) / name)


def full(kind: str, seed: int, folder: Path) -> str:
    """A disk that takes no more after so many bytes of a file: what was there stays, nothing is left behind."""
    chance = random.Random(seed)
    name, old = writers(0)[kind]
    _, new = writers(1)[kind]
    place = folder / name
    over = (chance.random() < 0.8 and kind != "new") or kind in more_outputs.OF_CASES
    if over:
        old(place)
    before = state(place)
    most = int(10 ** chance.uniform(0, 6))
    code = apart(lambda: new(place), lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    if code not in (0, FULL):
        return f"ended with {code} at {most} bytes"
    if kind == "sweep":
        return ""
    wanted = state_of(kind, 1) if code == 0 else before
    if state(place) != wanted:
        return f"{'not written' if code == 0 else 'changed'} at {most} bytes"
    return _litter(folder, name, most)


def two(kind: str, seed: int, folder: Path) -> str:
    """Two writers at once: what stands there in the end is one of theirs, whole."""
    name, first = writers(0)[kind]
    _, second = writers(1)[kind]
    place = folder / name
    if (seed % 2 and kind != "new") or kind in more_outputs.OF_CASES:
        first(place)
    if kind in more_outputs.OF_CASES:
        first = second

    def both() -> None:
        other = os.fork()
        if other == 0:
            code = 1
            try:
                second(place)
                code = 0
            except DataError:
                code = REFUSED
            finally:
                os._exit(code)
        try:
            first(place)
        except DataError:
            if kind != "new":
                raise
        _, status = os.waitpid(other, 0)
        if os.waitstatus_to_exitcode(status) not in (0, REFUSED):
            raise RuntimeError(f"the other ended with {os.waitstatus_to_exitcode(status)}")

    code = apart(both)
    if code not in (0, REFUSED):
        return f"ended with {code}"
    if kind == "sweep":
        return ""
    if state(place) not in (state_of(kind, 0), state_of(kind, 1)):
        return "neither of theirs stands there"
    return _litter(folder, name, "two writers")


# --- names --------------------------------------------------------------------------------------

PAYLOADS = (
    "=1+1",
    "+1+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    '=HYPERLINK("http://x","y")',
    "\uff1d1+1",
    "\uff0b1+2",
    "\uff20x",
    "\u22121+x",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</svg><script>1</script>",
    "{{7*7}}",
    "`rm`",
    "]]>",
    "<!--",
    "-->",
    "&amp;",
    "&#x1b;",
    "[bold red]x[/]",
    "[link=http://x]y[/link]",
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x00",
    "\x07",
    "\x08",
    "\x0b",
    "\x7f",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\u200b=1",
    "\ufeff=1",
    "\u2028",
    "\u2029=1",
    "\x85=1",
    "\ufffe",
    "\uffff",
    "\U0001fffe",
    "\ud800",
    "\udfff",
    "$x^2$",
    "\\n",
    "%s%n",
    "'; DROP TABLE units; --",
    "\u00ad",
    "\ue000",
)
"""What a name may try."""

FRAMES = (
    "{}",
    "Town {}",
    "{} end",
    "a;{}",
    "a,{}",
    "a\t{}",
    "a\n{}",
    "a\r{}",
    "a\r\n{}",
    " {}",
    "\u3000{}",
    '"{}',
    "a|{}",
    "''{}",
)
LONG = "N" * 40_000


def name_of(seed: int) -> str:
    """A hostile name."""
    if seed % 61 == 60:
        return LONG
    chance = random.Random(seed)
    return FRAMES[chance.randrange(len(FRAMES))].format(PAYLOADS[seed % len(PAYLOADS)])


def named(name: str) -> cap.Plan | None:
    """A plan with the name in every place that takes it: where labels refuse it, in texts alone; None where these do."""
    for labels in (True, False):
        try:
            return cap.solve(_with_name(plans()[0].problem, name, labels))
        except DataError as error:
            if not str(error).strip():
                raise AssertionError("a fault without words") from error
    return None


def _with_name(problem: cap.Problem, name: str, labels: bool) -> cap.Problem:
    net = problem.network
    if labels:
        net = net.replace(
            site_names=(name, *net.site_names[1:]),
            point_names=(name, *net.point_names[1:]),
            region_names={"W": name, "E": f"{name} E"},
        )
        problem = problem.replace(network=net, scenarios=dataclasses.replace(problem.scenarios, labels=(name,)))
    texts = {"name": name, "attribution": (name,), "notices": (name,)}
    return problem.replace(**texts, sources={**problem.sources, "stay.mean_days": name})


def hostile(seed: int, folder: Path, page: bool = True, more: bool = True) -> str:
    """A hostile name through every output, each parsed again (without what takes longest, where asked)."""
    name = name_of(seed)
    plan = named(name)
    if plan is None:
        return ""
    faults = [
        fault
        for check in (
            _tables,
            _geopackage,
            _whole,
            _drawn,
            _book,
            _spoken,
            *((_page,) if page else ()),
            *((_pages, _more) if more else ()),
        )
        if (fault := check(plan, name, folder))
    ]
    return "; ".join(faults)


HARM = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212", "\t", "\r", "\n")


AMOUNT = re.compile(r"[+-][0-9][0-9A-Za-zæøåÆØÅ ., %)\]]*")
"""An amount and words call nothing."""


def formula(cell: str) -> bool:
    """Whether a spreadsheet might take a cell for a formula, whatever it splits at and strips."""
    for part in _split(cell):
        bare = part.lstrip('" \u00a0\u3000')
        bare = "".join(c for c in bare[:5] if unicodedata.category(c) not in ("Cc", "Cf")) + bare[5:]
        if bare.startswith(HARM) and not (_is_number(bare) or AMOUNT.fullmatch(bare)):
            return True
    return False


def _split(cell: str) -> list[str]:
    for mark in ";,\t\r|\u2028\u2029\x85":
        cell = cell.replace(mark, "\n")
    return cell.split("\n")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "-"
    return True


def hidden(text: str) -> list[str]:
    """Signs that move a cursor, turn text round, or cannot be seen."""
    odd = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp", "Co")
    return sorted({ascii(c) for c in text if unicodedata.category(c) in odd and c != "\n"})


def _tables(plan: cap.Plan, name: str, folder: Path) -> str:
    write_plan(plan, folder / "out")
    write_study(folder / "study", {name: name}, [{"what": name, name: -1.5, "n": plan.objective}])
    for path in sorted(folder.glob("*/*.csv")):
        text = path.read_bytes().decode()
        if hidden(text):
            return f"{path.name} has {hidden(text)}"
        for delimiter in ",;\t":
            for row in csv.reader(io.StringIO(text), delimiter=delimiter):
                bad = [c for c in row if formula(c)]
                if bad:
                    return f"{path.name} read with {delimiter!r} has {bad[0]!r}"
    with (folder / "out" / "units.csv").open(encoding="utf-8", newline="") as file:
        beds = [int(row["beds"]) for row in csv.DictReader(file)]
    return "" if beds == list(plan.unit_table["beds"]) else "units.csv has other beds"


def _geopackage(plan: cap.Plan, name: str, folder: Path) -> str:
    with contextlib.closing(sqlite3.connect(folder / "out" / "plan.gpkg")) as there:
        for layer, frame in layers(plan).items():
            for column in (c for c in frame.columns if c != "geometry"):
                found = [v for (v,) in there.execute(f'SELECT "{column}" FROM {layer} ORDER BY fid')]
                given = [
                    _in_a_database(v) if isinstance(v, str) else None if v != v else v for v in frame[column].tolist()
                ]
                if found != given:
                    return f"GeoPackage, {layer}.{column}: {found[:1]} for {given[:1]}"
    return ""


def _in_a_database(name: str) -> str:
    """A name as a database can hold it: no half of a sign, no end of text."""
    return "".join(ascii(c)[1:-1] if c == "\x00" or unicodedata.category(c) == "Cs" else c for c in name)


def _whole(plan: cap.Plan, name: str, folder: Path) -> str:
    text = (folder / "out" / "plan.json").read_bytes().decode()
    if hidden(text):
        return f"plan.json has {hidden(text)}"
    said = json.loads(text)
    if said["tables"]["name"] != name or json.loads(to_json(plan_payload(plan)))["notices"] != [name]:
        return "plan.json has another name"
    again = cap.read_plan(folder / "out").problem.network
    return "" if again.site_names == plan.problem.network.site_names else "read back otherwise"


def _drawn(plan: cap.Plan, name: str, folder: Path) -> str:
    text = draw_map(plan, title=name).save(folder / "m.svg").read_bytes().decode()
    root = ET.fromstring(text)
    if hidden(text):
        return f"SVG has {hidden(text)}"
    tags = {e.tag.rpartition("}")[2] for e in root.iter()}
    known = {"svg", "title", "desc", "style", "path", "circle", "rect", "text", "g", "use", "defs"}
    return "" if tags <= known else f"SVG has {sorted(tags - known)}"


def _book(plan: cap.Plan, name: str, folder: Path) -> str:
    import openpyxl

    write_workbook(plan, folder / "p.xlsx")
    for sheet in openpyxl.load_workbook(folder / "p.xlsx"):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f" or (isinstance(cell.value, str) and formula(cell.value)):
                    return f"workbook {sheet.title}: {cell.value!r}"
                if isinstance(cell.value, str) and hidden(cell.value):
                    return f"workbook {sheet.title} has {hidden(cell.value)}"
    return ""


class _Seen(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts, self.handlers = 0, []  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag in ("script", "img", "iframe", "object", "embed", "link")
        self.handlers += [
            k for k, v in attrs if k.startswith("on") or (v or "").strip().lower().startswith("javascript:")
        ]


@functools.cache
def _usual() -> int:
    with tempfile.TemporaryDirectory() as folder:
        seen = _Seen()
        seen.feed(write_report(plans()[0], Path(folder) / "r.html", studies=False).read_text(encoding="utf-8"))
        return seen.scripts


def _page(plan: cap.Plan, name: str, folder: Path) -> str:
    text = write_report(plan, folder / "r.html", studies=False).read_bytes().decode()
    seen = _Seen()
    seen.feed(text)
    if seen.scripts != _usual() or seen.handlers:
        return f"page has {seen.scripts} scripts, {seen.handlers}"
    odd = [c for c in hidden(text) if c != "'\\t'"]
    return f"page has {odd}" if odd else ""


def _spoken(plan: cap.Plan, name: str, folder: Path) -> str:
    from capacity.cli.failures import tell
    from capacity.cli.plan import show
    from capacity.cli.saying import say
    from capacity.errors import Finding

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        show(plan, as_json=False)
        show(plan, as_json=True)
        say(f"Note: {name}", err=True)
        tell(DataError([Finding(table=name, column=name, value=name, rule=name, remedy=name)]))
    odd = hidden(out.getvalue() + err.getvalue())
    return f"terminal has {odd}" if odd else ""


def _more(plan: cap.Plan, name: str, folder: Path) -> str:
    return (
        more_outputs.spreadsheet_fault(plan, name, folder, formula, hidden)
        or more_outputs.studied_fault(plan, formula, hidden, folder)
        or more_outputs.added_fault(name, folder, formula)
    )


def _pages(plan: cap.Plan, name: str, folder: Path) -> str:
    return more_outputs.page_fault(plan, plans()[0], hidden) or more_outputs.paper_fault(
        plan, plans()[0], folder, hidden
    )


# --- the campaign -------------------------------------------------------------------------------

TRIALS: dict[str, Callable[[str, int, Path], str]] = {"killed": killed, "full disk": full, "two writers": two}


def trials(seeds: Iterable[int]) -> Iterator[tuple[str, str, int]]:
    """What is tried for each seed."""
    for seed in seeds:
        for trial in TRIALS:
            yield trial, KINDS[seed % len(KINDS)], seed
        yield "hostile name", "every output", seed


def tried(trial: str, kind: str, seed: int) -> str:
    """One trial in a folder of its own; what is wrong, "" where nothing is."""
    with tempfile.TemporaryDirectory(prefix="outputs-") as folder:
        if trial == "hostile name":
            return hostile(seed, Path(folder))
        return TRIALS[trial](kind, seed, Path(folder))


def main(said: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign_outputs", description=__doc__)
    parser.add_argument("--seeds", default="0:200", help="first seed and the one after the last")
    parser.add_argument("--only", choices=[*TRIALS, "hostile name"], action="append", help="a kind of trial (all)")
    asked = parser.parse_args(said)
    first, end = map(int, asked.seeds.split(":"))
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for trial, kind, seed in trials(range(first, end)):
        if asked.only and trial not in asked.only:
            continue
        try:
            wrong = tried(trial, kind, seed)
        except Exception as error:
            wrong = f"fell over: {type(error).__name__}: {error}"
        counts[trial, kind]["wrong" if wrong else "right"] += 1
        if wrong:
            print(f"WRONG {trial}, {kind}: {wrong!a}", flush=True)
            print(f"    python -m tests.campaign_outputs --seeds {seed}:{seed + 1} --only '{trial}'", flush=True)
    print(f"\n{'':32}{'right':>8}{'wrong':>8}")
    total: Counter[str] = Counter()
    for (trial, kind), count in sorted(counts.items()):
        total += count
        print(f"{trial + ', ' + kind:32}{count['right']:>8}{count['wrong']:>8}")
    print(f"{'all':32}{total['right']:>8}{total['wrong']:>8}")
    return int(total["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
