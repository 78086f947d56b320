"""The handed cases (small inputs that went wrong), each with what must come out.

They stand outside the repository: CAPACITY_CASES names their folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASES = os.environ.get("CAPACITY_CASES", "")
ELSEWHERE = {"41-covering-by-rank": "how fast it is, is measured with the engines"}

RIGHT = {
    "01-thousands-dot": r"one way only \(43\.517 or 43517\?\)",
    "03-unclosed-quote": r"scenarios\.csv row 2: every quote that opens a cell closes it",
    "05-wkt-column": r"kept as text.*No fault found",
    "06-geojson-empty-coordinates": r"passed over.*No fault found",
    "08-land-not-utf8": r"Windows-1252.*Wrote .*r\.html.*plan\.gpkg",
    "10-land-of-lines": r"land\.geojson: the file is a GeoJSON feature collection with polygons.*rc 2",
    "11-two-municipalities-one-place": r"No fault found.*Wrote .*r\.html",
    "12-areas-self-intersecting": r"Wrote .*r\.html",
    "15-links-source-ignored": r"mean_minutes\": 47\.0.*mean_minutes\": 452\.0.*702 at most",
    "16-zero-faults": r"No fault found: 3 demand points",
    "17-zero-minutes-far-away": r"row 47, FA_AALBORG \(0400\): a way takes time: 367 km",
    "19-must-hold-text": r"\[ True False\]",
    "20-km-beside-minutes": r"InfeasibleError",
    "21-nan-id-and-region": r"DataError: demand points row 1, point_id: no id is empty",
    "23-coordinates-not-degrees": r"DataError: demand points row 0, lon, lat: .*degrees",
    "25-negative-link": r"DataError: links row 0, minutes \(A to x\): the number is not negative",
    "27-pandas-na": r"\[6 0\].*told: scenarios row 1, women \(B, base\): the cell is empty",
    "28-od-pair-twice": r"told: travel row 6, pair: each pair stands once",
    "30-region-in-two-spellings": r"read as they are printed.*1 regions",
    "31-codes-as-decimals": r"1 fault in the input.*Did you mean '0851'\?",
    "32-map-upside-down": r"east -57079 north 94142.*east 67914 north 832",
    "33-swapped-sites-called-hours": r"1 fault .*sites\.csv, lon, lat: .*look swapped",
    "35-empty-cell-no-way": r"minutes\.csv row 5, x \(D\): the cell is empty.*write 'no way'",
    "36-sep-line": r"separated by semicolons.*No fault found",
    # The README asks for a fault that says what the file is; since then tables may be sheets of a workbook that
    # case.toml names (where openpyxl is installed). So it is read, and what it is and what was not read is said.
    "37-workbook-as-table": r"is an Excel workbook, and was read.*No fault found: 3 demand points|1 fault .*openpyxl",
    "39-misnested-scenario": r"scenarios\.toml row 4, stay: .*name of a section",
    "40-people-for-women": r"the largest unit may have 60 beds.*rc 3",
    "42-own-smallest": r"<Plan optimal: hA 12, hB 12, hC 5 beds; 0\.0 minutes on average>",
    "43-explain-crash": r"Why there is no plan:.*What would help",
}
WRONG = {"42-own-smallest": r"; (?!0\.0)\d+\.\d minutes", "31-codes-as-decimals": "Add it to municipalities"}
"""What must not come out besides."""


@pytest.mark.skipif(not CASES, reason="CAPACITY_CASES names no folder of handed cases")
@pytest.mark.parametrize("name", RIGHT)
def test_a_handed_case_comes_out_right(name: str, tmp_path: Path) -> None:
    shutil.copytree(Path(CASES) / name, tmp_path / name)
    script = ["sh", "run.sh"] if (tmp_path / name / "run.sh").exists() else [sys.executable, "repro.py"]
    said = {**os.environ, "CAPACITY": f"{sys.executable} -m capacity", "PYTHON": sys.executable, "COLUMNS": "120"}
    ran = subprocess.run(
        script, cwd=tmp_path / name, env=said, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200
    )
    out = ran.stdout
    assert re.search(RIGHT[name], out, re.DOTALL), out[-3_000:]
    assert name not in WRONG or not re.search(WRONG[name], out), out[-3_000:]
    assert "Traceback" not in out or re.search(r"capacity\.errors\.\w+Error: ", out), out[-3_000:]


@pytest.mark.skipif(not CASES, reason="CAPACITY_CASES names no folder of handed cases")
def test_every_handed_case_is_here() -> None:
    assert {p.name for p in Path(CASES).iterdir() if p.is_dir()} == {*RIGHT, *ELSEWHERE}
