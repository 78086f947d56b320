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
import importlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
WANTED = 0.9
"""Share of the mutants that do not mean the same that must be killed."""

LONGEST = 100
"""Seconds after which a mutant counts as killed: the tests hang."""

OF_RULES = ("tests/test_rules_by_hand.py", "tests/test_rules.py", "tests/test_shares.py")
OF_MONEY = ("tests/test_money_by_hand.py", "tests/test_beds_and_money.py")
OWN_TESTS: dict[str, tuple[str, ...]] = {
    "rules/viability.py": OF_RULES,
    "rules/families.py": OF_RULES,
    "rules/siting.py": OF_RULES,
    "rules/near.py": OF_RULES,
    "rules/frame.py": OF_RULES,
    "plan/check.py": ("tests/test_plan_check.py", "tests/test_plan.py"),
    "problem/promise.py": OF_MONEY,
    "problem/finance.py": OF_MONEY,
}
"""The tests meant for each module."""

TEXTS = {"asked", "missed", "told", "words", "example", "levers", "plain", "said", "__repr__"}
"""Functions that say things, or draw examples: their mutants are no wrong plans."""

BISECTION = "The bisection ends at the same mean, whatever it starts from."
SAME: dict[str, str] = {
    "plan/check.py _same: `return abs(one - other) <= AGREE * max(1.0, abs(one), abs(other))` becomes `return abs(one - other) < AGREE * max(1.0, abs(one), abs(other))`": (
        "Numbers that lie apart by exactly the tolerance are no case."
    ),
    "rules/families.py RegionAccess.rows: ` near & (women[v.pair_point] > 0)` becomes ` near & (women[v.pair_point] >= 0)`": (
        "A point without women enters the row with the factor nought."
    ),
    "rules/viability.py poisson_mean: `low, high = (0.0, 2.0 * least + 20)` becomes `low, high = (0.0, 3.0 * least + 20)`": BISECTION,
    "rules/viability.py poisson_mean: `, high = (0.0, 2.0 * least + 20)` becomes `, high = (0.0, 2.0 * least + 21)`": BISECTION,
    "rules/viability.py poisson_mean: `least <= 0` becomes `least < 0`": "The least mean that has nothing is found to be 0.",
    "rules/viability.py poisson_mean: `low, high = (0.0, 2.0 * least + 20)` becomes `low, high = (0.0, 2.0 / least + 20)`": BISECTION,
    "rules/viability.py poisson_mean: `high - low > BISECTED * high` becomes `high - low >= BISECTED * high`": BISECTION,
    "rules/viability.py poisson_mean: `iddle, high) if tail(middle) < probability else (low, middle)` becomes `iddle, high) if tail(middle) <= probability else (low, middle)`": BISECTION,
    "rules/viability.py poisson_mean: `high *= 2` becomes `high *= 3`": BISECTION,
    "rules/viability.py poisson_mean: `tail(high) < probability` becomes `tail(high) <= probability`": BISECTION,
    "problem/promise.py erlang_b: `end > start` becomes `end >= start`": "Nothing is put where nobody is.",
    "problem/promise.py loads_in_doubt: `factor = low + (node + 1) / 2 * (high - low)` becomes `factor = low + (node + 1) * 2 * (high - low)`": "A wider reach of the quadrature; beyond the usual one nothing is left to its ten digits.",
    "problem/promise.py loads_in_doubt: ` low + (node + 1) / 2 * (high - low)` becomes ` low + (node + 1) / 2 * (high + low)`": "A wider reach of the quadrature; beyond the usual one nothing is left to its ten digits.",
    "problem/promise.py _reach_of_doubt: `rn (max(0.0, 1 - 9 * cv), 1 + 9 * cv + 20 * cv ** 2)` becomes `rn (max(0.0, 1 - 9 * cv), 1 + 10 * cv + 20 * cv ** 2)`": "How far the quadrature reaches: beyond lies less than its ten digits.",
    "problem/promise.py _reach_of_doubt: `0, 1 - 9 * cv), 1 + 9 * cv + 20 * cv ** 2)` becomes `0, 1 - 9 * cv), 1 + 9 * cv + 21 * cv ** 2)`": "How far the quadrature reaches: beyond lies less than its ten digits.",
    "problem/promise.py _stays_for_admitted: `possible = wanted < k * DAYS_PER_YEAR / mean_days * (1 - SUMS)` becomes `possible = wanted <= k * DAYS_PER_YEAR / mean_days * (1 - SUMS)`": "Numbers that meet a limit to the last bit are no case.",
    "problem/promise.py _stays_for_admitted: `promise, k, high, mean_days) < target` becomes `promise, k, high, mean_days) <= target`": "One doubling more: the bisection ends at the same stays.",
    "problem/promise.py _stays_for_admitted: `((middle == low) | (middle == high)).all()` becomes `((middle == low) & (middle == high)).all()`": "The bisection ends by its number of halvings, at the same stays.",
    "problem/promise.py _stays_for_admitted: `omise, k, middle, mean_days) >= target` becomes `omise, k, middle, mean_days) > target`": "Numbers that meet a limit to the last bit are no case.",
    "problem/promise.py greatest_load: `/ (1 - promise.turned_away) + 1.0)` becomes `/ (1 - promise.turned_away) + 2.0)`": "The bisection ends at the same load, whatever it starts from.",
    "problem/promise.py stays_by_beds: `key = mean_days if promise.kind == 'wait' else 1.0` becomes `key = mean_days`": "Loads of promises without waiting do not depend on the mean stay: what differs is where they are remembered.",
    "problem/promise.py stays_by_beds: `f promise.kind == 'wait' else 1.0` becomes `f promise.kind == 'wait' else 2.0`": "Loads of promises without waiting do not depend on the mean stay: what differs is where they are remembered.",
    "plan/check.py arrays_of: `hares.by_point(shares.share) > 1 + AGREE` becomes `hares.by_point(shares.share) >= 1 + AGREE`": "Numbers that lie apart by exactly the tolerance are no case.",
    "plan/check.py _rules: `.get((rule.name, key), 0.0)) > limit` becomes `.get((rule.name, key), 0.0)) >= limit`": "Numbers that lie apart by exactly the tolerance are no case.",
    "plan/check.py _rules: `broken = amount > limit` becomes `broken = amount >= limit`": "Numbers that lie apart by exactly the tolerance are no case.",
    "plan/check.py _reached: `near < minutes <= far` becomes `near <= minutes <= far`": "At a point of the curve its two sides say the same.",
    "plan/check.py _startup: `first <= 0` becomes `first < 0`": "Where a year's loss is nought, the triangle and the trapezium are the same.",
    "plan/check.py _startup: `last >= 0` becomes `last > 0`": "Where a year's loss is nought, the triangle and the trapezium are the same.",
    "plan/check.py _erlang_in_doubt: `D, 1 - 12 * cv), load * (1 + 12 * cv + 30 * cv ** 2))` becomes `D, 1 - 12 * cv), load * (1 + 13 * cv + 30 * cv ** 2))`": "How far Simpson's rule reaches: beyond lies less than the check's millionth.",
    "plan/check.py _erlang_in_doubt: `* cv), load * (1 + 12 * cv + 30 * cv ** 2))` becomes `* cv), load * (1 + 12 * cv + 31 * cv ** 2))`": "How far Simpson's rule reaches: beyond lies less than the check's millionth.",
    "plan/check.py _erlang_in_doubt: `d * (1 + 12 * cv + 30 * cv ** 2))` becomes `d * (1 + 12 * cv + 30 * cv ** 3))`": "How far Simpson's rule reaches: beyond lies less than the check's millionth.",
    "plan/check.py _erlang_in_doubt: `weight[[0, -1]] = 1.0` becomes `weight[[0, -2]] = 1.0`": "At both ends of the reach the density is nought.",
    "plan/check.py _erlang_in_doubt: `weight[[0, -1]] = 1.0` becomes `weight[[0, -1]] = 2.0`": "At both ends of the reach the density is nought.",
    "rules/viability.py poisson_mean.tail: `mean > SUMMED_TO` becomes `mean >= SUMMED_TO`": "At the bound both sums say the same.",
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
    if isinstance(node, ast.keyword) and node.arg == "strict":
        # Columns of one table are of one length: what is said to be sure of it changes nothing.
        return
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


def planted(mutant: Mutant) -> None:
    """Give the function that a mutant stands in the changed code, in this process.

    What calls the function keeps it, so nothing has to be loaded again.
    """
    module = importlib.import_module("capacity." + mutant.module.removesuffix(".py").replace("/", "."))
    code: CodeType = compile(mutant.tree, str(module.__file__), "exec")
    holder: object = module
    for name in mutant.where.split("."):
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name)
        holder = vars(holder)[name]
        if not isinstance(holder, type):
            # Of a function inside a function the outer one is changed, which makes the inner one anew.
            break
    else:
        raise LookupError(f"{mutant.where} is no function")
    for cached in vars(module).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()
    function = _plain(holder)
    # A change may leave nothing of a `super()`; what the function closes over stays.
    function.__code__ = code.replace(co_freevars=function.__code__.co_freevars)


def _plain(found: Any) -> FunctionType:
    """The function under a property, a class method, a cache or a decorator."""
    for name in ("fget", "__func__", "func", "__wrapped__"):
        if not isinstance(found, FunctionType) or name == "__wrapped__":
            found = getattr(found, name, found)
    assert isinstance(found, FunctionType), found
    return found


class Tried:
    """Runs the collected tests of each mutant's module in a process of its own, until one fails (a pytest plugin).

    The tests are loaded and collected once, so that a mutant costs no more than the tests that see it.
    """

    def __init__(self, mutants: Sequence[Mutant]) -> None:
        self.mutants = mutants
        self.dead = self.same = 0
        self.alive: list[Mutant] = []
        self.failing: list[str] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In the place of running the tests: run them for each mutant."""
        for module in dict.fromkeys(mutant.module for mutant in self.mutants):
            mine = [item for item in session.items if item.nodeid.split("::")[0] in OWN_TESTS[module]]
            mine = self._quickest_first(session, module, mine)
            if module in self.failing:
                print(f"The tests of {module} fail without a mutant.", flush=True)
                continue
            mutants = [mutant for mutant in self.mutants if mutant.module == module]
            for mutant in mutants:
                if mutant.name in SAME:
                    self.same += 1
                elif _in_child(lambda m=mutant, items=mine: _fails(session, m, items)):
                    self.dead += 1
                else:
                    self.alive.append(mutant)
                    print(f"SURVIVED {mutant.name}", flush=True)
            print(f"{module}: {len(mutants)} tried", flush=True)
        return True

    def _quickest_first(self, session: pytest.Session, module: str, items: list[pytest.Item]) -> list[pytest.Item]:
        """The tests by the time they take without a mutant; where one fails, the module is noted."""
        with tempfile.TemporaryFile("w+") as told:

            def timed() -> bool:
                took = []
                for item in items:
                    started = time.process_time()
                    if _one_fails(session, item):
                        return True
                    took.append(time.process_time() - started)
                json.dump(took, told)
                told.flush()
                return False

            if _in_child(timed) or not items:
                self.failing.append(module)
                return items
            told.seek(0)
            took = json.load(told)
        return [items[k] for k in sorted(range(len(items)), key=took.__getitem__)]


def _in_child(question: Callable[[], bool]) -> bool:
    """A question answered in a process of its own, with nothing printed; yes where it dies or takes too long."""
    child = os.fork()
    if child == 0:
        signal.alarm(LONGEST)
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        answer = 1
        try:
            answer = int(question())
        finally:
            os._exit(answer)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) != 0


def _one_fails(session: pytest.Session, item: pytest.Item) -> bool:
    """Run one test: what it needs is taken down again, whichever runs next."""
    session.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return session.testsfailed > 0


def _fails(session: pytest.Session, mutant: Mutant, items: Sequence[pytest.Item]) -> bool:
    """Whether a test of a mutant's module, or a law of its rule, fails with the change."""
    planted(mutant)
    if any(_one_fails(session, item) for item in items):
        return True
    if mutant.rule:
        from capacity.rules import RULES
        from capacity.testing import check_rule

        try:
            check_rule(next(rule for rule in RULES if rule.name == mutant.rule), count=1)
        except Exception:
            return True
    return False


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
    modules = asked.only or list(OWN_TESTS)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    tried = Tried(drawn(asked.count or 10**6, asked.seed, modules))
    files = dict.fromkeys(str(ROOT / name) for module in modules for name in OWN_TESTS[module])
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "-s", "-o", "addopts=", "--rootdir", str(ROOT)]
    ended = pytest.main([*options, *files], plugins=[tried])
    share = tried.dead / max(tried.dead + len(tried.alive), 1)
    count = tried.dead + tried.same + len(tried.alive)
    print(
        f"mutants {count}, killed {tried.dead}, survived {len(tried.alive)}, the same {tried.same}; {share:.0%} killed"
    )
    return int(share < WANTED or bool(tried.failing) or ended != pytest.ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main())
