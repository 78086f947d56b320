"""What can go wrong, and how it is said.

::

    CapacityError
     ├── DataError        the input is wrong: every fault at once, in ``.findings``
     ├── InfeasibleError  the rules that are on cannot all hold: ``.problem``, ``.rules``, ``.conflict``
     └── SolverError      a solver failed, or a plan failed its own check
          └── NoPlanError no plan was found within the limit (nothing is known about feasibility)
               └── InterruptedSolveError  Ctrl+C or a `Stop` came before there was a plan

A plan cut off by a time limit is not an error: its status is ``feasible`` and it carries its gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

SHOWN = 5
"""Greatest number of ids named in one message; the rest are counted."""


def some(ids: Iterable[object]) -> str:
    """Name at most `SHOWN` ids and count the rest.

    >>> some(["a", "b"])
    'a, b'
    >>> some(range(8))
    '0, 1, 2, 3, 4 and 3 more'
    """
    listed = [str(i) for i in ids]
    head = ", ".join(listed[:SHOWN])
    return head if len(listed) <= SHOWN else f"{head} and {len(listed) - SHOWN} more"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault in the input: what, where, which rule it breaks, and what to do.

    Attributes
    ----------
    table : str
        The file (or the name of the table in memory).
    row : int or None
        Line of the file, counted from 1 with the header as line 1; None for the whole table.
    column : str or None
        The column or setting.
    value : str or None
        The value as it stands in the file.
    rule : str
        What must hold.
    remedy : str
        What the planner can do about it.
    """

    table: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    rule: str
    remedy: str

    def __str__(self) -> str:
        where = self.table
        if self.row is not None:
            where += f" row {self.row}"
        if self.column is not None and self.column not in self.table:
            where += f", {self.column}"
        said = "" if self.value is None else f" (got {self.value!r})"
        return f"{where}: {self.rule}{said}. {self.remedy}"


class CapacityError(Exception):
    """Base of every error this library raises on purpose."""


class DataError(CapacityError):
    """The input is wrong. Carries every fault found, never only the first.

    Parameters
    ----------
    findings : sequence of Finding
        At least one.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(f) for f in self.findings))

    def __reduce__(self) -> tuple[Any, ...]:
        return DataError, (self.findings,)


class InfeasibleError(CapacityError):
    """No plan can keep all the rules that are on.

    Attributes
    ----------
    problem : Problem
        The problem that has no plan.
    rules : tuple of str
        Names of the rules that are on.
    conflict : object or None
        Which rules clash (filled by ``capacity.explain``).
    """

    def __init__(self, problem: Any, rules: Sequence[str], conflict: Any = None) -> None:
        self.problem = problem
        self.rules = tuple(rules)
        self.conflict = conflict
        super().__init__(f"No plan keeps all of these rules: {', '.join(self.rules)}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return InfeasibleError, (self.problem, self.rules, self.conflict)


class SolverError(CapacityError):
    """A solver failed, or handed back a plan that does not pass its own check."""


class NoPlanError(SolverError):
    """No plan was found within the limit; whether one exists is not known."""


class InterruptedSolveError(NoPlanError):
    """The run was interrupted before there was a plan."""
