"""Trade-offs: the plans of which none is better in everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.errors import DataError, Finding, InfeasibleError
from capacity.labels import Bools, Floats
from capacity.objectives import OBJECTIVES, sign_of
from capacity.plan import Plan
from capacity.problem import Problem
from capacity.studies.alternatives import story
from capacity.studies.sets import feasible_sets, plan_of_set

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Front:
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
        return [
            {
                **{name: sign_of(name) * float(v) for name, v in zip(self.objectives, value, strict=True)},
                "site_ids": list(plan.site_ids), "total_beds": plan.beds, "mean_minutes": plan.mean_minutes,
                "knee": k == self.knee, "story": story(self.plans[0], plan) if k else "The first measure at its best.",
            }
            for k, (plan, value) in enumerate(zip(self.plans, self.values, strict=True))
        ]  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """The study as a JSON object."""
        return {"objectives": list(self.objectives), "plans": self.rows(), "certificate": self.certificate}


def pareto(problem: Problem, objectives: Sequence[str] = ("travel", "beds")) -> Front:
    """The exact front: every set of sites is valued, and the dominated ones are dropped.

    Parameters
    ----------
    problem : Problem
        Families at their nearest unit.
    objectives : sequence of str
        Two or three of travel, worst, fair, cost, reached, beds, units; smaller is better (of reached, larger).

    Notes
    -----
    A set has one plan under `nearest`, with the smallest sizes that keep the rules. Among sets that
    measure the same the one with the lower site ids stays. Never a weighted sum.
    """
    names = tuple(objectives)
    if not 2 <= len(set(names)) <= 3 or len(set(names)) != len(names):
        raise DataError(
            [Finding(table="pareto", column="objectives", value=", ".join(names),
                     rule="two or three different measures", remedy="Choose, for example, travel and beds.")]
        )  # fmt: skip
    sets = feasible_sets(problem, names, "pareto")
    if not len(sets.open):
        raise InfeasibleError(problem, problem.policy.on)
    values = np.column_stack([sets.values[n] for n in names])
    order = sorted(range(len(values)), key=lambda b: (*np.round(values[b], 6).tolist(), sets.ids(problem, b)))
    kept = [order[k] for k in np.flatnonzero(not_dominated(np.round(values[order], 6)))]
    goal = names[0] if names[0] in OBJECTIVES else "travel"
    plans = tuple(plan_of_set(problem, sets.ids(problem, b), goal) for b in kept)
    return Front(
        objectives=names,
        plans=plans,
        values=values[kept],
        knee=knee_of(values[kept]),
        certificate=f"All {sets.valued:,} sets of sites were valued; {len(sets.open):,} keep the rules.",
    )


def not_dominated(values: Floats) -> Bools:
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


def price_of_nearness(problem: Problem, *, objective: str = "travel") -> list[dict[str, Any]]:
    """What each further unit buys in minutes and costs in beds and kroner.

    Returns
    -------
    list of dict
        units, site_ids, mean_minutes, beds, cost_dkk, and against the row before: minutes_saved,
        beds_more, cost_more_dkk, dkk_per_hour_saved (of family travel). One row for each number of
        units that has a plan; ``pays`` is false from where one more unit travels no less.
    """
    sets = feasible_sets(problem, [objective, "units"], "price of nearness")
    rows: list[dict[str, Any]] = []
    before: Plan | None = None
    for count in np.unique(sets.values["units"]):
        here = np.flatnonzero(sets.values["units"] == count)
        best = here[np.argmin(sets.values[objective][here])]
        plan = plan_of_set(problem, sets.ids(problem, int(best)), objective)
        row: dict[str, Any] = {
            "units": int(count), "site_ids": list(plan.site_ids), "mean_minutes": plan.mean_minutes,
            "beds": plan.beds, "cost_dkk": plan.objectives["cost"],
        }  # fmt: skip
        if before is not None:
            saved = before.family_hours_per_year - plan.family_hours_per_year
            more = plan.objectives["cost"] - before.objectives["cost"]
            row |= {
                "minutes_saved": before.mean_minutes - plan.mean_minutes, "beds_more": plan.beds - before.beds,
                "cost_more_dkk": more, "dkk_per_hour_saved": more / saved if saved > 0 else float("inf"),
                "pays": bool(saved > 0),
            }  # fmt: skip
        rows.append(row)
        before = plan
    return rows
