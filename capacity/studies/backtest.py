"""Are a region's observed counts plausible under each scenario's figure and split?

A year's count is Poisson around the women the scenario gives the region; where the national figure
itself is in doubt (gamma), the counts of several years are negative binomial together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from capacity.errors import DataError, Finding, some
from capacity.problem.calls import told
from capacity.problem.named import NamedScenario, under
from capacity.problem.problem import Problem
from capacity.reading.observed import Observed
from capacity.reading.texts import NOT_TOLD
from capacity.studies.result import Rows, rows_of
from capacity.tolerances import LEAST_NUMBER, SUMS

SUMMED_TO = 500
"""Women up to which a tail of the Poisson distribution is added up; to load a library for it takes longer."""

PLAUSIBLE = 0.05
"""Counts as unlikely as one in twenty, or more so, are called not plausible."""


def tails(total: int, mean: float, cv: float = 0.0) -> tuple[float, float]:
    """Chance of at most, and of at least, so many women.

    Parameters
    ----------
    total : int
    mean : float
        Expected women over all the years.
    cv : float
        Doubt about that mean, as a coefficient of variation; the mixture is negative binomial.
    """
    if cv == 0 and max(total, mean) <= SUMMED_TO:
        return _summed(total, mean)
    if cv == 0:
        # What scipy.stats asks as well, which takes most of a second to load.
        from scipy.special import pdtr, pdtrc

        return float(pdtr(total, mean)), float(pdtrc(total - 1, mean)) if total > 0 else 1.0
    from scipy import stats

    law = stats.nbinom(1 / cv**2, 1 / (1 + mean * cv**2))
    return float(law.cdf(total)), float(law.sf(total - 1))


def _summed(total: int, mean: float) -> tuple[float, float]:
    """The same of a Poisson number, its terms added up on either side of the count: as they are few."""
    if mean <= 0:
        return 1.0, 1.0 if total == 0 else 0.0
    here = math.exp(total * math.log(mean) - mean - math.lgamma(total + 1))
    if here < LEAST_NUMBER:
        return (1.0, 0.0) if total > mean else (0.0, 1.0)
    below, above = [here], [here]
    for count in range(total, 0, -1):
        below.append(below[-1] * count / mean)
    count = total
    # Above the mean each term is a smaller part of the last: what is left out is below rounding.
    while count < mean or above[-1] > SUMS * SUMS * above[0]:
        count += 1
        above.append(above[-1] * mean / count)
    return min(1.0, math.fsum(below)), min(1.0, math.fsum(above))


@told
def backtest(
    problem: Problem, observed: Iterable[Observed], scenarios: Iterable[NamedScenario] | None = None, *, cv: float = 0.0
) -> Rows:
    """Set observed counts beside what each scenario makes of the region.

    Parameters
    ----------
    problem : Problem
    observed : iterable of Observed
        See `capacity.observed_counts`.
    scenarios : iterable of NamedScenario, optional
        By default the problem's named ones; without any, its expected demand.
    cv : float
        Doubt about each scenario's figure.

    Returns
    -------
    Rows
        One dict a count and scenario: region, what, years, counts, total, document, scenario,
        women_per_year (the region's, in the scenario), expected (over the years), at_most and at_least
        (chance of no more, and of no fewer), probability (of a count as far out, either way) and
        plausible. Of counts that are not `shown` the numbers are None.
        A scenario whose regions do not hold the region is left out.

    Raises
    ------
    DataError
        Where a region is in no scenario.
    """
    named = problem.named if scenarios is None else tuple(scenarios)
    cases = [(s.id, under(problem, s)) for s in named] or [("expected", problem)]
    counted, rows = list(observed), []
    told = shown(problem, counted)
    for count in counted:
        open_ = count in told
        for scenario, case in cases:
            net = case.network
            if count.region not in net.regions:
                continue
            here = net.point_region_index == net.regions.index(count.region)
            mean = float(case.expected_women[here].sum())
            expected = mean * len(count.years)
            low, high = tails(count.total, expected, cv)
            chance = min(1.0, 2 * min(low, high))
            rows.append(
                {
                    "region": count.region,
                    "name": net.region_names.get(count.region, count.region),
                    "what": count.what,
                    "years": list(count.years),
                    "counts": list(count.counts) if open_ else None,
                    "total": count.total if open_ else None,
                    "document": count.document,
                    "scenario": scenario,
                    "women_per_year": mean,
                    "expected": expected,
                    "at_most": low if open_ else None,
                    "at_least": high if open_ else None,
                    "probability": chance if open_ else None,
                    "plausible": chance >= PLAUSIBLE if open_ else None,
                }
            )
    unknown = sorted({c.region for c in counted} - {row["region"] for row in rows})
    if unknown:
        raise DataError(
            [
                Finding(
                    table="observed.csv",
                    column="region",
                    value=some(unknown),
                    rule="the region is one of the case's",
                    remedy=f"Choose from: {some(problem.network.regions)}.",
                )
            ]
        )
    return rows_of("backtest", rows)


def shown(problem: Problem, observed: Sequence[Observed]) -> tuple[Observed, ...]:
    """Counts of which something may be said: those that are published, and one's own where none of them is small.

    Regions lie within regions, and what is counted within what is counted in another way: one small
    count could be worked out from the others. So one's own are shown all or none; none as well beside a
    table of own counts, whose sums they could be taken from.
    """
    own = [c for c in observed if not c.document]
    limit = problem.smallest_count
    blended = problem.split is not None or NOT_TOLD in dict(problem.origin.get("files", {})).values()
    free = limit == 0 or (not blended and all(count >= limit for c in own for count in c.counts))
    return tuple(c for c in observed if c.document or free)


def unevenness(count: Observed) -> float:
    """Chance that years of one mean are as uneven as these, given their total (dispersion test).

    The statistic is ``sum (x - m)^2 / m``; its chance is summed over every way the women may fall on
    the years, each equally likely (exact, for the few women there are).
    """
    years, total = len(count.years), count.total
    if years < 2 or total == 0:
        return 1.0
    mean = total / years
    statistic = float(((np.array(count.counts) - mean) ** 2).sum() / mean)
    if total > MOST_EXACT or years > 3:
        from scipy.special import chdtrc

        return float(chdtrc(years - 1, statistic))
    from math import comb

    as_far = 0.0
    for first in range(total + 1):
        for second in range(total - first + 1 if years == 3 else 1):
            x = np.array([first, second, total - first - second]) if years == 3 else np.array([first, total - first])
            if ((x - mean) ** 2).sum() / mean >= statistic * (1 - SUMS):
                as_far += comb(total, first) * (comb(total - first, second) if years == 3 else 1) / years**total
    return as_far


MOST_EXACT = 60
"""Women up to which unevenness is counted out; beyond, its chi-squared limit is close."""
