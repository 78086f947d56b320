"""Search of the p-median problem: root bound with incumbents, then depth-first branch and bound."""

from __future__ import annotations

import math
from dataclasses import replace
from time import perf_counter

import numpy as np
import numpy.typing as npt

from capacity.engines.exact.climb import Steps
from capacity.engines.exact.core_tree import Tree
from capacity.engines.exact.covering_program import cost_scale
from capacity.engines.exact.p_median_core import best_sites, core_of
from capacity.engines.exact.p_median_costs import Floats, Indices
from capacity.engines.exact.p_median_enumeration import sets_below, values
from capacity.engines.exact.p_median_instance import WORTH_LISTING, Instance
from capacity.engines.exact.p_median_lagrangian import Ascent, Node
from capacity.engines.exact.p_median_lists import Costs, Lists
from capacity.engines.exact.p_median_pool import Pool
from capacity.engines.exact.p_median_swap import first_set, swap_search
from capacity.engines.exact.tolerances import WHOLE_NUMBER

ROOT_STEPS = Steps(first=0.02, least=0.001, patience=5)
NODE_STEPS = Steps(first=1.0, least=0.01, patience=3)

ROUND = 25
"""Steps of the root between two attempts at a better incumbent."""

NEARER = 0.5
"""A swap search of the root waits until the gap is at most this part of what it was at the one before."""

NODE_ITERATIONS = 60
"""Steps in a node."""

SWAP_ROUNDS = 200
"""Greatest number of exchange rounds in one swap search."""

FIRST_ROUNDS = 30
"""Exchange rounds before the first bound, where costs are listed."""

FIRST_PART = 0.25
"""And the part of what is left of a limit that they may take: without a bound a set says little."""

WORTH_SWAPPING = 0.1
"""Where costs are listed the first swap search from a relaxed solution waits for half of this gap (of the best set)."""

SUPPORT = 4
"""Where costs are listed swap searches choose among so many times p of the sites the relaxation uses most."""

CONCENTRATED_NODES = 40
"""Nodes of the search among the sites of all sets met."""

CONCENTRATIONS = 3
"""How often, at most, the sets met in one such search make the next."""

COMPLETE_WORK = 4_000_000
"""A problem is enumerated without any bound when sets times points stay below this."""

CORE_P = 15
"""With at least so many sites to choose a node is left to branch and cut, once it is small."""

TREE_P, TREE_NODES, TREE_PAIRS = 40, 400, 1_000
"""With fewer sites to choose in all, so many nodes are split before that, and all that leave more pairs."""

FIRST_BANDS = (0.5, 0.25, 0.12, 0.06)

FIRST_CORE = 8_000
"""Parts of the root's gap, the first whose solutions are a program of at most so many pairs."""

CROWDED = 7
"""Where costs are listed and one site in so many is to open, that program is tried before sets are concentrated."""

LOOKS = 25
"""Nodes of the tree in which such a set is looked for."""

CORE_NODES = 300
"""Nodes of a core's tree after which general branch and cut takes over."""

BANDS = (0.25, 1.0)

AT_ONCE = 3_000
"""Parts of a node's gap that are searched one after the other where it leaves more pairs than these: the first is
small, and holds most optima."""

MUCH_BETTER = 0.75
"""A set that costs less than this part of the best one before is the first thing that branch and cut finds."""

LEAF_SETS = 500
"""A node is finished by enumeration when its bound leaves at most this many sets."""


class Search:
    """State of one search, readable at any moment: what was found and what is proven.

    Attributes
    ----------
    pool : Pool
        Best sets found.
    method : str
        What finished the proof.
    complete : bool
        Nothing is left to search.
    """

    def __init__(
        self, instance: Instance, pool: Pool, deadline: float = np.inf, nodes_allowed: int | None = None
    ) -> None:
        self.instance = instance
        self.pool = pool
        self.deadline = deadline
        self.nodes_allowed = nodes_allowed
        self.method = "enumeration"
        self.complete = False
        self.nodes = 0
        self._open: list[Node] = []
        self._current = 0.0
        self._ruled_out = np.inf
        self._tried: set[bytes] = set()
        self._met: list[Indices] = []

    @property
    def bound(self) -> float:
        """No solution costs less (planner's unit); zero before the first bound."""
        best = self.pool.least
        if self.complete and self.instance.integer:
            return best
        parts = [self._ruled_out, *(node.bound for node in self._open)]
        if not self.complete:
            parts.append(self._current)
        bound = min(parts) / self.instance.scale
        if self.instance.integer and math.isfinite(bound):
            bound = math.ceil(bound - WHOLE_NUMBER)
        return min(bound, best)

    def run(self) -> None:
        """Search until the pool is proven, the deadline passes or the user interrupts."""
        instance = self.instance
        k, n = instance.C.shape
        if k == instance.p or instance.p == 0:
            self.pool.offer(np.arange(instance.p))
            self.complete = True
        elif math.comb(k, instance.p) * n <= COMPLETE_WORK:
            self._enumerate_all()
            self.complete = True
        else:
            self._root()
            if self.pool.entries:
                self._branch()

    @property
    def _splits_first(self) -> bool:
        """Whether branch and cut has to wait."""
        return self.instance.p < TREE_P and self.nodes < TREE_NODES

    @property
    def _out_of_time(self) -> bool:
        return perf_counter() > self.deadline

    def _enumerate_all(self) -> None:
        instance = self.instance
        k = len(instance.C)
        sets = sets_below(np.zeros(k), instance.p, np.inf, math.comb(k, instance.p))
        assert sets is not None  # the limit is their number
        self.pool.offer_all(sets, values(instance.C.rows(slice(None)), instance.cap, sets))

    # -- root -------------------------------------------------------------------------------

    def _root(self) -> None:
        """Bound the whole problem, with swap searches from what the relaxation opens."""
        instance, pool = self.instance, self.pool
        self._current = 0.0
        self._open, self._ruled_out = [], np.inf
        self.method = "Lagrangian bound"
        C, cap = instance.C, instance.cap
        start = first_set(C, cap, instance.p)
        pool.offer(start)
        if isinstance(C, Lists):
            end = perf_counter() + FIRST_PART * (self.deadline - perf_counter())
            start = swap_search(C, cap, start, moves=FIRST_ROUNDS, stop=lambda: perf_counter() > end)
            self._offer(start)
        node = Node(
            bound=0.0,
            opened=np.empty(0, dtype=np.int64),
            columns=np.arange(len(C)),
            p=instance.p,
            cap=cap,
            lam=_first_multipliers(C, cap, start),
        )
        target = min(pool.best * instance.scale, float(C.nearest(start, cap).sum()))
        ascent = Ascent(C, node, cutoff=pool.cutoff, target=target, steps=ROOT_STEPS, units=instance.units)
        ascent.stop = lambda: self._out_of_time
        self._climb(ascent)
        unsettled = not ascent.pruned and 0 < ascent.node.p < len(ascent.C)
        if isinstance(C, Lists) and self.nodes_allowed is None and unsettled:
            if not self._look_near(ascent):
                self._concentrate(ascent)
            ascent.restart(ROOT_STEPS)
            self._climb(ascent)
        self._push(ascent)
        self._current = np.inf

    def _climb(self, ascent: Ascent) -> None:
        """Raise the bound of the root as far as it goes; look for better sets whenever it has come much nearer."""
        gap = WORTH_SWAPPING * ascent.target if isinstance(ascent.C, Lists) else np.inf
        while not (ascent.done or self._out_of_time):
            ascent.run(ROUND)
            self._rule_out(ascent.excluded)
            self._current = ascent.bound
            self._extend(ascent)
            if ascent.done or ascent.target - ascent.bound <= NEARER * gap:
                gap = ascent.target - ascent.bound
                self._improve(ascent)

    def _extend(self, ascent: Ascent) -> None:
        """Lengthen the lists that hold a multiplier down, unless they would be nearly everything."""
        C = self.instance.C
        if isinstance(C, Lists) and self.nodes_allowed is None:
            short = C.pressed(ascent.lam, ascent.node.cap)
            if len(short) and len(C.cost) < WORTH_LISTING * C.shape[0] * C.shape[1]:
                wider = C.extended(short)
                self.instance = replace(self.instance, C=wider)
                # Sites opened on the short lists have to cap the points that did not list them as well.
                ascent.put(wider.take(ascent.node.columns), self._capped(ascent.node).cap)

    def _look_near(self, ascent: Ascent) -> bool:
        """Look for a better set among the solutions that cost little more than the bound; True when there is one."""
        p, before, gap = ascent.node.p, self.pool.best, self.pool.cutoff - ascent.bound
        if self.pool.k > 1 or p * CROWDED < len(ascent.C):
            return False
        ascent.node = self._capped(ascent.node)
        for part in FIRST_BANDS:
            self._bound_below(ascent, ascent.bound + part * gap, FIRST_CORE, LOOKS)
            if self.pool.best < before:
                self._aim(ascent)
                return True
        return False

    def _concentrate(self, ascent: Ascent) -> None:
        """Search among the sites of all sets met and those the relaxation uses most.

        Heuristic concentration (Rosing and ReVelle 1997, European Journal of Operational Research 97(1)): a small
        problem in which the same bound and swap search find far better sets in the same time.
        """
        node, instance = ascent.node, self.instance
        most = np.argsort(-ascent.share, kind="stable")[: SUPPORT * node.p]
        sites = np.unique(np.concatenate([*self._met, node.opened, node.columns[most]]))
        for _ in range(CONCENTRATIONS):
            if len(sites) <= instance.p or self._out_of_time:
                break
            part = replace(instance, C=instance.C.take(sites), sites=instance.sites[sites])
            search, before = Search(part, Pool(part), self.deadline, nodes_allowed=CONCENTRATED_NODES), self.pool.best
            try:
                search.run()
            finally:  # Ctrl+C as well keeps what was found here
                for _, found in search.pool.entries:
                    self.pool.offer(np.searchsorted(instance.sites, np.setdiff1d(found, instance.keep)))
            if search.complete or not self.pool.best < before:
                break
            sites = np.unique(np.concatenate([sites[met] for met in search._met]))
        self._aim(ascent)

    def _improve(self, ascent: Ascent) -> None:
        """Swap search from the relaxed solution of an ascent, once for each such solution."""
        node, k = ascent.node, len(ascent.C)
        if not 0 < node.p < k:
            return
        start = np.argsort(-ascent.share, kind="stable")[: node.p]
        key = np.sort(node.columns[start]).tobytes()
        if key in self._tried:
            return
        self._tried.add(key)

        C, place = ascent.C, np.arange(k)
        if isinstance(C, Lists):
            place = np.argsort(-ascent.share, kind="stable")[: SUPPORT * node.p]
            C, start = C.take(place), np.arange(node.p)

        def offer_neighbours(chosen: Indices, net: Floats, cost: float) -> None:
            self._offer_neighbours(node.opened, node.columns[place], chosen, net)

        wanted = offer_neighbours if self.pool.k > 1 else None
        found = place[
            swap_search(C, node.cap, start, moves=SWAP_ROUNDS, stop=lambda: self._out_of_time, on_neighbours=wanted)
        ]
        self._offer(np.append(node.opened, node.columns[found]))
        self._aim(ascent)

    def _offer(self, chosen: Indices) -> None:
        self.pool.offer(chosen)
        if isinstance(self.instance.C, Lists):
            self._met.append(chosen)

    def _aim(self, ascent: Ascent) -> None:
        ascent.cutoff = self.pool.cutoff
        ascent.target = min(ascent.target, self.pool.best * self.instance.scale)

    def _offer_neighbours(self, opened: Indices, columns: Indices, chosen: Indices, net: Floats) -> None:
        """Offer the k best sets one exchange away."""
        best = np.argsort(-net, axis=None, kind="stable")[: self.pool.k]
        for enter, leave in zip(*np.unravel_index(best, net.shape), strict=True):
            if np.isfinite(net[enter, leave]):
                neighbour = chosen.copy()
                neighbour[leave] = enter
                self.pool.offer(np.append(opened, columns[neighbour]))

    # -- branch and bound -------------------------------------------------------------------

    def _branch(self) -> None:
        """Depth first, the most doubtful site open before it is closed."""
        while self._open:
            if self._out_of_time or self.nodes == self.nodes_allowed:
                return
            node = self._open[-1]
            # Before it leaves the list: Ctrl+C between the two must not lose its bound.
            self._current = node.bound
            self._open.pop()
            if node.bound > self.pool.cutoff:
                self._rule_out(node.bound)
            else:
                self.nodes += 1
                self.method = "Lagrangian branch and bound"
                self._explore(node)
            self._current = np.inf
        self.complete = True

    def _explore(self, node: Node) -> None:
        target = min(self.pool.best * self.instance.scale, self.instance.ceiling)
        C = self.instance.C.take(node.columns)
        ascent = Ascent(C, node, cutoff=self.pool.cutoff, target=target, steps=NODE_STEPS, units=self.instance.units)
        ascent.stop = lambda: self._out_of_time
        ascent.run(NODE_ITERATIONS)
        if not ascent.pruned and self.nodes % 10 == 1:
            self._improve(ascent)
        self._push(ascent)

    def _push(self, ascent: Ascent) -> None:
        """Finish the node of an ascent if that can be done here; otherwise split it in two."""
        ascent.certify()
        self._rule_out(ascent.excluded)
        ascent.node = self._capped(ascent.node)
        node = ascent.result()
        if ascent.pruned or node.bound > self.pool.cutoff:
            self._rule_out(node.bound)
        elif node.p in (0, len(node.columns)):
            self.pool.offer(np.append(node.opened, node.columns[: node.p]))
        elif not self._enumerate(ascent, node):
            raised = self._settle(ascent)
            if raised > self.pool.cutoff:
                self._rule_out(raised)
                return
            node = replace(node, bound=max(node.bound, raised))
            doubtful = int(np.abs(ascent.share - 0.5).argmin())
            site = int(node.columns[doubtful])
            self._open.append(node.closing(site))
            self._open.append(node.opening(site, ascent.C.rows(np.array([doubtful]))[0]))

    def _enumerate(self, ascent: Ascent, node: Node) -> bool:
        """Value every set the bound leaves, if they are few.

        A set S of free sites costs at least ``sum(lambda) + sum of rho_j over S``.
        """
        budget = self.pool.cutoff - float(node.lam.sum(dtype=np.float64))
        # The sums over sets come from running sums, whose rounding grows with their number.
        budget += ascent.slack + (ascent.C.rounding + len(ascent.rho) * 2.0**-53) * float(np.abs(ascent.rho).sum())
        sets = sets_below(ascent.rho, node.p, budget, LEAF_SETS)
        if sets is None:
            return False
        if len(sets):
            opened = np.broadcast_to(node.opened, (len(sets), len(node.opened)))
            rows = np.concatenate([opened, node.columns[sets]], axis=1)
            used, place = np.unique(sets, return_inverse=True)
            self.pool.offer_all(rows, values(ascent.C.rows(used), node.cap, place.reshape(sets.shape)))
        self._rule_out(self.pool.cutoff)
        return True

    def _settle(self, ascent: Ascent) -> float:
        """Bound a node with many sites to choose by a small mixed-integer program; infinite when it is finished."""
        raised = ascent.bound
        wanted = self.nodes_allowed is None and self.pool.k == 1 and math.isfinite(self.pool.best)
        if not wanted or ascent.node.p < CORE_P or self._splits_first:
            return raised
        if self.instance.p < TREE_P and self._more_than(TREE_PAIRS, ascent):
            return raised  # splitting is faster than so large a program
        for part in BANDS if self._more_than(AT_ONCE, ascent) else BANDS[-1:]:
            ceiling = ascent.bound + part * (self.pool.cutoff - ascent.bound)
            within = self._bound_below(ascent, ceiling)
            # Solutions that are not in the program cost more than the ceiling.
            raised = max(raised, min(ceiling, within))
            if within < np.inf:
                return raised
            if self.pool.cutoff <= ceiling:
                break  # whatever is better than the best set was in the program
        self.method = "Lagrangian bound and branch and cut"
        self._rule_out(self.pool.cutoff)
        return np.inf

    def _more_than(self, pairs: int, ascent: Ascent) -> bool:
        """Whether a node's bound leaves more than so many pairs."""
        return core_of(ascent, self.pool.cutoff, pairs) is None

    def _bound_below(
        self, ascent: Ascent, ceiling: float, most_pairs: int | None = None, looks: int | None = None
    ) -> float:
        """Find the best set of a node among those that cost no more than `ceiling`; with `looks` a good one.

        Returns
        -------
        float
            Bound on all of them; infinite when none is better than the best set known then.
        """
        core = core_of(ascent, ceiling, most_pairs, beyond=self.pool.cutoff)
        if core is None:
            return -np.inf
        best, node = self.pool.best, ascent.node

        def offer(opened: npt.NDArray[np.bool_]) -> None:
            self.pool.offer(np.append(node.opened, node.columns[opened]))

        # Its tolerances are absolute: costs are counted in what one point pays.
        unit = cost_scale(np.minimum(core.otherwise, best * self.instance.scale))
        tree = Tree(core, unit, cutoff=lambda: self.pool.cutoff, offer=offer, deadline=self.deadline)
        if tree.run(CORE_NODES if looks is None else looks):
            return np.inf
        if self._out_of_time or looks is not None:
            return tree.bound
        # Half of what separates two solutions: integer programming's tolerances cannot blur that.
        best = self.pool.best
        margin = 0.5 if self.instance.integer else 0.5 * (best * self.instance.scale - self.instance.cutoff(best))
        left = None if math.isinf(self.deadline) else self.deadline - perf_counter()
        program = core.program(unit, whole=True)
        found, bound = best_sites(program, len(ascent.C), gap=margin / unit, time_limit=left)
        if found is not None:
            self.pool.offer(np.append(node.opened, node.columns[found]))
        if not self.instance.integer and self.pool.best < MUCH_BETTER * best:
            return -np.inf  # the unit and the margin were those of the worse set
        return max(bound * unit - margin, tree.bound)

    def _capped(self, node: Node) -> Node:
        """The same part, with the true cost of each point to the nearest open site where lists know a part of it."""
        C, cap = self.instance.C, self.instance.cap
        if isinstance(C, Lists) and len(node.opened):
            cap = C.to_open(node.opened, cap)
            return replace(node, cap=cap, lam=np.minimum(node.lam, cap))
        return node

    def _rule_out(self, bound: float) -> None:
        self._ruled_out = min(self._ruled_out, bound)


def _first_multipliers(C: Costs, cap: Floats, chosen: Indices) -> Floats:
    """Half way between each point's two nearest open sites, at most `cap`.

    Where costs are listed no more than the dearest pair of the point: beyond lies what is out of reach.
    """
    if isinstance(C, Lists):
        cap = np.minimum(cap, C.farthest())
    _, first, second = C.two_nearest(chosen, cap)
    lam: Floats = np.minimum(np.mean([first, second], axis=0, dtype=C.dtype), cap)
    return lam
