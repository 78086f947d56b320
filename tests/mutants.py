"""Mutation testing of what decides whether a plan is right: ``python -m tests.mutants --count 8``.

One operator, constant or row is changed at a time in the rules, the check of plans, the promise and finance; then the
tests meant for that module are run (of a rule: the tests of rules and the laws that very rule is held to), until one
fails. A mutant that no test notices survives. Each mutant is drawn from the seed, runs in a process of its own, and
nothing is written. Ends with 1 where fewer than nine of ten are killed that are not known to mean the same.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
WANTED = 0.9
"""Share of the mutants that do not mean the same that must be killed."""

LONGEST = 300
"""Seconds after which a mutant counts as killed: the tests hang."""

OF_RULES = ("tests/test_rules.py", "tests/test_shares.py")
OWN_TESTS: dict[str, tuple[str, ...]] = {
    "rules/viability.py": OF_RULES,
    "rules/families.py": (*OF_RULES, "tests/test_rule_few_regions.py"),
    "rules/siting.py": (*OF_RULES, "tests/test_rule_near_ward.py"),
    "rules/frame.py": OF_RULES,
    "plan/check.py": ("tests/test_plan.py",),
    "problem/promise.py": ("tests/test_beds_and_money.py",),
    "problem/finance.py": ("tests/test_beds_and_money.py",),
}
"""The tests meant for each module."""

TEXTS = {"asked", "missed", "told", "words", "example", "levers", "plain", "said", "__repr__"}
"""Functions that say things, or draw examples: their mutants are no wrong plans."""

BISECTION = "The bisection ends at the same mean, whatever it starts from."
SAME: dict[str, str] = {
    "rules/families.py RegionAccess.rows: ` near & (women[v.pair_point] > 0)` becomes ` near & (women[v.pair_point] >= 0)`": (
        "A point without women enters the row with the factor nought."
    ),
    "rules/viability.py poisson_mean: `low, high = (0.0, 2.0 * least + 20)` becomes `low, high = (0.0, 3.0 * least + 20)`": BISECTION,
    "rules/viability.py poisson_mean: `, high = (0.0, 2.0 * least + 20)` becomes `, high = (0.0, 2.0 * least + 21)`": BISECTION,
    "rules/viability.py poisson_mean: `high *= 2` becomes `high *= 3`": BISECTION,
    "rules/viability.py poisson_mean: `tail(high) < probability` becomes `tail(high) <= probability`": BISECTION,
}
"""Mutants known to mean the same, with the reason."""

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change of a module: where it stands, what it says, and the module's source with it."""

    module: str
    rule: str
    where: str
    said: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Module, function, and the change."""
        return f"{self.module} {self.where}: {self.said}"


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse((ROOT / "capacity" / module).read_text(encoding="utf-8"))
    for path, where, rule in _places(tree, (), "", ""):
        for number in range(2):
            changed = copy.deepcopy(tree)
            node = _at(changed, path[:-1])
            name, index = path[-1]
            old = getattr(node, name) if index is None else getattr(node, name)[index]
            new = _other(old, number)
            if new is None:
                break
            before = ast.unparse(_line_of(changed, path))
            if index is None:
                setattr(node, name, new)
            else:
                getattr(node, name)[index] = new
            ast.fix_missing_locations(changed)
            after = ast.unparse(_line_of(changed, path))
            yield Mutant(module=module, rule=rule, where=where, said=_difference(before, after), tree=changed)


Path_ = tuple[tuple[str, int | None], ...]


def _places(node: ast.AST, path: Path_, where: str, rule: str) -> Iterator[tuple[Path_, str, str]]:
    """Paths to all nodes inside functions, with the function and the rule they stand in."""
    if isinstance(node, ast.ClassDef):
        named = [
            s.value.value
            for s in node.body
            if isinstance(s, ast.Assign)
            and getattr(s.targets[0], "id", "") == "name"
            and isinstance(s.value, ast.Constant)
        ]
        where, rule = node.name, str(named[0]) if named else rule
    elif isinstance(node, ast.FunctionDef):
        if node.name in TEXTS:
            return
        where = f"{where}.{node.name}".lstrip(".")
    inside = where and (isinstance(node, ast.FunctionDef) or "." in where or where[0].islower() or where[0] == "_")
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "args", "slice_", "ctx", "msg", "exc"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or _docstring(child):
                continue
            here = (*path, (name, index))
            if inside and _other(child, 0) is not None:
                yield here, where, rule
            yield from _places(child, here, where, rule)


def _docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _other(node: ast.AST, number: int) -> ast.AST | None:
    """What a node is changed to; None where it is not, or no further way is known."""
    if number == 0 and type(node) in OPERATORS:
        return OPERATORS[type(node)]()
    if isinstance(node, ast.Constant) and not isinstance(node.value, str) and node.value is not None:
        if isinstance(node.value, bool):
            return ast.Constant(not node.value) if number == 0 else None
        if isinstance(node.value, (int, float)):
            return ast.Constant(node.value + 1) if number == 0 else None
    if number == 0 and isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert, ast.USub)):
        return node.operand
    if number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.Pass()
    if number < 2 and isinstance(node, ast.IfExp):
        return node.body if number == 0 else node.orelse
    return None


def _at(node: ast.AST, path: Path_) -> ast.AST:
    for name, index in path:
        node = getattr(node, name) if index is None else getattr(node, name)[index]
    return node


def _line_of(tree: ast.Module, path: Path_) -> ast.AST:
    """The simple statement, or the condition, a path leads into."""
    found: ast.AST = tree
    node: ast.AST = tree
    for name, index in path:
        node = getattr(node, name) if index is None else getattr(node, name)[index]
        if isinstance(node, ast.stmt) or (isinstance(found, (ast.If, ast.For, ast.With, ast.While)) and name in _HEADS):
            found = node
    return found


_HEADS = ("test", "iter", "items")


def _difference(before: str, after: str) -> str:
    """Both texts, cut to what stands around the change."""
    low = next((k for k, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    low = max(0, low - 30)
    return f"`{before[low : low + 70]}` becomes `{after[low : low + 70]}`".replace("\n", " ")


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module with its change in the place of the file."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.module = "capacity." + mutant.module.removesuffix(".py").replace("/", ".")
        self.file = str(ROOT / "capacity" / mutant.module)

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        """The changed module's."""
        if fullname != self.module:
            return None
        return importlib.util.spec_from_file_location(
            fullname, self.file, loader=_Loader(self.mutant, fullname, self.file)
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, mutant: Mutant, fullname: str, file: str) -> None:
        super().__init__(fullname, file)
        self._mutant = mutant

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        return compile(self._mutant.tree, self.path, "exec")


def killed(mutant: Mutant) -> bool:
    """Whether a test meant for the module fails with the change; run in a process of its own."""
    child = os.fork()
    if child == 0:
        os._exit(_run(mutant))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) != 0


def _run(mutant: Mutant) -> int:
    import pytest

    signal.alarm(LONGEST)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        sys.meta_path.insert(0, Mutated(mutant))
        options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-o", "addopts="]
        code = int(pytest.main([*options, *OWN_TESTS[mutant.module]]))
        if code == 0 and mutant.rule:
            from capacity.rules import RULES
            from capacity.testing import check_rule

            try:
                check_rule(next(rule for rule in RULES if rule.name == mutant.rule), count=1)
            except Exception:
                code = 1
        return code


def loaded() -> list[ModuleType]:
    """What every test needs and no mutant changes, loaded once for all processes."""
    names = ("numpy", "scipy.optimize", "scipy.special", "scipy.sparse", "pandas", "highspy", "pulp", "matplotlib")
    return [importlib.import_module(name) for name in names]


def unchanged(module: str) -> Mutant:
    """A module as it is: its tests must hold, or every mutant would count as killed."""
    tree = ast.parse((ROOT / "capacity" / module).read_text(encoding="utf-8"))
    return Mutant(module=module, rule="", where="", said="nothing is changed", tree=tree)


def drawn(count: int, seed: int, modules: Sequence[str]) -> list[Mutant]:
    """So many mutants of each module."""
    found = []
    for module in modules:
        every = list(mutants(module))
        rng = np.random.default_rng([seed, len(module)])
        found += [every[k] for k in sorted(rng.permutation(len(every))[:count])]
    return found


def main(said: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=8, help="mutants of each module (0: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=list(OWN_TESTS), action="append", help="a module (all)")
    asked = parser.parse_args(said)
    assert not [name for name in sys.modules if name == "capacity"], "the library must not be loaded before its mutants"
    loaded()
    modules = asked.only or list(OWN_TESTS)
    if failing := [module for module in modules if killed(unchanged(module))]:
        print(f"The tests fail without a mutant: {', '.join(failing)}")
        return 1
    dead = same = alive = 0
    for mutant in drawn(asked.count or 10**6, asked.seed, modules):
        if mutant.name in SAME:
            same += 1
        elif killed(mutant):
            dead += 1
        else:
            alive += 1
            print(f"SURVIVED {mutant.name}", flush=True)
    share = dead / max(dead + alive, 1)
    print(f"mutants {dead + same + alive}, killed {dead}, survived {alive}, the same {same}; {share:.0%} killed")
    return int(share < WANTED)


if __name__ == "__main__":
    sys.exit(main())
