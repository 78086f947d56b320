"""The table's engine as it runs in a page, run by Node: Playwright's wheel brings one, where none is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import capacity as cap
from capacity.report.table.data import table_data
from capacity.report.table.source import engine_source

Call = tuple[str, list[Any]]
"""A function of the engine, and what it is given."""

ANSWER = """
const answer = (engine, [name, given]) => {
  try { return engine[name](...given); } catch (error) { return { error: error.name, said: error.message }; }
};
"""
"""What an engine answers to a call, or how it refuses."""

PROGRAM = """
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = asked.map(({ data, calls }) => {
  const engine = capacityEngine.createEngine(data);
  return calls.map((call) => answer(engine, call));
});
process.stdout.write(JSON.stringify(answers));
"""


@cache
def node() -> str | None:
    """The program; None where there is none."""
    found = shutil.which("node")
    if found is None:
        try:
            import playwright
        except ImportError:
            return None
        driver = Path(playwright.__file__).parent / "driver"
        found = next((str(path) for path in (driver / "node", driver / "node.exe") if path.is_file()), None)
    return found


def run(program: str, given: object = None) -> str:
    """What a program prints that follows the engine's own text."""
    command = node()
    assert command is not None
    text = f"{engine_source()}\n{program}"
    done = subprocess.run(
        [command, "-e", text], input=json.dumps(given), capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def answers(asked: Sequence[tuple[cap.Problem, Sequence[Call]]]) -> list[list[Any]]:
    """What the engine of each problem answers to each call, in one run."""
    given = [{"data": table_data(problem), "calls": list(calls)} for problem, calls in asked]
    found: list[list[Any]] = json.loads(run(ANSWER + PROGRAM, given))
    return found
