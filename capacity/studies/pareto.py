"""Trade-offs: the plans of which none is better in everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.engines.clock import Clock, Tell
from capacity.engines.enumerate import classes, space_of, why_not
from capacity.engines.question import refuse_no_problem
from capacity.engines.rank.ranked import why_not_ranked
from capacity.engines.solve import solve_or_stop
from capacity.errors import DataError, Finding, InfeasibleError
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules.objectives import OBJECTIVES, TRAVEL, Objective, ObjectiveName, objective_named, sign_of
from capacity.rules.siting import exactly
from capacity.studies.alternatives import places_of, story
from capacity.studies.equity import equity, equity_of_all
from capacity.studies.front_by_model import front_points
from capacity.studies.result import Rows, StudyResult, rows_of
from capacity.studies.sets import (
    SetsBy,
    by_enumeration,
    feasible_sets,
    plan_of_set,
    ranked,
    settled_plan,
    unknown_measures,
)
from capacity.studies.telling import whole_or_nothing

if TYPE_CHECKING:
    import pandas as pd


BEST = {o.name: o.best_said for o in OBJECTIVES.values()} | {"beds": "Fewest beds", "units": "Fewest units"}
"""What a measure at its best is called."""

PROVEN = "It is proven that no plan is better in everything."


@dataclass(frozen=True, kw_only=True)
class Front(StudyResult):
    """Non-dominated plans, in the order of the first measure.

    Attributes
    ----------
    objectives : tuple of str
    plans : tuple of Plan
    values : ndarray (F, O)
    knee : int
        Row farthest below the straight line between the ends (of the first two measures, each
        scaled to 0..1).
    certificate : str
    """

    study: ClassVar[str] = "pareto"

    objectives: tuple[str, ...]
    plans: tuple[Plan, ...]
    values: Floats
    knee: int
    certificate: str

    @property
    def table(self) -> pd.DataFrame:
        """One row a plan."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """One mapping a plan."""
        places = places_of(self.plans)
        return [
            {
                **{name: sign_of(name) * float(v) for name, v in zip(self.objectives, value, strict=True)},
                "site_ids": list(plan.site_ids),
                "total_beds": plan.beds,
                "mean_minutes": plan.mean_minutes,
                "longest_minutes": plan.longest_minutes,
                **equity_of_all(plan),
                "knee": k == self.knee,
                "story": story(self.plans[0], plan, places) if k else best_at(self.objectives[0], float(value[0])),
            }
            for k, (plan, value) in enumerate(zip(self.plans, self.values, strict=True))
        ]

    def to_json(self) -> dict[str, Any]:
        """The study as a JSON object; of each plan how evenly it treats the regions, too."""
        plans = [row | {"equity": list(equity(plan))} for row, plan in zip(self.rows(), self.plans, strict=True)]
        return {"objectives": list(self.objectives), "plans": plans, "certificate": self.certificate}


def unit_of(measure: str) -> str:
    """Unit of a measure; "" where it is counted by its own name."""
    return OBJECTIVES[measure].unit if measure in OBJECTIVES else ""


def best_at(measure: str, value: float) -> str:
    """What is said of the plan with the least of a measure."""
    return f"{BEST[measure]} of all plans: {f'{sign_of(measure) * value:,.0f} {unit_of(measure)}'.strip()}."


@told
def pareto(
    problem: Problem,
    objectives: Sequence[str] = ("travel", "beds"),
    *,
    engine: SetsBy = "auto",
    progress: Callable[[int], object] | None = None,
    tell: Tell | None = None,
) -> Front:
    """The exact front: all plans of which none is better in everything.

    Parameters
    ----------
    problem : Problem
    objectives : sequence of str
        Two or three of travel, worst, worst_off, fair, cost, public_cost, reached, beds,
        units; smaller is better (of reached, larger).
    engine : {"auto", "enumerate", "mip"}
        ``enumerate`` values every set of sites (needs `nearest`); ``mip`` asks the model under bounds;
        ``auto`` enumerates where it can and the sets are few.
    progress : callable (int), optional
        Called with the number of solves, as each begins, where the model is asked.
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, the plans found so far are the answer.

    Notes
    -----
    A set has one plan under `nearest`, with the smallest sizes that keep the rules. Where families
    may be split, or the sets are too many, the model finds the same front plan by plan
    (`capacity.studies.front_by_model`). Among plans that measure the same one stays; of sets that
    are valued it is the first in the order of plans (fewer beds, lower yearly cost, lower site ids). Never a
    weighted sum.
    """
    refuse_no_problem(problem, "pareto")
    names = _checked(objectives)
    if by_enumeration(problem, engine):
        return _by_sets(problem, names)
    return _by_model(problem, names, progress, Clock(None, tell))


def _checked(objectives: Sequence[str]) -> tuple[str, ...]:
    names = tuple(objectives)
    faults = []
    if not 2 <= len(set(names)) <= 3 or len(set(names)) != len(names):
        faults.append(
            Finding(
                table="pareto",
                column="objectives",
                value=", ".join(names),
                rule="two or three different measures",
                remedy="Choose, for example, travel and beds.",
            )
        )
    faults += unknown_measures(names, "pareto")
    if faults:
        raise DataError(faults)
    return names


def _goal(names: tuple[str, ...]) -> str:
    return names[0] if names[0] in OBJECTIVES else TRAVEL.name


def _by_sets(problem: Problem, names: tuple[str, ...]) -> Front:
    sets = feasible_sets(problem, names, "pareto")
    if not len(sets.open):
        raise InfeasibleError(problem, problem.policy.on)
    values = np.column_stack([sets.values[n] for n in names])
    order = ranked(problem, sets, *names)
    level = np.column_stack([classes(column) for column in values.T])
    kept = [order[k] for k in np.flatnonzero(not_dominated(level[order]))]
    return Front(
        objectives=names,
        plans=tuple(plan_of_set(problem, sets.ids(problem, b), _goal(names)) for b in kept),
        values=values[kept],
        knee=knee_of(values[kept]),
        certificate=f"All {sets.valued:,} sets of sites were valued; {len(sets.open):,} keep the rules.",
    )


def _by_model(
    problem: Problem, names: tuple[str, ...], progress: Callable[[int], object] | None, clock: Clock
) -> Front:
    with whole_or_nothing("pareto"):
        points, asked, complete = front_points(problem, names, progress, clock)
        if not points:
            clock.check()
    if not points:
        raise InfeasibleError(problem, problem.policy.on)
    values = np.array([[p.values[n] for n in names] for p in points])
    order = sorted(range(len(points)), key=lambda b: (*_rounded(values[b]), points[b].settled.rank.site_ids))
    undominated = [order[k] for k in np.flatnonzero(not_dominated(np.array([_rounded(values[b]) for b in order])))]
    settled = [points[b].settled for b in undominated]
    plans = tuple(settled_plan(problem, one, _goal(names), PROVEN) for one in settled)
    bounded = why_not(problem) is not None and why_not_ranked(problem) is None
    how = f"all {space_of(problem).sets:,} sets of sites bounded for each" if bounded else "each solved to a proof"
    proven = f"{asked} plans were asked for, {how}"
    return Front(
        objectives=names,
        plans=plans,
        values=values[undominated],
        knee=knee_of(values[undominated]),
        certificate=f"{proven}: no plan is better in everything than one of these."
        if complete
        else f"{proven}; further plans may lie between these.",
    )


def _rounded(values: Floats) -> tuple[float, ...]:
    """Seven digits: plans closer than that are equal."""
    return tuple(float(f"{v:.6e}") for v in values)


def not_dominated(values: Floats | Ints) -> Bools:
    """Rows, sorted, that no earlier row equals or beats in every column, (F,)."""
    kept = np.zeros(len(values), dtype=bool)
    for k, row in enumerate(values):
        kept[k] = not (values[kept] <= row).all(axis=1).any()
    return kept


def knee_of(values: Floats) -> int:
    """The row farthest below the line between the two ends of a front."""
    first = values[:, :2]
    spread = first.max(axis=0) - first.min(axis=0)
    scaled = (first - first.min(axis=0)) / np.where(spread > 0, spread, 1.0)
    return int(np.argmin(scaled.sum(axis=1)))


@told
def price_of_nearness(
    problem: Problem, *, objective: ObjectiveName | Objective = "travel", engine: SetsBy = "auto"
) -> Rows:
    """What each further unit buys in minutes and costs in beds and kroner.

    Returns
    -------
    Rows
        Of each number of units that has a plan: units, site_ids, mean_minutes, family_hours_per_year, beds,
        cost_dkk, and against the row before: minutes_saved, beds_more, cost_more_dkk, dkk_per_hour_saved (of
        family travel); ``pays`` is false from where one more unit travels no less (`stops_paying` says it in
        words).
    """
    refuse_no_problem(problem, "price_of_nearness")
    rows: list[dict[str, Any]] = []
    before: Plan | None = None
    for count, plan in _best_by_units(problem, objective_named(objective), engine):
        row: dict[str, Any] = {
            "units": count,
            "site_ids": list(plan.site_ids),
            "mean_minutes": plan.mean_minutes,
            "family_hours_per_year": plan.family_hours_per_year,
            "beds": plan.beds,
            "cost_dkk": plan.objectives["cost"],
        }
        if before is not None:
            saved = before.family_hours_per_year - plan.family_hours_per_year
            more = plan.objectives["cost"] - before.objectives["cost"]
            row |= {
                "minutes_saved": before.mean_minutes - plan.mean_minutes,
                "beds_more": plan.beds - before.beds,
                "cost_more_dkk": more,
                "dkk_per_hour_saved": more / saved if saved > 0 else float("inf"),
                "pays": bool(saved > 0),
            }
        rows.append(row)
        before = plan
    return rows_of("price_of_nearness", rows)


def _best_by_units(problem: Problem, objective: str | Objective, engine: str) -> Iterator[tuple[int, Plan]]:
    """The best plan with each number of units that has one."""
    if by_enumeration(problem, engine):
        sets = feasible_sets(problem, [objective, "units"], "price of nearness")
        order = np.array(ranked(problem, sets, objective), dtype=np.int64)
        for count in np.unique(sets.values["units"]):
            best = order[sets.values["units"][order] == count][0]
            yield int(count), plan_of_set(problem, sets.ids(problem, int(best)), objective)
        return
    space = space_of(problem)
    for count in range(max(space.fewest, 1), space.most + 1):
        try:
            yield count, solve_or_stop(problem.replace(policy=exactly(count)), objective, engine="mip")
        except InfeasibleError:
            continue


def stops_paying(rows: Sequence[Mapping[str, Any]]) -> str:
    """From which number on one more unit saves no travel, in a sentence."""
    if not rows:
        return "No number of units has a plan."
    worse = next((row for row in rows if row.get("pays") is False), None)
    if worse is None:
        return f"Every further unit saves travel, up to {rows[-1]['units']}; no more units keep the rules."
    return (
        f"One more unit stops paying at {worse['units']}: there would be no fewer hours of travel a year, trips to "
        "the ambulatory counted, than with fewer units."
    )
