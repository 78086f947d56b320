"""Demand scenarios drawn by chance: uncertain level, uncertain split, Poisson years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.problem.calls import told_when_made
from capacity.problem.demand import Scenarios

if TYPE_CHECKING:
    import pandas as pd


@told_when_made
@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """What is uncertain about demand.

    Attributes
    ----------
    level_cv : float
        Coefficient of variation of the national level (gamma); 0 keeps it.
    concentration : float or None
        Of the Dirichlet split: the larger, the closer to the given one, as if it were known from
        so many women. None keeps the split.
    poisson : bool
        Whole women of a single year rather than a mean rate. For counts of a year (is `volume`
        reached? does a year's income suffice?), not for sizing beds: Erlang's formulas already hold
        the chance within a year.
    """

    level_cv: float = 0.25
    concentration: float | None = None
    poisson: bool = False

    def __post_init__(self) -> None:
        faults = []
        if not (np.isfinite(self.level_cv) and self.level_cv >= 0):
            faults.append(_fault("level_cv", self.level_cv, "a finite number, not negative"))
        if self.concentration is not None and not (np.isfinite(self.concentration) and self.concentration > 0):
            faults.append(_fault("concentration", self.concentration, "a finite number above zero"))
        if faults:
            raise DataError(faults)


def _fault(column: str, value: object, rule: str) -> Finding:
    return Finding(table="sampling", column=column, value=str(value), rule=rule, remedy="Correct the number.")


def sample(
    base: Scenarios, count: int, *, seed: int = 0, uncertainty: Uncertainty | None = None, hold: float = 1.0
) -> Scenarios:
    """Draw demand scenarios around given ones.

    Each draw takes one of the base scenarios by its probability, then a level, a split and (where
    asked for) a Poisson year.

    Parameters
    ----------
    base : Scenarios
    count : int
        How many to draw; equally probable.
    seed : int
        Same seed, same scenarios.
    uncertainty : Uncertainty, optional
        Without it the level alone is uncertain, with a cv of 25 %.
    hold : float
        The promise must hold in the scenarios whose total is at most this quantile of all totals.

    Returns
    -------
    Scenarios
        Ids ``draw-0001`` and so on. A year in which nobody needs a stay is drawn again.
    """
    doubt = uncertainty or Uncertainty()
    if count < 1 or not 0 <= hold <= 1:
        raise DataError([_fault("count, hold", (count, hold), "count at least 1, hold a share")])
    rng = np.random.default_rng(seed)
    women = _draw(base, count, rng, doubt)
    empty = women.sum(axis=1) <= 0
    while empty.any():
        women[empty] = _draw(base, int(empty.sum()), rng, doubt)
        empty = women.sum(axis=1) <= 0
    total = women.sum(axis=1)
    digits = max(4, len(str(count)))
    ids = tuple(f"draw-{k:0{digits}d}" for k in range(1, count + 1))
    return Scenarios(
        ids=ids,
        point_ids=base.point_ids,
        women=women,
        must_hold=total <= np.quantile(total, hold),
        labels=tuple(f"{t:.3g} women a year" for t in total),
    )


def _draw(base: Scenarios, count: int, rng: np.random.Generator, doubt: Uncertainty) -> Floats:
    """Women by draw and point, (count, n)."""
    picked = rng.choice(len(base.ids), size=count, p=base.probability)
    totals = base.women.sum(axis=1)
    level = totals[picked]
    if doubt.level_cv > 0:
        shape = 1 / doubt.level_cv**2
        level = level * rng.gamma(shape, 1 / shape, count)
    split = base.women[picked] / totals[picked, None]
    if doubt.concentration is not None:
        # Gamma variables over their sum are Dirichlet; a point without women keeps none.
        parts = rng.standard_gamma(doubt.concentration * split)
        whole = parts.sum(axis=1, keepdims=True)
        split = np.where(whole > 0, parts / np.where(whole > 0, whole, 1.0), split)
    women = level[:, None] * split
    return np.asarray(rng.poisson(women), dtype=np.float64) if doubt.poisson else np.asarray(women)


def predicted_moments(mean: Floats, uncertainty: Uncertainty) -> tuple[Floats, Floats]:
    """Mean and covariance of the women of groups of points in one draw, by formula.

    Parameters
    ----------
    mean : ndarray (R,)
        Mean women of each group (a region); together the whole country.

    Returns
    -------
    mean (R,), covariance (R, R)

    Notes
    -----
    Level G (mean T, variance T^2 c^2), shares D independent of it (Dirichlet, concentration k:
    Cov = (diag(s) - s s') / (k + 1)): Cov(G D) = T^2 c^2 s s' + T^2 (1 + c^2) Cov(D). Poisson years
    add the mean to the variances.
    """
    total = float(mean.sum())
    share = mean / total
    square = uncertainty.level_cv**2
    covariance = total**2 * square * np.outer(share, share)
    if uncertainty.concentration is not None:
        spread = (np.diag(share) - np.outer(share, share)) / (uncertainty.concentration + 1)
        covariance = covariance + total**2 * (1 + square) * spread
    if uncertainty.poisson:
        covariance = covariance + np.diag(mean)
    return mean, covariance


def region_correlation(scenarios: Scenarios, region_of: Mapping[str, str] | Sequence[str]) -> pd.DataFrame:
    """Correlation between the women of regions over a set of scenarios.

    Parameters
    ----------
    scenarios : Scenarios
    region_of : mapping of point id to region, or one region a point in the scenarios' order

    Returns
    -------
    DataFrame
        Regions by regions; 1 everywhere where only the level varies.
    """
    import pandas as pd

    if isinstance(region_of, Mapping):
        names = [region_of[i] for i in scenarios.point_ids]
    else:
        names = list(region_of)
    regions, values = correlations(scenarios, names)
    return pd.DataFrame(values, index=regions, columns=regions)


def correlations(scenarios: Scenarios, region_of: Sequence[str]) -> tuple[list[str], Floats]:
    """Regions, sorted, and the correlation between their women over the scenarios, (R, R)."""
    regions = sorted(set(region_of))
    inside = np.array([[name == r for r in regions] for name in region_of], dtype=float)
    women = scenarios.women @ inside
    assert scenarios.probability is not None
    centred = women - scenarios.probability @ women
    covariance = (centred * scenarios.probability[:, None]).T @ centred
    deviation = np.sqrt(np.diag(covariance))
    with np.errstate(invalid="ignore", divide="ignore"):
        return regions, np.asarray(covariance / np.outer(deviation, deviation))
