"""The planner's table says the type of everything it takes, and a checker of types finds nothing wrong in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from capacity.report.table.page import SCRIPTS
from capacity.report.table.source import MODULES, module

HERE = Path(__file__).resolve().parent
CHECKER = os.environ.get("CAPACITY_TSC") or shutil.which("tsc")
"""TypeScript's compiler, which `make types-js` brings and nothing else needs."""

FUNCTION = re.compile(
    r"(?m)((?:^/\*\*(?:[^*]|\*(?!/))*\*/\n)?)^(?:export )?(?:async )?(?:function (\w+)\(|const (\w+) = \()(.)"
)


@pytest.mark.parametrize("name", [*MODULES, *SCRIPTS])
def test_every_function_says_what_it_takes(name: str) -> None:
    found = FUNCTION.findall(module(name))
    bare = [function or arrow for said, function, arrow, first in found if first != ")" and "@param" not in said]
    assert bare == []


def checked(project: Path) -> subprocess.CompletedProcess[str]:
    assert CHECKER is not None
    command = [CHECKER, "--project", str(project), "--pretty", "false"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(CHECKER is None, reason="no tsc: `make types-js` brings it, with npm")
def test_the_checker_finds_nothing(tmp_path: Path) -> None:
    done = checked(HERE / "tsconfig.json")
    assert (done.returncode, done.stdout) == (0, "")
    # It would: a stay is a number, no text.
    table = tmp_path / "capacity" / "report" / "table"
    shutil.copytree(HERE.parent / "capacity" / "report" / "table", table)
    wrong = "\nstartupLoss({}, 1, 'many', 1);\n"
    (table / "finance.js").write_text(module("finance") + wrong, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    shutil.copy(HERE / "tsconfig.json", tmp_path / "tests")
    assert "finance.js" in checked(tmp_path / "tests" / "tsconfig.json").stdout
