"""Lagrangian bound of facility location, and the sites it opens and closes.

Relaxing "every point is served" with multipliers ``lambda`` leaves one continuous knapsack a site,
filled by the greatest saving ``lambda_i / d_i - c_ij`` first, and a choice of sites::

    L(lambda) = sum_i lambda_i + min { sum_j rho_j y_j : y can hold the demand },
    rho_j     = f_j - (what the knapsack of site j saves)

"y can hold the demand" is kept in two relaxed forms and the better one counts: the capacities may
be filled by a part of a site, or the *number* of sites is at least the fewest that can hold it. The
second closes most of the gap where capacities are alike.

Only sites are fixed by what the bound says. A *share* may be small in an optimal solution, so
closing pairs by their reduced costs would give wrong optima.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.engines.exact.climb import Climb, Steps
from capacity.engines.exact.facility_instance import Instance
from capacity.engines.exact.linear import Bools, Doubles, Indices
from capacity.engines.exact.tolerances import AIM, FIXED, SUMS


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A part of the problem: `sites` may be open, those marked `forced` must be.

    Attributes
    ----------
    bound : float
        No solution in this part costs less.
    sites : ndarray of int, (k,)
    forced : ndarray of bool, (k,)
    lam : ndarray, (n,)
        Multipliers to start from.
    """

    bound: float
    sites: Indices
    forced: Bools
    lam: Doubles

    def opening(self, place: int, bound: float) -> Node:
        """The part in which the site at `place` must be open."""
        forced = self.forced.copy()
        forced[place] = True
        return Node(bound=max(bound, self.bound), sites=self.sites, forced=forced, lam=self.lam)

    def closing(self, place: int, bound: float) -> Node:
        """The part in which the site at `place` stays closed."""
        stay = np.arange(len(self.sites)) != place
        return Node(bound=max(bound, self.bound), sites=self.sites[stay], forced=self.forced[stay], lam=self.lam)


class Knapsacks:
    """What each site would serve at given multipliers.

    Attributes
    ----------
    saved : ndarray, (k,)
        Most that each site can save: ``max sum_i (lambda_i - d_i c_ij) x_ij`` within its capacity.
    """

    def __init__(self, cost: Doubles, demand: Doubles, capacity: Doubles | None, lam: Doubles) -> None:
        self._demand = demand
        saving = np.subtract(lam / demand, cost)
        np.maximum(saving, 0.0, out=saving)
        self._order: Indices | None = None
        if capacity is None:
            self.saved: Doubles = np.einsum("ji,i->j", saving, demand)
            self._amounts = saving
            return
        np.negative(saving, out=saving)
        order = np.argsort(saving, axis=1)
        amounts = demand.take(order)
        room = np.cumsum(amounts, axis=1)
        np.subtract(capacity[:, None], room, out=room)
        room += amounts
        np.minimum(amounts, np.maximum(room, 0.0, out=room), out=amounts)
        saving = saving.ravel().take(order + np.arange(0, saving.size, len(demand))[:, None])
        amounts *= saving < 0.0
        self.saved = -np.einsum("ji,ji->j", amounts, saving)
        self._order, self._amounts = order, amounts

    def served(self, opened: Doubles) -> Doubles:
        """Share of each point that the sites in `opened` (k,) would serve together, (n,)."""
        sites = np.flatnonzero(opened > 0.0)
        if self._order is None:
            counts: Doubles = opened[sites] @ (self._amounts[sites] > 0.0)
            return counts
        amounts = self._amounts[sites] * opened[sites, None]
        total = np.bincount(self._order[sites].ravel(), amounts.ravel(), minlength=len(self._demand))
        shares: Doubles = total / self._demand
        return shares


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """The cheapest choice of sites that can hold the demand, relaxed.

    Attributes
    ----------
    cost : float
        ``sum_j rho_j y_j``.
    opened : ndarray, (k,)
        ``y``, in parts where a part of a site is enough.
    flip : ndarray, (k,)
        By how much at least `cost` rises when one site is decided the other way.
    priced : ndarray, (k,)
        Reduced costs less the price of what a site holds. However many sites are decided the other
        way, `cost` rises by the sum of the absolute values of theirs at least.
    """

    cost: float
    opened: Doubles
    flip: Doubles
    priced: Doubles

    def only(self, stay: Bools) -> Choice:
        """The choice without the sites that do not stay."""
        return Choice(cost=self.cost, opened=self.opened[stay], flip=self.flip[stay], priced=self.priced[stay])


def _impossible(opened: Doubles) -> Choice:
    nothing = np.zeros(len(opened))
    return Choice(cost=np.inf, opened=opened, flip=nothing, priced=nothing)


def cheapest_choice(rho: Doubles, forced: Bools, capacity: Doubles, demand: float, fewest: int | None = None) -> Choice:
    """Choose sites at reduced costs `rho` that can hold `demand`, those in `forced` among them.

    `fewest` spares the count of `fewest_more` where it is known.
    """
    counted = _by_number(rho, forced, fewest_more(forced, capacity, demand) if fewest is None else fewest)
    if capacity.size == 0 or capacity.min() == capacity.max():
        return counted
    filled = _by_capacity(rho, forced, capacity, demand)
    return counted if counted.cost >= filled.cost else filled


def fewest_more(forced: Bools, capacity: Doubles, demand: float) -> int:
    """Number of sites beside `forced` that hold the demand, the largest first; more than there are if none do."""
    missing = demand * (1.0 - SUMS) - capacity[forced].sum()
    if missing <= 0.0:
        return 0
    return int(np.searchsorted(np.cumsum(np.sort(capacity[~forced])[::-1]), missing)) + 1


def _by_number(rho: Doubles, forced: Bools, fewest: int) -> Choice:
    """Choose at least `fewest` sites that are not forced."""
    free = np.flatnonzero(~forced)
    if fewest > len(free):
        return _impossible(forced.astype(np.float64))
    order = free[np.argsort(rho[free], kind="stable")]
    number = max(fewest, int(np.count_nonzero(rho[free] < 0.0)))
    chosen, others = order[:number], order[number:]
    opened = forced.astype(np.float64)
    opened[chosen] = 1.0
    last = following = 0.0
    if number == fewest and number:
        last = max(float(rho[chosen[-1]]), 0.0)
        following = float(rho[others[0]]) if len(others) else np.inf
    flip = np.full(len(rho), np.inf)
    flip[others] = rho[others] - last
    flip[chosen] = following - rho[chosen]
    price = (last + following) / 2.0 if np.isfinite(following) else last
    return Choice(cost=float(rho @ opened), opened=opened, flip=flip, priced=rho - price)


def _by_capacity(rho: Doubles, forced: Bools, capacity: Doubles, demand: float) -> Choice:
    """Choose enough capacity, the last site in part."""
    opened = (forced | (rho < 0.0)).astype(np.float64)
    missing = demand * (1.0 - SUMS) - float(capacity @ opened)
    price = 0.0
    if missing > 0.0:
        closed = np.flatnonzero((opened == 0.0) & (capacity > 0.0))
        closed = closed[np.argsort(rho[closed] / capacity[closed], kind="stable")]
        held = np.cumsum(capacity[closed])
        last = int(np.searchsorted(held, missing))
        if last >= len(closed):
            return _impossible(opened)
        opened[closed[:last]] = 1.0
        before = held[last] - capacity[closed[last]]
        opened[closed[last]] = (missing - before) / capacity[closed[last]]
        price = float(rho[closed[last]] / capacity[closed[last]])
    priced = rho - price * capacity
    flip = np.abs(priced)
    flip[(opened > 0.0) & (opened < 1.0)] = 0.0
    flip[forced] = np.inf
    return Choice(cost=float(rho @ opened), opened=opened, flip=flip, priced=priced)


class Ascent:
    """Ascent of the bound of one node; its list of sites shrinks as the bound rises.

    Attributes
    ----------
    sites, forced : ndarray, (k,)
        What is still undecided, and what must be open.
    bound : float
        Proven bound of the node.
    rho : ndarray, (k,)
        Reduced costs of `sites` at the best multipliers.
    choice : Choice
        The relaxed choice of sites at the best multipliers.
    slack : float
        What rounding may have added to a bound made of them.
    opened : ndarray of bool, (k,)
        The relaxed choice at the last multipliers.
    share : ndarray, (k,)
        How much of each site was open of late: an estimate of its value in the linear relaxation.
    done : bool
        The bound has reached the cutoff, or the steps have become too small.
    """

    def __init__(self, instance: Instance, node: Node, *, cutoff: float, target: float, steps: Steps) -> None:
        self._instance, self._need, self._bounded = instance, instance.need, instance.bounded
        self.sites, self.forced = node.sites, node.forced
        self._cost = instance.cost[node.sites]
        self._count()
        self.bound = node.bound
        self.cutoff = cutoff
        self.target = target
        self._climb = Climb(node.lam, steps)
        self.share: Doubles = node.forced.astype(np.float64)
        self.slack = 0.0
        self.done = False

    def _count(self) -> None:
        """What the sites hold and cost, and how many are needed beside those forced."""
        instance = self._instance
        self._fixed, self._capacity = instance.fixed[self.sites], instance.capacity[self.sites]
        self._room = instance.room[self.sites] if self._bounded else None
        self._fewest = fewest_more(self.forced, self._capacity, self._need)

    @property
    def lam(self) -> Doubles:
        """The best multipliers."""
        return np.asarray(self._climb.best, dtype=np.float64)

    @property
    def relaxed(self) -> float:
        """The best Lagrangian value."""
        return self._climb.value

    @property
    def pruned(self) -> bool:
        """Whether the bound rules the node out."""
        return self.bound >= self.cutoff

    def run(self, steps: int) -> None:
        """Take up to so many steps."""
        for _ in range(steps):
            if self.done:
                return
            self._step()

    def _step(self) -> None:
        instance, climb = self._instance, self._climb
        lam = np.asarray(climb.trial, dtype=np.float64)
        total = float(lam.sum())
        knapsacks = Knapsacks(self._cost, instance.demand, self._room, lam)
        rho = self._fixed - knapsacks.saved
        choice = cheapest_choice(rho, self.forced, self._capacity, self._need, self._fewest)
        value = total + choice.cost
        self.opened = choice.opened > 0.0
        if value == np.inf:
            self.bound, self.done = np.inf, True
            return
        better = climb.learn(value, 1.0 - knapsacks.served(choice.opened))
        self.share += climb.weight * (choice.opened - self.share)
        if better:
            self.rho, self.choice = rho, choice
            self.slack = SUMS * (abs(total) + float(np.abs(lam).sum()))
            self.bound = max(self.bound, value - self.slack)
            if self.pruned:
                self.done = True
                return
            self._fix()
        climb.move(max(self.target, climb.value + AIM * abs(self.target)))
        self.done = climb.done

    def _fix(self) -> None:
        """Close and open the sites that cannot be decided otherwise by anything better."""
        otherwise = self.relaxed + self.choice.flip * (1.0 - FIXED) - 2.0 * self.slack
        decided = otherwise > self.cutoff + FIXED * abs(self.cutoff)
        if not decided.any():
            return
        opened = self.choice.opened == 1.0
        newly = decided & opened & ~self.forced
        self.forced = self.forced | newly
        stay = ~decided | opened
        if stay.all():
            if newly.any():
                self._count()
            return
        self.sites, self.forced, self._cost = self.sites[stay], self.forced[stay], self._cost[stay]
        self.share, self.opened, self.rho = self.share[stay], self.opened[stay], self.rho[stay]
        self.choice = self.choice.only(stay)
        self._count()

    def result(self) -> Node:
        """The node with what the ascent has learnt."""
        return Node(bound=self.bound, sites=self.sites, forced=self.forced, lam=self.lam)
