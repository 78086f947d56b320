"""The objective ``worst_off``: the mean way of the women who travel longest, a share of all.

The mean of the worst part of a distribution (CVaR) is convex in the ways of the demand points, so that a model says it
with one level a scenario and what each point travels beyond it (Rockafellar and Uryasev 2000, "Optimization of
conditional value-at-risk"). A smallest share is the longest way; all is the mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.errors import DataError, Finding
from capacity.rules import Plans, Variables, allowed_pairs, allowed_sites
from capacity.rules.objective import Linear, Objective, nothing_below_zero
from capacity.rules.rows import RowWriter

if TYPE_CHECKING:
    from capacity.problem.problem import Problem


def mean_of_longest(way: Floats, women: Floats, share: float) -> Floats:
    """Mean way of the `share` of women who travel longest, by plan, (B,).

    Parameters
    ----------
    way : ndarray (B, n)
        Of each point's women, minutes.
    women : ndarray (n,)
    share : float
    """
    order = np.argsort(-way, axis=1, kind="stable")
    return _of_ordered(np.take_along_axis(way, order, axis=1), women[order], share)


def _of_ordered(way: Floats, women: Floats, share: float) -> Floats:
    """The same, longest first, (B, n) each."""
    meant = share * women.sum(axis=1, keepdims=True)
    before = np.cumsum(women, axis=1) - women
    taken = np.clip(meant - before, 0.0, women)
    total = (taken * way).sum(axis=1)
    return np.asarray(np.divide(total, meant[:, 0], out=np.zeros(len(way)), where=meant[:, 0] > 0))


def _by_scenario(p: Problem, plans: Plans) -> Floats:
    """Women who are not served travel nowhere; a point's women travel what they do on average."""
    share = p.worst_off_share
    if p.outpatient.on:
        way, there = plans.longest(p.minutes), plans.served
        return np.stack([_of_those_there(way[:, 0], women * there[:, 0], share) for women in p.women], axis=1)
    way = plans.mean(np.where(np.isfinite(p.minutes), p.minutes, 0.0))
    if way.shape[1] > 1:
        return np.stack([mean_of_longest(way[:, s], women, share) for s, women in enumerate(p.women)], axis=1)
    order = np.argsort(-way[:, 0], axis=1, kind="stable")
    ordered = np.take_along_axis(way[:, 0], order, axis=1)
    return np.stack([_of_ordered(ordered, women[order], share) for women in p.women], axis=1)


def _of_those_there(way: Floats, women: Floats, share: float) -> Floats:
    """The same of the women who are at a unit, where some of a point's are on an outpatient course, (B, n) each."""
    order = np.argsort(-way, axis=1, kind="stable")
    return _of_ordered(np.take_along_axis(way, order, axis=1), np.take_along_axis(women, order, axis=1), share)


def _model(p: Problem, v: Variables) -> Linear:
    """Level of each scenario, and what its points travel beyond it."""
    if p.outpatient.on:
        rule = "the share of women who travel longest is of those at a unit, who may be more or fewer"
        remedy = "Choose the engine auto or enumerate, or another objective."
        raise DataError([Finding(table="objective", value="worst_off", rule=rule, remedy=remedy)])
    out = RowWriter()
    columns: list[Ints] = []
    costs: list[Floats] = []
    starts = np.searchsorted(v.pair_point, np.arange(len(p.network.point_ids) + 1)).tolist()
    minutes = p.minutes[v.pair_point, v.pair_site]
    for s in np.flatnonzero((p.probability > 0) & (p.women.sum(axis=1) > 0)).tolist():
        women, chance, shares = p.women[s], float(p.probability[s]), v.share(s)
        points = np.flatnonzero(women > 0)
        level, beyond = v.add(1), v.add(len(points))
        columns += [level, beyond]
        costs += [np.array([chance]), chance * women[points] / (p.worst_off_share * women.sum())]
        for i, column in zip(points.tolist(), beyond, strict=True):
            here = slice(starts[i], starts[i + 1])
            terms: list[tuple[Ints, Floats | float]] = [
                (shares[here], minutes[here]),
                (level, -1.0),
                (np.array([column]), -1.0),
            ]
            out.add(-1, terms, upper=0)
    return Linear(
        columns=np.concatenate([np.zeros(0, dtype=np.int64), *columns]),
        cost=np.concatenate([np.zeros(0), *costs]),
        rows=out.rows(),
    )


def _least(p: Problem) -> float:
    """Everybody at the nearest of all sites that may be used."""
    near = np.where(allowed_pairs(p) & allowed_sites(p)[None, :], p.minutes, np.inf).min(axis=1)
    # On a course nobody is at a unit, whose ways alone are counted.
    near = np.where(np.isfinite(near) & (not p.outpatient.on), near, 0.0)
    each = [float(mean_of_longest(near[None], women, p.worst_off_share)[0]) for women in p.women]
    return float(p.probability @ np.array(each))


WORST_OFF = Objective(
    name="worst_off",
    unit="minutes",
    sentence="Mean one-way travel of the women who travel longest: 5 % of all, unless said otherwise.",
    by_scenario=_by_scenario,
    model=_model,
    smallest_is_best=True,
    bedless=True,
    least=_least,
    floor=nothing_below_zero,
    in_common=lambda p: (1.0, 0.0),
    scale_free=True,
    steady_in_reach=True,
    one_stage=False,
    minimised=4,
    best_said="Least travel of the worst-off",
    axis=("Mean one-way travel of the worst-off, minutes", 1.0),
)
