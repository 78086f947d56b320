"""The package as it is installed: built, put in a clean environment, run from elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_the_case_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for file in (ROOT / "data" / "denmark").iterdir():
        assert f"capacity/data/denmark/{file.name}" in names
    assert "capacity/py.typed" in names
    assert {f"capacity/report/locale/{f}.ftl" for f in ("en", "da", "said.en", "said.da")} <= set(names)
    assert {"capacity/report/report.html.j2", "capacity/report/report.js", "capacity/report/plan.schema.json"} <= set(
        names
    )
    table = {path.name for path in (ROOT / "capacity" / "report" / "table").iterdir() if path.is_file()}
    assert {f"capacity/report/table/{name}" for name in table} <= set(names) and {"page.js", "page.css"} <= table
    assert {n.split("/")[0].split("-")[0] for n in names} == {"capacity"}
    assert not [n for n in names if n.rpartition("/")[2].startswith("test_") or "instances" in n]


def test_the_wheel_plans_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    # What the package needs is borrowed from this environment; the package itself comes from the wheel.
    (site / "needs.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    zipfile.ZipFile(wheel).extractall(site)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    done = subprocess.run(
        [str(python), "-c", "import capacity, sys; print(capacity.__file__)"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(site) in done.stdout
    done = subprocess.run(
        [str(python), "-m", "capacity", "plan", "--json", "--out", "plan-out"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [u["site_id"] for u in json.loads(done.stdout)["units"]] == ["FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE"]
    assert (tmp_path / "plan-out" / "plan.gpkg").is_file()
    done = subprocess.run(
        [str(python), "-m", "capacity", "report", "plan-out", "-o", "plan.html", "--lang", "da"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "familieambulatorium" in (tmp_path / "plan.html").read_text(encoding="utf-8")
