"""How long stays last: distributions with the mean kept.

Under a loss promise only the mean matters (Sevastyanov 1957); where women wait, the spread does too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding, some

STAY_KINDS = ("exponential", "lognormal", "mixture")


@dataclass(frozen=True, kw_only=True)
class Stay:
    """Distribution of the length of a stay.

    Attributes
    ----------
    kind : {"exponential", "lognormal", "mixture"}
        ``mixture``: a share leaves early (exponential), the others follow the full course (gamma).
    mean_days : float
        Mean of all stays, days.
    cv : float
        Coefficient of variation of a ``lognormal`` stay. Assumption.
    early_share, early_days : float
        Share of women who leave early, and their mean stay in days. Assumptions.
    full_cv : float
        Coefficient of variation of a full course. Assumption.
    """

    kind: str = "exponential"
    mean_days: float = 180.0
    cv: float = 0.8
    early_share: float = 0.25
    early_days: float = 30.0
    full_cv: float = 0.3

    def __post_init__(self) -> None:
        faults = []
        if self.kind not in STAY_KINDS:
            faults.append(_fault("kind", self.kind, f"one of {some(STAY_KINDS)}"))
        for name in ("mean_days", "cv", "early_days", "full_cv"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                faults.append(_fault(name, value, "a finite number above zero"))
        if not 0 <= self.early_share < 1:
            faults.append(_fault("early_share", self.early_share, "a share, at least 0 and below 1"))
        elif self.kind == "mixture" and not faults and self.full_days <= 0:
            faults.append(_fault("early_days", self.early_days, "early leavers alone do not fill the mean stay"))
        if faults:
            raise DataError(faults)

    @property
    def full_days(self) -> float:
        """Mean of a full course, so that the mean of all stays is kept, days."""
        return (self.mean_days - self.early_share * self.early_days) / (1 - self.early_share)

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Lengths of stays in days, (count,)."""
        if self.kind == "exponential":
            return rng.exponential(self.mean_days, count)
        if self.kind == "lognormal":
            spread = math.log1p(self.cv**2)
            return rng.lognormal(math.log(self.mean_days) - spread / 2, math.sqrt(spread), count)
        early = rng.random(count) < self.early_share
        shape = 1 / self.full_cv**2
        full = rng.gamma(shape, self.full_days / shape, count)
        return np.where(early, rng.exponential(self.early_days, count), full)


def _fault(column: str, value: object, rule: str) -> Finding:
    return Finding(table="stay", column=column, value=str(value), rule=rule, remedy="Correct the distribution.")
