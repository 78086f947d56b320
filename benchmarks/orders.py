"""Roll-outs and plans that watch and decide, on the Danish case: ``python -m benchmarks.orders``, about two minutes.

Each job is a process of its own, its imports and reading included: CPU seconds and the most memory it had, against what
issue 22 asks. Chains and the model must give the same.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.process import Used, run

SECONDS, MEGABYTES, BRACKET = 60.0, 500.0, 0.002
CHAINS, MODEL = 1.0, 10.0
ALIKE = 1e-9
PILOT = "volume = false\nincome = false\nregion_access = false\n"
YEARS = (
    f"[2027]\n[2027.demand]\nwomen_per_year = 30\n[2027.rules]\n{PILOT}"
    f"[2028]\n[2028.demand]\nwomen_per_year = 55\n[2028.rules]\n{PILOT}"
    "[2029]\n[2029.demand]\nwomen_per_year = 75\n[2030]\n"
)
"""Four years of growing need, without the rules of a finished plan in the first two."""


def main() -> None:
    """Print each job, what it took, what was asked, and whether it was met."""
    print("| job | asked | took | met |\n|---|---|---|---|")
    used = _asked("adapt", "--json")
    said = used.said
    _told("capacity adapt --json", f"{SECONDS:g} s CPU", f"{used.cpu:.1f} s", used.cpu <= SECONDS)
    _told("the same, memory", f"{MEGABYTES:g} MB", f"{used.peak:.0f} MB", used.peak <= MEGABYTES)
    _told("the same, bracket", f"{BRACKET:.1%}", f"{said['grid_error']:.2%}", said["grid_error"] <= BRACKET)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "years.toml"
        file.write_text(YEARS, "utf-8")
        for budget in ("60e6", "45e6"):
            values = []
            for engine, most in (("chains", CHAINS), ("model", MODEL)):
                used = _asked("roll-out", "--years", str(file), "--budget", budget, "--engine", engine, "--json")
                values.append(used.said["objective"])
                job = f"roll-out, {float(budget) / 1e6:g} M DKK a year, {engine}"
                _told(job, f"{most:g} s CPU", f"{used.cpu:.1f} s, {used.peak:.0f} MB", used.cpu <= most)
            if abs(values[0] - values[1]) > ALIKE * abs(values[0]):
                raise SystemExit(f"{budget}: {values[0]} is not {values[1]}")


def _asked(*arguments: str) -> Used:
    """A command as a process; its JSON is made one line, which the process says last."""
    code = (
        "import contextlib, io, json; from capacity.cli.main import run\nout = io.StringIO()\n"
        f"with contextlib.redirect_stdout(out): run({list(arguments)!r})\nprint(json.dumps(json.loads(out.getvalue())))"
    )
    used = run(["-c", code])
    _must(used.said, arguments)
    return used


def _must(said: dict[str, Any], arguments: tuple[str, ...]) -> None:
    if not said:
        raise SystemExit(f"capacity {' '.join(arguments)} said nothing: {json.dumps(said)}")


def _told(job: str, asked: str, took: str, met: bool) -> None:
    print(f"| {job} | {asked} | {took} | {'yes' if met else 'no'} |", flush=True)


if __name__ == "__main__":
    main()
