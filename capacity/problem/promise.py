"""Beds: how many stays a year a unit carries under a service promise.

Offered load ``a = stays x mean_days / 365`` (Erlang). All functions take arrays and broadcast.

References
----------
A. K. Erlang 1917, "Solution of some problems in the theory of probabilities of significance in
automatic telephone exchanges"; the loss formula holds for any distribution of the stay
(Sevastyanov 1957). Recursions as in Cooper, "Introduction to Queueing Theory", 1981.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.arrays import floats
from capacity.errors import DataError, Finding
from capacity.problem.calls import told, told_when_made
from capacity.tolerances import FULL_OCCUPANCY, NEAR_ROOT, SUMS

DAYS_PER_YEAR = 365.0
KINDS = ("loss", "wait", "occupancy")
MOST_DOUBT = 1.0
"""Largest coefficient of variation of the load: beyond it a mean says next to nothing."""
ALWAYS = 100
"""Beds of one unit up to which what they carry is always worked out."""
AT_ONCE = 50
"""Further numbers of beds worked out together."""
FEW, FEW_STEPS = 20, 3_000
"""Numbers of beds, and beds in all of them, up to which plain Python is quicker than steps of arrays."""

ALL_STEPS = 60_000
"""Numbers of beds x steps up to which every step is taken for all of them."""

LOADS_AT_ONCE, SIZES_AT_ONCE = 8_000, 16
"""Loads, and numbers of beds, of which it is worked out together what is lost."""

NOWHERE = np.uint8(255)
"""Of numbers of beds looked at together: none of them."""

GUESSES = 9
"""Steps towards the highest load a number of beds carries, before it is closed in on to the last bit."""

DOUBT_NODES = 200
"""Loads looked at where the load is in doubt: shares are then right to 1e-9 (losses to 1e-7 where the
coefficient is above a half)."""
MOST_DOUBLINGS = 40
"""Doublings of a number of stays in search of one of which enough are admitted."""
Floats = npt.NDArray[np.float64]


@told_when_made
@dataclass(frozen=True, kw_only=True)
class Promise:
    """What a woman who needs a stay is promised.

    Attributes
    ----------
    kind : {"loss", "wait", "occupancy"}
        ``loss``: at most `turned_away` find every bed taken (Erlang B). ``wait``: at most
        `wait_probability` wait longer than `wait_days` (Erlang C). ``occupancy``: offered load
        per bed at most `occupancy`, the rule most plans use.
    turned_away, wait_probability, occupancy : float
        Shares.
    wait_days : float
        Days.
    demand_cv : float
        Doubt about the mean number of stays itself, as a coefficient of variation (gamma). The
        shares are then those of the predictive distribution, a gamma-Poisson mixture; 0 takes the
        mean as known. An ``occupancy`` promise speaks of the mean load and takes no notice.
    """

    kind: str = "loss"
    turned_away: float = 0.05
    wait_days: float = 7.0
    wait_probability: float = 0.05
    occupancy: float = 0.85
    demand_cv: float = 0.0

    def __post_init__(self) -> None:
        faults = []
        if not _is_number(self.demand_cv) or not 0 <= self.demand_cv <= MOST_DOUBT:
            faults.append(_fault("demand_cv", self.demand_cv, f"a number from 0 to {MOST_DOUBT:g}"))
        if self.kind not in KINDS:
            faults.append(_fault("kind", self.kind, f"one of {', '.join(KINDS)}"))
        for name in ("turned_away", "wait_probability", "occupancy"):
            share = getattr(self, name)
            if not _is_number(share) or not 0 < share < (1 + (name == "occupancy") * FULL_OCCUPANCY):
                faults.append(_fault(name, share, "a share above 0 and below 1"))
        if not _is_number(self.wait_days) or self.wait_days < 0:
            faults.append(_fault("wait_days", self.wait_days, "a number of days, not negative"))
        if faults:
            raise DataError(faults)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _fault(column: str, value: Any, rule: str) -> Finding:
    return Finding(table="promise", column=column, value=str(value), rule=rule, remedy="Correct the setting.")


def offered_load(stays: npt.ArrayLike, mean_days: float) -> Floats:
    """Mean number of beds the stays would fill if none were turned away."""
    return np.asarray(stays, dtype=float) * mean_days / DAYS_PER_YEAR


def erlang_b(beds: npt.ArrayLike, load: npt.ArrayLike) -> Floats:
    """Share of women who find every bed taken, when the turned-away go elsewhere.

    Parameters
    ----------
    beds : array of int, not negative
    load : array of float, not negative
        Offered load, beds.

    Notes
    -----
    ``B(0) = 1``, ``B(k) = a B(k-1) / (k + a B(k-1))``: every step is a ratio of positive numbers,
    so it is stable for thousands of beds.
    """
    k, a = np.broadcast_arrays(np.asarray(beds, dtype=np.int64), np.asarray(load, dtype=float))
    flat = k.ravel()
    if len(flat) < FEW and flat.sum() < FEW_STEPS:
        each = [_one_of_erlang_b(*one) for one in zip(flat.tolist(), a.ravel().tolist(), strict=True)]
        return np.array(each, dtype=float).reshape(k.shape)
    most = int(flat.max(initial=0))
    if len(flat) * (most + 1) <= ALL_STEPS:
        return _by_all_steps(flat, a.ravel(), most).reshape(k.shape)
    order = np.argsort(flat, kind="stable")
    flat, left = flat[order], a.ravel()[order]
    # Fewest beds first: what has all its beds is done, and no step is taken for it any more.
    lost, met = np.ones(flat.shape), np.empty(flat.shape)
    ends = np.searchsorted(flat, np.arange(int(flat[-1]) + 1 if len(flat) else 0), side="right")
    result, start = np.empty(flat.shape), 0
    for step, end in enumerate(ends.tolist()):
        if step:
            np.multiply(left, lost, out=met)
            np.add(met, step, out=lost)
            np.divide(met, lost, out=lost)
        if end > start:
            result[order[start:end]] = lost[: end - start]
            lost, left, met, start = lost[end - start :], left[end - start :], met[end - start :], end
    return result.reshape(k.shape)


def _by_all_steps(beds: npt.NDArray[np.int64], load: Floats, most: int) -> Floats:
    """The same, every step taken for all of them and kept: for a few, quicker than to leave out who is done."""
    lost = _further_steps(load, np.ones(len(beds)), 0, most + 1)
    return np.asarray(lost[beds, np.arange(len(beds))])


def _one_of_erlang_b(beds: int, load: float) -> float:
    lost = 1.0
    for step in range(1, beds + 1):
        met = load * lost
        lost = met / (step + met)
    return lost


def erlang_c(beds: npt.ArrayLike, load: npt.ArrayLike) -> Floats:
    """Chance of having to wait when everybody waits for a bed; 1 where the load fills the beds."""
    k, a = np.broadcast_arrays(np.asarray(beds, dtype=float), np.asarray(load, dtype=float))
    lost = erlang_b(k.astype(np.int64), a)
    free = np.where(a < k, k - a * (1 - lost), 1.0)
    return np.asarray(np.where(a < k, k * lost / free, 1.0))


def wait_exceeds(beds: npt.ArrayLike, load: npt.ArrayLike, wait_days: float, mean_days: float) -> Floats:
    """Chance of waiting longer than `wait_days`: C exp(-(k - a) T / L)."""
    k, a = np.broadcast_arrays(np.asarray(beds, dtype=float), np.asarray(load, dtype=float))
    spare = np.maximum(k - a, 0.0)
    return np.asarray(erlang_c(k, a) * np.exp(-spare * wait_days / mean_days))


# --- when the load itself is uncertain ---------------------------------------------------------


@lru_cache(maxsize=64)
def loads_in_doubt(cv: float) -> tuple[Floats, Floats]:
    """Loads relative to their mean, and the share of women each brings, (DOUBT_NODES,) each.

    A load with the gamma density brings women in proportion to itself, so that the load a woman
    meets is gamma-distributed with a shape larger by one (Gelman et al. 2013, "Bayesian Data
    Analysis", section 2.6; Gauss-Legendre as far as nine standard deviations and more).
    """
    shape = 1 / cv**2
    low, high = _reach_of_doubt(cv)
    node, size = _nodes()
    factor = low + (node + 1) / 2 * (high - low)
    log_density = shape * np.log(factor) - factor * shape
    density = size * np.exp(log_density - log_density.max())
    # Rounding of the rule is taken out of the mean, which is known: 1 + cv^2, women-weighted.
    weight = density / density.sum()
    factor = factor * (1 + cv**2) / (factor @ weight)
    factor.setflags(write=False)
    weight.setflags(write=False)
    return factor, weight


@lru_cache(maxsize=1)
def _nodes() -> tuple[Floats, Floats]:
    """Gauss-Legendre on -1..1."""
    return np.polynomial.legendre.leggauss(DOUBT_NODES)


def _reach_of_doubt(cv: float) -> tuple[float, float]:
    """Least and largest load that counts, relative to the mean."""
    return max(0.0, 1 - 9 * cv), 1 + 9 * cv + 20 * cv**2


def _predicted(
    share: Callable[[Floats, Floats], Floats], beds: npt.ArrayLike, load: npt.ArrayLike, cv: float
) -> Floats:
    """Share of all women something happens to, the load having the given mean and doubt."""
    k, a = np.broadcast_arrays(np.asarray(beds, dtype=float), np.asarray(load, dtype=float))
    if cv == 0:
        return share(k, a)
    factor, weight = loads_in_doubt(cv)
    return np.asarray(share(k[..., None], a[..., None] * factor) @ weight)


def _predicted_wait(
    share: Callable[[Floats, Floats], Floats], beds: npt.ArrayLike, load: npt.ArrayLike, cv: float
) -> Floats:
    """As `_predicted`, of a share that is one wherever the load fills the beds, and bends there.

    The bend is where the quadrature ends; what lies beyond it is known.
    """
    k, a = np.broadcast_arrays(np.asarray(beds, dtype=float), np.asarray(load, dtype=float))
    if cv == 0:
        return np.asarray(np.where(a < k, share(k, a), 1.0))
    from scipy.special import gammaincc, gammaln

    # What a woman meets, relative to the mean: gamma with a shape larger by one (see `loads_in_doubt`).
    shape = 1 / cv**2
    full = np.where(a > 0, k / np.where(a > 0, a, 1.0), np.where(k > 0, np.inf, 0.0))
    low, high = _reach_of_doubt(cv)
    top = np.clip(full, low, high)[..., None]
    node, size = _nodes()
    factor = low + (node + 1) / 2 * (top - low)
    with np.errstate(divide="ignore"):
        log_density = shape * np.log(factor * shape) - factor * shape + np.log(shape) - gammaln(shape + 1)
    below = share(k[..., None], a[..., None] * factor) * np.exp(log_density) @ size * (top[..., 0] - low) / 2
    return np.asarray(np.minimum(below + gammaincc(shape + 1, shape * full), 1.0))


def turned_away(promise: Promise, beds: npt.ArrayLike, load: npt.ArrayLike) -> Floats:
    """Share of women who find every bed taken, the load being known (Erlang B) or in doubt."""
    return _predicted(lambda k, a: erlang_b(k.astype(np.int64), a), beds, load, promise.demand_cv)


def waiting(promise: Promise, beds: npt.ArrayLike, load: npt.ArrayLike) -> Floats:
    """Chance of having to wait, if everybody waits, the load being known (Erlang C) or in doubt."""
    return _predicted_wait(erlang_c, beds, load, promise.demand_cv)


def late(promise: Promise, beds: npt.ArrayLike, load: npt.ArrayLike, mean_days: float) -> Floats:
    """Chance of waiting longer than the promise's days, the load being known or in doubt.

    Under a load that fills the beds the queue grows for ever: everybody is late.
    """

    def share(k: Floats, a: Floats) -> Floats:
        return wait_exceeds(k, a, promise.wait_days, mean_days)

    return _predicted_wait(share, beds, load, promise.demand_cv)


def admitted_stays(promise: Promise, beds: npt.ArrayLike, stays: npt.ArrayLike, mean_days: float) -> Floats:
    """Stays a year of those who find a bed free: under a loss promise ``x (1 - B)``, otherwise all.

    Concave in the stays, and more with more beds.
    """
    asked = np.asarray(stays, dtype=float)
    if promise.kind != "loss":
        return np.asarray(np.broadcast_arrays(asked, np.asarray(beds))[0])
    return np.asarray(asked * (1 - turned_away(promise, beds, offered_load(asked, mean_days))))


@lru_cache(maxsize=1024)
def enough_beds(promise: Promise, stays: float, mean_days: float, largest: int) -> int:
    """Beds of one unit from which on more admit nobody more of so many stays a year: 1, 2, 4, ..., the largest."""
    beds = 1
    while beds < largest and admitted_stays(promise, beds, stays, mean_days) < stays * (1 - SUMS):
        beds = 2 * beds
    return min(beds, largest)


def fewest_that_admit(
    promise: Promise,
    stays: Floats,
    admitted: Floats,
    fewest: npt.NDArray[np.int64],
    most: npt.NDArray[np.int64],
    mean_days: float,
    loss: bool = True,
) -> npt.NDArray[np.int64]:
    """Fewest beds, of those that each unit may have, that admit so many of its stays a year; -1 where none do, (N,).

    One recursion tells of a load what every number of beds loses of it.

    Parameters
    ----------
    promise : Promise
    stays, fewest, most : ndarray (N,)
    admitted : ndarray (K,)
        What 0, 1, ... beds must admit; inf where these will not do.
    mean_days : float
    loss : bool
        Whether who finds every bed taken goes elsewhere; otherwise all are admitted.
    """
    factor, weight = loads_in_doubt(promise.demand_cv) if loss and promise.demand_cv else (np.ones(1), None)
    found = np.full(len(stays), -1, dtype=np.int64)
    units, places = max(1, LOADS_AT_ONCE // len(factor)), np.arange(SIZES_AT_ONCE, dtype=np.uint8)[:, None]
    for part in range(0, len(stays), units):
        left = np.arange(part, min(part + units, len(stays)))
        load = offered_load(stays[left], mean_days)[:, None] * factor
        lost = np.ones(load.shape)
        for first in range(0, len(admitted), SIZES_AT_ONCE):
            sizes = np.arange(first, min(first + SIZES_AT_ONCE, len(admitted)))
            if loss:
                steps = _further_steps(load, lost, first, len(sizes))
                lost = steps[-1]
                share = steps[:, :, 0] if weight is None else steps @ weight
            else:
                share = np.zeros((len(sizes), len(left)))
            enough = stays[left] * (1 - share) >= admitted[sizes, None]
            enough &= (sizes[:, None] >= fewest[left]) & (sizes[:, None] <= most[left])
            place = np.where(enough, places[: len(sizes)], NOWHERE).min(axis=0)
            some = place < NOWHERE
            found[left[some]] = first + place[some]
            on = ~some & (most[left] > sizes[-1])
            if not on.any():
                break
            left, load, lost = left[on], load[on], lost[on]
    return found


def _further_steps(load: Floats, lost: Floats, first: int, count: int) -> Floats:
    """What so many numbers of beds lose, from the first on; `lost` is what one bed fewer than it does, (count, ...)."""
    steps, met = np.empty((count, *load.shape)), np.empty(load.shape)
    for beds in range(first, first + count):
        now = steps[beds - first]
        if beds == 0:
            now[...] = 1.0
        else:
            np.multiply(load, lost, met)
            np.add(met, float(beds), now)
            np.divide(met, now, now)
        lost = now
    return steps


def stays_for_admitted(promise: Promise, beds: npt.ArrayLike, admitted: npt.ArrayLike, mean_days: float) -> Floats:
    """Fewest stays a year of which so many are admitted; inf where the beds hold no so many, whoever comes.

    Bisection to the last bit, from above: so many are admitted of the stays returned.
    """
    k, wanted = np.broadcast_arrays(np.asarray(beds, dtype=float), np.asarray(admitted, dtype=float))
    if promise.kind != "loss":
        return np.asarray(wanted)
    # A rule asks the same of every block of sets.
    found = _stays_for_admitted(promise, tuple(k.ravel().tolist()), tuple(wanted.ravel().tolist()), mean_days)
    return found.reshape(k.shape)


def _near_stays(promise: Promise, beds: Floats, admitted: Floats, mean_days: float) -> Floats:
    """Stays a year of which about so many are admitted, by Newton's steps.

    What is admitted is concave in the stays: from below every step ends below. With the load ``a`` it grows by
    ``1 - B - B (k - a (1 - B))`` a stay.
    """
    factor, weight = loads_in_doubt(promise.demand_cv) if promise.demand_cv else (np.ones(1), np.ones(1))
    k, stays = beds[:, None], admitted.copy()
    for _ in range(2 * GUESSES):
        load = offered_load(stays, mean_days)[:, None] * factor
        lost = erlang_b(k.astype(np.int64), load)
        of_one_more = (lost + lost * (k - load * (1 - lost))) @ weight
        step = (admitted - stays * (1 - lost @ weight)) / np.maximum(1 - of_one_more, SUMS)
        stays = stays + step
        if (np.abs(step) <= SUMS * stays).all():
            break
    return stays


@lru_cache(maxsize=256)
def _stays_for_admitted(
    promise: Promise, beds: tuple[float, ...], admitted: tuple[float, ...], mean_days: float
) -> Floats:
    k, wanted = np.array(beds), np.array(admitted)
    possible = wanted < k * DAYS_PER_YEAR / mean_days * (1 - SUMS)
    target = np.where(possible, wanted, 0.0)
    # Of no fewer stays than are admitted.
    low, high = target, np.maximum(target, SUMS)
    asked = target > 0
    near = _near_stays(promise, k, target, mean_days)
    for room in NEAR_ROOT:
        below, above = near * (1 - room), near * (1 + room)
        under = (below <= low) | (admitted_stays(promise, k, below, mean_days) < target)
        low = np.where(under, np.maximum(below, low), low)
        over = (above > high) & (admitted_stays(promise, k, above, mean_days) >= target)
        high = np.where(over & (high <= target), above, high)
        if (under & over)[asked].all():
            break
    for _ in range(MOST_DOUBLINGS):
        short = admitted_stays(promise, k, high, mean_days) < target
        if not short.any():
            break
        high = np.where(short, 2 * high, high)
    possible &= ~short
    # Of none there is nothing to close in on.
    low = np.where(asked & possible, low, high)
    for _ in range(64):
        middle = (low + high) / 2
        if ((middle == low) | (middle == high)).all():
            break
        enough = admitted_stays(promise, k, middle, mean_days) >= target
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return floats(np.where(possible, np.where(target > 0, high, 0.0), np.inf))


def _kept(promise: Promise, beds: Floats, load: Floats, mean_days: float) -> npt.NDArray[np.bool_]:
    limit = promise.turned_away if promise.kind == "loss" else promise.wait_probability
    kept = _missed(promise, beds, load, mean_days) <= limit
    return np.asarray(kept if promise.kind == "loss" else (load < beds) & kept)


def _missed(promise: Promise, beds: Floats, load: Floats, mean_days: float) -> Floats:
    """The share that the promise limits."""
    if promise.kind == "loss":
        return turned_away(promise, beds, load)
    return late(promise, beds, load, mean_days)


def greatest_load(promise: Promise, beds: npt.ArrayLike, mean_days: float) -> Floats:
    """Highest offered load that each number of beds carries under the promise.

    Bisection to the last bit, from below: the promise holds at the load returned. Where the load is known nearly,
    only what lies close to it is tried.
    """
    k = np.asarray(beds, dtype=float)
    if promise.kind == "occupancy":
        return np.asarray(promise.occupancy * k)
    low, high = np.zeros(k.shape), k / (1 - promise.turned_away) + 1.0
    carried, refused = _around(promise, k, mean_days)
    for _ in range(64):
        middle = (low + high) / 2
        kept = (middle <= carried) | (middle == low)
        asked = ~kept & (middle < refused) & (middle < high)
        if asked.any():
            # Of no beds all is known: what need not be asked takes no time.
            kept |= asked & _kept(promise, np.where(asked, k, 0.0), middle, mean_days)
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    return np.asarray(low)


def _around(promise: Promise, beds: Floats, mean_days: float) -> tuple[Floats, Floats]:
    """Loads close to the highest that was asked for: each carried, and each not; 0 and infinite where none is known.

    More load keeps no promise that less does not: what lies beyond either needs no trial. The highest is looked for
    where the logarithm of the share, which is nearly straight in that of the load, meets the limit.
    """
    limit = promise.turned_away if promise.kind == "loss" else promise.wait_probability
    carried, refused = np.zeros(beds.shape), np.where(beds > 0, np.inf, 0.0)
    with np.errstate(all="ignore"):
        last, now = np.log(0.7 * beds), np.log(0.9 * beds)
        before = np.log(_missed(promise, beds, np.exp(last), mean_days) / limit)
        for _ in range(GUESSES):
            there = np.log(_missed(promise, beds, np.exp(now), mean_days) / limit)
            slope = (there - before) / (now - last)
            step = np.where(np.isfinite(slope) & (slope > 0), -there / slope, 0.0)
            last, before, now = now, there, now + np.clip(step, -2.0, 2.0)
            if (np.abs(step) < NEAR_ROOT[0]).all():
                break
        guess = np.exp(now)
    for room in NEAR_ROOT:
        unknown = (beds > 0) & ((carried == 0) | np.isinf(refused)) & np.isfinite(guess)
        if not unknown.any():
            break
        below, above = guess * (1 - room), guess * (1 + room)
        asked = np.where(unknown, beds, 0.0)
        carried = np.where(unknown & _kept(promise, asked, below, mean_days), below, carried)
        refused = np.where(unknown & ~_kept(promise, asked, above, mean_days), above, refused)
    return carried, refused


@lru_cache(maxsize=256)
def _loads_between(promise: Promise, first: int, last: int, mean_days: float) -> Floats:
    loads = greatest_load(promise, np.arange(first, last + 1), mean_days)
    loads.setflags(write=False)
    return loads


def stays_by_beds(promise: Promise, largest: int, mean_days: float, enough: float = math.inf) -> Floats:
    """A_k for k = 0..largest, (largest + 1,); remembered, for what-ifs ask it again and again.

    Parameters
    ----------
    promise : Promise
    largest : int
    mean_days : float
    enough : float
        Stays a year of everybody: above `ALWAYS` beds, those that carry more are told to carry what the first of
        them does. No unit has more women, so that nothing is lost.
    """
    # Only waiting depends on the mean stay; the loads of the others serve every mean stay.
    key = mean_days if promise.kind == "wait" else 1.0
    last = min(largest, ALWAYS)
    parts = [_loads_between(promise, 0, last, key)]
    while last < largest and parts[-1][-1] * DAYS_PER_YEAR / mean_days < enough:
        first, last = last + 1, min(largest, last + AT_ONCE)
        parts.append(_loads_between(promise, first, last, key))
    loads = np.concatenate([*parts, np.full(largest - last, parts[-1][-1])])
    return np.asarray(loads * DAYS_PER_YEAR / mean_days)


@told
def greatest_stays(promise: Promise, beds: npt.ArrayLike, mean_days: float) -> Floats:
    """A_k: greatest number of stays a year that k beds carry under the promise."""
    return greatest_load(promise, beds, mean_days) * DAYS_PER_YEAR / mean_days


@told
def smallest_beds(promise: Promise, stays: float, mean_days: float, largest: int) -> int | None:
    """Fewest beds that carry the stays; None where more than `largest` would be needed."""
    carried = stays_by_beds(promise, largest, mean_days)
    enough = np.flatnonzero(carried >= stays * (1 - SUMS))
    return int(enough[0]) if len(enough) else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Use:
    """How a unit is used, by scenario, (S,) each.

    Attributes
    ----------
    occupancy : ndarray
        Mean share of beds taken. Under a loss promise those of the women admitted at once
        (``a (1 - B) / k``); under the others the offered load per bed.
    turned_away : ndarray
        Share who find every bed taken (Erlang B).
    waiting : ndarray
        Chance of waiting, if everybody waited (Erlang C).
    late : ndarray
        Chance of waiting longer than the promise's days.

    Where the promise has doubt (`Promise.demand_cv`) all are of the predictive distribution.
    """

    occupancy: Floats
    turned_away: Floats
    waiting: Floats
    late: Floats


@told
def use_of_unit(promise: Promise, beds: int, stays: npt.ArrayLike, mean_days: float) -> Use:
    """Occupancy, share turned away and chances of waiting of a unit, for each number of stays."""
    load = offered_load(stays, mean_days)
    lost = turned_away(promise, beds, load)
    carried = load * (1 - lost) if promise.kind == "loss" else load
    return Use(
        occupancy=np.asarray(carried / beds if beds else np.zeros(load.shape)),
        turned_away=lost,
        waiting=waiting(promise, beds, load),
        late=late(promise, beds, load, mean_days),
    )
