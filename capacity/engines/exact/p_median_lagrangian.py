"""Lagrangian bound of the p-median problem, and the sites it rules in or out.

Relaxing "every point has one site" with multipliers ``lambda`` leaves a problem solved by looking::

    L(lambda) = sum_i lambda_i + sum of the p smallest rho_j,
    rho_j     = sum_i min(0, c_ij - lambda_i) = sum_i min(c_ij, lambda_i) - sum_i lambda_i

Sites that are known to be open leave the matrix. What remains of them is ``cap_i``, the cost to the
nearest of them, and the condition ``lambda_i <= cap_i``: above it the multiplier gains nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.climb import Climb, Steps
from capacity.engines.exact.p_median_costs import Doubles, Floats, Indices
from capacity.engines.exact.p_median_lists import Costs

WORTH_SHRINKING = 0.9
"""The matrix is copied when at most this part of its sites survives."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A part of the problem: some sites open, some closed, `p` to choose from `columns`.

    Attributes
    ----------
    bound : float
        No solution in this part costs less, in units of ``Instance.C``.
    opened, columns : ndarray of int
        Rows of ``Instance.C`` that are open, and that are still free.
    p : int
        Number of free sites still to open.
    cap : ndarray, (n,)
        Cost to the nearest open site.
    lam : ndarray, (n,)
        Multipliers, at most `cap`.
    """

    bound: float
    opened: Indices
    columns: Indices
    p: int
    cap: Floats
    lam: Floats

    def opening(self, site: int, costs: Floats) -> Node:
        """The part in which row `site` of C, with these costs, is open as well."""
        cap = np.minimum(self.cap, costs)
        return replace(
            self,
            opened=np.append(self.opened, site),
            columns=self.columns[self.columns != site],
            p=self.p - 1,
            cap=cap,
            lam=np.minimum(self.lam, cap),
        )

    def closing(self, site: int) -> Node:
        """The part in which row `site` of C is closed."""
        return replace(self, columns=self.columns[self.columns != site])


class Ascent:
    """Ascent of the bound of one node, with a matrix that shrinks as the bound rises.

    Steps are taken with sums in the precision of the matrix. Whatever is concluded (`bound`,
    sites opened or closed) is computed from sums in double precision of a matrix that is never
    above the true costs, so that it holds for the true costs.

    Parameters
    ----------
    C, node, cutoff, target
        See the attributes.
    steps : Steps
        How the multipliers move.
    units : ndarray, (n,), optional
        What the multiplier of each point is counted in; see `Climb`.

    Attributes
    ----------
    C : Costs, (k, n)
        Costs of the free sites.
    node : Node
        The part of the problem, as far as it is known.
    bound : float
        Proven bound of the node.
    excluded : float
        Proven bound of the solutions that opening and closing sites has left out.
    done : bool
        Nothing below the cutoff is left, or no choice is left, or the steps have become too small.
    chosen : ndarray of int
        Positions in `C` of the p sites of the last relaxed solution.
    share : ndarray, (k,)
        How often, of late, each site was among the relaxed solution: an estimate of its value in
        the linear relaxation.
    rho : ndarray, (k,)
        Reduced costs of the sites at `lam`, certified by `certify`.
    slack : float
        What rounding may have added to a bound made of them.
    """

    def __init__(
        self, C: Costs, node: Node, *, cutoff: float, target: float, steps: Steps, units: Floats | None = None
    ) -> None:
        self.C = C
        self._units = units
        self.node = node
        self.cutoff = cutoff
        self.target = target
        self.bound = node.bound
        self.excluded = np.inf
        self.done = False
        self.share: Doubles = np.zeros(len(C))
        self.chosen: Indices = np.arange(min(node.p, len(C)))
        self.rho: Doubles = np.zeros(len(C))
        self.slack = 0.0
        self._limit = C.within(node.cap)
        self._climb = Climb(np.minimum(node.lam, self._limit), steps, units)
        self._certified = False
        self.stop: Callable[[], bool] = lambda: False
        self._settle()

    def put(self, C: Costs, cap: Floats) -> None:
        """Go on with costs that know more of the same sites, and the true costs to those that are open."""
        self.C = C
        self.node = replace(self.node, cap=cap)
        self._limit = C.within(cap)
        self._climb.keep_below(self._limit)

    def restart(self, steps: Steps) -> None:
        """Climb again from the best multipliers, after the cutoff and the target have come nearer."""
        self._climb = Climb(self.lam, steps, self._units)
        self.done = self._certified = False
        self.certify()
        self._settle()

    @property
    def lam(self) -> Floats:
        """The best multipliers."""
        return self._climb.best

    @property
    def pruned(self) -> bool:
        """Whether the bound rules the node out."""
        return self.bound > self.cutoff

    def run(self, iterations: int) -> None:
        """Take up to so many steps, then certify the bound."""
        for _ in range(iterations):
            if self.done:
                return
            if self.stop():
                break
            self._step()
        while not (self.done or self._certified):
            self.certify()

    def certify(self) -> None:
        """Recompute the best bound in double precision; open and close the sites it decides."""
        if self.done or self._certified:
            return
        lam = self.lam
        total = float(lam.sum(dtype=np.float64))
        self.rho = self.C.reduced_costs(lam, total, np.float64)
        self._certified = True
        # One sum of multipliers, and two more for each site: exact data deserve an exact proof.
        self.slack = self.C.rounding * (2 * self.node.p + 3) * float(np.abs(lam).sum(dtype=np.float64))
        self.bound = max(self.bound, total + float(lowest(self.rho, self.node.p).sum()) - self.slack)
        if self.pruned:
            self.done = True
            return
        self._fix(total)

    # -- one step ---------------------------------------------------------------------------

    def _step(self) -> None:
        climb, p = self._climb, self.node.p
        lam = climb.trial
        total = float(lam.sum(dtype=np.float64))
        rho = self.C.reduced_costs(lam, total)
        self.chosen = np.argpartition(rho, p - 1)[:p]
        value = total + float(rho[self.chosen].sum())
        # One less the number of chosen sites that serve each point.
        better = climb.learn(value, 1.0 - self.C.serving(self.chosen, lam))
        self.share *= 1.0 - climb.weight
        self.share[self.chosen] += climb.weight
        if better:
            self._certified = False
            if self._promising(rho, value):
                self.certify()
                if self.done:
                    return
        if not climb.done:
            # A little above the incumbent while the gap is wide.
            wide = self.target - climb.value > 0.02 * abs(self.target)
            climb.move(1.01 * self.target if wide else self.target, self._limit)
        if climb.done:
            self.certify()
            self.done = True

    def _promising(self, rho: Doubles, value: float) -> bool:
        """Whether the bound seems to end the node or to close enough sites to shrink the matrix."""
        if value > self.cutoff:
            return True
        threshold = self.cutoff - value + rho[self.chosen].max()
        return bool(np.count_nonzero(rho <= threshold) <= WORTH_SHRINKING * len(rho))

    # -- the matrix -------------------------------------------------------------------------

    def _fix(self, total: float) -> None:
        """Close sites that are too dear, open sites that are too good to leave, by certified rho.

        A solution with a site outside the relaxed choice costs at least ``bound + rho_j - rho_p``;
        one without a site of that choice at least ``bound - rho_j + rho_(p+1)``.
        """
        node, rho = self.node, self.rho
        p, k = node.p, len(rho)
        if k > p:
            here = total + float(lowest(rho, p).sum()) - self.slack
            ordered = np.partition(rho, [p - 1, p])
            last, following = ordered[p - 1], ordered[p]
            otherwise = here + np.where(rho > last, rho - last, following - rho)
            decided = otherwise > self.cutoff
            self.excluded = min(self.excluded, float(otherwise[decided].min(initial=np.inf)))
            close, needed = (rho > last) & decided, (rho <= last) & decided
            if needed.any():
                node = replace(
                    node,
                    opened=np.append(node.opened, node.columns[needed]),
                    p=p - int(np.count_nonzero(needed)),
                    cap=self.C.nearest(np.flatnonzero(needed), node.cap),
                )
                self._certified = False
            self._keep_columns(node, ~(close | needed))
        self._settle()

    def _keep_columns(self, node: Node, stay: npt.NDArray[np.bool_]) -> None:
        if stay.all():
            return
        self.C = self.C.take(stay)
        self.rho, self.share = self.rho[stay], self.share[stay]
        self.node = replace(node, columns=node.columns[stay])
        self._limit = self.C.within(node.cap)
        self._climb.keep_below(self._limit)
        if len(self.C) >= self.node.p >= 1:
            self.chosen = np.argpartition(self.rho, self.node.p - 1)[: self.node.p]

    def _settle(self) -> None:
        """Recognise a node without any choice left."""
        free, p = len(self.C), self.node.p
        if p < 0 or free < p:
            self.bound = np.inf
            self.done = True
        elif p in (0, free):
            self.done = True

    def result(self) -> Node:
        """The node with what the ascent has learnt."""
        return replace(self.node, bound=self.bound, lam=self.lam)


def lowest(values: Doubles, p: int) -> Doubles:
    """The p smallest values."""
    if p >= len(values):
        return values
    smallest: Doubles = np.partition(values, p - 1)[:p] if p > 0 else values[:0]
    return smallest
