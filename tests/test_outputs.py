"""Nothing lost and nothing let in: what is written, where, and what the terminal shows."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity.cli import start
from capacity.cli.main import run
from capacity.cli.saying import hush, say, writable
from capacity.read import check_case, new_case, read_case
from capacity.report.csv_files import write_csv
from capacity.report.files import our_geopackage, save_geopackage, write_plan, write_study
from capacity.report.page import our_page, write_report
from capacity.report.payload import to_json
from capacity.report.phrases import phrases
from capacity.report.signs import safe, shown
from capacity.report.workbook import our_workbook, write_workbook
from capacity.writing import MARKER, bring_back, new_folder, whole_file, whole_folder
from tests import campaign_outputs as campaign
from tests.cases import SMALL_CASE, small_case
from tests.small import towns

POSIX = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes that are killed are forked")


@pytest.fixture(scope="module")
def plan() -> cap.Plan:
    return campaign.plans()[0]


@pytest.fixture
def small(tmp_path: Path) -> str:
    return str(small_case(tmp_path / "small"))


def one(where: Path) -> None:
    (where / "units.csv").write_text("one\n", encoding="utf-8")


def other(where: Path) -> None:
    (where / "units.csv").write_text("other\n", encoding="utf-8")


def written(folder: Path, fill: Callable[[Path], object] = one, **options: Any) -> Path:
    whole_folder(folder, fill, names={"units.csv", "study.csv"}, **options)
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


# --- which folders are replaced ---------------------------------------------------------------


def test_a_folder_as_it_was_written_is_replaced(tmp_path: Path) -> None:
    out = written(written(tmp_path / "out"), other)
    assert (out / "units.csv").read_text(encoding="utf-8") == "other\n"
    assert names_in(tmp_path) == ["out"] and names_in(out) == [MARKER, "units.csv"]
    (out / "units.csv").unlink()  # what somebody took away is no loss
    (out / ".DS_Store").write_bytes(b"")
    assert written(out)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda out: (out / "units.csv").write_text("mine", encoding="utf-8"), "units.csv"),
        (lambda out: (out / "notes.txt").write_text("mine", encoding="utf-8"), "notes.txt"),
        (lambda out: (out / "report.html").write_text("mine", encoding="utf-8"), "report.html"),
        (lambda out: (out / "below").mkdir(), "below"),
        (lambda out: (out / "a\x1b[31m").write_text("mine", encoding="utf-8"), "a"),
        (lambda out: ((out / "units.csv").unlink(), (out / "units.csv").symlink_to("../mine")), "units.csv"),
        (lambda out: (out / MARKER).unlink(), "units.csv"),
        (lambda out: (out / MARKER).write_text("{}", encoding="utf-8"), "units.csv"),
        (lambda out: (out / MARKER).write_text("[" * 100_000, encoding="utf-8"), "units.csv"),
    ],
)
def test_what_was_changed_or_added_since_is_named_and_stays(
    spoil: Callable[[Path], object], named: str, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    out = written(tmp_path / "out")
    spoil(out)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    with pytest.raises(cap.DataError, match="nothing was written") as caught:
        written(out, other)
    assert named in str(caught.value)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    assert names_in(tmp_path) == ["mine", "out"]


def test_force_replaces_changed_files_but_none_of_others(tmp_path: Path) -> None:
    out = written(tmp_path / "out")
    (out / "units.csv").write_text("mine", encoding="utf-8")
    (out / MARKER).write_text("?", encoding="utf-8")
    written(out, other, force=True)
    assert (out / "units.csv").read_text(encoding="utf-8") == "other\n"
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(cap.DataError, match=r"notes\.txt"):
        written(out, one, force=True)


def test_a_file_saved_there_while_it_is_filled_stays(tmp_path: Path) -> None:
    out = written(tmp_path / "out")

    def slow(where: Path) -> None:
        other(where)
        (out / "units.csv").write_text("mine", encoding="utf-8")

    with pytest.raises(cap.DataError, match="changed since"):
        written(out, slow)
    assert (out / "units.csv").read_text(encoding="utf-8") == "mine" and names_in(tmp_path) == ["out"]


def test_a_link_is_followed_and_one_to_nowhere_refused(tmp_path: Path) -> None:
    out = written(tmp_path / "out")
    (tmp_path / "link").symlink_to("out")
    assert written(tmp_path / "link", other) == tmp_path / "link"
    assert (out / "units.csv").read_text(encoding="utf-8") == "other\n" and (tmp_path / "link").is_symlink()
    (tmp_path / "lost").symlink_to("nowhere")
    with pytest.raises(cap.DataError, match="leads somewhere"):
        written(tmp_path / "lost")


@pytest.mark.parametrize("place", [".", "..", "below/..", "/"])
def test_the_folder_one_stands_in_is_refused(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(cap.DataError, match="not the one the command runs in"):
        written(Path(place))
    assert written(Path("below")) == Path("below")


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\x1b[31m", "a\0", "a\u2028b", "a\udce6", ""])
def test_names_that_cannot_be_printed_are_refused(name: str, tmp_path: Path) -> None:
    for write in (lambda p: whole_folder(p, one), lambda p: whole_file(p, one)):
        with pytest.raises(cap.DataError, match="cannot be seen") as caught:
            write(f"{tmp_path}/{name}" if name else "")
        assert "\x1b" not in str(caught.value)
    assert names_in(tmp_path) == []


def test_folders_on_the_way_are_taken_away_again(tmp_path: Path) -> None:
    def fails(where: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        written(tmp_path / "a" / "b" / "out", fails)
    assert names_in(tmp_path) == []


# --- killed runs, and two at once ---------------------------------------------------------------


def leftover(folder: Path, name: str = "out", **parts: str) -> Path:
    """What a killed run leaves."""
    work = folder / f".{name}-0123abcd"
    work.mkdir()
    (work / MARKER).write_text(json.dumps({"written_by": "capacity", "place": name}), encoding="utf-8")
    for part, text in parts.items():
        (work / part).mkdir()
        (work / part / "units.csv").write_text(text, encoding="utf-8")
    return work


def test_what_a_killed_run_moved_aside_comes_back(plan: cap.Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    work = leftover(tmp_path, new="half")
    (tmp_path / "out").rename(work / "old")
    assert cap.read_plan(tmp_path / "out").site_ids == plan.site_ids
    assert names_in(tmp_path) == ["out"]
    leftover(tmp_path, old="replaced", new="half")
    bring_back(tmp_path / "out")  # the place is taken: what was replaced stays so
    assert cap.read_plan(tmp_path / "out" / "plan.json").site_ids == plan.site_ids
    assert names_in(tmp_path) == ["out"]


def test_a_writers_own_journal_is_cleared_away_with_its_file(tmp_path: Path) -> None:
    """SQLite keeps one beside the file in the making: a run killed then left its folder behind for good."""
    work = leftover(tmp_path, "plan.gpkg", **{"new.gpkg": "half", "new.gpkg-journal": "half"})
    whole_file(tmp_path / "plan.gpkg", lambda made: made.write_bytes(b"whole") and None)
    assert names_in(tmp_path) == ["plan.gpkg"] and not work.exists()


def test_only_leftovers_of_this_place_are_cleared_away(tmp_path: Path) -> None:
    leftover(tmp_path, "else")
    (tmp_path / ".out-abcdabcd").mkdir()  # killed before its marker was there
    for name, inside in ((".out-99999999", "mine.txt"), (".out-mine", "x"), (".out-12345678-x", "x")):
        (tmp_path / name).mkdir()
        (tmp_path / name / inside).write_text("mine", encoding="utf-8")
    (tmp_path / ".out.lock").write_text("mine", encoding="utf-8")
    written(tmp_path / "out")
    assert names_in(tmp_path) == [".else-0123abcd", ".out-12345678-x", ".out-99999999", ".out-mine", ".out.lock", "out"]
    assert (tmp_path / ".out.lock").read_text(encoding="utf-8") == "mine"


def test_the_second_writer_waits_and_then_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.writing.WAIT", 0.2)

    def inner(where: Path) -> None:
        one(where)
        started = time.monotonic()
        with pytest.raises(cap.DataError, match="one run writes to a place at a time"):
            written(tmp_path / "out", other)
        assert time.monotonic() - started >= 0.2
        written(tmp_path / "else", other)  # another place is free

    written(tmp_path / "out", inner)
    assert (tmp_path / "out" / "units.csv").read_text(encoding="utf-8") == "one\n"
    assert names_in(tmp_path) == ["else", "out"]


@POSIX
@pytest.mark.parametrize("trial", ["killed", "full disk", "two writers"])
@pytest.mark.parametrize("kind", ["plan", "report", "new", "sweep"])
def test_a_part_of_the_campaign(trial: str, kind: str, tmp_path: Path) -> None:
    for seed in (1, 2):
        (tmp_path / str(seed)).mkdir()
        assert campaign.TRIALS[trial](kind, seed, tmp_path / str(seed)) == ""


def test_a_new_case_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    count = [0]

    def full(source: Path, copy: Path) -> None:
        count[0] += 1
        if count[0] % 5 == 0:
            raise OSError(28, "No space left on device")
        copy.write_bytes(Path(source).read_bytes())

    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfile", full)
        for place in ("case", "empty", "a/b/case"):
            with pytest.raises(OSError, match="No space"):
                new_case(tmp_path / place)
    assert names_in(tmp_path) == ["empty"] and names_in(tmp_path / "empty") == []
    monkeypatch.chdir(tmp_path / "empty")
    assert check_case(new_case(".")) == ()
    with pytest.raises(cap.DataError, match="empty or a new folder"):
        new_case(tmp_path / "empty")


def test_moving_into_an_empty_folder_is_taken_back_where_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(where: Path) -> None:
        (where / "a").mkdir()
        (where / "b").write_text("", encoding="utf-8")
        (where / "c").write_text("", encoding="utf-8")

    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self.name == "c":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="Input/output"):
        new_folder(tmp_path, fill)
    assert names_in(tmp_path) == []


# --- single files ---------------------------------------------------------------------------------

FILES = {
    "r.html": (lambda plan, p, **o: write_report(plan, p, studies=False, **o), our_page),
    "p.xlsx": (write_workbook, our_workbook),
    "p.gpkg": (save_geopackage, our_geopackage),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_others_is_not_replaced_without_force(name: str, plan: cap.Plan, tmp_path: Path) -> None:
    write, ours = FILES[name]
    path = tmp_path / name
    assert write(plan, path) == write(plan, path) == path and ours(path)
    content = bytearray(path.read_bytes())
    at = content.find(b"Alby" if name != "p.xlsx" else b"xl/worksheets/sheet1.xml")
    content[at + 1] ^= 1
    for spoilt in (bytes(content), b"mine", b"", content[: len(content) // 2]):
        path.write_bytes(spoilt)
        assert not ours(path)
        with pytest.raises(cap.DataError, match="as this library wrote it"):
            write(plan, path)
        assert path.read_bytes() == spoilt
    write(plan, path, force=True)
    assert ours(path) and names_in(tmp_path) == [name]
    path.unlink()
    path.mkdir()
    with pytest.raises(cap.DataError, match="to write to is a file"):
        write(plan, path, force=True)


def test_a_page_saved_by_an_editor_is_somebody_elses(plan: cap.Plan, tmp_path: Path) -> None:
    path = write_report(plan, tmp_path / "r.html", studies=False)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert not our_page(path)


def test_a_file_put_into_a_written_folder_belongs_to_it(plan: cap.Plan, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_plan(plan, out)
    write_workbook(plan, out / "plan.xlsx")
    plan.map().save(out / "map.svg")
    write_plan(plan, out)
    assert "plan.xlsx" not in names_in(out)


def test_a_geopackage_that_is_not_whole_is_told(
    plan: cap.Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import geopandas as gpd

    write = gpd.GeoDataFrame.to_file
    monkeypatch.setattr(gpd.GeoDataFrame, "to_file", lambda self, *a, **o: write(self.head(1), *a, **o))
    with pytest.raises(OSError, match="whole"):
        save_geopackage(plan, tmp_path / "p.gpkg")
    assert names_in(tmp_path) == []


# --- the command line -----------------------------------------------------------------------------


def test_the_command_refuses_before_it_works_and_forces_when_told(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page, book, out = (str(tmp_path / n) for n in ("r.html", "p.xlsx", "out"))
    (tmp_path / "r.html").write_text("mine", encoding="utf-8")
    (tmp_path / "p.xlsx").write_text("mine", encoding="utf-8")
    assert run(["scenarios", "--out", out]) == 0
    (tmp_path / "out" / "study.csv").write_text("mine", encoding="utf-8")
    commands = (
        ["report", small, "-o", page, "--no-studies"],
        ["plan", small, "--workbook", book],
        ["plan", small, "--out", out],
        ["explain", small, "--out", out],
        ["ladder", small, "--to", "40", "--out", out],
    )
    for arguments in commands:
        assert run(arguments) == 2
        assert "--force" in capsys.readouterr().err
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == "mine"
    for arguments in commands:
        assert run([*arguments, "--force"]) == 0


def test_the_table_of_a_study_keeps_its_numbers(small: str, tmp_path: Path) -> None:
    assert run(["sweep", small, "--grid", "demand.women_per_year=[20,30]", "--out", str(tmp_path / "out")]) == 0
    with (tmp_path / "out" / "study.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    runs = json.loads((tmp_path / "out" / "study.json").read_text(encoding="utf-8"))["runs"]
    assert [float(r["cost_dkk"]) for r in rows] == [r["cost_dkk"] for r in runs]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_an_output_that_takes_nothing_is_told(small: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        for arguments in (["plan", small, "--json"], ["nothing", "--json"]):
            done = subprocess.run(
                [sys.executable, "-m", "capacity", *arguments], stdout=full, stderr=subprocess.PIPE, text=True
            )
            assert done.returncode == 2 and "Traceback" not in done.stderr
        done = subprocess.run(
            [sys.executable, "-m", "capacity", "check", small, "--json"], stderr=full, stdout=subprocess.PIPE
        )
    assert done.returncode == 0 and json.loads(done.stdout)["ok"]


def test_a_terminal_that_takes_nothing_stops_no_run(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("click.echo", full)
    say("not told", err=True)
    with pytest.raises(OSError, match="No space"):
        say("not told")
    assert run(["check", small, "--json"]) == 2
    assert run(["plan", small, "--out", str(tmp_path / "out")]) == 0
    with (tmp_path / "full").open("w", encoding="utf-8") as stream:
        hush(stream)
        stream.write("kept back")
    assert (tmp_path / "full").read_text(encoding="utf-8") == ""


def test_an_output_of_ascii_alone_gets_marks(tmp_path: Path) -> None:
    small = small_case(tmp_path / "s", municipalities__csv=SMALL_CASE["municipalities.csv"].replace("Alby", "Ærø"))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    for arguments in (
        ["plan", str(small), "--set", "case.name=Ærø"],
        ["plan", str(small), "--json"],
        ["pln", "--json"],
    ):
        done = subprocess.run([sys.executable, "-m", "capacity", *arguments], capture_output=True, env=environment)
        assert "Traceback" not in done.stderr.decode("ascii")
        text = done.stdout.decode("ascii")
        assert "--json" not in arguments or json.loads(text)
    assert writable("Ærø", io.TextIOWrapper(io.BytesIO(), encoding="ascii")) == r"\xc6r\xf8"
    assert writable("Ærø", io.StringIO()) == "Ærø"


@POSIX
@pytest.mark.parametrize("arguments", [["plan", "--json"], ["plan"]])
def test_an_interrupt_while_starting_is_one_sentence(arguments: list[str]) -> None:
    program = (
        "import builtins, os, signal, sys\nload = builtins.__import__\n"
        "def slow(name, *a, **o):\n"
        "    if name == 'numpy' and not seen:\n        seen.append(1)\n        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return load(name, *a, **o)\nseen = []\nbuiltins.__import__ = slow\n"
        f"sys.argv = ['capacity', *{arguments!r}]\nfrom capacity.cli.start import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert done.returncode == 130 and "Traceback" not in done.stderr and "Interrupted" in done.stderr
    assert done.stdout == "" or json.loads(done.stdout)["status"] == "interrupted"
    assert bool(done.stdout) == ("--json" in arguments)


def interrupting(error: BaseException) -> Callable[[], int]:
    def load() -> int:
        if not isinstance(error, KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise error

    return load


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_an_interrupt_before_anything_is_loaded(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(sys, "argv", ["capacity", *arguments])
    monkeypatch.setattr("capacity.cli.main.run", interrupting(KeyboardInterrupt()))
    try:
        with pytest.raises(SystemExit) as caught:
            start.main()
    finally:
        signal.signal(signal.SIGINT, before)
    assert caught.value.code == 130
    out, err = capsys.readouterr()
    assert "Interrupted" in err and (json.loads(out)["status"] == "interrupted" if arguments else out == "")


@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN])
def test_a_run_ends_with_its_code_and_other_faults_stay_faults(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, handler)
    try:
        monkeypatch.setattr("capacity.cli.main.run", lambda: 3)
        monkeypatch.setattr(sys, "stdout", None)
        with pytest.raises(SystemExit) as caught:
            start.main()
        assert caught.value.code == 3
        signal.signal(signal.SIGINT, handler)
        monkeypatch.setattr("capacity.cli.main.run", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            start.main()
    finally:
        sys.stdout.close()
        signal.signal(signal.SIGINT, before)


def test_every_word_of_a_command_goes_through_one_door() -> None:
    for path in (Path(cap.__file__).parent / "cli").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert path.name == "saying.py" or ("click.echo" not in text and "print(Text(" not in text), path.name


def test_long_names_are_cut_in_messages(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["x" * 5_000], ["check", "x" * 5_000], ["plan", "--out", "x" * 5_000]):
        assert run(arguments) == 2
        assert len(capsys.readouterr().err) < 3_000


# --- resuming sweeps ------------------------------------------------------------------------------

GRID = {"demand.women_per_year": [14, 18]}


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text + "null\n",
        lambda text: "null\n" + text,
        lambda text: text[:-30],
        lambda text: text[: len(text) // 2],
        lambda text: text + '3\n[]\n"x"\n{}\n' + "[" * 99_999,
        lambda text: "\0" * 500 + text,
        lambda text: "\nnull\n",
        lambda text: text.replace('"beds": ', '"beds": "many" , "b": '),
        lambda text: text.replace('"point"', '"pont"'),
        lambda text: text.replace('"objective": ', '"objective": NaN, "o": '),
        lambda text: text.replace('"row": {', '"row": null, "r": {'),
        lambda text: text.replace('"status": "optimal"', '"status": "best"'),
        lambda text: text.replace('["a"', '["z"'),
        lambda text: text.replace('"demand.women_per_year": 14', '"demand.women_per_year": 18'),
        lambda text: text[:3],
        lambda text: text.replace('"stamp": "', '"stamp": "0'),
        lambda text: "\ufffd" + text,
    ],
)
def test_a_sweep_goes_on_from_whatever_is_left(damage: Callable[[str], str], tmp_path: Path) -> None:
    problem = towns()
    whole = cap.sweep(problem, GRID, folder=tmp_path)
    rows = tmp_path / "rows.jsonl"
    rows.write_text(damage(rows.read_text(encoding="utf-8").lstrip("\n")), encoding="utf-8")
    assert cap.sweep(problem, GRID, folder=tmp_path).runs == whole.runs
    assert cap.sweep(problem, GRID, folder=tmp_path).runs == whole.runs


def test_a_sweep_beside_another_cases_runs_keeps_both(tmp_path: Path) -> None:
    first, second = towns(), towns({"units": [2, 2]})
    one = cap.sweep(first, GRID, folder=tmp_path)
    assert cap.sweep(second, GRID, folder=tmp_path).runs != one.runs
    count = (tmp_path / "rows.jsonl").read_text(encoding="utf-8").count('"stamp"')
    assert cap.sweep(first, GRID, folder=tmp_path).runs == one.runs
    assert count == 4 == (tmp_path / "rows.jsonl").read_text(encoding="utf-8").count('"stamp"')


def test_a_file_of_somebody_elses_is_not_added_to(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"my": "rows"}\n', encoding="utf-8")
    with pytest.raises(cap.DataError, match="a sweep's runs"):
        cap.sweep(towns(), GRID, folder=tmp_path)
    assert (tmp_path / "rows.jsonl").read_text(encoding="utf-8") == '{"my": "rows"}\n'


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 17, 24, 28, 29, 33, 36, 39, 42, 60, 71])
def test_hostile_names_do_nothing_in_any_output(seed: int, tmp_path: Path) -> None:
    assert campaign.hostile(seed, tmp_path, page=seed in (17, 60), more=seed == 17) == ""


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("a;=1", "a;'=1"),
        ("a,=1", "a,'=1"),
        ("a\r=1", r"a\r=1"),
        ('a";"=1', 'a";\'"=1'),
        (" \u3000=1", "' \u3000=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\u200b=1", r"\u200b=1"),
        ("-1+cmd|'x'!A", "'-1+cmd|'x'!A"),
        ("--1", "'--1"),
        ("-3.5", "-3.5"),
        ("-", "-"),
        ("1e-5", "1e-5"),
        ("x; +3 beds", "x; +3 beds"),
        ("Nord-Syd = a", "Nord-Syd = a"),
        ("https://x.dk/?a=b", "https://x.dk/?a=b"),
        (-2, -2),
        (None, None),
        ("\u22121 %", "\u22121 %"),
        ("a|=1", "a|'=1"),
    ],
)
def test_cells_start_no_formula_and_numbers_stay(cell: Any, written: Any) -> None:
    assert safe(cell) == written
    assert safe(safe(cell)) == written


def test_heads_of_tables_start_no_formula_either(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", {"=1": (1.5, -2), "b": ("=x", "y\ud800")})
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "'=1,b\n1.5,'=x\n-2,y\\ud800\n"
    write_study(tmp_path / "s", {"a": "\ud800\x9b\U0001fffe"}, [])
    text = (tmp_path / "s" / "study.json").read_text(encoding="utf-8")
    assert text.isascii() and json.loads(text) == {"a": "\ud800\x9b\U0001fffe"}


def test_signs_that_are_not_seen_are_marked() -> None:
    assert shown("a\x1b\u202e\u00ad\n", kept="\n") == "a\\x1b\\u202e\\xad\n"
    assert shown("Sjælland\u00a0Ω漢") == "Sjælland\u00a0Ω漢"
    assert (
        json.loads(to_json({"\x7f": "\u2028"})) == {"\x7f": "\u2028"} and to_json({"a": "\x7f"}).isprintable() is False
    )
    assert "\\u007f" in to_json({"a": "\x7f"})


def test_long_lists_are_told_whole_in_a_report() -> None:
    assert "x" * 5_000 in phrases("en")("answer-open", count=2, beds=3, total="3", units="x" * 5_000)


# --- a case's files -------------------------------------------------------------------------------


def outside(tmp_path: Path) -> tuple[Path, Path]:
    """A case, and a file beside its folder that tells a secret."""
    secret = tmp_path / "secret.csv"
    secret.write_text("SECRET,LINE\n1,2\n", encoding="utf-8")
    return small_case(tmp_path / "case"), secret


@pytest.mark.parametrize("how", ["above", "absolute", "link", "folder", "not there", "travel", "link to the case file"])
def test_a_case_reads_no_file_outside_its_folder(how: str, tmp_path: Path) -> None:
    case, secret = outside(tmp_path)
    name = {"above": "../secret.csv", "absolute": str(secret), "not there": "../none.csv"}.get(how, "secret.csv")
    if how == "folder":
        (case / "sub").symlink_to(tmp_path)
        name = "sub/secret.csv"
    if how == "link":
        (case / "secret.csv").symlink_to(secret)
    if how == "link to the case file":
        (case / "case.toml").unlink()
        (case / "case.toml").symlink_to(secret)
    elif how == "travel":
        text = SMALL_CASE["case.toml"].replace('"links.csv"', '"../secret.csv"')
        (case / "case.toml").write_text(text, encoding="utf-8")
    else:
        (case / "case.toml").write_text(f'{SMALL_CASE["case.toml"]}\n[files]\nsites = "{name}"\n', encoding="utf-8")
    said = "\n".join(map(str, check_case(case)))
    assert "a case's files lie in its own folder" in said
    assert "SECRET" not in said and "missing" not in said


def test_the_planner_may_name_a_file_elsewhere_for_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case, _ = outside(tmp_path)
    (tmp_path / "mine.csv").write_text(SMALL_CASE["sites.csv"], encoding="utf-8")
    mine = str(tmp_path / "mine.csv")
    assert read_case(case, {"files.sites": mine}).network.site_ids == ("x", "y")
    assert run(["check", str(case), "--set", f'files.sites="{mine}"']) == 0
    (case / "sub").mkdir()
    (case / "sites.csv").rename(case / "sub" / "sites.csv")
    (case / "case.toml").write_text(SMALL_CASE["case.toml"] + '[files]\nsites = "sub/sites.csv"\n', encoding="utf-8")
    assert run(["check", str(case)]) == 0


@POSIX
def test_a_pipe_in_a_case_is_not_waited_for(tmp_path: Path) -> None:
    case, _ = outside(tmp_path)
    (case / "sites.csv").unlink()
    os.mkfifo(case / "sites.csv")
    assert "own folder" in "\n".join(map(str, check_case(case)))


def test_a_plan_from_elsewhere_reads_no_file_of_the_readers(plan: cap.Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    path = tmp_path / "out" / "plan.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    secret = tmp_path / "secret.geojson"
    secret.write_text('{"features": "SECRET"}', encoding="utf-8")
    said["tables"]["origin"]["land"] = str(secret)
    path.write_text(json.dumps(said), encoding="utf-8")
    again = cap.read_plan(path)
    assert "land" not in again.problem.origin
    write_report(again, tmp_path / "r.html", studies=False)
    write_plan(again, tmp_path / "again")
    assert "SECRET" not in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "SECRET" not in (tmp_path / "again" / "plan.json").read_text(encoding="utf-8")
