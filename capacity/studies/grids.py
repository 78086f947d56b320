"""A grid of settings: every combination of their values, told by its number, so that none has to be kept."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from capacity.errors import DataError, Finding
from capacity.problem.problem import HANDED_ON, Problem
from capacity.problem.settings import canonical, changed, plainest, replaced


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Combinations of values, the last setting's changing fastest.

    Attributes
    ----------
    keys : tuple of str
        Settings by their one name.
    values : tuple of tuple
        Of each setting.
    """

    keys: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]

    def __len__(self) -> int:
        return math.prod(map(len, self.values))

    def digits(self, number: int) -> tuple[int, ...]:
        """Which value of each setting a combination has."""
        found = []
        for values in reversed(self.values):
            number, digit = divmod(number, len(values))
            found.append(digit)
        return tuple(reversed(found))

    def point(self, number: int) -> dict[str, Any]:
        """A combination's settings."""
        digits = self.digits(number)
        return {key: values[k] for key, values, k in zip(self.keys, self.values, digits, strict=True)}

    @cached_property
    def _said(self) -> tuple[tuple[str, ...], ...]:
        """Each value as JSON."""
        return tuple(tuple(_as_json(value) for value in values) for values in self.values)

    def name(self, number: int) -> str:
        """A combination's settings as text: two that are equal have one name."""
        said = zip(self.keys, self._said, self.digits(number), strict=True)
        return "{" + ", ".join(sorted(f"{json.dumps(key)}: {texts[k]}" for key, texts, k in said)) + "}"


def _as_json(value: Any) -> str:
    return json.dumps(plainest(value), sort_keys=True, default=str)


def grid_of(problem: Problem, asked: Mapping[str, Sequence[Any]]) -> Grid:
    """The grid that is asked for; the faults of all settings, then of all values, are raised together."""
    keys: list[str] = []
    findings: list[Finding] = []
    for key, values in asked.items():
        try:
            keys.append(canonical(key, problem.policy))
        except DataError as error:
            findings += error.findings
            continue
        if not len(values):
            findings.append(
                Finding(
                    table="sweep",
                    column=key,
                    rule="a setting of the grid has at least one value",
                    remedy="List its values, or leave the setting out.",
                )
            )
    if findings:
        raise DataError(findings)
    # Of a setting named twice by two names the last counts, as in any table.
    grid = dict(zip(keys, (tuple(values) for values in asked.values()), strict=True))
    for key, values in grid.items():
        for value in {_as_json(value): value for value in values}.values():
            try:
                problem.set(key, value)
            except DataError as error:
                findings += error.findings
    if findings:
        raise DataError(list(dict.fromkeys(findings)))
    return Grid(keys=tuple(grid), values=tuple(grid.values()))


class Changed:
    """A problem with one combination of settings after the other: what two of them begin with is changed once."""

    def __init__(self, problem: Problem, grid: Grid) -> None:
        self._problem, self._grid = _with_arrays(problem), grid
        # Scenarios are chosen before their total is scaled, whatever the order they are named in.
        self._order = sorted(range(len(grid.keys)), key=lambda k: grid.keys[k] != "scenario")
        self._steps: list[tuple[int, Problem]] = []

    def to(self, number: int) -> Problem:
        """With the settings of a combination.

        Raises
        ------
        DataError
            Where its settings do not go together.
        """
        digits = [self._grid.digits(number)[k] for k in self._order]
        same = 0
        while same < len(self._steps) and self._steps[same][0] == digits[same]:
            same += 1
        del self._steps[same:]
        problem = self._steps[-1][1] if self._steps else self._problem
        for k, digit in list(zip(self._order, digits, strict=True))[same:]:
            try:
                problem = changed(problem, self._grid.keys[k], self._grid.values[k][digit])
            except DataError:
                # Told with the faults of all others.
                return replaced(self._problem, self._grid.point(number))
            self._steps.append((digit, _with_arrays(problem)))
        return problem


def _with_arrays(problem: Problem) -> Problem:
    """The problem with what is worked out once of it: its copies have what their change leaves as it is."""
    for name in HANDED_ON:
        getattr(problem, name)
    return problem
