"""All that leaves the library is the same for every table of counts of which the same is known.

So no output, of whatever kind, can tell more than `Known` does: what is proven of it holds for them all.
"""

from __future__ import annotations

import pickle
import re
import zipfile
from pathlib import Path

import click
import pytest

import capacity as cap
from capacity.cli.main import group, run
from capacity.reading.texts import NOT_TOLD
from tests.cases import edit_text
from tests.test_small_counts import POINTS, six

PLACED = "\n".join(
    f"{line},{lon},{lat}"
    for line, lon, lat in zip(
        POINTS.splitlines(), ("lon", 9.5, 9.9, 10.3, 10.4, 10.6, 10.7), ("lat", 56.1, 56.2, 56.0, 55.8, 55.6, 55.5), strict=True
    )
)  # fmt: skip
"""The six places, on the map: A to C in one region, D to F in the other."""

TABLES = ([5, 0, 3, 2, 2, 5], [0, 8, 0, 9, 0, 0], [8, 0, 0, 0, 0, 9], [1, 1, 6, 3, 3, 3])
"""Counts with one sum in each region: which of its places they are of is not known."""

MATRIX = "code,x,y\nA,2,75\nB,30,70\nC,70,40\nD,75,3\nE,95,23\nF,105,33\n"
COURSE = ["--set", "outpatient.dkk_per_course=60000", "--set", "outpatient.beyond_minutes=60"]
NODES = "node,lon,lat\nA,9.5,56.1\nB,9.9,56.2\nC,10.3,56.0\nD,10.4,55.8\nE,10.6,55.6\nF,10.7,55.5\n"


def case(folder: Path, counts: list[int], more: str = "") -> Path:
    made = six(folder, counts, more, points=f"{PLACED}\n")
    (made / "sites.csv").write_text(
        "site_id,name,municipality_code,lon,lat\nx,Unit x,A,9.51,56.11\ny,Unit y,D,10.41,55.81\n", encoding="utf-8"
    )
    (made / "nodes.csv").write_text(NODES, encoding="utf-8")
    return made


def timeless(text: str) -> str:
    """Without the moments, durations and hashes of a run, and the folder it is of."""
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(\+\d\d:\d\d)?", "WHEN", text)
    text = re.sub(r"\b\d\d:\d\d\b", "WHEN", text).replace("&#34;", '"')
    text = re.sub(r'"(\w*seconds|started|hash|sha256|case|out|path)": ?("[^"]*"|[\d.e-]+)', "", text)
    text = re.sub(r"content [0-9a-f]{64}|[0-9a-f]{64}", "HASH", text)
    return re.sub(r"\d+(\.\d+)? ?(s\b|seconds)", "SECONDS", text)


def files(folder: Path) -> dict[str, str]:
    """Every file of a folder as text; of packed ones their parts."""
    said: dict[str, str] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".gpkg" and p.name[0] != "."):
        if path.suffix in (".docx", ".xlsx"):
            with zipfile.ZipFile(path) as packed:
                parts = {name: packed.read(name) for name in packed.namelist() if not name.startswith("docProps")}
            said |= {f"{path.name}/{name}": timeless(text.decode("latin-1")) for name, text in parts.items()}
        else:
            said[str(path.relative_to(folder))] = timeless(path.read_bytes().decode("utf-8", "replace"))
    return said


def test_the_problem_is_the_same_to_the_last_bit(tmp_path: Path) -> None:
    # In one folder: its name is part of what a problem says.
    problems = []
    for counts in TABLES:
        problem = cap.read_case(case(tmp_path / "case", list(counts)))
        assert problem.split is not None and problem.split.known is not None
        assert problem.split.known.total.tolist() == [8, 9]
        problems.append(problem)
    for change in (
        lambda p: p,
        lambda p: p.only(["N"]),
        lambda p: p.set("demand.weight", "births"),
        lambda p: p.set("demand.relative_risk", "risk"),
        lambda p: p.set("demand.undetected", 2.0),
        lambda p: p.set("network.regions", "district"),
    ):
        assert len({_bits(change(problem)) for problem in problems}) == 1
    # Counts of which other sums are known make another problem: the test can fail.
    other = cap.read_case(case(tmp_path / "case", [5, 0, 3, 2, 2, 6]))
    assert _bits(other) != _bits(problems[0])


def _bits(problem: cap.Problem) -> bytes:
    return pickle.dumps(problem)


OUTPUTS: dict[str, list[str]] = {
    "check": ["check", "CASE", "--json"],
    "plan": ["plan", "CASE", "--json", "--out", "OUT/plan", "--workbook", "OUT/plan.xlsx"],
    "table": ["table", "CASE", "-o", "OUT/table.html"],
    "document": ["document", "CASE", "-o", "OUT/plan.docx", "--no-studies"],
    "compare": ["compare", "CASE", "--set", "demand.weight=births", "-o", "OUT/beside.html", "--json"],
    "who-pays": ["who-pays", "CASE", "--json", "--out", "OUT/paid"],
    "influence": ["influence", "CASE", "--json"],
    "robust": ["robust", "CASE", "--json"],
    "add-site": ["add-site", "CASE", "--name", "More", "--lat", "56.05", "--lon", "10.1", "--json"],
    "data": ["data", "join", "CASE/more.csv", "CASE", "--by", "code", "--column", "girls", "--json"],
    "data statbank": ["data", "statbank", "CASE/more.csv", "CASE", "--column", "more", "--value", "girls", "--json"],
    "data error": ["data", "error", "CASE/matrix.csv", "CASE", "--json"],
    "another weight": ["plan", "CASE", "--json", "--set", "demand.weight=births"],
    "report": ["report", "CASE", "-o", "OUT/report.html"],
    "summary": ["summary", "CASE", "-o", "OUT/summary.html"],
    "roll-out": ["roll-out", "CASE", "--years", "CASE/years.toml", "--json", "--out", "OUT/years"],
    "stress": ["stress", "CASE", "--years", "4", "--json", "--out", "OUT/stress"],
    "adapt": ["adapt", "CASE", "--years", "2", "--levels", "3", "--json", "--out", "OUT/adapt"],
    "sharing": ["sharing", "CASE", "--json", "--out", "OUT/shares", "--column", "births"],
    "equity": ["equity", "CASE", "--json", "--out", "OUT/even"],
    "break-even": ["break-even", "CASE", "--json", "--of", "price", "--objective", "cost", *COURSE],
    "pooling": ["pooling", "CASE", "--json"],
    "switch-points": ["switch-points", "demand.women_per_year", "20", "60", "CASE", "--json"],
    "ladder": ["ladder", "CASE", "--from", "10", "--to", "60", "--json"],
    "alternatives": ["alternatives", "CASE", "--json"],
    "explain": ["explain", "CASE", "--set", "rules.reach=1", "--json"],
    "pareto": ["pareto", "CASE", "--json"],
    "price-of-nearness": ["price-of-nearness", "CASE", "--json"],
    "why-not": ["why-not", "y", "CASE", "--set", "rules.units=[1,1]", "--json"],
    "evaluate": ["evaluate", "CASE", "--unit", "x=12", "--unit", "y", "--json", "--out", "OUT/given"],
    "scenarios": ["scenarios", "CASE", "--json"],
    "sweep": ["sweep", "CASE", "--grid", "demand.women_per_year=[20,30]", "--json", "--out", "OUT/sweep"],
    "tornado": ["tornado", "CASE", "--json"],
    "grid2": ["grid2", "demand.women_per_year=[20,30]", "stay.mean_days=[150,180]", "CASE", "--json"],
    "freeze": ["freeze", "CASE", "--json", "--out", "OUT/frozen"],
    "rules": ["rules", "CASE", "--json"],
}
"""A line of each command, with what it writes."""

ELSEWHERE = {"new": "copies the built-in case, of which nobody counted anything", "travel": "reads a map, no counts"}


def test_every_command_is_tried() -> None:
    assert {*(words[0] for words in OUTPUTS.values()), *ELSEWHERE} == set(group.list_commands(click.Context(group)))


OBSERVED = {5: (3, 4), 0: (1, 9)}
"""Women the planner counted in a region in two years, beside each table: small, and others."""


@pytest.mark.parametrize("what", OUTPUTS)
def test_every_command_says_and_writes_the_same(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # How far a study has come is told by the clock.
    monkeypatch.setattr("capacity.cli.studies.seldom", lambda more=1.0: lambda text, last=False: None)
    said = []
    for counts in TABLES[:2]:
        here = case(tmp_path / "case", list(counts))
        (here / "scenarios.csv").write_text("id,women_per_year\nfew,20\nmany,40\n", encoding="utf-8")
        (here / "more.csv").write_text("code,girls\n" + "".join(f"{c},7\n" for c in "ABCDEF"), encoding="utf-8")
        (here / "years.toml").write_text("[2027]\n[2028.demand]\nwomen_per_year = 40\n", encoding="utf-8")
        (here / "matrix.csv").write_text(MATRIX, encoding="utf-8")
        first, second = OBSERVED[counts[0]]
        (here / "observed.csv").write_text(
            f"region,what,year,count,document\nN,all,2020,{first},\nN,all,2021,{second},\nS,all,2020,21,Us-2021\n",
            encoding="utf-8",
        )
        out = tmp_path / "out"
        out.mkdir()
        words = [w.replace("CASE", str(here)).replace("OUT", str(out)) for w in OUTPUTS[what]]
        ended = run(words)
        printed = capsys.readouterr()
        (here / "counts.csv").unlink()
        (here / "observed.csv").unlink()
        said.append((ended, timeless(printed.out), timeless(printed.err), files(out), files(here)))
        assert ended == 0, printed.err
        for path in (here, out):
            path.rename(tmp_path / f"{path.name} {counts}")
    for one, other in zip(*said, strict=True):
        assert one == other


def test_own_counts_are_not_joined_to_what_every_plan_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = case(tmp_path / "case", [5, 0, 3, 2, 2, 5])
    (here / "own.csv").write_text(
        "code,residential,girls\nA,5,9\nB,0,9\nC,3,9\nD,2,9\nE,2,9\nF,5,9\n", encoding="utf-8"
    )
    before = (here / "municipalities.csv").read_bytes()
    words = ["data", "join", str(here / "own.csv"), str(here), "--by", "code", "--column"]
    assert run([*words, "residential"]) == 2
    assert "demand.counts" in capsys.readouterr().err and (here / "municipalities.csv").read_bytes() == before
    # What is wrong with a count is told without it, and no hash of the table can be guessed back.
    spoilt = here / "spoilt.csv"
    spoilt.write_text((here / "own.csv").read_text(encoding="utf-8").replace("F,5", "F,73x"), encoding="utf-8")
    assert run(["data", "join", str(spoilt), str(here), "--by", "code", "--column", "residential", "--as", "c"]) == 2
    told = capsys.readouterr().err
    assert "spoilt.csv row 7" in told and "73" not in told
    # The case's own table of counts is joined by no column.
    assert run(["data", "join", str(here / "counts.csv"), str(here), "--by", "code", "--column", "year"]) == 2
    assert "demand.counts" in capsys.readouterr().err
    # Under another name it is written, and told.
    assert run([*words, "residential", "--as", "cases"]) == 0
    assert "below 5" in capsys.readouterr().err
    assert run([*words, "girls"]) == 0
    assert "below 5" not in capsys.readouterr().err
    assert "SHA" not in (here / "SOURCES.md").read_text(encoding="utf-8")


def test_no_hash_of_a_workbook_is_told_that_holds_own_counts(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    here = case(tmp_path / "case", [5, 0, 3, 2, 2, 5])
    book = openpyxl.Workbook()
    for name in ("counts", "links"):
        sheet = book.create_sheet(name)
        for line in (here / f"{name}.csv").read_text(encoding="utf-8").splitlines():
            sheet.append([int(cell) if cell.isdigit() else cell for cell in line.split(",")])
        (here / f"{name}.csv").unlink()
        edit_text(here / "case.toml", f"{name}.csv", f"book.xlsx#{name}")
    book.save(here / "book.xlsx")
    assert cap.read_case(here).origin["files"]["book.xlsx"] == NOT_TOLD
