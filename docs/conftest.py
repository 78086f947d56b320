"""The code of the pages is run, and what they say it prints is what it prints.

Python with ``>>>`` is a doctest. TOML is tried as settings of the Danish case; where its first line names a
file, the file's lines are changed so. Of a shell block every ``capacity`` command is run (a comment may
say which exit code is expected), and a block of text below it holds lines of what was printed, in order;
``...`` stands for what is left out.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import sybil
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser

TOP = Path(__file__).resolve().parent.parent
collect_ignore = ["conf.py", "_ext", "notebooks"]


def settings(example: sybil.Example) -> str | None:
    """Every key of the block is a setting, and every value fits it."""
    import capacity as cap

    text = str(example.parsed)
    given = {f"{section}.{key}": v for section, keys in tomllib.loads(text).items() for key, v in keys.items()}
    cap.denmark({key: value for key, value in given.items() if not key.startswith(("ranges", "demand.counts"))})
    named = re.match(r"# (\S+\.toml)\n", text)
    if named:
        path = Path(named[1])
        lines, section = path.read_text(encoding="utf-8"), ""
        for line in filter(None, text.splitlines()[1:]):
            key = line.split("=")[0].strip()
            if "=" not in line:
                section = line
                continue
            # A key may stand in another section too: that of the block is meant.
            start = lines.index(f"\n{section}\n")
            end = lines.find("\n[", start + 1) if "\n[" in lines[start + 1 :] else len(lines)
            part, found = re.subn(rf"(?m)^#? ?{re.escape(key)} *=.*$", lambda _, new=line: new, lines[start:end])
            assert found == 1, f"{path}: {key} stands {found} times in {section}"
            lines = lines[:start] + part + lines[end:]
        path.write_text(lines, encoding="utf-8")
    return None


def shell(example: sybil.Example) -> None:
    """Run the block's commands, one a line."""
    from capacity.cli.main import run

    said = io.StringIO()
    for line in str(example.parsed).splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            assert re.search(rf"(?m)^{words[1]}:", (TOP / "Makefile").read_text(encoding="utf-8")), line
            assert line.split("#")[0].strip() in (TOP / ".ci/run").read_text(encoding="utf-8"), line
        elif words[:1] == ["capacity"]:
            expected = re.search(r"exit code (\d)", line)
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                code = run(words[1:])
            assert code == (int(expected[1]) if expected else 0), f"{line}\n{said.getvalue()}"
        else:
            assert words[:1] in ([], ["source"]), f"not run: {line}"
    example.namespace["printed"] = said.getvalue()


def printed(example: sybil.Example) -> None:
    """Every line of the block was printed by the commands above it, in this order."""
    rest = [" ".join(line.split()) for line in example.namespace["printed"].splitlines()]
    for line in str(example.parsed).splitlines():
        wanted = re.escape(" ".join(line.split())).replace(r"\.\.\.", ".*")
        if wanted not in ("", ".*"):
            at = next((k for k, said in enumerate(rest) if re.fullmatch(wanted, said)), None)
            assert at is not None, f"not printed, or not here: {line}\n" + "\n".join(rest)
            rest = rest[at + 1 :]


def enter(namespace: dict[str, Any]) -> None:
    """Each page has an empty folder of its own."""
    os.environ["COLUMNS"] = "110"
    namespace["home"], namespace["folder"] = os.getcwd(), tempfile.TemporaryDirectory()
    os.chdir(namespace["folder"].name)


def leave(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["home"])
    namespace["folder"].cleanup()


pytest_collect_file = sybil.Sybil(
    parsers=[
        PythonCodeBlockParser(),
        CodeBlockParser("toml", settings),
        CodeBlockParser("sh", shell),
        CodeBlockParser("text", printed),
    ],
    patterns=["*.md"],
    excludes=["notebooks/*"],
    setup=enter,
    teardown=leave,
).pytest()
