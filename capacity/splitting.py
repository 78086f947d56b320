"""How a national figure is split over demand points: by weight, by own counts, by relative risk.

Most municipalities count nobody in most years: a count alone is noise, a weight alone knows nothing
of the place. The gamma-Poisson blend moves each point from the weight towards its own count by as
much as the counts carry (empirical Bayes).

Small counts are personal data. Where `pools` puts points together, the blend knows their counts by
their sum alone; so nothing that follows from the split can give a single small count away, and a
plan made from it can be written, read and checked whole.

References
----------
D. Clayton and J. Kaldor 1987, "Empirical Bayes estimates of age-standardized relative risks for
use in disease mapping", Biometrics 43.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.demand import Scenarios, exact_parts
from capacity.errors import DataError, Finding, some
from capacity.labels import Floats, Ints, as_ids, floats, ints, repeated, unequal

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
    method : {"weight", "relative_risk", "counts"}
    pool : ndarray (n,) of int
        Points of the same pool are counted together; without pools each stands alone.
    count, expected : ndarray (n,)
        Women counted in the point's pool, and women the weight alone would have expected there among
        as many in all (NaN without counts).
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
    pool: Ints
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
    def counted(self) -> float:
        """Women counted in all; NaN without counts."""
        return math.fsum(self.count[first] for first in self._firsts)

    @property
    def mean_shrinkage(self) -> float:
        """How much of the split comes from the weight, on average over women; NaN without counts."""
        return float(self.shrinkage @ self.share)

    @property
    def _firsts(self) -> Ints:
        return np.unique(self.pool, return_index=True)[1]

    @property
    def columns(self) -> dict[str, tuple[Any, ...]]:
        """`table` as plain columns."""
        first = {int(self.pool[k]): self.point_ids[k] for k in reversed(range(len(self.pool)))}
        numbers = {
            k: tuple(getattr(self, k).tolist()) for k in ("count", "expected", "shrinkage", "relative", "share")
        }
        return {"point_id": self.point_ids, "pool": tuple(first[int(p)] for p in self.pool), **numbers}

    @property
    def table(self) -> pd.DataFrame:
        """One row a point: its pool (the first point of it), count, expected, shrinkage, relative, share.

        Count and expected are those of the pool.
        """
        import pandas as pd

        return pd.DataFrame({name: list(values) for name, values in self.columns.items()})


def _fault(column: str, value: str, rule: str, remedy: str = "Correct the numbers.") -> Finding:
    return Finding(table="split", column=column, value=value, rule=rule, remedy=remedy)


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
        point_ids=ids, share=floats(w / w.sum()), method="weight", pool=ints(np.arange(len(ids))), count=nothing,
        expected=nothing, shrinkage=nothing, relative=floats(np.ones(len(ids))),
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
        point_ids=ids, share=floats(w * r / (w * r).sum()), method="relative_risk",
        pool=ints(np.arange(len(ids))), count=nothing, expected=nothing, shrinkage=nothing,
        relative=floats(r * w.sum() / (w * r).sum()),
    )  # fmt: skip


def empirical_bayes_split(
    point_ids: Sequence[str],
    counts: Sequence[float] | Floats,
    weight: Sequence[float] | Floats,
    *,
    strength: float | None = None,
    pool: Sequence[int] | Ints | None = None,
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
    pool : array (n,) of int, optional
        Points to be counted together, see `pools`; each alone without it.

    Returns
    -------
    Split
        For a pool (a point standing alone is one) ``relative = (strength + count) / (strength +
        expected)`` and ``shrinkage = strength / (strength + expected)``; shares are weight x
        relative, scaled to one.

    Notes
    -----
    count ~ Poisson(expected x theta), theta ~ Gamma(mean 1, shape `strength`), for each pool: the
    counts are negative binomial, and `strength` maximises their likelihood.
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
    label, together = np.unique(np.arange(len(ids)) if pool is None else np.asarray(pool), return_inverse=True)
    # Sums of whole numbers are exact: the blend cannot tell how a pool's count is made up.
    count = floats(np.bincount(together, weights=y, minlength=len(label)))
    return _blend(ids, count, together, w, strength)


def _blend(ids: tuple[str, ...], count: Floats, pool: Ints, weight: Floats, strength: float | None) -> Split:
    """The blend of the pools' counts, (pools,), and a weight, (n,)."""
    expected = count.sum() * np.bincount(pool, weights=weight, minlength=len(count)) / weight.sum()
    prior = _likeliest_strength(count, expected) if strength is None else float(strength)
    shrinkage, relative = prior / (prior + expected), (prior + count) / (prior + expected)
    blended = weight * relative[pool]
    return Split(
        point_ids=ids, share=floats(blended / blended.sum()), method="counts", pool=ints(pool),
        count=floats(count[pool]), expected=floats(expected[pool]), shrinkage=floats(shrinkage[pool]),
        relative=floats(relative[pool]), strength=prior,
    )  # fmt: skip


def with_weight(split: Split, weight: Sequence[float] | Floats) -> Split:
    """Give a split by another weight; the counts, if it has any, are blended with the new one."""
    if split.method != "counts":
        return weight_split(split.point_ids, weight)
    w = np.asarray(weight, dtype=float)
    _checked(split.point_ids, weight=w)
    label, first, pool = np.unique(split.pool, return_index=True, return_inverse=True)
    count = split.count[first]
    empty = np.bincount(pool, weights=w, minlength=len(label)) == 0
    if (empty & (count > 0)).any():
        raise DataError([_fault("weight", "", "the weight is above zero where somebody was counted")])
    return _blend(split.point_ids, count, pool, w, None)


def pools(counts: Sequence[float] | Floats, region: Sequence[str], smallest: int) -> Ints:
    """Which points must be counted together so that no count below `smallest` is known, (n,).

    Parameters
    ----------
    counts : array (n,)
        Women counted, over all years.
    region : sequence of str, length n
    smallest : int
        0 lets every point stand alone.

    Notes
    -----
    The small counts of a region make a pool. One that is still too small is joined with whatever
    counts least: a point of its region that stands alone, or the pool of another region; where there
    is neither, a point elsewhere. What is left counts at least `smallest`, or is the whole country.
    """
    y = np.asarray(counts, dtype=float)
    names = {name: k for k, name in enumerate(sorted(set(region)))}
    home = np.array([names[r] for r in region], dtype=np.int64)
    alone = np.arange(len(y))
    pool = np.where(y < smallest, len(y) + home, alone)
    while True:
        label, at = np.unique(pool, return_inverse=True)
        total = np.bincount(at, weights=y)
        short = np.flatnonzero(total < smallest)
        if len(label) == 1 or not len(short):
            return ints(at)
        joining = label[short[0]]
        inside = set(home[pool == joining])
        others = [k for k in range(len(label)) if k != short[0]]
        near = [k for k in others if label[k] >= len(y) or home[label[k]] in inside]
        pool[pool == label[min(near or others, key=lambda k: (total[k], k))]] = joining


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
