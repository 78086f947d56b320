"""One plan for one problem: ``python -m tests.campaign_determinism --seeds 0:40``.

Each seed makes a case of a few towns (or takes the built-in one), plans it in one process as it is, and in others under
another hash seed, time zone, language and number of threads, with the rows of all its tables shuffled. The
files of both plans are the same byte for byte, but for plan.json: there times, hashes and the rows' own order of what
was read are left out. Ends with 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
OTHERS = (
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LANG": "C", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4711", "TZ": "America/St_Johns", "LANG": "da_DK.UTF-8", "OMP_NUM_THREADS": "1"},
    {"PYTHONHASHSEED": "77", "TZ": "Asia/Kathmandu", "OPENBLAS_NUM_THREADS": "4", "OMP_NUM_THREADS": "4"},
)
TABLES = ("units.csv", "regions.csv", "assignment.csv")
TIMES = ("started", "seconds", "cpu_seconds", "files", "folder", "python", "numpy", "machine")
"""Entries of a record that are of the run, not of the plan."""

RUN = """
import json
import sys
from pathlib import Path
from capacity import CapacityError, ladder, read_case, roll_out, solve, who_pays
from capacity.report.files import write_plan
problem = read_case(sys.argv[1])
plan = solve(problem, engine=sys.argv[3])
write_plan(plan, sys.argv[2])
said = {}
for name, study in {
    "ladder": lambda: ladder(problem),
    "roll_out": lambda: roll_out(problem, {2027: {}, 2028: {"stay.mean_days": 171.0}}, 1e9),
    "who_pays": lambda: who_pays(plan),
}.items():
    try:
        said[name] = study().to_json()
    except CapacityError as error:
        # Refused, or no plan: in the same words.
        said[name] = str(error)
(Path(sys.argv[2]) / "studies.json").write_text(json.dumps(said, default=str))
"""


def case_of(seed: int, folder: Path) -> str:
    """Write the case of a seed to a folder; the engine it is asked of."""
    rng = np.random.default_rng([seed, 6])
    if seed % 5 == 4:
        shutil.copytree(ROOT / "data" / "denmark", folder)
        if rng.random() < 0.5:
            _say(folder, "nearest = true", "nearest = false")
        return "auto"
    folder.mkdir()
    n, m = int(rng.integers(6, 14)), int(rng.integers(3, 6))
    points, sites = [f"{k:04d}" for k in range(101, 101 + n)], [f"s{j}" for j in range(m)]
    place = rng.random((n + m, 2)).round(3) * [0.5, 0.3] + [9.0, 55.5]
    people = rng.integers(50, 9_000, n)
    rows = ["code,name,region_code,lon,lat,people"]
    rows += [
        f"{i},Town {i},{'NS'[k % 2]},{place[k][0]:.4f},{place[k][1]:.4f},{people[k]}" for k, i in enumerate(points)
    ]
    (folder / "municipalities.csv").write_text("\n".join(rows) + "\n")
    rows = ["site_id,name,region_code,lon,lat"]
    rows += [f"{j},Site {j},{'NS'[k % 2]},{place[n + k][0]:.4f},{place[n + k][1]:.4f}" for k, j in enumerate(sites)]
    (folder / "sites.csv").write_text("\n".join(rows) + "\n")
    minutes = rng.choice([45, 55, 70, 85], (n, m))
    rows = ["code," + ",".join(sites)] + [",".join([i, *map(str, minutes[k])]) for k, i in enumerate(points)]
    (folder / "drive_minutes.csv").write_text("\n".join(rows) + "\n")
    nearest = ("true", "false")[int(rng.integers(0, 2))]
    rules = f"units = [1, 3]\nnearest = {nearest}\nincome = false\nvolume = {int(rng.integers(1, 4))}\n"
    (folder / "case.toml").write_text(
        f'[case]\nname = "Drawn"\n'
        f'[demand]\nwomen_per_year = {int(rng.integers(20, 60))}\nweight = "people"\n[rules]\n{rules}'
    )
    return str(rng.choice(["auto", "mip", "rank"]))


def _say(folder: Path, old: str, new: str) -> None:
    path = folder / "case.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def shuffle(folder: Path, seed: int) -> None:
    """Shuffle the rows of every table but the scenarios', whose order is the planner's."""
    rng = np.random.default_rng([seed, 7])
    for path in sorted(folder.glob("*.csv")):
        if path.name == "scenarios.csv":
            continue
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        if any(row.count('"') % 2 for row in rows):
            continue
        path.write_text("\n".join([head, *(rows[k] for k in rng.permutation(len(rows)))]) + "\n", encoding="utf-8")


def planned(
    case: Path, out: Path, engine: str, setting: dict[str, str], python: str = sys.executable
) -> dict[str, Any]:
    """What a process of its own, with this environment, writes of a case; its complaint where it fails."""
    kept = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LANG", "TZ", "PYTHONHASHSEED")}
    said = {**kept, "PYTHONPATH": str(ROOT), **setting}
    ran = subprocess.run([python, "-c", RUN, case, out, engine], env=said, capture_output=True, text=True)
    if ran.returncode:
        # A place of the folder is no part of what is said.
        return {"failed": ran.stderr.strip().splitlines()[-1].replace(str(case), "")}
    found: dict[str, Any] = {name: (out / name).read_bytes() for name in TABLES}
    read = {n: json.loads((out / n).read_text(encoding="utf-8")) for n in ("plan.json", "studies.json")}
    return found | {name: _plain(said) for name, said in read.items()}


def _plain(value: Any) -> Any:
    """Without what is of the run."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k not in TIMES}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def differs(one: Any, other: Any, where: str = "") -> str:
    """The first place in which two plans differ; "" where none does."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{where}: {sorted(one.keys() ^ other.keys())}"
        return next((d for k in one if (d := differs(one[k], other[k], f"{where}/{k}"))), "")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = zip(one, other, strict=True)
        return next((d for k, (a, b) in enumerate(pairs) if (d := differs(a, b, f"{where}/{k}"))), "")
    nothing = isinstance(one, float) and isinstance(other, float) and one != one and other != other
    return "" if one == other or nothing else f"{where}: {str(one)[:60]} is {str(other)[:60]}"


def tried(seed: int, others: int = len(OTHERS), pythons: Sequence[str] = ()) -> tuple[str, str]:
    """Planned or failed, and what differs; "" where nothing does."""
    settings = [(sys.executable, setting) for setting in OTHERS[:others]]
    # The others of another interpreter say nothing new: each gets one of them.
    settings += [(python, OTHERS[(seed + k) % len(OTHERS)]) for k, python in enumerate(pythons)]
    with tempfile.TemporaryDirectory(prefix="determinism-") as name:
        folder = Path(name)
        engine = case_of(seed, folder / "case")
        first = planned(folder / "case", folder / "out", engine, {"PYTHONHASHSEED": "0", "TZ": "Europe/Copenhagen"})
        for number, (python, setting) in enumerate(settings, 1):
            again = folder / f"{number}" / "case"
            shutil.copytree(folder / "case", again)
            shuffle(again, seed + number)
            found = planned(again, folder / f"out{number}", engine, setting, python)
            if where := differs(first, found):
                return "differs", f"{engine}, {python if python != sys.executable else ''} {setting}: {where}"
    return ("no plan" if "failed" in first else "the same"), ""


def campaign(seeds: Iterable[int], pythons: Sequence[str] = ()) -> tuple[Counter[str], list[str]]:
    """Kinds counted, and what differs, with how to repeat it."""
    counts: Counter[str] = Counter()
    told = []
    for seed in seeds:
        kind, where = tried(seed, pythons=pythons)
        counts[kind] += 1
        if where:
            told.append(f"DIFFERS {where}\n    python -m tests.campaign_determinism --seeds {seed}:{seed + 1}")
    return counts, told


def main(said: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign_determinism", description=__doc__)
    parser.add_argument("--seeds", default="0:40", help="first seed and the one after the last")
    parser.add_argument("--pythons", nargs="*", default=os.environ.get("CAPACITY_PYTHONS", "").split(), metavar="PATH")
    asked = parser.parse_args(said)
    first, end = map(int, asked.seeds.split(":"))
    counts: Counter[str] = Counter()
    wrong = False
    for seed in range(first, end):
        found, told = campaign((seed,), asked.pythons)
        counts += found
        wrong |= bool(told)
        for one in told:
            print(one, flush=True)
    print(", ".join(f"{kind} {counts[kind]}" for kind in ("the same", "no plan", "differs")))
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
