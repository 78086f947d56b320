"""Files of one folder that belong together: all are put in their places or none, whatever ends the run."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

import capacity as cap
from capacity.preparing import joining
from capacity.preparing.joining import points_of, write_column
from capacity.writing import DECIDED, MARKER, bring_back_all, whole_files
from tests import campaign_outputs as campaign
from tests import more_outputs

TWO = ("a.csv", "b.csv")


def write(folder: Path, text: str) -> None:
    whole_files({folder / name: lambda made: made.write_text(text, encoding="utf-8") for name in TWO})


def read(folder: Path) -> list[str]:
    return [(folder / name).read_text(encoding="utf-8") for name in TWO]


def test_where_one_cannot_be_made_or_put_there_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "old")

    def full(made: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        whole_files({tmp_path / "a.csv": lambda made: made.write_text("new"), tmp_path / "b.csv": full})
    assert read(tmp_path) == ["old", "old"] and sorted(os.listdir(tmp_path)) == list(TWO)
    with pytest.raises(cap.DataError):
        whole_files({tmp_path / "a.csv": lambda made: made.write_text("new")}, refuse=lambda: points_of(tmp_path))
    usual = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target).name == "b.csv" and self.name.startswith("new"):
            raise KeyboardInterrupt
        return usual(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, "new")
    assert read(tmp_path) == ["old", "old"] and sorted(os.listdir(tmp_path)) == list(TWO)
    # Of files that were not there, none is left.
    (tmp_path / "empty").mkdir()
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "empty", "new")
    assert os.listdir(tmp_path / "empty") == []


def kill_between(folder: Path) -> None:
    """Write, and be killed when the first file stands in its place and the second does not."""
    child = os.fork()
    if child == 0:
        usual = Path.replace

        def replace(self: Path, target: Path) -> Path:
            if Path(target).name == "b.csv":
                os.kill(os.getpid(), signal.SIGKILL)
            return usual(self, target)

        Path.replace = replace  # type: ignore[method-assign,assignment]
        write(folder, "new")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


@pytest.mark.parametrize("then", ["b.csv", "a.csv", "all"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_was_decided_is_carried_out_by_the_next_run(then: str, tmp_path: Path) -> None:
    write(tmp_path, "old")
    kill_between(tmp_path)
    assert read(tmp_path) == ["new", "old"]
    if then == "all":
        bring_back_all(tmp_path)
        assert read(tmp_path) == ["new", "new"]
    else:
        # Whichever of them is written next: the other one is as it was decided.
        whole_files({tmp_path / then: lambda made: made.write_text("newer", encoding="utf-8")})
        assert sorted(read(tmp_path)) == ["new", "newer"]
        bring_back_all(tmp_path)
    assert sorted(os.listdir(tmp_path)) == list(TWO)


def test_a_folder_from_elsewhere_reaches_no_file_outside_it(tmp_path: Path) -> None:
    outside, inside = tmp_path / "mine.csv", tmp_path / "case"
    outside.write_text("mine", encoding="utf-8")
    planted = inside / ".a.csv-00000000"
    planted.mkdir(parents=True)
    (inside / "a.csv").write_text("theirs", encoding="utf-8")
    (planted / "new.csv").write_text("planted", encoding="utf-8")
    marked = {"written_by": "capacity", "place": "a.csv"}
    (planted / MARKER).write_text(json.dumps(marked), encoding="utf-8")
    together = {planted.name: "../mine.csv", "../../x": "a.csv", ".b.csv-00000000": "a.csv"}
    (planted / DECIDED).write_text(json.dumps({"written_by": "capacity", "together": together}), encoding="utf-8")
    bring_back_all(inside)
    assert outside.read_text(encoding="utf-8") == "mine"
    assert (inside / "a.csv").read_text(encoding="utf-8") == "theirs"


@pytest.mark.parametrize("kind", ["compared", *more_outputs.TABLES])
@pytest.mark.parametrize("trial", campaign.TRIALS)
def test_papers_pages_and_tables_are_whole_or_not_there(trial: str, kind: str) -> None:
    assert campaign.tried(trial, kind, 5) == ""


def test_what_was_saved_since_it_was_read_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = more_outputs.case(tmp_path / "case")
    place, table, usual_table = points_of(case), case / "municipalities.csv", joining.own_table

    def own(folder: Path, name: str) -> object:
        found = usual_table(folder, name)
        table.write_text(table.read_text(encoding="utf-8") + "0999,Saved,Nørre,1,10.2,56.0\n", encoding="utf-8")
        return found

    monkeypatch.setattr(joining, "own_table", own)
    with pytest.raises(cap.DataError, match="saved since"):
        write_column(place, "births", dict.fromkeys(place.ids, 1.0), "tried")
    assert "0999,Saved" in table.read_text(encoding="utf-8") and not (case / "SOURCES.md").exists()


@pytest.mark.parametrize("said", [{"name": "=1+1"}, {"name": "x", "site_id": "+x"}, {"name": "x", "kind": "a;=1"}])
def test_a_site_is_added_under_no_name_that_a_spreadsheet_calculates(said: dict[str, str], tmp_path: Path) -> None:
    case = more_outputs.case(tmp_path / "case")
    before = (case / "sites.csv").read_bytes()
    with pytest.raises(cap.DataError, match="starts no formula"):
        cap.add_site(case, said.pop("name"), lat=56.1, lon=10.4, **said)  # type: ignore[arg-type]
    assert (case / "sites.csv").read_bytes() == before
    cap.add_site(case, "Ward - north (A+B)", lat=56.1, lon=10.4)


@pytest.mark.parametrize("name", ["\ud800 ward", "ward\u202e", "ward\u200b"])
def test_a_site_is_added_under_no_name_that_cannot_be_seen(name: str, tmp_path: Path) -> None:
    case = more_outputs.case(tmp_path / "case")
    before = (case / "sites.csv").read_bytes()
    with pytest.raises(cap.DataError, match="every sign can be seen"):
        cap.add_site(case, name, lat=56.1, lon=10.4)
    assert (case / "sites.csv").read_bytes() == before
    # Line breaks are blanks, as where a table is read.
    cap.add_site(case, "Ward\r\nnorth\u2029 two", lat=56.1, lon=10.4, site_id="n")
    assert (case / "sites.csv").read_text(encoding="utf-8").splitlines()[-1].startswith("n,Ward north two,")
