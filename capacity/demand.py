"""Demand: women who need a stay, by demand point and scenario."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from capacity.errors import DataError, Finding, some
from capacity.labels import Bools, Floats, as_ids, bools, floats, repeated, unequal

if TYPE_CHECKING:
    import pandas as pd

PROBABILITY_TOLERANCE = 1e-9


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
        put(self, "women", floats(np.atleast_2d(self.women)))
        put(self, "probability", floats(equal if self.probability is None else self.probability))
        put(self, "must_hold", bools([True] * count if self.must_hold is None else self.must_hold))
        findings = self._faults()
        if findings:
            raise DataError(findings)

    def _faults(self) -> list[Finding]:
        found = repeated("scenarios", "id", self.ids) + repeated("scenarios", "point_id", self.point_ids)
        shape = (len(self.ids), len(self.point_ids))
        if self.women.shape != shape:
            found.append(
                Finding(
                    table="scenarios",
                    column="women",
                    value=str(self.women.shape),
                    rule=f"women has one row a scenario and one column a demand point {shape}",
                    remedy="Give each demand point a number in each scenario.",
                )
            )
            return found
        wrong = ~(np.isfinite(self.women) & (self.women >= 0))
        if wrong.any():
            found.append(
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
            found.append(
                Finding(
                    table="scenarios",
                    column="women",
                    value=some(s for s, none in zip(self.ids, empty, strict=True) if none),
                    rule="somebody needs a stay in every scenario",
                    remedy="Give the scenario demand, or leave it out.",
                )
            )
        probability, must_hold = self.probability, self.must_hold
        assert probability is not None and must_hold is not None
        if (
            probability.shape != shape[:1]
            or not (probability >= 0).all()
            or not abs(probability.sum() - 1) <= PROBABILITY_TOLERANCE
        ):
            found.append(
                Finding(
                    table="scenarios",
                    column="probability",
                    value=", ".join(f"{q:g}" for q in probability[:5]),
                    rule="probabilities are not negative and sum to 1",
                    remedy="Divide each by their sum.",
                )
            )
        if must_hold.shape != shape[:1]:
            found.append(
                Finding(
                    table="scenarios",
                    column="must_hold",
                    rule="must_hold has one value a scenario",
                    remedy="Say for each scenario whether the promise must hold in it.",
                )
            )
        return found

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
        share = np.asarray(weight, dtype=float)
        faults = []
        if share.shape != (len(point_ids),) or not np.isfinite(share).all() or (share < 0).any():
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
        if not np.isfinite(women_per_year) or women_per_year <= 0:
            faults.append(
                Finding(
                    table="demand",
                    column="women_per_year",
                    value=f"{women_per_year:g}",
                    rule="women a year is a finite number above zero",
                    remedy="Give the number of women who need a stay in a year.",
                )
            )
        if faults:
            raise DataError(faults)
        women = exact_parts(women_per_year, share)
        return cls(ids=(id,), point_ids=tuple(point_ids), women=women, labels=(label or id,))

    @classmethod
    def from_table(cls, table: pd.DataFrame) -> Self:
        """From a tidy table: point_id, women, and optionally scenario, probability, must_hold.

        Every scenario must name the same points; nothing is filled in.
        """
        import pandas as pd

        needed = [c for c in ("point_id", "women") if c not in table.columns]
        if needed:
            raise DataError(
                [
                    Finding(
                        table="scenarios",
                        column=c,
                        rule="the column is needed",
                        remedy="Columns: point_id, women, and optionally scenario, probability.",
                    )
                    for c in needed
                ]
            )
        tidy = table.assign(scenario=table["scenario"] if "scenario" in table.columns else "base")
        tidy = tidy.assign(point_id=as_ids(tidy["point_id"]), scenario=as_ids(tidy["scenario"]))
        ids = tuple(dict.fromkeys(tidy["scenario"]))
        points = tuple(dict.fromkeys(tidy["point_id"]))
        faults: list[Finding] = []
        rows, probability, must = [], [], []
        for s in ids:
            part = tidy[tidy["scenario"] == s]
            names = list(part["point_id"])
            faults += repeated(f"scenarios ({s})", "point_id", names)
            faults += unequal(f"scenarios ({s})", "point_id", names, points, "the first scenario")
            women = pd.Series(list(part["women"]), index=names)
            rows.append([float(women[i]) for i in points] if not faults else [])
            probability.append(
                float(part["probability"].iloc[0]) if "probability" in part.columns else 1 / len(ids)
            )
            must.append(bool(part["must_hold"].iloc[0]) if "must_hold" in part.columns else True)
        if faults:
            raise DataError(faults)
        return cls(
            ids=ids,
            point_ids=points,
            women=np.array(rows),
            probability=np.array(probability),
            must_hold=np.array(must),
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
        if not np.isfinite(women_per_year) or women_per_year <= 0:
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
