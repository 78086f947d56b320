"""The decomposition engine: many scenarios without `nearest`, at sizes the whole model does not reach.

The master holds units and sizes with the rules about them (their own `rows`), and one column theta for each
group of scenarios. What a choice of units means for each scenario is worked out scenario by scenario
(`capacity.recourse`), and comes back as rows: what it costs at least, or that it cannot serve them.
First against group means (a bound, the recourse being convex in the women), then against all scenarios.
Then sets as good as the best are compared, as everywhere: fewer beds, lower cost, lower ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.enumeration import Ranked, ids_of
from capacity.highs import new_engine, run_engine
from capacity.labels import Bools, Floats, Ints
from capacity.objectives import COST, TRAVEL, Objective
from capacity.problem import Problem
from capacity.recourse import INFINITE, Recourse, Served
from capacity.rules import Shares, SplitPlan, Variables, allowed_pairs, allowed_sites, one_assignment, rules_on
from capacity.rules.plans import smallest_sizes
from capacity.search import NOBODY, SLACK, Clock, Settled, cleaned
from capacity.tolerances import AGREE

MOST_COLUMNS = 300_000
"""A model with more columns than this is never built where scenarios can be taken apart."""

FIRST_STAGE = frozenset(
    {"one_size", "units", "near_ambulatory", "region_unit", "keep", "forbid", "size_floor", "build_budget"}
)
"""Rules about units and sizes alone."""

BY_SCENARIO = frozenset(
    {"served", "open_only", "promise", "region_access", "own_region", "reach", "volume", "income"}
)
"""Rules the recourse holds in each scenario (volume and income only where they ask every scenario)."""

MOST_TIES = 40
"""Choices of units evaluated at most when many are equally good."""

GROUPS = 24
"""Columns theta."""

PROVEN = AGREE / 4
"""Relative gap to which the engine proves."""

MISSING = 1e-7
"""Women a year who may be missing by rounding."""


def columns_of(problem: Problem) -> int:
    """About how many columns the whole model has."""
    pairs = allowed_pairs(problem) & allowed_sites(problem)[None, :] & problem.active[:, None]
    blocks = 1 if one_assignment(problem) else len(problem.scenarios.ids)
    return int(pairs.sum()) * blocks


def why_not_apart(problem: Problem, objective: Objective) -> str | None:
    """Why the scenarios cannot be taken apart; None when they can."""
    policy = problem.policy
    if one_assignment(problem):
        return "one assignment serves every scenario, so the model does not grow with them"
    if objective is not TRAVEL and objective is not COST:
        return "the objective is not the expected travel or cost"
    if policy.prices:
        return f"{next(iter(policy.prices))} has a price"
    if policy.volume is not None and policy.volume.when == "average":
        return "volume is an average over the scenarios (when = every_scenario can be taken apart)"
    if policy.income is not None:
        if policy.income.when != "every_scenario":
            return "income is an average over the scenarios (when = every_scenario can be taken apart)"
        if problem.finance.day_rate_dkk <= problem.finance.occupied_day_dkk:
            return "an occupied day costs more than it brings in"
    if policy.run_budget is not None and policy.served is None:
        return "run_budget holds the scenarios together where not every woman is served"
    unknown = [r.name for r in rules_on(problem) if r.name not in FIRST_STAGE | BY_SCENARIO | {"run_budget"}]
    return f"{unknown[0]} holds the scenarios together" if unknown else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Apart:
    """What the decomposition found.

    Attributes
    ----------
    outcome : {"optimal", "feasible", "infeasible", "unknown"}
    best : Settled or None
    bound : float
    interrupted : bool
    ties_compared : bool
        Whether every set as good as the best was looked at.
    cuts, evaluated : int
        Rows that came back, and choices of units evaluated in every scenario.
    """

    outcome: str
    best: Settled | None
    bound: float
    interrupted: bool
    ties_compared: bool
    cuts: int
    evaluated: int


class _Master:
    """Units and sizes in HiGHS; rows are added as they come back."""

    def __init__(self, problem: Problem, objective: Objective, v: Variables, groups: int) -> None:
        none = Variables(
            problem, allowed_sites(problem), np.zeros_like(problem.minutes, dtype=bool), shared=True, whole=False
        )
        self.first, self.groups = len(v.sites) + len(v.size), groups
        cost: Floats = np.zeros(self.first)
        if objective is COST:
            terms = COST.model(problem, none)
            np.add.at(cost, terms.columns, terms.cost)
        self.cost = cost
        self._engine: Any = new_engine(mip_rel_gap=PROVEN / 4, mip_feasibility_tolerance=1e-8)
        count, nothing = self.first + groups, np.zeros(0, dtype=np.int32)
        upper = np.concatenate([np.ones(self.first), np.full(groups, INFINITE)])
        self._engine.addCols(
            count, np.concatenate([cost, np.ones(groups)]), np.zeros(count), upper,
            0, np.zeros(count, dtype=np.int32), nothing, np.zeros(0),
        )  # fmt: skip
        self.rows = 0
        for rule in rules_on(problem):
            if rule.name in FIRST_STAGE and rule.sites is None:
                rows = rule.rows(problem, none)
                for r in range(len(rows.lower)):
                    here = rows.row == r
                    self._row(rows.column[here], rows.coefficient[here], rows.lower[r], rows.upper[r])

        self.first_beds = np.concatenate([np.zeros(len(v.sites)), v.size_beds.astype(np.float64)])
        if problem.policy.run_budget is not None:
            # Everybody is served, so what the stays cost is known.
            money = problem.finance
            stays = money.occupied_day_dkk * problem.care.mean_days * problem.scenarios.women_per_year
            each = money.bed_dkk_per_year * self.first_beds
            each[: len(v.sites)] = money.unit_dkk_per_year
            self._row(np.arange(self.first), each, -np.inf, problem.policy.run_budget - stays)

    def fewest_beds_within(self, limit: float) -> None:
        """From now on: as few beds as the objective allows that stays within the limit."""
        columns = np.arange(self.first + self.groups)
        self._row(columns, np.concatenate([self.cost, np.ones(self.groups)]), -np.inf, limit)
        beds = np.concatenate([self.first_beds, np.zeros(self.groups)])
        self._engine.changeColsCost(len(columns), columns.astype(np.int32), beds)

    def without(self, opened: Bools) -> None:
        """Exclude one set of sites."""
        sign = np.where(opened, -1.0, 1.0)
        self._row(np.arange(len(opened)), sign, 1.0 - float(opened.sum()), np.inf)

    def _row(self, columns: Ints, values: Floats, low: float, high: float) -> None:
        size = max(float(np.abs(values).max(initial=0.0)), 1e-300) if len(values) else 1.0
        low = max(-INFINITE, low / size) if np.isfinite(low) else -INFINITE
        high = min(INFINITE, high / size) if np.isfinite(high) else INFINITE
        self._engine.addRow(low, high, len(columns), columns.astype(np.int32), values / size)

    def add(self, constant: float, coefficient: Floats, theta: int | None) -> None:
        """``theta (or zero) >= constant + coefficient @ first stage``."""
        columns, values = np.arange(self.first), -coefficient
        if theta is not None:
            columns, values = np.append(columns, self.first + theta), np.append(values, 1.0)
        kept = values != 0
        self._row(columns[kept], values[kept], constant, np.inf)
        self.rows += 1

    def solve(self, *, whole: bool, time_limit: float | None) -> tuple[str, Floats, Floats, float, bool]:
        """Outcome, first stage, thetas, bound, whether Ctrl+C stopped it."""
        import highspy

        kinds = highspy.HighsModelStatus
        columns = np.arange(self.first, dtype=np.int32)
        self._engine.changeColsIntegrality(self.first, columns, np.full(self.first, int(whole), dtype=np.uint8))
        self._engine.setOptionValue("time_limit", highspy.kHighsInf if time_limit is None else max(time_limit, 0.01))
        stopped = run_engine(self._engine) if whole else bool(self._engine.run() and False)
        status, info = self._engine.getModelStatus(), self._engine.getInfo()
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return "infeasible", np.zeros(0), np.zeros(0), np.inf, stopped
        values = np.array(self._engine.getSolution().col_value)
        usable = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        bound = float(info.mip_dual_bound) if whole else float(info.objective_function_value)
        if not usable or (not whole and status != kinds.kOptimal):
            return "unknown", np.zeros(0), np.zeros(0), bound if whole else -np.inf, stopped
        first = np.round(values[: self.first]) if whole else np.clip(values[: self.first], 0.0, 1.0)
        return "solved", first, values[self.first :], bound, stopped


class _Apart:
    """State of one decomposition."""

    def __init__(self, problem: Problem, objective: Objective, time_limit: float | None) -> None:
        self.problem, self.objective, self.clock = problem, objective, Clock(time_limit)
        self.v = Variables(problem, allowed_sites(problem), allowed_pairs(problem), shared=True, whole=False)
        point, site = self.v.pair_point, self.v.open[self.v.pair_site]
        per_woman = problem.hours_per_woman
        if objective is COST:
            per_woman = np.full_like(per_woman, problem.finance.occupied_day_dkk * problem.care.mean_days)
        self.recourse = Recourse(problem, self.v, point, site, per_woman[point, self.v.pair_site])
        self.group, self.groups = _groups(problem)
        self.master = _Master(problem, objective, self.v, self.groups)
        self.best: Settled | None = None
        self.bound, self.interrupted, self.evaluated = -np.inf, False, 0
        self.ties_compared = False

    def run(self) -> str:
        if self._against_means() == "infeasible":
            return "infeasible"
        while True:
            left = self.clock.left
            if left is not None and left <= 0:
                return self._cut_short()
            outcome, first, _, bound, self.interrupted = self.master.solve(whole=True, time_limit=left)
            if outcome == "infeasible":
                return "infeasible"
            self.bound = max(self.bound, bound)
            if self.interrupted or outcome == "unknown":
                return self._cut_short()
            if self._closed() or not self._evaluate(first):
                break
        if not self._closed():
            return self._cut_short()
        self._compare_ties()
        return "optimal"

    def _compare_ties(self) -> None:
        """Ask for sets as good as the best with the fewest beds, until there is none, and keep the first."""
        assert self.best is not None
        value = self.best.rank.objective
        limit = value + SLACK * max(1.0, abs(value))
        self.master.fewest_beds_within(limit)
        for _ in range(MOST_TIES):
            left = self.clock.left
            if left is not None and left <= 0:
                return
            outcome, first, _, beds, self.interrupted = self.master.solve(whole=True, time_limit=left)
            if outcome == "infeasible" or (outcome == "solved" and beds > self.best.rank.beds + 0.5):
                self.ties_compared = True
                return
            if outcome != "solved" or self.interrupted:
                return
            settled = self._evaluate_all(first)[0]
            if settled is not None and settled.rank.objective <= limit:
                self.master.without(first[: len(self.v.sites)] > 0.5)
                if settled.rank.before(self.best.rank):
                    self.best = settled

    def _closed(self) -> bool:
        if self.best is None:
            return False
        value = self.best.rank.objective
        return value - self.bound <= PROVEN * max(1.0, abs(value))

    def _cut_short(self) -> str:
        return "unknown" if self.best is None else "feasible"

    def _split(self, first: Floats) -> tuple[Floats, Floats]:
        return first[: len(self.v.sites)], first[len(self.v.sites) :]

    def _against_means(self) -> str:
        """Raise the relaxation by the means of the groups, and ask each group for its first row."""
        p, holds = self.problem.probability, self.problem.must_hold
        means, mass = [], []
        for g in range(self.groups):
            here = self.group == g
            weight = np.where(p[here] > 0, p[here], 0.0)
            weight = weight / weight.sum() if weight.sum() > 0 else np.full(here.sum(), 1 / here.sum())
            means.append((weight @ self.problem.women[here], bool(holds[here].all())))
            mass.append(float(p[here].sum()))
        last = -np.inf
        for turn in range(60):
            left = self.clock.left
            outcome, first, theta, bound, _ = self.master.solve(whole=False, time_limit=left)
            if outcome != "solved":
                return outcome
            self.bound = max(self.bound, bound - 1e-9 * abs(bound))
            y, z = self._split(first)
            added = 0
            for g, (women, hold) in enumerate(means):
                served = self.recourse.solve(women, hold, y, z)
                added += self._add([(served, women, hold, mass[g])], g, float(theta[g]))
            slow = turn > 20 and bound - last < 1e-5 * abs(bound)
            last = bound
            if not added or slow or (left is not None and left <= 0):
                return "solved"
        return "solved"

    def _add(self, parts: list[tuple[Served, Floats, bool, float]], g: int, theta: float) -> int:
        """Rows of some scenarios of one group; how many say something new."""
        if any(served.women is None for served, *_ in parts):
            added = 0
            for served, women, hold, _ in parts:
                if served.women is None and served.missing > MISSING:
                    self.master.add(*self.recourse.cut(served, women, hold), theta=None)
                    added += 1
            return added
        constant, coefficient, value = 0.0, np.zeros(self.master.first), 0.0
        for served, women, hold, weight in parts:
            one, each = self.recourse.cut(served, women, hold)
            constant, coefficient = constant + weight * one, coefficient + weight * each
            value += weight * served.value
        if value <= theta + 1e-8 * max(1.0, abs(value)):
            return 0
        self.master.add(constant, coefficient, g)
        return 1

    def _evaluate(self, first: Floats) -> bool:
        """Every scenario at one choice of units; False when nothing new was learnt."""
        settled, added = self._evaluate_all(first)
        if settled is not None and (self.best is None or settled.rank.before(self.best.rank)):
            self.best = settled
            return True
        return not self._closed() and added > 0

    def _evaluate_all(self, first: Floats) -> tuple[Settled | None, int]:
        """The plan with these units and sizes, None where a scenario cannot be served; rows added."""
        problem, (y, z) = self.problem, self._split(first)
        p, holds = problem.probability, problem.must_hold
        self.evaluated += 1
        added, parts, impossible = 0, [], False
        for g in range(self.groups):
            group = []
            for s in np.flatnonzero(self.group == g).tolist():
                served = self.recourse.solve(problem.women[s], bool(holds[s]), y, z)
                group.append((served, problem.women[s], bool(holds[s]), float(p[s])))
                impossible |= served.women is None
                if served.women is not None:
                    parts.append(self._used(s, served.women))
            added += self._add(group, g, -np.inf)
        return (None if impossible else self._settled(y > 0.5, parts)), added

    def _used(self, s: int, women: Floats) -> tuple[Ints, Ints, Floats]:
        """Scenario, pair and share of every pair somebody uses in one scenario."""
        needed = self.problem.women[s][self.v.pair_point]
        pair = np.flatnonzero(women > NOBODY * needed)
        return np.full(len(pair), s), pair, women[pair] / needed[pair]

    def _settled(self, opened: Bools, parts: list[tuple[Ints, Ints, Floats]]) -> Settled:
        """The plan of an evaluation: the smallest sizes that carry what was sent."""
        problem, v = self.problem, self.v
        n, m = problem.minutes.shape
        sites = np.zeros(m, dtype=bool)
        sites[v.sites] = opened
        scenario, pair, share = (np.concatenate(each) for each in zip(*parts, strict=True))
        shares = Shares.summed(
            (len(problem.scenarios.ids), n, m),
            np.stack([scenario, v.pair_point[pair], v.pair_site[pair]], axis=1), share,
        )  # fmt: skip
        shares = cleaned(shares, everybody=problem.policy.served is not None)
        plan = SplitPlan(problem, sites, np.zeros(m, dtype=np.int64), shares)
        beds = smallest_sizes(problem, plan.stays, sites[None])[0]
        sized = SplitPlan(problem, sites, beds, shares)
        running = problem.finance.yearly_cost(beds, problem.probability @ sized.stays[0], problem.care.mean_days)
        rank = Ranked(
            objective=float(self.objective.expected(problem, sized)[0]), beds=int(beds.sum()),
            cost=float(running[sites].sum()), site_ids=ids_of(problem, sites),
        )  # fmt: skip
        return Settled(open=sites, beds=beds, shares=shares, rank=rank)


def _groups(problem: Problem) -> tuple[Ints, int]:
    """Scenarios in groups by total demand, those that must hold apart from the others."""
    group: Ints = np.empty(len(problem.scenarios.ids), dtype=np.int64)
    count, total = 0, problem.women.sum(axis=1)
    kinds = [np.flatnonzero(problem.must_hold == hold) for hold in (True, False)]
    for kind in (k for k in kinds if len(k)):
        wanted = min(len(kind), max(1, GROUPS * len(kind) // len(group)))
        group[kind[np.argsort(total[kind], kind="stable")]] = count + np.arange(len(kind)) * wanted // len(kind)
        count += wanted
    return group, count


def solve_apart(problem: Problem, objective: Objective, time_limit: float | None = None) -> Apart:
    """Solve a problem whose scenarios can be taken apart (see `why_not_apart`).

    Returns
    -------
    Apart
        ``optimal`` when proven to a quarter of `tolerances.AGREE`, with the first plan in the order of
        plans where ``ties_compared``.
    """
    state = _Apart(problem, objective, time_limit)
    try:
        outcome = state.run()
    except KeyboardInterrupt:
        state.interrupted = True
        outcome = "unknown" if state.best is None else "feasible"
    return Apart(
        outcome=outcome, best=state.best, bound=state.bound, interrupted=state.interrupted,
        ties_compared=state.ties_compared, cuts=state.master.rows, evaluated=state.evaluated,
    )  # fmt: skip
