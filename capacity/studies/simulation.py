"""Does the promise hold? A plan under simulated referrals, stays, overflow and waiting.

Referrals of each municipality are Poisson; stays keep their mean and take a distribution of choice.
Runs are independent (each is one batch): a share or a mean is a ratio of sums over the runs, and its
interval comes from the spread between them (Law, "Simulation Modeling and Analysis", 2015, ch. 9).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock, Tell
from capacity.errors import DataError, Finding
from capacity.plan.figures import Table
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.problem.promise import DAYS_PER_YEAR, MOST_DOUBT, erlang_c, loads_in_doubt, turned_away, wait_exceeds
from capacity.rules import allowed_pairs
from capacity.studies.events import NOWHERE, Run, run_losses, run_waits
from capacity.studies.measures import MEASURES, Sums, estimates, per_group, startup_table, sums_of, verdict
from capacity.studies.result import StudyResult
from capacity.studies.stays import Stay
from capacity.studies.tandem import (
    SecondRun,
    SecondSums,
    Stages,
    expected,
    run_two_stages,
    second_estimates,
    second_sums,
    stages_of,
)
from capacity.studies.telling import whole_or_nothing
from capacity.tolerances import SHARE

if TYPE_CHECKING:
    import pandas as pd

WARM_UP_STAYS = 6
"""Mean stays a run lasts before anything is counted: it starts with every bed empty."""

OPENINGS = 200
"""Openings simulated, where opening years are asked for and the number of runs is not."""

RUNS = 20
"""Runs where only steady years are asked for: batches for the intervals."""


@dataclass(frozen=True, kw_only=True, eq=False)
class System:
    """A plan as the simulation sees it; U units, G classes of women.

    Attributes
    ----------
    sites : ndarray (U,) of int
        Positions of the units among the sites.
    beds : tuple of int
    rate : ndarray (G,)
        Referrals a year of each class.
    point, own : ndarray (G,) of int
        Where she lives (a demand point), and which unit is hers (a position in `sites`).
    order : tuple of tuple of int
        Units each class may use, her own first.
    """

    problem: Problem
    sites: Ints
    beds: tuple[int, ...]
    rate: Floats
    point: Ints
    own: Ints
    order: tuple[tuple[int, ...], ...]

    @property
    def offered(self) -> Floats:
        """Stays a year asked of each unit, (U,)."""
        return per_group(self.own, self.rate, len(self.sites))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Stress(StudyResult):
    """What a plan does to women in simulated years.

    Attributes
    ----------
    plan : Plan
    columns : mapping of column to tuple
        Tidy: level, id, name, measure, value, low, high (95 % interval), formula (what the plan
        promises by Erlang's formulas, each unit by itself; NaN where there is none).
    opening_columns : mapping of column to tuple
        Each year from the opening on: year, site_id, stays, occupancy, result_dkk (income less
        running cost), each a mean over the runs; empty without opening years.
    record : mapping
        Seed, years, runs, distribution: what is needed to replay the study.
    """

    study: ClassVar[str] = "stress"

    plan: Plan
    columns: Table
    opening_columns: Table
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """Every measure of every unit, every region of residence and the country, one a row."""
        import pandas as pd

        return pd.DataFrame({name: list(values) for name, values in self.columns.items()})

    def to_json(self) -> dict[str, Any]:
        """The study as a JSON object."""
        return {
            "verdict": list(self.verdict),
            "rows": _rows(self.columns),
            "opening": _rows(self.opening_columns),
            "record": dict(self.record),
        }

    @property
    def units(self) -> pd.DataFrame:
        """The rows of the units."""
        return self._level("unit")

    @property
    def regions(self) -> pd.DataFrame:
        """The rows of the regions women live in."""
        return self._level("region")

    @property
    def country(self) -> pd.DataFrame:
        """The rows of the whole country."""
        return self._level("country")

    @property
    def aftercare(self) -> pd.DataFrame:
        """The rows of the places of aftercare, and of all of them (id ""); none without aftercare."""
        return self._level("aftercare")

    @property
    def opening(self) -> pd.DataFrame:
        """The filling years, one row a year and unit."""
        import pandas as pd

        return pd.DataFrame({name: list(values) for name, values in self.opening_columns.items()})

    @property
    def verdict(self) -> tuple[str, ...]:
        """Whether the promise holds, in words."""
        return verdict(self)

    def value(self, measure: str, id: str = "") -> tuple[float, float, float]:
        """Value, low and high of one measure; of the whole country without an id."""
        c = self.columns
        for k, (name, of) in enumerate(zip(c["measure"], c["id"], strict=True)):
            if (name, of) == (measure, id):
                return c["value"][k], c["low"][k], c["high"][k]
        raise KeyError((measure, id))

    def _level(self, level: str) -> pd.DataFrame:
        table = self.table
        return table[table["level"] == level].drop(columns="level").reset_index(drop=True)

    def __repr__(self) -> str:
        share, low, high = self.value("turned_away")
        return f"<Stress {self.record['years']:,} years: {share:.1%} turned away ({low:.1%} to {high:.1%})>"


def _rows(table: Table) -> list[dict[str, Any]]:
    """Columns as rows."""
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


@told
def stress(
    plan: Plan,
    *,
    years: int = 2_000,
    seed: int = 0,
    stay: str | Stay = "exponential",
    overflow: bool = True,
    patience_days: float | None = None,
    opening_years: int = 0,
    demand_cv: float | None = None,
    replications: int | None = None,
    scenario: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    tell: Tell | None = None,
) -> Stress:
    """Simulate a plan: who is placed at once, who waits, who is turned away or sent elsewhere.

    Parameters
    ----------
    plan : Plan
    years : int
        Simulated years that are counted, in all runs together.
    seed : int
        Same seed, same result.
    stay : {"exponential", "lognormal", "mixture"} or Stay
        Distribution of the stay; its mean is the problem's.
    overflow : bool
        Whether a woman whose unit is full may be placed at the next nearest unit the rules allow.
    patience_days : float, optional
        Mean days a woman waits before she gives up (exponential; ``inf``: she never does). Without
        it nobody waits, unless the plan's promise is one of waiting: then all wait.
    opening_years : int
        Years over which referrals grow evenly from none to all, each run starting with empty
        beds. They are reported by themselves and not counted in `years`.
    demand_cv : float, optional
        Doubt about the level of demand: each run draws its own (gamma, mean one). By default the
        promise's own doubt, `Promise.demand_cv`.
    replications : int, optional
        Independent runs that share the years, at least 2; each is a batch for the intervals.
    scenario : str, optional
        Demand of one scenario; without it the expected demand.
    progress : callable (done, all), optional
        Called after each run.
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, it ends with `InterruptedSolveError`.

    Raises
    ------
    DataError
        Where an argument makes no sense, or a queue nobody leaves would grow for ever.
    """
    problem, clock = plan.problem, Clock(None, tell)
    law = stay if isinstance(stay, Stay) else Stay(kind=stay, mean_days=problem.care.mean_days)
    doubt = problem.promise.demand_cv if demand_cv is None else demand_cv
    runs = replications or min(max(2, years), OPENINGS if opening_years or doubt else RUNS)
    waits = math.inf if patience_days is None and problem.promise.kind == "wait" else patience_days
    system = system_of(plan, overflow=overflow, scenario=scenario)
    _refuse(system, years, runs, waits, opening_years, law, doubt)
    stages = stages_of(plan, system.sites) if problem.aftercare.on else None
    warm_up = math.ceil(WARM_UP_STAYS * (law.mean_days + (stages.days if stages else 0.0)) / DAYS_PER_YEAR)
    length, before = years / runs, opening_years + warm_up
    openings: list[Floats] = []
    counted: list[Sums] = []
    second: list[SecondSums] = []
    for done, child in enumerate(np.random.SeedSequence(seed).spawn(runs), 1):
        rng = np.random.default_rng(child)
        level = float(rng.gamma(1 / doubt**2, doubt**2)) if doubt else 1.0
        run, after = _simulate(system, law, rng, level, opening_years, before + length, waits, stages)
        window = before * DAYS_PER_YEAR, length * DAYS_PER_YEAR
        second += [second_sums(stages, after, *window)] if stages and after else []
        counted.append(sums_of(system, run, *window))
        openings += [_by_year(system, run, opening_years)] if opening_years else []
        if progress is not None:
            progress(done, runs)
        clock.tell("runs", done=done, count=runs, always=True)
        if done < runs:
            with whole_or_nothing("stress"):
                clock.check()
    columns = _columns(system, plan, counted, waits, doubt, (stages, second))
    record = {
        "study": "stress",
        "seed": seed,
        "years": years,
        "replications": runs,
        "warm_up_years": warm_up,
        "stay": law.kind,
        "mean_days": law.mean_days,
        "overflow": overflow,
        "patience_days": waits,
        "opening_years": opening_years,
        "demand_cv": doubt,
        "scenario": scenario,
        **({} if stages is None else {"aftercare_days": stages.days}),
        "problem": problem.fingerprint,
    }
    return Stress(plan=plan, columns=columns, opening_columns=startup_table(system, openings), record=record)


def _columns(
    system: System,
    plan: Plan,
    counted: Sequence[Sums],
    waits: float | None,
    doubt: float,
    after: tuple[Stages | None, Sequence[SecondSums]],
) -> Table:
    """Every measure, those of aftercare among them where there is any."""
    stages, second = after
    mean = np.full(len(system.beds), system.problem.care.mean_days)
    if stages is None:
        return estimates(system, plan, counted, _formula(system, waits, doubt, mean))
    said = expected(
        system.problem, stages, np.array(system.beds), system.offered, mean, loses=waits is None, doubt=doubt
    )
    columns = estimates(system, plan, counted, _formula(system, waits, doubt, said.days))
    further = second_estimates(system.problem, stages, second, said)
    return {name: (*columns[name], *further[name]) for name in columns}


def _refuse(system: System, years: int, runs: int, waits: float | None, opening: int, law: Stay, doubt: float) -> None:
    findings = []

    def fault(column: str, value: object, rule: str, remedy: str) -> None:
        findings.append(Finding(table="stress", column=column, value=str(value), rule=rule, remedy=remedy))

    if not years > 0:
        fault("years", years, "a number of years above zero", "2,000 is usual.")
    if not 2 <= runs <= max(years, 2):
        fault("replications", runs, "at least 2, and no more than there are years", "Leave it out.")
    if opening < 0:
        fault("opening_years", opening, "a number of years, not negative", "1 to 3 is usual.")
    if waits is not None and not waits > 0:
        fault("patience_days", waits, "a number of days above zero", "Leave it out: nobody waits.")
    if not 0 <= doubt <= MOST_DOUBT:
        fault("demand_cv", doubt, f"a number from 0 to {MOST_DOUBT:g}", "0.25 is usual.")
    if waits == math.inf and doubt > 0:
        fault(
            "patience_days",
            "inf",
            "where demand is in doubt somebody gives up: at some levels the queue never ends",
            "Give a number of days, or demand_cv = 0.",
        )
    elif waits == math.inf:
        load = system.offered * law.mean_days / DAYS_PER_YEAR
        pooled = any(len(units) > 1 for units in system.order)
        over = load.sum() >= sum(system.beds) if pooled else (load >= np.array(system.beds)).any()
        if over:
            fault(
                "patience_days",
                "inf",
                "beds are more than the load where nobody ever gives up",
                "Give a number of days: the queue would grow for ever.",
            )
    if findings:
        raise DataError(findings)


def system_of(plan: Plan, *, overflow: bool = True, scenario: str | None = None) -> System:
    """A plan's units, and who is referred to which, with the units to try next."""
    problem, net = plan.problem, plan.problem.network
    wanted = problem.scenarios.ids if scenario is None else problem.scenarios.only(scenario).ids
    weight = dict(zip(problem.scenarios.ids, problem.probability, strict=True))
    at_point = {i: k for k, i in enumerate(net.point_ids)}
    at_site = {j: k for k, j in enumerate(net.site_ids)}
    sites = np.array([at_site[j] for j in plan.unit_table["site_id"]], dtype=np.int64)
    unit = {net.site_ids[j]: u for u, j in enumerate(sites)}
    rate: dict[tuple[int, int], float] = {}
    table = plan.assignment_table
    for i, j, s, women in zip(table["point_id"], table["site_id"], table["scenario"], table["women"], strict=True):
        if s in wanted and women > SHARE:
            key = (at_point[i], unit[j])
            chance = 1.0 if scenario is not None else float(weight[s])
            rate[key] = rate.get(key, 0.0) + chance * women
    pairs = allowed_pairs(problem)
    keys = sorted(rate)
    order = []
    for home, own in keys:
        others: list[int] = []
        if overflow:
            usable = [u for u in range(len(sites)) if u != own and pairs[home, sites[u]]]
            others = sorted(usable, key=lambda u: problem.nearness[home, sites[u]])
        order.append((own, *others))
    return System(
        problem=problem,
        sites=sites,
        beds=tuple(int(b) for b in plan.unit_table["beds"]),
        rate=np.array([rate[key] for key in keys]),
        point=np.array([i for i, _ in keys], dtype=np.int64),
        own=np.array([u for _, u in keys], dtype=np.int64),
        order=tuple(order),
    )


def _simulate(
    system: System,
    law: Stay,
    rng: np.random.Generator,
    level: float,
    opening: int,
    years: float,
    waits: float | None,
    stages: Stages | None,
) -> tuple[Run, SecondRun | None]:
    """One run: referrals of `years` at a level of demand, growing evenly over the opening years."""
    total = float(system.rate.sum())
    count = int(rng.poisson(total * level * years))
    when = np.sort(rng.random(count)) * years
    if opening:
        when = when[rng.random(count) * opening < when]
    share = np.cumsum(system.rate) / total
    kind = np.minimum(np.searchsorted(share, rng.random(len(when)), side="right"), len(share) - 1)
    lasts = law.draw(rng, len(when))
    days = when * DAYS_PER_YEAR
    patience = None
    if waits is not None:
        patience = rng.exponential(waits, len(when)) if math.isfinite(waits) else np.full(len(when), np.inf)
    if stages is not None:
        bed = np.searchsorted(np.cumsum(stages.share), rng.random(len(when)), side="right")
        bed = np.minimum(bed, len(stages.share) - 1)
        second = replace(law, mean_days=stages.days).draw(rng, len(when))
        return run_two_stages(system.beds, system.order, days, kind, lasts, patience, stages, bed, second)
    if patience is None:
        return run_losses(system.beds, system.order, days, kind, lasts), None
    return run_waits(system.beds, system.order, days, kind, lasts, patience), None


def _by_year(system: System, run: Run, opening: int) -> Floats:
    """Occupied days and stays begun by year and unit, and the year after, (opening + 1, U, 2)."""
    placed = run.unit != NOWHERE
    begin = (run.referred + run.wait)[placed]
    end, unit = begin + run.stay[placed], run.unit[placed]
    out = np.zeros((opening + 1, len(system.sites), 2))
    for year in range(opening + 1):
        low, high = year * DAYS_PER_YEAR, (year + 1) * DAYS_PER_YEAR
        days = np.clip(np.minimum(end, high) - np.maximum(begin, low), 0, None)
        inside: Bools = (begin >= low) & (begin < high)
        out[year, :, 0] = np.bincount(unit, days, len(system.sites))
        out[year, :, 1] = np.bincount(unit[inside], minlength=len(system.sites))
    return out


def _formula(system: System, waits: float | None, doubt: float, mean: Floats) -> dict[str, Floats]:
    """What Erlang's formulas say of each unit by itself, by measure, (U,); in doubt, over the levels of demand.

    `mean` is days a bed is taken by a stay at each unit, (U,).
    """
    problem, beds = system.problem, np.array(system.beds)
    load = system.offered * mean / DAYS_PER_YEAR
    nothing, zero = np.full(len(beds), np.nan), np.zeros(len(beds))
    unknown = dict.fromkeys(MEASURES, nothing)
    if waits is None:
        lost = turned_away(replace(problem.promise, demand_cv=doubt), beds, load)
        return unknown | {
            "found_full": lost,
            "turned_away": lost,
            "placed_at_once": 1 - lost,
            "waited": zero,
            "late": zero,
            "wait_days": zero,
            "occupancy": load * (1 - lost) / beds,
            "stays": system.offered * (1 - lost),
        }
    if waits == math.inf:
        late = _late(beds, load, problem.promise.wait_days, mean)
        must = erlang_c(beds, load)
        steady = load < beds
        return unknown | {
            "found_full": must,
            "turned_away": zero,
            "placed_at_once": 1 - must,
            "waited": must,
            "late": late,
            "occupancy": np.where(steady, load / beds, 1.0),
            "stays": np.where(steady, system.offered, np.nan),
            "wait_days": np.where(steady, must * mean / np.where(steady, beds - load, 1.0), np.inf),
        }
    factor, weight = loads_in_doubt(doubt) if doubt else (np.ones(1), np.ones(1))
    given_up, full = np.array(
        [
            weight @ np.array([erlang_a(int(k), float(a) * f, float(days) / waits) for f in factor])
            for k, a, days in zip(beds, load, mean, strict=True)
        ]
    ).T
    return unknown | {
        "found_full": full,
        "turned_away": given_up,
        "placed_at_once": 1 - full,
        "waited": full - given_up,
        "occupancy": load * (1 - given_up) / beds,
        "stays": system.offered * (1 - given_up),
    }


def _late(beds: Ints, load: Floats, days: float, mean: Floats) -> Floats:
    """Share who wait longer than so many days, the stay being another at each unit."""
    each = zip(beds.tolist(), load.tolist(), mean.tolist(), strict=True)
    return np.array([float(wait_exceeds(k, a, days, stay)) for k, a, stay in each])


def erlang_a(beds: int, load: float, impatience: float) -> tuple[float, float]:
    """Share who give up, and share who find every bed taken, with exponential patience.

    Parameters
    ----------
    beds : int
    load : float
        Offered load, beds.
    impatience : float
        Mean stay over mean patience.

    Notes
    -----
    Birth and death chain: a woman leaves at rate ``min(n, k) + (n - k)+ x impatience`` per mean stay
    (Palm 1957; Garnett, Mandelbaum and Reiman 2002, "Designing a call center with impatient
    customers"). States are added until they no longer matter.
    """
    log_chance, states = 0.0, [0.0]
    n = 0
    while n <= beds or log_chance > max(states) - 45:
        n += 1
        log_chance += math.log(load) - math.log(min(n, beds) + max(n - beds, 0) * impatience)
        states.append(log_chance)
    chance = np.exp(np.array(states) - max(states))
    chance /= chance.sum()
    waiting = np.arange(len(chance)) - beds
    gone = float(chance @ np.maximum(waiting, 0)) * impatience / load
    return gone, float(chance[beds:].sum())
