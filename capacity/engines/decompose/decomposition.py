"""State of one decomposition: relaxation, whole choices, ties (see `capacity.engines.decompose.decomposing`)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock
from capacity.engines.decompose.coupling import Coupled, Together
from capacity.engines.decompose.master import Master
from capacity.engines.decompose.recourse import Recourse, Served, cut
from capacity.engines.decompose.stage_parts import Entries, Stages, clusters_of, together, within
from capacity.engines.linear.solvers import Outcome
from capacity.engines.settling import Settled, cleaned, sized
from capacity.engines.ties import place
from capacity.errors import SolverError
from capacity.problem.problem import Problem
from capacity.rules import Plans, Shares, paid_in, serves_all
from capacity.rules.objectives import TRAVEL, Objective
from capacity.tolerances import AGREE, CANNOT_BE_HELD, COUPLING, MASTER_BOUND, RELAXED_ROOM, SHARE, SLACK, TIE

MOST_TIES = 200
"""Choices of units evaluated at most when many are equally good."""

MOST_TURNS = 500
"""Rounds at the relaxation."""

HELD = 3
"""Means of scenarios that are kept in the master."""

FIRST_GAP = 1e-2
"""Relative gap to which the first choices of the master are proven; it falls to a quarter of `TIE`."""

ENOUGH = 1e-4
"""A round at the relaxation that raises the bound by less (relative) is the last."""


class _OutOfTime(Exception):
    """The limit was reached within a step."""


class Decomposition:
    """State of one decomposition.

    Parameters
    ----------
    size : float
        What differences between plans are measured by at least: a regret by the values it is a difference of.
    """

    def __init__(
        self, problem: Problem, objective: Objective, clock: Clock | None, stages: Stages, size: float = 1.0
    ) -> None:
        self.problem, self.objective, self.clock, self.size = problem, objective, clock or Clock(None), size
        self.stages = stages
        self.clusters = clusters_of(problem)
        self.recourse = Recourse()
        self.master = Master(self.stages, self.clusters, self.clock)
        self.alone = [[s] for s in range(len(self.stages.scenarios))]
        self.all = self._coupled(self.alone)
        self.prices = self.stages.start
        self.best: Settled | None = None
        self.chosen: Floats = np.zeros(0)
        self.spent = np.inf
        self.bound, self.interrupted, self.evaluated = -np.inf, False, 0
        self.ties, self.ties_compared, self.proven, self.inner = True, False, False, False

    # -- the search -----------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Search until it is proven or the limit is reached; the outcome."""
        try:
            if self._at_relaxation() == "infeasible":
                return "infeasible"
            return self._at_whole_choices()
        except _OutOfTime:
            return self.cut_short()

    def _at_whole_choices(self) -> Outcome:
        seen: set[bytes] = set()
        gap = FIRST_GAP
        while True:
            outcome, values, bound, self.interrupted = self.master.solve(whole=True, time_limit=self._left(), gap=gap)
            if outcome == "infeasible":
                return "infeasible" if self.best is None else self._compare_ties()
            self.bound = max(self.bound, bound)
            if self.interrupted or outcome == "unknown":
                return self.cut_short()
            x = values[: self.master.first]
            choice = (x[self.stages.whole] > 0.5).tobytes()
            if self._closed() or (choice in seen and self._closed(AGREE) and gap <= TIE):
                # A choice that comes again has nothing more to say: the rest is rounding.
                return self._compare_ties()
            if self._closed(2 * gap) or choice in seen:
                gap = max(gap / 10, TIE / 4)
            if choice in seen and gap > TIE:
                continue
            if choice in seen:
                # Rounding alone keeps it: what it is worth is known.
                self.master.without(self.master.whole, x[self.stages.whole] > 0.5)
                continue
            seen.add(choice)
            self._evaluate(values)

    def _compare_ties(self) -> Outcome:
        """Ask for sets as good as the best with the fewest beds, until there is none, and keep the first."""
        assert self.best is not None
        self.proven = True
        if not self.ties:
            return "optimal"
        self.master.fewest_beds_within(self._linear(self.best.rank.objective) + self._room())
        sites, seen = np.arange(len(self.stages.variables.sites)), set[bytes]()
        for _ in range(MOST_TIES):
            outcome, values, beds, stopped = self.master.solve(whole=True, time_limit=self._left())
            if outcome == "infeasible" or (outcome == "solved" and beds > self.best.rank.beds + 0.5):
                self.ties_compared = True
                break
            if outcome != "solved" or stopped:
                self.interrupted = stopped
                break
            x = values[: self.master.first]
            choice = (x[self.stages.whole] > 0.5).tobytes()
            if self._evaluate(values) or choice in seen:
                self.master.without(sites, x[sites] > 0.5)
            seen.add(choice)
        self._settle_best()
        return "optimal"

    def _room(self) -> float:
        assert self.best is not None
        return SLACK * max(self.size, abs(self._linear(self.best.rank.objective)))

    def _left(self) -> float | None:
        """Seconds left; raises where there are none."""
        best = None if self.best is None else self.best.rank.objective
        bound = self.stages.terms.value(self.bound) if np.isfinite(self.bound) else None
        if not self.inner:
            self.clock.tell("Scenarios are worked out one by one", best=best, bound=bound)
        left = self.clock.left
        if left is not None and left <= 0:
            raise _OutOfTime
        return left

    def _closed(self, room: float = TIE) -> bool:
        if self.best is None:
            return False
        value = self._linear(self.best.rank.objective)
        return value - self.bound <= room * max(1.0, abs(value))

    def cut_short(self) -> Outcome:
        """The outcome where the search ends here: what is proven stays so while ties are compared."""
        return "optimal" if self.proven else "unknown" if self.best is None else "feasible"

    def _linear(self, value: float) -> float:
        return self.stages.terms.linear(value)

    # -- the relaxation -------------------------------------------------------------------------

    def _at_relaxation(self) -> str:
        """Raise the relaxation: one scenario of each cluster is solved, and prices the others."""
        self._hold_means()
        few = self._coupled(self.clusters)
        last, prices, slow = -np.inf, self.stages.start, 0
        for _ in range(MOST_TURNS):
            outcome, values, bound, stopped = self.master.solve(whole=False, time_limit=self._left())
            if stopped:
                raise KeyboardInterrupt
            if outcome != "solved":
                return outcome
            self.bound = max(self.bound, bound - MASTER_BOUND * max(1.0, abs(bound)))
            found = few.together(self.recourse, values[: self.master.first], prices, self._check, room=RELAXED_ROOM)
            if not found.missing and not self.stages.start.any():
                prices = found.passes[-1][0]
            added = self._learn(found, self.clusters, values)
            slow = slow + 1 if not found.missing and bound - last < ENOUGH * max(1.0, abs(bound)) else 0
            if not added or slow > 3:
                break
            last = bound
        return "solved"

    def _hold_means(self) -> None:
        """Keep the scenarios' means in the master: what the coupling rows ask, and who lives where, from the start."""
        stages, held = self.stages, []
        if (stages.own >= 0).any():
            return
        hold = self.problem.must_hold
        for kind, parts in ((True, HELD), (False, 1)):
            mine = [cluster for cluster in self.clusters if hold[cluster[0]] == kind]
            for several in np.array_split(np.arange(len(mine)), min(parts, len(mine)) or 1):
                members = [s for k in several for s in mine[k]]
                self._left()
                if not members:
                    continue
                mean = together([stages.scenarios[s] for s in members])
                if mean is None:
                    return
                held.append((mean, np.unique(self.master.group[members])))
        # The scenario with most women decides most about sizes.
        holding = np.flatnonzero(self.problem.must_hold).tolist()
        if holding and len(stages.scenarios) > len(held):
            largest = max(holding, key=lambda s: float(self.problem.women[s].sum()))
            self.master.hold(stages.scenarios[largest], np.zeros(0, np.int64))
        for mean, groups in held:
            self.master.hold(mean, groups)
        self.master.hold_coupling([mean for mean, _ in held])

    def _check(self) -> None:
        self._left()

    def _coupled(self, clusters: list[list[int]]) -> Coupled:
        """The middle scenario of each cluster, standing for all of it."""
        stages = self.stages
        chosen = [cluster[len(cluster) // 2] for cluster in clusters]
        scenarios = [stages.scenarios[s] for s in chosen]
        costs, over = [], []
        for second, cluster in zip(scenarios, clusters, strict=True):
            mass = math.fsum(stages.scenarios[s].probability for s in cluster)
            times = mass / second.probability if len(cluster) > 1 and second.probability > 0 else 1.0
            costs.append(times * second.cost)
            rows, average = second.coupling, stages.own[second.coupling.row] < 0
            over.append(Entries(rows.row, rows.column, np.where(average, times, 1.0) * rows.value))
        return Coupled(
            scenarios=scenarios,
            costs=costs,
            over=over,
            first=stages.coupling,
            least=stages.least,
            free=np.flatnonzero(stages.free),
            free_cost=stages.cost[stages.free],
            lower=stages.lower[stages.free],
            upper=stages.upper[stages.free],
        )

    # -- what comes back ------------------------------------------------------------------------

    def _learn(self, found: Together, stand: list[list[int]], values: Floats) -> int:
        """Rows from what was found at the values of the master; how many say something new there."""
        added = 0
        for at, (prices, served) in enumerate(found.passes):
            missing = found.missing and at == len(found.passes) - 1
            if missing and any(one.women is None for one in served):
                added += self._cannot_serve(served, stand, values)
                continue
            if len(served) < len(stand):
                # Rows of some scenarios alone would bound nothing.
                raise SolverError("A scenario could not be served under these prices; choose the engine mip.")
            rows = [
                row
                for one, cluster in zip(served, stand, strict=True)
                for row in self._bounds(one, cluster, prices, values, missing)
            ]
            constant = np.zeros(self.master.groups)
            coefficient = np.zeros((self.master.groups, self.master.first))
            for s, one, each in rows:
                constant[self.master.group[s]] += one
                coefficient[self.master.group[s]] += each
            new = [
                g
                for g in range(self.master.groups)
                if not self.master.known(g, constant[g], coefficient[g], prices, values, missing=missing)
            ]
            # What groups bring can be shared out otherwise: then rows that say nothing here say something there.
            for g in range(self.master.groups) if new and prices.any() else new:
                self.master.add(g, constant[g], coefficient[g], prices, missing=missing)
                added += 1
        return added

    def _bounds(
        self, served: Served, cluster: list[int], prices: Floats, values: Floats, missing: bool
    ) -> Iterator[tuple[int, float, Floats]]:
        """What the prices found for one scenario of a cluster say of each of it, coupling rows at their prices."""
        x = values[: self.master.first]
        middle = self.stages.scenarios[cluster[len(cluster) // 2]]
        mass = math.fsum(self.stages.scenarios[s].probability for s in cluster)
        for s in cluster:
            second = self.stages.scenarios[s]
            cost = np.zeros(len(second.cost)) if missing else second.cost
            if prices.any():
                cost = cost - second.coupling.back(prices, len(cost))
            duals = served.duals
            if second.matrix is not middle.matrix:
                duals = self.recourse.solve(second, x, cost).duals
            elif len(cluster) > 1 and mass > 0 and not (self.stages.own >= 0).any():
                duals = duals * (second.probability / mass)
            yield s, *cut(second, duals, cost, x)

    def _cannot_serve(self, served: list[Served], stand: list[list[int]], values: Floats) -> int:
        """Rows that say of each cluster how far the scenario that lacks most breaks its rows."""
        x, added = values[: self.master.first], 0
        for one, cluster in zip(served, stand, strict=True):
            if one.women is not None:
                continue
            middle = self.stages.scenarios[cluster[len(cluster) // 2]]
            rows = []
            for s in cluster:
                second = self.stages.scenarios[s]
                if second.matrix is middle.matrix:
                    constant, coefficient = cut(second, np.clip(one.duals, -1, 1), np.zeros(len(second.cost)), x)
                    rows.append((constant + float(coefficient @ x), s, constant, coefficient))
            lacking, s, constant, coefficient = max(rows, key=lambda row: row[0])
            if lacking > CANNOT_BE_HELD:
                nothing = np.zeros(len(self.stages.least))
                self.master.add(int(self.master.group[s]), constant, coefficient, nothing, missing=True)
                added += 1
        return added

    # -- whole choices --------------------------------------------------------------------------

    def _evaluate(self, values: Floats) -> bool:
        """Every scenario at one choice of units and sizes; whether it is as good as the best."""
        x = values[: self.master.first]
        # What is broken by rounding alone is not: at a high price it would be worth more than ties may differ by.
        x = np.where(~self.stages.whole & (np.abs(x) <= COUPLING), 0.0, x)
        self.evaluated += 1
        fixed = float(self.stages.cost @ np.where(self.stages.free, 0.0, x))
        limit = np.inf if self.best is None else self._linear(self.best.rank.objective) + self._room()
        together = self.all.together(self.recourse, x, self.prices, self._check, cutoff=limit - fixed)
        if not together.missing and not self.stages.start.any():
            self.prices = together.passes[-1][0]
        self._learn(together, self.alone, values)
        if not together.women:
            return False
        settled = self._at_least(self._settled(x, together.women), together.bound + fixed)
        as_good = self._linear(settled.rank.objective) <= limit
        if self.best is None or (
            as_good and place(settled) < place(self.best) if self.proven else settled.rank.before(self.best.rank)
        ):
            self.best, self.chosen, self.spent = settled, x, together.value
        return as_good

    def _at_least(self, settled: Settled, bound: float) -> Settled:
        """What a plan has below the proven bound of its choice is rounding; smaller sizes may be worth more."""
        least, value = self.stages.terms.value(bound), settled.rank.objective
        if value < least <= value + AGREE * max(1.0, abs(value)):
            return replace(settled, rank=replace(settled.rank, objective=least))
        return settled

    def _settled(self, x: Floats, women: list[Floats]) -> Settled:
        """The plan of an evaluation: the smallest sizes that carry what was sent."""
        problem, v = self.problem, self.stages.variables
        n, m = problem.minutes.shape
        opened = np.zeros(m, dtype=bool)
        opened[v.sites] = x[v.open[v.sites]] > 0.5
        shares = cleaned(self._shares(women, (len(women), n, m)), everybody=serves_all(problem))
        return sized(problem, self.objective, opened, shares, v.beds_in(x))

    def _shares(self, women: list[Floats], shape: tuple[int, int, int]) -> Shares:
        """Who is sent where in each scenario."""
        v, scenario, pair, share = self.stages.variables, [], [], []
        for s, each in enumerate(women):
            here = self.stages.scenarios[s].scale[: v.pairs]
            used = np.flatnonzero((here > 0) & (each[: v.pairs] > SHARE * here))
            scenario.append(np.full(len(used), s))
            pair.append(used)
            share.append(each[used] / here[used])
        place = np.concatenate(pair)
        return Shares(
            shape=shape,
            scenario=np.concatenate(scenario),
            point=v.pair_point[place],
            site=v.pair_site[place],
            share=np.concatenate(share),
        )

    def _settle_best(self) -> None:
        """Of the plans as good as the best with its sites, that with the least expected cost, then travel."""
        assert self.best is not None
        if self.inner or self.objective is TRAVEL:
            return
        stages, v, hours = self.stages, self.stages.variables, self.problem.hours_per_woman
        travel = []
        for s in stages.scenarios:
            each = np.zeros(len(s.cost))
            each[: v.pairs] = s.probability * hours[v.pair_point, v.pair_site]
            travel.append(each)
        self._settle_sizes(stages.expected or travel)
        coupled, spent = self.all, self.spent
        for costs in [*([stages.expected] if stages.expected else []), travel]:
            # Not more than is spent on what was settled before, but for rounding.
            coupled = coupled.within(spent + SLACK * max(1.0, abs(spent)), costs)
            found = coupled.together(self.recourse, self.chosen, np.zeros(len(coupled.least)), self._check)
            if not found.women:
                return
            settled, spent = self._settled(self.chosen, found.women), found.value
            if self._as_good(settled):
                self.best = settled

    def _settle_sizes(self, costs: list[Floats]) -> None:
        """Part the beds among the best plan's sites so that a further criterion is least."""
        assert self.best is not None
        stages, sites, risk = self.stages, np.arange(len(self.stages.variables.sites)), bool(self.stages.expected)
        limit = self._linear(self.best.rank.objective) + self._room()
        held = within(stages, limit, costs, sites, self.chosen[sites], self.best.rank.beds, keep_first=risk)
        inner = Decomposition(self.problem, _criterion(self.objective, risk), self.clock, held)
        inner.inner = True
        if inner.run() != "optimal" or inner.best is None:
            return
        found = self.all.together(self.recourse, inner.chosen, self.prices, self._check)
        if found.women and self._as_good(settled := self._settled(inner.chosen, found.women)):
            self.best, self.chosen, self.spent = settled, inner.chosen, found.value

    def _as_good(self, settled: Settled) -> bool:
        assert self.best is not None
        room = AGREE * max(1.0, abs(self.best.rank.objective))
        return settled.rank.beds <= self.best.rank.beds and settled.rank.objective <= self.best.rank.objective + room


def _criterion(objective: Objective, risk: bool) -> Objective:
    """What decides next: the expected value under a risk, otherwise travel, whatever is paid."""

    def expected(problem: Problem, plans: Plans) -> Floats:
        if risk:
            return np.asarray(objective.by_scenario(problem, plans) @ problem.probability)
        common, own = paid_in(problem, plans)
        # The engine adds what is paid itself.
        return np.asarray(TRAVEL.expected(problem, plans) - common - own @ problem.probability)

    return replace(objective, expected=expected)
