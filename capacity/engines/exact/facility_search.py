"""Search of the facility-location problem: root bound with local search, then branch and bound over sites."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from capacity.engines.exact.climb import Steps
from capacity.engines.exact.facility_core import core_of, searched
from capacity.engines.exact.facility_cuts import Cuts
from capacity.engines.exact.facility_instance import Instance
from capacity.engines.exact.facility_lagrangian import Ascent, Knapsacks, Node, cheapest_choice
from capacity.engines.exact.facility_service import Service, by_nearest, by_shares, from_single_sources, most_served
from capacity.engines.exact.linear import Bools, Doubles, Indices
from capacity.engines.exact.single_source_rooms import rooms_of
from capacity.engines.exact.single_source_search import single_sources
from capacity.engines.exact.tolerances import PRUNE, SUMS, TIE

ALL_TIES = 1024
"""With at most so many sets of sites all that tie with the best one are looked for."""

ROOT_STEPS = Steps(first=0.02, least=0.001, patience=5)
NODE_STEPS = Steps(first=0.3, least=0.01, patience=3)
"""Of a node, and of a single set of sites."""

SET_ITERATIONS = 30
"""Steps on one set before its transport problem is solved."""

SMALL_TRANSPORT = 4000
"""A transport problem with fewer pairs is solved as soon as a bound."""

ROUNDS = 60
"""Greatest number of rounds of the root."""

ROUND = 10
"""Steps of the root between two attempts at a better solution."""

FIRST_TRIAL = 2
"""Rounds before the first attempt."""

NEIGHBOURS_EVERY = 8
"""Attempts of which one looks at neighbours too."""

NODE_ITERATIONS = 20
"""Steps in a node."""

LEAF_SETS = 200
"""A node is finished by its list of sets when its bound leaves at most this many."""

EASY_NODES = 100
"""Nodes of its tree after which a set's single sources are not left to HiGHS."""

EASY_SETS = 6
"""Sets after which single sources are not left to HiGHS either."""

TRIALS = 1
"""Neighbours valued in one attempt at a better solution."""


class Search:
    """State of one search, readable at any moment: what was found and what is proven.

    Attributes
    ----------
    complete : bool
        Nothing is left to search.
    method : str
        What finished the proof.
    """

    def __init__(self, instance: Instance, deadline: float = np.inf) -> None:
        self.instance = instance
        self.deadline = deadline
        self._all_ties = np.count_nonzero(~instance.keep) <= np.log2(ALL_TIES)
        self._found: tuple[Bools, Service] | None = None
        self._least = np.inf
        self.complete = False
        self.method = "Lagrangian bound"
        self.cuts = Cuts(instance)
        self._target = np.inf
        self._bounding = False
        self._valued: set[bytes] = set()
        self._has_columns = (
            instance.single and not self._all_ties and rooms_of(instance.demand, instance.capacity) is not None
        )
        self._hard = False
        self._assigned = 0
        self._open: list[Node] = []
        self._current = 0.0
        self._ruled_out = np.inf

    @property
    def value(self) -> float:
        """Cost of the best sites found; infinite before there are any."""
        return self._found[1].cost if self._found else np.inf

    @property
    def best(self) -> Bools:
        """Those sites."""
        return self._found[0] if self._found else np.zeros(len(self.instance.fixed), dtype=bool)

    @property
    def service(self) -> Service | None:
        """How they serve the points."""
        return self._found[1] if self._found else None

    @property
    def cutoff(self) -> float:
        """Bound that proves there is nothing left to find."""
        if not np.isfinite(self._least):
            return np.inf
        if self._all_ties:
            return max(self._least * (1.0 + 2.0 * TIE), float(np.finfo(float).tiny))
        return self._least * (1.0 - PRUNE)

    @property
    def bound(self) -> float:
        """No solution costs less."""
        parts = [self._ruled_out, *(node.bound for node in self._open)]
        if not self.complete:
            parts.append(self._current)
        return min(*parts, self._least)

    @property
    def _out_of_time(self) -> bool:
        return self._hard or perf_counter() > self.deadline

    def run(self) -> None:
        """Search until the best sites are proven, the deadline passes or the user interrupts."""
        proven = self._open_everything()
        if not np.isfinite(self.value):
            self.complete = proven
            return
        self._root()
        while self._open and not self._out_of_time:
            node = self._open[-1]
            # Before it leaves the list: Ctrl+C between the two must not lose its bound.
            self._current = node.bound
            self._open.pop()
            if node.bound >= self.cutoff:
                self._rule_out(node.bound)
            else:
                self.method = "Lagrangian branch and bound"
                ascent = Ascent(self.instance, node, cutoff=self.cutoff, target=self._target, steps=NODE_STEPS)
                ascent.run(NODE_ITERATIONS)
                self._push(ascent)
            self._current = np.inf
        self.complete = not self._open
        if self._hard:
            self._by_columns()

    def _by_columns(self) -> None:
        """Begin again with the bound that knows single sources, which a set has turned out to need."""
        self._open, self._current = [], self.bound
        search = single_sources(self.instance, self.value, _first_multipliers(self.instance), self.deadline)
        try:
            search.run()
        finally:  # Ctrl+C as well keeps what was found here
            self.method, self.complete = "Lagrangian bound and columns", search.complete
            if search.sites is not None:
                chosen = np.zeros(len(self.instance.fixed), dtype=bool)
                chosen[search.sites] = True
                shares = (np.arange(len(search.sites))[:, None] == search.which).astype(np.float64)
                self._keep(chosen, Service(cost=search.value, shares=shares, lam=np.zeros(len(search.which))))
            self._ruled_out = max(self._current, search.bound)
            self._current = np.inf

    def open_kept(self) -> None:
        """Open the sites to keep and no other, where there is nobody to serve."""
        instance = self.instance
        opening = float(instance.fixed[instance.keep].sum())
        nobody = np.zeros((int(instance.keep.sum()), 0))
        self._keep(instance.keep, Service(cost=opening, shares=nobody, lam=np.zeros(0)))
        self.complete = True

    def _open_everything(self) -> bool:
        """Value all sites together: what they cannot serve, no choice of them can. False when out of time."""
        instance = self.instance
        everything = np.ones(len(instance.fixed), dtype=bool)
        return self.offer(everything, _dearest(instance), any_source=True)

    # -- the root ---------------------------------------------------------------------------

    def _root(self) -> None:
        """Bound the whole problem; value what the relaxation opens, and sets near it."""
        instance = self.instance
        node = Node(
            bound=0.0, sites=np.arange(len(instance.fixed)), forced=instance.keep, lam=_first_multipliers(instance)
        )
        ascent = Ascent(instance, node, cutoff=self.cutoff, target=self._target, steps=ROOT_STEPS)
        self._bounding = True
        for turn in range(ROUNDS):
            ascent.run(ROUND)
            self._current = ascent.bound
            if ascent.done or self._out_of_time:
                break
            if turn >= FIRST_TRIAL:
                self._improve(ascent, around=(turn - FIRST_TRIAL) % NEIGHBOURS_EVERY == 0)
        self._bounding = False
        self._improve(ascent)
        self._push(ascent)
        self._current = np.inf

    def _improve(self, ascent: Ascent, *, around: bool = True) -> None:
        """Value what the relaxation opens and, while that helps, the most promising sets one change away."""
        if ascent.pruned:
            return
        wanted = np.zeros(len(self.instance.fixed), dtype=bool)
        wanted[ascent.sites[ascent.opened]] = True
        self._value_all(wanted[None], ascent.lam, 1)
        before = np.inf
        while around and self.value < before:
            before = self.value
            sets = self._neighbours(ascent)
            self._value_all(sets, ascent.lam, TRIALS, lower=self._lower(ascent, sets))
        ascent.cutoff, ascent.target = self.cutoff, self._target

    def _neighbours(self, ascent: Ascent) -> Bools:
        """Sets that differ from the best one by a site more, a site less, or both."""
        here = self.best if np.isfinite(self.value) else np.ones_like(self.best)
        enter = ascent.sites[~here[ascent.sites]]
        leave = np.flatnonzero(here & ~self.instance.keep)
        sets = np.repeat(here[None], (len(enter) + 1) * (len(leave) + 1), axis=0)
        grid = sets.reshape(len(enter) + 1, len(leave) + 1, -1)
        for row, j in enumerate(enter):
            grid[row, :, j] = True
        for column, j in enumerate(leave):
            grid[:, column, j] = False
        return sets

    # -- sets of sites ----------------------------------------------------------------------

    def offer(self, chosen: Bools, lam: Doubles, *, any_source: bool = False) -> bool:
        """Value a set of sites; its cut joins the others. False when the deadline came first.

        With `any_source` single sources are found, not chosen for their cost. While the root is bounded
        they are not looked for: the cost with shares is what its steps aim at.
        """
        instance, sites = self.instance, np.flatnonzero(chosen)
        service = by_nearest(instance, sites, lam)
        whole = service is not None
        if not whole and self._outbid(chosen, lam):
            return True
        if service is None and instance.bounded:
            service = by_shares(instance, sites)
        least = np.inf
        if service is None:
            self.cuts.add_unserved(most_served(instance, sites))
        else:
            # What a solver finds is no bound; what follows from its multipliers by arithmetic is.
            least = self.cuts.add(service.lam, chosen)
            if whole:
                least = service.cost
            self._target = min(self._target, service.cost)
            if instance.single and not whole:
                if self._bounding:
                    return True
                service, least = self._single(sites, least, any_source)
            if service is not None:
                self._keep(chosen, service)
        if least == -np.inf:
            return False
        self._rule_out(least)
        if not any_source:
            self._valued.add(np.packbits(chosen).tobytes())
        return True

    def _keep(self, chosen: Bools, service: Service) -> None:
        """Remember these sites if they are the best so far: the cheapest, of a tie the fewest, of these the first."""
        self._least = min(self._least, service.cost)
        quantum = TIE * self._least

        def rank(opened: Bools, cost: float) -> tuple[float, int, list[int]]:
            sites = np.flatnonzero(opened).tolist()
            return (float(np.rint(cost / quantum)) if quantum > 0.0 else cost), len(sites), sites

        if self._found is None or rank(chosen, service.cost) < rank(self._found[0], self._found[1].cost):
            self._found = chosen.copy(), service

    def _outbid(self, chosen: Bools, lam: Doubles) -> bool:
        """Whether a few steps of its own bound show that a set is no better than the best one."""
        sites = np.flatnonzero(chosen)
        if not np.isfinite(self.cutoff) or len(sites) * len(lam) < SMALL_TRANSPORT:
            return False
        node = Node(bound=-np.inf, sites=sites, forced=np.ones(len(sites), dtype=bool), lam=lam)
        ascent = Ascent(self.instance, node, cutoff=self.cutoff, target=self._target, steps=NODE_STEPS)
        ascent.run(SET_ITERATIONS)
        if ascent.pruned:
            self.cuts.add(ascent.lam, chosen)
            self._valued.add(np.packbits(chosen).tobytes())
        return ascent.pruned

    def _single(self, sites: Indices, least: float, any_source: bool) -> tuple[Service | None, float]:
        """Serve from single sources what costs `least` with shares; see `from_single_sources`."""
        if least >= self.cutoff:
            return None, least
        left = None if np.isinf(self.deadline) else self.deadline - perf_counter()
        most = EASY_NODES if self._has_columns and not any_source else None
        self._assigned += most is not None
        if self._assigned > EASY_SETS:
            self._turn_to_columns()
            return None, -np.inf
        return from_single_sources(
            self.instance,
            sites,
            below=self.cutoff,
            any_source=any_source,
            time_limit=left,
            most_nodes=most,
            given_up=self._turn_to_columns,
        )

    def _turn_to_columns(self) -> None:
        self._hard = True

    def _value_all(self, sets: Bools, lam: Doubles, limit: int | None = None, lower: Doubles | None = None) -> bool:
        """Value sets, lowest bound first, until no other can be better; True when that is so.

        Parameters
        ----------
        sets : ndarray of bool, (r, m)
        lam : ndarray, (n,)
            Multipliers of the node.
        limit : int, optional
            Greatest number of sets to value.
        lower : ndarray, (r,), optional
            Bounds on the sets that are known already.
        """
        open_question = sets @ self.instance.capacity >= self.instance.need * (1.0 - SUMS)
        if lower is not None:
            open_question &= lower < self.cutoff
        sets = sets[open_question]
        bounds = self.cuts.lower(sets)
        for row, key in enumerate(np.packbits(sets, axis=1)):
            if key.tobytes() in self._valued:
                bounds[row] = np.inf
        while limit is None or limit > 0:
            first = int(bounds.argmin()) if len(bounds) else 0
            if not len(bounds) or bounds[first] >= self.cutoff:
                return True
            if self._out_of_time or not self.offer(sets[first], lam):
                return False
            bounds[first] = np.inf
            np.maximum(bounds, self.cuts.lower(sets, last=1), out=bounds)
            if limit is not None:
                limit -= 1
        return False

    # -- branch and bound -------------------------------------------------------------------

    def _push(self, ascent: Ascent) -> None:
        """Finish the node of an ascent if that can be done here; otherwise split it in two."""
        if ascent.pruned:
            self._rule_out(ascent.bound)
            return
        if self._out_of_time:
            self._open.append(ascent.result())
            return
        sets = self._sets_below(ascent)
        if sets is not None:
            if self._value_all(sets, ascent.lam, lower=self._lower(ascent, sets)):
                self._rule_out(self.cutoff)
            else:
                self._open.append(ascent.result())
            return
        if self._finish(ascent):
            return
        node = ascent.result()
        free = np.flatnonzero(~ascent.forced)
        place = int(free[np.abs(ascent.share[free] - 0.5).argmin()])
        raised = ascent.bound
        closed, opened = node.closing(place, raised), node.opening(place, raised)
        self._open += [closed, opened] if ascent.share[place] >= 0.5 else [opened, closed]

    def _finish(self, ascent: Ascent) -> bool:
        """Leave a node to branch and cut where that is small; False where it is not."""
        core = None if self._all_ties else core_of(self.instance, ascent, self.cutoff)
        if core is None:
            return False
        cutoff = self.cutoff

        def offer(opened: Bools) -> None:
            chosen = np.zeros(len(self.instance.fixed), dtype=bool)
            chosen[ascent.sites[opened]] = True
            self.offer(chosen, ascent.lam)

        bound, searched_whole = searched(core, cutoff=lambda: self.cutoff, offer=offer, deadline=self.deadline)
        self.method = "Lagrangian bound and branch and cut"
        # What is not in the program costs more than the best sites before it.
        bound = max(ascent.bound, min(bound, cutoff))
        if bound >= self.cutoff or searched_whole:
            self._rule_out(bound)
        else:
            self._open.append(replace(ascent.result(), bound=bound))
        return True

    def _lower(self, ascent: Ascent, sets: Bools) -> Doubles:
        """The Lagrangian of each set at the multipliers of the node."""
        lower: Doubles = float(ascent.lam.sum()) + sets[:, ascent.sites] @ ascent.rho - ascent.slack
        closed = np.ones(sets.shape[1], dtype=bool)
        closed[ascent.sites] = False
        lower[(sets & closed).any(axis=1)] = np.inf
        return lower

    def _sets_below(self, ascent: Ascent) -> Bools | None:
        """Every set the bound of the node leaves, or None when there are too many.

        A set differs from the relaxed choice by some sites, and each adds its `flip` at least: with
        several sites their reduced costs, in which a choice by number or capacity has its price.
        """
        priced = ascent.choice.priced[~ascent.forced]
        free = ascent.sites[~ascent.forced]
        spent = np.zeros(1)
        sets = np.zeros((1, len(self.instance.fixed)), dtype=bool)
        sets[:, ascent.sites[ascent.forced]] = True
        sets[:, free[priced < 0.0]] = True
        left = self.cutoff - ascent.relaxed + 2.0 * ascent.slack
        for place in np.argsort(-np.abs(priced), kind="stable"):
            affordable = spent + abs(priced[place]) <= left
            if len(sets) + np.count_nonzero(affordable) > LEAF_SETS:
                return None
            changed = sets[affordable]
            changed[:, free[place]] ^= True
            sets = np.concatenate([sets, changed])
            spent = np.concatenate([spent, spent[affordable] + abs(priced[place])])
        return sets

    def _rule_out(self, bound: float) -> None:
        self._ruled_out = min(self._ruled_out, bound)


def _dearest(instance: Instance) -> Doubles:
    """Multipliers no lower than any cost within reach."""
    reach = np.where(np.isfinite(instance.cost), instance.cost, 0.0)
    dear: Doubles = instance.demand * reach.max(axis=0)
    return dear


def _first_multipliers(instance: Instance) -> Doubles:
    """Each point pays what its second-best site would cost, with that part of its opening that bounds best."""
    starts = [_second_best(instance, part) for part in (1.0, 0.5, 0.0)]
    capacity = instance.capacity if instance.bounded else None

    def lagrangian(lam: Doubles) -> float:
        rho = instance.fixed - Knapsacks(instance.cost, instance.demand, capacity, lam).saved
        return float(lam.sum()) + cheapest_choice(rho, instance.keep, instance.capacity, instance.need).cost

    return max(starts, key=lagrangian)


def _second_best(instance: Instance, part: float) -> Doubles:
    """Cost of each point to its second-best site, a part of the opening spread over the capacity."""
    holds = instance.capacity > 0.0
    opening = np.full(len(instance.fixed), np.inf)
    opening[holds] = part * instance.fixed[holds] / instance.capacity[holds]
    cost = instance.cost + opening[:, None]
    second = np.partition(cost, min(1, len(cost) - 1), axis=0)[min(1, len(cost) - 1)]
    lam: Doubles = instance.demand * np.where(np.isfinite(second), second, cost.min(axis=0))
    return lam
