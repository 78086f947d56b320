"""How a national figure is split over demand points: by weight, by own counts, by relative risk.

Most municipalities count nobody in most years: a count alone is noise, a weight alone knows nothing
of the place. The gamma-Poisson blend moves each point from the weight towards its own count by as
much as the counts carry (empirical Bayes).

Small counts are personal data. The blend knows them by the sum of a pool of points, and by nothing
else (`Known`); so nothing that follows from the split can give a single one away, and a plan made
from it can be written, read and checked whole.

References
----------
D. Clayton and J. Kaldor 1987, "Empirical Bayes estimates of age-standardized relative risks for
use in disease mapping", Biometrics 43.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats, as_ids, floats, repeated, unequal
from capacity.errors import DataError, Finding, some
from capacity.problem.counts import HIDES, Known, expected_counts, likeliest_strength, nested
from capacity.problem.demand import Scenarios, exact_parts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Shares of the demand points, and how they came about.

    Attributes
    ----------
    point_ids : tuple of str, length n
    share : ndarray (n,)
        Sums to one.
    method : {"weight", "relative_risk", "counts"}
    known : Known or None
        The counts the weight was blended with.
    count : ndarray (n,)
        Women counted; of a pool its parts as they are to be expected (NaN without counts).
    expected : ndarray (n,)
        Women the weight alone would have expected among as many in all (NaN without counts).
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
    known: Known | None
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
        return Scenarios(ids=(id,), point_ids=self.point_ids, women=self.women(women_per_year), labels=(label or id,))

    @property
    def counted(self) -> float:
        """Women counted in all; NaN without counts."""
        return math.nan if self.known is None else float(self.known.total.sum())

    @property
    def mean_shrinkage(self) -> float:
        """How much of the split comes from the weight, on average over women; NaN without counts."""
        return float(self.shrinkage @ self.share)

    @property
    def columns(self) -> dict[str, tuple[Any, ...]]:
        """`table` as plain columns."""
        said: dict[str, tuple[Any, ...]] = {"point_id": self.point_ids}
        if self.known is not None:
            pool = self.known.pool
            first = {int(pool[k]): self.point_ids[k] for k in reversed(range(len(pool)))}
            said |= {"pool": tuple(first[int(p)] for p in pool), "pool_count": tuple(self.known.total[pool].tolist())}
        numbers = ("count", "expected", "shrinkage", "relative", "share")
        return said | {k: tuple(getattr(self, k).tolist()) for k in numbers}

    @property
    def table(self) -> pd.DataFrame:
        """One row a point: count, expected, shrinkage, relative, share; with counts also pool and pool_count.

        Points with the same `pool` (the first of them) are counted together.
        """
        import pandas as pd

        return pd.DataFrame({name: list(values) for name, values in self.columns.items()})


def _fault(column: str, value: str, rule: str, remedy: str = "Correct the numbers.") -> Finding:
    return Finding(table="split", column=column, value=value, rule=rule, remedy=remedy)


def _checked(point_ids: Sequence[str], *, nobody: bool = False, **columns: Floats) -> tuple[str, ...]:
    """The ids, where each column has a good number for each; `nobody` lets counts be zero everywhere."""
    ids = as_ids(point_ids)
    faults = repeated("split", "point_id", ids)
    for name, values in columns.items():
        if values.shape[:1] != (len(ids),):
            faults.append(_fault(name, str(values.shape), f"one value a demand point ({len(ids)})"))
        elif not (np.isfinite(values) & (values >= 0)).all():
            rows = np.flatnonzero(~(np.isfinite(values) & (values >= 0)).reshape(len(ids), -1).all(axis=1))
            faults.append(_fault(name, some(ids[i] for i in rows), "finite numbers, not negative"))
        elif values.sum() <= 0 and not (nobody and name == "counts"):
            faults.append(_fault(name, "0", "some number is above zero"))
    if faults:
        raise DataError(faults)
    return ids


def weight_split(point_ids: Sequence[str], weight: Sequence[float] | Floats) -> Split:
    """Shares in proportion to a weight."""
    w = np.asarray(weight, dtype=float)
    ids = _checked(point_ids, weight=w)
    nothing = floats(np.full(len(ids), np.nan))
    return Split(
        point_ids=ids,
        share=floats(w / w.sum()),
        method="weight",
        known=None,
        count=nothing,
        expected=nothing,
        shrinkage=nothing,
        relative=floats(np.ones(len(ids))),
    )


def relative_risk(point_ids: Sequence[str], weight: Sequence[float] | Floats, risk: Sequence[float] | Floats) -> Split:
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
        point_ids=ids,
        share=floats(w * r / (w * r).sum()),
        method="relative_risk",
        known=None,
        count=nothing,
        expected=nothing,
        shrinkage=nothing,
        relative=floats(r * w.sum() / (w * r).sum()),
    )


def empirical_bayes_split(
    point_ids: Sequence[str],
    counts: Sequence[float] | Floats,
    weight: Sequence[float] | Floats,
    *,
    strength: float | None = None,
    smallest: int = 0,
    region: Sequence[str] | None = None,
) -> Split:
    """Blend of own counts and a weight, each point shrunk towards the weight by what it lacks in numbers.

    Parameters
    ----------
    point_ids : sequence of str, length n
    counts : array (n,) or (n, years)
        Women counted; years are summed.
    weight : array (n,)
        Above zero wherever somebody was counted; with a limit everywhere.
    strength : float, optional
        Of the prior; without it the most likely one given the counts.
    smallest : int
        Counts below it are known by the sum of their pool alone; 0 uses each count by itself.
    region : sequence of str, length n, optional
        Points are counted together by region where that is enough, see `capacity.problem.counts`. Splits of the same
        counts by different regions can be subtracted from each other.

    Returns
    -------
    Split
        ``relative = (strength + count) / (strength + expected)`` and
        ``shrinkage = strength / (strength + expected)``; shares are weight x relative, scaled to one.

    Notes
    -----
    count ~ Poisson(expected x theta), theta ~ Gamma(mean 1, shape `strength`): the counts are negative
    binomial, and `strength` maximises their likelihood. Of a pool the likelihood is that of its sum; a
    point's count is then its mean given the sum. Both follow from the distribution of the sum, by
    convolution.

    With a limit the weight is above zero everywhere: what may be counted at a point must not be told by
    whether its weight of zero is a fault.
    """
    y = np.asarray(counts, dtype=float)
    w = np.asarray(weight, dtype=float)
    ids = _checked(point_ids, nobody=smallest > 0, counts=y, weight=w)
    y = y.reshape(len(ids), -1).sum(axis=1)
    findings = []
    if (y != np.round(y)).any():
        # The point, and not what it counted.
        who = some(ids[i] for i in np.flatnonzero(y != np.round(y)))
        findings.append(_fault("counts", who, "counts are whole numbers of women"))
    if smallest < 0 or 0 < smallest < HIDES:
        findings.append(_fault("smallest", str(smallest), LIMIT, "5 is usual; 0 hides nothing."))
    bare = w == 0 if smallest > 0 else (w == 0) & (y > 0)
    if bare.any():
        findings.append(without_weight((ids[i] for i in np.flatnonzero(bare)), smallest))
    if strength is not None and not (math.isfinite(strength) and strength > 0):
        findings.append(_fault("strength", str(strength), "a finite number above zero"))
    if findings:
        raise DataError(findings)
    known = Known.of(y, nested([] if region is None else [region], len(ids)), smallest)
    if known is None:
        raise DataError([too_few(smallest)])
    return blend(ids, known, w, strength)


LIMIT = f"a whole number: 0, or {HIDES} and more"
"""What a limit below which counts are small must be."""


def too_few(smallest: int) -> Finding:
    """The fault of counts that are too few in all: of nobody as well, which must not be told apart."""
    return Finding(
        table="split",
        column="counts",
        rule=f"somebody was counted: {smallest} women or more in all, by each column",
        remedy="Split by a weight instead, or take out a column that counts fewer.",
    )


def without_weight(ids: Iterable[str], smallest: int) -> Finding:
    """The fault of points without a weight; with a limit of all of them, whatever was counted there."""
    if smallest == 0:
        return _fault("weight", some(ids), "the weight is above zero where somebody was counted")
    return _fault(
        "weight",
        some(ids),
        "the weight is above zero where somebody was counted, or may have been: everywhere",
        "Choose a weight that is above zero at every demand point.",
    )


def blend(ids: tuple[str, ...], known: Known, weight: Floats, strength: float | None = None) -> Split:
    """Blend what is known of own counts with a weight; see `empirical_bayes_split`."""
    expected = known.total.sum() * weight / weight.sum()
    prior = likeliest_strength(known, expected) if strength is None else float(strength)
    count = expected_counts(known, expected, prior)
    relative = (prior + count) / (prior + expected)
    blended = weight * relative
    return Split(
        point_ids=ids,
        share=floats(blended / blended.sum()),
        method="counts",
        known=known,
        count=floats(count),
        expected=floats(expected),
        shrinkage=floats(prior / (prior + expected)),
        relative=floats(relative),
        strength=prior,
    )


def with_weight(split: Split, weight: Sequence[float] | Floats) -> Split:
    """Give a split by another weight; the counts, if it has any, are blended with the new one."""
    if split.known is None:
        return weight_split(split.point_ids, weight)
    w = np.asarray(weight, dtype=float)
    _checked(split.point_ids, weight=w)
    known = split.known
    bare = w == 0 if known.smallest > 0 else (w == 0) & (known.total[known.pool] > 0)
    if bare.any():
        raise DataError([without_weight((split.point_ids[i] for i in np.flatnonzero(bare)), known.smallest)])
    return blend(split.point_ids, known, w)


def counted(table: pd.DataFrame, point_ids: Sequence[str], *, column: str = "residential", key: str = "code") -> Floats:
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
    findings: list[Finding] = []
    rows = []
    for year, part in table.groupby("year", sort=True):
        ids = as_ids(part[key])
        findings += repeated(f"counts {year}", key, ids)
        findings += unequal(f"counts {year}", key, ids, tuple(point_ids), "the demand points")
        counts = {}
        for id, value in zip(ids, part[column], strict=True):
            try:
                counts[id] = float(value)
            except (TypeError, ValueError):
                # The point, and not what it counted.
                findings.append(_fault(f"{column} {year}", id, "the count is a number"))
        rows.append([counts.get(i, 0.0) for i in point_ids])
    if findings:
        raise DataError(findings)
    return floats(np.array(rows).T)
