"""What is believed of the level of need before anybody has asked: figures, each as sure as it is, by their weights."""

from __future__ import annotations

import math
import numbers
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.problem.cells import is_empty
from capacity.problem.named import NamedScenario, unknown_scenario
from capacity.problem.problem import Problem
from capacity.reading.named_files import toml_named
from capacity.tolerances import BEYOND_A_FIGURE, SUM_OF_WRITTEN_CHANCES

if TYPE_CHECKING:
    import pandas as pd

BY_SOURCE, BY_FIGURE = "sources", "figures"
"""Words for a prior of the case's own figures: each source weighs the same, or each figure."""

LEVELS_OF_NEED = 110
"""Levels between which a figure's doubt is spread."""

LOW, HIGH = 0.05, 0.95
"""What the ends of a stated range are: nine of ten levels lie within."""

HALF_A_COUNT = 0.5
"""What a count of a year leaves unknown: its level is a gamma whose shape is the count and this (Jeffreys)."""

COLUMNS = ("id", "women_per_year", "low", "high", "weight")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of the level of need.

    Attributes
    ----------
    id, source : str
    women : float
        A year, who would ask.
    low, high : float or None
        What nine of ten levels lie between.
    weight : float
        All of a prior sum to one.
    counted : bool
        Whether it is a count of one year, which chance alone could have made another; without a range a figure that is
        none is taken as sure.
    """

    id: str
    women: float
    weight: float
    low: float | None = None
    high: float | None = None
    counted: bool = False
    source: str = ""

    @property
    def gamma(self) -> tuple[float, float] | None:
        """Shape and scale of the level; None where it is sure."""
        if self.low is not None and self.high is not None and self.high > self.low:
            return _between(self.low, self.high)
        return (self.women + HALF_A_COUNT, 1.0) if self.counted else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Prior:
    """Figures on K levels of need.

    Attributes
    ----------
    figures : tuple of Figure
    need : ndarray (K,)
        Women a year who would ask, ascending. They are the prior: what follows is exact for them.
    parts : ndarray (figures, K)
        How each figure is spread over them.
    """

    figures: tuple[Figure, ...]
    need: Floats
    parts: Floats

    @property
    def figure_weights(self) -> Floats:
        """Weight of each figure."""
        return np.array([f.weight for f in self.figures])

    @property
    def weight(self) -> Floats:
        """Weight of each level, (K,)."""
        return np.asarray(self.figure_weights @ self.parts)

    @property
    def mean(self) -> float:
        """Women a year, expected."""
        return float(self.weight @ self.need)

    def quantile(self, share: float) -> float:
        """Level that such a share of the weight lies at or below."""
        at = int(np.searchsorted(np.cumsum(self.weight), share * (1 - SUM_OF_WRITTEN_CHANCES)))
        return float(self.need[min(at, len(self.need) - 1)])


def _between(low: float, high: float) -> tuple[float, float]:
    """Gamma of which nine of ten lie between two levels: shape and scale."""
    from scipy.optimize import brentq
    from scipy.stats import gamma

    def apart(log_shape: float) -> float:
        shape = math.exp(log_shape)
        return math.log(gamma.ppf(HIGH, shape) / gamma.ppf(LOW, shape)) - math.log(high / low)

    shape = math.exp(brentq(apart, math.log(0.2), math.log(1e7)))
    return shape, low / float(gamma.ppf(LOW, shape))


def prior_of(problem: Problem, said: object, faults: list[Finding]) -> Prior | None:
    """The prior that is asked for; what is wrong with it is added to the faults.

    Parameters
    ----------
    said : None, str, path, mapping or DataFrame
        None or "sources": the case's figures, each source weighing the same; "figures": each figure the same. Otherwise
        weights by figure: ids of the case's, or women a year, or figures of one's own with what they are.
    """
    if said is None or (isinstance(said, str) and said in (BY_SOURCE, BY_FIGURE)):
        figures = _of_case(problem, by_source=said != BY_FIGURE)
    else:
        before = len(faults)
        table, lines = _as_mapping(said, faults)
        figures = [] if table is None else _own(problem, table, faults)
        faults[before:] = [_at_line(finding, said, lines) for finding in faults[before:]]
    if not figures:
        return None
    return spread(figures)


def spread(figures: list[Figure]) -> Prior:
    """Figures on common levels of need."""
    from scipy.stats import gamma

    doubtful = [(k, f.gamma) for k, f in enumerate(figures)]
    shapes = [(k, shape, scale) for k, g in doubtful if g is not None for shape, scale in [g]]
    sure = sorted({f.women for f, (_, g) in zip(figures, doubtful, strict=True) if g is None})
    need, parts = np.array(sure), np.zeros((len(figures), len(sure)))
    for k, g in doubtful:
        if g is None:
            parts[k, sure.index(figures[k].women)] = 1.0
    if shapes:
        low = min(float(gamma.ppf(BEYOND_A_FIGURE, a, scale=s)) for _, a, s in shapes)
        high = max(float(gamma.isf(BEYOND_A_FIGURE, a, scale=s)) for _, a, s in shapes)
        # Even in the root: a count's own spread is the same everywhere there.
        edges = np.linspace(math.sqrt(low), math.sqrt(high), LEVELS_OF_NEED + 1) ** 2
        mass, moment = np.zeros((2, len(figures), LEVELS_OF_NEED))
        for k, a, s in shapes:
            mass[k] = np.diff(gamma.cdf(edges, a, scale=s))
            moment[k] = a * s * np.diff(gamma.cdf(edges, a + 1, scale=s)) / mass[k].sum()
            mass[k] /= mass[k].sum()
        weight = np.array([f.weight for f in figures])
        total, middle = weight @ mass, (edges[1:] + edges[:-1]) / 2
        inside = total > 0
        at = np.where(inside, (weight @ moment) / np.where(inside, total, 1.0), middle)
        need = np.concatenate([need, np.clip(at, edges[:-1], edges[1:])])
        parts = np.concatenate([parts, mass], axis=1)
    order = np.argsort(need, kind="stable")
    return Prior(figures=tuple(figures), need=need[order], parts=parts[:, order])


# --- the case's own figures ------------------------------------------------------------------------


def _of_case(problem: Problem, *, by_source: bool) -> list[Figure]:
    """Figures of the case that say how many women there are, and nothing else."""
    demand = problem.scenarios
    named = [s for s in problem.named if not s.settings and s.women_per_year > 0]
    ids = {s.id: s for s in named}
    if set(demand.ids) <= ids.keys():
        # Those that were chosen, as likely as they are in the problem.
        return [_figure(ids[i], float(p)) for i, p in zip(demand.ids, problem.probability, strict=True) if p > 0]
    if not named:
        totals = problem.women.sum(axis=1) / problem.undetected
        rows = zip(demand.ids, totals.tolist(), problem.probability.tolist(), strict=True)
        return [Figure(id=i, women=w, weight=p) for i, w, p in rows if p > 0]
    if not any(s.equal for s in named):
        weight = {s.id: s.probability for s in named}
    elif by_source:
        many = Counter(_source(s) for s in named)
        weight = {s.id: 1 / many[_source(s)] for s in named}
    else:
        weight = dict.fromkeys(ids, 1.0)
    whole = math.fsum(weight.values())
    return [_figure(s, weight[s.id] / whole) for s in named if weight[s.id] > 0]


def _source(scenario: NamedScenario) -> str:
    """What was counted: three years of one count are one source."""
    return scenario.what or scenario.id


def _figure(scenario: NamedScenario, weight: float) -> Figure:
    return Figure(
        id=scenario.id,
        women=scenario.women_per_year,
        weight=weight,
        low=scenario.low,
        high=scenario.high,
        counted=True,
        source=_source(scenario),
    )


# --- a planner's own -------------------------------------------------------------------------------


Lines = Mapping[str, int]
"""Of a file: where each figure stands."""


def _at_line(finding: Finding, said: object, lines: Lines) -> Finding:
    """A fault of a figure at its line of the file."""
    figure = finding.value if finding.table == "scenarios" else (finding.column or "").partition(", ")[2]
    if figure is None or figure not in lines:
        return finding
    return replace(finding, table=Path(str(said)).name, row=lines[figure], column=figure)


def _as_mapping(said: object, faults: list[Finding]) -> tuple[Mapping[Any, Any] | None, Lines]:
    """A prior as a mapping of figure to its weight, or to what it is; and where these stand in a file."""
    if isinstance(said, Mapping):
        return said, {}
    if hasattr(said, "columns") and hasattr(said, "to_dict"):
        return _of_table(said, faults), {}  # type: ignore[arg-type]  # a frame has both
    if not isinstance(said, (str, os.PathLike)):
        remedy = "Give a mapping such as {40: 0.5, 90: 0.5}, a table, or a TOML file."
        faults.append(fault("prior", said, "a prior is figures and their weights", remedy))
        return None, {}
    remedy = "Write a line a figure, such as agency-2024 = 0.6, or a table with women_per_year and weight."
    try:
        file = toml_named(said, "a prior stands in a TOML file", remedy, finite=False)
    except DataError as error:
        faults += error.findings
        return None, {}
    return file.said, file.lines


def _of_table(table: pd.DataFrame, faults: list[Finding]) -> dict[Any, Any] | None:
    odd = [str(c) for c in table.columns if c not in COLUMNS]
    if odd or "weight" not in table.columns or not {"id", "women_per_year"} & set(table.columns):
        remedy = "Columns: id (of a figure of the case) or women_per_year, weight, and optionally low, high."
        faults.append(
            fault("prior", ", ".join(odd) or ", ".join(map(str, table.columns)), "the columns are known", remedy)
        )
        return None
    found: dict[Any, Any] = {}
    for k, row in enumerate(table.to_dict("records")):
        told = {str(key): value for key, value in row.items() if not is_empty(value)}
        key = told.pop("id", told.get("women_per_year"))
        if key is None:
            # Its number in the table is no figure.
            rule, remedy = "each row has the id of a figure, or women a year", "Fill in one of them."
            faults.append(fault(f"prior, row {k}", None, rule, remedy))
            continue
        if key in found:
            faults.append(fault("prior", key, "each figure stands once", "Add up its weights."))
        found[key] = told["weight"] if set(told) == {"weight"} else told
    return found


def _own(problem: Problem, table: Mapping[Any, Any], faults: list[Finding]) -> list[Figure]:
    """Figures of a mapping; every fault of them, and of the sum of their weights."""
    known = {s.id: s for s in problem.named if not s.settings}
    found: list[Figure] = []
    before = len(faults)
    for key, value in table.items():
        told = dict(value) if isinstance(value, Mapping) else {"weight": value}
        own = _number(key)
        if own is not None:
            told.setdefault("women_per_year", own)
        elif "women_per_year" not in told and isinstance(key, str):
            if key not in known:
                faults.append(unknown_scenario(key, list(known)))
                continue
            weight = _weight(key, told, faults)
            if weight is not None:
                found.append(_figure(known[key], weight))
            continue
        figure = _described(key, told, faults)
        if figure is not None:
            found.append(figure)
    _sum_to_one(table, faults)
    return [f for f in found if f.weight > 0] if len(faults) == before else []


def _described(key: object, told: Mapping[str, Any], faults: list[Finding]) -> Figure | None:
    """A figure of its own numbers."""
    odd = [c for c in told if c not in COLUMNS]
    if odd:
        faults.append(
            fault(
                f"prior, {key}",
                ", ".join(odd),
                "what is said of a figure is known",
                f"Choose from: {', '.join(COLUMNS[1:])}.",
            )
        )
    weight = _weight(key, told, faults)
    low, high = (_number(told.get(name)) for name in ("low", "high"))
    women, before = _number(told.get("women_per_year")), len(faults)
    if women is None or women <= 0:
        rule = "women a year is a number above zero"
        faults.append(fault(f"prior, {key}", told.get("women_per_year"), rule, "Give women_per_year."))
        women = None
    if {"low", "high"} & set(told) and not _around(women, low, high):
        rule = "a range has both its ends, above zero, around the figure"
        said = f"{told.get('low')} to {told.get('high')}"
        faults.append(fault(f"prior, {key}", said, rule, "Give low and high, or neither."))
    if women is None or len(faults) > before:
        return None
    return None if weight is None else Figure(id=str(key), women=women, weight=weight, low=low, high=high)


def _around(women: float | None, low: float | None, high: float | None) -> bool:
    """Whether two ends are above zero and around a figure, where it is known."""
    if low is None or high is None or low <= 0:
        return False
    return low <= high if women is None else low <= women <= high


def _weight(key: object, told: Mapping[str, Any], faults: list[Finding]) -> float | None:
    weight = _number(told.get("weight"))
    if weight is None or isinstance(told.get("weight"), str) or weight < 0:
        rule = "a weight is a number not below 0"
        faults.append(fault(f"prior, {key}", told.get("weight"), rule, "Write 0.25 for a quarter."))
        return None
    return weight


def _sum_to_one(table: Mapping[Any, Any], faults: list[Finding]) -> None:
    said = [v.get("weight") if isinstance(v, Mapping) else v for v in table.values()]
    weights = [w for w in map(_number, said) if w is not None]
    total = math.fsum(weights)
    if not abs(total - 1) <= SUM_OF_WRITTEN_CHANCES:
        faults.append(fault("prior", f"{total:g}", "the weights of the figures sum to 1", "Divide each by their sum."))


def _number(value: object) -> float | None:
    """A finite number, also one that is written."""
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, numbers.Real) or not math.isfinite(float(value)):
        return None
    return float(value)


def fault(column: str, value: object, rule: str, remedy: str) -> Finding:
    """A fault of what `adapt` is asked."""
    return Finding(table="adapt", column=column, value=None if value is None else str(value), rule=rule, remedy=remedy)


def refuse(faults: list[Finding]) -> None:
    """Raise the faults, where there are any."""
    if faults:
        raise DataError(faults)
