"""Rules as linear rows: how they are written, and which instance of a rule and which scenario a row is about."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats, Ints, Narrow

if TYPE_CHECKING:
    from capacity.problem.problem import Problem

Key = tuple[str, ...]
"""What one instance of a rule is about: site, region, point, scenario ids; () for the whole."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Linear rows ``lower <= sum of coefficient x variable <= upper``, one after the other.

    Attributes
    ----------
    keys : tuple of Key
        The instances of the rule; several rows may belong to one.
    key : ndarray (R,) of int
        The instance each row belongs to; -1 for a row that holds whatever the rule's price.
    start : ndarray (R + 1,) of int
        Row r has the coefficients ``start[r]:start[r + 1]``, no column twice.
    column, coefficient : ndarray (nnz,)
    lower, upper : ndarray (R,)
    """

    keys: tuple[Key, ...]
    key: Narrow
    start: Ints
    column: Narrow
    coefficient: Floats
    lower: Floats
    upper: Floats

    @property
    def row(self) -> Narrow:
        """The row each coefficient belongs to, (nnz,)."""
        return np.repeat(np.arange(len(self.lower), dtype=np.int32), np.diff(self.start))

    def parts(self, most: int) -> Iterator[Rows]:
        """The same rows in parts of about `most` coefficients, so that no copy need be larger."""
        cuts = np.searchsorted(self.start, np.arange(most, self.start[-1], most))
        for first, end in itertools.pairwise(np.unique([0, *cuts, len(self.lower)]).tolist()):
            here = slice(self.start[first], self.start[end])
            yield Rows(
                keys=self.keys,
                key=self.key[first:end],
                start=self.start[first : end + 1] - self.start[first],
                column=self.column[here],
                coefficient=self.coefficient[here],
                lower=self.lower[first:end],
                upper=self.upper[first:end],
            )


@dataclass
class RowWriter:
    """Collects rows one at a time or many at once, and makes `Rows` of them.

    Python's own arrays grow where they are; a list of numpy arrays would be held twice when put together.
    """

    keys: list[Key] = field(default_factory=list)
    _key: array[int] = field(default_factory=lambda: array("i"))
    _length: array[int] = field(default_factory=lambda: array("i"))
    _column: array[int] = field(default_factory=lambda: array("i"))
    _coefficient: array[float] = field(default_factory=lambda: array("d"))
    _lower: array[float] = field(default_factory=lambda: array("d"))
    _upper: array[float] = field(default_factory=lambda: array("d"))

    def instance(self, *key: str) -> int:
        """Start a new instance of the rule; returns its number."""
        self.keys.append(key)
        return len(self.keys) - 1

    def add(
        self,
        instance: int,
        terms: Sequence[tuple[Ints, Floats | float]],
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> None:
        """Add one row: pairs of columns and coefficients."""
        for columns, coefficients in terms:
            self._column.frombytes(columns.astype(np.int32).tobytes())
            self._coefficient.frombytes(_one_each(coefficients, len(columns)).tobytes())
        self._key.append(instance)
        self._length.append(sum(len(columns) for columns, _ in terms))
        self._lower.append(lower)
        self._upper.append(upper)

    def add_each(
        self,
        instance: int,
        terms: Sequence[tuple[Ints, Floats | float]],
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> None:
        """Add R rows at once: each term gives every row one column."""
        count = len(terms[0][0])
        self._column.frombytes(np.stack([columns for columns, _ in terms], axis=1, dtype=np.int32).tobytes())
        self._coefficient.frombytes(np.stack([_one_each(each, count) for _, each in terms], axis=1).tobytes())
        self._key += array("i", [instance]) * count
        self._length += array("i", [len(terms)]) * count
        self._lower += array("d", [lower]) * count
        self._upper += array("d", [upper]) * count

    def add_rows(self, rows: Rows) -> None:
        """Add rows written elsewhere, without their keys."""
        self._column.frombytes(rows.column.tobytes())
        self._coefficient.frombytes(rows.coefficient.tobytes())
        self._key += array("i", [-1]) * len(rows.lower)
        self._length.frombytes(np.diff(rows.start).astype(np.int32).tobytes())
        self._lower.frombytes(rows.lower.tobytes())
        self._upper.frombytes(rows.upper.tobytes())

    def rows(self) -> Rows:
        """All rows so far; no more can be added."""
        return Rows(
            keys=tuple(self.keys),
            key=np.asarray(self._key),
            start=np.concatenate([np.zeros(1, np.int64), np.cumsum(self._length, dtype=np.int64)]),
            column=np.asarray(self._column),
            coefficient=np.asarray(self._coefficient),
            lower=np.asarray(self._lower),
            upper=np.asarray(self._upper),
        )


def _one_each(coefficients: Floats | float, count: int) -> Floats:
    return coefficients if isinstance(coefficients, np.ndarray) else np.full(count, coefficients, dtype=np.float64)


def scenario_keys(problem: Problem, ids: Sequence[str], scenarios: Sequence[int]) -> Iterator[Key]:
    """Keys (id,) with one scenario, (id, scenario) with more; scenarios in the outer loop."""
    names = problem.scenarios.ids
    each = (zip(ids) if len(names) == 1 else zip(ids, itertools.repeat(names[s])) for s in scenarios)
    return itertools.chain.from_iterable(each)


def scenario_of(problem: Problem, keys: Sequence[Key]) -> Ints:
    """Position of the scenario each instance speaks of; -1 where it speaks of all (or there is one)."""
    at = {s: k for k, s in enumerate(problem.scenarios.ids)}
    several = len(at) > 1
    return np.array([at.get(key[-1], -1) if several and len(key) > 1 else -1 for key in keys], dtype=np.int64)


def weight_of(problem: Problem, keys: Sequence[Key]) -> Floats:
    """What a price counts by: how likely an instance's scenario is, one where it speaks of all."""
    scenario = scenario_of(problem, keys)
    return np.asarray(np.where(scenario >= 0, problem.probability[scenario], 1.0))


def holding(problem: Problem) -> list[int]:
    """Positions of the scenarios in which promises must hold."""
    return [int(s) for s in np.flatnonzero(problem.must_hold)]
