"""How a national figure is split over demand points: by weight, by own counts, by relative risk.

Most municipalities count nobody in most years: a count alone is noise, a weight alone knows nothing
of the place. The gamma-Poisson blend moves each point from the weight towards its own count by as
much as the counts carry (empirical Bayes).

References
----------
D. Clayton and J. Kaldor 1987, "Empirical Bayes estimates of age-standardized relative risks for
use in disease mapping", Biometrics 43.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capacity.demand import Scenarios
from capacity.errors import DataError, Finding, some
from capacity.labels import Floats, as_ids, floats, repeated, unequal

if TYPE_CHECKING:
    import pandas as pd

STRONGEST, WEAKEST = 1e6, 1e-3
"""Strengths of the prior looked at; at the strongest the counts show no difference between points."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Shares of the demand points, and how they came about.

    Attributes
    ----------
    point_ids : tuple of str, length n
    share : ndarray (n,)
        Sums to one.
    method : {"weight", "counts", "relative_risk"}
    count, expected : ndarray (n,)
        Women counted, and women the weight alone would have expected among as many (NaN without
        counts).
    shrinkage : ndarray (n,)
        How much of a point's rate comes from the weight: 1 all of it, 0 none (NaN without counts).
    relative : ndarray (n,)
        Rate of the point relative to what its weight says.
    strength : float
        Of the prior: as if so many women had been expected and seen besides (NaN without counts).
    """

    point_ids: tuple[str, ...]
    share: Floats
    method: str
    count: Floats
    expected: Floats
    shrinkage: Floats
    relative: Floats
    strength: float = float("nan")

    def women(self, women_per_year: float) -> Floats:
        """A national figure split; the parts sum to it exactly (`math.fsum`), (n,)."""
        return exact_parts(women_per_year, self.share)

    def scenarios(self, women_per_year: float, *, id: str = "base", label: str = "") -> Scenarios:
        """A national figure as one demand scenario."""
        if not math.isfinite(women_per_year) or women_per_year <= 0:
            raise DataError([_fault("women_per_year", str(women_per_year), "a finite number above zero")])
        return Scenarios(
            ids=(id,), point_ids=self.point_ids, women=self.women(women_per_year), labels=(label or id,)
        )

    @property
    def table(self) -> pd.DataFrame:
        """One row a point: count, expected, shrinkage, relative, share. Small counts are personal data."""
        import pandas as pd

        columns = {k: getattr(self, k) for k in ("count", "expected", "shrinkage", "relative", "share")}
        return pd.DataFrame({"point_id": list(self.point_ids), **columns})


def _fault(column: str, value: str, rule: str, remedy: str = "Correct the numbers.") -> Finding:
    return Finding(table="split", column=column, value=value, rule=rule, remedy=remedy)


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


def _checked(point_ids: Sequence[str], **columns: Floats) -> tuple[str, ...]:
    ids = as_ids(point_ids)
    found = repeated("split", "point_id", ids)
    for name, values in columns.items():
        if values.shape[:1] != (len(ids),):
            found.append(_fault(name, str(values.shape), f"one value a demand point ({len(ids)})"))
        elif not (np.isfinite(values) & (values >= 0)).all():
            rows = np.flatnonzero(~(np.isfinite(values) & (values >= 0)).reshape(len(ids), -1).all(axis=1))
            found.append(_fault(name, some(ids[i] for i in rows), "finite numbers, not negative"))
        elif values.sum() <= 0:
            found.append(_fault(name, "0", "some number is above zero"))
    if found:
        raise DataError(found)
    return ids


def weight_split(point_ids: Sequence[str], weight: Sequence[float] | Floats) -> Split:
    """Shares in proportion to a weight."""
    w = np.asarray(weight, dtype=float)
    ids = _checked(point_ids, weight=w)
    nothing = floats(np.full(len(ids), np.nan))
    return Split(
        point_ids=ids, share=floats(w / w.sum()), method="weight", count=nothing, expected=nothing,
        shrinkage=nothing, relative=floats(np.ones(len(ids))),
    )  # fmt: skip


def relative_risk(
    point_ids: Sequence[str], weight: Sequence[float] | Floats, risk: Sequence[float] | Floats
) -> Split:
    """Shares in proportion to weight x relative risk.

    Parameters
    ----------
    weight : array (n,)
        Such as children aged 0-5.
    risk : array (n,)
        Rate of the point relative to any common standard (1 everywhere gives the weight).
    """
    w, r = np.asarray(weight, dtype=float), np.asarray(risk, dtype=float)
    ids = _checked(point_ids, weight=w, risk=r, **({"weight_x_risk": w * r} if w.shape == r.shape else {}))
    nothing = floats(np.full(len(ids), np.nan))
    return Split(
        point_ids=ids, share=floats(w * r / (w * r).sum()), method="relative_risk", count=nothing,
        expected=nothing, shrinkage=nothing, relative=floats(r * w.sum() / (w * r).sum()),
    )  # fmt: skip


def empirical_bayes_split(
    point_ids: Sequence[str],
    counts: Sequence[float] | Floats,
    weight: Sequence[float] | Floats,
    *,
    strength: float | None = None,
) -> Split:
    """Blend of own counts and a weight, each point shrunk towards the weight by what it lacks in numbers.

    Parameters
    ----------
    point_ids : sequence of str, length n
    counts : array (n,) or (n, years)
        Women counted; years are summed.
    weight : array (n,)
        Above zero wherever somebody was counted.
    strength : float, optional
        Of the prior; without it the most likely one given the counts.

    Returns
    -------
    Split
        ``relative[i] = (strength + count) / (strength + expected)`` and
        ``shrinkage[i] = strength / (strength + expected)``; shares are weight x relative, scaled to one.

    Notes
    -----
    count_i ~ Poisson(expected_i x theta_i), theta_i ~ Gamma(mean 1, shape `strength`): the counts are
    negative binomial, and `strength` maximises their likelihood.
    """
    y = np.asarray(counts, dtype=float)
    w = np.asarray(weight, dtype=float)
    ids = _checked(point_ids, counts=y, weight=w)
    y = y.reshape(len(ids), -1).sum(axis=1)
    found = []
    if (y != np.round(y)).any():
        found.append(_fault("counts", some(y[y != np.round(y)]), "counts are whole numbers of women"))
    if ((w == 0) & (y > 0)).any():
        who = some(ids[i] for i in np.flatnonzero((w == 0) & (y > 0)))
        found.append(_fault("weight", who, "the weight is above zero where somebody was counted"))
    if strength is not None and not (math.isfinite(strength) and strength > 0):
        found.append(_fault("strength", str(strength), "a finite number above zero"))
    if found:
        raise DataError(found)
    expected = y.sum() * w / w.sum()
    prior = _likeliest_strength(y, expected) if strength is None else float(strength)
    relative = (prior + y) / (prior + expected)
    blended = w * relative
    return Split(
        point_ids=ids, share=floats(blended / blended.sum()), method="counts", count=floats(y),
        expected=floats(expected), shrinkage=floats(prior / (prior + expected)),
        relative=floats(relative), strength=prior,
    )  # fmt: skip


def log_likelihood(counts: Floats, expected: Floats, strength: float) -> float:
    """Of negative binomial counts with the given means and prior strength, up to a constant."""
    from scipy.special import gammaln

    some_expected = expected > 0
    y, e = counts[some_expected], expected[some_expected]
    terms = gammaln(strength + y) - gammaln(strength)
    terms -= strength * np.log1p(e / strength) + y * np.log(strength + e)
    return float(terms.sum())


def _likeliest_strength(counts: Floats, expected: Floats) -> float:
    """Maximum of the likelihood: a grid in log strength, then golden sections around its best."""
    grid = np.geomspace(WEAKEST, STRONGEST, 91)
    best = int(np.argmax([log_likelihood(counts, expected, s) for s in grid]))
    if best == len(grid) - 1:
        return STRONGEST
    low, high = math.log(grid[max(best - 1, 0)]), math.log(grid[best + 1])
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if log_likelihood(counts, expected, math.exp(left)) < log_likelihood(counts, expected, math.exp(right)):
            low = left
        else:
            high = right
    return math.exp((low + high) / 2)


def counted(
    table: pd.DataFrame, point_ids: Sequence[str], *, column: str = "residential", key: str = "code"
) -> Floats:
    """Counts by point and year from the form of the questionnaire, theme 1.1, (n, years).

    Parameters
    ----------
    table : DataFrame
        `key`, year, and the columns any_treatment and residential; one row a point and year.
    point_ids : sequence of str
        Every one must stand in each year: an answer of nobody is written 0.
    column : str

    Raises
    ------
    DataError
        Where a column is missing, or a year lacks a point, names it twice or names another.
    """
    missing = [c for c in (key, "year", column) if c not in table.columns]
    if missing:
        raise DataError([_fault(c, "", "the column is needed", "Add the column.") for c in missing])
    found: list[Finding] = []
    rows = []
    for year, part in table.groupby("year", sort=True):
        ids = as_ids(part[key])
        found += repeated(f"counts {year}", key, ids)
        found += unequal(f"counts {year}", key, ids, tuple(point_ids), "the demand points")
        said = dict(zip(ids, part[column], strict=True))
        rows.append([float(said.get(i, 0)) for i in point_ids])
    if found:
        raise DataError(found)
    return floats(np.array(rows).T)
