"""A referee for what bends with who goes where: every set of sites, every size, every corner.

What units admit bends downwards. With sites and sizes decided, who may go where is a polytope; a cost that grows with
admitted stays is least in a corner of it, and a way that keeps a budget of such costs is shortest in a corner or on an
edge. So all corners are worked out, from the sentences alone (`tests.referee`): small problems only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, linprog

from tests.referee import NEAR, SOME, Facts

Floats = NDArray[np.float64]

CORNER = 1e-9
"""What a corner may break a row by: it was worked out from others."""


class Corners:
    """Who may go where with some units of some sizes: shares (S, n, units), in corners and planes through them."""

    def __init__(self, f: Facts, opened: tuple[int, ...], beds: tuple[int, ...]) -> None:
        self.f, self.opened, self.beds = f, opened, beds
        self.shape = (*f.women.shape, len(opened))
        count = int(np.prod(self.shape))
        at = np.arange(count).reshape(self.shape)
        rows, least = [], []
        for c in range(count):
            rows.append(np.eye(count)[c])
            least.append(0.0)
        equal = []
        for s, i in itertools.product(range(self.shape[0]), range(self.shape[1])):
            row = np.zeros(count)
            row[at[s, i]] = 1.0
            equal.append(row)
        for u in range(len(opened)):
            used = np.zeros(count)
            used[at[:, :, u]] = 1.0
            rows.append(used)
            least.append(SOME)
            for s in f.holds if f.rule("promise") else []:
                rows.append(-self.stays_row(s, u))
                least.append(-f.carried(beds[u]) - NEAR)
        self.rows, self.least = np.array(rows), np.array(least)
        self.equal = np.array(equal)

    def stays_row(self, s: int, u: int) -> Floats:
        row = np.zeros(self.shape)
        row[s, :, u] = self.f.women[s]
        return row.ravel()

    def stays(self, x: Floats) -> Floats:
        """(S, units)."""
        return np.einsum("si,siu->su", self.f.women, x.reshape(self.shape))

    def corners(self, planes: list[tuple[Floats, float]] = []) -> Iterator[Floats]:  # noqa: B006 (never changed)
        """Every corner; with `planes` (row, value) those of the parts they cut it into."""
        rows = np.concatenate([self.rows, *([row[None] for row, _ in planes])])
        value = np.concatenate([self.least, [v for _, v in planes]])
        count, fixed = len(self.rows[0]), len(self.equal)
        seen = set()
        tight = np.array(list(itertools.combinations(range(len(rows)), count - fixed)), dtype=np.int64)
        for some in np.array_split(tight, max(1, len(tight) // 4000)):
            a = np.concatenate([np.broadcast_to(self.equal, (len(some), fixed, count)), rows[some]], axis=1)
            b = np.concatenate([np.ones((len(some), fixed)), value[some]], axis=1)
            able = np.abs(np.linalg.det(a)) > 1e-9
            x = np.linalg.solve(a[able], b[able][:, :, None])[:, :, 0]
            kept = (x @ self.rows.T >= self.least - CORNER).all(axis=1)
            for one in x[kept]:
                key = tuple(np.round(one, 9).tolist())
                if key not in seen:
                    seen.add(key)
                    yield one

    def admitted(self, x: Floats) -> Floats:
        """(S, units)."""
        stays = self.stays(x)
        return np.stack([self.f.counted(np.array(self.beds), each) for each in stays])

    def standing(self, *, building: bool) -> float:
        f = self.f
        beds = float(sum(self.beds))
        return float(f.standing(0) * len(self.opened) + f.problem.finance.bed_dkk_per_year * beds) + (
            f.yearly_building * beds if building else 0.0
        )

    def running(self, x: Floats) -> float:
        return self.standing(building=False) + self.f.stay_cost * float(self.f.chance @ self.admitted(x).sum(axis=1))

    def as_far(self, kept: Floats, over: Floats, budget: float) -> float:
        """How far the budget goes from a corner within it to one beyond."""
        return float(brentq(lambda t: self.running(kept + t * (over - kept)) - budget, 0.0, 1.0, xtol=1e-14))

    def slopes(self, x: Floats) -> Floats:
        """How fast what is admitted grows with the stays, (S, units)."""
        stays = self.stays(x)
        step = 1e-5 * np.maximum(stays, 1e-3)
        one, two = (np.stack([self.f.counted(np.array(self.beds), each) for each in stays + d * step]) for d in (1, 0))
        return np.asarray((one - two) / step)

    def hours(self, x: Floats) -> float:
        each = np.einsum("si,siu,iu->s", self.f.women, x.reshape(self.shape), self.f.hours[:, list(self.opened)])
        return float(self.f.chance @ each)


def every_size(f: Facts) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Every set of sites with every size of its units."""
    for count in range(1, len(f.sites) + 1):
        for opened in itertools.combinations(range(len(f.sites)), count):
            for beds in itertools.product(*(f.sizes[j] for j in opened)):
                yield opened, beds


def least_cost(f: Facts) -> float:
    """Of everything that keeps the promise; infinite where nothing does."""
    best = np.inf
    for opened, beds in every_size(f):
        here = Corners(f, opened, beds)
        # What is admitted is at most everybody: nothing cheaper is here where the rest costs more.
        if here.standing(building=True) < best:
            build = here.standing(building=True) - here.standing(building=False)
            best = min([best, *(here.running(x) + build for x in here.corners())])
    return float(best)


def least_hours(f: Facts, budget: float) -> float:
    """Of everything that keeps the promise and a budget of running costs."""
    best = np.inf
    for opened, beds in every_size(f):
        here = Corners(f, opened, beds)
        if here.standing(building=False) > budget:
            continue
        corners = list(here.corners())
        over = {k: here.running(x) - budget for k, x in enumerate(corners)}
        hours = {k: here.hours(x) for k, x in enumerate(corners)}
        best = min([best, *(hours[k] for k in over if over[k] <= NEAR * budget)])
        for a, b in itertools.permutations(over, 2):
            # From a corner that is kept towards a better one that is not: as far as the budget goes.
            if over[a] <= 0 < over[b] and hours[b] < best:
                t = here.as_far(corners[a], corners[b], budget)
                best = min(best, hours[a] + t * (hours[b] - hours[a]))
    return float(best)


def least_paid(f: Facts, price: float) -> float:
    """Hours and the price of active practice below `least_stays` on average, of everything that keeps the promise.

    What is short is convex in who goes where: tangents from below until they touch (Kelley).
    """
    best = np.inf
    for opened, beds in every_size(f):
        here = Corners(f, opened, beds)
        count, units = len(here.rows[0]), len(opened)
        each = np.einsum("s,si,iu->siu", f.chance, f.women, f.hours[:, list(opened)]).ravel()
        rows, value = [np.concatenate([-row, np.zeros(units)]) for row in here.rows], list(-here.least)
        cost = np.concatenate([each, np.full(units, price)])
        equal = np.concatenate([here.equal, np.zeros((len(here.equal), units))], axis=1)
        for _ in range(60):
            found = linprog(cost, A_ub=np.array(rows), b_ub=value, A_eq=equal, b_eq=np.ones(len(equal)))
            if found.status != 0 or found.fun >= best:
                break
            x = found.x[:count]
            admitted, slopes = f.chance @ here.admitted(x), here.slopes(x)
            short = np.maximum(f.least_stays - admitted, 0.0)
            true = float(each @ x + price * short.sum())
            best = min(best, true)
            if true - found.fun < 1e-9 * max(1.0, true):
                break
            for u in range(units):
                row = np.zeros(count + units)
                row[:count] = -sum(f.chance[s] * slopes[s, u] * here.stays_row(s, u) for s in range(len(f.women)))
                row[count + u] = -1.0
                rows.append(row)
                value.append(float(admitted[u] + row[:count] @ x - f.least_stays))
    return float(best)
