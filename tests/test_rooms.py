"""The rooms of the library, and the public names that stay as they were."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import capacity as cap

ROOMS = {"cli", "engines", "plan", "preparing", "problem", "reading", "report", "rules", "studies"}
PUBLIC = {
    "beds": ("problem.promise", "erlang_b"),
    "exact": ("engines.exact", "p_median"),
    "finance": ("problem.finance", "ceiling"),
    "read": ("reading.case", "builtin_folder"),
    "synthetic": ("reading.synthetic", "country"),
}


def test_nine_rooms_and_four_files() -> None:
    folder = Path(cap.__file__).parent
    assert {f.parent.name for f in folder.glob("*/__init__.py")} - {"testing"} == ROOMS  # the suites stand outside
    assert {f.stem for f in folder.glob("*.py")} == {
        "__init__",
        "__main__",
        "arrays",
        "errors",
        "tolerances",
        "writing",
    }


@pytest.mark.parametrize(
    "said",
    [
        "from capacity.{name} import {function} as found",
        "import capacity.{name}; found = capacity.{name}.{function}",
        "import capacity as cap; found = cap.{name}.{function}",
        "from capacity import {name}; found = {name}.{function}",
        "import {home}; from capacity.{name} import {function} as found",
        "import capacity.{name} as a, {home} as b; assert a is b; found = a.{function}",
    ],
)
def test_public_names_are_what_stands_in_the_room(said: str) -> None:
    program = "import importlib, sys\n"
    for name, (home, function) in PUBLIC.items():
        home = f"capacity.{home}"
        program += (
            f"{said.format(name=name, function=function, home=home)}\n"
            f"room = importlib.import_module('{home}')\n"
            f"assert callable(found) and found is room.{function} and room.__spec__.name == '{home}'\n"
            f"assert sys.modules['capacity.{name}'] is room\n"
        )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr


def test_what_is_below_a_public_name_is_loaded_once() -> None:
    for name in ("p_median", "p_median_lists", "facility", "stochastic_search", "certificate"):
        public, home = (importlib.import_module(f"capacity.{where}.{name}") for where in ("exact", "engines.exact"))
        assert public is home
    assert cap.exact.p_median is importlib.import_module("capacity.exact.p_median").p_median
    assert callable(cap.exact.p_median)


def _functions(text: str) -> list[tuple[str, int]]:
    """Functions of a module, each with its lines without its docstring."""
    sizes: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first, lines = node.body[0], (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= (first.end_lineno or first.lineno) - first.lineno + 1
            sizes.append((node.name, lines))
    return sizes


def test_what_a_function_is_long_by() -> None:
    text = "def two():\n    return 0\n\n\nclass A:\n    def one(self):\n        'Nothing.'\n        return 1\n"
    assert _functions(text) == [("two", 2), ("one", 2)]


def test_no_function_is_longer_than_a_page() -> None:
    folder = Path(cap.__file__).parent
    long = [
        f"{path.relative_to(folder)}: {name} has {lines} lines"
        for path in sorted(folder.rglob("*.py"))
        for name, lines in _functions(path.read_text(encoding="utf-8"))
        if lines > 60
    ]
    assert not long


def test_tolerances_stand_at_home() -> None:
    """No small number stands for a tolerance anywhere else, and each of them says why it is what it is."""
    folder = Path(cap.__file__).parent
    homes = [folder / "tolerances.py", folder / "engines" / "exact" / "tolerances.py"]
    strays = []
    for path in sorted({*folder.rglob("*.py")} - {*homes}):
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            small = isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value <= 1e-5
            # What a column or a set of sites costs in seconds is no tolerance.
            if small and not lines[node.lineno - 1].startswith(("SECONDS = ", "PASSES = ")):
                strays.append(f"{path.relative_to(folder)}:{node.lineno}: {node.value}")
    assert not strays
    for home in homes:
        body = ast.parse(home.read_text(encoding="utf-8")).body
        named = [k for k, node in enumerate(body) if isinstance(node, ast.Assign)]
        assert named and all(isinstance(body[k + 1], ast.Expr) for k in named)


def test_a_room_answers_to_what_it_is_about() -> None:
    from capacity.plan import Plan
    from capacity.problem import Problem

    assert (Plan, Problem) == (cap.Plan, cap.Problem)
    for room in ("plan", "problem"):
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            importlib.import_module(f"capacity.{room}").nothing  # noqa: B018


def test_unknown_modules_are_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"capacity\.nothing"):
        importlib.import_module("capacity.nothing")
    with pytest.raises(ModuleNotFoundError, match=r"capacity\.engines\.exact\.nothing"):
        importlib.import_module("capacity.exact.nothing")


def test_public_modules_load_when_they_are_asked_for() -> None:
    program = "import sys, capacity\nassert not [m for m in sys.modules if m.startswith('capacity.')]"
    subprocess.run([sys.executable, "-c", program], check=True, env=dict(os.environ))


# --- the picture of them ------------------------------------------------------------------------

DOCS = Path(__file__).resolve().parent.parent / "docs"
STALE = "docs/rooms.svg and docs/rooms-way.md are not of this code: make rooms"


def test_the_picture_shows_the_rooms_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    rooms = importlib.import_module("rooms")
    drawn = rooms.PICTURE.read_text(encoding="utf-8")
    said = [rooms.said_of(name) for name, room in rooms.rooms().items() if room.is_dir()]
    assert len(said) == len(ROOMS) + 1
    assert [below for _, below in said if rooms.escape(below[:40]) not in drawn] == [], STALE


def test_the_way_through_the_rooms_is_that_of_today(tmp_path: Path) -> None:
    made = (DOCS / "rooms-way.md").read_text(encoding="utf-8")
    if f"on Python {sys.version_info[0]}.{sys.version_info[1]}." not in made:
        pytest.skip("another interpreter calls in another order")
    program = (
        f"import sys; sys.path.insert(0, {str(DOCS)!r}); import rooms; from pathlib import Path\n"
        f"rooms.WAY, rooms.PICTURE = Path({str(tmp_path)!r}, 'way'), Path({str(tmp_path)!r}, 'picture')\n"
        "rooms.main()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=dict(os.environ))
    assert (tmp_path / "way").read_text(encoding="utf-8") == made, STALE
    assert (tmp_path / "picture").read_text(encoding="utf-8") == (DOCS / "rooms.svg").read_text(encoding="utf-8"), STALE
