"""The rooms of the library as a picture, and one problem's way through them: both made from the code.

``make rooms`` writes ``docs/rooms.svg`` and ``docs/rooms-way.md``; ``tests/test_rooms.py`` says when they are stale.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "capacity"
PICTURE, WAY = HERE / "rooms.svg", HERE / "rooms-way.md"

WIDE, HIGH, GAP, FILE_HIGH = 860, 66, 12, 44
"""Width of the picture, height of a room, what lies between two, height of a single file."""

INK, SOFT, LINE, ROOM, FILE, ROUTE = "#1b2733", "#51606e", "#0072b2", "#eef5fa", "#f6f6f3", "#c2410c"
"""Colours: text, quiet text, edges, rooms, files, the way."""

SHOWN = 4
"""Names told of what one room asks another."""

Step = tuple[str, Callable[[], object]]


# --- the rooms, from the source ------------------------------------------------------------------


@cache
def rooms() -> dict[str, Path]:
    """Folders and single modules at the top of the package, by name."""
    return {
        path.stem: path
        for path in sorted(PACKAGE.iterdir())
        if (path.is_dir() and (path / "__init__.py").exists()) or (path.suffix == ".py" and "__" not in path.stem)
    }


def modules(room: Path) -> list[Path]:
    """The modules of a room, but for empty ones."""
    return [m for m in sorted(room.rglob("*.py")) if m.stat().st_size] if room.is_dir() else [room]


def purpose(room: Path) -> str:
    """The first line of the room's docstring, without its full stop."""
    source = room / "__init__.py" if room.is_dir() else room
    said = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return re.sub(r" \(see `.*?`\)|`", "", said.split("\n")[0]).rstrip(".")


@cache
def stands_on() -> dict[str, set[str]]:
    """What each room imports, wherever in its code; what is for types alone is left out."""
    known = rooms()
    found: dict[str, set[str]] = {name: set() for name in known}
    for name, room in known.items():
        for module in modules(room):
            for line in _imports(ast.parse(module.read_text(encoding="utf-8"))):
                other = line.split(".")[1]
                if other in known and other != name:
                    found[name].add(other)
    return found


def _imports(tree: ast.AST) -> list[str]:
    """Modules of the package that are imported when the code runs."""
    if isinstance(tree, ast.If) and isinstance(tree.test, ast.Name) and tree.test.id == "TYPE_CHECKING":
        return [name for node in tree.orelse for name in _imports(node)]
    if isinstance(tree, ast.Import):
        return [alias.name for alias in tree.names if alias.name.startswith("capacity.")]
    if isinstance(tree, ast.ImportFrom) and (tree.module or "").partition(".")[0] == "capacity":
        return [f"{tree.module}.{alias.name}" for alias in tree.names]
    return [name for node in ast.iter_child_nodes(tree) for name in _imports(node)]


@cache
def storeys() -> list[list[str]]:
    """Rooms and files from the ground up, as import-linter holds them."""
    settings = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = [c["layers"] for c in settings["contracts"] if c.get("containers") == ["capacity"]]
    named = [[part.strip(" ()") for part in layer.replace(":", "|").split("|")] for layer in reversed(layers)]
    return [storey for storey in ([name for name in layer if name in rooms()] for layer in named) if storey]


def said_of(name: str) -> tuple[str, str]:
    """What a room holds, and what it stands on, in words."""
    below, order = stands_on()[name], [room for storey in reversed(storeys()) for room in storey]
    lower = order[order.index(name) + 1 :]
    on = [other for other in lower if other in below and rooms()[other].is_dir()]
    count = len(modules(rooms()[name]))
    every = len(on) > 1 and set(on) == {other for other in lower if rooms()[other].is_dir() and not beside(name, other)}
    words = "every room below" if every else ", ".join(on) or "no other room"
    return purpose(rooms()[name]), f"{count} modules; stands on {words}"


def beside(name: str, other: str) -> bool:
    """Whether two stand on one storey."""
    return any(name in storey and other in storey for storey in storeys())


# --- the way, from a run -------------------------------------------------------------------------


@dataclass
class Passage:
    """What one room asked of another, each with how deep in the run it was first asked.

    Attributes
    ----------
    made, asked : dict of str to int
        Objects that were made there; functions that were called.
    """

    made: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)


def way(run: Callable[[], object]) -> dict[tuple[str, str], Passage]:
    """Every passage of a run from one room to another, in the order they were first taken."""
    seen: dict[tuple[str, str], Passage] = {}
    root, files = str(PACKAGE), {name for name, room in rooms().items() if not room.is_dir()}
    places: dict[CodeType, str] = {}
    depth = 0

    def place(code: CodeType) -> str:
        if code not in places:
            inside = code.co_filename.startswith(root)
            places[code] = Path(code.co_filename).relative_to(PACKAGE).parts[0].removesuffix(".py") if inside else ""
        return places[code]

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal depth
        depth += (event == "call") - (event == "return")
        if event != "call":
            return
        here = place(frame.f_code)
        if not here or here in files or here.startswith("__"):
            return
        # Generated constructors, and other libraries, may stand between a caller and what it calls.
        caller = frame.f_back
        while caller is not None and place(caller.f_code) in ("", *files):
            caller = caller.f_back
        if caller is None or (there := place(caller.f_code)) == here or there.startswith("__"):
            return
        owner, _dot, name = frame.f_code.co_qualname.rpartition(".")
        made = name in ("__post_init__", "__init__")
        if "<" in frame.f_code.co_qualname or (not made and name.startswith("_")):
            return
        passage = seen.setdefault((there, here), Passage())
        kind = passage.made if made else passage.asked
        told = owner if made else frame.f_code.co_qualname
        kind[told] = min(depth, kind.get(told, depth))

    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(None)
    return seen


Walk = list[tuple[str, dict[tuple[str, str], Passage]]]
"""What is called, and the passages it takes."""


def steps() -> list[Step]:
    """The Danish case from its files to a map, one public call after the other."""
    import capacity as cap

    held: dict[str, Any] = {}
    return [
        ("problem = cap.denmark()", lambda: held.update(problem=cap.denmark())),
        ("plan = cap.solve(problem)", lambda: held.update(plan=cap.solve(held["problem"]))),
        ("plan.check()", lambda: held["plan"].check()),
        ("cap.closures(plan)", lambda: cap.closures(held["plan"])),
        ("plan.map()", lambda: held["plan"].map()),
    ]


def ways() -> Walk:
    """The way of every step, by what is called. In a fresh process: what was worked out before is not asked again."""
    return [(said, way(run)) for said, run in steps()]


def stops(walked: Walk) -> dict[str, str]:
    """The room that does each step, with the call that leads there, in this order."""
    import capacity as cap

    found: dict[str, str] = {}
    for said, _ in walked:
        name = said.partition(" = ")[2] or said
        called = name.partition("(")[0].rpartition(".")[2]
        module = cap.__dict__["_HOMES"][called] if name.startswith("cap.") else "report" if called == "map" else "plan"
        found.setdefault(module.partition(".")[0], said)
    return found


def table(walked: Walk) -> str:
    """The way as a table, with the interpreter it was walked on."""
    lines = [
        f"<!-- Made by `make rooms` on Python {version()}. -->",
        "",
        "| you call | from | to | makes there | asks there |",
        "|---|---|---|---|---|",
    ]
    for said, passages in walked:
        shown = f"`{said}`"
        for (there, here), passage in passages.items():
            lines.append(f"| {shown} | {there} | **{here}** | {_few(passage.made)} | {_few(passage.asked)} |")
            shown = ""
    return "\n".join(lines) + "\n"


def _few(names: dict[str, int]) -> str:
    """The names asked for nearest to the call itself, and how many more there are."""
    first = sorted(names, key=lambda name: (names[name], name))[:SHOWN]
    more = len(names) - len(first)
    return ", ".join(f"`{name}`" for name in first) + (f" and {more} more" if more else "")


def version() -> str:
    """The interpreter: another calls in another order, so that what it walks is not compared."""
    return "{}.{}".format(*sys.version_info[:2])


def passing(walked: Walk) -> dict[str, list[int]]:
    """The numbers of the steps that pass each room."""
    found: dict[str, list[int]] = {}
    for number, (_, passages) in enumerate(walked, 1):
        for room in sorted({room for passage in passages for room in passage}):
            found.setdefault(room, []).append(number)
    return found


# --- the picture ---------------------------------------------------------------------------------


def picture(walked: Walk) -> str:
    """The rooms as SVG, the ground at the bottom, with the calls that lead into them and the rooms these pass."""
    stopped, passed = stops(walked), passing(walked)
    up = [storey for storey in storeys() if any(rooms()[name].is_dir() for name in storey)]
    ground = [name for storey in reversed(storeys()) for name in storey if not rooms()[name].is_dir()]
    high = len(up) * (HIGH + GAP) + FILE_HIGH + 2 * GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}">',
        "<title>The rooms of the library, each standing on those below it, and one problem's way</title>",
        f'<rect width="{WIDE}" height="{high}" fill="#fff"/>',
    ]
    numbers = {room: number for number, room in enumerate(stopped, 1)}
    middle: dict[int, float] = {}
    for k, storey in enumerate(up):
        top = high - FILE_HIGH - 2 * GAP - k * (HIGH + GAP) - HIGH
        wide = (WIDE - GAP * (len(storey) + 1)) / len(storey)
        for at, name in enumerate(storey):
            left = GAP + at * (wide + GAP)
            holds, below = said_of(name)
            parts += [
                f'<rect x="{left:.0f}" y="{top}" width="{wide:.0f}" height="{HIGH}" rx="7" fill="{ROOM}" '
                f'stroke="{LINE}"/>',
                _text(left + 14, top + 21, f"{name}/", size=15, weight="bold"),
                _text(left + 14, top + 39, _fits(holds, wide - 28, 6.6)),
                _text(left + 14, top + 56, _fits(below, wide - 28, 5.9), size=11.5, fill=SOFT),
            ]
            if name in numbers:
                middle[numbers[name]] = top + HIGH / 2
                parts += _stop(WIDE - 74, top + HIGH / 2, numbers[name], stopped[name])
            others = [number for number in passed.get(name, []) if number != numbers.get(name)]
            for back, number in enumerate(reversed(others)):
                parts += _passed(WIDE - 98 - 19 * back, top + HIGH - 13, number)
    parts += [_leg(middle[number], middle[number + 1]) for number in range(1, len(middle))]
    wide = (WIDE - GAP * (len(ground) + 1)) / len(ground)
    for at, name in enumerate(ground):
        left, top = GAP + at * (wide + GAP), high - FILE_HIGH - GAP
        parts += [
            f'<rect x="{left:.0f}" y="{top}" width="{wide:.0f}" height="{FILE_HIGH}" rx="7" fill="{FILE}" '
            f'stroke="#b9b9ae"/>',
            _text(left + 12, top + 18, f"{name}.py", weight="bold"),
            _text(left + 12, top + 34, _fits(purpose(rooms()[name]), wide - 20), size=11, fill=SOFT),
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _stop(x: float, y: float, number: int, said: str) -> list[str]:
    """A numbered stop of the way, with the call that leads there."""
    return [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="11" fill="{ROUTE}"/>',
        _text(x, y + 4.5, str(number), fill="#fff", weight="bold", anchor="middle"),
        _text(x - 16, y - 14, said, size=12.5, fill=ROUTE, anchor="end", mono=True),
    ]


def _passed(x: float, y: float, number: int) -> list[str]:
    """A room that a step passes."""
    return [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="8" fill="#fff" stroke="{ROUTE}"/>',
        _text(x, y + 3.8, str(number), size=10.5, fill=ROUTE, anchor="middle"),
    ]


def _leg(start: float, end: float) -> str:
    """From one stop to the next, drawn at the right of both."""
    x, step = WIDE - 74, 11 if end > start else -11
    out = x + 22 + 0.18 * abs(end - start)
    return (
        f'<path d="M{x + 8:.0f} {start + step * 0.7:.0f} C{out:.0f} {start + 2 * step:.0f} '
        f'{out:.0f} {end - 2 * step:.0f} {x + 9:.0f} {end - step * 0.7:.0f}" fill="none" stroke="{ROUTE}" '
        'stroke-width="2" stroke-dasharray="5 4"/>'
    )


def _text(
    x: float,
    y: float,
    said: str,
    *,
    size: float = 13,
    fill: str = INK,
    weight: str = "normal",
    anchor: str = "start",
    mono: bool = False,
) -> str:
    family = ' font-family="ui-monospace, monospace"' if mono else ""
    return (
        f'<text x="{x:.0f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}" font-weight="{weight}" '
        f'text-anchor="{anchor}"{family}>{escape(said)}</text>'
    )


def _fits(text: str, wide: float, letter: float = 5.7) -> str:
    """The text, cut where it would leave its box."""
    most = int(wide / letter)
    return text if len(text) <= most else text[: most - 1].rstrip(" ,") + "…"


def main() -> None:
    """Write both."""
    walked = ways()
    WAY.write_text(table(walked), encoding="utf-8")
    PICTURE.write_text(picture(walked), encoding="utf-8")


if __name__ == "__main__":
    main()
