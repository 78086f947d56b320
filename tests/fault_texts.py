"""What faults may say, read from the code: every text that becomes a rule or a remedy, with marks for its values."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import capacity

ROOT = Path(capacity.__file__).parent
OTHERS = ("testing", "exact")
"""Rooms whose faults are told to those who write code against them."""

Sinks = dict[str, dict[str, int | None]]
Names = dict[str, list[ast.expr]]

FIRST: Sinks = {
    "Finding": {"rule": None, "remedy": None},
    "fault": {"rule": 1, "remedy": 2},
    "Wrong": {"rule": 0, "remedy": 1},
}
"""Calls that make a fault, and where what must hold, and what to do, stand among their arguments."""

VALUE = "Qx7"
"""Stands for any value."""


@cache
def fault_texts() -> dict[str, str]:
    """Texts of faults with `VALUE` for each of their values, and where each stands first."""
    texts: dict[str, str] = {}
    for path in sorted(ROOT.rglob("*.py")):
        if not set(path.relative_to(ROOT).parts) & set(OTHERS):
            for text, line in of_file(ast.parse(path.read_text(encoding="utf-8"))):
                if len(re.findall(r"[a-z]{2,}", text.replace(VALUE, ""))) > 1:
                    texts.setdefault(text, f"{path.relative_to(ROOT)}:{line}")
    return texts


def of_file(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Texts of the faults of one file, helpers that are handed them included."""
    sinks, outside = dict(FIRST), assigned(tree.body)
    functions = [
        (node, merged(outside, assigned(list(ast.walk(node)))))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]
    for _ in range(3):
        for function, names in functions:
            for name, places in handed(function, sinks, names).items():
                sinks[name] = sinks.get(name, {}) | places
    for function, names in functions:
        for call, argument in arguments(function, sinks):
            yield from ((text, call.lineno) for text in texts_of(argument, names))


def arguments(function: ast.FunctionDef, sinks: Sinks) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Arguments of a function's calls that become what a fault says."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            for key, place in sinks.get(name, {}).items():
                yield from ((call, k.value) for k in call.keywords if k.arg == key)
                if place is not None and place < len(call.args):
                    yield call, call.args[place]


def handed(function: ast.FunctionDef, sinks: Sinks, names: Names) -> Sinks:
    """A function's own parameters that become what a fault says."""
    positional = [a.arg for a in function.args.args]
    known = {*positional, *(a.arg for a in function.args.kwonlyargs)}
    shift = positional[:1] in (["self"], ["cls"])
    found: dict[str, int | None] = {}
    for _, argument in arguments(function, sinks):
        for name in named(argument, names) & known:
            found[name] = positional.index(name) - shift if name in positional else None
    return {function.name: found} if found and function.name not in FIRST else {}


def named(node: ast.expr, names: Names, depth: int = 3) -> set[str]:
    """Names a text may come from."""
    if isinstance(node, ast.Name):
        further = [named(one, names, depth - 1) for one in names.get(node.id, ()) if depth]
        return {node.id}.union(*further)
    if isinstance(node, ast.IfExp):
        return named(node.body, names, depth) | named(node.orelse, names, depth)
    return set()


def assigned(body: list[ast.stmt] | list[ast.AST]) -> Names:
    """What names stand for, pairs taken apart."""
    names: Names = defaultdict(list)

    def note(target: ast.expr, value: ast.expr) -> None:
        if isinstance(value, ast.IfExp):
            note(target, value.body)
            note(target, value.orelse)
        elif isinstance(target, ast.Name):
            names[target.id].append(value)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, its in zip(target.elts, value.elts, strict=False):
                note(one, its)

    for node in body:
        if isinstance(node, ast.Assign):
            note(node.targets[0], node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            note(node.target, node.value)
    return names


def merged(one: Names, other: Names) -> Names:
    return {name: [*one.get(name, ()), *other.get(name, ())] for name in {*one, *other}}


def texts_of(node: ast.expr, names: Names, depth: int = 5) -> list[str]:
    """The texts an expression may be, as far as the code shows them."""
    if not depth:
        return []
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        said = [""]
        for part in node.values:
            if isinstance(part, ast.Constant):
                said = [text + str(part.value) for text in said]
            elif isinstance(part, ast.FormattedValue):
                parts = texts_of(part.value, names, depth - 1) if isinstance(part.value, ast.IfExp) else [VALUE]
                said = [text + one for text in said for one in parts or [VALUE]]
        return said
    if isinstance(node, ast.IfExp):
        return texts_of(node.body, names, depth - 1) + texts_of(node.orelse, names, depth - 1)
    if isinstance(node, ast.BinOp):
        ends = texts_of(node.right, names, depth - 1)
        return [one + end for one in texts_of(node.left, names, depth - 1) for end in ends]
    if isinstance(node, ast.Name):
        return [text for value in names.get(node.id, ()) for text in texts_of(value, names, depth - 1)]
    return []


@cache
def notice_texts() -> dict[str, str]:
    """Texts of notices, as of faults, and where each stands first."""
    texts: dict[str, str] = {}
    for path in sorted(ROOT.rglob("*.py")):
        if not set(path.relative_to(ROOT).parts) & set(OTHERS):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            outside = assigned(tree.body)
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef):
                    names = merged(outside, assigned(list(ast.walk(function))))
                    for call in ast.walk(function):
                        if isinstance(call, ast.Call) and _tells(call.func):
                            for text in texts_of(call.args[0], names):
                                texts.setdefault(text, f"{path.relative_to(ROOT)}:{call.lineno}")
    return texts


def _tells(function: ast.expr) -> bool:
    """Whether it is called with a notice: ``notices.append``."""
    if not isinstance(function, ast.Attribute) or function.attr != "append":
        return False
    return ast.unparse(function.value).split(".")[-1] == "notices"
