"""Money: yearly cost and income of a unit, building as an annuity, break-even.

*Occupied days* are stays x mean stay. Which stays is said by `Finance.counts`: all, as if a woman not admitted at once
were admitted later, or those the loss formula admits (`capacity.problem.promise.admitted_stays`).
All functions take arrays and broadcast; every amount is in DKK (a year unless said otherwise).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from capacity.errors import DataError, Finding
from capacity.problem.calls import told, told_when_made
from capacity.problem.promise import (
    DAYS_PER_YEAR,
    Promise,
    greatest_load,
    offered_load,
    stays_for_admitted,
    turned_away,
)

if TYPE_CHECKING:
    import pandas as pd

COUNTS = ("admitted", "all")
"""Whose stays are counted."""

Floats = npt.NDArray[np.float64]


@told_when_made
@dataclass(frozen=True, kw_only=True)
class Finance:
    """Prices of running and building.

    Attributes
    ----------
    unit_dkk_per_year, bed_dkk_per_year : float
        Yearly cost of an open unit, and of each of its beds.
    occupied_day_dkk : float
        Cost of a day a bed is in use.
    day_rate_dkk : float
        Income for a day a bed is in use.
    grant_dkk_per_year : float
        Income of an open unit, whoever comes.
    building_dkk_per_bed : float
        Building or rebuilding, once.
    interest : float
        A year, as a share (0.03 is 3 %).
    years : float
        Over which building is paid.
    filling_years : float
        Years until a new unit's beds are filled, its occupied days growing evenly; 0 leaves them out.
    counts : {"admitted", "all"}
        Whose stays money and active practice count: under a loss promise those who find a bed free (who is turned
        away pays nobody), or all women sent to a unit. Under the other promises nobody is lost.
    """

    unit_dkk_per_year: float = 0.0
    bed_dkk_per_year: float = 0.0
    occupied_day_dkk: float = 0.0
    day_rate_dkk: float = 0.0
    grant_dkk_per_year: float = 0.0
    building_dkk_per_bed: float = 0.0
    interest: float = 0.0
    years: float = 30.0
    filling_years: float = 0.0
    counts: str = "admitted"

    def __post_init__(self) -> None:
        faults = []
        if self.counts not in COUNTS:
            rule, remedy = f"one of {', '.join(COUNTS)}", "Correct the setting."
            faults.append(Finding(table="finance", column="counts", value=str(self.counts), rule=rule, remedy=remedy))
        numbers = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "counts"}
        for name, value in numbers.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value < 0:
                rule, remedy = "a finite number, not negative", "Correct the setting."
            elif name == "interest" and value >= 1:
                rule, remedy = "a share a year, below 1", "Write 3 % as 0.03."
            elif name == "years" and value == 0:
                rule, remedy = "years above zero", "Say over how many years building is paid."
            else:
                continue
            faults.append(Finding(table="finance", column=name, value=str(value), rule=rule, remedy=remedy))
        if faults:
            raise DataError(faults)

    @property
    def annuity(self) -> float:
        """Share of a sum to be paid each year so that it is paid off with interest."""
        if self.interest == 0:
            return 1 / self.years
        return self.interest / -math.expm1(-self.years * math.log1p(self.interest))

    def yearly_cost(self, beds: npt.ArrayLike, stays: npt.ArrayLike, mean_days: float) -> Floats:
        """Running cost of an open unit: the unit, its beds and its occupied days."""
        days = np.asarray(stays, dtype=float) * mean_days
        fixed = self.unit_dkk_per_year + self.bed_dkk_per_year * np.asarray(beds, dtype=float)
        return np.asarray(fixed + self.occupied_day_dkk * days)

    def yearly_income(self, stays: npt.ArrayLike, mean_days: float) -> Floats:
        """Day rate times occupied days, and the grant."""
        days = np.asarray(stays, dtype=float) * mean_days
        return np.asarray(self.day_rate_dkk * days + self.grant_dkk_per_year)

    def building_cost(self, beds: npt.ArrayLike) -> Floats:
        """Building the beds, DKK once."""
        return np.asarray(self.building_dkk_per_bed * np.asarray(beds, dtype=float))

    def building_annuity(self, beds: npt.ArrayLike) -> Floats:
        """Building the beds, as a yearly payment."""
        return self.building_cost(beds) * self.annuity

    def full_cost(self, beds: npt.ArrayLike, stays: npt.ArrayLike, mean_days: float) -> Floats:
        """Running cost and the building annuity."""
        return self.yearly_cost(beds, stays, mean_days) + self.building_annuity(beds)

    def startup_loss(self, beds: npt.ArrayLike, stays: npt.ArrayLike, mean_days: float) -> Floats:
        """What a new unit loses before it carries itself, DKK once: the filling years' losses added up.

        Occupied days grow evenly, from none to those of `stays`, over the filling years, while the
        unit and its beds cost the same from the first day. (Where it is referrals that grow, days lag
        behind them by about a stay and the loss is larger: see `capacity.stress`, opening years.)

        Notes
        -----
        With a standing cost c a year (less the grant) and a surplus m of all its stays, the loss is
        the integral of ``max(c - m t / Y, 0)`` over Y years: ``Y (P(c) - P(c - m)) / m`` with
        ``P(x) = max(x, 0)^2 / 2``. A unit that comes to carry itself loses ``Y c^2 / 2m``.
        """
        standing = self.yearly_cost(beds, 0.0, mean_days) - self.grant_dkk_per_year
        surplus = (self.day_rate_dkk - self.occupied_day_dkk) * mean_days * np.asarray(stays, dtype=float)
        return self.lost_while_filling(standing, surplus)

    def lost_while_filling(self, standing: Floats, surplus: Floats) -> Floats:
        """The filling years' losses by what stands a year and the surplus of all days, DKK (see `startup_loss`)."""
        fallen = np.maximum(standing, 0.0) ** 2 / 2 - np.maximum(standing - surplus, 0.0) ** 2 / 2
        steady = surplus == 0
        lost = np.where(steady, np.maximum(standing, 0.0), fallen / np.where(steady, 1.0, surplus))
        return np.asarray(self.filling_years * lost)

    def break_even_stays(self, beds: npt.ArrayLike, mean_days: float) -> Floats:
        """Stays (of those counted) a year at which income covers the running cost; inf where no number does."""
        margin = (self.day_rate_dkk - self.occupied_day_dkk) * mean_days
        short = self.yearly_cost(beds, 0.0, mean_days) - self.grant_dkk_per_year
        if margin <= 0:
            return np.asarray(np.where(short > 0, np.inf, 0.0))
        return np.asarray(np.maximum(short, 0.0) / margin)


@told
def ceiling(promise: Promise, finance: Finance, sizes: npt.ArrayLike, mean_days: float) -> pd.DataFrame:
    """Whether a size can both keep the promise and pay for itself.

    A small unit must stand empty much of the time to keep its promise, and must be full to pay:
    below some size the two cannot meet.

    Returns
    -------
    DataFrame
        beds, break_even_stays (a year), occupancy_needed (share of beds taken at break-even),
        greatest_stays and highest_occupancy (under the promise), viable.
    """
    import pandas as pd

    beds = np.atleast_1d(np.asarray(sizes, dtype=np.int64))
    needed = finance.break_even_stays(beds, mean_days)
    if finance.counts == "admitted":
        needed = stays_for_admitted(promise, beds, needed, mean_days)
    load = greatest_load(promise, beds, mean_days)
    most = load * DAYS_PER_YEAR / mean_days

    def occupancy(offered: Floats) -> Floats:
        finite = np.where(np.isfinite(offered), offered, 0.0)
        carried = finite * (1 - turned_away(promise, beds, finite)) if promise.kind == "loss" else finite
        return np.where(np.isfinite(offered), carried / beds, np.inf)

    return pd.DataFrame(
        {
            "beds": beds,
            "break_even_stays": needed,
            "occupancy_needed": occupancy(offered_load(needed, mean_days)),
            "greatest_stays": most,
            "highest_occupancy": occupancy(load),
            "viable": needed <= most,
        }
    )
