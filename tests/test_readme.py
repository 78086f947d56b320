"""What the README shows is what the library does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import capacity as cap
from capacity.cli.main import run

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_printed_plan_is_the_real_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan"]) == 0
    said = {" ".join(line.split()) for line in capsys.readouterr().out.splitlines()}
    shown = README.split("<!-- plan -->")[1].split("<!-- /plan -->")[0]
    lines = [" ".join(line.split()) for line in shown.splitlines() if line.strip() and "```" not in line]
    assert len(lines) > 15
    for line in lines:
        assert line in said, line


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})  # what a reader would type
    assert "FA_AALBORG" in capsys.readouterr().out
    assert (tmp_path / "plan.svg").is_file()


def test_what_make_plan_installs_is_all_that_the_readmes_commands_take() -> None:
    """Its commands write a Word file and read a workbook: told to install more, a reader would be stuck."""
    makefile = (Path(__file__).resolve().parent.parent / "Makefile").read_text(encoding="utf-8")
    (extras,) = re.findall(r"/\.installed:.*?install -e '\.\[(.*?)\]'", makefile, re.DOTALL)
    assert {"new --excel", "document -o"} <= set(re.findall(r"capacity (new --excel|document -o)", README))
    assert set(extras.split(",")) >= {"report", "excel", "word"}


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shlex

    monkeypatch.chdir(tmp_path)
    commands = [c for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for c in block.splitlines()]
    mine = [shlex.split(c, comments=True)[1:] for c in commands if c.startswith("capacity")]
    assert len(mine) >= 8
    for arguments in mine:
        assert run(arguments) == 0, arguments


def test_the_map_is_the_real_one() -> None:
    stored = (Path(__file__).resolve().parent.parent / "docs" / "map.svg").read_text(encoding="utf-8")
    drawn = cap.solve(cap.denmark()).map().svg
    titles = re.compile(r"<title>(.*?)</title>")
    assert titles.findall(stored) == titles.findall(drawn)
