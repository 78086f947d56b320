"""What a stay is, and the sizes a unit may take."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from capacity.errors import DataError, Finding
from capacity.problem.calls import told_when_made


@told_when_made
@dataclass(frozen=True, kw_only=True)
class Care:
    """What a stay is.

    Attributes
    ----------
    mean_days : float
        Mean stay, days.
    visits_per_week : float
        Family visits, home to unit and back, a week.
    ambulatory_trips_per_week : float
        Trips from the unit to its ambulatory and back, a week.
    """

    mean_days: float = 180.0
    visits_per_week: float = 1.0
    ambulatory_trips_per_week: float = 1.0

    def __post_init__(self) -> None:
        findings = [
            Finding(
                table="stay" if name == "mean_days" else "travel",
                column=name,
                value=str(value),
                rule="a finite number" + (" above zero" if name == "mean_days" else ", not negative"),
                remedy="Correct the setting.",
            )
            for name, value in dataclasses.asdict(self).items()
            if isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not math.isfinite(value)
            or value < 0
            or (name == "mean_days" and value == 0)
        ]
        if findings:
            raise DataError(findings)


@told_when_made
@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes a unit may take: every whole number of beds from smallest to largest."""

    smallest: int = 1
    largest: int = 60

    def __post_init__(self) -> None:
        whole = all(isinstance(k, int) and not isinstance(k, bool) for k in (self.smallest, self.largest))
        if not whole or not 1 <= self.smallest <= self.largest:
            raise DataError(
                [
                    Finding(
                        table="sizes",
                        column="smallest, largest",
                        value=f"{self.smallest}, {self.largest}",
                        rule="whole numbers of beds, 1 <= smallest <= largest",
                        remedy="Correct the two settings.",
                    )
                ]
            )
