"""Demand: women who need a stay, by demand point and scenario."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from capacity.arrays import Bools, Floats, as_ids, bools, floats, repeated, unequal
from capacity.errors import DataError, Finding, some
from capacity.problem import cells
from capacity.problem.calls import told, told_when_made
from capacity.problem.cells import Column, Wrong
from capacity.tolerances import SUM_OF_CHANCES

if TYPE_CHECKING:
    import pandas as pd


def exact_parts(total: float, share: Floats) -> Floats:
    """Parts in proportion to `share` whose `math.fsum` is exactly `total`, (n,).

    The largest part takes the rounding; it moves by a few units in the last place.
    """
    parts = total * np.asarray(share, dtype=float) / math.fsum(share)
    largest = int(parts.argmax())
    for _ in range(8):
        left = total - math.fsum(parts)
        if left == 0:
            break
        moved = parts[largest] + left
        parts[largest] = moved if moved != parts[largest] else np.nextafter(moved, math.copysign(np.inf, left))
    return floats(parts)


@told_when_made
@dataclass(frozen=True, kw_only=True, eq=False)
class Scenarios:
    """Women a year by scenario and demand point.

    Attributes
    ----------
    ids : tuple of str, length S
    point_ids : tuple of str, length n
    women : ndarray (S, n)
        Women who need a stay, per year; finite and not negative.
    probability : ndarray (S,)
        Sums to one. Equal where none is given.
    must_hold : ndarray (S,) of bool
        Scenarios in which the service promise has to hold. All where none is given.
    labels : tuple of str
        What each scenario is, for people.

    Raises
    ------
    DataError
        With every fault found.
    """

    ids: tuple[str, ...]
    point_ids: tuple[str, ...]
    women: Floats
    probability: Floats | None = None
    must_hold: Bools | None = None
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "ids", as_ids(self.ids))
        put(self, "point_ids", as_ids(self.point_ids))
        put(self, "labels", tuple(self.labels) or self.ids)
        count = len(self.ids)
        equal = [1 / max(count, 1)] * count
        faults: list[Finding] = []
        women = cells.array(faults, "scenarios", "women", self.women)
        chance = cells.array(
            faults, "scenarios", "probability", equal if self.probability is None else self.probability
        )
        must = np.asarray([True] * count if self.must_hold is None else self.must_hold)
        if must.dtype != np.bool_:
            said = Column(table="scenarios", name="must_hold", cells=tuple(must.ravel()), rows=tuple(range(must.size)))
            must = np.array(cells.flags(faults, said), dtype=bool)
        if faults:
            raise DataError(faults)
        put(self, "women", floats(np.atleast_2d(women)))
        put(self, "probability", floats(chance))
        put(self, "must_hold", bools(must))
        findings = self._faults()
        if findings:
            raise DataError(findings)

    def _faults(self) -> list[Finding]:
        findings = repeated("scenarios", "id", self.ids) + repeated("scenarios", "point_id", self.point_ids)
        shape = (len(self.ids), len(self.point_ids))
        if self.women.shape != shape:
            findings.append(
                Finding(
                    table="scenarios",
                    column="women",
                    value=str(self.women.shape),
                    rule=f"women has one row a scenario and one column a demand point {shape}",
                    remedy="Give each demand point a number in each scenario.",
                )
            )
            return findings
        return findings + self._faults_of_women() + self._faults_of_weights()

    def _faults_of_women(self) -> list[Finding]:
        findings: list[Finding] = []
        wrong = ~(np.isfinite(self.women) & (self.women >= 0))
        if wrong.any():
            findings.append(
                Finding(
                    table="scenarios",
                    column="women",
                    value=some(self.point_ids[i] for i in np.flatnonzero(wrong.any(axis=0))),
                    rule="women a year is a finite number, not negative",
                    remedy="Correct the demand of these points.",
                )
            )
        elif (self.women.sum(axis=1) <= 0).any():
            empty = self.women.sum(axis=1) <= 0
            findings.append(
                Finding(
                    table="scenarios",
                    column="women",
                    value=some(s for s, none in zip(self.ids, empty, strict=True) if none),
                    rule="somebody needs a stay in every scenario",
                    remedy="Give the scenario demand, or leave it out.",
                )
            )
        return findings

    def _faults_of_weights(self) -> list[Finding]:
        """What is wrong with how likely scenarios are, and which of them the promise holds in."""
        findings: list[Finding] = []
        count = (len(self.ids),)
        probability, must_hold = self.probability, self.must_hold
        assert probability is not None and must_hold is not None
        if (
            probability.shape != count
            or not (probability >= 0).all()
            or not abs(probability.sum() - 1) <= SUM_OF_CHANCES
        ):
            findings.append(
                Finding(
                    table="scenarios",
                    column="probability",
                    value=", ".join(f"{q:g}" for q in probability.ravel()[:5]),
                    rule="probabilities are not negative and sum to 1",
                    remedy="Divide each by their sum.",
                )
            )
        if must_hold.shape != count:
            findings.append(
                Finding(
                    table="scenarios",
                    column="must_hold",
                    rule="must_hold has one value a scenario",
                    remedy="Say for each scenario whether the promise must hold in it.",
                )
            )
        return findings

    @classmethod
    def from_total(
        cls,
        point_ids: Sequence[str],
        weight: Sequence[float] | Floats,
        women_per_year: float,
        *,
        id: str = "base",
        label: str = "",
    ) -> Self:
        """One scenario: a national figure split over the points in proportion to a weight."""
        faults: list[Finding] = []
        share = cells.array(faults, "scenarios", "weight", weight)
        total = cells.number(women_per_year)
        if faults:
            pass
        elif share.shape != (len(point_ids),) or not np.isfinite(share).all() or (share < 0).any():
            faults.append(
                Finding(
                    table="scenarios",
                    column="weight",
                    rule="each demand point has a finite weight, not negative",
                    remedy="Choose a weight column of numbers.",
                )
            )
        elif share.sum() <= 0:
            faults.append(
                Finding(
                    table="scenarios",
                    column="weight",
                    rule="some weight is positive",
                    remedy="Choose a weight column with numbers above zero.",
                )
            )
        if isinstance(total, Wrong) or total <= 0:
            faults.append(
                Finding(
                    table="demand",
                    column="women_per_year",
                    value=str(women_per_year),
                    rule="women a year is a finite number above zero",
                    remedy="Give the number of women who need a stay in a year.",
                )
            )
        if faults:
            raise DataError(faults)
        assert not isinstance(total, Wrong)
        women = exact_parts(total, share)
        return cls(ids=(id,), point_ids=tuple(point_ids), women=women, labels=(label or id,))

    @classmethod
    @told
    def from_table(cls, table: pd.DataFrame) -> Self:
        """From a tidy table: point_id, women, and optionally scenario, probability, must_hold.

        Every scenario must name the same points; nothing is filled in.
        """
        from capacity.problem.frames import column, misspelt, refuse_no_table

        refuse_no_table("scenarios", table)
        remedy = "Columns: point_id, women, and optionally scenario, probability, must_hold."
        faults = [
            Finding(table="scenarios", column=c, rule="the column is needed", remedy=remedy)
            for c in ("point_id", "women")
            if c not in table.columns
        ]
        faults += misspelt("scenarios", table, ("point_id", "women", "scenario", "probability", "must_hold"))
        if faults:
            raise DataError(faults)
        names = cells.labels(faults, column("scenarios", table, "point_id"))
        whose = ("base",) * len(table)
        if "scenario" in table.columns:
            whose = cells.labels(faults, column("scenarios", table, "scenario"))
        pairs = [f"{i}, {s}" for i, s in zip(names, whose, strict=True)]
        women = cells.numbers(faults, column("scenarios", table, "women", pairs))
        ids, points = tuple(dict.fromkeys(whose)), tuple(dict.fromkeys(names))
        chance = [1 / max(len(ids), 1)] * len(table)
        if "probability" in table.columns:
            said = column("scenarios", table, "probability", whose)
            chance = cells.numbers(faults, said, most=1.0 + SUM_OF_CHANCES)
        must = [True] * len(table)
        if "must_hold" in table.columns:
            must = cells.flags(faults, column("scenarios", table, "must_hold", whose))
        rows, probability, holds = [], [], []
        for s in ids:
            part = [k for k, scenario in enumerate(whose) if scenario == s]
            here = [names[k] for k in part]
            faults += repeated(f"scenarios ({s})", "point_id", here)
            faults += unequal(f"scenarios ({s})", "point_id", here, points, "the first scenario")
            faults += _one_value(s, "probability", {chance[k] for k in part})
            faults += _one_value(s, "must_hold", {must[k] for k in part})
            told = {names[k]: women[k] for k in part}
            rows.append([told.get(i, math.nan) for i in points])
            probability.append(chance[part[0]])
            holds.append(must[part[0]])
        if faults:
            raise DataError(faults)
        return cls(
            ids=ids,
            point_ids=points,
            women=np.array(rows),
            probability=np.array(probability),
            must_hold=np.array(holds),
        )

    @property
    def expected(self) -> Floats:
        """Expected women a year by point, (n,)."""
        assert self.probability is not None
        return np.asarray(self.probability @ self.women, dtype=np.float64)

    @property
    def women_per_year(self) -> float:
        """Expected women a year, whole country."""
        return float(self.expected.sum())

    @property
    def table(self) -> pd.DataFrame:
        """Tidy table: scenario, point_id, women, probability, must_hold; `from_table` reads it back."""
        import pandas as pd

        points = len(self.point_ids)
        return pd.DataFrame(
            {
                "scenario": np.repeat(self.ids, points),
                "point_id": np.tile(self.point_ids, len(self.ids)),
                "women": self.women.ravel(),
                "probability": np.repeat(self.probability, points),  # type: ignore[arg-type]  # set by __post_init__
                "must_hold": np.repeat(self.must_hold, points),  # type: ignore[arg-type]  # set by __post_init__
            }
        )

    def replace(self, **changes: Any) -> Self:
        """Copy with some attributes changed; the copy is checked again."""
        return dataclasses.replace(self, **changes)

    def scaled(self, women_per_year: float) -> Self:
        """Copy in which the expected total is the given one and every proportion is kept."""
        if isinstance(cells.number(women_per_year), Wrong) or women_per_year <= 0:
            raise DataError(
                [
                    Finding(
                        table="demand",
                        column="women_per_year",
                        value=str(women_per_year),
                        rule="women a year is a finite number above zero",
                        remedy="Give the number of women who need a stay in a year.",
                    )
                ]
            )
        if len(self.ids) == 1:
            return self.replace(women=exact_parts(women_per_year, self.women[0]))
        return self.replace(women=self.women * (women_per_year / self.women_per_year))

    def only(self, *ids: str) -> Self:
        """Copy with only the named scenarios, probabilities scaled to sum to one."""
        unknown = [s for s in ids if s not in self.ids]
        if unknown or not ids:
            raise DataError(
                [
                    Finding(
                        table="scenarios",
                        column="id",
                        value=some(unknown),
                        rule="the scenario is one of the problem's",
                        remedy=f"Choose from: {some(self.ids)}.",
                    )
                ]
            )
        assert self.probability is not None and self.must_hold is not None
        keep = [self.ids.index(s) for s in ids]
        chance = self.probability[keep]
        even = np.full(len(keep), 1 / len(keep))
        return self.replace(
            ids=ids,
            women=self.women[keep],
            probability=chance / chance.sum() if chance.sum() > 0 else even,
            must_hold=self.must_hold[keep],
            labels=tuple(self.labels[k] for k in keep),
        )


def _one_value(scenario: str, column: str, values: set[Any]) -> list[Finding]:
    """A fault where the rows of a scenario differ in what is said of the whole of it."""
    told = {v for v in values if v == v}
    if len(told) < 2:
        return []
    rule = f"{column} is one value in all rows of a scenario"
    value = some(sorted(map(str, told)))
    return [Finding(table=f"scenarios ({scenario})", column=column, value=value, rule=rule, remedy="Write it alike.")]
